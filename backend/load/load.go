// Package load writes the target and takes back what it wrote. A run executes a
// stored plan and decides nothing by itself (invariant 6); each record's intent is
// committed before its request leaves and its outcome after (invariant 3); a
// request whose outcome is not known is never repeated before the target was
// asked for its mark (invariant 4).
package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"time"

	"waybill/backend/blob"
	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Desk is the target of a run.
type Desk struct {
	Conn   connector.Connector
	Kind   connector.Kind
	Schema model.Schema
	// Account tells one account of a kind from another.
	Account string
}

// Job is what planning and running need to know.
type Job struct {
	DB      *store.DB
	Files   *blob.Store
	Program *transform.Program
	// Problems of the mapping that Program was compiled from.
	Problems []*problem.Problem
	Target   Desk
	// Project is the project's id, from which marks are made.
	Project string
	// Mapping is the number of the version that Program was compiled from.
	Mapping int
	// Fingerprint of everything that was decided; a plan made under another one is stale.
	Fingerprint string
	By          model.Person
	// Changes carries out what happened to records that are there already; nil: none is planned.
	Changes Changes
	// Source is the shape of what is moved; messages are dated by it in words where the target cannot.
	Source model.Schema
	// From and To know the web addresses of both desks; nil: links in texts stay as they are.
	From, To connector.Linker
	// SourceState says of the source, asked anew, what must not change: counts, and hashes
	// of files. nil: it cannot be asked.
	SourceState func(context.Context) (string, error)
	// Unmapped are fields of the source with values that no rule of the mapping uses.
	Unmapped []Unmapped
	// Choices that were made about losses, by LossKey.
	Choices map[string]string
	// Accepted names the preflight findings that a person takes upon themselves.
	Accepted map[string]bool
	// Limits that stop a run by themselves.
	Limits Thresholds
	// PerMinute is the number of requests a minute that may be used, by the vendor's limit and
	// the share of it that was set; 0: by the desk's own description.
	PerMinute float64
	// Patience is how long a target that fails or is gone is waited for before the run
	// stops; 0: a day.
	Patience time.Duration
	// Pause is the first wait after a failure, doubled each time; 0: a quarter of a second.
	Pause time.Duration

	watch *watch // of the run that is carried out
}

// MarkPrefix begins every mark of a project.
func MarkPrefix(project string) string {
	if len(project) > 8 {
		project = project[:8]
	}
	return "wb:" + project + ":"
}

// MarkOf makes the mark of a source record: the same record always has the same mark (P-66).
func MarkOf(project string, k model.Key) model.Mark {
	id := k.ID
	if len(id) > 120 || strings.Contains(id, ":+") || strings.ContainsFunc(id, func(r rune) bool { return r < 33 || r > 126 }) {
		sum := sha256.Sum256([]byte(id))
		id = "#" + hex.EncodeToString(sum[:16])
	}
	return model.Mark(MarkPrefix(project) + string(k.Object) + ":" + id)
}

// order lists the source objects that have a target, in the order in which the
// target must learn of them.
func (j *Job) order(objects []model.Object) []model.Object {
	out, placed := []model.Object{}, map[model.Object]bool{}
	put := func(want func(model.Object) bool) {
		for _, o := range objects {
			if t, ok := j.Program.Target(o); ok && !placed[o] && want(t) { // of several ways the one of the rest
				placed[o] = true
				out = append(out, o)
			}
		}
	}
	for _, t := range j.Target.Kind.Caps.Order {
		put(func(o model.Object) bool { return o == t })
	}
	put(func(model.Object) bool { return true })
	return out
}

// fileField says whether an object of the target carries content.
func (j *Job) fileField(o model.Object) bool {
	shape, _ := j.Target.Schema.Object(o)
	for _, f := range shape.Fields {
		if f.Type == model.FileType {
			return true
		}
	}
	return false
}

// Expected makes what was sent once more, with its links resolved, in the order of
// lines: the drafts, the drafts of their extras, and the records' names.
func (j *Job) Expected(tx *store.Tx, o model.Object, lines []store.LedgerLine) (drafts []model.Draft, extras [][]model.Draft, names []string, err error) {
	items := make([]store.PlanItem, len(lines))
	for i, l := range lines {
		items[i].Seq = l.Seq
	}
	rows, err := tx.RowsAt(o, items)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(rows) != len(lines) {
		return nil, nil, nil, fmt.Errorf("%d records of %s for %d lines of the ledger", len(rows), o, len(lines))
	}
	// A record that could no longer be drafted is compared as far as it goes.
	made, err := j.prepare(tx, rows, newLookup(0), inTarget)
	if err != nil {
		return nil, nil, nil, err
	}
	for i, p := range made {
		drafts, names = append(drafts, j.kept(p.draft)), append(names, rows[i].Name)
		more := make([]model.Draft, len(p.extras))
		for k, x := range p.extras {
			more[k] = j.kept(x.draft)
		}
		extras = append(extras, more)
	}
	return drafts, extras, names, nil
}

// kept is what the target makes of a draft. Whether it is private is never a matter of what
// a desk makes of it (invariant 10).
func (j *Job) kept(d model.Draft) model.Draft {
	k, ok := j.Target.Conn.(connector.Keeper)
	if !ok {
		return d
	}
	out := k.Kept(d)
	shape, _ := j.Target.Schema.Object(d.Object)
	for _, f := range shape.Fields {
		if v, had := d.Fields[f.Name]; f.Private && had {
			if out.Fields = maps.Clone(out.Fields); out.Fields == nil {
				out.Fields = map[string]any{}
			}
			out.Fields[f.Name] = v
		}
	}
	return out
}

// Words is what people call several records of an object.
func Words(o model.Object) string {
	word := o.Word()
	if stem, ok := strings.CutSuffix(word, "y"); ok {
		return stem + "ies"
	}
	return word + "s"
}
