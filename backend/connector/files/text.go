package files

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"waybill/backend/problem"
)

// textHead gives the first part of a content as UTF-8, and whether it is all of it.
func textHead(s *survey, encoding string) ([]byte, bool, error) {
	r, err := decoded(bytes.NewReader(s.head), encoding)
	if err != nil {
		return nil, false, err
	}
	b, err := io.ReadAll(r)
	return bytes.TrimPrefix(b, []byte("\uFEFF")), int64(len(s.head)) == s.size, err
}

// text inspects a content whose bytes were looked at: a text table or JSON.
func (in *inspector) text(c content, ext string) error {
	size := int64(0)
	if fi, err := os.Stat(c.file); err == nil && c.plain() {
		size = fi.Size()
	}
	s, err := look(in.ctx, c, func(done int64) { in.progress(c.name, done, size) })
	if err != nil {
		return in.refuse(c, err)
	}
	if s.size == 0 {
		return in.refuse(c, isEmptyFile(c.file, c.name))
	}
	if s.binary() {
		return in.refuse(c, notText(c.file, c.name, sniffedName(s.head)))
	}
	t := blank(c.name, c.file)
	t.Entry, t.Compression, t.Bytes = c.entry, c.compression, s.size
	t.Encoding, t.EncodingSure = s.encoding()
	if err := in.stamp(&t, s); err != nil {
		return in.refuse(c, err)
	}
	sample, whole, err := textHead(s, t.Encoding)
	if err != nil {
		return in.refuse(c, badEncoding(err, &t))
	}
	first := bytes.TrimLeft(sample, " \t\r\n")
	if len(first) == 0 {
		return in.refuse(c, isEmptyFile(c.file, c.name))
	}
	if s.utf8Bad > 0 && isUTF8(t.Encoding) {
		t.note("text.bad_characters", "Some bytes are not text in UTF-8. Rows that hold them are held back.")
	}
	if t.EncodingSure < 60 {
		t.note("text.encoding", fmt.Sprintf("It is not certain that the text is %s. Please look at letters with accents or of other scripts in the preview.", t.Encoding))
	}
	switch kind := textKind(first, ext); kind {
	case KindNDJSON:
		t.Kind = kind
		return in.keep(t)
	case KindJSON:
		return in.json(t)
	case KindSQL:
		return in.sql(t)
	case KindEML, KindMbox:
		t.Kind = kind
		return in.mail(t)
	case "xml":
		return in.refuse(c, unsupported(c.file, c.name, "XML or a web page", "Export it as CSV, JSON or .xlsx instead, or open it in Excel or LibreOffice and save it as .xlsx."))
	}
	t.Kind = KindCSV
	d := sniff(sample, whole)
	if s.firstLine > int64(maxHeader) && bytes.IndexByte(sample, d.newline) < 0 {
		return in.refuse(c, problem.New(codeLongLine, fmt.Sprintf("The first line of %s is longer than %s.", c.name, megabytes(maxHeader)),
			"A table begins with a line of column names, which is never that long. The line ends of the file may be lost, or it is no table.",
			"Check how the file was exported, and export it again.").At(problem.Place{File: c.file, Line: 1}))
	}
	if d.newline == '\r' {
		t.note(noteCR, "The lines end the way old Macs wrote them.")
	}
	if d.delimiter != 0 {
		t.Delimiter = string(d.delimiter)
	}
	if d.quote != 0 {
		t.Quote = string(d.quote)
	}
	rows := d.sampled(sample, whole, sampleRows)
	t.HeaderRow, _ = findHeader(rows)
	if err := t.textColumns(rows); err != nil {
		return in.refuse(c, err)
	}
	return in.keep(t)
}

// textColumns names the columns from the header row, or by their position.
func (t *Table) textColumns(sample [][]string) error {
	width := 0
	var header []string
	if t.HeaderRow > 0 && t.HeaderRow <= len(sample) {
		header = sample[t.HeaderRow-1]
		width = len(header)
	} else {
		t.HeaderRow = 0
		widths := map[int]int{}
		for _, r := range sample {
			widths[len(r)]++
			if n := widths[len(r)]; n > widths[width] || n == widths[width] && len(r) > width {
				width = len(r)
			}
		}
	}
	wide, rest := 0, 0
	for _, r := range sample[min(t.HeaderRow, len(sample)):] {
		if len(r) > width && allBlank(r[width:]) {
			wide++
		} else {
			rest++
		}
	}
	if wide > rest {
		t.note(noteWide, "The rows end with a delimiter more than the column names. The empty cells behind it were passed over.")
	}
	if width > maxColumns {
		return problem.New(codeUnsupported, fmt.Sprintf("%s has %d columns.", t.Name, width),
			fmt.Sprintf("Waybill reads tables of up to %d columns.", maxColumns),
			"Export fewer columns, or choose another delimiter for this file.").At(problem.Place{File: t.File})
	}
	names, changed := columnNames(header, width)
	t.Columns = t.Columns[:0]
	for _, n := range names {
		t.Columns = append(t.Columns, newColumn(n))
	}
	if len(changed) > 0 {
		t.note(noteNames, "Several columns had the same name. The later ones are now called "+strings.Join(changed, ", ")+".")
	}
	switch {
	case t.HeaderRow > 1:
		t.note(notePreamble, fmt.Sprintf("The column names are in row %d; what stands above them is not a record.", t.HeaderRow))
	case t.HeaderRow == 0:
		t.note(noteNoHeader, "The first row looks like data, so the columns are numbered.")
	}
	return nil
}

// textKind decides what a text is by how it begins; its name only helps.
func textKind(first []byte, ext string) string {
	line, rest, more := bytes.Cut(first, []byte{'\n'})
	if hasPrefixFold(first, "<!doctype html") || hasPrefixFold(first, "<html") || bytes.HasPrefix(first, []byte("<?xml")) {
		return "xml" // a log-in page saved as CSV is a common accident
	}
	switch ext {
	case "ndjson", "jsonl":
		return KindNDJSON
	case "mbox", "mbx":
		return KindMbox
	case "eml":
		return KindEML
	case "sql":
		return KindSQL
	case "csv", "tsv", "tab":
		if first[0] != '{' && first[0] != '[' {
			return KindCSV
		}
	}
	switch {
	case first[0] == '{' && more && jsonLine(line):
		next := bytes.TrimLeft(rest, " \t\r\n")
		if len(next) > 0 && next[0] == '{' {
			return KindNDJSON
		}
		return KindJSON
	case first[0] == '{' && looksJSON(first), first[0] == '[' && looksJSON(first), ext == "json":
		return KindJSON
	case hasPrefixFold(first, "<!doctype"), ext == "xml":
		return "xml"
	case looksSQL(first):
		return KindSQL
	case looksMbox(first):
		return KindMbox
	case looksMail(first):
		return KindEML
	}
	return KindCSV
}

// looksJSON tells JSON from text that happens to begin with a bracket.
func looksJSON(b []byte) bool {
	next := bytes.TrimLeft(b[1:], " \t\r\n")
	if len(next) == 0 {
		return true
	}
	if b[0] == '{' {
		return next[0] == '"' || next[0] == '}'
	}
	return strings.IndexByte(`{["]-0123456789tfn`, next[0]) >= 0
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// sniffedName says in words what bytes look like.
func sniffedName(head []byte) string {
	m := mimetype.Detect(head)
	switch kind, _, _ := strings.Cut(m.String(), "/"); {
	case m.Is("application/octet-stream"), m.Is("text/plain"):
		return ""
	case kind == "image":
		return "a picture (" + strings.TrimPrefix(m.Extension(), ".") + ")"
	case kind == "audio", kind == "video":
		return "a recording (" + strings.TrimPrefix(m.Extension(), ".") + ")"
	case m.Is("application/pdf"):
		return "a PDF"
	case m.Extension() != "":
		return "a " + strings.TrimPrefix(m.Extension(), ".") + " file"
	}
	return ""
}
