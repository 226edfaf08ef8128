package main

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/project"
	"waybill/backend/truth"
)

// A desk and a CRM extract from a terminal: connected, read, told who is the same and who is
// right, moved, balanced and checked.
func TestSources_aDeskAndACRM(t *testing.T) {
	dir, desk, crm := filepath.Join(t.TempDir(), "two.waybill"), t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(desk, "customers.csv"): "id,name,email,phone\nc1,Ada Vale,ada@x.example,030 111\nc2,Bo Lind,bo@x.example,\n",
		filepath.Join(desk, "tickets.csv"):   "id,subject,status,requester_id\n1,Printer,open,c1\n2,Paper,open,c2\n",
		filepath.Join(crm, "customers.csv"):  "customer_id,name,email,phone\n901,Ada Vale,ADA@x.example,+49 30 999\n902,Dee Only,dee@crm.example,+49 30 444\n",
		filepath.Join(crm, "tickets.csv"):    "id,subject,status,requester_id\n1,A case of the CRM,open,901\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	waybill(t, exitDone, nil, "new", dir, "--source", "files", "--target", "practice", "--name", "Two")
	waybill(t, exitDone, nil, "connect", dir, "source", desk)
	waybill(t, exitFailed, nil, "connect", dir, "target", "--name", "crm")
	waybill(t, exitFailed, nil, "connect", dir, "source", "--name", "???", crm)
	waybill(t, exitDone, nil, "connect", dir, "source", "--name", "CRM", "--kind", "files", crm)
	var list struct {
		Sources []project.SourceView `json:"sources"`
	}
	waybill(t, exitPerson, &list, "sources", dir)
	if len(list.Sources) != 2 || list.Sources[1].Name != "crm" || list.Sources[1].Read {
		t.Fatalf("%+v", list)
	}
	waybill(t, settled, nil, "extract", dir)
	waybill(t, settled, nil, "extract", dir, "--source", "crm")
	waybill(t, exitFailed, nil, "extract", dir, "--source", "erp")
	waybill(t, exitDone, &list, "sources", dir)
	if list.Sources[1].Records != 3 || !list.Sources[1].Read {
		t.Errorf("%+v", list)
	}
	var seen struct {
		Objects    []truthSeen         `json:"objects"`
		Collisions []project.Collision `json:"collisions"`
	}
	waybill(t, exitPerson, &seen, "truth", dir)
	if len(seen.Objects) != 2 || seen.Objects[0].Proposals[0].Matched != 1 || len(seen.Collisions) != 1 || seen.Collisions[0].Count != 1 {
		t.Fatalf("%+v", seen)
	}
	var one truthSeen
	waybill(t, exitFailed, nil, "truth", dir, "contact", "--field", "shoes=crm")
	waybill(t, exitPerson, &one, "truth", dir, "contact", "--by", "email", "--rank", "main,crm", "--field", "phone=crm")
	fact := func() truth.Fact {
		for _, f := range one.View.Facts {
			if f.Name == "phone" {
				return f
			}
		}
		t.Fatalf("nothing about the phone: %+v", one.View)
		return truth.Fact{}
	}
	if f := fact(); f.Differ != 1 || f.Examples[0].Before != "030 111" || f.Examples[0].After != "+49 30 999" || one.View.Decision != 0 {
		t.Errorf("%+v", f)
	}
	waybill(t, exitDone, &one, "truth", dir, "contact", "--by", "email", "--rank", "main,crm", "--field", "phone=crm", "--decide", "--why", "Sales keeps the numbers.")
	if one.View.Decision == 0 {
		t.Errorf("not in force: %+v", one.View)
	}
	waybill(t, exitDone, &seen, "truth", dir, "ticket@crm", "--prefix", "CRM-")
	if seen.Collisions[0].Prefix != "CRM-" {
		t.Errorf("%+v", seen.Collisions)
	}
	waybill(t, exitDone, nil, "connect", dir, "target")
	waybill(t, settled, nil, "map", dir, "suggest")
	waybill(t, settled, nil, "map", dir, "accept", "--reason", "All sources.")
	var plan struct {
		Plan string `json:"plan"`
	}
	waybill(t, settled, &plan, "plan", dir)
	waybill(t, settled, nil, "run", dir, plan.Plan, "--yes")
	var account struct {
		Balances bool `json:"balances"`
		Objects  []struct {
			Object                string `json:"object"`
			Source, Moved, Merged int64
		} `json:"objects"`
	}
	waybill(t, settled, &account, "manifest", dir)
	if !account.Balances {
		t.Fatalf("%+v", account)
	}
	for _, o := range account.Objects {
		if o.Object == "contact@crm" && (o.Source != 2 || o.Moved != 1 || o.Merged != 1) {
			t.Errorf("%+v", o)
		}
	}
	var checked struct {
		Passed bool `json:"passed"`
	}
	waybill(t, exitDone, &checked, "check", dir)
	if !checked.Passed {
		t.Error("the check did not pass")
	}
	waybill(t, exitFailed, nil, "sources", dir, "--remove", "crm")
}
