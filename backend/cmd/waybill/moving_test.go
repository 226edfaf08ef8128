package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/load"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
)

const customers = "id,name,email\nc1,Ada Lind,ada@one.example\nc2,Bo Marsh,bo@two.example\n"

// serve starts a practice desk whose token is in the environment.
func serve(t *testing.T, name string, o practice.Options) *practice.Server {
	t.Helper()
	s, err := practice.Serve(context.Background(), "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(name, s.Token)
	return s
}

// ask speaks to a desk as people there do.
func ask(t *testing.T, s *practice.Server, method, path string, body any) map[string]any {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.Address+"/api/v1/"+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if resp.StatusCode < 300 && resp.StatusCode != http.StatusNoContent {
		err = json.NewDecoder(resp.Body).Decode(&out)
	}
	if cerr := resp.Body.Close(); err != nil || cerr != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %v %v", method, path, resp.Status, err, cerr)
	}
	return out
}

// small makes a project of two tables that moves into a desk of its own.
func small(t *testing.T, tickets string, o practice.Options) (dir string, desk *practice.Server) {
	t.Helper()
	desk = serve(t, "TEST_TARGET", o)
	data := t.TempDir()
	for name, text := range map[string]string{"tickets.csv": tickets, "customers.csv": customers} {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir = filepath.Join(t.TempDir(), "Small.waybill")
	waybill(t, exitDone, nil, "new", dir)
	waybill(t, exitDone, nil, "connect", dir, "source", data)
	waybill(t, exitDone, nil, "extract", dir)
	waybill(t, exitDone, nil, "connect", dir, "target", "--set", "address="+desk.Address, "--secret-env", "token=TEST_TARGET")
	waybill(t, settled, nil, "map", dir, "suggest")
	waybill(t, exitDone, nil, "map", dir, "accept", "--reason", "first")
	return dir, desk
}

// told runs a command that must fail and gives its problem.
func told(t *testing.T, code problem.Code, args ...string) {
	t.Helper()
	var e struct{ Error *problem.Problem }
	var out, errOut bytes.Buffer
	got := run(context.Background(), append(args, "--json", "--quiet", "--as", "Ada"), &out, &errOut)
	if err := json.Unmarshal(out.Bytes(), &e); err != nil || got != exitFailed || e.Error == nil || e.Error.Code != code || e.Error.Next == "" {
		t.Fatalf("%v: exit %d, %s", args, got, out.String())
	}
}

func TestP68_HeldRecordsAreRepairedFromTheCommandLine(t *testing.T) {
	dir, _ := small(t, "id,subject,requester\nt1,First,c1\nt2,,c2\nt3,Third,c9\n", practice.Options{})
	var pl planned
	waybill(t, exitPerson, &pl, "plan", dir) // something will be held
	waybill(t, exitPerson, nil, "run", dir, pl.Plan, "--yes")
	var held struct{ Groups []heldGroup }
	waybill(t, exitPerson, &held, "held", dir)
	if len(held.Groups) != 2 {
		t.Fatalf("%+v", held)
	}
	ids := map[string]string{}
	for _, g := range held.Groups {
		ids[g.Field] = g.Group
		if g.Count != 1 || g.Message == "" || len(g.Examples) != 1 || len(g.Repairs) < 2 {
			t.Errorf("%+v", g)
		}
	}
	told(t, "held.no_repair", "held", dir, "--fix", ids["subject"], "--repair", "magic")
	waybill(t, exitPerson, nil, "held", dir, "--fix", ids["subject"], "--repair", "use_when_empty", "--value", "(no subject)")
	book := filepath.Join(t.TempDir(), "held.xlsx")
	waybill(t, exitDone, nil, "held", dir, "--export", book)
	setCell(t, book, "decisions", ids["requester"], "Repair", "Use another customer")
	var wrong struct{ Problems []*problem.Problem }
	waybill(t, exitPerson, &wrong, "held", dir, "--import", book) // the answer is missing
	if len(wrong.Problems) != 1 || wrong.Problems[0].Where.Cell == "" {
		t.Errorf("%+v", wrong)
	}
	setCell(t, book, "decisions", ids["requester"], "Answer", "ada@one.example")
	waybill(t, exitDone, &held, "held", dir, "--import", book)
	if len(held.Groups) != 0 {
		t.Errorf("%+v", held.Groups)
	}
	var m manifest
	waybill(t, exitDone, &m, "manifest", dir)
	if !m.Balances {
		t.Errorf("%+v", m)
	}
}

func TestP45_LossesAreListedAndChosen(t *testing.T) {
	dir, _ := small(t, "id,subject,requester\nt1,"+strings.Repeat("long ", 100)+",c1\nt2,Second,c2\n", practice.Options{})
	var pl planned
	waybill(t, exitPerson, &pl, "plan", dir)
	if len(pl.Losses) != 1 || pl.Losses[0].Count != 1 || pl.Losses[0].Choice != load.ChooseHold {
		t.Fatalf("%+v", pl.Losses)
	}
	key := load.LossKey(pl.Losses[0].Code, pl.Losses[0].Object, pl.Losses[0].Field)
	told(t, "loss.choice", "losses", dir, "--choose", key+"=eat")
	var l struct {
		Losses    []load.Loss
		PlanAgain bool `json:"plan_again"`
	}
	waybill(t, exitDone, &l, "losses", dir, "--choose", key+"="+load.ChooseShorten)
	if !l.PlanAgain || l.Losses[0].Choice != load.ChooseShorten {
		t.Errorf("%+v", l)
	}
	told(t, load.CodeStale, "run", dir, pl.Plan, "--yes")
	waybill(t, exitDone, &pl, "plan", dir)
	waybill(t, exitDone, nil, "run", dir, pl.Plan, "--yes")
}

func TestP71_ATriggerStopsTheRunUntilSomebodyAcceptsItByName(t *testing.T) {
	dir, desk := small(t, "id,subject,requester\nt1,First,c1\n", practice.Options{})
	ask(t, desk, http.MethodPost, "triggers", map[string]any{"kind": "trigger", "name": "Thank the customer", "on": []string{"ticket"}, "when": "created", "does": "sends a mail", "active": true, "silenced_by_import": false})
	var pl planned
	waybill(t, exitDone, &pl, "plan", dir)
	var pre struct {
		MayStart bool `json:"may_start"`
		Findings []load.Preflight
	}
	waybill(t, exitPerson, &pre, "preflight", dir, pl.Plan)
	if pre.MayStart || !slices.ContainsFunc(pre.Findings, func(f load.Preflight) bool {
		return f.Code == load.PreQuiet && f.State == load.PreflightStop && len(f.Details) == 1
	}) {
		t.Errorf("%+v", pre)
	}
	told(t, load.CodeNotQuiet, "run", dir, pl.Plan, "--yes")
	if n := desk.Desk.Stats().Objects["ticket"]; n != 0 {
		t.Fatalf("%d tickets were written", n)
	}
	told(t, "use.why", "preflight", dir, "--accept", load.PreQuiet)
	waybill(t, exitDone, &pre, "preflight", dir, "--accept", load.PreQuiet, "--why", "It goes to a test inbox.")
	// The first record shows that it is heard, so it is not sent on without a look.
	var r ran
	waybill(t, exitPerson, &r, "run", dir, pl.Plan, "--yes")
	if r.State != load.StateCanary || len(r.Canary) == 0 || !r.Canary[0].Silent.Known || r.Canary[0].Silent.Sent == 0 {
		t.Errorf("%+v", r)
	}
	var k struct{ Canary []load.Canary }
	waybill(t, exitPerson, &k, "canary", dir, r.Run)
	if len(k.Canary) != len(r.Canary) {
		t.Errorf("%+v", k)
	}
	var l struct{ Rollback []leaving }
	waybill(t, exitDone, &l, "rollback", dir, r.Run, "--list")
	if len(l.Rollback) != 1 || len(l.Rollback[0].Objects) == 0 || desk.Desk.Stats().Objects["ticket"] != 1 {
		t.Errorf("%+v", l)
	}
	waybill(t, exitDone, &r, "rollback", dir, r.Run)
	if n := desk.Desk.Stats().Objects["ticket"]; n != 0 || r.Proof == nil || !r.Proof.SourceUntouched {
		t.Errorf("%d tickets are left, %+v", n, r.Proof)
	}
}

func TestP76_SlicesFromTheCommandLine(t *testing.T) {
	dir, desk := small(t, "id,subject,requester,status\nt1,First,c1,open\nt2,Second,c2,closed\nt3,Third,c1,open\n", practice.Options{})
	file := filepath.Join(t.TempDir(), "slices.json")
	text := `[{"name":"Open","object":"ticket","conditions":[{"field":"status","op":"is","value":"open"}]},{"name":"History","object":"ticket","conditions":[]}]`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var s struct{ Slices []project.SliceState }
	waybill(t, exitDone, &s, "slices", dir, "--set", file)
	if len(s.Slices) != 2 || s.Slices[1].Wait == "" {
		t.Fatalf("%+v", s)
	}
	told(t, "slice.waits", "plan", dir, "--slice", "History")
	var pl planned
	waybill(t, exitDone, &pl, "plan", dir, "--slice", "open")
	waybill(t, exitDone, nil, "run", dir, pl.Plan, "--yes")
	if n := desk.Desk.Stats().Objects["ticket"]; n != 2 {
		t.Fatalf("%d tickets", n)
	}
	waybill(t, exitDone, &pl, "plan", dir, "--slice", "History")
	waybill(t, exitDone, nil, "run", dir, pl.Plan, "--yes")
	if n := desk.Desk.Stats().Objects["ticket"]; n != 3 {
		t.Fatalf("%d tickets", n)
	}
	var r ran
	waybill(t, exitDone, &r, "rollback", dir, "--slice", "Open")
	if n := desk.Desk.Stats().Objects["ticket"]; n != 1 || r.State != "done" {
		t.Errorf("%d tickets, %+v", n, r)
	}
}

func TestAgreements_aboutThresholdsWindowAndPace(t *testing.T) {
	dir, _ := small(t, "id,subject,requester\nt1,First,c1\n", practice.Options{})
	var th load.Thresholds
	waybill(t, exitDone, &th, "thresholds", dir, "--held-percent", "2.5", "--in-a-row", "7", "--at-least", "10", "--decides", "Bruno Okafor", "--checked-first", "true")
	waybill(t, exitDone, &th, "thresholds", dir)
	if th != (load.Thresholds{HeldPercent: 2.5, InARow: 7, AtLeast: 10, Decides: "Bruno Okafor", CheckedFirst: true}) {
		t.Errorf("%+v", th)
	}
	told(t, "thresholds.wrong", "thresholds", dir, "--held-percent", "200")
	var w struct{ Hours float64 }
	waybill(t, exitDone, &w, "window", dir, "36")
	waybill(t, exitDone, &w, "window", dir)
	var pl planned
	waybill(t, exitDone, &pl, "plan", dir)
	if w.Hours != 36 || pl.WindowHours != 36 || pl.Fits != "yes" {
		t.Errorf("%v, %+v", w, pl)
	}
	var pc struct{ Share string }
	waybill(t, exitDone, &pc, "pace", dir, "target", "--share", "50 %; 22:00-6:00 100%")
	waybill(t, exitDone, &pc, "pace", dir, "target")
	if pc.Share != "50%; 22:00-06:00 100%" {
		t.Errorf("%q", pc.Share)
	}
	told(t, "pace.schedule", "pace", dir, "target", "--share", "a little")
	var k load.Clock
	waybill(t, exitDone, &k, "clock", dir)
	if k.Total != 0 {
		t.Errorf("%+v", k)
	}
}

func TestP77_P80_ADeltaInOneGoAndItsConflicts(t *testing.T) {
	source, target := serve(t, "TEST_SOURCE", practice.Options{}), serve(t, "TEST_TARGET", practice.Options{})
	who := ask(t, source, http.MethodPost, "contacts", map[string]any{"name": "Ada", "email": "ada@one.example"})["id"]
	ids := []string{}
	for range 3 {
		id, _ := ask(t, source, http.MethodPost, "tickets", map[string]any{"subject": "Help", "status": "open", "requester": who})["id"].(string)
		ids = append(ids, id)
	}
	dir := filepath.Join(t.TempDir(), "Delta.waybill")
	waybill(t, exitDone, nil, "new", dir, "--source", "practice")
	waybill(t, exitDone, nil, "connect", dir, "source", "--set", "address="+source.Address, "--secret-env", "token=TEST_SOURCE")
	waybill(t, exitDone, nil, "extract", dir)
	waybill(t, exitDone, nil, "connect", dir, "target", "--set", "address="+target.Address, "--secret-env", "token=TEST_TARGET")
	waybill(t, settled, nil, "map", dir, "suggest")
	waybill(t, exitDone, nil, "map", dir, "accept", "--reason", "first")
	var pl planned
	waybill(t, exitDone, &pl, "plan", dir)
	waybill(t, exitDone, nil, "run", dir, pl.Plan, "--yes")

	ask(t, source, http.MethodPatch, "tickets/"+ids[0], map[string]any{"status": "solved"})
	ask(t, source, http.MethodPost, "tickets", map[string]any{"subject": "New", "status": "new", "requester": who})
	var r ran
	waybill(t, exitDone, &r, "delta", dir, "--yes")
	i := slices.IndexFunc(r.Objects, func(o ranObject) bool { return o.Object == "ticket" })
	if r.State != "done" || i < 0 || r.Objects[i].Created != 1 || r.Objects[i].Updated != 1 {
		t.Fatalf("%+v", r)
	}
	// Both desks change one; at the source one is deleted.
	found := ask(t, target, http.MethodGet, "tickets", nil)
	list, _ := found["items"].([]any)
	if len(list) == 0 {
		list, _ = found["records"].([]any)
	}
	for _, x := range list {
		v, _ := x.(map[string]any)
		id, _ := v["id"].(string)
		ask(t, target, http.MethodPatch, "tickets/"+id, map[string]any{"priority": "urgent"})
	}
	ask(t, source, http.MethodPatch, "tickets/"+ids[1], map[string]any{"status": "closed"})
	ask(t, source, http.MethodDelete, "tickets/"+ids[2], nil)
	waybill(t, exitPerson, &pl, "delta", dir, "--plan-only")
	if pl.Conflicts != 1 || pl.Gone != 1 {
		t.Fatalf("%+v", pl)
	}
	var c struct {
		Records []struct {
			Source string
			Item   struct{ Choice string }
		}
	}
	waybill(t, exitPerson, &c, "conflicts", dir)
	if len(c.Records) != 1 || c.Records[0].Source != ids[1] || c.Records[0].Item.Choice != "keep" {
		t.Fatalf("%+v", c)
	}
	waybill(t, exitDone, &c, "conflicts", dir, "--choose", "take", "--record", "ticket/"+ids[1], "--why", "The old desk is right.")
	waybill(t, exitDone, &c, "conflicts", dir, "--gone", "--choose", "keep", "--all")
	waybill(t, exitDone, &r, "run", dir, pl.Plan, "--yes")
	if i = slices.IndexFunc(r.Objects, func(o ranObject) bool { return o.Object == "ticket" }); i < 0 || r.Objects[i].Updated != 1 || r.Objects[i].Deleted != 0 {
		t.Errorf("%+v", r)
	}
}
