package transform

import (
	"slices"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// compileWhen prepares the condition under which records go this way.
func (o *object) compileWhen(m mapping.ObjectMap) {
	if !m.IsBranch() {
		return
	}
	e, err := formula.Parse(m.When)
	if err != nil {
		o.whenBroken = problem.New(CodeRoute, "The condition that says what these records become has a mistake.",
			"Records cannot be moved before it is corrected.", "Open Mapping and correct it.")
		return
	}
	o.when = e
}

// always: no condition decides about it.
func (o *object) always() bool { return o.when == nil && o.whenBroken == nil }

// Target says what an object of the source becomes; where several conditions decide, what
// becomes of the rest, or of the first when there is no rest.
func (p *Program) Target(o model.Object) (model.Object, bool) {
	list := p.objects[o]
	if len(list) == 0 {
		return "", false
	}
	if last := list[len(list)-1]; last.always() {
		return last.target, true
	}
	return list[0].target, true
}

// Targets lists what records of an object may become, in the order in which they are asked.
func (p *Program) Targets(o model.Object) []model.Object {
	var out []model.Object
	for _, x := range p.objects[o] {
		if !slices.Contains(out, x.target) {
			out = append(out, x.target)
		}
	}
	return out
}

// Routed says that a condition decides what records of the object become.
func (p *Program) Routed(o model.Object) bool {
	list := p.objects[o]
	return len(list) > 1 || len(list) == 1 && !list[0].always()
}

// Route says what one record becomes. none: no condition is true for it, and nothing takes
// the rest. The problem says why it cannot be told.
func (p *Program) Route(r model.Record) (target model.Object, none bool, why *problem.Problem) {
	w, why := p.read(r)
	switch {
	case why != nil && why.Code == CodeNotMapped:
		return "", true, nil
	case why != nil:
		return "", false, why
	}
	return w.object.target, false, nil
}

// Way is the number of the way that a record goes, among those of its object that have a
// place in the target, from 0. none and why as Route gives them.
func (p *Program) Way(r model.Record) (n int, none bool, why *problem.Problem) {
	w, why := p.read(r)
	switch {
	case why != nil && why.Code == CodeNotMapped:
		return 0, true, nil
	case why != nil:
		return 0, false, why
	}
	return slices.Index(p.objects[r.Key.Object], w.object), false, nil
}

// readAs takes a record apart for the way to one object of the target; where there is none
// any more, as read does.
func (p *Program) readAs(r model.Record, target model.Object) (*row, *problem.Problem) {
	for _, o := range p.objects[r.Key.Object] {
		if o.target != target {
			continue
		}
		w, err := o.read(r)
		if err != nil {
			break // read says why
		}
		return w, nil
	}
	return p.read(r)
}

// read takes a record apart, and finds the way that it goes.
func (p *Program) read(r model.Record) (*row, *problem.Problem) {
	list := p.objects[r.Key.Object]
	if len(list) == 0 {
		return nil, problem.New(CodeNotMapped,
			"The mapping does not say what these records become.", "They stay where they are.",
			"Open Mapping and choose what they become, or leave them out.").At(place(r, "", ""))
	}
	w, err := list[0].read(r)
	if err != nil {
		return nil, problem.Wrap(err, CodeUnreadable, "The record cannot be read.",
			"What the source gave is damaged.", "Extract it again. If that does not help, look at it in the source.").At(place(r, "", ""))
	}
	for _, o := range list {
		if o.always() {
			w.object = o
			return w, nil
		}
		if o.whenBroken != nil {
			return nil, o.whenBroken.At(place(r, "", ""))
		}
		v, err := o.when.EvalIn(w.env())
		if err != nil {
			return nil, problem.From(err).At(place(r, "", ""))
		}
		yes, ok := v.Logical()
		if !ok {
			if n, is := v.Number(); is {
				yes, ok = n != 0, true
			} else if v.Kind() == formula.KindBlank {
				ok = true
			}
		}
		if v.IsError() || !ok {
			return nil, problem.New(CodeRoute, "It cannot be told what this record becomes: its condition gives "+v.String()+".",
				"A condition must be true or false.", "Correct the value in the source, or catch the error in the condition with IFERROR(…,FALSE).").
				At(place(r, "", w.seen(o.when)))
		}
		if yes {
			w.object = o
			return w, nil
		}
	}
	return nil, problem.New(CodeNotMapped, "No condition is true for this record, and nothing is said for the rest.",
		"It stays where it is.", "Open Mapping and say what becomes of the rest, or leave these records out.").At(place(r, "", ""))
}

// seen shows the values that a formula saw.
func (w *row) seen(e *formula.Expr) string {
	out := ""
	for i, f := range e.Fields() {
		if i > 0 {
			out += ", "
		}
		out += f + ": " + clip(w.text(f))
	}
	return out
}
