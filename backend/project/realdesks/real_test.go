package realdesks_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/rt"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// The real servers, as build/desks installs them.
const (
	rtAddress      = "http://127.0.0.1:18085"
	redmineAddress = "http://127.0.0.1:18095"
	redmineKey     = "1111111111aaaaaaaaaa2222222222bbbbbbbbbb"
)

// desks is where the real servers keep their state: "build/test desks" sets it.
func desks(t *testing.T) string {
	t.Helper()
	at := os.Getenv("WAYBILL_DESKS")
	if at == "" {
		t.Skip("does not apply: no real desks are here; build/test desks installs them and sets WAYBILL_DESKS")
	}
	return at
}

// script runs one of the desks' own scripts.
func script(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command("../../../build/desks/"+name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func realRT(t *testing.T) deskSide {
	t.Helper()
	token := strings.TrimSpace(string(read(t, filepath.Join(desks(t), "rt5", "token"))))
	return deskSide{rt.Kind(), map[string]string{"address": rtAddress, "token": token}}
}

func realRedmine(t *testing.T) deskSide {
	t.Helper()
	desks(t)
	return deskSide{redmine.Kind(), map[string]string{"address": redmineAddress, "token": redmineKey}}
}

// mails counts what the real servers would have sent.
func mails(t *testing.T) int {
	t.Helper()
	n := strings.Count(string(read(t, filepath.Join(desks(t), "rt5", "outbox", "mail.log"))), "\n")
	list, err := os.ReadDir(filepath.Join(desks(t), "redmine5", "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		n += strings.Count(string(read(t, filepath.Join(desks(t), "redmine5", "outbox", f.Name()))), "Message-ID:")
	}
	return n
}

// truth is what was put into the source.
type truth struct {
	Tickets []struct {
		Key      string `json:"key"`
		Status   string `json:"status"`
		Created  string `json:"created"`
		Messages []struct {
			At          string `json:"at"`
			Kind        string `json:"kind"`
			Body        string `json:"body"`
			Attachments []struct {
				Name string `json:"name"`
				Hash string `json:"sha256"`
				Size int64  `json:"size"`
			} `json:"attachments"`
		} `json:"messages"`
	} `json:"tickets"`
}

func readTruth(t *testing.T, desk string) (x truth) {
	t.Helper()
	if err := json.Unmarshal(read(t, filepath.Join(desks(t), desk, "dataset", "dataset.json")), &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// everything reads all records of an object out of a desk.
func everything(t *testing.T, d deskSide, objects ...model.Object) (map[model.Object][]model.Record, map[string]int) {
	t.Helper()
	v := secret.Memory()
	if err := v.Put("token", secret.Text(d.settings["token"])); err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	c, err := d.kind.Open(t.Context(), d.settings, v, pace.Transport(base, d.kind.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	out, hashes := map[model.Object][]model.Record{}, map[string]int{}
	seen := map[model.Key]bool{}
	for _, o := range objects {
		if err := c.Pages(t.Context(), o, "", func(p connector.Page) error {
			for _, r := range p.Records {
				if !seen[r.Key] {
					seen[r.Key] = true
					out[o] = append(out[o], r)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range out[model.Attachment] {
		f := c.(connector.Filer)
		ref, _, _ := f.FileRef(r)
		body, err := f.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, body)
		if err = errors.Join(err, body.Close()); err != nil {
			t.Fatal(err)
		}
		hashes[hex.EncodeToString(sum.Sum(nil))]++
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return out, hashes
}

// bare is a text without the blanks that desks change.
func bare(s string) string { return strings.Join(strings.Fields(s), " ") }

// witness is what Waybill writes before a rich text whose author is not there.
var witness = regexp.MustCompile(`^<p><em>(Originally by|on) [^<]*</em></p>`)

var tags = regexp.MustCompile(`<[^>]*>`)

// shown is rich text as a reader sees it.
func shown(s string) string { return html.UnescapeString(tags.ReplaceAllString(s, " ")) }

// said is a message as it must arrive.
type said struct {
	private bool
	text    string
}

// arrived holds messages against the truth: each is there once, and as private as it was.
// strip takes off what Waybill wrote before a text.
func arrived(t *testing.T, want map[said]int, records []model.Record, text, private string, isPrivate func(any) bool, see func(string) string) {
	t.Helper()
	have := map[said]int{}
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
		have[said{isPrivate(v[private]), bare(see(s))}]++
	}
	for k, n := range want {
		if have[k] < n {
			t.Errorf("%d of %d arrived of the message (private %v) %.100q", have[k], n, k.private, k.text)
		}
	}
}

// TestRealServer_requestTrackerToRedmine moves everything between two real desks and holds
// every message, file and private note against what was put into the first.
func TestRealServer_requestTrackerToRedmine(t *testing.T) {
	from, to := realRT(t), realRedmine(t)
	script(t, "rt5/reset.sh", "seeded")
	script(t, "redmine5/reset.sh", "target")
	script(t, "redmine5/ready.sh")
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
	want := map[said]int{}
	for _, x := range readTruth(t, "rt5").Tickets {
		if x.Status == "deleted" {
			continue
		}
		for i, m := range x.Messages {
			// What a ticket is created with is never a comment in Request Tracker.
			private := m.Kind == "internal" && !(i == 0 && m.At == x.Created)
			want[said{private, bare(m.Body)}]++
			for _, a := range m.Attachments {
				if private {
					continue
				}
				if hashes[a.Hash]--; hashes[a.Hash] < 0 {
					t.Errorf("%s: the file %q did not arrive", x.Key, a.Name)
				}
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
func blank(want map[said]int) {
	delete(want, said{false, ""})
	delete(want, said{true, ""})
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
	script(t, "redmine5/reset.sh", "seeded")
	to, desk := practiceDesk(t)
	before := mails(t)
	// For whoever is not there any more, or cannot be, somebody else stands in.
	standIn := strconv.FormatInt(gjson.GetBytes(read(t, filepath.Join(desks(t), "redmine5", "manifest.json")), "user.c-jmueller.id").Int(), 10)
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
	want := map[said]int{}
	for _, x := range readTruth(t, "redmine5").Tickets {
		if x.Status == "deleted" {
			continue
		}
		for _, m := range x.Messages {
			want[said{m.Kind == "internal", bare(m.Body)}]++
			for _, a := range m.Attachments {
				if hashes[a.Hash]--; hashes[a.Hash] < 0 {
					t.Errorf("%s: the file %q did not arrive", x.Key, a.Name)
				}
			}
		}
	}
	blank(want)
	arrived(t, want, records[model.Message], "body", "public", func(v any) bool { return v == false }, shown)
}
