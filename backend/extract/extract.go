// Package extract fills the stage from a source: page by page with its cursor, so
// that it resumes where it stopped and never asks twice for what it has, and
// fetches the content of attachments once each by its hash.
package extract

import (
	"context"
	"errors"
	"fmt"
	"io"

	"waybill/backend/blob"
	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Result of a reading, by object.
type Result struct {
	Object                     model.Object
	New, Changed, Same, Held   int64
	Again, Gone, Files, NoFile int64
	// Deleted, Merged and Redacted at the source, of what is in the target. Gone were never
	// sent and are forgotten; Decided have a fate that a person gave them, and keep it.
	Deleted, Merged, Redacted, Decided int64
}

// count adds what a page brought.
func (r *Result) count(s store.Staged) {
	r.New, r.Changed, r.Same, r.Again, r.Held = r.New+s.New, r.Changed+s.Changed, r.Same+s.Same, r.Again+s.Again, r.Held+s.Held
	r.Deleted, r.Merged, r.Redacted = r.Deleted+s.Deleted, r.Merged+s.Merged, r.Redacted+s.Redacted
	r.Gone, r.Decided = r.Gone+s.Forgotten, r.Decided+s.Decided
}

// Run reads objects from a source. An object whose reading was interrupted goes on
// where it stopped; one that was read completely is read anew and only what
// changed is stored.
func Run(ctx context.Context, db *store.DB, files *blob.Store, from connector.Connector, objects []model.Object, p *job.Progress) ([]Result, error) {
	schema, err := from.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		for _, o := range schema.Objects {
			objects = append(objects, o.Object)
		}
	}
	for _, o := range objects {
		n, _, err := from.Count(ctx, o)
		if err != nil {
			return nil, err
		}
		p.Stage(string(o), n)
	}
	aliases := aliasFields(schema)
	out := []Result{}
	for _, o := range objects {
		p.Enter(string(o))
		shape, _ := schema.Object(o)
		r, err := readObject(ctx, db, from, shape, o, aliases[o], p)
		if err != nil {
			return out, fmt.Errorf("read %s: %w", o, err)
		}
		out = append(out, r)
	}
	filer, ok := from.(connector.Filer)
	if !ok {
		return out, nil
	}
	for i := range out {
		if out[i].Object.Kind() != model.Attachment {
			continue // only attachments have content of their own
		}
		if err := fetchFiles(ctx, db, files, filer, (*store.Tx).WithoutFile, &out[i], p); err != nil {
			return out, fmt.Errorf("fetch files of %s: %w", out[i].Object, err)
		}
	}
	return out, nil
}

// aliasFields lists, per object, the fields by which links of other objects name it.
func aliasFields(s model.Schema) map[model.Object][]string {
	out := map[model.Object][]string{}
	seen := map[string]bool{}
	for _, o := range s.Objects {
		for _, f := range o.Fields {
			if f.By == "" {
				continue
			}
			for _, to := range f.To {
				if k := string(to) + "\x00" + f.By; !seen[k] {
					seen[k] = true
					out[to] = append(out[to], f.By)
				}
			}
		}
	}
	return out
}

func readObject(ctx context.Context, db *store.DB, from connector.Connector, shape model.ObjectSchema, o model.Object, alias []string, p *job.Progress) (Result, error) {
	res := Result{Object: o}
	at, err := begin(ctx, db, from, o)
	if err != nil {
		return res, err
	}
	p.Add(at.Seen, 0)
	err = from.Pages(ctx, o, connector.Cursor(at.Cursor), func(page connector.Page) error {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		sp := staging(o, page, at.Pass, shape, alias)
		// Invariant 5: the page and its cursor together, or neither.
		return db.Write(ctx, func(tx *store.Tx) error {
			s, err := tx.StagePage(sp)
			if err != nil {
				return err
			}
			res.count(s)
			p.Add(int64(len(page.Records)+len(page.Broken)), s.Held)
			return nil
		})
	})
	if err != nil {
		return res, err
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		e, err := tx.EndPass(o)
		res.Gone, res.Deleted, res.Decided = e.Forgotten, e.Gone, e.Decided
		return err
	})
	return res, err
}

// begin starts a pass, or goes on with one that was interrupted. Where the source can
// tell changes, it is first asked where they stand: what changes while a long pass
// reads is in the next delta (P-78).
func begin(ctx context.Context, db *store.DB, from connector.Connector, o model.Object) (at store.Reading, err error) {
	if at, err = reading(ctx, db, o); err != nil || (at.Pass != 0 && !at.Done) {
		return at, err
	}
	since := connector.Cursor("")
	if changer, ok := from.(connector.Changer); ok {
		if since, err = changer.Now(ctx, o); err != nil {
			return at, err
		}
	}
	err = db.Write(ctx, func(tx *store.Tx) (err error) {
		at, err = tx.BeginReading(o, string(since))
		return err
	})
	return at, err
}

func reading(ctx context.Context, db *store.DB, o model.Object) (at store.Reading, err error) {
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		at, err = tx.Reading(o)
		return err
	})
	return at, err
}

// staging is a page as the stage takes it.
func staging(o model.Object, page connector.Page, pass int64, shape model.ObjectSchema, alias []string) store.Page {
	names, aliases := describe(page.Records, shape, alias)
	sp := store.Page{
		Object: o, Records: page.Records, Names: names, Aliases: aliases, Next: string(page.Next), Pass: pass,
		Replace: page.Repeats == connector.RepeatsReplace, Count: page.Repeats == connector.RepeatsCount, First: page.Repeats == connector.RepeatsFirst,
	}
	for _, b := range page.Broken {
		sp.Broken = append(sp.Broken, store.Broken{Place: b.Place, Raw: b.Raw, Why: b.Why})
	}
	return sp
}

// describe finds what people recognise records by, and the values that links name them by.
func describe(recs []model.Record, shape model.ObjectSchema, alias []string) ([]string, []map[string]string) {
	names := make([]string, len(recs))
	aliases := make([]map[string]string, len(recs))
	if shape.Name == "" && len(alias) == 0 {
		return names, aliases
	}
	for i, r := range recs {
		v, err := model.Values(r.Raw)
		if err != nil {
			continue // a raw value that is not an object has no name
		}
		if shape.Name != "" {
			names[i] = clip(model.Plain(v[shape.Name]), 200)
		}
		for _, a := range alias {
			if aliases[i] == nil {
				aliases[i] = map[string]string{}
			}
			aliases[i][a] = model.Plain(v[a])
		}
	}
	return names, aliases
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n])
}

// lacking lists up to n attachments whose content is to be fetched, behind a place.
type lacking func(tx *store.Tx, o model.Object, after int64, n int) ([]store.Row, error)

// fetchFiles brings in the content of attachments. One that can't be had is a
// problem of that record, never of the reading (P-14).
func fetchFiles(ctx context.Context, db *store.DB, files *blob.Store, filer connector.Filer, next lacking, res *Result, p *job.Progress) error {
	after := int64(0)
	for {
		var page []store.Row
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = next(tx, res.Object, after, 50)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		found := map[int64]store.File{}
		for _, row := range page {
			after = row.Seq
			ref, name, kind := filer.FileRef(row.Record)
			if ref == "" && name == "" {
				continue
			}
			if err := p.Checkpoint(ctx); err != nil {
				return err
			}
			f := store.File{Ref: ref, Name: name, Type: kind}
			f.Hash, f.Size, f.Problem, err = fetch(ctx, files, filer, ref)
			if err != nil {
				return err
			}
			if f.Problem != nil {
				res.NoFile++
			} else {
				res.Files++
			}
			found[row.Seq] = f
		}
		if len(found) == 0 {
			if len(page) < 50 {
				return nil
			}
			continue
		}
		err = db.Write(ctx, func(tx *store.Tx) error {
			for seq, f := range found {
				if err := tx.PutFile(seq, f); err != nil {
					return err
				}
				if f.Problem != nil {
					continue // the next reading tries again
				}
				if err := tx.Fetched(seq); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// fetch gives either the content's hash, or the problem of this one file. The error
// is for what stops everything: a full disk, a stop by the person.
func fetch(ctx context.Context, files *blob.Store, filer connector.Filer, ref string) (hash string, size int64, why *problem.Problem, err error) {
	missing := func(cause error) *problem.Problem {
		var p *problem.Problem
		if errors.As(cause, &p) {
			return p
		}
		return problem.Wrap(cause, "extract.file_missing", "The content of this attachment could not be read.",
			"The source lists it, but did not give its content.", "Look for the file and read the source again, or leave the attachment out.")
	}
	r, err := filer.Open(ctx, ref)
	if err != nil {
		if ctx.Err() != nil {
			return "", 0, nil, ctx.Err()
		}
		return "", 0, missing(err), nil
	}
	defer func() { _ = r.Close() }() // only read from
	src := &reader{r: r}
	hash, size, err = files.Put(src)
	switch {
	case err == nil:
		return hash, size, nil, nil
	case ctx.Err() != nil:
		return "", 0, nil, ctx.Err()
	case src.err != nil:
		return "", 0, missing(src.err), nil
	}
	return "", 0, nil, err
}

// reader remembers whether it was the source that failed, rather than the disk.
type reader struct {
	r   io.Reader
	err error
}

func (r *reader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
