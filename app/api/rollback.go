package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// RollbackPreview counts what a rollback of a run would remove: what it created and
// still exists.
func (r *Runs) RollbackPreview(id string) (out []RollbackRow, err error) {
	defer guard(&err)
	out = []RollbackRow{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	n, err := project.Number("run", id)
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		if _, err := tx.Run(n); err != nil {
			return err
		}
		sent, err := tx.SentCount(n)
		if err != nil {
			return err
		}
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range objects {
			if sent[o] > 0 {
				out = append(out, RollbackRow{Object: string(o), Title: title(o), Remove: createdBy(id, o, sent[o])})
			}
		}
		return nil
	})
	return out, err
}

// Rollback removes from the target just what a run created, and proves it.
func (r *Runs) Rollback(id string) (jobID string, err error) {
	defer guard(&err)
	n, err := project.Number("run", id)
	if err != nil {
		return "", err
	}
	return r.s.work("rollback", "Taking "+id+" back", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		run, _, err := p.Rollback(ctx, n, pr)
		return runID(run), err
	})
}

// proofView shows what a rollback proved.
func proofView(body string) (*ProofView, error) {
	var proof load.Proof
	if err := json.Unmarshal([]byte(body), &proof); err != nil {
		return nil, err
	}
	v := &ProofView{
		Deleted: proof.Deleted, Absent: proof.Absent, Kept: proof.Kept, KeptList: nilless(proof.KeptList), SourceUntouched: proof.SourceUntouched,
		Source: beforeAfter(proof.SourceBefore, proof.SourceAfter), Target: []NameValue{},
	}
	for _, o := range model.Known() {
		if n, ok := proof.Target[o]; ok {
			v.Target = append(v.Target, NameValue{Name: title(o), Value: num(n)})
		}
	}
	return v, nil
}

// beforeAfter reads what the source said of itself: "ticket 12, file 3f2a…".
func beforeAfter(before, after string) []BeforeCount {
	out := []BeforeCount{}
	if before == "" {
		return out
	}
	was, now := strings.Split(before, ", "), strings.Split(after, ", ")
	file := 0
	for i, line := range was {
		name, value, _ := strings.Cut(line, " ")
		x := BeforeCount{Before: value}
		if i < len(now) {
			_, x.After, _ = strings.Cut(now[i], " ")
		}
		if name == "file" {
			file++
			x.Name = "Export file " + itoa(file) + " (SHA-256)"
		} else {
			x.Name = title(model.Object(name))
		}
		out = append(out, x)
	}
	return out
}

// Clock counts what lives only in the target since the move began. It reads what is new
// there, which takes a while after a large move.
func (r *Runs) Clock() (v ClockView, err error) {
	defer guard(&err)
	v = ClockView{Hours: []ClockHour{}, Objects: []NameValue{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	c, err := p.Clock(r.s.ctx)
	if err != nil {
		return v, err
	}
	v.Since, v.Total, v.At = c.Since, c.Total, stamp(time.Now())
	for _, h := range c.Hours {
		v.Hours = append(v.Hours, ClockHour(h))
	}
	for _, o := range model.Known() {
		if n := c.Objects[o]; n > 0 {
			v.Objects = append(v.Objects, NameValue{Name: title(o), Value: num(n)})
		}
	}
	return v, nil
}
