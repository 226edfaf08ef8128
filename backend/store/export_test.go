package store

import (
	"context"
	"database/sql"
	"io/fs"
	"testing"

	"github.com/pressly/goose/v3"
)

// LimitPages bounds the files that are opened during a test, as a full disk would.
func LimitPages(t testing.TB, n int64) {
	t.Helper()
	maxPages = n
	t.Cleanup(func() { maxPages = 0 })
}

// OpenAt makes a project file as an earlier version of the program would have.
func OpenAt(t testing.TB, path string, version int64) *sql.DB {
	t.Helper()
	w, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		t.Fatal(err)
	}
	w.SetMaxOpenConns(1)
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, w, sub)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(context.Background(), version); err != nil {
		t.Fatal(err)
	}
	return w
}

// Newest is the version of the newest migration.
func Newest() int64 { return newest() }

// Statements gives what the page of a filter runs, with its values.
func (tx *Tx) Statements(f Filter, after int64, n int) (string, []any, error) {
	cond, args, err := tx.where(f)
	return `SELECT ` + rowColumns + ` FROM rec r WHERE ` + cond + ` AND r.seq > ? ORDER BY r.seq LIMIT ?`, append(args, after, n), err
}

// Prepared lists the statements that a transaction has run so far.
func (tx *Tx) Prepared() []string {
	out := []string{}
	for q := range tx.stmts {
		out = append(out, q)
	}
	return out
}
