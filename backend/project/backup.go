package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/backend/backup"
	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// BackupPlace is where this project's backups go. Its secret is in the vault.
type BackupPlace struct {
	Kind     string            `json:"kind"`
	Settings map[string]string `json:"settings"`
}

const backupPlaceSetting = "backup_place"

// BackupPlace tells where backups go; the zero value when that was not chosen.
func (p *Project) BackupPlace(ctx context.Context) (b BackupPlace, err error) {
	b.Settings = map[string]string{}
	return b, p.setting(ctx, backupPlaceSetting, &b)
}

// SetBackupPlace chooses where backups go. A secret that is left empty stays as it is.
func (p *Project) SetBackupPlace(ctx context.Context, b BackupPlace) error {
	settings := maps.Clone(b.Settings)
	for _, s := range backup.Settings(b.Kind) {
		settings[s.Name] = strings.TrimSpace(settings[s.Name])
		if !s.Secret {
			continue
		}
		if v := settings[s.Name]; v != "" {
			if err := p.vault("backup").Put(s.Name, secret.Text(v)); err != nil {
				return err
			}
		}
		delete(settings, s.Name)
	}
	b.Settings = settings
	if _, err := backup.Open(b.Kind, b.Settings, p.vault("backup")); err != nil {
		return err
	}
	return p.change(ctx, "backup.place", map[string]string{"kind": b.Kind}, func(tx *store.Tx) error { return tx.Set(backupPlaceSetting, b) })
}

// OpenBackupPlace gives the place that was chosen.
func (p *Project) OpenBackupPlace(ctx context.Context) (backup.Place, error) {
	b, err := p.BackupPlace(ctx)
	if err != nil {
		return nil, err
	}
	if b.Kind == "" {
		return nil, problem.New(backup.CodePlace, "No place for backups was chosen yet.", "A backup belongs somewhere else than the project.", "Choose a folder on another disk, or a store on the internet.")
	}
	return backup.Open(b.Kind, b.Settings, p.vault("backup"))
}

// BackupName proposes the name of a backup that is made now.
func (p *Project) BackupName(now time.Time) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, p.info.Name)
	if r := []rune(name); len(r) > 80 {
		name = string(r[:80])
	}
	return strings.Trim(name, " .-") + " " + now.UTC().Format("2006-01-02 150405") + backup.Extension
}

// Inventory is what is known of both desks' configuration, as a backup carries it.
type Inventory struct {
	Source   string           `json:"source"`
	Target   string           `json:"target"`
	Shapes   []model.Schema   `json:"shapes"`
	Rules    []Rebuild        `json:"rules"`
	Manifest []model.Manifest `json:"manifest"`
}

// Backup puts everything that the project holds under a name into a place, and keeps as
// evidence that it did.
func (p *Project) Backup(ctx context.Context, to backup.Place, name string, o backup.Options, pr *job.Progress) (res backup.Result, err error) {
	in := backup.Input{Dir: p.Dir, DB: p.db, Blobs: p.files, About: backup.About{
		Made: model.Stamp(time.Now()), Project: p.info.ID, Name: p.info.Name, Company: p.info.Company, Sample: p.info.Sample,
	}}
	inv := Inventory{Shapes: []model.Schema{}}
	for _, side := range []string{Source, Target} {
		s, err := p.Schema(ctx, side)
		if err != nil {
			return res, err
		}
		if len(s.Objects) > 0 {
			inv.Shapes, in.Schemas = append(inv.Shapes, s), append(in.Schemas, side)
		}
	}
	rules, err := p.Rebuilds(ctx)
	if err != nil {
		return res, err
	}
	if inv.Manifest, err = p.Manifest(ctx); err != nil {
		return res, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		inv.Source, inv.Target = p.sideTitle(tx, Source), p.sideTitle(tx, Target)
		return nil
	})
	if err != nil {
		return res, err
	}
	inv.Rules, in.Rules, in.Inventory = rules.Rules, int64(len(rules.Rules)), inv
	if res, err = backup.Write(ctx, in, to, name, o, pr); err != nil {
		return res, err
	}
	body, err := json.Marshal(res)
	if err != nil {
		return res, err
	}
	return res, p.db.Write(ctx, func(tx *store.Tx) error {
		id, err := tx.NoteBackup(store.Kept{By: p.Person(), Place: to.Where(), File: name, Body: body})
		if err != nil {
			return err
		}
		return tx.Audit(p.Person(), "backup.made", map[string]any{"backup": id, "records": res.Manifest.Records(), "files": res.Manifest.Files.Count, "encrypted": res.Encrypted, "manifest": res.ManifestSHA256})
	})
}

// Backup as the project remembers it.
type Backup struct {
	ID     int64
	At     string
	By     model.Person
	Place  string
	Result backup.Result
	// Test of it, the newest; nil when there was none.
	Test   *backup.Test
	TestAt string
	TestBy model.Person
}

// Backups lists the backups that were made, newest first.
func (p *Project) Backups(ctx context.Context) (out []Backup, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = Backups(tx)
		return err
	})
	return out, err
}

// Backups lists the backups that were made, newest first.
func Backups(tx *store.Tx) ([]Backup, error) {
	kept, err := tx.Backups()
	if err != nil {
		return nil, err
	}
	out := make([]Backup, 0, len(kept))
	for _, k := range kept {
		b := Backup{ID: k.ID, At: k.At, By: k.By, Place: k.Place}
		if err := json.Unmarshal(k.Body, &b.Result); err != nil {
			return nil, fmt.Errorf("backup %d: %w", k.ID, err)
		}
		if k.Test != nil {
			b.Test, b.TestAt, b.TestBy = &backup.Test{}, k.Test.At, k.Test.By
			if err := json.Unmarshal(k.Test.Body, b.Test); err != nil {
				return nil, fmt.Errorf("test of backup %d: %w", k.ID, err)
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// TestBackup restores a backup into a scratch folder of its own below scratch (empty: the
// system's), compares all of it with what was backed up and with the project, opens every
// n-th attachment, and removes the folder again. What it showed is kept as evidence.
func (p *Project) TestBackup(ctx context.Context, from backup.Place, name string, o backup.Options, every int, scratch string, pr *job.Progress) (t backup.Test, err error) {
	dir, err := os.MkdirTemp(scratch, "waybill-restore-*")
	if err != nil {
		return t, notWritable(err, scratch)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	began := time.Now()
	at := filepath.Join(dir, "scratch"+Extension)
	m, sum, err := backup.Restore(ctx, from, name, o, at, pr)
	if err != nil {
		return t, p.failedTest(ctx, name, err)
	}
	t = backup.Test{At: model.Stamp(began), Backup: name, ManifestSHA256: sum, Every: every, Seconds: time.Since(began).Seconds()}
	live, err := backup.Contents(ctx, p.db, pr)
	if err != nil {
		return t, err
	}
	if t, err = examine(ctx, t, m, at, live, pr); err != nil {
		return t, err
	}
	if m.About.Project != p.info.ID {
		t.Wrong = append(t.Wrong, "It is the backup of another project: "+m.About.Name+".")
	}
	body, err := json.Marshal(t)
	if err != nil {
		return t, err
	}
	return t, p.db.Write(ctx, func(tx *store.Tx) error {
		all, err := Backups(tx)
		if err != nil {
			return err
		}
		for _, b := range all {
			if b.Result.ManifestSHA256 == sum {
				if err := tx.NoteBackupTest(b.ID, store.KeptTest{By: p.Person(), Passed: t.Passed(), Body: body}); err != nil {
					return err
				}
			}
		}
		return tx.Audit(p.Person(), "backup.tested", map[string]any{"passed": t.Passed(), "records": t.Records, "files": t.Files, "opened": t.Opened, "manifest": sum})
	})
}

// failedTest keeps that a backup could not be read at all, when this project made it.
func (p *Project) failedTest(ctx context.Context, name string, why error) error {
	said := problem.From(why)
	switch said.Code {
	case backup.CodeIncomplete, backup.CodeDamaged, backup.CodeNone, backup.CodeNoBackup:
	default:
		return why
	}
	body, err := json.Marshal(backup.Test{At: model.Stamp(time.Now()), Backup: name, Objects: []backup.Line{}, Wrong: []string{said.What}})
	if err != nil {
		return errors.Join(why, err)
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		all, err := Backups(tx)
		if err != nil {
			return err
		}
		for _, b := range all {
			if b.Result.Name != name {
				continue
			}
			if err := tx.NoteBackupTest(b.ID, store.KeptTest{By: p.Person(), Body: body}); err != nil {
				return err
			}
			return tx.Audit(p.Person(), "backup.tested", map[string]any{"passed": false, "code": said.Code})
		}
		return nil
	})
	if err != nil {
		return errors.Join(why, err)
	}
	return why
}

// examine compares a restored project, which nobody has open, with its manifest and with
// what the project has now.
func examine(ctx context.Context, t backup.Test, m backup.Manifest, dir string, live []backup.Content, pr *job.Progress) (_ backup.Test, err error) {
	db, err := store.Open(ctx, filepath.Join(dir, "project.db"))
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	got, err := backup.Contents(ctx, db, pr)
	if err != nil {
		return t, err
	}
	t.Objects, t.Wrong = []backup.Line{}, []string{}
	find := func(list []backup.Content, o model.Object) (backup.Content, bool) {
		i := slices.IndexFunc(list, func(c backup.Content) bool { return c.Object == o })
		if i < 0 {
			return backup.Content{}, false
		}
		return list[i], true
	}
	for _, want := range m.Objects {
		c, _ := find(got, want.Object)
		line := backup.Line{Object: string(want.Object), Backed: want.Records, Restored: c.Records, Live: -1, Same: c.SHA256 == want.SHA256 && c.Records == want.Records}
		if l, ok := find(live, want.Object); ok {
			line.Live, line.SameLive = l.Records, l.SHA256 == c.SHA256
		} else if live != nil {
			line.Live = 0
		}
		t.Objects, t.Records = append(t.Objects, line), t.Records+c.Records
		if !line.Same {
			t.Wrong = append(t.Wrong, fmt.Sprintf("%s: %d came back of %d, or not as they were.", Title(want.Object), c.Records, want.Records))
		}
		if c.Altered > 0 {
			t.Wrong = append(t.Wrong, fmt.Sprintf("%s: %d are not what was read from the source.", Title(want.Object), c.Altered))
		}
	}
	if len(got) != len(m.Objects) {
		t.Wrong = append(t.Wrong, "Other kinds of records came back than were backed up.")
	}
	if m.Files.Missing > 0 {
		t.Wrong = append(t.Wrong, fmt.Sprintf("%d attachments were missing from the project already when it was backed up.", m.Files.Missing))
	}
	blobs, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		return t, err
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		if err := tx.VerifyAudit(); err == nil {
			hash, _, err := tx.AuditHead()
			if err != nil {
				return err
			}
			t.Audit = hash == m.AuditHash
		} else if !problem.Is(err, "audit.broken") {
			return err
		}
		if t.Rules, _, err = tx.CountRules(); err != nil {
			return err
		}
		skip := m.Files.Missing > 0
		each := tx.EachFile
		if skip { // what was missing then cannot be opened now; the rest is
			each = func(fn func(hash, name string, size int64) error) error {
				return tx.EachFile(func(hash, name string, size int64) error {
					if err := fn(hash, name, size); !problem.Is(err, "blob.missing") {
						return err
					}
					return nil
				})
			}
		}
		t.Files, t.Opened, t.Unopenable, err = backup.OpenEvery(ctx, each, blobs, t.Every, pr)
		return err
	})
	if err != nil {
		return t, err
	}
	if !t.Audit {
		t.Wrong = append(t.Wrong, "The audit trail did not come back whole.")
	}
	if t.Files != m.Files.Count+m.Files.Missing {
		t.Wrong = append(t.Wrong, fmt.Sprintf("%d attachments came back of %d.", t.Files, m.Files.Count))
	}
	return t, nil
}

// Restore gets a backup back out into a new project folder, and compares all of it with
// what was backed up.
func Restore(ctx context.Context, from backup.Place, name string, o backup.Options, dir string, pr *job.Progress) (t backup.Test, err error) {
	began := time.Now()
	m, sum, err := backup.Restore(ctx, from, name, o, dir, pr)
	if err != nil {
		return t, err
	}
	t = backup.Test{At: model.Stamp(began), Backup: name, ManifestSHA256: sum, Every: 1, Seconds: time.Since(began).Seconds()}
	return examine(ctx, t, m, dir, nil, pr)
}
