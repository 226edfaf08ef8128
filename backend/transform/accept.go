package transform

import (
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Asks calls back for each field of a target object of whose values the mapping asks
// something, for records of one object of the source. refused says why a value is not
// what was asked for; nil: it is.
func (p *Program) Asks(o, target model.Object, each func(field model.Field, refused func(v any) *problem.Problem)) {
	for _, x := range p.objects[o] {
		if x.target != target {
			continue
		}
		for _, r := range x.rules {
			if r.check != nil {
				each(r.target, func(v any) *problem.Problem { return r.check.test(r.target, v) })
			}
		}
		return
	}
}
