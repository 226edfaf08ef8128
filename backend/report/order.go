package report

import "golang.org/x/text/unicode/bidi"

// visual puts the pieces of one line into the order in which they are drawn from
// left to right. It is the Unicode bidirectional algorithm without explicit
// embeddings: those characters reach the paper as visible marks, never as
// orders, because they can make a text read as something it is not.
func visual(line []cluster, rtl bool) []cluster {
	classes := make([]bidi.Class, len(line))
	mixed := rtl
	for i, c := range line {
		classes[i] = c.class
		mixed = mixed || c.class == bidi.R || c.class == bidi.AL || c.class == bidi.AN
	}
	if !mixed {
		return line
	}
	levels := resolve(classes, rtl)
	out := append([]cluster(nil), line...)
	for i, l := range levels {
		if l%2 == 1 {
			out[i] = out[i].mirror()
		}
	}
	highest := 0
	for _, l := range levels {
		highest = max(highest, l)
	}
	for level := highest; level > 0; level-- { // rule L2
		for i := 0; i < len(out); i++ {
			j := i
			for j < len(out) && levels[j] >= level {
				j++
			}
			for a, b := i, j-1; a < b; a, b = a+1, b-1 {
				out[a], out[b] = out[b], out[a]
				levels[a], levels[b] = levels[b], levels[a]
			}
			i = max(i, j-1)
		}
	}
	return out
}

// mirror turns a bracket around for right-to-left text (rule L4).
func (c cluster) mirror() cluster {
	r := []rune(c.text)
	if c.drawn == nil && len(r) == 1 && mirrored[r[0]] != 0 && c.face.has(mirrored[r[0]]) {
		return c.set(c.face, []rune{mirrored[r[0]]})
	}
	return c
}

// startsRTL says whether a paragraph reads from the right: its first letter decides.
func startsRTL(text []cluster) bool {
	for _, c := range text {
		switch c.class {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

func resolve(classes []bidi.Class, rtl bool) []int {
	base, strong := 0, bidi.L
	if rtl {
		base, strong = 1, bidi.R
	}
	c := append([]bidi.Class(nil), classes...)
	weak(c, strong)
	// N1, N2: neutrals take the direction of both neighbours, or of the paragraph.
	side := func(k bidi.Class) bidi.Class {
		if k == bidi.EN || k == bidi.AN {
			return bidi.R
		}
		return k
	}
	for i := 0; i < len(c); i++ {
		if !neutral(c[i]) {
			continue
		}
		j := i
		for j < len(c) && neutral(c[j]) {
			j++
		}
		before, after := strong, strong
		if i > 0 {
			before = side(c[i-1])
		}
		if j < len(c) {
			after = side(c[j])
		}
		dir := strong
		if before == after {
			dir = before
		}
		for ; i < j; i++ {
			c[i] = dir
		}
		i--
	}
	levels := make([]int, len(c))
	for i, k := range c { // I1, I2
		levels[i] = base
		switch {
		case k == bidi.R && base == 0, k == bidi.L && base == 1:
			levels[i]++
		case (k == bidi.EN || k == bidi.AN) && base == 0:
			levels[i] += 2
		case k == bidi.EN || k == bidi.AN:
			levels[i]++
		}
	}
	return levels
}

func neutral(k bidi.Class) bool {
	return k != bidi.L && k != bidi.R && k != bidi.EN && k != bidi.AN
}

// weak applies rules W1 to W7.
func weak(c []bidi.Class, strong bidi.Class) {
	last, prev := strong, strong
	for i, k := range c {
		switch k {
		case bidi.NSM:
			c[i] = prev // W1
		case bidi.EN:
			if last == bidi.AL {
				c[i] = bidi.AN // W2
			}
		case bidi.L, bidi.R, bidi.AL:
			last = k
		}
		prev = c[i]
	}
	for i, k := range c { // W3, W4
		switch {
		case k == bidi.AL:
			c[i] = bidi.R
		case i == 0 || i == len(c)-1:
		case k == bidi.ES && c[i-1] == bidi.EN && c[i+1] == bidi.EN:
			c[i] = bidi.EN
		case k == bidi.CS && c[i-1] == c[i+1] && (c[i-1] == bidi.EN || c[i-1] == bidi.AN):
			c[i] = c[i-1]
		}
	}
	for i, k := range c { // W5
		if k == bidi.ET && (i > 0 && c[i-1] == bidi.EN || leadsToNumber(c[i:])) {
			c[i] = bidi.EN
		}
	}
	last = strong
	for i, k := range c { // W6, W7
		switch k {
		case bidi.ET, bidi.ES, bidi.CS:
			c[i] = bidi.ON
		case bidi.L, bidi.R:
			last = k
		case bidi.EN:
			if last == bidi.L {
				c[i] = bidi.L
			}
		}
	}
}

func leadsToNumber(c []bidi.Class) bool {
	for _, k := range c {
		if k != bidi.ET {
			return k == bidi.EN
		}
	}
	return false
}

// mirrored is what a bracket looks like inside right-to-left text.
var mirrored = map[rune]rune{
	'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<', '«': '»', '»': '«', '‹': '›', '›': '‹',
}
