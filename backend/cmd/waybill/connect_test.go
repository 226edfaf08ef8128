package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/practice"
)

// deskWithMacro starts a practice desk that has a canned answer.
func deskWithMacro(t *testing.T) *practice.Server {
	t.Helper()
	d, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{Token: "right", RatePerMinute: 6000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // the test is over
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.Address+"/api/v1/triggers",
		bytes.NewReader([]byte(`{"kind":"macro","name":"Thanks","on":["ticket"],"when":"","does":"answers","text":"Hello {{customer.first_name}} {{customer.shoe_size}}"}`)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer right")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
	return d
}

// TestConnectSaysWhatTheAccessIsGoodFor: a missing setting is answered with the form and
// how to fill it; a connection says who we are, what is there and how long reading takes.
func TestConnectSaysWhatTheAccessIsGoodFor(t *testing.T) {
	desk := deskWithMacro(t)
	t.Setenv("TEST_RIGHT", "right")
	dir := filepath.Join(t.TempDir(), "c.waybill")
	waybill(t, exitDone, nil, "new", dir, "--source", "practice", "--target", "practice", "--name", "C")
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"connect", dir, "source", "--set", "address=" + desk.Address}, &out, &errs); code != exitFailed {
		t.Errorf("without a token: exit %d", code)
	}
	for _, want := range []string{"--secret-env token=VARIABLE", "How to get it:", "1. "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the form says nothing of %q: %s", want, out.String())
		}
	}
	var got struct {
		Name, As, Address string
		Rights, Missing   []string
		PerMinute         int `json:"per_minute"`
		Objects           []inspectedObject
		Duration          lowHigh `json:"duration_s"`
	}
	waybill(t, exitDone, &got, "connect", dir, "source", "--set", "address="+strings.TrimPrefix(desk.Address, "http://")+"/tickets", "--secret-env", "token=TEST_RIGHT")
	if got.Name == "" || got.As == "" || got.Address != desk.Address || len(got.Rights) == 0 || got.Missing == nil || got.PerMinute != 6000 || len(got.Objects) == 0 || got.Duration.High < got.Duration.Low || got.Duration.High == 0 {
		t.Errorf("connected: %+v", got)
	}
	var seen inspected
	waybill(t, exitDone, &seen, "inspect", dir, "source")
	if seen.Account != got.Name || len(seen.Objects) != len(got.Objects) || !seen.Objects[0].Exact || len(seen.Objects[0].Fields) == 0 {
		t.Errorf("inspected: %+v", seen)
	}
}

func TestRulesAreListedStatedAndCarriedToExcel(t *testing.T) {
	desk := deskWithMacro(t)
	t.Setenv("TEST_RIGHT", "right")
	dir := filepath.Join(t.TempDir(), "r.waybill")
	waybill(t, exitDone, nil, "new", dir, "--source", "practice", "--target", "practice", "--name", "R")
	waybill(t, exitDone, nil, "connect", dir, "source", "--set", "address="+desk.Address, "--secret-env", "token=TEST_RIGHT")
	waybill(t, exitDone, nil, "connect", dir, "target")
	type listed struct {
		Left   int       `json:"left"`
		ReadAt string    `json:"read_at"`
		Rules  []ruleRow `json:"rules"`
	}
	var all listed
	waybill(t, exitDone, &all, "rules", dir)
	if all.ReadAt != "" || all.Left != 0 {
		t.Errorf("before they were read: %+v", all)
	}
	waybill(t, exitPerson, &all, "rules", dir, "--read")
	at := map[string]ruleRow{}
	for _, r := range all.Rules {
		at[r.Rule] = r
	}
	if m := at["macro/6"]; all.Left != 6 || len(m.Placeholders) != 2 || m.Placeholders[0].Dead || !m.Placeholders[1].Dead || len(m.Test.Do) == 0 || at["trigger/2"].Does[0] == "" {
		t.Fatalf("read: %+v", all)
	}
	waybill(t, exitFailed, nil, "rules", dir, "--state", "rebuilt")
	waybill(t, exitFailed, nil, "rules", dir, "trigger/99", "--state", "rebuilt")
	waybill(t, exitPerson, &all, "rules", dir, "trigger/2", "macro/6", "--state", "rebuilt", "--owner", "Bea", "--as", "Anna")
	if all.Left != 4 {
		t.Errorf("%d are left", all.Left)
	}
	book := filepath.Join(t.TempDir(), "rules.xlsx")
	waybill(t, exitDone, nil, "rules", dir, "--export", book)
	f, err := excelize.OpenFile(book)
	if err != nil {
		t.Fatal(err)
	}
	for cell, v := range map[string]string{"D4": "Not needed", "D5": "nonsense"} {
		if err := f.SetCellStr("Rules", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Changed  int               `json:"changed"`
		Problems []json.RawMessage `json:"problems"`
	}
	waybill(t, exitPerson, &back, "rules", dir, "--import", book)
	if back.Changed != 0 || len(back.Problems) != 1 {
		t.Errorf("a mistake: %+v", back)
	}
	if err := f.SetCellStr("Rules", "D5", "Rebuilt"); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	waybill(t, exitDone, &back, "rules", dir, "--import", book)
	if back.Changed == 0 {
		t.Errorf("taken over: %+v", back)
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"rules", dir}, &out, &out); code != exitPerson || !strings.Contains(out.String(), "dead placeholder {{customer.shoe_size}}") {
		t.Errorf("for people (exit %d): %s", code, out.String())
	}
}
