package files

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/problem"
)

// columnsOf aligns the values of JSON elements with columns that grow as they come.
type columnsOf struct {
	list []string
	at   map[string]int
}

func (c *columnsOf) index(name string) int {
	i, ok := c.at[name]
	if !ok {
		i = len(c.list)
		c.at[name] = i
		c.list = append(c.list, name)
	}
	return i
}

func newColumnsOf(t *Table) *columnsOf {
	c := &columnsOf{at: map[string]int{}}
	for _, x := range t.Columns {
		c.index(x.Name)
	}
	return c
}

// flatten puts an element's values into cells: nested objects become dotted
// names, as model.Values has it.
func (c *columnsOf) flatten(out *row) {
	out.cells = make([]string, len(c.list))
	c.put(out, "", gjson.ParseBytes(out.raw), 0)
}

func (c *columnsOf) put(out *row, name string, v gjson.Result, depth int) {
	if v.IsObject() && depth < 32 {
		any := false
		v.ForEach(func(k, sub gjson.Result) bool {
			any = true
			n := k.String()
			if name != "" {
				n = name + "." + n
			}
			c.put(out, n, sub, depth+1)
			return true
		})
		if any || depth == 0 {
			return
		}
	}
	if name == "" {
		name = "value"
	}
	if len(c.list) >= maxColumns {
		if _, known := c.at[name]; !known {
			return // carried in the raw record all the same
		}
	}
	i := c.index(name)
	for len(out.cells) <= i {
		out.cells = append(out.cells, "")
	}
	switch {
	case v.IsArray():
		words, plain := []string{}, true
		v.ForEach(func(_, x gjson.Result) bool {
			switch {
			case x.IsObject() || x.IsArray():
				plain = false
			case x.Type == gjson.Null:
			default:
				words = append(words, text(x))
			}
			return plain
		})
		if !plain {
			out.cells[i] = v.Raw
			return
		}
		if out.lists == nil {
			out.lists = map[int][]string{}
		}
		out.lists[i] = words
		out.cells[i] = strings.Join(words, ", ")
	case v.Type == gjson.Null:
	case v.IsObject():
		if v.Raw != "{}" {
			out.cells[i] = v.Raw
		}
	default:
		out.cells[i] = text(v)
	}
}

// text is a plain value; a number keeps its digits.
func text(v gjson.Result) string {
	if v.Type == gjson.Number {
		return v.Raw
	}
	return v.String()
}

// jsonRows reads the elements of one array of a document, or its single object.
type jsonRows struct {
	*jsonStream
	*columnsOf
	table  *Table
	src    io.Closer
	single bool
	first  bool
	over   bool
	number int64
}

func openJSON(ctx context.Context, t *Table, at position) (rows, error) {
	from := at.Offset
	if t.Rows <= 1 {
		from = 0 // a single object is read again and passed over
	}
	src, stream, err := t.openText(ctx, from)
	if err != nil {
		return nil, err
	}
	r := &jsonRows{jsonStream: stream, columnsOf: newColumnsOf(t), table: t, src: src, first: true}
	if from > 0 && t.seekable() {
		r.offset, r.number, r.first = at.Offset, at.Row, at.Row == 0
		return r, nil
	}
	if err := r.begin(); err != nil {
		return nil, errors.Join(err, src.Close())
	}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), src.Close())
	}
	return r, nil
}

func (r *jsonRows) begin() error {
	if err := r.seekTo(r.table.Part); err != nil {
		return jsonDamaged(err, r.table)
	}
	c, err := r.peek()
	if err != nil {
		return jsonDamaged(err, r.table)
	}
	if c == '[' {
		_, err = r.read()
		return err
	}
	r.single = true
	return nil
}

// seekable says that reading can begin at an offset: the bytes on disk are the text.
func (t *Table) seekable() bool { return isUTF8(t.Encoding) && t.content().plain() }

// openText opens the decoded text of a JSON table, at an offset where that is possible.
func (t *Table) openText(ctx context.Context, offset int64) (io.Closer, *jsonStream, error) {
	if !t.seekable() {
		offset = 0
	}
	src, err := t.content().open(ctx, offset)
	if err != nil {
		return nil, nil, err
	}
	text, err := decoded(src, t.Encoding)
	if err != nil {
		return nil, nil, errors.Join(badEncoding(err, t), src.Close())
	}
	s := newJSONStream(text)
	if offset == 0 {
		s.skipMark()
	}
	return src, s, nil
}

func jsonDamaged(err error, t *Table) error {
	if isProblem(err) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return truncated(err, t.File, t.Name)
	}
	return damaged(err, t.File, t.Name, "JSON")
}

// Next gives the next element.
func (r *jsonRows) Next() (*row, error) {
	if r.over {
		return nil, io.EOF
	}
	if !r.single {
		ok, err := r.another(r.first, ']')
		if err != nil {
			return r.cut(err)
		}
		if !ok {
			if _, err := r.peek(); err == nil && r.table.Part == "" {
				return r.cut(errors.New("more follows after the end of the list"))
			}
			r.over = true
			return nil, io.EOF
		}
	} else if !r.first {
		r.over = true
		return nil, io.EOF
	}
	r.first = false
	raw, err := r.value(true, maxRow)
	if err != nil && !errors.Is(err, errTooLong) {
		return r.cut(err)
	}
	r.number++
	out := &row{raw: raw, line: r.number, end: r.offset}
	switch {
	case errors.Is(err, errTooLong):
		out.raw = clip(raw)
		out.why = longElement(r.table, r.number)
	case !json.Valid(raw) || !utf8.Valid(raw):
		out.raw = clip(raw)
		out.why = badElement(r.table, r.number, nil)
	default:
		r.flatten(out)
	}
	return out, nil
}

// cut holds what is left when the document breaks off: nobody can tell where
// its next element begins.
func (r *jsonRows) cut(err error) (*row, error) {
	if isProblem(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	r.over = true
	r.number++
	rest, _ := io.ReadAll(io.LimitReader(r.r, 1<<12)) // shown as an example only
	out := &row{line: r.number, end: r.offset, raw: clip(rest)}
	out.why = problem.Wrap(err, codeTruncated, fmt.Sprintf("%s breaks off at item %d.", r.table.Name, r.number),
		"From there on the file does not fit together, so what follows could not be read.",
		"Export or copy the file again, then inspect it again.").At(r.table.where(r.line))
	return out, nil
}

func longElement(t *Table, number int64) *problem.Problem {
	return problem.New(codeLongLine, fmt.Sprintf("%s is longer than %s.", upper(t.place(number)), megabytes(maxRow)),
		"No real record is that long, so it was held back.",
		"Check how the file was exported, or leave this record out.").At(t.where(number))
}

func badElement(t *Table, number int64, cause error) *problem.Problem {
	return problem.Wrap(cause, codeJSON, fmt.Sprintf("%s is not complete JSON.", upper(t.place(number))),
		"A bracket, comma or quotation mark is missing or misplaced, so its values are not certain.",
		"Correct it in the file and read it again, or leave this record out.").At(t.where(number))
}

func (r *jsonRows) names() []string { return r.list }

func (r *jsonRows) Close() error { return r.src.Close() }

// ndjsonRows reads one JSON value a line.
type ndjsonRows struct {
	*csvReader
	*columnsOf
	src   io.Closer
	blank int64
}

func openNDJSON(ctx context.Context, t *Table, at position) (rows, error) {
	start := int64(0)
	if t.seekable() {
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
	r := &ndjsonRows{csvReader: newCSVReader(text, dialect{newline: '\n'}, t), columnsOf: newColumnsOf(t), src: src}
	r.isUTF8 = isUTF8(t.Encoding)
	if start > 0 {
		r.offset, r.line = start, at.Line
		return r, nil
	}
	if err := r.skipMark(); err != nil {
		return nil, errors.Join(err, src.Close())
	}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), src.Close())
	}
	return r, nil
}

// Next gives the value of the next line that is not blank.
func (r *ndjsonRows) Next() (*row, error) {
	for {
		x, ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			r.blank++
			continue
		}
		if x.why == nil {
			r.element(x)
		}
		return x, nil
	}
}

// element makes the row of a line.
func (r *ndjsonRows) element(x *row) {
	x.raw = []byte(strings.TrimSpace(x.cells[0]))
	x.cells = nil
	if !json.Valid(x.raw) || !utf8.Valid(x.raw) {
		x.why = badElement(r.table, x.line, nil)
		x.raw = clip(x.raw)
		return
	}
	r.flatten(x)
}

func (r *ndjsonRows) names() []string { return r.list }

func (r *ndjsonRows) Close() error { return r.src.Close() }

// jsonLine says that a line is a whole JSON value by itself.
func jsonLine(line []byte) bool { return json.Valid(bytes.TrimSpace(line)) }
