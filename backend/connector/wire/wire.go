// Package wire carries the calls of connectors to their desks: requests with credentials
// that never leave the desk's own host, what failures mean, whether a write surely did not
// happen, and files. It knows nothing of any desk's records; what one desk does otherwise
// is a function or a switch of its Client.
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
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/pace"
)

// Client makes the calls to one desk. Its transport is one of package pace, which says
// whether a request that failed ever left (pace.ErrNotSent).
type Client struct {
	// Desk is what people call it: "Request Tracker".
	Desk string
	// Base is the root of its API; its path ends in a slash.
	Base *url.URL
	HTTP *http.Client
	// Sign adds the credentials to a request. It is only used for the desk's own host.
	// nil: requests go without.
	Sign func(*http.Request)
	// Said reads the desk's own words from the body of a refusal; empty: they are not this desk's.
	Said func(body []byte) string

	// The rest is for desks that do something otherwise, and may be left out.

	// Token gives what Authorization is to hold, where that expires. Where an answer is 401,
	// the request is made again with a fresh one, once. Many may ask at a time.
	Token func(ctx context.Context, fresh bool) (string, error)
	// Judge explains an answer that is no success where the desk says more than its status
	// does; nil: there is nothing to add to Verdict's own words.
	Judge func(Answer) error
	// Refuses tells by what answers the desk says no to one record, rather than to the account.
	Refuses func(Answer) bool
	// Own tells the desk's own hosts of files, besides that of Base (see Download).
	Own func(*url.URL) bool
	// Escaped: paths are given as they stand in an address, with their query.
	Escaped bool

	files *http.Client
}

// New makes a client whose requests go through rt; nobody is followed to another host.
func New(desk string, base *url.URL, rt http.RoundTripper, sign func(*http.Request), said func([]byte) string) *Client {
	c := &Client{
		Desk: desk, Base: base, Sign: sign, Said: said,
		HTTP: &http.Client{
			Transport:     rt,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.files = &http.Client{Transport: rt, CheckRedirect: c.follow}
	return c
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

// OK says that the desk did what it was asked.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// JSON is the answer's body. What Get gives is valid JSON.
func (a Answer) JSON() gjson.Result { return gjson.ParseBytes(a.Body) }

// Wait tells an answer that asks to come again later, and when: such a request was not
// processed.
func (a Answer) Wait() (until time.Time, ok bool) {
	until, told := pace.RetryAfter(a.Header, time.Now())
	return until, a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable && told
}

// Get reads an answer in JSON. One that breaks off is asked for again. With an error the
// answer is what the desk refused with, if it answered at all.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (Answer, error) {
	return c.read(ctx, path, query, func(body []byte) error {
		if !gjson.ValidBytes(body) {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
}

// Read reads an answer in JSON and lets take make something of its body. Where take finds
// half an answer (io.ErrUnexpectedEOF, *json.SyntaxError), it is asked for again.
func (c *Client) Read(ctx context.Context, path string, query url.Values, take func(body []byte) error) error {
	_, err := c.read(ctx, path, query, take)
	return err
}

func (c *Client) read(ctx context.Context, path string, query url.Values, take func(body []byte) error) (Answer, error) {
	var last error
	for range readTries {
		a, _, err := c.Call(ctx, http.MethodGet, path, query, nil, nil)
		if err == nil {
			if err = c.Verdict(a); err != nil {
				return a, err
			}
			if err = take(a.Body); err == nil {
				return a, nil
			}
		}
		last = err
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
		if !half(err) {
			break
		}
	}
	return Answer{}, c.Explain(ctx, last)
}

// half tells an answer of which only a part came.
func half(err error) bool {
	var syntax *json.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax)
}

// Call makes one call. reached is false only when the request surely never reached the
// desk, or was surely not processed.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, body *Body,
	header map[string]string,
) (a Answer, reached bool, err error) {
	address, err := c.address(path, query)
	if err != nil {
		return Answer{}, false, err
	}
	if c.Token == nil {
		return c.once(ctx, method, address, body, header, "")
	}
	for _, fresh := range []bool{false, true} {
		var token string
		if token, err = c.Token(ctx, fresh); err != nil {
			return Answer{}, false, err
		}
		if a, reached, err = c.once(ctx, method, address, body, header, token); err != nil || a.Status != http.StatusUnauthorized {
			return a, reached, err
		}
	}
	return a, reached, nil
}

func (c *Client) once(ctx context.Context, method string, address *url.URL, body *Body, header map[string]string, token string) (Answer, bool, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, false, err
	}
	req := request(ctx, method, address)
	c.sign(req, token)
	req.Header.Set("Accept", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if body != nil {
		req.Header.Set("Content-Type", body.Kind)
		var err error
		if req.Body, err = body.Open(); err != nil {
			return Answer{}, false, err
		}
		req.GetBody, req.ContentLength = body.Open, body.Size
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		err = bare(err)
		return Answer{}, !notSent(err), err
	}
	defer resp.Body.Close()
	b, err := readAll(resp)
	if err != nil {
		return Answer{}, true, err
	}
	a := Answer{Status: resp.StatusCode, Body: b, Header: resp.Header}
	// A failure may come from a proxy in its own words; a success may not.
	if a.OK() && len(b) > 0 && !isJSON(resp.Header.Get("Content-Type")) {
		return a, true, ErrNotJSON
	}
	return a, true, nil
}

// request is what http.NewRequest would make of an address, which it would read once more.
func request(ctx context.Context, method string, address *url.URL) *http.Request {
	return (&http.Request{
		Method: method, URL: address, Host: address.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header, 6),
	}).WithContext(ctx)
}

func isJSON(kind string) bool {
	if kind == "application/json" || kind == "application/json; charset=utf-8" {
		return true
	}
	kind, _, _ = mime.ParseMediaType(kind) // what cannot be read is no JSON
	return kind == "application/json"
}

func (c *Client) sign(req *http.Request, token string) {
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	if c.Sign != nil {
		c.Sign(req)
	}
}

func (c *Client) address(path string, query url.Values) (*url.URL, error) {
	if c.Escaped {
		at := strings.TrimSuffix(c.Base.String(), "/") + "/" + strings.TrimPrefix(path, "/")
		if len(query) > 0 {
			at += "?" + query.Encode()
		}
		u, err := url.Parse(at)
		if err != nil {
			return nil, fmt.Errorf("prepare request: %w", err)
		}
		return u, nil
	}
	target := *c.Base
	target.Path += path
	// Spaces as %20: Perl servers take a plus in a query for a space, others do not.
	target.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return &target, nil
}

// readAll reads an answer to its end, into room of the size that the desk announced.
func readAll(resp *http.Response) ([]byte, error) {
	const most = 8 << 20 // nobody gets more room than that for a mere announcement
	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength, 0), most)) + bytes.MinRead)
	_, err := b.ReadFrom(resp.Body)
	return b.Bytes(), err
}

// bare is a failure without the address that net/http puts before it: addresses of files are
// keys to them, and stand in no log.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// notSent tells from a failure whether the request surely never left. The transport knows;
// names and addresses that lead nowhere are told by themselves.
func notSent(err error) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return errors.Is(err, pace.ErrNotSent) || errors.As(err, &dns) || errors.As(err, &dial) && dial.Op == "dial"
}
