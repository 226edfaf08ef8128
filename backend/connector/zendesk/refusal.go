package zendesk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// notThere is what a refused record means.
const notThere = "The record is not in Zendesk, and neither is what depends on it."

// refusal says in words why Zendesk did not accept a record, by its first reason.
func refusal(fields map[string]string) *problem.Problem {
	names := slices.Sorted(maps.Keys(fields))
	if len(names) == 0 {
		return problem.New(connector.CodeRefused, desk+" refused the record without saying why.", notThere,
			"Retry it. If it is refused again, look at its values one by one.")
	}
	name := names[0]
	p := reason(name, fields[name])
	if len(names) > 1 {
		var others []string
		for _, n := range names[1:] {
			others = append(others, fields[n])
		}
		p.Why += " Also refused: " + strings.Join(others, "; ") + "."
	}
	return p
}

// labels are the words with which Zendesk begins a reason, and the fields that they mean.
var labels = map[string]string{
	"external": "external_id", "organization": "organization_id", "requester": "requester_id", "assignee": "assignee_id", "submitter": "submitter_id",
	"author": "author_id", "group": "group_id", "comment created_at": "created_at", "description": "html_body", "organization fields": "organization_fields", "user fields": "user_fields",
}

// reason makes a problem of one sentence of Zendesk's, such as "Name: is too long
// (maximum is 255 characters)".
func reason(field, text string) *problem.Problem {
	label, rest, ok := strings.Cut(text, ":")
	if ok && (field == "" || field == "base") {
		field = strings.ToLower(strings.TrimSpace(label))
		field = strings.ReplaceAll(field, "customfield", "custom field")
	}
	if f, ok := labels[field]; ok {
		field = f
	}
	if strings.HasPrefix(strings.ToLower(text), "custom field ") {
		field = "custom_fields." + strings.TrimSpace(strings.TrimPrefix(strings.ToLower(label), "custom field "))
	}
	low := strings.ToLower(text)
	code, next := connector.CodeInvalid, "Correct the value in the source, or map it to one that Zendesk accepts."
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(low, p) })
	}
	switch {
	case has("is suspended"):
		next = "Let the person in again in Zendesk (Unsuspend on their page), or choose a stand-in for them in the mapping. Then retry this record."
	case has("closed prevents"):
		code, next = connector.CodeRefused, "Nothing can be changed on a closed ticket. Make a follow-up ticket there if it matters."
	case has("blank", "too short"):
		code, next = connector.CodeRequired, "Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping."
	case has("too long"):
		code, next = connector.CodeTooLong, "Shorten it with a formula in the mapping, or move the rest into another field."
	case has("already", "taken"):
		code, next = connector.CodeTaken, "Merge the two records in Clean, or change one of the values."
	case has("does not exist", "not a valid field"):
		code, next = connector.CodeUnknownField, "Create the field in Zendesk, or leave it out in the mapping."
	case strings.HasSuffix(field, "_id") && has("is invalid", "is not an agent"):
		code, next = connector.CodeNoRecord, "See why the record that it points to did not arrive, then retry this one."
	}
	if ok {
		text = strings.TrimSpace(rest)
	}
	return problem.Wrap(errors.New(low), code, fmt.Sprintf("Zendesk does not accept %q: %s", field, wire.Sentence(text)), notThere, next).
		At(problem.Place{Field: field})
}

// rowRefusal says why a row of a job was refused.
func rowRefusal(x gjson.Result) *problem.Problem {
	text := x.Get("details").String()
	if text == "" {
		text = x.Get("errors").String()
	}
	if text == "" {
		text = x.Get("error").String()
	}
	if text == "" {
		return refusal(nil)
	}
	return reason("", text)
}

func at(d model.Draft, field string) problem.Place {
	return problem.Place{Object: string(d.Object), Record: d.Source.ID, Field: field}
}

// placed says which record a problem is about, keeping its field.
func placed(p *problem.Problem, d model.Draft) *problem.Problem {
	w := p.Where
	w.Object, w.Record = string(d.Object), d.Source.ID
	return p.At(w)
}

func refused(o *connector.Outcome, d model.Draft, p *problem.Problem) {
	o.State, o.Err = connector.Refused, placed(p, d)
}

// alone is the refusal of what goes only with its owner.
func alone(d model.Draft) *problem.Problem {
	if d.Object == model.Attachment {
		return problem.New(connector.CodeRefused, "Zendesk takes files only together with the message that they belong to.",
			"The message is there already, so the file cannot be added to it.", "Keep it in the archive, or attach it by hand to an internal note.").At(at(d, "message_id"))
	}
	return problem.New(connector.CodeRefused, "Zendesk takes messages of the past only together with their ticket.",
		"The ticket is there already. A message added now would have today's date and could mail people.",
		"Keep it in the archive, or write it into the ticket by hand as an internal note.").At(at(d, "ticket_id"))
}
