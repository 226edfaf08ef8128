package redmine_test

import (
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/redmine/fake"
)

// rulesOf reads the rules, each of which must be told whole, in words, and once.
func rulesOf(t *testing.T, c connector.Connector) (kinds map[string]int, byName map[string]connector.Rule) {
	t.Helper()
	rules, missing, err := c.(connector.Ruler).Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(missing, " "), "Workflows") {
		t.Errorf("what cannot be read is not told: %q", missing)
	}
	kinds, byName = map[string]int{}, map[string]connector.Rule{}
	seen := map[string]bool{}
	for _, r := range rules {
		if r.ID == "" || seen[r.ID] || r.Name == "" || len(r.Does) == 0 || len(r.Raw) == 0 {
			t.Errorf("incomplete, or twice: %+v", r)
		}
		seen[r.ID] = true
		for _, s := range slices.Concat(r.When, r.Does) {
			if strings.Contains(s, "_") || strings.Contains(s, "“”") || strings.HasSuffix(s, " ") {
				t.Errorf("%s: not in words: %q", r.Name, s)
			}
		}
		kinds[r.Kind]++
		byName[r.Name] = r
	}
	return kinds, byName
}

func TestRules(t *testing.T) {
	kinds, rules := rulesOf(t, open(t, fake.New(fake.Options{})))
	if kinds[connector.RuleView] != 2 || kinds[connector.RuleRouting] != 3 || kinds[connector.RuleForm] != 5 {
		t.Errorf("%v", kinds)
	}
	for name, want := range map[string][]string{
		"Issue of the tracker Support": {
			"Tracker is Support", "Begin with the status “New”", "Ask for “Assignee”", "Ask for “Due date”", "Ask for “Description”", "Ask for “Category”", "Ask for “Tags”",
		},
		"Category Refund of Billing": {"Project is Billing", "Category is Refund", "Assign the issue to Ágnes Kovács-Tóth"},
		"Refunds":                    {"Project is Billing", "Show issues to its owner only"},
		"Version Spring of General":  {"Project is General", "Offer “Spring” as target version", "It is due on 2031-03-01", "Share it with all projects"},
		"Role Customer": {
			"A person has the role Customer", "Issues cannot be assigned to this person", "See all issues that are not private", "May view issues", "May add issues",
		},
	} {
		r := rules[name]
		if got := slices.Concat(r.When, r.Does); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestRealServer_rules reads the configuration of a real Redmine.
func TestRealServer_rules(t *testing.T) {
	realRedmine.State(t, "target")
	kinds, rules := rulesOf(t, openReal(t))
	if kinds[connector.RuleRouting] < 3 || kinds[connector.RuleForm] < 4 {
		t.Errorf("%v", kinds)
	}
	if r := rules["Issue of the tracker Support"]; !slices.Contains(r.Does, "Begin with the status “New”") || len(r.Does) < 8 {
		t.Errorf("%+v", r)
	}
}
