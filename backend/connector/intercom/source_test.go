package intercom_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// Every record of a messy workspace is read, and every link leads to a record that is read:
// teammates who left, archived and merged people among them (P-19, P-20, P-25, P-26).
func TestP20_AllOfAMessyWorkspaceAndNoOrphans(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(120, 3)
	s, err := x.conn.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there, count := map[model.Key]bool{}, map[model.Object]int{}
	var records []model.Record
	for _, o := range s.Objects {
		list, broken := x.all(o.Object)
		if len(broken) > 0 {
			t.Errorf("%s: %d broken, the first is %v", o.Object, len(broken), broken[0].Why)
		}
		for _, r := range list {
			there[r.Key] = true
			count[r.Key.Object]++
			values, err := model.Values(r.Raw)
			if err != nil {
				t.Fatalf("%v: %v in %.200s", r.Key, err, r.Raw)
			}
			for _, f := range o.Fields {
				if f.Required && !f.ReadOnly && values[f.Name] == nil {
					t.Errorf("%v has no %s", r.Key, f.Name)
				}
			}
		}
		records = append(records, list...)
	}
	for _, r := range records {
		for _, l := range r.Links {
			if !slices.ContainsFunc(l.To, func(to model.Ref) bool { return there[model.Key{Object: to.Object, ID: to.Value}] }) {
				t.Errorf("%v: %s leads to %v, which is not there", r.Key, l.Role, l.To)
			}
		}
	}
	messages, files := 0, 0
	for _, id := range x.fake.Conversations() {
		c := x.fake.Conversation(id)
		messages += len(c.Messages)
		for _, m := range c.Messages {
			files += len(m.Files)
		}
	}
	for _, id := range x.fake.Tickets() {
		c := x.fake.Ticket(id)
		messages += len(c.Messages)
		if c.Custom["_default_description_"] != nil {
			messages++
		}
		for _, m := range c.Messages {
			files += len(m.Files)
		}
	}
	want := map[model.Object]int{
		model.Ticket: 120, intercom.IntercomTicket: 12, model.Message: messages, model.Attachment: files,
		model.Organization: x.fake.Counts()["companies with people"],
	}
	for o, n := range want {
		if count[o] != n {
			t.Errorf("%d of %s, want %d", count[o], o, n)
		}
	}
	for _, o := range []model.Object{model.Rating, model.SideConversation, model.Translation, model.Macro, model.Section, model.Article, intercom.InternalArticle, intercom.ContactNote, model.Tag, intercom.Segment} {
		if count[o] == 0 {
			t.Errorf("no %s", o)
		}
	}
}

// Notes stay notes, whatever kind of part they are, and what is not known to be public is
// private (P-43, P-44).
func TestP44_NotesOfAnyKindArePrivate(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(80, 5)
	list, _ := x.all(model.Message)
	kinds := map[string]string{}
	for _, r := range list {
		var v struct {
			Kind    string `json:"part_type"`
			Private bool   `json:"private"`
		}
		if err := json.Unmarshal(r.Raw, &v); err != nil {
			t.Fatal(err)
		}
		if v.Kind != "" {
			kinds[v.Kind] = fmt.Sprint(v.Private)
		}
	}
	for kind, private := range map[string]string{"note": "true", "note_and_reopen": "true", "comment": "false", "open": "false"} {
		if kinds[kind] != private {
			t.Errorf("a part %q is private: %q, want %s", kind, kinds[kind], private)
		}
	}
}

// Records that were put together hold Intercom's own text, unchanged, behind the names
// that were added (invariant 2).
func TestRawHoldsIntercomsOwnText(t *testing.T) {
	var bodies []string
	x := sit(t, fake.Options{}, nil, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			bodies = append(bodies, rec.Body.String())
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes()) // a reader that left is the caller's matter
		})
	})
	x.fake.Fill(20, 9)
	for _, o := range []model.Object{model.Contact, model.Article, model.Organization, model.Agent} {
		bodies = nil
		list, _ := x.all(o)
		answers := strings.Join(bodies, "\n")
		for _, r := range list {
			_, id, _ := strings.Cut(string(r.Raw), `"id":"`+r.Key.ID)
			if len(id) < 20 && r.Version != "gone" || !strings.Contains(answers, id) {
				t.Errorf("%v: %.300s does not end in Intercom's own text", r.Key, r.Raw)
			}
		}
	}
}

// The oldest parts of a long conversation cannot be read; it says so (P-08).
func TestP08_MoreThan500Parts(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(3, 1)
	id := x.fake.Conversations()[1]
	have := len(x.fake.Conversation(id).Messages)
	x.fake.Add(id, 700)
	list, broken := x.all(model.Message)
	n := 0
	for _, r := range list {
		if strings.HasPrefix(r.Key.ID, id+"-") {
			n++
		}
	}
	if len(broken) != 1 || broken[0].Why == nil || !strings.Contains(broken[0].Why.What, "newest 500") || broken[0].Why.Where.Record != id {
		t.Fatalf("broken: %+v", broken)
	}
	if n != 501 || have == 0 {
		t.Errorf("%d messages, want the first one and the newest 500", n)
	}
}

// A conversation that changes while the list is read moves to its front, and is read (P-07).
func TestP07_WhatMovesMeanwhileIsRead(t *testing.T) {
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x := sit(t, fake.Options{Now: func() time.Time { return clock }}, map[string]string{"page_size": "4"}, nil)
	x.fake.Fill(20, 2)
	ids := x.fake.Conversations() // the oldest comes last in the list
	seen, first := map[string]bool{}, true
	err := x.conn.Pages(t.Context(), model.Ticket, "", func(p connector.Page) error {
		if first {
			first = false
			clock = time.Now().Add(time.Minute)
			x.fake.Touch("conversation", ids[0])
			x.fake.Touch("conversation", ids[7])
		}
		for _, r := range p.Records {
			seen[r.Key.ID] = true
		}
		return nil
	})
	if err != nil || len(seen) != len(ids) {
		t.Errorf("read %d of %d, %v", len(seen), len(ids), err)
	}
}

// Files are read by signed addresses without credentials (P-16), as bytes whatever they
// hold (P-15), and asked for again when the address expired.
func TestP15_P16_Files(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(60, 4)
	want := map[string]int{}
	for _, id := range append(x.fake.Conversations(), x.fake.Tickets()...) {
		c := x.fake.Conversation(id)
		if c == nil {
			c = x.fake.Ticket(id)
		}
		for _, m := range c.Messages {
			for _, b := range m.Content {
				want[hash(b)]++
			}
		}
	}
	list, _ := x.all(model.Attachment)
	f := x.conn.(connector.Filer)
	for i, r := range list {
		ref, name, _ := f.FileRef(r)
		if name == "" {
			t.Errorf("%v has no name", r.Key)
		}
		if i%2 == 0 { // as if it was read long ago
			ref = strings.Replace(ref, "signature=s", "signature=expired", 1)
		}
		body, err := f.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if err = errors.Join(err, body.Close()); err != nil {
			t.Fatal(err)
		}
		want[hash(b)]--
	}
	for h, n := range want {
		if n != 0 {
			t.Errorf("content %.8s: %d are missing", h, n)
		}
	}
	if _, err := f.Open(t.Context(), "https://evil.example/x 1-2-0"); err == nil {
		t.Error("a file was asked of a foreign host")
	}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Beyond the ceiling of the list all companies come by the scroll, which only one may walk
// at a time, which dies after a minute and has no place to continue from.
func TestCompaniesBeyondTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Token: token, ListCeiling: 20, ScrollSize: 7, EmptyCompanies: true})
		s.Fill(600, 1) // 32 companies
		n := s.Counts()["companies"]
		x := &table{T: t, fake: s, conn: plug(t, s)}
		if list, _ := x.all(model.Organization); len(list) != n {
			t.Errorf("%d companies, want %d", len(list), n)
		}
		seen := map[string]bool{}
		var at connector.Cursor
		stop := errors.New("stop")
		pages := 0
		for { // stopped after each page, it goes on behind it, once the scroll before has ended
			err := plug(t, s).Pages(t.Context(), model.Organization, at, func(p connector.Page) error {
				for _, r := range p.Records {
					seen[r.Key.ID] = true
				}
				at = p.Next
				return stop
			})
			if err == nil {
				break
			}
			if pages++; !errors.Is(err, stop) || pages > 20 {
				t.Fatal(err)
			}
		}
		if len(seen) != n || pages != 3+5 {
			t.Errorf("%d companies in %d pages, want %d in 3 of the list and 5 of the scroll", len(seen), pages, n)
		}
	})
}

// plug connects without a network, so that it may run on a clock of its own.
func plug(t *testing.T, s *fake.Server) connector.Connector {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(intercom.SettingToken, token); err != nil {
		t.Fatal(err)
	}
	c, err := intercom.Kind().Open(t.Context(), map[string]string{intercom.SettingAddress: "http://intercom.test", intercom.SettingPageSize: "7"}, v, direct{s})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.h.ServeHTTP(w, r)
	return w.Result(), nil
}

// The search of contacts cuts times to the workspace's days and begins with the next one;
// what changed is found all the same, in any zone, and nothing else is told (P-35).
func TestChangedPeopleInSpiteOfWholeDays(t *testing.T) {
	for _, name := range []string{"Pacific/Auckland", "America/Los_Angeles", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, hour := range []int{0, 1, 11, 12, 13, 23} {
			var x *table
			clock := time.Date(2024, 3, 10, hour, 30, 0, 0, time.UTC)
			x = sit(t, fake.Options{Zone: zone, Now: func() time.Time { return clock }}, nil, dated(func() time.Time { return clock }))
			x.fake.Fill(12, 1)
			list, _ := x.all(model.Contact)
			at, err := x.conn.(connector.Changer).Now(t.Context(), model.Contact)
			if err != nil {
				t.Fatal(err)
			}
			clock = clock.Add(10 * time.Minute)
			changed := list[0].Key.ID
			x.fake.Touch("contact", changed)
			got := []string{}
			if err := x.conn.(connector.Changer).Changes(t.Context(), model.Contact, at, func(p connector.Page) error {
				for _, r := range p.Records {
					got = append(got, r.Key.ID)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0] != changed {
				t.Errorf("%s, %d h: told %v, want %s", name, hour, got, changed)
			}
		}
	}
}

// dated puts the desk's clock into its answers.
func dated(now func() time.Time) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
			h.ServeHTTP(w, r)
		})
	}
}

// Deleted conversations are told by their ids (P-79), and once.
func TestDeletedConversationsAreTold(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(8, 1)
	at, err := x.conn.(connector.Changer).Now(t.Context(), model.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	id := x.fake.Conversations()[3]
	if out, err := x.conn.(connector.Deleter).Delete(t.Context(), []connector.Doomed{{Key: model.Key{Object: model.Ticket, ID: id}}}); err != nil || out[0].State != connector.Deleted {
		t.Fatal(out, err)
	}
	for round, want := range []int{1, 0} {
		var gone []connector.Gone
		if err := x.conn.(connector.Changer).Changes(t.Context(), model.Ticket, at, func(p connector.Page) error {
			gone, at = append(gone, p.Gone...), p.Next
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(gone) != want || want == 1 && (gone[0].ID != id || gone[0].How != connector.GoneDeleted) {
			t.Errorf("round %d: %+v", round, gone)
		}
	}
}

// Odd texts are read byte for byte.
func TestOddTexts(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(12, 1)
	x.fake.ReplaceText(conform.OddTexts())
	got := map[string]bool{}
	list, _ := x.all(model.Message)
	for _, r := range list {
		v, err := model.Values(r.Raw)
		if err != nil {
			t.Fatal(err)
		}
		got[model.Plain(v["body"])] = true
	}
	for _, want := range conform.OddTexts() {
		if !got[want] {
			t.Errorf("%.60q did not arrive unharmed", want)
		}
	}
}

// A right that the plan or the token lacks stops nothing else (P-10, P-11).
func TestP10_TicketsNotOnThisPlan(t *testing.T) {
	x := sit(t, fake.Options{Missing: []string{"tickets"}}, nil, nil)
	x.fake.Fill(10, 1)
	a, err := x.conn.Check(t.Context())
	if err != nil || !slices.Contains(a.Missing, "read tickets") || !slices.Contains(a.Rights, "read conversations") {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := x.conn.Schema(t.Context()); err != nil {
		t.Error(err)
	}
	if list, _ := x.all(model.Message); len(list) == 0 {
		t.Error("no messages, because tickets cannot be read")
	}
}

// Conversations without files are not read a second time for their files.
func TestFilesCostNoSecondReading(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(100, 6)
	x.all(model.Message)
	before := x.fake.Requests()
	list, _ := x.all(model.Attachment)
	if n := x.fake.Requests() - before; n > 80 || len(list) == 0 {
		t.Errorf("%d requests for the files of 100 conversations, and %d files", n, len(list))
	}
	whole := sit(t, fake.Options{}, nil, nil)
	whole.fake.Fill(100, 6)
	if all, _ := whole.all(model.Attachment); len(all) != len(list) {
		t.Errorf("%d files, want %d", len(list), len(all))
	}
}

// A small limit is kept by its headers, window after window, and nothing is lost (P-13).
func TestP13_ASmallLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Token: token, PerMinute: 300})
		s.Fill(150, 1)
		v := secret.Memory()
		if err := v.Put(intercom.SettingToken, token); err != nil {
			t.Fatal(err)
		}
		k := intercom.Kind()
		refused := 0
		count := watch{direct{s}, &refused}
		c, err := k.Open(t.Context(), map[string]string{intercom.SettingAddress: "http://intercom.test"}, v, pace.Transport(count, k.Limits, nil))
		if err != nil {
			t.Fatal(err)
		}
		x := &table{T: t, fake: s, conn: c}
		list, _ := x.all(model.Message)
		threads := map[string]bool{}
		for _, r := range list {
			id, _, _ := strings.Cut(r.Key.ID, "-")
			threads[id] = true
		}
		if len(threads) != 150+15 {
			t.Errorf("messages of %d threads, want 165", len(threads))
		}
		if refused > 60 { // until the first answer told the limit, and at the ends of windows
			t.Errorf("%d requests were refused", refused)
		}
	})
}

type watch struct {
	next    http.RoundTripper
	refused *int
}

func (w watch) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		counting.Lock()
		*w.refused++
		counting.Unlock()
	}
	return resp, err
}

var counting sync.Mutex
