package project_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

const childEnv = "WAYBILL_CRASH_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := runOrResume(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashEnv asks the desk sooner than usual what arrived, because here it answers sooner.
func crashEnv(dir string) (project.Env, error) {
	vault, err := secret.File(filepath.Join(dir, "vault"), nil)
	if err != nil {
		return project.Env{}, err
	}
	k := practicedesk.Kind()
	k.Caps.FindLag, k.Caps.Travel = 60*time.Millisecond, 600*time.Millisecond
	return project.Env{Kinds: []connector.Kind{files.Kind(), k}, Vault: vault}, nil
}

// runOrResume is what a person does after a crash: open the project, press Resume.
func runOrResume(dir string) (err error) {
	ctx := context.Background()
	env, err := crashEnv(filepath.Dir(dir))
	if err != nil {
		return err
	}
	p, err := project.Open(ctx, dir, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var runs []store.Run
	if err := p.DB().Read(ctx, func(tx *store.Tx) (err error) { runs, err = tx.Runs(); return err }); err != nil {
		return err
	}
	resume := int64(0)
	if len(runs) > 0 {
		if runs[0].State == "done" {
			return nil
		}
		resume = runs[0].ID
	}
	_, err = p.Run(ctx, load.Order{Plan: 1, Resume: resume, Yes: true}, job.New("child"))
	return err
}

// The program is killed at random moments, at least thirty times, while the desk
// also loses answers and fails by itself. At the end nothing is lost, nothing is
// there twice, and after each kill the accounts add up (invariants 1, 3, 4).
func TestRun_P66_P67_killedAtRandomMoments(t *testing.T) {
	kills := 32
	if testing.Short() {
		kills = 5
	}
	ctx := context.Background()
	base := t.TempDir()
	env, err := crashEnv(base)
	if err != nil {
		t.Fatal(err)
	}
	server, err := practice.Serve(ctx, "127.0.0.1:0", practice.Options{SearchLag: 40 * time.Millisecond, Seed: 11})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := filepath.Join(base, "Crash.waybill")
	p, err := project.CreateSample(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = p.Extract(ctx, nil, job.New("extract"))
	must(err)
	_, err = p.Connect(ctx, project.Target, "practice", map[string]string{"address": server.Address, "token": server.Token})
	must(err)
	must(p.DecideSample(ctx))
	must(p.MapSample(ctx))
	_, sum, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	must(err)
	must(p.Close())
	server.Desk.SetFaults(crashFaults())

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 1))
	killed := 0
	for round := 0; ; round++ {
		if round > kills*6 {
			t.Fatalf("not finished after %d rounds", round)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := os.Create(filepath.Join(base, "child.log"))
		must(err)
		cmd.Stdout, cmd.Stderr = out, out
		must(cmd.Start())
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		var end error
		finished := false
		if killed < kills {
			select {
			case end = <-done:
				finished = true
			case <-time.After(time.Duration(200+chance.IntN(900)) * time.Millisecond):
				must(cmd.Process.Kill())
				if err := <-done; err == nil {
					continue // it was over just before it could be killed
				}
				killed++
			}
		} else {
			end, finished = <-done, true
		}
		must(out.Close())
		if finished && end != nil {
			b, err := os.ReadFile(out.Name())
			must(err)
			t.Logf("round %d: %v %s", round, end, b) // the desk was too bad for too long: a person presses Resume again
		}
		state := accounts(t, dir, env)
		if finished && end == nil && state == "done" {
			break
		}
	}
	if killed < kills {
		t.Errorf("the run was over after %d kills; make it slower", killed)
	}
	stats := server.Desk.Stats()
	if stats.Doubles != 0 {
		t.Errorf("%d records are there twice", stats.Doubles)
	}
	if stats.MessagesSent != 0 {
		t.Errorf("%d messages would have gone to customers", stats.MessagesSent)
	}
	for _, o := range sum.Objects {
		if got := stats.Objects[o.Target]; got != o.Create {
			t.Errorf("%s: %d in the target, %d were planned", o.Object, got, o.Create)
		}
	}
	server.Desk.SetFaults(practice.FaultPlan{})
	p, err = project.Open(ctx, dir, env)
	must(err)
	res, err := p.Check(ctx, job.New("check"))
	must(err)
	for _, c := range res.Checks {
		if !c.Passed && c.Code != "balance" { // one message is too long and waits for a person
			t.Errorf("check %s of %s: %d failed: %v", c.Code, c.Object, c.Failed, c.Examples)
		}
	}
	must(p.Close())
}

// accounts opens the project as it was left and proves that every record has exactly
// one place. It gives the state of the newest run.
func accounts(t *testing.T, dir string, env project.Env) string {
	t.Helper()
	ctx := context.Background()
	p, err := project.Open(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	state := ""
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			counted, err := tx.Recount(m.Object)
			if err != nil {
				return err
			}
			counted.Target = m.Target
			if !m.Adds() || counted != m {
				t.Errorf("the accounts do not add up: kept %+v, counted %+v", m, counted)
			}
			if m.Target != m.Moved {
				t.Errorf("%s: %d moved, but the ledger knows %d in the target", m.Object, m.Moved, m.Target)
			}
		}
		runs, err := tx.Runs()
		if len(runs) > 0 {
			state = runs[0].State
		}
		return err
	})
	if err := errors.Join(err, p.Close()); err != nil {
		t.Fatal(err)
	}
	return state
}

// crashFaults strike creations only; reading back must stay possible.
func crashFaults() practice.FaultPlan {
	f := func(k practice.FaultKind, chance float64, ms int64) practice.Fault {
		return practice.Fault{Kind: k, Chance: chance, Method: "POST", Path: "/batch", DelayMS: ms}
	}
	return practice.FaultPlan{Faults: []practice.Fault{
		f(practice.DropAfter, 0.03, 0), f(practice.HalfBatch, 0.02, 0), f(practice.Reset, 0.02, 0), f(practice.HalfBody, 0.02, 0),
		f(practice.ErrorAfter, 0.02, 0), f(practice.ErrorBefore, 0.03, 0), f(practice.Slow, 1, 300),
	}}
}
