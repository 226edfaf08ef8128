package delta

import (
	"context"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
)

// Turns waits n times for the turn of a change, at a desk that takes limit a minute.
func Turns(ctx context.Context, limit, n int) error {
	j := &load.Job{Target: load.Desk{Kind: connector.Kind{Caps: connector.Caps{UpdatesPerMinute: limit}}}}
	w := &worker{j: j, p: job.New("turns")}
	for range n {
		if err := w.slower.turn(ctx, w); err != nil {
			return err
		}
	}
	return nil
}
