package project

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/backend/archive"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// NotTaken are the fates of what an archive holds unless others are asked for: what a
// person decided to leave behind, and what is held back.
var NotTaken = []model.Fate{model.Archived, model.LeftOut, model.Held}

// fateWords say why something is in the archive.
var fateWords = map[model.Fate]string{
	model.Archived: "Archived", model.LeftOut: "Left out", model.Held: "Held back", model.Merged: "Merged into another", model.Pending: "Not moved yet", model.Moved: "Moved",
}

// WriteArchive writes what is not moved, and where every old number is now, into one HTML
// file (or parts of so many bytes; 0 is archive.PartSize). now stands on its first page.
func (p *Project) WriteArchive(ctx context.Context, path string, fates []model.Fate, partSize int64, now time.Time, pr *job.Progress) (res archive.Result, err error) {
	if fates == nil {
		fates = NotTaken
	}
	all, err := p.Manifest(ctx)
	if err != nil {
		return res, err
	}
	n := archive.Counted(all, fates)
	if n == 0 {
		return res, problem.New(archive.CodeEmpty, "There is nothing for an archive.", "Nothing of what was read is archived, left out or held back.", "Decide what stays behind first, under Clean.")
	}
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return res, err
	}
	head := archive.Head{Title: "Archive of " + p.info.Name, Kinds: map[string]string{}, States: map[string]string{}}
	for _, m := range all {
		head.Kinds[string(m.Object)] = m.Object.Word()
	}
	for f, w := range fateWords {
		head.States[f.String()] = w
	}
	from := ""
	if err := p.db.Read(ctx, func(tx *store.Tx) error { from = p.sideTitle(tx, Source); return nil }); err != nil {
		return res, err
	}
	head.About = fmt.Sprintf("%d records of %s that did not move, as they were on %s; messages and attachments stand with their conversation. Written by Waybill.", n, from, now.UTC().Format("2 January 2006"))
	w, err := archive.New(path, head, partSize, p.files.Open)
	if err != nil {
		return res, err
	}
	err = func() error {
		c := archive.Collector{DB: p.db, Schema: schema, Fates: fates, Words: fateReason}
		if err := c.Collect(ctx, w.Add, pr); err != nil {
			return err
		}
		err := p.OldNumbers(ctx, func(n OldNumber) error { return w.Number(n) })
		if problem.Is(err, "mapping.none") {
			return nil // nothing has a new number yet
		}
		return err
	}()
	if err != nil {
		return res, errors.Join(err, w.Abandon())
	}
	if res, err = w.Close(); err != nil {
		return res, err
	}
	hash, err := fileHash(path)
	if err != nil {
		return res, err
	}
	return res, p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "archive.written", map[string]any{"documents": res.Documents, "attachments": res.Attachments, "numbers": res.Numbers, "files": len(res.Files), "sha256": hash})
	})
}

// fateReason says in words why a record did not move.
func fateReason(tx *store.Tx, row store.Row) (string, error) {
	if row.Decision != 0 {
		d, err := tx.Decision(row.Decision)
		if err != nil {
			return "", err
		}
		words := d.Title
		if d.Why != "" {
			words += ": " + d.Why
		}
		return words + " (" + d.By.Name + ", " + d.At[:len(time.DateOnly)] + ")", nil
	}
	if row.Fate != model.Held {
		return "", nil
	}
	why, err := tx.WhyHeld(row.Seq)
	if err != nil || len(why) == 0 {
		return "", err
	}
	return why[0].Problem.What, nil
}
