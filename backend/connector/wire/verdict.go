package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// Verdict turns what concerns a whole call into a problem; nil: the call succeeded.
func (c *Client) Verdict(a Answer) error {
	if a.OK() {
		return nil
	}
	if c.Judge != nil {
		if err := c.Judge(a); err != nil {
			return err
		}
	}
	said := c.Said(a.Body)
	cause := fmt.Errorf("status %d: %s", a.Status, said)
	switch {
	case a.Status == http.StatusUnauthorized:
		return connector.Unauthorized(cause, c.Desk)
	case a.Status == http.StatusForbidden:
		if said == "" {
			said = "the account has no right to it"
		}
		return connector.Forbidden(cause, c.Desk, said)
	case a.Status == http.StatusTooManyRequests:
		until, _ := a.Wait()
		return connector.Busy(cause, c.Desk, until)
	case a.Status >= 500:
		return connector.Failing(cause, c.Desk)
	case a.Status >= 300 && a.Status < 400 || said == "":
		return connector.OtherThing(cause, c.Desk, c.Base.Host)
	}
	return problem.Wrap(cause, connector.CodeRefused, c.Desk+" refused: "+Sentence(said),
		"The step was not done.", "Look at the detail below, correct it and try again.")
}

// Explain turns a failed reading call into a problem.
func (c *Client) Explain(ctx context.Context, err error) error {
	var p *problem.Problem
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &p):
		return err
	case errors.Is(err, ErrNotJSON):
		return connector.OtherThing(err, c.Desk, c.Base.Host)
	case half(err):
		return connector.Failing(err, c.Desk)
	}
	return connector.Unreachable(err, c.Desk, c.Base.Host)
}

// Sentence ends a desk's own words with a full stop.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
