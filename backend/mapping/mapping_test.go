package mapping_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

func options(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: strings.ToUpper(v[:1]) + v[1:]}
	}
	return out
}

func desk() model.Schema {
	return model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Contact, Title: "Customers", Name: "name", Fields: []model.Field{
			{Name: "id", Type: model.Text, ReadOnly: true},
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			{Name: "email", Title: "E-mail", Type: model.Email, Unique: true},
			{Name: "phone", Title: "Phone", Type: model.Phone},
			{Name: "active", Title: "Active", Type: model.Bool, Default: "true"},
			{Name: "organization", Title: "Company", Type: model.LinkType, To: []model.Object{model.Organization}},
		}},
		{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
			{Name: "subject", Title: "Subject", Type: model.Text, Required: true, MaxLength: 255},
			{Name: "description", Title: "Description", Type: model.LongText},
			{Name: "status", Title: "Status", Type: model.Option, Default: "new", Options: options("new", "open", "pending", "solved", "closed")},
			{Name: "priority", Title: "Priority", Type: model.Option, Default: "normal", Options: options("low", "normal", "high", "urgent")},
			{Name: "requester", Title: "Customer", Type: model.LinkType, Required: true, To: []model.Object{model.Contact}},
			{Name: "assignee", Title: "Agent", Type: model.LinkType, To: []model.Object{model.Agent}},
			{Name: "tags", Title: "Tags", Type: model.Tags},
			{Name: "created_at", Title: "Created", Type: model.DateTime},
			{Name: "updated_at", Title: "Updated", Type: model.DateTime},
			{Name: "external_id", Title: "External id", Type: model.Text},
		}},
		{Object: model.Message, Title: "Messages", Fields: []model.Field{
			{Name: "ticket", Title: "Ticket", Type: model.LinkType, Required: true, Parent: true, To: []model.Object{model.Ticket}},
			{Name: "author", Title: "Author", Type: model.LinkType, Required: true, To: []model.Object{model.Contact, model.Agent}},
			{Name: "public", Title: "Public", Type: model.Bool, Default: "true", Private: true, PrivateValue: "false"},
			{Name: "body", Title: "Text", Type: model.HTML, Required: true},
			{Name: "created_at", Title: "Created", Type: model.DateTime},
		}},
	}}
}

func export() model.Schema {
	return model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Contact, Title: "kunden.csv", Fields: []model.Field{
			{Name: "Kunden-ID", Type: model.Text},
			{Name: "Vorname", Type: model.Text},
			{Name: "Nachname", Type: model.Text},
			{Name: "E-Mail-Adresse", Type: model.Email},
			{Name: "Handy", Type: model.Phone},
			{Name: "gesperrt", Type: model.Bool},
		}},
		{Object: model.Ticket, Title: "tickets.csv", Fields: []model.Field{
			{Name: "Nr", Type: model.Text},
			{Name: "Betreff", Type: model.Text},
			{Name: "Beschreibung", Type: model.LongText},
			{Name: "Status", Type: model.Option},
			{Name: "Prio", Type: model.Option},
			{Name: "Kunde", Type: model.LinkType, To: []model.Object{model.Contact}},
			{Name: "Bearbeiter", Type: model.LinkType, To: []model.Object{model.Agent}},
			{Name: "Erstellt am", Type: model.DateTime, Format: "DD.MM.YYYY HH:mm"},
			{Name: "Schlagworte", Type: model.Tags, Separator: ","},
			{Name: "Kostenstelle", Type: model.Text},
		}},
		{Object: model.Message, Title: "nachrichten.csv", Fields: []model.Field{
			{Name: "id", Type: model.Text},
			{Name: "Ticketnummer", Type: model.LinkType, To: []model.Object{model.Ticket}},
			{Name: "Verfasser", Type: model.LinkType, To: []model.Object{model.Contact, model.Agent}},
			{Name: "intern", Type: model.Text},
			{Name: "Nachricht", Type: model.LongText},
			{Name: "Datum", Type: model.DateTime},
		}},
		{Object: "widget", Title: "widgets.csv", Fields: []model.Field{{Name: "id", Type: model.Text}}},
	}}
}

func seen() mapping.Stats {
	counts := func(list ...any) mapping.FieldStats {
		s := mapping.FieldStats{Complete: true}
		for i := 0; i < len(list); i += 2 {
			n := int64(list[i+1].(int))
			s.Top = append(s.Top, mapping.ValueCount{Value: list[i].(string), Count: n})
			s.Rows, s.Filled, s.Distinct = s.Rows+n, s.Filled+n, s.Distinct+1
		}
		return s
	}
	return mapping.Stats{
		model.Ticket: {
			"Status": counts("Offen", 50, "OFFEN", 4, "offne", 2, "Gelöst", 40, "geschlosen", 3, "Wartet auf Kunde", 9, "storniert", 5, "Blubb", 1),
			"Prio":   counts("3 - Mittel", 60, "1 - Kritisch", 5, "hoch", 9, "4", 2),
		},
		model.Message: {"intern": counts("ja", 20, "nein", 80, "vielleicht", 1)},
		model.Contact: {"gesperrt": counts("ja", 2, "nein", 98)},
	}
}

func rule(t testing.TB, v mapping.Version, o model.Object, target string) mapping.FieldMap {
	t.Helper()
	m, ok := v.Object(o)
	if !ok {
		t.Fatalf("no map of %s", o)
	}
	f, ok := m.Field(target)
	if !ok {
		t.Fatalf("no rule of %s.%s", o, target)
	}
	return f
}

func TestSuggest(t *testing.T) {
	v := mapping.Suggest(export(), desk(), seen())
	for _, tt := range []struct {
		object model.Object
		field  string
		want   string
	}{
		{model.Contact, "name", "[Vorname] and [Nachname] joined with a blank. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Contact, "email", "Copied from [E-Mail-Adresse]. If there is none, it stays empty. If it does not fit, the record is held."},
		{model.Contact, "phone", "Copied from [Handy]. If there is none, it stays empty. If it does not fit, the record is held."},
		{model.Contact, "organization", "Left out."},
		{model.Ticket, "subject", "Copied from [Betreff]. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Ticket, "description", "Copied from [Beschreibung]. If there is none, it stays empty. If it does not fit, the record is held."},
		{model.Ticket, "requester", "Copied from [Kunde]. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Ticket, "assignee", "Copied from [Bearbeiter]. If there is none, it stays empty. If it does not fit, it stays empty."},
		{model.Ticket, "created_at", "Copied from [Erstellt am]. If there is none, it stays empty. If it does not fit, the record is held."},
		{model.Ticket, "tags", "Copied from [Schlagworte]. If there is none, it stays empty. If it does not fit, the record is held."},
		{model.Ticket, "updated_at", "Left out."},
		{model.Ticket, "external_id", "Left out."},
		{model.Message, "ticket", "Copied from [Ticketnummer]. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Message, "author", "Copied from [Verfasser]. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Message, "body", "Copied from [Nachricht]. If there is none, the record is held. If it does not fit, the record is held."},
		{model.Message, "created_at", "Copied from [Datum]. If there is none, it stays empty. If it does not fit, the record is held."},
	} {
		f := rule(t, v, tt.object, tt.field)
		if got := mapping.Explain(f); got != tt.want {
			t.Errorf("%s.%s: %s\n\twant %s", tt.object, tt.field, got, tt.want)
		}
		if f.Reason == "" || f.State == "" {
			t.Errorf("%s.%s has no reason or state: %+v", tt.object, tt.field, f)
		}
	}
	if m, _ := v.Object("widget"); m.Target != "" || m.Why == "" {
		t.Errorf("an object that the target lacks: %+v", m)
	}
	again := mapping.Suggest(export(), desk(), seen())
	if !reflect.DeepEqual(v, again) {
		t.Error("the same input gave another suggestion")
	}
}

func TestSuggestedValues(t *testing.T) {
	v := mapping.Suggest(export(), desk(), seen())
	for _, tt := range []struct {
		object model.Object
		field  string
		want   []string // value > option, with ? when a person must decide
	}{
		{model.Ticket, "status", []string{"Offen > open", "OFFEN > open", "offne > open", "Gelöst > solved", "geschlosen > closed", "Wartet auf Kunde > pending", "storniert > closed?", "Blubb > ?"}},
		{model.Ticket, "priority", []string{"3 - Mittel > normal", "1 - Kritisch > urgent", "hoch > high", "4 > low?"}},
		{model.Message, "public", []string{"ja > false", "nein > true", "vielleicht > ?"}},
		{model.Contact, "active", []string{"ja > false", "nein > true"}},
	} {
		var got []string
		for _, p := range rule(t, v, tt.object, tt.field).Values {
			s := p.From + " > " + p.To
			if !p.Decided {
				s += "?"
			}
			got = append(got, s)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s.%s:\n\tgot  %q\n\twant %q", tt.object, tt.field, got, tt.want)
		}
	}
	f := rule(t, v, model.Message, "public")
	if f.IfEmpty != model.OtherwiseHold || f.IfUnknown != model.OtherwiseHold {
		t.Errorf("a message without visibility must be held: %+v", f)
	}
}

func TestMessagesWithoutVisibilityBecomePrivate(t *testing.T) {
	src := export()
	src.Objects[2].Fields = slices.DeleteFunc(src.Objects[2].Fields, func(f model.Field) bool { return f.Name == "intern" })
	f := rule(t, mapping.Suggest(src, desk(), nil), model.Message, "public")
	if f.Rule != mapping.Fixed || f.Fixed != "false" {
		t.Errorf("got %+v", f)
	}
}

func TestRequiredWithoutSource(t *testing.T) {
	src := model.Schema{Objects: []model.ObjectSchema{{Object: model.Ticket, Fields: []model.Field{
		{Name: "text", Type: model.LongText}, {Name: "category", Type: model.Text},
	}}}}
	v := mapping.Suggest(src, desk(), nil)
	if f := rule(t, v, model.Ticket, "subject"); f.Rule != mapping.Formula || !strings.Contains(f.Formula, "[text]") {
		t.Errorf("subject: %+v", f)
	}
	if f := rule(t, v, model.Ticket, "requester"); f.State != mapping.Open {
		t.Errorf("requester: %+v", f)
	}
	problems := v.Lint(src, desk())
	if len(problems) != 1 || problems[0].Code != mapping.CodeRequired || problems[0].Where.Field != "requester" {
		t.Errorf("got %v", problems)
	}
}

func TestEmptyColumnsYield(t *testing.T) {
	src := model.Schema{Objects: []model.ObjectSchema{{Object: model.Ticket, Fields: []model.Field{
		{Name: "Subject", Type: model.Text}, {Name: "Betreff", Type: model.Text},
	}}}}
	stats := mapping.Stats{model.Ticket: {"Subject": {Rows: 10}, "Betreff": {Rows: 10, Filled: 10}}}
	if f := rule(t, mapping.Suggest(src, desk(), stats), model.Ticket, "subject"); f.Sources[0] != "Betreff" {
		t.Errorf("the empty column was chosen: %+v", f)
	}
}

func TestLint(t *testing.T) {
	src, dst := export(), desk()
	good := mapping.Suggest(src, dst, seen())
	only := func(p []*problem.Problem, c problem.Code) []*problem.Problem {
		return slices.DeleteFunc(slices.Clone(p), func(x *problem.Problem) bool { return x.Code != c })
	}
	found := good.Lint(src, dst)
	if len(found) != 3 || len(only(found, mapping.CodeUndecided)) != 3 {
		t.Errorf("a fresh suggestion: %v", found)
	}
	tests := []struct {
		name   string
		change func(m *mapping.ObjectMap)
		code   problem.Code
		says   string
	}{
		{"no such target field", func(m *mapping.ObjectMap) { m.Fields[0].Target = "subjekt" }, mapping.CodeNoField, "“subject”"},
		{"no such source field", func(m *mapping.ObjectMap) { m.Fields[0].Sources[0] = "Betref" }, mapping.CodeNoSourceName, "[Betreff]"},
		{"no source", func(m *mapping.ObjectMap) { m.Fields[0].Sources = nil }, mapping.CodeNoSources, "one source field"},
		{"required left out", func(m *mapping.ObjectMap) { m.Fields[0].Rule = mapping.LeaveOut }, mapping.CodeRequired, "requires"},
		{"required forgotten", func(m *mapping.ObjectMap) { m.Fields = m.Fields[1:] }, mapping.CodeRequired, "requires"},
		{"two rules", func(m *mapping.ObjectMap) { m.Fields[1].Target = "subject" }, mapping.CodeTwoRules, "two rules"},
		{"formula with a mistake", func(m *mapping.ObjectMap) { m.Fields[0].Rule, m.Fields[0].Formula = mapping.Formula, `TRIM([Betreff]` }, mapping.CodeFormula, "TRIM"},
		{"formula with a wrong field", func(m *mapping.ObjectMap) { m.Fields[0].Rule, m.Fields[0].Formula = mapping.Formula, `"a"&[Betref]` }, mapping.CodeNoSourceName, "[Betreff]"},
		{"not an option", func(m *mapping.ObjectMap) { m.Fields[2].Rule, m.Fields[2].Fixed = mapping.Fixed, "opne" }, mapping.CodeOption, "“open”"},
		{"not an option in the list", func(m *mapping.ObjectMap) { m.Fields[2].Values[0].To = "opne" }, mapping.CodeOption, "“open”"},
		{"not a link", func(m *mapping.ObjectMap) { m.Fields[4].Sources = []string{"Betreff"} }, mapping.CodeLink, "point"},
		{"unknown rule", func(m *mapping.ObjectMap) { m.Fields[0].Rule = "guess" }, mapping.CodeRule, "Formula"},
		{"no value to use", func(m *mapping.ObjectMap) { m.Fields[0].IfEmpty = model.OtherwiseUse }, mapping.CodeFixed, "No value"},
		{"a date that is none", func(m *mapping.ObjectMap) { m.Fields[7].Rule, m.Fields[7].Fixed = mapping.Fixed, "soon" }, mapping.CodeFixed, "date"},
		{"target gone", func(m *mapping.ObjectMap) { m.Target = "case" }, mapping.CodeNoObject, "target"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := mapping.Suggest(src, dst, seen())
			i := slices.IndexFunc(v.Objects, func(m mapping.ObjectMap) bool { return m.Source == model.Ticket })
			tt.change(&v.Objects[i])
			got := only(v.Lint(src, dst), tt.code)
			if len(got) == 0 {
				t.Fatalf("not found in %v", v.Lint(src, dst))
			}
			p := got[0]
			if !strings.Contains(p.What+p.Why+p.Next, tt.says) || p.Where.Object != "ticket" || p.What == "" || p.Why == "" || p.Next == "" {
				t.Errorf("got %+v, want %q", p, tt.says)
			}
		})
	}
}

func TestFormulaMistakeHasItsColumn(t *testing.T) {
	src, dst := export(), desk()
	v := mapping.Suggest(src, dst, seen())
	v.Objects[1].Fields[0].Rule, v.Objects[1].Fields[0].Formula = mapping.Formula, `"a"&[Betref]`
	for _, p := range v.Lint(src, dst) {
		if p.Code == mapping.CodeNoSourceName {
			if p.Where.Column != 5 {
				t.Errorf("column %d, want 5", p.Where.Column)
			}
			return
		}
	}
	t.Error("not found")
}

func TestHash(t *testing.T) {
	v := mapping.Suggest(export(), desk(), seen())
	h := v.Hash()
	if len(h) != 64 {
		t.Fatalf("got %q", h)
	}
	w := mapping.Suggest(export(), desk(), seen())
	w.Number = 9
	slices.Reverse(w.Objects)
	for i := range w.Objects {
		slices.Reverse(w.Objects[i].Fields)
	}
	if w.Hash() != h {
		t.Error("the order or the number changed the hash")
	}
	w.Objects[0].Fields = append(w.Objects[0].Fields, mapping.FieldMap{Target: "x", Rule: mapping.Copy})
	if w.Hash() == h {
		t.Error("another rule has the same hash")
	}
}

func TestDiffInWords(t *testing.T) {
	a := mapping.Suggest(export(), desk(), seen())
	b := mapping.Suggest(export(), desk(), seen())
	f := &b.Objects[1].Fields
	(*f)[0].Rule, (*f)[0].Fixed, (*f)[0].Sources = mapping.Fixed, "Hello", nil
	(*f)[2].Values[7].To, (*f)[2].Values[7].Decided = "open", true
	(*f)[3].IfEmpty, (*f)[3].EmptyValue = model.OtherwiseUse, "low"
	(*f)[1].Owner = "Mia"
	var got []string
	for _, c := range mapping.Diff(a, b) {
		got = append(got, c.String())
	}
	want := []string{
		"ticket › subject: rule was Copied from [Betreff], is now Always “Hello”.",
		"ticket › description: owner is now “Mia” (was not stated).",
		"ticket › status: value “Blubb” was not decided, is now “open”.",
		"ticket › priority: if empty was leave empty, is now use “low”.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := mapping.Diff(a, a); len(d) > 0 {
		t.Errorf("a version differs from itself: %v", d)
	}
}

func TestMerge(t *testing.T) {
	base := mapping.Suggest(export(), desk(), seen())
	mine, theirs := mapping.Suggest(export(), desk(), seen()), mapping.Suggest(export(), desk(), seen())
	mine.Objects[1].Fields[0].Owner = "Mia"
	mine.Objects[1].Fields[2].Values[7].To = "closed"
	mine.Objects[1].Fields[2].Values[7].Decided = true
	theirs.Objects[1].Fields[1].Owner = "Tom"
	theirs.Objects[1].Fields[2].Values[7].To = "open"
	theirs.Objects[1].Fields[2].Values[7].Decided = true
	theirs.Objects[1].Fields[2].Values[6].Decided = true
	got, changes, conflicts := mapping.Merge(base, mine, theirs)
	if len(changes) != 2 || len(conflicts) != 1 {
		t.Fatalf("changes %v, conflicts %v", changes, conflicts)
	}
	m := got.Objects[1]
	if m.Fields[0].Owner != "Mia" || m.Fields[1].Owner != "Tom" || !m.Fields[2].Values[6].Decided || m.Fields[2].Values[7].To != "closed" {
		t.Errorf("merged %+v", m.Fields[:3])
	}
	c := conflicts[0]
	if c.Mine != "“closed”" || c.New != "“open”" || c.Old != "not decided" {
		t.Errorf("conflict %+v", c)
	}
	if taken := c.Take(got); taken.Objects[1].Fields[2].Values[7].To != "open" || got.Objects[1].Fields[2].Values[7].To != "closed" {
		t.Error("taking theirs did not work, or changed the merged version itself")
	}
}

// edit changes one thing of a version at random.
func edit(t *rapid.T, v *mapping.Version, label string) {
	m := &v.Objects[rapid.IntRange(0, 2).Draw(t, label+" object")]
	if len(m.Fields) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.Fields)-1).Draw(t, label+" field")
	f := &m.Fields[i]
	word := rapid.StringMatching(`[a-z]{1,4}`).Draw(t, label+" word")
	switch rapid.IntRange(0, 6).Draw(t, label+" what") {
	case 0:
		f.Rule, f.Fixed = mapping.Fixed, word
	case 1:
		f.IfEmpty, f.EmptyValue = model.OtherwiseUse, word
	case 2:
		f.Owner = word
	case 3:
		m.Fields = slices.Delete(m.Fields, i, i+1)
	case 4:
		f.Values = append(f.Values, mapping.ValuePair{From: "new " + word, To: word, Decided: true})
	case 5:
		if len(f.Values) > 0 {
			f.Values = slices.Delete(f.Values, 0, 1)
		}
	case 6:
		if len(f.Values) > 0 {
			f.Values[0].To, f.Values[0].Decided = word, true
		}
	}
}

func TestMergeLaws(t *testing.T) {
	fresh := func() mapping.Version { return mapping.Suggest(export(), desk(), seen()) }
	rapid.Check(t, func(t *rapid.T) {
		base, theirs := fresh(), fresh()
		for i := range rapid.IntRange(0, 4).Draw(t, "edits") {
			edit(t, &theirs, fmt.Sprint("theirs ", i))
		}
		// Nothing of ours changed: everything of theirs arrives.
		got, changes, conflicts := mapping.Merge(base, fresh(), theirs)
		if len(conflicts) > 0 {
			t.Fatalf("conflicts without a change of ours: %v", conflicts)
		}
		if d := mapping.Diff(got, theirs); len(d) > 0 {
			t.Fatalf("did not arrive: %v", d)
		}
		if len(changes) != len(mapping.Diff(base, theirs)) {
			t.Fatalf("changes %v", changes)
		}
		// Nothing of theirs changed: ours stays.
		got, changes, conflicts = mapping.Merge(base, theirs, fresh())
		if len(changes)+len(conflicts) > 0 || len(mapping.Diff(got, theirs)) > 0 {
			t.Fatalf("ours was touched: %v %v", changes, conflicts)
		}
	})
}

func TestSplitCell(t *testing.T) {
	for _, tt := range []struct {
		cell, sep string
		want      []string
	}{
		{`a,b`, ",", []string{"a", "b"}},
		{`a, "b, c" ,d`, ",", []string{"a", `b, c`, "d"}},
		{`"b, c"`, ",", []string{"b, c"}},
		{`a;b,c`, ";", []string{"a", "b,c"}},
		{`a || b`, "||", []string{"a", "b"}},
		{`5" disk, tape`, ",", []string{`5" disk`, "tape"}},
		{`,, `, ",", []string{}},
		{`a,b`, "", []string{"a,b"}},
	} {
		if got := mapping.SplitCell(tt.cell, tt.sep); !slices.Equal(got, tt.want) {
			t.Errorf("%q by %q: got %q, want %q", tt.cell, tt.sep, got, tt.want)
		}
	}
}

func TestLeftovers(t *testing.T) {
	left := mapping.Suggest(export(), desk(), seen()).Leftovers(export(), desk())
	var got []string
	for _, l := range left {
		got = append(got, fmt.Sprintf("%s.%s > %s %s", l.Source, l.Field.Name, l.Create.Name, l.Create.Type))
	}
	want := []string{"ticket.Kostenstelle > kostenstelle text"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNearest(t *testing.T) {
	choices := []string{"Copy", "Value list", "Fixed value", "Join", "Formula", "Leave out"}
	for in, want := range map[string]string{"copy ": "Copy", "Valuelist": "Value list", "formular": "Formula", "leave": "Leave out", "xyz": ""} {
		if got := mapping.Nearest(in, choices); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestVisibility(t *testing.T) {
	choices := []model.Choice{{Value: "1", Title: "Everybody"}, {Value: "2", Title: "Agents only"}}
	words := []model.Choice{{Value: "reply"}, {Value: "note"}}
	for _, tt := range []struct {
		name  string
		field model.Field
		reads map[string]string // value -> private, public or unclear
		says  [2]string         // public, private
	}{
		{"public by name", model.Field{Name: "is_public", Type: model.Bool}, map[string]string{"true": "public", "FALSE": "private", "nein": "private", "": "unclear", "maybe": "unclear"}, [2]string{"true", "false"}},
		{"private by name", model.Field{Name: "Intern", Type: model.Text}, map[string]string{"ja": "private", "0": "public", "?": "unclear"}, [2]string{"false", "true"}},
		{"declared private", model.Field{Name: "x", Type: model.Bool, Private: true}, map[string]string{"true": "private", "false": "public"}, [2]string{"false", "true"}},
		{"declared public", model.Field{Name: "public", Type: model.Bool, Private: true, PrivateValue: "false"}, map[string]string{"true": "public", "TRUE": "public", "false": "private"}, [2]string{"true", "false"}},
		{"declared option", model.Field{Name: "x", Type: model.Option, Private: true, PrivateValue: "2", Options: choices}, map[string]string{"1": "public", "2": "private", "3": "unclear"}, [2]string{"1", "2"}},
		{"option by name", model.Field{Name: "visibility", Type: model.Option, Options: words}, map[string]string{"reply": "public", "note": "private", "x": "unclear"}, [2]string{"reply", "note"}},
	} {
		p, ok := mapping.Visibility(model.ObjectSchema{Fields: []model.Field{{Name: "body", Type: model.HTML}, tt.field}})
		if !ok || p.Field.Name != tt.field.Name {
			t.Errorf("%s: not found", tt.name)
			continue
		}
		for v, want := range tt.reads {
			got := "unclear"
			if private, ok := p.Read(v); ok && private {
				got = "private"
			} else if ok {
				got = "public"
			}
			if got != want {
				t.Errorf("%s: %q is %s, want %s", tt.name, v, got, want)
			}
		}
		if got := [2]string{p.Value(false), p.Value(true)}; got != tt.says {
			t.Errorf("%s: writes %q, want %q", tt.name, got, tt.says)
		}
	}
}
