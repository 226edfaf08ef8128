package front_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/contract"
	"waybill/backend/connector/front"
	"waybill/backend/connector/front/fake"
	"waybill/backend/model"
	"waybill/backend/problem"
)

func TestP86_TextsOfTheKnowledgeBaseMove(t *testing.T) {
	s := fake.New(fake.Options{Token: token})
	s.AddKnowledgeBase("Help")
	j := contract.Open(t, "front.json", "", reading...).Strict()
	c, _ := connect(t, j.Wrap(t, s), nil)
	m := conform.Maker{Have: func(model.Object) []model.Key { return nil }, Files: &conform.Files{}, Salt: "x"}
	name := func(o model.Object, i int, links ...model.DraftLink) model.Draft {
		d := draft(m, o, i)
		d.Mark, d.Links = model.Mark(fmt.Sprintf("wb:p:%s:%d", o, i)), links
		return d
	}
	shape, err := c.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	categories, _ := shape.Object(model.Category)
	if f, _ := categories.Field("parent_category_id"); !f.Once {
		t.Error("a category takes its parent only when it is made, and the shape does not say so")
	}
	macro := created(t, write(t, c, nil, name(model.Macro, 1)))[0]
	cat := created(t, write(t, c, nil, name(model.Category, 1)))[0]
	sub := created(t, write(t, c, nil, name(model.Category, 2, link("parent_category_id", cat.Key))))[0]
	ada := s.AddTeammate("ada@acme.test", "Ada", "Byron")
	arts := created(t, write(t, c, nil, name(model.Article, 1, link("category_id", sub.Key), link("author_id", model.Key{Object: model.Agent, ID: ada})), name(model.Article, 2, link("category_id", sub.Key))))
	tr := created(t, write(t, c, nil, name(model.Translation, 1, link("article_id", arts[0].Key), link("author_id", model.Key{Object: model.Agent, ID: ada}))))[0]
	found, err := c.(connector.PartFinder).FindParts(t.Context(), sub.Key, []model.Draft{name(model.Article, 2), name(model.Article, 3)})
	if err != nil || len(found) != 1 || found["wb:p:article:2"].Key != arts[1].Key {
		t.Errorf("found %v, %v", found, err)
	}
	found, err = c.(connector.PartFinder).FindParts(t.Context(), arts[0].Key, []model.Draft{name(model.Translation, 1)})
	if err != nil || found["wb:p:translation:1"].Key != tr.Key {
		t.Errorf("found %v, %v", found, err)
	}
	for _, o := range []connector.Outcome{macro, sub, arts[0], tr} {
		r, ok := readAll(t, c, o.Key.Object)[o.Key.ID]
		if !ok || r.Version != o.Version {
			t.Errorf("%v: %v, version %q, written as %q", o.Key, ok, r.Version, o.Version)
		}
		got, err := c.(connector.Reader).Read(t.Context(), o.Key.Object, []string{o.Key.ID, "nothing"})
		if err != nil || len(got) != 1 || got[o.Key.ID].Version != o.Version {
			t.Errorf("%v by its id: %v, %v", o.Key, got, err)
		}
		edit := connector.Edit{Key: o.Key, Version: o.Version, Draft: model.Draft{Object: o.Key.Object, Fields: map[string]any{"name": "Changed"}}}
		up, err := c.(connector.Updater).Update(t.Context(), []connector.Edit{edit}, nil)
		if err != nil || up[0].State != connector.Updated || up[0].Version == o.Version {
			t.Errorf("%v: changed %+v, %v", o.Key, up, err)
		}
		if r := readAll(t, c, o.Key.Object)[o.Key.ID]; r.Version != up[0].Version || !strings.Contains(string(r.Raw), "Changed") || o.Key.Object == model.Article && !strings.Contains(string(r.Raw), `"author_id":"`+ada) {
			t.Errorf("%v after the change: %s", o.Key, r.Raw)
		}
		del, err := c.(connector.Deleter).Delete(t.Context(), []connector.Doomed{{Key: o.Key, Version: o.Version}})
		switch {
		case err != nil:
			t.Error(err)
		case o.Key.Object == model.Translation && del[0].State != connector.Refused:
			t.Errorf("%v: deleted by itself: %+v", o.Key, del)
		case o.Key.Object != model.Translation && del[0].State != connector.Touched:
			t.Errorf("%v: changed since, and %+v", o.Key, del)
		}
	}
	del, err := c.(connector.Deleter).Delete(t.Context(), []connector.Doomed{{Key: arts[1].Key, Version: arts[1].Version}, {Key: macro.Key}, {Key: arts[0].Key}, {Key: sub.Key}, {Key: cat.Key}})
	if err != nil || slices.ContainsFunc(del, func(o connector.Outcome) bool { return o.State != connector.Deleted }) {
		t.Errorf("%+v, %v", del, err)
	}
	if n := s.Counts(); n["articles"]+n["categories"]+n["message_templates"] != 0 {
		t.Errorf("left: %v", n)
	}
}

func TestP82_AConversationThatWasAnsweredStays(t *testing.T) {
	s := fake.New(fake.Options{Token: token, Missing: []string{"conversations:delete"}})
	c, _ := connect(t, s, nil)
	ticket := func(n int) model.Draft {
		return model.Draft{Mark: model.Mark(fmt.Sprint("wb:p:ticket:", n)), Object: model.Ticket, Fields: map[string]any{"subject": "S", "created_at": day}}
	}
	out := created(t, write(t, c, nil, ticket(1), ticket(2)))
	s.Reply(out[0].Key.ID, "<p>I am on it</p>")
	s.Comment(out[1].Key.ID, "Originally by Ada Byron on 2014-05-06 07:08 UTC\n\nShe is angry") // as it was moved
	third := created(t, write(t, c, nil, ticket(3)))[0]
	s.Comment(third.Key.ID, "I am on it")
	doomed := []connector.Doomed{{Key: out[0].Key, Version: out[0].Version}, {Key: out[1].Key, Version: out[1].Version}, {Key: third.Key, Version: third.Version}}
	for range 2 {
		got, err := c.(connector.Deleter).Delete(t.Context(), doomed)
		if err != nil || got[0].State != connector.Touched || got[1].State != connector.Deleted || got[2].State != connector.Touched {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if n := s.Counts(); n["trash"] != 1 || n["conversations"] != 3 || len(readAll(t, c, model.Ticket)) != 2 {
		t.Errorf("%v", n)
	}
}

func TestP75_WithoutAFieldForTheMarkNothingIsWritten(t *testing.T) {
	s := fake.New(fake.Options{Token: token, NoMarkField: true, Missing: []string{"events:read"}})
	c, d := connect(t, s, nil)
	a, err := c.Check(t.Context())
	if err != nil || len(a.Missing) != 2 || !strings.Contains(a.Missing[1], "Waybill") {
		t.Errorf("P-11: missing %q, %v", a.Missing, err)
	}
	out, err := c.(connector.Writer).Write(t.Context(), []model.Draft{{Mark: "wb:p:ticket:1", Object: model.Ticket}}, nil)
	if !problem.Is(err, connector.CodeSetting) || out[0].State != connector.Unsent {
		t.Errorf("%+v, %v", out, err)
	}
	if i := slices.IndexFunc(d.seen, func(r string) bool { return !strings.HasPrefix(r, "GET ") }); i >= 0 {
		t.Errorf("sent %s", d.seen[i])
	}
}

func TestP27_AContactKeepsAllAddresses(t *testing.T) {
	s := fake.New(fake.Options{Token: token})
	c, _ := connect(t, s, nil)
	contact := func(n int, email string, more ...string) model.Draft {
		return model.Draft{Mark: model.Mark(fmt.Sprint("wb:p:contact:", n)), Object: model.Contact, Fields: map[string]any{"name": "Mara", "email": email, "other_handles": more}}
	}
	out := write(t, c, nil, contact(1, "mara@kite.test", "email:m.lind@home.test", "phone:+4930123"), contact(2, "new@kite.test", "email:M.LIND@home.test"), contact(3, ""))
	if out[0].State != connector.Created || out[1].State != connector.Existed || out[1].Key != out[0].Key || out[2].State != connector.Created {
		t.Fatalf("%+v", out)
	}
	v, err := model.Values(readAll(t, c, model.Contact)[out[0].Key.ID].Raw)
	if err != nil || v["email"] != "mara@kite.test" || v["phone"] != "+4930123" || model.Plain(v["other_handles"]) != "email:m.lind@home.test" {
		t.Errorf("%v, %v", v, err)
	}
	edit := connector.Edit{Key: out[0].Key, Draft: model.Draft{Fields: map[string]any{"email": "mara@new.test"}}}
	up, err := c.(connector.Updater).Update(t.Context(), []connector.Edit{edit}, nil)
	if err != nil || up[0].State != connector.Updated {
		t.Fatalf("%+v, %v", up, err)
	}
	r := readAll(t, c, model.Contact)[out[0].Key.ID]
	if v, err = model.Values(r.Raw); err != nil || v["email"] != "m.lind@home.test" && v["email"] != "mara@new.test" || strings.Contains(string(r.Raw), "mara@kite.test") {
		t.Errorf("%v, %v", v, err)
	}
	if m := c.(connector.Marker).MarkOf(r); m != "wb:p:contact:1" {
		t.Errorf("the mark is %q after the change", m)
	}
}

func TestP48_FilesBeyondTheLimitDoNotHoldTheMessage(t *testing.T) {
	s := fake.New(fake.Options{Token: token, RefuseBlocked: true})
	files := &conform.Files{}
	agent := s.AddTeammate("gone@acme.test", "Gone", "Away")
	s.Block(agent)
	c, _ := connect(t, s, nil)
	part := func(n, size int) model.Draft {
		f := files.Add(fmt.Sprint(n, ".bin"), "application/octet-stream", bytes.Repeat([]byte{byte(n)}, size))
		return model.Draft{Mark: model.Mark(fmt.Sprint("wb:p:attachment:", n)), Object: model.Attachment, File: f, Fields: map[string]any{"filename": f.Name}}
	}
	m := model.Draft{
		Mark: "wb:p:message:1", Object: model.Message, Fields: map[string]any{"created_at": day, "body": "see attached"},
		Links: []model.DraftLink{link("author_id", model.Key{Object: model.Agent, ID: agent})},
		Parts: []model.Draft{part(1, 15<<20), part(2, 15<<20), part(3, 1000)},
	}
	out := created(t, write(t, c, files, model.Draft{Mark: "wb:p:ticket:1", Object: model.Ticket, Fields: map[string]any{"subject": "S"}, Parts: []model.Draft{m}}))
	got := out[0].Parts[0]
	if got.State != connector.Created || len(got.Parts) != 3 || got.Parts[0].State != connector.Created || got.Parts[2].State != connector.Created {
		t.Fatalf("%+v", got)
	}
	if p := got.Parts[1]; p.State != connector.Refused || p.Err.Code != connector.CodeTooLarge || p.Err.Where.Record != m.Parts[1].Source.ID {
		t.Errorf("the second file: %+v", p)
	}
	x, _ := s.Look("wb:p:ticket:1")
	if n := x.Messages[0]; len(n.Files) != 2 || len(n.Files["1.bin"]) != 15<<20 || n.Author != "" || n.From != "gone@acme.test" || n.Inbound {
		t.Errorf("P-21: the message is from %q by %q with %d files", n.From, n.Author, len(n.Files))
	}
}

func TestForecast_countsTheRequestsThatAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Token: token, PerMinute: 200, PerResource: 5, Delay: 2500 * time.Millisecond})
		c, d := connect(t, s, nil)
		k := front.Kind()
		person := created(t, write(t, c, nil, model.Draft{Mark: "wb:p:contact:1", Object: model.Contact, Fields: map[string]any{"email": "mara@kite.test"}}))[0]
		const tickets, more = 300, 4
		message := func(i, n int) model.Draft {
			return model.Draft{
				Mark: model.Mark(fmt.Sprintf("wb:p:message:%d-%d", i, n)), Object: model.Message,
				Fields: map[string]any{"created_at": day.Add(time.Duration(i*10+n) * time.Minute), "body": fmt.Sprintf("<p>%d of %d</p>", n, i)},
				Links:  []model.DraftLink{link("author_id", person.Key)},
			}
		}
		before := len(d.seen)
		var keys []model.Key
		for i := 0; i < tickets; i += k.Caps.Batch {
			var drafts []model.Draft
			for j := i; j < i+k.Caps.Batch; j++ {
				drafts = append(drafts, model.Draft{
					Mark: model.Mark(fmt.Sprint("wb:p:ticket:", j)), Object: model.Ticket, Parts: []model.Draft{message(j, 0)},
					Fields: map[string]any{"subject": "S"}, Links: []model.DraftLink{link("requester_id", person.Key)},
				})
			}
			for _, o := range created(t, write(t, c, nil, drafts...)) {
				keys = append(keys, o.Key)
			}
		}
		sent := float64(len(d.seen) - before)
		if want := tickets * k.Caps.WriteCost[model.Ticket]; sent < want*0.95 || sent > want*1.05 {
			t.Errorf("%v requests for %d conversations, %v were forecast", sent, tickets, want)
		}
		before = len(d.seen)
		var drafts []model.Draft
		for i, key := range keys {
			for n := range more {
				m := message(i, n+1)
				m.Links = append(m.Links, link("conversation_id", key))
				drafts = append(drafts, m)
			}
		}
		for part := range slices.Chunk(drafts, k.Caps.Batch) {
			created(t, write(t, c, nil, part...))
		}
		sent = float64(len(d.seen) - before)
		if want := tickets * more * k.Caps.WriteCost[model.Message]; sent < want*0.95 || sent > want*1.05 {
			t.Errorf("%v requests for %d messages, %v were forecast", sent, tickets*more, want)
		}
		if n := s.Refused(); n != 0 {
			t.Errorf("%d requests were over the limit", n)
		}
	})
}
