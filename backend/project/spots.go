package project

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // screenshots
	_ "image/png"
	"io"
	"slices"
	"strings"
	"time"

	"waybill/backend/problem"
	"waybill/backend/report"
	"waybill/backend/spot"
	"waybill/backend/store"
)

// Spots lists who is to look at which records in both desks, and what they said.
func (p *Project) Spots(ctx context.Context) (out []store.SpotTask, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.Spots()
		return err
	})
	return out, err
}

// ChooseSpots makes the list anew: so many of each age by chance, and so many that are hard, for
// reviewers in turn. What was judged stays. It gives how many are open.
func (p *Project) ChooseSpots(ctx context.Context, reviewers []string, each, hard int) (int64, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return 0, err
	}
	n, err := spot.Choose(ctx, p.db, src, spot.Ask{Reviewers: reviewers, Each: each, Hard: hard, Now: time.Now(), Salt: p.info.ID})
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, problem.New("spot.nothing", "There is nothing to look at.", "No ticket has moved yet, or all that were chosen are judged.", "Run the move first; to look at more, ask for more of each age.")
	}
	return n, p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "spot.chosen", map[string]any{"records": n, "reviewers": reviewers})
	})
}

const (
	maxSpotNote    = 4000    // characters
	maxSpotPicture = 8 << 20 // bytes
)

// JudgeSpot keeps what the person who works says of a record: right, wrong or unsure, why, and a
// screenshot (PNG or JPEG; none is well too). Who made the mapping does not judge what came of
// it (invariant 14).
func (p *Project) JudgeSpot(ctx context.Context, seq int64, verdict, note string, picture []byte) error {
	by := p.Person()
	note = strings.TrimSpace(note)
	switch {
	case !slices.Contains(spot.Verdicts, verdict):
		return problem.New("spot.verdict", "This verdict is not known.", "There are right, wrong and unsure.", "Choose one of them.").At(problem.Place{Value: verdict})
	case verdict == spot.Wrong && note == "":
		return problem.New("spot.no_note", "What is wrong is not said.", "Whoever puts it right must know what to look for.", "Write it into the note.")
	case len([]rune(note)) > maxSpotNote:
		return problem.New("spot.long_note", "The note is longer than 4,000 characters.", "It is printed in the report.", "Say the most important in fewer words.")
	}
	hash := ""
	if len(picture) > 0 {
		_, _, err := image.DecodeConfig(bytes.NewReader(picture))
		if err != nil || len(picture) > maxSpotPicture {
			return problem.Wrap(err, "spot.picture", "The screenshot cannot be read.", "It is no PNG or JPEG picture, or larger than 8 MB. Nothing was kept.", "Choose another picture, or judge without one.")
		}
		if hash, _, err = p.files.Put(bytes.NewReader(picture)); err != nil {
			return err
		}
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(0)
		if err != nil && !problem.Is(err, "mapping.none") {
			return err
		}
		if err == nil && strings.EqualFold(m.By.Name, by.Name) {
			return problem.New("approval.own_work", "Who made the mapping does not judge what came of it.", "A second person sees what the first one overlooked.", "Let the reviewer say who they are, at the top of the window, and judge.")
		}
		ok, err := tx.JudgeSpot(seq, verdict, note, hash, by)
		if err == nil && !ok {
			err = problem.New("spot.unknown", "This record is on nobody's list.", "The list was made anew, or the record is not there any more.", "Choose one from the list.")
		}
		if err != nil {
			return err
		}
		return tx.Audit(by, "spot.judged", map[string]any{"record": seq, "verdict": verdict, "picture": hash})
	})
}

// SpotPicture gives the screenshot of a task by its hash.
func (p *Project) SpotPicture(hash string) ([]byte, error) {
	r, err := p.files.Open(hash)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	return io.ReadAll(io.LimitReader(r, maxSpotPicture))
}

// SpotPair shows a record in both desks, the target's side as it is at this moment.
func (p *Project) SpotPair(ctx context.Context, seq int64) (spot.Pair, error) {
	j, err := p.checkJob(ctx)
	if err != nil {
		return spot.Pair{}, err
	}
	return spot.Compare(ctx, j, seq)
}

// BandTitle is an age for people.
func BandTitle(band string) string {
	return map[string]string{
		spot.Week: "Up to a week", spot.Month: "Up to a month", spot.Year: "Up to a year", spot.TwoYear: "Up to two years", spot.Older: "Older than two years", spot.Undated: "Without a date",
	}[band]
}

// spotFacts sums up for the report who looked at what, and lists what is not right.
func spotFacts(tx *store.Tx) (out report.Spots, err error) {
	tasks, err := tx.Spots()
	if err != nil {
		return out, err
	}
	out = report.Spots{Rows: []report.SpotRow{}, Wrong: []report.SpotNote{}}
	for _, t := range tasks {
		if t.Verdict == "" {
			out.Open++
			continue
		}
		who := t.By.Name + ", " + t.By.Role
		i := slices.IndexFunc(out.Rows, func(r report.SpotRow) bool { return r.Who == who && r.Age == BandTitle(t.Band) })
		if i < 0 {
			i = len(out.Rows)
			out.Rows = append(out.Rows, report.SpotRow{Who: who, Age: BandTitle(t.Band)})
		}
		r := &out.Rows[i]
		r.Looked++
		switch t.Verdict {
		case spot.Right:
			r.Right++
			continue
		case spot.Wrong:
			r.Wrong++
		case spot.Unsure:
			r.Unsure++
		}
		out.Wrong = append(out.Wrong, report.SpotNote{Object: Title(t.Object), Record: t.ID, Verdict: t.Verdict, Who: who, At: when(t.At), Note: t.Note})
	}
	slices.SortFunc(out.Rows, func(a, b report.SpotRow) int {
		if c := strings.Compare(a.Who, b.Who); c != 0 {
			return c
		}
		return bandOrder(a.Age) - bandOrder(b.Age)
	})
	return out, nil
}

func bandOrder(title string) int {
	return slices.IndexFunc(spot.Bands, func(b string) bool { return BandTitle(b) == title })
}
