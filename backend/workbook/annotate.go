package workbook

import (
	"bytes"
	"io"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

const noteAuthor = "Waybill"

// Annotate writes the mistakes that Read found into a copy of the workbook: as a
// note at each cell, which turns red. Mistakes without a cell stand at the first
// cell of their sheet, or of the cover.
func Annotate(r io.ReaderAt, size int64, w io.Writer, found []*problem.Problem) error {
	b, bad := open(r, size)
	if bad != nil {
		return bad
	}
	defer b.close()
	if err := b.annotate(found); err != nil {
		return notWritten(err)
	}
	var raw bytes.Buffer
	if err := b.f.Write(&raw); err != nil {
		return notWritten(err)
	}
	if err := pack(w, raw.Bytes()); err != nil {
		return notWritten(err)
	}
	return nil
}

func (b *book) annotate(found []*problem.Problem) error {
	type note struct{ sheet, cell string }
	texts := map[note]string{}
	var order []note
	for _, p := range found {
		n := note{p.Where.Sheet, p.Where.Cell}
		if i, err := b.f.GetSheetIndex(n.sheet); err != nil || i < 0 {
			n.sheet = b.f.GetSheetName(0)
			n.cell = ""
		}
		if n.cell == "" {
			n.cell = "B1" // column A is hidden
		}
		if old, ok := texts[n]; ok {
			texts[n] = old + "\n\n" + p.What + " " + p.Next
			continue
		}
		order = append(order, n)
		texts[n] = p.What + " " + p.Next
	}
	reds := map[int]int{}
	for _, n := range order {
		if err := b.dropOldNote(n.sheet, n.cell); err != nil {
			return err
		}
		err := b.f.AddComment(n.sheet, excelize.Comment{Author: noteAuthor, Cell: n.cell, Text: fit(texts[n]), Width: 280, Height: 120})
		if err != nil {
			return err
		}
		if err := b.redden(n.sheet, n.cell, reds); err != nil {
			return err
		}
	}
	return nil
}

// dropOldNote removes what an earlier check wrote at the cell.
func (b *book) dropOldNote(sheet, cell string) error {
	notes, err := b.f.GetComments(sheet)
	if err != nil {
		return err
	}
	for _, n := range notes {
		if n.Cell == cell {
			return b.f.DeleteComment(sheet, cell)
		}
	}
	return nil
}

// redden colours a cell, and keeps all else of its look.
func (b *book) redden(sheet, cell string, reds map[int]int) error {
	id, err := b.f.GetCellStyle(sheet, cell)
	if err != nil {
		return err
	}
	red, ok := reds[id]
	if !ok {
		s, err := b.f.GetStyle(id)
		if err != nil {
			return err
		}
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{inkRed}}
		if red, err = b.f.NewStyle(s); err != nil {
			return err
		}
		reds[id] = red
	}
	return b.f.SetCellStyle(sheet, cell, cell, red)
}
