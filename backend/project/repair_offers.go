package project

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// offers collects what would help a group.
type offers struct {
	p    *Project
	g    store.HeldGroup
	list []Repair
	// rule in force of the field that is to blame, and the fields around it.
	rule     mapping.FieldMap
	ruled    bool
	target   model.Field
	source   model.Field
	required bool
	src, dst model.Schema
	version  mapping.Version
	into     model.Object
	// prog reads records as the run does: with the corrections in force.
	prog *transform.Program
}

// offers lists the repairs of a group, what helps best first.
func (p *Project) offers(ctx context.Context, g store.HeldGroup) (*offers, error) {
	o := &offers{p: p, g: g}
	var err error
	if o.src, err = p.Schema(ctx, Source); err != nil {
		return nil, err
	}
	if o.dst, err = p.Schema(ctx, Target); err != nil {
		return nil, err
	}
	if o.version, _, err = p.Accepted(ctx, 0); err != nil && !problem.Is(err, "mapping.none") {
		return nil, err
	}
	if o.prog, _, err = p.Program(ctx, o.version, o.src, o.dst); err != nil { // a rule that can't be used does not matter here
		return nil, err
	}
	m, _ := o.version.Object(g.Object)
	o.into = m.Target
	shape, _ := o.dst.Object(m.Target)
	o.target, _ = shape.Field(g.Field)
	o.rule, o.ruled = m.Field(g.Field)
	o.required = o.target.Required && o.target.Default == ""
	if sources := o.rule.UsedSources(); len(sources) == 1 {
		from, _ := o.src.Object(g.Object)
		o.source, _ = from.Field(sources[0])
	}
	if err := o.byCode(ctx); err != nil {
		return nil, err
	}
	return o, nil
}

// byCode offers what fits the reason, and to leave the records out, which always does.
func (o *offers) byCode(ctx context.Context) error {
	var err error
	switch code := problem.Code(o.g.Code); code {
	case transform.CodeDate:
		err = o.dates(ctx)
		o.instead()
	case transform.CodeFormula:
		if o.target.Type == model.Date || o.target.Type == model.DateTime {
			err = o.dates(ctx)
		}
		o.instead()
	case transform.CodeNumber:
		o.decimals()
		o.instead()
	case transform.CodeUnknown, transform.CodeUndecided, transform.CodeBool:
		err = o.values(ctx)
		if code != transform.CodeUndecided { // a value that waits for a decision needs one
			o.instead()
		}
	case transform.CodeVisibility:
		err = o.values(ctx)
	case transform.CodeEmail:
		o.instead()
	case transform.CodeRequired, transform.CodeEmpty, connector.CodeRequired:
		err = o.whenEmpty(ctx)
	case transform.CodeTooLong:
		err = o.losses(ctx, load.LossText, o.g.Field)
	case transform.CodeSeveralValues:
		err = o.losses(ctx, load.LossSeveral, o.g.Field)
	case "load.file_too_large":
		err = o.losses(ctx, load.LossFile, "content")
	case "load.link_broken", "load.link_stays":
		err = o.links(ctx)
	case load.CodeLinkCycle:
		o.dropLink()
	case "load.same_value":
		err = o.merges(ctx)
	case "load.outcome_unknown":
		return o.outcomes(ctx)
	case store.CodeRepeatedKey, transform.CodeUnreadable:
		o.aside()
		return nil
	}
	if err != nil {
		return err
	}
	if strings.HasPrefix(o.g.Code, "file.") && o.staged(ctx) {
		o.aside() // a row that could not be read stays so
		return nil
	}
	o.again()
	o.aside()
	return nil
}

// staged says whether the group was held while reading: trying again changes nothing then.
func (o *offers) staged(ctx context.Context) bool {
	n := int64(0)
	err := o.p.db.Read(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Count(store.Filter{Object: o.g.Object, Fates: []model.Fate{model.Held}, Op: "held", Code: o.g.Code, Field: o.g.Field, HeldBy: "stage"})
		return err
	})
	return err == nil && n > 0
}

func (o *offers) things() string { return strings.ToLower(Title(o.g.Object)) }

func (o *offers) fieldTitle() string {
	if o.target.Title != "" {
		return o.target.Title
	}
	if o.target.Name != "" {
		return o.target.Name
	}
	return o.g.Field
}

// editRule makes an edit of the rule that is to blame, marked as looked at by a person.
func (o *offers) editRule(fn func(*mapping.FieldMap) error) func(*mapping.Version) error {
	object, field := o.g.Object, o.g.Field
	return func(v *mapping.Version) error {
		i := slices.IndexFunc(v.Objects, func(m mapping.ObjectMap) bool { return m.Source == object })
		if i < 0 || v.Objects[i].Target == "" {
			return noObject(object)
		}
		m := &v.Objects[i]
		k := slices.IndexFunc(m.Fields, func(f mapping.FieldMap) bool { return f.Target == field })
		if k < 0 {
			m.Fields = append(m.Fields, mapping.FieldMap{Target: field, Rule: mapping.LeaveOut})
			k = len(m.Fields) - 1
		}
		f := m.Fields[k]
		f.Sources, f.Values = slices.Clone(f.Sources), slices.Clone(f.Values)
		if err := fn(&f); err != nil {
			return err
		}
		f.State, f.Confidence, f.Reason = mapping.Reviewed, 0, ""
		m.Fields[k] = f
		return nil
	}
}

// byRule is a repair that changes the rule by what was answered.
func (o *offers) byRule(r Repair, fn func(f *mapping.FieldMap, value string) error) {
	r.Again = true
	r.make = func(_ context.Context, value, _ string) (change, error) {
		return change{edit: o.editRule(func(f *mapping.FieldMap) error { return fn(f, value) })}, nil
	}
	o.list = append(o.list, r)
}

// instead offers what to write for values that do not fit.
func (o *offers) instead() {
	if !o.ruled {
		return
	}
	r := Repair{
		ID: "use_instead", Title: "Write another value instead of what does not fit", Asks: AskText, Options: optionsOf(o.target),
		Why: "Each value of “" + o.fieldTitle() + "” that does not fit becomes this one.",
	}
	if len(r.Options) > 0 {
		r.Asks = AskOption
	}
	o.byRule(r, func(f *mapping.FieldMap, value string) error {
		f.IfUnknown, f.UnknownValue = model.OtherwiseUse, value
		return nil
	})
	if o.required {
		return
	}
	o.byRule(Repair{
		ID: "leave_empty", Title: "Leave “" + o.fieldTitle() + "” empty where the value does not fit", Asks: AskNothing,
		Why: "The record moves without it; what the source says stays in the project.",
	}, func(f *mapping.FieldMap, _ string) error {
		f.IfUnknown, f.UnknownValue = model.OtherwiseLeave, ""
		return nil
	})
}

func optionsOf(f model.Field) []RepairOption {
	if f.Type == model.Bool {
		return []RepairOption{{Value: "true", Title: "Yes"}, {Value: "false", Title: "No"}}
	}
	out := []RepairOption{}
	for _, c := range f.Options {
		title := c.Title
		if title == "" {
			title = c.Value
		}
		out = append(out, RepairOption{Value: c.Value, Title: title})
	}
	return out
}

// whenEmpty offers what to write where the source has nothing.
func (o *offers) whenEmpty(ctx context.Context) error {
	if o.target.Type == model.LinkType {
		return o.links(ctx)
	}
	r := Repair{
		ID: "use_when_empty", Title: "Write this where “" + o.fieldTitle() + "” is empty", Asks: AskText, Options: optionsOf(o.target),
		Why: "The target refuses a record without it.",
	}
	if len(r.Options) > 0 {
		r.Asks = AskOption
	}
	o.byRule(r, useWhenEmpty)
	if !o.required {
		o.byRule(Repair{ID: "leave_empty", Title: "Leave “" + o.fieldTitle() + "” empty", Asks: AskNothing, Why: "The target takes a record without it."}, func(f *mapping.FieldMap, _ string) error {
			f.IfEmpty, f.EmptyValue = model.OtherwiseLeave, ""
			return nil
		})
	}
	return nil
}

func useWhenEmpty(f *mapping.FieldMap, value string) error {
	if f.Rule == mapping.LeaveOut || f.Rule == "" || f.Rule == mapping.Fixed {
		f.Rule, f.Fixed = mapping.Fixed, value
		return nil
	}
	f.IfEmpty, f.EmptyValue = model.OtherwiseUse, value
	return nil
}

// links offers which record stands in where a link leads nowhere, or to nobody.
func (o *offers) links(ctx context.Context) error {
	to := o.target.To
	if len(to) == 0 {
		return nil
	}
	empty := slices.Contains([]problem.Code{transform.CodeRequired, transform.CodeEmpty, connector.CodeRequired}, problem.Code(o.g.Code))
	set := func(f *mapping.FieldMap, id string) error {
		if empty {
			return useWhenEmpty(f, id)
		}
		f.IfUnknown, f.UnknownValue = model.OtherwiseUse, id
		return nil
	}
	stands, err := o.p.HasPlaceholder(ctx)
	if err != nil {
		return err
	}
	if stands && contains(to, model.Contact) {
		o.byRule(Repair{
			ID: "use_placeholder", Title: "Use the placeholder customer", Asks: AskNothing, Why: "These records then belong to the customer who stands for whatever names nobody.",
		}, func(f *mapping.FieldMap, _ string) error { return set(f, placeholderID) })
	}
	words := make([]string, len(to))
	for i, x := range to {
		words[i] = x.Word()
	}
	word := strings.Join(words, " or ")
	r := Repair{
		ID: "use_record", Title: "Use another " + word, Asks: AskText, Again: true,
		Why: "Give the number or the e-mail address that the " + word + " has in the source. It must be one that moves.",
	}
	r.make = func(ctx context.Context, value, _ string) (change, error) {
		id, err := o.record(ctx, to, value)
		if err != nil {
			return change{}, err
		}
		return change{edit: o.editRule(func(f *mapping.FieldMap) error { return set(f, id) })}, nil
	}
	o.list = append(o.list, r)
	if !o.required {
		o.byRule(Repair{ID: "leave_empty", Title: "Leave the link empty", Asks: AskNothing, Why: "The record moves without its " + word + "."}, func(f *mapping.FieldMap, _ string) error {
			if empty {
				f.IfEmpty, f.EmptyValue = model.OtherwiseLeave, ""
				return nil
			}
			f.IfUnknown, f.UnknownValue = model.OtherwiseLeave, ""
			return nil
		})
	}
	return nil
}

// record finds a record of the source that may stand in, by its number or its address.
func (o *offers) record(ctx context.Context, to []model.Object, value string) (id string, err error) {
	err = o.p.db.Read(ctx, func(tx *store.Tx) error {
		for _, x := range to {
			row, ok, err := o.called(tx, x, value)
			if err != nil || !ok {
				if err != nil {
					return err
				}
				continue
			}
			if row.Fate != model.Moved && row.Fate != model.Pending {
				return problem.New("held.stand_in", fmt.Sprintf("%q cannot stand in.", value), "That "+x.Word()+" is held back, merged, archived or left out itself, so it does not move.", "Choose one that moves.").At(problem.Place{Object: string(x), Value: value})
			}
			id = row.Record.Key.ID
			return nil
		}
		return problem.New("held.stand_in", fmt.Sprintf("%q is not in the source.", value), "No record has this number or this address.", "Look it up among the records and try again.").At(problem.Place{Value: value})
	})
	return id, err
}

// called finds a record by its number, else by an address that it has.
func (o *offers) called(tx *store.Tx, x model.Object, value string) (store.Row, bool, error) {
	row, err := tx.Record(model.Key{Object: x, ID: value})
	if err == nil {
		return row, true, nil
	}
	if !problem.Is(err, store.CodeNotFound) || !strings.Contains(value, "@") {
		return row, false, notFoundIsNone(err)
	}
	shape, _ := o.src.Object(x)
	rows, err := tx.Records(store.Filter{Object: x, Text: value}, 0, 100)
	if err != nil {
		return row, false, err
	}
	for _, r := range rows {
		values, err := model.Values(r.Record.Raw)
		if err != nil {
			continue // a row that could not be read has no address
		}
		for _, f := range shape.Fields {
			if f.Type == model.Email && store.Fold(model.Plain(values[f.Name])) == store.Fold(value) {
				return r, true, nil
			}
		}
	}
	return row, false, nil
}

func notFoundIsNone(err error) error {
	if problem.Is(err, store.CodeNotFound) {
		return nil
	}
	return err
}

// dropLink offers to leave out a link that could never be set.
func (o *offers) dropLink() {
	if o.required || !o.ruled {
		return
	}
	o.byRule(Repair{ID: "no_link", Title: "Leave this link out for all " + o.things(), Asks: AskNothing, Why: "The target wants to know it at once, and it points to something that comes later."}, func(f *mapping.FieldMap, _ string) error {
		f.Rule = mapping.LeaveOut
		return nil
	})
}

// losses offers what the plan offers about what the target cannot hold.
func (o *offers) losses(ctx context.Context, code, field string) error {
	c, ok, err := o.p.Connection(ctx, Target)
	if err != nil || !ok {
		return err
	}
	kind, err := o.p.env.Kind(c.Kind)
	if err != nil {
		return err
	}
	j := &load.Job{Program: o.prog, Target: load.Desk{Kind: kind, Schema: o.dst}}
	key := load.LossKey(code, o.g.Object, field)
	for _, c := range lossWords {
		if !j.CanChoose(code, o.g.Object, field, c.choice) {
			continue
		}
		title, why := c.title, c.why
		if code == load.LossFile && c.choice == load.ChooseArchive {
			title, why = "Keep the files in the archive only", "The target has no trace of them; the project keeps them and the report counts them."
		}
		choice := c.choice
		o.list = append(o.list, Repair{ID: choice, Title: title, Why: why, Asks: AskNothing, Again: true, make: func(context.Context, string, string) (change, error) {
			return change{write: func(tx *store.Tx) (int64, error) { return 0, choose(tx, key, choice, o.p.Person()) }}, nil
		}})
	}
	return nil
}

// lossWords say what a choice about a loss means; holding back is what happens already.
var lossWords = []struct{ choice, title, why string }{
	{load.ChooseSplit, "Split it into several messages", "One after the other, with the same author and time; nothing is lost."},
	{load.ChooseAttach, "Attach the whole text as a file", "Its beginning stays as text and says that the rest is attached."},
	{load.ChooseShorten, "Shorten the text", "Its beginning is kept and says so; the project keeps all of it."},
	{load.ChooseFirst, "Keep the first value", "The others stay in the project."},
	{load.ChooseNote, "Put a note in the file's place", "A small text file says what is missing and where it is kept."},
	{load.ChooseArchive, "Keep them in the archive only", "They do not move; the project keeps them."},
}

// merges offers the rule that makes one of those who share a value.
func (o *offers) merges(ctx context.Context) error {
	if o.source.Name == "" {
		return nil
	}
	rules, err := o.p.Rules(ctx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if r.ID != "merge."+string(o.g.Object)+"."+o.source.Name || r.Applied != 0 {
			continue
		}
		o.list = append(o.list, Repair{ID: "merge", Title: r.Title, Why: r.Why, Asks: AskNothing, Count: r.Count, make: func(_ context.Context, _, why string) (change, error) {
			if why == "" {
				why = r.Why
			}
			return change{write: func(tx *store.Tx) (int64, error) {
				d, err := r.ApplyIn(tx, nil, why, o.p.Person())
				return d.ID, err
			}}, nil
		}})
	}
	return nil
}

// again offers to try once more what was put right elsewhere: in the source, in the
// target, or in the mapping.
func (o *offers) again() {
	why := "For when the reason is gone: it was put right in the target, in the mapping, or in what these records need."
	if strings.HasPrefix(o.g.Code, "desk.") && o.g.Code != string(connector.CodeRefused) {
		why = "The target refused them; try again when it was put right there."
	}
	o.list = append(o.list, Repair{ID: "try_again", Title: "Try again as it is", Why: why, Asks: AskNothing, Again: true, make: func(context.Context, string, string) (change, error) {
		return change{}, nil
	}})
}
