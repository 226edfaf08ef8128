package find

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestWord in bytes; what is longer is found by its beginning.
const longestWord = 64

// normal gives a text in the one form in which its words are looked for: composed, and the
// narrow Japanese letters of old systems as the wide ones.
func normal(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			if strings.ContainsFunc(s, func(r rune) bool { return r >= 0xFF66 && r <= 0xFF9F }) {
				return norm.NFKC.String(s)
			}
			if !norm.NFC.IsNormalString(s) {
				return norm.NFC.String(s)
			}
			return s
		}
	}
	return s
}

// eachWord gives the words of a normal text with their places in it: letters and digits
// without case and accents. Scripts that are written without blanks between words (Chinese,
// Japanese, Korean, Thai and their neighbours) give each sign by itself: a word of them is a
// row of signs. key is only good during the call.
func eachWord(s string, give func(key []byte, from, to int)) {
	var room [longestWord + 16]byte
	word, start := room[:0], 0
	flush := func(end int) {
		if len(word) > 0 {
			give(trim(word), start, end)
			word = room[:0]
		}
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				if len(word) == 0 {
					start = i
				}
				if len(word) < longestWord {
					word = append(word, c)
				}
			} else {
				flush(i)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch f := fold(r); {
		case alone(r):
			flush(i)
			if f != "" && f != between {
				give([]byte(f), i, i+n)
			}
		case f == between:
			flush(i)
		default: // "" is an accent, which is not looked for
			if len(word) == 0 {
				start = i
			}
			if len(word)+len(f) <= longestWord {
				word = append(word, f...)
			}
		}
		i += n
	}
	flush(len(s))
}

// articles are what Arabic writes in one with the word behind it.
var articles = []string{"ال", "وال", "بال", "كال", "فال"}

// trim takes the article off an Arabic word.
func trim(word []byte) []byte {
	if len(word) < 8 || word[0] < 0xD8 || word[0] > 0xD9 {
		return word
	}
	for _, a := range articles {
		if rest, ok := strings.CutPrefix(string(word), a); ok && utf8.RuneCountInString(rest) >= 2 {
			return word[len(a):]
		}
	}
	return word
}

// alone tells the scripts whose signs are words of their own here.
func alone(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1100 && r <= 0x11FF, r >= 0x1780 && r <= 0x17FF:
		return true
	case r < 0x2E80:
		return false
	case r <= 0x2FDF, r >= 0x3005 && r <= 0x3007, r >= 0x3021 && r <= 0x3029, r >= 0x3040 && r <= 0x30FF, r >= 0x3130 && r <= 0x318F,
		r >= 0x31F0 && r <= 0x31FF, r >= 0x3400 && r <= 0x4DBF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xA960 && r <= 0xA97F, r >= 0xAC00 && r <= 0xD7FF,
		r >= 0xF900 && r <= 0xFAFF, r >= 0xFFA0 && r <= 0xFFDC, r >= 0x20000 && r <= 0x3FFFF:
		return true
	}
	return false
}

// between is what stands between words.
const between = "\x00"

// few are the folds of the letters of most alphabets.
var few = sync.OnceValue(func() []string {
	out := make([]string, 0x2000)
	for r := range out {
		out[r] = makeFold(rune(r)) //nolint:gosec // below 0x2000
	}
	return out
})

// fold gives a letter or digit without case and accents; "" for what is only an accent or a
// sign that is not seen, between for what separates words.
func fold(r rune) string {
	if r < 0x2000 {
		return few()[r]
	}
	return makeFold(r)
}

// own are letters that Unicode does not take apart, but people do.
var own = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'ł': "l", 'Ł': "l",
	'þ': "th", 'Þ': "th", 'ı': "i", 'ħ': "h", 'Ħ': "h", 'ς': "σ", 'ى': "ي", 'ی': "ي", 'ة': "ه", 'ک': "ك",
}

func makeFold(r rune) string {
	if s, ok := own[r]; ok {
		return s
	}
	switch {
	case unseen(r):
		return ""
	case r >= 0x0660 && r <= 0x0669:
		return string('0' + r - 0x0660)
	case r >= 0x06F0 && r <= 0x06F9:
		return string('0' + r - 0x06F0)
	case r >= 0x0966 && r <= 0x096F:
		return string('0' + r - 0x0966)
	case r >= 0xAC00 && r <= 0xD7A3: // taken apart, Korean syllables would be letters
		return string(r)
	case !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r):
		return between
	case r >= 0x3040 && r <= 0x30FF: // voiced signs are other signs
		return string(r)
	}
	var out strings.Builder
	for _, x := range norm.NFKD.String(string(r)) {
		x = unicode.ToLower(x)
		if s, ok := own[x]; ok {
			out.WriteString(s)
			continue
		}
		if !unseen(x) && (unicode.IsLetter(x) || unicode.IsNumber(x) || unicode.IsMark(x)) {
			out.WriteRune(x)
		}
	}
	return out.String()
}

// unseen are accents, vowel points and joiners.
func unseen(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x0640, r == 0x0670, r == 0xFEFF, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069:
		return true
	case r >= 0x0300 && r <= 0x036F, r >= 0x0591 && r <= 0x05C7 && r != 0x05BE && r != 0x05C0 && r != 0x05C3 && r != 0x05C6,
		r >= 0x0610 && r <= 0x061A, r >= 0x064B && r <= 0x065F, r >= 0x06D6 && r <= 0x06ED, r >= 0xFE00 && r <= 0xFE0F:
		return true
	}
	return false
}
