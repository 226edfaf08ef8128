package api

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/likeness"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Searches tells of the last search for duplicates of each kind of people and companies.
func (c *Clean) Searches() (out []SearchView, err error) {
	defer guard(&err)
	out = []SearchView{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	all, err := p.Searches(c.s.ctx)
	if err != nil {
		return out, err
	}
	for _, s := range all {
		v := SearchView{Object: string(s.Object), Title: title(s.Object), At: s.At, By: s.By, Records: s.Records, PlusTags: s.PlusTags, Fields: nilless(s.Fields), Counts: []TwinCount{}, Capped: []CappedView{}, Left: s.Left}
		for _, n := range s.Counts {
			v.Counts = append(v.Counts, TwinCount(n))
		}
		for _, x := range s.Capped {
			v.Capped = append(v.Capped, CappedView(x))
		}
		out = append(out, v)
	}
	return out, nil
}

// Seek looks for duplicates; plusTags keeps addresses with different tags apart.
func (c *Clean) Seek(object string, plusTags bool) (id string, err error) {
	defer guard(&err)
	return c.s.work("duplicates", "Looking for duplicates", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Seek(ctx, model.Object(object), plusTags, pr)
		c.s.changed("clean")
		return "", err
	})
}

// twinsPage is how many groups are shown at a time.
const twinsPage = 25

// Twins lists groups of duplicates side by side, the surest first; empty band and state do
// not restrict.
func (c *Clean) Twins(object, band, state string, skip int) (v TwinPage, err error) {
	defer guard(&err)
	v.Groups = []TwinView{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	all, err := p.Twins(c.s.ctx, store.AlikeFilter{Object: model.Object(object), Band: band, State: state}, skip, twinsPage)
	if err != nil {
		return v, err
	}
	dst, err := p.Schema(c.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	kept := keptWhere(dst, model.Object(object))
	for _, g := range all {
		v.Groups = append(v.Groups, twinView(g, kept))
	}
	if len(all) == twinsPage {
		v.Next = skip + twinsPage
	}
	return v, nil
}

// keptWhere says where the new desk keeps further addresses.
func keptWhere(dst model.Schema, o model.Object) string {
	shape, ok := dst.Object(o)
	if !ok {
		return ""
	}
	f, _, ok := transform.AddressField(shape.Fields)
	if !ok {
		return "The new desk has no place for further addresses: they are lost there."
	}
	name := f.Title
	if name == "" {
		name = f.Name
	}
	return "Kept in “" + name + "”."
}

func twinView(g clean.Review, kept string) TwinView {
	v := TwinView{
		ID: g.ID, Object: string(g.Object), Band: g.Band, State: g.State, By: g.By.Name, At: g.At, Why: g.Why, Reason: g.Reason, Addresses: nilless(g.Addresses),
		Members: []TwinMember{}, Rows: []TwinRow{},
	}
	if len(g.Addresses) > 0 {
		v.Kept = kept
	}
	for _, m := range g.Members {
		t := TwinMember{Seq: m.Seq, ID: m.Key.ID, Name: m.Name, Fate: m.Fate.String(), Survivor: m.Survivor, Out: m.Out, There: m.There, Links: m.Links, Evidence: []EvidenceView{}}
		for _, e := range m.Why {
			t.Evidence = append(t.Evidence, evidence(e))
		}
		v.Members = append(v.Members, t)
	}
	for _, r := range g.Rows {
		v.Rows = append(v.Rows, TwinRow{Field: r.Field, Title: r.Title, Values: nilless(r.Values), Pick: r.Pick, Reason: r.Reason, Picked: r.Picked, Same: r.Same})
	}
	return v
}

// evidence says one piece in words.
func evidence(e likeness.Evidence) EvidenceView {
	v := EvidenceView{For: e.Bits > 0, Weight: min(3, int(max(e.Bits, -e.Bits)/5))}
	switch {
	case e.How == likeness.HowSame && e.Records > 2:
		v.Words = fmt.Sprintf("Same %s, which %s have", strings.ToLower(e.Field), counted(int64(e.Records), "record", "records"))
	case e.How == likeness.HowSame:
		v.Words = "Same " + strings.ToLower(e.Field) + ", which nobody else has"
	case e.How == likeness.HowNearly:
		v.Words = "Nearly the same " + strings.ToLower(e.Field)
	default:
		v.Words = "Other " + strings.ToLower(e.Field)
	}
	return v
}

// deciding runs a change to the decisions; no other work may go on.
func (c *Clean) deciding(fn func(*project.Project) error) error {
	p, err := c.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := fn(p); err != nil {
		return err
	}
	c.s.changed("clean")
	return nil
}

// ChooseTwin says who of a group survives (0: as it is), and of whom a field takes its value
// (empty field: none; 0: as proposed).
func (c *Clean) ChooseTwin(id, survivor int64, field string, from int64) (err error) {
	defer guard(&err)
	picks := map[string]int64{}
	if field != "" {
		picks[field] = from
	}
	return c.deciding(func(p *project.Project) error { return p.ChooseTwin(c.s.ctx, id, survivor, picks) })
}

// ExcludeTwin takes a record out of a group, or puts it back.
func (c *Clean) ExcludeTwin(id, seq int64, out bool) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error { return p.ExcludeTwin(c.s.ctx, id, seq, out) })
}

// MergeTwins merges one group as it is shown.
func (c *Clean) MergeTwins(id int64, why string) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error {
		_, err := p.MergeTwins(c.s.ctx, id, why)
		return err
	})
}

// MergeSure merges all groups that are surely one, and says how many records that were.
func (c *Clean) MergeSure(object, why string) (n int64, err error) {
	defer guard(&err)
	err = c.deciding(func(p *project.Project) error {
		d, err := p.MergeSure(c.s.ctx, model.Object(object), why)
		n = d.Count
		return err
	})
	return n, err
}

// KeepApart says that the records of a group are different ones.
func (c *Clean) KeepApart(id int64, why string) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error { return p.KeepApart(c.s.ctx, id, why) })
}

// ReopenTwins takes back what was said about a group.
func (c *Clean) ReopenTwins(id int64) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error { return p.ReopenTwins(c.s.ctx, id) })
}

// ExportTwins asks where, and writes the open groups for Excel; empty when the person thought
// better of it.
func (c *Clean) ExportTwins(object string) (path string, err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return "", err
	}
	path, err = c.s.o.Dialogs.SaveFile(c.s.ctx, "Write the duplicates", filepath.Join(p.Dir, "workbooks", fileName("Duplicates of "+p.Info().Name)+".xlsx"))
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		path += ".xlsx"
	}
	return path, p.ExportTwins(c.s.ctx, model.Object(object), path)
}

// ImportTwins asks which workbook of duplicates came back, and reads it. Nothing is done yet.
func (c *Clean) ImportTwins(object string) (v TwinImport, err error) {
	defer guard(&err)
	v.Problems = []*problem.Problem{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	files, err := c.s.o.Dialogs.OpenFiles(c.s.ctx, "Choose the workbook that came back", []FileFilter{{Title: "Excel workbook", Pattern: "*.xlsx"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	got, err := p.ReadTwins(c.s.ctx, model.Object(object), files[0])
	if err != nil {
		return v, err
	}
	v.File, v.Problems, v.Merges, v.Aparts = got.File, nilless(got.Problems), got.Merges, got.Aparts
	if len(v.Problems) == 0 && len(got.Answers) > 0 {
		v.Token = got.Token
		c.s.mu.Lock()
		c.s.imports["twins "+object+" "+got.Token] = pending{path: got.File}
		c.s.mu.Unlock()
	}
	return v, nil
}

// ApplyTwins does exactly what ImportTwins showed.
func (c *Clean) ApplyTwins(object, token string) (err error) {
	defer guard(&err)
	key := "twins " + object + " " + token
	c.s.mu.Lock()
	seen, ok := c.s.imports[key]
	c.s.mu.Unlock()
	if !ok {
		return problem.New("workbook.changed", "This workbook was not read, or was taken over already.", "Only what was shown is done.", "Read the workbook again and look at the list.")
	}
	return c.deciding(func(p *project.Project) error {
		if _, err := p.ApplyTwins(c.s.ctx, model.Object(object), seen.path, token); err != nil {
			return err
		}
		c.s.mu.Lock()
		delete(c.s.imports, key)
		c.s.mu.Unlock()
		return nil
	})
}
