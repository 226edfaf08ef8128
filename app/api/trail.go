package api

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"waybill/backend/problem"
	"waybill/backend/store"
)

// Trail shows the audit trail: who did what, when, and that nobody changed it since.
type Trail struct{ s *session }

// TrailView is the trail as a whole. Broken says in words why it proves nothing any more;
// empty when each line fits the one before it.
type TrailView struct {
	Lines  int64        `json:"lines"`
	Head   string       `json:"head"`
	Broken string       `json:"broken"`
	People []string     `json:"people"`
	Kinds  []TrailKind  `json:"kinds"`
	Keys   []TrailEntry `json:"keys"` // the project's signing keys
}

// TrailKind is a kind of line and how many there are.
type TrailKind struct {
	Kind  string `json:"kind"`
	Words string `json:"words"`
	Count int64  `json:"count"`
}

// TrailEntry is a line. Raw is its detail as it is sealed, JSON.
type TrailEntry struct {
	N      int64  `json:"n"`
	At     string `json:"at"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Kind   string `json:"kind"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Raw    string `json:"raw"`
	Hash   string `json:"hash"`
}

// View walks the whole chain.
func (t *Trail) View() (v TrailView, err error) {
	defer guard(&err)
	v = TrailView{People: []string{}, Kinds: []TrailKind{}, Keys: []TrailEntry{}}
	p, err := t.s.project()
	if err != nil {
		return v, err
	}
	err = p.DB().Read(t.s.ctx, func(tx *store.Tx) error {
		if v.Head, v.Lines, err = tx.AuditHead(); err != nil {
			return err
		}
		if err := tx.VerifyAudit(); err != nil {
			x := problem.From(err)
			v.Broken = x.What + " " + x.Why + " " + x.Next
		}
		people, kinds, err := tx.AuditFacets()
		if err != nil {
			return err
		}
		v.People = nilless(people)
		for _, k := range kinds {
			v.Kinds = append(v.Kinds, TrailKind{Kind: k.Value, Words: auditTitle(k.Value), Count: k.N})
		}
		slices.SortFunc(v.Kinds, func(a, b TrailKind) int { return strings.Compare(a.Words, b.Words) })
		keys, err := tx.AuditOf("report.key")
		for _, e := range keys {
			v.Keys = append(v.Keys, trailEntry(e))
		}
		return err
	})
	return v, err
}

// Lines lists lines, newest first, before line number `before` (0: from the newest): those of a
// person and of a kind, where they are not empty, and that hold a text.
func (t *Trail) Lines(person, kind, text string, before int64, limit int) (out []TrailEntry, err error) {
	defer guard(&err)
	out = []TrailEntry{}
	p, err := t.s.project()
	if err != nil {
		return out, err
	}
	err = p.DB().Read(t.s.ctx, func(tx *store.Tx) error {
		list, err := tx.AuditPage(store.AuditAsk{Person: person, Kind: kind, Text: text, Before: before, Limit: min(max(limit, 1), 500)})
		for _, e := range list {
			out = append(out, trailEntry(e))
		}
		return err
	})
	return out, err
}

// Export writes the whole trail as JSON lines where the person says; empty when they thought
// better of it.
func (t *Trail) Export() (path string, err error) {
	defer guard(&err)
	p, err := t.s.project()
	if err != nil {
		return "", err
	}
	path, err = t.s.o.Dialogs.SaveFile(t.s.ctx, "Write the audit trail", filepath.Join(p.Dir, "reports", "Audit trail of "+fileName(p.Info().Name)+".jsonl"))
	if err != nil || path == "" {
		return "", err
	}
	b, err := p.AuditLines(t.s.ctx)
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		return "", problem.Wrap(err, "trail.unwritten", "The audit trail could not be written there.", "It is in the project all the same.", "Choose another place.").At(problem.Place{File: path})
	}
	return path, nil
}

func trailEntry(e store.Entry) TrailEntry {
	a := activity(e)
	return TrailEntry{N: e.N, At: e.At, Name: e.By.Name, Role: e.By.Role, Kind: e.What, What: a.What, Detail: a.Detail, Raw: e.Detail, Hash: e.Hash}
}
