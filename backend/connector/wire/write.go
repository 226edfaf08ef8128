package wire

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// Sent is the verdict of one writing call.
type Sent struct {
	Answer
	// State is Created when the desk took it (2xx), Refused when it said no to this record,
	// Unsent when it surely was not processed, else Unknown.
	State connector.State
	// Err says why it is Unsent or Unknown.
	Err *problem.Problem
	// Stop is what concerns every further call as well: no right, no network, a cancelled context.
	Stop error
}

// Write makes one writing call and says what became of it. refusals lists the statuses by
// which the desk says no to a record rather than to the whole account (or see Refuses).
func (c *Client) Write(ctx context.Context, method, path string, body *Body, header map[string]string, refusals ...int) Sent {
	a, reached, err := c.Call(ctx, method, path, nil, body, header)
	switch {
	case err != nil && !reached:
		stop := c.Explain(ctx, err)
		return Sent{State: connector.Unsent, Err: Unsent(stop, c.Desk), Stop: stop}
	case err != nil:
		return Sent{Answer: a, State: connector.Unknown, Err: connector.NoAnswer(err, c.Desk), Stop: ctx.Err()}
	case a.OK() && (len(a.Body) == 0 || gjson.ValidBytes(a.Body)):
		return Sent{Answer: a, State: connector.Created}
	case a.OK(): // half an answer
		return Sent{Answer: a, State: connector.Unknown, Err: connector.NoAnswer(io.ErrUnexpectedEOF, c.Desk), Stop: ctx.Err()}
	case slices.Contains(refusals, a.Status), c.Refuses != nil && c.Refuses(a):
		return Sent{Answer: a, State: connector.Refused}
	}
	stop := c.Verdict(a)
	until, wait := a.Wait()
	switch {
	case a.Status < http.StatusBadRequest:
		// Who is sent elsewhere cannot know whether the desk acted first.
		return Sent{Answer: a, State: connector.Unknown, Err: connector.NoAnswer(stop, c.Desk), Stop: stop}
	case a.Status >= http.StatusInternalServerError && !wait:
		return Sent{Answer: a, State: connector.Unknown, Err: connector.NoAnswer(stop, c.Desk), Stop: ctx.Err()}
	case a.Status >= http.StatusInternalServerError:
		stop = connector.Busy(stop, c.Desk, until)
	}
	return Sent{Answer: a, State: connector.Unsent, Err: Unsent(stop, c.Desk), Stop: stop}
}

// Do makes one call that is never repeated, such as one that changes the account's fields,
// and explains its failures.
func (c *Client) Do(ctx context.Context, method, path string, body *Body) (Answer, error) {
	a, _, err := c.Call(ctx, method, path, nil, body, nil)
	if err != nil {
		return a, c.Explain(ctx, err)
	}
	return a, c.Verdict(a)
}

// Unsent is the problem of a record that was not sent, because of what stopped the run.
func Unsent(stop error, desk string) *problem.Problem {
	p := connector.NotSent(stop, desk)
	if why := problem.From(stop); why != nil {
		p = p.Retry(why.RetryAt)
	}
	return p
}

// LeftUnsent gives what was not sent, and says nothing of it yet, what stopped the run as
// its reason.
func LeftUnsent(out []connector.Outcome, stop error, desk string) []connector.Outcome {
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = Unsent(stop, desk)
		}
	}
	return out
}

// Pause waits, but not longer than the context lives.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
