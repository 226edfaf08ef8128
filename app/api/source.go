package api

import (
	"context"
	"os"
	"slices"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Source chooses and reads what is moved.
type Source struct{ s *session }

// edited is the setting that names the tables whose meaning a person corrected; what
// they chose is kept when other tables come in.
const edited = "source_edited"

// PickFiles asks for export files; no answer is an empty list.
func (x *Source) PickFiles() (paths []string, err error) {
	defer guard(&err)
	paths, err = x.s.o.Dialogs.OpenFiles(x.s.ctx, "Choose the files of the export", []FileFilter{
		{Title: "Exports", Pattern: "*.csv;*.tsv;*.txt;*.xlsx;*.json;*.ndjson;*.jsonl;*.zip;*.gz;*.eml;*.mbox;*.sql"},
		{Title: "All files", Pattern: "*.*"},
	})
	if paths == nil {
		paths = []string{}
	}
	return paths, err
}

// progress counts bytes of what is being read as the stages of a job.
func progress(pr *job.Progress) func(what string, done, size int64) {
	last, what := int64(0), ""
	return func(now string, done, size int64) {
		if now != what {
			what, last = now, 0
			pr.Stage(now, size)
		}
		if done > last {
			pr.Add(done-last, 0)
			last = done
		}
	}
}

// Inspect adds files or folders to the source, and finds out what they hold.
func (x *Source) Inspect(paths []string) (id string, err error) {
	defer guard(&err)
	if len(paths) == 0 {
		return "", problem.New("source.no_files", "No file was chosen.", "There is nothing to look into.", "Choose the files of the export, or the folder that holds them.")
	}
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil {
			return "", problem.Wrap(err, "source.no_such_file", "This file is not there.", "It was moved, renamed, or is on a disk that is not connected.", "Choose it again.").At(problem.Place{File: p})
		}
	}
	return x.s.work("inspect", "Looking into the files", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		before, err := p.Tables(ctx)
		if err != nil {
			return "", err
		}
		fresh, err := files.Inspect(ctx, paths, progress(pr))
		if err != nil {
			return "", err
		}
		return "", x.propose(ctx, p, join(before, fresh))
	})
}

// join adds tables, in the place of those that were read from the same file before.
func join(before, fresh []files.Table) []files.Table {
	same := func(a, b files.Table) bool { return a.File == b.File && a.Entry == b.Entry && a.Part == b.Part }
	out := []files.Table{}
	taken := map[string]bool{}
	for _, t := range before {
		if !slices.ContainsFunc(fresh, func(f files.Table) bool { return same(t, f) }) {
			out = append(out, t)
			taken[t.Name] = true
		}
	}
	for _, t := range fresh {
		name := t.Name
		for n := 2; taken[t.Name]; n++ {
			t.Name = name + " (" + itoa(n) + ")"
		}
		taken[t.Name] = true
		out = append(out, t)
	}
	return out
}

// propose says what the tables hold, keeps what a person corrected, and stores it.
func (x *Source) propose(ctx context.Context, p *project.Project, tables []files.Table) error {
	proposed, err := files.Propose(ctx, tables)
	if err != nil {
		return err
	}
	names, err := editedTables(ctx, p)
	if err != nil {
		return err
	}
	for i := range proposed {
		if slices.Contains(names, proposed[i].Name) {
			proposed[i].Outputs = tables[i].Outputs
		}
	}
	return p.SetTables(ctx, proposed)
}

func editedTables(ctx context.Context, p *project.Project) (names []string, err error) {
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(edited, &names)
		return err
	})
	return names, err
}

// Tables are the tables of the source, as they were understood and corrected.
func (x *Source) Tables() (out []files.Table, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return nil, err
	}
	if out, err = p.Tables(x.s.ctx); out == nil {
		out = []files.Table{}
	}
	return out, err
}

// SetTable keeps a corrected table. When how it is read changed, it is read again.
func (x *Source) SetTable(t files.Table) (id string, err error) {
	defer guard(&err)
	return x.s.work("inspect", "Keeping the correction", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		tables, err := p.Tables(ctx)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(tables, func(o files.Table) bool { return o.Name == t.Name })
		if i < 0 {
			return "", noTable(t.Name)
		}
		old := tables[i]
		// Where the content lies is not for the window to say.
		t.File, t.Entry, t.Part, t.Kind, t.Compression, t.Size, t.SHA256 = old.File, old.Entry, old.Part, old.Kind, old.Compression, old.Size, old.SHA256
		if t.Delimiter != old.Delimiter || t.Quote != old.Quote || t.Encoding != old.Encoding || t.HeaderRow != old.HeaderRow {
			if t, err = files.Reinspect(ctx, t, progress(pr)); err != nil {
				return "", err
			}
		}
		tables[i] = t
		if err := p.SetTables(ctx, tables); err != nil {
			return "", err
		}
		names, err := editedTables(ctx, p)
		if err != nil || slices.Contains(names, t.Name) {
			return "", err
		}
		return "", p.DB().Write(ctx, func(tx *store.Tx) error { return tx.Set(edited, append(names, t.Name)) })
	})
}

func noTable(name string) error {
	return problem.New("source.no_table", "This table is not part of the source any more.", "It may have been taken out in the meantime.", "Look at the list of tables and choose again.").At(problem.Place{Value: name})
}

// RemoveTable takes a table out of the source; the file itself is not touched.
func (x *Source) RemoveTable(name string) (err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	tables, err := p.Tables(x.s.ctx)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(tables), func(t files.Table) bool { return t.Name == name })
	if len(left) == len(tables) {
		return noTable(name)
	}
	if err := p.SetTables(x.s.ctx, left); err != nil {
		return err
	}
	x.s.changed("source")
	return nil
}

// AddPlaceholder adds one customer to the source, for tickets that name nobody.
func (x *Source) AddPlaceholder(name, email string) (err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := p.AddPlaceholder(x.s.ctx, name, email); err != nil {
		return err
	}
	x.s.changed("source")
	return nil
}

func busy(what string) error {
	return problem.New("job.busy", "Something else is still running: "+what+".", "A project does one long thing at a time, so that its accounts stay true.", "Wait until it is done, or stop it first.")
}

// Propose says anew what all tables hold; what was corrected by hand is forgotten.
func (x *Source) Propose() (id string, err error) {
	defer guard(&err)
	return x.s.work("inspect", "Looking at keys and links", func(ctx context.Context, p *project.Project, _ *job.Progress) (string, error) {
		tables, err := p.Tables(ctx)
		if err != nil {
			return "", err
		}
		if err := p.DB().Write(ctx, func(tx *store.Tx) error { return tx.Unset(edited) }); err != nil {
			return "", err
		}
		return "", x.propose(ctx, p, tables)
	})
}

// Problems lists what must be settled before the source can be read.
func (x *Source) Problems() (out []*problem.Problem, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return nil, err
	}
	tables, err := p.Tables(x.s.ctx)
	if err != nil {
		return nil, err
	}
	if out = files.Validate(tables); out == nil {
		out = []*problem.Problem{}
	}
	return out, nil
}

// Read reads everything into the project.
func (x *Source) Read() (id string, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return "", err
	}
	c, ok, err := p.Connection(x.s.ctx, project.Source)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", problem.New("source.none", "No source was chosen yet.", "Waybill does not know what to move.", "Choose the export files first.")
	}
	if c.Kind == "files" {
		tables, err := p.Tables(x.s.ctx)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(tables, func(t files.Table) bool { return len(t.Outputs) > 0 }) {
			return "", problem.New("source.nothing_chosen", "It is not said yet what the tables hold.", "So nothing of them would be read.", "Choose for at least one table what its rows are, such as tickets.")
		}
	}
	return x.s.work("read", "Reading the source", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Extract(ctx, nil, pr)
		return "", err
	})
}
