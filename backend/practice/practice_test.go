package practice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/model"
	"waybill/backend/practice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client speaks to a desk as anybody would.
type client struct {
	testing.TB
	base, token string
	imports     bool
	http        *http.Client
}

func serve(t testing.TB, o practice.Options) (*client, *practice.Server) {
	t.Helper()
	s, err := practice.Serve(t.Context(), "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{TB: t, base: s.Address + "/api/v1/", token: s.Token, imports: true, http: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		c.http.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, s
}

func (c *client) do(method, path string, body any, headers ...string) (int, http.Header, map[string]any) {
	c.Helper()
	status, h, b, err := c.try(method, path, body, headers...)
	if err != nil {
		c.Fatal(err)
	}
	var v map[string]any
	if len(b) > 0 {
		if err := json.Unmarshal(b, &v); err != nil {
			c.Fatalf("%s %s: %v: %s", method, path, err, b)
		}
	}
	return status, h, v
}

func (c *client) try(method, path string, body any, headers ...string) (int, http.Header, []byte, error) {
	c.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case io.Reader:
		r = b
	default:
		j, err := json.Marshal(b)
		if err != nil {
			c.Fatal(err)
		}
		r = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(c.Context(), method, c.base+path, r)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+c.token)
	if c.imports {
		req.Header.Set("X-Import", "true")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, err
}

// make creates a record and gives its id.
func (c *client) make(path string, fields map[string]any) string {
	c.Helper()
	status, _, v := c.do("POST", path, fields)
	if status != http.StatusCreated {
		c.Fatalf("create %s %v: %d %v", path, fields, status, v)
	}
	return v["id"].(string)
}

func fieldErrors(v map[string]any) map[string]string {
	out := map[string]string{}
	list, _ := v["errors"].([]any)
	if e, ok := v["error"].(map[string]any); ok {
		list, _ = e["fields"].([]any)
	}
	for _, x := range list {
		m := x.(map[string]any)
		out[m["field"].(string)] = m["code"].(string)
	}
	return out
}

func TestTokenAndRights(t *testing.T) {
	c, _ := serve(t, practice.Options{Missing: []string{"delete", "import"}})
	c.imports = false
	if status, _, v := c.do("GET", "me", nil); status != 200 || v["account"] != "practice.example" {
		t.Errorf("me: %d %v", status, v)
	}
	id := c.make("groups", map[string]any{"name": "Support"})
	if status, _, _ := c.do("DELETE", "groups/"+id, nil); status != http.StatusForbidden {
		t.Errorf("delete without the right: %d", status)
	}
	c.imports = true
	if status, _, _ := c.do("POST", "groups", map[string]any{"name": "x"}); status != http.StatusForbidden {
		t.Errorf("import without the right, by header: %d", status)
	}
	c.imports = false
	if status, _, _ := c.do("POST", "groups/batch", map[string]any{"items": []any{map[string]any{"name": "x", "import": true}}}); status != http.StatusForbidden {
		t.Errorf("import without the right, by field: %d", status)
	}
	c.token = "wrong"
	if status, _, _ := c.do("GET", "stats", nil); status != http.StatusUnauthorized {
		t.Errorf("wrong token: %d", status)
	}
}

func TestUnknownIsRefused(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	for _, path := range []string{"nothing", "tickets/1/nothing", "tickets/77", "groups/1/content"} {
		if status, _, _ := c.do("GET", path, nil); status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	status, _, v := c.do("POST", "groups", map[string]any{"name": "x", "colour": "red", "fields": map[string]any{"size": 1}})
	if e := fieldErrors(v); status != 422 || e["colour"] != "unknown" || e["fields.size"] != "unknown" {
		t.Errorf("unknown field: %d %v", status, v)
	}
	if status, _, _ := c.do("GET", "groups?color=red", nil); status != 422 {
		t.Errorf("unknown parameter: %d", status)
	}
	if status, _, _ := c.do("PUT", "groups", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("unknown method: %d", status)
	}
}

// fixture makes one of everything that a ticket needs.
func fixture(c *client) (contact, agent, ticket string) {
	c.Helper()
	org := c.make("organizations", map[string]any{"name": "Halden"})
	group := c.make("groups", map[string]any{"name": "Support"})
	agent = c.make("agents", map[string]any{"name": "Ada", "email": "ada@halden.example"})
	contact = c.make("contacts", map[string]any{"name": "Bo", "email": "bo@x.example", "organization": org})
	ticket = c.make("tickets", map[string]any{
		"subject": "Printer", "requester": contact, "assignee": agent, "group": group, "organization": org,
		"status": "solved", "tags": []string{"a", "b"}, "created_at": "2014-03-01T10:00:00+02:00", "external_id": "t-1",
	})
	return contact, agent, ticket
}

func TestRecordsKeepWhatWasWritten(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	_, agent, ticket := fixture(c)
	odd := "Zoë \U0001F469‍\U0001F4BB שלום \x00 \u202e <b>&amp;</b> \u2028 end"
	id := c.make("messages", map[string]any{"ticket": ticket, "author": agent, "public": false, "body": odd, "created_at": "2014-03-01T10:05:00.123Z"})
	_, h, v := c.do("GET", "messages/"+id, nil)
	want := map[string]any{
		"id": id, "version": 1.0, "ticket": ticket, "author": agent, "author_type": "agent",
		"public": false, "body": odd, "created_at": "2014-03-01T10:05:00.123Z",
	}
	if fmt.Sprint(v) != fmt.Sprint(want) || h.Get("ETag") != `"1"` {
		t.Errorf("got  %v\nwant %v", v, want)
	}
	_, _, v = c.do("GET", "tickets/"+ticket, nil)
	if v["created_at"] != "2014-03-01T08:00:00.000Z" || v["updated_at"] != v["created_at"] || v["priority"] != "normal" || v["version"] != 1.0 {
		t.Errorf("ticket: %v", v)
	}
}

func TestValidationNamesEveryField(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, ticket := fixture(c)
	long := strings.Repeat("x", 65_001)
	for name, x := range map[string]struct {
		path string
		item map[string]any
		want map[string]string
	}{
		"required":   {"tickets", map[string]any{}, map[string]string{"subject": "required", "requester": "required"}},
		"blank":      {"groups", map[string]any{"name": "  "}, map[string]string{"name": "required"}},
		"option":     {"tickets", map[string]any{"subject": "x", "requester": contact, "status": "Open!"}, map[string]string{"status": "invalid"}},
		"link":       {"tickets", map[string]any{"subject": "x", "requester": ticket}, map[string]string{"requester": "no_such_record"}},
		"time":       {"tickets", map[string]any{"subject": "x", "requester": contact, "created_at": "1.2.2020"}, map[string]string{"created_at": "invalid"}},
		"long":       {"messages", map[string]any{"ticket": ticket, "author": contact, "body": long}, map[string]string{"body": "too_long"}},
		"e-mail":     {"contacts", map[string]any{"name": "x", "email": "bo@"}, map[string]string{"email": "invalid"}},
		"taken":      {"contacts", map[string]any{"name": "x", "email": "BO@X.example"}, map[string]string{"email": "taken"}},
		"read only":  {"tickets", map[string]any{"subject": "x", "requester": contact, "version": 4}, map[string]string{"version": "read_only"}},
		"bool":       {"agents", map[string]any{"name": "x", "email": "x@x.example", "active": "yes"}, map[string]string{"active": "invalid"}},
		"type":       {"groups", map[string]any{"name": 5}, map[string]string{"name": "invalid"}},
		"no content": {"attachments", map[string]any{"message": ticket}, map[string]string{"content": "required"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, v := c.do("POST", x.path, x.item)
			if got := fieldErrors(v); status != 422 || fmt.Sprint(got) != fmt.Sprint(x.want) {
				t.Errorf("%d %v, want %v", status, got, x.want)
			}
		})
	}
	if n := c.stats().Objects[model.Ticket]; n != 1 {
		t.Errorf("a refused item was created: %d tickets", n)
	}
}

func (c *client) stats() (s practice.Stats) {
	c.Helper()
	_, _, b, err := c.try("GET", "stats", nil)
	if err != nil {
		c.Fatal(err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		c.Fatal(err)
	}
	return s
}

func TestBatchAnswersForEachItem(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	items := []any{map[string]any{"name": "A", "external_id": "x1"}, map[string]any{}, map[string]any{"name": "a"}, "no"}
	_, _, v := c.do("POST", "groups/batch", map[string]any{"items": items})
	results := v["results"].([]any)
	var got []any
	for _, r := range results {
		got = append(got, r.(map[string]any)["status"])
	}
	if fmt.Sprint(got) != "[201 422 422 422]" {
		t.Errorf("statuses %v: %v", got, v)
	}
	many := make([]any, 101)
	if status, _, _ := c.do("POST", "groups/batch", map[string]any{"items": many}); status != 422 {
		t.Errorf("101 items: %d", status)
	}
}

func TestOnlyAnImportIsSilent(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, agent, ticket := fixture(c)
	c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "quiet"})
	if n := c.stats().MessagesSent; n != 0 {
		t.Fatalf("an import sent %d mails", n)
	}
	c.imports = false
	c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "private", "public": false})
	if n := c.stats().MessagesSent; n != 0 {
		t.Errorf("a private note sent %d mails", n)
	}
	c.make("messages", map[string]any{"ticket": ticket, "author": contact, "body": "by field", "import": true})
	c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "loud"})
	c.make("contacts", map[string]any{"name": "New", "email": "new@x.example"})
	if n := c.stats().MessagesSent; n != 2 {
		t.Errorf("mails: %d, want 2", n)
	}
	_, _, v := c.do("GET", "tickets/"+ticket, nil)
	if v["version"] != 3.0 {
		t.Errorf("two replies by people left the ticket at version %v", v["version"])
	}
	status, _, v := c.do("POST", "tickets", map[string]any{"subject": "x", "requester": contact, "created_at": "2014-01-01T00:00:00Z"})
	if status != 422 || fieldErrors(v)["created_at"] != "import_only" {
		t.Errorf("a time of the past without import: %d %v", status, v)
	}
}

func TestVersionsAndDeletion(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, ticket := fixture(c)
	if status, _, _ := c.do("DELETE", "contacts/"+contact, nil); status != http.StatusConflict {
		t.Errorf("deleting a contact in use: %d", status)
	}
	status, _, v := c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "high", "tags": nil})
	if status != 200 || v["version"] != 2.0 || v["priority"] != "high" || v["tags"] != nil || v["subject"] != "Printer" {
		t.Errorf("patch: %d %v", status, v)
	}
	if status, _, _ := c.do("DELETE", "tickets/"+ticket, nil, "If-Match", `"1"`); status != http.StatusPreconditionFailed {
		t.Errorf("deleting an old version: %d", status)
	}
	if status, _, _ := c.do("DELETE", "tickets/"+ticket, nil, "If-Match", "2"); status != http.StatusNoContent {
		t.Errorf("deleting: %d", status)
	}
	if status, _, _ := c.do("DELETE", "tickets/"+ticket, nil); status != http.StatusNotFound {
		t.Errorf("deleting twice: %d", status)
	}
	if status, _, _ := c.do("DELETE", "contacts/"+contact, nil); status != http.StatusNoContent {
		t.Errorf("deleting a contact that nobody needs any more: %d", status)
	}
	c.make("contacts", map[string]any{"name": "Bo again", "email": "bo@x.example"})
	_, _, v = c.do("POST", "groups/batch_delete", map[string]any{"items": []any{
		map[string]any{"id": "2", "version": "9"}, map[string]any{"id": "2", "version": "1"}, map[string]any{"id": "2"},
	}})
	var got []any
	for _, r := range v["results"].([]any) {
		got = append(got, r.(map[string]any)["status"])
	}
	if fmt.Sprint(got) != "[412 204 404]" {
		t.Errorf("batch_delete: %v", got)
	}
}

func TestPagingIsStableUnderInserts(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	for i := range 25 {
		c.make("groups", map[string]any{"name": fmt.Sprint("g", i)})
	}
	seen := map[string]int{}
	cursor, added := "", 0
	for {
		_, _, v := c.do("GET", "groups?limit=7&cursor="+cursor, nil)
		for _, x := range v["items"].([]any) {
			seen[x.(map[string]any)["name"].(string)]++
		}
		if added < 3 {
			c.make("groups", map[string]any{"name": fmt.Sprint("late", added)})
			added++
		}
		if v["next"] == nil {
			break
		}
		cursor = v["next"].(string)
	}
	if len(seen) != 28 {
		t.Errorf("saw %d records, want 28", len(seen))
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", name, n)
		}
	}
}

func TestChangedAfter(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, agent, ticket := fixture(c)
	_, _, v := c.do("GET", "tickets?limit=1", nil)
	mark := v["changes"].(string)
	c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "x"})
	_, _, v = c.do("GET", "tickets?changed_after="+mark, nil)
	if n := len(v["items"].([]any)); n != 0 {
		t.Errorf("an imported message changed its ticket: %d", n)
	}
	c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "low"})
	c.do("PATCH", "tickets/"+ticket, map[string]any{"priority": "high"})
	second := c.make("tickets", map[string]any{"subject": "new", "requester": contact})
	_, _, v = c.do("GET", "tickets?changed_after="+mark, nil)
	var got []any
	for _, x := range v["items"].([]any) {
		got = append(got, x.(map[string]any)["id"])
	}
	if fmt.Sprint(got) != fmt.Sprint([]any{ticket, second}) {
		t.Errorf("changed: %v", got)
	}
	_, _, v = c.do("GET", "tickets?changed_after="+v["changes"].(string), nil)
	if n := len(v["items"].([]any)); n != 0 {
		t.Errorf("seen twice: %d", n)
	}
}

// clock is a desk's clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestSearchLagsAndFindsDoubles(t *testing.T) {
	k := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c, _ := serve(t, practice.Options{SearchLag: 2 * time.Second, Now: k.now})
	id := c.make("groups", map[string]any{"name": "A", "external_id": "e/1 &"})
	c.make("groups", map[string]any{"name": "B", "external_id": "e/1 &"})
	find := func() int {
		_, _, v := c.do("GET", "search?object=group&external_id="+url.QueryEscape("e/1 &")+"&external_id=none", nil)
		return len(v["items"].([]any))
	}
	if n := find(); n != 0 {
		t.Errorf("found %d at once", n)
	}
	if status, _, _ := c.do("GET", "groups/"+id, nil); status != 200 {
		t.Errorf("by id: %d", status)
	}
	k.add(2 * time.Second)
	if n := find(); n != 2 {
		t.Errorf("found %d later, want both copies", n)
	}
	if n := c.stats().Doubles; n != 1 {
		t.Errorf("doubles: %d", n)
	}
	c.do("DELETE", "groups/"+id, nil)
	if n := find(); n != 1 {
		t.Errorf("found %d after one was deleted", n)
	}
}

func TestRateLimit(t *testing.T) {
	for _, bucket := range []bool{false, true} {
		for _, date := range []bool{false, true} {
			t.Run(fmt.Sprintf("bucket=%v date=%v", bucket, date), func(t *testing.T) {
				k := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
				c, _ := serve(t, practice.Options{RatePerMinute: 60, Bucket: bucket, RetryDate: date, Now: k.now})
				for i := range 60 {
					status, h, _ := c.do("GET", "me", nil)
					if status != 200 || h.Get("X-RateLimit-Remaining") != fmt.Sprint(59-i) || h.Get("X-RateLimit-Limit") != "60" {
						t.Fatalf("request %d: %d %v", i, status, h)
					}
				}
				status, h, _ := c.do("GET", "me", nil)
				wait := map[bool]string{false: "60", true: "1"}[bucket]
				if date {
					wait = map[bool]string{false: "Thu, 01 Jan 2026 00:01:00 GMT", true: "Thu, 01 Jan 2026 00:00:01 GMT"}[bucket]
				}
				if status != 429 || h.Get("Retry-After") != wait {
					t.Errorf("got %d, Retry-After %q, want %q", status, h.Get("Retry-After"), wait)
				}
				if c.stats().TooMany != 1 {
					t.Error("stats do not count the refusal")
				}
				k.add(60 * time.Second)
				if status, _, _ := c.do("GET", "me", nil); status != 200 {
					t.Errorf("after the wait: %d", status)
				}
			})
		}
	}
}

func multipartBody(t testing.TB, item any, files map[string]string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	j, err := json.Marshal(item)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("items", string(j)); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		p, err := w.CreateFormFile(name, name)
		if err != nil {
			t.Fatal(err)
		}
		p.Write([]byte(content))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

func TestAttachments(t *testing.T) {
	for _, state := range []string{"", filepath.Join(t.TempDir(), "desk.jsonl")} {
		c, _ := serve(t, practice.Options{MaxFile: 10, State: state})
		_, agent, ticket := fixture(c)
		msg := c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "x"})
		body, kind := multipartBody(t, map[string]any{"items": []any{
			map[string]any{"message": msg, "name": "../a.txt", "content": "f", "content_type": "text/plain"},
			map[string]any{"message": msg, "name": "big", "content": "g"},
			map[string]any{"message": msg, "name": "lost", "content": "h"},
		}}, map[string]string{"f": "hello", "g": "12345678901"})
		_, _, v := c.do("POST", "attachments/batch", body, "Content-Type", kind)
		var got []any
		for _, r := range v["results"].([]any) {
			got = append(got, r.(map[string]any)["status"])
		}
		if fmt.Sprint(got) != "[201 413 422]" {
			t.Fatalf("statuses %v", got)
		}
		_, _, v = c.do("GET", "attachments?message="+msg, nil)
		a := v["items"].([]any)[0].(map[string]any)
		if a["name"] != "../a.txt" || a["size"] != 5.0 || a["sha256"] != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
			t.Errorf("attachment: %v", a)
		}
		_, h, b, err := c.try("GET", strings.TrimPrefix(a["content"].(string), "/api/v1/"), nil)
		if err != nil || string(b) != "hello" || h.Get("Content-Type") != "text/plain" {
			t.Errorf("content: %q %v %v", b, h, err)
		}
		// Another name does not take the content away.
		if status, _, v := c.do("PATCH", "attachments/"+a["id"].(string), map[string]any{"name": "b.txt"}); status != http.StatusOK {
			t.Fatalf("rename: %d %v", status, v)
		}
		if _, _, b, err = c.try("GET", strings.TrimPrefix(a["content"].(string), "/api/v1/"), nil); err != nil || string(b) != "hello" {
			t.Errorf("content after a rename: %q %v", b, err)
		}
	}
}

func TestCustomFields(t *testing.T) {
	c, _ := serve(t, practice.Options{})
	contact, _, _ := fixture(c)
	for _, f := range []map[string]any{
		{"object": "ticket", "name": "region", "title": "Region", "type": "option", "options": []any{map[string]any{"value": "north"}}},
		{"object": "ticket", "name": "cost", "type": "number"},
		{"object": "ticket", "name": "day", "type": "date"},
		{"object": "ticket", "name": "kinds", "type": "options", "options": []any{map[string]any{"value": "a"}, map[string]any{"value": "b"}}},
	} {
		if status, _, v := c.do("POST", "fields", f); status != 201 {
			t.Fatalf("%v: %d %v", f, status, v)
		}
	}
	if status, _, _ := c.do("POST", "fields", map[string]any{"object": "ticket", "name": "region", "type": "text"}); status != 422 {
		t.Errorf("same name twice: %d", status)
	}
	item := map[string]any{"subject": "x", "requester": contact, "fields": map[string]any{
		"region": "south", "cost": json.Number("12345678901234567890.10"), "day": "2020-02-30", "kinds": []string{"a", "c"},
	}}
	_, _, v := c.do("POST", "tickets", item)
	if got := fmt.Sprint(fieldErrors(v)); got != "map[fields.day:invalid fields.kinds:invalid fields.region:invalid]" {
		t.Errorf("errors: %v", got)
	}
	c.do("POST", "fields/ticket/region/options", map[string]any{"value": "south", "title": "South"})
	item["fields"] = map[string]any{"region": "south", "cost": json.Number("12345678901234567890.10"), "day": "2020-02-29", "kinds": []string{"b"}}
	id := c.make("tickets", item)
	_, _, raw, err := c.try("GET", "tickets/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	values, err := model.Values(raw)
	if err != nil {
		t.Fatal(err)
	}
	if values["fields.cost"] != "12345678901234567890.10" || values["fields.region"] != "south" || values["fields.day"] != "2020-02-29" {
		t.Errorf("values: %v", values)
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	var token, before string
	look := func(c *client) string {
		var all []string
		for _, o := range []string{"organizations", "groups", "agents", "contacts", "tickets", "messages", "attachments"} {
			_, _, b, err := c.try("GET", o, nil)
			if err != nil {
				t.Fatal(err)
			}
			var l struct{ Items json.RawMessage }
			if err := json.Unmarshal(b, &l); err != nil {
				t.Fatal(err)
			}
			all = append(all, string(l.Items))
		}
		_, _, b, err := c.try("GET", "fields", nil)
		if err != nil {
			t.Fatal(err)
		}
		s := c.stats()
		return fmt.Sprint(all, string(b), s.Objects, s.MessagesSent, s.Doubles)
	}
	t.Run("first", func(t *testing.T) {
		c, s := serve(t, practice.Options{State: path})
		token = s.Token
		contact, agent, ticket := fixture(c)
		c.do("POST", "fields", map[string]any{"object": "ticket", "name": "region", "type": "option"})
		c.do("POST", "fields/ticket/region/options", map[string]any{"value": "south"})
		c.do("PATCH", "tickets/"+ticket, map[string]any{"fields": map[string]any{"region": "south"}})
		gone := c.make("groups", map[string]any{"name": "Gone", "external_id": "g"})
		c.make("groups", map[string]any{"name": "Double", "external_id": "g"})
		c.make("groups", map[string]any{"name": "Treble", "external_id": "g"})
		c.do("DELETE", "groups/"+gone, nil)
		msg := c.make("messages", map[string]any{"ticket": ticket, "author": agent, "body": "x"})
		body, kind := multipartBody(t, map[string]any{"message": msg, "name": "a", "content": "f"}, map[string]string{"f": "hello"})
		c.do("POST", "attachments", body, "Content-Type", kind)
		c.imports = false
		c.make("messages", map[string]any{"ticket": ticket, "author": contact, "body": "loud"})
		before = look(c)
	})
	t.Run("second", func(t *testing.T) {
		c, s := serve(t, practice.Options{State: path})
		if s.Token != token {
			t.Error("the token changed")
		}
		if after := look(c); after != before {
			t.Errorf("before %s\nafter  %s", before, after)
		}
		status, _, v := c.do("POST", "contacts", map[string]any{"name": "x", "email": "Bo@x.example"})
		if status != 422 || fieldErrors(v)["email"] != "taken" {
			t.Errorf("the unique index was lost: %d %v", status, v)
		}
	})
}

func TestServesLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if s, err := practice.Serve(t.Context(), address, practice.Options{}); err == nil {
			t.Errorf("%s was served", address)
			s.Close()
		}
	}
}
