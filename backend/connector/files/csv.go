package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"waybill/backend/problem"
)

// dialect is how a text file writes its cells.
type dialect struct {
	delimiter byte // 0: every line is one cell
	quote     byte // 0: none
	newline   byte // '\n', or '\r' for files of old Macs
}

func (t *Table) dialect() dialect {
	d := dialect{newline: '\n'}
	if t.Delimiter != "" {
		d.delimiter = t.Delimiter[0]
	}
	if t.Quote != "" {
		d.quote = t.Quote[0]
	}
	for _, n := range t.Notes {
		if n.Code == noteCR {
			d.newline = '\r'
		}
	}
	return d
}

// csvReader cuts text into rows. Unlike encoding/csv it knows where each row
// begins and ends, holds a damaged line instead of giving up, and does not let
// a quote that is never closed swallow the rows after it.
type csvReader struct {
	dialect
	src  io.Reader
	buf  []byte
	eof  bool
	from int // the row begins at buf[from]

	offset int64 // of buf[from] in the decoded stream
	line   int64 // of buf[from], from 1
	width  int   // 0: any
	isUTF8 bool
	table  *Table
	// trailing: all rows end with a delimiter too many, so that a blank cell
	// more is no fault here.
	trailing bool

	text []byte // the cells of the row that was read
	ends []int  // where each ends; the next begins so many bytes behind:
	gap  int
	room []byte // for text that does not stand so in the file
	bare int64  // quotes in the middle of a cell without quotes
	// lean: rows have no cells of their own, only text and ends, and are one and the same row.
	lean bool
	one  row
}

func newCSVReader(src io.Reader, d dialect, t *Table) *csvReader {
	return &csvReader{dialect: d, src: src, line: 1, table: t, buf: make([]byte, 0, 1<<16)}
}

// more reads further into the buffer, which always holds the row from its start.
func (r *csvReader) more() error {
	if r.eof {
		return io.EOF
	}
	if r.from > 0 {
		n := copy(r.buf, r.buf[r.from:])
		r.buf, r.from = r.buf[:n], 0
	}
	if len(r.buf) == cap(r.buf) {
		bigger := make([]byte, len(r.buf), 2*cap(r.buf))
		copy(bigger, r.buf)
		r.buf = bigger
	}
	for range 100 {
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if errors.Is(err, io.EOF) {
			r.eof = true
			if n == 0 {
				return io.EOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

var (
	errMore  = errors.New("more is needed")
	errQuote = errors.New("a quote is out of place")
)

// Next gives the next row that is not blank. Cells are not checked against the
// width when it is 0.
func (r *csvReader) next() (*row, bool, error) {
	known := 0 // so much of the row is known to hold no line end
	for {
		data := r.buf[r.from:]
		if len(data) == 0 {
			if err := r.more(); err != nil {
				return nil, false, err
			}
			continue
		}
		nl := bytes.IndexByte(data[known:], r.newline)
		if nl < 0 && !r.eof {
			known = len(data)
			if known > maxRow {
				return r.tooLong()
			}
			if err := r.more(); err != nil && !errors.Is(err, io.EOF) {
				return nil, false, err
			}
			continue
		}
		lineEnd, used := len(data), len(data)
		if nl >= 0 {
			lineEnd, used = known+nl, known+nl+1
		}
		line := data[:lineEnd]
		if r.newline == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if r.quote == 0 || bytes.IndexByte(line, r.quote) < 0 {
			r.split(line)
			return r.row(data, used)
		}
		n, err := r.parse(data, r.eof)
		for errors.Is(err, errMore) && len(r.buf)-r.from <= maxRow {
			// Twice as much before the next attempt, or a long row costs its square.
			for want := 2 * (len(r.buf) - r.from); len(r.buf)-r.from < want && !r.eof; {
				if e := r.more(); e != nil && !errors.Is(e, io.EOF) {
					return nil, false, e
				}
			}
			data = r.buf[r.from:]
			n, err = r.parse(data, r.eof)
		}
		if err == nil && n > used && r.width > 0 && len(r.ends) != r.width && r.plausible(data[used:n]) {
			err = errQuote
		}
		if err != nil {
			return r.damaged(data, used)
		}
		return r.row(data, n)
	}
}

// ones is 1 in each of eight bytes.
const ones = 0x0101010101010101

// zeros has the top bit of those of eight bytes that are zero.
func zeros(x uint64) uint64 {
	const low = 0x7F * ones
	return ^((x&low + low) | x | low)
}

// plain passes over bytes that surely are no delimiter, no quote and no line end.
func (r *csvReader) plain(data []byte, i int) int {
	delimiter, quote, newline := uint64(r.delimiter)*ones, uint64(r.quote)*ones, uint64(r.newline)*ones
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i:])
		if found := zeros(x^delimiter) | zeros(x^quote) | zeros(x^newline); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	return i
}

// valid says whether bytes are UTF-8; most are ASCII and are passed over eight at once.
func valid(b []byte) bool {
	for i := 0; i < len(b); {
		if i+8 <= len(b) {
			high := binary.LittleEndian.Uint64(b[i:]) & (0x80 * ones)
			if high == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(high) / 8
		} else if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

// split cuts a line without quotes, where it stands.
func (r *csvReader) split(line []byte) {
	r.text, r.ends, r.gap = line, r.ends[:0], 1
	if r.delimiter == 0 {
		r.ends = append(r.ends, len(line))
		return
	}
	same := uint64(r.delimiter) * ones
	i := 0
	for ; i+8 <= len(line); i += 8 { // eight bytes at once: most of them part nothing
		for found := zeros(binary.LittleEndian.Uint64(line[i:]) ^ same); found != 0; found &= found - 1 {
			r.ends = append(r.ends, i+bits.TrailingZeros64(found)/8)
		}
	}
	for ; i < len(line); i++ {
		if line[i] == r.delimiter {
			r.ends = append(r.ends, i)
		}
	}
	r.ends = append(r.ends, len(line))
}

// parse reads one row with quotes from data, and says how much it used. errMore:
// the data ends within the row. errQuote: a quote is out of place.
func (r *csvReader) parse(data []byte, last bool) (int, error) {
	text := r.room[:0]
	defer func() { r.text, r.room = text, text }()
	r.ends, r.gap = r.ends[:0], 0
	i := 0
	for {
		if i < len(data) && data[i] == r.quote {
			i++
			for {
				j := bytes.IndexByte(data[i:], r.quote)
				if j < 0 {
					if last {
						return 0, errQuote // never closed
					}
					return 0, errMore
				}
				text = append(text, data[i:i+j]...)
				i += j + 1
				if i >= len(data) && !last {
					return 0, errMore
				}
				if i < len(data) && data[i] == r.quote {
					text = append(text, r.quote)
					i++
					continue
				}
				break
			}
			if i+1 < len(data) && data[i] == '\r' && data[i+1] == '\n' || i+1 == len(data) && last && data[i] == '\r' {
				i++
			} else if i+1 == len(data) && data[i] == '\r' {
				return 0, errMore
			}
		} else {
			start := i
			for {
				i = r.plain(data, i)
				if i >= len(data) || data[i] == r.newline || data[i] == r.delimiter && r.delimiter != 0 {
					break
				}
				if data[i] == r.quote {
					r.bare++
				}
				i++
			}
			if i >= len(data) && !last {
				return 0, errMore
			}
			cell := data[start:i]
			if r.newline == '\n' && len(cell) > 0 && cell[len(cell)-1] == '\r' && (i >= len(data) || data[i] == '\n') {
				cell = cell[:len(cell)-1]
			}
			text = append(text, cell...)
		}
		r.ends = append(r.ends, len(text))
		switch {
		case i >= len(data):
			return i, nil
		case data[i] == r.newline:
			return i + 1, nil
		case data[i] == r.delimiter && r.delimiter != 0:
			i++
			if i >= len(data) && !last {
				return 0, errMore
			}
		case i > 0 && data[i-1] == '\r' && r.newline == '\n':
			return i, nil
		default:
			return 0, errQuote // text right after a closing quote
		}
	}
}

// plausible says that a good row begins right here, so that the row that was
// read across this place swallowed it. It looks no further than that row went,
// so that the answer does not depend on how much happens to be in memory.
func (r *csvReader) plausible(data []byte) bool {
	p := csvReader{dialect: r.dialect}
	n, err := p.parse(data, true)
	return err == nil && n > 0 && len(p.ends) == r.width
}

func (r *csvReader) take(used int) {
	r.line += int64(bytes.Count(r.buf[r.from:r.from+used], []byte{r.newline}))
	r.from += used
	r.offset += int64(used)
}

// row makes the row of the cells just read; false: it is blank.
func (r *csvReader) row(data []byte, used int) (*row, bool, error) {
	out := &r.one
	if !r.lean {
		out = new(row)
	}
	*out = row{line: r.line, end: r.offset + int64(used)}
	filled := !r.allBlank(0) && (len(r.ends) != 1 || string(r.text) != "\x1a") // old systems end a file with this sign
	if filled {
		r.judge(out, data[:used])
	}
	if !r.lean {
		all, from := string(r.text), 0
		out.cells = make([]string, len(r.ends))
		for i, to := range r.ends {
			out.cells[i] = all[from:to]
			from = to + r.gap
		}
	}
	r.take(used)
	return out, filled, nil
}

// allBlank says that there are only blanks in the cells from one on.
func (r *csvReader) allBlank(first int) bool {
	from := 0
	if first > 0 {
		from = r.ends[first-1] + r.gap
	}
	for _, to := range r.ends[first:] {
		if c := r.text[from:to]; len(c) > 0 && (c[0] > ' ' && c[0] < utf8.RuneSelf || len(bytes.TrimSpace(c)) > 0) {
			return false
		}
		from = to + r.gap
	}
	return true
}

// judge holds a row with the wrong number of cells or with bytes that are no text, and drops
// the cells that are too many without harm.
func (r *csvReader) judge(out *row, raw []byte) {
	switch {
	case bytes.IndexByte(raw, 0) >= 0, r.isUTF8 && !valid(raw), !r.isUTF8 && bytes.Contains(raw, []byte("\uFFFD")):
		out.why = problem.New(codeBytes, fmt.Sprintf("%s has characters that cannot be read.", upper(r.table.place(out.line))),
			fmt.Sprintf("Some of its bytes are not text in the encoding of this file, %s.", r.table.Encoding),
			"Choose another encoding for this file, or correct this line in the file and read it again.").At(r.table.where(out.line))
	case r.width == 0 || len(r.ends) == r.width:
	case r.trailing && len(r.ends) > r.width && r.allBlank(r.width):
		r.ends = r.ends[:r.width]
	default:
		out.why = wrongWidth(r.table, out.line, len(r.ends), r.width)
	}
	if out.why != nil {
		out.raw = clip(raw)
	}
}

func wrongWidth(t *Table, line int64, got, want int) *problem.Problem {
	return problem.New(codeRowWidth, fmt.Sprintf("%s has %d cells, but there are %d columns.", upper(t.place(line)), got, want),
		"It is not certain which value belongs to which column, so the row was held back.",
		"Correct the line in the file and read it again, or leave this row out.").At(t.where(line))
}

// damaged holds just the first line of a row whose quotes do not fit.
func (r *csvReader) damaged(data []byte, used int) (*row, bool, error) {
	out := &row{line: r.line, end: r.offset + int64(used), raw: clip(data[:used])}
	out.why = problem.New(codeQuote, fmt.Sprintf("%s has a quotation mark that does not fit.", upper(r.table.place(r.line))),
		"A quotation mark opens or closes in the wrong place, so it is not certain where the cells end.",
		"Correct the line in the file (a quotation mark inside a cell is written twice) and read it again, or leave this row out.").At(r.table.where(r.line))
	r.take(used)
	return out, true, nil
}

// tooLong passes over a line that is longer than any row may be.
func (r *csvReader) tooLong() (*row, bool, error) {
	out := &row{line: r.line, raw: append([]byte(nil), clip(r.buf[r.from:])...)}
	out.why = problem.New(codeLongLine, fmt.Sprintf("%s is longer than %s.", upper(r.table.place(r.line)), megabytes(maxRow)),
		"No real row is that long, so the line was held back. The line ends of the file may be lost.",
		"Check how the file was exported, or leave this row out.").At(r.table.where(r.line))
	for {
		data := r.buf[r.from:]
		if nl := bytes.IndexByte(data, r.newline); nl >= 0 {
			r.take(nl + 1)
			break
		}
		r.take(len(data))
		r.buf, r.from = r.buf[:0], 0
		if err := r.more(); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, false, err
		}
	}
	r.buf, r.from = append(make([]byte, 0, 1<<16), r.buf[r.from:]...), 0
	out.end = r.offset
	return out, true, nil
}

func allBlank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// clip copies what is kept of a broken row.
func clip(b []byte) []byte {
	return append([]byte(nil), b[:min(len(b), 1<<16)]...)
}

func upper(s string) string {
	if s == "" {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	if strings.ContainsAny(s[:min(len(s), 24)], "./") {
		return s // a file's name stays as it is
	}
	return strings.ToUpper(string(r)) + s[n:]
}

func megabytes(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}

// csvRows reads the data rows of a text table.
type csvRows struct {
	*csvReader
	src     io.Closer
	columns []string
	blank   int64
}

func openCSV(ctx context.Context, t *Table, at position) (rows, error) {
	seek := at.Row > 0 && at.Offset > 0 && isUTF8(t.Encoding) && t.content().plain()
	start := int64(0)
	if seek {
		start = at.Offset
	}
	src, err := t.content().open(ctx, start)
	if err != nil {
		return nil, err
	}
	text, err := decoded(src, t.Encoding)
	if err != nil {
		return nil, errors.Join(badEncoding(err, t), src.Close())
	}
	r := &csvRows{csvReader: newCSVReader(text, t.dialect(), t), src: src}
	r.isUTF8 = isUTF8(t.Encoding)
	for _, n := range t.Notes {
		r.trailing = r.trailing || n.Code == noteWide
	}
	for _, c := range t.Columns {
		r.columns = append(r.columns, c.Name)
	}
	if seek {
		r.offset, r.line, r.width = at.Offset, at.Line, len(r.columns)
		return r, nil
	}
	if err := r.begin(t); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), r.Close())
	}
	return r, nil
}

// begin passes over the mark of UTF-8, the lines above the header and the header.
func (r *csvRows) begin(t *Table) error {
	if err := r.skipMark(); err != nil {
		return err
	}
	for range t.HeaderRow {
		for {
			_, ok, err := r.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if ok {
				break
			}
		}
	}
	r.width = len(r.columns)
	return nil
}

// skipMark drops the byte order mark of UTF-8.
func (r *csvReader) skipMark() error {
	for len(r.buf)-r.from < 3 {
		if err := r.more(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if bytes.HasPrefix(r.buf[r.from:], []byte{0xEF, 0xBB, 0xBF}) {
		r.from += 3
		r.offset += 3
	}
	return nil
}

// Next gives the next row that is not blank.
func (r *csvRows) Next() (*row, error) {
	for {
		x, ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if ok {
			return x, nil
		}
		r.blank++
	}
}

func (r *csvRows) names() []string { return r.columns }
func (r *csvRows) Close() error    { return r.src.Close() }

func badEncoding(err error, t *Table) *problem.Problem {
	return problem.Wrap(err, codeChoice, fmt.Sprintf("%q is not an encoding that Waybill knows.", t.Encoding),
		fmt.Sprintf("%s cannot be read without one.", t.Name), "Choose an encoding from the list.").At(problem.Place{File: t.File})
}

// pastEnd explains a position beyond the end of what is there.
func pastEnd(err error, t *Table) error {
	if errors.Is(err, io.EOF) {
		return changedSince(t.File, t.Name)
	}
	return err
}
