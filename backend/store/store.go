// Package store is the only code that speaks SQL. A DB is one project's file:
// staged records with their links and fates, the mapping's versions, plans,
// the ledger of what was sent, checks, approvals and the audit trail. Its
// methods are named in the words of the product.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"waybill/backend/model"
	"waybill/backend/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Codes of this package.
const (
	CodeDiskFull  problem.Code = "store.disk_full"
	CodeDiskFails problem.Code = "store.disk_fails"
	CodeReadOnly  problem.Code = "store.read_only"
	CodeBusy      problem.Code = "store.in_use"
	CodeDamaged   problem.Code = "store.damaged"
	CodeNewer     problem.Code = "store.newer"
	CodeNotFound  problem.Code = "store.not_found"
	CodeNoProject problem.Code = "store.not_a_project"
)

// DB is one project file: one writer at a time, many readers.
type DB struct {
	path string
	w, r *sql.DB

	mu      sync.Mutex
	objects map[model.Object]int64
	names   map[int64]model.Object
}

// maxPages bounds the file in tests of a full disk; 0 is no bound.
var maxPages int64

// Open opens a project file, or makes it. An older file is migrated after a
// backup beside it; a newer one is refused (invariant 16).
func Open(ctx context.Context, path string) (*DB, error) {
	fresh := false
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() == 0) {
		fresh = true
	}
	if !fresh {
		if err := peek(ctx, path); err != nil {
			return nil, err
		}
	}
	w, err := open(dsn(path, false))
	if err != nil {
		return nil, plain(err)
	}
	w.SetMaxOpenConns(1)
	db := &DB{path: path, w: w, objects: map[model.Object]int64{}, names: map[int64]model.Object{}}
	if err := db.migrate(ctx, fresh); err != nil {
		_ = w.Close() // the first error is the one to tell
		return nil, err
	}
	r, err := open(dsn(path, true))
	if err != nil {
		_ = w.Close()
		return nil, plain(err)
	}
	r.SetMaxOpenConns(4)
	db.r = r
	if err := db.loadObjects(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// dsn carries the settings of every connection: they must stand in the
// connection string, because a statement would reach only one pooled connection.
func dsn(path string, reading bool) string {
	q := url.Values{}
	add := func(p string) { q.Add("_pragma", p) }
	add("busy_timeout(10000)")
	add("page_size(16384)")
	add("journal_mode(WAL)")
	add("synchronous(FULL)")
	add("foreign_keys(ON)")
	add("temp_store(FILE)")
	if reading {
		add("query_only(ON)")
		add("cache_size(-8192)")
	} else {
		add("cache_size(-32768)")
		q.Set("_txlock", "immediate")
		if maxPages > 0 {
			add(fmt.Sprintf("max_page_count(%d)", maxPages))
		}
	}
	return "file:" + filepath.ToSlash(path) + "?" + q.Encode()
}

func (db *DB) migrate(ctx context.Context, fresh bool) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.w, sub)
	if err != nil {
		return plain(err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return plain(err)
	}
	switch {
	case current == target:
		return nil
	case !fresh && current > 0:
		if err := db.backup(ctx, fmt.Sprintf("%s.before-%d", db.path, target)); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return plain(err)
	}
	return nil
}

// backup writes a whole copy of the file. It is SQLite that copies: what an earlier
// crash left in the log beside the file must come along.
func (db *DB) backup(ctx context.Context, to string) error {
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := db.w.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return plain(err)
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	return os.Rename(part, to)
}

// peek looks at an existing file without changing a byte of it: what is not a
// project, or is a newer one, is refused as it is.
func peek(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(ON)")
	if err != nil {
		return plain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('rec', 'goose_db_version')`).Scan(&tables); err != nil {
		return plain(err)
	}
	if tables != 2 {
		return problem.New(CodeNoProject, "This file is not a Waybill project.",
			"Its contents are something else, so nothing was changed in it.", "Choose a folder whose name ends in .waybill.")
	}
	var current int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&current); err != nil {
		return plain(err)
	}
	if current > newest() {
		return problem.New(CodeNewer, "This project was made by a newer Waybill.",
			"This version cannot read it safely, so it was left untouched.", "Update Waybill on this computer, then open the project again.")
	}
	return nil
}

// newest is the version of the last migration that this program knows.
func newest() (last int64) {
	files, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return 0 // an embedded folder can always be read
	}
	for _, f := range files {
		if n, err := goose.NumericComponent(f.Name()); err == nil {
			last = max(last, n)
		}
	}
	return last
}

// Close ends all use of the file.
func (db *DB) Close() error {
	var err error
	if db.r != nil {
		err = db.r.Close()
	}
	if e := db.w.Close(); err == nil {
		err = e
	}
	return err
}

// Tx is one transaction, in the words of the product.
type Tx struct {
	*sql.Tx
	db  *DB
	ctx context.Context
	// stmts are prepared once per transaction.
	stmts map[string]*sql.Stmt
	fresh []model.Object
}

// Read calls fn with a steady view of the file. Many may read at once.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.do(ctx, db.r, fn)
}

// Write calls fn; all of what it does is kept, or none of it. One at a time.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.do(ctx, db.w, fn)
}

func (db *DB) do(ctx context.Context, pool *sql.DB, fn func(*Tx) error) (err error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return plain(stopped(ctx, err))
	}
	t := &Tx{Tx: tx, db: db, ctx: ctx, stmts: map[string]*sql.Stmt{}}
	done := false
	defer func() {
		if !done {
			_ = tx.Rollback() // the error of fn, or its panic, is the one to tell
			db.forget(t.fresh)
		}
	}()
	if err := fn(t); err != nil {
		return plain(stopped(ctx, err))
	}
	if err := tx.Commit(); err != nil {
		return plain(stopped(ctx, err))
	}
	done = true
	return nil
}

// stopped says of an error that it came of being asked to stop: SQLite and database/sql
// have words of their own for that (interrupted, transaction done, statement or rows
// closed), and a stop asked for is no failure. A full or damaged disk still is.
func stopped(ctx context.Context, err error) error {
	why := ctx.Err()
	if why == nil || errors.Is(err, why) {
		return err
	}
	var p *problem.Problem
	var se *sqlite.Error
	if errors.As(err, &p) || errors.As(err, &se) && se.Code()&0xff != sqlitelib.SQLITE_INTERRUPT {
		return err
	}
	return errors.Join(why, err)
}

// exec runs a statement that is prepared once per transaction.
func (tx *Tx) exec(q string, args ...any) (sql.Result, error) {
	s, err := tx.stmt(q)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(tx.ctx, args...)
}

// manyAtOnce bounds the rows of one statement; execMany makes ever fewer of the rest, so that
// few different statements are kept ready.
const manyAtOnce = 64

// execMany runs a statement, head rows tail, for n rows: many at once, because beginning a
// statement costs more than a row of it. Their values stand behind those that all have in
// common, ?1 and on.
func (tx *Tx) execMany(head, row, tail string, common []any, n int, values func(args []any, i int) []any) error {
	size := manyAtOnce
	for done := 0; done < n; done += size {
		for size > n-done {
			size /= 4
		}
		args := slices.Clone(common)
		for i := range size {
			args = values(args, done+i)
		}
		if _, err := tx.exec(head+strings.Repeat(row+", ", size-1)+row+tail, args...); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) row(q string, args ...any) *sql.Row {
	s, err := tx.stmt(q)
	if err != nil {
		return tx.QueryRowContext(tx.ctx, q, args...) // gives the same error at Scan
	}
	return s.QueryRowContext(tx.ctx, args...)
}

func (tx *Tx) rows(q string, args ...any) (*sql.Rows, error) {
	s, err := tx.stmt(q)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(tx.ctx, args...)
}

func (tx *Tx) stmt(q string) (*sql.Stmt, error) {
	if s, ok := tx.stmts[q]; ok {
		return s, nil
	}
	s, err := tx.PrepareContext(tx.ctx, q)
	if err != nil {
		return nil, err
	}
	tx.stmts[q] = s
	return s, nil
}

// collect reads all rows of a query.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) (out []T, _ error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out = []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func (db *DB) loadObjects(ctx context.Context) error {
	rows, err := db.r.QueryContext(ctx, `SELECT id, name FROM object`)
	type pair struct {
		id   int64
		name model.Object
	}
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.id, &p.name) })
	if err != nil {
		return plain(err)
	}
	for _, p := range all {
		db.objects[p.name], db.names[p.id] = p.id, p.name
	}
	return nil
}

func (db *DB) forget(names []model.Object) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, n := range names {
		delete(db.names, db.objects[n])
		delete(db.objects, n)
	}
}

// objectID gives an object's number; -1 for one that was never staged, when create is false.
func (tx *Tx) objectID(o model.Object, create bool) (int64, error) {
	tx.db.mu.Lock()
	id, ok := tx.db.objects[o]
	tx.db.mu.Unlock()
	if ok {
		return id, nil
	}
	if !create {
		return -1, nil
	}
	err := tx.QueryRowContext(tx.ctx, `INSERT INTO object (name) VALUES (?) RETURNING id`, string(o)).Scan(&id)
	if err != nil {
		return 0, err
	}
	tx.db.mu.Lock()
	tx.db.objects[o], tx.db.names[id] = id, o
	tx.db.mu.Unlock()
	tx.fresh = append(tx.fresh, o)
	return id, nil
}

func (tx *Tx) objectName(id int64) model.Object {
	tx.db.mu.Lock()
	defer tx.db.mu.Unlock()
	return tx.db.names[id]
}

// Objects lists the objects that have staged records, in loading order.
func (tx *Tx) Objects() ([]model.Object, error) {
	rows, err := tx.rows(`SELECT object FROM tally GROUP BY object HAVING sum(n) > 0`)
	ids, err := collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, err
	}
	have := map[model.Object]bool{}
	for _, id := range ids {
		have[tx.objectName(id)] = true
	}
	out := []model.Object{}
	for _, o := range model.Known() {
		if have[o] {
			out = append(out, o)
			delete(have, o)
		}
	}
	rest := []model.Object{}
	for o := range have {
		rest = append(rest, o)
	}
	sortObjects(rest)
	return append(out, rest...), nil
}

// plain turns SQLite's errors into problems that a person can act on.
func plain(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	var p *problem.Problem
	if errors.As(err, &p) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlitelib.SQLITE_FULL:
		return problem.Wrap(err, CodeDiskFull, "The disk is full.",
			"The last step was not saved, everything before it was. Nothing is half-written.",
			"Free some space on the disk that holds the project, then press Resume.")
	case sqlitelib.SQLITE_IOERR:
		return diskFails(err, se.Code())
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_PERM:
		return problem.Wrap(err, CodeReadOnly, "Waybill may not write to the project's folder.",
			"Without that it cannot keep its accounts, so it does not start.",
			"Move the project to a folder of your own, or ask for the right to write there.")
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return problem.Wrap(err, CodeBusy, "Another program is using this project.",
			"Two programs writing at once could disagree, so this one waits its turn.",
			"Close the other window or program that has the project open, then try again.")
	case sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB:
		return problem.Wrap(err, CodeDamaged, "The project's file is damaged.",
			"It cannot be trusted any more, so Waybill stopped before changing it.",
			"Restore the project from its last backup.")
	}
	return err
}

// diskFails tells a disk that takes no more from one that fails. SQLite says that the
// disk is full only for one of the errors of the operating system that mean it: a quota
// that is used up, and the largest file that a disk can have, are errors of writing.
func diskFails(err error, code int) error {
	switch code {
	case sqlitelib.SQLITE_IOERR_WRITE, sqlitelib.SQLITE_IOERR_TRUNCATE, sqlitelib.SQLITE_IOERR_SHMSIZE, sqlitelib.SQLITE_IOERR_SHMMAP:
		return problem.Wrap(err, CodeDiskFull, "The disk takes nothing more.",
			"It is full, or what you may use of it is used up. The last step was not saved, everything before it was. Nothing is half-written.",
			"Free some space on the disk that holds the project, then press Resume. If there is enough, look whether the disk is damaged.")
	}
	return problem.Wrap(err, CodeDiskFails, "The disk did not keep what was written.",
		"It reported an error of its own, so the last step does not count as saved; everything before it is safe.",
		"Look whether the disk, its cable or the network drive works. Better move the project to another disk, then press Resume.")
}
