// Package backup puts everything that a project holds into one file, or into parts of a
// stated size, and gets it back out: records as they came, attachments, the inventory of
// what was configured.
//
// The file is a tar inside zstd, with age's encryption outside when a *passphrase* is
// given. Its last entry is the *manifest*: sizes and SHA-256 of everything before it. What
// has no manifest at its end is no backup, so one that was interrupted is never taken for
// a good one. A *place* is where backups lie: a folder, a bucket, a container.
package backup

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"syscall"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Format and Version stand in every backup.
const (
	Format  = "waybill-backup"
	Version = 1
)

// Extension of a backup; parts have .001 and so on behind it.
const Extension = ".waybill-backup"

// Codes of this package.
const (
	CodeNone       problem.Code = "backup.none"
	CodeNoBackup   problem.Code = "backup.not_a_backup"
	CodeNewer      problem.Code = "backup.newer"
	CodeIncomplete problem.Code = "backup.incomplete"
	CodeDamaged    problem.Code = "backup.damaged"
	CodeNeedsWord  problem.Code = "backup.needs_passphrase"
	CodeWrongWord  problem.Code = "backup.wrong_passphrase"
	CodeTaken      problem.Code = "backup.taken"
	CodePlace      problem.Code = "backup.place"
	CodeParts      problem.Code = "backup.parts"
	CodeFull       problem.Code = "store.disk_full"
	CodeFolder     problem.Code = "backup.folder"
)

// Options of writing and reading.
type Options struct {
	// Passphrase encrypts; empty: not encrypted.
	Passphrase secret.Text
	// PartSize splits the backup into parts of so many bytes; 0: one file.
	PartSize int64
	// work is the cost of a passphrase as a power of two, for tests; 0: what age takes.
	work int
}

// About says whose backup it is, and how much to expect; it stands at its beginning.
type About struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Made is when, in UTC.
	Made    string `json:"made"`
	Project string `json:"project"`
	Name    string `json:"name"`
	Company string `json:"company,omitempty"`
	Sample  bool   `json:"sample,omitempty"`
	// Bytes is about how much room it takes when it is restored.
	Bytes int64 `json:"bytes"`
}

// Content is one object of the stage: how many records, and one hash over all of them.
type Content struct {
	Object  model.Object `json:"object"`
	Records int64        `json:"records"`
	// SHA256 covers, in the order of the ids, a line for each record: its id, a NUL, the
	// SHA-256 of what the source gave (hexadecimal), a line feed.
	SHA256 string `json:"sha256"`
	// Altered counts records that are not what was read from the source.
	Altered int64 `json:"altered,omitempty"`
}

// Entry is one file of a backup.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Files sums up the attachments, whose names are their SHA-256.
type Files struct {
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
	// SHA256 covers a line for each in its order: its hash, a blank, its size, a line feed.
	SHA256 string `json:"sha256"`
	// Missing counts attachments that the project knew and whose content was gone.
	Missing int64 `json:"missing,omitempty"`
}

// Manifest is the last entry.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	About   About     `json:"about"`
	Entries []Entry   `json:"entries"`
	Files   Files     `json:"files"`
	Objects []Content `json:"objects"`
	// Rules and Schemas are what of the desks' configuration is inside.
	Rules   int64    `json:"rules"`
	Schemas []string `json:"schemas"`
	// AuditHash closes the audit trail.
	AuditHash string `json:"audit_hash"`
}

// Records counts the records of all objects.
func (m Manifest) Records() (n int64) {
	for _, o := range m.Objects {
		n += o.Records
	}
	return n
}

// Names of the entries.
const (
	nameReadme    = "README.txt"
	nameAbout     = "about.json"
	nameInventory = "inventory.json"
	nameDB        = "project.db"
	nameManifest  = "MANIFEST.json"
	files         = "files/"
)

// folders of which a backup takes the files, besides the attachments.
var folders = []string{"practice", "reports", "workbooks"}

var (
	blobName  = regexp.MustCompile(`^files/([0-9a-f]{2})/([0-9a-f]{64})$`)
	plainName = regexp.MustCompile(`^[^\x00-\x1f\x7f<>:"/\\|?*]{1,200}$`)
)

// blobOf gives the hash that an entry's name says; false when it is no attachment.
func blobOf(name string) (string, bool) {
	m := blobName.FindStringSubmatch(name)
	if m == nil || !strings.HasPrefix(m[2], m[1]) {
		return "", false
	}
	return m[2], true
}

// known says whether an entry may stand in a backup. Nothing else is ever written to a
// disk, so that no name leads out of the folder.
func known(name string) bool {
	switch name {
	case nameReadme, nameAbout, nameInventory, nameDB, nameManifest:
		return true
	}
	if _, ok := blobOf(name); ok {
		return true
	}
	dir, base := path.Split(name)
	for _, f := range folders {
		if dir == f+"/" {
			return portable(base)
		}
	}
	return false
}

// portable says whether every system takes this for the name of a file.
func portable(base string) bool {
	if !plainName.MatchString(base) || base == "." || base == ".." || strings.HasSuffix(base, ".") || strings.HasSuffix(base, " ") {
		return false
	}
	stem, _, _ := strings.Cut(strings.ToUpper(base), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return false
	}
	return !(len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")))
}

// plain says an error of the disk in words; others stay as they are.
func plain(err error, where string) error {
	var p *problem.Problem
	switch {
	case err == nil, errors.As(err, &p):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return problem.Wrap(err, CodeFull, "The disk is full.", "What was begun was not finished, and does not count. What was there before is untouched.",
			"Free some space, or choose another place, then try again.").At(problem.Place{File: where})
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return problem.Wrap(err, CodeFolder, "This folder cannot be used.", "It is not there, or you may not write to it.",
			"Choose another folder, or ask for the right to write there.").At(problem.Place{File: where})
	}
	return err
}
