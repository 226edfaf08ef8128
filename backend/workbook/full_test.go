package workbook_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/workbook"
)

// fullVersion has every kind of rule, a value list that keeps words, and people.
func fullVersion() mapping.Version {
	v := version()
	for i := range v.Objects {
		o := &v.Objects[i]
		for j := range o.Fields {
			f := &o.Fields[j]
			switch {
			case o.Target == model.Ticket && f.Target == "description":
				f.Rule, f.Sources, f.Split = mapping.Split, []string{"Beschreibung"}, &mapping.SplitRule{How: mapping.ByText, By: ";", Part: 2, Rest: true}
			case o.Target == model.Ticket && f.Target == "tags":
				f.Rule, f.Sources = mapping.LookUp, []string{"Kostenstelle"}
				f.Lookup = &mapping.LookupRule{Table: "Cost \"centres\"", Key: "Code", Value: "Name"}
				f.Check = &mapping.Check{OneOf: []string{"a", "b; c"}, MaxLength: 20, Says: "a cost centre"}
			case o.Target == model.Ticket && f.Target == "priority":
				f.Keep = &mapping.Keep{Field: "tags", Prefix: "prio: "}
				for k := range f.Values {
					f.Values[k].Keep = k == 0
				}
			}
		}
	}
	v.People = []mapping.PersonPair{
		{Object: model.Agent, From: "12", Name: "Mia Weber", Email: "mia@old.example", How: mapping.PersonTarget, To: "u1", ToName: "Mia Weber", Count: 120, Decided: true, Confidence: 100},
		{Object: model.Agent, From: "007", Name: "=Jim", Email: "+jim@old.example", Inactive: true, How: mapping.PersonTarget, To: "u2", ToName: "Legacy", Stands: true, Count: 7, Decided: true},
		{Object: model.Agent, From: "13", Name: "Otto", How: mapping.PersonTarget, To: "u3", ToName: "Otto O.", Confidence: 71, Reason: "The names are alike.", Count: 3},
		{Object: model.Group, From: "g", Name: "Vertrieb", How: mapping.PersonLeave, Count: 1, Decided: true},
	}
	return v
}

func fullBook() workbook.Book {
	b := book()
	b.Version = fullVersion()
	b.PeopleTo = map[model.Object][]model.Choice{
		model.Agent: {{Value: "u1", Title: "Mia Weber"}, {Value: "u2", Title: "Legacy"}, {Value: "u3", Title: "Otto O."}, {Value: "u4", Title: "Otto O."}},
		model.Group: {{Value: "t1", Title: "Sales"}},
	}
	b.Decisions = []workbook.DecisionLine{
		{ID: 4, Title: "Spam", Objects: "Tickets", Does: "Left out", Count: 120, Why: "Nobody reads it.", Who: "Ann", When: "2 Nov 2026"},
		{ID: 5, Title: "Older than ten years", Objects: "Tickets", Does: "Archived", Count: 9_120, Why: "Retention.", Who: "Ann", When: "2 Nov 2026"},
	}
	b.Twins = workbook.TwinBook{
		ProjectID: identity.ProjectID, ProjectName: identity.ProjectName, Objects: "Customers", Fields: []string{"E-mail"},
		Groups: []workbook.TwinGroup{
			{ID: 7, Sure: "sure", Members: []workbook.TwinMember{{Seq: 1, ID: "c1", Name: "Anna", Values: []string{"a@x.example"}}, {Seq: 2, ID: "c2", Name: "Anna B.", Values: []string{"a@x.example"}}}},
		},
	}
	b.Rules = ruleBook()
	b.Changes = []workbook.ChangeLine{{Version: 3, When: "2 Nov 2026", By: "Ann", Reason: "After the call", Objects: "Tickets", Field: "Status", What: "Rule", Was: "Left out.", Become: "Copied from [Status]."}}
	return b
}

func readFull(raw []byte) (workbook.Returned, []*problem.Problem) {
	b := fullBook()
	w := wants(b.Version)
	w.PeopleTo, w.Decisions, w.Twins, w.Rules = b.PeopleTo, b.Decisions, b.Twins, b.Rules
	return workbook.Read(bytes.NewReader(raw), int64(len(raw)), w)
}

// said tells all that a returned workbook would change, in words.
func said(r workbook.Returned) []string {
	var out []string
	for _, c := range mapping.Diff(r.Base, r.Version) {
		out = append(out, c.String())
	}
	for range r.Decisions {
		out = append(out, "decision")
	}
	for range r.Twins {
		out = append(out, "twins")
	}
	for range r.Rules {
		out = append(out, "rule")
	}
	if r.Review != nil {
		out = append(out, "review")
	}
	return out
}

func TestFullWorkbook_asWrittenSaysNothing(t *testing.T) {
	raw := write(t, fullBook())
	if !bytes.Equal(raw, write(t, fullBook())) {
		t.Error("the same book gave other bytes")
	}
	got, found := readFull(raw)
	if len(found) > 0 || len(got.Notes) > 0 {
		t.Fatal(found, got.Notes)
	}
	if s := said(got); len(s) > 0 || got.Version.Hash() != fullVersion().Hash() {
		t.Errorf("nothing was changed, and it says %q", s)
	}
	if dir := os.Getenv("WAYBILL_KEEP"); dir != "" { // to look at it
		if err := os.WriteFile(dir+"/full.xlsx", raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// whatever the workbook asks can be answered, and is read back.
func TestFullWorkbook_answersComeBack(t *testing.T) {
	raw := edited(t, write(t, fullBook()), func(f *excelize.File) {
		set(t, f, "Tickets", "Description", "How to split", `last part by “,”`)
		set(t, f, "Tickets", "Tags", "Must be", `one of "x"; at most 5 characters`)
		set(t, f, "Tickets", "Tags", "Look up", `linked "contact" take "E-Mail"`)
		set(t, f, "Tickets Priority", "hoch", "Keep the old word", "yes")
		set(t, f, "People", "Otto", "In the new system", "Otto O. (u4)")
		set(t, f, "People", "Vertrieb", "What happens", "moves along")
		set(t, f, "Cleaning", "Spam", "Your decision", "Take back")
		set(t, f, "Cleaning", "Spam", "Your reason", "We need three of them.")
		set(t, f, "Cleaning", "Older than ten years", "Your decision", "agree")
		for c, s := range map[string]string{"F4": "Keep this one", "F5": "Same one"} {
			if err := f.SetCellStr("Duplicates", c, s); err != nil {
				t.Fatal(err)
			}
		}
		set(t, f, "Rebuild", "Thanks", "Owner", "Zoe")
		for line, s := range map[string]string{"Your name": "Bea Stein", "Your role": "Head of support", "Date": "22.11.2026", "Your decision": "approved", "Remark": "=fine"} {
			set(t, f, "Review", line, "Your answer", s)
		}
	})
	got, found := readFull(raw)
	if len(found) > 0 {
		t.Fatal(found)
	}
	var lines []string
	for _, c := range mapping.Diff(got.Base, got.Version) {
		lines = append(lines, c.String())
	}
	if len(lines) != 6 {
		t.Errorf("got %d changes: %s", len(lines), strings.Join(lines, "\n"))
	}
	m, _ := got.Version.Object(model.Ticket)
	f, _ := m.Field("description")
	if f.Split == nil || *f.Split != (mapping.SplitRule{How: mapping.ByText, By: ",", Part: -1}) {
		t.Errorf("split: %+v", f.Split)
	}
	f, _ = m.Field("tags")
	if f.Lookup == nil || *f.Lookup != (mapping.LookupRule{Object: "contact", Value: "E-Mail"}) || f.Check == nil || f.Check.MaxLength != 5 || len(f.Check.OneOf) != 1 {
		t.Errorf("look up %+v, check %+v", f.Lookup, f.Check)
	}
	if p := got.Version.People[2]; p.To != "u4" || !p.Decided || p.How != mapping.PersonTarget {
		t.Errorf("Otto: %+v", p)
	}
	if p := got.Version.People[3]; p.How != mapping.PersonMoves || !p.Decided {
		t.Errorf("the group: %+v", p)
	}
	if d := got.Decisions; len(d) != 2 || !d[0].TakeBack || d[0].ID != 4 || d[0].Why == "" || d[1].TakeBack || d[1].ID != 5 {
		t.Errorf("decisions: %+v", d)
	}
	if a := got.Twins; len(a) != 1 || a[0].Group != 7 || a[0].Survivor != 1 {
		t.Errorf("duplicates: %+v", a)
	}
	if a := got.Rules; len(a) != 1 || a[0].Key != "macro/2" || a[0].Now.Owner != "Zoe" {
		t.Errorf("rules: %+v", a)
	}
	if r := got.Review; r == nil || r.Name != "Bea Stein" || r.Role != "Head of support" || r.Date != "2026-11-22" || !r.Approved || r.Remark != "=fine" || r.Hash != fullVersion().Hash() {
		t.Errorf("review: %+v", r)
	}
}

func TestFullWorkbook_mistakesAreNamedByCell(t *testing.T) {
	raw := write(t, fullBook())
	for name, c := range map[string]struct {
		sheet, line, column, text string
		code                      problem.Code
		says                      string
	}{
		"a split that is none":     {"Tickets", "Description", "How to split", "the second one", workbook.CodePhrase, "part 2 by"},
		"a look-up that is none":   {"Tickets", "Tags", "Look up", "Regions", workbook.CodePhrase, "take"},
		"a check that is none":     {"Tickets", "Tags", "Must be", "nice", workbook.CodePhrase, "at most"},
		"nobody of that name":      {"People", "Otto", "In the new system", "Mia Webr", workbook.CodeChoice, "“Mia Weber”"},
		"no way":                   {"People", "Mia Weber", "What happens", "Move", workbook.CodeChoice, "Moves along"},
		"a rule back without why":  {"Cleaning", "Spam", "Your decision", "Take back", workbook.CodeMistake, "reason"},
		"half a group":             {"Duplicates", "c1", "Who is it", "Same one", workbook.CodeMistake, "every line"},
		"a wrong state":            {"Rebuild", "Thanks", "State", "Done", workbook.CodeChoice, "list"},
		"a review without a name":  {"Review", "Your decision", "Your answer", "Approved", workbook.CodeReview, "name"},
		"a review that is neither": {"Review", "Your decision", "Your answer", "Maybe", workbook.CodeReview, "Choose one of the two"},
	} {
		b := edited(t, raw, func(f *excelize.File) {
			if c.sheet == "Duplicates" {
				if err := f.SetCellStr(c.sheet, "F4", c.text); err != nil {
					t.Fatal(err)
				}
				return
			}
			set(t, f, c.sheet, c.line, c.column, c.text)
		})
		got, found := readFull(b)
		if len(found) == 0 || found[0].Code != c.code || found[0].Where.Sheet != c.sheet || found[0].Where.Cell == "" || !strings.Contains(found[0].What+found[0].Next, c.says) {
			t.Errorf("%s: %v, and %q", name, found, said(got))
		}
		if got.Version.Hash() != fullVersion().Hash() || len(got.Decisions)+len(got.Twins)+len(got.Rules) > 0 || got.Review != nil {
			t.Errorf("%s: something was taken in spite of it", name)
		}
	}
}

// What was decided in Waybill after the workbook was sent is no mistake of whoever filled it in.
func TestFullWorkbook_whatIsSettledMeanwhileIsNoted(t *testing.T) {
	raw := edited(t, write(t, fullBook()), func(f *excelize.File) {
		set(t, f, "Cleaning", "Spam", "Your decision", "Agree")
		set(t, f, "Rebuild", "Thanks", "Owner", "Zoe")
		for c, s := range map[string]string{"F4": "Keep this one", "F5": "Same one"} {
			if err := f.SetCellStr("Duplicates", c, s); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.DeleteSheet("Customers"); err != nil {
			t.Fatal(err)
		}
		if err := f.RemoveRow("Tickets", 5); err != nil {
			t.Fatal(err)
		}
	})
	got, found := workbook.Read(bytes.NewReader(raw), int64(len(raw)), wants(fullVersion()))
	if len(found) > 0 || len(said(got)) > 0 {
		t.Fatal(found, said(got))
	}
	if len(got.Notes) != 7 { // the rule, two rules to rebuild, two lines of duplicates, a sheet, a line
		t.Errorf("%d notes: %v", len(got.Notes), got.Notes)
	}
}
