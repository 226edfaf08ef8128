package files

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"waybill/backend/problem"
)

// ole tells an old Excel file from a locked new one. Both begin the same.
func (in *inspector) ole(c content) *problem.Problem {
	at := problem.Place{File: c.file}
	wide := func(s string) []byte {
		var b []byte
		for _, r := range []byte(s) {
			b = append(b, r, 0)
		}
		return b
	}
	locked, old := false, false
	if r, err := c.open(in.ctx, 0); err == nil {
		buf, keep := make([]byte, 1<<18), 0
		for i := 0; i < 4096; i++ { // a directory may stand anywhere in the first gigabyte
			n, err := r.Read(buf[keep:])
			b := buf[:keep+n]
			locked = locked || bytes.Contains(b, wide("EncryptedPackage"))
			old = old || bytes.Contains(b, wide("Workbook")) || bytes.Contains(b, wide("Book"))
			if err != nil || locked {
				break
			}
			keep = copy(buf, b[max(0, len(b)-64):])
		}
		_ = r.Close() // only read from
	}
	switch {
	case locked:
		return problem.New(codeEncrypted, fmt.Sprintf("%s is locked with a password.", c.name),
			"Waybill cannot look inside, and does not ask for such passwords.",
			"Open it in Excel or LibreOffice with its password, save it without one as .xlsx, and choose that file.").At(at)
	case old:
		return problem.New(codeOldExcel, fmt.Sprintf("%s is an Excel file of the old kind (.xls).", c.name),
			"Waybill reads the kind that Excel has written since 2007.",
			"Open it in Excel or LibreOffice, save it as .xlsx, and choose that file.").At(at)
	}
	return unsupported(c.file, c.name, "an old Office document", "Save its tables as CSV or .xlsx and choose those files.")
}

// zipped looks into a ZIP: a workbook, another office document, or an archive of files.
func (in *inspector) zipped(c content, chosen bool, depth int) error {
	name, remove := c.file, func() {}
	if !c.plain() {
		var err error
		if name, remove, err = c.spill(in.ctx, maxWorkbook); err != nil {
			return in.refuse(c, err)
		}
	}
	defer remove()
	f, err := os.Open(name)
	if err != nil {
		return in.refuse(c, cannotOpen(err, c.file, c.name))
	}
	defer func() { _ = f.Close() }() // only read from
	fi, err := f.Stat()
	if err != nil {
		return in.refuse(c, cannotOpen(err, c.file, c.name))
	}
	zr, err := zip.NewReader(f, fi.Size())
	if err != nil {
		return in.refuse(c, truncated(err, c.file, c.name))
	}
	switch office(zr) {
	case "xlsx":
		return in.workbook(c)
	case "xlsb":
		return in.refuse(c, unsupported(c.file, c.name, "a binary Excel workbook (.xlsb)", "Open it in Excel, save it as .xlsx, and choose that file."))
	case "ods":
		return in.refuse(c, unsupported(c.file, c.name, "an OpenDocument file", "Open it in LibreOffice or Excel, save it as .xlsx, and choose that file."))
	case "other":
		if !chosen {
			return nil
		}
		return in.refuse(c, unsupported(c.file, c.name, "an Office document without tables of rows", "Save its tables as CSV or .xlsx and choose those files."))
	}
	if !c.plain() || depth > 0 {
		return in.refuse(c, unsupported(c.file, c.name, "a ZIP inside another file", "Unpack it and choose the unpacked files."))
	}
	return in.archive(c, zr, chosen)
}

// office says what kind of document a ZIP is, "" for an archive of files.
func office(zr *zip.Reader) string {
	types, word := false, false
	for _, e := range zr.File {
		switch n := strings.ToLower(strings.ReplaceAll(e.Name, `\`, "/")); {
		case n == "xl/workbook.xml":
			return "xlsx"
		case n == "xl/workbook.bin":
			return "xlsb"
		case n == "[content_types].xml":
			types = true
		case strings.HasPrefix(n, "word/"), strings.HasPrefix(n, "ppt/"):
			word = true
		case n == "mimetype" && e.UncompressedSize64 < 200:
			if r, err := e.Open(); err == nil {
				b, _ := io.ReadAll(io.LimitReader(r, 200)) // a short name or nothing
				_ = r.Close()
				if strings.Contains(string(b), "opendocument") {
					return "ods"
				}
			}
		}
	}
	if types || word && types {
		return "other"
	}
	return ""
}

// archive inspects the files in a ZIP.
func (in *inspector) archive(c content, zr *zip.Reader, chosen bool) error {
	if len(zr.File) > maxEntries {
		return in.refuse(c, zipBomb(c.file, c.name))
	}
	var total uint64
	var list []found
	for _, e := range zr.File {
		total += e.UncompressedSize64
		if total > uint64(maxUnpacked) || isBomb(e) {
			return in.refuse(c, zipBomb(c.file, c.name))
		}
		if e.FileInfo().IsDir() || hidden(e.Name) {
			continue
		}
		list = append(list, found{name: e.Name, entry: e, size: int64(e.UncompressedSize64)})
	}
	order(list)
	mail := mailFolders(list)
	outside := in.attached
	in.attached = map[string]bool{} // what tables in the ZIP name lies in the ZIP
	defer func() { in.attached = outside }()
	before := len(in.tables)
	for _, f := range list {
		entry := content{file: c.file, entry: f.name, name: c.name + " / " + f.name}
		if !safeEntry(f.name) {
			err := problem.New(codeZipPath, fmt.Sprintf("%s holds a file with an unsafe name: %s.", c.name, clipText(f.name, 100)),
				"The name leads out of the ZIP, which could overwrite other files, so this entry was not read. Nothing was written.",
				"If you need it, unpack the ZIP yourself, check the file, and choose it.").At(problem.Place{File: c.file, Value: f.name})
			if err := in.refuse(entry, err); err != nil {
				return err
			}
			continue
		}
		if in.isAttached(f.name) || quiet[extOf(f.name)] || mail[path.Dir(f.name)] && extOf(f.name) == "eml" {
			continue
		}
		if f.entry.Flags&1 != 0 {
			if err := in.refuse(entry, encryptedEntry(c.file, entry.name)); err != nil {
				return err
			}
			continue
		}
		if err := in.content(entry, false, 0); err != nil {
			return err
		}
	}
	for _, sub := range sortedKeys(mail) {
		if err := in.mailEntries(c, sub); err != nil {
			return err
		}
	}
	if len(in.tables) == before && chosen {
		return in.refuse(c, problem.New(codeNoTables, fmt.Sprintf("%s holds no table that Waybill can read.", c.name),
			"It reads CSV and other text tables, Excel workbooks (.xlsx), JSON, NDJSON, mail and SQL dumps.",
			"Choose the ZIP of your export, or unpack it and choose the files.").At(problem.Place{File: c.file}))
	}
	return nil
}

// workbook makes a table of every sheet that holds something.
func (in *inspector) workbook(c content) error {
	f, done, err := openWorkbook(in.ctx, c, true)
	if err != nil {
		return in.refuse(c, err)
	}
	sheets := f.GetSheetList()
	hiddenSheets := map[string]bool{}
	for _, s := range sheets {
		if visible, err := f.GetSheetVisible(s); err == nil && !visible {
			hiddenSheets[s] = true
		}
	}
	done()
	kept := 0
	for _, s := range sheets {
		t := blank(c.name+" / "+s, c.file)
		t.Entry, t.Compression, t.Kind, t.Part = c.entry, c.compression, KindXLSX, s
		t.Encoding, t.EncodingSure = utf8Name, 100
		if err := in.stamp(&t, nil); err != nil {
			return in.refuse(c, err)
		}
		t.Bytes = t.Size
		if hiddenSheets[s] {
			t.note("sheet.hidden", "This sheet is hidden in the workbook.")
		}
		if err := in.sheetColumns(&t, true); err != nil {
			if errors.Is(err, errNoRows) {
				continue // an empty sheet is nobody's loss
			}
			if err := in.refuse(t.content(), err); err != nil {
				return err
			}
			continue
		}
		kept++
		if err := in.keep(t); err != nil {
			return err
		}
	}
	if kept == 0 {
		return in.refuse(c, isEmptyFile(c.file, c.name))
	}
	return nil
}

var errNoRows = errors.New("the sheet is empty")

// sheetColumns reads the first rows of a sheet to name its columns.
func (in *inspector) sheetColumns(t *Table, detect bool) error {
	f, done, err := openWorkbook(in.ctx, t.content(), false)
	if err != nil {
		return err
	}
	r, err := sheetRows(in.ctx, f, done, t)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	var sample [][]string
	var at []int64
	for len(sample) < 200 {
		cells, ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if !allBlank(cells) {
			sample, at = append(sample, trimRight(cells)), append(at, r.number)
		} else if r.number > 10000 && len(sample) == 0 {
			break
		}
	}
	if len(sample) == 0 {
		return errNoRows
	}
	header := 0
	if detect {
		if header, _ = findHeader(sample); header > 0 {
			t.HeaderRow = int(at[header-1])
		}
	} else {
		for i, n := range at {
			if n == int64(t.HeaderRow) {
				header = i + 1
			}
		}
	}
	row := t.HeaderRow
	t.HeaderRow = header
	if err := t.textColumns(sample); err != nil {
		return err
	}
	if t.HeaderRow > 0 {
		t.HeaderRow = row
	}
	return nil
}

func trimRight(cells []string) []string {
	n := len(cells)
	for n > 0 && strings.TrimSpace(cells[n-1]) == "" {
		n--
	}
	return cells[:n]
}
