package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// exported is the setting under which the mapping that went out in a workbook is
// kept, so that what comes back can be compared with it.
const exported = "workbook:"

// ExportWorkbook writes the working copy of the mapping for Excel.
func (p *Project) ExportWorkbook(ctx context.Context, path string) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return err
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return err
	}
	examples, err := p.examples(ctx, v, src, dst)
	if err != nil {
		return err
	}
	a, err := p.asked(ctx, v)
	if err != nil {
		return err
	}
	changes, err := p.changeLines(ctx, v, dst)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = workbook.Write(&b, workbook.Book{
		ProjectID: p.info.ID, ProjectName: p.info.Name, Version: v, Hash: v.Hash(), Src: src, Dst: dst, Stats: profile.Stats(profiles), Examples: examples,
		PeopleTo: a.people, Decisions: a.decisions, Twins: a.twins, Rules: a.rules, Changes: changes,
	})
	if err != nil {
		return err
	}
	if err := writeWhole(path, b.Bytes()); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	sum := sha256.Sum256(b.Bytes())
	return p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Set(exported+v.Hash(), v); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "workbook.exported", map[string]string{"file": filepath.Base(path), "sha256": hex.EncodeToString(sum[:]), "mapping": v.Hash()})
	})
}

// examples shows, for each rule, what becomes of a real record, as it is after corrections.
func (p *Project) examples(ctx context.Context, v mapping.Version, src, dst model.Schema) (map[model.Object]map[string]workbook.Example, error) {
	prog, _, err := p.Program(ctx, v, src, dst) // a rule that can't be used simply has no example
	if err != nil {
		return nil, err
	}
	out := map[model.Object]map[string]workbook.Example{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		for _, o := range v.Objects {
			if o.Target == "" {
				continue
			}
			rows, err := tx.Records(store.Filter{Object: o.Source, Fates: []model.Fate{model.Pending, model.Moved}}, 0, 20)
			if err != nil {
				return err
			}
			if err := tx.Links(rows); err != nil {
				return err
			}
			out[o.Source] = map[string]workbook.Example{}
			for _, row := range rows {
				for _, f := range o.Fields {
					if _, have := out[o.Source][f.Target]; have {
						continue
					}
					if x := prog.Explain(row.Record, f.Target); x.Result != "" {
						out[o.Source][f.Target] = workbook.Example{Before: x.Before(), After: x.Result}
					}
				}
			}
		}
		return nil
	})
	return out, err
}

// readFile reads a workbook of a size that a mapping can have.
func readFile(path string) ([]byte, error) {
	const limit = 64 << 20
	info, err := os.Stat(path)
	if err != nil {
		return nil, problem.Wrap(err, "workbook.missing", "The workbook cannot be found.", "It was moved, renamed or deleted.", "Choose it again.").At(problem.Place{File: path})
	}
	if info.IsDir() || info.Size() > limit {
		return nil, problem.New("workbook.too_large", "This is not a mapping workbook: it is too large.", "Waybill's own workbooks are far smaller.", "Choose the workbook that Waybill wrote.").At(problem.Place{File: path})
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Wrap(err, "workbook.unreadable", "The workbook cannot be read.", "It may be open in Excel, or on a disk that is gone.", "Close it there and try again.").At(problem.Place{File: path})
	}
	return b, nil
}

// AnnotateWorkbook writes the mistakes of a returned workbook into a copy of it, as
// notes on the cells, and gives the copy's path.
func (p *Project) AnnotateWorkbook(ctx context.Context, path string) (string, error) {
	r, err := p.ReadWorkbook(ctx, path)
	if err != nil {
		return "", err
	}
	if len(r.Problems) == 0 {
		return "", problem.New("workbook.no_mistakes", "There are no mistakes in this workbook.", "There is nothing to note.", "Take it over.").At(problem.Place{File: path})
	}
	b, err := readFile(path)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	in := bytes.NewReader(b)
	if err := workbook.Annotate(in, in.Size(), &out, r.Problems); err != nil {
		return "", err
	}
	to := filepath.Join(p.folder("workbooks"), "with-notes-"+filepath.Base(path))
	if err := writeWhole(to, out.Bytes()); err != nil {
		return "", notWritable(err, p.folder("workbooks"))
	}
	return to, nil
}
