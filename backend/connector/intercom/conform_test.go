package intercom_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "conform-token-ic-7f31"

func TestConformance(t *testing.T) { conform.Run(t, rig(intercom.AsConversation)) }

func TestConformanceWithTickets(t *testing.T) { conform.Run(t, rig(intercom.AsTicket)) }

const noGone = "Intercom tells of deleted conversations only; TestDeletedConversationsAreTold"

func rig(as string) conform.Rig {
	field := "custom_attributes.Region"
	if as == intercom.AsTicket {
		field = "ticket_attributes.Region"
	}
	return conform.Rig{
		Kind:      intercom.Kind(),
		Config:    map[string]string{intercom.SettingTickets: as},
		Secrets:   map[string]secret.Text{intercom.SettingToken: token},
		Fake:      desk(fake.Options{}),
		Limited:   desk(fake.Options{Missing: []string{"companies"}}),
		Draft:     drafter(as),
		Stranger:  stranger,
		Bad:       func(m conform.Maker) []conform.Bad { return bad(m, as) },
		Prefilled: true,
		Derived: func(r model.Record) bool {
			switch r.Key.Object {
			case model.Contact, model.Ticket, model.Message, model.Attachment, model.Article:
				return true // put together: TestRawHoldsIntercomsOwnText
			}
			return false
		},
		Fixed:  []model.Object{model.Message},
		Coarse: 2 * time.Second, Stamped: []string{"created_at"},
		Aside: func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/companies/list") || strings.HasSuffix(r.URL.Path, "/attributes")
		},
		Text: map[model.Object]string{model.Message: "body", model.Article: "body"},
		Mails: func(_ testing.TB, h http.Handler) int64 {
			return h.(*fake.Server).Mails()
		},
		Touch:  func(t testing.TB, h http.Handler, k model.Key) { touch(t, h, k, as) },
		Object: model.Ticket,
		Field: model.Field{
			Name: field, Title: "Region", Type: model.Option,
			Options: []model.Choice{{Value: "north", Title: "North"}, {Value: "süd & west", Title: "South and west"}},
		},
		PageSizes: []map[string]string{{"page_size": "1"}, {"page_size": "4"}, {"page_size": "500"}},
		Skip: map[string]string{
			"following/from now on nothing is missed": noGone, "following/stop after every page and go on": noGone,
			"reading/odd text arrives unharmed": "Intercom makes rich text of its own of what customers write; TestOddTexts",
		},
	}
}

func desk(o fake.Options) func(testing.TB) http.Handler {
	return func(testing.TB) http.Handler {
		o.Token, o.EmptyCompanies, o.SearchLag = token, true, 4*time.Minute
		s := fake.New(o)
		s.AddAdmin("Lee Ott", "lee@acme.test")
		s.AddAdmin("Ann Bo", "ann@acme.test")
		s.AddTeam("Support")
		return s
	}
}

var what = map[model.Object]string{
	model.Organization: "company", model.Contact: "contact", model.Article: "article", model.Category: "collection", model.Section: "collection",
}

func touch(t testing.TB, h http.Handler, k model.Key, as string) {
	t.Helper()
	kind := what[k.Object]
	s := h.(*fake.Server)
	switch {
	case k.Object == model.Ticket:
		kind = as
	case k.Object == model.Message:
		id, _, _ := strings.Cut(strings.TrimPrefix(k.ID, "t"), "-")
		if as == intercom.AsConversation {
			s.PersonReplies(id, "a person was here")
		}
		kind, k.ID = as, id
	}
	if !s.Touch(kind, k.ID) {
		t.Fatalf("touch %v", k)
	}
}

var began = time.Date(1988, 2, 29, 23, 59, 59, 0, time.UTC) // the examination begins in 2000

func link(field string, to model.Key) model.DraftLink {
	return model.DraftLink{Field: field, Target: to}
}

func drafter(as string) func(m conform.Maker, o model.Object, i int) model.Draft {
	return func(m conform.Maker, o model.Object, i int) model.Draft { return draft(m, o, i, as) }
}

func draft(m conform.Maker, o model.Object, i int, as string) model.Draft {
	pick := func(o model.Object) model.Key {
		have := m.Have(o)
		if len(have) == 0 {
			return model.Key{}
		}
		return have[i%len(have)]
	}
	at := began.Add(time.Duration(i%2000) * 36 * time.Hour)
	name := fmt.Sprintf("Ünique %s %d", m.Salt, i)
	d := model.Draft{Object: o, Fields: map[string]any{}}
	switch o {
	case model.Organization:
		d.Fields = map[string]any{"name": name, "website": fmt.Sprintf("x%d.example", i), "size": int64(i + 1), "remote_created_at": at}
	case model.Group:
		d.Fields = map[string]any{"name": "Support"}
	case model.Agent:
		d.Fields = map[string]any{"name": "somebody", "email": []string{"LEE@acme.test", "ann@acme.test"}[i%2]}
	case model.Contact:
		d.Fields = map[string]any{"name": name, "email": fmt.Sprintf("%s.%d@conform.example", m.Salt, i), "phone": fmt.Sprintf("+49 30 %04d", i), "signed_up_at": at, "unsubscribed_from_emails": true}
		d.Links = []model.DraftLink{link("company_id", pick(model.Organization)), link("owner_id", pick(model.Agent))}
	case model.Ticket:
		contact := pick(model.Contact)
		d.Links = []model.DraftLink{link("contact_id", contact), link("admin_assignee_id", pick(model.Agent)), link("team_assignee_id", pick(model.Group))}
		if as == intercom.AsTicket {
			d.Fields = map[string]any{"ticket_attributes._default_title_": "Subject <" + name + ">", "ticket_state.id": "8004", "created_at": at, "open": false}
		} else {
			d.Fields = map[string]any{"title": "Subject <" + name + ">", "state": []string{"closed", "open"}[i%2], "created_at": at, "tag_names": []string{"a, b", "ünï"}}
		}
		p := message(m, i, at)
		if i%3 != 2 {
			p.Links = []model.DraftLink{link("author_id", contact)}
		} else {
			p.Links = []model.DraftLink{link("author_id", pick(model.Agent))}
			p.Fields["private"] = i%2 == 0
		}
		if as == intercom.AsTicket && i%3 != 2 {
			p.Parts = nil
		}
		d.Parts = []model.Draft{p}
	case model.Message:
		d = message(m, i+1, at.Add(time.Hour))
		d.Links = []model.DraftLink{link("conversation_id", pick(model.Ticket)), link("author_id", pick(model.Agent))}
		if i%2 == 0 {
			d.Fields["private"] = i%4 == 0
		} else {
			d.Links[1] = link("author_id", pick(model.Contact))
		}
		if as == intercom.AsTicket && i%2 == 1 {
			d.Parts = nil
		}
	case model.Category:
		d.Fields = map[string]any{"name": name, "description": "d"}
	case model.Section:
		d.Fields = map[string]any{"name": name, "description": "d"}
		d.Links = []model.DraftLink{link("parent_id", pick(model.Category))}
	case model.Article:
		d.Fields = map[string]any{"title": name, "body": fmt.Sprintf("<p>%d &amp; more</p>", i), "state": "published", "description": "d"}
		d.Links = []model.DraftLink{link("author_id", pick(model.Agent)), link("parent_id", pick(model.Section))}
	}
	return d
}

// message makes a message; some have files.
func message(m conform.Maker, i int, at time.Time) model.Draft {
	d := model.Draft{Object: model.Message, Fields: map[string]any{"body": fmt.Sprintf("<p>Hello %d &amp; more</p>", i), "created_at": at, "private": false}}
	for n := range i % 3 {
		f := m.Files.Add(fmt.Sprintf("../päth %d.%d.txt", i, n), "text/plain", fmt.Appendf(nil, "content %s %d %d \x00\xff", m.Salt, i, n))
		d.Parts = append(d.Parts, model.Draft{Object: model.Attachment, File: f, Fields: map[string]any{"name": f.Name, "content_type": f.Type}})
	}
	return d
}

func stranger(_ conform.Maker, o model.Object) model.Draft {
	return model.Draft{Object: o, Fields: map[string]any{"name": "Nobody At All"}}
}

func bad(m conform.Maker, as string) []conform.Bad {
	spoil := func(o model.Object, field string, value any) model.Draft {
		d := draft(m, o, 900, as)
		d.Fields[field] = value
		return d
	}
	lost := draft(m, model.Article, 900, as)
	lost.Links[1].Target.ID = "987654"
	lonely := draft(m, model.Ticket, 900, as)
	lonely.Links = lonely.Links[1:]
	stale := draft(m, model.Ticket, 900, as)
	stale.Links[0].Target.ID = "6762f11b1bb69f9f21900000"
	list := []conform.Bad{
		{Name: "required", Draft: lonely, Code: connector.CodeRequired, Field: "contact_id"},
		{Name: "link", Draft: lost, Code: connector.CodeNoRecord, Field: "parent_id"},
		{Name: "customer", Draft: stale, Code: connector.CodeNoRecord, Field: "contact_id"},
		{Name: "option", Draft: spoil(model.Article, "state", "nearly"), Code: connector.CodeInvalid, Field: "state"},
		{Name: "unknown field", Draft: spoil(model.Organization, "colour", "red"), Code: connector.CodeUnknownField, Field: "colour"},
		{Name: "not text", Draft: spoil(model.Contact, "name", "caf\xe9"), Code: connector.CodeInvalid, Field: "name"},
		{Name: "e-mail", Draft: spoil(model.Contact, "email", "no address"), Code: connector.CodeInvalid, Field: "email"},
		{Name: "before 1970", Draft: spoil(model.Ticket, "created_at", time.Date(1969, 7, 20, 0, 0, 0, 0, time.UTC)), Code: connector.CodeInvalid, Field: "created_at"},
	}
	return list
}
