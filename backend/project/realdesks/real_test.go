package realdesks_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/rt"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/secret"
)

const redmineKey = "1111111111aaaaaaaaaa2222222222bbbbbbbbbb"

func realRT(t *testing.T) deskSide {
	t.Helper()
	realdesk.RequestTracker.Folder(t)
	token := strings.TrimSpace(string(realdesk.RequestTracker.Read(t, "token")))
	return deskSide{rt.Kind(), map[string]string{"address": realdesk.RequestTracker.Address, "token": token}}
}

func realRedmine(t *testing.T) deskSide {
	t.Helper()
	realdesk.Redmine.Folder(t)
	return deskSide{redmine.Kind(), map[string]string{"address": realdesk.Redmine.Address, "token": redmineKey}}
}

// mails counts what the real servers would have sent.
func mails(t *testing.T) int {
	t.Helper()
	return realdesk.RequestTracker.Mails(t) + realdesk.Redmine.Mails(t)
}

// everything reads all records of objects out of a desk, and the content of its files.
func everything(t *testing.T, d deskSide, objects ...model.Object) (map[model.Object][]model.Record, map[string]int) {
	t.Helper()
	c := realdesk.Open(t, d.kind, d.settings, map[string]secret.Text{"token": secret.Text(d.settings["token"])})
	out := map[model.Object][]model.Record{}
	for _, o := range objects {
		out[o] = realdesk.All(t, c, o)
	}
	return out, realdesk.Hashes(t, c, out[model.Attachment])
}

// bare is a text without the blanks that desks change.
func bare(s string) string { return strings.Join(strings.Fields(s), " ") }

// witness is what Waybill writes before a rich text whose author is not there.
var witness = regexp.MustCompile(`^<p><em>(Originally by|on) [^<]*</em></p>`)

var tags = regexp.MustCompile(`<[^>]*>`)

// shown is rich text as a reader sees it.
func shown(s string) string { return html.UnescapeString(tags.ReplaceAllString(s, " ")) }

// arrived holds messages against the truth: each is there once, and as private as it was.
// strip takes off what Waybill wrote before a text.
func arrived(t *testing.T, want map[realdesk.Said]int, records []model.Record, text, private string, isPrivate func(any) bool, see func(string) string) {
	t.Helper()
	have := map[realdesk.Said]int{}
	for _, r := range records {
		v, err := model.Values(r.Raw)
		if err != nil {
			t.Fatal(err)
		}
		s := strings.ReplaceAll(model.Plain(v[text]), "\r\n", "\n")
		s = witness.ReplaceAllString(s, "")
		if first, rest, ok := strings.Cut(s, "\n\n"); ok && (strings.HasPrefix(first, "Originally by ") || strings.HasPrefix(first, "on ")) {
			s = rest
		}
		have[realdesk.Said{Private: isPrivate(v[private]), Text: bare(see(s))}]++
	}
	for k, n := range want {
		if have[k] < n {
			t.Errorf("%d of %d arrived of the message (private %v) %.100q", have[k], n, k.Private, k.Text)
		}
	}
}

// TestRealServer_requestTrackerToRedmine moves everything between two real desks and holds
// every message, file and private note against what was put into the first.
func TestRealServer_requestTrackerToRedmine(t *testing.T) {
	from, to := realRT(t), realRedmine(t)
	realdesk.RequestTracker.State(t, "seeded")
	realdesk.Redmine.State(t, "target")
	realdesk.Redmine.Run(t, "ready.sh")
	before := mails(t)
	w := wholeMove(t, from, to, func(v *mapping.Version) {
		intoRedmine(v)
		careless(v)
		ruled(v, model.Contact, "mail", mapping.Copy, "EmailAddress").IfUnknown = model.OtherwiseLeave
	})
	// What cannot be: people without a place, addresses that are none, names that are too long,
	// files of private notes, and links that Redmine takes only once.
	w.leaveOut(map[string]bool{
		"agent/desk.field_no_record": true, "group/desk.field_no_record": true, "contact/desk.field_invalid": true, "contact/desk.field_too_long": true,
		"contact/load.same_value": true, "attachment/desk.refused": true, "relation/desk.field_invalid": true,
	})
	w.balanced()
	if n := mails(t) - before; n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
	records, hashes := everything(t, to, model.Ticket, model.Message, model.Attachment, redmine.Relation)
	want := map[realdesk.Said]int{}
	for _, x := range realdesk.RequestTracker.Truth(t) {
		for i, m := range x.Messages {
			// What a ticket is created with is never a comment in Request Tracker.
			private := m.Kind == "internal" && !(i == 0 && m.At == x.Created)
			want[realdesk.Said{Private: private, Text: bare(m.Body)}]++
			if !private {
				realdesk.Tally{Hashes: hashes}.WantFiles(t, x.Key, m)
			}
		}
	}
	blank(want)
	arrived(t, want, records[model.Message], "notes", "private_notes", func(v any) bool { return v == true }, func(s string) string { return s })
	// A subtask of an issue of another project is against the settings of Redmine.
	source, _ := everything(t, from, rt.Relation)
	parents := 0
	for _, r := range source[rt.Relation] {
		if strings.Contains(r.Key.ID, "MemberOf") {
			parents++
		}
	}
	if n, m := len(source[rt.Relation]), len(records[redmine.Relation]); m < n-parents || m > n || m == 0 {
		t.Errorf("%d links arrived of %d", m, n)
	}
}

// blank leaves out messages without a word: they arrive with a word that says so.
func blank(want map[realdesk.Said]int) {
	delete(want, realdesk.Said{})
	delete(want, realdesk.Said{Private: true})
}

// careless leaves custom fields empty where a value does not fit; links to people who are
// not there as well.
func careless(v *mapping.Version) {
	for i := range v.Objects {
		if v.Objects[i].Source != model.Ticket {
			continue
		}
		for k := range v.Objects[i].Fields {
			f := &v.Objects[i].Fields[k]
			if strings.HasPrefix(f.Target, "cf_") || strings.HasPrefix(f.Target, "fields.") || f.Target == "due_date" {
				f.IfUnknown = model.OtherwiseLeave
			}
		}
	}
}

// TestRealServer_redmineToThePracticeDesk moves everything out of a real Redmine.
func TestRealServer_redmineToThePracticeDesk(t *testing.T) {
	from := realRedmine(t)
	realdesk.Redmine.State(t, "seeded")
	to, desk := practiceDesk(t)
	before := mails(t)
	// For whoever is not there any more, or cannot be, somebody else stands in.
	standIn := strconv.FormatInt(gjson.GetBytes(realdesk.Redmine.Read(t, "manifest.json"), "user.c-jmueller.id").Int(), 10)
	w := wholeMove(t, from, to, func(v *mapping.Version) {
		intoPractice(v)
		careless(v)
		ruled(v, model.Contact, "email", mapping.Copy, "mail").IfUnknown = model.OtherwiseLeave
		name := ruled(v, model.Contact, "name", mapping.Copy, "name")
		name.IfEmpty, name.EmptyValue = model.OtherwiseUse, "(no name)"
		body := ruled(v, model.Message, "body", mapping.Copy, "notes")
		body.IfEmpty, body.EmptyValue = model.OtherwiseUse, "(no text)"
		for _, f := range []*mapping.FieldMap{ruled(v, model.Ticket, "requester", mapping.Copy, "author"), ruled(v, model.Message, "author", mapping.Copy, "user")} {
			f.IfUnknown, f.UnknownValue = model.OtherwiseUse, standIn
			f.IfEmpty, f.EmptyValue = model.OtherwiseUse, standIn
		}
	})
	w.leaveOut(map[string]bool{"contact/load.same_value": true})
	w.balanced()
	if n := mails(t) - before; n != 0 || desk.Desk.Stats().MessagesSent != 0 {
		t.Errorf("%d mails would have been sent, %d by the practice desk", n, desk.Desk.Stats().MessagesSent)
	}
	records, hashes := everything(t, to, model.Message, model.Attachment)
	want := map[realdesk.Said]int{}
	for _, x := range realdesk.Redmine.Truth(t) {
		for _, m := range x.Messages {
			want[realdesk.Said{Private: m.Kind == "internal", Text: bare(m.Body)}]++
			realdesk.Tally{Hashes: hashes}.WantFiles(t, x.Key, m)
		}
	}
	blank(want)
	arrived(t, want, records[model.Message], "body", "public", func(v any) bool { return v == false }, shown)
}
