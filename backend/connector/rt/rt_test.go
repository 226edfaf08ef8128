package rt_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/rt/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

func TestP12_whateverIsPastedIsUnderstood(t *testing.T) {
	for in, want := range map[string]string{
		"rt.example.com": "https://rt.example.com",
		" https://rt.example.com/Ticket/Display.html?id=12 ":   "https://rt.example.com",
		"https://example.com/rt/Search/Results.html?Query=a":   "https://example.com/rt",
		"http://127.0.0.1:18085/REST/2.0/":                     "http://127.0.0.1:18085",
		"https://example.com/rt/":                              "https://example.com/rt",
		"https://rt.example.com/Prefs/AuthTokens.html":         "https://rt.example.com",
		"https://rt.example.com/SelfService/Display.html?id=1": "https://rt.example.com",
	} {
		if got, err := rt.Tidy(in); err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "::", "desk", "ftp://rt.example.com"} {
		if got, err := rt.Tidy(in); !problem.Is(err, connector.CodeAddress) {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

// breaking stands before a fake and breaks the n-th writing request off, before or after it
// was worked on.
type breaking struct {
	*fake.Server
	after bool
	n     int
	now   atomic.Int64
}

func (b *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		b.Server.ServeHTTP(w, r)
		return
	}
	if b.now.Add(1) != int64(b.n) {
		b.Server.ServeHTTP(w, r)
		return
	}
	if b.after {
		b.Server.ServeHTTP(httptest.NewRecorder(), r)
	}
	panic(http.ErrAbortHandler)
}

func open(t *testing.T, h http.Handler) connector.Connector {
	t.Helper()
	server := httptest.NewServer(h)
	server.Config.ErrorLog = nil
	v := secret.Memory()
	if err := v.Put(rt.SettingToken, fake.Token); err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	c, err := rt.Kind().Open(t.Context(), map[string]string{rt.SettingAddress: server.URL}, v, pace.Transport(base, rt.Kind().Limits, nil))
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

func whole(files *conform.Files) model.Draft {
	d := model.Draft{
		Mark: "wb:abcd1234:ticket:77", Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: "77"},
		Fields: map[string]any{"Subject": "Whole", "Status": "resolved", "Cc": []string{"agnes@desk.example"}},
		Links: []model.DraftLink{
			link("Queue", model.Key{Object: model.Group, ID: "1"}), link("Owner", model.Key{Object: model.Agent, ID: "agnes"}),
			link("Requestor", model.Key{Object: model.Agent, ID: "agnes"}),
		},
	}
	for i := range 3 {
		d.Parts = append(d.Parts, model.Draft{
			Mark: model.Mark(fmt.Sprint("wb:abcd1234:message:", i)), Object: model.Message, Source: model.Key{Object: model.Message, ID: fmt.Sprint(i)},
			Fields: map[string]any{"Content": fmt.Sprintf("<p>message %d</p>", i), "Private": i == 1},
			Parts: []model.Draft{{
				Mark: model.Mark(fmt.Sprint("wb:abcd1234:attachment:", i)), Object: model.Attachment, Source: model.Key{Object: model.Attachment, ID: fmt.Sprint(i)},
				File: files.Add(fmt.Sprintf("file %d.txt", i), "text/plain", fmt.Appendf(nil, "content %d", i)),
			}},
		})
	}
	return d
}

// A ticket is made by several requests. Whichever of them breaks off, asking what arrived and
// sending again what did not leaves one ticket with each message once, and mails nobody.
func TestInvariant4_aWholeBrokenOffAnywhereIsThereOnce(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; n <= 6; n++ {
			t.Run(fmt.Sprintf("request %d, after %v", n, after), func(t *testing.T) {
				desk, files := &breaking{Server: fake.New(fake.Options{}), after: after, n: n}, &conform.Files{}
				c, d := open(t, desk), whole(files)
				w := c.(connector.Writer)
				out, err := w.Write(t.Context(), []model.Draft{d}, files)
				if err != nil || out[0].State != connector.Unknown {
					t.Fatalf("%+v, %v", out, err)
				}
				found, err := c.(connector.Finder).Find(t.Context(), model.Ticket, []model.Mark{d.Mark})
				if err != nil {
					t.Fatal(err)
				}
				if f, ok := found[d.Mark]; ok {
					parts, err := c.(connector.PartFinder).FindParts(t.Context(), f.Key, d.Parts)
					if err != nil || len(parts) != 3 || f.Copies != 1 {
						t.Fatalf("%+v, %+v, %v", f, parts, err)
					}
				} else if out, err = w.Write(t.Context(), []model.Draft{d}, files); err != nil || out[0].State != connector.Created {
					t.Fatalf("%+v, %v", out, err)
				}
				messages, private := 0, 0
				if err := c.Pages(t.Context(), model.Message, "", func(p connector.Page) error {
					for _, r := range p.Records {
						messages++
						if strings.Contains(string(r.Raw), `"Private":true`) {
							private++
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if desk.Tickets() != 1 || messages != 3 || private != 1 || desk.Mails() != 0 {
					t.Errorf("%d tickets, %d messages, %d private, %d mails", desk.Tickets(), messages, private, desk.Mails())
				}
			})
		}
	}
}

// A message that comes later goes through a second ticket, too: nobody is mailed.
func TestP71_aLateMessageMailsNobody(t *testing.T) {
	desk, files := fake.New(fake.Options{}), &conform.Files{}
	c := open(t, desk)
	w := c.(connector.Writer)
	out, err := w.Write(t.Context(), []model.Draft{whole(files)}, files)
	if err != nil || out[0].State != connector.Created {
		t.Fatal(out, err)
	}
	late := whole(files).Parts[2]
	late.Mark, late.Fields = "wb:abcd1234:message:late", map[string]any{"Content": "<p>late</p>"}
	late.Links = []model.DraftLink{link("Ticket", out[0].Key)}
	got, err := w.Write(t.Context(), []model.Draft{late}, files)
	if err != nil || got[0].State != connector.Created || len(got[0].Parts) != 1 || got[0].Parts[0].State != connector.Created {
		t.Fatalf("%+v, %v", got, err)
	}
	r, err := c.(connector.Reader).Read(t.Context(), model.Message, []string{got[0].Key.ID})
	if err != nil || len(r) != 1 || r[got[0].Key.ID].Links[0].To[0].Value != out[0].Key.ID || desk.Mails() != 0 || desk.Tickets() != 1 {
		t.Errorf("%v, %v, %d mails, %d tickets", r, err, desk.Mails(), desk.Tickets())
	}
	alone := late.Parts[0]
	alone.Links = []model.DraftLink{link("Message", got[0].Key)}
	got, err = w.Write(t.Context(), []model.Draft{alone}, files)
	if err != nil || got[0].State != connector.Refused || got[0].Err.Where.Object != string(model.Attachment) {
		t.Errorf("a file alone: %+v, %v", got, err)
	}
}

// What Request Tracker drops without a word is found, and the ticket taken back.
func TestWhatIsDroppedIsTakenBack(t *testing.T) {
	desk, files := fake.New(fake.Options{}), &conform.Files{}
	c := open(t, desk)
	for field, spoil := range map[string]func(*model.Draft){
		"Owner": func(d *model.Draft) { d.Links[1].Target.ID = "weak" },
		"Cc":    func(d *model.Draft) { d.Fields["Cc"] = []string{"no address"} },
	} {
		d := whole(files)
		spoil(&d)
		out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{d}, files)
		if err != nil || out[0].State != connector.Refused || out[0].Err.Where.Field != field || desk.Tickets() != 0 {
			t.Errorf("%s: %+v, %v, %d tickets", field, out, err, desk.Tickets())
		}
	}
}

// The content of a file is decoded as it comes. What ends too early is no file.
func TestContentIsStreamed(t *testing.T) {
	for _, x := range []struct {
		body, want string
		err        error
	}{
		{`{"id":1,"Headers":"a: \"Content\" : \"x\"\\","Content" : "aGVs\nbG8=\n","z":[{"Content":"eA=="}]}`, "hello", nil},
		{`{"Content":"aGVsbG8=","id":2}`, "hello", nil},
		{`{"Content":"Pz8\/","id":2}`, "???", nil},
		{`{"Content":null,"id":2}`, "", nil},
		{`{"id":2}`, "", nil},
		{`{"Content":"aGVsbG8="`, "", io.ErrUnexpectedEOF},
		{`{"Content":"aGVs`, "", io.ErrUnexpectedEOF},
		{`{"id":2`, "", io.ErrUnexpectedEOF},
		{``, "", io.ErrUnexpectedEOF},
	} {
		c := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, x.body) // the caller went away
		}))
		r, err := c.(connector.Filer).Open(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if x.err == nil && (err != nil || string(got) != x.want) || x.err != nil && !errors.Is(err, x.err) {
			t.Errorf("%s: %q, %v", x.body, got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Texts that something on the way likes to spoil arrive, but for the ends of their lines.
func TestOddTexts(t *testing.T) {
	c, files := open(t, fake.New(fake.Options{})), &conform.Files{}
	d := whole(files)
	d.Parts = nil
	for i, text := range conform.OddTexts() {
		d.Parts = append(d.Parts, model.Draft{
			Mark: model.Mark(fmt.Sprint("wb:abcd1234:message:", i)), Object: model.Message, Source: model.Key{Object: model.Message, ID: fmt.Sprint(i)},
			Fields: map[string]any{"Content": text},
		})
	}
	out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{d}, files)
	if err != nil || out[0].State != connector.Created {
		t.Fatal(out, err)
	}
	for i, text := range conform.OddTexts() {
		key := out[0].Parts[i].Key.ID
		got, err := c.(connector.Reader).Read(t.Context(), model.Message, []string{key})
		if err != nil {
			t.Fatal(err)
		}
		v, err := model.Values(got[key].Raw)
		if err != nil || model.Plain(v["Content"]) != strings.ReplaceAll(text, "\r\n", "\n") {
			t.Errorf("%q arrived as %q, %v", text, v["Content"], err)
		}
	}
}
