// Package transform turns a staged record into the target's shape. A mapping
// version is compiled once into a Program; Apply then gives a Draft for each
// record, or the problems for which the record is held. It is pure: the same
// record gives the same draft, on every machine, at every time.
package transform

import (
	"encoding/json"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Codes of this package. Texts never contain the value that is to blame (it is
// in Where.Value), so that equal problems of many records are one group.
const (
	CodeUnreadable    problem.Code = "transform.unreadable"
	CodeNotMapped     problem.Code = "transform.not_mapped"
	CodeRule          problem.Code = "transform.rule"
	CodeRequired      problem.Code = "transform.required_empty"
	CodeEmpty         problem.Code = "transform.empty"
	CodeUnknown       problem.Code = "transform.unknown_value"
	CodeUndecided     problem.Code = "transform.undecided"
	CodeDate          problem.Code = "transform.date"
	CodeNumber        problem.Code = "transform.number"
	CodeBool          problem.Code = "transform.bool"
	CodeEmail         problem.Code = "transform.email"
	CodeTooLong       problem.Code = "transform.too_long"
	CodeSeveralValues problem.Code = "transform.several_values"
	CodeFormula       problem.Code = "transform.formula"
	CodeVisibility    problem.Code = "transform.visibility"
)

// Program is a compiled mapping. It may be used by many goroutines at once.
type Program struct {
	// objects by their name in the source: those with a condition first, in their order,
	// then the one that takes the rest.
	objects map[model.Object][]*object
	lookups Lookups
	known   map[model.Object]*object // those that no rule moves, see Know
}

// object is the compiled map of one object.
type object struct {
	print          string
	source, target model.Object
	fields         map[string]*sourceField
	pick           *model.Picker // of the source's fields; nil: none is known
	rules          []*rule
	required       []model.Field
	// visibility of messages: how the source says it and how the target keeps it (invariant 10).
	private, keeps *mapping.Private
	// corrections in the order in which they apply; fixes by the id of the record.
	corrections []correction
	fixes       map[string]Fix
	writable    []model.Field // of the target
	// tables that formulas look up in.
	tables formula.Tables
	// when the records go this way; nil: always. whenBroken says why that cannot be told.
	when       *formula.Expr
	whenBroken *problem.Problem
	people     *mapping.PeopleMap
	lookups    Lookups
}

// sourceField is how the values of a source field are read.
type sourceField struct {
	model.Field
	date  *formula.DateFormat
	empty map[string]bool
}

// rule is the compiled rule of one target field.
type rule struct {
	mapping.FieldMap
	target model.Field
	html   bool // its sources are rich text
	expr   *formula.Expr
	pick   *model.Picker
	uses   []use // the fields of the formula
	list   *valueList
	conv   *converter
	check  *checker
	// broken rules hold every record: with this problem.
	broken *problem.Problem
}

// Compile prepares a mapping. The problems are those of the mapping's Lint that
// make a rule unusable; the program holds every record that such a rule concerns.
func Compile(v mapping.Version, src, dst model.Schema) (*Program, []*problem.Problem) {
	var problems []*problem.Problem
	for _, p := range v.Lint(src, dst) {
		if mapping.Structural(p) {
			problems = append(problems, p)
		}
	}
	p := &Program{objects: map[model.Object][]*object{}}
	people := mapping.NewPeople(v.People)
	seen := map[model.Object]bool{}
	for _, one := range v.Objects {
		if seen[one.Source] {
			continue
		}
		seen[one.Source] = true
		so, ok := src.Object(one.Source)
		for _, m := range v.Branches(one.Source) {
			do, has := dst.Object(m.Target)
			list := p.objects[m.Source]
			if m.Target == "" || !ok || !has || len(list) > 0 && list[len(list)-1].always() {
				continue
			}
			blamed := map[problem.Place]*problem.Problem{} // by object and field
			for _, x := range m.Lint(src, dst) {
				at := problem.Place{Object: x.Where.Object, Field: x.Where.Field}
				if mapping.Structural(x) && blamed[at] == nil {
					blamed[at] = x
				}
			}
			o := compileObject(m, so, do, blamed)
			o.people = people
			o.compileWhen(m)
			p.objects[m.Source] = append(list, o)
		}
	}
	return p, problems
}

func compileObject(m mapping.ObjectMap, so, do model.ObjectSchema, blamed map[problem.Place]*problem.Problem) *object {
	o := &object{source: m.Source, target: m.Target, fields: map[string]*sourceField{}}
	if b, err := json.Marshal(m); err == nil { // a mapping is plain data
		o.print = string(b)
	}
	names := make([]string, 0, len(so.Fields))
	for _, f := range so.Fields {
		o.fields[f.Name] = newSourceField(f)
		names = append(names, f.Name)
	}
	o.pick = model.NewPicker(names)
	for _, f := range do.Fields {
		if !f.ReadOnly {
			o.writable = append(o.writable, f)
		}
		if f.Required && !f.ReadOnly && f.Default == "" && f.Type != model.FileType {
			o.required = append(o.required, f)
		}
	}
	if m.Target == model.Message {
		if p, ok := mapping.Visibility(so); ok {
			o.private = &p
		}
		if p, ok := mapping.Visibility(do); ok {
			o.keeps = &p
		}
	}
	if o.keeps != nil && o.private == nil {
		// No name gives it away, but the mapping says which field tells.
		f, _ := m.Field(o.keeps.Field.Name)
		if sf := o.fields[firstOf(f.Sources)]; sf != nil && (f.Rule == mapping.Copy || f.Rule == mapping.Values) {
			p := mapping.ByWords(sf.Field)
			if f.Rule == mapping.Copy { // yes and no, as the target means them
				p = o.keeps.For(sf.Field)
			}
			o.private = &p
		}
	}
	seen := map[string]bool{}
	for _, f := range m.Fields {
		t, ok := do.Field(f.Target)
		if !ok || seen[f.Target] {
			// A rule without a place is a mistake in the mapping, never a silent loss (P-64).
			t = model.Field{Name: f.Target, Type: model.Text}
		} else if f.Rule == mapping.LeaveOut || t.Type == model.FileType {
			seen[f.Target] = true
			continue
		}
		r := compileRule(f, t, o)
		if b := blamed[problem.Place{Object: string(m.Source), Field: f.Target}]; b != nil && (!ok || seen[f.Target] || !requiredOnly(b)) {
			r.broken = problem.New(CodeRule, "The rule of “"+name(t)+"” has a mistake.", "Records cannot be moved before it is corrected.",
				"Open Mapping and correct it.").At(problem.Place{Field: f.Target})
		}
		seen[f.Target] = true
		o.rules = append(o.rules, r)
	}
	return o
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// requiredOnly: a required field without a rule is told per record, as "required and empty".
func requiredOnly(p *problem.Problem) bool { return p.Code == mapping.CodeRequired }

func compileRule(f mapping.FieldMap, t model.Field, o *object) *rule {
	r := &rule{FieldMap: f, target: t, conv: newConverter(t), check: newChecker(f.Check)}
	for _, s := range f.UsedSources() {
		if sf := o.fields[s]; sf != nil && sf.Type == model.HTML {
			r.html = true
		}
	}
	switch f.Rule {
	case mapping.Formula:
		if e, err := formula.Parse(f.Formula); err == nil {
			r.expr, r.pick, r.uses = e, o.pick, o.usesOf(e)
		}
	case mapping.Values:
		r.list = newValueList(f.Values)
	}
	return r
}

func newSourceField(f model.Field) *sourceField {
	s := &sourceField{Field: f}
	for _, e := range f.Empty {
		if s.empty == nil {
			s.empty = map[string]bool{}
		}
		s.empty[strings.ToLower(strings.TrimSpace(e))] = true
	}
	if f.Type == model.Date || f.Type == model.DateTime || f.Format != "" {
		if d, err := formula.NewDateFormat(f.Format, f.Zone); err == nil {
			s.date = d
		}
	}
	return s
}

// Ease says what a person chose about values that a target field cannot hold as they are.
type Ease struct {
	// AnyLength: the text is made to fit later, by splitting it or attaching it as a file.
	AnyLength bool
	// FirstOfSeveral: of several values the first is kept; Draft.Eased names the field then.
	FirstOfSeveral bool
}

// Ease makes the rule of one target field give way; call it before the program is used.
func (p *Program) Ease(o model.Object, field string, e Ease) {
	for _, x := range p.objects[o] {
		for _, r := range x.rules {
			if r.target.Name == field {
				r.conv.ease = e
			}
		}
	}
}

// Print tells one map of an object from another: the same rules give the same text.
func (p *Program) Print(o model.Object) string {
	list := p.objects[o]
	if len(list) == 0 {
		return ""
	}
	out := list[0].print
	for _, x := range list[1:] {
		out += "\n" + x.print
	}
	return out
}

// Apply turns a record into a draft without a mark. Any problem means that the
// record is held (invariant 7); the draft then holds what could be made.
func (p *Program) Apply(r model.Record) (model.Draft, []*problem.Problem) {
	row, why := p.read(r)
	return p.apply(r, row, why)
}

// ApplyAs turns a record into a draft of an object of the target that it became once: what
// is there stays what it is, also when its condition would lead elsewhere by now.
func (p *Program) ApplyAs(r model.Record, target model.Object) (model.Draft, []*problem.Problem) {
	row, why := p.readAs(r, target)
	return p.apply(r, row, why)
}

func (p *Program) apply(r model.Record, row *row, why *problem.Problem) (model.Draft, []*problem.Problem) {
	if why != nil {
		d := model.Draft{Source: r.Key}
		if t, ok := p.Target(r.Key.Object); ok {
			d.Object, d.Fields = t, map[string]any{}
		}
		return d, []*problem.Problem{why}
	}
	o := row.object
	d := model.Draft{Object: o.target, Source: r.Key, Fields: make(map[string]any, len(o.rules))}
	var problems []*problem.Problem
	var failed map[string]bool
	for _, ru := range o.rules {
		if found := row.apply(ru, &d); found != nil {
			if failed == nil {
				failed = map[string]bool{}
			}
			failed[ru.Target] = true
			problems = append(problems, found)
		}
	}
	row.putWords(&d)
	for _, f := range o.required {
		if !failed[f.Name] && !filled(d, f) {
			problems = append(problems, problem.New(CodeRequired, "“"+name(f)+"” is required, but the source has nothing for it.",
				"The target refuses a record without it.", "Fill it in the source, or state in the mapping what to use when it is empty.").
				At(place(r, f.Name, "")))
		}
	}
	if found := row.guardPrivacy(d, failed); found != nil {
		problems = append(problems, found)
	}
	if !row.keepAddresses(&d) {
		d.Eased = append(d.Eased, "email")
	}
	row.done()
	return d, problems
}

func filled(d model.Draft, f model.Field) bool {
	if f.Type == model.LinkType {
		for _, l := range d.Links {
			if l.Field == f.Name {
				return true
			}
		}
		return false
	}
	_, ok := d.Fields[f.Name]
	return ok
}

// guardPrivacy keeps invariant 10: a note that is private in the source is never
// public in the target, and one of which that cannot be told is held.
func (w *row) guardPrivacy(d model.Draft, failed map[string]bool) *problem.Problem {
	o := w.object
	if o.target != model.Message {
		return nil
	}
	hold := func(what, next, value string) *problem.Problem {
		return problem.New(CodeVisibility, what, "A private note must never become visible to a customer.", next).
			At(place(w.record, o.visibilityField(), value))
	}
	private := false
	if o.private != nil {
		var ok bool
		if private, ok = o.private.Read(w.text(o.private.Field.Name)); !ok {
			// The mapping may still say that a value means private.
			private = true
		}
	}
	if o.keeps == nil {
		if private {
			return hold("The target cannot keep this note private.", "Leave private notes out, or archive them.", "")
		}
		return nil
	}
	if failed[o.keeps.Field.Name] {
		return nil // held already, for its own reason
	}
	got, ok := d.Fields[o.keeps.Field.Name]
	if !ok {
		return hold("It cannot be told whether this message is a private note.",
			"State in the mapping how the source tells private notes from public messages.", "")
	}
	becomes, ok := o.keeps.Read(model.Plain(got))
	if !ok || private && !becomes {
		v := ""
		if o.private != nil {
			v = w.text(o.private.Field.Name)
			if _, clear := o.private.Read(v); ok && !clear && w.decided(v) {
				return nil // a person decided in the value list that this word means public
			}
		}
		return hold("This message is a private note, or may be one, and the mapping would make it public.",
			"Correct the rule that says which messages are private.", v)
	}
	return nil
}

// decided tells whether a person settled in the value list what a visibility word means.
func (w *row) decided(value string) bool {
	for _, r := range w.object.rules {
		if r.Target == w.object.keeps.Field.Name && r.Rule == mapping.Values && len(r.Sources) == 1 && w.object.private != nil && r.Sources[0] == w.object.private.Field.Name {
			p, ok := r.list.find(value)
			return ok && p.Decided && value != ""
		}
	}
	return false
}

func (o *object) visibilityField() string {
	if o.keeps != nil {
		return o.keeps.Field.Name
	}
	if o.private != nil {
		return o.private.Field.Name
	}
	return ""
}

func place(r model.Record, field, value string) problem.Place {
	return problem.Place{Object: string(r.Key.Object), Record: r.Key.ID, Field: field, Value: clip(value), File: r.Place}
}

// clip keeps a message readable when the value is a whole letter.
func clip(s string) string {
	const most = 200
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// name is what people call a field.
func name(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}
