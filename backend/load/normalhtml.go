package load

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sameHTML says whether two rich texts show the same: the frame that a desk puts around,
// how a sign is written (&nbsp; or the sign itself), quotes and order of attributes, blanks
// between blocks. Words, pictures, links, emphasis and paragraphs count.
func sameHTML(a, b string, with Normal) bool {
	return slices.EqualFunc(pieces(a, with), pieces(b, with), func(x, y piece) bool {
		if x.text != y.text || x.tag != y.tag || len(x.attrs) != len(y.attrs) {
			return false
		}
		for i := range x.attrs {
			if x.attrs[i].Key != y.attrs[i].Key || !sameAttr(x.attrs[i], y.attrs[i], with) {
				return false
			}
		}
		return true
	})
}

func sameAttr(a, b html.Attribute, with Normal) bool {
	return a.Val == b.Val || (a.Key == "href" || a.Key == "src") && with&LinkForm != 0 && sameAddress(a.Val, b.Val)
}

// piece is a text, or the beginning or end of an element.
type piece struct {
	text  string
	tag   string // "p", "/p"
	attrs []html.Attribute
}

// lone have no end, blocks begin a line of their own: blanks beside them are not seen.
var (
	lone   = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Hr: true, atom.Input: true, atom.Meta: true, atom.Link: true, atom.Wbr: true, atom.Col: true}
	blocks = map[string]bool{
		"p": true, "div": true, "br": true, "hr": true, "ul": true, "ol": true, "li": true, "table": true, "tr": true, "td": true, "th": true, "tbody": true, "thead": true,
		"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true, "section": true,
	}
	frames = map[string]bool{"html": true, "body": true, "div": true, "p": true, "span": true}
)

func pieces(s string, with Normal) []piece {
	out := []piece{}
	z := html.NewTokenizer(strings.NewReader(s))
	pre := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return unframed(trimmed(out))
		case html.TextToken:
			text := string(z.Text())
			if text = html.UnescapeString(text); pre == 0 {
				text = oneBlank(text)
			}
			if text = tidyBy(text, with&^OuterBlanks); text == "" {
				continue
			}
			if n := len(out); n > 0 && out[n-1].tag == "" {
				out[n-1].text += text
				continue
			}
			out = append(out, piece{text: text})
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Head, atom.Meta, atom.Link, atom.Title:
				continue
			case atom.Pre:
				pre++
			}
			out = append(out, piece{tag: t.Data, attrs: byKey(t.Attr)})
		case html.EndTagToken:
			t := z.Token()
			switch {
			case lone[t.DataAtom], t.DataAtom == atom.Head, t.DataAtom == atom.Title:
				continue
			case t.DataAtom == atom.Pre && pre > 0:
				pre--
			}
			out = append(out, piece{tag: "/" + t.Data})
		}
	}
}

func byKey(attrs []html.Attribute) []html.Attribute {
	slices.SortFunc(attrs, func(a, b html.Attribute) int { return cmp.Compare(a.Key, b.Key) })
	return attrs
}

// oneBlank makes one blank of each run of them, as a browser does. A blank that must not
// break a line is shown and stays, except that desks write it as an ordinary one.
func oneBlank(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch r {
		case ' ', '\n', '\t', '\r', '\f', '\u00a0':
			blank = true
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// trimmed takes blanks away beside what begins a line of its own, and at both ends.
func trimmed(in []piece) []piece {
	block := func(i int) bool {
		return i < 0 || i >= len(in) || in[i].tag != "" && blocks[strings.TrimPrefix(in[i].tag, "/")]
	}
	kept := make([]piece, 0, len(in))
	for i, p := range in {
		if p.tag == "" {
			if block(i - 1) {
				p.text = strings.TrimLeft(p.text, " ")
			}
			if block(i + 1) {
				p.text = strings.TrimRight(p.text, " ")
			}
			if p.text == "" {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept
}

// unframed takes away elements that hold everything and show nothing by themselves.
func unframed(in []piece) []piece {
	for len(in) >= 2 && frames[in[0].tag] && in[len(in)-1].tag == "/"+in[0].tag && whole(in) {
		in = in[1 : len(in)-1]
	}
	return in
}

// whole says whether the first element ends with the last piece.
func whole(in []piece) bool {
	depth := 0
	for i, p := range in {
		switch p.tag {
		case in[0].tag:
			depth++
		case "/" + in[0].tag:
			if depth--; depth == 0 && i < len(in)-1 {
				return false
			}
		}
	}
	return depth == 0
}
