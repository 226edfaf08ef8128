package transform

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Codes of look-ups, people, conditions and checks.
const (
	CodeLookup problem.Code = "transform.not_found"
	CodePerson problem.Code = "transform.person"
	CodeCheck  problem.Code = "transform.check"
	CodeRoute  problem.Code = "transform.condition"
)

// Lookups finds values by a key for rules that look up. Find is asked by many goroutines at
// once; ok is false for a key that is not there.
type Lookups interface {
	Find(rule mapping.LookupRule, key string) (value string, ok bool)
}

// Look gives the program what its rules look up in; call it before the program is used.
// Without it nothing is found.
func (p *Program) Look(l Lookups) {
	p.lookups = l
	for _, list := range p.objects {
		for _, o := range list {
			o.lookups = l
		}
	}
}

// split takes a part out of a text.
func (w *row) split(r *rule) input {
	text := w.text(firstOf(r.Sources))
	if r.html {
		text = htmlText(text)
	}
	parts := r.Split.Of(text)
	if r.conv.several {
		return input{list: parts, many: true}
	}
	return input{text: firstOf(parts), stated: false, date: w.dateOf(firstOf(r.Sources))}
}

func (w *row) dateOf(field string) *formula.DateFormat {
	if f := w.object.fields[field]; f != nil {
		return f.date
	}
	return nil
}

// find looks a value up by what the source has.
func (w *row) find(r *rule) (input, *problem.Problem) {
	var keys []string
	field := firstOf(r.Sources)
	f := w.object.fields[field]
	if f != nil && f.Type == model.LinkType {
		for _, ref := range w.refs(r) {
			keys = append(keys, ref.Value)
		}
		keys = keys[:min(len(keys), 1)]
	} else {
		keys = w.list(field)
		if !f.several() && !r.conv.several {
			keys = nil
			if t := w.text(field); t != "" {
				keys = []string{t}
			}
		}
	}
	var out []string
	for _, k := range keys {
		v, ok := "", false
		if w.object.lookups != nil {
			v, ok = w.object.lookups.Find(*r.Lookup, k)
		}
		if !ok {
			return input{}, problem.New(CodeLookup, "“"+name(r.target)+"” is looked up, but "+r.Lookup.Nowhere()+" has this key.",
				"There is nothing that could be written.", "Add it there, or state in the mapping what happens when a value is not known.").
				At(problem.Place{Value: k})
		}
		if strings.TrimSpace(v) != "" {
			out = append(out, v)
		}
	}
	if r.conv.several {
		return input{list: out, many: true}, nil
	}
	return input{text: strings.Join(out, ", ")}, nil
}

// person finds who stands for somebody in the target, as text: an id of the target.
func (w *row) person(r *rule) (input, *problem.Problem) {
	for _, ref := range w.refs(r) {
		p, ok := w.object.people.Find(ref)
		if !ok {
			continue
		}
		switch {
		case !p.Decided || p.How == "":
			return input{}, w.undecidedPerson(r, ref)
		case p.How == mapping.PersonLeave:
			return input{cleared: true}, nil
		case p.How == mapping.PersonMoves:
			return input{text: firstFilled(p.Email, p.Name, p.From)}, nil
		}
		if r.target.Type == model.Text || r.target.Type == model.LongText {
			return input{text: firstFilled(p.ToName, p.To), stated: true}, nil
		}
		return input{text: p.To, stated: true}, nil
	}
	if refs := w.refs(r); len(refs) > 0 {
		return input{}, w.unknownPerson(r, refs[0])
	}
	return input{}, nil
}

func firstFilled(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// personRefs is where a link leads by the people map. cleared: it is to be left empty.
func (w *row) personRefs(r *rule) (to []model.Ref, cleared bool, why *problem.Problem) {
	refs := w.refs(r)
	for i, ref := range refs {
		p, ok := w.object.people.Find(ref)
		if !ok {
			continue
		}
		switch {
		case !p.Decided || p.How == "":
			return nil, false, w.undecidedPerson(r, ref)
		case p.How == mapping.PersonLeave:
			return nil, true, nil
		case p.How == mapping.PersonMoves:
			return refs[i:], false, nil
		}
		object := ref.Object.Kind()
		if len(r.target.To) > 0 && !r.target.Leads(object) {
			object = r.target.To[0]
		}
		return []model.Ref{{Object: object, By: model.ByTarget, Value: p.To}}, false, nil
	}
	if len(refs) == 0 {
		return nil, false, nil
	}
	// Customers are no people of the map: they move as they are.
	for _, ref := range refs {
		if ref.Object.Kind() == model.Contact {
			return refs, false, nil
		}
	}
	return nil, false, w.unknownPerson(r, refs[0])
}

func (w *row) undecidedPerson(r *rule, ref model.Ref) *problem.Problem {
	return problem.New(CodeUndecided, "It is not decided who stands for this person as “"+name(r.target)+"”.",
		"Its records wait until somebody decides.", "Open the people map, choose who stands for them, and run these records again.").
		At(problem.Place{Value: ref.Value})
}

func (w *row) unknownPerson(r *rule, ref model.Ref) *problem.Problem {
	return problem.New(CodePerson, "The people map does not know this person for “"+name(r.target)+"”.",
		"Waybill does not guess who should have the record.", "Add them to the people map, or state in the mapping what happens when somebody is not known.").
		At(problem.Place{Value: ref.Value})
}

// keepWord leaves a value's own word in another field, where the list asks for it (P-60).
func (w *row) keepWord(r *rule, value string) {
	if r.Keep == nil || r.Keep.Field == "" {
		return
	}
	w.kept = append(w.kept, keptWord{*r.Keep, value})
}

// keptWord is a word of the source that the target's value would lose.
type keptWord struct {
	mapping.Keep
	word string
}

// putWords writes the kept words into their fields, behind what these have already.
func (w *row) putWords(d *model.Draft) {
	for _, k := range w.kept {
		var f model.Field
		for _, x := range w.object.writable {
			if x.Name == k.Field {
				f = x
			}
		}
		text := k.Prefix + k.word
		switch f.Type {
		case model.Tags, model.Options:
			text = k.Prefix + strings.Join(strings.Fields(strings.ToLower(k.word)), "_") // desks part tags at blanks
			list, _ := d.Fields[f.Name].([]string)
			has := false
			for _, s := range list {
				has = has || strings.EqualFold(s, text)
			}
			if !has {
				d.Fields[f.Name] = append(append([]string{}, list...), text)
			}
		case model.HTML:
			before, _ := d.Fields[f.Name].(string)
			d.Fields[f.Name] = before + "<p>" + textHTML(text) + "</p>"
		case model.Text, model.LongText:
			if before, _ := d.Fields[f.Name].(string); before != "" {
				between := "\n"
				if f.Type == model.Text {
					between = ", "
				}
				text = before + between + text
			}
			d.Fields[f.Name] = text
		default: // the mapping's check says that such a field keeps no words
		}
	}
}

// checker is a compiled mapping.Check.
type checker struct {
	mapping.Check
	match       func(string) bool
	oneOf       map[string]bool
	least, most bound
}

// bound of a number or a moment.
type bound struct {
	set    bool
	number *decimal.Decimal
	moment time.Time
}

func newBound(s string) bound {
	if s == "" {
		return bound{}
	}
	b := bound{set: true}
	if d, ok := parseDecimal(s); ok {
		b.number = &d
	}
	if t, _, err := formula.ParseDate(s, "", ""); err == nil {
		b.moment = t
	}
	return b
}

// compare a value with the bound: -1 below, 1 above; ok is false when it cannot be compared.
func (b bound) compare(v any) (n int, ok bool) {
	switch x := v.(type) {
	case time.Time:
		return x.Compare(b.moment), !b.moment.IsZero()
	case model.Day:
		t, err := time.Parse(time.DateOnly, string(x))
		return t.Compare(b.moment), err == nil && !b.moment.IsZero()
	}
	d, is := parseDecimal(strings.TrimSpace(model.Plain(v)))
	if is && b.number != nil {
		return d.Cmp(*b.number), true
	}
	if t, _, err := formula.ParseDate(model.Plain(v), "", ""); err == nil && !b.moment.IsZero() {
		return t.Compare(b.moment), true
	}
	return 0, false
}

func newChecker(c *mapping.Check) *checker {
	if c == nil {
		return nil
	}
	k := &checker{Check: *c, least: newBound(c.Least), most: newBound(c.Most)}
	if c.Pattern != "" {
		if re, err := mapping.Compiled(c.Pattern); err == nil {
			k.match = func(s string) bool {
				at := re.FindStringIndex(s)
				if at == nil || at[0] == 0 && at[1] == len(s) {
					return at != nil
				}
				// A shorter match may come first: the whole value counts.
				whole, err := mapping.Compiled("^(?:" + c.Pattern + ")$")
				return err == nil && whole.MatchString(s)
			}
		}
	}
	if len(c.OneOf) > 0 {
		k.oneOf = map[string]bool{}
		for _, s := range c.OneOf {
			k.oneOf[loose(s)] = true
		}
	}
	return k
}

// test says why a value is not what the mapping wants.
func (k *checker) test(f model.Field, v any) *problem.Problem {
	list, several := v.([]string)
	if !several {
		list = []string{model.Plain(v)}
	}
	good := true
	for _, s := range list {
		n := utf8.RuneCountInString(s)
		good = good && (k.match == nil || k.match(s)) && (k.oneOf == nil || k.oneOf[loose(s)]) &&
			n >= k.MinLength && (k.MaxLength == 0 || n <= k.MaxLength)
		one := any(s)
		if !several {
			one = v
		}
		if k.least.set {
			c, ok := k.least.compare(one)
			good = good && ok && c >= 0
		}
		if k.most.set {
			c, ok := k.most.compare(one)
			good = good && ok && c <= 0
		}
	}
	if good {
		return nil
	}
	return problem.New(CodeCheck, "“"+name(f)+"” must be "+k.Check.String()+", and the value is not.",
		"The mapping asks for it, so the record is held.", "Correct the value in the source, or change in the mapping what is asked for.").
		At(problem.Place{Value: model.Plain(v)})
}
