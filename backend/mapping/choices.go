package mapping

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/xrash/smetrics"

	"waybill/backend/model"
)

// match is the option that a value should become.
type match struct {
	to     string
	sure   bool
	how    string // in words, for the reason
	direct bool   // the value is the option, but for case and blanks
}

// chooser finds options for values.
type chooser struct {
	options []model.Choice
	exact   map[string]string // folded value or title -> option
	set     valueSet
	byWord  map[string]string // meaning -> option, only where one option has it
}

func newChooser(options []model.Choice, concept string) *chooser {
	c := &chooser{options: options, exact: map[string]string{}, byWord: map[string]string{}}
	switch concept {
	case "status":
		c.set = statusWords
	case "priority", "urgency", "impact":
		c.set = priorityWords
	case "channel":
		c.set = channelWords
	case "type":
		c.set = typeWords
	case "role":
		c.set = roleWords
	case "public", "private", "visibility":
		c.set = publicWords
	}
	for _, o := range options {
		c.exact[plain(o.Title)] = o.Value
	}
	for _, o := range options {
		c.exact[plain(o.Value)] = o.Value
	}
	twice := map[string]bool{}
	for _, o := range options {
		word := c.meaning(plain(o.Value))
		if word == "" {
			word = c.meaning(plain(o.Title))
		}
		if word == "" {
			continue
		}
		if _, dup := c.byWord[word]; dup {
			twice[word] = true
		}
		c.byWord[word] = o.Value
	}
	for w := range twice {
		delete(c.byWord, w)
	}
	delete(c.exact, "")
	// A desk has one of these two, or both; with one it stands for the other.
	for _, w := range [][2]string{{"hold", "pending"}, {"pending", "hold"}} {
		if to, ok := c.byWord[w[1]]; ok && c.byWord[w[0]] == "" && !twice[w[0]] {
			c.byWord[w[0]] = to
		}
	}
	return c
}

// meaning of an option: the concept of that very name before any synonym.
func (c *chooser) meaning(word string) string {
	for _, m := range c.set.sure {
		if m == word {
			return m
		}
	}
	return c.set.sure[word]
}

var numbered = regexp.MustCompile(`^(?:\d{1,2}|p\d)\s*[-–.:)]\s*(\S.*)$`)

// find gives the best option for a value; ok is false when there is nothing near.
func (c *chooser) find(value string) (m match, ok bool) {
	v := plain(value)
	if v == "" {
		return match{}, false
	}
	if to, ok := c.exact[v]; ok {
		return match{to: to, sure: true, how: "the same word", direct: true}, true
	}
	words := []string{v}
	if sub := numbered.FindStringSubmatch(strings.ToLower(strings.TrimSpace(value))); sub != nil {
		words = append(words, plain(sub[1]))
	}
	for _, w := range words {
		if to, ok := c.exact[w]; ok {
			return match{to: to, sure: true, how: "the same word"}, true
		}
		if to, ok := c.byWord[c.set.sure[w]]; ok {
			return match{to: to, sure: true, how: "the same meaning"}, true
		}
		for start, word := range c.set.starts {
			if to, ok := c.byWord[word]; ok && strings.HasPrefix(w, start) {
				return match{to: to, sure: true, how: "the same meaning"}, true
			}
		}
		if to, ok := c.byWord[c.set.likely[w]]; ok {
			return match{to: to, how: "a near meaning"}, true
		}
	}
	return c.near(words[len(words)-1])
}

// near finds the option, or a word for it, that a value is a typing mistake of.
func (c *chooser) near(v string) (match, bool) {
	type candidate struct {
		to, word string
		score    float64
	}
	tops := map[string]candidate{} // the nearest word of each option
	try := func(word, to string) {
		if to == "" || negated(v, word) {
			return
		}
		k := candidate{to, word, likeness(v, word)}
		if old, ok := tops[to]; !ok || k.score > old.score || k.score == old.score && k.word < old.word {
			tops[to] = k
		}
	}
	for w, to := range c.exact {
		try(w, to)
	}
	for w, m := range c.set.sure {
		try(w, c.byWord[m])
	}
	list := slices.SortedFunc(maps.Values(tops), func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.word, b.word))
	})
	if len(list) == 0 {
		return match{}, false
	}
	best, bestScore, bestDist := list[0], list[0].score, distance(v, list[0].word)
	clear := len(list) == 1 || bestScore-list[1].score >= 0.08
	n := len([]rune(best.word))
	if clear && (bestDist <= 1 && n >= 4 || bestDist <= 2 && n >= 6) {
		return match{to: best.to, sure: true, how: "a typing mistake"}, true
	}
	if bestScore >= 0.80 || n >= 4 && (strings.Contains(v, best.word) || strings.Contains(best.word, v) && len(v) >= 4) {
		return match{to: best.to, how: "a similar word"}, true
	}
	return match{}, false
}

// negated guards against "unsolved" becoming "solved".
func negated(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	rest, ok := strings.CutSuffix(a, b)
	if !ok {
		return false
	}
	switch strings.TrimSpace(rest) {
	case "un", "in", "im", "non", "not", "nicht", "no", "kein", "dis", "re", "ab", "wieder":
		return true
	}
	return false
}

func likeness(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	return smetrics.JaroWinkler(a, b, 0.7, 4)
}

// distance counts the typing mistakes between two short words: letters that are
// missing, surplus, wrong, or swapped with their neighbour.
func distance(a, b string) int {
	r, s := []rune(a), []rune(b)
	if len(r) > 64 || len(s) > 64 {
		return 99
	}
	before, last, row := make([]int, len(s)+1), make([]int, len(s)+1), make([]int, len(s)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(r); i++ {
		row[0] = i
		for j := 1; j <= len(s); j++ {
			cost := 1
			if r[i-1] == s[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && r[i-1] == s[j-2] && r[i-2] == s[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(s)]
}

// Nearest finds the choice that a wrong value most likely meant, for messages.
// Empty when none is near.
func Nearest(value string, choices []string) string {
	options := make([]model.Choice, len(choices))
	for i, c := range choices {
		options[i] = model.Choice{Value: c}
	}
	if m, ok := newChooser(options, "").find(value); ok {
		return m.to
	}
	best, score := "", 0.72
	v := plain(value)
	for _, c := range choices {
		if s := likeness(v, plain(c)); s > score {
			best, score = c, s
		}
	}
	return best
}

// NearestOption finds the option that a value of a field most likely meant.
func NearestOption(value string, f model.Field) (model.Choice, bool) {
	m, ok := newChooser(f.Options, concept(f)).find(value)
	if !ok {
		return model.Choice{}, false
	}
	for _, o := range f.Options {
		if o.Value == m.to {
			return o, true
		}
	}
	return model.Choice{}, false
}
