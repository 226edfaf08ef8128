package intercom

import (
	"context"
	"net/url"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// Check asks who we are, and tries what the token may read (P-10, P-11). Intercom tells
// the rights of a token to nobody, so each is tried; rights to write show when writing.
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	me, err := c.get(ctx, "me", nil)
	if p := problem.From(err); err != nil && p != nil && p.Code == connector.CodeUnauthorized {
		q := *p
		q.Next = "Choose the region in which Intercom keeps your data: a token is only known there. If it is right, copy the token again from the Developer Hub, or make a new one."
		return connector.Account{}, &q
	}
	if err != nil {
		return connector.Account{}, err
	}
	app := me.Get("app")
	if me.Get("type").Str != "admin" || !app.Exists() {
		return connector.Account{}, connector.OtherThing(nil, desk, c.wire.Base.Host)
	}
	a := connector.Account{Name: app.Get("name").Str, As: me.Get("email").Str, Zone: app.Get("timezone").Str, PerMinute: 10_000}
	if a.Name == "" {
		a.Name = app.Get("id_code").String()
	}
	if a.As == "" {
		a.As = me.Get("name").Str
	}
	a.Rights = append(a.Rights, "know who you are, your team and its tags")
	one := url.Values{"per_page": {"1"}}
	for _, x := range []struct {
		words string
		try   func() error
	}{
		{"read people", func() error { _, err := c.get(ctx, "contacts", one); return err }},
		{"read companies", func() error { _, err := c.ask(ctx, "companies/list", one, map[string]any{}); return err }},
		{"read conversations", func() error { _, err := c.get(ctx, "conversations", one); return err }},
		{"read conversation attributes", func() error { _, err := c.get(ctx, "conversations/attributes", nil); return err }},
		{"read tickets", func() error { _, err := c.ask(ctx, "tickets/search", nil, all(1, "")); return err }},
		{"read articles", func() error { _, err := c.get(ctx, "articles", one); return err }},
		{"read macros", func() error { _, err := c.get(ctx, "macros", one); return err }},
	} {
		switch err := x.try(); {
		case err == nil:
			a.Rights = append(a.Rights, x.words)
		case c.notOurs(err):
			a.Missing = append(a.Missing, x.words)
		default:
			return a, err
		}
	}
	if region := strings.ToLower(app.Get("region").Str); region != "" && c.region != "" && hosts[region] != "" && hosts[region] != hosts[c.region] &&
		c.wire.Base.Host == hosts[c.region] {
		a.Missing = append(a.Missing, "the region is another one: your data is in "+strings.ToUpper(region))
	}
	return a, nil
}
