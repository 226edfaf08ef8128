// Package project is the NAME.waybill folder and what can be done with it: one
// owner at a time, copyable when closed. It brings the engine's parts together in
// the words of the product; the window and the terminal both stand on it.
package project

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/google/uuid"

	"waybill/backend/blob"
	"waybill/backend/connector"
	"waybill/backend/find"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// Extension of a project's folder.
const Extension = ".waybill"

// Info says which move this is.
type Info struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Company string `json:"company"`
	Sample  bool   `json:"sample"`
}

// Env is what a project needs from the program around it.
type Env struct {
	// Kinds are the desks that this program knows.
	Kinds []connector.Kind
	Vault secret.Vault
	// By is who works, where it is known before the project is open: what making it
	// notes then carries their name.
	By model.Person
}

// Kind finds a desk by its name.
func (e Env) Kind(name string) (connector.Kind, error) {
	for _, k := range e.Kinds {
		if k.Name == name {
			return k, nil
		}
	}
	names := make([]string, len(e.Kinds))
	for i, k := range e.Kinds {
		names[i] = k.Name
	}
	return connector.Kind{}, problem.New("desk.unknown", "This desk is not known.", "Waybill knows these: "+strings.Join(names, ", ")+".", "Choose one of them.").At(problem.Place{Value: name})
}

// Project is an open project. Its methods may be called at once.
type Project struct {
	Dir   string
	Jobs  job.Runner
	env   Env
	db    *store.DB
	files *blob.Store
	words *find.Finder
	lock  io.Closer

	mu     sync.Mutex
	info   Info
	by     model.Person
	desks  map[string]*desk
	server *practice.Server
	shares shares
	// running: a run is under way in this program.
	running atomic.Bool
}

// Folders inside a project.
func (p *Project) folder(name string) string { return filepath.Join(p.Dir, name) }

// Create makes a new project folder and opens it.
func Create(ctx context.Context, dir string, info Info, env Env) (*Project, error) {
	if strings.TrimSpace(info.Name) == "" {
		return nil, problem.New("project.no_name", "The project has no name yet.", "The folder is named after it.", "Type a name, such as the company's.")
	}
	if _, err := os.Stat(filepath.Join(dir, "project.db")); err == nil {
		return nil, problem.New("project.exists", "There is already a project of this name in that folder.", "It was left untouched.", "Choose another name, or open the one that is there.").At(problem.Place{File: dir})
	}
	for _, d := range []string{dir, filepath.Join(dir, "files"), filepath.Join(dir, "workbooks"), filepath.Join(dir, "reports"), filepath.Join(dir, "backups")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, notWritable(err, dir)
		}
	}
	if info.ID == "" {
		info.ID = strings.ReplaceAll(uuid.NewString(), "-", "")
	}
	return open(ctx, dir, env, &info)
}

// Open opens a project folder. Runs that were under way when the program ended are
// marked as interrupted.
func Open(ctx context.Context, dir string, env Env) (*Project, error) {
	if _, err := os.Stat(filepath.Join(dir, "project.db")); err != nil {
		return nil, problem.Wrap(err, store.CodeNoProject, "There is no Waybill project in this folder.", "A project is a folder whose name ends in .waybill.", "Choose another folder, or make a new project.").At(problem.Place{File: dir})
	}
	return open(ctx, dir, env, nil)
}

func open(ctx context.Context, dir string, env Env, fresh *Info) (p *Project, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := writable(dir); err != nil {
		return nil, err
	}
	lock, err := store.Lock(ctx, filepath.Join(dir, "lock.db"))
	if err != nil {
		return nil, err
	}
	p = &Project{Dir: dir, env: env, lock: lock, desks: map[string]*desk{}}
	defer func() {
		if err != nil {
			_ = p.Close() // the first error is the one to tell
			p = nil
		}
	}()
	if p.db, err = store.Open(ctx, filepath.Join(dir, "project.db")); err != nil {
		return p, err
	}
	if p.files, err = blob.Open(p.folder("files")); err != nil {
		return p, err
	}
	if err = p.files.Sweep(); err != nil {
		return p, err
	}
	p.words = find.New(p.folder(wordsFolder), p.db, p.owners)
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if fresh != nil {
			if err := tx.Set("project", fresh); err != nil {
				return err
			}
			by := model.Person{Name: "Waybill"}
			if env.By.Name != "" {
				by = env.By
				if err := tx.Set("person", by); err != nil {
					return err
				}
			}
			if err := tx.Audit(by, "project.created", map[string]string{"name": fresh.Name}); err != nil {
				return err
			}
		}
		ok, err := tx.Setting("project", &p.info)
		if err != nil {
			return err
		}
		if !ok {
			return problem.New(store.CodeNoProject, "This project was never finished being made.", "Its folder was left half empty by an earlier crash.", "Make a new project in another folder.").At(problem.Place{File: dir})
		}
		if _, err := tx.Setting("person", &p.by); err != nil {
			return err
		}
		return tx.Interrupt()
	})
	if err != nil {
		return p, err
	}
	return p, p.finishErasure(ctx)
}

// writable tells early and in plain words that a folder can't be written to.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return notWritable(err, dir)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func notWritable(err error, dir string) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return problem.Wrap(err, store.CodeReadOnly, "Waybill may not write to this folder.", "A project keeps its accounts in its own folder.", "Choose a folder of your own, or ask for the right to write there.").At(problem.Place{File: dir})
	case errors.Is(err, syscall.ENOSPC):
		return problem.Wrap(err, store.CodeDiskFull, "The disk is full.", "The project could not be made or opened.", "Free some space, or choose a folder on another disk.").At(problem.Place{File: dir})
	}
	return problem.Wrap(err, "project.folder", "This folder cannot be used for a project.", "Something else is in its place, or it is out of reach.", "Choose another folder.").At(problem.Place{File: dir})
}

// Close ends all work in the project and lets others open it.
func (p *Project) Close() error {
	p.Jobs.Close()
	if p.words != nil {
		p.words.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, d := range p.desks {
		errs = append(errs, d.conn.Close())
	}
	p.desks = map[string]*desk{}
	if p.server != nil {
		errs = append(errs, p.server.Close())
		p.server = nil
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	if p.lock != nil {
		errs = append(errs, p.lock.Close())
	}
	return errors.Join(errs...)
}

// DB is the project's file.
func (p *Project) DB() *store.DB { return p.db }

// Files are the project's attachments.
func (p *Project) Files() *blob.Store { return p.files }

// Info says which move this is.
func (p *Project) Info() Info { return p.info }

// Person says who works now.
func (p *Project) Person() model.Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by.Name == "" {
		return model.Person{Name: "Unnamed", Role: "migration lead"}
	}
	return p.by
}

// SetPerson says who works from now on: every decision carries it (invariant 14).
func (p *Project) SetPerson(ctx context.Context, by model.Person) error {
	by.Name, by.Role = strings.TrimSpace(by.Name), strings.TrimSpace(by.Role)
	if by.Name == "" {
		return problem.New("project.no_person", "Please say who is working.", "Every decision is kept with a name.", "Type your name.")
	}
	p.mu.Lock()
	changed := p.by != by
	p.by = by
	p.mu.Unlock()
	if !changed {
		return nil
	}
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Set("person", by) })
}
