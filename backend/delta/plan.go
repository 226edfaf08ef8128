package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"waybill/backend/clean"
	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// page is how many changes are looked at together: as many as one question for marks holds.
const page = 100

// Plan adds to a plan what happened to records that are in the target. It walks the
// list of changes only, and asks the target only for those that are to be written (P-77).
func (d *Delta) Plan(ctx context.Context, j *load.Job, plan int64, sum *load.Summary, p *job.Progress) error {
	pl := &planner{j: j, plan: plan, sum: sum, p: p}
	pl.reader, _ = j.Target.Conn.(connector.Reader)
	pl.marker, _ = j.Target.Conn.(connector.Marker)
	_, pl.updates = j.Target.Conn.(connector.Updater)
	var have map[model.Object]int64
	err := j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if pl.defaults, err = Defaults(tx); err != nil {
			return err
		}
		have, err = tx.ChangedObjects()
		return err
	})
	if err != nil {
		return err
	}
	objects := ordered(j, *sum, have)
	for _, o := range objects {
		p.Stage("changes of "+string(o), have[o])
	}
	for _, o := range objects {
		p.Enter("changes of " + string(o))
		if err := pl.object(ctx, o); err != nil {
			return fmt.Errorf("plan the changes of %s: %w", o, err)
		}
	}
	return nil
}

type planner struct {
	j        *load.Job
	plan     int64
	sum      *load.Summary
	p        *job.Progress
	defaults map[string]string
	reader   connector.Reader
	marker   connector.Marker
	updates  bool
}

// verdicts about a change.
type verdict uint8

const (
	unread verdict = iota // the target must be asked first
	drop
	skip // a person decided, and nothing changed since
	update
	conflict
	gone
	hold
)

// change is one record while it is planned.
type change struct {
	store.Change
	row     store.Row
	decided store.Conflict // the zero value: nobody decided
	former  model.Draft
	now     model.Draft
	// ready is what would be sent, as far as that can be said before the run.
	ready   model.Draft
	spots   map[model.Ref]store.Spot
	hash    []byte
	renew   []byte // what the ledger shall say of a change that is dropped
	version string // the target's, when it is ours
	item    Item
	why     []*problem.Problem
	verdict verdict
	// coming: a link of it leads to what the same plan creates first.
	coming bool
}

func (pl *planner) object(ctx context.Context, o model.Object) error {
	target, _ := pl.j.Program.Target(o)
	for after := int64(0); ; {
		if err := pl.p.Checkpoint(ctx); err != nil {
			return err
		}
		var list []*change
		err := pl.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = pl.read(tx, o, after)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].Line.Seq
		if err := pl.ask(ctx, list); err != nil {
			return err
		}
		if err := pl.j.DB.Write(ctx, func(tx *store.Tx) error { return pl.write(tx, o, target, list) }); err != nil {
			return err
		}
		pl.p.Add(int64(len(list)), 0)
	}
}

// read takes the next changes and finds what each comes to, as far as that is known
// without the target.
func (pl *planner) read(tx *store.Tx, o model.Object, after int64) ([]*change, error) {
	found, err := tx.Changes(o, after, page)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	seqs := make([]int64, len(found))
	items := make([]store.PlanItem, len(found))
	for i, c := range found {
		seqs[i], items[i].Seq = c.Line.Seq, c.Line.Seq
	}
	rows, err := tx.RowsAt(o, items)
	if err != nil {
		return nil, err
	}
	decided, err := tx.ConflictsAt(seqs)
	if err != nil {
		return nil, err
	}
	extras, err := tx.ExtrasOf(seqs)
	if err != nil {
		return nil, err
	}
	out := make([]*change, len(found))
	for i := range found {
		c := &change{Change: found[i], row: rows[i], decided: decided[seqs[i]]}
		out[i] = c
		if c.How == store.HowDeleted || c.How == store.HowMerged {
			pl.gone(c)
			continue
		}
		if err := pl.differ(tx, c); err != nil {
			return nil, err
		}
		if c.verdict == unread {
			c.inParts(pl.j, extras[c.Line.Seq])
		}
	}
	return out, pl.makeReady(tx, out)
}

// gone lists what is gone at the source, with a choice.
func (pl *planner) gone(c *change) {
	if c.Settled {
		c.verdict = skip
		return
	}
	c.verdict = gone
	choices := []string{Keep, Delete}
	if notable(c.Line.Object) {
		choices = append(choices, Note)
	}
	c.item = Item{How: c.How, Into: c.Into, At: c.At, Version: c.Line.Version, Choices: choices, Choice: Keep}
	if want := pl.defaults[KindGone]; slices.Contains(choices, want) {
		c.item.Choice = want
	}
}

// differ finds the fields and links that the source changed since they were written.
func (pl *planner) differ(tx *store.Tx, c *change) (err error) {
	if c.now, c.why, err = pl.j.Draft(tx, c.row); err != nil {
		return err
	}
	if len(c.why) > 0 {
		c.verdict = hold
		return nil
	}
	if c.hash, err = load.HashOf(c.now); err != nil {
		return err
	}
	if c.now.Object != c.Line.Target {
		c.verdict, c.why = hold, []*problem.Problem{problem.New(CodeOtherWay, "It is in the target as something that the mapping does not make of it any more.",
			"What changed at the source cannot be brought over to it. It stays as it is, and is not created a second time.",
			"Give the mapping its condition back, or change the record there by hand.").At(place(c.Change))}
		return nil
	}
	pl.reroute(c)
	if c.Sent == 0 && bytes.Equal(c.hash, c.Draft) && !c.item.Rerouted {
		c.verdict = drop
		return nil
	}
	// What was written once could be drafted once; a mapping that was changed since is
	// the same on both sides, so that only what the source changed is sent.
	j := pl.j
	if c.Fixes != nil { // something else was decided about it then
		was, err := clean.FixOf(c.Fixes)
		if err != nil {
			return err
		}
		then := *j
		then.Program = j.Program.Formerly(c.Former.Key, was)
		j = &then
	}
	if c.former, _, err = j.Draft(tx, store.Row{Seq: c.Line.Seq, Record: c.Former}); err != nil {
		return err
	}
	if c.now.File != nil && c.File != nil && c.File.Problem == nil {
		c.former.File = &model.File{Name: c.File.Name, Hash: c.File.Hash, Size: c.File.Size, Type: c.File.Type}
	}
	if c.spots, err = tx.Resolve(refsOf(c.former, c.now), pl.plan); err != nil {
		return err
	}
	shape, _ := pl.j.Target.Schema.Object(c.now.Object)
	if c.How == store.HowRedacted {
		c.item.How, c.item.At = c.How, c.At
	}
	c.item.Fields = changedFields(shape, c.former, c.now)
	c.item.Links = changedLinks(c.former, c.now, c.spots)
	c.item.File = c.now.File != nil && c.former.File != nil && c.now.File.Hash != c.former.File.Hash
	was, err := load.HashOf(c.former)
	if err != nil {
		return err
	}
	if bytes.Equal(was, c.Draft) {
		c.renew = c.hash
	}
	if c.Sent == 0 && c.item.nothing() && !c.item.Rerouted {
		c.verdict = drop
	}
	return nil
}

// reroute notes that the conditions of the mapping make something else of a record since it
// changed. It stays what it is: nothing is created a second time, and a person is asked.
func (pl *planner) reroute(c *change) {
	if !pl.j.Program.Routed(c.Line.Object) {
		return
	}
	t, none, why := pl.j.Program.Route(c.row.Record)
	if why != nil || !none && t == c.Line.Target {
		return
	}
	before, stayed, why := pl.j.Program.Route(c.Former)
	if why != nil || before != t || stayed != none {
		c.item.Rerouted, c.item.Becomes = true, t
	}
}

func (it Item) nothing() bool { return len(it.Fields) == 0 && len(it.Links) == 0 && !it.File }

// inParts holds a change of a text that lies in the target in several parts, or would.
func (c *change) inParts(j *load.Job, extras []store.Extra) {
	shape, _ := j.Target.Schema.Object(c.now.Object)
	split := slices.ContainsFunc(extras, func(x store.Extra) bool {
		return x.What != extraNote && (x.State == store.LedgerCreated || x.State == store.LedgerExisted)
	})
	for _, name := range c.item.Fields {
		f, _ := shape.Field(name)
		text, _ := c.now.Fields[name].(string)
		before, _ := c.former.Fields[name].(string)
		long := func(s string) bool { return f.MaxLength > 0 && utf8.RuneCountInString(s) > f.MaxLength }
		if !long(text) && !(split && long(before)) {
			continue
		}
		p := place(c.Change)
		p.Field = name
		c.verdict, c.why = hold, []*problem.Problem{problem.New(CodeParts, "A long text was changed at the source.",
			"The target keeps it in several parts or as a file, which are not written again.",
			"Change it there by hand, or keep it as it is.").At(p)}
		return
	}
}

// makeReady makes what would be sent for the changes that are left.
func (pl *planner) makeReady(tx *store.Tx, list []*change) error {
	rows, left := []store.Row{}, []*change{}
	for _, c := range list {
		if c.verdict == unread {
			rows, left = append(rows, c.row), append(left, c)
		}
	}
	drafts, why, err := pl.j.Ready(tx, rows)
	if err != nil {
		return err
	}
	for i, c := range left {
		c.ready = drafts[i]
		if len(why[i]) == 0 {
			continue
		}
		if c.coming = c.waitsForThisPlan(why[i]); !c.coming {
			c.verdict, c.why = hold, why[i]
		}
	}
	return nil
}

// waitsForThisPlan: its links lead to what the same plan creates first.
func (c *change) waitsForThisPlan(why []*problem.Problem) bool {
	for _, p := range why {
		l, ok := linkOf(c.now, p.Where.Field)
		if p.Code != load.CodeLinkWaits || !ok || goalOf(l, c.spots).coming == 0 {
			return false
		}
	}
	return true
}

// ask asks the target for the versions of what is to be written, and reads what people
// changed there.
func (pl *planner) ask(ctx context.Context, list []*change) error {
	marks := map[model.Object][]model.Mark{}
	for _, c := range list {
		if c.verdict == unread {
			marks[c.Line.Target] = append(marks[c.Line.Target], c.Line.Mark)
		}
	}
	edited := map[model.Object][]*change{}
	for o, m := range marks {
		found, err := pl.j.Find(ctx, o, m)
		if err != nil {
			return err
		}
		if err := pl.readUnfound(ctx, o, list, found); err != nil {
			return err
		}
		for _, c := range list {
			if c.verdict != unread || c.Line.Target != o {
				continue
			}
			f, ok := found[c.Line.Mark]
			if pl.version(c, f, ok) {
				edited[o] = append(edited[o], c)
			}
		}
	}
	for o, l := range edited {
		if err := pl.compare(ctx, o, l); err != nil {
			return err
		}
	}
	return nil
}

// readUnfound asks by number for what the search did not show: it lags behind, and only
// what cannot be read either is really gone.
func (pl *planner) readUnfound(ctx context.Context, o model.Object, list []*change, found map[model.Mark]connector.Found) error {
	if pl.reader == nil {
		return nil
	}
	ids := []string{}
	for _, c := range list {
		if _, ok := found[c.Line.Mark]; !ok && c.verdict == unread && c.Line.Target == o {
			ids = append(ids, c.Line.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	records, err := pl.reader.Read(ctx, o, ids)
	if err != nil {
		return err
	}
	for _, c := range list {
		r, ok := records[c.Line.ID]
		if _, known := found[c.Line.Mark]; !ok || known || c.Line.Target != o {
			continue
		}
		s, err := see(pl.marker, r)
		if err != nil {
			return err
		}
		found[c.Line.Mark] = connector.Found{Key: model.Key{Object: o, ID: c.Line.ID}, Version: s.version, Copies: 1}
	}
	return nil
}

// version decides by the version alone; true asks for the record to be read.
func (pl *planner) version(c *change, f connector.Found, there bool) (read bool) {
	known := c.Settled && !c.decided.Gone && c.decided.Choice != ""
	if !there {
		c.verdict = conflict
		c.item.Missing, c.item.Version = true, ""
		if known && c.decided.Version == "" {
			c.verdict = skip
		}
		return false
	}
	ours := c.Line.Version
	if c.decided.Wrote != "" {
		ours = c.decided.Wrote
	}
	c.item.Version = f.Version
	switch {
	case c.item.Rerouted && known && c.decided.Version == f.Version:
		c.verdict = skip
	case c.item.Rerouted:
		return true // a person is asked, whoever has changed it
	case f.Version == ours && c.item.nothing():
		c.verdict = drop // an update was sent once and never arrived, and is not needed any more
	case f.Version == ours && !pl.updates:
		c.verdict, c.why = hold, []*problem.Problem{problem.New(CodeNoUpdates, pl.j.Target.Kind.Title+" lets nobody change its records from outside.",
			"What changed at the source cannot be brought over.", "Change these records there by hand.").At(place(c.Change))}
	case f.Version == ours:
		c.verdict = update
	case known && c.decided.Version == f.Version:
		c.verdict = skip
	default:
		return true
	}
	return false
}

// compare reads records that have another version than ours.
func (pl *planner) compare(ctx context.Context, o model.Object, list []*change) error {
	records := map[string]model.Record{}
	if pl.reader != nil {
		ids := make([]string, len(list))
		for i, c := range list {
			ids[i] = c.Line.ID
		}
		var err error
		if records, err = pl.reader.Read(ctx, o, ids); err != nil {
			return err
		}
	}
	shape, _ := pl.j.Target.Schema.Object(o)
	for _, c := range list {
		r, ok := records[c.Line.ID]
		s := seen{}
		if ok {
			var err error
			if s, err = see(pl.marker, r); err != nil {
				return err
			}
			c.item.Version = s.version
		}
		want := c.item
		if want.nothing() && !c.item.Rerouted {
			want = whole(shape, c.ready)
		}
		lacks := s.lacks(shape, c.ready, want)
		if ok && !c.coming && lacks.nothing() && !c.item.Rerouted {
			// It is there already. Where we sent it once it was us, else people did the same.
			c.verdict, c.renew = drop, c.hash
			if c.Sent != 0 {
				c.version = s.version
			}
			continue
		}
		if c.item.nothing() && ok && !c.item.Rerouted {
			// The source is as it was written, but an update was sent in between that may have
			// arrived: what the target has otherwise can be taken back.
			c.item.Fields, c.item.Links = lacks.Fields, lacks.Links
		}
		c.verdict = conflict
		c.item.Differences = differences(shape, c.former, c.now, c.item, c.spots, s, ok)
	}
	return nil
}

// whole is an item of all fields and links of a draft.
func whole(shape model.ObjectSchema, d model.Draft) Item {
	it := Item{}
	for _, f := range shape.Fields {
		if _, ok := d.Fields[f.Name]; ok {
			it.Fields = append(it.Fields, f.Name)
		}
	}
	for _, l := range d.Links {
		it.Links = append(it.Links, l.Field)
	}
	return it
}

// write keeps a page of the plan and counts it.
func (pl *planner) write(tx *store.Tx, o, target model.Object, list []*change) error {
	line := lineOf(pl.sum, o, target)
	items, held := []store.DeltaItem{}, []store.PlanItem{}
	for _, c := range list {
		it := store.DeltaItem{Seq: c.Line.Seq, Draft: c.hash}
		switch c.verdict {
		case drop:
			if err := tx.WroteChanges([]store.Written{{Seq: c.Line.Seq, Draft: c.renew, Version: c.version}}); err != nil {
				return err
			}
			line.Unchanged++
			continue
		case skip:
			line.Skip++
			continue
		case hold:
			held = append(held, store.PlanItem{Seq: c.Line.Seq, Action: store.ActHold, Problems: c.why})
			if err := tx.FailChange(0, c.Line.Seq, c.why[0]); err != nil {
				return err
			}
			line.Hold++
			continue
		case update:
			it.Action = store.ActUpdate
			line.Update++
		case conflict:
			it.Action = store.ActConflict
			c.item.Choices, c.item.Choice = pl.choices(c)
			pl.sum.Conflicts++
		case gone:
			it.Action = store.ActGone
			pl.sum.Gone++
			if c.item.Choice == Delete {
				line.Delete++
			}
		case unread:
			return errors.New("a change was planned without asking the target")
		}
		body, err := c.item.text()
		if err != nil {
			return err
		}
		it.Body = body
		items = append(items, it)
		if err := tx.ClearChange(c.Line.Seq); err != nil {
			return err
		}
	}
	if err := tx.PutDeltaItems(pl.plan, o, items); err != nil {
		return err
	}
	return tx.PutPlanItems(pl.plan, o, held)
}

// choices of a conflict, and the one that is taken when nobody says.
func (pl *planner) choices(c *change) ([]string, string) {
	out := []string{Keep}
	if !c.item.Missing && pl.updates && !c.item.nothing() {
		out = append(out, Take)
	}
	if !c.item.Missing && notable(c.Line.Object) {
		out = append(out, Note)
	}
	if want := pl.defaults[KindConflict]; slices.Contains(out, want) {
		return out, want
	}
	return out, Keep
}
