package mapping

import (
	"fmt"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// Explain says a rule in words.
func Explain(f FieldMap) string {
	var b strings.Builder
	b.WriteString(explainRule(f))
	if f.Rule == LeaveOut || f.Rule == Fixed {
		return b.String()
	}
	switch f.IfEmpty {
	case model.OtherwiseHold:
		b.WriteString(" If there is none, the record is held.")
	case model.OtherwiseUse:
		b.WriteString(" If there is none, “" + f.EmptyValue + "” is used.")
	case model.OtherwiseLeave:
		b.WriteString(" If there is none, it stays empty.")
	}
	switch f.IfUnknown {
	case model.OtherwiseHold:
		b.WriteString(" If it does not fit, the record is held.")
	case model.OtherwiseUse:
		b.WriteString(" If it does not fit, “" + f.UnknownValue + "” is used.")
	case model.OtherwiseLeave:
		b.WriteString(" If it does not fit, it stays empty.")
	}
	return b.String()
}

func explainRule(f FieldMap) string {
	switch f.Rule {
	case Copy:
		return "Copied from " + refs(f.Sources) + "."
	case Values:
		open := undecided(f.Values)
		s := fmt.Sprintf("%s is looked up in a list of %s.", refs(f.Sources), count(len(f.Values), "value"))
		switch {
		case open == 1:
			s += " One of them is not decided; its records are held."
		case open > 1:
			s += fmt.Sprintf(" %d of them are not decided; their records are held.", open)
		}
		return s
	case Fixed:
		if f.Fixed == "" {
			return "Not decided yet."
		}
		return "Always “" + f.Fixed + "”."
	case Join:
		return refs(f.Sources) + " joined with " + separatorWords(f.Separator) + "."
	case Formula:
		return "Computed: " + f.Formula
	case LeaveOut:
		return "Left out."
	default:
		return "Not decided yet."
	}
}

func separatorWords(s string) string {
	switch s {
	case "":
		return "nothing between"
	case " ":
		return "a blank"
	case "\n":
		return "a line break"
	default:
		return "“" + s + "”"
	}
}

func refs(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = formula.FieldRef(n)
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

// Leftover is a source field that no rule uses.
type Leftover struct {
	Source model.Object
	Target model.Object
	Field  model.Field
	// Create is the field that could be created in the target for it.
	Create model.Field
}

// Leftovers lists the source fields that no rule uses, so that a person can
// decide to create a field in the target for them. Keys are not among them.
func (v Version) Leftovers(src, dst model.Schema) []Leftover {
	var out []Leftover
	for _, m := range v.Objects {
		so, ok := src.Object(m.Source)
		if !ok || m.Target == "" {
			continue
		}
		used := map[string]bool{}
		for _, f := range m.Fields {
			for _, s := range f.UsedSources() {
				used[s] = true
			}
		}
		do, _ := dst.Object(m.Target)
		taken := map[string]bool{}
		for _, f := range do.Fields {
			taken[f.Name] = true
		}
		for _, f := range so.Fields {
			if used[f.Name] || isKey(so.Object, f) || f.Type == model.FileType {
				continue
			}
			c := creatable(f, taken)
			taken[c.Name] = true
			out = append(out, Leftover{Source: m.Source, Target: m.Target, Field: f, Create: c})
		}
	}
	return out
}

// UsedSources lists the source fields that a rule takes its value from.
func (f FieldMap) UsedSources() []string {
	switch f.Rule {
	case Copy, Values, Join:
		return f.Sources
	case Formula:
		if e, err := formula.Parse(f.Formula); err == nil {
			return e.Fields()
		}
	}
	return nil
}

// creatable is the shape of a new target field for a source field.
func creatable(f model.Field, taken map[string]bool) model.Field {
	c := model.Field{Title: title(f), Type: f.Type, Options: f.Options, Custom: true}
	switch f.Type {
	case model.LinkType, model.Email, model.Phone, model.URL:
		c.Type, c.Options = model.Text, nil
	case model.Tags, model.JSONType, model.HTML:
		c.Type, c.Options = model.LongText, nil
	case model.Integer:
		c.Type = model.Number
	}
	name := strings.Map(func(r rune) rune {
		if r == ' ' {
			return '_'
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, plain(f.Name))
	name = strings.Trim(name, "_")
	if name == "" || name[0] < 'a' {
		name = strings.TrimSuffix("field_"+name, "_")
	}
	if len(name) > 50 {
		name = name[:50]
	}
	c.Name = name
	for i := 2; taken[c.Name]; i++ {
		c.Name = fmt.Sprintf("%s_%d", name, i)
	}
	return c
}
