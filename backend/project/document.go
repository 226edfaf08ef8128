package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/report"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// WriteDocument writes the mapping for the hand-over: as workbook when the path ends in
// .xlsx, else as PDF. It shows the newest version, or the working copy when none was accepted.
// The same state gives the same file, byte for byte; its SHA-256 is given back.
func (p *Project) WriteDocument(ctx context.Context, path string) (string, error) {
	if err := documentPath(path); err != nil {
		return "", err
	}
	d, err := p.Document(ctx)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		err = workbook.WriteDocument(&b, d)
	} else {
		err = report.WriteMapping(&b, d)
	}
	if err != nil {
		return "", err
	}
	if err := writeWhole(path, b.Bytes()); err != nil {
		return "", notWritable(err, filepath.Dir(path))
	}
	sum := sha256.Sum256(b.Bytes())
	sha := hex.EncodeToString(sum[:])
	return sha, p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "report.mapping", map[string]any{"file": filepath.Base(path), "sha256": sha, "version": d.Version, "mapping": d.Hash})
	})
}

// Document freezes what the mapping document says.
func (p *Project) Document(ctx context.Context) (d report.MappingDoc, err error) {
	facts, err := p.Facts(ctx)
	if err != nil {
		return d, err
	}
	d = report.MappingDoc{
		Project: p.info.Name, Company: p.info.Company, Source: facts.Source, Target: facts.Target, Version: facts.Mapping.Version, Hash: facts.Mapping.Hash,
		Author: facts.Mapping.Author, Reason: facts.Mapping.Reason, At: facts.Mapping.At, Approvals: facts.Mapping.Approvals,
	}
	d.Decisions = facts.Decisions
	var v mapping.Version
	if d.Version > 0 {
		v, _, err = p.Accepted(ctx, d.Version)
	} else {
		v, err = p.Working(ctx)
		d.Hash, d.Author, d.Reason, d.At = v.Hash(), p.Person().Name, "Not accepted yet.", facts.GeneratedAt
	}
	if err != nil {
		return d, err
	}
	if err := p.documentObjects(ctx, &d, v, facts); err != nil {
		return d, err
	}
	for _, x := range v.People {
		name := x.Name
		if name == "" {
			name = x.From
		}
		becomes := map[string]string{mapping.PersonMoves: "moves along", mapping.PersonLeave: "nobody: left empty", mapping.PersonTarget: x.ToName}[x.How]
		if x.How == mapping.PersonTarget && becomes == "" {
			becomes = x.To
		}
		if x.Stands {
			becomes += ", who stands in"
		}
		if !x.Decided {
			becomes = "open: the records are held"
		}
		d.People = append(d.People, report.MappingPerson{Kind: Title(x.Object), Name: name, Email: x.Email, Becomes: becomes, Count: x.Count})
	}
	if err := p.documentTwins(ctx, &d); err != nil {
		return d, err
	}
	all, err := p.Versions(ctx)
	if err != nil {
		return d, err
	}
	for _, m := range all {
		x := report.MappingVersion{Number: m.Number, At: when(m.At), Author: m.By.Name, Reason: m.Reason}
		names := []string{}
		for _, a := range m.Approvals {
			names = append(names, a.By.Name)
		}
		x.Approved = strings.Join(names, ", ")
		d.Versions = append(d.Versions, x)
	}
	return d, nil
}

// documentObjects says for each kind of record what becomes of it, field by field.
func (p *Project) documentObjects(ctx context.Context, d *report.MappingDoc, v mapping.Version, facts report.Facts) error {
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
	stats := profile.Stats(profiles)
	examples, err := p.examples(ctx, v, src, dst)
	if err != nil {
		return err
	}
	rows := map[string]int64{}
	for _, r := range facts.Manifest {
		rows[r.Object] = r.Source
	}
	left := v.Leftovers(src, dst)
	for _, o := range v.Objects {
		do, _ := dst.Object(o.Target)
		x := report.MappingObject{From: Title(o.Source), To: titleOf(do, o.Target), Why: o.Why, When: o.When, Rows: rows[string(o.Source)]}
		if o.Target == "" && x.Why == "" {
			x.Why = "The mapping has no place for them."
		}
		for _, f := range o.Fields {
			t, ok := do.Field(f.Target)
			if !ok {
				t = model.Field{Name: f.Target, Type: model.Text}
			}
			x.Fields = append(x.Fields, documentField(f, t, examples[o.Source][f.Target]))
		}
		for _, l := range left {
			if l.Source == o.Source && !o.IsBranch() {
				x.Unused = append(x.Unused, report.MappingUnused{Name: l.Field.Name, Type: string(l.Field.Type), Filled: stats[l.Source][l.Field.Name].Filled})
			}
		}
		d.Objects = append(d.Objects, x)
	}
	return nil
}

func titleOf(o model.ObjectSchema, name model.Object) string {
	if name == "" {
		return ""
	}
	if o.Title != "" {
		return o.Title
	}
	return Title(name)
}

func documentField(f mapping.FieldMap, t model.Field, e workbook.Example) report.MappingField {
	name := t.Title
	if name == "" {
		name = t.Name
	}
	x := report.MappingField{
		Name: name, Type: workbook.TypeWord(t.Type), Required: t.Required && !t.ReadOnly, Rule: mapping.Explain(f), Default: t.Default,
		Meaning: f.Meaning, Owner: f.Owner, State: workbook.StateWord(f.State), Note: f.Note, Before: e.Before, After: e.After, Excluded: f.Rule == mapping.LeaveOut,
	}
	if x.Excluded {
		if x.Why = f.Note; x.Why == "" {
			x.Why = f.Reason
		}
		if x.Why == "" {
			x.Why = "No reason was written down."
		}
	}
	if f.Rule == mapping.Values {
		for _, p := range f.Values {
			x.Values = append(x.Values, report.MappingValue{From: p.From, To: workbook.Label(t, p.To), Count: p.Count, Open: !p.Decided})
		}
	}
	return x
}

// documentTwins says in words how duplicates are treated.
func (p *Project) documentTwins(ctx context.Context, d *report.MappingDoc) error {
	for _, o := range clean.Duplicates() {
		groups := map[string]int64{}
		err := p.db.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.CountAlike(o)
			for _, c := range list {
				groups[c.State] += c.Groups
			}
			return err
		})
		if err != nil {
			return err
		}
		if groups[store.AlikeOpen]+groups[store.AlikeMerged]+groups[store.AlikeApart] == 0 {
			continue
		}
		d.Twins = append(d.Twins, fmt.Sprintf("%s: %d groups of duplicates were merged into one record each, %d were found to be different ones, %d wait for a decision.",
			Title(o), groups[store.AlikeMerged], groups[store.AlikeApart], groups[store.AlikeOpen]))
	}
	if len(d.Twins) == 0 {
		d.Twins = []string{"Duplicates were not looked for: records with the same address are merged only by a cleaning rule."}
	}
	return nil
}

// documentPath refuses what is neither a PDF nor a workbook.
func documentPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".pdf", ".xlsx":
		return nil
	}
	return problem.New("report.kind", "The mapping document is a PDF or a workbook.", "The name of the file says which one.", "End it with .pdf or .xlsx.").At(problem.Place{File: path})
}
