package mapping_test

import (
	"strings"
	"testing"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
)

// top counts values; rest is how many further values there are.
func top(rest int64, list ...string) mapping.FieldStats {
	s := mapping.FieldStats{Complete: rest == 0, Rows: rest, Filled: rest, Distinct: rest}
	for _, v := range list {
		s.Top = append(s.Top, mapping.ValueCount{Value: v, Count: 2})
		s.Rows, s.Filled, s.Distinct = s.Rows+2, s.Filled+2, s.Distinct+1
	}
	return s
}

func oneObject(o model.Object, name string, fields ...model.Field) model.Schema {
	return model.Schema{Objects: []model.ObjectSchema{{Object: o, Name: name, Fields: fields}}}
}

func TestVisibilityByItsWords(t *testing.T) {
	src := oneObject(model.Message, "", model.Field{Name: "kind", Type: model.Option}, model.Field{Name: "channel", Type: model.Option}, model.Field{Name: "body", Type: model.HTML})
	stats := mapping.Stats{model.Message: {"kind": top(0, "public reply", "Internal"), "channel": top(0, "email")}}
	f := rule(t, mapping.Suggest(src, desk(), stats), model.Message, "public")
	if f.Rule != mapping.Values || f.Sources[0] != "kind" || f.Values[0].To != "true" || f.Values[1].To != "false" {
		t.Errorf("got %+v", f)
	}
	stats[model.Message]["kind"] = top(0, "public reply", "Internal", "something else")
	if f = rule(t, mapping.Suggest(src, desk(), stats), model.Message, "public"); f.Rule != mapping.Fixed || f.Fixed != "false" {
		t.Errorf("a word that says nothing: got %+v", f)
	}
}

func TestFewFrequentValuesProveNothing(t *testing.T) {
	src := oneObject(model.Contact, "", model.Field{Name: "Name", Type: model.Text}, model.Field{Name: "E-mail", Type: model.Email})
	stats := mapping.Stats{model.Contact: {"E-mail": top(1000, "osterlund at example.com", "none")}}
	if f := rule(t, mapping.Suggest(src, desk(), stats), model.Contact, "email"); f.Rule != mapping.Copy {
		t.Errorf("two bad addresses of a thousand made it %+v", f)
	}
}

func TestAnEventLogAsMessages(t *testing.T) {
	src := oneObject(model.Message, "",
		model.Field{Name: "number", Type: model.LinkType, To: []model.Object{model.Ticket}, Parent: true},
		model.Field{Name: "state", Type: model.Option},
		model.Field{Name: "sys_created_by", Type: model.LinkType, To: []model.Object{model.Agent}},
		model.Field{Name: "opened_at", Type: model.DateTime},
		model.Field{Name: "sys_updated_by", Type: model.LinkType, To: []model.Object{model.Agent}},
		model.Field{Name: "sys_updated_at", Type: model.DateTime, Ordering: true},
	)
	dst := desk()
	dst.Objects[2].Fields[4].Ordering = true
	v := mapping.Suggest(src, dst, nil)
	if f := rule(t, v, model.Message, "created_at"); f.Sources[0] != "sys_updated_at" {
		t.Errorf("moment: %+v", f)
	}
	if f := rule(t, v, model.Message, "author"); f.Sources[0] != "sys_updated_by" {
		t.Errorf("author: %+v", f)
	}
	f := rule(t, v, model.Message, "body")
	e, err := formula.Parse(f.Formula)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Eval(func(name string) formula.Value {
		if name == "state" {
			return formula.FieldText("Closed")
		}
		return formula.Blank()
	})
	if err != nil || got.String() != "state: Closed" {
		t.Errorf("text: %q, %v", got, err)
	}
	if found := v.Lint(src, dst); len(found) > 0 {
		t.Errorf("an event log cannot be moved as proposed: %v", found)
	}
}

func TestPeopleWithoutAddress(t *testing.T) {
	dst := model.Schema{Objects: []model.ObjectSchema{{Object: model.Agent, Name: "name", Fields: []model.Field{
		{Name: "name", Title: "Name", Type: model.Text, Required: true},
		{Name: "email", Title: "E-mail", Type: model.Email, Required: true, Unique: true},
	}}}}
	f := rule(t, mapping.Suggest(oneObject(model.Agent, "name", model.Field{Name: "name", Type: model.Text}), dst, nil), model.Agent, "email")
	e, err := formula.Parse(f.Formula)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Eval(func(string) formula.Value { return formula.FieldText("Opened by  8") })
	if err != nil || got.String() != "opened.by.8@placeholder.invalid" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheFieldThatNamesItsObject(t *testing.T) {
	dst := model.Schema{Objects: []model.ObjectSchema{{Object: model.Group, Name: "name", Fields: []model.Field{
		{Name: "name", Title: "Name", Type: model.Text, Required: true},
	}}}}
	src := oneObject(model.Group, "Description", model.Field{Name: "E-mail", Type: model.Email}, model.Field{Name: "Description", Type: model.Text}, model.Field{Name: "Group", Type: model.Text})
	if f := rule(t, mapping.Suggest(src, dst, nil), model.Group, "name"); strings.Join(f.Sources, ",") != "Group" {
		t.Errorf("got %+v", f)
	}
}
