package zendesk_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/zendesk"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
)

// Twelve years of tickets, most of them archived, on pages of odd sizes that repeat records.
func TestP01_P02_P03_EveryTicketArrivesWithEverything(t *testing.T) {
	h := newDesk(fake.Options{Duplicates: true})
	h.Fill(400, 7)
	want := h.Count()
	c := connect(t, h, zendesk.SettingPageSize, "37")
	tickets, messages, files := read(t, c, model.Ticket), read(t, c, model.Message), read(t, c, model.Attachment)
	if want.Archived < 100 || want.Deleted == 0 || want.Private == 0 || want.Attachments == 0 {
		t.Fatalf("the account is not messy: %+v", want)
	}
	for _, x := range []struct {
		what      string
		got, want int
	}{
		{"tickets", len(tickets), want.Tickets},
		{"messages", len(messages), want.Comments},
		{"files", len(files), want.Attachments},
		{"deleted tickets", len(read(t, c, zendesk.DeletedTicket)), want.Deleted},
		{"organizations", len(read(t, c, model.Organization)), want.Orgs},
		{"customers", len(read(t, c, model.Contact)), want.Users},
		{"staff", len(read(t, c, model.Agent)), want.Agents},
		{"suspended tickets", len(read(t, c, zendesk.SuspendedTicket)), 3},
		{"articles", len(read(t, c, model.Article)), 10},
		{"translations", len(read(t, c, model.Translation)), 10},
		{"files of articles", len(read(t, c, zendesk.ArticleAttachment)), 10},
		{"macros", len(read(t, c, model.Macro)), 1},
	} {
		if x.got != x.want {
			t.Errorf("%s: read %d of %d", x.what, x.got, x.want)
		}
	}
	if n := len(read(t, c, model.SideConversation)); n == 0 {
		t.Error("no side conversation was read")
	}
	private := 0
	for _, m := range messages {
		v, err := model.Values(m.Raw)
		if err != nil {
			t.Fatal(err)
		}
		if v["public"] == false {
			private++
		}
	}
	if private != want.Private {
		t.Errorf("%d private notes, want %d", private, want.Private)
	}
}

// Whoever a ticket names can be read: departed agents, deleted and suspended customers,
// groups that are gone (P-20, P-21, P-25).
func TestP20_P25_LinksLeadToRecords(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(300, 3)
	c := connect(t, h)
	there := map[model.Ref]bool{}
	all := map[model.Object]map[string]model.Record{}
	for _, o := range []model.Object{model.Organization, model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, model.Rating, zendesk.DeletedTicket, model.Category, model.Section, model.Article, model.Translation, zendesk.ArticleAttachment, model.SideConversation} {
		all[o] = read(t, c, o)
		for id := range all[o] {
			there[model.Ref{Object: o, Value: id}] = true
		}
	}
	links := 0
	for o, list := range all {
		for _, r := range list {
			for _, l := range r.Links {
				links++
				if !slices.ContainsFunc(l.To, func(x model.Ref) bool { return there[x] }) {
					t.Fatalf("%s %s: %s leads nowhere: %v", o, r.Key.ID, l.Role, l.To)
				}
			}
		}
	}
	if links < 3000 {
		t.Errorf("only %d links", links)
	}
}

// The newest minute is kept back: a walk waits for it, and changes are told by the desk's
// own clock, which here is three hours behind ours.
func TestP04_TheNewestMinuteIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newDesk(fake.Options{Withheld: time.Minute, Now: func() time.Time { return time.Now().Add(-3 * time.Hour) }})
		c := connect(t, h, zendesk.SettingWithheld, "63")
		who := made(t, c, nil, contact("c1", "a@b.example"))[0].Key
		from, err := c.Now(t.Context(), model.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		first := made(t, c, nil, ticket("t1", who, say("m1", "one", true)))[0].Key.ID
		if _, ok := read(t, c, model.Ticket)[first]; !ok {
			t.Error("the ticket of the newest minute was missed")
		}
		last := made(t, c, nil, ticket("t2", who, say("m2", "two", true)))[0].Key.ID
		got := map[string]bool{}
		if err := c.Changes(t.Context(), model.Ticket, from, func(p connector.Page) error {
			for _, r := range p.Records {
				got[r.Key.ID] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !got[first] || !got[last] {
			t.Errorf("changes told of %v, want %s and %s", got, first, last)
		}
	})
}

// A ticket that changes while its comments are read moves to the end of the export; those
// after it are not skipped (P-07).
func TestP07_ChangesMeanwhileSkipNothing(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(120, 9)
	c := connect(t, h, zendesk.SettingPageSize, "40")
	var ids []string
	for id := range read(t, c, model.Ticket) {
		ids = append(ids, id)
	}
	want := h.Count().Comments
	got := map[string]bool{}
	var at connector.Cursor
	stop := errors.New("one page only")
	for i := 0; ; i++ {
		err := connect(t, h, zendesk.SettingPageSize, "40").Pages(t.Context(), model.Message, at, func(p connector.Page) error {
			for _, r := range p.Records {
				got[r.Key.ID] = true
			}
			if at == p.Next {
				return nil
			}
			at = p.Next
			return stop
		})
		if err == nil {
			break
		}
		if !errors.Is(err, stop) || i > 100 {
			t.Fatal(err)
		}
		if i < 10 {
			var n int64
			if _, err := fmt.Sscan(ids[i], &n); err != nil || !h.Touch("tickets", n) {
				t.Fatal(ids[i], err)
			}
		}
	}
	if len(got) != want {
		t.Errorf("read %d messages of %d", len(got), want)
	}
}

func TestP16_FilesAreFetchedWithoutCredentials(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(100, 1)
	asked := 0
	c := connectBy(t, wire{handler: h, seen: func(r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/attachments/") {
			asked++
			if r.Header.Get("Authorization") != "" {
				t.Error("the credentials went along to where files are kept")
			}
		}
	}})
	for _, r := range read(t, c, model.Attachment) {
		ref, name, _ := c.FileRef(r)
		body, err := c.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if err = errors.Join(err, body.Close()); err != nil || !strings.HasPrefix(string(b), `{"file":`) || name == "" {
			t.Fatalf("%q %q %v", name, b, err) // P-15: a file that is itself JSON stays bytes
		}
	}
	if asked == 0 {
		t.Error("no file was fetched")
	}
	for _, foreign := range []string{"https://evil.example/attachments/x", "http://169.254.169.254/latest", "http://zendesk.com.evil.example/", "file:///etc/passwd", "/etc/passwd"} {
		before := asked
		if _, err := c.Open(t.Context(), foreign); err == nil || asked != before {
			t.Errorf("%s was opened", foreign)
		}
	}
}

// Accounts may show files only to who is signed in: then the account's own host is told who
// we are, and nobody else.
func TestP16_PrivateFilesAreFetchedFromTheAccountItself(t *testing.T) {
	h := newDesk(fake.Options{PrivateFiles: true})
	h.Fill(60, 1)
	c := connectBy(t, wire{handler: h, seen: func(r *http.Request) {
		if r.URL.Host != "desk.test" {
			t.Errorf("%s was asked", r.URL.Host)
		}
	}})
	files := read(t, c, model.Attachment)
	if len(files) == 0 {
		t.Fatal("there are no files")
	}
	for _, r := range files {
		ref, _, _ := c.FileRef(r)
		body, err := c.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if err = errors.Join(err, body.Close()); err != nil || !strings.HasPrefix(string(b), `{"file":`) {
			t.Fatalf("%q %v", b, err)
		}
	}
}

// The walk for files asks only for tickets that have some, when the messages were read before.
func TestFilesOfTicketsWithoutAnyAreNotAskedFor(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(200, 5)
	c := connect(t, h)
	read(t, c, model.Message)
	before := h.Requests("/api/v2/tickets/")
	files := read(t, c, model.Attachment)
	asked := h.Requests("/api/v2/tickets/") - before
	if len(files) != h.Count().Attachments || asked > before*3/4 {
		t.Errorf("%d files with %d requests after %d for messages", len(files), asked, before)
	}
}

func TestP10_P11_WhatIsMissingIsSaid(t *testing.T) {
	h := newDesk(fake.Options{Role: "agent", SmallPlan: true, PerMinute: 700})
	a, err := connect(t, h).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing := strings.Join(a.Missing, "; ")
	if !strings.Contains(missing, "only an administrator") || !strings.Contains(missing, "SLA") || a.PerMinute != 700 || !strings.Contains(a.Plan, "Enterprise") {
		t.Errorf("%+v", a)
	}
	small := newDesk(fake.Options{SmallPlan: true})
	small.Fill(30, 1)
	c := connect(t, small)
	err = c.Pages(t.Context(), model.SideConversation, "", func(connector.Page) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "plan") {
		t.Errorf("side conversations: %v", err)
	}
	if n := len(read(t, c, model.Ticket)); n == 0 {
		t.Error("what the plan has was not read")
	}
	rules, words, err := c.Rules(t.Context())
	if err != nil || len(rules) == 0 || len(words) != 2 {
		t.Errorf("%d rules, missing %v, %v", len(rules), words, err)
	}
}

func TestP12_Addresses(t *testing.T) {
	for in, want := range map[string]string{
		"acme": "https://acme.zendesk.com", "acme.zendesk.com": "https://acme.zendesk.com", "https://acme.zendesk.com/": "https://acme.zendesk.com",
		" ACME.zendesk.com/agent/tickets/5?x=1 ": "https://acme.zendesk.com", "http://acme.zendesk.com": "https://acme.zendesk.com",
		"https://acme.zendesk.com/hc/en-us": "https://acme.zendesk.com", "support.acme.example": "https://support.acme.example",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", "my-desk2": "https://my-desk2.zendesk.com",
	} {
		if got, err := zendesk.Tidy(in); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "::", "ftp://x.example", "me@acme.example", "two words", "-acme", "https://"} {
		if got, err := zendesk.Tidy(in); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// An access token that expires is renewed in the middle of things.
func TestOAuthClientRenewsItsToken(t *testing.T) {
	h := newDesk(fake.Options{ClientID: "waybill", ClientSecret: token})
	h.Fill(60, 2)
	c := connect(t, h, zendesk.SettingAuth, zendesk.AuthClient, zendesk.SettingClientID, "waybill", zendesk.SettingPageSize, "10")
	pages := 0
	if err := c.Pages(t.Context(), model.Ticket, "", func(connector.Page) error { pages++; h.Expire(); return nil }); err != nil || pages < 3 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

func TestRulesInPlainWords(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(5, 1)
	c := connect(t, h)
	rules, missing, err := c.Rules(t.Context())
	if err != nil || len(missing) != 0 {
		t.Fatal(missing, err)
	}
	byKind := map[string]connector.Rule{}
	for _, r := range rules {
		byKind[r.Kind] = r
		if strings.Contains(string(r.Raw), "hidden-from-everybody") {
			t.Errorf("%s shows a secret", r.Name)
		}
	}
	tr := byKind[connector.RuleTrigger]
	for _, x := range []struct{ got, want string }{
		{strings.Join(tr.When, "; "), "The ticket is created; Status is not Solved"},
		{strings.Join(tr.AnyOf, "; "), "Group is Billing; Region is Title of region_emea"},
		{strings.Join(tr.Does, "; "), `Send a mail to the requester: "Request received"; Set Priority to High; Call the web address Warehouse`},
		{strings.Join(byKind[connector.RuleAutomation].When, "; "), "Status is Solved; Hours since it was solved is more than 96"},
		{strings.Join(byKind[connector.RuleSLA].Does, "; "), "Priority Urgent: first reply time within 2 hours 30 minutes (business hours)"},
		{strings.Join(byKind[connector.RuleView].When, "; "), "Status is less than Solved"},
		{strings.Join(byKind[connector.RuleHours].Does, "; "), "Open Monday 09:00 to Monday 17:00"},
		{byKind[connector.RuleMacro].Text, "<p>Dear {{ticket.requester.first_name}}, we are done.</p>"},
		{fmt.Sprint(byKind[connector.RuleMacro].Uses, byKind[connector.RuleMacro].HTML), "17 true"},
		{byKind[connector.RuleApp].Name, "Time tracking"},
		{strings.Join(byKind[connector.RuleWebhook].Does, "; "), "Calls POST https://warehouse.example/in"},
	} {
		if x.got != x.want {
			t.Errorf("got  %q\nwant %q", x.got, x.want)
		}
	}
	fires, err := c.Fires(t.Context())
	if err != nil || len(fires) != 3 {
		t.Errorf("%v, %v", fires, err)
	}
}

func TestAddressesOfRecords(t *testing.T) {
	c := connect(t, newDesk(fake.Options{}))
	for address, want := range map[string]model.Key{
		"http://desk.test/agent/tickets/1010":               {Object: model.Ticket, ID: "1010"},
		"http://desk.test/agent/#/tickets/77":               {Object: model.Ticket, ID: "77"},
		"http://DESK.test/hc/en-us/requests/5":              {Object: model.Ticket, ID: "5"},
		"http://desk.test/hc/de/articles/360001-How-to?x=1": {Object: model.Article, ID: "360001"},
		"http://desk.test/agent/users/9/requested_tickets":  {Object: model.Contact, ID: "9"},
		"http://other.test/agent/tickets/1010":              {},
		"http://desk.test/agent/dashboard":                  {},
		"no address":                                        {},
	} {
		if got, ok := c.KeyOf(address); got != want || ok != (want.ID != "") {
			t.Errorf("%s: %v %v, want %v", address, got, ok, want)
		}
	}
	for _, k := range []model.Key{{Object: model.Ticket, ID: "5"}, {Object: model.Article, ID: "6"}, {Object: model.Contact, ID: "7"}, {Object: model.Organization, ID: "8"}} {
		if got, ok := c.KeyOf(c.AddressOf(k)); !ok || got != k {
			t.Errorf("%v has the address %s, which leads to %v", k, c.AddressOf(k), got)
		}
	}
}
