package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

// What a returned workbook may cost. A mapping is small; what is larger is not one.
const (
	maxFile    = 64 << 20
	maxUnzip   = 128 << 20
	maxXML     = 16 << 20 // larger parts go to a temporary file
	maxEntries = 1000
	maxRows    = 200_000
	maxColumns = 500
)

func refuse(c problem.Code, what, why, next string) *problem.Problem {
	return problem.New(c, what, why, next)
}

const (
	nothingTaken = "Nothing was taken from it, and the project is unchanged."
	saveAgain    = "Open it in Excel, save it as “Excel Workbook (.xlsx)”, and import that file."
)

// book is an opened workbook that passed the gate.
type book struct {
	f *excelize.File
	// looks say what the cells are, by sheet, where they are no plain texts.
	looks map[string]*looks
}

// open lets a workbook in, or says why not. Nothing in it has been run, followed
// or unpacked beyond the limits.
func open(r io.ReaderAt, size int64) (b *book, bad *problem.Problem) {
	if bad := gate(r, size); bad != nil {
		return nil, bad
	}
	found, bad := scan(r, size)
	if bad != nil {
		return nil, bad
	}
	defer func() {
		if x := recover(); x != nil { // the library met something it cannot read
			b, bad = nil, damaged(nil)
		}
	}()
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxXML, RawCellValue: true,
	})
	if err != nil {
		return nil, damaged(err)
	}
	return &book{f: f, looks: found}, nil
}

func (b *book) close() { _ = b.f.Close() } // only read; there is nothing to lose

func damaged(err error) *problem.Problem {
	return problem.Wrap(err, CodeDamaged, "The workbook is damaged.", nothingTaken, saveAgain)
}

// gate looks at the first bytes.
func gate(r io.ReaderAt, size int64) *problem.Problem {
	if size == 0 {
		return refuse(CodeNotExcel, "The file is empty.", nothingTaken, "Choose the workbook that came back, or ask for it again.")
	}
	if size > maxFile {
		return refuse(CodeTooLarge, "The file is larger than 64 MB.", "No mapping workbook is that large. "+nothingTaken,
			"Check that it is the right file.")
	}
	head := make([]byte, 8)
	if n, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return problem.Wrap(err, CodeDamaged, "The file could not be read.", nothingTaken, "Check that it is not open elsewhere, then try again.")
	} else if n < len(head) {
		head = head[:n]
	}
	if bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		if holds(r, size, "EncryptedPackage") {
			return refuse(CodeEncrypted, "The workbook is protected with a password.", "Waybill cannot look into it. "+nothingTaken,
				"Open it in Excel, remove the password under File > Info > Protect Workbook, save it and import it again.")
		}
		return refuse(CodeOldFormat, "The workbook is in the old Excel format (.xls).", nothingTaken, saveAgain)
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return refuse(CodeNotExcel, "The file is not an Excel workbook.", nothingTaken,
			"Choose the .xlsx file that Waybill made and that came back.")
	}
	return nil
}

// holds looks for a text in the two-byte letters of old Office files.
func holds(r io.ReaderAt, size int64, word string) bool {
	want := make([]byte, 0, 2*len(word))
	for i := range len(word) {
		want = append(want, word[i], 0)
	}
	all, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	return err == nil && bytes.Contains(all, want)
}

// scan walks through the parts of the file once, within the limits, before the
// library may touch them.
func scan(r io.ReaderAt, size int64) (map[string]*looks, *problem.Problem) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, problem.Wrap(err, CodeTruncated, "The workbook is not complete.",
			"Its end is missing, as after an interrupted download. "+nothingTaken, "Copy or download it again.")
	}
	if len(z.File) > maxEntries {
		return nil, tooLarge()
	}
	var left int64 = maxUnzip
	parts := map[string]*zip.File{}
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if bad := refusedPart(name); bad != nil {
			return nil, bad
		}
		if f.UncompressedSize64 > maxUnzip {
			return nil, tooLarge()
		}
		n, err := drain(f, left)
		if err != nil {
			return nil, damaged(err)
		}
		if left -= n; left < 0 {
			return nil, tooLarge()
		}
		parts[name] = f
	}
	if parts["xl/workbook.xml"] == nil {
		return nil, refuse(CodeNotExcel, "The file is not an Excel workbook.", nothingTaken,
			"Choose the .xlsx file that Waybill made and that came back.")
	}
	return look(parts)
}

func tooLarge() *problem.Problem {
	return refuse(CodeTooLarge, "The workbook unpacks to far more than a mapping can be.",
		"It may be made to fill up this computer. "+nothingTaken, "Check where it came from, and ask for it again.")
}

func refusedPart(name string) *problem.Problem {
	switch {
	case strings.HasSuffix(name, "vbaproject.bin"), strings.Contains(name, "/macrosheets/"), strings.Contains(name, "/activex/"), strings.Contains(name, "/embeddings/"):
		return refuse(CodeMacros, "The workbook contains macros or embedded programs.", "Waybill does not open such files. "+nothingTaken, saveAgain)
	case strings.Contains(name, "/externallinks/"), name == "xl/connections.xml":
		return refuse(CodeExternal, "The workbook has links to other files.", "Their contents cannot be checked. "+nothingTaken,
			"In Excel choose Data > Edit Links > Break Link for each, save it and import it again.")
	case strings.HasPrefix(name, "/"), path.Clean(name) != strings.TrimSuffix(name, "/"), strings.HasPrefix(name, "../"):
		return refuse(CodeDamaged, "The workbook contains a part with a forbidden name.", "Excel does not write such files. "+nothingTaken, saveAgain)
	}
	return nil
}

// drain unpacks a part to nowhere, and one byte further than allowed at most.
func drain(f *zip.File, left int64) (n int64, err error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
	}()
	n, err = io.Copy(io.Discard, io.LimitReader(r, left+1))
	if n > left { // what follows is not read, so its checksum is not either
		return n, nil
	}
	return n, err
}

// grid is the texts of a sheet.
type grid [][]string

func (g grid) at(row, col int) string {
	if row < 0 || row >= len(g) || col < 0 || col >= len(g[row]) {
		return ""
	}
	return g[row][col]
}

func (b *book) read(name string) (g grid, bad *problem.Problem) {
	if !slices.Contains(b.f.GetSheetList(), name) {
		return nil, nil
	}
	defer func() {
		if x := recover(); x != nil { // as in open
			g, bad = nil, damaged(nil)
		}
	}()
	rows, err := b.f.Rows(name)
	if err != nil {
		return nil, damaged(err)
	}
	for rows.Next() {
		if len(g) >= maxRows {
			return nil, tooLarge()
		}
		cols, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, damaged(err)
		}
		g = append(g, cols[:min(len(cols), maxColumns)])
	}
	if err := rows.Close(); err != nil {
		return nil, damaged(err)
	}
	return g, nil
}
