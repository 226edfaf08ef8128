package check

import (
	"fmt"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// asked counts the values of which the mapping asks how they must look. What was
// meant to arrive passed that before it was sent, so only what differs can fail it.
func (c *checker) asked(o model.Object, x pair, n int64) {
	c.j.Program.Asks(o, x.draft.Object, func(f model.Field, _ func(any) *problem.Problem) {
		if _, ok := x.draft.Fields[f.Name]; ok {
			c.look(Accepted, o, n)
		}
	})
}

// accept holds what was read back of one record against what the mapping asks for.
func (c *checker) accept(o model.Object, x pair, values map[string]any) {
	c.j.Program.Asks(o, x.draft.Object, func(f model.Field, refused func(any) *problem.Problem) {
		want, ok := x.draft.Fields[f.Name]
		found := values[f.Name]
		if !ok || x.keeps(f.Name) {
			return
		}
		if same, _ := load.Compare(f, want, found, c.may); same {
			return // another way to write the same
		}
		if why := refused(found); why != nil {
			c.fail(Accepted, o, store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: f.Name, Expected: load.Show(want), Found: load.Show(found)},
				fmt.Sprintf("%s: %s", label(o, x), why.What))
		}
	})
}
