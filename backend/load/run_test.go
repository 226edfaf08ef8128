package load_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func creates(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/batch")
}

// P-66, P-68, P-70, P-71: whatever goes wrong with an answer, and however often the run
// must be continued, each record arrives once and no customer is mailed.
func TestRun_P66_P68_P70_P71_everyFaultGivesEachRecordOnce(t *testing.T) {
	for _, kind := range []practice.FaultKind{
		practice.DropAfter, practice.DropBefore, practice.ErrorBefore, practice.ErrorAfter, practice.HalfBatch, practice.Slow,
		practice.Reset, practice.HalfBody, practice.TooMany, practice.Unavailable, practice.HTML,
	} {
		paths := []string{"/messages/batch"}
		if kind == practice.DropAfter || kind == practice.HalfBatch || kind == practice.HalfBody {
			paths = append(paths, "/contacts/batch", "/attachments/batch")
		}
		for _, path := range paths {
			t.Run(string(kind)+path, func(t *testing.T) {
				t.Parallel()
				w := loadtest.New(t, practice.Options{Seed: 7})
				w.People()
				w.Server.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: kind, Times: 1, Method: "POST", Path: path, DelayMS: 20}}})
				pl, _ := w.Plan()
				run, err := w.Start(pl.ID, 0)
				for n := 0; err != nil && n < 3; n++ { // a person reads what it says and presses Resume
					if p := problem.From(err); p.Code == problem.Internal || p.Next == "" {
						t.Fatalf("what a person reads does not help: %v", err)
					}
					if state := w.Run(run.ID).State; state != "failed" {
						t.Errorf("a run that failed is %s", state)
					}
					run, err = w.Start(0, run.ID)
				}
				if err != nil {
					t.Fatal(err)
				}
				if hit := w.Server.Desk.FaultsHit()[kind]; hit != 1 {
					t.Errorf("the fault struck %d times", hit)
				}
				w.Arrived(loadtest.All)
				r := w.Run(run.ID)
				for o, n := range loadtest.All {
					if c := r.Counts[o]; c["created"]+c["existed"] != n || c["held"] != 0 {
						t.Errorf("the run says %v of %s, want %d", c, o, n)
					}
				}
				if r.State != "done" {
					t.Errorf("the run is %s", r.State)
				}
				inOrder(t, w)
				if _, sum := w.Plan(); total(sum) != 0 {
					t.Errorf("a second plan would create %d records", total(sum))
				}
			})
		}
	}
}

func total(s load.Summary) (n int64) {
	for _, o := range s.Objects {
		n += o.Create
	}
	return n
}

// inOrder: messages of one conversation have ascending numbers in their source's order,
// so that those of the same moment read as before (P-39).
func inOrder(t testing.TB, w *loadtest.World) {
	t.Helper()
	got := w.Found(model.Message)
	for i := 1; i <= 8; i++ {
		last := 0
		for k := 1; k <= 5; k++ {
			id := fmt.Sprintf("t%dm%d", i, k)
			n := 0
			if _, err := fmt.Sscan(model.Plain(got[id]["id"]), &n); err != nil {
				t.Fatalf("%s: %v", id, got[id])
			}
			if n <= last {
				t.Errorf("message %s stands before the one that it answers", id)
			}
			last = n
		}
	}
}

func TestRun_whatArrivesIsWhatWasMeant(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Move()
	w.Arrived(loadtest.All)
	inOrder(t, w)
	contacts, tickets, messages, agents := w.Found(model.Contact), w.Found(model.Ticket), w.Found(model.Message), w.Found(model.Agent)
	m := messages["t1m3"]
	if m["public"] != false || m["ticket"] != tickets["t1"]["id"] || m["author"] != contacts["c2"]["id"] || !strings.HasPrefix(model.Plain(m["created_at"]), "2019-03-01T09:02:00") {
		t.Errorf("a private note arrived as %v", m)
	}
	if m := messages["t1m2"]; m["public"] != true || m["author"] != agents["a1"]["id"] {
		t.Errorf("an agent's answer arrived as %v", m)
	}
}

// Invariant 10: a mapping that would make a private note public holds it, and the desk
// never sees it.
func TestRun_aPrivateNoteIsNeverMadePublic(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	for i := range v.Objects {
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; v.Objects[i].Source == model.Message && f.Target == "public" {
				*f = mapping.FieldMap{Target: "public", Rule: mapping.Fixed, Fixed: "true", State: mapping.Reviewed}
			}
		}
	}
	w.Compile(v)
	pl, sum := w.Plan()
	for _, o := range sum.Objects {
		if o.Object == model.Message && (o.Create != 32 || o.Hold != 8) {
			t.Errorf("the plan: %+v, want the 8 private notes held", o)
		}
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	for id := range w.Found(model.Message) {
		if strings.HasSuffix(id, "m3") {
			t.Errorf("the private note %s is in the desk", id)
		}
	}
	if m := w.Manifest(model.Message); m.Held != 8 || m.Moved != 32 {
		t.Errorf("%+v", m)
	}
}

// blind is a desk that cannot be asked what arrived.
type blind struct {
	connector.Connector
	connector.Writer
}

// Invariant 4: where nobody can be asked, a record of unknown outcome is held, and no
// later run or plan sends it again by itself.
func TestRun_unknownOutcomeOfADeskThatCannotBeAsked(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	writer, ok := w.Job.Target.Conn.(connector.Writer)
	if !ok {
		t.Fatal("the desk cannot be written to")
	}
	w.Job.Target.Conn = blind{w.Job.Target.Conn, writer}
	w.Server.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.DropAfter, Times: 1, Method: "POST", Path: "/contacts/batch"}}})
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	held := w.Manifest(model.Contact).Held
	if held < 1 || held > 3 {
		t.Fatalf("%d customers are held, want those of one request", held)
	}
	if n := w.Run(run.ID).Counts[model.Contact]["held"]; n != held {
		t.Errorf("the run says that it held %d, want %d", n, held)
	}
	if n := w.Server.Desk.Stats().Objects[model.Contact]; n != 6 {
		t.Fatalf("%d customers in the desk: the request had arrived", n)
	}
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	pl, sum := w.Plan()
	for _, o := range sum.Objects {
		if o.Object == model.Contact && (o.Create != 0 || o.Hold != held) {
			t.Errorf("the next plan: %+v, want %d held", o, held)
		}
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if s := w.Server.Desk.Stats(); s.Objects[model.Contact] != 6 || s.Doubles != 0 {
		t.Errorf("%d customers, %d doubles", s.Objects[model.Contact], s.Doubles)
	}
	w.Read(func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			if g.Object == model.Contact && (g.Code != "load.outcome_unknown" || g.Count != held) {
				t.Errorf("held: %+v", g)
			}
		}
		return err
	})
	// It can still be left out by a person.
	w.Write(func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: model.Contact, Fates: []model.Fate{model.Held}}, 0, 10)
		if err != nil {
			return err
		}
		hits := []store.Hit{}
		for _, r := range rows {
			hits = append(hits, store.Hit{Seq: r.Seq})
		}
		_, err = tx.Decide(store.Decision{By: w.Job.By, Does: "leave_out", Object: model.Contact}, model.LeftOut, hits)
		return err
	})
	if m := w.Manifest(model.Contact); m.LeftOut != held || m.Held != 0 {
		t.Errorf("after leaving them out: %+v", m)
	}
}

func TestRun_refusedInTheMiddleStopsAndGoesOn(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	var n atomic.Int32
	w.Wire.Before = func(r *http.Request) *http.Response {
		if !creates(r) || n.Add(1) < 6 {
			return nil
		}
		return &http.Response{
			StatusCode: http.StatusUnauthorized, Status: "401", Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"error":{"code":"unauthorized","message":"This token was revoked."}}`)),
		}
	}
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	if !problem.Is(err, connector.CodeUnauthorized) {
		t.Fatalf("got %v, want that the token is not accepted", err)
	}
	r := w.Run(run.ID)
	if r.State != "failed" || !strings.Contains(r.Error, string(connector.CodeUnauthorized)) {
		t.Errorf("the run is %s because of %s", r.State, r.Error)
	}
	w.Read(func(tx *store.Tx) error {
		open, err := tx.OpenIntents(10)
		if len(open) > 0 {
			t.Errorf("%d records are thought to be on their way, although the desk said no", len(open))
		}
		return err
	})
	w.Wire.Before = nil // a new token
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	inOrder(t, w)
}

func TestRun_stoppedByAPersonAtAnyMomentGoesOn(t *testing.T) {
	for _, at := range []int32{1, 3, 7, 12, 20} {
		t.Run(fmt.Sprintf("at request %d", at), func(t *testing.T) {
			t.Parallel()
			w := loadtest.New(t, practice.Options{})
			w.People()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var n atomic.Int32
			w.Wire.Before = func(r *http.Request) *http.Response {
				if creates(r) && n.Add(1) == at {
					cancel()
				}
				return nil
			}
			pl, _ := w.Plan()
			run, err := load.Start(ctx, w.Job, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want that it was stopped", err)
			}
			if state := w.Run(run.ID).State; state != "cancelled" {
				t.Errorf("the run is %s", state)
			}
			for _, o := range model.Known() {
				w.Manifest(o)
			}
			w.Read(func(tx *store.Tx) error { // a stop does not tear a request apart
				open, err := tx.OpenIntents(10)
				if len(open) > 0 {
					t.Errorf("%d records are left without an outcome", len(open))
				}
				return err
			})
			if _, err := w.Start(0, run.ID); err != nil {
				t.Fatal(err)
			}
			w.Arrived(loadtest.All)
			inOrder(t, w)
		})
	}
}

// What the desk refused is held once: a run that goes on neither tries it again nor
// counts it again, and the next plan tries it again.
func TestRun_P68_refusedRecordsAreHeldOnceAndTriedByTheNextPlan(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Call(http.MethodPost, "contacts", `{"name":"Somebody else","email":"c2@x.example"}`)
	var broken atomic.Bool
	broken.Store(true)
	w.Wire.Before = func(r *http.Request) *http.Response {
		if !broken.Load() || !strings.HasSuffix(r.URL.Path, "/tickets/batch") {
			return nil
		}
		return &http.Response{
			StatusCode: http.StatusForbidden, Status: "403", Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"error":{"code":"forbidden","message":"no"}}`)),
		}
	}
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	if err == nil {
		t.Fatal("nothing went wrong")
	}
	broken.Store(false)
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	c := w.Run(run.ID).Counts[model.Contact]
	if c["held"] != 1 || c["created"] != 5 {
		t.Errorf("the run says %v, want 5 created and 1 held", c)
	}
	w.Read(func(tx *store.Tx) error {
		why, err := tx.WhyHeld(w.At(model.Contact, "c2"))
		if err == nil && (len(why) != 1 || why[0].Stage != "run" || why[0].Problem.Where.Record != "c2" || why[0].Problem.Where.Field != "email") {
			err = fmt.Errorf("why c2 is held: %+v", why)
		}
		return err
	})
	// Its tickets are held too, and say why; their messages as well.
	if m := w.Manifest(model.Ticket); m.Held != 2 || m.Moved != 6 { // t1 and t7
		t.Errorf("tickets: %+v", m)
	}
	if m := w.Manifest(model.Message); m.Held != 10 || m.Moved != 30 {
		t.Errorf("messages: %+v", m)
	}
	// The other one is gone from the desk: the next plan moves what was held.
	for _, v := range w.Found(model.Contact) {
		if v["name"] == "Somebody else" {
			w.Call(http.MethodDelete, "contacts/"+model.Plain(v["id"]), "")
		}
	}
	w.Move()
	w.Arrived(loadtest.All)
}

func TestStart_aPlanIsStaleOnceSomethingWasDecided(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, _ := w.Plan()
	w.Job.Fingerprint = "after a decision"
	if _, err := w.Start(pl.ID, 0); !problem.Is(err, load.CodeStale) {
		t.Fatalf("got %v, want that the plan is stale", err)
	}
	if s := w.Server.Desk.Stats(); len(s.Objects) > 0 && s.Objects[model.Organization] != 0 {
		t.Errorf("something was sent: %v", s.Objects)
	}
	w.Read(func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if len(runs) != 0 {
			t.Errorf("a run was begun: %+v", runs)
		}
		return err
	})
}

// Invariant 6: a record that is not what the plan showed is not sent.
func TestRun_aRecordThatChangedSinceItsPlanIsNotSent(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, _ := w.Plan()
	w.Stage(model.Ticket, loadtest.Fields{"id": "t4", "subject": "Another subject", "status": "open", "requester": "c5", "created_at": "2019-03-04T08:00:00Z"})
	run, err := w.Start(pl.ID, 0)
	if !problem.Is(err, load.CodeStale) {
		t.Fatalf("got %v, want that the plan is stale", err)
	}
	if p := problem.From(err); p.Where.Record != "t4" {
		t.Errorf("it points to %+v, want ticket t4", p.Where)
	}
	if _, ok := w.Found(model.Ticket)["t4"]; ok {
		t.Error("the changed ticket was sent")
	}
	if _, err := w.Start(0, run.ID); !problem.Is(err, load.CodeStale) {
		t.Errorf("going on with the same plan: %v", err)
	}
	w.Move()
	w.Arrived(loadtest.All)
	if got := w.Found(model.Ticket)["t4"]["subject"]; got != "Another subject" {
		t.Errorf("the subject is %v", got)
	}
}

func TestPlan_foreseesWhatTheTargetAllowsOnlyOnce(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Contact, loadtest.Fields{"id": "c7", "name": "Twice", "email": "C1@X.example "})
	pl, sum := w.Plan()
	held := func(id string) string {
		code := ""
		w.Read(func(tx *store.Tx) error {
			items, err := tx.PlanItems(pl.ID, model.Contact, store.ActHold, 0, 100)
			for _, it := range items {
				if it.Seq == w.At(model.Contact, id) {
					code = string(it.Problems[0].Code)
				}
			}
			return err
		})
		return code
	}
	if held("c7") != "load.same_value" || held("c1") != "" {
		t.Errorf("the plan holds c1 for %q and c7 for %q", held("c1"), held("c7"))
	}
	if sum.Requests == 0 || sum.HighS < sum.LowS || sum.HighS == 0 {
		t.Errorf("the forecast: %+v", sum)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	// Also against what is in the target by now.
	w.Stage(model.Contact, loadtest.Fields{"id": "c8", "name": "Late", "email": "c3@x.example"})
	pl, _ = w.Plan()
	if held("c8") != "load.same_value" || held("c7") != "load.same_value" {
		t.Errorf("the next plan holds c7 for %q and c8 for %q", held("c7"), held("c8"))
	}
}

func TestRun_linksToMergedPeopleLeadToTheOneThatLivesOn(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Write(func(tx *store.Tx) error {
		// c2 lives on in c3, and that one in c4.
		for _, h := range [][2]string{{"c2", "c3"}, {"c3", "c4"}} {
			if _, err := tx.Decide(store.Decision{By: w.Job.By, Does: "merge", Object: model.Contact}, model.Merged,
				[]store.Hit{{Seq: w.At(model.Contact, h[0]), Survivor: w.At(model.Contact, h[1])}}); err != nil {
				return err
			}
		}
		return nil
	})
	w.Move()
	want := map[model.Object]int64{}
	for o, n := range loadtest.All {
		want[o] = n
	}
	want[model.Contact] = 4
	w.Arrived(want)
	contacts, tickets, messages := w.Found(model.Contact), w.Found(model.Ticket), w.Found(model.Message)
	into := contacts["c4"]["id"]
	for _, t1 := range []string{"t1", "t2", "t3"} { // asked by c2, c3 and c4
		if tickets[t1]["requester"] != into {
			t.Errorf("%s belongs to %v, want %v", t1, tickets[t1]["requester"], into)
		}
		if messages[t1+"m1"]["author"] != into {
			t.Errorf("the first message of %s is by %v, want %v", t1, messages[t1+"m1"]["author"], into)
		}
	}
	if m := w.Manifest(model.Contact); m.Merged != 2 || !m.Balances() {
		t.Errorf("%+v", m)
	}
}

// A program that dies between a request and its outcome: the intent is asked for, and
// nothing is sent again.
func TestStart_intentsOfADeadProgramAreAskedFor(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, _ := w.Plan()
	var run store.Run
	w.Write(func(tx *store.Tx) (err error) {
		if run, err = tx.NewRun(store.Run{Kind: model.RunFull, Plan: pl.ID, By: w.Job.By}); err != nil {
			return err
		}
		items := []store.Intent{}
		for _, id := range []string{"o1", "o2"} {
			items = append(items, store.Intent{Seq: w.At(model.Organization, id), Mark: load.MarkOf(loadtest.ProjectID, model.Key{Object: model.Organization, ID: id}), Draft: []byte{1}})
		}
		return tx.Intend(run.ID, model.Organization, model.Organization, items)
	})
	w.Call(http.MethodPost, "organizations", fmt.Sprintf(`{"name":"Acme","external_id":%q}`, load.MarkOf(loadtest.ProjectID, model.Key{Object: model.Organization, ID: "o1"})))
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	if c := w.Run(run.ID).Counts[model.Organization]; c["existed"] != 1 || c["created"] != 1 {
		t.Errorf("the run says %v, want one that existed and one created", c)
	}
}

func TestMarkOf_P66_P75_isStableShortAndPlain(t *testing.T) {
	for _, id := range []string{"1", "a b", "ünïcödé", strings.Repeat("x", 500), "", "#tag", "a:b"} {
		k := model.Key{Object: model.Contact, ID: id}
		m := load.MarkOf(loadtest.ProjectID, k)
		if m != load.MarkOf(loadtest.ProjectID, k) || len(m) > 160 || !strings.HasPrefix(string(m), load.MarkPrefix(loadtest.ProjectID)) {
			t.Errorf("the mark of %q is %q", id, m)
		}
		if strings.ContainsFunc(string(m), func(r rune) bool { return r < 33 || r > 126 }) {
			t.Errorf("the mark of %q has a character that desks may change: %q", id, m)
		}
		for _, other := range []model.Key{{Object: model.Ticket, ID: id}, {Object: model.Contact, ID: id + "."}} {
			if load.MarkOf(loadtest.ProjectID, other) == m {
				t.Errorf("%v has the mark of %v", other, k)
			}
		}
	}
}
