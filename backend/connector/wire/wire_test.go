package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/pace"
	"waybill/backend/problem"
)

// desk answers requests without any network, and keeps them.
type desk struct {
	answer func(n int, r *http.Request) (*http.Response, error)
	got    []*http.Request
	bodies []string
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		body = string(b)
	}
	d.got, d.bodies = append(d.got, r), append(d.bodies, body)
	resp, err := d.answer(len(d.got)-1, r)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

const secretKey = "hush-4711"

func dial(t *testing.T, d *desk) *wire.Client {
	t.Helper()
	base, err := url.Parse("https://acme.desk.example/api/")
	if err != nil {
		t.Fatal(err)
	}
	c := wire.New("Desk", base, d, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+secretKey)
		r.Header.Set("X-Desk-Key", secretKey)
	}, func(body []byte) string { return gjson.GetBytes(body, "error").Str })
	c.Own = func(u *url.URL) bool { return u.Hostname() == "files.desk.example" }
	return c
}

// TestWriteSaysWhatBecameOfIt: what may have been done is Unknown, what surely was not is
// Unsent, and only that may be sent again (invariant 4).
func TestWriteSaysWhatBecameOfIt(t *testing.T) {
	for name, x := range map[string]struct {
		resp  *http.Response
		err   error
		state connector.State
		stops bool
		code  problem.Code
	}{
		"taken":                         {resp: answer(201, `{"id":1}`), state: connector.Created},
		"taken without a word":          {resp: answer(204, ""), state: connector.Created},
		"half an answer":                {resp: answer(201, `{"id":`), state: connector.Unknown},
		"a page of a proxy":             {resp: answer(200, "<html>", "Content-Type", "text/html"), state: connector.Unknown},
		"refused":                       {resp: answer(422, `{"error":"no"}`), state: connector.Refused},
		"refused by the desk's own way": {resp: answer(409, `{"error":"taken"}`), state: connector.Refused},
		"not that way":                  {resp: answer(409, `{}`), state: connector.Unsent, stops: true},
		"no right":                      {resp: answer(403, `{"error":"no right"}`), state: connector.Unsent, stops: true, code: connector.CodeForbidden},
		"key no longer good":            {resp: answer(401, ""), state: connector.Unsent, stops: true, code: connector.CodeUnauthorized},
		"too many":                      {resp: answer(429, "", "Retry-After", "7"), state: connector.Unsent, stops: true, code: connector.CodeBusy},
		"closed for now":                {resp: answer(503, "", "Retry-After", "7"), state: connector.Unsent, stops: true, code: connector.CodeBusy},
		"broken":                        {resp: answer(503, ""), state: connector.Unknown},
		"broken inside":                 {resp: answer(500, `{"error":"oops"}`), state: connector.Unknown},
		"sent elsewhere":                {resp: answer(302, "", "Location", "https://login.example/"), state: connector.Unknown, stops: true},
		"line cut":                      {err: io.ErrUnexpectedEOF, state: connector.Unknown},
		"never left":                    {err: errors.Join(pace.ErrNotSent, errors.New("refused")), state: connector.Unsent, stops: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return x.resp, x.err }}
			c := dial(t, d)
			c.Refuses = func(a wire.Answer) bool { return a.Status == 409 && c.Said(a.Body) != "" }
			b, err := wire.JSON(map[string]any{"a": "<b>"})
			if err != nil {
				t.Fatal(err)
			}
			s := c.Write(t.Context(), "POST", "things", b, nil, 422)
			if s.State != x.state || (s.Stop != nil) != x.stops {
				t.Errorf("state %v, stop %v", s.State, s.Stop)
			}
			if x.code != "" && problem.From(s.Stop).Code != x.code {
				t.Errorf("stopped by %v", s.Stop)
			}
			if (s.State == connector.Unknown || s.State == connector.Unsent) && (s.Err == nil || strings.Contains(s.Err.Error(), secretKey)) {
				t.Errorf("explained by %v", s.Err)
			}
			if len(d.got) != 1 {
				t.Errorf("%d requests for one record", len(d.got))
			}
			if d.bodies[0] != "{\"a\":\"<b>\"}\n" {
				t.Errorf("sent %q", d.bodies[0])
			}
		})
	}
}

// TestWriteAfterTheEnd: who has given up sends nothing.
func TestWriteAfterTheEnd(t *testing.T) {
	d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(200, "{}"), nil }}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := dial(t, d).Write(ctx, "POST", "things", nil, nil)
	if s.State != connector.Unsent || !errors.Is(s.Stop, context.Canceled) || len(d.got) != 0 {
		t.Errorf("%v, %v, %d requests", s.State, s.Stop, len(d.got))
	}
}

func TestHalfAnAnswerIsAskedForAgain(t *testing.T) {
	d := &desk{answer: func(n int, _ *http.Request) (*http.Response, error) {
		return answer(200, `{"a":[1,2]}`[:6+5*(n/2)]), nil // the third is whole
	}}
	a, err := dial(t, d).Get(t.Context(), "things", url.Values{"q": {"a b+c"}})
	if err != nil || string(a.Body) != `{"a":[1,2]}` || len(d.got) != 3 {
		t.Errorf("%q after %d, %v", a.Body, len(d.got), err)
	}
	if got := d.got[0].URL.String(); got != "https://acme.desk.example/api/things?q=a%20b%2Bc" {
		t.Error(got)
	}
	d = &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(200, "["), nil }}
	if _, err = dial(t, d).Get(t.Context(), "things", nil); problem.From(err) == nil || problem.From(err).Code != connector.CodeBroken || len(d.got) != 3 {
		t.Errorf("%v after %d", err, len(d.got))
	}
}

func TestRefusalsOfReading(t *testing.T) {
	mine := problem.New(connector.CodeNoRecord, "what", "why", "next")
	d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(404, `{"error":"gone"}`), nil }}
	c := dial(t, d)
	c.Judge = func(a wire.Answer) error {
		if a.Status == 404 {
			return mine
		}
		return nil
	}
	a, err := c.Get(t.Context(), "things/1", nil)
	if !errors.Is(err, mine) || a.Status != 404 || len(d.got) != 1 {
		t.Errorf("%v %v", a.Status, err)
	}
	d.answer = func(int, *http.Request) (*http.Response, error) {
		return answer(400, `{"error":"no such filter"}`), nil
	}
	if _, err = c.Get(t.Context(), "things/1", nil); problem.From(err).What != "Desk refused: no such filter." {
		t.Error(err)
	}
}

// TestTokenIsRenewedOnce: P-11.
func TestTokenIsRenewedOnce(t *testing.T) {
	d := &desk{answer: func(_ int, r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") == "Bearer new" {
			return answer(200, "{}"), nil
		}
		return answer(401, ""), nil
	}}
	c := dial(t, d)
	c.Sign = nil
	tokens := []string{}
	c.Token = func(_ context.Context, fresh bool) (string, error) {
		token := map[bool]string{false: "Bearer old", true: "Bearer new"}[fresh]
		tokens = append(tokens, token)
		return token, nil
	}
	if _, err := c.Get(t.Context(), "x", nil); err != nil || len(tokens) != 2 || len(d.got) != 2 {
		t.Errorf("%v %v", tokens, err)
	}
	c.Token = func(context.Context, bool) (string, error) { return "Bearer never", nil }
	d.got = nil
	if _, err := c.Get(t.Context(), "x", nil); problem.From(err).Code != connector.CodeUnauthorized || len(d.got) != 2 {
		t.Errorf("%v after %d", err, len(d.got))
	}
}

func TestEscapedPathsStayAsTheyAre(t *testing.T) {
	d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(200, "{}"), nil }}
	c := dial(t, d)
	c.Escaped = true
	if _, err := c.Get(t.Context(), "/search/a%2Fb%20c?limit=1", nil); err != nil {
		t.Fatal(err)
	}
	if got := d.got[0].URL.String(); got != "https://acme.desk.example/api/search/a%2Fb%20c?limit=1" {
		t.Error(got)
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := wire.Pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
