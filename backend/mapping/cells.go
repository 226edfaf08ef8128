package mapping

import "strings"

// SplitCell splits a cell that holds several values. As in a CSV file a value in
// quotation marks may itself contain the separator: red,"green, light",blue.
// Outer blanks and empty values are dropped.
func SplitCell(cell, separator string) []string {
	if separator == "" {
		return nonEmpty([]string{cell})
	}
	if !strings.Contains(cell, `"`) {
		return nonEmpty(strings.Split(cell, separator))
	}
	var parts []string
	for rest, more := cell, true; more; {
		if value, after, ok := quotedPart(rest, separator); ok {
			parts = append(parts, value)
			rest, more = after.rest, after.more
			continue
		}
		var part string
		part, rest, more = strings.Cut(rest, separator)
		parts = append(parts, part)
	}
	return nonEmpty(parts)
}

type remainder struct {
	rest string
	more bool
}

// quotedPart reads a value in quotation marks; "" inside stands for one. A value
// that only contains a quotation mark somewhere, such as 5" disk, is not one.
func quotedPart(s, separator string) (string, remainder, bool) {
	t := strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(t, `"`) {
		return "", remainder{}, false
	}
	var b strings.Builder
	for i := 1; i < len(t); i++ {
		if t[i] != '"' {
			b.WriteByte(t[i])
			continue
		}
		if strings.HasPrefix(t[i+1:], `"`) {
			b.WriteByte('"')
			i++
			continue
		}
		after := t[i+1:]
		if strings.TrimSpace(after) == "" {
			return b.String(), remainder{}, true
		}
		for strings.HasPrefix(after, " ") && !strings.HasPrefix(after, separator) {
			after = after[1:]
		}
		if rest, ok := strings.CutPrefix(after, separator); ok {
			return b.String(), remainder{rest, true}, true
		}
		return "", remainder{}, false
	}
	return "", remainder{}, false
}

func nonEmpty(parts []string) []string {
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
