package load

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"waybill/backend/store"
)

// P-66, invariant 3: a worker need not wait for what it reported, because its next intents
// are on disk only when that is.
func TestP66_WhatWasReportedIsOnDiskBeforeTheNextIntents(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	s, stop := newScribe(db)
	var wg sync.WaitGroup
	for worker := range 20 {
		wg.Go(func() {
			for i := range 10 {
				outcome, followed := fmt.Sprintf("outcome %d %d", worker, i), false
				last := s.begin(func(tx *store.Tx) error { return tx.Set(outcome, true) }, func() { followed = true })
				if err := s.write(func(tx *store.Tx) error { return tx.Set("intent", worker) }); err != nil {
					t.Error(err)
				}
				select {
				case err := <-last:
					if err != nil || !followed {
						t.Errorf("%s: %v, followed %v", outcome, err, followed)
					}
				default:
					t.Errorf("%s is not on disk", outcome)
				}
				if err := db.Read(t.Context(), func(tx *store.Tx) error {
					var there bool
					_, err := tx.Setting(outcome, &there)
					if err == nil && !there {
						t.Errorf("%s is not there", outcome)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stop()
}

// A note that fails tells the worker so, and nothing follows it.
func TestP66_ANoteThatCannotBeWrittenIsTold(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, stop := newScribe(db)
	last := s.begin(func(tx *store.Tx) error { return tx.Set("outcome", true) }, func() { t.Error("it was taken for written") })
	if err := s.write(func(tx *store.Tx) error { return tx.Set("intent", true) }); err == nil {
		t.Error("the intent was taken for written")
	}
	if err := last.wait(); err == nil {
		t.Error("the outcome was taken for written")
	}
	stop()
}
