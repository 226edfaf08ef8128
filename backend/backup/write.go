package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Input is what is backed up.
type Input struct {
	// Dir is the project's folder.
	Dir   string
	DB    *store.DB
	Blobs *blob.Store
	About About
	// Inventory is what of the desks' configuration is known, in the words of the project.
	Inventory any
	Rules     int64
	Schemas   []string
}

// Result is what was written.
type Result struct {
	Manifest Manifest `json:"manifest"`
	// ManifestSHA256 names exactly this backup.
	ManifestSHA256 string `json:"manifest_sha256"`
	Name           string `json:"name"`
	// Parts is how many files it is; Bytes how much they hold.
	Parts     int   `json:"parts"`
	Bytes     int64 `json:"bytes"`
	Encrypted bool  `json:"encrypted"`
}

const snapshotPattern = ".waybill-snapshot-*"

// readme is what somebody finds who opens a backup without Waybill.
const readme = `This is a backup made by Waybill (format waybill-backup, version 1).

How to open it without Waybill
  One file:      zstd -d < NAME.waybill-backup | tar x
  In parts:      cat NAME.waybill-backup.??? | zstd -d | tar x
  Encrypted:     age -d NAME.waybill-backup | zstd -d | tar x       (https://age-encryption.org)

What is inside
  about.json      whose it is, and when it was made
  inventory.json  fields, rules and counts of both desks, as they were known then
  project.db      an SQLite 3 database. Table rec has one line for each record that was read:
                  object (see table object), its id, its fate (0 waits, 1 moved, 2 merged,
                  3 archived, 4 left out, 5 held back). Table raw has its content, by seq,
                  exactly as the old desk gave it (JSON). Table link says what belongs to what.
  files/          attachments. The name of each is its SHA-256; table file of the database
                  says which record it belongs to and what it was called.
  practice/, reports/, workbooks/   other files of the project
  MANIFEST.json   the last file: sizes and SHA-256 of all before it. A backup without it was
                  interrupted and is not whole.
`

// Write makes a backup under a name in a place. It streams: memory does not grow with the
// project. What was begun is taken away when it fails.
func Write(ctx context.Context, in Input, to Place, name string, o Options, pr *job.Progress) (Result, error) {
	if !portable(name) {
		return Result{}, problem.New(CodeFolder, "This name cannot be used for a backup.", "Some systems would not take it for the name of a file.", "Use letters, digits, blanks and dashes.").At(problem.Place{File: name})
	}
	snapshot, err := takeSnapshot(ctx, in, pr)
	if err != nil {
		return Result{}, plain(err, in.Dir)
	}
	defer func() { _ = os.Remove(snapshot) }() // a leftover is swept by the next backup
	m := Manifest{Format: Format, Version: Version, About: in.About, Rules: in.Rules, Schemas: in.Schemas}
	var list int64
	if m.Objects, m.AuditHash, list, err = contents(ctx, snapshot, pr); err != nil {
		return Result{}, plain(err, in.Dir)
	}
	info, err := os.Stat(snapshot)
	if err != nil {
		return Result{}, err
	}
	m.About.Format, m.About.Version, m.About.Bytes = Format, Version, info.Size()+list

	out, err := newParts(ctx, to, name, o.PartSize)
	if err != nil {
		return Result{}, err
	}
	res := Result{Name: name, Encrypted: o.Passphrase != ""}
	if res.ManifestSHA256, err = stack(ctx, out, in, snapshot, &m, o, pr); err != nil {
		return Result{}, plain(out.abandon(err), to.Where())
	}
	if err := out.end(); err != nil {
		return Result{}, plain(out.abandon(err), to.Where())
	}
	res.Manifest, res.Parts, res.Bytes = m, out.n, out.total
	return res, nil
}

// takeSnapshot copies the project file as it is at one moment.
func takeSnapshot(ctx context.Context, in Input, pr *job.Progress) (string, error) {
	pr.Stage("backup copy", 0)
	left, err := filepath.Glob(filepath.Join(in.Dir, snapshotPattern))
	if err != nil {
		return "", err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return "", err
		}
	}
	f, err := os.CreateTemp(in.Dir, snapshotPattern)
	if err != nil {
		return "", err
	}
	name := f.Name()
	if err := errors.Join(f.Close(), os.Remove(name)); err != nil { // SQLite writes a new file only
		return "", err
	}
	if err := in.DB.Snapshot(ctx, name); err != nil {
		_ = os.Remove(name + ".part") // it was only begun
		return "", err
	}
	return name, nil
}

// contents counts and hashes what a snapshot holds, and how many bytes of attachments there are.
func contents(ctx context.Context, snapshot string, pr *job.Progress) (out []Content, audit string, bytes int64, err error) {
	db, err := store.Open(ctx, snapshot)
	if err != nil {
		return nil, "", 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if out, err = Contents(ctx, db, pr); err != nil {
		return nil, "", 0, err
	}
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		if audit, _, err = tx.AuditHead(); err != nil {
			return err
		}
		return tx.EachFile(func(_, _ string, size int64) error { bytes += size; return nil })
	})
	return out, audit, bytes, err
}

// Contents counts and hashes every record of a project's stage.
func Contents(ctx context.Context, db *store.DB, pr *job.Progress) (out []Content, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		out = []Content{}
		for _, o := range objects {
			c, err := content(ctx, tx, o, pr)
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

func content(ctx context.Context, tx *store.Tx, o model.Object, pr *job.Progress) (Content, error) {
	c, sum := Content{Object: o}, sha256.New()
	pr.Stage("count "+string(o), 0)
	err := tx.EachContent(o, func(id string, kept, raw []byte) error {
		h := sha256.Sum256(raw)
		if string(kept) != string(h[:]) {
			c.Altered++
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%x\n", id, h) // a hash never fails
		c.Records++
		if c.Records%1024 == 0 {
			pr.Add(1024, 0)
			return pr.Checkpoint(ctx)
		}
		return nil
	})
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return c, err
}

// stack writes tar into zstd, and that into age when there is a passphrase.
func stack(ctx context.Context, out io.Writer, in Input, snapshot string, m *Manifest, o Options, pr *job.Progress) (sum string, err error) {
	closers := []io.Closer{}
	if o.Passphrase != "" {
		to, err := age.NewScryptRecipient(o.Passphrase.Reveal())
		if err != nil {
			return "", err
		}
		if o.work > 0 {
			to.SetWorkFactor(o.work)
		}
		w, err := age.Encrypt(out, to)
		if err != nil {
			return "", err
		}
		out, closers = w, append(closers, w)
	}
	z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20))
	if err != nil {
		return "", err
	}
	closers = append([]io.Closer{z}, closers...)
	w := &writer{tar: tar.NewWriter(z), ctx: ctx, pr: pr, m: m}
	closers = append([]io.Closer{w.tar}, closers...)
	if sum, err = w.all(in, snapshot); err != nil {
		_ = z.Close() // it is abandoned; this only ends the encoder
		return "", err
	}
	for _, c := range closers {
		if err := c.Close(); err != nil {
			return "", err
		}
	}
	return sum, nil
}

type writer struct {
	tar *tar.Writer
	ctx context.Context
	pr  *job.Progress
	m   *Manifest
}

// all writes every entry; it gives the SHA-256 of the manifest.
func (w *writer) all(in Input, snapshot string) (string, error) {
	if err := w.text(nameReadme, []byte(readme)); err != nil {
		return "", err
	}
	if err := w.json(nameAbout, w.m.About); err != nil {
		return "", err
	}
	if err := w.json(nameInventory, in.Inventory); err != nil {
		return "", err
	}
	w.pr.Stage("backup project", 0)
	if err := w.file(nameDB, snapshot); err != nil {
		return "", err
	}
	for _, f := range folders {
		if err := w.folder(in.Dir, f); err != nil {
			return "", err
		}
	}
	if err := w.blobs(in, snapshot); err != nil {
		return "", err
	}
	b, err := json.MarshalIndent(w.m, "", " ")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), w.put(nameManifest, int64(len(b)), func(out io.Writer) error { _, err := out.Write(b); return err })
}

func (w *writer) put(name string, size int64, fill func(io.Writer) error) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Unix(0, 0).UTC(), Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	return fill(w.tar)
}

func (w *writer) noted(name string, size int64, fill func(io.Writer) error) error {
	sum := sha256.New()
	if err := w.put(name, size, func(out io.Writer) error { return fill(io.MultiWriter(out, sum)) }); err != nil {
		return err
	}
	w.m.Entries = append(w.m.Entries, Entry{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *writer) text(name string, b []byte) error {
	return w.noted(name, int64(len(b)), func(out io.Writer) error { _, err := out.Write(b); return err })
}

func (w *writer) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return w.text(name, b)
}

// file writes as much of a file as it holds now; it may grow meanwhile.
func (w *writer) file(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.noted(name, info.Size(), func(out io.Writer) error { return w.copy(out, f, info.Size()) })
}

// copy copies n bytes, and can be stopped between two pieces.
func (w *writer) copy(out io.Writer, in io.Reader, n int64) error {
	const piece = 1 << 20
	for n > 0 {
		if err := w.pr.Checkpoint(w.ctx); err != nil {
			return err
		}
		some := min(n, piece)
		if _, err := io.CopyN(out, in, some); err != nil {
			return err
		}
		n -= some
	}
	return nil
}

// folder writes the files of a folder of the project; what other systems would not take
// for a file's name stays out.
func (w *writer) folder(dir, name string) error {
	list, err := os.ReadDir(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if !e.Type().IsRegular() || !portable(e.Name()) {
			continue
		}
		if err := w.file(name+"/"+e.Name(), filepath.Join(dir, name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// blobs writes the attachments in the order of their hashes, each checked as it is read.
func (w *writer) blobs(in Input, snapshot string) (err error) {
	db, err := store.Open(w.ctx, snapshot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w.pr.Stage("backup files", 0)
	list := sha256.New()
	err = db.Read(w.ctx, func(tx *store.Tx) error {
		return tx.EachFile(func(h, _ string, _ int64) error { return w.blob(in.Blobs, h, list) })
	})
	w.m.Files.SHA256 = hex.EncodeToString(list.Sum(nil))
	return err
}

func (w *writer) blob(from *blob.Store, h string, list hash.Hash) error {
	f, err := from.Open(h)
	if problem.Is(err, "blob.missing") {
		w.m.Files.Missing++
		w.pr.Add(0, 1)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	err = w.put(files+h[:2]+"/"+h, size, func(out io.Writer) error { return w.copy(io.MultiWriter(out, sum), f, size) })
	if err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != h {
		return problem.New("blob.altered", "The content of an attachment is not what was read from the source.", "A file in the project's folder was changed from outside, or the disk fails.",
			"Read the source again, or restore the project from an earlier backup.").At(problem.Place{File: h})
	}
	noteBlob(list, &w.m.Files, h, size)
	w.pr.Add(1, 0)
	return nil
}

func noteBlob(list hash.Hash, f *Files, h string, size int64) {
	_, _ = fmt.Fprintf(list, "%s %d\n", h, size) // a hash never fails
	f.Count, f.Bytes = f.Count+1, f.Bytes+size
}
