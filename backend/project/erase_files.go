package project

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"waybill/backend/model"
)

// mostSearched bounds what is looked at of one file, unpacked.
const mostSearched = 256 << 20

// writtenFolders are where the project writes files for people.
var writtenFolders = []string{"reports", "workbooks"}

// filesNaming lists the files that the project wrote and that hold one of the texts: pages,
// tables, workbooks and reports. They are made again from what is left.
func (p *Project) filesNaming(of traces) ([]string, error) {
	out := []string{}
	for _, dir := range writtenFolders {
		err := filepath.WalkDir(p.folder(dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			has, err := fileNames(path, of)
			if err != nil || !has {
				return err
			}
			name, err := filepath.Rel(p.Dir, path)
			out = append(out, filepath.ToSlash(name))
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return out, nil
}

func (p *Project) removeFiles(names []string) error {
	for _, n := range names {
		if !filepath.IsLocal(filepath.FromSlash(n)) {
			continue
		}
		if err := os.Remove(filepath.Join(p.Dir, filepath.FromSlash(n))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fileNames looks into a file, also into what is packed inside it.
func fileNames(path string, of traces) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, mostSearched))
	if err != nil {
		return false, err
	}
	if of.in(b) {
		return true, nil
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx", ".zip":
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return false, nil // it is no workbook, and was looked at as it is
		}
		for _, e := range z.File {
			r, err := e.Open()
			if err != nil {
				continue // packed in a way that we do not write
			}
			inner, err := io.ReadAll(io.LimitReader(r, mostSearched))
			if err := errors.Join(err, r.Close()); err != nil {
				continue // the same
			}
			if of.in(inner) {
				return true, nil
			}
		}
	case ".pdf":
		for _, s := range bytes.Split(b, []byte("stream\n"))[1:] {
			r, err := zlib.NewReader(bytes.NewReader(s))
			if err != nil {
				continue // a part that is not packed; it was looked at as it is
			}
			inner, err := io.ReadAll(io.LimitReader(r, mostSearched))
			if len(inner) == 0 && err != nil {
				continue // the same
			}
			if of.in(inner) {
				return true, nil
			}
		}
	}
	return false, nil
}

// in looks for texts in any case, and for telephone numbers, written as UTF-8 or, as in a
// PDF, as UTF-16.
func (of traces) in(b []byte) bool {
	for _, d := range of.phones {
		if model.HasPhone(b, d) || model.HasPhone(bytes.ReplaceAll(b, []byte{0}, nil), d) {
			return true
		}
	}
	low := bytes.ToLower(b)
	for _, t := range of.texts {
		for _, s := range []string{t, strings.ToLower(t)} {
			if s == "" {
				continue
			}
			wide := []byte{}
			for _, u := range utf16.Encode([]rune(s)) {
				wide = append(wide, byte(u>>8), byte(u))
			}
			if bytes.Contains(b, []byte(s)) || bytes.Contains(low, []byte(s)) || bytes.Contains(b, wide) || bytes.Contains(low, wide) {
				return true
			}
		}
	}
	return false
}
