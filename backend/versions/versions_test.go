package versions_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/versions"
)

// TestMain lowers the number of random cases.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "60"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var id = versions.Identity{ProjectID: "p-1", ProjectName: "Halden: move"}

func rules() mapping.Version {
	return mapping.Version{
		Objects: []mapping.ObjectMap{
			{Source: "lead", Target: "opportunity", When: `[Status]="X" & "y"`, Fields: []mapping.FieldMap{{Target: "name", Rule: mapping.Copy, Sources: []string{"Name"}}}},
			{Source: "lead", Target: model.Contact, Fields: []mapping.FieldMap{{Target: "name", Rule: mapping.Fixed, Fixed: "true"}}},
			{Source: model.Ticket, Target: model.Ticket, Fields: []mapping.FieldMap{
				{Target: "subject", Rule: mapping.Copy, Sources: []string{"Betreff"}, IfEmpty: model.OtherwiseHold, State: mapping.Reviewed, Meaning: "What it is about.\nIn one line.", Owner: "Mia Weber"},
				{Target: "status", Rule: mapping.Values, Sources: []string{"Status"}, Values: []mapping.ValuePair{
					{From: "Offen", To: "open", Count: 50, Decided: true},
					{From: `"=1+1", to: x`, To: "", Decided: true},
					{From: "storniert", To: "closed", Count: 4, Confidence: 70},
				}},
				{Target: "tags", Rule: mapping.Split, Sources: []string{"Tags"}, Split: &mapping.SplitRule{How: mapping.ByText, By: ";", Part: 2}, Check: &mapping.Check{OneOf: []string{"a", "b"}}},
				{Target: "price: net", Rule: mapping.Formula, Formula: `IF([A]<[B],"<&>",1)`},
			}},
			{Source: "odd / object", Target: "", Why: "Nobody needs them.", Fields: []mapping.FieldMap{}},
		},
		People: []mapping.PersonPair{{Object: model.Agent, From: "12", Name: "=Jim", How: mapping.PersonTarget, To: "u1", ToName: "Jim", Decided: true, Count: 3}},
	}
}

// number makes a version of rules.
func number(n int, v mapping.Version) versions.Version {
	return versions.Version{
		Version: v, Number: n, Hash: v.Hash(), Author: "Ann <Lead>", At: time.Date(2026, 11, n, 9, 30, 0, 0, time.UTC), Reason: fmt.Sprintf("After call %d", n),
		Changes: []string{"ticket › subject: owner is now “Mia”."}, Approved: []string{"Bea Stein"},
	}
}

func TestText_isReadableAndTheSameEachTime(t *testing.T) {
	got := versions.Text(number(3, rules()), id)
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"lead.mapping", names[1], "people.mapping", "ticket.mapping", "version.txt"}) || !strings.HasPrefix(names[1], "odd-object-") {
		t.Errorf("files: %q", names)
	}
	want := `# Waybill mapping, format 1. One block for each field of the new desk.

map
  source: ticket
  target: ticket

field "price: net"
  rule: formula
  formula: "IF([A]<[B],\"<&>\",1)"

field status
  rule: values
  sources: ["Status"]
  values:
    - from: "\"=1+1\", to: x", to: "", decided: true
    - from: "Offen", to: "open", count: 50, decided: true
    - from: "storniert", to: "closed", count: 4, confidence: 70

field subject
  rule: copy
  sources: ["Betreff"]
  if_empty: hold
  meaning: "What it is about.\nIn one line."
  owner: Mia Weber
  state: reviewed

field tags
  rule: split
  sources: ["Tags"]
  split: {"how":"text","by":";","part":2}
  check: {"one_of":["a","b"]}
`
	if string(got["ticket.mapping"]) != want {
		t.Errorf("got\n%s", got["ticket.mapping"])
	}
	mixed := rules()
	slices.Reverse(mixed.Objects[2].Fields)
	for name, b := range versions.Text(number(3, mixed), id) {
		if !bytes.Equal(b, got[name]) {
			t.Errorf("%s depends on the order in which rules were made", name)
		}
	}
}

// whatever a version holds, its text says it all.
func TestText_comesBackAsItWas(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "true", "null", "12", "-", "# x", "a: b", " x ", "a\r\nb", "\u2028", "ä ö", "field x", "values:", "map", `\`, `"`, "[x]", "{"}))
	rapid.Check(t, func(rt *rapid.T) {
		v := mapping.Version{}
		for i := range rapid.IntRange(0, 3).Draw(rt, "objects") {
			o := mapping.ObjectMap{Source: model.Object(fmt.Sprint(text.Draw(rt, "source"), i)), Target: model.Object(text.Draw(rt, "target")), Why: text.Draw(rt, "why"), Fields: []mapping.FieldMap{}}
			for k := range rapid.IntRange(0, 4).Draw(rt, "fields") {
				f := mapping.FieldMap{
					Target: fmt.Sprint(text.Draw(rt, "field"), k), Rule: mapping.RuleKind(text.Draw(rt, "rule")), Sources: rapid.SliceOfN(text, 0, 3).Draw(rt, "sources"), Separator: text.Draw(rt, "separator"),
					Fixed: text.Draw(rt, "fixed"), Formula: text.Draw(rt, "formula"), Note: text.Draw(rt, "note"), Confidence: rapid.IntRange(0, 100).Draw(rt, "sure"),
				}
				if rapid.Bool().Draw(rt, "split") {
					f.Split = &mapping.SplitRule{How: text.Draw(rt, "how"), By: text.Draw(rt, "by"), Part: rapid.IntRange(-3, 3).Draw(rt, "part")}
				}
				for n := range rapid.IntRange(0, 4).Draw(rt, "values") {
					f.Values = append(f.Values, mapping.ValuePair{From: fmt.Sprint(text.Draw(rt, "from"), n), To: text.Draw(rt, "to"), Count: rapid.Int64().Draw(rt, "count"), Decided: rapid.Bool().Draw(rt, "decided")})
				}
				o.Fields = append(o.Fields, f)
			}
			v.Objects = append(v.Objects, o)
		}
		for i := range rapid.IntRange(0, 3).Draw(rt, "people") {
			v.People = append(v.People, mapping.PersonPair{Object: model.Agent, From: fmt.Sprint(text.Draw(rt, "person"), i), Name: text.Draw(rt, "name"), Stands: rapid.Bool().Draw(rt, "stands")})
		}
		files := versions.Text(number(7, v), id)
		got, found := versions.Parse(files)
		if len(found) > 0 {
			rt.Fatal(found)
		}
		if got.Version.Hash() != v.Hash() || got.Number != 7 || got.Hash != v.Hash() || got.Identity != id {
			rt.Fatalf("got %+v\nwant %+v", got, v)
		}
		for name, b := range versions.Text(versions.Version{Version: got.Version, Number: got.Number, Hash: got.Hash}, got.Identity) {
			if !bytes.Equal(b, files[name]) {
				rt.Fatalf("%s: written again it is\n%s\nnot\n%s", name, b, files[name])
			}
		}
		for name, b := range files { // as Windows checks it out
			files[name] = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
		}
		if again, found := versions.Parse(files); len(found) > 0 || again.Version.Hash() != v.Hash() {
			rt.Fatal("other line ends change it", found)
		}
	})
}

func TestParse_mistakesHaveTheirLine(t *testing.T) {
	for name, c := range map[string]struct {
		old, now string
		line     int64
		says     string
	}{
		"an unknown key":   {"  if_empty: hold", "  if_emty: hold", 22, "“if_empty”"},
		"a wrong type":     {`  sources: ["Betreff"]`, "  sources: Betreff", 21, "does not fit"},
		"a text left open": {`"IF([A]<[B],\"<&>\",1)"`, `"IF([A]`, 9, "quotation marks"},
		"stated twice":     {"  owner: Mia Weber", "  owner: Mia Weber\n  owner: Ann", 25, "twice"},
		"a field twice":    {"field subject", "field status", 19, "two blocks"},
		"a broken value":   {`    - from: "Offen", to: "open", count: 50, decided: true`, `    - from: Offen`, 16, "not understood"},
		"git's conflict":   {"field subject", "<<<<<<< HEAD\nfield subject", 19, "Git left a conflict"},
		"prose":            {"field subject", "The subject:\nfield subject", 19, "block begins"},
		"another format":   {"format 1.", "format 9.", 1, "another version"},
	} {
		files := versions.Text(number(3, rules()), id)
		before := string(files["ticket.mapping"])
		files["ticket.mapping"] = []byte(strings.Replace(before, c.old, c.now, 1))
		if string(files["ticket.mapping"]) == before {
			t.Fatalf("%s: nothing was changed", name)
		}
		got, found := versions.Parse(files)
		if len(found) == 0 || found[0].Where.File != "ticket.mapping" || found[0].Where.Line != c.line || !strings.Contains(found[0].What+found[0].Next, c.says) {
			t.Errorf("%s: %v", name, found)
			continue
		}
		if found[0].Why == "" || found[0].Next == "" || len(got.Objects) > 0 {
			t.Errorf("%s: incomplete, or something was taken: %+v", name, found[0])
		}
	}
	if _, found := versions.Parse(map[string][]byte{"x.mapping": []byte("map\n")}); len(found) != 1 || found[0].Code != versions.CodeMissing {
		t.Errorf("without version.txt: %v", found)
	}
}

func FuzzParse(f *testing.F) {
	files := versions.Text(number(3, rules()), id)
	f.Add(files["ticket.mapping"], files["people.mapping"], files["version.txt"])
	f.Add([]byte("map\n  source: \"\nfield \nvalues:\n- "), []byte("people:\n  - object: {"), []byte("version: 99999999999999999999"))
	f.Add([]byte("\xef\xbb\xbfmap\r\n\tsource: a\r\nfield [1]\r\n  split: null\r\n  values:\n    - from: 1e999"), []byte("-"), []byte(":\n:\n"))
	f.Fuzz(func(t *testing.T, object, people, version []byte) {
		got, found := versions.Parse(map[string][]byte{"ticket.mapping": object, "people.mapping": people, "version.txt": version})
		for _, p := range found {
			if p.What == "" || p.Next == "" {
				t.Fatalf("an unclear mistake: %+v", p)
			}
		}
		if len(found) > 0 {
			return
		}
		// What was understood is written and understood again.
		again, found := versions.Parse(versions.Text(versions.Version{Version: got.Version, Number: got.Number, Hash: got.Hash}, got.Identity))
		if len(found) > 0 || again.Version.Hash() != got.Version.Hash() {
			t.Fatalf("%v\n%+v\n%+v", found, got, again)
		}
	})
}

func codes(list []*problem.Problem) (out []problem.Code) {
	for _, p := range list {
		out = append(out, p.Code)
	}
	return out
}
