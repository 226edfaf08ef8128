// Package blob keeps the content of attachments once each, by its SHA-256, each
// file written whole or not at all. A name that a customer chose is data and
// never part of a path.
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"waybill/backend/problem"
)

// Store is a folder of files by hash.
type Store struct{ dir string }

// Open makes the folder if need be.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, plain(err)
	}
	return &Store{dir: dir}, nil
}

var hashShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (s *Store) path(hash string) (string, error) {
	if !hashShape.MatchString(hash) {
		return "", fmt.Errorf("blob: %q is not a hash", hash)
	}
	return filepath.Join(s.dir, hash[:2], hash), nil
}

// Put keeps the content of r and gives its hash and size. The same content twice is one file.
func (s *Store) Put(r io.Reader) (hash string, size int64, err error) {
	tmp, err := os.CreateTemp(s.dir, "incoming-*")
	if err != nil {
		return "", 0, plain(err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name()) // a leftover is harmless and swept at the next start
		}
	}()
	sum := sha256.New()
	if size, err = io.Copy(io.MultiWriter(tmp, sum), r); err != nil {
		return "", 0, plain(err)
	}
	if err = tmp.Sync(); err != nil {
		return "", 0, plain(err)
	}
	if err = tmp.Close(); err != nil {
		return "", 0, plain(err)
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	to, err := s.path(hash)
	if err != nil {
		return "", 0, err
	}
	if _, statErr := os.Stat(to); statErr == nil {
		return hash, size, os.Remove(tmp.Name())
	}
	if err = os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", 0, plain(err)
	}
	if err = os.Rename(tmp.Name(), to); err != nil {
		return "", 0, plain(err)
	}
	return hash, size, nil
}

// Open opens a file by its hash.
func (s *Store) Open(hash string) (io.ReadSeekCloser, error) {
	p, err := s.path(hash)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Wrap(err, "blob.missing", "The content of an attachment is missing from the project.",
			"It was read from the source before, but its file is gone.", "Read the source again, or restore the project from a backup.")
	}
	return f, err
}

// Remove forgets a content for good. One that is not there is fine.
func (s *Store) Remove(hash string) error {
	p, err := s.path(hash)
	if err != nil {
		return err
	}
	if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(err)
	}
	return nil
}

// Sweep removes what an interrupted Put left behind.
func (s *Store) Sweep() error {
	left, err := filepath.Glob(filepath.Join(s.dir, "incoming-*"))
	if err != nil {
		return err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

func plain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return problem.Wrap(err, "store.disk_full", "The disk is full.",
			"This attachment was not saved, everything before it was.", "Free some space on the disk that holds the project, then press Resume.")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return problem.Wrap(err, "store.read_only", "Waybill may not write to the project's folder.",
			"Without that it cannot keep attachments.", "Move the project to a folder of your own, or ask for the right to write there.")
	}
	return err
}
