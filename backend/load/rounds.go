package load

import (
	"context"
	"slices"
)

// rounds creates an object in several rounds where its records point to each other by a
// link that the target takes only while it creates them (model.Field.Once): who waits for
// another record of the object goes once that one is there. Those of a circle go last, and
// without the link.
func (r *runner) rounds(ctx context.Context, o Object) error {
	defer func() { r.round, r.circle = 0, false }()
	for before := int64(-1); ; r.round++ {
		r.waiting = 0
		if err := r.create(ctx, o); err != nil || r.waiting == 0 {
			return err
		}
		r.circle = r.waiting == before
		before = r.waiting
	}
}

// waits says that a record is to be created in a later round, since what it points to by
// such a link is yet to come.
func (r *runner) waits(o Object, p prepared) bool {
	if len(p.later) == 0 || r.circle {
		return false
	}
	shape, _ := r.j.Target.Schema.Object(o.Target)
	for _, l := range p.later {
		f, ok := shape.Field(l.Field)
		if ok && f.Once && slices.Contains(f.To, o.Target) {
			return true
		}
	}
	return false
}
