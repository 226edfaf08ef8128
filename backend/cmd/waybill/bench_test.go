//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"waybill/assets/sample"
)

// BenchmarkJourney takes 100,000 tickets with 400,000 messages from NDJSON into the
// practice desk, each step in a process of its own, and reports its rate in records
// a second and its peak resident memory in MiB. It runs once:
//
//	go test ./backend/cmd/waybill -run '^$' -bench Journey -benchtime 1x -timeout 60m
//
// WAYBILL_BENCH_TICKETS sets another size.
func BenchmarkJourney(b *testing.B) {
	tickets := 100_000
	if s := os.Getenv("WAYBILL_BENCH_TICKETS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		tickets = n
	}
	dir := b.TempDir()
	data, project, program := filepath.Join(dir, "data"), filepath.Join(dir, "Big.waybill"), filepath.Join(dir, "waybill")
	if _, err := sample.Write(data, sample.Options{Tickets: tickets, Messages: 4 * tickets, Seed: 7, NDJSON: true}); err != nil {
		b.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	step := func(name string, args ...string) []byte {
		cmd := exec.Command(program, append(args, "--quiet", "--json", "--as", "Ada")...)
		cmd.Stderr = os.Stderr
		began := time.Now()
		out, err := cmd.Output()
		took := time.Since(began)
		if code := cmd.ProcessState.ExitCode(); err != nil && code != exitPerson {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		if name == "" {
			return out
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			b.Fatal("this system does not tell the peak memory of a process")
		}
		b.ReportMetric(float64(usage.Maxrss)/1024, name+"-MiB")
		b.ReportMetric(float64(5*tickets)/took.Seconds(), name+"-rec/s")
		return out
	}
	for b.Loop() {
		step("", "new", project)
		step("inspect", "connect", project, "source", filepath.Join(data, "export"))
		step("extract", "extract", project)
		step("", "connect", project, "target")
		step("", "map", project, "suggest")
		step("", "map", project, "accept", "--reason", "as suggested")
		step("clean", "clean", project, "--apply", "all")
		step("plan", "plan", project)
		step("run", "run", project, "--yes")
		step("check", "check", project)
		var m manifest
		if err := json.Unmarshal(step("", "manifest", project), &m); err != nil {
			b.Fatal(err)
		}
		for _, o := range m.Objects {
			if !o.Adds() || o.Target != o.Moved || o.Pending != 0 {
				b.Fatalf("the accounts of %s: %+v", o.Object, o)
			}
		}
	}
}
