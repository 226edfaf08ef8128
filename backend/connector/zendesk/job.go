package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/pace"
	"waybill/backend/problem"
)

// errUnknown says that nobody knows what became of a request.
var errUnknown = errors.New("no answer")

// errRefused says that a request was refused as a whole, and did nothing.
type errRefused struct {
	status int
	why    *problem.Problem
}

func (e *errRefused) Error() string { return fmt.Sprintf("refused with status %d", e.status) }

// send makes one request that changes something. Its error is errUnknown, *errRefused, or
// a problem that stops the run and that came before anything was done.
func (c *conn) send(ctx context.Context, method, path string, query url.Values, body *content) (gjson.Result, error) {
	a, reached, err := c.client.call(ctx, method, path, query, body)
	switch {
	case err != nil && !reached:
		if ctx.Err() != nil {
			return gjson.Result{}, ctx.Err()
		}
		return gjson.Result{}, c.client.explain(ctx, err)
	case err != nil:
		return gjson.Result{}, fmt.Errorf("%w: %w", errUnknown, err)
	case a.status >= 500 && !refusedForNow(a):
		return gjson.Result{}, fmt.Errorf("%w: status %d", errUnknown, a.status)
	case a.status == http.StatusTooManyRequests || refusedForNow(a):
		until, _ := pace.RetryAfter(a.header, time.Now())
		return gjson.Result{}, connector.Busy(fmt.Errorf("status %d", a.status), desk, until)
	case a.status == http.StatusNoContent:
		return gjson.Result{}, nil
	case a.status >= 200 && a.status < 300:
		if !gjson.ValidBytes(a.body) {
			return gjson.Result{}, fmt.Errorf("%w: half an answer", errUnknown)
		}
		return gjson.ParseBytes(a.body), nil
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return gjson.Result{}, c.client.verdict(a)
	}
	return gjson.Result{}, &errRefused{status: a.status, why: problem.From(c.client.verdict(a))}
}

// refusedForNow tells a 503 that asks to wait, which the desk did not process.
func refusedForNow(a answer) bool {
	_, ok := pace.RetryAfter(a.header, time.Now())
	return ok && a.status == http.StatusServiceUnavailable
}

// jobPatience is how long a job is waited for.
const jobPatience = 30 * time.Minute

// job makes a request that becomes a background job, and waits for its results: one row
// for each of n items, in their order. Rows without a word about them are not there.
func (c *conn) job(ctx context.Context, method, path string, query url.Values, body *content, n int) ([]gjson.Result, error) {
	v, err := c.send(ctx, method, path, query, body)
	if err != nil {
		return nil, err
	}
	id := v.Get("job_status.id").String()
	if id == "" {
		return nil, fmt.Errorf("%w: the answer names no job", errUnknown)
	}
	wait, until := 250*time.Millisecond, time.Now().Add(jobPatience)
	for {
		v, _, err := c.client.get(ctx, "job_statuses/"+url.PathEscape(id), nil)
		if err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("%w: %w", errUnknown, ctx.Err())
			}
			return nil, fmt.Errorf("%w: %w", errUnknown, err)
		}
		job := v.Get("job_status")
		switch job.Get("status").String() {
		case "completed":
			return rows(job.Get("results").Array(), n)
		case "failed", "killed":
			return nil, fmt.Errorf("%w: the job was %s: %s", errUnknown, job.Get("status").String(), job.Get("message").String())
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("%w: the job did not end in %v", errUnknown, jobPatience)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, fmt.Errorf("%w: %w", errUnknown, ctx.Err())
		}
		wait = min(wait*2, 5*time.Second)
	}
}

// rows puts a job's results in the order of what was sent: by their index where they have
// one, else as they come, when none is missing.
func rows(results []gjson.Result, n int) ([]gjson.Result, error) {
	out := make([]gjson.Result, n)
	indexed := 0
	for _, r := range results {
		if i := r.Get("index"); i.Exists() {
			indexed++
			if k := int(i.Int()); k >= 0 && k < n {
				out[k] = r
			}
		}
	}
	if len(results) == n {
		if indexed < n {
			copy(out, results)
		}
		return out, nil
	}
	if indexed == len(results) && indexed > 0 {
		return out, nil
	}
	return nil, fmt.Errorf("%w: %d results for %d rows", errUnknown, len(results), n)
}

// unknown marks what nobody knows the outcome of.
func unknown(out []connector.Outcome, which []int, err error) {
	for _, i := range which {
		out[i].State, out[i].Err, out[i].Parts = connector.Unknown, connector.NoAnswer(err, desk), nil
	}
}

// unsent gives what was not sent its reason.
func unsent(out []connector.Outcome, err error) []connector.Outcome {
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = connector.NotSent(err, desk)
		}
	}
	return out
}
