package seal_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/backend/problem"
	"waybill/backend/seal"
)

// hand writes a report with its evidence as a project does, and gives its path.
func hand(t *testing.T, k seal.Key) string {
	t.Helper()
	dir := t.TempDir()
	report := filepath.Join(dir, "sign-off.pdf")
	folder := seal.Folder(report)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	pdf, facts := []byte("%PDF-1.4 what was signed"), []byte(`{"project":"Acme"}`)
	list, err := seal.Evidence{
		Project: "Acme", ProjectID: "p1", StateAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Facts: "abc", AuditHead: "def", AuditSize: 3, Verdict: "balances",
		Signed: []seal.Signature{{Kind: "technical", Name: "Ines Ruiz", Role: "Migration lead", At: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}},
		Files:  []seal.File{seal.FileOf("sign-off.pdf", "the report", pdf), seal.FileOf("facts.json", "its facts", facts)},
	}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := k.Seal(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		report: pdf, filepath.Join(folder, "facts.json"): facts, filepath.Join(folder, seal.List): list,
		filepath.Join(folder, seal.Seal): sig, filepath.Join(folder, seal.Certificate): []byte(k.Certificate()),
	} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return report
}

func newKey(t *testing.T) seal.Key {
	t.Helper()
	k, err := seal.NewKey("Acme to Front", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// add appends a byte to a file.
func add(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(b, ' '), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	k := newKey(t)
	in := func(report, name string) string { return filepath.Join(seal.Folder(report), name) }
	for _, c := range []struct {
		name              string
		do                func(t *testing.T, report string) string
		unchanged, sealed bool
		says              string
	}{
		{"as it was", nil, true, true, "all of its evidence are unchanged"},
		{"renamed", func(t *testing.T, r string) string {
			to := filepath.Join(filepath.Dir(r), "Acme final (2).pdf")
			if err := os.Rename(r, to); err != nil {
				t.Fatal(err)
			}
			return to
		}, true, true, "unchanged"},
		{"one byte more", func(t *testing.T, r string) string { add(t, r); return r }, false, true, "changed after it was sealed"},
		{"evidence changed", func(t *testing.T, r string) string { add(t, in(r, "facts.json")); return r }, true, true, "1 changed and 0 missing"},
		{"evidence gone", func(t *testing.T, r string) string { remove(t, in(r, "facts.json")); return r }, true, true, "0 changed and 1 missing"},
		{"list changed", func(t *testing.T, r string) string { add(t, in(r, seal.List)); return r }, false, false, "list was changed after it was sealed"},
		{"seal gone", func(t *testing.T, r string) string { remove(t, in(r, seal.Seal)); return r }, false, false, "seal is missing"},
		{"seal damaged", func(t *testing.T, r string) string {
			if err := os.WriteFile(in(r, seal.Seal), []byte("0\x80nonsense"), 0o600); err != nil {
				t.Fatal(err)
			}
			return r
		}, false, false, "seal is damaged"},
		{"report and list forged", func(t *testing.T, r string) string {
			add(t, r)
			b, err := os.ReadFile(r)
			if err != nil {
				t.Fatal(err)
			}
			list, err := seal.Evidence{Files: []seal.File{seal.FileOf("sign-off.pdf", "the report", b)}}.Bytes()
			if err == nil {
				err = os.WriteFile(in(r, seal.List), list, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			return r
		}, false, false, "nobody vouches"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := hand(t, k)
			if c.do != nil {
				r = c.do(t, r)
			}
			got, err := seal.Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			if got.Unchanged != c.unchanged || got.Sealed != c.sealed || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("unchanged %v, sealed %v: %s", got.Unchanged, got.Sealed, got.Sentence)
			}
			if c.sealed && (got.Fingerprint != k.Fingerprint() || got.Signer != "Acme to Front") {
				t.Errorf("signer %q %s", got.Signer, got.Fingerprint)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// Another key's seal is a good seal of somebody else: the fingerprint tells.
func TestVerify_anotherKeyIsSomebodyElse(t *testing.T) {
	r := hand(t, newKey(t))
	list, err := os.ReadFile(filepath.Join(seal.Folder(r), seal.List))
	if err != nil {
		t.Fatal(err)
	}
	other := newKey(t)
	sig, err := other.Seal(list)
	if err == nil {
		err = os.WriteFile(filepath.Join(seal.Folder(r), seal.Seal), sig, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := seal.Verify(r)
	if err != nil || got.Fingerprint != other.Fingerprint() {
		t.Errorf("%v %v", got, err)
	}
}

func TestVerify_nothingCanBeSaid(t *testing.T) {
	r := filepath.Join(t.TempDir(), "some.pdf")
	if _, err := seal.Verify(r); !problem.Is(err, seal.CodeNotAFile) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(r, []byte("%PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Verify(r); !problem.Is(err, seal.CodeNoList) {
		t.Errorf("no evidence: %v", err)
	}
	if err := os.Mkdir(seal.Folder(r), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(seal.Folder(r), seal.List), []byte(`{"format":"other"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Verify(r); !problem.Is(err, seal.CodeUnread) {
		t.Errorf("another list: %v", err)
	}
}

func TestKeyKeepsAndTells(t *testing.T) {
	k := newKey(t)
	s, err := k.Secret()
	if err != nil {
		t.Fatal(err)
	}
	if len(s) > 2500 {
		t.Errorf("%d bytes are too many for the keychain of Windows", len(s))
	}
	again, err := seal.ParseKey(s)
	if err != nil || again.Fingerprint() != k.Fingerprint() {
		t.Errorf("%v", err)
	}
	block, _ := pem.Decode([]byte(k.Certificate()))
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || c.Subject.CommonName != "Acme to Front" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "nonsense", k.Certificate(), strings.Replace(s, "A", "B", 5), s[:len(s)/2]} {
		if _, err := seal.ParseKey(bad); !problem.Is(err, seal.CodeKey) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	other := newKey(t)
	secret, err := other.Secret()
	if err != nil {
		t.Fatal(err)
	}
	mixed := secret[:strings.Index(secret, "-----BEGIN CERT")] + k.Certificate()
	if _, err := seal.ParseKey(mixed); !problem.Is(err, seal.CodeKey) {
		t.Errorf("two keys mixed: %v", err)
	}
}

// The common tool agrees: it accepts the seal, and refuses the list after one byte.
func TestOpenSSLAccepts(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed here; build/setup test installs it")
	}
	r := hand(t, newKey(t))
	run := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), tool, "cms", "-verify", "-binary", "-inform", "DER", "-in", seal.Seal, "-content", seal.List, "-CAfile", seal.Certificate, "-out", os.DevNull) //nolint:gosec // found on the path
		cmd.Dir = seal.Folder(r)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	add(t, filepath.Join(seal.Folder(r), seal.List))
	if out, err := run(); err == nil {
		t.Errorf("openssl accepts a changed list:\n%s", out)
	}
}

func FuzzVerify(f *testing.F) {
	k, err := seal.NewKey("Acme", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	sig, err := k.Seal([]byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"format":"waybill evidence 1","files":[{"name":"../../etc/passwd"}]}`), sig)
	f.Add([]byte(`{}`), bytes.Repeat([]byte{0x30, 0x80}, 50))
	f.Fuzz(func(t *testing.T, list, sig []byte) {
		r := filepath.Join(t.TempDir(), "r.pdf")
		if err := os.Mkdir(seal.Folder(r), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string][]byte{r: []byte("%PDF"), filepath.Join(seal.Folder(r), seal.List): list, filepath.Join(seal.Folder(r), seal.Seal): sig} {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := seal.Verify(r); err == nil && got.Unchanged && got.Fingerprint != k.Fingerprint() {
			t.Errorf("a seal of nobody: %+v", got)
		}
	})
}
