package api

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// App opens and closes projects, and gives the frame around every page.
type App struct{ s *session }

// sampleFolder is the sample project's folder in the documents folder.
const sampleFolder = "Waybill sample" + project.Extension

// Start gives the first screen. The first time it opens what the program was asked
// to open.
func (a *App) Start() (v StartView, err error) {
	defer guard(&err)
	s := a.s
	s.first.Do(func() { s.early = problem.From(s.openArgs()) })
	v = StartView{Version: Version, Person: s.person(), Recent: s.recent(), Folder: s.o.DocumentsDir, Problem: s.early}
	if p := s.current(); p != nil {
		v.Project = p.Info().Name
	}
	keys, err := s.keysOf()
	if err != nil {
		v.Vault = problem.From(err).What
		return v, nil
	}
	v.Vault = keys.Where()
	return v, nil
}

// openArgs opens what the program's arguments name, if anything.
func (s *session) openArgs() error {
	for _, arg := range s.o.Args {
		if arg == "--sample" {
			return s.openSample()
		}
		if !strings.HasPrefix(arg, "-") && strings.HasSuffix(strings.TrimRight(arg, `/\`), project.Extension) {
			return s.openProject(arg)
		}
	}
	return nil
}

func (s *session) openProject(path string) error {
	path = strings.TrimSpace(path)
	if filepath.Base(path) == "project.db" {
		path = filepath.Dir(path)
	}
	if p := s.current(); p != nil {
		if abs, err := filepath.Abs(path); err == nil && abs == p.Dir {
			return nil
		}
	}
	return s.use(func(env project.Env) (*project.Project, error) { return project.Open(s.ctx, path, env) })
}

// NewProject makes a project and opens it.
func (a *App) NewProject(n NewProject) (err error) {
	defer guard(&err)
	name := strings.TrimSpace(n.Name)
	folder := strings.TrimSpace(n.Folder)
	if folder == "" {
		folder = a.s.o.DocumentsDir
	}
	if folder == "" || !filepath.IsAbs(folder) {
		return problem.New("project.no_folder", "Please choose a folder for the project.", "The project is kept in a folder of its own inside it.", "Choose a folder, such as Documents.")
	}
	if fileName(name) == "" {
		return problem.New("project.no_name", "The project has no name yet.", "The folder is named after it.", "Type a name, such as the company's.")
	}
	dir := filepath.Join(folder, fileName(name)+project.Extension)
	company := strings.TrimSpace(n.Company)
	return a.s.use(func(env project.Env) (*project.Project, error) {
		return project.Create(a.s.ctx, dir, project.Info{Name: name, Company: company}, env)
	})
}

// fileName makes a name that every system takes for a folder.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if r := []rune(clean); len(r) > 80 {
		clean = string(r[:80])
	}
	return strings.Trim(clean, " .-")
}

// OpenProject opens a project's folder.
func (a *App) OpenProject(path string) (err error) {
	defer guard(&err)
	return a.s.openProject(path)
}

// OpenSample opens the sample project; the first time it makes it.
func (a *App) OpenSample() (err error) {
	defer guard(&err)
	return a.s.openSample()
}

func (s *session) openSample() error {
	dir, err := s.sampleDir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "project.db")); err == nil {
		return s.openProject(dir)
	}
	return s.makeSample(dir)
}

func (s *session) sampleDir() (string, error) {
	if s.o.DocumentsDir == "" {
		return "", problem.New("project.no_folder", "There is no folder for the sample project.", "This computer names no folder for documents.", "Make a new project and choose its folder.")
	}
	return filepath.Join(s.o.DocumentsDir, sampleFolder), nil
}

// makeSample makes the sample project with its source chosen and the practice desk
// connected, so that reading comes next.
func (s *session) makeSample(dir string) error {
	return s.use(func(env project.Env) (*project.Project, error) {
		p, err := project.CreateSample(s.ctx, dir, env)
		if err != nil {
			return nil, err
		}
		if _, err := p.ConnectPractice(s.ctx); err != nil {
			_ = p.Close() // the first error is the one to tell
			return nil, err
		}
		return p, nil
	})
}

// ResetSample makes the sample project anew. Only a folder that is the sample
// project is ever removed.
func (a *App) ResetSample() (err error) {
	defer guard(&err)
	s := a.s
	dir, err := s.sampleDir()
	if err != nil {
		return err
	}
	if p := s.current(); p != nil && p.Info().Sample {
		dir = p.Dir
	}
	if err := s.close(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "project.db")); err == nil {
		if err := s.removeSample(dir); err != nil {
			return err
		}
	}
	return s.makeSample(dir)
}

func (s *session) removeSample(dir string) error {
	env, err := s.env()
	if err != nil {
		return err
	}
	p, err := project.Open(s.ctx, dir, env)
	if err != nil {
		return err
	}
	sample := p.Info().Sample
	if err := p.Close(); err != nil {
		return err
	}
	if !sample {
		return problem.New("project.not_sample", "This is not the sample project.", "Only the sample is ever made anew; a project of yours is not touched.", "Open the sample from the start screen.")
	}
	if err := os.RemoveAll(dir); err != nil {
		return problem.Wrap(err, "project.folder", "The sample project could not be removed.", "Some of its files are in use, or may not be deleted.", "Close what uses them and try again.").At(problem.Place{File: dir})
	}
	return nil
}

// ChooseProject asks for a project's folder; empty when the person thought better of it.
func (a *App) ChooseProject() (path string, err error) {
	defer guard(&err)
	return a.s.o.Dialogs.OpenFolder(a.s.ctx, "Open a project (a folder whose name ends in .waybill)")
}

// ChooseFolder asks for any folder.
func (a *App) ChooseFolder() (path string, err error) {
	defer guard(&err)
	return a.s.o.Dialogs.OpenFolder(a.s.ctx, "Choose a folder")
}

// CloseProject closes the open project.
func (a *App) CloseProject() (err error) {
	defer guard(&err)
	if err := a.s.close(); err != nil {
		return err
	}
	a.s.changed("project")
	return nil
}

// SetPerson says who works from now on.
func (a *App) SetPerson(name, role string) (err error) {
	defer guard(&err)
	by := model.Person{Name: strings.TrimSpace(name), Role: strings.TrimSpace(role)}
	if by.Name == "" {
		return problem.New("project.no_person", "Please say who is working.", "Every decision is kept with a name.", "Type your name.")
	}
	if p := a.s.current(); p != nil {
		if err := p.SetPerson(a.s.ctx, by); err != nil {
			return err
		}
	}
	a.s.mu.Lock()
	a.s.by = by
	a.s.mu.Unlock()
	if err := a.s.keep("person.json", by); err != nil {
		return err
	}
	a.s.changed("person")
	return nil
}

// OpenPath shows a file or a folder in the system's own program.
func (a *App) OpenPath(path string) (err error) {
	defer guard(&err)
	return a.s.o.Opener.OpenPath(path)
}

// EventTypes is never called; it makes the types of events known to the window.
func (a *App) EventTypes() (v EventTypes, err error) {
	defer guard(&err)
	return EventTypes{Job: JobView{Stages: []StageView{}, Rates: []float64{}, Requests: []float64{}, Problems: []JobProblem{}}}, nil
}

// quick bounds what a page waits for.
func (s *session) quick() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, 30*time.Second)
}
