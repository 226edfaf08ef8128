package api

import (
	"encoding/json"
	"strings"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Choose says what becomes of records that the target cannot hold as they are. A plan
// made before is out of date then.
func (r *Runs) Choose(code, object, field, choice string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if err := p.Choose(r.s.ctx, code, model.Object(object), field, choice); err != nil {
		return err
	}
	r.s.changed("plan")
	return nil
}

// losses shows the forecast of a plan, and who chose what.
func losses(tx *store.Tx, pl store.Plan, sum load.Summary) ([]LossView, error) {
	out := []LossView{}
	chosen, err := whoChose(tx)
	if err != nil {
		return nil, err
	}
	targets := map[model.Object]model.Object{}
	for _, o := range sum.Objects {
		targets[o.Object] = o.Target
	}
	for _, l := range sum.Losses {
		shape, _ := sum.Shape.Object(targets[l.Object])
		what := lossWords(l, fieldTitle(shape, l.Field))
		v := LossView{
			Code: l.Code, Object: string(l.Object), Field: l.Field, What: what, Choice: l.Choice, Choices: []ChoiceView{}, Examples: nilless(l.Examples),
			Count: figure(l.Count, Filter{Object: string(l.Object), Plan: project.ID("plan", pl.ID), Loss: l.Code, Field: l.Field, Words: title(l.Object) + ": " + what}),
		}
		if l.Code == load.LossNoField { // no plan looks at single values of it
			v.Count = figure(l.Count, Filter{Object: string(l.Object), Field: l.Field, Op: "filled", Words: title(l.Object) + ": " + what})
		}
		for _, c := range l.Choices {
			v.Choices = append(v.Choices, choiceView(l.Code, c))
		}
		if by, ok := chosen[load.LossKey(l.Code, l.Object, l.Field)]; ok {
			v.ChosenBy, v.ChosenAt = by.By.Name, by.At
		}
		out = append(out, v)
	}
	return out, nil
}

// whoChose finds who made each choice about a loss last.
func whoChose(tx *store.Tx) (map[string]store.Entry, error) {
	lines, err := tx.AuditOf("loss.chosen")
	if err != nil {
		return nil, err
	}
	out := map[string]store.Entry{}
	for _, e := range lines {
		var d struct {
			Loss string `json:"loss"`
		}
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			return nil, err
		}
		if _, later := out[d.Loss]; !later { // the newest come first
			out[d.Loss] = e
		}
	}
	return out, nil
}

// fieldTitle is what people call a field of an object.
func fieldTitle(shape model.ObjectSchema, name string) string {
	if f, ok := shape.Field(name); ok && f.Title != "" {
		return f.Title
	}
	return name
}

// lossWords say a line of the forecast behind the kind of its records.
func lossWords(l load.Loss, field string) string {
	switch l.Code {
	case load.LossText:
		return field + " is longer than " + num(l.Limit) + " characters"
	case load.LossFile:
		return "the file is larger than the " + num(l.Limit>>20) + " MB that the target takes"
	case load.LossAuthor:
		return "the target cannot keep who wrote them"
	case load.LossTime:
		return "the target cannot keep when they were written"
	case load.LossLinkEmpty:
		return field + " leads to nothing in the source and is left empty"
	case load.LossSeveral:
		return field + " holds several values, and the target takes one"
	case load.LossArchive:
		return "closed; the target can take them straight into its archive"
	case load.LossNoField:
		return field + " is filled, and goes to no field of the target"
	}
	return strings.ReplaceAll(l.Code, "_", " ")
}

var choiceWords = map[string]ChoiceView{
	load.ChooseHold:    {Title: "Hold back", Means: "They wait on the page Held back. Nothing of them is sent, and what hangs on them waits too."},
	load.ChooseSplit:   {Title: "Split into several messages", Means: "The text goes on in further messages right behind the first one, by the same author and of the same time; each says which part it is."},
	load.ChooseAttach:  {Title: "Attach the whole text as a file", Means: "The message has the beginning, and a file beside it has all of it."},
	load.ChooseShorten: {Title: "Shorten", Means: "The beginning is kept and ends with “…”. The whole text stays only in this project's archive."},
	load.ChooseNote:    {Title: "Put a small text file in its place", Means: "The text file names the missing file and says where it is kept: in this project's archive."},
	load.ChooseArchive: {Title: "Keep in the archive only", Means: "They do not move. They are accounted for as archived, by your name."},
	load.ChooseText:    {Title: "Say it in the text", Means: "The text itself says who wrote it, and when."},
	load.ChooseNormal:  {Title: "Like all others", Means: "They are closed tickets among the others, and can still be changed there."},
	load.ChooseFirst:   {Title: "Keep the first value", Means: "The first value is moved. The others stay only in this project's archive."},
}

// choiceView says a choice and what it means.
func choiceView(code, choice string) ChoiceView {
	v, ok := choiceWords[choice]
	if !ok {
		v.Title = strings.ReplaceAll(choice, "_", " ")
	}
	v.Value = choice
	if choice == load.ChooseArchive && code == load.LossArchive {
		v.Title, v.Means = "Into the target's archive", "They move, and can be found and read there. Nobody can change them afterwards, also no later delta; taking the run back still removes them."
	}
	if choice == load.ChooseHold && code == load.LossFile {
		v.Means = "They wait on the page Held back; their messages move without them."
	}
	return v
}
