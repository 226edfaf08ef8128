package freshdesk

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// switches are the mails under Admin > Email notifications that a move would set off. The
// API neither tells nor changes them, so each counts as on until a person says otherwise.
var switches = []struct {
	id, name, does string
	on             []model.Object
}{
	{"new-ticket-requester", "Requester notifications: New ticket created", "mails the requester of each ticket", []model.Object{model.Ticket}},
	{"new-ticket-cc", "CC notifications: New ticket created", "mails everybody in copy of each ticket", []model.Object{model.Ticket}},
	{"new-ticket-agent", "Agent notifications: New ticket created", "mails agents about each ticket", []model.Object{model.Ticket}},
	{"assigned-group", "Agent notifications: Ticket assigned to group", "mails the group of each ticket that has one", []model.Object{model.Ticket}},
	{"assigned-agent", "Agent notifications: Ticket assigned to agent", "mails the agent of each ticket that has one", []model.Object{model.Ticket}},
	{"solved", "Requester notifications: Agent solves the ticket, Agent closes the ticket", "mails the requester of each ticket that is solved or closed", []model.Object{model.Ticket}},
	{"comment", "Requester notifications: Agent adds comment to ticket", "mails the requester about each public note of an agent", []model.Object{model.Message}},
	{"reply", "Agent notifications: Requester replies to ticket", "mails the agent about each public note of a customer", []model.Object{model.Message}},
	{"activation", "Requester notifications: User activation email", "mails each new contact", []model.Object{model.Contact}},
}

// Fires lists the mails that only people can switch off, and the account's own rules.
func (c *conn) Fires(ctx context.Context) ([]connector.Fire, error) {
	var out []connector.Fire
	for _, s := range switches {
		out = append(out, connector.Fire{
			ID: "notification-" + s.id, Kind: connector.FireMail, Name: "Admin > Email notifications > " + s.name,
			Does: s.does + "; Waybill cannot see whether it is on, so switch it off before the move", On: s.on, Active: true,
		})
	}
	names, err := c.names(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range automations {
		list, err := c.ownFields(ctx, "automations/"+k.number+"/rules")
		if lacking(err) {
			out = append(out, connector.Fire{
				ID: "rules-" + k.number, Kind: connector.FireTrigger, Name: "Admin > Automations > " + k.tab, On: []model.Object{model.Ticket, model.Message}, Active: true,
				Does: "may do anything: this key may not see these rules, so look at them before the move",
			})
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			kind := k.fire
			does := actions(x, names)
			if strings.Contains(strings.Join(does, " "), "webhook") {
				kind = connector.FireWebhook
			}
			if len(does) == 0 {
				does = []string{"does something that the API does not tell"}
			}
			out = append(out, connector.Fire{
				ID: "rule-" + k.number + "-" + text(x.Get("id")), Kind: kind, Name: "Admin > Automations > " + k.tab + " > " + x.Get("name").String(),
				Does: strings.Join(does, "; "), On: k.on, Active: x.Get("active").Bool(),
			})
		}
	}
	return out, nil
}

// Fired: Freshdesk does not count its mails.
func (c *conn) Fired(context.Context) (int64, bool, error) { return 0, false, nil }

// automations are the kinds of rules (freshdesk.md, Objects).
var automations = []struct {
	number, tab string
	rule, fire  string
	on          []model.Object
}{
	{"1", "Ticket creation", connector.RuleTrigger, connector.FireTrigger, []model.Object{model.Ticket}},
	{"3", "Hourly triggers", connector.RuleAutomation, connector.FireAutomation, []model.Object{model.Ticket}},
	{"4", "Ticket updates", connector.RuleTrigger, connector.FireTrigger, []model.Object{model.Ticket, model.Message}},
}

// names are what numbers in rules mean.
type names map[string]map[string]string

func (n names) of(field, value string) string {
	switch field {
	case "responder_id", "agent_id", "internal_agent_id":
		field = "agent"
	case "group_id", "internal_group_id":
		field = "group"
	}
	if s, ok := n[field][value]; ok {
		return s
	}
	return value
}

// names reads the names of agents and groups, and of the choices of tickets' fields.
func (c *conn) names(ctx context.Context) (names, error) {
	n := names{"agent": {}, "group": {}, "hours": {}}
	for _, x := range []struct{ path, field, as string }{{"agents", "contact.name", "agent"}, {"groups", "name", "group"}} {
		list, err := c.ownFields(ctx, x.path)
		if err != nil && !lacking(err) {
			return n, err
		}
		for _, y := range list {
			n[x.as][text(y.Get("id"))] = y.Get(x.field).String()
		}
	}
	s, err := c.fieldsOf(ctx, model.Ticket)
	for _, f := range s.Fields {
		if len(f.Options) == 0 {
			continue
		}
		n[f.Name] = map[string]string{}
		for _, o := range f.Options {
			if o.Title != "" {
				n[f.Name][o.Value] = o.Title
			}
		}
	}
	return n, err
}

// plainValue is a rule's value with names in the place of numbers.
func plainValue(field string, v gjson.Result, n names) string {
	if v.IsArray() {
		var parts []string
		for _, e := range v.Array() {
			parts = append(parts, plainValue(field, e, n))
		}
		return strings.Join(parts, " or ")
	}
	if v.IsObject() {
		return v.Raw
	}
	return n.of(field, v.String())
}
