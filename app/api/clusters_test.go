package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/app/api"
)

func TestClusters_eachGroupOpensItsReview(t *testing.T) {
	w := start(t, here(t))
	ok(t, w.app.NewProject(api.NewProject{Name: "Twins"}))
	path := filepath.Join(t.TempDir(), "customers.csv")
	text := "id,name,email,phone\nc1,Ada Vale,ada@x.example,+49 30 901820\nc2,ADA VALE,ada@x.example,\nc3,Ada Vale,ada@x.example,030 901820\n" +
		"c4,Bo Quill,bo@y.example,\nc5,Bo Quill,bo@y.example,\nc6,Cy Zed,cy@z.example,\nc7,Di Oaks,di@z.example,\n"
	ok(t, os.WriteFile(path, []byte(text), 0o600))
	w.win.open = []string{path}
	picked, err := w.source.PickFiles()
	ok(t, err)
	w.wait(w.source.Inspect(picked))
	w.wait(w.source.Read())
	none, err := w.clean.Clusters()
	if err != nil || len(none) != 0 {
		t.Errorf("before anybody looked: %+v %v", none, err)
	}
	w.wait(w.clean.Seek("contact", false))
	all, err := w.clean.Clusters()
	ok(t, err)
	if len(all) != 1 || all[0].All != 2 || len(all[0].Groups) != 2 || all[0].Groups[0].Records != 3 || all[0].Groups[1].Records != 2 || all[0].Groups[0].State != "open" {
		t.Fatalf("%+v", all)
	}
	one, err := w.clean.Twin(all[0].Groups[0].ID)
	if err != nil || len(one.Members) != 3 || one.Band != all[0].Groups[0].Band || all[0].Groups[0].Name == "" {
		t.Errorf("%+v %v", one, err)
	}
	if _, err := w.clean.Twin(9999); err == nil {
		t.Error("a group that is not there was opened")
	}
}
