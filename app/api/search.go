package api

import (
	"strings"

	"waybill/backend/find"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// words answers what somebody looks for from the index of words, and takes it out of the
// filter. While the index is being made, and where there is no word in the text, the filter
// says how records are read through instead.
func (r *Records) words(p *project.Project, q *store.Filter) (*find.Answer, *WordsView, error) {
	text := q.Text
	if strings.TrimSpace(text) == "" {
		return nil, nil, nil
	}
	q.Text, q.Words = "", find.Plain(text)
	var rows int64
	if err := p.DB().Read(r.s.ctx, func(tx *store.Tx) (err error) {
		_, rows, err = tx.Stamps()
		return err
	}); err != nil {
		return nil, nil, err
	}
	if rows <= atOnce { // as quick as reading through
		if err := p.Words().Wait(r.s.ctx); err != nil && problem.From(err).Code != "find.folder" {
			return nil, nil, err
		}
	}
	a, state, err := p.Words().Search(r.s.ctx, text)
	if err != nil {
		return nil, nil, err
	}
	v := wordsView(state)
	if a != nil {
		q.Words = nil
	}
	return a, &v, nil
}

// Searchable tells how far the words are that can be looked for, and has them brought up to date.
func (r *Records) Searchable() (v WordsView, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	state, err := p.Words().Prepare(r.s.ctx)
	return wordsView(state), err
}

func wordsView(s find.State) WordsView {
	v := WordsView{Ready: s.Ready, Percent: s.Percent}
	if s.Failed != nil {
		v.Problem = problem.From(s.Failed)
	}
	return v
}

// foundIn says of the rows of a page where the words were found.
func foundIn(tx *store.Tx, words *find.Answer, rows []store.Row) (map[int64]*FoundView, error) {
	if words == nil {
		return nil, nil
	}
	seqs := make([]int64, len(rows))
	for i, row := range rows {
		seqs[i] = row.Seq
	}
	places, err := words.Places(tx, seqs)
	if err != nil {
		return nil, err
	}
	out := map[int64]*FoundView{}
	for i, row := range rows {
		x, ok := places[seqs[i]]
		if !ok {
			continue
		}
		v := &FoundView{Field: x.Field, Parts: []FoundPart{}}
		if x.Object != row.Record.Key.Object || x.ID != row.Record.Key.ID {
			v.Record = x.Object.Word() + " " + x.ID
		}
		for _, part := range x.Parts {
			v.Parts = append(v.Parts, FoundPart(part))
		}
		out[row.Seq] = v
	}
	return out, nil
}
