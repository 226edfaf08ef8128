package project

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Drifts of a rule between the newest reading and the one before.
const (
	RuleNew     = "new"
	RuleChanged = "changed"
	RuleGone    = "gone"
)

// Rebuild is a rule of the source that is to be built again in the target.
type Rebuild struct {
	store.Rule
	// Words is the rule as the source says it, Before the same before its last change.
	Words  connector.Rule
	Before *connector.Rule
	// Drift since the reading before: new, changed, gone or nothing.
	Drift        string
	Placeholders []Placeholder
	Script       Script
}

// Ref names a rule in a terminal: "trigger/12".
func (r Rebuild) Ref() string { return r.Kind + "/" + r.RID }

// Dead counts the placeholders that the target does not know.
func (r Rebuild) Dead() int {
	n := 0
	for _, p := range r.Placeholders {
		if p.Dead {
			n++
		}
	}
	return n
}

// Left says that somebody still has to do something about the rule.
func (r Rebuild) Left() bool {
	return r.Drift != RuleGone && (r.State == store.RuleOpen || r.Stale())
}

// RebuildList is everything that is to be built again.
type RebuildList struct {
	// Reading is the newest one; N is 0 when the rules were never read.
	Reading store.RuleReading
	// Failed says why the rules could not be read when everything else was.
	Failed *problem.Problem
	Rules  []Rebuild
}

// ruleKinds in the order in which they are shown, with what people call them.
var ruleKinds = []struct{ kind, one, many string }{
	{connector.RuleTrigger, "Trigger", "Triggers"},
	{connector.RuleAutomation, "Automation", "Automations"},
	{connector.RuleRouting, "Routing", "Routing"},
	{connector.RuleSLA, "SLA policy", "SLA policies"},
	{connector.RuleHours, "Business hours", "Business hours"},
	{connector.RuleMacro, "Macro", "Macros"},
	{connector.RuleView, "View", "Views"},
	{connector.RuleForm, "Form", "Forms"},
	{connector.RuleApp, "App", "Apps"},
	{connector.RuleWebhook, "Webhook", "Webhooks"},
}

// RuleKindTitle is what people call a kind of rule: one of them, and many.
func RuleKindTitle(kind string) (one, many string) {
	for _, k := range ruleKinds {
		if k.kind == kind {
			return k.one, k.many
		}
	}
	s := strings.ReplaceAll(kind, "_", " ")
	if s == "" {
		return s, s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	return s, s
}

func ruleOrder(kind string) int {
	i := slices.IndexFunc(ruleKinds, func(k struct{ kind, one, many string }) bool { return k.kind == kind })
	if i < 0 {
		return len(ruleKinds)
	}
	return i
}

// ruleBody is a rule as it is kept. The vendor's own JSON is left out: it holds numbers
// that mean nothing elsewhere, counters that change by themselves and, in webhooks, keys.
type ruleBody struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Active      bool     `json:"active"`
	Place       int      `json:"place,omitempty"`
	When        []string `json:"when,omitempty"`
	AnyOf       []string `json:"any_of,omitempty"`
	Does        []string `json:"does,omitempty"`
	Text        string   `json:"text,omitempty"`
	HTML        bool     `json:"html,omitempty"`
}

func keptRule(r connector.Rule) (store.ReadRule, error) {
	b, err := json.Marshal(ruleBody{
		Name: r.Name, Description: r.Description, Active: r.Active, Place: r.Place,
		When: withoutKeys(r.When), AnyOf: withoutKeys(r.AnyOf), Does: withoutKeys(r.Does), Text: r.Text, HTML: r.HTML,
	})
	return store.ReadRule{Kind: r.Kind, RID: r.ID, Place: r.Place, Name: r.Name, Body: string(b), Uses: r.Uses}, err
}

func ruleOf(r store.Rule, body string) (connector.Rule, error) {
	var b ruleBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return connector.Rule{}, err
	}
	return connector.Rule{
		ID: r.RID, Kind: r.Kind, Name: b.Name, Description: b.Description, Active: b.Active, Place: b.Place,
		When: b.When, AnyOf: b.AnyOf, Does: b.Does, Text: b.Text, HTML: b.HTML, Uses: r.Uses,
	}, nil
}

// webAddress is a web address inside a sentence, up to what ends it.
var webAddress = regexp.MustCompile(`https?://[^\s"'<>()]+`)

// withoutKeys takes out of sentences what lets strangers in: a webhook's address often is
// its own key (invariant 15). Where it leads can still be read.
func withoutKeys(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, webAddress.ReplaceAllStringFunc(s, withoutKey))
	}
	return out
}

func withoutKey(address string) string {
	if strings.Contains(address, "{{") { // a placeholder, and what stands around it is text
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "https://…"
	}
	parts := strings.Split(u.Path, "/")
	for i, p := range parts {
		if looksLikeKey(p) {
			parts[i] = "…"
		}
	}
	clean := u.Scheme + "://" + u.Host + strings.Join(parts, "/")
	if u.RawQuery != "" {
		clean += "?…"
	}
	return clean
}

// looksLikeKey says that a part of a path is no word: long, with letters and digits mixed.
func looksLikeKey(s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		}
	}
	return len(s) >= 8 && digits > 1 && letters > 1 || len(s) >= 40
}

// rulesFailed is the setting that says why a reading of everything got no rules.
const rulesFailed = "rules_failed"

// ReadRules reads the source's rules anew and compares them with those that are kept. What
// people stated about them stays.
func (p *Project) ReadRules(ctx context.Context, pr *job.Progress) (store.RuleReading, error) {
	d, err := p.open(ctx, Source)
	if err != nil {
		return store.RuleReading{}, err
	}
	ruler, ok := d.conn.(connector.Ruler)
	if !ok {
		return store.RuleReading{}, NoRules(d.kind.Title)
	}
	pr.Stage("rule", 0)
	p.meter(pr, Source)
	rules, missing, err := ruler.Rules(ctx)
	if err != nil {
		return store.RuleReading{}, err
	}
	found := make([]store.ReadRule, 0, len(rules))
	for _, r := range rules {
		k, err := keptRule(r)
		if err != nil {
			return store.RuleReading{}, err
		}
		found = append(found, k)
	}
	pr.Add(int64(len(found)), 0)
	if missing == nil {
		missing = []string{}
	}
	account, err := p.Account(ctx, Source)
	if err != nil {
		return store.RuleReading{}, err
	}
	var out store.RuleReading
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if out, err = tx.KeepRules(account.Name, found, missing); err != nil {
			return err
		}
		if err := tx.Unset(rulesFailed); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "rules.read", map[string]any{"rules": out.Rules, "added": out.Added, "changed": out.Changed, "gone": out.Gone, "missing": len(out.Missing), "hash": out.Hash})
	})
	return out, err
}

// GivesRules says whether the source's desk lets its rules be read, as far as it is known:
// that is found out when it is connected.
func (p *Project) GivesRules(ctx context.Context) (gives bool, err error) {
	gives = true
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(Source+"_rules", &gives)
		return err
	})
	return gives, err
}

// NoRules is the problem of a desk whose rules cannot be read.
func NoRules(desk string) *problem.Problem {
	return problem.New("rebuild.cannot_read", desk+" does not give its rules to Waybill.",
		"Triggers, macros and SLA policies are not part of what can be read there.", "List them by hand in the old desk, and build them again from that list.")
}

// rulesAlong reads the rules while everything is read. That they cannot be read must not
// keep anybody from their records: it is noted, and shown on the page of the rules.
func (p *Project) rulesAlong(ctx context.Context, conn connector.Connector, pr *job.Progress) error {
	if _, ok := conn.(connector.Ruler); !ok {
		return nil
	}
	_, err := p.ReadRules(ctx, pr)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Set(rulesFailed, problem.From(err)) })
}

// Rebuilds lists what is to be built again. It asks no desk.
func (p *Project) Rebuilds(ctx context.Context) (out RebuildList, err error) {
	from, to := "", ""
	if c, ok, err := p.Connection(ctx, Source); err != nil {
		return out, err
	} else if ok {
		from = c.Kind
	}
	if c, ok, err := p.Connection(ctx, Target); err != nil {
		return out, err
	} else if ok {
		to = c.Kind
	}
	var rows []store.Rule
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		if out.Reading, err = tx.RuleReading(); err != nil {
			return err
		}
		if _, err := tx.Setting(rulesFailed, &out.Failed); err != nil {
			return err
		}
		rows, err = tx.Rules()
		return err
	})
	if err != nil {
		return out, err
	}
	out.Rules = make([]Rebuild, 0, len(rows))
	for _, row := range rows {
		r, err := rebuild(row, out.Reading.N, from, to)
		if err != nil {
			return out, err
		}
		out.Rules = append(out.Rules, r)
	}
	slices.SortStableFunc(out.Rules, func(a, b Rebuild) int { return ruleOrder(a.Kind) - ruleOrder(b.Kind) })
	return out, nil
}

func rebuild(row store.Rule, reading int64, from, to string) (Rebuild, error) {
	r := Rebuild{Rule: row}
	var err error
	if r.Words, err = ruleOf(row, row.Body); err != nil {
		return r, err
	}
	if row.Was != "" {
		was, err := ruleOf(row, row.Was)
		if err != nil {
			return r, err
		}
		r.Before = &was
	}
	switch {
	case row.Seen < reading:
		r.Drift = RuleGone
	case reading > 1 && row.First == reading:
		r.Drift = RuleNew
	case row.Changed == reading:
		r.Drift = RuleChanged
	}
	r.Placeholders = placeholders(r.Words, from, to)
	r.Script = script(r.Words, r.Placeholders)
	return r, nil
}

// RuleState is what a person states about a rule; a nil part stays as it is.
type RuleState struct {
	State, Owner, Note *string
}

const (
	maxRuleNote  = 4000
	maxRuleOwner = 200
)

func tooLong() *problem.Problem {
	return problem.New("rebuild.too_long", "This note is too long to be kept.", "Notes have up to 4,000 characters, names up to 200.", "Shorten it, and keep the long text in a document of its own.")
}

// StateRules states something about rules, in one go.
func (p *Project) StateRules(ctx context.Context, ids []int64, s RuleState) error {
	return p.db.Write(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := stateRule(tx, id, s, p.Person()); err != nil {
				return err
			}
		}
		return nil
	})
}

func stateRule(tx *store.Tx, id int64, s RuleState, by model.Person) error {
	r, err := tx.Rule(id)
	if err != nil {
		return err
	}
	if s.State != nil {
		if r.State = *s.State; !slices.Contains([]string{store.RuleOpen, store.RuleRebuilt, store.RuleNotNeeded}, r.State) {
			return problem.New("rebuild.state", "This is not a state of a rule.", "A rule is to be rebuilt, rebuilt, or not needed.", "Choose one of the three: open, rebuilt, not_needed.").At(problem.Place{Value: r.State})
		}
	}
	if s.Owner != nil {
		r.Owner = strings.TrimSpace(*s.Owner)
	}
	if s.Note != nil {
		r.Note = strings.TrimSpace(*s.Note)
	}
	if len([]rune(r.Note)) > maxRuleNote || len([]rune(r.Owner)) > maxRuleOwner {
		return tooLong()
	}
	return tx.StateRule(r, s.State != nil, by)
}

// RuleHistory lists what people stated about a rule, newest first.
func (p *Project) RuleHistory(ctx context.Context, r Rebuild) (out []store.Entry, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.AuditOf("rule.stated")
		for _, e := range all {
			var d struct {
				Rule string `json:"rule"`
			}
			if json.Unmarshal([]byte(e.Detail), &d) == nil && d.Rule == r.Ref() {
				out = append(out, e)
			}
		}
		return err
	})
	return out, err
}
