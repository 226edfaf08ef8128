package find

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"waybill/backend/store"
)

// numberField is where the number of a record stands.
const numberField = "number"

// eachPiece gives all texts and numbers of a record, each with the name of its field, as
// people see them: without the marks of HTML. The order is that of the record.
func eachPiece(t store.Text, give func(field, text string)) {
	give(numberField, normal(t.ID))
	named := false
	walk(t.Raw, func(field, text string) {
		text = normal(visible(text))
		if text != "" {
			named = named || text == t.Name
			give(field, text)
		}
	})
	if !named && t.Name != "" {
		give("name", normal(t.Name))
	}
}

// walk gives every text and number of a JSON value with the name of the outermost member
// that it stands in. Damaged JSON is given as far as it goes.
func walk(raw []byte, give func(field, text string)) {
	s := string(raw)
	field := ""
	var in []byte // the brackets around
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '{' || c == '[':
			in = append(in, c)
			i++
		case c == '}' || c == ']':
			in = in[:max(0, len(in)-1)]
			i++
		case c == '"':
			end, escaped := i+1, false
			for end < len(s) && s[end] != '"' {
				if s[end] == '\\' {
					escaped = true
					end++
				}
				end++
			}
			text := s[i+1 : min(end, len(s))]
			i = end + 1
			if escaped {
				text = unescape(text)
			}
			if len(in) > 0 && in[len(in)-1] == '{' {
				k := i
				for k < len(s) && (s[k] == ' ' || s[k] == '\n' || s[k] == '\t' || s[k] == '\r') {
					k++
				}
				if k < len(s) && s[k] == ':' { // the name of a member
					if len(in) == 1 {
						field = text
					}
					i = k + 1
					continue
				}
			}
			give(field, text)
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(s) && strings.IndexByte("+-.eE0123456789", s[end]) >= 0 {
				end++
			}
			give(field, s[i:end])
			i = end
		default:
			i++
		}
	}
}

// unescape reads the escapes of a JSON text.
func unescape(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	hex := func(at int) (rune, bool) {
		if at+6 > len(s) || s[at] != '\\' || s[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(s[at+2:at+6], 16, 16)
		return rune(n), err == nil //nolint:gosec // 16 bits
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		if r, ok := hex(i); ok {
			i += 5
			if utf16.IsSurrogate(r) {
				low, ok := hex(i + 1)
				if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
					i += 6
				}
			}
			out.WriteRune(r)
			continue
		}
		i++
		switch s[i] {
		case 'n', 'r', 't', 'b', 'f':
			out.WriteByte('\n')
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// inline elements stand inside words.
var inline = map[string]bool{"b": true, "i": true, "u": true, "s": true, "em": true, "strong": true, "span": true, "a": true, "font": true, "mark": true, "small": true, "sub": true, "sup": true, "wbr": true}

// blocks are the other elements of mails; anything else between brackets is text.
var blocks = map[string]bool{}

func init() {
	for _, name := range strings.Fields("p div br table thead tbody tfoot tr td th caption col colgroup ul ol li dl dt dd h1 h2 h3 h4 h5 h6 hr pre code tt blockquote img html head body meta " +
		"title link style script center section article header footer main nav figure figcaption address form input button label select option textarea iframe video audio source " +
		"svg path g o v w doctype del ins strike kbd abbr cite q base map area noscript picture !") {
		blocks[name] = true
	}
}

// visible is what people see of a text that may be HTML.
func visible(s string) string {
	if i := strings.IndexByte(s, '<'); i < 0 || i+1 == len(s) {
		return entities(s)
	}
	var out strings.Builder
	tags := false
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		name, end, ok := tag(s[i:])
		if !ok {
			out.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		tags = true
		out.WriteString(s[:i])
		s = s[i+end:]
		switch {
		case name == "style" || name == "script":
			k := strings.Index(strings.ToLower(s), "</"+name)
			if k < 0 {
				k = len(s)
			}
			s = s[k:]
		case !inline[strings.TrimPrefix(name, "/")]:
			out.WriteByte('\n')
		}
	}
	if !tags {
		out.WriteString(s)
		return entities(out.String())
	}
	out.WriteString(s)
	return entities(strings.TrimSpace(out.String()))
}

func entities(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// longestTag bounds what is taken for one.
const longestTag = 1 << 16

// tag reads an element's mark or a comment at the beginning of s.
func tag(s string) (name string, end int, ok bool) {
	if strings.HasPrefix(s, "<!--") {
		if k := strings.Index(s, "-->"); k >= 0 {
			return "!", k + 3, true
		}
		return "", 0, false
	}
	k := 1
	if k < len(s) && (s[k] == '/' || s[k] == '!') {
		k++
	}
	letters := k
	for k < len(s) && (s[k]|0x20 >= 'a' && s[k]|0x20 <= 'z' || k > letters && s[k] >= '0' && s[k] <= '9') {
		k++
	}
	if k == letters || k-letters > 20 || k == len(s) || strings.IndexByte(" \t\r\n/>", s[k]) < 0 {
		return "", 0, false
	}
	name = strings.ToLower(s[1:k])
	if bare := strings.TrimLeft(name, "/!"); !inline[bare] && !blocks[bare] {
		return "", 0, false
	}
	quote := byte(0)
	for ; k < len(s) && k < longestTag; k++ {
		switch c := s[k]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return name, k + 1, true
		}
	}
	return "", 0, false
}
