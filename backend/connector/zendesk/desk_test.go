package zendesk_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/zendesk"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// wire carries requests straight to a handler.
type wire struct {
	handler http.Handler
	seen    func(*http.Request)
}

func (d wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.seen != nil {
		d.seen(r)
	}
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	d.handler.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// whole is everything that the connector can do.
type whole interface {
	connector.Connector
	connector.Filer
	connector.Changer
	connector.Writer
	connector.Finder
	connector.PartFinder
	connector.Deleter
	connector.Shaper
	connector.Updater
	connector.Reader
	connector.Firer
	connector.Ruler
	connector.Linker
}

func newDesk(o fake.Options) *fake.Server {
	o.Email, o.APIToken = owner, token
	if o.IncrementalPerMinute == 0 {
		o.IncrementalPerMinute = 1_000_000 // else each test would wait for Zendesk's ten a minute
	}
	return fake.New(o)
}

// connect opens a connector to a handler, inside Zendesk's limits.
func connect(t *testing.T, h http.Handler, more ...string) whole {
	t.Helper()
	return connectBy(t, wire{handler: h}, more...)
}

func connectBy(t *testing.T, base http.RoundTripper, more ...string) whole {
	t.Helper()
	cfg := map[string]string{
		zendesk.SettingAddress: "http://desk.test", zendesk.SettingAuth: zendesk.AuthToken, zendesk.SettingEmail: owner, zendesk.SettingWithheld: "0",
	}
	for i := 0; i+1 < len(more); i += 2 {
		cfg[more[i]] = more[i+1]
	}
	vault := secret.Memory()
	for name, s := range map[string]secret.Text{zendesk.SettingToken: token, zendesk.SettingClientSecret: token} {
		if err := vault.Put(name, s); err != nil {
			t.Fatal(err)
		}
	}
	c, err := zendesk.Kind().Open(t.Context(), cfg, vault, pace.Transport(base, zendesk.Kind().Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c.(whole)
}

func read(t *testing.T, c connector.Connector, o model.Object) map[string]model.Record {
	t.Helper()
	out := map[string]model.Record{}
	if err := c.Pages(t.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			out[r.Key.ID] = r
		}
		return nil
	}); err != nil {
		t.Fatalf("read %s: %v", o, err)
	}
	return out
}

func write(t *testing.T, c whole, files *conform.Files, drafts ...model.Draft) []connector.Outcome {
	t.Helper()
	out, err := c.Write(t.Context(), drafts, files)
	if err != nil || len(out) != len(drafts) {
		t.Fatalf("%d outcomes, %v", len(out), err)
	}
	return out
}

// made writes drafts that must be created.
func made(t *testing.T, c whole, files *conform.Files, drafts ...model.Draft) []connector.Outcome {
	t.Helper()
	out := write(t, c, files, drafts...)
	for i, o := range out {
		if o.State != connector.Created {
			t.Fatalf("draft %d: state %d: %v", i, o.State, o.Err)
		}
	}
	return out
}

func contact(mark, email string) model.Draft {
	return model.Draft{Object: model.Contact, Mark: model.Mark(mark), Source: model.Key{Object: model.Contact, ID: mark}, Fields: map[string]any{"name": "Mara Lind", "email": email}}
}

func ticket(mark string, requester model.Key, messages ...model.Draft) model.Draft {
	return model.Draft{
		Object: model.Ticket, Mark: model.Mark(mark), Source: model.Key{Object: model.Ticket, ID: mark}, Parts: messages,
		Fields: map[string]any{"subject": "Invoice", "status": "closed", "created_at": day, "updated_at": day},
		Links:  []model.DraftLink{link("requester_id", requester)},
	}
}

func say(mark, text string, public bool) model.Draft {
	return model.Draft{Object: model.Message, Mark: model.Mark(mark), Source: model.Key{Object: model.Message, ID: mark}, Fields: map[string]any{"html_body": text, "public": public, "created_at": day}}
}

func wantRefused(t *testing.T, o connector.Outcome, code problem.Code, field string) {
	t.Helper()
	if o.State != connector.Refused || o.Err == nil || o.Err.Code != code || o.Err.Where.Field != field {
		t.Errorf("state %d, problem %+v, want %s at %q", o.State, o.Err, code, field)
	}
}
