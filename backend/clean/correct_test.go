package clean_test

import (
	"strings"
	"testing"

	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Each correction does just what it says, and leaves alone what it does not understand.
func TestCorrections_oneByOne(t *testing.T) {
	for _, c := range []struct {
		how, field string
		set        map[string]string
		from, to   string
	}{
		{clean.HowTrim, "name", nil, "\u00a0 Anna   B\u200b", "Anna B"},
		{clean.HowCase, "name", map[string]string{"to": "title"}, "ANNA BERGMANN", "Anna Bergmann"},
		{clean.HowCase, "name", map[string]string{"to": "title"}, "Anna McDonald", ""},
		{clean.HowPlain, "body", nil, "<p>Fish &amp; chips</p>", "Fish & chips"},
		{clean.HowPlain, "body", nil, "a < b and c > d", ""},
		{clean.HowMojibake, "name", nil, "MÃ¼ller", "Müller"},
		{clean.HowMojibake, "name", nil, "Müller", ""},
		{clean.HowEmail, "email", nil, "Anna B <Anna@X.Example>", "anna@x.example"},
		{clean.HowEmail, "email", nil, "mailto:anna@x.example;", "anna@x.example"},
		{clean.HowEmail, "email", nil, "anna at x", ""},
		{clean.HowPhone, "phone", map[string]string{"country": "DE"}, "(030) 901820", "+4930901820"},
		{clean.HowPhone, "phone", map[string]string{"country": "DE", "format": "international"}, "030 901820", "+49 30 901820"},
		{clean.HowPhone, "phone", nil, "030 901820", ""},
		{clean.HowCountry, "name", map[string]string{"to": "code"}, "Germany", "DE"},
		{clean.HowCountry, "name", map[string]string{"to": "name"}, "de", "Germany"},
		{clean.HowCountry, "name", nil, "Narnia", ""},
		{clean.HowDate, "opened", map[string]string{"format": "DD.MM.YYYY|MM/DD/YYYY"}, "24.12.2019", "2019-12-24"},
		{clean.HowDate, "opened", map[string]string{"format": "DD.MM.YYYY|MM/DD/YYYY"}, "12/24/2019", "2019-12-24"},
		{clean.HowDate, "opened", map[string]string{"format": "DD.MM.YYYY"}, "soon", ""},
		{clean.HowReplace, "status", map[string]string{"values": `{"Pendng":"pending"}`}, " PENDNG ", "pending"},
		{clean.HowTags, "status", map[string]string{"blank": "_"}, " Very Urgent", "very_urgent"},
	} {
		t.Run(c.how+" "+c.from, func(t *testing.T) {
			d := newDesk(t)
			o := map[string]model.Object{"name": model.Contact, "email": model.Contact, "phone": model.Contact, "opened": model.Ticket, "status": model.Ticket, "body": model.Message}[c.field]
			d.stage(o, nil, v("id", "1", c.field, c.from))
			s := clean.Spec{Object: o, Does: store.Correct, Field: c.field, How: c.how, Settings: c.set}
			p, err := clean.Try(t.Context(), d.db, shapes, s)
			d.no(err)
			if c.to == "" {
				if p.Count != 0 {
					t.Errorf("it changes what it does not understand: %+v", p.Examples)
				}
				return
			}
			if p.Count != 1 || p.Examples[0].Before != c.from || p.Examples[0].After != c.to || p.Title == "" {
				t.Fatalf("wanted %q, got %+v", c.to, p)
			}
			dec, err := clean.Make(t.Context(), d.db, shapes, s, "", ann)
			d.no(err)
			d.read(func(tx *store.Tx) error {
				row, err := tx.Record(model.Key{Object: o, ID: "1"})
				if err != nil {
					return err
				}
				told, err := clean.Told(tx, shapes, row)
				if err != nil || len(told) != 1 || told[0].After != c.to || told[0].Decision.By != ann || told[0].Decision.ID != dec.ID {
					t.Errorf("the record says what happened to it, and by whom: %+v, %v", told, err)
				}
				return nil
			})
			if p, err = clean.Try(t.Context(), d.db, shapes, s); err != nil || p.Count != 0 {
				t.Errorf("a second time nothing is left: %+v, %v", p, err)
			}
		})
	}
}

// Corrections follow each other in the order that a person gives them.
func TestCorrections_followEachOther(t *testing.T) {
	d := newDesk(t)
	d.stage(model.Ticket, nil, v("id", "1", "status", "A"), v("id", "2", "status", "other"))
	ab := clean.Spec{Object: model.Ticket, Does: store.Correct, Field: "status", How: clean.HowReplace, Settings: map[string]string{"values": `{"A":"B"}`}}
	bc := ab
	bc.Settings = map[string]string{"values": `{"B":"C","A":"D"}`}
	one, err := clean.Make(t.Context(), d.db, shapes, ab, "", ann)
	d.no(err)
	two, err := clean.Make(t.Context(), d.db, shapes, bc, "", ann)
	d.no(err)
	if got := d.drafts()["ticket/1"]; !strings.Contains(got, `"status":"C"`) {
		t.Errorf("A becomes B becomes C: %s", got)
	}
	d.write(func(tx *store.Tx) error { return tx.PlaceCorrections([]int64{two.ID, one.ID}, ann) })
	if got := d.drafts()["ticket/1"]; !strings.Contains(got, `"status":"D"`) {
		t.Errorf("in the other order A becomes D: %s", got)
	}
	err = d.db.Write(t.Context(), func(tx *store.Tx) error { return tx.PlaceCorrections([]int64{one.ID}, ann) })
	if !problem.Is(err, "decision.order") {
		t.Errorf("an order that leaves one out is refused: %v", err)
	}
}

// Invariant 10: no correction makes a private note public.
func TestInvariant10_WhatIsPrivateIsNeverCorrected(t *testing.T) {
	src := model.Schema{Objects: []model.ObjectSchema{{Object: model.Message, Fields: []model.Field{{Name: "body", Type: model.LongText}, {Name: "public", Type: model.Bool, Private: true, PrivateValue: "false"}}}}}
	d := newDesk(t)
	_, err := clean.Try(t.Context(), d.db, src, clean.Spec{Object: model.Message, Does: store.Correct, Field: "public", How: clean.HowReplace, Settings: map[string]string{"values": `{"false":"true"}`}})
	if !problem.Is(err, "clean.private") {
		t.Errorf("it is refused: %v", err)
	}
}

func TestRules_ofAPersonAreChecked(t *testing.T) {
	d := newDesk(t)
	for code, s := range map[problem.Code]clean.Spec{
		"clean.everything": {Object: model.Ticket, Does: clean.Archive},
		"clean.object":     {Object: "nothing", Does: clean.Archive},
		"clean.does":       {Object: model.Ticket, Does: "explode"},
		"clean.field":      {Object: model.Ticket, Does: clean.Archive, Where: []clean.Condition{{Field: "nope", Op: "is"}}},
		"clean.op":         {Object: model.Ticket, Does: clean.Archive, Where: []clean.Condition{{Field: "status", Op: "nope"}}},
		"clean.from":       {Object: model.Ticket, Does: clean.Archive, Where: []clean.Condition{{Field: "opened", Op: "before", Value: "soon"}}},
		"clean.empty":      {Object: model.Ticket, Does: clean.LeaveOut, Where: []clean.Condition{{Field: "status", Op: "contains"}}},
		"clean.owner":      {Object: model.Ticket, Does: store.Correct, Field: "requester", How: clean.HowOwner},
		"clean.setting":    {Object: model.Contact, Does: store.Correct, Field: "phone", How: clean.HowPhone, Settings: map[string]string{"country": "XX"}},
		"clean.how":        {Object: model.Contact, Does: store.Correct, Field: "phone", How: "magic"},
	} {
		if _, err := clean.Try(t.Context(), d.db, shapes, s); !problem.Is(err, code) {
			t.Errorf("%+v: %v, wanted %s", s, err, code)
		}
	}
}
