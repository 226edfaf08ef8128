package secret_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"waybill/backend/problem"
	"waybill/backend/secret"
)

const token = "s3cret-t0ken"

func TestTextHidesItself(t *testing.T) {
	s := secret.Text(token)
	held := struct {
		S secret.Text
		P *secret.Text
		M map[string]secret.Text
	}{s, &s, map[string]secret.Text{"a": s}}
	var said strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&said, verb+verb+"\n", s, held)
	}
	j, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	said.Write(j)
	log := slog.New(slog.NewJSONHandler(&said, nil))
	log.Info("x", "secret", s, "held", held)
	slog.New(slog.NewTextHandler(&said, nil)).Info("x", "secret", s)
	fmt.Fprint(&said, fmt.Errorf("with %v: %w", s, errors.New("x")))
	for _, form := range []string{token, fmt.Sprintf("%x", token), fmt.Sprintf("%X", token)} {
		if strings.Contains(said.String(), form) {
			t.Errorf("the secret shows as %q in %s", form, said.String())
		}
	}
	if s.Reveal() != token {
		t.Error("Reveal does not reveal")
	}
}

// vaults are all kinds, each behaving alike.
func vaults(t *testing.T) map[string]secret.Vault {
	t.Helper()
	keyring.MockInit()
	chain, err := secret.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	open, err := secret.File(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := secret.File(t.TempDir(), say("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]secret.Vault{
		"memory": secret.Memory(), "keychain": chain, "file": open, "file with passphrase": locked,
		"scope": secret.Scope(secret.Memory(), "project/source/"),
	}
}

func say(phrase string) func() (secret.Text, error) {
	return func() (secret.Text, error) { return secret.Text(phrase), nil }
}

func TestVaults(t *testing.T) {
	for name, v := range vaults(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := v.Get("a"); !errors.Is(err, secret.ErrNotFound) {
				t.Errorf("nothing there: %v", err)
			}
			if err := v.Delete("a"); err != nil {
				t.Errorf("deleting what is not there: %v", err)
			}
			for key, value := range map[string]secret.Text{"a": token, "b/ü \x00": "ü\n\x00\xff", "c": ""} {
				if name == "keychain" && key != "a" {
					continue // its mock is not our code
				}
				if err := v.Put(key, value); err != nil {
					t.Fatal(err)
				}
				got, err := v.Get(key)
				if err != nil || got != value {
					t.Errorf("%q: %q, %v", key, got.Reveal(), err)
				}
			}
			if err := v.Put("a", "new"); err != nil {
				t.Fatal(err)
			}
			if got, err := v.Get("a"); err != nil || got.Reveal() != "new" {
				t.Errorf("replaced: %q, %v", got.Reveal(), err)
			}
			if err := v.Delete("a"); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Get("a"); !errors.Is(err, secret.ErrNotFound) {
				t.Errorf("deleted: %v", err)
			}
			if v.Where() == "" || !strings.HasSuffix(v.Where(), ".") {
				t.Errorf("where: %q", v.Where())
			}
		})
	}
}

func TestScopesDoNotMeet(t *testing.T) {
	v := secret.Memory()
	a, b := secret.Scope(v, "a/"), secret.Scope(v, "b/")
	if err := a.Put("token", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get("token"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("another scope sees it: %v", err)
	}
	if got, err := v.Get("a/token"); err != nil || got.Reveal() != "1" {
		t.Errorf("%v %v", got.Reveal(), err)
	}
}

func TestAskingStartsNoBus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux keeps its keychain behind a session bus")
	}
	if dir := os.Getenv("WAYBILL_SECRET_CHILD"); dir != "" {
		if _, err := secret.Open(dir, nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	// A bus launcher that leaves a trace. It is looked for in a process of its own, where
	// no other test has put a make-believe keychain in place.
	dir := t.TempDir()
	trace := filepath.Join(dir, "started")
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\n: >'"+trace+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestAskingStartsNoBus$")
	child.Env = append(os.Environ(), "WAYBILL_SECRET_CHILD="+filepath.Join(dir, "waybill"),
		"DBUS_SESSION_BUS_ADDRESS=", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(trace); err == nil {
		t.Error("a session bus was started that would outlive the program")
	}
}

func TestNoKeychainMeansAFile(t *testing.T) {
	keyring.MockInitWithError(errors.New("no Secret Service"))
	t.Cleanup(keyring.MockInit)
	dir := filepath.Join(t.TempDir(), "waybill")
	v, err := secret.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Put("desk", token); err != nil {
		t.Fatal(err)
	}
	if where := v.Where(); !strings.Contains(where, dir) || !strings.Contains(where, "no keychain") || !strings.Contains(where, "only your user") {
		t.Errorf("where: %q", where)
	}
	again, err := secret.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get("desk"); err != nil || got.Reveal() != token {
		t.Errorf("after a restart: %v %v", got.Reveal(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v", f.Name(), info.Mode())
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), token) {
			t.Errorf("%s holds the secret as it is", f.Name())
		}
	}
	if len(files) != 2 {
		t.Errorf("files left over: %v", files)
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	v, err := secret.File(dir, say("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Put("desk", token); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(v.Where(), "passphrase") {
		t.Errorf("where: %q", v.Where())
	}
	if _, err := os.Stat(filepath.Join(dir, "secrets.key")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the key lies open although there is a passphrase")
	}
	asked := 0
	again, err := secret.File(dir, func() (secret.Text, error) { asked++; return "open sesame", nil })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := again.Get("desk"); err != nil || got.Reveal() != token {
			t.Errorf("%v %v", got.Reveal(), err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	cancelled := errors.New("cancelled")
	for name, ask := range map[string]func() (secret.Text, error){
		"wrong": say("open barley"), "empty": say(""), "nobody to ask": nil,
	} {
		_, err := secret.File(dir, ask)
		plain(t, name, err, secret.CodeLocked)
		if err != nil && strings.Contains(err.Error(), "barley") {
			t.Error("the passphrase stands in the error")
		}
	}
	if _, err := secret.File(dir, func() (secret.Text, error) { return "", cancelled }); !errors.Is(err, cancelled) {
		t.Errorf("cancelled: %v", err)
	}
}

var jargon = regexp.MustCompile(`(?i)\b(null|entity|orphan|422)\b`)

// plain fails unless err is a problem of that code with three plain sentences.
func plain(t *testing.T, name string, err error, code problem.Code) {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Errorf("%s: got %v, want %s", name, err, code)
		return
	}
	for _, s := range []string{p.What, p.Why, p.Next} {
		if s == "" || jargon.MatchString(s) {
			t.Errorf("%s: not a plain sentence: %q", name, s)
		}
	}
}

func TestDamage(t *testing.T) {
	for _, file := range []string{"secrets.age", "secrets.key"} {
		dir := t.TempDir()
		v, err := secret.File(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Put("a", token); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte("not what it was"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = secret.File(dir, nil)
		plain(t, file, err, secret.CodeDamaged)
	}
}

func TestUnusableFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := secret.File(filepath.Join(path, "dir"), nil)
	plain(t, "a file in the way", err, secret.CodeNoAccess)
}

// Two programs, many goroutines: no secret overwrites another.
func TestWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	var vaults []secret.Vault
	for range 3 {
		v, err := secret.File(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		vaults = append(vaults, v)
	}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if err := vaults[i%3].Put(fmt.Sprint("k", i), secret.Text(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range 30 {
		if got, err := vaults[0].Get(fmt.Sprint("k", i)); err != nil || got.Reveal() != fmt.Sprint(i) {
			t.Errorf("%d: %q %v", i, got.Reveal(), err)
		}
	}
}

// A program that was killed while it wrote leaves its lock behind.
func TestALeftLockIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	v, err := secret.File(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, "secrets.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(lock, past, past); err != nil {
		t.Fatal(err)
	}
	if err := v.Put("a", token); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(lock); !errors.Is(err, os.ErrNotExist) {
		t.Error("the lock was left")
	}
}

func TestKeychainProblems(t *testing.T) {
	keyring.MockInit()
	v, err := secret.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keyring.MockInit)
	keyring.MockInitWithError(errors.New("locked"))
	_, err = v.Get("a")
	plain(t, "get", err, secret.CodeNoAccess)
	plain(t, "put", v.Put("a", token), secret.CodeNoAccess)
	plain(t, "delete", v.Delete("a"), secret.CodeNoAccess)
	keyring.MockInitWithError(keyring.ErrSetDataTooBig)
	plain(t, "too long", v.Put("a", token), secret.CodeTooLong)
}
