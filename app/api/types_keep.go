package api

// KeepView is the page about what is kept elsewhere: backups, the archive, erasures.
type KeepView struct {
	Place   PlaceView   `json:"place"`
	Kinds   []PlaceKind `json:"kinds"`
	Backups []KeptView  `json:"backups"`
	// Staged counts what a backup would hold.
	Staged int64 `json:"staged"`
	// Stays says of each fate how many records an archive of it would hold.
	Stays    []StaysView       `json:"stays"`
	Erasures []CertificateView `json:"erasures"`
}

// PlaceView is where backups go.
type PlaceView struct {
	Kind     string            `json:"kind"`
	Settings map[string]string `json:"settings"`
	// HasSecret: its key is kept already.
	HasSecret bool `json:"has_secret"`
	// Words says where it is; empty when none was chosen.
	Words string `json:"words"`
}

// PlaceKind is a kind of place with what it needs to know.
type PlaceKind struct {
	Kind     string         `json:"kind"`
	Settings []PlaceSetting `json:"settings"`
}

// PlaceSetting is one thing that a place needs to know.
type PlaceSetting struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Help     string `json:"help"`
	Secret   bool   `json:"secret"`
	Optional bool   `json:"optional"`
}

// KeptView is a backup that was made.
type KeptView struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Place     string `json:"place"`
	At        string `json:"at"`
	By        string `json:"by"`
	Records   int64  `json:"records"`
	Files     int64  `json:"files"`
	Missing   int64  `json:"missing"`
	Bytes     int64  `json:"bytes"`
	Parts     int    `json:"parts"`
	Encrypted bool   `json:"encrypted"`
	// Tested is when, empty when never; Passed whether it came back whole.
	Tested   string   `json:"tested"`
	TestedBy string   `json:"tested_by"`
	Passed   bool     `json:"passed"`
	Compared int64    `json:"compared"`
	Opened   int64    `json:"opened"`
	Seconds  float64  `json:"seconds"`
	Wrong    []string `json:"wrong"`
}

// StaysView counts the records of one fate.
type StaysView struct {
	Fate  string `json:"fate"`
	Count int64  `json:"count"`
}

// PersonFound is whom an erasure would remove.
type PersonFound struct {
	Names   []string       `json:"names"`
	Records []ErasedRecord `json:"records"`
	// Phones are looked for in what others wrote, too; OneWord are names that are not.
	Phones  []string `json:"phones"`
	OneWord []string `json:"one_word"`
}

// ErasedRecord counts the records of one kind.
type ErasedRecord struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	Count  int64  `json:"count"`
}

// CertificateView says what was erased of somebody, and what is left to do by hand.
type CertificateView struct {
	Number      int64          `json:"number"`
	At          string         `json:"at"`
	By          string         `json:"by"`
	Why         string         `json:"why"`
	Digest      string         `json:"digest"`
	Records     []ErasedRecord `json:"records"`
	Attachments int64          `json:"attachments"`
	Files       int            `json:"files"`
	// Target lists records of the target that are still to be erased there; Mentions where
	// others name the person; Backups which earlier ones still hold them.
	Target   []string `json:"target"`
	Mentions []string `json:"mentions"`
	Backups  []string `json:"backups"`
	// OneWord counts names of a single word, which were not looked for.
	OneWord int `json:"one_word"`
}
