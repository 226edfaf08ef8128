// Package load writes the target and takes back what it wrote. A run executes a
// stored plan and decides nothing by itself (invariant 6); each record's intent is
// committed before its request leaves and its outcome after (invariant 3); a
// request whose outcome is not known is never repeated before the target was
// asked for its mark (invariant 4).
package load

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
}

// Job is what planning and running need to know.
type Job struct {
	DB      *store.DB
	Files   *blob.Store
	Program *transform.Program
	Target  Desk
	// Project is the project's id, from which marks are made.
	Project string
	// Mapping is the number of the version that Program was compiled from.
	Mapping int
	// Fingerprint of everything that was decided; a plan made under another one is stale.
	Fingerprint string
	By          model.Person
	// Changes carries out what happened to records that are there already; nil: none is planned.
	Changes Changes
	// Patience is how often a target that fails is tried again before the run stops; 0: six times.
	Patience int
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
	if len(id) > 120 || strings.ContainsFunc(id, func(r rune) bool { return r < 33 || r > 126 }) {
		sum := sha256.Sum256([]byte(id))
		id = "#" + hex.EncodeToString(sum[:16])
	}
	return model.Mark(MarkPrefix(project) + string(k.Object) + ":" + id)
}

// hashOf is the fingerprint of a draft before its links are resolved: the same
// record under the same mapping gives the same one (invariant 12).
func hashOf(d model.Draft) ([]byte, error) {
	b, err := json.Marshal(struct {
		Object model.Object
		Fields map[string]any
		Links  []model.DraftLink
		File   *model.File
		Thread string
	}{d.Object, d.Fields, d.Links, d.File, d.Thread})
	if err != nil {
		return nil, fmt.Errorf("hash the draft of %s %s: %w", d.Source.Object, d.Source.ID, err)
	}
	sum := sha256.Sum256(b)
	return sum[:16], nil
}

// order lists the source objects that have a target, in the order in which the
// target must learn of them.
func (j *Job) order(objects []model.Object) []model.Object {
	out, placed := []model.Object{}, map[model.Object]bool{}
	put := func(want func(model.Object) bool) {
		for _, o := range objects {
			if t, ok := j.Program.Target(o); ok && !placed[o] && want(t) {
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

// draft makes a record's draft with its content; any problem holds the record.
func (j *Job) draft(tx *store.Tx, row store.Row) (model.Draft, []*problem.Problem, error) {
	d, found := j.Program.Apply(row.Record)
	if len(found) > 0 {
		return d, found, nil
	}
	d.Source = row.Record.Key
	d.Mark = MarkOf(j.Project, row.Record.Key)
	if !j.fileField(d.Object) {
		return d, nil, nil
	}
	f, ok, err := tx.File(row.Seq)
	if err != nil {
		return d, nil, err
	}
	place := problem.Place{Object: string(row.Record.Key.Object), Record: row.Record.Key.ID}
	limit := j.Target.Kind.Caps.MaxFile
	switch {
	case !ok:
		return d, []*problem.Problem{problem.New("load.no_content", "The source names no content for this attachment.",
			"Without content there is nothing to move.", "Leave it out, or name the column that holds the file's place.").At(place)}, nil
	case f.Problem != nil:
		return d, []*problem.Problem{f.Problem.At(place)}, nil //nolint:nilerr // it is this record's problem, not an error
	case limit > 0 && f.Size > limit:
		return d, []*problem.Problem{problem.New("load.file_too_large", fmt.Sprintf("The target takes no files larger than %d MB.", limit>>20),
			"This attachment is larger, so the target would refuse it.", "Leave it out of the move and keep it in the archive.").At(place)}, nil
	}
	d.File = &model.File{Name: f.Name, Hash: f.Hash, Size: f.Size, Type: f.Type}
	return d, nil, nil
}

// Word is what people call one record of an object.
func Word(o model.Object) string {
	switch o {
	case model.Contact:
		return "customer"
	case model.Organization:
		return "company"
	case model.Article:
		return "help article"
	default:
		return strings.ReplaceAll(string(o), "_", " ")
	}
}

// settleLink decides one link of a draft. keep is false when the link is left empty.
func settleLink(l model.DraftLink, spots map[model.Ref]store.Spot, ready func(store.Spot) bool) (at store.Spot, keep bool, why *problem.Problem) {
	var stays, waits *store.Spot
	try := func(refs []model.Ref) (store.Spot, bool) {
		for _, ref := range refs {
			s, ok := spots[ref]
			if !ok {
				continue
			}
			if ready(s) {
				return s, true
			}
			if stays == nil {
				stays = &s
			}
			if waits == nil && (s.Fate == model.Held || s.Fate == model.Pending) {
				waits = &s
			}
		}
		return store.Spot{}, false
	}
	if s, ok := try(l.To); ok {
		return s, true, nil
	}
	if waits != nil {
		// A substitute is for what is unknown or stays behind: whoever may still move must
		// not lose what belongs to them to somebody else.
		word := Word(waits.Object)
		return store.Spot{}, false, problem.New(CodeLinkWaits, "Its "+word+" is held back.",
			"Moved now, this record would belong to somebody else.",
			"Settle what holds the "+word+" back, or leave it out; then try these records again.").At(problem.Place{Field: l.Field, Value: l.To[0].Value})
	}
	switch l.IfUnknown {
	case model.OtherwiseUse:
		if s, ok := try(instead(l)); ok {
			return s, true, nil
		}
	case model.OtherwiseLeave:
		if !l.Required {
			return store.Spot{}, false, nil
		}
	}
	words, value := []string{}, ""
	for _, ref := range l.To {
		value = ref.Value
		if w := Word(ref.Object); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	word := strings.Join(words, " or ")
	place := problem.Place{Field: l.Field, Value: value}
	if stays != nil {
		word = Word(stays.Object)
		return store.Spot{}, false, problem.New("load.link_stays", "Its "+word+" does not move.",
			"That "+word+" is held back, archived or left out, so this record would point to nothing.",
			"Let the "+word+" move too, or choose another one in the mapping for such cases.").At(place)
	}
	return store.Spot{}, false, problem.New("load.link_broken", "Its "+word+" does not exist in the source.",
		"The source names one that is not there, so this record would point to nothing.",
		"Choose in the mapping which "+word+" to use for such records, or leave them out.").At(place)
}

// instead lists the stated substitute of a link, for each object that it may point to.
func instead(l model.DraftLink) []model.Ref {
	if l.Instead == "" {
		return nil
	}
	out := []model.Ref{}
	for _, ref := range l.To {
		out = append(out, model.Ref{Object: ref.Object, Value: l.Instead})
	}
	return out
}

// refsOf collects all references of drafts, so that they are looked up at once.
func refsOf(drafts []model.Draft) []model.Ref {
	out := []model.Ref{}
	for _, d := range drafts {
		for _, l := range d.Links {
			out = append(out, l.To...)
			out = append(out, instead(l)...)
		}
	}
	return out
}

// Expected makes the drafts of what was sent once more, with their links resolved,
// in the order of lines, and gives the records' names.
func (j *Job) Expected(tx *store.Tx, o model.Object, lines []store.LedgerLine) ([]model.Draft, []string, error) {
	items := make([]store.PlanItem, len(lines))
	for i, l := range lines {
		items[i].Seq = l.Seq
	}
	rows, err := tx.RowsAt(o, items)
	if err != nil {
		return nil, nil, err
	}
	if len(rows) != len(lines) {
		return nil, nil, fmt.Errorf("%d records of %s for %d lines of the ledger", len(rows), o, len(lines))
	}
	drafts, names := make([]model.Draft, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		// A record that could no longer be drafted is compared as far as it goes.
		if drafts[i], _, err = j.draft(tx, row); err != nil {
			return nil, nil, err
		}
		names[i] = row.Name
	}
	spots, err := tx.Resolve(refsOf(drafts), 0)
	if err != nil {
		return nil, nil, err
	}
	for i := range drafts {
		drafts[i], _ = resolve(drafts[i], spots, j)
	}
	return drafts, names, nil
}
