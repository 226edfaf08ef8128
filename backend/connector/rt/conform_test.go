package rt_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/rt/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) { conform.Run(t, rig(rt.Kind())) }

// TestRealServer_conformance is the same examination before a real Request Tracker.
func TestRealServer_conformance(t *testing.T) {
	r := rig(rt.Kind())
	r.Secrets = map[string]secret.Text{rt.SettingToken: realToken(t)}
	r.Config = map[string]string{rt.SettingAddress: realRT.Address}
	r.Fake, r.LongText = nil, 1<<20
	r.PageSizes = []map[string]string{{rt.SettingPageSize: "3"}}
	r.Some = 5
	realRT.State(t, "target")
	five(t)
	mails := 0
	r.States = realRT.States(&mails)
	conform.Run(t, r)
	if n := mails + realRT.Mails(t); n != 0 {
		t.Errorf("%d mails would have been sent to people", n)
	}
}

// five makes the tickets that others link to.
func five(t *testing.T) {
	t.Helper()
	w := openReal(t).(connector.Writer)
	for i := range 5 {
		out, err := w.Write(t.Context(), []model.Draft{{
			Mark: model.Mark(fmt.Sprint("wb:first:ticket:", i)), Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: strconv.Itoa(i)},
			Fields: map[string]any{"Subject": "First"}, Links: []model.DraftLink{link("Queue", model.Key{Object: model.Group, ID: "1"})},
		}}, nil)
		if err != nil || out[0].State != connector.Created {
			t.Fatal(out, err)
		}
	}
}

func rig(k connector.Kind) conform.Rig {
	return conform.Rig{
		Kind:    k,
		Secrets: map[string]secret.Text{rt.SettingToken: fake.Token},
		Fake: func(testing.TB) http.Handler {
			s := fake.New(fake.Options{})
			s.Fill(8, 1)
			return s
		},
		Prefilled: true,
		Limited:   weak,
		Draft:     draft,
		Stranger: func(_ conform.Maker, o model.Object) model.Draft {
			if o == model.Group {
				return model.Draft{Object: o, Fields: map[string]any{"Name": "No such queue"}}
			}
			return model.Draft{Object: o, Fields: map[string]any{"EmailAddress": "nobody@nowhere.example"}}
		},
		Bad:     bad,
		Text:    map[model.Object]string{model.Message: "Content", model.Contact: "Comments"},
		Derived: func(model.Record) bool { return true },
		Aside: func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/correspond") || strings.HasSuffix(r.URL.Path, "/comment")
		},
		Mails: func(_ testing.TB, h http.Handler) int64 { return server(h).Mails() },
		Touch: func(t testing.TB, h http.Handler, k model.Key) {
			id, err := strconv.Atoi(k.ID)
			if err != nil || k.Object != model.Ticket || !server(h).Touch(id) {
				t.Skipf("does not apply: nobody can touch %v", k)
			}
		},
		Merge: func(_ testing.TB, h http.Handler, from, into model.Key) bool {
			a, err := strconv.Atoi(from.ID)
			b, err2 := strconv.Atoi(into.ID)
			return from.Object == model.Ticket && err == nil && err2 == nil && server(h).Merge(a, b)
		},
		PageSizes: []map[string]string{{rt.SettingPageSize: "1"}, {rt.SettingPageSize: "7"}},
		Fixed:     []model.Object{rt.Relation},
		Field:     model.Field{Name: "cf_new", Title: "Colour", Type: model.Option, Options: []model.Choice{{Value: "red"}, {Value: "green"}}},
		Object:    model.Ticket, Numbers: true,
		Skip: map[string]string{
			"reading/odd text arrives unharmed":            "Request Tracker ends lines in its own way; see TestOddTexts",
			"wholes/a part that comes too late is refused": "a message that comes later is taken, through a second ticket; a file alone is refused by a test of its own",
		},
	}
}

func server(h http.Handler) *fake.Server {
	if w, ok := h.(weakServer); ok {
		return w.Server
	}
	return h.(*fake.Server)
}

// weakServer takes every token for that of a user who may do nothing.
type weakServer struct{ *fake.Server }

func (s weakServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("Authorization", "token "+fake.Weak)
	s.Server.ServeHTTP(w, r)
}

func weak(testing.TB) http.Handler { return weakServer{fake.New(fake.Options{})} }

var day = time.Date(2012, 2, 29, 23, 59, 59, 0, time.UTC)

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
		d.Fields = map[string]any{"Name": []string{"General", "Billing"}[i%2]}
	case model.Agent:
		d.Fields = map[string]any{"EmailAddress": "Agnes@desk.example"}
	case model.Contact:
		d.Fields = map[string]any{
			"Name": fmt.Sprintf("%s-%d", m.Salt, i), "EmailAddress": fmt.Sprintf("%s.%d@conform.example", m.Salt, i), "RealName": fmt.Sprintf("Ünique %d", i),
			"WorkPhone": "+49 30 1234", "Comments": fmt.Sprintf("a\nb %d", i),
		}
	case model.Ticket:
		d.Fields = map[string]any{
			"Subject": fmt.Sprintf("Subject <%s %d>", m.Salt, i), "Status": "resolved", "Priority": int64(i % 90), "cf_2": "Billing",
			"Created": day.Add(time.Duration(i%2000) * 36 * time.Hour), "Resolved": day.Add(time.Duration(i%2000)*36*time.Hour + time.Hour),
			"Cc": []string{"agnes@desk.example"},
		}
		d.Links = []model.DraftLink{
			link("Queue", queueOf(m)), link("Requestor", pick(model.Contact)), link("Creator", pick(model.Contact)),
			link("Owner", model.Key{Object: model.Agent, ID: "agnes"}),
		}
		for n := range 3 {
			d.Parts = append(d.Parts, draft(m, model.Message, i*3+n))
		}
	case model.Message:
		d.Fields = map[string]any{"Private": i%3 == 1, "Content": fmt.Sprintf("<p>Hello %s %d & <b>bye</b></p>", m.Salt, i)}
		if i%2 == 0 {
			d.Parts = []model.Draft{draft(m, model.Attachment, i), draft(m, model.Attachment, i+1)}
		}
	case model.Attachment:
		d.File = m.Files.Add(fmt.Sprintf("../päth %d ✓.txt", i), "text/plain", fmt.Appendf(nil, "content %s %d \x00\xff\r\n", m.Salt, i))
	case rt.Relation:
		// The tickets 1 to 5 are there from the beginning.
		have := m.Have(model.Ticket)
		n := max(len(have), 1)
		d.Fields = map[string]any{"Type": []string{"RefersTo", "DependsOn", "MemberOf"}[i/n/5%3]}
		d.Links = []model.DraftLink{link("To", model.Key{Object: model.Ticket, ID: strconv.Itoa(1 + i/n%5)})}
		if len(have) > 0 {
			d.Links = append(d.Links, link("Ticket", have[i%n]))
		}
	}
	return d
}

// queueOf is the queue "General", which every Request Tracker has under that number.
func queueOf(conform.Maker) model.Key { return model.Key{Object: model.Group, ID: "1"} }

func bad(m conform.Maker) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 1000)
		d.Fields[field] = value
		return d
	}
	lost := draft(m, model.Ticket, 1000)
	lost.Links[1].Target.ID = "nobody-of-that-name"
	return []conform.Bad{
		{Name: "option", Draft: spoil(model.Ticket, "Status", "done?"), Code: connector.CodeInvalid, Field: "Status"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "Requestor"},
		{Name: "address", Draft: spoil(model.Contact, "EmailAddress", "not an address"), Code: connector.CodeInvalid, Field: "EmailAddress"},
		{Name: "too long", Draft: spoil(model.Ticket, "Subject", strings.Repeat("é", 101)), Code: connector.CodeTooLong, Field: "Subject"},
		{Name: "unknown field", Draft: spoil(model.Contact, "Colour", "red"), Code: connector.CodeUnknownField, Field: "Colour"},
		{Name: "not text", Draft: spoil(model.Ticket, "Subject", "caf\xe9"), Code: connector.CodeInvalid, Field: "Subject"},
		{Name: "a NUL", Draft: spoil(model.Contact, "Comments", "a\x00b"), Code: connector.CodeInvalid, Field: "Comments"},
	}
}
