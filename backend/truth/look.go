package truth

import (
	"context"
	"encoding/json"
	"slices"

	"waybill/backend/model"
	"waybill/backend/store"
)

// Codes under which the records behind a figure are kept, for the filter "found".
const (
	CodeMatched   = "truth.matched"
	CodeAmbiguous = "truth.ambiguous"
	CodeThere     = "truth.there"
	CodeAlone     = "truth.alone"
	CodeKeyless   = "truth.keyless"
	CodeDiffers   = "truth.differs"
	CodeChanges   = "truth.changes"
)

// mostExamples of a fact, and chunk of groups that are weighed at once.
const (
	mostExamples = 5
	chunk        = 300
)

// View is what a rule comes to.
type View struct {
	Rule Rule `json:"rule"`
	// Title is the rule in words.
	Title string `json:"title"`
	// Decision in force about the object; 0: none.
	Decision int64 `json:"decision"`
	// Matched counts records that several sources have, each once; Ambiguous keys that one
	// source gave to several records; There those that are in the target by themselves.
	Matched   int64 `json:"matched"`
	Ambiguous int64 `json:"ambiguous"`
	There     int64 `json:"there"`
	// Sources says, per source, how many it alone has and how many have no key.
	Sources []Share `json:"sources"`
	Facts   []Fact  `json:"facts"`
	// Brought names the fields that come along from other sources, with how many have a value.
	Brought []Came `json:"brought"`
	// Survivor is the object whose records survive as a rule.
	Survivor model.Object `json:"survivor"`
}

// Share is the part of one source.
type Share struct {
	Source  string       `json:"source"`
	Object  model.Object `json:"object"`
	Records int64        `json:"records"`
	Alone   int64        `json:"alone"`
	Keyless int64        `json:"keyless"`
	// Ambiguous counts its records whose key several have.
	Ambiguous int64 `json:"ambiguous"`
}

// Fact is one pair of fields with how the sources agree about it.
type Fact struct {
	Name       string                  `json:"name"`
	Fields     map[model.Object]string `json:"fields"`
	Confidence int                     `json:"confidence"`
	// Order of the sources by which it is decided, and whether it is of its own.
	Order []string `json:"order"`
	Own   bool     `json:"own"`
	// Both have a value, and of those Differ; Fills gets a value where the survivor has none;
	// Changes is whose value becomes another one.
	Both     int64     `json:"both"`
	Differ   int64     `json:"differ"`
	Fills    int64     `json:"fills"`
	Changes  int64     `json:"changes"`
	Examples []Example `json:"examples"`
}

// Example is one record about which the sources disagree.
type Example struct {
	Object model.Object `json:"object"`
	ID     string       `json:"id"`
	Seq    int64        `json:"seq"`
	Name   string       `json:"name"`
	// Says by source; Before is what the survivor says, After what it will say, From whom.
	Says   []Saying `json:"says"`
	Before string   `json:"before"`
	After  string   `json:"after"`
	From   string   `json:"from"`
}

// Saying is what one source says.
type Saying struct {
	Source string `json:"source"`
	Value  string `json:"value"`
}

// Came is a field that comes along.
type Came struct {
	Field string `json:"field"`
	Count int64  `json:"count"`
}

// Look says what a rule comes to, and keeps the records behind each figure so that they can
// be opened. It decides nothing.
func Look(ctx context.Context, db *store.DB, src model.Schema, r Rule) (v View, err error) {
	r = r.complete(src)
	if err := r.Check(src); err != nil {
		return v, err
	}
	w := &watcher{seqs: map[model.Object]map[string]map[string][]int64{}}
	err = db.Read(ctx, func(tx *store.Tx) error {
		inForce, _, _, err := InForce(tx, r.Object)
		if err != nil {
			return err
		}
		s, err := gather(ctx, tx, src, r, inForce.ID)
		if err != nil {
			return err
		}
		v = w.begin(src, r, s)
		v.Decision = inForce.ID
		_, err = w.all(ctx, tx, src, r, s, &v)
		return err
	})
	if err != nil {
		return v, err
	}
	return v, db.Write(ctx, func(tx *store.Tx) error { return w.keep(tx, src, r) })
}

// watcher counts while groups are weighed.
type watcher struct {
	// seqs behind the figures, by object, code and field.
	seqs map[model.Object]map[string]map[string][]int64
}

func (w *watcher) put(o model.Object, code, field string, seqs ...int64) {
	if w == nil {
		return
	}
	if w.seqs[o] == nil {
		w.seqs[o] = map[string]map[string][]int64{}
	}
	if w.seqs[o][code] == nil {
		w.seqs[o][code] = map[string][]int64{}
	}
	w.seqs[o][code][field] = append(w.seqs[o][code][field], seqs...)
}

// keep makes the figures open their records.
func (w *watcher) keep(tx *store.Tx, src model.Schema, r Rule) error {
	for _, o := range r.objects(src) {
		for _, code := range []string{CodeMatched, CodeAmbiguous, CodeThere, CodeAlone, CodeKeyless} {
			if err := tx.SetFound(o, code, "", w.seqs[o][code][""]); err != nil {
				return err
			}
		}
		for _, p := range r.Pairs {
			for _, code := range []string{CodeDiffers, CodeChanges} {
				if err := tx.SetFound(o, code, p.Name, w.seqs[o][code][p.Name]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *watcher) begin(src model.Schema, r Rule, s *sets) View {
	v := View{Rule: r, Title: r.Title(src), Matched: int64(len(s.matched)), Ambiguous: int64(len(s.ambiguous)), There: int64(len(s.there)), Facts: []Fact{}, Sources: []Share{}, Brought: []Came{}}
	if len(s.objects) > 0 {
		v.Survivor = s.objects[0]
	}
	for i, o := range s.objects {
		v.Sources = append(v.Sources, Share{Source: sourceName(o), Object: o, Alone: int64(len(s.alone[i])), Keyless: int64(len(s.keyless[i])), Records: int64(len(s.alone[i]) + len(s.keyless[i]))})
		w.put(o, CodeAlone, "", s.alone[i]...)
		w.put(o, CodeKeyless, "", s.keyless[i]...)
	}
	for _, x := range []struct {
		code string
		list []group
	}{{CodeMatched, s.matched}, {CodeAmbiguous, s.ambiguous}, {CodeThere, s.there}} {
		for _, g := range x.list {
			for _, m := range g.members {
				v.Sources[m.object].Records++
				if x.code == CodeAmbiguous {
					v.Sources[m.object].Ambiguous++
				}
				w.put(s.objects[m.object], x.code, "", m.seq)
			}
		}
	}
	for _, p := range r.Pairs {
		v.Facts = append(v.Facts, Fact{Name: p.Name, Fields: p.Fields, Confidence: p.Confidence, Order: slices.Clone(r.order(p.Name)), Own: len(r.Fields[p.Name]) > 0, Examples: []Example{}})
	}
	return v
}

// all weighs all groups that match, counts in v if it is not nil, and gives what the
// survivors get.
func (w *watcher) all(ctx context.Context, tx *store.Tx, src model.Schema, r Rule, s *sets, v *View) ([]store.Fix, error) {
	sc := newScale(tx, src, r, s.objects)
	fixes := []store.Fix{}
	came := map[string]int64{}
	for part := range slices.Chunk(s.matched, chunk) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := rowsOf(tx, s.objects, part)
		if err != nil {
			return nil, err
		}
		for _, g := range part {
			o := sc.open(g, rows)
			n := 0
			mine, err := sc.facts(o, func(p Pair, f fact, x store.Fix, changes bool) {
				if v != nil {
					w.count(sc, o, &v.Facts[n], f, x, changes)
				}
				n++
			})
			if err != nil {
				return nil, err
			}
			if v != nil {
				for _, x := range mine {
					if !slices.ContainsFunc(r.Pairs, func(p Pair) bool { return p.Fields[s.objects[o.members[o.lives].object]] == x.Field }) {
						came[x.Field]++
					}
				}
				continue // only counted: nothing is kept of so many
			}
			more, ok, err := sc.addresses(o, mine)
			if err != nil {
				return nil, err
			}
			if ok {
				mine = append(mine, more)
			}
			fixes = append(fixes, mine...)
		}
	}
	if v != nil {
		for f, n := range came {
			v.Brought = append(v.Brought, Came{f, n})
		}
		slices.SortFunc(v.Brought, func(a, b Came) int {
			if a.Field < b.Field {
				return -1
			}
			return 1
		})
	}
	return fixes, nil
}

// count takes one fact of one group into the figures.
func (w *watcher) count(s *scale, g open, to *Fact, f fact, x store.Fix, changes bool) {
	filled := 0
	for _, a := range f.all {
		if a.same != "" {
			filled++
		}
	}
	if filled > 1 {
		to.Both++
	}
	lives := g.members[g.lives]
	if f.differ {
		to.Differ++
		for _, m := range g.members {
			w.put(s.objects[m.object], CodeDiffers, to.Name, m.seq)
		}
	}
	if changes {
		w.put(s.objects[lives.object], CodeChanges, to.Name, lives.seq)
		if f.own < 0 || f.all[f.own].same == "" {
			to.Fills++
		} else {
			to.Changes++
		}
	}
	if !f.differ || len(to.Examples) >= mostExamples {
		return
	}
	row := g.rows[g.lives]
	e := Example{Object: row.Record.Key.Object, ID: row.Record.Key.ID, Seq: row.Seq, Name: row.Name, Says: []Saying{}}
	for _, a := range f.all {
		e.Says = append(e.Says, Saying{sourceName(s.objects[a.object]), a.shown(s)})
	}
	if f.own >= 0 {
		e.Before = f.all[f.own].shown(s)
	}
	e.After = e.Before
	if changes {
		e.After, e.From = shownFix(x, f.all[f.wins], s), sourceName(s.objects[f.all[f.wins].object])
	} else if f.wins >= 0 {
		e.From = sourceName(s.objects[f.all[f.wins].object])
	}
	to.Examples = append(to.Examples, e)
}

// shown is what a member says as people see it.
func (x says) shown(s *scale) string {
	if x.col.Type != model.LinkType {
		return x.col.shown(x.raw)
	}
	spots, err := s.tx.Resolve(x.refs, 0)
	if err != nil {
		return ""
	}
	for _, ref := range x.refs {
		if spot, ok := spots[ref]; ok && spot.Name != "" {
			return spot.Name
		}
	}
	if len(x.refs) > 0 {
		return x.refs[0].Value
	}
	return ""
}

func shownFix(x store.Fix, wins says, s *scale) string {
	if x.How != store.FixValue {
		return wins.shown(s)
	}
	var v any
	if err := json.Unmarshal([]byte(x.Value), &v); err != nil {
		return ""
	}
	if list, ok := v.([]any); ok {
		all := make([]string, len(list))
		for i, y := range list {
			all[i] = model.Plain(y)
		}
		return (&column{Field: model.Field{Type: model.Tags}}).shown(all)
	}
	return model.Plain(v)
}
