package clean_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

func (d desk) seek() clean.Search {
	d.t.Helper()
	s, err := clean.Seek(context.Background(), d.db, shapes, model.Contact, false, ann, job.New("seek"))
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d desk) groups(f store.AlikeFilter) []clean.Review {
	d.t.Helper()
	f.Object = model.Contact
	out := []clean.Review{}
	d.read(func(tx *store.Tx) error {
		all, err := tx.AlikeGroups(f, 0, 1000)
		if err != nil {
			return err
		}
		for _, g := range all {
			r, err := clean.Look(tx, shapes, g.ID)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out
}

func (d desk) read(fn func(*store.Tx) error) {
	d.t.Helper()
	if err := d.db.Read(context.Background(), fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) no(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// program makes drafts of everything as it is, with all that was decided.
func (d desk) program() *transform.Program {
	d.t.Helper()
	v := mapping.Version{}
	for _, o := range shapes.Objects {
		m := mapping.ObjectMap{Source: o.Object, Target: o.Object}
		for _, f := range o.Fields {
			m.Fields = append(m.Fields, mapping.FieldMap{Target: f.Name, Rule: mapping.Copy, Sources: []string{f.Name}})
		}
		v.Objects = append(v.Objects, m)
	}
	dst := model.Schema{}
	for _, o := range shapes.Objects {
		if o.Object == model.Contact {
			o.Fields = append(slices.Clone(o.Fields), model.Field{Name: "notes", Type: model.LongText})
		}
		dst.Objects = append(dst.Objects, o)
	}
	p, _ := transform.Compile(v, shapes, dst)
	d.read(func(tx *store.Tx) error { return clean.Install(tx, shapes, p) })
	return p
}

// drafts gives what would be sent of each record.
func (d desk) drafts() map[string]string {
	d.t.Helper()
	p, out := d.program(), map[string]string{}
	d.read(func(tx *store.Tx) error {
		for _, o := range shapes.Objects {
			rows, err := tx.Records(store.Filter{Object: o.Object}, 0, 10_000)
			if err != nil {
				return err
			}
			if err := tx.Links(rows); err != nil {
				return err
			}
			for _, r := range rows {
				draft, found := p.Apply(r.Record)
				b, err := json.Marshal([]any{draft, len(found), r.Fate, r.Survivor})
				if err != nil {
					return err
				}
				out[string(o.Object)+"/"+r.Record.Key.ID] = string(b)
			}
		}
		return nil
	})
	return out
}

func (d desk) accounts() (out []model.Manifest) {
	d.t.Helper()
	d.read(func(tx *store.Tx) (err error) {
		out, err = tx.Manifest()
		return err
	})
	return out
}

// raw is all that the source gave, byte for byte.
func (d desk) raw() []byte {
	d.t.Helper()
	var out bytes.Buffer
	d.read(func(tx *store.Tx) error {
		for _, o := range shapes.Objects {
			rows, err := tx.Records(store.Filter{Object: o.Object}, 0, 10_000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				out.Write(r.Record.Raw)
			}
		}
		return nil
	})
	return out.Bytes()
}

// twins stages people of whom some are there twice, with tickets.
func twins(t testing.TB) desk {
	d := newDesk(t)
	people := []map[string]string{
		{"id": "1", "name": "Anna Bergmann", "email": "anna@one.example", "phone": ""},
		{"id": "2", "name": "ANNA BERGMANN", "email": "Anna+shop@one.example", "phone": "+49 89 5550199"},
		{"id": "3", "name": "Bergmann, Anna", "email": "a.bergmann@two.example", "phone": "089 5550199"},
		{"id": "4", "name": "Maria Silva", "email": "casa@home.example", "phone": ""},
		{"id": "5", "name": "Otto Quittenbaum", "email": "casa@home.example", "phone": ""},
		{"id": "6", "name": "  Zoë  Quill ", "email": "Zoe Quill <ZOE@quill.example>", "phone": "030 901820"},
	}
	for i := range 200 {
		people = append(people, map[string]string{"id": fmt.Sprint(100 + i), "name": fmt.Sprintf("P%c%cx Q%c%cz", 'a'+i%26, 'a'+i/26, 'a'+i*7%26, 'a'+i*5%26), "email": fmt.Sprintf("u%d@many%d.example", i*31, i)})
	}
	d.stage(model.Contact, nil, people...)
	tickets := []map[string]string{}
	for i := range 12 {
		tickets = append(tickets, map[string]string{"id": fmt.Sprint(i + 1), "subject": fmt.Sprintf("Question %d", i), "status": []string{"closed", "open", "spam"}[i%3], "opened": fmt.Sprintf("%d-05-01T00:00:00Z", 2010+i), "requester": fmt.Sprint(i%7 + 1)})
	}
	d.stage(model.Ticket, nil, tickets...)
	d.stage(model.Message, nil, map[string]string{"id": "1", "body": "<p>Hello</p>", "ticket": "1"}, map[string]string{"id": "2", "body": "Bye", "ticket": "3"})
	d.measure()
	return d
}

// P-28: duplicates are shown side by side, merged with all they bring, and can be undone.
func TestP28_DuplicatesAreReviewedMergedAndTakenBack(t *testing.T) {
	d := twins(t)
	before, accounts, raw := d.drafts(), d.accounts(), d.raw()
	s := d.seek()
	if s.Records != 206 || len(s.Counts) == 0 || !slices.Contains(s.Fields, "email") {
		t.Fatalf("the search says %+v", s)
	}
	all := d.groups(store.AlikeFilter{})
	at := slices.IndexFunc(all, func(r clean.Review) bool { return r.Members[0].Key.ID == "1" })
	if at < 0 || len(all[at].Members) != 3 {
		t.Fatalf("Anna is there three times: %+v", all)
	}
	g := all[at]
	if g.Reason == "" || g.Members[0].Survivor || len(g.Members[0].Why) == 0 || g.Members[0].Links != 2 {
		t.Errorf("who survives, why, and what hangs on the others is shown: %+v", g)
	}
	if !reflect.DeepEqual(g.Addresses, []string{"a.bergmann@two.example", "anna@one.example"}) {
		t.Errorf("all addresses are kept: %v", g.Addresses)
	}
	// A person says whose name it is.
	d.no(clean.Choose(t.Context(), d.db, g.ID, 0, map[string]int64{"name": g.Members[0].Seq}))
	dec, err := clean.Accept(t.Context(), d.db, shapes, g.ID, "Seen by Ann.", ann)
	d.no(err)
	if dec.Count != 2 {
		t.Errorf("two live on in the third: %+v", dec)
	}
	after := d.drafts()
	if x := after["contact/2"]; !strings.Contains(x, `"name":"Anna Bergmann"`) || !strings.Contains(x, "Further addresses: a.bergmann@two.example, anna@one.example") || !strings.Contains(x, "5550199") {
		t.Errorf("the survivor has the chosen name and every address: %s", x)
	}
	d.read(func(tx *store.Tx) error {
		ref := model.Ref{Object: model.Contact, Value: "1"}
		spots, err := tx.Resolve([]model.Ref{ref}, 0)
		if err != nil || spots[ref].Seq != g.Survivor {
			t.Errorf("the tickets of those who were merged go to the survivor: %+v, %v", spots, err)
		}
		return nil
	})
	// What was said stays when they are looked for again.
	d.seek()
	if got := d.groups(store.AlikeFilter{State: store.AlikeMerged}); len(got) != 1 || got[0].Why != "Seen by Ann." || got[0].By != ann {
		t.Errorf("the mark is lost: %+v", got)
	}
	d.no(clean.Reopen(t.Context(), d.db, g.ID, ann))
	if !reflect.DeepEqual(d.drafts(), before) || !reflect.DeepEqual(d.accounts(), accounts) || !bytes.Equal(d.raw(), raw) {
		t.Error("taken back, everything is as it was")
	}
	if err := clean.Reopen(t.Context(), d.db, g.ID, ann); !problem.Is(err, "clean.open") {
		t.Errorf("an open group cannot be opened: %v", err)
	}
}

func TestReview_oneIsTakenOut(t *testing.T) {
	d := twins(t)
	d.seek()
	g := d.groups(store.AlikeFilter{})[0]
	if len(g.Members) < 3 {
		t.Fatalf("the surest group has three: %+v", g)
	}
	d.no(clean.Exclude(t.Context(), d.db, g.ID, g.Survivor, true))
	now := d.groups(store.AlikeFilter{})[0]
	if now.Survivor == g.Survivor || len(now.Addresses) != 1 {
		t.Errorf("who is taken out neither survives nor leaves an address: %+v", now)
	}
	dec, err := clean.Accept(t.Context(), d.db, shapes, g.ID, "", ann)
	if d.no(err); dec.Count != 1 {
		t.Errorf("one is merged: %+v", dec)
	}
	// Whom a person took out is not asked about again.
	d.seek()
	for _, r := range d.groups(store.AlikeFilter{State: store.AlikeOpen}) {
		for _, m := range r.Members {
			if m.Seq == g.Survivor && !m.Out {
				t.Errorf("it is asked again: %+v", r)
			}
		}
	}
	if err := clean.Exclude(t.Context(), d.db, g.ID, g.Survivor, false); !problem.Is(err, "clean.reviewed") {
		t.Errorf("a reviewed group is not changed: %v", err)
	}
}

// P-29: two in one house are shown as different; what a person says about them stays.
func TestP29_DifferentPeopleStayApart(t *testing.T) {
	d := twins(t)
	d.seek()
	got := d.groups(store.AlikeFilter{Band: "different"})
	if len(got) != 1 || got[0].Members[0].Key.ID != "4" {
		t.Fatalf("those who share an address are shown: %+v", got)
	}
	d.no(clean.Apart(t.Context(), d.db, got[0].ID, "A couple.", ann))
	d.seek()
	if got := d.groups(store.AlikeFilter{Band: "different", State: store.AlikeOpen}); len(got) != 0 {
		t.Errorf("it is asked again: %+v", got)
	}
	if dec, err := clean.AcceptSure(t.Context(), d.db, shapes, model.Contact, "", ann); err != nil || dec.Count == 0 {
		t.Errorf("the sure ones are merged at once: %+v, %v", dec, err)
	}
	for _, r := range d.groups(store.AlikeFilter{State: store.AlikeMerged}) {
		if r.Band != "sure" {
			t.Errorf("merged without having been asked: %+v", r)
		}
	}
	if _, err := clean.AcceptSure(t.Context(), d.db, shapes, model.Contact, "", ann); !problem.Is(err, "clean.none") {
		t.Errorf("a second time there is nothing: %v", err)
	}
}

// Whatever was decided, in whatever order, and taken back in whatever order: the accounts and
// the drafts are as they were, and the records were never touched.
func TestProperty_undoRestoresEverything(t *testing.T) {
	rounds := 12
	if testing.Short() || raceEnabled {
		rounds = 3
	}
	for seed := range rounds {
		d := twins(t)
		r := rand.New(rand.NewPCG(uint64(seed), 1)) //nolint:gosec // the same decisions each time
		before, accounts, raw := d.drafts(), d.accounts(), d.raw()
		d.seek()
		specs := []clean.Spec{
			{Object: model.Contact, Does: store.Correct, Field: "name", How: clean.HowTrim},
			{Object: model.Contact, Does: store.Correct, Field: "name", How: clean.HowCase, Settings: map[string]string{"to": "title"}},
			{Object: model.Contact, Does: store.Correct, Field: "email", How: clean.HowEmail},
			{Object: model.Contact, Does: store.Correct, Field: "phone", How: clean.HowPhone, Settings: map[string]string{"country": "DE", "format": "e164"}},
			{Object: model.Message, Does: store.Correct, Field: "body", How: clean.HowPlain},
			{Object: model.Ticket, Does: store.Correct, Field: "status", How: clean.HowReplace, Settings: map[string]string{"values": `{"closed":"solved"}`}},
			{Object: model.Ticket, Does: store.Correct, Field: "requester", How: clean.HowOwner, Settings: map[string]string{"to": "contact/1"}},
			{Object: model.Ticket, Does: clean.Archive, Where: []clean.Condition{{Field: "opened", Op: "before", Value: "2014-01-01"}, {Field: "status", Op: "is", Value: "closed"}}},
			{Object: model.Ticket, Does: clean.LeaveOut, Where: []clean.Condition{{Field: "status", Op: "is", Value: "spam"}}},
		}
		for range 14 {
			switch k := r.IntN(4); k {
			case 0:
				if g := d.groups(store.AlikeFilter{State: store.AlikeOpen}); len(g) > 0 {
					_, err := clean.Accept(t.Context(), d.db, shapes, g[r.IntN(len(g))].ID, "", ann)
					d.maybe(err, "clean.none")
				}
			case 1:
				if g := d.groups(store.AlikeFilter{State: store.AlikeMerged}); len(g) > 0 && r.IntN(2) == 0 {
					d.no(clean.Reopen(t.Context(), d.db, g[r.IntN(len(g))].ID, ann))
				}
				_, err := clean.AcceptSure(t.Context(), d.db, shapes, model.Contact, "", ann)
				d.maybe(err, "clean.none")
			default:
				_, err := clean.Make(t.Context(), d.db, shapes, specs[r.IntN(len(specs))], "Because.", ann)
				d.maybe(err, "clean.none")
			}
		}
		var open []int64
		d.read(func(tx *store.Tx) error {
			all, err := tx.Decisions()
			for _, x := range all {
				if x.UndoneAt == "" {
					open = append(open, x.ID)
				}
			}
			return err
		})
		if len(open) == 0 || reflect.DeepEqual(d.drafts(), before) {
			t.Fatalf("seed %d decided nothing", seed)
		}
		for _, m := range d.accounts() {
			if !m.Adds() {
				t.Errorf("seed %d: the accounts do not balance: %+v", seed, m)
			}
		}
		r.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
		for _, id := range open {
			d.write(func(tx *store.Tx) error { return tx.Undo(id, ann) })
		}
		if !reflect.DeepEqual(d.drafts(), before) || !reflect.DeepEqual(d.accounts(), accounts) {
			t.Errorf("seed %d: something is left of what was taken back", seed)
		}
		if !bytes.Equal(d.raw(), raw) {
			t.Errorf("seed %d: a record was edited", seed)
		}
		d.read(func(tx *store.Tx) error {
			left, err := tx.Fixes()
			if len(left) > 0 {
				t.Errorf("seed %d: fixes are left: %+v", seed, left)
			}
			return err
		})
	}
}

func (d desk) maybe(err error, code problem.Code) {
	d.t.Helper()
	if err != nil && !problem.Is(err, code) {
		d.t.Fatal(err)
	}
}
