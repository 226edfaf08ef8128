package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonStream walks a JSON text value by value without holding it.
type jsonStream struct {
	r      *bufio.Reader
	offset int64
	line   int64
}

func newJSONStream(r io.Reader) *jsonStream {
	return &jsonStream{r: bufio.NewReaderSize(r, 1<<16), line: 1}
}

func (s *jsonStream) read() (byte, error) {
	c, err := s.r.ReadByte()
	if err == nil {
		s.offset++
		if c == '\n' {
			s.line++
		}
	}
	return c, err
}

// peek gives the next byte that is not white space, and stays before it.
func (s *jsonStream) peek() (byte, error) {
	for {
		b, err := s.r.Peek(1)
		if err != nil {
			return 0, err
		}
		switch b[0] {
		case ' ', '\t', '\r', '\n':
			if _, err := s.read(); err != nil {
				return 0, err
			}
		default:
			return b[0], nil
		}
	}
}

// skipMark drops the byte order mark of UTF-8.
func (s *jsonStream) skipMark() {
	if b, err := s.r.Peek(3); err == nil && bytes.Equal(b, []byte{0xEF, 0xBB, 0xBF}) {
		n, _ := s.r.Discard(3) // three bytes were just seen
		s.offset += int64(n)
	}
}

var errTooLong = errors.New("value is too long")

// value reads the next value; keep false only passes over it. A value longer
// than limit is passed over to its end and reported as errTooLong.
func (s *jsonStream) value(keep bool, limit int) ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	var out []byte
	long := false
	put := func(c byte) {
		if !keep || long {
			return
		}
		if len(out) >= limit {
			long, out = true, out[:min(len(out), 1<<16)]
			return
		}
		out = append(out, c)
	}
	done := func() ([]byte, error) {
		if long {
			return out, errTooLong
		}
		return out, nil
	}
	if c != '{' && c != '[' && c != '"' { // a number or a word
		for {
			b, err := s.r.Peek(1)
			if errors.Is(err, io.EOF) || err == nil && strings.IndexByte(",]} \t\r\n", b[0]) >= 0 {
				return done()
			}
			if err != nil {
				return nil, err
			}
			if c, err = s.read(); err != nil {
				return nil, err
			}
			put(c)
		}
	}
	depth, quoted, escaped := 0, false, false
	for {
		c, err := s.read()
		if errors.Is(err, io.EOF) {
			return out, io.ErrUnexpectedEOF
		}
		if err != nil {
			return out, err
		}
		put(c)
		switch {
		case escaped:
			escaped = false
		case quoted:
			if c == '\\' {
				escaped = true
			} else if c == '"' {
				quoted = false
				if depth == 0 {
					return done()
				}
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				return done()
			}
		}
	}
}

// enter steps over an opening bracket.
func (s *jsonStream) enter(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return fmt.Errorf("found %q where %q was expected", c, want)
	}
	_, err = s.read()
	return err
}

// another steps to the next member or element; false at the closing bracket.
func (s *jsonStream) another(first bool, closing byte) (bool, error) {
	c, err := s.peek()
	if err != nil {
		return false, err
	}
	if c == closing {
		_, err := s.read()
		return false, err
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, fmt.Errorf("found %q where a comma was expected", c)
	}
	if _, err := s.read(); err != nil {
		return false, err
	}
	c, err = s.peek()
	if err == nil && c == closing { // a comma too many does no harm
		_, err = s.read()
		return false, err
	}
	return err == nil, err
}

// key reads a member's name and its colon.
func (s *jsonStream) key() (string, error) {
	b, err := s.value(true, 1<<16)
	if err != nil {
		return "", err
	}
	var k string
	if err := json.Unmarshal(b, &k); err != nil {
		return "", err
	}
	return k, s.enter(':')
}

// member describes one member of a document's outer object.
type member struct {
	path    string
	kind    byte // '[', '{', or another first byte
	items   int64
	objects int64 // items that are objects
	id      bool  // an object with an id of its own
}

// survey lists the members of the outer object, one level further down as well,
// without holding any of them.
func (s *jsonStream) survey(prefix string, depth int) ([]member, error) {
	var out []member
	if err := s.enter('{'); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		ok, err := s.another(first, '}')
		if err != nil || !ok {
			return out, err
		}
		k, err := s.key()
		if err != nil {
			return out, err
		}
		m := member{path: prefix + k}
		if m.kind, err = s.peek(); err != nil {
			return out, err
		}
		switch {
		case m.kind == '[':
			err = s.surveyArray(&m)
		case m.kind == '{' && depth > 0:
			var inner []member
			inner, err = s.survey(m.path+".", depth-1)
			for _, x := range inner {
				if leaf := x.path[strings.LastIndexByte(x.path, '.')+1:]; leaf == "id" || leaf == "_id" {
					m.id = true
				}
			}
			out = append(out, inner...)
		default:
			_, err = s.value(false, 0)
		}
		out = append(out, m)
		if err != nil {
			return out, err
		}
	}
}

func (s *jsonStream) surveyArray(m *member) error {
	if err := s.enter('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		ok, err := s.another(first, ']')
		if err != nil || !ok {
			return err
		}
		c, err := s.peek()
		if err != nil {
			return err
		}
		m.items++
		if c == '{' {
			m.objects++
		}
		if _, err := s.value(false, 0); err != nil {
			return err
		}
	}
}

// seekTo steps into the document until the array or object of that path begins.
func (s *jsonStream) seekTo(path string) error {
	if path == "" {
		return nil
	}
	if err := s.enter('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		ok, err := s.another(first, '}')
		if err != nil {
			return err
		}
		if !ok {
			return io.EOF
		}
		k, err := s.key()
		if err != nil {
			return err
		}
		if k == path {
			return nil
		}
		if strings.HasPrefix(path, k+".") {
			if c, err := s.peek(); err == nil && c == '{' {
				return s.seekTo(path[len(k)+1:])
			}
		}
		if _, err := s.value(false, 0); err != nil {
			return err
		}
	}
}
