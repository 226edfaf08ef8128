package project_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// says proves that an answer has a code and tells what happened, what it means and what to do.
func (a answer) says(t *testing.T, state string, code problem.Code, words ...string) {
	t.Helper()
	if a.State != state || a.Code != string(code) {
		t.Fatalf("got %s, want %s with %s", a, state, code)
	}
	if code == "" {
		return
	}
	if a.What == "" || a.Why == "" || a.Next == "" {
		t.Errorf("it does not say what, why and what next: %s", a)
	}
	for _, s := range words {
		if !strings.Contains(strings.ToLower(a.What+" "+a.Why+" "+a.Next), s) {
			t.Errorf("it does not say %q: %s", s, a)
		}
	}
}

// P-67: the disk is full in the middle of a run, which stops and says so. With room again
// it goes on, in the same window; what was sent and could not be written down is asked for.
func TestRun_P67_theDiskIsFullAndHasRoomAgain(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60})
	w.in(func(p *project.Project) {
		room := func(more int64) {
			w.must(p.DB().Write(w.ctx, func(tx *store.Tx) error {
				var pages int64
				if err := tx.QueryRowContext(w.ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
					return err
				}
				_, err := tx.ExecContext(w.ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+more))
				return err
			}))
		}
		order := load.Order{Plan: 1, Yes: true}
		for i, more := range []int64{0, 1, 2} {
			room(more)
			run, err := p.Run(w.ctx, order, job.New("run"))
			told(t, err, store.CodeDiskFull)
			if i == 0 && run.ID == 0 {
				continue // there was not even room for its first line
			}
			if run.ID != 0 {
				order = load.Order{Resume: run.ID, Yes: true}
			}
			room(1_000_000)
			w.must(p.DB().Read(w.ctx, func(tx *store.Tx) error { w.audit(tx); return nil }))
		}
		room(1_000_000)
		// A plan may be made and a decision taken: nothing is under way, whatever the file says.
		if _, err := p.Profile(w.ctx, nil, job.New("measure")); err != nil {
			t.Error(err)
		}
		_, err := p.Run(w.ctx, order, job.New("run"))
		w.must(err)
	})
	w.finish()
}

// P-67: after kill -9 something of what was being written lies behind the log's last
// whole page: half a page, a page of garbage, an old page. It was never promised.
func TestRun_P67_tornPagesBehindTheLog(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60})
	w.faults(slow(60))
	chance := seeded(t)
	for range 8 {
		s := w.look()
		c := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true})
		time.Sleep(time.Duration(150+chance.IntN(500)) * time.Millisecond)
		if !c.kill() {
			break
		}
		w.tear(chance, false)
	}
	w.finish()
}

// walFile is a SQLite write-ahead log as it lies on the disk.
type walFile struct {
	frame       int      // bytes of one frame with its head
	whole, last int      // bytes up to the end of the last commit, and of the one before it
	pages       []uint32 // that were committed
}

const walHead, frameHead = 32, 24

// readWAL finds the frames of the newest generation.
func readWAL(b []byte) (f walFile) {
	be := func(at int) uint32 {
		return uint32(b[at])<<24 | uint32(b[at+1])<<16 | uint32(b[at+2])<<8 | uint32(b[at+3])
	}
	if len(b) < walHead {
		return f
	}
	f.frame, f.whole, f.last = int(be(8))+frameHead, walHead, walHead
	var open []uint32
	for at := walHead; at+f.frame <= len(b) && be(at+8) == be(16) && be(at+12) == be(20); at += f.frame {
		open = append(open, be(at))
		if be(at+4) != 0 { // a commit
			f.pages, open = append(f.pages, open...), nil
			f.last, f.whole = f.whole, at+f.frame
		}
	}
	return f
}

// tear spoils the end of the log as a power cut may: what lies behind the last commit
// and, when that was not synced yet, any part of the last commit itself.
func (w *ward) tear(chance *rand.Rand, unsynced bool) {
	w.t.Helper()
	if chance.IntN(2) == 0 {
		if err := os.Remove(filepath.Join(w.dir, "project.db-shm")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "project.db-wal")); errors.Is(err, fs.ErrNotExist) {
		return
	}
	w.hurtFile("project.db-wal", func(b []byte) []byte {
		f := readWAL(b)
		if f.frame == 0 {
			return b
		}
		from := f.whole
		if unsynced {
			from = f.last
		}
		// Sectors reach the disk in any order, or not at all.
		for at := from; at+512 <= len(b); at += 512 {
			switch chance.IntN(4) {
			case 0:
				clear(b[at : at+512])
			case 1:
				for i := at; i < at+512; i++ {
					b[i] = byte(chance.IntN(256))
				}
			}
		}
		switch chance.IntN(3) {
		case 0: // the file ends in the middle of a page
			b = b[:from+chance.IntN(len(b)-from+1)]
		case 1: // half a page more than there was
			extra := make([]byte, f.frame/2)
			if len(b) >= walHead+f.frame {
				copy(extra, b[walHead:])
			}
			b = append(b, extra...)
		}
		return b
	})
}

// P-67: the token is revoked in the middle. The run ends and says to connect again;
// after that Resume goes on.
func TestRun_P67_aRevokedTokenStopsTheRunUntilSomebodyConnectsAgain(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 40, files: 2000})
	chance := seeded(t)
	id := int64(0)
	for range 4 {
		w.faults(practice.Fault{Kind: practice.Revoke, Skip: 8 + chance.IntN(25)})
		a := w.start(errand{Do: doRun, Plan: 1, Resume: id, Yes: true}).wait()
		if a.State == job.Done {
			break
		}
		a.says(t, job.Failed, connector.CodeUnauthorized, "token", "connect again")
		s := w.look()
		id = s.Run.ID
		if id != 0 && (s.Run.State != "failed" || !strings.Contains(s.Run.Error, string(connector.CodeUnauthorized))) {
			t.Errorf("run %d is %s: %s", id, s.Run.State, s.Run.Error)
		}
		// Pressing Resume before anything was done about it changes nothing.
		a = w.start(errand{Do: doRun, Plan: 1, Resume: id, Yes: true}).wait()
		a.says(t, job.Failed, connector.CodeUnauthorized, "connect again")
		w.look()
		w.faults()
		w.in(w.connect)
	}
	w.finish()
}

// P-67: the target fails for a while and is gone for a while: the same run waits and goes
// on by itself.
func TestRun_P67_theTargetIsDownAndComesBack(t *testing.T) {
	for name, list := range map[string][]practice.Fault{
		"500 many times": {{Kind: practice.ErrorBefore, Skip: 8, Times: 14}},
		"down at first":  {{Kind: practice.Down, Skip: 3, DelayMS: 2000}},
		"down":           {{Kind: practice.Down, Skip: 12, DelayMS: 2000}},
		"down later":     {{Kind: practice.Down, Skip: 30, DelayMS: 2000}},
		"a proxy's page": {{Kind: practice.HTML, Method: http.MethodPost, Skip: 3, Times: 4}},
		"not available":  {{Kind: practice.Unavailable, Method: http.MethodPost, Skip: 3, Times: 6, DelayMS: 100}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, intake{tickets: 25})
			w.faults(list...)
			w.start(errand{Do: doRun, Plan: 1, Yes: true}).wait().says(t, job.Done, "")
			if hit := w.desk.Desk.FaultsHit(); hit[list[0].Kind] == 0 {
				t.Error("nothing went wrong")
			}
			w.settled()
		})
	}
	t.Run("the cable is out", func(t *testing.T) {
		t.Parallel()
		w := newWard(t, intake{tickets: 40})
		w.faults(slow(40))
		c := w.start(errand{Do: doRun, Plan: 1, Yes: true})
		w.until("something arriving", func() bool { return w.arrived() > 20 })
		w.wire.pull(true)
		time.Sleep(2 * time.Second)
		if c.over() {
			t.Errorf("it did not wait: %s", c.wait())
		}
		w.wire.pull(false)
		c.wait().says(t, job.Done, "")
		w.settled()
	})
}

// P-66: the work is done and the answer is lost, again and again.
func TestRun_P66_answersThatAreLostAtHighRates(t *testing.T) {
	for _, kind := range []practice.FaultKind{practice.DropAfter, practice.ErrorAfter, practice.Reset, practice.HalfBody, practice.HalfBatch} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWard(t, intake{tickets: 15, files: 1000})
			w.faults(practice.Fault{Kind: kind, Method: http.MethodPost, Chance: 0.4})
			w.start(errand{Do: doRun, Plan: 1, Yes: true}).wait().says(t, job.Done, "")
			if w.desk.Desk.FaultsHit()[kind] < 3 {
				t.Error("hardly anything was lost")
			}
			w.settled()
		})
	}
}

// P-67: the computer's clock is set back a day between two starts: what is open is asked
// for as soon as the target can know, and nothing waits for a day.
func TestRun_P67_aClockThatWasSetBackBetweenTwoStarts(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 30})
	w.faults(practice.Fault{Kind: practice.Slow, Method: http.MethodPost, Skip: 12, DelayMS: 400})
	c := w.start(errand{Do: doRun, Plan: 1, Yes: true})
	w.until("something arriving", func() bool { return w.arrived() > 20 })
	time.Sleep(200 * time.Millisecond) // nearly all of the time a request is under way
	if !c.kill() {
		t.Fatal("the run was over before it could be killed")
	}
	s := w.look()
	if s.Open == 0 {
		t.Fatal("nothing was under way")
	}
	w.in(func(p *project.Project) {
		later := model.Stamp(time.Now().Add(24 * time.Hour))
		w.must(p.DB().Write(w.ctx, func(tx *store.Tx) error {
			for _, q := range []string{`UPDATE ledger SET at = ?`, `UPDATE run SET started = ?, finished = ''`, `UPDATE extra SET at = ?`} {
				if _, err := tx.ExecContext(w.ctx, q, later); err != nil {
					return err
				}
			}
			return nil
		}))
	})
	w.faults()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	w.in(func(p *project.Project) {
		_, err := p.Run(ctx, load.Order{Resume: s.Run.ID, Yes: true}, job.New("run"))
		w.must(err)
	})
	w.settled()
}

// P-66: a project is open in one program only, also while a run is under way.
func TestRun_P66_twoProgramsOnOneProject(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 30})
	w.faults(slow(300))
	c := w.start(errand{Do: doRun, Plan: 1, Yes: true})
	w.until("something arriving", func() bool { return w.arrived() > 10 })
	_, err := project.Open(w.ctx, w.dir, w.env)
	told(t, err, store.CodeBusy)
	w.start(errand{Do: doRun, Plan: 1, Yes: true}).wait().says(t, job.Failed, store.CodeBusy, "already open")
	w.faults()
	c.wait().says(t, job.Done, "")
	w.settled()
}

// P-66: a project is copied to a stick in the middle and opened there, after the first one
// moved everything: the copy's run finds what is there and creates nothing twice.
func TestRun_P66_aCopyOfTheProjectOnAStick(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 30, files: 1000})
	w.faults(slow(50))
	c := w.start(errand{Do: doRun, Plan: 1, Yes: true})
	w.until("something arriving", func() bool { return w.arrived() > 30 })
	if !c.kill() {
		t.Fatal("the run was over before it could be killed")
	}
	stick := filepath.Join(w.base, "Stick.waybill")
	w.must(os.CopyFS(stick, os.DirFS(w.dir)))
	w.finish()
	all := fmt.Sprint(w.desk.Desk.Stats().Objects)
	first := w.dir
	w.copied, w.dir = true, stick
	w.finish()
	if now := fmt.Sprint(w.desk.Desk.Stats().Objects); now != all {
		t.Errorf("the copy's run made more: before %s, after %s", all, now)
	}
	// And the first project still is right about everything.
	w.copied, w.dir = false, first
	w.settled()
}

// P-69: paused and cancelled at random moments, in the canary, while waiting, anywhere:
// the accounts say exactly what is there, and the run goes on.
func TestRun_P69_pausedAndCancelledAtAnyMoment(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60, files: 500})
	chance := seeded(t)
	cancelled := 0
	for round := range 14 {
		s := w.look()
		if s.Run.State == "done" {
			break
		}
		w.faults(practice.Fault{Kind: practice.ErrorAfter, Method: http.MethodPost, Chance: 0.05}, practice.Fault{Kind: practice.ErrorBefore, Chance: 0.1}, slow(60))
		if round%5 == 4 { // it waits for a desk that is gone
			w.faults(practice.Fault{Kind: practice.Down, DelayMS: 60_000})
		}
		c := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true})
		time.Sleep(time.Duration(chance.IntN(700)) * time.Millisecond)
		if chance.IntN(2) == 0 {
			c.tell("pause")
			time.Sleep(200 * time.Millisecond)
			before := w.arrived()
			time.Sleep(300 * time.Millisecond)
			if chance.IntN(2) == 0 {
				c.tell("resume")
			} else if after := w.arrived(); after > before+64 {
				t.Errorf("it went on while it was paused: %d, then %d", before, after)
			}
		}
		c.tell("cancel")
		switch a := c.wait(); a.State {
		case job.Cancelled:
			cancelled++
		case job.Failed:
			a.says(t, job.Failed, problem.Code(a.Code))
		}
		if s := w.look(); s.Run.ID != 0 && s.Run.State != "cancelled" && s.Run.State != "done" && s.Run.State != "failed" {
			t.Errorf("the run is %s", s.Run.State)
		}
	}
	if cancelled < 3 {
		t.Errorf("only %d were cancelled", cancelled)
	}
	w.finish()
}

// P-82: a rollback that is killed or cancelled in the middle goes on when it is started
// again, keeps what people touched, and proves the rest absent. Then all moves once more.
func TestRollback_P82_killedAndCancelledInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60, files: 500, long: true})
	w.start(errand{Do: doRun, Plan: 1, Yes: true}).wait().says(t, job.Done, "")
	first := w.settled().Run.ID
	touched := ""
	w.in(func(p *project.Project) {
		w.must(p.DB().Read(w.ctx, func(tx *store.Tx) error {
			lines, err := tx.Sent(model.Ticket, 0, 50)
			touched = lines[20].ID
			return err
		}))
	})
	w.say(w.desk, http.MethodPatch, "tickets/"+touched, map[string]any{"status": "pending"})
	chance := seeded(t)
	for round := range 8 {
		w.faults(practice.Fault{Kind: practice.DropAfter, Method: http.MethodPost, Chance: 0.05}, slow(100))
		c := w.start(errand{Do: doRollback, Of: first})
		time.Sleep(time.Duration(150+chance.IntN(500)) * time.Millisecond)
		if round%3 == 2 {
			c.tell("cancel")
			c.wait()
		} else if !c.kill() {
			break
		}
		w.look()
	}
	w.faults()
	w.start(errand{Do: doRollback, Of: first}).wait().says(t, job.Done, "")
	s := w.look()
	if !strings.Contains(s.Run.Proof, `"source_untouched":true`) {
		t.Errorf("the proof is %s", s.Run.Proof)
	}
	left := w.desk.Desk.Stats().Objects
	if left[model.Ticket] != 1 || left[model.Message]-w.before[model.Message] < 2 {
		t.Errorf("what a person touched did not stay alone, with its messages: %v", left)
	}
	w.start(errand{Do: doRun, Plan: w.plan(), Yes: true}).wait().says(t, job.Done, "")
	for _, m := range w.look().Manifest {
		if !m.Balances() {
			t.Errorf("after moving again: %+v", m)
		}
	}
}

// P-82: a ticket that another run's ticket follows stays when its own run is rolled back,
// and keeps its links and times; two that follow each other go.
func TestRollback_P82_whatStaysKeepsItsLinks(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 4}) // the last one follows the one before
	w.say(w.old, http.MethodPatch, "tickets/"+w.ids["t0"], map[string]any{"follows": w.ids["t1"]})
	w.say(w.old, http.MethodPatch, "tickets/"+w.ids["t1"], map[string]any{"follows": w.ids["t0"]})
	w.start(errand{Do: doExtract}).wait().says(t, job.Done, "")
	move := func(scope load.Scope) (run int64) {
		w.in(func(p *project.Project) {
			pl, _, err := p.Plan(w.ctx, scope, job.New("plan"))
			w.must(err)
			r, err := p.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
			w.must(err)
			run = r.ID
		})
		return run
	}
	first := move(load.Scope{Kind: load.RunSlice, Slice: &load.Slice{Name: "First", Object: model.Ticket, Conditions: []load.Condition{{Field: "subject", Op: load.OpIs, Value: "Subject 0|Subject 1|Subject 2"}}}})
	move(load.Scope{Kind: model.RunFull})
	w.settled()
	w.start(errand{Do: doRollback, Of: first}).wait().says(t, job.Done, "")
	w.look()
	stays := map[string]map[string]any{}
	list, _ := w.say(w.desk, http.MethodGet, "tickets", nil)["items"].([]any)
	for _, x := range list {
		r, _ := x.(map[string]any)
		stays[fmt.Sprint(r["subject"])] = r
	}
	if len(stays) != 2 || stays["Subject 2"] == nil || stays["Subject 3"] == nil {
		t.Fatalf("these tickets stay: %v", stays)
	}
	if r := stays["Subject 2"]; r["assignee"] == nil || !strings.HasPrefix(fmt.Sprint(r["updated_at"]), "2020-01-02") {
		t.Errorf("what stays is not as it was: %v", r)
	}
	move(load.Scope{Kind: model.RunFull})
	w.settled()
}

// P-67, P-77: reading the changes and a delta are killed at random moments.
func TestRun_P67_P77_aDeltaThatIsKilled(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60})
	w.start(errand{Do: doRun, Plan: 1, Yes: true}).wait().says(t, job.Done, "")
	for i := range 40 {
		w.say(w.old, http.MethodPatch, "tickets/"+w.ids[fmt.Sprint("t", i)], map[string]any{"status": "solved", "priority": "high"})
		w.make(fmt.Sprint("n", i), "messages", map[string]any{"ticket": w.ids[fmt.Sprint("t", i)], "author": w.ids["a1"], "public": false, "body": "<p>New</p>", "created_at": "2020-02-02T04:00:00Z"})
	}
	for i := 60; i < 70; i++ {
		w.ticket(i, intake{tickets: 60})
	}
	chance := seeded(t)
	w.old.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.Slow, DelayMS: 60}}})
	for range 4 {
		c := w.start(errand{Do: doChanges})
		time.Sleep(time.Duration(100+chance.IntN(500)) * time.Millisecond)
		if !c.kill() {
			break
		}
		w.look()
	}
	w.old.Desk.SetFaults(practice.FaultPlan{})
	w.start(errand{Do: doChanges}).wait().says(t, job.Done, "")
	plan := int64(0)
	w.in(func(p *project.Project) {
		pl, sum, err := p.Plan(w.ctx, load.Scope{Kind: model.RunDelta}, job.New("plan"))
		w.must(err)
		if sum.Conflicts != 0 {
			t.Errorf("%d conflicts, and nobody touched the target", sum.Conflicts)
		}
		plan = pl.ID
	})
	w.faults(practice.Fault{Kind: practice.DropAfter, Method: http.MethodPost, Chance: 0.05}, slow(100))
	killed := 0
	for range 6 {
		s := w.look()
		e := errand{Do: doRun, Plan: plan, Yes: true}
		if s.Run.Plan == plan {
			e.Resume = s.Run.ID
		}
		c := w.start(e)
		time.Sleep(time.Duration(150+chance.IntN(500)) * time.Millisecond)
		if !c.kill() {
			break
		}
		killed++
	}
	if killed == 0 {
		t.Error("the delta was never killed")
	}
	if s := w.finish(); s.Run.Plan != plan {
		t.Errorf("the newest run is of plan %d", s.Run.Plan)
	}
	// Unchanged records cause no write at all.
	w.start(errand{Do: doChanges}).wait().says(t, job.Done, "")
	w.in(func(p *project.Project) {
		_, sum, err := p.Plan(w.ctx, load.Scope{Kind: model.RunDelta}, job.New("plan"))
		w.must(err)
		if sum.Requests != 0 {
			t.Errorf("nothing changed, and %d requests are planned", sum.Requests)
		}
	})
}
