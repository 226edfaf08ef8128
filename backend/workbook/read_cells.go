package workbook

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// changed reads a cell, and says whether it still shows what was written into it (P-65). A
// spreadsheet program may have made a number or a date of a written text: that is no change.
// What a program computes or has rounded is a mistake.
func (rd *reader) changed(t *tab, row int, head, was string) (string, bool) {
	col := t.col(head)
	if col < 0 {
		return was, false
	}
	text, here := t.grid.at(row, col), at{row, col}
	if t.looks.formulas[here] {
		rd.mistake(t, row, col, CodeFormulaCell, text, "This cell holds a formula of Excel itself.",
			"Waybill takes only what is written in a cell, not what Excel computes.",
			"Write the value as text. A formula of the mapping stands in the column Formula, as text, without = at the beginning.")
		return was, false
	}
	switch t.looks.sorts[here] {
	case isError:
		rd.mistake(t, row, col, CodeNumber, text, "This cell holds an error, "+clip(text)+".", "There is nothing to take from it.", "Write what is meant.")
		return was, false
	case isBool:
		if text = "FALSE"; t.grid.at(row, col) == "1" || strings.EqualFold(t.grid.at(row, col), "TRUE") {
			text = "TRUE"
		}
		return text, !strings.EqualFold(strings.TrimSpace(was), text)
	case isDate:
		return rd.dateCell(t, row, col, text, was)
	case isNumber:
		return rd.numberCell(t, row, col, text, was)
	}
	return text, !same(text, was)
}

// numberCell: a number in place of a text. Excel keeps 15 digits of a number.
func (rd *reader) numberCell(t *tab, row, col int, text, was string) (string, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text, !same(text, was)
	}
	if old, err := strconv.ParseFloat(strings.TrimSpace(was), 64); err == nil && close15(old, n) {
		return was, false
	}
	if math.Abs(n) >= 1e15 {
		rd.mistake(t, row, col, CodeNumber, text, "This number is too long for a spreadsheet: its last digits are lost.",
			"Excel keeps 15 digits of a number. A wrong one would be worse than none.", "Format the cell as text, then write it again.")
		return was, false
	}
	return plainNumber(n), true
}

func close15(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-14*math.Max(math.Abs(a), math.Abs(b))
}

// plainNumber is a number as people write it: 0.1, where the file says 0.10000000000000001.
func plainNumber(n float64) string {
	if r, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64); err == nil {
		n = r
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// dateCell: a date that the program keeps as a count of days.
func (rd *reader) dateCell(t *tab, row, col int, text, was string) (string, bool) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil { // ISO 8601, as some programs write it
		return text, !same(text, was)
	}
	if t.looks.from1904 {
		days += 1462
	}
	if old, err := strconv.ParseFloat(strings.TrimSpace(was), 64); err == nil && close15(old, days) {
		return was, false
	}
	if days < 1 || days > 2_958_465 {
		rd.mistake(t, row, col, CodeNumber, text, "This date cannot be read.", "It lies outside of what a spreadsheet can count.", "Write it as text, such as 2026-11-22.")
		return was, false
	}
	whole, part := math.Modf(days)
	at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if mayBe(was, at) {
		return was, false
	}
	if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format("2006-01-02T15:04:05"), true
}

// mayBe: a program could have taken the text for this date.
func mayBe(s string, at time.Time) bool {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2.1.2006", "2.1.2006 15:04", "1/2/2006", "2/1/2006", "2.1.06", "1/2/06", "2/1/06"} {
		if d, err := time.Parse(layout, strings.TrimSpace(s)); err == nil && d.Equal(at) {
			return true
		}
	}
	return false
}

// said reads a cell that was empty when the workbook was written.
func (rd *reader) said(t *tab, row int, head string) string {
	text, _ := rd.changed(t, row, head, "")
	return strings.TrimSpace(text)
}
