package load

import (
	"context"
	"sort"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Clock is the rollback clock: what was created in the target by people since the move
// began lives only there, and would be left behind by going back.
type Clock struct {
	// Since is when the first run began.
	Since string `json:"since"`
	Total int64  `json:"total"`
	// Hours with something new, oldest first.
	Hours   []ClockHour            `json:"hours"`
	Objects map[model.Object]int64 `json:"objects"`
}

// ClockHour is one hour of the clock. Count is of that hour, Total of all until its end.
type ClockHour struct {
	At    string `json:"at"`
	Count int64  `json:"count"`
	Total int64  `json:"total"`
}

const clockSetting = "rollback_clock"

type clockStart struct {
	Since   string                            `json:"since"`
	Cursors map[model.Object]connector.Cursor `json:"cursors"`
}

// startClock remembers where the target stood before the first record was written.
func (j *Job) startClock(ctx context.Context, p *job.Progress) error {
	changer, ok := j.Target.Conn.(connector.Changer)
	if !ok {
		return nil
	}
	var start clockStart
	var set bool
	err := j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		set, err = tx.Setting(clockSetting, &start)
		return err
	})
	if err != nil || set {
		return err
	}
	start = clockStart{Since: model.Stamp(time.Now()), Cursors: map[model.Object]connector.Cursor{}}
	for _, o := range j.Target.Schema.Objects {
		err := j.patiently(ctx, p, func() (err error) {
			start.Cursors[o.Object], err = changer.Now(ctx, o.Object)
			return err
		})
		if err != nil {
			return err
		}
	}
	return j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Set(clockSetting, start) })
}

// Clock reads what happened in the target since the move began, and counts what is not ours.
func (j *Job) Clock(ctx context.Context) (Clock, error) {
	out := Clock{Hours: []ClockHour{}, Objects: map[model.Object]int64{}}
	changer, ok := j.Target.Conn.(connector.Changer)
	marker, marks := j.Target.Conn.(connector.Marker)
	if !ok || !marks {
		return out, problem.New("clock.cannot", j.Target.Kind.Title+" does not tell what is new there.",
			"So Waybill cannot count what lives only there.", "Look at its reports before you roll back.")
	}
	var start clockStart
	err := j.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(clockSetting, &start)
		return err
	})
	if err != nil || start.Since == "" {
		return out, err
	}
	out.Since = start.Since
	prefix := MarkPrefix(j.Project)
	hours := map[string]int64{}
	for _, shape := range j.Target.Schema.Objects {
		seen := map[string]bool{}
		err := changer.Changes(ctx, shape.Object, start.Cursors[shape.Object], func(page connector.Page) error {
			for _, r := range page.Records {
				if seen[r.Key.ID] || strings.HasPrefix(string(marker.MarkOf(r)), prefix) {
					continue
				}
				at, ok := madeAt(shape, r)
				if ok && at.Before(mustTime(start.Since)) {
					continue // it was there before, somebody edited it
				}
				seen[r.Key.ID] = true
				out.Total++
				out.Objects[shape.Object]++
				if ok {
					hours[model.Stamp(at.Truncate(time.Hour))]++
				}
			}
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	for at, n := range hours {
		out.Hours = append(out.Hours, ClockHour{At: at, Count: n})
	}
	sort.Slice(out.Hours, func(a, b int) bool { return out.Hours[a].At < out.Hours[b].At })
	total := int64(0)
	for i := range out.Hours {
		total += out.Hours[i].Count
		out.Hours[i].Total = total
	}
	return out, nil
}

// madeAt reads when a record of the target was created, from the field that says so.
func madeAt(shape model.ObjectSchema, r model.Record) (time.Time, bool) {
	values, err := model.Values(r.Raw)
	if err != nil {
		return time.Time{}, false
	}
	for _, f := range shape.Fields {
		if f.Type == model.DateTime && strings.Contains(f.Name, "creat") {
			return Moment(values[f.Name])
		}
	}
	return Moment(values["created_at"])
}

// mustTime reads a stamp of our own; one that was tampered with counts everything.
func mustTime(stamp string) time.Time {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}
