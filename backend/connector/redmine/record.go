package redmine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// numbered are members of which the number counts: what they name is read as a record.
var numbered = []string{"project", "author", "user", "assigned_to", "issue"}

// nested are members that are read as records of their own, or hold nothing of a record's own.
var nested = []string{"journals", "attachments", "relations", "children", "watchers", "api_key", "memberships", "groups", "allowed_statuses", "changesets"}

// tidyRecord makes the members of a raw record: see the comment of the package.
func tidyRecord(x gjson.Result) map[string]any {
	out := map[string]any{}
	x.ForEach(func(name, v gjson.Result) bool {
		switch {
		case slices.Contains(nested, name.Str), v.Type == gjson.Null:
		case name.Str == "custom_fields":
			for _, f := range v.Array() {
				key, value := "cf_"+f.Get("id").String(), f.Get("value")
				switch {
				case value.IsArray():
					if list := texts(value); len(list) > 0 {
						out[key] = list
					}
				case value.String() != "":
					out[key] = value.String()
				}
			}
		case v.IsObject() && slices.Contains(numbered, name.Str):
			out[name.Str] = v.Get("id").String()
			if n := v.Get("name").Str; n != "" {
				out[name.Str+"_name"] = n
			}
		case v.IsObject() && v.Get("name").Exists():
			out[name.Str] = v.Get("name").Str
		case v.IsObject(), v.IsArray():
			out[name.Str] = v.Raw
		case v.Type == gjson.Number:
			out[name.Str] = json.Number(v.Raw)
		default:
			out[name.Str] = v.Value()
		}
		return true
	})
	return out
}

func texts(v gjson.Result) []string {
	out := []string{}
	for _, x := range v.Array() {
		out = append(out, x.String())
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

// anonymous is what Redmine calls whoever was not signed in, or was deleted: nobody.
const anonymous = "Anonymous"

// person links to a user, unless it is nobody.
func person(list []model.Link, role string, x gjson.Result, to ...model.Object) []model.Link {
	if !x.Get("id").Exists() || x.Get("name").Str == anonymous {
		return list
	}
	return append(list, link(role, x.Get("id").String(), to...))
}

// recordsOf makes the records of one object out of one issue.
func recordsOf(x gjson.Result, o model.Object, l *lists) []model.Record {
	switch o {
	case model.Ticket:
		return []model.Record{ticketRecord(x, l)}
	case model.Message:
		m, _ := talk(x)
		return m
	case model.Attachment:
		_, f := talk(x)
		return f
	case Relation:
		return relationsOf(x)
	}
	return nil
}

func ticketRecord(x gjson.Result, l *lists) model.Record {
	m := tidyRecord(x)
	_, mark := unsigned(x.Get("description").String())
	delete(m, "description") // it is a message of its own
	if l.mark != "" {
		if s, ok := m["cf_"+l.mark].(string); ok {
			mark = s
		}
	}
	if mark != "" {
		m["mark"] = mark
	}
	r := model.Record{Key: model.Key{Object: model.Ticket, ID: x.Get("id").String()}}
	r.Links = append(r.Links, link("project", x.Get("project.id").String(), model.Group))
	r.Links = person(r.Links, "author", x.Get("author"), model.Contact, model.Agent)
	r.Links = person(r.Links, "assigned_to", x.Get("assigned_to"), model.Agent, model.Contact)
	var watchers []string
	for _, w := range x.Get("watchers").Array() {
		watchers = append(watchers, w.Get("name").Str)
	}
	delete(m, "parent")
	// What we add ourselves, such as a note or a link, is no change that people made; the
	// last note of somebody else is.
	r.Version = stamp(m, "updated_on", "closed_on", "total_estimated_hours", "estimated_hours", "total_spent_hours", "spent_hours")
	others := int64(0)
	for _, j := range x.Get("journals").Array() {
		if j.Get("user.id").Int() != l.me {
			others = j.Get("id").Int()
		}
	}
	r.Version += "-" + strconv.FormatInt(others, 10)
	if len(watchers) > 0 {
		m["watchers"] = watchers
	}
	r.Raw = encode(m)
	return r
}

// unchanging is the version of what is never changed once it is written.
const unchanging = "1"

// described ends the id of the message that an issue's description is; those of notes end
// in their numbers. All begin with the number of the issue.
const described = "-0"

// talk makes the messages of an issue and their files. A file belongs to the note whose
// details name it, else to the description. Where Redmine parted a private note from its
// files, they go with the note, so that they stay private.
func talk(x gjson.Result) (messages, files []model.Record) {
	issue := x.Get("id").String()
	journals := x.Get("journals").Array()
	home, needed := map[string]string{}, map[string]bool{}
	for i, j := range journals {
		id := j.Get("id").String()
		for _, d := range j.Get("details").Array() {
			if d.Get("property").Str != "attachment" || d.Get("new_value").String() == "" {
				continue
			}
			to := issue + "-" + id
			if j.Get("notes").String() == "" {
				for _, near := range journals[max(i-1, 0):min(i+2, len(journals))] {
					if near.Get("private_notes").Bool() && near.Get("notes").String() != "" && near.Get("user.id").Int() == j.Get("user.id").Int() &&
						apart(near.Get("created_on").Str, j.Get("created_on").Str) <= 2*time.Second {
						to = issue + "-" + near.Get("id").String()
					}
				}
			}
			home[d.Get("name").String()], needed[to] = to, true
		}
	}
	text, mark := unsigned(x.Get("description").String())
	attached := x.Get("attachments").Array()
	first := text != ""
	for _, a := range attached {
		first = first || home[a.Get("id").String()] == ""
	}
	if first {
		messages = append(messages, messageRecord(issue+described, issue, text, mark, false, x.Get("created_on").Str, x.Get("author")))
	}
	for _, j := range journals {
		id := issue + "-" + j.Get("id").String()
		if j.Get("notes").String() == "" && !needed[id] {
			continue // a change of a field, without a word
		}
		messages = append(messages, messageRecord(id, issue, j.Get("notes").String(), "", j.Get("private_notes").Bool(), j.Get("created_on").Str, j.Get("user")))
	}
	for _, a := range attached {
		id, to := a.Get("id").String(), home[a.Get("id").String()]
		if to == "" {
			to = issue + described
		}
		m := tidyRecord(a)
		delete(m, "content_url")
		delete(m, "thumbnail_url")
		m["id"], m["message"] = issue+"-"+id, to
		files = append(files, model.Record{
			Key: model.Key{Object: model.Attachment, ID: issue + "-" + id}, Version: unchanging, Raw: encode(m), Links: []model.Link{link("message", to, model.Message)},
		})
	}
	return messages, files
}

func apart(a, b string) time.Duration {
	x, err := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	if err != nil || err2 != nil {
		return time.Hour
	}
	return x.Sub(y).Abs()
}

func messageRecord(id, issue, text, mark string, private bool, at string, author gjson.Result) model.Record {
	m := map[string]any{"id": id, "issue": issue, "notes": text, "private_notes": private, "created_on": at, "user_name": author.Get("name").Str}
	r := model.Record{Key: model.Key{Object: model.Message, ID: id}, Links: []model.Link{link("issue", issue, model.Ticket)}}
	r.Links = person(r.Links, "user", author, model.Agent, model.Contact)
	r.Version = stamp(m, "user_name") // a text can be edited, and its author may change his name
	if mark != "" {
		m["mark"] = mark
	}
	r.Raw = encode(m)
	return r
}

// subtask begins the name of the relation of an issue to its parent.
const subtask = "parent-"

// relationsOf gives the links that begin at an issue; each is listed at both its ends.
func relationsOf(x gjson.Result) []model.Record {
	issue := x.Get("id").String()
	var out []model.Record
	for _, r := range x.Get("relations").Array() {
		if r.Get("issue_id").String() == issue {
			out = append(out, relationRecord(r))
		}
	}
	if p := x.Get("parent.id"); p.Exists() {
		m := map[string]any{"id": subtask + issue, "relation_type": "parent", "issue": issue, "issue_to": p.String()}
		out = append(out, model.Record{
			Key: model.Key{Object: Relation, ID: subtask + issue}, Version: unchanging, Raw: encode(m),
			Links: []model.Link{link("issue", issue, model.Ticket), link("issue_to", p.String(), model.Ticket)},
		})
	}
	return out
}

func relationRecord(r gjson.Result) model.Record {
	from, to := r.Get("issue_id").String(), r.Get("issue_to_id").String()
	m := map[string]any{"id": r.Get("id").String(), "relation_type": r.Get("relation_type").Str, "issue": from, "issue_to": to}
	if d := r.Get("delay"); d.Exists() && d.Type != gjson.Null {
		m["delay"] = json.Number(d.Raw)
	}
	return model.Record{
		Key: model.Key{Object: Relation, ID: r.Get("id").String()}, Version: unchanging, Raw: encode(m),
		Links: []model.Link{link("issue", from, model.Ticket), link("issue_to", to, model.Ticket)},
	}
}

func userRecord(x gjson.Result, o model.Object, locked bool) model.Record {
	m := tidyRecord(x)
	for _, name := range []string{"last_login_on", "passwd_changed_on", "twofa_scheme", "status", "avatar_url"} {
		delete(m, name) // it says nothing of the person, and changes at each sign-in
	}
	m["name"] = strings.TrimSuffix(x.Get("firstname").Str+" "+x.Get("lastname").Str, " -")
	m["locked"] = locked
	return model.Record{Key: model.Key{Object: o, ID: x.Get("id").String()}, Version: stamp(m, "updated_on"), Raw: encode(m)}
}

// simpleRecord makes the record of anything else; titled are members that are known by a title.
func simpleRecord(x gjson.Result, o model.Object, id string, titled ...string) model.Record {
	m := tidyRecord(x)
	for _, name := range titled {
		if t := x.Get(name + ".title"); t.Exists() {
			m[name] = t.Str
		}
	}
	m["id"] = id
	r := model.Record{Key: model.Key{Object: o, ID: id}, Version: stamp(m), Raw: encode(m)}
	if p := x.Get("project.id"); p.Exists() {
		r.Links = append(r.Links, link("project", p.String(), model.Group))
	}
	if p := x.Get("issue.id"); p.Exists() {
		r.Links = append(r.Links, link("issue", p.String(), model.Ticket))
	}
	r.Links = person(r.Links, "user", x.Get("user"), model.Agent, model.Contact)
	r.Links = person(r.Links, "author", x.Get("author"), model.Agent, model.Contact)
	return r
}

// The mark as text: letters that a search could take for something else are written as
// "~" and two digits.

func markText(m model.Mark) string {
	var b strings.Builder
	for i := range len(m) {
		if c := m[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(":.-+@", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "~%02X", c)
		}
	}
	return b.String()
}

func markFrom(s string) model.Mark {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '~' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return model.Mark(b.String())
}

// The last line of a description that carries the mark, where there is no custom field for it.
const (
	signature = "\n\n[Waybill "
	signed    = "]"
)

func sign(text string, m model.Mark) string { return text + signature + markText(m) + signed }

// lastLine is the line that carries the mark; Redmine ends each line of a description with
// two signs, and takes blanks off the ends of a text.
var lastLine = regexp.MustCompile(`(?:\r?\n)*\[Waybill ([^\s\]]+)\]\s*$`)

// unsigned takes the last line off a description, and gives the mark that it holds.
func unsigned(text string) (rest, mark string) {
	at := lastLine.FindStringSubmatchIndex(text)
	if at == nil {
		return text, ""
	}
	return text[:at[0]], text[at[2]:at[3]]
}

// MarkOf reads our mark: of an issue a custom field or the last line of its description, of a
// customer the login.
func (c *conn) MarkOf(r model.Record) model.Mark {
	switch r.Key.Object {
	case model.Ticket:
		return markFrom(gjson.GetBytes(r.Raw, "mark").Str)
	case model.Contact:
		return markOfLogin(gjson.GetBytes(r.Raw, "login").Str)
	}
	return ""
}

// VersionOf is a sum over the record, and of an issue the last note of somebody else.
func (c *conn) VersionOf(r model.Record) string { return r.Version }

// loginOf makes the login of a customer out of a mark. A login has sixty letters, a to z,
// digits and a few signs; a longer mark is shortened to a sum.
func loginOf(m model.Mark) string {
	var b strings.Builder
	b.WriteString("wb.")
	for i := range len(m) {
		switch c := m[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '@':
			b.WriteByte(c)
		case c == ':':
			b.WriteByte('.')
		default:
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	if b.Len() <= 60 {
		return b.String()
	}
	sum := sha256.Sum256([]byte(m))
	return "wb-" + hex.EncodeToString(sum[:16])
}

func markOfLogin(s string) model.Mark {
	s, ok := strings.CutPrefix(s, "wb.")
	if !ok {
		return ""
	}
	return markFrom(strings.ReplaceAll(strings.ReplaceAll(s, ".", ":"), "_", "~"))
}
