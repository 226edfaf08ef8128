package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/backend/problem"
)

func TestProblem_survivesItsJSON(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	p := problem.Wrap(errors.New("disk: no space"), "store.disk_full", "The disk is full.", "Nothing was lost.", "Free some space.").
		At(problem.Place{File: "a.csv", Line: 7, Field: "x", Value: "v"}).Retry(at)
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var q problem.Problem
	if err := json.Unmarshal(b, &q); err != nil {
		t.Fatal(err)
	}
	if q.Error() != p.Error() || q.Where != p.Where || !q.RetryAt.Equal(at) || q.Detail() != "disk: no space" || q.Code != p.Code {
		t.Errorf("got %+v from %s", q, b)
	}
	if err := json.Unmarshal([]byte(`{"code":7}`), &q); err == nil {
		t.Error("nonsense was read")
	}
}

func TestFrom_neverShowsAPersonTheTechnicalText(t *testing.T) {
	if problem.From(nil) != nil {
		t.Error("no error has a problem")
	}
	inner := problem.New("a.b", "What.", "Why.", "Next.")
	if got := problem.From(fmt.Errorf("read ticket: %w", inner)); got != inner {
		t.Errorf("the problem inside was lost: %v", got)
	}
	for _, err := range []error{errors.New("dial tcp 10.0.0.1: secret"), context.Canceled, fmt.Errorf("x: %w", context.DeadlineExceeded)} {
		p := problem.From(err)
		for _, s := range []string{p.What, p.Why, p.Next} {
			if s == "" || strings.Contains(s, "dial") || strings.Contains(s, "context") {
				t.Errorf("%v reads %q", err, s)
			}
		}
		if p.Detail() == "" || !errors.Is(p, err) {
			t.Errorf("the cause of %v was lost", err)
		}
	}
	if !problem.Is(context.Canceled, problem.Cancelled) && problem.From(context.Canceled).Code != problem.Cancelled {
		t.Error("a stop by a person is not told as one")
	}
}

func TestAt_leavesTheFirstAsItIs(t *testing.T) {
	p := problem.New("a.b", "What.", "Why.", "Next.")
	_ = p.At(problem.Place{Record: "1"})
	_ = p.Retry(time.Now())
	if p.Where != (problem.Place{}) || !p.RetryAt.IsZero() {
		t.Errorf("a shared problem was changed: %+v", p)
	}
}
