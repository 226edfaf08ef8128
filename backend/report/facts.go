// Package report lays out the sign-off PDF.
//
// *Facts* are one frozen snapshot of a project, plain data that anybody may keep
// beside the PDF: the same Facts and the same *Brand* give the same bytes. The
// *verdict* is computed from the Facts and never stored in them. A *reason* is
// one thing that keeps the manifest from balancing; an approver may waive it by
// its key, in writing. The *typesetter* is the only code that puts text on paper.
package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Facts are all that the PDF says.
type Facts struct {
	Project string `json:"project"`
	// Source and Target are the titles of the two desks as people know them.
	Source string `json:"source"`
	Target string `json:"target"`
	// Stage says what was signed off: "Rehearsal 2", "Cut-over".
	Stage string `json:"stage"`
	// GeneratedAt is when the facts were frozen. The report knows no other clock.
	GeneratedAt time.Time `json:"generatedAt"`

	Manifest    []Row        `json:"manifest"`
	Thresholds  []Threshold  `json:"thresholds"`
	Checks      []Check      `json:"checks"`
	Spots       Spots        `json:"spots"`
	Differences []Difference `json:"differences"`
	Held        []Difference `json:"held"`
	Decisions   []Decision   `json:"decisions"`
	Mapping     Mapping      `json:"mapping"`
	Runs        []Run        `json:"runs"`
	Approvals   []Approval   `json:"approvals"`
	Audit       Audit        `json:"audit"`
}

// Row is one object's account.
type Row struct {
	Object   string `json:"object"` // "ticket"
	Title    string `json:"title"`  // "Tickets"
	Source   int64  `json:"source"`
	Moved    int64  `json:"moved"`
	Merged   int64  `json:"merged"`
	Archived int64  `json:"archived"`
	LeftOut  int64  `json:"leftOut"`
	Held     int64  `json:"held"`
	Pending  int64  `json:"pending"`
	// Target is how many records of this move the target counts itself; nil when
	// it has not been asked.
	Target *int64 `json:"target"`
	// Erased were taken out on request, before anything else was counted: they are in none
	// of the other figures.
	Erased int64 `json:"erased,omitempty"`
}

// Adds says whether every source record has exactly one fate (invariant 1).
func (r Row) Adds() bool {
	return r.Source == r.Moved+r.Merged+r.Archived+r.LeftOut+r.Held+r.Pending
}

// Balances says whether nothing is open and the target counts what was moved.
func (r Row) Balances() bool {
	return r.Adds() && r.Held == 0 && r.Pending == 0 && r.Target != nil && *r.Target == r.Moved
}

// Decided is how many records stayed behind because somebody decided so.
func (r Row) Decided() int64 { return r.Merged + r.Archived + r.LeftOut }

// Threshold is one agreed limit and what was measured.
type Threshold struct {
	Code     string `json:"code"`
	Title    string `json:"title"`    // "Rows that arrived"
	Limit    string `json:"limit"`    // "at least 99.9 %"
	Measured string `json:"measured"` // "100 %"
	Passed   bool   `json:"passed"`
	Note     string `json:"note"`
}

// Check is one comparison of what was meant to arrive with what is there.
type Check struct {
	Code      string   `json:"code"`
	Title     string   `json:"title"`
	Object    string   `json:"object"` // as people say it: "Tickets"
	Looked    int64    `json:"looked"`
	Failed    int64    `json:"failed"`
	Threshold string   `json:"threshold"` // "none may fail"
	Passed    bool     `json:"passed"`
	Examples  []string `json:"examples"`
}

// Spots are the records that people looked at in both desks.
type Spots struct {
	Rows []SpotRow `json:"rows"`
	// Wrong lists what was not found right, one by one.
	Wrong []SpotNote `json:"wrong"`
	// Open were chosen and nobody looked yet.
	Open int64 `json:"open"`
}

// SpotRow is what one reviewer looked at of one age.
type SpotRow struct {
	Who    string `json:"who"`
	Age    string `json:"age"`
	Looked int64  `json:"looked"`
	Right  int64  `json:"right"`
	Wrong  int64  `json:"wrong"`
	Unsure int64  `json:"unsure"`
}

// SpotNote is a record that is not as it should be, or of which the reviewer is not sure.
type SpotNote struct {
	Object  string    `json:"object"`
	Record  string    `json:"record"`
	Verdict string    `json:"verdict"` // wrong, unsure
	Who     string    `json:"who"`
	At      time.Time `json:"at"`
	Note    string    `json:"note"`
}

// Difference is a group of records that differ, or are held, for one reason.
type Difference struct {
	Object   string   `json:"object"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Count    int64    `json:"count"`
	Examples []string `json:"examples"`
}

// Decision is one rule by which records stayed behind, and who decided it.
type Decision struct {
	Rule   string    `json:"rule"`
	Object string    `json:"object"`
	Fate   string    `json:"fate"` // "Left out", "Archived", "Merged"
	Count  int64     `json:"count"`
	Who    string    `json:"who"`
	When   time.Time `json:"when"`
	Why    string    `json:"why"`
}

// Mapping is the version that the records were moved with.
type Mapping struct {
	Version   int        `json:"version"`
	Hash      string     `json:"hash"`
	Author    string     `json:"author"`
	At        time.Time  `json:"at"`
	Reason    string     `json:"reason"`
	Approvals []Approval `json:"approvals"`
}

// Run is one run of the load, in the order in which they began.
type Run struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`  // "Rehearsal", "Cut-over", "Rollback"
	State    string     `json:"state"` // "finished", "cancelled"
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"`
	Moved    int64      `json:"moved"`
	Held     int64      `json:"held"`
	By       string     `json:"by"`
}

// Approval is a person's word.
type Approval struct {
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	At        time.Time `json:"at"`
	Statement string    `json:"statement"`
	// Drawn is the signature drawn by hand (see DrawnWidth); empty: typed only.
	Drawn string `json:"drawn,omitempty"`
	// Waives holds the keys of the reasons (see Facts.Reasons) that this person
	// accepts, and Waiver why, in their own words. Both or neither.
	Waives []string `json:"waives"`
	Waiver string   `json:"waiver"`
}

// Audit closes the trail of who did what.
type Audit struct {
	Head   string `json:"head"` // hash of the last entry
	Length int64  `json:"length"`
}

// Hash identifies the facts; every page of the PDF carries its beginning.
func (f Facts) Hash() string {
	b, err := json.Marshal(f)
	if err != nil {
		panic("report: facts are plain data and always encode: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
