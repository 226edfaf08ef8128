package project_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

const childEnv = "WAYBILL_CRASH_CHILD"

// What a child process can be sent to do.
const (
	doRun      = "run"
	doRollback = "rollback"
	doExtract  = "extract"
	doChanges  = "changes"
)

// errand is what a child process does in a project.
type errand struct {
	Dir string
	Do  string
	// Plan to begin, or Resume: the run to go on with. Of is the run to roll back.
	Plan, Resume, Of int64
	Yes              bool
	// FileLimit is how many bytes a file may have; 0: as many as there is room for. Again
	// goes on in the same window once there is room again.
	FileLimit uint64
	Again     bool
}

// answer is how an errand ended, as the screen would say it.
type answer struct {
	State                 string
	Code, What, Why, Next string
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s: %s %s %s", a.State, a.Code, a.What, a.Why, a.Next)
}

// limitFiles bounds the size of every file that the child writes, where the operating
// system can; 0 lets them grow again.
var limitFiles = func(uint64) error { return errors.New("files cannot be bounded here") }

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var e errand
		err := json.Unmarshal([]byte(text), &e)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(e.work())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// work does the errand as the window does: a job that listens on standard input for
// pause, resume and cancel.
func (e errand) work() answer {
	ctx := context.Background()
	state := job.Failed
	err := func() (err error) {
		if e.FileLimit > 0 {
			if err := limitFiles(e.FileLimit); err != nil {
				return err
			}
		}
		env, err := crashEnv(filepath.Dir(e.Dir))
		if err != nil {
			return err
		}
		p, err := project.Open(ctx, e.Dir, env)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		var failure error
		id, err := p.Jobs.Start(e.Do, e.Do, func(ctx context.Context, pr *job.Progress) (string, error) {
			failure = e.do(ctx, p, pr)
			if failure != nil && e.Again {
				fmt.Fprintln(os.Stderr, failure)
				failure = errors.Join(limitFiles(0), e.again(ctx, p, pr))
			}
			return "", failure
		})
		if err != nil {
			return err
		}
		go func() {
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				map[string]func(string){"pause": p.Jobs.Pause, "resume": p.Jobs.Resume, "cancel": p.Jobs.Cancel}[lines.Text()](id)
			}
		}()
		s, err := p.Jobs.Wait(ctx, id)
		state = s.State
		return errors.Join(err, failure)
	}()
	a := answer{State: state}
	if err != nil {
		x := problem.From(err)
		a.Code, a.What, a.Why, a.Next = string(x.Code), x.What, x.Why, x.Next
		fmt.Fprintln(os.Stderr, err)
	}
	return a
}

func (e errand) do(ctx context.Context, p *project.Project, pr *job.Progress) error {
	var err error
	switch e.Do {
	case doRun:
		_, err = p.Run(ctx, load.Order{Plan: e.Plan, Resume: e.Resume, Yes: e.Yes}, pr)
	case doRollback:
		_, _, err = p.Rollback(ctx, e.Of, pr)
	case doExtract:
		_, err = p.Extract(ctx, nil, pr)
	case doChanges:
		_, err = p.ReadChanges(ctx, pr)
	default:
		err = fmt.Errorf("no such errand: %q", e.Do)
	}
	return err
}

// again is what a person does who made room on the disk: press Resume.
func (e errand) again(ctx context.Context, p *project.Project, pr *job.Progress) error {
	err := p.DB().Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err == nil && len(runs) > 0 {
			e.Resume = runs[0].ID
		}
		return err
	})
	return errors.Join(err, e.do(ctx, p, pr))
}

// child is a process at work in a project.
type child struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err bytes.Buffer
	in       io.WriteCloser
	done     chan error
}

// start sends a child process off; around puts another program in front of it.
func (w *ward) start(e errand, around ...string) *child {
	w.t.Helper()
	if e.Dir == "" {
		e.Dir = w.dir
	}
	b, err := json.Marshal(e)
	w.must(err)
	args := append(append([]string{}, around...), os.Args[0], "-test.run=^$")
	c := &child{t: w.t, cmd: exec.Command(args[0], args[1:]...), done: make(chan error, 1)}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(b))
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	c.in, err = c.cmd.StdinPipe()
	w.must(err)
	w.must(c.cmd.Start())
	go func() { c.done <- c.cmd.Wait() }()
	w.t.Cleanup(func() { _ = c.cmd.Process.Kill() }) // it ended long ago, unless the test failed
	return c
}

// tell says pause, resume or cancel. A child that is over does not hear it any more.
func (c *child) tell(word string) {
	_, _ = io.WriteString(c.in, word+"\n") // see above
}

// over says whether the child ended by itself, without waiting.
func (c *child) over() bool {
	select {
	case err := <-c.done:
		c.done <- err
		return true
	default:
		return false
	}
}

// kill ends the child as kill -9 does; ok is false when it was over by itself before.
func (c *child) kill() (ok bool) {
	c.t.Helper()
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.t.Fatal(err)
	}
	err := <-c.done
	c.done <- err
	return err != nil
}

// wait lets the child come to its end and gives its answer.
func (c *child) wait() (a answer) {
	c.t.Helper()
	if err := c.end(); err != nil {
		c.t.Fatalf("the child ended with %v: %s", err, c.err.String())
	}
	if err := json.Unmarshal(c.out.Bytes(), &a); err != nil {
		c.t.Fatalf("%v: %q, %s", err, c.out.String(), c.err.String())
	}
	return a
}

// end waits until the child is over, however it ended.
func (c *child) end() error {
	err := <-c.done
	c.done <- err
	return err
}

// wire is the cable to the desk: it can be shaken, pulled out and plugged in again.
type wire struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	conns map[net.Conn]bool
	cut   bool
	wg    sync.WaitGroup
}

func newWire(to string) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{l: l, to: to, conns: map[net.Conn]bool{}}
	w.wg.Add(1)
	go w.serve()
	return w, nil
}

func (w *wire) address() string { return "http://" + w.l.Addr().String() }

func (w *wire) serve() {
	defer w.wg.Done()
	for {
		c, err := w.l.Accept()
		if err != nil {
			return // it was closed
		}
		there, err := net.Dial("tcp", w.to)
		w.mu.Lock()
		if err != nil || w.cut {
			_ = c.Close() // that is what a cut cable does
			if err == nil {
				_ = there.Close()
			}
			w.mu.Unlock()
			continue
		}
		w.conns[c], w.conns[there] = true, true
		w.mu.Unlock()
		w.wg.Add(2)
		go w.carry(c, there)
		go w.carry(there, c)
	}
}

func (w *wire) carry(from, to net.Conn) {
	defer w.wg.Done()
	_, _ = io.Copy(to, from) // however it ends, the connection is over
	w.mu.Lock()
	delete(w.conns, from)
	w.mu.Unlock()
	_, _ = from.Close(), to.Close()
}

// shake ends all connections, as a desk or a router does with those that are idle too long.
func (w *wire) shake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.Close() // the point of it
	}
}

// pull takes the cable out, or plugs it in again.
func (w *wire) pull(out bool) {
	w.mu.Lock()
	w.cut = out
	w.mu.Unlock()
	if out {
		w.shake()
	}
}

// Close ends it.
func (w *wire) Close() error {
	err := w.l.Close()
	w.shake()
	w.wg.Wait()
	return err
}
