package api

import (
	"encoding/base64"
	"net/http"
	"os"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/spot"
	"waybill/backend/store"
)

// Spots is the page on which people look at single records in both desks.
type Spots struct{ s *session }

// SpotsView is the list of tasks.
type SpotsView struct {
	Tasks []SpotTask `json:"tasks"`
	// Reviewers that were named so far. Mapper made the mapping and does not judge.
	Reviewers []string `json:"reviewers"`
	Mapper    string   `json:"mapper"`
}

// SpotTask is a record to be looked at. Verdict is empty, right, wrong or unsure.
type SpotTask struct {
	Seq      int64  `json:"seq"`
	Object   string `json:"object"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Target   string `json:"target"`
	Reviewer string `json:"reviewer"`
	Age      string `json:"age"`
	Why      string `json:"why"`
	Verdict  string `json:"verdict"`
	Note     string `json:"note"`
	By       string `json:"by"`
	At       string `json:"at"`
	Picture  bool   `json:"picture"`
}

// SpotPair is a record as it is in both desks.
type SpotPair struct {
	Task SpotTask `json:"task"`
	// Missing: the new desk does not have it any more.
	Missing bool          `json:"missing"`
	Differs bool          `json:"differs"`
	Fields  []SpotField   `json:"fields"`
	Thread  []SpotMessage `json:"thread"`
	More    bool          `json:"more"`
	// Picture is the screenshot as a data address; empty: none.
	Picture string `json:"picture"`
}

// SpotField is a field of the new desk: what was meant to arrive, and what is there.
type SpotField struct {
	Title string `json:"title"`
	Meant string `json:"meant"`
	Found string `json:"found"`
	Same  bool   `json:"same"`
}

// SpotMessage is a message in both desks.
type SpotMessage struct {
	Old MessageView `json:"old"`
	// HTML is its text in the new desk, safe to be shown in a frame.
	HTML    string      `json:"html"`
	Target  string      `json:"target"`
	Missing bool        `json:"missing"`
	Fields  []SpotField `json:"fields"`
	Same    bool        `json:"same"`
}

// View lists the tasks.
func (x *Spots) View() (v SpotsView, err error) {
	defer guard(&err)
	v = SpotsView{Tasks: []SpotTask{}, Reviewers: []string{}}
	p, err := x.s.project()
	if err != nil {
		return v, err
	}
	list, err := p.Spots(x.s.ctx)
	if err != nil {
		return v, err
	}
	seen := map[string]bool{}
	for _, t := range list {
		v.Tasks = append(v.Tasks, spotTask(t))
		if !seen[t.Reviewer] {
			seen[t.Reviewer] = true
			v.Reviewers = append(v.Reviewers, t.Reviewer)
		}
	}
	err = p.DB().Read(x.s.ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(0)
		if problem.Is(err, "mapping.none") {
			return nil
		}
		v.Mapper = m.By.Name
		return err
	})
	return v, err
}

func spotTask(t store.SpotTask) SpotTask {
	out := SpotTask{
		Seq: t.Seq, Object: string(t.Object), ID: t.ID, Name: t.Name, Target: t.Target, Reviewer: t.Reviewer, Age: project.BandTitle(t.Band), Why: t.Why,
		Verdict: t.Verdict, Note: t.Note, At: t.At, Picture: t.Picture != "",
	}
	if t.By.Name != "" {
		out.By = t.By.Name + ", " + t.By.Role
	}
	return out
}

// Choose makes the list anew; what was judged stays. It gives how many are open.
func (x *Spots) Choose(reviewers []string, each, hard int) (n int64, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return 0, err
	}
	if n, err = p.ChooseSpots(x.s.ctx, reviewers, each, hard); err != nil {
		return 0, err
	}
	x.s.changed("spots")
	return n, nil
}

// Pair shows a record side by side; the new desk is asked at this moment.
func (x *Spots) Pair(seq int64) (v SpotPair, err error) {
	defer guard(&err)
	v = SpotPair{Fields: []SpotField{}, Thread: []SpotMessage{}}
	p, err := x.s.project()
	if err != nil {
		return v, err
	}
	list, err := p.Spots(x.s.ctx)
	if err != nil {
		return v, err
	}
	for _, t := range list {
		if t.Seq != seq {
			continue
		}
		v.Task = spotTask(t)
		if t.Picture != "" {
			b, err := p.SpotPicture(t.Picture)
			if err != nil {
				return v, err
			}
			v.Picture = "data:" + http.DetectContentType(b) + ";base64," + base64.StdEncoding.EncodeToString(b)
		}
	}
	pair, err := p.SpotPair(x.s.ctx, seq)
	if err != nil {
		return v, err
	}
	v.Missing, v.Differs, v.More, v.Fields = pair.Missing, pair.Differs(), pair.More, spotFields(pair.Fields)
	look, err := newLook(x.s.ctx, p)
	if err != nil {
		return v, err
	}
	var thread []MessageView
	err = p.DB().Read(x.s.ctx, func(tx *store.Tx) error {
		if pair.Source.Object.Kind() == model.Ticket {
			thread, err = look.thread(tx, pair.Source)
		}
		return err
	})
	if err != nil {
		return v, err
	}
	there := map[string]spot.Pair{}
	for _, m := range pair.Messages {
		there[m.Source.ID] = m
	}
	for _, old := range thread {
		m, moved := there[old.ID]
		row := SpotMessage{Old: old, Target: m.Target.ID, Missing: !moved || m.Missing, Fields: spotFields(m.Fields), Same: moved && !m.Differs()}
		for _, f := range m.Fields {
			if f.Type == string(model.HTML) || f.Type == string(model.LongText) {
				row.HTML = showHTML(f.Found, f.Type == string(model.HTML))
				break
			}
		}
		v.Thread = append(v.Thread, row)
	}
	return v, nil
}

func spotFields(list []spot.Field) []SpotField {
	out := []SpotField{}
	for _, f := range list {
		out = append(out, SpotField{Title: f.Title, Meant: clipText(f.Meant, clipField), Found: clipText(f.Found, clipField), Same: f.Same})
	}
	return out
}

// Judge keeps what the person who works says of a record. With a picture they are asked for a
// screenshot first; nothing is kept when they think better of it.
func (x *Spots) Judge(seq int64, verdict, note string, picture bool) (done bool, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return false, err
	}
	var shot []byte
	if picture {
		files, err := x.s.o.Dialogs.OpenFiles(x.s.ctx, "Choose the screenshot", []FileFilter{{Title: "Picture", Pattern: "*.png;*.jpg;*.jpeg"}})
		if err != nil || len(files) == 0 {
			return false, err
		}
		if shot, err = os.ReadFile(files[0]); err != nil {
			return false, problem.Wrap(err, "spot.picture", "The screenshot cannot be read.", "Nothing was kept.", "Choose another picture, or judge without one.").At(problem.Place{File: files[0]})
		}
	}
	if err := p.JudgeSpot(x.s.ctx, seq, verdict, note, shot); err != nil {
		return false, err
	}
	x.s.changed("spots")
	return true, nil
}
