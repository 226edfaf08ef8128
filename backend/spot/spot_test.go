package spot

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"waybill/backend/model"
)

func TestBand(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	shape := model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{
		{Name: "updated_at", Type: model.DateTime}, {Name: "created_at", Type: model.DateTime, Format: "YYYY-MM-DD HH:MM:SS", Zone: "UTC"},
	}}
	made := born(shape)
	if made.Name != "created_at" {
		t.Fatalf("a record comes to be by %q", made.Name)
	}
	for at, want := range map[string]string{
		"2026-11-20 12:00:00": Week, "2026-11-14 12:00:01": Week, "2026-11-14 12:00:00": Month, "2026-10-22 00:00:00": Month, "2026-10-21 12:00:00": Year,
		"2025-11-22 00:00:00": Year, "2025-11-21 12:00:00": TwoYear, "2024-11-22 00:00:00": TwoYear, "2024-11-21 12:00:00": Older, "2014-01-01 00:00:00": Older,
		"2027-01-01 00:00:00": Week, "": Undated, "yesterday": Undated,
	} {
		raw, err := json.Marshal(map[string]string{"created_at": at})
		if err != nil {
			t.Fatal(err)
		}
		if got := band(model.Record{Raw: raw}, made, now); got != want {
			t.Errorf("%q is %s, not %s", at, got, want)
		}
	}
	if got := band(model.Record{Raw: []byte(`{"a":1}`)}, model.Field{}, now); got != Undated {
		t.Errorf("an object without a time is %s", got)
	}
}

// The lot keeps the same records whatever the order in which they come, and no more than asked.
func TestLot(t *testing.T) {
	var want []ticket
	for round := range 3 {
		l := lot{most: 10}
		for i := range int64(5000) {
			seq := (i*[]int64{1, 7, 4999}[round] + 13) % 5000
			l.offer(ticket{seq, luck("salt", seq)})
		}
		got := slices.Clone(l.sorted())
		if len(got) != 10 {
			t.Fatalf("%d kept", len(got))
		}
		if round > 0 && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("another order gave another choice")
		}
		want = got
	}
	if luck("a", 1) == luck("b", 1) {
		t.Error("two projects have the same luck")
	}
}
