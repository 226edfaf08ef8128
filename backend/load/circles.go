package load

import (
	"context"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

// clear empties the links among stuck records that point to each other in a circle, so
// that they can go. Every other link stays: a record that is stuck because something
// else needs it is kept, and keeps what it had.
func (x *taking) clear(ctx context.Context) error {
	x.cleared = true
	updater, ok := x.j.Target.Conn.(connector.Updater)
	if !ok {
		return nil
	}
	links, err := x.between(ctx)
	if err != nil {
		return err
	}
	onlyCircles(links)
	for o, lines := range x.stuck {
		parts := ByTarget(lines)
		for _, alike := range parts {
			for part := range slices.Chunk(alike, 100) {
				if err := x.loosen(ctx, updater, part, links); err != nil {
					return err
				}
			}
		}
		x.stuck[o] = slices.Concat(parts...) // with the versions that they have now
	}
	return nil
}

// between finds the links that lead from one stuck record to another.
func (x *taking) between(ctx context.Context) (map[int64][]store.LaterLink, error) {
	at := map[model.Key]int64{}
	for _, lines := range x.stuck {
		for _, l := range lines {
			at[model.Key{Object: l.Target, ID: l.ID}] = l.Seq
		}
	}
	out := map[int64][]store.LaterLink{}
	for o, lines := range x.stuck {
		for part := range slices.Chunk(lines, 100) {
			err := x.j.DB.Read(ctx, func(tx *store.Tx) error {
				items := make([]store.PlanItem, len(part))
				for i, l := range part {
					items[i].Seq = l.Seq
				}
				rows, err := tx.RowsAt(o, items)
				if err != nil {
					return err
				}
				made, err := x.j.prepare(tx, rows, newLookup(0), inTarget)
				for _, p := range made {
					for _, l := range p.draft.Links {
						if to, ok := at[l.Target]; ok {
							out[p.seq] = append(out[p.seq], store.LaterLink{Seq: p.seq, Object: o, Field: l.Field, To: to})
						}
					}
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// onlyCircles leaves the links that may be part of a circle: who is pointed to by none of
// the rest, or points to none of them, is in no circle.
func onlyCircles(links map[int64][]store.LaterLink) {
	for changed := true; changed; {
		changed = false
		pointed := map[int64]bool{}
		for _, list := range links {
			for _, l := range list {
				pointed[l.To] = true
			}
		}
		for seq, list := range links {
			rest := slices.DeleteFunc(slices.Clone(list), func(l store.LaterLink) bool { return len(links[l.To]) == 0 })
			switch {
			case !pointed[seq] || len(rest) == 0:
				delete(links, seq)
				changed = true
			case len(rest) < len(list):
				links[seq] = rest
				changed = true
			}
		}
	}
}

// loosen empties links of stuck records. That they are missing is committed before: should
// the record stay after all, or the program die, they are set again.
func (x *taking) loosen(ctx context.Context, updater connector.Updater, part []store.LedgerLine, links map[int64][]store.LaterLink) error {
	shape, _ := x.j.Target.Schema.Object(part[0].Target)
	var edits []connector.Edit
	var lines []*store.LedgerLine
	missing := map[int64][]store.LaterLink{}
	for i := range part {
		l := &part[i]
		d := model.Draft{Mark: l.Mark, Object: l.Target}
		for _, k := range links[l.Seq] {
			if f, ok := shape.Field(k.Field); ok && !f.Required && !f.ReadOnly {
				d.Links = append(d.Links, model.DraftLink{Field: k.Field})
				missing[l.Seq] = append(missing[l.Seq], k)
			}
		}
		if len(d.Links) > 0 {
			edits, lines = append(edits, connector.Edit{Key: model.Key{Object: l.Target, ID: l.ID}, Version: l.Version, Draft: d}), append(lines, l)
		}
	}
	if len(edits) == 0 {
		return nil
	}
	err := x.j.DB.Write(ctx, func(tx *store.Tx) error {
		for seq, list := range missing {
			if err := tx.PutLater(seq, list); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var outcomes []connector.Outcome
	err = x.j.patiently(ctx, x.p, func() (err error) {
		outcomes, err = updater.Update(context.WithoutCancel(ctx), edits, x.j.Files)
		return err
	})
	if err != nil {
		return err
	}
	return x.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for i, out := range outcomes {
			if out.State != connector.Updated {
				continue
			}
			lines[i].Version = out.Version
			if err := tx.Touched(lines[i].Seq, out.Version); err != nil {
				return err
			}
		}
		return nil
	})
}

// relink sets the links again that a rollback emptied, of what stays after all, in this
// one or in an earlier one that was broken off.
func (j *Job) relink(ctx context.Context, run store.Run, objects []model.Object, p *job.Progress) error {
	r := &runner{j: j, p: p, run: run, watch: &watch{off: true}}
	var stop func()
	r.scribe, stop = newScribe(j.DB)
	defer stop()
	for _, o := range objects {
		for _, target := range j.Program.Targets(o) {
			r.sum.Objects = append(r.sum.Objects, Object{Object: o, Target: target})
		}
	}
	return r.setLinks(ctx)
}
