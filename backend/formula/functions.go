package formula

import (
	"slices"
	"sort"
	"strings"

	"github.com/xrash/smetrics"

	"waybill/backend/problem"
)

// functions by name; never changed after it is made.
var functions = makeFunctions()

func makeFunctions() map[string]*Function {
	out := map[string]*Function{}
	for _, f := range slices.Concat(logicFunctions(), textFunctions(), numberFunctions(), dateFunctions()) {
		out[f.Name] = &f
	}
	return out
}

// Functions lists all functions by name, for help and completion.
func Functions() []Function {
	out := make([]Function, 0, len(functions))
	for _, f := range functions {
		out = append(out, Function{Name: f.Name, Use: f.Use, Help: f.Help})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// needClock lists what would give another result each time.
var needClock = []string{"TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY"}

// instead says what to use for Excel functions that Waybill does not have.
var instead = map[string]string{
	"VLOOKUP": "a value list", "HLOOKUP": "a value list", "XLOOKUP": "a value list", "LOOKUP": "a value list",
	"INDEX": "TEXTSPLIT(text, delimiter, part)", "MATCH": "a value list", "INDIRECT": "the field's name in brackets",
	"LET": "the plain formula", "LAMBDA": "the plain formula", "REGEXREPLACE": "SUBSTITUTE(text, old, new)",
	"ISEMPTY": "ISBLANK(value)", "IIF": "IF(condition, then, else)", "UCASE": "UPPER(text)", "LCASE": "LOWER(text)",
	"SPLIT": "TEXTSPLIT(text, delimiter, part)", "LENGTH": "LEN(text)", "SUBSTR": "MID(text, start, count)",
	"SUBSTRING": "MID(text, start, count)", "CONTAINS": "ISNUMBER(SEARCH(find, text))", "COALESCE": "IFBLANK(value, instead)",
	"ELSE": "IF(condition, then, else)", "NULL": "an empty text, \"\"",
	// German names, which Excel shows to German users.
	"WENN": "IF", "WENNS": "IFS", "UND": "AND", "ODER": "OR", "NICHT": "NOT", "WENNFEHLER": "IFERROR",
	"GLÄTTEN": "TRIM", "GROSS": "UPPER", "KLEIN": "LOWER", "GROSS2": "PROPER", "LINKS": "LEFT", "RECHTS": "RIGHT",
	"TEIL": "MID", "LÄNGE": "LEN", "FINDEN": "FIND", "SUCHEN": "SEARCH", "WECHSELN": "SUBSTITUTE", "ERSETZEN": "REPLACE",
	"VERKETTEN": "CONCATENATE", "TEXTVERKETTEN": "TEXTJOIN", "WIEDERHOLEN": "REPT", "IDENTISCH": "EXACT", "WERT": "VALUE",
	"RUNDEN": "ROUND", "AUFRUNDEN": "ROUNDUP", "ABRUNDEN": "ROUNDDOWN", "GANZZAHL": "INT", "SUMME": "SUM", "REST": "MOD",
	"DATUM": "DATE", "DATWERT": "DATEVALUE", "ZEITWERT": "TIMEVALUE", "JAHR": "YEAR", "MONAT": "MONTH", "TAG": "DAY",
	"STUNDE": "HOUR", "SÄUBERN": "CLEAN", "ISTLEER": "ISBLANK", "ISTZAHL": "ISNUMBER", "ISTTEXT": "ISTEXT",
	"SVERWEIS": "a value list", "XVERWEIS": "a value list", "ZEICHEN": "CHAR", "WAHR": "TRUE", "FALSCH": "FALSE",
	"ERSTERWERT": "SWITCH", "TEXTTEILEN": "TEXTSPLIT(text, delimiter, part)",
}

func unknownFunction(t token) error {
	name := strings.ToUpper(t.s)
	at := problem.Place{Column: t.col}
	if slices.Contains(needClock, name) || name == "HEUTE" || name == "JETZT" {
		return problem.New(CodeNoClock, name+" at column "+itoa(t.col)+" cannot be used in a mapping.",
			"It would give another result each time, and nobody could check what was moved.",
			`Use a date field of the record, or write the date: DATE(2026,11,21).`).At(at)
	}
	if use, ok := instead[name]; ok {
		return problem.New(CodeFunction, "There is no function "+clip(name)+" here (column "+itoa(t.col)+").",
			"The formula cannot be used until it is complete.", "Use "+use+" instead.").At(at)
	}
	next := "See the list of functions beside the formula."
	if near := nearest(name); near != "" {
		next = "Did you mean " + functions[near].Use + "?"
	}
	return problem.New(CodeFunction, "There is no function "+clip(name)+" (column "+itoa(t.col)+").",
		"The formula cannot be used until it is complete.", next).At(at)
}

// nearest finds the function whose name is closest to a mistyped one.
func nearest(name string) string {
	if len(name) > 40 {
		return ""
	}
	best, score, like := "", 3, 0.0
	for _, f := range Functions() {
		d := smetrics.WagnerFischer(name, f.Name, 1, 1, 1)
		if strings.HasPrefix(f.Name, name) && len(name) >= 3 {
			d = min(d, 1)
		}
		j := smetrics.JaroWinkler(name, f.Name, 0.7, 4)
		if d*2 < len(name)+1 && (d < score || d == score && j > like) {
			best, score, like = f.Name, d, j
		}
	}
	return best
}
