package project_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// world is a small project whose source is a few files, and the desk that it moves to.
type world struct {
	*project.Project
	t      *testing.T
	Server *practice.Server
	ctx    context.Context
}

// newWorld makes a project of files, reads them, connects a practice desk and accepts the
// mapping that was suggested, after adjust had a look at it.
func newWorld(t *testing.T, o practice.Options, sheets map[string]string, adjust func(*mapping.Version)) *world {
	t.Helper()
	return newWorldWith(t, practicedesk.Kind(), o, sheets, adjust)
}

// newWorldWith moves into a desk of a kind of its own.
func newWorldWith(t *testing.T, kind connector.Kind, o practice.Options, sheets map[string]string, adjust func(*mapping.Version)) *world {
	t.Helper()
	server, err := practice.Serve(context.Background(), "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return makeWorld(t, kind, server, sheets, adjust)
}

// newWorldAt moves into a desk that is running already.
func newWorldAt(t *testing.T, server *practice.Server, sheets map[string]string, adjust func(*mapping.Version)) *world {
	t.Helper()
	return makeWorld(t, practicedesk.Kind(), server, sheets, adjust)
}

func makeWorld(t *testing.T, kind connector.Kind, server *practice.Server, sheets map[string]string, adjust func(*mapping.Version)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), Server: server}
	dir := t.TempDir()
	paths := []string{}
	for name, text := range sheets {
		path := filepath.Join(dir, name)
		w.must(os.WriteFile(path, []byte(text), 0o600))
		paths = append(paths, path)
	}
	var err error
	w.Project, err = project.Create(w.ctx, filepath.Join(t.TempDir(), "World.waybill"), project.Info{Name: "World"}, project.Env{Kinds: []connector.Kind{files.Kind(), kind}, Vault: secret.Memory()})
	w.must(err)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	tables, err := files.Inspect(w.ctx, paths, func(string, int64, int64) {})
	w.must(err)
	tables, err = files.Propose(w.ctx, tables)
	w.must(err)
	w.must(w.SetTables(w.ctx, tables))
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	w.connect()
	v, err := w.Suggest(w.ctx)
	w.must(err)
	if adjust != nil {
		adjust(&v)
	}
	_, err = w.Accept(w.ctx, v, "The first one.")
	w.must(err)
	return w
}

func (w *world) connect() {
	w.t.Helper()
	_, err := w.Connect(w.ctx, project.Target, "practice", map[string]string{"address": w.Server.Address, "token": w.Server.Token})
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// plan makes a plan of everything.
func (w *world) plan(scope load.Scope) (store.Plan, load.Summary) {
	w.t.Helper()
	pl, sum, err := w.Plan(w.ctx, scope, job.New("plan"))
	w.must(err)
	return pl, sum
}

// move plans everything and runs it.
func (w *world) move() store.Run {
	w.t.Helper()
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	return w.run(run.ID)
}

// run reads how a run stands.
func (w *world) run(id int64) (r store.Run) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Run(id)
		return err
	}))
	return r
}

// account is the manifest of one object; it must add up.
func (w *world) account(o model.Object) model.Manifest {
	w.t.Helper()
	all, err := w.Manifest(w.ctx)
	w.must(err)
	for _, m := range all {
		if m.Source != m.Moved+m.Merged+m.Archived+m.LeftOut+m.Held+m.Pending {
			w.t.Fatalf("the account of %s does not add up: %+v", m.Object, m)
		}
		if m.Object == o {
			return m
		}
	}
	w.t.Fatalf("there is no %s", o)
	return model.Manifest{}
}

// group finds the group of held records with a code.
func (w *world) group(code string) store.HeldGroup {
	w.t.Helper()
	all, err := w.HeldGroups(w.ctx)
	w.must(err)
	got := []string{}
	for _, g := range all {
		if g.Code == code {
			return g
		}
		got = append(got, project.GroupID(g))
	}
	w.t.Fatalf("nothing is held for %s, only %s", code, strings.Join(got, ", "))
	return store.HeldGroup{}
}

// repair finds one of a group's repairs.
func (w *world) repair(g store.HeldGroup, id string) project.Repair {
	w.t.Helper()
	list, err := w.Repairs(w.ctx, g)
	w.must(err)
	ids := []string{}
	for _, r := range list {
		if r.ID == id {
			return r
		}
		ids = append(ids, r.ID)
	}
	w.t.Fatalf("%s has no repair %s, only %s", project.GroupID(g), id, strings.Join(ids, ", "))
	return project.Repair{}
}

// fix repairs a group and tries it again.
func (w *world) fix(g store.HeldGroup, repair, value, why string) project.Fixed {
	w.t.Helper()
	fixed, _, err := w.FixAndRetry(w.ctx, g, repair, value, why, job.New("fix"))
	w.must(err)
	return fixed
}

// audited counts the lines of the audit trail about something.
func (w *world) audited(what string) (n int) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		lines, err := tx.AuditTrail(10_000)
		for _, l := range lines {
			if l.What == what {
				n++
			}
		}
		return err
	}))
	return n
}
