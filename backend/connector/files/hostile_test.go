package files

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

func valuesOf(b []byte) (string, error) {
	var s string
	err := json.Unmarshal(b, &s)
	return s, err
}

func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func zipOf(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		e, err := w.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(entries[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func workbookBytes(t *testing.T, rows int, o excelize.Options) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := f.SetSheetRow("Sheet1", "A1", &[]any{"id", "subject", "opened"}); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{i, fmt.Sprintf("subject %d", i*7919), "x"}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func lower[T any](t *testing.T, limit *T, to T) {
	t.Helper()
	old := *limit
	*limit = to
	t.Cleanup(func() { *limit = old })
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	good := workbookBytes(t, 500, excelize.Options{})
	random := make([]byte, 5000)
	for i := range random {
		random[i] = byte(i*i*31 + i>>3)
	}
	var wide bytes.Buffer
	for i := range 5000 {
		fmt.Fprintf(&wide, "c%d,", i)
	}
	for _, c := range []struct {
		name string
		body []byte
		code problem.Code
	}{
		{"empty.csv", nil, codeEmpty},
		{"blank.csv", []byte(" \r\n\n  "), codeEmpty},
		{"picture.csv", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), random...), codeNotText},
		{"random.csv", random, codeNotText},
		{"locked.xlsx", workbookBytes(t, 3, excelize.Options{Password: "secret"}), codeEncrypted},
		{"cut.xlsx", good[:len(good)/2], codeTruncated},
		{"cut.zip", zipOf(t, "a.csv", "id,name\n1,x\n")[:60], codeTruncated},
		{"cut.csv.gz", gzipped(t, bytes.Repeat([]byte("id,name\n1,two\n"), 5000))[:60], codeTruncated},
		{"hurt.xlsx", zipOf(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<nonsense"), codeDamaged},
		{"sheet.xlsx", cutSheet(t, good), codeTruncated},
		{"binary.xlsb", zipOf(t, "[Content_Types].xml", "<Types/>", "xl/workbook.bin", "x"), codeUnsupported},
		{"letter.docx", zipOf(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<w/>"), codeUnsupported},
		{"nested.zip", zipOf(t, "inner.zip", string(zipOf(t, "a.csv", "id\n1\n"))), codeUnsupported},
		{"nothing.zip", zipOf(t, "picture.png", "\x89PNG"), codeNoTables},
		{"up.zip", zipOf(t, "../../evil.csv", "id,name\n1,x\n"), codeZipPath},
		{"line.csv", bytes.Repeat([]byte("x"), 3<<20), codeLongLine},
		{"page.html", []byte("<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>"), codeUnsupported},
		{"login.csv", []byte("<html><body>Please log in</body></html>"), codeUnsupported},
		{"print.csv", []byte("%PDF-1.4\n1 0 obj\n"), codeUnsupported},
		{"data.7z", []byte("7z\xBC\xAF\x27\x1C and so on"), codeUnsupported},
		{"broken.json", []byte(`{"tickets": [{"id": 1}, {"id": 2`), codeTruncated},
		{"two.json", []byte("{\n\"id\": 1\n}\n{\n\"id\": 2\n}\n"), codeDamaged},
		{"none.sql", []byte("CREATE TABLE IF EXISTS;\n-- nothing\n"), codeUnsupported},
		{"wide.csv", []byte(wide.String() + "\n" + wide.String() + "\n"), codeUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := inspectOne(t, write(t, dir, c.name, c.body))
			if !problem.Is(err, c.code) {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			speaks(t, err)
			if p := problem.From(err); !strings.Contains(p.What, c.name) || p.Where.File == "" {
				t.Errorf("the file is not named: %q at %+v", p.What, p.Where)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Dir(dir)), "evil.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a ZIP wrote outside")
	}
}

// cutSheet ends a workbook's sheet in the middle, in a ZIP that is whole.
func cutSheet(t *testing.T, b []byte) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for _, e := range zr.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(e.Name, "xl/worksheets/") {
			body = body[:len(body)/2]
		}
		entries = append(entries, e.Name, string(body))
	}
	return zipOf(t, entries...)
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBombs(t *testing.T) {
	lower(t, &ratioFrom, 1<<20)
	dir := t.TempDir()
	zeros := "id,name\n" + strings.Repeat("1,x\n", 2<<20)
	for name, body := range map[string][]byte{
		"bomb.zip":    zipOf(t, "tickets.csv", zeros),
		"bomb.csv.gz": gzipped(t, []byte(zeros)),
		"bomb.xlsx":   zipOf(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", zeros),
	} {
		_, err := inspectOne(t, write(t, dir, name, body))
		if !problem.Is(err, codeZipBomb) {
			t.Errorf("%s: got %v", name, err)
		}
		speaks(t, err)
	}
	lower(t, &maxEntries, 3)
	_, err := inspectOne(t, write(t, dir, "many.zip", zipOf(t, "a.csv", "x", "b.csv", "x", "c.csv", "x", "d.csv", "x")))
	if !problem.Is(err, codeZipBomb) {
		t.Errorf("many entries: got %v", err)
	}
	lower(t, &maxEntries, 20000)
	lower(t, &ratioFrom, 1<<40)
	lower(t, &maxUnpacked, 1<<20)
	for _, name := range []string{"bomb.zip", "bomb.csv.gz"} {
		if _, err := inspectOne(t, filepath.Join(dir, name)); !problem.Is(err, codeZipBomb) {
			t.Errorf("%s beyond the total: got %v", name, err)
		}
	}
}

// TestSparseGigabyte: a gigabyte of nothing is refused at once.
func TestSparseGigabyte(t *testing.T) {
	p := filepath.Join(t.TempDir(), "huge.csv")
	f, err := os.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<30), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := inspectOne(t, p); !problem.Is(err, codeNotText) {
		t.Errorf("got %v", err)
	}
}

func TestMissingAndForbidden(t *testing.T) {
	_, err := inspectOne(t, filepath.Join(t.TempDir(), "gone.csv"))
	if !problem.Is(err, codeMissing) {
		t.Errorf("got %v", err)
	}
	speaks(t, err)
	p := cannotOpen(fs.ErrPermission, "/x/a.csv", "a.csv")
	if p.Code != codeNoAccess {
		t.Errorf("got %v", p)
	}
	speaks(t, p)
	if os.Geteuid() == 0 {
		t.Skip("the superuser may read every folder; the words were checked above")
	}
	dir := filepath.Join(t.TempDir(), "closed")
	write(t, dir, "a.csv", []byte("id\n1\n"))
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // the folder must be removable again
	if _, err := inspectOne(t, dir); !problem.Is(err, codeNoAccess) {
		t.Errorf("got %v", err)
	}
}

// TestOneBadFileAmongGood: what cannot be read is said, the rest is read.
func TestOneBadFileAmongGood(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tickets.csv", []byte("id,subject\n1,a\n2,b\n"))
	write(t, dir, "empty.csv", nil)
	write(t, dir, "old.ods", zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet"))
	write(t, dir, "photo.png", []byte("\x89PNG\r\n\x1a\n"))
	write(t, dir, "pack.zip", zipOf(t, "../out.csv", "id\n1\n", "inside/contacts.csv", "id,email\n1,a@b.example\n", "mail/x.bin", "\x00\x01\x02"))
	tables, err := inspectOne(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range tables {
		if x.Refused != nil {
			got[x.Name] = string(x.Refused.Code)
			continue
		}
		got[x.Name] = fmt.Sprint(x.Rows)
	}
	want := map[string]string{
		"tickets.csv": "2", "empty.csv": "file.empty", "old.ods": "file.unsupported", "pack.zip / ../out.csv": "file.zip_path", "pack.zip / inside/contacts.csv": "1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestAttachedFilesAreNoTables: what a table names as its files is not read as tables.
func TestAttachedFilesAreNoTables(t *testing.T) {
	dir := t.TempDir()
	list := "id,ticket_id,path\n1,1,files/a.txt\n2,1,files/deep/b.csv\n"
	write(t, dir, "data/attachments.csv", []byte(list))
	write(t, dir, "data/files/a.txt", []byte("name,mail\nx,y\n"))
	write(t, dir, "data/files/deep/b.csv", []byte("name,mail\nx,y\n"))
	write(t, dir, "files/c.csv", []byte("name,mail\nx,y\n"))
	write(t, dir, "p.zip", zipOf(t, "q/attachments.csv", list, "q/files/a.txt", "name,mail\nx,y\n", "q/files/deep/b.csv", "name,mail\nx,y\n"))
	tables, err := inspectOne(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, x := range tables {
		names = append(names, x.Name)
	}
	if want := []string{"data/attachments.csv", "files/c.csv", "p.zip / q/attachments.csv"}; !reflect.DeepEqual(names, want) {
		t.Errorf("tables %q, want %q", names, want)
	}
}

// TestValidate: each wrong choice is said.
func TestValidate(t *testing.T) {
	p := write(t, t.TempDir(), "tickets.csv", []byte("id,kind\n1,a\n2,a\n3,a\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if got := Validate(tables); len(got) != 1 {
		t.Errorf("nothing chosen: %v", got)
	}
	right := newOutput(model.Ticket, Count)
	right.Key = []string{"id"}
	for what, change := range map[string]func(o *Output){
		"no object":     func(o *Output) { o.Object = "" },
		"no such key":   func(o *Output) { o.Key = []string{"nope"} },
		"no such link":  func(o *Output) { o.Links = []LinkSpec{{Column: "nope", To: []model.Object{model.Contact}}} },
		"link nowhere":  func(o *Output) { o.Links = []LinkSpec{{Column: "kind"}} },
		"no repeats":    func(o *Output) { o.Repeats = "" },
		"key repeats":   func(o *Output) { o.Key = []string{"kind"} },
		"no such file":  func(o *Output) { o.FileColumn = "nope" },
		"no such where": func(o *Output) { o.Where = &Where{Column: "nope"} },
	} {
		o := right
		change(&o)
		tables[0].Outputs = []Output{o}
		got := Validate(tables)
		if len(got) != 1 {
			t.Errorf("%s: %v", what, got)
			continue
		}
		speaks(t, got[0])
	}
	tables[0].Outputs = []Output{right}
	if got := Validate(tables); len(got) != 0 {
		t.Errorf("a right choice: %v", got)
	}
}

func TestChangedFile(t *testing.T) {
	dir := t.TempDir()
	p := write(t, dir, "tickets.csv", []byte("id,subject\n1,a\n2,b\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if tables, err = Propose(context.Background(), tables); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tickets.csv", []byte("id,subject\n1,a\n2,c\n")) // as long as before
	nobody := func(connector.Page) error { t.Error("a page was given"); return nil }
	err = New(tables).Pages(context.Background(), model.Ticket, "", nobody)
	if !problem.Is(err, codeChanged) {
		t.Errorf("got %v", err)
	}
	speaks(t, err)
	if err := os.Remove(p); err != nil {
		t.Fatal(err)
	}
	if err = New(tables).Pages(context.Background(), model.Ticket, "", nobody); !problem.Is(err, codeMissing) {
		t.Errorf("got %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := write(t, t.TempDir(), "tickets.csv", []byte("id,subject\n1,a\n"))
	if _, err := Inspect(ctx, []string{p}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestEndOfPagesIsTheCallers: an error from each ends the walk unchanged.
func TestEndOfPagesIsTheCallers(t *testing.T) {
	p := write(t, t.TempDir(), "tickets.csv", []byte("id,subject\n1,a\n2,b\n"))
	tables, err := inspectOne(t, p)
	if err != nil {
		t.Fatal(err)
	}
	tables[0].Outputs = []Output{newOutput(model.Ticket, Count)}
	if err := New(tables).Pages(context.Background(), model.Ticket, "", func(connector.Page) error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"tickets":[{"id":1,"tags":["a","b"]},{"id":2}],"count":2}`))
	f.Add([]byte(`[{"a":{"b":[1,{"c":null}]}}, 3, "x"]`))
	f.Add([]byte("{\"id\":1}\n{\"id\":2\n\n{\"id\":3}"))
	f.Add([]byte(`[{"a":1},`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{"x.json", "x.ndjson", "x.sql", "x.csv"} {
			tables, err := inspectOne(t, write(t, dir, name, data))
			if err != nil {
				var p *problem.Problem
				if !errors.As(err, &p) {
					t.Fatalf("an error without words: %v", err)
				}
				continue
			}
			for _, x := range tables {
				if x.Refused != nil {
					continue
				}
				records, broken := read(t, x)
				if records != x.Rows || broken != x.Broken {
					t.Fatalf("%s: inspection says %d and %d, reading %d and %d", x.Name, x.Rows, x.Broken, records, broken)
				}
			}
			if _, err := Propose(context.Background(), tables); err != nil {
				t.Fatal(err)
			}
		}
	})
}
