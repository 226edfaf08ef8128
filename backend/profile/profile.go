// Package profile measures the stage: per object how many records, repeated keys,
// links that lead nowhere, ages; per field how full it is, what is in it and how
// long. Every figure can be opened again by a filter of the store.
package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"

	"waybill/backend/formula"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// Blanks are the characters that count as blank, as the store's filters count them.
const Blanks = "\t\n\v\f\r \u00a0"

// Object is the profile of one object.
type Object struct {
	Object        model.Object `json:"object"`
	Rows          int64        `json:"rows"`
	DuplicateKeys int64        `json:"duplicate_keys"`
	Orphans       []Orphan     `json:"orphans"`
	Fields        []Field      `json:"fields"`
	Ages          []Age        `json:"ages"`
	Findings      []Finding    `json:"findings"`
}

// Orphan counts links that lead nowhere.
type Orphan struct {
	Field  string `json:"field"`
	To     string `json:"to"`
	Count  int64  `json:"count"`
	Linked int64  `json:"linked"`
}

// Field is the profile of one field.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Filled holds something, Blank only blanks, Empty nothing at all; they add up to the rows.
	Filled   int64 `json:"filled"`
	Blank    int64 `json:"blank"`
	Empty    int64 `json:"empty"`
	Distinct int64 `json:"distinct"`
	// Exact is false when Distinct and Top are estimates.
	Exact    bool                 `json:"exact"`
	Longest  int                  `json:"longest"`
	Shortest int                  `json:"shortest"`
	Top      []mapping.ValueCount `json:"top"`
	Min      string               `json:"min"`
	Max      string               `json:"max"`
	Format   string               `json:"format"`
}

// Age counts the records of one year.
type Age struct {
	Year  string `json:"year"`
	Count int64  `json:"count"`
}

// keepDistinct hashes are remembered per field before the figure becomes an estimate;
// a variable so that tests reach it with little data.
var keepDistinct = 200_000

const (
	// keepTop values are remembered exactly per field before rare ones are forgotten.
	keepTop = 20_000

	// topShown values are kept in the profile; value lists need all options of a field.
	topShown = 300
	// clipValue bounds the text of a remembered value.
	clipValue = 400
)

// Run measures one object and keeps the result in the project.
func Run(ctx context.Context, db *store.DB, shape model.ObjectSchema, p *job.Progress) (Object, error) {
	o := shape.Object
	out := Object{Object: o, Orphans: []Orphan{}, Fields: []Field{}, Ages: []Age{}, Findings: []Finding{}}
	meters := map[string]*meter{}
	order := []string{}
	add := func(name string, f model.Field) *meter {
		m := newMeter(name, f)
		if o != model.Contact && o != model.Agent {
			m.addresses = nil // only people are told apart by them
		}
		meters[name] = m
		order = append(order, name)
		return m
	}
	for _, f := range shape.Fields {
		add(f.Name, f)
	}
	ages := map[string]int64{}
	when := AgeField(shape)
	after, seen := int64(0), int64(0)
	for {
		if err := p.Checkpoint(ctx); err != nil {
			return out, err
		}
		var rows []store.Row
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.Records(store.Filter{Object: o}, after, 1000)
			return err
		})
		if err != nil {
			return out, err
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].Seq
		for _, row := range rows {
			values, err := model.Values(row.Record.Raw)
			if err != nil || unread(row, values) {
				continue // a row that could not be read has no fields; it is counted as held
			}
			seen++
			for name, v := range values {
				m := meters[name]
				if m == nil {
					m = add(name, model.Field{Name: name, Type: model.Text})
				}
				m.see(model.Plain(v))
			}
			if when.Name != "" {
				ages[Year(model.Plain(values[when.Name]), when)]++
			}
		}
		p.Add(int64(len(rows)), 0)
	}
	for _, name := range order {
		out.Fields = append(out.Fields, meters[name].result(seen))
	}
	for y, n := range ages {
		out.Ages = append(out.Ages, Age{Year: y, Count: n})
	}
	sort.Slice(out.Ages, func(i, j int) bool { return out.Ages[i].Year < out.Ages[j].Year })
	err := db.Write(ctx, func(tx *store.Tx) (err error) {
		if out.Rows, err = tx.Count(store.Filter{Object: o}); err != nil {
			return err
		}
		if out.DuplicateKeys, err = tx.Count(store.Filter{Object: o, Op: "repeated_key"}); err != nil {
			return err
		}
		links, err := tx.LinkCounts(o)
		if err != nil {
			return err
		}
		for _, l := range links {
			to := make([]string, len(l.To))
			for i, x := range l.To {
				to[i] = string(x)
			}
			out.Orphans = append(out.Orphans, Orphan{Field: l.Role, To: strings.Join(to, ", "), Count: l.Broken, Linked: l.Linked})
		}
		held, err := tx.Count(store.Filter{Object: o, Fates: []model.Fate{model.Held}, HeldBy: "stage"})
		if err != nil {
			return err
		}
		out.Findings = find(out, shape, held, meters)
		body, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return tx.SaveProfile(o, string(body))
	})
	if err != nil {
		return out, fmt.Errorf("profile %s: %w", o, err)
	}
	return out, nil
}

// unread tells a row that was staged as plain text because it could not be read.
func unread(row store.Row, values map[string]any) bool {
	if row.Fate != model.Held && row.Fate != model.LeftOut {
		return false
	}
	_, only := values["value"]
	return only && len(values) == 1 && len(row.Record.Raw) > 0 && row.Record.Raw[0] == '"'
}

// Load gives the kept profiles in loading order.
func Load(tx *store.Tx) ([]Object, error) {
	bodies, err := tx.Profiles()
	if err != nil {
		return nil, err
	}
	objects, err := tx.Objects()
	if err != nil {
		return nil, err
	}
	out := []Object{}
	for _, o := range objects {
		body, ok := bodies[o]
		if !ok {
			continue
		}
		var x Object
		if err := json.Unmarshal([]byte(body), &x); err != nil {
			return nil, fmt.Errorf("profile of %s: %w", o, err)
		}
		out = append(out, x)
	}
	return out, nil
}

// Stats gives what suggestions need to know.
func Stats(all []Object) mapping.Stats {
	out := mapping.Stats{}
	for _, o := range all {
		out[o.Object] = map[string]mapping.FieldStats{}
		for _, f := range o.Fields {
			out[o.Object][f.Name] = mapping.FieldStats{
				Rows: o.Rows, Filled: f.Filled, Distinct: f.Distinct, Longest: f.Longest, Top: f.Top,
				Complete: f.Exact && int64(len(f.Top)) == f.Distinct,
			}
		}
	}
	return out
}

// meter measures one field in one pass.
type meter struct {
	field         model.Field
	filled, blank int64
	longest       int
	shortest      int
	top           map[string]int64
	topExact      bool
	set           map[uint64]struct{}
	sketch        *hyperloglog.Sketch
	min, max      string
	odd           oddities
	// addresses are the values of a field of addresses, folded; repeats counts those
	// that were there before. They are counted apart: top forgets rare values.
	addresses map[uint64]struct{}
	repeats   int64
}

func newMeter(name string, f model.Field) *meter {
	f.Name = name
	var addresses map[uint64]struct{}
	if holdsAddresses(name, f.Type) {
		addresses = map[uint64]struct{}{}
	}
	return &meter{addresses: addresses, field: f, top: map[string]int64{}, topExact: true, set: map[uint64]struct{}{}, shortest: -1}
}

func (m *meter) see(v string) {
	if v == "" {
		return
	}
	if strings.Trim(v, Blanks) == "" {
		m.blank++
		return
	}
	m.filled++
	n := utf8.RuneCountInString(v)
	m.longest = max(m.longest, n)
	if m.shortest < 0 || n < m.shortest {
		m.shortest = n
	}
	m.odd.see(v)
	m.count(v)
	if m.addresses != nil {
		h := xxhash.Sum64String(strings.ToLower(strings.Trim(v, Blanks)))
		if _, ok := m.addresses[h]; ok {
			m.repeats++
		} else {
			m.addresses[h] = struct{}{}
		}
	}
	if key := m.sortable(v); key != "" {
		if m.min == "" || key < m.min {
			m.min = key
		}
		if key > m.max {
			m.max = key
		}
	}
}

func (m *meter) count(v string) {
	h := xxhash.Sum64String(v)
	if m.sketch != nil {
		m.sketch.InsertHash(h)
	} else {
		m.set[h] = struct{}{}
		if len(m.set) > keepDistinct {
			m.sketch = hyperloglog.New14()
			for x := range m.set {
				m.sketch.InsertHash(x)
			}
			m.set = nil
		}
	}
	if m.top == nil {
		return
	}
	if len(v) > clipValue {
		m.top, m.topExact = nil, false // long texts are not a list of values
		return
	}
	m.top[v]++
	if len(m.top) > keepTop {
		for k, n := range m.top {
			if n == 1 {
				delete(m.top, k)
			}
		}
		m.topExact = false
		if len(m.top) > keepTop/2 {
			m.top = nil
		}
	}
}

// sortable gives a text whose order is the value's order, for dates; others have none.
func (m *meter) sortable(v string) string {
	if m.field.Type != model.Date && m.field.Type != model.DateTime {
		return ""
	}
	t, _, err := formula.ParseDate(v, m.field.Format, m.field.Zone)
	if err != nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func (m *meter) result(rows int64) Field {
	f := Field{
		Name: m.field.Name, Type: string(m.field.Type), Filled: m.filled, Blank: m.blank, Empty: rows - m.filled - m.blank, Exact: true,
		Longest: m.longest, Shortest: max(m.shortest, 0), Top: []mapping.ValueCount{}, Min: m.min, Max: m.max, Format: m.field.Format,
	}
	if m.sketch != nil {
		f.Exact, f.Distinct = false, int64(m.sketch.Estimate())
	} else {
		f.Distinct = int64(len(m.set))
	}
	for v, n := range m.top {
		f.Top = append(f.Top, mapping.ValueCount{Value: v, Count: n})
	}
	sort.Slice(f.Top, func(i, j int) bool {
		if f.Top[i].Count != f.Top[j].Count {
			return f.Top[i].Count > f.Top[j].Count
		}
		return f.Top[i].Value < f.Top[j].Value
	})
	if !m.topExact || int64(len(f.Top)) == f.Distinct && f.Distinct > 50 && len(f.Top) > 0 && f.Top[0].Count == 1 {
		f.Top = f.Top[:min(len(f.Top), 10)]
	}
	f.Top = f.Top[:min(len(f.Top), topShown)]
	return f
}

// AgeField is the date by which people think of a record's age.
func AgeField(shape model.ObjectSchema) model.Field {
	var first model.Field
	for _, f := range shape.Fields {
		if f.Type != model.DateTime && f.Type != model.Date {
			continue
		}
		n := strings.ToLower(f.Name)
		for _, w := range []string{"created", "opened", "open_time", "open time", "erstellt", "eröffnet", "date"} {
			if strings.Contains(n, w) {
				return f
			}
		}
		if first.Name == "" {
			first = f
		}
	}
	return first
}

// Year says which bar of the ages a value of the age field belongs to.
func Year(v string, f model.Field) string {
	if strings.Trim(v, Blanks) == "" {
		return "no date"
	}
	t, _, err := formula.ParseDate(v, f.Format, f.Zone)
	if err != nil {
		return "not a date"
	}
	return t.UTC().Format("2006")
}
