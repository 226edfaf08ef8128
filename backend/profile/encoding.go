package profile

import (
	"encoding/binary"
	"math/bits"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// beyond looks at what is not plain ASCII text.
func beyond(v []byte, high bool) (m marks) {
	var scripts, decomposed, composed bool
	latin, other := false, false // letters in the word that is being read
	for i := 0; i < len(v); {
		r, n := rune(v[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(v[i:])
		}
		i += n
		switch {
		case r == utf8.RuneError:
			m |= markReplacement
		case r < 0x80:
			switch {
			case r|0x20 >= 'a' && r|0x20 <= 'z':
				latin = true
			case r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7F:
				m |= markControl
				latin, other = false, false
			case r < '0' || r > '9':
				latin, other = false, false
			}
		case r >= 0x80 && r < 0xA0:
			m |= markControl
		case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			m |= markBidi
		case r >= 0x0370 && r <= 0x052F: // Greek and Cyrillic hold the letters that look like Latin ones
			other = true
		case r >= 0x0300 && r <= 0x036F:
			decomposed = true
		case r >= 0xC0 && r <= 0x24F:
			latin = true
			composed = true
		case !unicode.IsLetter(r):
			latin, other = false, false
		}
		scripts = scripts || latin && other
	}
	if !high {
		return m
	}
	if scripts {
		m |= markLookalike
	}
	if decomposed && !norm.NFC.IsNormal(v) {
		m |= markDecomposed
	} else if composed {
		m |= markComposed
	}
	if garbled(v) {
		m |= markMojibake
	}
	return m
}

// accented says that all beyond ASCII in a text are letters of Latin with their accents, and
// none of them what a wrong reading of UTF-8 begins with: so it is with most texts.
func accented(v []byte) bool {
	for i := 0; i < len(v); {
		if i+8 <= len(v) {
			high := binary.LittleEndian.Uint64(v[i:]) & tops
			if high == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(high) / 8
		} else if v[i] < utf8.RuneSelf {
			i++
			continue
		}
		if c := v[i]; c < 0xC3 || c > 0xC8 || i+1 == len(v) || c == 0xC3 && (v[i+1] == 0x82 || v[i+1] == 0x83 || v[i+1] == 0xA2) {
			return false
		}
		i += 2
	}
	return true
}

// UTF-8 read as Windows-1252 or Mac Roman shows as these pairs.
var mojibakeShape = regexp.MustCompile(`Ã[\x{80}-\x{BF}©¨¤¶¼Ÿ]|â€[™œ“”\x{9d}˜¦]|Â[\x{A0}-\x{BF}]|‚Äö|‚Ä[ôúùì]|√[©§¢º¶≠°±≥ü§®]|Ã[\x{201A}\x{0192}\x{201E}\x{2026}\x{2020}-\x{2022}\x{02C6}\x{2030}\x{0160}\x{2039}\x{0152}\x{017D}\x{2018}\x{2019}\x{201C}\x{201D}]`)

// garbled says whether a text shows the pairs of a wrong reading. Most texts have none of
// the letters that such pairs begin with, and are told so at once.
func garbled(v []byte) bool {
	for i := 0; i+1 < len(v); i++ {
		switch v[i] {
		case 0xC3: // Ã, Â, â
			if v[i+1] == 0x83 || v[i+1] == 0x82 || v[i+1] == 0xA2 {
				return mojibakeShape.Match(v)
			}
		case 0xE2: // ‚ √
			if i+2 < len(v) && (v[i+1] == 0x80 && v[i+2] == 0x9A || v[i+1] == 0x88 && v[i+2] == 0x9A) {
				return mojibakeShape.Match(v)
			}
		}
	}
	return false
}

var wrongReadings = []*charmap.Charmap{charmap.Windows1252, charmap.ISO8859_1, charmap.Macintosh}

// Repair undoes a wrong reading of UTF-8 as Windows-1252, Latin-1 or Mac Roman, up to three
// times over. It takes only steps that can be undone and leave fewer odd pairs; ok is false
// when there is none.
func Repair(text string) (repaired string, ok bool) {
	best := text
	for range 3 {
		next, found := best, false
		for _, c := range wrongReadings {
			raw, err := c.NewEncoder().String(best)
			if err != nil || !utf8.ValidString(raw) || raw == best || strings.ContainsRune(raw, utf8.RuneError) {
				continue
			}
			if back, err := c.NewDecoder().String(raw); err != nil || back != best {
				continue
			}
			if oddness(raw) < oddness(next) {
				next, found = raw, true
			}
		}
		if !found {
			break
		}
		best = next
	}
	return best, best != text
}

// oddness counts what a good text has little of: pairs of a wrong reading, signs and
// control characters beyond ASCII.
func oddness(s string) int {
	n := 10 * len(mojibakeShape.FindAllStringIndex(s, -1))
	for _, r := range s {
		switch {
		case r >= 0x80 && r < 0xA0:
			n += 5
		case r > 0xA0 && !unicode.IsLetter(r):
			n += 2
		case r > 0xA0:
			n++
		}
	}
	return n
}
