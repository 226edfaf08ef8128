package project

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/report"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// WriteProfile writes the kept profile to a file that is read without Waybill: a workbook
// when its name ends in .xlsx, else a PDF.
func (p *Project) WriteProfile(ctx context.Context, path string) error {
	all, err := p.Profiles(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return problem.New("profile.none", "The source was not measured yet.", "There is nothing to write.", "Read the source first.")
	}
	var to bytes.Buffer
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		err = p.profileBook(&to, all)
	} else {
		err = p.profilePaper(ctx, &to, all)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	if err := writeWhole(path, to.Bytes()); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "report.profile", map[string]string{"file": filepath.Base(path)})
	})
}

// severityWords say how grave a finding is.
var severityWords = map[string]string{profile.Stop: "Holds records", profile.Warn: "Noticed", profile.Info: "Good to know"}

// kindWords say what values look like.
var kindWords = map[string]string{
	"text": "text", "integer": "whole numbers", "decimal": "numbers with decimals", "money": "amounts of money", "bool": "yes or no", "date": "days", "datetime": "moments", "email": "e-mail addresses",
	"phone": "telephone numbers", "url": "web addresses", "ip": "network addresses", "html": "formatted text", "json": "structured data",
	"year_first": "year first", "day_first": "day first", "month_first": "month first", "either": "day or month first", "words": "month in words", "impossible": "in no calendar",
}

// worded lists shares in words: "text 12, days 3".
func worded(list []profile.Share, most int) string {
	out := []string{}
	for _, s := range list[:min(len(list), most)] {
		name := kindWords[s.Name]
		if name == "" {
			name = strings.ReplaceAll(s.Name, "_", " ")
		}
		out = append(out, fmt.Sprintf("%s %d", name, s.Count))
	}
	return strings.Join(out, ", ")
}

// priced are the kinds of a field's values, amounts of money by their currency.
func priced(f profile.Field) []profile.Share {
	out := []profile.Share{}
	for _, k := range f.Kinds {
		if k.Name != profile.KindMoney.String() || len(f.Currencies) == 0 {
			out = append(out, k)
			continue
		}
		for _, c := range f.Currencies {
			out = append(out, profile.Share{Name: "amounts in " + c.Name, Count: c.Count})
		}
	}
	return out
}

// patterned lists patterns as they are.
func patterned(list []profile.Share, most int) string {
	out := []string{}
	for _, s := range list[:min(len(list), most)] {
		out = append(out, fmt.Sprintf("%s %d", s.Name, s.Count))
	}
	return strings.Join(out, ", ")
}

func commonest(f profile.Field, most int) string {
	out := []string{}
	for _, v := range f.Top[:min(len(f.Top), most)] {
		out = append(out, fmt.Sprintf("%s (%d)", strings.Join(strings.Fields(clipped(v.Value, 60)), " "), v.Count))
	}
	return strings.Join(out, " · ")
}

func clipped(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

// ranked lists all findings, the grave ones first, with what each costs.
func ranked(all []profile.Object) (out []profile.Finding, cost func(profile.Finding) float64) {
	weight := map[string]int{profile.Stop: 0, profile.Warn: 1, profile.Info: 2}
	for _, o := range all {
		out = append(out, o.Findings...)
	}
	sort.SliceStable(out, func(i, j int) bool { return weight[out[i].Severity] < weight[out[j].Severity] })
	costs := map[[3]string]float64{}
	for _, l := range profile.Ready(all).Lines {
		costs[[3]string{string(l.Object), l.Code, l.Field}] = l.Cost
	}
	return out, func(f profile.Finding) float64 { return costs[[3]string{string(f.Object), f.Code, f.Field}] }
}

// standing says in words what became of a finding.
func standing(f profile.Finding) string {
	switch f.State {
	case profile.Accepted:
		return fmt.Sprintf("Accepted by %s: %s", f.By, f.Why)
	case profile.Decided:
		return fmt.Sprintf("Decided by %s: %s", f.By, f.Why)
	}
	return ""
}

func measuredAt(all []profile.Object) time.Time {
	last := time.Time{}
	for _, o := range all {
		if t, err := time.Parse(time.RFC3339, o.At); err == nil && t.After(last) { // an older profile has no moment
			last = t
		}
	}
	return last
}

func (p *Project) profileBook(w io.Writer, all []profile.Object) error {
	score := profile.Ready(all)
	b := workbook.ProfileBook{ProjectID: p.info.ID, ProjectName: p.info.Name, Made: "Measured on " + measuredAt(all).UTC().Format("2 Jan 2006, 15:04 UTC"), Points: score.Points, Formula: score.Formula}
	for _, o := range all {
		x := workbook.ProfileObject{Title: Title(o.Object), Rows: o.Rows}
		for _, f := range o.Fields {
			line := workbook.ProfileField{
				Name: f.Name, Type: f.Type, Filled: f.Filled, Blank: f.Blank, Empty: f.Empty, Distinct: f.Distinct, About: !f.Exact, Longest: f.Longest, LongestBytes: f.LongestBytes,
				Kinds: worded(priced(f), 5), Top: commonest(f, 8), Patterns: patterned(f.Patterns, 5), Oldest: f.Min, Newest: f.Max, Marks: worded(f.Marks, 8), SameAs: f.SameAs,
			}
			if f.Dates != nil {
				line.Orders = worded(f.Dates.Orders, 6)
			}
			x.Fields = append(x.Fields, line)
		}
		b.Objects = append(b.Objects, x)
	}
	findings, cost := ranked(all)
	for _, f := range findings {
		state := standing(f)
		if state == "" {
			state = "Open"
		}
		b.Findings = append(b.Findings, workbook.ProfileFinding{
			Severity: severityWords[f.Severity], Object: Title(f.Object), Field: f.Field, What: f.What, Count: f.Count, Cost: cost(f), Means: f.Means, Fix: f.Fix, State: state, Examples: strings.Join(f.Examples, " · "),
		})
	}
	return workbook.WriteProfile(w, b)
}

func (p *Project) profilePaper(ctx context.Context, w io.Writer, all []profile.Object) error {
	name := ""
	if err := p.db.Read(ctx, func(tx *store.Tx) error { name = p.sideTitle(tx, Source); return nil }); err != nil {
		return err
	}
	score := profile.Ready(all)
	f := report.Profile{Project: p.info.Name, Company: p.info.Company, Source: name, MeasuredAt: measuredAt(all), Points: score.Points, Enough: score.Enough, Formula: score.Formula}
	graph := profile.GraphOf(all)
	for _, n := range graph.Nodes {
		step := report.ProfileStep{Title: Title(n.Object), Rows: n.Rows}
		on := map[model.Object]bool{}
		names := []string{}
		for _, e := range graph.Edges {
			if e.From != n.Object {
				continue
			}
			step.Broken += e.Broken
			if !on[e.To] && e.To != n.Object {
				on[e.To] = true
				names = append(names, Title(e.To))
			}
		}
		step.On = strings.Join(names, ", ")
		f.Order = append(f.Order, step)
	}
	for _, o := range all {
		x := report.ProfileObject{Title: Title(o.Object), Rows: o.Rows}
		for _, a := range o.Ages {
			x.Ages = append(x.Ages, report.ProfileBar{Label: a.Year, Count: a.Count})
		}
		for _, c := range o.Fields {
			x.Fields = append(x.Fields, report.ProfileField{Name: c.Name, Type: c.Type, Holds: worded(priced(c), 2), Top: commonest(c, 4), Filled: c.Filled, Distinct: c.Distinct, About: !c.Exact, Longest: c.Longest})
		}
		f.Objects = append(f.Objects, x)
	}
	findings, _ := ranked(all)
	for _, x := range findings {
		where := Title(x.Object)
		if x.Field != "" {
			where += ", " + x.Field
		}
		f.Findings = append(f.Findings, report.ProfileFinding{Severity: severityWords[x.Severity], Where: where, What: x.What, Means: x.Means, Fix: x.Fix, State: standing(x), Count: x.Count, Examples: x.Examples})
	}
	return report.WriteProfile(w, f)
}
