package freshdesk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"waybill/backend/connector"
)

// probe is a call that tells whether we may read, or do, something.
type probe struct{ path, can string }

var probes = []probe{
	{"tickets", "read tickets and their messages"},
	{"contacts", "read contacts"},
	{"companies", "read companies"},
	{"admin/ticket_fields", "create fields, among them the one for Waybill's reference (administrators only)"},
	{"automations/1/rules", "read automation rules (administrators only)"},
	{"sla_policies", "read SLA policies (administrators only)"},
	{"time_entries", "read time entries"},
	{"surveys/satisfaction_ratings", "read ratings"},
	{"solutions/categories", "read articles"},
	{"canned_response_folders", "read canned responses"},
}

// Check asks who we are, on which plan, and what this key may not do (P-10, P-11).
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	a, err := c.client.Get(ctx, "agents/me", nil)
	if errors.Is(err, errAbsent) {
		return connector.Account{}, connector.OtherThing(err, desk, c.client.Base.Host)
	}
	if err != nil {
		return connector.Account{}, err
	}
	x := a.JSON()
	if !x.Get("contact.email").Exists() {
		return connector.Account{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	out := connector.Account{
		Name: c.client.Base.Host, As: strings.TrimSpace(x.Get("contact.name").String() + " <" + x.Get("contact.email").String() + ">"), Zone: x.Get("contact.time_zone").String(),
	}
	if n, ok := total(a.Header); ok { // else the account has hourly limits still, or none
		out.PerMinute, out.UpdatesPerMinute = n, changes(n)
	}
	if k, err := c.client.one(ctx, "account", nil); err == nil {
		out.Plan, out.Zone = k.Get("tier_type").String(), k.Get("timezone").String()
		if n := k.Get("account_name").String(); n != "" {
			out.Name = fmt.Sprintf("%s (%s)", n, c.client.Base.Host)
		}
	} else if !lacking(err) {
		return out, err
	}
	for _, p := range probes {
		_, _, err := c.client.list(ctx, p.path, url.Values{"per_page": {"1"}})
		switch {
		case err == nil:
			out.Rights = append(out.Rights, p.can)
		case errors.Is(err, errFeature) || errors.Is(err, errAbsent):
			out.Missing = append(out.Missing, p.can+": not on this account's plan")
		case lacking(err):
			out.Missing = append(out.Missing, p.can+": this key may not")
		default:
			return out, err
		}
	}
	if _, err := c.client.one(ctx, archived+"1", nil); err != nil && !errors.Is(err, errAbsent) {
		if !lacking(err) {
			return out, err
		}
		out.Missing = append(out.Missing, "read archived tickets: not on this account's plan, or this key may not")
	}
	return out, nil
}
