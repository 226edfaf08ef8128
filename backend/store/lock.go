package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"path/filepath"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"waybill/backend/problem"
)

// Lock makes this program the only owner of a project. The lock is the operating
// system's own, held through a small database, so it falls with the program,
// also when that is killed.
func Lock(ctx context.Context, path string) (io.Closer, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_pragma=busy_timeout(300)&_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(DELETE)")
	if err != nil {
		return nil, plain(err)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS owner (pid INTEGER); BEGIN EXCLUSIVE; DELETE FROM owner; COMMIT`); err != nil {
		_ = db.Close() // the first error is the one to tell
		var se *sqlite.Error
		if errors.As(err, &se) && (se.Code()&0xff == sqlitelib.SQLITE_BUSY || se.Code()&0xff == sqlitelib.SQLITE_LOCKED) {
			return nil, problem.Wrap(err, CodeBusy, "This project is already open.",
				"Two windows writing at once could disagree about what was moved.", "Use the window that has it open, or close it first.")
		}
		return nil, plain(err)
	}
	return db, nil
}
