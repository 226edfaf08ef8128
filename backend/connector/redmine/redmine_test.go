package redmine_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/redmine/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

func TestP12_whateverIsPastedIsUnderstood(t *testing.T) {
	for in, want := range map[string]string{
		"redmine.example.com":                               "https://redmine.example.com",
		" https://redmine.example.com/issues/12 ":           "https://redmine.example.com",
		"https://example.com/redmine/projects/x/issues":     "https://example.com/redmine",
		"http://127.0.0.1:3000/my/account":                  "http://127.0.0.1:3000",
		"https://example.com/redmine/":                      "https://example.com/redmine",
		"https://redmine.example.com/issues.json?limit=100": "https://redmine.example.com",
	} {
		if got, err := redmine.Tidy(in); err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "::", "desk", "ftp://redmine.example.com"} {
		if got, err := redmine.Tidy(in); !problem.Is(err, connector.CodeAddress) {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

// open connects to a Redmine in memory.
func open(t *testing.T, s *fake.Server) connector.Connector {
	t.Helper()
	server := httptest.NewServer(s)
	v := secret.Memory()
	if err := v.Put(redmine.SettingToken, fake.Key); err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	c, err := redmine.Kind().Open(t.Context(), map[string]string{redmine.SettingAddress: server.URL}, v, pace.Transport(base, redmine.Kind().Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := c.Close()
		base.CloseIdleConnections()
		server.Close()
		if err != nil {
			t.Error(err)
		}
	})
	return c
}

// write writes one draft, which must be created.
func write(t *testing.T, c connector.Connector, d model.Draft, files connector.Files) connector.Outcome {
	t.Helper()
	out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{d}, files)
	if err != nil || out[0].State != connector.Created {
		t.Fatalf("%+v, %v", out, err)
	}
	return out[0]
}

func ticket(mark string, parts ...model.Draft) model.Draft {
	return model.Draft{
		Mark: model.Mark(mark), Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: mark}, Parts: parts,
		Fields: map[string]any{"subject": mark}, Links: []model.DraftLink{link("project", model.Key{Object: model.Group, ID: "1"})},
	}
}

func note(text string, private bool, issue string, parts ...model.Draft) model.Draft {
	return model.Draft{
		Mark: model.Mark("wb:p:message:" + text[:min(len(text), 9)]), Object: model.Message, Source: model.Key{Object: model.Message, ID: "m"}, Parts: parts,
		Fields: map[string]any{"notes": text, "private_notes": private}, Links: []model.DraftLink{link("issue", model.Key{Object: model.Ticket, ID: issue})},
	}
}

// Texts that something on the way likes to spoil arrive; what Redmine cannot keep is refused.
func TestOddTexts(t *testing.T) {
	c := open(t, fake.New(fake.Options{}))
	issue := write(t, c, ticket("wb:p:ticket:1"), nil).Key.ID
	for _, text := range conform.OddTexts() {
		out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{note(text, false, issue)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(text, 0) {
			if out[0].State != connector.Refused || out[0].Err.Where.Field != "notes" {
				t.Errorf("%q was not refused: %+v", text, out[0])
			}
			continue
		}
		got, err := c.(connector.Reader).Read(t.Context(), model.Message, []string{out[0].Key.ID})
		if err != nil {
			t.Fatal(err)
		}
		v, err := model.Values(got[out[0].Key.ID].Raw)
		if err != nil || model.Plain(v["notes"]) != text {
			t.Errorf("%q arrived as %q, %v", text, v["notes"], err)
		}
	}
}

// Invariant 10: the files of a private note would hang on a public entry, so they stay.
func TestInvariant10_filesOfPrivateNotesAreNotShown(t *testing.T) {
	c := open(t, fake.New(fake.Options{}))
	files := &conform.Files{}
	issue := write(t, c, ticket("wb:p:ticket:1"), nil).Key.ID
	file := model.Draft{Object: model.Attachment, Mark: "wb:p:attachment:1", Source: model.Key{Object: model.Attachment, ID: "1"}, File: files.Add("secret.txt", "text/plain", []byte("secret"))}
	out := write(t, c, note("for us only", true, issue, file), files)
	if len(out.Parts) != 1 || out.Parts[0].State != connector.Refused || out.Parts[0].Err == nil {
		t.Fatalf("%+v", out)
	}
	err := c.Pages(t.Context(), model.Attachment, "", func(p connector.Page) error {
		if len(p.Records) > 0 {
			t.Errorf("a file is there: %s", p.Records[0].Raw)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The first public message is the description, with its files; a private one never is.
func TestInvariant10_aPrivateFirstMessageIsNoDescription(t *testing.T) {
	c := open(t, fake.New(fake.Options{}))
	files := &conform.Files{}
	file := model.Draft{Object: model.Attachment, Mark: "wb:p:attachment:1", Source: model.Key{Object: model.Attachment, ID: "1"}, File: files.Add("a/ b?.txt", "text/plain", []byte("x"))}
	public := write(t, c, ticket("wb:p:ticket:1", note("hello\nyou", false, "", file)), files)
	if p := public.Parts[0]; p.State != connector.Created || len(p.Parts) != 1 || p.Parts[0].State != connector.Created {
		t.Fatalf("%+v", public)
	}
	found, err := c.(connector.PartFinder).FindParts(t.Context(), public.Key, []model.Draft{note("hello\nyou", false, "")})
	if err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	hidden := write(t, c, ticket("wb:p:ticket:2", note("for us only", true, "")), files)
	if hidden.Parts[0].State != connector.Unsent {
		t.Fatalf("%+v", hidden)
	}
	got, err := c.(connector.Reader).Read(t.Context(), model.Message, []string{hidden.Key.ID + "-0"})
	if err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// No key of a user is ever in a record: Redmine puts them into its answers to administrators.
func TestNoKeyOfAUserIsRead(t *testing.T) {
	s := fake.New(fake.Options{})
	s.Fill(20, 3)
	c := open(t, s)
	for _, o := range []model.Object{model.Agent, model.Contact} {
		n := 0
		if err := c.Pages(context.Background(), o, "", func(p connector.Page) error {
			for _, r := range p.Records {
				n++
				if strings.Contains(string(r.Raw), "secret-key") {
					t.Errorf("%s", r.Raw)
				}
			}
			return nil
		}); err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
}

// An issue that Redmine does not set as it was asked to is taken back and refused.
func TestWhatIsDroppedIsTakenBack(t *testing.T) {
	s := fake.New(fake.Options{})
	c := open(t, s)
	d := ticket("wb:p:ticket:1")
	d.Links = append(d.Links, link("assigned_to", model.Key{Object: model.Agent, ID: "2"}))
	out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{d}, nil)
	if err != nil || out[0].State != connector.Refused || out[0].Err.Where.Field != "assigned_to" || s.Issues() != 0 {
		t.Errorf("%+v, %v, %d issues", out, err, s.Issues())
	}
}

// The mails of a Redmine whose notifications are on are told before anything is written.
func TestP71_notificationsAreTold(t *testing.T) {
	c := open(t, fake.New(fake.Options{}))
	fires, err := c.(connector.Firer).Fires(t.Context())
	if err != nil || len(fires) != 1 || fires[0].Silenced || !fires[0].Active || redmine.Kind().Caps.Quiet {
		t.Errorf("%+v, %v", fires, err)
	}
}
