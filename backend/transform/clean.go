package transform

import "strings"

// quickTags are elements that ordinary messages are made of. None of them holds raw text
// and none hides what is inside it, so that each tag can be judged by itself.
var quickTags = []string{
	"a", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "font",
	"h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strike", "strong",
	"sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}

// bareOpen and bareClose tell which of these tags the policy keeps as they are when they
// have no attributes.
var bareOpen, bareClose = func() (opening, closing map[string]bool) {
	opening, closing = map[string]bool{}, map[string]bool{}
	for _, n := range quickTags {
		opening[n] = policy.Sanitize("<"+n+">") == "<"+n+">" && policy.Sanitize("<"+n+"/>") == "<"+n+"/>"
		closing[n] = policy.Sanitize("</"+n+">") == "</"+n+">"
	}
	return opening, closing
}()

// references that are read and written again without the policy.
var references = []struct{ from, to string }{
	{"&nbsp;", "\u00a0"}, {"&amp;", "&amp;"}, {"&lt;", "&lt;"}, {"&gt;", "&gt;"}, {"&quot;", "&#34;"}, {"&#39;", "&#39;"}, {"&#34;", "&#34;"}, {"& ", "&amp; "},
}

// sanitize gives what the policy gives, byte for byte. Text and tags without attributes,
// which most of a message is, it writes by itself; tags with attributes go through the
// policy together; anything else leaves the whole text to the policy.
func sanitize(s string) string {
	if out, ok := quickSanitize(s); ok {
		return out
	}
	return policy.Sanitize(s)
}

// special are the signs at which a text is looked at more closely.
var special = [256]bool{'<': true, '>': true, '&': true, '\'': true, '"': true, '\r': true, 0: true}

// hole is where a tag with attributes belongs.
type hole struct {
	at  int // in the output
	tag int // of the different ones
}

func quickSanitize(s string) (string, bool) {
	var out, tags strings.Builder
	var holes []hole
	var names []string
	known := map[string]int{} // the same tags come again and again in one message
	from := 0
	for {
		i := from
		for i < len(s) && !special[s[i]] {
			i++
		}
		if i == len(s) {
			break
		}
		if out.Cap() == 0 {
			out.Grow(len(s) + len(s)/8)
		}
		out.WriteString(s[from:i])
		from = i + 1
		switch s[i] {
		case '>':
			out.WriteString("&gt;")
		case '\'':
			out.WriteString("&#39;")
		case '"':
			out.WriteString("&#34;")
		case '&':
			to, n := reference(s[i:])
			if n == 0 {
				return "", false
			}
			out.WriteString(to)
			from = i + n
		case '<':
			name, kind, n := tag(s[i:])
			switch kind {
			case tagBare:
				out.WriteString(s[i : i+n])
			case tagClosed: // "<br />" is written without the blank
				out.WriteString("<" + name + "/>")
			case tagRich:
				which, ok := known[s[i:i+n]]
				if !ok {
					which = len(names)
					known[s[i:i+n]], names = which, append(names, name)
					tags.WriteString(s[i : i+n])
				}
				holes = append(holes, hole{out.Len(), which})
			case tagOther:
				return "", false
			}
			from = i + n
		default: // a carriage return, a zero
			return "", false
		}
	}
	if from == 0 {
		return s, true
	}
	out.WriteString(s[from:])
	if len(holes) == 0 {
		return out.String(), true
	}
	whole, ok := apart(policy.Sanitize(tags.String()), names)
	if !ok {
		return "", false
	}
	return fillHoles(out.String(), holes, whole), true
}

// apart parts the tags that the policy gave back. It gives up when one of them did not
// come back: its end would have to go too.
func apart(tags string, names []string) ([]string, bool) {
	out := make([]string, 0, len(names))
	for _, name := range names {
		end := strings.IndexByte(tags, '>') + 1 // a value has none that is not escaped
		if end == 0 || !strings.HasPrefix(tags, "<"+name) || !strings.ContainsRune(" />", rune(tags[1+len(name)])) {
			return nil, false
		}
		out, tags = append(out, tags[:end]), tags[end:]
	}
	return out, tags == ""
}

func fillHoles(s string, holes []hole, tags []string) string {
	var out strings.Builder
	out.Grow(len(s) + len(holes)*32)
	from := 0
	for _, h := range holes {
		out.WriteString(s[from:h.at])
		out.WriteString(tags[h.tag])
		from = h.at
	}
	out.WriteString(s[from:])
	return out.String()
}

func reference(s string) (to string, n int) {
	for _, r := range references {
		if strings.HasPrefix(s, r.from) {
			return r.to, len(r.from)
		}
	}
	return "", 0
}

// kinds of tags.
const (
	tagOther  = iota // for the policy, with all around it
	tagBare          // stays as it is
	tagClosed        // stays, and closes itself
	tagRich          // has attributes: for the policy, by itself
)

// tag looks at a tag that begins s. n is how long it is.
func tag(s string) (name string, kind, n int) {
	i := 1
	closing := i < len(s) && s[i] == '/'
	if closing {
		i++
	}
	start := i
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= '1' && s[i] <= '6') {
		i++
	}
	name = s[start:i]
	if i == len(s) {
		return name, tagOther, 0
	}
	switch {
	case closing:
		if s[i] == '>' && bareClose[name] {
			return name, tagBare, i + 1
		}
	case s[i] == '>':
		if bareOpen[name] {
			return name, tagBare, i + 1
		}
	case strings.HasPrefix(s[i:], "/>") || strings.HasPrefix(s[i:], " />"):
		if bareOpen[name] {
			return name, tagClosed, i + strings.IndexByte(s[i:], '>') + 1
		}
	case s[i] == ' ' && bareClose[name]:
		if n := attributes(s[i:]); n > 0 {
			return name, tagRich, i + n
		}
	}
	return name, tagOther, 0
}

// attributes measures what follows a tag's name up to its end, when it is written in the
// one way that cannot be read differently: name="value", each after one blank.
func attributes(s string) int {
	i := 0
	for i < len(s) && s[i] == ' ' {
		i++
		start := i
		for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] == '-') {
			i++
		}
		if i == start || !strings.HasPrefix(s[i:], `="`) {
			break
		}
		i += 2
		end := strings.IndexAny(s[i:], "\"<>\r\x00")
		if end < 0 || s[i+end] != '"' {
			return 0
		}
		i += end + 1
	}
	if strings.HasPrefix(s[i:], "/") {
		i++
	}
	if strings.HasPrefix(s[i:], ">") {
		return i + 1
	}
	return 0
}
