// Package seal makes what a project hands out tamper-evident.
//
// Beside a report stands a folder with its *evidence list*: every file that belongs to it with
// its SHA-256, and who had signed by then. A *seal* is a detached CMS signature (RFC 5652) over
// the bytes of that list, made with the project's own key; anybody can check it without Waybill:
//
//	openssl cms -verify -binary -inform DER -in list.p7s -content list.json -CAfile certificate.pem
//
// What it proves: these files are those that the holder of the project's key sealed, unchanged.
// Whose key it is, is proven by its fingerprint, which stands in the project's audit trail.
package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"

	"waybill/backend/problem"
)

// Codes of this package.
const (
	CodeKey       problem.Code = "seal.key"
	CodeNoList    problem.Code = "seal.no_evidence"
	CodeUnread    problem.Code = "seal.unreadable"
	CodeNotAFile  problem.Code = "seal.no_file"
	CodeNotSealed problem.Code = "seal.failed"
)

// Key is the key of one project with its certificate.
type Key struct {
	private *ecdsa.PrivateKey
	cert    *x509.Certificate
}

// NewKey makes a key for a project (ECDSA on P-256) with a certificate of its own that names
// the project and is good for thirty years from at.
func NewKey(project string, at time.Time) (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Key{}, err
	}
	name := pkix.Name{CommonName: clip(project, 64), Organization: []string{"Waybill project"}}
	shape := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: name, Issuer: name,
		NotBefore: at.UTC().Add(-time.Hour).Truncate(time.Second), NotAfter: at.UTC().AddDate(30, 0, 0).Truncate(time.Second),
		// openssl cms looks for the right to sign mail where no other purpose is asked for.
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, private.Public(), private)
	if err != nil {
		return Key{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return Key{private: private, cert: cert}, err
}

// clip keeps a name within what a certificate may hold, in characters.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	if r := []rune(s); len(r) > n {
		s = string(r[:n])
	}
	if s == "" {
		return "unnamed"
	}
	return s
}

// Secret gives the key and its certificate as PEM, for the keychain only (invariant 15).
func (k Key) Secret() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})) + k.Certificate(), nil
}

// ParseKey reads what Secret gave.
func ParseKey(secret string) (Key, error) {
	bad := func(err error) (Key, error) {
		return Key{}, problem.Wrap(err, CodeKey, "The project's signing key cannot be read.",
			"What the keychain holds for it is damaged, so no seal can be made with it.", "Let Waybill make a new key; the change will stand in the audit trail.")
	}
	block, rest := pem.Decode([]byte(secret))
	if block == nil {
		return bad(errors.New("no PEM"))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return bad(err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return bad(errors.New("not an elliptic-curve key"))
	}
	if block, _ = pem.Decode(rest); block == nil {
		return bad(errors.New("no certificate"))
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return bad(err)
	}
	if !private.PublicKey.Equal(cert.PublicKey) {
		return bad(errors.New("key and certificate do not belong together"))
	}
	return Key{private: private, cert: cert}, nil
}

// Certificate is the public half as PEM; it may be given to anybody.
func (k Key) Certificate() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.cert.Raw}))
}

// Fingerprint is the SHA-256 of the certificate in hexadecimal.
func (k Key) Fingerprint() string { return fingerprint(k.cert) }

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// File is one file of the evidence.
type File struct {
	Name   string `json:"name"`
	What   string `json:"what"` // "the report", "the audit trail"
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// FileOf describes a file by its content.
func FileOf(name, what string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{Name: name, What: what, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

// Signature is a person's word that the report carries.
type Signature struct {
	Kind string    `json:"kind,omitempty"` // technical, business, waiver
	Name string    `json:"name"`
	Role string    `json:"role"`
	At   time.Time `json:"at"`
}

// Evidence is the evidence list.
type Evidence struct {
	Format    string      `json:"format"` // Format below
	Project   string      `json:"project"`
	ProjectID string      `json:"project_id"`
	StateAt   time.Time   `json:"state_at"`   // when the facts were frozen
	Facts     string      `json:"facts"`      // their hash
	AuditHead string      `json:"audit_head"` // hash of the audit trail's last line in it
	AuditSize int64       `json:"audit_lines"`
	Verdict   string      `json:"verdict"`
	Signed    []Signature `json:"signed_by"`
	Files     []File      `json:"files"`
}

// Format names the kind of list; a later kind gets another name.
const Format = "waybill evidence 1"

// Bytes are what is sealed: the same list gives the same bytes.
func (e Evidence) Bytes() ([]byte, error) {
	e.Format = Format
	b, err := json.MarshalIndent(e, "", "  ")
	return append(b, '\n'), err
}

// Seal signs the bytes of a list: a detached CMS signature, DER. The signing time in it is this
// machine's.
func (k Key) Seal(list []byte) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, problem.Wrap(err, CodeNotSealed, "The report could not be sealed.",
			"Without a seal nobody can tell later whether it was changed.", "Try again; if it happens again, send the technical detail to whoever supports Waybill for you.")
	}
	s, err := pkcs7.NewSignedData(list)
	if err != nil {
		return fail(err)
	}
	s.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := s.AddSigner(k.cert, crypto.PrivateKey(k.private), pkcs7.SignerInfoConfig{}); err != nil {
		return fail(err)
	}
	s.Detach()
	out, err := s.Finish()
	if err != nil {
		return fail(err)
	}
	return out, nil
}
