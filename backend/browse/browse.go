// Package browse answers lists of staged records at once, however many there are: it keeps
// the short values of an object in memory, column by column, so that any filter, any order
// and any place in the list are a walk over numbers and no query. The stage stays the truth:
// what is kept here is thrown away whenever the source was read again.
package browse

import (
	"context"
	"slices"
	"sync"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Columns that every object has beside its fields.
const (
	// NameColumn is what a record is called in lists.
	NameColumn = "\x00name"
	// NumberColumn is its number at the source.
	NumberColumn = "\x00number"
	// FateColumn is where it ended.
	FateColumn = "\x00fate"
)

// mostColumns bounds a desk with a thousand custom fields.
const mostColumns = 400

// Index is one object of the stage, ready to be asked. It is safe for use by several at once.
type Index struct {
	Object model.Object
	seqs   []int64 // in staging order
	cols   map[string]*column

	mu    sync.Mutex
	fates []uint8 // nil when they may have changed
}

// Rows is how many records there are.
func (x *Index) Rows() int { return len(x.seqs) }

// Size in memory, about, in bytes.
func (x *Index) Size() int {
	n := 9 * len(x.seqs)
	for _, c := range x.cols {
		n += c.size()
	}
	return n
}

// Forget lets the fates be read again: a run, a decision or a plan may have changed them.
func (x *Index) Forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fates = nil
}

// Build reads one object of the stage. Progress counts records.
func Build(ctx context.Context, db *store.DB, shape model.ObjectSchema, p *job.Progress) (*Index, error) {
	x := &Index{Object: shape.Object, cols: map[string]*column{}}
	named := map[string]*builder{NameColumn: newBuilder(model.Field{Type: model.Text}), NumberColumn: newBuilder(model.Field{Type: model.Text})}
	order := []*builder{named[NameColumn], named[NumberColumn]}
	add := func(f model.Field) *builder {
		b := newBuilder(f)
		if len(order) >= mostColumns {
			b.drop()
		}
		named[f.Name], order = b, append(order, b)
		return b
	}
	for _, f := range shape.Fields {
		b := add(f)
		switch f.Type {
		case model.LongText, model.HTML, model.JSONType, model.FileType:
			b.drop() // to be read, not to be sorted
		}
	}
	for after := int64(0); ; {
		if err := p.Checkpoint(ctx); err != nil {
			return nil, err
		}
		var page []store.Row
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.Records(store.Filter{Object: shape.Object}, after, 1000)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Seq
		for _, r := range page {
			n := len(x.seqs)
			x.seqs = append(x.seqs, r.Seq)
			named[NameColumn].add(r.Name)
			named[NumberColumn].add(r.Record.Key.ID)
			values, err := model.Values(r.Record.Raw)
			if err != nil {
				continue // a row that could not be read has no values
			}
			for name, v := range values {
				b := named[name]
				if b == nil {
					b = add(model.Field{Name: name, Type: model.Text})
				}
				if b.long {
					continue
				}
				b.pad(n)
				b.add(model.Plain(v))
			}
		}
		p.Add(int64(len(page)), 0)
	}
	for name, b := range named {
		if !b.long {
			b.pad(len(x.seqs))
		}
		c := &column{field: b.field, words: b.words, codes: b.codes, text: slices.Clip(b.text), ends: slices.Clip(b.ends), long: b.long}
		x.cols[name] = c
	}
	return x, nil
}

// Can says whether a list can be sorted and filtered by a field; texts that are to be read
// cannot.
func (x *Index) Can(field string) bool {
	if field == FateColumn {
		return true
	}
	c := x.cols[field]
	return c != nil && !c.long
}

// fate of each record, read again after Forget.
func (x *Index) fate(ctx context.Context, db *store.DB) ([]uint8, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fates != nil {
		return x.fates, nil
	}
	fates := make([]uint8, len(x.seqs))
	err := db.Read(ctx, func(tx *store.Tx) error {
		at := 0
		return tx.Fates(x.Object, func(seq int64, f model.Fate) {
			if at >= len(x.seqs) || x.seqs[at] != seq { // mostly the next one
				i, ok := slices.BinarySearch(x.seqs, seq)
				if !ok {
					return // read since
				}
				at = i
			}
			fates[at] = uint8(f) //nolint:gosec // a handful of fates
			at++
		})
	})
	if err != nil {
		return nil, err
	}
	x.fates = fates
	return fates, nil
}

func unknownField(field string) error {
	return problem.New("browse.field", "This list cannot be filtered or sorted by “"+field+"”.", "It is text to be read, or no record has such a field.",
		"Search for words in it instead, or choose another field.").At(problem.Place{Field: field})
}
