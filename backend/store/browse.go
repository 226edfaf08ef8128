package store

import (
	"database/sql"
	"fmt"

	"waybill/backend/model"
)

// Fates tells the fate of every record of an object, fate by fate, each in staging order.
func (tx *Tx) Fates(o model.Object, see func(seq int64, f model.Fate)) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	rows, err := tx.rows(`SELECT fate, seq FROM rec WHERE object = ? ORDER BY fate, seq`, obj)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var fate model.Fate
	var seq int64
	for rows.Next() {
		if err := rows.Scan(&fate, &seq); err != nil {
			return err
		}
		see(seq, fate)
	}
	return rows.Err()
}

// Seqs gives the places of the records of a filter, in staging order.
func (tx *Tx) Seqs(f Filter) ([]int64, error) {
	cond, args, err := tx.where(f)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT r.seq FROM rec r WHERE `+cond+` ORDER BY r.seq`, args...)
	return collect(rows, err, func(rows *sql.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	})
}

// At gives records by their places in the stage, in the order of seqs, without their links.
// What is not there any more is left out.
func (tx *Tx) At(o model.Object, seqs []int64) ([]Row, error) {
	rows, err := tx.rows(`SELECT `+rowColumns+` FROM json_each(?) j CROSS JOIN rec r ON r.seq = j.value ORDER BY j.key`, jsonInts(seqs))
	return collect(rows, err, scanRow(o))
}

// Stamp changes whenever records of an object were read anew; rows is how many there are.
func (tx *Tx) Stamp(o model.Object) (stamp string, rows int64, err error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return "", 0, err
	}
	err = tx.row(`SELECT coalesce((SELECT pass || ' ' || seen || ' ' || again || ' ' || at || ' ' || done || ' ' || cursor || ' ' || feed FROM reading WHERE object = ?1), ''),
		coalesce((SELECT sum(n) FROM tally WHERE object = ?1), 0)`, obj).Scan(&stamp, &rows)
	return fmt.Sprint(stamp, " ", rows), rows, err
}

// Slice gives n records of a filter from an offset, in staging order, without their links.
// It counts its way there: deep in a long list it is slow.
func (tx *Tx) Slice(f Filter, offset, n int) ([]Row, error) {
	cond, args, err := tx.where(f)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT `+rowColumns+` FROM rec r WHERE `+cond+` ORDER BY r.seq LIMIT ? OFFSET ?`, append(args, n, offset)...)
	return collect(rows, err, scanRow(f.Object))
}
