package workbook

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"slices"
	"time"
)

// packTime is the earliest moment that a ZIP file can hold.
var packTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack writes the parts of a workbook again, in one order and with one time: the
// library writes them as they come.
func pack(w io.Writer, raw []byte) error {
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	files := slices.Clone(in.File)
	slices.SortFunc(files, func(a, b *zip.File) int {
		first := func(f *zip.File) int { // readers look for this one at the beginning
			if f.Name == "[Content_Types].xml" {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.Name, b.Name))
	})
	out := zip.NewWriter(w)
	for _, f := range files {
		if err := packOne(out, f); err != nil {
			return err
		}
	}
	return out.Close()
}

func packOne(out *zip.Writer, f *zip.File) (err error) {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
	}()
	to, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: packTime})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, r)
	return err
}
