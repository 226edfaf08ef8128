package api

import (
	"context"
	"slices"
	"strings"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/store"
)

// offeredValues is how many of a field's values are offered for a condition.
const offeredValues = 30

// Slices are the parts in which the source is moved, and how far each is.
func (r *Runs) Slices() (v SlicesView, err error) {
	defer guard(&err)
	v = SlicesView{Slices: []SliceView{}, Objects: []SliceObject{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	ctx := r.s.ctx
	states, err := p.SliceStates(ctx)
	if err != nil {
		return v, err
	}
	accepted, err := p.AcceptedFindings(ctx)
	if err != nil {
		return v, err
	}
	src, err := p.Schema(ctx, project.Source)
	if err != nil {
		return v, err
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return v, err
	}
	for _, o := range src.Objects {
		v.Objects = append(v.Objects, sliceObject(o, profiles))
	}
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		for _, st := range states {
			x := SliceView{Name: st.Slice.Name, Object: string(st.Slice.Object), Conditions: []Condition{}, Words: sliceWords(st.Slice), State: st.State, Wait: st.Wait, Runs: []string{}}
			for _, c := range st.Slice.Conditions {
				x.Conditions = append(x.Conditions, Condition(c))
			}
			for _, n := range st.Runs {
				x.Runs = append(x.Runs, project.ID("run", n))
				sent, err := tx.SentCount(n)
				if err != nil {
					return err
				}
				for _, k := range sent {
					x.There += k
				}
			}
			if a, ok := accepted["slice/"+st.Slice.Name]; ok && st.Wait != "" {
				x.AcceptedBy, x.AcceptedWhy = a.By.Name, a.Why
			}
			v.Slices = append(v.Slices, x)
		}
		return nil
	})
	return v, err
}

// sliceObject gives an object's fields with the values that occur most.
func sliceObject(o model.ObjectSchema, profiles []profile.Object) SliceObject {
	out := SliceObject{Object: string(o.Object), Title: title(o.Object), Fields: []SliceField{}}
	top := map[string][]string{}
	for _, p := range profiles {
		if p.Object != o.Object {
			continue
		}
		for _, f := range p.Fields {
			for i, t := range f.Top {
				if i == offeredValues {
					break
				}
				top[f.Name] = append(top[f.Name], t.Value)
			}
		}
	}
	for _, f := range o.Fields {
		out.Fields = append(out.Fields, SliceField{Name: f.Name, Type: string(f.Type), Values: nilless(top[f.Name])})
	}
	return out
}

// sliceWords say a slice: "Tickets whose Status is open and Created since 2026-01-01".
func sliceWords(s load.Slice) string {
	if len(s.Conditions) == 0 {
		return "All " + strings.ToLower(title(s.Object))
	}
	parts := []string{}
	for _, c := range s.Conditions {
		value := strings.ReplaceAll(c.Value, "|", " or ")
		switch c.Op {
		case load.OpIs:
			parts = append(parts, c.Field+" is "+value)
		case load.OpIsNot:
			parts = append(parts, c.Field+" is not "+value)
		case load.OpContains:
			parts = append(parts, c.Field+" contains “"+value+"”")
		case load.OpEmpty:
			parts = append(parts, c.Field+" is empty")
		case load.OpFilled:
			parts = append(parts, c.Field+" is filled")
		case load.OpSince:
			parts = append(parts, c.Field+" is since "+value)
		case load.OpBefore:
			parts = append(parts, c.Field+" is before "+value)
		default:
			parts = append(parts, c.Value)
		}
	}
	return title(s.Object) + " whose " + strings.Join(parts, " and ")
}

// SetSlices states the parts, in their order.
func (r *Runs) SetSlices(list []SliceForm) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	all := []load.Slice{}
	for _, f := range list {
		s := load.Slice{Name: f.Name, Object: model.Object(f.Object), Conditions: []load.Condition{}}
		for _, c := range f.Conditions {
			c.Value = strings.TrimSpace(c.Value)
			s.Conditions = append(s.Conditions, load.Condition(c))
		}
		all = append(all, s)
	}
	if err := p.SetSlices(r.s.ctx, all); err != nil {
		return err
	}
	r.s.changed("plan")
	return nil
}

// SlicePreview counts what taking a slice back would remove, over all its runs.
func (r *Runs) SlicePreview(name string) (out []RollbackRow, err error) {
	defer guard(&err)
	out = []RollbackRow{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	runs, err := sliceRuns(r.s.ctx, p, name)
	if err != nil {
		return out, err
	}
	for _, n := range runs {
		rows, err := r.RollbackPreview(project.ID("run", n))
		if err != nil {
			return out, err
		}
		for _, row := range rows {
			i := slices.IndexFunc(out, func(x RollbackRow) bool { return x.Object == row.Object })
			if i < 0 {
				out = append(out, row)
				continue
			}
			// Of several runs no single list shows all of it.
			out[i].Remove = bare(out[i].Remove.Value + row.Remove.Value)
		}
	}
	return out, nil
}

// RollbackSlice takes all runs of a slice back, the newest first.
func (r *Runs) RollbackSlice(name string) (jobID string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	runs, err := sliceRuns(r.s.ctx, p, name)
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", problem.New("slice.nothing", "Nothing of “"+name+"” is in the target.", "There is nothing to take back.", "Look at the list of runs.").At(problem.Place{Value: name})
	}
	return r.s.work("rollback", "Taking “"+name+"” back", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		last := store.Run{}
		for i, n := range runs {
			if i > 0 {
				pr.Restart("Taking “" + name + "” back: " + project.ID("run", n))
			}
			var err error
			if last, _, err = p.Rollback(ctx, n, pr); err != nil {
				return runID(last), err
			}
		}
		return runID(last), nil
	})
}

// sliceRuns lists the runs of a slice that created something which is there, newest first.
func sliceRuns(ctx context.Context, p *project.Project, name string) ([]int64, error) {
	states, err := p.SliceStates(ctx)
	if err != nil {
		return nil, err
	}
	out := []int64{}
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		for _, st := range states {
			if !strings.EqualFold(st.Slice.Name, name) {
				continue
			}
			for _, n := range st.Runs {
				sent, err := tx.SentCount(n)
				if err != nil {
					return err
				}
				if len(sent) > 0 {
					out = append(out, n)
				}
			}
		}
		return nil
	})
	return out, err
}
