package rt_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/rt/fake"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// ticketChanges changes everything about a ticket that can be, and some that cannot.
func ticketChanges(t *testing.T, c connector.Connector) {
	t.Helper()
	w, u := c.(connector.Writer), c.(connector.Updater)
	write := func(d model.Draft) connector.Outcome {
		d.Mark, d.Source = model.Mark("wb:u:"+string(d.Object)+":"+d.Source.ID), model.Key{Object: d.Object, ID: d.Source.ID}
		out, err := w.Write(t.Context(), []model.Draft{d}, nil)
		if err != nil || out[0].State != connector.Created {
			t.Fatal(out, err)
		}
		return out[0]
	}
	person := func(n string) model.Key {
		return write(model.Draft{Object: model.Contact, Source: model.Key{ID: n}, Fields: map[string]any{"EmailAddress": "change" + n + "@conform.example"}}).Key
	}
	one, two := person("1"), person("2")
	ticket := write(model.Draft{
		Object: model.Ticket, Source: model.Key{ID: "1"},
		Fields: map[string]any{"Subject": "Before", "Status": "open", "cf_2": "Billing", "Due": day, "Cc": []string{"a@conform.example", "b@conform.example"}},
		Links:  []model.DraftLink{link("Queue", model.Key{Object: model.Group, ID: "1"}), link("Requestor", one), link("Owner", model.Key{Object: model.Agent, ID: "agnes"})},
	})
	edit := func(fields map[string]any, links ...model.DraftLink) connector.Outcome {
		out, err := u.Update(t.Context(), []connector.Edit{{Key: ticket.Key, Version: ticket.Version, Draft: model.Draft{Object: model.Ticket, Fields: fields, Links: links}}}, nil)
		if err != nil || len(out) != 1 {
			t.Fatal(out, err)
		}
		if out[0].State == connector.Updated {
			ticket.Version = out[0].Version
		}
		return out[0]
	}
	look := func() (map[string]any, map[string]string) {
		got, err := c.(connector.Reader).Read(t.Context(), model.Ticket, []string{ticket.Key.ID})
		if err != nil {
			t.Fatal(err)
		}
		r, links := got[ticket.Key.ID], map[string]string{}
		for _, l := range r.Links {
			links[l.Role] = l.To[0].Value
		}
		return realdesk.Fields(t, r), links
	}
	due := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	if o := edit(map[string]any{"Subject": "After", "Due": due, "Priority": int64(7), "cf_2": nil, "Cc": []string{"b@conform.example"}}, link("Requestor", two), link("Owner", model.Key{})); o.State != connector.Updated {
		t.Fatalf("%+v", o.Err)
	}
	v, links := look()
	if v["Subject"] != "After" || v["Due"] != "2031-05-06T07:08:09Z" || model.Plain(v["Priority"]) != "7" || v["cf_2"] != nil || links["Requestor"] != two.ID || links["Owner"] != "" {
		t.Errorf("%v %v", v, links)
	}
	if o := edit(map[string]any{"Due": nil, "FurtherRequestors": []string{"change1@conform.example"}, "Cc": nil}); o.State != connector.Updated {
		t.Fatalf("%+v", o.Err)
	}
	v, links = look()
	if v["Due"] != nil || v["Subject"] != "After" || links["Requestor"] == "" || len(v["FurtherRequestors"].([]string)) != 1 {
		t.Errorf("%v %v", v, links)
	}
	for name, x := range map[string]struct {
		fields map[string]any
		links  []model.DraftLink
		code   problem.Code
	}{
		"who created it": {nil, []model.DraftLink{link("Creator", one)}, connector.CodeRefused},
		"when":           {map[string]any{"Created": day}, nil, connector.CodeRefused},
		"no status":      {map[string]any{"Status": nil}, nil, connector.CodeRequired},
		"no such queue":  {nil, []model.DraftLink{link("Queue", model.Key{Object: model.Group, ID: "99999"})}, connector.CodeNoRecord},
		"nobody":         {nil, []model.DraftLink{link("Requestor", model.Key{Object: model.Contact, ID: "nobody-of-that-name"})}, connector.CodeNoRecord},
	} {
		if o := edit(x.fields, x.links...); o.State != connector.Refused || o.Err == nil || o.Err.Code != x.code {
			t.Errorf("%s: state %d, %+v", name, o.State, o.Err)
		}
	}
	v, links = look()
	if v["Subject"] != "After" || v["Status"] != "open" || links["Queue"] != "1" {
		t.Errorf("a refused change left something behind: %v %v", v, links)
	}
}

func TestUpdate_tickets(t *testing.T) {
	s := httptest.NewServer(fake.New(fake.Options{}))
	defer s.Close()
	ticketChanges(t, realdesk.Open(t, rt.Kind(), map[string]string{rt.SettingAddress: s.URL}, map[string]secret.Text{rt.SettingToken: fake.Token}))
}

// TestRealServer_ticketsChange does the same before a real Request Tracker.
func TestRealServer_ticketsChange(t *testing.T) {
	realRT.State(t, "target")
	ticketChanges(t, openReal(t))
}
