package redmine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// untold is what Redmine's interface has no place for ("REST API", Redmine's wiki).
const untold = "Workflows, the conditions of saved queries, mail settings, repositories and plugins: the interface does not show them. Look under “Administration”."

// Rules reads what Redmine tells of its configuration: trackers with their fields, statuses,
// roles, categories that assign, versions, and the names of saved queries.
func (c *conn) Rules(ctx context.Context) ([]connector.Rule, []string, error) {
	missing := []string{untold}
	var rules []connector.Rule
	// list reads one list; nothing where the user may not see it, which is said.
	list := func(path, key, words string) ([]gjson.Result, error) {
		items, err := c.every(ctx, path, key, nil)
		if absent(err) {
			missing = append(missing, words)
			return nil, nil
		}
		return items, err
	}
	statuses, err := list("issue_statuses.json", "issue_statuses", "Statuses.")
	if err != nil {
		return nil, nil, err
	}
	if len(statuses) > 0 {
		rules = append(rules, statusRule(statuses))
	}
	fields, err := list("custom_fields.json", "custom_fields", "Custom fields (the user is no administrator).")
	if err != nil {
		return nil, nil, err
	}
	trackers, err := list("trackers.json", "trackers", "Trackers.")
	if err != nil {
		return nil, nil, err
	}
	for _, x := range trackers {
		rules = append(rules, trackerRule(x, fields))
	}
	roles, err := list("roles.json", "roles", "Roles.")
	if err != nil {
		return nil, nil, err
	}
	for _, x := range roles {
		a, err := c.client.Get(ctx, "roles/"+x.Get("id").String()+".json", nil)
		if err != nil {
			return nil, nil, err
		}
		rules = append(rules, roleRule(gjson.GetBytes(a.Body, "role")))
	}
	queries, err := list("queries.json", "queries", "Saved queries.")
	if err != nil {
		return nil, nil, err
	}
	projects, err := c.projects(ctx)
	if err != nil {
		return nil, nil, err
	}
	named := map[string]string{}
	for _, p := range projects {
		named[p.Key.ID] = gjson.GetBytes(p.Raw, "name").Str
	}
	for _, x := range queries {
		rules = append(rules, queryRule(x, named))
	}
	for _, o := range []struct {
		object    model.Object
		path, key string
		rule      func(model.Record, string) (connector.Rule, bool)
	}{
		{model.Category, "issue_categories.json", "issue_categories", categoryRule}, {Version, "versions.json", "versions", versionRule},
	} {
		records, err := c.perProject(ctx, o.object, o.path, o.key)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range records {
			if rule, ok := o.rule(r, named[gjson.GetBytes(r.Raw, "project").String()]); ok {
				rules = append(rules, rule)
			}
		}
	}
	return rules, missing, nil
}

func statusRule(list []gjson.Result) connector.Rule {
	r := connector.Rule{ID: "statuses", Kind: connector.RuleForm, Name: "Statuses", Active: true, Uses: -1}
	raw := make([]string, len(list))
	for i, x := range list {
		raw[i] = x.Raw
		words := "Offer “" + x.Get("name").Str + "”"
		if x.Get("is_closed").Bool() {
			words += ", which closes the issue"
		}
		r.Does = append(r.Does, words)
	}
	r.Raw = json.RawMessage("[" + strings.Join(raw, ",") + "]")
	return r
}

// fieldTitles are Redmine's own fields of issues, as its pages call them.
var fieldTitles = map[string]string{
	"assigned_to_id": "Assignee", "category_id": "Category", "fixed_version_id": "Target version", "parent_issue_id": "Parent task",
	"start_date": "Start date", "due_date": "Due date", "estimated_hours": "Estimated time", "done_ratio": "% Done", "description": "Description", "priority_id": "Priority",
}

func trackerRule(x gjson.Result, fields []gjson.Result) connector.Rule {
	id := x.Get("id").String()
	r := connector.Rule{
		ID: "tracker-" + id, Kind: connector.RuleForm, Name: "Issue of the tracker " + x.Get("name").Str, Description: x.Get("description").String(),
		Active: true, Uses: -1, When: []string{"Tracker is " + x.Get("name").Str}, Raw: json.RawMessage(x.Raw),
	}
	if s := x.Get("default_status.name").Str; s != "" {
		r.Does = append(r.Does, "Begin with the status “"+s+"”")
	}
	for _, f := range x.Get("enabled_standard_fields").Array() {
		name := f.Str
		if t, ok := fieldTitles[name]; ok {
			name = t
		}
		r.Does = append(r.Does, "Ask for “"+name+"”")
	}
	for _, f := range fields {
		if f.Get("customized_type").Str != "issue" || !slices.ContainsFunc(f.Get("trackers").Array(), func(t gjson.Result) bool { return t.Get("id").String() == id }) {
			continue
		}
		words := "Ask for “" + f.Get("name").Str + "”"
		if f.Get("is_required").Bool() {
			words += ", which must be filled in"
		}
		if v := f.Get("default_value").String(); v != "" {
			words += ", at first “" + v + "”"
		}
		var roles []string
		for _, y := range f.Get("roles").Array() {
			roles = append(roles, y.Get("name").Str)
		}
		if len(roles) > 0 {
			words += ", for " + strings.Join(roles, ", ") + " only"
		}
		r.Does = append(r.Does, words)
	}
	return r
}

func roleRule(x gjson.Result) connector.Rule {
	r := connector.Rule{
		ID: "role-" + x.Get("id").String(), Kind: connector.RuleRouting, Name: "Role " + x.Get("name").Str, Active: true, Uses: -1,
		When: []string{"A person has the role " + x.Get("name").Str}, Raw: json.RawMessage(x.Raw),
	}
	if x.Get("assignable").Bool() {
		r.Does = append(r.Does, "Issues can be assigned to this person")
	} else {
		r.Does = append(r.Does, "Issues cannot be assigned to this person")
	}
	switch x.Get("issues_visibility").Str {
	case "all":
		r.Does = append(r.Does, "See all issues")
	case "default":
		r.Does = append(r.Does, "See all issues that are not private")
	case "own":
		r.Does = append(r.Does, "See issues that the person made or has to do")
	}
	for _, p := range x.Get("permissions").Array() {
		r.Does = append(r.Does, "May "+strings.ReplaceAll(p.Str, "_", " "))
	}
	return r
}

func queryRule(x gjson.Result, projects map[string]string) connector.Rule {
	r := connector.Rule{
		ID: "query-" + x.Get("id").String(), Kind: connector.RuleView, Name: x.Get("name").Str, Active: true, Uses: -1, Raw: json.RawMessage(x.Raw),
		Description: "Redmine tells only the name of a saved query; open it there to see its conditions.",
		Does:        []string{"Show issues to its owner only"},
	}
	if x.Get("is_public").Bool() {
		r.Does = []string{"Show issues to everybody"}
	}
	if id := x.Get("project_id"); id.Exists() && id.Type != gjson.Null {
		r.When = []string{"Project is " + orNumber(projects[id.String()], id.String())}
	}
	return r
}

func orNumber(name, id string) string {
	if name == "" {
		return "number " + id
	}
	return name
}

// categoryRule is a category that assigns; others are only names.
func categoryRule(r model.Record, project string) (connector.Rule, bool) {
	x := gjson.ParseBytes(r.Raw)
	if !x.Get("assigned_to").Exists() {
		return connector.Rule{}, false
	}
	return connector.Rule{
		ID: "category-" + r.Key.ID, Kind: connector.RuleRouting, Name: "Category " + x.Get("name").Str + " of " + project, Active: true, Uses: -1,
		When: []string{"Project is " + project, "Category is " + x.Get("name").Str},
		Does: []string{"Assign the issue to " + x.Get("assigned_to_name").Str}, Raw: r.Raw,
	}, true
}

func versionRule(r model.Record, project string) (connector.Rule, bool) {
	x := gjson.ParseBytes(r.Raw)
	does := []string{fmt.Sprintf("Offer “%s” as target version", x.Get("name").Str)}
	if v := x.Get("due_date").String(); v != "" {
		does = append(does, "It is due on "+v)
	}
	if s := x.Get("sharing").Str; s != "" && s != "none" {
		does = append(does, "Share it with "+map[string]string{"descendants": "subprojects", "hierarchy": "the project's hierarchy", "tree": "the project's tree", "system": "all projects"}[s])
	}
	return connector.Rule{
		ID: "version-" + r.Key.ID, Kind: connector.RuleForm, Name: "Version " + x.Get("name").Str + " of " + project,
		Active: x.Get("status").Str == "open", Uses: -1, When: []string{"Project is " + project}, Does: does, Raw: r.Raw,
	}, true
}
