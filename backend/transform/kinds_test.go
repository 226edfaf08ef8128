package transform_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/transform"
)

// world is a source with one object of leads, and a target with two things they may become.
func leads(maps ...mapping.ObjectMap) (mapping.Version, model.Schema, model.Schema) {
	src := model.Schema{Objects: []model.ObjectSchema{{Object: "lead", Fields: []model.Field{
		{Name: "id", Type: model.Text},
		{Name: "full", Type: model.Text},
		{Name: "status", Type: model.Option},
		{Name: "score", Type: model.Number},
		{Name: "owner", Type: model.LinkType, To: []model.Object{model.Agent}},
		{Name: "owner_name", Type: model.Text},
		{Name: "company", Type: model.LinkType, To: []model.Object{model.Organization}},
		{Name: "topics", Type: model.Tags, Separator: ","},
	}}}}
	fields := []model.Field{
		{Name: "name", Title: "Name", Type: model.Text, Required: true},
		{Name: "state", Title: "State", Type: model.Option, Options: []model.Choice{{Value: "open"}, {Value: "closed"}}},
		{Name: "tags", Type: model.Tags},
		{Name: "note", Type: model.LongText},
		{Name: "amount", Type: model.Number},
		{Name: "owner", Title: "Owner", Type: model.LinkType, To: []model.Object{model.Agent}},
	}
	dst := model.Schema{Objects: []model.ObjectSchema{{Object: "contact", Fields: fields}, {Object: "opportunity", Fields: fields}}}
	return mapping.Version{Objects: maps}, src, dst
}

func lead(raw string, links ...model.Link) model.Record {
	return model.Record{Key: model.Key{Object: "lead", ID: "1"}, Raw: []byte(raw), Links: links}
}

func compiled(t testing.TB, v mapping.Version, src, dst model.Schema) *transform.Program {
	t.Helper()
	p, found := transform.Compile(v, src, dst)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return p
}

func TestR113_APartOfAField(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule mapping.SplitRule
		text string
		want string
	}{
		{"first", mapping.SplitRule{How: mapping.ByText, By: " ", Part: 1}, "Ada King Lovelace", "Ada"},
		{"last", mapping.SplitRule{How: mapping.ByText, By: " ", Part: -1}, "Ada King Lovelace", "Lovelace"},
		{"rest", mapping.SplitRule{How: mapping.ByText, By: " ", Part: 2, Rest: true}, "Ada King Lovelace", "King Lovelace"},
		{"all before", mapping.SplitRule{How: mapping.ByText, By: " ", Part: -2, Rest: true}, "Ada King Lovelace", "Ada King"},
		{"an empty part keeps its place", mapping.SplitRule{How: mapping.ByText, By: ";", Part: 3}, "a;;c", "c"},
		{"no such part", mapping.SplitRule{How: mapping.ByText, By: ";", Part: 4}, "a;;c", ""},
		{"pattern as separator", mapping.SplitRule{How: mapping.ByPattern, By: `\s*[|/]\s*`, Part: 2}, "red | green/blue", "green"},
		{"groups of a pattern", mapping.SplitRule{How: mapping.ByPattern, By: `^([A-Z]+)-(\d+)`, Part: 2}, "AB-0042 x", "0042"},
		{"the pattern is not there", mapping.SplitRule{How: mapping.ByPattern, By: `^([A-Z]+)-(\d+)`, Part: 1}, "nothing", ""},
		{"position", mapping.SplitRule{How: mapping.ByPosition, From: 2, To: 3}, "äöüß", "öü"},
		{"position to the end", mapping.SplitRule{How: mapping.ByPosition, From: 3}, "äöüß", "üß"},
		{"position behind the end", mapping.SplitRule{How: mapping.ByPosition, From: 9, To: 12}, "äöüß", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
				{Target: "name", Rule: mapping.Fixed, Fixed: "x"}, {Target: "note", Rule: mapping.Split, Sources: []string{"full"}, Split: &tt.rule},
			}})
			d, found := compiled(t, v, src, dst).Apply(lead(fmt.Sprintf(`{"full":%q}`, tt.text)))
			if got := model.Plain(d.Fields["note"]); got != tt.want || len(found) > 0 {
				t.Errorf("got %q (%v), want %q", got, found, tt.want)
			}
		})
	}
}

func TestR113_AllPartsBecomeTags(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.Fixed, Fixed: "x"}, {Target: "tags", Rule: mapping.Split, Sources: []string{"full"}, Split: &mapping.SplitRule{How: mapping.ByText, By: "/"}},
	}})
	d, _ := compiled(t, v, src, dst).Apply(lead(`{"full":"a / b//c"}`))
	if got := d.Fields["tags"]; !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
		t.Errorf("got %v", got)
	}
}

type table map[string]string

func (t table) Find(r mapping.LookupRule, key string) (string, bool) {
	v, ok := t[r.Table+string(r.Object)+"/"+strings.ToLower(strings.TrimSpace(key))]
	return v, ok
}

func TestR115_AValueIsLookedUp(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.Copy, Sources: []string{"full"}},
		{Target: "note", Rule: mapping.LookUp, Sources: []string{"status"}, Lookup: &mapping.LookupRule{Table: "Segments", Key: "code", Value: "name"}, IfUnknown: model.OtherwiseHold},
	}})
	p := compiled(t, v, src, dst)
	p.Look(table{"Segments/a1": "Gold"})
	if d, found := p.Apply(lead(`{"full":"x","status":" A1 "}`)); d.Fields["note"] != "Gold" || len(found) > 0 {
		t.Errorf("got %v %v", d.Fields, found)
	}
	if _, found := p.Apply(lead(`{"full":"x","status":"zz"}`)); len(found) != 1 || found[0].Code != transform.CodeLookup || found[0].Where.Value != "zz" {
		t.Errorf("a miss must be said: %v", found)
	}
	if _, found := p.Apply(lead(`{"full":"x"}`)); len(found) != 0 {
		t.Errorf("nothing to look up is no miss: %v", found)
	}
}

func TestR115_AValueOfTheRecordThatALinkLeadsTo(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.LookUp, Sources: []string{"company"}, Lookup: &mapping.LookupRule{Object: model.Organization, Value: "name"}, IfUnknown: model.OtherwiseHold},
	}})
	src.Objects = append(src.Objects, model.ObjectSchema{Object: model.Organization, Fields: []model.Field{{Name: "name", Type: model.Text}}})
	p := compiled(t, v, src, dst)
	p.Look(table{"organization/77": "Acme"})
	link := model.Link{Role: "company", To: []model.Ref{{Object: model.Organization, Value: "77"}}}
	if d, found := p.Apply(lead(`{"company":77}`, link)); d.Fields["name"] != "Acme" || len(found) > 0 {
		t.Errorf("got %v %v", d.Fields, found)
	}
}

func owners() []mapping.PersonPair {
	return []mapping.PersonPair{
		{Object: model.Agent, From: "1", Name: "Ada", Email: "ada@x.example", How: mapping.PersonTarget, To: "901", Decided: true},
		{Object: model.Agent, From: "2", Name: "Bob", How: mapping.PersonTarget, To: "999", ToName: "Former agent", Stands: true, Inactive: true, Decided: true},
		{Object: model.Agent, From: "3", Name: "Cy", How: mapping.PersonLeave, Decided: true},
		{Object: model.Agent, From: "4", Name: "Di", How: mapping.PersonMoves, Decided: true},
		{Object: model.Agent, From: "5", Name: "Ed", How: mapping.PersonTarget, To: "901"},
	}
}

func TestP24_OwnersGoWhereThePeopleMapSays(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.Copy, Sources: []string{"full"}},
		{Target: "owner", Rule: mapping.People, Sources: []string{"owner"}, IfUnknown: model.OtherwiseHold},
		{Target: "note", Rule: mapping.People, Sources: []string{"owner_name"}, IfUnknown: model.OtherwiseLeave},
	}})
	src.Objects[0].Fields[5].To = []model.Object{model.Agent}
	v.People = owners()
	p, _ := transform.Compile(v, src, dst)
	for owner, want := range map[string]string{
		"1": "agent @target 901", "2": "agent @target 999", "3": "", "4": "agent  4", "5": "transform.undecided", "6": "transform.person",
	} {
		d, found := p.Apply(lead(`{"full":"x"}`, model.Link{Role: "owner", To: []model.Ref{{Object: model.Agent, Value: owner}}}))
		got := ""
		for _, l := range d.Links {
			got = fmt.Sprintf("%s %s %s", l.To[0].Object, l.To[0].By, l.To[0].Value)
		}
		for _, x := range found {
			got = string(x.Code)
		}
		if got != want {
			t.Errorf("owner %s: got %q, want %q", owner, got, want)
		}
	}
	// an owner that is only a name finds the same line.
	if d, _ := p.Apply(lead(`{"full":"x","owner_name":" BOB "}`)); d.Fields["note"] != "Former agent" {
		t.Errorf("got %v", d.Fields)
	}
}

func TestR167_ARecordGoesWhereTheFirstTrueConditionSays(t *testing.T) {
	name := []mapping.FieldMap{{Target: "name", Rule: mapping.Copy, Sources: []string{"full"}}}
	v, src, dst := leads(
		mapping.ObjectMap{Source: "lead", Target: "opportunity", When: `OR([status]="qualified",VALUE([score])>90)`, Fields: append([]mapping.FieldMap{{Target: "note", Rule: mapping.Fixed, Fixed: "hot"}}, name...)},
		mapping.ObjectMap{Source: "lead", Target: "contact", Fields: name},
	)
	for _, order := range [][]mapping.ObjectMap{v.Objects, {v.Objects[1], v.Objects[0]}} {
		v.Objects = order
		p := compiled(t, v, src, dst)
		if !p.Routed("lead") || !reflect.DeepEqual(p.Targets("lead"), []model.Object{"opportunity", "contact"}) {
			t.Errorf("targets %v", p.Targets("lead"))
		}
		for raw, want := range map[string]model.Object{
			`{"full":"a","status":"qualified","score":"1"}`: "opportunity", `{"full":"a","status":"cold","score":"91"}`: "opportunity", `{"full":"a","status":"cold","score":"5"}`: "contact",
		} {
			d, found := p.Apply(lead(raw))
			if d.Object != want || len(found) > 0 {
				t.Errorf("%s became %s (%v), want %s", raw, d.Object, found, want)
			}
			if (d.Fields["note"] == "hot") != (want == "opportunity") {
				t.Errorf("%s: the rules of the other way were used: %v", raw, d.Fields)
			}
		}
		if _, found := p.Apply(lead(`{"full":"a","status":"cold","score":"many"}`)); len(found) != 1 || found[0].Code != transform.CodeRoute {
			t.Errorf("a condition without an answer must hold the record: %v", found)
		}
	}
}

func TestR167_WithoutARestTheOthersAreNotMoved(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "opportunity", When: `[status]="qualified"`, Fields: []mapping.FieldMap{{Target: "name", Rule: mapping.Copy, Sources: []string{"full"}}}})
	p := compiled(t, v, src, dst)
	if _, none, why := p.Route(lead(`{"status":"cold"}`)); !none || why != nil {
		t.Errorf("none %v, why %v", none, why)
	}
	if _, found := p.Apply(lead(`{"status":"cold"}`)); len(found) != 1 || found[0].Code != transform.CodeNotMapped {
		t.Errorf("got %v", found)
	}
}

func TestR112_AValueThatIsNotWhatTheMappingWantsHoldsTheRecord(t *testing.T) {
	for _, tt := range []struct {
		name  string
		field string
		check mapping.Check
		good  []string
		bad   []string
	}{
		{"pattern", "note", mapping.Check{Pattern: `[A-Z]{2}-\d+|X`}, []string{"AB-1", "X"}, []string{"ab-1", "AB-1 ", "XX"}},
		{"list", "note", mapping.Check{OneOf: []string{"Gold", "Silver"}}, []string{"gold", "Silver"}, []string{"Bronze"}},
		{"numbers", "amount", mapping.Check{Least: "0", Most: "99.5"}, []string{"0", "99.5"}, []string{"-1", "99.51"}},
		{"dates as text", "note", mapping.Check{Least: "2020-01-01", Most: "2020-12-31"}, []string{"2020-02-29"}, []string{"2019-12-31", "soon"}},
		{"length", "note", mapping.Check{MinLength: 2, MaxLength: 3}, []string{"äö", "abc"}, []string{"ä", "abcd"}},
	} {
		v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
			{Target: "name", Rule: mapping.Fixed, Fixed: "x"}, {Target: tt.field, Rule: mapping.Copy, Sources: []string{"full"}, Check: &tt.check, IfUnknown: model.OtherwiseLeave},
		}})
		p := compiled(t, v, src, dst)
		for i, s := range append(append([]string{}, tt.good...), tt.bad...) {
			_, found := p.Apply(lead(fmt.Sprintf(`{"full":%q}`, s)))
			if held := len(found) > 0; held != (i >= len(tt.good)) {
				t.Errorf("%s: %q held %v (%v)", tt.name, s, held, found)
			} else if held && found[0].Code != transform.CodeCheck {
				t.Errorf("%s: %v", tt.name, found)
			}
		}
		if _, found := p.Apply(lead(`{}`)); len(found) > 0 {
			t.Errorf("%s: nothing is not wrong: %v", tt.name, found)
		}
	}
}

func TestP60_WhatTwoStatesWouldLoseIsKeptAsATag(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.Fixed, Fixed: "x"},
		{Target: "state", Rule: mapping.Values, Sources: []string{"status"}, IfUnknown: model.OtherwiseHold, Keep: &mapping.Keep{Field: "tags", Prefix: "status_"}, Values: []mapping.ValuePair{
			{From: "open", To: "open", Decided: true}, {From: "pending", To: "open", Decided: true, Keep: true}, {From: "closed", To: "closed", Decided: true},
		}},
		{Target: "tags", Rule: mapping.Copy, Sources: []string{"topics"}},
	}})
	p := compiled(t, v, src, dst)
	for raw, want := range map[string]string{
		`{"status":"open","topics":"a"}`: "open a", `{"status":"pending","topics":"a"}`: "open a, status_pending", `{"status":"Pending"}`: "open status_pending", `{"status":"closed"}`: "closed ",
	} {
		d, found := p.Apply(lead(raw))
		if got := model.Plain(d.Fields["state"]) + " " + model.Plain(d.Fields["tags"]); got != want || len(found) > 0 {
			t.Errorf("%s: got %q (%v), want %q", raw, got, found, want)
		}
	}
}

func TestR204_OneFieldFeedsSeveral(t *testing.T) {
	v, src, dst := leads(mapping.ObjectMap{Source: "lead", Target: "contact", Fields: []mapping.FieldMap{
		{Target: "name", Rule: mapping.Copy, Sources: []string{"full"}},
		{Target: "note", Rule: mapping.Formula, Formula: `IF([status]="cold",[full],"")`},
		{Target: "tags", Rule: mapping.Formula, Formula: `IF([status]="hot",[full],"")`},
	}})
	d, found := compiled(t, v, src, dst).Apply(lead(`{"full":"x","status":"hot"}`))
	if d.Fields["name"] != "x" || d.Fields["note"] != nil || !reflect.DeepEqual(d.Fields["tags"], []string{"x"}) || len(found) > 0 {
		t.Errorf("got %v %v", d.Fields, found)
	}
}
