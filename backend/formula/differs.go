package formula

import "strings"

// notExcel begins what is said of a function that Excel does not have.
const notExcel = "Waybill's own: "

// differs says where a function differs from Excel's. What is not named here gives what
// Excel gives for the same values.
var differs = map[string]string{
	"IFBLANK":      notExcel + "the value, or another one where it is empty or only blanks.",
	"CONVERTZONE":  notExcel + "the same moment on the clocks of another place; Excel knows no time zones.",
	"JSONPATH":     notExcel + "reads JSON by a path of RFC 9535. Numbers of more than 15 digits are texts, so that no identifier loses a digit.",
	"DATEVALUE":    "A second value states the format and a third one the time zone. Without a format only ISO 8601 is read, never a guess of which number is the month. A text with a time gives the time too, where Excel drops it.",
	"TEXT":         "A third value names a time zone in which the date is written. Names of months and days are English.",
	"TIMEVALUE":    "Only a time, alone or behind an ISO 8601 date, is read.",
	"VALUE":        "Reads numbers as an English Excel does, and dates only in ISO 8601.",
	"NUMBERVALUE":  "Without signs stated it reads as an English Excel does, whatever the computer's language is.",
	"FIXED":        "Writes a point and commas, whatever the computer's language is.",
	"DOLLAR":       "Always dollars, whatever the computer's country is.",
	"CHAR":         "Always the characters of Windows-1252, as Excel on an English Windows.",
	"CODE":         "Always the numbers of Windows-1252, as Excel on an English Windows.",
	"LEN":          "An emoji counts as one character; Excel counts two.",
	"LEFT":         "An emoji counts as one character; Excel counts two.",
	"RIGHT":        "An emoji counts as one character; Excel counts two.",
	"MID":          "An emoji counts as one character; Excel counts two.",
	"FIND":         "An emoji counts as one character; Excel counts two.",
	"SEARCH":       "An emoji counts as one character; Excel counts two.",
	"REPLACE":      "An emoji counts as one character; Excel counts two.",
	"REGEXTEST":    "Looking ahead, looking behind and references to a match are not possible (the patterns are RE2's), so that no pattern can hang.",
	"REGEXEXTRACT": "Looking ahead, looking behind and references to a match are not possible (the patterns are RE2's), so that no pattern can hang.",
	"REGEXREPLACE": "Looking ahead, looking behind and references to a match are not possible (the patterns are RE2's), so that no pattern can hang.",
	"IF":           "A value that is left out stays empty, where Excel shows 0.",
	"COUNTIF":      "Takes any list, also one that was computed.",
	"SUMIF":        "Takes any list, also one that was computed.",
	"AVERAGEIF":    "Takes any list, also one that was computed.",
	"COUNTBLANK":   "Takes any list, also one that was computed.",
	"SUM":          "A number that a source keeps as text counts as a number.",
	"AVERAGE":      "A number that a source keeps as text counts as a number.",
	"MIN":          "A number that a source keeps as text counts as a number.",
	"MAX":          "A number that a source keeps as text counts as a number.",
	"MEDIAN":       "A number that a source keeps as text counts as a number.",
	"PRODUCT":      "A number that a source keeps as text counts as a number.",
}

// general is what differs without regard to a function.
var general = []string{
	"Fields stand in brackets: [Subject]. A field with several values is its text, with a comma and a blank between them; in a function that takes a list, such as COUNTIF or FILTER, it is a list.",
	"A text that comes from a source may be compared with a number: [Level]=1 is true for the text 1, as it would be in Excel after opening the file. A text that is written in the formula may not.",
	"A formula gives one result. A list as the result is taken over by a target field that has several values; elsewhere its values are parted by a comma and a blank, where Excel would fill further cells.",
	"There is no clock and no chance: TODAY, NOW, RAND and their like are refused, because nobody could check afterwards what was moved.",
	"Dates have no time zone in Excel. Here they are in UTC, unless DATEVALUE, TEXT or CONVERTZONE name a zone.",
	"Look-up tables are named as Excel names the columns of a table: Products[Code]. Products[#Data] is all of it.",
	"Letters are compared as Unicode orders them, not as a language does.",
	"A formula that needs too much work ends with a problem that says so, and never hangs: at most 8,192 characters, 64 levels, 4 million characters of result, 20,000 values of a list.",
}

// Differences writes down in plain text how Waybill's formulas differ from Excel's.
func Differences() string {
	var b strings.Builder
	b.WriteString("How formulas differ from Excel's\n\nNames, order of values, results and errors are Excel's, except for this.\n\nIn general\n\n")
	for _, g := range general {
		b.WriteString("- " + g + "\n")
	}
	b.WriteString("\nFunctions that Excel does not have\n\n")
	all := Functions()
	for _, f := range all {
		if f.Own {
			b.WriteString("- " + f.Use + ": " + strings.TrimPrefix(f.Differs, notExcel) + "\n")
		}
	}
	b.WriteString("\nFunctions that differ\n\n")
	for _, f := range all {
		if !f.Own && f.Differs != "" {
			b.WriteString("- " + f.Name + ": " + f.Differs + "\n")
		}
	}
	return b.String()
}
