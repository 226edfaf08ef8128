package freshdesk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// numbers are fields that hold codes: options for people, numbers for Freshdesk.
var numbers = map[string]bool{"status": true, "priority": true, "source": true, "visibility": true, "type": false}

// payload are the values of one record as Freshdesk takes them.
type payload struct {
	values map[string]any
	files  []attached
}

// attached is a file that goes with a record.
type attached struct {
	name, kind, hash string
	size             int64
}

func (p *payload) set(name string, v any) {
	if outer, inner, ok := strings.Cut(name, "."); ok {
		m, _ := p.values[outer].(map[string]any)
		if m == nil {
			m = map[string]any{}
			p.values[outer] = m
		}
		m[inner] = v
		return
	}
	p.values[name] = v
}

// encode makes a payload of a draft's fields and links. nulls: what is empty is sent, so
// that it becomes empty.
func encode(d model.Draft, s model.ObjectSchema, nulls bool) (*payload, *problem.Problem) {
	p := &payload{values: map[string]any{}}
	for name, v := range d.Fields {
		f, _ := s.Field(name)
		if v == nil {
			if nulls {
				p.set(name, nil)
			}
			continue
		}
		x, ok := value(f, v)
		if !ok {
			return nil, problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds something that is no readable text.", titleOf(f, name)),
				"Freshdesk would refuse it or show other characters.", "Correct the value in the source.").At(problem.Place{Field: name})
		}
		p.set(name, x)
	}
	for _, l := range d.Links {
		if l.Target.ID == "" {
			if nulls {
				p.set(l.Field, nil)
			}
			continue
		}
		n, err := strconv.ParseInt(l.Target.ID, 10, 64)
		if err != nil {
			p.set(l.Field, l.Target.ID)
			continue
		}
		p.set(l.Field, n)
	}
	return p, nil
}

func titleOf(f model.Field, name string) string {
	if f.Title != "" {
		return f.Title
	}
	return name
}

// value writes a draft's value as Freshdesk takes it; false: it is no text.
func value(f model.Field, v any) (any, bool) {
	switch x := v.(type) {
	case string:
		if !utf8.ValidString(x) {
			return nil, false
		}
		switch {
		case f.Type == model.Integer || f.Type == model.Number || numbers[f.Name]:
			if json.Valid([]byte(x)) && x != "" && (x[0] == '-' || x[0] >= '0' && x[0] <= '9') {
				return json.Number(x), true
			}
		case f.Type == model.Bool:
			if b, err := strconv.ParseBool(x); err == nil {
				return b, true
			}
		case f.Type == model.Tags || f.Type == model.Options:
			return []string{x}, true
		}
		return x, true
	case []string:
		return x, !slices.ContainsFunc(x, func(s string) bool { return !utf8.ValidString(s) })
	case time.Time:
		return x.UTC().Format("2006-01-02T15:04:05Z"), true
	case model.Day:
		return string(x), true
	}
	return v, true
}

// content is the request's body: JSON, or a form where files go with it.
func (p *payload) content(files connector.Files) (*wire.Body, error) {
	if len(p.files) == 0 {
		return wire.JSON(p.values)
	}
	return p.form(files)
}

// form writes values as Freshdesk's forms have them: "tags[]", "custom_fields[cf_x]". The
// files are read while they are sent, and the length is told beforehand.
func (p *payload) form(files connector.Files) (*wire.Body, error) {
	f := wire.NewForm()
	for _, name := range sorted(p.values) {
		switch x := p.values[name].(type) {
		case []string:
			for _, s := range x {
				f.Field(name+"[]", s)
			}
		case map[string]any:
			for _, inner := range sorted(x) {
				if x[inner] != nil {
					f.Field(name+"["+inner+"]", fmt.Sprint(x[inner]))
				}
			}
		case nil:
		default:
			f.Field(name, fmt.Sprint(x))
		}
	}
	for _, x := range p.files {
		f.File("attachments[]", x.name, x.kind, x.size, wire.Content(files, x.hash))
	}
	return f.Body()
}

func sorted(m map[string]any) []string { return model.Names(m) }
