package secret

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"

	"waybill/backend/problem"
)

// Codes of this package.
const (
	CodeLocked   problem.Code = "secret.wrong_passphrase"
	CodeDamaged  problem.Code = "secret.damaged"
	CodeNoAccess problem.Code = "secret.no_access"
	CodeTooLong  problem.Code = "secret.too_long"
)

// service is the name under which the keychain shows our secrets.
const service = "Waybill"

// probeTimeout bounds the question whether there is a keychain at all: on a broken
// desktop session the answer may never come.
const probeTimeout = 5 * time.Second

// Open gives the operating system's keychain where there is one, and otherwise an
// encrypted file in dir (see File). passphrase is asked at most once, and only for
// the file; nil means that nobody can be asked.
func Open(dir string, passphrase func() (Text, error)) (Vault, error) {
	if keychainWorks() {
		return keychain{}, nil
	}
	return File(dir, passphrase)
}

// noBus is an address where nobody answers.
const noBus = "unix:path=/nonexistent"

// startNoBus keeps the keychain's library from starting a session bus of its own where
// there is none, as on a server: the bus would outlive this program, once for each start,
// and no keychain would ever answer on it.
func startNoBus() {
	if runtime.GOOS != "linux" || os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), name)); err == nil {
			return
		}
	}
	_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", noBus) // only fails for a name that is none
}

// keychainWorks asks for a secret that is never there: a working keychain says
// "not found", which needs no unlocking.
func keychainWorks() bool {
	startNoBus()
	answer := make(chan error, 1)
	go func() {
		_, err := keyring.Get(service, "waybill-is-there-a-keychain")
		answer <- err
	}()
	select {
	case err := <-answer:
		return err == nil || errors.Is(err, keyring.ErrNotFound)
	case <-time.After(probeTimeout):
		return false
	}
}

type keychain struct{}

func (keychain) Put(name string, t Text) error {
	err := keyring.Set(service, name, t.Reveal())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return problem.Wrap(err, CodeTooLong, "This secret is too long for this computer's keychain.",
			"It cannot be kept safely, so it was not kept at all.", "Use a shorter token or key for this desk.")
	default:
		return noAccess(err)
	}
}

func (keychain) Get(name string) (Text, error) {
	s, err := keyring.Get(service, name)
	switch {
	case err == nil:
		return Text(s), nil
	case errors.Is(err, keyring.ErrNotFound):
		return "", fmt.Errorf("secret %q: %w", name, ErrNotFound)
	default:
		return "", noAccess(err)
	}
}

func (keychain) Delete(name string) error {
	err := keyring.Delete(service, name)
	if err == nil || errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return noAccess(err)
}

func (keychain) Where() string {
	return "In this computer's keychain, under the name " + service + ", protected by your login."
}

func noAccess(err error) error {
	return problem.Wrap(err, CodeNoAccess, "The keychain of this computer could not be used.",
		"The token for the desk can neither be read nor kept.",
		"Unlock the keychain (log in again if it asks for nothing), then try again.")
}
