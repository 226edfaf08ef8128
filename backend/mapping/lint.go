package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Codes of this package.
const (
	CodeNoObject     problem.Code = "mapping.no_target_object"
	CodeNoSource     problem.Code = "mapping.no_source_object"
	CodeNoField      problem.Code = "mapping.no_target_field"
	CodeReadOnly     problem.Code = "mapping.read_only"
	CodeNoSourceName problem.Code = "mapping.no_source_field"
	CodeNoSources    problem.Code = "mapping.no_source_chosen"
	CodeRequired     problem.Code = "mapping.required_without_rule"
	CodeTwoRules     problem.Code = "mapping.two_rules"
	CodeRule         problem.Code = "mapping.unknown_rule"
	CodeFormula      problem.Code = "mapping.formula"
	CodeUndecided    problem.Code = "mapping.undecided"
	CodeOption       problem.Code = "mapping.not_an_option"
	CodeFixed        problem.Code = "mapping.fixed_value"
	CodeLink         problem.Code = "mapping.not_a_link"
)

// Lint lists what must be settled before the mapping can be used.
func (v Version) Lint(src, dst model.Schema) []*problem.Problem {
	out := v.lintBranches(src)
	for _, m := range v.Objects {
		out = append(out, m.Lint(src, dst)...)
	}
	return append(out, v.lintPeople(src)...)
}

// Structural tells whether a problem of Lint makes a rule unusable. The other
// ones hold records until somebody decides.
func Structural(p *problem.Problem) bool { return p.Code != CodeUndecided }

// Lint lists what must be settled in the map of one object.
func (m ObjectMap) Lint(src, dst model.Schema) []*problem.Problem {
	if m.Target == "" {
		return nil
	}
	at := problem.Place{Object: string(m.Source)}
	so, ok := src.Object(m.Source)
	if !ok {
		return []*problem.Problem{problem.New(CodeNoSource, "The mapping has rules for records that the source does not have.",
			"They would never be used.", "Remove them, or connect the source that has these records.").At(at)}
	}
	do, ok := dst.Object(m.Target)
	if !ok {
		return []*problem.Problem{problem.New(CodeNoObject, "The mapping sends "+objectTitle(src, m.Source)+" to a place that the target does not have.",
			"None of them could be written.", "Choose what they become in the target, or leave them out.").At(at)}
	}
	var out []*problem.Problem
	seen := map[string]bool{}
	for _, f := range m.Fields {
		at := problem.Place{Object: string(m.Source), Field: f.Target}
		t, ok := do.Field(f.Target)
		if !ok {
			next := "Create the field in the target, or remove the rule."
			if near := Nearest(f.Target, fieldNames(do)); near != "" {
				next = "Did you mean “" + near + "”? Otherwise create the field in the target, or remove the rule."
			}
			out = append(out, problem.New(CodeNoField, "The target has no field “"+f.Target+"”.",
				"What the rule gives would go nowhere.", next).At(at))
			continue
		}
		if seen[f.Target] {
			out = append(out, problem.New(CodeTwoRules, "There are two rules for “"+title(t)+"”.",
				"Only one of them could be used.", "Keep one, or join their source fields in one rule.").At(at))
			continue
		}
		seen[f.Target] = true
		for _, p := range f.lint(t, so, do, src) {
			place := p.Where
			place.Object, place.Field = at.Object, at.Field
			out = append(out, p.At(place))
		}
	}
	for _, t := range do.Fields {
		if needed(t) && !seen[t.Name] {
			out = append(out, missingRule(t).At(problem.Place{Object: string(m.Source), Field: t.Name}))
		}
	}
	return out
}

func fieldNames(o model.ObjectSchema) []string {
	out := make([]string, len(o.Fields))
	for i, f := range o.Fields {
		out[i] = f.Name
	}
	return out
}

// needed: the target refuses a record without it, and Waybill does not fill it in itself.
func needed(t model.Field) bool {
	return t.Required && !t.ReadOnly && t.Default == "" && t.Type != model.FileType
}

func missingRule(t model.Field) *problem.Problem {
	return problem.New(CodeRequired, "The target requires “"+title(t)+"”, and no rule fills it.",
		"It would refuse every record.", "Choose a source field, a fixed value or a formula for it.")
}

func (f FieldMap) lint(t model.Field, so, do model.ObjectSchema, src model.Schema) []*problem.Problem {
	if f.Rule == LeaveOut {
		if needed(t) {
			return []*problem.Problem{missingRule(t)}
		}
		return nil
	}
	if t.ReadOnly {
		return []*problem.Problem{problem.New(CodeReadOnly, "“"+title(t)+"” cannot be written in the target.",
			"The target fills it in itself.", "Remove the rule.")}
	}
	var out []*problem.Problem
	for _, s := range f.Sources {
		if _, ok := so.Field(s); !ok && f.Rule != Fixed && f.Rule != Formula {
			out = append(out, noSource(s, so, 0))
		}
	}
	switch f.Rule {
	case Copy, Values:
		if len(f.Sources) != 1 {
			out = append(out, chooseSource(t, "one source field"))
		} else if s, ok := so.Field(f.Sources[0]); ok && f.Rule == Copy && t.Type == model.LinkType && s.Type != model.LinkType {
			out = append(out, problem.New(CodeLink, "“"+title(t)+"” must point to another record, but “"+title(s)+"” does not.",
				"Without the other record the target would refuse it or leave it empty.",
				"Choose a field that points to a record, or say in the source which records its values mean."))
		}
		if f.Rule == Values {
			out = append(out, f.lintValues(t)...)
		}
	case Join:
		if len(f.Sources) == 0 {
			out = append(out, chooseSource(t, "at least one source field"))
		}
	case Fixed:
		if f.Fixed == "" && needed(t) {
			out = append(out, missingRule(t))
		} else if p := checkValue(f.Fixed, t); p != nil {
			out = append(out, p)
		}
	case Formula:
		out = append(out, f.lintFormula(t, so)...)
	case Split:
		out = append(out, f.lintSplit(t)...)
	case LookUp:
		out = append(out, f.lintLookup(t, src)...)
	case People:
		if len(f.Sources) != 1 {
			out = append(out, chooseSource(t, "one source field"))
		}
	default:
		out = append(out, problem.New(CodeRule, "The rule of “"+title(t)+"” is not one that Waybill knows.",
			"It cannot be used.", "Choose Copy, Value list, Fixed value, Join, Split, Formula, Look up, People map or Leave out."))
	}
	out = append(out, f.lintCheck(t)...)
	out = append(out, f.lintKeep(t, do)...)
	for _, o := range []struct {
		what  model.Otherwise
		value string
		when  string
	}{{f.IfEmpty, f.EmptyValue, "is empty"}, {f.IfUnknown, f.UnknownValue, "is not known"}} {
		if o.what != model.OtherwiseUse {
			continue
		}
		if o.value == "" {
			out = append(out, problem.New(CodeFixed, "No value is stated for when “"+title(t)+"” "+o.when+".",
				"The rule says to use another value then.", "State the value, or choose to hold the record."))
		} else if p := checkValue(o.value, t); p != nil {
			out = append(out, p)
		}
	}
	return out
}

func chooseSource(t model.Field, what string) *problem.Problem {
	return problem.New(CodeNoSources, "The rule of “"+title(t)+"” needs "+what+".",
		"Without it there is nothing to take the value from.", "Choose it, or choose another rule.")
}

func noSource(name string, so model.ObjectSchema, column int) *problem.Problem {
	next := "Choose one of the source's fields."
	if near := Nearest(name, fieldNames(so)); near != "" {
		next = "Did you mean [" + near + "]?"
	}
	return problem.New(CodeNoSourceName, "The source has no field “"+name+"”.",
		"The rule would always give nothing.", next).At(problem.Place{Value: name, Column: column})
}

func (f FieldMap) lintFormula(t model.Field, so model.ObjectSchema) []*problem.Problem {
	e, err := formula.Parse(f.Formula)
	if err != nil {
		p := problem.From(err)
		return []*problem.Problem{problem.Wrap(p, CodeFormula, "The formula of “"+title(t)+"” has a mistake. "+p.What, p.Why, p.Next).
			At(problem.Place{Column: p.Where.Column, Value: f.Formula})}
	}
	var out []*problem.Problem
	for _, name := range e.Fields() {
		if _, ok := so.Field(name); !ok && name != formula.RawField {
			col := 0
			if i := strings.Index(f.Formula, formula.FieldRef(name)); i >= 0 {
				col = len([]rune(f.Formula[:i])) + 1
			}
			out = append(out, noSource(name, so, col))
		}
	}
	return out
}

func (f FieldMap) lintValues(t model.Field) []*problem.Problem {
	var out []*problem.Problem
	open, records := 0, int64(0)
	seen := map[string]bool{}
	for _, p := range f.Values {
		if seen[p.From] {
			out = append(out, problem.New(CodeTwoRules, "A value stands twice in the list of “"+title(t)+"”.",
				"Only one of the lines could be used.", "Remove one of them.").At(problem.Place{Value: p.From}))
			continue
		}
		seen[p.From] = true
		if !p.Decided {
			open++
			records += p.Count
			continue
		}
		if q := checkValue(p.To, t); q != nil && p.To != "" {
			out = append(out, q)
		}
	}
	if len(f.Values) == 0 {
		out = append(out, problem.New(CodeUndecided, "The value list of “"+title(t)+"” is empty.",
			"Every record with a value would be held.", "Say what each value becomes, or choose another rule."))
	}
	if open > 0 {
		out = append(out, problem.New(CodeUndecided, fmt.Sprintf("%s of “%s” %s no decision yet.", count(open, "value"), title(t), has(open)),
			fmt.Sprintf("%s would be held.", count(int(records), "record")), "Choose what each of them becomes, or that it is left empty."))
	}
	return out
}

func has(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// checkValue tells whether a value that a person wrote into the mapping fits the target field.
func checkValue(v string, t model.Field) *problem.Problem {
	at := problem.Place{Value: v}
	bad := func(what, next string) *problem.Problem {
		return problem.New(CodeFixed, what, "The target would refuse it.", next).At(at)
	}
	if v == "" {
		return nil
	}
	switch t.Type {
	case model.Option:
		return checkOption(v, t)
	case model.Options:
		for _, one := range SplitCell(v, ",") {
			if p := checkOption(one, t); p != nil {
				return p
			}
		}
	case model.Bool:
		if _, ok := Truth(v); !ok {
			return bad("“"+title(t)+"” is yes or no, and the mapping states something else.", "Write true or false.")
		}
	case model.Integer, model.Number:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return bad("“"+title(t)+"” is a number, and the mapping states something else.", "Write a number such as 12 or 3.5.")
		}
	case model.Date, model.DateTime:
		if _, _, err := formula.ParseDate(v, "", ""); err != nil {
			return bad("“"+title(t)+"” is a date, and the mapping states something else.", "Write a date such as 2026-11-21.")
		}
	case model.Email:
		if !looksLikeEmail(v) {
			return bad("“"+title(t)+"” is an e-mail address, and the mapping states something else.", "Write an address such as ada@example.org.")
		}
	}
	if n := len([]rune(v)); t.MaxLength > 0 && n > t.MaxLength {
		return bad(fmt.Sprintf("“%s” may have %d characters, and the mapping states more.", title(t), t.MaxLength), "Shorten the value.")
	}
	return nil
}

func checkOption(v string, t model.Field) *problem.Problem {
	if len(t.Options) == 0 || slices.ContainsFunc(t.Options, func(c model.Choice) bool { return c.Value == v }) {
		return nil
	}
	next := "Choose one of its options."
	if o, ok := NearestOption(v, t); ok {
		next = "Did you mean “" + o.Value + "”?"
	}
	return problem.New(CodeOption, "“"+v+"” is not an option of “"+title(t)+"”.", "The target would refuse it.", next).At(problem.Place{Value: v})
}
