package report

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/jung-kurt/gofpdf"
	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"
)

func testPaper() *paper {
	pdf := gofpdf.New("P", "pt", "A4", "")
	p := newPaper(pdf)
	p.page()
	return p
}

// sharedPaper saves reading the fonts for each of many texts.
var sharedPaper = sync.OnceValue(testPaper)

func plainText(l []cluster) string {
	var b strings.Builder
	for _, c := range l {
		b.WriteString(c.text)
	}
	return b.String()
}

// No text breaks the gateway, no line is too wide, and nothing gets lost on the way.
func checkText(t interface{ Errorf(string, ...any) }, s string, width float64) {
	p := sharedPaper()
	lines := p.wrap(s, width, body)
	var kept strings.Builder
	for _, l := range lines {
		if l.width > width+0.1 && len(l.clusters) > 1 {
			t.Errorf("%q: a line is %.1f wide, more than %.1f", s, l.width, width)
		}
		kept.WriteString(plainText(l.clusters))
		p.put(l, 10, 20, body)
	}
	p.single(s, 10, 40, width, body.in(mono))
	p.single(s, 10, 40, width, body.in(strong))
	if err := p.pdf.Error(); err != nil {
		t.Errorf("%q: %v", s, err)
	}
	squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if whole := plainText(p.shape(s, regular)); squeeze(whole) != squeeze(kept.String()) {
		t.Errorf("%q: wrapped to %q, but it is %q", s, kept.String(), whole)
	}
	pdf := label(s)
	if !utf8.ValidString(pdf) || strings.ContainsFunc(pdf, func(r rune) bool { return r > 0xffff }) {
		t.Errorf("%q: label %q", s, pdf)
	}
	p.pdf.SetTitle(pdf, true)
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "plain", "\xff\xfe", "a\x00b", "שלום (1) abc", "أين 12,5% طلبي", "帐篷的拉链坏了", "👨‍👩‍👧 🇩🇪", "e\u0301\u0323", "\u202eabc\u202c", "\u0301", "a\u200db", "ﷺ", "�",
		"\U000e0041", "\ufe0f", "\n\n", " \t \r\n", strings.Repeat("x", 500), "가각힣", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "𝔘𝔫𝔦", "ก็", "\ud7ff\ue000\ufffe\uffff",
	} {
		f.Add(s, uint16(60))
	}
	f.Fuzz(func(t *testing.T, s string, width uint16) {
		if len(s) > 5000 {
			return
		}
		checkText(t, s, float64(width%500)+5)
	})
}

// Every character of Unicode goes through the gateway once.
func TestAllOfUnicode(t *testing.T) {
	p, thin := testPaper(), testPaper()
	var b, few strings.Builder
	for r := rune(0); r <= 0x10ffff; r++ {
		if r > 0x32000 && r < 0xe0000 || r > 0xe0200 && r < 0x10fff0 || r >= 0x4e00 && r < 0x9f00 && r%16 != 0 || r >= 0xac00 && r < 0xd7a0 && r%16 != 0 {
			continue // unassigned, private, or alike
		}
		b.WriteRune(r)
		if r%5 == 0 { // gofpdf takes half a minute to write them all into one file
			few.WriteRune(r)
		}
		if b.Len() > 2000 {
			for _, l := range p.wrap(b.String(), 300, body) {
				p.put(l, 10, 20, body)
			}
			for _, l := range thin.wrap(few.String(), 300, body) {
				thin.put(l, 10, 20, body)
			}
			b.Reset()
			few.Reset()
		}
	}
	if err := p.pdf.Error(); err != nil {
		t.Fatal(err)
	}
	if err := thin.pdf.Output(discard{}); err != nil {
		t.Fatal(err)
	}
	if p.standIn == 0 || p.marked == 0 {
		t.Errorf("stand-ins %d, marks %d", p.standIn, p.marked)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestRandomText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkText(t, rapid.String().Draw(t, "text"), rapid.Float64Range(5, 400).Draw(t, "width"))
	})
}

func TestWhatCannotBeSeenIsMarked(t *testing.T) {
	p := testPaper()
	for in, want := range map[string]string{
		"a\u202eb":      "a‹U+202E›b",
		"a\x00b":        "a‹U+0000›b",
		"a\u200bb":      "a‹U+200B›b",
		"a\tb":          "a b",
		"a\xffb":        "a\ufffdb",
		"😍":             "□",
		"👨‍👩‍👧!":        "□!",
		"e\u0301":       "é",
		"a\u200db":      "ab",
		"x\u00a0y":      "x\u00a0y",
		"=cmd|' /C'!A0": "=cmd|' /C'!A0",
	} {
		if got := plainText(p.shape(in, regular)); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
	p.single("\u202e 😍 😍", 10, 10, 200, body)
	if p.standIn != 2 || p.marked != 1 {
		t.Errorf("counted %d stand-ins and %d marks", p.standIn, p.marked)
	}
}

func TestFontsPerRun(t *testing.T) {
	p := testPaper()
	used := map[string]bool{}
	for _, c := range p.shape("Zelt Палатка אוהל 帐篷 텐트", regular) {
		used[string(c.face.name)] = true
		if c.missing {
			t.Errorf("%s is missing", c.text)
		}
	}
	if len(used) != 3 {
		t.Errorf("fonts used: %v", used)
	}
}

// Chinese breaks between characters, but never before its full stop.
func TestHanLines(t *testing.T) {
	p := testPaper()
	lines := p.wrap("帐篷的拉链坏了。帐篷的拉链坏了。", 9*4, body)
	for _, l := range lines {
		s := plainText(l.clusters)
		if strings.HasPrefix(s, "。") || l.width > 36.1 {
			t.Errorf("line %q, %.1f wide", s, l.width)
		}
	}
	if len(lines) < 4 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestVisualOrder(t *testing.T) {
	p := testPaper()
	for in, want := range map[string]string{
		"abc":           "abc",
		"אבג":           "גבא",
		"abc אבג def":   "abc גבא def",
		"אבג 123 דהו":   "והד 123 גבא",
		"אבג (abc) דה":  "הד (abc) גבא",
		"abc (אבג) def": "abc (גבא) def",
		"אב (גד) 12,5%": "12,5% (דג) בא",
		"No. 12 אבג 34": "No. 12 34 גבא",
		"ab: אבג, דהו!": "ab: והד ,גבא!",
		"مرحبا 12":      "12 ابحرم",
	} {
		text := p.shape(in, regular)
		got := ""
		for _, c := range visual(text, startsRTL(text)) {
			if c.drawn != nil {
				got += eyeOrder(c)
			} else {
				got += c.text
			}
		}
		if got != want {
			t.Errorf("%q is drawn %q, not %q", in, got, want)
		}
	}
}

// Order only moves: the same clusters come out.
func TestVisualKeepsAll(t *testing.T) {
	classes := []bidi.Class{bidi.L, bidi.R, bidi.AL, bidi.EN, bidi.AN, bidi.ES, bidi.ET, bidi.CS, bidi.NSM, bidi.ON, bidi.WS, bidi.B, bidi.S, bidi.BN}
	rapid.Check(t, func(t *rapid.T) {
		var l []cluster
		for i, k := range rapid.SliceOf(rapid.SampledFrom(classes)).Draw(t, "classes") {
			l = append(l, cluster{width: int32(i), class: k})
		}
		seen := map[int32]bool{}
		for _, c := range visual(l, rapid.Bool().Draw(t, "rtl")) {
			seen[c.width] = true
		}
		if len(seen) != len(l) {
			t.Fatalf("%d of %d came out", len(seen), len(l))
		}
	})
}

func TestEllipsis(t *testing.T) {
	p := testPaper()
	l := p.one("A project with a very long name", 60, body)
	if s := plainText(l.clusters); !strings.HasSuffix(s, "…") || l.width > 60 {
		t.Errorf("%q, %.1f wide", s, l.width)
	}
	if s := plainText(p.one("short\r\nlines", 200, body).clusters); s != "short lines" {
		t.Errorf("%q", s)
	}
}
