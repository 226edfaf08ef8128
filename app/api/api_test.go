package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/app/api"
	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/connector/practice"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// window stands for what surrounds the pages: it answers dialogs and hears events.
type window struct {
	mu     sync.Mutex
	open   []string
	folder string
	save   string
	opened string
	panics bool
	events []string
	jobs   chan struct{} // nudged
}

func (w *window) OpenFiles(context.Context, string, []api.FileFilter) ([]string, error) {
	if w.panics {
		panic("the dialog broke")
	}
	return w.open, nil
}

func (w *window) OpenFolder(context.Context, string) (string, error) {
	if w.panics {
		panic("the dialog broke")
	}
	return w.folder, nil
}

func (w *window) SaveFile(context.Context, string, string) (string, error) { return w.save, nil }

func (w *window) OpenPath(path string) error { w.opened = path; return nil }

func (w *window) Emit(name string, payload any) {
	b, err := json.Marshal(payload)
	if err != nil {
		b = []byte(err.Error())
	}
	w.mu.Lock()
	w.events = append(w.events, name+" "+string(b))
	w.mu.Unlock()
	select {
	case w.jobs <- struct{}{}:
	default:
	}
}

// page is the window's side of the services.
type page struct {
	t   testing.TB
	win *window
	v   *api.Services

	app     *api.App
	jobs    *api.Jobs
	source  *api.Source
	records *api.Records
	clean   *api.Clean
	mapping *api.Mapping
	target  *api.Target
	desks   *api.Desks
	rebuild *api.Rebuild
	runs    *api.Runs
	delta   *api.Delta
	checks  *api.Checks
	reports *api.Reports
	keep    *api.Keep
	trail   *api.Trail
	sources *api.Sources
	spots   *api.Spots
}

type places struct{ config, documents string }

func here(t testing.TB) places {
	t.Helper()
	return places{filepath.Join(t.TempDir(), "config"), t.TempDir()}
}

func start(t testing.TB, at places, args ...string) *page {
	t.Helper()
	win := &window{jobs: make(chan struct{}, 1)}
	v := api.New(api.Options{
		Dialogs: win, Emitter: win, Opener: win, ConfigDir: at.config, DocumentsDir: at.documents, Args: args,
		Kinds: []connector.Kind{files.Kind(), practice.Kind()}, Vault: secret.Memory(),
	})
	t.Cleanup(v.Close)
	p := &page{t: t, win: win, v: v}
	for _, b := range v.Bind() {
		switch x := b.(type) {
		case *api.App:
			p.app = x
		case *api.Jobs:
			p.jobs = x
		case *api.Source:
			p.source = x
		case *api.Records:
			p.records = x
		case *api.Clean:
			p.clean = x
		case *api.Mapping:
			p.mapping = x
		case *api.Target:
			p.target = x
		case *api.Desks:
			p.desks = x
		case *api.Rebuild:
			p.rebuild = x
		case *api.Runs:
			p.runs = x
		case *api.Delta:
			p.delta = x
		case *api.Checks:
			p.checks = x
		case *api.Reports:
			p.reports = x
		case *api.Keep:
			p.keep = x
		case *api.Trail:
			p.trail = x
		case *api.Sources:
			p.sources = x
		case *api.Spots:
			p.spots = x
		default:
			t.Fatalf("%T is bound and not tested", b)
		}
	}
	return p
}

// must fails the test for an error, and looks at the answer as the window gets it.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(problem.From(err), problem.From(err).Detail())
	}
	noNulls(t, v)
	return v
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(problem.From(err), problem.From(err).Detail())
	}
}

// wait follows a job to its end, as the window does: nudges, and asking.
func (p *page) wait(id string, err error) api.JobView {
	p.t.Helper()
	ok(p.t, err)
	v := p.end(id)
	if v.State == "failed" || v.State == "cancelled" {
		p.t.Fatalf("%s %s: %v %s", v.Title, v.State, v.Error, detail(v.Error))
	}
	p.t.Logf("%s: %s to %s", v.Title, v.Started, v.Finished)
	return v
}

// end follows a job until it is over, however it ends.
func (p *page) end(id string) api.JobView {
	p.t.Helper()
	deadline := time.After(5 * time.Minute)
	for {
		v := must(p.t, first(p.jobs.Status(id)), nil)
		if v.State != "running" && v.State != "paused" {
			return v
		}
		select {
		case <-p.win.jobs:
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			p.t.Fatalf("%s hangs: %+v", v.Title, v)
		}
	}
}

// move starts a plan, looks at the first records when there are any to look at, and lets
// the rest go.
func (p *page) move(plan api.PlanView) api.JobView {
	p.t.Helper()
	job := p.wait(p.runs.Start(plan.ID, plan.Confirm))
	if job.State == "needs-person" {
		job = p.wait(p.runs.Confirm(job.Result))
	}
	return job
}

func detail(p *problem.Problem) string {
	if p == nil {
		return ""
	}
	return p.Detail()
}

func first[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// noNulls insists that lists and maps are never null as the window sees them.
func noNulls(t testing.TB, v any) {
	t.Helper()
	walkValue(t, reflect.ValueOf(v), reflect.TypeOf(v).String())
}

func walkValue(t testing.TB, v reflect.Value, at string) {
	t.Helper()
	if v.IsValid() && v.CanInterface() {
		if _, own := v.Interface().(json.Marshaler); own {
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walkValue(t, v.Elem(), at)
		}
	case reflect.Slice:
		if v.IsNil() {
			t.Errorf("%s is null for the window", at)
			return
		}
		for i := range min(v.Len(), 50) {
			walkValue(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Map:
		if v.IsNil() {
			t.Errorf("%s is null for the window", at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !strings.Contains(f.Tag.Get("json"), "omitempty") {
				walkValue(t, v.Field(i), at+"."+f.Name)
			}
		}
	}
}

func TestTypesThatTheWindowCanRead(t *testing.T) {
	seen := map[reflect.Type]bool{}
	marshaler := reflect.TypeFor[json.Marshaler]()
	var walk func(x reflect.Type, at string)
	walk = func(x reflect.Type, at string) {
		if x == reflect.TypeFor[time.Time]() || x == reflect.TypeFor[time.Duration]() {
			t.Errorf("%s is a %s; the window gets nonsense for it", at, x)
			return
		}
		if seen[x] {
			return
		}
		seen[x] = true
		if x.Implements(marshaler) || reflect.PointerTo(x).Implements(marshaler) {
			return
		}
		switch x.Kind() {
		case reflect.Pointer:
			walk(x.Elem(), at)
		case reflect.Slice, reflect.Array:
			if x.Elem().Kind() == reflect.Uint8 {
				t.Errorf("%s is bytes; the window gets text where it expects numbers", at)
			}
			walk(x.Elem(), at+"[]")
		case reflect.Map:
			if x.Key().Kind() != reflect.String {
				t.Errorf("%s has keys that are not text", at)
			}
			walk(x.Elem(), at+"{}")
		case reflect.Struct:
			if x.Name() == "" || strings.Contains(x.Name(), "[") {
				t.Errorf("%s is an anonymous or generic struct", at)
			}
			for i := range x.NumField() {
				f := x.Field(i)
				if !f.IsExported() {
					t.Errorf("%s.%s is hidden from the window", at, f.Name)
					continue
				}
				if f.Anonymous && f.Tag.Get("json") == "" { // its fields are as if they stood here
					walk(f.Type, at)
					continue
				}
				tag := strings.Split(f.Tag.Get("json"), ",")[0]
				if tag == "" || tag != strings.ToLower(tag) {
					t.Errorf("%s.%s has no JSON name in small letters", at, f.Name)
				}
				walk(f.Type, at+"."+f.Name)
			}
		case reflect.Interface, reflect.Func, reflect.Chan:
			t.Errorf("%s is a %s", at, x.Kind())
		}
	}
	p := start(t, here(t))
	failure := reflect.TypeFor[error]()
	methods := 0
	for _, b := range p.v.Bind() {
		x := reflect.TypeOf(b)
		for i := range x.NumMethod() {
			m := x.Method(i)
			name := x.Elem().Name() + "." + m.Name
			methods++
			n := m.Type.NumOut()
			if n == 0 || n > 2 || m.Type.Out(n-1) != failure {
				t.Errorf("%s must give an error, or one value and an error", name)
			}
			for a := 1; a < m.Type.NumIn(); a++ {
				if m.Type.In(a) == reflect.TypeFor[context.Context]() {
					t.Errorf("%s takes a context, which the window cannot give", name)
				}
				walk(m.Type.In(a), name+" argument")
			}
			for r := range n - 1 {
				walk(m.Type.Out(r), name)
			}
		}
	}
	if methods < 60 {
		t.Errorf("only %d methods are bound", methods)
	}
}

func TestGuard_panicsBecomeErrors(t *testing.T) {
	p := start(t, here(t))
	p.win.panics = true
	_, err := p.source.PickFiles()
	if err == nil {
		t.Fatal("a panic was swallowed")
	}
	text, isText := api.Format(err).(string)
	var got map[string]any
	if !isText || json.Unmarshal([]byte(text), &got) != nil || got["code"] != "internal" || !strings.Contains(fmt.Sprint(got["detail"]), "the dialog broke") {
		t.Errorf("the window gets %s", text)
	}
	if what := fmt.Sprint(got["what"]); strings.Contains(what, "panic") || what == "" {
		t.Errorf("people read %q", what)
	}
	if got := api.Format(errors.New("x")).(string); !strings.HasPrefix(got, "{") {
		t.Errorf("a plain error reaches the window as %q", got)
	}
	if got := api.Format(nil).(string); got == "" {
		t.Error("an empty text would leave the promise hanging")
	}
}

// Every method must answer with a problem, never a panic, when no project is open or
// the arguments are nonsense.
func TestEveryMethodAnswersNonsense(t *testing.T) {
	for _, open := range []bool{false, true} {
		p := start(t, here(t))
		if open {
			ok(t, p.app.NewProject(api.NewProject{Name: "Empty"}))
		}
		for _, b := range p.v.Bind() {
			x := reflect.ValueOf(b)
			for i := range x.NumMethod() {
				m, name := x.Method(i), x.Type().Elem().Name()+"."+x.Type().Method(i).Name
				if open && (name == "App.CloseProject" || name == "App.OpenSample" || name == "App.ResetSample" || name == "App.NewProject" || name == "App.OpenProject") {
					continue
				}
				if name == "App.OpenSample" || name == "App.ResetSample" {
					continue // make a project; TestSample does
				}
				args := []reflect.Value{}
				for a := range m.Type().NumIn() {
					v := reflect.New(m.Type().In(a)).Elem()
					if v.Kind() == reflect.String {
						v.SetString("nonsense")
					}
					args = append(args, v)
				}
				out := m.Call(args)
				err, _ := out[len(out)-1].Interface().(error)
				if err != nil && strings.Contains(problem.From(err).Detail(), "panic:") {
					t.Errorf("%s (open: %v): %s", name, open, problem.From(err).Detail())
				}
				if err == nil && len(out) == 2 && name != "Jobs.Current" {
					noNulls(t, out[0].Interface())
				}
				if err != nil {
					if q := problem.From(err); q.What == "" || (q.Next == "" && q.Code != "internal") {
						t.Errorf("%s (open: %v): no next step in %+v", name, open, q)
					}
				}
				if c := first(p.jobs.Current()); c != nil {
					waitIdle(t, p)
				}
			}
		}
	}
}

func waitIdle(t testing.TB, p *page) {
	t.Helper()
	for range 600 {
		if first(p.jobs.Current()) == nil {
			return
		}
		select {
		case <-p.win.jobs:
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("a job never ended")
}

func TestProjects(t *testing.T) {
	at := here(t)
	p := start(t, at)
	v := must(t, first(p.app.Start()), nil)
	if v.Project != "" || v.Folder != at.documents || v.Vault == "" || len(v.Recent) != 0 {
		t.Errorf("the first start says %+v", v)
	}
	ok(t, p.app.SetPerson(" Ann ", "Lead"))
	ok(t, p.app.NewProject(api.NewProject{Name: "A: move/of <us>", Company: "Us"}))
	h := must(t, first(p.app.Home()), nil)
	if h.Next.Page != "source" || h.Project.Name != "A: move/of <us>" || len(h.Phases) != 7 || h.Project.Company != "Us" {
		t.Errorf("a fresh project's front page: %+v", h)
	}
	if filepath.Dir(h.Project.Path) != at.documents || strings.ContainsAny(filepath.Base(h.Project.Path), `<>:/\`) {
		t.Errorf("the folder is %s", h.Project.Path)
	}
	if err := p.app.NewProject(api.NewProject{Name: "A: move/of <us>"}); !problem.Is(err, "project.exists") {
		t.Errorf("the same name again: %v", err)
	}
	ok(t, p.app.OpenProject(h.Project.Path))
	second := start(t, at)
	if err := second.app.OpenProject(h.Project.Path); err == nil || problem.From(err).Code == "internal" {
		t.Errorf("a project was opened twice: %v", err)
	}
	ok(t, p.app.CloseProject())
	if _, err := p.app.Home(); !problem.Is(err, "project.none") {
		t.Errorf("home without a project: %v", err)
	}

	again := start(t, at, filepath.Join(at.documents, "missing.waybill"))
	v = must(t, first(again.app.Start()), nil)
	if v.Problem == nil || v.Problem.Next == "" {
		t.Error("a project that is not there was not complained about")
	}
	if v.Person.Name != "Ann" || len(v.Recent) != 1 || v.Recent[0].Missing {
		t.Errorf("after a restart: %+v", v)
	}
	by := start(t, at, h.Project.Path)
	if v = must(t, first(by.app.Start()), nil); v.Project == "" {
		t.Errorf("the argument did not open: %+v", v.Problem)
	}
	by.v.Close()
	ok(t, os.RemoveAll(h.Project.Path))
	if v = must(t, first(start(t, at).app.Start()), nil); !v.Recent[0].Missing {
		t.Error("a project that is gone is not marked so")
	}
}

func TestResetSampleTouchesOnlyTheSample(t *testing.T) {
	at := here(t)
	p := start(t, at)
	ok(t, p.app.NewProject(api.NewProject{Name: "Waybill sample"}))
	ok(t, p.app.CloseProject())
	if err := p.app.ResetSample(); !problem.Is(err, "project.not_sample") {
		t.Errorf("somebody's own project: %v", err)
	}
	if _, err := os.Stat(filepath.Join(at.documents, "Waybill sample.waybill", "project.db")); err != nil {
		t.Error("it was removed")
	}
}
