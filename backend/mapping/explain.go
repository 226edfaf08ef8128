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
	if f.Check != nil {
		b.WriteString(" It must be " + f.Check.String() + ", else the record is held.")
	}
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
		if f.Keep != nil && f.Keep.Field != "" {
			s += " Words that would be lost are kept in “" + f.Keep.Field + "”."
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
	case Split:
		if f.Split == nil {
			return "Not decided yet."
		}
		return f.Split.words(refs(f.Sources))
	case LookUp:
		if f.Lookup == nil {
			return "Not decided yet."
		}
		return f.Lookup.words(refs(f.Sources))
	case People:
		return refs(f.Sources) + " through the people map."
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
		if !ok || m.Target == "" || m.IsBranch() {
			continue
		}
		used := v.used(m.Source)
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

// used finds the fields of a source object that any of its maps takes a value from, or
// decides by.
func (v Version) used(o model.Object) map[string]bool {
	out := map[string]bool{}
	for _, m := range v.Objects {
		if m.Source != o {
			continue
		}
		for _, f := range m.Fields {
			for _, s := range f.UsedSources() {
				out[s] = true
			}
		}
		if e, err := formula.Parse(m.When); m.IsBranch() && err == nil {
			for _, s := range e.Fields() {
				out[s] = true
			}
		}
	}
	return out
}

// words says which part of a text is taken.
func (s SplitRule) words(from string) string {
	if s.How == ByPosition {
		if s.To == 0 {
			return fmt.Sprintf("%s from character %d on.", from, max(s.From, 1))
		}
		return fmt.Sprintf("Characters %d to %d of %s.", max(s.From, 1), s.To, from)
	}
	by := separatorWords(s.By)
	if s.How == ByPattern {
		by = "the pattern " + s.By
	}
	var part string
	switch {
	case s.Part == 0:
		part = "All parts"
	case s.Part == -1:
		part = "The last part"
	case s.Part < 0:
		part = fmt.Sprintf("Part %d from the end", -s.Part)
	default:
		part = fmt.Sprintf("Part %d", s.Part)
	}
	switch {
	case s.Rest && s.Part < 0:
		part += " with all before it"
	case s.Rest && s.Part > 0:
		part += " with all behind it"
	}
	return part + " of " + from + ", parted by " + by + "."
}

// words says where a value is looked up.
func (l LookupRule) words(from string) string {
	switch {
	case l.Table != "":
		return fmt.Sprintf("%s is looked up in the table “%s” by its column “%s”; “%s” is taken.", from, l.Table, l.Key, l.Value)
	case l.Key == "":
		return fmt.Sprintf("The “%s” of the record that %s leads to.", l.Value, from)
	}
	return fmt.Sprintf("%s is looked up among the records of %s by “%s”; “%s” is taken.", from, l.Object, l.Key, l.Value)
}

// String says in words what a value must be like.
func (c Check) String() string {
	if c.Says != "" {
		return c.Says
	}
	var parts []string
	if c.Pattern != "" {
		parts = append(parts, "like the pattern "+c.Pattern)
	}
	if len(c.OneOf) > 0 {
		shown := c.OneOf
		more := ""
		if len(shown) > 5 {
			shown, more = shown[:5], fmt.Sprintf(" or %d others", len(c.OneOf)-5)
		}
		parts = append(parts, "one of “"+strings.Join(shown, "”, “")+"”"+more)
	}
	switch {
	case c.Least != "" && c.Most != "":
		parts = append(parts, "from "+c.Least+" to "+c.Most)
	case c.Least != "":
		parts = append(parts, c.Least+" or more")
	case c.Most != "":
		parts = append(parts, c.Most+" or less")
	}
	switch {
	case c.MinLength > 0 && c.MaxLength > 0:
		parts = append(parts, fmt.Sprintf("%d to %d characters long", c.MinLength, c.MaxLength))
	case c.MinLength > 0:
		parts = append(parts, fmt.Sprintf("at least %d characters long", c.MinLength))
	case c.MaxLength > 0:
		parts = append(parts, fmt.Sprintf("at most %d characters long", c.MaxLength))
	}
	if len(parts) == 0 {
		return "anything"
	}
	return strings.Join(parts, " and ")
}

// UsedSources lists the source fields that a rule takes its value from.
func (f FieldMap) UsedSources() []string {
	switch f.Rule {
	case Copy, Values, Join, Split, LookUp, People:
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

// Nowhere says that a key was not found: “no row of the table “Segments””, “no customer of the source”.
func (l LookupRule) Nowhere() string {
	if l.Table != "" {
		return "no row of the table “" + l.Table + "”"
	}
	return "no " + l.Object.Word() + " of the source"
}
