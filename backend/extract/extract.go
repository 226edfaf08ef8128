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
		if out[i].Object != model.Attachment {
			continue // only attachments have content of their own
		}
		if err := fetchFiles(ctx, db, files, filer, &out[i], p); err != nil {
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
	var at store.Reading
	err := db.Write(ctx, func(tx *store.Tx) (err error) {
		if at, err = tx.Reading(o); err != nil {
			return err
		}
		if at.Pass == 0 || at.Done {
			at, err = tx.BeginReading(o)
		}
		return err
	})
	if err != nil {
		return res, err
	}
	p.Add(at.Seen, 0)
	err = from.Pages(ctx, o, connector.Cursor(at.Cursor), func(page connector.Page) error {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		names, aliases := describe(page.Records, shape, alias)
		sp := store.Page{
			Object: o, Records: page.Records, Names: names, Aliases: aliases, Next: string(page.Next), Pass: at.Pass,
			Replace: page.Repeats == connector.RepeatsReplace, Count: page.Repeats == connector.RepeatsCount, First: page.Repeats == connector.RepeatsFirst,
		}
		for _, b := range page.Broken {
			sp.Broken = append(sp.Broken, store.Broken{Place: b.Place, Raw: b.Raw, Why: b.Why})
		}
		// Invariant 5: the page and its cursor together, or neither.
		return db.Write(ctx, func(tx *store.Tx) error {
			s, err := tx.StagePage(sp)
			if err != nil {
				return err
			}
			res.New, res.Changed, res.Same, res.Again, res.Held = res.New+s.New, res.Changed+s.Changed, res.Same+s.Same, res.Again+s.Again, res.Held+s.Held
			p.Add(int64(len(page.Records)+len(page.Broken)), s.Held)
			return nil
		})
	})
	if err != nil {
		return res, err
	}
	err = db.Write(ctx, func(tx *store.Tx) (err error) {
		res.Gone, err = tx.EndReading(o)
		return err
	})
	return res, err
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

// fetchFiles brings in the content of attachments. One that can't be had is a
// problem of that record, never of the reading (P-14).
func fetchFiles(ctx context.Context, db *store.DB, files *blob.Store, filer connector.Filer, res *Result, p *job.Progress) error {
	after := int64(0)
	for {
		var page []store.Row
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.WithoutFile(res.Object, after, 50)
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
