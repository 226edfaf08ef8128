package connector

import (
	"context"

	"waybill/backend/model"
)

// Changer reads only what changed since a cursor.
type Changer interface {
	// Now is where a reading of changes must begin that is to miss nothing that happens
	// from this moment on, by the desk's own clock (invariant 5).
	Now(ctx context.Context, o model.Object) (Cursor, error)
	// Changes calls each, in this goroutine, with what is new or changed (Page.Records) and
	// what is gone (Page.Gone) since the cursor. It may repeat and must never miss: a desk
	// whose feed is ordered by time begins a window earlier than the cursor says. A record
	// that was redacted comes in both lists. Page.Next is good only once the page is stored.
	Changes(ctx context.Context, o model.Object, from Cursor, each func(Page) error) error
}

// How a record left the source.
const (
	GoneDeleted  = "deleted"
	GoneMerged   = "merged"   // it lives on inside another record
	GoneRedacted = "redacted" // it is still there, but content was taken out of it for good
)

// Gone is a record that is not in the source any more, or not as it was.
type Gone struct {
	ID  string
	How string
	// Into is the record that it was merged into.
	Into string
	// At in the desk's own words; empty when it does not say.
	At string
}

// Edit is a change of a record that exists in the target.
type Edit struct {
	Key model.Key
	// Version that the record had when it was last looked at; empty: whatever it is now.
	Version string
	// Draft holds just the fields and links that change. A nil value empties a field; a
	// link without a Target empties the link. A File replaces the content; a desk that
	// cannot do that refuses the edit.
	Draft model.Draft
}

// Updater changes records. It gives exactly one Outcome per Edit, in order: Updated,
// Touched (the version is another one, nothing was changed), Refused, Unknown or
// Unsent. No update may mail anybody where Caps.QuietUpdates says so.
type Updater interface {
	Update(ctx context.Context, batch []Edit, files Files) ([]Outcome, error)
}

// Reader reads records by their ids. Those that are not there are not in the map.
type Reader interface {
	Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error)
}

// Fire kinds.
const (
	FireTrigger    = "trigger"
	FireAutomation = "automation"
	FireWebhook    = "webhook"
	FireMail       = "mail" // a notification or a welcome mail
)

// Fire is something that the desk does by itself when a record is created or changed.
type Fire struct {
	ID, Kind, Name string
	// On lists the objects that set it off.
	On []model.Object
	// Does says in words what happens: "sends a mail to the requester".
	Does   string
	Active bool
	// Silenced: what Waybill writes does not set it off.
	Silenced bool
}

// Firer says what a desk would do by itself, and what it did.
type Firer interface {
	// Fires lists everything that could go off.
	Fires(ctx context.Context) ([]Fire, error)
	// Fired counts the messages that the desk has sent to customers so far, ever; two
	// answers tell whether a write was silent. known is false where the desk does not say.
	Fired(ctx context.Context) (n int64, known bool, err error)
}
