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
