package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
	"github.com/jung-kurt/gofpdf"
	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"

	"waybill/assets"
)

// This file is the one gateway for text. Nothing else may call Text, Cell, Write
// or MultiCell of gofpdf: they panic above U+FFFF, lose characters of fonts that
// lack them, and break Chinese lines wrongly. A test reads the source and checks.

type voice int

const (
	regular voice = iota
	strong
	italic
	mono
)

// chains say which fonts are tried for a voice, in order.
var chains = map[voice][]assets.Face{
	regular: {assets.Sans, assets.Wide, assets.Han, assets.Armenian, assets.Georgian, assets.Ethiopic},
	strong:  {assets.SansStrong, assets.WideStrong, assets.Wide, assets.Han, assets.Armenian, assets.Georgian, assets.Ethiopic},
	italic:  {assets.SansItalic, assets.Wide, assets.Han, assets.Armenian, assets.Georgian, assets.Ethiopic},
	mono:    {assets.Mono, assets.Wide, assets.Han, assets.Armenian, assets.Georgian, assets.Ethiopic},
}

type colour [3]int

var (
	ink    = colour{0x17, 0x20, 0x2a}
	soft   = colour{0x4a, 0x57, 0x66}
	faint  = colour{0x66, 0x72, 0x7f}
	accent = colour{0x0b, 0x64, 0x72}
	rule   = colour{0xc3, 0xca, 0xd3}
	white  = colour{255, 255, 255}
)

// style is how a text is set.
type style struct {
	size, lead float64
	voice
	colour
}

func (s style) with(c colour) style   { s.colour = c; return s }
func (s style) in(v voice) style      { s.voice = v; return s }
func (s style) at(size float64) style { s.lead *= size / s.size; s.size = size; return s }

var body = style{size: 9, lead: 12.5, voice: regular, colour: ink}

// standIn is printed for a character that no font has.
const standIn = '□'

// cluster is what people see as one character.
type cluster struct {
	text    string
	face    *face
	width   int32 // thousandths of the size
	class   bidi.Class
	space   bool
	breaks  bool // a line may end after it
	ends    bool // a line must end after it
	missing bool // shown by the stand-in
	marked  bool // part of a mark for an invisible character
	// Of a script that must be shaped: which, and its text with what only helps shaping.
	script *script
	raw    []rune
	drawn  *shaped // set as outlines
}

// line is one line ready to draw.
type line struct {
	clusters []cluster
	rtl      bool
	width    float64
}

// typesetter puts text on paper and counts what it could not show as it is.
type typesetter struct {
	pdf     *gofpdf.Fpdf
	added   map[assets.Face]bool
	standIn int // characters that no font has
	marked  int // control and direction characters shown as marks
	shaper  shaping.HarfbuzzShaper
	outline map[assets.Face]*font.Face
	words   map[string]*shaped // what was shaped before
}

func newTypesetter(pdf *gofpdf.Fpdf) *typesetter {
	return &typesetter{pdf: pdf, added: map[assets.Face]bool{}, outline: map[assets.Face]*font.Face{}, words: map[string]*shaped{}}
}

// repair makes a text fit to be drawn: valid, composed, and with nothing in it
// that acts without being seen. Marks are given between U+2039 and U+203A.
func repair(s string) (string, int) {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\ufffd"))
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(s)
	if !strings.ContainsFunc(s, acts) {
		return s, 0
	}
	var b strings.Builder
	marks := 0
	for _, r := range s {
		if !acts(r) {
			b.WriteRune(r)
			continue
		}
		marks++
		fmt.Fprintf(&b, "‹U+%04X›", r)
	}
	return b.String(), marks
}

// acts says whether a character works without being seen: controls, direction
// overrides and isolates, invisible blanks, tags, private and unassigned codes.
func acts(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x206f:
		return true
	case r == 0x200b, r == 0x2060, r == 0xfeff, r == 0x180e, r >= 0xfff9 && r <= 0xfffb:
		return true
	case r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

// unseen characters help shaping and direction; they are kept out of the paper
// without a mark because they hide nothing.
func unseen(r rune) bool {
	return r == 0xad || r >= 0x200c && r <= 0x200f || r == 0x61c || r >= 0xfe00 && r <= 0xfe0f || r == 0x34f
}

// shape cuts a text into clusters and chooses a font for each.
func (t *typesetter) shape(s string, v voice) []cluster {
	s, _ = repair(s)
	var out []cluster
	state, inMark := -1, false
	for s != "" {
		var g string
		var bounds int
		g, s, bounds, state = uniseg.StepString(s, state)
		c := t.cluster(g, v)
		c.breaks = bounds&uniseg.MaskLine == uniseg.LineCanBreak
		c.ends = strings.HasSuffix(g, "\n")
		if g == "‹" && strings.HasPrefix(s, "U+") {
			inMark = true
			c.marked = true
		}
		if inMark && g == "›" {
			inMark = false
		}
		if c.text != "" || c.ends {
			out = append(out, c)
		} else if len(out) > 0 && c.breaks {
			out[len(out)-1].breaks = true
		}
	}
	return t.join(out)
}

func (t *typesetter) cluster(g string, v voice) cluster {
	first := []rune(g)[0]
	props, _ := bidi.LookupRune(first)
	c := cluster{class: props.Class(), space: g == " " || first == '\n'}
	if c.script = scriptOf(first); c.script != nil {
		c.raw = []rune(strings.TrimSuffix(g, "\n"))
	}
	var seen []rune
	for _, r := range g {
		if r == '\n' {
			continue
		}
		if unicode.IsSpace(r) && r > 0x7f && r != 0xa0 {
			r = ' ' // the many widths of blanks
		}
		if !unseen(r) {
			seen = append(seen, r)
		}
	}
	if len(seen) == 0 {
		return c
	}
	for _, name := range chains[v] {
		f := mustFace(name)
		if covers(f, seen) {
			return c.set(f, seen)
		}
	}
	// No font has all of it. The letter without its mark is better than nothing,
	// but it counts as not shown.
	c.missing = true
	for _, name := range chains[v] {
		if f := mustFace(name); f.has(seen[0]) && !unicode.Is(unicode.M, seen[0]) {
			return c.set(f, seen[:1])
		}
	}
	c.class = bidi.ON
	return c.set(mustFace(assets.Wide), []rune{standIn})
}

func (c cluster) set(f *face, runes []rune) cluster {
	c.face, c.text, c.width = f, string(runes), 0
	for _, r := range runes {
		c.width += f.adv[r]
	}
	return c
}

func covers(f *face, runes []rune) bool {
	for _, r := range runes {
		if !f.has(r) {
			return false
		}
	}
	return true
}

// mustFace reads an embedded font; that all of them can be read is tested, and
// Write turns the panic of a broken build into an error.
func mustFace(name assets.Face) *face {
	f, err := loadFace(name)
	if err != nil {
		panic(err)
	}
	return f
}

func measure(clusters []cluster, size float64) float64 {
	var w int64
	for _, c := range clusters {
		w += int64(c.width)
	}
	return float64(w) * size / 1000
}

// wrap breaks a text into lines no wider than width. A word that is too wide is
// cut between characters; a character that is too wide stands alone.
func (t *typesetter) wrap(s string, width float64, st style) []line {
	var out []line
	text := t.shape(s, st.voice)
	for len(text) > 0 {
		n := 0
		for n < len(text) && !text[n].ends {
			n++
		}
		paragraph := text[:n]
		text = text[min(n+1, len(text)):]
		rtl := startsRTL(paragraph)
		if len(paragraph) == 0 {
			out = append(out, line{})
		}
		for len(paragraph) > 0 {
			cut := fill(paragraph, width*1000/st.size)
			l := trim(paragraph[:cut])
			paragraph = paragraph[cut:]
			out = append(out, line{clusters: l, rtl: rtl, width: measure(l, st.size)})
		}
	}
	if out == nil {
		out = []line{{}}
	}
	return out
}

// fill says how many clusters go on a line that is so many thousandths wide.
func fill(text []cluster, room float64) int {
	var w float64
	lastBreak := 0
	for i, c := range text {
		w += float64(c.width)
		if w > room+0.01 && !c.space {
			switch {
			case lastBreak > 0:
				return lastBreak
			case i > 0:
				return i
			}
		}
		if c.breaks {
			lastBreak = i + 1
		}
	}
	return len(text)
}

func trim(l []cluster) []cluster {
	for len(l) > 0 && l[len(l)-1].space {
		l = l[:len(l)-1]
	}
	return l
}

// atMost wraps a text into so many lines; the last one says when there is more.
func (t *typesetter) atMost(n int, s string, width float64, st style) []line {
	lines := t.wrap(s, width, st)
	if len(lines) <= n {
		return lines
	}
	last := append([]cluster(nil), lines[n-1].clusters...)
	for dots := t.cluster("…", st.voice); ; last = last[:len(last)-1] {
		l := append(trim(last), dots)
		if w := measure(l, st.size); w <= width || len(last) == 0 {
			return append(lines[:n-1:n-1], line{clusters: l, rtl: lines[n-1].rtl, width: w})
		}
	}
}

// one sets a text on a single line, shortened by an ellipsis where it is too wide.
func (t *typesetter) one(s string, width float64, st style) line {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", " "), "\n", " ")
	text := t.shape(s, st.voice)
	for i := range text {
		text[i].ends = false
	}
	rtl := startsRTL(text)
	if measure(text, st.size) > width {
		dots := t.cluster("…", st.voice)
		room := width*1000/st.size - float64(dots.width)
		n, w := 0, 0.0
		for n < len(text) && w+float64(text[n].width) <= room {
			w += float64(text[n].width)
			n++
		}
		text = append(append([]cluster(nil), trim(text[:n])...), dots)
	}
	return line{clusters: text, rtl: rtl, width: measure(text, st.size)}
}

// width is how wide a text is on one line.
func (t *typesetter) width(s string, st style) float64 {
	return measure(t.shape(s, st.voice), st.size)
}

// put draws a line with its baseline at y.
func (t *typesetter) put(l line, x, y float64, st style) {
	t.pdf.SetTextColor(st.colour[0], st.colour[1], st.colour[2])
	ordered := visual(l.clusters, l.rtl)
	for i := 0; i < len(ordered); {
		if c := ordered[i]; c.drawn != nil {
			t.draw(c, x, y, st)
			x += float64(c.width) * st.size / 1000
			i++
			continue
		}
		f := ordered[i].face
		var b strings.Builder
		start := x
		for ; i < len(ordered) && ordered[i].face == f && ordered[i].drawn == nil; i++ {
			c := ordered[i]
			b.WriteString(c.text)
			x += float64(c.width) * st.size / 1000
			t.note(c)
		}
		if f == nil {
			continue
		}
		t.letters(f, b.String(), start, y, st.size)
	}
}

// letters sets text of one font, from left to right as it is.
func (t *typesetter) letters(f *face, s string, x, y, size float64) {
	t.use(f)
	t.pdf.SetFont(string(f.name), "", size)
	t.pdf.Text(x, y, s)
}

func (t *typesetter) note(c cluster) {
	if c.missing {
		t.standIn++
	}
	if c.marked {
		t.marked++
	}
}

// use registers a font at its first use: gofpdf embeds all that it knows. It gets
// its own copy, because it writes into it.
func (t *typesetter) use(f *face) {
	if t.added[f.name] {
		return
	}
	t.added[f.name] = true
	t.pdf.AddUTF8FontFromBytes(string(f.name), "", append([]byte(nil), f.file...))
}

// label makes a text safe for the document's properties and bookmarks, which
// gofpdf writes as UTF-16 without surrogates.
func label(s string) string {
	s, _ = repair(s)
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return standIn
		}
		if r == '\n' {
			return ' '
		}
		return r
	}, s)
}
