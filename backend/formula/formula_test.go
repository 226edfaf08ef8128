package formula_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"waybill/backend/formula"
	"waybill/backend/problem"
)

// fields are the source fields that the vectors use.
var fields = map[string]formula.Value{
	"Tier":       formula.FieldText("gold"),
	"First":      formula.FieldText("  Ada "),
	"Last":       formula.FieldText("Lovelace"),
	"Opened":     formula.FieldText("29-02-2016 01:16"),
	"Day":        formula.FieldDate("03.04.2020", time.Date(2020, 4, 3, 0, 0, 0, 0, time.UTC), true),
	"Level":      formula.FieldText("1"),
	"Count":      formula.FieldNumber("7"),
	"Long":       formula.FieldNumber("12345678901234567890"),
	"None":       formula.Blank(),
	"Tags":       formula.FieldList([]string{"a", "b", "c"}),
	"On":         formula.Logical(true),
	"odd ] name": formula.FieldText("x"),
	"Emoji":      formula.FieldText("a👍b"),
	"A1":         formula.FieldText("=1+1"),
	"Scores":     formula.FieldList([]string{"3", "10", "7"}),
	"raw":        formula.FieldText(`{"id":12345678901234567890,"n":5,"ok":true,"tags":["x","y"],"who":{"name":"Ada"},"none":null}`),
}

// tables are the look-up tables that the vectors use.
type tables map[string]*formula.Table

func (t tables) Table(name string) (*formula.Table, bool) {
	x, ok := t[strings.ToLower(name)]
	return x, ok
}

var products = tables{"products": formula.NewTable([]string{"Code", "Name", "Price"}, [][]string{
	{"A-1", "Bolt", "0.50"}, {"A-2", "Nut", "0.25"}, {"007", "Washer", "12"}, {"X", "Short"},
})}

var world = formula.Env{Field: lookup, Tables: products}

func lookup(name string) formula.Value { return fields[name] }

// shown writes a value so that kinds cannot be mixed up: texts in quotation marks.
func shown(v formula.Value) string {
	switch v.Kind() {
	case formula.KindText:
		return formula.Quote(v.String())
	case formula.KindBlank:
		return "blank"
	default:
		return v.String()
	}
}

func vectors(t testing.TB) [][2]string {
	t.Helper()
	f, err := os.Open("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out [][2]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := sc.Text()
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		src, want, ok := strings.Cut(line, "  =>  ")
		if !ok {
			t.Fatalf("no => in %q", line)
		}
		out = append(out, [2]string{src, want})
	}
	if len(out) < 150 {
		t.Fatalf("only %d vectors were read", len(out))
	}
	return out
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v[0], func(t *testing.T) {
			e, err := formula.Parse(v[0])
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.EvalIn(world)
			if err != nil {
				t.Fatal(err)
			}
			if shown(got) != v[1] {
				t.Errorf("got %s, want %s", shown(got), v[1])
			}
			again, err := formula.Parse(e.String())
			if err != nil {
				t.Fatalf("its print %q: %v", e.String(), err)
			}
			if again.String() != e.String() {
				t.Errorf("printed %q, then %q", e.String(), again.String())
			}
			second, err := again.EvalIn(world)
			if err != nil || shown(second) != v[1] {
				t.Errorf("its print %q gives %s, %v", e.String(), shown(second), err)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct {
		src  string
		code problem.Code
		col  int
		next string
	}{
		{"", formula.CodeEmpty, 1, "Write one"},
		{"=", formula.CodeEmpty, 1, "Write one"},
		{`IF([Tier]="Gold","P1"`, formula.CodeSyntax, 22, "Check the values of IF"},
		{`IF([Tier]="Gold"`, formula.CodeSyntax, 17, "Check the values of IF"},
		{`IF([Tier]="Gold)`, formula.CodeSyntax, 11, "straight quotation mark"},
		{`[Tier`, formula.CodeSyntax, 1, "Put ]"},
		{`[]`, formula.CodeSyntax, 1, "[Subject]"},
		{`TRMI([Tier])`, formula.CodeFunction, 1, "Did you mean TRIM(text)?"},
		{`WENN([Tier]="x";1;2)`, formula.CodeFunction, 1, "Use IF instead."},
		{`INDIRECT([Tier])`, formula.CodeFunction, 1, "in brackets"},
		{`TEXTSPLIT([Tier],",",2)`, formula.CodeSyntax, 1, "INDEX(TEXTSPLIT(text, delimiter), part)"},
		{`REGEXTEST([Tier],"(a")`, formula.CodePattern, 1, "Correct the pattern"},
		{`REGEXTEST([Tier],"(?=a)")`, formula.CodePattern, 1, "REGEXEXTRACT"},
		{`JSONPATH([raw],"a[")`, formula.CodePath, 1, "Begin with $"},
		{`LET(a,1)`, formula.CodeSyntax, 8, "LET(name, value, result)"},
		{`LET(1,2,3)`, formula.CodeSyntax, 5, "LET(name, value, result)"},
		{`LET(true,1,2)`, formula.CodeSyntax, 5, "another name"},
		{`{1,2;3}`, formula.CodeSyntax, 7, "as many values"},
		{`{[a]}`, formula.CodeSyntax, 2, "texts and numbers"},
		{`[a]!="x"`, formula.CodeSyntax, 4, "<>"},
		{`[a]=="x"`, formula.CodeSyntax, 5, "a function there"},
		{`1+TODAY()`, formula.CodeNoClock, 3, "DATE(2026,11,21)"},
		{`LEFT()`, formula.CodeArgs, 1, "LEFT(text, [count])"},
		{`LEFT("a",1,2)`, formula.CodeArgs, 1, "LEFT(text, [count])"},
		{`IFS(TRUE)`, formula.CodeArgs, 1, "IFS("},
		{`IFS(TRUE,1,FALSE)`, formula.CodeArgs, 1, "IFS("},
		{`Tier&"x"`, formula.CodeSyntax, 1, "[Tier]"},
		{`TRIM`, formula.CodeSyntax, 5, "TRIM(text)"},
		{`[Tier] "x"`, formula.CodeSyntax, 8, "&"},
		{`1)`, formula.CodeSyntax, 2, "Remove it"},
		{`1,2`, formula.CodeSyntax, 2, "CONCAT"},
		{`(1+2`, formula.CodeSyntax, 5, "column 1"},
		{`1+`, formula.CodeSyntax, 3, "a function there"},
		{`“Gold”`, formula.CodeSyntax, 1, "straight double quotation marks"},
		{`#A`, formula.CodeSyntax, 1, "brackets"},
		{`1E999`, formula.CodeSyntax, 1, "as a text"},
		{`DATEVALUE([Opened],"DD-QQ-YYYY")`, formula.CodeDate, 1, "DD.MM.YYYY"},
		{`DATEVALUE([Opened],"DD-MM-YYYY","Nowhere/Town")`, formula.CodeZone, 1, "Europe/Berlin"},
		{strings.Repeat("(", 80) + "1" + strings.Repeat(")", 80), formula.CodeSyntax, 65, "IFS"},
		{strings.Repeat("-", 80) + "1", formula.CodeSyntax, 65, "IFS"},
		{`"` + strings.Repeat("x", 9000) + `"`, formula.CodeTooLong, 8193, "Shorten"},
	}
	for _, tt := range tests {
		_, err := formula.Parse(tt.src)
		if err == nil {
			t.Errorf("%.40q was accepted", tt.src)
			continue
		}
		p := problem.From(err)
		if p.Code != tt.code || p.Where.Column != tt.col || !strings.Contains(p.Next, tt.next) {
			t.Errorf("%.40q: code %s, column %d, next %q; want %s, %d, %q", tt.src, p.Code, p.Where.Column, p.Next, tt.code, tt.col, tt.next)
		}
		if p.What == "" || p.Why == "" || p.Next == "" {
			t.Errorf("%.40q: the problem has not all three sentences: %+v", tt.src, p)
		}
	}
}

func TestBudgets(t *testing.T) {
	huge := formula.FieldText(strings.Repeat("x", 1<<20))
	for _, src := range []string{
		`REPT("x",2000000000)`, `REPT(REPT("xxxxxxxxxx",100000),100000)`, `[Big]&[Big]&[Big]&[Big]&[Big]&[Big]&[Big]`,
		`SUBSTITUTE([Big],"x","xxxxxxxxxxxxxxxx")`, `TEXTJOIN([Big],TRUE,1,2,3,4,5,6)`,
		`IFERROR(REPT("x",2000000000),"fine")`,
		`FIND(TEXTSPLIT(REPT("y,",9000),","),[Big])`, `TEXTSPLIT([Big],,,"x")&TEXTSPLIT(REPT("y,",30000),",")`,
		`SUM(LEN(TEXTSPLIT(REPT("y,",9999),",")&TEXTSPLIT(REPT("y;",9999),,";")))`,
	} {
		e, err := formula.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = e.Eval(func(string) formula.Value { return huge }); !problem.Is(err, formula.CodeBudget) {
			t.Errorf("%s: got %v, want %s", src, err, formula.CodeBudget)
		}
	}
}

func TestFields(t *testing.T) {
	e, err := formula.Parse(`=IF([b]="",[a],[b]&[odd ]] name])`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(e.Fields(), "|"), "b|a|odd ] name"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := formula.FieldRef("odd ] name"); got != "[odd ]] name]" {
		t.Errorf("FieldRef gives %q", got)
	}
}

func TestEveryFunctionIsDescribed(t *testing.T) {
	list := formula.Functions()
	if len(list) < 60 {
		t.Fatalf("only %d functions", len(list))
	}
	used := map[string]bool{}
	for _, v := range vectors(t) {
		for _, f := range list {
			if strings.Contains(strings.ToUpper(v[0]), f.Name+"(") {
				used[f.Name] = true
			}
		}
	}
	for _, f := range list {
		if f.Help == "" || !strings.HasPrefix(f.Use, f.Name+"(") {
			t.Errorf("%s is not described: %+v", f.Name, f)
		}
		if !used[f.Name] {
			t.Errorf("no vector uses %s", f.Name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v[0])
	}
	// Budgets: none of these may take long, whatever is made of them.
	for _, src := range []string{
		`=IF([a]="x",,-(2%)^-3&"a""b")`, `REPT(REPT("x",9999),9999)`, `TEXTSPLIT(REPT("a,",20000),",")&TEXTSPLIT(REPT("a;",20000),,";")`,
		`REGEXTEST(REPT("a",100000),"(a+)+$")`, `REGEXTEST([Tier],REPT("(a|b)",400))`, `SEARCH(REPT("*a",50),REPT("a",50000))`, `NETWORKDAYS(1,2958465)`, `WORKDAY(1,2147483647)`,
		`LET(a,REPT("x",99999),b,a&a,c,b&b,d,c&c,e,d&d,LEN(e&e))`, `SORT(TEXTSPLIT(REPT("b,a,",5000),,","))`, `JSONPATH(REPT("[",9999),"$..*")`, `JSONPATH([raw],"$..*")`,
		`XLOOKUP(TEXTSPLIT(REPT("a,",9000),","),Products[Code],Products[Name],"-",2)`, `FILTER({1,2;3,4},{TRUE;FALSE})`, `INDEX({1},0,0)`, `TAKE({1,2},0)`, `TEXT(1E300,REPT("0",200))`, `FIXED(1E300,127)`,
		`BASE(9007199254740991,2,255)`, `DATEDIF(1,2958465,"MD")`, `TEXTJOIN({"a","b"},TRUE,TEXTSPLIT(REPT("a,",9000),","))`, `ROUND(1E-300,-310)`, `UNIQUE({1,"a";1,"A"})`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := formula.Parse(src)
		if err != nil {
			return
		}
		text := e.String()
		again, err := formula.Parse(text)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", src, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q, then %q", text, again.String())
		}
		a, errA := e.EvalIn(world)
		b, errB := again.EvalIn(world)
		if shown(a) != shown(b) || (errA == nil) != (errB == nil) {
			t.Fatalf("%q gives %s, %q gives %s", src, shown(a), text, shown(b))
		}
	})
}

func BenchmarkEval(b *testing.B) {
	e, err := formula.Parse(`IF([Tier]="Gold",TRIM([First]&" "&[Last]),"P3")`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Eval(lookup); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleParse() {
	e, err := formula.Parse(`IF([Tier]="Gold","P1","P3")`)
	if err != nil {
		panic(err)
	}
	v, err := e.Eval(func(string) formula.Value { return formula.FieldText("gold") })
	if err != nil {
		panic(err)
	}
	fmt.Println(v)
	// Output: P1
}
