package front

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/secret"
)

// client makes the calls. Addresses are given whole, path and query, as Front's own are.
type client struct{ *wire.Client }

func newClient(base *url.URL, token secret.Text, rt http.RoundTripper) client {
	c := wire.New(desk, &url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/"}, rt,
		func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.Reveal()) },
		func(body []byte) string {
			message, details := said(body)
			return strings.TrimSuffix(strings.Join(append([]string{message}, details...), "; "), ".")
		})
	c.Escaped, c.Judge, c.Refuses = true, judge, refuses
	return client{c}
}

// errGone says that there is no such record, or that the token does not see it.
var errGone = errors.New("there is no such record")

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
func (c client) get(ctx context.Context, at string) (gjson.Result, error) {
	a, err := c.Get(ctx, at, nil)
	return a.JSON(), err
}

// movedTo says that a conversation was merged into another one.
type movedTo struct{ id string }

func (m movedTo) Error() string { return "the record was merged into " + m.id }

// vanished tells that a record was merged or deleted.
func vanished(err error) bool {
	var to movedTo
	return errors.Is(err, errGone) || errors.As(err, &to)
}

// judge tells what is not there, and what was merged, from other failures.
func judge(a wire.Answer) error {
	if a.Status == http.StatusNotFound && gjson.GetBytes(a.Body, "_error").Exists() {
		return errGone
	}
	if to := survivor(a); to != "" {
		return movedTo{to}
	}
	return nil
}

// survivor is the conversation that the one which was asked for was merged into.
func survivor(a wire.Answer) string {
	if a.Status != http.StatusMovedPermanently {
		return ""
	}
	return lastPart(a.Header.Get("Location"), "conversations")
}

// refuses tells by what answers Front, and no proxy, says no to one record.
func refuses(a wire.Answer) bool {
	return survivor(a) != "" || slices.Contains([]int{400, 404, 409, 413, 422}, a.Status) && gjson.GetBytes(a.Body, "_error").Exists()
}

// lastPart reads the id behind a resource's name in an address: ".../conversations/cnv_1/x".
func lastPart(address, resource string) string {
	_, rest, ok := strings.Cut(address, "/"+resource+"/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "?")
	id, _, _ = strings.Cut(id, "/")
	return id
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

// write makes one writing call and says what became of it.
func (c client) write(ctx context.Context, method, at string, v any) wire.Sent {
	body, ok := v.(*wire.Body)
	if !ok && v != nil {
		var err error
		if body, err = wire.JSON(v); err != nil {
			return wire.Sent{State: connector.Unsent, Err: connector.NotSent(err, desk), Stop: err}
		}
	}
	return c.Write(ctx, method, at, body, nil)
}
