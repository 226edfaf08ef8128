package project_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/journey"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
)

func keptWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n1,Printer,open,c1\n2,Größe,open,c2\n",
		"customers.csv": "id,name,email\nc1,Ada,ada@x.example\nc2,Bo,bo@x.example\n",
	}, nil)
}

func points(t *testing.T, w *world) map[int]journey.Point {
	t.Helper()
	s, err := journey.Gather(w.ctx, w.Project)
	w.must(err)
	out := map[int]journey.Point{}
	for _, p := range s.Points() {
		out[p.Number] = p
	}
	return out
}

// A backup restores into a project that goes on as the first would have, and the test of
// it is evidence for the points of the checklist.
func TestBackup_restoredAndTestedIsEvidence(t *testing.T) {
	w := keptWorld(t)
	there := t.TempDir()
	place := backup.Folder(there)
	name := w.BackupName(time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC))
	if name != "World 2026-11-21 200000.waybill-backup" {
		t.Errorf("%q", name)
	}
	if p := points(t, w); p[24].State == "done" || p[25].State == "done" {
		t.Errorf("evidence of what was not done: %+v", p)
	}
	o := backup.Options{Passphrase: "correct horse battery"}
	res, err := w.Backup(w.ctx, place, name, o, job.New("backup"))
	w.must(err)
	if res.Manifest.Records() != 4 || !res.Encrypted || len(res.Manifest.Schemas) != 2 {
		t.Errorf("%+v", res)
	}
	p := points(t, w)
	if p[24].State != "done" || p[26].State != "done" || p[25].State == "done" || p[58].State == "done" || !strings.Contains(p[24].Evidence, "4 records") {
		t.Errorf("%+v", p)
	}
	test, err := w.TestBackup(w.ctx, place, name, o, 1, t.TempDir(), job.New("test"))
	w.must(err)
	if !test.Passed() || test.Records != 4 || len(test.Objects) != 2 || !test.Objects[0].SameLive {
		t.Errorf("%+v", test)
	}
	if p := points(t, w); p[25].State != "done" || p[57].State != "done" || p[58].State != "done" {
		t.Errorf("%+v", p)
	}
	if all, err := w.Backups(w.ctx); err != nil || len(all) != 1 || all[0].Test == nil || !all[0].Test.Passed() || all[0].By.Name != "Ann" {
		t.Errorf("%+v %v", all, err)
	}

	// What was read since is not in that backup: it is the last one no longer.
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	if p := points(t, w); p[24].State != "done" || p[57].State == "done" || p[58].State == "done" {
		t.Errorf("%+v", p)
	}

	// It opens as a project, and moves what the first would have moved.
	dir := filepath.Join(t.TempDir(), "Again.waybill")
	got, err := project.Restore(w.ctx, place, name, o, dir, job.New("restore"))
	if err != nil || !got.Passed() {
		t.Fatalf("%+v %v", got, err)
	}
	before, err := w.Manifest(w.ctx)
	w.must(err)
	again, err := project.Open(w.ctx, dir, env())
	w.must(err)
	defer func() { w.must(again.Close()) }()
	after, err := again.Manifest(w.ctx)
	if err != nil || !reflect.DeepEqual(before, after) || again.Info().ID != w.Info().ID {
		t.Errorf("%+v\n%+v %v", before, after, err)
	}
}

func TestBackup_thatCannotBeReadIsNoEvidence(t *testing.T) {
	w := keptWorld(t)
	there := t.TempDir()
	place := backup.Folder(there)
	_, err := w.Backup(w.ctx, place, "a.waybill-backup", backup.Options{}, job.New("backup"))
	w.must(err)
	at := filepath.Join(there, "a.waybill-backup")
	b, err := os.ReadFile(at)
	w.must(err)
	w.must(os.WriteFile(at, b[:len(b)/2], 0o600))
	scratch := t.TempDir()
	if _, err := w.TestBackup(w.ctx, place, "a.waybill-backup", backup.Options{}, 1, scratch, job.New("test")); !problem.Is(err, backup.CodeIncomplete) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if p := points(t, w); p[25].State == "done" {
		t.Errorf("%+v", p[25])
	}
	if all, err := w.Backups(w.ctx); err != nil || all[0].Test == nil || all[0].Test.Passed() {
		t.Errorf("the failed test was not kept: %+v %v", all, err)
	}
	if w.audited("backup.tested") != 1 {
		t.Error("the failed test is not in the audit trail")
	}
}

func TestBackupPlace_keepsItsSecretInTheVault(t *testing.T) {
	w := keptWorld(t)
	const key = "very-secret-key"
	if _, err := w.OpenBackupPlace(w.ctx); !problem.Is(err, backup.CodePlace) {
		t.Errorf("%v", err)
	}
	set := project.BackupPlace{Kind: backup.KindS3, Settings: map[string]string{"address": "https://s3.example.com", "bucket": "b", "access_key": "a", "secret_key": key}}
	w.must(w.SetBackupPlace(w.ctx, set))
	set.Settings["secret_key"], set.Settings["bucket"] = "", "c"
	w.must(w.SetBackupPlace(w.ctx, set))
	got, err := w.BackupPlace(w.ctx)
	if err != nil || got.Settings["bucket"] != "c" || got.Settings["secret_key"] != "" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := w.OpenBackupPlace(w.ctx); err != nil {
		t.Error(err)
	}
	for _, f := range []string{"project.db", "project.db-wal"} {
		b, err := os.ReadFile(filepath.Join(w.Dir, f))
		w.must(err)
		if strings.Contains(string(b), key) {
			t.Errorf("the secret is in %s", f)
		}
	}
	set.Settings["bucket"] = ""
	if err := w.SetBackupPlace(w.ctx, set); !problem.Is(err, backup.CodePlace) {
		t.Errorf("%v", err)
	}
}
