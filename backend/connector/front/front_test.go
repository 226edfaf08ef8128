package front_test

import (
	"bytes"
	"context"
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

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/contract"
	"waybill/backend/connector/front"
	"waybill/backend/connector/front/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// direct carries requests straight to a handler, without a network, and keeps the answers.
type direct struct {
	h    http.Handler
	mu   sync.Mutex
	keep bool
	said [][]byte
	seen []string
	host []string
}

func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, in)
	_, err := io.Copy(io.Discard, in.Body) // a writer at the other end may not be finished
	if err = errors.Join(err, in.Body.Close()); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen, d.host = append(d.seen, r.Method+" "+r.URL.Path), append(d.host, r.URL.Host)
	if d.keep {
		d.said = append(d.said, w.Body.Bytes())
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// connect opens a connection to a handler.
func connect(t testing.TB, h http.Handler, cfg map[string]string) (connector.Connector, *direct) {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(front.SettingToken, token); err != nil {
		t.Fatal(err)
	}
	d := &direct{h: h}
	k := front.Kind()
	c, err := k.Open(t.Context(), cfg, v, pace.Transport(d, k.Limits, nil))
	if err != nil {
		t.Fatal(err)
	}
	return c, d
}

func readAll(t testing.TB, c connector.Connector, o model.Object) map[string]model.Record {
	t.Helper()
	out := map[string]model.Record{}
	if err := c.Pages(t.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			out[r.Key.ID] = r
		}
		return nil
	}); err != nil {
		t.Fatalf("read %s: %v", o, err)
	}
	return out
}

func write(t testing.TB, c connector.Connector, files connector.Files, drafts ...model.Draft) []connector.Outcome {
	t.Helper()
	for i := range drafts {
		if drafts[i].Source.ID == "" {
			drafts[i].Source = model.Key{Object: drafts[i].Object, ID: string(drafts[i].Mark)}
		}
	}
	out, err := c.(connector.Writer).Write(t.Context(), drafts, files)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func created(t testing.TB, out []connector.Outcome) []connector.Outcome {
	t.Helper()
	for i, o := range out {
		if o.State != connector.Created || o.Key.ID == "" {
			t.Fatalf("outcome %d: state %d, %v, %v", i, o.State, o.Key, o.Err)
		}
	}
	return out
}

// A Front full of odd data, read whole: nothing is missed, and no link leads nowhere.
func TestP01_ReadsEverythingThatIsThere(t *testing.T) {
	s := fake.New(fake.Options{Token: token})
	s.Fill(300, 11)
	j := contract.Open(t, "front.json", "", slices.Concat(deviations, reading)...).Strict()
	c, d := connect(t, j.Wrap(t, s), nil)
	d.keep = true
	shape, err := c.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := s.Counts()
	want := map[model.Object]int{
		model.Ticket: n["conversations"] - n["trash"], model.Contact: n["contacts"], model.Organization: n["accounts"], model.Tag: n["tags"],
		model.Agent: n["teammates"], model.Group: n["inboxes"], "team": n["teams"], "link": n["links"], "contact_list": n["contact_lists"],
		model.Macro: n["message_templates"], "knowledge_base": n["knowledge_bases"], model.Category: n["categories"], model.Article: n["articles"],
		model.Translation: n["translations"],
	}
	all := map[model.Object]map[string]model.Record{}
	for _, o := range shape.Objects {
		all[o.Object] = readAll(t, c, o.Object)
		if w, ok := want[o.Object]; ok && len(all[o.Object]) != w {
			t.Errorf("%s: read %d of %d", o.Object, len(all[o.Object]), w)
		}
	}
	live, drafts := 0, 0
	for _, x := range s.All() {
		if x.Status == "deleted" {
			continue
		}
		for _, m := range x.Messages {
			if m.Body == "<p>unfinished</p>" {
				drafts++
				continue
			}
			live++
			if _, ok := all[model.Message][m.ID]; !ok {
				t.Errorf("message %s of %s was missed", m.ID, x.ID)
			}
		}
	}
	if len(all[model.Message]) != live || drafts == 0 || len(all[model.Attachment]) == 0 {
		t.Errorf("%d messages, want %d; %d drafts; %d files", len(all[model.Message]), live, drafts, len(all[model.Attachment]))
	}
	own := map[string]bool{} // Front's own text of each record, without the first brace
	for _, b := range d.said {
		own[string(bytes.TrimSpace(b))[min(1, len(b)):]] = true
		gjson.GetBytes(b, "_results").ForEach(func(_, x gjson.Result) bool {
			own[x.Raw[1:]] = true
			x.Get("attachments").ForEach(func(_, f gjson.Result) bool {
				own[f.Raw[1:]] = true
				return true
			})
			return true
		})
	}
	for o, records := range all {
		fields, _ := shape.Object(o)
		for _, r := range records {
			for _, l := range r.Links {
				ok := slices.ContainsFunc(l.To, func(to model.Ref) bool { _, there := all[to.Object][to.Value]; return there })
				if _, known := fields.Field(l.Role); !ok || !known {
					t.Errorf("%v: %s leads to %v", r.Key, l.Role, l.To)
				}
			}
			// Invariant 2: what stands behind the derived values is Front's own text.
			i := bytes.Index(r.Raw, []byte(`"_links"`))
			if o == model.Attachment {
				i = bytes.Index(r.Raw, []byte(`"content_type"`))
			}
			if !json.Valid(r.Raw) || i < 0 || !own[string(r.Raw[i:])] {
				t.Errorf("%v: not Front's own text: %.200s", r.Key, r.Raw)
			}
		}
	}
	f := c.(connector.Filer)
	for _, r := range all[model.Attachment] {
		ref, name, _ := f.FileRef(r)
		body, err := f.Open(t.Context(), ref)
		if err != nil || name == "" {
			t.Fatalf("%v: %q, %v", r.Key, name, err)
		}
		b, err := io.ReadAll(body)
		if err = errors.Join(err, body.Close()); err != nil || !bytes.HasPrefix(b, []byte("content ")) {
			t.Fatalf("%v: %q, %v", r.Key, b, err)
		}
	}
	if i := slices.IndexFunc(d.host, func(h string) bool { return h != "api2.frontapp.com" }); i >= 0 {
		t.Errorf("P-16: the token went to %s", d.host[i])
	}
	if _, err := f.Open(t.Context(), "https://elsewhere.test/download/fil_1"); err == nil {
		t.Error("P-16: a file was fetched from another host")
	}
}

// reading are deviations that only what is read shows.
var reading = []contract.Deviation{
	{
		Method: "GET", Path: "/knowledge_base_articles/{article_id}/locales/{locale}/content", Says: "",
		Reason: "the description lists the languages fr and en only; companies have others",
	},
}

// The case of a ticket whose first text is a private note (P-43, P-44): the conversation
// begins with a neutral text, and the note becomes a comment.
func TestP44_APrivateFirstMessageNeverBecomesPublic(t *testing.T) {
	s := fake.New(fake.Options{Token: token})
	c, _ := connect(t, s, nil)
	at := time.Date(2014, 5, 6, 7, 8, 9, 0, time.UTC)
	person := created(t, write(t, c, nil, model.Draft{Mark: "wb:p:contact:1", Object: model.Contact, Fields: map[string]any{"name": "Mara", "email": "mara@kite.test"}}))[0]
	note := model.Draft{Mark: "wb:p:message:1", Object: model.Message, Fields: map[string]any{
		"private": true, "created_at": at, "body": "<p>She is <b>angry</b> &amp; right</p><ul><li>call her</li></ul>",
	}}
	out := created(t, write(t, c, nil, model.Draft{
		Mark: "wb:p:ticket:1", Object: model.Ticket, Fields: map[string]any{"subject": "Angry"}, Parts: []model.Draft{note},
		Links: []model.DraftLink{link("requester_id", person.Key)},
	}))
	if len(out[0].Parts) != 1 || out[0].Parts[0].State != connector.Unsent {
		t.Fatalf("parts %+v", out[0].Parts)
	}
	agent := s.AddTeammate("ada@acme.test", "Ada", "Byron")
	note.Links = []model.DraftLink{link("conversation_id", out[0].Key), link("author_id", model.Key{Object: model.Agent, ID: agent})}
	created(t, write(t, c, nil, note))
	x, ok := s.Look("wb:p:ticket:1")
	if !ok || len(x.Messages) != 2 {
		t.Fatalf("%v: %+v", ok, x)
	}
	first, second := x.Messages[0], x.Messages[1]
	if first.Private || first.Body != "(no text)" || first.From != "mara@kite.test" || !first.Inbound || first.Created != float64(at.Unix()) {
		t.Errorf("the stand-in is %+v", first)
	}
	if !second.Private || second.Body != "She is angry & right\n- call her" || second.Author != "ada@acme.test" {
		t.Errorf("the note is %+v", second)
	}
}

// Authors, times, order and states, as a batch of many threads brings them.
func TestP31_AuthorsAndTimesOfEveryMessageStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Token: token, Delay: 3 * time.Second})
		s.AddRule("Answer everybody", "inbound", true, "Reply with template")
		for _, on := range []string{"outbound", "tag", "assign", "status"} {
			s.AddRule("Rule on "+on, on, true, "Send a message")
		}
		agent := s.AddTeammate("ada@acme.test", "Ada", "Byron")
		c, _ := connect(t, s, nil)
		person := created(t, write(t, c, nil, model.Draft{Mark: "wb:p:contact:1", Object: model.Contact, Fields: map[string]any{"email": "mara@kite.test"}}))[0]
		at := time.Date(2012, 2, 29, 23, 59, 59, 0, time.UTC)
		message := func(ticket, n int) model.Draft {
			d := model.Draft{
				Mark: model.Mark(fmt.Sprintf("wb:p:message:%d-%d", ticket, n)), Object: model.Message,
				Fields: map[string]any{"created_at": at.Add(time.Duration(ticket*10+n) * time.Minute), "body": fmt.Sprintf("<p>%d of %d</p>", n, ticket)},
				Links:  []model.DraftLink{link("author_id", person.Key)},
			}
			if n%2 == 1 {
				d.Links[0].Target = model.Key{Object: model.Agent, ID: agent}
			}
			return d
		}
		var tickets []model.Draft
		for i := range 20 {
			d := model.Draft{
				Mark: model.Mark(fmt.Sprintf("wb:p:ticket:%d", i)), Object: model.Ticket, Parts: []model.Draft{message(i, 0)},
				Fields: map[string]any{"subject": fmt.Sprint("T", i), "status": "archived", "tag_names": []string{"moved"}},
				Links:  []model.DraftLink{link("requester_id", person.Key), link("assignee_id", model.Key{Object: model.Agent, ID: agent})},
			}
			if i%2 == 1 {
				d.Fields["status"] = "unassigned"
			}
			tickets = append(tickets, d)
		}
		out := created(t, write(t, c, nil, tickets...))
		c2, _ := connect(t, s, nil) // as after a restart: what is needed of the conversations is asked for
		var rest []model.Draft
		for i := range 20 {
			for n := 1; n < 4; n++ {
				d := message(i, n)
				d.Links = append(d.Links, link("conversation_id", out[i].Key))
				rest = append(rest, d)
			}
		}
		created(t, write(t, c2, nil, rest...))
		for i := range 20 {
			x, ok := s.Look(string(tickets[i].Mark))
			want := []string{"archived", "assigned"}[i%2]
			if !ok || x.Status != want || x.Assignee != "ada@acme.test" || x.Requester != "mara@kite.test" || len(x.Messages) != 4 || !slices.Equal(x.Tags, []string{"moved"}) {
				t.Fatalf("P-39: conversation %d is %+v", i, x)
			}
			for n, m := range x.Messages {
				from, author := "mara@kite.test", ""
				if n%2 == 1 {
					from, author = "ada@acme.test", "ada@acme.test"
				}
				if m.From != from || m.Author != author || m.Inbound != (n%2 == 0) || m.Created != float64(at.Add(time.Duration(i*10+n)*time.Minute).Unix()) {
					t.Errorf("P-19, P-43: message %d of %d is %+v", n, i, m)
				}
			}
		}
		if n := s.Mails(); n != 0 {
			t.Errorf("P-71: %d rules, messages and webhooks were set off", n)
		}
	})
}

// The limits of a small plan are kept by pacing, without one refusal (P-13).
func TestP13_NoRequestIsOverTheLimit(t *testing.T) {
	for _, plan := range []int{50, 200, 1200} {
		t.Run(fmt.Sprint(plan), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { keepsLimit(t, plan) }) })
	}
}

func keepsLimit(t *testing.T, plan int) {
	{
		s := fake.New(fake.Options{Token: token, PerMinute: plan, PerResource: 5, Delay: time.Second})
		c, d := connect(t, s, nil)
		began := time.Now()
		a, err := c.Check(t.Context())
		if err != nil || a.PerMinute != plan {
			t.Fatalf("%+v, %v", a, err)
		}
		ticket := created(t, write(t, c, nil, model.Draft{
			Mark: "wb:p:ticket:1", Object: model.Ticket, Fields: map[string]any{"subject": "S", "created_at": day},
		}))[0]
		var notes []model.Draft
		for i := range 60 {
			notes = append(notes, model.Draft{
				Mark: model.Mark(fmt.Sprint("wb:p:message:", i)), Object: model.Message,
				Fields: map[string]any{"private": true, "created_at": day, "body": fmt.Sprint("note ", i)},
				Links:  []model.DraftLink{link("conversation_id", ticket.Key)},
			})
		}
		created(t, write(t, c, nil, notes...))
		if n := s.Refused(); n != 0 {
			t.Errorf("%d of %d requests were over the limit", n, len(d.seen))
		}
		if least := time.Duration(len(d.seen)-plan) * time.Minute / time.Duration(plan); time.Since(began) < least {
			t.Errorf("%d requests took %v", len(d.seen), time.Since(began))
		}
	}
}

// Templates, categories, articles and translations carry no mark: they are written, read,
// changed and deleted, and articles are found through what they belong to (P-86).
// What somebody answered is not deleted (P-82), and a token without the right to delete for
// good leaves conversations in the trash.
// Nothing is written where nobody could find it again: the field for the mark is missing.
// A contact whose address somebody has is that somebody (P-27, P-29), and all addresses stay.
func TestP12_Tidy(t *testing.T) {
	for in, want := range map[string]string{
		"": "https://api2.frontapp.com", "app.frontapp.com": "https://api2.frontapp.com", "https://app.frontapp.com/inboxes/teams/1": "https://api2.frontapp.com",
		"acme.api.frontapp.com/": "https://acme.api.frontapp.com", " https://api2.frontapp.com/me ": "https://api2.frontapp.com", "front.com": "https://api2.frontapp.com",
		"http://127.0.0.1:8080/x": "http://127.0.0.1:8080", "localhost:99": "https://localhost:99", "acme": "", "ftp://api2.frontapp.com": "", "::": "",
	} {
		got, err := front.Kind().Tidy(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestRules_tellWhatFrontTells(t *testing.T) {
	s := fake.New(fake.Options{Token: token})
	s.Fill(1, 1)
	s.AddRule("Answer", "inbound", true, "Send auto-reply")
	c, _ := connect(t, s, nil)
	rules, missing, err := c.(connector.Ruler).Rules(t.Context())
	if err != nil || len(missing) == 0 {
		t.Fatalf("%v, %v", missing, err)
	}
	kinds := map[string]connector.Rule{}
	for _, r := range rules {
		kinds[r.Kind] = r
	}
	if v := kinds[connector.RuleView]; !slices.Contains(v.When, "Inbox is Support") || !slices.Contains(v.When, "Tag is vip") {
		t.Errorf("the view is %+v", v)
	}
	if m := kinds[connector.RuleMacro]; !strings.Contains(m.Text, "{{recipient.first_name}}") || len(kinds[connector.RuleHours].When) != 2 {
		t.Errorf("%+v, %+v", m, kinds[connector.RuleHours])
	}
	fires, err := c.(connector.Firer).Fires(t.Context())
	if err != nil || len(fires) != 2 || !fires[0].Silenced || fires[1].Silenced {
		t.Errorf("%+v, %v", fires, err)
	}
	l := c.(connector.Linker)
	k := model.Key{Object: model.Ticket, ID: "cnv_1x"}
	if got, ok := l.KeyOf(l.AddressOf(k) + "?x=1"); !ok || got != k {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := l.KeyOf("https://elsewhere.test/open/cnv_1"); ok {
		t.Error("a foreign address was taken for Front's")
	}
}

// The fake holds what the best-known case's journey needs; less where the race detector watches.
func TestFake_holds20000ConversationsWith100000Messages(t *testing.T) {
	const many = conversations
	s := fake.New(fake.Options{Token: token})
	post := func(body string) {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/inboxes/inb_101/imported_messages", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	for i := range many {
		for n := range 5 {
			post(fmt.Sprintf(`{"sender":{"handle":"p%d@kite.test"},"to":["support@acme.test"],"body":"<p>x</p>","body_format":"html","external_id":"%d-%d","created_at":%d,"metadata":{"thread_ref":"t%d","is_inbound":true}}`,
				i%5000, i, n, 1_400_000_000+i*10+n, i))
		}
	}
	c, _ := connect(t, s, nil)
	n := s.Counts()
	if n["conversations"] != many || n["messages"] != 5*many || s.Mails() != 0 {
		t.Errorf("%v, %d mails", n, s.Mails())
	}
	if got, exact, err := c.Count(t.Context(), model.Ticket); got != int64(many) || exact || err != nil {
		t.Errorf("counted %d, %v, %v", got, exact, err)
	}
}

// Files that have no room beside the others are refused by themselves; the message arrives (P-48).
// What the forecast counts on is what a move needs (Caps.WriteCost), also when imports take
// seconds: looks for them are not wasted.
