package delta

import (
	"context"
	"fmt"
	"sync"
	"time"

	"waybill/backend/load"
)

// patient calls what may safely be called again until it works.
func (w *worker) patient(ctx context.Context, fn func() error) error {
	t := load.NewTrouble(w.j, w.p)
	for {
		err := fn()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := t.Wait(ctx, err); err != nil {
			return err
		}
	}
}

// slower keeps requests that change records below the desk's own limit for them (P-73).
type slower struct {
	mu   sync.Mutex
	next time.Time
}

// turn waits until a request that changes records may be sent.
func (s *slower) turn(ctx context.Context, w *worker) error {
	limit := w.j.Target.Kind.Caps.UpdatesPerMinute
	if limit <= 0 {
		return nil
	}
	s.mu.Lock()
	now := time.Now()
	at := s.next
	if at.Before(now) {
		at = now
	}
	s.next = at.Add(time.Minute / time.Duration(limit))
	s.mu.Unlock()
	wait := at.Sub(now)
	if wait <= 0 {
		return nil
	}
	w.p.Waiting(fmt.Sprintf("%s takes %d changes a minute", w.j.Target.Kind.Title, limit))
	defer w.p.Waiting("")
	return load.Sleep(ctx, w.p, wait)
}
