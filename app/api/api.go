package api

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// Version of Waybill, as the start screen and the report of a problem show it.
const Version = "0.1.0"

// Options are what the services need from the program around them.
type Options struct {
	Dialogs Dialogs
	Emitter Emitter
	Opener  Opener
	// ConfigDir keeps recent projects and who works here; empty: nothing is kept.
	ConfigDir string
	// DocumentsDir is where new projects are proposed.
	DocumentsDir string
	// Args of the program: --sample, or the path of a project.
	Args []string
	// Kinds are the desks that this program knows.
	Kinds []connector.Kind
	// Vault keeps secrets; nil: the computer's own, opened when it is first needed.
	Vault secret.Vault
}

// Services are the structs that the window may call, and what they share.
type Services struct{ s *session }

// New makes the services. It has no effect outside this process: the window's
// program makes them also where no window is going to open.
func New(o Options) *Services {
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{o: o, ctx: ctx, cancel: cancel, counts: map[string]int64{}, hits: map[string][]int64{}, imports: map[string]pending{}}
	s.aside.Prefix, s.aside.Nudge = asidePrefix, s.nudgeAside
	return &Services{s}
}

// Bind lists the structs that the window may call.
func (v *Services) Bind() []any {
	s := v.s
	return []any{&App{s}, &Jobs{s}, &Source{s}, &Records{s}, &Clean{s}, &Mapping{s}, &Desks{s}, &Rebuild{s}, &Target{s}, &Runs{s}, &Delta{s}, &Checks{s}, &Reports{s}, &Keep{s}, &Trail{s}, &Sources{s}, &Spots{s}}
}

// Busy says in words what runs now; empty when nothing does.
func (v *Services) Busy() string {
	p := v.s.current()
	if p == nil {
		return ""
	}
	if st, ok := p.Jobs.Current(); ok {
		return st.Title
	}
	return ""
}

// Close ends the work in hand at a safe place and closes the project.
func (v *Services) Close() {
	v.s.cancel()
	v.s.aside.Close()
	_ = v.s.close() // the program ends; the project file is sound by itself
}

// Format turns any error into the JSON text of a problem; it is never empty.
func Format(err error) any {
	p := problem.From(err)
	if p == nil {
		p = problem.From(fmt.Errorf("an error without an error"))
	}
	b, jerr := json.Marshal(p)
	if jerr != nil {
		return `{"code":"internal","what":"Something went wrong inside Waybill.","why":"","next":"Try again.","where":{}}`
	}
	return string(b)
}

// guard turns a panic into an error: a promise that is never settled would leave the
// window waiting for ever.
func guard(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	}
}

// session is what the services share: the open project, and who works with it.
type session struct {
	o      Options
	ctx    context.Context // ends when the program ends
	cancel context.CancelFunc

	first sync.Once
	early *problem.Problem // why the project of the program's arguments did not open

	keys  sync.Once
	vault secret.Vault
	locks error

	opening sync.Mutex // one project is opened at a time
	mu      sync.Mutex
	p       *project.Project
	by      model.Person
	counts  map[string]int64   // totals of lists, until something changes
	hits    map[string][]int64 // what rules of cleaning would hit, until something changes
	imports map[string]pending
	lists   lists
	draft   sync.Mutex                      // one change of the mapping's draft at a time
	steps   steps                           // of the mapping that is worked on
	values  map[string][]mapping.ValueCount // of source fields, until records change

	// aside runs what belongs to no open project, such as restoring one.
	aside    job.Runner
	restored *RestoredView
}

// current is the open project, or nil.
func (s *session) current() *project.Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p
}

// project is the open project, or the problem that none is open.
func (s *session) project() (*project.Project, error) {
	if p := s.current(); p != nil {
		return p, nil
	}
	return nil, problem.New("project.none", "No project is open.", "Everything else belongs to a project.", "Open a project, or make a new one.")
}

// keysOf opens the vault when it is first needed.
func (s *session) keysOf() (secret.Vault, error) {
	s.keys.Do(func() {
		s.vault = s.o.Vault
		switch {
		case s.vault != nil:
		case s.o.ConfigDir == "":
			s.vault = secret.Memory()
		default:
			s.vault, s.locks = secret.Open(s.o.ConfigDir, nil)
		}
	})
	return s.vault, s.locks
}

func (s *session) env() (project.Env, error) {
	v, err := s.keysOf()
	return project.Env{Kinds: s.o.Kinds, Vault: v, By: s.person()}, err
}

// use makes a project the open one, after the one before was closed.
func (s *session) use(open func(project.Env) (*project.Project, error)) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	env, err := s.env()
	if err != nil {
		return err
	}
	if err := s.close(); err != nil {
		return err
	}
	p, err := open(env)
	if err != nil {
		return err
	}
	p.Jobs.Nudge = func(id string) { s.nudge(p, id) }
	if by := s.person(); by.Name != "" {
		if err := p.SetPerson(s.ctx, by); err != nil {
			_ = p.Close() // the first error is the one to tell
			return err
		}
	}
	s.mu.Lock()
	s.p = p
	s.mu.Unlock()
	s.remember(p)
	s.beginWords(p)
	s.changed("project")
	return nil
}

// beginWords makes what was read ready for searching, in the background.
func (s *session) beginWords(p *project.Project) {
	// Why it cannot be made is told to whoever searches.
	_ = p.Words().Begin(s.ctx)
}

// close ends the work in the open project, if there is one.
func (s *session) close() error {
	s.mu.Lock()
	p := s.p
	s.p = nil
	s.imports, s.steps = map[string]pending{}, steps{}
	s.mu.Unlock()
	s.lists.drop()
	if p == nil {
		return nil
	}
	return p.Close()
}

// changed tells the window which part of the project changed.
func (s *session) changed(part string) {
	s.mu.Lock()
	s.counts, s.hits = map[string]int64{}, map[string][]int64{}
	if part != "mapping" && part != "target" {
		s.values = nil
	}
	s.mu.Unlock()
	s.lists.changed()
	s.o.Emitter.Emit("changed", part)
}

// nudge tells the window to ask for a job's status.
func (s *session) nudge(p *project.Project, id string) {
	st, ok := p.Jobs.Status(id)
	if !ok || s.current() != p {
		return
	}
	v := jobView(st)
	s.o.Emitter.Emit("job", v)
	if v.State != "running" && v.State != "paused" {
		s.beginWords(p)
		s.changed(v.Kind)
	}
}

// kept reads a JSON file of the person's settings; what is missing or damaged is as
// if it had never been there.
func (s *session) kept(name string, v any) {
	if s.o.ConfigDir == "" {
		return
	}
	if b, err := os.ReadFile(filepath.Join(s.o.ConfigDir, name)); err == nil {
		_ = json.Unmarshal(b, v) // a damaged file of conveniences must not keep anybody from working
	}
}

// keep writes a JSON file of the person's settings, whole or not at all.
func (s *session) keep(name string, v any) error {
	if s.o.ConfigDir == "" {
		return nil
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.o.ConfigDir, 0o700); err != nil {
		return noSettings(err)
	}
	path := filepath.Join(s.o.ConfigDir, name)
	if err := os.WriteFile(path+".part", b, 0o600); err != nil {
		return noSettings(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return noSettings(err)
	}
	return nil
}

func noSettings(err error) error {
	return problem.Wrap(err, "settings.not_kept", "Your settings could not be kept.", "Waybill may not write to its own folder on this computer.", "Ask for the right to write there; your projects are not affected.")
}

// person is who works here.
func (s *session) person() model.Person {
	s.mu.Lock()
	by := s.by
	s.mu.Unlock()
	if by.Name == "" {
		s.kept("person.json", &by)
		s.mu.Lock()
		s.by = by
		s.mu.Unlock()
	}
	return by
}

const keepRecent = 12

func (s *session) recent() []RecentProject {
	list := []RecentProject{}
	s.kept("recent.json", &list)
	out := []RecentProject{}
	for _, r := range list {
		if r.Path == "" {
			continue
		}
		_, err := os.Stat(filepath.Join(r.Path, "project.db"))
		r.Missing = err != nil
		out = append(out, r)
	}
	return out
}

// remember puts a project at the top of the recent ones.
func (s *session) remember(p *project.Project) {
	list := []RecentProject{{Name: p.Info().Name, Path: p.Dir, Opened: model.Stamp(time.Now())}}
	for _, r := range s.recent() {
		if r.Path != p.Dir && len(list) < keepRecent {
			list = append(list, r)
		}
	}
	_ = s.keep("recent.json", list) // a convenience: the project is open all the same
}
