package load

import (
	"context"

	"waybill/backend/store"
)

// scribe writes what the workers report into the ledger: all that is waiting when a
// commit ends goes into the next one, so that many workers share one flush to disk.
// Whoever reports waits until it is durable (invariant 3).
type scribe struct {
	db *store.DB
	in chan entry
}

type entry struct {
	write func(*store.Tx) error
	// then follows at once when it is on disk.
	then func()
	done chan error
}

// notesAtOnce bounds one commit.
const notesAtOnce = 64

// newScribe starts a scribe; stop ends it once nobody writes any more.
func newScribe(db *store.DB) (s *scribe, stop func()) {
	s = &scribe{db: db, in: make(chan entry, notesAtOnce)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.work()
	}()
	return s, func() { close(s.in); <-ended }
}

func (s *scribe) work() {
	for first := range s.in {
		notes := []entry{first}
	more:
		for len(notes) < notesAtOnce {
			select {
			case n, ok := <-s.in:
				if !ok {
					break more
				}
				notes = append(notes, n)
			default:
				break more
			}
		}
		// A stop must not lose an outcome: what was reported is written in any case.
		err := s.db.Write(context.Background(), func(tx *store.Tx) error {
			for _, n := range notes {
				if err := n.write(tx); err != nil {
					return err
				}
			}
			return nil
		})
		for _, n := range notes {
			if err == nil && n.then != nil {
				n.then()
			}
			n.done <- err
		}
	}
}

// write gives what to write and waits until it is on disk.
func (s *scribe) write(fn func(*store.Tx) error) error { return s.begin(fn, nil).wait() }

// begin gives what to write and does not wait. What one goroutine gives is written in its
// order: when a later entry is on disk, this one is, or it failed.
func (s *scribe) begin(fn func(*store.Tx) error, then func()) note {
	done := make(chan error, 1)
	s.in <- entry{fn, then, done}
	return done
}

// note is what a worker reported, and may not be on disk yet; nil is nothing.
type note <-chan error

// wait ends when the note is on disk, or failed. It is called once.
func (n note) wait() error {
	if n == nil {
		return nil
	}
	return <-n
}
