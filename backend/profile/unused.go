package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

// CodeUnused is the finding of records that nothing refers to.
const CodeUnused = "records.unused"

// pointedAt are the objects that are there only so that others can refer to them, with what
// it means when none does.
var pointedAt = map[model.Object]struct{ means, fix string }{
	model.Tag:   {"No record carries them: they would only lengthen the list from which people choose.", "Leave them out, with a rule of your own under Clean."},
	model.Group: {"No ticket, person or rule that was read names them.", "Ask whether they are still meant to be; leave out what nobody needs."},
	model.Agent: {"No ticket, message or group that was read names them. In the target each may take a seat that is paid for.", "Ask whether they still need a seat; leave the others out."},
}

// Unused finds the tags, groups and agents that no other record refers to, neither by a link
// nor by their number or name in a list, and writes that into the kept profiles. It is for
// when all objects were measured: who refers stands in the others.
func Unused(ctx context.Context, db *store.DB, schema model.Schema, p *job.Progress) error {
	found := map[model.Object][]store.Named{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range objects {
			if _, ok := pointedAt[o.Kind()]; !ok {
				continue
			}
			if found[o], err = tx.Unreferred(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for o, left := range found {
		if found[o], err = unnamed(ctx, db, schema, o, left, p); err != nil {
			return err
		}
	}
	return db.Write(ctx, func(tx *store.Tx) error {
		bodies, err := tx.Profiles()
		if err != nil {
			return err
		}
		for _, o := range slices.Sorted(maps.Keys(found)) {
			body, ok := bodies[o]
			if !ok {
				continue
			}
			var x Object
			if err := json.Unmarshal([]byte(body), &x); err != nil {
				return fmt.Errorf("profile of %s: %w", o, err)
			}
			if err := x.setUnused(tx, found[o]); err != nil {
				return err
			}
			text, err := json.Marshal(x)
			if err != nil {
				return err
			}
			if err := tx.SaveProfile(o, string(text)); err != nil {
				return err
			}
		}
		return nil
	})
}

// setUnused writes the finding, in the place of an earlier one.
func (o *Object) setUnused(tx *store.Tx, left []store.Named) error {
	o.Findings = slices.DeleteFunc(o.Findings, func(f Finding) bool { return f.Code == CodeUnused })
	seqs, names := make([]int64, len(left)), []string{}
	for i, l := range left {
		seqs[i] = l.Seq
		if len(names) < 5 {
			names = append(names, sample([]byte(l.Name)))
		}
	}
	says := pointedAt[o.Object.Kind()]
	x := &finder{object: *o, out: o.Findings}
	x.add(Finding{
		Code: CodeUnused, Severity: Info, Count: int64(len(left)), Op: "found", Value: CodeUnused, What: plural(o.Object.Kind()) + " that no other record refers to",
		Means: says.means, Fix: says.fix, Page: "clean", Examples: names,
	})
	o.Findings = x.out
	return tx.SetFound(o.Object, CodeUnused, "", seqs)
}

// unnamed drops those that a list of another record names: tags stand in fields of tags,
// people and groups in the other lists.
func unnamed(ctx context.Context, db *store.DB, schema model.Schema, o model.Object, left []store.Named, p *job.Progress) ([]store.Named, error) {
	open := map[string][]int{} // number and name, folded, to the places in left
	for i, l := range left {
		for _, w := range []string{l.ID, l.Name} {
			if w = store.Fold(w); w != "" {
				open[w] = append(open[w], i)
			}
		}
	}
	used := make([]bool, len(left))
	for _, shape := range schema.Objects {
		if len(open) == 0 || shape.Object.Source() != o.Source() || shape.Object == o {
			continue
		}
		fields := listsOf(shape, o.Kind() == model.Tag)
		if len(fields) == 0 {
			continue
		}
		pick := model.NewPicker(fields)
		cells := make([]model.Cell, pick.Len())
		for after := int64(0); ; {
			if err := p.Checkpoint(ctx); err != nil {
				return nil, err
			}
			var rows []store.Content
			err := db.Read(ctx, func(tx *store.Tx) (err error) {
				rows, err = tx.Contents(shape.Object, after, pageRows)
				return err
			})
			if err != nil {
				return nil, err
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].Seq
			for _, row := range rows {
				if unread(row) || pick.Pick(row.Raw, cells) != nil {
					continue // what cannot be read names nothing
				}
				for _, name := range fields {
					at, _ := pick.Slot(name)
					f, _ := shape.Field(name)
					for _, w := range words(cells[at], f.Separator) {
						w = store.Fold(w)
						for _, i := range open[w] {
							used[i] = true
						}
						delete(open, w)
					}
				}
			}
		}
	}
	out := []store.Named{}
	for i, l := range left {
		if !used[i] {
			out = append(out, l)
		}
	}
	return out, nil
}

// words are the entries of a list. A single text may hold several of them.
func words(c model.Cell, separator string) []string {
	if c.Kind == model.ListCell {
		return c.List
	}
	return splitTags(c.String(), separator)
}

// listsOf are the fields of several words: those of tags, or all others.
func listsOf(shape model.ObjectSchema, tags bool) []string {
	out := []string{}
	for _, f := range shape.Fields {
		n := strings.ToLower(f.Name)
		if f.Type == model.Tags && tags == (strings.Contains(n, "tag") || strings.Contains(n, "label")) {
			out = append(out, f.Name)
		}
	}
	return out
}
