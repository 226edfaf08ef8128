package front_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/contract"
	"waybill/backend/connector/front"
	"waybill/backend/connector/front/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "conform-token-a91c"

// The examination, with imports that take a while and a search that lags.
func TestConformance(t *testing.T) {
	c := contract.Open(t, "front.json", "", deviations...).Strict()
	r := rig(front.Kind(), fake.Options{Delay: 700 * time.Millisecond, SearchLag: 10 * time.Second}, c)
	conform.Run(t, r)
	c.Unused(t)
}

// The same without batches, whose only use is that imports share the looks for them, on a
// Front that answers a repeated import with the first one's message_uid.
func TestConformanceOneByOne(t *testing.T) {
	k := front.Kind()
	k.Caps.Batch = 1
	conform.Run(t, rig(k, fake.Options{SameUID: true}, nil))
}

// wrapped is a test server behind the contract.
type wrapped struct {
	http.Handler
	desk *fake.Server
}

func deskOf(h http.Handler) *fake.Server {
	switch x := h.(type) {
	case wrapped:
		return x.desk
	case *fake.Server:
		return x
	}
	return nil
}

var staff = [][3]string{
	{"ada@acme.test", "Ada", "Byron"}, {"bo@acme.test", "Bo", "Ek"}, {"cy@acme.test", "Cy", "Dee"},
}

func rig(k connector.Kind, o fake.Options, c *contract.Contract) conform.Rig {
	o.Token = token
	make := func(o fake.Options) func(testing.TB) http.Handler {
		return func(t testing.TB) http.Handler {
			s := fake.New(o)
			for _, p := range staff {
				s.AddTeammate(p[0], p[1], p[2])
			}
			s.AddTag("a, b")
			s.AddTag("ünï")
			s.AddInbox("Billing")
			s.AddInbox("Orders")
			s.AddKnowledgeBase("Help")
			s.AddField("conversations", "Priority", "enum", "low", "normal", "high", "urgent")
			s.AddField("conversations", "Due", "datetime")
			s.AddField("conversations", "Sum", "number")
			s.AddField("contacts", "VIP", "boolean")
			s.AddField("accounts", "Region", "string")
			if c == nil {
				return s
			}
			return wrapped{c.Wrap(t, s), s}
		}
	}
	limited := o
	limited.Missing = []string{"tags:write", "conversations:read", "contacts:write", "events:read"}
	return conform.Rig{
		Kind:      k,
		Config:    map[string]string{front.SettingInbox: "Support"},
		Secrets:   map[string]secret.Text{front.SettingToken: token},
		Fake:      make(o),
		Limited:   make(limited),
		Prefilled: true,
		Draft:     draft,
		Stranger:  stranger,
		Bad:       bad,
		Derived: func(r model.Record) bool {
			switch r.Key.Object {
			case model.Ticket, model.Message, model.Contact, model.Agent, model.Attachment, model.Category, model.Article, model.Translation, model.Tag:
				return true // lists of objects and addresses stand before Front's text: TestRaw
			}
			return false
		},
		Fixed: []model.Object{model.Message},
		Text:  map[model.Object]string{model.Organization: "description", model.Contact: "description", model.Message: "body", model.Macro: "body"},
		Mails: func(_ testing.TB, h http.Handler) int64 { return deskOf(h).Mails() },
		Touch: func(t testing.TB, h http.Handler, k model.Key) {
			if !deskOf(h).Touch(k.ID) {
				t.Errorf("touch %v", k)
			}
		},
		Merge: func(_ testing.TB, h http.Handler, from, into model.Key) bool {
			return from.Object == model.Ticket && deskOf(h).Merge(from.ID, into.ID)
		},
		// Front does not tell which contacts were deleted, and of all but conversations only the
		// lists as they are can be compared.
		Untold:    []model.Object{model.Contact},
		Passing:   []model.Object{model.Tag, model.Organization, model.Contact, model.Macro, model.Category, model.Article, model.Translation},
		Stamped:   []string{"updated_at"},
		LongText:  1 << 20,
		PageSizes: []map[string]string{{front.SettingPageSize: "3"}, {front.SettingPageSize: "1"}},
		Aside: func(r *http.Request) bool {
			return r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/links") || strings.HasSuffix(r.URL.Path, "/contacts") && strings.HasPrefix(r.URL.Path, "/accounts/")
		},
	}
}

var day = time.Date(2012, 2, 29, 23, 59, 58, 0, time.UTC)

func link(field string, to model.Key) model.DraftLink {
	return model.DraftLink{Field: field, Target: to}
}

func draft(m conform.Maker, o model.Object, i int) model.Draft {
	pick := func(o model.Object) model.Key {
		have := m.Have(o)
		if len(have) == 0 {
			return model.Key{}
		}
		return have[i%len(have)]
	}
	name := fmt.Sprintf("Ünique %s %d", m.Salt, i)
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Tag:
		d.Fields = map[string]any{"name": name, "highlight": []string{"red", "blue", "pink"}[i%3]}
	case model.Organization:
		d.Fields = map[string]any{
			"name": name, "description": fmt.Sprint("a\nb ", i), "domains": []string{fmt.Sprintf("%s-%d.example", m.Salt, i)}, "custom_fields.Region": "EU",
		}
	case model.Group:
		d.Fields = map[string]any{"name": []string{"support", "Billing", "ORDERS"}[i%3]}
	case model.Agent:
		d.Fields = map[string]any{"name": "Somebody", "email": strings.ToUpper(staff[i%len(staff)][0])}
	case model.Contact:
		d.Fields = map[string]any{
			"name": name, "email": fmt.Sprintf("%s.%d@conform.example", m.Salt, i), "phone": fmt.Sprintf("+4930%s%d", digits(m.Salt), i),
			"other_handles": []string{fmt.Sprintf("email:second.%s.%d@conform.example", m.Salt, i), fmt.Sprintf("twitter:t%s%d", m.Salt, i)},
			"description":   fmt.Sprint("notes ", i), "links": []string{"https://a.example/x"}, "list_names": []string{"Newsletter"}, "custom_fields.VIP": i%2 == 0,
		}
		d.Links = []model.DraftLink{link("account_id", pick(model.Organization))}
	case model.Macro:
		d.Fields = map[string]any{"name": name, "subject": "S", "body": fmt.Sprintf("<p>Hello %d</p>", i)}
	case model.Category:
		d.Fields = map[string]any{"name": name, "description": fmt.Sprint("about ", i)}
	case model.Article:
		d.Fields = map[string]any{"name": name, "content": fmt.Sprintf("<p>text %d</p>", i), "status": "published"}
		d.Links = []model.DraftLink{link("category_id", pick(model.Category))}
	case model.Translation:
		d.Fields = map[string]any{"name": name, "content": fmt.Sprintf("<p>texte %d</p>", i), "status": "draft", "locale": "fr"}
		d.Links = []model.DraftLink{link("article_id", pick(model.Article))}
	case model.Ticket:
		d.Fields = map[string]any{
			"subject": "Invoice <&>", "status": "archived", "tag_names": []string{"a, b", "ünï"}, "link_urls": []string{"https://tracker.example/1"},
			"custom_fields.Priority": []string{"low", "normal", "high", "urgent"}[i%4], "custom_fields.Due": day.Add(time.Duration(i) * time.Hour), "custom_fields.Sum": fmt.Sprintf("%d.5", i),
		}
		d.Links = []model.DraftLink{link("assignee_id", pick(model.Agent)), link("requester_id", pick(model.Contact)), link("inbox_id", pick(model.Group))}
		first := message(m, i+1000) // no two messages are alike
		first.Links = []model.DraftLink{link("author_id", pick(model.Contact))}
		delete(first.Fields, "subject") // a conversation is called as its first message
		d.Parts = []model.Draft{first}
	case model.Message:
		d = message(m, i)
		author := pick(model.Contact)
		if i%2 == 1 {
			author = pick(model.Agent)
		}
		d.Links = []model.DraftLink{link("conversation_id", pick(model.Ticket)), link("author_id", author)}
	case model.Attachment:
		d = file(m, i, 0)
		d.Links = []model.DraftLink{link("message_id", pick(model.Message))}
	}
	return d
}

func digits(s string) string {
	out := ""
	for _, r := range s {
		out += fmt.Sprint(int(r) % 10)
	}
	return out
}

func message(m conform.Maker, i int) model.Draft {
	return model.Draft{Object: model.Message, Fields: map[string]any{
		"created_at": day.Add(time.Duration(i%2000) * 36 * time.Hour), "private": false, "body": fmt.Sprintf("<p>Hello & <b>bye</b> %d</p>", i), "subject": "Re: Invoice",
		"cc": []string{"cc@conform.example"}, "type": "email",
	}, Parts: []model.Draft{file(m, i, 1), file(m, i, 2)}}
}

func file(m conform.Maker, i, n int) model.Draft {
	f := m.Files.Add(fmt.Sprintf("../päth \"%d\" %d.txt", i, n), "text/plain", fmt.Appendf(nil, "content %d %d \x00\xff", i, n))
	return model.Draft{Object: model.Attachment, File: f, Fields: map[string]any{"filename": f.Name, "content_type": f.Type}}
}

func stranger(_ conform.Maker, o model.Object) model.Draft {
	return model.Draft{Object: o, Fields: map[string]any{"name": "Nobody Here"}}
}

func bad(m conform.Maker) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 1000)
		d.Fields[field] = value
		return d
	}
	lost := draft(m, model.Message, 1000)
	lost.Links[0].Target.ID = "cnv_none"
	return []conform.Bad{
		{Name: "required", Draft: spoil(model.Tag, "name", ""), Code: connector.CodeRequired, Field: "name"},
		{Name: "too long", Draft: spoil(model.Tag, "name", strings.Repeat("x", 65)), Code: connector.CodeTooLong, Field: "name"},
		{Name: "option", Draft: spoil(model.Ticket, "custom_fields.Priority", "none such"), Code: connector.CodeInvalid, Field: "custom_fields.Priority"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "conversation_id"},
		{Name: "unknown field", Draft: spoil(model.Ticket, "custom_fields.Nope", "x"), Code: connector.CodeUnknownField, Field: "custom_fields.Nope"},
		{Name: "not text", Draft: spoil(model.Contact, "name", "caf\xe9"), Code: connector.CodeInvalid, Field: "name"},
	}
}

// deviations of front.json from what Front's documentation and servers do.
var deviations = []contract.Deviation{
	{
		Method: "PATCH", Path: "/conversations/{conversation_id}", Says: "at /assignee_id: Value is not nullable",
		Reason: "an open conversation may be nobody's, and is made so with null, as the description itself says",
	},
	{
		Method: "GET", Path: "/conversations/{conversation_id}", Says: "at /assignee: Value is not nullable",
		Reason: "an open conversation may be nobody's, and is made so with null, as the description itself says",
	},
	{
		Method: "GET", Path: "/inboxes/{inbox_id}/conversations", Says: "/assignee: Value is not nullable",
		Reason: "an open conversation may be nobody's, and is made so with null, as the description itself says",
	},
	{
		Method: "GET", Path: "/conversations", Says: "/assignee: Value is not nullable",
		Reason: "an open conversation may be nobody's, and is made so with null, as the description itself says",
	},
	{
		Method: "GET", Path: "/messages/{message_id}", Says: "at /author: Value is not nullable",
		Reason: "messages of customers have no author (shared/apis/front.md 4.2)",
	},
	{
		Method: "GET", Path: "/conversations/{conversation_id}/messages", Says: "/author: Value is not nullable",
		Reason: "messages of customers have no author (shared/apis/front.md 4.2)",
	},
	{
		Method: "GET", Path: "/events", Says: "/target/data: value matches more than one schema",
		Reason: "the kinds of what an event is about share all their required values",
	},
	{
		Method: "GET", Path: "/events", Says: "/target/data: value must be an object",
		Reason: "what was merged away is told as a list of ids (deleted_conversation_ids)",
	},
	{
		Method: "GET", Path: "/conversations/{conversation_id}/events", Says: "/target/data: value matches more than one schema",
		Reason: "the kinds of what an event is about share all their required values",
	},
}
