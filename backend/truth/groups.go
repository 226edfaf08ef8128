package truth

import (
	"context"
	"slices"
	"strings"

	"waybill/backend/model"
	"waybill/backend/store"
)

// page of records that are read at once.
const page = 1000

// member is a record that takes part.
type member struct {
	seq int64
	// object is its place in the list of objects.
	object int
	fate   model.Fate
}

// group is a key and who has it.
type group struct {
	key     string
	members []member
}

// sets is what a key makes of the records of several sources.
type sets struct {
	objects []model.Object
	// matched: at least two sources have one record each. ambiguous: one source has several.
	matched, ambiguous []group
	// there: at least two are in the target by themselves, and stay two.
	there []group
	// alone and keyless are, per object, the records that nobody else has, and those without a key.
	alone, keyless [][]int64
	// unseen are not in their source any more.
	unseen []int64
}

// keyClass is how the values of a key are compared.
type keyClass uint8

const (
	wordKey keyClass = iota
	mailKey
	phoneKey
	siteKey
)

// classOf a key: by the most particular type among its fields.
func classOf(src model.Schema, by map[model.Object]string) keyClass {
	class := wordKey
	for o, name := range by {
		shape, _ := src.Object(o)
		f, ok := shape.Field(name)
		if !ok {
			continue
		}
		n := strings.ToLower(name)
		switch {
		case f.Type == model.Email || strings.Contains(n, "mail"):
			return mailKey
		case f.Type == model.Phone:
			class = phoneKey
		case f.Type == model.URL || strings.Contains(n, "domain") || strings.Contains(n, "website"):
			class = siteKey
		}
	}
	return class
}

// keyOf is a value as the key of its record; empty: it has none.
func (c keyClass) keyOf(s string) string {
	switch c {
	case mailKey:
		s = store.Fold(s)
		if i, j := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>'); i >= 0 && j > i {
			s = s[i+1 : j]
		}
		return strings.TrimPrefix(s, "mailto:")
	case phoneKey:
		if d := digits(s); len(d) >= 6 {
			return d
		}
		return ""
	case siteKey:
		s = site(s)
		if i := strings.LastIndexByte(s, '@'); i >= 0 {
			s = s[i+1:]
		}
		return s
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// valuesOf a record; a row that could not be read has none.
func valuesOf(r store.Row) map[string]any {
	v, err := model.Values(r.Record.Raw)
	if err != nil {
		return map[string]any{}
	}
	return v
}

// keyer gives the key of a record.
func keyer(shape model.ObjectSchema, field string, class keyClass) func(store.Row) string {
	if field == "" {
		return func(r store.Row) string { return class.keyOf(r.Record.Key.ID) }
	}
	f, _ := shape.Field(field)
	col := newColumn(f)
	return func(r store.Row) string {
		if all := col.list(valuesOf(r)[field]); len(all) > 0 {
			return class.keyOf(all[0])
		}
		return ""
	}
}

// walk calls each with the records of an object that may take part: those that wait or are in
// the target, and those that the decision in force merged.
func walk(ctx context.Context, tx *store.Tx, o model.Object, inForce int64, each func(store.Row) error) error {
	fates := []model.Fate{model.Pending, model.Held, model.Moved}
	if inForce != 0 {
		fates = append(fates, model.Merged)
	}
	for after := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := tx.Records(store.Filter{Object: o, Fates: fates}, after, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Seq
		for _, r := range rows {
			if r.RepeatOf != "" || r.Fate == model.Merged && r.Decision != inForce {
				continue
			}
			if err := each(r); err != nil {
				return err
			}
		}
	}
}

// gather sorts the records of all sources by the key of a rule.
func gather(ctx context.Context, tx *store.Tx, src model.Schema, r Rule, inForce int64) (*sets, error) {
	s := &sets{objects: r.objects(src)}
	s.alone, s.keyless = make([][]int64, len(s.objects)), make([][]int64, len(s.objects))
	held, err := tx.HeldOf(inForce)
	if err != nil {
		return nil, err
	}
	class := classOf(src, r.By)
	at := map[string]int{}
	groups := []group{}
	for i, o := range s.objects {
		shape, _ := src.Object(o)
		key := keyer(shape, r.By[o], class)
		gone, err := tx.Unseen(o, inForce)
		if err != nil {
			return nil, err
		}
		unseen := map[int64]bool{}
		for _, seq := range gone {
			unseen[seq] = true
		}
		s.unseen = append(s.unseen, gone...)
		err = walk(ctx, tx, o, inForce, func(row store.Row) error {
			if unseen[row.Seq] {
				return nil
			}
			k := key(row)
			if k == "" {
				s.keyless[i] = append(s.keyless[i], row.Seq)
				return nil
			}
			n, ok := at[k]
			if !ok {
				n = len(groups)
				at[k] = n
				groups = append(groups, group{key: k})
			}
			m := member{row.Seq, i, row.Fate}
			if m.fate == model.Merged { // as it would be without the decision
				if m.fate = model.Pending; held[m.seq] {
					m.fate = model.Held
				}
			}
			groups[n].members = append(groups[n].members, m)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, g := range groups {
		s.sort(g)
	}
	return s, nil
}

func (s *sets) sort(g group) {
	several, sources, moved := false, 0, 0
	seen := make([]bool, len(s.objects))
	for _, m := range g.members {
		if seen[m.object] {
			several = true
		} else {
			seen[m.object] = true
			sources++
		}
		if m.fate == model.Moved {
			moved++
		}
	}
	switch {
	case sources < 2:
		for _, m := range g.members {
			s.alone[m.object] = append(s.alone[m.object], m.seq)
		}
	case several:
		s.ambiguous = append(s.ambiguous, g)
	case moved > 1:
		s.there = append(s.there, g)
	default:
		s.matched = append(s.matched, g)
	}
}

// survivor is the record that the others of a group live on in: what is in the target
// already, else not one that is held back, else that of the source that stands first.
func (g group) survivor() int {
	rank := func(m member) int {
		switch m.fate {
		case model.Moved:
			return 0
		case model.Held:
			return 2
		}
		return 1
	}
	best := 0
	for i, m := range g.members {
		if rank(m) < rank(g.members[best]) {
			best = i
		}
	}
	return best
}

// rows of members, by their place in the stage.
func rowsOf(tx *store.Tx, objects []model.Object, groups []group) (map[int64]store.Row, error) {
	byObject := make([][]store.PlanItem, len(objects))
	for _, g := range groups {
		for _, m := range g.members {
			byObject[m.object] = append(byObject[m.object], store.PlanItem{Seq: m.seq})
		}
	}
	out := map[int64]store.Row{}
	for i, items := range byObject {
		if len(items) == 0 {
			continue
		}
		slices.SortFunc(items, func(a, b store.PlanItem) int { return int(a.Seq - b.Seq) })
		rows, err := tx.RowsAt(objects[i], items)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Seq] = r
		}
	}
	return out, nil
}
