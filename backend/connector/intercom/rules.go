package intercom

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
)

// Rules lists what Intercom's API tells of its configuration: macros and office hours. It
// has no list of workflows, inbox rules, SLAs or views.
func (c *conn) Rules(ctx context.Context) (rules []connector.Rule, missing []string, err error) {
	missing = []string{
		"Intercom's API lists no workflows, Fin settings, inbox rules, SLAs, views, message campaigns or webhooks. Look them up in Intercom's settings.",
	}
	if err := c.staff(ctx); err != nil {
		return nil, nil, err
	}
	for after := ""; ; {
		q := url.Values{"per_page": {"50"}}
		if after != "" {
			q.Set("starting_after", after)
		}
		v, err := c.get(ctx, "macros", q)
		if c.notOurs(err) {
			missing = append(missing, "The macros cannot be read with this token.")
			break
		}
		if err != nil {
			return nil, nil, err
		}
		for _, x := range v.Get("data").Array() {
			rules = append(rules, c.macroRule(x))
		}
		if after = v.Get("pages.next.starting_after").String(); after == "" {
			break
		}
	}
	states, err := c.ticketTypes(ctx)
	if err != nil && !c.notOurs(err) {
		return nil, nil, err
	}
	for _, t := range states {
		rules = append(rules, typeRule(t))
	}
	return rules, missing, nil
}

func (c *conn) macroRule(v gjson.Result) connector.Rule {
	r := connector.Rule{
		ID: v.Get("id").String(), Kind: connector.RuleMacro, Name: v.Get("name").Str, Active: true, Text: v.Get("body").Str, HTML: true, Uses: -1,
		Raw: json.RawMessage(strings.Clone(v.Raw)), Does: []string{"Inserts its text"},
	}
	var teams []string
	for _, id := range v.Get("visible_to_team_ids").Array() {
		teams = append(teams, c.teamName(id.String()))
	}
	if len(teams) > 0 {
		r.When = append(r.When, "Only for the teams "+strings.Join(teams, ", "))
	}
	var on []string
	for _, x := range v.Get("available_on").Array() {
		on = append(on, x.Str)
	}
	if len(on) > 0 {
		r.When = append(r.When, "Available in "+strings.Join(on, " and "))
	}
	return r
}

func (c *conn) teamName(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.known.teams {
		if t.id == id {
			return t.name
		}
	}
	return id
}

// typeRule lists what a ticket type asks for: it is the form of such tickets.
func typeRule(t ticketType) connector.Rule {
	r := connector.Rule{ID: "type-" + t.id, Kind: connector.RuleForm, Name: t.name, Description: "Ticket type of the category " + t.category, Active: true, Uses: -1}
	for _, a := range t.attrs {
		name := strings.Trim(strings.TrimPrefix(a.name, "_default_"), "_")
		line := fmt.Sprintf("Asks for %s (%s)", name, a.kind)
		if len(a.options) > 0 {
			labels := make([]string, 0, len(a.options))
			for _, o := range a.options {
				labels = append(labels, o.Title)
			}
			line += ": " + strings.Join(labels, "; ")
		}
		r.Does = append(r.Does, line)
	}
	return r
}
