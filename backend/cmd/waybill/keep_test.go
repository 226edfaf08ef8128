package main

import (
	"os"
	"path/filepath"
	"testing"
)

// keptProject is a small project that was read.
func keptProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n4711,Printer on fire,open,c1\n12,Größe,open,c2\n",
		"customers.csv": "id,name,email\nc1,Ada,ada@x.example\nc2,Bo,bo@x.example\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	project := filepath.Join(dir, "Kept.waybill")
	waybill(t, exitDone, nil, "new", project, "--name", "Kept")
	waybill(t, exitDone, nil, "connect", project, "source", filepath.Join(dir, "tickets.csv"), filepath.Join(dir, "customers.csv"))
	waybill(t, exitDone, nil, "extract", project)
	return project
}

func TestBackup_andRestoreFromTheTerminal(t *testing.T) {
	project := keptProject(t)
	file := filepath.Join(t.TempDir(), "kept.waybill-backup")
	t.Setenv("KEPT_WORD", "correct horse")
	var b struct {
		Records   int64
		Parts     int
		Encrypted bool
		Passed    bool
	}
	waybill(t, exitDone, &b, "backup", project, file, "--passphrase-env", "KEPT_WORD", "--part-size", "1M", "--test")
	if b.Records != 4 || b.Parts != 1 || !b.Encrypted || !b.Passed {
		t.Errorf("%+v", b)
	}
	waybill(t, exitFailed, nil, "backup", project, file, "--part-size", "1M")
	waybill(t, exitFailed, nil, "backup", project, file+"2", "--part-size", "1x")
	var said struct{ Error struct{ Code string } }
	again := filepath.Join(t.TempDir(), "again.waybill")
	waybill(t, exitFailed, &said, "restore", file, again)
	if said.Error.Code != "backup.needs_passphrase" {
		t.Errorf("%+v", said)
	}
	var r struct{ Passed bool }
	waybill(t, exitDone, &r, "restore", file+".001", again, "--passphrase-env", "KEPT_WORD")
	var m manifest
	waybill(t, exitDone, &m, "manifest", again)
	if !r.Passed || len(m.Objects) != 2 || m.Objects[0].Source != 2 {
		t.Errorf("%+v %+v", r, m)
	}
}

func TestArchive_andErasureFromTheTerminal(t *testing.T) {
	project := keptProject(t)
	page := filepath.Join(t.TempDir(), "old.html")
	var said struct{ Error struct{ Code string } }
	waybill(t, exitFailed, &said, "archive", project, page)
	if said.Error.Code != "archive.empty" {
		t.Errorf("%+v", said)
	}
	var a struct {
		Documents int
		Files     []string
	}
	waybill(t, exitDone, &a, "archive", project, page, "--fates", "pending")
	if a.Documents != 4 || len(a.Files) != 1 {
		t.Errorf("%+v", a)
	}
	waybill(t, exitFailed, nil, "archive", project, page, "--fates", "gone")

	var look struct{ Records map[string]int }
	waybill(t, exitDone, &look, "erase", project, "--person", "ada@x.example", "--look")
	if look.Records["contact"] != 1 || look.Records["ticket"] != 1 {
		t.Errorf("%+v", look)
	}
	waybill(t, exitFailed, nil, "erase", project, "--person", "ada@x.example")
	var c struct {
		Number  int
		Records map[string]int
	}
	waybill(t, exitDone, &c, "erase", project, "--person", "ada@x.example", "--why", "Request 17")
	if c.Number != 1 || c.Records["ticket"] != 1 {
		t.Errorf("%+v", c)
	}
	var m manifest
	waybill(t, exitDone, &m, "manifest", project)
	for _, o := range m.Objects {
		if o.Source != 1 || o.Erased != 1 || !o.Adds() {
			t.Errorf("%+v", o)
		}
	}
}
