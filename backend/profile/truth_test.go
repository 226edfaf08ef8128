package profile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/blob"
	"waybill/backend/connector/files"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

const sharedData = "../../../shared/data"

type truth struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Rows    int64  `json:"rows"`
	Ragged  int64  `json:"ragged_rows"`
	Columns []struct {
		Name       string  `json:"name"`
		Empty      int64   `json:"empty"`
		WhiteSpace int64   `json:"whitespace_only"`
		Missing    int64   `json:"missing_cell"`
		Padded     int64   `json:"padded"`
		Distinct   int64   `json:"distinct_raw_nonempty"`
		MaxLen     int     `json:"max_len"`
		Top        [][]any `json:"top"`
	} `json:"columns_stats"`
}

func open(t testing.TB) *store.DB {
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
	return db
}

// The figures are those that two independent programs counted in the same files, and
// each figure of the small files opens exactly the records that it counts (invariant 13).
func TestRun_figuresAreTheTruth(t *testing.T) {
	lists, err := filepath.Glob(filepath.Join(sharedData, "truth", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(lists) == 0 {
		t.Skip("the shared data folder is not on this machine")
	}
	looked := 0
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		var all []truth
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		for _, w := range all {
			if !strings.HasSuffix(w.File, ".csv") || w.Ragged > 0 || w.Bytes > 1<<20 {
				continue // the bigger ones say nothing that these do not, and take long
			}
			looked++
			t.Run(w.File, func(t *testing.T) { compare(t, w) })
		}
	}
	if looked < 30 {
		t.Errorf("only %d files were looked at", looked)
	}
}

// profiled measures a file of the shared data.
func profiled(t *testing.T, file string) (profile.Object, *store.DB) {
	t.Helper()
	ctx := context.Background()
	tables, err := files.Inspect(ctx, []string{filepath.Join(sharedData, file)}, func(string, int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	// Every row is a record of its own, whatever the file holds.
	tables[0].Outputs = []files.Output{{Object: "thing", Repeats: "count"}}
	db := open(t)
	contents, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	source := files.New(tables)
	if _, err := extract.Run(ctx, db, contents, source, nil, job.New("test")); err != nil {
		t.Fatal(err)
	}
	schema, err := source.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := profile.Run(ctx, db, schema.Objects[0], job.New("test"))
	if err != nil {
		t.Fatal(err)
	}
	return got, db
}

func compare(t *testing.T, w truth) {
	got, db := profiled(t, w.File)
	if got.Rows != w.Rows {
		t.Errorf("%d rows, the truth is %d", got.Rows, w.Rows)
	}
	for i, c := range w.Columns {
		if i >= len(got.Fields) {
			t.Errorf("only %d fields", len(got.Fields))
			break
		}
		f := got.Fields[i]
		if f.Empty != c.Empty+c.Missing || f.Blank != c.WhiteSpace || f.Filled+f.Blank+f.Empty != w.Rows {
			t.Errorf("%s: filled %d, blank %d, empty %d; the truth is %d blank and %d empty of %d", f.Name, f.Filled, f.Blank, f.Empty, c.WhiteSpace, c.Empty, w.Rows)
		}
		distinct := c.Distinct
		if c.WhiteSpace > 0 {
			distinct-- // blanks are no value
		}
		if f.Exact && f.Distinct != distinct {
			t.Errorf("%s: %d distinct, the truth is %d", f.Name, f.Distinct, distinct)
		}
		if c.Padded > 0 {
			continue // the truth measures these without their outer blanks, which we keep
		}
		if f.Filled > 0 && f.Longest != c.MaxLen {
			t.Errorf("%s: longest %d, the truth is %d", f.Name, f.Longest, c.MaxLen)
		}
		if len(c.Top) > 0 && len(f.Top) > 0 && fmt.Sprint(f.Top[0].Count) != fmt.Sprint(c.Top[0][1]) && strings.TrimSpace(fmt.Sprint(c.Top[0][0])) != "" {
			t.Errorf("%s: the commonest value %q is there %d times, the truth is %v", f.Name, f.Top[0].Value, f.Top[0].Count, c.Top[0])
		}
	}
	if w.Bytes < 100_000 {
		opens(t, db, got)
	}
}

// opens proves that every figure of a profile opens that many records.
func opens(t *testing.T, db *store.DB, p profile.Object) {
	t.Helper()
	figure := func(name string, want int64, f store.Filter) {
		f.Object = p.Object
		var n int64
		if err := db.Read(context.Background(), func(tx *store.Tx) (err error) { n, err = tx.Count(f); return err }); err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("%s says %d and opens %d records", name, want, n)
		}
	}
	figure("rows", p.Rows, store.Filter{})
	figure("repeated keys", p.DuplicateKeys, store.Filter{Op: "repeated_key"})
	for _, o := range p.Orphans {
		figure("orphans of "+o.Field, o.Count, store.Filter{Op: "broken_link", Field: o.Field})
		figure("links by "+o.Field, o.Linked, store.Filter{Op: "linked", Field: o.Field})
	}
	for _, f := range p.Fields {
		for op, n := range map[string]int64{"filled": f.Filled, "blank": f.Blank, "empty": f.Empty} {
			figure(f.Name+" "+op, n, store.Filter{Op: op, Field: f.Name})
		}
		for _, v := range f.Top[:min(len(f.Top), 3)] {
			figure(fmt.Sprintf("%s = %q", f.Name, v.Value), v.Count, store.Filter{Op: "equals", Field: f.Name, Value: v.Value})
		}
	}
}

// found lists the records behind a finding, as the window opens them.
func found(t *testing.T, db *store.DB, o model.Object, f profile.Finding, at string, fields []profile.Field) (n int64) {
	t.Helper()
	var field profile.Field
	for _, x := range fields {
		if x.Name == f.Field {
			field = x
		}
	}
	suspect := profile.Suspects(f.Code, field, at)
	filter := store.Filter{Object: o, Op: f.Op, Field: f.Field, Value: f.Value}
	if f.Code == "rows.held" {
		filter = store.Filter{Object: o, Fates: []model.Fate{model.Held}, HeldBy: "stage"}
	}
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Records(filter, 0, 10_000)
		for _, r := range rows {
			values, verr := model.Values(r.Record.Raw)
			if verr != nil {
				return verr
			}
			if suspect == nil || suspect(model.Plain(values[f.Field])) {
				n++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What TRUTH.md says about dates, kinds and broken text in real files.
func TestRun_dirtOfRealFiles(t *testing.T) {
	if _, err := os.Stat(filepath.Join(sharedData, "TRUTH.md")); err != nil {
		t.Skip("the shared data folder is not on this machine")
	}
	for _, c := range []struct {
		file, field, what string
		want              int64
	}{
		{"itsm_incidents/ITSM_data.csv", "Open_Time", "order.either", 17},
		{"itsm_incidents/ITSM_data.csv", "Open_Time", "order.day_first", 23},
		{"itsm_incidents/ITSM_data.csv", "Handle_Time_hrs", "pattern.9,99,99,99,999", 35}, // Indian grouping: text, no number may be read out of it
		{"itsm_incidents/incident_event_log.csv", "opened_at", "order.day_first", 1342},
		{"itsm_incidents/incident_event_log.csv", "opened_at", "order.either", 4656},
		{"itsm_incidents/incident_event_log.csv", "vendor", "mark.placeholder", 5998}, // all "?"
		{"nyc311_animals/311_Animals_short.csv", "Created Date", "order.month_first", 2440},
		{"nyc311_animals/311_Animals_short.csv", "Created Date", "order.day_first", 0},
		{"nyc311_animals/311_Animals_short.csv", "Created Date", "kind.datetime", 4969},
		{"government_contracts/government_contracts.csv", "Date of Award", "dates.impossible", 19},
		{"dedupe_centres/csv_example_messy_input.csv", "Email Address", "kind.email", 0},
		{"dedupe_centres/csv_example_messy_input.csv", "Email Address", "kind.date", 134},
		{"dedupe_centres/csv_example_messy_input.csv", "Purple binder service type", "kind.email", 122},
		{"people_dedupe_truth/fake_1000.csv", "email", "filled", 789},
		{"telco_customers/telco-customer-churn.csv", "TotalCharges", "blank", 11},
	} {
		t.Run(c.file+" "+c.field+" "+c.what, func(t *testing.T) {
			p, ok := dirty[c.file]
			if !ok {
				p, _ = profiled(t, c.file)
				dirty[c.file] = p
			}
			for _, f := range p.Fields {
				if f.Name != c.field {
					continue
				}
				got, _ := profile.Counted(p, c.what, f.Name) // what is not there is none
				switch c.what {
				case "filled":
					got = f.Filled
				case "blank":
					got = f.Blank
				case "empty":
					got = f.Empty
				}
				if got != c.want {
					t.Errorf("%d, the truth is %d: %+v %+v %+v", got, c.want, f.Kinds, f.Dates, f.Marks)
				}
				return
			}
			names := []string{}
			for _, f := range p.Fields {
				names = append(names, f.Name)
			}
			t.Errorf("no such field: %v", names)
		})
	}
}

var dirty = map[string]profile.Object{}
