package model

import "strings"

// Digits of a telephone number that tell it from others: fewer are too few to look for, more
// differ by how the country is dialled.
const (
	fewestDigits = 7
	tellDigits   = 8
)

// PhoneDigits gives the last digits of a telephone number, which are the same however it is
// written, with and without the country; "" of what has too few digits to be one.
func PhoneDigits(s string) string {
	if i := strings.IndexAny(s, "xX#"); i > fewestDigits { // an extension
		s = s[:i]
	}
	var out []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	if len(out) < fewestDigits {
		return ""
	}
	return string(out[max(0, len(out)-tellDigits):])
}

// HasPhone says whether a text has a telephone number with these last digits, however it is
// written: with blanks, brackets, points, strokes, the country or a zero before it.
func HasPhone(text []byte, digits string) bool {
	if digits == "" {
		return false
	}
	at, gap := 0, 0 // how many of the digits came, and what stands between two
	var seen [64]byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			if at == len(seen) {
				copy(seen[:], seen[len(seen)-len(digits):])
				at = len(digits)
			}
			seen[at] = c
			at++
			gap = 0
			if at >= len(digits) && string(seen[at-len(digits):at]) == digits {
				return true
			}
		case c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')':
			gap++
		case c == 0xC2 && i+1 < len(text) && text[i+1] == 0xA0: // a blank that does not break
			gap++
			i++
		default:
			gap = 9
		}
		if gap > 3 {
			at = 0
		}
	}
	return false
}
