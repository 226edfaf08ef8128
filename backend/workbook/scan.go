package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

// sort of a cell that is no plain text.
type sort uint8

const (
	isText sort = iota
	isNumber
	isDate
	isBool
	isError
)

// at is a place in a sheet, from 0.
type at struct{ row, col int }

// looks says of a sheet's cells what the library does not tell with their texts.
type looks struct {
	formulas map[at]bool
	sorts    map[at]sort
	// merged are the ranges of cells that were made one.
	merged [][2]at
	// from1904: days are counted as old Macs do.
	from1904 bool
}

// mostLooks bounds what is remembered of a sheet.
const mostLooks = 2_000_000

// look goes through the sheets for what the library would need gigabytes to tell (measured).
func look(parts map[string]*zip.File) (map[string]*looks, *problem.Problem) {
	targets := map[string]string{}
	if rels := parts["xl/_rels/workbook.xml.rels"]; rels != nil {
		err := tokens(rels, func(e xml.StartElement) {
			if e.Name.Local == "Relationship" {
				targets[attr(e, "Id")] = attr(e, "Target")
			}
		})
		if err != nil {
			return nil, damaged(err)
		}
	}
	type tab struct{ name, part string }
	var tabs []tab
	from1904 := false
	err := tokens(parts["xl/workbook.xml"], func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			v := attr(e, "date1904")
			from1904 = v == "1" || v == "true"
		case "sheet":
			t := strings.TrimPrefix(targets[attr(e, "id")], "/")
			if !strings.HasPrefix(t, "xl/") {
				t = "xl/" + t
			}
			tabs = append(tabs, tab{attr(e, "name"), strings.ToLower(path.Clean(t))})
		}
	})
	if err != nil {
		return nil, damaged(err)
	}
	dates, err := dateStyles(parts["xl/styles.xml"])
	if err != nil {
		return nil, damaged(err)
	}
	out := map[string]*looks{}
	for _, t := range tabs {
		part := parts[t.part]
		if part == nil {
			continue
		}
		l := &looks{formulas: map[at]bool{}, sorts: map[at]sort{}, from1904: from1904}
		if err := l.read(part, dates); err != nil {
			return nil, damaged(err)
		}
		if len(l.formulas)+len(l.sorts)+len(l.merged) > mostLooks {
			return nil, tooLarge()
		}
		out[t.name] = l
	}
	return out, nil
}

// read goes through a sheet by its tags only; the full decoder is ten times slower (measured).
func (l *looks) read(f *zip.File, dates map[string]bool) (err error) {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
	}()
	b, err := io.ReadAll(io.LimitReader(r, maxUnzip+1))
	if err != nil {
		return err
	}
	row, col := -1, -1
	kind, style := "", ""
	for len(b) > 0 {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return nil
		}
		b = b[i+1:]
		switch {
		case bytes.HasPrefix(b, []byte("!--")):
			if i = bytes.Index(b, []byte("-->")); i < 0 {
				return errTag
			}
			b = b[i+3:]
			continue
		case bytes.HasPrefix(b, []byte("![CDATA[")):
			if i = bytes.Index(b, []byte("]]>")); i < 0 {
				return errTag
			}
			b = b[i+3:]
			continue
		}
		end := tagEnd(b)
		if end < 0 {
			return errTag
		}
		tag := b[:end]
		b = b[end+1:]
		name := tag
		if i := bytes.IndexAny(tag, " \t\r\n/"); i > 0 {
			name = tag[:i]
		}
		if i := bytes.IndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		switch string(name) {
		case "row":
			row, col = row+1, -1
			if n, err := strconv.Atoi(tagAttr(tag, "r")); err == nil && n > 0 {
				row = n - 1
			}
		case "c":
			col++
			if ref := tagAttr(tag, "r"); ref != "" {
				if c, n, err := excelize.CellNameToCoordinates(ref); err == nil {
					col, row = c-1, n-1
				}
			}
			kind, style = tagAttr(tag, "t"), tagAttr(tag, "s")
		case "f":
			l.formulas[at{row, col}] = true
		case "v":
			switch kind {
			case "", "n":
				l.sorts[at{row, col}] = isNumber
				if dates[style] {
					l.sorts[at{row, col}] = isDate
				}
			case "d":
				l.sorts[at{row, col}] = isDate
			case "b":
				l.sorts[at{row, col}] = isBool
			case "e":
				l.sorts[at{row, col}] = isError
			}
		case "mergeCell":
			from, to, _ := strings.Cut(tagAttr(tag, "ref"), ":")
			c1, r1, err1 := excelize.CellNameToCoordinates(from)
			c2, r2, err2 := excelize.CellNameToCoordinates(to)
			if err1 == nil && err2 == nil {
				l.merged = append(l.merged, [2]at{{r1 - 1, c1 - 1}, {r2 - 1, c2 - 1}})
			}
		}
	}
	return nil
}

var errTag = errors.New("a tag does not end")

// tagEnd finds the end of a tag, past > in its attributes.
func tagEnd(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// tagAttr gives an attribute without a prefix; those that are looked for hold no entities.
func tagAttr(tag []byte, name string) string {
	for rest := tag; ; {
		i := bytes.Index(rest, []byte(name))
		if i < 0 {
			return ""
		}
		after := bytes.TrimLeft(rest[i+len(name):], " \t\r\n")
		before := byte(0)
		if i > 0 {
			before = rest[i-1]
		}
		rest = rest[i+len(name):]
		if (before != ' ' && before != '\t' && before != '\n' && before != '\r') || len(after) < 2 || after[0] != '=' {
			continue
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) == 0 || (after[0] != '"' && after[0] != '\'') {
			return ""
		}
		end := bytes.IndexByte(after[1:], after[0])
		if end < 0 {
			return ""
		}
		return string(after[1 : end+1])
	}
}

// dateStyles finds the styles that show a number as a date.
func dateStyles(f *zip.File) (map[string]bool, error) {
	out, formats := map[string]bool{}, map[string]bool{}
	if f == nil {
		return out, nil
	}
	in, n := false, 0
	err := tokens(f, func(e xml.StartElement) {
		switch e.Name.Local {
		case "numFmt":
			if isDateFormat(attr(e, "formatCode")) {
				formats[attr(e, "numFmtId")] = true
			}
		case "cellXfs":
			in, n = true, 0
		case "cellStyles", "dxfs":
			in = false
		case "xf":
			if !in {
				return
			}
			id := attr(e, "numFmtId")
			if k, err := strconv.Atoi(id); formats[id] || err == nil && (k >= 14 && k <= 22 || k >= 27 && k <= 36 || k >= 45 && k <= 47 || k >= 50 && k <= 58) {
				out[strconv.Itoa(n)] = true
			}
			n++
		}
	})
	return out, err
}

// isDateFormat: the format has a day, month, year or time outside of quotes and brackets.
func isDateFormat(code string) bool {
	quote, bracket := false, false
	code = strings.ToLower(code)
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quote = !quote
		case quote:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case !bracket && strings.IndexByte("dmyhs", c) >= 0:
			return true
		case !bracket && strings.HasPrefix(code[i:], "general"):
			return false
		}
	}
	return false
}

func tokens(f *zip.File, each func(xml.StartElement)) (err error) {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
	}()
	d := xml.NewDecoder(r)
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok {
			each(s)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
