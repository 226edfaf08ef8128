package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/backend/blob"
	"waybill/backend/connector"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/secret"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// world is a small source in the stage, and a practice desk to move it to.
type world struct {
	t      testing.TB
	db     *store.DB
	server *practice.Server
	job    *load.Job
	wire   *wire
	src    model.Schema
	seq    map[model.Key]int64
}

// wire carries the requests; before is asked about each, and may answer instead.
type wire struct {
	next   http.RoundTripper
	before func(*http.Request) *http.Response
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.before != nil {
		if resp := w.before(r); resp != nil {
			return resp, nil
		}
	}
	return w.next.RoundTrip(r)
}

const projectID = "0123456789abcdef"

func newWorld(t testing.TB, o practice.Options) *world {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	w := &world{t: t, seq: map[model.Key]int64{}}
	var err error
	if w.server, err = practice.Serve(ctx, "127.0.0.1:0", o); err != nil {
		t.Fatal(err)
	}
	if w.db, err = store.Open(ctx, filepath.Join(dir, "project.db")); err != nil {
		t.Fatal(err)
	}
	files, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	kind := practicedesk.Kind()
	kind.Caps.Travel, kind.Caps.FindLag, kind.Caps.Batch, kind.Caps.Parallel = 40*time.Millisecond, o.SearchLag, 3, 4
	vault := secret.Memory()
	if err := vault.Put("token", secret.Text(w.server.Token)); err != nil {
		t.Fatal(err)
	}
	w.wire = &wire{next: http.DefaultTransport}
	conn, err := kind.Open(ctx, map[string]string{"address": w.server.Address}, vault, pace.Transport(w.wire, kind.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{conn, w.db, w.server} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	schema, err := conn.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.src = writable(schema)
	v := mapping.Suggest(w.src, schema, nil)
	w.job = &load.Job{
		DB: w.db, Files: files, Target: load.Desk{Conn: conn, Kind: kind, Schema: schema}, Project: projectID, Mapping: 1,
		Fingerprint: "first", By: model.Person{Name: "Ann", Role: "lead"},
	}
	w.compile(v)
	return w
}

func (w *world) compile(v mapping.Version) {
	w.t.Helper()
	prog, found := transform.Compile(v, w.src, w.job.Target.Schema)
	for _, p := range found {
		w.t.Fatalf("the mapping cannot be used: %v", p)
	}
	w.job.Program = prog
}

// writable is the source's shape: the desk's own, without what only the desk writes.
func writable(s model.Schema) model.Schema {
	out := model.Schema{}
	for _, o := range s.Objects {
		x := model.ObjectSchema{Object: o.Object, Title: o.Title, Name: o.Name}
		for _, f := range o.Fields {
			if !f.ReadOnly && f.Name != "external_id" {
				x.Fields = append(x.Fields, f)
			}
		}
		out.Objects = append(out.Objects, x)
	}
	return out
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Read(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// stage reads records: id and fields; fields that the shape calls links become links.
func (w *world) stage(o model.Object, records ...map[string]any) {
	w.t.Helper()
	shape, _ := w.src.Object(o)
	p := store.Page{Object: o}
	for _, v := range records {
		r := model.Record{Key: model.Key{Object: o, ID: fmt.Sprint(v["id"])}}
		for _, f := range shape.Fields {
			if f.Type != model.LinkType || v[f.Name] == nil {
				continue
			}
			l := model.Link{Role: f.Name}
			for _, to := range f.To {
				l.To = append(l.To, model.Ref{Object: to, Value: fmt.Sprint(v[f.Name])})
			}
			r.Links = append(r.Links, l)
		}
		b, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		r.Raw = b
		p.Records = append(p.Records, r)
		p.Names = append(p.Names, fmt.Sprint(v[shape.Name]))
	}
	w.write(func(tx *store.Tx) error {
		at, err := tx.Reading(o)
		if err != nil {
			return err
		}
		if at.Pass == 0 {
			if at, err = tx.BeginReading(o); err != nil {
				return err
			}
		}
		p.Pass, p.Replace = at.Pass, true
		if _, err := tx.StagePage(p); err != nil {
			return err
		}
		for _, r := range p.Records {
			row, err := tx.Record(r.Key)
			if err != nil {
				return err
			}
			w.seq[r.Key] = row.Seq
		}
		return nil
	})
}

func (w *world) at(o model.Object, id string) int64 { return w.seq[model.Key{Object: o, ID: id}] }

type fields = map[string]any

// people the world: 2 companies, 2 agents, 6 customers, 8 tickets with 5 messages each
// (the second and third at the same moment, the third a private note), 4 attachments.
func (w *world) people() {
	w.t.Helper()
	w.stage(model.Organization, fields{"id": "o1", "name": "Acme"}, fields{"id": "o2", "name": "Blue"})
	w.stage(model.Group, fields{"id": "g1", "name": "Support"})
	w.stage(model.Agent, fields{"id": "a1", "name": "Agnes", "email": "agnes@desk.example"}, fields{"id": "a2", "name": "Abel", "email": "abel@desk.example"})
	var contacts, tickets, messages []map[string]any
	for i := 1; i <= 6; i++ {
		contacts = append(contacts, fields{"id": fmt.Sprint("c", i), "name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@x.example", i), "organization": fmt.Sprint("o", 1+i%2)})
	}
	for i := 1; i <= 8; i++ {
		t := fmt.Sprint("t", i)
		tickets = append(tickets, fields{
			"id": t, "subject": "Subject " + t, "status": "open", "priority": "high", "requester": fmt.Sprint("c", 1+i%6), "assignee": "a1", "group": "g1",
			"tags": []string{"b", "a"}, "created_at": fmt.Sprintf("2019-03-%02dT08:00:00Z", i),
		})
		for k := 1; k <= 5; k++ {
			minute := k
			if k == 3 {
				minute = 2
			}
			author := fmt.Sprint("c", 1+i%6)
			if k%2 == 0 {
				author = "a1"
			}
			messages = append(messages, fields{
				"id": fmt.Sprintf("%sm%d", t, k), "ticket": t, "author": author, "public": k != 3, "body": fmt.Sprintf("<p>Message %d of %s</p>", k, t),
				"created_at": fmt.Sprintf("2019-03-%02dT09:%02d:00Z", i, minute),
			})
		}
	}
	w.stage(model.Contact, contacts...)
	w.stage(model.Ticket, tickets...)
	w.stage(model.Message, messages...)
	for i := 1; i <= 4; i++ {
		id := fmt.Sprint("f", i)
		w.stage(model.Attachment, fields{"id": id, "message": fmt.Sprintf("t%dm1", i), "name": id + ".txt", "content_type": "text/plain"})
		w.write(func(tx *store.Tx) error {
			hash, size, err := w.job.Files.Put(strings.NewReader("content of " + id))
			if err != nil {
				return err
			}
			return tx.PutFile(w.at(model.Attachment, id), store.File{Ref: id, Name: id + ".txt", Type: "text/plain", Hash: hash, Size: size})
		})
	}
}

var all = map[model.Object]int64{model.Organization: 2, model.Group: 1, model.Agent: 2, model.Contact: 6, model.Ticket: 8, model.Message: 40, model.Attachment: 4}

func (w *world) plan() (store.Plan, load.Summary) {
	w.t.Helper()
	pl, sum, err := load.Plan(context.Background(), w.job, model.RunFull, job.New("plan"))
	if err != nil {
		w.t.Fatal(err)
	}
	return pl, sum
}

func (w *world) start(plan, resume int64) (store.Run, error) {
	return load.Start(context.Background(), w.job, plan, resume, job.New("run"))
}

// move plans and runs, and must succeed.
func (w *world) move() store.Run {
	w.t.Helper()
	pl, _ := w.plan()
	run, err := w.start(pl.ID, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func (w *world) run(id int64) (r store.Run) {
	w.t.Helper()
	w.read(func(tx *store.Tx) (err error) { r, err = tx.Run(id); return err })
	return r
}

func (w *world) manifest(o model.Object) (out model.Manifest) {
	w.t.Helper()
	w.read(func(tx *store.Tx) error {
		list, err := tx.Manifest()
		for _, m := range list {
			counted, cerr := tx.Recount(m.Object)
			if cerr != nil {
				return cerr
			}
			if counted.Target = m.Target; counted != m || !m.Adds() {
				return fmt.Errorf("kept %+v, counted %+v", m, counted)
			}
			if m.Object == o {
				out = m
			}
		}
		return err
	})
	return out
}

// arrived proves that the desk has exactly what was meant, once, and that nobody was mailed.
func (w *world) arrived(want map[model.Object]int64) {
	w.t.Helper()
	s := w.server.Desk.Stats()
	for _, o := range model.Known() {
		if s.Objects[o] != want[o] {
			w.t.Errorf("%d of %s in the desk, want %d", s.Objects[o], o, want[o])
		}
		if m := w.manifest(o); m.Moved != m.Target {
			w.t.Errorf("%s: %d moved, %d in the ledger", o, m.Moved, m.Target)
		}
	}
	if s.Doubles != 0 {
		w.t.Errorf("%d records are there twice", s.Doubles)
	}
	if s.MessagesSent != 0 {
		w.t.Errorf("%d customers were mailed", s.MessagesSent)
	}
	w.read(func(tx *store.Tx) error {
		open, err := tx.OpenIntents(100)
		if len(open) > 0 {
			w.t.Errorf("%d intents are open", len(open))
		}
		return err
	})
}

// found gives what the desk has of an object, by our source id.
func (w *world) found(o model.Object) map[string]map[string]any {
	w.t.Helper()
	out := map[string]map[string]any{}
	err := w.job.Target.Conn.Pages(context.Background(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			v, err := model.Values(r.Raw)
			if err != nil {
				return err
			}
			mark := strings.Split(model.Plain(v["external_id"]), ":")
			out[mark[len(mark)-1]] = v
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// call speaks to the desk as a person working there would.
func (w *world) call(method, path, body string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.server.Address+"/api/v1/"+path, bytes.NewBufferString(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.server.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Import", "true")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}
