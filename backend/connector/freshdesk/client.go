package freshdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

const root = "/api/v2/"

// client makes the calls.
type client struct{ *wire.Client }

var (
	// errAbsent is in the error of a call for something that is not there.
	errAbsent = errors.New("not found")
	// errFeature is in the error of a call that the account's plan does not include.
	errFeature = errors.New("require_feature")
)

func newClient(base *url.URL, key secret.Text, rt http.RoundTripper) client {
	c := wire.New(desk, &url.URL{Scheme: base.Scheme, Host: base.Host, Path: root}, rt,
		func(r *http.Request) { r.SetBasicAuth(key.Reveal(), "X") },
		func(body []byte) string { return readFailure(body).Message })
	c.Judge, c.Own = judge, ours
	// What is left of 4xx is about one record.
	c.Refuses = func(a wire.Answer) bool {
		return a.Status >= 400 && a.Status < 500 && a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden && a.Status != http.StatusTooManyRequests
	}
	return client{c}
}

// one reads a single object.
func (c client) one(ctx context.Context, path string, query url.Values) (gjson.Result, error) {
	a, err := c.Get(ctx, path, query)
	if err != nil {
		return gjson.Result{}, err
	}
	x := a.JSON()
	if !x.IsObject() {
		return x, connector.OtherThing(wire.ErrNotJSON, desk, c.Base.Host)
	}
	return x, nil
}

// list reads one page of a list; more says that there is another. next addresses are
// not followed, so that no answer leads the key elsewhere.
func (c client) list(ctx context.Context, path string, query url.Values) (items []gjson.Result, more bool, err error) {
	a, err := c.Get(ctx, path, query)
	if err != nil {
		return nil, false, err
	}
	x := a.JSON()
	if !x.IsArray() {
		return nil, false, connector.OtherThing(wire.ErrNotJSON, desk, c.Base.Host)
	}
	return x.Array(), strings.Contains(a.Header.Get("Link"), `rel="next"`), nil
}

// change changes something of the account's own making, such as its fields; v: the values.
func (c client) change(ctx context.Context, method, path string, v any) (wire.Answer, error) {
	body, err := wire.JSON(v)
	if err != nil {
		return wire.Answer{}, err
	}
	return c.Do(ctx, method, path, body)
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

func failureOf(a wire.Answer) failure { return readFailure(a.Body) }

func readFailure(body []byte) failure {
	var f failure
	_ = json.Unmarshal(body, &f) // an answer without our shape has no message
	return f
}

// judge explains what Freshdesk says no to, where it says more than the status does.
func judge(a wire.Answer) error {
	f := failureOf(a)
	cause := fmt.Errorf("status %d: %s %s", a.Status, f.Code, f.Message)
	switch {
	case a.Status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, desk).At(problem.Place{Field: SettingKey})
	case a.Status == http.StatusForbidden && f.Code == "require_feature":
		return connector.Forbidden(errors.Join(errFeature, cause), desk, "the account's plan does not include it.")
	case a.Status == http.StatusForbidden && f.Code == "account_suspended":
		return connector.Forbidden(cause, desk, "the account is suspended. Its owner can have it opened again.")
	case a.Status == http.StatusForbidden && strings.HasPrefix(f.Code, "password_"):
		return connector.Forbidden(cause, desk, "the password of the key's owner has expired or is locked.")
	case a.Status == http.StatusForbidden:
		return connector.Forbidden(cause, desk, "the key belongs to somebody who may not do it. An administrator may.")
	case a.Status == http.StatusNotFound:
		return problem.Wrap(errors.Join(errAbsent, cause), connector.CodeNoRecord, "Freshdesk does not have what was asked for.",
			"The address may be that of another account, or somebody deleted the record.", "Check the address of the desk, then try again.")
	case a.Status == http.StatusMethodNotAllowed && len(f.Errors) == 0 && f.Code == "":
		return problem.Wrap(cause, connector.CodeNoRecord, "The record lies in the trash or in spam.",
			"Freshdesk does not let it be changed there.", "Restore it in Freshdesk, or leave it out.")
	case a.Status >= 400 && a.Status < 500 && a.Status != http.StatusTooManyRequests && len(f.Errors) > 0:
		return refusal(f.Errors, nil)
	}
	return nil
}
