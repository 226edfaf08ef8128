package zendesk_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/zendesk"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token = "conform-token-77ab"
	owner = "owner@desk.example"
)

func TestConformance(t *testing.T) { conform.Run(t, rig(nil)) }

// A client that renews its token, on a small plan, with bulk imports of people off and
// pages that repeat a record.
func TestConformanceOfASmallPlan(t *testing.T) {
	r := rig(func(o *fake.Options) {
		o.SmallPlan, o.NoBulkUsers, o.Duplicates = true, true, true
		o.ClientID, o.ClientSecret = "waybill", token
	})
	r.Config = map[string]string{zendesk.SettingAuth: zendesk.AuthClient, zendesk.SettingClientID: "waybill"}
	r.Secrets = map[string]secret.Text{zendesk.SettingClientSecret: token}
	aside := r.Aside
	r.Aside = func(q *http.Request) bool { return aside(q) || q.URL.Path == "/oauth/tokens" }
	conform.Run(t, r)
}

func rig(more func(*fake.Options)) conform.Rig {
	make := func(role string) func(testing.TB) http.Handler {
		return func(testing.TB) http.Handler {
			o := fake.Options{Email: owner, APIToken: token, Withheld: time.Minute, JobDelay: 2 * time.Second, Role: role}
			if more != nil {
				more(&o)
			}
			s := fake.New(o)
			for i := range 3 {
				s.AddAgent(fmt.Sprint("Agent ", i), agentMail(i))
			}
			return s
		}
	}
	return conform.Rig{
		Kind:    zendesk.Kind(),
		Config:  map[string]string{zendesk.SettingAuth: zendesk.AuthToken, zendesk.SettingEmail: owner},
		Secrets: map[string]secret.Text{zendesk.SettingToken: token},
		Fake:    make(""),
		Limited: make("light"),
		Draft:   draft,
		Stranger: func(conform.Maker, model.Object) model.Draft {
			return model.Draft{Fields: map[string]any{"name": "Nobody", "email": "nobody@conform.example"}}
		},
		Prefilled: true,
		Bad:       bad,
		Text: map[model.Object]string{
			model.Organization: "notes", model.Contact: "notes", model.Message: "html_body", model.Category: "description", model.Section: "description", model.Article: "body", model.Translation: "body",
		},
		LongText: 65520,
		Mails:    func(_ testing.TB, h http.Handler) int64 { return h.(*fake.Server).Mails() },
		Touch:    touch,
		Merge:    merge,
		Redact:   redact,
		Fixed:    []model.Object{zendesk.ArticleAttachment},
		Passing:  []model.Object{model.Group, model.Category, model.Section, model.Article, model.Translation, zendesk.ArticleAttachment},
		Coarse:   time.Second,
		Aside:    func(q *http.Request) bool { return strings.HasPrefix(q.URL.Path, "/api/v2/uploads") },
		Stamped:  []string{"updated_at"},
		Object:   model.Contact,
		Field: model.Field{
			Name: "user_fields.region", Title: "Region", Type: model.Option,
			Options: []model.Choice{{Value: "north", Title: "North"}, {Value: "south", Title: "South"}},
		},
		PageSizes: []map[string]string{{zendesk.SettingPageSize: "1"}, {zendesk.SettingPageSize: "4"}, {zendesk.SettingPageSize: "1000"}},
	}
}

func agentMail(i int) string { return fmt.Sprintf("agent.%d@conform.example", i) }

var listOf = map[model.Object]string{
	model.Organization: "organizations", model.Contact: "users", model.Agent: "users", model.Ticket: "tickets", model.Group: "groups",
	model.Category: "hc_categories", model.Section: "hc_sections", model.Article: "hc_articles",
	model.Translation: "hc_translations", zendesk.ArticleAttachment: "hc_article_attachments",
}

func touch(t testing.TB, h http.Handler, k model.Key) {
	t.Helper()
	id, err := strconv.ParseInt(k.ID, 10, 64)
	if err != nil || !h.(*fake.Server).Touch(listOf[k.Object], id) {
		t.Fatalf("touch %v: %v", k, err)
	}
}

// merge merges tickets and organizations. Of people Zendesk only says that one was deleted.
func merge(t testing.TB, h http.Handler, from, into model.Key) bool {
	t.Helper()
	s := h.(*fake.Server)
	switch from.Object {
	case model.Ticket:
		return s.Merge(id(t, from), id(t, into))
	case model.Organization:
		return s.MergeOrgs(id(t, from), id(t, into))
	}
	return false
}

func redact(t testing.TB, h http.Handler, k model.Key) bool {
	t.Helper()
	s := h.(*fake.Server)
	switch k.Object {
	case model.Message:
		ticket, n, ok := strings.Cut(k.ID, "-")
		place, err := strconv.Atoi(n)
		return ok && err == nil && s.RedactComment(id(t, model.Key{ID: ticket}), place)
	case model.Attachment:
		return s.RedactFile(id(t, k))
	}
	return false
}

func id(t testing.TB, k model.Key) int64 {
	t.Helper()
	n, err := strconv.ParseInt(k.ID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var day = time.Date(1988, 2, 29, 23, 59, 59, 0, time.UTC)

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
	at := day.Add(time.Duration(i%2000) * 36 * time.Hour)
	name := fmt.Sprintf("Ünique %s %d", m.Salt, i)
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Organization:
		d.Fields = map[string]any{"name": name, "details": "x", "notes": "a\nb", "tags": []string{"vip", "ünï"}, "domain_names": []string{"x.example"}}
	case model.Group:
		d.Fields = map[string]any{"name": name}
	case model.Agent:
		d.Fields = map[string]any{"name": "Whoever", "email": agentMail(i % 3)}
	case model.Contact:
		d.Fields = map[string]any{"name": name, "email": fmt.Sprintf("%s.%d@conform.example", m.Salt, i), "phone": "+49 30 1234", "notes": "n", "tags": []string{"a"}}
		d.Links = []model.DraftLink{link("organization_id", pick(model.Organization))}
	case model.Ticket:
		d.Fields = map[string]any{
			"subject": "Subject <" + name + ">", "status": "pending", "priority": "urgent", "type": "task", "tags": []string{"a_b", "ünï", "c"},
			"created_at": at, "updated_at": at.Add(time.Hour), "due_at": at,
		}
		d.Links = []model.DraftLink{
			link("requester_id", pick(model.Contact)), link("assignee_id", pick(model.Agent)), link("group_id", pick(model.Group)),
			link("organization_id", pick(model.Organization)), link("email_cc_ids", pick(model.Contact)),
		}
		for j := range 3 {
			d.Parts = append(d.Parts, message(m, 3*i+j, at, j, pick))
		}
	case model.Translation:
		d.Fields = map[string]any{"title": name, "body": "<p>Öffnen …</p>", "locale": fmt.Sprintf("de-%d", i), "draft": false}
		d.Links = []model.DraftLink{link("source_id", pick(model.Article))}
	case zendesk.ArticleAttachment:
		d.File = m.Files.Add(fmt.Sprintf("päth %d.txt", i), "text/plain", fmt.Appendf(nil, "manual %d", i))
		d.Fields = map[string]any{"inline": i%2 == 0}
		d.Links = []model.DraftLink{link("article_id", pick(model.Article))}
	case model.Category:
		d.Fields = map[string]any{"name": name, "description": "d", "locale": "en-us", "position": int64(i)}
	case model.Section:
		d.Fields = map[string]any{"name": name, "description": "d", "locale": "en-us", "position": int64(i)}
		d.Links = []model.DraftLink{link("category_id", pick(model.Category))}
	case model.Article:
		d.Fields = map[string]any{"title": name, "body": "<p>Open …</p>", "locale": "en-us", "draft": i%2 == 0}
		d.Links = []model.DraftLink{link("section_id", pick(model.Section)), link("author_id", pick(model.Agent))}
	}
	return d
}

// message is the j-th message of a ticket. The second is older than the first and private.
func message(m conform.Maker, n int, at time.Time, j int, pick func(model.Object) model.Key) model.Draft {
	who := pick(model.Contact)
	if j > 0 {
		who = pick(model.Agent)
	}
	d := model.Draft{Object: model.Message, Links: []model.DraftLink{link("author_id", who)}, Fields: map[string]any{
		"html_body": fmt.Sprintf("<p>Hello & <b>bye</b> %d</p>", n), "public": j != 1, "created_at": at.Add(time.Duration(j%2) * -time.Minute),
	}}
	for k := range n % 3 {
		f := m.Files.Add(fmt.Sprintf("päth %d-%d.txt", n, k), "text/plain", fmt.Appendf(nil, "content %d %d \x00\xff", n, k))
		d.Parts = append(d.Parts, model.Draft{Object: model.Attachment, File: f, Fields: map[string]any{"file_name": f.Name, "content_type": f.Type}})
	}
	return d
}

func bad(m conform.Maker) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 1000)
		d.Fields[field] = value
		return d
	}
	lost := draft(m, model.Ticket, 1000)
	lost.Links[0].Target.ID = "987654"
	lacking := draft(m, model.Ticket, 1000)
	lacking.Links = lacking.Links[1:]
	return []conform.Bad{
		{Name: "required", Draft: spoil(model.Contact, "name", " "), Code: connector.CodeRequired, Field: "name"},
		{Name: "no requester", Draft: lacking, Code: connector.CodeRequired, Field: "requester_id"},
		{Name: "option", Draft: spoil(model.Ticket, "status", "done?"), Code: connector.CodeInvalid, Field: "status"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "requester_id"},
		{Name: "taken", Draft: spoil(model.Organization, "name", fmt.Sprintf("ünique %s 0", m.Salt)), Code: connector.CodeTaken, Field: "name"},
		{Name: "too long", Draft: spoil(model.Group, "name", strings.Repeat("x", 300)), Code: connector.CodeTooLong, Field: "name"},
		{Name: "unknown field", Draft: spoil(model.Group, "colour", "red"), Code: connector.CodeUnknownField, Field: "colour"},
		{Name: "not text", Draft: spoil(model.Organization, "name", "caf\xe9"), Code: connector.CodeInvalid, Field: "name"},
		{Name: "no address", Draft: spoil(model.Contact, "email", "not an address"), Code: connector.CodeInvalid, Field: "email"},
	}
}
