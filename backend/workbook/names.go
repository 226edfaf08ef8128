package workbook

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// sheetNames gives each sheet a name that Excel accepts and that no other has.
type sheetNames map[string]bool

func (n sheetNames) take(want string) string {
	want = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < 32 {
			return ' '
		}
		return r
	}, want)
	want = strings.Trim(strings.Join(strings.Fields(want), " "), "'")
	if want == "" || strings.EqualFold(want, "History") {
		want = "Sheet " + want
	}
	name := short(want, 31)
	for i := 2; n[strings.ToLower(name)]; i++ {
		end := fmt.Sprintf(" %d", i)
		name = short(want, 31-len(end)) + end
	}
	n[strings.ToLower(name)] = true
	return name
}

func short(s string, most int) string {
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > most {
			return strings.TrimSpace(s[:i])
		}
	}
	return strings.TrimSpace(s)
}
