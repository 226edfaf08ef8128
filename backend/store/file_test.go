package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func mustClose(t testing.TB, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// filled makes a project file with n records of about a kilobyte and closes it.
func filled(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "project.db")
	db, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: many(0, n)})
	mustClose(t, db)
	return path
}

func many(from, n int) []model.Record {
	out := make([]model.Record, n)
	for i := range out {
		out[i] = record(model.Ticket, fmt.Sprint(from+i), fmt.Sprintf(`{"subject":"%d","body":%q}`, from+i, strings.Repeat("x", 1000)))
	}
	return out
}

// told proves that an error is for people: it has a code, and says what to do.
func told(t testing.TB, err error, code problem.Code) {
	t.Helper()
	var p *problem.Problem
	switch {
	case !errors.As(err, &p):
		t.Fatalf("got %v, want a problem with the code %s", err, code)
	case p.Code != code:
		t.Fatalf("got %s (%v), want %s", p.Code, err, code)
	case p.What == "" || p.Why == "" || p.Next == "":
		t.Fatalf("%s does not say what, why and what next: %+v", code, p)
	}
}

func TestOpen_damagedFileSaysSo(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func([]byte) []byte
	}{
		{"the beginning is overwritten", func(b []byte) []byte { copy(b, strings.Repeat("?", 100)); return b }},
		{"the middle is overwritten", func(b []byte) []byte {
			for i := 16384; i < len(b); i++ {
				b[i] = byte(i * 7)
			}
			return b
		}},
		{"the end is cut off", func(b []byte) []byte { return b[:len(b)/2-500] }},
		{"it is only text", func([]byte) []byte { return []byte(strings.Repeat("these are my notes\n", 2000)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filled(t, 300)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.spoil(b), 0o600); err != nil {
				t.Fatal(err)
			}
			told(t, readAll(path), store.CodeDamaged)
		})
	}
}

// readAll opens a file and reads every record in it.
func readAll(path string) error {
	db, err := store.Open(context.Background(), path)
	if err != nil {
		return err
	}
	err = db.Read(context.Background(), func(tx *store.Tx) error {
		for _, f := range []func() error{
			func() error { _, err := tx.Records(store.Filter{Object: model.Ticket}, 0, 1000); return err },
			func() error { _, err := tx.Count(store.Filter{Object: model.Ticket, Text: "xyz"}); return err },
			func() error { _, err := tx.StageHash(); return err },
			func() error { _, err := tx.Manifest(); return err },
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

// What is refused is left as it was, to the byte.
func TestOpen_refusesWhatIsNotOursWithoutTouchingIt(t *testing.T) {
	foreign := func(t *testing.T, path string) {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO photos VALUES (1, 'sea')`); err != nil {
			t.Fatal(err)
		}
		mustClose(t, db)
	}
	newer := func(t *testing.T, path string) {
		db := store.OpenAt(t, path, store.Newest())
		if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)`, store.Newest()+1); err != nil {
			t.Fatal(err)
		}
		mustClose(t, db)
	}
	for _, c := range []struct {
		name string
		make func(*testing.T, string)
		code problem.Code
	}{
		{"another program's database", foreign, store.CodeNoProject},
		{"a newer Waybill's project", newer, store.CodeNewer},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "project.db")
			c.make(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Open(context.Background(), path)
			told(t, err, c.code)
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// Invariant 16: an older project opens after a backup, and the backup holds also
// what an earlier crash left in the log beside the file.
func TestOpen_olderFileIsMigratedAfterABackup(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "project.db")
	old := store.OpenAt(t, path, 1)
	if _, err := old.Exec(`INSERT INTO object (id, name) VALUES (1, 'ticket');
		INSERT INTO rec (object, id, pass, hash, raw) VALUES (1, 'a', 1, x'00', CAST('{"subject":"VPN"}' AS BLOB))`); err != nil {
		t.Fatal(err)
	}
	// A killed program leaves its log behind: the copy is taken while it is open.
	crashed := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(crashed, "project.db"+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, old)
	path = filepath.Join(crashed, "project.db")
	db, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if m := manifest(t, db, model.Ticket); m.Source != 1 {
		t.Errorf("after the migration: %+v", m)
	}
	err = db.Read(context.Background(), func(tx *store.Tx) error {
		r, err := tx.Record(model.Key{Object: model.Ticket, ID: "a"})
		if err == nil && string(r.Record.Raw) != `{"subject":"VPN"}` {
			t.Errorf("after the migration the record is %s", r.Record.Raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, db)
	backup, err := sql.Open("sqlite", fmt.Sprintf("%s.before-%d", path, store.Newest()))
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, backup)
	var version, n int64
	if err := backup.QueryRow(`SELECT max(version_id), (SELECT count(*) FROM rec) FROM goose_db_version`).Scan(&version, &n); err != nil {
		t.Fatal(err)
	}
	if version != 1 || n != 1 {
		t.Errorf("the backup has version %d and %d records, want 1 and 1", version, n)
	}
	again, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, again)
}

func TestWrite_fullDiskKeepsWhatWasThereAndNothingHalf(t *testing.T) {
	path := filled(t, 20)
	store.LimitPages(t, 30)
	db, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	before := manifest(t, db, model.Ticket)
	reading := func() (r store.Reading) {
		if err := db.Read(context.Background(), func(tx *store.Tx) (err error) { r, err = tx.Reading(model.Ticket); return err }); err != nil {
			t.Fatal(err)
		}
		return r
	}
	at := reading()
	err = db.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.StagePage(store.Page{Object: model.Ticket, Pass: at.Pass, Next: "behind the full page", Records: many(1000, 500)})
		return err
	})
	told(t, err, store.CodeDiskFull)
	if after := manifest(t, db, model.Ticket); after != before {
		t.Errorf("accounts before %+v, after %+v", before, after)
	}
	if now := reading(); now != at {
		t.Errorf("the page is not there, its cursor is: %+v", now)
	}
	mustClose(t, db)
	store.LimitPages(t, 0)
	db, err = store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: many(1000, 500)})
	if m := manifest(t, db, model.Ticket); m.Source != 520 {
		t.Errorf("with room again: %+v, want 520", m)
	}
	mustClose(t, db)
}

func TestOpen_fullDiskWhileMaking(t *testing.T) {
	store.LimitPages(t, 4)
	_, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "project.db"))
	told(t, err, store.CodeDiskFull)
}

func TestLock_oneOwnerAtATime(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "lock.db")
	first, err := store.Lock(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Lock(ctx, path)
	told(t, err, store.CodeBusy)
	mustClose(t, first)
	again, err := store.Lock(ctx, path)
	if err != nil {
		t.Fatalf("after the first closed: %v", err)
	}
	mustClose(t, again)
}

func TestWrite_panicLeavesNothing(t *testing.T) {
	db := open(t)
	func() {
		defer func() { _ = recover() }()
		_ = db.Write(context.Background(), func(tx *store.Tx) error {
			if _, err := tx.BeginReading("made_up"); err != nil {
				t.Error(err)
			}
			panic("in the middle")
		})
	}()
	stage(t, db, store.Page{Object: "made_up", Records: []model.Record{record("made_up", "1", `{}`)}})
	if m := manifest(t, db, "made_up"); m.Pending != 1 {
		t.Errorf("after a panic: %+v, want 1 pending", m)
	}
}
