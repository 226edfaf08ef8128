package project

import (
	"context"
	"math"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Survey is what a desk holds, and what reading all of it costs.
type Survey struct {
	At      string            `json:"at"`
	Account connector.Account `json:"account"`
	Objects []SurveyObject    `json:"objects"`
	// Requests that reading everything needs, at least and at most; files are one each.
	RequestsLow  int64 `json:"requests_low"`
	RequestsHigh int64 `json:"requests_high"`
	// LowS and HighS are how long that takes at the desk's limit, in seconds.
	LowS  int64 `json:"low_s"`
	HighS int64 `json:"high_s"`
	// PerMinute is the limit that this was reckoned with; 0: none is known.
	PerMinute int `json:"per_minute"`
	// Unreckoned names what takes requests of its own and is not in these figures, because
	// the desk does not say how much there is (P-18).
	Unreckoned []string `json:"unreckoned"`
}

// SurveyObject is how many records of an object a desk has.
type SurveyObject struct {
	Object model.Object `json:"object"`
	Title  string       `json:"title"`
	Count  int64        `json:"count"`
	Exact  bool         `json:"exact"`
	// Unknown: the desk says it only while it is read.
	Unknown bool `json:"unknown,omitempty"`
	// Problem says why it could not be counted: the plan or the rights do not cover it (P-10).
	Problem *problem.Problem `json:"problem,omitempty"`
}

// page is how many records one reading request gives when the kind says nothing else.
const page = 100

// Survey asks a side's desk who we are, counts every object and reckons how long reading
// all of it takes. An object that may not be read is noted, the others go on.
func (p *Project) Survey(ctx context.Context, side string, pr *job.Progress) (Survey, error) {
	d, err := p.Desk(ctx, side)
	if err != nil {
		return Survey{}, err
	}
	p.meter(pr, side)
	out := Survey{Objects: []SurveyObject{}, Unreckoned: []string{}}
	if out.Account, err = d.Conn.Check(ctx); err != nil {
		return out, err
	}
	pr.Stage("count", int64(len(d.Schema.Objects)))
	for _, o := range d.Schema.Objects {
		if err := pr.Checkpoint(ctx); err != nil {
			return out, err
		}
		pr.Enter("count " + string(o.Object))
		x := SurveyObject{Object: o.Object, Title: o.Title}
		x.Count, x.Exact, err = d.Conn.Count(ctx, o.Object)
		switch {
		case err == nil:
			x.Unknown = x.Count == 0 && !x.Exact
		case ctx.Err() != nil:
			return out, ctx.Err()
		case stopsSurvey(err):
			return out, err
		default:
			x.Problem = problem.From(err)
			if x.Problem.Code == connector.CodeForbidden {
				x.Problem = notForUs(err, d.Kind.Title, x)
			}
		}
		out.Objects = append(out.Objects, x)
		pr.Add(1, 0)
	}
	out.At = model.Stamp(time.Now())
	if len(d.Kind.Form) > 0 { // files are read as fast as the disk gives them
		now, _ := p.Pace(side)
		out.cost(d.Kind.Caps, int(now.LimitPerMinute))
	}
	return out, p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Set(side+"_survey", out); err != nil {
			return err
		}
		return tx.Set(side+"_account", out.Account)
	})
}

// stopsSurvey says of a failure that the next object would meet the same.
func stopsSurvey(err error) bool {
	switch problem.From(err).Code {
	case connector.CodeUnauthorized, connector.CodeUnreachable, connector.CodeOther, connector.CodeBusy:
		return true
	}
	return false
}

// notForUs says that an object is not available to this account (P-10).
func notForUs(cause error, desk string, x SurveyObject) *problem.Problem {
	return problem.Wrap(cause, connector.CodeForbidden, x.Title+" cannot be read with this access.",
		"Either the plan of this account does not have them, or the token's owner lacks the right. Everything else is read all the same.",
		"If they matter, ask an administrator of "+desk+" for the right or the plan, then count again.").At(problem.Place{Object: string(x.Object)})
}

// cost reckons the requests, and the time that they take at the limit: the one that the
// account states, the documented one, or the one that the answers so far told.
func (s *Survey) cost(caps connector.Caps, told int) {
	requests := 0.0
	high := 0.0
	for _, o := range s.Objects {
		if o.Problem != nil {
			continue
		}
		per, named := caps.ReadCost[o.Object]
		if !named {
			per = 1.0 / page
			if o.Object == model.Attachment && caps.Files {
				per++ // the content is a request of its own
			}
		}
		if o.Unknown && per > 0 {
			s.Unreckoned = append(s.Unreckoned, o.Title)
		}
		n := float64(o.Count) * per
		if per > 0 {
			n = math.Max(n, 1) // also what is empty is asked for once
		}
		requests += n
		if !o.Exact {
			n *= 1.2 // a figure that the desk itself calls approximate
		}
		high += n
	}
	s.RequestsLow, s.RequestsHigh = int64(math.Ceil(requests)), int64(math.Ceil(high))
	for _, limit := range []int{s.Account.PerMinute, caps.PerMinute, told} {
		if s.PerMinute == 0 {
			s.PerMinute = limit
		}
	}
	// Without a limit the answer time decides: 20 to 300 ms a request, by experience.
	low := requests * 0.02
	high *= 0.3
	if s.PerMinute > 0 {
		limited := 60 / float64(s.PerMinute)
		low = math.Max(low, requests*limited)
		high = math.Max(high, high/0.3*limited*1.25)
	}
	s.LowS, s.HighS = int64(math.Ceil(low)), int64(math.Ceil(high))
}

// LastSurvey is what was counted last; At is empty when that never happened.
func (p *Project) LastSurvey(ctx context.Context, side string) (s Survey, err error) {
	s.Objects, s.Unreckoned = []SurveyObject{}, []string{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(side+"_survey", &s)
		return err
	})
	return s, err
}
