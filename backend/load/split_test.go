package load_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"waybill/backend/load"
)

// visible is what a reader sees of rich text, without blanks.
func visible(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return partLine.ReplaceAllString(strings.Join(strings.Fields(b.String()), ""), "")
		case html.TextToken:
			b.WriteString(html.UnescapeString(string(z.Text())))
		}
	}
}

func FuzzSplitText(f *testing.F) {
	f.Add("<p>Hello <b>world</b> &amp; all</p>", 200, true)
	f.Add(strings.Repeat("word ", 300), 130, false)
	f.Add("<div><ul>"+strings.Repeat("<li>one &lt; two</li>", 50)+"</ul></div>", 150, true)
	f.Add(strings.Repeat("x", 1000), 140, true)
	f.Add("<p>"+strings.Repeat("é&nbsp;", 200)+"<img src=\"a\"><br>", 160, true)
	f.Fuzz(func(t *testing.T, s string, limit int, rich bool) {
		if limit < 130 || limit > 5000 || !utf8.ValidString(s) || len(s) > 20_000 {
			return // no text of a message, or no limit that a desk has
		}
		parts, whole := load.SplitText(s, limit, rich)
		for i, p := range parts {
			if n := utf8.RuneCountInString(p); n > limit {
				t.Fatalf("part %d has %d characters, more than %d", i+1, n, limit)
			}
		}
		if !whole {
			if !rich {
				t.Fatal("plain text always splits")
			}
			return
		}
		if !rich {
			got := strings.Join(parts, "")
			for i := range parts {
				got = strings.Replace(got, "(Part "+itoa(i+1)+" of "+itoa(len(parts))+")\n", "", 1)
			}
			if len(parts) > 1 && got != s || len(parts) == 1 && parts[0] != s {
				t.Fatalf("the parts are not the text:\n%q\n%q", got, s)
			}
			return
		}
		if strings.ContainsAny(s, "<&") && strings.Contains(s, "(Part") {
			return // it looks like our own numbering
		}
		var all strings.Builder
		for _, p := range parts {
			all.WriteString(p)
		}
		if simple(s) && visible(all.String()) != visible(s) {
			t.Fatalf("the parts do not show the text:\n%q\n%q", visible(all.String()), visible(s))
		}
	})
}

func itoa(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return digits[n : n+1]
	}
	return itoa(n/10) + digits[n%10:n%10+1]
}

// simple rich text is what the transform yields: whole tags, no raw-text elements, whose
// content no parser of tags sees as text.
func simple(s string) bool {
	low := strings.ToLower(s)
	for _, x := range []string{"<script", "<style", "<textarea", "<title", "<xmp", "<iframe", "<noembed", "<noframes", "<noscript", "<plaintext", "<!", "<?", "</!"} {
		if strings.Contains(low, x) {
			return false
		}
	}
	depth := 0
	for _, r := range s {
		switch r {
		case '<':
			depth++
		case '>':
			depth--
		case '"', '\'', '`', '\x00', '\r', '/':
			if depth > 0 && r != '/' {
				return false
			}
		}
		if depth < 0 || depth > 1 {
			return false
		}
	}
	return depth == 0
}
