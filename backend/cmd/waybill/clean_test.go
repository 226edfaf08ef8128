package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Duplicates and rules of one's own from a terminal, all the way to Excel and back.
func TestClean_duplicatesAndOwnRules(t *testing.T) {
	dir, files := filepath.Join(t.TempDir(), "own.waybill"), t.TempDir()
	people := "id,name,email,phone\n1,Anna Bergmann,anna@one.example,\n2,ANNA BERGMANN,Anna@one.example,+49 89 5550199\n3, Otto  Orlow,otto@three.example,030 901820\n"
	for i := range 40 {
		people += fmt.Sprintf("%d,P%c%cx Q%cz,u%d@m%d.example,\n", 100+i, 'a'+i%26, 'a'+i/2, 'a'+i%13, i*31, i)
	}
	csv := filepath.Join(files, "customers.csv")
	if err := os.WriteFile(csv, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	waybill(t, exitDone, nil, "new", dir, "--source", "files", "--target", "practice", "--name", "Own")
	waybill(t, exitDone, nil, "connect", dir, "source", csv)
	waybill(t, exitDone, nil, "extract", dir)
	var found struct {
		Records int `json:"records"`
		Groups  []struct {
			Band     string   `json:"band"`
			Survivor string   `json:"survivor"`
			Members  []string `json:"members"`
		} `json:"groups"`
	}
	waybill(t, exitFailed, nil, "clean", dir, "--duplicates", "contact")
	waybill(t, exitPerson, &found, "clean", dir, "--duplicates", "contact", "--seek")
	if found.Records != 43 || len(found.Groups) == 0 || found.Groups[0].Band != "sure" || found.Groups[0].Survivor != "2" || strings.Join(found.Groups[0].Members, " ") != "1 2" {
		t.Fatalf("%+v", found)
	}
	book := filepath.Join(files, "twins.xlsx")
	waybill(t, settled, nil, "clean", dir, "--duplicates", "contact", "--export", book)
	waybill(t, settled, nil, "clean", dir, "--duplicates", "contact", "--import", book)
	waybill(t, settled, &found, "clean", dir, "--duplicates", "contact", "--merge-sure", "--why", "seen")
	for _, g := range found.Groups {
		if g.Band == "sure" {
			t.Errorf("a sure one is open: %+v", g)
		}
	}
	rule := filepath.Join(files, "rule.json")
	if err := os.WriteFile(rule, []byte(`{"object":"contact","does":"correct","field":"name","how":"trim"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var tried struct {
		Count    int                 `json:"count"`
		Examples []map[string]string `json:"examples"`
	}
	waybill(t, exitDone, &tried, "clean", dir, "--try", rule)
	if tried.Count != 1 || tried.Examples[0]["after"] != "Otto Orlow" {
		t.Errorf("%+v", tried)
	}
	var made struct{ ID, Count int64 }
	waybill(t, exitDone, &made, "clean", dir, "--make", rule, "--why", "tidy")
	waybill(t, exitDone, &tried, "clean", dir, "--try", rule)
	if made.Count != 1 || tried.Count != 0 {
		t.Errorf("made %+v, left %+v", made, tried)
	}
	waybill(t, exitDone, nil, "clean", dir, "--undo", fmt.Sprint(made.ID))
	waybill(t, exitDone, &tried, "clean", dir, "--try", rule)
	if tried.Count != 1 {
		t.Errorf("taken back, it waits again: %+v", tried)
	}
	if err := os.WriteFile(rule, []byte(`{"object"`), 0o600); err != nil {
		t.Fatal(err)
	}
	waybill(t, exitFailed, nil, "clean", dir, "--try", rule)
	waybill(t, exitFailed, nil, "clean", dir, "--make", filepath.Join(files, "none.json"))
}
