package load_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
)

// Where a link can only be written when its record is created, what it leads to is created
// before, however the records come: nothing of it is left for a second pass. Only a circle
// has nobody who could be first.
func TestRun_whatALinkNeedsAtOnceIsCreatedBefore(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	var updates atomic.Int64
	w.Job.Target.Kind.Caps.Batch = 2
	w.Wire.Before = func(r *http.Request) *http.Response {
		if strings.Contains(r.URL.Path, "batch_update") || r.Method == http.MethodPatch {
			updates.Add(1)
		}
		return nil
	}
	once(w, model.Ticket, "follows")
	w.People()
	ticket := func(id, follows string) loadtest.Fields {
		return loadtest.Fields{"id": id, "subject": "Again " + id, "requester": "c1", "follows": follows, "created_at": "2019-04-01T08:00:00Z"}
	}
	follows := map[string]string{}
	for i := range 9 { // each one before what it follows
		follows[fmt.Sprint("x", i)] = fmt.Sprint("x", i+1)
		w.Stage(model.Ticket, ticket(fmt.Sprint("x", i), fmt.Sprint("x", i+1)))
	}
	w.Stage(model.Ticket, ticket("x9", ""))
	pl, sum := w.Plan()
	if o := objectOf(sum, model.Ticket); o.Create != 18 || o.Hold != 0 {
		t.Fatalf("%+v", o)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	found := w.Found(model.Ticket)
	for id, to := range follows {
		if found[id]["follows"] != found[to]["id"] {
			t.Errorf("%s follows %v, want %s", id, found[id]["follows"], to)
		}
	}
	if n := updates.Load(); n != 0 {
		t.Errorf("%d changes were sent afterwards", n)
	}
	w.Stage(model.Ticket, ticket("y1", "y2"), ticket("y2", "y1"))
	pl, _ = w.Plan()
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if found = w.Found(model.Ticket); found["y1"]["follows"] != found["y2"]["id"] || found["y2"]["follows"] != found["y1"]["id"] {
		t.Errorf("the circle: %v, %v", found["y1"], found["y2"])
	}
	if s := w.Server.Desk.Stats(); s.MessagesSent != 0 {
		t.Errorf("%d mails", s.MessagesSent)
	}
}

func once(w *loadtest.World, o model.Object, field string) {
	for i, s := range w.Job.Target.Schema.Objects {
		for j, f := range s.Fields {
			if s.Object == o && f.Name == field {
				w.Job.Target.Schema.Objects[i].Fields[j].Once = true
			}
		}
	}
}
