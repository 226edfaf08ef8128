package load

import (
	"context"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Changes plans and carries out what happened to records that are in the target
// already: changed, deleted, merged or redacted at the source. Package delta is the one.
type Changes interface {
	// Plan adds the items and figures of a delta to a plan that is being made.
	Plan(ctx context.Context, j *Job, plan int64, sum *Summary, p *job.Progress) error
	// Run carries out what was planned, after everything new was created.
	Run(ctx context.Context, j *Job, run store.Run, plan int64, sum Summary, p *job.Progress) error
}

// Draft makes a record's draft with its content; any problem holds the record. Its
// links still hold source references.
func (j *Job) Draft(tx *store.Tx, row store.Row) (model.Draft, []*problem.Problem, error) {
	p := prepared{seq: row.Seq, row: row}
	err := j.draftInto(tx, &p)
	return p.draft, p.why, err
}

// Ready makes what would be sent for records that are in the target already: their
// drafts with the links that lead somewhere resolved, made to fit; a problem says why a
// record could not be made.
func (j *Job) Ready(tx *store.Tx, rows []store.Row) ([]model.Draft, [][]*problem.Problem, error) {
	made, err := j.prepare(tx, rows, newLookup(0), inTarget)
	if err != nil {
		return nil, nil, err
	}
	out, why := make([]model.Draft, len(made)), make([][]*problem.Problem, len(made))
	for i, p := range made {
		out[i], why[i] = p.draft, p.why
	}
	return out, why, nil
}

// Resolve gives the links of drafts their ids in the target; a link that leads nowhere
// (yet) is left out of its draft, and the problem says why when it was needed.
func (j *Job) Resolve(tx *store.Tx, drafts []model.Draft) ([]model.Draft, [][]*problem.Problem, error) {
	spots, err := tx.Resolve(refsOf(drafts), 0)
	if err != nil {
		return nil, nil, err
	}
	out, why := make([]model.Draft, len(drafts)), make([][]*problem.Problem, len(drafts))
	for i, d := range drafts {
		p := prepared{draft: d, row: store.Row{Record: model.Record{Key: d.Source}}}
		j.settleLinks(&p, spots, func(s store.Spot) reach { return inTarget(p.row, s) })
		out[i], why[i] = p.draft, p.why
	}
	return out, why, nil
}

// HashOf is the fingerprint of a draft before its links are resolved, as the ledger keeps it.
func HashOf(d model.Draft) ([]byte, error) { return hashOf(d) }

// Find looks marks up in the target, in portions and again when it has trouble.
func (j *Job) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	finder, ok := j.Target.Conn.(connector.Finder)
	if !ok {
		return nil, problem.New("load.cannot_find", j.Target.Kind.Title+" cannot be asked for single records.", "So it is not known what became of them there.", "Compare by hand, with the list of what was moved.")
	}
	return j.find(ctx, finder, o, marks)
}
