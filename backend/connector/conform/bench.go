package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// bench is one desk on the table, with a connector and everything that passes
// between them under observation.
type bench struct {
	*testing.T
	rig     Rig
	fake    http.Handler // nil: a real server
	net     *network     // nil: a real server
	between *interceptor
	address string
	base    *http.Transport
	files   *Files
	salt    string

	mu     sync.Mutex
	said   bytes.Buffer // logs, errors, problems: nothing of it may hold a secret
	events []pace.Event
	before map[model.Object]map[string]bool // ids that the desk had already
	staff  map[model.Object]int             // how many there are of what is only looked up
	made   map[model.Object][]model.Key
	next   map[model.Object]int // numbers of the drafts that come next
	shape  *model.Schema        // as it was last asked for
}

func parent(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}

// on runs f on a fresh bench: in a bubble of its own time for a fake, and as it is
// for a real server. touches says that f needs what is in the desk, or adds to it.
func (r Rig) on(t *testing.T, fake func(testing.TB) http.Handler, touches bool, f func(*bench)) {
	t.Helper()
	run := func(t *testing.T) {
		b := &bench{T: t, rig: r, files: &Files{}, made: map[model.Object][]model.Key{}}
		b.salt = fmt.Sprintf("%x", time.Now().UnixNano())
		defer b.listen()()
		if fake != nil {
			b.fake = fake(t)
		} else if r.States != nil && touches {
			r.States(t, atStart, false)
		}
		defer b.serve()()
		if touches || fake != nil {
			b.remember()
		}
		f(b)
		b.noSecrets()
	}
	if fake != nil {
		synctest.Test(t, run)
		return
	}
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	run(t)
}

// listen takes over the logs.
func (b *bench) listen() func() {
	before, writer, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(said{b}, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return func() {
		slog.SetDefault(before)
		log.SetOutput(writer)
		log.SetFlags(flags)
	}
}

type said struct{ b *bench }

func (s said) Write(p []byte) (int, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	return s.b.said.Write(p)
}

// serve puts the interceptor before the desk.
func (b *bench) serve() func() {
	if b.fake == nil {
		target, err := url.Parse(b.rig.Config[b.rig.Address])
		if err != nil {
			b.Fatal(err)
		}
		onward := &http.Transport{}
		proxy := &httputil.ReverseProxy{
			Transport: onward, ErrorLog: log.New(said{b}, "", 0),
			Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) },
		}
		b.between = &interceptor{next: proxy}
		s := httptest.NewServer(b.between)
		b.address, b.base = s.URL, &http.Transport{}
		return func() {
			b.base.CloseIdleConnections()
			s.Close()
			onward.CloseIdleConnections()
		}
	}
	b.net = newNetwork()
	b.between = &interceptor{next: b.fake}
	b.address = "http://" + deskHost
	b.base = &http.Transport{DialContext: b.net.dial}
	s := &http.Server{Handler: b.between, ErrorLog: log.New(said{b}, "", 0)}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(b.net) }() // ends with ErrServerClosed
	return func() {
		b.base.CloseIdleConnections()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
		<-done
	}
}

// past is what a real server had when its state was kept.
type past struct {
	before map[model.Object]map[string]bool
	staff  map[model.Object]int
	made   map[model.Object][]model.Key
	counts map[model.Object]int
	files  *Files
}

// atStart is the state of a real server when the examination begins.
const atStart = "start"

// again gives the state of a real server that was kept under a name, if there is one.
func (b *bench) again(name string) *past {
	if b.fake != nil || b.rig.States == nil {
		return nil
	}
	return b.rig.kept[name]
}

// madeSoFar is a copy of what the bench knows to be in the desk.
func (b *bench) madeSoFar() map[model.Object][]model.Key {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copied(b.made)
}

func copied(m map[model.Object][]model.Key) map[model.Object][]model.Key {
	out := map[model.Object][]model.Key{}
	for o, list := range m {
		out[o] = slices.Clone(list)
	}
	return out
}

// remember notes what the desk has before the subtest: only what comes on top is
// examined, and those whom drafts are matched with. A fake begins empty unless the rig
// says otherwise; one that may not be read (Rig.Limited) counts as empty. A real server
// that is brought back each time is read once.
func (b *bench) remember() {
	if !b.rig.Kind.Caps.Writes || b.fake != nil && !b.rig.Prefilled {
		return
	}
	if x := b.again(atStart); x != nil {
		b.before, b.staff, b.made = x.before, x.staff, copied(x.made)
		return
	}
	c := b.open()
	before, staff := map[model.Object]map[string]bool{}, map[model.Object]int{}
	for _, o := range b.rig.Kind.Caps.Order {
		list, err := b.readAll(c, o)
		if err != nil && b.fake == nil {
			b.Fatalf("read %s: %v", o, err)
		}
		if b.rig.Kind.Caps.Matched(o) {
			staff[o] = len(list)
			for _, x := range list {
				b.keep([]connector.Outcome{{Key: x.Key, State: connector.Existed}})
			}
		} else {
			before[o] = keysOf(list)
		}
	}
	b.before, b.staff = before, staff
	if b.fake == nil && b.rig.States != nil {
		b.rig.kept[atStart] = &past{before: before, staff: staff, made: b.madeSoFar()}
	}
	b.between.forget()
	b.base.CloseIdleConnections()
}

// config is the rig's, with the bench's address and changes on top.
func (b *bench) config(changes map[string]string) map[string]string {
	cfg := maps.Clone(b.rig.Config)
	if cfg == nil {
		cfg = map[string]string{}
	}
	cfg[b.rig.Address] = b.address
	maps.Copy(cfg, changes)
	return cfg
}

func (b *bench) vault(secrets map[string]secret.Text) secret.Vault {
	v := secret.Memory()
	for name, s := range secrets {
		if err := v.Put(name, s); err != nil {
			b.Fatal(err)
		}
	}
	return v
}

// try opens a connector, which may fail.
func (b *bench) try(changes map[string]string, secrets map[string]secret.Text) (connector.Connector, error) {
	rt := pace.Transport(b.base, b.rig.Kind.Limits, func(e pace.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	})
	c, err := b.rig.Kind.Open(b.Context(), b.config(changes), b.vault(secrets), rt)
	return c, b.hear(err)
}

// open opens a connector that works.
func (b *bench) open() connector.Connector { return b.openWith(nil) }

func (b *bench) openWith(changes map[string]string) connector.Connector {
	b.Helper()
	c, err := b.try(changes, b.rig.Secrets)
	if err != nil {
		b.Fatalf("open: %v", err)
	}
	b.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.Errorf("close: %v", err)
		}
	})
	return c
}

// hear remembers an error's text in all its forms.
func (b *bench) hear(err error) error {
	var none *problem.Problem
	if err == nil || errors.As(err, &none) && none == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(&b.said, "%v\n%+v\n%#v\n", err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&b.said, "%+v\n", e)
	}
	if j, err := json.Marshal(problem.From(err)); err == nil {
		b.said.Write(j)
	}
	return err
}

func (b *bench) hearAll(out []connector.Outcome) {
	for _, o := range out {
		if o.Err != nil {
			_ = b.hear(o.Err) // heard, not handled
		}
		b.hearAll(o.Parts)
	}
}

// noSecrets fails when anything that was said holds a secret.
func (b *bench) noSecrets() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, s := range b.rig.Secrets {
		if s != "" && strings.Contains(b.said.String(), s.Reveal()) {
			b.Errorf("the secret %q stands in a log, an error or a problem", name)
		}
	}
	for _, e := range b.events {
		for name, s := range b.rig.Secrets {
			if s != "" && strings.Contains(e.Why, s.Reveal()) {
				b.Errorf("the secret %q stands in a reported wait", name)
			}
		}
	}
}

// jargon is what no person should have to read.
var jargon = regexp.MustCompile(`(?i)\b(null|nil|entity|orphan|payload|endpoint|json|http status|status [1-5]\d\d|[45]\d\d error)\b`)

// wantProblem fails unless err is a whole problem of that code ("" is any but an
// uncoded one), and gives it.
func (b *bench) wantProblem(err error, code problem.Code) problem.Problem {
	b.Helper()
	_ = b.hear(err) // it may be nil
	var p *problem.Problem
	if !errors.As(err, &p) || p == nil {
		b.Errorf("got %v, want a problem %s", err, code)
		return problem.Problem{}
	}
	if p.Code != code && code != "" || p.Code == problem.Internal {
		b.Errorf("got the problem %q (%v), want %q", p.Code, p, code)
	}
	if p.What == "" || p.Why == "" || p.Next == "" {
		b.Errorf("%s lacks a sentence: %+v", p.Code, *p)
	}
	if word := jargon.FindString(p.What + " " + p.Why + " " + p.Next); word != "" {
		b.Errorf("%s speaks of %q, which is no word for people: %v", p.Code, word, p)
	}
	return *p
}

func (b *bench) maker() Maker {
	return Maker{
		Files: b.files, Salt: b.salt, First: b.rig.takesFirst(),
		Have: func(o model.Object) []model.Key {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.made[o]
		},
	}
}

// drafts makes drafts from..to of an object.
func (b *bench) drafts(o model.Object, from, to int) []model.Draft {
	b.Helper()
	m := b.maker()
	out := make([]model.Draft, 0, to-from)
	for i := from; i < to; i++ {
		d := b.rig.Draft(m, o, i)
		d.Object = o
		b.name(&d, fmt.Sprint(i))
		out = append(out, d)
	}
	return out
}

func (b *bench) writer(c connector.Connector) connector.Writer {
	b.Helper()
	w, ok := c.(connector.Writer)
	if !ok {
		b.Fatal("Caps promises Writes, but the connector is no Writer")
	}
	return w
}

// write writes drafts of which each must be created with all its parts (or, where the
// desk only looks up, be there), in batches that Caps allows.
func (b *bench) write(c connector.Connector, drafts []model.Draft) []connector.Outcome {
	b.Helper()
	var all []connector.Outcome
	size := max(b.rig.Kind.Caps.Batch, 1)
	for len(drafts) > 0 {
		n := min(size, len(drafts))
		out, err := b.writer(c).Write(b.Context(), drafts[:n], b.files)
		b.hearAll(out)
		if b.hear(err) != nil {
			b.Fatalf("write %s: %v", drafts[0].Object, err)
		}
		if len(out) != n {
			b.Fatalf("%d outcomes for %d drafts", len(out), n)
		}
		for i, o := range out {
			want := connector.Created
			if b.rig.Kind.Caps.Matched(drafts[i].Object) {
				want = connector.Existed
			}
			if o.State != want || o.Key.ID == "" {
				b.Fatalf("draft %d of %s: state %d, key %v, %v", i, drafts[i].Object, o.State, o.Key, o.Err)
			}
		}
		b.keep(out)
		for i := range out {
			b.partOutcomes(c, drafts[i], &out[i])
		}
		all = append(all, out...)
		drafts = drafts[n:]
	}
	return all
}

func (b *bench) keep(out []connector.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range out {
		if (o.State == connector.Created || o.State == connector.Existed) && !slices.Contains(b.made[o.Key.Object], o.Key) {
			b.made[o.Key.Object] = append(b.made[o.Key.Object], o.Key)
		}
	}
}

// seed fills the desk, n of each object, and says how many it has.
func (b *bench) seed(n int) map[model.Object]int {
	b.Helper()
	if b.rig.Seed != nil && b.fake != nil {
		return b.rig.Seed(b, b.fake, b.files)
	}
	name := fmt.Sprint("seed", n)
	if x := b.again(name); x != nil {
		b.rig.States(b, name, false)
		b.files.take(x.files)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.made = copied(x.made)
		return maps.Clone(x.counts)
	}
	c := b.open()
	counts := map[model.Object]int{}
	for _, o := range b.rig.Kind.Caps.Order {
		switch {
		case b.rig.Kind.Caps.Matched(o):
			b.write(c, b.drafts(o, 0, n))
			counts[o] = b.staff[o]
		case b.rig.partOnly(o):
			counts[o] += 0 // what came along
		default:
			created(b.write(c, b.drafts(o, 0, n)), counts)
		}
	}
	if b.fake == nil && b.rig.States != nil {
		b.rig.States(b, name, true)
		x := &past{made: b.madeSoFar(), counts: maps.Clone(counts), files: &Files{}}
		x.files.take(b.files)
		b.rig.kept[name] = x
	}
	return counts
}

// all reads every record of an object.
func (b *bench) all(c connector.Connector, o model.Object) []model.Record {
	b.Helper()
	records, err := b.readAll(c, o)
	if err != nil {
		b.Fatalf("read %s: %v", o, err)
	}
	return records
}

func (b *bench) readAll(c connector.Connector, o model.Object) ([]model.Record, error) {
	var out []model.Record
	seen := map[model.Key]bool{}
	err := c.Pages(b.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			if !seen[r.Key] && !b.before[o][r.Key.ID] {
				seen[r.Key] = true
				out = append(out, r)
			}
		}
		return nil
	})
	return out, b.hear(err)
}

func keysOf(records []model.Record) map[string]bool {
	out := map[string]bool{}
	for _, r := range records {
		out[r.Key.ID] = true
	}
	return out
}

// wait lets time pass: no time at all on a bench with its own clock.
func (b *bench) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.Context().Done():
	}
}

// within runs f and fails when it takes longer than d, on the bench's clock.
func (b *bench) within(d time.Duration, what string, f func(context.Context)) {
	b.Helper()
	start := time.Now()
	f(b.Context())
	if took := time.Since(start); took > d {
		b.Errorf("%s took %v", what, took)
	}
}
