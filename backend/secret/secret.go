// Package secret keeps tokens in the operating system's keychain, or in a
// passphrase-encrypted file where there is none (invariant 15).
package secret

import "log/slog"

// Text is a secret; it prints as "[hidden]" under every verb, in JSON and in logs.
type Text string

const hidden = "[hidden]"

func (Text) String() string   { return hidden }
func (Text) GoString() string { return hidden }

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
	Delete(name string) error
}
