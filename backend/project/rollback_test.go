package project_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/store"
)

// moved makes the sample project and moves it into a practice desk of its own.
func moved(t *testing.T) (*project.Project, *practice.Server, store.Run) {
	t.Helper()
	ctx := context.Background()
	server, err := practice.Serve(ctx, "127.0.0.1:0", practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := project.CreateSample(ctx, filepath.Join(t.TempDir(), "Sample.waybill"), env())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	pr := job.New("test")
	if _, err := p.Extract(ctx, nil, pr); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Connect(ctx, project.Target, "practice", map[string]string{"address": server.Address, "token": server.Token}); err != nil {
		t.Fatal(err)
	}
	if err := p.DecideSample(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.MapSample(ctx); err != nil {
		t.Fatal(err)
	}
	pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
	if err != nil {
		t.Fatal(err)
	}
	run, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, pr)
	if err != nil {
		t.Fatal(err)
	}
	return p, server, run
}

// call speaks to the practice desk as a person working there would.
func call(t *testing.T, s *practice.Server, method, path, body string) {
	t.Helper()
	req, err := http.NewRequest(method, s.Address+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}

func TestRollback_P82_onlyOursAndNothingThatPeopleTouched(t *testing.T) {
	ctx := context.Background()
	p, server, run := moved(t)
	before := server.Desk.Stats().Objects

	// A person answers one of the moved tickets, and makes a ticket of their own.
	var touched store.LedgerLine
	if err := p.DB().Read(ctx, func(tx *store.Tx) error {
		lines, err := tx.Sent(model.Ticket, 0, 5)
		if err == nil {
			touched = lines[2]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	call(t, server, http.MethodPatch, "/api/v1/tickets/"+touched.ID, `{"status":"open","tags":["looked at"]}`)
	call(t, server, http.MethodPost, "/api/v1/groups", `{"name":"Made by a person"}`)

	r, proof, err := p.Rollback(ctx, run.ID, job.New("rollback"))
	if err != nil {
		t.Fatal(err)
	}
	if !proof.SourceUntouched {
		t.Error("the source's stage changed")
	}
	if proof.Absent != proof.Deleted || proof.Deleted == 0 {
		t.Errorf("%d deleted, %d absent", proof.Deleted, proof.Absent)
	}
	after := server.Desk.Stats().Objects
	if after[model.Ticket] != 1 {
		t.Errorf("%d tickets left, want the touched one", after[model.Ticket])
	}
	if after[model.Contact] < 1 || after[model.Message] < 1 {
		t.Errorf("the touched ticket lost its customer or its messages: %v", after)
	}
	if after[model.Group] < 1 {
		t.Error("a person's own group was deleted")
	}
	if proof.Kept == 0 || len(proof.KeptList) == 0 {
		t.Errorf("nothing is listed as kept: %+v", proof)
	}
	total := int64(0)
	for _, n := range before {
		total += n
	}
	if proof.Deleted+proof.Kept != total {
		t.Errorf("%d deleted and %d kept of %d", proof.Deleted, proof.Kept, total)
	}
	accountsOf(t, p)

	// And again: what was rolled back can be moved again, under the same marks.
	pr := job.New("again")
	pl, sum, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
	if err != nil {
		t.Fatal(err)
	}
	creates := int64(0)
	for _, o := range sum.Objects {
		creates += o.Create
	}
	if creates != proof.Deleted {
		t.Errorf("the next plan creates %d, %d were taken back", creates, proof.Deleted)
	}
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, pr); err != nil {
		t.Fatal(err)
	}
	stats := server.Desk.Stats()
	before[model.Group]++
	if fmt.Sprint(stats.Objects) != fmt.Sprint(before) || stats.Doubles != 0 {
		t.Errorf("after moving again: %v with %d doubles, want %v", stats.Objects, stats.Doubles, before)
	}
	if r.Kind != model.RunRollback {
		t.Errorf("the rollback is a %s", r.Kind)
	}
}

func TestRun_P66_runningAgainCreatesNothing(t *testing.T) {
	ctx := context.Background()
	p, server, _ := moved(t)
	before := server.Desk.Stats().Objects
	pr := job.New("again")
	pl, sum, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range sum.Objects {
		if o.Create != 0 {
			t.Errorf("a second plan would create %d of %s", o.Create, o.Object)
		}
	}
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, pr); err != nil {
		t.Fatal(err)
	}
	if after := server.Desk.Stats().Objects; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("before %v, after %v", before, after)
	}
}

// accountsOf proves that the kept accounts are the counted ones.
func accountsOf(t *testing.T, p *project.Project) {
	t.Helper()
	err := p.DB().Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			counted, err := tx.Recount(m.Object)
			if err != nil {
				return err
			}
			counted.Target = m.Target
			if !m.Adds() || counted != m {
				t.Errorf("kept %+v, counted %+v", m, counted)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
