package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"waybill/backend/journey"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Home is the front page and the frame around every page.
func (a *App) Home() (v Home, err error) {
	defer guard(&err)
	p, err := a.s.project()
	if err != nil {
		return v, err
	}
	ctx := a.s.ctx
	state, err := journey.Gather(ctx, p)
	if err != nil {
		return v, err
	}
	info, next := p.Info(), state.Next()
	v = Home{
		Project: ProjectView{Name: info.Name, Company: info.Company, Path: p.Dir, Source: state.Source, Target: state.Target, Practice: state.Practice, Sample: info.Sample},
		Next:    Step{Title: next.Title, Why: next.Why, Page: next.Page, Button: next.Button},
		Phases:  []Phase{}, Manifest: []ManifestRow{}, Needs: []Need{}, Activity: []Activity{}, Balances: state.Balanced, Job: currentJob(p),
	}
	for _, ph := range state.Phases() {
		x := Phase{Number: ph.Number, Title: ph.Title, State: ph.State, Done: ph.Done, Total: ph.Total, Tasks: []Task{}}
		for _, t := range ph.Tasks {
			x.Tasks = append(x.Tasks, Task{ID: t.ID, Title: t.Title, State: t.State, Page: t.Page, Note: t.Note})
		}
		v.Phases = append(v.Phases, x)
	}
	manifest, err := p.Manifest(ctx)
	if err != nil {
		return v, err
	}
	for _, m := range manifest {
		v.Manifest = append(v.Manifest, manifestRow(m))
	}
	v.Verdict = verdictWords(state)
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		lines, err := tx.AuditTrail(12)
		if err != nil {
			return err
		}
		for _, e := range lines {
			v.Activity = append(v.Activity, activity(e))
		}
		v.Needs, err = needs(tx, state)
		return err
	})
	return v, err
}

func manifestRow(m model.Manifest) ManifestRow {
	at := func(n int64, fate string) Figure { return figure(n, fateFilter(m.Object, fate)) }
	return ManifestRow{
		Object: string(m.Object), Title: title(m.Object), Source: figure(m.Source, Filter{Object: string(m.Object), Words: "All " + strings.ToLower(title(m.Object))}),
		Moved: at(m.Moved, "moved"), Merged: at(m.Merged, "merged"), Archived: at(m.Archived, "archived"), LeftOut: at(m.LeftOut, "left_out"), Held: at(m.Held, "held"), Pending: at(m.Pending, "pending"),
		Target: at(m.Target, "moved"), Erased: m.Erased, Adds: m.Adds(), Balances: m.Balances(),
	}
}

// verdictWords says in a sentence where the move stands.
func verdictWords(s journey.State) string {
	switch {
	case s.Source == "":
		return "Nothing was chosen to move yet."
	case !s.Begun:
		return "The source is chosen; nothing was read yet."
	case !s.Read:
		return "The source was not read to its end, so the numbers are not final."
	case s.RunState == "":
		return fmt.Sprintf("%s counted. Nothing was moved yet.", counted(s.Records, "record", "records"))
	}
	return s.Sentence
}

// needs lists what waits for a person.
func needs(tx *store.Tx, s journey.State) ([]Need, error) {
	out := []Need{}
	add := func(severity, title, detail, page string, f *Figure) {
		out = append(out, Need{Severity: severity, Title: title, Detail: detail, Page: page, Figure: f})
	}
	if err := tx.VerifyAudit(); err != nil {
		p := problem.From(err)
		add("stop", p.What, p.Why+" "+p.Next, "report", nil)
	}
	switch s.RunState {
	case "interrupted", "failed", "cancelled":
		if s.Pending > 0 {
			add("stop", "The last run stopped before its end", counted(s.Pending, "record still waits.", "records still wait.")+" It can go on; nothing is sent twice.", "run", nil)
		}
	}
	switch s.RunState {
	case load.StateCanary:
		add("warn", "The first records wait to be looked at", "Nothing else is sent before somebody has seen them.", "run", nil)
	case load.StateStopped:
		add("stop", "The last run stopped by itself", "The target refused more than was agreed. Somebody decides how it goes on.", "run", nil)
	}
	groups, err := tx.HeldGroups()
	if err != nil {
		return nil, err
	}
	for i, g := range groups {
		if i == 5 {
			add("warn", counted(int64(len(groups)-i), "more group of held records", "more groups of held records"), "The page shows them all.", "held", nil)
			break
		}
		h := heldGroup(g)
		add("warn", h.Title, h.Next, "held", &h.Count)
	}
	if s.Left > 0 && (s.Mapping == 0 || s.Changed) {
		add("warn", counted(int64(s.Left), "thing of the mapping is not decided", "things of the mapping are not decided"), "Their records would be held back.", "mapping", nil)
	}
	if s.Lacking > 0 {
		add("warn", counted(int64(s.Lacking), "thing is missing in the target", "things are missing in the target"), "The mapping uses fields or options that it does not have.", "target", nil)
	}
	if s.Checked {
		for _, code := range []string{"arrived", "doubled", "stray", "private_notes", "fields", "times", "links", "authors", "thread_order", "file_content"} {
			if n := s.Checks[code].Failed; n > 0 {
				add("stop", counted(n, "difference", "differences")+" found by the check “"+strings.ReplaceAll(code, "_", " ")+"”", "The target does not hold what was meant to arrive.", "check", nil)
			}
		}
	}
	return out, nil
}

// auditWords say a line of the audit trail.
var auditWords = map[string]string{
	"project.created": "Made the project", "source.files": "Chose the export files", "source.connected": "Connected the source", "source.removed": "Took the source out",
	"source.read": "Read the source", "target.connected": "Connected the target", "decision": "Decided what stays behind", "decision.undone": "Took a decision back",
	"mapping.accepted": "Accepted the mapping", "plan": "Made a plan", "run.started": "Started a run", "run.running": "Went on with a run", "run.done": "Finished a run",
	"run.cancelled": "Stopped a run", "run.failed": "A run failed", "run.paused": "Paused a run", "run.canary": "Sent the first records", "run.stopped": "A run stopped by itself", "canary.confirmed": "Confirmed the first records",
	"canary.accepted_as_it_is": "Accepted the first records as they are", "run.beyond_threshold": "Went on beyond a threshold", "run.beyond_reason": "Said why a stopped run goes on",
	"loss.chosen": "Chose what becomes of a loss", "preflight.accepted": "Accepted a finding", "thresholds": "Agreed on thresholds", "slices": "Stated the slices", "cutover_window": "Stated the cut-over window",
	"target.share": "Agreed how much of the limit is used", "source.share": "Agreed how much of the source's limit is used", "delta.choice": "Chose about conflicts", "delta.default": "Chose the usual answer to conflicts", "source.changes_read": "Read what changed at the source", "held.repaired": "Put held records right", "held.exported": "Wrote the held records for Excel", "held.imported": "Took over a workbook of held records", "run.rolled_back": "Took a run back", "check": "Checked the target",
	"approval.mapping": "Approved the mapping", "approval.technical": "Signed: complete", "approval.business": "Signed: accepted", "approval.waiver": "Waived open differences",
	"report.written": "Wrote the report", "report.key": "Made a key to seal reports", "logo.changed": "Changed the logo", "spot.chosen": "Chose records to look at", "spot.judged": "Judged a record in both desks", "workbook.exported": "Wrote the mapping workbook", "workbook.applied": "Took over a mapping workbook", "target.field_created": "Created a field in the target",
	"target.option_created": "Created an option in the target", "rules.read": "Read the rules of the source", "rule.stated": "Stated a rule to rebuild",
	"rules.exported": "Wrote the rules for Excel", "rules.imported": "Took over a workbook of rules",
}

// auditTitle says what a kind of line means.
func auditTitle(kind string) string {
	if s := auditWords[kind]; s != "" {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(kind, ".", ": "), "_", " ")
}

func activity(e store.Entry) Activity {
	return Activity{At: e.At, Person: e.By.Name, What: auditTitle(e.What), Detail: auditDetail(e), Hash: e.Hash}
}

// auditDetail says the detail of a line in a few words.
func auditDetail(e store.Entry) string {
	var d map[string]any
	if json.Unmarshal([]byte(e.Detail), &d) != nil {
		return ""
	}
	text := func(k string) string {
		switch x := d[k].(type) {
		case string:
			return x
		case float64:
			return num(int64(x))
		}
		return ""
	}
	n := func(k string) int64 { x, _ := d[k].(float64); return int64(x) }
	switch e.What {
	case "project.created":
		return text("name")
	case "source.connected", "target.connected":
		return text("account")
	case "source.files":
		list, _ := d["tables"].([]any)
		return counted(int64(len(list)), "table", "tables")
	case "source.read":
		total := int64(0)
		for k := range d {
			total += n(k)
		}
		return counted(total, "record", "records")
	case "decision", "decision.undone":
		return counted(n("records"), "record", "records") + ": " + text("rule")
	case "mapping.accepted":
		return "Version " + text("version") + ": " + text("reason")
	case "plan":
		return project.ID("plan", n("plan"))
	case "check":
		if d["passed"] == true {
			return "Everything agrees"
		}
		return counted(n("differences"), "difference", "differences")
	case "report.written", "workbook.exported", "workbook.applied", "held.exported", "held.imported", "rules.exported", "rules.imported":
		return text("file")
	case "rules.read":
		return counted(n("rules"), "rule", "rules")
	case "rule.stated":
		return text("name") + ": " + strings.ToLower(project.RuleStateWord(text("state")))
	case "target.field_created", "target.option_created":
		return strings.Trim(text("field")+": "+text("option"), ": ")
	}
	switch {
	case e.What == "loss.chosen":
		parts := strings.Split(text("loss"), "/")
		if len(parts) != 3 {
			return ""
		}
		return title(model.Object(parts[1])) + ", " + parts[2] + ": " + choiceView(parts[0], text("choice")).Title
	case e.What == "preflight.accepted":
		return text("why")
	case strings.HasPrefix(e.What, "canary."):
		return project.ID("run", n("run"))
	case strings.HasPrefix(e.What, "run."):
		return project.ID("run", n("run"))
	case strings.HasPrefix(e.What, "approval."):
		return text("statement")
	}
	return ""
}
