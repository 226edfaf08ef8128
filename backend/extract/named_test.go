package extract_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/store"
)

// small fills a desk with a customer, a ticket of theirs and a file, under the given name.
func small(name string) *twin {
	d := newTwin()
	d.pages[model.Contact] = []connector.Page{{Records: []model.Record{rec(model.Contact, "1", `{"name":"`+name+`","email":"a@x.example"}`)}}}
	d.pages[model.Ticket] = []connector.Page{
		{Records: []model.Record{rec(model.Ticket, "1", `{"subject":"`+name+` 1"}`, model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, By: "email", Value: "a@x.example"}}})}},
		{Records: []model.Record{rec(model.Ticket, "2", `{"subject":"`+name+` 2"}`, model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, Value: "1"}}})}},
	}
	d.pages[model.Attachment] = []connector.Page{{Records: []model.Record{rec(model.Attachment, "1", `{"file":"f","name":"f.txt"}`, model.Link{Role: "ticket", To: []model.Ref{{Object: model.Ticket, Value: "1"}}})}}}
	d.files["f"] = "content of " + name
	return d
}

// the same numbers in two sources are different records, each with the links, the
// content and the accounts of its own source.
func TestTwoSourcesWithTheSameNumbersStayApart(t *testing.T) {
	h := newHouse(t)
	h.must(t, small("desk"))
	h.must(t, connector.Named("crm", small("crm")))
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		for _, source := range []string{"", "crm"} {
			name := map[string]string{"": "desk", "crm": "crm"}[source]
			for id, n := range map[string]string{"1": " 1", "2": " 2"} {
				row, err := tx.Record(model.Key{Object: model.Ticket.From(source), ID: id})
				if err != nil {
					return err
				}
				if want := `{"subject":"` + name + n + `"}`; string(row.Record.Raw) != want {
					t.Errorf("ticket %s of %q is %s", id, source, row.Record.Raw)
				}
				spots, err := tx.Resolve(row.Record.Links[0].To, 0)
				if err != nil {
					return err
				}
				s, ok := spots[row.Record.Links[0].To[0]]
				if !ok || s.Object != model.Contact.From(source) || s.Name != name {
					t.Errorf("ticket %s of %q belongs to %+v", id, source, s)
				}
			}
			row, err := tx.Record(model.Key{Object: model.Attachment.From(source), ID: "1"})
			if err != nil {
				return err
			}
			f, ok, err := tx.File(row.Seq)
			if err != nil || !ok {
				t.Fatalf("the file of %q: %v %v", source, ok, err)
			}
			r, err := h.files.Open(f.Hash)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			_, err = b.ReadFrom(r)
			if err := errors.Join(err, r.Close()); err != nil || b.String() != "content of "+name {
				t.Errorf("the content of %q is %q, %v", source, b.String(), err)
			}
		}
		all, err := tx.Manifest()
		for _, m := range all {
			want := map[model.Object]int64{model.Contact: 1, model.Ticket: 2, model.Attachment: 1}[m.Object.Kind()]
			if m.Source != want || !m.Adds() {
				t.Errorf("account %+v", m)
			}
		}
		if len(all) != 6 {
			t.Errorf("%d accounts, want 6", len(all))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The reading of a further source that broke off goes on where it stopped, and the main
// source is not touched by it.
func TestAFurtherSourceGoesOnWhereItStopped(t *testing.T) {
	h := newHouse(t)
	h.must(t, small("desk"))
	crm := small("crm")
	crm.breakAt = 1 // of the tickets: the contacts have one page only
	if _, err := h.run(context.Background(), connector.Named("crm", crm)); !errors.Is(err, errBroke) {
		t.Fatalf("it did not break off: %v", err)
	}
	crm.asked = nil
	h.must(t, connector.Named("crm", crm))
	if crm.asked[1] != "ticket@1" {
		t.Errorf("it began from %v", crm.asked)
	}
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		for o, want := range map[model.Object]int64{model.Ticket: 2, model.Ticket.From("crm"): 2} {
			m, err := tx.Recount(o)
			if err != nil {
				return err
			}
			r, err := tx.Reading(o)
			if err != nil {
				return err
			}
			if m.Source != want || !r.Done || r.Pass != 1 {
				t.Errorf("%s: %d records, pass %d, done %v", o, m.Source, r.Pass, r.Done)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A further source that tells its changes is asked for nothing else, under its own names.
func TestAFurtherSourceTellsItsChanges(t *testing.T) {
	h := newHouse(t)
	d := &changing{twin: small("crm")}
	from := connector.Named("crm", d)
	if _, ok := from.(connector.Changer); !ok {
		t.Fatal("the ability was lost")
	}
	if _, ok := from.(connector.Filer); !ok {
		t.Fatal("the files were lost")
	}
	if _, ok := connector.Named("crm", small("crm")).(connector.Changer); ok {
		t.Fatal("an ability came out of nothing")
	}
	h.must(t, from)
	err := from.(connector.Changer).Changes(context.Background(), model.Ticket.From("crm"), "", func(p connector.Page) error {
		if k := p.Records[0].Key; k.Object != "ticket@crm" || k.ID != "1" {
			t.Errorf("changed: %+v", k)
		}
		return nil
	})
	if err != nil || d.object != model.Ticket {
		t.Errorf("the desk was asked for %s: %v", d.object, err)
	}
}

// changing is a desk that tells its changes.
type changing struct {
	*twin
	object model.Object
}

func (d *changing) Now(context.Context, model.Object) (connector.Cursor, error) { return "now", nil }

func (d *changing) Changes(_ context.Context, o model.Object, _ connector.Cursor, each func(connector.Page) error) error {
	d.object = o
	return each(connector.Page{Records: d.pages[o][0].Records, Next: "later"})
}
