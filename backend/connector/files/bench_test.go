package files

import (
	"context"
	"os"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// TestBig reads the folder that WAYBILL_BIG names and reports rates, for people.
func TestBig(t *testing.T) {
	dir := os.Getenv("WAYBILL_BIG")
	if dir == "" {
		t.Skip("WAYBILL_BIG names no folder")
	}
	ctx := context.Background()
	at := time.Now()
	tables, err := Inspect(ctx, []string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("inspect %v", time.Since(at))
	at = time.Now()
	if tables, err = Propose(ctx, tables); err != nil {
		t.Fatal(err)
	}
	t.Logf("propose %v", time.Since(at))
	s := New(tables)
	for _, o := range model.Known() {
		at = time.Now()
		n := 0
		if err := s.Pages(ctx, o, "", func(p connector.Page) error { n += len(p.Records) + len(p.Broken); return nil }); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %d in %v", o, n, time.Since(at))
	}
}
