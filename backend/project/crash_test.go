package project_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"waybill/backend/practice"
)

// seeded gives chance by a seed of its own, which is printed.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// The program is killed at random moments, at least thirty times, while the desk
// also loses answers and fails by itself. At the end nothing is lost, nothing is
// there twice, and after each kill the accounts add up (invariants 1, 3, 4).
func TestRun_P66_P67_killedAtRandomMoments(t *testing.T) {
	t.Parallel()
	kills, tickets := 32, 260
	if testing.Short() || raceEnabled {
		kills, tickets = 5, 60
	}
	w := newWard(t, intake{tickets: tickets, files: 3000, target: practice.Options{SearchLag: 40 * time.Millisecond, Seed: 11}})
	w.desk.Desk.SetFaults(crashFaults())
	chance := seeded(t)
	killed := 0
	for round := 0; killed < kills; round++ {
		s := w.look()
		if s.Run.State == "done" || round > kills*6 {
			// How often it can be killed depends on the machine; half as often proves as much.
			if killed < kills/2 {
				t.Errorf("the run is %s after %d kills; make it slower", s.Run.State, killed)
			}
			break
		}
		c := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true})
		select {
		case err := <-c.done:
			c.done <- err
		case <-time.After(time.Duration(150+chance.IntN(900)) * time.Millisecond):
			if c.kill() {
				killed++
			}
		}
	}
	w.finish()
}

// crashFaults strike creations only; reading back must stay possible.
func crashFaults() practice.FaultPlan {
	f := func(k practice.FaultKind, chance float64, ms int64) practice.Fault {
		return practice.Fault{Kind: k, Chance: chance, Method: http.MethodPost, Path: "/batch", DelayMS: ms}
	}
	return practice.FaultPlan{Faults: []practice.Fault{
		f(practice.DropAfter, 0.02, 0), f(practice.HalfBatch, 0.01, 0), f(practice.Reset, 0.01, 0), f(practice.HalfBody, 0.01, 0),
		f(practice.ErrorAfter, 0.01, 0), f(practice.ErrorBefore, 0.03, 0), f(practice.Slow, 1, 200),
	}}
}
