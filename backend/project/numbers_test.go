package project_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Whoever has an old number finds the ticket: as a table and as a page that works alone,
// whatever the numbers look like.
func TestOldNumbers_leadToWhereTheTicketsAreNow(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n=4711,Printer,open,c1\n12,Printer again,open,c1\n13,</script><b>Spam</b>,open,c1\n",
		"customers.csv": "id,name,email\nc1,Ada,ada@x.example\n",
	}, nil)
	key := func(id string) model.Key { return model.Key{Object: model.Ticket, ID: id} }
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		twelve, err := tx.Record(key("12"))
		if err != nil {
			return err
		}
		first, err := tx.Record(key("=4711"))
		if err != nil {
			return err
		}
		spam, err := tx.Record(key("13"))
		if err != nil {
			return err
		}
		if _, err := tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Does: "merge", Object: model.Ticket, Settings: map[string]string{}}, model.Merged, []store.Hit{{Seq: twelve.Seq, Survivor: first.Seq}}); err != nil {
			return err
		}
		_, err = tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Does: "leave_out", Object: model.Ticket, Settings: map[string]string{}}, model.LeftOut, []store.Hit{{Seq: spam.Seq}})
		return err
	}))
	w.move()
	path := filepath.Join(t.TempDir(), "numbers.csv")
	n, err := w.WriteOldNumbers(w.ctx, path)
	w.must(err)
	b, err := os.ReadFile(path)
	w.must(err)
	lines, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	w.must(err)
	if n != 3 || len(lines) != 4 {
		t.Fatalf("%d numbers, %q", n, lines)
	}
	at := map[string][]string{}
	for _, l := range lines[1:] {
		at[l[1]] = l
	}
	first := at["'=4711"] // no spreadsheet takes it for a formula
	if len(first) == 0 || first[3] == "" || first[5] != "moved" {
		t.Fatalf("%q", lines)
	}
	if m := at["12"]; m[3] != first[3] || m[5] != "merged into =4711" {
		t.Errorf("%q", m)
	}
	if m := at["13"]; m[3] != "" || m[5] != "left_out" {
		t.Errorf("%q", m)
	}

	page := filepath.Join(t.TempDir(), "Numbers.HTML")
	_, err = w.WriteOldNumbers(w.ctx, page)
	w.must(err)
	b, err = os.ReadFile(page)
	w.must(err)
	_, rest, _ := strings.Cut(string(b), `id="d">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var all []project.OldNumber
	if err := json.Unmarshal([]byte(data), &all); err != nil || len(all) != 3 {
		t.Errorf("the page's data is %q: %v", data, err)
	}
	if strings.Count(string(b), "<script") != 2 {
		t.Error("a ticket's number ended the page's data")
	}
}
