package files

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

const sharedData = "../../../../shared/data"

func needData(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Skip("the shared data folder is not on this machine")
	}
	return sharedData
}

// want is what one file must give: rows read and rows held in each of its
// tables, or the code of the refusal.
type want struct {
	tables map[string]int64 // by part; "" is the file itself
	held   int64
	code   problem.Code
}

func rowsOf(n int64) want                 { return want{tables: map[string]int64{"": n}} }
func refused(c problem.Code) want         { return want{code: c} }
func partsOf(parts map[string]int64) want { return want{tables: parts} }

// Rows read of every file that truth/*.json does not count, and that is not JSON or mail.
var wanted = map[string]want{
	"file_format_zoo/Colorado-Municipalities-small-xlsx.gz": partsOf(map[string]int64{
		"Notes": 3, "Municipality": 9, "Municipality_County_Relate": 42, "Municipality_Basin_Relate": 20,
	}),
	"file_format_zoo/NoData_NoSpreadsheet.ods":   refused(codeUnsupported),
	"file_format_zoo/films.ods":                  refused(codeUnsupported),
	"file_format_zoo/sample.ods":                 refused(codeUnsupported),
	"file_format_zoo/dates.xls":                  refused(codeOldExcel),
	"file_format_zoo/excel95.xls":                refused(codeOldExcel),
	"file_format_zoo/jorf.xml":                   refused(codeUnsupported),
	"file_format_zoo/xml-sample-format-1.xml":    refused(codeUnsupported),
	"file_format_zoo/xml-sample-format-4.xml":    refused(codeUnsupported),
	"file_format_zoo/movies.tar.gz":              refused(codeUnsupported),
	"file_format_zoo/persons.csv.Z":              refused(codeUnsupported),
	"file_format_zoo/persons.csv.lzma":           refused(codeUnsupported),
	"file_format_zoo/notazip.zip":                refused(codeDamaged),
	"file_format_zoo/persons.csv.gz":             rowsOf(3),
	"file_format_zoo/persons.csv.bz2":            rowsOf(3),
	"file_format_zoo/persons.csv.xz":             rowsOf(3),
	"file_format_zoo/persons.csv.zst":            rowsOf(3),
	"file_format_zoo/movies.zip":                 partsOf(map[string]int64{"movies.tsv": 232, "movies-condensed.tsv": 20}),
	"file_format_zoo/grid_small.json":            partsOf(map[string]int64{"institutes": 8}),
	"file_format_zoo/json-sample-format-1.json":  partsOf(map[string]int64{"library": 1}),
	"file_format_zoo/big5.txt":                   rowsOf(2),
	"file_format_zoo/euc-jp.txt":                 rowsOf(3),
	"file_format_zoo/euc-kr.txt":                 rowsOf(10),
	"file_format_zoo/shift_jis.txt":              rowsOf(16),
	"bank_campaign/bank_workbook.xlsx":           partsOf(map[string]int64{"bank-full": 11435}),
	"helpdesk_api_json/freshdesk/attachment.txt": rowsOf(0),
	"list_mbox/3GPP_TSG_SA_WG4_EVS.mbox":         rowsOf(50),
	"salesforce_npsp_sql/dev_org.sql": partsOf(map[string]int64{
		"Contact": 102, "Account": 167, "Opportunity": 342, "OpportunityContactRole": 999, "npe01__OppPayment__c": 644,
		"Account_rt_mapping": 2, "Address__c": 266, "Allocation__c": 100, "Campaign": 13, "CampaignMember": 165, "General_Accounting_Unit__c": 50,
		"Partial_Soft_Credit__c": 129, "npe03__Recurring_Donation__c": 1, "npe4__Relationship__c": 248,
	}),
	"salesforce_npsp_sql/trailhead.sql": {}, // counted in TestDumps
}

type truth struct {
	File     string `json:"file"`
	Encoding string `json:"encoding"`
	Rows     int64  `json:"rows"`
	Columns  int    `json:"columns"`
	Stats    []struct {
		Name     string           `json:"name"`
		Empty    int64            `json:"empty"`
		Spaces   int64            `json:"whitespace_only"`
		Distinct int64            `json:"distinct_trimmed"`
		Longest  int              `json:"max_len"`
		Numeric  int64            `json:"numeric"`
		Dates    map[string]int64 `json:"date_like"`
	} `json:"columns_stats"`
}

func readTruth(t *testing.T, root string) map[string]truth {
	t.Helper()
	out := map[string]truth{}
	list, err := filepath.Glob(filepath.Join(root, "truth", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var all []truth
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			out[x.File] = x
		}
	}
	return out
}

func inspectOne(t *testing.T, path string) ([]Table, error) {
	t.Helper()
	return Inspect(context.Background(), []string{path}, nil)
}

// read gives the records and broken rows that a table yields as plain rows.
func read(t *testing.T, x Table) (records, broken int64) {
	t.Helper()
	x.Outputs = []Output{newOutput("thing", Count)}
	places := map[string]bool{}
	err := New([]Table{x}).Pages(context.Background(), "thing", "", func(p connector.Page) error {
		records += int64(len(p.Records))
		broken += int64(len(p.Broken))
		for _, r := range p.Records {
			if _, err := model.Values(r.Raw); err != nil {
				t.Errorf("%s: %v", r.Place, err)
			}
			if places[r.Place] {
				t.Errorf("two rows stand at %s", r.Place)
			}
			places[r.Place] = true
		}
		for _, b := range p.Broken {
			if places[b.Place] {
				t.Errorf("two rows stand at %s", b.Place)
			}
			places[b.Place] = true
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", x.Name, err)
	}
	return records, broken
}

// TestEveryFile reads every file of the shared data and states rows read and
// rows held, or the refusal. No file is left out.
func TestEveryFile(t *testing.T) {
	root := needData(t)
	truths := readTruth(t, root)
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if strings.HasPrefix(rel, "truth/") || !strings.Contains(rel, "/") {
			return nil
		}
		seen++
		t.Run(rel, func(t *testing.T) {
			if x, ok := truths[rel]; ok {
				checkTruth(t, path, x)
				return
			}
			w, ok := wanted[rel]
			switch {
			case ok && w.tables == nil && w.code == "":
			case ok:
				checkWanted(t, path, w)
			case strings.HasPrefix(rel, "helpdesk_api_json/") && strings.HasSuffix(rel, ".json"):
				checkJSON(t, path)
			case strings.HasPrefix(rel, "eml_mime_zoo/"):
				checkWanted(t, path, rowsOf(1))
			default:
				t.Errorf("nobody says what %s must give", rel)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 250 {
		t.Errorf("only %d files were seen", seen)
	}
}

func checkWanted(t *testing.T, path string, w want) {
	tables, err := inspectOne(t, path)
	if w.code != "" {
		if !problem.Is(err, w.code) {
			t.Fatalf("got %v, want %s", err, w.code)
		}
		speaks(t, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != len(w.tables) {
		t.Errorf("%d tables, want %d", len(tables), len(w.tables))
	}
	var held int64
	for _, x := range tables {
		part := x.Part
		if part == "" {
			part = x.Entry
		}
		rows, ok := w.tables[part]
		if !ok {
			t.Errorf("unexpected table %q", part)
		}
		if x.Rows != rows {
			t.Errorf("%s: %d rows read, want %d", x.Name, x.Rows, rows)
		}
		records, broken := read(t, x)
		if records != x.Rows || broken != x.Broken {
			t.Errorf("%s: %d and %d read again, inspection says %d and %d", x.Name, records, broken, x.Rows, x.Broken)
		}
		held += x.Broken
	}
	if held != w.held {
		t.Errorf("%d rows held, want %d", held, w.held)
	}
}

var encodings = map[string]string{"ascii": utf8Name, "utf-8": utf8Name, "utf-8-sig": utf8Name, "iso-8859-1": windows1252}

// checkTruth compares a file with what two independent programs counted.
func checkTruth(t *testing.T, path string, want truth) {
	tables, err := inspectOne(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 1 {
		t.Fatalf("%d tables", len(tables))
	}
	x := tables[0]
	if x.Rows != want.Rows || x.Broken != 0 {
		t.Errorf("%d rows read and %d held, want %d and none", x.Rows, x.Broken, want.Rows)
	}
	if e := encodings[want.Encoding]; e != "" && x.Encoding != e || want.Encoding == "utf-16" && !strings.HasPrefix(x.Encoding, "UTF-16") {
		t.Errorf("encoding %s, want %s", x.Encoding, want.Encoding)
	}
	if len(x.Columns) != want.Columns {
		t.Fatalf("%d columns, want %d", len(x.Columns), want.Columns)
	}
	for i, s := range want.Stats {
		c := x.Columns[i]
		if c.Name != strings.TrimSpace(s.Name) {
			t.Errorf("column %d is called %q, want %q", i, c.Name, s.Name)
		}
		if c.Blank != s.Empty+s.Spaces || c.Filled != want.Rows-s.Empty-s.Spaces {
			t.Errorf("%s: %d blank and %d filled, want %d blank of %d", c.Name, c.Blank, c.Filled, s.Empty+s.Spaces, want.Rows)
		}
		if !c.DistinctExact || c.Distinct != s.Distinct {
			t.Errorf("%s: %d distinct, want %d", c.Name, c.Distinct, s.Distinct)
		}
		if s.Longest != c.Longest {
			t.Errorf("%s: longest %d, want %d", c.Name, c.Longest, s.Longest)
		}
		if (c.Type == model.Integer || c.Type == model.Number) && s.Numeric != c.Filled-nothing(c) && !strings.HasPrefix(c.Samples[0], ".") {
			t.Errorf("%s: called a number, but only %d of %d are", c.Name, s.Numeric, c.Filled)
		}
	}
	records, broken := read(t, x)
	if records != want.Rows || broken != 0 {
		t.Errorf("read again: %d and %d", records, broken)
	}
}

func nothing(c Column) int64 {
	var n int64
	for _, k := range c.Nothing {
		n += k
	}
	return n
}

// checkJSON counts with encoding/json, which holds the whole document.
func checkJSON(t *testing.T, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var rows int64
	switch v := doc.(type) {
	case []any:
		rows = int64(len(v))
	case map[string]any:
		_, own := v["id"]
		for _, m := range v {
			list, ok := m.([]any)
			if !ok || own || len(list) == 0 {
				continue
			}
			if _, object := list[0].(map[string]any); object || len(v) == 1 {
				rows += int64(len(list))
			}
		}
		if rows == 0 {
			rows = 1
		}
	}
	tables, err := inspectOne(t, path)
	if err != nil {
		t.Fatal(err)
	}
	var got int64
	for _, x := range tables {
		got += x.Rows
		if x.Broken != 0 {
			t.Errorf("%s: %d held", x.Name, x.Broken)
		}
		records, broken := read(t, x)
		if records != x.Rows || broken != 0 {
			t.Errorf("%s: read again %d and %d", x.Name, records, broken)
		}
	}
	if got != rows {
		t.Errorf("%d rows read, want %d", got, rows)
	}
}

// speaks checks that a problem says what happened, what it means and what to do,
// in words that people use.
func speaks(t *testing.T, err error) {
	t.Helper()
	p := problem.From(err)
	for _, s := range []string{p.What, p.Why, p.Next} {
		if s == "" || !strings.HasSuffix(s, ".") {
			t.Errorf("%s: %q is no sentence", p.Code, s)
		}
		for _, jargon := range []string{"null", "entity", "orphan", "parse", "invalid", "EOF", "exception"} {
			if strings.Contains(s, jargon) {
				t.Errorf("%s: %q holds the word %q", p.Code, s, jargon)
			}
		}
	}
}

func TestDumps(t *testing.T) {
	root := needData(t)
	tables, err := inspectOne(t, filepath.Join(root, "salesforce_npsp_sql", "trailhead.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var rows, empty int64
	for _, x := range tables {
		rows += x.Rows
		if x.Rows == 0 {
			empty++
		}
		if x.Part == "Contact" && len(x.Columns) != 81 {
			t.Errorf("Contact has %d columns, want 81", len(x.Columns))
		}
		if x.Broken != 0 {
			t.Errorf("%s: %d held", x.Name, x.Broken)
		}
	}
	if len(tables) != 30 || rows != 1374 || empty != 6 {
		t.Errorf("%d tables, %d rows, %d empty; want 30, 1374 and 6 (SQLite itself counts six)", len(tables), rows, empty)
	}
}

// TestSameTableInTwoFormats: bank_semicolon_11435.csv and bank_workbook.xlsx are
// identical in every cell, so both must give the same records.
func TestSameTableInTwoFormats(t *testing.T) {
	root := needData(t)
	var all [2][]string
	for i, name := range []string{"bank_semicolon_11435.csv", "bank_workbook.xlsx"} {
		tables, err := inspectOne(t, filepath.Join(root, "bank_campaign", name))
		if err != nil {
			t.Fatal(err)
		}
		x := tables[0]
		if err := x.eachRow(context.Background(), func(r *row) error {
			all[i] = append(all[i], strings.Join(r.cells, "\x1f"))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(all[0]) != len(all[1]) {
		t.Fatalf("%d and %d rows", len(all[0]), len(all[1]))
	}
	for i := range all[0] {
		if all[0][i] != all[1][i] {
			t.Fatalf("row %d differs:\n%q\n%q", i, all[0][i], all[1][i])
		}
	}
}

func TestDatesByColumn(t *testing.T) {
	root := needData(t)
	for file, columns := range map[string]map[string]string{
		"itsm_incidents/ITSM_data.csv":          {"Open_Time": "DD/MM/YYYY HH:mm", "Close_Time": "DD/MM/YYYY HH:mm", "Resolved_Time": "DD/MM/YYYY HH:mm"},
		"itsm_incidents/incident_event_log.csv": {"opened_at": "DD-MM-YYYY HH:mm", "closed_at": "DD-MM-YYYY HH:mm", "sys_created_at": "DD-MM-YYYY HH:mm"},
		"nyc311_animals/311_Animals_short.csv":  {"Created Date": "M/D/YYYY H:mm", "Closed Date": "M/D/YYYY H:mm"},
	} {
		tables, err := inspectOne(t, filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for name, format := range columns {
			c := tables[0].Columns[tables[0].column(name)]
			if c.Type != model.DateTime || c.Format != format || c.Sure < 95 {
				t.Errorf("%s %s: %s %q %d%% (%s), want %q", file, name, c.Type, c.Format, c.Sure, c.Why, format)
			}
		}
	}
	tables, err := inspectOne(t, filepath.Join(root, "government_contracts/government_contracts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	x := tables[0]
	award := x.Columns[x.column("Date of Award")]
	if award.Type != model.DateTime || award.Nothing["0000-00-00 00:00:00"] != 19 || award.Blank != 47 {
		t.Errorf("Date of Award: %+v", award)
	}
	if agency := x.Columns[x.column("Agency ID")]; agency.Type != model.Text && agency.Type != model.Option {
		t.Errorf("Agency ID has leading zeros and became %s", agency.Type)
	}
	tables, err = inspectOne(t, filepath.Join(root, "bank_campaign/bank_semicolon_11435.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tables[0].Columns {
		if c.Type == model.Date || c.Type == model.DateTime {
			t.Errorf("%s became a date, but there is no year in this file", c.Name)
		}
	}
}

func TestSentinels(t *testing.T) {
	root := needData(t)
	for _, want := range []struct {
		file, column, value string
		n                   int64
	}{
		{"itsm_incidents/incident_event_log.csv", "vendor", "?", 5998},
		{"itsm_incidents/incident_event_log.csv", "assigned_to", "?", 1707},
		{"itsm_incidents/incident_event_log.csv", "cmdb_ci", "?", 5934},
		{"bank_campaign/bank_full_comma_45212.csv", "poutcome", "unknown", 36960},
		{"bank_campaign/bank_full_comma_45212.csv", "education", "unknown", 1857},
		{"nyc311_animals/311_Animals_short.csv", "Facility Type", "N/A", 354},
		{"nyc311_animals/311_Animals_short.csv", "Park Facility Name", "Unspecified", 4969},
	} {
		tables, err := inspectOne(t, filepath.Join(root, want.file))
		if err != nil {
			t.Fatal(err)
		}
		c := tables[0].Columns[tables[0].column(want.column)]
		if c.Nothing[want.value] != want.n || !contains(c.Empty, want.value) {
			t.Errorf("%s %s: %v, want %d of %q", want.file, want.column, c.Nothing, want.n, want.value)
		}
	}
}
