package files

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
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
