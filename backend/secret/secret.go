// Package secret keeps tokens in the operating system's keychain, or in an
// encrypted file where there is none (invariant 15).
//
// A secret is a Text, which does not print. A Vault keeps secrets by name.
package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// ErrNotFound says that there is no secret of that name.
var ErrNotFound = errors.New("no such secret")

// Text is a secret; it prints as "[hidden]" under every verb, in JSON and in logs.
type Text string

const hidden = "[hidden]"

func (Text) String() string { return hidden }

// Format keeps the secret out of every verb, the unfit ones included.
func (Text) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// MarshalText keeps the secret out of JSON and other encodings.
func (Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue keeps the secret out of logs.
func (Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// Reveal gives the secret itself, for the request that needs it.
func (t Text) Reveal() string { return string(t) }

// Vault keeps secrets by name.
type Vault interface {
	Put(name string, t Text) error
	// Get gives ErrNotFound when there is no such secret.
	Get(name string) (Text, error)
	// Delete forgets a secret. One that is not there is fine.
	Delete(name string) error
	// Where says in plain words where the secrets are kept and what protects them.
	Where() string
}
