package project_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// paper is a desk that has just what a test gives it.
type paper struct {
	rules   []connector.Rule
	missing []string
	broken  error
	counts  map[model.Object]int64
	refuse  map[model.Object]error
	account connector.Account
	token   string
	opened  []string // addresses, with the token that came along
}

func (d *paper) kind(name string) connector.Kind {
	return connector.Kind{
		Name: name, Title: "Paper desk", Source: true, Target: true,
		Form: []connector.FormField{
			{Name: "address", Title: "Address", Required: true, Address: true},
			{Name: "auth", Title: "Sign in with", Options: []model.Choice{{Value: "token", Title: "A token"}, {Value: "oauth", Title: "OAuth"}}},
			{Name: "token", Title: "Token", Required: true, Secret: true, When: "auth=token"},
			{Name: "client", Title: "Client", Required: true, When: "auth=oauth"},
		},
		Tidy: func(s string) (string, error) {
			if strings.Contains(s, " ") {
				return "", connector.BadAddress(nil, "The paper desk", s)
			}
			return "https://" + strings.TrimSuffix(strings.TrimPrefix(s, "https://"), "/"), nil
		},
		Caps: connector.Caps{PerMinute: 600, Files: true, ReadCost: map[model.Object]float64{model.Ticket: 1}},
		Open: func(_ context.Context, cfg map[string]string, v secret.Vault, _ http.RoundTripper) (connector.Connector, error) {
			t, err := v.Get("token")
			if errors.Is(err, secret.ErrNotFound) {
				t, err = "none", nil
			}
			d.opened = append(d.opened, cfg["address"]+" "+t.Reveal())
			if err == nil && cfg["auth"] != "oauth" && t.Reveal() != d.token {
				err = connector.Unauthorized(errors.New("401"), "The paper desk")
			}
			return d, err
		},
	}
}

func (d *paper) Check(context.Context) (connector.Account, error) { return d.account, nil }

func (d *paper) Schema(context.Context) (model.Schema, error) {
	var s model.Schema
	for _, o := range []model.Object{model.Contact, model.Ticket, model.Attachment} {
		s.Objects = append(s.Objects, model.ObjectSchema{Object: o, Title: project.Title(o), Fields: []model.Field{{Name: "name", Type: model.Text}}})
	}
	return s, nil
}

func (d *paper) Count(_ context.Context, o model.Object) (int64, bool, error) {
	return d.counts[o], o != model.Ticket, d.refuse[o]
}

func (d *paper) Pages(context.Context, model.Object, connector.Cursor, func(connector.Page) error) error {
	return nil
}

func (d *paper) Close() error { return nil }

func (d *paper) Rules(context.Context) ([]connector.Rule, []string, error) {
	return d.rules, d.missing, d.broken
}

func paperProject(t *testing.T, d *paper, kind string) *project.Project {
	t.Helper()
	d.token = "right"
	p, err := project.Create(t.Context(), filepath.Join(t.TempDir(), "p.waybill"), project.Info{Name: "Paper"}, project.Env{
		Kinds: []connector.Kind{d.kind(kind), d.kind("front")}, Vault: secret.Memory(), By: model.Person{Name: "Anna", Role: "lead"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func connectPaper(t *testing.T, p *project.Project, side, kind string) {
	t.Helper()
	if _, err := p.Connect(t.Context(), side, kind, map[string]string{"address": "acme.example", "token": "right"}); err != nil {
		t.Fatal(err)
	}
}

func paperRules() []connector.Rule {
	return []connector.Rule{
		{ID: "1", Kind: connector.RuleTrigger, Name: "Urgent", Active: true, Place: 1, When: []string{"Priority is Urgent", "Status is New"}, Does: []string{"Set group to Second line"}, Uses: 12, Raw: []byte(`{"secret":"s3cr3t-key"}`)},
		{ID: "2", Kind: connector.RuleTrigger, Name: "Off", Place: 2, AnyOf: []string{"Channel is Mail", "Channel is Chat"}, Does: []string{"Add tag spoken"}, Uses: -1},
		{
			ID: "9", Kind: connector.RuleMacro, Name: "Thanks", Active: true, HTML: true, Uses: 4000,
			Text: "<p>Hello {{ticket.requester.first_name}},</p><p>{{ticket.ticket_field_123}} {{ ticket.id }} {{ticket.link}} {{dc.footer}}{% if x %}</p>", Does: []string{"Set status to Solved"},
		},
	}
}

func readRules(t *testing.T, p *project.Project) store.RuleReading {
	t.Helper()
	r, err := p.ReadRules(t.Context(), job.New("test"))
	if err != nil {
		t.Fatal(problem.From(err).Error())
	}
	return r
}

func rebuilds(t *testing.T, p *project.Project) map[string]project.Rebuild {
	t.Helper()
	list, err := p.Rebuilds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]project.Rebuild{}
	for _, r := range list.Rules {
		out[r.Ref()] = r
	}
	return out
}

func text(s string) *string { return &s }

func TestRulesAreKeptAndTheirDriftIsShown(t *testing.T) {
	d := &paper{rules: paperRules(), missing: []string{"Webhooks: only administrators see them."}}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	if r := readRules(t, p); r.N != 1 || r.Rules != 3 || r.Added != 3 || !slices.Equal(r.Missing, d.missing) {
		t.Fatalf("first reading: %+v", r)
	}
	first := rebuilds(t, p)
	if first["trigger/1"].Drift != "" || first["trigger/1"].State != store.RuleOpen || first["trigger/1"].Uses != 12 {
		t.Errorf("after the first reading: %+v", first["trigger/1"])
	}
	for ref, state := range map[string]string{"trigger/1": store.RuleRebuilt, "trigger/2": store.RuleNotNeeded} {
		if err := p.StateRules(t.Context(), []int64{first[ref].ID}, project.RuleState{State: &state, Owner: text("Bea"), Note: text("agreed")}); err != nil {
			t.Fatal(err)
		}
	}
	if r := readRules(t, p); r.Added+r.Changed+r.Gone != 0 || r.Hash == "" {
		t.Errorf("nothing changed, and the reading says %+v", r)
	}

	d.rules = paperRules()[:2]
	d.rules[0].Does = []string{"Set group to Third line"}
	d.rules[1].Uses = 77 // a counter is no change
	d.rules = append(d.rules, connector.Rule{ID: "5", Kind: connector.RuleSLA, Name: "Gold", Active: true, When: []string{"Organization is Acme"}, Does: []string{"First reply within 1 hour"}})
	if r := readRules(t, p); r.Added != 1 || r.Changed != 1 || r.Gone != 1 {
		t.Fatalf("third reading: %+v", r)
	}
	now := rebuilds(t, p)
	r := now["trigger/1"]
	if r.Drift != project.RuleChanged || !r.Stale() || !r.Left() || r.State != store.RuleRebuilt || r.Owner != "Bea" || r.Before == nil || r.Before.Does[0] != "Set group to Second line" {
		t.Errorf("the changed rule: %+v", r)
	}
	if r := now["trigger/2"]; r.Drift != "" || r.Left() || r.Uses != 77 {
		t.Errorf("the rule with another count: %+v", r)
	}
	if r := now["macro/9"]; r.Drift != project.RuleGone || r.Left() {
		t.Errorf("the rule that is gone: %+v", r)
	}
	if r := now["sla/5"]; r.Drift != project.RuleNew || !r.Left() {
		t.Errorf("the new rule: %+v", r)
	}
	// A note alone does not confirm a state, saying it again does.
	if err := p.StateRules(t.Context(), []int64{r.ID}, project.RuleState{Note: text("look again")}); err != nil {
		t.Fatal(err)
	}
	if !rebuilds(t, p)["trigger/1"].Stale() {
		t.Error("a note confirmed the state of a rule that changed")
	}
	if err := p.StateRules(t.Context(), []int64{r.ID}, project.RuleState{State: text(store.RuleRebuilt)}); err != nil {
		t.Fatal(err)
	}
	if r := rebuilds(t, p)["trigger/1"]; r.Stale() || r.By.Name != "Anna" || r.At == "" || r.Note != "look again" {
		t.Errorf("stated again: %+v", r)
	}
	history, err := p.RuleHistory(t.Context(), r)
	if err != nil || len(history) != 3 || history[0].By.Name != "Anna" {
		t.Errorf("history: %+v %v", history, err)
	}
	if err := p.DB().Read(t.Context(), func(tx *store.Tx) error {
		all, left, err := tx.CountRules()
		if all != 3 || left != 1 {
			t.Errorf("%d of %d rules are left", left, all)
		}
		return errors.Join(err, tx.VerifyAudit())
	}); err != nil {
		t.Error(err)
	}
}

func TestRulesKeepNothingOfTheVendorsOwnText(t *testing.T) {
	d := &paper{rules: paperRules()}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	readRules(t, p)
	for ref, r := range rebuilds(t, p) {
		if strings.Contains(r.Body, "s3cr3t") {
			t.Errorf("%s keeps a key: %s", ref, r.Body)
		}
	}
}

func TestRulesKeepNoKeysOfWebhooks(t *testing.T) {
	d := &paper{rules: []connector.Rule{{ID: "1", Kind: connector.RuleWebhook, Name: "Chat", Active: true, Does: []string{
		"Calls POST https://hooks.chat.example/services/T0B1C2D3E/B9x8y7z6/q1w2e3r4t5y6 (JSON)", "Calls https://anna:pw@crm.example/api/v2/contacts?token=s3cr3t&x=1", "Opens https://shop.example/orders/{{ticket.id}}",
	}}}}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	readRules(t, p)
	want := []string{"Calls POST https://hooks.chat.example/services/…/…/… (JSON)", "Calls https://crm.example/api/v2/contacts?…", "Opens https://shop.example/orders/{{ticket.id}}"}
	if got := rebuilds(t, p)["webhook/1"].Words.Does; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if gives, err := p.GivesRules(t.Context()); !gives || err != nil {
		t.Error(gives, err)
	}
}

func TestReadingGoesOnWithoutRules(t *testing.T) {
	d := &paper{rules: paperRules(), broken: connector.Forbidden(errors.New("403"), "The paper desk", "administrators only")}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	if _, err := p.Extract(t.Context(), nil, job.New("test")); err != nil {
		t.Fatal("that rules are refused kept everybody from their records:", err)
	}
	list, err := p.Rebuilds(t.Context())
	if err != nil || list.Failed == nil || list.Failed.Code != connector.CodeForbidden || list.Reading.N != 0 {
		t.Fatalf("%+v %v", list, err)
	}
	d.broken = nil
	if _, err := p.Extract(t.Context(), nil, job.New("test")); err != nil {
		t.Fatal(err)
	}
	if list, err = p.Rebuilds(t.Context()); err != nil || list.Failed != nil || len(list.Rules) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
}

func TestDeadPlaceholdersAreNamed(t *testing.T) {
	d := &paper{rules: paperRules()}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	readRules(t, p)
	for _, h := range rebuilds(t, p)["macro/9"].Placeholders {
		if h.Dead || h.Becomes != "" {
			t.Errorf("%s is judged before a target is known: %+v", h.Text, h)
		}
	}
	connectPaper(t, p, project.Target, "front")
	got := []string{}
	for _, h := range rebuilds(t, p)["macro/9"].Placeholders {
		got = append(got, fmt.Sprintf("%s > %s %v", h.Text, h.Becomes, h.Dead))
	}
	want := []string{
		"{{ticket.requester.first_name}} > {{recipient.first_name}} false", "{{ticket.ticket_field_123}} >  true", "{{ ticket.id }} > {{conversation.ticket_id}} false",
		"{{ticket.link}} >  true", "{{dc.footer}} >  true", "{% if x %} >  true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPlaceholdersOfIntercomAreKnownInBothForms(t *testing.T) {
	d := &paper{rules: []connector.Rule{{
		ID: "1", Kind: connector.RuleMacro, Name: "Greeting", Active: true, HTML: true, When: []string{"Available in inbox"},
		Text: `<p>Hi <attribute key="user.name" default="there"/>, {{author.first_name | fallback:"we"}} {{custom.plan}}</p>`,
	}}}
	p := paperProject(t, d, "intercom")
	connectPaper(t, p, project.Source, "intercom")
	connectPaper(t, p, project.Target, "front")
	readRules(t, p)
	r := rebuilds(t, p)["macro/1"]
	got := []string{}
	for _, h := range r.Placeholders {
		got = append(got, h.Text+" > "+h.Becomes)
	}
	if want := []string{"{{user.name}} > {{recipient.name}}", `{{author.first_name | fallback:"we"}} > {{user.first_name}}`, "{{custom.plan}} > "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := r.Script; s.Do[1] != "Available in inbox" || !strings.HasPrefix(s.Expect[0], "The answer begins with “Hi {{user.name}}, ") {
		t.Errorf("%+v", s)
	}
}

func TestScriptsAreMadeFromConditionsAndActions(t *testing.T) {
	d := &paper{rules: paperRules()}
	p := paperProject(t, d, "zendesk")
	connectPaper(t, p, project.Source, "zendesk")
	readRules(t, p)
	all := rebuilds(t, p)
	if got, want := all["trigger/1"].Script.Text(), `- Create a test ticket, or change one, so that:
- Priority is Urgent
- Status is New
Expect:
- Set group to Second line
Then the other way round:
- The same, except that this is not so: Priority is Urgent. Then nothing happens.`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if s := all["trigger/2"].Script; len(s.But) != 2 || !strings.Contains(s.But[0], "switched off") || !strings.Contains(s.Do[1], "Channel is Mail; or Channel is Chat") {
		t.Errorf("a rule that is off: %+v", s)
	}
	if s := all["macro/9"].Script; !slices.Contains(s.Expect, "The answer begins with “Hello {{ticket.requester.first_name}},”.") || !slices.Contains(s.Expect, "Set status to Solved") ||
		!slices.Contains(s.Expect, "Where {{ticket.requester.first_name}} stood there is the customer's first name.") {
		t.Errorf("a macro: %+v", s)
	}
	if again := rebuilds(t, p)["macro/9"].Script.Text(); again != all["macro/9"].Script.Text() {
		t.Error("the same rule gave another script")
	}
}

func TestRulesGoOutInAWorkbookAndComeBack(t *testing.T) {
	d := &paper{rules: paperRules()}
	p := paperProject(t, d, "zendesk")
	file := filepath.Join(t.TempDir(), "rules.xlsx")
	if err := p.ExportRules(t.Context(), file); !problem.Is(err, "rebuild.nothing") {
		t.Errorf("nothing was read, and it says %v", err)
	}
	connectPaper(t, p, project.Source, "zendesk")
	readRules(t, p)
	before := rebuilds(t, p)
	if err := p.ExportRules(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	// Meanwhile somebody states one here, and the workbook states it otherwise.
	if err := p.StateRules(t.Context(), []int64{before["trigger/1"].ID}, project.RuleState{Owner: text("Carl")}); err != nil {
		t.Fatal(err)
	}
	if err := p.StateRules(t.Context(), []int64{before["macro/9"].ID}, project.RuleState{Note: text("kept")}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for cell, v := range map[string]string{"D4": "Rebuilt", "E4": "Bea", "D6": "Not needed"} {
		if err := f.SetCellStr("Rules", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Save(), f.Close()); err != nil {
		t.Fatal(err)
	}
	back, err := p.ReadRulesBook(t.Context(), file)
	if err != nil || len(back.Problems) > 0 || len(back.Changes) != 2 {
		t.Fatalf("%+v %v", back, err)
	}
	if c := back.Changes[0]; c.Rule.Ref() != "trigger/1" || c.State != store.RuleRebuilt || c.Owner != "Bea" || !c.Conflict {
		t.Errorf("a conflict: %+v", c)
	}
	if c := back.Changes[1]; c.Rule.Ref() != "macro/9" || c.State != store.RuleNotNeeded || c.Note != "kept" || c.Conflict {
		t.Errorf("what only changed here stays: %+v", c)
	}
	if _, err := p.ApplyRulesBook(t.Context(), file, "another"); !problem.Is(err, "workbook.changed") {
		t.Errorf("another state was applied: %v", err)
	}
	if n, err := p.ApplyRulesBook(t.Context(), file, back.Token); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	now := rebuilds(t, p)
	if a, b := now["trigger/1"], now["macro/9"]; a.State != store.RuleRebuilt || a.Owner != "Bea" || a.Stale() || b.State != store.RuleNotNeeded || b.Note != "kept" {
		t.Errorf("after it: %+v %+v", a.Rule, b.Rule)
	}
	if again, err := p.ReadRulesBook(t.Context(), file); err != nil || len(again.Changes) != 0 {
		t.Errorf("read again it changes %d: %v", len(again.Changes), err)
	}
}
