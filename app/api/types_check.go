package api

// CheckView is the last check.
type CheckView struct {
	At     string      `json:"at"`
	Passed bool        `json:"passed"`
	Ran    bool        `json:"ran"`
	Words  string      `json:"words"`
	Checks []CheckItem `json:"checks"`
	// Mode: full, sample or quick.
	Mode string `json:"mode"`
	// Deep says in words how many records had to be looked at field by field.
	Deep string `json:"deep"`
	// Equal are differences in how a value is written that change nothing, with how often.
	Equal []EqualView `json:"equal"`
	// NotPossible are checks that could not be made here, and why.
	NotPossible []NotPossible `json:"not_possible"`
	// Breached are open tickets that are overdue now and were not meant to be.
	Breached []string `json:"breached"`
}

// CheckItem is one check.
type CheckItem struct {
	Code     string `json:"code"`
	Object   string `json:"object"`
	Title    string `json:"title"`
	Why      string `json:"why"`
	LookedAt int64  `json:"looked_at"`
	Failed   Figure `json:"failed"`
	// Threshold is the share that may fail, in percent.
	Threshold float64  `json:"threshold"`
	Passed    bool     `json:"passed"`
	Examples  []string `json:"examples"`
	Good      int64    `json:"good"`
	// Scope says in words how much was looked at.
	Scope string `json:"scope"`
	// Stop: nobody may go live with this.
	Stop bool `json:"stop"`
	// Waives says who may accept it in writing; empty: nobody. Waiver is who did.
	Waives string       `json:"waives"`
	Waiver *CheckWaiver `json:"waiver"`
	// Parts are the figures that were compared, the ones that differ first.
	Parts []CheckPart `json:"parts"`
}

// CheckPart is one figure of a check.
type CheckPart struct {
	By       string `json:"by"`
	Of       string `json:"of"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
	Same     bool   `json:"same"`
}

// CheckWaiver says who accepted that a check did not pass, and why.
type CheckWaiver struct {
	By   string `json:"by"`
	Role string `json:"role"`
	At   string `json:"at"`
	Why  string `json:"why"`
}

// EqualView counts the values that are equal only after a normalisation.
type EqualView struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Why   string `json:"why"`
	Count int64  `json:"count"`
	On    bool   `json:"on"`
}

// NotPossible is a check that could not be made, and why.
type NotPossible struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	Why    string `json:"why"`
}

// CheckCost says what a check would ask of the target.
type CheckCost struct {
	Requests int64 `json:"requests"`
	LowS     int64 `json:"low_s"`
	HighS    int64 `json:"high_s"`
	Records  int64 `json:"records"`
}

// PilotView is the pilot as it was chosen.
type PilotView struct {
	Chosen   bool    `json:"chosen"`
	Records  int64   `json:"records"`
	Needed   int64   `json:"needed"`
	Features int     `json:"features"`
	Covered  int     `json:"covered"`
	Percent  float64 `json:"percent"`
	// Missing names what is not covered.
	Missing []string      `json:"missing"`
	Groups  []PilotGroup  `json:"groups"`
	Picks   []PilotRecord `json:"picks"`
	Out     []PilotRecord `json:"out"`
	// More: there are more picks than are listed.
	More bool `json:"more"`
}

// PilotGroup is one kind of hard thing.
type PilotGroup struct {
	Name    string `json:"name"`
	All     int    `json:"all"`
	Covered int    `json:"covered"`
}

// PilotRecord is a record of the pilot, and why it is one.
type PilotRecord struct {
	Object string   `json:"object"`
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Why    []string `json:"why"`
	Hand   bool     `json:"hand"`
}
