package likeness

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"
	"github.com/xrash/smetrics"
	"golang.org/x/text/unicode/norm"
)

// fold takes case, accents and other alphabets out of a text: "Łukasz", "LUKASZ" and
// "lukasz" are one.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimSpace(s)
	}
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		// Umlauts are often written as two letters; without them both become the same.
		s = unidecode.Unidecode(norm.NFKC.String(s))
	}
	return strings.TrimSpace(strings.ToLower(s))
}

// eachWord gives the words of a folded name. "(mobile)", "mr" and the like are no names.
func eachWord(s string, give func(string)) {
	start := -1
	for i := 0; i <= len(s); i++ {
		letter := i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] == '\'')
		switch {
		case letter && start < 0:
			start = i
		case !letter && start >= 0:
			if w := strings.ReplaceAll(s[start:i], "'", ""); w != "" && !titles[w] {
				give(w)
			}
			start = -1
		}
	}
}

// titles and legal forms that people write or leave out.
var titles = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "miss": true, "dr": true, "prof": true, "sir": true, "herr": true, "frau": true, "mme": true, "jr": true, "sr": true,
	"gmbh": true, "inc": true, "ltd": true, "llc": true, "ag": true, "corp": true, "co": true, "plc": true, "kg": true, "sarl": true, "bv": true, "the": true, "of": true, "and": true,
}

// squeeze leaves letters and digits, apart by one blank.
func squeeze(s string) string {
	var out strings.Builder
	gap := false
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			if gap && out.Len() > 0 {
				out.WriteByte(' ')
			}
			gap = false
			out.WriteByte(c)
		} else {
			gap = true
		}
	}
	return out.String()
}

func foldEmail(s string, plusTags bool) string {
	s = strings.Trim(fold(s), "<>\"'.,;()[]")
	s = strings.TrimPrefix(s, "mailto:")
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" {
		return s
	}
	if !plusTags {
		if before, _, tagged := strings.Cut(local, "+"); tagged && before != "" {
			local = before
		}
	}
	return local + "@" + domain
}

// foldPhone leaves the last eight digits: those are the same with and without the
// country's number, a leading zero, brackets and blanks. An extension is cut off.
func foldPhone(s string) string {
	if i := strings.IndexAny(s, "xX#"); i > 5 {
		s = s[:i]
	}
	digits := make([]byte, 0, 16)
	for _, r := range s {
		if d := digit(r); d >= 0 {
			digits = append(digits, byte('0'+d)) //nolint:gosec // 0 to 9
		}
	}
	if len(digits) < 6 {
		return ""
	}
	return string(digits[max(0, len(digits)-8):])
}

func digit(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if r > 127 && unicode.IsDigit(r) { // Arabic and other digits
		if s := unidecode.Unidecode(string(r)); len(s) == 1 && s[0] >= '0' && s[0] <= '9' {
			return int(s[0] - '0')
		}
	}
	return -1
}

func foldWeb(s string) string {
	s = fold(s)
	if _, after, ok := strings.Cut(s, "://"); ok {
		s = after
	}
	if _, after, ok := strings.Cut(s, "@"); ok {
		s = after
	}
	s, _, _ = strings.Cut(s, "/")
	s = strings.TrimPrefix(s, "www.")
	if !strings.Contains(s, ".") {
		return ""
	}
	return s
}

// lettersOf marks which letters and digits a text has, with a second mark for repeated ones.
func lettersOf(s string) uint64 {
	var out uint64
	for i := range len(s) {
		b := uint(63)
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			b = uint(c - 'a')
		case c >= '0' && c <= '9':
			b = 52 + uint(c-'0')
		}
		if out&(1<<b) != 0 && b < 26 {
			b += 26
		}
		out |= 1 << b
	}
	return out
}

// soundOf is how a name is spoken, as a number; 0: it has no letters.
func soundOf(s string) uint32 {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return 0
	}
	x := smetrics.Soundex(s)
	if len(x) != 4 {
		return 0
	}
	return uint32(x[0])<<24 | uint32(x[1])<<16 | uint32(x[2])<<8 | uint32(x[3])
}

// roles are first parts of addresses that several people share.
var roles = map[string]bool{
	"info": true, "support": true, "sales": true, "office": true, "contact": true, "admin": true, "hello": true, "mail": true, "service": true,
	"noreply": true, "no-reply": true, "billing": true, "team": true, "help": true, "kontakt": true, "buchhaltung": true, "accounting": true, "hr": true, "it": true,
	"webmaster": true, "postmaster": true, "reception": true, "enquiries": true, "test": true, "none": true, "unknown": true,
}
