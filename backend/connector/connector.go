// Package connector says what a desk must be able to do to be a source or a
// target: a small core (Connector), and optional abilities that a desk has or
// has not (Filer, Changer, Writer, Updater, Finder, Reader, Deleter, Shaper, Firer). Kind describes a
// desk as data, so that forms, gap lists and the examination need no network.
package connector

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Cursor remembers where reading stopped. It belongs to the connector that
// made it and survives restarts. Empty: from the beginning.
type Cursor string

// Page is a run of records that is stored together with its cursor (invariant 5).
type Page struct {
	Records []model.Record
	// Broken are rows that could not be read; they are staged as held (invariant 7).
	Broken []Broken
	// Next continues just after this page. Good only once the page is stored.
	Next Cursor
	// Total is how many records there will be, or 0 when it is not known.
	Total int64
	// Repeats says what a key means that was already seen.
	Repeats Repeats
	// Done and Size tell how far along a file is, in bytes, when that is known.
	Done, Size int64
	// Gone are records that the source deleted, merged or redacted; only Changer gives them.
	Gone []Gone
}

// Repeats says what it means when a key comes twice in one reading.
type Repeats uint8

// What a repeated key means.
const (
	// RepeatsSame: pages may overlap; the same record seen again is one record (P-03).
	RepeatsSame Repeats = iota
	// RepeatsReplace: a later row is a later state of the same record.
	RepeatsReplace
	// RepeatsCount: every row is a record of its own; a second one with the same
	// key is accounted for apart: merged when identical, held when it differs.
	RepeatsCount
	// RepeatsFirst: the first row stands for all, the others only mention it.
	RepeatsFirst
)

// Broken is a row that could not be read.
type Broken struct {
	// Place is unique within its object: "tickets.csv, line 17".
	Place string
	Raw   []byte
	Why   *problem.Problem
}

// Account is who we are in a desk.
type Account struct {
	// Name of the account, such as "halden.example" or a file's folder.
	Name string `json:"name"`
	// As is the user that the credentials belong to.
	As string `json:"as"`
	// Plan of the vendor, when it can be asked.
	Plan string `json:"plan,omitempty"`
	// Rights that we have, and that we miss, in words.
	Rights  []string `json:"rights"`
	Missing []string `json:"missing"`
	// Zone of the account.
	Zone string `json:"zone,omitempty"`
	// PerMinute is the number of requests that the vendor allows; 0: unknown or unlimited.
	PerMinute int `json:"per_minute,omitempty"`
	// UpdatesPerMinute is the account's own limit for changes of records (P-73); 0: none.
	UpdatesPerMinute int `json:"updates_per_minute,omitempty"`
}

// Connector is a desk that can be read.
type Connector interface {
	// Check says who we are, what we may do and what is missing.
	Check(ctx context.Context) (Account, error)
	// Schema gives the objects with their fields, options and limits, custom fields included.
	Schema(ctx context.Context) (model.Schema, error)
	// Count says how many records there are, and whether that figure is exact.
	Count(ctx context.Context, o model.Object) (n int64, exact bool, err error)
	// Pages calls each in this goroutine, from just after the cursor. Page.Next is
	// good only once the caller has stored it with the page. An error from each ends
	// the walk and is returned unchanged. A repeated record is allowed, a missed one never.
	Pages(ctx context.Context, o model.Object, from Cursor, each func(Page) error) error
	Close() error
}

// Filer opens the content of attachments. ref is what the record's raw data names.
type Filer interface {
	// FileRef finds the content's reference in a record, or "" when it has none.
	FileRef(r model.Record) (ref, name, contentType string)
	Open(ctx context.Context, ref string) (io.ReadCloser, error)
}

// State is what became of one request for one record.
type State uint8

// The outcomes.
const (
	// Unknown: sent, but no answer came. Never sent again before Find was asked (invariant 4).
	Unknown State = iota
	Created
	Existed
	Updated
	Deleted
	// Refused: the target said no; Err says why.
	Refused
	// Touched: people changed the record since we wrote it, so it was not deleted (invariant 8).
	Touched
	// Unsent: the request surely did not reach the target, and may be sent again.
	Unsent
)

// Outcome of one draft or one deletion.
type Outcome struct {
	Mark model.Mark
	Key  model.Key
	// Version is the target's stamp of the record right after it was written.
	Version string
	State   State
	Err     *problem.Problem
	// Parts are the outcomes of Draft.Parts, in their order, once the record itself is
	// Created or Existed. Unsent: this part could not go along and is written by itself.
	Parts []Outcome
}

// Writer creates records. It gives exactly one Outcome per Draft, in order. The
// error is for what concerns the whole batch and stops the run (no right, no
// network); outcomes come with it all the same.
type Writer interface {
	Write(ctx context.Context, batch []model.Draft, files Files) ([]Outcome, error)
}

// Files opens the content of a draft's file by its hash.
type Files interface {
	Open(hash string) (io.ReadSeekCloser, error)
}

// Finder finds records by the marks that we wrote. Marks that are not found are not in the map.
type Finder interface {
	Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]Found, error)
}

// Found is a record that carries our mark.
type Found struct {
	Key     model.Key
	Version string
	// Copies is how many records carry the mark; more than one is a double.
	Copies int
}

// Doomed is a record to delete, and its version when we wrote it.
type Doomed struct {
	Key     model.Key
	Version string
}

// Deleter deletes records. Already gone is success (Deleted). A record whose
// version differs from Doomed.Version is left alone (Touched).
type Deleter interface {
	Delete(ctx context.Context, what []Doomed) ([]Outcome, error)
}

// Shaper creates fields and options in the target.
type Shaper interface {
	CreateField(ctx context.Context, o model.Object, f model.Field) error
	CreateOption(ctx context.Context, o model.Object, field string, c model.Choice) error
}

// Marker reads our mark back from a record of the target.
type Marker interface {
	MarkOf(r model.Record) model.Mark
	// VersionOf reads the stamp of the record's last change.
	VersionOf(r model.Record) string
}

// Keeper says beforehand what a desk makes of a draft: fields that it does not have for
// this one record (a private note has no subject), a rich text that it keeps as plain. The
// check and the first records of a run compare with that, so that they cry no wolf (P-83).
// What is lost by it stands in Caps.Plain. The answer is a draft of its own: d is not changed.
type Keeper interface {
	Kept(d model.Draft) model.Draft
}

// Caps says what a desk can do. It must agree with the interfaces above.
type Caps struct {
	Files, Changes, Writes, Finds, Deletes, Shapes bool
	// Updates, Reads and Fires: the desk is an Updater, a Reader, a Firer.
	Updates, Reads, Fires bool
	// Archives: a closed ticket can be created straight in the desk's archive (Draft.Archive).
	Archives bool
	// QuietUpdates: a change of a record sets off no trigger and mails nobody (P-72).
	QuietUpdates bool
	// UpdatesPerMinute is the desk's own limit for changes of records, below PerMinute (P-73); 0: none.
	UpdatesPerMinute int
	// Wholes are the objects that are taken together with what they belong to.
	Wholes []Whole
	// Matches are objects that cannot be created, such as the people of the staff: Write
	// gives Existed for who is there already and Refused, with what to do, for the others.
	Matches []model.Object
	// Unmarked are objects whose records carry no mark of ours: they are known by their ids
	// and found through PartFinder. Without one, a lost answer holds the record.
	Unmarked []model.Object
	// NotDeleted are objects whose records cannot be deleted by themselves.
	NotDeleted []model.Object
	// Steps are objects whose records take several requests each. One that is found after a
	// lost answer or a crash may be half made, so all its values are written once more then,
	// through Updater.
	Steps []model.Object
	// NotesLoseOrigin: private notes keep neither author nor time, although messages do.
	NotesLoseOrigin bool
	// ReadCost and WriteCost are the requests that one record needs, all in all, to be read
	// or written; for an object that is not named 1/page size and 1/Batch. The messages of
	// a desk that gives them ticket by ticket cost nothing themselves, and each ticket 1.
	ReadCost, WriteCost map[model.Object]float64
	// Plain lists in words what the desk cannot keep, for the table in the README and the screens.
	Plain []string
	// ExactCounts: Count is exact. Backdates: times can be written. KeepsAuthor:
	// a message can be written in another's name. Quiet: can create without mailing anybody.
	ExactCounts, Backdates, KeepsAuthor, Quiet bool
	// Batch is how many drafts fit one request; Parallel how many requests may be under way.
	Batch, Parallel int
	// FindLag is how long a written record may stay invisible to Find.
	FindLag time.Duration
	// Travel is how long a request may still be worked on after it was sent, also when
	// its sender died; 0: half a minute. Only after it is the target asked what arrived.
	Travel time.Duration
	// MaxFile in bytes; 0: no limit known.
	MaxFile int64
	// Order in which objects must be created.
	Order []model.Object
	// PerMinute is the documented number of requests; 0: none.
	PerMinute int
	// Pretend: this is Waybill's own practice desk, never a real vendor.
	Pretend bool
}

// FormField is one setting on the connect form.
type FormField struct {
	Name, Title, Help, Placeholder string
	Required, Secret               bool
	// Options to choose from; none: free text. The first is what is meant by nothing.
	Options []model.Choice
	// When is a condition, "auth=oauth": the field is shown, and required, only then.
	When string
	// Address: the field is the desk's address, which Kind.Tidy puts right.
	Address bool
	// Expert fields are folded away: most people never need them.
	Expert bool
}

// Kind describes a desk as data.
type Kind struct {
	Name, Title string
	// Source and Target say on which side of a move it can stand.
	Source, Target bool
	Form           []FormField
	// Guide says in plain words, step by step, how to get what the form asks for.
	Guide []string
	// Before says what people must do in a target before anything is written.
	Before []string
	// Tidy makes the right address of whatever people paste: with or without https, a page
	// deep inside the desk, an agent's address (P-12). nil: any http or https address, as it is.
	Tidy   func(string) (string, error)
	Caps   Caps
	Limits pace.Limits
	// Open makes a connector. rt carries the requests and keeps them inside the limits.
	Open func(ctx context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (Connector, error)
}

// Raw is the JSON of v; it is for connectors whose source is not JSON itself.
func Raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`null`)
	}
	return b
}
