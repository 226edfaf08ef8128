package api

import (
	"context"
	"strconv"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Later lists the decisions in force whose rule fits records that were read, or changed in
// the source, after it was decided.
func (c *Clean) Later() (out []LaterView, err error) {
	defer guard(&err)
	out = []LaterView{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	all, err := p.FitLater(c.s.ctx)
	if err != nil {
		return out, err
	}
	for _, l := range all {
		d := l.Decision
		v := LaterView{
			Decision: d.ID, Title: d.Title, Object: string(d.Object), Does: d.Does, By: d.By.Name, At: d.At, Also: []NameValue{}, Examples: make([]string, len(l.Examples)),
			Count: figure(l.Count, Filter{Object: string(d.Object), Rule: laterPrefix + strconv.FormatInt(d.ID, 10), Words: d.Title + ": came later"}),
		}
		for i, e := range l.Examples {
			v.Examples[i] = clipText(e, 200)
		}
		for _, o := range model.Known() {
			if n := l.Also[o.From(d.Object.Source())]; n > 0 {
				v.Also = append(v.Also, NameValue{Name: title(o), Value: num(n)})
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// IncludeLater puts what came later under the decision, which is given as it is then.
func (c *Clean) IncludeLater(decision int64) (v DecisionView, err error) {
	defer guard(&err)
	v.Also = []Figure{}
	err = c.deciding(func(p *project.Project) error {
		d, err := p.IncludeLater(c.s.ctx, decision)
		if err != nil {
			return err
		}
		return p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
			v, err = decisionView(tx, d)
			return err
		})
	})
	return v, err
}

// laterPrefix in Filter.Rule: what a decision in force would hit besides what it covers.
const laterPrefix = "later "

func laterHits(ctx context.Context, p *project.Project, rule string) ([]int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(rule, laterPrefix), 10, 64)
	if err != nil {
		return nil, problem.New("filter.rule", "There is no such rule.", "", "Open the list again from where its number stands.").At(problem.Place{Value: rule})
	}
	all, err := p.FitLater(ctx)
	for _, l := range all {
		if l.Decision.ID == id {
			return l.Seqs, err
		}
	}
	return []int64{}, err
}
