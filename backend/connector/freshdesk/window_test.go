package freshdesk_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
)

// clocked is an account whose clock a test sets.
func clocked(o fake.Options) (*fake.Server, *atomic.Int64) {
	at := &atomic.Int64{}
	at.Store(time.Date(2014, 3, 1, 0, 0, 0, 0, time.UTC).Unix())
	o.Now = func() time.Time { return time.Unix(at.Load(), 0) }
	return account(o), at
}

func ticket(t testing.TB, s *fake.Server, who any, n int) string {
	t.Helper()
	m := call(t, s, "POST", "tickets", map[string]any{"requester_id": who, "subject": fmt.Sprint("ticket ", n), "description": fmt.Sprint("<p>text ", n, "</p>"), "status": 2, "priority": 1})
	return fmt.Sprint(int64(m["id"].(float64)))
}

func person(t testing.TB, s *fake.Server) any {
	t.Helper()
	return call(t, s, "POST", "contacts", map[string]any{"name": "Mara", "email": "mara@kite.example"})["id"]
}

func TestP05_TicketsOlderThanAMonthAreRead(t *testing.T) {
	s, at := clocked(fake.Options{})
	old := ticket(t, s, person(t, s), 1)
	at.Add(12 * 365 * 86400)
	if got, _ := read(t, dial(t, s), model.Ticket); len(got) != 1 || got[old].Raw == nil {
		t.Errorf("read %d tickets", len(got))
	}
}

func TestP06_MoreThan300Pages(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("updated_since leaves out its own second: ", after), func(t *testing.T) {
			s, at := clocked(fake.Options{SinceAfter: after})
			who := person(t, s)
			want := map[string]bool{}
			for i := range 700 {
				if i%3 > 0 { // some seconds have three tickets, which is more than a page
					at.Add(int64(i % 2))
				}
				want[ticket(t, s, who, i)] = true
			}
			for _, size := range []string{"1", "2", "100"} {
				got, broken := read(t, dial(t, s, freshdesk.SettingPageSize, size), model.Ticket)
				if len(got) != len(want) || len(broken) != 0 {
					t.Errorf("pages of %s: read %d of %d, %d broken", size, len(got), len(want), len(broken))
				}
			}
		})
	}
}

// 320 tickets of one second, one a page: the last 20 can't be listed. That is said, and
// those of the next second and after it are read all the same.
func TestP06_MoreTicketsInOneSecondThanCanBeListed(t *testing.T) {
	for _, after := range []bool{false, true} {
		s, at := clocked(fake.Options{SinceAfter: after})
		who := person(t, s)
		for i := range 320 {
			ticket(t, s, who, i)
		}
		at.Add(1)
		next := ticket(t, s, who, 1000)
		at.Add(1)
		last := ticket(t, s, who, 1001)
		c := dial(t, s, freshdesk.SettingPageSize, "1")
		got, broken := read(t, c, model.Ticket)
		if len(broken) != 1 || broken[0].Why == nil || !strings.Contains(broken[0].Place, "2014-03-01T00:00:00Z") {
			t.Errorf("after %v: told as broken: %+v", after, broken)
		}
		if len(got) != 302 || got[next].Raw == nil || got[last].Raw == nil {
			t.Errorf("after %v: read %d, want 300 and the two behind", after, len(got))
		}
	}
}

// While the list is read, tickets that were given already are changed and go to its end.
func TestP07_TicketsThatChangeWhileTheyAreRead(t *testing.T) {
	for _, together := range []bool{false, true} {
		s, at := clocked(fake.Options{})
		who := person(t, s)
		var ids []string
		for i := range 60 {
			ids = append(ids, ticket(t, s, who, i))
			if !together {
				at.Add(1)
			}
		}
		at.Add(1000)
		c := dial(t, s, freshdesk.SettingPageSize, "7")
		seen := map[string]bool{}
		pages := 0
		if err := c.Pages(t.Context(), model.Ticket, "", func(p connector.Page) error {
			for _, r := range p.Records {
				seen[r.Key.ID] = true
			}
			if pages++; pages <= 8 {
				at.Add(1)
				for _, id := range ids[(pages-1)*5 : (pages-1)*5+3] {
					call(t, s, "PUT", "tickets/"+id, map[string]any{"priority": 4})
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !seen[id] {
				t.Errorf("one second %v: ticket %s was missed", together, id)
			}
		}
	}
}

// A reading that is cut off after each page goes on with a new connection, over more than
// one window, and repeats nothing that did not change.
func TestP67_ReadingGoesOnAfterEachPage(t *testing.T) {
	s, at := clocked(fake.Options{})
	s.Fill(120, 3)
	_ = at
	for _, o := range []model.Object{model.Ticket, model.Message, model.Attachment, model.Contact, model.Article, model.Section, model.Translation, model.Macro} {
		all, _ := read(t, dial(t, s), o)
		got, repeats := map[string]bool{}, 0
		var cursor connector.Cursor
		for round := 0; ; round++ {
			if round > 2000 {
				t.Fatalf("%s: no end", o)
			}
			err := dial(t, s, freshdesk.SettingPageSize, "7").Pages(t.Context(), o, cursor, func(p connector.Page) error {
				for _, r := range p.Records {
					if got[r.Key.ID] {
						repeats++
					}
					got[r.Key.ID] = true
				}
				cursor = p.Next
				return http.ErrAbortHandler // any error
			})
			if err == nil {
				break
			}
		}
		if len(got) != len(all) || len(all) == 0 || repeats > 0 {
			t.Errorf("%s: read %d of %d, %d repeats", o, len(got), len(all), repeats)
		}
	}
}

// While contacts and companies are read page by page, some that were read already go, and
// all behind them move up.
func TestP07_NobodyIsMissedWhenOthersGo(t *testing.T) {
	for _, o := range []model.Object{model.Contact, model.Organization} {
		s, at := clocked(fake.Options{})
		path := map[model.Object]string{model.Contact: "contacts", model.Organization: "companies"}[o]
		var ids []string
		for i := range 30 {
			at.Add(1)
			v := map[string]any{"name": fmt.Sprint("n", i)}
			if o == model.Contact {
				v["email"] = fmt.Sprintf("n%d@kite.example", i)
			}
			ids = append(ids, fmt.Sprint(int64(call(t, s, "POST", path, v)["id"].(float64))))
		}
		at.Add(1000)
		seen := map[string]bool{}
		pages := 0
		if err := dial(t, s, freshdesk.SettingPageSize, "4", freshdesk.SettingTrash, freshdesk.TrashNone).Pages(t.Context(), o, "", func(p connector.Page) error {
			for _, r := range p.Records {
				seen[r.Key.ID] = true
			}
			at.Add(1)
			if pages++; pages <= 3 {
				call(t, s, "DELETE", path+"/"+ids[pages-1], nil)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !seen[id] {
				t.Errorf("%s %s was missed", o, id)
			}
		}
	}
}
