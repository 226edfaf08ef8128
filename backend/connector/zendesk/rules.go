package zendesk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// ruleLists are the lists of an account's configuration.
var ruleLists = []struct {
	kind, path, name, title string
}{
	{connector.RuleTrigger, "triggers", "triggers", "Triggers"},
	{connector.RuleAutomation, "automations", "automations", "Automations"},
	{connector.RuleMacro, "macros", "macros", "Macros"},
	{connector.RuleSLA, "slas/policies", "sla_policies", "SLA policies"},
	{connector.RuleView, "views", "views", "Views"},
	{connector.RuleWebhook, "webhooks", "webhooks", "Webhooks"},
	{connector.RuleApp, "apps/installations", "installations", "Apps"},
	{connector.RuleForm, "ticket_forms", "ticket_forms", "Forms"},
	{connector.RuleHours, "business_hours/schedules", "schedules", "Business hours"},
}

// Rules reads the account's configuration, with names instead of numbers.
func (c *conn) Rules(ctx context.Context) (rules []connector.Rule, missing []string, err error) {
	n, err := c.loadNames(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range ruleLists {
		list, err := c.whole(ctx, l.path, l.name)
		if err != nil {
			word, other := tolerated(l.title, err)
			if other != nil {
				return nil, nil, other
			}
			missing = append(missing, word)
			continue
		}
		for i, x := range list {
			rules = append(rules, n.rule(l.kind, i+1, x))
		}
	}
	return rules, missing, nil
}

// rule reads one piece of configuration.
func (n *names) rule(kind string, place int, x gjson.Result) connector.Rule {
	r := connector.Rule{
		ID: x.Get("id").String(), Kind: kind, Name: x.Get("title").String(), Description: x.Get("description").String(),
		Active: x.Get("active").Type != gjson.False, Place: place, Uses: -1, Raw: json.RawMessage(x.Raw),
	}
	if r.Name == "" {
		r.Name = x.Get("name").String()
	}
	conditions := x.Get("conditions")
	if kind == connector.RuleSLA {
		conditions = x.Get("filter")
	}
	for _, q := range conditions.Get("all").Array() {
		r.When = append(r.When, n.condition(q))
	}
	for _, q := range conditions.Get("any").Array() {
		r.AnyOf = append(r.AnyOf, n.condition(q))
	}
	for _, a := range x.Get("actions").Array() {
		r.Does = append(r.Does, n.action(a))
	}
	if uses := x.Get("usage_30d"); uses.Exists() {
		r.Uses = uses.Int()
	}
	switch kind {
	case connector.RuleMacro:
		r.Text, r.HTML = macroText(x.Get("actions").Array())
		if only := x.Get("restriction"); only.IsObject() {
			who := n.groups[only.Get("id").String()]
			if only.Get("type").String() == "User" {
				who = n.users[only.Get("id").String()]
			}
			r.When = append(r.When, "Only for "+who)
		}
	case connector.RuleSLA:
		for _, m := range x.Get("policy_metrics").Array() {
			hours := "calendar hours"
			if m.Get("business_hours").Bool() {
				hours = "business hours"
			}
			r.Does = append(r.Does, fmt.Sprintf("Priority %s: %s within %s (%s)", n.value("priority", m.Get("priority").String()),
				strings.ReplaceAll(m.Get("metric").String(), "_", " "), minutes(m.Get("target").Int()), hours))
		}
	case connector.RuleView:
		var columns []string
		for _, q := range x.Get("execution.columns").Array() {
			columns = append(columns, q.Get("title").String())
		}
		if columns != nil {
			r.Does = append(r.Does, "Shows "+strings.Join(columns, ", "))
		}
	case connector.RuleWebhook:
		r.Active = x.Get("status").String() != "inactive"
		r.Does = append(r.Does, "Calls "+x.Get("http_method").String()+" "+x.Get("endpoint").String())
		for _, s := range x.Get("subscriptions").Array() {
			r.When = append(r.When, "On "+s.String())
		}
		r.Raw = nil // it can hold signing secrets
	case connector.RuleApp:
		r.Active = x.Get("enabled").Type != gjson.False
		if r.Name == "" {
			r.Name = x.Get("settings.name").String()
		}
		r.Raw = nil // its settings can hold secrets
	case connector.RuleHours:
		for _, i := range x.Get("intervals").Array() {
			r.Does = append(r.Does, "Open "+weekly(i.Get("start_time").Int())+" to "+weekly(i.Get("end_time").Int()))
		}
	case connector.RuleForm:
		for _, f := range x.Get("ticket_field_ids").Array() {
			r.Does = append(r.Does, "Asks for "+n.field("custom_fields_"+f.String()))
		}
	}
	return r
}

// weekly is a moment of the week, in minutes since Sunday: "Monday 09:00".
func weekly(n int64) string {
	days := []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	return fmt.Sprintf("%s %02d:%02d", days[(n/1440)%7], n%1440/60, n%60)
}

// Fires lists what could go off. An import runs no triggers, and so calls no webhook of
// theirs. Automations look at all tickets that are not closed, whoever made them.
func (c *conn) Fires(ctx context.Context) ([]connector.Fire, error) {
	n, err := c.loadNames(ctx)
	if err != nil {
		return nil, err
	}
	var out []connector.Fire
	for _, l := range ruleLists {
		kind := map[string]string{connector.RuleTrigger: connector.FireTrigger, connector.RuleAutomation: connector.FireAutomation, connector.RuleWebhook: connector.FireWebhook}[l.kind]
		if kind == "" {
			continue
		}
		list, err := c.whole(ctx, l.path, l.name)
		if err != nil {
			if unavailable(err) {
				continue
			}
			return nil, err
		}
		for i, x := range list {
			r := n.rule(l.kind, i+1, x)
			loud := false
			for _, a := range x.Get("actions").Array() {
				loud = loud || mails(a)
			}
			out = append(out, connector.Fire{
				ID: l.path + "/" + r.ID, Kind: kind, Name: r.Name, On: []model.Object{model.Ticket}, Does: does(r), Active: r.Active,
				Silenced: kind != connector.FireAutomation || !loud,
			})
		}
	}
	return out, nil
}

func does(r connector.Rule) string {
	if len(r.Does) == 0 {
		return "Nothing that the API shows"
	}
	return strings.Join(r.Does, "; ")
}

// Fired: Zendesk does not count what it sends.
func (c *conn) Fired(ctx context.Context) (int64, bool, error) { return 0, false, ctx.Err() }
