// Package files reads the exports that people have on disk: CSV and its
// relatives, Excel workbooks, JSON and NDJSON, mailboxes, SQL dumps, alone,
// compressed or inside a ZIP.
//
// A table is one list of rows in a file: the file itself, a sheet of a workbook,
// an array inside a JSON document, a folder of messages. Inspect finds the tables
// and describes each from all of its rows. An output says what records a table
// yields: a table of tickets may also yield the people that it names. Propose
// fills the outputs, a person corrects them, and the connector reads them page
// by page. A row that cannot be read is broken: it is held with its place, never
// dropped, and never swallows its neighbours.
//
// No file is ever held whole in memory, and nothing is written beside it.
package files

import (
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Kinds of table.
const (
	KindCSV    = "csv" // any text with cells: comma, semicolon, tab, pipe
	KindXLSX   = "xlsx"
	KindJSON   = "json"
	KindNDJSON = "ndjson"
	KindEML    = "eml"
	KindMbox   = "mbox"
	KindSQL    = "sql"
)

// What a key that comes again means, as written in Output.Repeats.
const (
	// Count: every row is a record of its own.
	Count = "count"
	// Last: a later row is a later state of the same record.
	Last = "last"
	// First: the first row stands for all; the others only mention the record.
	First = "first"
)

// Table is one list of rows: what was detected, what a person corrected, and
// what it is to yield. It is stored in the project and sent to the window.
type Table struct {
	// Name is unique among the tables of an inspection, and made for people.
	Name string `json:"name"`
	// File is the absolute path on disk.
	File string `json:"file"`
	// Entry is the name inside the ZIP, if the table lies in one.
	Entry string `json:"entry"`
	// Part is the sheet of a workbook, the path of the array inside a JSON
	// document, or the table of a dump.
	Part        string `json:"part"`
	Kind        string `json:"kind"`
	Compression string `json:"compression"`
	// Size and SHA256 are those of the file on disk.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Bytes is the length of the table's own content once unpacked.
	Bytes int64 `json:"bytes"`
	// Encoding of the text, and how sure the detection is, in percent.
	Encoding     string `json:"encoding"`
	EncodingSure int    `json:"encoding_sure"`
	Delimiter    string `json:"delimiter"`
	Quote        string `json:"quote"`
	// HeaderRow is the row that names the columns, from 1; 0: there is none.
	HeaderRow int      `json:"header_row"`
	Columns   []Column `json:"columns"`
	// Rows were read, Broken could not be. Blank rows are neither.
	Rows           int64              `json:"rows"`
	Broken         int64              `json:"broken"`
	BlankRows      int64              `json:"blank_rows"`
	BrokenExamples []*problem.Problem `json:"broken_examples"`
	// Outputs is what the table yields. Empty: it is not moved.
	Outputs []Output `json:"outputs"`
	// Preview shows the first rows as text.
	Preview [][]string `json:"preview"`
	Notes   []Note     `json:"notes"`
	// Refused says why nothing of this file can be read. Such a table has no rows.
	Refused *problem.Problem `json:"refused,omitempty"`
}

// Note is a finding in words.
type Note struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Column describes one column, judged by all of its rows.
type Column struct {
	Name string     `json:"name"`
	Type model.Type `json:"type"`
	// Format of dates in the tokens of a formula's DATEVALUE; empty: ISO 8601,
	// or not decided (see Sure).
	Format string `json:"format"`
	// Zone of dates that state none, when the column's dates agree on it.
	Zone string `json:"zone"`
	// Separator parts the values of a multi-value cell.
	Separator string `json:"separator"`
	// Empty lists the values that mean "nothing" here.
	Empty []string `json:"empty"`
	// Filled and Blank add up to the rows. A cell of white space is blank.
	Filled int64 `json:"filled"`
	Blank  int64 `json:"blank"`
	// Nothing counts the values of Empty, which Filled counts too.
	Nothing       map[string]int64 `json:"nothing"`
	Distinct      int64            `json:"distinct"`
	DistinctExact bool             `json:"distinct_exact"`
	// Longest cell in characters, without white space around it.
	Longest int      `json:"longest"`
	Samples []string `json:"samples"`
	// Options are the values when there are few and they repeat.
	Options []string `json:"options"`
	// DateOrders counts the rows that fit each layout; "ambiguous" counts those
	// that fit both orders of day and month.
	DateOrders map[string]int64 `json:"date_orders"`
	// Sure is the confidence in the type in percent, and Why the reason.
	Sure int    `json:"sure"`
	Why  string `json:"why"`
}

// Output says what records a table yields.
type Output struct {
	Object model.Object `json:"object"`
	// Key lists the columns that identify a record; empty: the row's position.
	Key []string `json:"key"`
	// Repeats is Count, Last or First.
	Repeats string `json:"repeats"`
	// Columns that are carried; empty: all.
	Columns []string `json:"columns"`
	// As renames carried columns: a contact made from a ticket's "Caller" column
	// has a field "name".
	As map[string]string `json:"as"`
	// Where limits the output to some rows; a users table holds agents and customers.
	Where *Where     `json:"where"`
	Links []LinkSpec `json:"links"`
	// FileColumn names an attachment's file, relative to the table's folder or ZIP.
	FileColumn string `json:"file_column"`
	Why        string `json:"why"`
}

// Where keeps the rows whose cell is one of Values (or none of them, with Not).
// Cells are compared trimmed and without case.
type Where struct {
	Column string   `json:"column"`
	Values []string `json:"values"`
	Not    bool     `json:"not"`
}

// LinkSpec says that a column points to other records.
type LinkSpec struct {
	Column string `json:"column"`
	// To lists the objects in order of preference.
	To []model.Object `json:"to"`
	// By is the field of the other object whose value is given; empty: its key.
	By string `json:"by"`
	// Matched and Orphans count the filled rows whose value was found, or not.
	Matched int64  `json:"matched"`
	Orphans int64  `json:"orphans"`
	Why     string `json:"why"`
}

// column finds a column's position, or -1.
func (t *Table) column(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

func (t *Table) note(code, message string) {
	t.Notes = append(t.Notes, Note{Code: code, Message: message})
}

// blank makes a table whose lists are never missing when written as JSON.
func blank(name, file string) Table {
	return Table{
		Name: name, File: file, Columns: []Column{}, BrokenExamples: []*problem.Problem{},
		Outputs: []Output{}, Preview: [][]string{}, Notes: []Note{},
	}
}

func newColumn(name string) Column {
	return Column{
		Name: name, Type: model.Text, Empty: []string{}, Nothing: map[string]int64{},
		Samples: []string{}, Options: []string{}, DateOrders: map[string]int64{},
	}
}

func newOutput(o model.Object, repeats string) Output {
	return Output{
		Object: o, Key: []string{}, Repeats: repeats, Columns: []string{},
		As: map[string]string{}, Links: []LinkSpec{},
	}
}
