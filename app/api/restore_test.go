package api_test

import (
	"path/filepath"
	"testing"

	"waybill/app/api"
)

// A backup becomes a project again from the start screen, without any project open.
func TestKeep_restoreWithoutAProject(t *testing.T) {
	w, keep := keeper(t)
	there := t.TempDir()
	ok(t, keep.SetPlace("folder", map[string]string{"folder": there}))
	w.wait(keep.Backup("a word", 0))
	v, err := keep.View()
	ok(t, err)
	name := v.Backups[0].Name
	ok(t, w.app.CloseProject())

	form, err := keep.RestoreForm()
	if err != nil || len(form.Kinds) != 3 || form.Folder == "" {
		t.Errorf("%+v %v", form, err)
	}
	w.win.open = nil
	if picked, err := keep.PickBackup(); err != nil || picked.Name != "" {
		t.Errorf("nobody chose a file: %+v %v", picked, err)
	}
	w.win.open = []string{filepath.Join(there, name+".001")}
	picked, err := keep.PickBackup()
	if err != nil || picked.Name != name || picked.Folder != there {
		t.Errorf("%+v %v", picked, err)
	}
	order := api.RestoreOrder{Kind: "folder", Settings: map[string]string{"folder": there}, Name: name, Folder: t.TempDir(), Project: "Back again", Passphrase: "another word"}
	if before, err := keep.Restored(); before != nil || err != nil {
		t.Errorf("%+v %v", before, err)
	}
	id, err := keep.Restore(order)
	ok(t, err)
	if j := w.end(id); j.Error == nil {
		t.Errorf("a wrong passphrase was taken: %+v", j)
	}
	order.Passphrase = "a word"
	w.wait(keep.Restore(order))
	got, err := keep.Restored()
	ok(t, err)
	if got == nil || !got.Passed || got.Records != 4 || len(got.Objects) != 2 || !got.Objects[0].Same || len(got.Manifest) != 64 || !got.Audit {
		t.Fatalf("%+v", got)
	}
	ok(t, w.app.OpenProject(got.Path))
	if v, err = keep.View(); err != nil || v.Staged != 4 {
		t.Errorf("%+v %v", v, err)
	}
	// Nothing is ever restored over something.
	id, err = keep.Restore(order)
	ok(t, err)
	if j := w.end(id); j.Error == nil {
		t.Error("a project was restored over another")
	}
	for _, bad := range []api.RestoreOrder{{}, {Folder: there}, {Folder: there, Project: "x"}, {Folder: there, Project: "x", Name: "y", Kind: "tape"}} {
		if _, err := keep.Restore(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
