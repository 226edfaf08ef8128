package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// settled stands for an exit code that depends on how much was left to decide.
const settled = -1

// waybill runs a command as a terminal would and decodes its JSON.
func waybill(t *testing.T, want int, into any, args ...string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(context.Background(), append(args, "--json", "--quiet", "--as", "Ada"), &out, &errOut)
	if code != want && (want != settled || code != exitDone && code != exitPerson) {
		t.Fatalf("waybill %s: exit %d, want %d\n%s\n%s", strings.Join(args, " "), code, want, out.String(), errOut.String())
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("waybill %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
}

func TestMain(m *testing.M) {
	// The vault of the tests must not be the vault of whoever runs them.
	dir, err := os.MkdirTemp("", "waybill-cmd")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "HOME", "APPDATA"} {
		if err := os.Setenv(name, dir); err != nil {
			panic(err)
		}
	}
	vault := secret.Memory()
	openVault = func(string, func() (secret.Text, error)) (secret.Vault, error) { return vault, nil }
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func shared(t *testing.T, path string) string {
	t.Helper()
	p := filepath.Join("..", "..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(p); err != nil {
		t.Skip("the shared data sets are not on this machine: " + p)
	}
	return p
}

func TestDemo_balancesAndReportIsReproducible(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo.waybill")
	var d demoed
	waybill(t, exitDone, &d, "demo", dir)
	if !d.Balances || !d.Passed || d.Mails != 0 {
		t.Errorf("balances %v, checks passed %v, %d mails", d.Balances, d.Passed, d.Mails)
	}
	if len(d.Canary) != len(d.Objects) {
		t.Errorf("%d first records of %d objects", len(d.Canary), len(d.Objects))
	}
	if len(d.Objects) != 7 || len(d.Checks) < 30 {
		t.Errorf("%d objects, %d checks", len(d.Objects), len(d.Checks))
	}
	for _, o := range d.Objects {
		if !o.Balances() || o.Source == 0 {
			t.Errorf("%+v", o)
		}
	}
	pdf, err := os.ReadFile(d.Report)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("report: %v", err)
	}
	again := filepath.Join(t.TempDir(), "again.pdf")
	waybill(t, exitDone, nil, "report", dir, again)
	second, err := os.ReadFile(again)
	if err != nil || !bytes.Equal(pdf, second) {
		t.Errorf("the same state gave another report (%v)", err)
	}
	var m manifest
	var found struct {
		Counts map[string]int `json:"counts"`
	}
	waybill(t, exitDone, &found, "find", dir, "HEADLAM", "--object", "ticket")
	if found.Counts["ticket"] == 0 || len(found.Counts) != 1 {
		t.Errorf("the sample's headlamps were not found: %+v", found)
	}
	waybill(t, exitDone, &m, "manifest", dir)
	if !m.Balances {
		t.Error("the manifest does not balance when asked again")
	}
	var j struct{ Next string }
	waybill(t, exitDone, &j, "journey", dir, "--next")
	if j.Next == "" {
		t.Error("there is no next step")
	}
}

// setCell edits a workbook as a business owner would: in the row of a target field.
func setCell(t *testing.T, path, sheet, row, column, value string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.GetSheetList() {
		rows, err := f.GetRows(s)
		if err != nil {
			t.Fatal(err)
		}
		col, line := -1, -1
		for i, cells := range rows {
			for k, c := range cells {
				if strings.EqualFold(strings.TrimSpace(c), column) && col < 0 {
					col = k
				}
				if col >= 0 && line < 0 && k <= 1 && strings.EqualFold(strings.TrimSpace(c), row) {
					line = i
				}
			}
		}
		if !strings.Contains(strings.ToLower(s), sheet) || col < 0 || line < 0 {
			continue
		}
		cell, err := excelize.CoordinatesToCellName(col+1, line+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStr(s, cell, value); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no cell for %s / %s on a sheet like %s: %v", row, column, sheet, f.GetSheetList())
}

// move takes a data set all the way, with an Excel round trip in between.
func move(t *testing.T, source string, rules [][3]string, sheet, row string, more ...string) {
	dir := filepath.Join(t.TempDir(), "Move.waybill")
	waybill(t, exitDone, nil, "new", dir, "--name", "Move")
	waybill(t, exitDone, nil, append([]string{"connect", dir, "source", source}, more...)...)
	waybill(t, exitDone, nil, "extract", dir)
	var found struct {
		Counts map[string]int `json:"counts"`
	}
	waybill(t, exitFailed, nil, "find", dir, "!!")
	waybill(t, exitDone, &found, "find", dir, "no-such-word-anywhere")
	if len(found.Counts) != 0 {
		t.Errorf("%+v", found)
	}
	waybill(t, exitDone, nil, "connect", dir, "target")
	waybill(t, settled, nil, "map", dir, "suggest")
	for _, r := range rules {
		waybill(t, settled, nil, "map", dir, "set", "--object", r[0], "--field", r[1], "--rule", r[2])
	}
	waybill(t, exitDone, nil, "map", dir, "show") // nothing is left to settle
	waybill(t, exitDone, nil, "map", dir, "accept", "--reason", "first")
	book := filepath.Join(t.TempDir(), "mapping.xlsx")
	waybill(t, exitDone, nil, "map", dir, "export", book)
	var same struct{ Changes []string }
	waybill(t, exitDone, &same, "map", dir, "import", book)
	if len(same.Changes) != 0 {
		t.Errorf("an untouched workbook changes something: %v", same.Changes)
	}
	setCell(t, book, sheet, row, "Meaning", "As agreed with customer care")
	var changed struct {
		Changes []string
		Version int
	}
	waybill(t, exitDone, &changed, "map", dir, "import", book)
	if len(changed.Changes) != 1 || changed.Version != 2 {
		t.Errorf("one edited cell gave %v as version %d", changed.Changes, changed.Version)
	}
	var pl planned
	waybill(t, exitDone, &pl, "plan", dir)
	var first ran
	waybill(t, exitPerson, &first, "run", dir, pl.Plan)
	if first.State != "canary" || len(first.Canary) == 0 {
		t.Fatalf("nothing is sent before a person looked at the first records: %+v", first)
	}
	for _, c := range first.Canary {
		if !c.OK || c.Target == "" || c.Silent.Sent != 0 {
			t.Errorf("the first of %s: %+v", c.Object, c)
		}
	}
	waybill(t, exitDone, nil, "run", dir, "--resume", first.Run, "--yes")
	waybill(t, exitDone, nil, "check", dir)
	var m manifest
	waybill(t, exitDone, &m, "manifest", dir)
	if !m.Balances {
		t.Errorf("does not balance: %+v", m)
	}
}

func TestMove_incidentLog(t *testing.T) {
	move(t, shared(t, "itsm_incidents/incident_event_log.csv"), [][3]string{
		{"agent", "email", `{"rule":"formula","formula":"SUBSTITUTE(SUBSTITUTE(LOWER([name]),\" \",\".\"),\"..\",\".\")&\"@legacy.example\""}`},
		{"message", "author", `{"rule":"copy","sources":["sys_updated_by"]}`},
		{"message", "created_at", `{"rule":"copy","sources":["sys_updated_at"]}`},
		{"message", "body", `{"rule":"formula","formula":"\"State: \"&[incident_state]&\", priority \"&[priority]&\", group \"&[assignment_group]"}`},
	}, "ticket", "status")
}

func TestMove_customers(t *testing.T) {
	move(t, shared(t, "telco_customers/telco-customer-churn.csv"), [][3]string{
		{"contact", "name", `{"rule":"copy","sources":["customerID"]}`},
	}, "customer", "name")
}

func TestMove_supportQueries(t *testing.T) {
	move(t, shared(t, "support_queries/banking77_train.csv"), nil, "ticket", "subject", "--placeholder", "Unknown customer <unknown@bank.example>")
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want int
		code problem.Code
	}{
		"no command":        {nil, exitUse, ""},
		"unknown command":   {[]string{"teleport"}, exitUse, ""},
		"too few arguments": {[]string{"connect"}, exitUse, ""},
		"no project":        {[]string{"manifest", dir, "--json"}, exitFailed, "store.not_a_project"},
		"unknown desk":      {[]string{"new", filepath.Join(dir, "x"), "--source", "abacus", "--json"}, exitFailed, "desk.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			if got := run(context.Background(), c.args, &out, &errOut); got != c.want {
				t.Fatalf("exit %d, want %d: %s%s", got, c.want, out.String(), errOut.String())
			}
			if c.code == "" {
				return
			}
			var e struct{ Error *problem.Problem }
			if err := json.Unmarshal(out.Bytes(), &e); err != nil || e.Error.Code != c.code || e.Error.Next == "" {
				t.Errorf("%s (%v)", out.String(), err)
			}
		})
	}
}

// The shapes that other programs rely on: names are never taken away.
func TestShapes(t *testing.T) {
	b, err := json.Marshal([]any{
		manifest{Objects: []model.Manifest{{}}}, planned{Objects: nil, Losses: nil}, ran{Objects: []ranObject{{}}}, heldGroup{}, inspected{Objects: []inspectedObject{{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"balances", "objects", "object", "source", "moved", "merged", "archived", "left_out", "held", "pending", "target",
		"plan", "losses", "requests", "duration_s", "low", "high", "run", "state", "created", "updated", "unchanged", "deleted",
		"code", "count", "message", "examples", "account", "rights", "exact", "fields",
	} {
		if !bytes.Contains(b, []byte(`"`+name+`":`)) {
			t.Errorf("%q is gone from the JSON", name)
		}
	}
}
