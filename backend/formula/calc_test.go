package formula_test

import (
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/formula"
)

// calcFields are the source fields as the cells of a sheet would hold them.
var calcFields = map[string]any{
	"Tier": "gold", "First": "  Ada ", "Last": "Lovelace", "Opened": "29-02-2016 01:16", "Level": 1, "Count": 7,
	"Long": "12345678901234567890", "None": nil, "On": true, "odd ] name": "x", "Emoji": "a👍b", "A1": "=1+1",
}

// notInCalc are functions that LibreOffice 7.4, which Debian has, does not know. What they
// give stands in vectors.txt, as Excel's documentation says it.
var notInCalc = []string{
	"ARRAYTOTEXT", "DROP", "FILTER", "LET", "REGEXEXTRACT", "REGEXREPLACE", "REGEXTEST",
	"SORT", "TAKE", "TEXTAFTER", "TEXTBEFORE", "TEXTSPLIT", "UNIQUE", "XLOOKUP", "XMATCH",
}

// prefixed are functions that a workbook names with a prefix, because they are newer than its format.
var prefixed = []string{
	"BASE", "CEILING.MATH", "CONCAT", "DAYS", "DECIMAL", "FLOOR.MATH", "IFNA", "IFS", "ISOWEEKNUM", "NUMBERVALUE", "SWITCH", "TEXTJOIN", "UNICHAR", "UNICODE", "XOR",
}

// grid gives the formulas that testdata/grid.txt stands for: one for each choice of «a|b».
func grid(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/grid.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		made := []string{""}
		for i, part := range strings.Split(line, "«") {
			choices, rest, ok := strings.Cut(part, "»")
			if i == 0 || !ok {
				choices, rest = part, ""
			}
			options := []string{choices}
			if i > 0 {
				options = strings.Split(choices, "|")
			}
			var next []string
			for _, m := range made {
				for _, o := range options {
					next = append(next, m+o+rest)
				}
			}
			made = next
		}
		out = append(out, made...)
	}
	return out
}

var (
	fieldIn = regexp.MustCompile(`\[((?:[^\]]|\]\])*)\]`)
	callIn  = regexp.MustCompile(`[A-Z][A-Z0-9.]*\(`)
)

// calcCase is a formula as Calc is asked it; ok is false for one that only Waybill knows.
func calcCase(src string, cells map[string]string) (text string, ok bool) {
	e, err := formula.Parse(src)
	if err != nil || len(e.Tables()) > 0 {
		return "", false
	}
	for _, f := range e.Fields() {
		if cells[f] == "" {
			return "", false
		}
	}
	text = e.String()
	own := map[string]bool{}
	for _, f := range formula.Functions() {
		own[f.Name] = f.Own
	}
	ok = true
	// Texts may hold anything: only what is outside of them is looked at.
	parts := strings.Split(text, `"`)
	for i := 0; i < len(parts); i += 2 {
		parts[i] = fieldIn.ReplaceAllStringFunc(parts[i], func(f string) string {
			return cells[strings.ReplaceAll(f[1:len(f)-1], "]]", "]")]
		})
		parts[i] = callIn.ReplaceAllStringFunc(parts[i], func(c string) string {
			name := strings.TrimSuffix(c, "(")
			ok = ok && !own[name] && !slices.Contains(notInCalc, name)
			if slices.Contains(prefixed, name) {
				return "_xlfn." + c
			}
			return c
		})
	}
	text = strings.Join(parts, `"`)
	for _, beyond := range []*regexp.Regexp{
		regexp.MustCompile(`DATEVALUE\([^()]*(\([^()]*\)[^()]*)?,`), // a format or a zone
		regexp.MustCompile(`TEXT\(.*,"[A-Z][a-z]+/[A-Z][a-z]+"\)`),  // a zone
	} {
		ok = ok && !beyond.MatchString(text)
	}
	return text, ok
}

// calcKnown reads the differences that are meant: a formula, what Calc gives, and why.
func calcKnown(t testing.TB) map[string][2]string {
	t.Helper()
	b, err := os.ReadFile("testdata/calc.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][2]string{}
	why := ""
	for line := range strings.SplitSeq(string(b), "\n") {
		if reason, ok := strings.CutPrefix(line, "// "); ok {
			why = reason
		} else if src, got, ok := strings.Cut(line, "  =>  "); ok {
			out[src] = [2]string{got, why}
		}
	}
	return out
}

// TestFormulasGiveWhatCalcGives asks LibreOffice Calc for every formula of vectors.txt and of
// the grid that it can understand. Every difference is named in testdata/calc.txt with its
// reason, and nothing else differs.
func TestFormulasGiveWhatCalcGives(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed, so only our own results are tested")
	}
	var srcs []string
	for _, v := range vectors(t) {
		srcs = append(srcs, v[0])
	}
	srcs = append(srcs, grid(t)...)
	book := excelize.NewFile()
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = book.NewSheet("f")
	must(err)
	cells := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(calcFields)) {
		cell, err := excelize.CoordinatesToCellName(i+1, 1)
		must(err)
		must(book.SetCellValue("f", cell, calcFields[name]))
		cells[name] = "f!" + cell
	}
	asked := map[string]string{} // cell -> formula
	seen := map[string]bool{}
	row := 0
	for _, src := range srcs {
		text, ok := calcCase(src, cells)
		if !ok || seen[src] {
			continue
		}
		seen[src] = true
		row++
		cell := "A" + strconv.Itoa(row)
		asked[cell] = src
		var opts []excelize.FormulaOpts
		if strings.Contains(text, "{") {
			if v, err := eval(src); err == nil && v.List() != nil {
				text = `_xlfn.TEXTJOIN(", ",FALSE,` + text + ")"
			}
			kind, ref := excelize.STCellFormulaTypeArray, cell+":"+cell
			opts = append(opts, excelize.FormulaOpts{Type: &kind, Ref: &ref})
		}
		must(book.SetCellFormula("Sheet1", cell, text, opts...))
	}
	if len(asked) < 1500 {
		t.Fatalf("only %d formulas are compared", len(asked))
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.xlsx")
	must(book.SaveAs(in))
	if v, err := exec.Command(office, "--version").Output(); err != nil || !strings.Contains(string(v), " 7.4.") {
		t.Skipf("calc.txt says what Calc 7.4 gives, and this is %s", v)
	}
	cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "out"), in)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // CHAR and CODE go by it
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	back, err := excelize.OpenFile(filepath.Join(dir, "out", "in.xlsx"))
	must(err)
	defer func() {
		if err := back.Close(); err != nil {
			t.Error(err)
		}
	}()
	known := calcKnown(t)
	used := map[string]bool{}
	for i := 1; i <= row; i++ {
		cell := "A" + strconv.Itoa(i)
		src := asked[cell]
		kind, err := back.GetCellType("Sheet1", cell)
		must(err)
		got, err := back.GetCellValue("Sheet1", cell, excelize.Options{RawCellValue: true})
		must(err)
		if kind == excelize.CellTypeBool {
			got = map[string]string{"1": "TRUE", "0": "FALSE"}[got]
		}
		ours, err := eval(src)
		must(err)
		text := kind == excelize.CellTypeFormula || kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString
		if text && kind != excelize.CellTypeError {
			got = formula.Quote(got)
		}
		if same(ours, got) {
			continue
		}
		k, listed := known[src]
		used[src] = true
		if !listed || k[0] != got {
			t.Errorf("%s  =>  %s   where Calc gives %s (%v)", src, plain(ours), got, kind)
		}
	}
	for src := range known {
		if !used[src] {
			t.Errorf("calc.txt names %s, which does not differ, or is not compared", src)
		}
	}
	t.Logf("%d formulas compared, %d differ as calc.txt says", len(asked), len(known))
}

func eval(src string) (formula.Value, error) {
	e, err := formula.Parse(src)
	if err != nil {
		return formula.Value{}, err
	}
	return e.EvalIn(world)
}

// plain writes a value as calc.txt does: a date as its number.
func plain(v formula.Value) string {
	if n, ok := v.Number(); ok {
		return strconv.FormatFloat(n, 'G', 15, 64)
	}
	return shown(v)
}

// same compares with 14 digits: Calc writes 15, the last of them rounded twice.
func same(v formula.Value, calc string) bool {
	if n, ok := v.Number(); ok {
		m, err := strconv.ParseFloat(calc, 64)
		return err == nil && math.Abs(n-m) <= 1e-14*math.Max(math.Abs(n), math.Abs(m))
	}
	return shown(v) == calc
}
