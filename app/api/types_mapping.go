package api

import "waybill/backend/project"

// SureView is what accepting all suggestions above a confidence would settle.
type SureView struct {
	Accepted []SureRow `json:"accepted"`
	// Passed are sure enough, but something else is in the way: Why says what.
	Passed []SureRow `json:"passed"`
}

// SureRow is one suggestion of SureView.
type SureRow struct {
	Object      string `json:"object"`
	ObjectTitle string `json:"object_title"`
	Field       string `json:"field"`
	FieldTitle  string `json:"field_title"`
	Words       string `json:"words"`
	Confidence  int    `json:"confidence"`
	Reason      string `json:"reason"`
	// Before and After of one real record.
	Before string `json:"before"`
	After  string `json:"after"`
	Why    string `json:"why"`
}

// ValueListView is a value list with every different value of its source.
type ValueListView struct {
	Lines []ValueLineView `json:"lines"`
	// CanCreate: what the target lacks can be made there from here.
	CanCreate bool `json:"can_create"`
	// Opens: the records of a value can be listed; not so for several values in one cell.
	Opens bool `json:"opens"`
}

// ValueLineView is one value with what it becomes, or what Waybill would propose.
type ValueLineView struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Count      int64  `json:"count"`
	Decided    bool   `json:"decided"`
	Keep       bool   `json:"keep"`
	Confidence int    `json:"confidence"`
	Reason     string `json:"reason"`
	// Exists: To is an option of the target, or needs none.
	Exists bool `json:"exists"`
	// Gone: no record has the value any more.
	Gone bool `json:"gone"`
}

// DryView is the last time that the mapping was tried on every record.
type DryView struct {
	Ran bool `json:"ran"`
	// Stale: the mapping was changed since.
	Stale bool               `json:"stale"`
	Last  project.Validation `json:"last"`
	// Fields are the titles of the groups' fields, by the number of the group.
	Fields map[string]string `json:"fields"`
}

// DryBrief is what the studio says of the last validation.
type DryBrief struct {
	At    string `json:"at"`
	Held  int64  `json:"held"`
	Ready int64  `json:"ready"`
	Stale bool   `json:"stale"`
}

// ShapeView is the target's configuration for which the mapping is made.
type ShapeView struct {
	Frozen  bool          `json:"frozen"`
	At      string        `json:"at"`
	By      string        `json:"by"`
	Why     string        `json:"why"`
	Account string        `json:"account"`
	Hash    string        `json:"hash"`
	Objects []ShapeObject `json:"objects"`
}

// ShapeObject counts what the target's configuration says of one object.
type ShapeObject struct {
	Object   string `json:"object"`
	Title    string `json:"title"`
	Fields   int    `json:"fields"`
	Required int    `json:"required"`
	Lists    int    `json:"lists"`
}
