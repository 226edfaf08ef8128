package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// RulesReturned is what a workbook of rules that came back would change. Nothing is done yet.
type RulesReturned struct {
	File string
	// Token is the hash of the file and of the states that it was compared with.
	Token string
	// Changes are the rules about which something else is stated.
	Changes []RuleReturned
	// Problems by sheet and cell; with any of them nothing can be applied.
	Problems []*problem.Problem
}

// RuleReturned is one of them.
type RuleReturned struct {
	Rule Rebuild
	// State, Owner and Note as they will be.
	State, Owner, Note string
	// Conflict: the same was changed here since the workbook was written; it wins if it is applied.
	Conflict bool
}

var ruleStates = []string{store.RuleOpen, store.RuleRebuilt, store.RuleNotNeeded}

// RuleStateWord is a state for people.
func RuleStateWord(state string) string {
	if i := slices.Index(ruleStates, state); i >= 0 {
		return workbook.RuleStates[i]
	}
	return state
}

func stateOfWord(word string) string {
	if i := slices.Index(workbook.RuleStates, word); i >= 0 {
		return ruleStates[i]
	}
	return store.RuleOpen
}

// DriftWords say what changed in the source; empty: nothing.
func (r Rebuild) DriftWords() string {
	switch {
	case r.Drift == RuleGone:
		return "It is not in the old desk any more."
	case r.Stale():
		return "It changed in the old desk after somebody stated its state: look at it again."
	case r.Drift == RuleNew:
		return "It is new since the reading before."
	case r.Drift == RuleChanged:
		return "It changed since the reading before."
	}
	return ""
}

// Changes say what is different from before its last change in the source.
func (r Rebuild) Changes() []string {
	if r.Before == nil {
		return nil
	}
	out := []string{}
	was, now := *r.Before, r.Words
	if was.Name != now.Name {
		out = append(out, "It was called “"+was.Name+"”.")
	}
	if was.Active != now.Active {
		out = append(out, map[bool]string{true: "It was switched on.", false: "It was switched off."}[now.Active])
	}
	for _, x := range []struct {
		was, now   []string
		more, less string
	}{
		{was.When, now.When, "New condition: ", "No condition any more: "},
		{was.AnyOf, now.AnyOf, "New condition of which one is enough: ", "No condition any more: "},
		{was.Does, now.Does, "It does now: ", "It does no longer: "},
	} {
		for _, s := range x.now {
			if !slices.Contains(x.was, s) {
				out = append(out, x.more+s)
			}
		}
		for _, s := range x.was {
			if !slices.Contains(x.now, s) {
				out = append(out, x.less+s)
			}
		}
	}
	if was.Text != now.Text {
		out = append(out, "Its text is another one.")
	}
	if was.Description != now.Description {
		out = append(out, "What it is for is said otherwise.")
	}
	if was.Place != now.Place {
		out = append(out, fmt.Sprintf("It comes at place %d, before it was %d.", now.Place, was.Place))
	}
	return out
}

// Words say what a placeholder becomes in the target.
func (p Placeholder) Words() string {
	switch {
	case p.Dead && p.Means != "":
		return "The new desk has nothing for " + p.Means + "."
	case p.Dead:
		return "Nobody but the old desk knows what it stands for."
	case p.Becomes == p.Text:
		return "The same."
	case p.Becomes != "":
		return "Write " + p.Becomes + "."
	}
	return "Not known before the new desk is connected."
}

// rulesBook is the list as a workbook shows it.
func (p *Project) rulesBook(ctx context.Context) (workbook.RuleBook, []Rebuild, error) {
	b := workbook.RuleBook{ProjectID: p.info.ID, ProjectName: p.info.Name}
	list, err := p.Rebuilds(ctx)
	if err != nil {
		return b, nil, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		b.Source = p.sideTitle(tx, Source)
		chosen, err := tx.Setting(Target, &Connection{})
		if chosen { // else the workbook says "the new desk"
			b.Target = p.sideTitle(tx, Target)
		}
		return err
	})
	if err != nil {
		return b, nil, err
	}
	b.Missing = list.Reading.Missing
	if list.Reading.N > 0 {
		b.Made = "Read from " + list.Reading.Account + ", " + readable(list.Reading.At)
	}
	for _, r := range list.Rules {
		one, _ := RuleKindTitle(r.Kind)
		x := workbook.RuleLine{
			Key: r.Ref(), Kind: one, Name: r.Name, About: r.Words.Description, Active: r.Words.Active, When: r.Words.When, AnyOf: r.Words.AnyOf, Does: r.Words.Does,
			Test: r.Script.Text(), Text: r.Words.Text, Drift: r.DriftWords(), RuleState: workbook.RuleState{State: RuleStateWord(r.State), Owner: r.Owner, Note: r.Note},
		}
		for _, h := range r.Placeholders {
			becomes := h.Words()
			if h.Dead {
				becomes = "Dead. " + becomes
			}
			x.Placeholders = append(x.Placeholders, workbook.RulePlaceholder{Text: h.Text, Becomes: becomes})
		}
		b.Rules = append(b.Rules, x)
	}
	return b, list.Rules, nil
}

// ExportRules writes what is to be built again into a workbook.
func (p *Project) ExportRules(ctx context.Context, path string) error {
	book, _, err := p.rulesBook(ctx)
	if err != nil {
		return err
	}
	if len(book.Rules) == 0 {
		return problem.New("rebuild.nothing", "There are no rules to write down.", "The rules of the source were not read yet, or it has none; export files never hold any.", "Read them first on the page Rules to rebuild, or by waybill rules DIR --read.")
	}
	var b bytes.Buffer
	if err := workbook.WriteRules(&b, book); err != nil {
		return err
	}
	if err := writeWhole(path, b.Bytes()); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	sum := sha256.Sum256(b.Bytes())
	return p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "rules.exported", map[string]any{"file": filepath.Base(path), "sha256": hex.EncodeToString(sum[:]), "rules": len(book.Rules)})
	})
}

// ReadRulesBook reads a workbook of rules that came back: every mistake with its sheet and
// cell, and what is stated otherwise now. Nothing is done.
func (p *Project) ReadRulesBook(ctx context.Context, path string) (out RulesReturned, err error) {
	out.File, out.Changes = path, []RuleReturned{}
	b, err := readFile(path)
	if err != nil {
		return out, err
	}
	book, rules, err := p.rulesBook(ctx)
	if err != nil {
		return out, err
	}
	r := bytes.NewReader(b)
	answers, found := workbook.ReadRules(r, r.Size(), book)
	if len(found) > 0 {
		out.Problems = found
		return out, nil
	}
	states := []workbook.RuleState{}
	for i := range rules {
		states = append(states, book.Rules[i].RuleState)
	}
	for _, a := range answers {
		i := slices.IndexFunc(rules, func(r Rebuild) bool { return r.Ref() == a.Key })
		if i < 0 {
			continue // refused above
		}
		if x, changed := returned(rules[i], states[i], a); changed {
			if len([]rune(x.Note)) > maxRuleNote || len([]rune(x.Owner)) > maxRuleOwner {
				out.Problems = append(out.Problems, tooLong().At(problem.Place{Sheet: a.Sheet, Cell: a.Cell}))
			}
			out.Changes = append(out.Changes, x)
		}
	}
	if len(out.Problems) > 0 {
		out.Changes = []RuleReturned{}
		return out, nil
	}
	now, err := json.Marshal(states)
	if err != nil {
		return out, err
	}
	sum := sha256.New()
	sum.Write(b)
	sum.Write(now)
	out.Token = hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

// returned compares three ways: what was written, what is stated here now, what came back.
// What only changed here stays.
func returned(r Rebuild, now workbook.RuleState, a workbook.RuleAnswer) (RuleReturned, bool) {
	x := RuleReturned{Rule: r}
	take := func(was, here, came string) string {
		if came == was || came == here {
			return here
		}
		x.Conflict = x.Conflict || here != was
		return came
	}
	merged := workbook.RuleState{
		State: take(a.Was.State, now.State, a.Now.State), Owner: take(a.Was.Owner, now.Owner, a.Now.Owner), Note: take(a.Was.Note, now.Note, a.Now.Note),
	}
	x.State, x.Owner, x.Note = stateOfWord(merged.State), merged.Owner, merged.Note
	return x, merged != now
}

// ApplyRulesBook takes over what a returned workbook states, whole or not at all. token is
// that of ReadRulesBook: what was shown is what is done.
func (p *Project) ApplyRulesBook(ctx context.Context, path, token string) (int, error) {
	r, err := p.ReadRulesBook(ctx, path)
	if err != nil {
		return 0, err
	}
	if len(r.Problems) > 0 {
		return 0, r.Problems[0]
	}
	if r.Token != token {
		return 0, problem.New("workbook.changed", "The workbook or the rules changed since it was looked at.", "Only what was shown is taken over.", "Read the workbook again and look at the list of changes.").At(problem.Place{File: path})
	}
	return len(r.Changes), p.db.Write(ctx, func(tx *store.Tx) error {
		for _, c := range r.Changes {
			s := RuleState{Owner: &c.Owner, Note: &c.Note}
			if c.State != c.Rule.State {
				s.State = &c.State
			}
			if err := stateRule(tx, c.Rule.ID, s, p.Person()); err != nil {
				return err
			}
		}
		return tx.Audit(p.Person(), "rules.imported", map[string]any{"file": filepath.Base(path), "rules": len(r.Changes)})
	})
}

// FindRule finds a rule by what names it in a terminal: "trigger/12".
func (p *Project) FindRule(ctx context.Context, ref string) (Rebuild, error) {
	list, err := p.Rebuilds(ctx)
	if err != nil {
		return Rebuild{}, err
	}
	for _, r := range list.Rules {
		if strings.EqualFold(r.Ref(), ref) {
			return r, nil
		}
	}
	return Rebuild{}, problem.New("rebuild.unknown", "There is no rule of this name.", "Rules are named by their kind and number, such as trigger/12.", "Look at the list with waybill rules, and use one of its names.").At(problem.Place{Value: ref})
}

// readable is a stamp as people write it; what is none stays as it is.
func readable(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return at.UTC().Format("2 Jan 2006, 15:04 UTC")
}
