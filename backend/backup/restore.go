package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/problem"
)

// begun is what the folder of a restore is called until all of it was proven.
const begun = ".incomplete"

// Restore gets a backup back out into a new folder. The folder appears whole and proven,
// or not at all. It gives the SHA-256 of the manifest, too.
func Restore(ctx context.Context, from Place, name string, o Options, dir string, pr *job.Progress) (m Manifest, sum string, err error) {
	dir = filepath.Clean(dir)
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, "", problem.Wrap(err, CodeTaken, "This folder is not empty.", "A backup is restored into a folder of its own, so that nothing is mixed.", "Choose the name of a new folder.").At(problem.Place{File: dir})
	}
	part := dir + begun
	if err := os.RemoveAll(part); err != nil { // of a restore that was interrupted
		return m, "", plain(err, part)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(part) // it was only begun
		}
	}()
	for _, d := range []string{"", "files", "workbooks", "reports", "backups"} {
		if err := os.MkdirAll(filepath.Join(part, d), 0o700); err != nil {
			return m, "", plain(err, part)
		}
	}
	pr.Stage("restore", 0)
	if m, sum, err = Read(ctx, from, name, o, func(name string, _ int64, r io.Reader) error {
		if err := pr.Checkpoint(ctx); err != nil {
			return err
		}
		pr.Add(1, 0)
		return plain(unpack(part, name, r), part)
	}); err != nil {
		return m, "", err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, "", plain(err, dir)
	}
	return m, sum, plain(os.Rename(part, dir), dir)
}

// unpack writes one entry; its name was looked at by Read.
func unpack(dir, name string, r io.Reader) (err error) {
	if name == nameReadme || name == nameInventory {
		return nil // they are for people without Waybill
	}
	at := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Sync()
}

// Test is what restoring a backup into a scratch folder showed.
type Test struct {
	// At is when, in UTC; Backup and ManifestSHA256 say of which.
	At             string `json:"at"`
	Backup         string `json:"backup"`
	ManifestSHA256 string `json:"manifest_sha256"`
	Objects        []Line `json:"objects"`
	// Records whose content was hashed anew and compared.
	Records int64 `json:"records"`
	// Files whose content was hashed anew; Opened of them, every Every-th, were opened as
	// what they are; Unopenable are those that do not open, and do not in the project either.
	Files      int64 `json:"files"`
	Every      int   `json:"every"`
	Opened     int64 `json:"opened"`
	Unopenable int64 `json:"unopenable"`
	// Rules of the old desk, and whether the audit trail is unbroken to its end.
	Rules int64 `json:"rules"`
	Audit bool  `json:"audit"`
	// Seconds that restoring took: what to reckon with on the day when it is needed.
	Seconds float64 `json:"seconds"`
	// Wrong says in words what is not as it should be. None: the test passed.
	Wrong []string `json:"wrong"`
}

// Passed says whether everything was as it should be.
func (t Test) Passed() bool { return len(t.Wrong) == 0 && t.Audit }

// Line compares one object.
type Line struct {
	Object string `json:"object"`
	// Backed is what the manifest says, Restored what came out, Live what the project has now;
	// -1 when there is no project to compare with.
	Backed   int64 `json:"backed"`
	Restored int64 `json:"restored"`
	Live     int64 `json:"live"`
	// Same: restored is byte for byte what was backed up. SameLive: and what the project has.
	Same     bool `json:"same"`
	SameLive bool `json:"same_live"`
}

// OpenEvery reads every n-th attachment of a project and opens it as what it is. It gives
// how many there are, how many it opened, and how many of those do not open.
func OpenEvery(ctx context.Context, hashes func(func(hash, name string, size int64) error) error, from *blob.Store, every int, pr *job.Progress) (all, opened, broken int64, err error) {
	pr.Stage("open files", 0)
	err = hashes(func(hash, name string, size int64) error {
		all++
		if (all-1)%int64(max(every, 1)) != 0 {
			return nil
		}
		if err := pr.Checkpoint(ctx); err != nil {
			return err
		}
		f, err := from.Open(hash)
		if err != nil {
			return err
		}
		ok, err := opens(name, f, size)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		opened++
		if !ok {
			broken++
		}
		pr.Add(1, 0)
		return nil
	})
	return all, opened, broken, err
}
