package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"sort"

	"waybill/backend/model"
)

// Setting reads a setting into v; false when there is none.
func (tx *Tx) Setting(name string, v any) (bool, error) {
	var text string
	err := tx.row(`SELECT value FROM setting WHERE name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal([]byte(text), v)
}

// Set keeps a setting. Never put a secret here (invariant 15).
func (tx *Tx) Set(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, string(b))
	return err
}

// Unset removes a setting.
func (tx *Tx) Unset(name string) error {
	_, err := tx.exec(`DELETE FROM setting WHERE name = ?`, name)
	return err
}

func sortObjects(o []model.Object) {
	sort.Slice(o, func(i, j int) bool { return o[i] < o[j] })
}
