package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"waybill/backend/problem"
)

// sqlRows reads the rows that a dump inserts into one table.
type sqlRows struct {
	*sqlStream
	*columnsOf
	table  *Table
	src    io.Closer
	inside bool  // between the tuples of one statement
	order  []int // the statement's columns
	number int64
	over   bool
}

func (t *Table) openSQLStream(ctx context.Context) (io.Closer, *sqlStream, error) {
	src, stream, err := t.openText(ctx, 0)
	if err != nil {
		return nil, nil, err
	}
	stream.r = bufio.NewReaderSize(stream.r, 1<<16)
	s := &sqlStream{jsonStream: stream}
	head, err := stream.r.Peek(1 << 15)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, errors.Join(err, src.Close())
	}
	s.backslash = bytes.Contains(head, []byte("MySQL")) || bytes.Contains(head, []byte("MariaDB")) || bytes.Contains(head, []byte("ENGINE="))
	return src, s, nil
}

func openSQL(ctx context.Context, t *Table, at position) (rows, error) {
	src, s, err := t.openSQLStream(ctx)
	if err != nil {
		return nil, err
	}
	r := &sqlRows{sqlStream: s, columnsOf: newColumnsOf(t), table: t, src: src}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), r.Close())
	}
	return r, nil
}

// Next gives the next row that the dump inserts into the table.
func (r *sqlRows) Next() (*row, error) {
	for {
		if r.over {
			return nil, io.EOF
		}
		if r.inside {
			return r.tuple()
		}
		kind, t, err := r.statement()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil && t.name != "" && t.name != r.table.Part {
			if err := r.skip(); err != nil { // it is held in the table that it belongs to
				r.over = true
			}
			continue
		}
		if err != nil {
			return r.cut(err)
		}
		if kind != "insert" {
			continue
		}
		if t.name != r.table.Part {
			if err := r.skip(); err != nil && !errors.Is(err, io.EOF) {
				return r.cut(err)
			}
			continue
		}
		r.inside, r.order = true, r.order[:0]
		for _, n := range t.columns {
			r.order = append(r.order, r.index(n))
		}
		if len(t.columns) == 0 {
			for i := range r.list {
				r.order = append(r.order, i)
			}
		}
	}
}

// tuple reads one row in brackets and what follows it.
func (r *sqlRows) tuple() (*row, error) {
	if err := r.enter('('); err != nil {
		return r.cut(err)
	}
	var values []string
	for {
		v, err := r.value()
		if err != nil {
			return r.cut(err)
		}
		values = append(values, v)
		if err := r.space(); err != nil {
			return r.cut(err)
		}
		c, err := r.read()
		if err != nil {
			return r.cut(err)
		}
		if c == ')' {
			break
		}
		if c != ',' {
			return r.cut(fmt.Errorf("found %q between values", c))
		}
	}
	if err := r.space(); errors.Is(err, io.EOF) {
		r.over = true
	} else if err != nil {
		return r.cut(err)
	} else if r.peekAt(0) == ',' {
		_, _ = r.read() // another tuple follows
	} else {
		r.inside = false
		if err := r.skip(); err != nil && !errors.Is(err, io.EOF) {
			return r.cut(err)
		}
	}
	r.number++
	out := &row{line: r.number, end: r.offset, cells: make([]string, len(r.list))}
	if len(values) != len(r.order) {
		out.raw, out.why = clip([]byte(strings.Join(values, ", "))), wrongWidth(r.table, r.number, len(values), len(r.order))
		return out, nil
	}
	for i, v := range values {
		if !utf8.ValidString(v) {
			out.raw = clip([]byte(strings.Join(values, ", ")))
			out.why = problem.New(codeBytes, fmt.Sprintf("%s has characters that cannot be read.", upper(r.table.place(r.number))),
				"Some of its bytes are not text.", "Correct it in the file and read it again, or leave this row out.").At(r.table.where(r.number))
			return out, nil
		}
		out.cells[r.order[i]] = v
	}
	return out, nil
}

// cut holds what is left when a statement breaks off, and goes on after it.
func (r *sqlRows) cut(err error) (*row, error) {
	if isProblem(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	r.inside = false
	r.number++
	out := &row{line: r.number, end: r.offset, raw: []byte{}}
	out.why = problem.Wrap(err, codeSQL, fmt.Sprintf("%s cannot be read.", upper(r.table.place(r.number))),
		fmt.Sprintf("The statement near line %d of the dump does not fit together.", r.line),
		"Make the dump again, or leave this row out.").At(r.table.where(r.line))
	if err := r.skip(); err != nil {
		r.over = true
	}
	return out, nil
}

func (r *sqlRows) names() []string { return r.list }

func (r *sqlRows) Close() error { return r.src.Close() }

// sql finds the tables of a dump.
func (in *inspector) sql(t Table) error {
	t.Kind = KindSQL
	tables, err := in.dumped(&t)
	if err != nil {
		return in.refuse(t.content(), err)
	}
	if len(tables) == 0 {
		return in.refuse(t.content(), unsupported(t.File, t.Name, "an SQL dump without INSERT statements",
			"Make the dump with INSERT statements, or export the tables as CSV."))
	}
	for _, x := range tables {
		p := t
		p.Notes = append([]Note{}, t.Notes...)
		p.Part, p.Name = x.name, t.Name+" / "+x.name
		p.HeaderRow = 0
		names, _ := columnNames(x.columns, len(x.columns))
		p.Columns = []Column{}
		for _, n := range names {
			p.Columns = append(p.Columns, newColumn(n))
		}
		if err := in.keep(p); err != nil {
			return err
		}
	}
	return nil
}

// dumped lists the tables of a dump in order.
func (in *inspector) dumped(t *Table) ([]sqlTable, error) {
	src, s, err := t.openSQLStream(in.ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }() // only read from
	var out []sqlTable
	at := map[string]int{}
	for {
		kind, x, err := s.statement()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && !isProblem(err) {
			return out, nil // what breaks off is held when its table is read
		}
		if err != nil {
			if isProblem(err) || in.ctx.Err() != nil {
				return nil, err
			}
			if err := s.skip(); err != nil {
				return out, nil // what breaks off is held when its table is read
			}
			continue
		}
		if kind == "" {
			continue
		}
		if _, known := at[x.name]; !known && (kind == "create" || kind == "insert") {
			at[x.name] = len(out)
			out = append(out, x)
		}
		if kind == "insert" {
			if err := s.skip(); err != nil && !errors.Is(err, io.EOF) {
				return out, nil // what breaks off is held when its table is read
			}
		}
	}
}
