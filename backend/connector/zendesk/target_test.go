package zendesk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/zendesk"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"

	"github.com/tidwall/gjson"
)

// Every message keeps its author, its time to the second and whether it is public (P-31,
// P-19, P-43, P-44); nobody is mailed (P-71).
func TestP31_P44_P71_MessagesKeepAuthorTimeAndPrivacy(t *testing.T) {
	h := newDesk(fake.Options{})
	staff := h.AddAgent("Agent", agentMail(1))
	c := connect(t, h)
	files := &conform.Files{}
	who := made(t, c, files, contact("c1", "mara@kite.example"))[0].Key
	agent := write(t, c, files, model.Draft{Object: model.Agent, Fields: map[string]any{"email": agentMail(1)}})[0].Key
	if agent.ID != strconv.FormatInt(staff, 10) {
		t.Fatalf("matched %v", agent)
	}
	answer, note, first := say("m2", "<p>Answer</p>", true), say("m3", "<p>Between us</p>", false), say("m1", "<p>Question</p>", true)
	answer.Links, note.Links = []model.DraftLink{link("author_id", agent)}, []model.DraftLink{link("author_id", agent)}
	first.Links = []model.DraftLink{link("author_id", who)}
	answer.Fields["created_at"], note.Fields["created_at"] = day.Add(time.Hour+time.Second), day.Add(30*time.Minute)
	f := files.Add("notes.txt", "text/plain", []byte("hello"))
	note.Parts = []model.Draft{{Object: model.Attachment, Mark: "f1", File: f, Fields: map[string]any{"file_name": f.Name}}}
	// They come in the order of the source; Zendesk shows them by time.
	out := made(t, c, files, ticket("t1", who, first, answer, note))[0]
	id, err := strconv.ParseInt(out.Key.ID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := h.Find(id)
	want := []struct {
		text   string
		author int64
		at     time.Time
		public bool
	}{{"<p>Question</p>", mustID(t, who), day, true}, {"<p>Between us</p>", staff, day.Add(30 * time.Minute), false}, {"<p>Answer</p>", staff, day.Add(time.Hour + time.Second), true}}
	if len(got) != 3 {
		t.Fatalf("%d comments", len(got))
	}
	for i, w := range want {
		if g := got[i]; g.HTMLBody != w.text || g.AuthorID != w.author || g.CreatedAt != w.at.Format(time.RFC3339) || g.Public != w.public {
			t.Errorf("comment %d is %+v, want %+v", i, g, w)
		}
	}
	for i, place := range []string{"-1", "-3", "-2"} {
		if out.Parts[i].Key.ID != out.Key.ID+place {
			t.Errorf("part %d has the key %v, want …%s", i, out.Parts[i].Key, place)
		}
	}
	if len(got[1].Attachments) != 1 || out.Parts[2].Parts[0].Key.ID != fmt.Sprint(got[1].Attachments[0].ID) {
		t.Errorf("the file is %v, and was told to be %v", got[1].Attachments, out.Parts[2].Parts)
	}
	if n := h.Mails(); n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
}

func mustID(t *testing.T, k model.Key) int64 {
	t.Helper()
	n, err := strconv.ParseInt(k.ID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestP74_ClosedTicketsGoToTheArchiveOnlyWhenChosen(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "mara@kite.example"))[0].Key
	chosen, other, open := ticket("t1", who, say("m1", "x", true)), ticket("t2", who, say("m2", "x", true)), ticket("t3", who, say("m3", "x", true))
	chosen.Archive, open.Archive = true, true
	open.Fields["status"] = "open"
	out := made(t, c, nil, chosen, other, open)
	for i, want := range []bool{true, false, false} {
		if h.Archived(mustID(t, out[i].Key)) != want {
			t.Errorf("ticket %d is in the archive: %v", i, !want)
		}
	}
	if n := len(read(t, c, model.Ticket)); n != 3 {
		t.Errorf("read %d tickets", n)
	}
}

func TestP23_SuspendedRequesterHoldsOneTicketOnly(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	people := made(t, c, nil, contact("c1", "a@kite.example"), contact("c2", "b@kite.example"))
	h.Suspend(mustID(t, people[0].Key))
	out := write(t, c, nil, ticket("t0", people[1].Key, say("m0", "x", true)), ticket("t1", people[0].Key, say("m1", "x", true)), ticket("t2", people[1].Key, say("m2", "x", true)))
	if out[0].State != connector.Created || out[2].State != connector.Created {
		t.Errorf("states %d and %d", out[0].State, out[2].State)
	}
	wantRefused(t, out[1], connector.CodeInvalid, "requester_id")
	if !strings.Contains(out[1].Err.Next, "Unsuspend") || out[1].Err.Where.Record != "t1" {
		t.Errorf("%+v", out[1].Err)
	}
}

func TestP34_TimesThatZendeskWouldChangeAreRefused(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
	early, late := ticket("t1", who, say("m1", "x", true)), ticket("t2", who, say("m2", "x", true))
	early.Fields["created_at"] = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	late.Parts[0].Fields["created_at"] = time.Now().Add(48 * time.Hour)
	out := write(t, c, nil, early, late)
	wantRefused(t, out[0], connector.CodeInvalid, "created_at")
	wantRefused(t, out[1], connector.CodeInvalid, "created_at")
}

func TestP45_TextsThatZendeskWouldCutAreRefused(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
	out := write(t, c, nil, ticket("t1", who, say("m1", strings.Repeat("x", 65536), true)))
	wantRefused(t, out[0], connector.CodeTooLong, "html_body")
	var many []model.Draft
	for i := range 5001 {
		many = append(many, say(fmt.Sprint("n", i), "x", true))
	}
	wantRefused(t, write(t, c, nil, ticket("t2", who, many...))[0], connector.CodeTooLong, "comments")
}

func TestP48_AFileThatIsTooLargeHoldsItsTicketOnly(t *testing.T) {
	h := newDesk(fake.Options{MaxFile: 1000})
	c := connect(t, h)
	files := &conform.Files{}
	who := made(t, c, files, contact("c1", "a@kite.example"))[0].Key
	large := say("m1", "x", true)
	f := files.Add("large.bin", "", make([]byte, 1001))
	large.Parts = []model.Draft{{Object: model.Attachment, Mark: "f1", File: f, Fields: map[string]any{}}}
	out := write(t, c, files, ticket("t1", who, large), ticket("t2", who, say("m2", "x", true)))
	wantRefused(t, out[0], connector.CodeTooLarge, "content")
	if out[1].State != connector.Created || h.Count().Tickets != 1 {
		t.Errorf("state %d, %d tickets", out[1].State, h.Count().Tickets)
	}
}

func TestP57_TwoFieldsCannotShareATag(t *testing.T) {
	h := newDesk(fake.Options{})
	h.Fill(1, 1)
	c := connect(t, h)
	err := c.CreateField(t.Context(), model.Ticket, model.Field{Name: "custom_fields.x", Title: "Area", Type: model.Option, Options: []model.Choice{{Value: "region_emea", Title: "EMEA"}}})
	if err == nil || !strings.Contains(err.Error(), "Region") {
		t.Errorf("got %v, want a problem that names the other field", err)
	}
	if h.Requests("/api/v2/ticket_fields") == 0 {
		t.Error("nobody asked")
	}
	if err := c.CreateField(t.Context(), model.Ticket, model.Field{Name: "custom_fields.y", Title: "Area", Type: model.Option, Options: []model.Choice{{Value: "area_emea"}}}); err != nil {
		t.Error(err)
	}
}

// A change of an imported ticket runs the triggers, and Caps says so. There are further
// limits for changes, which are kept ahead of time.
func TestP72_P73_ChangesAreLoudAndKeepTheirOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newDesk(fake.Options{UpdatesPerMinute: 100})
		c := connect(t, h)
		who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
		var drafts []model.Draft
		for i := range 130 {
			d := ticket(fmt.Sprint("t", i), who, say(fmt.Sprint("m", i), "x", true))
			d.Fields["status"] = "open"
			drafts = append(drafts, d)
		}
		var edits []connector.Edit
		for _, o := range made(t, c, nil, drafts...) {
			edits = append(edits, connector.Edit{Key: o.Key, Version: o.Version, Draft: model.Draft{Fields: map[string]any{"subject": "changed"}}})
		}
		began := time.Now()
		out, err := c.Update(t.Context(), edits, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range out {
			if o.State != connector.Updated {
				t.Fatalf("change %d: %d %v", i, o.State, o.Err)
			}
		}
		if h.Refusals() != 0 || time.Since(began) < time.Minute {
			t.Errorf("%d refusals in %v", h.Refusals(), time.Since(began))
		}
		if h.Mails() != 130 || zendesk.Kind().Caps.QuietUpdates || zendesk.Kind().Caps.UpdatesPerMinute != 100 {
			t.Errorf("%d mails, quiet: %v", h.Mails(), zendesk.Kind().Caps.QuietUpdates)
		}
	})
}

// The export has a limit of its own, which the connector keeps without being refused.
func TestIncrementalExportsKeepTheirLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newDesk(fake.Options{IncrementalPerMinute: 10, PerMinute: 400})
		h.Fill(40, 3)
		began := time.Now()
		n := len(read(t, connect(t, h, zendesk.SettingPageSize, "2"), model.Ticket))
		if n != h.Count().Tickets || h.Refusals() != 0 || time.Since(began) < time.Minute {
			t.Errorf("%d tickets, %d refusals in %v", n, h.Refusals(), time.Since(began))
		}
	})
}

func TestClosedTicketsAreNotChanged(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
	o := made(t, c, nil, ticket("t1", who, say("m1", "x", true)))[0]
	out, err := c.Update(t.Context(), []connector.Edit{{Key: o.Key, Draft: model.Draft{Fields: map[string]any{"subject": "y"}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, out[0], connector.CodeRefused, "status")
}

// Somebody who is there already is found, not doubled and not refused.
func TestPeopleWhoAreThereAreFound(t *testing.T) {
	for _, single := range []bool{false, true} {
		h := newDesk(fake.Options{NoBulkUsers: single})
		c := connect(t, h)
		first := made(t, c, nil, contact("c1", "mara@kite.example"))[0]
		out := write(t, c, nil, contact("c2", "MARA@kite.example"), contact("c3", "other@kite.example"))
		if out[0].State != connector.Existed || out[0].Key != first.Key || out[1].State != connector.Created {
			t.Errorf("states %d %d, keys %v %v", out[0].State, out[1].State, out[0].Key, first.Key)
		}
		if n := h.Count().Users; n != 2 || h.Mails() != 0 {
			t.Errorf("%d people, %d mails", n, h.Mails())
		}
	}
}

// The desk may leave a comment out: then its part says so, instead of a wrong key.
func TestCommentsThatWereLeftOutAreTold(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connectBy(t, wire{handler: dropping{h}})
	who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
	o := made(t, c, nil, ticket("t1", who, say("m1", "<p>one</p>", true), say("m2", "<p>DROP</p>", true), say("m3", "<p>three</p>", false)))[0]
	wantRefused(t, o.Parts[1], connector.CodeRefused, "")
	if o.Parts[0].Key.ID != o.Key.ID+"-1" || o.Parts[2].Key.ID != o.Key.ID+"-2" {
		t.Errorf("keys %v, %v", o.Parts[0].Key, o.Parts[2].Key)
	}
}

// dropping leaves comments with DROP out of imports.
type dropping struct{ next http.Handler }

func (d dropping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/v2/imports/") {
		var in map[string][]map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
		for _, t := range in["tickets"] {
			var kept []any
			for _, c := range t["comments"].([]any) {
				if !strings.Contains(fmt.Sprint(c), "DROP") {
					kept = append(kept, c)
				}
			}
			t["comments"] = kept
		}
		b, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		r.Body = readCloser{strings.NewReader(string(b))}
	}
	d.next.ServeHTTP(w, r)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// A ticket without any message gets a neutral text, and no empty one is sent.
func TestATicketWithoutMessages(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "a@kite.example"))[0].Key
	out := made(t, c, nil, ticket("t1", who), ticket("t2", who, say("m1", "", false)))
	for i, public := range []bool{true, false} {
		_, comments, _ := h.Find(mustID(t, out[i].Key))
		if len(comments) != 1 || comments[0].HTMLBody != "<p>(no text)</p>" || comments[0].Public != public || comments[0].CreatedAt != day.Format(time.RFC3339) {
			t.Errorf("%+v", comments)
		}
	}
}

// An article has one text in each language: the one that is there is found (P-86).
func TestP86_TranslationsBelongToOneArticle(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	category := made(t, c, nil, model.Draft{Object: model.Category, Fields: map[string]any{"name": "General"}})[0].Key
	section := made(t, c, nil, model.Draft{Object: model.Section, Fields: map[string]any{"name": "FAQ"}, Links: []model.DraftLink{link("category_id", category)}})[0].Key
	article := made(t, c, nil, model.Draft{
		Object: model.Article, Mark: "wb:x:article:1", Fields: map[string]any{"title": "How", "body": "<p>so</p>", "locale": "en-us", "draft": true}, Links: []model.DraftLink{link("section_id", section)},
	})[0].Key
	german := model.Draft{Object: model.Translation, Fields: map[string]any{"title": "Wie", "locale": "de"}, Links: []model.DraftLink{link("source_id", article)}}
	first := made(t, c, nil, german)[0]
	if again := write(t, c, nil, german)[0]; again.State != connector.Existed || again.Key != first.Key {
		t.Errorf("state %d, key %v, want %v: %v", again.State, again.Key, first.Key, again.Err)
	}
	if n := len(read(t, c, model.Translation)); n != 1 || h.Mails() != 0 {
		t.Errorf("%d translations, %d mails", n, h.Mails())
	}
	v, err := model.Values(read(t, c, model.Article)[article.ID].Raw)
	if err != nil || v["draft"] != true {
		t.Errorf("a draft did not stay one: %v, %v", v["draft"], err)
	}
}

// A private note that a customer wrote is private, whatever Zendesk makes of it at first,
// also where the answer of its import was lost (P-44, invariant 10).
func TestP44_NotesOfCustomersBecomePrivate(t *testing.T) {
	h := newDesk(fake.Options{OpenNotes: true})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "mara@kite.example"))[0].Key
	by := func(mark, text string, public bool) model.Draft {
		d := say(mark, text, public)
		d.Links = []model.DraftLink{link("author_id", who)}
		return d
	}
	parts := []model.Draft{by("m1", "<p>Question</p>", true), by("m2", "<p>Between us</p>", false), by("m3", "<p>Question</p>", true)}
	look := func(k model.Key) {
		t.Helper()
		_, got, _ := h.Find(id(t, k))
		if len(got) != 3 || !got[0].Public || got[1].Public || !got[2].Public {
			t.Errorf("%+v", got)
		}
	}
	out := made(t, c, nil, ticket("t1", who, parts...))[0]
	look(out.Key)
	if now, err := c.Read(t.Context(), model.Ticket, []string{out.Key.ID}); err != nil || now[out.Key.ID].Version != out.Version || len(out.Parts) != 3 {
		t.Errorf("the ticket's stamp is %q, %v", out.Version, err)
	}
	// As after a lost answer: nobody looked at what the import made of the note.
	lost := newDesk(fake.Options{OpenNotes: true})
	c2 := connect(t, lost)
	who = made(t, c2, nil, contact("c1", "mara@kite.example"))[0].Key
	c3 := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "tickets/show_many") {
			http.Error(w, "upstream", http.StatusBadGateway)
			return
		}
		lost.ServeHTTP(w, r)
	}))
	parts = []model.Draft{by("m1", "<p>Question</p>", true), by("m2", "<p>Between us</p>", false), by("m3", "<p>Question</p>", true)}
	if o := write(t, c3, nil, ticket("t1", who, parts...))[0]; o.State != connector.Unknown {
		t.Fatalf("state %d", o.State)
	}
	found, err := c2.Find(t.Context(), model.Ticket, []model.Mark{"t1"})
	if err != nil || found["t1"].Key.ID == "" {
		t.Fatal(found, err)
	}
	inside, err := c2.FindParts(t.Context(), found["t1"].Key, parts)
	if err != nil || len(inside) != 3 {
		t.Errorf("%v, %v", inside, err)
	}
	look(found["t1"].Key)
}

// Zendesk fills in placeholders of texts, and cuts long ones by their bytes: neither happens
// to what is moved (P-45).
func TestP45_TextsStayAsTheyAre(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "mara@kite.example"))[0].Key
	text := "<p>Dear {{ticket.requester.name}}, {% if x %}your number is {{ticket.id}}</p>"
	k := made(t, c, nil, ticket("t1", who, say("m1", text, true)))[0].Key
	if _, got, _ := h.Find(id(t, k)); got[0].HTMLBody != text {
		t.Errorf("%q", got[0].HTMLBody)
	}
	for _, r := range read(t, c, model.Message) {
		if v := gjson.GetBytes(r.Raw, "html_body").String(); v != text {
			t.Errorf("read as %q", v)
		}
	}
	out := write(t, c, nil, ticket("t2", who, say("m2", strings.Repeat("ж", 40_000), true)), ticket("t3", who, say("m3", strings.Repeat("x", 60_000), true)))
	wantRefused(t, out[0], connector.CodeTooLong, "html_body")
	if out[1].State != connector.Created {
		t.Errorf("%+v", out[1])
	}
}

// A tag of several words stays one tag, and the check knows how it is called.
func TestTagsOfSeveralWordsStayOne(t *testing.T) {
	h := newDesk(fake.Options{})
	c := connect(t, h)
	who := made(t, c, nil, contact("c1", "mara@kite.example"))[0].Key
	d := ticket("t1", who, say("m1", "x", true))
	d.Fields["tags"] = []string{"call back", " ", "vip"}
	k := made(t, c, nil, d)[0].Key
	want := []string{"call_back", "vip"}
	if got, _, _ := h.Find(id(t, k)); !slices.Equal(got.Tags, want) {
		t.Errorf("%q", got.Tags)
	}
	kept := any(c).(connector.Keeper).Kept(d)
	if got, _ := kept.Fields["tags"].([]string); !slices.Equal(got, want) || len(d.Fields["tags"].([]string)) != 3 {
		t.Errorf("kept %q", got)
	}
}
