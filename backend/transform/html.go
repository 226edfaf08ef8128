package transform

import (
	"html"
	"regexp"
	"strings"

	"github.com/inbucket/html2text"
	"github.com/microcosm-cc/bluemonday"
)

// policy keeps what a message looks like and drops what could act: scripts,
// styles that hide or overlay, event handlers, forms. Images by cid: and data:
// stay, because they are the inline images of the thread (P-40, P-41).
var policy = func() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.RequireNoFollowOnLinks(false)
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowDataURIImages()
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^[^"'<>]*$`)).OnElements("img")
	p.AllowAttrs("color", "face", "size").OnElements("font")
	p.AllowAttrs("bgcolor", "border", "cellpadding", "cellspacing").OnElements("table", "tr", "td", "th")
	p.AllowElements("font", "center", "u", "s", "strike")
	// A whole parser for styles makes a message five times slower; this expression
	// takes those that only colour and align, and drops a style attribute with others.
	p.AllowAttrs("style").Matching(harmlessStyle).Globally()
	return p
}()

var harmlessStyle = regexp.MustCompile(`(?i)^(?:\s*(?:color|background-color|font-weight|font-style|font-size|font-family|line-height|` +
	`text-align|text-decoration|white-space|(?:margin|padding)(?:-(?:left|right|top|bottom))?|border(?:-left)?|width|height|max-width)` +
	`\s*:\s*(?:rgba?\([\d\s.,%]*\)|[#\w\s.,%'!-])*;?)*\s*$`)

// cleanHTML keeps rich text, without anything that could act. What shows nothing is empty.
func cleanHTML(s string) string {
	out := sanitize(s)
	if !shows(out) {
		return ""
	}
	return out
}

// shows tells whether clean rich text has anything to see: a sign or an image.
func shows(s string) bool {
	for s != "" {
		text, rest, tagged := strings.Cut(s, "<")
		if strings.TrimSpace(text) != "" && strings.Trim(html.UnescapeString(text), " \t\r\n\u00a0") != "" {
			return true
		}
		if !tagged {
			return false
		}
		if strings.HasPrefix(rest, "img") || strings.HasPrefix(rest, "hr") {
			return true
		}
		_, s, _ = strings.Cut(rest, ">")
	}
	return false
}

// textHTML writes plain text as rich text: every sign as it is, line breaks kept.
func textHTML(s string) string {
	s = html.EscapeString(s)
	return strings.NewReplacer("\r\n", "<br>", "\n", "<br>", "\r", "<br>").Replace(s)
}

// htmlText reads rich text as plain text.
func htmlText(s string) string {
	out, err := html2text.FromString(s, html2text.Options{TextOnly: false, OmitLinks: false})
	if err != nil { // not readable as rich text: show it as it stands rather than lose it
		return s
	}
	return strings.TrimSpace(out)
}
