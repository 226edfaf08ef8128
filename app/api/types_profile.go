package api

import "waybill/backend/profile"

// ProfileView is the overview of what was measured.
type ProfileView struct {
	Score   profile.Score   `json:"score"`
	Graph   profile.Graph   `json:"graph"`
	Objects []ProfileObject `json:"objects"`
	// Findings of all objects, the grave ones first.
	Findings []FindingView `json:"findings"`
	// At is when the source was measured last; empty when never.
	At string `json:"at"`
}

// ProfileObject is one kind of record in the overview.
type ProfileObject struct {
	Object string         `json:"object"`
	Title  string         `json:"title"`
	Rows   Figure         `json:"rows"`
	Fields []ProfileField `json:"fields"`
	Ages   []Bucket       `json:"ages"`
	// State is the field that says how far a record is; States counts its values.
	State  string       `json:"state"`
	States []ValueCount `json:"states"`
	Owners []OwnerLeft  `json:"owners"`
}

// ProfileField is a field in the overview: how full it is.
type ProfileField struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Filled Figure `json:"filled"`
	Empty  Figure `json:"empty"`
	// Findings counts what is open about it.
	Findings int `json:"findings"`
}

// OwnerLeft is an agent who left and still owns records.
type OwnerLeft struct {
	Name  string `json:"name"`
	Field string `json:"field"`
	Count Figure `json:"count"`
}

// FieldFacts is all that is known of one field.
type FieldFacts struct {
	Object   string    `json:"object"`
	Title    string    `json:"title"`
	Rows     int64     `json:"rows"`
	Field    FieldView `json:"field"`
	SameAs   string    `json:"same_as"`
	Kinds    []Fact    `json:"kinds"`
	Marks    []Fact    `json:"marks"`
	Patterns []Fact    `json:"patterns"`
	// PatternsAll: no other pattern occurs.
	PatternsAll bool   `json:"patterns_all"`
	Phones      []Fact `json:"phones"`
	// Currencies counts amounts of money by the sign or code that they are written with.
	Currencies []Fact `json:"currencies"`
	// Languages are guessed from a sample of its texts.
	Languages []Fact `json:"languages"`
	Tags      []Fact `json:"tags"`
	TagsUsed  int64  `json:"tags_used"`
	TagsOnce  int64  `json:"tags_once"`
	// Numbers and Dates are empty when the field has none.
	Numbers       []Fact             `json:"numbers"`
	Low           string             `json:"low"`
	High          string             `json:"high"`
	Places        int                `json:"places"`
	Dates         []Fact             `json:"dates"`
	Orders        []Fact             `json:"orders"`
	Decided       string             `json:"decided"`
	Repairs       []profile.Repaired `json:"repairs"`
	LongestBytes  int                `json:"longest_bytes"`
	ShortestBytes int                `json:"shortest_bytes"`
	Findings      []FindingView      `json:"findings"`
}

// Fact is one figure about a field by the name that profile gives it.
type Fact struct {
	Name  string `json:"name"`
	Count Figure `json:"count"`
}
