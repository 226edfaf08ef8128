// Package truth says which source is right. Records of several sources are the same one by a
// key that a person chose; they are merged into one, and where they disagree a stated rule
// decides whose value counts, never the order in which they were read. It decides
// like everything that is cleaned: with a name and a reason, undoable, and no raw record changes.
package truth

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Main is how the main source is called in a ranking.
const Main = "main"

// Newest in a ranking is whichever record was changed last.
const Newest = "newest"

// Does is what the decision does: the records of other sources live on in one.
const Does = "merge"

const rulePrefix = "truth."

// RuleID is the name of the rule about an object.
func RuleID(kind model.Object) string { return rulePrefix + string(kind.Kind()) }

// Rule says which records of several sources are the same, and who is right about what.
type Rule struct {
	// Object whatever source it is of, such as contact.
	Object model.Object `json:"object"`
	// By names, per object of a source, the field by whose value its records are known; empty: their number.
	By map[model.Object]string `json:"by"`
	// Rank lists the sources, the most trusted first; a filled value wins over none.
	Rank []string `json:"rank"`
	// Fields that are decided otherwise, by the name of the pair: sources, and newest.
	Fields map[string][]string `json:"fields,omitempty"`
	// Pairs are the fields that mean the same.
	Pairs []Pair `json:"pairs"`
	// Bring gives the record that survives what only another source knows.
	Bring bool `json:"bring"`
}

// Pair is one fact, and the field that holds it in each source.
type Pair struct {
	Name   string                  `json:"name"`
	Fields map[model.Object]string `json:"fields"`
	// Confidence of a proposal in percent; 0: a person said so.
	Confidence int `json:"confidence,omitempty"`
}

// sourceName is how the source of an object stands in a ranking.
func sourceName(o model.Object) string { return cmp.Or(o.Source(), Main) }

// order is the ranking for a pair.
func (r Rule) order(pair string) []string {
	if own := r.Fields[pair]; len(own) > 0 {
		return append(slices.Clone(own), r.Rank...)
	}
	return r.Rank
}

// objects are those that take part, the main source's first, then in the order of the shape.
func (r Rule) objects(src model.Schema) []model.Object {
	out := []model.Object{}
	for _, o := range src.Objects {
		if _, ok := r.By[o.Object]; ok {
			out = append(out, o.Object)
		}
	}
	return out
}

// Title says the rule in words.
func (r Rule) Title(src model.Schema) string {
	things := plural(r.Object)
	names, by := []string{}, []string{}
	for _, o := range r.objects(src) {
		names = append(names, sourceTitle(sourceName(o)))
		if t := fieldTitle(src, o, r.By[o]); !slices.ContainsFunc(by, func(s string) bool { return strings.EqualFold(s, t) }) {
			by = append(by, t)
		}
	}
	s := things + " of " + strings.Join(names, " and ") + " are the same by " + strings.Join(by, " / ")
	if len(r.Rank) > 0 {
		s += "; " + sourceTitle(r.Rank[0]) + " is right"
	}
	fields := make([]string, 0, len(r.Fields))
	for f := range r.Fields {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	for _, f := range fields {
		s += ", about " + f + ": " + sourceTitle(r.Fields[f][0])
	}
	return s
}

func sourceTitle(name string) string {
	switch name {
	case Main:
		return "the main source"
	case Newest:
		return "whatever is newest"
	}
	return model.SourceTitle(name)
}

func plural(o model.Object) string {
	switch o.Kind() {
	case model.Organization:
		return "Companies"
	}
	w := o.Word()
	if w == "" {
		return "Records"
	}
	return strings.ToUpper(w[:1]) + w[1:] + "s"
}

// OwnNumber is what the number of a record is called where no field is.
const OwnNumber = "its number"

func fieldTitle(src model.Schema, o model.Object, field string) string {
	if field == "" {
		return OwnNumber
	}
	shape, _ := src.Object(o)
	if f, ok := shape.Field(field); ok && f.Title != "" {
		return f.Title
	}
	return field
}

// Kinds lists the objects that at least two sources have.
func Kinds(src model.Schema) []model.Object {
	count := map[model.Object]map[string]bool{}
	out := []model.Object{}
	for _, o := range src.Objects {
		k := o.Object.Kind()
		if count[k] == nil {
			count[k] = map[string]bool{}
		}
		count[k][o.Object.Source()] = true
		if len(count[k]) == 2 && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// of lists the objects of one kind, in the order of the shape.
func of(src model.Schema, kind model.Object) []model.ObjectSchema {
	out := []model.ObjectSchema{}
	for _, o := range src.Objects {
		if o.Object.Kind() == kind.Kind() {
			out = append(out, o)
		}
	}
	return out
}

// Check refuses a rule that cannot be used.
func (r Rule) Check(src model.Schema) error {
	wrong := func(what, next string, at problem.Place) error {
		at.Object = string(r.Object)
		return problem.New("truth.rule", what, "So it cannot be told which records are the same, or who is right.", next).At(at)
	}
	known := []string{}
	for _, o := range of(src, r.Object) {
		known = append(known, sourceName(o.Object))
	}
	if len(known) < 2 {
		return wrong("Only one source has "+strings.ToLower(plural(r.Object))+".", "Add another source first, and read it.", problem.Place{})
	}
	if len(r.By) < 2 {
		return wrong("It is not said by what the records are the same.", "Choose a key for two sources at least.", problem.Place{})
	}
	for o, field := range r.By {
		shape, ok := src.Object(o)
		if !ok || o.Kind() != r.Object.Kind() {
			return wrong("No source has “"+string(o)+"”.", "Use the sources: "+strings.Join(known, ", ")+".", problem.Place{Value: string(o)})
		}
		if _, ok := shape.Field(field); !ok && field != "" {
			return wrong("“"+string(o)+"” has no field “"+field+"”.", "Choose one of its fields.", problem.Place{Field: field})
		}
	}
	names := map[string]bool{}
	for _, p := range r.Pairs {
		names[p.Name] = true
		for o, field := range p.Fields {
			shape, _ := src.Object(o)
			if _, ok := shape.Field(field); !ok {
				return wrong("“"+string(o)+"” has no field “"+field+"”.", "Choose one of its fields.", problem.Place{Field: field})
			}
		}
	}
	ranked := func(list []string, field string, newest bool) error {
		for _, s := range list {
			if !slices.Contains(known, s) && !(newest && s == Newest) {
				return wrong("There is no source “"+s+"” with such records.", "Use "+strings.Join(known, ", ")+", or newest.", problem.Place{Field: field, Value: s})
			}
		}
		return nil
	}
	if err := ranked(r.Rank, "rank", true); err != nil {
		return err
	}
	for f, list := range r.Fields {
		if !names[f] {
			return wrong("“"+f+"” is no fact that two sources have.", "Use the names in the list of facts.", problem.Place{Field: f})
		}
		if err := ranked(list, f, true); err != nil {
			return err
		}
	}
	return nil
}

// complete gives the ranking the sources that it leaves out, in their order.
func (r Rule) complete(src model.Schema) Rule {
	r.Object = r.Object.Kind()
	r.Rank = slices.Clone(r.Rank)
	for _, o := range of(src, r.Object) {
		if n := sourceName(o.Object); !slices.Contains(r.Rank, n) {
			r.Rank = append(r.Rank, n)
		}
	}
	return r
}

// InForce is the decision about an object that is in force, with its rule.
func InForce(tx *store.Tx, kind model.Object) (d store.Decision, r Rule, ok bool, err error) {
	all, err := tx.Decisions()
	if err != nil {
		return d, r, false, err
	}
	for _, x := range all {
		if x.Rule == RuleID(kind) && x.UndoneAt == "" {
			err := json.Unmarshal([]byte(x.Settings["rule"]), &r)
			return x, r, err == nil, err
		}
	}
	return d, r, false, nil
}

// Brought names the field of a surviving record that holds what only another source knows.
func Brought(field string, from model.Object) string {
	return field + " (" + model.SourceTitle(sourceName(from)) + ")"
}

// Enrich gives the shape of the sources the fields that come along from other ones by the
// rules in force, so that a mapping can use them.
func Enrich(tx *store.Tx, src model.Schema) (model.Schema, error) {
	out := src
	for _, kind := range Kinds(src) {
		_, r, ok, err := InForce(tx, kind)
		if err != nil {
			return src, err
		}
		if !ok || !r.Bring {
			continue
		}
		out.Objects = slices.Clone(out.Objects)
		for i, home := range out.Objects {
			if home.Object.Kind() != kind {
				continue
			}
			if _, part := r.By[home.Object]; !part {
				continue
			}
			fields := slices.Clone(home.Fields)
			for _, o := range r.objects(src) {
				if o == home.Object {
					continue
				}
				shape, _ := src.Object(o)
				for _, f := range r.only(shape, home) {
					f.Name, f.Title, f.Required = Brought(f.Name, o), Brought(cmp.Or(f.Title, f.Name), o), false
					f.Help = "What only " + model.SourceTitle(sourceName(o)) + " knows of records that several sources have."
					fields = append(fields, f)
				}
			}
			out.Objects[i].Fields = fields
		}
	}
	return out, nil
}

// only lists the fields of a shape that have no partner in another one.
func (r Rule) only(shape, home model.ObjectSchema) []model.Field {
	out := []model.Field{}
	for _, f := range shape.Fields {
		if f.Type == model.LinkType || f.Type == model.FileType || f.Name == r.By[shape.Object] || isNumber(f) {
			continue
		}
		paired := slices.ContainsFunc(r.Pairs, func(p Pair) bool { return p.Fields[shape.Object] == f.Name && p.Fields[home.Object] != "" })
		if !paired {
			out = append(out, f)
		}
	}
	return out
}

// isNumber: the number by which the source itself knows the record.
func isNumber(f model.Field) bool {
	return strings.EqualFold(f.Name, "id") || strings.EqualFold(f.Name, "number")
}
