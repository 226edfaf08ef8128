package fake

import (
	"fmt"
	"math/rand/v2"
	"time"
)

var (
	oddNames = []string{"Mara Lind", "Łukasz Żółw", "東京 太郎", "O'Brien, Pat", "שלום כהן", "Zoë \U0001F600 Grün", "  Ann  Space ", "=cmd|x", "José Ñandú", "Ελένη"}
	oddTexts = []string{
		"<p>Hello &amp; <b>good day</b></p>", "<div>Grüße, naïve café</div>", "<p>שלום עולם، مرحبا</p>", "<p>emoji \U0001F468\u200d\U0001F469\u200d\U0001F467 and \U0001F1E9\U0001F1EA</p>",
		"<p>東京, 서울, Привет</p>", "<blockquote>On Monday you wrote:<br>&lt;none&gt;</blockquote><p>ok</p>", "<p>" + "long text that goes on and on. " + "</p>",
		"<p>{{ticket.id}} =1+1 %s ${x}</p>", "<table><tr><td>1</td><td>2</td></tr></table>", "plain, without any markup",
	}
	oddFiles = []string{"invoice.pdf", "../../etc/passwd", "Übersicht (1).xlsx", "смета.doc", "no extension", "a\"b'c.txt", "emoji \U0001F4CE.png", ".htaccess", "report.json", "page.html"}
)

// Fill makes n tickets and what they need: people, companies, groups, staff, custom
// fields, conversations with private notes and files, people in CC; a few tickets in the
// trash and in spam, people who were deleted, blocked or never verified; knowledge,
// canned responses, rules. The same seed gives the same account. Times spread over years.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &filler{s: s, r: rand.New(rand.NewPCG(seed, 7)), now: s.now()}
	f.shape()
	f.people(n)
	for i := range n {
		f.ticket(i, n)
	}
	f.rest()
	s.order = nil
	s.mails = 0
}

type filler struct {
	s        *Server
	r        *rand.Rand
	now      time.Time
	groups   []int64
	agents   []int64
	contacts []*contact
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (s *Server) number() int64 {
	s.lastOf++
	return s.lastOf
}

func (f *filler) shape() {
	s := f.s
	choice := func(list ...string) []any {
		out := []any{}
		for i, v := range list {
			out = append(out, map[string]any{"id": s.id(), "value": v, "position": i + 1})
		}
		return out
	}
	for _, m := range []map[string]any{
		{"name": "cf_region", "label": "Region", "type": "custom_dropdown", "choices": choice("North", "South, west", "Ä~#%&;")},
		{"name": "cf_order", "label": "Order number", "type": "custom_text"},
		{"name": "cf_urgent_call", "label": "Call back", "type": "custom_checkbox"},
		{"name": "cf_amount", "label": "Amount", "type": "custom_decimal"},
		{"name": "cf_bought", "label": "Bought on", "type": "custom_date"},
		{
			"name": "cf_country", "label": "Country", "type": "nested_field",
			"choices": map[string]any{"Germany": map[string]any{"Bavaria": []any{"Munich", "Nuremberg"}, "Berlin": []any{}}, "France": map[string]any{"Brittany": []any{"Brest"}}},
			"nested_ticket_fields": []any{
				map[string]any{"id": s.id(), "name": "cf_state", "label": "State", "level": 2},
				map[string]any{"id": s.id(), "name": "cf_city", "label": "City", "level": 3},
			},
		},
	} {
		m["default"] = false
		s.put("ticket_fields", 0, m)
	}
	s.put("contact_fields", 0, map[string]any{"name": "customer_number", "label": "Customer number", "type": "custom_number", "default": false})
	s.put("company_fields", 0, map[string]any{"name": "contract", "label": "Contract", "type": "custom_dropdown", "default": false, "choices": []any{"Gold", "Silver"}})
	for _, name := range []string{"Billing", "Support Ä", "Returns"} {
		f.groups = append(f.groups, s.put("groups", 0, map[string]any{"name": name, "description": nil, "agent_ids": []int64{}, "escalate_to": nil, "unassigned_for": nil, "business_hour_id": nil}).ID)
	}
	for i, name := range []string{"Bea Agent", "Çem Agent", "Dan Light"} {
		f.agents = append(f.agents, s.addAgent(name, fmt.Sprintf("agent%d@desk.example", i)).ID)
	}
}

func (f *filler) people(n int) {
	s := f.s
	for i := range max(n/10, 3) {
		c := &company{ID: s.id(), Values: map[string]any{"name": fmt.Sprintf("%s & Co %d", pick(f.r, oddNames), i)}, Custom: map[string]any{"contract": "Gold"}, Created: f.past()}
		c.Domains = []string{fmt.Sprintf("co%d.example", i)}
		c.Updated = c.Created
		s.companies.add(c.ID, c)
	}
	for i := range max(n/3, 8) {
		c := &contact{ID: s.id(), Custom: map[string]any{"customer_number": int64(i)}, Created: f.past(), Active: i%4 != 1, Tags: []string{"a, b", "ünï"}}
		c.Updated = c.Created
		c.Values = map[string]any{"name": fmt.Sprintf("%s %d", pick(f.r, oddNames), i), "language": "de", "time_zone": "Berlin"}
		switch i % 9 {
		case 5:
			c.Values["phone"] = fmt.Sprintf("+49301234%d", i)
		case 7:
			c.Values["twitter_id"] = fmt.Sprintf("handle%d", i)
		default:
			c.Values["email"] = fmt.Sprintf("person%d@co%d.example", i, i%7)
			c.Emails = []string{fmt.Sprintf("second%d@mail.example", i)}
		}
		c.Deleted, c.Blocked = i%29 == 3, i%31 == 4
		if i%2 == 0 {
			c.Company = s.companies.list[i%len(s.companies.list)].ID
		}
		s.keepContact(c)
		f.contacts = append(f.contacts, c)
	}
}

// past is some second of the last twelve years.
func (f *filler) past() time.Time {
	return f.now.Add(-time.Duration(f.r.Int64N(12*365*86400)+86400) * time.Second)
}

func (f *filler) file() *file {
	kind := "application/octet-stream"
	content := fmt.Appendf(nil, "content %d \x00\xff", f.r.IntN(1000))
	return f.s.addFile(pick(f.r, oddFiles), kind, content)
}

func (f *filler) ticket(i, n int) {
	s, r := f.s, f.r
	t := &ticket{
		ID: s.number(), Subject: fmt.Sprintf("%s – question %d", pick(r, oddNames), i), Description: pick(r, oddTexts), Status: int64(2 + r.IntN(6)),
		Priority: int64(1 + r.IntN(4)), Source: pick(r, []int64{1, 1, 1, 2, 3, 7, 9, 10, 15}), Requester: pick(r, f.contacts).ID, Created: f.past(),
		Tags: []string{}, Custom: map[string]any{"cf_region": nil, "cf_order": fmt.Sprintf("00%d", i), "cf_urgent_call": i%2 == 0, "cf_amount": 1.25, "cf_bought": "2019-03-31", "cf_country": nil, "cf_state": nil, "cf_city": nil},
	}
	if i%3 == 0 {
		t.Custom["cf_region"] = pick(r, []string{"North", "South, west", "Ä~#%&;"})
		t.Custom["cf_country"], t.Custom["cf_state"], t.Custom["cf_city"] = "Germany", "Bavaria", "Munich"
		t.Tags = []string{"vip", "a, b"}
		t.CC = []string{fmt.Sprintf("cc%d@mail.example", i)}
		t.Group = pick(r, f.groups)
	}
	if i%4 != 0 {
		t.Responder = pick(r, f.agents)
	}
	if c := s.contacts.by[t.Requester]; c != nil {
		t.Company = c.Company
	}
	t.Due, t.FirstDue = stamp(t.Created.Add(72*time.Hour)), stamp(t.Created.Add(24*time.Hour))
	if i%7 == 2 {
		t.Files = []*file{f.file()}
	}
	at := t.Created
	for k := range r.IntN(6) + i%2 {
		at = at.Add(time.Duration(1+r.IntN(200000)) * time.Second)
		if at.After(f.now) {
			at = f.now
		}
		c := &conversation{ID: s.id(), Ticket: t.ID, Body: fmt.Sprintf("%s<p>%d.%d</p>", pick(r, oddTexts), i, k), Source: 0, Created: at, Updated: at}
		switch r.IntN(4) {
		case 0:
			c.Incoming, c.User, c.From = true, t.Requester, "customer@mail.example"
		case 1:
			c.Private, c.Source, c.User = true, 2, pick(r, f.agents)
		default:
			c.User, c.To = pick(r, f.agents), []string{"customer@mail.example"}
		}
		if r.IntN(12) == 0 {
			c.Files = append(c.Files, f.file(), f.file())
		}
		if r.IntN(25) == 0 {
			x := f.s.addFile("inline.png", "image/png", []byte("\x89PNG inline"))
			c.Body += `<img src="{{own address}}/inline/attachment?token=` + x.Token + `">`
		}
		t.Talk = append(t.Talk, c)
		s.talk[c.ID] = c
	}
	t.Updated = at
	if i%50 == 20 { // a change of many at once
		t.Updated = f.now.Add(-90 * 24 * time.Hour)
	}
	if t.Status >= 4 && t.Status <= 5 {
		t.Resolved = at
		if t.Status == 5 {
			t.Closed = at
		}
	}
	t.Deleted, t.Spam = i%97 == 40, i%89 == 50
	t.Archived = t.Status == 5 && i%3 == 1 && !t.Deleted && !t.Spam
	if i%41 == 11 {
		s.lastOf += 2 // numbers of tickets that were deleted for good
	}
	s.tickets.add(t.ID, t)
	if i%11 == 3 {
		s.put("time_entries", t.ID, map[string]any{"ticket_id": t.ID, "agent_id": pick(r, f.agents), "billable": true, "note": "worked", "time_spent": "01:30", "timer_running": false, "executed_at": stamp(at), "start_time": stamp(at)})
	}
	if i%13 == 4 {
		s.put("satisfaction_ratings", t.ID, map[string]any{"survey_id": 1, "user_id": t.Requester, "agent_id": ids(t.Responder), "group_id": ids(t.Group), "ticket_id": t.ID, "feedback": pick(r, oddTexts), "ratings": map[string]any{"default_question": 103}})
	}
}

// rest is knowledge, canned responses and rules.
func (f *filler) rest() {
	s := f.s
	place := func(table string, in int64, m map[string]any) int64 {
		s.placed(table, in, m)
		return s.put(table, in, m).ID
	}
	for i := range 2 {
		cat := place("categories", 0, map[string]any{"name": fmt.Sprintf("Help %d", i), "description": nil, "visible_in_portals": []int64{1}})
		for j := range 2 {
			fold := place("folders", cat, map[string]any{"name": fmt.Sprintf("Folder %d.%d", i, j), "description": nil, "visibility": 1, "articles_count": 2, "sub_folders_count": 0})
			for k := range 2 {
				a := map[string]any{"title": fmt.Sprintf("Article %d.%d.%d", i, j, k), "description": pick(f.r, oddTexts), "description_text": "text", "status": 1 + k, "type": 1, "tags": []string{"how to"}, "seo_data": map[string]any{"meta_title": "t"}}
				id := place("articles", fold, a)
				if k == 1 {
					a["languages"] = map[string]any{"de": map[string]any{"id": id, "title": "Artikel", "description": "<p>Grüße</p>", "status": 2, "language": "de", "created_at": stamp(f.now), "updated_at": stamp(f.now)}}
				}
			}
		}
	}
	folder := s.put("canned_response_folders", 0, map[string]any{"name": "General", "personal": false, "responses_count": 2})
	for i := range 2 {
		s.put("canned_responses", folder.ID, map[string]any{"title": fmt.Sprintf("Answer %d", i), "content": "Hello", "content_html": "<p>Hello {{ticket.requester.name}}</p>", "folder_id": folder.ID, "visibility": 0, "group_ids": nil, "attachments": []any{}})
	}
	s.put("rules", 1, map[string]any{
		"name": "Billing to its group", "position": 1, "active": true, "outdated": false,
		"conditions": []any{map[string]any{"name": "condition_set_1", "match_type": "all", "properties": []any{
			map[string]any{"resource_type": "ticket", "field_name": "subject", "operator": "contains", "value": []any{"invoice"}},
			map[string]any{"resource_type": "ticket", "field_name": "status", "operator": "in", "value": []any{2, 3}},
		}}},
		"actions": []any{map[string]any{"field_name": "group_id", "value": f.groups[0]}, map[string]any{"field_name": "priority", "value": 3}},
	})
	s.put("rules", 4, map[string]any{
		"name": "Reopen on answers", "position": 1, "active": true, "performer": map[string]any{"type": 2},
		"events":     []any{map[string]any{"field_name": "reply_sent"}},
		"conditions": []any{map[string]any{"name": "condition_set_1", "match_type": "any", "properties": []any{map[string]any{"resource_type": "ticket", "field_name": "status", "operator": "in", "value": []any{4, 5}}}}},
		"actions":    []any{map[string]any{"field_name": "status", "value": 2}, map[string]any{"field_name": "trigger_webhook", "url": "https://hooks.example/x", "request_type": "POST"}},
	})
	hour := func(respond, resolve int) map[string]any {
		return map[string]any{"respond_within": respond, "resolve_within": resolve, "business_hours": true, "escalation_enabled": true}
	}
	s.put("sla_policies", 0, map[string]any{
		"name": "Default", "description": "for everybody", "active": true, "is_default": true, "position": 1, "applicable_to": map[string]any{"group_ids": f.groups[:1]},
		"sla_target": map[string]any{"priority_1": hour(86400, 259200), "priority_2": hour(28800, 172800), "priority_3": hour(14400, 86400), "priority_4": hour(3600, 14400)},
		"escalation": map[string]any{"response": map[string]any{"escalation_time": 0, "agent_ids": f.agents[:1]}, "resolution": map[string]any{}},
	})
	s.put("business_hours", 0, map[string]any{
		"name": "Office", "description": "", "is_default": true, "time_zone": "Berlin",
		"business_hours": map[string]any{"monday": map[string]any{"start_time": "9:00 am", "end_time": "5:00 pm"}, "friday": map[string]any{"start_time": "9:00 am", "end_time": "3:00 pm"}},
	})
	s.put("ticket-forms", 0, map[string]any{"title": "Returns", "default": false, "fields": []any{map[string]any{"label": "Order number"}, map[string]any{"label": "Subject"}}})
	s.put("scenario_automations", 0, map[string]any{"name": "Close as spam", "description": "", "actions": []any{map[string]any{"name": "status", "value": 5}}, "private": false})
}
