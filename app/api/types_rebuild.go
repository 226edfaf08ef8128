package api

import (
	"waybill/backend/model"
	"waybill/backend/problem"
)

// KindView describes a desk for the connect form.
type KindView struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Source bool   `json:"source"`
	Target bool   `json:"target"`
	// Practice: Waybill's own pretend desk. Files: export files, which have a page of their own.
	Practice bool       `json:"practice"`
	Files    bool       `json:"files"`
	Form     []FormView `json:"form"`
	// Guide says step by step how to get what the form asks for.
	Guide []string `json:"guide"`
	// Before says what people must do in a target before anything is written.
	Before   []string  `json:"before"`
	AsSource []Ability `json:"as_source"`
	AsTarget []Ability `json:"as_target"`
	// Plain lists what the desk cannot keep.
	Plain []string `json:"plain"`
	// PerMinute is the documented limit of requests, 0 when there is none.
	PerMinute int `json:"per_minute"`
}

// Ability is something that a desk can or cannot do.
type Ability struct {
	Title string `json:"title"`
	Can   bool   `json:"can"`
}

// FormView is one setting of the connect form.
type FormView struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Help        string `json:"help"`
	Placeholder string `json:"placeholder"`
	Required    bool   `json:"required"`
	Secret      bool   `json:"secret"`
	// Options to choose from; the first is meant by nothing.
	Options []model.Choice `json:"options"`
	// When is "name=value" or "name=a|b": the field counts only then.
	When string `json:"when"`
	// Address: Tidy says what it becomes.
	Address bool `json:"address"`
	Expert  bool `json:"expert"`
}

// TidyView is what becomes of an address as it was typed.
type TidyView struct {
	Address string           `json:"address"`
	Problem *problem.Problem `json:"problem"`
}

// SideView says what a side of the move is connected to, as it was last seen.
type SideView struct {
	Side      string `json:"side"`
	Connected bool   `json:"connected"`
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Address   string `json:"address"`
	// BuiltIn: the project's own practice desk. Files: export files.
	BuiltIn bool `json:"built_in"`
	Files   bool `json:"files"`
	// Settings without the secret ones, to begin a change with.
	Settings map[string]string `json:"settings"`
	Account  string            `json:"account"`
	As       string            `json:"as"`
	Plan     string            `json:"plan"`
	Zone     string            `json:"zone"`
	Rights   []string          `json:"rights"`
	Missing  []string          `json:"missing"`
	// PerMinute is the limit of requests, UpdatesPerMinute that of changes; 0: none known.
	PerMinute        int `json:"per_minute"`
	UpdatesPerMinute int `json:"updates_per_minute"`
	// Counted is when the objects were counted, empty when they were not yet.
	Counted string      `json:"counted"`
	Objects []CountView `json:"objects"`
	// Requests and seconds that reading everything takes at the limit; 0: not reckoned.
	RequestsLow  int64 `json:"requests_low"`
	RequestsHigh int64 `json:"requests_high"`
	LowS         int64 `json:"low_s"`
	HighS        int64 `json:"high_s"`
	// Unreckoned names what is not in these figures: the desk does not say how much there is.
	Unreckoned []string `json:"unreckoned"`
}

// CountView is how many records of an object a desk holds; Problem when it may not be read.
type CountView struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	Count  Figure `json:"count"`
	// Unknown: the desk says it only while it is read.
	Unknown bool             `json:"unknown"`
	Problem *problem.Problem `json:"problem"`
}

// RebuildView is everything that is to be built again in the target.
type RebuildView struct {
	// Source and Target are the titles of the desks, empty when none is connected.
	Source string `json:"source"`
	Target string `json:"target"`
	// CanRead: the source is a desk whose rules may be readable; else Why says why not.
	CanRead bool   `json:"can_read"`
	Why     string `json:"why"`
	// ReadAt of the newest reading, empty before the first; since the one before it so many
	// rules were added, changed and are gone.
	ReadAt  string `json:"read_at"`
	Account string `json:"account"`
	Added   int    `json:"added"`
	Changed int    `json:"changed"`
	Gone    int    `json:"gone"`
	// Missing says what the account may not see.
	Missing []string `json:"missing"`
	// Failed says why the rules could not be read when everything else was.
	Failed *problem.Problem `json:"failed"`
	// All rules that are there, Left of them to do, Dead placeholders in all of them.
	All   int           `json:"all"`
	Left  int           `json:"left"`
	Dead  int           `json:"dead"`
	Kinds []RebuildKind `json:"kinds"`
	Rules []RuleRow     `json:"rules"`
}

// RebuildKind counts the rules of a kind.
type RebuildKind struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	All   int    `json:"all"`
	Left  int    `json:"left"`
}

// RuleRow is a rule as the list shows it. State: open, rebuilt, not_needed.
type RuleRow struct {
	ID     int64  `json:"id"`
	Kind   string `json:"kind"`
	One    string `json:"one"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
	// Does sums up what it does, in a line.
	Does  string `json:"does"`
	State string `json:"state"`
	Owner string `json:"owner"`
	Note  string `json:"note"`
	By    string `json:"by"`
	At    string `json:"at"`
	// Drift since the reading before: new, changed, gone or empty. Stale: it changed since its
	// state was stated. Left: somebody has to do something about it.
	Drift string `json:"drift"`
	Stale bool   `json:"stale"`
	Left  bool   `json:"left"`
	// Dead counts placeholders that the target does not know.
	Dead int `json:"dead"`
	// Uses lately, -1 when the desk does not say.
	Uses int64 `json:"uses"`
}

// RuleDetail is a rule in full.
type RuleDetail struct {
	Row   RuleRow  `json:"row"`
	About string   `json:"about"`
	Place int      `json:"place"`
	When  []string `json:"when"`
	AnyOf []string `json:"any_of"`
	Does  []string `json:"does"`
	// Text of a macro, plain.
	Text         string            `json:"text"`
	Placeholders []PlaceholderView `json:"placeholders"`
	// Do, Expect and But are the test.
	Do     []string `json:"do"`
	Expect []string `json:"expect"`
	But    []string `json:"but"`
	// Test is the same as one text, to copy.
	Test string `json:"test"`
	// Changes in the source, in words; Drifted sums them up.
	Drifted string     `json:"drifted"`
	Changes []string   `json:"changes"`
	History []Activity `json:"history"`
}

// PlaceholderView is a placeholder of a text and what becomes of it.
type PlaceholderView struct {
	Text    string `json:"text"`
	Means   string `json:"means"`
	Becomes string `json:"becomes"`
	Dead    bool   `json:"dead"`
	Words   string `json:"words"`
}

// RuleChange is what a person states about rules; Fields names the parts that count:
// "state", "owner", "note".
type RuleChange struct {
	Fields []string `json:"fields"`
	State  string   `json:"state"`
	Owner  string   `json:"owner"`
	Note   string   `json:"note"`
}

// RulesImport is what a returned workbook would change. Nothing is applied yet.
type RulesImport struct {
	File     string             `json:"file"`
	Changes  []RuleImported     `json:"changes"`
	Problems []*problem.Problem `json:"problems"`
	// Token applies exactly this; empty when there are problems.
	Token string `json:"token"`
}

// RuleImported is one rule that would change. Conflict: it was changed here as well.
type RuleImported struct {
	Name     string `json:"name"`
	One      string `json:"one"`
	Was      string `json:"was"`
	Now      string `json:"now"`
	Owner    string `json:"owner"`
	Note     string `json:"note"`
	Conflict bool   `json:"conflict"`
}
