package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"waybill/backend/backup"
	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/problem"
	"waybill/backend/store"
)

const name = "Kestrelmoor" + backup.Extension

func discard(_ string, _ int64, r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }

// code gives the code of an error, empty for none.
func code(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.From(err).Code
}

func restored(t *testing.T, from backup.Place, o backup.Options) (string, backup.Manifest) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "again.waybill")
	m, sum, err := backup.Restore(context.Background(), from, name, o, dir, job.New("restore"))
	if err != nil {
		t.Fatal(err)
	}
	if len(sum) != 64 {
		t.Errorf("the manifest has no hash: %q", sum)
	}
	return dir, m
}

func TestBackup_comesBackByteForByte(t *testing.T) {
	for _, c := range []struct {
		title string
		o     backup.Options
	}{
		{"one file", backup.Options{}},
		{"in parts", backup.Options{PartSize: 70_000}},
		{"encrypted", backup.Options{Passphrase: "correct horse"}.Cheap()},
		{"encrypted, in parts", backup.Options{Passphrase: "correct horse", PartSize: 100_001}.Cheap()},
	} {
		t.Run(c.title, func(t *testing.T) {
			w := newWorld(t, 300, noise(1, 200_000), []byte("small"), []byte{}, []byte("small"))
			there := t.TempDir()
			res := w.must(backup.Folder(there), name, c.o)
			if res.Manifest.Records() != 304 || res.Manifest.Files.Count != 3 || res.Manifest.Files.Missing != 0 {
				t.Errorf("the manifest counts wrong: %+v", res.Manifest)
			}
			if c.o.PartSize > 0 && res.Parts < 3 || c.o.PartSize == 0 && res.Parts != 1 {
				t.Errorf("%d parts", res.Parts)
			}
			list, err := os.ReadDir(there)
			if err != nil || len(list) != res.Parts {
				t.Errorf("%d files for %d parts (%v)", len(list), res.Parts, err)
			}
			dir, m := restored(t, backup.Folder(there), c.o)
			if !reflect.DeepEqual(m, res.Manifest) {
				t.Errorf("the manifest came back different:\n%+v\n%+v", m, res.Manifest)
			}
			sameProject(t, w, dir)
			if c.o.Passphrase != "" {
				for _, f := range list {
					b, err := os.ReadFile(filepath.Join(there, f.Name()))
					if err != nil || bytes.Contains(b, []byte("Kestrelmoor")) {
						t.Errorf("%s is readable without the passphrase (%v)", f.Name(), err)
					}
				}
			}
		})
	}
}

// sameProject compares what was restored with the project itself.
func sameProject(t *testing.T, w world, dir string) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(dir, "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	want, err := backup.Contents(ctx, w.db, job.New("count"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := backup.Contents(ctx, db, job.New("count"))
	if err != nil || !reflect.DeepEqual(got, want) || len(got) == 0 {
		t.Errorf("the stage came back different: %v\n%+v\n%+v", err, got, want)
	}
	for _, f := range []string{"reports/Report 1.pdf", "practice/desk.jsonl"} {
		a, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(f)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s came back different: %v", f, err)
		}
	}
	from, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		all, opened, broken, err := backup.OpenEvery(ctx, tx.EachFile, from, 2, job.New("open"))
		if err != nil || all != 3 || opened != 2 || broken != 0 {
			t.Errorf("every second file: all %d, opened %d, broken %d, %v", all, opened, broken, err)
		}
		return tx.VerifyAudit()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBackup_leavesNothingBehindInTheProject(t *testing.T) {
	w := newWorld(t, 5)
	w.must(backup.Folder(t.TempDir()), name, backup.Options{})
	left, err := filepath.Glob(filepath.Join(w.dir, ".waybill-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestBackup_neverOverwritesAnother(t *testing.T) {
	w := newWorld(t, 5)
	place := backup.Folder(t.TempDir())
	w.must(place, name, backup.Options{})
	for _, o := range []backup.Options{{}, {PartSize: 1000}} {
		if _, err := backup.Write(context.Background(), w.input(), place, name, o, job.New("backup")); code(err) != backup.CodeTaken {
			t.Errorf("%+v: %v", o, err)
		}
	}
	restored(t, place, backup.Options{})
}

func TestBackup_saysWhichAttachmentsAreGone(t *testing.T) {
	w := newWorld(t, 5, []byte("one"), []byte("two"))
	gone, err := filepath.Glob(filepath.Join(w.dir, "files", "*", "*"))
	if err != nil || len(gone) != 2 {
		t.Fatal(gone, err)
	}
	if err := os.Remove(gone[0]); err != nil {
		t.Fatal(err)
	}
	if res := w.must(backup.Folder(t.TempDir()), name, backup.Options{}); res.Manifest.Files.Missing != 1 || res.Manifest.Files.Count != 1 {
		t.Errorf("%+v", res.Manifest.Files)
	}
	if err := os.WriteFile(gone[1], []byte("tow"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(context.Background(), w.input(), backup.Folder(t.TempDir()), name, backup.Options{}, job.New("backup")); code(err) != "blob.altered" {
		t.Errorf("an altered attachment was backed up: %v", err)
	}
}

// whole gives the bytes of a small backup.
func whole(t testing.TB, o backup.Options) []byte {
	t.Helper()
	dir := t.TempDir()
	newWorld(t, 20, []byte("attached"), noise(3, 3000)).must(backup.Folder(dir), name, o)
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRead_whatIsCutOffIsNeverTakenForGood(t *testing.T) {
	for _, o := range []backup.Options{{}, backup.Options{Passphrase: "word"}.Cheap()} {
		b := whole(t, o)
		step := max(1, len(b)/60)
		for n := 0; n < len(b); n += step {
			refused(t, b[:n], o, fmt.Sprintf("%d of %d bytes", n, len(b)))
		}
		refused(t, b[:len(b)-1], o, "all but the last byte")
		refused(t, append(bytes.Clone(b), 'x'), o, "one byte more")
		refused(t, append(bytes.Clone(b), b...), o, "twice")
	}
}

func refused(t *testing.T, b []byte, o backup.Options, what string) {
	t.Helper()
	_, _, err := backup.ReadFrom(context.Background(), bytes.NewReader(b), o, discard)
	switch code(err) {
	case backup.CodeIncomplete, backup.CodeDamaged, backup.CodeNoBackup, backup.CodeWrongWord:
	default:
		t.Errorf("%s: %v", what, err)
	}
}

func TestRead_whatWasChangedIsNeverTakenForGood(t *testing.T) {
	for _, o := range []backup.Options{{}, backup.Options{Passphrase: "word"}.Cheap()} {
		b := whole(t, o)
		step := max(1, len(b)/80)
		for n := 0; n < len(b); n += step {
			x := bytes.Clone(b)
			x[n] ^= 0x10
			_, _, err := backup.ReadFrom(context.Background(), bytes.NewReader(x), o, discard)
			if err == nil {
				t.Errorf("byte %d of %d was changed, and nobody noticed", n, len(b))
			}
		}
	}
}

func TestRestore_leavesNothingOfABadBackup(t *testing.T) {
	there, dir := t.TempDir(), filepath.Join(t.TempDir(), "again.waybill")
	b := whole(t, backup.Options{})
	if err := os.WriteFile(filepath.Join(there, name), b[:len(b)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := backup.Restore(context.Background(), backup.Folder(there), name, backup.Options{}, dir, job.New("restore"))
	if code(err) != backup.CodeIncomplete {
		t.Errorf("%v", err)
	}
	if list, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
	if _, _, err := backup.Restore(context.Background(), backup.Folder(there), "other", backup.Options{}, dir, job.New("restore")); code(err) != backup.CodeNone {
		t.Errorf("%v", err)
	}
	if _, _, err := backup.Restore(context.Background(), backup.Folder(there), name, backup.Options{}, there, job.New("restore")); code(err) != backup.CodeTaken {
		t.Errorf("restored into a folder that is not empty: %v", err)
	}
}

func TestRestore_aPartThatIsMissing(t *testing.T) {
	there := t.TempDir()
	w := newWorld(t, 10, noise(5, 90_000))
	res := w.must(backup.Folder(there), name, backup.Options{PartSize: 20_000})
	for n := 1; n <= res.Parts; n++ {
		at := filepath.Join(there, fmt.Sprintf("%s.%03d", name, n))
		if err := os.Rename(at, at+"x"); err != nil {
			t.Fatal(err)
		}
		_, _, err := backup.Restore(context.Background(), backup.Folder(there), name, backup.Options{}, filepath.Join(t.TempDir(), "x"), job.New("restore"))
		if c := code(err); c != backup.CodeIncomplete && (n != 1 || c != backup.CodeNone) {
			t.Errorf("without part %d: %v", n, err)
		}
		if err := os.Rename(at+"x", at); err != nil {
			t.Fatal(err)
		}
	}
	restored(t, backup.Folder(there), backup.Options{})
}

func TestRead_thePassphrase(t *testing.T) {
	b := whole(t, backup.Options{Passphrase: "right"}.Cheap())
	for word, want := range map[string]problem.Code{"": backup.CodeNeedsWord, "wrong": backup.CodeWrongWord, "right": ""} {
		o := backup.Options{Passphrase: "x"}.Cheap()
		o.Passphrase = ""
		if word == "wrong" {
			o.Passphrase = "wrong"
		}
		if word == "right" {
			o.Passphrase = "right"
		}
		if _, _, err := backup.ReadFrom(context.Background(), bytes.NewReader(b), o, discard); code(err) != want {
			t.Errorf("%q: %v", word, err)
		}
	}
	for _, text := range []string{"", "PK\x03\x04 something else", "age-encryption.org/v1\n-> what"} {
		if _, _, err := backup.ReadFrom(context.Background(), strings.NewReader(text), backup.Options{Passphrase: "x"}, discard); code(err) != backup.CodeNoBackup {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// small is a place that has no more room after so many bytes.
type small struct {
	backup.Place
	room int64
}

func (s small) Put(ctx context.Context, name string, r io.Reader) error {
	return s.Place.Put(ctx, name, io.MultiReader(io.LimitReader(r, s.room), full{}))
}

type full struct{}

func (full) Read([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
}

func TestWrite_aFullDisk(t *testing.T) {
	w := newWorld(t, 50, noise(9, 300_000))
	for _, o := range []backup.Options{{}, {PartSize: 60_000}} {
		there := t.TempDir()
		_, err := backup.Write(context.Background(), w.input(), small{backup.Folder(there), 100_000}, name, o, job.New("backup"))
		if o.PartSize == 0 && code(err) != backup.CodeFull {
			t.Errorf("%+v: %v", o, err)
		}
		if err == nil {
			t.Error("a place without room took the backup")
		}
		if list, err := os.ReadDir(there); err != nil || len(list) != 0 {
			t.Errorf("left behind: %v %v", list, err)
		}
	}
	if _, err := backup.Write(context.Background(), w.input(), backup.Folder(filepath.Join(t.TempDir(), "none")), name, backup.Options{}, job.New("backup")); code(err) != backup.CodeFolder {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestWrite_stoppedByAPerson(t *testing.T) {
	w := newWorld(t, 50, noise(9, 3_000_000))
	ctx, stop := context.WithCancel(context.Background())
	there := t.TempDir()
	place := hook{backup.Folder(there), func(io.Reader) { stop() }}
	if _, err := backup.Write(ctx, w.input(), place, name, backup.Options{}, job.New("backup")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if list, err := os.ReadDir(there); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
}

// hook is a place that lets a test act when a file begins to be put.
type hook struct {
	backup.Place
	do func(io.Reader)
}

func (h hook) Put(ctx context.Context, name string, r io.Reader) error {
	h.do(r)
	return h.Place.Put(ctx, name, r)
}

func TestKnown_noNameLeadsOutOfTheFolder(t *testing.T) {
	h := strings.Repeat("ab", 32)
	for entry, want := range map[string]bool{
		"project.db": true, "files/ab/" + h: true, "reports/Report 1.pdf": true, "files/cd/" + h: false, "../project.db": false, "/etc/passwd": false,
		"reports/../../x": false, "reports/..": false, `reports\x`: false, "reports/a:b": false, "reports/NUL.txt": false, "reports/com1": false, "reports/x.": false,
		"lock.db": false, "project.db-wal": false, "files/ab/../" + h: false, "": false, "reports/a/b": false,
	} {
		if backup.Known(entry) != want {
			t.Errorf("%q: %v", entry, !want)
		}
	}
}

func TestWrite_memoryDoesNotGrowWithTheAttachments(t *testing.T) {
	const mb = 1 << 20
	n := 96
	if testing.Short() || raceEnabled {
		n = 32
	}
	w := newWorld(t, 5, noise(11, n*mb))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	most := uint64(0)
	meter := meterPlace{backup.Folder(t.TempDir()), func() {
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse)
	}}
	w.must(meter, name, backup.Options{})
	if grown := int64(most) - int64(before.HeapInuse); grown > 60*mb { //nolint:gosec // far below the bounds
		t.Errorf("the heap grew by %d MB for %d MB of attachments", grown/mb, n)
	}
}

// meterPlace measures at every megabyte that is put.
type meterPlace struct {
	backup.Place
	measure func()
}

func (m meterPlace) Put(ctx context.Context, name string, r io.Reader) error {
	return m.Place.Put(ctx, name, &metered{r: r, measure: m.measure})
}

type metered struct {
	r       io.Reader
	n       int
	measure func()
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	if m.n += n; m.n > 1<<20 {
		m.n = 0
		m.measure()
	}
	return n, err
}

func FuzzRead(f *testing.F) {
	b := whole(f, backup.Options{})
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAA 40\n"))
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(t *testing.T, in []byte) {
		o := backup.Options{Passphrase: "word"}.Cheap()
		m, _, err := backup.ReadFrom(context.Background(), bytes.NewReader(in), o, discard)
		if err == nil && (m.Format != backup.Format || len(m.Entries) == 0) {
			t.Errorf("taken for a backup: %+v", m)
		}
	})
}
