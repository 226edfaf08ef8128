package profile

import (
	"bytes"
	"sort"
	"strings"
	"time"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
)

// meter measures one field in one pass. Each different value is looked at once, as long
// as a field has few of them; of a field with many, each value as it comes.
type meter struct {
	field         model.Field
	filled, blank int64
	// top remembers values with their counts, until there are too many; pruned: rare
	// ones were forgotten. distinct is only asked when top no longer knows.
	top      *values
	pruned   bool
	distinct *distinct
	// print is a fingerprint of all values with their places: two fields with one print
	// hold the same in every record.
	print uint64
	sum   totals
	// addresses are the values of a field of addresses, folded; repeats counts those
	// that were there before. They are counted apart: top forgets rare values.
	addresses *hashes
	repeats   int64
	dates     *formula.DateFormat
	now       int64
	// tests: the field is what people recognise a ticket by, and may say that it was a test.
	tests bool
}

func newMeter(o model.Object, f model.Field, now time.Time) *meter {
	m := &meter{field: f, top: &values{}, now: now.Unix()}
	m.sum.shortest, m.sum.shortestBytes = -1, -1
	// Only people are told apart by addresses.
	if holdsAddresses(f.Name, f.Type) && (o.Kind() == model.Contact || o.Kind() == model.Agent) {
		m.addresses = &hashes{}
	}
	if f.Type == model.Date || f.Type == model.DateTime {
		if d, err := formula.NewDateFormat(f.Format, f.Zone); err == nil { // a format that cannot be read dates nothing
			m.dates = d
		}
	}
	if f.Type == model.Tags || f.Type == model.Options {
		m.sum.tags = map[string]int64{}
	}
	return m
}

// blanksOnly says whether a value that is not empty holds only blanks.
func blanksOnly(v []byte) bool {
	if plainSign(v[0]) {
		return false
	}
	return len(bytes.Trim(v, Blanks)) == 0
}

// feed takes in one column of a block; before is how many records came before it.
func (m *meter) feed(b *block, c *column, before int64) {
	m.hash(b, c, before)
	if m.top == nil {
		m.filled += int64(len(c.cells))
		m.distinct.addAll(c.hashes)
		for _, x := range c.cells {
			m.look(b.arena[x.start:x.end], 1)
		}
		return
	}
	for i, x := range c.cells {
		v, h := b.arena[x.start:x.end], c.hashes[i]
		m.filled++
		if m.distinct != nil {
			m.distinct.add(h)
		}
		if m.top != nil && len(v) <= clipValue {
			m.top.add(h, v, 1)
			if m.top.n > keepTop {
				m.tooMany()
			}
			continue
		}
		if m.top != nil {
			m.forget() // long texts are not a list of values
			m.distinct.add(h)
		}
		m.look(v, 1)
	}
}

// hash hashes the values of a column, each once for all that asks for it, and drops those
// that hold only blanks.
func (m *meter) hash(b *block, c *column, before int64) {
	if cap(c.hashes) < len(c.cells) {
		c.hashes = make([]uint64, cap(c.cells))
	}
	hashes, n, print := c.hashes[:len(c.cells)], 0, m.print
	for i, x := range c.cells {
		v := b.arena[x.start:x.end]
		if !plainSign(v[0]) && blanksOnly(v) {
			m.blank++
			continue
		}
		h := hashOf(v)
		print += h * (uint64(before+int64(x.row))*0x9E3779B97F4A7C15 | 1)
		if m.addresses != nil && !m.addresses.add(hashOf(bytes.ToLower(trim(v)))) {
			m.repeats++
		}
		if n < i {
			c.cells[n] = x
		}
		hashes[n] = h
		n++
	}
	m.print, c.hashes, c.cells = print, hashes[:n], c.cells[:n]
}

// tooMany forgets rare values, or all when most values are rare.
func (m *meter) tooMany() {
	if int64(m.top.n)*100 > 40*m.filled {
		m.forget()
		return
	}
	m.remember()
	kept := &values{}
	m.top.each(func(v []byte, s *slot) {
		if s.times > 2 {
			kept.add(s.hash, v, s.times)
		} else {
			m.look(v, int64(s.times))
		}
	})
	m.pruned = true
	if m.top = kept; kept.n > keepTop/2 {
		m.forget()
	}
}

// remember hands the values so far to the counter of distinct ones.
func (m *meter) remember() {
	if m.distinct != nil {
		return
	}
	m.distinct = &distinct{}
	for i := range m.top.slots {
		if s := &m.top.slots[i]; s.times > 0 {
			m.distinct.add(s.hash)
		}
	}
}

// forget gives up the list of values.
func (m *meter) forget() {
	m.remember()
	m.top.each(func(v []byte, s *slot) { m.look(v, int64(s.times)) })
	m.top = nil
}

// look adds what a value says about itself, n times.
func (m *meter) look(v []byte, n int64) {
	var f facts
	f.look(v, m.now)
	if m.tests && testName(v) {
		f.marks |= markTest
	}
	m.sum.add(v, &f, n, m.field.Separator)
	if m.dates == nil {
		return
	}
	// The quick way where it surely says the same as the field's own format.
	if f.order == orderYear && m.field.Format == "" && (f.zoned || f.kind == KindDate) {
		m.sum.moment(f.at)
		return
	}
	if t, _, err := m.dates.Parse(string(v)); err == nil { // what is no date has no moment
		m.sum.moment(t.Unix())
	}
}

// result closes the measurement of a field that so many records could have.
func (m *meter) result(rows int64) Field {
	f := Field{
		Name: m.field.Name, Type: string(m.field.Type), Filled: m.filled, Blank: m.blank, Empty: rows - m.filled - m.blank,
		Exact: true, TopExact: !m.pruned, Top: []mapping.ValueCount{}, Format: m.field.Format,
	}
	if m.top != nil {
		m.top.each(func(v []byte, s *slot) {
			m.look(v, int64(s.times))
			f.Top = append(f.Top, mapping.ValueCount{Value: string(v), Count: int64(s.times)})
		})
		f.Distinct = int64(m.top.n)
	}
	if m.distinct != nil {
		f.Distinct, f.Exact = m.distinct.count()
	}
	sort.Slice(f.Top, func(i, j int) bool {
		if f.Top[i].Count != f.Top[j].Count {
			return f.Top[i].Count > f.Top[j].Count
		}
		return f.Top[i].Value < f.Top[j].Value
	})
	if m.pruned || int64(len(f.Top)) == f.Distinct && f.Distinct > 50 && len(f.Top) > 0 && f.Top[0].Count == 1 {
		f.Top = f.Top[:min(len(f.Top), 10)]
	}
	f.Top = f.Top[:min(len(f.Top), topShown)]
	m.sum.into(&f, m.field)
	return f
}

// holdsAddresses says whether people are told apart by a field.
func holdsAddresses(name string, t model.Type) bool {
	return t == model.Email || strings.Contains(strings.ToLower(name), "mail")
}
