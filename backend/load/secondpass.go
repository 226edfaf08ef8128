package load

import (
	"context"
	"maps"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/store"
)

// allValues is the note of a record that may be half made (Caps.Steps): all that was meant
// is written once more.
const allValues = "all values"

// putHalves notes what may be half made.
func putHalves(tx *store.Tx, list []settled) error {
	for _, s := range list {
		if !s.half || s.n > 0 || s.id == "" {
			continue
		}
		if err := tx.PutLater(s.seq, []store.LaterLink{{Field: allValues, To: s.seq}}); err != nil {
			return err
		}
	}
	return nil
}

// setLinks is the second pass: links that led to records which came later.
func (r *runner) setLinks(ctx context.Context) error {
	updater, ok := r.j.Target.Conn.(connector.Updater)
	if !ok {
		return nil
	}
	for _, o := range r.sum.Objects {
		for after := int64(0); ; {
			if err := r.p.Checkpoint(ctx); err != nil {
				return err
			}
			edits, last, err := r.nextLinks(ctx, o, after)
			if err != nil {
				return err
			}
			if last == 0 {
				break
			}
			after = last
			if edits, err = r.respect(ctx, o, edits); err != nil {
				return err
			}
			if err := r.link(ctx, updater, edits); err != nil {
				return err
			}
		}
	}
	return nil
}

// laterEdit is a record whose links can be set now.
type laterEdit struct {
	seq    int64
	fields []string
	edit   connector.Edit
	// draft is all that was meant, version what the ledger knows.
	draft   model.Draft
	version string
	// texts whose links to the old desk can lead to the new one by now; of what may be half
	// made, all values but times.
	texts map[string]any
	// timed: times go along.
	timed bool
	// ours: nobody else changed the record since it was written, so that its next version is ours too.
	ours bool
}

func (r *runner) nextLinks(ctx context.Context, o Object, after int64) (out []laterEdit, last int64, err error) {
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		fields, order, err := tx.Later(o.Object, after, max(r.j.Target.Kind.Caps.Batch, 1))
		if err != nil || len(order) == 0 {
			return err
		}
		last = order[len(order)-1]
		items := make([]store.PlanItem, len(order))
		for i, seq := range order {
			items[i].Seq = seq
		}
		rows, err := tx.RowsAt(o.Object, items)
		if err != nil {
			return err
		}
		made, err := r.j.prepare(tx, rows, newLookup(0), inTarget)
		if err != nil {
			return err
		}
		for _, p := range made {
			line, ok, err := tx.LedgerOf(p.seq)
			if err != nil || !ok {
				return err
			}
			if line.Target != o.Target {
				continue // it went another way
			}
			e := laterEdit{seq: p.seq, draft: p.draft, version: line.Version, edit: connector.Edit{Key: model.Key{Object: o.Target, ID: line.ID}, Draft: model.Draft{Mark: p.draft.Mark, Object: o.Target, Source: p.draft.Source}}}
			for _, l := range p.draft.Links {
				for _, f := range fields[p.seq] {
					if l.Field == f {
						e.fields = append(e.fields, f)
						e.edit.Draft.Links = append(e.edit.Draft.Links, l)
					}
				}
			}
			if slices.Contains(fields[p.seq], allValues) {
				r.meant(o.Target, p.draft, &e)
			}
			for _, f := range fields[p.seq] {
				if name, ok := textNamed(f); ok {
					e.fields = append(e.fields, f)
					if e.texts == nil {
						e.texts = map[string]any{}
					}
					e.texts[name] = p.draft.Fields[name]
				}
			}
			if len(e.fields) > 0 { // what it leads to may still be held: then it waits for another run
				e.edit.Draft.Fields = r.times(o.Target, p.draft.Fields)
				if len(e.texts) > 0 {
					fields := maps.Clone(e.texts)
					maps.Copy(fields, e.edit.Draft.Fields)
					e.edit.Draft.Fields, e.timed = fields, len(fields) > len(e.texts)
				} else {
					e.timed = len(e.edit.Draft.Fields) > 0
				}
				out = append(out, e)
			}
		}
		return nil
	})
	return out, last, err
}

// meant makes an edit one of all values of a draft that can be changed.
func (r *runner) meant(o model.Object, d model.Draft, e *laterEdit) {
	shape, _ := r.j.Target.Schema.Object(o)
	e.fields, e.edit.Draft.Links, e.texts = append(e.fields, allValues), nil, map[string]any{}
	for _, l := range d.Links {
		if f, ok := shape.Field(l.Field); ok && !f.Once && !f.ReadOnly {
			e.edit.Draft.Links = append(e.edit.Draft.Links, l)
		}
	}
	for name, v := range d.Fields {
		if f, ok := shape.Field(name); ok && !f.ReadOnly && f.Type != model.DateTime && f.Type != model.FileType {
			e.texts[name] = v
		}
	}
}

// textNamed finds the text field in a note of a text whose links are set later.
func textNamed(note string) (field string, ok bool) {
	rest, ok := strings.CutPrefix(note, textField)
	field, _, _ = strings.Cut(rest, " ")
	return field, ok
}

// times of a draft, which go along when its links are set: the target would otherwise take
// that for news and date the record of today.
func (r *runner) times(o model.Object, fields map[string]any) map[string]any {
	if !r.j.Target.Kind.Caps.Backdates {
		return nil
	}
	shape, _ := r.j.Target.Schema.Object(o)
	out := map[string]any{}
	for _, f := range shape.Fields {
		if v, ok := fields[f.Name]; ok && f.Type == model.DateTime && !f.ReadOnly {
			out[f.Name] = v
		}
	}
	return out
}

func (r *runner) link(ctx context.Context, updater connector.Updater, edits []laterEdit) error {
	t := NewTrouble(r.j, r.p)
	for len(edits) > 0 {
		batch := make([]connector.Edit, len(edits))
		for i, e := range edits {
			batch[i] = e.edit
		}
		outcomes, failure := updater.Update(context.WithoutCancel(ctx), batch, r.j.Files)
		again := edits[:0:0]
		err := r.scribe.write(func(tx *store.Tx) error {
			for i, e := range edits {
				if i >= len(outcomes) {
					again = append(again, e)
					continue
				}
				switch outcomes[i].State {
				case connector.Updated:
					// A rollback must still see what people did (invariant 8).
					if e.ours {
						if err := tx.Touched(e.seq, outcomes[i].Version); err != nil {
							return err
						}
					}
					if err := tx.DropLater(e.seq, e.fields); err != nil {
						return err
					}
				case connector.Unsent, connector.Unknown: // the same link set twice is one link
					again = append(again, e)
				case connector.Refused:
					if e.timed { // perhaps the times are what it does not take
						e.edit.Draft.Fields, e.timed = e.texts, false
						again = append(again, e)
						continue
					}
					if err := tx.DropLater(e.seq, e.fields); err != nil {
						return err
					}
				default: // the check tells of a link that the target does not take
					if err := tx.DropLater(e.seq, e.fields); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if failure != nil && !Passes(failure) {
			return failure
		}
		if len(again) == 0 {
			return nil
		}
		if len(again) < len(edits) {
			t.Over()
		}
		if err := t.Wait(ctx, failure); err != nil {
			return err
		}
		edits = again
	}
	return nil
}

// respect finds out which records people changed since they were written: a link that they
// set stays, and the record's version is not taken for ours.
func (r *runner) respect(ctx context.Context, o Object, list []laterEdit) ([]laterEdit, error) {
	finder, ok := r.j.Target.Conn.(connector.Finder)
	if !ok || len(list) == 0 {
		return list, nil
	}
	marks, ids := make([]model.Mark, len(list)), []string{}
	for i, e := range list {
		marks[i] = e.draft.Mark
	}
	found, err := r.j.findPatiently(ctx, r.p, finder, o.Target, marks)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		f, there := found[e.draft.Mark]
		list[i].ours = !there || f.Version == e.version // what search does not show yet is fresh
		if !list[i].ours {
			ids = append(ids, e.edit.Key.ID)
		}
	}
	reader, ok := r.j.Target.Conn.(connector.Reader)
	if !ok || len(ids) == 0 {
		return list, nil
	}
	var got map[string]model.Record
	err = r.j.patiently(ctx, r.p, func() (err error) {
		got, err = reader.Read(ctx, o.Target, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	shape, _ := r.j.Target.Schema.Object(o.Target)
	out := list[:0]
	for _, e := range list {
		if rec, there := got[e.edit.Key.ID]; there && !e.ours {
			if err := e.yield(shape, rec); err != nil {
				return nil, err
			}
		}
		if len(e.edit.Draft.Links) > 0 || e.ours && len(e.texts) > 0 {
			out = append(out, e)
			continue
		}
		if err := r.scribe.write(func(tx *store.Tx) error { return tx.DropLater(e.seq, e.fields) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// yield leaves the links that people set. The record counts as ours all the same when it
// holds just what was meant: then an answer of our own was lost.
func (e *laterEdit) yield(shape model.ObjectSchema, rec model.Record) error {
	values, err := model.Values(rec.Raw)
	if err != nil {
		return err
	}
	e.ours = true
	for _, f := range shape.Fields {
		want, meant := e.draft.Fields[f.Name]
		if meant && f.Type != model.DateTime && f.Type != model.FileType && !Same(f, want, values[f.Name]) {
			e.ours = false
		}
	}
	if !e.ours {
		for name := range e.texts { // people's own words are not written over
			delete(e.edit.Draft.Fields, name)
		}
	}
	links := e.edit.Draft.Links
	e.edit.Draft.Links = nil
	for _, l := range links {
		now := linkOf(rec, values, l.Field)
		if now == "" || now == l.Target.ID {
			e.edit.Draft.Links = append(e.edit.Draft.Links, l)
		} else {
			e.ours = false
		}
	}
	return nil
}

// linkOf is the id that a link of a target's record leads to.
func linkOf(rec model.Record, values map[string]any, field string) string {
	for _, l := range rec.Links {
		if l.Role == field && len(l.To) > 0 {
			return l.To[0].Value
		}
	}
	return model.Plain(values[field])
}
