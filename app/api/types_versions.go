package api

import "waybill/backend/problem"

// WorkbookBack is what a workbook that came back, or a folder of text, would change. Nothing is
// applied yet.
type WorkbookBack struct {
	File string `json:"file"`
	// Token applies exactly this; empty when there are problems.
	Token    string         `json:"token"`
	Changes  []string       `json:"changes"`
	Conflict []ConflictView `json:"conflicts"`
	// Others is what it says about cleaning rules, duplicates and rules to rebuild.
	Others   []string           `json:"others"`
	Review   ReviewView         `json:"review"`
	Notes    []*problem.Problem `json:"notes"`
	Problems []*problem.Problem `json:"problems"`
}

// ConflictView is something that both sides changed, each in another way.
type ConflictView struct {
	// What is it about: "Tickets, Status: value “new”".
	What  string `json:"what"`
	Here  string `json:"here"`
	There string `json:"there"`
}

// ReviewView is what the business owner wrote on the review sheet.
type ReviewView struct {
	// Said: there is a decision at all.
	Said     bool   `json:"said"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Date     string `json:"date"`
	Approved bool   `json:"approved"`
	Remark   string `json:"remark"`
	// Refused says why it does not become an approval; null: it does.
	Refused *problem.Problem `json:"refused"`
}

// VersionCard is a version with all that hangs on it.
type VersionCard struct {
	Number    int          `json:"number"`
	Hash      string       `json:"hash"`
	Author    string       `json:"author"`
	At        string       `json:"at"`
	Reason    string       `json:"reason"`
	Changes   []string     `json:"changes"`
	Approvals []SignedView `json:"approvals"`
	Runs      []VersionRun `json:"runs"`
}

// SignedView is an approval of a version.
type SignedView struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	At        string `json:"at"`
	Statement string `json:"statement"`
}

// VersionRun is a run that a version made.
type VersionRun struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Started string `json:"started"`
}

// FolderView is what was written into a Git folder.
type FolderView struct {
	Folder string `json:"folder"`
	// Commits are the versions that were committed, in words.
	Commits []string `json:"commits"`
}
