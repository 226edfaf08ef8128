package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/app/api"
)

// keeper opens a project with a few records and gives its page.
func keeper(t *testing.T) (*page, *api.Keep) {
	t.Helper()
	at := here(t)
	w := start(t, at)
	ok(t, w.app.NewProject(api.NewProject{Name: "Kept"}))
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n1,Printer,open,c1\n2,Other,open,c2\n",
		"customers.csv": "id,name,email\nc1,Ada Vale,ada@x.example\nc2,Bo Quill,bo@x.example\n",
	} {
		ok(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	w.win.open = []string{filepath.Join(dir, "tickets.csv"), filepath.Join(dir, "customers.csv")}
	picked, err := w.source.PickFiles()
	ok(t, err)
	w.wait(w.source.Inspect(picked))
	w.wait(w.source.Read())
	return w, w.keep
}

func TestKeep_backupArchiveAndErasure(t *testing.T) {
	w, keep := keeper(t)
	v, err := keep.View()
	ok(t, err)
	if len(v.Kinds) != 3 || v.Place.Kind != "" || v.Staged != 4 || len(v.Backups) != 0 {
		t.Errorf("%+v", v)
	}
	there := t.TempDir()
	ok(t, keep.SetPlace("folder", map[string]string{"folder": there}))
	w.wait(keep.Backup("a word", 0))
	v, err = keep.View()
	ok(t, err)
	if len(v.Backups) != 1 || v.Backups[0].Records != 4 || !v.Backups[0].Encrypted || v.Backups[0].Tested != "" || v.Place.Words == "" {
		t.Fatalf("%+v", v)
	}
	w.wait(keep.TestBackup(v.Backups[0].ID, "a word", 1))
	if v, err = keep.View(); err != nil || !v.Backups[0].Passed || v.Backups[0].Compared != 4 {
		t.Errorf("%+v %v", v, err)
	}

	if id, err := keep.WriteArchive([]string{"pending"}); id != "" || err != nil {
		t.Errorf("nobody chose a file: %q %v", id, err)
	}
	w.win.save = filepath.Join(t.TempDir(), "Old")
	if j := w.wait(keep.WriteArchive([]string{"pending"})); j.Result != w.win.save+".html" {
		t.Errorf("%+v", j)
	}
	if _, err := os.Stat(w.win.save + ".html"); err != nil {
		t.Error(err)
	}
	if _, err := keep.WriteArchive([]string{"nothing"}); err == nil {
		t.Error("an unknown fate was taken")
	}

	found, err := keep.FindPerson("bo@x.example")
	if err != nil || len(found.Records) != 2 || len(found.Names) != 1 {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := keep.Erase("bo@x.example", "Request 17", "3"); err == nil {
		t.Error("a wrong number was taken")
	}
	w.wait(keep.Erase("bo@x.example", "Request 17", "2"))
	v, err = keep.View()
	if err != nil || len(v.Erasures) != 1 || v.Staged != 2 || len(v.Erasures[0].Backups) != 1 || v.Erasures[0].Why != "Request 17" {
		t.Errorf("%+v %v", v.Erasures, err)
	}
}
