package load_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/blob"
	"waybill/backend/check"
	"waybill/backend/connector"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/delta"
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

// sequences is how many random histories are lived through. Under the race detector a few
// of them; build/test runs all of them without it. WAYBILL_SEQUENCES sets another number.
func sequences(t *testing.T) int {
	t.Helper()
	if s := os.Getenv("WAYBILL_SEQUENCES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if raceEnabled {
		return 60
	}
	return 2000
}

// P-66 to P-70, P-74 to P-76, P-82: random histories of decisions, plans, runs, stops,
// crashes, faults, edits and rollbacks. After each step the manifest adds up and the
// target holds nothing twice, nothing lost, and has mailed nobody.
func TestProperty_P66_P67_P68_P69_P70_anyHistoryKeepsTheAccounts(t *testing.T) {
	blank := filepath.Join(t.TempDir(), "blank.db")
	db, err := store.Open(context.Background(), blank)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(blank)
	if err != nil {
		t.Fatal(err)
	}
	n, folder := sequences(t), shm(t)
	var next atomic.Int64
	if s := os.Getenv("WAYBILL_SEED"); s != "" { // one history again, to look into it
		seed, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		next.Store(seed - 1)
		n = int(seed)
	}
	var crashes, runs, held, balanced atomic.Int64
	var wg sync.WaitGroup
	for range 8 { // most of a history is waiting
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				seed := next.Add(1)
				if seed > int64(n) || t.Failed() {
					return
				}
				l := newLife(t, folder, uint64(seed), image)
				l.live()
				crashes.Add(int64(l.crashes))
				runs.Add(int64(l.runs))
				held.Add(l.held)
				if l.balanced {
					balanced.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	t.Logf("%d sequences: %d runs, %d crashes, %d records held at the end, %d balanced by the end", n, runs.Load(), crashes.Load(), held.Load(), balanced.Load())
	if !t.Failed() && n > 20 && os.Getenv("WAYBILL_SEED") == "" && (crashes.Load() == 0 || balanced.Load() == 0) {
		t.Error("the histories are too quiet to prove anything")
	}
}

// life is one random history of a small project.
type life struct {
	t     *testing.T
	seed  uint64
	rng   *rand.Rand
	path  string
	db    *store.DB
	desk  *practice.Desk
	job   *load.Job
	plain connector.Connector // the desk as it is
	wire  *cable
	steps []string

	next     int
	crashes  int
	runs     int
	held     int64
	balanced bool
	touched  map[string]bool
	made     map[model.Key]map[string]any
}

// cable carries requests into the desk without a network, and can be cut.
type cable struct {
	desk *practice.Desk
	mu   sync.Mutex
	// strike is called at the POST that counts down to zero.
	left   int
	strike func()
	after  bool
	dead   atomic.Bool
}

func (c *cable) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.dead.Load() {
		return nil, errors.Join(pace.ErrNotSent, errors.New("the program is dead"))
	}
	strike := func() {}
	after := false
	if r.Method == http.MethodPost {
		c.mu.Lock()
		if c.strike != nil {
			if c.left--; c.left == 0 {
				strike, after = c.strike, c.after
				c.strike = nil
			}
		}
		c.mu.Unlock()
	}
	if !after {
		strike()
		if c.dead.Load() {
			return nil, errors.Join(pace.ErrNotSent, errors.New("the program died"))
		}
	}
	w := httptest.NewRecorder()
	aborted := func() (aborted bool) {
		defer func() {
			if v := recover(); v != nil {
				aborted = true
			}
		}()
		c.desk.Handler().ServeHTTP(w, r)
		return false
	}()
	if after {
		strike()
	}
	if aborted || c.dead.Load() {
		return nil, io.ErrUnexpectedEOF
	}
	return w.Result(), nil
}

func newLife(t *testing.T, folder string, seed uint64, image []byte) *life {
	t.Helper()
	l := &life{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 42)), touched: map[string]bool{}, made: map[model.Key]map[string]any{}}
	dir, err := os.MkdirTemp(folder, "life")
	if err != nil {
		l.fail("%v", err)
	}
	l.path = filepath.Join(dir, "project.db")
	if err := os.WriteFile(l.path, image, 0o600); err != nil {
		l.fail("%v", err)
	}
	if l.desk, err = practice.New(practice.Options{Token: "t", Seed: seed, MaxText: 400, Cascade: seed%5 == 2 || seed%5 == 4}); err != nil {
		l.fail("%v", err)
	}
	l.wire = &cable{desk: l.desk}
	kind := practicedesk.Kind()
	kind.Caps.Travel, kind.Caps.FindLag, kind.Caps.Batch, kind.Caps.Parallel = time.Nanosecond, 0, 3, 3
	vault := secret.Memory()
	if err := vault.Put("token", "t"); err != nil {
		l.fail("%v", err)
	}
	conn, err := kind.Open(context.Background(), map[string]string{"address": "http://desk.invalid"}, vault, l.wire)
	if err != nil {
		l.fail("%v", err)
	}
	l.plain = conn
	// Real desks take files inside messages and messages inside tickets, each in its way.
	switch seed % 5 {
	case 1:
		conn, kind = loadtest.Bundled(conn, kind, loadtest.Bundle{})
	case 2:
		conn, kind = loadtest.Bundled(conn, kind, loadtest.Bundle{Unmarked: true, Tied: true})
	case 3:
		conn, kind = loadtest.Bundled(conn, kind, loadtest.Bundle{All: true})
	case 4:
		conn, kind = loadtest.Bundled(conn, kind, loadtest.Bundle{All: true, Unmarked: true, Tied: true})
	}
	schema, err := conn.Schema(context.Background())
	if err != nil {
		l.fail("%v", err)
	}
	files, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		l.fail("%v", err)
	}
	l.job = &load.Job{
		Files: files, Target: load.Desk{Conn: conn, Kind: kind, Schema: schema}, Project: "0123456789abcdef", Mapping: 1, Fingerprint: "0",
		By: model.Person{Name: "Ann"}, Patience: time.Second, Pause: time.Millisecond, Source: loadtest.Writable(schema),
		Changes: &delta.Delta{},
		Choices: map[string]string{load.LossKey(load.LossText, model.Message, "body"): []string{load.ChooseHold, load.ChooseSplit, load.ChooseAttach}[seed%3]},
	}
	prog, found := transform.Compile(mapping.Suggest(l.job.Source, schema, nil), l.job.Source, schema)
	if len(found) > 0 {
		l.fail("%v", found[0])
	}
	l.job.Program = prog
	l.job.Ease()
	l.open()
	l.grow(2, 3, 4)
	return l
}

// shm is a folder in memory where there is one: what is tested is logic, not a disk.
func shm(t *testing.T) string {
	t.Helper()
	if i, err := os.Stat("/dev/shm"); err == nil && i.IsDir() {
		if d, err := os.MkdirTemp("/dev/shm", "waybill"); err == nil {
			t.Cleanup(func() { _ = os.RemoveAll(d) }) // a leftover in memory ends with the machine
			return d
		}
	}
	return t.TempDir()
}

func (l *life) fail(format string, args ...any) {
	l.t.Helper()
	l.t.Errorf("seed %d, after %s:\n%s", l.seed, strings.Join(l.steps, " > "), fmt.Sprintf(format, args...))
	runtime.Goexit() // each history has a goroutine of its own
}

func (l *life) open() {
	db, err := store.Open(context.Background(), l.path)
	if err != nil {
		l.fail("open: %v", err)
	}
	l.db, l.job.DB = db, db
	l.wire.dead.Store(false)
	l.write(func(tx *store.Tx) error { return tx.Interrupt() })
}

func (l *life) write(fn func(*store.Tx) error) {
	l.t.Helper()
	if err := l.db.Write(context.Background(), fn); err != nil {
		l.fail("%v", err)
	}
}

func (l *life) stage(o model.Object, v map[string]any) {
	l.made[model.Key{Object: o, ID: fmt.Sprint(v["id"])}] = v
	shape, _ := l.job.Source.Object(o)
	r := loadtest.Record(shape, v)
	l.write(func(tx *store.Tx) error {
		at, err := tx.Reading(o)
		if err == nil && at.Pass == 0 {
			at, err = tx.BeginReading(o)
		}
		if err != nil {
			return err
		}
		_, err = tx.StagePage(store.Page{Object: o, Pass: at.Pass, Replace: true, Records: []model.Record{r}, Names: []string{fmt.Sprint(v[shape.Name])}})
		return err
	})
	l.job.Fingerprint = fmt.Sprint(l.next, len(l.steps), o, v["id"])
}

// grow adds people, tickets that follow each other, and messages, some of them too long,
// some broken.
func (l *life) grow(people, tickets, messages int) {
	pick := func(kind string, n int) string { return fmt.Sprint(kind, l.rng.IntN(max(n, 1))) }
	base := l.next
	for i := range people {
		v := map[string]any{"id": fmt.Sprint("c", base+i), "name": fmt.Sprint("Customer ", base+i), "email": fmt.Sprintf("c%d@x.example", base+i)}
		if l.rng.IntN(8) == 0 {
			v["email"] = fmt.Sprintf("c%d@x.example", l.rng.IntN(base+people)) // somebody else's
		}
		l.stage(model.Contact, v)
	}
	for i := range tickets {
		v := map[string]any{"id": fmt.Sprint("t", base+i), "subject": fmt.Sprint("Subject ", base+i), "status": "open", "requester": pick("c", base+people), "created_at": "2019-03-01T08:00:00Z"}
		if l.rng.IntN(10) == 0 {
			v["subject"] = ""
		}
		if l.rng.IntN(3) == 0 {
			v["follows"] = pick("t", base+tickets)
			if v["follows"] == v["id"] {
				delete(v, "follows")
			}
		}
		l.stage(model.Ticket, v)
	}
	for i := range messages {
		v := map[string]any{
			"id": fmt.Sprint("m", base+i), "ticket": pick("t", base+tickets), "author": pick("c", base+people), "public": l.rng.IntN(3) > 0,
			"body": "<p>Hello</p>", "created_at": fmt.Sprintf("2019-03-01T09:%02d:00Z", i%60),
		}
		if l.rng.IntN(6) == 0 {
			v["body"] = strings.Repeat("<p>long <b>text</b></p>", 40)
		}
		l.stage(model.Message, v)
	}
	l.next += max(people, tickets, messages)
}

// live takes a few random steps, then brings everything to an end that is proven.
func (l *life) live() {
	l.check()
	for range 3 + l.rng.IntN(5) {
		l.step()
		l.check()
	}
	l.desk.SetFaults(practice.FaultPlan{})
	l.steps = append(l.steps, "finish")
	for range 3 {
		l.resumeAll()
		l.move(load.Scope{Kind: model.RunFull})
		l.check()
	}
	for range 3 {
		l.move(load.Scope{Kind: model.RunDelta})
		l.check()
	}
	l.end()
	l.faithful()
	if err := l.db.Close(); err != nil {
		l.fail("%v", err)
	}
	if err := l.desk.Close(); err != nil {
		l.fail("%v", err)
	}
	if err := os.RemoveAll(filepath.Dir(l.path)); err != nil {
		l.fail("%v", err)
	}
}

func (l *life) step() {
	steps := []struct {
		name string
		do   func()
	}{
		{"move", func() { l.move(load.Scope{Kind: model.RunFull}) }},
		{"move", func() { l.move(load.Scope{Kind: model.RunFull}) }},
		{"crash", l.crash},
		{"crash", l.crash},
		{"crash", l.crash},
		{"stop", l.stop},
		{"resume", l.resumeAll},
		{"retry", func() { l.move(load.Scope{Kind: load.RunRetry}) }},
		{"slice", func() {
			l.move(load.Scope{Kind: load.RunSlice, Slice: &load.Slice{Name: "s", Object: model.Ticket, Conditions: []load.Condition{{Field: "id", Op: load.OpIs, Value: fmt.Sprint("t", l.rng.IntN(l.next))}}}})
		}},
		{"rollback", l.rollback},
		{"grow", func() { l.grow(l.rng.IntN(2), l.rng.IntN(3), l.rng.IntN(4)) }},
		{"decide", l.decide},
		{"undo", l.undo},
		{"people", l.people},
		{"source edits", l.edit},
		{"source edits, delta", func() { l.edit(); l.move(load.Scope{Kind: model.RunDelta}) }},
		{"delta", func() { l.move(load.Scope{Kind: model.RunDelta}) }},
		{"canary", func() { l.run(load.Order{}, load.Scope{Kind: model.RunFull}) }},
	}
	s := steps[l.rng.IntN(len(steps))]
	faults := l.faults()
	l.steps = append(l.steps, s.name+faults)
	s.do()
}

// faults makes the desk misbehave in the next step, most of the time.
func (l *life) faults() string {
	kinds := []practice.FaultKind{practice.DropAfter, practice.DropBefore, practice.ErrorBefore, practice.ErrorAfter, practice.HalfBatch, practice.HalfBody, practice.HTML}
	if l.rng.IntN(3) == 0 {
		l.desk.SetFaults(practice.FaultPlan{})
		return ""
	}
	k := kinds[l.rng.IntN(len(kinds))]
	path := []string{"/batch", "/contacts/batch", "/tickets/batch", "/messages/batch", "batch_update", "batch_delete"}[l.rng.IntN(6)]
	l.desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: k, Chance: 0.2 + 0.6*l.rng.Float64(), Method: http.MethodPost, Path: path, Times: 1 + l.rng.IntN(4)}}})
	return fmt.Sprintf("(%s %s)", k, path)
}

// move plans and runs; trouble may end it early, never wrongly.
func (l *life) move(scope load.Scope) { l.run(load.Order{Yes: true}, scope) }

func (l *life) run(order load.Order, scope load.Scope) {
	l.runWith(context.Background(), order, scope)
}

func (l *life) runWith(ctx context.Context, order load.Order, scope load.Scope) {
	pl, _, err := load.Plan(context.Background(), l.job, scope, job.New("plan"))
	if err != nil {
		l.fail("plan: %v", err)
	}
	order.Plan = pl.ID
	l.runs++
	_, err = load.Start(ctx, l.job, order, job.New("run"))
	l.excuse(err)
}

// excuse lets those errors pass that the step was made for.
func (l *life) excuse(err error) {
	if err == nil || l.wire.dead.Load() || errors.Is(err, context.Canceled) {
		return
	}
	switch code := problemCode(err); code {
	case load.CodeStale, load.CodeGone, load.CodeThreshold, connector.CodeOther, connector.CodeBroken, connector.CodeNoAnswer:
	default:
		l.fail("%s: %v", code, err)
	}
}

// crash ends the program at a random request: before it leaves, or after the desk did
// the work. The database then takes nothing more.
func (l *life) crash() {
	l.wire.mu.Lock()
	l.wire.left, l.wire.after = 1+l.rng.IntN(8), l.rng.IntN(3) > 0
	db := l.db
	l.wire.strike = func() {
		l.wire.dead.Store(true)
		_ = db.Close() // that is the crash
	}
	l.wire.mu.Unlock()
	if l.rng.IntN(4) == 0 {
		l.rollback()
	} else {
		pl, _, err := load.Plan(context.Background(), l.job, load.Scope{Kind: model.RunFull}, job.New("plan"))
		if err != nil {
			l.fail("plan: %v", err)
		}
		l.runs++
		_, err = load.Start(context.Background(), l.job, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
		l.excuse(err)
	}
	l.wire.mu.Lock()
	l.wire.strike = nil
	l.wire.mu.Unlock()
	if !l.wire.dead.Load() {
		return // it ended before
	}
	l.crashes++
	l.open()
}

// stop is a person who stops the run at a random request.
func (l *life) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l.wire.mu.Lock()
	l.wire.left, l.wire.after, l.wire.strike = 1+l.rng.IntN(10), l.rng.IntN(2) == 0, cancel
	l.wire.mu.Unlock()
	l.runWith(ctx, load.Order{Yes: true}, load.Scope{Kind: model.RunFull})
	l.wire.mu.Lock()
	l.wire.strike = nil
	l.wire.mu.Unlock()
}

func (l *life) allRuns() (runs []store.Run) {
	err := l.db.Read(context.Background(), func(tx *store.Tx) (err error) { runs, err = tx.Runs(); return err })
	if err != nil {
		l.fail("%v", err)
	}
	return runs
}

// resumeAll goes on with the newest run that did not end, as a person would.
func (l *life) resumeAll() {
	for _, r := range l.allRuns() {
		if r.Kind == model.RunRollback {
			continue
		}
		if r.State != "done" && r.State != "rolled_back" {
			_, err := load.Start(context.Background(), l.job, load.Order{Resume: r.ID, Yes: true}, job.New("run"))
			l.excuse(err)
		}
		return
	}
}

func (l *life) rollback() {
	for _, r := range l.allRuns() {
		if r.Kind == model.RunRollback {
			continue
		}
		_, proof, err := load.Rollback(context.Background(), l.job, r.ID, job.New("rollback"))
		if err == nil && proof.Absent != proof.Deleted {
			l.fail("%d deleted, %d of them absent", proof.Deleted, proof.Absent)
		}
		if err != nil && !l.wire.dead.Load() && !errors.Is(err, context.Canceled) {
			l.excuse(err)
		}
		return
	}
}

// edit changes a record at the source, also one that was moved already.
func (l *life) edit() {
	keys := []model.Key{}
	for k := range l.made {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b model.Key) int { return strings.Compare(string(a.Object)+a.ID, string(b.Object)+b.ID) })
	for range 1 + l.rng.IntN(3) {
		k := keys[l.rng.IntN(len(keys))]
		v := maps.Clone(l.made[k])
		switch k.Object {
		case model.Contact:
			v["phone"] = fmt.Sprintf("+49 30 %07d", l.rng.IntN(1_000_000))
		case model.Ticket:
			v["subject"] = fmt.Sprintf("Changed %d", l.rng.IntN(1000))
			v["status"] = []string{"open", "pending", "solved"}[l.rng.IntN(3)]
			if l.rng.IntN(4) == 0 {
				delete(v, "follows")
			}
		case model.Message:
			v["body"] = fmt.Sprintf("<p>Changed %d</p>", l.rng.IntN(1000))
		}
		l.stage(k.Object, v)
	}
}

func (l *life) decide() {
	l.write(func(tx *store.Tx) error {
		o := []model.Object{model.Ticket, model.Message, model.Contact}[l.rng.IntN(3)]
		rows, err := tx.Records(store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held}}, 0, 1+l.rng.IntN(3))
		if err != nil || len(rows) == 0 {
			return err
		}
		hits := []store.Hit{}
		for _, r := range rows {
			hits = append(hits, store.Hit{Seq: r.Seq})
		}
		_, err = tx.Decide(store.Decision{By: l.job.By, Does: "leave_out", Object: o, Settings: map[string]string{}}, model.LeftOut, hits)
		return err
	})
	l.job.Fingerprint = fmt.Sprint("decided ", len(l.steps))
}

func (l *life) undo() {
	l.write(func(tx *store.Tx) error {
		all, err := tx.Decisions()
		for _, d := range all {
			if d.UndoneAt == "" {
				return tx.Undo(d.ID, l.job.By)
			}
		}
		return err
	})
	l.job.Fingerprint = fmt.Sprint("undone ", len(l.steps))
}

// people edit a ticket of ours in the target, silently.
func (l *life) people() {
	l.desk.SetFaults(practice.FaultPlan{})
	for id := range l.inDesk(model.Ticket) {
		req := httptest.NewRequest(http.MethodPatch, "/api/v1/tickets/"+id, strings.NewReader(fmt.Sprintf(`{"subject":"Edited %d"}`, len(l.steps))))
		for k, v := range map[string]string{"Authorization": "Bearer t", "Content-Type": "application/json", "X-Import": "true"} {
			req.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		l.desk.Handler().ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			l.fail("edit: %s", w.Body)
		}
		l.touched[id] = true
		return
	}
}

// inDesk maps the ids of what carries our mark to the marks.
func (l *life) inDesk(o model.Object) map[string]string {
	out := map[string]string{}
	marker, ok := l.plain.(connector.Marker)
	if !ok {
		l.fail("no marks")
	}
	err := l.plain.Pages(context.Background(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			if m := string(marker.MarkOf(r)); strings.HasPrefix(m, load.MarkPrefix(l.job.Project)) {
				out[r.Key.ID] = m
			}
		}
		return nil
	})
	if err != nil {
		l.fail("%v", err)
	}
	return out
}

// check proves the accounts and that ledger and desk agree.
func (l *life) check() {
	l.t.Helper()
	s := l.desk.Stats()
	if s.Doubles != 0 {
		l.fail("%d records are in the target twice", s.Doubles)
	}
	if s.MessagesSent != 0 {
		l.fail("%d customers were mailed", s.MessagesSent)
	}
	l.desk.SetFaults(practice.FaultPlan{})
	desk := map[string]string{} // mark -> id
	for _, o := range []model.Object{model.Contact, model.Ticket, model.Message, model.Attachment} {
		for id, mark := range l.inDesk(o) {
			desk[mark] = id
		}
	}
	err := l.db.Read(context.Background(), func(tx *store.Tx) error {
		list, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range list {
			counted, err := tx.Recount(m.Object)
			if err != nil {
				return err
			}
			if counted.Target = m.Target; counted != m || !m.Adds() {
				return fmt.Errorf("kept %+v, counted %+v", m, counted)
			}
		}
		return l.agree(tx, desk)
	})
	if err != nil {
		l.fail("%v", err)
	}
}

// agree compares what the ledger says with what is there.
func (l *life) agree(tx *store.Tx, desk map[string]string) error {
	lines, extras, err := tx.Doomed(1000)
	if err != nil {
		return err
	}
	doomed := map[string]bool{} // a rollback died: whether they are there is asked at the next start
	for _, d := range lines {
		doomed[string(d.Mark)] = true
	}
	for _, d := range extras {
		doomed[string(d.Mark)] = true
	}
	rows, err := tx.QueryContext(context.Background(), `SELECT mark, state, id FROM ledger UNION ALL SELECT mark, state, id FROM extra`)
	if err != nil {
		return err
	}
	defer rows.Close()
	known, unmarked := map[string]bool{}, len(l.job.Target.Kind.Caps.Unmarked) > 0
	for rows.Next() {
		var mark, id string
		var state int
		if err := rows.Scan(&mark, &state, &id); err != nil {
			return err
		}
		at, there := desk[mark]
		// What carries no mark and was edited at the source before anybody could ask for it is
		// held: nobody knows (invariant 4).
		known[mark] = state == store.LedgerIntended || state == store.LedgerCreated || state == store.LedgerExisted || state == store.LedgerUnknown && unmarked
		switch {
		case (state == store.LedgerCreated || state == store.LedgerExisted) && (!there || at != id) && !doomed[mark]:
			return fmt.Errorf("%s should be there as %s, and is as %q", mark, id, at)
		case (state == store.LedgerRefused || state == store.LedgerRolledBack) && there:
			return fmt.Errorf("%s is there as %s, and the ledger says that it is not (%d)", mark, at, state)
		}
	}
	for mark := range desk {
		if !known[mark] {
			return fmt.Errorf("%s is in the target and the ledger does not know it", mark)
		}
	}
	return rows.Err()
}

// end: nothing waits any more, and everything that was moved is there.
func (l *life) end() {
	l.check()
	l.balanced = true
	err := l.db.Read(context.Background(), func(tx *store.Tx) error {
		open, err := tx.OpenIntents(10)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return fmt.Errorf("%d intents are open at the end", len(open))
		}
		list, err := tx.Manifest()
		for _, m := range list {
			l.held += m.Held
			l.balanced = l.balanced && m.Balances()
			if m.Pending != 0 {
				return fmt.Errorf("%d of %s still wait at the end", m.Pending, m.Object)
			}
		}
		return err
	})
	if err != nil {
		l.fail("%v", err)
	}
}

// faithful: what is in the target says what the source says now, unless people edited it there.
func (l *life) faithful() {
	parts := false
	err := l.db.Read(context.Background(), func(tx *store.Tx) error {
		// A long text that lies in the target in parts is not changed there: the delta says so.
		return tx.QueryRowContext(context.Background(), `SELECT count(*) > 0 FROM change`).Scan(&parts)
	})
	if err != nil {
		l.fail("%v", err)
	}
	if len(l.touched) > 0 || parts {
		return
	}
	res, err := check.Run(context.Background(), l.job, job.New("check"))
	if err != nil {
		l.fail("check: %v", err)
	}
	for _, c := range res.Checks {
		if !c.Passed && c.Code != check.Complete && c.Code != check.Order { // times of equal messages are not what is tested here
			l.fail("%s of %s: %v", c.Code, c.Object, c.Examples)
		}
	}
}
