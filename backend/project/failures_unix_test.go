//go:build unix

package project_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/backend/job"
	"waybill/backend/store"
)

func init() {
	limitFiles = func(n uint64) error {
		signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit fails instead, as on a full disk
		var l syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			return err
		}
		if l.Cur = n; n == 0 {
			l.Cur = l.Max
		}
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
	}
	asleep = func(c *child, yes bool) error {
		if yes {
			return c.cmd.Process.Signal(syscall.SIGSTOP)
		}
		return c.cmd.Process.Signal(syscall.SIGCONT)
	}
}

// P-67: no file may grow any more, as on a full disk or beyond a quota. The run stops and
// says so; once there is room it goes on, and asks for what it could not write down.
func TestRun_P67_noRoomForTheFilesOfTheProject(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60})
	for _, room := range []int64{2, 12, 30, 60} {
		s := w.look()
		if s.Run.State == "done" {
			break
		}
		// The log begins empty: it may have so many pages.
		a := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true, FileLimit: uint64(room * 16_500)}).wait()
		if a.State == job.Done {
			break
		}
		a.says(t, job.Failed, store.CodeDiskFull, "free some space", "resume")
	}
	if w.look().Run.ID == 0 {
		t.Fatal("no run ever began")
	}
	w.finish()
}

// P-67: the disk is full, not even the end of the run could be written down. With room
// again Resume goes on in the same window.
func TestRun_P67_roomAgainInTheSameWindow(t *testing.T) {
	t.Parallel()
	for _, room := range []uint64{12, 30} {
		w := newWard(t, intake{tickets: 40})
		w.start(errand{Do: doRun, Plan: 1, Yes: true, FileLimit: room * 16_500, Again: true}).wait().says(t, job.Done, "")
		w.settled()
	}
}

// P-67: there is no room for an attachment. Reading stops and says so, nothing half lies
// around, and with room again it goes on.
func TestExtract_P67_noRoomForAttachments(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 12})
	w.attach("large", w.ids["t3m0"], 3_000_000)
	w.start(errand{Do: doExtract, FileLimit: 2_000_000}).wait().says(t, job.Failed, store.CodeDiskFull, "attachment", "free some space")
	half, err := filepath.Glob(filepath.Join(w.dir, "files", "incoming-*"))
	w.must(err)
	if len(half) > 0 {
		t.Errorf("it left %v", half)
	}
	w.look()
	w.start(errand{Do: doExtract}).wait().says(t, job.Done, "")
	w.start(errand{Do: doRun, Plan: w.plan(), Yes: true}).wait().says(t, job.Done, "")
	w.settled()
}

// P-67: the laptop sleeps in the middle, and the desk closes its idle connections
// meanwhile: the same run goes on, and nothing is doubled.
func TestRun_P67_theLaptopSleeps(t *testing.T) {
	t.Parallel()
	w := newWard(t, intake{tickets: 60})
	w.faults(slow(60))
	chance := seeded(t)
	c := w.start(errand{Do: doRun, Plan: 1, Yes: true})
	slept := 0
	for range 4 {
		time.Sleep(time.Duration(300+chance.IntN(300)) * time.Millisecond)
		if c.over() {
			break
		}
		w.must(c.cmd.Process.Signal(syscall.SIGSTOP))
		w.wire.shake()
		time.Sleep(1200 * time.Millisecond)
		w.must(c.cmd.Process.Signal(syscall.SIGCONT))
		slept++
	}
	if slept < 2 {
		t.Errorf("it slept only %d times", slept)
	}
	c.wait().says(t, job.Done, "")
	w.settled()
}

// tracer gives strace, which plays the failing disk. build/setup test installs it on Linux.
func tracer(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has strace, which plays the failing disk")
	}
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Fatalf("strace is missing: run build/setup test (%v)", err)
	}
	if out, err := exec.Command(path, "-f", "-o", os.DevNull, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "true").CombinedOutput(); err != nil {
		t.Skipf("ptrace is forbidden here, so no disk can be made to fail: %v %s", err, out)
	}
	return path
}

// P-67: the disk fails to keep what was written (fsync gives EIO). The run stops and says
// so: what it could not make durable it does not send. After that it goes on.
func TestRun_P67_theDiskFailsToKeepWhatWasWritten(t *testing.T) {
	t.Parallel()
	strace := tracer(t)
	w := newWard(t, intake{tickets: 40})
	chance := seeded(t)
	failed := 0
	for range 4 {
		s := w.look()
		if s.Run.State == "done" {
			break
		}
		a := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true}, strace, "-f", "-qq", "-o", filepath.Join(w.base, "trace"),
			"-P", filepath.Join(w.dir, "project.db-wal"), "-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d+", 2+chance.IntN(4))).wait()
		if a.State == job.Done {
			continue
		}
		failed++
		a.says(t, job.Failed, store.CodeDiskFails, "disk", "resume")
	}
	if failed < 2 {
		t.Errorf("the disk failed only %d times", failed)
	}
	w.finish()
}

// P-67: the power goes at the very moment of a sync. Whatever was not synced yet is on the
// disk in part, or garbled, or not at all; the project opens and the run goes on.
func TestRun_P67_thePowerGoesWhileWriting(t *testing.T) {
	t.Parallel()
	strace := tracer(t)
	w := newWard(t, intake{tickets: 300})
	chance := seeded(t)
	cuts, torn := 0, 0
	for range 16 {
		s := w.look()
		if s.Run.State == "done" {
			break
		}
		trace := filepath.Join(w.base, "trace")
		c := w.start(errand{Do: doRun, Plan: 1, Resume: s.Run.ID, Yes: true}, strace, "-f", "-y", "-qq", "-o", trace,
			"-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:signal=KILL:when=%d", 2+chance.IntN(5)))
		if c.end() == nil {
			continue
		}
		cuts++
		b, err := os.ReadFile(trace)
		w.must(err)
		at := ""
		for line := range strings.Lines(string(b)) {
			if strings.Contains(line, "sync(") {
				at = line
			}
		}
		unsynced := strings.Contains(at, "project.db-wal>")
		if unsynced {
			torn++
		}
		if strings.Contains(at, "project.db>") {
			w.tearPages(chance.IntN)
		}
		w.tear(chance, unsynced)
	}
	if cuts < 3 || torn < 2 {
		t.Errorf("the power went %d times, %d of them while the log was written", cuts, torn)
	}
	w.finish()
}

// tearPages garbles pages of the project's file that the log still has: they were being
// copied there and not synced.
func (w *ward) tearPages(chance func(int) int) {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, "project.db-wal"))
	w.must(err)
	f := readWAL(b)
	w.hurtFile("project.db", func(db []byte) []byte {
		for _, p := range f.pages {
			size := f.frame - frameHead
			if from := (int(p) - 1) * size; from+size <= len(db) && chance(2) == 0 {
				for i := from; i < from+size; i++ {
					db[i] = byte(chance(256))
				}
			}
		}
		return db
	})
}
