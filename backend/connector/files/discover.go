package files

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"waybill/backend/problem"
)

// path inspects what a person chose: a file or a folder.
func (in *inspector) path(p string) error {
	abs, err := filepath.Abs(p)
	if err != nil {
		return cannotOpen(err, p, p)
	}
	fi, err := statFile(abs, filepath.Base(abs))
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return in.file(content{file: abs, name: filepath.Base(abs)}, fi, true)
	}
	return in.folder(abs)
}

// found is a file of a folder or an entry of a ZIP.
type found struct {
	name  string // relative, with slashes
	size  int64
	entry *zip.File
}

// order puts tables before what may be attached to them, and the upper folders first.
func order(list []found) {
	weight := func(f found) int {
		w := strings.Count(f.name, "/")
		if !tableExt[extOf(f.name)] {
			w += 1 << 16
		}
		return w
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := weight(list[i]), weight(list[j])
		return a < b || a == b && list[i].name < list[j].name
	})
}

var tableExt = map[string]bool{
	"csv": true, "tsv": true, "tab": true, "xlsx": true, "xlsm": true, "json": true, "ndjson": true, "jsonl": true,
	"sql": true, "mbox": true,
}

// quiet are files that belong to no table and need no word in a folder.
var quiet = map[string]bool{
	"png": true, "jpg": true, "jpeg": true, "gif": true, "bmp": true, "svg": true, "webp": true, "heic": true, "tif": true, "tiff": true, "ico": true,
	"pdf": true, "doc": true, "docx": true, "ppt": true, "pptx": true, "rtf": true, "odt": true, "odp": true, "mp3": true, "mp4": true, "wav": true,
	"m4a": true, "mov": true, "avi": true, "mkv": true, "html": true, "htm": true, "css": true, "js": true, "ics": true, "vcf": true, "md": true,
	"exe": true, "dll": true, "dmg": true, "log": true, "ds_store": true, "ini": true, "db": true, "p7s": true, "asc": true,
}

func extOf(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.ReplaceAll(name, `\`, "/")), "."))
}

// hidden are the files that systems leave behind.
func hidden(name string) bool {
	for _, part := range strings.Split(strings.ReplaceAll(name, `\`, "/"), "/") {
		if strings.HasPrefix(part, ".") && part != ".." || part == "__MACOSX" || strings.HasPrefix(part, "~$") || strings.EqualFold(part, "thumbs.db") {
			return true
		}
	}
	return false
}

func (in *inspector) folder(dir string) error {
	var list []found
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(dir, p)
		if err != nil || relErr != nil {
			err = errors.Join(err, relErr)
			if p == dir {
				return cannotOpen(err, p, filepath.Base(p))
			}
			return in.refuse(content{file: p, name: filepath.ToSlash(rel)}, cannotOpen(err, p, filepath.ToSlash(rel)))
		}
		if err := in.ctx.Err(); err != nil {
			return err
		}
		if rel != "." && hidden(d.Name()) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			list = append(list, found{name: filepath.ToSlash(rel)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	order(list)
	mail := mailFolders(list)
	for _, f := range list {
		if in.isAttached(f.name) || mail[path.Dir(f.name)] && extOf(f.name) == "eml" {
			continue
		}
		abs := filepath.Join(dir, filepath.FromSlash(f.name))
		c := content{file: abs, name: f.name}
		fi, err := statFile(abs, f.name)
		if err == nil {
			err = in.file(c, fi, false)
		}
		if err = in.orRefuse(c, err); err != nil {
			return err
		}
	}
	for _, sub := range sortedKeys(mail) {
		if in.isAttached(sub + "/x") {
			continue
		}
		if err := in.mailFolder(filepath.Join(dir, filepath.FromSlash(sub)), sub); err != nil {
			return err
		}
	}
	return nil
}

// mailFolders lists the folders that hold several messages, one a file.
func mailFolders(list []found) map[string]bool {
	n := map[string]int{}
	for _, f := range list {
		if extOf(f.name) == "eml" {
			n[path.Dir(f.name)]++
		}
	}
	out := map[string]bool{}
	for dir, k := range n {
		if k > 1 {
			out[dir] = true
		}
	}
	return out
}

func (in *inspector) isAttached(name string) bool {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if in.attached[dir] {
			return true
		}
	}
	return false
}

// orRefuse records a problem of one file and goes on; other errors end the inspection.
func (in *inspector) orRefuse(c content, err error) error {
	if err == nil {
		return nil
	}
	return in.refuse(c, err)
}

// file inspects one file by what its first bytes say.
func (in *inspector) file(c content, fi os.FileInfo, chosen bool) error {
	if !fi.Mode().IsRegular() {
		return in.refuse(c, unsupported(c.file, c.name, "not a plain file", "Choose a file or a folder."))
	}
	if !chosen && quiet[extOf(c.name)] {
		return nil
	}
	return in.content(c, chosen, 0)
}

// head reads the first bytes of a content.
func (in *inspector) head(c content, n int) ([]byte, error) {
	r, err := c.open(in.ctx, 0)
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	n, err = io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && !isProblem(err) {
		err = nil
	}
	return b[:n], errors.Join(err, r.Close())
}

// content decides what bytes are, whatever their name says.
func (in *inspector) content(c content, chosen bool, depth int) error {
	head, err := in.head(c, 1<<14)
	if err != nil {
		return in.refuse(c, err)
	}
	if len(head) == 0 {
		if !chosen && !tableExt[extOf(c.name)] {
			return nil
		}
		return in.refuse(c, isEmptyFile(c.file, c.name))
	}
	if kind, next := refusedKind(head, extOf(c.name)); kind != "" {
		return in.refuse(c, unsupported(c.file, c.name, kind, next))
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return in.zipped(c, chosen, depth)
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return in.refuse(c, in.ole(c))
	}
	if packing := packedAs(head); packing != "" {
		if c.compression != "" || depth > 0 && c.entry == "" {
			return in.refuse(c, unsupported(c.file, c.name, "compressed more than once", "Unpack it and choose the unpacked file."))
		}
		c.compression = packing
		return in.content(c, chosen, depth+1)
	}
	if zeros := bytes.Count(head, []byte{0}); tableExt[extOf(innerName(c))] && zeros*10 > len(head)*7 {
		return in.refuse(c, notText(c.file, c.name, "")) // more than UTF-16 ever has; no need to read the rest
	}
	if !chosen && !tableExt[extOf(c.name)] && extOf(c.name) != "txt" && extOf(c.name) != "eml" && c.compression == "" {
		if s := sniffedName(head); s != "" || bytes.IndexByte(head, 0) >= 0 {
			return nil // a folder may hold anything; only tables are asked for
		}
	}
	if ext := extOf(innerName(c)); ext == "zip" || ext == "gz" || ext == "bz2" || ext == "xz" || ext == "zst" {
		return in.refuse(c, damaged(nil, c.file, c.name, "a compressed file by its name"))
	}
	return in.text(c, extOf(innerName(c)))
}

// innerName is the name of the content without the ending of its packing.
func innerName(c content) string {
	if c.compression == "" {
		return c.name
	}
	return strings.TrimSuffix(c.name, path.Ext(c.name))
}

func packedAs(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		return gz
	case bytes.HasPrefix(head, []byte("BZh")) && len(head) > 10 && bytes.Equal(head[4:10], []byte("1AY&SY")):
		return bz2
	case bytes.HasPrefix(head, []byte("\xFD7zXZ\x00")):
		return xzip
	case bytes.HasPrefix(head, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		return zst
	}
	return ""
}

// refusedKind names what is known and not read, and says what to do instead.
func refusedKind(head []byte, ext string) (kind, next string) {
	const unpack = "Unpack it and choose the unpacked files."
	const excel = "Open it in Excel or LibreOffice, save it as .xlsx, and choose that file."
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x9D}):
		return "packed with the old compress program (.Z)", unpack
	case ext == "lzma" && head[0] == 0x5D:
		return "packed with LZMA", unpack
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "a tar archive", unpack
	case bytes.HasPrefix(head, []byte("7z\xBC\xAF\x27\x1C")):
		return "a 7-Zip archive", unpack
	case bytes.HasPrefix(head, []byte("Rar!")):
		return "a RAR archive", unpack
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return "an SQLite database", "Export its tables as CSV and choose those files."
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "a Parquet file", "Export it as CSV and choose that file."
	case len(head) > 4 && (head[0] == 0x09 && head[1] <= 0x08 && head[2] <= 0x08 && ext == "xls"):
		return "an Excel file of before 1995", excel
	case ext == "xls" && (bytes.HasPrefix(head, []byte("<?xml")) || hasPrefixFold(head, "<html") || hasPrefixFold(head, "<table")):
		return "a web page that calls itself Excel", excel
	}
	return "", ""
}

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

// stamp records the size and hash of the file on disk.
func (in *inspector) stamp(t *Table, s *survey) error {
	fi, err := statFile(t.File, t.Name)
	if err != nil {
		return err
	}
	t.Size = fi.Size()
	if s != nil && t.content().plain() {
		t.SHA256 = s.sha256
		return nil
	}
	if h, ok := in.hashes[t.File]; ok {
		t.SHA256 = h
		return nil
	}
	h, err := hashFile(in.ctx.Err, t.File, t.Name)
	if err != nil {
		return err
	}
	in.hashes[t.File] = h
	t.SHA256 = h
	return nil
}

func hashFile(stop func() error, file, name string) (string, error) {
	f, err := os.Open(file) // the person chose the file
	if err != nil {
		return "", cannotOpen(err, file, name)
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	buf := make([]byte, 1<<18)
	for {
		if err := stop(); err != nil {
			return "", err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", cannotOpen(err, file, name)
		}
	}
}

// json finds the lists inside a JSON document.
func (in *inspector) json(t Table) error {
	t.Kind = KindJSON
	parts, err := in.parts(&t)
	if err != nil {
		return in.refuse(t.content(), jsonDamaged(err, &t))
	}
	for _, part := range parts {
		p := t
		p.Notes = append([]Note{}, t.Notes...)
		p.Part = part
		if part != "" {
			p.Name = t.Name + " / " + part
		}
		if err := in.keep(p); err != nil {
			return err
		}
	}
	return nil
}

// parts lists the paths of the lists of a document; "" is the document itself.
func (in *inspector) parts(t *Table) ([]string, error) {
	src, s, err := t.openText(in.ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }() // only read from
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '{' {
		return []string{""}, nil
	}
	members, err := s.survey("", 1)
	if err != nil {
		return nil, err
	}
	if _, err := s.peek(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows after the end of the document")
	}
	return choose(members), nil
}

// envelopes are members that wrap the lists of an API's answer.
var envelopes = map[string]bool{"data": true, "result": true, "response": true, "_embedded": true, "payload": true, "export": true}

func choose(members []member) []string {
	var lists, words, objects []string
	own := false
	for _, m := range members {
		parent, nested := "", false
		if i := strings.LastIndexByte(m.path, '.'); i >= 0 {
			parent, nested = m.path[:i], true
		}
		if nested && !envelopes[parent] {
			continue
		}
		switch {
		case m.path == "id" || m.path == "_id":
			own = true
		case m.kind == '[' && m.objects > 0:
			lists = append(lists, m.path)
		case m.kind == '[' && !nested:
			words = append(words, m.path)
		case m.kind == '{' && !nested:
			objects = append(objects, m.path)
		}
	}
	top := 0
	for _, m := range members {
		if !strings.Contains(m.path, ".") {
			top++
		}
	}
	switch {
	case own:
		return []string{""}
	case len(lists) > 0:
		return lists
	case top == 1 && len(objects) == 1:
		return objects
	case top == 1 && len(words) == 1:
		return words
	}
	return []string{""}
}

// workbook makes a table of every sheet that holds something.
func (in *inspector) workbook(c content) error {
	f, done, err := openWorkbook(in.ctx, c)
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
	f, done, err := openWorkbook(in.ctx, t.content())
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
