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
func (c *Checks) Run() (id string, err error) { return c.RunAs("") }

// RunAs checks everything, a sample ("1200", "5%"), or quickly ("quick").
func (c *Checks) RunAs(how string) (id string, err error) {
	defer guard(&err)
	order, err := howOf(how)
	if err != nil {
		return "", err
	}
	return c.s.work("check", "Checking what arrived", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		res, err := p.CheckAs(ctx, order, pr)
		if err != nil {
			return "", err
		}
		if res.Passed {
			return "passed", nil
		}
		return "failed", nil
	})
}

func howOf(how string) (out check.How, err error) {
	switch how {
	case "":
	case check.ModeQuick:
		out.Quick = true
	default:
		out.Sample, out.Percent, err = check.ParseSample(how)
	}
	return out, err
}

// Cost says what such a check would ask of the target.
func (c *Checks) Cost(how string) (v CheckCost, err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	order, err := howOf(how)
	if err != nil {
		return v, err
	}
	cost, err := p.CheckCost(c.s.ctx, order)
	return CheckCost{Requests: cost.Requests, LowS: cost.LowS, HighS: cost.HighS, Records: cost.Records}, err
}

// SetNormal switches a normalisation on or off for the next checks.
func (c *Checks) SetNormal(code string, on bool) (err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return err
	}
	return p.SetNormal(c.s.ctx, code, on)
}

// Waive accepts in writing that a check did not pass, by name.
func (c *Checks) Waive(code, object, name, role, why string) (err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return err
	}
	return p.Waive(c.s.ctx, code, model.Object(object), model.Person{Name: name, Role: role}, why)
}

// Unwaive takes a waiver back.
func (c *Checks) Unwaive(code, object string) (err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return err
	}
	return p.Unwaive(c.s.ctx, code, model.Object(object), p.Person())
}

// Last is the newest check.
func (c *Checks) Last() (v CheckView, err error) {
	defer guard(&err)
	v.Checks, v.Equal, v.NotPossible, v.Breached = []CheckItem{}, []EqualView{}, []NotPossible{}, []string{}
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
		v.Ran, v.At, v.Passed, v.Mode, v.Breached = true, at.At, res.Passed, res.Mode, nilless(res.Breached)
		waived, err := project.Waived(tx)
		if err != nil {
			return err
		}
		for _, e := range res.Equal {
			v.Equal = append(v.Equal, EqualView(e))
		}
		for _, m := range res.NotPossible {
			object := ""
			if m.Object != "" {
				object = title(m.Object)
			}
			v.NotPossible = append(v.NotPossible, NotPossible{Object: object, Title: m.Title, Why: m.Why})
		}
		if res.Read > 0 && res.Mode == check.ModeFull {
			v.Deep = "Of " + num(res.Read-min(res.Deep, res.Read)) + " records one checksum was the same to the letter; " + num(res.Deep) + " were compared field by field."
		}
		failed := 0
		for _, x := range res.Checks {
			item := CheckItem{
				Code: x.Code, Object: string(x.Object), Title: x.Title, Why: x.Why, LookedAt: x.LookedAt, Threshold: x.Threshold, Passed: x.Passed, Examples: nilless(x.Examples),
				Good: x.Good, Scope: x.Scope, Stop: x.Stop, Waives: x.Waives, Parts: []CheckPart{},
				Failed: figure(x.Failed, Filter{Object: string(x.Object), Check: x.Code, Words: title(x.Object) + ": " + x.Title}),
			}
			switch x.Code {
			case check.Complete:
				f := fateFilter(x.Object, "open")
				item.Failed.Filter = &f
			case check.Stray, check.Counted, check.Swiftness, check.Buckets, check.Sums:
				item.Failed.Filter = nil // they are in the target only, or figures and no records
			}
			for _, part := range x.Parts {
				item.Parts = append(item.Parts, CheckPart(part))
			}
			for _, w := range waived {
				if w.Code == x.Code && w.Object == x.Object {
					item.Waiver = &CheckWaiver{By: w.By.Name, Role: w.By.Role, At: w.At, Why: w.Why}
				}
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
