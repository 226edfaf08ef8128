package freshdesk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

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
	connector.Marker
	connector.Updater
	connector.Reader
	connector.Firer
	connector.Ruler
	connector.Linker
}

// handled carries requests to a handler without a network.
type handled struct {
	h     http.Handler
	hosts *hosts
}

// hosts counts what is asked of each host.
type hosts struct {
	mu sync.Mutex
	n  map[string]int
}

func (x *hosts) add(host string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.n[host]++
}

func (x handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if x.hosts != nil {
		x.hosts.add(r.URL.Host)
		if r.URL.Host != deskHost && r.Header.Get("Authorization") != "" {
			return nil, errors.New("the key was sent to another host")
		}
	}
	w := httptest.NewRecorder()
	in := r.Clone(r.Context()) // what arrives at a server
	in.Host, in.GetBody = r.URL.Host, nil
	if in.Body == nil {
		in.Body = http.NoBody
	}
	x.h.ServeHTTP(w, in)
	_, err := io.Copy(io.Discard, in.Body) // as a server does
	if err = errors.Join(err, in.Body.Close()); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

const deskHost = "acme.freshdesk.com"

// dial opens a connector to a fake.
func dial(t testing.TB, h http.Handler, settings ...string) whole {
	t.Helper()
	return dialThrough(t, pace.Transport(handled{h: h}, pace.Limits{Parallel: 6}, nil), settings...)
}

func dialThrough(t testing.TB, rt http.RoundTripper, settings ...string) whole {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(freshdesk.SettingKey, key); err != nil {
		t.Fatal(err)
	}
	cfg := map[string]string{freshdesk.SettingAddress: "https://" + deskHost}
	for i := 0; i+1 < len(settings); i += 2 {
		cfg[settings[i]] = settings[i+1]
	}
	c, err := freshdesk.Kind().Open(t.Context(), cfg, v, rt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(whole)
}

// account is a fake that calls itself as it is dialled.
func account(o fake.Options) *fake.Server {
	o.Key, o.Address = key, "https://"+deskHost
	return fake.New(o)
}

// call asks the fake directly, as a person's script would.
func call(t testing.TB, h http.Handler, method, path string, body any) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "/api/v2/"+path, &b)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":X")))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// read reads all of an object, each record once.
func read(t testing.TB, c connector.Connector, o model.Object) (map[string]model.Record, []connector.Broken) {
	t.Helper()
	out := map[string]model.Record{}
	var broken []connector.Broken
	if err := c.Pages(t.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			out[r.Key.ID] = r
		}
		broken = append(broken, p.Broken...)
		return nil
	}); err != nil {
		t.Fatalf("read %s: %v", o, err)
	}
	return out, broken
}

func values(t testing.TB, r model.Record) map[string]any {
	t.Helper()
	v, err := model.Values(r.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func codeOf(err error) problem.Code {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func sum(t testing.TB, c connector.Filer, r model.Record) string {
	t.Helper()
	ref, _, _ := c.FileRef(r)
	body, err := c.Open(context.Background(), ref)
	if err != nil {
		t.Fatalf("open %s: %v", r.Key.ID, err)
	}
	h := sha256.New()
	_, err = io.Copy(h, body)
	if err = errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write writes drafts one by one, each of which must be created.
func write(t testing.TB, c connector.Writer, files *conform.Files, drafts ...model.Draft) []connector.Outcome {
	t.Helper()
	out, err := c.Write(t.Context(), drafts, files)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		if o.State != connector.Created {
			t.Fatalf("draft %d of %s: state %d, %v", i, drafts[i].Object, o.State, o.Err)
		}
	}
	return out
}

// paths notes what is asked for.
type paths struct {
	next http.Handler
	list []string
}

func (p *paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.list = append(p.list, r.URL.Path)
	p.next.ServeHTTP(w, r)
}
