package formula_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"waybill/backend/formula"
)

var known = formula.Names{
	Fields: []string{"Subject", "Ticket subject", "Opened at", "odd ] name"},
	Tables: map[string][]string{"Products": {"Code", "Name"}},
}

func apply(text string, f formula.Fix) string {
	r := []rune(text)
	return string(r[:f.From-1]) + f.Text + string(r[f.To-1:])
}

func TestCheckProposesWhatMendsAMistake(t *testing.T) {
	tests := []struct {
		src      string
		from, to int
		mended   string // by the first fix; empty when none is proposed
	}{
		{`TRMI([Subject])`, 1, 5, `TRIM([Subject])`},
		{`WENN([Subject]="x";1;2)`, 1, 5, `IF([Subject]="x";1;2)`},
		{`TRIM([Subjct])`, 6, 14, `TRIM([Subject])`},
		{`TRIM([Nobody knows])`, 6, 20, ``},
		{`TRIM([Subject]`, 15, 16, `TRIM([Subject])`},
		{`("a"`, 5, 6, `("a")`},
		{`"a`, 1, 3, `"a"`},
		{`TRIM([Subject)`, 6, 15, `TRIM([Subject])`},
		{`1)`, 2, 3, `1`},
		{`[Subject] "x"`, 11, 14, `[Subject] & "x"`},
		{`[Subject]=="x"`, 11, 12, `[Subject]="x"`},
		{`[Subject]!="x"`, 10, 12, `[Subject]<>"x"`},
		{`“Gold”`, 1, 7, `"Gold"`},
		{`Subject`, 1, 8, `[Subject]`},
		{`TEXTSPLIT([Subject],",",2)`, 1, 27, `INDEX(TEXTSPLIT([Subject],","),2)`},
		{`LEFT()`, 1, 5, ``},
		{`XLOOKUP(1,Product[Code],Products[Name])`, 11, 18, `XLOOKUP(1,Products[Code],Products[Name])`},
		{`XLOOKUP(1,Products[Cod],Products[Name])`, 19, 24, `XLOOKUP(1,Products[Code],Products[Name])`},
		{`TODAY()`, 1, 6, ``},
	}
	for _, tt := range tests {
		m := formula.Check(tt.src, known)
		if m == nil {
			t.Errorf("%s: no mistake was found", tt.src)
			continue
		}
		if m.From != tt.from || m.To != tt.to {
			t.Errorf("%s: from %d to %d, want %d to %d (%s)", tt.src, m.From, m.To, tt.from, tt.to, m.Problem.What)
		}
		switch {
		case len(m.Fixes) == 0 && tt.mended != "":
			t.Errorf("%s: nothing mends it, want %s", tt.src, tt.mended)
		case len(m.Fixes) > 0 && apply(tt.src, m.Fixes[0]) != tt.mended:
			t.Errorf("%s: mended to %s, want %s", tt.src, apply(tt.src, m.Fixes[0]), tt.mended)
		}
		if len(m.Fixes) > 0 {
			if again := formula.Check(apply(tt.src, m.Fixes[0]), known); again != nil {
				t.Errorf("%s: mended to %s, which is wrong: %v", tt.src, apply(tt.src, m.Fixes[0]), again.Problem)
			}
		}
	}
	for _, src := range []string{`=TRIM([Subject])`, `XLOOKUP([odd ]] name],products[Code],Products[#Data])`} {
		if m := formula.Check(src, known); m != nil {
			t.Errorf("%s: %v", src, m.Problem)
		}
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		src    string // the cursor stands at |
		first  string // what the first proposal writes; empty: there is none
		result string // the text with it, with the cursor
		within string // the function around, with the number of its argument
	}{
		{`|`, `[Subject]`, `[Subject]|`, ""},
		{`TRI|`, `TRIM()`, `TRIM(|)`, ""},
		{`tri|("x")`, `TRIM`, `TRIM|("x")`, ""},
		{`TRIM(|)`, `[Subject]`, `TRIM([Subject]|)`, "TRIM 0"},
		{`IF([Subject]="x",|`, `[Subject]`, `IF([Subject]="x",[Subject]|`, "IF 1"},
		{`TRIM([su|`, `[Subject]`, `TRIM([Subject]|`, "TRIM 0"},
		{`TRIM([ope|])`, `[Opened at]`, `TRIM([Opened at]|)`, "TRIM 0"},
		{`TRIM([ope|)&"x"`, `[Opened at]`, `TRIM([Opened at]|)&"x"`, "TRIM 0"},
		{`subj|`, `[Subject]`, `[Subject]|`, ""},
		{`XLOOKUP(1,Prod|`, `PRODUCT()`, `XLOOKUP(1,PRODUCT(|)`, "XLOOKUP 1"},
		{`XLOOKUP(1,Products[|`, `[Code]`, `XLOOKUP(1,Products[Code]|`, "XLOOKUP 1"},
		{`LET(total,1,tot|`, `total`, `LET(total,1,total|`, "LET 2"},
		{`WENN|`, `IF()`, `IF(|)`, ""},
		{`"te|`, ``, ``, ""},
		{`LEFT("a,b",|`, `[Subject]`, `LEFT("a,b",[Subject]|`, "LEFT 1"},
		{`zzz|`, ``, ``, ""},
		{`[Subject]|`, ``, ``, ""},
	}
	for _, tt := range tests {
		before, after, _ := strings.Cut(tt.src, "|")
		text := before + after
		c := formula.Complete(text, len([]rune(before))+1, known)
		within := ""
		if c.Within != nil {
			within = c.Within.Function.Name + " " + string(rune('0'+c.Within.Argument))
		}
		if within != tt.within {
			t.Errorf("%s: within %q, want %q", tt.src, within, tt.within)
		}
		if tt.first == "" {
			if len(c.Proposals) > 0 {
				t.Errorf("%s: proposes %+v", tt.src, c.Proposals[0])
			}
			continue
		}
		if len(c.Proposals) == 0 || c.Proposals[0].Insert != tt.first {
			t.Errorf("%s: proposes %+v, want %s first", tt.src, c.Proposals, tt.first)
			continue
		}
		p := c.Proposals[0]
		r := []rune(text)
		got := string(r[:c.From-1]) + p.Insert[:len(p.Insert)-p.Back] + "|" + p.Insert[len(p.Insert)-p.Back:] + string(r[c.To-1:])
		if got != tt.result {
			t.Errorf("%s: becomes %s, want %s", tt.src, got, tt.result)
		}
	}
}

func TestPieces(t *testing.T) {
	src := `=IF([a]>=1.5,"x"&TRUE,Foo(Products[Code]))!`
	want := []string{
		"operator =", "function IF", "bracket (", "field [a]", "operator >=", "number 1.5", "bracket ,", `text "x"`, "operator &",
		"constant TRUE", "bracket ,", "wrong Foo", "bracket (", "name Products", "field [Code]", "bracket )", "bracket )", "wrong !",
	}
	var got []string
	for _, p := range formula.Pieces(src) {
		got = append(got, p.Kind+" "+string([]rune(src)[p.From-1:p.To-1]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestDifferencesAreWrittenDown keeps the file that help shows in step with the functions.
func TestDifferencesAreWrittenDown(t *testing.T) {
	const file = "differences.txt"
	if os.Getenv("WAYBILL_WRITE") != "" {
		if err := os.WriteFile(file, []byte(formula.Differences()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != formula.Differences() {
		t.Errorf("%s is not what the functions say; write it with WAYBILL_WRITE=1 go test -run Differences ./backend/formula", file)
	}
	for _, f := range formula.Functions() {
		if f.Group == "" {
			t.Errorf("%s is in no group", f.Name)
		}
	}
}

// FuzzEditor: whatever is typed, the editor gets parts that follow each other and a proposal that fits.
func FuzzEditor(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v[0], len(v[0])/2)
	}
	f.Add("IF([a", 3)
	f.Fuzz(func(t *testing.T, src string, cursor int) {
		src = strings.ToValidUTF8(src, "?")
		n := len([]rune(src))
		at := 1
		for _, p := range formula.Pieces(src) {
			if p.From < at || p.To <= p.From || p.To > n+1 {
				t.Fatalf("%q: the piece %+v does not follow %d", src, p, at)
			}
			at = p.To
		}
		c := formula.Complete(src, cursor, known)
		if c.From < 1 || c.To < c.From || c.To > n+1 {
			t.Fatalf("%q at %d: %+v", src, cursor, c)
		}
		if m := formula.Check(src, known); m != nil {
			if m.From < 1 || m.To <= m.From {
				t.Fatalf("%q: %+v", src, m)
			}
			for _, x := range m.Fixes {
				if x.From < 1 || x.To < x.From || x.To > n+1 {
					t.Fatalf("%q: %+v", src, x)
				}
				_ = apply(src, x) // must not fail
			}
		}
	})
}
