package load

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"

	nethtml "golang.org/x/net/html"
)

func escape(s string) string { return html.EscapeString(s) }

// partRoom is kept free in each part for the line that numbers it.
const partRoom = 60

// SplitText parts a text into pieces of at most limit characters, each numbered. Rich
// text is parted between words, never inside a tag, and every piece is whole by itself.
// whole is false when a single tag, such as a picture written into the text, is longer
// than a piece: then no parting keeps everything.
func SplitText(s string, limit int, rich bool) (parts []string, whole bool) {
	room := max(limit-partRoom, 1)
	whole = true
	if rich {
		parts, whole = cutHTML(s, room)
	} else {
		parts = cutPlain(s, room)
	}
	if len(parts) == 1 || limit <= 2*partRoom {
		return parts, whole
	}
	for i := range parts {
		line := fmt.Sprintf("(Part %d of %d)", i+1, len(parts))
		if rich {
			parts[i] = "<p><em>" + line + "</em></p>" + parts[i]
		} else {
			parts[i] = line + "\n" + parts[i]
		}
	}
	return parts, whole
}

// cutPlain cuts behind the last blank that fits.
func cutPlain(s string, room int) []string {
	r := []rune(s)
	var out []string
	for len(r) > room {
		at := lastBlank(r[:room])
		out, r = append(out, string(r[:at])), r[at:]
	}
	return append(out, string(r))
}

// lastBlank is the place behind the last blank in the second half, else the end.
func lastBlank(r []rune) int {
	for i := len(r) - 1; i > len(r)/2; i-- {
		if unicode.IsSpace(r[i]) {
			return i + 1
		}
	}
	return len(r)
}

// voidTags have no end.
var voidTags = map[atom.Atom]bool{atom.Br: true, atom.Hr: true, atom.Img: true, atom.Input: true, atom.Wbr: true, atom.Col: true, atom.Area: true}

type cutter struct {
	room  int
	out   []string
	b     strings.Builder
	n     int      // characters in b
	open  []string // start tags that are open, as they were written
	names []string
	empty bool // b holds only reopened tags
	lost  bool // something was longer than a piece
}

// cutHTML parts rich text; tags that are open at a cut are closed and opened again.
func cutHTML(s string, room int) (parts []string, whole bool) {
	c := &cutter{room: room, empty: true}
	z := nethtml.NewTokenizer(strings.NewReader(s))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			if z.Err() != io.EOF { //nolint:errorlint // the tokenizer gives io.EOF itself
				c.text(s[len(s)-len(z.Raw()):])
			}
			break
		}
		raw := string(z.Raw())
		switch kind {
		case nethtml.TextToken:
			c.text(raw)
		case nethtml.StartTagToken:
			name, _ := z.TagName()
			c.tag(raw, string(name))
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			c.end(raw, string(name))
		default:
			c.whole(raw)
		}
	}
	c.flush()
	return c.out, !c.lost
}

func (c *cutter) closing() string {
	var b strings.Builder
	for _, n := range slices.Backward(c.names) {
		b.WriteString("</" + n + ">")
	}
	return b.String()
}

func (c *cutter) left() int { return c.room - c.n - utf8.RuneCountInString(c.closing()) }

func (c *cutter) put(s string) {
	c.b.WriteString(s)
	c.n += utf8.RuneCountInString(s)
}

// flush ends a piece and opens the next one.
func (c *cutter) flush() {
	if !c.empty || len(c.out) == 0 {
		c.out = append(c.out, c.b.String()+c.closing())
	}
	c.b.Reset()
	c.n, c.empty = 0, true
	opened := strings.Join(c.open, "")
	if utf8.RuneCountInString(opened)*2 > c.room {
		c.open, c.names, opened = nil, nil, "" // tags that alone fill a piece are let go
	}
	c.put(opened)
}

func (c *cutter) whole(raw string) {
	n := utf8.RuneCountInString(raw)
	if n > c.left() && !c.empty {
		c.flush()
	}
	if n > c.left() {
		c.lost = true // a single tag longer than a whole piece, such as an inlined picture
		return
	}
	c.put(raw)
	c.empty = false
}

func (c *cutter) tag(raw, name string) {
	if voidTags[atom.Lookup([]byte(name))] || strings.HasSuffix(raw, "/>") {
		c.whole(raw)
		return
	}
	n := utf8.RuneCountInString(raw) + len(name) + 3
	if n > c.left() && !c.empty {
		c.flush()
	}
	if n > c.left() {
		c.lost = true
		return
	}
	c.put(raw)
	c.open, c.names = append(c.open, raw), append(c.names, name)
}

func (c *cutter) end(raw, name string) {
	i := len(c.names) - 1
	for i >= 0 && c.names[i] != name {
		i--
	}
	if i < 0 {
		return // it closes nothing
	}
	// What was left open inside is closed with it.
	for k := len(c.names) - 1; k > i; k-- {
		c.b.WriteString("</" + c.names[k] + ">")
		c.n += len(c.names[k]) + 3
	}
	c.open, c.names = c.open[:i], c.names[:i]
	c.put("</" + name + ">")
	c.empty = false
	_ = raw // its own spelling may hold blanks: the plain one is as good
}

func (c *cutter) text(raw string) {
	for raw != "" {
		room := c.left()
		if utf8.RuneCountInString(raw) <= room {
			c.put(raw)
			c.empty = c.empty && strings.TrimSpace(raw) == ""
			return
		}
		if room < 1 {
			if c.empty { // only tags fit: without them the text goes on
				c.open, c.names = nil, nil
				c.b.Reset()
				c.n = 0
				continue
			}
			c.flush()
			continue
		}
		r := []rune(raw)
		at := cutAt(r, room)
		if at == 0 {
			if !c.empty {
				c.flush() // the word goes into the next piece as a whole
				continue
			}
			at = beforeReference(r, room) // a word longer than a piece
		}
		c.put(string(r[:at]))
		c.empty = false
		raw = string(r[at:])
		c.flush()
	}
}

// cutAt is the place behind the last blank among the first room characters; 0 when there is none.
func cutAt(r []rune, room int) int {
	for i := room - 1; i >= 0; i-- {
		if unicode.IsSpace(r[i]) {
			return i + 1
		}
	}
	return 0
}

// beforeReference is where to cut a word: at room, or before the reference such as &amp;
// that would be torn there.
func beforeReference(r []rune, room int) int {
	const longest = 32 // of the names of references
	for i := room - 1; i > 0 && i > room-longest; i-- {
		switch r[i] {
		case ';':
			return room
		case '&':
			return i
		}
	}
	return room
}
