package load_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func problemCode(err error) problem.Code {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// offline answers nothing for a while: the network is gone.
type offline struct {
	next http.RoundTripper
	down atomic.Bool
}

func (o *offline) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.down.Load() {
		return nil, errors.Join(pace.ErrNotSent, fmt.Errorf("dial tcp: no route to host"))
	}
	return o.next.RoundTrip(r)
}

// P-67: the network goes away in the middle and comes back: the run waits, says why, and goes on.
func TestRun_P67_aNetworkThatIsGoneIsWaitedFor(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	gone := &offline{next: http.DefaultTransport}
	w.Wire.Next(gone)
	w.Job.Patience = time.Minute
	var creates atomic.Int32
	w.Wire.Before = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/messages/batch") && creates.Add(1) == 4 {
			gone.down.Store(true)
			time.AfterFunc(1500*time.Millisecond, func() { gone.down.Store(false) })
		}
		return nil
	}
	pl, _ := w.Plan()
	if _, err := load.Start(context.Background(), w.Job, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	inOrder(t, w)
}

func TestRun_P67_patienceEndsAndTheRunGoesOnLater(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	gone := &offline{next: http.DefaultTransport}
	w.Wire.Next(gone)
	w.Job.Patience = 300 * time.Millisecond
	var creates atomic.Int32
	w.Wire.Before = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/tickets/batch") && creates.Add(1) == 2 {
			gone.down.Store(true)
		}
		return nil
	}
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	wantCode(t, err, load.CodeGone)
	if s := w.Run(run.ID).State; s != "failed" {
		t.Errorf("the run is %s", s)
	}
	gone.down.Store(false)
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	inOrder(t, w)
}

// P-69: a person stops while the target is away: the run ends at once and says what is there.
func TestRun_P69_waitingCanBeStopped(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	gone := &offline{next: http.DefaultTransport}
	w.Wire.Next(gone)
	w.Job.Patience = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.Wire.Before = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/tickets/batch") {
			gone.down.Store(true)
			time.AfterFunc(200*time.Millisecond, cancel)
		}
		return nil
	}
	pl, _ := w.Plan()
	run, err := load.Start(ctx, w.Job, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	if !errors.Is(err, context.Canceled) || w.Run(run.ID).State != "cancelled" {
		t.Fatalf("%v, the run is %s", err, w.Run(run.ID).State)
	}
	w.Read(func(tx *store.Tx) error {
		open, err := tx.OpenIntents(10)
		if len(open) > 0 {
			t.Errorf("%d records are left without an outcome", len(open))
		}
		return err
	})
	gone.down.Store(false)
	w.Wire.Before = nil
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
}

// P-67: the computer's clock is set back an hour after a crash: the open records are
// asked for and the run goes on; it neither waits an hour nor sends anything twice.
func TestRun_P67_aClockThatWasSetBackShortensNothing(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, _ := w.Plan()
	w.Server.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.DropAfter, Times: 1, Path: "/contacts/batch"}}})
	ctx, cancel := context.WithCancel(context.Background())
	w.Wire.Before = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/contacts/batch") {
			time.AfterFunc(5*time.Millisecond, cancel) // before it can ask
		}
		return nil
	}
	run, err := load.Start(ctx, w.Job, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	if err == nil {
		t.Fatal("it was not stopped")
	}
	w.Wire.Before = nil
	later := model.Stamp(time.Now().Add(time.Hour))
	w.Write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(context.Background(), `UPDATE ledger SET at = ? WHERE state = 1`, later)
		return err
	})
	began := time.Now()
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	if time.Since(began) > 5*time.Minute {
		t.Error("it believed a clock of the future")
	}
	w.Arrived(loadtest.All)
}

func TestRun_tooManyRefusalsStopItAndSomebodyDecides(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	for i := range 60 {
		w.Stage(model.Contact, loadtest.Fields{"id": fmt.Sprint("bad", i), "name": fmt.Sprint("Bad ", i), "email": fmt.Sprintf("taken%d@x.example", i)})
		if i%3 == 0 {
			w.Call(http.MethodPost, "contacts", fmt.Sprintf(`{"name":"There already","email":"taken%d@x.example"}`, i))
		}
	}
	w.Job.Limits = load.Thresholds{HeldPercent: 10, AtLeast: 20, Decides: "Olga"}
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	wantCode(t, err, load.CodeThreshold)
	if err == nil || !strings.Contains(problem.From(err).Next, "Olga") {
		t.Errorf("it does not name who decides: %v", err)
	}
	if s := w.Run(run.ID).State; s != load.StateStopped {
		t.Errorf("the run is %s", s)
	}
	if m := w.Manifest(model.Contact); m.Pending == 0 || m.Held < 3 {
		t.Errorf("%+v", m)
	}
	if _, err := load.Start(context.Background(), w.Job, load.Order{Resume: run.ID, Yes: true, Beyond: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	if m := w.Manifest(model.Contact); m.Pending != 0 || m.Held != 20 || m.Moved != 46 {
		t.Errorf("%+v", m)
	}
	if s := w.Server.Desk.Stats(); s.Doubles != 0 {
		t.Errorf("%d doubles", s.Doubles)
	}
}

// P-76: recent and open first, history later, as two runs without doubles.
func TestPlan_P76_slices(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	slice := &load.Slice{Name: "Recent", Object: model.Ticket, Conditions: []load.Condition{{Field: "created_at", Op: load.OpSince, Value: "2019-03-06"}}}
	plan := func(s load.Scope) (store.Plan, load.Summary) {
		t.Helper()
		pl, sum, err := load.Plan(context.Background(), w.Job, s, job.New("plan"))
		if err != nil {
			t.Fatal(err)
		}
		return pl, sum
	}
	pl, sum := plan(load.Scope{Kind: load.RunSlice, Slice: slice})
	if o := objectOf(sum, model.Ticket); o.Create != 3 {
		t.Fatalf("tickets of the slice: %+v", o)
	}
	if o := objectOf(sum, model.Message); o.Create != 15 {
		t.Errorf("their messages: %+v", o)
	}
	if o := objectOf(sum, model.Contact); o.Create != 3 { // of t6, t7, t8
		t.Errorf("their customers: %+v", o)
	}
	if o := objectOf(sum, model.Attachment); o.Create != 0 {
		t.Errorf("their files: %+v", o)
	}
	run, err := w.Start(pl.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if m := w.Manifest(model.Ticket); m.Moved != 3 || m.Pending != 5 {
		t.Errorf("%+v", m)
	}
	pl, _ = plan(load.Scope{Kind: model.RunFull})
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	inOrder(t, w)
	// The first slice alone is taken back; what others need of it stays.
	_, proof, err := load.Rollback(context.Background(), w.Job, run.ID, job.New("rollback"))
	if err != nil {
		t.Fatal(err)
	}
	if proof.Deleted == 0 || proof.Deleted != proof.Absent {
		t.Errorf("%+v", proof)
	}
	if m := w.Manifest(model.Message); m.Pending != 15 || m.Moved != 25 {
		t.Errorf("%+v", m)
	}
}

func TestPlan_slicesByEveryKindOfCondition(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Ticket, loadtest.Fields{"id": "s1", "subject": "Solved", "status": "solved", "requester": "c1", "created_at": "2020-01-01T00:00:00Z", "tags": []string{"vip"}},
		loadtest.Fields{"id": "s2", "subject": "No date", "status": "pending", "requester": "c1", "group": "g1"})
	for _, test := range []struct {
		name string
		cond []load.Condition
		want int64
	}{
		{"status", []load.Condition{{Field: "status", Op: load.OpIs, Value: "Solved|pending"}}, 2},
		{"not that status", []load.Condition{{Field: "status", Op: load.OpIsNot, Value: "open"}}, 2},
		{"tag", []load.Condition{{Field: "tags", Op: load.OpIs, Value: "VIP"}}, 1},
		{"before", []load.Condition{{Field: "created_at", Op: load.OpBefore, Value: "2019-03-03"}}, 2},
		{"contains", []load.Condition{{Field: "subject", Op: load.OpContains, Value: "solv"}}, 1},
		{"empty", []load.Condition{{Field: "created_at", Op: load.OpEmpty}}, 1},
		{"filled and group", []load.Condition{{Field: "created_at", Op: load.OpFilled}, {Field: "group", Op: load.OpIs, Value: "g1"}}, 8},
		{"formula", []load.Condition{{Op: load.OpFormula, Value: `OR([status]="solved",LEFT([subject],2)="No")`}}, 2},
		{"all", nil, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, sum, err := load.Plan(context.Background(), w.Job, load.Scope{Kind: load.RunSlice, Slice: &load.Slice{Name: test.name, Object: model.Ticket, Conditions: test.cond}}, job.New("plan"))
			if err != nil {
				t.Fatal(err)
			}
			if o := objectOf(sum, model.Ticket); o.Create != test.want {
				t.Errorf("%d tickets, want %d", o.Create, test.want)
			}
		})
	}
	for name, s := range map[string]load.Slice{
		"no such object": {Name: "x", Object: "car"},
		"no such field":  {Name: "x", Object: model.Ticket, Conditions: []load.Condition{{Field: "colour", Op: load.OpIs}}},
		"no day":         {Name: "x", Object: model.Ticket, Conditions: []load.Condition{{Field: "created_at", Op: load.OpSince, Value: "soon"}}},
		"no such op":     {Name: "x", Object: model.Ticket, Conditions: []load.Condition{{Field: "status", Op: "like"}}},
		"bad formula":    {Name: "x", Object: model.Ticket, Conditions: []load.Condition{{Op: load.OpFormula, Value: "IF("}}},
	} {
		if err := load.CheckSlice(s, w.Source); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// Retrying one group touches just its records.
func TestPlan_retryOfOneGroup(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Call(http.MethodPost, "contacts", `{"name":"Somebody else","email":"c2@x.example"}`)
	w.Stage(model.Ticket, loadtest.Fields{"id": "x1", "requester": "c1"}) // no subject
	w.Move()
	var groups []store.HeldGroup
	w.Read(func(tx *store.Tx) (err error) { groups, err = tx.HeldGroups(); return err })
	var taken *store.HeldGroup
	for i, g := range groups {
		if g.Object == model.Contact {
			taken = &groups[i]
		}
	}
	if taken == nil {
		t.Fatalf("%+v", groups)
	}
	for _, v := range w.Found(model.Contact) {
		if v["name"] == "Somebody else" {
			w.Call(http.MethodDelete, "contacts/"+model.Plain(v["id"]), "")
		}
	}
	pl, sum, err := load.Plan(context.Background(), w.Job, load.Scope{Kind: load.RunRetry, Group: taken}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	if o := objectOf(sum, model.Contact); o.Create != 1 {
		t.Errorf("%+v", o)
	}
	if o := objectOf(sum, model.Ticket); o.Create != 0 || o.Hold != 0 {
		t.Errorf("other records are in it: %+v", o)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if m := w.Manifest(model.Contact); m.Held != 0 || m.Moved != 6 {
		t.Errorf("%+v", m)
	}
	if m := w.Manifest(model.Ticket); m.Held != 3 { // t1, t7 and the one without a subject
		t.Errorf("%+v", m)
	}
}

func TestClock_countsWhatLivesOnlyInTheTarget(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Call(http.MethodPost, "contacts", `{"name":"Before","email":"before@x.example"}`)
	if c, err := w.Job.Clock(context.Background()); err != nil || c.Total != 0 {
		t.Errorf("before the first run: %+v, %v", c, err)
	}
	w.Move()
	w.Call(http.MethodPost, "contacts", `{"name":"New","email":"new@x.example"}`)
	w.Call(http.MethodPost, "organizations", `{"name":"New company"}`)
	c, err := w.Job.Clock(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if c.Total != 2 || c.Objects[model.Contact] != 1 || c.Since == "" {
		t.Errorf("%+v", c)
	}
}
