package api

import "waybill/backend/problem"

// SearchView tells of the last search for duplicates among the records of an object.
type SearchView struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	// At is empty when they were never looked for.
	At       string   `json:"at"`
	By       string   `json:"by"`
	Records  int      `json:"records"`
	PlusTags bool     `json:"plus_tags"`
	Fields   []string `json:"fields"`
	// Counts of groups by band and state.
	Counts []TwinCount `json:"counts"`
	// Capped are values that too many records share to compare them all; Left counts them.
	Capped []CappedView `json:"capped"`
	Left   int          `json:"left"`
}

// TwinCount counts groups of duplicates. Band: sure, ask, different. State: open, merged, apart.
type TwinCount struct {
	Band    string `json:"band"`
	State   string `json:"state"`
	Groups  int64  `json:"groups"`
	Records int64  `json:"records"`
}

// CappedView is a value that many records share.
type CappedView struct {
	By      string `json:"by"`
	Value   string `json:"value"`
	Records int    `json:"records"`
}

// TwinPage is a part of the list of groups.
type TwinPage struct {
	Groups []TwinView `json:"groups"`
	// Next is where the following part begins; 0: there is none.
	Next int `json:"next"`
}

// TwinView is a group of duplicates side by side.
type TwinView struct {
	ID     int64  `json:"id"`
	Object string `json:"object"`
	Band   string `json:"band"`
	State  string `json:"state"`
	By     string `json:"by"`
	At     string `json:"at"`
	Why    string `json:"why"`
	// Reason why the survivor is proposed. Addresses it keeps besides its own, and where.
	Reason    string       `json:"reason"`
	Addresses []string     `json:"addresses"`
	Kept      string       `json:"kept"`
	Members   []TwinMember `json:"members"`
	Rows      []TwinRow    `json:"rows"`
}

// TwinMember is one record of a group.
type TwinMember struct {
	Seq      int64  `json:"seq"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Fate     string `json:"fate"`
	Survivor bool   `json:"survivor"`
	// Out: a person said that this is somebody else. There: it is in the target already.
	Out   bool `json:"out"`
	There bool `json:"there"`
	// Links counts the records that lead to it.
	Links int64 `json:"links"`
	// Evidence says in words what speaks for and against it.
	Evidence []EvidenceView `json:"evidence"`
}

// EvidenceView is one thing that speaks for or against.
type EvidenceView struct {
	Words string `json:"words"`
	For   bool   `json:"for"`
	// Weight from 0 to 3.
	Weight int `json:"weight"`
}

// TwinRow is one field of all members.
type TwinRow struct {
	Field  string   `json:"field"`
	Title  string   `json:"title"`
	Values []string `json:"values"`
	// Pick is the place of the member whose value is kept; Reason why.
	Pick   int    `json:"pick"`
	Reason string `json:"reason"`
	Picked bool   `json:"picked"`
	Same   bool   `json:"same"`
}

// TwinImport is a workbook of duplicates that came back.
type TwinImport struct {
	File     string             `json:"file"`
	Token    string             `json:"token"`
	Merges   int                `json:"merges"`
	Aparts   int                `json:"aparts"`
	Problems []*problem.Problem `json:"problems"`
}

// RuleCondition about one field: is, is_not, contains, empty, filled, has, before, leads_nowhere.
type RuleCondition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

// OwnRule is a rule that a person puts together.
type OwnRule struct {
	Object string `json:"object"`
	// Does: archive, leave_out, correct.
	Does  string          `json:"does"`
	Where []RuleCondition `json:"where"`
	// Field, How and Settings of a correction.
	Field    string            `json:"field"`
	How      string            `json:"how"`
	Settings map[string]string `json:"settings"`
}

// RulePreview is whom a rule would hit.
type RulePreview struct {
	Title    string        `json:"title"`
	Count    int64         `json:"count"`
	Also     []NameValue   `json:"also"`
	Examples []RuleExample `json:"examples"`
}

// RuleExample is one record that a rule would hit; Before and After are empty when a record only stays behind.
type RuleExample struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// RuleShape says what rules can be about.
type RuleShape struct {
	Objects []RuleObject `json:"objects"`
	// Ways to correct, each with its settings.
	Ways []RuleWay `json:"ways"`
}

// RuleObject is a kind of record with its fields.
type RuleObject struct {
	Object string      `json:"object"`
	Title  string      `json:"title"`
	Fields []NameTitle `json:"fields"`
}

// NameTitle names a field.
type NameTitle struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Type  string `json:"type"`
}

// RuleWay is a way to correct values.
type RuleWay struct {
	How      string            `json:"how"`
	Settings map[string]string `json:"settings"`
}

// LaterView is a decision in force whose rule fits records that came, or changed in the
// source, after it was decided.
type LaterView struct {
	Decision int64  `json:"decision"`
	Title    string `json:"title"`
	Object   string `json:"object"`
	// Does: merge, archive, leave_out, correct.
	Does  string `json:"does"`
	By    string `json:"by"`
	At    string `json:"at"`
	Count Figure `json:"count"`
	// Also counts what would go along, such as the messages of tickets.
	Also     []NameValue `json:"also"`
	Examples []string    `json:"examples"`
}
