package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/workbook"
)

// TwinsReturned is what a workbook of duplicates that came back says. Nothing is done yet.
type TwinsReturned struct {
	File string
	// Token is the hash of the file and of the state that it was compared with.
	Token   string
	Answers []workbook.TwinAnswer
	// Merges and Aparts count the groups that are one, and those that are different ones.
	Merges, Aparts int
	// Problems by sheet and cell; with any of them nothing can be applied.
	Problems []*problem.Problem
}

// mostTwins is how many groups a workbook lists; the rest comes with the next one.
const mostTwins = 20_000

var sureWords = map[string]string{"sure": "sure", "ask": "perhaps", "different": "hardly"}

// twinBook is what waits for review, as a workbook shows it.
func (p *Project) twinBook(ctx context.Context, o model.Object) (workbook.TwinBook, error) {
	b := workbook.TwinBook{ProjectID: p.info.ID, ProjectName: p.info.Name, Objects: Title(o), Groups: []workbook.TwinGroup{}}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return b, err
	}
	shape, _ := src.Object(o)
	filled := map[string]bool{}
	groups := []clean.Review{}
	for skip := 0; skip < mostTwins; skip += 500 {
		some, err := p.Twins(ctx, store.AlikeFilter{Object: o, State: store.AlikeOpen}, skip, 500)
		if err != nil {
			return b, err
		}
		for _, g := range some {
			for _, r := range g.Rows {
				filled[r.Field] = true
			}
		}
		groups = append(groups, some...)
		if len(some) == 0 {
			break
		}
	}
	names := []string{}
	for _, f := range shape.Fields {
		if filled[f.Name] && len(names) < 40 {
			names = append(names, f.Name)
			title := f.Title
			if title == "" {
				title = f.Name
			}
			b.Fields = append(b.Fields, title)
		}
	}
	h := sha256.New()
	for _, g := range groups {
		x := workbook.TwinGroup{ID: g.ID, Sure: sureWords[g.Band]}
		for i, m := range g.Members {
			t := workbook.TwinMember{Seq: m.Seq, ID: m.Key.ID, Name: m.Name, Survivor: m.Survivor, Out: m.Out, Because: Because(m)}
			for _, n := range names {
				v := ""
				for _, r := range g.Rows {
					if r.Field == n {
						v = r.Values[i]
					}
				}
				t.Values = append(t.Values, v)
			}
			x.Members = append(x.Members, t)
		}
		b.Groups = append(b.Groups, x)
		state, err := json.Marshal([]any{g.ID, g.Survivor, g.Alike.Members, g.Picks})
		if err != nil {
			return b, err
		}
		h.Write(state)
	}
	b.State = hex.EncodeToString(h.Sum(nil))
	return b, nil
}

// Because says in words what speaks for a member of a group, the strongest first.
func Because(m clean.Candidate) string {
	parts := []string{}
	for _, e := range m.Why {
		switch {
		case e.Bits < 0:
			parts = append(parts, fmt.Sprintf("other %s", e.Field))
		case e.How == "same":
			parts = append(parts, fmt.Sprintf("same %s", e.Field))
		default:
			parts = append(parts, fmt.Sprintf("nearly the same %s", e.Field))
		}
	}
	return strings.Join(parts, ", ")
}

// ExportTwins writes the duplicates that wait for review into a workbook, for somebody else
// to decide.
func (p *Project) ExportTwins(ctx context.Context, o model.Object, path string) error {
	b, err := p.twinBook(ctx, o)
	if err != nil {
		return err
	}
	if len(b.Groups) == 0 {
		return problem.New("clean.none", "No duplicates wait for review.", "There is nothing to send.", "Look for duplicates first.").At(problem.Place{Object: string(o)})
	}
	by := p.Person()
	b.Made = "Written by " + by.Name + ", " + by.Role + "."
	var raw bytes.Buffer
	if err := workbook.WriteTwins(&raw, b); err != nil {
		return err
	}
	if err := writeWhole(path, raw.Bytes()); err != nil {
		return notWritable(err, filepath.Dir(path))
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(by, "duplicates.exported", map[string]any{"object": o, "groups": len(b.Groups)})
	})
}

// ReadTwins reads a workbook of duplicates that came back. Nothing is done yet.
func (p *Project) ReadTwins(ctx context.Context, o model.Object, path string) (TwinsReturned, error) {
	out := TwinsReturned{File: path, Answers: []workbook.TwinAnswer{}, Problems: []*problem.Problem{}}
	want, err := p.twinBook(ctx, o)
	if err != nil {
		return out, err
	}
	raw, err := readFile(path)
	if err != nil {
		return out, err
	}
	answers, found := workbook.ReadTwins(bytes.NewReader(raw), int64(len(raw)), want)
	if out.Problems = append(out.Problems, found...); len(found) > 0 {
		return out, nil
	}
	out.Answers = append(out.Answers, answers...)
	for _, a := range answers {
		if a.Survivor == 0 {
			out.Aparts++
		} else {
			out.Merges++
		}
	}
	sum := sha256.Sum256(append([]byte(want.State), raw...))
	out.Token = hex.EncodeToString(sum[:])
	return out, nil
}

// ApplyTwins does what a workbook of duplicates says, all of it or nothing; token is that of
// the reading that a person saw.
func (p *Project) ApplyTwins(ctx context.Context, o model.Object, path, token string) (d store.Decision, err error) {
	err = p.deciding(ctx, func(src model.Schema) error {
		got, err := p.ReadTwins(ctx, o, path)
		if err != nil {
			return err
		}
		if got.Token != token || len(got.Problems) > 0 {
			return problem.New("workbook.changed", "This workbook is not the one that was read.", "Only what was shown is done.", "Read the workbook again and look at the list.")
		}
		d, err = clean.TakeAnswers(ctx, p.db, src, o, answersOf(got.Answers), p.Person())
		return err
	})
	return d, err
}

func answersOf(list []workbook.TwinAnswer) []clean.Answer {
	out := make([]clean.Answer, len(list))
	for i, a := range list {
		out[i] = clean.Answer(a)
	}
	return out
}
