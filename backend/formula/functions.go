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
	for _, g := range []struct {
		name string
		list []Function
	}{
		{"Text", slices.Concat(textFunctions(), splitFunctions(), patternFunctions())},
		{"Logic", logicFunctions()},
		{"Date and time", slices.Concat(dateFunctions(), calendarFunctions())},
		{"Number", slices.Concat(numberFunctions(), mathFunctions(), baseFunctions())},
		{"List and look-up", slices.Concat(listFunctions(), lookupFunctions())},
	} {
		for _, f := range g.list {
			f.Group, f.Differs = g.name, differs[f.Name]
			f.Own = strings.HasPrefix(f.Differs, notExcel)
			out[f.Name] = &f
		}
	}
	return out
}

// Functions lists all functions by name, for help and completion.
func Functions() []Function {
	out := make([]Function, 0, len(functions))
	for _, f := range functions {
		out = append(out, Function{Name: f.Name, Use: f.Use, Help: f.Help, Group: f.Group, Own: f.Own, Differs: f.Differs})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// needClock lists what would give another result each time.
var needClock = []string{"TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY"}

// instead says what to use for Excel functions that Waybill does not have.
var instead = map[string]string{
	"INDIRECT": "the field's name in brackets", "LAMBDA": "LET(name, value, result)", "OFFSET": "INDEX(list, row, [column])",
	"ISEMPTY": "ISBLANK(value)", "IIF": "IF(condition, then, else)", "UCASE": "UPPER(text)", "LCASE": "LOWER(text)",
	"SPLIT": "INDEX(TEXTSPLIT(text, delimiter), part)", "LENGTH": "LEN(text)", "SUBSTR": "MID(text, start, count)",
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
	"SVERWEIS": "VLOOKUP", "WVERWEIS": "HLOOKUP", "XVERWEIS": "XLOOKUP", "XVERGLEICH": "XMATCH", "VERGLEICH": "MATCH", "ZEICHEN": "CHAR",
	"WAHR": "TRUE", "FALSCH": "FALSE", "ERSTERWERT": "SWITCH", "TEXTTEILEN": "TEXTSPLIT", "TEXTVOR": "TEXTBEFORE", "TEXTNACH": "TEXTAFTER",
	"MITTELWERT": "AVERAGE", "ANZAHL": "COUNT", "ANZAHL2": "COUNTA", "ZÄHLENWENN": "COUNTIF", "SUMMEWENN": "SUMIF", "WAHL": "CHOOSE",
	"SORTIEREN": "SORT", "EINDEUTIG": "UNIQUE", "FILTERN": "FILTER", "MONATSENDE": "EOMONTH", "EDATUM": "EDATE", "WOCHENTAG": "WEEKDAY",
	"KALENDERWOCHE": "WEEKNUM", "ISOKALENDERWOCHE": "ISOWEEKNUM", "NETTOARBEITSTAGE": "NETWORKDAYS", "ARBEITSTAG": "WORKDAY", "TAGE": "DAYS",
	"WURZEL": "SQRT", "POTENZ": "POWER", "KÜRZEN": "TRUNC", "OBERGRENZE": "CEILING", "UNTERGRENZE": "FLOOR", "VRUNDEN": "MROUND",
	"ISTFEHLER": "ISERROR", "ISTNV": "ISNA", "ISTLOG": "ISLOGICAL", "WENNNV": "IFNA", "ZAHLENWERT": "NUMBERVALUE", "FEST": "FIXED",
	"REGEXERSETZEN": "REGEXREPLACE", "REGEXEXTRAHIEREN": "REGEXEXTRACT", "REGEXMATCH": "REGEXTEST",
}

func unknownFunction(t token) error {
	p, better := unfamiliar(t)
	m := &mistake{p: p, from: t.col, to: t.end}
	if name, _, _ := strings.Cut(better, "("); functions[name] != nil {
		m.fixes = []Fix{{Label: "Use " + name + " instead", From: t.col, To: t.end, Text: name}}
	}
	return m
}

// unfamiliar says what is wrong with a function's name, and what to use instead.
func unfamiliar(t token) (p *problem.Problem, better string) {
	name := strings.ToUpper(t.s)
	at := problem.Place{Column: t.col}
	if slices.Contains(needClock, name) || name == "HEUTE" || name == "JETZT" {
		return problem.New(CodeNoClock, name+" at column "+itoa(t.col)+" cannot be used in a mapping.",
			"It would give another result each time, and nobody could check what was moved.",
			`Use a date field of the record, or write the date: DATE(2026,11,21).`).At(at), ""
	}
	if use, ok := instead[name]; ok {
		return problem.New(CodeFunction, "There is no function "+clip(name)+" here (column "+itoa(t.col)+").",
			"The formula cannot be used until it is complete.", "Use "+use+" instead.").At(at), use
	}
	next := "See the list of functions beside the formula."
	if near := nearest(name); near != "" {
		next, better = "Did you mean "+functions[near].Use+"?", near
	}
	return problem.New(CodeFunction, "There is no function "+clip(name)+" (column "+itoa(t.col)+").",
		"The formula cannot be used until it is complete.", next).At(at), better
}

// nearest finds the function whose name is closest to a mistyped one.
func nearest(name string) string {
	if len(name) > 40 {
		return ""
	}
	all := Functions()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return nearestOf(name, names)
}

// nearestOf finds the name that is closest to a mistyped one; empty when none is close.
func nearestOf(name string, names []string) string {
	if len(name) > 40 {
		return ""
	}
	name = strings.ToUpper(name)
	best, score, like := "", 3, 0.0
	for _, n := range names {
		up := strings.ToUpper(n)
		d := smetrics.WagnerFischer(name, up, 1, 1, 1)
		if strings.HasPrefix(up, name) && len(name) >= 3 {
			d = min(d, 1)
		}
		j := smetrics.JaroWinkler(name, up, 0.7, 4)
		if d*2 < len(name)+1 && (d < score || d == score && j > like) {
			best, score, like = n, d, j
		}
	}
	return best
}
