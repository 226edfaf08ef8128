package front

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
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// client makes the calls and tells what their failures mean.
type client struct {
	base  string // scheme and host
	host  string
	token secret.Text
	http  *http.Client
}

// readTries is how often a reading call whose answer broke off is made; the transport
// repeats what failed before the answer began.
const readTries = 3

var (
	errNotJSON = errors.New("the answer is not JSON")
	// errGone says that there is no such record, or that the token does not see it.
	errGone = errors.New("there is no such record")
)

// answer of Front, read to the end.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// content is a request's body that can be sent more than once.
type content struct {
	kind string
	open func() (io.ReadCloser, error)
	size int64 // -1: unknown
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

// path joins parts of an address, each of them escaped.
func path(parts ...string) string {
	out := ""
	for _, p := range parts {
		out += "/" + url.PathEscape(p)
	}
	return out
}

// get reads JSON from an address: path and query. What is not there is errGone; a record that
// was merged is a movedTo.
func (c *client) get(ctx context.Context, at string) (gjson.Result, error) {
	a, err := c.getAnswer(ctx, at)
	return gjson.ParseBytes(a.body), err
}

// movedTo says that a conversation was merged into another one.
type movedTo struct{ id string }

func (m movedTo) Error() string { return "the record was merged into " + m.id }

// vanished tells that a record was merged or deleted.
func vanished(err error) bool {
	var to movedTo
	return errors.Is(err, errGone) || errors.As(err, &to)
}

func (c *client) getAnswer(ctx context.Context, at string) (answer, error) {
	var last error
	for range readTries {
		a, _, err := c.call(ctx, http.MethodGet, at, nil)
		if err == nil {
			switch {
			case a.status == http.StatusNotFound && gjson.GetBytes(a.body, "_error").Exists():
				return a, errGone
			case a.status == http.StatusMovedPermanently && lastPart(a.header.Get("Location"), "conversations") != "":
				return a, movedTo{lastPart(a.header.Get("Location"), "conversations")}
			}
			if err = c.verdict(a); err != nil {
				return a, err
			}
			if gjson.ValidBytes(a.body) {
				return a, nil
			}
			err = io.ErrUnexpectedEOF
		}
		last = err
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
	}
	return answer{}, c.explain(ctx, last)
}

// lastPart reads the id behind a resource's name in an address: ".../conversations/cnv_1/x".
func lastPart(address, resource string) string {
	_, rest, ok := strings.Cut(address, "/"+resource+"/")
	if !ok {
		return ""
	}
	return strings.FieldsFunc(rest+"/", func(r rune) bool { return r == '/' || r == '?' })[0]
}

// call makes one call. sent is false only when the request surely never reached Front, or
// was surely not processed.
func (c *client) call(ctx context.Context, method, at string, body *content) (a answer, sent bool, err error) {
	if err := ctx.Err(); err != nil {
		return answer{}, false, err
	}
	var connected, asked atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true); connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(traced, method, c.base+at, nil)
	if err != nil {
		return answer{}, false, fmt.Errorf("prepare request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", body.kind)
		if req.Body, err = body.open(); err != nil {
			return answer{}, false, err
		}
		req.GetBody, req.ContentLength = body.open, body.size
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, !notSent(err, asked.Load() && !connected.Load()), err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, true, err
	}
	a = answer{status: resp.StatusCode, body: b, header: resp.Header}
	// A failure may come from a proxy in its own words; a success may not.
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if a.status < http.StatusMultipleChoices && kind != "application/json" && len(b) > 0 {
		return a, true, errNotJSON
	}
	return a, true, nil
}

// notSent tells from a failure whether the request surely never left.
func notSent(err error, neverConnected bool) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return neverConnected || errors.Is(err, pace.ErrNotSent) || errors.As(err, &dns) ||
		errors.As(err, &dial) && dial.Op == "dial"
}

// said reads Front's own words from a refusal: message and details.
func said(body []byte) (message string, details []string) {
	e := gjson.GetBytes(body, "_error")
	for _, d := range e.Get("details").Array() {
		details = append(details, d.String())
	}
	if message = e.Get("message").String(); message == "" {
		message = e.Get("title").String()
	}
	return message, details
}

// verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *client) verdict(a answer) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	message, details := said(a.body)
	words := strings.TrimSuffix(strings.Join(append([]string{message}, details...), "; "), ".")
	cause := fmt.Errorf("status %d: %s", a.status, words)
	switch {
	case a.status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, desk)
	case a.status == http.StatusForbidden:
		if words == "" {
			words = "the token lacks a right"
		}
		return connector.Forbidden(cause, desk, words)
	case a.status == http.StatusTooManyRequests:
		until, _ := pace.RetryAfter(a.header, time.Now())
		return connector.Busy(cause, desk, until)
	case a.status >= 500:
		return connector.Failing(cause, desk)
	case a.status >= 300 && a.status < 400 || words == "":
		return connector.OtherThing(cause, desk, c.host)
	}
	return problem.Wrap(cause, connector.CodeRefused, desk+" refused: "+words+".",
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
		return connector.OtherThing(err, desk, c.host)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return connector.Failing(err, desk)
	}
	return connector.Unreachable(err, desk, c.host)
}

// sent is what became of one writing call.
type sent struct {
	answer
	// state is Created when Front took it, Refused when it said no to this record, Unsent
	// when it was surely not processed, else Unknown.
	state connector.State
	err   *problem.Problem
	// stop concerns every further call as well: no right, no network, a cancelled context.
	stop error
}

// write makes one writing call and says what became of it.
func (c *client) write(ctx context.Context, method, at string, v any) sent {
	body, ok := v.(*content)
	if !ok && v != nil {
		var err error
		if body, err = jsonContent(v); err != nil {
			return sent{state: connector.Unsent, err: connector.NotSent(err, desk), stop: err}
		}
	}
	a, reached, err := c.call(ctx, method, at, body)
	switch {
	case err != nil && !reached:
		stop := c.explain(ctx, err)
		return sent{state: connector.Unsent, err: unsent(stop), stop: stop}
	case err == nil && a.status >= 200 && a.status < 300 && (len(a.body) == 0 || gjson.ValidBytes(a.body)):
		return sent{answer: a, state: connector.Created}
	case err == nil && (a.status == 400 || a.status == 404 || a.status == 409 || a.status == 413 || a.status == 422) && gjson.GetBytes(a.body, "_error").Exists():
		return sent{answer: a, state: connector.Refused}
	case err == nil && a.status >= 300 && a.status < 500 || err == nil && refusedForNow(a):
		stop := c.verdict(a)
		if refusedForNow(a) {
			until, _ := pace.RetryAfter(a.header, time.Now())
			stop = connector.Busy(stop, desk, until)
		}
		return sent{answer: a, state: connector.Unsent, err: unsent(stop), stop: stop}
	}
	if err == nil {
		if err = c.verdict(a); err == nil {
			err = io.ErrUnexpectedEOF
		}
	}
	return sent{answer: a, state: connector.Unknown, err: connector.NoAnswer(err, desk), stop: ctx.Err()}
}

// refusedForNow tells a 503 that asks to wait, which Front did not process.
func refusedForNow(a answer) bool {
	_, ok := pace.RetryAfter(a.header, time.Now())
	return ok && a.status == http.StatusServiceUnavailable
}

// unsent is the problem of a record that was not sent, because of what stopped the run.
func unsent(stop error) *problem.Problem {
	p := connector.NotSent(stop, desk)
	if why := problem.From(stop); why != nil {
		p = p.Retry(why.RetryAt)
	}
	return p
}

// pause waits, but not longer than the context lives.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
