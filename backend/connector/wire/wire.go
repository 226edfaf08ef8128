// Package wire carries the calls of connectors to desks that people run themselves
// (Request Tracker, Redmine): JSON requests, what their failures mean, and whether a
// write surely did not happen. It knows nothing of any desk's records.
package wire

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

	"waybill/backend/connector"
	"waybill/backend/pace"
	"waybill/backend/problem"
)

// Client makes the calls to one desk.
type Client struct {
	// Desk is what people call it: "Request Tracker".
	Desk string
	// Base is the root of its API; its path ends in a slash.
	Base *url.URL
	HTTP *http.Client
	// Sign adds the credentials to a request. It is only used for the desk's own host.
	Sign func(*http.Request)
	// Said reads the desk's own words from the body of a refusal.
	Said func(body []byte) string
}

// New makes a client whose requests go through rt; nobody is followed to another host.
func New(desk string, base *url.URL, rt http.RoundTripper, sign func(*http.Request), said func([]byte) string) *Client {
	return &Client{
		Desk: desk, Base: base, Sign: sign, Said: said,
		HTTP: &http.Client{
			Transport:     rt,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// readTries is how often a reading call whose answer broke off is made; the transport
// repeats what failed before the answer began.
const readTries = 3

// ErrNotJSON says that an answer is something else than this desk's.
var ErrNotJSON = errors.New("the answer is not JSON")

// Answer of the desk, read to the end.
type Answer struct {
	Status int
	Body   []byte
	Header http.Header
}

// Body of a request, which can be sent more than once.
type Body struct {
	Kind string
	Open func() (io.ReadCloser, error)
	// Size in bytes; -1: unknown.
	Size int64
}

// JSON makes a body of a value.
func JSON(v any) (*Body, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return &Body{
		Kind: "application/json", Size: int64(b.Len()),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	}, nil
}

// Get reads an answer in JSON. One that breaks off is asked for again.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (Answer, error) {
	var last error
	for range readTries {
		a, _, err := c.Call(ctx, http.MethodGet, path, query, nil, nil)
		if err == nil {
			if err = c.Verdict(a); err != nil {
				return a, err
			}
			if json.Valid(a.Body) {
				return a, nil
			}
			err = io.ErrUnexpectedEOF
		}
		last = err
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
	}
	return Answer{}, c.Explain(ctx, last)
}

// Call makes one call. reached is false only when the request surely never reached the
// desk, or was surely not processed.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, body *Body,
	header map[string]string,
) (a Answer, reached bool, err error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, false, err
	}
	var connected, asked atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true); connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(traced, method, c.address(path, query), nil)
	if err != nil {
		return Answer{}, false, fmt.Errorf("prepare request: %w", err)
	}
	c.Sign(req)
	req.Header.Set("Accept", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if body != nil {
		req.Header.Set("Content-Type", body.Kind)
		if req.Body, err = body.Open(); err != nil {
			return Answer{}, false, err
		}
		req.GetBody, req.ContentLength = body.Open, body.Size
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{}, !notSent(err, asked.Load() && !connected.Load()), err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{}, true, err
	}
	a = Answer{Status: resp.StatusCode, Body: b, Header: resp.Header}
	// A failure may come from a proxy in its own words; a success may not.
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if a.Status < http.StatusBadRequest && kind != "application/json" && len(b) > 0 {
		return a, true, ErrNotJSON
	}
	return a, true, nil
}

func (c *Client) address(path string, query url.Values) string {
	target := *c.Base
	target.Path += path
	// Spaces as %20: Perl servers take a plus in a query for a space, others do not.
	target.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return target.String()
}

// notSent tells from a failure whether the request surely never left.
func notSent(err error, neverConnected bool) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return neverConnected || errors.Is(err, pace.ErrNotSent) || errors.As(err, &dns) ||
		errors.As(err, &dial) && dial.Op == "dial"
}

// Open streams the body of a GET; its failures are explained.
func (c *Client) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address(path, nil), nil)
	if err != nil {
		return nil, fmt.Errorf("prepare request: %w", err)
	}
	c.Sign(req)
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, c.Explain(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, c.Explain(ctx, err)
	}
	return nil, c.Verdict(Answer{Status: resp.StatusCode, Body: b, Header: resp.Header})
}

// Verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *Client) Verdict(a Answer) error {
	if a.Status >= 200 && a.Status < 300 {
		return nil
	}
	said := c.Said(a.Body)
	cause := fmt.Errorf("status %d: %s", a.Status, said)
	switch {
	case a.Status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, c.Desk)
	case a.Status == http.StatusForbidden:
		if said == "" {
			said = "the account has no right to it"
		}
		return connector.Forbidden(cause, c.Desk, said)
	case a.Status == http.StatusTooManyRequests:
		until, _ := pace.RetryAfter(a.Header, time.Now())
		return connector.Busy(cause, c.Desk, until)
	case a.Status >= 500:
		return connector.Failing(cause, c.Desk)
	case a.Status >= 300 && a.Status < 400 || said == "":
		return connector.OtherThing(cause, c.Desk, c.Base.Host)
	}
	return problem.Wrap(cause, connector.CodeRefused, c.Desk+" refused: "+sentence(said),
		"The step was not done.", "Look at the detail below, correct it and try again.")
}

// Explain turns a failed reading call into a problem.
func (c *Client) Explain(ctx context.Context, err error) error {
	var p *problem.Problem
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &p):
		return err
	case errors.Is(err, ErrNotJSON):
		return connector.OtherThing(err, c.Desk, c.Base.Host)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax):
		return connector.Failing(err, c.Desk)
	}
	return connector.Unreachable(err, c.Desk, c.Base.Host)
}

// Sent is the verdict of one writing call.
type Sent struct {
	Answer
	// State is Created when the desk took it (2xx), Refused when it said no to this record,
	// Unsent when it surely was not processed, else Unknown.
	State connector.State
	// Err says why it is not Created.
	Err *problem.Problem
	// Stop is what concerns every further call as well: no right, no network, a cancelled context.
	Stop error
}

// Write makes one writing call and says what became of it. refusals lists the statuses by
// which the desk says no to a record rather than to the whole account.
func (c *Client) Write(ctx context.Context, method, path string, body *Body, header map[string]string, refusals ...int) Sent {
	a, reached, err := c.Call(ctx, method, path, nil, body, header)
	if err != nil && !reached {
		stop := c.Explain(ctx, err)
		return Sent{State: connector.Unsent, Err: Unsent(stop, c.Desk), Stop: stop}
	}
	if err == nil && a.Status >= 200 && a.Status < 300 && (len(a.Body) == 0 || json.Valid(a.Body)) {
		return Sent{Answer: a, State: connector.Created}
	}
	for _, s := range refusals {
		if err == nil && a.Status == s {
			return Sent{Answer: a, State: connector.Refused}
		}
	}
	_, wait := pace.RetryAfter(a.Header, time.Now())
	if err == nil && (a.Status >= 300 && a.Status < 500 || a.Status == http.StatusServiceUnavailable && wait) {
		stop := c.Verdict(a)
		if wait && a.Status == http.StatusServiceUnavailable {
			until, _ := pace.RetryAfter(a.Header, time.Now())
			stop = connector.Busy(stop, c.Desk, until)
		}
		return Sent{Answer: a, State: connector.Unsent, Err: Unsent(stop, c.Desk), Stop: stop}
	}
	if err == nil {
		if err = c.Verdict(a); err == nil {
			err = io.ErrUnexpectedEOF
		}
	}
	return Sent{Answer: a, State: connector.Unknown, Err: connector.NoAnswer(err, c.Desk), Stop: ctx.Err()}
}

// Unsent is the problem of a record that was not sent, because of what stopped the run.
func Unsent(stop error, desk string) *problem.Problem {
	p := connector.NotSent(stop, desk)
	if why := problem.From(stop); why != nil {
		p = p.Retry(why.RetryAt)
	}
	return p
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
