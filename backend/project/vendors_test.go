package project_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// side is one desk of a move between two desks.
type side struct {
	kind     connector.Kind
	settings map[string]string
}

// listen serves a fake on loopback.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// decide settles what the suggestion leaves open: a value of a list that nobody recognised
// becomes the target's first option, what is no option at all is left empty.
func decide(v *mapping.Version, to model.Schema) {
	for i := range v.Objects {
		shape, _ := to.Object(v.Objects[i].Target)
		for k := range v.Objects[i].Fields {
			m := &v.Objects[i].Fields[k]
			f, _ := shape.Field(m.Target)
			for n := range m.Values {
				if x := &m.Values[n]; !x.Decided {
					x.Decided, m.State = true, mapping.Reviewed
					if x.To == "" && len(f.Options) > 0 {
						x.To = f.Options[0].Value
					}
				}
			}
		}
	}
}

// between makes a project that moves from one desk into another, reads the source and
// accepts the mapping that is suggested, after everything open was decided and adjust had a
// look at it.
func between(t *testing.T, from, to side, adjust func(*mapping.Version)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background()}
	var err error
	w.Project, err = project.Create(w.ctx, filepath.Join(t.TempDir(), "Between.waybill"), project.Info{Name: "Between"},
		project.Env{Kinds: []connector.Kind{from.kind, to.kind}, Vault: secret.Memory()})
	w.must(err)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	for name, s := range map[string]side{project.Source: from, project.Target: to} {
		_, err := w.Connect(w.ctx, name, s.kind.Name, s.settings)
		w.must(err)
	}
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	_, err = w.Profile(w.ctx, nil, job.New("profile"))
	w.must(err)
	v, err := w.Suggest(w.ctx)
	w.must(err)
	target, err := w.Schema(w.ctx, project.Target)
	w.must(err)
	decide(&v, target)
	if adjust != nil {
		adjust(&v)
	}
	_, err = w.Accept(w.ctx, v, "The first one.")
	w.must(err)
	return w
}

// settle decides as a lead does in a hurry: whatever is proposed, except archiving by age.
func (w *world) settle() {
	w.t.Helper()
	rules, err := w.Rules(w.ctx)
	w.must(err)
	for _, r := range rules {
		if r.Applied != 0 || r.Does == "archive" {
			continue
		}
		if _, err := w.Decide(w.ctx, r.ID, nil, "as proposed"); err != nil && !problem.Is(err, "clean.none") {
			w.must(err)
		}
	}
}

// held lists what is held, by repair.
func (w *world) held() (out []store.HeldGroup) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) (err error) {
		out, err = tx.HeldGroups()
		return err
	}))
	return out
}

// strange lists the first records of a run that did not come back as they were meant.
func (w *world) strange(run int64) (out []string) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		list, err := load.Canaries(tx, run)
		for _, c := range list {
			if c.OK && c.Silent.Sent == 0 {
				continue
			}
			out = append(out, fmt.Sprintf("%s %s: %q, %d sent", c.Object, c.ID, c.Error, c.Silent.Sent))
			for _, f := range append(c.Fields, c.Links...) {
				if !f.Same {
					out = append(out, fmt.Sprintf("  %s should be %q and is %q", f.Field, f.Meant, f.Found))
				}
			}
		}
		return err
	}))
	return out
}

// carryOut plans and goes on with the run until it is done.
func (w *world) carryOut(scope load.Scope) load.Summary {
	w.t.Helper()
	pl, sum := w.plan(scope)
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	for range 3 {
		if r := w.run(run.ID); r.State == "done" {
			return sum
		}
		run, err = w.Run(w.ctx, load.Order{Resume: run.ID, Yes: true}, job.New("run"))
		w.must(err)
	}
	w.t.Fatalf("the run is %s", w.run(run.ID).State)
	return sum
}
