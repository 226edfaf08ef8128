// Package versions keeps mapping versions as readable text in a Git folder, with a commit for
// each, and reads them back.
//
// The *text* has a file for each kind of record of the source, with a block for each field of
// the target, one for the people map, and version.txt, which says of which version it is. The
// same version gives the same text, line by line, so that Git shows what changed. The *folder*
// lies in a repository of its own or in one that is there already: then only this folder is
// touched, what else is staged stays staged, and nothing is ever pushed.
package versions

import (
	"time"

	"waybill/backend/mapping"
	"waybill/backend/problem"
)

// Version is one version with what its commit says.
type Version struct {
	mapping.Version
	Number int
	Hash   string
	// Author made it at this time, for this reason.
	Author string
	At     time.Time
	Reason string
	// Changes say in words what differs from the version before.
	Changes []string
	// Approved are the names of those who approved it.
	Approved []string
}

// Identity is the project that a folder belongs to.
type Identity struct{ ProjectID, ProjectName string }

// Codes of this package.
const (
	CodeText      problem.Code = "versions.text"
	CodeMissing   problem.Code = "versions.missing"
	CodeOther     problem.Code = "versions.other_project"
	CodeFormat    problem.Code = "versions.format"
	CodeTooLarge  problem.Code = "versions.too_large"
	CodeGit       problem.Code = "versions.git"
	CodeBusy      problem.Code = "versions.git_busy"
	CodeEdited    problem.Code = "versions.edited"
	CodeInTheWay  problem.Code = "versions.in_the_way"
	CodeNotWrite  problem.Code = "versions.not_written"
	CodeNoVersion problem.Code = "versions.none"
)
