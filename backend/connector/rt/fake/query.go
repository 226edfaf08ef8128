package fake

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// query is a search: TicketSQL, or a list of conditions in JSON.
type query interface {
	holds(get func(field string) []string) bool
	// ids lists the only ids that can hold, if the query says so.
	equals(field string) ([]string, bool)
}

type test struct{ field, op, value string }

func (t test) holds(get func(string) []string) bool {
	for _, v := range get(t.field) {
		if compare(t.op, v, t.value) {
			return true
		}
	}
	return false
}

func (t test) equals(field string) ([]string, bool) {
	if t.field == field && t.op == "=" {
		return []string{t.value}, true
	}
	return nil, false
}

// compare compares numbers and times as such, and texts without case.
func compare(op, have, want string) bool {
	switch strings.ToUpper(op) {
	case "LIKE":
		return strings.Contains(strings.ToLower(have), strings.ToLower(want))
	case "=", "IS":
		return strings.EqualFold(have, want)
	case "!=":
		return !strings.EqualFold(have, want)
	}
	order := strings.Compare(have, want)
	if a, err := strconv.ParseInt(have, 10, 64); err == nil {
		if b, err := strconv.ParseInt(want, 10, 64); err == nil {
			order = int(min(max(a-b, -1), 1))
		}
	}
	if a, ok := moment(have); ok {
		if b, ok := moment(want); ok {
			order = a.Compare(b)
		}
	}
	switch op {
	case ">":
		return order > 0
	case "<":
		return order < 0
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	}
	return false
}

func moment(s string) (time.Time, bool) {
	for _, f := range []string{"2006-01-02T15:04:05Z", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(f, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

type both struct{ a, b query }

func (x both) holds(get func(string) []string) bool { return x.a.holds(get) && x.b.holds(get) }

func (x both) equals(field string) ([]string, bool) {
	if list, ok := x.a.equals(field); ok {
		return list, true
	}
	return x.b.equals(field)
}

type either struct{ a, b query }

func (x either) holds(get func(string) []string) bool { return x.a.holds(get) || x.b.holds(get) }

func (x either) equals(field string) ([]string, bool) {
	a, ok := x.a.equals(field)
	b, ok2 := x.b.equals(field)
	return append(append([]string(nil), a...), b...), ok && ok2
}

// parseJSON reads conditions, each joined to those before it.
func parseJSON(s string) (query, error) {
	var list []struct {
		Field      string `json:"field"`
		Operator   string `json:"operator"`
		Value      any    `json:"value"`
		Aggregator string `json:"entry_aggregator"`
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("JSON object must be a ARRAY")
	}
	var q query
	for _, c := range list {
		t := test{c.Field, c.Operator, fmt.Sprint(c.Value)}
		if t.op == "" {
			t.op = "="
		}
		switch {
		case q == nil:
			q = t
		case strings.EqualFold(c.Aggregator, "OR"):
			q = either{q, t}
		default:
			q = both{q, t}
		}
	}
	return q, nil
}

// parseSQL reads TicketSQL.
func parseSQL(s string) (query, error) {
	p := &parser{words: words(s)}
	q, err := p.any()
	if err == nil && p.at < len(p.words) {
		err = fmt.Errorf("Wrong query, expecting a AGGREGATOR in '%s'", s)
	}
	return q, err
}

type parser struct {
	words []string
	at    int
}

func words(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ':
			i++
		case c == '(' || c == ')':
			out = append(out, string(c))
			i++
		case c == '\'':
			var b strings.Builder
			b.WriteByte('\'')
			for i++; i < len(s) && s[i] != '\''; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				b.WriteByte(s[i])
			}
			i++
			out = append(out, b.String())
		case strings.IndexByte("<>=!", c) >= 0:
			j := i
			for j < len(s) && strings.IndexByte("<>=!", s[j]) >= 0 {
				j++
			}
			out = append(out, s[i:j])
			i = j
		default:
			j := i
			for j < len(s) && strings.IndexByte(" ()<>=!'", s[j]) < 0 {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out
}

func (p *parser) next(word string) bool {
	if p.at < len(p.words) && strings.EqualFold(p.words[p.at], word) {
		p.at++
		return true
	}
	return false
}

func (p *parser) any() (query, error) {
	q, err := p.all()
	for err == nil && p.next("OR") {
		var b query
		b, err = p.all()
		q = either{q, b}
	}
	return q, err
}

func (p *parser) all() (query, error) {
	q, err := p.one()
	for err == nil && p.next("AND") {
		var b query
		b, err = p.one()
		q = both{q, b}
	}
	return q, err
}

func (p *parser) one() (query, error) {
	if p.next("(") {
		q, err := p.any()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("Incomplete query")
		}
		return q, err
	}
	if p.at+3 > len(p.words) {
		return nil, fmt.Errorf("Incomplete query")
	}
	t := test{p.words[p.at], p.words[p.at+1], strings.TrimPrefix(p.words[p.at+2], "'")}
	if strings.Trim(t.op, "<>=!") != "" && !strings.EqualFold(t.op, "LIKE") && !strings.EqualFold(t.op, "IS") {
		return nil, fmt.Errorf("Wrong query, expecting a OPERATOR in '%s'", strings.Join(p.words, " "))
	}
	p.at += 3
	return t, nil
}
