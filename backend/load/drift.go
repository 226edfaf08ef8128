package load

import (
	"fmt"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// CodeDrift says that the target's configuration is another one than when the plan was made.
const CodeDrift problem.Code = "load.drift"

// Drift says in words what changed in the shape of a target between two looks: what was
// there and is gone, what is stricter now. What was added hinders nothing, unless it is required.
func Drift(was, now model.Schema) []string {
	var out []string
	for _, o := range was.Objects {
		n, ok := now.Object(o.Object)
		if !ok {
			out = append(out, fmt.Sprintf("%s are not there any more", o.Title))
			continue
		}
		for _, f := range o.Fields {
			g, ok := n.Field(f.Name)
			if !ok {
				out = append(out, fmt.Sprintf("%s: the field %s is gone", o.Title, f.Name))
				continue
			}
			out = append(out, fieldDrift(o.Title, f, g)...)
		}
		for _, g := range n.Fields {
			if _, ok := o.Field(g.Name); !ok && g.Required && !g.ReadOnly && g.Default == "" {
				out = append(out, fmt.Sprintf("%s: the new field %s is required", o.Title, g.Name))
			}
		}
	}
	return out
}

func fieldDrift(title string, f, g model.Field) (out []string) {
	say := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("%s: the field %s ", title, f.Name)+fmt.Sprintf(format, args...))
	}
	switch {
	case f.Type != g.Type:
		say("holds %s now, not %s", g.Type, f.Type)
	case g.Required && !f.Required && g.Default == "":
		say("is required now")
	case g.ReadOnly && !f.ReadOnly:
		say("cannot be written any more")
	case g.MaxLength > 0 && (f.MaxLength == 0 || g.MaxLength < f.MaxLength):
		say("takes only %d characters now", g.MaxLength)
	case g.Unique && !f.Unique:
		say("takes each value only once now")
	}
	have := map[string]bool{}
	for _, c := range g.Options {
		have[c.Value] = true
	}
	for _, c := range f.Options {
		if !have[c.Value] {
			say("has no option %q any more", c.Value)
		}
	}
	return out
}

func drifted(title string, drift []string) *problem.Problem {
	shown := drift
	if len(shown) > 5 {
		shown = append(append([]string{}, drift[:5]...), fmt.Sprintf("and %d more", len(drift)-5))
	}
	return problem.New(CodeDrift, title+" was changed since the plan was made: "+strings.Join(shown, "; ")+".",
		"The plan was made for its earlier configuration, so nothing more is sent.",
		"Undo the change in "+title+", or look at the mapping and make a new plan. What arrived stays as it is.")
}
