package project_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"waybill/backend/connector"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// many writes n customers and a ticket of each.
func many(n int) map[string]string {
	var c, t strings.Builder
	c.WriteString("id,name,email\n")
	t.WriteString("id,subject,requester,status\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&c, "c%d,Customer %d,c%d@one.example\n", i, i, i)
		fmt.Fprintf(&t, "t%d,Ticket %d,c%d,%s\n", i, i, i, []string{"open", "closed"}[i%2])
	}
	return map[string]string{"customers.csv": c.String(), "tickets.csv": t.String()}
}

// objects counts what the target has of an object.
func (w *world) objects(o model.Object) int64 { return w.Server.Desk.Stats().Objects[o] }

func TestP67_ARevokedTokenEndsTheRunAndANewConnectionGoesOn(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(30), nil)
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	first, err := w.Run(w.ctx, load.Order{Plan: pl.ID}, job.New("run"))
	w.must(err)
	if r := w.run(first.ID); r.State != load.StateCanary {
		t.Fatalf("the run is %s", r.State)
	}
	w.Server.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.Revoke, Method: http.MethodPost, Path: "/tickets"}}})
	_, err = w.Run(w.ctx, load.Order{Resume: first.ID, Yes: true}, job.New("run"))
	told(t, err, connector.CodeUnauthorized)
	r := w.run(first.ID)
	if r.State != "failed" || !strings.Contains(r.Error, "connect again") {
		t.Fatalf("the run is %s: %s", r.State, r.Error)
	}
	if m := w.account(model.Ticket); m.Pending == 0 || m.Held != 0 {
		t.Fatalf("what was not sent waits: %+v", m)
	}
	w.Server.Desk.SetFaults(practice.FaultPlan{}) // a new token was made
	w.connect()
	_, err = w.Run(w.ctx, load.Order{Resume: first.ID, Yes: true}, job.New("run"))
	w.must(err)
	if m := w.account(model.Ticket); m.Moved != 30 || w.objects(model.Ticket) != 30 || w.run(first.ID).State != "done" {
		t.Errorf("%+v, %d in the target, the run is %s", m, w.objects(model.Ticket), w.run(first.ID).State)
	}
}

func TestP71_ATriggerThatIsNotSilencedStopsTheRunUntilItIsAccepted(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(3), nil)
	send(t, w.Server, http.MethodPost, "triggers", map[string]any{"kind": "webhook", "name": "Tell billing", "on": []string{"contact"}, "when": "created", "does": "calls a hook", "active": true, "silenced_by_import": false})
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	_, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeNotQuiet)
	if w.objects(model.Contact) != 0 || w.Server.Desk.Stats().MessagesSent != 0 {
		t.Fatal("something was written")
	}
	w.must(w.AcceptFinding(w.ctx, load.PreQuiet, "Billing knows."))
	accepted, err := w.AcceptedFindings(w.ctx)
	w.must(err)
	if a := accepted[load.PreQuiet]; a.By.Name != "Ann" || a.Why != "Billing knows." || a.At == "" {
		t.Errorf("%+v", a)
	}
	found, err := w.Preflight(w.ctx, pl.ID)
	w.must(err)
	for _, f := range found {
		if f.State == load.PreflightStop && !f.Accepted {
			t.Errorf("still in the way: %+v", f)
		}
	}
	// Accepting it does not confirm what the first records set off.
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if w.run(run.ID).State != load.StateCanary {
		t.Fatalf("the run is %s", w.run(run.ID).State)
	}
	list, err := w.Canaries(w.ctx, run.ID)
	w.must(err)
	if len(list) != 2 || list[0].Silent.Sent == 0 || !list[0].OK {
		t.Errorf("%+v", list)
	}
	// Taking the acceptance back closes the way again.
	w.must(w.AcceptFinding(w.ctx, load.PreQuiet, ""))
	_, err = w.Run(w.ctx, load.Order{Resume: run.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeNotQuiet)
}

func TestP71_TheFirstRecordsAreShownBeforeTheRestIsSent(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(10), nil)
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID}, job.New("run"))
	w.must(err)
	if w.run(run.ID).State != load.StateCanary || w.objects(model.Contact) != 1 || w.objects(model.Ticket) != 1 {
		t.Fatalf("the run is %s with %d customers and %d tickets", w.run(run.ID).State, w.objects(model.Contact), w.objects(model.Ticket))
	}
	list, err := w.Canaries(w.ctx, run.ID)
	w.must(err)
	for _, c := range list {
		if !c.OK || c.Target == "" || len(c.Fields) == 0 || !c.Silent.Known || c.Silent.Sent != 0 {
			t.Errorf("%+v", c)
		}
		for _, f := range append(c.Fields, c.Links...) {
			if !f.Same || f.Found == "" {
				t.Errorf("%s of %s: meant %q, found %q", f.Field, c.Object, f.Meant, f.Found)
			}
		}
	}
	// Saying yes to the plan is saying yes to its first records: nothing is there twice.
	_, err = w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if w.run(run.ID).State != "done" || w.objects(model.Ticket) != 10 || w.audited("canary.confirmed") != 1 {
		t.Errorf("the run is %s with %d tickets", w.run(run.ID).State, w.objects(model.Ticket))
	}
}

// drifting is a desk whose priority field can be taken away by a person there.
type drifting struct {
	desk
	gone *atomic.Bool
}

type desk interface {
	connector.Connector
	connector.Writer
	connector.Finder
	connector.Reader
	connector.Updater
	connector.Deleter
	connector.Firer
	connector.Changer
	connector.Marker
}

func (d drifting) Schema(ctx context.Context) (model.Schema, error) {
	s, err := d.desk.Schema(ctx)
	if err != nil || !d.gone.Load() {
		return s, err
	}
	for i, o := range s.Objects {
		kept := []model.Field{}
		for _, f := range o.Fields {
			if o.Object != model.Ticket || f.Name != "priority" {
				kept = append(kept, f)
			}
		}
		s.Objects[i].Fields = kept
	}
	return s, nil
}

func TestP64_AChangedTargetStopsTheRunBeforeItWritesAnything(t *testing.T) {
	gone := &atomic.Bool{}
	k := practicedesk.Kind()
	dial := k.Open
	k.Open = func(ctx context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
		c, err := dial(ctx, cfg, vault, rt)
		if err != nil {
			return nil, err
		}
		whole, ok := c.(desk)
		if !ok {
			return nil, fmt.Errorf("the practice desk cannot do all that %T needs", c)
		}
		return drifting{whole, gone}, nil
	}
	w := newWorldWith(t, k, practice.Options{}, many(3), nil)
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	gone.Store(true)
	found, err := w.Preflight(w.ctx, pl.ID)
	w.must(err)
	stopped := false
	for _, f := range found {
		stopped = stopped || f.Code == load.PreShape && f.State == load.PreflightStop && !f.CanAccept
	}
	if !stopped {
		t.Errorf("the preflight does not say so: %+v", found)
	}
	_, err = w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeDrift)
	if w.objects(model.Contact) != 0 {
		t.Error("something was written")
	}
	gone.Store(false)
	_, err = w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if m := w.account(model.Ticket); m.Moved != 3 {
		t.Errorf("%+v", m)
	}
}

func TestP69_AThresholdStopsTheRunAndNamesWhoDecides(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(30), func(v *mapping.Version) {
		// Whoever is refused shall not take the tickets with them here.
		rule(v, model.Ticket, "requester", func(f *mapping.FieldMap) { f.IfUnknown = model.OtherwiseHold })
	})
	for i := 10; i <= 29; i++ { // people registered there themselves meanwhile
		send(t, w.Server, http.MethodPost, "contacts", map[string]any{"name": "Somebody else", "email": fmt.Sprintf("c%d@one.example", i)})
	}
	if err := w.SetThresholds(w.ctx, load.Thresholds{HeldPercent: 120}); err == nil {
		t.Error("a threshold of 120 % was taken")
	}
	w.must(w.SetThresholds(w.ctx, load.Thresholds{InARow: 4, Decides: "Bruno Okafor"}))
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeThreshold)
	r := w.run(run.ID)
	if r.State != load.StateStopped || !strings.Contains(r.Error, "Bruno Okafor decides") || w.objects(model.Ticket) > 1 {
		t.Fatalf("the run is %s with %d tickets: %s", r.State, w.objects(model.Ticket), r.Error)
	}
	if err := w.GoBeyond(w.ctx, run.ID, " "); err == nil {
		t.Error("going beyond needs no reason")
	}
	w.must(w.GoBeyond(w.ctx, run.ID, "They are known; we merge them by hand."))
	_, err = w.Run(w.ctx, load.Order{Resume: run.ID, Yes: true, Beyond: true}, job.New("run"))
	w.must(err)
	if m := w.account(model.Contact); m.Moved != 10 || m.Held != 20 {
		t.Errorf("%+v", m)
	}
	if w.audited("run.go_beyond") != 1 || w.audited("run.beyond_threshold") != 1 {
		t.Error("going beyond is not in the audit trail")
	}
}

func TestP45_ALossIsForeseenChosenAndCarriedOut(t *testing.T) {
	sheets := many(2)
	sheets["tickets.csv"] += "t3," + strings.Repeat("long ", 100) + ",c1,open\n"
	w := newWorld(t, practice.Options{}, sheets, nil)
	pl, sum := w.plan(load.Scope{Kind: model.RunFull})
	if len(sum.Losses) == 0 || sum.Losses[0].Code != load.LossText || sum.Losses[0].Choice != load.ChooseHold || sum.Losses[0].Count != 1 || sum.Losses[0].Examples[0] != "t3" {
		t.Fatalf("%+v", sum.Losses)
	}
	told(t, w.Choose(w.ctx, load.LossText, model.Ticket, "subject", load.ChooseSplit), "loss.choice")
	w.must(w.Choose(w.ctx, load.LossText, model.Ticket, "subject", load.ChooseShorten))
	_, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeStale)
	_, sum = w.plan(load.Scope{Kind: model.RunFull})
	if sum.Losses[0].Choice != load.ChooseShorten || sum.Objects[len(sum.Objects)-1].Hold != 0 {
		t.Errorf("%+v", sum)
	}
	_, err = w.Run(w.ctx, load.Order{Yes: true}, job.New("run"))
	w.must(err)
	if m := w.account(model.Ticket); m.Moved != 3 {
		t.Errorf("%+v", m)
	}
}

func TestP82_TheSourceIsProvenUntouchedByItsOwnAccount(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(4), nil)
	run := w.move()
	before, err := w.SourceState(w.ctx)
	w.must(err)
	if !strings.Contains(before, "ticket 4") || strings.Count(before, "file ") != 2 {
		t.Errorf("the source says %q", before)
	}
	_, proof, err := w.Rollback(w.ctx, run.ID, job.New("rollback"))
	w.must(err)
	if !proof.SourceUntouched || proof.SourceBefore != before || proof.SourceAfter != before {
		t.Errorf("%+v", proof)
	}
	// A file that somebody changed is another source, and one that is gone cannot prove anything.
	tables, err := w.Tables(w.ctx)
	w.must(err)
	f, err := os.OpenFile(tables[0].File, os.O_APPEND|os.O_WRONLY, 0)
	w.must(err)
	_, err = f.WriteString("x1,Later,c1\n")
	w.must(err)
	w.must(f.Close())
	after, err := w.SourceState(w.ctx)
	w.must(err)
	if after == before {
		t.Error("a changed file is not noticed")
	}
	w.must(os.Remove(tables[0].File))
	if _, err = w.SourceState(w.ctx); err == nil {
		t.Error("a file that is gone is not noticed")
	}
}

func TestP82_WhatWouldGoIsListedBeforeAnythingDoes(t *testing.T) {
	w := newWorld(t, practice.Options{}, many(4), nil)
	run := w.move()
	touched := w.targetOf(model.Ticket, "t2")
	send(t, w.Server, http.MethodPatch, "tickets/"+touched, map[string]any{"status": "solved"})
	list, err := w.RollbackList(w.ctx, run.ID, job.New("list"))
	w.must(err)
	got := map[model.Object]project.LeavingObject{}
	for _, o := range list.Objects {
		got[o.Object] = o
	}
	// With the ticket stays its customer.
	if got[model.Ticket].Delete != 3 || got[model.Ticket].Keep != 1 || got[model.Contact].Delete != 3 || got[model.Contact].Keep != 1 || len(list.Kept) != 2 {
		t.Errorf("%+v", list)
	}
	if w.objects(model.Ticket) != 4 {
		t.Fatal("listing removed something")
	}
	_, proof, err := w.Rollback(w.ctx, run.ID, job.New("rollback"))
	w.must(err)
	if proof.Deleted != 6 || proof.Kept != 2 {
		t.Errorf("%+v", proof)
	}
}

func TestInvariant11_AShareIsLeftToOthersAtOnce(t *testing.T) {
	w := newWorld(t, practice.Options{RatePerMinute: 60_000}, many(3), nil)
	s, ok := w.Pace(project.Target)
	if !ok || s.Share != 1 {
		t.Fatalf("%+v", s)
	}
	_, before := w.plan(load.Scope{Kind: model.RunFull})
	if _, err := w.SetShare(w.ctx, project.Target, "some"); err == nil {
		t.Error("a share that nobody can read was taken")
	}
	if _, err := w.SetShare(w.ctx, "both", "50%"); err == nil {
		t.Error("a share of neither side was taken")
	}
	_, err := w.SetShare(w.ctx, project.Target, "25%")
	w.must(err)
	if s, _ = w.Pace(project.Target); s.Share != 0.25 {
		t.Errorf("the running connection uses %v", s.Share)
	}
	_, after := w.plan(load.Scope{Kind: model.RunFull})
	if after.HighS < before.HighS || after.Requests != before.Requests {
		t.Errorf("the forecast was %+v, is %+v", before.HighS, after.HighS)
	}
	// It is kept with the project.
	share, err := w.Share(w.ctx, project.Target)
	w.must(err)
	if share.String() != "25%" || w.audited("target.share") != 1 {
		t.Errorf("%s", share)
	}
	pr := job.New("run")
	_, err = w.Run(w.ctx, load.Order{Yes: true}, pr)
	w.must(err)
	if st := pr.Status(); st.LimitPerMinute == 0 {
		t.Errorf("the job does not show the limit: %+v", st)
	}
	if always, err := w.Share(w.ctx, project.Source); err != nil || always.Percent != pace.Always().Percent {
		t.Errorf("%v %v", always, err)
	}
}
