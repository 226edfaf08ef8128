package transform

import (
	"slices"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// several tells whether a field holds lists.
func (f *sourceField) several() bool {
	return f != nil && (f.Type == model.Options || f.Type == model.Tags)
}

// apply gives one target field its value; the problem holds the record.
func (w *row) apply(r *rule, d *model.Draft) *problem.Problem {
	if r.broken != nil {
		p := r.broken.Where
		p.Object, p.Record, p.File = string(w.record.Key.Object), w.record.Key.ID, w.record.Place
		return r.broken.At(p)
	}
	if r.target.Type == model.LinkType {
		return w.applyLink(r, d)
	}
	in, p := w.source(r)
	if p == nil && !in.nothing() {
		var out any
		if r.conv.ease.FirstOfSeveral && in.many && len(in.list) > 1 && !r.conv.several {
			d.Eased = append(d.Eased, r.Target)
		}
		if out, p = r.conv.convert(in); p == nil && out != nil {
			return w.put(r, d, out)
		}
	}
	if p != nil {
		switch {
		case p.Code == CodeTooLong || p.Code == CodeUndecided:
			return w.at(p, r) // never cut or guessed silently
		case r.IfUnknown == model.OtherwiseLeave:
			return nil
		case r.IfUnknown == model.OtherwiseUse:
			return w.instead(r, d, r.UnknownValue)
		}
		return w.at(p, r)
	}
	if in.cleared {
		return nil
	}
	switch r.IfEmpty {
	case model.OtherwiseUse:
		return w.instead(r, d, r.EmptyValue)
	case model.OtherwiseHold:
		code := CodeEmpty
		if r.target.Required {
			code = CodeRequired
		}
		return problem.New(code, "There is nothing for “"+name(r.target)+"” in the source.",
			"The mapping says to hold such a record.", "Fill it in the source, or state in the mapping what to use when it is empty.").
			At(place(w.record, r.Target, ""))
	}
	return nil
}

// put checks the length and keeps the value.
func (w *row) put(r *rule, d *model.Draft, out any) *problem.Problem {
	if p := r.conv.tooLong(out); p != nil {
		return w.at(p, r)
	}
	if r.check != nil {
		if p := r.check.test(r.target, out); p != nil {
			return w.at(p, r)
		}
	}
	d.Fields[r.Target] = out
	return nil
}

// instead uses the value that the mapping states.
func (w *row) instead(r *rule, d *model.Draft, value string) *problem.Problem {
	out, p := r.conv.convert(input{text: value, stated: true})
	if p != nil {
		return w.at(p, r)
	}
	if out == nil {
		return nil
	}
	return w.put(r, d, out)
}

func (w *row) at(p *problem.Problem, r *rule) *problem.Problem {
	return p.At(place(w.record, r.Target, p.Where.Value))
}

// input is what a rule gives to the converter.
type input struct {
	text string
	list []string // several values; text is then empty
	many bool
	html bool
	// flag of a boolean value.
	flag *bool
	// dated: how the field writes its dates.
	date *formula.DateFormat
	// cell: the result of a formula, if there is one.
	cell    formula.Value
	hasCell bool
	// stated: by the mapping, so dates are ISO and lists are parted by a comma.
	stated bool
	// cleared: the value list says that the field stays empty.
	cleared bool
}

func (in input) nothing() bool {
	if in.many {
		return len(in.list) == 0
	}
	return strings.TrimSpace(in.text) == "" && in.flag == nil && !in.hasCell
}

// source computes a rule.
func (w *row) source(r *rule) (input, *problem.Problem) {
	switch r.Rule {
	case mapping.Fixed:
		return input{text: r.Fixed, stated: true}, nil
	case mapping.Join:
		return w.join(r), nil
	case mapping.Formula:
		return w.formula(r)
	case mapping.Values:
		return w.lookUp(r)
	case mapping.Split:
		return w.split(r), nil
	case mapping.LookUp:
		return w.find(r)
	case mapping.People:
		return w.person(r)
	default:
		return w.copy(r), nil
	}
}

func (w *row) copy(r *rule) input {
	if len(r.Sources) == 0 {
		return input{}
	}
	field := r.Sources[0]
	f := w.object.fields[field]
	in := input{html: r.html}
	if f != nil {
		in.date = f.date
	}
	switch c := w.filled(field); c.Kind {
	case model.TrueCell, model.FalseCell:
		yes := c.Kind == model.TrueCell
		in.flag, in.text = &yes, c.String()
	case model.ListCell:
		in.list, in.many = c.List, true
	case model.TextCell:
		in.text = c.Text
		if r.conv.several || f.several() && f.Separator != "" {
			in.list, in.many, in.text = w.list(field), true, ""
		}
	}
	return in
}

func (w *row) join(r *rule) input {
	var few [8]string
	parts := few[:0]
	for _, s := range r.Sources {
		if t := strings.TrimSpace(w.text(s)); t != "" {
			parts = append(parts, t)
		}
	}
	if r.conv.several {
		var all []string
		for _, s := range r.Sources {
			all = append(all, w.list(s)...)
		}
		return input{list: all, many: true}
	}
	return input{text: strings.Join(parts, r.Separator), html: r.html}
}

func (w *row) formula(r *rule) (input, *problem.Problem) {
	v, err := r.expr.EvalIn(w.envOf(r))
	if err != nil {
		p := problem.From(err)
		return input{}, problem.Wrap(err, CodeFormula, "The formula of “"+name(r.target)+"” needs too much work. "+p.What, p.Why, p.Next)
	}
	if v.IsError() {
		return input{}, problem.New(CodeFormula, "The formula of “"+name(r.target)+"” gives "+v.String()+".",
			"There is no result that could be written.", "Correct the value in the source, or catch the error in the formula with IFERROR(…).").
			At(problem.Place{Value: w.used(r)})
	}
	in := input{text: v.String(), html: r.html, cell: v, hasCell: true}
	if l := v.List(); l != nil && r.conv.several {
		in.list, in.many = l, true
	}
	if v.Kind() == formula.KindBlank || v.Kind() == formula.KindText && strings.TrimSpace(in.text) == "" {
		return input{}, nil
	}
	return in, nil
}

// used shows the values that a formula saw.
func (w *row) used(r *rule) string {
	var parts []string
	for _, f := range r.expr.Fields() {
		parts = append(parts, f+": "+clip(w.text(f)))
	}
	return strings.Join(parts, ", ")
}

func (w *row) lookUp(r *rule) (input, *problem.Problem) {
	if len(r.Sources) == 0 {
		return input{}, nil
	}
	field := r.Sources[0]
	f := w.object.fields[field]
	var one, made [1]string // most fields have one value
	from, out := one[:0], made[:0]
	c := w.filled(field)
	if c.Kind == model.ListCell || f.several() || r.conv.several {
		from = w.list(field)
	} else if t := c.String(); t != "" {
		from = append(from, t)
	}
	for _, v := range from {
		p, ok := r.list.find(v)
		switch {
		case !ok:
			next := "Add it to the value list in Mapping."
			if c, near := mapping.NearestOption(v, r.target); near {
				next = "Add it to the value list in Mapping; the nearest choice is “" + c.Value + "”."
			}
			return input{}, problem.New(CodeUnknown, "The value list of “"+name(r.target)+"” does not have this value.",
				"Waybill does not guess what it should become.", next).At(problem.Place{Value: v})
		case !p.Decided:
			return input{}, problem.New(CodeUndecided, "It is not decided what this value of “"+name(r.target)+"” becomes.",
				"Its records wait until somebody decides.", "Open Mapping, choose what it becomes, and run these records again.").
				At(problem.Place{Value: v})
		}
		if p.To != "" {
			out = append(out, p.To)
		}
		if p.Keep {
			w.keepWord(r, v)
		}
	}
	if r.conv.several {
		return input{list: slices.Clone(out), many: true, stated: true, cleared: len(from) > 0 && len(out) == 0}, nil
	}
	switch len(out) {
	case 0:
		return input{cleared: len(from) > 0}, nil
	case 1:
		return input{text: out[0], stated: true}, nil
	}
	return input{list: slices.Clone(out), many: true, stated: true}, nil
}

// valueList finds the line of a value: exactly, else without case and outer blanks.
type valueList struct {
	exact, loose map[string]*mapping.ValuePair
}

func newValueList(pairs []mapping.ValuePair) *valueList {
	l := &valueList{exact: make(map[string]*mapping.ValuePair, len(pairs)), loose: make(map[string]*mapping.ValuePair, len(pairs))}
	for i := range pairs {
		p := &pairs[i]
		if _, dup := l.exact[p.From]; !dup {
			l.exact[p.From] = p
		}
		k := loose(p.From)
		if old, dup := l.loose[k]; !dup {
			l.loose[k] = p
		} else if old.To != p.To || old.Decided != p.Decided {
			// Two lines that differ only in case and disagree decide only for themselves.
			unsure := *old
			unsure.Decided = false
			l.loose[k] = &unsure
		}
	}
	return l
}

func loose(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (l *valueList) find(v string) (*mapping.ValuePair, bool) {
	if p, ok := l.exact[v]; ok {
		return p, true
	}
	p, ok := l.loose[loose(v)]
	return p, ok
}

// applyLink carries a pointer over as the source expressed it.
func (w *row) applyLink(r *rule, d *model.Draft) *problem.Problem {
	l := model.DraftLink{
		Field: r.Target, Required: r.target.Required && r.target.Default == "",
		IfUnknown: r.IfUnknown, Instead: r.UnknownValue,
	}
	if l.IfUnknown == "" {
		l.IfUnknown = model.OtherwiseHold
	}
	var p *problem.Problem
	switch r.Rule {
	case mapping.Copy:
		l.To = w.refs(r)
	case mapping.Fixed:
		l.To = w.madeRefs(r, r.Fixed)
	case mapping.People:
		var cleared bool
		l.To, cleared, p = w.personRefs(r)
		switch {
		case p != nil && p.Code == CodePerson && r.IfUnknown == model.OtherwiseLeave && !l.Required, cleared && !l.Required:
			return nil
		case p != nil && p.Code == CodePerson && r.IfUnknown == model.OtherwiseUse:
			l.To = w.madeRefs(r, r.UnknownValue)
		case p != nil:
			return w.at(p, r)
		}
	default:
		var in input
		if in, p = w.source(r); p != nil {
			return w.at(p, r)
		}
		if in.many && len(in.list) > 0 {
			in.text = in.list[0]
		}
		l.To = w.madeRefs(r, in.text)
	}
	if len(l.To) == 0 {
		switch {
		case r.IfEmpty == model.OtherwiseUse && r.EmptyValue != "":
			l.To = w.madeRefs(r, r.EmptyValue)
		case r.IfEmpty == model.OtherwiseHold || l.Required:
			return problem.New(CodeRequired, "“"+name(r.target)+"” is required, but the source points to nobody and nothing.",
				"The target refuses a record without it.", "Fill it in the source, or state in the mapping what to use when it is empty.").
				At(place(w.record, r.Target, ""))
		default:
			return nil
		}
	}
	if r.target.Parent {
		d.Thread = l.To[0].Value
		if s := l.To[0].Object.Source(); s != "" { // the same number is another thread there
			d.Thread = s + "/" + d.Thread
		}
	}
	d.Links = append(d.Links, l)
	return nil
}

// refs finds what the source field points to: the links of its role, or its text
// read as the key of what the target's field may point to.
func (w *row) refs(r *rule) []model.Ref {
	if len(r.Sources) == 0 {
		return nil
	}
	field := r.Sources[0]
	f := w.object.fields[field]
	var out []model.Ref
	for _, l := range w.record.Links {
		if l.Role != field {
			continue
		}
		for _, ref := range l.To {
			if !f.isEmpty(ref.Value) {
				out = append(out, ref)
			}
		}
	}
	if out != nil {
		return out
	}
	if text := strings.TrimSpace(w.text(field)); text != "" {
		by, to := "", r.target.To
		if f != nil {
			by = f.By
			if len(f.To) > 0 {
				to = f.To
			}
		}
		source := w.record.Key.Object.Source()
		for _, o := range to {
			out = append(out, model.Ref{Object: o.From(source), By: by, Value: text})
		}
	}
	return out
}

// madeRefs points to a source record by its id.
func (w *row) madeRefs(r *rule, value string) []model.Ref {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	out := make([]model.Ref, 0, len(r.target.To))
	source := w.record.Key.Object.Source()
	for _, o := range r.target.To {
		out = append(out, model.Ref{Object: o.From(source), Value: value})
	}
	if source != "" { // what a mapping states may be of the main source
		for _, o := range r.target.To {
			out = append(out, model.Ref{Object: o, Value: value})
		}
	}
	return out
}
