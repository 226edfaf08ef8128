package job

import (
	"cmp"
	"slices"

	"waybill/backend/problem"
)

const (
	shownGroups = 20  // of problems, on a screen
	keptGroups  = 200 // that are told apart at all
)

// ProblemCount is one group of problems of a job: "312 x the target refused the
// e-mail address".
type ProblemCount struct {
	// Group is what the reporter called it; empty for all those beyond the largest.
	Group string
	Code  problem.Code
	// What happened, in a sentence that holds for the whole group.
	What  string
	Count int64
	// Example is the group's first problem, with its place.
	Example *problem.Problem
}

// Problem counts a problem in its group, such as a code or a code and a field; the
// first one of a group is kept as its example. It is cheap, and nil counts nothing.
func (p *Progress) Problem(group string, x *problem.Problem) {
	if x == nil {
		return
	}
	p.change(func() {
		i, known := p.groups[group]
		switch {
		case known:
			p.problems[i].Count++
		case len(p.problems) < keptGroups:
			if p.groups == nil {
				p.groups = map[string]int{}
			}
			p.groups[group] = len(p.problems)
			p.problems = append(p.problems, ProblemCount{Group: group, Code: x.Code, What: x.What, Count: 1, Example: x})
		default:
			if p.rest.Count++; p.rest.Example == nil {
				p.rest.Example = x
			}
		}
	})
}

// counted is the largest groups, largest first, the others as one; p.mu is held.
func (p *Progress) counted() []ProblemCount {
	out := append([]ProblemCount{}, p.problems...)
	slices.SortStableFunc(out, func(a, b ProblemCount) int { return cmp.Compare(b.Count, a.Count) })
	rest := p.rest
	if len(out) > shownGroups || rest.Count > 0 {
		first := min(len(out), shownGroups-1)
		for _, x := range out[first:] {
			rest.Count += x.Count
		}
		if first < len(out) {
			rest.Example = out[first].Example
		}
		rest.What = "Other problems."
		out = append(out[:first], rest)
	}
	return out
}
