package clean

import (
	"context"

	"waybill/backend/model"
	"waybill/backend/store"
)

// Hits lists the records that a rule would hit now, without what hangs on them: it
// is the list behind the number that Rules gives.
func Hits(ctx context.Context, db *store.DB, src model.Schema, id string) ([]int64, error) {
	out := []int64{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		all, err := offered(tx, src)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.ID != id {
				continue
			}
			hits, err := r.find(tx, r.Settings)
			if err != nil {
				return err
			}
			for _, h := range hits {
				out = append(out, h.Seq)
			}
		}
		return nil
	})
	return out, err
}
