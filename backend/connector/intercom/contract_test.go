package intercom_test

import (
	"net/http"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/contract"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
)

// What Intercom's description has wrong. Its own examples, in the same file, are what the
// connector and the fake follow.
var deviations = []contract.Deviation{
	{
		Method: "POST", Path: "/companies/list", Says: `Error at "/pages/next": value must be an object`,
		Reason: "lists with page numbers give the next page's address (shared/apis/intercom.md, 3: pages.next is a URL string); the file describes them as lists with cursors",
	},
	{
		Method: "PUT", Path: "/data_attributes/{data_attribute_id}", Says: "input matches more than one oneOf schemas",
		Reason: "the second alternative is the empty schema, which everything matches; the file's own example with options would fail, too",
	},
	{
		Method: "GET", Path: "/companies", Says: `value is not one of the allowed values ["list"]`,
		Reason: "\"you can fetch a single company by passing in company_id\" (the operation's own description); the connector understands both",
	},
	{Method: "GET", Path: "/articles", Says: `Error at "/pages/next": value must be an object`, Reason: "as above"},
	{Method: "GET", Path: "/internal_articles", Says: `Error at "/pages/next": value must be an object`, Reason: "as above"},
	{Method: "GET", Path: "/help_center/collections", Says: `Error at "/pages/next": value must be an object`, Reason: "as above"},
}

// Everything that the connector asks for and what the fake answers, both sides, against
// Intercom's own OpenAPI file.
func TestTrafficIsAsDescribed(t *testing.T) {
	c := contract.Open(t, "intercom.yaml", "", deviations...)
	for _, as := range []string{intercom.AsConversation, intercom.AsTicket} {
		x := sit(t, fake.Options{}, map[string]string{intercom.SettingTickets: as, "page_size": "20"}, func(h http.Handler) http.Handler { return c.Wrap(t, h) })
		x.fake.Fill(40, 7)
		if _, err := x.conn.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := x.conn.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range s.Objects {
			list, _ := x.all(o.Object)
			if len(list) == 0 {
				t.Errorf("no %s", o.Object)
				continue
			}
			if _, _, err := x.conn.Count(t.Context(), o.Object); err != nil {
				t.Error(err)
			}
			if _, err := x.conn.(connector.Reader).Read(t.Context(), o.Object, []string{list[0].Key.ID, "987654"}); err != nil {
				t.Error(err)
			}
			if err := x.conn.(connector.Changer).Changes(t.Context(), o.Object, "", func(connector.Page) error { return nil }); err != nil {
				t.Error(err)
			}
		}
		if _, _, err := x.conn.(connector.Ruler).Rules(t.Context()); err != nil {
			t.Error(err)
		}
		everything(x, as)
	}
	c.Unused(t)
}

// everything writes, finds, changes and deletes one of each.
func everything(x *table, as string) {
	x.Helper()
	x.staff()
	prefix := "custom_attributes."
	if as == intercom.AsTicket {
		prefix = "ticket_attributes."
	}
	sh := x.conn.(connector.Shaper)
	for _, o := range []model.Object{model.Organization, model.Contact, model.Ticket} {
		name := "custom_attributes.Region"
		if o == model.Ticket {
			name = prefix + "Region"
		}
		f := model.Field{Name: name, Title: "Region", Type: model.Option, Options: []model.Choice{{Value: "north"}, {Value: "south"}}}
		if err := sh.CreateField(x.Context(), o, f); err != nil {
			x.Fatal(err)
		}
		if err := sh.CreateOption(x.Context(), o, name, model.Choice{Value: "west"}); err != nil {
			x.Fatal(err)
		}
	}
	var doomed []connector.Doomed
	for _, o := range intercom.Kind().Caps.Order {
		if o == model.Group || o == model.Agent || o == model.Attachment {
			continue
		}
		for i := range 4 {
			d := x.draft(o, i, as)
			switch o {
			case model.Organization, model.Contact:
				d.Fields["custom_attributes.Region"] = "west"
			case model.Ticket:
				d.Fields[prefix+"Region"] = "west"
			}
			out := x.write(d)
			if out.State != connector.Created {
				x.Fatalf("%s: %d %v", o, out.State, out.Err)
			}
			if o != model.Message {
				doomed = append([]connector.Doomed{{Key: out.Key, Version: ""}}, doomed...)
			}
			if o == model.Organization || o == model.Contact || o == model.Ticket {
				if _, err := x.conn.(connector.Finder).Find(x.Context(), o, []model.Mark{d.Mark, "wb:nowhere"}); err != nil {
					x.Error(err)
				}
			}
			x.change(o, out.Key, d)
		}
	}
	out, err := x.conn.(connector.Deleter).Delete(x.Context(), doomed)
	if err != nil {
		x.Error(err)
	}
	for _, o := range out {
		if o.State != connector.Deleted {
			x.Errorf("%v: %d %v", o.Key, o.State, o.Err)
		}
	}
	if n := x.fake.Mails(); n != 0 {
		x.Errorf("%d messages would have been sent", n)
	}
}

// change changes what it may of a record, and empties its links.
func (x *table) change(o model.Object, k model.Key, d model.Draft) {
	x.Helper()
	if o == model.Message {
		return
	}
	delete(d.Fields, "created_at")
	e := connector.Edit{Key: k, Draft: model.Draft{Object: o, Fields: d.Fields, Source: d.Source}}
	for _, l := range d.Links {
		if o == model.Contact || l.Field == "admin_assignee_id" || l.Field == "team_assignee_id" {
			e.Draft.Links = append(e.Draft.Links, model.DraftLink{Field: l.Field})
		}
	}
	out, err := x.conn.(connector.Updater).Update(x.Context(), []connector.Edit{e}, x.files)
	if err != nil || out[0].State != connector.Updated {
		x.Errorf("change %v: %v, %v", k, err, out[0])
	}
}
