package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"waybill/backend/problem"
)

// The files of a vault, all readable by their owner only.
const (
	vaultFile  = "secrets.age"     // the secrets, encrypted to the key
	lockedKey  = "secrets.key.age" // the key, encrypted with the passphrase
	openKey    = "secrets.key"     // the key as it is, where no passphrase can be asked
	lockFile   = "secrets.lock"
	lockStale  = 10 * time.Second
	lockPeriod = 20 * time.Millisecond
)

// File gives a vault in dir, which must lie outside every project folder: projects
// are handed around, secrets are not.
//
// The secrets are encrypted with age to a key of their own. With a passphrase the
// key is encrypted with it, and unlocking takes about a second by design. On a
// machine without a keychain where nobody can be asked (passphrase is nil, or gives
// an empty text) the key lies beside the vault in a file that only its owner can
// read: that keeps secrets out of projects, logs and backups of projects, but not
// from somebody who can read this user's files. Where says which of the two it is.
func File(dir string, passphrase func() (Text, error)) (Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, noFolder(err, dir)
	}
	v := &file{dir: dir}
	if err := v.unlock(passphrase); err != nil {
		return nil, err
	}
	if _, err := v.read(); err != nil {
		return nil, err
	}
	return v, nil
}

// workFactor makes unlocking with a passphrase slow on purpose: age's own choice.
var workFactor = 18

type file struct {
	dir    string
	locked bool
	key    *age.X25519Identity
	mu     sync.Mutex
}

func (v *file) path(name string) string { return filepath.Join(v.dir, name) }

// unlock finds the key, or makes one.
func (v *file) unlock(passphrase func() (Text, error)) error {
	if b, err := os.ReadFile(v.path(lockedKey)); err == nil {
		return v.unlockWith(b, passphrase)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return noFolder(err, v.dir)
	}
	if b, err := os.ReadFile(v.path(openKey)); err == nil {
		v.key, err = age.ParseX25519Identity(strings.TrimSpace(string(b)))
		if err != nil {
			return damaged(err, v.path(openKey))
		}
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return noFolder(err, v.dir)
	}
	return v.makeKey(passphrase)
}

func (v *file) unlockWith(sealed []byte, passphrase func() (Text, error)) error {
	v.locked = true
	var phrase Text
	if passphrase != nil {
		var err error
		if phrase, err = passphrase(); err != nil {
			return fmt.Errorf("ask for the passphrase: %w", err)
		}
	}
	if phrase == "" {
		return problem.New(CodeLocked, "The stored tokens are locked with a passphrase, and none was given.",
			"Without them Waybill cannot reach the desks.", "Start again and give the passphrase when asked.")
	}
	id, err := age.NewScryptIdentity(phrase.Reveal())
	if err != nil {
		return fmt.Errorf("prepare passphrase: %w", err)
	}
	plain, err := open(sealed, id)
	if err != nil {
		return problem.Wrap(err, CodeLocked, "The passphrase does not open the stored tokens.",
			"Without them Waybill cannot reach the desks.",
			"Try again. If it is forgotten, delete "+v.path(lockedKey)+" and "+v.path(vaultFile)+" and connect the desks again.")
	}
	if v.key, err = age.ParseX25519Identity(strings.TrimSpace(string(plain))); err != nil {
		return damaged(err, v.path(lockedKey))
	}
	return nil
}

func (v *file) makeKey(passphrase func() (Text, error)) error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	v.key = key
	var phrase Text
	if passphrase != nil {
		if phrase, err = passphrase(); err != nil {
			return fmt.Errorf("ask for the passphrase: %w", err)
		}
	}
	if phrase == "" {
		return v.write(openKey, []byte(key.String()+"\n"))
	}
	to, err := age.NewScryptRecipient(phrase.Reveal())
	if err != nil {
		return fmt.Errorf("prepare passphrase: %w", err)
	}
	to.SetWorkFactor(workFactor)
	sealed, err := seal([]byte(key.String()), to)
	if err != nil {
		return err
	}
	v.locked = true
	return v.write(lockedKey, sealed)
}

func (v *file) Put(name string, t Text) error {
	return v.change(func(m map[string][]byte) { m[name] = []byte(t) })
}

func (v *file) Delete(name string) error {
	return v.change(func(m map[string][]byte) { delete(m, name) })
}

func (v *file) Get(name string) (Text, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, err := v.read()
	if err != nil {
		return "", err
	}
	s, ok := m[name]
	if !ok {
		return "", fmt.Errorf("secret %q: %w", name, ErrNotFound)
	}
	return Text(s), nil
}

func (v *file) Where() string {
	if v.locked {
		return "In the encrypted file " + v.path(vaultFile) + ", protected by your passphrase. This computer offers no keychain."
	}
	return "In the encrypted file " + v.path(vaultFile) + ". Its key lies beside it in " + openKey +
		", which only your user can read: this computer offers no keychain and no passphrase was given."
}

// change reads, edits and replaces the vault, alone among all processes.
func (v *file) change(edit func(map[string][]byte)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	unlock, err := v.lock()
	if err != nil {
		return err
	}
	defer unlock()
	m, err := v.read()
	if err != nil {
		return err
	}
	edit(m)
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode secrets: %w", err)
	}
	sealed, err := seal(plain, v.key.Recipient())
	if err != nil {
		return err
	}
	return v.write(vaultFile, sealed)
}

// lock keeps two programs from overwriting each other's secret. A lock whose owner
// was killed is taken over.
func (v *file) lock() (func(), error) {
	path := v.path(lockFile)
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close() // empty: nothing to lose
			return func() { _ = os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, noFolder(err, v.dir)
		}
		if st, err := os.Stat(path); err == nil && time.Since(st.ModTime()) > lockStale {
			_ = os.Remove(path) // whoever removes it first wins; the other finds a new one
			continue
		}
		time.Sleep(lockPeriod)
	}
}

func (v *file) read() (map[string][]byte, error) {
	sealed, err := os.ReadFile(v.path(vaultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]byte{}, nil
	}
	if err != nil {
		return nil, noFolder(err, v.dir)
	}
	plain, err := open(sealed, v.key)
	if err != nil {
		return nil, damaged(err, v.path(vaultFile))
	}
	m := map[string][]byte{}
	if err := json.Unmarshal(plain, &m); err != nil {
		return nil, damaged(err, v.path(vaultFile))
	}
	return m, nil
}

// write replaces a file whole or not at all.
func (v *file) write(name string, b []byte) error {
	f, err := os.CreateTemp(v.dir, name+".*") // 0600 by its contract
	if err != nil {
		return noFolder(err, v.dir)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), v.path(name))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error above says more
		return noFolder(err, v.dir)
	}
	return nil
}

func seal(plain []byte, to age.Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt secrets: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt secrets: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt secrets: %w", err)
	}
	return b.Bytes(), nil
}

func open(sealed []byte, id age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func noFolder(err error, dir string) error {
	return problem.Wrap(err, CodeNoAccess, "The folder for stored tokens could not be used: "+dir+".",
		"The token for the desk can neither be read nor kept.",
		"Make sure that the folder belongs to you and the disk is not full, then try again.")
}

func damaged(err error, path string) error {
	return problem.Wrap(err, CodeDamaged, "The stored tokens could not be read: "+path+" is damaged.",
		"Waybill cannot reach the desks with them.",
		"Put the file back from a backup, or delete it and connect the desks again.")
}
