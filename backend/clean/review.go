package clean

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/backend/job"
	"waybill/backend/likeness"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Search is what the last search for duplicates of an object found.
type Search struct {
	Object   model.Object       `json:"object"`
	At       string             `json:"at"`
	By       string             `json:"by"`
	Records  int                `json:"records"`
	Compared int                `json:"compared"`
	PlusTags bool               `json:"plus_tags"`
	Fields   []string           `json:"fields"`
	Capped   []likeness.Capped  `json:"capped"`
	Left     int                `json:"capped_all"`
	Counts   []store.AlikeCount `json:"-"`
}

func searchSetting(o model.Object) string { return "likeness/" + string(o) }

// Duplicates are the objects among which duplicates are looked for.
func Duplicates() []model.Object {
	return []model.Object{model.Contact, model.Agent, model.Organization}
}

// compared lists the fields by which records of an object are compared.
func compared(o model.ObjectSchema) []likeness.Field {
	out := []likeness.Field{}
	for _, f := range o.Fields {
		n := strings.ToLower(f.Name)
		has := func(words ...string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(n, w) })
		}
		k := likeness.Place
		switch {
		case f.Type == model.LinkType || f.Type == model.FileType || f.Type == model.Bool || f.Type == model.JSONType:
			continue
		case f.Type == model.Email || has("email", "e-mail", "e_mail") && f.Type != model.LongText:
			k = likeness.Email
		case f.Type == model.Phone || has("phone", "mobile", "telefon"):
			k = likeness.Phone
		case f.Type == model.URL || has("domain", "website", "webseite"):
			k = likeness.Web
		case f.Name == o.Name || has("name") && !has("user", "file", "company", "organi", "group", "nick"):
			if f.Name == o.Name && nameOfParts(o) {
				continue // it is made of the others
			}
			k = likeness.Name
		case has("birth", "dob"):
			k = likeness.Day
		case has("city", "zip", "postcode", "postal", "street", "address", "company", "organi", "ort", "plz") && (f.Type == model.Text || f.Type == model.Option):
		default:
			continue
		}
		out = append(out, likeness.Field{Name: f.Name, Kind: k})
	}
	return out
}

// nameOfParts: the field that records are recognised by is not their name.
func nameOfParts(o model.ObjectSchema) bool {
	f, ok := o.Field(o.Name)
	return !ok || f.Type == model.Email || f.Type == model.Integer || strings.EqualFold(f.Name, "id")
}

// said is what speaks for one member of a group, kept with it.
type said struct {
	Seq   int64               `json:"seq"`
	With  int64               `json:"with"`
	Score float64             `json:"score"`
	Why   []likeness.Evidence `json:"why"`
}

// Seek looks for duplicates and keeps the groups for review. What a person reviewed before
// stays as it was said.
func Seek(ctx context.Context, db *store.DB, src model.Schema, o model.Object, plusTags bool, by model.Person, p *job.Progress) (Search, error) {
	s := Search{Object: o, At: model.Stamp(time.Now()), By: by.Name, PlusTags: plusTags, Fields: []string{}, Capped: []likeness.Capped{}}
	shape, ok := src.Object(o)
	fields := compared(shape)
	if !ok || len(fields) == 0 {
		return s, problem.New("clean.compare", "There is nothing to compare these records by.", "They have no name, address or number.", "Say on the page Source which column holds the name or the e-mail address.").At(problem.Place{Object: string(o)})
	}
	for _, f := range fields {
		s.Fields = append(s.Fields, f.Name)
	}
	f := likeness.New(fields, likeness.Options{PlusTags: plusTags})
	var seqs []int64
	var merits []merit
	reviewed := newMarks()
	err := db.Read(ctx, func(tx *store.Tx) error {
		n, err := tx.Count(store.Filter{Object: o})
		if err != nil {
			return err
		}
		p.Stage("compare "+string(o), n)
		p.Enter("compare " + string(o))
		if err := reviewed.load(tx, o); err != nil {
			return err
		}
		row := make([]string, len(fields))
		_, err = scan(tx, store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held, model.Moved}}, func(r store.Row, v map[string]any) (bool, error) {
			p.Add(1, 0)
			if r.RepeatOf != "" {
				return false, ctx.Err()
			}
			for i, fd := range fields {
				row[i] = joined(v[fd.Name])
			}
			f.Add(row)
			seqs, merits = append(seqs, r.Seq), append(merits, meritOf(r, v))
			return false, ctx.Err()
		})
		return err
	})
	if err != nil {
		return s, err
	}
	res, err := f.Find(ctx)
	if err != nil {
		return s, err
	}
	s.Records, s.Compared, s.Left = f.Len(), res.Compared, res.CappedAll
	s.Capped = append(s.Capped, res.Capped...)
	groups := make([]store.Alike, 0, len(res.Groups))
	for _, g := range res.Groups {
		if a, ok := groupOf(f, g, seqs, merits, reviewed); ok {
			groups = append(groups, a)
		}
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PutAlike(o, groups); err != nil {
			return err
		}
		if err := tx.Set(searchSetting(o), s); err != nil {
			return err
		}
		return tx.Audit(by, "duplicates.sought", map[string]any{"object": o, "records": s.Records, "groups": len(groups), "plus_tags": plusTags})
	})
	if err != nil {
		return s, err
	}
	return Found(ctx, db, o)
}

// joined gives a value to the comparison; several are parted by a line.
func joined(v any) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, "\n")
	}
	return model.Plain(v)
}

// Found tells of the last search of an object, with what waits for review; At is empty when
// none was made.
func Found(ctx context.Context, db *store.DB, o model.Object) (s Search, err error) {
	s = Search{Object: o, Fields: []string{}, Capped: []likeness.Capped{}}
	err = db.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.Setting(searchSetting(o), &s); err != nil {
			return err
		}
		s.Counts, err = tx.CountAlike(o)
		return err
	})
	return s, err
}

// merit decides who survives: what is in the target already, then the fuller record; what is
// held back would hold back the others' history too.
type merit struct {
	fate   model.Fate
	filled int
}

func meritOf(r store.Row, v map[string]any) merit {
	m := merit{fate: r.Fate}
	for _, x := range v {
		if strings.TrimSpace(model.Plain(x)) != "" {
			m.filled++
		}
	}
	return m
}

func (m merit) less(o merit) bool {
	rank := map[model.Fate]int{model.Held: 0, model.Pending: 1, model.Moved: 2}
	if rank[m.fate] != rank[o.fate] {
		return rank[m.fate] < rank[o.fate]
	}
	return m.filled < o.filled
}

func (m merit) reason(all int) string {
	if m.fate == model.Moved {
		return "It is in the new desk already."
	}
	return fmt.Sprintf("It says the most: %d values of at most %d in this group.", m.filled, all)
}

// marks are what people said about groups before.
type marks struct {
	// apart leads from a record to the groups in which it was said to be somebody else.
	apart map[int64]map[int64]bool
	out   map[int64]map[int64]bool
}

func newMarks() *marks {
	return &marks{apart: map[int64]map[int64]bool{}, out: map[int64]map[int64]bool{}}
}

func (m *marks) load(tx *store.Tx, o model.Object) error {
	for skip := 0; ; skip += 1000 {
		groups, err := tx.AlikeGroups(store.AlikeFilter{Object: o}, skip, 1000)
		if err != nil {
			return err
		}
		for _, g := range groups {
			for _, x := range g.Members {
				if g.State == store.AlikeApart {
					put(m.apart, x.Seq, g.ID)
				}
				if x.Out {
					for _, y := range g.Members {
						if y.Seq != x.Seq && !y.Out {
							put(m.out, x.Seq, y.Seq)
							put(m.out, y.Seq, x.Seq)
						}
					}
				}
			}
		}
		if len(groups) < 1000 {
			return nil
		}
	}
}

func put(m map[int64]map[int64]bool, a, b int64) {
	if m[a] == nil {
		m[a] = map[int64]bool{}
	}
	m[a][b] = true
}

// answered: all of them are in one group that a person said are different ones.
func (m *marks) answered(seqs []int64) bool {
	for g := range m.apart[seqs[0]] {
		all := true
		for _, s := range seqs[1:] {
			all = all && m.apart[s][g]
		}
		if all {
			return true
		}
	}
	return false
}

// groupOf makes what is kept of a group that was found, with who survives and why.
func groupOf(f *likeness.Finder, g likeness.Group, seqs []int64, merits []merit, reviewed *marks) (store.Alike, bool) {
	a := store.Alike{Band: string(g.Band), Score: g.Score}
	members := []int64{}
	best := g.Members[0].Record
	for _, m := range g.Members {
		members = append(members, seqs[m.Record])
		if merits[best].less(merits[m.Record]) {
			best = m.Record
		}
	}
	if reviewed.answered(members) {
		return a, false
	}
	a.Survivor = seqs[best]
	notes := []said{}
	inside := 0
	for _, m := range g.Members {
		x := store.AlikeMember{Seq: seqs[m.Record], Band: string(m.Band), Score: m.Score}
		x.Out = reviewed.out[x.Seq][a.Survivor] // said before
		if !x.Out {
			inside++
		}
		a.Members = append(a.Members, x)
		if m.Record != best {
			score, why := f.Explain(best, m.Record)
			notes = append(notes, said{Seq: x.Seq, With: a.Survivor, Score: score, Why: why})
		}
	}
	if inside < 2 {
		return a, false // all that is left was answered
	}
	body, err := json.Marshal(notes)
	if err != nil {
		return a, false // plain numbers and texts can always be written
	}
	a.Body = string(body)
	return a, true
}

// Review is a group of duplicates side by side.
type Review struct {
	store.Alike
	Members []Candidate
	Rows    []FieldRow
	// Reason why the survivor is proposed.
	Reason string
	// Addresses that the survivor keeps besides its own.
	Addresses []string
}

// Candidate is one record of a group.
type Candidate struct {
	Seq      int64
	Key      model.Key
	Name     string
	Fate     model.Fate
	Band     string
	Score    float64
	Out      bool
	Survivor bool
	// Held up by being in the target twice: two that are there cannot become one.
	There bool
	// Links counts the records that lead to it: the history that it brings along.
	Links int64
	Why   []likeness.Evidence
}

// FieldRow is one field of all members.
type FieldRow struct {
	Field, Title string
	Values       []string
	// Pick is the column whose value the survivor has; Reason why.
	Pick   int
	Reason string
	// Picked by a person; Same says that all agree.
	Picked, Same bool
}

// Look shows a group side by side.
func Look(tx *store.Tx, src model.Schema, id int64) (Review, error) { return look(tx, src, id, true) }

// look leaves out the count of what leads to each member when nobody will see it.
func look(tx *store.Tx, src model.Schema, id int64, history bool) (r Review, err error) {
	if r.Alike, err = tx.AlikeGroup(id); err != nil {
		return r, err
	}
	shape, _ := src.Object(r.Object)
	notes := []said{}
	if err := json.Unmarshal([]byte(r.Body), &notes); err != nil {
		return r, err
	}
	values := []map[string]any{}
	r.Members, r.Rows, r.Addresses = []Candidate{}, []FieldRow{}, []string{}
	for _, m := range r.Alike.Members {
		row, err := tx.RecordAt(m.Seq)
		if err != nil {
			return r, err
		}
		c := Candidate{Seq: m.Seq, Key: row.Record.Key, Name: row.Name, Fate: row.Fate, Band: m.Band, Score: m.Score, Out: m.Out, Survivor: m.Seq == r.Survivor, There: row.Fate == model.Moved}
		for _, n := range notes {
			if n.Seq == m.Seq || n.With == m.Seq && m.Seq != r.Survivor {
				c.Why = n.Why
			}
		}
		if history {
			if c.Links, err = tx.CountLinksTo(m.Seq); err != nil {
				return r, err
			}
		}
		v, err := model.Values(row.Record.Raw)
		if err != nil {
			v = map[string]any{}
		}
		for _, l := range row.Record.Links { // links that are no value of their own
			if _, has := v[l.Role]; !has && len(l.To) > 0 {
				v[l.Role] = l.To[0].Value
			}
		}
		r.Members, values = append(r.Members, c), append(values, v)
	}
	at := slices.IndexFunc(r.Members, func(c Candidate) bool { return c.Survivor })
	if at < 0 {
		return r, problem.New(store.CodeNotFound, "The record that should survive is not here any more.", "The source was read anew without it.", "Look for duplicates again.")
	}
	most := 0
	for i, v := range values {
		if !r.Members[i].Out {
			most = max(most, meritOf(store.Row{}, v).filled)
		}
	}
	r.Reason = meritOf(store.Row{Fate: r.Members[at].Fate}, values[at]).reason(most)
	for _, f := range shape.Fields {
		if fr, ok := r.fieldRow(f, values, at); ok {
			r.Rows = append(r.Rows, fr)
		}
	}
	r.Addresses = r.further(shape, values, at)
	return r, nil
}

// fieldRow proposes of which member a field takes its value.
func (r *Review) fieldRow(f model.Field, values []map[string]any, at int) (FieldRow, bool) {
	row := FieldRow{Field: f.Name, Title: f.Title, Pick: at, Same: true}
	if row.Title == "" {
		row.Title = f.Name
	}
	some := false
	first := ""
	for i, v := range values {
		s := model.Plain(v[f.Name])
		row.Values = append(row.Values, s)
		if t := strings.TrimSpace(s); t != "" && !r.Members[i].Out {
			if first == "" {
				first = t
			}
			some, row.Same = true, row.Same && t == first
		}
	}
	if !some {
		return row, false
	}
	if seq, ok := r.Picks[f.Name]; ok {
		for i, m := range r.Members {
			if m.Seq == seq {
				row.Pick, row.Reason, row.Picked = i, "Chosen by a person.", true
				return row, true
			}
		}
	}
	if strings.TrimSpace(row.Values[at]) != "" || !fillable(f) {
		row.Reason = "The survivor's own."
		if row.Same {
			row.Reason = "All say the same."
		}
		return row, true
	}
	best, count := -1, map[string]int{}
	for i, s := range row.Values {
		if t := strings.TrimSpace(s); t != "" && !r.Members[i].Out {
			count[t]++
			if best < 0 || count[t] > count[strings.TrimSpace(row.Values[best])] {
				best = i
			}
		}
	}
	if best < 0 {
		row.Reason = "Nobody who is merged has it."
		return row, true
	}
	row.Pick, row.Same = best, false // what the survivor lacks is worth a look
	switch {
	case len(count) == 1:
		row.Reason = "The survivor has none; this is the only value."
	case count[strings.TrimSpace(row.Values[best])] > 1:
		row.Reason = "The survivor has none; most of the others say so."
	default:
		row.Reason = "The survivor has none; the first of the others."
	}
	return row, true
}

// fillable fields may take another member's value; numbers and dates of the record are its own.
func fillable(f model.Field) bool {
	n := strings.ToLower(f.Name)
	switch {
	case f.ReadOnly || n == "id" || strings.HasSuffix(n, "_id") && f.Type != model.LinkType, f.Type == model.FileType, f.Type == model.JSONType:
		return false
	case strings.HasPrefix(n, "created") || strings.HasPrefix(n, "updated"):
		return false
	}
	return true
}

// further lists the addresses of the others, which the survivor keeps.
func (r *Review) further(shape model.ObjectSchema, values []map[string]any, at int) []string {
	own := map[string]bool{}
	addresses := func(v map[string]any, pick bool) []string {
		out := []string{}
		for _, f := range shape.Fields {
			if f.Type != model.Email && !(f.Type == model.Tags && strings.Contains(strings.ToLower(f.Name), "email")) {
				continue
			}
			x := v[f.Name]
			if pick && f.Type == model.Email {
				for _, row := range r.Rows {
					if row.Field == f.Name {
						x = values[row.Pick][f.Name]
					}
				}
			}
			for _, s := range strings.FieldsFunc(joined(x), func(c rune) bool { return c == ',' || c == ';' || c == '\n' || c == ' ' }) {
				out = append(out, strings.TrimSpace(s))
			}
		}
		return out
	}
	for _, a := range addresses(values[at], true) {
		own[store.Fold(a)] = true
	}
	out := []string{}
	for i, v := range values {
		if r.Members[i].Out {
			continue
		}
		for _, a := range addresses(v, false) {
			if k := store.Fold(a); strings.Contains(a, "@") && !own[k] {
				own[k] = true
				out = append(out, a)
			}
		}
	}
	sort.Strings(out)
	return out
}
