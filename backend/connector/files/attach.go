package files

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// fileRef names an attachment's content: the table that lists it, and its path there.
type fileRef struct {
	Table string `json:"t"`
	Path  string `json:"p"`
}

// FileRef finds the content's reference in a record of an attachments table.
func (s *Source) FileRef(r model.Record) (ref, name, contentType string) {
	for _, st := range s.steps(r.Key.Object) {
		t := &s.tables[st.table]
		o := &t.Outputs[st.output]
		if o.FileColumn == "" || !strings.HasPrefix(r.Place, t.Name+", ") {
			continue
		}
		values, err := model.Values(r.Raw)
		if err != nil {
			return "", "", ""
		}
		p := strings.TrimSpace(model.Plain(values[o.called(o.FileColumn)]))
		if p == "" || contains(t.Columns[max(0, t.column(o.FileColumn))].Empty, p) {
			return "", "", ""
		}
		b, err := json.Marshal(fileRef{Table: t.Name, Path: p})
		if err != nil {
			return "", "", ""
		}
		name, contentType = path.Base(slashed(p)), ""
		for i := range t.Columns {
			v := strings.TrimSpace(model.Plain(values[o.called(t.Columns[i].Name)]))
			switch strings.Join(nameWords(t.Columns[i].Name), "_") {
			case "file_name", "filename", "name", "title", "original_name":
				if v != "" {
					name = path.Base(slashed(v))
				}
			case "type", "content_type", "mime_type", "mimetype", "media_type":
				if strings.Contains(v, "/") {
					contentType = v
				}
			}
		}
		if contentType == "" {
			contentType = mime.TypeByExtension(path.Ext(name))
		}
		return string(b), name, contentType
	}
	return "", "", ""
}

func slashed(p string) string { return strings.ReplaceAll(p, `\`, "/") }

// inside makes a path from a file safe: what would lead out of the folder is
// reduced to its last name. The second value says whether that happened.
func inside(p string) (string, bool) {
	p = slashed(p)
	p = strings.TrimPrefix(p, "file://")
	clean := path.Clean(p)
	if !safeEntry(p) || clean == ".." || strings.HasPrefix(clean, "../") {
		return path.Base(path.Clean("/" + p)), true
	}
	return clean, false
}

// Open gives an attachment's content. It looks only in the folder of the table
// that names it, or in its ZIP, whatever the path says.
func (s *Source) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	var want fileRef
	if err := json.Unmarshal([]byte(ref), &want); err != nil {
		return nil, problem.Wrap(err, codeAttachment, "This attachment's place is not known.",
			"What names it does not come from these files.", "Read the files again.")
	}
	for i := range s.tables {
		t := &s.tables[i]
		if t.Name != want.Table {
			continue
		}
		name, outside := inside(want.Path)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := t.openAttachment(ctx, name, outside)
		if err == nil {
			return r, nil
		}
		if isProblem(err) {
			return nil, err
		}
		return nil, noAttachment(err, t, want.Path, outside)
	}
	return nil, noAttachment(nil, &Table{Name: want.Table}, want.Path, false)
}

func noAttachment(err error, t *Table, name string, outside bool) *problem.Problem {
	why := "The list of attachments names it, but it is not in the export."
	if outside {
		why = "Its path leads out of the export, so Waybill looked for a file of that name inside it and found none. It never opens files elsewhere."
	}
	return problem.Wrap(err, codeAttachment, fmt.Sprintf("The file %s is missing.", clipText(name, 120)), why,
		"Put the file where the list says, or leave this attachment out.").At(problem.Place{File: t.File, Value: name})
}

func (t *Table) openAttachment(ctx context.Context, name string, outside bool) (io.ReadCloser, error) {
	if t.Entry != "" {
		return t.openEntry(ctx, name, outside)
	}
	root, err := os.OpenRoot(filepath.Dir(t.File)) // links that lead out of it are not followed
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // the opened file stays open
	candidates := []string{name}
	if outside {
		candidates = append(candidates, t.beside(root, path.Base(name))...)
	}
	for _, c := range candidates {
		f, openErr := root.Open(filepath.FromSlash(c))
		if openErr != nil {
			err = openErr
			if errors.Is(openErr, fs.ErrPermission) {
				return nil, cannotOpen(openErr, filepath.Join(filepath.Dir(t.File), filepath.FromSlash(c)), c)
			}
			continue
		}
		if fi, statErr := f.Stat(); statErr != nil || !fi.Mode().IsRegular() {
			err = errors.Join(fs.ErrNotExist, statErr, f.Close())
			continue
		}
		return f, nil
	}
	return nil, err
}

// beside finds a name one folder down, where exports put their files.
func (t *Table) beside(root *os.Root, name string) []string {
	d, err := root.Open(".")
	if err != nil {
		return nil
	}
	defer func() { _ = d.Close() }() // only read from
	entries, err := d.ReadDir(1000)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name()+"/"+name)
		}
	}
	return out
}

func (t *Table) openEntry(ctx context.Context, name string, outside bool) (io.ReadCloser, error) {
	f, err := os.Open(t.File) // the person chose the file
	if err != nil {
		return nil, cannotOpen(err, t.File, t.Name)
	}
	fi, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	zr, err := zip.NewReader(f, fi.Size())
	if err != nil {
		return nil, errors.Join(damaged(err, t.File, t.Name, "a ZIP"), f.Close())
	}
	full := path.Join(path.Dir(slashed(t.Entry)), name)
	for _, e := range zr.File {
		n := slashed(e.Name)
		if n != full && !(outside && safeEntry(n) && path.Base(n) == name) {
			continue
		}
		if isBomb(e) {
			return nil, errors.Join(zipBomb(t.File, e.Name), f.Close())
		}
		r, err := e.Open()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &closers{Reader: r, closers: []io.Closer{f, r}, ctx: ctx, c: t.content()}, nil
	}
	return nil, errors.Join(fs.ErrNotExist, f.Close())
}
