package truth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
	"waybill/backend/truth"
)

var ann = model.Person{Name: "Ann", Role: "migration lead"}

const (
	crm = model.Object("contact@crm")
	old = model.Object("contact@old-desk")
)

// shapes: the three sources call the same things by different names and write dates differently.
var shapes = model.Schema{Objects: []model.ObjectSchema{
	{Object: model.Contact, Name: "name", Fields: []model.Field{
		{Name: "name", Type: model.Text},
		{Name: "email", Type: model.Email},
		{Name: "phone", Type: model.Phone},
		{Name: "city", Type: model.Text},
		{Name: "since", Type: model.Date, Format: "DD.MM.YYYY"},
		{Name: "updated", Type: model.DateTime},
		{Name: "tags", Type: model.Tags, Separator: ","},
	}},
	{Object: model.Ticket, Name: "subject", Fields: []model.Field{{Name: "subject", Type: model.Text}, {Name: "requester", Type: model.LinkType, To: []model.Object{model.Contact}}}},
	{Object: crm, Name: "Full name", Fields: []model.Field{
		{Name: "Full name", Type: model.Text},
		{Name: "E-mail", Type: model.Email},
		{Name: "Telephone", Type: model.Phone},
		{Name: "Town", Type: model.Text},
		{Name: "Customer since", Type: model.Date},
		{Name: "Modified", Type: model.DateTime},
		{Name: "Lead source", Type: model.Text},
		{Name: "Labels", Type: model.Tags, Separator: ";"},
	}},
	{Object: old, Name: "name", Fields: []model.Field{
		{Name: "name", Type: model.Text}, {Name: "mail", Type: model.Email}, {Name: "phone", Type: model.Phone}, {Name: "city", Type: model.Text}, {Name: "updated", Type: model.DateTime},
	}},
	{Object: "ticket@crm", Name: "subject", Fields: []model.Field{{Name: "subject", Type: model.Text}, {Name: "requester", Type: model.LinkType, To: []model.Object{crm}}}},
}}

var pairs = []truth.Pair{
	{Name: "phone", Fields: map[model.Object]string{model.Contact: "phone", crm: "Telephone", old: "phone"}},
	{Name: "city", Fields: map[model.Object]string{model.Contact: "city", crm: "Town", old: "city"}},
	{Name: "since", Fields: map[model.Object]string{model.Contact: "since", crm: "Customer since"}},
	{Name: "tags", Fields: map[model.Object]string{model.Contact: "tags", crm: "Labels"}},
}

var byMail = map[model.Object]string{model.Contact: "email", crm: "E-mail", old: "mail"}

type fields map[string]string

// teller is a test, or a round of a property.
type teller interface {
	Helper()
	Fatal(args ...any)
}

type desk struct {
	t  teller
	db *store.DB
}

func newDesk(t teller, dir string) desk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), filepath.Join(dir, "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	return desk{t, db}
}

func openDesk(t *testing.T) desk {
	d := newDesk(t, t.TempDir())
	t.Cleanup(func() { d.must(d.db.Close()) })
	return d
}

func (d desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) write(fn func(*store.Tx) error) {
	d.t.Helper()
	d.must(d.db.Write(context.Background(), fn))
}

func (d desk) read(fn func(*store.Tx) error) {
	d.t.Helper()
	d.must(d.db.Read(context.Background(), fn))
}

// stage reads an object of a source anew.
func (d desk) stage(o model.Object, records ...fields) {
	d.t.Helper()
	shape, _ := shapes.Object(o)
	p := store.Page{Object: o}
	for i, v := range records {
		id := v["id"]
		if id == "" {
			id = fmt.Sprint(i + 1)
		}
		r := model.Record{Key: model.Key{Object: o, ID: id}}
		for _, f := range shape.Fields {
			if f.Type == model.LinkType && v[f.Name] != "" {
				r.Links = append(r.Links, model.Link{Role: f.Name, To: []model.Ref{{Object: f.To[0], Value: v[f.Name]}}})
			}
		}
		b, err := json.Marshal(v)
		d.must(err)
		r.Raw = b
		p.Records, p.Names = append(p.Records, r), append(p.Names, v[shape.Name])
	}
	d.write(func(tx *store.Tx) error {
		r, err := tx.BeginReading(o)
		if err != nil {
			return err
		}
		p.Pass = r.Pass
		if _, err = tx.StagePage(p); err != nil {
			return err
		}
		_, err = tx.EndReading(o)
		return err
	})
}

func (d desk) decide(r truth.Rule) store.Decision {
	d.t.Helper()
	dec, err := truth.Decide(context.Background(), d.db, shapes, r, "", ann)
	d.must(err)
	return dec
}

func (d desk) look(r truth.Rule) truth.View {
	d.t.Helper()
	v, err := truth.Look(context.Background(), d.db, shapes, r)
	d.must(err)
	return v
}

func (d desk) row(o model.Object, id string) (row store.Row) {
	d.t.Helper()
	d.read(func(tx *store.Tx) (err error) {
		row, err = tx.Record(model.Key{Object: o, ID: id})
		return err
	})
	return row
}

// target is where all of them go.
var target = model.Schema{Objects: []model.ObjectSchema{{Object: model.Contact, Fields: []model.Field{
	{Name: "phone", Type: model.Text}, {Name: "city", Type: model.Text}, {Name: "since", Type: model.Date}, {Name: "tags", Type: model.Tags}, {Name: "origin", Type: model.Text},
}}}}

// draft is what would be sent for a record.
func (d desk) draft(o model.Object, id string) map[string]any {
	d.t.Helper()
	names := map[model.Object]map[string]string{
		model.Contact: {"phone": "phone", "city": "city", "since": "since", "tags": "tags", "origin": "Lead source (crm)"},
		crm:           {"phone": "Telephone", "city": "Town", "since": "Customer since", "tags": "Labels", "origin": "Lead source"},
		old:           {"phone": "phone", "city": "city"},
	}
	var out map[string]any
	d.read(func(tx *store.Tx) error {
		src, err := truth.Enrich(tx, shapes)
		if err != nil {
			return err
		}
		v := mapping.Version{}
		for source, m := range names {
			shape, _ := src.Object(source)
			om := mapping.ObjectMap{Source: source, Target: model.Contact}
			for to, from := range m {
				if _, ok := shape.Field(from); !ok {
					continue // it comes along by the rule only
				}
				om.Fields = append(om.Fields, mapping.FieldMap{Target: to, Rule: mapping.Copy, Sources: []string{from}, IfEmpty: model.OtherwiseLeave, IfUnknown: model.OtherwiseHold})
			}
			v.Objects = append(v.Objects, om)
		}
		prog, _ := transform.Compile(v, src, target)
		if err := clean.Install(tx, src, prog); err != nil {
			return err
		}
		row, err := tx.Record(model.Key{Object: o, ID: id})
		if err != nil {
			return err
		}
		made, wrong := prog.Apply(row.Record)
		if len(wrong) > 0 {
			return wrong[0]
		}
		out = made.Fields
		return nil
	})
	return out
}

func (d desk) raws() map[string]string {
	out := map[string]string{}
	d.read(func(tx *store.Tx) error {
		for _, o := range []model.Object{model.Contact, crm, old, model.Ticket, "ticket@crm"} {
			rows, err := tx.Records(store.Filter{Object: o}, 0, 10000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				out[string(o)+"/"+r.Record.Key.ID] = string(r.Record.Raw)
			}
		}
		return nil
	})
	return out
}

// who is right is stated per object and per field, and the order of reading has no say.
func TestTheStatedSourceIsRight(t *testing.T) {
	d := openDesk(t)
	d.stage(crm,
		fields{"id": "c1", "Full name": "Anna Arndt", "E-mail": "Anna@X.example", "Telephone": "+49 30 111", "Town": "Berlin", "Customer since": "2020-03-04", "Lead source": "fair", "Labels": "vip;gold", "Modified": "2024-01-01T00:00:00Z"},
		fields{"id": "c2", "Full name": "Ben Bode", "E-mail": "ben@x.example", "Telephone": "", "Town": "Bonn"},
		fields{"id": "c3", "Full name": "Only Crm", "E-mail": "only@crm.example"})
	d.stage(model.Contact,
		fields{"id": "1", "name": "Anna Arndt", "email": "anna@x.example", "phone": "+49 30 222", "city": "Potsdam", "since": "01.01.2019", "updated": "2025-01-01T00:00:00Z"},
		fields{"id": "2", "name": "Ben Bode", "email": "ben@x.example", "phone": "0228 5", "city": "Bonn"},
		fields{"id": "3", "name": "Only Desk", "email": "only@desk.example"},
		fields{"id": "4", "name": "No Address"})
	d.stage(model.Ticket, fields{"id": "7", "subject": "Hello", "requester": "1"})
	d.stage("ticket@crm", fields{"id": "7", "subject": "Hello from the CRM", "requester": "c1"})
	raw := d.raws()
	rule := truth.Rule{Object: model.Contact, By: byMail, Pairs: pairs, Rank: []string{"crm", "main"}, Fields: map[string][]string{"city": {"newest"}}, Bring: true}

	v := d.look(rule)
	if v.Matched != 2 || v.Ambiguous != 0 || v.Sources[0].Alone != 1 || v.Sources[0].Keyless != 1 || v.Sources[1].Alone != 1 {
		t.Errorf("sets %+v", v)
	}
	byName := map[string]truth.Fact{}
	for _, f := range v.Facts {
		byName[f.Name] = f
	}
	if f := byName["phone"]; f.Both != 1 || f.Differ != 1 || f.Changes != 1 || f.Examples[0].Before != "+49 30 222" || f.Examples[0].After != "+49 30 111" || f.Examples[0].From != "crm" {
		t.Errorf("phone %+v", f)
	}
	if f := byName["city"]; f.Both != 2 || f.Differ != 1 || f.Changes != 0 || f.Examples[0].From != "main" { // the desk's is newer
		t.Errorf("city %+v", f)
	}
	if f := byName["tags"]; f.Fills != 1 || f.Differ != 0 {
		t.Errorf("tags %+v", f)
	}
	// Each figure opens its records.
	d.read(func(tx *store.Tx) error {
		n, err := tx.Count(store.Filter{Object: model.Contact, Op: "found", Field: "phone", Value: truth.CodeDiffers})
		if n != 1 {
			t.Errorf("%d records behind the disagreement", n)
		}
		return err
	})

	dec := d.decide(rule)
	if dec.Count != 2 || dec.By != ann || dec.Rule != "truth.contact" {
		t.Errorf("decision %+v", dec)
	}
	got := d.draft(model.Contact, "1")
	want := map[string]any{"phone": "+49 30 111", "city": "Potsdam", "since": model.Day("2020-03-04"), "tags": []string{"vip", "gold"}, "origin": "fair"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Anna becomes %#v\nwant %#v", got, want)
	}
	if got := d.draft(model.Contact, "2"); got["phone"] != "0228 5" { // filled wins over empty
		t.Errorf("Ben becomes %#v", got)
	}
	// The history of the CRM's Anna follows her.
	d.read(func(tx *store.Tx) error {
		ref := model.Ref{Object: crm, Value: "c1"}
		spots, err := tx.Resolve([]model.Ref{ref}, 0)
		if s := spots[ref]; s.Object != model.Contact || s.Name != "Anna Arndt" {
			t.Errorf("the CRM's Anna is %+v", s)
		}
		return err
	})
	if !reflect.DeepEqual(d.raws(), raw) {
		t.Error("a raw record changed")
	}
	d.must(truth.Undo(context.Background(), d.db, model.Contact, ann))
	if r := d.row(crm, "c1"); r.Fate != model.Pending || r.Survivor != 0 {
		t.Errorf("after undo %+v", r)
	}
	if got := d.draft(model.Contact, "1"); got["phone"] != "+49 30 222" {
		t.Errorf("after undo Anna becomes %#v", got)
	}
}

// What one source has twice is nobody's to decide by itself.
func TestAnAmbiguousKeyMergesNobody(t *testing.T) {
	d := openDesk(t)
	d.stage(model.Contact, fields{"id": "1", "email": "info@x.example"}, fields{"id": "2", "email": "INFO@x.example"}, fields{"id": "3", "email": "a@x.example"})
	d.stage(crm, fields{"id": "1", "E-mail": "info@x.example"}, fields{"id": "2", "E-mail": "a@x.example"})
	rule := truth.Rule{Object: model.Contact, By: map[model.Object]string{model.Contact: "email", crm: "E-mail"}}
	v := d.look(rule)
	if v.Matched != 1 || v.Ambiguous != 1 || v.Sources[0].Ambiguous != 2 {
		t.Errorf("%+v", v)
	}
	d.decide(rule)
	for o, id := range map[model.Object]string{model.Contact: "1", crm: "1"} {
		if r := d.row(o, id); r.Fate != model.Pending {
			t.Errorf("%s %s is %s", o, id, r.Fate)
		}
	}
	if r := d.row(crm, "2"); r.Fate != model.Merged {
		t.Errorf("a@x is %s", r.Fate)
	}
}

// The key is found from the values: neither the name of a field nor its place says it, and
// numbers that were only counted up in both sources are no key.
func TestTheKeyIsProposedFromTheValues(t *testing.T) {
	d := openDesk(t)
	a, b := []fields{}, []fields{}
	for i := range 200 {
		a = append(a, fields{"id": fmt.Sprint(i + 1), "name": fmt.Sprintf("Person%d Desk%d", i, i), "email": fmt.Sprintf("p%d@x.example", i), "city": "Berlin"})
		b = append(b, fields{"id": fmt.Sprint(i + 1), "Full name": fmt.Sprintf("Person%d Crm%d", i+50, i), "E-mail": fmt.Sprintf("P%d@X.example", i+50), "Town": "Berlin"})
	}
	d.stage(model.Contact, a...)
	d.stage(crm, b...)
	got, err := truth.Propose(context.Background(), d.db, shapes, model.Contact)
	d.must(err)
	if len(got) == 0 || got[0].By[model.Contact] != "email" || got[0].By[crm] != "E-mail" {
		t.Fatalf("proposed %+v", got)
	}
	if p := got[0]; p.Matched != 150 || p.Alone != 100 || p.Ambiguous != 0 || p.Agree != 100 || len(p.Examples) != 3 {
		t.Errorf("%+v", p)
	}
	for _, p := range got {
		if p.By[model.Contact] == "" {
			t.Errorf("mere numbers are proposed: %+v", p)
		}
	}
	paired := map[string]string{}
	for _, p := range truth.Pairs(shapes, model.Contact, nil) {
		if p.Fields[crm] != "" {
			paired[p.Fields[model.Contact]] = p.Fields[crm]
		}
	}
	for to, from := range map[string]string{"email": "E-mail", "phone": "Telephone", "city": "Town", "tags": "Labels"} {
		if paired[to] != from {
			t.Errorf("%s is paired with %q, want %q", to, paired[to], from)
		}
	}
}

// A rule that speaks of what is not there says so.
func TestARuleThatCannotBeUsedIsRefused(t *testing.T) {
	d := openDesk(t)
	d.stage(model.Contact, fields{"email": "a@x.example"})
	d.stage(crm, fields{"E-mail": "a@x.example"})
	good := truth.Rule{Object: model.Contact, By: byMail, Pairs: pairs}
	for name, change := range map[string]func(*truth.Rule){
		"field":  func(r *truth.Rule) { r.By = map[model.Object]string{model.Contact: "email", crm: "nothing"} },
		"source": func(r *truth.Rule) { r.By = map[model.Object]string{model.Contact: "email", "contact@x": "email"} },
		"one":    func(r *truth.Rule) { r.By = map[model.Object]string{model.Contact: "email"} },
		"rank":   func(r *truth.Rule) { r.Rank = []string{"nobody"} },
		"fact":   func(r *truth.Rule) { r.Fields = map[string][]string{"shoe size": {"crm"}} },
		"object": func(r *truth.Rule) { r.Object = model.Group },
	} {
		r := good
		change(&r)
		if _, err := truth.Decide(context.Background(), d.db, shapes, r, "", ann); !problem.Is(err, "truth.rule") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// oracle says from the plain values what must come out.
type oracle struct {
	objects []model.Object
	records map[model.Object][]fields
	rule    truth.Rule
}

// TestAnyTwoSourcesAddUp: whatever two or three sources hold and whatever the rule says, the
// accounts add up, each survivor says what the rule calls right, a second reading brings it up
// to date, and taking it back leaves everything as it was (invariants 1 and 2).
func TestAnyTwoSourcesAddUp(t *testing.T) {
	house := openDesk(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := desk{rt, house.db}
		d.write(func(tx *store.Tx) error { // nothing is left of the round before
			if dec, _, ok, err := truth.InForce(tx, model.Contact); err != nil || ok {
				return errors.Join(err, tx.Undo(dec.ID, ann))
			}
			return nil
		})
		d.write(func(tx *store.Tx) error { return tx.ForgetStage() })
		w := oracle{objects: []model.Object{model.Contact, crm, old}[:rapid.IntRange(2, 3).Draw(rt, "sources")], records: map[model.Object][]fields{}}
		names := []string{"main", "crm", "old-desk"}[:len(w.objects)]
		w.rule = truth.Rule{Object: model.Contact, By: map[model.Object]string{}, Pairs: pairs[:2], Rank: rapid.Permutation(names).Draw(rt, "rank"), Fields: map[string][]string{}}
		for _, o := range w.objects {
			w.rule.By[o] = byMail[o]
			w.draw(rt, d, o)
		}
		if x := rapid.SampledFrom(append(names, "newest", "")).Draw(rt, "who knows the city"); x != "" {
			w.rule.Fields["city"] = []string{x}
		}
		before := d.state(w.objects)
		raw := d.raws()
		_, err := truth.Decide(context.Background(), d.db, shapes, w.rule, "", ann)
		if problem.Is(err, "truth.none") {
			w.check(rt, d)
			return
		}
		d.must(err)
		w.check(rt, d)
		if !reflect.DeepEqual(raw, d.raws()) {
			rt.Fatal("a raw record changed")
		}
		again := rapid.SampledFrom(w.objects).Draw(rt, "read again")
		w.draw(rt, d, again)
		_, err = truth.Refresh(context.Background(), d.db, shapes, ann)
		d.must(err)
		w.check(rt, d)
		d.must(truth.Undo(context.Background(), d.db, model.Contact, ann))
		after := d.state(w.objects)
		for k := range after {
			if after[k] != "pending 0" {
				rt.Fatalf("%s is %s after undo", k, after[k])
			}
		}
		for k, v := range before {
			if v != "pending 0" {
				rt.Fatalf("%s was %s", k, v)
			}
		}
		d.read(func(tx *store.Tx) error {
			fixes, err := tx.Fixes()
			if len(fixes) > 0 {
				rt.Fatalf("%d values are left", len(fixes))
			}
			return err
		})
	})
}

func (w *oracle) draw(rt *rapid.T, d desk, o model.Object) {
	phone, city, changed := "phone", "city", "updated"
	if o == crm {
		phone, city, changed = "Telephone", "Town", "Modified"
	}
	n := rapid.IntRange(1, 6).Draw(rt, "records")
	list := []fields{}
	for i := range n {
		list = append(list, fields{
			"id":      fmt.Sprint(i + 1),
			byMail[o]: rapid.SampledFrom([]string{"", "a@x.example", "B@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"}).Draw(rt, "mail"),
			phone:     rapid.SampledFrom([]string{"", "+49 30 1", "004930 1", "+49 30 2"}).Draw(rt, "phone"),
			city:      rapid.SampledFrom([]string{"", "Bonn", " bonn", "Köln", "Ulm"}).Draw(rt, "city"),
			changed:   rapid.SampledFrom([]string{"", "2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z", "2025-01-01T00:00:00Z"}).Draw(rt, "changed"),
		})
	}
	w.records[o] = list
	d.stage(o, list...)
}

func (d desk) state(objects []model.Object) map[string]string {
	out := map[string]string{}
	d.read(func(tx *store.Tx) error {
		for _, o := range objects {
			rows, err := tx.Records(store.Filter{Object: o}, 0, 1000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				out[string(o)+"/"+r.Record.Key.ID] = fmt.Sprint(r.Fate, " ", r.Survivor)
			}
		}
		return nil
	})
	return out
}

// check compares the stage with what must be.
func (w *oracle) check(rt *rapid.T, d desk) {
	type who struct {
		o model.Object
		i int
	}
	groups := map[string][]who{}
	for _, o := range w.objects {
		for i, r := range w.records[o] {
			if k := strings.ToLower(r[byMail[o]]); k != "" {
				groups[k] = append(groups[k], who{o, i})
			}
		}
	}
	lives := map[string]string{}
	for _, g := range groups {
		sources := map[model.Object]int{}
		several := false
		for _, m := range g {
			sources[m.o]++
			several = several || sources[m.o] > 1
		}
		if len(sources) < 2 || several {
			continue
		}
		home := g[0] // the groups are in the order of the sources
		for _, m := range g[1:] {
			lives[string(m.o)+"/"+w.records[m.o][m.i]["id"]] = string(home.o) + "/" + w.records[home.o][home.i]["id"]
		}
		said := []member{}
		for _, m := range g {
			said = append(said, member{m.o, w.records[m.o][m.i]})
		}
		made := d.draft(home.o, w.records[home.o][home.i]["id"])
		for _, fact := range []string{"phone", "city"} {
			want := w.right(fact, said)
			got, _ := made[fact].(string)
			if plain(fact, got) != plain(fact, want) {
				rt.Fatalf("%s of %v is %q, want %q by %v", fact, said, got, want, w.rule)
			}
		}
	}
	d.read(func(tx *store.Tx) error {
		for _, o := range w.objects {
			m, err := tx.Recount(o)
			if err != nil {
				return err
			}
			if !m.Adds() || m.Source != int64(len(w.records[o])) {
				rt.Fatalf("the account of %s: %+v of %d", o, m, len(w.records[o]))
			}
			rows, err := tx.Records(store.Filter{Object: o}, 0, 1000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				into, merged := lives[string(o)+"/"+r.Record.Key.ID]
				if merged != (r.Fate == model.Merged) {
					rt.Fatalf("%s %s is %s, merged should be %v", o, r.Record.Key.ID, r.Fate, merged)
				}
				if !merged {
					continue
				}
				s, err := tx.RecordAt(r.Survivor)
				if err != nil {
					return err
				}
				if k := s.Record.Key; string(k.Object)+"/"+k.ID != into {
					rt.Fatalf("%s %s lives on in %v, want %s", o, r.Record.Key.ID, k, into)
				}
			}
		}
		all, err := tx.Manifest()
		for _, m := range all {
			if !m.Adds() {
				rt.Fatalf("the kept account: %+v", m)
			}
		}
		return err
	})
}

type member struct {
	o model.Object
	v fields
}

func (m member) says(fact string) string {
	if m.o == crm {
		return m.v[map[string]string{"phone": "Telephone", "city": "Town", "changed": "Modified"}[fact]]
	}
	return m.v[map[string]string{"phone": "phone", "city": "city", "changed": "updated"}[fact]]
}

// right is whose value counts, said in the plainest way.
func (w *oracle) right(fact string, all []member) string {
	name := map[model.Object]string{model.Contact: "main", crm: "crm", old: "old-desk"}
	for _, who := range append(slices.Clone(w.rule.Fields[fact]), w.rule.Rank...) {
		best := ""
		at := ""
		for _, m := range all {
			v := strings.TrimSpace(m.says(fact))
			switch {
			case v == "":
			case who == name[m.o]:
				return v
			case who == "newest" && m.says("changed") > at:
				best, at = v, m.says("changed")
			}
		}
		if best != "" {
			return best
		}
	}
	return ""
}

// plain: a winner that says the same as the survivor leaves its spelling.
func plain(fact, s string) string {
	if fact == "phone" {
		return strings.TrimPrefix(strings.NewReplacer(" ", "", "+", "").Replace(s), "00")
	}
	return strings.ToLower(strings.TrimSpace(s))
}
