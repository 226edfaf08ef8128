package files

import (
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Limits against files that are made, or broken, to exhaust the machine. They
// are variables so that tests can reach them with small files.
var (
	maxRow          = 64 << 20       // one row, one JSON element, one message
	maxHeader       = 1 << 20        // the line with the column names
	maxUnpacked     = int64(1) << 38 // bytes out of one compressed file: 256 GiB
	maxRatio        = int64(250)     // unpacked to packed ...
	ratioFrom       = int64(1) << 26 // ... once this much came out
	maxEntries      = 20000          // in one ZIP
	maxWorkbook     = int64(1) << 30 // packed size of a workbook
	maxWorkbookOpen = int64(8) << 30 // unpacked size of a workbook
	maxColumns      = 4096
	sampleSize      = 1 << 20
)

// Compressions by the name stored in a table.
const (
	gz   = "gz"
	bz2  = "bz2"
	xzip = "xz"
	zst  = "zst"
)

// content is where a table's bytes lie: a file, maybe an entry of a ZIP, maybe compressed.
type content struct {
	file, entry, compression string
	name                     string
}

func (t *Table) content() content {
	return content{file: t.File, entry: t.Entry, compression: t.Compression, name: t.Name}
}

// plain says that the bytes on disk are the table's own, so that reading can
// begin anywhere.
func (c content) plain() bool { return c.entry == "" && c.compression == "" }

// open gives the unpacked bytes from an offset, which only plain content may ask for.
func (c content) open(ctx context.Context, offset int64) (io.ReadCloser, error) {
	f, err := os.Open(c.file) // the person chose the file
	if err != nil {
		return nil, cannotOpen(err, c.file, c.name)
	}
	fi, err := f.Stat()
	if err != nil {
		return nil, errors.Join(cannotOpen(err, c.file, c.name), f.Close())
	}
	if fi.IsDir() {
		return nil, errors.Join(unsupported(c.file, c.name, "a folder", "Choose the files inside it."), f.Close())
	}
	r := &closers{Reader: f, closers: []io.Closer{f}, ctx: ctx}
	packed := fi.Size()
	if c.entry != "" {
		zr, err := zip.NewReader(f, fi.Size())
		if err != nil {
			return nil, errors.Join(damaged(err, c.file, c.name, "a ZIP"), f.Close())
		}
		e := findEntry(zr, c.entry)
		if e == nil {
			return nil, errors.Join(changedSince(c.file, c.name), f.Close())
		}
		if e.Flags&1 != 0 {
			return nil, errors.Join(encryptedEntry(c.file, c.name), f.Close())
		}
		er, err := e.Open()
		if err != nil {
			return nil, errors.Join(damaged(err, c.file, c.name, "a ZIP"), f.Close())
		}
		packed = int64(e.CompressedSize64)
		r.Reader = &bounded{r: er, packed: packed, c: c}
		r.closers = append(r.closers, er)
	} else if offset > 0 {
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			return nil, errors.Join(cannotOpen(err, c.file, c.name), f.Close())
		}
	}
	if c.compression != "" {
		if err := r.decompress(c, packed); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	r.c = c
	return r, nil
}

func findEntry(zr *zip.Reader, name string) *zip.File {
	for _, e := range zr.File {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// closers is a reader with all that must be closed after it. It stops when its
// context ends, and puts faults of the packing into words.
type closers struct {
	io.Reader
	closers []io.Closer
	ctx     context.Context
	c       content
}

func (r *closers) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, err
	}
	return n, r.c.explain(err)
}

func (c content) explain(err error) error {
	if isProblem(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return truncated(err, c.file, c.name)
	}
	if c.compression != "" || c.entry != "" {
		return damaged(err, c.file, c.name, "a compressed file")
	}
	return cannotOpen(err, c.file, c.name)
}

func (r *closers) decompress(c content, packed int64) error {
	in := bufio.NewReaderSize(r.Reader, 1<<16)
	var out io.Reader
	switch c.compression {
	case gz:
		g, err := gzip.NewReader(in)
		if err != nil {
			return c.explain(err)
		}
		out, r.closers = g, append(r.closers, g)
	case bz2:
		out = bzip2.NewReader(in)
	case xzip:
		x, err := xz.ReaderConfig{DictCap: 1 << 26}.NewReader(in)
		if err != nil {
			return c.explain(err)
		}
		out = x
	case zst:
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(1<<27), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return c.explain(err)
		}
		rc := z.IOReadCloser()
		out, r.closers = rc, append(r.closers, rc)
	default:
		return unsupported(c.file, c.name, "compressed in an unknown way", "Unpack it and choose the unpacked file.")
	}
	r.Reader = &bounded{r: out, packed: packed, c: c}
	return nil
}

func (r *closers) Close() error {
	var errs []error
	for i := len(r.closers) - 1; i >= 0; i-- {
		errs = append(errs, r.closers[i].Close())
	}
	return errors.Join(errs...)
}

// bounded stops a reader that gives absurdly more than went in.
type bounded struct {
	r           io.Reader
	packed, out int64
	c           content
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.out += int64(n)
	if b.out > maxUnpacked || (b.out > ratioFrom && b.out/max(b.packed, 1) > maxRatio) {
		return 0, zipBomb(b.c.file, b.c.name)
	}
	return n, err
}

// safeEntry says whether a ZIP entry's name stays inside the ZIP.
func safeEntry(name string) bool {
	n := strings.ReplaceAll(name, `\`, "/")
	if n == "" || strings.HasPrefix(n, "/") || strings.Contains(n, ":") && len(n) > 1 && n[1] == ':' {
		return false
	}
	for _, part := range strings.Split(n, "/") {
		if part == ".." {
			return false
		}
	}
	return !strings.ContainsRune(n, 0) && path.Clean(n) != "."
}

// spill copies content into a temporary file of its own, for formats that
// must be read from several places at once.
func (c content) spill(ctx context.Context, limit int64) (name string, remove func(), err error) {
	r, err := c.open(ctx, 0)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	f, err := os.CreateTemp("", "waybill-unpacked-*")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.Remove(f.Name()) } // a temporary file; nothing to do when it stays
	n, err := io.Copy(f, io.LimitReader(r, limit+1))
	err = errors.Join(err, f.Close())
	if err == nil && n > limit {
		err = zipBomb(c.file, c.name)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}
