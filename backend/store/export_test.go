package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"testing"
	"time"

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

// ForgetDeep lets a benchmark match again.
func (tx *Tx) ForgetDeep() error {
	_, err := tx.exec(`DELETE FROM check_deep`)
	return err
}

// PlainMerge is what a check is measured by: two tables of marks and hashes, each in the order
// of the marks, joined once.
func PlainMerge(ctx context.Context, path string, n int, mark func(int) string, hash func(int) int64, planted func(int) bool) (took time.Duration, err error) {
	db, err := open(dsn(path, false))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, t := range []string{"want", "got"} {
		if _, err := db.ExecContext(ctx, `CREATE TABLE `+t+` (mark TEXT PRIMARY KEY, hash INTEGER NOT NULL) STRICT, WITHOUT ROWID`); err != nil {
			return 0, err
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		s, err := tx.PrepareContext(ctx, `INSERT INTO `+t+` VALUES (?, ?) ON CONFLICT DO NOTHING`)
		if err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
		for i := range n {
			h := hash(i)
			if t == "got" && planted(i) {
				h++
			}
			if _, err := s.ExecContext(ctx, mark(i), h); err != nil {
				return 0, errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	apart := 0
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM want w LEFT JOIN got g ON g.mark = w.mark WHERE g.hash IS NOT w.hash`).Scan(&apart)
	return time.Since(began), err
}
