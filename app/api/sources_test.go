package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/app/api"
)

// The window brings a CRM sheet in beside the desk's export, sees who is the same, decides who
// is right about what, and takes it back.
func TestSources_aSheetBesideTheExport(t *testing.T) {
	p := start(t, here(t))
	ok(t, p.app.NewProject(api.NewProject{Name: "Two"}))
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	desk := write("customers.csv", "id,name,email,phone\nc1,Ada Vale,ada@x.example,030 111\nc2,Bo Lind,bo@x.example,\n")
	tickets := write("tickets.csv", "id,subject,status,requester_id\n1,Printer,open,c1\n2,Paper,open,c2\n")
	sheet := write("crm.csv", "customer_id,name,email,phone\n901,Ada Vale,ADA@x.example,+49 30 999\n902,Dee Only,dee@crm.example,+49 30 444\n")
	p.wait(p.source.Inspect([]string{desk, tickets}))
	p.wait(p.source.Read())
	if v := must(t, first(p.sources.List()), nil); len(v.Sources) != 1 || len(v.Kinds) != 0 {
		t.Fatalf("one source: %+v", v)
	}
	p.wait(p.sources.AddFiles("Our CRM", []string{sheet}))
	v := must(t, first(p.sources.List()), nil)
	if len(v.Sources) != 2 || v.Sources[1].Name != "our-crm" || v.Sources[1].Title != "our crm" || len(v.Kinds) != 1 {
		t.Fatalf("two sources: %+v", v)
	}
	if _, err := p.sources.AddFiles("our crm", []string{sheet}); err == nil {
		t.Error("a name was given twice")
	}
	seen := must(t, first(p.sources.Truth("contact")), nil)
	if !seen.Found || seen.View.Matched != 1 || seen.View.Decision != 0 || len(seen.Proposals) == 0 {
		t.Fatalf("%+v", seen)
	}
	rule := seen.View.Rule
	rule.Fields = map[string][]string{"phone": {"our-crm"}}
	looked := must(t, first(p.sources.Look(rule)), nil)
	changes := int64(0)
	for _, f := range looked.Facts {
		changes += f.Changes
	}
	if changes != 1 {
		t.Errorf("%+v", looked.Facts)
	}
	ok(t, p.sources.Decide(rule, "Sales keeps the numbers."))
	if seen = must(t, first(p.sources.Truth("contact")), nil); seen.View.Decision == 0 {
		t.Errorf("not in force: %+v", seen.View)
	}
	if err := p.sources.Remove("our-crm"); err == nil {
		t.Error("a source that was decided about was taken out")
	}
	ok(t, p.sources.Undo("contact"))
	ok(t, p.sources.Remove("our-crm"))
	if all := must(t, first(p.sources.Collisions()), nil); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
