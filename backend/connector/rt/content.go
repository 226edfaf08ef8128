package rt

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
)

// content streams the member "Content" of a JSON object, decoded from base64, without
// holding it. A text that ends before the object does is an error, never an early end.
type content struct {
	io.Reader
	body io.Closer
}

func newContent(body io.ReadCloser) io.ReadCloser {
	m := &member{r: bufio.NewReaderSize(body, 64<<10), want: "Content"}
	return &content{Reader: base64.NewDecoder(base64.StdEncoding, m), body: body}
}

func (c *content) Close() error { return c.body.Close() }

// member reads the text of one member of a JSON object, without the escapes and blanks
// that base64 does not need.
type member struct {
	r      *bufio.Reader
	want   string
	inside bool
	done   bool
	depth  int
	key    bool // the next text at depth 1 is a name
	err    error
}

var errNotObject = errors.New("the answer is not a JSON object")

func (m *member) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if !m.inside && !m.done {
		if m.err = m.find(); m.err != nil {
			return 0, m.err
		}
	}
	n := 0
	for n < len(p) && m.inside {
		b, err := m.r.ReadByte()
		if err != nil {
			m.err = cut(err)
			return n, m.err
		}
		switch b {
		case '"':
			m.inside, m.done = false, true
		case '\\':
			if b, err = m.r.ReadByte(); err != nil {
				m.err = cut(err)
				return n, m.err
			}
			if b == '/' { // base64 has this letter, and JSON may escape it
				p[n] = b
				n++
			}
		default:
			p[n] = b
			n++
		}
	}
	if m.done && n == 0 {
		if m.err = m.find(); m.err == nil {
			m.err = errNotObject // a second member of that name
		}
		return 0, m.err
	}
	return n, nil
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// find goes on to the member, or to the end of the object: then io.EOF.
func (m *member) find() error {
	for {
		b, err := m.r.ReadByte()
		if err != nil {
			return cut(err)
		}
		switch b {
		case '{', '[':
			m.depth++
			m.key = m.depth == 1
		case '}', ']':
			if m.depth--; m.depth == 0 {
				_, err := m.r.Discard(1 << 20) // what is left must be there, and is nothing
				if errors.Is(err, io.EOF) {
					return io.EOF
				}
				return err
			}
		case ',':
			m.key = m.depth == 1
		case '"':
			name, err := m.text()
			if err != nil {
				return err
			}
			if !m.key || name != m.want {
				m.key = false
				continue
			}
			m.key = false
			found, err := m.value()
			if err != nil || found {
				return err
			}
		default:
			if m.depth == 0 && b > ' ' {
				return errNotObject
			}
		}
	}
}

// value stands behind the name; found: a text begins.
func (m *member) value() (found bool, err error) {
	for {
		b, err := m.r.ReadByte()
		if err != nil {
			return false, cut(err)
		}
		switch b {
		case ':', ' ', '\n', '\r', '\t':
		case '"':
			m.inside = true
			return true, nil
		default:
			return false, m.r.UnreadByte()
		}
	}
}

// text reads a text whose quote was read; of long ones just the beginning.
func (m *member) text() (string, error) {
	var name []byte
	for {
		b, err := m.r.ReadByte()
		switch {
		case err != nil:
			return "", cut(err)
		case b == '"':
			return string(name), nil
		case b == '\\':
			if _, err := m.r.ReadByte(); err != nil {
				return "", cut(err)
			}
			b = '\\'
		}
		if len(name) < 64 {
			name = append(name, b)
		}
	}
}
