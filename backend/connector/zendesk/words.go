package zendesk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
)

// names turns the numbers in conditions and actions into what people call them.
type names struct {
	fields  map[string]string            // title of a field
	options map[string]map[string]string // title of a value, by field
	groups, users, brands, forms, webhooks,
	schedules map[string]string
}

var fieldTitles = map[string]string{
	"status": "Status", "priority": "Priority", "type": "Type", "ticket_type_id": "Type", "group_id": "Group", "assignee_id": "Assignee", "requester_id": "Requester",
	"organization_id": "Organization", "current_tags": "Tags", "via_id": "Channel", "update_type": "The ticket", "comment_is_public": "The comment",
	"role": "The person who acts", "ticket_form_id": "Form", "brand_id": "Brand", "satisfaction_score": "Satisfaction", "subject_includes_word": "Subject",
	"comment_includes_word": "Comment text", "locale_id": "Language", "recipient": "Received at", "custom_status_id": "Ticket status", "due_date": "Due date",
	"NEW": "Hours since it was created", "OPEN": "Hours since it was opened", "PENDING": "Hours since it is pending", "SOLVED": "Hours since it was solved",
	"CLOSED": "Hours since it was closed", "assigned_at": "Hours since it was assigned", "updated_at": "Hours since it was changed",
	"requester_updated_at": "Hours since the requester last wrote", "assignee_updated_at": "Hours since the assignee last wrote", "until_due_date": "Hours until it is due",
	"in_business_hours": "Within business hours", "schedule_id": "Schedule", "cc": "CC", "attachment": "The comment",
}

var operators = map[string]string{
	"is": "is", "is_not": "is not", "includes": "contains one of", "not_includes": "contains none of", "less_than": "is less than", "greater_than": "is more than",
	"less_than_equal": "is at most", "greater_than_equal": "is at least", "changed": "changed", "value": "changed to", "value_previous": "changed from", "not_changed": "did not change",
	"not_value": "did not change to", "not_value_previous": "did not change from", "present": "is filled in", "not_present": "is empty", "contains": "contains", "not_contains": "does not contain",
	"starts_with": "begins with", "ends_with": "ends with", "less_than_business_hours": "is less than (business hours)", "greater_than_business_hours": "is more than (business hours)",
	"is_business_hours": "is (business hours)", "within_previous_n_days": "is within so many days past", "within_next_n_days": "is within so many days to come",
	"is_after": "is after", "is_before": "is before", "includes_words": "contains the words", "excludes": "does not contain",
}

var valueTitles = map[string]string{
	"new": "New", "open": "Open", "pending": "Pending", "hold": "On hold", "solved": "Solved", "closed": "Closed", "low": "Low", "normal": "Normal", "high": "High", "urgent": "Urgent",
	"question": "Question", "incident": "Incident", "problem": "Problem", "task": "Task", "current_user": "whoever acts", "requester_id": "the requester", "assignee_id": "the assignee",
	"all_agents": "all of the staff", "requester_and_ccs": "the requester and CCs", "current_groups": "the groups of whoever acts", "group_id": "the assigned group", "Create": "Create", "Change": "Change",
	"end_user": "a customer", "agent": "an agent", "true": "yes", "false": "no", "good": "Good", "bad": "Bad", "unoffered": "not asked", "offered": "asked",
}

// loadNames reads what numbers mean. What cannot be read stays a number.
func (c *conn) loadNames(ctx context.Context) (*names, error) {
	n := &names{fields: map[string]string{}, options: map[string]map[string]string{}}
	fields, err := c.whole(ctx, "ticket_fields", "ticket_fields")
	if err != nil && !unavailable(err) {
		return nil, err
	}
	for _, x := range fields {
		id := "custom_fields_" + x.Get("id").String()
		n.fields[id] = x.Get("title").String()
		n.options[id] = map[string]string{}
		for _, o := range x.Get("custom_field_options").Array() {
			n.options[id][o.Get("value").String()] = o.Get("name").String()
		}
	}
	for _, l := range []struct {
		to         *map[string]string
		path, name string
	}{
		{&n.groups, "groups", "groups"},
		{&n.brands, "brands", "brands"},
		{&n.forms, "ticket_forms", "ticket_forms"},
		{&n.webhooks, "webhooks", "webhooks"},
		{&n.schedules, "business_hours/schedules", "schedules"},
	} {
		*l.to = map[string]string{}
		list, err := c.whole(ctx, l.path, l.name)
		if err != nil && !unavailable(err) {
			return nil, err
		}
		for _, x := range list {
			(*l.to)[x.Get("id").String()] = x.Get("name").String()
		}
	}
	n.users = map[string]string{}
	staff, err := c.wholeOf(ctx, "users", "users", lists["agent"].query)
	if err != nil && !unavailable(err) {
		return nil, err
	}
	for _, x := range staff {
		n.users[x.Get("id").String()] = x.Get("name").String()
	}
	return n, nil
}

func (n *names) field(name string) string {
	if t, ok := n.fields["custom_fields_"+strings.TrimPrefix(name, "custom_fields_")]; ok {
		return t
	}
	if t, ok := fieldTitles[name]; ok {
		return t
	}
	return strings.ReplaceAll(name, "_", " ")
}

func (n *names) value(field, v string) string {
	from := map[string]map[string]string{
		"group_id": n.groups, "assignee_id": n.users, "requester_id": n.users, "cc": n.users, "brand_id": n.brands, "ticket_form_id": n.forms,
		"notification_user": n.users, "notification_group": n.groups, "notification_webhook": n.webhooks, "schedule_id": n.schedules, "set_schedule": n.schedules, "follower": n.users,
	}
	if t, ok := from[field][v]; ok {
		return t
	}
	if t, ok := n.options["custom_fields_"+strings.TrimPrefix(field, "custom_fields_")][v]; ok {
		return t
	}
	if t, ok := valueTitles[v]; ok {
		return t
	}
	if v == "" && strings.HasSuffix(field, "_id") {
		return "nobody"
	}
	return v
}

func (n *names) values(field string, v gjson.Result) string {
	if !v.IsArray() {
		return n.value(field, v.String())
	}
	var out []string
	for _, x := range v.Array() {
		out = append(out, n.value(field, x.String()))
	}
	return strings.Join(out, ", ")
}

// condition makes a sentence: "Status is Open".
func (n *names) condition(x gjson.Result) string {
	field, operator := x.Get("field").String(), x.Get("operator").String()
	op, ok := operators[operator]
	if !ok {
		op = strings.ReplaceAll(operator, "_", " ")
	}
	value := n.values(field, x.Get("value"))
	switch {
	case field == "update_type" && value == "Create":
		return "The ticket is created"
	case field == "update_type":
		return "The ticket is changed"
	case field == "comment_is_public":
		return "The comment is " + map[string]string{"yes": "public", "no": "private", "not_relevant": "there, public or private", "requester_can_see_comment": "seen by the requester"}[value]
	case operator == "changed" || operator == "not_changed" || operator == "present" || operator == "not_present":
		return n.field(field) + " " + op
	case operator == "":
		op = "is"
	}
	return strings.TrimSpace(n.field(field) + " " + op + " " + value)
}

// action makes a sentence: "Set Priority to High".
func (n *names) action(x gjson.Result) string {
	field, v := x.Get("field").String(), x.Get("value")
	first, second := v.String(), ""
	if v.IsArray() {
		list := v.Array()
		first = ""
		if len(list) > 0 {
			first = list[0].String()
		}
		if len(list) > 1 {
			second = list[1].String()
		}
	}
	switch field {
	case "notification_user":
		return fmt.Sprintf("Send a mail to %s: %q", n.value(field, first), second)
	case "notification_group":
		return fmt.Sprintf("Send a mail to the group %s: %q", n.value(field, first), second)
	case "notification_target", "notification_webhook":
		return "Call the web address " + n.value(field, first)
	case "notification_sms_user", "notification_sms_group":
		return "Send a text message to " + n.value("notification_user", first)
	case "tweet_requester":
		return "Answer the requester on Twitter"
	case "current_tags":
		return "Add the tags " + n.values(field, v)
	case "set_tags":
		return "Replace all tags by " + n.values(field, v)
	case "remove_tags":
		return "Remove the tags " + n.values(field, v)
	case "comment_value", "comment_value_html":
		return "Write a comment"
	case "comment_mode_is_public":
		if first == "true" {
			return "Make the comment public"
		}
		return "Make the comment private"
	case "subject":
		return fmt.Sprintf("Set the subject to %q", first)
	case "cc", "follower":
		return "Add " + n.value(field, first) + " as " + map[string]string{"cc": "CC", "follower": "follower"}[field]
	case "side_conversation", "side_conversation_ticket":
		return "Begin a side conversation"
	case "set_schedule":
		return "Apply the schedule " + n.value(field, first)
	case "satisfaction_score":
		return "Ask the requester how satisfied they are"
	case "deflection":
		return "Answer with suggested articles"
	}
	return "Set " + n.field(field) + " to " + n.values(field, v)
}

// mails says whether an action reaches people or programs outside.
func mails(x gjson.Result) bool {
	f := x.Get("field").String()
	return strings.HasPrefix(f, "notification_") || f == "tweet_requester" || f == "deflection" || f == "satisfaction_score" || strings.HasPrefix(f, "side_conversation")
}

// macroText is what a macro writes.
func macroText(actions []gjson.Result) (text string, html bool) {
	for _, a := range actions {
		v := a.Get("value")
		s := v.String()
		if list := v.Array(); v.IsArray() && len(list) > 0 {
			s = list[len(list)-1].String()
		}
		switch a.Get("field").String() {
		case "comment_value_html":
			return s, true
		case "comment_value":
			text = s
		}
	}
	return text, false
}

// minutes in words: "2 hours 30 minutes".
func minutes(n int64) string {
	var out []string
	add := func(n int64, one string) {
		switch {
		case n == 1:
			out = append(out, "1 "+one)
		case n > 1:
			out = append(out, strconv.FormatInt(n, 10)+" "+one+"s")
		}
	}
	add(n/60, "hour")
	add(n%60, "minute")
	if out == nil {
		return "0 minutes"
	}
	return strings.Join(out, " ")
}

var _ connector.Ruler = (*conn)(nil)
