package zendesk

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
	"slices"
	"strings"
	"sync"
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
	base    *url.URL
	auth    string
	email   string
	id      string
	secrets map[string]secret.Text
	http    *http.Client

	mu     sync.Mutex
	bearer secret.Text // of an OAuth client, until it expires
	until  time.Time
}

// readTries is how often a reading call whose answer broke off is made; the transport
// repeats what failed before the answer began.
const readTries = 3

// errNotJSON says that an answer is something else than this desk's.
var errNotJSON = errors.New("the answer is not JSON")

// answer of the desk: status and body, read to the end.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// content is a request's body that can be sent more than once.
type content struct {
	kind string
	open func() (io.ReadCloser, error)
	size int64
}

func bytesContent(b []byte) *content {
	return &content{
		kind: "application/json", size: int64(len(b)),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
	}
}

func jsonContent(v any) (*content, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return bytesContent(b.Bytes()), nil
}

// get reads an answer of a list or a record. One that breaks off is asked for again.
func (c *client) get(ctx context.Context, path string, query url.Values) (gjson.Result, answer, error) {
	var last error
	for range readTries {
		a, _, err := c.call(ctx, http.MethodGet, path, query, nil)
		if err == nil {
			if err = c.verdict(a); err != nil {
				return gjson.Result{}, a, err
			}
			if gjson.ValidBytes(a.body) {
				return gjson.ParseBytes(a.body), a, nil
			}
			err = io.ErrUnexpectedEOF
		}
		last = err
		if ctx.Err() != nil {
			return gjson.Result{}, a, ctx.Err()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
	}
	return gjson.Result{}, answer{}, c.explain(ctx, last)
}

// call makes one call. sent is false only when the request surely never reached the desk,
// or was surely not processed. A token that expired meanwhile is renewed, once.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body *content) (a answer, sent bool, err error) {
	for fresh := range 2 {
		header, err := c.credentials(ctx, fresh > 0)
		if err != nil {
			return answer{}, false, err
		}
		a, sent, err = c.once(ctx, method, "/api/v2/"+path, query, body, header)
		if err != nil || a.status != http.StatusUnauthorized || c.auth != AuthClient {
			return a, sent, err
		}
	}
	return a, sent, err
}

func (c *client) once(ctx context.Context, method, path string, query url.Values, body *content, authorization string) (a answer, sent bool, err error) {
	target := *c.base
	target.Path = path
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
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
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

// credentials gives the header's value, asking for a token where there is a client.
func (c *client) credentials(ctx context.Context, fresh bool) (string, error) {
	switch c.auth {
	case AuthToken:
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(c.email+"/token", c.secrets[SettingToken].Reveal())
		return r.Header.Get("Authorization"), nil
	case AuthBearer:
		return "Bearer " + c.secrets[SettingAccessToken].Reveal(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bearer != "" && !fresh && time.Now().Before(c.until) {
		return "Bearer " + c.bearer.Reveal(), nil
	}
	body, err := jsonContent(map[string]any{
		"grant_type": "client_credentials", "client_id": c.id, "client_secret": c.secrets[SettingClientSecret].Reveal(), "scope": "read write",
	})
	if err != nil {
		return "", err
	}
	a, _, err := c.once(ctx, http.MethodPost, "/oauth/tokens", nil, body, "")
	if err != nil {
		return "", c.explain(ctx, err)
	}
	if a.status == http.StatusBadRequest || a.status == http.StatusUnauthorized {
		return "", connector.Unauthorized(fmt.Errorf("status %d", a.status), desk)
	}
	if err := c.verdict(a); err != nil {
		return "", err
	}
	token := gjson.GetBytes(a.body, "access_token").String()
	if token == "" {
		return "", connector.OtherThing(nil, desk, c.base.Host)
	}
	life := gjson.GetBytes(a.body, "expires_in").Int()
	if life <= 0 {
		life = 1800
	}
	c.bearer, c.until = secret.Text(token), time.Now().Add(time.Duration(life)*time.Second*9/10)
	return "Bearer " + token, nil
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

// failure is what an error of Zendesk says; its bodies have several shapes.
type failure struct {
	code, text string
	// fields says why, by field.
	fields map[string]string
}

func readFailure(body []byte) (f failure, ok bool) {
	if !gjson.ValidBytes(body) {
		return f, false
	}
	v := gjson.ParseBytes(body)
	e := v.Get("error")
	switch {
	case e.IsObject():
		f.code, f.text = e.Get("title").String(), e.Get("message").String()
	case e.Exists():
		f.code, f.text = e.String(), v.Get("description").String()
		if f.text == "" {
			f.text = v.Get("error_description").String()
		}
	case v.Get("errors").IsArray():
		f.code, f.text = v.Get("errors.0.code").String(), v.Get("errors.0.detail").String()
	case v.Get("errors").IsObject():
		f.code = "RecordInvalid"
	default:
		return f, false
	}
	f.fields = map[string]string{}
	for _, at := range []string{"details", "errors"} {
		if d := v.Get(at); d.IsObject() {
			d.ForEach(func(k, x gjson.Result) bool {
				text := x.Get("0.description").String()
				if text == "" {
					text = x.Get("0").String()
				}
				f.fields[k.String()] = text
				return true
			})
		}
	}
	return f, true
}

// verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *client) verdict(a answer) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	f, ok := readFailure(a.body)
	cause := fmt.Errorf("status %d: %s: %s", a.status, f.code, f.text)
	switch {
	case a.status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, desk)
	case a.status == http.StatusForbidden:
		return connector.Forbidden(cause, desk, sentence(f.text))
	case a.status == http.StatusTooManyRequests:
		until, _ := pace.RetryAfter(a.header, time.Now())
		return connector.Busy(cause, desk, until)
	case a.status >= 500:
		return connector.Failing(cause, desk)
	case !ok:
		return connector.OtherThing(cause, desk, c.base.Host)
	case len(f.fields) > 0:
		return refusal(f.fields)
	}
	return problem.Wrap(cause, connector.CodeRefused, desk+" refused: "+sentence(f.text),
		"The step was not done.", "Look at the detail below, correct it and try again.")
}

// explain turns a failed call into a problem.
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

// unavailable says that a part of Zendesk is not there for us: the plan or a right lacks.
func unavailable(err error) bool {
	p := problem.From(err)
	return p != nil && slices.Contains([]problem.Code{connector.CodeForbidden, connector.CodeRefused, connector.CodeOther}, p.Code)
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
