package practice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
	desk "waybill/backend/practice"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "conform-token-d2f1"

func TestConformance(t *testing.T) { conform.Run(t, rig(practice.Kind())) }

// The way in which real servers are examined, with a practice desk for one: over
// real connections, on the real clock, on a desk that is not empty.
func TestConformanceOfARealServer(t *testing.T) {
	s, err := desk.Serve(t.Context(), "127.0.0.1:0", desk.Options{Token: token, MaxText: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k := practice.Kind()
	k.Caps.FindLag = 0 // this desk's search does not lag, and here waiting takes time
	r := rig(k)
	r.Fake, r.LongText = nil, 200_000
	r.Config = map[string]string{practice.SettingAddress: s.Address}
	r.PageSizes = []map[string]string{{"page_size": "7"}}
	conform.Run(t, r)
}

func rig(k connector.Kind) conform.Rig {
	return conform.Rig{
		Kind:    k,
		Secrets: map[string]secret.Text{practice.SettingToken: token},
		Fake:    fake(desk.Options{}),
		Limited: fake(desk.Options{Missing: []string{"import"}}),
		Draft:   draft,
		Bad:     bad,
		Text: map[model.Object]string{
			model.Organization: "notes", model.Contact: "notes", model.Ticket: "description", model.Message: "body",
		},
		Mails: func(_ testing.TB, h http.Handler) int64 { return stats(h).MessagesSent },
		Touch: touch,
		Merge: func(_ testing.TB, h http.Handler, from, into model.Key) bool {
			return call(h, "POST", pathOf[from.Object]+"/"+from.ID+"/merge", map[string]any{"into": into.ID}).Code == 200
		},
		Redact: func(_ testing.TB, h http.Handler, k model.Key) bool {
			return call(h, "POST", pathOf[k.Object]+"/"+k.ID+"/redact", nil).Code == 200
		},
		Stamped: []string{"updated_at"},
		Loud: func(t testing.TB) http.Handler {
			h := fake(desk.Options{})(t)
			call(h, "POST", "triggers", map[string]any{
				"kind": "trigger", "name": "Tell everybody", "does": "sends a mail", "silenced_by_import": false,
				"on": []string{"group", "contact", "ticket", "message"},
			})
			return h
		},
		Object: model.Ticket,
		Field: model.Field{
			Name: "fields.region", Title: "Region", Type: model.Option,
			Options: []model.Choice{{Value: "north", Title: "North"}, {Value: "süd, west", Title: "South, west"}},
		},
		PageSizes: []map[string]string{{"page_size": "1"}, {"page_size": "4"}, {"page_size": "500"}},
	}
}

// fake is the practice desk itself, with a search that lags as long as Caps allows.
func fake(o desk.Options) func(testing.TB) http.Handler {
	return func(t testing.TB) http.Handler {
		o.Token = token
		o.SearchLag = practice.Kind().Caps.FindLag
		o.MaxText = 11 << 20
		d, err := desk.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return d.Handler()
	}
}

func call(h http.Handler, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(method, "/api/v1/"+path, bytes.NewReader(b))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func stats(h http.Handler) (s desk.Stats) {
	if err := json.Unmarshal(call(h, "GET", "stats", nil).Body.Bytes(), &s); err != nil {
		panic(err)
	}
	return s
}

var pathOf = map[model.Object]string{
	model.Organization: "organizations", model.Group: "groups", model.Agent: "agents", model.Contact: "contacts",
	model.Ticket: "tickets", model.Message: "messages", model.Attachment: "attachments",
}

// touch sets an external id, which every object has.
func touch(t testing.TB, h http.Handler, k model.Key) {
	t.Helper()
	if w := call(h, "PATCH", pathOf[k.Object]+"/"+k.ID, map[string]any{"external_id": "touched"}); w.Code != 200 {
		t.Fatalf("touch %v: %d %s", k, w.Code, w.Body)
	}
}

var day = time.Date(2012, 2, 29, 23, 59, 59, 123e6, time.UTC)

func link(field string, to model.Key) model.DraftLink {
	return model.DraftLink{Field: field, Target: to}
}

func draft(m conform.Maker, o model.Object, i int) model.Draft {
	pick := func(o model.Object) model.Key {
		have := m.Have(o)
		if len(have) == 0 {
			return model.Key{}
		}
		return have[i%len(have)]
	}
	at := day.Add(time.Duration(i%2000) * 36 * time.Hour)
	name := fmt.Sprintf("Ünique %s %d", m.Salt, i)
	mail := fmt.Sprintf("%s.%d@conform.example", m.Salt, i)
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Organization:
		d.Fields = map[string]any{"name": name, "domain": "x.example", "notes": "a\nb", "created_at": at}
	case model.Group:
		d.Fields = map[string]any{"name": name}
	case model.Agent:
		d.Fields = map[string]any{"name": name, "email": mail, "active": i%2 == 0, "role": "light"}
	case model.Contact:
		d.Fields = map[string]any{"name": name, "email": mail, "phone": "+49 30 1234", "language": "de", "active": true, "created_at": at}
		d.Links = []model.DraftLink{link("organization", pick(model.Organization))}
	case model.Ticket:
		d.Fields = map[string]any{
			"subject": "Subject <" + name + ">", "description": "x", "status": "closed", "priority": "urgent", "channel": "email",
			"tags": []string{"a, b", "ünï", "c"}, "created_at": at, "updated_at": at.Add(time.Hour), "solved_at": at.Add(time.Minute), "due_at": at,
		}
		d.Links = []model.DraftLink{
			link("requester", pick(model.Contact)), link("assignee", pick(model.Agent)),
			link("group", pick(model.Group)), link("organization", pick(model.Organization)),
		}
	case model.Message:
		author := pick(model.Contact)
		if i%2 == 1 {
			author = pick(model.Agent)
		}
		d.Fields = map[string]any{"public": i%3 != 0, "body": "<p>Hello & <b>bye</b></p>", "created_at": at}
		d.Links = []model.DraftLink{link("ticket", pick(model.Ticket)), link("author", author)}
	case model.Attachment:
		d.File = m.Files.Add(fmt.Sprintf("../päth %d.txt", i), "text/plain", fmt.Appendf(nil, "content %d \x00\xff", i))
		d.Fields = map[string]any{"name": d.File.Name, "content_type": d.File.Type, "inline": true, "content_id": "cid-1"}
		d.Links = []model.DraftLink{link("message", pick(model.Message))}
	}
	return d
}

func bad(m conform.Maker) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 1000)
		d.Fields[field] = value
		return d
	}
	lacking := draft(m, model.Ticket, 1000)
	delete(lacking.Fields, "subject")
	lost := draft(m, model.Message, 1000)
	lost.Links[0].Target.ID = "987654"
	taken := spoil(model.Contact, "email", fmt.Sprintf("%s.0@CONFORM.example", m.Salt))
	large := draft(m, model.Attachment, 1000)
	large.File = m.Files.Add("large.bin", "application/octet-stream", make([]byte, desk.MaxFile+1))
	return []conform.Bad{
		{Name: "required", Draft: lacking, Code: connector.CodeRequired, Field: "subject"},
		{Name: "option", Draft: spoil(model.Ticket, "status", "done?"), Code: connector.CodeInvalid, Field: "status"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "ticket"},
		{Name: "taken", Draft: taken, Code: connector.CodeTaken, Field: "email"},
		{Name: "too long", Draft: spoil(model.Group, "name", string(make([]byte, 300))), Code: connector.CodeTooLong, Field: "name"},
		{Name: "unknown field", Draft: spoil(model.Group, "colour", "red"), Code: connector.CodeUnknownField, Field: "colour"},
		{Name: "not text", Draft: spoil(model.Group, "name", "caf\xe9"), Code: connector.CodeInvalid, Field: "name"},
		{Name: "too large", Draft: large, Code: connector.CodeTooLarge, Field: "content"},
	}
}
