package workbook

import "github.com/xuri/excelize/v2"

// styles by purpose. Made in one fixed order, so that the file is the same each time.
type styles struct {
	title, text, hint, head, headEdit, locked, lockedWrap, count, edit, editWrap, required, problem, hidden int
	// Colours of cells that say something by what stands in them.
	wants, agreed, unused int
}

const (
	inkHead    = "1F3A5F"
	inkEdit    = "2F6F4F"
	inkGrey    = "F1F3F5"
	inkLine    = "CED4DA"
	inkAmber   = "FFE8A3"
	inkRed     = "FFC9C9"
	inkGreen   = "D3F0DC"
	inkMute    = "5C6670"
	textFormat = 49 // "@"
	face       = "Calibri"
)

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	edge := []excelize.Border{
		{Type: "left", Color: inkLine, Style: 1},
		{Type: "right", Color: inkLine, Style: 1},
		{Type: "top", Color: inkLine, Style: 1},
		{Type: "bottom", Color: inkLine, Style: 1},
	}
	fill := func(c string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}}
	}
	top := &excelize.Alignment{Vertical: "top"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	open := &excelize.Protection{Locked: false}
	shut := &excelize.Protection{Locked: true}
	for _, x := range []struct {
		to *int
		s  excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Family: face, Bold: true, Size: 16, Color: inkHead}, NumFmt: textFormat, Protection: shut}},
		{&s.text, excelize.Style{Alignment: wrap, NumFmt: textFormat, Protection: shut}},
		{&s.hint, excelize.Style{Font: &excelize.Font{Family: face, Italic: true, Color: inkMute}, NumFmt: textFormat, Protection: shut}},
		{&s.head, excelize.Style{Font: &excelize.Font{Family: face, Bold: true, Color: "FFFFFF"}, Fill: fill(inkHead), Border: edge, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}, NumFmt: textFormat, Protection: shut}},
		{&s.headEdit, excelize.Style{Font: &excelize.Font{Family: face, Bold: true, Color: "FFFFFF"}, Fill: fill(inkEdit), Border: edge, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}, NumFmt: textFormat, Protection: shut}},
		{&s.locked, excelize.Style{Fill: fill(inkGrey), Border: edge, Alignment: top, NumFmt: textFormat, Protection: shut}},
		{&s.lockedWrap, excelize.Style{Fill: fill(inkGrey), Border: edge, Alignment: wrap, NumFmt: textFormat, Protection: shut}},
		{&s.count, excelize.Style{Fill: fill(inkGrey), Border: edge, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right", Indent: 1}, NumFmt: 3, Protection: shut}},
		{&s.edit, excelize.Style{Border: edge, Alignment: top, NumFmt: textFormat, Protection: open}},
		{&s.editWrap, excelize.Style{Border: edge, Alignment: wrap, NumFmt: textFormat, Protection: open}},
		{&s.required, excelize.Style{Font: &excelize.Font{Family: face, Bold: true}, Fill: fill(inkAmber), Border: edge, Alignment: top, NumFmt: textFormat, Protection: shut}},
		{&s.problem, excelize.Style{Fill: fill(inkRed), Border: edge, Alignment: top, NumFmt: textFormat, Protection: open}},
		{&s.hidden, excelize.Style{NumFmt: textFormat, Protection: shut}},
	} {
		if x.s.Font == nil {
			x.s.Font = &excelize.Font{Family: face, Size: 11}
		}
		if x.s.Font.Size == 0 {
			x.s.Font.Size = 11
		}
		id, err := f.NewStyle(&x.s)
		if err != nil {
			return s, err
		}
		*x.to = id
	}
	for _, x := range []struct {
		to   *int
		fill string
		ink  string
		bold bool
	}{{&s.wants, inkRed, "7A1F1F", true}, {&s.agreed, inkGreen, "1E5B3A", false}, {&s.unused, inkGrey, inkMute, false}} {
		id, err := f.NewConditionalStyle(&excelize.Style{Fill: fill(x.fill), Font: &excelize.Font{Color: x.ink, Bold: x.bold}})
		if err != nil {
			return s, err
		}
		*x.to = id
	}
	return s, nil
}
