package front

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainText makes a comment's text of rich text: comments know no HTML. Paragraphs and line
// breaks stay, links keep their address, and what is no HTML stays as it is.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	skip, href, began := 0, "", 0
	newline := func() {
		if t := b.String(); t != "" && !strings.HasSuffix(t, "\n") {
			b.WriteByte('\n')
		}
	}
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a tokenizer of a text has no other error
			return strings.TrimRight(b.String(), "\n ")
		case html.TextToken:
			if skip == 0 {
				b.WriteString(html.UnescapeString(string(z.Raw())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			switch tag {
			case atom.Script, atom.Style:
				skip++
			case atom.Br, atom.P, atom.Div, atom.Tr, atom.Blockquote, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.Pre:
				if tag == atom.Br {
					b.WriteByte('\n')
				} else {
					newline()
				}
			case atom.Li:
				newline()
				b.WriteString("- ")
			case atom.A, atom.Img:
				href, began = "", b.Len()
				for more {
					var k, v []byte
					if k, v, more = z.TagAttr(); string(k) == "href" || tag == atom.Img && string(k) == "alt" {
						href = string(v)
					}
				}
				if tag == atom.Img {
					b.WriteString(href)
					href = ""
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Script, atom.Style:
				skip = max(skip-1, 0)
			case atom.P, atom.Div, atom.Tr, atom.Blockquote, atom.Li:
				newline()
			case atom.A:
				if shown := b.String()[min(began, b.Len()):]; href != "" && !strings.Contains(shown, href) {
					b.WriteString(" (" + href + ")")
				}
				href = ""
			}
		}
	}
}
