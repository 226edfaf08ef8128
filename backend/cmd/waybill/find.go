package main

import (
	"strconv"
	"strings"

	"waybill/backend/find"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// hit is a record that was found.
type hit struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Fate   string `json:"fate"`
	// In is the record that has the words: itself, or what belongs to it.
	In    string `json:"in"`
	Field string `json:"field"`
	Text  string `json:"text"`
}

// doFind looks for words in everything that was read.
func doFind(c *call, p *project.Project) (int, error) {
	text := strings.Join(c.args[1:], " ")
	if find.Parse(text).Empty() {
		return exitUse, problem.New("use.words", "There is no word in it.", "Signs alone cannot be looked for.", "Give letters or digits.").At(problem.Place{Value: text})
	}
	if err := c.work("Reading the words", func(_ *job.Progress) error { return p.Words().Wait(c.ctx) }); err != nil {
		return exitFailed, err
	}
	words, _, err := p.Words().Search(c.ctx, text)
	if err != nil {
		return exitFailed, err
	}
	if words == nil {
		return exitFailed, problem.New("find.busy", "The project is being changed.", "What was just read is not ready for searching.", "Try again in a moment.")
	}
	most, err := strconv.Atoi(c.text("limit"))
	if err != nil {
		return exitUse, err // the flag was a number
	}
	hits, counts := []hit{}, map[string]int{}
	err = p.DB().Read(c.ctx, func(tx *store.Tx) error {
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range objects {
			if only := c.text("object"); only != "" && only != string(o) {
				continue
			}
			seqs, err := tx.Seqs(store.Filter{Object: o})
			if err != nil {
				return err
			}
			found := seqs[:0]
			for _, seq := range seqs {
				if words.Has(seq) {
					found = append(found, seq)
				}
			}
			if len(found) == 0 {
				continue
			}
			counts[string(o)] = len(found)
			list, err := hitsOf(tx, words, o, found[:min(len(found), max(0, most))])
			if err != nil {
				return err
			}
			c.say("%s: %d", project.Title(o), len(found))
			for _, h := range list {
				c.say("  %s  %s  [%s: %s] %s", h.ID, h.Name, h.In, h.Field, h.Text)
			}
			hits = append(hits, list...)
		}
		return nil
	})
	if err != nil {
		return exitFailed, err
	}
	if len(counts) == 0 {
		c.say("No record has all of these words.")
	}
	return exitDone, c.give(map[string]any{"counts": counts, "records": hits})
}

func hitsOf(tx *store.Tx, words *find.Answer, o model.Object, seqs []int64) ([]hit, error) {
	rows, err := tx.At(o, seqs)
	if err != nil {
		return nil, err
	}
	places, err := words.Places(tx, seqs)
	if err != nil {
		return nil, err
	}
	out := []hit{}
	for _, row := range rows {
		at := places[row.Seq]
		h := hit{Object: string(o), ID: row.Record.Key.ID, Name: row.Name, Fate: row.Fate.String(), In: at.Object.Word() + " " + at.ID, Field: at.Field}
		for _, part := range at.Parts {
			h.Text += part.Text
		}
		out = append(out, h)
	}
	return out, nil
}
