package find_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/find"
	"waybill/backend/model"
	"waybill/backend/store"
)

// rec is a record as the tests know it.
type rec struct {
	object model.Object
	id     string
	text   string
	parent string // number of the ticket of a message
}

type world struct {
	db  *store.DB
	dir string
	f   *find.Finder
	seq map[string]int64 // by object/id
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, dir: filepath.Join(dir, "search")}
	w.f = find.New(w.dir, db, func(context.Context) (map[model.Object][]string, error) {
		return map[model.Object][]string{model.Message: {"ticket"}}, nil
	})
	t.Cleanup(func() {
		w.f.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// stage reads the records in a new pass; what is missing from it is gone.
func (w *world) stage(t *testing.T, list []rec) {
	t.Helper()
	err := w.db.Write(t.Context(), func(tx *store.Tx) error {
		for _, o := range []model.Object{model.Ticket, model.Message} {
			r, err := tx.BeginReading(o)
			if err != nil {
				return err
			}
			page := store.Page{Object: o, Pass: r.Pass, Replace: true}
			for _, x := range list {
				if x.object != o {
					continue
				}
				raw, err := json.Marshal(map[string]any{"subject": x.text, "belongs": "t" + x.parent})
				if err != nil {
					return err
				}
				m := model.Record{Key: model.Key{Object: o, ID: x.id}, Raw: raw}
				if x.parent != "" {
					m.Links = []model.Link{{Role: "ticket", To: []model.Ref{{Object: model.Ticket, Value: x.parent}}}}
				}
				page.Records = append(page.Records, m)
			}
			if _, err := tx.StagePage(page); err != nil {
				return err
			}
			if _, err := tx.EndReading(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.seq = map[string]int64{}
	if err := w.db.Read(t.Context(), func(tx *store.Tx) error {
		for _, x := range list {
			r, err := tx.Record(model.Key{Object: x.object, ID: x.id})
			if err != nil {
				return err
			}
			w.seq[string(x.object)+"/"+x.id] = r.Seq
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) search(t *testing.T, text string) *find.Answer {
	t.Helper()
	if err := w.f.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, s, err := w.f.Search(t.Context(), text)
	if err != nil || a == nil {
		t.Fatalf("%q: %v, %+v", text, err, s)
	}
	return a
}

// has looks for the words of a query in a text as plainly as possible.
func has(text, word string, quoted bool) bool {
	hay, want := find.Words(text), find.Words(word)
	for i := 0; i+len(want) <= len(hay); i++ {
		fits := true
		for k, w := range want {
			last := k == len(want)-1 && !quoted && len([]rune(w)) > 1
			fits = fits && (hay[i+k] == w || last && strings.HasPrefix(hay[i+k], w))
		}
		if fits {
			return true
		}
	}
	return false
}

var vocabulary = strings.Fields("refund Refunds invoice Rechnung Ärger Straße strasse 日本語の件名 返金 환불을 كتاب الكتاب naïve don't a-b ref_204 ref 2041 e\u0301t\u00e9 o'clock x ok")

func randomText(rng *rand.Rand) string {
	var out []string
	for range 1 + rng.IntN(7) {
		out = append(out, vocabulary[rng.IntN(len(vocabulary))])
	}
	return strings.Join(out, []string{" ", ", ", "\n"}[rng.IntN(3)])
}

// Whatever is asked, also after the source was read again and again, exactly the records are
// found that a plain look at each of them finds: tickets by the words of their messages too.
func TestTheIndexFindsWhatAPlainLookFinds(t *testing.T) {
	find.HoldLittle(t, 4000) // many runs
	rng := rand.New(rand.NewPCG(3, 7))
	w := newWorld(t)
	var list []rec
	for i := range 120 {
		list = append(list, rec{object: model.Ticket, id: fmt.Sprint(1000 + i), text: randomText(rng)})
	}
	for i := range 300 {
		list = append(list, rec{object: model.Message, id: fmt.Sprint(9000 + i), text: randomText(rng), parent: fmt.Sprint(1000 + rng.IntN(120))})
	}
	many := 0
	for round := range 6 {
		w.stage(t, list)
		for range 30 {
			var terms []string
			var quoted []bool
			for range 1 + rng.IntN(3) {
				v := vocabulary[rng.IntN(len(vocabulary))]
				switch rng.IntN(4) {
				case 0:
					if r := []rune(v); len(r) > 2 {
						v = string(r[:2])
					}
				case 1:
					v += " " + vocabulary[rng.IntN(len(vocabulary))]
				}
				terms, quoted = append(terms, v), append(quoted, strings.Contains(v, " ") || rng.IntN(4) == 0)
			}
			text := ""
			for i, v := range terms {
				if quoted[i] {
					v = `"` + v + `"`
				}
				text += v + " "
			}
			a := w.search(t, text)
			for _, x := range list {
				want := true
				for i, v := range terms {
					one := has(x.text, v, quoted[i])
					for _, m := range list {
						one = one || x.object == model.Ticket && m.parent == x.id && has(m.text, v, quoted[i])
					}
					want = want && one
				}
				if got := a.Has(w.seq[string(x.object)+"/"+x.id]); got != want {
					t.Fatalf("round %d: %q in %s %s: %v, not %v", round, text, x.object, x.id, got, want)
				}
			}
		}
		many = max(many, w.f.Segments())
		// The source changes a little: one is gone, some are new, some are changed, one moved.
		list = slices.Delete(list, 5, 6)
		for range 4 {
			list[rng.IntN(len(list))].text = randomText(rng)
		}
		list[len(list)-1].parent = fmt.Sprint(1000 + 20 + rng.IntN(50))
		list = append(list, rec{object: model.Message, id: fmt.Sprint(70000 + round), text: randomText(rng), parent: fmt.Sprint(1000 + 30 + rng.IntN(50))})
	}
	if many < 3 {
		t.Errorf("the index had %d files at most: it was always made anew", many)
	}
}

func TestWordsAreFoundAsPeopleExpect(t *testing.T) {
	w := newWorld(t)
	w.stage(t, []rec{
		{object: model.Ticket, id: "1", text: "Größere ÄNDERUNG an der Straße"},
		{object: model.Ticket, id: "2", text: "日本語の返金について"},
		{object: model.Ticket, id: "3", text: "أريد استرداد المبلغ"},
		{object: model.Ticket, id: "4", text: "<p>Please re<b>fund</b> order&nbsp;#20-41, thank you</p><style>p{color:pink}</style>"},
		{object: model.Ticket, id: "5", text: "contact Jo.Doe@example.com or <jo@acme.test>"},
		{object: model.Ticket, id: "6", text: "전액환불 부탁드립니다"},
		{object: model.Ticket, id: "7", text: "thank God you came"},
	})
	for _, c := range []struct {
		text string
		want string
	}{
		{"groessere", ""},
		{"grossere", "1"},
		{"ANDERUNG", "1"},
		{"strasse", "1"},
		{"stra", "1"},
		{"返金", "2"},
		{"日本", "2"},
		{"金返", ""},
		{"استرداد", "3"},
		{"مبلغ", "3"},
		{"اريد", "3"},
		{"refund", "4"},
		{"pink", ""},
		{"20-41", "4"},
		{`"thank you"`, "4"},
		{"thank you", "47"},
		{"color", ""},
		{"jo.doe@example.com", "5"},
		{"jo@acme", "5"},
		{"example", "5"},
		{"환불", "6"},
		{`"thank"`, "47"},
		{`"than"`, ""},
		{"7", "7"},
		{"77", ""},
	} {
		a := w.search(t, c.text)
		got := ""
		for i := 1; i <= 7; i++ {
			if a.Has(w.seq[fmt.Sprintf("ticket/%d", i)]) {
				got += fmt.Sprint(i)
			}
		}
		if got != c.want {
			t.Errorf("%q finds %q, not %q", c.text, got, c.want)
		}
	}
	if a, s, err := w.f.Search(t.Context(), "!! ☺"); a != nil || !s.Ready || err != nil {
		t.Errorf("signs alone are no words: %v %v", a, err)
	}
}

func TestAFoundRecordSaysWhere(t *testing.T) {
	w := newWorld(t)
	w.stage(t, []rec{
		{object: model.Ticket, id: "1", text: "The invoice of May"},
		{object: model.Ticket, id: "2", text: "Nothing of it here"},
		{object: model.Message, id: "77", text: "Dear all, dear Ms Miller,\nwe have looked for it everywhere, but your invoice of May was lost; a refund follows", parent: "2"},
	})
	a := w.search(t, "invo MAY")
	if err := w.db.Read(t.Context(), func(tx *store.Tx) error {
		one, two := w.seq["ticket/1"], w.seq["ticket/2"]
		places, err := a.Places(tx, []int64{one, two})
		if err != nil {
			return err
		}
		say := func(p find.Place) string {
			s := fmt.Sprintf("%s %s %s:", p.Object, p.ID, p.Field)
			for _, x := range p.Parts {
				if x.Mark {
					s += "[" + x.Text + "]"
				} else {
					s += x.Text
				}
			}
			return s
		}
		if got := say(places[one]); got != "ticket 1 subject:The [invoice] of [May]" {
			t.Error(got)
		}
		if got := say(places[two]); got != "message 77 subject:…looked for it everywhere, but your [invoice] of [May] was lost; a refund follows" {
			t.Error(got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// The index is a cache: kept over a restart, made anew when it is damaged, and gone when it
// is dropped.
func TestTheIndexIsACache(t *testing.T) {
	w := newWorld(t)
	w.stage(t, []rec{{object: model.Ticket, id: "1", text: "Wilhelmina Zanzibar"}, {object: model.Ticket, id: "2", text: "other"}})
	w.search(t, "zanzibar")
	holds := func() (n int) {
		list, err := os.ReadDir(w.dir)
		if err != nil {
			return 0
		}
		for _, e := range list {
			b, err := os.ReadFile(filepath.Join(w.dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("zanzibar")) {
				n++
			}
		}
		return n
	}
	if holds() != 1 {
		t.Fatal("the word is not in the index, so this test cannot see it go")
	}
	again := func() *find.Finder {
		return find.New(w.dir, w.db, func(context.Context) (map[model.Object][]string, error) { return nil, nil })
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "*.seg"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	before, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	f := again()
	if err := f.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if after, err := os.Stat(files[0]); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Error("it was made anew although nothing changed", err)
	}
	index := map[string][]byte{}
	for _, path := range []string{files[0], filepath.Join(w.dir, "words.json")} {
		if index[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	for cut := 0; cut < len(index[files[0]]); cut += 5 { // whatever is missing or wrong, it is noticed or harmless
		if err := os.MkdirAll(w.dir, 0o700); err != nil { // it was thrown away as damaged
			t.Fatal(err)
		}
		for path, b := range index {
			if b = slices.Clone(b); path == files[0] {
				if cut%2 == 0 {
					b = b[:cut]
				} else {
					b[cut] ^= 0x55
				}
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f := again()
		if err := f.Wait(t.Context()); err != nil {
			t.Fatalf("damaged at %d: %v", cut, err)
		}
		if _, _, err := f.Search(t.Context(), "zanzi"); err != nil {
			t.Fatalf("damaged at %d: %v", cut, err)
		}
		f.Close()
	}
	if err := w.f.Drop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.dir); err == nil {
		t.Error("the folder is still there")
	}
	w.stage(t, []rec{{object: model.Ticket, id: "2", text: "other"}})
	w.search(t, "other")
	if holds() != 0 {
		t.Error("the word of a record that is gone is still in the index")
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"a < b > c":                              "a < b > c",
		"<div>Hi<br>you &amp; me</div>":          "Hi\nyou & me",
		"mail <joe> or <joe@x.test>":             "mail <joe> or <joe@x.test>",
		`x<a href="http://x.test/?a>b">link</a>`: "xlink",
		"<script>alert(1)</script>after":         "after",
		"<!-- hidden -->seen":                    "seen",
		"<p":                                     "<p",
		"":                                       "",
	} {
		if got := find.Visible(in); got != want {
			t.Errorf("%q is seen as %q, not %q", in, got, want)
		}
	}
}
