// Package model holds the nouns that every other package shares: objects,
// records, links, drafts, fates and the manifest. It knows nothing of SQL,
// HTTP or Excel.
package model

import (
	"encoding/json"
	"strings"
	"time"
)

// Object names a kind of record, such as "ticket" or "contact". The names are
// canonical across desks, so that a ticket of one desk can become a ticket of another.
//
// Records of a further source have objects of their own: "contact@crm" are the contacts of
// the source crm. So no number of one source can be taken for that of another, each has its
// own shape, mapping and accounts, and a link leads where its own source meant it to.
type Object string

// From is the object in a further source; an empty name is the main source.
func (o Object) From(source string) Object {
	if source == "" {
		return o.Kind()
	}
	return o.Kind() + "@" + Object(source)
}

// Kind is the object whatever source it is of: "contact" for "contact@crm".
func (o Object) Kind() Object {
	kind, _, _ := strings.Cut(string(o), "@")
	return Object(kind)
}

// Source is the further source that the object is of; empty: the main one.
func (o Object) Source() string {
	_, source, _ := strings.Cut(string(o), "@")
	return source
}

// Word is what people call one record of the object.
func (o Object) Word() string {
	o = o.Kind()
	switch o {
	case Contact:
		return "customer"
	case Organization:
		return "company"
	case Article:
		return "help article"
	default:
		return strings.ReplaceAll(string(o), "_", " ")
	}
}

// AWord is the word with its article: "a ticket", "an agent".
func (o Object) AWord() string {
	w := o.Word()
	if w != "" && strings.ContainsRune("aeiou", rune(w[0])) {
		return "an " + w
	}
	return "a " + w
}

// The objects that Waybill knows by name. A desk may have others.
const (
	Organization Object = "organization"
	Contact      Object = "contact"
	Agent        Object = "agent"
	Group        Object = "group"
	Ticket       Object = "ticket"
	Message      Object = "message"
	Attachment   Object = "attachment"
	Article      Object = "article"
)

// Further objects that several desks have, under one name.
const (
	Category         Object = "category" // of help articles; holds sections
	Section          Object = "section"  // of help articles
	Translation      Object = "translation"
	Rating           Object = "rating"     // how a customer judged a ticket
	TimeEntry        Object = "time_entry" // time spent on a ticket
	SideConversation Object = "side_conversation"
	Tag              Object = "tag"
	Macro            Object = "macro" // a canned answer, or a set of actions
)

// Known lists the objects that Waybill knows by name, in the order in which they load.
func Known() []Object {
	return []Object{Organization, Group, Agent, Contact, Ticket, Message, Attachment, Article}
}

// Key names one record in one desk.
type Key struct {
	Object Object `json:"object"`
	ID     string `json:"id"`
}

// Ref points from a record to another one, as the source expressed it.
type Ref struct {
	Object Object `json:"object"`
	// By is the field whose value is given; empty means the other record's own id.
	By string `json:"by,omitempty"`
	// Value is the id, or the value of the field By, exactly as the source wrote it.
	Value string `json:"value"`
}

// Link is one pointer of a record: "the requester of this ticket". To lists the
// candidates in order of preference; the first that exists counts.
type Link struct {
	// Role is the source field that holds the pointer, for instance "requester_id".
	Role string `json:"role"`
	To   []Ref  `json:"to"`
}

// Record is one record as the source gave it.
type Record struct {
	Key Key
	// Version is the source's own stamp of the record's last change, when it has one.
	Version string
	// Raw holds the source's own JSON, byte for byte. Invariant 2: never edited.
	Raw   json.RawMessage
	Links []Link
	// Place says where the record stood: file, sheet, line. Empty for a desk's API.
	Place string
}

// Mark is what Waybill writes into the target so that a record can be found again.
type Mark string

// Draft is a record in the target's shape, ready to be written.
type Draft struct {
	Mark   Mark
	Object Object
	// Source is the record that the draft was made from.
	Source Key
	// Fields by target field name. Values are string, bool, int64, float64,
	// decimal text for numbers beyond those, time.Time (UTC), Day, or []string.
	Fields map[string]any
	// Links by target field name. While it is transformed a link holds source
	// references; before it is written they are resolved into target keys (Target).
	Links []DraftLink
	// File is the content of an attachment, if this draft carries one.
	File *File
	// Archive: the record goes straight into the target's archive, as was chosen (P-74).
	Archive bool
	// Eased names fields that hold the first of several values, because a person chose so.
	Eased []string
	// Parts are drafts that go into the same request, in the order of their source: the
	// messages of a ticket, the files of a message. Only for what Caps.Wholes names; their
	// link to this draft has no Target yet.
	Parts []Draft
	// Thread orders drafts that must arrive one after another: drafts with the
	// same thread are written in the order of their source. Empty: no order.
	Thread string
}

// DraftLink is one pointer of a draft.
type DraftLink struct {
	// Field is the target's field.
	Field string
	// To lists what it may point to, as the source expressed it.
	To []Ref
	// Required links hold the record when they cannot be resolved.
	Required bool
	// IfUnknown is what happens when none of To can be resolved.
	IfUnknown Otherwise
	// Instead is the source reference used when IfUnknown is OtherwiseUse.
	Instead string
	// Target is the record in the target, once it is known.
	Target Key
}

// Otherwise says what to do when a value is missing or unknown.
type Otherwise string

// What a mapping can ask for when a value is missing or unknown.
const (
	OtherwiseHold  Otherwise = "hold"  // the record waits for a person
	OtherwiseUse   Otherwise = "use"   // use the stated value instead
	OtherwiseLeave Otherwise = "leave" // leave the target's field empty
)

// File is content that goes with a draft.
type File struct {
	Name string
	// Hash is the SHA-256 of the content, in hexadecimal: its name in the blob store.
	Hash string
	Size int64
	Type string
}

// Day is a calendar date without a time or a zone, as "2006-01-02".
type Day string

// Fate is where a source record ended.
type Fate uint8

// The fates. Every record has exactly one, at every moment.
const (
	Pending Fate = iota
	Moved
	Merged
	Archived
	LeftOut
	Held
)

var fateNames = [...]string{"pending", "moved", "merged", "archived", "left_out", "held"}

// Fates lists all fates in the order in which the manifest shows them.
func Fates() []Fate { return []Fate{Moved, Merged, Archived, LeftOut, Held, Pending} }

func (f Fate) String() string {
	if int(f) < len(fateNames) {
		return fateNames[f]
	}
	return "unknown"
}

// ParseFate reads a fate's name as String writes it.
func ParseFate(s string) (Fate, bool) {
	for i, n := range fateNames {
		if n == s {
			return Fate(i), true
		}
	}
	return 0, false
}

// Manifest is the account of one object.
type Manifest struct {
	Object   Object `json:"object"`
	Source   int64  `json:"source"`
	Moved    int64  `json:"moved"`
	Merged   int64  `json:"merged"`
	Archived int64  `json:"archived"`
	LeftOut  int64  `json:"left_out"`
	Held     int64  `json:"held"`
	Pending  int64  `json:"pending"`
	// Target is how many records of ours were found in the target when it was
	// last asked: by the last check if there was one, else by the ledger.
	Target int64 `json:"target"`
	// Erased counts the records that were erased on request. They are in none of the other
	// counts: the source had Source and Erased of them.
	Erased int64 `json:"erased,omitempty"`
}

// Adds is invariant 1: every source record is in exactly one place.
func (m Manifest) Adds() bool {
	return m.Source == m.Moved+m.Merged+m.Archived+m.LeftOut+m.Held+m.Pending
}

// Balances says that the account adds up, nothing waits and the target agrees.
func (m Manifest) Balances() bool {
	return m.Adds() && m.Pending == 0 && m.Held == 0 && m.Target == m.Moved
}

// Add counts n records of one fate.
func (m *Manifest) Add(f Fate, n int64) {
	m.Source += n
	switch f {
	case Pending:
		m.Pending += n
	case Moved:
		m.Moved += n
	case Merged:
		m.Merged += n
	case Archived:
		m.Archived += n
	case LeftOut:
		m.LeftOut += n
	case Held:
		m.Held += n
	}
}

// Person is who acts: every decision has a name (invariant 14).
type Person struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// Run kinds.
const (
	RunFull     = "full"
	RunPilot    = "pilot"
	RunDelta    = "delta"
	RunRollback = "rollback"
)

// Stamp is a moment as text in UTC with fixed width, so that text order is time order.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
