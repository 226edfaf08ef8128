package load

import (
	"encoding/hex"
	"testing"
	"time"

	"waybill/backend/model"
)

// Drafts that differ in one thing each, most of them in where one part ends and the next begins.
func differentDrafts() []model.Draft {
	at := time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC)
	ref := func(o model.Object, by, v string) model.Ref { return model.Ref{Object: o, By: by, Value: v} }
	link := func(l model.DraftLink) model.Draft { return model.Draft{Links: []model.DraftLink{l}} }
	out := []model.Draft{
		{},
		{Object: model.Ticket},
		{Thread: "ticket"},
		{Object: "ti", Thread: "cket"},
		{File: &model.File{}},
		{File: &model.File{Name: "a", Hash: "b"}},
		{File: &model.File{Name: "ab"}},
		{File: &model.File{Type: "ab"}},
		{File: &model.File{Size: 1}},
		link(model.DraftLink{}), link(model.DraftLink{Required: true}), link(model.DraftLink{Field: "a", Instead: "b"}),
		link(model.DraftLink{Field: "a", IfUnknown: "b"}), link(model.DraftLink{Field: "ab"}), link(model.DraftLink{Target: model.Key{ID: "ab"}}), link(model.DraftLink{Target: model.Key{Object: "a", ID: "b"}}),
		link(model.DraftLink{To: []model.Ref{ref("a", "", "b")}}), link(model.DraftLink{To: []model.Ref{ref("a", "b", "")}}), link(model.DraftLink{To: []model.Ref{ref("", "", "a"), ref("", "", "b")}}),
		link(model.DraftLink{To: []model.Ref{ref("", "", "b"), ref("", "", "a")}}),
		{Links: []model.DraftLink{{Field: "a"}, {Field: "b"}}},
		{Links: []model.DraftLink{{Field: "b"}, {Field: "a"}}},
	}
	for _, v := range []any{
		nil, "", "1", "a", true, false, int64(1), int64(0), int64(-1), 1.0, 0.0, model.Day("1"), model.Day(""), at, at.Add(time.Nanosecond),
		[]string{},
		[]string{""},
		[]string{"1"},
		[]string{"a", "b"},
		[]string{"ab"},
		[]string{"b", "a"},
		[]string{"a", "", "b"},
		map[string]int{"a": 1},
		map[string]int{"a": 2},
		"2019-03-01T08:00:00Z",
	} {
		out = append(out, model.Draft{Fields: map[string]any{"f": v}})
	}
	return append(out, model.Draft{Fields: map[string]any{"f": "a", "g": "b"}}, model.Draft{Fields: map[string]any{"f": "b", "g": "a"}}, model.Draft{Fields: map[string]any{"fg": "ab"}})
}

func TestFingerprintsTellDraftsApart(t *testing.T) {
	seen := map[string]int{}
	for i, d := range differentDrafts() {
		for range 3 { // the fields lie in a map, whose order is never the same
			h, err := hashOf(d)
			if err != nil {
				t.Fatal(err)
			}
			if first, ok := seen[hex.EncodeToString(h)]; ok && first != i {
				t.Errorf("drafts %d and %d have one fingerprint", first, i)
			}
			seen[hex.EncodeToString(h)] = i
		}
	}
	if len(seen) != len(differentDrafts()) {
		t.Errorf("%d fingerprints of %d drafts", len(seen), len(differentDrafts()))
	}
}

// What is kept in projects must be found again by later versions (invariant 12).
func TestFingerprintStays(t *testing.T) {
	h, err := hashOf(model.Draft{
		Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: "1"}, Thread: "x", Eased: []string{"tags"},
		Fields: map[string]any{"subject": "Printer", "tags": []string{"vpn", "office"}, "created_at": time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC), "n": int64(-7), "due": model.Day("2020-02-29")},
		Links:  []model.DraftLink{{Field: "requester", To: []model.Ref{{Object: model.Contact, By: "email", Value: "a@x.example"}}, Required: true, IfUnknown: model.OtherwiseHold}},
		File:   &model.File{Name: "a.txt", Hash: "00ff", Size: 12, Type: "text/plain"},
	})
	if got := hex.EncodeToString(h); err != nil || got != "b4ff4f6c0c34b39b34b8cfc85bc46a7d" {
		t.Errorf("%s %v", got, err)
	}
}
