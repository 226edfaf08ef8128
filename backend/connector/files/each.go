package files

import (
	"context"
	"errors"
	"io"
)

// Each gives the cells of a table's good rows as they stand in the file, one row after the
// other and without making records of them. Cell i ends before ends[i] in text, and the
// next one begins gap bytes behind it. All are only good until give returns. It ends with the
// first error of give.
func Each(ctx context.Context, t *Table, give func(text []byte, ends []int, gap int) error) error {
	r, err := openRows(ctx, t, position{})
	if err != nil {
		return err
	}
	table, lean := r.(*csvRows)
	if lean {
		table.lean = true
	}
	var text []byte
	var ends []int
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		switch {
		case err != nil || x.why != nil:
		case lean:
			err = give(table.text, table.ends, table.gap)
		default:
			text, ends = text[:0], ends[:0]
			for _, c := range x.cells {
				text = append(text, c...)
				ends = append(ends, len(text))
			}
			err = give(text, ends, 0)
		}
		if err != nil {
			return errors.Join(err, r.Close())
		}
	}
}
