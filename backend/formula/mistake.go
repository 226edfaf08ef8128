package formula

import (
	"errors"
	"strings"

	"waybill/backend/problem"
)

// Fix is a change of the formula's text that mends a mistake. From and To count
// characters from 1; To is the one behind the last.
type Fix struct {
	Label    string
	From, To int
	Text     string
}

// Mistake is why a formula cannot be used: where it stands, and what would mend it.
type Mistake struct {
	Problem  *problem.Problem
	From, To int
	Fixes    []Fix
}

// mistake is a problem of a formula's text, while it is read.
type mistake struct {
	p        *problem.Problem
	from, to int
	fixes    []Fix
}

func (m *mistake) Error() string { return m.p.Error() }
func (m *mistake) Unwrap() error { return m.p }

func syntax(col int, what, next string, fixes ...Fix) *mistake {
	p := problem.New(CodeSyntax, what, "The formula cannot be used until it is complete.", next)
	return &mistake{p: p.At(problem.Place{Column: col}), from: col, to: col + 1, fixes: fixes}
}

// until says where the part that is wrong ends.
func (m *mistake) until(col int) *mistake {
	m.to = max(col, m.from+1)
	return m
}

// Names are what a formula may use besides functions.
type Names struct {
	// Fields are the names of the source fields; nil: any.
	Fields []string
	// Tables are the look-up tables with their columns; nil: any.
	Tables map[string][]string
}

// Check looks for the first mistake of a formula, with what would mend it; nil: there is none.
func Check(text string, names Names) *Mistake {
	e, err := parse(text)
	if err == nil {
		return e.unknownNames(text, names)
	}
	p := problem.From(err)
	out := &Mistake{Problem: p, From: max(1, p.Where.Column), To: max(1, p.Where.Column) + 1}
	var m *mistake
	if errors.As(err, &m) {
		out.From, out.To, out.Fixes = m.from, m.to, m.fixes
	} else if t, ok := tokenAt([]rune(text), out.From); ok {
		out.To = t.end
	}
	return out
}

// unknownNames finds the first field or column that is not there.
func (e *Expr) unknownNames(text string, names Names) *Mistake {
	toks, err := lex([]rune(text))
	if err != nil {
		return nil // it was read without a mistake just now
	}
	for i, t := range toks {
		if t.kind != tokField {
			continue
		}
		if i > 0 && toks[i-1].kind == tokName && toks[i-1].end == t.col {
			if m := unknownColumn(toks[i-1], t, names); m != nil {
				return m
			}
			continue
		}
		if names.Fields != nil && !has(names.Fields, t.s) {
			p := problem.New(CodeField, "There is no source field "+FieldRef(clip(t.s))+" (column "+itoa(t.col)+").",
				"The formula would always see nothing there.", "Choose one of the source's fields.").At(problem.Place{Column: t.col})
			return &Mistake{Problem: p, From: t.col, To: t.end, Fixes: useName(t, t.s, names.Fields, FieldRef)}
		}
	}
	return nil
}

func unknownColumn(table, col token, names Names) *Mistake {
	if names.Tables == nil {
		return nil
	}
	var cols, all []string
	found := false
	for name, c := range names.Tables {
		if all = append(all, name); strings.EqualFold(name, table.s) {
			cols, found = c, true
		}
	}
	if !found {
		p := problem.New(CodeTable, "There is no table “"+clip(table.s)+"” (column "+itoa(table.col)+").",
			"The formula could look nothing up.", "Import the table, or correct its name.").At(problem.Place{Column: table.col})
		return &Mistake{Problem: p, From: table.col, To: table.end, Fixes: useName(table, table.s, all, func(s string) string { return s })}
	}
	if strings.HasPrefix(col.s, "#") || has(cols, col.s) {
		return nil
	}
	p := problem.New(CodeTable, "The table “"+clip(table.s)+"” has no column "+FieldRef(clip(col.s))+" (column "+itoa(col.col)+").",
		"The formula could look nothing up.", "Choose one of its columns.").At(problem.Place{Column: col.col})
	return &Mistake{Problem: p, From: col.col, To: col.end, Fixes: useName(col, col.s, cols, FieldRef)}
}

func has(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// useName proposes the name that is most like a wrong one.
func useName(t token, name string, names []string, write func(string) string) []Fix {
	if near := nearestOf(name, names); near != "" {
		return []Fix{{Label: "Use " + write(near) + " instead", From: t.col, To: t.end, Text: write(near)}}
	}
	return nil
}
