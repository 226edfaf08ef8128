package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"waybill/backend/problem"
)

// ErrNotThere says that a place has no file of that name.
var ErrNotThere = errors.New("there is no such file")

// Place is where backups lie.
type Place interface {
	// Put keeps what r gives under a name, whole or not at all.
	Put(ctx context.Context, name string, r io.Reader) error
	// Get reads it back; ErrNotThere when there is none.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// Has says whether there is one.
	Has(ctx context.Context, name string) (bool, error)
	// Remove forgets it. One that is not there is fine.
	Remove(ctx context.Context, name string) error
	// Where says in words where this is.
	Where() string
}

// Folder is a place on a disk of this computer, or on one that it reaches as a folder.
func Folder(dir string) Place { return folder(dir) }

type folder string

func (f folder) Where() string         { return "Folder " + string(f) }
func (f folder) at(name string) string { return filepath.Join(string(f), name) }
func (f folder) sync() (err error) {
	d, err := os.Open(string(f))
	if err != nil {
		return err
	}
	// Some systems cannot sync a folder; the file itself is safe by then.
	_ = d.Sync()
	return d.Close()
}

func (f folder) Put(_ context.Context, name string, r io.Reader) (err error) {
	defer func() { err = plain(err, string(f)) }()
	tmp, err := os.CreateTemp(string(f), ".waybill-backup-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()           // the first error is the one to tell
			_ = os.Remove(tmp.Name()) // it was only begun
		}
	}()
	if _, err = io.Copy(tmp, r); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), f.at(name)); err != nil {
		return err
	}
	return f.sync()
}

func (f folder) Get(_ context.Context, name string) (io.ReadCloser, error) {
	r, err := os.Open(f.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotThere
	}
	return r, err
}

func (f folder) Has(_ context.Context, name string) (bool, error) {
	_, err := os.Stat(f.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (f folder) Remove(_ context.Context, name string) error {
	if err := os.Remove(f.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// mostParts bounds a split backup; its parts are numbered with three digits.
const mostParts = 999

func partName(name string, n int) string { return fmt.Sprintf("%s.%03d", name, n) }

// parts writes into a place, into a new file each time that one is full.
type parts struct {
	ctx   context.Context
	place Place
	name  string
	limit int64

	pipe  *io.PipeWriter
	ended chan error
	room  int64
	n     int
	put   []string
	total int64
}

// newParts refuses a name that is taken: what is there stays as it is.
func newParts(ctx context.Context, place Place, name string, limit int64) (*parts, error) {
	for _, x := range []string{name, partName(name, 1), partName(name, 2)} {
		has, err := place.Has(ctx, x)
		if err != nil {
			return nil, plain(err, place.Where())
		}
		if has {
			return nil, problem.New(CodeTaken, "There is already a backup of this name.", "It was left as it is.", "Choose another name, or move the old one away.").At(problem.Place{File: x})
		}
	}
	return &parts{ctx: ctx, place: place, name: name, limit: limit}, nil
}

func (p *parts) begin() error {
	p.n++
	name := p.name
	if p.limit > 0 {
		if p.n > mostParts {
			return problem.New(CodeParts, "The backup needs more than 999 parts.", "So many cannot be kept apart by their names.", "Choose larger parts, and try again.")
		}
		name = partName(p.name, p.n)
	}
	p.room = p.limit
	r, w := io.Pipe()
	p.pipe, p.ended = w, make(chan error, 1)
	p.put = append(p.put, name)
	go func() {
		err := p.place.Put(p.ctx, name, r)
		_ = r.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // always nil; a writer that still writes gets why
		p.ended <- err
	}()
	return nil
}

func (p *parts) end() error {
	if p.pipe == nil {
		return nil
	}
	_ = p.pipe.Close() // always nil
	p.pipe = nil
	return <-p.ended
}

// Write implements io.Writer.
func (p *parts) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		if p.pipe != nil && p.limit > 0 && p.room == 0 {
			if err := p.end(); err != nil {
				return written, err
			}
		}
		if p.pipe == nil {
			if err := p.begin(); err != nil {
				return written, err
			}
		}
		some := b
		if p.limit > 0 && int64(len(some)) > p.room {
			some = some[:p.room]
		}
		n, err := p.pipe.Write(some)
		written, p.room, p.total, b = written+n, p.room-int64(n), p.total+int64(n), b[n:]
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// abandon takes away what was put.
func (p *parts) abandon(why error) error {
	if p.pipe != nil {
		_ = p.pipe.CloseWithError(why) // always nil
		p.pipe = nil
		if err := <-p.ended; err != nil {
			why = errors.Join(err, why)
		}
	}
	ctx := context.WithoutCancel(p.ctx) // also after a stop
	for _, name := range p.put {
		if err := p.place.Remove(ctx, name); err != nil {
			why = errors.Join(why, err)
		}
	}
	return why
}

// partsReader reads a backup, part after part.
type partsReader struct {
	ctx   context.Context
	place Place
	name  string
	n     int // 0: not split
	r     io.ReadCloser
}

func openParts(ctx context.Context, place Place, name string) (*partsReader, error) {
	p := &partsReader{ctx: ctx, place: place, name: name}
	r, err := place.Get(ctx, name)
	if errors.Is(err, ErrNotThere) {
		p.n = 1
		r, err = place.Get(ctx, partName(name, 1))
	}
	if errors.Is(err, ErrNotThere) {
		return nil, problem.New(CodeNone, "There is no backup of this name.", "Neither as one file nor in parts.", "Look at the name and the place, and try again.").At(problem.Place{File: name})
	}
	if err != nil {
		return nil, plain(err, place.Where())
	}
	p.r = r
	return p, nil
}

// Read implements io.Reader.
func (p *partsReader) Read(b []byte) (int, error) {
	for {
		n, err := p.r.Read(b)
		if !errors.Is(err, io.EOF) || p.n == 0 {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		next, err := p.place.Get(p.ctx, partName(p.name, p.n+1))
		if errors.Is(err, ErrNotThere) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		if err := p.r.Close(); err != nil {
			_ = next.Close() // the first error is the one to tell
			return 0, err
		}
		p.r, p.n = next, p.n+1
	}
}

// Close implements io.Closer.
func (p *partsReader) Close() error { return p.r.Close() }
