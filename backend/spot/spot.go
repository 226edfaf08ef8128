// Package spot chooses records that people look at in both desks, and shows the two side by side.
//
// A *task* is a record for one reviewer, chosen by its age (a *band*) or because it is hard (the
// pilot says which are). A *verdict* is what the reviewer says of it. Nothing here is a check:
// machines compare everything, people look at a few as their colleagues will see them.
package spot

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// The bands: how old a record is at the time of the choice.
const (
	Week    = "week"    // up to a week
	Month   = "month"   // up to a month
	Year    = "year"    // up to a year
	TwoYear = "two"     // up to two years
	Older   = "older"   // older than two years
	Undated = "undated" // its time could not be read
)

// Bands lists them from the newest to the oldest.
var Bands = []string{Week, Month, Year, TwoYear, Older, Undated}

// The verdicts.
const (
	Right  = "right"  // as in the old desk
	Wrong  = "wrong"  // something is missing or false
	Unsure = "unsure" // somebody else should look
)

// Verdicts lists them.
var Verdicts = []string{Right, Wrong, Unsure}

// Ask says which tasks are wanted.
type Ask struct {
	Reviewers []string
	// Each is how many of each band; Hard how many that are hard.
	Each, Hard int
	// Now is when the age of a record is counted from, Salt what chance begins with: the same
	// two give the same choice.
	Now  time.Time
	Salt string
}

// Choose makes the tasks anew; those that were judged stay. It gives how many are open now.
func Choose(ctx context.Context, db *store.DB, src model.Schema, a Ask) (n int64, err error) {
	if len(a.Reviewers) == 0 || slices.ContainsFunc(a.Reviewers, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return 0, problem.New("spot.nobody", "Nobody was named to look.", "Each record goes to one reviewer.", "Name at least one person.")
	}
	if a.Each < 1 || a.Each > 1000 || a.Hard < 0 || a.Hard > 1000 {
		return 0, problem.New("spot.number", "This number of records cannot be looked at.", "It is at least 1 and at most 1,000 of each age.", "Choose another number, such as 10.")
	}
	bands := map[string]*lot{}
	for _, b := range Bands {
		bands[b] = &lot{most: a.Each}
	}
	for _, shape := range src.Objects {
		if shape.Object.Kind() != model.Ticket {
			continue
		}
		if err := draw(ctx, db, shape, a, bands); err != nil {
			return 0, err
		}
	}
	var list []store.SpotTask
	for _, b := range Bands {
		for _, x := range bands[b].sorted() {
			list = append(list, store.SpotTask{Seq: x.seq, Band: b, Why: "Chosen by chance"})
		}
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		hard, err := hardOnes(tx, src, a)
		if err != nil {
			return err
		}
		list = append(list, hard...)
		seen, mine := map[int64]bool{}, list[:0]
		for _, t := range list {
			if !seen[t.Seq] {
				seen[t.Seq] = true
				t.Reviewer = strings.TrimSpace(a.Reviewers[len(mine)%len(a.Reviewers)])
				mine = append(mine, t)
			}
		}
		n, err = tx.SetSpots(mine)
		return err
	})
	return n, err
}

// lot keeps the records that chance puts first.
type lot struct {
	most int
	best []ticket
}

type ticket struct {
	seq  int64
	luck uint64
}

func byLuck(a, b ticket) int { return cmp.Or(cmp.Compare(a.luck, b.luck), cmp.Compare(a.seq, b.seq)) }

func (l *lot) offer(t ticket) {
	l.best = append(l.best, t)
	if len(l.best) >= 4*l.most+64 {
		l.best = l.sorted()
	}
}

func (l *lot) sorted() []ticket {
	slices.SortFunc(l.best, byLuck)
	return l.best[:min(len(l.best), l.most)]
}

const pageOf = 500

// draw offers every moved ticket of an object to the lot of its age.
func draw(ctx context.Context, db *store.DB, shape model.ObjectSchema, a Ask, bands map[string]*lot) error {
	made := born(shape)
	for after := int64(0); ; {
		var rows []store.Row
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.Records(store.Filter{Object: shape.Object, Fates: []model.Fate{model.Moved}}, after, pageOf)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			bands[band(r.Record, made, a.Now)].offer(ticket{r.Seq, luck(a.Salt, r.Seq)})
		}
		after = rows[len(rows)-1].Seq
	}
}

// luck is where chance puts a record.
func luck(salt string, seq int64) uint64 {
	return xxhash.Sum64(binary.BigEndian.AppendUint64([]byte(salt), uint64(seq)))
}

// born is the field that says when a record came to be.
func born(shape model.ObjectSchema) model.Field {
	var first model.Field
	for _, f := range shape.Fields {
		if f.Type != model.DateTime && f.Type != model.Date {
			continue
		}
		name := strings.ToLower(f.Name)
		for _, word := range []string{"creat", "open", "submit", "received", "erstellt", "angelegt"} {
			if strings.Contains(name, word) {
				return f
			}
		}
		if first.Name == "" {
			first = f
		}
	}
	return first
}

func band(r model.Record, made model.Field, now time.Time) string {
	values, err := model.Values(r.Raw)
	if err != nil || made.Name == "" {
		return Undated
	}
	at, _, err := formula.ParseDate(model.Plain(values[made.Name]), made.Format, made.Zone)
	if err != nil {
		return Undated
	}
	switch {
	case at.After(now.AddDate(0, 0, -7)):
		return Week
	case at.After(now.AddDate(0, -1, 0)):
		return Month
	case at.After(now.AddDate(-1, 0, 0)):
		return Year
	case at.After(now.AddDate(-2, 0, 0)):
		return TwoYear
	}
	return Older
}

// hardOnes takes the first tickets of the pilot that moved: they cover most of what is hard.
func hardOnes(tx *store.Tx, src model.Schema, a Ask) ([]store.SpotTask, error) {
	var out []store.SpotTask
	for skip := 0; len(out) < a.Hard; skip += pageOf {
		picks, err := tx.Pilot(false, skip, pageOf)
		if err != nil || len(picks) == 0 {
			return out, err
		}
		for _, p := range picks {
			if p.Object.Kind() != model.Ticket || len(out) == a.Hard {
				continue
			}
			row, err := tx.RecordAt(p.Seq)
			if err != nil {
				return nil, err
			}
			if row.Fate != model.Moved {
				continue
			}
			shape, _ := src.Object(p.Object)
			why := "Hard to move"
			if len(p.Why) > 0 {
				why = strings.Join(p.Why[:min(len(p.Why), 3)], "; ")
			}
			out = append(out, store.SpotTask{Seq: p.Seq, Band: band(row.Record, born(shape), a.Now), Why: why})
		}
	}
	return out, nil
}
