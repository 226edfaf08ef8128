// Package contract checks traffic in tests against the API descriptions that vendors
// publish. The descriptions are theirs, unchanged (origin: the table at the end of each
// page in shared/apis); where one contradicts the vendor's own documentation or servers,
// the deviation is listed by the test with its reason.
package contract

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed specs
var specs embed.FS

// Deviation is something that the description has wrong, or not at all.
type Deviation struct {
	// Method and Path of the requests it is about, the path as the description writes it or,
	// for requests that the description does not know, as a prefix of the real one.
	Method, Path string
	// Says is a part of the validator's message; empty: whatever it says.
	Says string
	// Reason with the source that the connector follows instead.
	Reason string
}

// Contract is a vendor's description, ready to judge traffic.
type Contract struct {
	router  routers.Router
	except  []Deviation
	mu      sync.Mutex
	seen    map[string]int
	used    map[int]bool
	covered map[string]bool
	strict  bool
}

// Strict judges more closely: each thing that is wrong by itself, so that a deviation hides
// nothing else, and also what the description does not know in queries, in JSON bodies and in
// forms (whose values are not judged). It gives the contract back.
func (c *Contract) Strict() *Contract {
	c.strict = true
	return c
}

// Open reads a description ("front.json") whose paths begin behind base, such as
// "/api/v2" for one that writes "/tickets" but is called at "/api/v2/tickets".
func Open(t testing.TB, name, base string, except ...Deviation) *Contract {
	t.Helper()
	f, err := specs.Open("specs/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	doc.Servers = openapi3.Servers{{URL: base + "/"}}
	if base == "" {
		doc.Servers = nil
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatalf("routes of %s: %v", name, err)
	}
	return &Contract{router: router, except: except, seen: map[string]int{}, used: map[int]bool{}, covered: map[string]bool{}}
}

// Wrap judges each request and its answer on the way to next. What is wrong fails the test, once each.
func (c *Contract) Wrap(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if rec.Code < 500 && rec.Code != http.StatusTooManyRequests {
			c.judge(t, r, body, rec)
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // a reader that left is the caller's matter
	})
}

func (c *Contract) judge(t testing.TB, r *http.Request, body []byte, rec *httptest.ResponseRecorder) {
	t.Helper()
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.complain(t, r.Method, r.URL.Path, fmt.Sprintf("the description has no such request: %v", err))
		return
	}
	c.mu.Lock()
	c.covered[r.Method+" "+route.Path] = true
	c.mu.Unlock()
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeResponseBody: rec.Code >= 400, IncludeResponseStatus: false,
			ExcludeRequestBody: strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") || len(body) == 0,
		},
	}
	if rec.Code < 400 { // what was refused need not be right
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			c.wrong(t, r.Method, route.Path, "request: ", err)
		}
		if c.strict {
			for _, says := range unknown(r, route, body) {
				c.complain(t, r.Method, route.Path, "request: "+says)
			}
		}
	}
	if err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rec.Code, Header: rec.Header(),
		Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())), Options: in.Options,
	}); err != nil {
		c.wrong(t, r.Method, route.Path, fmt.Sprintf("answer %d: ", rec.Code), err)
	}
}

// wrong complains of an error of the validator; strictly, of each of its parts.
func (c *Contract) wrong(t testing.TB, method, path, what string, err error) {
	t.Helper()
	if !c.strict {
		c.complain(t, method, path, what+err.Error())
		return
	}
	for _, says := range parts(err) {
		c.complain(t, method, path, what+says)
	}
}

// complain fails the test unless the deviation is known.
func (c *Contract) complain(t testing.TB, method, path, says string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, d := range c.except {
		if d.Method == method && (d.Path == path || strings.HasPrefix(path, d.Path) && strings.Contains(says, "no such request")) && strings.Contains(says, d.Says) {
			c.used[i] = true
			return
		}
	}
	key := method + " " + path
	if c.seen[key]++; c.seen[key] > 2 {
		return
	}
	if len(says) > 1200 {
		says = says[:1200] + " ..."
	}
	t.Errorf("%s %s: %s", method, path, says)
}

// Covered lists what was asked of the description, as "GET /tickets".
func (c *Contract) Covered() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]bool{}
	for k := range c.covered {
		out[k] = true
	}
	return out
}

// Unused fails the test for deviations that no traffic showed: the list stays true.
func (c *Contract) Unused(t testing.TB) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, d := range c.except {
		if !c.used[i] {
			t.Errorf("deviation %s %s (%s) did not occur: take it out of the list", d.Method, d.Path, d.Says)
		}
	}
}
