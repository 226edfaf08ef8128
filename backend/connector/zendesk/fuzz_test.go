package zendesk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
)

func FuzzTidy(f *testing.F) {
	for _, s := range []string{"acme", "acme.zendesk.com", "https://acme.zendesk.com/agent/tickets/5", "http://127.0.0.1:1", "::", "a b", "ftp://x", "https://[::1]:80/", "\x00", "é.zendesk.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Tidy(s)
		if err != nil {
			return
		}
		again, err := Tidy(got)
		if err != nil || again != got || !strings.HasPrefix(got, "http") {
			t.Errorf("%q became %q and then %q, %v", s, got, again, err)
		}
	})
}

// Whatever a failure looks like, it becomes whole sentences.
func FuzzFailure(f *testing.F) {
	for _, s := range []string{
		`{"error":"RecordInvalid","description":"Record validation errors","details":{"status":[{"description":"closed prevents ticket update"}],"base":[]}}`,
		`{"error":{"title":"Forbidden","message":"You do not have access"}}`, `{"errors":[{"code":"InvalidPaginationDepth","title":"x","detail":"y"}]}`,
		`{"errors":{"title":["can't be blank"]}}`, `{"error":"Couldn't authenticate you"}`, `<html>`, `null`, `{}`, `{"details":{"":[{"description":":"}]},"error":1}`, `{"error":"x","details":{"base":[{"description":"Custom field : y"}]}}`,
	} {
		f.Add(422, []byte(s))
	}
	c := newClient(mustParse("https://acme.zendesk.com"), nil, nil, nil)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 300 || status > 599 {
			return
		}
		err := c.Verdict(wire.Answer{Status: status, Body: body, Header: http.Header{}})
		if err == nil || err.Error() == "" {
			t.Errorf("status %d with %q is taken for a success", status, body)
		}
	})
}

func FuzzPlaces(f *testing.F) {
	f.Add("35436-2", `{"v":1,"a":"x","g":5}`)
	f.Add("-", `{"v":99}`)
	f.Add("1-0", ``)
	f.Fuzz(func(t *testing.T, id, cursor string) {
		if ticket, n, ok := place(id); ok && (n < 1 || ticket == "") {
			t.Errorf("%q is place %d of %q", id, n, ticket)
		}
		at, err := readCursor(connector.Cursor(cursor))
		if err != nil {
			return
		}
		again, err := readCursor(at.text())
		if err != nil || again.After != at.After || again.Stamp != at.Stamp || again.Start != at.Start {
			t.Errorf("%q became %+v", cursor, again)
		}
	})
}

func TestHeadersOfLimits(t *testing.T) {
	h := http.Header{}
	for k, v := range map[string]string{"X-Rate-Limit": "700", "rate-limit-remaining": "12", "rate-limit-reset": "41", "zendesk-ratelimit-incremental-exports": "total=30; remaining=9; resets=41"} {
		h.Set(k, v)
	}
	if n, ok := allowed(h); n != 700 || !ok {
		t.Error(n, ok)
	}
	if n, _, ok := left(h); n != 12 || !ok {
		t.Error(n, ok)
	}
	if n, ok := exports(h); n != 30 || !ok {
		t.Error(n, ok)
	}
	if _, ok := exports(http.Header{}); ok {
		t.Error("a limit that nobody told")
	}
}

// Zendesk cleans HTML: a message is known by its letters, its time and whether it is public.
func TestSignature(t *testing.T) {
	a := signature("t", true, `<p>Hello &amp; <b>bye</b></p>`)
	if a != signature("t", true, `<div class="zd-comment" dir="auto"><p dir="auto">Hello &amp; <b>bye</b></p></div>`) {
		t.Error("a cleaned text is another one")
	}
	for _, other := range []string{signature("t", false, "<p>Hello bye</p>"), signature("u", true, "<p>Hello bye</p>"), signature("t", true, "<p>Hello by</p>")} {
		if a == other {
			t.Errorf("%q stands for two messages", a)
		}
	}
}

func TestRowsOfJobs(t *testing.T) {
	for _, x := range []struct {
		name, results string
		n             int
		want          []string
		ok            bool
	}{
		{"in order", `[{"id":1},{"id":2}]`, 2, []string{"1", "2"}, true},
		{"by index", `[{"index":1,"id":2},{"index":0,"id":1}]`, 2, []string{"1", "2"}, true},
		{"some missing, indexed", `[{"index":1,"id":2}]`, 2, []string{"", "2"}, true},
		{"some missing", `[{"id":2}]`, 2, nil, false},
		{"none", `[]`, 2, nil, false},
		{"an index from elsewhere", `[{"index":7,"id":2},{"index":0,"id":1}]`, 2, []string{"1", ""}, true},
	} {
		got, err := rows(gjsonArray(x.results), x.n)
		if (err == nil) != x.ok {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		for i, w := range x.want {
			if got[i].Get("id").String() != w {
				t.Errorf("%s: row %d is %q, want %q", x.name, i, got[i].Get("id").String(), w)
			}
		}
	}
}

func gjsonArray(s string) []gjson.Result { return gjson.Parse(s).Array() }

func mustParse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
