package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// client makes the calls.
type client struct{ *wire.Client }

func newClient(base *url.URL, cfg map[string]string, secrets map[string]secret.Text, rt http.RoundTripper) client {
	at := func(path string) *url.URL { return &url.URL{Scheme: base.Scheme, Host: base.Host, Path: path} }
	c := wire.New(desk, at("/api/v2/"), rt, nil, said)
	c.Judge, c.Own = judge, ours
	switch cfg[SettingAuth] {
	case AuthToken:
		c.Sign = func(r *http.Request) {
			r.SetBasicAuth(cfg[SettingEmail]+"/token", secrets[SettingToken].Reveal())
		}
	case AuthBearer:
		c.Sign = func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+secrets[SettingAccessToken].Reveal())
		}
	default:
		asked := wire.New(desk, at("/oauth/"), rt, nil, said)
		asked.Judge = judge
		c.Token = (&tokens{asked: asked, id: cfg[SettingClientID], secret: secrets[SettingClientSecret]}).get
	}
	return client{c}
}

// tokens are the access tokens of an OAuth client, which live half an hour.
type tokens struct {
	asked  *wire.Client
	id     string
	secret secret.Text

	mu     sync.Mutex
	bearer secret.Text
	until  time.Time
}

// get gives what the header of authorization is to hold, asking for a token where there is
// none that still lives.
func (t *tokens) get(ctx context.Context, fresh bool) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bearer != "" && !fresh && time.Now().Before(t.until) {
		return "Bearer " + t.bearer.Reveal(), nil
	}
	body, err := wire.JSON(map[string]any{
		"grant_type": "client_credentials", "client_id": t.id, "client_secret": t.secret.Reveal(), "scope": "read write",
	})
	if err != nil {
		return "", err
	}
	a, err := t.asked.Do(ctx, http.MethodPost, "tokens", body)
	if a.Status == http.StatusBadRequest || a.Status == http.StatusUnauthorized {
		return "", connector.Unauthorized(fmt.Errorf("status %d", a.Status), desk)
	}
	if err != nil {
		return "", err
	}
	token := gjson.GetBytes(a.Body, "access_token").String()
	if token == "" {
		return "", connector.OtherThing(nil, desk, t.asked.Base.Host)
	}
	life := gjson.GetBytes(a.Body, "expires_in").Int()
	if life <= 0 {
		life = 1800
	}
	t.bearer, t.until = secret.Text(token), time.Now().Add(time.Duration(life)*time.Second*9/10)
	return "Bearer " + token, nil
}

// get reads an answer of a list or a record. One that breaks off is asked for again.
func (c client) get(ctx context.Context, path string, query url.Values) (gjson.Result, wire.Answer, error) {
	a, err := c.Get(ctx, path, query)
	if err != nil {
		return gjson.Result{}, a, err
	}
	return a.JSON(), a, nil
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

// said reads Zendesk's own words from the body of a refusal.
func said(body []byte) string {
	f, _ := readFailure(body)
	if f.text == "" {
		return f.code
	}
	return f.text
}

// judge explains an answer that says what is wrong with which field.
func judge(a wire.Answer) error {
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return nil
	}
	if f, _ := readFailure(a.Body); len(f.fields) > 0 && a.Status >= 400 && a.Status < 500 {
		return refusal(f.fields)
	}
	return nil
}

// unavailable says that a part of Zendesk is not there for us: the plan or a right lacks.
func unavailable(err error) bool {
	p := problem.From(err)
	return p != nil && slices.Contains([]problem.Code{connector.CodeForbidden, connector.CodeRefused, connector.CodeOther}, p.Code)
}

// errUnknown says that nobody knows what became of a request.
var errUnknown = errors.New("no answer")

// errRefused says that a request was refused as a whole, and did nothing.
type errRefused struct {
	status int
	why    *problem.Problem
}

func (e *errRefused) Error() string { return fmt.Sprintf("refused with status %d", e.status) }

// send makes one request that changes something. Its error is errUnknown, *errRefused, or
// a problem that stops the run and that came before anything was done.
func (c *conn) send(ctx context.Context, method, path string, query url.Values, body *wire.Body) (gjson.Result, error) {
	a, reached, err := c.client.Call(ctx, method, path, query, body, nil)
	if err != nil {
		if !reached {
			return gjson.Result{}, c.client.Explain(ctx, err)
		}
		return gjson.Result{}, fmt.Errorf("%w: %w", errUnknown, err)
	}
	until, wait := a.Wait()
	switch {
	case wait:
		return gjson.Result{}, connector.Busy(fmt.Errorf("status %d", a.Status), desk, until)
	case a.OK() && len(a.Body) == 0:
		return gjson.Result{}, nil
	case a.OK() && gjson.ValidBytes(a.Body):
		return a.JSON(), nil
	case a.OK():
		return gjson.Result{}, fmt.Errorf("%w: half an answer", errUnknown)
	case a.Status >= 500 || a.Status < 400: // who is sent elsewhere cannot know whether the desk acted first
		return gjson.Result{}, fmt.Errorf("%w: status %d", errUnknown, a.Status)
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		return gjson.Result{}, c.client.Verdict(a)
	}
	return gjson.Result{}, &errRefused{status: a.Status, why: problem.From(c.client.Verdict(a))}
}

// ours tells the hosts where Zendesk keeps files.
func ours(u *url.URL) bool {
	return strings.HasSuffix(u.Hostname(), ".zendesk.com") || strings.HasSuffix(u.Hostname(), ".zdusercontent.com")
}
