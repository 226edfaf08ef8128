package likeness_test

import (
	"fmt"
	"reflect"
	"testing"

	"waybill/backend/likeness"
)

var fields = []likeness.Field{{"name", likeness.Name}, {"email", likeness.Email}, {"phone", likeness.Phone}, {"company", likeness.Place}}

func find(t *testing.T, opts likeness.Options, rows ...[]string) (likeness.Result, *likeness.Finder) {
	t.Helper()
	f := likeness.New(fields, opts)
	for _, r := range rows {
		f.Add(r)
	}
	res, err := f.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return res, f
}

// strangers are many people who have nothing in common.
func strangers(n int) [][]string {
	out := make([][]string, n)
	for i := range out {
		a, b := string(rune('a'+i%26))+string(rune('a'+i/26%26)), string(rune('a'+i*7%26))+string(rune('a'+i*3/26%26))
		out[i] = []string{fmt.Sprintf("%sqo%s %szu%s", a, b, b, a), fmt.Sprintf("%s%d%s@%s.example", a, i, b, b), fmt.Sprint(3_000_000 + i*7919), ""}
	}
	return out
}

// P-28: one person, written in the ways in which desks have them.
func TestP28_OnePersonWrittenTwice(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []string
		band likeness.Band
	}{
		{"case", []string{"Anna Bergmann", "Anna.Bergmann@Example.COM", "", ""}, []string{"anna bergmann", "anna.bergmann@example.com", "", ""}, likeness.Sure},
		{"accents", []string{"Łukasz Wójcik", "lukasz@poczta.example", "", ""}, []string{"Lukasz Wojcik", "Łukasz@poczta.example", "", ""}, likeness.Sure},
		{"plus tag", []string{"Anna Bergmann", "anna.b+shop@example.com", "", ""}, []string{"Anna Bergmann", "anna.b@example.com", "", ""}, likeness.Sure},
		{"order and initial", []string{"Bergmann, Anna", "anna.b@example.com", "", ""}, []string{"A. Bergmann", "anna.b@example.com", "", ""}, likeness.Sure},
		{"short name and phone", []string{"Robert Quittenbaum", "", "+49 (0)89 1234-567", ""}, []string{"Bob Quittenbaum", "", "089 1234567", ""}, likeness.Sure},
		{"an address alone", []string{"", "anna.b@example.com", "", ""}, []string{"", "anna.b@example.com", "", ""}, likeness.Ask},
		{"a rare name alone", []string{"Xaver Quittenbaum", "x@a.example", "", ""}, []string{"Xaver Quittenbaum", "", "", ""}, likeness.Ask},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, f := find(t, likeness.Options{}, append(strangers(300), c.a, c.b)...)
			if len(res.Groups) != 1 || res.Groups[0].Band != c.band || len(res.Groups[0].Members) != 2 || res.Groups[0].Members[0].Record != 300 {
				score, why := f.Explain(300, 301)
				t.Fatalf("wanted one group that is %s, got %+v\n%.1f %+v", c.band, res.Groups, score, why)
			}
		})
	}
}

// P-29: people who share an address are not one person.
func TestP29_SharedAddress(t *testing.T) {
	rows := append(strangers(300), []string{"Maria Silva", "casa@familia.example", "", ""}, []string{"Otto Quittenbaum", "casa@familia.example", "", ""})
	res, f := find(t, likeness.Options{}, rows...)
	if len(res.Groups) != 1 || res.Groups[0].Band != likeness.Different {
		score, why := f.Explain(300, 301)
		t.Errorf("two people in one house are shown as different: %+v\n%.1f %+v", res.Groups, score, why)
	}
	// Ten users with one example address: none of them is merged.
	rows = strangers(300)
	for i, n := range []string{"Ada Quill", "Boris Wendt", "Clara Xu", "Dmitri Yost", "Edda Zorn", "Finn Abt", "Greta Bux", "Hugo Cyr", "Ines Dorn", "Jan Eyth"} {
		rows = append(rows, []string{n, "example@email.com", fmt.Sprint(900_000 + i), ""})
	}
	res, _ = find(t, likeness.Options{}, rows...)
	for _, g := range res.Groups {
		if g.Band != likeness.Different {
			t.Errorf("an example address makes nobody the same one: %+v", g)
		}
	}
}

func TestOptions_plusTagsAreTheirOwn(t *testing.T) {
	rows := append(strangers(300), []string{"", "queue+sales@example.com", "", ""}, []string{"", "queue+help@example.com", "", ""})
	if res, _ := find(t, likeness.Options{PlusTags: true}, rows...); len(res.Groups) != 0 {
		t.Errorf("tags were to be kept apart: %+v", res.Groups)
	}
	if res, _ := find(t, likeness.Options{}, rows...); len(res.Groups) != 1 {
		t.Errorf("without the choice they are one mailbox: %+v", res.Groups)
	}
}

// A looks like B and B like C: that makes A and C the same only if nothing contradicts.
func TestFind_aChainIsNoGroup(t *testing.T) {
	rows := append(strangers(300),
		[]string{"Xaver Quittenbaum", "xq@example.com", "0895551234", ""},
		[]string{"", "xq@example.com", "0307778888", ""},
		[]string{"Wendelin Orlowski", "", "0307778888", ""})
	res, _ := find(t, likeness.Options{}, rows...)
	for _, g := range res.Groups {
		if len(g.Members) > 2 {
			t.Errorf("two names are in one group: %+v", g)
		}
	}
	if len(res.Groups) == 0 {
		t.Error("nothing was found to ask about")
	}
}

// What cannot be compared in full is said.
func TestFind_saysWhatItLeftOut(t *testing.T) {
	rows := strangers(50)
	for i := range 100 {
		rows = append(rows, []string{fmt.Sprintf("Nr%d Xy%d", i, i), "all@one.example", "", ""})
	}
	res, _ := find(t, likeness.Options{MostTogether: 40}, rows...)
	found := false
	for _, c := range res.Capped {
		found = found || c.By == "email" && c.Value == "all@one.example" && c.Records == 100
	}
	if !found || res.CappedAll == 0 {
		t.Errorf("the address that a hundred have is not named: %+v", res.Capped)
	}
}

func TestFind_sameInputSameGroups(t *testing.T) {
	group := func() []likeness.Group {
		f := likeness.New(crowdFields, likeness.Options{})
		gather(f, 3000)
		res, err := f.Find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return res.Groups
	}
	a, b := group(), group()
	if !reflect.DeepEqual(a, b) || len(a) < 300 {
		t.Errorf("%d and %d groups, or not the same ones", len(a), len(b))
	}
}
