package project_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/backend/check"
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

// ward is a project between two practice desks that is hurt while child processes work in
// it, and what must be true of it all the time.
type ward struct {
	t         *testing.T
	ctx       context.Context
	base, dir string
	env       project.Env
	old, desk *practice.Server
	wire      *wire
	// ids at the source of what was made there, by name.
	ids map[string]string
	// before is what the target held at first.
	before map[model.Object]int64
	// edited are tickets in the target, by id, of which people changed the priority.
	edited map[string]bool
	// copied: another copy of the project wrote to the same target.
	copied bool
}

// intake says how large a ward's source is and how the target behaves.
type intake struct {
	tickets int
	// long: the target takes 2,000 characters, and every tenth message has more.
	long bool
	// files gives every fifth ticket an attachment of so many bytes.
	files  int
	target practice.Options
}

// crashEnv asks the desk sooner than usual what arrived, because here it answers sooner,
// and sends small batches, so that there are many moments to be hurt at.
func crashEnv(base string) (project.Env, error) {
	vault, err := secret.File(filepath.Join(base, "vault"), nil)
	if err != nil {
		return project.Env{}, err
	}
	k := practicedesk.Kind()
	k.Caps.FindLag, k.Caps.Travel, k.Caps.Batch, k.Caps.Parallel = 60*time.Millisecond, 500*time.Millisecond, 8, 4
	return project.Env{Kinds: []connector.Kind{files.Kind(), k}, Vault: vault}, nil
}

// newWard fills the source, reads it, and makes a plan of everything.
func newWard(t *testing.T, in intake) *ward {
	t.Helper()
	w := &ward{t: t, ctx: context.Background(), base: t.TempDir(), ids: map[string]string{}, edited: map[string]bool{}}
	var err error
	w.env, err = crashEnv(w.base)
	w.must(err)
	w.old, err = practice.Serve(w.ctx, "127.0.0.1:0", practice.Options{Account: "old.example"})
	w.must(err)
	in.target.Account = "new.example"
	if in.long {
		in.target.MaxText = 2000
	}
	w.desk, err = practice.Serve(w.ctx, "127.0.0.1:0", in.target)
	w.must(err)
	w.wire, err = newWire(strings.TrimPrefix(w.desk.Address, "http://"))
	w.must(err)
	t.Cleanup(func() {
		for _, c := range []io.Closer{w.wire, w.desk, w.old} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	w.before = w.desk.Desk.Stats().Objects
	w.admit(in)
	w.dir = filepath.Join(w.base, "Ward.waybill")
	p, err := project.Create(w.ctx, w.dir, project.Info{Name: "Ward"}, w.env)
	w.must(err)
	w.must(p.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	_, err = p.Connect(w.ctx, project.Source, "practice", map[string]string{"address": w.old.Address, "token": w.old.Token})
	w.must(err)
	w.connect(p)
	_, err = p.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	v, err := p.Suggest(w.ctx)
	w.must(err)
	_, err = p.Accept(w.ctx, v, "The first one.")
	w.must(err)
	if in.long {
		w.must(p.Choose(w.ctx, load.LossText, model.Message, "body", load.ChooseSplit))
	}
	_, _, err = p.Plan(w.ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	w.must(err)
	w.must(p.Close())
	return w
}

// admit fills the source.
func (w *ward) admit(in intake) {
	w.t.Helper()
	for i := range 3 {
		w.make(fmt.Sprint("o", i), "organizations", map[string]any{"name": fmt.Sprint("Company ", i)})
	}
	for i := range 2 {
		w.make(fmt.Sprint("a", i), "agents", map[string]any{"name": fmt.Sprint("Agent ", i), "email": fmt.Sprintf("a%d@desk.example", i)})
	}
	for i := range max(in.tickets/4, 2) {
		w.make(fmt.Sprint("c", i), "contacts", map[string]any{"name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@x.example", i), "organization": w.ids[fmt.Sprint("o", i%3)]})
	}
	for i := range in.tickets {
		w.ticket(i, in)
	}
}

// ticket makes the i-th ticket of the source with its thread.
func (w *ward) ticket(i int, in intake) {
	w.t.Helper()
	customers := max(in.tickets/4, 2)
	who := w.ids[fmt.Sprint("c", i%customers)]
	t := map[string]any{"subject": fmt.Sprint("Subject ", i), "status": "open", "requester": who, "assignee": w.ids["a0"], "created_at": "2020-01-02T03:04:05Z"}
	if i%7 == 3 {
		t["follows"] = w.ids[fmt.Sprint("t", i-1)]
	}
	name := fmt.Sprint("t", i)
	w.make(name, "tickets", t)
	for k := range 2 {
		body := fmt.Sprintf("<p>Message %d of ticket %d</p>", k, i)
		if in.long && i%10 == 4 && k == 1 {
			body = "<p>" + strings.Repeat(fmt.Sprintf("Long message of ticket %d. ", i), 200) + "</p>"
		}
		w.make(fmt.Sprint(name, "m", k), "messages", map[string]any{"ticket": w.ids[name], "author": who, "public": k == 0, "body": body, "created_at": fmt.Sprintf("2020-01-02T04:0%d:00Z", k)})
	}
	if in.files > 0 && i%5 == 2 {
		w.attach(fmt.Sprint(name, "f"), w.ids[name+"m0"], in.files)
	}
}

// make creates a record at the source.
func (w *ward) make(name, path string, fields map[string]any) {
	w.t.Helper()
	w.ids[name] = fmt.Sprint(w.say(w.old, http.MethodPost, path, fields)["id"])
}

// say speaks to a desk as people there do, without setting off its triggers.
func (w *ward) say(s *practice.Server, method, path string, body any) map[string]any {
	w.t.Helper()
	b, err := json.Marshal(body)
	w.must(err)
	return w.speak(s, method, path, "application/json", bytes.NewReader(b))
}

func (w *ward) attach(name, message string, size int) {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	item, err := json.Marshal(map[string]any{"message": message, "name": name + ".txt", "content": "file"})
	w.must(err)
	w.must(m.WriteField("item", string(item)))
	part, err := m.CreateFormFile("file", name+".txt")
	w.must(err)
	_, err = io.WriteString(part, strings.Repeat(name+" ", size/(len(name)+1)+1)[:size])
	w.must(err)
	w.must(m.Close())
	w.ids[name] = fmt.Sprint(w.speak(w.old, http.MethodPost, "attachments", m.FormDataContentType(), &b)["id"])
}

func (w *ward) speak(s *practice.Server, method, path, kind string, body io.Reader) map[string]any {
	w.t.Helper()
	req, err := http.NewRequest(method, s.Address+"/api/v1/"+path, body)
	w.must(err)
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Import", "true")
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	text, err := io.ReadAll(resp.Body)
	w.must(errors.Join(err, resp.Body.Close()))
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
	out := map[string]any{}
	if len(text) > 0 {
		w.must(json.Unmarshal(text, &out))
	}
	return out
}

func (w *ward) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// connect connects the target through the wire.
func (w *ward) connect(p *project.Project) {
	w.t.Helper()
	_, err := p.Connect(w.ctx, project.Target, "practice", map[string]string{"address": w.wire.address(), "token": w.desk.Token})
	w.must(err)
}

// in opens the project, as a person does, and closes it again.
func (w *ward) in(fn func(*project.Project)) {
	w.t.Helper()
	p, err := project.Open(w.ctx, w.dir, w.env)
	w.must(err)
	defer func() {
		if err := p.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	fn(p)
}

// plan makes a plan of everything and gives its number.
func (w *ward) plan() (id int64) {
	w.t.Helper()
	w.in(func(p *project.Project) {
		pl, _, err := p.Plan(w.ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
		w.must(err)
		id = pl.ID
	})
	return id
}

// standing is how a project stands.
type standing struct {
	// Run is the newest one; its ID is 0 when there is none.
	Run      store.Run
	Manifest []model.Manifest
	// Open are requests to create or to delete whose outcome is not known.
	Open int64
}

func (s standing) balances() bool { return project.Balances(s.Manifest) }

// look opens the project as it was left and proves what must always be true: the file is
// whole, the accounts are those that are counted, the target holds each record once and
// all that the ledger says, and nobody got a mail.
func (w *ward) look() (s standing) {
	w.t.Helper()
	w.in(func(p *project.Project) {
		w.must(p.DB().Read(w.ctx, func(tx *store.Tx) error {
			s = w.audit(tx)
			return nil
		}))
	})
	return s
}

func (w *ward) audit(tx *store.Tx) (s standing) {
	w.t.Helper()
	whole := ""
	w.must(tx.QueryRowContext(w.ctx, `PRAGMA quick_check`).Scan(&whole))
	if whole != "ok" {
		w.t.Fatalf("the project's file is not whole: %s", whole)
	}
	w.must(tx.VerifyAudit())
	runs, err := tx.Runs()
	w.must(err)
	if len(runs) > 0 {
		s.Run = runs[0]
	}
	sent, open := w.ledger(tx)
	for _, n := range open {
		s.Open += n
	}
	going := int64(0) // deletions whose outcome is not known
	w.must(tx.QueryRowContext(w.ctx, `SELECT count(*) FROM doomed`).Scan(&going))
	s.Open += going
	over := s.Run.State == "done" || s.Run.State == "rolled_back" || s.Run.ID == 0
	s.Manifest, err = tx.Manifest()
	w.must(err)
	for _, m := range s.Manifest {
		counted, err := tx.Recount(m.Object)
		w.must(err)
		counted.Target = m.Target
		if !m.Adds() || counted != m {
			w.t.Errorf("the accounts do not add up: kept %+v, counted %+v", m, counted)
		}
		if m.Target < m.Moved || over && m.Target != m.Moved+w.halves(tx, m.Object) {
			w.t.Errorf("%s: %d moved, but the ledger knows %d in the target (the run is %s)", m.Object, m.Moved, m.Target, s.Run.State)
		}
	}
	if over && s.Open > 0 {
		w.t.Errorf("%d requests have no outcome although run %d is %s", s.Open, s.Run.ID, s.Run.State)
	}
	stats := w.desk.Desk.Stats()
	if stats.Doubles != 0 {
		w.t.Errorf("%d records are there twice", stats.Doubles)
	}
	if stats.MessagesSent != 0 {
		w.t.Errorf("%d messages would have gone to customers", stats.MessagesSent)
	}
	for o, n := range stats.Objects {
		there := n - w.before[o]
		if there > sent[o]+open[o] && !w.copied {
			w.t.Errorf("%d of %s are in the target, the ledger knows %d and %d that were under way", there, o, sent[o], open[o])
		}
		if there < sent[o]-going {
			w.t.Errorf("%d of %s are in the target, the ledger says %d, of which at most %d were being deleted", there, o, sent[o], going)
		}
	}
	return s
}

// halves counts the records that are in the target but wait for a part of them.
func (w *ward) halves(tx *store.Tx, o model.Object) (n int64) {
	w.t.Helper()
	w.must(tx.QueryRowContext(w.ctx, `SELECT count(*) FROM ledger g JOIN rec r ON r.seq = g.seq JOIN object o ON o.id = g.object
		WHERE g.state IN (2, 3) AND r.fate <> 1 AND o.name = ?`, string(o)).Scan(&n))
	return n
}

// ledger counts what was sent to the target and what is under way, by the target's objects.
func (w *ward) ledger(tx *store.Tx) (sent, open map[model.Object]int64) {
	w.t.Helper()
	sent, open = map[model.Object]int64{}, map[model.Object]int64{}
	rows, err := tx.QueryContext(w.ctx, `SELECT target, state FROM ledger UNION ALL SELECT target, state FROM extra`)
	w.must(err)
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var o model.Object
		var state int
		w.must(rows.Scan(&o, &state))
		switch state {
		case store.LedgerIntended:
			open[o]++
		case store.LedgerCreated, store.LedgerExisted:
			sent[o]++
		}
	}
	w.must(rows.Err())
	return sent, open
}

// finish lets the newest run go on until it is done, as a patient person would, and
// proves that everything arrived.
func (w *ward) finish() standing {
	w.t.Helper()
	w.desk.Desk.SetFaults(practice.FaultPlan{})
	for range 6 {
		s := w.look()
		if s.Run.State == "done" {
			return w.settled()
		}
		a := w.start(errand{Do: doRun, Resume: s.Run.ID, Yes: true}).wait()
		if a.Code != "" {
			w.t.Logf("the run stopped again: %s", a)
		}
	}
	w.t.Fatalf("the run does not come to its end: %+v", w.look().Run)
	return standing{}
}

// settled proves that all of the source is in the target, and that what is there is right.
func (w *ward) settled() standing {
	w.t.Helper()
	s := w.look()
	if !s.balances() {
		w.t.Errorf("it does not balance: %+v", s.Manifest)
	}
	w.in(func(p *project.Project) {
		res, err := p.Check(w.ctx, job.New("check"))
		w.must(err)
		for _, c := range res.Checks {
			if !c.Passed && !w.byPeople(p, c) {
				w.t.Errorf("check %s of %s: %d failed: %v", c.Code, c.Object, c.Failed, c.Examples)
			}
		}
	})
	return s
}

// byPeople says whether all that a check found is what people edited in the target: the
// priority of tickets, and that they are newer since.
func (w *ward) byPeople(p *project.Project, c check.Item) (all bool) {
	w.t.Helper()
	w.must(p.DB().Read(w.ctx, func(tx *store.Tx) error {
		last, _, err := tx.LastChecking()
		if err != nil {
			return err
		}
		found, err := tx.Differences(last.ID, c.Code, c.Object, 0, 1000)
		if check.Totals(c.Code) { // a figure over all records differs because of some of them
			for i, d := range found {
				line, _, err := tx.LedgerOf(d.Seq)
				if err != nil {
					return err
				}
				found[i].Target, found[i].Field = line.ID, "priority"
			}
		}
		all = len(found) > 0 && !slices.ContainsFunc(found, func(d store.Difference) bool {
			return d.Object != model.Ticket || !w.edited[d.Target] || d.Field != "priority" && d.Field != "updated_at"
		})
		return err
	}))
	return all
}

// slow makes every write take a while, so that there is time to be hurt in.
func slow(ms int64) practice.Fault {
	return practice.Fault{Kind: practice.Slow, Method: http.MethodPost, DelayMS: ms}
}

// faults sets the target's fault plan.
func (w *ward) faults(list ...practice.Fault) {
	w.desk.Desk.SetFaults(practice.FaultPlan{Faults: list})
}

// arrived counts what the target got so far.
func (w *ward) arrived() (n int64) {
	for o, k := range w.desk.Desk.Stats().Objects {
		n += k - w.before[o]
	}
	return n
}

// until waits for something to be true, at most a minute.
func (w *ward) until(what string, ok func() bool) {
	w.t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatalf("a minute went by without %s", what)
}

// hurtFile changes a file of the project as it lies on the disk.
func (w *ward) hurtFile(name string, fn func([]byte) []byte) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	b, err := os.ReadFile(path)
	w.must(err)
	w.must(os.WriteFile(path, fn(b), 0o600))
}
