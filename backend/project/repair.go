package project

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// What a repair asks of a person.
const (
	AskNothing = "none"
	AskText    = "text"   // one text
	AskOption  = "option" // one of Options
	AskValues  = "values" // for each of Values one of Options, or a text where there are none
)

// Repair is one way to put right all that is held for one reason.
type Repair struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why"`
	Asks  string `json:"asks"`
	// Options to choose from; of dates, how many values each one reads.
	Options []RepairOption `json:"options"`
	// Values that are asked for, with their records. The answer is a JSON object of old and
	// new values, or lines "old -> new".
	Values []RepairOption `json:"values"`
	// Count of the records that it concerns.
	Count int64 `json:"count"`
	// Again: these records are tried again afterwards.
	Again bool `json:"again"`

	make func(ctx context.Context, value, why string) (change, error)
}

// RepairOption is something to choose, or a value that something is to be chosen for.
type RepairOption struct {
	Value string `json:"value"`
	Title string `json:"title"`
	Count int64  `json:"count"`
}

// Fixed is what repairs changed.
type Fixed struct {
	Repairs []string `json:"repairs"`
	// Mapping is the new version; 0: it is the same.
	Mapping int `json:"mapping"`
	// Decisions that were taken.
	Decisions []int64 `json:"decisions"`
	// Again are the groups to try again.
	Again []store.HeldGroup `json:"-"`
}

// change is what a repair does to the project, checked before anything is written.
type change struct {
	// edit of the mapping; nil: none.
	edit func(*mapping.Version) error
	// write settles the rest; nil: nothing. It gives the decision that it took, or 0.
	write func(*store.Tx) (int64, error)
}

// GroupID names a group of held records: object/code/field.
func GroupID(g store.HeldGroup) string { return string(g.Object) + "/" + g.Code + "/" + g.Field }

// HeldGroups lists what is held, by repair.
func (p *Project) HeldGroups(ctx context.Context) (out []store.HeldGroup, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.HeldGroups()
		return err
	})
	return out, err
}

// HeldGroup finds a group by its GroupID.
func (p *Project) HeldGroup(ctx context.Context, id string) (store.HeldGroup, error) {
	all, err := p.HeldGroups(ctx)
	if err != nil {
		return store.HeldGroup{}, err
	}
	for _, g := range all {
		if GroupID(g) == id {
			return g, nil
		}
	}
	return store.HeldGroup{}, problem.New("held.none", "No records are held for this reason any more.", "They were settled meanwhile.", "Look at the list of held records again.").At(problem.Place{Value: id})
}

// Repairs lists what would put a group of held records right, the best first.
func (p *Project) Repairs(ctx context.Context, group store.HeldGroup) ([]Repair, error) {
	g, err := p.HeldGroup(ctx, GroupID(group))
	if err != nil {
		return nil, err
	}
	o, err := p.offers(ctx, g)
	if err != nil {
		return nil, err
	}
	for i := range o.list {
		r := &o.list[i]
		if r.Options == nil {
			r.Options = []RepairOption{}
		}
		if r.Values == nil {
			r.Values = []RepairOption{}
		}
		if r.Count == 0 {
			r.Count = g.Count
		}
	}
	return o.list, nil
}

// Answer is a repair that was chosen for a group, with what it asked for.
type Answer struct {
	Group      store.HeldGroup
	Repair     string
	Value, Why string
}

// Fix carries out one repair, whole or not at all. Nothing is sent yet.
func (p *Project) Fix(ctx context.Context, group store.HeldGroup, repair, value, why string) (Fixed, error) {
	return p.FixAll(ctx, []Answer{{Group: group, Repair: repair, Value: value, Why: why}})
}

// FixAll carries out several repairs, all of them or none: at most one new version of
// the mapping, and the decisions and settlements with the name of who works.
func (p *Project) FixAll(ctx context.Context, answers []Answer) (out Fixed, err error) {
	out = Fixed{Repairs: []string{}, Decisions: []int64{}, Again: []store.HeldGroup{}}
	if err := p.idle(ctx); err != nil {
		return out, err
	}
	var changes []change
	var reasons []string
	for _, a := range answers {
		r, c, err := p.answer(ctx, a)
		if err != nil {
			return out, err
		}
		changes = append(changes, c)
		out.Repairs = append(out.Repairs, r.ID)
		reason := strings.TrimSpace(a.Why)
		if reason == "" {
			reason = fmt.Sprintf("Repair of %d held records: %s", r.Count, r.Title)
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
		if r.Again {
			out.Again = append(out.Again, a.Group)
		}
	}
	by := p.Person()
	return out, p.db.Write(ctx, func(tx *store.Tx) error {
		number, err := remap(tx, changes, strings.Join(reasons, " "), by)
		if err != nil {
			return err
		}
		out.Mapping = number
		for _, c := range changes {
			if c.write == nil {
				continue
			}
			id, err := c.write(tx)
			if err != nil {
				return err
			}
			if id != 0 {
				out.Decisions = append(out.Decisions, id)
			}
		}
		groups := make([]string, len(answers))
		for i, a := range answers {
			groups[i] = GroupID(a.Group)
		}
		return tx.Audit(by, "held.repaired", map[string]any{"groups": groups, "repairs": out.Repairs, "mapping": out.Mapping, "decisions": out.Decisions})
	})
}

// answer checks a chosen repair and what was answered; nothing is written.
func (p *Project) answer(ctx context.Context, a Answer) (Repair, change, error) {
	list, err := p.Repairs(ctx, a.Group)
	if err != nil {
		return Repair{}, change{}, err
	}
	for _, r := range list {
		if r.ID != a.Repair {
			continue
		}
		value := strings.TrimSpace(a.Value)
		if r.Asks == AskOption {
			if value, err = r.option(value); err != nil {
				return r, change{}, err
			}
		}
		if r.Asks != AskNothing && value == "" {
			return r, change{}, problem.New("held.no_answer", "The repair “"+r.Title+"” needs an answer.", r.Why, "Give it and try again.")
		}
		c, err := r.make(ctx, value, strings.TrimSpace(a.Why))
		if err == nil && c.edit != nil {
			err = p.canEdit(ctx, c.edit)
		}
		return r, c, err
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return Repair{}, change{}, problem.New("held.no_repair", fmt.Sprintf("There is no repair %q for these records.", a.Repair), "There are: "+strings.Join(ids, ", ")+".", "Choose one of them.").At(problem.Place{Value: a.Repair})
}

// option finds a chosen option by its value, or by its title.
func (r Repair) option(value string) (string, error) {
	titles := []string{}
	for _, o := range r.Options {
		if o.Value == value {
			return o.Value, nil
		}
	}
	for _, o := range r.Options {
		if strings.EqualFold(o.Title, value) || strings.EqualFold(o.Value, value) {
			return o.Value, nil
		}
		titles = append(titles, o.Title)
	}
	next := "Choose one of them."
	if near := mapping.Nearest(value, titles); near != "" {
		next = "Did you mean “" + near + "”?"
	}
	return "", problem.New("held.option", fmt.Sprintf("%q cannot be chosen here.", value), "There are: "+strings.Join(titles, ", ")+".", next).At(problem.Place{Value: value})
}

// answers reads what was answered to AskValues, and refuses what was not asked.
func (r Repair) answers(value string) (map[string]string, error) {
	given := map[string]string{}
	if strings.HasPrefix(value, "{") {
		if err := json.Unmarshal([]byte(value), &given); err != nil {
			return nil, problem.Wrap(err, "held.answer", "The answer cannot be read.", "It must be a JSON object of old and new values.", `Write {"old":"new"}, or lines such as old -> new.`)
		}
	} else {
		for line := range strings.SplitSeq(value, "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			from, to, ok := strings.Cut(line, "->")
			if !ok {
				return nil, problem.New("held.answer", "The answer cannot be read.", "Each line names an old value and what becomes of it.", "Write old -> new.").At(problem.Place{Value: line})
			}
			given[strings.TrimSpace(from)] = strings.TrimSpace(to)
		}
	}
	known, names := map[string]string{}, []string{}
	for _, v := range r.Values {
		known[strings.TrimSpace(v.Value)] = v.Value
		names = append(names, v.Value)
	}
	out := map[string]string{}
	for from, to := range given {
		exact, ok := known[strings.TrimSpace(from)]
		if !ok {
			return nil, problem.New("held.answer", fmt.Sprintf("No record is held for the value %q.", from), "The values are: "+strings.Join(names[:min(len(names), 20)], ", ")+".", "Answer for these.").At(problem.Place{Value: from})
		}
		if len(r.Options) > 0 && to != leaveEmpty {
			var err error
			if to, err = r.option(to); err != nil {
				return nil, err
			}
		}
		out[exact] = to
	}
	if len(out) == 0 {
		return nil, problem.New("held.no_answer", "The repair “"+r.Title+"” needs an answer.", r.Why, "Answer for at least one value.")
	}
	return out, nil
}

// leaveEmpty is the answer by which a value becomes nothing.
const leaveEmpty = "(leave empty)"

// canEdit tries an edit on copies of the mapping, so that nothing is half-applied.
func (p *Project) canEdit(ctx context.Context, edit func(*mapping.Version) error) error {
	v, _, err := p.Accepted(ctx, 0)
	if err != nil {
		return err
	}
	before, err := p.Lint(ctx, v)
	if err != nil {
		return err
	}
	if err := edit(&v); err != nil {
		return err
	}
	after, err := p.Lint(ctx, v)
	if err != nil {
		return err
	}
	for _, f := range after {
		old := slices.ContainsFunc(before, func(x *problem.Problem) bool { return x.Code == f.Code && x.Where == f.Where })
		if mapping.Structural(f) && !old {
			return f
		}
	}
	return nil
}

// remap makes the new version of the mapping that the changes need. A working copy that
// somebody is at gets the same changes, or it would undo them later.
func remap(tx *store.Tx, changes []change, reason string, by model.Person) (number int, err error) {
	edits := []func(*mapping.Version) error{}
	for _, c := range changes {
		if c.edit != nil {
			edits = append(edits, c.edit)
		}
	}
	if len(edits) == 0 {
		return 0, nil
	}
	last, err := tx.Mapping(0)
	if err != nil {
		return 0, err
	}
	var v, copied mapping.Version
	if err := json.Unmarshal([]byte(last.Body), &v); err != nil {
		return 0, err
	}
	atWork, err := tx.Setting(working, &copied)
	if err != nil {
		return 0, err
	}
	for _, edit := range edits {
		if err := edit(&v); err != nil {
			return 0, err
		}
		if atWork {
			if err := edit(&copied); err != nil {
				return 0, err
			}
		}
	}
	m, err := accept(tx, v, reason, by)
	if err != nil || !atWork {
		return m.Number, err
	}
	return m.Number, tx.Set(working, copied)
}

// FixAndRetry carries out a repair and tries just these records again.
func (p *Project) FixAndRetry(ctx context.Context, group store.HeldGroup, repair, value, why string, pr *job.Progress) (Fixed, []store.Run, error) {
	return p.FixAllAndRetry(ctx, []Answer{{Group: group, Repair: repair, Value: value, Why: why}}, pr)
}

// FixAllAndRetry carries out repairs, all or none, and tries just their records again,
// with what waited only for them.
func (p *Project) FixAllAndRetry(ctx context.Context, answers []Answer, pr *job.Progress) (Fixed, []store.Run, error) {
	runs := []store.Run{}
	fixed, err := p.FixAll(ctx, answers)
	if err != nil {
		return fixed, runs, err
	}
	for _, g := range fixed.Again {
		r, err := p.retry(ctx, &g, pr, false)
		if err != nil {
			return fixed, runs, err
		}
		if r.ID != 0 {
			runs = append(runs, r)
		}
	}
	more, err := p.followUp(ctx, pr)
	return fixed, append(runs, more...), err
}

// followUp tries again what waited for records that were settled: the tickets of a
// customer who moved now, or the messages of those.
func (p *Project) followUp(ctx context.Context, pr *job.Progress) ([]store.Run, error) {
	runs := []store.Run{}
	for range deepest {
		groups, err := p.HeldGroups(ctx)
		if err != nil {
			return runs, err
		}
		moved := false
		for _, g := range groups {
			if g.Code != string(load.CodeLinkWaits) {
				continue
			}
			r, err := p.retry(ctx, &g, pr, true)
			if err != nil {
				return runs, err
			}
			if r.ID != 0 {
				runs, moved = append(runs, r), true
			}
		}
		if !moved {
			break
		}
	}
	return runs, nil
}

// deepest is how many records may wait for one another: a file, its message, its ticket,
// its customer, the customer's company.
const deepest = 5

// Retry plans and runs what is held for one reason, or all that is held when group is
// nil. The run is empty when nothing was left to try.
func (p *Project) Retry(ctx context.Context, group *store.HeldGroup, pr *job.Progress) (store.Run, error) {
	return p.retry(ctx, group, pr, false)
}

// retry tries again; news says that it is only worth a run when something would come of it.
func (p *Project) retry(ctx context.Context, group *store.HeldGroup, pr *job.Progress, news bool) (store.Run, error) {
	plan, sum, err := p.Plan(ctx, load.Scope{Kind: load.RunRetry, Group: group}, pr)
	if err != nil {
		return store.Run{}, err
	}
	something := slices.ContainsFunc(sum.Objects, func(o load.Object) bool { return o.Create+o.Skip > 0 || o.Hold > 0 && !news })
	if !something && news {
		something, err = p.otherReason(ctx, plan.ID, group)
		if err != nil {
			return store.Run{}, err
		}
	}
	if !something {
		return store.Run{}, nil
	}
	pr.Restart("Trying again")
	run, err := p.Run(ctx, load.Order{Plan: plan.ID, Yes: true}, pr)
	if err != nil {
		return run, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		run, err = tx.Run(run.ID)
		return err
	})
	return run, err
}

// otherReason says whether a plan would hold any record for another reason than it is
// held for now: the old one is not true any more.
func (p *Project) otherReason(ctx context.Context, plan int64, group *store.HeldGroup) (other bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		holds, err := tx.PlanHolds(plan)
		for _, g := range holds {
			other = other || g.Object == group.Object && (g.Code != group.Code || g.Field != group.Field)
		}
		return err
	})
	return other, err
}
