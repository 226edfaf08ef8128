// Command edit changes one cell of a workbook, as a person would in a spreadsheet
// program: the end-to-end tests send a mapping through it.
//
//	go run ./frontend/e2e/edit BOOK.xlsx OLD NEW
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "edit BOOK.xlsx OLD NEW")
		os.Exit(2)
	}
	if err := edit(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// edit replaces the one cell that holds old; none or several is an error.
func edit(path, old, changed string) (err error) {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	found := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			return err
		}
		for r, row := range rows {
			for c, value := range row {
				if value != old {
					continue
				}
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					return err
				}
				if err := book.SetCellStr(sheet, cell, changed); err != nil {
					return err
				}
				found++
			}
		}
	}
	if found != 1 {
		return fmt.Errorf("%d cells hold %q, one was expected", found, old)
	}
	return book.Save()
}
