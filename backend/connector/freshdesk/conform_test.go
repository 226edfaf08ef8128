package freshdesk_test

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
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "conform-key-7c21"

func TestConformance(t *testing.T) { conform.Run(t, rig()) }

func rig() conform.Rig {
	return conform.Rig{
		Kind:    freshdesk.Kind(),
		Secrets: map[string]secret.Text{freshdesk.SettingKey: key},
		// Contacts are deleted into the trash, from which they are read by default.
		Config:    map[string]string{freshdesk.SettingTrash: freshdesk.TrashNone},
		Fake:      desk(fake.Options{}),
		Limited:   desk(fake.Options{Light: true}),
		Prefilled: true,
		Draft:     draft,
		Stranger: func(m conform.Maker, o model.Object) model.Draft {
			return model.Draft{Object: o, Fields: map[string]any{"contact.name": "Nobody", "contact.email": "nobody@elsewhere.example"}}
		},
		Derived: func(r model.Record) bool { return strings.HasPrefix(r.Key.ID, "description-") },
		Fixed:   []model.Object{model.Attachment, model.TimeEntry, model.Translation, model.Macro},
		Bad:     bad,
		Text:    map[model.Object]string{model.Organization: "note", model.Contact: "description", model.Message: "body", model.Article: "description"},
		// Freshdesk's limit of texts is not documented.
		LongText: 1 << 20,
		Mails:    func(_ testing.TB, h http.Handler) int64 { return h.(*fake.Server).Mails() },
		Touch: func(t testing.TB, h http.Handler, k model.Key) {
			id := k.ID
			if k.Object == model.Message || k.Object == model.TimeEntry {
				_, id, _ = strings.Cut(id, "-")
			}
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil || !h.(*fake.Server).Touch(string(k.Object), n) {
				t.Fatalf("touch %v: %v", k, err)
			}
		},
		Stamped: []string{"updated_at"},
		Object:  model.Ticket,
		Field: model.Field{
			Name: "custom_fields.cf_region", Title: "Region", Type: model.Option,
			Options: []model.Choice{{Value: "north"}, {Value: "süd, west"}},
		},
		PageSizes: []map[string]string{{freshdesk.SettingPageSize: "1"}, {freshdesk.SettingPageSize: "4"}, {freshdesk.SettingPageSize: "100"}},
		// No list tells deletions of notes; companies and groups are compared as they are now.
		Untold: []model.Object{model.Message}, Passing: []model.Object{
			model.Organization, model.Group, model.TimeEntry, model.Category, model.Section, model.Article,
		},
		Skip: map[string]string{
			"updating/a value and a link can be emptied": "a note has neither an empty text nor no author; what can be emptied is in TestUpdate_empties",
		},
	}
}

// desk is a fresh account with two agents and a search that lags as long as Caps allows.
func desk(o fake.Options) func(testing.TB) http.Handler {
	return func(testing.TB) http.Handler {
		o.Key = key
		o.SearchLag = freshdesk.Kind().Caps.FindLag
		s := fake.New(o)
		s.AddAgent("Bea Agent", "bea@desk.example")
		return s
	}
}

func link(field string, to model.Key) model.DraftLink {
	return model.DraftLink{Field: field, Target: to}
}

var day = time.Date(2012, 2, 29, 23, 59, 59, 0, time.UTC)

func draft(m conform.Maker, o model.Object, i int) model.Draft {
	pick := func(o model.Object) model.Key {
		have := m.Have(o)
		if len(have) == 0 {
			return model.Key{}
		}
		return have[i%len(have)]
	}
	name := fmt.Sprintf("Ünique %s %d", m.Salt, i)
	mail := fmt.Sprintf("%s.%d@conform.example", m.Salt, i)
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Organization:
		d.Fields = map[string]any{"name": name, "note": "a\nb", "domains": []string{fmt.Sprintf("x%d.example", i)}, "industry": "Media " + strconv.Itoa(i)}
	case model.Group:
		d.Fields = map[string]any{"name": name}
	case model.Agent:
		d.Fields = map[string]any{"contact.name": "Bea", "contact.email": "BEA@desk.example"}
	case model.Contact:
		d.Fields = map[string]any{
			"name": name, "email": mail, "phone": "+49 30 1234", "language": "de", "tags": []string{"a, b", "ünï"}, "view_all_tickets": i%2 == 0,
			"other_emails": []string{"second." + mail}, "description": "about",
		}
		d.Links = []model.DraftLink{link("company_id", pick(model.Organization))}
	case model.Ticket:
		requester := pick(model.Contact)
		d.Fields = map[string]any{
			"subject": "Subject <" + name + ">", "status": "5", "priority": "4", "source": "1", "tags": []string{"a, b", "ünï", "c"},
			"cc_emails": []string{"cc@conform.example"}, "type": "Incident", "due_by": day,
		}
		d.Links = []model.DraftLink{
			link("requester_id", requester), link("responder_id", pick(model.Agent)), link("company_id", pick(model.Organization)),
		}
		if i%2 == 1 { // an agent must be a member of the group
			d.Links[1] = link("group_id", pick(model.Group))
		}
		d.Parts = []model.Draft{message(m, fmt.Sprint("first ", i), requester, i)}
	case model.Message:
		author := pick(model.Contact)
		if i%2 == 1 {
			author = pick(model.Agent)
		}
		d = message(m, fmt.Sprint("later ", i), author, i)
		d.Fields["private"] = i%3 == 0
		d.Links = append(d.Links, link("ticket_id", pick(model.Ticket)))
	case model.TimeEntry:
		d.Fields = map[string]any{"note": name, "time_spent": "01:30", "billable": i%2 == 0, "executed_at": day}
		d.Links = []model.DraftLink{link("ticket_id", pick(model.Ticket)), link("agent_id", pick(model.Agent))}
	case model.Category:
		d.Fields = map[string]any{"name": name, "description": "x"}
	case model.Section:
		d.Fields = map[string]any{"name": name, "description": "x", "visibility": "2"}
		d.Links = []model.DraftLink{link("category_id", pick(model.Category))}
	case model.Article:
		d.Fields = map[string]any{"title": name, "description": "<p>x</p>", "status": "2", "tags": []string{"a b"}, "seo_data.meta_title": "t"}
		d.Links = []model.DraftLink{link("folder_id", pick(model.Section))}
	case model.Translation:
		languages := []string{"de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "fi", "cs", "tr"}
		d.Fields = map[string]any{"language": languages[i%len(languages)], "title": name, "description": "<p>y</p>", "status": "1"}
		d.Links = []model.DraftLink{link("article_id", pick(model.Article))}
	case model.Macro:
		d.Fields = map[string]any{"title": name, "content_html": "<p>Hello</p>"}
	}
	return d
}

func message(m conform.Maker, words string, author model.Key, i int) model.Draft {
	d := model.Draft{
		Object: model.Message, Fields: map[string]any{"private": false, "body": "<p>Hello & <b>bye</b> " + words + "</p>"},
		Links: []model.DraftLink{link("user_id", author)},
	}
	for k := range 2 {
		f := m.Files.Add(fmt.Sprintf("../päth \"%d\" %s.txt", k, words), "text/plain", fmt.Appendf(nil, "content %d %d \x00\xff", i, k))
		d.Parts = append(d.Parts, model.Draft{Object: model.Attachment, File: f, Fields: map[string]any{"name": f.Name, "content_type": f.Type}})
	}
	return d
}

func bad(m conform.Maker) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 1000)
		d.Fields[field] = value
		return d
	}
	lacking := draft(m, model.Ticket, 1000)
	delete(lacking.Fields, "subject")
	lost := draft(m, model.Message, 1000)
	lost.Links[1].Target.ID = "987654"
	nobody := draft(m, model.Ticket, 1000)
	nobody.Links[0].Target.ID = "987654"
	return []conform.Bad{
		{Name: "required", Draft: lacking, Code: connector.CodeRequired, Field: "subject"},
		{Name: "option", Draft: spoil(model.Ticket, "status", "99"), Code: connector.CodeInvalid, Field: "status"},
		{Name: "no option at all", Draft: spoil(model.Ticket, "priority", "urgent?"), Code: connector.CodeInvalid, Field: "priority"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "ticket_id"},
		{Name: "requester", Draft: nobody, Code: connector.CodeNoRecord, Field: "requester_id"},
		{Name: "too long", Draft: spoil(model.Group, "name", strings.Repeat("ü", 300)), Code: connector.CodeTooLong, Field: "name"},
		{Name: "unknown field", Draft: spoil(model.Group, "colour", "red"), Code: connector.CodeUnknownField, Field: "colour"},
		{Name: "not text", Draft: spoil(model.Group, "name", "caf\xe9"), Code: connector.CodeInvalid, Field: "name"},
		{Name: "not an address", Draft: spoil(model.Contact, "email", "no address"), Code: connector.CodeInvalid, Field: "email"},
	}
}
