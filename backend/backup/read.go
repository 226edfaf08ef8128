package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"waybill/backend/problem"
)

const (
	mostManifest = 16 << 20
	mostEntries  = 20_000
	mostWork     = 20 // of age: beyond, opening would take minutes and gigabytes
	ageMagic     = "age-encryption.org/"
	zstdMagic    = "\x28\xb5\x2f\xfd"
)

// Sink takes the entries of a backup as they come; it must read r to its end or not at all.
// They are proven good only when Read has ended well.
type Sink func(name string, size int64, r io.Reader) error

// Read goes through a whole backup, checks every hash and demands the manifest at its end.
func Read(ctx context.Context, from Place, name string, o Options, into Sink) (m Manifest, sum string, err error) {
	in, err := openParts(ctx, from, name)
	if err != nil {
		return m, "", err
	}
	defer func() { _ = in.Close() }() // it was only read
	m, sum, err = readAll(ctx, in, o, into)
	var p *problem.Problem
	if errors.As(err, &p) && p.Where.File == "" {
		err = p.At(problem.Place{File: name})
	}
	return m, sum, err
}

func readAll(ctx context.Context, in io.Reader, o Options, into Sink) (m Manifest, sum string, err error) {
	b := bufio.NewReaderSize(in, 64<<10)
	plainText, err := opened(b, o)
	if err != nil {
		return m, "", err
	}
	z, err := zstd.NewReader(plainText, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(16<<20), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return m, "", notABackup(err)
	}
	defer z.Close()
	r := &reader{tar: tar.NewReader(z), sums: map[string]Entry{}, list: sha256.New()}
	for {
		if err := ctx.Err(); err != nil {
			return m, "", err
		}
		more, err := r.next(into)
		if err != nil {
			return m, "", r.broken(err)
		}
		if !more {
			break
		}
	}
	if err := onlyZeros(z); err != nil {
		return m, "", r.broken(err)
	}
	if err := r.compare(); err != nil {
		return m, "", err
	}
	return r.manifest, r.manifestSum, nil
}

// opened takes the encryption away, when there is one.
func opened(b *bufio.Reader, o Options) (io.Reader, error) {
	head, err := b.Peek(len(ageMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(head) == ageMagic {
		if o.Passphrase == "" {
			return nil, problem.New(CodeNeedsWord, "This backup is encrypted.", "It opens only with the passphrase that it was made with.", "Type the passphrase, and try again.")
		}
		id, err := age.NewScryptIdentity(o.Passphrase.Reveal())
		if err != nil {
			return nil, err
		}
		id.SetMaxWorkFactor(mostWork)
		if o.work > 0 {
			id.SetMaxWorkFactor(o.work)
		}
		r, err := age.Decrypt(b, id)
		var none *age.NoIdentityMatchError
		switch {
		case errors.As(err, &none):
			return nil, problem.Wrap(err, CodeWrongWord, "The passphrase does not open this backup.", "It was made with another one. Nobody can open it without that, Waybill neither.", "Type the passphrase of the day when it was made.")
		case err != nil:
			return nil, notABackup(err)
		}
		return r, nil
	}
	if !strings.HasPrefix(string(head), zstdMagic) {
		return nil, notABackup(nil)
	}
	return b, nil
}

func notABackup(err error) error {
	return problem.Wrap(err, CodeNoBackup, "This file is not a backup of Waybill.", "Its beginning is something else, or was damaged.", "Choose another file; the name of a backup ends in "+Extension+" or in .001.")
}

type reader struct {
	tar         *tar.Reader
	sums        map[string]Entry
	last        string // newest attachment
	blobs       Files
	list        hash.Hash
	about       About
	manifest    Manifest
	manifestSum string
	whole       bool // the manifest was read
}

var errOrder = errors.New("an entry is out of its place")

// next reads one entry; false at the end.
func (r *reader) next(into Sink) (bool, error) {
	h, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.whole || h.Typeflag != tar.TypeReg || h.Size < 0 || !known(h.Name) || sparse(h) {
		return false, errOrder
	}
	sum := sha256.New()
	counted := io.TeeReader(r.tar, sum)
	switch hash, isBlob := blobOf(h.Name); {
	case h.Name == nameAbout, h.Name == nameManifest:
		b, err := io.ReadAll(io.LimitReader(counted, mostManifest+1))
		if err != nil {
			return false, err
		}
		if len(b) > mostManifest {
			return false, errOrder
		}
		if h.Name == nameManifest {
			got := sha256.Sum256(b)
			r.manifestSum, r.whole = hex.EncodeToString(got[:]), true
			return true, json.Unmarshal(b, &r.manifest)
		}
		if err := json.Unmarshal(b, &r.about); err != nil {
			return false, err
		}
		if err := r.about.readable(); err != nil {
			return false, err
		}
		return true, r.note(h.Name, int64(len(b)), hex.EncodeToString(sum.Sum(nil)))
	case isBlob:
		if hash <= r.last || r.about.Format == "" {
			return false, errOrder // they come once each, in order
		}
		if err := r.through(into, h, counted); err != nil {
			return false, err
		}
		if hex.EncodeToString(sum.Sum(nil)) != hash {
			return false, errors.New("an attachment is not what its hash says")
		}
		r.last = hash
		noteBlob(r.list, &r.blobs, hash, h.Size)
		return true, nil
	default:
		if r.about.Format == "" && h.Name != nameReadme {
			return false, errOrder
		}
		if err := r.through(into, h, counted); err != nil {
			return false, err
		}
		return true, r.note(h.Name, h.Size, hex.EncodeToString(sum.Sum(nil)))
	}
}

// sparse files are none of ours: a few bytes could fill a disk.
func sparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse") {
			return true
		}
	}
	return false
}

// through gives an entry to the sink, and reads what that left.
func (r *reader) through(into Sink, h *tar.Header, in io.Reader) error {
	from := &source{r: in}
	switch err := into(h.Name, h.Size, from); {
	case from.err != nil: // the backup failed, and not who takes its entries
		return from.err
	case err != nil:
		return sunk{err}
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

// source remembers that reading failed.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// sunk is an error of who takes the entries: it says nothing about the backup.
type sunk struct{ error }

func (s sunk) Unwrap() error { return s.error }

func (r *reader) note(name string, size int64, sum string) error {
	if _, twice := r.sums[name]; twice || len(r.sums) >= mostEntries {
		return errOrder
	}
	r.sums[name] = Entry{Name: name, Size: size, SHA256: sum}
	return nil
}

// readable refuses what a newer Waybill wrote.
func (a About) readable() error {
	switch {
	case a.Format != Format || a.Version < 1:
		return notABackup(nil)
	case a.Version > Version:
		return problem.New(CodeNewer, "This backup was made by a newer Waybill.", "This version does not know all that is in it.", "Update Waybill on this computer, then try again.")
	}
	return nil
}

// onlyZeros reads on to the end: that also proves that the encryption's end is there.
func onlyZeros(r io.Reader) error {
	b := make([]byte, 4096)
	for {
		n, err := r.Read(b)
		for _, c := range b[:n] {
			if c != 0 {
				return errOrder
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// broken says what a failure of reading means.
func (r *reader) broken(err error) error {
	var s sunk
	var p *problem.Problem
	switch {
	case errors.As(err, &s):
		return s.error
	case errors.As(err, &p), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return incomplete(err)
	}
	return problem.Wrap(err, CodeDamaged, "This backup was damaged or changed.", "What it holds is not what was written, so nothing of it is used.", "Use another backup. If it was copied from somewhere, copy it again.")
}

func incomplete(err error) error {
	return problem.Wrap(err, CodeIncomplete, "This backup is not whole.", "Its end is missing: it was interrupted, a part of it is not here, or it was not copied to its end.",
		"Look whether all its parts are here, copy it again, or use another backup.")
}

// compare holds what was read against the manifest.
func (r *reader) compare() error {
	if !r.whole {
		return incomplete(nil)
	}
	m := r.manifest
	if m.Format != Format || m.Version > Version {
		return r.broken(errOrder)
	}
	want := m.Files
	want.Missing = 0
	r.blobs.SHA256 = hex.EncodeToString(r.list.Sum(nil))
	if len(m.Entries) != len(r.sums) || want != r.blobs {
		return r.broken(errors.New("the manifest lists other files"))
	}
	for _, e := range m.Entries {
		if r.sums[e.Name] != e {
			return r.broken(errors.New("a file is not what the manifest says"))
		}
	}
	if _, ok := r.sums[nameDB]; !ok || r.about != m.About {
		return r.broken(errOrder)
	}
	return nil
}
