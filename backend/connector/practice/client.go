package practice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// client makes the calls and tells what their failures mean.
type client struct {
	base  *url.URL
	token secret.Text
	http  *http.Client
}

// readTries is how often a reading call whose answer broke off is made; the
// transport repeats what failed before the answer began.
const readTries = 3

// errNotJSON says that an answer is something else than this desk's.
var errNotJSON = errors.New("the answer is not JSON")

// answer of the desk: status and body, read to the end.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// get reads JSON into v.
func (c *client) get(ctx context.Context, path string, query url.Values, v any) error {
	return c.fetch(ctx, path, query, func(body []byte) error { return json.Unmarshal(body, v) })
}

// fetch reads an answer and lets take make something of its body. An answer that
// breaks off is asked for again.
func (c *client) fetch(ctx context.Context, path string, query url.Values, take func(body []byte) error) error {
	var last error
	for range readTries {
		a, _, err := c.call(ctx, http.MethodGet, path, query, nil)
		if err == nil {
			if err = c.verdict(a); err != nil {
				return err
			}
			if err = take(a.body); err == nil {
				return nil
			}
		}
		last = err
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var syntax *json.SyntaxError
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &syntax) {
			break
		}
	}
	return c.explain(ctx, last)
}

// content is a request's body that can be sent more than once.
type content struct {
	kind string
	open func() (io.ReadCloser, error)
	size int64
}

func jsonContent(v any) (*content, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return &content{
		kind: "application/json", size: int64(b.Len()),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	}, nil
}

// call makes one call. sent is false only when the request surely never reached
// the desk, or was surely not processed.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body *content) (a answer, sent bool, err error) {
	target := *c.base
	target.Path += path
	target.RawQuery = query.Encode()
	req := (&http.Request{
		Method: method, URL: &target, Host: target.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Authorization": {"Bearer " + c.token.Reveal()}, "Accept": {"application/json"}},
	}).WithContext(ctx)
	if body != nil {
		req.Header.Set("Content-Type", body.kind)
		req.Header.Set("X-Import", "true") // silence: see the package comment
		if req.Body, err = body.open(); err != nil {
			return answer{}, false, err
		}
		req.GetBody, req.ContentLength = body.open, body.size
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, !notSent(err), err
	}
	defer resp.Body.Close()
	b, err := readAll(resp)
	if err != nil {
		return answer{}, true, err
	}
	a = answer{status: resp.StatusCode, body: b, header: resp.Header}
	// A failure may come from a proxy in its own words; a success may not.
	if a.status < http.StatusBadRequest && len(b) > 0 && !isJSON(resp.Header.Get("Content-Type")) {
		return a, true, errNotJSON
	}
	return a, true, nil
}

// readAll reads an answer to its end, into room of the size that the desk announced.
func readAll(resp *http.Response) ([]byte, error) {
	const most = 8 << 20 // nobody gets more room than that for a mere announcement
	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength, 0), most)) + bytes.MinRead)
	_, err := b.ReadFrom(resp.Body)
	return b.Bytes(), err
}

func isJSON(kind string) bool {
	kind, _, _ = mime.ParseMediaType(kind) // what cannot be read is no JSON
	return kind == "application/json"
}

// notSent tells from a failure whether the request surely never left. package pace, by
// which every call goes, follows it through net/http and knows.
func notSent(err error) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return errors.Is(err, pace.ErrNotSent) || errors.As(err, &dns) ||
		errors.As(err, &dial) && dial.Op == "dial"
}

// failure is the body of an error.
type failure struct {
	Error struct {
		Code    string       `json:"code"`
		Message string       `json:"message"`
		Fields  []fieldError `json:"fields"`
	} `json:"error"`
}

type fieldError struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Value  string `json:"value"`
}

// verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *client) verdict(a answer) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	var f failure
	_ = json.Unmarshal(a.body, &f) // an answer without our shape has no message
	cause := fmt.Errorf("status %d: %s", a.status, f.Error.Message)
	switch {
	case a.status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, desk)
	case a.status == http.StatusForbidden:
		return connector.Forbidden(cause, desk, f.Error.Message)
	case a.status == http.StatusTooManyRequests:
		until, _ := pace.RetryAfter(a.header, time.Now())
		return connector.Busy(cause, desk, until)
	case a.status >= 500:
		return connector.Failing(cause, desk)
	case len(f.Error.Fields) > 0:
		return refusal(f.Error.Fields, nil)
	case f.Error.Code == "":
		return connector.OtherThing(cause, desk, c.base.Host)
	}
	return problem.Wrap(cause, connector.CodeRefused, desk+" refused: "+sentence(f.Error.Message),
		"The step was not done.", "Look at the detail below, correct it and try again.")
}

// explain turns a failed reading call into a problem.
func (c *client) explain(ctx context.Context, err error) error {
	var p *problem.Problem
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &p):
		return err
	case errors.Is(err, errNotJSON):
		return connector.OtherThing(err, desk, c.base.Host)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return connector.Failing(err, desk)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return connector.Failing(err, desk)
	}
	return connector.Unreachable(err, desk, c.base.Host)
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
