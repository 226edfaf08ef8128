package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// HeldReturned is what a workbook of held records that came back asks for. Nothing is done yet.
type HeldReturned struct {
	File string
	// Token is the hash of the file and of the state that it was compared with.
	Token string
	// Answers are the repairs that were chosen, one for a group at most.
	Answers []Answer
	// Problems by sheet and cell; with any of them nothing can be applied.
	Problems []*problem.Problem
}

// heldBook is what is held, with the repairs, as a workbook shows it. records lists them
// one by one.
func (p *Project) heldBook(ctx context.Context, records bool) (workbook.HeldBook, error) {
	out := workbook.HeldBook{ProjectID: p.info.ID, ProjectName: p.info.Name, Groups: []workbook.HeldGroup{}}
	groups, err := p.HeldGroups(ctx)
	if err != nil {
		return out, err
	}
	left := workbook.HeldRecordsMost
	for _, g := range groups {
		x := workbook.HeldGroup{ID: GroupID(g), Objects: Title(g.Object), Count: g.Count, Examples: g.Examples}
		if g.Example != nil {
			x.What, x.Next = g.Example.What, g.Example.Next
		}
		list, err := p.Repairs(ctx, g)
		if err != nil {
			return out, err
		}
		for _, r := range list {
			x.Repairs = append(x.Repairs, workbook.HeldRepair{ID: r.ID, Title: r.Title, Asks: r.Asks, Options: heldChoices(r.Options), Values: heldChoices(r.Values)})
		}
		if records && left > 0 {
			if x.Records, err = p.heldRecords(ctx, g, left); err != nil {
				return out, err
			}
			left -= len(x.Records)
		}
		out.Groups = append(out.Groups, x)
	}
	out.State, err = p.heldState(ctx, groups)
	return out, err
}

func heldChoices(list []RepairOption) []workbook.HeldChoice {
	out := make([]workbook.HeldChoice, len(list))
	for i, o := range list {
		out[i] = workbook.HeldChoice{Value: o.Value, Title: o.Title, Count: o.Count}
	}
	return out
}

// heldState covers what a choice in a workbook depends on: which records are held for
// which reason, and the mapping in force.
func (p *Project) heldState(ctx context.Context, groups []store.HeldGroup) (string, error) {
	h := sha256.New()
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(0)
		if err != nil && !problem.Is(err, "mapping.none") {
			return err
		}
		h.Write([]byte(m.Hash))
		for _, g := range groups {
			seqs, err := tx.HeldSeqs(g)
			if err != nil {
				return err
			}
			b, err := json.Marshal([]any{GroupID(g), seqs})
			if err != nil {
				return err
			}
			h.Write(b)
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// heldRecords lists up to n records of a group as people find them again.
func (p *Project) heldRecords(ctx context.Context, g store.HeldGroup, n int) ([]workbook.HeldRecord, error) {
	out := []workbook.HeldRecord{}
	f := store.Filter{Object: g.Object, Fates: []model.Fate{model.Held}, Op: "held", Code: g.Code, Field: g.Field}
	for after := int64(0); len(out) < n; {
		found := 0
		err := p.db.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(f, after, min(1000, n-len(out)))
			if err != nil {
				return err
			}
			found = len(rows)
			for _, row := range rows {
				after = row.Seq
				why, err := tx.WhyHeld(row.Seq)
				if err != nil {
					return err
				}
				r := workbook.HeldRecord{ID: row.Record.Key.ID, Name: row.Name, Place: row.Record.Place}
				if len(why) > 0 {
					r.Value = why[0].Problem.Where.Value
				}
				out = append(out, r)
			}
			return nil
		})
		if err != nil || found == 0 {
			return out, err
		}
	}
	return out, nil
}

// ExportHeld writes what is held into a workbook, to be sent to whoever knows what is right.
func (p *Project) ExportHeld(ctx context.Context, path string) error {
	book, err := p.heldBook(ctx, true)
	if err != nil {
		return err
	}
	if len(book.Groups) == 0 {
		return problem.New("held.nothing", "Nothing is held back.", "There is nothing to decide in a workbook.", "Go on with the move.")
	}
	var b bytes.Buffer
	if err := workbook.WriteHeld(&b, book); err != nil {
		return err
	}
	if err := writeWhole(path, b.Bytes()); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	sum := sha256.Sum256(b.Bytes())
	return p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "held.exported", map[string]any{"file": filepath.Base(path), "sha256": hex.EncodeToString(sum[:]), "groups": len(book.Groups)})
	})
}

// ReadHeld reads a workbook of held records that came back: every mistake with its sheet
// and cell, and the repairs that were chosen. Nothing is done.
func (p *Project) ReadHeld(ctx context.Context, path string) (out HeldReturned, err error) {
	out.File, out.Answers = path, []Answer{}
	b, err := readFile(path)
	if err != nil {
		return out, err
	}
	book, err := p.heldBook(ctx, false)
	if err != nil {
		return out, err
	}
	r := bytes.NewReader(b)
	answers, found := workbook.ReadHeld(r, r.Size(), book)
	if len(found) > 0 {
		out.Problems = found
		return out, nil
	}
	for _, a := range answers {
		g, err := p.HeldGroup(ctx, a.Group)
		if err != nil {
			return out, err
		}
		x := Answer{Group: g, Repair: a.Repair, Value: a.Value, Why: a.Why}
		if _, _, err := p.answer(ctx, x); err != nil {
			bad := problem.From(err)
			if bad.Code == problem.Internal || bad.Code == problem.Cancelled {
				return out, err
			}
			where := bad.Where
			where.Sheet, where.Cell = a.Sheet, a.Cell
			out.Problems = append(out.Problems, bad.At(where))
			continue
		}
		out.Answers = append(out.Answers, x)
	}
	if len(out.Problems) > 0 {
		out.Answers = []Answer{}
		return out, nil
	}
	sum := sha256.New()
	sum.Write(b)
	sum.Write([]byte(book.State))
	out.Token = hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

// ApplyHeld carries out the repairs of a returned workbook, all of them or none, and
// tries just their records again. token is that of ReadHeld: what was shown is what is done.
func (p *Project) ApplyHeld(ctx context.Context, path, token string, pr *job.Progress) (Fixed, []store.Run, error) {
	r, err := p.ReadHeld(ctx, path)
	if err != nil {
		return Fixed{}, nil, err
	}
	if len(r.Problems) > 0 {
		return Fixed{}, nil, r.Problems[0]
	}
	if r.Token != token {
		return Fixed{}, nil, problem.New("workbook.changed", "The workbook or what is held changed since it was looked at.", "Only what was shown is carried out.", "Read the workbook again and look at the list of repairs.").At(problem.Place{File: path})
	}
	if len(r.Answers) == 0 {
		return Fixed{}, nil, problem.New("held.no_answers", "No repair is chosen in this workbook.", "There is nothing to carry out.", "Choose repairs on the sheet Decisions.").At(problem.Place{File: path})
	}
	fixed, runs, err := p.FixAllAndRetry(ctx, r.Answers, pr)
	if err != nil {
		return fixed, runs, err
	}
	return fixed, runs, p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "held.imported", map[string]any{"file": filepath.Base(path), "repairs": len(r.Answers)})
	})
}
