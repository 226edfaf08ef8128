package check_test

import (
	"net/http"
	"strings"
	"testing"

	"waybill/backend/check"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
)

// What the business asked for is proved on what was read back: a damage that breaks it is
// named by the rule, one that does not is a difference only.
func TestR191_WhatTheMappingAsksForIsProvedOnWhatArrived(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	asked := false
	for i := range v.Objects {
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; v.Objects[i].Source == model.Ticket && f.Target == "subject" {
				f.Check, asked = &mapping.Check{Pattern: "Subject t[0-9]+.?", Says: "the word Subject and a number"}, true
			}
		}
	}
	if !asked {
		t.Fatal("the subject is not mapped")
	}
	w.Compile(v)
	w.Move()
	of := func(r check.Result) (out check.Item) {
		for _, c := range r.Checks {
			if c.Code == check.Accepted {
				if c.Object != model.Ticket {
					t.Errorf("nothing was asked of the %s", c.Object)
				}
				out = c
			}
		}
		return out
	}
	clean := checked(w)
	if got := of(clean); !clean.Passed || !got.Passed || got.LookedAt != w.Manifest(model.Ticket).Moved || got.LookedAt == 0 || got.Title == "" {
		t.Fatalf("a clean move: %+v of %v", got, failed(clean))
	}
	all := of(clean).LookedAt
	w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"subject":"No such thing"}`)
	w.Call(http.MethodPatch, place(w, model.Ticket, "t4"), `{"subject":"Subject t4!"}`)
	got := of(checked(w))
	if got.Passed || got.Failed != 1 || got.LookedAt != all || len(got.Examples) != 1 || !strings.Contains(got.Examples[0], "t3") || !strings.Contains(got.Examples[0], "the word Subject and a number") {
		t.Errorf("with one broken: %+v", got)
	}
}
