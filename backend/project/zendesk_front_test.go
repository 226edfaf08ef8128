package project_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/backend/clean"
	"waybill/backend/connector/front"
	frontfake "waybill/backend/connector/front/fake"
	"waybill/backend/connector/zendesk"
	zendeskfake "waybill/backend/connector/zendesk/fake"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
)

// shaky is a bad day between Waybill and a desk: seldom a request is lost before it
// arrives, its answer after, or the desk fails.
type shaky struct {
	desk   http.Handler
	mu     sync.Mutex
	rng    *rand.Rand
	chance float64
	struck int
}

func (s *shaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	strike, how := s.rng.Float64() < s.chance, s.rng.IntN(3)
	if strike {
		s.struck++
	}
	s.mu.Unlock()
	if !strike {
		s.desk.ServeHTTP(w, r)
		return
	}
	switch how {
	case 0:
		panic(http.ErrAbortHandler) // the connection ends before the desk saw it
	case 1:
		s.desk.ServeHTTP(httptest.NewRecorder(), r) // the desk did it, and nobody hears
		panic(http.ErrAbortHandler)
	default:
		http.Error(w, "upstream", http.StatusBadGateway)
	}
}

// conversations is how many tickets move: 20,000, and a few where the race detector watches.
func conversations(t *testing.T) int {
	t.Helper()
	if s := os.Getenv("WAYBILL_CONVERSATIONS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if raceEnabled || testing.Short() {
		return 150
	}
	return 20_000
}

// The best-known case: a Zendesk of twelve years moves into Front on a bad day, with the
// limits scaled up. Everything is accounted for, nobody gets a mail, and every message has
// its author and its time.
func TestMove_P31_P70_zendeskToFront(t *testing.T) {
	n := conversations(t)
	zd := zendeskfake.New(zendeskfake.Options{AccessToken: "secret", Withheld: time.Millisecond, Duplicates: true})
	zd.Fill(n, 3)
	fr := frontfake.New(frontfake.Options{Token: "secret", Delay: 5 * time.Millisecond})
	for i := range 12 {
		fr.AddTeammate(fmt.Sprintf("agent%d@desk.example", i), "Agent", strconv.Itoa(i))
	}
	for _, g := range []string{"Billing", "Technik", "Sales EMEA", "VIP ☎", "Returns"} {
		fr.AddInbox(g)
	}
	fr.AddKnowledgeBase("Help")

	from, to := zendesk.Kind(), front.Kind()
	from.Limits.PerMinute, from.Limits.Budgets = 0, nil
	to.Limits.PerMinute, to.Limits.Budgets = 0, nil
	to.Caps.Travel, to.Caps.FindLag = 300*time.Millisecond, 200*time.Millisecond
	// Some fifty faults, however many requests there are; fewer in a small move.
	chance := min(50/(6*float64(n)), 0.005)
	src := &shaky{desk: zd, rng: rand.New(rand.NewPCG(1, 1)), chance: chance}
	dst := &shaky{desk: fr, rng: rand.New(rand.NewPCG(2, 2)), chance: chance}
	zdAddress := listen(t, src)
	w := between(t,
		side{from, map[string]string{"address": zdAddress, "auth": "bearer", "access_token": "secret", "withheld_seconds": "0"}},
		side{to, map[string]string{"address": listen(t, dst), "token": "secret"}}, nil)
	w.settle()
	w.carryOut(load.Scope{Kind: model.RunFull})
	// What Front has no place for stays behind, by a decision with a name.
	for range 3 {
		for _, g := range w.held() {
			t.Logf("held: %d of %s: %s", g.Count, g.Object, g.Example.What)
			if g.Object == model.Ticket || g.Object == model.Message || g.Object == model.Attachment {
				t.Errorf("%d of %s are held: %v", g.Count, g.Object, g.Example)
			}
			_, err := w.Decide(w.ctx, clean.HeldRule(g.Object, g.Code, g.Field), nil, "Front has no place for it.")
			w.must(err)
		}
	}
	res, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	for _, c := range res.Checks {
		if !c.Passed {
			t.Errorf("check %s of %s: %d of %d: %v", c.Code, c.Object, c.Failed, c.LookedAt, c.Examples)
		}
	}
	manifest, err := w.Manifest(w.ctx)
	w.must(err)
	for _, m := range manifest {
		if !m.Balances() {
			t.Errorf("%+v", m)
		}
	}
	if fr.Mails() != 0 {
		t.Errorf("%d messages left Front", fr.Mails())
	}
	if dst.struck == 0 || src.struck == 0 {
		t.Errorf("the day was not bad: %d and %d faults", src.struck, dst.struck)
	}
	sameConversations(t, zd, fr, zdAddress)
	t.Logf("%d tickets: %d and %d faults", n, src.struck, dst.struck)
}

// sameConversations compares the two desks without Waybill: every conversation once, every
// message with its author and time, private notes private.
func sameConversations(t *testing.T, zd *zendeskfake.Server, fr *frontfake.Server, address string) {
	t.Helper()
	people := map[int64]person{}
	byTicket := map[int64][]frontfake.Conversation{}
	for _, c := range fr.All() {
		mark, _ := c.Custom[frontfake.MarkField].(string)
		parts := strings.Split(mark, ":")
		id, err := strconv.ParseInt(parts[len(parts)-1], 10, 64)
		if err != nil {
			t.Fatalf("conversation %s has the mark %q", c.ID, mark)
		}
		byTicket[id] = append(byTicket[id], c)
	}
	messages := 0
	for id, list := range byTicket {
		ticket, comments, ok := zd.Find(id)
		if !ok || len(list) != 1 {
			t.Fatalf("ticket %d is there %d times", id, len(list))
		}
		c := list[0]
		if c.Subject != strings.TrimSpace(ticket.Subject) && c.Subject != ticket.Subject {
			t.Errorf("ticket %d is called %q, not %q", id, c.Subject, ticket.Subject)
		}
		var public, private []zendeskfake.Comment
		for _, m := range comments {
			if m.Public {
				public = append(public, m)
			} else {
				private = append(private, m)
			}
		}
		var got, notes []frontfake.Message
		for _, m := range c.Messages {
			if m.Private {
				notes = append(notes, m)
			} else {
				got = append(got, m)
			}
		}
		if len(got) != max(len(public), min(1, len(comments))) || len(notes) != len(private) {
			t.Errorf("ticket %d has %d messages and %d notes, not %d and %d", id, len(got), len(notes), len(public), len(private))
			continue
		}
		slices.SortStableFunc(got, func(a, b frontfake.Message) int { return int(a.Created - b.Created) })
		slices.SortStableFunc(public, func(a, b zendeskfake.Comment) int { return strings.Compare(a.CreatedAt, b.CreatedAt) })
		for i, m := range public {
			at, err := time.Parse(time.RFC3339, m.CreatedAt)
			if err != nil {
				t.Fatal(err)
			}
			if int64(got[i].Created) != at.Unix() {
				t.Errorf("message %d of ticket %d is of %v, not %v", i, id, time.Unix(int64(got[i].Created), 0).UTC(), at)
			}
			who := whoIs(t, people, address, m.AuthorID)
			if who.Email != "" && !strings.EqualFold(got[i].Author, who.Email) && !strings.EqualFold(got[i].From, who.Email) {
				t.Errorf("message %d of ticket %d is by %q (%q), not %s", i, id, got[i].From, got[i].Author, who.Email)
			}
			messages++
		}
		for _, m := range private {
			at, _ := time.Parse(time.RFC3339, m.CreatedAt)
			who, when := whoIs(t, people, address, m.AuthorID), at.UTC().Format("2006-01-02 15:04 UTC")
			if !slices.ContainsFunc(notes, func(n frontfake.Message) bool {
				return strings.Contains(n.Body, strings.TrimSpace(who.Name)) && strings.Contains(n.Body, when)
			}) {
				t.Errorf("no note of ticket %d says that it is by %s on %s", id, who.Name, when)
			}
			messages++
		}
	}
	if messages == 0 {
		t.Error("nothing was compared")
	}
}

type person struct{ Name, Email string }

func whoIs(t *testing.T, known map[int64]person, address string, id int64) person {
	t.Helper()
	if p, ok := known[id]; ok {
		return p
	}
	for range 5 {
		r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v2/users/%d.json", address, id), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer secret")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // it is a bad day
		}
		var b bytes.Buffer
		_, err = b.ReadFrom(resp.Body)
		_ = resp.Body.Close() // it was read
		if err != nil || resp.StatusCode != http.StatusOK {
			continue
		}
		var v struct{ User person }
		if err := json.Unmarshal(b.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		known[id] = v.User
		return v.User
	}
	known[id] = person{} // deleted for good
	return person{}
}
