package api

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
