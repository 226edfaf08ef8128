package api

import (
	"strings"

	"waybill/backend/connector"
	"waybill/backend/project"
)

// Gaps lists what the target lacks for the mapping: objects, fields, choices, people and
// groups. It asks no desk.
func (t *Target) Gaps() (out []Gap, err error) {
	defer guard(&err)
	out = []Gap{}
	p, err := t.s.project()
	if err != nil {
		return out, err
	}
	c, ok, err := p.Connection(t.s.ctx, project.Target)
	if err != nil || !ok {
		return out, err
	}
	var kind connector.Kind
	for _, k := range t.s.o.Kinds {
		if k.Name == c.Kind {
			kind = k
		}
	}
	found, err := t.gaps(p, kind)
	for _, g := range found {
		out = append(out, g.view)
	}
	return out, err
}

// peopleGaps are people, groups and their like to whom records belong and for whom nobody
// stands in the target. Waybill makes none of them: places cost money, and rights are given
// by people.
func (t *Target) peopleGaps(p *project.Project) ([]gap, error) {
	people, err := p.People(t.s.ctx)
	if err != nil || !people.Used {
		return nil, err // rules that do not ask the people map hold nobody's records
	}
	out := []gap{}
	for _, l := range people.Lines {
		if l.Count == 0 || !l.Gone && (l.Decided || l.To != "") {
			continue
		}
		kind := strings.ToLower(l.Object.Word())
		what := "Nobody in the target stands for the " + kind + " “" + clip(l.Title, 60) + "”"
		if l.Gone {
			what = "Who stands for the " + kind + " “" + clip(l.Title, 60) + "” is not in the target any more"
		}
		out = append(out, gap{view: Gap{
			ID: "person|" + string(l.Object) + "|" + l.From, Object: string(l.Object), What: what, Count: bare(l.Count),
			Why: "What belongs to it would be held. Make it in the target and ask again who is there, or choose somebody else under People.",
		}})
	}
	return out, nil
}
