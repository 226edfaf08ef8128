package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// Returned is what a workbook that came back would change. Nothing is applied yet.
type Returned struct {
	File string
	// Token is the hash of the file and of the state that it was compared with.
	Token string
	// Merged is the working copy with the changes taken over, but without the conflicts.
	Merged    mapping.Version
	Changes   []mapping.Change
	Conflicts []mapping.Conflict
	// Decisions are cleaning rules that were agreed to or are to be taken back.
	Decisions []DecisionReturned
	// Twins are the answers about duplicates, and Rules the rules about which something else is stated.
	Twins []workbook.TwinAnswer
	Rules []RuleReturned
	// Review is what the business owner decided; nil: nothing.
	Review *Reviewed
	// Notes say what the workbook does not hold any more, or what is settled already.
	Notes []*problem.Problem
	// Problems by sheet and cell; with any of them nothing can be applied.
	Problems []*problem.Problem

	theirs mapping.Version
	of     map[int64]model.Object
	sha    string
}

// DecisionReturned is what is said about a cleaning rule.
type DecisionReturned struct {
	Decision store.Decision
	TakeBack bool
	Why      string
}

// Reviewed is the business owner's word in a workbook.
type Reviewed struct {
	workbook.Review
	// Refused says in words why it does not become an approval; nil: it does.
	Refused *problem.Problem
}

// counts: it becomes an approval.
func (v Reviewed) counts() bool { return v.Approved && v.Refused == nil }

// Says tells whether there is anything to take over.
func (r Returned) Says() bool {
	return len(r.Changes)+len(r.Conflicts)+len(r.Decisions)+len(r.Twins)+len(r.Rules) > 0 || r.Review != nil
}

// Take is how a returned workbook is to be taken over.
type Take struct {
	Reason string
	// Theirs says for each conflict, by its place in the list, whether the workbook counts; all
	// of them must be decided.
	Theirs map[int]bool
}

// ReadWorkbook reads a workbook that came back: every mistake with its sheet and
// cell, and what it would change, compared three ways.
func (p *Project) ReadWorkbook(ctx context.Context, path string) (out Returned, err error) {
	out.File = path
	b, err := readFile(path)
	if err != nil {
		return out, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return out, err
	}
	working, err := p.Working(ctx)
	if err != nil {
		return out, err
	}
	a, err := p.asked(ctx, working)
	if err != nil {
		return out, err
	}
	var kept error
	r := bytes.NewReader(b)
	got, found := workbook.Read(r, r.Size(), workbook.Want{
		Identity: workbook.Identity{ProjectID: p.info.ID, ProjectName: p.info.Name}, Src: src, Dst: dst,
		PeopleTo: a.people, Decisions: a.decisions, Twins: a.twins, Rules: a.rules,
		Base: func(stamp workbook.Stamp) (v mapping.Version, ok bool) {
			kept = p.db.Read(ctx, func(tx *store.Tx) (err error) {
				ok, err = tx.Setting(exported+stamp.Hash, &v)
				return err
			})
			if !ok {
				v = working
			}
			return v, true
		},
	})
	if kept != nil {
		return out, kept
	}
	out.Problems, out.Notes = found, got.Notes
	if len(found) > 0 {
		return out, nil
	}
	sum := sha256.Sum256(b)
	out.sha, out.theirs, out.of, out.Twins = hex.EncodeToString(sum[:]), got.Version, a.of, got.Twins
	out.Merged, out.Changes, out.Conflicts = mapping.Merge(got.Base, working, got.Version)
	if err := p.restReturned(ctx, &out, got, a); err != nil {
		return out, err
	}
	if len(out.Problems) > 0 {
		return out, nil
	}
	out.Token, err = out.token(working, a)
	return out, err
}

// restReturned compares what is not a rule of the mapping with the project.
func (p *Project) restReturned(ctx context.Context, out *Returned, got workbook.Returned, a asked) error {
	for _, x := range got.Rules {
		i := slices.IndexFunc(a.rebuilds, func(r Rebuild) bool { return r.Ref() == x.Key })
		if i < 0 {
			continue // noted by the reader
		}
		if c, changed := returned(a.rebuilds[i], a.rules.Rules[i].RuleState, x); changed {
			if len([]rune(c.Note)) > maxRuleNote || len([]rune(c.Owner)) > maxRuleOwner {
				out.Problems = append(out.Problems, tooLong().At(problem.Place{Sheet: x.Sheet, Cell: x.Cell}))
			}
			out.Rules = append(out.Rules, c)
		}
	}
	return p.db.Read(ctx, func(tx *store.Tx) error {
		for _, x := range got.Decisions {
			d, err := tx.Decision(x.ID)
			if err != nil {
				return err
			}
			out.Decisions = append(out.Decisions, DecisionReturned{d, x.TakeBack, x.Why})
		}
		if got.Review == nil {
			return nil
		}
		out.Review = &Reviewed{Review: *got.Review}
		refused, err := p.reviewRefused(tx, *out)
		out.Review.Refused = refused
		return err
	})
}

// token covers the file and all that it was compared with.
func (r Returned) token(working mapping.Version, a asked) (string, error) {
	b, err := json.Marshal([]any{r.sha, working.Hash(), a.decisions, a.twins, a.rules, a.people, r.Review})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// reviewRefused says why the word of the business owner cannot become an approval.
func (p *Project) reviewRefused(tx *store.Tx, r Returned) (*problem.Problem, error) {
	v := r.Review
	at := problem.Place{File: r.File, Sheet: v.Sheet, Cell: v.Cell}
	if !v.Approved {
		return nil, nil
	}
	if d, err := time.Parse(time.DateOnly, v.Date); err == nil && d.After(time.Now().AddDate(0, 0, 1)) {
		return problem.New("approval.future", "The review is dated in the future, "+v.Date+".", "An approval says what was decided, not what will be.", "Ask "+v.Name+" to correct the date.").At(at), nil
	}
	if accepted(r.Merged).Hash() != accepted(r.theirs).Hash() || len(r.Conflicts) > 0 {
		return problem.New("approval.changed", "The mapping changed here since this workbook was sent.", v.Name+" approved what the workbook shows, not what the mapping is now.", "Take the changes over, export the workbook again, and ask for the approval of that one.").At(at), nil
	}
	last, err := tx.Mapping(0)
	if err != nil && !problem.Is(err, "mapping.none") {
		return nil, err
	}
	inForce := err == nil && last.Hash == accepted(r.Merged).Hash()
	makers, err := mappers(tx, last.Number)
	if err != nil {
		return nil, err
	}
	if !inForce {
		makers = append(makers, p.Person().Name) // who takes the workbook over makes the version
	}
	if slices.ContainsFunc(makers, func(n string) bool { return sameName(n, v.Name) }) {
		return ownWork(v.Name).At(at), nil
	}
	return nil, nil
}

// accepted is a mapping as a version keeps it.
func accepted(v mapping.Version) mapping.Version {
	out := v.Canonical()
	for i := range out.Objects {
		for k := range out.Objects[i].Fields {
			if f := &out.Objects[i].Fields[k]; f.State == mapping.Proposed {
				f.State = mapping.Reviewed
			}
		}
	}
	return out
}

// ApplyWorkbook takes a returned workbook over, whole or not at all: the mapping as a new
// version, what is said about cleaning rules, duplicates and rules to rebuild, and the
// business owner's approval. token is that of ReadWorkbook: what was shown is what is applied.
func (p *Project) ApplyWorkbook(ctx context.Context, path, token string, t Take) (store.MappingVersion, error) {
	none := store.MappingVersion{}
	if err := p.idle(ctx); err != nil {
		return none, err
	}
	r, err := p.ReadWorkbook(ctx, path)
	if err != nil {
		return none, err
	}
	if len(r.Problems) > 0 {
		return none, r.Problems[0]
	}
	if r.Token != token {
		return none, changedSince(path)
	}
	if !r.Says() {
		return none, problem.New("workbook.nothing", "The workbook changes nothing.", "There is nothing to take over.", "Close it.").At(problem.Place{File: path})
	}
	merged, err := r.settle(t)
	if err != nil {
		return none, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return none, err
	}
	by := p.Person()
	var out store.MappingVersion
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if out, err = acceptIfChanged(tx, merged, t.Reason, by, r.hasMapping()); err != nil {
			return err
		}
		if err := takeRest(tx, src, r, by); err != nil {
			return err
		}
		if err := p.takeReview(tx, r, out, by); err != nil {
			return err
		}
		return tx.Audit(by, "workbook.applied", map[string]any{
			"file": filepath.Base(path), "sha256": r.sha, "version": out.Number, "changes": len(r.Changes) + len(r.Conflicts), "conflicts": len(r.Conflicts),
			"decisions": len(r.Decisions), "duplicates": len(r.Twins), "rules": len(r.Rules),
		})
	})
	return out, err
}

func changedSince(path string) *problem.Problem {
	return problem.New("workbook.changed", "What came back, or the project, changed since it was looked at.", "Only what was shown is taken over.", "Read it again and look at the list of changes.").At(problem.Place{File: path})
}

// settle decides the conflicts.
func (r Returned) settle(t Take) (mapping.Version, error) {
	merged := r.Merged
	for i, c := range r.Conflicts {
		theirs, said := t.Theirs[i]
		if !said {
			return merged, problem.New("workbook.conflicts", "It is not said which side counts, where both changed the same.", "Waybill does not overwrite one person's work with another's by itself.", "Choose for each of them: what stands here, or what came back.").At(problem.Place{File: r.File})
		}
		if theirs {
			merged = c.Take(merged)
		}
	}
	if strings.TrimSpace(t.Reason) == "" {
		return merged, problem.New("mapping.no_reason", "Please say what changed and why.", "Later readers of the report will ask.", "Type a short reason.")
	}
	return merged, nil
}

// hasMapping: the workbook says something about the mapping itself, or approves it.
func (r Returned) hasMapping() bool {
	return len(r.Changes)+len(r.Conflicts) > 0 || r.Review != nil && r.Review.counts()
}

// acceptIfChanged makes a version of a mapping, or gives the one in force if it says the same.
// wanted false leaves the mapping alone.
func acceptIfChanged(tx *store.Tx, v mapping.Version, reason string, by model.Person, wanted bool) (store.MappingVersion, error) {
	last, err := tx.Mapping(0)
	if err != nil && !problem.Is(err, "mapping.none") {
		return last, err
	}
	if !wanted || err == nil && last.Hash == accepted(v).Hash() {
		if err == nil && wanted {
			return last, tx.Unset(working)
		}
		return last, nil
	}
	out, err := accept(tx, v, reason, by)
	if err != nil {
		return out, err
	}
	return out, tx.Unset(working)
}

// takeRest does what a workbook says about cleaning rules, duplicates and rules to rebuild.
func takeRest(tx *store.Tx, src model.Schema, r Returned, by model.Person) error {
	for _, d := range r.Decisions {
		if !d.TakeBack {
			if err := tx.Audit(by, "decision.agreed", map[string]any{"decision": d.Decision.ID, "rule": d.Decision.Rule, "why": d.Why, "file": filepath.Base(r.File)}); err != nil {
				return err
			}
			continue
		}
		if err := tx.Undo(d.Decision.ID, by); err != nil {
			return err
		}
		if err := tx.Audit(by, "decision.objected", map[string]any{"decision": d.Decision.ID, "rule": d.Decision.Rule, "why": d.Why, "file": filepath.Base(r.File)}); err != nil {
			return err
		}
	}
	answers := map[model.Object][]workbook.TwinAnswer{}
	for _, a := range r.Twins {
		answers[r.of[a.Group]] = append(answers[r.of[a.Group]], a)
	}
	for _, o := range slices.Sorted(maps.Keys(answers)) {
		if _, err := clean.TakeAnswersIn(tx, src, o, answersOf(answers[o]), by); err != nil {
			return err
		}
	}
	for _, c := range r.Rules {
		s := RuleState{Owner: &c.Owner, Note: &c.Note}
		if c.State != c.Rule.State {
			s.State = &c.State
		}
		if err := stateRule(tx, c.Rule.ID, s, by); err != nil {
			return err
		}
	}
	return nil
}

// takeReview keeps the business owner's word: an approval of exactly the version that the
// workbook shows, or what was against it.
func (p *Project) takeReview(tx *store.Tx, r Returned, m store.MappingVersion, by model.Person) error {
	v := r.Review
	if v == nil {
		return nil
	}
	detail := map[string]any{"name": v.Name, "role": v.Role, "date": v.Date, "approved": v.Approved, "remark": v.Remark, "file": filepath.Base(r.File), "sha256": r.sha, "mapping": m.Hash}
	if v.Refused != nil {
		detail["refused"] = v.Refused.Code
	}
	if err := tx.Audit(by, "workbook.review", detail); err != nil {
		return err
	}
	if !v.counts() {
		return nil
	}
	if m.Hash != accepted(r.theirs).Hash() {
		return problem.New("approval.changed", "The mapping is not the one that was approved.", v.Name+" approved what the workbook shows.", "Export the workbook again, and ask for the approval of that one.").At(problem.Place{File: r.File})
	}
	statement := fmt.Sprintf("Approved on %s in the workbook %s.", v.Date, filepath.Base(r.File))
	if v.Remark != "" {
		statement += " " + v.Remark
	}
	return approveAs(tx, m, model.Person{Name: v.Name, Role: v.Role}, statement)
}

// approveAs signs a version. Who made it may not approve it alone (invariant 14): neither the
// version itself nor what came before it and nobody else approved yet.
func approveAs(tx *store.Tx, m store.MappingVersion, by model.Person, statement string) error {
	makers, err := mappers(tx, m.Number)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(makers, func(n string) bool { return sameName(n, by.Name) }) {
		return ownWork(by.Name)
	}
	all, err := tx.Approvals()
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Kind == "mapping" && a.Subject == m.Hash && sameName(a.By.Name, by.Name) {
			return nil // said once is enough
		}
	}
	return tx.Approve(store.Approval{Kind: "mapping", By: by, Statement: statement, Subject: m.Hash})
}

func ownWork(name string) *problem.Problem {
	return problem.New("approval.own_work", "Who made the mapping may not approve it: "+name+" did.", "Who maps may not approve alone: a second pair of eyes finds what the first one missed.", "Let somebody else approve it under their own name.")
}

func sameName(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	return fold(a) == fold(b)
}

// mappers are those who made a version, and those before it back to the last one that
// somebody approved.
func mappers(tx *store.Tx, number int) ([]string, error) {
	all, err := tx.Mappings()
	if err != nil {
		return nil, err
	}
	approvals, err := tx.Approvals()
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, m := range all { // the newest first
		if m.Number > number {
			continue
		}
		if m.Number < number && slices.ContainsFunc(approvals, func(a store.Approval) bool { return a.Kind == "mapping" && a.Subject == m.Hash }) {
			break
		}
		if !slices.Contains(out, m.By.Name) {
			out = append(out, m.By.Name)
		}
	}
	return out, nil
}

// Words say what a returned workbook would do beside the mapping itself.
func (r Returned) Words() []string {
	out := []string{}
	for _, d := range r.Decisions {
		name := "The cleaning rule “" + d.Decision.Title + "” of " + Title(d.Decision.Object)
		if d.TakeBack {
			out = append(out, fmt.Sprintf("%s is taken back; %d records may move after all. %s", name, d.Decision.Count, d.Why))
			continue
		}
		out = append(out, strings.TrimSpace(name+" is agreed to. "+d.Why))
	}
	one, apart := 0, 0
	for _, a := range r.Twins {
		if a.Survivor == 0 {
			apart++
		} else {
			one++
		}
	}
	if one+apart > 0 {
		out = append(out, fmt.Sprintf("Of the duplicates %d groups become one record each, and %d are different ones.", one, apart))
	}
	for _, c := range r.Rules {
		s := fmt.Sprintf("The rule to rebuild “%s”: %s", c.Rule.Name, strings.ToLower(RuleStateWord(c.State)))
		if c.Owner != "" {
			s += ", owner " + c.Owner
		}
		if c.Note != "" {
			s += ", note “" + c.Note + "”"
		}
		if c.Conflict {
			s += ". It was changed here as well; the workbook counts"
		}
		out = append(out, s+".")
	}
	return out
}
