// Package workbook writes a mapping for Excel and reads it back. A Book is the
// mapping with all that a business owner needs to judge it: a cover that says how
// to go about it, one sheet for each kind of record with a line for each target
// field, and one sheet for each value list. A returned workbook is checked cell by
// cell; it is applied whole or not at all.
//
// Every cell is a text cell, so that nothing a customer once wrote can become a
// formula. A hidden sheet (the Stamp) says which project and version a workbook
// belongs to; hidden keys in the sheets and lines find each rule again, wherever
// people moved, renamed or sorted it. The same Book gives the same bytes.
package workbook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Template is the version of the workbook's layout. Another one is refused.
const Template = "1"

// Book is what is written.
type Book struct {
	ProjectID   string
	ProjectName string
	Version     mapping.Version
	// Hash of the version; empty: it is computed.
	Hash     string
	Src, Dst model.Schema
	Stats    mapping.Stats
	// Title on the cover; empty: "Mapping of" and the project's name.
	Title string
	// Made says on the cover when and by whom, in words. Free text.
	Made string
	// Examples by object and target field.
	Examples map[model.Object]map[string]Example
	// PeopleTo are the people, groups ... of the new desk that those of the old one may become.
	PeopleTo map[model.Object][]model.Choice
	// Decisions are the cleaning rules in force.
	Decisions []DecisionLine
	// Twins are the duplicates to decide, and Rules what is to be built again.
	Twins TwinBook
	Rules RuleBook
	// Changes are those of the versions so far, the newest first.
	Changes []ChangeLine
}

// Example shows a value before and after its rule.
type Example struct{ Before, After string }

// Identity is the project that a workbook must belong to.
type Identity struct{ ProjectID, ProjectName string }

// Stamp is what a workbook says about itself.
type Stamp struct {
	ProjectID, ProjectName string
	Version                int
	Hash, Template         string
}

// Codes of this package.
const (
	CodeNotExcel     problem.Code = "workbook.not_excel"
	CodeTruncated    problem.Code = "workbook.truncated"
	CodeEncrypted    problem.Code = "workbook.encrypted"
	CodeOldFormat    problem.Code = "workbook.old_format"
	CodeMacros       problem.Code = "workbook.macros"
	CodeExternal     problem.Code = "workbook.external_links"
	CodeTooLarge     problem.Code = "workbook.too_large"
	CodeDamaged      problem.Code = "workbook.damaged"
	CodeNotOurs      problem.Code = "workbook.not_ours"
	CodeOtherProject problem.Code = "workbook.other_project"
	CodeTemplate     problem.Code = "workbook.other_template"
	CodeOtherVersion problem.Code = "workbook.other_version"
	CodeSheet        problem.Code = "workbook.sheet"
	CodeColumn       problem.Code = "workbook.column"
	CodeRow          problem.Code = "workbook.row"
	CodeChoice       problem.Code = "workbook.choice"
	CodeFormulaCell  problem.Code = "workbook.formula_cell"
	CodeMistake      problem.Code = "workbook.mistake"
	CodeReview       problem.Code = "workbook.review"
	CodeMerged       problem.Code = "workbook.merged_cells"
	CodePhrase       problem.Code = "workbook.phrase"
	CodeNumber       problem.Code = "workbook.number"
	CodeKept         problem.Code = "workbook.kept"
	CodeWrite        problem.Code = "workbook.not_written"
)

// The columns of an object's sheet, found again by these words.
const (
	colKey          = "Key"
	colTarget       = "Target field"
	colRequired     = "Required"
	colType         = "Type"
	colRule         = "Rule"
	colSource       = "Source field" // further ones are numbered: "Source field 2"
	colSeparator    = "Separator"
	colFixed        = "Fixed value"
	colFormula      = "Formula"
	colIfEmpty      = "If empty"
	colEmptyValue   = "Value if empty"
	colIfUnknown    = "If it does not fit"
	colUnknownValue = "Value if it does not fit"
	colMeaning      = "Meaning"
	colOwner        = "Owner"
	colState        = "State"
	colNote         = "Note"
	colSplit        = "How to split"
	colLookup       = "Look up"
	colMust         = "Must be"
	colKeep         = "Keep the old word"
	colReason       = "Why this rule"
	colBefore       = "Example before"
	colAfter        = "Example after"
)

// The columns of a value list.
const (
	colFrom    = "Value in the source"
	colCount   = "Records"
	colHint    = "Suggestion"
	colBecomes = "Becomes"
	colKeepOne = "Keep the old word"
)

// Names of the sheets that Waybill keeps for itself.
const (
	sheetCover = "Start here"
	sheetStamp = "_waybill"
	sheetLists = "_lists"
	sheetSpare = "Not used"

	sheetPeople    = "People"
	sheetDecisions = "Cleaning"
	sheetTwins     = "Duplicates"
	sheetRebuild   = "Rebuild"
	sheetChanges   = "Changes"
	sheetReview    = "Review"
)

const (
	idObject   = "waybill:object:"
	idValues   = "waybill:values:"
	idOther    = "waybill:other:"
	leaveEmpty = "(leave empty)"
	lineBreak  = "(line break)"
	maxCell    = 32000 // Excel takes 32,767 UTF-16 units
)

var ruleWords = []struct {
	rule mapping.RuleKind
	word string
}{
	{mapping.Copy, "Copy"},
	{mapping.Values, "Value list"},
	{mapping.Fixed, "Fixed value"},
	{mapping.Join, "Join"},
	{mapping.Split, "Split"},
	{mapping.Formula, "Formula"},
	{mapping.LookUp, "Look up"},
	{mapping.People, "People map"},
	{mapping.LeaveOut, "Leave out"},
}

var otherwiseWords = []struct {
	what model.Otherwise
	word string
}{
	{model.OtherwiseHold, "Hold the record"}, {model.OtherwiseUse, "Use another value"}, {model.OtherwiseLeave, "Leave empty"},
}

var stateWords = []struct{ state, word string }{
	{mapping.Open, "Needs a decision"}, {mapping.Proposed, "Proposed"}, {mapping.Reviewed, "Reviewed"},
}

var typeWords = map[model.Type]string{
	model.Text: "Text", model.LongText: "Long text", model.HTML: "Formatted text", model.Number: "Number",
	model.Integer: "Whole number", model.Bool: "Yes or no", model.Date: "Date", model.DateTime: "Date and time",
	model.Email: "E-mail address", model.Phone: "Phone number", model.URL: "Web address", model.Option: "One of a list",
	model.Options: "Several of a list", model.Tags: "Tags", model.LinkType: "Another record", model.FileType: "File",
	model.JSONType: "Structured value",
}

func ruleWord(r mapping.RuleKind) string {
	for _, w := range ruleWords {
		if w.rule == r {
			return w.word
		}
	}
	return string(r)
}

func otherwiseWord(o model.Otherwise) string {
	for _, w := range otherwiseWords {
		if w.what == o {
			return w.word
		}
	}
	return string(o)
}

// StateWord is the state of a rule for people.
func StateWord(s string) string { return stateWord(s) }

// TypeWord is a type of value for people.
func TypeWord(t model.Type) string { return typeWords[t] }

// Label is what people see of a value of a field: an option's title.
func Label(f model.Field, value string) string { return stated(f, value) }

func stateWord(s string) string {
	for _, w := range stateWords {
		if w.state == s {
			return w.word
		}
	}
	return s
}

// key finds a name again whatever signs are in it.
func key(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

// labels are the words of a field's choices as people see them.
func labels(f model.Field) []string {
	if f.Type == model.Bool {
		return []string{"Yes", "No"}
	}
	out := make([]string, len(f.Options))
	for i, o := range f.Options {
		out[i] = label(f, o.Value)
	}
	return out
}

// label is what people see of a value: an option's title, if no other has the same.
func label(f model.Field, value string) string {
	if f.Type == model.Bool {
		switch value {
		case "true":
			return "Yes"
		case "false":
			return "No"
		}
		return value
	}
	for _, o := range f.Options {
		if o.Value != value || o.Title == "" {
			continue
		}
		for _, other := range f.Options {
			if other.Value != value && (strings.EqualFold(other.Title, o.Title) || strings.EqualFold(other.Value, o.Title)) {
				return value
			}
		}
		return o.Title
	}
	return value
}

// unlabel finds the value behind what a person chose or typed.
func unlabel(f model.Field, text string) (value string, ok bool) {
	if f.Type == model.Bool {
		b, ok := mapping.Truth(text)
		return fmt.Sprint(b), ok
	}
	if len(f.Options) == 0 {
		return text, true
	}
	for _, o := range f.Options {
		if o.Value == text {
			return o.Value, true
		}
	}
	t := strings.TrimSpace(text)
	for _, o := range f.Options {
		if strings.EqualFold(label(f, o.Value), t) {
			return o.Value, true
		}
	}
	for _, o := range f.Options {
		if strings.EqualFold(o.Value, t) || strings.EqualFold(strings.TrimSpace(o.Title), t) {
			return o.Value, true
		}
	}
	return "", false
}

// stated writes a value that the mapping states for a field, as a cell shows it.
func stated(f model.Field, value string) string {
	if f.Type == model.Bool || f.Type == model.Option {
		return label(f, value)
	}
	return value
}

// cells is what a rule's line shows, by column; sources are apart.
func cells(m mapping.FieldMap, t model.Field) map[string]string {
	sep := ""
	if m.Rule == mapping.Join || m.Separator != "" {
		sep = `"` + strings.ReplaceAll(m.Separator, "\n", lineBreak) + `"`
	}
	return map[string]string{
		colRule: ruleWord(m.Rule), colSeparator: sep, colFixed: stated(t, m.Fixed), colFormula: m.Formula,
		colIfEmpty: otherwiseWord(m.IfEmpty), colEmptyValue: stated(t, m.EmptyValue),
		colIfUnknown: otherwiseWord(m.IfUnknown), colUnknownValue: stated(t, m.UnknownValue),
		colSplit: splitPhrase(m.Split), colLookup: lookupPhrase(m.Lookup), colMust: checkPhrase(m.Check), colKeep: keepPhrase(m.Keep),
		colMeaning: m.Meaning, colOwner: m.Owner, colState: stateWord(m.State), colNote: m.Note,
	}
}

// becomes is what a line of a value list shows.
func becomes(p mapping.ValuePair, t model.Field) string {
	switch {
	case !p.Decided:
		return ""
	case p.To == "":
		return leaveEmpty
	}
	return stated(t, p.To)
}

// fit is a text as a cell can hold it: without the control characters that the
// format refuses, with plain line ends, and not too long.
func fit(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < 32 && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return '\u25A1'
		}
		return r
	}, s)
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > maxCell {
			return s[:i] + "…"
		}
	}
	return s
}

// same tells whether a cell still shows what was written into it.
func same(cell, written string) bool {
	if cell == written {
		return true
	}
	a, b := fit(cell), fit(written)
	return a == b || strings.TrimSpace(a) == strings.TrimSpace(b)
}

// shape is an object's schema with its fields found quickly.
type shape struct {
	model.ObjectSchema
	at     map[string]int
	titled map[string]int // how many fields have a title, in small letters
}

func newShape(o model.ObjectSchema) shape {
	s := shape{o, make(map[string]int, len(o.Fields)), make(map[string]int, len(o.Fields))}
	for i, f := range o.Fields {
		if _, dup := s.at[f.Name]; !dup {
			s.at[f.Name] = i
		}
		s.titled[strings.ToLower(f.Title)]++
	}
	return s
}

// field finds a field; one that the desk does not have is taken for a text.
func (s shape) field(name string) (model.Field, bool) {
	if i, ok := s.at[name]; ok {
		return s.Fields[i], true
	}
	return model.Field{Name: name, Type: model.Text}, false
}

// title is what people call a field; the name follows where two have the same title.
func (s shape) title(f model.Field) string {
	switch {
	case f.Title == "":
		return f.Name
	case s.titled[strings.ToLower(f.Title)] > 1:
		return f.Title + " (" + f.Name + ")"
	}
	return f.Title
}

func objectTitle(s model.Schema, o model.Object) string {
	if x, ok := s.Object(o); ok && x.Title != "" {
		return x.Title
	}
	if o == "" {
		return ""
	}
	return strings.ToUpper(string(o[:1])) + string(o[1:])
}

// needed: the target refuses a record without it, and Waybill does not fill it in itself.
func needed(t model.Field) bool {
	return t.Required && !t.ReadOnly && t.Default == "" && t.Type != model.FileType
}

// listed tells whether a rule has a sheet for its values.
func listed(m mapping.FieldMap) bool { return m.Rule == mapping.Values || len(m.Values) > 0 }
