package practice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/backend/model"
	"waybill/backend/practice"
)

// feed is one page of changes.
type feed struct {
	Items []struct {
		ID      string `json:"id"`
		Version int    `json:"version"`
	} `json:"items"`
	Gone    []practice.Gone `json:"gone"`
	Next    *string         `json:"next"`
	Changes string          `json:"changes"`
}

func (c *client) feed(path, after string, limit int) feed {
	c.Helper()
	status, _, b, err := c.try("GET", fmt.Sprintf("%s?changed_after=%s&limit=%d", path, after, limit), nil)
	if err != nil || status != http.StatusOK {
		c.Fatalf("%d %s %v", status, b, err)
	}
	var f feed
	if err := json.Unmarshal(b, &f); err != nil {
		c.Fatal(err)
	}
	return f
}

// here is where the changes of now begin.
func (c *client) here(path string) string {
	c.Helper()
	_, _, v := c.do("GET", path+"?limit=1", nil)
	return v["changes"].(string)
}

// story reads a feed to its end, page by page, as words in order within each page.
func (c *client) story(path, after string, limit int) (words []string, end string) {
	c.Helper()
	for {
		f := c.feed(path, after, limit)
		if n := len(f.Items) + len(f.Gone); n > limit {
			c.Fatalf("a page of %d holds %d", limit, n)
		}
		for _, x := range f.Items {
			words = append(words, "changed "+x.ID)
		}
		for _, g := range f.Gone {
			words = append(words, strings.TrimSpace(g.How+" "+g.ID+" "+g.Into))
		}
		after = f.Changes
		if f.Next == nil {
			return words, after
		}
	}
}

func TestP79_DeletionsStandInTheFeedOfChanges(t *testing.T) {
	k := &clock{t: time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)}
	c, _ := serve(t, practice.Options{Now: k.now})
	var ids []string
	for i := range 6 {
		ids = append(ids, c.make("groups", map[string]any{"name": fmt.Sprint("g", i)}))
	}
	from := c.here("groups")
	c.do("DELETE", "groups/"+ids[0], nil)
	c.do("PATCH", "groups/"+ids[1], map[string]any{"name": "other"})
	c.do("DELETE", "groups/"+ids[2], nil)
	brief := c.make("groups", map[string]any{"name": "brief"})
	c.do("DELETE", "groups/"+brief, nil)
	c.do("PATCH", "groups/"+ids[3], map[string]any{"name": "another"})
	want := []string{"deleted " + ids[0], "changed " + ids[1], "deleted " + ids[2], "deleted " + brief, "changed " + ids[3]}
	for limit := 1; limit <= 5; limit++ {
		got, end := c.story("groups", from, limit)
		if limit == 1 && !slices.Equal(got, want) {
			t.Errorf("one by one: %v, want %v", got, want)
		}
		slices.Sort(got)
		sorted := slices.Sorted(slices.Values(want))
		if !slices.Equal(got, sorted) {
			t.Errorf("pages of %d: %v, want %v", limit, got, sorted)
		}
		if again, _ := c.story("groups", end, limit); len(again) != 0 {
			t.Errorf("seen twice: %v", again)
		}
	}
	if f := c.feed("groups", from, 1); f.Gone[0].At != "2026-01-01T10:00:00.000Z" {
		t.Errorf("at %q", f.Gone[0].At)
	}
	if words, _ := c.story("agents", from, 5); len(words) != 0 {
		t.Errorf("other objects: %v", words)
	}
}

// A cursor that is ahead of the desk is another desk's: nothing may be missed quietly.
func TestACursorOfAnotherDeskIsRefused(t *testing.T) {
	full, _ := serve(t, practice.Options{})
	for i := range 3 {
		full.make("groups", map[string]any{"name": fmt.Sprint("g", i)})
	}
	fresh, _ := serve(t, practice.Options{})
	if status, _, v := fresh.do("GET", "groups?changed_after="+full.here("groups"), nil); status != 422 || fieldErrors(v)["cursor"] != "invalid" {
		t.Errorf("%d %v", status, v)
	}
}

func TestMergingMovesWhatHangsOnARecord(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, agent, first := fixture(c)
	second := c.make("tickets", map[string]any{"subject": "again", "requester": contact})
	third := c.make("tickets", map[string]any{"subject": "other", "requester": contact})
	m1 := c.make("messages", map[string]any{"ticket": first, "author": contact, "body": "1"})
	m2 := c.make("messages", map[string]any{"ticket": second, "author": agent, "body": "2"})
	m3 := c.make("messages", map[string]any{"ticket": first, "author": agent, "body": "3"})
	tickets, messages := c.here("tickets"), c.here("messages")
	for _, into := range []string{first, "999", contact, ""} {
		if status, _, v := c.do("POST", "tickets/"+first+"/merge", map[string]any{"into": into}); status != 422 {
			t.Errorf("into %q: %d %v", into, status, v)
		}
	}
	if status, _, v := c.do("POST", "tickets/"+first+"/merge", map[string]any{"into": second}); status != 200 || v["id"] != second {
		t.Fatalf("%d %v", status, v)
	}
	if got, _ := c.story("tickets", tickets, 10); !slices.Equal(got, []string{"merged " + first + " " + second}) {
		t.Errorf("tickets: %v", got)
	}
	if got, _ := c.story("messages", messages, 10); !slices.Equal(got, []string{"changed " + m1, "changed " + m3}) {
		t.Errorf("messages: %v", got)
	}
	_, _, v := c.do("GET", "messages?ticket="+second, nil)
	var thread []any
	for _, x := range v["items"].([]any) {
		thread = append(thread, x.(map[string]any)["id"])
	}
	if fmt.Sprint(thread) != fmt.Sprint([]string{m1, m2, m3}) {
		t.Errorf("thread: %v", thread)
	}
	if status, _, _ := c.do("GET", "tickets/"+first, nil); status != 404 {
		t.Errorf("the first is still there: %d", status)
	}

	other := c.make("contacts", map[string]any{"name": "Bo B."})
	tickets, messages = c.here("tickets"), c.here("messages")
	if status, _, v := c.do("POST", "contacts/"+contact+"/merge", map[string]any{"into": other}); status != 200 {
		t.Fatalf("%d %v", status, v)
	}
	if got, _ := c.story("tickets", tickets, 10); !slices.Equal(got, []string{"changed " + second, "changed " + third}) {
		t.Errorf("tickets: %v", got)
	}
	if got, _ := c.story("messages", messages, 10); !slices.Equal(got, []string{"changed " + m1}) {
		t.Errorf("messages: %v", got)
	}
	_, _, v = c.do("GET", "messages/"+m1, nil)
	if v["author"] != other || v["author_type"] != "contact" || v["version"] != 3.0 {
		t.Errorf("message: %v", v)
	}
	c.make("contacts", map[string]any{"name": "The address is free again", "email": "bo@x.example"})
	if status, _, _ := c.do("POST", "groups/2/merge", map[string]any{"into": "1"}); status != 404 {
		t.Errorf("groups cannot be merged: %d", status)
	}
}

// Follow-ups point from ticket to ticket: nothing is left pointing to what is gone, or
// to itself.
func TestMergingFollowUps(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, first := fixture(c)
	second := c.make("tickets", map[string]any{"subject": "second", "requester": contact, "follows": first})
	third := c.make("tickets", map[string]any{"subject": "third", "requester": contact, "follows": first})
	if status, _, v := c.do("PATCH", "tickets/"+third, map[string]any{"follows": third}); status != 422 || fieldErrors(v)["follows"] != "invalid" {
		t.Errorf("a ticket follows itself: %d %v", status, v)
	}
	if status, _, _ := c.do("DELETE", "tickets/"+first, nil); status != http.StatusConflict {
		t.Errorf("a ticket that others follow was deleted: %d", status)
	}
	if status, _, v := c.do("POST", "tickets/"+first+"/merge", map[string]any{"into": second}); status != 200 || v["follows"] != nil {
		t.Errorf("%d %v", status, v)
	}
	if _, _, v := c.do("GET", "tickets/"+third, nil); v["follows"] != second || v["assignee"] != nil {
		t.Errorf("%v", v)
	}
	for _, id := range []string{third, second} {
		if status, _, _ := c.do("DELETE", "tickets/"+id, nil); status != http.StatusNoContent {
			t.Errorf("%s: %d", id, status)
		}
	}
}

// withFile makes an attachment of a content.
func withFile(c *client, message, content string) string {
	c.Helper()
	body, kind := multipartBody(c, map[string]any{"message": message, "name": "a.txt", "content": "f"}, map[string]string{"f": content})
	status, _, v := c.do("POST", "attachments", body, "Content-Type", kind)
	if status != http.StatusCreated {
		c.Fatalf("%d %v", status, v)
	}
	return v["id"].(string)
}

func (c *client) contentOf(id string) string {
	c.Helper()
	status, _, b, err := c.try("GET", "attachments/"+id+"/content", nil)
	if err != nil || status != http.StatusOK {
		c.Fatalf("content of %s: %d %s %v", id, status, b, err)
	}
	return string(b)
}

func TestRedactionTakesContentOutForGood(t *testing.T) {
	for _, state := range []string{"", filepath.Join(t.TempDir(), "desk.jsonl")} {
		c, _ := serve(t, practice.Options{State: state})
		_, agent, ticket := fixture(c)
		msg := c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "card 4111"})
		file := withFile(c, msg, "secret")
		messages, files := c.here("messages"), c.here("attachments")
		for range 2 { // twice is once
			status, _, v := c.do("POST", "messages/"+msg+"/redact", nil)
			if status != 200 || v["body"] != "[redacted]" || v["version"] != 2.0 {
				t.Fatalf("%d %v", status, v)
			}
			if status, _, v = c.do("POST", "attachments/"+file+"/redact", nil); status != 200 || v["name"] != "redacted.txt" || v["size"] != 0.0 {
				t.Fatalf("%d %v", status, v)
			}
		}
		if s := c.contentOf(file); s != "" {
			t.Errorf("content %q", s)
		}
		for limit := 1; limit < 3; limit++ {
			if got, _ := c.story("messages", messages, limit); !slices.Equal(got, []string{"changed " + msg, "redacted " + msg}) {
				t.Errorf("messages: %v", got)
			}
			if got, _ := c.story("attachments", files, limit); !slices.Equal(got, []string{"changed " + file, "redacted " + file}) {
				t.Errorf("attachments: %v", got)
			}
		}
		if status, _, _ := c.do("POST", "tickets/"+ticket+"/redact", nil); status != 404 {
			t.Errorf("tickets cannot be redacted: %d", status)
		}
	}
}

// All of it is the same after a restart, cursors included.
func TestChangesSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	o := practice.Options{State: path, Token: "t"}
	var before []string
	var from, second, last string
	look := func(c *client) (all []string) {
		for _, p := range []string{"groups", "contacts", "tickets", "messages", "attachments"} {
			for _, after := range []string{"", from} {
				f := c.feed(p, after, 500)
				f.Next = nil
				all = append(all, fmt.Sprintf("%s %+v", p, f))
			}
		}
		_, _, b, err := c.try("GET", "triggers", nil)
		if err != nil {
			t.Fatal(err)
		}
		return append(all, string(b), c.contentOf(second), c.contentOf(last), fmt.Sprint(c.stats().MessagesSent))
	}
	t.Run("first", func(t *testing.T) {
		c, _ := serve(t, o)
		contact, agent, ticket := fixture(c)
		into := c.make("tickets", map[string]any{"subject": "again", "requester": contact})
		msg := c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "x"})
		first := withFile(c, msg, "secret")
		second, last = withFile(c, msg, "secret"), withFile(c, msg, "other")
		from = c.here("groups")
		c.do("POST", "attachments/"+first+"/redact", nil)
		c.do("DELETE", "attachments/"+first, nil) // its empty content goes, and is needed again:
		c.do("POST", "attachments/"+last+"/redact", nil)
		c.do("POST", "messages/"+msg+"/redact", nil)
		c.do("POST", "tickets/"+ticket+"/merge", map[string]any{"into": into})
		c.do("POST", "triggers", map[string]any{"kind": "mail", "name": "Loud", "on": []string{"group"}, "silenced_by_import": false})
		c.do("PATCH", "triggers/1", map[string]any{"active": false})
		c.make("groups", map[string]any{"name": "loud"})
		before = look(c)
	})
	t.Run("second", func(t *testing.T) {
		c, _ := serve(t, o)
		after := look(c)
		for i := range before {
			if after[i] != before[i] {
				t.Errorf("before %s\nafter  %s", before[i], after[i])
			}
		}
		c.make("groups", map[string]any{"name": "loud again"})
		if n := c.stats().MessagesSent; n != 2 {
			t.Errorf("%d messages sent", n)
		}
	})
}

// A desk of before tombstones had times is still read.
func TestAnOlderStateIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	state := `["put","group",{"id":"1","version":1,"name":"x"}]` + "\n" + `["delete","group","1"]` + "\n"
	if err := os.WriteFile(path, []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := serve(t, practice.Options{State: path})
	f := c.feed("groups", "", 10)
	if len(f.Gone) != 1 || f.Gone[0].ID != "1" || f.Gone[0].At != "" || len(f.Items) != 0 {
		t.Errorf("%+v", f)
	}
}

func TestReadingByIDs(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, agent, ticket := fixture(c)
	_, _, v := c.do("GET", "tickets?ids="+ticket+",77,"+contact+",x,,"+ticket, nil)
	items := v["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["id"] != ticket || v["next"] != nil || v["total"] != 1.0 {
		t.Errorf("%v", v)
	}
	if status, _, _ := c.do("GET", "agents?ids="+agent+strings.Repeat(",1", 100), nil); status != 422 {
		t.Errorf("101 ids: %d", status)
	}
}

// Whatever is done, reading the changes page by page gives what reading everything gives.
func TestReplicaFollowsByChangesAlone(t *testing.T) {
	c, s := serve(t, practice.Options{})
	random := newRandom(5)
	replica, after := map[string]string{}, ""
	follow := func(limit int) {
		for {
			status, _, b, err := c.try("GET", fmt.Sprintf("organizations?changed_after=%s&limit=%d", after, limit), nil)
			if err != nil || status != 200 {
				t.Fatalf("%d %v", status, err)
			}
			var l struct {
				Items   []json.RawMessage `json:"items"`
				Gone    []practice.Gone   `json:"gone"`
				Next    *string           `json:"next"`
				Changes string            `json:"changes"`
			}
			if err := json.Unmarshal(b, &l); err != nil {
				t.Fatal(err)
			}
			for _, raw := range l.Items {
				var x struct{ ID string }
				if err := json.Unmarshal(raw, &x); err != nil {
					t.Fatal(err)
				}
				replica[x.ID] = string(raw)
			}
			for _, g := range l.Gone {
				delete(replica, g.ID)
			}
			after = l.Changes
			if l.Next == nil || random.IntN(3) == 0 { // sometimes not to the end
				return
			}
		}
	}
	var ids []string
	for round := range 300 {
		switch n := random.IntN(6); {
		case n < 2 || len(ids) < 3:
			ids = append(ids, c.make("organizations", map[string]any{"name": fmt.Sprint("o", round)}))
		case n < 4:
			c.do("PATCH", "organizations/"+ids[random.IntN(len(ids))], map[string]any{"domain": fmt.Sprint("d", round%7)})
		case n == 4:
			i := random.IntN(len(ids))
			c.do("DELETE", "organizations/"+ids[i], nil)
			ids = slices.Delete(ids, i, i+1)
		default:
			c.do("POST", "organizations/"+ids[0]+"/merge", map[string]any{"into": ids[1]})
			ids = ids[1:]
		}
		if random.IntN(4) == 0 {
			follow(1 + random.IntN(5))
		}
	}
	for f := c.feed("organizations", after, 1); len(f.Items)+len(f.Gone) > 0; f = c.feed("organizations", after, 1) {
		follow(50)
	}
	_, _, b, err := c.try("GET", "organizations?limit=500", nil)
	if err != nil {
		t.Fatal(err)
	}
	for id, raw := range replica {
		if !bytes.Contains(b, []byte(raw)) {
			t.Errorf("%s differs: %s", id, raw)
		}
	}
	if n := s.Desk.Stats().Objects[model.Organization]; int(n) != len(replica) || n != int64(len(ids)) {
		t.Errorf("the replica has %d, the desk %d, there should be %d", len(replica), n, len(ids))
	}
}

// A desk that is killed at whatever byte of what it writes comes back, and what it
// then holds belongs together.
func TestP67_StateIsWholeAtEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	t.Run("work", func(t *testing.T) {
		c, _ := serve(t, practice.Options{State: path, Token: "t"})
		contact, agent, ticket := fixture(c)
		into := c.make("tickets", map[string]any{"subject": "again", "requester": contact})
		other := c.make("contacts", map[string]any{"name": "Bo B."})
		var msg string
		for i := range 3 {
			msg = c.make("messages", map[string]any{"ticket": ticket, "author": contact, "body": fmt.Sprint(i)})
		}
		file := withFile(c, msg, "secret")
		c.make("messages", map[string]any{"ticket": into, "author": agent, "body": "x"})
		c.do("POST", "triggers", map[string]any{"kind": "mail", "name": "Loud", "on": []string{"ticket"}, "silenced_by_import": false})
		c.do("POST", "attachments/"+file+"/redact", nil)
		c.do("POST", "tickets/"+ticket+"/merge", map[string]any{"into": into})
		c.do("POST", "messages/"+msg+"/redact", nil)
		c.do("POST", "contacts/"+contact+"/merge", map[string]any{"into": other})
		c.do("POST", "tickets/batch_update", map[string]any{"items": []any{map[string]any{"id": into, "set": map[string]any{"subject": "last"}}}})
	})
	state, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := ""
	for n := 0; n <= len(state); n += 11 {
		if n+11 > len(state) {
			n = len(state)
		}
		if err := os.WriteFile(path, state[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := practice.New(practice.Options{State: path, Token: "t"})
		if err != nil {
			t.Fatalf("killed at byte %d of %d: %v", n, len(state), err)
		}
		whole = fmt.Sprint(d.Stats().Objects)
		for _, p := range []string{"contacts", "tickets", "messages"} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/api/v1/"+p+"?changed_after=", nil)
			r.Header.Set("Authorization", "Bearer t")
			if d.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
				t.Fatalf("killed at byte %d: %s: %d %s", n, p, w.Code, w.Body)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if whole != "map[agent:1 attachment:1 contact:1 group:1 message:4 organization:1 ticket:1]" {
		t.Error(whole)
	}
}

// The indexes keep eight links of a record; one more would be lost quietly.
func TestNoObjectHasMoreLinksThanAreKept(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	_, _, b, err := c.try("GET", "fields", nil)
	if err != nil {
		t.Fatal(err)
	}
	var s model.Schema
	if err := json.Unmarshal(b, &s); err != nil || len(s.Objects) == 0 {
		t.Fatal(err)
	}
	for _, o := range s.Objects {
		n := 0
		for _, f := range o.Fields {
			if f.Type == model.LinkType {
				n++
			}
		}
		if n > 8 {
			t.Errorf("%s has %d links", o.Object, n)
		}
	}
}
