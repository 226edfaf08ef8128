package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/backup"
	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

// world is a small project: tickets with hostile text, and attachments.
type world struct {
	t     testing.TB
	dir   string
	db    *store.DB
	blobs *blob.Store
}

func newWorld(t testing.TB, tickets int, attachments ...[]byte) world {
	t.Helper()
	ctx := context.Background()
	w := world{t: t, dir: t.TempDir()}
	var err error
	if w.db, err = store.Open(ctx, filepath.Join(w.dir, "project.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.blobs, err = blob.Open(filepath.Join(w.dir, "files")); err != nil {
		t.Fatal(err)
	}
	w.file("reports/Report 1.pdf", []byte("%PDF-1.4 a report"))
	w.file("practice/desk.jsonl", []byte(`{"a":1}`+"\n"))
	w.file("workbooks/a:b.xlsx", []byte("a name that not every system takes"))
	err = w.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Set("project", map[string]string{"id": "p1", "name": "Kestrelmoor"}); err != nil {
			return err
		}
		if err := w.stage(tx, model.Ticket, tickets, func(i int) any {
			return map[string]any{"id": i, "subject": fmt.Sprintf("Größe \u2028 </script> \x00 %d", i), "note": "=cmd()"}
		}); err != nil {
			return err
		}
		if err := w.stage(tx, model.Attachment, len(attachments), func(i int) any { return map[string]any{"id": i, "name": "a.txt"} }); err != nil {
			return err
		}
		for i, a := range attachments {
			row, err := tx.Record(model.Key{Object: model.Attachment, ID: fmt.Sprint(i)})
			if err != nil {
				return err
			}
			hash, size, err := w.blobs.Put(bytes.NewReader(a))
			if err != nil {
				return err
			}
			if err := tx.PutFile(row.Seq, store.File{Name: "a.txt", Type: "text/plain", Hash: hash, Size: size}); err != nil {
				return err
			}
		}
		return tx.Audit(model.Person{Name: "Anna"}, "source.read", map[string]int{"tickets": tickets})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) stage(tx *store.Tx, o model.Object, n int, make func(int) any) error {
	pass, err := tx.BeginReading(o)
	if err != nil {
		return err
	}
	page := store.Page{Object: o, Pass: pass.Pass, Next: "end"}
	for i := range n {
		raw, err := json.Marshal(make(i))
		if err != nil {
			return err
		}
		page.Records = append(page.Records, model.Record{Key: model.Key{Object: o, ID: fmt.Sprint(i)}, Raw: raw})
	}
	if _, err := tx.StagePage(page); err != nil {
		return err
	}
	_, err = tx.EndReading(o)
	return err
}

func (w world) file(name string, b []byte) {
	w.t.Helper()
	at := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(at, b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) input() backup.Input {
	return backup.Input{
		Dir: w.dir, DB: w.db, Blobs: w.blobs, About: backup.About{Made: "2026-11-21T12:00:00.000Z", Project: "p1", Name: "Kestrelmoor"},
		Inventory: map[string]any{"objects": 2}, Rules: 3, Schemas: []string{"source"},
	}
}

// must writes a backup that has to succeed.
func (w world) must(to backup.Place, name string, o backup.Options) backup.Result {
	w.t.Helper()
	res, err := backup.Write(context.Background(), w.input(), to, name, o, job.New("backup"))
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// noise is content that no compressor makes smaller; the same for the same seed.
func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // the same bytes each time
	b := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		x := r.Uint64()
		for j := range 8 {
			b[i+j] = byte(x >> (8 * j))
		}
	}
	return b
}
