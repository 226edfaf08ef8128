package mapping

import (
	"fmt"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// rule proposes how a source field becomes a target field.
func (s suggester) rule(t, f model.Field, score int, reason string) FieldMap {
	m := FieldMap{Rule: Copy, Sources: []string{f.Name}, Confidence: min(score, 99), Reason: reason, State: Proposed}
	switch t.Type {
	case model.Option, model.Options:
		if list, direct := s.valueList(t, f); !direct {
			m.Rule, m.Values = Values, list
			s.keepLost(t, &m)
			if open := undecided(list); open > 0 {
				m.State = Open
				need := "need"
				if open == 1 {
					need = "needs"
				}
				m.Reason += fmt.Sprintf(" %d of its %s %s your decision.", open, count(len(list), "value"), need)
			}
		}
	case model.Bool:
		if pairs, ok := s.boolList(t, f); ok {
			m.Rule, m.Values = Values, pairs
		}
	case model.Email:
		// Nothing else identifies a person as well; a doubtful one is better asked about.
		m.IfUnknown = model.OtherwiseHold
	}
	return m
}

func undecided(list []ValuePair) int {
	n := 0
	for _, p := range list {
		if !p.Decided {
			n++
		}
	}
	return n
}

// valueList proposes an option for each value that was seen. direct: no list is needed,
// because every value already is an option.
func (s suggester) valueList(t, f model.Field) (list []ValuePair, direct bool) {
	st := s.stats[f.Name]
	c := newChooser(t.Options, concept(t))
	direct = len(t.Options) == 0 || st.Complete || len(st.Top) == 0 && len(f.Options) == 0
	add := func(value string, count int64) {
		m, ok := c.find(value)
		direct = direct && (len(t.Options) == 0 || ok && m.direct)
		list = append(list, c.propose(ValueCount{Value: value, Count: count}))
	}
	seen := map[string]bool{}
	for _, v := range s.split(f, st.Top) {
		if !isEmptyWord(f, v.Value) && !seen[v.Value] {
			seen[v.Value] = true
			add(v.Value, v.Count)
		}
	}
	if len(st.Top) == 0 {
		for _, o := range f.Options {
			if !seen[o.Value] {
				seen[o.Value] = true
				add(o.Value, 0)
			}
		}
	}
	return list, direct || len(list) == 0
}

// split counts the single values of a field that has several in one cell.
func (s suggester) split(f model.Field, top []ValueCount) []ValueCount {
	if f.Separator == "" || f.Type != model.Options && f.Type != model.Tags {
		return top
	}
	at := map[string]int{}
	var out []ValueCount
	for _, v := range top {
		for _, one := range SplitCell(v.Value, f.Separator) {
			i, ok := at[one]
			if !ok {
				i = len(out)
				at[one] = i
				out = append(out, ValueCount{Value: one})
			}
			out[i].Count += v.Count
		}
	}
	return out
}

// boolList proposes TRUE or FALSE for the words of a field, where they are not
// plain yes and no, or where the meaning is the other way round.
func (s suggester) boolList(t, f model.Field) ([]ValuePair, bool) {
	turned := concept(t) == "active" && concept(f) == "inactive" || concept(t) == "inactive" && concept(f) == "active"
	st := s.stats[f.Name]
	var list []ValuePair
	need := turned
	for _, v := range st.Top {
		if isEmptyWord(f, v.Value) {
			continue
		}
		b, ok := Truth(v.Value)
		if !ok {
			need = true
			list = append(list, ValuePair{From: v.Value, Count: v.Count})
			continue
		}
		list = append(list, ValuePair{From: v.Value, To: fmt.Sprint(b != turned), Count: v.Count, Decided: true})
	}
	if len(list) == 0 && turned {
		list = []ValuePair{{From: "true", To: "false", Decided: true}, {From: "false", To: "true", Decided: true}}
	}
	return list, need && len(list) <= 50
}

// visibility proposes how a private note stays private (invariant 10).
func (s suggester) visibility(to Private) FieldMap {
	from, ok := Visibility(s.src)
	if !ok {
		from, ok = s.byWords()
	}
	if !ok {
		return FieldMap{
			Rule: Fixed, Fixed: to.Value(true), State: Proposed, Confidence: 40,
			Reason: "The source does not say which messages are private, so all become private notes. If none of them was, change it to public.",
		}
	}
	f := from.Field
	m := FieldMap{
		Rule: Values, Sources: []string{f.Name}, Confidence: 90, State: Proposed,
		Reason:  "It says which messages are private notes.",
		IfEmpty: model.OtherwiseHold, IfUnknown: model.OtherwiseHold,
	}
	top := s.stats[f.Name].Top
	if len(top) == 0 && f.Type == model.Option {
		for _, o := range f.Options {
			top = append(top, ValueCount{Value: o.Value})
		}
	}
	if len(top) == 0 {
		top = []ValueCount{{Value: "true"}, {Value: "false"}}
	}
	for _, v := range top {
		if isEmptyWord(f, v.Value) {
			continue
		}
		p := ValuePair{From: v.Value, Count: v.Count}
		if private, ok := from.Read(v.Value); ok {
			p.To = to.Value(private)
			p.Decided = p.To != ""
		}
		m.Values = append(m.Values, p)
	}
	if undecided(m.Values) > 0 {
		m.State = Open
	}
	return m
}

// byWords finds a field whose values all say in words what is private.
func (s suggester) byWords() (Private, bool) {
	for _, f := range s.src.Fields {
		st := s.stats[f.Name]
		if f.Type != model.Option && f.Type != model.Text || !st.Complete || len(st.Top) == 0 || len(st.Top) > 20 {
			continue
		}
		p, all := ByWords(f), true
		meanings := map[bool]bool{}
		for _, v := range st.Top {
			private, ok := p.Read(v.Value)
			all = all && (ok || isEmptyWord(f, v.Value))
			if ok {
				meanings[private] = true
			}
		}
		if all && len(meanings) == 2 {
			return p, true
		}
	}
	return Private{}, false
}

// fallback proposes what to do with a target field that no source field fits.
func (s suggester) fallback(t model.Field) FieldMap {
	ct := concept(t)
	if ct == "name" || t.Name == s.dst.Name && ct != "subject" {
		if m, ok := s.joinNames(); ok {
			return m
		}
	}
	if !t.Required {
		m := FieldMap{Rule: LeaveOut, State: Proposed, Confidence: 50, Reason: "No source field fits."}
		if t.Default != "" {
			m.Reason = "No source field fits; the target fills in “" + t.Default + "”."
		}
		return m
	}
	if t.Type == model.FileType {
		return FieldMap{Rule: LeaveOut, State: Proposed, Confidence: 90, Reason: "Waybill carries the content of the file itself."}
	}
	if t.Default != "" {
		return FieldMap{Rule: Fixed, Fixed: t.Default, State: Proposed, Confidence: 50, Reason: "No source field fits; this is what the target fills in."}
	}
	if m, ok := s.fromLongText(t, ct); ok {
		return m
	}
	if m, ok := s.placeholder(t, ct); ok {
		return m
	}
	return FieldMap{Rule: Fixed, State: Open, Reason: "The target requires it, and no source field fits. Please decide."}
}

// joinNames proposes first and last name as name.
func (s suggester) joinNames() (FieldMap, bool) {
	var first, last string
	for _, f := range s.src.Fields {
		switch concept(f) {
		case "first name":
			first = f.Name
		case "last name":
			last = f.Name
		}
	}
	if first == "" || last == "" {
		return FieldMap{}, false
	}
	return FieldMap{
		Rule: Join, Sources: []string{first, last}, Separator: " ", State: Proposed, Confidence: 92,
		Reason: "First and last name together make the name.",
	}, true
}

// fromLongText proposes the beginning of a long text as subject, or another name as name.
func (s suggester) fromLongText(t model.Field, ct string) (FieldMap, bool) {
	if t.Type != model.Text && t.Type != model.LongText && t.Type != model.HTML {
		return FieldMap{}, false
	}
	for _, f := range s.src.Fields {
		long := concept(f) == "body" && (f.Type == model.Text || f.Type == model.LongText || f.Type == model.HTML)
		switch {
		case ct == "subject" && long:
			n := 100
			if t.MaxLength > 0 {
				n = min(n, t.MaxLength)
			}
			return FieldMap{
				Rule: Formula, Formula: fmt.Sprintf("LEFT(TRIM(SUBSTITUTE(%s,CHAR(10),\" \")),%d)", formula.FieldRef(f.Name), n),
				State: Proposed, Confidence: 55, Reason: "There is no subject, so the beginning of the text stands for it.",
			}, true
		case (ct == "name" || t.Name == s.dst.Name) && (concept(f) == "email" || f.Name == s.src.Name):
			return FieldMap{
				Rule: Copy, Sources: []string{f.Name}, State: Proposed, Confidence: 50,
				Reason: "There is no name, so this stands for it.",
			}, true
		}
	}
	if ct == "body" {
		for _, f := range s.src.Fields {
			if concept(f) == "subject" {
				return FieldMap{
					Rule: Copy, Sources: []string{f.Name}, State: Proposed, Confidence: 50,
					Reason: "There is no text, so the subject stands for it.",
				}, true
			}
		}
	}
	if ct == "name" || ct == "subject" {
		for _, f := range s.src.Fields {
			if concept(f) == "id" {
				return FieldMap{
					Rule: Formula, Formula: formula.Quote(strings.ToUpper(string(s.dst.Object[:1]))+string(s.dst.Object[1:])+" ") + "&" + formula.FieldRef(f.Name),
					State: Proposed, Confidence: 45, Reason: "There is no name, so the number stands for it.",
				}, true
			}
		}
	}
	return FieldMap{}, false
}

// placeholder proposes what the target insists on and the source never had: an
// address that reaches nobody, or a text that says what the record holds.
func (s suggester) placeholder(t model.Field, ct string) (FieldMap, bool) {
	switch {
	case t.Type == model.Email:
		for _, f := range s.src.Fields {
			if c := concept(f); (c == "name" || f.Name == s.src.Name) && f.Type == model.Text {
				return FieldMap{
					Rule: Formula, Formula: "SUBSTITUTE(LOWER(TRIM(" + formula.FieldRef(f.Name) + `))," ",".")&"@placeholder.invalid"`,
					State: Proposed, Confidence: 40,
					Reason: "The target requires an address and the source has none. These stand for it and reach nobody; replace them before people log in.",
				}, true
			}
		}
	case ct == "body":
		var parts []string
		for _, f := range s.src.Fields {
			st := s.stats[f.Name]
			if isKey(s.src.Object, f) || f.Type == model.FileType || f.Parent || st.Rows > 0 && st.Filled == 0 {
				continue
			}
			if parts = append(parts, fmt.Sprintf("IF(%[1]s=\"\",\"\",%[2]s&%[1]s)", formula.FieldRef(f.Name), formula.Quote(title(f)+": "))); len(parts) == 12 {
				break
			}
		}
		if len(parts) > 0 {
			return FieldMap{
				Rule: Formula, Formula: "TEXTJOIN(CHAR(10),TRUE," + strings.Join(parts, ",") + ")", State: Proposed, Confidence: 40,
				Reason: "There is no text, so what else the source says stands for it. Take out what nobody needs.",
			}, true
		}
	}
	return FieldMap{}, false
}
