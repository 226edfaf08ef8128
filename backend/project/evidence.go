package project

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/report"
	"waybill/backend/seal"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// Evidence files beside a report; those of the seal are named in package seal.
const (
	pageFile   = "report.html"
	factsFile  = "facts.json"
	auditFile  = "audit.jsonl"
	readMeFile = "read me.txt"
)

const evidenceReadMe = `This folder belongs to the report beside it and shows whether that was changed.

list.json        every file of the evidence with its SHA-256, and who had signed
list.p7s         the seal: a detached CMS signature over list.json with the project's key
certificate.pem  the public half of that key
report.html      the same report as a page, for any browser and for screen readers
facts.json       the figures that the report was printed from
audit.jsonl      the audit trail up to that moment, each line sealed with the one before

To check it with Waybill:       waybill verify REPORT.pdf
To check the seal without it:   openssl cms -verify -binary -inform DER -in list.p7s -content list.json -CAfile certificate.pem -out /dev/null
To check a file against the list:  sha256sum FILE

The fingerprint of the key stands in the project's audit trail, in the line report.key.
`

// WrittenReport is a report on paper with its evidence.
type WrittenReport struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	// Evidence is the folder beside it.
	Evidence string `json:"evidence"`
}

// WriteReport writes the sign-off PDF into the project's folder, and its sealed evidence beside
// it. The same state gives the same PDF, byte for byte; its hash goes into the audit trail once.
func (p *Project) WriteReport(ctx context.Context) (w WrittenReport, err error) {
	f, err := p.Facts(ctx)
	if err != nil {
		return w, err
	}
	var b bytes.Buffer
	brand, err := p.brand(ctx)
	if err != nil {
		return w, err
	}
	if err := report.Write(&b, f, brand); err != nil {
		return w, err
	}
	pdf := seal.FileOf("", "the report", b.Bytes())
	pdf.Name = "sign-off-" + f.GeneratedAt.Format("2006-01-02-150405") + "-" + pdf.SHA256[:8] + ".pdf"
	w.Path, w.SHA256 = filepath.Join(p.folder("reports"), pdf.Name), pdf.SHA256
	w.Evidence = seal.Folder(w.Path)
	if err := writeWhole(w.Path, b.Bytes()); err != nil {
		return w, notWritable(err, p.folder("reports"))
	}
	if err := p.writeEvidence(ctx, f, brand, pdf, w.Evidence); err != nil {
		return w, err
	}
	return w, p.db.Write(ctx, func(tx *store.Tx) error {
		files, err := Reports(tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(files, func(r Report) bool { return r.SHA256 == w.SHA256 }) {
			return nil
		}
		files = append(files, Report{Name: pdf.Name, SHA256: w.SHA256, At: model.Stamp(time.Now())})
		if err := tx.Set("reports", files); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "report.written", map[string]string{"file": pdf.Name, "sha256": w.SHA256})
	})
}

const logoSetting = "logo"

// brand is whose paper it is.
func (p *Project) brand(ctx context.Context) (report.Brand, error) {
	b := report.Brand{Company: p.info.Company}
	return b, p.setting(ctx, logoSetting, &b.Logo)
}

// SetLogo puts a company's logo on the reports from now on; no bytes take it away. A picture
// that the report cannot print is refused.
func (p *Project) SetLogo(ctx context.Context, png []byte) error {
	if len(png) > 0 {
		if err := report.CheckLogo(png); err != nil {
			return err
		}
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Set(logoSetting, png); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "logo.changed", map[string]int{"bytes": len(png)})
	})
}

// Logo gives the company's logo as PNG; empty when there is none.
func (p *Project) Logo(ctx context.Context) ([]byte, error) {
	b, err := p.brand(ctx)
	return b.Logo, err
}

// writeEvidence writes and seals what belongs to a report, unless it is there already and good.
func (p *Project) writeEvidence(ctx context.Context, f report.Facts, brand report.Brand, pdf seal.File, folder string) error {
	if before, err := seal.Verify(filepath.Join(filepath.Dir(folder), pdf.Name)); err == nil && before.Unchanged && before.SHA256 == pdf.SHA256 &&
		!slices.ContainsFunc(before.Files, func(l seal.Looked) bool { return l.State != seal.Same }) {
		return nil
	}
	key, err := p.sealKey(ctx)
	if err != nil {
		return err
	}
	facts, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.WriteHTML(&page, f, brand); err != nil {
		return err
	}
	trail, err := p.auditLines(ctx, f.Audit.Length)
	if err != nil {
		return err
	}
	e := seal.Evidence{
		Project: f.Project, ProjectID: p.info.ID, StateAt: f.GeneratedAt, Facts: f.Hash(), AuditHead: f.Audit.Head, AuditSize: f.Audit.Length,
		Verdict: string(f.Verdict().Outcome), Signed: []seal.Signature{},
		Files: []seal.File{pdf, seal.FileOf(pageFile, "the same as a page", page.Bytes()), seal.FileOf(factsFile, "the figures it was printed from", facts), seal.FileOf(auditFile, "the audit trail", trail)},
	}
	for _, a := range f.Approvals {
		s := seal.Signature{Name: a.Name, Role: a.Role, At: a.At}
		if a.Waiver != "" {
			s.Kind = "waiver"
		}
		e.Signed = append(e.Signed, s)
	}
	list, err := e.Bytes()
	if err != nil {
		return err
	}
	sig, err := key.Seal(list)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return notWritable(err, folder)
	}
	// The seal comes last: half of a folder is never taken for a whole one.
	for _, file := range []struct {
		name string
		body []byte
	}{
		{pageFile, page.Bytes()},
		{factsFile, facts},
		{auditFile, trail},
		{readMeFile, []byte(evidenceReadMe)},
		{seal.Certificate, []byte(key.Certificate())},
		{seal.List, list},
		{seal.Seal, sig},
	} {
		if err := writeWhole(filepath.Join(folder, file.name), file.body); err != nil {
			return notWritable(err, folder)
		}
	}
	return nil
}

// sealKey is the project's own key; made at its first use, and again where this computer's
// keychain does not have it. Each key stands in the audit trail.
func (p *Project) sealKey(ctx context.Context) (seal.Key, error) {
	const name = "key"
	vault := p.vault("seal")
	held, err := vault.Get(name)
	if err == nil {
		return seal.ParseKey(held.Reveal())
	}
	if !errors.Is(err, secret.ErrNotFound) {
		return seal.Key{}, err
	}
	k, err := seal.NewKey(p.info.Name, time.Now())
	if err != nil {
		return seal.Key{}, err
	}
	text, err := k.Secret()
	if err != nil {
		return seal.Key{}, err
	}
	if err := vault.Put(name, secret.Text(text)); err != nil {
		return seal.Key{}, err
	}
	return k, p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), auditKey, map[string]string{"fingerprint": k.Fingerprint()})
	})
}

// auditKey begins with report., so that making a key is not a new state of the project.
const auditKey = "report.key"

// AuditLines gives the whole audit trail, one JSON object a line.
func (p *Project) AuditLines(ctx context.Context) ([]byte, error) {
	return p.auditLines(ctx, math.MaxInt64)
}

// auditLines gives the trail up to line n, one JSON object a line.
func (p *Project) auditLines(ctx context.Context, n int64) ([]byte, error) {
	var b bytes.Buffer
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.AuditUpTo(n)
		if err != nil {
			return err
		}
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		for _, e := range all {
			line := struct {
				N      int64           `json:"n"`
				At     string          `json:"at"`
				Name   string          `json:"name"`
				Role   string          `json:"role"`
				What   string          `json:"what"`
				Detail json.RawMessage `json:"detail"`
				Hash   string          `json:"hash"`
			}{e.N, e.At, e.By.Name, e.By.Role, e.What, json.RawMessage(e.Detail), e.Hash}
			if err := enc.Encode(line); err != nil {
				return fmt.Errorf("audit line %d: %w", e.N, err)
			}
		}
		return nil
	})
	return b.Bytes(), err
}

// CopyReport copies a report and its evidence to where a person wants it.
func CopyReport(w WrittenReport, to string) error {
	fail := func(err error) error {
		return problem.Wrap(err, "report.cannot_write", "The report cannot be written there.", "It is in the project's own folder all the same.", "Choose another place, or take it from "+w.Path+".").At(problem.Place{File: to})
	}
	pdf, err := os.ReadFile(w.Path)
	if err == nil {
		err = writeWhole(to, pdf)
	}
	if err != nil {
		return fail(err)
	}
	folder := seal.Folder(to)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fail(err)
	}
	list, err := os.ReadDir(w.Evidence)
	if err != nil {
		return fail(err)
	}
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(w.Evidence, f.Name()))
		if err == nil {
			err = writeWhole(filepath.Join(folder, f.Name()), b)
		}
		if err != nil {
			return fail(err)
		}
	}
	return nil
}

// VerifiedReport is what this project can say of a report beyond its seal.
type VerifiedReport struct {
	seal.Result
	// Ours: the key stands in this project's audit trail.
	Ours bool `json:"ours"`
	// Known: the report's hash stands in this project's audit trail.
	Known bool `json:"known"`
	// Project says both in words.
	Project string `json:"project_says"`
}

// VerifyReport looks at a report from anywhere, and asks this project's audit trail about it.
func (p *Project) VerifyReport(ctx context.Context, path string) (v VerifiedReport, err error) {
	if v.Result, err = seal.Verify(path); err != nil {
		return v, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		if err := tx.VerifyAudit(); err != nil {
			return err
		}
		for _, ask := range []struct {
			what, detail string
			found        *bool
		}{{auditKey, v.Fingerprint, &v.Ours}, {"report.written", v.SHA256, &v.Known}} {
			lines, err := tx.AuditOf(ask.what)
			if err != nil {
				return err
			}
			*ask.found = ask.detail != "" && slices.ContainsFunc(lines, func(e store.Entry) bool { return bytes.Contains([]byte(e.Detail), []byte(`"`+ask.detail+`"`)) })
		}
		return nil
	})
	switch {
	case v.Ours && v.Known:
		v.Project = "This project wrote and sealed it: key and report stand in its audit trail."
	case v.Ours:
		v.Project = "The key is this project's, but its audit trail does not know the report."
	case v.Known:
		v.Project = "This project wrote the report, but the seal is not by its key."
	default:
		v.Project = "This project knows neither the report nor the key: it was sealed elsewhere."
	}
	return v, err
}

// writeWhole writes a file completely or not at all.
func writeWhole(path string, b []byte) error {
	tmp := path + ".part"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
