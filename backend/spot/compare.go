package spot

import (
	"context"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Pair is a record in both desks, read from the target at this moment.
type Pair struct {
	Source model.Key `json:"source"`
	Target model.Key `json:"target"`
	Name   string    `json:"name"`
	// Missing: the target does not have it any more.
	Missing bool    `json:"missing"`
	Fields  []Field `json:"fields"`
	// Messages of a ticket, in the order in which the source has them.
	Messages []Pair `json:"messages"`
	// More messages are there than are shown.
	More bool `json:"more"`
}

// Differs says whether anything is not as it was meant to be.
func (p Pair) Differs() bool {
	return p.Missing || slices.ContainsFunc(p.Fields, func(f Field) bool { return !f.Same }) || slices.ContainsFunc(p.Messages, Pair.Differs)
}

// Field of a pair: what was meant to arrive, and what is there.
type Field struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Type  string `json:"type"`
	Meant string `json:"meant"`
	Found string `json:"found"`
	Same  bool   `json:"same"`
}

// mostMessages of a ticket are compared.
const mostMessages = 300

// Compare reads a record and, for a ticket, its messages from the target and holds them against
// what was meant to arrive, as the check does.
func Compare(ctx context.Context, j *load.Job, seq int64) (p Pair, err error) {
	reader, ok := j.Target.Conn.(connector.Reader)
	if !ok {
		return p, problem.New("spot.no_reading", j.Target.Kind.Title+" cannot show single records to Waybill.", "Its interface has no such request.", "Open the record in the new desk itself, by its number.")
	}
	var key model.Key
	var messages []int64
	err = j.DB.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.RecordAt(seq)
		if err != nil {
			return err
		}
		if key = row.Record.Key; key.Object.Kind() != model.Ticket {
			return nil
		}
		rows, err := tx.Records(store.Filter{Object: model.Message.From(key.Object.Source()), Parent: &key, Fates: []model.Fate{model.Moved}}, 0, mostMessages+1)
		for _, r := range rows {
			messages = append(messages, r.Seq)
		}
		return err
	})
	if err != nil {
		return p, err
	}
	one, err := pairs(ctx, j, reader, key.Object, []int64{seq})
	if err != nil {
		return p, err
	}
	if len(one) == 0 {
		return p, problem.New("spot.not_moved", "This record is not in the new desk.", "It was not moved, or was taken back.", "Choose another one.").At(problem.Place{Object: string(key.Object), Record: key.ID})
	}
	p = one[0]
	p.More = len(messages) > mostMessages
	p.Messages, err = pairs(ctx, j, reader, model.Message.From(key.Object.Source()), messages[:min(len(messages), mostMessages)])
	return p, err
}

// pairs compares records of one object, in the order of the source.
func pairs(ctx context.Context, j *load.Job, reader connector.Reader, o model.Object, seqs []int64) ([]Pair, error) {
	out := []Pair{}
	if len(seqs) == 0 {
		return out, nil
	}
	var lines []store.LedgerLine
	var drafts []model.Draft
	var names []string
	err := j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if lines, err = tx.LedgerAt(o, seqs); err != nil || len(lines) == 0 {
			return err
		}
		drafts, _, names, err = j.Expected(tx, o, lines)
		return err
	})
	if err != nil || len(lines) == 0 {
		return out, err
	}
	ids := map[model.Object][]string{}
	for _, l := range lines {
		ids[l.Target] = append(ids[l.Target], l.ID)
	}
	found := map[model.Key]model.Record{}
	for object, list := range ids {
		got, err := reader.Read(ctx, object, list)
		if err != nil {
			return nil, err
		}
		for id, r := range got {
			found[model.Key{Object: object, ID: id}] = r
		}
	}
	for i, l := range lines {
		p := Pair{Source: model.Key{Object: o, ID: l.Source}, Target: model.Key{Object: l.Target, ID: l.ID}, Name: names[i], Fields: []Field{}, Messages: []Pair{}}
		r, ok := found[p.Target]
		if p.Missing = !ok; ok {
			values, err := model.Values(r.Raw)
			if err != nil {
				return nil, err
			}
			shape, _ := j.Target.Schema.Object(l.Target)
			p.Fields = fields(shape, drafts[i], values, r.Links)
		}
		out = append(out, p)
	}
	return out, nil
}

// fields compares what was written of a record with what is there.
func fields(shape model.ObjectSchema, d model.Draft, values map[string]any, links []model.Link) []Field {
	out := []Field{}
	for _, f := range shape.Fields {
		if f.ReadOnly || f.Type == model.FileType {
			continue
		}
		x := Field{Name: f.Name, Title: titleOf(f), Type: string(f.Type)}
		if f.Type == model.LinkType {
			i := slices.IndexFunc(d.Links, func(l model.DraftLink) bool { return l.Field == f.Name })
			if i < 0 {
				continue
			}
			x.Meant = d.Links[i].Target.ID
			got := linked(f.Name, links)
			if len(got) == 0 {
				if s := model.Plain(values[f.Name]); s != "" {
					got = []string{s}
				}
			}
			x.Found = strings.Join(got, ", ")
			x.Same = slices.Contains(got, x.Meant) || x.Meant == "" && (len(got) == 0 || f.Default != "")
		} else {
			want, ok := d.Fields[f.Name]
			if !ok {
				continue
			}
			x.Meant, x.Found, x.Same = load.Show(want), load.Show(values[f.Name]), load.Same(f, want, values[f.Name])
		}
		out = append(out, x)
	}
	return out
}

func titleOf(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

func linked(role string, links []model.Link) (out []string) {
	for _, l := range links {
		if l.Role == role {
			for _, to := range l.To {
				out = append(out, to.Value)
			}
		}
	}
	return out
}
