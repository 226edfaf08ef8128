package redmine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Write creates records one by one. After a request without an answer, or one that
// concerns everything, it sends nothing more.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	var stop error
	for i, d := range drafts {
		if stop = c.one(ctx, d, files, &out[i]); stop != nil || out[i].State == connector.Unknown {
			break
		}
	}
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = wire.Unsent(stop, desk)
		}
	}
	return out, stop
}

// one writes one draft into its outcome; the error is what stops everything.
func (c *conn) one(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l, err := c.lists(ctx, false)
	if err != nil {
		return err
	}
	if err := checked(d, l); err != nil {
		return refuse(out, err)
	}
	switch d.Object {
	case model.Group:
		return c.match(ctx, d, out, []string{"name", "identifier"}, "Redmine has no project called %q.",
			"Projects are not made by Waybill, because who may see them is for you to decide.",
			"Make the project in Redmine, or choose another one in the mapping.")
	case model.Agent:
		return c.match(ctx, d, out, []string{"mail", "name"}, "Nobody of the staff of Redmine is called, or has the address, %q.",
			"People of the staff are not made by Waybill: their roles are for you to decide.",
			"Add this person under Administration, Users, or choose a stand-in in the mapping.")
	case model.Contact:
		return c.writeUser(ctx, d, out)
	case model.Ticket:
		return c.writeIssue(ctx, d, files, l, out)
	case model.Message:
		return c.writeNote(ctx, d, files, out)
	case Relation:
		return c.writeRelation(ctx, d, out)
	case model.TimeEntry:
		return c.writeTime(ctx, d, l, out)
	case model.Article:
		return c.writePage(ctx, d, out)
	}
	return refuse(out, problem.New(connector.CodeRefused, "A file goes into Redmine only with the message that it belongs to.",
		"The message is there already, so the file has nothing to go with.", "Attach it by hand in Redmine, or leave it out.").At(where(d, "")))
}

func where(d model.Draft, field string) problem.Place {
	return problem.Place{Object: string(d.Object), Record: d.Source.ID, Field: field}
}

// refuse makes an outcome Refused, or stops everything where err is no problem of one record.
func refuse(out *connector.Outcome, err error) error {
	p := problem.From(err)
	if p.Where.Record == "" {
		return err
	}
	out.State, out.Err = connector.Refused, p
	return nil
}

func title(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

func required(d model.Draft, f model.Field) *problem.Problem {
	return problem.New(connector.CodeRequired, fmt.Sprintf("%q is empty, and Redmine requires it.", title(f)),
		"The record is not in the desk, and neither is what depends on it.",
		"Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping.").At(where(d, f.Name))
}

func words(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []string:
		return x
	}
	return nil
}

// checked finds what Redmine would drop without a word, or refuse.
func checked(d model.Draft, l *lists) error {
	s, _ := l.schema().Object(d.Object)
	if err := fit(d, s); err != nil {
		return err
	}
	for _, f := range s.Fields {
		if v := d.Fields[f.Name]; f.Required && !f.ReadOnly && f.Type != model.LinkType && (v == nil || v == "") {
			return required(d, f)
		}
	}
	return nil
}

// fit finds fields that Redmine does not have, or values that do not fit them.
func fit(d model.Draft, s model.ObjectSchema) error {
	for name, v := range d.Fields {
		f, ok := s.Field(name)
		if !ok || f.ReadOnly {
			return problem.New(connector.CodeUnknownField, fmt.Sprintf("Redmine has no field %q that can be written.", name),
				"The record is not in the desk.", "Create the field in Redmine, or leave it out in the mapping.").At(where(d, name))
		}
		for _, text := range words(v) {
			p := where(d, name)
			p.Value = text
			switch {
			case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
				p.Value = ""
				return problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are not text.", title(f)),
					"Redmine cannot keep them, so the record was not sent.",
					"Repair the characters in Clean, or choose the right encoding of the source.").At(p)
			case f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength:
				return problem.New(connector.CodeTooLong, fmt.Sprintf("%q is too long: %d characters are kept.", title(f), f.MaxLength),
					"The record is not in the desk, and neither is what depends on it.",
					"Shorten it with a formula in the mapping, or move the rest into another field.").At(p)
			case len(f.Options) > 0 && text != "" && !slices.ContainsFunc(f.Options, func(o model.Choice) bool { return o.Value == text }):
				return problem.New(connector.CodeInvalid, fmt.Sprintf("%q does not accept %q: it is not in the list.", title(f), text),
					"The record is not in the desk, and neither is what depends on it.",
					"Map it to a value that Redmine has, or add it there.").At(p)
			}
		}
	}
	return nil
}

// refusals are the statuses by which Redmine says no to one record.
var refusals = []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}

// send makes one writing call in somebody's name ("": the key's own), and puts what is not a
// success into the outcome.
func (c *conn) send(ctx context.Context, method, path string, m any, as string, d model.Draft, out *connector.Outcome) (wire.Sent, error) {
	b, err := wire.JSON(m)
	if err != nil {
		return wire.Sent{}, err
	}
	header, no := map[string]string{}, refusals
	if as != "" {
		header["X-Redmine-Switch-User"] = as
		no = append(slices.Clone(refusals), http.StatusForbidden) // this person may not; we may
	}
	s := c.client.Write(ctx, method, path, b, header, no...)
	switch s.State {
	case connector.Created:
	case connector.Refused:
		out.State, out.Err = connector.Refused, refusal(said(s.Body), d)
	default:
		out.State, out.Err = s.State, s.Err
	}
	return s, s.Stop
}

// refusal says in words why Redmine did not take a record.
func refusal(why string, d model.Draft) *problem.Problem {
	low := strings.ToLower(why)
	code, field := connector.CodeRefused, ""
	for _, x := range []struct{ word, field string }{
		{"email", "mail"},
		{"first name", "firstname"},
		{"last name", "lastname"},
		{"subject", "subject"},
		{"assignee", "assigned_to"},
		{"project", "project"},
		{"tracker", "tracker"},
		{"status", "status"},
		{"due date", "due_date"},
		{"related issue", "issue_to"},
		{"user", "user"},
		{"hours", "hours"},
		{"date", "spent_on"},
		{"activity", "activity"},
		{"issue", "issue"},
		{"title", "title"},
		{"text", "text"},
	} {
		if field == "" && strings.HasPrefix(low, x.word) {
			field = x.field
		}
	}
	switch {
	case strings.Contains(low, "already been taken"):
		code = connector.CodeTaken
	case strings.Contains(low, "too long"):
		code = connector.CodeTooLong
	case strings.Contains(low, "cannot be blank"):
		code = connector.CodeRequired
		if field == "issue_to" || field == "project" {
			code = connector.CodeNoRecord
		}
	case strings.Contains(low, "invalid"), strings.Contains(low, "not a"), strings.Contains(low, "not included"):
		code = connector.CodeInvalid
	}
	if why == "" {
		why, code = "what it belongs to is not there", connector.CodeNoRecord
	}
	p := where(d, field)
	if s, ok := d.Fields[field].(string); ok {
		p.Value = s
	}
	return problem.Wrap(errors.New(why), code, "Redmine did not take the record: "+strings.TrimSuffix(why, ".")+".",
		"The record is not in the desk, and neither is what depends on it.",
		"Correct the value in the source or in the mapping, then retry the record.").At(p)
}

// match finds a record by one of its fields.
func (c *conn) match(ctx context.Context, d model.Draft, out *connector.Outcome, by []string, what, why, next string) error {
	named := ""
	for _, again := range []bool{false, true} { // somebody may have been added since
		list, err := c.matches(ctx, d.Object, again)
		if err != nil {
			return err
		}
		for _, name := range by {
			v, _ := d.Fields[name].(string)
			if v = strings.TrimSpace(v); v == "" {
				continue
			}
			named = v
			for _, r := range list {
				x := gjson.ParseBytes(r.Raw)
				if strings.EqualFold(x.Get(name).String(), v) {
					if x.Get("locked").Bool() { // to whom Redmine lets nothing be assigned
						what, why = "The account of %q is locked in Redmine.", "Issues cannot be assigned to it."
						next = "Unlock it for the time of the move, or choose a stand-in in the mapping."
						continue
					}
					out.State, out.Key, out.Version = connector.Existed, r.Key, r.Version
					return nil
				}
			}
		}
	}
	return refuse(out, problem.New(connector.CodeNoRecord, fmt.Sprintf(what, named), why, next).At(where(d, by[0])))
}

// matches are the records that drafts are matched with, read once or again.
func (c *conn) matches(ctx context.Context, o model.Object, again bool) ([]model.Record, error) {
	c.mu.Lock()
	known := c.there[o]
	c.mu.Unlock()
	if known != nil && !again {
		return known, nil
	}
	list, err := c.whole(ctx, o)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.there == nil {
		c.there = map[model.Object][]model.Record{}
	}
	c.there[o] = list
	return list, nil
}

// names parts a name into the two that Redmine has, thirty letters each.
func names(d model.Draft) (first, last string) {
	first, _ = d.Fields["firstname"].(string)
	last, _ = d.Fields["lastname"].(string)
	if name, _ := d.Fields["name"].(string); name != "" && first == "" && last == "" {
		list := strings.Fields(name)
		n := 1
		for n < len(list)-1 && utf8.RuneCountInString(strings.Join(list[n:], " ")) > 30 {
			n++
		}
		n = min(n, len(list))
		first, last = strings.Join(list[:n], " "), strings.Join(list[n:], " ")
	}
	if first == "" {
		first, last = last, ""
	}
	if first == "" {
		first = "-"
	}
	if last == "" {
		last = "-"
	}
	return first, last
}

// writeUser creates a customer, who is mailed nothing then or later.
func (c *conn) writeUser(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	first, last := names(d)
	for field, v := range map[string]string{"firstname": first, "lastname": last} {
		if utf8.RuneCountInString(v) > 30 {
			p := where(d, field)
			if d.Fields[field] == nil {
				p.Field = "name"
			}
			return refuse(out, problem.New(connector.CodeTooLong, fmt.Sprintf("The name %q is too long: Redmine keeps thirty letters of each half.", v),
				"The record is not in the desk, and neither is what depends on it.", "Shorten it with a formula in the mapping.").At(p))
		}
	}
	login := loginOf(d.Mark)
	mail, _ := d.Fields["mail"].(string)
	if mail = strings.TrimSpace(mail); mail == "" {
		mail = strings.ReplaceAll(strings.ToLower(login), "@", "_40") + "@no-address.invalid"
	}
	m := map[string]any{
		"login": login, "firstname": first, "lastname": last, "mail": mail, "mail_notification": "none", "generate_password": true,
	}
	if custom := customFields(d, false); len(custom) > 0 {
		m["custom_fields"] = custom
	}
	s, stop := c.send(ctx, http.MethodPost, "users.json", map[string]any{"user": m, "send_information": false}, "", d, out)
	switch {
	case s.State == connector.Created:
		r := userRecord(gjson.GetBytes(s.Body, "user"), model.Contact, false)
		out.State, out.Key, out.Version, out.Err = connector.Created, r.Key, r.Version, nil
	case s.State == connector.Refused && out.Err.Code == connector.CodeTaken && out.Err.Where.Field == "mail":
		// Somebody of that address is there already: that is who is meant.
		for _, status := range []string{"1", "2", "3"} {
			items, err := c.every(ctx, "users.json", "users", url.Values{"name": {mail}, "status": {status}})
			if err != nil {
				return err
			}
			for _, x := range items {
				if strings.EqualFold(x.Get("mail").Str, mail) {
					r := userRecord(x, model.Contact, status != "1")
					out.State, out.Key, out.Version, out.Err = connector.Existed, r.Key, r.Version, nil
				}
			}
		}
	}
	return stop
}

// value as Redmine takes it.
func value(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.UTC().Format("2006-01-02")
	case model.Day:
		return string(x)
	case bool:
		if x {
			return "1"
		}
		return "0"
	}
	return v
}

// customFields as Redmine takes them. Of a new record empty ones are left out, so that they
// get what Redmine fills in; in a change nothing empties one.
func customFields(d model.Draft, change bool) []map[string]any {
	var out []map[string]any
	for _, name := range model.Names(d.Fields) {
		v := d.Fields[name]
		if v == nil && change {
			v = ""
		}
		if id, ok := strings.CutPrefix(name, "cf_"); ok && v != nil {
			out = append(out, map[string]any{"id": id, "value": value(v)})
		}
	}
	return out
}

func target(d model.Draft, field string) string {
	for _, l := range d.Links {
		if l.Field == field {
			return l.Target.ID
		}
	}
	return ""
}

// writeRelation links two issues, or makes one a subtask of the other.
func (c *conn) writeRelation(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	kind, _ := d.Fields["relation_type"].(string)
	from, to := target(d, "issue"), target(d, "issue_to")
	for name, id := range map[string]string{"issue": from, "issue_to": to} {
		if !isID(id) {
			return refuse(out, required(d, model.Field{Name: name}))
		}
	}
	if kind == "parent" {
		s, stop := c.send(ctx, http.MethodPut, "issues/"+from+".json", map[string]any{"issue": map[string]any{"parent_issue_id": to}}, "", d, out)
		if s.State == connector.Created {
			out.State, out.Key, out.Version = connector.Created, model.Key{Object: Relation, ID: subtask + from}, unchanging
		}
		return stop
	}
	s, stop := c.send(ctx, http.MethodPost, "issues/"+from+"/relations.json",
		map[string]any{"relation": map[string]any{"issue_to_id": to, "relation_type": kind}}, "", d, out)
	if s.State == connector.Created {
		out.State, out.Version = connector.Created, unchanging
		out.Key = model.Key{Object: Relation, ID: gjson.GetBytes(s.Body, "relation.id").String()}
	}
	return stop
}
