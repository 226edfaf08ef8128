package project_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// soak is a long life of one project in which everything happens at random.
type soak struct {
	*ward
	rng   *rand.Rand
	steps []string
	// made counts what was made at the source since; next is the number of the next ticket.
	made, next int
	// way that is chosen for long texts.
	way string
	// revoked: somebody must connect again.
	revoked bool
	// did counts what happened, for a soak that is too quiet.
	did map[string]int
}

// soakTime says how long it lasts at least, and with which seed: the same one every day,
// so that a change is what makes a test fail; "random" goes hunting.
func soakTime(t *testing.T) (long time.Duration, seed uint64) {
	t.Helper()
	long, seed = 60*time.Second, 1
	if testing.Short() || raceEnabled {
		long = 10 * time.Second
	}
	var err error
	if s := os.Getenv("WAYBILL_SOAK"); s != "" {
		if long, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	switch s := os.Getenv("WAYBILL_SOAK_SEED"); s {
	case "":
	case "random":
		seed = uint64(time.Now().UnixNano())
	default:
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return long, seed
}

// P-66 to P-82, all at random: decisions, choices, plans, slices, runs, canaries, retries,
// deltas and rollbacks, in child processes that are killed, cancelled, paused, put to
// sleep and cut off, while the desk loses answers, fails, is down or revokes the token,
// and people edit on both sides. After each step the accounts are right, the target holds
// nothing twice and nobody got a mail; at the end everything balances.
//
// WAYBILL_SOAK=30m WAYBILL_SOAK_SEED=7 (or random) makes it longer and another one.
func TestSoak_P66toP82_anythingAtRandom(t *testing.T) {
	t.Parallel()
	long, seed := soakTime(t)
	t.Logf("seed %d: repeat it with WAYBILL_SOAK_SEED=%d", seed, seed)
	s := &soak{
		ward: newWard(t, intake{tickets: 40, files: 800, long: true, target: practice.Options{SearchLag: 40 * time.Millisecond, Seed: seed}}),
		rng:  rand.New(rand.NewPCG(seed, 5)), next: 40, did: map[string]int{},
	}
	defer func() {
		if t.Failed() {
			t.Logf("the last steps were:\n%s", strings.Join(s.steps[max(0, len(s.steps)-40):], "\n"))
		}
	}()
	s.way = []string{load.ChooseSplit, load.ChooseAttach}[seed%2]
	s.prepare()
	// A slow machine gets little done in that time: it goes on until enough has happened.
	for end := time.Now().Add(long); (time.Now().Before(end) || s.quiet()) && len(s.steps) < 5000 && !t.Failed(); {
		s.step()
		s.look()
	}
	if t.Failed() {
		return
	}
	s.settle()
	t.Logf("%d steps: %v", len(s.steps), s.did)
	if s.quiet() {
		t.Errorf("it was too quiet: %v", s.did)
	}
}

// quiet says that too little has happened yet to prove anything.
func (s *soak) quiet() bool { return s.did["killed"] == 0 || s.did["runs"] < 3 }

// prepare states how long texts move and the slices, and lets runs go on however much is refused.
func (s *soak) prepare() {
	s.in(func(p *project.Project) {
		s.must(p.Choose(s.ctx, load.LossText, model.Message, "body", s.way))
		s.must(p.SetThresholds(s.ctx, load.Thresholds{}))
		s.must(p.SetSlices(s.ctx, []load.Slice{
			{Name: "Solved", Object: model.Ticket, Conditions: []load.Condition{{Field: "status", Op: load.OpIs, Value: "solved"}}},
			{Name: "Ones", Object: model.Ticket, Conditions: []load.Condition{{Field: "subject", Op: load.OpContains, Value: "1"}}},
		}))
		s.must(p.AcceptFinding(s.ctx, "slice/Ones", "They may overtake."))
	})
}

func (s *soak) note(format string, args ...any) {
	s.steps = append(s.steps, fmt.Sprintf("%d ", len(s.steps))+fmt.Sprintf(format, args...))
}

// step does one thing at random.
func (s *soak) step() {
	type action struct {
		weight int
		do     func()
	}
	all := []action{
		{6, s.resume},
		{5, func() { s.planAndRun(load.Scope{Kind: model.RunFull}) }},
		{2, func() { s.slice() }},
		{4, func() { s.planAndRun(load.Scope{Kind: load.RunRetry}) }},
		{6, func() { s.edits(); s.reads(); s.planAndRun(load.Scope{Kind: model.RunDelta}) }},
		{2, s.reads},
		{3, s.edits},
		{2, s.people},
		{2, s.decide},
		{2, s.undo},
		{2, s.choose},
		{3, s.trouble},
		{3, s.calm},
		{2, s.rollback},
	}
	sum := 0
	for _, a := range all {
		sum += a.weight
	}
	n := s.rng.IntN(sum)
	for _, a := range all {
		if n -= a.weight; n >= 0 {
			continue
		}
		if a.do(); s.revoked {
			s.reconnect()
		}
		return
	}
}

// may lists what a person may be told in such a life; all else is a bug.
var may = []problem.Code{
	"", "cancelled", load.CodeStale, connector.CodeUnauthorized, connector.CodeUnreachable, connector.CodeBroken, connector.CodeBusy,
	connector.CodeNoAnswer, connector.CodeNotSent, store.CodeDiskFull, connector.CodeOther, "slice.waits", delta.CodeNothingSet, "stage.incomplete", "clean.none", "clean.stale", "plan.none",
}

// fine notes what was said, and fails when it is nothing that may be said here.
func (s *soak) fine(what string, code problem.Code, words string) {
	s.t.Helper()
	if code != "" {
		s.note("   %s: %s", what, code)
	}
	if !slices.Contains(may, code) {
		s.t.Errorf("%s: %s %s", what, code, words)
	}
	s.revoked = s.revoked || code == connector.CodeUnauthorized
}

func (s *soak) fineErr(what string, err error) {
	s.t.Helper()
	if err != nil {
		p := problem.From(err)
		s.fine(what, p.Code, err.Error())
	}
}

// send lets a child do an errand while something happens to it.
func (s *soak) send(e errand) {
	s.t.Helper()
	if s.rng.IntN(12) == 0 && limitFiles(0) == nil {
		e.FileLimit, e.Again = uint64(16_500*(1+s.rng.IntN(40))), s.rng.IntN(2) == 0
		s.did["full"]++
		s.note("   the disk is nearly full")
	}
	c := s.start(e)
	moment := func(ms int) { time.Sleep(time.Duration(s.rng.IntN(ms)) * time.Millisecond) }
	moment(500)
	how := s.rng.IntN(12)
	switch {
	case how < 4:
		if c.kill() {
			s.did["killed"]++
			s.note("   killed")
			if s.rng.IntN(2) == 0 {
				s.tear(s.rng, false)
			}
			return
		}
	case how < 6:
		c.tell("cancel")
		s.did["cancelled"]++
		s.note("   cancelled")
	case how == 6:
		c.tell("pause")
		moment(400)
		c.tell("resume")
		s.note("   paused")
	case how == 7:
		if asleep(c, true) == nil {
			s.wire.shake()
			moment(600)
			if err := asleep(c, false); !errors.Is(err, os.ErrProcessDone) { // it was over before it slept
				s.must(err)
			}
			s.did["slept"]++
			s.note("   slept")
		}
	case how == 8:
		s.wire.pull(true)
		moment(800)
		s.wire.pull(false)
		s.did["cut off"]++
		s.note("   cut off")
	}
	// A desk that stays bad is waited for; a person has less time here.
	for i := 0; !c.over(); i++ {
		time.Sleep(20 * time.Millisecond)
		if i == 400 {
			s.faults()
			s.note("   the desk was put right")
		}
		if i > 3000 {
			s.t.Errorf("it does not end: %+v", e)
			c.kill()
			return
		}
	}
	a := c.wait()
	s.note("   it is %s", a.State)
	s.fine(e.Do, problem.Code(a.Code), a.String()+" "+c.err.String())
}

// asleep stops a child and lets it go on, where the operating system can.
var asleep = func(*child, bool) error { return fmt.Errorf("nothing can be put to sleep here") }

// newest is the newest run of a plan that is not over; 0: there is none.
func (s *soak) newest() (open store.Run) {
	s.in(func(p *project.Project) {
		s.must(p.DB().Read(s.ctx, func(tx *store.Tx) error {
			runs, err := tx.Runs()
			if len(runs) > 0 && runs[0].Kind != model.RunRollback && runs[0].State != "done" && runs[0].State != "rolled_back" {
				open = runs[0]
			}
			return err
		}))
	})
	return open
}

func (s *soak) resume() {
	if r := s.newest(); r.ID != 0 {
		s.note("resume run %d, which is %s", r.ID, r.State)
		s.send(errand{Do: doRun, Resume: r.ID, Yes: true})
	}
}

func (s *soak) planAndRun(scope load.Scope) {
	plan := int64(0)
	s.in(func(p *project.Project) {
		pl, sum, err := p.Plan(s.ctx, scope, job.New("plan"))
		s.note("plan %d: %s", pl.ID, scope.Kind)
		s.fineErr("plan", err)
		if err != nil {
			return
		}
		plan = pl.ID
		if sum.Conflicts > 0 {
			_, err := p.ChooseConflict(s.ctx, plan, delta.Pick{Kind: delta.KindConflict}, []string{delta.Keep, delta.Take, delta.Note}[s.rng.IntN(3)], "")
			s.fineErr("choose", err)
		}
		if sum.Gone > 0 {
			_, err := p.ChooseConflict(s.ctx, plan, delta.Pick{Kind: delta.KindGone}, []string{delta.Keep, delta.Delete}[s.rng.IntN(2)], "")
			s.fineErr("choose", err)
		}
	})
	if plan == 0 || s.rng.IntN(8) == 0 {
		return
	}
	yes := s.rng.IntN(4) > 0
	s.note("run plan %d, yes %v", plan, yes)
	s.did["runs"]++
	s.send(errand{Do: doRun, Plan: plan, Yes: yes})
}

func (s *soak) slice() {
	var slice load.Slice
	s.in(func(p *project.Project) {
		list, err := p.Slices(s.ctx)
		s.must(err)
		slice = list[s.rng.IntN(len(list))]
	})
	s.planAndRun(load.Scope{Kind: load.RunSlice, Slice: &slice})
}

// edits change the source.
func (s *soak) edits() {
	for range 1 + s.rng.IntN(5) {
		t := s.ids[fmt.Sprint("t", s.rng.IntN(s.next))]
		s.made++
		switch s.rng.IntN(6) {
		case 0, 1:
			s.say(s.old, http.MethodPatch, "tickets/"+t, map[string]any{"subject": fmt.Sprint("Subject changed ", s.made), "status": []string{"open", "solved", "pending"}[s.rng.IntN(3)]})
		case 2:
			s.say(s.old, http.MethodPatch, "contacts/"+s.ids[fmt.Sprint("c", s.rng.IntN(10))], map[string]any{"phone": fmt.Sprint("+4930", s.made)})
		case 3:
			s.make(fmt.Sprint("x", s.made), "messages", map[string]any{"ticket": t, "author": s.ids["a1"], "public": false, "body": strings.Repeat(fmt.Sprintf("<p>More %d</p>", s.made), 1+s.rng.IntN(2)*300), "created_at": model.Stamp(time.Now())})
		case 4:
			s.ticket(s.next, intake{tickets: 40, long: true})
			s.next++
		case 5:
			for name, id := range s.ids {
				if strings.HasPrefix(name, "x") {
					delete(s.ids, name)
					s.say(s.old, http.MethodDelete, "messages/"+id, nil)
					break
				}
			}
		}
	}
	s.note("the source changed")
}

func (s *soak) reads() {
	s.note("read what changed")
	s.send(errand{Do: doChanges})
}

// people edit a ticket or a contact in the target.
func (s *soak) people() {
	var lines []store.LedgerLine
	s.in(func(p *project.Project) {
		s.must(p.DB().Read(s.ctx, func(tx *store.Tx) (err error) {
			lines, err = tx.Sent(model.Ticket, 0, 200)
			return err
		}))
	})
	if len(lines) == 0 {
		return
	}
	s.faultless(func() {
		l := lines[s.rng.IntN(len(lines))]
		if s.there(l) {
			s.say(s.desk, http.MethodPatch, "tickets/"+l.ID, map[string]any{"priority": []string{"low", "high", "urgent"}[s.rng.IntN(3)]})
			s.edited[l.ID] = true
			s.note("people edited ticket %s", l.Source)
		}
	})
}

// there says whether a record of the ledger still exists: a rollback that was killed may
// have removed it already.
func (s *soak) there(l store.LedgerLine) bool {
	got := s.say(s.desk, http.MethodGet, "tickets?ids="+l.ID, nil)
	list, _ := got["items"].([]any)
	return len(list) > 0
}

// faultless lets people work in the desk: the faults are for the move.
func (s *soak) faultless(fn func()) {
	s.faults()
	fn()
}

func (s *soak) decide() {
	s.in(func(p *project.Project) {
		rules, err := p.Rules(s.ctx)
		s.must(err)
		if len(rules) == 0 {
			return
		}
		r := rules[s.rng.IntN(len(rules))]
		if r.Applied != 0 {
			return
		}
		_, err = p.Decide(s.ctx, r.ID, nil, "Because.")
		s.note("decide %s", r.ID)
		s.fineErr("decide", err)
	})
}

func (s *soak) undo() {
	s.in(func(p *project.Project) {
		var open []store.Decision
		s.must(p.DB().Read(s.ctx, func(tx *store.Tx) error {
			all, err := tx.Decisions()
			for _, d := range all {
				if d.UndoneAt == "" && !strings.HasPrefix(d.Rule, project.NotMoved) && d.Rule != store.RuleGone {
					open = append(open, d)
				}
			}
			return err
		}))
		if len(open) > 0 {
			d := open[s.rng.IntN(len(open))]
			s.note("undo %s", d.Rule)
			s.fineErr("undo", p.Undo(s.ctx, d.ID))
		}
	})
}

func (s *soak) choose() {
	s.in(func(p *project.Project) {
		c := []string{load.ChooseHold, s.way}[s.rng.IntN(2)]
		s.note("long texts: %s", c)
		s.fineErr("choose", p.Choose(s.ctx, load.LossText, model.Message, "body", c))
	})
}

// trouble sets faults that last.
func (s *soak) trouble() {
	kinds := []practice.FaultKind{practice.DropAfter, practice.DropBefore, practice.ErrorAfter, practice.ErrorBefore, practice.HalfBatch, practice.HalfBody, practice.Reset, practice.HTML}
	list := []practice.Fault{}
	for range 1 + s.rng.IntN(3) {
		list = append(list, practice.Fault{Kind: kinds[s.rng.IntN(len(kinds))], Method: http.MethodPost, Chance: 0.02 + 0.15*s.rng.Float64()})
	}
	switch s.rng.IntN(4) {
	case 0:
		list = append(list, practice.Fault{Kind: practice.Revoke, Skip: 10 + s.rng.IntN(20)})
	case 1:
		list = append(list, practice.Fault{Kind: practice.Down, Skip: 10 + s.rng.IntN(20), DelayMS: int64(200 + s.rng.IntN(1500))})
	}
	s.faults(append(list, slow(int64(20+s.rng.IntN(100))))...)
	s.did["troubled"]++
	s.note("trouble: %v", list)
}

func (s *soak) calm() {
	s.faults(slow(int64(30 + s.rng.IntN(170))))
	s.note("the desk is well")
}

// reconnect is what a person does whose token was revoked.
func (s *soak) reconnect() {
	s.faults()
	s.in(s.connect)
	s.revoked = false
	s.did["reconnected"]++
	s.note("connected again")
}

func (s *soak) rollback() {
	of := int64(0)
	s.in(func(p *project.Project) {
		s.must(p.DB().Read(s.ctx, func(tx *store.Tx) error {
			runs, err := tx.Runs()
			runs = slices.DeleteFunc(runs, func(r store.Run) bool { return r.Kind == model.RunRollback || r.State == "rolled_back" })
			if len(runs) > 0 {
				of = runs[s.rng.IntN(len(runs))].ID
			}
			return err
		}))
	})
	if of == 0 {
		return
	}
	s.note("roll back run %d", of)
	s.did["rollbacks"]++
	s.send(errand{Do: doRollback, Of: of})
}

// settle brings everything to its end, as a person does who has time: nothing waits,
// nothing is held, and the target holds each record once.
func (s *soak) settle() {
	s.note("to the end")
	s.wire.pull(false)
	s.faults()
	s.in(s.connect)
	run := func(scope load.Scope) {
		plan := int64(0)
		s.in(func(p *project.Project) {
			pl, _, err := p.Plan(s.ctx, scope, job.New("plan"))
			s.must(err)
			plan = pl.ID
		})
		s.start(errand{Do: doRun, Plan: plan, Yes: true}).wait().says(s.t, job.Done, "")
		s.look()
	}
	s.in(func(p *project.Project) {
		s.must(p.Choose(s.ctx, load.LossText, model.Message, "body", s.way))
	})
	var last standing
	for round := range 6 {
		s.start(errand{Do: doChanges}).wait().says(s.t, job.Done, "")
		run(load.Scope{Kind: model.RunDelta})
		run(load.Scope{Kind: load.RunRetry})
		run(load.Scope{Kind: model.RunFull})
		if last = s.look(); last.balances() {
			s.note("balanced after %d rounds", round+1)
			s.settled()
			return
		}
	}
	s.in(func(p *project.Project) {
		groups, err := p.HeldGroups(s.ctx)
		s.must(err)
		for _, g := range groups {
			s.t.Logf("held: %s, %d: %v", project.GroupID(g), g.Count, g.Example)
		}
	})
	s.t.Errorf("it does not balance: %+v", last.Manifest)
}
