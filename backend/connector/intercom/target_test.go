package intercom_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
)

// prepare sits down with a customer and staff.
func prepare(t *testing.T, o fake.Options, as string, wrap func(http.Handler) http.Handler) *table {
	t.Helper()
	x := sit(t, o, map[string]string{intercom.SettingTickets: as}, wrap)
	x.staff()
	x.write(x.draft(model.Organization, 0, as))
	x.write(x.draft(model.Contact, 0, as))
	return x
}

// ticket makes a draft with a first message.
func (x *table) ticket(i int, as string) model.Draft {
	d := x.draft(model.Ticket, i, as)
	d.Parts = d.Parts[:1]
	return d
}

func (x *table) reply(ticket model.Key, i int, author model.Key, at time.Time, private bool) model.Draft {
	d := model.Draft{
		Object: model.Message, Fields: map[string]any{"body": fmt.Sprintf("<p>reply %d</p>", i), "created_at": at, "private": private},
		Links: []model.DraftLink{link("conversation_id", ticket), link("author_id", author)},
	}
	x.name(&d, fmt.Sprint("r", i))
	return d
}

// Each message keeps its author and its time to the second, and nobody hears of it
// (P-19, P-31, P-43, P-71).
func TestP31_AuthorsAndTimesAreKept(t *testing.T) {
	for _, as := range []string{intercom.AsConversation, intercom.AsTicket} {
		x := prepare(t, fake.Options{}, as, nil)
		d := x.ticket(0, as)
		out := x.write(d)
		if out.State != connector.Created {
			t.Fatal(out.Err)
		}
		customer, agent := x.made[model.Contact][0], x.made[model.Agent][0]
		if out.Parts[0].State == connector.Unsent {
			p := d.Parts[0]
			p.Links = append(p.Links, link("conversation_id", out.Key))
			x.write(p)
		}
		at := began.Add(48 * time.Hour)
		x.write(x.reply(out.Key, 1, agent, at, false))
		x.write(x.reply(out.Key, 2, customer, at.Add(time.Minute), false))
		x.write(x.reply(out.Key, 3, agent, at.Add(2*time.Minute), true))
		c := x.fake.Conversation(out.Key.ID)
		if as == intercom.AsTicket {
			c = x.fake.Ticket(out.Key.ID)
		}
		want := []string{"user " + customer.ID + " Hello 0", "admin " + agent.ID + " reply 1", "user " + customer.ID + " reply 2", "admin " + agent.ID + " reply 3"}
		if len(c.Messages) != len(want) {
			t.Fatalf("%s: %+v", as, c.Messages)
		}
		for i, m := range c.Messages {
			when := []time.Time{began, at, at.Add(time.Minute), at.Add(2 * time.Minute)}[i]
			if !strings.HasPrefix(m.AuthorType+" "+m.Author+" "+strings.TrimPrefix(m.Body, "<p>"), want[i]) || !m.At.Equal(when) {
				t.Errorf("%s: message %d is %+v, want %s at %s", as, i, m, want[i], when)
			}
			if (m.Type == "note") != (i == 3) {
				t.Errorf("%s: message %d is a %s", as, i, m.Type)
			}
		}
		if c.State != "closed" { // as it was written, although a customer's reply opens it
			t.Errorf("%s: the state is %s", as, c.State)
		}
		if n := x.fake.Mails(); n != 0 {
			t.Errorf("%s: %d messages would have been sent", as, n)
		}
	}
}

// What customers wrote sets live workflows off, whatever Waybill does: this is why Caps
// does not say Quiet. Replies of the team and tickets are silent even so (P-71).
func TestP71_WorkflowsMustBePaused(t *testing.T) {
	x := prepare(t, fake.Options{Workflows: true}, intercom.AsConversation, nil)
	out := x.write(x.ticket(0, intercom.AsConversation))
	if n := x.fake.Mails(); n != 1 || intercom.Kind().Caps.Quiet {
		t.Errorf("%d messages were sent by workflows, and Caps.Quiet is %v", n, intercom.Kind().Caps.Quiet)
	}
	x.write(x.reply(out.Key, 1, x.made[model.Agent][0], began, false))
	if n := x.fake.Mails(); n != 1 {
		t.Errorf("a reply of the team sent %d messages", n-1)
	}
	y := prepare(t, fake.Options{Workflows: true}, intercom.AsTicket, nil)
	out = y.write(y.ticket(0, intercom.AsTicket))
	y.write(y.reply(out.Key, 1, y.made[model.Contact][0], began, false))
	if n := y.fake.Mails(); n != 0 {
		t.Errorf("a ticket sent %d messages", n)
	}
}

// A conversation that was closed stays closed when customers' replies are added, and a
// snoozed one snoozed.
func TestAStateOutlivesReplies(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	for i, state := range []string{"closed", "open", "snoozed"} {
		d := x.ticket(i, intercom.AsConversation)
		d.Fields["state"] = state
		if state == "snoozed" {
			d.Fields["snoozed_until"] = time.Now().Add(100 * time.Hour)
		}
		out := x.write(d)
		if out.State != connector.Created {
			t.Fatal(out.Err)
		}
		for n := range 3 {
			x.write(x.reply(out.Key, 10*i+n, x.made[model.Contact][0], began.Add(time.Duration(n)*time.Hour), false))
		}
		if got := x.fake.Conversation(out.Key.ID).State; got != state {
			t.Errorf("%s became %s", state, got)
		}
	}
}

// A private note never opens a conversation and never becomes a customer's message
// (invariant 10, P-44).
func TestP44_ANoteStaysANote(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	d := x.ticket(0, intercom.AsConversation)
	d.Parts[0].Fields["private"] = true
	d.Parts[0].Fields["body"] = "<p>secret</p>"
	out := x.write(d)
	if out.State != connector.Created || out.Parts[0].State != connector.Unsent {
		t.Fatalf("%+v", out)
	}
	if c := x.fake.Conversation(out.Key.ID); len(c.Messages) != 1 || strings.Contains(c.Messages[0].Body, "secret") || !strings.Contains(c.Messages[0].Body, "(no text)") {
		t.Errorf("%+v", c.Messages)
	}
	alone := x.reply(out.Key, 1, x.made[model.Contact][0], began, true)
	if got := x.write(alone); got.State != connector.Refused || got.Err.Where.Field != "author_id" {
		t.Errorf("a customer's note is %d, %v", got.State, got.Err)
	}
	if list, _ := x.all(model.Message); len(list) != 0 {
		t.Errorf("the stand-in is read as %d messages", len(list))
	}
}

// Whatever a value of "private" looks like, anything but a plain no opens no conversation,
// and becomes no message that customers read (invariant 10).
func TestP44_WhatIsNotClearlyPublicIsPrivate(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	for i, private := range []any{"true", "yes", "", nil, 1} {
		d := x.ticket(i, intercom.AsConversation)
		d.Parts[0].Fields["private"], d.Parts[0].Fields["body"], d.Parts[0].Parts = private, "<p>secret</p>", nil
		out := x.write(d)
		if out.State != connector.Created || out.Parts[0].State != connector.Unsent {
			t.Fatalf("%#v: %+v", private, out)
		}
		m := x.reply(out.Key, i, x.made[model.Agent][0], began, true)
		m.Fields["private"], m.Fields["body"] = private, "<p>secret</p>"
		if got := x.write(m); private == nil && got.State != connector.Created || private != nil && got.State != connector.Refused {
			t.Errorf("%#v alone: %+v", private, got)
		}
		for _, m := range x.fake.Conversation(out.Key.ID).Messages {
			if m.Type != "note" && strings.Contains(m.Body, "secret") {
				t.Errorf("%#v became %+v", private, m)
			}
		}
	}
}

// The word in the first message finds a conversation whose attributes never arrived (P-66).
func TestP66_AHalfWrittenConversationIsFound(t *testing.T) {
	var cut atomic.Bool
	x := prepare(t, fake.Options{}, intercom.AsConversation, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cut.Load() && r.Method != http.MethodGet && r.URL.Path != "/conversations" && !strings.HasSuffix(r.URL.Path, "search") && !strings.HasSuffix(r.URL.Path, "attributes") {
				http.Error(w, "gone", http.StatusBadGateway)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	cut.Store(true)
	d := x.ticket(1, intercom.AsConversation)
	out := x.write(d)
	cut.Store(false)
	if out.State != connector.Unknown {
		t.Fatalf("state %d", out.State)
	}
	found, err := x.conn.(connector.Finder).Find(t.Context(), model.Ticket, []model.Mark{d.Mark, "wb:other"})
	if err != nil || len(found) != 1 || found[d.Mark].Copies != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

// Whoever looks for a customer's message whose conversation stayed open, because the
// request that was to close it again was lost, closes it; and not where people opened it.
func TestP66_AReopenedConversationIsClosedAgain(t *testing.T) {
	var cut atomic.Bool
	x := prepare(t, fake.Options{}, intercom.AsConversation, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cut.Load() && strings.HasSuffix(r.URL.Path, "/parts") {
				http.Error(w, "gone", http.StatusBadGateway)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	d := x.ticket(0, intercom.AsConversation)
	d.Fields["state"] = "closed"
	out := x.write(d)
	cut.Store(true)
	m := x.reply(out.Key, 1, x.made[model.Contact][0], began.Add(time.Hour), false)
	got := x.write(m)
	cut.Store(false)
	if got.State != connector.Unknown || x.fake.Conversation(out.Key.ID).State != "open" {
		t.Fatalf("state %d, the conversation is %s", got.State, x.fake.Conversation(out.Key.ID).State)
	}
	for range 2 {
		found, err := x.conn.(connector.PartFinder).FindParts(t.Context(), out.Key, []model.Draft{m})
		if err != nil || found[m.Mark].Copies != 1 || x.fake.Conversation(out.Key.ID).State != "closed" {
			t.Errorf("found %v, %v, the conversation is %s", found, err, x.fake.Conversation(out.Key.ID).State)
		}
	}
	if got, err := x.conn.(connector.Updater).Update(t.Context(), []connector.Edit{{Key: out.Key, Draft: model.Draft{Fields: map[string]any{"state": "open"}}}}, nil); err != nil || got[0].State != connector.Updated {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := x.conn.(connector.PartFinder).FindParts(t.Context(), out.Key, []model.Draft{m}); err != nil || x.fake.Conversation(out.Key.ID).State != "open" {
		t.Errorf("%v, what people opened is %s", err, x.fake.Conversation(out.Key.ID).State)
	}
}

// A conversation that was left half made gets its mark with the next change (P-66).
func TestP66_AHalfWrittenConversationGetsItsMark(t *testing.T) {
	var cut atomic.Bool
	x := prepare(t, fake.Options{}, intercom.AsConversation, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cut.Load() && r.Method == http.MethodPut {
				http.Error(w, "gone", http.StatusBadGateway)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	cut.Store(true)
	d := x.ticket(1, intercom.AsConversation)
	if out := x.write(d); out.State != connector.Unknown {
		t.Fatalf("state %d", out.State)
	}
	cut.Store(false)
	found, err := x.conn.(connector.Finder).Find(t.Context(), model.Ticket, []model.Mark{d.Mark})
	if err != nil || found[d.Mark].Copies != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	f := found[d.Mark]
	d.Parts = nil
	out, err := x.conn.(connector.Updater).Update(t.Context(), []connector.Edit{{Key: f.Key, Version: f.Version, Draft: d}}, nil)
	if err != nil || out[0].State != connector.Updated {
		t.Fatalf("%+v, %v", out, err)
	}
	c := x.fake.Conversation(f.Key.ID)
	if c.Custom["Waybill"] != string(d.Mark) || c.Title != d.Fields["title"] || len(c.Tags) != 2 || c.Admin == "" {
		t.Errorf("%+v", c)
	}
}

// The mark is there in full, with the old number, and its word does not stand in what is read.
func TestP75_TheMark(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	d := x.ticket(0, intercom.AsConversation)
	d.Parts[0].Parts = nil
	out := x.write(d)
	if got := x.fake.Conversation(out.Key.ID).Custom["Waybill"]; got != string(d.Mark) {
		t.Errorf("the attribute is %v", got)
	}
	list, _ := x.all(model.Message)
	if len(list) != 1 {
		t.Fatal(len(list))
	}
	v, err := model.Values(list[0].Raw)
	if err != nil || v["body"] != d.Parts[0].Fields["body"] {
		t.Errorf("read %q, wrote %q", v["body"], d.Parts[0].Fields["body"])
	}
	if !strings.Contains(x.fake.Conversation(out.Key.ID).Messages[0].Body, "[wb") {
		t.Error("the first message has no word to find it by")
	}
}

// More files than a reply takes are listed, and so is one that is too large (P-48).
func TestP48_TooManyAndTooLargeFiles(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	out := x.write(x.ticket(0, intercom.AsConversation))
	d := x.reply(out.Key, 1, x.made[model.Agent][0], began, false)
	for i := range 12 {
		f := x.files.Add(fmt.Sprintf("%d.txt", i), "text/plain", fmt.Appendf(nil, "file %d", i))
		d.Parts = append(d.Parts, model.Draft{Object: model.Attachment, File: f, Fields: map[string]any{"name": f.Name}, Mark: model.Mark(fmt.Sprint("f", i))})
	}
	got := x.write(d)
	if got.State != connector.Created || len(got.Parts) != 12 || got.Parts[9].State != connector.Created || got.Parts[10].State != connector.Refused || got.Parts[10].Err == nil {
		t.Errorf("%+v", got)
	}
	large := x.reply(out.Key, 2, x.made[model.Agent][0], began, false)
	f := *x.files.Add("large.bin", "", []byte("x"))
	f.Size = 41 << 20
	large.Parts = []model.Draft{{Object: model.Attachment, File: &f}}
	if got := x.write(large); got.State != connector.Refused || got.Err.Code != connector.CodeTooLarge {
		t.Errorf("%+v", got)
	}
}

// Somebody with the same e-mail address is found rather than refused; an archived one is not.
func TestPeopleWhoAreThereAlready(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	d := x.draft(model.Contact, 0, intercom.AsConversation)
	d.Mark = "wb:another"
	d.Fields["email"] = strings.ToUpper(d.Fields["email"].(string))
	if out := x.write(d); out.State != connector.Existed || out.Key != x.made[model.Contact][0] {
		t.Errorf("%+v", out)
	}
}

// What people wrote into a moved conversation keeps it from being deleted (invariant 8);
// Waybill's own messages do not.
func TestP82_ForeignRepliesKeepAConversation(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	out := x.write(x.ticket(0, intercom.AsConversation))
	x.write(x.reply(out.Key, 1, x.made[model.Contact][0], began, false))
	x.write(x.reply(out.Key, 2, x.made[model.Agent][0], began, false))
	x.fake.PersonReplies(out.Key.ID, "I am a person")
	other := x.write(x.ticket(1, intercom.AsConversation))
	x.write(x.reply(other.Key, 3, x.made[model.Contact][0], began, false))
	got, err := x.conn.(connector.Deleter).Delete(t.Context(), []connector.Doomed{{Key: out.Key, Version: out.Version}, {Key: other.Key, Version: other.Version}})
	if err != nil || got[0].State != connector.Touched || got[1].State != connector.Deleted {
		t.Errorf("%v, %v", got, err)
	}
}

// Companies show in lists once somebody belongs to them; by their ids they are there at once.
func TestCompaniesWithoutPeople(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	out := x.write(x.draft(model.Organization, 1, intercom.AsConversation))
	list, _ := x.all(model.Organization)
	one, err := x.conn.(connector.Reader).Read(t.Context(), model.Organization, []string{out.Key.ID})
	if len(list) != 1 || len(one) != 1 || err != nil {
		t.Errorf("%d in the list, %d by id, %v", len(list), len(one), err)
	}
}

// What Intercom makes of a draft is known beforehand, so that a check cries no wolf (P-83).
func TestP83_WhatIntercomKeeps(t *testing.T) {
	x := prepare(t, fake.Options{}, intercom.AsConversation, nil)
	k := x.conn.(connector.Keeper)
	x.fake.AddTag("Billing")
	d := x.ticket(1, intercom.AsConversation)
	d.Fields["tag_names"], d.Fields["state"], d.Fields["snoozed_until"] = []string{"billing"}, "snoozed", time.Now().Add(-time.Hour)
	d.Parts = nil
	owner := x.write(d)
	bodies := []string{
		"<p>Hello <b>bold</b> &amp; \"quoted\"</p><ul><li>one</li></ul>", "plain & simple\nsecond line", "", "<p>a &lt; b</p>", "<div>x</div>",
	}
	drafts := map[string]model.Draft{}
	for i, body := range bodies {
		for n, author := range []model.Key{x.made[model.Contact][0], x.made[model.Agent][0]} {
			m := x.reply(owner.Key, 10*i+n, author, began.Add(time.Duration(i)*time.Hour), false)
			m.Fields["body"] = body
			drafts[x.write(m).Key.ID] = m
		}
	}
	list, _ := x.all(model.Message)
	if len(list) != len(drafts) {
		t.Fatalf("%d messages, want %d", len(list), len(drafts))
	}
	for _, r := range list {
		v, err := model.Values(r.Raw)
		if want := k.Kept(drafts[r.Key.ID]).Fields["body"]; err != nil || v["body"] != want {
			t.Errorf("%q is kept as %q, and it was said %q", drafts[r.Key.ID].Fields["body"], v["body"], want)
		}
	}
	got, err := x.conn.(connector.Reader).Read(t.Context(), model.Ticket, []string{owner.Key.ID})
	if err != nil {
		t.Fatal(err)
	}
	v, err := model.Values(got[owner.Key.ID].Raw)
	kept := k.Kept(d)
	if err != nil || v["state"] != kept.Fields["state"] || fmt.Sprint(v["tag_names"]) != fmt.Sprint(kept.Fields["tag_names"]) || v["snoozed_until"] != nil {
		t.Errorf("kept %v %v, and it was said %v %v", v["state"], v["tag_names"], kept.Fields["state"], kept.Fields["tag_names"])
	}
	o := x.draft(model.Organization, 3, "")
	o.Fields["plan"] = "Pro"
	firm := x.write(o)
	one, err := x.conn.(connector.Reader).Read(t.Context(), model.Organization, []string{firm.Key.ID})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := model.Values(one[firm.Key.ID].Raw); err != nil || v["plan.name"] != k.Kept(o).Fields["plan.name"] {
		t.Errorf("the plan is %v", v["plan.name"])
	}
}
