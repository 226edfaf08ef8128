package mapping

import (
	"fmt"
	"slices"
	"strconv"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Codes of the rules beyond copying.
const (
	CodeBranch  problem.Code = "mapping.branch"
	CodeSplit   problem.Code = "mapping.split"
	CodeLookup  problem.Code = "mapping.look_up"
	CodeCheck   problem.Code = "mapping.check"
	CodeKeep    problem.Code = "mapping.keep"
	CodePeople  problem.Code = "mapping.people"
	CodePattern problem.Code = "mapping.pattern"
)

// lintBranches looks whether every record has just one way to go.
func (v Version) lintBranches(src model.Schema) []*problem.Problem {
	var out []*problem.Problem
	seen := map[[2]model.Object]bool{}
	for _, m := range v.Objects {
		at := problem.Place{Object: string(m.Source)}
		k := [2]model.Object{m.Source, m.Branch()}
		if seen[k] {
			what := "There are two maps of " + objectTitle(src, m.Source) + " without a condition."
			if m.IsBranch() {
				what = "There are two conditions under which " + objectTitle(src, m.Source) + " become the same."
			}
			out = append(out, problem.New(CodeBranch, what, "Only the first of them could be used.", "Remove one of them, or join their conditions with OR.").At(at))
		}
		seen[k] = true
		if !m.IsBranch() {
			continue
		}
		if m.Target == "" {
			out = append(out, problem.New(CodeBranch, "A condition for "+objectTitle(src, m.Source)+" does not say what they become.",
				"The records that it is true for would go nowhere.", "Choose what they become. To leave some records out, decide so under Clean.").At(at))
		}
		so, ok := src.Object(m.Source)
		if !ok {
			continue
		}
		e, err := formula.Parse(m.When)
		if err != nil {
			p := problem.From(err)
			out = append(out, problem.Wrap(p, CodeFormula, "The condition for "+objectTitle(src, m.Source)+" has a mistake. "+p.What, p.Why, p.Next).
				At(problem.Place{Object: at.Object, Column: p.Where.Column, Value: m.When}))
			continue
		}
		for _, name := range e.Fields() {
			if _, ok := so.Field(name); !ok {
				p := noSource(name, so, 0)
				out = append(out, p.At(problem.Place{Object: at.Object, Value: name}))
			}
		}
	}
	return out
}

// lintPeople says whose owners nobody decided about; only objects count that a rule asks for.
func (v Version) lintPeople(src model.Schema) []*problem.Problem {
	asked := v.AsksPeople(src)
	var out []*problem.Problem
	for _, o := range asked {
		open, records := 0, int64(0)
		for _, p := range v.People {
			if p.Object != o {
				continue
			}
			if !p.Decided || p.How == "" {
				open++
				records += p.Count
				continue
			}
			if p.How == PersonTarget && p.To == "" {
				out = append(out, problem.New(CodePeople, "The people map does not say who stands for “"+p.called()+"”.",
					"What points there would be held.", "Choose somebody of the target, or that it is left empty.").At(problem.Place{Object: string(o), Value: p.From}))
			}
		}
		if open > 0 {
			out = append(out, problem.New(CodeUndecided, fmt.Sprintf("%s of the people map %s no decision yet.", count(open, "line"), has(open)),
				fmt.Sprintf("%s would be held.", count(int(records), "record")), "Say who stands for each of them, or that what points there is left empty.").
				At(problem.Place{Object: string(o)}))
		}
	}
	return out
}

func (p PersonPair) called() string {
	for _, s := range []string{p.Name, p.Email} {
		if s != "" {
			return s
		}
	}
	return p.From
}

// AsksPeople lists the objects of the source whose people map the rules ask.
func (v Version) AsksPeople(src model.Schema) []model.Object {
	var out []model.Object
	for _, m := range v.Objects {
		so, ok := src.Object(m.Source)
		if !ok {
			continue
		}
		for _, f := range m.Fields {
			if f.Rule != People {
				continue
			}
			for _, s := range f.Sources {
				x, ok := so.Field(s)
				if !ok {
					continue
				}
				to := x.To
				if len(to) == 0 {
					to = []model.Object{model.Agent}
				}
				for _, o := range to {
					if o.Word() != model.Contact.Word() && !slices.Contains(out, o) {
						out = append(out, o)
					}
				}
			}
		}
	}
	return out
}

func badPattern(pattern string, err error, title string) *problem.Problem {
	return problem.New(CodePattern, "The pattern of “"+title+"” cannot be read: "+err.Error()+".", "It would match nothing.",
		"Correct it; patterns are regular expressions such as ^[A-Z]{2}-([0-9]+)$.").At(problem.Place{Value: pattern})
}

func (f FieldMap) lintSplit(t model.Field) []*problem.Problem {
	s := f.Split
	wrong := func(what, next string) []*problem.Problem {
		return []*problem.Problem{problem.New(CodeSplit, what, "The rule would give nothing.", next)}
	}
	if len(f.Sources) != 1 {
		return []*problem.Problem{chooseSource(t, "one source field")}
	}
	if s == nil {
		return wrong("It is not said how the text for “"+title(t)+"” is parted.", "Choose a separator, a pattern or positions.")
	}
	switch s.How {
	case ByText:
		if s.By == "" {
			return wrong("The separator for “"+title(t)+"” is missing.", "State what stands between the parts, such as a comma.")
		}
	case ByPattern:
		if _, err := Compiled(s.By); err != nil || s.By == "" {
			if err == nil {
				return wrong("The pattern for “"+title(t)+"” is missing.", "State a regular expression, or choose a separator.")
			}
			return []*problem.Problem{badPattern(s.By, err, title(t))}
		}
	case ByPosition:
		if s.From < 0 || s.To < 0 || s.To > 0 && s.To < s.From {
			return wrong("The positions for “"+title(t)+"” are the wrong way round.", "State the first and the last character, counted from 1.")
		}
		return nil
	default:
		return wrong("It is not said how the text for “"+title(t)+"” is parted.", "Choose text, pattern or position.")
	}
	if s.Part == 0 && t.Type != model.Tags && t.Type != model.Options {
		return wrong("“"+title(t)+"” takes one value, and the rule gives all parts.", "Say which part is taken: 1 for the first, -1 for the last.")
	}
	return nil
}

func (f FieldMap) lintLookup(t model.Field, src model.Schema) []*problem.Problem {
	l := f.Lookup
	wrong := func(what, next string) []*problem.Problem {
		return []*problem.Problem{problem.New(CodeLookup, what, "The rule would give nothing.", next)}
	}
	if len(f.Sources) != 1 {
		return []*problem.Problem{chooseSource(t, "one source field")}
	}
	switch {
	case l == nil || l.Table == "" && l.Object == "":
		return wrong("It is not said where “"+title(t)+"” is looked up.", "Choose an imported table, or an object of the source.")
	case l.Value == "":
		return wrong("It is not said which column gives “"+title(t)+"”.", "Choose the column or field whose value is taken.")
	case l.Table != "" && l.Key == "":
		return wrong("It is not said by which column of “"+l.Table+"” a row is found.", "Choose the column that holds the key.")
	case l.Table != "":
		return nil // whether the table has these columns is for the project to say
	}
	o, ok := src.Object(l.Object)
	if !ok {
		return wrong("The source has no "+l.Object.Word()+" to look “"+title(t)+"” up in.", "Choose another object, or an imported table.")
	}
	for _, name := range []string{l.Key, l.Value} {
		if _, ok := o.Field(name); !ok && name != "" {
			next := "Choose one of its fields."
			if near := Nearest(name, fieldNames(o)); near != "" {
				next = "Did you mean “" + near + "”?"
			}
			return wrong("“"+o.Title+"” has no field “"+name+"”.", next)
		}
	}
	return nil
}

func (f FieldMap) lintCheck(t model.Field) []*problem.Problem {
	c := f.Check
	if c == nil {
		return nil
	}
	wrong := func(what, next string) []*problem.Problem {
		return []*problem.Problem{problem.New(CodeCheck, what, "Every record would be held, or none.", next)}
	}
	if c.Pattern != "" {
		if _, err := Compiled(c.Pattern); err != nil {
			return []*problem.Problem{badPattern(c.Pattern, err, title(t))}
		}
	}
	if c.MinLength < 0 || c.MaxLength < 0 || c.MaxLength > 0 && c.MaxLength < c.MinLength {
		return wrong("The lengths that “"+title(t)+"” may have are the wrong way round.", "State the fewest and the most characters.")
	}
	for _, b := range []string{c.Least, c.Most} {
		if b == "" {
			continue
		}
		_, notNumber := strconv.ParseFloat(b, 64)
		_, _, notDate := formula.ParseDate(b, "", "")
		switch t.Type {
		case model.Number, model.Integer:
			if notNumber != nil {
				return wrong("A bound of “"+title(t)+"” is not a number.", "Write a number such as 12 or 3.5.")
			}
		case model.Date, model.DateTime:
			if notDate != nil {
				return wrong("A bound of “"+title(t)+"” is not a date.", "Write a date such as 2026-11-21.")
			}
		default:
			if notNumber != nil && notDate != nil {
				return wrong("A bound of “"+title(t)+"” is neither a number nor a date.", "Write a number such as 12, or a date such as 2026-11-21.")
			}
		}
	}
	return nil
}

// lintKeep: the place for words that would be lost must exist and take them.
func (f FieldMap) lintKeep(t model.Field, do model.ObjectSchema) []*problem.Problem {
	asks := slices.ContainsFunc(f.Values, func(p ValuePair) bool { return p.Keep })
	if f.Keep == nil || f.Keep.Field == "" {
		if asks {
			return []*problem.Problem{problem.New(CodeKeep, "It is not said where “"+title(t)+"” keeps the words that would be lost.",
				"They would be lost.", "Choose a field for tags or a text field.")}
		}
		return nil
	}
	k, ok := do.Field(f.Keep.Field)
	fits := ok && !k.ReadOnly && (k.Type == model.Tags || k.Type == model.Options && len(k.Options) == 0 || k.Type == model.Text || k.Type == model.LongText || k.Type == model.HTML)
	if !fits {
		return []*problem.Problem{problem.New(CodeKeep, "“"+f.Keep.Field+"” cannot keep the words that “"+title(t)+"” would lose.",
			"It is not there, or takes no free words.", "Choose a field for tags or a text field.").At(problem.Place{Value: f.Keep.Field})}
	}
	return nil
}
