package freshdesk_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/contract"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
)

// The description is a third party's, written by hand (freshdesk.md, OpenAPI and fixtures);
// where it and Freshworks' documentation differ, the documentation counts.
var deviations = []contract.Deviation{
	{Method: "GET", Path: "/agents/{agent_id}", Says: "value me", Reason: "GET /agents/me tells whose key it is: freshdesk.md, Auth"},
	{Method: "GET", Path: "/api/v2/account", Reason: "plan and seats: freshdesk.md, Auth, credential check"},
	{Method: "GET", Path: "/api/v2/settings/helpdesk", Reason: "languages of articles: freshdesk.md, Solutions"},
	{Method: "GET", Path: "/api/v2/solutions/articles/", Reason: "translations behind a language's code: freshdesk.md, Solutions"},
	{Method: "GET", Path: "/api/v2/admin/ticket_fields", Reason: "fields with the ids of their choices: freshdesk.md, Objects"},
	{Method: "POST", Path: "/api/v2/admin/ticket_fields", Reason: "custom fields are made so: freshdesk.md, Ticket fields"},
	{Method: "POST", Path: "/api/v2/contact_fields", Reason: "custom fields are made so: freshdesk.md, Objects"},
	{Method: "POST", Path: "/api/v2/company_fields", Reason: "custom fields are made so: freshdesk.md, Objects"},
	{Method: "PUT", Path: "/api/v2/contact_field/", Reason: "the path is singular in the documentation: freshdesk.md, Objects"},
	{Method: "GET", Path: "/api/v2/automations/", Reason: "rules by their kind: freshdesk.md, Objects"},
	{Method: "GET", Path: "/api/v2/ticket-forms", Reason: "freshdesk.md, Objects"},
	{Method: "GET", Path: "/api/v2/scenario_automations", Reason: "freshdesk.md, Objects"},
	{Method: "GET", Path: "/api/v2/canned_response_folders", Reason: "freshdesk.md, Objects"},
	{Method: "GET", Path: "/api/v2/tickets/archived/", Reason: "tickets that no list shows: freshdesk.md, Objects"},
	{Method: "GET", Path: "/tickets", Says: "value must be one of 'requester', 'stats', 'description'", Reason: "several things are included with commas between them: freshdesk.md, Objects and Rate limits"},
	{Method: "GET", Path: "/tickets", Says: "not one of the allowed values", Reason: "statuses from 6 are the account's own, sources above 10 other channels: freshdesk.md, Enumerations"},
	{Method: "GET", Path: "/tickets/{ticket_id}", Says: "value must be one of", Reason: "as above"},
	{Method: "GET", Path: "/search/tickets", Says: "not one of the allowed values", Reason: "as above"},
	{Method: "GET", Path: "/ticket_fields", Says: "/choices", Reason: "choices are a list, names with codes, or nested by what they depend on: freshdesk.md, Ticket fields"},
	{Method: "GET", Path: "/contact_fields", Says: "/choices", Reason: "choices have ids and positions: freshdesk.md, Ticket fields"},
	{Method: "POST", Path: "/groups", Says: "/auto_ticket_assign", Reason: "0 off, 1 round robin, 2 skill, 3 load, 12 omniroute: freshdesk.md, Enumerations"},
}

// withoutNulls leaves blank members out of answers: Freshdesk gives them as null
// (freshdesk.md, Auth, base URL, version), which the description, made for OpenAPI 3.1,
// still writes with the older "nullable" or not at all. All else is then held to it.
func withoutNulls(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		var v any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if len(body) > 0 && strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") && d.Decode(&v) == nil {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if e.Encode(without(v)) == nil {
				body = b.Bytes()
			}
		}
		for k, x := range rec.Header() {
			w.Header()[k] = x
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body) // a recorder takes everything
	})
}

func without(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, y := range x {
			if y == nil {
				delete(x, k)
			} else {
				x[k] = without(y)
			}
		}
	case []any:
		for i := range x {
			x[i] = without(x[i])
		}
	}
	return v
}

// Everything that connector and fake say to each other is held against the description.
func TestContract(t *testing.T) {
	ct := contract.Open(t, "freshdesk.yaml", "/api/v2", deviations...)
	s := staffed(fake.Options{})
	s.Fill(40, 4)
	c := dial(t, ct.Wrap(t, withoutNulls(s)), freshdesk.SettingTrash, freshdesk.TrashAll, freshdesk.SettingSpam, "yes")
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range schema.Objects {
		_, _ = read(t, c, o.Object)
		if _, _, err := c.Count(t.Context(), o.Object); err != nil {
			t.Error(err)
		}
		at, err := c.Now(t.Context(), o.Object)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Changes(t.Context(), o.Object, at, func(connector.Page) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := c.Rules(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Fires(t.Context()); err != nil {
		t.Error(err)
	}
	out := move(t, c)
	if _, err := c.Find(t.Context(), model.Ticket, []model.Mark{"wb:a", "wb:b"}); err != nil {
		t.Error(err)
	}
	if err := c.CreateField(t.Context(), model.Contact, model.Field{Name: "custom_fields.level", Title: "Level", Type: model.Option, Options: []model.Choice{{Value: "a"}}}); err != nil {
		t.Error(err)
	}
	if err := c.CreateOption(t.Context(), model.Contact, "custom_fields.level", model.Choice{Value: "b"}); err != nil {
		t.Error(err)
	}
	for _, o := range out {
		if _, err := c.Update(t.Context(), []connector.Edit{{Key: o.Key, Draft: model.Draft{Fields: map[string]any{"priority": "2"}}}}, nil); err != nil {
			t.Error(err)
		}
		doomed := []connector.Doomed{{Key: o.Parts[0].Key}}
		messages, _ := read(t, c, model.Message)
		for id := range messages {
			if strings.HasPrefix(id, o.Key.ID+"-") {
				doomed = append(doomed, connector.Doomed{Key: model.Key{Object: model.Message, ID: id}})
			}
		}
		gone, err := c.Delete(t.Context(), append(doomed, connector.Doomed{Key: o.Key}))
		if err != nil || gone[len(gone)-1].State != connector.Deleted {
			t.Error(gone, err)
		}
	}
	ct.Unused(t)
	for _, want := range []string{"POST /tickets", "POST /tickets/{ticket_id}/notes", "PUT /tickets/{ticket_id}", "DELETE /tickets/{ticket_id}", "POST /contacts", "POST /companies", "GET /tickets/{ticket_id}/conversations"} {
		if !ct.Covered()[want] {
			t.Errorf("%s was not held against the description", want)
		}
	}
}
