package rt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// never is how RT writes a time that is not set.
const never = "1970-01-01T00:00:00Z"

// nobody owns a ticket that has no owner.
const nobody = "Nobody"

// markScheme begins our marks; in a ticket the mark is a link to this address.
const markScheme = "wb:"

// tidyRecord makes the members of a raw record: see the comment of the package.
func tidyRecord(x gjson.Result) map[string]any {
	out := map[string]any{}
	x.ForEach(func(name, v gjson.Result) bool {
		switch {
		case name.Str == "_url" || name.Str == "_hyperlinks" || name.Str == "type":
		case name.Str == "CustomFields":
			for _, f := range v.Array() {
				values := f.Get("values").Array()
				list := make([]string, 0, len(values))
				for _, y := range values {
					if y.Type == gjson.String {
						list = append(list, y.Str)
					}
				}
				switch len(list) {
				case 0:
				case 1:
					out["cf_"+f.Get("id").String()] = list[0]
				default:
					slices.Sort(list) // RT gives them in any order
					out["cf_"+f.Get("id").String()] = list
				}
			}
		case v.IsArray():
			out[name.Str] = names(v)
		case v.IsObject():
			out[name.Str] = v.Get("id").String()
		case v.Type == gjson.String && v.Str == never, v.Type == gjson.Null:
		default:
			out[name.Str] = v.String()
		}
		return true
	})
	return out
}

// names of people or records, by their addresses where RT gives these.
func names(v gjson.Result) []string {
	out := []string{}
	for _, x := range v.Array() {
		name := x.Get("EmailAddress").String()
		if name == "" {
			name = x.Get("Name").String()
		}
		if name == "" {
			name = x.Get("id").String()
		}
		if x.Type == gjson.String {
			name = x.Str
		}
		out = append(out, name)
	}
	return out
}

func encode(m map[string]any) json.RawMessage { return connector.Raw(m) }

// stamp is a short sum over values: it changes when one of them does.
func stamp(m map[string]any, but ...string) string {
	kept := maps.Clone(m)
	for _, name := range but {
		delete(kept, name)
	}
	sum := sha256.Sum256(encode(kept))
	return hex.EncodeToString(sum[:8])
}

func link(role, value string, to ...model.Object) model.Link {
	l := model.Link{Role: role}
	for _, o := range to {
		l.To = append(l.To, model.Ref{Object: o, Value: value})
	}
	return l
}

// hyperlink kinds of a ticket's links, as the member they are written with. Each link is
// seen from both of its ends; it is read from the one that is named here.
var linkKinds = map[string]string{"depends-on": "DependsOn", "refers-to": "RefersTo", "parent": "MemberOf"}

// marks are the marks of ours that a ticket carries.
func marksOf(x gjson.Result) (out []string) {
	for _, h := range x.Get("_hyperlinks").Array() {
		if u := h.Get("_url").Str; h.Get("ref").Str == "refers-to" && strings.HasPrefix(u, markScheme) {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return out
}

// ticketRecord makes the record of a ticket, as a list gives it with ticketFields.
func (c *conn) ticketRecord(x gjson.Result, me string) model.Record {
	m := tidyRecord(x)
	id := x.Get("id").String()
	m["id"] = id
	for _, mark := range marksOf(x) {
		if !strings.HasSuffix(mark, partsSuffix) {
			m["Mark"] = mark
		}
	}
	r := model.Record{Key: model.Key{Object: model.Ticket, ID: id}}
	if m["Owner"] == nobody {
		delete(m, "Owner")
	}
	r.Links = append(r.Links, link("Queue", x.Get("Queue.id").String(), model.Group))
	if o, ok := m["Owner"].(string); ok {
		r.Links = append(r.Links, link("Owner", o, model.Agent, model.Contact))
	}
	for i, p := range x.Get("Requestor").Array() {
		name := p.Get("Name").String()
		if name == "" {
			name = p.Get("id").String()
		}
		if i == 0 {
			r.Links = append(r.Links, link("Requestor", name, model.Contact, model.Agent))
		}
	}
	if p := x.Get("Creator"); p.IsObject() {
		r.Links = append(r.Links, link("Creator", p.Get("id").String(), model.Contact, model.Agent))
	}
	list, _ := m["Requestor"].([]string)
	delete(m, "Requestor")
	if len(list) > 0 {
		m["Requestor"] = x.Get("Requestor.0.Name").String()
		m["FurtherRequestors"] = list[1:]
	}
	// A change by ourselves, such as a link that comes later, is none that people made.
	r.Version = stamp(m, "LastUpdated", "LastUpdatedBy", "Told", "TimeWorked")
	if by, _ := m["LastUpdatedBy"].(string); by != me {
		r.Version += "-" + x.Get("LastUpdated").Str
	}
	r.Raw = encode(m)
	return r
}

// userMembers are the members of a user that are kept: a list gives those that are empty,
// a single user others that nobody needs.
var userMembers = strings.Split(userFields, ",")

// userRecord makes the record of a user.
func userRecord(x gjson.Result, o model.Object, disabled bool) model.Record {
	m := tidyRecord(x)
	maps.DeleteFunc(m, func(name string, v any) bool {
		return v == "" || !strings.HasPrefix(name, "cf_") && !slices.Contains(userMembers, name)
	})
	m["Disabled"] = disabled
	m["id"] = x.Get("id").String()
	return model.Record{
		Key: model.Key{Object: o, ID: x.Get("Name").String()}, Version: stamp(m, "LastUpdated"), Raw: encode(m),
	}
}

// plainRecord makes the record of anything else.
func plainRecord(x gjson.Result, o model.Object, links ...string) model.Record {
	m := tidyRecord(x)
	m["id"] = x.Get("id").String()
	r := model.Record{Key: model.Key{Object: o, ID: x.Get("id").String()}, Version: stamp(m), Raw: encode(m)}
	if cat := x.Get("Catalog.id").String(); cat != "" && slices.Contains(links, "Catalog") {
		r.Links = append(r.Links, link("Catalog", cat, Catalog))
	}
	return r
}

// relations of a ticket to others. Links to anything but tickets of this desk are not
// records; they stay in the ticket's own text.
func relations(x gjson.Result) (out []model.Record) {
	from := x.Get("id").String()
	for _, h := range x.Get("_hyperlinks").Array() {
		kind, ok := linkKinds[h.Get("ref").Str]
		if !ok || h.Get("type").Str != "ticket" {
			continue
		}
		to := h.Get("id").String()
		m := map[string]any{"id": from + "-" + kind + "-" + to, "Type": kind, "Ticket": from, "To": to}
		out = append(out, model.Record{
			Key: model.Key{Object: Relation, ID: from + "-" + kind + "-" + to}, Version: unchanging, Raw: encode(m),
			Links: []model.Link{link("Ticket", from, model.Ticket), link("To", to, model.Ticket)},
		})
	}
	slices.SortFunc(out, func(a, b model.Record) int { return strings.Compare(a.Key.ID, b.Key.ID) })
	return out
}
