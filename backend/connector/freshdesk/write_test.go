package freshdesk_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
)

// crowd writes what tickets need, and gives a maker of drafts that link to it.
func crowd(t testing.TB, c whole) (conform.Maker, *conform.Files) {
	t.Helper()
	files := &conform.Files{}
	have := map[model.Object][]model.Key{}
	m := conform.Maker{Files: files, Salt: "w", First: true, Have: func(o model.Object) []model.Key { return have[o] }}
	for _, o := range []model.Object{model.Organization, model.Group, model.Contact} {
		for i := range 2 {
			d := draft(m, o, i)
			d.Mark = model.Mark(fmt.Sprint("wb:12345678:", o, ":", i))
			have[o] = append(have[o], write(t, c, files, d)[0].Key)
		}
	}
	out, err := c.Write(t.Context(), []model.Draft{draft(m, model.Agent, 0)}, files)
	if err != nil || out[0].State != connector.Existed {
		t.Fatal(out, err)
	}
	have[model.Agent] = []model.Key{out[0].Key}
	return m, files
}

// move writes tickets with notes of every kind, and gives the outcomes of the tickets.
func move(t testing.TB, c whole) []connector.Outcome {
	t.Helper()
	m, files := crowd(t, c)
	var out []connector.Outcome
	for i := range 6 {
		d := draft(m, model.Ticket, i)
		d.Mark = model.Mark(fmt.Sprint("wb:12345678:ticket:", i))
		o := write(t, c, files, d)[0]
		out = append(out, o)
		for k := range 6 {
			author := m.Have(model.Contact)[k%2]
			if k%3 == 1 {
				author = m.Have(model.Agent)[0]
			}
			d := message(m, fmt.Sprint("note ", k), author, k)
			d.Fields["private"] = k%2 == 0
			d.Links = append(d.Links, link("ticket_id", o.Key))
			write(t, c, files, d)
		}
	}
	return out
}

func staffed(o fake.Options) *fake.Server {
	s := account(o)
	s.AddAgent("Bea Agent", "bea@desk.example")
	return s
}

// With the switches off that Fires names, a move mails nobody. With any of them on it
// does, so the fake would show it.
func TestP71_NobodyIsMailedOnceTheSwitchesAreOff(t *testing.T) {
	quiet := staffed(fake.Options{})
	c := dial(t, quiet)
	out := move(t, c)
	if _, err := c.Update(t.Context(), []connector.Edit{{Key: out[0].Key, Draft: model.Draft{Fields: map[string]any{"priority": "1", "status": "4"}}}}, nil); err != nil {
		t.Fatal(err)
	}
	if n := quiet.Mails(); n != 0 {
		t.Errorf("%d mails although every switch is off", n)
	}
	for name, on := range map[string]fake.Switches{
		"new ticket, requester": {NewTicketRequester: true}, "new ticket, copies": {NewTicketCC: true}, "new ticket, agents": {NewTicketAgents: true},
		"group": {AssignedGroup: true}, "agent": {AssignedAgent: true}, "comment": {AgentComment: true}, "reply": {RequesterReplies: true},
		"closed": {Closed: true}, "activation": {Activation: true}, "all": fake.AllOn(),
	} {
		s := staffed(fake.Options{Notify: on})
		move(t, dial(t, s))
		if s.Mails() == 0 {
			t.Errorf("%s: the fake counts no mail", name)
		}
	}
	loud := staffed(fake.Options{})
	loud.Rule(4, map[string]any{"name": "Tell", "active": true, "actions": []any{map[string]any{"field_name": "send_email_to_requester"}}})
	c = dial(t, loud)
	move(t, c)
	fires, err := c.Fires(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, f := range fires {
		if f.Silenced {
			t.Errorf("%s is told to be silenced, which nothing here does", f.Name)
		}
		told = told || strings.HasSuffix(f.Name, "> Tell") && f.Active
	}
	if loud.Mails() == 0 || !told {
		t.Errorf("%d mails by a rule, told: %v", loud.Mails(), told)
	}
}

// replies counts calls that would mail a customer by themselves.
type replies struct {
	next http.Handler
	n    int
}

func (r *replies) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	for _, loud := range []string{"/reply", "/forward", "/outbound_email", "/send_invite"} {
		if strings.Contains(q.URL.Path, loud) {
			r.n++
		}
	}
	r.next.ServeHTTP(w, q)
}

func TestP71_NoReplyIsEverSent(t *testing.T) {
	r := &replies{next: staffed(fake.Options{})}
	move(t, dial(t, r))
	if r.n > 0 {
		t.Errorf("%d calls that mail customers", r.n)
	}
}

// P-19, P-43, P-44: who wrote what, to whom it is visible, and in which order.
func TestP19_P43_P44_AuthorsAndPrivacyAreKept(t *testing.T) {
	s := staffed(fake.Options{})
	move(t, dial(t, s))
	for _, x := range s.Threads() {
		if !strings.Contains(x.Description, "first ") || len(x.Files) != 2 || x.Status != 5 {
			t.Errorf("ticket %d: %q, files %q, status %d", x.ID, x.Description, x.Files, x.Status)
		}
		if len(x.Messages) != 6 {
			t.Fatalf("ticket %d has %d notes", x.ID, len(x.Messages))
		}
		for k, m := range x.Messages {
			customer := k%3 != 1
			if !strings.Contains(m.Body, fmt.Sprint("note ", k)) || m.Private != (k%2 == 0) || m.Incoming != (customer && !m.Private) || m.User == 1001 || len(m.Files) != 2 {
				t.Errorf("note %d: %+v", k, m)
			}
		}
	}
}

// A first message that is private, or somebody else's, never becomes the ticket's text.
func TestP44_AFirstMessageThatIsPrivateOrAnothersComesAsANote(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	for _, spoil := range []func(d *model.Draft){
		func(d *model.Draft) { d.Parts[0].Fields["private"] = true },
		func(d *model.Draft) { delete(d.Parts[0].Fields, "private") },
		func(d *model.Draft) { d.Parts[0].Fields["private"] = "true" },
		func(d *model.Draft) { d.Parts[0].Links[0].Target = m.Have(model.Agent)[0] },
		func(d *model.Draft) { d.Parts[0].Links[0].Target = m.Have(model.Contact)[1] },
		func(d *model.Draft) { d.Parts[0].Fields["incoming"] = false },
	} {
		d := draft(m, model.Ticket, 0)
		d.Parts[0].Fields["body"] = "secret words"
		spoil(&d)
		o := write(t, c, files, d)[0]
		if len(o.Parts) != 1 || o.Parts[0].State != connector.Unsent || o.Parts[0].Err == nil {
			t.Errorf("the part is answered %+v", o.Parts)
		}
		x := s.Threads()[len(s.Threads())-1]
		if strings.Contains(x.Description, "secret") || len(x.Files) > 0 || len(x.Messages) > 0 {
			t.Errorf("the ticket shows %q, files %q", x.Description, x.Files)
		}
		if list, _ := read(t, c, model.Message); len(list) != 0 {
			t.Errorf("the stand-in is read as a message: %v", list)
		}
		late := d.Parts[0]
		late.Links = append(late.Links, link("ticket_id", o.Key))
		n := write(t, c, files, late)[0]
		x = s.Threads()[len(s.Threads())-1]
		if len(x.Messages) != 1 || !strings.Contains(x.Messages[0].Body, "secret") || len(n.Parts) != 2 {
			t.Errorf("the note is %+v", x.Messages)
		}
		if _, err := c.Delete(t.Context(), []connector.Doomed{{Key: n.Key, Version: n.Version}, {Key: o.Key, Version: o.Version}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Mails(); n != 0 {
		t.Errorf("%d mails", n)
	}
}

// Were a desk to publish a private note, it would be taken out at once, and not sent again.
func TestP44_ANoteThatIsNotKeptPrivateIsTakenOut(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/notes") {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			b = bytes.Replace(b, []byte(`"private":true`), []byte(`"private":false`), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		}
		s.ServeHTTP(w, r)
	}))
	m, files := crowd(t, c)
	o := write(t, c, files, draft(m, model.Ticket, 0))[0]
	d := message(m, "secret", m.Have(model.Agent)[0], 1)
	d.Fields["private"], d.Parts = true, nil
	d.Links = append(d.Links, link("ticket_id", o.Key))
	out, err := c.Write(t.Context(), []model.Draft{d}, files)
	if err != nil || out[0].State != connector.Refused || out[0].Err.Where.Field != "private" || !strings.Contains(out[0].Err.Next, "deleted there again") {
		t.Errorf("%+v, %v", out, err)
	}
	if x := s.Threads()[0]; len(x.Messages) != 0 {
		t.Errorf("the customer can read %+v", x.Messages)
	}
}

// Many people say the same: a message is known by its author as well (P-66).
func TestP66_TheSameWordsOfAnotherAreAnotherMessage(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	o := write(t, c, files, draft(m, model.Ticket, 0))[0]
	var sent []model.Draft
	for i, author := range []model.Key{m.Have(model.Contact)[0], m.Have(model.Agent)[0], m.Have(model.Contact)[1]} {
		d := message(m, "Thanks!", author, i)
		d.Fields["body"], d.Fields["private"], d.Parts = "Thanks!", false, nil
		d.Mark = model.Mark(fmt.Sprint("wb:12345678:message:", i))
		d.Links = append(d.Links, link("ticket_id", o.Key))
		if sent = append(sent, d); i < 2 {
			write(t, c, files, d)
		}
	}
	found, err := c.FindParts(t.Context(), o.Key, sent[1:])
	if err != nil || len(found) != 1 || found[sent[1].Mark].Copies != 1 {
		t.Errorf("found %v, %v", found, err)
	}
	if found, err = c.FindParts(t.Context(), o.Key, sent[:1]); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

// A ticket takes 20 MB of files: those that don't fit are refused by name, the words arrive.
func TestP48_FilesThatATicketDoesNotTake(t *testing.T) {
	s := staffed(fake.Options{MaxFiles: 100})
	c := dial(t, s)
	m, files := crowd(t, c)
	d := draft(m, model.Ticket, 0)
	d.Parts[0].Parts[0].File = files.Add("big.bin", "application/octet-stream", make([]byte, 200))
	o := write(t, c, files, d)[0]
	for i, p := range o.Parts[0].Parts {
		if p.State != connector.Refused || p.Err == nil || p.Err.Code != connector.CodeTooLarge || p.Err.Where.Object != string(model.Attachment) {
			t.Errorf("file %d: %+v", i, p)
		}
	}
	if x := s.Threads()[0]; len(x.Files) != 0 || !strings.Contains(x.Description, "first 0") {
		t.Errorf("%q with %q", x.Description, x.Files)
	}
	if o.Parts[0].State != connector.Created {
		t.Errorf("the message is %+v", o.Parts[0])
	}
	big := message(m, "huge", m.Have(model.Contact)[0], 1)
	big.Parts[1].File.Size = 21 << 20 // never read: told beforehand
	big.Links = append(big.Links, link("ticket_id", o.Key))
	n := write(t, c, files, big)[0]
	if n.Parts[0].State != connector.Created || n.Parts[1].State != connector.Refused {
		t.Errorf("%+v", n.Parts)
	}
}

func TestP29_WhoIsThereAlreadyIsNotMadeTwice(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	for _, o := range []model.Object{model.Contact, model.Organization, model.Group} {
		d := draft(m, o, 0)
		d.Mark = "wb:other:1"
		out, err := c.Write(t.Context(), []model.Draft{d}, files)
		if err != nil || out[0].State != connector.Existed || out[0].Key != m.Have(o)[0] || out[0].Version == "" {
			t.Errorf("%s: %+v, %v", o, out, err)
		}
	}
	call(t, s, "DELETE", "contacts/"+m.Have(model.Contact)[0].ID, nil)
	out, err := c.Write(t.Context(), []model.Draft{draft(m, model.Contact, 0)}, files)
	if err != nil || out[0].State != connector.Refused || out[0].Err.Code != connector.CodeTaken || !strings.Contains(out[0].Err.Error(), "trash") {
		t.Errorf("%+v, %v", out, err)
	}
	d := draft(m, model.Contact, 5)
	d.Fields["email"], d.Fields["other_emails"] = "bea@desk.example", []string(nil)
	if out, err = c.Write(t.Context(), []model.Draft{d}, files); err != nil || out[0].State != connector.Existed {
		t.Errorf("an agent's address: %+v, %v", out, err)
	}
}

// P-24: an agent joins a group that Waybill made; of one that people made who is no member
// is refused in plain words.
func TestP24_AnAgentMustBelongToTheGroup(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	d := draft(m, model.Ticket, 0)
	d.Links = append(d.Links, link("group_id", m.Have(model.Group)[0]))
	write(t, c, files, d)
	own := call(t, s, "POST", "groups", map[string]any{"name": "People's own"})
	d = draft(m, model.Ticket, 2)
	d.Links = append(d.Links, link("group_id", model.Key{Object: model.Group, ID: fmt.Sprint(int64(own["id"].(float64)))}))
	out, err := c.Write(t.Context(), []model.Draft{d}, files)
	if err != nil || out[0].State != connector.Refused || out[0].Err.Code != connector.CodeInvalid || !strings.Contains(out[0].Err.What, "member of its group") {
		t.Errorf("%+v, %v", out, err)
	}
}

// What lies in other records and carries no mark is found where it is, and only there.
func TestP66_WhatLiesInOthersIsFoundAgain(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	category := write(t, c, files, draft(m, model.Category, 0))[0].Key
	onto := func(o model.Object, field string, owner model.Key, i int) model.Draft {
		d := draft(m, o, i)
		d.Mark = model.Mark(fmt.Sprint("wb:12345678:", o, ":", i))
		for k := range d.Links {
			if d.Links[k].Field == field {
				d.Links[k].Target = owner
			}
		}
		return d
	}
	ticket := write(t, c, files, draft(m, model.Ticket, 0))[0].Key
	section := onto(model.Section, "category_id", category, 0)
	sectionKey := write(t, c, files, section)[0].Key
	article := onto(model.Article, "folder_id", sectionKey, 0)
	articleKey := write(t, c, files, article)[0].Key
	translation := onto(model.Translation, "article_id", articleKey, 0)
	entry := onto(model.TimeEntry, "ticket_id", ticket, 0)
	for _, x := range []struct {
		owner model.Key
		d     model.Draft
		key   model.Key
		other model.Draft
	}{
		{category, section, sectionKey, onto(model.Section, "category_id", category, 5)},
		{sectionKey, article, articleKey, onto(model.Article, "folder_id", sectionKey, 5)},
		{articleKey, translation, write(t, c, files, translation)[0].Key, onto(model.Translation, "article_id", articleKey, 5)},
		{ticket, entry, write(t, c, files, entry)[0].Key, onto(model.TimeEntry, "ticket_id", ticket, 5)},
	} {
		found, err := c.FindParts(t.Context(), x.owner, []model.Draft{x.d, x.other})
		if err != nil || len(found) != 1 || found[x.d.Mark].Key != x.key || found[x.d.Mark].Copies != 1 {
			t.Errorf("%s: %+v, %v", x.d.Object, found, err)
		}
		got, err := c.Read(t.Context(), x.d.Object, []string{x.key.ID})
		if err != nil || got[x.key.ID].Version != found[x.d.Mark].Version {
			t.Errorf("%s read by its id: %+v, %v", x.d.Object, got, err)
		}
	}
}

func TestP82_ATicketThatPeopleAnsweredStays(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	o := write(t, c, files, draft(m, model.Ticket, 0))[0]
	call(t, s, "POST", "tickets/"+o.Key.ID+"/notes", map[string]any{"body": "hello again", "private": false})
	out, err := c.Delete(t.Context(), []connector.Doomed{{Key: o.Parts[0].Key, Version: o.Parts[0].Version}, {Key: o.Key, Version: o.Version}})
	if err != nil || out[0].State != connector.Deleted || out[1].State != connector.Refused || out[1].Err.Code != connector.CodeInUse {
		t.Errorf("%+v, %v", out, err)
	}
	if x := s.Threads()[0]; x.Deleted || strings.Contains(x.Description, "first") {
		t.Errorf("%+v", x)
	}
	out, err = c.Delete(t.Context(), []connector.Doomed{{Key: m.Have(model.Contact)[0]}})
	if err != nil || out[0].State != connector.Refused {
		t.Errorf("somebody with a ticket: %+v, %v", out, err)
	}
}

func TestP82_WhatFreshdeskArchivedIsTakenBackToo(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	o := write(t, c, files, draft(m, model.Ticket, 0), draft(m, model.Ticket, 1))
	call(t, s, "POST", "tickets/"+o[1].Key.ID+"/notes", map[string]any{"body": "hello again", "private": false})
	s.Archive()
	out, err := c.Delete(t.Context(), []connector.Doomed{{Key: o[0].Key, Version: o[0].Version}, {Key: o[1].Key, Version: o[1].Version}})
	if err != nil || out[0].State != connector.Deleted || out[1].State != connector.Refused {
		t.Errorf("%+v, %v", out, err)
	}
	if got, err := c.Read(t.Context(), model.Ticket, []string{o[0].Key.ID, o[1].Key.ID}); err != nil || len(got) != 1 {
		t.Errorf("%d are left, %v", len(got), err)
	}
}

func TestUpdate_empties(t *testing.T) {
	s := staffed(fake.Options{})
	c := dial(t, s)
	m, files := crowd(t, c)
	ticket := write(t, c, files, draft(m, model.Ticket, 0))[0].Key
	for k, what := range map[model.Key]model.Draft{
		m.Have(model.Organization)[0]: {Fields: map[string]any{"note": nil}},
		m.Have(model.Contact)[0]:      {Fields: map[string]any{"description": nil}, Links: []model.DraftLink{{Field: "company_id"}}},
		ticket:                        {Fields: map[string]any{"type": nil}, Links: []model.DraftLink{{Field: "responder_id"}, {Field: "group_id"}}},
	} {
		out, err := c.Update(t.Context(), []connector.Edit{{Key: k, Draft: what}}, nil)
		if err != nil || out[0].State != connector.Updated {
			t.Fatalf("%v: %+v, %v", k, out, err)
		}
		list, _ := read(t, c, k.Object)
		v := values(t, list[k.ID])
		for name := range what.Fields {
			if v[name] != nil {
				t.Errorf("%v: %s is still %v", k, name, v[name])
			}
		}
		for _, l := range what.Links {
			if v[l.Field] != nil {
				t.Errorf("%v: %s is still %v", k, l.Field, v[l.Field])
			}
		}
		if k != ticket && c.MarkOf(list[k.ID]) != model.Mark(fmt.Sprint("wb:12345678:", k.Object, ":0")) {
			t.Errorf("%v has the mark %q now", k, c.MarkOf(list[k.ID]))
		}
	}
}

// Ten minutes of work inside all limits of the smallest plan: the desk refuses nothing.
func TestP73_TheLimitsOfEachKindAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := staffed(fake.Options{PerMinute: 200, TicketLists: 20, ContactLists: 20, TicketCreates: 80, TicketUpdates: 80})
		rt := pace.Transport(slow{handled{h: s}}, freshdesk.Kind().Limits, nil)
		c := dialThrough(t, rt)
		m, files := crowd(t, c)
		end := time.Now().Add(10 * time.Minute)
		done := make(chan int)
		for range 4 {
			go func() {
				n := 0
				for ; time.Now().Before(end); n++ {
					d := draft(m, model.Ticket, n)
					d.Parts = nil
					if out, err := c.Write(t.Context(), []model.Draft{d}, files); err != nil || out[0].State != connector.Created {
						t.Error(out, err)
						break
					}
				}
				done <- n
			}()
		}
		n := 0
		for range 4 {
			n += <-done
		}
		if r := s.Stats().Refused; r > 0 {
			t.Errorf("%d refusals", r)
		}
		if n < 70*10 {
			t.Errorf("%d tickets in ten minutes, of 800", n)
		}
	})
}

type slow struct{ next http.RoundTripper }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(50 * time.Millisecond) // a synctest bubble's time
	return s.next.RoundTrip(r)
}
