package files

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
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
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "a PDF", "Export the table as CSV or .xlsx from the program that printed it."
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return "a text document (RTF)", "Export the table as CSV or .xlsx."
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "a Parquet file", "Export it as CSV and choose that file."
	case len(head) > 4 && (head[0] == 0x09 && head[1] <= 0x08 && head[2] <= 0x08 && ext == "xls"):
		return "an Excel file of before 1995", excel
	case ext == "xls" && (bytes.HasPrefix(head, []byte("<?xml")) || hasPrefixFold(head, "<html") || hasPrefixFold(head, "<table")):
		return "a web page that calls itself Excel", excel
	}
	return "", ""
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
