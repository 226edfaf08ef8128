package extract_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// teller is a desk in memory that also tells its changes: page by page, by their number.
type teller struct {
	*twin
	feed    map[model.Object][]connector.Page
	breakIn int // the page of a feed before which the line goes dead, once
	expired bool
	fed     []string
}

func newTeller() *teller {
	return &teller{twin: newTwin(), feed: map[model.Object][]connector.Page{}, breakIn: -1}
}

func (d *teller) Now(_ context.Context, o model.Object) (connector.Cursor, error) {
	return connector.Cursor("c" + strconv.Itoa(len(d.feed[o]))), nil
}

func (d *teller) Changes(_ context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	d.fed = append(d.fed, string(o)+"@"+string(from))
	if d.expired {
		d.expired = false
		return problem.New(connector.CodeCursor, "That is too long ago.", "", "Read again.")
	}
	i, err := strconv.Atoi(string(from[1:]))
	if err != nil {
		return err
	}
	for ; i < len(d.feed[o]); i++ {
		if i == d.breakIn {
			d.breakIn = -1
			return errBroke
		}
		p := d.feed[o][i]
		p.Next = connector.Cursor("c" + strconv.Itoa(i+1))
		if err := each(p); err != nil {
			return err
		}
	}
	return nil
}

// tells adds a page to the feed of an object.
func (d *teller) tells(o model.Object, p connector.Page) { d.feed[o] = append(d.feed[o], p) }

func (h house) changes(t *testing.T, from connector.Connector, objects ...model.Object) (map[model.Object]extract.Result, error) {
	t.Helper()
	all, err := extract.Changes(context.Background(), h.db, h.files, from, objects, job.New("changes"))
	out := map[model.Object]extract.Result{}
	for _, r := range all {
		out[r.Object] = r
	}
	return out, err
}

func (h house) write(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := h.db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// sent makes records be in the target, as a run would have.
func (h house) sent(t *testing.T, keys ...model.Key) {
	t.Helper()
	h.write(t, func(tx *store.Tx) error {
		for _, k := range keys {
			row, err := tx.Record(k)
			if err != nil {
				return err
			}
			mark := model.Mark("m:" + string(k.Object) + k.ID)
			if err := tx.Intend(1, k.Object, k.Object, []store.Intent{{Seq: row.Seq, Mark: mark, Draft: []byte("d")}}); err != nil {
				return err
			}
			if err := tx.Settle(1, k.Object, []store.Settlement{{Seq: row.Seq, State: store.LedgerCreated, ID: "T" + k.ID, Version: "1"}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func key(o model.Object, id string) model.Key { return model.Key{Object: o, ID: id} }

// open lists the changes of an object as "id how".
func (h house) open(t *testing.T, o model.Object) []string {
	t.Helper()
	out := []string{}
	h.write(t, func(tx *store.Tx) error {
		all, err := tx.Changes(o, 0, 1000)
		for _, c := range all {
			out = append(out, c.Line.Source+" "+c.How)
		}
		return err
	})
	return out
}

func (h house) fate(t *testing.T, k model.Key) (fate string) {
	t.Helper()
	h.write(t, func(tx *store.Tx) error {
		row, err := tx.Record(k)
		if err != nil {
			fate = "not here"
			return nil //nolint:nilerr // that is the answer
		}
		fate = row.Fate.String()
		return nil
	})
	return fate
}

func (h house) addsUp(t *testing.T) {
	t.Helper()
	h.write(t, func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			counted, err := tx.Recount(m.Object)
			if err != nil {
				return err
			}
			if counted.Target = m.Target; counted != m || !m.Adds() {
				t.Errorf("kept %+v, counted %+v", m, counted)
			}
		}
		return nil
	})
}

func one(r ...model.Record) []connector.Page { return []connector.Page{{Records: r}} }

func TestP78_TheDeltaBeginsWhereTheUnfinishedPassBegan(t *testing.T) {
	h, d := newHouse(t), newTeller()
	o := model.Contact
	d.pages[o] = []connector.Page{{Records: []model.Record{rec(o, "1", `{"n":1}`)}}, {Records: []model.Record{rec(o, "2", `{"n":1}`)}}}
	d.breakAt = 1
	if _, err := h.changes(t, d, o); err == nil {
		t.Fatal("the line did not go dead")
	}
	// While the pass stands still, record 1 changes; then the pass goes on behind it.
	d.tells(o, connector.Page{Records: []model.Record{rec(o, "1", `{"n":2}`)}})
	got, err := h.changes(t, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.New != 1 || r.Changed != 1 {
		t.Errorf("%+v, want the second page and the change of the first", r)
	}
	if !slices.Equal(d.fed, []string{"contact@c0"}) {
		t.Errorf("the changes were read from %v, want from where the pass began", d.fed)
	}
	// From then on only the changes are asked for.
	d.asked = nil
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	if len(d.asked) > 0 || d.fed[1] != "contact@c1" {
		t.Errorf("whole readings %v, changes %v", d.asked, d.fed)
	}
}

func TestP03_AFeedThatRepeatsOrBreaksOffGivesTheSameStage(t *testing.T) {
	h, d := newHouse(t), newTeller()
	o := model.Contact
	d.pages[o] = one(rec(o, "1", `{"n":1}`), rec(o, "2", `{"n":1}`))
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	h.sent(t, key(o, "1"), key(o, "2"))
	changed := connector.Page{Records: []model.Record{rec(o, "1", `{"n":2}`)}, Gone: []connector.Gone{{ID: "2", How: connector.GoneDeleted}}}
	d.tells(o, changed)
	d.tells(o, changed)
	d.tells(o, connector.Page{Records: []model.Record{rec(o, "3", `{"n":1}`)}})
	d.breakIn = 2
	if _, err := h.changes(t, d, o); err == nil {
		t.Fatal("the line did not go dead")
	}
	if got := h.open(t, o); !slices.Equal(got, []string{"1 changed", "2 deleted"}) {
		t.Fatalf("after the break: %v", got)
	}
	got, err := h.changes(t, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.New != 1 || r.Changed != 0 || d.fed[len(d.fed)-1] != "contact@c2" {
		t.Errorf("it went on with %+v from %v", r, d.fed)
	}
	// Both are back as they were written: nothing is left to do.
	d.tells(o, connector.Page{Records: []model.Record{rec(o, "1", `{"n":1}`), rec(o, "2", `{"n":1}`)}})
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	if got := h.open(t, o); len(got) != 0 {
		t.Errorf("still open: %v", got)
	}
	h.addsUp(t)
}

func TestP79_WhatIsGoneAtTheSourceIsAccountedFor(t *testing.T) {
	h, d := newHouse(t), newTeller()
	o := model.Contact
	d.pages[o] = one(rec(o, "sent", `{}`), rec(o, "merged", `{}`), rec(o, "waits", `{}`), rec(o, "left", `{}`), rec(o, "redacted", `{"n":"x"}`), rec(o, "same", `{}`))
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	h.sent(t, key(o, "sent"), key(o, "merged"), key(o, "redacted"), key(o, "same"))
	h.write(t, func(tx *store.Tx) error {
		row, err := tx.Record(key(o, "left"))
		if err != nil {
			return err
		}
		_, err = tx.Decide(store.Decision{Rule: "r", Does: "leave_out", Object: o}, model.LeftOut, []store.Hit{{Seq: row.Seq}})
		return err
	})
	d.tells(o, connector.Page{
		Records: []model.Record{rec(o, "redacted", `{"n":"[redacted]"}`)},
		Gone: []connector.Gone{
			{ID: "sent", How: connector.GoneDeleted},
			{ID: "merged", How: connector.GoneMerged, Into: "same"},
			{ID: "waits", How: connector.GoneDeleted},
			{ID: "left", How: connector.GoneDeleted},
			{ID: "redacted", How: connector.GoneRedacted},
			{ID: "never seen", How: connector.GoneDeleted},
		},
	})
	got, err := h.changes(t, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.Deleted != 1 || r.Merged != 1 || r.Redacted != 1 || r.Gone != 1 || r.Decided != 1 || r.Changed != 1 {
		t.Errorf("%+v", r)
	}
	if got := h.open(t, o); !slices.Equal(got, []string{"sent deleted", "merged merged", "redacted redacted"}) {
		t.Errorf("open: %v", got)
	}
	for id, want := range map[string]string{"sent": "moved", "waits": "not here", "left": "left_out", "same": "moved"} {
		if got := h.fate(t, key(o, id)); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	h.addsUp(t)
	// After a rollback nothing is left of what is gone in both desks.
	h.write(t, func(tx *store.Tx) error {
		row, err := tx.Record(key(o, "sent"))
		if err != nil {
			return err
		}
		if err := tx.TakeBack(1, o, []int64{row.Seq}, nil); err != nil {
			return err
		}
		n, err := tx.ForgetGone()
		if n != 1 {
			t.Errorf("%d were forgotten, want 1", n)
		}
		return err
	})
	if got := h.fate(t, key(o, "sent")); got != "not here" {
		t.Errorf("sent and taken back: %s", got)
	}
	h.addsUp(t)
}

// A source of export files has no account of its changes; read again as a whole it
// gives the same one.
func TestP79_ASourceWithoutChangesGivesTheSameAccounts(t *testing.T) {
	h, d := newHouse(t), newTwin()
	o := model.Contact
	d.pages[o] = one(rec(o, "a", `{"n":1}`), rec(o, "b", `{"n":1}`), rec(o, "c", `{"n":1}`), rec(o, "waits", `{}`))
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	h.sent(t, key(o, "a"), key(o, "b"), key(o, "c"))
	d.pages[o] = one(rec(o, "b", `{"n":2}`), rec(o, "c", `{"n":1}`), rec(o, "new", `{}`))
	for round := range 2 { // the second finds nothing more
		got, err := h.changes(t, d, o)
		if err != nil {
			t.Fatal(err)
		}
		want := extract.Result{Object: o, New: 1, Changed: 1, Same: 1, Deleted: 1, Gone: 1}
		if round == 1 {
			want = extract.Result{Object: o, Same: 3}
		}
		if got[o] != want {
			t.Errorf("round %d: %+v, want %+v", round, got[o], want)
		}
		if got := h.open(t, o); !slices.Equal(got, []string{"a deleted", "b changed"}) {
			t.Errorf("open: %v", got)
		}
	}
	d.pages[o] = one(rec(o, "a", `{"n":1}`), rec(o, "b", `{"n":1}`), rec(o, "c", `{"n":1}`), rec(o, "new", `{}`))
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	if got := h.open(t, o); len(got) != 0 {
		t.Errorf("all is as it was written, and still open: %v", got)
	}
	h.addsUp(t)
}

func TestDelta_ANewMessageOfATicketThatStaysBehindStaysWithIt(t *testing.T) {
	h, d := newHouse(t), newTeller()
	link := func(role string, to model.Object, id string) model.Link {
		return model.Link{Role: role, To: []model.Ref{{Object: to, Value: id}}}
	}
	d.pages[model.Ticket] = one(rec(model.Ticket, "old", `{}`), rec(model.Ticket, "live", `{}`))
	objects := []model.Object{model.Ticket, model.Message, model.Attachment}
	if _, err := h.changes(t, d, objects...); err != nil {
		t.Fatal(err)
	}
	var dec store.Decision
	h.write(t, func(tx *store.Tx) error {
		row, err := tx.Record(key(model.Ticket, "old"))
		if err != nil {
			return err
		}
		dec, err = tx.Decide(store.Decision{Rule: "r", Does: "archive", Object: model.Ticket}, model.Archived, []store.Hit{{Seq: row.Seq}})
		return err
	})
	d.tells(model.Message, connector.Page{Records: []model.Record{
		rec(model.Message, "m1", `{"x":1}`, link("ticket", model.Ticket, "old")), rec(model.Message, "m2", `{"x":1}`, link("ticket", model.Ticket, "live")),
	}})
	d.tells(model.Attachment, connector.Page{Records: []model.Record{rec(model.Attachment, "f1", `{"x":1}`, link("message", model.Message, "m1"))}})
	if _, err := h.changes(t, d, objects...); err != nil {
		t.Fatal(err)
	}
	check := func(m1, f1 string, n int64) {
		t.Helper()
		for k, want := range map[model.Key]string{key(model.Message, "m1"): m1, key(model.Message, "m2"): "pending", key(model.Attachment, "f1"): f1} {
			if got := h.fate(t, k); got != want {
				t.Errorf("%s: %s, want %s", k.ID, got, want)
			}
		}
		h.write(t, func(tx *store.Tx) error {
			d, err := tx.Decision(dec.ID)
			if d.Count != n {
				t.Errorf("the decision counts %d, want %d", d.Count, n)
			}
			return err
		})
		h.addsUp(t)
	}
	check("archived", "archived", 3)
	h.write(t, func(tx *store.Tx) error { return tx.Undo(dec.ID, model.Person{Name: "Ann"}) })
	check("pending", "pending", 3)
}

func TestDelta_AFeedThatIsTooOldMakesTheObjectReadAnew(t *testing.T) {
	h, d := newHouse(t), newTeller()
	o := model.Contact
	d.pages[o] = one(rec(o, "1", `{"n":1}`), rec(o, "2", `{}`))
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	h.sent(t, key(o, "1"), key(o, "2"))
	d.pages[o], d.expired = one(rec(o, "1", `{"n":2}`)), true
	got, err := h.changes(t, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.Changed != 1 || r.Deleted != 1 {
		t.Errorf("%+v", r)
	}
}

func TestP81_OnlyContentThatCameByChangeIsFetched(t *testing.T) {
	h, d := newHouse(t), newTeller()
	o := model.Attachment
	d.pages[o] = one(rec(o, "1", `{"file":"a","name":"a.txt"}`), rec(o, "2", `{"file":"gone","name":"b.txt"}`))
	d.files = map[string]string{"a": "A", "new": "N"}
	if _, err := h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	d.opens = map[string]int{}
	d.tells(o, connector.Page{Records: []model.Record{rec(o, "3", `{"file":"new","name":"n.txt"}`), rec(o, "4", `{"file":"later","name":"l.txt"}`)}})
	got, err := h.changes(t, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.Files != 1 || r.NoFile != 1 || fmt.Sprint(d.opens) != "map[later:1 new:1]" {
		t.Errorf("%+v, opened %v", r, d.opens)
	}
	// What could not be had is tried again by the next delta, what was fetched is not.
	d.files["later"] = "L"
	if got, err = h.changes(t, d, o); err != nil {
		t.Fatal(err)
	}
	if r := got[o]; r.Files != 1 || fmt.Sprint(d.opens) != "map[later:2 new:1]" {
		t.Errorf("%+v, opened %v", r, d.opens)
	}
}
