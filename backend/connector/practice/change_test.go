package practice_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	desk "waybill/backend/practice"
)

func TestP73_TheAccountTellsItsLimitOfChanges(t *testing.T) {
	s, err := desk.Serve(t.Context(), "127.0.0.1:0", desk.Options{RatePerMinute: 700, UpdatesPerMinute: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := dial(t, s).Check(t.Context())
	if err != nil || a.PerMinute != 700 || a.UpdatesPerMinute != 100 {
		t.Errorf("%+v %v", a, err)
	}
}

// More changes than one request takes, of several objects, of which some are refused.
func TestP70_ManyChangesAreResolvedOneByOne(t *testing.T) {
	s, err := desk.Serve(t.Context(), "127.0.0.1:0", desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := dial(t, s)
	var drafts []model.Draft
	for i := range 250 {
		o := model.Group
		if i%100 >= 60 {
			o = model.Organization
		}
		drafts = append(drafts, model.Draft{Object: o, Fields: map[string]any{"name": fmt.Sprint("r", i)}})
	}
	out, err := c.Write(t.Context(), drafts, nil)
	if err != nil {
		t.Fatal(err)
	}
	edits := make([]connector.Edit, len(out))
	for i, o := range out {
		name := fmt.Sprint("new ", i, " <&>")
		if i%10 == 3 {
			name = strings.Repeat("x", 300)
		}
		edits[i] = connector.Edit{Key: o.Key, Version: o.Version, Draft: model.Draft{Fields: map[string]any{"name": name}}}
	}
	edits[5].Version = "9"
	before := s.Desk.Stats().Requests
	out, err = c.Update(t.Context(), edits, nil)
	if err != nil || len(out) != len(edits) {
		t.Fatal(len(out), err)
	}
	if n := s.Desk.Stats().Requests - before; n != 5 {
		t.Errorf("%d requests for five runs", n)
	}
	for i, o := range out {
		want := connector.Updated
		switch {
		case i == 5:
			want = connector.Touched
		case i%10 == 3:
			want = connector.Refused
		}
		if o.State != want || o.Key != edits[i].Key {
			t.Errorf("%d: state %d of %v: %v", i, o.State, o.Key, o.Err)
		}
		if want == connector.Refused && (strings.Contains(o.Err.Why, "not in the desk") || o.Err.Where.Record != o.Key.ID) {
			t.Errorf("%d: %+v", i, *o.Err)
		}
		if want == connector.Updated && o.Version != "2" {
			t.Errorf("%d: version %s", i, o.Version)
		}
	}
	got, err := c.Read(t.Context(), model.Group, []string{edits[0].Key.ID, "1,2", "", "x"})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	values, err := model.Values(got[edits[0].Key.ID].Raw)
	if err != nil || values["name"] != "new 0 <&>" {
		t.Errorf("%v %v", values, err)
	}
}
