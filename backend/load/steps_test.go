package load_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
)

// stepping is a desk that writes a ticket in several requests, of which each first try
// breaks off after the first one.
type stepping struct {
	*loadtest.BundledDesk
	mu    sync.Mutex
	begun map[model.Mark]bool
	half  int
}

func (s *stepping) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	if len(drafts) == 0 || drafts[0].Object != model.Ticket {
		return s.BundledDesk.Write(ctx, drafts, files)
	}
	first := slices.Clone(drafts)
	for i, d := range first {
		d.Fields = maps.Clone(d.Fields)
		delete(d.Fields, "tags")
		delete(d.Fields, "priority")
		d.Links = slices.DeleteFunc(slices.Clone(d.Links), func(l model.DraftLink) bool { return l.Field == "assignee" || l.Field == "group" })
		first[i] = d
	}
	out, err := s.BundledDesk.Write(ctx, first, files)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range drafts {
		if s.begun[d.Mark] {
			continue
		}
		s.begun[d.Mark] = true
		s.half++
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unknown, Err: connector.NoAnswer(nil, "the desk")}
	}
	return out, err
}

// P-66, invariant 4: a record that takes several requests and whose answer was lost is
// found, not sent again, and gets all that was meant, so that the check finds nothing.
func TestSteps_P66_whatWasLeftHalfMadeIsFinished(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	s := &stepping{BundledDesk: bundle(w, loadtest.Bundle{}), begun: map[model.Mark]bool{}}
	w.Job.Target.Conn = s
	w.Job.Target.Kind.Caps.Steps = []model.Object{model.Ticket}
	run := w.Move()
	w.Arrived(loadtest.All)
	if c := w.Run(run.ID).Counts[model.Ticket]; s.half != 8 || c["existed"] != 8 {
		t.Errorf("%d were left half made, and the run says %v", s.half, c)
	}
	for id, v := range w.Found(model.Ticket) {
		if model.Plain(v["priority"]) != "high" || model.Plain(v["assignee"]) == "" || model.Plain(v["tags"]) == "" {
			t.Errorf("%s is still half made: %v", id, v)
		}
	}
	checked(t, w)
}

// A desk that makes records whole is not written to a second time: then the first record of
// all shows, before the others go, that something is missing.
func TestSteps_P83_theFirstRecordShowsWhatIsMissing(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	s := &stepping{BundledDesk: bundle(w, loadtest.Bundle{}), begun: map[model.Mark]bool{}}
	w.Job.Target.Conn = s
	w.Move()
	if n := w.Server.Desk.Stats().Objects[model.Ticket]; n != 1 || s.half != 1 {
		t.Errorf("%d tickets are there, %d half made", n, s.half)
	}
}
