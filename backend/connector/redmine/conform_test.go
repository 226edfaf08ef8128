package redmine_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/redmine/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestConformance examines a Redmine that has a custom field for marks.
func TestConformance(t *testing.T) {
	conform.Run(t, rig(redmine.Kind(), fake.Options{MarkField: redmine.MarkField}))
}

// TestConformance_withoutMarkField examines one in which the mark stands in descriptions.
func TestConformance_withoutMarkField(t *testing.T) {
	conform.Run(t, rig(redmine.Kind(), fake.Options{}))
}

// TestRealServer_conformance is the same examination before a real Redmine.
func TestRealServer_conformance(t *testing.T) {
	r := rig(redmine.Kind(), fake.Options{})
	realRedmine.State(t, "target")
	realRedmine.Run(t, "ready.sh") // unticks all events of its notifications, as the guide asks for
	r.Secrets = map[string]secret.Text{redmine.SettingToken: realKey}
	r.Config = map[string]string{redmine.SettingAddress: realRedmine.Address}
	r.Fake, r.LongText = nil, 60_000 // a column of text holds more; this is what people write
	r.PageSizes = []map[string]string{{redmine.SettingPageSize: "3"}}
	r.Some = 5
	five(t)
	assignee = gjson.GetBytes(realRedmine.Read(t, "manifest.json"), "user.a-agnes.id").String()
	defer func() { assignee = "3" }()
	mails := 0
	r.States = realRedmine.States(&mails)
	conform.Run(t, r)
	if n := mails + realRedmine.Mails(t); n != 0 {
		t.Errorf("%d mails would have been sent to people", n)
	}
}

// five makes the issues that others link to.
func five(t *testing.T) {
	t.Helper()
	w := openReal(t).(connector.Writer)
	for i := range 5 {
		out, err := w.Write(t.Context(), []model.Draft{{
			Mark: model.Mark(fmt.Sprint("wb:first:ticket:", i)), Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: strconv.Itoa(i)},
			Fields: map[string]any{"subject": "First", "tracker": "Support"}, Links: []model.DraftLink{link("project", model.Key{Object: model.Group, ID: "1"})},
		}}, nil)
		if err != nil || out[0].State != connector.Created {
			t.Fatal(out, err)
		}
	}
}

func rig(k connector.Kind, o fake.Options) conform.Rig {
	return conform.Rig{
		Kind:    k,
		Secrets: map[string]secret.Text{redmine.SettingToken: fake.Key},
		Fake: func(testing.TB) http.Handler {
			s := fake.New(o)
			s.Fill(8, 1)
			return s
		},
		Prefilled: true,
		Limited:   func(testing.TB) http.Handler { return weakServer{fake.New(fake.Options{})} },
		Draft:     draft,
		Stranger: func(_ conform.Maker, o model.Object) model.Draft {
			if o == model.Group {
				return model.Draft{Object: o, Fields: map[string]any{"name": "No such project"}}
			}
			return model.Draft{Object: o, Fields: map[string]any{"mail": "nobody@nowhere.example"}}
		},
		Bad:     bad,
		Text:    map[model.Object]string{model.Message: "notes", model.Article: "text"},
		Derived: func(model.Record) bool { return true },
		Aside:   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/uploads.json") },
		Mails:   func(_ testing.TB, h http.Handler) int64 { return server(h).Mails() },
		Touch: func(t testing.TB, h http.Handler, k model.Key) {
			id, err := strconv.Atoi(k.ID)
			if k.Object == model.TimeEntry && server(h).TouchTime(id) || k.Object == model.Article && server(h).TouchPage(k.ID) {
				return
			}
			if err != nil || k.Object != model.Ticket && k.Object != model.Contact || !server(h).Touch(k.Object == model.Contact, id) {
				t.Skipf("does not apply: nobody can touch %v", k)
			}
		},
		PageSizes: []map[string]string{{redmine.SettingPageSize: "1"}, {redmine.SettingPageSize: "4"}},
		Untold:    []model.Object{model.Ticket, redmine.Relation},
		Passing:   []model.Object{model.Contact, model.TimeEntry, model.Article},
		// A note that is emptied gets a word that says so; see TestUpdate_notes.
		Fixed: []model.Object{model.Message, redmine.Relation},
		Skip: map[string]string{
			"reading/odd text arrives unharmed": "Redmine keeps no NUL and ends lines in its own way; see TestOddTexts",
		},
	}
}

func server(h http.Handler) *fake.Server {
	if w, ok := h.(weakServer); ok {
		return w.Server
	}
	return h.(*fake.Server)
}

// weakServer takes every key for that of a user who is no administrator.
type weakServer struct{ *fake.Server }

func (s weakServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Redmine-API-Key", fake.Weak)
	s.Server.ServeHTTP(w, r)
}

// assignee is somebody to whom issues of the project 1 can be assigned.
var assignee = "3"

func link(field string, to model.Key) model.DraftLink {
	return model.DraftLink{Field: field, Target: to}
}

func draft(m conform.Maker, o model.Object, i int) model.Draft {
	pick := func(o model.Object) model.Key {
		if have := m.Have(o); len(have) > 0 {
			return have[i%len(have)]
		}
		return model.Key{}
	}
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Group:
		d.Fields = map[string]any{"name": []string{"General", "Billing"}[i%2]}
	case model.Agent:
		d.Fields = map[string]any{"mail": "Agnes@desk.example"}
	case model.Contact:
		d.Fields = map[string]any{"name": fmt.Sprintf("Ünique %d", i), "mail": fmt.Sprintf("%s.%d@conform.example", m.Salt, i)}
	case model.Ticket:
		d.Fields = map[string]any{
			"subject": fmt.Sprintf("Subject <%s %d>", m.Salt, i), "status": "Closed", "tracker": "Support", "priority": "High",
			"due_date": model.Day("2031-02-28"), "done_ratio": int64(i % 11 * 10),
		}
		d.Links = []model.DraftLink{
			link("project", model.Key{Object: model.Group, ID: "1"}), link("assigned_to", model.Key{Object: model.Agent, ID: assignee}), link("author", pick(model.Contact)),
		}
		d.Parts = []model.Draft{draft(m, model.Message, 50_001+i*2)}
	case model.Message:
		d.Fields = map[string]any{"private_notes": i%3 == 1, "notes": fmt.Sprintf("Hello %s %d & *bye*", m.Salt, i)}
		d.Links = []model.DraftLink{link("issue", pick(model.Ticket))}
		if i%2 == 0 && i%3 != 1 {
			d.Parts = []model.Draft{draft(m, model.Attachment, i), draft(m, model.Attachment, i+1)}
		}
		if i%2 == 0 && i%3 == 1 {
			d.Fields["private_notes"] = false
		}
	case model.Attachment:
		d.File = m.Files.Add(fmt.Sprintf("../päth %d ✓.txt", i), "text/plain", fmt.Appendf(nil, "content %s %d \x00\xff\r\n", m.Salt, i))
	case model.TimeEntry:
		d.Fields = map[string]any{
			"hours": fmt.Sprint(i%7+1) + ".5", "spent_on": model.Day("2016-02-29"), "activity": "Development", "comments": fmt.Sprintf("Did <%s %d> & more", m.Salt, i),
		}
		d.Links = []model.DraftLink{link("issue", pick(model.Ticket))}
	case model.Article:
		d.Fields = map[string]any{"title": fmt.Sprintf("Page_%s-%d", m.Salt, i), "text": fmt.Sprintf("h1. Pagé %d\n\n*bold* <%s>", i, m.Salt)}
		d.Links = []model.DraftLink{link("project", model.Key{Object: model.Group, ID: "1"})}
	case redmine.Relation:
		// The issues 1 to 5 are there from the beginning.
		n := max(len(m.Have(model.Ticket)), 1)
		d.Fields = map[string]any{"relation_type": []string{"blocks", "duplicates", "copied_to"}[i/n/5%3]}
		d.Links = []model.DraftLink{link("issue_to", model.Key{Object: model.Ticket, ID: strconv.Itoa(1 + i/n%5)}), link("issue", pick(model.Ticket))}
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
	return []conform.Bad{
		{Name: "required", Draft: lacking, Code: connector.CodeRequired, Field: "subject"},
		{Name: "option", Draft: spoil(model.Ticket, "status", "done?"), Code: connector.CodeInvalid, Field: "status"},
		{Name: "address", Draft: spoil(model.Contact, "mail", "not an address"), Code: connector.CodeInvalid, Field: "mail"},
		{Name: "too long", Draft: spoil(model.Ticket, "subject", strings.Repeat("é", 256)), Code: connector.CodeTooLong, Field: "subject"},
		{Name: "unknown field", Draft: spoil(model.Contact, "colour", "red"), Code: connector.CodeUnknownField, Field: "colour"},
		{Name: "not text", Draft: spoil(model.Ticket, "subject", "caf\xe9"), Code: connector.CodeInvalid, Field: "subject"},
	}
}
