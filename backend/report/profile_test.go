package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func profileFacts() Profile {
	f := Profile{
		Project: "ACME", Company: "ACME Ltd", Source: "Old desk", MeasuredAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Points: 71, Enough: 80, Formula: "100 points, less for each open finding.",
		Order: []ProfileStep{{Title: "Customers", Rows: 10}, {Title: "Tickets", Rows: 2000, On: "Customers", Broken: 3}},
	}
	for range 40 {
		f.Findings = append(f.Findings, ProfileFinding{
			Severity: "Holds records", Where: "Tickets, x", What: "=cmd()|' /C calc' \u202Ereversed 日本語 🎉", Means: strings.Repeat("long ", 60), Fix: "Decide.", Count: 12_345, Examples: []string{"one", "\x00two"}, State: "Accepted by Ada: fine",
		})
	}
	o := ProfileObject{Title: "Tickets", Rows: 2000}
	for i := range 120 {
		o.Fields = append(o.Fields, ProfileField{Name: strings.Repeat("field ", i%9+1), Holds: "text 12", Top: strings.Repeat("value ", 40), Filled: int64(i * 16), Distinct: 9, About: i%2 == 0, Longest: 88})
	}
	for y := range 40 {
		o.Ages = append(o.Ages, ProfileBar{Label: "19" + string(rune('0'+y%10)), Count: int64(y)})
	}
	f.Objects = []ProfileObject{o, {Title: "Nothing"}}
	return f
}

func TestProfile_sameBytesEachTime(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := WriteProfile(w, profileFacts()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same profile gave two papers")
	}
	if !bytes.HasPrefix(a.Bytes(), []byte("%PDF")) || a.Len() < 10_000 {
		t.Errorf("%d bytes that begin with %q", a.Len(), a.Bytes()[:8])
	}
}

func TestProfile_notMeasuredIsRefused(t *testing.T) {
	var w bytes.Buffer
	f := profileFacts()
	f.MeasuredAt = time.Time{}
	if err := WriteProfile(&w, f); err == nil || w.Len() > 0 {
		t.Errorf("%v and %d bytes", err, w.Len())
	}
}
