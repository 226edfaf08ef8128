package api

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/backend/archive"
	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// Keep keeps the project elsewhere, writes what stays behind, and erases people.
type Keep struct{ s *session }

// View is what is kept now.
func (k *Keep) View() (v KeepView, err error) {
	defer guard(&err)
	v = KeepView{Place: PlaceView{Settings: map[string]string{}}, Kinds: placeKinds(), Backups: []KeptView{}, Stays: []StaysView{}, Erasures: []CertificateView{}}
	p, err := k.s.project()
	if err != nil {
		return v, err
	}
	place, err := p.BackupPlace(k.s.ctx)
	if err != nil {
		return v, err
	}
	v.Place.Kind = place.Kind
	maps.Copy(v.Place.Settings, place.Settings)
	if place.Kind != "" {
		// A place whose key is gone is shown as one that lacks it.
		if at, err := p.OpenBackupPlace(k.s.ctx); err == nil {
			v.Place.Words, v.Place.HasSecret = at.Where(), place.Kind != backup.KindFolder
		}
	}
	backups, err := p.Backups(k.s.ctx)
	if err != nil {
		return v, err
	}
	for _, b := range backups {
		v.Backups = append(v.Backups, keptView(b))
	}
	all, err := p.Manifest(k.s.ctx)
	if err != nil {
		return v, err
	}
	for _, m := range all {
		v.Staged += m.Source
	}
	for _, f := range []model.Fate{model.Archived, model.LeftOut, model.Held, model.Merged, model.Pending} {
		v.Stays = append(v.Stays, StaysView{Fate: f.String(), Count: archive.Counted(all, []model.Fate{f})})
	}
	certificates, err := p.Erasures(k.s.ctx)
	if err != nil {
		return v, err
	}
	for _, c := range certificates {
		v.Erasures = append(v.Erasures, certificateView(c))
	}
	return v, nil
}

func keptView(b project.Backup) KeptView {
	m := b.Result.Manifest
	v := KeptView{
		ID: b.ID, Name: b.Result.Name, Place: b.Place, At: b.At, By: b.By.Name, Records: m.Records(), Files: m.Files.Count, Missing: m.Files.Missing,
		Bytes: b.Result.Bytes, Parts: b.Result.Parts, Encrypted: b.Result.Encrypted, Wrong: []string{},
	}
	if t := b.Test; t != nil {
		v.Tested, v.TestedBy, v.Passed, v.Compared, v.Opened, v.Seconds, v.Wrong = b.TestAt, b.TestBy.Name, t.Passed(), t.Records, t.Opened, t.Seconds, nilless(t.Wrong)
	}
	return v
}

func erasedRecords(n map[model.Object]int64) []ErasedRecord {
	out := []ErasedRecord{}
	for _, o := range slices.Sorted(maps.Keys(n)) {
		out = append(out, ErasedRecord{Object: string(o), Title: title(o), Count: n[o]})
	}
	return out
}

func certificateView(c project.Certificate) CertificateView {
	v := CertificateView{
		Number: c.Number, At: c.At, By: c.By.Name, Why: c.Why, Digest: c.Digest, Records: erasedRecords(c.Records), Attachments: c.Attachments, Files: len(c.Files), OneWord: c.OneWord,
		Target: []string{}, Mentions: []string{}, Backups: nilless(c.Backups),
	}
	for _, t := range c.Target {
		v.Target = append(v.Target, model.Object(t.Object).Word()+" "+t.ID)
	}
	for _, m := range c.Mentions {
		if m.Object != "" {
			v.Mentions = append(v.Mentions, m.Object.Word()+" "+m.ID)
		} else {
			v.Mentions = append(v.Mentions, fmt.Sprintf("the project's own notes (%s)", m.Table))
		}
	}
	return v
}

// SetPlace chooses where backups go. A key that is left empty stays as it is.
func (k *Keep) SetPlace(kind string, settings map[string]string) (err error) {
	defer guard(&err)
	p, err := k.s.project()
	if err != nil {
		return err
	}
	if err := p.SetBackupPlace(k.s.ctx, project.BackupPlace{Kind: kind, Settings: settings}); err != nil {
		return err
	}
	k.s.changed("keep")
	return nil
}

// Backup puts the project into the place that was chosen, and gives the job.
func (k *Keep) Backup(passphrase string, partMB int64) (id string, err error) {
	defer guard(&err)
	return k.s.work("backup", "Backing up", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		to, err := p.OpenBackupPlace(ctx)
		if err != nil {
			return "", err
		}
		name := p.BackupName(time.Now())
		_, err = p.Backup(ctx, to, name, backup.Options{Passphrase: secret.Text(passphrase), PartSize: partMB * 1_000_000}, pr)
		return name, err
	})
}

// TestBackup restores a backup for a test, and gives the job.
func (k *Keep) TestBackup(backupID int64, passphrase string, every int) (id string, err error) {
	defer guard(&err)
	return k.s.work("backup_test", "Testing the backup", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		from, err := p.OpenBackupPlace(ctx)
		if err != nil {
			return "", err
		}
		all, err := p.Backups(ctx)
		if err != nil {
			return "", err
		}
		for _, b := range all {
			if b.ID != backupID {
				continue
			}
			if b.Place != from.Where() {
				return "", problem.New(backup.CodePlace, "This backup lies somewhere else.", "It is in: "+b.Place+".", "Choose that place above, then test it.")
			}
			_, err := p.TestBackup(ctx, from, b.Result.Name, backup.Options{Passphrase: secret.Text(passphrase)}, every, "", pr)
			return "", err
		}
		return "", problem.New(backup.CodeNone, "This backup is not known.", "", "Look at the list and choose again.")
	})
}

// WriteArchive asks where, and writes what has these fates; it gives the job, or nothing
// when the person thought better of it. The job's result is the path.
func (k *Keep) WriteArchive(fates []string) (id string, err error) {
	defer guard(&err)
	p, err := k.s.project()
	if err != nil {
		return "", err
	}
	var which []model.Fate
	for _, f := range fates {
		x, ok := model.ParseFate(f)
		if !ok {
			return "", problem.New("archive.fate", "This is no reason to be in an archive.", "", "Choose again.").At(problem.Place{Value: f})
		}
		which = append(which, x)
	}
	path, err := k.s.o.Dialogs.SaveFile(k.s.ctx, "Write the archive", filepath.Join(p.Dir, "workbooks", fileName("Archive of "+p.Info().Name)+archive.Extension))
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), archive.Extension) {
		path += archive.Extension
	}
	return k.s.work("archive", "Writing the archive", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.WriteArchive(ctx, path, which, 0, time.Now(), pr)
		return path, err
	})
}

// FindPerson shows whom an erasure would remove.
func (k *Keep) FindPerson(who string) (v PersonFound, err error) {
	defer guard(&err)
	v = PersonFound{Names: []string{}, Records: []ErasedRecord{}, Phones: []string{}, OneWord: []string{}}
	p, err := k.s.project()
	if err != nil {
		return v, err
	}
	found, err := p.FindPerson(k.s.ctx, who)
	if err != nil {
		return v, err
	}
	return PersonFound{Names: nilless(found.Names), Records: erasedRecords(found.Records), Phones: nilless(found.Phones), OneWord: nilless(found.OneWord)}, nil
}

// Erase removes a person for good, and gives the job. The person types how many records go.
func (k *Keep) Erase(who, why, confirm string) (id string, err error) {
	defer guard(&err)
	p, err := k.s.project()
	if err != nil {
		return "", err
	}
	found, err := p.FindPerson(k.s.ctx, who)
	if err != nil {
		return "", err
	}
	n := int64(0)
	for _, x := range found.Records {
		n += x
	}
	if confirm != fmt.Sprint(n) {
		return "", problem.New("erase.not_confirmed", "The number does not fit.", fmt.Sprintf("%d records would be erased for good.", n), "Type that number to go ahead.")
	}
	return k.s.work("erase", "Erasing", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Erase(ctx, who, why, pr)
		return "", err
	})
}
