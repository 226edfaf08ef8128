package extract_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"waybill/backend/blob"
	"waybill/backend/connector"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroke = errors.New("the line went dead")

// twin is a desk in memory.
type twin struct {
	pages map[model.Object][]connector.Page
	files map[string]string
	// breakAt is the page before which the line goes dead, once; negative: never.
	breakAt int
	// after is called when a page was taken.
	after func(page int)
	asked []string // cursors that reading began from
	opens map[string]int
	open  int // contents that were opened and not closed
}

func newTwin() *twin {
	return &twin{pages: map[model.Object][]connector.Page{}, files: map[string]string{}, opens: map[string]int{}, breakAt: -1}
}

func (d *twin) Check(context.Context) (connector.Account, error) { return connector.Account{}, nil }
func (d *twin) Close() error                                     { return nil }

func (d *twin) Schema(context.Context) (model.Schema, error) {
	return model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Contact, Name: "name", Fields: []model.Field{{Name: "name", Type: model.Text}, {Name: "email", Type: model.Email}}},
		{Object: model.Ticket, Name: "subject", Fields: []model.Field{{Name: "subject", Type: model.Text}, {Name: "requester", Type: model.LinkType, To: []model.Object{model.Contact}, By: "email"}}},
		{Object: model.Attachment, Name: "file", Fields: []model.Field{{Name: "file", Type: model.Text}}},
	}}, nil
}

func (d *twin) Count(_ context.Context, o model.Object) (n int64, exact bool, err error) {
	for _, p := range d.pages[o] {
		n += int64(len(p.Records))
	}
	return n, true, nil
}

func (d *twin) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	d.asked = append(d.asked, string(o)+"@"+string(from))
	i := 0
	if from != "" {
		var err error
		if i, err = strconv.Atoi(string(from)); err != nil {
			return err
		}
	}
	for ; i < len(d.pages[o]); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i == d.breakAt {
			d.breakAt = -1
			return errBroke
		}
		p := d.pages[o][i]
		p.Next = connector.Cursor(strconv.Itoa(i + 1))
		if err := each(p); err != nil {
			return err
		}
		if d.after != nil {
			d.after(i)
		}
	}
	return nil
}

func (d *twin) FileRef(r model.Record) (ref, name, kind string) {
	v, err := model.Values(r.Raw)
	if err != nil {
		return "", "", ""
	}
	return model.Plain(v["file"]), model.Plain(v["name"]), "text/plain"
}

func (d *twin) Open(_ context.Context, ref string) (io.ReadCloser, error) {
	d.opens[ref]++
	text, ok := d.files[ref]
	switch {
	case !ok:
		return nil, errors.New("404")
	case text == "refused":
		return nil, problem.New("desk.forbidden", "This file may not be read.", "The token lacks the right.", "Ask for it.")
	}
	d.open++
	return &content{d: d, r: bytes.NewReader([]byte(text)), broken: text == "breaks off"}, nil
}

type content struct {
	d      *twin
	r      io.Reader
	broken bool
}

func (c *content) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if errors.Is(err, io.EOF) && c.broken {
		return n, errBroke
	}
	return n, err
}

func (c *content) Close() error { c.d.open--; return nil }

func rec(o model.Object, id, raw string, links ...model.Link) model.Record {
	return model.Record{Key: model.Key{Object: o, ID: id}, Raw: []byte(raw), Links: links}
}

type house struct {
	db    *store.DB
	files *blob.Store
}

func newHouse(t testing.TB) house {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(context.Background(), filepath.Join(dir, "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	files, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	return house{db, files}
}

func (h house) run(ctx context.Context, d connector.Connector) ([]extract.Result, error) {
	return extract.Run(ctx, h.db, h.files, d, nil, job.New("test"))
}

func (h house) must(t testing.TB, d connector.Connector) []extract.Result {
	t.Helper()
	res, err := h.run(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func of(t testing.TB, res []extract.Result, o model.Object) extract.Result {
	t.Helper()
	for _, r := range res {
		if r.Object == o {
			return r
		}
	}
	t.Fatalf("no result of %s in %+v", o, res)
	return extract.Result{}
}

// staged lists what is in the stage: key and raw.
func (h house) staged(t testing.TB, o model.Object) []string {
	t.Helper()
	out := []string{}
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: o}, 0, 1000)
		for _, r := range rows {
			out = append(out, r.Record.Key.ID+" "+string(r.Record.Raw)+" "+r.Fate.String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

// book is a desk of five pages of tickets that overlap, as pages of a living desk do.
func book() *twin {
	d := newTwin()
	for p := range 5 {
		page := connector.Page{}
		for i := range 4 {
			id := fmt.Sprint(p*3 + i)
			page.Records = append(page.Records, rec(model.Ticket, id, `{"subject":"S`+id+`"}`,
				model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, By: "email", Value: "a@x.example"}}}))
		}
		if p == 2 {
			page.Broken = []connector.Broken{{Place: "page 2, line 7", Raw: []byte("a;b;c"), Why: problem.New("file.row", "This row is broken.", "It has too many cells.", "Repair it.")}}
		}
		d.pages[model.Ticket] = append(d.pages[model.Ticket], page)
	}
	d.pages[model.Contact] = []connector.Page{{Records: []model.Record{rec(model.Contact, "c", `{"name":"Ann","email":"A@x.example"}`)}}}
	return d
}

func TestRun_interruptedAtEveryPageGivesTheSameAsWithout(t *testing.T) {
	whole := newHouse(t)
	whole.must(t, book())
	want := whole.staged(t, model.Ticket)
	if len(want) != 17 { // 16 tickets and a broken row
		t.Fatalf("%d staged: %v", len(want), want)
	}
	for p := range 5 {
		t.Run(fmt.Sprintf("the line goes dead before page %d", p), func(t *testing.T) {
			h, d := newHouse(t), book()
			d.breakAt = p
			if p == 0 {
				d.pages[model.Contact] = nil // the line breaks once, and tickets are what is looked at
			}
			if _, err := h.run(context.Background(), d); !errors.Is(err, errBroke) {
				t.Fatalf("got %v, want the connector's own error", err)
			}
			d.asked = nil
			h.must(t, d)
			if got := h.staged(t, model.Ticket); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
			from := "ticket@"
			if p > 0 {
				from += strconv.Itoa(p)
			}
			if d.asked[len(d.asked)-2] != from {
				t.Errorf("it went on from %v, want %s", d.asked, from)
			}
		})
		t.Run(fmt.Sprintf("stopped by a person after page %d", p), func(t *testing.T) {
			h, d := newHouse(t), book()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			d.after = func(page int) {
				if page == p && len(d.asked) == 2 { // of the tickets
					cancel()
				}
			}
			_, err := h.run(ctx, d)
			if p < 4 && !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want that it was stopped", err)
			}
			d.after = nil
			h.must(t, d)
			if got := h.staged(t, model.Ticket); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// Invariant 5: when a page cannot be stored, its cursor is not stored either.
func TestRun_aPageAndItsCursorTogetherOrNeither(t *testing.T) {
	h, d := newHouse(t), book()
	sabotage := func(q string) {
		if err := h.db.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(context.Background(), q)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	sabotage(`CREATE TRIGGER refuse BEFORE INSERT ON rec WHEN new.id = '8' BEGIN SELECT RAISE (ABORT, 'no'); END`)
	if _, err := h.run(context.Background(), d); err == nil {
		t.Fatal("a page that was not stored gave no error")
	}
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		r, err := tx.Reading(model.Ticket)
		if err == nil && (r.Cursor != "2" || r.Done || r.Seen != 8) {
			err = fmt.Errorf("after two stored pages: %+v", r)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got := h.staged(t, model.Ticket); len(got) != 7 { // 0 to 6: nothing of the page that failed
		t.Errorf("%d tickets staged, want 7: %v", len(got), got)
	}
	sabotage(`DROP TRIGGER refuse`)
	h.must(t, d)
	if got := h.staged(t, model.Ticket); len(got) != 17 {
		t.Errorf("%d staged after going on, want 17", len(got))
	}
}

func TestRun_readingAgainStoresOnlyWhatChanged(t *testing.T) {
	h, d := newHouse(t), book()
	first := of(t, h.must(t, d), model.Ticket)
	if first.New != 16 || first.Held != 1 || first.Again != 4 {
		t.Errorf("first reading: %+v, want 16 new, 1 held, 4 seen again", first)
	}
	before := h.staged(t, model.Ticket)
	again := of(t, h.must(t, d), model.Ticket)
	if again.New != 0 || again.Changed != 0 || again.Same != 16 || again.Held != 0 || again.Gone != 0 {
		t.Errorf("reading the same again: %+v", again)
	}
	if got := h.staged(t, model.Ticket); !reflect.DeepEqual(got, before) {
		t.Errorf("the stage changed: %v", got)
	}
	// One ticket changed, one is gone, one is new; another one that is gone was left out before.
	if err := h.db.Write(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Ticket, ID: "1"})
		if err != nil {
			return err
		}
		_, err = tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Does: "leave_out", Object: model.Ticket}, model.LeftOut, []store.Hit{{Seq: row.Seq}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.pages[model.Ticket][0].Records = []model.Record{rec(model.Ticket, "0", `{"subject":"changed"}`), rec(model.Ticket, "99", `{"subject":"new"}`), rec(model.Ticket, "3", `{"subject":"S3"}`)}
	got := of(t, h.must(t, d), model.Ticket)
	if got.New != 1 || got.Gone != 1 || got.Changed != 1 {
		t.Errorf("after the source changed: %+v, want 1 new, 1 changed and 1 gone", got)
	}
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Ticket, ID: "0"})
		if err != nil {
			return err
		}
		if string(row.Record.Raw) != `{"subject":"changed"}` || row.Name != "changed" || len(row.Record.Links) != 0 {
			t.Errorf("the changed ticket is %s, called %q, with %d links", row.Record.Raw, row.Name, len(row.Record.Links))
		}
		if _, err := tx.Record(model.Key{Object: model.Ticket, ID: "2"}); !problem.Is(err, store.CodeNotFound) {
			t.Errorf("the ticket that is gone: %v", err)
		}
		row, err = tx.Record(model.Key{Object: model.Ticket, ID: "1"})
		if err == nil && row.Fate != model.LeftOut {
			err = fmt.Errorf("a decided record that is gone is %s", row.Fate)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRun_brokenRowsAreHeldWithTheirPlace(t *testing.T) {
	h := newHouse(t)
	h.must(t, book())
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Ticket, ID: "page 2, line 7"})
		if err != nil {
			return err
		}
		why, err := tx.WhyHeld(row.Seq)
		if err != nil {
			return err
		}
		if row.Fate != model.Held || string(row.Record.Raw) != `"a;b;c"` || len(why) != 1 || why[0].Problem.Code != "file.row" || why[0].Stage != "stage" {
			t.Errorf("the broken row: %+v, why %+v", row, why)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRun_linksByAFieldAreFoundWithoutCase(t *testing.T) {
	h := newHouse(t)
	h.must(t, book())
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		n, err := tx.Count(store.Filter{Object: model.Ticket, Op: "broken_link", Field: "requester"})
		if err == nil && n != 0 {
			err = fmt.Errorf("%d tickets do not find their customer", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// P-14: content that can't be had is a problem of that record, never of the reading.
func TestRun_P14_filesThatCannotBeHad(t *testing.T) {
	h, d := newHouse(t), newTwin()
	d.files = map[string]string{"ok": "hello", "twin": "hello", "half": "breaks off", "no": "refused", "none": ""}
	page := connector.Page{}
	for _, ref := range []string{"ok", "twin", "half", "no", "gone", "none"} {
		page.Records = append(page.Records, rec(model.Attachment, ref, fmt.Sprintf(`{"file":%q,"name":"%s.txt"}`, ref, ref)))
	}
	page.Records = append(page.Records, rec(model.Attachment, "unnamed", `{"note":"no file at all"}`))
	d.pages[model.Attachment] = []connector.Page{page}
	res := of(t, h.must(t, d), model.Attachment)
	if res.New != 7 || res.Files != 3 || res.NoFile != 3 {
		t.Errorf("%+v, want 7 new, 3 with content and 3 without", res)
	}
	files := func(id string) (f store.File, ok bool) {
		err := h.db.Read(context.Background(), func(tx *store.Tx) error {
			row, err := tx.Record(model.Key{Object: model.Attachment, ID: id})
			if err == nil {
				f, ok, err = tx.File(row.Seq)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return f, ok
	}
	for id, code := range map[string]problem.Code{"half": "extract.file_missing", "gone": "extract.file_missing", "no": "desk.forbidden"} {
		if f, ok := files(id); !ok || f.Problem == nil || f.Problem.Code != code || f.Hash != "" {
			t.Errorf("%s: %+v, want the problem %s and no content", id, f, code)
		}
	}
	a, _ := files("ok")
	b, _ := files("twin")
	if a.Hash == "" || a.Hash != b.Hash || a.Size != 5 || a.Problem != nil {
		t.Errorf("the same content twice: %+v and %+v", a, b)
	}
	if f, ok := files("none"); !ok || f.Problem != nil || f.Size != 0 || f.Hash == "" {
		t.Errorf("an empty file is content too: %+v", f)
	}
	if _, ok := files("unnamed"); ok {
		t.Error("a record that names no file got one")
	}
	// The next reading asks only for what is missing.
	d.opens = map[string]int{}
	d.files["gone"] = "found after all"
	res = of(t, h.must(t, d), model.Attachment)
	if res.Files != 1 || d.opens["ok"] != 0 || d.opens["twin"] != 0 || d.opens["none"] != 0 {
		t.Errorf("second reading: %+v, opened %v", res, d.opens)
	}
	if d.open != 0 {
		t.Errorf("%d contents were not closed", d.open)
	}
}

func TestRun_stoppedWhileFetchingFilesGoesOn(t *testing.T) {
	h, d := newHouse(t), newTwin()
	page := connector.Page{}
	for i := range 120 {
		id := fmt.Sprint(i)
		d.files[id] = "content " + id
		page.Records = append(page.Records, rec(model.Attachment, id, fmt.Sprintf(`{"file":%q,"name":"f"}`, id)))
	}
	d.pages[model.Attachment] = []connector.Page{page}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopper := &stopping{twin: d, cancel: cancel, at: 70}
	if _, err := h.run(ctx, stopper); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that it was stopped", err)
	}
	res := of(t, h.must(t, d), model.Attachment)
	if res.Files < 50 || res.Files > 70 || res.NoFile != 0 {
		t.Errorf("after going on: %+v, want what was left", res)
	}
	err := h.db.Read(context.Background(), func(tx *store.Tx) error {
		left, err := tx.WithoutFile(model.Attachment, 0, 200)
		if err == nil && len(left) != 0 {
			err = fmt.Errorf("%d attachments have no content", len(left))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// stopping is a person who presses Stop while files are fetched.
type stopping struct {
	*twin
	cancel func()
	at, n  int
}

func (s *stopping) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	if s.n++; s.n == s.at {
		s.cancel()
	}
	return s.twin.Open(ctx, ref)
}
