package project_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// Whoever is erased is gone from imported tables, from what is known of the target's people,
// and from what validations showed, too; the others and the figures stay.
func TestErase_reachesTablesPeopleAndValidations(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":   "id,subject,status,requester_id,stage\n1,Printer,open,c1,Soon\n2,Scanner,open,c2,When 0731 / 55 01-99 rings\n3,Mouse,open,c2,Only his words\n",
		"customers.csv": "id,name,email,phone\nc1,Ada Vale,ada@x.example,\nc2,Zed Quill,zed.quill@person.example,+49 (0)731 550199\n",
	}, func(v *mapping.Version) {
		setRule(t, v, model.Ticket, mapping.FieldMap{Target: "priority", Rule: mapping.Values, Sources: []string{"stage"}, IfUnknown: model.OtherwiseHold})
	})
	path := filepath.Join(t.TempDir(), "owners.csv")
	w.must(os.WriteFile(path, []byte("code;owner\nA1;Ada Vale\nB2;ZED QUILL\nC3;mail Zed.Quill@person.example\n"), 0o600))
	table, err := w.ImportLookup(w.ctx, path, "", "Owners", job.New("import"))
	w.must(err)
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		return tx.PutTargetPeople(model.Contact, []store.TargetPerson{
			{Object: model.Contact, ID: "7", Name: "Z.", Email: "zed.quill@person.example"}, {Object: model.Contact, ID: "8", Name: "Ada Vale", Email: "ada@x.example"},
		})
	}))
	before, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if before.Held != 3 || len(before.Groups) == 0 || !anywhere(t, w.Dir, "Only his words") || !anywhere(t, w.Dir, "ZED QUILL") {
		t.Fatalf("the test would not see them go: %+v", before)
	}
	c, err := w.Erase(w.ctx, "zed.quill@person.example", "Request 18", job.New("erase"))
	w.must(err)
	if c.Entries != 3 || len(c.Mentions) != 0 || !slices.Contains(c.Target, store.InTarget{Object: "contact", ID: "7"}) || len(c.Target) != 1 {
		t.Errorf("%+v", c)
	}
	for _, text := range []string{"ZED QUILL", "ed.Quill@", "ed.quill@", "55 01-99", "Only his words"} {
		if anywhere(t, w.Dir, text) {
			t.Errorf("%q is still in the project", text)
		}
	}
	rows, err := w.LookupRows(w.ctx, "Owners", 0, 10)
	w.must(err)
	list, err := w.Lookups(w.ctx)
	w.must(err)
	if len(rows) != 1 || rows[0][1] != "Ada Vale" || len(list) != 1 || list[0].Rows != 1 || list[0].ID != table.ID {
		t.Errorf("of the table is left: %v %+v", rows, list)
	}
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		people, err := tx.TargetPeople("")
		if len(people) != 1 || people[0].ID != "8" {
			t.Errorf("of the target's people are left: %+v", people)
		}
		return err
	}))
	kept, err := w.Validations(w.ctx, 10)
	w.must(err)
	if len(kept) != 1 || kept[0].Held != 3 || len(kept[0].Groups) != 0 || len(kept[0].Objects) != len(before.Objects) {
		t.Errorf("the figures of the validation are now %+v", kept)
	}
	after, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if after.Held != 1 || len(after.Groups) != 1 || after.Before == nil || after.Before.Held != 3 {
		t.Errorf("validated once more: %+v", after)
	}
}
