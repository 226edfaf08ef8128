package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"

	"waybill/assets"
)

// Letters of some scripts join, stack or change places with their neighbours; gofpdf sets each
// alone. Here a *script* says which those are. A *shaped* piece of text is drawn as outlines
// that a shaping library chose, over invisible text, so that it looks right and can be searched.

// script is a writing system that has to be shaped.
type script struct {
	table *unicode.RangeTable
	face  assets.Face
	code  language.Script
	rtl   bool
	// most bounds a shaped piece, in characters as people see them: a line can end between two
	// pieces, also where a script has no blanks or a word is very long.
	most int
}

const (
	spaced   = 24
	unspaced = 6
)

var scripts = []script{
	{unicode.Arabic, assets.Arabic, language.Arabic, true, spaced},
	{unicode.Hebrew, assets.Hebrew, language.Hebrew, true, spaced},
	{unicode.Devanagari, assets.Devanagari, language.Devanagari, false, spaced},
	{unicode.Bengali, assets.Bengali, language.Bengali, false, spaced},
	{unicode.Gujarati, assets.Gujarati, language.Gujarati, false, spaced},
	{unicode.Gurmukhi, assets.Gurmukhi, language.Gurmukhi, false, spaced},
	{unicode.Tamil, assets.Tamil, language.Tamil, false, spaced},
	{unicode.Telugu, assets.Telugu, language.Telugu, false, spaced},
	{unicode.Kannada, assets.Kannada, language.Kannada, false, spaced},
	{unicode.Malayalam, assets.Malayalam, language.Malayalam, false, spaced},
	{unicode.Sinhala, assets.Sinhala, language.Sinhala, false, spaced},
	{unicode.Thai, assets.Thai, language.Thai, false, unspaced},
	{unicode.Lao, assets.Lao, language.Lao, false, unspaced},
	{unicode.Khmer, assets.Khmer, language.Khmer, false, unspaced},
	{unicode.Myanmar, assets.Myanmar, language.Myanmar, false, unspaced},
}

func scriptOf(r rune) *script {
	if r < 0x590 {
		return nil
	}
	for i := range scripts {
		if unicode.Is(scripts[i].table, r) {
			return &scripts[i]
		}
	}
	return nil
}

// shaped is how a piece of text is drawn, in thousandths of the size.
type shaped struct {
	face   *font.Face
	glyphs []placed
	// nominal is how wide its letters are when set one by one, for the invisible text.
	nominal int32
}

type placed struct {
	id   font.GID
	x, y float64
}

// join replaces the clusters of scripts that must be shaped by shaped ones.
func (t *typesetter) join(in []cluster) []cluster {
	var out []cluster
	for i := 0; i < len(in); {
		s := in[i].script
		if s == nil {
			out = append(out, in[i])
			i++
			continue
		}
		j := i + 1
		for j < len(in) && in[j].script == s && in[j].class == in[i].class && !in[j-1].ends && (j-i < s.most || leans(in[j-1], in[j])) {
			j++
		}
		if c, ok := t.shapeWord(s, in[i:j]); ok {
			out = append(out, c)
		} else {
			out = append(out, in[i:j]...)
		}
		i = j
	}
	return out
}

// leans says whether two characters belong together though Unicode's rules part them: a vowel
// sign stands in the second, or the first ends in a sign that stacks what follows.
func leans(a, b cluster) bool {
	last := a.raw[len(a.raw)-1]
	return unicode.Is(unicode.M, b.raw[0]) || last == 0x17d2 || last == 0x1039
}

// shapeWord makes one cluster of several; ok is false when the font has no letter for some of it.
func (t *typesetter) shapeWord(s *script, in []cluster) (cluster, bool) {
	var raw []rune
	var text strings.Builder
	f := mustFace(s.face)
	c := in[len(in)-1] // what may follow it
	for _, x := range in {
		raw = append(raw, x.raw...)
		for _, r := range x.raw {
			if f.has(r) && !unseen(r) {
				text.WriteRune(r)
			}
		}
	}
	key := string(s.face) + string(raw)
	d, known := t.words[key]
	if !known {
		d = t.outlines(s, raw)
		t.words[key] = d
	}
	if d == nil {
		return c, false
	}
	c.class, c.missing, c.script, c.raw = in[0].class, false, nil, nil
	c = c.set(f, []rune(text.String()))
	d.nominal = c.width
	c.drawn, c.width = d, d.width()
	return c, true
}

func (d *shaped) width() int32 {
	last := d.glyphs[len(d.glyphs)-1]
	return int32(last.x + 0.5)
}

// outlines asks the shaping library for the glyphs of a piece of text; nil when the font lacks one.
func (t *typesetter) outlines(s *script, raw []rune) *shaped {
	face, known := t.outline[s.face]
	if !known {
		var err error
		if face, err = outlineFace(s.face); err != nil {
			panic(err) // a broken build; Write turns it into an error
		}
		t.outline[s.face] = face
	}
	dir := di.DirectionLTR
	if s.rtl {
		dir = di.DirectionRTL
	}
	const em = 1000
	out := t.shaper.Shape(shaping.Input{Text: raw, RunEnd: len(raw), Direction: dir, Face: face, Size: fixed.I(em), Script: s.code, Language: language.DefaultLanguage()})
	d := &shaped{face: face}
	x := 0.0
	for _, g := range out.Glyphs {
		if g.GlyphID == 0 {
			return nil
		}
		d.glyphs = append(d.glyphs, placed{g.GlyphID, x + float64(g.XOffset)/64, float64(g.YOffset) / 64})
		x += float64(g.Advance) / 64
	}
	if len(d.glyphs) == 0 || x <= 0 {
		return nil
	}
	d.glyphs = append(d.glyphs, placed{x: x}) // where the next piece begins
	return d
}

// outlineFace reads an embedded font for the shaping library; each typesetter
// gets its own, because it keeps what it looked up in it.
func outlineFace(name assets.Face) (*font.Face, error) {
	f, err := loadFace(name)
	if err != nil {
		return nil, err
	}
	f.once.Do(func() {
		var parsed *font.Face
		if parsed, f.err = font.ParseTTF(bytes.NewReader(f.file)); f.err == nil {
			f.font = parsed.Font
		}
	})
	if f.err != nil {
		return nil, fmt.Errorf("font %s: %w", name, f.err)
	}
	return font.NewFace(f.font), nil
}

// draw fills the outlines of a shaped piece with its baseline at y, and sets its text invisibly
// over them: as wide, and in the order of the eye like all other text.
func (t *typesetter) draw(c cluster, x, y float64, st style) {
	t.pdf.SetFillColor(st.colour[0], st.colour[1], st.colour[2])
	scale := st.size / float64(c.drawn.face.Upem())
	mode := "F"
	if st.voice == strong { // these scripts come in one weight; a fine line makes it bolder
		t.pdf.SetDrawColor(st.colour[0], st.colour[1], st.colour[2])
		t.pdf.SetLineWidth(st.size * 0.03)
		mode = "FD"
	}
	for _, g := range c.drawn.glyphs[:len(c.drawn.glyphs)-1] {
		outline, ok := c.drawn.face.GlyphData(g.id).(font.GlyphOutline)
		if !ok || len(outline.Segments) == 0 {
			continue
		}
		t.path(outline.Segments, x+g.x*st.size/1000, y-g.y*st.size/1000, scale)
		t.pdf.DrawPath(mode)
	}
	if c.text == "" || c.drawn.nominal == 0 {
		return
	}
	t.pdf.SetTextRenderingMode(3)
	t.pdf.RawWriteStr(fmt.Sprintf("%.2f Tz", 100*float64(c.width)/float64(c.drawn.nominal)))
	t.letters(c.face, eyeOrder(c), x, y, st.size)
	t.pdf.RawWriteStr("100 Tz")
	t.pdf.SetTextRenderingMode(0)
}

// path lays an outline at (x, y); the font's y grows upward, the paper's downward.
func (t *typesetter) path(segments []opentype.Segment, x, y, scale float64) {
	at := func(p opentype.SegmentPoint) (float64, float64) {
		return x + float64(p.X)*scale, y - float64(p.Y)*scale
	}
	var cx, cy float64
	for i, s := range segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				t.pdf.ClosePath()
			}
			cx, cy = at(s.Args[0])
			t.pdf.MoveTo(cx, cy)
		case opentype.SegmentOpLineTo:
			cx, cy = at(s.Args[0])
			t.pdf.LineTo(cx, cy)
		case opentype.SegmentOpQuadTo: // the same curve as a cubic one
			qx, qy := at(s.Args[0])
			ex, ey := at(s.Args[1])
			t.pdf.CurveBezierCubicTo(cx+2*(qx-cx)/3, cy+2*(qy-cy)/3, ex+2*(qx-ex)/3, ey+2*(qy-ey)/3, ex, ey)
			cx, cy = ex, ey
		case opentype.SegmentOpCubeTo:
			ax, ay := at(s.Args[0])
			bx, by := at(s.Args[1])
			cx, cy = at(s.Args[2])
			t.pdf.CurveBezierCubicTo(ax, ay, bx, by, cx, cy)
		}
	}
	t.pdf.ClosePath()
}

// eyeOrder gives the text of a right-to-left piece from left to right. Its vowel signs stay out:
// readers of PDF put them at the wrong letter, and people search without them.
func eyeOrder(c cluster) string {
	if c.class != bidi.R && c.class != bidi.AL {
		return c.text
	}
	runes := slices.DeleteFunc([]rune(c.text), func(r rune) bool { return unicode.Is(unicode.M, r) })
	slices.Reverse(runes)
	return string(runes)
}
