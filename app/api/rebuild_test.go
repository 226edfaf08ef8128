package api_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/app/api"
	"waybill/backend/practice"
	"waybill/backend/problem"
)

// served starts a practice desk with one macro, as a source or a target.
func served(t *testing.T, o practice.Options) (address string) {
	t.Helper()
	o.Token = "right"
	server, err := practice.Serve(context.Background(), "127.0.0.1:0", o)
	ok(t, err)
	t.Cleanup(func() { ok(t, server.Close()) })
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.Address+"/api/v1/triggers",
		bytes.NewReader([]byte(`{"kind":"macro","name":"Thanks","on":["ticket"],"when":"","does":"answers","text":"<b>Hello</b> {{customer.first_name}} {{customer.shoe_size}}"}`)))
	ok(t, err)
	req.Header.Set("Authorization", "Bearer right")
	resp, err := http.DefaultClient.Do(req)
	ok(t, err)
	ok(t, resp.Body.Close())
	if resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
	return server.Address
}

func emptyProject(t *testing.T) *page {
	t.Helper()
	p := start(t, here(t))
	ok(t, p.app.SetPerson("Anna Meyer", "Migration lead"))
	ok(t, p.app.NewProject(api.NewProject{Name: "Rules"}))
	return p
}

func TestConnectSaysInWordsWhatIsWrong(t *testing.T) {
	p := emptyProject(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><form>Sign in</form>"))
	}))
	t.Cleanup(page.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	address := served(t, practice.Options{})
	for name, x := range map[string]struct {
		settings map[string]string
		code     problem.Code
		field    string
	}{
		"no address":    {map[string]string{"token": "right"}, "desk.setting_missing", "address"},
		"no token":      {map[string]string{"address": address}, "desk.setting_missing", "token"},
		"a wrong token": {map[string]string{"address": address, "token": "wrong"}, "desk.unauthorized", "token"},
		"a sign-in":     {map[string]string{"address": page.URL, "token": "right"}, "desk.other", ""},
		"no network":    {map[string]string{"address": gone.URL, "token": "right"}, "desk.unreachable", ""},
		"no address 2":  {map[string]string{"address": "ftp://x", "token": "right"}, "desk.address", "address"},
	} {
		_, err := p.desks.Connect("source", "practice", x.settings)
		got := problem.From(err)
		if err == nil || got.Code != x.code || got.Where.Field != x.field && x.field != "" || got.Why == "" || got.Next == "" {
			t.Errorf("%s: %+v", name, got)
		}
		if v := must(t, first(p.desks.Side("source")), nil); v.Connected {
			t.Errorf("%s: it is connected all the same", name)
		}
	}
	if _, err := p.desks.Connect("aside", "practice", map[string]string{}); problem.From(err).Code != "desk.side" {
		t.Errorf("a third side: %v", err)
	}
}

func TestP12_WhatBecomesOfAnAddressIsShown(t *testing.T) {
	p := emptyProject(t)
	if v := must(t, first(p.desks.Tidy("practice", " 127.0.0.1:99/api ")), nil); v.Address != "http://127.0.0.1:99" || v.Problem != nil {
		t.Errorf("%+v", v)
	}
	if v := must(t, first(p.desks.Tidy("practice", "ftp://x")), nil); v.Address != "" || v.Problem == nil {
		t.Errorf("%+v", v)
	}
	if v := must(t, first(p.desks.Tidy("files", "x")), nil); v.Address != "" || v.Problem != nil {
		t.Errorf("%+v", v)
	}
}

func TestKindsSayHowToConnectAndWhatTheyCan(t *testing.T) {
	p := emptyProject(t)
	for _, k := range must(t, first(p.desks.Kinds()), nil) {
		switch {
		case k.Files != (k.Name == "files"), k.Source != (len(k.AsSource) > 0), k.Target != (len(k.AsTarget) > 0):
			t.Errorf("%+v", k)
		case k.Name == "practice" && (len(k.Guide) == 0 || !k.Form[0].Address || !k.Form[1].Secret):
			t.Errorf("%+v", k)
		}
	}
}

func TestP11_ASurveySaysWhoWeAreWhatIsMissingAndHowLongItTakes(t *testing.T) {
	p := emptyProject(t)
	address := served(t, practice.Options{RatePerMinute: 600, Missing: []string{"delete"}})
	v := must(t, first(p.desks.Connect("source", "practice", map[string]string{"address": strings.TrimPrefix(address, "http://") + "/", "token": " right "})), nil)
	if !v.Connected || v.Address != address || v.Account == "" || v.As == "" || !slices.Contains(v.Missing, "delete records") || v.PerMinute != 600 || v.Counted != "" {
		t.Fatalf("connected: %+v", v)
	}
	for _, x := range v.Settings {
		if x == "right" {
			t.Error("the window gets the token")
		}
	}
	p.wait(p.desks.Survey("source"))
	v = must(t, first(p.desks.Side("source")), nil)
	if v.Counted == "" || len(v.Objects) == 0 || !v.Objects[0].Count.Exact || v.RequestsLow == 0 || v.LowS > v.HighS || v.HighS == 0 {
		t.Errorf("counted: %+v", v)
	}
	if st := must(t, first(p.jobs.Current()), nil); st != nil {
		t.Errorf("still busy: %+v", st)
	}
}

func TestRulesAreTrackedUntilTheyAreRebuilt(t *testing.T) {
	p := emptyProject(t)
	if v := must(t, first(p.rebuild.View()), nil); v.CanRead || v.Why == "" {
		t.Errorf("without a source: %+v", v)
	}
	address := served(t, practice.Options{})
	must(t, first(p.desks.Connect("source", "practice", map[string]string{"address": address, "token": "right"})), nil)
	p.wait(p.rebuild.Read())
	ok(t, p.target.StartPractice())
	v := must(t, first(p.rebuild.View()), nil)
	if !v.CanRead || v.ReadAt == "" || v.All != 6 || v.Left != 6 || v.Added != 0 || v.Dead != 1 || v.Kinds[0].Title != "Triggers" {
		t.Fatalf("read: %+v", v)
	}
	at := func(name string) api.RuleRow {
		i := slices.IndexFunc(v.Rules, func(r api.RuleRow) bool { return r.Name == name })
		if i < 0 {
			t.Fatalf("%q is not in the list", name)
		}
		return v.Rules[i]
	}
	macro := must(t, first(p.rebuild.Get(at("Thanks").ID)), nil)
	if macro.Row.Dead != 1 || len(macro.Placeholders) != 2 || !macro.Placeholders[1].Dead || macro.Placeholders[0].Becomes != "{{customer.first_name}}" || macro.Test == "" {
		t.Errorf("the macro: %+v", macro)
	}
	ids := []int64{at("Tell the customer about a reply").ID, at("Thanks").ID}
	ok(t, p.rebuild.State(ids, api.RuleChange{Fields: []string{"state", "owner"}, State: "rebuilt", Owner: "Bea"}))
	if err := p.rebuild.State(ids, api.RuleChange{Fields: []string{"state"}, State: "perhaps"}); problem.From(err).Code != "rebuild.state" {
		t.Errorf("a state that is none: %v", err)
	}
	v = must(t, first(p.rebuild.View()), nil)
	if r := at("Thanks"); v.Left != 4 || r.State != "rebuilt" || r.Owner != "Bea" || r.By != "Anna Meyer" || r.Note != "" {
		t.Errorf("stated: %d left, %+v", v.Left, r)
	}
	if d := must(t, first(p.rebuild.Get(ids[0])), nil); len(d.History) != 1 || d.History[0].What != "Stated a rule to rebuild" {
		t.Errorf("history: %+v", d.History)
	}
	home := must(t, first(p.app.Home()), nil)
	i := slices.IndexFunc(home.Phases[3].Tasks, func(t api.Task) bool { return t.ID == "rebuild" })
	if i < 0 || home.Phases[3].Tasks[i].Note != "4" || home.Phases[3].Tasks[i].State == "done" {
		t.Errorf("the way: %+v", home.Phases[3].Tasks)
	}
	if _, err := p.rebuild.Get(999); problem.From(err).Code != "rebuild.none" {
		t.Errorf("a rule that is none: %v", err)
	}
}

func TestRulesComeBackFromExcel(t *testing.T) {
	p := emptyProject(t)
	must(t, first(p.desks.Connect("source", "practice", map[string]string{"address": served(t, practice.Options{}), "token": "right"})), nil)
	p.wait(p.rebuild.Read())
	p.win.save = filepath.Join(t.TempDir(), "rules")
	path := must(t, first(p.rebuild.Export()), nil)
	if !strings.HasSuffix(path, "rules.xlsx") {
		t.Fatal(path)
	}
	f, err := excelize.OpenFile(path)
	ok(t, err)
	ok(t, f.SetCellStr("Rules", "D5", "Not needed"))
	ok(t, f.SetCellStr("Rules", "F5", "The new desk does it by itself"))
	ok(t, f.Save())
	ok(t, f.Close())
	p.win.open = []string{path}
	back := must(t, first(p.rebuild.Import()), nil)
	if len(back.Changes) != 1 || back.Changes[0].Was != "To rebuild" || back.Changes[0].Now != "Not needed" || back.Token == "" {
		t.Fatalf("%+v", back)
	}
	if _, err := p.rebuild.Apply("another"); problem.From(err).Code != "workbook.changed" {
		t.Error(err)
	}
	if n := must(t, first(p.rebuild.Apply(back.Token)), nil); n != 1 {
		t.Errorf("%d rules changed", n)
	}
	v := must(t, first(p.rebuild.View()), nil)
	if !slices.ContainsFunc(v.Rules, func(r api.RuleRow) bool {
		return r.State == "not_needed" && r.Note == "The new desk does it by itself" && r.Name == back.Changes[0].Name
	}) {
		t.Errorf("%+v", v.Rules)
	}
}
