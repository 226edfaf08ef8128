package rt

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// untold is what REST 2.0 has no place for (RT::REST2, "Resources").
const untold = "Scrips, templates, lifecycles, dashboards and approvals: the interface does not show them. Look under “Admin”, “Global” and “Admin”, “Queues”."

// Rules reads what REST tells of the configuration: saved searches, who watches queues and
// how they answer, and which custom fields a ticket of each queue has.
func (c *conn) Rules(ctx context.Context) ([]connector.Rule, []string, error) {
	missing := []string{untold}
	var rules []connector.Rule
	searches, err := c.all(ctx, "searches", "", "Name,Description,Content", url.Values{})
	switch {
	case forbidden(err):
		missing = append(missing, "Saved searches (the right ShowSavedSearches).")
	case err != nil:
		return nil, nil, err
	}
	for _, x := range searches {
		rules = append(rules, searchRule(x))
	}
	queues, err := c.all(ctx, "queues", search(condition{Field: "id", Operator: ">", Value: 0}), "Name", disabled)
	if forbidden(err) {
		return rules, append(missing, "Queues (the right SeeQueue)."), nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, q := range queues {
		if strings.HasPrefix(q.Get("Name").Str, "___") {
			continue // Request Tracker's own: “___Approvals”
		}
		a, err := c.client.Get(ctx, "queue/"+q.Get("id").String(), nil)
		if forbidden(err) {
			missing = append(missing, "The queue “"+q.Get("Name").Str+"” (the right SeeQueue).")
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		rules = append(rules, queueRules(gjson.ParseBytes(a.Body))...)
	}
	return rules, missing, nil
}

func forbidden(err error) bool {
	p := problem.From(err)
	return err != nil && p != nil && p.Code == connector.CodeForbidden
}

// columns of a search stand in its format, with links and titles of their own.
var (
	column = regexp.MustCompile(`'[^']*'|[^,]+`)
	shown  = regexp.MustCompile(`__([A-Za-z.{} -]+)__`)
)

// searchRule makes a rule of a saved search.
func searchRule(x gjson.Result) connector.Rule {
	content := x.Get("Content")
	r := connector.Rule{
		ID: "search-" + x.Get("id").String(), Kind: connector.RuleView, Active: true, Uses: -1,
		Name: strings.TrimPrefix(x.Get("Name").Str, "Search - "), Raw: json.RawMessage(x.Raw),
	}
	if words := strings.TrimSpace(strings.ReplaceAll(x.Get("Description").Str, "[_1]", "")); r.Name == "SavedSearch" && words != "" {
		r.Name = words // that is where people's own searches have their names
	} else {
		r.Description = words
	}
	if q := strings.TrimSpace(content.Get("Query").Str); q != "" {
		r.When = []string{plainQuery(q)}
	}
	var list []string
	for _, f := range column.FindAllString(content.Get("Format").Str, -1) {
		name := strings.TrimSpace(f)
		if strings.HasPrefix(name, "'") {
			found := shown.FindAllStringSubmatch(name, -1)
			if len(found) == 0 {
				continue
			}
			name = found[len(found)-1][1]
		}
		if name != "" && name != "NBSP" && name != "NEWLINE" {
			list = append(list, name)
		}
	}
	if len(list) > 0 {
		r.Does = append(r.Does, "Show "+strings.Join(list, ", "))
	}
	if by := content.Get("OrderBy").Str; by != "" {
		r.Does = append(r.Does, "Sort by "+strings.ReplaceAll(by, "|", ", "))
	}
	return r
}

// placeholders of searches, in words.
var placeholders = strings.NewReplacer(
	"'__CurrentUser__'", "the person who looks", "'__Active__'", "an open status", "'__Inactive__'", "a closed status",
	"'__Bookmarked__'", "one that the person has bookmarked",
	" != ", " is not ", " = ", " is ", " LIKE ", " contains ", " NOT LIKE ", " does not contain ", " AND ", " and ", " OR ", " or ",
)

func plainQuery(q string) string { return placeholders.Replace(q) }

// queueRules are who is told of every ticket of a queue, and what such a ticket has.
func queueRules(q gjson.Result) []connector.Rule {
	name, id := q.Get("Name").Str, q.Get("id").String()
	on := q.Get("Disabled").String() != "1"
	routing := connector.Rule{
		ID: "queue-" + id, Kind: connector.RuleRouting, Name: "Queue " + name, Description: q.Get("Description").Str,
		Active: on, Uses: -1, When: []string{"Queue is " + name}, Raw: json.RawMessage(q.Raw),
	}
	for _, x := range []struct{ field, words string }{
		{"CorrespondAddress", "Replies are sent from and taken in at %s"},
		{"CommentAddress", "Comments are taken in at %s"},
		{"Lifecycle", "Statuses are those of the lifecycle “%s”"},
		{"SubjectTag", "Subjects carry the tag “%s”"},
	} {
		if v := q.Get(x.field).String(); v != "" {
			routing.Does = append(routing.Does, fmt.Sprintf(x.words, v))
		}
	}
	for _, x := range []struct{ field, words string }{
		{"Cc", "Every reply is copied to "}, {"AdminCc", "Every reply and comment is copied to "},
	} {
		if list := names(q.Get(x.field)); len(list) > 0 {
			routing.Does = append(routing.Does, x.words+strings.Join(list, ", "))
		}
	}
	if q.Get("SLADisabled").String() == "0" {
		routing.Does = append(routing.Does, "Service levels are switched on")
	}
	out := []connector.Rule{routing}
	for _, x := range []struct{ field, id, what string }{
		{"TicketCustomFields", "form-", "Ticket in "}, {"TicketTransactionCustomFields", "reply-", "Reply in "},
	} {
		var list []string
		for _, f := range q.Get(x.field).Array() {
			list = append(list, "Ask for “"+f.Get("name").Str+"”")
		}
		if len(list) > 0 {
			out = append(out, connector.Rule{
				ID: x.id + id, Kind: connector.RuleForm, Name: x.what + name, Active: on, Uses: -1,
				When: []string{"Queue is " + name}, Does: list, Raw: json.RawMessage(q.Get(x.field).Raw),
			})
		}
	}
	return out
}
