package project_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

func env() project.Env {
	return project.Env{Kinds: []connector.Kind{files.Kind(), practicedesk.Kind()}, Vault: secret.Memory()}
}

func TestSample_wholeJourneyBalances(t *testing.T) {
	ctx := context.Background()
	p, err := project.CreateSample(ctx, filepath.Join(t.TempDir(), "Sample.waybill"), env())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("person", p.SetPerson(ctx, model.Person{Name: "Ada", Role: "lead"}))
	pr := job.New("test")
	_, err = p.Extract(ctx, nil, pr)
	must("extract", err)
	_, err = p.ConnectPractice(ctx)
	must("connect", err)
	must("decide", p.DecideSample(ctx))
	must("map", p.MapSample(ctx))
	pl, sum, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
	must("plan", err)
	t.Logf("plan %d: %+v", pl.ID, sum)
	must("holds", p.DB().Read(ctx, func(tx *store.Tx) error {
		groups, err := tx.PlanHolds(pl.ID)
		for _, g := range groups {
			b, _ := json.Marshal(g.Example)
			t.Logf("hold %d %s %s %v %s", g.Count, g.Object, g.Code, g.Examples, b)
		}
		return err
	}))
	_, err = p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, pr)
	must("run", err)
	must("settle", p.SettleSample(ctx))
	res, err := p.Check(ctx, pr)
	must("check", err)
	for _, c := range res.Checks {
		if !c.Passed {
			t.Errorf("check %s of %s: %d of %d failed: %v", c.Code, c.Object, c.Failed, c.LookedAt, c.Examples)
		}
	}
	all, err := p.Manifest(ctx)
	must("manifest", err)
	for _, m := range all {
		if !m.Balances() {
			t.Errorf("does not balance: %+v", m)
		}
	}
}
