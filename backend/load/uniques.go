package load

import (
	"context"
	"crypto/sha256"
	"slices"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// uniques finds records that the target would refuse because it already has, or
// will have, another one with the same value.
type uniques struct {
	fields []model.Field
	seen   map[string]map[[16]byte]string
}

func newUniques(s model.Schema, o model.Object) *uniques {
	u := &uniques{seen: map[string]map[[16]byte]string{}}
	shape, _ := s.Object(o)
	for _, f := range shape.Fields {
		if f.Unique {
			u.fields = append(u.fields, f)
			u.seen[f.Name] = map[[16]byte]string{}
		}
	}
	return u
}

// rememberSent fills in the values of what is in the target already.
func (j *Job) rememberSent(ctx context.Context, objects []model.Object, target model.Object, u *uniques, p *job.Progress) error {
	if len(u.fields) == 0 {
		return nil
	}
	for _, o := range objects {
		if !slices.Contains(j.Program.Targets(o), target) {
			continue
		}
		for after := int64(0); ; {
			if err := p.Checkpoint(ctx); err != nil {
				return err
			}
			n := 0
			err := j.DB.Read(ctx, func(tx *store.Tx) error {
				lines, err := tx.Sent(o, after, planPage)
				if err != nil || len(lines) == 0 {
					return err
				}
				n, after = len(lines), lines[len(lines)-1].Seq
				items := make([]store.PlanItem, n)
				for i, l := range lines {
					items[i].Seq = l.Seq
				}
				rows, err := tx.RowsAt(o, items)
				if err != nil {
					return err
				}
				for _, row := range rows {
					d, _, err := j.apply(tx, row) // what is there was drafted once
					if err != nil {
						return err
					}
					d.Source = row.Record.Key
					if d.Object == target {
						_ = u.clash(d) // only to remember its values
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}

func (u *uniques) clash(d model.Draft) *problem.Problem {
	for _, f := range u.fields {
		v := store.Fold(model.Plain(d.Fields[f.Name]))
		if v == "" {
			continue
		}
		sum := sha256.Sum256([]byte(v))
		k := [16]byte(sum[:16])
		if first, ok := u.seen[f.Name][k]; ok && first != d.Source.ID {
			return problem.New("load.same_value", "Another record already has the same "+f.Name+".",
				"The target allows each "+f.Name+" only once, so it would refuse this one.",
				"Merge them under Clean, or correct one of them.").
				At(problem.Place{Object: string(d.Source.Object), Record: d.Source.ID, Field: f.Name, Value: first})
		}
		u.seen[f.Name][k] = d.Source.ID
	}
	return nil
}
