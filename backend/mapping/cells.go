package mapping

import (
	"encoding/csv"
	"strings"
	"unicode/utf8"
)

// SplitCell splits a cell that holds several values. As in a CSV file a value in
// quotation marks may itself contain the separator: red,"green, light",blue.
// Outer blanks and empty values are dropped.
func SplitCell(cell, separator string) []string {
	if separator == "" {
		return nonEmpty([]string{cell})
	}
	if strings.Contains(cell, `"`) && utf8.RuneCountInString(separator) == 1 {
		r, _ := utf8.DecodeRuneInString(separator)
		if r != '"' && r != '\n' && r != '\r' && r != utf8.RuneError {
			c := csv.NewReader(strings.NewReader(strings.ReplaceAll(cell, "\n", " ")))
			c.Comma, c.TrimLeadingSpace = r, r != ' ' && r != '\t'
			c.FieldsPerRecord = -1
			if parts, err := c.Read(); err == nil {
				return nonEmpty(parts)
			}
		}
	}
	return nonEmpty(strings.Split(cell, separator))
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
