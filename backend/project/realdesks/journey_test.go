// Package realdesks_test moves between desks that nobody here wrote.
package realdesks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"waybill/backend/connector"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/connector/redmine"
	redminefake "waybill/backend/connector/redmine/fake"
	"waybill/backend/connector/rt"
	rtfake "waybill/backend/connector/rt/fake"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// world is one project between two desks.
type world struct {
	*project.Project
	t   *testing.T
	ctx context.Context
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
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

// deskSide is one desk of a move between two.
type deskSide struct {
	kind     connector.Kind
	settings map[string]string
}

// serveDesk serves a desk in memory on loopback.
func serveDesk(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// wholeMove makes a project between two desks, reads, decides as is proposed, and moves.
func wholeMove(t *testing.T, from, to deskSide, adjust func(*mapping.Version)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background()}
	var err error
	w.Project, err = project.Create(w.ctx, filepath.Join(t.TempDir(), "Move.waybill"), project.Info{Name: "Move"},
		project.Env{Kinds: []connector.Kind{from.kind, to.kind}, Vault: secret.Memory()})
	w.must(err)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	for name, s := range map[string]deskSide{project.Source: from, project.Target: to} {
		_, err := w.Connect(w.ctx, name, s.kind.Name, s.settings)
		w.must(err)
	}
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	_, err = w.Profile(w.ctx, nil, job.New("profile"))
	w.must(err)
	rules, err := w.Rules(w.ctx)
	w.must(err)
	for _, r := range rules {
		if r.Applied == 0 && r.Does == "merge" {
			if _, err := w.Decide(w.ctx, r.ID, nil, "as proposed"); err != nil && !problem.Is(err, "clean.none") {
				w.must(err)
			}
		}
	}
	v, err := w.Suggest(w.ctx)
	w.must(err)
	target, err := w.Schema(w.ctx, project.Target)
	w.must(err)
	for i := range v.Objects {
		shape, _ := target.Object(v.Objects[i].Target)
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
	for i := range v.Objects { // several values of a list are taken as they are
		shape, _ := target.Object(v.Objects[i].Target)
		for k := range v.Objects[i].Fields {
			m := &v.Objects[i].Fields[k]
			if f, _ := shape.Field(m.Target); f.Type == model.Options && m.Rule == mapping.Values {
				m.Rule, m.Values, m.State, m.IfUnknown = mapping.Copy, nil, mapping.Reviewed, model.OtherwiseLeave
			}
		}
	}
	adjust(&v)
	if testing.Verbose() {
		for _, o := range v.Objects {
			for _, f := range o.Fields {
				t.Logf("%s -> %s.%s: %s %v %s", o.Source, o.Target, f.Target, f.Rule, f.Sources, f.State)
			}
		}
	}
	_, err = w.Accept(w.ctx, v, "The first one.")
	w.must(err)
	w.must(w.AcceptFinding(w.ctx, load.PreQuiet, "The administrator unticked all events."))
	pl, _, err := w.Plan(w.ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	w.must(err)
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true, Beyond: true}, job.New("run"))
	if !problem.Is(err, load.CodeThreshold) {
		w.must(err)
	}
	for range 9 {
		if w.run(run.ID).State == "done" {
			return w
		}
		run, err = w.Run(w.ctx, load.Order{Resume: run.ID, Yes: true, Beyond: true}, job.New("run"))
		if !problem.Is(err, load.CodeThreshold) {
			w.must(err)
		}
	}
	t.Fatalf("the run is %s", w.run(run.ID).State)
	return w
}

// ruled gives a field of the target its rule.
func ruled(v *mapping.Version, o model.Object, target string, kind mapping.RuleKind, sources ...string) *mapping.FieldMap {
	for i := range v.Objects {
		if v.Objects[i].Source != o {
			continue
		}
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; f.Target == target {
				f.Rule, f.Sources, f.State = kind, sources, mapping.Reviewed
				if kind == mapping.Copy {
					f.Values = nil
				}
				return f
			}
		}
	}
	panic("no field " + target)
}

// intoRedmine decides what the suggestion leaves open on the way from Request Tracker.
func intoRedmine(v *mapping.Version) {
	for _, o := range []model.Object{model.Agent, model.Contact} {
		ruled(v, o, "name", mapping.Copy, "RealName")
	}
	ruled(v, model.Ticket, "author", mapping.Copy, "Requestor").IfUnknown = model.OtherwiseLeave
	ruled(v, model.Ticket, "tracker", mapping.Fixed).Fixed = "Support"
	ruled(v, model.Ticket, "due_date", mapping.Copy, "Due")
	subject := ruled(v, model.Ticket, "subject", mapping.Copy, "Subject")
	subject.IfEmpty, subject.EmptyValue = model.OtherwiseUse, "(no subject)"
	ruled(v, model.Message, "notes", mapping.Copy, "ContentText")
	ruled(v, rt.Relation, "issue", mapping.Copy, "Ticket").IfUnknown = model.OtherwiseHold
	ruled(v, rt.Relation, "issue_to", mapping.Copy, "To").IfUnknown = model.OtherwiseHold
	status := ruled(v, model.Ticket, "status", mapping.Values, "Status")
	for i, x := range status.Values {
		status.Values[i].To = map[string]string{"new": "New", "open": "In Progress", "stalled": "Feedback", "resolved": "Closed", "rejected": "Rejected"}[x.From]
	}
	kinds := ruled(v, rt.Relation, "relation_type", mapping.Values, "Type")
	for i, x := range kinds.Values {
		kinds.Values[i].To = map[string]string{"RefersTo": "relates", "DependsOn": "blocks", "MemberOf": "parent"}[x.From]
	}
}

// leaveOut decides of what is held that it does not move, until nothing is held; what only
// waited for something else is tried again. May lists what was foreseen: object/code.
func (w *world) leaveOut(may map[string]bool) {
	w.t.Helper()
	for range 40 {
		groups, err := w.HeldGroups(w.ctx)
		w.must(err)
		if len(groups) == 0 {
			return
		}
		g, repair := groups[0], "try_again"
		for _, x := range groups {
			if x.Code != "load.link_waits" {
				g, repair = x, "leave_out"
				break
			}
		}
		if repair == "leave_out" && !may[string(g.Object)+"/"+g.Code] {
			w.t.Errorf("%d of %s are held, which was not foreseen: %s %s: %s", g.Count, g.Object, g.Code, g.Field, g.Example)
		}
		_, _, err = w.FixAndRetry(w.ctx, g, repair, "", "it cannot be there", job.New("fix"))
		w.must(err)
	}
	w.t.Fatal("something is always held")
}

// balanced wants an account that balances for every object.
func (w *world) balanced() {
	w.t.Helper()
	all, err := w.Manifest(w.ctx)
	w.must(err)
	for _, m := range all {
		if !m.Balances() {
			w.t.Errorf("the account of %s does not balance: %+v", m.Object, m)
		}
		w.t.Logf("%-12s source %d moved %d merged %d archived %d left %d held %d target %d", m.Object, m.Source, m.Moved, m.Merged, m.Archived, m.LeftOut, m.Held, m.Target)
	}
}

// intoPractice decides what the suggestion leaves open on the way from Redmine.
func intoPractice(v *mapping.Version) {
	ruled(v, model.Ticket, "requester", mapping.Copy, "author").IfUnknown = model.OtherwiseLeave
	ruled(v, model.Ticket, "assignee", mapping.Copy, "assigned_to").IfUnknown = model.OtherwiseLeave
	ruled(v, model.Ticket, "group", mapping.Copy, "project")
	ruled(v, model.Message, "author", mapping.Copy, "user").IfUnknown = model.OtherwiseLeave
}

// intoRequestTracker decides what the suggestion leaves open on the way from Redmine.
func intoRequestTracker(v *mapping.Version) {
	queue := ruled(v, model.Ticket, "Queue", mapping.Copy, "project")
	queue.IfUnknown, queue.UnknownValue = model.OtherwiseUse, "1" // what stood in a project that is not there
	ruled(v, model.Ticket, "Requestor", mapping.Copy, "author").IfUnknown = model.OtherwiseLeave
	ruled(v, rt.Relation, "Ticket", mapping.Copy, "issue").IfUnknown = model.OtherwiseHold
	ruled(v, rt.Relation, "To", mapping.Copy, "issue_to").IfUnknown = model.OtherwiseHold
	for _, o := range []model.Object{model.Agent, model.Contact} {
		ruled(v, o, "Name", mapping.LeaveOut)
		ruled(v, o, "RealName", mapping.Copy, "name")
		ruled(v, o, "cf_5", mapping.LeaveOut)
	}
}

func practiceDesk(t *testing.T) (deskSide, *practice.Server) {
	t.Helper()
	s, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{MaxText: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return deskSide{practicedesk.Kind(), map[string]string{"address": s.Address, "token": s.Token}}, s
}

func TestJourney_requestTrackerToRedmine(t *testing.T) {
	s := rtfake.New(rtfake.Options{})
	s.Fill(40, 7)
	d := redminefake.New(redminefake.Options{Quiet: true, MarkField: redmine.MarkField})
	w := wholeMove(t, deskSide{rt.Kind(), map[string]string{"address": serveDesk(t, s), "token": rtfake.Token}},
		deskSide{redmine.Kind(), map[string]string{"address": serveDesk(t, d), "token": redminefake.Key}}, intoRedmine)
	w.leaveOut(map[string]bool{"agent/desk.field_no_record": true, "attachment/desk.refused": true})
	w.balanced()
	if n := d.Mails() + s.Mails(); n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
}

func TestJourney_redmineToPractice(t *testing.T) {
	d := redminefake.New(redminefake.Options{})
	d.Fill(40, 7)
	to, desk := practiceDesk(t)
	w := wholeMove(t, deskSide{redmine.Kind(), map[string]string{"address": serveDesk(t, d), "token": redminefake.Key}}, to, intoPractice)
	w.leaveOut(map[string]bool{})
	w.balanced()
	if n := d.Mails() + desk.Desk.Stats().MessagesSent; n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
}

func TestJourney_redmineToRequestTracker(t *testing.T) {
	d := redminefake.New(redminefake.Options{})
	d.Fill(40, 7)
	s := rtfake.New(rtfake.Options{})
	w := wholeMove(t, deskSide{redmine.Kind(), map[string]string{"address": serveDesk(t, d), "token": redminefake.Key}},
		deskSide{rt.Kind(), map[string]string{"address": serveDesk(t, s), "token": rtfake.Token}}, intoRequestTracker)
	w.leaveOut(map[string]bool{"group/desk.field_no_record": true, "agent/desk.field_no_record": true})
	w.balanced()
	if n := d.Mails() + s.Mails(); n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
}
