package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"

	"waybill/backend/connector"
)

// Body of a request, which can be sent more than once.
type Body struct {
	Kind string
	Open func() (io.ReadCloser, error)
	// Size in bytes; -1: unknown.
	Size int64
}

// JSON makes a body of a value.
func JSON(v any) (*Body, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return Bytes(b.Bytes()), nil
}

// Bytes makes a body of what is JSON already.
func Bytes(b []byte) *Body {
	return &Body{
		Kind: "application/json", Size: int64(len(b)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
	}
}

// Piece of a body: a text, or what Pour writes when it is sent.
type Piece struct {
	Text []byte
	Pour func(io.Writer) error
	// Size of what Pour writes, in bytes; -1: unknown.
	Size int64
}

// Stream makes a body of pieces, which are written while the request is sent: the content
// of files is never whole in memory.
func Stream(kind string, pieces []Piece) *Body {
	var size int64
	for _, p := range pieces {
		switch {
		case p.Pour == nil:
			size += int64(len(p.Text))
		case p.Size < 0:
			size = -1
		default:
			size += p.Size
		}
		if size < 0 {
			break
		}
	}
	return &Body{
		Kind: kind, Size: size,
		Open: func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { w.CloseWithError(pour(w, pieces)) }() // ends early when the reader is closed
			return r, nil
		},
	}
}

func pour(w io.Writer, pieces []Piece) error {
	for _, p := range pieces {
		if p.Pour == nil {
			if _, err := w.Write(p.Text); err != nil {
				return err
			}
		} else if err := p.Pour(w); err != nil {
			return err
		}
	}
	return nil
}

// Form is a form (multipart/form-data) whose files are read while it is sent.
type Form struct {
	head   bytes.Buffer
	w      *multipart.Writer
	pieces []Piece
	err    error
}

// NewForm begins a form.
func NewForm() *Form {
	f := &Form{}
	f.w = multipart.NewWriter(&f.head)
	return f
}

// Field adds a value.
func (f *Form) Field(name, value string) { f.err = errors.Join(f.err, f.w.WriteField(name, value)) }

// fileName keeps a name inside its quotes, and on its line.
var fileName = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "_", "\n", "_", "\x00", "_")

// File adds a file: under what name, its own name, its type, its size in bytes (-1: unknown),
// and who writes its content.
func (f *Form) File(name, file, kind string, size int64, content func(io.Writer) error) {
	if kind == "" || strings.ContainsAny(kind, "\r\n\x00") {
		kind = "application/octet-stream"
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", `form-data; name="`+fileName.Replace(name)+`"; filename="`+fileName.Replace(file)+`"`)
	h.Set("Content-Type", kind)
	_, err := f.w.CreatePart(h)
	f.err = errors.Join(f.err, err)
	f.cut()
	f.pieces = append(f.pieces, Piece{Pour: content, Size: size})
}

func (f *Form) cut() {
	if f.head.Len() > 0 {
		f.pieces = append(f.pieces, Piece{Text: bytes.Clone(f.head.Bytes())})
		f.head.Reset()
	}
}

// Body ends the form.
func (f *Form) Body() (*Body, error) {
	f.err = errors.Join(f.err, f.w.Close())
	f.cut()
	if f.err != nil {
		return nil, fmt.Errorf("encode request: %w", f.err)
	}
	return Stream(f.w.FormDataContentType(), f.pieces), nil
}

// Content writes the content of a file of the project.
func Content(files connector.Files, hash string) func(io.Writer) error {
	return func(w io.Writer) error {
		f, err := files.Open(hash)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	}
}

// Readable tells whether the content of a file of the project can be read.
func Readable(files connector.Files, hash string) error {
	if files == nil {
		return errors.New("no files were given")
	}
	f, err := files.Open(hash)
	if err != nil {
		return err
	}
	return f.Close()
}
