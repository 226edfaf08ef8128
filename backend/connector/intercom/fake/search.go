package fake

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// newest gives threads by their last update, the latest first.
func (s *Server) newest(k kind) []*thread {
	x := s.threads[k]
	if x.sortedAt != s.revision {
		x.sorted = x.sorted[:0]
		x.each(func(t *thread) { x.sorted = append(x.sorted, t) })
		slices.SortFunc(x.sorted, func(a, b *thread) int {
			return cmp.Or(cmp.Compare(b.updated, a.updated), cmp.Compare(b.number, a.number))
		})
		x.sortedAt = s.revision
	}
	return x.sorted
}

func mark(at, n int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "[%d,%d]", at, n))
}

func place(cursor string) (at, n int64, err *failure) {
	b, e := base64.StdEncoding.DecodeString(cursor)
	var x [2]int64
	if e == nil {
		e = json.Unmarshal(b, &x)
	}
	if e != nil {
		return 0, 0, bad("parameter_invalid", "starting_after is not a cursor")
	}
	return x[0], x[1], nil
}

// walk gives a page of threads that are sorted by their last update, after a cursor.
func (s *Server) walk(r *request, k kind, list []*thread, after, per string) (any, *failure) {
	size := 20
	if per != "" {
		n, err := strconv.Atoi(per)
		if err != nil || n < 1 || n > 150 {
			return nil, bad("parameter_invalid", "per_page must be between 1 and 150")
		}
		size = n
	}
	from := 0
	if after != "" {
		at, n, err := place(after)
		if err != nil {
			return nil, err
		}
		from, _ = slices.BinarySearchFunc(list, thread{updated: at, number: n}, func(t *thread, x thread) int {
			return cmp.Or(cmp.Compare(x.updated, t.updated), cmp.Compare(x.number, t.number))
		})
		if from < len(list) && list[from].number == n && list[from].updated == at {
			from++
		}
	}
	to := min(from+size, len(list))
	data := []obj{}
	for _, t := range list[from:to] {
		data = append(data, s.threadJSON(t, r.host, false))
	}
	pages := obj{"type": "pages", "page": from/size + 1, "per_page": size, "total_pages": (len(list) + size - 1) / size}
	if to < len(list) {
		pages["next"] = obj{"per_page": size, "starting_after": mark(list[to-1].updated, list[to-1].number)}
	}
	if k == tickets {
		return obj{"type": "ticket.list", "tickets": data, "total_count": len(list), "pages": pages}, nil
	}
	return obj{"type": "conversation.list", "conversations": data, "total_count": len(list), "pages": pages}, nil
}

func paging(body obj) (after, per string, err *failure) {
	p, ok := body["pagination"].(obj)
	if body["pagination"] != nil && !ok {
		return "", "", bad("parameter_invalid", "pagination must be an object")
	}
	for k := range p {
		if k != "per_page" && k != "starting_after" {
			return "", "", bad("parameter_invalid", "unknown parameter pagination.%s", k)
		}
	}
	return text(p["starting_after"]), text(p["per_page"]), nil
}

// query is a filter, or several under an operator.
type query struct {
	field, op string
	value     any
	all       bool // AND
	parts     []query
}

func parse(v any, depth int) (q query, err *failure) {
	x, ok := v.(obj)
	if !ok {
		return q, bad("parameter_not_found", "query is required")
	}
	q.op = text(x["operator"])
	if q.op != "AND" && q.op != "OR" {
		q.field, q.value = text(x["field"]), x["value"]
		if q.field == "" || q.op == "" {
			return q, bad("parameter_invalid", "a filter needs field, operator and value")
		}
		return q, nil
	}
	list, ok := x["value"].([]any)
	if !ok || len(list) == 0 || len(list) > 15 || depth > 2 {
		return q, bad("parameter_invalid", "at most 15 filters in a group and 2 levels of groups")
	}
	q.all = q.op == "AND"
	for _, v := range list {
		part, err := parse(v, depth+1)
		if err != nil {
			return q, err
		}
		q.parts = append(q.parts, part)
	}
	return q, nil
}

// match judges a record: get gives the values of a field, which may be several.
func (q query) match(get func(field string) ([]string, bool, *failure), date func(op string, have, want int64) (bool, *failure)) (bool, *failure) {
	if q.field == "" {
		for _, p := range q.parts {
			ok, err := p.match(get, date)
			if err != nil {
				return false, err
			}
			if ok != q.all {
				return ok, nil
			}
		}
		return q.all, nil
	}
	have, isDate, err := get(q.field)
	if err != nil {
		return false, err
	}
	if isDate {
		n, ok := seconds(q.value)
		if !ok {
			return false, bad("type_mismatch", "%s must be a date", q.field)
		}
		at := int64(0)
		if len(have) > 0 {
			at = integer(have[0])
		}
		return date(q.op, at, n)
	}
	want := []string{text(q.value)}
	if list, ok := q.value.([]any); ok {
		want = want[:0]
		for _, v := range list {
			want = append(want, text(v))
		}
	}
	hit := slices.ContainsFunc(want, func(w string) bool {
		return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, w) })
	})
	switch q.op {
	case "=", "IN":
		return hit, nil
	case "!=", "NIN":
		return !hit, nil
	case "~":
		return slices.ContainsFunc(have, func(h string) bool { return strings.Contains(strings.ToLower(h), strings.ToLower(want[0])) }), nil
	case "^":
		return slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, want[0]) }), nil
	}
	return false, bad("parameter_invalid", "operator %s is not supported for %s", q.op, q.field)
}

// among narrows what must be looked at, where an index knows.
func (q query) among(index func(field, value string) ([]string, bool)) ([]string, bool) {
	if q.field == "" {
		var all []string
		for _, p := range q.parts {
			list, ok := p.among(index)
			if ok && q.all {
				return list, true
			}
			if !ok && !q.all {
				return nil, false
			}
			all = append(all, list...)
		}
		return all, !q.all
	}
	values := []any{q.value}
	if list, ok := q.value.([]any); ok && q.op == "IN" {
		values = list
	} else if q.op != "=" {
		return nil, false
	}
	var out []string
	for _, v := range values {
		list, ok := index(q.field, text(v))
		if !ok {
			return nil, false
		}
		out = append(out, list...)
	}
	return out, true
}

// searchThreads searches conversations or tickets.
func (s *Server) searchThreads(k kind) func(*request) (any, *failure) {
	return func(r *request) (any, *failure) {
		q, err := parse(r.body["query"], 0)
		if err != nil {
			return nil, err
		}
		after, per, err := paging(r.body)
		if err != nil {
			return nil, err
		}
		list := s.newest(k)
		if ids, ok := q.among(s.indexOf(k)); ok {
			var few []*thread
			for _, id := range ids {
				if t := s.threads[k].by[id]; t != nil && !slices.Contains(few, t) {
					few = append(few, t)
				}
			}
			slices.SortFunc(few, func(a, b *thread) int {
				return cmp.Or(cmp.Compare(b.updated, a.updated), cmp.Compare(b.number, a.number))
			})
			list = few
		}
		var hits []*thread
		for _, t := range list {
			if t.index > s.now() {
				continue
			}
			ok, err := q.match(func(field string) ([]string, bool, *failure) { return s.threadField(t, field) }, wholeSeconds)
			if err != nil {
				return nil, err
			}
			if ok {
				hits = append(hits, t)
			}
		}
		return s.walk(r, k, hits, after, per)
	}
}

func (s *Server) indexOf(k kind) func(field, value string) ([]string, bool) {
	x := s.threads[k]
	return func(field, value string) ([]string, bool) {
		switch {
		case field == "id":
			return []string{value}, true
		case k == conversations && field == "source.body":
			return x.words[strings.ToLower(value)], true
		case k == tickets && strings.HasPrefix(field, "ticket_attribute."):
			return x.values[strings.TrimPrefix(field, "ticket_attribute.")+"="+value], true
		}
		return nil, false
	}
}

// wholeSeconds compares dates as the searches of conversations and tickets do: ">" and "<"
// mean "or equal".
func wholeSeconds(op string, have, want int64) (bool, *failure) {
	switch op {
	case "=":
		return have == want, nil
	case "!=":
		return have != want, nil
	case ">", ">=":
		return have >= want, nil
	case "<", "<=":
		return have <= want, nil
	}
	return false, bad("parameter_invalid", "operator %s is not supported on dates", op)
}

// days compares dates as the search of contacts does: by the workspace's calendar days.
func (s *Server) days(op string, have, want int64) (bool, *failure) {
	day := func(n int64) int64 {
		y, m, d := time.Unix(n, 0).In(s.o.Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()
	}
	switch op {
	case "=":
		return day(have) == day(want), nil
	case ">":
		return day(have) > day(want), nil
	case "<":
		return have != 0 && day(have) < day(want), nil
	}
	return false, bad("parameter_invalid", "operator %s is not supported on Date fields", op)
}

func (s *Server) threadField(t *thread, field string) (values []string, date bool, err *failure) {
	one := func(v string) ([]string, bool, *failure) { return []string{v}, false, nil }
	when := func(n int64) ([]string, bool, *failure) { return []string{fmt.Sprint(n)}, true, nil }
	switch field {
	case "id":
		return one(t.id)
	case "created_at":
		return when(t.created)
	case "updated_at":
		return when(t.updated)
	case "snoozed_until":
		return when(t.snoozed)
	case "contact_ids":
		return t.contacts, false, nil
	case "admin_assignee_id":
		return one(fmt.Sprint(integer(t.admin)))
	case "team_assignee_id":
		return one(fmt.Sprint(integer(t.team)))
	case "open":
		return one(strconv.FormatBool(t.state != "closed"))
	}
	if t.kind == tickets {
		if id, ok := strings.CutPrefix(field, "ticket_attribute."); ok {
			for _, a := range t.typ.attrs {
				if fmt.Sprint(a.id) == id {
					return one(text(t.custom[a.name]))
				}
			}
			return nil, false, nil // an attribute of another type
		}
		switch field {
		case "ticket_type_id":
			return one(t.typ.id)
		case "state":
			return one(t.ticketState)
		case "title":
			return one(text(t.custom["_default_title_"]))
		}
		return nil, false, bad("parameter_invalid", "%s is not an accepted field", field)
	}
	switch field {
	case "state":
		return one(t.state)
	case "source.id":
		return one(t.source.id)
	case "source.body":
		return words(t.source.body), false, nil
	case "source.type":
		return one(t.sourceType)
	case "source.author.id":
		return one(t.source.author)
	case "tag_ids":
		return t.tags, false, nil
	case "statistics.count_conversation_parts":
		return one(fmt.Sprint(len(t.parts)))
	}
	// Custom attributes of conversations are not among the accepted fields.
	return nil, false, bad("parameter_invalid", "%s is not an accepted field", field)
}

// visible contacts are those that lists and searches show: not archived, not merged.
func (s *Server) visible() []*contact {
	var list []*contact
	s.contacts.each(func(c *contact) {
		if !c.archived && c.merged == "" {
			list = append(list, c)
		}
	})
	return list
}

func (s *Server) listContacts(r *request) (any, *failure) {
	q := r.URL.Query()
	return contactPage(s.visible(), q.Get("starting_after"), q.Get("per_page"), func(c *contact) int64 { return idNumber(c.id) }, false)
}

func idNumber(id string) int64 {
	n, err := strconv.ParseInt(id[8:], 16, 64)
	if err != nil {
		return 0 // our ids are hexadecimal
	}
	return n
}

// contactPage gives a page in the order of a key, ties by id.
func contactPage(list []*contact, after, per string, key func(*contact) int64, down bool) (any, *failure) {
	size := 50
	if per != "" {
		n, err := strconv.Atoi(per)
		if err != nil || n < 1 || n > 150 {
			return nil, bad("parameter_invalid", "per_page must be between 1 and 150")
		}
		size = n
	}
	sign := 1
	if down {
		sign = -1
	}
	order := func(a, b [2]int64) int { return sign * cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }
	at := func(c *contact) [2]int64 { return [2]int64{key(c), idNumber(c.id)} }
	slices.SortFunc(list, func(a, b *contact) int { return order(at(a), at(b)) })
	from := 0
	if after != "" {
		x, n, err := place(after)
		if err != nil {
			return nil, err
		}
		for from < len(list) && order(at(list[from]), [2]int64{x, n}) <= 0 {
			from++
		}
	}
	to := min(from+size, len(list))
	data := []obj{}
	for _, c := range list[from:to] {
		data = append(data, c.json())
	}
	pages := obj{"type": "pages", "page": from/size + 1, "per_page": size, "total_pages": (len(list) + size - 1) / size}
	if to < len(list) {
		last := at(list[to-1])
		pages["next"] = obj{"per_page": size, "starting_after": mark(last[0], last[1])}
	}
	return obj{"type": "list", "data": data, "total_count": len(list), "pages": pages}, nil
}

func (s *Server) searchContacts(r *request) (any, *failure) {
	q, err := parse(r.body["query"], 0)
	if err != nil {
		return nil, err
	}
	after, per, err := paging(r.body)
	if err != nil {
		return nil, err
	}
	list := s.visible
	if ids, ok := q.among(func(field, value string) ([]string, bool) {
		switch field {
		case "external_id":
			return []string{s.users["x:"+value]}, true
		case "id":
			return []string{value}, true
		}
		return nil, false
	}); ok {
		list = func() (few []*contact) {
			for _, id := range ids {
				if c := s.contacts.by[id]; c != nil && !c.archived && c.merged == "" && !slices.Contains(few, c) {
					few = append(few, c)
				}
			}
			return few
		}
	}
	var hits []*contact
	for _, c := range list() {
		if c.indexed > s.now() {
			continue
		}
		ok, err := q.match(func(field string) ([]string, bool, *failure) { return contactField(c, field) }, s.days)
		if err != nil {
			return nil, err
		}
		if ok {
			hits = append(hits, c)
		}
	}
	key, down := func(c *contact) int64 { return c.created }, true
	if sort, ok := r.body["sort"].(obj); ok {
		switch text(sort["field"]) {
		case "updated_at":
			key = func(c *contact) int64 { return c.updated }
		case "created_at":
		default:
			return nil, bad("parameter_invalid", "sort.field is not known")
		}
		switch text(sort["order"]) {
		case "ascending":
			down = false
		case "descending":
		default:
			return nil, bad("invalid_sort_order", "Invalid sort order '%s'. Must be one of: ascending, descending", text(sort["order"]))
		}
	}
	return contactPage(hits, after, per, key, down)
}

func contactField(c *contact, field string) ([]string, bool, *failure) {
	one := func(v string) ([]string, bool, *failure) { return []string{v}, false, nil }
	switch field {
	case "id":
		return one(c.id)
	case "role":
		return one(c.role)
	case "email":
		return one(c.email)
	case "name":
		return one(c.name)
	case "external_id":
		return one(c.external)
	case "created_at":
		return []string{fmt.Sprint(c.created)}, true, nil
	case "updated_at":
		return []string{fmt.Sprint(c.updated)}, true, nil
	}
	if name, ok := strings.CutPrefix(field, "custom_attributes."); ok {
		return one(text(c.custom[name]))
	}
	return nil, false, bad("parameter_invalid", "%s is not an accepted field", field)
}
