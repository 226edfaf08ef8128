package zendesk

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
)

// jobPatience is how long a job is waited for.
const jobPatience = 30 * time.Minute

// job makes a request that becomes a background job, and waits for its results: one row
// for each of n items, in their order. Rows without a word about them are not there.
func (c *conn) job(ctx context.Context, method, path string, query url.Values, body *wire.Body, n int) ([]gjson.Result, error) {
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
		v, _, err := c.client.get(ctx, "job_statuses/"+id, nil)
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
		if err := wire.Pause(ctx, wait); err != nil {
			return nil, fmt.Errorf("%w: %w", errUnknown, err)
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
