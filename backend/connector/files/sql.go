package files

import (
	"context"
)

func openSQL(ctx context.Context, t *Table, at position) (rows, error) {
	return nil, unsupported(t.File, t.Name, "an SQL dump", "Leave it out.")
}

func (in *inspector) sql(t Table) error {
	return in.refuse(t.content(), unsupported(t.File, t.Name, "an SQL dump", "Leave it out."))
}

func looksSQL(first []byte) bool { return false }
