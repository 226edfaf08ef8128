package project

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"waybill/backend/check"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/report"
	"waybill/backend/store"
)

// Title is what people call an object, in the plural.
func Title(o model.Object) string {
	if s := o.Source(); s != "" {
		return Title(o.Kind()) + " (" + model.SourceTitle(s) + ")"
	}
	switch o {
	case model.Contact:
		return "Customers"
	case model.Organization:
		return "Companies"
	case model.Article:
		return "Help articles"
	}
	s := strings.ReplaceAll(string(o), "_", " ")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "s"
}

// Facts freezes the project's state for the report. The same state gives the same
// facts: its time is that of the newest line of the audit trail, reports apart.
func (p *Project) Facts(ctx context.Context) (f report.Facts, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		f = report.Facts{Project: p.info.Name, Stage: "Move", Manifest: []report.Row{}, Thresholds: []report.Threshold{}, Checks: []report.Check{}, Differences: []report.Difference{}, Held: []report.Difference{}, Decisions: []report.Decision{}, Runs: []report.Run{}, Approvals: []report.Approval{}}
		f.Source, f.Target = p.sideTitle(tx, Source), p.sideTitle(tx, Target)
		head, err := tx.AuditBefore("report.")
		if err != nil {
			return err
		}
		f.Audit = report.Audit{Head: head.Hash, Length: head.N}
		f.GeneratedAt = when(head.At)
		res, _, checked, err := check.Last(tx)
		if err != nil {
			return err
		}
		manifest, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range manifest {
			row := report.Row{Object: string(m.Object), Title: Title(m.Object), Source: m.Source, Moved: m.Moved, Merged: m.Merged, Archived: m.Archived, LeftOut: m.LeftOut, Held: m.Held, Pending: m.Pending, Erased: m.Erased}
			if checked {
				row.Target = &m.Target
			}
			f.Manifest = append(f.Manifest, row)
		}
		for _, c := range res.Checks {
			if c.Code == check.Complete {
				continue // the manifest says it better
			}
			f.Checks = append(f.Checks, report.Check{Code: c.Code, Title: c.Title, Object: Title(c.Object), Looked: c.LookedAt, Failed: c.Failed, Threshold: "none may fail", Passed: c.Passed, Examples: c.Examples})
			if c.Failed > 0 {
				f.Differences = append(f.Differences, report.Difference{Object: Title(c.Object), Code: c.Code, Message: c.Title, Count: c.Failed, Examples: c.Examples})
			}
		}
		f.Thresholds = thresholds(manifest, res, checked)
		if f.Spots, err = spotFacts(tx); err != nil {
			return err
		}
		return p.restOfFacts(tx, &f)
	})
	return f, err
}

func (p *Project) sideTitle(tx *store.Tx, side string) string {
	var c Connection
	ok, err := tx.Setting(side, &c)
	if err != nil || !ok {
		return "not chosen"
	}
	k, err := p.env.Kind(c.Kind)
	if err != nil {
		return c.Kind
	}
	return k.Title
}

func when(stamp string) time.Time {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// thresholds are R-015: row parity, error rate, nothing that points to nothing.
func thresholds(all []model.Manifest, res check.Result, checked bool) []report.Threshold {
	var meant, found, held, source int64
	for _, m := range all {
		meant += m.Moved + m.Held + m.Pending
		found += m.Target
		held += m.Held
		source += m.Source
	}
	share := func(a, b int64) float64 {
		if b == 0 {
			return 0
		}
		return 100 * float64(a) / float64(b)
	}
	parity := report.Threshold{Code: "parity", Title: "Records that arrived, of those meant to move", Limit: "at least 99.9 %"}
	parity.Measured, parity.Passed = fmt.Sprintf("%.3f %%", share(found, meant)), meant > 0 && share(found, meant) >= 99.9
	errors := report.Threshold{Code: "errors", Title: "Records held back, of all in the source", Limit: "at most 0.5 %"}
	errors.Measured, errors.Passed = fmt.Sprintf("%.3f %%", share(held, source)), share(held, source) <= 0.5
	var broken int64
	for _, c := range res.Checks {
		if c.Code == check.Links || c.Code == check.Authors {
			broken += c.Failed
		}
	}
	links := report.Threshold{Code: "links", Title: "Records that point to the wrong one or to nothing", Limit: "none", Measured: fmt.Sprint(broken), Passed: checked && broken == 0}
	if !checked {
		parity.Note, links.Note = "The target has not been read back yet.", "The target has not been read back yet."
		parity.Passed = false
	}
	return []report.Threshold{parity, errors, links}
}

func (p *Project) restOfFacts(tx *store.Tx, f *report.Facts) error {
	held, err := tx.HeldGroups()
	if err != nil {
		return err
	}
	for _, h := range held {
		words := ""
		if h.Example != nil {
			words = h.Example.What
		}
		f.Held = append(f.Held, report.Difference{Object: Title(h.Object), Code: h.Code, Message: words, Count: h.Count, Examples: h.Examples})
	}
	decisions, err := tx.Decisions()
	if err != nil {
		return err
	}
	fates := map[string]string{"merge": "Merged", "archive": "Archived", "leave_out": "Left out"}
	for _, d := range slices.Backward(decisions) {
		if d.UndoneAt != "" {
			continue
		}
		counts, err := tx.DecisionCounts(d.ID)
		if err != nil {
			return err
		}
		for _, o := range model.Known() {
			if n := counts[o]; n > 0 {
				f.Decisions = append(f.Decisions, report.Decision{Rule: d.Title, Object: Title(o), Fate: fates[d.Does], Count: n, Who: d.By.Name, When: when(d.At), Why: d.Why})
				delete(counts, o)
			}
		}
		for _, o := range slices.Sorted(maps.Keys(counts)) {
			f.Decisions = append(f.Decisions, report.Decision{Rule: d.Title, Object: Title(o), Fate: fates[d.Does], Count: counts[o], Who: d.By.Name, When: when(d.At), Why: d.Why})
		}
	}
	approvals, err := tx.Approvals()
	if err != nil {
		return err
	}
	for _, a := range approvals {
		x := report.Approval{Name: a.By.Name, Role: a.By.Role, At: when(a.At), Statement: a.Statement, Drawn: a.Drawn}
		switch a.Kind {
		case "mapping":
			continue
		case "waiver":
			x.Waiver, x.Waives = a.Statement, strings.Split(a.Subject, ",")
		}
		f.Approvals = append(f.Approvals, x)
	}
	m, err := tx.Mapping(0)
	if err != nil && !problem.Is(err, "mapping.none") {
		return err
	}
	if err == nil {
		f.Mapping = report.Mapping{Version: m.Number, Hash: m.Hash, Author: m.By.Name, At: when(m.At), Reason: m.Reason, Approvals: []report.Approval{}}
		for _, a := range approvals {
			if a.Kind == "mapping" && a.Subject == m.Hash {
				f.Mapping.Approvals = append(f.Mapping.Approvals, report.Approval{Name: a.By.Name, Role: a.By.Role, At: when(a.At), Statement: a.Statement})
			}
		}
	}
	runs, err := tx.Runs()
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(runs) {
		x := report.Run{ID: ID("run", r.ID), Kind: runKinds[r.Kind], State: strings.ReplaceAll(r.State, "_", " "), Started: when(r.Started), By: r.By.Name}
		if r.Finished != "" {
			t := when(r.Finished)
			x.Finished = &t
		}
		for _, c := range r.Counts {
			x.Moved += c["created"] + c["existed"]
			x.Held += c["held"]
		}
		f.Runs = append(f.Runs, x)
	}
	return nil
}

var runKinds = map[string]string{model.RunFull: "Full run", model.RunPilot: "Rehearsal", model.RunDelta: "Catch-up", model.RunRollback: "Rollback"}

// Report is a PDF that was written.
type Report struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	At     string `json:"at"`
}

// Reports lists the PDFs that were written.
func Reports(tx *store.Tx) ([]Report, error) {
	out := []Report{}
	_, err := tx.Setting("reports", &out)
	return out, err
}

// Sign adds a signature to the state as it is; drawn is one drawn by hand (see report.DrawnWidth)
// or empty. A manifest that does not balance is
// not signed, unless its open differences were waived in writing before; who made
// the mapping may neither give the business acceptance nor waive.
func (p *Project) Sign(ctx context.Context, kind string, by model.Person, statement, drawn string) error {
	if strings.TrimSpace(by.Name) == "" || strings.TrimSpace(by.Role) == "" {
		return problem.New("approval.no_name", "A signature needs a name and a role.", "The report says who answers for the move.", "Type both.")
	}
	if err := report.CheckDrawn(drawn); err != nil {
		return err
	}
	f, err := p.Facts(ctx)
	if err != nil {
		return err
	}
	verdict := f.Verdict()
	subject := f.Hash()
	if kind != "technical" && strings.EqualFold(f.Mapping.Author, by.Name) && f.Mapping.Author != "" {
		// Invariant 14: who maps may not approve alone, nor waive what came of it.
		return problem.New("approval.own_work", "Who made the mapping may not sign this.", "A second person must say that the result is right, or that what is missing may be missing.", "Let the business owner sign under their own name.")
	}
	switch kind {
	case "waiver":
		if strings.TrimSpace(statement) == "" {
			return problem.New("approval.no_waiver", "A waiver needs its reason in writing.", "The report prints it.", "Type what is accepted, and why.")
		}
		keys := []string{}
		for _, r := range verdict.Reasons {
			if r.WaivedBy == "" {
				keys = append(keys, r.Key)
			}
		}
		if len(keys) == 0 {
			return problem.New("approval.nothing_to_waive", "There is nothing to waive.", "The manifest balances.", "Sign it instead.")
		}
		subject = strings.Join(keys, ",")
	case "technical", "business":
		if verdict.Outcome == report.OutOfLine {
			return problem.New("approval.out_of_balance", "The manifest does not balance, so it cannot be signed.", verdict.Sentence, "Put right what is open, or let an approver waive it in writing.")
		}
	default:
		return problem.New("approval.kind", "This kind of signature is not known.", "There are technical, business and waiver.", "Choose one of them.").At(problem.Place{Value: kind})
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Approve(store.Approval{Kind: kind, By: by, Statement: statement, Subject: subject, Drawn: drawn})
	})
}

// Summary of a plan, as it was made.
func Summary(pl store.Plan) (s load.Summary, err error) {
	return s, json.Unmarshal([]byte(pl.Body), &s)
}
