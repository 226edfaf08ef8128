package files

import (
	"context"
	"errors"
	"io"
)

// Each gives the cells of a table's good rows as they stand in the file, one row after the
// other and without making records of them. It ends with the first error of give.
func Each(ctx context.Context, t *Table, give func(cells []string) error) error {
	r, err := openRows(ctx, t, position{})
	if err != nil {
		return err
	}
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		if err == nil && x.why == nil {
			err = give(x.cells)
		}
		if err != nil {
			return errors.Join(err, r.Close())
		}
	}
}
