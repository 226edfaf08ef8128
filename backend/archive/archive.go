// Package archive puts what is not moved into one HTML file that opens from a disk, without
// a network and without Waybill: a *document* for each conversation, person or other
// record, with its attachments, and the *numbers*, which say where an old number is now.
//
// Text of customers is hostile: it stands in the file as data and is only ever shown as
// text; the page's policy runs no script but its own and fetches nothing. Beyond a stated
// size the archive is split into *parts*, with an index over all of them in the first file.
package archive

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"waybill/backend/problem"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

//go:embed howto.txt
var howto string

// Codes of this package.
const (
	CodeEmpty problem.Code = "archive.empty"
	CodeWrite problem.Code = "archive.cannot_write"
)

// Extension of an archive.
const Extension = ".html"

// PartSize is how large one file may become before the archive is split: what browsers
// open without trouble.
const PartSize = 200 << 20

// Head says what the archive is.
type Head struct {
	Title string
	// About is one sentence below it.
	About string
	// Kinds and States name objects and fates for people.
	Kinds  map[string]string
	States map[string]string
}

// Doc is one document.
type Doc struct {
	Kind  string `json:"k"`
	ID    string `json:"id"`
	Title string `json:"title"`
	// State is its fate, Why the decision behind that.
	State  string   `json:"state"`
	Why    string   `json:"why,omitempty"`
	At     string   `json:"at,omitempty"`
	People []string `json:"people,omitempty"`
	// Text is the body of what has no thread, such as a help article.
	Text   string          `json:"text,omitempty"`
	Thread []Message       `json:"thread,omitempty"`
	Files  []File          `json:"files,omitempty"`
	Fields [][2]string     `json:"fields"`
	Raw    json.RawMessage `json:"raw"`
}

// Message of a conversation.
type Message struct {
	ID      string          `json:"id"`
	At      string          `json:"at"`
	By      string          `json:"by"`
	Private bool            `json:"private,omitempty"`
	Text    string          `json:"text"`
	Files   []File          `json:"files,omitempty"`
	Raw     json.RawMessage `json:"raw"`
}

// File is an attachment; without a hash its content could not be had, and Problem says why.
type File struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Size    int64  `json:"size"`
	Hash    string `json:"hash,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// entry is a line of the index.
type entry struct {
	Part   int      `json:"p"`
	Line   int      `json:"n"`
	Kind   string   `json:"k"`
	ID     string   `json:"id"`
	Title  string   `json:"t"`
	State  string   `json:"s"`
	At     string   `json:"at,omitempty"`
	People []string `json:"w,omitempty"`
}

// Result is what was written.
type Result struct {
	// Files are the paths, the one to open first.
	Files     []string `json:"files"`
	Documents int64    `json:"documents"`
	// Attachments inside, and how much they hold.
	Attachments int64 `json:"attachments"`
	Bytes       int64 `json:"bytes"`
	// Numbers of the old desk that lead to the new one.
	Numbers int64 `json:"numbers"`
}

// Writer writes an archive. Nothing of it is seen under its name before Close.
type Writer struct {
	path  string
	head  Head
	limit int64
	open  func(hash string) (io.ReadSeekCloser, error)

	index, numbers *spool
	part           *part
	done           []string // temporary names of full parts
	res            Result
}

// New begins an archive at a path. Parts are as large as limit, 0 is PartSize; open gives
// the content of an attachment.
func New(path string, head Head, limit int64, open func(hash string) (io.ReadSeekCloser, error)) (*Writer, error) {
	if limit <= 0 {
		limit = PartSize
	}
	w := &Writer{path: path, head: head, limit: limit, open: open}
	var err error
	if w.index, err = newSpool(path, "index"); err != nil {
		return nil, plain(err, path)
	}
	if w.numbers, err = newSpool(path, "numbers"); err != nil {
		return nil, errors.Join(plain(err, path), w.Abandon())
	}
	return w, nil
}

// plain says an error of the disk in words.
func plain(err error, path string) error {
	var p *problem.Problem
	if err == nil || errors.As(err, &p) {
		return err
	}
	return problem.Wrap(err, CodeWrite, "The archive cannot be written there.", "The folder is not there, may not be written to, or its disk is full. What was begun is taken away.",
		"Choose another place, or free some space, then try again.").At(problem.Place{File: path})
}

// part is one file's worth of documents.
type part struct {
	number  int
	docs    *spool
	files   *spool
	entries *spool
	n       int
	size    int64
	have    map[string]bool
}

func (w *Writer) newPart() (err error) {
	p := &part{number: len(w.done) + 1, have: map[string]bool{}}
	w.part = p
	for name, s := range map[string]**spool{"docs": &p.docs, "file": &p.files, "index": &p.entries} {
		if *s, err = newSpool(w.path, name); err != nil {
			return err
		}
	}
	return nil
}

// Add adds a document with its attachments.
func (w *Writer) Add(d Doc) error { return plain(w.add(d), w.path) }

func (w *Writer) add(d Doc) error {
	if w.part != nil && w.part.size >= w.limit {
		if err := w.endPart(); err != nil {
			return err
		}
	}
	if w.part == nil {
		if err := w.newPart(); err != nil {
			return err
		}
	}
	p := w.part
	for _, list := range d.lists() {
		for i := range list {
			if err := w.attach(p, &list[i]); err != nil {
				return err
			}
		}
	}
	n, err := p.docs.line(d, p.n)
	if err != nil {
		return err
	}
	p.size += n
	e := entry{Part: p.number, Line: p.n, Kind: d.Kind, ID: d.ID, Title: d.Title, State: d.State, At: d.At, People: d.People}
	p.n++
	w.res.Documents++
	if _, err := p.entries.line(e, 0); err != nil {
		return err
	}
	_, err = w.index.line(e, 0)
	return err
}

// lists are the lists of attachments in a document.
func (d *Doc) lists() [][]File {
	out := [][]File{d.Files}
	for i := range d.Thread {
		out = append(out, d.Thread[i].Files)
	}
	return out
}

// piece is how much of an attachment stands in one element.
const piece = 768 << 10 // a multiple of three: Base64 needs no filling between pieces

// attach puts the content of a file into the part, once. What is gone is said.
func (w *Writer) attach(p *part, f *File) error {
	if f.Hash == "" || p.have[f.Hash] {
		return nil
	}
	in, err := w.open(f.Hash)
	if problem.Is(err, "blob.missing") {
		f.Hash, f.Problem = "", "Its content was missing when the archive was made."
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	p.have[f.Hash] = true
	w.res.Attachments++
	buf := make([]byte, piece)
	for n := 0; ; n++ {
		got, err := io.ReadFull(in, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if got == 0 && n > 0 {
			return nil
		}
		size, werr := fmt.Fprintf(p.files.w, "<script type=\"application/json\" class=\"file\" data-hash=\"%s\" data-n=\"%d\">\"%s\"</script>\n", f.Hash, n, base64.StdEncoding.EncodeToString(buf[:got]))
		if werr != nil {
			return werr
		}
		p.size, w.res.Bytes = p.size+int64(size), w.res.Bytes+int64(got)
		if err != nil {
			return nil
		}
	}
}

// Number says where an old number is now; v is one line of JSON.
func (w *Writer) Number(v any) error {
	w.res.Numbers++
	_, err := w.numbers.line(v, 0)
	return plain(err, w.path)
}

// endPart writes a full part under a temporary name.
func (w *Writer) endPart() error {
	p := w.part
	f, err := os.CreateTemp(filepath.Dir(w.path), ".waybill-archive-*")
	if err != nil {
		return err
	}
	w.done = append(w.done, f.Name())
	err = w.page(f, p.number, "a part", p.entries, nil, p.docs, p.files)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	w.part = nil
	return p.drop()
}

func (p *part) drop() error { return errors.Join(p.docs.drop(), p.files.drop(), p.entries.drop()) }

// partPath is the name of a part beside the archive: "Archive.part2.html".
func (w *Writer) partPath(n int) string {
	return strings.TrimSuffix(w.path, filepath.Ext(w.path)) + ".part" + strconv.Itoa(n) + Extension
}

// Abandon takes away what was begun.
func (w *Writer) Abandon() error {
	errs := []error{w.index.drop(), w.numbers.drop()}
	if w.part != nil {
		errs = append(errs, w.part.drop())
	}
	for _, f := range w.done {
		errs = append(errs, os.Remove(f))
	}
	w.done, w.part = nil, nil
	return errors.Join(errs...)
}

// Close finishes the archive: its files appear, the one to open last.
func (w *Writer) Close() (Result, error) {
	if err := w.close(); err != nil {
		return w.res, errors.Join(plain(err, w.path), w.Abandon())
	}
	return w.res, nil
}

func (w *Writer) close() error {
	if w.part != nil && len(w.done) > 0 {
		if err := w.endPart(); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(w.path), ".waybill-archive-*")
	if err != nil {
		return err
	}
	main := f.Name()
	parts := len(w.done)
	if w.part != nil {
		// All in one file: its documents are on this page.
		w.part.number = 0
		err = w.page(f, 1, "alone", w.index, w.numbers, w.part.docs, w.part.files)
	} else {
		err = w.page(f, 0, "index", w.index, w.numbers)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(main))
	}
	for i := range parts {
		to := w.partPath(i + 1)
		if err := os.Rename(w.done[0], to); err != nil {
			return errors.Join(err, os.Remove(main))
		}
		w.done = w.done[1:]
		w.res.Files = append(w.res.Files, to)
	}
	if err := os.Rename(main, w.path); err != nil {
		return errors.Join(err, os.Remove(main))
	}
	w.res.Files = append([]string{w.path}, w.res.Files...)
	err = errors.Join(w.index.drop(), w.numbers.drop())
	if w.part != nil {
		err = errors.Join(err, w.part.drop())
		w.part = nil
	}
	return err
}

// page writes one file.
func (w *Writer) page(out io.Writer, number int, what string, spools ...*spool) error {
	meta := map[string]any{"part": number, "kinds": w.head.Kinds, "states": w.head.States, "parts": []string{}, "main": filepath.Base(w.path), "format": "waybill-archive", "version": 1}
	parts := []string{}
	switch what {
	case "index":
		for i := range w.done {
			parts = append(parts, filepath.Base(w.partPath(i+1)))
		}
	case "a part":
		for i := range number {
			parts = append(parts, filepath.Base(w.partPath(i+1)))
		}
	}
	meta["parts"] = parts
	b, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	hash := func(s string) string { h := sha256.Sum256([]byte(s)); return base64.StdEncoding.EncodeToString(h[:]) }
	// A comment must not hold what ends it; the text is ours and does not.
	head := strings.NewReplacer("{{TITLE}}", html.EscapeString(w.head.Title), "{{ABOUT}}", html.EscapeString(w.head.About), "{{HOWTO}}", html.EscapeString(strings.TrimSpace(howto)),
		"{{CSS}}", pageCSS, "{{CSSHASH}}", hash(pageCSS), "{{JSHASH}}", hash(pageJS)).Replace(pageHTML)
	to := bufio.NewWriterSize(out, 1<<20)
	if _, err := fmt.Fprintf(to, "%s<script type=\"application/json\" id=\"meta\">%s</script>\n", head, b); err != nil {
		return err
	}
	for _, s := range spools {
		if s == nil {
			continue
		}
		if err := s.copyTo(to); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(to, "<script>%s</script>\n</body>\n</html>\n", pageJS); err != nil {
		return err
	}
	return to.Flush()
}

// spool keeps lines on the disk until their page is put together.
type spool struct {
	class string
	f     *os.File
	w     *bufio.Writer
	open  bool
	size  int64
}

func newSpool(path, class string) (*spool, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".waybill-archive-*")
	if err != nil {
		return nil, err
	}
	return &spool{class: class, f: f, w: bufio.NewWriter(f)}, nil
}

// chunk is about how much stands in one element: what a search looks at in one go.
const chunk = 1 << 20

// line adds one line of JSON, whose "<" is written as an escape, so that no element ends
// early. n is its number in the part.
func (s *spool) line(v any, n int) (int64, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	if s.open && s.size > chunk {
		if _, err := s.w.WriteString("</script>\n"); err != nil {
			return 0, err
		}
		s.open, s.size = false, 0
	}
	if !s.open {
		if _, err := fmt.Fprintf(s.w, "<script type=\"application/json\" class=\"%s\" data-first=\"%d\">\n", s.class, n); err != nil {
			return 0, err
		}
		s.open = true
	}
	s.size += int64(len(b))
	if _, err := s.w.Write(b); err != nil {
		return 0, err
	}
	return int64(len(b)), s.w.WriteByte('\n')
}

func (s *spool) copyTo(to io.Writer) error {
	if s.open {
		if _, err := s.w.WriteString("</script>\n"); err != nil {
			return err
		}
		s.open = false
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(to, s.f)
	return err
}

func (s *spool) drop() error {
	if s == nil {
		return nil
	}
	_ = s.f.Close() // it was copied, or is not wanted any more
	if err := os.Remove(s.f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
