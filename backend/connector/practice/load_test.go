package practice_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
	"waybill/backend/pace"
	desk "waybill/backend/practice"
	"waybill/backend/secret"
)

// dial opens the connector on a desk that listens.
func dial(t testing.TB, s *desk.Server) whole {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(practice.SettingToken, secret.Text(s.Token)); err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(base.CloseIdleConnections)
	k := practice.Kind()
	c, err := k.Open(t.Context(), map[string]string{practice.SettingAddress: s.Address}, v, pace.Transport(base, k.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	return c.(whole)
}

// A bad day over real connections: whatever goes wrong, what ends as written is
// there once, and what does not is not.
func TestABadDay(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s, err := desk.Serve(t.Context(), "127.0.0.1:0", desk.Options{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			c := dial(t, s)
			if _, err := c.Schema(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Desk.SetFaults(desk.FaultPlan{Faults: []desk.Fault{
				{Kind: desk.DropAfter, Chance: 0.1, Method: "POST"},
				{Kind: desk.DropBefore, Chance: 0.1, Method: "POST"},
				{Kind: desk.ErrorAfter, Chance: 0.1, Method: "POST"},
				{Kind: desk.ErrorBefore, Chance: 0.05, Method: "POST"},
				{Kind: desk.HalfBatch, Chance: 0.1, Method: "POST"},
				{Kind: desk.Reset, Chance: 0.1, Method: "POST"},
				{Kind: desk.HalfBody, Chance: 0.1, Method: "POST"},
				{Kind: desk.HTML, Chance: 0.05, Method: "POST"},
			}})
			random := rand.New(rand.NewPCG(seed, 1))
			const total = 600
			var todo []model.Draft
			for i := range total {
				mark := fmt.Sprint("m", i)
				todo = append(todo, model.Draft{Object: model.Group, Mark: model.Mark(mark), Fields: map[string]any{"name": mark}})
			}
			unknown := 0
			for rounds := 0; len(todo) > 0; rounds++ {
				if rounds > 500 {
					t.Fatalf("no end: %d left", len(todo))
				}
				n := min(len(todo), 1+random.IntN(40))
				batch := todo[:n]
				todo = todo[n:]
				out, err := c.Write(t.Context(), batch, nil)
				if err != nil {
					t.Fatal(err)
				}
				var ask []model.Mark
				for i, o := range out {
					switch o.State {
					case connector.Created:
					case connector.Unknown:
						unknown++
						ask = append(ask, o.Mark)
					case connector.Unsent:
						todo = append(todo, batch[i])
					default:
						t.Fatalf("state %d: %v", o.State, o.Err)
					}
				}
				found, err := c.Find(t.Context(), model.Group, ask)
				if err != nil {
					t.Fatal(err)
				}
				for i, o := range out {
					if _, there := found[o.Mark]; o.State == connector.Unknown && !there {
						todo = append(todo, batch[i])
					}
				}
			}
			if st := s.Desk.Stats(); st.Objects[model.Group] != total || st.Doubles != 0 || unknown == 0 {
				t.Errorf("%d of %d records, %d doubles, %d unknown outcomes", st.Objects[model.Group], total, st.Doubles, unknown)
			}
		})
	}
}

// A limited desk is never bounced against, although nobody told the connector the limit.
func TestStaysUnderTheDesksLimit(t *testing.T) {
	s, err := desk.Serve(t.Context(), "127.0.0.1:0", desk.Options{RatePerMinute: 6000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := dial(t, s)
	for range 150 {
		if _, err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.Desk.Stats(); st.TooMany != 0 || st.Requests < 150 {
		t.Errorf("%d refusals of %d", st.TooMany, st.Requests)
	}
}

// resident is the process's memory, in MiB; 0 where the system does not say.
func resident() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb / 1024
}

// BenchmarkLoad fills a desk with 100,000 tickets and 400,000 messages, reads it
// back, and restarts it from its state. Run with -benchtime 1x.
func BenchmarkLoad(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("file=%v", kept), func(b *testing.B) {
			for b.Loop() {
				o := desk.Options{Token: "t"}
				if kept {
					o.State = filepath.Join(b.TempDir(), "desk.jsonl")
				}
				load(b, o, 100_000, 4)
			}
		})
	}
}

func load(b *testing.B, o desk.Options, tickets, messages int) {
	s, err := desk.Serve(b.Context(), "127.0.0.1:0", o)
	if err != nil {
		b.Fatal(err)
	}
	c := dial(b, s)
	m := conform.Maker{Have: func(model.Object) []model.Key { return nil }, Salt: "bench"}
	keys := map[model.Object][]model.Key{}
	m.Have = func(o model.Object) []model.Key { return keys[o] }
	body := strings.Repeat("<p>Thank you for your message, we will look into it.</p>", 8)
	fill := func(o model.Object, n int) time.Duration {
		start := time.Now()
		for from := 0; from < n; from += 100 {
			drafts := make([]model.Draft, 0, 100)
			for i := from; i < min(from+100, n); i++ {
				d := draft(m, o, i)
				d.Mark = model.Mark(fmt.Sprintf("wb-0123456789-%s-%d", o, i))
				if o == model.Message {
					d.Fields["body"] = body
				}
				drafts = append(drafts, d)
			}
			out, err := c.Write(context.Background(), drafts, nil)
			if err != nil || out[0].State != connector.Created {
				b.Fatal(err, out[0].Err)
			}
			for _, x := range out {
				if o != model.Message {
					keys[o] = append(keys[o], x.Key)
				}
			}
		}
		return time.Since(start)
	}
	for _, o := range []model.Object{model.Organization, model.Group, model.Agent, model.Contact} {
		fill(o, 1000)
	}
	took := fill(model.Ticket, tickets)
	b.ReportMetric(float64(tickets)/took.Seconds(), "tickets/s")
	took = fill(model.Message, tickets*messages)
	b.ReportMetric(float64(tickets*messages)/took.Seconds(), "messages/s")
	start := time.Now()
	n := 0
	if err := c.Pages(b.Context(), model.Message, "", func(p connector.Page) error { n += len(p.Records); return nil }); err != nil || n != tickets*messages {
		b.Fatal(n, err)
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "read/s")
	keys = nil
	runtime.GC()
	debug.FreeOSMemory()
	b.ReportMetric(resident(), "MiB-resident")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if o.State == "" {
		return
	}
	start = time.Now()
	d, err := desk.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "restart-s")
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
}
