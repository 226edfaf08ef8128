package practice_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"waybill/backend/practice"
)

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestBatchUpdateAnswersForEachItem(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, ticket := fixture(c)
	other := c.make("tickets", map[string]any{"subject": "b", "requester": contact, "description": "long"})
	_, _, v := c.do("POST", "tickets/batch_update", map[string]any{"items": []any{
		map[string]any{"id": ticket, "version": "1", "set": map[string]any{"priority": "high", "tags": nil, "assignee": nil}},
		map[string]any{"id": ticket, "version": "1", "set": map[string]any{"priority": "low"}},
		map[string]any{"id": other, "version": 1, "set": map[string]any{"description": nil}},
		map[string]any{"id": "999", "set": map[string]any{"priority": "low"}},
		map[string]any{"id": other, "set": map[string]any{"subject": nil, "status": "odd", "colour": "red"}},
		map[string]any{"id": other, "set": map[string]any{}, "also": 1},
	}})
	var got []string
	for _, r := range v["results"].([]any) {
		m := r.(map[string]any)
		got = append(got, fmt.Sprint(m["id"] == ticket, m["status"], m["version"], fieldErrors(m)))
	}
	want := []string{
		"true 200 2 map[]", "true 412 2 map[]", "false 200 2 map[]", "false 404 <nil> map[]",
		"false 422 <nil> map[colour:unknown status:invalid subject:required]", "false 422 <nil> map[also:unknown]",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	_, _, v = c.do("GET", "tickets/"+ticket, nil)
	if v["priority"] != "high" || v["tags"] != nil || v["assignee"] != nil || v["subject"] != "Printer" {
		t.Errorf("ticket: %v", v)
	}
	if _, _, v = c.do("GET", "tickets/"+other, nil); v["description"] != nil || v["subject"] != "b" {
		t.Errorf("ticket: %v", v)
	}
	many := make([]any, 101)
	if status, _, _ := c.do("POST", "tickets/batch_update", map[string]any{"items": many}); status != 422 {
		t.Errorf("101 items: %d", status)
	}
}

func TestP77_UpdatesThatChangeNothingKeepTheVersion(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, ticket := fixture(c)
	c.do("POST", "fields", map[string]any{"object": "ticket", "name": "cost", "type": "number"})
	c.do("PATCH", "tickets/"+ticket, map[string]any{"fields": map[string]any{"cost": 1.5}})
	from := c.here("tickets")
	same := map[string]any{
		"subject": "Printer", "tags": []string{"a", "b"}, "requester": contact, "created_at": "2014-03-01T08:00:00Z",
		"description": nil, "external_id": "t-1",
	}
	if status, _, v := c.do("PATCH", "tickets/"+ticket, same); status != 200 || v["version"] != 2.0 {
		t.Errorf("%d %v", status, v)
	}
	_, _, v := c.do("POST", "tickets/batch_update", map[string]any{"items": []any{map[string]any{"id": ticket, "version": "2", "set": same}}})
	if r := v["results"].([]any)[0].(map[string]any); r["status"] != 200.0 || r["version"] != 2.0 {
		t.Errorf("%v", r)
	}
	body := `{"subject":"\u0050rinter","fields":{"cost":1.50}}`
	if status, _, v := c.do("PATCH", "tickets/"+ticket, jsonText(body)); status != 200 || v["version"] != 2.0 {
		t.Errorf("%d %v", status, v)
	}
	if words, _ := c.story("tickets", from, 10); len(words) != 0 {
		t.Errorf("%v", words)
	}
	if status, _, v := c.do("PATCH", "tickets/"+ticket, map[string]any{"tags": []string{"b", "a"}}); status != 200 || v["version"] != 3.0 {
		t.Errorf("another order is a change: %d %v", status, v)
	}
}

type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func TestP72_ImportedUpdatesMailNobody(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	_, _, ticket := fixture(c)
	update := func(priority string) {
		t.Helper()
		_, _, v := c.do("POST", "tickets/batch_update", map[string]any{"items": []any{
			map[string]any{"id": ticket, "set": map[string]any{"priority": priority}},
		}})
		if r := v["results"].([]any)[0].(map[string]any); r["status"] != 200.0 {
			t.Fatalf("%v", v)
		}
	}
	mails := func(want int64, what string) {
		t.Helper()
		if n := c.stats().MessagesSent; n != want {
			t.Errorf("%s: %d mails, want %d", what, n, want)
		}
	}
	update("high")
	c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "urgent"})
	mails(0, "imports")
	c.imports = false
	update("low")
	mails(1, "a person")
	update("low")
	mails(1, "a person who changes nothing")
	c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "high"})
	mails(2, "a person, one record")
	c.do("PATCH", "triggers/3", map[string]any{"active": false})
	update("normal")
	mails(2, "nothing is active")
}

// A desk can be made that imports do not silence.
func TestP71_TriggersThatImportsDoNotSilence(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	status, _, b, err := c.try("GET", "triggers", nil)
	if err != nil || status != 200 || len(b) < 500 {
		t.Fatalf("%d %s %v", status, b, err)
	}
	status, _, v := c.do("POST", "triggers", map[string]any{
		"kind": "trigger", "name": "Tell everybody", "on": []string{"ticket", "group"}, "does": "sends a mail",
		"active": true, "silenced_by_import": false,
	})
	if status != http.StatusCreated || v["id"] != "6" || v["silenced_by_import"] != false {
		t.Fatalf("%d %v", status, v)
	}
	c.make("groups", map[string]any{"name": "A"})
	c.do("POST", "groups/batch", batchOf(0, 3))
	c.do("PATCH", "groups/1", map[string]any{"name": "B"})
	c.make("agents", map[string]any{"name": "x", "email": "x@x.example"})
	if n := c.stats().MessagesSent; n != 5 {
		t.Errorf("%d messages, want 5", n)
	}
	if status, _, v = c.do("PATCH", "triggers/6", map[string]any{"active": false}); status != 200 || v["active"] != false {
		t.Errorf("%d %v", status, v)
	}
	c.make("groups", map[string]any{"name": "C"})
	if n := c.stats().MessagesSent; n != 5 {
		t.Errorf("an inactive trigger went off: %d", n)
	}
	status, _, v = c.do("POST", "triggers", map[string]any{"kind": "rocket", "on": []string{"planet"}, "when": "noon"})
	if e := fmt.Sprint(fieldErrors(v)); status != 422 || e != "map[kind:invalid name:required on:invalid when:invalid]" {
		t.Errorf("%d %s", status, e)
	}
	if status, _, _ = c.do("PATCH", "triggers/77", map[string]any{"active": true}); status != 404 {
		t.Errorf("an unknown trigger: %d", status)
	}
}

func TestP73_ChangesHaveALimitOfTheirOwn(t *testing.T) {
	k := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c, _ := serve(t, practice.Options{UpdatesPerMinute: 2, Now: k.now})
	_, _, ticket := fixture(c)
	if _, _, v := c.do("GET", "me", nil); v["updates_per_minute"] != 2.0 || v["rate_per_minute"] != 0.0 {
		t.Errorf("me: %v", v)
	}
	set := map[string]any{"items": []any{map[string]any{"id": ticket, "set": map[string]any{"priority": "high"}}}}
	if status, h, _ := c.do("POST", "tickets/batch_update", set); status != 200 || h.Get("X-UpdateLimit-Remaining") != "1" {
		t.Errorf("%d %v", status, h)
	}
	if status, _, _ := c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "low"}); status != 200 {
		t.Errorf("%d", status)
	}
	for _, x := range []struct {
		method, path string
		body         any
	}{
		{"PATCH", "tickets/" + ticket, map[string]any{"priority": "urgent"}},
		{"POST", "tickets/batch_update", set},
	} {
		if status, h, _ := c.do(x.method, x.path, x.body); status != 429 || h.Get("Retry-After") != "60" || h.Get("X-RateLimit-Limit") != "" {
			t.Errorf("%s: %d %v", x.method, status, h)
		}
	}
	c.make("groups", map[string]any{"name": "creating is not changing"})
	if _, _, v := c.do("GET", "tickets/"+ticket, nil); v["priority"] != "low" || c.stats().TooMany != 2 {
		t.Errorf("%v, %d refused", v, c.stats().TooMany)
	}
	k.add(time.Minute)
	if status, _, _ := c.do("POST", "tickets/batch_update", set); status != 200 {
		t.Errorf("after the wait: %d", status)
	}
}

// Faults strike changes as they strike creations.
func TestFaultsStrikeChanges(t *testing.T) {
	for _, x := range []struct {
		kind    practice.FaultKind
		status  int
		changed int
	}{
		{practice.DropAfter, 0, 10},
		{practice.DropBefore, 0, 0},
		{practice.HalfBatch, 0, 5},
		{practice.ErrorAfter, 500, 10},
		{practice.ErrorBefore, 500, 0},
	} {
		t.Run(string(x.kind), func(t *testing.T) {
			c, s := serve(t, practice.Options{})
			c.do("POST", "groups/batch", batchOf(0, 10))
			from := c.here("groups")
			s.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: x.kind, Times: 1, Path: "/batch_update"}}})
			var items []any
			for i := range 10 {
				items = append(items, map[string]any{"id": fmt.Sprint(i + 1), "version": "1", "set": map[string]any{"name": fmt.Sprint("new", i)}})
			}
			status, _, _, err := c.try("POST", "groups/batch_update", map[string]any{"items": items})
			if (err != nil) != (x.status == 0) || status != x.status {
				t.Errorf("%d %v", status, err)
			}
			if words, _ := c.story("groups", from, 50); len(words) != x.changed {
				t.Errorf("%d changed, want %d", len(words), x.changed)
			}
		})
	}
}

func TestRevokedTokenUntilThePlanIsSetAgain(t *testing.T) {
	c, s := serve(t, practice.Options{Faults: practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.Revoke, Skip: 2}}}})
	var got []int
	for i := range 5 {
		status, _, _ := c.do("POST", "groups", map[string]any{"name": fmt.Sprint("g", i)})
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[201 201 401 401 401]" || s.Desk.FaultsHit()[practice.Revoke] != 1 {
		t.Errorf("%v", got)
	}
	if status, _, _ := c.do("POST", "_faults", practice.FaultPlan{}); status != 200 {
		t.Fatalf("%d", status)
	}
	c.make("groups", map[string]any{"name": "after"})
}

func TestDeskThatIsDownForAWhile(t *testing.T) {
	k := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c, s := serve(t, practice.Options{Now: k.now, RatePerMinute: 5})
	s.Desk.SetFaults(practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.Down, DelayMS: 3_600_000, Path: "/groups"}}})
	c.make("agents", map[string]any{"name": "x", "email": "x@x.example"})
	for range 8 {
		for _, path := range []string{"groups", "agents"} {
			if _, _, _, err := c.try("POST", path, map[string]any{"name": "y", "email": "y@x.example"}); err == nil {
				t.Fatal("a desk that is down answered")
			}
		}
		k.add(7 * time.Minute)
	}
	if st := c.stats(); st.Objects["group"]+st.Objects["agent"] != 1 || st.TooMany != 0 || st.Requests != 2 {
		t.Errorf("%+v", st)
	}
	k.add(5 * time.Minute) // an hour has passed
	c.make("groups", map[string]any{"name": "y"})
}
