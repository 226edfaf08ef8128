package files

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"waybill/backend/problem"
)

// A dump is never executed: only its INSERT statements are read, tolerantly.

var sqlStart = regexp.MustCompile(`(?is)\A(\s|--[^\n]*\n|#[^\n]*\n|/\*.*?\*/;?)*(pragma|begin|create|insert|drop|set|lock|start|use)\b`)
var sqlBody = regexp.MustCompile(`(?i)\b(create\s+table|insert\s+(or\s+\w+\s+)?into)\b`)

func looksSQL(first []byte) bool {
	head := first[:min(len(first), 1<<16)]
	return sqlStart.Match(head) && sqlBody.Match(head)
}

// sqlStream reads a dump token by token.
type sqlStream struct {
	*jsonStream
	backslash bool // MySQL: a backslash in a text escapes what follows
}

func (s *sqlStream) peekAt(i int) byte {
	b, err := s.r.Peek(i + 1)
	if err != nil {
		return 0
	}
	return b[i]
}

// space passes over white space and comments. io.EOF at the end.
func (s *sqlStream) space() error {
	for {
		c, err := s.peek()
		if err != nil {
			return err
		}
		switch {
		case c == '-' && s.peekAt(1) == '-', c == '#':
			if err := s.until("\n"); err != nil {
				return err
			}
		case c == '/' && s.peekAt(1) == '*':
			if err := s.until("*/"); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (s *sqlStream) until(end string) error {
	matched := 0
	for matched < len(end) {
		c, err := s.read()
		if err != nil {
			return err
		}
		switch c {
		case end[matched]:
			matched++
		case end[0]:
			matched = 1
		default:
			matched = 0
		}
	}
	return nil
}

// word reads a keyword or a name, quoted in any of the usual ways.
func (s *sqlStream) word() (string, error) {
	if err := s.space(); err != nil {
		return "", err
	}
	c := s.peekAt(0)
	closing := map[byte]byte{'"': '"', '`': '`', '[': ']'}[c]
	var b []byte
	if closing != 0 {
		_, _ = s.read() // it was just seen
		for {
			c, err := s.read()
			if err != nil {
				return "", err
			}
			if c == closing {
				if s.peekAt(0) != closing || closing == ']' {
					return string(b), nil
				}
				_, _ = s.read() // a doubled quote stands for itself
			}
			if b = append(b, c); len(b) > 1<<12 {
				return "", errors.New("a name is too long")
			}
		}
	}
	for {
		c := s.peekAt(0)
		if !(c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			return string(b), nil
		}
		_, _ = s.read() // it was just seen
		if b = append(b, c); len(b) > 1<<12 {
			return "", errors.New("a name is too long")
		}
	}
}

// name reads a table's name; a schema before it is dropped.
func (s *sqlStream) name() (string, error) {
	n, err := s.word()
	for err == nil && s.peekAt(0) == '.' {
		_, _ = s.read() // the dot
		n, err = s.word()
	}
	return n, err
}

// skip passes over the rest of a statement.
func (s *sqlStream) skip() error {
	for {
		if err := s.space(); err != nil {
			return err
		}
		c, err := s.read()
		if err != nil {
			return err
		}
		switch c {
		case ';':
			return nil
		case '\'', '"', '`':
			if _, err := s.text(c, false); err != nil {
				return err
			}
		}
	}
}

// text reads a quoted text whose opening quote was read.
func (s *sqlStream) text(quote byte, keep bool) ([]byte, error) {
	var b []byte
	put := func(c byte) error {
		if keep {
			if b = append(b, c); len(b) > maxRow {
				return errTooLong
			}
		}
		return nil
	}
	for {
		c, err := s.read()
		if err != nil {
			return b, io.ErrUnexpectedEOF
		}
		switch {
		case c == quote && s.peekAt(0) == quote:
			_, _ = s.read() // a doubled quote stands for itself
		case c == quote:
			return b, nil
		case c == '\\' && s.backslash:
			if c, err = s.read(); err != nil {
				return b, io.ErrUnexpectedEOF
			}
			switch c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case '0':
				c = 0
			}
		}
		if err := put(c); err != nil {
			return b, err
		}
	}
}

// value reads one value of a tuple and stays before the comma or bracket.
func (s *sqlStream) value() (string, error) {
	if err := s.space(); err != nil {
		return "", err
	}
	c := s.peekAt(0)
	next := s.peekAt(1)
	if (c|0x20 == 'x' || c|0x20 == 'n' || c|0x20 == 'e') && next == '\'' {
		_, _ = s.read() // the letter
		_, _ = s.read() // the quote
		b, err := s.text('\'', true)
		if c|0x20 == 'x' && err == nil {
			if raw, hexErr := hex.DecodeString(string(b)); hexErr == nil && utf8.Valid(raw) {
				return string(raw), nil
			}
		}
		return string(b), err
	}
	if c == '\'' || c == '"' {
		_, _ = s.read() // the quote
		b, err := s.text(c, true)
		return string(b), err
	}
	var b []byte
	depth := 0
	for {
		c := s.peekAt(0)
		if c == 0 {
			return string(b), io.ErrUnexpectedEOF
		}
		if depth == 0 && (c == ',' || c == ')') || c == ';' {
			v := strings.TrimSpace(string(b))
			if strings.EqualFold(v, "null") {
				return "", nil
			}
			return v, nil
		}
		_, _ = s.read() // it was just seen
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case '\'':
			inner, err := s.text('\'', true)
			if err != nil {
				return "", err
			}
			b = append(append(append(b, '\''), inner...), '\'')
			continue
		}
		if b = append(b, c); len(b) > 1<<16 {
			return "", errors.New("a value is too long")
		}
	}
}

// names reads a list of names in brackets, after the opening one.
func (s *sqlStream) names() ([]string, error) {
	var out []string
	for {
		n, err := s.word()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if err := s.space(); err != nil {
			return nil, err
		}
		c, err := s.read()
		if err != nil {
			return nil, err
		}
		switch c {
		case ')':
			return out, nil
		case ',':
		default:
			return nil, fmt.Errorf("found %q in a list of names", c)
		}
	}
}

// define reads the columns of CREATE TABLE, after its opening bracket.
func (s *sqlStream) define() ([]string, error) {
	var out []string
	for {
		n, err := s.word()
		if err != nil {
			return nil, err
		}
		quoted := n != "" && s.peekAt(0) != '(' && s.peekAt(0) != ' '
		switch strings.ToUpper(n) {
		case "PRIMARY", "FOREIGN", "UNIQUE", "CONSTRAINT", "CHECK", "KEY", "INDEX", "FULLTEXT", "EXCLUDE":
			if quoted {
				out = append(out, n)
			}
		default:
			out = append(out, n)
		}
		for depth := 0; ; {
			if err := s.space(); err != nil {
				return nil, err
			}
			c, err := s.read()
			if err != nil {
				return nil, err
			}
			if c == '\'' || c == '"' || c == '`' {
				if _, err := s.text(c, false); err != nil {
					return nil, err
				}
			}
			if c == '(' {
				depth++
			}
			if c == ')' {
				if depth == 0 {
					return out, nil
				}
				depth--
			}
			if c == ',' && depth == 0 {
				break
			}
		}
	}
}

// sqlTable is one table of a dump.
type sqlTable struct {
	name    string
	columns []string
}

// statement reads the beginning of the next statement: "create" or "insert" with
// the table's name and columns; any other is passed over and gives "".
func (s *sqlStream) statement() (kind string, t sqlTable, err error) {
	verb, err := s.word()
	if err != nil {
		return "", t, err
	}
	switch strings.ToUpper(verb) {
	case "CREATE":
		w, err := s.word()
		for err == nil && (strings.EqualFold(w, "TEMPORARY") || strings.EqualFold(w, "TEMP") || strings.EqualFold(w, "UNLOGGED")) {
			w, err = s.word()
		}
		if err != nil || !strings.EqualFold(w, "TABLE") {
			return "", t, errors.Join(err, s.skip())
		}
		if t.name, err = s.name(); err != nil {
			return "", t, err
		}
		if strings.EqualFold(t.name, "IF") { // IF NOT EXISTS
			for range 2 {
				if _, err = s.word(); err != nil {
					return "", t, err
				}
			}
			if t.name, err = s.name(); err != nil {
				return "", t, err
			}
		}
		if err := s.enter('('); err != nil {
			return "", t, s.skip()
		}
		if t.columns, err = s.define(); err != nil {
			return "", t, err
		}
		return "create", t, s.skip()
	case "INSERT", "REPLACE":
		for {
			w, err := s.word()
			if err != nil {
				return "", t, err
			}
			if strings.EqualFold(w, "INTO") {
				break
			}
			if w == "" {
				return "", t, s.skip()
			}
		}
		if t.name, err = s.name(); err != nil {
			return "", t, err
		}
		if err := s.space(); err != nil {
			return "", t, err
		}
		if s.peekAt(0) == '(' {
			_, _ = s.read() // the bracket
			if t.columns, err = s.names(); err != nil {
				return "", t, err
			}
		}
		w, err := s.word()
		if err != nil || !strings.EqualFold(w, "VALUES") {
			return "", t, errors.Join(err, s.skip())
		}
		return "insert", t, nil
	case "":
		c, err := s.read()
		if err != nil || c == ';' {
			return "", t, err
		}
	}
	return "", t, s.skip()
}

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
func (r *sqlRows) Close() error    { return r.src.Close() }

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
				return out, nil //nolint:nilerr // what breaks off is held when its table is read
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
				return out, nil //nolint:nilerr // what breaks off is held when its table is read
			}
		}
	}
}
