package project

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// shownTwins is how many groups of duplicates the mapping workbook asks about; the workbook of
// duplicates has them all.
const shownTwins = 2_000

// shownChanges is how many changes the mapping workbook lists.
const shownChanges = 2_000

// asked is what the mapping workbook asks beside the rules.
type asked struct {
	people    map[model.Object][]model.Choice
	decisions []workbook.DecisionLine
	twins     workbook.TwinBook
	rules     workbook.RuleBook
	rebuilds  []Rebuild
	// of says of which object a group of duplicates is.
	of map[int64]model.Object
}

func (p *Project) asked(ctx context.Context, v mapping.Version) (a asked, err error) {
	if a.people, err = p.peopleTo(ctx, v); err != nil {
		return a, err
	}
	if a.twins, a.of, err = p.allTwins(ctx); err != nil {
		return a, err
	}
	if a.rules, a.rebuilds, err = p.rulesBook(ctx); err != nil {
		return a, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Decisions()
		if err != nil {
			return err
		}
		for _, d := range slices.Backward(all) {
			if d.UndoneAt != "" || strings.HasPrefix(d.Rule, NotMoved) {
				continue // what the mapping does not move is said on its cover
			}
			does := decisionWords[d.Does]
			if does == "" {
				does = d.Does
			}
			a.decisions = append(a.decisions, workbook.DecisionLine{ID: d.ID, Title: d.Title, Objects: Title(d.Object), Does: does, Count: d.Count, Why: d.Why, Who: d.By.Name, When: readable(d.At)})
		}
		return nil
	})
	return a, err
}

var decisionWords = map[string]string{"merge": "Merged", "archive": "Archived", "leave_out": "Left out", "fix": "Corrected", "correct": "Corrected"}

// peopleTo lists who of the target those of the source may become: who was read there, and who
// stands in the mapping already.
func (p *Project) peopleTo(ctx context.Context, v mapping.Version) (map[model.Object][]model.Choice, error) {
	out := map[model.Object][]model.Choice{}
	there, err := p.TargetPeople(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range there {
		if x.Active {
			out[x.Object] = append(out[x.Object], model.Choice{Value: x.ID, Title: x.Name})
		}
	}
	for _, x := range v.People {
		if x.To != "" && !slices.ContainsFunc(out[x.Object], func(c model.Choice) bool { return c.Value == x.To }) {
			out[x.Object] = append(out[x.Object], model.Choice{Value: x.To, Title: x.ToName})
		}
	}
	return out, nil
}

// allTwins are the duplicates of all objects that wait for review, as one list.
func (p *Project) allTwins(ctx context.Context) (out workbook.TwinBook, of map[int64]model.Object, err error) {
	out = workbook.TwinBook{ProjectID: p.info.ID, ProjectName: p.info.Name, Objects: "Records", Groups: []workbook.TwinGroup{}}
	of = map[int64]model.Object{}
	for _, o := range clean.Duplicates() {
		b, err := p.twinBook(ctx, o)
		if err != nil {
			return out, of, err
		}
		at := make([]int, len(b.Fields))
		for i, f := range b.Fields {
			if at[i] = slices.Index(out.Fields, f); at[i] < 0 {
				at[i] = len(out.Fields)
				out.Fields = append(out.Fields, f)
			}
		}
		for _, g := range b.Groups {
			if len(out.Groups) == shownTwins {
				break
			}
			of[g.ID] = o
			for i := range g.Members {
				values := make([]string, len(out.Fields))
				for k, v := range g.Members[i].Values {
					values[at[k]] = v
				}
				g.Members[i].Values = values
			}
			out.Groups = append(out.Groups, g)
		}
	}
	for i := range out.Groups { // groups of the first object lack the fields of the later ones
		for k := range out.Groups[i].Members {
			m := &out.Groups[i].Members[k]
			m.Values = append(m.Values, make([]string, len(out.Fields)-len(m.Values))...)
		}
	}
	return out, of, nil
}

// changeLines lists what changed from version to version, the newest first: first what the
// working copy changes, which no version has.
func (p *Project) changeLines(ctx context.Context, v mapping.Version, dst model.Schema) (out []workbook.ChangeLine, err error) {
	var stored []store.MappingVersion
	err = p.db.Read(ctx, func(tx *store.Tx) (err error) {
		stored, err = tx.Mappings()
		return err
	})
	if err != nil {
		return nil, err
	}
	newer, line := v, workbook.ChangeLine{Reason: "Not accepted yet"}
	for _, m := range stored {
		var older mapping.Version
		if err := json.Unmarshal([]byte(m.Body), &older); err != nil {
			return nil, err
		}
		for _, c := range mapping.Diff(older, newer) {
			if len(out) == shownChanges {
				return out, nil
			}
			out = append(out, changeLine(line, c, newer, dst))
		}
		newer, line = older, workbook.ChangeLine{Version: m.Number, When: readable(m.At), By: m.By.Name, Reason: m.Reason}
	}
	return out, nil
}

var partWords = map[mapping.Part]string{
	mapping.PartObject: "Becomes", mapping.PartRule: "Rule", mapping.PartIfEmpty: "If empty", mapping.PartIfUnknown: "If it does not fit",
	mapping.PartMeaning: "Meaning", mapping.PartOwner: "Owner", mapping.PartState: "State", mapping.PartNote: "Note", mapping.PartCheck: "Must be",
}

func changeLine(line workbook.ChangeLine, c mapping.Change, v mapping.Version, dst model.Schema) workbook.ChangeLine {
	line.Objects, line.Field, line.Was, line.Become = Title(c.Object), c.Field, c.Old, c.New
	m, _ := v.BranchMap(c.Object, c.Branch)
	if do, ok := dst.Object(m.Target); ok {
		if f, ok := do.Field(c.Field); ok && f.Title != "" {
			line.Field = f.Title
		}
	}
	switch line.What = partWords[c.Part]; c.Part {
	case mapping.PartValue:
		line.What = "Value “" + c.Value + "”"
	case mapping.PartPerson:
		line.What = "Person “" + c.Value + "”"
	}
	return line
}
