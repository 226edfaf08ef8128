package assets

import (
	"bytes"
	"io/fs"
	"os"
	"testing"
)

func TestEveryFaceIsTrueType(t *testing.T) {
	for _, f := range Faces() {
		b, err := Font(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte{0, 1, 0, 0}) {
			t.Errorf("%s begins with % x", f, b[:4])
		}
	}
	if _, err := Font("nothing"); err == nil {
		t.Error("an unknown face gave no error")
	}
}

// A font may be changed by whoever reads it, so each reader gets its own bytes.
func TestFontIsACopy(t *testing.T) {
	a, err := Font(Sans)
	if err != nil {
		t.Fatal(err)
	}
	a[0] = 99
	if b, err := Font(Sans); err != nil || b[0] == 99 {
		t.Errorf("the change of one reader reached the next (%v)", err)
	}
}

// Embedding drops files with names it does not like; none may be missing.
func TestSampleIsEmbeddedWhole(t *testing.T) {
	disk, err := fs.Glob(os.DirFS("sample/export"), "*/*")
	if err != nil {
		t.Fatal(err)
	}
	top, err := fs.Glob(os.DirFS("sample/export"), "*.*")
	if err != nil {
		t.Fatal(err)
	}
	if len(disk) < 100 || len(top) != 7 {
		t.Errorf("%d attachments and %d tables on disk", len(disk), len(top))
	}
	for _, name := range append(disk, top...) {
		want, err := fs.ReadFile(os.DirFS("sample/export"), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(Sample(), name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not embedded as it stands on disk: %v", name, err)
		}
	}
	if !bytes.Contains(SampleTruth(), []byte("Kestrelmoor")) {
		t.Error("the truth is not embedded")
	}
}
