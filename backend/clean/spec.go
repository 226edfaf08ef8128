package clean

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// HowOwner gives links that lead nowhere a stated goal.
const HowOwner = "owner"

// Spec is a rule that a person puts together: what happens to which records.
type Spec struct {
	Object model.Object `json:"object"`
	// Does: archive, leave_out, or correct.
	Does string `json:"does"`
	// Where must all hold. A correction has none: it changes every record with such a value.
	Where []Condition `json:"where,omitempty"`
	// Field, How and Settings of a correction.
	Field    string            `json:"field,omitempty"`
	How      string            `json:"how,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// Condition about one field of a record.
type Condition struct {
	Field string `json:"field"`
	// Op: is, is_not, contains, empty, filled, has (one of several values), before (a date), leads_nowhere.
	Op    string `json:"op"`
	Value string `json:"value,omitempty"`
}

// Preview is whom a rule would hit.
type Preview struct {
	Count    int64
	Examples []Change
	// Title says the rule in words.
	Title string
	// Also counts what goes along, such as the messages of tickets.
	Also map[model.Object]int64
	// Seqs are the places of the first hits, to open them.
	Seqs []int64
}

// Change is an example of what a rule would do. Before and After are empty when the record
// only gets a fate.
type Change struct {
	ID, Name, Before, After string
}

// mostExamples of a preview; mostOpened records can be opened from it.
const (
	mostExamples = 8
	mostOpened   = 50_000
)

// ruleOf is the name under which a person's own rule is kept.
func ruleOf(s Spec) string {
	if s.Does == store.Correct {
		return "own.correct." + string(s.Object) + "." + s.Field + "." + s.How
	}
	return "own." + s.Does + "." + string(s.Object)
}

// SpecOf reads the rule that a person put together back from its decision.
func SpecOf(d store.Decision) (s Spec, err error) {
	if text, ok := d.Settings["spec"]; ok {
		return s, json.Unmarshal([]byte(text), &s)
	}
	return s, nil
}

// own is a checked rule, ready to be used.
type own struct {
	Spec
	shape model.ObjectSchema
	field model.Field
	fix   func(any) any
	where []func(store.Row, map[string]any) bool
	filt  store.Filter
	to    []model.Ref
}

func (s Spec) check(src model.Schema) (*own, error) {
	shape, ok := src.Object(s.Object)
	if !ok {
		return nil, problem.New("clean.object", "The source has no such records.", "", "Choose one of the list.").At(problem.Place{Object: string(s.Object)})
	}
	o := &own{Spec: s, shape: shape, filt: store.Filter{Object: s.Object, Fates: waiting}}
	switch s.Does {
	case store.Correct:
		if o.field, ok = shape.Field(s.Field); !ok {
			return nil, noField(s.Object, s.Field)
		}
		if s.How == HowOwner {
			return o, o.owner()
		}
		if v, ok := mapping.Visibility(shape); ok && s.Object.Kind() == model.Message && v.Field.Name == s.Field {
			return nil, problem.New("clean.private", "What tells private notes from public messages cannot be corrected.", "A private note could become visible to a customer.", "Settle it in Mapping, value by value.").At(problem.Place{Object: string(s.Object), Field: s.Field})
		}
		if o.field.Type == model.LinkType || o.field.Type == model.FileType {
			return nil, problem.New("clean.field", "This field is not a value that could be corrected.", "It leads to another record or file.", "Choose another field.").At(problem.Place{Object: string(s.Object), Field: s.Field})
		}
		fix, p := fixer(o.field, s.How, s.Settings)
		if p != nil {
			return nil, p
		}
		o.fix = anyValue(o.field, s.How, fix)
		o.filt.Fates = []model.Fate{model.Pending, model.Held, model.Moved}
		return o, nil
	case Archive, LeaveOut:
		if len(s.Where) == 0 {
			return nil, problem.New("clean.everything", "The rule names no condition.", "It would hit every record.", "Add a condition at least.")
		}
		for _, c := range s.Where {
			if err := o.condition(c); err != nil {
				return nil, err
			}
		}
		return o, nil
	}
	return nil, problem.New("clean.does", "The rule does not say what happens.", "", "Choose archive, leave out or correct.").At(problem.Place{Value: s.Does})
}

func noField(o model.Object, field string) error {
	return problem.New("clean.field", "There is no such field.", "The source may have been read anew without it.", "Choose one of the list.").At(problem.Place{Object: string(o), Field: field})
}

func (o *own) owner() error {
	kind, id, ok := strings.Cut(o.Settings["to"], "/")
	if !ok || kind == "" || id == "" {
		return problem.New("clean.owner", "It is not said who takes them.", "Without somebody stated the links keep leading nowhere.", "Choose a record, such as an agent.").At(problem.Place{Field: "to"})
	}
	o.to = []model.Ref{{Object: model.Object(kind), Value: id}}
	o.filt.Fates, o.filt.Field, o.filt.Op = []model.Fate{model.Pending, model.Held, model.Moved}, o.Field, "broken_link"
	return nil
}

func (o *own) condition(c Condition) error {
	f, ok := o.shape.Field(c.Field)
	if !ok {
		return noField(o.Object, c.Field)
	}
	want := store.Fold(c.Value)
	add := func(fn func(string) bool) {
		o.where = append(o.where, func(_ store.Row, v map[string]any) bool { return fn(model.Plain(v[f.Name])) })
	}
	switch c.Op {
	case "is":
		add(func(s string) bool { return store.Fold(s) == want })
	case "is_not":
		add(func(s string) bool { return store.Fold(s) != want })
	case "contains":
		if want == "" {
			return problem.New("clean.empty", "The condition names no text.", "Every record contains nothing.", "Write what to look for.").At(problem.Place{Field: c.Field})
		}
		add(func(s string) bool { return strings.Contains(strings.ToLower(s), want) })
	case "empty":
		add(func(s string) bool { return strings.TrimSpace(s) == "" })
	case "filled":
		add(func(s string) bool { return strings.TrimSpace(s) != "" })
	case "has":
		o.where = append(o.where, func(_ store.Row, v map[string]any) bool {
			list, ok := v[f.Name].([]string)
			if !ok {
				list = []string{model.Plain(v[f.Name])}
				if f.Separator != "" {
					list = mapping.SplitCell(list[0], f.Separator)
				}
			}
			for _, s := range list {
				if store.Fold(s) == want {
					return true
				}
			}
			return false
		})
	case "before":
		limit, _, err := formula.ParseDate(strings.TrimSpace(c.Value), "", "")
		if err != nil {
			return problem.New("clean.from", "The day is not a date.", "", "Write it as year-month-day, such as 2025-12-31.").At(problem.Place{Field: c.Field, Value: c.Value})
		}
		d, err := formula.NewDateFormat(f.Format, f.Zone)
		if err != nil {
			return err
		}
		add(func(s string) bool {
			t, _, err := d.Parse(strings.TrimSpace(s))
			return err == nil && t.Before(limit)
		})
	case "leads_nowhere":
		o.filt.Field, o.filt.Op = c.Field, "broken_link"
	default:
		return problem.New("clean.op", "There is no such condition.", "", "Choose one of the list.").At(problem.Place{Field: c.Field, Value: c.Op})
	}
	return nil
}

// find walks the records and gives those that the rule hits. before gives the values as
// corrections in force leave them.
func (o *own) find(tx *store.Tx, earlier func(store.Row, map[string]any), see func(store.Row, Change)) ([]int64, error) {
	out := []int64{}
	_, err := scan(tx, o.filt, func(row store.Row, v map[string]any) (bool, error) {
		c := Change{ID: row.Record.Key.ID, Name: row.Name}
		switch {
		case o.Does != store.Correct:
			for _, fn := range o.where {
				if !fn(row, v) {
					return false, nil
				}
			}
		case o.How == HowOwner:
			c.Before, c.After = model.Plain(v[o.Field]), o.to[0].Value
		default:
			earlier(row, v)
			was, ok := v[o.Field]
			if !ok || was == nil {
				return false, nil
			}
			now := o.fix(was)
			if c.Before, c.After = model.Plain(was), model.Plain(now); c.Before == c.After {
				return false, nil
			}
		}
		out = append(out, row.Seq)
		see(row, c)
		return false, nil
	})
	return out, err
}

// before gives a function that applies the corrections in force to the values of a record,
// and for each field whom it has to thank.
func before(tx *store.Tx, src model.Schema, o model.Object) (func(store.Row, map[string]any), error) {
	all, err := tx.Corrections()
	if err != nil {
		return nil, err
	}
	type step struct {
		field string
		fix   func(any) any
	}
	steps := []step{}
	shape, _ := src.Object(o)
	for _, d := range all {
		s, err := SpecOf(d)
		if err != nil {
			return nil, err
		}
		f, ok := shape.Field(s.Field)
		if d.Object != o || s.How == HowOwner || !ok {
			continue
		}
		fix, p := fixer(f, s.How, s.Settings)
		if p != nil {
			return nil, p
		}
		steps = append(steps, step{s.Field, anyValue(f, s.How, fix)})
	}
	return func(_ store.Row, v map[string]any) {
		for _, st := range steps {
			if x, ok := v[st.field]; ok && x != nil {
				v[st.field] = st.fix(x)
			}
		}
	}, nil
}

// Try shows whom a rule would hit, and decides nothing.
func Try(ctx context.Context, db *store.DB, src model.Schema, s Spec) (p Preview, err error) {
	o, err := s.check(src)
	if err != nil {
		return p, err
	}
	p.Title, p.Examples, p.Also, p.Seqs = o.words(), []Change{}, map[model.Object]int64{}, []int64{}
	err = db.Read(ctx, func(tx *store.Tx) error {
		earlier, err := before(tx, src, s.Object)
		if err != nil {
			return err
		}
		hits, err := o.find(tx, earlier, func(_ store.Row, c Change) {
			if len(p.Examples) < mostExamples {
				p.Examples = append(p.Examples, c)
			}
		})
		if err != nil {
			return err
		}
		p.Count, p.Seqs = int64(len(hits)), hits[:min(len(hits), mostOpened)]
		if s.Does == store.Correct {
			return nil
		}
		all, err := withChildren(tx, s.Object, hitsOf(hits))
		if err != nil {
			return err
		}
		return countAlong(tx, all[len(hits):], p.Also)
	})
	return p, err
}

func hitsOf(seqs []int64) []store.Hit {
	out := make([]store.Hit, len(seqs))
	for i, s := range seqs {
		out[i].Seq = s
	}
	return out
}

func countAlong(tx *store.Tx, hits []store.Hit, also map[model.Object]int64) error {
	seqs := make([]int64, len(hits))
	for i, h := range hits {
		seqs[i] = h.Seq
	}
	found, err := tx.CountByObject(seqs)
	for o, n := range found {
		also[o] = n
	}
	return err
}

// Make puts a person's own rule in force.
func Make(ctx context.Context, db *store.DB, src model.Schema, s Spec, why string, by model.Person) (d store.Decision, err error) {
	o, err := s.check(src)
	if err != nil {
		return d, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return d, err
	}
	d = store.Decision{By: by, Rule: ruleOf(s), Does: s.Does, Object: s.Object, Title: o.words(), Why: strings.TrimSpace(why), Settings: map[string]string{"spec": string(text)}}
	err = db.Write(ctx, func(tx *store.Tx) error {
		earlier, err := before(tx, src, s.Object)
		if err != nil {
			return err
		}
		hits, err := o.find(tx, earlier, func(store.Row, Change) {})
		if err != nil {
			return err
		}
		if len(hits) == 0 {
			return problem.New("clean.none", "There is nothing to decide by this rule.", "No record fits it now.", "Change the rule, or leave it.").At(problem.Place{Object: string(s.Object), Field: s.Field})
		}
		if s.Does != store.Correct {
			all, err := withChildren(tx, s.Object, hitsOf(hits))
			if err != nil {
				return err
			}
			d, err = tx.Decide(d, fateOf[s.Does], all)
			return err
		}
		fixes := []store.Fix{}
		if s.How == HowOwner {
			to, err := json.Marshal(o.to)
			if err != nil {
				return err
			}
			if _, err := tx.Record(model.Key{Object: o.to[0].Object, ID: o.to[0].Value}); err != nil {
				return err
			}
			for _, seq := range hits {
				fixes = append(fixes, store.Fix{Seq: seq, Field: s.Field, How: store.FixLink, Value: string(to)})
			}
		}
		d, err = tx.DecideCorrection(d, hits, fixes)
		return err
	})
	return d, err
}

// words says a rule as people would.
func (o *own) words() string {
	name := o.field.Title
	if name == "" {
		name = o.field.Name
	}
	things := thing(o.Object)
	if o.Does == store.Correct {
		w := map[string]string{
			HowTrim: "Trim blanks in %s of %s", HowCase: "Set the letters of %s of %s", HowPlain: "Make plain text of %s of %s", HowMojibake: "Repair wrongly read letters in %s of %s",
			HowPhone: "Write %s of %s as international numbers", HowEmail: "Tidy %s of %s", HowCountry: "Write %s of %s as countries", HowDate: "Write the dates of %s of %s in one way",
			HowTags: "Write the tags of %s of %s in one way", HowReplace: "Replace values of %s of %s", HowOwner: "Give %s of %s a stated goal where it leads nowhere",
			HowPrefix: "Tell %s of %s from the same numbers of others",
		}[o.How]
		return fmt.Sprintf(w, "“"+name+"”", things)
	}
	parts := make([]string, len(o.Where))
	for i, c := range o.Where {
		f, _ := o.shape.Field(c.Field)
		n := f.Title
		if n == "" {
			n = f.Name
		}
		parts[i] = strings.TrimSpace(fmt.Sprintf("%s %s %s", n, strings.ReplaceAll(c.Op, "_", " "), c.Value))
	}
	return map[string]string{Archive: "Archive", LeaveOut: "Leave out"}[o.Does] + " " + things + " where " + strings.Join(parts, " and ")
}

// Corrected says what a correction did to one field of a record, and who decided it.
type Corrected struct {
	Field, Before, After string
	Decision             store.Decision
}

// Told lists what corrections in force do to one record, in their order.
func Told(tx *store.Tx, src model.Schema, row store.Row) ([]Corrected, error) {
	all, err := tx.Corrections()
	if err != nil {
		return nil, err
	}
	out := []Corrected{}
	v, err := model.Values(row.Record.Raw)
	if err != nil {
		return out, nil //nolint:nilerr // what cannot be read has no values; that it is held says so
	}
	fixes, err := tx.FixesOf(row.Seq)
	if err != nil {
		return nil, err
	}
	for _, x := range fixes {
		d, err := tx.Decision(x.Decision)
		if err != nil {
			return nil, err
		}
		c := Corrected{Field: x.Field, Before: model.Plain(v[x.Field]), After: strings.Trim(x.Value, `"`), Decision: d}
		if x.How == store.FixValue {
			now, err := valueOf(x.Value)
			if err != nil {
				return nil, err
			}
			v[x.Field], c.After = now, model.Plain(now)
		}
		out = append(out, c)
	}
	shape, _ := src.Object(row.Record.Key.Object)
	for _, d := range all {
		s, err := SpecOf(d)
		if err != nil {
			return nil, err
		}
		f, ok := shape.Field(s.Field)
		was, has := v[s.Field]
		if d.Object != row.Record.Key.Object || s.How == HowOwner || !ok || !has || was == nil {
			continue
		}
		fix, p := fixer(f, s.How, s.Settings)
		if p != nil {
			return nil, p
		}
		now := anyValue(f, s.How, fix)(was)
		if v[s.Field] = now; model.Plain(was) != model.Plain(now) {
			out = append(out, Corrected{s.Field, model.Plain(was), model.Plain(now), d})
		}
	}
	return out, nil
}
