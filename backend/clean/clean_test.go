package clean_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
)

var ann = model.Person{Name: "Ann", Role: "migration lead"}

var shapes = model.Schema{Objects: []model.ObjectSchema{
	{Object: model.Organization, Name: "name", Fields: []model.Field{{Name: "name", Type: model.Text}}},
	{Object: model.Contact, Name: "name", Fields: []model.Field{{Name: "name", Type: model.Text}, {Name: "email", Type: model.Email}, {Name: "phone", Type: model.Phone}}},
	{Object: model.Ticket, Name: "subject", Fields: []model.Field{{Name: "subject", Type: model.Text}, {Name: "status", Type: model.Option}, {Name: "opened", Type: model.DateTime}, {Name: "requester", Type: model.LinkType, To: []model.Object{model.Contact}}}},
	{Object: model.Message, Fields: []model.Field{{Name: "body", Type: model.LongText}, {Name: "ticket", Type: model.LinkType, To: []model.Object{model.Ticket}}}},
	{Object: model.Attachment, Name: "name", Fields: []model.Field{{Name: "name", Type: model.Text}, {Name: "message", Type: model.LinkType, To: []model.Object{model.Message}}}},
}}

type desk struct {
	t  testing.TB
	db *store.DB
}

func newDesk(t testing.TB) desk {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return desk{t, db}
}

func (d desk) write(fn func(*store.Tx) error) {
	d.t.Helper()
	if err := d.db.Write(context.Background(), fn); err != nil {
		d.t.Fatal(err)
	}
}

// stage reads an object: each record is id and fields; a field named as a link of the
// shape becomes one.
func (d desk) stage(o model.Object, broken []store.Broken, records ...map[string]string) {
	d.t.Helper()
	shape, _ := shapes.Object(o)
	p := store.Page{Object: o, Count: true, Broken: broken}
	for _, v := range records {
		r := model.Record{Key: model.Key{Object: o, ID: v["id"]}}
		for _, f := range shape.Fields {
			if f.Type == model.LinkType && v[f.Name] != "" {
				r.Links = append(r.Links, model.Link{Role: f.Name, To: []model.Ref{{Object: f.To[0], Value: v[f.Name]}}})
			}
		}
		b, err := json.Marshal(v)
		if err != nil {
			d.t.Fatal(err)
		}
		r.Raw = b
		p.Records = append(p.Records, r)
		p.Names = append(p.Names, v[shape.Name])
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

func (d desk) measure() {
	d.t.Helper()
	for _, s := range shapes.Objects {
		if _, err := profile.Run(context.Background(), d.db, s, job.New("test")); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d desk) rules() map[string]clean.Rule {
	d.t.Helper()
	all, err := clean.Rules(context.Background(), d.db, shapes)
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string]clean.Rule{}
	for _, r := range all {
		out[r.ID] = r
	}
	return out
}

func (d desk) apply(id string, settings map[string]string) (store.Decision, error) {
	return clean.Apply(context.Background(), d.db, shapes, id, settings, "", ann)
}

func (d desk) must(id string, settings map[string]string) store.Decision {
	d.t.Helper()
	dec, err := d.apply(id, settings)
	if err != nil {
		d.t.Fatalf("%s: %v", id, err)
	}
	return dec
}

// fates lists the ids of an object by fate.
func (d desk) fates(o model.Object, f model.Fate) []string {
	d.t.Helper()
	out := []string{}
	err := d.db.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: o, Fates: []model.Fate{f}}, 0, 1000)
		for _, r := range rows {
			out = append(out, r.Record.Key.ID)
		}
		m, merr := tx.Manifest()
		for _, x := range m {
			counted, cerr := tx.Recount(x.Object)
			if cerr != nil {
				return cerr
			}
			if counted.Target = x.Target; counted != x || !x.Adds() {
				return fmt.Errorf("kept %+v, counted %+v", x, counted)
			}
		}
		if err == nil {
			err = merr
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

func (d desk) expect(o model.Object, f model.Fate, ids ...string) {
	d.t.Helper()
	if ids == nil {
		ids = []string{}
	}
	sort.Strings(ids)
	if got := d.fates(o, f); !reflect.DeepEqual(got, ids) {
		d.t.Errorf("%s of %s: %v, want %v", f, o, got, ids)
	}
}

func v(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// house is a small desk with one of each kind of trouble.
func house(t testing.TB) desk {
	t.Helper()
	d := newDesk(t)
	d.stage(model.Organization, nil, v("id", "o1", "name", "Acme"), v("id", "o2", "name", " ACME "), v("id", "o3", "name", "Other"))
	d.stage(model.Contact, []store.Broken{{Place: "people.csv, line 9", Raw: []byte("torn"), Why: problem.New("file.row", "This row is broken.", "A quote is open.", "Repair it.")}},
		v("id", "c1", "name", "Ann Lee", "email", "ann@x.example", "phone", "1"), v("id", "c2", "name", "Lee, Ann", "email", " ANN@x.example"),
		v("id", "c3", "name", "Tom Baker", "email", "info@shop.example"), v("id", "c4", "name", "Maria Ruiz", "email", "info@shop.example"),
		v("id", "c5", "name", "A. Lee", "email", "ann@x.example"), v("id", "c6", "name", "Nobody"), v("id", "c7", "name", "No one"),
		v("id", "c1", "name", "Someone else", "email", "else@x.example"))
	d.stage(model.Ticket, nil,
		v("id", "t1", "subject", "Printer on fire", "status", "open", "opened", "2024-05-01 10:00:00", "requester", "c1"),
		v("id", "t2", "subject", "Win a prize", "status", "Spam", "opened", "2024-05-02 10:00:00", "requester", "c2"),
		v("id", "t3", "subject", "test", "status", "open", "opened", "2024-05-03 10:00:00", "requester", "c3"),
		v("id", "t4", "subject", "Testing the alarm failed in hall 3", "status", "open", "opened", "2010-05-03 10:00:00", "requester", "c3"),
		v("id", "t5", "subject", "Old", "status", "closed", "opened", "2014-12-30 23:00:00", "requester", "c3"),
		v("id", "t6", "subject", "Just young enough", "status", "closed", "opened", "2015-01-02 00:00:00", "requester", "c3"))
	d.stage(model.Message, nil, v("id", "m1", "ticket", "t1"), v("id", "m2", "ticket", "t2"), v("id", "m3", "ticket", "t2"), v("id", "m4", "ticket", "gone"), v("id", "m5", "ticket", "t5"))
	d.stage(model.Attachment, nil, v("id", "a1", "message", "m1", "name", "a.txt"), v("id", "a2", "message", "m2", "name", "b.txt"), v("id", "a3", "message", "gone", "name", "c.txt"), v("id", "a4", "message", "m4", "name", "d.txt"))
	d.write(func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Attachment, ID: "a1"})
		if err != nil {
			return err
		}
		return tx.PutFile(row.Seq, store.File{Name: "a.txt", Problem: problem.New("extract.file_missing", "Gone.", "Gone.", "Look.")})
	})
	d.measure()
	return d
}

func TestRules_eachKindHitsWhomItShould(t *testing.T) {
	for _, c := range []struct {
		id     string
		object model.Object
		count  int64
		fate   model.Fate
		ids    []string
	}{
		{"leave_out.contact.unreadable", model.Contact, 1, model.LeftOut, []string{"people.csv, line 9"}},
		{"leave_out.contact.repeated", model.Contact, 1, model.LeftOut, []string{"c1 (again 1)"}},
		{"merge.contact.email", model.Contact, 2, model.Merged, []string{"c2", "c5"}},
		{"merge.organization.name", model.Organization, 1, model.Merged, []string{"o2"}},
		{"leave_out.ticket.spam.status.Spam", model.Ticket, 1, model.LeftOut, []string{"t2"}},
		{"leave_out.ticket.test", model.Ticket, 1, model.LeftOut, []string{"t3"}},
		{"archive.ticket.older", model.Ticket, 1, model.Archived, []string{"t4"}},
		{"leave_out.message.hangs_on_nothing.ticket", model.Message, 1, model.LeftOut, []string{"m4"}},
		{"leave_out.attachment.hangs_on_nothing.message", model.Attachment, 1, model.LeftOut, []string{"a3"}},
		{"leave_out.attachment.no_content", model.Attachment, 1, model.LeftOut, []string{"a1"}},
	} {
		t.Run(c.id, func(t *testing.T) {
			d := house(t)
			settings := map[string]string(nil)
			if c.id == "archive.ticket.older" {
				settings = v("years", "11", "from", "2024-12-31")
			}
			r, ok := d.rules()[c.id]
			if !ok {
				t.Fatalf("the rule is not offered; there are %v", names(d.rules()))
			}
			if r.Count != c.count && settings == nil {
				t.Errorf("it says %d, want %d", r.Count, c.count)
			}
			if r.Title == "" || r.Why == "" || len(r.Examples) == 0 {
				t.Errorf("it does not say what it does: %+v", r)
			}
			hits, err := clean.Hits(context.Background(), d.db, shapes, c.id)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(hits)) != r.Count {
				t.Errorf("it says %d and opens %d records", r.Count, len(hits))
			}
			dec := d.must(c.id, settings)
			d.expect(c.object, c.fate, c.ids...)
			if dec.By != ann || dec.Why == "" {
				t.Errorf("the decision has no name or reason: %+v", dec)
			}
			if again := d.rules()[c.id]; again.Applied != dec.ID {
				t.Errorf("the rule does not show that it is in force: %+v", again)
			}
			if _, err := d.apply(c.id, settings); !problem.Is(err, "clean.applied") {
				t.Errorf("deciding twice: %v", err)
			}
			// Taken back, everything waits as before.
			before := house(t)
			d.write(func(tx *store.Tx) error { return tx.Undo(dec.ID, ann) })
			for _, o := range model.Known() {
				for _, f := range model.Fates() {
					if got, want := d.fates(o, f), before.fates(o, f); !reflect.DeepEqual(got, want) {
						t.Errorf("after taking it back, %s of %s: %v, want %v", f, o, got, want)
					}
				}
			}
			if again := d.rules()[c.id]; again.Applied != 0 || again.Count != r.Count {
				t.Errorf("after taking it back: %+v", again)
			}
		})
	}
}

func names(rules map[string]clean.Rule) []string {
	out := []string{}
	for id := range rules {
		out = append(out, id)
	}
	sort.Strings(out)
	return out
}

func TestApply_withATicketGoItsMessagesAndTheirAttachments(t *testing.T) {
	d := house(t)
	dec := d.must("leave_out.ticket.spam.status.Spam", nil)
	d.expect(model.Ticket, model.LeftOut, "t2")
	d.expect(model.Message, model.LeftOut, "m2", "m3")
	d.expect(model.Attachment, model.LeftOut, "a2")
	if dec.Count != 4 {
		t.Errorf("%d records decided, want the ticket, two messages and an attachment", dec.Count)
	}
	err := d.db.Read(context.Background(), func(tx *store.Tx) error {
		n, err := tx.DecisionCounts(dec.ID)
		if err == nil && (n[model.Ticket] != 1 || n[model.Message] != 2 || n[model.Attachment] != 1) {
			err = fmt.Errorf("by object: %v", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	// A message that hangs on nothing takes its attachment along too.
	d.must("leave_out.message.hangs_on_nothing.ticket", nil)
	d.expect(model.Attachment, model.LeftOut, "a2", "a4")
}

func TestApply_whatOneDecisionTookAnotherLeaves(t *testing.T) {
	d := house(t)
	first := d.must("archive.ticket.older", v("years", "9", "from", "2024-12-31"))
	d.expect(model.Ticket, model.Archived, "t4", "t5", "t6")
	d.expect(model.Message, model.Archived, "m5")
	d.must("leave_out.ticket.test", nil)
	d.expect(model.Ticket, model.LeftOut, "t3")
	d.write(func(tx *store.Tx) error { return tx.Undo(first.ID, ann) })
	d.expect(model.Ticket, model.Archived)
	d.expect(model.Ticket, model.LeftOut, "t3")
	d.expect(model.Message, model.Archived)
}

// P-29: people who share an address, as in a shop's info@, are not the same person.
func TestMerge_P29_distinctPeopleWithOneAddressStayApart(t *testing.T) {
	d := house(t)
	d.must("merge.contact.email", nil)
	d.expect(model.Contact, model.Merged, "c2", "c5")
	got := d.fates(model.Contact, model.Pending)
	if s := strings.Join(got, " "); !strings.Contains(s, "c3") || !strings.Contains(s, "c4") || !strings.Contains(s, "c6") || !strings.Contains(s, "c7") {
		t.Errorf("of the contacts wait %v, want c3, c4 and those without an address among them", got)
	}
	err := d.db.Read(context.Background(), func(tx *store.Tx) error {
		into, err := tx.Record(model.Key{Object: model.Contact, ID: "c1"})
		if err != nil {
			return err
		}
		for _, id := range []string{"c2", "c5"} {
			row, err := tx.Record(model.Key{Object: model.Contact, ID: id})
			if err != nil {
				return err
			}
			if row.Survivor != into.Seq {
				t.Errorf("%s lives on in %d, want c1, which says most", id, row.Survivor)
			}
		}
		// Links to those that were merged lead to the one that lives on.
		spots, err := tx.Resolve([]model.Ref{{Object: model.Contact, Value: "c2"}}, 0)
		if err == nil && spots[model.Ref{Object: model.Contact, Value: "c2"}].Seq != into.Seq {
			err = fmt.Errorf("a link to c2 leads to %+v", spots)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMerge_intoWhatIsInTheTargetAndNeverIntoWhatIsHeld(t *testing.T) {
	d := newDesk(t)
	d.stage(model.Contact, nil,
		v("id", "held", "name", "Ann", "email", "a@x.example", "phone", "1", "city", "Rome"), v("id", "free", "name", "Ann", "email", "a@x.example"),
		v("id", "full", "name", "Bob", "email", "b@x.example", "phone", "1", "city", "Rome"), v("id", "moved", "name", "Bob", "email", "b@x.example"))
	d.write(func(tx *store.Tx) error {
		_, err := tx.HoldPlanned([]store.PlanItem{{Seq: 1, Problems: []*problem.Problem{problem.New("x", "What.", "Why.", "Next.")}}})
		if err != nil {
			return err
		}
		if err := tx.Intend(1, model.Contact, model.Contact, []store.Intent{{Seq: 4, Mark: "m"}}); err != nil {
			return err
		}
		return tx.Settle(1, model.Contact, []store.Settlement{{Seq: 4, State: store.LedgerCreated, ID: "77"}})
	})
	d.measureOne(model.Contact)
	d.must("merge.contact.email", nil)
	d.expect(model.Contact, model.Merged, "full", "held")
	d.expect(model.Contact, model.Moved, "moved")
	d.expect(model.Contact, model.Pending, "free")
}

func (d desk) measureOne(o model.Object) {
	d.t.Helper()
	s, _ := shapes.Object(o)
	if _, err := profile.Run(context.Background(), d.db, s, job.New("test")); err != nil {
		d.t.Fatal(err)
	}
}

func TestApply_settingsThatMakeNoSense(t *testing.T) {
	d := house(t)
	for _, c := range []struct {
		name     string
		settings map[string]string
		code     problem.Code
		field    string
	}{
		{"no number", v("years", "ten"), "clean.years", "years"},
		{"no years", v("years", "0"), "clean.years", "years"},
		{"too many", v("years", "101"), "clean.years", "years"},
		{"a fraction", v("years", "1.5"), "clean.years", "years"},
		{"empty", v("years", ""), "clean.years", "years"},
		{"no date", v("from", "yesterday"), "clean.from", "from"},
		{"no such date", v("from", "2024-02-31"), "clean.from", "from"},
		{"nothing that old", v("years", "90"), "clean.none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := d.apply("archive.ticket.older", c.settings)
			if !problem.Is(err, c.code) {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if p := problem.From(err); p.Where.Field != c.field {
				t.Errorf("it points to the field %q, want %q", p.Where.Field, c.field)
			}
		})
	}
	if _, err := d.apply("no.such.rule", nil); !problem.Is(err, "clean.none") {
		t.Errorf("an unknown rule: %v", err)
	}
	d.expect(model.Ticket, model.Archived)
}

func TestRules_heldRecordsCanBeLeftOutByTheirRepair(t *testing.T) {
	d := house(t)
	why := problem.New("transform.too_long", "The subject is too long.", "The target would refuse it.", "Shorten it.").At(problem.Place{Field: "subject"})
	other := problem.New("transform.too_long", "The status is too long.", "The target would refuse it.", "Shorten it.").At(problem.Place{Field: "status"})
	d.write(func(tx *store.Tx) error {
		a, err := tx.Record(model.Key{Object: model.Ticket, ID: "t1"})
		if err != nil {
			return err
		}
		b, err := tx.Record(model.Key{Object: model.Ticket, ID: "t6"})
		if err != nil {
			return err
		}
		_, err = tx.HoldPlanned([]store.PlanItem{{Seq: a.Seq, Problems: []*problem.Problem{why}}, {Seq: b.Seq, Problems: []*problem.Problem{other}}})
		return err
	})
	id := clean.HeldRule(model.Ticket, "transform.too_long", "subject")
	if r, ok := d.rules()[id]; !ok || r.Count != 1 {
		t.Fatalf("the rule %s: %+v", id, r)
	}
	dec := d.must(id, nil)
	d.expect(model.Ticket, model.LeftOut, "t1")
	d.expect(model.Ticket, model.Held, "t6")
	if r := d.rules()[id]; r.Applied != dec.ID {
		t.Errorf("in force it is not shown: %+v", r)
	}
	d.write(func(tx *store.Tx) error { return tx.Undo(dec.ID, ann) })
	d.expect(model.Ticket, model.Held, "t1", "t6")
	err := d.db.Read(context.Background(), func(tx *store.Tx) error {
		a, err := tx.Record(model.Key{Object: model.Ticket, ID: "t1"})
		if err != nil {
			return err
		}
		held, err := tx.WhyHeld(a.Seq)
		if err == nil && (len(held) != 1 || held[0].Problem.Code != why.Code) {
			err = fmt.Errorf("held again, but why: %+v", held)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Where no ticket says when it was opened, none is offered as too old, and the other rules are there.
func TestRules_withoutDatesNothingIsOld(t *testing.T) {
	d := newDesk(t)
	d.stage(model.Ticket, nil, v("id", "1", "subject", "test", "opened", ""), v("id", "2", "subject", "Printer", "opened", ""))
	d.measure()
	all := d.rules()
	if _, ok := all["archive.ticket.older"]; ok {
		t.Error("tickets without a date are offered as old")
	}
	if _, ok := all["leave_out.ticket.test"]; !ok {
		t.Errorf("the other rules are missing: %v", names(all))
	}
}
