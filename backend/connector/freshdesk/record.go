package freshdesk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// roles are the links of each object: the field, and what it may point to.
var roles = map[model.Object][]struct {
	field string
	to    []model.Object
}{
	model.Contact: {{"company_id", []model.Object{model.Organization}}},
	model.Ticket: {
		{"requester_id", []model.Object{model.Contact, model.Agent}},
		{"responder_id", []model.Object{model.Agent, model.Contact}},
		{"group_id", []model.Object{model.Group}},
		{"company_id", []model.Object{model.Organization}},
	},
	model.Message:   {{"ticket_id", []model.Object{model.Ticket}}, {"user_id", []model.Object{model.Agent, model.Contact}}},
	model.TimeEntry: {{"ticket_id", []model.Object{model.Ticket}}, {"agent_id", []model.Object{model.Agent, model.Contact}}},
	model.Rating: {
		{"ticket_id", []model.Object{model.Ticket}},
		{"user_id", []model.Object{model.Contact, model.Agent}},
		{"agent_id", []model.Object{model.Agent, model.Contact}},
		{"group_id", []model.Object{model.Group}},
	},
	model.Section: {{"category_id", []model.Object{model.Category}}, {"parent_folder_id", []model.Object{model.Section}}},
	model.Article: {{"folder_id", []model.Object{model.Section}}, {"agent_id", []model.Object{model.Agent, model.Contact}}},
}

// record makes a record of the desk's own JSON, whose text it keeps apart from its page.
func record(o model.Object, x gjson.Result) (model.Record, error) {
	id := text(x.Get("id"))
	if id == "" {
		return model.Record{}, connector.Failing(fmt.Errorf("a %s without an id: %w", o, io.ErrUnexpectedEOF), desk)
	}
	if o == model.TimeEntry { // no call reads one by its own number
		id = text(x.Get("ticket_id")) + "-" + id
	}
	r := model.Record{Key: model.Key{Object: o, ID: id}, Raw: json.RawMessage(strings.Clone(x.Raw)), Version: version(o, x)}
	customer := o == model.Message && x.Get("incoming").Bool()
	for _, l := range roles[o] {
		value := text(x.Get(l.field))
		if value == "" {
			continue
		}
		to := l.to
		if customer && l.field == "user_id" {
			to = []model.Object{model.Contact, model.Agent}
		}
		r.Links = append(r.Links, pointer(l.field, value, to...))
	}
	return r, nil
}

// pointer names candidates in order of preference: people's numbers are unique over
// contacts and agents, and somebody who left the staff is a contact.
func pointer(role, value string, to ...model.Object) model.Link {
	l := model.Link{Role: role}
	for _, o := range to {
		l.To = append(l.To, model.Ref{Object: o, Value: value})
	}
	return l
}

// text reads a JSON text or number; anything else is empty.
func text(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return strings.Clone(v.Str)
	case gjson.Number:
		return strings.Clone(v.Raw)
	}
	return ""
}

// stamps are the values by which a record is known to be changed. Times are not among
// them: a note stamps its ticket, a second holds many changes, and the list of tickets
// gives no texts.
var stamps = map[model.Object][]string{
	model.Organization: {"name", "description", "note", "domains", "health_score", "account_tier", "renewal_date", "industry", "custom_fields"},
	model.Group:        {"name", "description", "escalate_to", "unassigned_for", "business_hour_id"},
	model.Agent:        {"contact.name", "contact.email", "contact.active", "occasional", "ticket_scope", "deactivated", "group_ids"},
	model.Contact: {
		"name", "email", "phone", "mobile", "twitter_id", "address", "description", "job_title", "language", "time_zone", "tags", "other_emails",
		"company_id", "view_all_tickets", "unique_external_id", "custom_fields", "deleted",
	},
	model.Ticket: {
		"subject", "type", "status", "priority", "requester_id", "responder_id", "group_id", "company_id", "tags", "custom_fields", "spam", "deleted",
	},
	model.Message:     {"body", "private", "incoming", "user_id"},
	model.Attachment:  {"name", "size"},
	model.TimeEntry:   {"note", "time_spent", "billable", "agent_id", "executed_at"},
	model.Category:    {"name", "description"},
	model.Section:     {"name", "description", "visibility"},
	model.Article:     {"title", "description", "status", "tags", "folder_id"},
	model.Translation: {"title", "description", "status"},
	model.Macro:       {"title", "content_html"},
}

// version is a digest of what people change in a record.
func version(o model.Object, x gjson.Result) string {
	names, ok := stamps[o]
	if !ok {
		return text(x.Get("updated_at"))
	}
	h := sha256.New()
	for _, n := range names {
		v := x.Get(n)
		if n == "body" && !v.Exists() {
			v = x.Get("description")
		}
		_, _ = io.WriteString(h, n+"="+canonical(v)+"\n") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// canonical writes a value so that equal ones look equal: members and lists in order,
// nothing and an empty list the same.
func canonical(v gjson.Result) string {
	switch {
	case !v.Exists() || v.Type == gjson.Null || v.Type == gjson.False:
		return ""
	case v.IsArray():
		var parts []string
		for _, e := range v.Array() {
			parts = append(parts, canonical(e))
		}
		slices.Sort(parts)
		return strings.Join(parts, "\x00")
	case v.IsObject():
		var parts []string
		v.ForEach(func(k, e gjson.Result) bool {
			if s := canonical(e); s != "" {
				parts = append(parts, k.String()+":"+s)
			}
			return true
		})
		slices.Sort(parts)
		return strings.Join(parts, "\x01")
	case v.Type == gjson.Number:
		return v.Raw
	}
	return v.String()
}

// inGroup finds the mark at the end of a group's description.
var inGroup = regexp.MustCompile(`\[([^\[\]]+)\]$`)

// MarkOf reads our mark: from the field that Waybill made, the external id of a contact,
// or the description of a group.
func (c *conn) MarkOf(r model.Record) model.Mark {
	x := gjson.ParseBytes(r.Raw)
	return markOf(r.Key.Object, x)
}

func markOf(o model.Object, x gjson.Result) model.Mark {
	switch o {
	case model.Contact:
		return model.Mark(x.Get("unique_external_id").String())
	case model.Group:
		if m := inGroup.FindStringSubmatch(x.Get("description").String()); m != nil {
			return model.Mark(m[1])
		}
	case model.Ticket, model.Organization:
		found := ""
		x.Get("custom_fields").ForEach(func(k, v gjson.Result) bool {
			if markName.MatchString(k.String()) {
				found = v.String()
			}
			return found == ""
		})
		return model.Mark(found)
	}
	return ""
}

// markName is how Freshdesk names a field with our label: "cf_waybill_reference", also
// with a number behind it.
var markName = regexp.MustCompile(`^(cf_)?waybill_reference(_?\d+)?$`)

// VersionOf is the digest of the record's values.
func (c *conn) VersionOf(r model.Record) string { return r.Version }

func codeOf(err error) problem.Code {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}
