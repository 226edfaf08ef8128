package mapping

import (
	"slices"
	"strings"

	"waybill/backend/model"
)

// Complete gives a value list that has every value of the source: the lines that are there
// with their counts as they are now, in their order; then what is new, with the nearest
// option where there is one. Only a match that leaves no doubt decides a new line. Lines
// whose value no record has any more stay, with no count.
func Complete(f FieldMap, t model.Field, counts []ValueCount) []ValuePair {
	now := map[string]int64{}
	for _, c := range counts {
		now[c.Value] = c.Count
	}
	out := slices.Clone(f.Values)
	known := map[string]bool{}
	exact := map[string]bool{}
	for i := range out {
		out[i].Count = now[out[i].From]
		known[foldCell(out[i].From)], exact[out[i].From] = true, true
	}
	c := newChooser(t.Options, concept(t))
	for _, v := range counts {
		if exact[v.Value] {
			continue
		}
		if known[foldCell(v.Value)] { // another spelling of a line that is there: it counts there
			for i := range out {
				if foldCell(out[i].From) == foldCell(v.Value) {
					out[i].Count += v.Count
					break
				}
			}
			continue
		}
		out = append(out, c.propose(v))
	}
	return out
}

// propose makes a line for a value that was seen.
func (c *chooser) propose(v ValueCount) ValuePair {
	p := ValuePair{From: v.Value, Count: v.Count}
	if m, ok := c.find(v.Value); ok {
		p.To, p.Decided, p.Confidence, p.Reason = m.to, m.sure, m.confidence(), "It is "+m.how+"."
	}
	return p
}

// confidence of a match in percent.
func (m match) confidence() int {
	switch {
	case m.direct:
		return 99
	case m.how == "the same word":
		return 97
	case m.how == "the same meaning":
		return 92
	case m.how == "a typing mistake":
		return 88
	case m.how == "a near meaning":
		return 70
	}
	return 60
}

// lostBy tells whether a value loses its meaning in an option: "pending" that becomes "open"
// (P-60). What has no meaning of its own, or the same, loses nothing.
func (c *chooser) lostBy(value, option string) bool {
	own := c.set.sure[plain(value)]
	if own == "" {
		for start, word := range c.set.starts {
			if strings.HasPrefix(plain(value), start) {
				own = word
			}
		}
	}
	if own == "" || option == "" {
		return false
	}
	for _, o := range c.options {
		if o.Value != option {
			continue
		}
		is := c.meaning(plain(o.Value))
		if is == "" {
			is = c.meaning(plain(o.Title))
		}
		return is != "" && is != own
	}
	return false
}

// fewStates: a target with so few states surely mixes what the source keeps apart.
const fewStates = 3

// keepLost proposes to keep the words that a short list of states would lose, as tags (P-60).
func (s suggester) keepLost(t model.Field, m *FieldMap) {
	if concept(t) != "status" || len(t.Options) == 0 || len(t.Options) > fewStates {
		return
	}
	var to string
	for _, f := range s.dst.Fields {
		if f.Type == model.Tags && !f.ReadOnly && concept(f) == "tags" {
			to = f.Name
		}
	}
	if to == "" {
		return
	}
	c := newChooser(t.Options, concept(t))
	lost := 0
	for i := range m.Values {
		if p := &m.Values[i]; p.Decided && c.lostBy(p.From, p.To) {
			p.Keep = true
			lost++
		}
	}
	if lost == 0 {
		return
	}
	m.Keep = &Keep{Field: to, Prefix: "status_"}
	m.Reason += " " + strings.ToUpper(count(lost, "value")[:1]) + count(lost, "value")[1:] + " would lose their meaning; a tag keeps it."
}
