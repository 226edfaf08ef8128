package project_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
)

// routed is a move in which some customers of the source are companies.
func routed(t *testing.T, rest bool) *world {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,name,email,kind\n")
	for _, line := range []string{"1,Ada,ada@x.example,person", "2,Acme,office@acme.example,firm", "3,Bob,bob@x.example,person", "4,Globex,hi@globex.example,firm", "5,,,person"} {
		b.WriteString(line + "\n")
	}
	return newWorld(t, practice.Options{}, map[string]string{
		"contacts.csv": b.String(), "tickets.csv": "id,subject,requester_id\n1,One,1\n2,Two,3\n",
	}, func(v *mapping.Version) {
		firm := mapping.ObjectMap{Source: model.Contact, Target: model.Organization, When: `[kind]="firm"`, Fields: []mapping.FieldMap{
			{Target: "name", Rule: mapping.Copy, Sources: []string{"name"}, IfEmpty: model.OtherwiseHold, IfUnknown: model.OtherwiseHold},
		}}
		if !rest {
			for i := range v.Objects {
				if v.Objects[i].Source == model.Contact {
					v.Objects[i].Target, v.Objects[i].Fields, v.Objects[i].Why = "", []mapping.FieldMap{}, "Only companies move."
				}
			}
		}
		v.Objects = append(v.Objects, firm)
	})
}

func TestR167_ARoutedMoveKeepsItsAccounts(t *testing.T) {
	w := routed(t, true)
	pl, sum := w.plan(load.Scope{Kind: model.RunFull})
	lines := map[model.Object]load.Object{}
	for _, o := range sum.Objects {
		if o.Object == model.Contact {
			lines[o.Target] = o
		}
	}
	if lines[model.Organization].Create != 2 || lines[model.Contact].Create != 2 || lines[model.Contact].Hold != 1 || lines[model.Organization].Hold != 0 {
		t.Fatalf("each way has its own line: %+v", sum.Objects)
	}
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if got := w.account(model.Contact); got.Moved != 4 || got.Held != 1 || got.Source != 5 {
		t.Errorf("every record has one fate: %+v", got)
	}
	st := w.stats()
	if st.Objects[model.Organization] != 2 || st.Objects[model.Contact] != 2 || st.Objects[model.Ticket] != 2 {
		t.Errorf("the target has %+v", st.Objects)
	}
	l, err := w.Lineage(w.ctx, model.Contact, "2", "name")
	w.must(err)
	if l.Target != model.Organization || l.Fields[0].Value != "Acme" {
		t.Errorf("lineage %+v", l)
	}
	// A second run sends nothing twice.
	again := w.move()
	if st := w.stats(); st.Objects[model.Organization] != 2 || st.Objects[model.Contact] != 2 {
		t.Errorf("run %d sent something twice: %+v", again.ID, st.Objects)
	}
	// The check compares companies as companies; only the held record is missing.
	res, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	for _, it := range res.Checks {
		if !it.Passed && it.Code != check.Complete {
			t.Errorf("%s of %s fails: %v", it.Code, it.Object, it.Examples)
		}
	}
	if _, _, err := w.Rollback(w.ctx, run.ID, job.New("rollback")); err != nil {
		t.Fatal(err)
	}
	if st := w.stats(); st.Objects[model.Organization] != 0 || st.Objects[model.Contact] != 0 {
		t.Errorf("undone, and still there: %+v", st.Objects)
	}
	if got := w.account(model.Contact); got.Moved != 0 || got.Source != 5 {
		t.Errorf("after the rollback: %+v", got)
	}
}

func TestR167_WhatNoConditionTakesIsLeftOutWhenTheRestIs(t *testing.T) {
	w := routed(t, false)
	if got := w.account(model.Contact); got.LeftOut != 3 || got.Pending != 2 {
		t.Fatalf("left out %+v", got)
	}
	routes, err := w.Routes(w.ctx, model.Contact)
	w.must(err)
	if len(routes) == 0 || routes[0] != (project.RouteCount{Target: model.Organization, When: `[kind]="firm"`, Count: 2}) {
		t.Errorf("routes %+v", routes)
	}
}

// stats is what the practice desk says of itself, from outside.
func (w *world) stats() (st practice.Stats) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.Server.Address+"/api/v1/stats", nil)
	w.must(err)
	req.Header.Set("Authorization", "Bearer "+w.Server.Token)
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	w.must(json.NewDecoder(res.Body).Decode(&st))
	return st
}

// A condition may look up in a table; what it takes is the same when records are left out.
func TestR167_AConditionLooksUpInATable(t *testing.T) {
	w := routed(t, false)
	path := filepath.Join(t.TempDir(), "kinds.csv")
	w.must(os.WriteFile(path, []byte("kind;moves\nfirm;no\nperson;yes\n"), 0o600))
	_, err := w.ImportLookup(w.ctx, path, "", "Kinds", job.New("import"))
	w.must(err)
	w.must(w.SetBranch(w.ctx, model.Contact, model.Organization, `XLOOKUP([kind],Kinds[kind],Kinds[moves],"no")="yes"`, 0))
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "By the table.")
	w.must(err)
	if got := w.account(model.Contact); got.LeftOut != 2 || got.Pending != 3 {
		t.Errorf("two firms stay and three people move: %+v", got)
	}
}
