package find

import (
	mathbits "math/bits"
	"strings"
	"unicode/utf8"

	"waybill/backend/model"
	"waybill/backend/store"
)

func trailing(w uint64) int { return mathbits.TrailingZeros64(w) }

// Part is a piece of a text; Mark says that it was looked for.
type Part struct {
	Text string `json:"text"`
	Mark bool   `json:"mark"`
}

// Place is where the words of a query were found.
type Place struct {
	// Object and ID of the record that has them: the one that was found, or what belongs to it.
	Object model.Object
	ID     string
	Field  string
	Parts  []Part
}

// around is how much is shown before the first word that was found, and shown in all, in bytes.
const (
	around = 40
	shown  = 220
)

// Places shows where the words of a query stand, of each of some records that were found.
func (a *Answer) Places(tx *store.Tx, seqs []int64) (map[int64]Place, error) {
	below := a.below(seqs)
	all := append([]int64{}, seqs...)
	for _, from := range below {
		all = append(all, from)
	}
	list, err := tx.Texts(all)
	if err != nil {
		return nil, err
	}
	at := map[int64]store.Text{}
	for _, t := range list {
		at[t.Seq] = t
	}
	out := map[int64]Place{}
	for _, seq := range seqs {
		t := at[seq]
		from, ok := below[seq]
		if ok {
			t = at[from]
		}
		if t.Seq == 0 {
			continue // gone since
		}
		if p, ok := a.Query.place(t); ok {
			out[seq] = p
		}
	}
	return out, nil
}

// mark is a part of a text that was looked for.
type mark struct{ from, to, clause int }

// place finds the field that shows most of what was looked for.
func (q Query) place(t store.Text) (Place, bool) {
	var best Place
	most := 0
	eachPiece(t, func(field, text string) {
		marks := q.marks(text)
		var seen uint64
		for _, m := range marks {
			seen |= 1 << (m.clause & 63)
		}
		n := mathbits.OnesCount64(seen)
		if n > most { // the first of equals
			most = n
			best = Place{Object: t.Object, ID: t.ID, Field: field, Parts: cut(text, marks)}
		}
	})
	return best, most > 0
}

// marks finds the words of a query in a text, in their order, none over another.
func (q Query) marks(text string) []mark {
	type token struct {
		key      string
		from, to int
	}
	tokens := []token{}
	eachWord(text, func(key []byte, from, to int) { tokens = append(tokens, token{string(key), from, to}) })
	out := []mark{}
	for i := 0; i < len(tokens); i++ {
		for n, c := range q.clauses {
			if i+len(c.words) > len(tokens) {
				continue
			}
			fits := true
			for k, w := range c.words {
				key := tokens[i+k].key
				if key != w && !(c.begins && k == len(c.words)-1 && strings.HasPrefix(key, w)) {
					fits = false
					break
				}
			}
			if fits {
				out = append(out, mark{tokens[i].from, tokens[i+len(c.words)-1].to, n})
				i += len(c.words) - 1
				break
			}
		}
	}
	return out
}

// cut gives a piece of a text around the first mark, with the marks in it.
func cut(text string, marks []mark) []Part {
	if len(marks) == 0 {
		return []Part{}
	}
	from := 0
	if marks[0].from > around+20 {
		from = marks[0].from - around
		for from < marks[0].from && !utf8.RuneStart(text[from]) {
			from++
		}
		if k := strings.IndexByte(text[from:marks[0].from], ' '); k >= 0 { // not in the middle of a word
			from += k + 1
		}
	}
	to := min(len(text), max(from+shown, marks[0].to))
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	out := []Part{}
	add := func(s string, marked bool) {
		if s = strings.Map(oneLine, s); s != "" {
			out = append(out, Part{Text: s, Mark: marked})
		}
	}
	lead := ""
	if from > 0 {
		lead = "…"
	}
	at := from
	for _, m := range marks {
		if m.to > to {
			break
		}
		add(lead+text[at:m.from], false)
		lead = ""
		add(text[m.from:m.to], true)
		at = m.to
	}
	rest := text[at:to]
	if to < len(text) {
		rest += "…"
	}
	add(rest, false)
	return out
}

// oneLine keeps what would break or turn a line out of it.
func oneLine(r rune) rune {
	switch {
	case r < ' ' || r == 0x7F || r == 0x85 || r == 0x2028 || r == 0x2029:
		return ' '
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return -1
	}
	return r
}
