package freshdesk

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

const root = "/api/v2/"

// client makes the calls and tells what their failures mean.
type client struct {
	base *url.URL
	key  secret.Text
	http *http.Client
}

// readTries is how often a reading call whose answer broke off is made; the transport
// repeats what failed before the answer began.
const readTries = 3

var (
	errNotJSON = errors.New("the answer is not JSON")
	// errAbsent is in the error of a call for something that is not there.
	errAbsent = errors.New("not found")
	// errFeature is in the error of a call that the account's plan does not include.
	errFeature = errors.New("require_feature")
)

// answer of the desk: status and body, read to the end.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// get reads an answer. One that breaks off is asked for again.
func (c *client) get(ctx context.Context, path string, query url.Values) (answer, error) {
	var last error
	for range readTries {
		a, _, err := c.call(ctx, http.MethodGet, path, query, nil)
		if err == nil {
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
			return a, ctx.Err()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
	}
	return answer{}, c.explain(ctx, last)
}

// one reads a single object.
func (c *client) one(ctx context.Context, path string, query url.Values) (gjson.Result, error) {
	a, err := c.get(ctx, path, query)
	if err != nil {
		return gjson.Result{}, err
	}
	x := gjson.ParseBytes(a.body)
	if !x.IsObject() {
		return x, connector.OtherThing(errNotJSON, desk, c.base.Host)
	}
	return x, nil
}

// list reads one page of a list; more says that there is another. next addresses are
// not followed, so that no answer leads the key elsewhere.
func (c *client) list(ctx context.Context, path string, query url.Values) (items []gjson.Result, more bool, err error) {
	a, err := c.get(ctx, path, query)
	if err != nil {
		return nil, false, err
	}
	x := gjson.ParseBytes(a.body)
	if !x.IsArray() {
		return nil, false, connector.OtherThing(errNotJSON, desk, c.base.Host)
	}
	return x.Array(), strings.Contains(a.header.Get("Link"), `rel="next"`), nil
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

// call makes one call. sent is false only when the request surely never reached the
// desk, or was surely not processed.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body *content) (a answer, sent bool, err error) {
	target := *c.base
	target.Path += path
	target.RawQuery = query.Encode()
	var connected, asked atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true); connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(traced, method, target.String(), nil)
	if err != nil {
		return answer{}, false, fmt.Errorf("prepare request: %w", err)
	}
	req.SetBasicAuth(c.key.Reveal(), "X")
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
	b, err := readAll(resp)
	if err != nil {
		return answer{}, true, err
	}
	a = answer{status: resp.StatusCode, body: b, header: resp.Header}
	// A failure may come from a proxy in its own words; a success may not.
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if a.status < http.StatusBadRequest && kind != "application/json" && len(b) > 0 {
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

// notSent tells from a failure whether the request surely never left.
func notSent(err error, neverConnected bool) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return neverConnected || errors.Is(err, pace.ErrNotSent) || errors.As(err, &dns) ||
		errors.As(err, &dial) && dial.Op == "dial"
}

// failure is the body of an error, in either of its shapes (freshdesk.md, Errors).
type failure struct {
	Description string       `json:"description"`
	Code        string       `json:"code"`
	Message     string       `json:"message"`
	Errors      []fieldError `json:"errors"`
}

type fieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Info    struct {
		User json.Number `json:"user_id"`
	} `json:"additional_info"`
}

func (a answer) failure() failure {
	var f failure
	_ = json.Unmarshal(a.body, &f) // an answer without our shape has no message
	return f
}

// verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *client) verdict(a answer) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	f := a.failure()
	cause := fmt.Errorf("status %d: %s %s", a.status, f.Code, f.Message)
	switch {
	case a.status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, desk).At(problem.Place{Field: SettingKey})
	case a.status == http.StatusForbidden && f.Code == "require_feature":
		return connector.Forbidden(errors.Join(errFeature, cause), desk, "the account's plan does not include it.")
	case a.status == http.StatusForbidden:
		return connector.Forbidden(cause, desk, "the key belongs to somebody who may not do it. An administrator may.")
	case a.status == http.StatusNotFound:
		return problem.Wrap(errors.Join(errAbsent, cause), connector.CodeNoRecord, "Freshdesk does not have what was asked for.",
			"The address may be that of another account, or somebody deleted the record.", "Check the address of the desk, then try again.")
	case a.status == http.StatusTooManyRequests:
		until, _ := pace.RetryAfter(a.header, time.Now())
		return connector.Busy(cause, desk, until)
	case a.status >= 500:
		return connector.Failing(cause, desk)
	case a.status >= 400 && len(f.Errors) > 0:
		return refusal(f.Errors, nil)
	case a.status >= 400 && f.Code != "":
		return problem.Wrap(cause, connector.CodeRefused, desk+" refused: "+sentence(f.Message),
			"The step was not done.", "Look at the detail below, correct it and try again.")
	case a.status == http.StatusMethodNotAllowed:
		return problem.Wrap(cause, connector.CodeNoRecord, "The record lies in the trash or in spam.",
			"Freshdesk does not let it be changed there.", "Restore it in Freshdesk, or leave it out.")
	}
	return connector.OtherThing(cause, desk, c.base.Host)
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
	return connector.Unreachable(err, desk, c.base.Host)
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
