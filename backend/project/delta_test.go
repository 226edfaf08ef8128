package project_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/store"
)

// send speaks to a desk as people there do, and gives what it answered.
func send(t *testing.T, s *practice.Server, method, path string, body any) map[string]any {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.Address+"/api/v1/"+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// deskWorld is a project that moves one practice desk into another one.
func deskWorld(t *testing.T, tickets int) (*world, *practice.Server, []string) {
	t.Helper()
	w := &world{t: t, ctx: context.Background()}
	source, err := practice.Serve(w.ctx, "127.0.0.1:0", practice.Options{Account: "old.example"})
	w.must(err)
	w.Server, err = practice.Serve(w.ctx, "127.0.0.1:0", practice.Options{Account: "new.example"})
	w.must(err)
	w.Project, err = project.Create(w.ctx, filepath.Join(t.TempDir(), "World.waybill"), project.Info{Name: "World"}, env())
	w.must(err)
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{w, w.Server, source} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	who, _ := send(t, source, http.MethodPost, "contacts", map[string]any{"name": "Ada", "email": "ada@one.example"})["id"].(string)
	ids := []string{}
	for range tickets {
		id, _ := send(t, source, http.MethodPost, "tickets", map[string]any{"subject": "Help", "status": "open", "requester": who})["id"].(string)
		ids = append(ids, id)
	}
	_, err = w.Connect(w.ctx, project.Source, "practice", map[string]string{"address": source.Address, "token": source.Token})
	w.must(err)
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	w.connect()
	v, err := w.Suggest(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "The first one.")
	w.must(err)
	if run := w.move(); run.State != "done" {
		t.Fatalf("the move is %s: %s", run.State, run.Error)
	}
	return w, source, ids
}

// targetOf finds a moved record's id in the target.
func (w *world) targetOf(o model.Object, id string) (out string) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: o, ID: id})
		if err != nil {
			return err
		}
		line, _, err := tx.LedgerOf(row.Seq)
		out = line.ID
		return err
	}))
	return out
}

func TestP77_P80_ADeltaReadsWhatChangedAndAsksAboutWhatPeopleEdited(t *testing.T) {
	w, source, ids := deskWorld(t, 4)
	full, _ := w.plan(load.Scope{Kind: model.RunFull})

	// At the source: one changed, one changed that people edited in the target too, one gone, one new.
	send(t, source, http.MethodPatch, "tickets/"+ids[0], map[string]any{"status": "solved"})
	send(t, source, http.MethodPatch, "tickets/"+ids[1], map[string]any{"status": "closed"})
	send(t, source, http.MethodDelete, "tickets/"+ids[2], nil)
	edited := w.targetOf(model.Ticket, ids[1])
	send(t, w.Server, http.MethodPatch, "tickets/"+edited, map[string]any{"status": "pending"})

	got, err := w.ReadChanges(w.ctx, job.New("changes"))
	w.must(err)
	for _, r := range got {
		if r.Object == model.Ticket && (r.Changed != 2 || r.Deleted != 1 || r.New != 0) {
			t.Errorf("tickets: %+v", r)
		}
	}
	// A plan that was made before does not know of it.
	_, err = w.Run(w.ctx, load.Order{Plan: full.ID, Yes: true}, job.New("run"))
	told(t, err, load.CodeStale)

	state, err := w.DeltaState(w.ctx)
	w.must(err)
	if state.Read == "" || state.Plan != 0 {
		t.Errorf("before planning: %+v", state)
	}
	if _, err := w.Conflicts(w.ctx, 0, 0, 10); err == nil {
		t.Error("conflicts were listed without a plan")
	}
	pl, sum := w.plan(load.Scope{Kind: model.RunDelta})
	if sum.Conflicts != 1 || sum.Gone != 1 {
		t.Errorf("%d conflicts, %d gone", sum.Conflicts, sum.Gone)
	}
	list, err := w.Conflicts(w.ctx, 0, 0, 10)
	w.must(err)
	if len(list) != 1 || list[0].Source != ids[1] || list[0].Item.Choice != delta.Keep {
		t.Fatalf("the conflicts are %+v", list)
	}
	gone, err := w.GoneList(w.ctx, pl.ID, 0, 10)
	w.must(err)
	if len(gone) != 1 || gone[0].Source != ids[2] {
		t.Fatalf("gone: %+v", gone)
	}
	n, err := w.ChooseConflict(w.ctx, 0, delta.Pick{Kind: delta.KindConflict, Seqs: []int64{list[0].Seq}}, delta.Take, "The old desk is right.")
	w.must(err)
	if n != 1 {
		t.Errorf("%d were chosen", n)
	}
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if c := w.run(run.ID).Counts[model.Ticket]; c["updated"] != 2 {
		t.Errorf("updated: %v", c)
	}
	if s := send(t, w.Server, http.MethodGet, "tickets/"+edited, nil)["status"]; s != "closed" {
		t.Errorf("the ticket is %v", s)
	}
	if now := w.Server.Desk.Stats().Objects[model.Ticket]; now != 4 {
		t.Errorf("what is gone at the source stays until somebody chooses: %d tickets", now)
	}
	if w.account(model.Ticket).Moved != 4 {
		t.Errorf("%+v", w.account(model.Ticket))
	}
	// Nothing more happened, so the next delta has nothing to write.
	_, err = w.ReadChanges(w.ctx, job.New("changes"))
	w.must(err)
	_, sum = w.plan(load.Scope{Kind: model.RunDelta})
	if sum.Requests != 0 {
		t.Errorf("nothing changed, and %d requests are planned", sum.Requests)
	}
}

func TestP79_TheDefaultForWhatIsGoneCanBeStated(t *testing.T) {
	w, source, ids := deskWorld(t, 2)
	w.must(w.SetDeltaDefault(w.ctx, delta.KindGone, delta.Delete))
	send(t, source, http.MethodDelete, "tickets/"+ids[0], nil)
	_, err := w.ReadChanges(w.ctx, job.New("changes"))
	w.must(err)
	pl, sum := w.plan(load.Scope{Kind: model.RunDelta})
	if sum.Gone != 1 {
		t.Fatalf("gone: %d", sum.Gone)
	}
	_, err = w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if now := w.Server.Desk.Stats().Objects[model.Ticket]; now != 1 {
		t.Errorf("%d tickets are there", now)
	}
	if m := w.account(model.Ticket); m.LeftOut != 1 || m.Moved != 1 {
		t.Errorf("%+v", m)
	}
}
