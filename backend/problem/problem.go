// Package problem is the error that a person reads: what happened, what it
// means, what to do next and where, with the technical cause one click below.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Code is a stable dotted name for a kind of problem, such as "file.encrypted".
type Code string

// Place says where a problem is. Any part may be empty.
type Place struct {
	File   string `json:"file,omitempty"`
	Sheet  string `json:"sheet,omitempty"`
	Cell   string `json:"cell,omitempty"`
	Line   int64  `json:"line,omitempty"`
	Object string `json:"object,omitempty"`
	Record string `json:"record,omitempty"`
	Field  string `json:"field,omitempty"`
	Value  string `json:"value,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Problem is an error for people. What, Why and Next are whole sentences.
type Problem struct {
	Code  Code
	What  string
	Why   string
	Next  string
	Where Place
	// RetryAt is when it is worth trying again; zero when waiting does not help.
	RetryAt time.Time
	cause   error
}

// New makes a problem without a technical cause.
func New(c Code, what, why, next string) *Problem {
	return &Problem{Code: c, What: what, Why: why, Next: next}
}

// Wrap makes a problem around a technical cause.
func Wrap(cause error, c Code, what, why, next string) *Problem {
	return &Problem{Code: c, What: what, Why: why, Next: next, cause: cause}
}

// At returns a copy that says where.
func (p *Problem) At(w Place) *Problem {
	q := *p
	q.Where = w
	return &q
}

// Retry returns a copy that says when to try again.
func (p *Problem) Retry(at time.Time) *Problem {
	q := *p
	q.RetryAt = at
	return &q
}

// Error is the whole message in one line, with its cause.
func (p *Problem) Error() string {
	parts := make([]string, 0, 4)
	for _, s := range []string{p.What, p.Why, p.Next} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	s := strings.Join(parts, " ")
	if p.cause != nil {
		s += " (" + p.cause.Error() + ")"
	}
	return s
}

// Unwrap gives the technical cause.
func (p *Problem) Unwrap() error { return p.cause }

// Detail is the technical cause as text, for the line below the message.
func (p *Problem) Detail() string {
	if p.cause == nil {
		return ""
	}
	return p.cause.Error()
}

type wire struct {
	Code    Code   `json:"code"`
	What    string `json:"what"`
	Why     string `json:"why"`
	Next    string `json:"next"`
	Where   Place  `json:"where"`
	RetryAt string `json:"retry_at,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// MarshalJSON writes the shape that other programs may rely on.
func (p *Problem) MarshalJSON() ([]byte, error) {
	w := wire{Code: p.Code, What: p.What, Why: p.Why, Next: p.Next, Where: p.Where, Detail: p.Detail()}
	if !p.RetryAt.IsZero() {
		w.RetryAt = p.RetryAt.UTC().Format(time.RFC3339)
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote; the cause is kept as text.
func (p *Problem) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*p = Problem{Code: w.Code, What: w.What, Why: w.Why, Next: w.Next, Where: w.Where}
	if w.Detail != "" {
		p.cause = errors.New(w.Detail)
	}
	if w.RetryAt != "" {
		if t, err := time.Parse(time.RFC3339, w.RetryAt); err == nil {
			p.RetryAt = t
		}
	}
	return nil
}

// Codes of this package.
const (
	Internal  Code = "internal"
	Cancelled Code = "cancelled"
)

// From finds the problem in an error, or makes one that does not leak the
// error's text into what people read first. It is nil only for a nil error.
func From(err error) *Problem {
	if err == nil {
		return nil
	}
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, context.Canceled) {
		return Wrap(err, Cancelled, "This was stopped before it was finished.",
			"What was done so far is kept.", "Start it again to go on from where it stopped.")
	}
	return Wrap(err, Internal, "Something went wrong inside Waybill.",
		"Your project is unchanged since its last finished step.",
		"Try again. If it happens again, copy the detail below and send it to support.")
}

// Is tells whether an error is, or wraps, a problem of that code.
func Is(err error, c Code) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == c
}
