// Package loadtest is a small world for tests of what writes to a desk and reads it
// back: a source of a few dozen records in the stage, a practice desk, and the wire
// between them, on which a test may interfere.
package loadtest

import (
	"bytes"
	"context"
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

// World is a small source in the stage, and a practice desk to move it to.
type World struct {
	TB     testing.TB
	DB     *store.DB
	Server *practice.Server
	Job    *load.Job
	Wire   *Wire
	Source model.Schema
	Seq    map[model.Key]int64
}

// Next changes who carries the requests from now on.
func (w *Wire) Next(rt http.RoundTripper) { w.next = rt }

// Wire carries the requests; before is asked about each, and may answer instead.
type Wire struct {
	next   http.RoundTripper
	Before func(*http.Request) *http.Response
}

// RoundTrip carries a request, unless Before answers it.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.Before != nil {
		if resp := w.Before(r); resp != nil {
			return resp, nil
		}
	}
	return w.next.RoundTrip(r)
}

// ProjectID is the id that marks are made from.
const ProjectID = "0123456789abcdef"

// New makes a world whose desk has the given manners.
func New(t testing.TB, o practice.Options) *World {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	w := &World{TB: t, Seq: map[model.Key]int64{}}
	var err error
	if w.Server, err = practice.Serve(ctx, "127.0.0.1:0", o); err != nil {
		t.Fatal(err)
	}
	if w.DB, err = store.Open(ctx, filepath.Join(dir, "project.db")); err != nil {
		t.Fatal(err)
	}
	files, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	kind := practicedesk.Kind()
	kind.Caps.Travel, kind.Caps.FindLag, kind.Caps.Batch, kind.Caps.Parallel = 40*time.Millisecond, o.SearchLag, 3, 4
	vault := secret.Memory()
	if err := vault.Put("token", secret.Text(w.Server.Token)); err != nil {
		t.Fatal(err)
	}
	w.Wire = &Wire{next: http.DefaultTransport}
	conn, err := kind.Open(ctx, map[string]string{"address": w.Server.Address}, vault, pace.Transport(w.Wire, kind.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{conn, w.DB, w.Server} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	schema, err := conn.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.Source = Writable(schema)
	v := mapping.Suggest(w.Source, schema, nil)
	w.Job = &load.Job{
		DB: w.DB, Files: files, Target: load.Desk{Conn: conn, Kind: kind, Schema: schema}, Project: ProjectID, Mapping: 1,
		Fingerprint: "first", Source: w.Source, Patience: 30 * time.Second, By: model.Person{Name: "Ann", Role: "lead"},
	}
	w.Compile(v)
	return w
}

// Compile makes the job move by another mapping.
func (w *World) Compile(v mapping.Version) {
	w.TB.Helper()
	prog, found := transform.Compile(v, w.Source, w.Job.Target.Schema)
	for _, p := range found {
		w.TB.Fatalf("the mapping cannot be used: %v", p)
	}
	w.Job.Program = prog
}

// Writable is the source's shape: the desk's own, without what only the desk writes.
func Writable(s model.Schema) model.Schema {
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

// Write changes the project file.
func (w *World) Write(fn func(*store.Tx) error) {
	w.TB.Helper()
	if err := w.DB.Write(context.Background(), fn); err != nil {
		w.TB.Fatal(err)
	}
}

// Read looks into the project file.
func (w *World) Read(fn func(*store.Tx) error) {
	w.TB.Helper()
	if err := w.DB.Read(context.Background(), fn); err != nil {
		w.TB.Fatal(err)
	}
}

// Stage reads records: id and fields; fields that the shape calls links become links.
func (w *World) Stage(o model.Object, records ...map[string]any) {
	w.TB.Helper()
	shape, _ := w.Source.Object(o)
	p := store.Page{Object: o}
	for _, v := range records {
		r := Record(shape, v)
		p.Records = append(p.Records, r)
		p.Names = append(p.Names, fmt.Sprint(v[shape.Name]))
	}
	w.Write(func(tx *store.Tx) error {
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
			w.Seq[r.Key] = row.Seq
		}
		return nil
	})
}

// Record is a source record with these values; fields that the shape calls links become links.
func Record(shape model.ObjectSchema, v map[string]any) model.Record {
	r := model.Record{Key: model.Key{Object: shape.Object, ID: fmt.Sprint(v["id"])}, Raw: connector.Raw(v)}
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
	return r
}

// At is the place of a record in the stage.
func (w *World) At(o model.Object, id string) int64 { return w.Seq[model.Key{Object: o, ID: id}] }

// Fields are the values of a source record.
type Fields = map[string]any

// People fills the world: 2 companies, 2 agents, 6 customers, 8 tickets with 5 messages each
// (the second and third at the same moment, the third a private note), 4 attachments.
func (w *World) People() {
	w.TB.Helper()
	w.Stage(model.Organization, Fields{"id": "o1", "name": "Acme"}, Fields{"id": "o2", "name": "Blue"})
	w.Stage(model.Group, Fields{"id": "g1", "name": "Support"})
	w.Stage(model.Agent, Fields{"id": "a1", "name": "Agnes", "email": "agnes@desk.example"}, Fields{"id": "a2", "name": "Abel", "email": "abel@desk.example"})
	var contacts, tickets, messages []map[string]any
	for i := 1; i <= 6; i++ {
		contacts = append(contacts, Fields{"id": fmt.Sprint("c", i), "name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@x.example", i), "organization": fmt.Sprint("o", 1+i%2)})
	}
	for i := 1; i <= 8; i++ {
		t := fmt.Sprint("t", i)
		tickets = append(tickets, Fields{
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
			messages = append(messages, Fields{
				"id": fmt.Sprintf("%sm%d", t, k), "ticket": t, "author": author, "public": k != 3, "body": fmt.Sprintf("<p>Message %d of %s</p>", k, t),
				"created_at": fmt.Sprintf("2019-03-%02dT09:%02d:00Z", i, minute),
			})
		}
	}
	w.Stage(model.Contact, contacts...)
	w.Stage(model.Ticket, tickets...)
	w.Stage(model.Message, messages...)
	for i := 1; i <= 4; i++ {
		id := fmt.Sprint("f", i)
		w.Stage(model.Attachment, Fields{"id": id, "message": fmt.Sprintf("t%dm1", i), "name": id + ".txt", "content_type": "text/plain"})
		w.Write(func(tx *store.Tx) error {
			hash, size, err := w.Job.Files.Put(strings.NewReader("content of " + id))
			if err != nil {
				return err
			}
			return tx.PutFile(w.At(model.Attachment, id), store.File{Ref: id, Name: id + ".txt", Type: "text/plain", Hash: hash, Size: size})
		})
	}
}

// All is what a whole move of People brings into the desk.
var All = map[model.Object]int64{model.Organization: 2, model.Group: 1, model.Agent: 2, model.Contact: 6, model.Ticket: 8, model.Message: 40, model.Attachment: 4}

// Plan makes a full plan.
func (w *World) Plan() (store.Plan, load.Summary) {
	w.TB.Helper()
	pl, sum, err := load.Plan(context.Background(), w.Job, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		w.TB.Fatal(err)
	}
	return pl, sum
}

// Start runs a plan, or goes on with a run.
func (w *World) Start(plan, resume int64) (store.Run, error) {
	return load.Start(context.Background(), w.Job, load.Order{Plan: plan, Resume: resume, Yes: true}, job.New("run"))
}

// Move plans and runs, and must succeed.
func (w *World) Move() store.Run {
	w.TB.Helper()
	pl, _ := w.Plan()
	run, err := w.Start(pl.ID, 0)
	if err != nil {
		w.TB.Fatal(err)
	}
	return run
}

// Run finds a run in the history.
func (w *World) Run(id int64) (r store.Run) {
	w.TB.Helper()
	w.Read(func(tx *store.Tx) (err error) { r, err = tx.Run(id); return err })
	return r
}

// Manifest is the account of an object, proven by counting.
func (w *World) Manifest(o model.Object) (out model.Manifest) {
	w.TB.Helper()
	w.Read(func(tx *store.Tx) error {
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

// Arrived proves that the desk has exactly what was meant, once, and that nobody was mailed.
func (w *World) Arrived(want map[model.Object]int64) {
	w.TB.Helper()
	s := w.Server.Desk.Stats()
	for _, o := range model.Known() {
		if s.Objects[o] != want[o] {
			w.TB.Errorf("%d of %s in the desk, want %d", s.Objects[o], o, want[o])
		}
		if m := w.Manifest(o); m.Moved != m.Target {
			w.TB.Errorf("%s: %d moved, %d in the ledger", o, m.Moved, m.Target)
		}
	}
	if s.Doubles != 0 {
		w.TB.Errorf("%d records are there twice", s.Doubles)
	}
	if s.MessagesSent != 0 {
		w.TB.Errorf("%d customers were mailed", s.MessagesSent)
	}
	w.Read(func(tx *store.Tx) error {
		open, err := tx.OpenIntents(100)
		if len(open) > 0 {
			w.TB.Errorf("%d intents are open", len(open))
		}
		return err
	})
}

// Found gives what the desk has of an object, by our source id.
func (w *World) Found(o model.Object) map[string]map[string]any {
	w.TB.Helper()
	out := map[string]map[string]any{}
	err := w.Job.Target.Conn.Pages(context.Background(), o, "", func(p connector.Page) error {
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
		w.TB.Fatal(err)
	}
	return out
}

// Call speaks to the desk as a person working there would.
func (w *World) Call(method, path, body string) {
	w.TB.Helper()
	req, err := http.NewRequest(method, w.Server.Address+"/api/v1/"+path, bytes.NewBufferString(body))
	if err != nil {
		w.TB.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.Server.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Import", "true")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.TB.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.TB.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		w.TB.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}
