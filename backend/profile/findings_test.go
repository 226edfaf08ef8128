package profile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
)

func row(o model.Object, id string, values map[string]any, links ...model.Link) model.Record {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings only
	}
	return model.Record{Key: model.Key{Object: o, ID: id}, Raw: b, Links: links}
}

func stage(t testing.TB, db *store.DB, p store.Page) {
	t.Helper()
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		r, err := tx.BeginReading(p.Object)
		if err != nil {
			return err
		}
		p.Pass = r.Pass
		if _, err := tx.StagePage(p); err != nil {
			return err
		}
		_, err = tx.EndReading(p.Object)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func measure(t testing.TB, db *store.DB, shape model.ObjectSchema) profile.Object {
	t.Helper()
	p, err := profile.Run(context.Background(), db, shape, job.New("test"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFindings_plantedTroubleIsFoundAndOpens(t *testing.T) {
	db := open(t)
	shape := model.ObjectSchema{Object: model.Contact, Name: "name", Fields: []model.Field{
		{Name: "name", Type: model.Text},
		{Name: "email", Type: model.Email},
		{Name: "state", Type: model.Option},
		{Name: "born", Type: model.Text},
		{Name: "text", Type: model.Text},
		{Name: "nothing", Type: model.Text},
		{Name: "rare", Type: model.Text},
		{Name: "blank", Type: model.Text},
	}}
	recs := []model.Record{}
	for i := range 300 {
		v := map[string]any{"name": fmt.Sprint("Person ", i), "email": fmt.Sprintf("p%d@x.example", i), "state": "Pending approval", "born": fmt.Sprintf("0%d/03/1990", 1+i%9), "text": "fine", "nothing": "", "rare": "", "blank": "x"}
		recs = append(recs, row(model.Contact, fmt.Sprint(i), v))
	}
	set := func(i int, field, value string) {
		var v map[string]any
		if err := json.Unmarshal(recs[i].Raw, &v); err != nil {
			t.Fatal(err)
		}
		v[field] = value
		recs[i] = row(model.Contact, recs[i].Key.ID, v, recs[i].Links...)
	}
	set(1, "email", " P0@X.example ")
	set(2, "email", "p0@x.example")
	set(3, "state", "pending approval")
	set(4, "state", "Pendin approval")
	set(5, "born", "31/12/1990")
	set(6, "born", "12/31/1990")
	set(7, "text", "Ã©tudiant")
	set(8, "text", "caf\uFFFD")
	set(9, "text", "bell\u0007")
	set(10, "text", "\u202Ereversed")
	set(11, "rare", "once")
	set(12, "blank", " \u00a0")
	recs[13].Links = []model.Link{{Role: "company", To: []model.Ref{{Object: model.Organization, Value: "nowhere"}}}}
	recs[14].Links = []model.Link{{Role: "company", To: []model.Ref{{Object: model.Contact, Value: "0"}}}}
	recs = append(recs, row(model.Contact, "20", map[string]any{"name": "Another"})) // a number used twice
	stage(t, db, store.Page{Object: model.Contact, Records: recs, Count: true, Broken: []store.Broken{
		{Place: "people.csv, line 400", Raw: []byte(`"torn`), Why: problem.New("file.row", "This row is broken.", "A quote is open.", "Repair it.")},
	}})
	p := measure(t, db, shape)
	if p.Rows != 302 || p.DuplicateKeys != 1 {
		t.Errorf("%d rows with %d repeated, want 302 and 1", p.Rows, p.DuplicateKeys)
	}
	want := map[string]int64{
		"rows.held ": 2, "keys.repeated ": 1, "links.broken company": 1, "field.empty nothing": 301, "field.unused rare": 1, "field.blank blank": 1,
		"dates.two_orders born": 300, "text.mojibake text": 1, "text.lost text": 1, "text.control text": 1, "text.bidi text": 1,
		"values.near_twins state": 2, "people.same_address email": 2,
	}
	for _, f := range p.Findings {
		k := f.Code + " " + f.Field
		n, ok := want[k]
		if !ok {
			t.Errorf("%s was not planted: %s", k, f.What)
			continue
		}
		delete(want, k)
		if f.Count != n {
			t.Errorf("%s: %d, want %d", k, f.Count, n)
		}
		if opened := found(t, db, model.Contact, f, p.At, p.Fields); opened != f.Count {
			t.Errorf("%s says %d and opens %d records", k, f.Count, opened)
		}
		if f.What == "" || f.Means == "" || f.Fix == "" || f.Page == "" || f.Severity == "" {
			t.Errorf("%s does not say what it means and what to do: %+v", k, f)
		}
	}
	for k := range want {
		t.Errorf("%s was planted and not found", k)
	}
	opens(t, db, p)
}

func TestFindings_cleanDataRaisesNone(t *testing.T) {
	db := open(t)
	recs := []model.Record{}
	for i := range 250 {
		recs = append(recs, row(model.Ticket, fmt.Sprint(i), map[string]any{"subject": fmt.Sprint("Subject ", i), "level": fmt.Sprint("Level ", i%5), "opened": "2024-03-04 05:06:07"}))
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: recs})
	p := measure(t, db, model.ObjectSchema{Object: model.Ticket, Name: "subject", Fields: []model.Field{{Name: "subject", Type: model.Text}, {Name: "level", Type: model.Option}, {Name: "opened", Type: model.DateTime}}})
	for _, f := range p.Findings {
		t.Errorf("%s of %s: %s", f.Code, f.Field, f.What)
	}
	if len(p.Ages) != 1 || p.Ages[0].Year != "2024" || p.Ages[0].Count != 250 {
		t.Errorf("ages %+v, want 250 of 2024", p.Ages)
	}
}

// Many addresses are remembered apart from the commonest values: one that is there
// twice is found however many there are.
func TestFindings_sameAddressAmongMany(t *testing.T) {
	db := open(t)
	shape := model.ObjectSchema{Object: model.Contact, Fields: []model.Field{{Name: "email", Type: model.Email}}}
	recs := []model.Record{}
	for i := range 20_200 {
		recs = append(recs, row(model.Contact, fmt.Sprint(i), map[string]any{"email": fmt.Sprintf("p%d@x.example", i)}))
	}
	recs = append(recs, row(model.Contact, "last", map[string]any{"email": "P7@x.example"}))
	stage(t, db, store.Page{Object: model.Contact, Records: recs})
	p := measure(t, db, shape)
	if len(p.Findings) != 1 || p.Findings[0].Code != "people.same_address" || p.Findings[0].Count != 1 {
		t.Errorf("findings %+v, want one address that is there twice", p.Findings)
	}
}

func TestField_anEstimateSaysSo(t *testing.T) {
	shape := model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{{Name: "a", Type: model.Text}, {Name: "b", Type: model.Text}}}
	recs := []model.Record{}
	for i := range 3000 {
		recs = append(recs, row(model.Ticket, fmt.Sprint(i), map[string]any{"a": fmt.Sprint("v", i), "b": fmt.Sprint(i % 7)}))
	}
	for _, c := range []struct {
		keep  int
		exact bool
	}{{3000, true}, {1000, false}} {
		db := open(t)
		profile.KeepDistinct(t, c.keep)
		stage(t, db, store.Page{Object: model.Ticket, Records: recs})
		p := measure(t, db, shape)
		if p.Fields[0].Exact != c.exact || !p.Fields[1].Exact || p.Fields[1].Distinct != 7 {
			t.Errorf("keeping %d: %+v", c.keep, p.Fields)
		}
		off := math.Abs(float64(p.Fields[0].Distinct) - 3000)
		if c.exact && off != 0 || off > 3000*0.05 {
			t.Errorf("keeping %d: %d distinct of 3000", c.keep, p.Fields[0].Distinct)
		}
		if s := profile.Stats([]profile.Object{p})[model.Ticket]["a"]; s.Complete {
			t.Error("the values of a field with 3000 of them pass for complete")
		}
		if s := profile.Stats([]profile.Object{p})[model.Ticket]["b"]; !s.Complete {
			t.Error("seven values are not complete")
		}
	}
}
