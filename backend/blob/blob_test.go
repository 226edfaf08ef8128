package blob_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"waybill/backend/blob"
)

func TestPut_sameContentIsOneFile(t *testing.T) {
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, n, err := s.Put(strings.NewReader("hello"))
	if err != nil || n != 5 {
		t.Fatal(n, err)
	}
	b, _, err := s.Put(strings.NewReader("hello"))
	if err != nil || a != b {
		t.Fatal(a, b, err)
	}
	files := 0
	if err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			files++
		}
		return err
	}); err != nil || files != 1 {
		t.Errorf("%d files, want 1 (%v)", files, err)
	}
	f, err := s.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, []byte("hello")) {
		t.Errorf("%q %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestPut_brokenSourceLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if _, _, err := s.Put(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom))); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestOpen_neverLeavesTheFolder(t *testing.T) {
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"../../etc/passwd", "", strings.Repeat("g", 64)} {
		if _, err := s.Open(h); err == nil {
			t.Errorf("%q was opened", h)
		}
	}
}
