package files

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// TestSample: the made-up company's export, with everything wrong with it.
func TestSample(t *testing.T) {
	dir := "../../../assets/sample/export"
	b, err := os.ReadFile("../../../assets/sample/truth.json")
	if err != nil {
		t.Skip("the sample export is not written")
	}
	var truth struct {
		Organizations, Contacts, Agents, Groups, Tickets, Messages int64
		TicketMess                                                 struct {
			BrokenRows                                            []struct{ Line int64 }
			Statuses                                              []struct{ Value string }
			UnknownRequester, TagCells                            int64
			PromisedDayFirst, PromisedMonth, PromisedAmbiguous    int64
			WithoutRequester, Unassigned, EmptySubjects, Spam     int64
			LongOrderNumbers, FormulaSubjects, TagsWithComma, Han int64
		}
		MessageMess struct{ WithoutTicket, UnknownAuthor, WithoutAuthor int64 }
		Attachments struct{ Rows, Files, Missing, Outside int64 }
	}
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	tables, err := Inspect(ctx, []string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tables, err = Propose(ctx, tables); err != nil {
		t.Fatal(err)
	}
	at := map[string]*Table{}
	for i := range tables {
		at[tables[i].Name] = &tables[i]
	}
	if len(tables) != 7 {
		t.Errorf("%d tables, want 7: attached files are no tables", len(tables))
	}
	for name, w := range map[string]struct {
		object model.Object
		key    string
		rows   int64
		links  map[string]string
	}{
		"organizations.csv": {model.Organization, "Organization ID", truth.Organizations, nil},
		"contacts.csv":      {model.Contact, "Contact ID", truth.Contacts, map[string]string{"Company": "[organization] "}},
		"agents.csv":        {model.Agent, "Agent ID", truth.Agents, map[string]string{"Group": "[group] "}},
		"groups.csv":        {model.Group, "Group", truth.Groups, nil},
		"tickets.csv": {model.Ticket, "Ticket No", truth.Tickets, map[string]string{
			"Requester ID": "[contact] ", "Assignee": "[agent] E-mail", "Group": "[group] ", "Company": "[organization] ",
		}},
		"messages.ndjson": {model.Message, "id", truth.Messages, map[string]string{"ticket": "[ticket] ", "author_id": "[contact agent] "}},
		"attachments.csv": {model.Attachment, "Attachment ID", truth.Attachments.Rows, map[string]string{"Message ID": "[message] "}},
	} {
		x := at[name]
		if x == nil || len(x.Outputs) != 1 {
			t.Errorf("%s: %+v", name, x)
			continue
		}
		o := x.Outputs[0]
		if o.Object != w.object || !reflect.DeepEqual(o.Key, []string{w.key}) || x.Rows != w.rows || o.Repeats != Count {
			t.Errorf("%s: %s %v %s, %d rows, want %d", name, o.Object, o.Key, o.Repeats, x.Rows, w.rows)
		}
		links := map[string]string{}
		for _, l := range o.Links {
			links[l.Column] = fmt.Sprintf("%v %s", l.To, l.By)
		}
		if len(w.links) != len(links) || len(links) > 0 && !reflect.DeepEqual(links, w.links) {
			t.Errorf("%s: links %v, want %v", name, links, w.links)
		}
	}
	tickets := at["tickets.csv"]
	var held []int64
	for _, p := range tickets.BrokenExamples {
		held = append(held, p.Where.Line)
	}
	var want []int64
	for _, r := range truth.TicketMess.BrokenRows {
		want = append(want, r.Line)
	}
	if !reflect.DeepEqual(held, want) || tickets.Broken != int64(len(want)) {
		t.Errorf("lines %v are held, want %v", held, want)
	}
	status := tickets.Columns[tickets.column("Status")]
	spellings := map[string]bool{}
	for _, s := range truth.TicketMess.Statuses {
		spellings[strings.TrimSpace(s.Value)] = true
	}
	if status.Type != model.Option || len(status.Options) != len(spellings) {
		t.Errorf("Status: %s with %d options, want %d", status.Type, len(status.Options), len(spellings))
	}
	if c := tickets.Columns[tickets.column("Tags")]; c.Separator != "," || c.Type != model.Tags || c.Filled != truth.TicketMess.TagCells {
		t.Errorf("Tags: %+v", c)
	}
	promised := tickets.Columns[tickets.column("Promised by")]
	orders := map[string]int64{"DD/MM/YYYY": truth.TicketMess.PromisedDayFirst, "MM/DD/YYYY": truth.TicketMess.PromisedMonth, ambiguousOrder: truth.TicketMess.PromisedAmbiguous}
	if promised.Sure != 0 || promised.Format != "" || !reflect.DeepEqual(promised.DateOrders, orders) {
		t.Errorf("Promised by: %q %d%% %v, want %v", promised.Format, promised.Sure, promised.DateOrders, orders)
	}
	if c := tickets.Columns[tickets.column("Ticket No")]; c.Type != model.Text {
		t.Errorf("Ticket No has leading zeros and became %s", c.Type)
	}
	for _, l := range at["messages.ndjson"].Outputs[0].Links {
		if l.Column == "ticket" && l.Orphans != truth.MessageMess.WithoutTicket {
			t.Errorf("%d messages without a ticket, want %d", l.Orphans, truth.MessageMess.WithoutTicket)
		}
		if l.Column == "author_id" && l.Orphans != truth.MessageMess.UnknownAuthor {
			t.Errorf("%d messages of unknown authors, want %d", l.Orphans, truth.MessageMess.UnknownAuthor)
		}
	}
	if enc := at["contacts.csv"]; enc.Encoding != windows1252 || enc.Delimiter != ";" || enc.EncodingSure < 60 {
		t.Errorf("contacts.csv: %s %d%% %q", enc.Encoding, enc.EncodingSure, enc.Delimiter)
	}
	if v := Validate(tables); len(v) != 0 {
		t.Errorf("the proposal itself is wrong: %v", v)
	}
	schema := Schema(tables)
	m, _ := schema.Object(model.Message)
	parent, _ := m.Field("ticket")
	moment, _ := m.Field("created")
	if !parent.Parent || parent.Type != model.LinkType || !moment.Ordering {
		t.Errorf("messages: %+v %+v", parent, moment)
	}
	if kind, _ := m.Field("kind"); !kind.Private || kind.PrivateValue != "internal" {
		t.Errorf("the field that keeps notes private: %+v", kind)
	}
	s := New(tables)
	for _, o := range model.Known() {
		n, exact, err := s.Count(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		if err := s.Pages(ctx, o, "", func(p connector.Page) error { got += int64(len(p.Records)); return nil }); err != nil {
			t.Fatal(err)
		}
		if !exact || n != got {
			t.Errorf("%s: %d counted (exact %v), %d read", o, n, exact, got)
		}
	}
	attachments(t, s, truth.Attachments.Files, truth.Attachments.Missing, truth.Attachments.Outside)
}

// attachments opens every attachment: those that are there, those that are
// missing, and those whose path leads out of the export.
func attachments(t *testing.T, s *Source, files, missing, outside int64) {
	t.Helper()
	var opened, gone int64
	ctx := context.Background()
	if err := s.Pages(ctx, model.Attachment, "", func(p connector.Page) error {
		for _, r := range p.Records {
			ref, name, kind := s.FileRef(r)
			if ref == "" || name == "" || kind == "" || strings.ContainsAny(name, `/\`) {
				t.Errorf("%s: ref %q, name %q, type %q", r.Key.ID, ref, name, kind)
			}
			f, err := s.Open(ctx, ref)
			if problem.Is(err, codeAttachment) {
				gone++
				speaks(t, err)
				continue
			}
			if err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, f); err != nil {
				return err
			}
			opened++
			if err := f.Close(); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if opened+gone != opened+missing && opened+gone != opened+missing+outside {
		t.Errorf("%d opened and %d gone, want %d missing and %d outside", opened, gone, missing, outside)
	}
	if opened < files {
		t.Errorf("%d opened, want at least %d", opened, files)
	}
}

// TestAttachmentsStayInside: no path, no link and no entry leads out.
func TestAttachmentsStayInside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secret.txt", []byte("secret"))
	write(t, dir, "export/files/a.txt", []byte("inside"))
	list := []byte("id,ticket_id,path,name\n1,1,files/a.txt,A.txt\n2,1,../secret.txt,s\n3,1,/etc/passwd,p\n4,1,files/../../secret.txt,s\n5,1,..\\..\\a.txt,a\n6,1,link.txt,l\n7,1,files,f\n8,1,C:\\Users\\x\\a.txt,a\n9,1,,none\n")
	write(t, dir, "export/attachments.csv", list)
	if err := os.Symlink("../secret.txt", filepath.Join(dir, "export", "link.txt")); err != nil {
		t.Skip("this system makes no links: " + err.Error())
	}
	packed := write(t, dir, "zip/export.zip", zipOf(t, "x/attachments.csv", string(list), "x/files/a.txt", "inside", "secret.txt", "secret"))
	for _, path := range []string{filepath.Join(dir, "export", "attachments.csv"), packed} {
		tables, err := inspectOne(t, path)
		if err != nil {
			t.Fatal(err)
		}
		if tables, err = Propose(context.Background(), tables[:1]); err != nil {
			t.Fatal(err)
		}
		if len(tables[0].Outputs) != 1 || tables[0].Outputs[0].FileColumn != "path" {
			t.Fatalf("%+v", tables[0].Outputs)
		}
		s := New(tables)
		want := map[string]string{"1": "inside", "5": "inside", "8": "inside"}
		err = s.Pages(context.Background(), model.Attachment, "", func(p connector.Page) error {
			for _, r := range p.Records {
				ref, _, _ := s.FileRef(r)
				if r.Key.ID == "9" {
					if ref != "" {
						t.Errorf("a reference without a path: %s", ref)
					}
					continue
				}
				f, err := s.Open(context.Background(), ref)
				if err != nil {
					if !problem.Is(err, codeAttachment) || want[r.Key.ID] != "" {
						t.Errorf("%s in %s: %v", r.Key.ID, path, err)
					}
					continue
				}
				b, err := io.ReadAll(f)
				if err != nil {
					return err
				}
				if string(b) != want[r.Key.ID] && (path != packed || string(b) != "secret") {
					t.Errorf("%s in %s gave %q", r.Key.ID, path, b)
				}
				if err := f.Close(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEventLog: rows that tell a ticket's life become the ticket's last state,
// its messages, and the people named in them.
func TestEventLog(t *testing.T) {
	root := needData(t)
	ctx := context.Background()
	tables, err := inspectOne(t, filepath.Join(root, "itsm_incidents", "incident_event_log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if tables, err = Propose(ctx, tables); err != nil {
		t.Fatal(err)
	}
	s := New(tables)
	keys := map[model.Object]map[string]bool{}
	rows := map[model.Object]int{}
	for _, o := range model.Known() {
		keys[o] = map[string]bool{}
		if err := s.Pages(ctx, o, "", func(p connector.Page) error {
			if o == model.Ticket && p.Repeats != connector.RepeatsReplace || o == model.Message && p.Repeats != connector.RepeatsCount || o == model.Contact && p.Repeats != connector.RepeatsFirst {
				t.Errorf("%s repeats %d", o, p.Repeats)
			}
			for _, r := range p.Records {
				keys[o][r.Key.ID] = true
				rows[o]++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys[model.Ticket]) != 890 || rows[model.Ticket] != 5998 || len(keys[model.Message]) != 5998 {
		t.Errorf("%d tickets of %d rows, %d messages", len(keys[model.Ticket]), rows[model.Ticket], len(keys[model.Message]))
	}
	if len(keys[model.Contact]) != 639 || len(keys[model.Group]) != 61 || len(keys[model.Agent]) == 0 || keys[model.Agent]["?"] {
		t.Errorf("%d customers, %d groups, %d agents", len(keys[model.Contact]), len(keys[model.Group]), len(keys[model.Agent]))
	}
	if n, exact, err := s.Count(ctx, model.Ticket); n != 890 || !exact || err != nil {
		t.Errorf("%d tickets counted, exact %v, %v", n, exact, err)
	}
	for _, o := range tables[0].Outputs {
		for _, l := range o.Links {
			if l.Orphans > 0 {
				t.Errorf("%s of %s: %d point to nobody", l.Column, o.Object, l.Orphans)
			}
		}
	}
}

func TestProposals(t *testing.T) {
	root := needData(t)
	for file, want := range map[string]struct {
		object model.Object
		key    string
	}{
		"telco_customers/telco-customer-churn.csv":           {model.Contact, "customerID"},
		"support_queries/banking77_train.csv":                {model.Ticket, ""},
		"nyc311_animals/311_Animals_short.csv":               {model.Ticket, "Unique Key"},
		"itsm_incidents/ITSM_data.csv":                       {model.Ticket, "Incident_ID"},
		"people_dedupe_truth/fake_1000.csv":                  {model.Contact, "unique_id"},
		"people_dedupe_truth/historical_people_50k.csv":      {model.Contact, "unique_id"},
		"dedupe_centres/csv_example_messy_input.csv":         {model.Organization, "Id"},
		"zendesk_seed_tables/ticket_data.csv":                {model.Ticket, "id"},
		"zendesk_seed_tables/ticket_comment_data.csv":        {model.Message, "id"},
		"zendesk_seed_tables/organization_data.csv":          {model.Organization, "id"},
		"zendesk_seed_tables/group_data.csv":                 {model.Group, "id"},
		"zendesk_seed_tables/user_data.csv":                  {model.Contact, "id"},
		"zendesk_seed_tables/ticket_tag_data.csv":            {"", ""},
		"zendesk_seed_tables/ticket_form_history_data.csv":   {"", ""},
		"helpdesk_api_json/zendesk/tickets.json":             {model.Ticket, "id"},
		"helpdesk_api_json/zendesk/ticket_comments.json":     {model.Message, "id"},
		"helpdesk_api_json/zendesk/organizations.json":       {model.Organization, "id"},
		"helpdesk_api_json/freshdesk/conversations.json":     {model.Message, "id"},
		"helpdesk_api_json/freshdesk/agents.json":            {model.Agent, "id"},
		"helpdesk_api_json/freshdesk/companies.json":         {model.Organization, "id"},
		"helpdesk_api_json/freshdesk/solution_articles.json": {model.Article, "id"},
		"helpdesk_api_json/zendesk/ticket_fields.json":       {"", ""},
	} {
		tables, err := inspectOne(t, filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if tables, err = Propose(context.Background(), tables); err != nil {
			t.Fatal(err)
		}
		object, key := model.Object(""), ""
		if len(tables[0].Outputs) > 0 {
			object, key = tables[0].Outputs[0].Object, strings.Join(tables[0].Outputs[0].Key, "|")
		}
		if object != want.object || key != want.key {
			t.Errorf("%s: %q by %q, want %q by %q", file, object, key, want.object, want.key)
		}
	}
}

// TestSeedLinks: almost every reference in the seed tables points to nothing,
// and is proposed all the same, with the count.
func TestSeedLinks(t *testing.T) {
	root := needData(t)
	tables, err := inspectOne(t, filepath.Join(root, "zendesk_seed_tables"))
	if err != nil {
		t.Fatal(err)
	}
	if tables, err = Propose(context.Background(), tables); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{
		"ticket_data.csv requester_id": 9, "ticket_data.csv assignee_id": 8, "ticket_data.csv submitter_id": 9, "ticket_data.csv organization_id": 9,
		"ticket_data.csv group_id": 10, "ticket_comment_data.csv ticket_id": 20, "ticket_comment_data.csv user_id": 20, "user_data.csv organization_id": 10,
	}
	got := map[string]int64{}
	for i := range tables {
		for _, o := range tables[i].Outputs {
			for _, l := range o.Links {
				got[tables[i].Name+" "+l.Column] = l.Orphans
			}
		}
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d point to nothing, want %d", k, got[k], n)
		}
	}
}
