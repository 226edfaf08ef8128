package files

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// drip gives a reader's bytes in small pieces, so that rows cross the seams.
type drip struct {
	r io.Reader
	n int
}

func (d drip) Read(p []byte) (int, error) { return d.r.Read(p[:min(len(p), d.n)]) }

func reader(data []byte, d dialect, piece, width int) *csvReader {
	r := newCSVReader(drip{bytes.NewReader(data), piece}, d, &Table{Kind: KindCSV, Name: "t.csv"})
	r.buf = make([]byte, 0, 16)
	r.width, r.isUTF8 = width, true
	return r
}

var comma = dialect{delimiter: ',', quote: '"', newline: '\n'}

// drain reads everything and checks that the rows account for every byte.
func drain(t interface{ Fatalf(string, ...any) }, r *csvReader, size int) (good [][]string, bad []*row, blank int) {
	end, line := int64(0), int64(0)
	for {
		x, ok, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		if x.end <= end && size > 0 {
			t.Fatalf("a row ends at %d, the one before at %d", x.end, end)
		}
		if x.line <= line {
			t.Fatalf("line %d after line %d", x.line, line)
		}
		end, line = x.end, x.line
		switch {
		case !ok:
			blank++
		case x.why != nil:
			bad = append(bad, x)
		default:
			good = append(good, x.cells)
		}
	}
	if end != int64(size) {
		t.Fatalf("rows account for %d of %d bytes", end, size)
	}
	return good, bad, blank
}

func TestCSVAgreesWithEncodingCSV(t *testing.T) {
	cell := rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'b', '1', ' ', ',', '"', '\n', ';', 'é', '漢', '\''}), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 12).Draw(t, "rows")
		crlf := rapid.Bool().Draw(t, "crlf")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = crlf
		for _, r := range rows {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		text := b.Bytes()
		if rapid.Bool().Draw(t, "no last line end") {
			text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		}
		want, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got, bad, _ := drain(t, reader(text, comma, rapid.IntRange(1, 30).Draw(t, "piece"), width), len(text))
		if len(bad) > 0 {
			t.Fatalf("%d rows held: %v", len(bad), bad[0].why)
		}
		kept := want[:0]
		for _, r := range want {
			if !allBlank(r) {
				kept = append(kept, r)
			}
		}
		for _, r := range got {
			for i := range r { // encoding/csv changes line ends inside cells; the exact text is kept here
				r[i] = strings.ReplaceAll(r[i], "\r\n", "\n")
			}
		}
		if len(kept) != len(got) || len(kept) > 0 && !reflect.DeepEqual(kept, got) {
			t.Fatalf("got %q\nwant %q", got, kept)
		}
	})
}

// TestOneQuoteHoldsOneLine: a quote that opens and is never closed, anywhere,
// costs its own line and no other.
func TestOneQuoteHoldsOneLine(t *testing.T) {
	word := rapid.StringMatching(`[a-z0-9]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "rows")
		hurt := rapid.IntRange(0, n-1).Draw(t, "hurt")
		at := rapid.IntRange(0, 2).Draw(t, "cell")
		var lines []string
		for i := range n {
			cells := []string{fmt.Sprint(i), word.Draw(t, "a"), word.Draw(t, "b")}
			if i == hurt {
				cells[at] = `"` + cells[at]
			} else if rapid.Bool().Draw(t, "quoted") {
				cells[1] = `"` + cells[1] + `, ` + cells[2] + `"`
			}
			lines = append(lines, strings.Join(cells, ","))
		}
		text := []byte(strings.Join(lines, "\n") + "\n")
		good, bad, _ := drain(t, reader(text, comma, 7, 3), len(text))
		if len(bad) != 1 || bad[0].why.Code != codeQuote || bad[0].line != int64(hurt+1) || len(good) != n-1 {
			t.Fatalf("%d rows good and %d held, in:\n%s", len(good), len(bad), text)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n1,\"x\ny\"\n2,\"z\n3,w\n"), byte(','), byte('"'), 3)
	f.Add([]byte("\"a\"\"b\",c\r\n\"d\"e,f\r\n"), byte(','), byte('"'), 1)
	f.Add([]byte("a;b\rc;d\r"), byte(';'), byte('\''), 2)
	f.Add([]byte("\xff\xfe,\"\n\n\n,,,\n\""), byte(','), byte('"'), 4)
	f.Fuzz(func(t *testing.T, data []byte, delimiter, quote byte, piece int) {
		if delimiter == '\n' || delimiter == '\r' || quote == '\n' || quote == '\r' || delimiter == quote || delimiter >= 0x80 || quote >= 0x80 {
			t.Skip("Reinspect refuses these")
		}
		piece = max(1, min(piece, 64))
		d := dialect{delimiter: delimiter, quote: quote, newline: '\n'}
		for _, width := range []int{0, 2} {
			good, bad, blank := drain(t, reader(data, d, piece, width), len(data))
			again, badAgain, blankAgain := drain(t, reader(data, d, 1+piece*3, width), len(data))
			if len(good) != len(again) || len(bad) != len(badAgain) || blank != blankAgain {
				t.Fatalf("the size of the pieces matters: %d/%d/%d and %d/%d/%d", len(good), len(bad), blank, len(again), len(badAgain), blankAgain)
			}
			for _, r := range good {
				if width > 0 && len(r) != width {
					t.Fatalf("a good row of %d cells", len(r))
				}
				for _, c := range r {
					if !utf8.ValidString(c) {
						t.Fatalf("a good cell %q that is no text", c)
					}
				}
			}
		}
		if quote == '"' && delimiter == ',' && utf8.Valid(data) && !bytes.Contains(data, []byte{'\r'}) {
			want, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
			if err != nil || len(want) == 0 {
				return
			}
			got, _, _ := drain(t, reader(data, d, piece, len(want[0])), len(data))
			kept := want[:0]
			for _, r := range want {
				if !allBlank(r) {
					kept = append(kept, r)
				}
			}
			if len(kept) != len(got) || len(got) > 0 && !reflect.DeepEqual(kept, got) {
				t.Fatalf("clean input read differently:\n%q\n%q", got, kept)
			}
		}
	})
}

func TestDamagedRows(t *testing.T) {
	for _, c := range []struct {
		name, text string
		good       int
		codes      []string
		lines      []int64
	}{
		{"too many cells", "1,2\n1,2,3\n1,2\n", 2, []string{"file.row_width"}, []int64{2}},
		{"too few cells", "1,2\n1\n1,2\n", 2, []string{"file.row_width"}, []int64{2}},
		{"a blank cell too many is no less wrong", "1,2\n1,2,\n", 1, []string{"file.row_width"}, []int64{2}},
		{"quote inside a quoted cell", "1,\"a \"b\" c\"\n1,2\n", 1, []string{"file.quote"}, []int64{1}},
		{"quote never closed", "1,2\n1,\"x\n", 1, []string{"file.quote"}, []int64{2}},
		{"line ends inside quotes are fine", "1,\"a\nb\r\nc\"\n1,2\n", 2, nil, nil},
		{"quote inside a plain cell is text", "1,5\" pipe\n", 1, nil, nil},
		{"bytes that are no text", "1,\xff\n1,2\n", 1, []string{"file.bad_characters"}, []int64{1}},
		{"a quote that swallows rows up to another one", "1,\"x\n1,2\n1,\"\"\n1,2\n", 3, []string{"file.quote"}, []int64{1}},
		{"zero bytes", "1,a\x00b\n1,2\n", 1, []string{"file.bad_characters"}, []int64{1}},
		{"the sign that ends old files", "1,2\n\x1a", 1, nil, nil},
		{"blank lines are nothing", "\n1,2\n\n\n , \n1,2\n", 2, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			good, bad, _ := drain(t, reader([]byte(c.text), comma, 3, 2), len(c.text))
			if len(good) != c.good || len(bad) != len(c.codes) {
				t.Fatalf("%d good and %d held: %q", len(good), len(bad), good)
			}
			for i, b := range bad {
				if string(b.why.Code) != c.codes[i] || b.line != c.lines[i] || b.why.Where.Line != c.lines[i] {
					t.Errorf("line %d: %v", b.line, b.why)
				}
				if len(b.raw) == 0 {
					t.Error("the held row has lost its bytes")
				}
				speaks(t, b.why)
			}
		})
	}
}

var manyX = bytes.Repeat([]byte{'x'}, 1<<20)

// endless is a line that never ends.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	done := copy(p[:n], manyX)
	e.left -= int64(done)
	return done, nil
}

// TestGigabyteLine: a line of a gigabyte is held, what follows is read, and no
// more than the limit of a row is ever in memory.
func TestGigabyteLine(t *testing.T) {
	for name, start := range map[string]string{"plain": "", "quoted": `"`} {
		t.Run(name, func(t *testing.T) {
			src := io.MultiReader(strings.NewReader("a,b\n"+start), &endless{1 << 30}, strings.NewReader("\nc,d\n"))
			r := newCSVReader(src, comma, &Table{Kind: KindCSV, Name: "t.csv"})
			r.width, r.isUTF8 = 2, true
			biggest, good, held := 0, 0, 0
			for {
				x, ok, err := r.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				biggest = max(biggest, cap(r.buf))
				if !ok {
					t.Error("a blank row")
				} else if x.why != nil {
					held++
					if x.why.Code != codeLongLine || x.line != 2 || len(x.raw) > 1<<16 {
						t.Errorf("line %d with %d bytes kept: %v", x.line, len(x.raw), x.why)
					}
					speaks(t, x.why)
				} else {
					good++
				}
			}
			if good != 2 || held != 1 {
				t.Errorf("%d rows read and %d held, want 2 and 1", good, held)
			}
			if biggest > 4*maxRow {
				t.Errorf("%d bytes were held for it", biggest)
			}
		})
	}
}

// TestLongQuotedCell: a cell of many lines and megabytes is read whole, also
// when it comes in small pieces.
func TestLongQuotedCell(t *testing.T) {
	cell := strings.Repeat("a line of text, with a comma\n", 700_000)
	text := []byte("1,\"" + cell + "\"\n2,x\n")
	good, bad, _ := drain(t, reader(text, comma, 4096, 2), len(text))
	if len(good) != 2 || len(bad) != 0 || good[0][1] != cell {
		t.Errorf("%d rows good and %d held", len(good), len(bad))
	}
}

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		text      string
		delimiter byte
		quote     byte
		header    int
		columns   []string
	}{
		{"a,b\n1,2\n3,4\n", ',', '"', 1, []string{"a", "b"}},
		{"a;b;c\n1,5;2;x\n3,5;4;y\n", ';', '"', 1, []string{"a", "b", "c"}},
		{"a\tb\n1\t2, 3\n", '\t', '"', 1, []string{"a", "b"}},
		{"a|b\n1|2\n", '|', '"', 1, []string{"a", "b"}},
		{"'id';'name'\n'1';'O; Hara'\n'2';'x'\n", ';', '\'', 1, []string{"id", "name"}},
		{"Report of 2024\n\nid,name,mail\n1,x,a@b.example\n2,y,c@d.example\n", ',', '"', 2, []string{"id", "name", "mail"}},
		{"1,2024-01-01,x@y.example\n2,2024-01-02,z@y.example\n", ',', '"', 0, []string{"Column 1", "Column 2", "Column 3"}},
		{"id,,id\n1,2,3\n", ',', '"', 1, []string{"id", "Column 2", "id (2)"}},
		{"name\nAnna\nBen\n", 0, '"', 1, []string{"name"}},
		{"id,note\n1,\"a, b; c; d; e\"\n2,\"f; g; h; i\"\n", ',', '"', 1, []string{"id", "note"}},
	} {
		d := sniff([]byte(c.text), true)
		if d.delimiter != c.delimiter || d.quote != c.quote {
			t.Errorf("%q: delimiter %q and quote %q", c.text, d.delimiter, d.quote)
			continue
		}
		rows := d.sampled([]byte(c.text), true, 100)
		x := blank("t.csv", "t.csv")
		x.HeaderRow, _ = findHeader(rows)
		if x.HeaderRow != c.header {
			t.Errorf("%q: header in row %d, want %d", c.text, x.HeaderRow, c.header)
		}
		if err := x.textColumns(rows); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, col := range x.Columns {
			names = append(names, col.Name)
		}
		if !reflect.DeepEqual(names, c.columns) {
			t.Errorf("%q: columns %q, want %q", c.text, names, c.columns)
		}
	}
}

func TestAppendTextDecodesToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		v, err := valuesOf(appendText(nil, s))
		if err != nil || v != strings.ToValidUTF8(s, "\uFFFD") {
			t.Fatalf("%q became %q (%v)", s, v, err)
		}
	})
}

func TestValid_saysTheSameAsUTF8(t *testing.T) {
	bytesOf := rapid.SliceOfN(rapid.SampledFrom([]byte("aaaaaaaa, \xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80\xED\xA0\x80\xC0\xFF")), 0, 40)
	rapid.Check(t, func(t *rapid.T) {
		b := bytesOf.Draw(t, "bytes")
		if got := valid(b); got != utf8.Valid(b) {
			t.Fatalf("%q: %v", b, got)
		}
	})
}

// Each gives what Next gives, however a row is written.
func TestEach_givesTheCellsOfEveryGoodRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	text := "a,b,c\n1,,é\n\"x, y\",\"say \"\"no\"\"\",3\n\n4,5\n , ,\n7,8,\"two\nlines\"\n9,\xFF,9\nlast,é,"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	table := &Table{Kind: KindCSV, File: path, Name: "t.csv", Encoding: utf8Name, Delimiter: ",", Quote: `"`, HeaderRow: 1, Columns: []Column{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	want := [][]string{}
	r, err := openRows(t.Context(), table, position{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if x.why == nil {
			want = append(want, x.cells)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	got := [][]string{}
	err = Each(t.Context(), table, func(text []byte, ends []int, gap int) error {
		cells, from := []string{}, 0
		for _, to := range ends {
			cells = append(cells, string(text[from:to]))
			from = to + gap
		}
		got = append(got, cells)
		return nil
	})
	if err != nil || !reflect.DeepEqual(got, want) || len(got) != 4 || got[1][0] != "x, y" || got[1][1] != `say "no"` || got[2][2] != "two\nlines" {
		t.Errorf("%v\n%q\n%q", err, got, want)
	}
}
