package files

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"waybill/backend/problem"
)

// row is one row of a table as it was read.
type row struct {
	// cells by column; a JSON element's are aligned with the reader's columns.
	cells []string
	// lists holds the words of cells that were lists in JSON.
	lists map[int][]string
	// raw is the element's own JSON, or the bytes of a row that is broken.
	raw []byte
	// line is where the row stands: a line of text, a row of a sheet, or the
	// number of an element.
	line int64
	// end is where the next row begins in the decoded stream.
	end int64
	// why the row is broken.
	why *problem.Problem
}

// rows reads a table from its first data row on. Next gives io.EOF at the end;
// a broken row comes as a row with why.
type rows interface {
	Next() (*row, error)
	// names of the columns; for JSON they grow as elements are read.
	names() []string
	Close() error
}

// position is where reading goes on: after so many rows, at that place.
type position struct {
	Row    int64 `json:"r"`
	Offset int64 `json:"o"`
	Line   int64 `json:"l"`
}

// openRows opens a table after a position. The zero position is the beginning.
func openRows(ctx context.Context, t *Table, at position) (rows, error) {
	switch t.Kind {
	case KindCSV:
		return openCSV(ctx, t, at)
	case KindNDJSON:
		return openNDJSON(ctx, t, at)
	case KindJSON:
		return openJSON(ctx, t, at)
	case KindXLSX:
		return openXLSX(ctx, t, at)
	case KindEML, KindMbox:
		return openMail(ctx, t, at)
	case KindSQL:
		return openSQL(ctx, t, at)
	}
	return nil, unsupported(t.File, t.Name, "of an unknown kind", "Inspect the file again.")
}

// skipRows reads past rows when the format cannot be entered in the middle.
func skipRows(r rows, n int64) error {
	for range n {
		if _, err := r.Next(); err != nil {
			return err
		}
	}
	return nil
}

// place says where a row stands, in words that are unique within the table.
func (t *Table) place(line int64) string {
	word := "line"
	switch t.Kind {
	case KindXLSX, KindSQL:
		word = "row"
	case KindJSON:
		word = "item"
	case KindEML, KindMbox:
		word = "message"
	}
	return fmt.Sprintf("%s, %s %d", t.Name, word, line)
}

func (t *Table) where(line int64) problem.Place {
	return problem.Place{File: t.File, Sheet: t.Part, Line: line}
}

// jsonObject is a row as a JSON object, column by column in order.
func jsonObject(names, cells []string) json.RawMessage {
	n := 2
	for i, name := range names {
		n += len(name) + len(cells[i]) + 8
	}
	b := make([]byte, 0, n)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, name)
		b = append(b, ':')
		b = appendText(b, cells[i])
	}
	return append(b, '}')
}

// appendText writes a JSON string that decodes to exactly s, which is valid UTF-8.
func appendText(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// readAtMost reads a whole small content, for formats that need it.
func readAtMost(r io.Reader, limit int) ([]byte, bool, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if len(b) > limit {
		return b[:limit], true, err
	}
	return b, false, err
}
