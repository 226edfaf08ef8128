package check

import (
	"fmt"
	"slices"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// goal is an object of the target that records of one object of the source became.
type goal struct {
	target model.Object
	sent   int64
}

// goalsOf lists what records of an object became by the ledger, and what they may become by
// the mapping: where conditions decide that is more than one.
func goalsOf(tx *store.Tx, j *load.Job, o model.Object, sent int64) ([]goal, error) {
	there, err := tx.SentTargets(o)
	if err != nil {
		return nil, err
	}
	main, _ := j.Program.Target(o)
	out := []goal{{target: main}}
	add := func(t model.Object) int {
		i := slices.IndexFunc(out, func(g goal) bool { return g.target == t })
		if i < 0 {
			i, out = len(out), append(out, goal{target: t})
		}
		return i
	}
	for _, t := range j.Program.Targets(o) {
		add(t)
	}
	for _, t := range there {
		out[add(t.Target)].sent += t.Sent
	}
	if len(out) == 1 {
		out[0].sent = sent
	}
	return out, nil
}

// own lists the objects of the target that are read back, each once, and says whose they
// are: first those of what becomes of the most, then those of the conditions.
func (c *checker) own() {
	for _, first := range []bool{true, false} {
		for _, o := range c.objects {
			for i, g := range c.goals[o] {
				if _, known := c.owner[g.target]; !known && first == (i == 0) {
					c.targets, c.owner[g.target] = append(c.targets, g.target), o
				}
			}
		}
	}
}

// any says whether something is true of one of the shapes that an object's records have in
// the target.
func (c *checker) any(o model.Object, is func(*fieldsOf) bool) bool {
	return slices.ContainsFunc(c.goals[o], func(g goal) bool { return is(c.shapeOf(g.target)) })
}

// onlyQuickly: a quick check does not read all records of the object.
func (c *checker) onlyQuickly(o model.Object) bool {
	return c.How.Quick && slices.ContainsFunc(c.goals[o], func(g goal) bool { return c.dear(g.target) })
}

// changedWay notes that a record is in the target as something that the mapping does not
// make any more: what it was meant to hold cannot be worked out.
func (c *checker) changedWay(o model.Object, x *pair) {
	if x.draft.Object == x.line.Target {
		return
	}
	c.cannot(Fields, o, fmt.Sprintf("some %s were moved as %s, and the mapping does not say so any more; only that they are there was checked", load.Words(o), load.Words(x.line.Target)))
	// Nothing of it can be compared, just as of what was there before us.
	x.line.Before, x.draft, x.extras = true, model.Draft{Object: x.line.Target, Mark: x.line.Mark, Source: x.draft.Source}, nil
}
