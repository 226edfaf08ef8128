package truth

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"waybill/backend/model"
	"waybill/backend/store"
)

// scale compares the members of groups, fact by fact.
type scale struct {
	tx      *store.Tx
	src     model.Schema
	rule    Rule
	objects []model.Object
	columns []map[string]*column
	// per object the field that says when a record was changed last, and its addresses.
	changed []*column
	mails   [][]*column
	only    [][][]model.Field
}

func newScale(tx *store.Tx, src model.Schema, r Rule, objects []model.Object) *scale {
	s := &scale{tx: tx, src: src, rule: r, objects: objects}
	shapes := make([]model.ObjectSchema, len(objects))
	for i, o := range objects {
		shape, _ := src.Object(o)
		shapes[i] = shape
		cols := map[string]*column{}
		mails := []*column{}
		for _, f := range shape.Fields {
			cols[f.Name] = newColumn(f)
			if f.Type == model.Email {
				mails = append(mails, cols[f.Name])
			}
		}
		s.columns, s.mails = append(s.columns, cols), append(s.mails, mails)
		s.changed = append(s.changed, cols[changedField(shape)])
	}
	s.only = make([][][]model.Field, len(objects))
	for from := range objects {
		s.only[from] = make([][]model.Field, len(objects))
		for to := range objects {
			if from != to && r.Bring {
				s.only[from][to] = r.only(shapes[from], shapes[to])
			}
		}
	}
	return s
}

// changedField is the field that says when a record was changed last; empty: there is none.
func changedField(shape model.ObjectSchema) string {
	for _, word := range []string{"updated", "modified", "changed", "last_change", "lastmod"} {
		for _, f := range shape.Fields {
			if (f.Type == model.DateTime || f.Type == model.Date) && strings.Contains(strings.ToLower(f.Name), word) {
				return f.Name
			}
		}
	}
	return ""
}

// says is what one member says about a fact.
type says struct {
	object int
	seq    int64
	raw    any
	refs   []model.Ref
	// same is its form to compare, empty when it says nothing.
	same string
	col  *column
}

// fact is what the members of a group say about one pair, and who is right.
type fact struct {
	all []says
	// own is what the survivor says, wins whose value counts; -1: nobody says anything.
	own, wins int
	differ    bool
}

// open is a group with its records taken apart.
type open struct {
	group
	rows   []store.Row
	values []map[string]any
	at     []time.Time
	lives  int
}

func (s *scale) open(g group, rows map[int64]store.Row) open {
	o := open{group: g, lives: g.survivor()}
	for _, m := range g.members {
		row := rows[m.seq]
		v := valuesOf(row)
		at := time.Time{}
		if c := s.changed[m.object]; c != nil && c.date != nil {
			if t, _, err := c.date.Parse(model.Plain(v[c.Name])); err == nil {
				at = t
			}
		}
		if at.IsZero() {
			if t, err := time.Parse(time.RFC3339, row.Record.Version); err == nil {
				at = t
			}
		}
		o.rows, o.values, o.at = append(o.rows, row), append(o.values, v), append(o.at, at)
	}
	return o
}

// weigh finds who is right about one pair.
func (s *scale) weigh(g open, p Pair) (fact, error) {
	f := fact{own: -1, wins: -1}
	said := map[int]int{} // member -> its place in all
	for i, m := range g.members {
		name, ok := p.Fields[s.objects[m.object]]
		if !ok {
			continue
		}
		col := s.columns[m.object][name]
		x := says{object: m.object, seq: m.seq, col: col}
		if col.Type == model.LinkType {
			if err := s.link(&x, g.rows[i], name); err != nil {
				return f, err
			}
		} else {
			x.raw = g.values[i][name]
			x.same = col.same(x.raw)
		}
		said[i] = len(f.all)
		f.all = append(f.all, x)
		if i == g.lives {
			f.own = said[i]
		}
	}
	first := ""
	for _, x := range f.all {
		switch {
		case x.same == "":
		case first == "":
			first = x.same
		case !equal(first, x.same):
			f.differ = true
		}
	}
	for _, who := range s.rule.order(p.Name) {
		if f.wins = s.first(g, f, said, who); f.wins >= 0 {
			break
		}
	}
	return f, nil
}

// first finds what one of the ranking says, if it says anything.
func (s *scale) first(g open, f fact, said map[int]int, who string) int {
	best := -1
	for i, m := range g.members {
		k, ok := said[i]
		if !ok || f.all[k].same == "" {
			continue
		}
		if who == Newest {
			if !g.at[i].IsZero() && (best < 0 || g.at[i].After(g.at[best])) {
				best = i
			}
			continue
		}
		if sourceName(s.objects[m.object]) == who {
			return k
		}
	}
	if best < 0 {
		return -1
	}
	return said[best]
}

// link follows where a record leads: two ways to name one are no difference.
func (s *scale) link(x *says, row store.Row, role string) error {
	for _, l := range row.Record.Links {
		if l.Role != role || len(l.To) == 0 {
			continue
		}
		x.refs = l.To
		spots, err := s.tx.Resolve(l.To, 0)
		if err != nil {
			return err
		}
		for _, ref := range l.To {
			if spot, ok := spots[ref]; ok {
				b, err := json.Marshal(spot.Seq)
				x.same = string(b)
				return err
			}
		}
	}
	return nil // one that leads nowhere says nothing
}

// fix is what the survivor gets so that it says what is right; ok is false when it says so
// already, or has no place for it.
func (s *scale) fix(g open, p Pair, f fact) (store.Fix, bool, error) {
	if f.wins < 0 || f.wins == f.own {
		return store.Fix{}, false, nil
	}
	lives := g.members[g.lives]
	name, ok := p.Fields[s.objects[lives.object]]
	if !ok {
		return store.Fix{}, false, nil
	}
	wins := f.all[f.wins]
	if f.own >= 0 && f.all[f.own].same != "" && equal(f.all[f.own].same, wins.same) {
		return store.Fix{}, false, nil
	}
	to := s.columns[lives.object][name]
	if (to.Type == model.LinkType) != (wins.col.Type == model.LinkType) {
		return store.Fix{}, false, nil
	}
	if to.Type == model.LinkType {
		b, err := json.Marshal(wins.refs)
		return store.Fix{Seq: lives.seq, Field: name, How: store.FixLink, Value: string(b)}, true, err
	}
	v, ok := wins.col.as(to, wins.raw)
	return store.Fix{Seq: lives.seq, Field: name, How: store.FixValue, Value: v}, ok, nil
}

// brought is what only other sources know of a group.
func (s *scale) brought(g open) ([]store.Fix, error) {
	out := []store.Fix{}
	lives := g.members[g.lives]
	for i, m := range g.members {
		if i == g.lives {
			continue
		}
		for _, f := range s.only[m.object][lives.object] {
			col := s.columns[m.object][f.Name]
			v := g.values[i][f.Name]
			if len(col.list(v)) == 0 {
				continue
			}
			b, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out = append(out, store.Fix{Seq: lives.seq, Field: Brought(f.Name, s.objects[m.object]), How: store.FixValue, Value: string(b)})
		}
	}
	return out, nil
}

// facts weighs all pairs of a group and gives what the survivor gets. see is told of each.
func (s *scale) facts(g open, see func(Pair, fact, store.Fix, bool)) ([]store.Fix, error) {
	out := []store.Fix{}
	for _, p := range s.rule.Pairs {
		f, err := s.weigh(g, p)
		if err != nil {
			return nil, err
		}
		x, changes, err := s.fix(g, p, f)
		if err != nil {
			return nil, err
		}
		if changes {
			out = append(out, x)
		}
		if see != nil {
			see(p, f, x, changes)
		}
	}
	more, err := s.brought(g)
	return append(out, more...), err
}

// addresses of the members that the survivor keeps besides its own.
func (s *scale) addresses(g open, fixes []store.Fix) (store.Fix, bool, error) {
	lives := g.members[g.lives]
	own := map[string]bool{}
	all := []string{}
	take := func(v any, col *column, mine bool) {
		for _, a := range col.list(v) {
			k := store.Fold(a)
			if !strings.Contains(k, "@") {
				continue
			}
			if mine {
				own[k] = true
			} else {
				all = append(all, a)
			}
		}
	}
	for i, m := range g.members {
		for _, col := range s.mails[m.object] {
			v := g.values[i][col.Name]
			replaced := false
			if i == g.lives {
				for _, x := range fixes {
					if x.Field == col.Name && x.How == store.FixValue {
						var now any
						if err := json.Unmarshal([]byte(x.Value), &now); err != nil {
							return store.Fix{}, false, err
						}
						take(model.Plain(now), col, true)
						replaced = true
					}
				}
			}
			take(v, col, i == g.lives && !replaced)
		}
	}
	more := []string{}
	for _, a := range all {
		if k := store.Fold(a); !own[k] {
			own[k] = true
			more = append(more, a)
		}
	}
	if len(more) == 0 {
		return store.Fix{}, false, nil
	}
	slices.Sort(more)
	b, err := json.Marshal(more)
	return store.Fix{Seq: lives.seq, Field: "addresses", How: store.FixAddresses, Value: string(b)}, true, err
}
