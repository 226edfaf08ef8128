package workbook_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/workbook"
)

// tenThousand is a book with 10,000 lines: 25 kinds of records with 200 fields each, and 50
// value lists with 100 values each.
func tenThousand() (workbook.Book, workbook.Want) {
	b := workbook.Book{ProjectID: identity.ProjectID, ProjectName: identity.ProjectName}
	var choices []model.Choice
	for i := range 30 {
		choices = append(choices, model.Choice{Value: fmt.Sprint("o", i), Title: fmt.Sprint("Option ", i)})
	}
	for o := range 25 {
		name := model.Object(fmt.Sprint("object", o))
		src, dst := model.ObjectSchema{Object: name, Title: fmt.Sprint("Old ", o)}, model.ObjectSchema{Object: name, Title: fmt.Sprint("New ", o)}
		m := mapping.ObjectMap{Source: name, Target: name}
		for i := range 200 {
			f := model.Field{Name: fmt.Sprint("field_", i), Title: fmt.Sprint("Field ", i), Type: model.Text}
			src.Fields = append(src.Fields, f)
			x := mapping.FieldMap{Target: f.Name, Rule: mapping.Copy, Sources: []string{f.Name}, Meaning: "What it means for the business.", Owner: "Mia Weber", State: mapping.Proposed, Confidence: 80, Reason: "The names are the same."}
			if i%100 == 0 {
				f.Type, f.Options = model.Option, choices
				x.Rule = mapping.Values
				for v := range 100 {
					x.Values = append(x.Values, mapping.ValuePair{From: fmt.Sprint("Value ", v), To: choices[v%30].Value, Count: int64(v), Decided: true})
				}
			}
			dst.Fields = append(dst.Fields, f)
			m.Fields = append(m.Fields, x)
		}
		b.Src.Objects, b.Dst.Objects = append(b.Src.Objects, src), append(b.Dst.Objects, dst)
		b.Version.Objects = append(b.Version.Objects, m)
	}
	w := workbook.Want{Identity: identity, Src: b.Src, Dst: b.Dst, Base: func(workbook.Stamp) (mapping.Version, bool) { return b.Version, true }}
	return b, w
}

// bare copies the cells of a workbook sheet by sheet with nothing but the library.
func bare(tb testing.TB, sheets [][][]string, w io.Writer) {
	f := excelize.NewFile()
	for i, rows := range sheets {
		name := fmt.Sprint("S", i)
		if _, err := f.NewSheet(name); err != nil {
			tb.Fatal(err)
		}
		sw, err := f.NewStreamWriter(name)
		if err != nil {
			tb.Fatal(err)
		}
		for r, row := range rows {
			cells := make([]any, len(row))
			for c, s := range row {
				cells[c] = s
			}
			if err := sw.SetRow(fmt.Sprint("A", r+1), cells); err != nil {
				tb.Fatal(err)
			}
		}
		if err := sw.Flush(); err != nil {
			tb.Fatal(err)
		}
	}
	if err := f.Write(w); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}

// bareRead reads all cells with nothing but the library.
func bareRead(tb testing.TB, raw []byte) (out [][][]string) {
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, rows)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return out
}

// BenchmarkTenThousand compares with the bare library for the same cells: ours may take three
// times as long. Run it with -bench TenThousand -benchtime 1x.
func BenchmarkTenThousand(b *testing.B) {
	book, want := tenThousand()
	raw := write(b, book)
	cells := bareRead(b, raw)
	var plain bytes.Buffer
	bare(b, cells, &plain)
	b.Run("write/bare", func(b *testing.B) {
		for b.Loop() {
			bare(b, cells, io.Discard)
		}
	})
	b.Run("write/ours", func(b *testing.B) {
		for b.Loop() {
			if err := workbook.Write(io.Discard, book); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read/bare", func(b *testing.B) {
		for b.Loop() {
			bareRead(b, plain.Bytes())
		}
	})
	b.Run("read/ours", func(b *testing.B) {
		for b.Loop() {
			if _, found := workbook.Read(bytes.NewReader(raw), int64(len(raw)), want); len(found) > 0 {
				b.Fatal(found)
			}
		}
	})
}
