package freshdesk_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
)

// Everything that a messy account holds is read, and every link leads somewhere.
func TestReading_everythingOfAMessyAccount(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(400, 11)
	n := s.Counts()
	c := dial(t, s)
	schema, err := c.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there := map[model.Key]bool{}
	all := map[model.Object]map[string]model.Record{}
	for _, o := range schema.Objects {
		list, broken := read(t, c, o.Object)
		if len(broken) > 0 {
			t.Errorf("%s: %d broken", o.Object, len(broken))
		}
		all[o.Object] = list
		for _, r := range list {
			there[r.Key] = true
		}
	}
	inline := 0
	for _, r := range all[model.Attachment] {
		if strings.HasPrefix(r.Key.ID, "inline-") {
			inline++
		}
	}
	for o, want := range map[model.Object]int{
		model.Organization: n["companies"], model.Contact: n["contacts"], model.Agent: n["agents"], model.Group: n["groups"],
		model.Ticket: n["tickets"], model.Message: n["conversations"] + n["tickets"], model.Attachment: n["files"] + inline,
		model.Category: n["categories"], model.Section: n["folders"], model.Article: n["articles"], model.Translation: n["articles"] / 2,
		model.Macro: n["canned_responses"], model.TimeEntry: n["time_entries"], model.Rating: n["satisfaction_ratings"],
	} {
		if len(all[o]) != want || want == 0 {
			t.Errorf("%s: read %d, want %d", o, len(all[o]), want)
		}
	}
	if inline == 0 || n["deleted contacts"] == 0 {
		t.Errorf("%d pictures, %d deleted contacts: the account is not messy enough", inline, n["deleted contacts"])
	}
	lost := 0
	for o, list := range all {
		shape, _ := schema.Object(o)
		for _, r := range list {
			for _, l := range r.Links {
				if _, ok := shape.Field(l.Role); !ok {
					t.Fatalf("%v: the link %s is no field", r.Key, l.Role)
				}
				if l.Role == "ticket_id" && (o == model.TimeEntry || o == model.Rating) {
					continue // of tickets in the trash
				}
				if !slices.ContainsFunc(l.To, func(to model.Ref) bool { return there[model.Key{Object: to.Object, ID: to.Value}] }) {
					lost++
				}
			}
		}
	}
	if lost > 0 {
		t.Errorf("%d links lead nowhere", lost)
	}
	for _, r := range all[model.Attachment] {
		if sum(t, c, r) == "" {
			t.Errorf("%v has no content", r.Key)
		}
	}
}

func TestReading_trashAndSpamWhereChosen(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(400, 11)
	spam, deleted := 0, 0
	for _, x := range s.Threads() {
		switch {
		case x.Deleted:
			deleted++
		case x.Spam:
			spam++
		}
	}
	got, _ := read(t, dial(t, s, freshdesk.SettingTrash, freshdesk.TrashAll, freshdesk.SettingSpam, "yes"), model.Ticket)
	if spam == 0 || deleted == 0 || len(got) != len(s.Threads()) {
		t.Errorf("read %d of %d tickets, %d in spam and %d in the trash among them", len(got), len(s.Threads()), spam, deleted)
	}
	none, _ := read(t, dial(t, s, freshdesk.SettingTrash, freshdesk.TrashNone), model.Contact)
	if n := s.Counts(); len(none) != n["contacts"]-n["deleted contacts"] {
		t.Errorf("read %d contacts without the deleted ones", len(none))
	}
}

// What was chosen to be read is not gone when it changes in the trash or in spam.
func TestP02_TrashAndSpamAreGoneUnlessTheyAreRead(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(200, 11)
	for _, chosen := range []bool{false, true} {
		c := dial(t, s, freshdesk.SettingArchive, "no")
		if chosen {
			c = dial(t, s, freshdesk.SettingArchive, "no", freshdesk.SettingTrash, freshdesk.TrashAll, freshdesk.SettingSpam, "yes")
		}
		for _, o := range []model.Object{model.Ticket, model.Message} {
			all, _ := read(t, c, o)
			told, gone := map[string]bool{}, map[string]bool{}
			if err := c.Changes(t.Context(), o, "", func(p connector.Page) error {
				for _, r := range p.Records {
					told[r.Key.ID] = true
				}
				for _, g := range p.Gone {
					gone[g.ID] = true
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if want := o == model.Ticket && !chosen; len(gone) > 0 != want {
				t.Errorf("chosen %v: %d of %s are gone", chosen, len(gone), o)
			}
			for _, r := range all {
				if !told[r.Key.ID] || gone[r.Key.ID] {
					t.Errorf("chosen %v: %v is told %v, gone %v", chosen, r.Key, told[r.Key.ID], gone[r.Key.ID])
				}
			}
		}
	}
}

// Tickets that Freshdesk archived are in no list, and are read all the same.
func TestP01_ArchivedTicketsAreRead(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(200, 9)
	all, _ := read(t, dial(t, s), model.Ticket)
	some, _ := read(t, dial(t, s, freshdesk.SettingArchive, "no"), model.Ticket)
	if len(all) != s.Counts()["tickets"] || len(some) >= len(all) {
		t.Errorf("read %d of %d, %d without the archive", len(all), s.Counts()["tickets"], len(some))
	}
	messages, _ := read(t, dial(t, s), model.Message)
	files, _ := read(t, dial(t, s), model.Attachment)
	for id := range all {
		if _, listed := some[id]; listed {
			continue
		}
		if _, ok := messages["description-"+id]; !ok {
			t.Errorf("ticket %s has no text", id)
		}
	}
	s.Archive()
	s.Expire()
	c := dial(t, s)
	old, _ := read(t, c, model.Ticket)
	if len(old) != len(all) {
		t.Errorf("with everything archived: read %d of %d", len(old), len(all))
	}
	for _, r := range files {
		if sum(t, c, r) == "" {
			t.Errorf("%v has no content", r.Key)
		}
	}
}

// Reading the files after the messages asks again only for the conversations that hold any.
func TestReading_conversationsWithoutFilesAreReadOnce(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(200, 5)
	n := int64(s.Counts()["tickets"])
	c := dial(t, s)
	_, _ = read(t, c, model.Message)
	before := s.Stats().Requests
	if before > n*3/2 {
		t.Errorf("%d calls for the messages of %d tickets", before, n)
	}
	known, _ := read(t, c, model.Attachment)
	if used := s.Stats().Requests - before; used > n*3/2 {
		t.Errorf("%d calls for the files of %d tickets", used, n)
	}
	fresh, _ := read(t, dial(t, s), model.Attachment)
	if len(known) != len(fresh) || len(known) == 0 {
		t.Errorf("%d files after the messages, %d without", len(known), len(fresh))
	}
}

func TestP10_AnObjectThatThePlanLacksIsLeftOut(t *testing.T) {
	s := account(fake.Options{Without: []string{"time_entries", "ratings", "solutions", "canned_responses", "sla", "automations", "hours"}})
	c := dial(t, s)
	schema, err := c.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []model.Object{model.TimeEntry, model.Rating, model.Article, model.Macro} {
		if _, ok := schema.Object(o); ok {
			t.Errorf("%s is in the shape", o)
		}
	}
	a, err := c.Check(t.Context())
	if err != nil || len(a.Missing) < 5 || !strings.Contains(strings.Join(a.Missing, " "), "not on this account's plan") {
		t.Errorf("%+v, %v", a, err)
	}
	rules, missing, err := c.Rules(t.Context())
	if err != nil || len(rules) != 0 || len(missing) < 5 {
		t.Errorf("%d rules, %v, %v", len(rules), missing, err)
	}
}

func TestP11_AKeyOfNoAdministratorIsNoticed(t *testing.T) {
	a, err := dial(t, account(fake.Options{Light: true, PerMinute: 400})).Check(t.Context())
	if err != nil || !strings.Contains(strings.Join(a.Missing, " "), "administrators only") || a.PerMinute != 400 || a.As != "Ada Admin <ada@desk.example>" {
		t.Errorf("%+v, %v", a, err)
	}
	full, err := dial(t, account(fake.Options{})).Check(t.Context())
	if err != nil || len(full.Missing) != 0 || full.Plan != "Enterprise" || full.Zone != "Berlin" {
		t.Errorf("%+v, %v", full, err)
	}
}

func TestP12_Tidy(t *testing.T) {
	for given, want := range map[string]string{
		"acme": "https://acme.freshdesk.com", "ACME": "https://acme.freshdesk.com", " acme.freshdesk.com ": "https://acme.freshdesk.com",
		"https://acme.freshdesk.com/": "https://acme.freshdesk.com", "http://acme.freshdesk.com": "https://acme.freshdesk.com",
		"https://Acme.freshdesk.com/a/tickets/12?x=1#y": "https://acme.freshdesk.com", "acme.freshdesk.com/support/home": "https://acme.freshdesk.com",
		"acme-2.freshdesk.com.": "https://acme-2.freshdesk.com", "http://127.0.0.1:8080/x": "http://127.0.0.1:8080", "http://localhost:1": "http://localhost:1",
		"support.acme.com": "", "https://acme.myfreshworks.com": "", "acme.freshdesk.com.evil.example": "", "ftp://acme.freshdesk.com": "", "": "", "a b": "",
		"https://x@evil.example/acme.freshdesk.com": "", "https://.freshdesk.com": "", "a.b.freshdesk.com": "", "-": "",
	} {
		got, err := freshdesk.Tidy(given)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q became %q (%v), want %q", given, got, err, want)
		}
		if err != nil && codeOf(err) != connector.CodeAddress {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestP14_AnAddressThatExpiredIsAskedForAnew(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(120, 2)
	c := dial(t, s)
	list, _ := read(t, c, model.Attachment)
	before := map[string]string{}
	for id, r := range list {
		before[id] = sum(t, c, r)
	}
	s.Expire()
	for id, r := range list {
		if sum(t, c, r) != before[id] {
			t.Errorf("%s has other content", id)
		}
	}
}

// The key goes to the account's own host only, and files are fetched from no other than
// Freshdesk's.
func TestP16_TheKeyAndRequestsStayWithTheDesk(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(60, 2)
	asked := &hosts{n: map[string]int{}}
	c := dialThrough(t, handled{h: s, hosts: asked})
	list, _ := read(t, c, model.Attachment)
	for _, r := range list {
		_ = sum(t, c, r)
	}
	if len(asked.n) != 1 || asked.n[deskHost] == 0 {
		t.Errorf("asked: %v", asked.n)
	}
	for _, bad := range []string{
		"https://evil.example/x", "http://acme.freshdesk.com/x", "https://127.0.0.1/x", "file:///etc/passwd", "https://s3.amazonaws.com/other-bucket/x",
		"https://evil.freshdesk.com/helpdesk/attachments/1", "https://s3.amazonaws.com/evil/cdn.freshdesk.com/x", "https://cdn.freshdesk.com.evil.s3.amazonaws.com/x",
		"https://evil-cdn.freshdesk.com.s3.amazonaws.com/x", "https://evil.freshworks.com/x", "https://acme.freshdesk.com.evil.example/x", "https://acme.freshdesk.com:8443/x", "//evil.example/x", "",
	} {
		if body, err := c.Open(t.Context(), bad); err == nil {
			_ = body.Close()
			t.Errorf("%q was fetched", bad)
		}
	}
	if len(asked.n) != 1 {
		t.Errorf("asked: %v", asked.n)
	}
	allowed := dialThrough(t, elsewhere{})
	for _, good := range []string{
		"https://s3.amazonaws.com/cdn.freshdesk.com/data/helpdesk/attachments/production/1/original/a.pdf?X-Amz-Signature=1",
		"https://s3.eu-central-1.amazonaws.com/euc-cdn.freshdesk.com/data/a.pdf", "https://cdn.freshdesk.com/data/helpdesk/attachments/production/1/a.pdf",
		"https://eucattachment.freshdesk.com/inline/attachment?token=1",
	} {
		body, err := allowed.Open(t.Context(), good)
		if err != nil {
			t.Errorf("%q: %v", good, err)
			continue
		}
		b, err := io.ReadAll(body)
		if err != nil || string(b) != "no key" {
			t.Errorf("%q: %q %v", good, b, err)
		}
		_ = body.Close()
	}
}

// elsewhere answers for any host, and says whether it saw a key.
type elsewhere struct{}

func (elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	text := "no key"
	if r.Header.Get("Authorization") != "" {
		text = "a key"
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func TestP17_P27_ListsThatLeaveOutAddressesAreCompleted(t *testing.T) {
	s := account(fake.Options{Brief: true})
	s.Fill(60, 2)
	c := dial(t, s)
	list, _ := read(t, c, model.Contact)
	further := 0
	for _, r := range list {
		if v := values(t, r); len(v["other_emails"].([]string)) > 0 && len(v["tags"].([]string)) == 2 {
			further++
		}
	}
	if further == 0 {
		t.Error("no contact has its further addresses and tags")
	}
}

func TestP42_AChatsFirstMessageIsReadOnce(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(300, 8)
	c := dial(t, s)
	tickets, _ := read(t, c, model.Ticket)
	messages, _ := read(t, c, model.Message)
	chats := 0
	for id, r := range tickets {
		if values(t, r)["source"] != "15" {
			continue
		}
		chats++
		first, ok := messages["description-"+id]
		for _, m := range messages {
			if v := values(t, m); ok && v["ticket_id"] == id && m.Key != first.Key && strings.TrimSpace(fmt.Sprint(v["body_text"])) == strings.TrimSpace(fmt.Sprint(values(t, first)["body_text"])) {
				t.Errorf("ticket %s says the same twice", id)
			}
		}
	}
	if chats == 0 {
		t.Error("the account has no chats")
	}
}

func TestP54_DependentFieldsAreOneFieldForEachLevel(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(3, 1)
	schema, err := dial(t, s).Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, _ := schema.Object(model.Ticket)
	for name, want := range map[string]string{
		"custom_fields.cf_country": "France Germany", "custom_fields.cf_state": "Brittany Bavaria Berlin", "custom_fields.cf_city": "Brest Munich Nuremberg",
		"custom_fields.cf_region": "North South, west Ä~#%&;", "status": "2 3 4 5 6 7", "type": "Question Incident Problem Feature Request",
	} {
		f, ok := o.Field(name)
		var have []string
		for _, c := range f.Options {
			have = append(have, c.Value)
		}
		if !ok || f.Type != model.Option || strings.Join(have, " ") != want {
			t.Errorf("%s is a %s of %q, want %q", name, f.Type, have, want)
		}
	}
	for name, want := range map[string]model.Type{
		"custom_fields.cf_urgent_call": model.Bool, "custom_fields.cf_amount": model.Number, "custom_fields.cf_bought": model.Date, "custom_fields.cf_order": model.Text,
	} {
		if f, _ := o.Field(name); f.Type != want || !f.Custom {
			t.Errorf("%s is a %s", name, f.Type)
		}
	}
}

func TestRules_inPlainWords(t *testing.T) {
	s := account(fake.Options{})
	s.Fill(20, 1)
	c := dial(t, s)
	rules, missing, err := c.Rules(t.Context())
	if err != nil || len(missing) != 1 {
		t.Fatal(missing, err)
	}
	text := ""
	for _, r := range rules {
		text += fmt.Sprintln(r.Kind, r.Name, r.When, r.AnyOf, r.Does, r.Text)
	}
	for _, want := range []string{
		"trigger Billing to its group [Subject contains invoice Status is Open or Pending] [] [Set group to Billing Set priority to High]",
		"trigger Reopen on answers [When Reply sent changes It was done by the requester] [Status is Resolved or Closed] [Set status to Open Call the webhook https://hooks.example/x]",
		"Priority Urgent: answer within 1h, solve within 4h, in business hours", "Open on Monday from 9:00 am to 5:00 pm", "Hello {{ticket.requester.name}}", "macro Close as spam",
		"form Returns [] [] [Ask for Order number Ask for Subject]",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	fires, err := c.Fires(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, f := range fires {
		names += f.Kind + " " + f.Name + "\n"
	}
	for _, want := range []string{"mail Admin > Email notifications > Requester notifications: New ticket created", "trigger Admin > Automations > Ticket creation > Billing to its group", "webhook Admin > Automations > Ticket updates > Reopen on answers"} {
		if !strings.Contains(names, want) {
			t.Errorf("%q is not told:\n%s", want, names)
		}
	}
}

func TestLinks_betweenPagesAndRecords(t *testing.T) {
	c := dial(t, account(fake.Options{}))
	for address, want := range map[string]model.Key{
		"https://acme.freshdesk.com/a/tickets/12":                            {Object: model.Ticket, ID: "12"},
		"https://ACME.freshdesk.com/support/tickets/12?x=1":                  {Object: model.Ticket, ID: "12"},
		"https://acme.freshdesk.com/helpdesk/tickets/12/":                    {Object: model.Ticket, ID: "12"},
		"https://acme.freshdesk.com/en/support/solutions/articles/77-how-to": {Object: model.Article, ID: "77"},
		"https://acme.freshdesk.com/support/solutions/folders/5":             {Object: model.Section, ID: "5"},
		"https://acme.freshdesk.com/a/contacts/9":                            {Object: model.Contact, ID: "9"},
		"https://other.freshdesk.com/a/tickets/12":                           {},
		"https://acme.freshdesk.com/a/dashboard":                             {},
		"::":                                                                 {},
	} {
		if got, ok := c.KeyOf(address); got != want || ok != (want.ID != "") {
			t.Errorf("%s leads to %v", address, got)
		}
	}
	for _, o := range []model.Object{model.Ticket, model.Contact, model.Organization, model.Article, model.Section, model.Category} {
		k := model.Key{Object: o, ID: "12"}
		if got, ok := c.KeyOf(c.AddressOf(k)); !ok || got != k {
			t.Errorf("%v has the address %s, which leads to %v", k, c.AddressOf(k), got)
		}
	}
}

// Pictures that stand in texts are files of their own, where Freshdesk keeps them; what
// lies anywhere else, however it is written, is never fetched (P-40, P-41).
func TestP40_P41_PicturesInTexts(t *testing.T) {
	s := account(fake.Options{})
	who := person(t, s)
	body := `<p>x</p><img src="https://acme.freshdesk.com/inline/attachment?token=a&amp;b=1"><IMG alt='y' SRC='https://eucattachment.freshdesk.com/inline/attachment?token=b'>` +
		`<img src=https://s3.amazonaws.com/cdn.freshdesk.com/data/helpdesk/attachments/production/1/original/x.png?z=1>` +
		`<img src="cid:https://acme.freshdesk.com/inline/attachment"><img src="data:image/png;base64,AA"><img src="/inline/attachment?token=c"><img src="https://evil.example/inline/attachment?token=d">` +
		`<img src="http://acme.freshdesk.com/inline/attachment"><img src=""><img><img src="https://%zz/inline/attachment"><a href="https://acme.freshdesk.com/inline/attachment?token=e">`
	call(t, s, "POST", "tickets", map[string]any{"requester_id": who, "subject": "s", "description": body, "status": 2, "priority": 1})
	c := dial(t, s)
	list, _ := read(t, c, model.Attachment)
	var have []string
	for _, r := range list {
		ref, name, _ := c.FileRef(r)
		ref, _, _ = strings.Cut(ref, "#")
		have = append(have, name+" "+ref)
	}
	slices.Sort(have)
	want := []string{
		"picture 1 https://acme.freshdesk.com/inline/attachment?token=a&b=1", "picture 2 https://eucattachment.freshdesk.com/inline/attachment?token=b",
		"picture 3 https://s3.amazonaws.com/cdn.freshdesk.com/data/helpdesk/attachments/production/1/original/x.png?z=1",
	}
	if !slices.Equal(have, want) {
		t.Errorf("found %q", have)
	}
}
