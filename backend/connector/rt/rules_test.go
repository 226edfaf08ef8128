package rt_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/rt"
	"waybill/backend/connector/rt/fake"
	"waybill/backend/secret"
)

// wantRules fails unless each rule is told whole, in words, and once.
func wantRules(t *testing.T, c connector.Connector) []connector.Rule {
	t.Helper()
	rules, missing, err := c.(connector.Ruler).Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) == 0 || !strings.Contains(strings.Join(missing, " "), "Scrips") {
		t.Errorf("what cannot be read is not told: %q", missing)
	}
	seen := map[string]bool{}
	for _, r := range rules {
		if r.ID == "" || seen[r.ID] || r.Name == "" || len(r.When)+len(r.Does) == 0 || len(r.Raw) == 0 {
			t.Errorf("incomplete, or twice: %+v", r)
		}
		seen[r.ID] = true
		for _, s := range slices.Concat(r.When, r.Does) {
			if strings.Contains(s, "__") || strings.Contains(s, "<") && !strings.Contains(s, " < ") {
				t.Errorf("%s: not in words: %q", r.Name, s)
			}
		}
	}
	return rules
}

func kindsOf(rules []connector.Rule) map[string]int {
	n := map[string]int{}
	for _, r := range rules {
		n[r.Kind]++
	}
	return n
}

func TestRules(t *testing.T) {
	s := httptest.NewServer(fake.New(fake.Options{}))
	defer s.Close()
	c := realdesk.Open(t, rt.Kind(), map[string]string{rt.SettingAddress: s.URL}, map[string]secret.Text{rt.SettingToken: fake.Token})
	rules := wantRules(t, c)
	if n := kindsOf(rules); n[connector.RuleView] != 2 || n[connector.RuleRouting] != 2 || n[connector.RuleForm] != 2 {
		t.Errorf("%v", n)
	}
	want := map[string][]string{
		"My Tickets":    {"Owner is the person who looks and Status is an open status", "Show id, Subject, Priority, QueueName, ExtendedStatus", "Sort by Priority"},
		"Late invoices": {"Queue is 'Billing' and Due < 'now'", "Show id, Subject, Due", "Sort by Due"},
		"Queue Billing": {"Queue is Billing", "Replies are sent from and taken in at billing@desk.example", "Statuses are those of the lifecycle “default”", "Every reply and comment is copied to agnes@desk.example"},
	}
	for _, r := range rules {
		if w, ok := want[r.Name]; ok {
			delete(want, r.Name)
			if got := slices.Concat(r.When, r.Does); !slices.Equal(got, w) {
				t.Errorf("%s: %q, want %q", r.Name, got, w)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestRealServer_rules reads the configuration of a real Request Tracker.
func TestRealServer_rules(t *testing.T) {
	realRT.State(t, "seeded")
	n := kindsOf(wantRules(t, openReal(t)))
	if n[connector.RuleView] < 3 || n[connector.RuleRouting] < 2 || n[connector.RuleForm] < 2 {
		t.Errorf("%v", n)
	}
}
