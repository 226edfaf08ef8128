package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func write(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func record(o model.Object, id, raw string, links ...model.Link) model.Record {
	return model.Record{Key: model.Key{Object: o, ID: id}, Raw: []byte(raw), Links: links}
}

func stage(t testing.TB, db *store.DB, p store.Page) store.Staged {
	t.Helper()
	var s store.Staged
	write(t, db, func(tx *store.Tx) error {
		r, err := tx.Reading(p.Object)
		if err != nil {
			return err
		}
		if r.Pass == 0 {
			if r, err = tx.BeginReading(p.Object); err != nil {
				return err
			}
		}
		p.Pass = r.Pass
		s, err = tx.StagePage(p)
		return err
	})
	return s
}

func manifest(t testing.TB, db *store.DB, o model.Object) model.Manifest {
	t.Helper()
	var out model.Manifest
	if err := db.Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Object == o {
				out = m
			}
		}
		again, err := tx.Recount(o)
		if err != nil {
			return err
		}
		again.Target = out.Target
		if again != out {
			return fmt.Errorf("kept accounts %+v, counted %+v", out, again)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStage_P03_overlappingPagesGiveOneRecord(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{record(model.Ticket, "1", `{"a":"x"}`), record(model.Ticket, "2", `{}`)}})
	s := stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{record(model.Ticket, "2", `{}`), record(model.Ticket, "3", `{}`)}})
	if s.New != 1 || s.Again != 1 {
		t.Errorf("second page: %+v, want 1 new and 1 seen again", s)
	}
	if m := manifest(t, db, model.Ticket); m.Source != 3 || m.Pending != 3 || !m.Adds() {
		t.Errorf("manifest %+v, want 3 pending", m)
	}
}

func TestStage_repeatedKeysAreAccountedFor(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{Object: model.Contact, Count: true, Records: []model.Record{
		record(model.Contact, "7", `{"n":"Ann"}`), record(model.Contact, "7", `{"n":"Ann"}`), record(model.Contact, "7", `{"n":"Bob"}`),
	}})
	m := manifest(t, db, model.Contact)
	if m.Source != 3 || m.Pending != 1 || m.Merged != 1 || m.Held != 1 {
		t.Errorf("manifest %+v, want 1 pending, 1 merged, 1 held", m)
	}
}

func TestStage_laterRowsReplace(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{Object: model.Ticket, Replace: true, Records: []model.Record{record(model.Ticket, "1", `{"s":"new"}`), record(model.Ticket, "1", `{"s":"closed"}`)}})
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		r, err := tx.Record(model.Key{Object: model.Ticket, ID: "1"})
		if err == nil && string(r.Record.Raw) != `{"s":"closed"}` {
			err = fmt.Errorf("raw %s", r.Record.Raw)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFilter_brokenLinkAndFields(t *testing.T) {
	db := open(t)
	link := func(id string) model.Link {
		return model.Link{Role: "who", To: []model.Ref{{Object: model.Contact, Value: id}, {Object: model.Agent, By: "mail", Value: id}}}
	}
	write(t, db, func(tx *store.Tx) error {
		for _, o := range []model.Object{model.Contact, model.Agent, model.Ticket} {
			if _, err := tx.BeginReading(o); err != nil {
				return err
			}
		}
		return nil
	})
	stage(t, db, store.Page{Object: model.Contact, Records: []model.Record{record(model.Contact, "c1", `{}`)}})
	stage(t, db, store.Page{Object: model.Agent, Records: []model.Record{record(model.Agent, "a1", `{}`)}, Aliases: []map[string]string{{"mail": " Ann@X.example "}}})
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{
		record(model.Ticket, "1", `{"s":" ","n":{"x":1}}`, link("c1")), record(model.Ticket, "2", `{"s":"open"}`, link("ANN@x.example")), record(model.Ticket, "3", `{"s":""}`, link("nobody")),
	}})
	count := func(f store.Filter) (n int64) {
		f.Object = model.Ticket
		if err := db.Read(context.Background(), func(tx *store.Tx) (err error) { n, err = tx.Count(f); return err }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		name string
		f    store.Filter
		want int64
	}{
		{"broken link", store.Filter{Field: "who", Op: "broken_link"}, 1},
		{"linked", store.Filter{Field: "who", Op: "linked"}, 3},
		{"equals", store.Filter{Field: "s", Op: "equals", Value: "open"}, 1},
		{"blank", store.Filter{Field: "s", Op: "blank"}, 1},
		{"empty", store.Filter{Field: "s", Op: "empty"}, 1},
		{"filled", store.Filter{Field: "s", Op: "filled"}, 1},
		{"nested", store.Filter{Field: "n.x", Op: "equals", Value: "1"}, 1},
		{"text", store.Filter{Text: "OPEN"}, 1},
	} {
		if got := count(c.f); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		got, err := tx.LinkCounts(model.Ticket)
		if err == nil && (len(got) != 1 || got[0].Linked != 3 || got[0].Broken != 1) {
			err = fmt.Errorf("link counts %+v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDecision_canBeTakenBack(t *testing.T) {
	db := open(t)
	who := model.Person{Name: "Ann", Role: "lead"}
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{record(model.Ticket, "1", `{}`), record(model.Ticket, "2", `{}`)}})
	var d store.Decision
	write(t, db, func(tx *store.Tx) (err error) {
		d, err = tx.Decide(store.Decision{By: who, Rule: "leave_out.ticket.spam", Does: "leave_out", Object: model.Ticket, Why: "spam"}, model.LeftOut, []store.Hit{{Seq: 1}})
		return err
	})
	if m := manifest(t, db, model.Ticket); m.LeftOut != 1 || m.Pending != 1 {
		t.Fatalf("manifest %+v", m)
	}
	write(t, db, func(tx *store.Tx) error { return tx.Undo(d.ID, who) })
	if m := manifest(t, db, model.Ticket); m.Pending != 2 {
		t.Fatalf("after undo: %+v", m)
	}
	err := db.Write(context.Background(), func(tx *store.Tx) error { return tx.Undo(d.ID, who) })
	if !problem.Is(err, "decision.undone") {
		t.Errorf("second undo: %v", err)
	}
}

func TestAudit_chainShowsTampering(t *testing.T) {
	db := open(t)
	for i := range 5 {
		write(t, db, func(tx *store.Tx) error {
			return tx.Audit(model.Person{Name: "Ann"}, "test", map[string]int{"i": i})
		})
	}
	verify := func() error {
		return db.Read(context.Background(), func(tx *store.Tx) error { return tx.VerifyAudit() })
	}
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(context.Background(), `UPDATE audit SET name = 'Eve' WHERE n = 3`)
		return err
	})
	if err == nil {
		t.Fatal("an audit line could be changed")
	}
	write(t, db, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(context.Background(), `DROP TRIGGER audit_fixed`); err != nil {
			return err
		}
		_, err := tx.ExecContext(context.Background(), `UPDATE audit SET name = 'Eve' WHERE n = 3`)
		return err
	})
	if err := verify(); !problem.Is(err, "audit.broken") {
		t.Errorf("tampering was not seen: %v", err)
	}
}

func TestDB_stoppingIsNoFailure(t *testing.T) {
	db := open(t)
	for name, last := range map[string]func(*store.Tx, *sql.Stmt) error{
		"just before the end": func(*store.Tx, *sql.Stmt) error { return nil },
		"before one more statement": func(_ *store.Tx, again *sql.Stmt) error {
			_, err := again.Exec()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			err := db.Write(ctx, func(tx *store.Tx) error {
				again, err := tx.Prepare("SELECT 1")
				if err != nil {
					return err
				}
				stop()
				// The transaction is taken back behind our back: only then is it over.
				for {
					if _, err := tx.Exec("SELECT 1"); errors.Is(err, sql.ErrTxDone) {
						return last(tx, again)
					}
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("stopped by a person, and said: %v", err)
			}
		})
	}
}

// A list of records has the content of each: none is overwritten by the next one that is read.
func TestRecords_keepTheirContent(t *testing.T) {
	db := open(t)
	var page store.Page
	for i := range 50 {
		page.Records = append(page.Records, record(model.Ticket, fmt.Sprint(i), fmt.Sprintf(`{"n":%d}`, i)))
	}
	page.Object = model.Ticket
	stage(t, db, page)
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: model.Ticket}, 0, 100)
		for i, r := range rows {
			if want := fmt.Sprintf(`{"n":%d}`, i); string(r.Record.Raw) != want {
				t.Errorf("record %d is %s, want %s", i, r.Record.Raw, want)
			}
		}
		if len(rows) != 50 {
			t.Errorf("%d of 50 records", len(rows))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
