package check_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// routed moves six customers, and two that a condition makes companies.
func routed(t *testing.T) *loadtest.World {
	t.Helper()
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Contact, loadtest.Fields{"id": "f1", "name": "Initech", "email": "a@firm.example"}, loadtest.Fields{"id": "f2", "name": "Umbrella", "email": "b@firm.example"})
	w.Compile(byFirm(w, true))
	w.Move()
	return w
}

// byFirm is the proposed mapping, with a condition for companies or without.
func byFirm(w *loadtest.World, firms bool) mapping.Version {
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	if firms {
		v.Objects = append(v.Objects, mapping.ObjectMap{Source: model.Contact, Target: model.Organization, When: `ISNUMBER(SEARCH("@firm.",[email]))`, Fields: []mapping.FieldMap{
			{Target: "name", Rule: mapping.Copy, Sources: []string{"name"}, IfEmpty: model.OtherwiseHold, IfUnknown: model.OtherwiseHold},
		}})
	}
	return v
}

// at is where the desk keeps a routed record.
func at(w *loadtest.World, source string) string {
	return "organizations/" + id(w, model.Contact, source)
}

func TestMake_R167_aCleanRoutedMoveRaisesNothingAndIsCountedByWhatItBecame(t *testing.T) {
	w := routed(t)
	res := checked(w)
	if !res.Passed {
		t.Fatalf("a clean move fails %v", failed(res))
	}
	var became, counted []string
	for _, c := range res.Checks {
		if c.Code == check.Arrived && c.Object == model.Contact && c.LookedAt != 8 {
			t.Errorf("%d customers were looked for, want 8", c.LookedAt)
		}
		for _, p := range c.Parts {
			switch {
			case c.Code == check.Buckets && c.Object == model.Contact && p.By == "object":
				became = append(became, p.Of+" "+p.Expected+" "+p.Found)
			case c.Code == check.Counted && (p.Of == "customers" || p.Of == "companies"):
				counted = append(counted, string(c.Object)+": "+p.Of+" "+p.Expected+" "+p.Found)
			}
		}
	}
	slices.Sort(became)
	slices.Sort(counted)
	if got := strings.Join(became, ", "); got != "companies 2 2, customers 6 6" {
		t.Errorf("by what they became: %s", got)
	}
	if got := strings.Join(counted, ", "); got != "contact: customers at least 6 6, organization: companies at least 4 4" {
		t.Errorf("counted: %s", got)
	}
	if res := made(t, w, check.How{Percent: 100}); !res.Passed {
		t.Errorf("a sample of all fails %v", failed(res))
	}
	if res := made(t, w, check.How{Quick: true}); !res.Passed {
		t.Errorf("a quick check fails %v", failed(res))
	}
}

func TestMake_R167_damageInARoutedRecordIsFound(t *testing.T) {
	for _, c := range []struct{ name, method, body, want string }{
		{"another name", http.MethodPatch, `{"name":"Somebody else"}`, "fields contact"},
		{"gone", http.MethodDelete, "", "arrived contact"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := routed(t)
			w.Call(c.method, at(w, "f1"), c.body)
			if got := failed(checked(w)); !slices.Contains(got, c.want) {
				t.Errorf("it fails %v, want %q", got, c.want)
			}
			if got := failed(made(t, w, check.How{Percent: 100})); !slices.Contains(got, c.want) {
				t.Errorf("a sample of all fails %v, want %q", got, c.want)
			}
		})
	}
}

// What was moved one way and has no way in the mapping any more is not taken for damaged,
// and nobody is told that its fields were compared.
func TestMake_R167_aWayThatWasTakenOutOfTheMappingIsNamed(t *testing.T) {
	w := routed(t)
	w.Compile(byFirm(w, false))
	res := checked(w)
	if !res.Passed {
		t.Errorf("it fails %v", failed(res))
	}
	if !slices.ContainsFunc(res.NotPossible, func(m check.Missing) bool {
		return m.Code == check.Fields && m.Object == model.Contact && strings.Contains(m.Why, "companies")
	}) {
		t.Errorf("not possible: %+v", res.NotPossible)
	}
	w.Call(http.MethodDelete, at(w, "f1"), "")
	if got := failed(checked(w)); !slices.Contains(got, "arrived contact") {
		t.Errorf("one is gone, and it fails %v", got)
	}
}

func TestRollback_R167_takesBackBothKindsAndLeavesWhatPeopleTouched(t *testing.T) {
	w := routed(t)
	w.Call(http.MethodPatch, at(w, "f2"), `{"name":"Ours now"}`)
	var run int64
	w.Read(func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if len(runs) > 0 {
			run = runs[0].ID
		}
		return err
	})
	_, proof, err := load.Rollback(context.Background(), w.Job, run, job.New("rollback"))
	if err != nil {
		t.Fatal(err)
	}
	if proof.Kept == 0 || proof.Absent != proof.Deleted {
		t.Errorf("%+v", proof)
	}
	st := w.Server.Desk.Stats()
	if st.Objects[model.Organization] != 1 || st.Objects[model.Contact] != 0 || st.Objects[model.Ticket] != 0 {
		t.Errorf("after the rollback the desk has %v", st.Objects)
	}
}
