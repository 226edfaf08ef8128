package api

import (
	"context"
	"strconv"
	"sync"

	"waybill/backend/browse"
	"waybill/backend/find"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

const (
	mostRows = 500
	// atOnce records are made ready for any order before a list is first shown; of more,
	// the list is shown as it was read until that is done.
	atOnce = 20_000
	// keptBytes bounds what the indexes take in memory, about: beyond it only the newest stays.
	keptBytes = 400 << 20
	// keptViews is how many answered lists are kept: going back to one is at once.
	keptViews = 6
)

// lists are the indexes behind the lists of the open project, and the lists that were asked for.
type lists struct {
	mu    sync.Mutex
	of    map[model.Object]*listing
	views map[string]*browse.View
}

// listing is the index of one object, ready once made is closed.
type listing struct {
	stamp string
	made  chan struct{}
	index *browse.Index
	err   error
}

// changed lets everything be asked again that anything but reading may have changed.
func (l *lists) changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.views = nil
	for _, x := range l.of {
		if x.index != nil {
			x.index.Forget()
		}
	}
}

// spare lets go of the other indexes when all of them together are too big.
func (l *lists) spare(newest model.Object) {
	size := 0
	for _, x := range l.of {
		if x.index != nil {
			size += x.index.Size()
		}
	}
	if size <= keptBytes {
		return
	}
	for o, x := range l.of {
		if o != newest && x.index != nil {
			delete(l.of, o)
		}
	}
	l.views = nil
}

// drop forgets everything: another project comes.
func (l *lists) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of, l.views = nil, nil
}

// index gives the index of an object as it is in the stage now; nil while a big one is being
// made, unless it is waited for.
func (r *Records) index(p *project.Project, shape model.ObjectSchema, wait bool) (*browse.Index, string, error) {
	var stamp string
	var rows int64
	if err := p.DB().Read(r.s.ctx, func(tx *store.Tx) (err error) {
		stamp, rows, err = tx.Stamp(shape.Object)
		return err
	}); err != nil {
		return nil, "", err
	}
	l := &r.s.lists
	l.mu.Lock()
	x := l.of[shape.Object]
	if x == nil || x.stamp != stamp {
		x = &listing{stamp: stamp, made: make(chan struct{})}
		if l.of == nil {
			l.of = map[model.Object]*listing{}
		}
		l.of[shape.Object] = x
		go r.build(p, shape, x)
	}
	l.mu.Unlock()
	if !wait && rows > atOnce {
		select {
		case <-x.made:
		default:
			return nil, "", nil
		}
	}
	select {
	case <-x.made:
		return x.index, stamp, x.err
	case <-r.s.ctx.Done():
		return nil, "", r.s.ctx.Err()
	}
}

func (r *Records) build(p *project.Project, shape model.ObjectSchema, x *listing) {
	index, err := browse.Build(r.s.ctx, p.DB(), shape, job.New("list"))
	l := &r.s.lists
	l.mu.Lock()
	x.index, x.err = index, err
	switch {
	case l.of[shape.Object] != x: // another reading, or another project
	case err != nil:
		delete(l.of, shape.Object) // the next one who asks tries again
	default:
		l.spare(shape.Object)
	}
	l.mu.Unlock()
	close(x.made)
}

// List gives a part of the records of a filter, in its order, from an offset on.
func (r *Records) List(f Filter, columns []string, offset, limit int) (v RecordPage, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	q, err := stored(f)
	if err != nil {
		return v, err
	}
	if f.Rule != "" {
		if q.Seqs, err = r.hits(p, f.Rule); err != nil {
			return v, err
		}
	}
	if limit <= 0 || limit > mostRows {
		limit = 100
	}
	offset = max(offset, 0)
	shape, err := sourceShape(r.s.ctx, p, q.Object)
	if err != nil {
		return v, err
	}
	if columns, err = columnsFor(r.s.ctx, p, shape, columns); err != nil {
		return v, err
	}
	words, search, err := r.words(p, &q)
	if err != nil {
		return v, err
	}
	index, stamp, err := r.index(p, shape, len(f.Where)+len(f.Sort) > 0 || f.Op == "year" || f.Op == "finding" || words != nil)
	if err != nil {
		return v, err
	}
	v = RecordPage{Search: search, Columns: columns, Sortable: make([]bool, len(columns)), Rows: []RecordRow{}, Offset: offset}
	var rows []store.Row
	if index == nil { // a long list that is not ready yet
		err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
			if rows, err = tx.Slice(q, offset, limit); err != nil {
				return err
			}
			v.Total, err = r.total(tx, q, f)
			return err
		})
	} else {
		var view *browse.View
		if view, err = r.view(p, index, stamp, q, f, shape, words); err != nil {
			return v, err
		}
		v.Total = figure(int64(view.Total()), f)
		for i, c := range columns {
			v.Sortable[i] = index.Can(c)
		}
		err = p.DB().Read(r.s.ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.At(q.Object, view.Page(offset, limit))
			return err
		})
	}
	if err != nil {
		return v, err
	}
	return v, p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		places, err := foundIn(tx, words, rows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			line, err := recordRow(tx, row, columns)
			if err != nil {
				return err
			}
			line.Found = places[row.Seq]
			v.Rows = append(v.Rows, line)
		}
		return nil
	})
}

// Find tells at which place of a list a record is; -1 when it is not in it.
func (r *Records) Find(f Filter, id string) (at int, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return -1, err
	}
	q, err := stored(f)
	if err != nil {
		return -1, err
	}
	if f.Rule != "" {
		if q.Seqs, err = r.hits(p, f.Rule); err != nil {
			return -1, err
		}
	}
	shape, err := sourceShape(r.s.ctx, p, q.Object)
	if err != nil {
		return -1, err
	}
	words, _, err := r.words(p, &q)
	if err != nil {
		return -1, err
	}
	index, stamp, err := r.index(p, shape, true)
	if err != nil {
		return -1, err
	}
	view, err := r.view(p, index, stamp, q, f, shape, words)
	if err != nil {
		return -1, err
	}
	var row store.Row
	if err := p.DB().Read(r.s.ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Record(model.Key{Object: q.Object, ID: id})
		return err
	}); err != nil {
		return -1, err
	}
	return view.Find(row.Seq), nil
}

// view answers a filter, once until something changes.
func (r *Records) view(p *project.Project, index *browse.Index, stamp string, q store.Filter, f Filter, shape model.ObjectSchema, words *find.Answer) (*browse.View, error) {
	l := &r.s.lists
	key := stamp + filterKey(f)
	if words != nil {
		key += words.Stamp()
	}
	_, busy := p.Jobs.Current()
	if busy { // fates change all the time
		index.Forget()
	} else {
		l.mu.Lock()
		v := l.views[key]
		l.mu.Unlock()
		if v != nil {
			return v, nil
		}
	}
	ask := browse.Query{}
	if words != nil {
		ask.In = words
	}
	for _, c := range f.Where {
		ask.Where = append(ask.Where, browse.Condition(c))
	}
	for _, o := range f.Sort {
		ask.By = append(ask.By, browse.Order(o))
	}
	// What the index knows by itself need not be asked of the database.
	ask.Fates, q.Fates = q.Fates, nil
	if c, ok := known(index, f); ok {
		ask.Where = append(ask.Where, c)
		f.Op, q.Op, q.Field, q.Value = "", "", "", ""
	}
	if !onlyObject(q) || f.Op == "year" || f.Op == "finding" {
		seqs, err := r.among(r.s.ctx, p, q, f, shape)
		if err != nil {
			return nil, err
		}
		ask.Among = nilless(seqs)
	}
	v, err := index.Run(r.s.ctx, p.DB(), ask)
	if err != nil || busy {
		return v, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.views == nil || len(l.views) >= keptViews {
		l.views = map[string]*browse.View{}
	}
	l.views[key] = v
	return v, nil
}

// known gives the condition of the index that means the same as a filter's question about
// one field, where there is one.
func known(index *browse.Index, f Filter) (browse.Condition, bool) {
	c := browse.Condition{Field: f.Field, Value: f.Value}
	switch f.Op {
	case "equals":
		c.Op = browse.Is
	case "filled":
		c.Op = browse.Filled
	case "year":
		c.Op = browse.Year
		if _, err := strconv.Atoi(f.Value); err != nil {
			return c, false // "no date", as the profile says
		}
	default:
		return c, false
	}
	return c, f.Code == "" && index.Can(f.Field)
}

// onlyObject says that a filter asks for nothing but an object.
func onlyObject(q store.Filter) bool {
	return q.Code == "" && q.HeldBy == "" && q.Op == "" && q.Field == "" && q.Text == "" && q.Words == nil && q.Decision == 0 && q.Plan == 0 && q.Run == 0 &&
		q.Check == "" && q.Parent == nil && q.Seqs == nil && !q.Retry && q.Part == 0 && q.Change == "" && q.Loss == ""
}

// among lists the places of the records of a filter that the index cannot answer.
func (r *Records) among(ctx context.Context, p *project.Project, q store.Filter, f Filter, shape model.ObjectSchema) (out []int64, err error) {
	var fits func(string) bool
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		if fits, err = suspects(tx, q, f, shape); err != nil || fits != nil {
			return err
		}
		out, err = tx.Seqs(q)
		return err
	})
	if err != nil || fits == nil {
		return out, err
	}
	// Bars of the ages and findings are sorted out record by record, as the profile counted them.
	for at := int64(0); ; {
		var rows []store.Row
		if err := p.DB().Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.Records(q, at, 1000)
			return err
		}); err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return out, nil
		}
		for _, row := range rows {
			at = row.Seq
			values, err := model.Values(row.Record.Raw)
			if err != nil {
				continue // a row that could not be read has no values
			}
			// Asked of every record: whether one is a repetition depends on those before it.
			if fits(model.Plain(values[f.Field])) {
				out = append(out, row.Seq)
			}
		}
	}
}
