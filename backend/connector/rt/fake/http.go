package fake

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// call is one request.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	me   *user
	body map[string]any
	// files of a form, besides those in body["Attachments"].
	files []*attachment
}

func say(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": words}) // the caller went away
}

func (c *call) say(status int, words string) { say(c.w, status, words) }

func (c *call) answer(status int, v any) {
	b, err := json.MarshalIndent(v, "", "   ")
	if err != nil {
		c.say(http.StatusInternalServerError, err.Error())
		return
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.Header().Set("Date", c.s.now().UTC().Format(http.TimeFormat))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b) // the caller went away
}

// readBody takes JSON, or a form with a field JSON and files.
func (c *call) readBody() bool {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete {
		return true
	}
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	var raw []byte
	var err error
	switch kind {
	case "application/json":
		raw, err = io.ReadAll(c.r.Body)
	case "multipart/form-data":
		m := multipart.NewReader(c.r.Body, params["boundary"])
		for err == nil {
			var p *multipart.Part
			if p, err = m.NextRawPart(); err != nil {
				break
			}
			var b []byte
			if b, err = io.ReadAll(p); err != nil {
				break
			}
			if p.FormName() == "JSON" {
				raw = b
				continue
			}
			_, d, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			if len(b) == 0 {
				c.say(http.StatusBadRequest, "FileContent is a required field for each attachment in Attachments")
				return false
			}
			c.files = append(c.files, &attachment{name: path.Base(d["filename"]), kind: p.Header.Get("Content-Type"), content: b})
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
	default:
		c.say(http.StatusUnsupportedMediaType, "Unsupported Media Type")
		return false
	}
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err = dec.Decode(&c.body)
	}
	if err != nil {
		c.say(http.StatusBadRequest, "Malformed request: "+err.Error())
		return false
	}
	return true
}

var routes = []struct {
	method string
	path   *regexp.Regexp
	do     func(c *call, m []string)
}{
	{"GET", regexp.MustCompile(`^rt$`), func(c *call, _ []string) {
		c.answer(200, map[string]any{"Version": "5.0.3+dfsg-3~deb12u6", "Plugins": []any{}})
	}},
	{"GET", regexp.MustCompile(`^tickets$`), (*call).listTickets},
	{"GET", regexp.MustCompile(`^transactions$`), (*call).listTransactions},
	{"GET", regexp.MustCompile(`^ticket/(\d+)/history$`), (*call).history},
	{"GET", regexp.MustCompile(`^attachments$`), (*call).listAttachments},
	{"GET", regexp.MustCompile(`^attachment/(\d+)$`), (*call).oneAttachment},
	{"GET", regexp.MustCompile(`^users$`), (*call).listUsers},
	{"GET", regexp.MustCompile(`^(queues)(?:/all)?$`), (*call).listQueues},
	{"GET", regexp.MustCompile(`^groups$`), (*call).listGroups},
	{"GET", regexp.MustCompile(`^group/(\d+)/members$`), (*call).members},
	{"GET", regexp.MustCompile(`^customfields$`), (*call).listFields},
	{"GET", regexp.MustCompile(`^customfield/(\d+)$`), (*call).oneField},
	{"GET", regexp.MustCompile(`^(articles|assets|catalogs)(?:/all)?$`), func(c *call, _ []string) { c.list(0, nil, nil) }},
	{"GET", regexp.MustCompile(`^ticket/(\d+)$`), (*call).oneTicket},
	{"POST", regexp.MustCompile(`^ticket$`), (*call).createTicket},
	{"PUT", regexp.MustCompile(`^ticket/(\d+)$`), (*call).changeTicket},
	{"DELETE", regexp.MustCompile(`^ticket/(\d+)$`), (*call).deleteTicket},
	{"POST", regexp.MustCompile(`^ticket/(\d+)/(correspond|comment)$`), (*call).message},
	{"GET", regexp.MustCompile(`^user/(.+)$`), (*call).oneUser},
	{"POST", regexp.MustCompile(`^user$`), (*call).createUser},
}

func (c *call) route() {
	p, ok := strings.CutPrefix(c.r.URL.Path, "/REST/2.0/")
	if !ok {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	known := false
	for _, x := range routes {
		if m := x.path.FindStringSubmatch(p); m != nil {
			known = true
			if x.method == c.r.Method {
				x.do(c, m)
				return
			}
		}
	}
	if known {
		c.say(http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	c.say(http.StatusNotFound, "Not Found")
}

// list answers with a page of n records. get gives the values of a record that a search
// may name; show makes its members.
func (c *call) list(n int, get func(i int, field string) []string, show func(i int, field string) any) {
	c.listOf(nil, n, get, show)
}

// listOf considers only some records, if only is not nil.
func (c *call) listOf(only []int, n int, get func(i int, field string) []string, show func(i int, field string) any) {
	q := c.r.URL.Query()
	var search query
	text := q.Get("query")
	var err error
	switch {
	case text == "":
	case strings.HasPrefix(strings.TrimSpace(text), "["):
		search, err = parseJSON(text)
	default:
		search, err = parseSQL(text)
	}
	if c.r.URL.Path == "/REST/2.0/users" {
		search = c.public(search)
	}
	if err != nil {
		c.say(http.StatusBadRequest, err.Error())
		return
	}
	size, page := 20, 1
	if x, err := strconv.Atoi(q.Get("per_page")); err == nil && x > 0 {
		size = min(x, 100)
	}
	if x, err := strconv.Atoi(q.Get("page")); err == nil && x > 0 {
		page = x
	}
	var hits []int
	consider := func(i int) {
		if search == nil || search.holds(func(f string) []string { return get(i, f) }) {
			hits = append(hits, i)
		}
	}
	if c.me.name() == "weak" {
		n, only = 0, []int{} // who may see nothing gets empty lists
	}
	if only != nil {
		slices.Sort(only)
		for _, i := range slices.Compact(only) {
			consider(i)
		}
	} else {
		for i := range n {
			consider(i)
		}
	}
	if strings.EqualFold(q.Get("order"), "DESC") {
		slices.Reverse(hits)
	}
	items := []any{}
	from := min((page-1)*size, len(hits))
	for _, i := range hits[from:min(from+size, len(hits))] {
		m := map[string]any{"id": show(i, "key"), "type": "record", "_url": "https://rt.example/REST/2.0/record"}
		for _, f := range strings.Split(q.Get("fields"), ",") {
			if f == "" {
				continue
			}
			if v := show(i, f); v != nil {
				m[f] = v
			} else {
				m[f] = ""
			}
		}
		items = append(items, m)
	}
	c.answer(200, map[string]any{
		"count": len(items), "total": len(hits), "page": page, "per_page": size, "pages": (len(hits) + size - 1) / size, "items": items,
	})
}

// searchable are the members by which users can be searched; a condition on another one is
// left out without a word.
var searchable = []string{
	"Name", "EmailAddress", "Organization", "RealName", "NickName", "Lang", "Gecos", "SMIMECertificate", "City", "Country", "Timezone",
}

type anybody struct{}

func (anybody) holds(get func(string) []string) bool { return len(get("Name")) > 0 }
func (anybody) equals(string) ([]string, bool)       { return nil, false }

func (c *call) public(q query) query {
	switch x := q.(type) {
	case test:
		if !slices.Contains(searchable, x.field) {
			return anybody{}
		}
	case both:
		return both{c.public(x.a), c.public(x.b)}
	case either:
		return either{c.public(x.a), c.public(x.b)}
	}
	return q
}

// only gives the records whom a search for equal values of a field can find.
func (c *call) only(field string, find func(value string) []int) []int {
	text := c.r.URL.Query().Get("query")
	search, err := parseSQL(text)
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		search, err = parseJSON(text)
	}
	if text == "" || err != nil || search == nil {
		return nil
	}
	values, ok := search.equals(field)
	if !ok {
		return nil
	}
	out := []int{}
	for _, v := range values {
		out = append(out, find(v)...)
	}
	return out
}

func at(n int) func(string) []int {
	return func(v string) []int {
		if i, err := strconv.Atoi(v); err == nil && i >= 1 && i <= n {
			return []int{i - 1}
		}
		return nil
	}
}

func ref(kind, id string) map[string]any {
	return map[string]any{"type": kind, "id": id, "_url": "https://rt.example/REST/2.0/" + kind + "/" + id}
}

func person(u *user) map[string]any {
	m := ref("user", u.name())
	m["Name"], m["EmailAddress"] = u.name(), u.values["EmailAddress"]
	return m
}

func peopleOf(list []*user) []any {
	out := []any{}
	for _, u := range list {
		out = append(out, person(u))
	}
	return out
}

var linkRefs = map[string]string{"DependsOn": "depends-on", "RefersTo": "refers-to", "MemberOf": "parent"}

const unset = "1970-01-01T00:00:00Z"

func (c *call) showTicket(t *ticket, field string) any {
	switch field {
	case "key":
		return strconv.Itoa(t.id)
	case "id":
		return t.id
	case "EffectiveId":
		return strconv.Itoa(t.into)
	case "Queue":
		return ref("queue", strconv.Itoa(t.queue.id))
	case "Owner":
		return person(t.owner)
	case "Creator":
		return person(t.creator)
	case "LastUpdatedBy":
		return person(t.updater)
	case "Requestor":
		return peopleOf(t.requestors)
	case "Cc":
		return peopleOf(t.cc)
	case "AdminCc":
		return peopleOf(t.adminCc)
	case "Created":
		return stampOf(t.created)
	case "LastUpdated":
		return stampOf(t.updated)
	case "Type":
		return t.kind
	case "CustomFields":
		out := []any{}
		for _, f := range c.s.fields {
			if f.lookup == "RT::Queue-RT::Ticket" {
				m := ref("customfield", strconv.Itoa(f.id))
				m["name"], m["values"] = f.name, append([]string{}, t.custom[f.id]...)
				out = append(out, m)
			}
		}
		return out
	case "_hyperlinks":
		out := []any{map[string]any{"ref": "self", "type": "ticket", "id": t.id, "_url": "https://rt.example/REST/2.0/ticket/" + strconv.Itoa(t.id)}}
		for _, l := range t.links {
			if _, err := strconv.Atoi(l.to); err == nil {
				m := ref("ticket", l.to)
				m["ref"] = linkRefs[l.kind]
				out = append(out, m)
			} else {
				out = append(out, map[string]any{"ref": linkRefs[l.kind], "type": "external", "_url": l.to})
			}
		}
		return out
	case "Starts", "Started", "Due", "Resolved", "Told":
		if v := t.values[field]; v != "" {
			return v
		}
		return unset
	}
	if v, ok := t.values[field]; ok {
		return v
	}
	if slices.Contains(numbers, field) {
		return "0"
	}
	return nil
}

var numbers = []string{"Priority", "InitialPriority", "FinalPriority", "TimeWorked", "TimeLeft", "TimeEstimated"}

func (c *call) getTicket(t *ticket, field string) []string {
	switch field {
	case "id":
		return []string{strconv.Itoa(t.id)}
	case "LastUpdated":
		return []string{stampOf(t.updated)}
	case "Created":
		return []string{stampOf(t.created)}
	case "Type":
		return []string{t.kind}
	case "RefersTo", "DependsOn", "MemberOf":
		var out []string
		for _, l := range t.links {
			if l.kind == field {
				out = append(out, l.to)
			}
		}
		return out
	}
	return []string{t.values[field]}
}

func (c *call) listTickets(_ []string) {
	all := c.s.tickets
	only := c.only("id", at(len(all)))
	if only == nil {
		only = c.only("RefersTo", func(v string) (out []int) {
			for _, t := range c.s.links[v] {
				out = append(out, t.id-1)
			}
			return out
		})
	}
	get := func(i int, f string) []string {
		if !all[i].listed() {
			return nil // no search finds what is deleted or merged
		}
		return c.getTicket(all[i], f)
	}
	c.listOf(only, len(all), get, func(i int, f string) any { return c.showTicket(all[i], f) })
}

func (c *call) ticketOf(m []string) *ticket {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	t := c.s.ticket(id)
	if t == nil {
		c.say(http.StatusNotFound, "Not Found")
	}
	return t
}

func (c *call) oneTicket(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	out := map[string]any{}
	for _, f := range append([]string{
		"Queue", "Owner", "Creator", "LastUpdatedBy", "Requestor", "Cc", "AdminCc", "Created", "LastUpdated",
		"Type", "CustomFields", "_hyperlinks", "Subject", "Status", "Starts", "Started", "Due", "Resolved", "Told",
	}, numbers...) {
		out[f] = c.showTicket(t, f)
	}
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	out["id"], out["EffectiveId"] = id, ref("ticket", strconv.Itoa(t.id))
	c.answer(200, out)
}

func (c *call) showTransaction(x *transaction, field string) any {
	switch field {
	case "key":
		return strconv.Itoa(x.id)
	case "Type":
		return x.kind
	case "ObjectType":
		return x.objectType
	case "ObjectId":
		return strconv.Itoa(x.object)
	case "Creator":
		return ref("user", x.creator.name())
	case "Created":
		return stampOf(x.created)
	case "Field":
		return x.field
	case "OldValue":
		return x.oldValue
	case "NewValue":
		return x.newValue
	case "TimeTaken":
		return strconv.Itoa(x.minutes)
	}
	return nil
}

func (c *call) listTransactions(_ []string) {
	all := c.s.transactions
	c.listOf(c.only("id", at(len(all))), len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		return []string{fmt.Sprint(c.showTransaction(all[i], f))}
	}, func(i int, f string) any { return c.showTransaction(all[i], f) })
}

func (c *call) history(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	all := slices.Clone(t.history)
	for _, x := range t.merged {
		all = append(all, x.history...)
	}
	slices.SortFunc(all, func(a, b *transaction) int { return a.id - b.id })
	c.list(len(all), nil, func(i int, f string) any { return c.showTransaction(all[i], f) })
}

func (c *call) listAttachments(_ []string) {
	all := c.s.attachments
	only := c.only("id", at(len(all)))
	if only == nil {
		only = c.only("TransactionId", func(v string) (out []int) {
			for _, i := range at(len(c.s.transactions))(v) {
				for _, a := range c.s.transactions[i].attachments {
					out = append(out, a.id-1)
				}
			}
			return out
		})
	}
	c.listOf(only, len(all), func(i int, f string) []string {
		switch f {
		case "id":
			return []string{strconv.Itoa(all[i].id)}
		case "TransactionId":
			return []string{strconv.Itoa(all[i].transaction)}
		}
		return nil
	}, func(i int, f string) any {
		a := all[i]
		switch f {
		case "key":
			return strconv.Itoa(a.id)
		case "Filename":
			return a.name
		case "ContentType":
			return a.kind
		case "TransactionId":
			return strconv.Itoa(a.transaction)
		case "Headers":
			return a.headers
		case "Content":
			return string(a.content)
		}
		return nil
	})
}

func (c *call) oneAttachment(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if id < 1 || id > len(c.s.attachments) {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	a := c.s.attachments[id-1]
	out := map[string]any{"id": a.id, "Filename": a.name, "ContentType": a.kind, "Headers": a.headers, "TransactionId": strconv.Itoa(a.transaction)}
	if len(a.content) > 0 {
		text := base64.StdEncoding.EncodeToString(a.content)
		var b strings.Builder
		for len(text) > 0 {
			n := min(76, len(text))
			b.WriteString(text[:n] + "\n")
			text = text[n:]
		}
		out["Content"] = b.String()
	}
	c.answer(200, out)
}

func (c *call) listUsers(_ []string) {
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	all := c.s.users
	withDisabled := c.r.URL.Query().Get("find_disabled_rows") == "1"
	only := c.only("Name", func(v string) []int {
		if u := c.s.userByName[strings.ToLower(v)]; u != nil {
			return []int{u.id - 1}
		}
		return nil
	})
	if c.r.URL.Query().Get("query") == "" {
		only = []int{} // without a search nothing comes
	}
	c.listOf(only, len(all), func(i int, f string) []string {
		u := all[i]
		if u == nil || u.disabled && !withDisabled {
			return nil
		}
		return []string{u.values[f]}
	}, func(i int, f string) any {
		u := all[i]
		switch f {
		case "key":
			return u.name()
		case "id":
			return u.id
		case "Privileged", "Disabled":
			return nil
		case "CustomFields":
			return []any{map[string]any{"id": "5", "type": "customfield", "name": "Customer No.", "values": []string{}}}
		}
		return u.values[f]
	})
}

func (c *call) oneUser(m []string) {
	u := c.s.userByName[strings.ToLower(m[1])]
	if id, err := strconv.Atoi(m[1]); u == nil && err == nil && id >= 1 && id <= len(c.s.users) {
		u = c.s.users[id-1]
	}
	if u == nil {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	out := map[string]any{
		"id": u.id, "Privileged": map[bool]int{true: 1}[u.privileged], "Disabled": map[bool]string{true: "1", false: "0"}[u.disabled],
		"CustomFields": []any{map[string]any{"id": "5", "type": "customfield", "name": "Customer No.", "values": []string{}}},
	}
	for _, k := range sortedNames(u.values) {
		out[k] = u.values[k]
	}
	c.answer(200, out)
}

func (c *call) listQueues(m []string) {
	all := c.s.queues
	if !strings.HasSuffix(c.r.URL.Path, "/all") && c.r.URL.Query().Get("query") == "" {
		all = nil
	}
	c.list(len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		if f == "LastUpdated" {
			return []string{"2009-01-01T00:00:00Z"}
		}
		return []string{all[i].values[f]}
	}, func(i int, f string) any {
		switch f {
		case "key":
			return strconv.Itoa(all[i].id)
		case "Disabled":
			return "0"
		}
		return all[i].values[f]
	})
}

func (c *call) listGroups(_ []string) {
	all := []map[string]string{
		{"id": "3", "Name": "Everyone", "Domain": "SystemInternal"},
		{"id": "4", "Name": "Privileged", "Domain": "SystemInternal"},
		{"id": "5", "Name": "Unprivileged", "Domain": "SystemInternal"},
		{"id": "27", "Name": "Support staff", "Domain": "UserDefined"},
	}
	c.list(len(all), func(i int, f string) []string { return []string{all[i][f]} }, func(i int, f string) any {
		if f == "key" {
			f = "id"
		}
		return all[i][f]
	})
}

func (c *call) members(m []string) {
	var all []*user
	for _, u := range c.s.users {
		if u != nil && u.privileged == (m[1] == "4") && u.id != 1 {
			all = append(all, u)
		}
	}
	c.list(len(all), nil, func(i int, f string) any { return all[i].id })
}

func (c *call) listFields(_ []string) {
	all := c.s.fields
	if c.r.URL.Query().Get("query") == "" {
		all = nil
	}
	c.list(len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		return []string{all[i].name}
	}, func(i int, f string) any {
		switch f {
		case "key":
			return strconv.Itoa(all[i].id)
		case "Name":
			return all[i].name
		case "Type":
			return all[i].kind
		case "LookupType":
			return all[i].lookup
		case "MaxValues":
			if all[i].one {
				return "1"
			}
			return "0"
		}
		return nil
	})
}

func (c *call) oneField(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if id < 1 || id > len(c.s.fields) {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	f := c.s.fields[id-1]
	c.answer(200, map[string]any{"id": f.id, "Name": f.name, "Type": f.kind, "Values": f.values})
}
