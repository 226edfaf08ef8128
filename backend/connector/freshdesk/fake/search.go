package fake

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// found is one record as the search sees it.
type found struct {
	value func(key string) (string, bool)
	show  func() any
}

// search answers /search/tickets and its like: 30 a page, ten pages, minutes behind.
func (q *request) search() {
	if len(q.path) != 2 || q.Method != http.MethodGet {
		q.missing()
		return
	}
	text := q.URL.Query().Get("query")
	inner, ok := strings.CutPrefix(text, `"`)
	inner, ok2 := strings.CutSuffix(inner, `"`)
	if !ok || !ok2 || len(text) > 512 {
		q.refuse(http.StatusBadRequest, fault{Field: "query", Code: "invalid_value", Message: "Given query is invalid. It should be enclosed in double quotes and have at most 512 characters"})
		return
	}
	page := 1
	if p := q.URL.Query().Get("page"); p != "" {
		page, _ = strconv.Atoi(p)
	}
	if page < 1 || page > 10 {
		q.refuse(http.StatusBadRequest, fault{Field: "page", Code: "invalid_value", Message: "It should be a Positive Integer less than or equal to 10"})
		return
	}
	fields := map[string]string{"tickets": "ticket_fields", "contacts": "contact_fields", "companies": "company_fields"}[q.path[1]]
	match, why := q.parse(inner, fields)
	if why != "" {
		q.refuse(http.StatusBadRequest, fault{Field: "query", Code: "invalid_value", Message: why})
		return
	}
	out := []any{}
	total := 0
	q.shown(func(f found) {
		if match(f) {
			if total++; total > (page-1)*30 && total <= page*30 {
				out = append(out, f.show())
			}
		}
	})
	q.json(http.StatusOK, map[string]any{"total": total, "results": out})
}

// shown gives each record that the search knows by now.
func (q *request) shown(each func(found)) {
	s, now := q.s, q.s.o.Now()
	custom := func(m map[string]any, key string) (string, bool) {
		for _, name := range []string{key, strings.TrimPrefix(key, "cf_")} {
			if v, ok := m[name]; ok {
				if v == nil {
					return "", true
				}
				return fmt.Sprint(v), true
			}
		}
		return "", false
	}
	switch q.path[1] {
	case "tickets":
		for _, t := range s.tickets.list {
			if t.Gone || t.Deleted || t.Spam || t.Archived || t.Shown.After(now) {
				continue
			}
			each(found{
				show: func() any { return q.showTicket(t, "", false) },
				value: func(key string) (string, bool) {
					switch key {
					case "status":
						return itoa(t.Status), true
					case "priority":
						return itoa(t.Priority), true
					case "agent_id":
						return itoa(t.Responder), true
					case "group_id":
						return itoa(t.Group), true
					case "type":
						return t.Type, true
					case "tag":
						return "\x00" + strings.Join(t.Tags, "\x00") + "\x00", true
					case "created_at":
						return stamp(t.Created), true
					case "updated_at":
						return stamp(t.Updated), true
					}
					return custom(t.Custom, key)
				},
			})
		}
	case "contacts":
		for _, c := range s.contacts.list {
			if c.Gone || c.Deleted || c.Shown.After(now) {
				continue
			}
			each(found{show: func() any { return s.showContact(c, false) }, value: func(key string) (string, bool) {
				switch key {
				case "email", "phone", "mobile", "language":
					return str(c.Values[key]), true
				case "created_at":
					return stamp(c.Created), true
				}
				return custom(c.Custom, key)
			}})
		}
	case "companies":
		for _, c := range s.companies.list {
			if c.Gone || c.Shown.After(now) {
				continue
			}
			each(found{show: func() any { return s.showCompany(c) }, value: func(key string) (string, bool) {
				switch key {
				case "domain":
					return "\x00" + strings.Join(c.Domains, "\x00") + "\x00", true
				case "created_at":
					return stamp(c.Created), true
				}
				return custom(c.Custom, key)
			}})
		}
	}
}

var term = regexp.MustCompile(`^\s*([A-Za-z_0-9]+):([<>]?)('[^']*'|[^\s()]+)`)

// parse reads "a:'x' AND b:2 OR c:null"; AND binds tighter. Brackets are not understood.
func (q *request) parse(text, fields string) (func(found) bool, string) {
	var anyOf [][]func(found) bool
	all := []func(found) bool{}
	rest := text
	known := []string{"status", "priority", "agent_id", "group_id", "type", "tag", "created_at", "updated_at", "email", "phone", "mobile", "language", "domain"}
	for {
		m := term.FindStringSubmatch(rest)
		if m == nil {
			return nil, "Invalid query: " + rest
		}
		key, op, want := m[1], m[2], strings.Trim(m[3], "'")
		if !slices.Contains(known, key) && q.s.field(fields, key) == nil && q.s.field(fields, strings.TrimPrefix(key, "cf_")) == nil {
			return nil, "Unknown field: " + key
		}
		all = append(all, func(f found) bool {
			have, ok := f.value(key)
			if !ok {
				return false
			}
			if strings.HasSuffix(key, "_at") {
				if day, err := time.Parse("2006-01-02", want); err == nil {
					start := stamp(day)
					switch op {
					case ">":
						return have >= start
					case "<":
						return have < stamp(day.Add(24*time.Hour))
					}
					return have >= start && have < stamp(day.Add(24*time.Hour))
				}
			}
			if want == "null" {
				return have == "" || have == "0"
			}
			return strings.EqualFold(have, want) || strings.Contains(strings.ToLower(have), "\x00"+strings.ToLower(want)+"\x00")
		})
		rest = strings.TrimSpace(rest[len(m[0]):])
		if rest == "" {
			break
		}
		if r, ok := strings.CutPrefix(rest, "AND "); ok {
			rest = r
			continue
		}
		r, ok := strings.CutPrefix(rest, "OR ")
		if !ok {
			return nil, "Invalid query: " + rest
		}
		anyOf, all, rest = append(anyOf, all), nil, r
	}
	anyOf = append(anyOf, all)
	return func(f found) bool {
		return slices.ContainsFunc(anyOf, func(all []func(found) bool) bool {
			for _, ok := range all {
				if !ok(f) {
					return false
				}
			}
			return true
		})
	}, ""
}
