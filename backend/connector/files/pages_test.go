package files

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// line is what one record or one held row amounts to.
func lines(p connector.Page) []string {
	var out []string
	for _, r := range p.Records {
		links, _ := json.Marshal(r.Links)
		out = append(out, fmt.Sprintf("%s|%s|%s|%s", r.Key.ID, r.Place, r.Raw, links))
	}
	for _, b := range p.Broken {
		out = append(out, fmt.Sprintf("%s|%s|%s", b.Place, b.Raw, b.Why.Code))
	}
	return out
}

// TestResumeFromEveryCursor: whatever page was stored last, going on from its
// cursor gives exactly the rest, in every format.
func TestResumeFromEveryCursor(t *testing.T) {
	lower(t, &pageRecords, 7)
	dir := t.TempDir()
	var csvText, semis, ndjson, array, doc, dump, box strings.Builder
	csvText.WriteString("\uFEFFid,subject,body\n")
	semis.WriteString("id;subject;body\r\n")
	array.WriteString("[")
	doc.WriteString(`{"count":60,"data":{"tickets":[`)
	dump.WriteString("CREATE TABLE t (id INTEGER PRIMARY KEY, subject TEXT, \"body\" TEXT CHECK (body <> ','));\n")
	for i := range 60 {
		switch {
		case i == 20:
			csvText.WriteString("20,\"never closed,x\n")
			ndjson.WriteString("{\"id\": 20, \"subject\"\n")
		case i == 33:
			csvText.WriteString("33,one,two,three\n\n")
			ndjson.WriteString("\n   \n[1,\n")
		default:
			fmt.Fprintf(&csvText, "%d,\"s, \"\"%d\"\"\",\"two\nlines é\"\n", i, i)
			fmt.Fprintf(&ndjson, "{\"id\": %d, \"subject\": \"s %d é\", \"tags\": [\"a\", \"b\"]}\n", i, i)
		}
		fmt.Fprintf(&semis, "%d;é %d;\"x;y\"\r\n", i, i)
		if i > 0 {
			array.WriteString(" ,\n ")
			doc.WriteString(",")
		}
		fmt.Fprintf(&array, `{"id": %d, "subject": "]}, %d"}`, i, i)
		fmt.Fprintf(&doc, `{"id": %d, "subject": "s"}`, i)
		fmt.Fprintf(&dump, "INSERT INTO t VALUES (%d, 'it''s; (%d)', NULL), (%d, 'b', 'c');\nINSERT INTO other VALUES (1);\n", 2*i, i, 2*i+1)
		fmt.Fprintf(&box, "From x@y.example Thu Jan  1 00:00:00 2015\nFrom: a%d@b.example\nMessage-ID: <m%d@x>\nSubject: s %d\nDate: Thu, 01 Jan 2015 00:00:00 +0000\n\n>From here\n\n", i, i, i)
		write(t, dir, fmt.Sprintf("letters/%03d.eml", i), fmt.Appendf(nil, "From: a%d@b.example\r\nSubject: s\r\nTo: x@y.example\r\n\r\nhello %d\r\n", i, i))
	}
	array.WriteString("]")
	doc.WriteString("]}}")
	latin, err := charmap.Windows1252.NewEncoder().String(semis.String())
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewEncoder().String(semis.String())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path         string
		rows, broken int64
	}{
		"csv":         {write(t, dir, "a/tickets.csv", []byte(csvText.String())), 58, 2},
		"csv in gz":   {write(t, dir, "b/tickets.csv.gz", gzipped(t, []byte(csvText.String()))), 58, 2},
		"csv in zip":  {write(t, dir, "c/pack.zip", zipOf(t, "in/tickets.csv", csvText.String())), 58, 2},
		"latin":       {write(t, dir, "d/tickets.csv", []byte(latin)), 60, 0},
		"utf-16":      {write(t, dir, "e/tickets.csv", []byte(wide)), 60, 0},
		"ndjson":      {write(t, dir, "f/tickets.ndjson", []byte(ndjson.String())), 58, 2},
		"json array":  {write(t, dir, "g/tickets.json", []byte(array.String())), 60, 0},
		"json member": {write(t, dir, "h/all.json", []byte(doc.String())), 60, 0},
		"json single": {write(t, dir, "k/ticket.json", []byte(`{"id": 1, "subject": "x"}`)), 1, 0},
		"xlsx":        {write(t, dir, "l/tickets.xlsx", workbookBytes(t, 60, excelize.Options{})), 60, 0},
		"sql":         {write(t, dir, "m/dump.sql", []byte(dump.String())), 120, 0},
		"mbox":        {write(t, dir, "n/box.mbox", []byte(box.String())), 60, 0},
		"letters":     {filepath.Join(dir, "letters"), 60, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tables, err := inspectOne(t, c.path)
			if err != nil {
				t.Fatal(err)
			}
			x := tables[0]
			if x.Rows != c.rows || x.Broken != c.broken {
				t.Fatalf("%d rows and %d held, want %d and %d: %v", x.Rows, x.Broken, c.rows, c.broken, x.BrokenExamples)
			}
			people := newOutput(model.Ticket, First)
			people.Key = []string{x.Columns[0].Name}
			people.Columns = people.Key
			people.Links = []LinkSpec{{Column: x.Columns[0].Name, To: []model.Object{model.Contact}}}
			x.Outputs = []Output{newOutput(model.Ticket, Count), people}
			s := New([]Table{x})
			var all [][]string
			var cursors []connector.Cursor
			if err := s.Pages(context.Background(), model.Ticket, "", func(p connector.Page) error {
				all = append(all, lines(p))
				cursors = append(cursors, p.Next)
				if p.Done > p.Size || p.Size == 0 {
					t.Errorf("%d of %d bytes", p.Done, p.Size)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, p := range all {
				n += len(p)
			}
			if want := 2*c.rows + c.broken; int64(n) != want && name != "mbox" && name != "letters" || n == 0 {
				t.Fatalf("%d records, want %d", n, want)
			}
			for i, from := range cursors {
				var rest [][]string
				if err := New([]Table{x}).Pages(context.Background(), model.Ticket, from, func(p connector.Page) error {
					rest = append(rest, lines(p))
					return nil
				}); err != nil {
					t.Fatalf("from %s: %v", from, err)
				}
				if fmt.Sprint(flat(rest)) != fmt.Sprint(flat(all[i+1:])) {
					t.Fatalf("from %s: %d records, want %d", from, len(flat(rest)), len(flat(all[i+1:])))
				}
			}
		})
	}
}

func flat(pages [][]string) []string {
	out := []string{}
	for _, p := range pages {
		out = append(out, p...)
	}
	return out
}

func TestCursorOfOtherFiles(t *testing.T) {
	p := write(t, t.TempDir(), "tickets.csv", []byte("id,subject\n1,a\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	tables[0].Outputs = []Output{newOutput(model.Ticket, Count)}
	for _, c := range []connector.Cursor{"nonsense", `{"v":9}`, `{"v":1,"t":3,"u":0}`} {
		err := New(tables).Pages(context.Background(), model.Ticket, c, func(connector.Page) error { return nil })
		if !problem.Is(err, codeCursor) {
			t.Errorf("%s: %v", c, err)
		}
		speaks(t, err)
	}
}

func TestEmptyKeys(t *testing.T) {
	p := write(t, t.TempDir(), "tickets.csv", []byte("id,subject,caller,cc\n1,a,Ann,x; y\n,b,?,\nN/A,c,Ben,z\n4,d,,\n5,e,Ann,\"x;\"\"y;z\"\"\"\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	x := tables[0]
	x.Columns[x.column("cc")].Separator = ";"
	main := newOutput(model.Ticket, Count)
	main.Key = []string{"id"}
	main.Links = []LinkSpec{{Column: "cc", To: []model.Object{model.Contact}, By: "name"}, {Column: "caller", To: []model.Object{model.Contact}}}
	callers := newOutput(model.Contact, First)
	callers.Key, callers.Columns, callers.As = []string{"caller"}, []string{"caller"}, map[string]string{"caller": "name"}
	x.Outputs = []Output{main, callers}
	s := New([]Table{x})
	var ids, broken, values, people []string
	for _, o := range []model.Object{model.Ticket, model.Contact} {
		if err := s.Pages(context.Background(), o, "", func(p connector.Page) error {
			for _, r := range p.Records {
				if o == model.Contact {
					people = append(people, string(r.Raw))
					continue
				}
				ids = append(ids, r.Key.ID)
				for _, l := range r.Links {
					values = append(values, l.Role+"="+l.To[0].Value)
				}
			}
			for _, b := range p.Broken {
				broken = append(broken, b.Place+" "+string(b.Why.Code))
				speaks(t, b.Why)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, got []string, want ...string) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("tickets", ids, "1", "4", "5")
	check("held", broken, "tickets.csv, line 3 file.key_empty", "tickets.csv, line 4 file.key_empty")
	check("links", values, "cc=x", "cc=y", "caller=Ann", "cc=x", "cc=y;z", "caller=Ann")
	check("people", people, `{"name":"Ann"}`, `{"name":"Ben"}`, `{"name":"Ann"}`)
}

func TestEncodings(t *testing.T) {
	text := map[string]string{
		"latin": "id;name;note\n" + strings.Repeat("1;Käthe Müller;Größe und Straße für ältere Gäste\n2;José Peña;Él está aquí, señor, mañana\n", 8),
		"cyr":   "id;name;note\n" + strings.Repeat("1;Иван Петров;Здравствуйте, принтер не работает со вчерашнего дня\n2;Ольга;Спасибо большое за быструю помощь\n", 8),
		"ja":    "id;name;note\n" + strings.Repeat("1;山田太郎;プリンターが動きません。昨日からエラーが出ています。\n2;鈴木花子;ありがとうございました。よろしくお願いします。\n", 8),
		"ko":    "id;name;note\n" + strings.Repeat("1;김철수;프린터가 작동하지 않습니다. 어제부터 오류가 납니다.\n2;이영희;감사합니다. 잘 부탁드립니다.\n", 8),
		"zh":    "id;name;note\n" + strings.Repeat("1;王小明;印表機不能使用，從昨天開始一直出現錯誤訊息。\n2;陳美麗;謝謝您的幫忙，請多多指教。\n", 8),
		"mixed": "id;name;note\n" + strings.Repeat("1;Ünïcödé 漢字;🙂 emoji\n", 8),
	}
	for _, c := range []struct {
		name, text string
		e          encoding.Encoding
		bom        string
	}{
		{"windows-1252", "latin", charmap.Windows1252, ""},
		{"windows-1251", "cyr", charmap.Windows1251, ""},
		{"Shift_JIS", "ja", japanese.ShiftJIS, ""},
		{"EUC-JP", "ja", japanese.EUCJP, ""},
		{"EUC-KR", "ko", korean.EUCKR, ""},
		{"Big5", "zh", traditionalchinese.Big5, ""},
		{"UTF-8", "mixed", encoding.Nop, ""},
		{"UTF-8", "mixed", encoding.Nop, "\xEF\xBB\xBF"},
		{"UTF-16LE", "mixed", unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), ""},
		{"UTF-16BE", "mixed", unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), ""},
		{"UTF-16LE", "latin", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		{"UTF-16BE", "latin", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""},
	} {
		enc, err := c.e.NewEncoder().String(text[c.text])
		if err != nil {
			t.Fatal(err)
		}
		tables, err := inspectOne(t, write(t, t.TempDir(), "contacts.csv", []byte(c.bom+enc)))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		x := tables[0]
		if x.Encoding != c.name || x.EncodingSure < 40 {
			t.Errorf("%s %s: found %s (%d%%)", c.name, c.text, x.Encoding, x.EncodingSure)
		}
		if x.Columns[0].Name != "id" || x.Broken != 0 || !strings.Contains(text[c.text], x.Preview[0][2]) {
			t.Errorf("%s: %q %q, %d held", c.name, x.Columns[0].Name, x.Preview[0], x.Broken)
		}
	}
}

// TestReinspect: a person corrects what was detected, and the table is read anew.
func TestReinspect(t *testing.T) {
	ctx := context.Background()
	p := write(t, t.TempDir(), "x.csv", []byte("Export of today;;\nid;name;city\n1;K\xe4the;a,b\n2;Ben;c\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	x := tables[0]
	if x.HeaderRow != 2 || x.Rows != 2 || x.Encoding != windows1252 {
		t.Fatalf("%+v", x)
	}
	x.Outputs = []Output{newOutput(model.Contact, Count)}
	x.Outputs[0].Key = []string{"id"}
	x.Delimiter = ","
	y, err := Reinspect(ctx, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(y.Columns) == 3 || len(y.Outputs) != 0 {
		t.Errorf("%+v", y)
	}
	x.Encoding, x.HeaderRow = "ISO-8859-2", 0
	if y, err = Reinspect(ctx, x, nil); err == nil && y.Rows == 2 {
		t.Errorf("without a header there are more rows: %+v", y)
	}
	x.Delimiter, x.HeaderRow, x.Encoding = ";", 2, "windows-1252"
	if y, err = Reinspect(ctx, x, nil); err != nil || y.Rows != 2 || len(y.Outputs) != 1 || y.Preview[0][1] != "Käthe" {
		t.Errorf("%v %+v", err, y)
	}
	for _, d := range []string{"¦", ";;", "\"", "\n"} {
		x.Delimiter = d
		if _, err = Reinspect(ctx, x, nil); !problem.Is(err, codeChoice) {
			t.Errorf("delimiter %q: %v", d, err)
		}
	}
	x.Delimiter, x.Encoding = ";", "nonsense"
	if _, err = Reinspect(ctx, x, nil); !problem.Is(err, codeChoice) {
		t.Errorf("got %v", err)
	}
}

func TestWorkbookCells(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	style := func(format string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for cell, v := range map[string]any{
		"A1": "id", "B1": "when", "C1": "day", "D1": "amount", "E1": "zip", "F1": "ok", "G1": "long", "H1": "share",
		"A2": "00017", "B2": 44304.5324, "C2": 45000, "D2": 1234.5, "E2": 1234, "F2": true, "G2": "12345678901234567890", "H2": 0.1 + 0.2,
	} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	for cell, format := range map[string]string{"B2": "dd.mm.yyyy hh:mm", "C2": "d-mmm-yy", "D2": "#,##0.00 €", "E2": "00000", "H2": "0%"} {
		if err := f.SetCellStyle("Sheet1", cell, cell, style(format)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	tables, err := inspectOne(t, write(t, t.TempDir(), "book.xlsx", b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"00017", "2021-04-18 12:46:39", "2023-03-15", "1234.5", "01234", "TRUE", "12345678901234567890", "0.3"}
	if got := tables[0].Preview[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
