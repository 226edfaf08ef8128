package practice_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/backend/model"
	"waybill/backend/practice"
)

func batchOf(from, to int) map[string]any {
	var items []any
	for i := from; i < to; i++ {
		items = append(items, map[string]any{"name": fmt.Sprint("g", i), "external_id": fmt.Sprint("e", i)})
	}
	return map[string]any{"items": items}
}

// Each fault does what it says: to the caller, and to the desk.
func TestFaults(t *testing.T) {
	for _, x := range []struct {
		fault  practice.Fault
		status int // 0: no answer
		done   int64
		header string
	}{
		{practice.Fault{Kind: practice.DropAfter}, 0, 10, ""},
		{practice.Fault{Kind: practice.DropBefore}, 0, 0, ""},
		{practice.Fault{Kind: practice.Reset}, 0, 10, ""},
		{practice.Fault{Kind: practice.HalfBatch}, 0, 5, ""},
		{practice.Fault{Kind: practice.HalfBody}, 0, 10, ""},
		{practice.Fault{Kind: practice.ErrorBefore}, 500, 0, ""},
		{practice.Fault{Kind: practice.ErrorAfter}, 500, 10, ""},
		{practice.Fault{Kind: practice.Slow, DelayMS: 5}, 200, 10, ""},
		{practice.Fault{Kind: practice.TooMany, DelayMS: 7000}, 429, 0, "7"},
		{practice.Fault{Kind: practice.TooMany, Raw: "soon"}, 429, 0, "soon"},
		{practice.Fault{Kind: practice.Unavailable, DelayMS: 1000, Date: true}, 503, 0, "Thu, 01 Jan 2026 00:00:01 GMT"},
		{practice.Fault{Kind: practice.HTML}, 200, 0, ""},
	} {
		t.Run(string(x.fault.Kind)+x.fault.Raw, func(t *testing.T) {
			k := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			c, s := serve(t, practice.Options{Now: k.now})
			x.fault.Times, x.fault.Method, x.fault.Path = 1, "POST", "/groups"
			if status, _, v := c.do("POST", "_faults", practice.FaultPlan{Faults: []practice.Fault{x.fault}}); status != 200 {
				t.Fatalf("%d %v", status, v)
			}
			status, h, _, err := c.try("POST", "groups/batch", batchOf(0, 10))
			if (err != nil) != (x.status == 0) {
				t.Errorf("error %v, want status %d", err, x.status)
			}
			if x.fault.Kind == practice.Reset && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v, want a reset", err)
			}
			if x.fault.Kind == practice.HalfBody && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %v, want an answer that breaks off", err)
			}
			if err == nil && (status != x.status || h.Get("Retry-After") != x.header) {
				t.Errorf("status %d, Retry-After %q", status, h.Get("Retry-After"))
			}
			if n := c.stats().Objects[model.Group]; n != x.done {
				t.Errorf("%d records, want %d", n, x.done)
			}
			if n := s.Desk.FaultsHit()[x.fault.Kind]; n != 1 {
				t.Errorf("struck %d times", n)
			}
			if status, _, _ := c.do("POST", "groups/batch", batchOf(10, 20)); status != 200 {
				t.Errorf("after the fault: %d", status)
			}
		})
	}
}

func TestFaultPlanIsCheckedAndRepeatable(t *testing.T) {
	run := func() string {
		c, _ := serve(t, practice.Options{Seed: 7, Faults: practice.FaultPlan{Faults: []practice.Fault{
			{Kind: practice.ErrorBefore, Chance: 0.3, Skip: 5},
		}}})
		var got strings.Builder
		for range 60 {
			status, _, _ := c.do("GET", "me", nil)
			fmt.Fprint(&got, status, " ")
		}
		return got.String()
	}
	first, second := run(), run()
	if first != second {
		t.Errorf("the same seed gave\n%s\n%s", first, second)
	}
	if n := strings.Count(first, "500"); n < 5 || n > 30 || strings.Contains(first[:20], "500") {
		t.Errorf("%d of 60 struck: %s", n, first)
	}
	c, _ := serve(t, practice.Options{})
	status, _, v := c.do("POST", "_faults", map[string]any{"faults": []any{map[string]any{"kind": "fire"}}})
	if status != 422 || fieldErrors(v)["faults.0.kind"] != "invalid" {
		t.Errorf("%d %v", status, v)
	}
}

func TestSizeLimits(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	status, _, _, err := c.try("POST", "groups", io.LimitReader(endless{}, 200<<20))
	if err == nil && status != http.StatusRequestEntityTooLarge {
		t.Errorf("a request of 200 MiB: %d", status)
	}
	if n := c.stats().Objects[model.Group]; n != 0 {
		t.Errorf("%d records", n)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestKilledDesk is a desk in a process of its own; TestStateSurvivesAKill kills it.
func TestKilledDesk(t *testing.T) {
	path := os.Getenv("WAYBILL_KILLED_DESK")
	if path == "" {
		t.Skip("run by TestStateSurvivesAKill, as a process to kill")
	}
	s, err := practice.Serve(t.Context(), "127.0.0.1:0", practice.Options{State: path, Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ADDRESS", s.Address)
	s.Wait()
}

// What was answered is there after kill -9, at whatever moment it comes.
func TestStateSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	answered := map[string]bool{}
	next := 0
	for round := range 6 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledDesk$")
		cmd.Env = append(os.Environ(), "WAYBILL_KILLED_DESK="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var address string
		if _, err := fmt.Fscanf(out, "ADDRESS %s", &address); err != nil {
			t.Fatal(err)
		}
		c := &client{TB: t, base: address + "/api/v1/", token: "t", imports: true, http: &http.Client{Transport: &http.Transport{}}}
		for name := range answered {
			_, _, v := c.do("GET", "search?object=group&external_id="+name, nil)
			if n := len(v["items"].([]any)); n != 1 {
				t.Fatalf("round %d: %s is there %d times", round, name, n)
			}
		}
		kill := 5 + round*7 // so many batches later
		for i := 0; ; i++ {
			if i == kill {
				go func() { _ = cmd.Process.Kill() }()
			}
			status, _, _, err := c.try("POST", "groups/batch", batchOf(next, next+10))
			if err == nil && status == 200 {
				for n := next; n < next+10; n++ {
					answered[fmt.Sprint("e", n)] = true
				}
			}
			next += 10
			if err != nil {
				break
			}
		}
		c.http.CloseIdleConnections()
		_ = cmd.Wait() // it was killed
	}
	if len(answered) < 500 {
		t.Errorf("only %d records were answered for", len(answered))
	}
	// A torn last line is what a power cut leaves.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`["put","group",{"id":"9999","vers`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	c, _ := serve(t, practice.Options{State: path, Token: "t"})
	c.make("groups", map[string]any{"name": "after all that"})
}

func TestDamagedStateIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"foreign":  "hello\n",
		"gap":      `["put","group",{"id":"7","version":1,"name":"x"}]` + "\n",
		"object":   `["put","planet",{"id":"1","version":1}]` + "\n",
		"broken":   `["put","group",{"id":"1","version":1]` + "\n",
		"deletion": `["delete","group","1"]` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "desk.jsonl")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if d, err := practice.New(practice.Options{State: path}); err == nil {
				d.Close()
				t.Error("it was opened")
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != content {
				t.Errorf("the file was changed: %q %v", b, err)
			}
		})
	}
}
