package load

import (
	"context"
	"errors"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// script is a target that answers as it is told, request by request.
type script struct {
	answers []connector.State
	failure error
	// sizes of the requests that were made.
	sizes []int
	then  func()
}

func (s *script) Write(_ context.Context, drafts []model.Draft, _ connector.Files) ([]connector.Outcome, error) {
	n := len(s.sizes)
	s.sizes = append(s.sizes, len(drafts))
	out := make([]connector.Outcome, len(drafts))
	for i := range out {
		out[i].State = connector.Created
		if n < len(s.answers) {
			out[i].State = s.answers[n]
		}
	}
	if s.then != nil {
		s.then()
	}
	if n == len(s.answers)-1 {
		return out, s.failure
	}
	return out, nil
}

func sendAll(ctx context.Context, s *script, batch, drafts int) (states map[connector.State]int, late bool, err error) {
	r := &runner{j: &Job{}, writer: s}
	r.slots = r.j.slots()
	r.j.Target.Kind.Caps.Batch = batch
	out, _, late, err := r.send(ctx, make([]model.Draft, drafts), &Trouble{})
	states = map[connector.State]int{}
	for _, o := range out {
		states[o.State]++
	}
	return states, late, err
}

func TestAPortionIsSentAsTheTargetTakesIt(t *testing.T) {
	s := &script{}
	states, late, err := sendAll(t.Context(), s, 2, 5)
	if err != nil || late || states[connector.Created] != 5 || len(s.sizes) != 3 || s.sizes[2] != 1 {
		t.Errorf("%v %v %v, requests %v", states, late, err, s.sizes)
	}
}

// P-66: behind a request of which nobody knows the end nothing more is sent.
func TestP66_APortionEndsBehindAnUnclearAnswer(t *testing.T) {
	gone := errors.New("gone")
	for _, s := range []*script{
		{answers: []connector.State{connector.Created, connector.Unknown}},
		{answers: []connector.State{connector.Created, connector.Unsent}},
		{answers: []connector.State{connector.Created, connector.Unknown}, failure: gone},
	} {
		states, late, err := sendAll(t.Context(), s, 1, 4)
		if !errors.Is(err, s.failure) || late || len(s.sizes) != 2 || states[connector.Created] != 1 || states[connector.Unsent]+states[connector.Unknown] != 3 {
			t.Errorf("%v %v %v, requests %v", states, late, err, s.sizes)
		}
	}
}

// A stop lets one request finish and sends no other.
func TestAStopEndsAPortionBetweenTwoRequests(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := &script{then: stop}
	states, late, err := sendAll(ctx, s, 1, 4)
	if err != nil || !late || len(s.sizes) != 1 || states[connector.Created] != 1 || states[connector.Unsent] != 3 {
		t.Errorf("%v %v %v, requests %v", states, late, err, s.sizes)
	}
}

func TestPortionsGrowOnlyWhileTheLedgerIsTheSlowerOne(t *testing.T) {
	const ms = time.Millisecond
	p := &portion{size: 1, least: 1, most: mostOfPortion}
	p.took(700*ms, 698*ms) // a vendor's limit
	if p.size != 1 {
		t.Errorf("at a vendor's limit a portion is %d requests", p.size)
	}
	for range 10 {
		p.took(5*ms, ms)
	}
	if p.size != mostOfPortion {
		t.Errorf("a fast target gets portions of %d", p.size)
	}
	for range 10 {
		p.took(700*ms, 698*ms)
	}
	if p.size != 1 {
		t.Errorf("a target that became slow gets portions of %d", p.size)
	}
	asked := &portion{size: 1}
	for range 10 {
		asked.took(5*ms, ms)
	}
	if asked.size != 1 {
		t.Error("a target that cannot be asked for marks gets more than one request at once")
	}
}
