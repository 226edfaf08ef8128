package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/store"
)

// planOf is how SQLite would go about a statement.
func planOf(t testing.TB, tx *store.Tx, q string, args ...any) string {
	t.Helper()
	if args == nil { // the plan does not depend on the values
		args = make([]any, strings.Count(q, "?"))
		for i := range args {
			args[i] = "[]"
		}
	}
	rows, err := tx.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+q, args...)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer func() { _ = rows.Close() }()
	lines := []string{}
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// peopled is a project with enough records that SQLite's choices mean something.
func peopled(t testing.TB) *store.DB {
	t.Helper()
	db := open(t)
	contacts, names, tickets := []model.Record{}, []map[string]string{}, []model.Record{}
	for i := range 200 {
		contacts = append(contacts, record(model.Contact, fmt.Sprint(i), `{"name":"Ann"}`))
		names = append(names, map[string]string{"email": fmt.Sprintf("p%d@x.example", i)})
		tickets = append(tickets, record(model.Ticket, fmt.Sprint(i), `{"status":"open"}`,
			model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, Value: fmt.Sprint(i)}, {Object: model.Contact, By: "email", Value: fmt.Sprintf("P%d@x.example", i)}}}))
	}
	stage(t, db, store.Page{Object: model.Contact, Records: contacts, Aliases: names})
	stage(t, db, store.Page{Object: model.Ticket, Records: tickets})
	return db
}

// Pages of one object come by an index, however they are filtered, and are never sorted:
// a sort would read the whole object for each page.
func TestRecords_pagesUseAnIndexAndNeverSort(t *testing.T) {
	db := peopled(t)
	o := model.Ticket
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		for name, f := range map[string]store.Filter{
			"all":          {Object: o},
			"one fate":     {Object: o, Fates: []model.Fate{model.Pending}},
			"two fates":    {Object: o, Fates: []model.Fate{model.Pending, model.Held}},
			"retry":        {Object: o, Retry: true},
			"held by code": {Object: o, Fates: []model.Fate{model.Held}, Code: "x"},
			"held by":      {Object: o, Fates: []model.Fate{model.Held}, HeldBy: "plan"},
			"value":        {Object: o, Op: "equals", Field: "status", Value: "open"},
			"empty":        {Object: o, Op: "empty", Field: "status"},
			"broken link":  {Object: o, Op: "broken_link", Field: "requester"},
			"linked":       {Object: o, Op: "linked", Field: "requester"},
			"repeated":     {Object: o, Op: "repeated_key"},
			"text":         {Object: o, Text: "open"},
			"of a plan":    {Object: o, Plan: 1, Action: store.ActCreate},
			"of a run":     {Object: o, Run: 1},
		} {
			q, args, err := tx.Statements(f, 0, 50)
			if err != nil {
				return err
			}
			plan := planOf(t, tx, q, args...)
			if strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
				t.Errorf("%s: the page is sorted:\n%s", name, plan)
			}
			if !strings.Contains(plan, "SEARCH r USING") {
				t.Errorf("%s: the page does not come by an index:\n%s", name, plan)
			}
			if strings.Contains(plan, "SCAN r") || strings.Contains(plan, "SCAN l\n") || strings.Contains(plan, "SCAN t\n") {
				t.Errorf("%s: a whole table is read:\n%s", name, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is asked for a list of records is driven by that list: never by all records.
func TestLists_driveTheirQueries(t *testing.T) {
	db := peopled(t)
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		refs := []model.Ref{{Object: model.Contact, Value: "1"}, {Object: model.Contact, By: "email", Value: "p2@x.example"}, {Object: model.Contact, Value: "none"}}
		spots, err := tx.Resolve(refs, 1)
		if err != nil {
			return err
		}
		if len(spots) != 2 {
			t.Errorf("%d of 2 references were found: %v", len(spots), spots)
		}
		if _, err := tx.RowsAt(model.Ticket, []store.PlanItem{{Seq: 201}}); err != nil {
			return err
		}
		if _, err := tx.Children(model.Contact, model.Ticket, []int64{1}); err != nil {
			return err
		}
		if _, err := tx.Kin([]int64{201}); err != nil {
			return err
		}
		if _, err := tx.ReadbackOf([]model.Mark{"m"}); err != nil {
			return err
		}
		if _, err := tx.Record(model.Key{Object: model.Ticket, ID: "1"}); err != nil {
			return err
		}
		for _, q := range tx.Prepared() {
			plan := planOf(t, tx, q)
			for _, line := range strings.Split(plan, "\n") {
				if strings.HasPrefix(line, "SCAN") && !strings.Contains(line, "VIRTUAL TABLE") && !isSmall(line) {
					t.Errorf("%q reads a whole table:\n%s\n%s", line, q, plan)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// isSmall: the steps of a recursion, and the handful of objects.
func isSmall(line string) bool {
	for _, name := range []string{"SCAN walk", "SCAN w", "SCAN d", "SCAN u", "SCAN down", "SCAN up", "SCAN po", "SCAN co", "SCAN CONSTANT ROW"} {
		if line == name {
			return true
		}
	}
	return false
}

func TestChildren_alsoThoseThatNameTheirParentByAField(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{
		Object: model.Ticket, Records: []model.Record{record(model.Ticket, "1", `{}`), record(model.Ticket, "2", `{}`)},
		Aliases: []map[string]string{{"number": "INC-1"}, {"number": "INC-2"}},
	})
	to := func(r model.Ref) model.Link { return model.Link{Role: "ticket", To: []model.Ref{r}} }
	stage(t, db, store.Page{Object: model.Message, Records: []model.Record{
		record(model.Message, "a", `{}`, to(model.Ref{Object: model.Ticket, Value: "1"})),
		record(model.Message, "b", `{}`, to(model.Ref{Object: model.Ticket, By: "number", Value: "inc-1 "})),
		record(model.Message, "c", `{}`, to(model.Ref{Object: model.Ticket, By: "number", Value: "INC-2"})),
	}})
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		got, err := tx.Children(model.Ticket, model.Message, []int64{1})
		if err != nil {
			return err
		}
		if fmt.Sprint(got) != "[3 4]" {
			t.Errorf("children of ticket 1: %v, want [3 4]", got)
		}
		kin, err := tx.Kin([]int64{1})
		if err != nil {
			return err
		}
		if len(kin) != 3 {
			t.Errorf("kin of ticket 1: %v, want the ticket and its two messages", kin)
		}
		n, err := tx.Count(store.Filter{Object: model.Message, Parent: &model.Key{Object: model.Ticket, ID: "1"}})
		if err != nil {
			return err
		}
		if n != 2 {
			t.Errorf("%d messages below ticket 1, want 2", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Invariant 13: the number of broken links is the number of records that it opens.
func TestLinkCounts_countRecords(t *testing.T) {
	db := open(t)
	cc := func(ids ...string) []model.Link {
		out := []model.Link{}
		for _, id := range ids {
			out = append(out, model.Link{Role: "cc", To: []model.Ref{{Object: model.Contact, Value: id}}})
		}
		return out
	}
	stage(t, db, store.Page{Object: model.Contact, Records: []model.Record{record(model.Contact, "1", `{}`)}})
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{
		record(model.Ticket, "a", `{}`, cc("1", "8", "9")...), record(model.Ticket, "b", `{}`, cc("1", "1")...), record(model.Ticket, "c", `{}`),
	}})
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		got, err := tx.LinkCounts(model.Ticket)
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0].Linked != 2 || got[0].Broken != 1 {
			t.Errorf("got %+v, want 2 linked and 1 broken", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The ledger is asked by its few indexes, which hold only the states that are looked for.
func TestLedger_isAskedByIndexes(t *testing.T) {
	db := peopled(t)
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		for _, ask := range []func() error{
			func() error { _, err := tx.OpenIntents(10); return err },
			func() error { _, err := tx.OpenIntentsOf(model.Ticket, 10); return err },
			func() error { _, err := tx.Sent(model.Ticket, 0, 10); return err },
			func() error { _, err := tx.SentByRun(1, model.Ticket, 0, 10); return err },
			func() error { _, err := tx.SentCount(1); return err },
			func() error { _, err := tx.OutcomeUnknown(model.Ticket); return err },
			func() error { _, err := tx.ByMarks([]string{"m"}); return err },
		} {
			if err := ask(); err != nil {
				return err
			}
		}
		for _, q := range append(tx.Prepared(), `SELECT count(*) FROM ledger WHERE object = ? AND state IN (2, 3)`) {
			plan := planOf(t, tx, q)
			if strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
				t.Errorf("%s\nis sorted:\n%s", q, plan)
			}
			if !strings.Contains(plan, "INDEX ledger_") && !strings.Contains(plan, "INDEX sqlite_autoindex_ledger_1 (mark=?)") {
				t.Errorf("%s\nreads the whole ledger:\n%s", q, plan)
			}
			if strings.Contains(q, "count(*)") && !strings.Contains(plan, "COVERING INDEX") {
				t.Errorf("%s\ncounts in the ledger itself:\n%s", q, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
