package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// keptStatements bounds what one connection keeps ready.
const keptStatements = 128

// open opens a pool whose connections keep their statements ready from one transaction
// to the next: understanding the ten statements of a commit costs more than the commit.
func open(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeper{c}), nil
}

type keeper struct{ driver.Connector }

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(wholeConn)
	if !ok {
		return nil, errors.Join(errors.New("the driver's connections are not what they were"), c.Close())
	}
	return &keepingConn{wholeConn: whole, kept: map[string]wholeStmt{}}, nil
}

// wholeConn and wholeStmt are all that database/sql uses of the driver's own ones.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type wholeStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keepingConn is used by one goroutine at a time, which database/sql sees to.
type keepingConn struct {
	wholeConn
	// kept are ready and not in use.
	kept   map[string]wholeStmt
	closed bool
}

// PrepareContext gives a statement that is ready, or makes one.
func (c *keepingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return &keptStmt{s, c, query}, nil
	}
	s, err := c.wholeConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if whole, ok := s.(wholeStmt); ok {
		return &keptStmt{whole, c, query}, nil
	}
	return s, nil
}

// Close ends the statements that are kept, then the connection.
func (c *keepingConn) Close() error {
	c.closed = true
	var err error
	for q, s := range c.kept {
		err = errors.Join(err, s.Close())
		delete(c.kept, q)
	}
	return errors.Join(err, c.wholeConn.Close())
}

type keptStmt struct {
	wholeStmt
	c     *keepingConn
	query string
}

// Close keeps the statement for its next use.
func (s *keptStmt) Close() error {
	if _, twice := s.c.kept[s.query]; twice || s.c.closed || len(s.c.kept) >= keptStatements {
		return s.wholeStmt.Close()
	}
	s.c.kept[s.query] = s.wholeStmt
	return nil
}
