package main

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/project"
	"waybill/backend/store"
)

func TestMap_ChecksTablesAndLineageFromATerminal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Sample.waybill")
	waybill(t, settled, nil, "demo", dir)
	csv := filepath.Join(t.TempDir(), "segments.csv")
	if err := os.WriteFile(csv, []byte("code,name\n1,Gold\n2,Silver\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var tables struct{ Tables []store.Lookup }
	waybill(t, exitDone, &tables, "map", dir, "table", "Segments", csv)
	if len(tables.Tables) != 1 || tables.Tables[0].Rows != 2 {
		t.Errorf("tables %+v", tables)
	}
	var v project.Validation
	waybill(t, settled, &v, "map", dir, "check")
	if v.ID == 0 || v.Mapping == "" || len(v.Shape) != 64 {
		t.Errorf("validation %+v", v)
	}
	var m project.PeopleMap
	waybill(t, settled, &m, "map", dir, "people")
	waybill(t, exitFailed, nil, "lineage", dir, "ticket", "no such number")
	var list struct {
		Objects []struct {
			Object string
			Moved  int64
		}
	}
	waybill(t, settled, &list, "manifest", dir)
	if len(list.Objects) == 0 {
		t.Fatal("nothing was moved")
	}
	waybill(t, exitFailed, nil, "map", dir, "nonsense")
}
