package wire_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"waybill/backend/connector/wire"
)

// store keeps contents by hash, and counts what is open.
type store struct {
	of   map[string]string
	open int
}

func (s *store) Open(hash string) (io.ReadSeekCloser, error) {
	c, ok := s.of[hash]
	if !ok {
		return nil, errors.New("no such content")
	}
	s.open++
	return &closing{strings.NewReader(c), s}, nil
}

type closing struct {
	io.ReadSeeker
	s *store
}

func (c *closing) Close() error {
	c.s.open--
	return nil
}

// TestFormIsWhatItSaysItIs: its length is told before a file is read, names of files stay
// inside their quotes, and it can be sent again.
func TestFormIsWhatItSaysItIs(t *testing.T) {
	files := &store{of: map[string]string{"h1": "\x00\xffone", "h2": strings.Repeat("two", 50000)}}
	f := wire.NewForm()
	f.Field("body", "<p>\r\n\"x\"</p>")
	f.File("files[]", "a\"; filename=\"b\r\nX-Evil: 1.txt", "text/plain\r\nX-Evil: 1", 5, wire.Content(files, "h1"))
	f.File("files[]", "päth\\😀.bin", "application/x", 150000, wire.Content(files, "h2"))
	f.Field("last", "1")
	b, err := f.Body()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := b.Open()
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(r)
		if err != nil || int64(len(all)) != b.Size || files.open != 0 {
			t.Fatalf("%d bytes, announced %d, %d files open, %v", len(all), b.Size, files.open, err)
		}
		_, params, err := mime.ParseMediaType(b.Kind)
		if err != nil {
			t.Fatal(err)
		}
		form, err := multipart.NewReader(bytes.NewReader(all), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if form.Value["body"][0] != "<p>\r\n\"x\"</p>" || form.Value["last"][0] != "1" || len(form.File["files[]"]) != 2 {
			t.Errorf("%+v", form)
		}
		for i, want := range []struct{ name, kind, content string }{
			{"a\"; filename=\"b__X-Evil: 1.txt", "application/octet-stream", files.of["h1"]},
			{"päth\\😀.bin", "application/x", files.of["h2"]},
		} {
			h := form.File["files[]"][i]
			if h.Filename != want.name || h.Header.Get("Content-Type") != want.kind || h.Header.Get("X-Evil") != "" {
				t.Errorf("%q %v", h.Filename, h.Header)
			}
			c, err := h.Open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(c)
			if err = errors.Join(err, c.Close()); err != nil || string(got) != want.content {
				t.Errorf("content of %q: %d bytes, %v", want.name, len(got), err)
			}
		}
	}
}

// TestMissingContentEndsTheRequest: a file that cannot be read never becomes an empty one.
func TestMissingContentEndsTheRequest(t *testing.T) {
	files := &store{of: map[string]string{}}
	f := wire.NewForm()
	f.File("f", "x", "", -1, wire.Content(files, "gone"))
	b, err := f.Body()
	if err != nil || b.Size != -1 {
		t.Fatal(b.Size, err)
	}
	r, err := b.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "no such content") {
		t.Error(err)
	}
	if wire.Readable(files, "gone") == nil || wire.Readable(nil, "x") == nil {
		t.Error("a content that is not there can be read")
	}
}

// TestGivenUpRequestLetsGoOfItsFiles: who stops reading leaves no file open.
func TestGivenUpRequestLetsGoOfItsFiles(t *testing.T) {
	files := &store{of: map[string]string{"h": strings.Repeat("x", 1<<20)}}
	done := make(chan struct{})
	b := wire.Stream("x", []wire.Piece{{Pour: func(w io.Writer) error {
		defer close(done)
		return wire.Content(files, "h")(w)
	}, Size: 1 << 20}, {Text: []byte("end")}})
	r, err := b.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err = r.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	if files.open != 0 || b.Size != 1<<20+3 {
		t.Errorf("%d files open, size %d", files.open, b.Size)
	}
}
