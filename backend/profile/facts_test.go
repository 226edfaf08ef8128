package profile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// one measures a field with these values, and an id beside it.
func one(t *testing.T, f model.Field, values ...string) (profile.Field, *store.DB, profile.Object) {
	t.Helper()
	db := open(t)
	f.Name = "x"
	recs := []model.Record{}
	for i, v := range values {
		recs = append(recs, row(model.Ticket, fmt.Sprint(i), map[string]any{"id": fmt.Sprint(i), "x": v}))
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: recs})
	p := measure(t, db, model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{{Name: "id", Type: model.Text}, f}})
	return p.Fields[1], db, p
}

func count(list []profile.Share, name string) int64 {
	for _, s := range list {
		if s.Name == name {
			return s.Count
		}
	}
	return 0
}

func TestKinds_eachValueHasOne(t *testing.T) {
	want := map[string][]string{
		"integer":  {"0", "-7", "+12", "00712", "1,234", "1.234.567", "12'000"},
		"decimal":  {"1.5", "-0,25", "1,234.50", "1.234,50", "1234,5"},
		"money":    {"$12", "12.50 €", "EUR 1.000,00", "£3", "99 CHF"},
		"bool":     {"true", "No", "YES"},
		"date":     {"2024-02-29", "31/12/2024", "12/31/99", "1 Mar 2024", "0000-00-00", "31.12.2024"},
		"datetime": {"2024-03-01T10:00:00Z", "2024-03-01 10:00", "01/02/2024 4:05 PM", "Fri, 01 Mar 2024 10:00:00 +0100", "2024-03-01T10:00:00.123+02:00"},
		"email":    {"a@b.example", "first.last+tag@mail.example.org"},
		"phone":    {"+49 30 1234567", "(555) 123-4567", "030/1234567"},
		"url":      {"https://x.example/a?b=c", "www.example.org"},
		"ip":       {"192.168.10.1", "2001:db8::1"},
		"json":     {`{"a":1}`, `[1,2]`},
		"html":     {"<p>Hello</p>", "line<br>line", `see <a href="x">this</a>`},
		"text":     {"hello", "a < b > c", "3,87,16,91,111", "AB-1234", "user@", "{not json}", "version 1.2.3.4.5", "7.73E+016"},
	}
	for kind, values := range want {
		f, _, _ := one(t, model.Field{Type: model.Text}, values...)
		if got := count(f.Kinds, kind); got != int64(len(values)) {
			t.Errorf("%s: %d of %d, kinds %v", kind, got, len(values), f.Kinds)
		}
	}
}

func TestKinds_addUpAndOpen(t *testing.T) {
	values := []string{}
	for i := range 300 {
		values = append(values, fmt.Sprint(i), fmt.Sprintf("AB-%04d", i), fmt.Sprintf("0%d/03/2024", 1+i%9), "", " ", fmt.Sprintf("p%d@x.example", i), "+44 20 7946 0958", "-3,5")
	}
	values = append(values, "31/12/2024", "1969-07-20", "2999-01-01", "30/02/2020", "vip, vip, new", "$12", " 12.5 €", "EUR 7,5", "99 CHF", "CHF 3")
	f, db, p := one(t, model.Field{Type: model.Tags}, values...)
	sum := int64(0)
	for _, k := range f.Kinds {
		sum += k.Count
	}
	if sum != f.Filled {
		t.Errorf("kinds add up to %d, filled are %d", sum, f.Filled)
	}
	if !f.PhonesExact || count(f.Phones, "GB") != 300 {
		t.Errorf("phones %v", f.Phones)
	}
	if f.Dates == nil || f.Dates.Decided != "day_first" || f.Dates.Ambiguous != 300 || f.Dates.Impossible != 1 || f.Dates.Before1970 != 1 || f.Dates.OutOfRange != 1 {
		t.Errorf("dates %+v", f.Dates)
	}
	if f.Numbers == nil || f.Numbers.Low != -3.5 || f.Numbers.High != 299 || f.Numbers.Places != 1 || f.Numbers.Negative != 300 {
		t.Errorf("numbers %+v", f.Numbers)
	}
	if count(f.Currencies, "CHF") != 2 || count(f.Currencies, "EUR") != 1 || count(f.Currencies, "€") != 1 || count(f.Currencies, "$") != 1 || len(f.Currencies) != 4 {
		t.Errorf("currencies %v", f.Currencies)
	}
	if count(f.Patterns, "AA-9999") != 300 {
		t.Errorf("patterns %v", f.Patterns)
	}
	if twice, _, _ := one(t, model.Field{Type: model.Tags}, "vip, vip, new", "old"); count(twice.Tags, "vip") != 1 || twice.TagsUsed != 3 || twice.TagsOnce != 3 {
		t.Errorf("a tag that is twice in one record: %v", twice.Tags)
	}
	codes := []string{"dates.all", "dates.ambiguous", "dates.impossible", "dates.out_of_range", "dates.future", "dates.before_1970", "dates.zoned", "dates.clock", "number.all", "number.negative", "number.zero"}
	for code, list := range map[string][]profile.Share{profile.FactKind: f.Kinds, profile.FactMark: f.Marks, profile.FactPattern: f.Patterns, profile.FactOrder: f.Dates.Orders, profile.FactPhone: f.Phones, profile.FactMoney: f.Currencies, profile.FactTag: f.Tags[:5]} {
		for _, s := range list {
			codes = append(codes, code+s.Name)
		}
	}
	for _, code := range codes {
		n, ok := profile.Counted(p, code, "x")
		if !ok {
			t.Errorf("%s is not known", code)
			continue
		}
		if opened := found(t, db, model.Ticket, profile.Finding{Code: code, Field: "x", Op: "filled"}, p.At, p.Fields); opened != n {
			t.Errorf("%s says %d and opens %d records", code, n, opened)
		}
	}
}

func TestDates_aColumnDecidesForItsValues(t *testing.T) {
	f, _, p := one(t, model.Field{Type: model.Text}, "01/02/2024", "03/04/2024", "05/06/2024")
	if f.Dates == nil || f.Dates.Decided != "" || f.Dates.Ambiguous != 3 {
		t.Errorf("dates %+v", f.Dates)
	}
	if len(p.Findings) == 0 || p.Findings[len(p.Findings)-1].Code != "dates.ambiguous" {
		t.Errorf("findings %+v", p.Findings)
	}
	f, _, _ = one(t, model.Field{Type: model.DateTime}, "2024-03-01T10:00:00Z", "2023-01-01T00:00:00+02:00", "2025-05-05T05:05:05Z")
	if f.Min != "2022-12-31 22:00:00" || f.Max != "2025-05-05 05:05:05" || f.Dates.Zoned != 3 {
		t.Errorf("from %s to %s, %+v", f.Min, f.Max, f.Dates)
	}
}

func TestEncoding_repairAndMarks(t *testing.T) {
	for from, to := range map[string]string{
		"Ã©tudiant":           "étudiant",
		"Aunt Martha‚Äö√Ñ√¥s": "Aunt Martha’s",
		"GrÃ¶ÃŸe":             "Größe",
		"itâ€™s":              "it’s",
		"MÃƒÂ¼nchen":          "München",
	} {
		if got, ok := profile.Repair(from); !ok || got != to {
			t.Errorf("%q became %q (%v), want %q", from, got, ok, to)
		}
	}
	for _, fine := range []string{"étudiant", "Größe", "plain", "Ça va", "naïve café", "日本語", "Ünal Ã", "€ 5 – ok", ""} {
		if got, ok := profile.Repair(fine); ok {
			t.Errorf("%q is fine and became %q", fine, got)
		}
	}
	f, _, _ := one(t, model.Field{Type: model.Text}, "Ã©tudiant", "cafe\u0301", "café", "p\u0430ypal", "a\u202Eb", "bell\u0007", "lost\uFFFD", " padded ", "two  blanks", "a &amp; b", "n/a")
	for _, m := range []string{"mojibake", "decomposed", "lookalike", "bidi", "control", "lost_characters", "padded", "repeated_blanks", "html_entities", "placeholder"} {
		if count(f.Marks, m) != 1 {
			t.Errorf("%s: %d, want 1", m, count(f.Marks, m))
		}
	}
	if len(f.Repairs) != 1 || f.Repairs[0].To != "étudiant" {
		t.Errorf("repairs %v", f.Repairs)
	}
}

func TestLengths_inCharactersAndBytes(t *testing.T) {
	f, _, _ := one(t, model.Field{Type: model.Text}, "日本語", "four", "é")
	if f.Longest != 4 || f.Shortest != 1 || f.LongestBytes != 9 || f.ShortestBytes != 2 {
		t.Errorf("%d to %d characters, %d to %d bytes", f.Shortest, f.Longest, f.ShortestBytes, f.LongestBytes)
	}
}

func TestLanguage_byWordsAndScript(t *testing.T) {
	for text, want := range map[string]string{
		"The printer is not working and I have no idea what to do with this": "English",
		"Ich habe die Rechnung nicht erhalten und bitte Sie um eine Kopie":   "German",
		"Je n'ai pas reçu la facture pour les deux commandes, pouvez-vous":   "French",
		"プリンターが動きません。助けてください。":                                               "Japanese",
		"Принтер не работает, помогите пожалуйста":                           "Cyrillic script",
		"xyzzy": "",
	} {
		if got := profile.Language([]byte(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestFields_thatRepeatAnother(t *testing.T) {
	db := open(t)
	recs := []model.Record{}
	for i := range 50 {
		recs = append(recs, row(model.Ticket, fmt.Sprint(i), map[string]any{"a": fmt.Sprint(i % 7), "b": fmt.Sprint(i % 7), "c": fmt.Sprint((i + 1) % 7), "d": "same", "e": "same"}))
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: recs})
	fields := []model.Field{{Name: "a", Type: model.Text}, {Name: "b", Type: model.Text}, {Name: "c", Type: model.Text}, {Name: "d", Type: model.Text}, {Name: "e", Type: model.Text}}
	p := measure(t, db, model.ObjectSchema{Object: model.Ticket, Fields: fields})
	for i, want := range []string{"", "a", "", "", ""} {
		if p.Fields[i].SameAs != want {
			t.Errorf("%s is the same as %q, want %q", p.Fields[i].Name, p.Fields[i].SameAs, want)
		}
	}
}

// Agents who left, circles of tickets and contents of attachments.
func TestAround_ownersCyclesFiles(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{Object: model.Agent, Records: []model.Record{
		row(model.Agent, "1", map[string]any{"name": "Here", "active": true}), row(model.Agent, "2", map[string]any{"name": "Gone", "active": false}),
	}})
	to := func(role string, o model.Object, id string) model.Link {
		return model.Link{Role: role, To: []model.Ref{{Object: o, Value: id}}}
	}
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{
		row(model.Ticket, "1", map[string]any{"s": "a"}, to("assignee", model.Agent, "1"), to("parent", model.Ticket, "2")),
		row(model.Ticket, "2", map[string]any{"s": "b"}, to("assignee", model.Agent, "2"), to("parent", model.Ticket, "3")),
		row(model.Ticket, "3", map[string]any{"s": "c"}, to("assignee", model.Agent, "2"), to("parent", model.Ticket, "2")),
		row(model.Ticket, "4", map[string]any{"s": "d"}, to("parent", model.Ticket, "4")),
	}})
	stage(t, db, store.Page{Object: model.Message, Records: []model.Record{
		row(model.Message, "1", map[string]any{"t": "a"}, to("ticket", model.Ticket, "1")), row(model.Message, "2", map[string]any{"t": "b"}, to("ticket", model.Ticket, "1")),
		row(model.Message, "3", map[string]any{"t": "c"}, to("ticket", model.Ticket, "2")),
	}})
	recs := []model.Record{}
	for i, m := range []string{"1", "2", "3", "1", "1", "1"} {
		recs = append(recs, row(model.Attachment, fmt.Sprint(i), map[string]any{"n": fmt.Sprint(i)}, to("message", model.Message, m)))
	}
	stage(t, db, store.Page{Object: model.Attachment, Records: recs})
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: model.Attachment}, 0, 10)
		for i, f := range []store.File{{Name: "logo.png", Hash: "aa", Size: 5}, {Name: "logo.png", Hash: "aa", Size: 5}, {Name: "logo.png", Hash: "aa", Size: 5}, {Name: "run.EXE", Hash: "bb", Size: 9}, {Name: "big.zip", Hash: "cc", Size: 30 << 20}} {
			if err == nil {
				err = tx.PutFile(rows[i].Seq, f)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p := measure(t, db, model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{{Name: "s", Type: model.Text}}})
	want := map[string]int64{"links.cycle parent": 3, "owners.left assignee": 2}
	if len(p.Owners) != 1 || p.Owners[0].Name != "2" && p.Owners[0].Name != "Gone" || p.Owners[0].Count != 2 {
		t.Errorf("owners %+v", p.Owners)
	}
	a := measure(t, db, model.ObjectSchema{Object: model.Attachment, Fields: []model.Field{{Name: "n", Type: model.Text}}})
	if a.Files == nil || *a.Files != (profile.Files{Missing: 1, Large: 1, Dangerous: 1, Repeated: 1}) {
		t.Errorf("files %+v", a.Files)
	}
	for k, n := range map[string]int64{"files.missing ": 1, "files.large ": 1, "files.dangerous ": 1, "files.repeated ": 1} {
		want[k] = n
	}
	for _, o := range []profile.Object{p, a} {
		for _, f := range o.Findings {
			k := f.Code + " " + f.Field
			if f.Count != want[k] {
				t.Errorf("%s: %d, want %d", k, f.Count, want[k])
			}
			delete(want, k)
			if opened := found(t, db, o.Object, f, o.At, o.Fields); opened != f.Count {
				t.Errorf("%s says %d and opens %d records", k, f.Count, opened)
			}
		}
	}
	for k := range want {
		t.Errorf("%s was planted and not found", k)
	}
}

// FuzzBlock: what the quick reader takes from a record is what model.Values reads.
func FuzzBlock(f *testing.F) {
	for _, s := range []string{
		`{"a":"x","b":1,"c":true,"d":null,"e":[1,"a"],"f":{"g":"h","i":{}},"custom_fields":[{"id":1,"value":"v"}]}`, `{}`, `{"a":"\u00e9\n\ud83d\ude00","a.b":"1","a":{"b":"2"}}`, `{"a":1,"a":2}`,
		`{"a":01}`, `{"a":1e5,"b":-0.5}`, `"text"`, `[1]`, `{"a":"x"} trailing`, "{\"a\":\"\xff\"}", `{"é":"x","\u0061":"y"}`, ` { "a" : "b" , "c" : [ ] } `, `{"a":[[1],{"b":2}]}`, `{"a":tru}`, `{"a":"tab	"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := profile.Read(raw)
		values, err := model.Values(raw)
		if err != nil {
			if got != nil {
				t.Fatalf("%q cannot be read and gave %v", raw, got)
			}
			return
		}
		for name, v := range values {
			if model.Plain(v) != got[name] {
				t.Fatalf("%q: %q is %q, want %q", raw, name, got[name], model.Plain(v))
			}
		}
		for name := range got {
			if _, ok := values[name]; !ok {
				t.Fatalf("%q: %q is not there", raw, name)
			}
		}
	})
}

// FuzzLook: no value stops the measurement, its kind is known, and a look costs what it is long.
func FuzzLook(f *testing.F) {
	for _, s := range []string{"2024-02-30", "1,2,3", "+", "@", "<", "&#;", "::", "12/13/14 5", "$", "‚Äö√Ñ√¥", "1 Mar", "\x00", strings.Repeat("9", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := json.Marshal(map[string]string{"x": s})
		if err != nil {
			t.Skip("no JSON holds it, so no record does")
		}
		p := profile.Measure(model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{{Name: "x", Type: model.Text}}}, [][]byte{b})
		n := int64(0)
		for _, k := range p.Fields[0].Kinds {
			n += k.Count
		}
		if n != p.Fields[0].Filled {
			t.Fatalf("%q: %d kinds for %d values", s, n, p.Fields[0].Filled)
		}
	})
}
