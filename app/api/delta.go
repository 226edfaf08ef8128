package api

import (
	"context"
	"strings"

	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Delta brings over what happened at the source since it was read.
type Delta struct{ s *session }

// mostConflicts is how many rows a page of conflicts has at most.
const mostConflicts = 200

// Read asks the source what changed. Nothing is written to the target.
func (d *Delta) Read() (id string, err error) {
	defer guard(&err)
	return d.s.work("changes", "Reading what changed", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.ReadChanges(ctx, pr)
		return "", err
	})
}

var deltaChoices = map[string]map[string]ChoiceView{
	delta.KindConflict: {
		delta.Keep: {Title: "Keep what the target has", Means: "Nothing is written. It is listed again only when one of the two changes once more."},
		delta.Take: {Title: "Take what the source has", Means: "The fields that changed at the source are written over what people wrote in the target. Their other edits stay."},
		delta.Note: {Title: "Add it as a private note", Means: "The target stays as it is. A note that only colleagues see says what the source has now."},
	},
	delta.KindGone: {
		delta.Keep:   {Title: "Keep it in the target", Means: "Nothing is written."},
		delta.Delete: {Title: "Delete it in the target too", Means: "It is deleted with what hangs on it, and counted as left out, by your name. What people edited there is kept and listed."},
		delta.Note:   {Title: "Add a private note", Means: "It stays, and a note that only colleagues see says that it is gone at the source."},
	},
}

func choicesFor(kind string, order ...string) []ChoiceView {
	out := []ChoiceView{}
	for _, c := range order {
		v := deltaChoices[kind][c]
		v.Value = c
		out = append(out, v)
	}
	return out
}

// View says how the delta stands.
func (d *Delta) View() (v DeltaView, err error) {
	defer guard(&err)
	v = DeltaView{
		Objects: []DeltaRow{}, ConflictChoices: choicesFor(delta.KindConflict, delta.Keep, delta.Take, delta.Note),
		GoneChoices: choicesFor(delta.KindGone, delta.Keep, delta.Delete, delta.Note),
	}
	p, err := d.s.project()
	if err != nil {
		return v, err
	}
	st, err := p.DeltaState(d.s.ctx)
	if err != nil {
		return v, err
	}
	v.Read, v.Started, v.ConflictDefault, v.GoneDefault = st.Read, st.Started, st.Defaults[delta.KindConflict], st.Defaults[delta.KindGone]
	if st.Plan != 0 {
		v.Plan = project.ID("plan", st.Plan)
		plan, err := (&Runs{d.s}).PlanView(v.Plan)
		if err != nil {
			return v, err
		}
		v.Stale = plan.Stale != ""
	}
	for _, f := range st.Figures {
		v.Objects = append(v.Objects, deltaRow(f, v.Plan))
		for _, n := range f.Conflicts {
			v.Conflicts += n
		}
		for _, n := range f.Gone {
			v.Gone += n
		}
	}
	all, err := p.Manifest(d.s.ctx)
	for _, m := range all {
		v.Moved = v.Moved || m.Moved > 0
	}
	return v, err
}

func deltaRow(f delta.Figure, plan string) DeltaRow {
	o := string(f.Object)
	at := func(n int64, change, words string) Figure {
		return figure(n, Filter{Object: o, Change: change, Words: title(f.Object) + " " + words})
	}
	row := DeltaRow{
		Object: o, Title: title(f.Object), New: figure(f.New, fateFilter(f.Object, "pending")),
		Changed: at(f.Changed, store.HowChanged, "that changed at the source"), Deleted: at(f.Deleted, store.HowDeleted, "that were deleted at the source"),
		Merged: at(f.Merged, store.HowMerged, "that were merged at the source"), Redacted: at(f.Redacted, store.HowRedacted, "that were redacted at the source"),
		Problems: at(f.Problems, "problem", "whose change could not be written"), Settled: at(f.Settled, "settled", "that were decided"), Conflicts: bare(0),
	}
	n := int64(0)
	for _, k := range f.Conflicts {
		n += k
	}
	if plan != "" {
		row.Conflicts = figure(n, Filter{Object: o, Plan: plan, Action: store.ActConflict, Words: title(f.Object) + " that both desks changed"})
	}
	return row
}

// Conflicts lists records of a plan that people edited in the target while they changed
// at the source, behind a place.
func (d *Delta) Conflicts(plan string, after int64, limit int) (v ConflictPage, err error) {
	defer guard(&err)
	return d.page(plan, after, limit, (*project.Project).Conflicts)
}

// Gone lists records of a plan that are gone at the source, behind a place.
func (d *Delta) Gone(plan string, after int64, limit int) (v ConflictPage, err error) {
	defer guard(&err)
	return d.page(plan, after, limit, (*project.Project).GoneList)
}

func (d *Delta) page(plan string, after int64, limit int, list func(*project.Project, context.Context, int64, int64, int) ([]delta.Row, error)) (ConflictPage, error) {
	v := ConflictPage{Rows: []ConflictRow{}}
	p, err := d.s.project()
	if err != nil {
		return v, err
	}
	n, err := project.Number("plan", plan)
	if err != nil {
		return v, err
	}
	if limit <= 0 || limit > mostConflicts {
		limit = mostConflicts
	}
	rows, err := list(p, d.s.ctx, n, after, limit)
	if err != nil {
		return v, err
	}
	for _, r := range rows {
		v.Rows = append(v.Rows, conflictRow(r))
	}
	if len(rows) == limit {
		v.After = rows[len(rows)-1].Seq
	}
	return v, nil
}

func conflictRow(r delta.Row) ConflictRow {
	word := r.Object.Word()
	x := ConflictRow{
		Seq: r.Seq, Object: string(r.Object), Title: strings.ToUpper(word[:1]) + word[1:], ID: r.Source, Name: r.Name, TargetID: r.Target,
		Missing: r.Item.Missing, How: r.Item.How, Into: r.Item.Into, At: r.Item.At,
		Choice: r.Item.Choice, Choices: nilless(r.Item.Choices), ChosenBy: r.Item.By.Name, Why: r.Item.Why, Fields: []ConflictField{},
	}
	for _, f := range r.Item.Differences {
		x.Fields = append(x.Fields, ConflictField(f))
	}
	return x
}

// Choose says what becomes of conflicts (kind conflict) or of what is gone (kind gone) in
// a plan that was not started: of the records at seqs, or of all when none is named. It
// gives of how many.
func (d *Delta) Choose(plan, kind string, seqs []int64, choice, why string) (n int64, err error) {
	defer guard(&err)
	p, err := d.s.project()
	if err != nil {
		return 0, err
	}
	id, err := project.Number("plan", plan)
	if err != nil {
		return 0, err
	}
	if len(seqs) == 0 {
		seqs = nil
	}
	if n, err = p.ChooseConflict(d.s.ctx, id, delta.Pick{Kind: kind, Seqs: seqs}, choice, strings.TrimSpace(why)); err != nil {
		return 0, err
	}
	d.s.changed("plan")
	return n, nil
}

// SetDefault says with which choice new plans begin, for kind conflict or gone.
func (d *Delta) SetDefault(kind, choice string) (err error) {
	defer guard(&err)
	p, err := d.s.project()
	if err != nil {
		return err
	}
	if err := p.SetDeltaDefault(d.s.ctx, kind, choice); err != nil {
		return err
	}
	d.s.changed("plan")
	return nil
}
