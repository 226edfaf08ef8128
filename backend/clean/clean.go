// Package clean decides by rules what does not move by itself: what is merged,
// archived or left out. It never edits a raw record; each rule shows first whom
// it hits, each decision has a name and a reason and can be taken back.
package clean

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xrash/smetrics"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// What a rule does.
const (
	Merge    = "merge"
	Archive  = "archive"
	LeaveOut = "leave_out"
)

// Rule is something that can be decided about many records at once.
type Rule struct {
	// ID is stable: "merge.contact.email".
	ID       string            `json:"id"`
	Object   model.Object      `json:"object"`
	Does     string            `json:"does"`
	Title    string            `json:"title"`
	Why      string            `json:"why"`
	Count    int64             `json:"count"`
	Examples []string          `json:"examples"`
	Settings map[string]string `json:"settings"`
	// Applied is the number of the decision that is in force; 0 when none is.
	Applied int64 `json:"applied"`

	find func(tx *store.Tx, settings map[string]string) ([]store.Hit, error)
}

// parents says what hangs on what: with a ticket go its messages, with those their attachments.
var parents = map[model.Object][]model.Object{
	model.Ticket:  {model.Message, model.Attachment},
	model.Message: {model.Attachment},
}

// Rules lists what can be decided, with whom it would hit now.
func Rules(ctx context.Context, db *store.DB, src model.Schema) ([]Rule, error) {
	out := []Rule{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		all, err := offered(tx, src)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.Applied == 0 {
				hits, err := r.find(tx, r.Settings)
				if err != nil {
					return fmt.Errorf("rule %s: %w", r.ID, err)
				}
				r.Count = int64(len(hits))
				if r.Examples, err = examples(tx, hits); err != nil {
					return err
				}
			}
			if r.Count > 0 {
				out = append(out, r)
			}
		}
		return nil
	})
	return out, err
}

// offered lists the rules, those that are in force with what they hit; the others
// are not yet counted.
func offered(tx *store.Tx, src model.Schema) ([]Rule, error) {
	profiles, err := profile.Load(tx)
	if err != nil {
		return nil, err
	}
	all, err := propose(tx, src, profiles)
	if err != nil {
		return nil, err
	}
	decisions, err := tx.Decisions()
	if err != nil {
		return nil, err
	}
	for i := range all {
		for _, d := range decisions {
			if d.Rule == all[i].ID && d.UndoneAt == "" {
				all[i].Applied, all[i].Count, all[i].Settings = d.ID, d.Count, d.Settings
			}
		}
	}
	return all, nil
}

func examples(tx *store.Tx, hits []store.Hit) ([]string, error) {
	out := []string{}
	for _, h := range hits[:min(3, len(hits))] {
		row, err := tx.RecordAt(h.Seq)
		if err != nil {
			return nil, err
		}
		s := row.Record.Key.ID
		if row.Name != "" && row.Name != row.Record.Key.ID {
			s += " " + row.Name
		}
		if h.Survivor != 0 {
			into, err := tx.RecordAt(h.Survivor)
			if err != nil {
				return nil, err
			}
			s += " → " + into.Record.Key.ID + " " + into.Name
		}
		out = append(out, s)
	}
	return out, nil
}

// Apply decides by a rule. With a ticket go its messages and their attachments.
func Apply(ctx context.Context, db *store.DB, src model.Schema, id string, settings map[string]string, why string, by model.Person) (store.Decision, error) {
	var rules []Rule
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		rules, err = offered(tx, src)
		return err
	})
	if err != nil {
		return store.Decision{}, err
	}
	for _, r := range rules {
		if r.ID != id {
			continue
		}
		if r.Applied != 0 {
			return store.Decision{}, problem.New("clean.applied", "This was already decided.", "The decision is in force.", "Take it back first, if it should be decided anew.")
		}
		return r.apply(ctx, db, settings, why, by)
	}
	return store.Decision{}, problem.New("clean.none", "There is nothing to decide by this rule.", "No record fits it now.", "Look at the list of rules again.").At(problem.Place{Value: id})
}

func (r Rule) apply(ctx context.Context, db *store.DB, settings map[string]string, why string, by model.Person) (d store.Decision, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		d, err = r.ApplyIn(tx, settings, why, by)
		return err
	})
	return d, err
}

// ApplyIn decides by a rule as part of something larger that is written whole or not at all.
func (r Rule) ApplyIn(tx *store.Tx, settings map[string]string, why string, by model.Person) (store.Decision, error) {
	merged := map[string]string{}
	for k, v := range r.Settings {
		merged[k] = v
	}
	for k, v := range settings {
		merged[k] = v
	}
	if strings.TrimSpace(why) == "" {
		why = r.Why
	}
	fate := fateOf[r.Does]
	hits, err := r.find(tx, merged)
	if err != nil {
		return store.Decision{}, err
	}
	if len(hits) == 0 {
		return store.Decision{}, problem.New("clean.none", "There is nothing to decide by this rule.", "No record fits it now.", "Look at the list of rules again.").At(problem.Place{Value: r.ID})
	}
	if r.Does != Merge {
		if hits, err = withChildren(tx, r.Object, hits); err != nil {
			return store.Decision{}, err
		}
	}
	return tx.Decide(store.Decision{By: by, Rule: r.ID, Does: r.Does, Object: r.Object, Title: r.Title, Why: why, Settings: merged}, fate, hits)
}

func withChildren(tx *store.Tx, o model.Object, hits []store.Hit) ([]store.Hit, error) {
	level := make([]int64, len(hits))
	for i, h := range hits {
		level[i] = h.Seq
	}
	have := map[int64]bool{}
	for _, s := range level {
		have[s] = true
	}
	queue := []struct {
		o    model.Object
		seqs []int64
	}{{o, level}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, child := range parents[at.o.Kind()] {
			child = child.From(at.o.Source())
			found, err := tx.Children(at.o, child, at.seqs)
			if err != nil {
				return nil, err
			}
			fresh := found[:0]
			for _, s := range found {
				if !have[s] {
					have[s] = true
					fresh = append(fresh, s)
					hits = append(hits, store.Hit{Seq: s})
				}
			}
			if len(fresh) > 0 {
				queue = append(queue, struct {
					o    model.Object
					seqs []int64
				}{child, fresh})
			}
		}
	}
	return hits, nil
}

// waiting are the fates about which a rule may still decide.
var waiting = []model.Fate{model.Pending, model.Held}

func propose(tx *store.Tx, src model.Schema, profiles []profile.Object) ([]Rule, error) {
	out := []Rule{}
	for _, po := range profiles {
		shape, ok := src.Object(po.Object)
		if !ok {
			continue
		}
		o := po.Object
		things := thing(o)
		out = append(out,
			byFilter(Rule{
				ID: "leave_out." + string(o) + ".unreadable", Object: o, Does: LeaveOut, Title: "Leave out " + things + " whose row could not be read",
				Why: "The export is broken at these rows, so nothing sensible can be moved.",
			}, store.Filter{Object: o, Fates: waiting, HeldBy: "stage", Op: "first"}),
			byFilter(Rule{
				ID: "leave_out." + string(o) + ".repeated", Object: o, Does: LeaveOut, Title: "Leave out " + things + " whose number was already used",
				Why: "Another record has the same number and is the one that others mean.",
			}, store.Filter{Object: o, Fates: waiting, Code: string(store.CodeRepeatedKey)}))
		switch o.Kind() {
		case model.Contact, model.Agent, model.Organization:
			for _, f := range shape.Fields {
				if identifies(o, f) {
					out = append(out, mergeRule(o, shape, f))
				}
			}
		case model.Ticket:
			out = append(out, ticketRules(po, shape)...)
		case model.Message, model.Attachment:
			out = append(out, hangRules(po)...)
		}
		if o.Kind() == model.Attachment {
			out = append(out, Rule{
				ID: "leave_out." + string(o) + ".no_content", Object: o, Does: LeaveOut, Title: "Leave out attachments whose file is missing",
				Why: "The old desk lists them, but their content is gone.", find: func(tx *store.Tx, _ map[string]string) ([]store.Hit, error) {
					return scan(tx, store.Filter{Object: o, Fates: waiting}, func(row store.Row, _ map[string]any) (bool, error) {
						f, ok, err := tx.File(row.Seq)
						return ok && f.Problem != nil, err
					})
				},
			})
		}
	}
	return heldRules(tx, out)
}

// heldRules offer, for each group of held records, to leave them out: one decision
// with a reason, when the repair is not worth it.
func heldRules(tx *store.Tx, out []Rule) ([]Rule, error) {
	groups, err := tx.HeldGroups()
	if err != nil {
		return nil, err
	}
	decisions, err := tx.Decisions()
	if err != nil {
		return nil, err
	}
	offered := map[string]bool{}
	offer := func(o model.Object, code, field, what string) {
		r := Rule{ID: HeldRule(o, code, field), Object: o, Does: LeaveOut, Title: "Leave out " + thing(o) + " that are held: " + what, Why: "The repair is not worth it."}
		if code == string(store.CodeRepeatedKey) || offered[r.ID] {
			return // it has a rule of its own
		}
		offered[r.ID] = true
		out = append(out, byFilter(r, store.Filter{Object: o, Fates: []model.Fate{model.Held}, Code: code, Field: field}))
	}
	for _, g := range groups {
		if g.Example != nil && !strings.HasPrefix(g.Code, "file.") {
			offer(g.Object, g.Code, g.Field, g.Example.What)
		}
	}
	for _, d := range decisions {
		if id, ok := strings.CutPrefix(d.Rule, heldPrefix+string(d.Object)+"/"); ok && d.UndoneAt == "" {
			code, field, _ := strings.Cut(id, "/")
			_, what, _ := strings.Cut(d.Title, ": ")
			offer(d.Object, code, field, what)
		}
	}
	return out, nil
}

const heldPrefix = "leave_out.held."

// HeldRule is the id of the rule that leaves out a group of held records.
func HeldRule(o model.Object, code, field string) string {
	return heldPrefix + string(o) + "/" + code + "/" + field
}

// byFilter makes a rule that hits all records of a filter.
func byFilter(r Rule, f store.Filter) Rule {
	unreadable := f.Op == "first"
	if unreadable {
		f.Op = ""
	}
	r.find = func(tx *store.Tx, _ map[string]string) ([]store.Hit, error) {
		return scan(tx, f, func(row store.Row, _ map[string]any) (bool, error) { return !unreadable || row.RepeatOf == "", nil })
	}
	return r
}

// scan walks the records of a filter and collects those that keep says yes to.
func scan(tx *store.Tx, f store.Filter, keep func(store.Row, map[string]any) (bool, error)) ([]store.Hit, error) {
	out := []store.Hit{}
	after := int64(0)
	for {
		rows, err := tx.Records(f, after, 1000)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return out, nil
		}
		after = rows[len(rows)-1].Seq
		for _, row := range rows {
			values, err := model.Values(row.Record.Raw)
			if err != nil {
				values = map[string]any{}
			}
			ok, err := keep(row, values)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, store.Hit{Seq: row.Seq})
			}
		}
	}
}

func identifies(o model.Object, f model.Field) bool {
	if o.Kind() == model.Organization {
		return strings.EqualFold(f.Name, "name") || strings.EqualFold(f.Name, "company") || strings.EqualFold(f.Name, "company name")
	}
	return f.Type == model.Email
}

// mergeRule finds the same person or company twice: the same address (or name)
// without case and outer blanks, and names that do not contradict it (P-28, P-29).
func mergeRule(o model.Object, shape model.ObjectSchema, f model.Field) Rule {
	return Rule{
		ID: "merge." + string(o) + "." + f.Name, Object: o, Does: Merge,
		Title: fmt.Sprintf("Merge %s with the same %s", thing(o), strings.ToLower(f.Name)),
		Why:   "They are the same one written twice; their history comes together in the fuller record.",
		find: func(tx *store.Tx, _ map[string]string) ([]store.Hit, error) {
			type member struct {
				seq    int64
				name   string
				filled int
			}
			groups := map[string][]member{}
			_, err := scan(tx, store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held, model.Moved}}, func(row store.Row, v map[string]any) (bool, error) {
				key := store.Fold(model.Plain(v[f.Name]))
				if key == "" || row.RepeatOf != "" {
					return false, nil
				}
				n := 0
				for _, x := range v {
					if strings.TrimSpace(model.Plain(x)) != "" {
						n++
					}
				}
				switch row.Fate {
				case model.Moved:
					n += 1000 // what is in the target already is the one to live on
				case model.Held:
					n -= 1000 // what is held back would hold back the others' history too
				}
				groups[key] = append(groups[key], member{row.Seq, personName(shape, v), n})
				return false, nil
			})
			if err != nil {
				return nil, err
			}
			out := []store.Hit{}
			for _, g := range groups {
				if len(g) < 2 {
					continue
				}
				sort.SliceStable(g, func(i, j int) bool { return g[i].filled > g[j].filled })
				for _, m := range g[1:] {
					if m.filled < 1000 && alike(g[0].name, m.name) {
						out = append(out, store.Hit{Seq: m.seq, Survivor: g[0].seq})
					}
				}
			}
			sort.Slice(out, func(i, j int) bool { return out[i].Seq < out[j].Seq })
			return out, nil
		},
	}
}

func personName(shape model.ObjectSchema, v map[string]any) string {
	if s := model.Plain(v[shape.Name]); s != "" && !strings.Contains(s, "@") {
		return s
	}
	parts := []string{}
	for _, f := range shape.Fields {
		n := strings.ToLower(f.Name)
		if strings.Contains(n, "name") && !strings.Contains(n, "user") && !strings.Contains(n, "company") {
			parts = append(parts, model.Plain(v[f.Name]))
		}
	}
	return strings.Join(parts, " ")
}

// alike says whether two names can be one person's: the words in any order, small
// differences allowed, an initial stands for a name that begins with it, an empty
// one contradicts nothing.
func alike(a, b string) bool {
	words := func(s string) []string {
		w := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" .,-_'\"\u00a0\t", r) })
		sort.Strings(w)
		return w
	}
	v, w := words(a), words(b)
	x, y := strings.Join(v, " "), strings.Join(w, " ")
	return x == "" || y == "" || x == y || smetrics.JaroWinkler(x, y, 0.7, 4) >= 0.82 || initialsOf(v, w) || initialsOf(w, v)
}

// initialsOf: every word of short is in long, or the first letter of a word there;
// one of them at least is a whole word.
func initialsOf(short, long []string) bool {
	if len(short) > len(long) {
		return false
	}
	used, whole := make([]bool, len(long)), false
	for _, s := range short {
		found := false
		for i, l := range long {
			if !used[i] && (l == s || utf8.RuneCountInString(s) == 1 && strings.HasPrefix(l, s)) {
				used[i], found = true, true
				whole = whole || l == s && utf8.RuneCountInString(s) > 1
				break
			}
		}
		if !found {
			return false
		}
	}
	return whole
}

// A bare word, with a number at most, or the word set apart: "Test 3", "[test] hello",
// "TEST - please ignore". "Test results wrong" is a customer's subject.
var testSubject = regexp.MustCompile(`(?i)^\s*(\[test\].*|(test|testing|testticket|test ticket|asdf+|dummy)[\s\d.!#]*([-:–].*)?|testing the .*delete me.*)$`)

func ticketRules(po profile.Object, shape model.ObjectSchema) []Rule {
	out := []Rule{}
	for _, f := range po.Fields {
		for _, v := range f.Top {
			switch store.Fold(v.Value) {
			case "spam", "junk":
				if v.Count*2 < po.Rows {
					out = append(out, byFilter(Rule{
						ID: "leave_out." + string(po.Object) + ".spam." + f.Name + "." + v.Value, Object: po.Object, Does: LeaveOut,
						Title: fmt.Sprintf("Leave out tickets whose %s is %q", f.Name, v.Value), Why: "Spam should not come along.",
					},
						store.Filter{Object: po.Object, Fates: waiting, Field: f.Name, Op: "equals", Value: v.Value}))
				}
			}
		}
	}
	if shape.Name != "" {
		out = append(out, Rule{
			ID: "leave_out." + string(po.Object) + ".test", Object: po.Object, Does: LeaveOut, Title: "Leave out tickets that were only tests",
			Why: "Their subject says that somebody tried something out.", find: func(tx *store.Tx, _ map[string]string) ([]store.Hit, error) {
				return scan(tx, store.Filter{Object: po.Object, Fates: waiting}, func(row store.Row, v map[string]any) (bool, error) {
					return testSubject.MatchString(model.Plain(v[shape.Name])), nil
				})
			},
		})
	}
	if age, ok := dateField(shape); ok && newest(po) != "" { // without a date nothing is old
		out = append(out, Rule{
			ID: "archive." + string(po.Object) + ".older", Object: po.Object, Does: Archive, Title: "Archive tickets older than a number of years",
			Why: "Older than the company's retention rule.", Settings: map[string]string{"years": "10", "from": newest(po)},
			find: func(tx *store.Tx, s map[string]string) ([]store.Hit, error) { return older(tx, po.Object, age, s) },
		})
	}
	return out
}

func newest(po profile.Object) string {
	last := ""
	for _, a := range po.Ages {
		if len(a.Year) == 4 && a.Year[0] >= '0' && a.Year[0] <= '9' && a.Year > last {
			last = a.Year
		}
	}
	if last == "" {
		return ""
	}
	return last + "-12-31"
}

// older finds tickets that are older than so many years, counted back from a stated day.
func older(tx *store.Tx, o model.Object, age model.Field, s map[string]string) ([]store.Hit, error) {
	years, err := strconv.Atoi(strings.TrimSpace(s["years"]))
	if err != nil || years < 1 || years > 100 {
		return nil, problem.New("clean.years", "The number of years must be between 1 and 100.", "", "Write a whole number, such as 7.").At(problem.Place{Field: "years", Value: s["years"]})
	}
	from, err := time.Parse("2006-01-02", s["from"])
	if err != nil {
		return nil, problem.New("clean.from", "The day to count back from is not a date.", "", "Write it as year-month-day, such as 2025-12-31.").At(problem.Place{Field: "from", Value: s["from"]})
	}
	limit := from.AddDate(-years, 0, 0)
	return scan(tx, store.Filter{Object: o, Fates: waiting}, func(_ store.Row, v map[string]any) (bool, error) {
		t, _, err := formula.ParseDate(strings.TrimSpace(model.Plain(v[age.Name])), age.Format, age.Zone)
		return err == nil && t.Before(limit), nil
	})
}

func dateField(shape model.ObjectSchema) (model.Field, bool) {
	f := profile.AgeField(shape)
	return f, f.Name != ""
}

// hangRules find messages and attachments that hang on nothing.
func hangRules(po profile.Object) []Rule {
	out := []Rule{}
	for _, l := range po.Orphans {
		on := model.Ticket
		if po.Object.Kind() == model.Attachment {
			on = model.Message
		}
		if l.Count == 0 || !strings.Contains(l.To, string(on)) {
			continue
		}
		out = append(out, byFilter(Rule{
			ID: "leave_out." + string(po.Object) + ".hangs_on_nothing." + l.Field, Object: po.Object, Does: LeaveOut,
			Title: fmt.Sprintf("Leave out %s whose %s does not exist", thing(po.Object), on), Why: fmt.Sprintf("Without its %s nobody could ever find it.", on),
		},
			store.Filter{Object: po.Object, Fates: waiting, Field: l.Field, Op: "broken_link"}))
	}
	return out
}

func thing(o model.Object) string {
	if s := o.Source(); s != "" {
		return thing(o.Kind()) + " of " + model.SourceTitle(s)
	}
	switch o {
	case model.Contact:
		return "customers"
	case model.Organization:
		return "companies"
	case model.Article:
		return "help articles"
	}
	return strings.ReplaceAll(string(o), "_", " ") + "s"
}
