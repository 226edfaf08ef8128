package delta_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/delta"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/secret"
	"waybill/backend/store"
)

func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// two is a practice desk that is moved into another one.
type two struct {
	*loadtest.World
	source *practice.Server
	conn   connector.Connector
	delta  *delta.Delta
	id     map[string]string // our names of the source's records -> their ids there

	mu    sync.Mutex
	calls []string // requests to the target, "POST /tickets/batch_update"
}

// newTwo fills the source, reads it and moves everything.
func newTwo(t testing.TB) *two {
	t.Helper()
	w := &two{World: loadtest.New(t, practice.Options{}), id: map[string]string{}, delta: &delta.Delta{}}
	w.Job.Changes = w.delta
	ctx := context.Background()
	var err error
	if w.source, err = practice.Serve(ctx, "127.0.0.1:0", practice.Options{}); err != nil {
		t.Fatal(err)
	}
	vault := secret.Memory()
	if err := vault.Put("token", secret.Text(w.source.Token)); err != nil {
		t.Fatal(err)
	}
	kind := practicedesk.Kind()
	if w.conn, err = kind.Open(ctx, map[string]string{"address": w.source.Address, "page_size": "7"}, vault, pace.Transport(http.DefaultTransport, kind.Limits, nil)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{w.conn, w.source} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	w.Wire.Before = func(r *http.Request) *http.Response {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls = append(w.calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1"))
		return nil
	}
	w.fill()
	if _, err := extract.Run(ctx, w.DB, w.Job.Files, w.conn, nil, job.New("extract")); err != nil {
		t.Fatal(err)
	}
	w.Move()
	return w
}

// fill makes 2 companies, 2 agents, 3 customers, 4 tickets with 3 messages each and a file.
func (w *two) fill() {
	w.make("o1", "organizations", loadtest.Fields{"name": "Acme"})
	w.make("o2", "organizations", loadtest.Fields{"name": "Blue"})
	w.make("g1", "groups", loadtest.Fields{"name": "Support"})
	w.make("a1", "agents", loadtest.Fields{"name": "Agnes", "email": "agnes@desk.example"})
	w.make("a2", "agents", loadtest.Fields{"name": "Abel", "email": "abel@desk.example"})
	for i := 1; i <= 3; i++ {
		w.make(fmt.Sprint("c", i), "contacts", loadtest.Fields{"name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@x.example", i), "phone": "+49 30 12345" + fmt.Sprint(i), "organization": w.id["o1"]})
	}
	for i := 1; i <= 4; i++ {
		t := fmt.Sprint("t", i)
		w.make(t, "tickets", loadtest.Fields{
			"subject": "Subject " + t, "status": "open", "priority": "high", "requester": w.id["c1"], "assignee": w.id["a1"], "group": w.id["g1"],
			"description": "About " + t, "created_at": "2019-03-01T08:00:00Z",
		})
		for k := 1; k <= 3; k++ {
			w.make(fmt.Sprint(t, "m", k), "messages", loadtest.Fields{
				"ticket": w.id[t], "author": w.id["c1"], "public": k != 3, "body": fmt.Sprintf("<p>Message %d of %s</p>", k, t), "created_at": fmt.Sprintf("2019-03-0%dT09:0%d:00Z", i, k),
			})
		}
	}
	w.attach("f1", "t1m1", "first.txt", "content of f1")
}

// say speaks to the source as the people working there do.
func (w *two) say(method, path string, body any) map[string]any {
	w.TB.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.TB.Fatal(err)
	}
	return w.send(w.source, method, path, "application/json", b)
}

func (w *two) send(s *practice.Server, method, path, kind string, body []byte) map[string]any {
	w.TB.Helper()
	req, err := http.NewRequest(method, s.Address+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		w.TB.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Import", "true")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.TB.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.TB.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.TB.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		w.TB.Fatalf("%s %s: %s %s", method, path, resp.Status, b)
	}
	out := map[string]any{}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &out); err != nil {
			w.TB.Fatal(err)
		}
	}
	return out
}

func (w *two) make(name, path string, v loadtest.Fields) {
	w.TB.Helper()
	w.id[name] = fmt.Sprint(w.say("POST", path, v)["id"])
}

func (w *two) attach(name, message, file, content string) {
	w.TB.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	item, err := json.Marshal(loadtest.Fields{"message": w.id[message], "name": file, "content_type": "text/plain", "content": "part"})
	if err != nil {
		w.TB.Fatal(err)
	}
	if err := m.WriteField("item", string(item)); err != nil {
		w.TB.Fatal(err)
	}
	part, err := m.CreateFormFile("part", "part")
	if err != nil {
		w.TB.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		w.TB.Fatal(err)
	}
	if err := m.Close(); err != nil {
		w.TB.Fatal(err)
	}
	w.id[name] = fmt.Sprint(w.send(w.source, "POST", "attachments", m.FormDataContentType(), b.Bytes())["id"])
}

// edit changes a record at the source.
func (w *two) edit(path, name string, v loadtest.Fields) {
	w.TB.Helper()
	w.say("PATCH", path+"/"+w.id[name], v)
}

// there is the id in the target of a record.
func (w *two) there(o model.Object, name string) (id string) {
	w.TB.Helper()
	w.Read(func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: o, ID: w.id[name]})
		if err != nil {
			return err
		}
		l, _, err := tx.LedgerOf(row.Seq)
		id = l.ID
		return err
	})
	return id
}

func (w *two) seq(o model.Object, name string) (seq int64) {
	w.TB.Helper()
	w.Read(func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: o, ID: w.id[name]})
		seq = row.Seq
		return err
	})
	return seq
}

// touch changes a record of the target as the people working there do.
func (w *two) touch(path string, o model.Object, name, body string) {
	w.TB.Helper()
	w.Call("PATCH", path+"/"+w.there(o, name), body)
}

// target gives what the target has of a record; nil when it is not there.
func (w *two) target(o model.Object, name string) map[string]any {
	w.TB.Helper()
	return w.Found(o)[w.id[name]]
}

// read brings the stage up to date.
func (w *two) read() map[model.Object]extract.Result {
	w.TB.Helper()
	all, err := extract.Changes(context.Background(), w.DB, w.Job.Files, w.conn, nil, job.New("changes"))
	if err != nil {
		w.TB.Fatal(err)
	}
	out := map[model.Object]extract.Result{}
	for _, r := range all {
		out[r.Object] = r
	}
	return out
}

func (w *two) plan() (store.Plan, load.Summary) {
	w.TB.Helper()
	pl, sum, err := load.Plan(context.Background(), w.Job, load.Scope{Kind: model.RunDelta}, job.New("plan"))
	if err != nil {
		w.TB.Fatal(err)
	}
	return pl, sum
}

// bring reads, plans and runs a delta.
func (w *two) bring() (store.Run, load.Summary) {
	w.TB.Helper()
	w.read()
	pl, sum := w.plan()
	run, err := w.Start(pl.ID, 0)
	if err != nil {
		w.TB.Fatal(err)
	}
	return w.Run(run.ID), sum
}

// asked gives the requests to the target since it was last asked, without those about the desk itself.
func (w *two) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []string{}
	for _, c := range w.calls {
		switch strings.SplitN(strings.SplitN(c, " ", 2)[1], "?", 2)[0] {
		case "/me", "/fields", "/triggers", "/stats":
			continue
		}
		out = append(out, c)
	}
	w.calls = nil
	return out
}

func (w *two) writes() (out []string) {
	for _, c := range w.asked() {
		if !strings.HasPrefix(c, "GET ") {
			out = append(out, c)
		}
	}
	return out
}

// open lists what waits to be brought over, as "name how".
func (w *two) open() []string {
	w.TB.Helper()
	out := []string{}
	w.Read(func(tx *store.Tx) error {
		for _, o := range model.Known() {
			all, err := tx.Changes(o, 0, 1000)
			if err != nil {
				return err
			}
			for _, c := range all {
				s := w.name(c.Line.Source) + " " + c.How
				if c.Settled {
					s += ", settled"
				}
				if c.Problem != nil {
					s += ", " + string(c.Problem.Code)
				}
				out = append(out, s)
			}
		}
		return nil
	})
	slices.Sort(out)
	return out
}

func (w *two) name(id string) string {
	for name, x := range w.id {
		if x == id {
			return name
		}
	}
	return id
}

func (w *two) isOpen(want ...string) {
	w.TB.Helper()
	if got := w.open(); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		w.TB.Errorf("open: %q, want %q", got, want)
	}
}

// same proves that the target has what the source has, field by field.
func (w *two) same(o model.Object, names ...string) {
	w.TB.Helper()
	path := map[model.Object]string{model.Ticket: "tickets/", model.Message: "messages/", model.Contact: "contacts/", model.Attachment: "attachments/"}[o]
	links := map[string]model.Object{"requester": model.Contact, "assignee": model.Agent, "group": model.Group, "organization": model.Organization, "ticket": model.Ticket, "author": model.Contact, "message": model.Message}
	found := w.Found(o)
	for _, name := range names {
		want, got := w.say("GET", path+w.id[name], nil), found[w.id[name]]
		if got == nil {
			w.TB.Errorf("%s is not in the target", name)
			continue
		}
		for field, v := range want {
			switch field {
			case "id", "version", "external_id", "content", "author_type", "size":
				continue
			}
			wanted := model.Plain(v)
			if to, ok := links[field]; ok {
				if field == "author" && want["author_type"] == "agent" {
					to = model.Agent
				}
				wanted = w.there(to, w.name(wanted))
			}
			if model.Plain(got[field]) != wanted {
				w.TB.Errorf("%s: %s is %q in the target, want %q", name, field, model.Plain(got[field]), wanted)
			}
		}
		for field, v := range got {
			if _, ok := want[field]; !ok && field != "external_id" {
				w.TB.Errorf("%s: %s is %v in the target, and empty in the source", name, field, v)
			}
		}
	}
}

// silent proves that nobody was mailed and nothing is there twice.
func (w *two) silent() {
	w.TB.Helper()
	s := w.Server.Desk.Stats()
	if s.MessagesSent != 0 || s.Doubles != 0 {
		w.TB.Errorf("%d customers were mailed, %d records are there twice", s.MessagesSent, s.Doubles)
	}
	for _, o := range model.Known() {
		w.Manifest(o) // proves that it adds up
	}
}

// startIn runs a plan, or goes on with a run, until ctx ends.
func (w *two) startIn(ctx context.Context, plan, resume int64) (store.Run, error) {
	return load.Start(ctx, w.Job, load.Order{Plan: plan, Resume: resume, Yes: true}, job.New("run"))
}
