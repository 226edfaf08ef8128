package connector

import (
	"context"
	"slices"

	"waybill/backend/model"
)

// Whole says that a desk takes records of one object together with the record that they
// belong to, in one request: the files of a message, the first message of a ticket, all
// messages of a ticket. The engine then puts them into Draft.Parts of their owner.
type Whole struct {
	Owner, Part model.Object
	// First: only the first part goes with its owner, the others are written by themselves
	// afterwards. Else all parts go with it and none can be added later, so the owner waits
	// until each of its parts can go.
	First bool
}

// PartFinder finds parts that carry no mark of their own (Caps.Unmarked), through the
// record that they belong to.
type PartFinder interface {
	// FindParts looks in a record of the target for parts of one object, by their place,
	// text or name and size. parts are the drafts in the order in which they were sent. What
	// is not there is not in the map; where it cannot be told apart from others, err says so.
	FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]Found, error)
}

// Whole says how records of an object are taken together with what they belong to.
func (c Caps) Whole(part model.Object) (Whole, bool) {
	for _, w := range c.Wholes {
		if w.Part == part {
			return w, true
		}
	}
	return Whole{}, false
}

// Marked says whether records of an object carry our mark, so that Find finds them.
func (c Caps) Marked(o model.Object) bool { return c.Finds && !slices.Contains(c.Unmarked, o) }

// Matched says that records of an object are never created, only looked up.
func (c Caps) Matched(o model.Object) bool { return slices.Contains(c.Matches, o) }

// Undeletable says that a record of an object cannot be deleted by itself. It goes when
// its owner goes; without one it stays, and the rollback lists it.
func (c Caps) Undeletable(o model.Object) bool { return slices.Contains(c.NotDeleted, o) }
