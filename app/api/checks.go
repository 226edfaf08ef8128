package api

import (
	"context"
	"strconv"
	"strings"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Checks compares what arrived with what was meant to arrive.
type Checks struct{ s *session }

// Run reads the target back and compares everything.
func (c *Checks) Run() (id string, err error) {
	defer guard(&err)
	return c.s.work("check", "Checking what arrived", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		res, err := p.Check(ctx, pr)
		if err != nil {
			return "", err
		}
		if res.Passed {
			return "passed", nil
		}
		return "failed", nil
	})
}

// Last is the newest check.
func (c *Checks) Last() (v CheckView, err error) {
	defer guard(&err)
	v.Checks = []CheckItem{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		res, at, ok, err := check.Last(tx)
		if err != nil {
			return err
		}
		if !ok {
			v.Words = "The target was not read back yet."
			return nil
		}
		counts := map[model.Object]int64{}
		fresh, err := tx.Setting("target_counts", &counts)
		if err != nil {
			return err
		}
		v.Ran, v.At, v.Passed = true, at.At, res.Passed
		failed := 0
		for _, x := range res.Checks {
			item := CheckItem{
				Code: x.Code, Object: string(x.Object), Title: x.Title, Why: x.Why, LookedAt: x.LookedAt, Threshold: x.Threshold, Passed: x.Passed, Examples: nilless(x.Examples),
				Failed: figure(x.Failed, Filter{Object: string(x.Object), Check: x.Code, Words: title(x.Object) + ": " + x.Title}),
			}
			switch x.Code {
			case check.Complete:
				f := fateFilter(x.Object, "open")
				item.Failed.Filter = &f
			case check.Stray:
				item.Failed.Filter = nil // they are in the target only
			}
			if !x.Passed {
				failed++
			}
			v.Checks = append(v.Checks, item)
		}
		switch {
		case !fresh:
			v.Words = "Something was moved or taken back since this check. Check again before you rely on it."
		case failed == 0:
			v.Words = num(res.Read) + " records were read back, and all of them are as they were meant to be."
		default:
			v.Words = counted(int64(failed), "check", "checks") + " of " + num(int64(len(res.Checks))) + " found something."
		}
		return nil
	})
	return v, err
}

// Differences lists what a check found, behind the place after.
func (c *Checks) Differences(code, object, after string, limit int) (out []Difference, err error) {
	defer guard(&err)
	out = []Difference{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	from, err := strconv.ParseInt(strings.TrimSpace("0"+after), 10, 64)
	if err != nil {
		from = 0
	}
	if limit <= 0 || limit > mostRows {
		limit = 100
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		last, ok, err := tx.LastChecking()
		if err != nil || !ok {
			return err
		}
		found, err := tx.Differences(last.ID, code, model.Object(object), from, limit)
		if err != nil {
			return err
		}
		for _, d := range found {
			x := Difference{Object: string(d.Object), TargetID: d.Target, Field: d.Field, Expected: d.Expected, Found: d.Found, After: strconv.FormatInt(d.N, 10)}
			if d.Seq != 0 {
				row, err := tx.RecordAt(d.Seq)
				if err != nil {
					return err
				}
				x.ID, x.Name = row.Record.Key.ID, row.Name
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}
