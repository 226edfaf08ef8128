package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"waybill/backend/blob"
	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Changes brings the stage up to date: what is new, changed, deleted, merged or
// redacted at the source since it was last read. A source that can tell its changes is
// asked for nothing else, so the time does not grow with what stayed the same; any
// other one is read anew as a whole and gives the same accounts.
func Changes(ctx context.Context, db *store.DB, files *blob.Store, from connector.Connector, objects []model.Object, p *job.Progress) ([]Result, error) {
	schema, err := from.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		for _, o := range schema.Objects {
			objects = append(objects, o.Object)
		}
	}
	objects = parentsFirst(objects)
	if err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.ForgetGone(); return err }); err != nil {
		return nil, err
	}
	for _, o := range objects {
		p.Stage(string(o), 0)
	}
	aliases := aliasFields(schema)
	out := []Result{}
	next := lacking((*store.Tx).Unfetched)
	for _, o := range objects {
		p.Enter(string(o))
		shape, _ := schema.Object(o)
		r, whole, err := update(ctx, db, from, shape, o, aliases[o], p)
		if err != nil {
			return out, fmt.Errorf("read the changes of %s: %w", o, err)
		}
		if whole && o.Kind() == model.Attachment {
			next = (*store.Tx).WithoutFile
		}
		out = append(out, r)
	}
	filer, ok := from.(connector.Filer)
	if !ok {
		return out, nil
	}
	for i := range out {
		if out[i].Object.Kind() != model.Attachment {
			continue
		}
		if err := fetchFiles(ctx, db, files, filer, next, &out[i], p); err != nil {
			return out, fmt.Errorf("fetch files of %s: %w", out[i].Object, err)
		}
	}
	return out, nil
}

// parentsFirst orders objects so that a record comes after what it hangs on: where a
// ticket stays behind, its new messages stay with it.
func parentsFirst(objects []model.Object) []model.Object {
	known := model.Known()
	at := func(o model.Object) int {
		if i := slices.Index(known, o.Kind()); i >= 0 {
			return i
		}
		return len(known)
	}
	out := slices.Clone(objects)
	slices.SortStableFunc(out, func(a, b model.Object) int { return at(a) - at(b) })
	return out
}

// update reads what changed of one object. whole says that all of it was read: because
// the source cannot tell changes, because it was never read to its end, or because the
// source no longer knows the place where its changes were last read.
func update(ctx context.Context, db *store.DB, from connector.Connector, shape model.ObjectSchema, o model.Object, alias []string, p *job.Progress) (res Result, whole bool, err error) {
	changer, ok := from.(connector.Changer)
	at, err := reading(ctx, db, o)
	if err != nil {
		return Result{Object: o}, false, err
	}
	if !ok || at.Pass == 0 || !at.Done || at.Since == "" && at.Feed == "" {
		res, err = readObject(ctx, db, from, shape, o, alias, p)
		if err != nil || !ok {
			return res, true, err
		}
		whole = true
		if at, err = reading(ctx, db, o); err != nil || at.Since == "" {
			return res, whole, err
		}
	} else {
		res = Result{Object: o}
	}
	err = follow(ctx, db, changer, shape, o, at, alias, &res, p)
	var why *problem.Problem
	if errors.As(err, &why) && why.Code == connector.CodeCursor && !whole {
		res, err = readObject(ctx, db, from, shape, o, alias, p)
		whole = true
	}
	return res, whole, err
}

// follow reads the source's own account of its changes from where it was last read.
func follow(ctx context.Context, db *store.DB, changer connector.Changer, shape model.ObjectSchema, o model.Object, at store.Reading, alias []string, res *Result, p *job.Progress) error {
	from := at.Feed
	if from == "" {
		from = at.Since
	}
	return changer.Changes(ctx, o, connector.Cursor(from), func(page connector.Page) error {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		sp := staging(o, page, at.Pass, shape, alias)
		sp.Feed, sp.Replace, sp.Count, sp.First = true, true, false, false
		for _, g := range page.Gone {
			sp.Gone = append(sp.Gone, store.Gone{ID: g.ID, How: g.How, Into: g.Into, At: g.At})
		}
		// Invariant 5: the page and its cursor together, or neither.
		return db.Write(ctx, func(tx *store.Tx) error {
			s, err := tx.StagePage(sp)
			if err != nil {
				return err
			}
			res.count(s)
			p.Add(int64(len(page.Records)+len(page.Gone)), s.Held)
			return nil
		})
	})
}
