//go:build unix

package load_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"waybill/backend/blob"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/secret"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// deskEnv makes the test binary a practice desk of its own, so that its memory and its
// garbage are not ours.
const deskEnv = "WAYBILL_BENCH_DESK"

func TestMain(m *testing.M) {
	if limit := os.Getenv(deskEnv); limit != "" {
		n := 0
		if _, err := fmt.Sscan(limit, &n); err != nil {
			panic(err)
		}
		s, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{RatePerMinute: n, Token: "bench"})
		if err != nil {
			panic(err)
		}
		fmt.Println(s.Address)
		_, _ = io.Copy(io.Discard, os.Stdin) // until the benchmark closes it
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startDesk runs a practice desk in a process of its own and gives its address.
func startDesk(b *testing.B, perMinute int) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", deskEnv, perMinute))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close() // it ends by that
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// bench is a staged source, connected to a desk in another process.
type bench struct {
	job  *load.Job
	wire *recorder
	base *http.Transport
	// address of the desk.
	address string
}

// recorder keeps what is sent, so that a bare client can send the same bytes again.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	to   *bufio.Writer
	sent int
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.to != nil && req.Method == http.MethodPost {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.sent++
		for _, part := range [][]byte{[]byte(req.URL.Path), body} {
			var n [4]byte
			binary.BigEndian.PutUint32(n[:], uint32(len(part)))
			_, _ = r.to.Write(n[:]) // a bufio.Writer keeps its first error for Flush
			_, _ = r.to.Write(part)
		}
		r.mu.Unlock()
	}
	return r.next.RoundTrip(req)
}

func newBench(b *testing.B, dir, address string, tickets int) *bench {
	b.Helper()
	db, err := store.Open(context.Background(), filepath.Join(dir, "project.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	files, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		b.Fatal(err)
	}
	x := &bench{job: &load.Job{DB: db, Files: files, Project: "0123456789abcdef", Mapping: 1, Fingerprint: "bench", By: model.Person{Name: "Ann"}}}
	x.connect(b, address)
	if tickets > 0 {
		x.fill(b, tickets)
	}
	return x
}

func (x *bench) connect(b *testing.B, address string) {
	b.Helper()
	kind := practicedesk.Kind()
	vault := secret.Memory()
	x.address = address
	if err := vault.Put("token", "bench"); err != nil {
		b.Fatal(err)
	}
	x.base = &http.Transport{MaxIdleConnsPerHost: 16}
	b.Cleanup(x.base.CloseIdleConnections)
	x.wire = &recorder{next: x.base}
	conn, err := kind.Open(context.Background(), map[string]string{"address": address}, vault, pace.Transport(x.wire, kind.Limits, nil))
	if err != nil {
		b.Fatal(err)
	}
	schema, err := conn.Schema(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	x.job.Target = load.Desk{Conn: conn, Kind: kind, Schema: schema}
	src := loadtest.Writable(schema)
	x.job.Source = src
	prog, found := transform.Compile(mapping.Suggest(src, schema, nil), src, schema)
	if len(found) > 0 {
		b.Fatal(found[0])
	}
	x.job.Program = prog
}

// fill stages tickets with four messages each of 1 to 3 KB, a tenth as many customers.
func (x *bench) fill(b *testing.B, tickets int) {
	b.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	words := strings.Fields("please find the printer of our office does not answer since the update of last week and nobody here knows which driver it needs thank you")
	text := func(n int) string {
		var s strings.Builder
		for s.Len() < n {
			s.WriteString("<p>")
			for range 12 {
				s.WriteString(words[rng.IntN(len(words))] + " ")
			}
			s.WriteString("</p>")
		}
		return s.String()
	}
	stage := func(o model.Object, n int, make func(i int) map[string]any) {
		shape, _ := x.job.Source.Object(o)
		for from := 0; from < n; from += 1000 {
			err := x.job.DB.Write(context.Background(), func(tx *store.Tx) error {
				at, err := tx.Reading(o)
				if err == nil && at.Pass == 0 {
					at, err = tx.BeginReading(o)
				}
				if err != nil {
					return err
				}
				p := store.Page{Object: o, Pass: at.Pass, Replace: true}
				for i := from; i < min(from+1000, n); i++ {
					v := make(i)
					r := loadtest.Record(shape, v)
					p.Records, p.Names = append(p.Records, r), append(p.Names, fmt.Sprint(v[shape.Name]))
				}
				_, err = tx.StagePage(p)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	contacts := max(tickets/10, 1)
	stage(model.Agent, 20, func(i int) map[string]any {
		return map[string]any{"id": fmt.Sprint("a", i), "name": fmt.Sprint("Agent ", i), "email": fmt.Sprintf("a%d@desk.example", i)}
	})
	stage(model.Contact, contacts, func(i int) map[string]any {
		return map[string]any{"id": fmt.Sprint("c", i), "name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@x.example", i)}
	})
	stage(model.Ticket, tickets, func(i int) map[string]any {
		return map[string]any{
			"id": fmt.Sprint("t", i), "subject": fmt.Sprint("Subject ", i), "status": "open", "priority": "high", "requester": fmt.Sprint("c", i%contacts), "assignee": fmt.Sprint("a", i%20),
			"tags": []string{"vpn", "office"}, "created_at": "2019-03-01T08:00:00Z",
		}
	})
	stage(model.Message, 4*tickets, func(i int) map[string]any {
		author := fmt.Sprint("c", i/4%contacts)
		if i%2 == 1 {
			author = fmt.Sprint("a", i%20)
		}
		return map[string]any{
			"id": fmt.Sprint("m", i), "ticket": fmt.Sprint("t", i/4), "author": author, "public": i%4 != 3, "body": text(1000 + rng.IntN(2000)),
			"created_at": fmt.Sprintf("2019-03-01T09:%02d:00Z", i%4),
		}
	})
}

// spent is what a part of the benchmark took: time, and of the processor in this process.
type spent struct{ wall, cpu time.Duration }

// watch begins to measure; what it gives ends it.
func watch(b *testing.B) func() spent {
	b.Helper()
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began, used := time.Now(), cpu()
	return func() spent { return spent{time.Since(began), cpu() - used} }
}

// move plans and runs; it gives what the run took.
func (x *bench) move(b *testing.B) spent {
	b.Helper()
	pl, sum, err := load.Plan(context.Background(), x.job, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range sum.Objects {
		if o.Hold > 0 {
			b.Fatalf("%+v", o)
		}
	}
	if file := os.Getenv("WAYBILL_BENCH_PROFILE"); file != "" { // of the run alone
		f, err := os.Create(file)
		if err != nil {
			b.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			b.Fatal(err)
		}
		defer func() {
			pprof.StopCPUProfile()
			if err := f.Close(); err != nil {
				b.Error(err)
			}
		}()
	}
	took := watch(b)
	if _, err := load.Start(context.Background(), x.job, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		b.Fatal(err)
	}
	return took()
}

// bare sends what was recorded with nothing but an HTTP client, eight requests at a
// time, object by object.
func bare(b *testing.B, file, address string) spent {
	b.Helper()
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	type request struct {
		path string
		body []byte
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	send := func(r request) {
		req, err := http.NewRequest(http.MethodPost, address+r.path, bytes.NewReader(r.body))
		if err != nil {
			b.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer bench")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Import", "true")
		resp, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Errorf("%s: %s %v", r.path, resp.Status, err)
		}
		_ = resp.Body.Close()
	}
	in := bufio.NewReaderSize(f, 1<<20)
	next := func() (request, bool) {
		var parts [2][]byte
		for i := range parts {
			var n [4]byte
			if _, err := io.ReadFull(in, n[:]); err != nil {
				return request{}, false
			}
			parts[i] = make([]byte, binary.BigEndian.Uint32(n[:]))
			if _, err := io.ReadFull(in, parts[i]); err != nil {
				b.Error(err)
				return request{}, false
			}
		}
		return request{string(parts[0]), parts[1]}, true
	}
	took := watch(b)
	var path string
	var work chan request
	var wg sync.WaitGroup
	stop := func() {
		if work != nil {
			close(work)
			wg.Wait()
		}
	}
	for {
		r, ok := next()
		if !ok {
			break
		}
		if r.path != path {
			stop()
			path, work = r.path, make(chan request, 8)
			for range 8 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for r := range work {
						send(r)
					}
				}()
			}
		}
		work <- r
	}
	stop()
	return took()
}

// BenchmarkLoad moves tickets with four messages each into an unlimited practice desk in
// another process, and beside it sends the very same bytes with a bare HTTP client. The
// ratio is what the ledger, the accounts and making the drafts cost. Once:
//
//	go test ./backend/load -run '^$' -bench 'Load/' -benchtime 1x -timeout 60m
func BenchmarkLoad(b *testing.B) {
	for _, tickets := range []int{2_000, 20_000, 200_000} {
		for _, batch := range []int{100, 1} { // one with each request is what most vendors take
			if batch == 1 && tickets > 2_000 {
				continue
			}
			b.Run(fmt.Sprintf("tickets=%d/batch=%d", tickets, batch), func(b *testing.B) {
				for b.Loop() {
					compareLoad(b, tickets, batch)
				}
			})
		}
	}
}

func compareLoad(b *testing.B, tickets, batch int) {
	b.Helper()
	dir := b.TempDir()
	sent := filepath.Join(dir, "sent")
	f, err := os.Create(sent)
	if err != nil {
		b.Fatal(err)
	}
	x := newBench(b, b.TempDir(), startDesk(b, 0), tickets)
	x.job.Target.Kind.Caps.Batch = batch
	ours := x.move(b)
	// Once more into another desk, recorded, not timed: the bytes for the bare client.
	y := newBench(b, dir, startDesk(b, 0), tickets)
	y.job.Target.Kind.Caps.Batch = batch
	y.wire.to = bufio.NewWriterSize(f, 1<<20)
	y.move(b)
	if err := y.wire.to.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	alone := bare(b, sent, startDesk(b, 0))
	records := float64(tickets*5 + tickets/10)
	b.ReportMetric(records/ours.wall.Seconds(), "rec/s")
	b.ReportMetric(records/alone.wall.Seconds(), "bare-rec/s")
	b.ReportMetric(alone.wall.Seconds()/ours.wall.Seconds(), "of-bare")
	b.ReportMetric(float64(ours.cpu.Microseconds())/records, "cpu-us/rec")
	b.ReportMetric(float64(alone.cpu.Microseconds())/records, "bare-cpu-us/rec")
}

// BenchmarkRun is our half of BenchmarkLoad alone, which is quick; to see where the time
// of a run goes:
//
//	WAYBILL_BENCH_PROFILE=/tmp/cpu.prof go test ./backend/load -run '^$' -bench 'Run/batch=100$' -benchtime 1x
func BenchmarkRun(b *testing.B) {
	const tickets = 4000
	for _, batch := range []int{100, 1} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			var all time.Duration
			for b.Loop() {
				x := newBench(b, b.TempDir(), startDesk(b, 0), tickets)
				x.job.Target.Kind.Caps.Batch = batch
				all += x.move(b).cpu
			}
			b.ReportMetric(float64(all.Microseconds())/float64(b.N)/float64(tickets*5+tickets/10), "cpu-us/rec")
		})
	}
}

// BenchmarkMemory reports the peak resident memory of moving, in a process of its own
// for each size: it must not grow with what is moved.
//
//	go test ./backend/load -run '^$' -bench Memory -benchtime 1x -timeout 60m
func BenchmarkMemory(b *testing.B) {
	if size := os.Getenv("WAYBILL_BENCH_MOVE"); size != "" {
		n := 0
		if _, err := fmt.Sscan(size, &n); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			newBench(b, b.TempDir(), startDesk(b, 0), n).move(b)
		}
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		fmt.Printf("peak-kb %d\n", u.Maxrss)
		return
	}
	for _, tickets := range []int{20_000, 200_000} {
		b.Run(fmt.Sprintf("tickets=%d", tickets), func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", "Memory", "-test.benchtime", "1x", "-test.timeout", "60m")
				cmd.Env = append(os.Environ(), fmt.Sprintf("WAYBILL_BENCH_MOVE=%d", tickets))
				out, err := cmd.Output()
				if err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				i := bytes.Index(out, []byte("peak-kb "))
				kb := 0
				if i < 0 {
					b.Fatalf("it did not say its peak:\n%s", out)
				}
				if _, err := fmt.Sscan(string(out[i+8:]), &kb); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(kb)/1024, "MiB")
			}
		})
	}
}

// BenchmarkAtALimit reports which share of 700 requests a minute is used at steady state,
// and how many requests the desk refused.
//
//	go test ./backend/load -run '^$' -bench AtALimit -benchtime 1x -timeout 20m
func BenchmarkAtALimit(b *testing.B) {
	for b.Loop() {
		const perMinute = 700
		x := newBench(b, b.TempDir(), startDesk(b, perMinute), 400)
		x.job.Target.Kind.Caps.Batch = 1
		took := x.move(b)
		var stats practice.Stats
		req, err := http.NewRequest(http.MethodGet, x.address+"/api/v1/stats", nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer bench")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil {
			b.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(stats.Requests)/(took.wall.Minutes()*perMinute), "of-limit")
		b.ReportMetric(float64(stats.TooMany), "429")
	}
}
