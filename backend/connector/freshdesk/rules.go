package freshdesk

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
)

// Rules reads automations, scenarios and canned responses, SLA policies and business
// hours. Views have no call in the API.
func (c *conn) Rules(ctx context.Context) (rules []connector.Rule, missing []string, err error) {
	n, err := c.names(ctx)
	if err != nil {
		return nil, nil, err
	}
	read := func(path, what string, take func(gjson.Result) connector.Rule) error {
		list, err := c.ownFields(ctx, path)
		if lacking(err) {
			missing = append(missing, what+": the account's plan does not have them, or this key may not see them.")
			return nil
		}
		for _, x := range list {
			r := take(x)
			r.Name, r.Raw = x.Get("name").String(), json.RawMessage(strings.Clone(x.Raw))
			if r.Name == "" {
				r.Name = x.Get("title").String()
			}
			if r.Description == "" {
				r.Description = x.Get("description").String()
			}
			r.Place = int(x.Get("position").Int())
			rules = append(rules, r)
		}
		return err
	}
	hours := names{"hours": {}}
	if err := read("business_hours", "Business hours", func(x gjson.Result) connector.Rule {
		hours["hours"][text(x.Get("id"))] = x.Get("name").String()
		return connector.Rule{ID: "hours-" + text(x.Get("id")), Kind: connector.RuleHours, Active: true, Uses: -1, Does: week(x)}
	}); err != nil {
		return nil, nil, err
	}
	for _, k := range automations {
		if err := read("automations/"+k.number+"/rules", "Automations, "+k.tab, func(x gjson.Result) connector.Rule {
			r := connector.Rule{
				ID: "rule-" + k.number + "-" + text(x.Get("id")), Kind: k.rule, Active: x.Get("active").Bool(), Description: "Admin > Automations > " + k.tab,
				Does: actions(x, n), Uses: -1,
			}
			if used := x.Get("affected_tickets_count"); used.Exists() {
				r.Uses = used.Int()
			}
			r.When, r.AnyOf = conditions(x, n)
			return r
		}); err != nil {
			return nil, nil, err
		}
	}
	if err := read("scenario_automations", "Scenario automations", func(x gjson.Result) connector.Rule {
		return connector.Rule{ID: "scenario-" + text(x.Get("id")), Kind: connector.RuleMacro, Active: true, Does: actions(x, n), Uses: -1}
	}); err != nil {
		return nil, nil, err
	}
	if err := read("sla_policies", "SLA policies", func(x gjson.Result) connector.Rule {
		return connector.Rule{ID: "sla-" + text(x.Get("id")), Kind: connector.RuleSLA, Active: x.Get("active").Bool(), Uses: -1, When: appliesTo(x, n), Does: targets(x, n)}
	}); err != nil {
		return nil, nil, err
	}
	if err := read("ticket-forms", "Ticket forms", func(x gjson.Result) connector.Rule {
		r := connector.Rule{ID: "form-" + text(x.Get("id")), Kind: connector.RuleForm, Active: true, Uses: -1}
		x.Get("fields").ForEach(func(_, f gjson.Result) bool {
			if l := f.Get("label").String(); l != "" {
				r.Does = append(r.Does, "Ask for "+l)
			}
			return true
		})
		return r
	}); err != nil {
		return nil, nil, err
	}
	folders, err := c.ownFields(ctx, "canned_response_folders")
	if err != nil && !lacking(err) {
		return nil, nil, err
	}
	if err != nil {
		missing = append(missing, "Canned responses: the account's plan does not have them, or this key may not see them.")
	}
	for _, f := range folders {
		if err := read("canned_response_folders/"+text(f.Get("id"))+"/responses", "Canned responses", func(x gjson.Result) connector.Rule {
			return connector.Rule{
				ID: "canned-" + text(x.Get("id")), Kind: connector.RuleMacro, Active: true, Uses: -1, HTML: true, Text: x.Get("content_html").String(),
				Description: "In the folder “" + f.Get("name").String() + "”", Does: []string{"Insert this text into an answer"},
			}
		}); err != nil {
			return nil, nil, err
		}
	}
	missing = append(missing, "Views, apps and e-mail notifications: Freshdesk's API does not show them. Write them down from its settings.")
	return rules, missing, nil
}

// conditions are sentences: all of When, and one of AnyOf.
func conditions(x gjson.Result, n names) (when, anyOf []string) {
	x.Get("events").ForEach(func(_, e gjson.Result) bool {
		s := "When " + label(e.Get("field_name").String(), n) + " changes"
		if from, to := e.Get("from"), e.Get("to"); from.Exists() || to.Exists() {
			s += " from " + orAny(plainValue(e.Get("field_name").String(), from, n)) + " to " + orAny(plainValue(e.Get("field_name").String(), to, n))
		}
		when = append(when, s)
		return true
	})
	if t := x.Get("performer.type"); t.Exists() {
		who := map[int64]string{1: "an agent", 2: "the requester", 3: "an agent or the requester", 4: "Freshdesk itself"}[t.Int()]
		when = append(when, "It was done by "+orAny(who))
	}
	x.Get("conditions").ForEach(func(_, set gjson.Result) bool {
		var list []string
		set.Get("properties").ForEach(func(_, p gjson.Result) bool {
			field := p.Get("field_name").String()
			s := label(field, n) + " " + operator(p.Get("operator").String())
			if v := plainValue(field, p.Get("value"), n); v != "" {
				s += " " + v
			}
			list = append(list, s)
			return true
		})
		if set.Get("match_type").String() == "any" {
			anyOf = append(anyOf, list...)
		} else {
			when = append(when, list...)
		}
		return true
	})
	return when, anyOf
}

func orAny(s string) string {
	if s == "" || s == "--" {
		return "anything"
	}
	return s
}

var operators = map[string]string{
	"is": "is", "is_not": "is not", "in": "is", "not_in": "is not", "contains": "contains", "does_not_contain": "does not contain",
	"starts_with": "begins with", "ends_with": "ends with", "greater_than": "is more than", "less_than": "is less than", "during": "is during",
	"is_any_of": "is any of", "is_none_of": "is none of",
}

func operator(s string) string {
	if w, ok := operators[s]; ok {
		return w
	}
	return strings.ReplaceAll(s, "_", " ")
}

// label is what people call a field.
func label(field string, _ names) string {
	switch field {
	case "responder_id", "agent_id":
		return "Agent"
	case "group_id":
		return "Group"
	}
	s := strings.ReplaceAll(strings.TrimPrefix(field, "cf_"), "_", " ")
	if s == "" {
		return "Something"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// actions are sentences with names in the place of numbers.
func actions(x gjson.Result, n names) []string {
	var out []string
	x.Get("actions").ForEach(func(_, a gjson.Result) bool {
		field := a.Get("field_name").String()
		if field == "" {
			field = a.Get("name").String()
		}
		value := plainValue(field, a.Get("value"), n)
		switch field {
		case "send_email_to_requester", "send_email_to_agent", "send_email_to_group":
			out = append(out, "Send a mail to the "+strings.TrimPrefix(field, "send_email_to_"))
		case "trigger_webhook":
			out = append(out, "Call the webhook "+a.Get("url").String())
		case "add_tag":
			out = append(out, "Add the tag "+value)
		case "add_note", "add_comment":
			out = append(out, "Add a note")
		case "forward_ticket":
			out = append(out, "Forward the ticket to "+a.Get("fwd_to").String())
		case "delete_ticket":
			out = append(out, "Delete the ticket")
		case "mark_as_spam":
			out = append(out, "Mark the ticket as spam")
		case "add_watcher":
			out = append(out, "Add a watcher: "+n.of("agent", value))
		default:
			out = append(out, "Set "+strings.ToLower(label(field, n))+" to "+orAny(value))
		}
		return true
	})
	return out
}

// week says when an office is open, day by day.
func week(x gjson.Result) []string {
	var out []string
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if h := x.Get("business_hours." + day); h.Exists() {
			out = append(out, fmt.Sprintf("Open on %s from %s to %s", strings.ToUpper(day[:1])+day[1:], h.Get("start_time").String(), h.Get("end_time").String()))
		}
	}
	if z := x.Get("time_zone").String(); z != "" {
		out = append(out, "In the time zone "+z)
	}
	return out
}

// appliesTo says for which tickets an SLA policy holds.
func appliesTo(x gjson.Result, n names) []string {
	var out []string
	x.Get("applicable_to").ForEach(func(k, v gjson.Result) bool {
		field := strings.TrimSuffix(k.String(), "s")
		if s := plainValue(field, v, n); s != "" {
			out = append(out, label(strings.TrimSuffix(field, "_id"), n)+" is "+s)
		}
		return true
	})
	if x.Get("is_default").Bool() {
		out = append(out, "No other policy applies")
	}
	return out
}

// targets says how soon an SLA policy wants what.
func targets(x gjson.Result, n names) []string {
	var out []string
	var keys []string
	x.Get("sla_target").ForEach(func(k, _ gjson.Result) bool {
		keys = append(keys, k.String())
		return true
	})
	sort.Sort(sort.Reverse(sort.StringSlice(keys)))
	for _, k := range keys {
		t := x.Get("sla_target." + k)
		hours := "around the clock"
		if t.Get("business_hours").Bool() {
			hours = "in business hours"
		}
		out = append(out, fmt.Sprintf("Priority %s: answer within %s, solve within %s, %s", n.of("priority", strings.TrimPrefix(k, "priority_")),
			span(t.Get("respond_within").Int()), span(t.Get("resolve_within").Int()), hours))
	}
	return out
}

func span(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
