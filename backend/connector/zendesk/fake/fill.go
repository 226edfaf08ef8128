package fake

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Fill adds n tickets with people, organizations, comments, files and everything around
// them: a messy account of twelve years. The same seed gives the same account.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &filling{Server: s, r: rand.New(rand.NewPCG(seed, 4711)), from: s.now().AddDate(-12, 0, 0)}
	f.settings()
	f.people(n)
	for i := range n {
		f.ticket(i, n)
	}
	f.aside()
	f.guide()
	f.rules()
}

type filling struct {
	*Server
	r    *rand.Rand
	from time.Time

	groups, agents, users, orgs, forms, brands []int64
	region, order, checked, due, several       int64
}

var oddNames = []string{
	"Jürgen Groß", "Zoë O'Hara-Ng", "李小龍", "محمد علي", "Ægir \"Æ\" Ørsted", "  Ann  Lee ", "ŁUKASZ żółw", "Maria;DROP", "emoji \U0001F600 fan", "שרה כהן", "Renée", "Rene\u0301e", "x", "Müller, Anna (extern)",
}

var oddTexts = []string{
	"Hello, the March invoice shows the wrong VAT.", "<p>Please <b>help</b> &amp; hurry \U0001F64F</p>", "שלום, הקובץ לא נפתח", "مرحبا، الرجاء المساعدة", "東京オフィスのプリンターが動きません。",
	"<div dir=\"ltr\">Thanks!<br><br>-- <br>Sent from my phone</div>", "if a < b && c > d then {{ticket.id}} %s \\n", "Zero\u200bwidth and nbsp\u00a0here", "<blockquote>earlier text</blockquote><p>see above</p>",
	"Old number 1234 and https://desk.zendesk.com/agent/tickets/1010", "<table><tr><td>1</td><td>2</td></tr></table>", "…", "<p>Grüße aus Köln</p><img src=\"cid:logo@1\">",
}

var oddFiles = []string{
	"crash.log", "Rechnung März 2019.pdf", "スクリーンショット.png", "..\\..\\evil.exe", "a b & c?#%.txt", "no extension", "data.json", "page.html", "\u202etxt.exe", "ÄÖÜ äöü ß.docx",
}

func pick[T any](f *filling, list []T) T { return list[f.r.IntN(len(list))] }

func text(s string) *string { return &s }

func (f *filling) settings() {
	for _, g := range []string{"Billing", "Technik", "Sales EMEA", "VIP ☎", "Returns"} {
		f.groups = append(f.groups, f.add("groups", map[string]any{"name": g, "description": "", "default": false, "is_public": true, "deleted": g == "Returns"}))
	}
	f.brands = append(f.brands, f.docsOf("brands").order[0].id, f.add("brands", map[string]any{"name": "Second brand", "subdomain": "second", "active": true}))
	field := func(kind, title string, options ...string) int64 {
		var list []any
		for _, o := range options {
			list = append(list, map[string]any{"id": f.id(), "name": "Title of " + o, "value": o})
		}
		v := map[string]any{"type": kind, "title": title, "active": title != "Old checkbox", "removable": true, "required": false}
		if list != nil {
			v["custom_field_options"] = list
		}
		return f.add("ticket_fields", v)
	}
	f.region = field("tagger", "Region", "region_emea", "region_apac", "region_us")
	f.order = field("text", "Order № ~ # % & ;")
	f.checked = field("checkbox", "Old checkbox")
	f.due = field("date", "Delivery day")
	f.several = field("multiselect", "Products", "prod_printer", "prod_router, old", "prod_ünï")
	f.forms = append(f.forms, f.docsOf("ticket_forms").order[0].id, f.add("ticket_forms", map[string]any{"name": "Complaint", "active": true, "position": 2, "ticket_field_ids": []int64{f.region, f.order}}))
	f.add("user_fields", map[string]any{"key": "plan", "type": "dropdown", "title": "Plan", "active": true, "system": false, "custom_field_options": []any{map[string]any{"id": f.id(), "name": "Gold", "value": "gold"}}})
	f.add("organization_fields", map[string]any{"key": "contract", "type": "text", "title": "Contract", "active": true, "system": false})
}

func (f *filling) people(n int) {
	for i := range 12 {
		u := f.addUser(&User{Name: fmt.Sprintf("%s %d", pick(f, oddNames), i), Email: text(fmt.Sprintf("agent%d@desk.example", i)), Role: "agent", Verified: true})
		f.agents = append(f.agents, u.ID)
		if i >= 10 { // they left: deleted staff is listed as deleted customers
			u.Role, u.Active = "end-user", false
		}
	}
	for i := range n/20 + 5 {
		o := &Org{
			ID: f.id(), Name: fmt.Sprintf("Firma %d Ünlü & Söhne", i), DomainNames: []string{fmt.Sprintf("firma%d.example", i)}, Tags: []string{},
			Fields: map[string]any{"contract": fmt.Sprint("C-", i)}, CreatedAt: f.moment(f.from), UpdatedAt: f.moment(f.from.AddDate(1, 0, i%300)),
		}
		o.URL = fmt.Sprintf("https://desk.zendesk.com/api/v2/organizations/%d.json", o.ID)
		o.at = unix(o.UpdatedAt)
		f.Server.orgs.put(o)
		f.orgs = append(f.orgs, o.ID)
	}
	for i := range n/3 + 10 {
		u := f.addUser(&User{Name: pick(f, oddNames), Role: "end-user", Verified: f.r.IntN(2) == 0, CreatedAt: f.moment(f.from.AddDate(0, 0, i%3000))})
		if i%9 != 0 {
			u.Email = text(fmt.Sprintf("customer%d@firma%d.example", i, i%len(f.orgs)))
		}
		if i%3 != 0 {
			u.OrganizationID = &f.orgs[i%len(f.orgs)]
		}
		if i%7 == 0 {
			u.Phone = text("+49 30 0012" + fmt.Sprint(i))
		}
		u.Suspended, u.Active = i%50 == 7, i%60 != 11
		u.UserFields = map[string]any{"plan": nil}
		if i%2 == 0 {
			u.UserFields["plan"] = "gold"
		}
		u.UpdatedAt = f.moment(f.from.AddDate(10, 0, i%600))
		u.at = unix(u.UpdatedAt)
		f.users = append(f.users, u.ID)
	}
}

func (f *filling) moment(t time.Time) string {
	return t.Add(time.Duration(f.r.IntN(86400)) * time.Second).UTC().Format(time.RFC3339)
}

// ticket makes the i-th of n tickets; later ones are younger.
func (f *filling) ticket(i, n int) {
	created := f.from.Add(time.Duration(float64(i) / float64(n) * float64(12*364*24) * float64(time.Hour)))
	status := "closed"
	switch left := n - i; {
	case left < n/20+3:
		status = pick(f, []string{"new", "open", "pending", "hold", "solved"})
	case left < n/10:
		status = pick(f, []string{"open", "solved", "closed"})
	}
	t := &Ticket{
		ID: f.id(), Subject: pick(f, oddTexts), Status: status, RequesterID: pick(f, f.users), Tags: []string{"web", pick(f, []string{"vat", "ünï", "a-b_c"})},
		CollaboratorIDs: []int64{}, FollowerIDs: []int64{}, EmailCCIDs: []int64{}, IsPublic: true, SatisfactionRating: map[string]any{"score": "unoffered"},
		Via: Via{Channel: pick(f, []string{"email", "web", "chat", "voice", "api"}), Source: map[string]any{"from": map[string]any{}, "to": map[string]any{}, "rel": nil}},
	}
	t.RawSubject, t.SubmitterID = t.Subject, t.RequesterID
	t.URL = fmt.Sprintf("https://desk.zendesk.com/api/v2/tickets/%d.json", t.ID)
	if i%5 != 0 {
		t.AssigneeID, t.GroupID = &f.agents[i%len(f.agents)], &f.groups[i%len(f.groups)]
	}
	if i%4 == 0 {
		t.OrganizationID = &f.orgs[i%len(f.orgs)]
	}
	if i%10 == 0 {
		t.EmailCCIDs = []int64{pick(f, f.users), pick(f, f.users)}
		t.FollowerIDs = []int64{pick(f, f.agents)}
	}
	if i%3 == 0 {
		t.Priority, t.Type = text(pick(f, []string{"low", "normal", "high", "urgent"})), text("question")
	}
	t.BrandID, t.TicketFormID = &f.brands[i%2], &f.forms[i%2]
	t.CustomFields = []CustomField{
		{f.region, pick(f, []any{"region_emea", "region_apac", nil})},
		{f.order, pick(f, []any{"=1+1", "0049", "12345678901234567890", nil})},
		{f.checked, i%2 == 0},
		{f.due, pick(f, []any{"2019-03-31", nil})},
		{f.several, pick(f, []any{[]string{"prod_printer", "prod_ünï"}, []string{}})},
	}
	at := created
	for j := range 1 + f.r.IntN(9) {
		f.comment(t, j, at)
		at = at.Add(time.Duration(1+f.r.IntN(4000)) * time.Minute)
	}
	t.CreatedAt, t.UpdatedAt = created.Format(time.RFC3339), at.Format(time.RFC3339)
	t.GeneratedTimestamp = min(at.Unix(), f.now().Unix()-100)
	t.Description = t.comments[0].PlainBody
	t.archived = status == "closed" && n-i > n/8
	switch {
	case i%97 == 41: // merged into the ticket before it
		t.Status, t.Tags = "closed", append(t.Tags, "closed_by_merge")
		t.comments[len(t.comments)-1].HTMLBody = fmt.Sprintf("<p>This request was closed and merged into request #%d.</p>", t.ID-1)
	case i%83 == 17:
		t.Status = "deleted"
		f.deleted(t, status, t.UpdatedAt)
	case i%20 == 3:
		t.SatisfactionRating = map[string]any{"score": "good", "comment": "Great ☺"}
		f.add("satisfaction_ratings", map[string]any{"ticket_id": t.ID, "requester_id": t.RequesterID, "assignee_id": t.AssigneeID, "group_id": t.GroupID, "score": "good", "comment": "Great ☺", "created_at": t.UpdatedAt, "updated_at": t.UpdatedAt})
	case i%200 == 9:
		f.add("side_conversations", map[string]any{"ticket_id": t.ID, "subject": "With the supplier", "preview_text": "Can you …", "state": "open", "participants": []map[string]any{{"name": "Supplier", "email": "s@supplier.example"}}})
	}
	f.Server.tickets.put(t)
}

func (f *filling) comment(t *Ticket, j int, at time.Time) {
	c := &Comment{
		ID: f.id(), Type: "Comment", AuthorID: t.RequesterID, Public: true, HTMLBody: pick(f, oddTexts), Attachments: []*Attachment{}, AuditID: f.id(), Via: t.Via,
		CreatedAt: at.Format(time.RFC3339),
	}
	if j > 0 && f.r.IntN(2) == 0 {
		c.AuthorID = pick(f, f.agents)
		c.Public = f.r.IntN(4) != 0
	}
	c.PlainBody = plain(c.HTMLBody)
	c.Body = c.PlainBody
	if f.r.IntN(7) == 0 {
		for k := range 1 + f.r.IntN(2) {
			name := pick(f, oddFiles)
			a := f.keep(name, pick(f, []string{"text/plain", "application/pdf", "image/png", "application/json", "text/html"}), fmt.Appendf(nil, `{"file":%d,"of":%d}`, k, c.ID))
			a.Inline = k == 1
			c.Attachments = append(c.Attachments, a)
		}
	}
	t.comments = append(t.comments, c)
}

func (f *filling) aside() {
	for i := range 3 {
		f.add("suspended_tickets", map[string]any{"subject": fmt.Sprint("Win a prize ", i), "content": "spam?", "cause": "Detected as spam", "author": map[string]any{"id": nil, "name": "Spammer", "email": "spam@spam.example"}})
	}
}

func (f *filling) guide() {
	c := f.add("hc_categories", map[string]any{"name": "General", "description": "", "locale": "en-us", "position": 0})
	for i := range 2 {
		section := f.add("hc_sections", map[string]any{"name": fmt.Sprint("FAQ ", i), "description": "", "locale": "en-us", "position": i, "category_id": c, "parent_section_id": nil})
		for j := range 5 {
			a := f.add("hc_articles", map[string]any{"title": fmt.Sprintf("How to %d.%d", i, j), "body": pick(f, oddTexts), "locale": "en-us", "draft": j == 4, "promoted": false, "position": j, "comments_disabled": true, "label_names": []any{"faq"}, "section_id": section, "author_id": f.agents[0]})
			for _, l := range []string{"en-us", "de"} {
				f.add("hc_translations", map[string]any{"source_id": a, "source_type": "Article", "locale": l, "title": "How to (" + l + ")", "body": pick(f, oddTexts), "draft": false})
			}
			file := f.keep("manual.pdf", "application/pdf", []byte("manual"))
			f.add("hc_article_attachments", map[string]any{"article_id": a, "file_name": file.FileName, "content_type": file.ContentType, "size": file.Size, "inline": false, "content_url": file.ContentURL})
		}
	}
}

func (f *filling) rules() {
	f.add("macros", map[string]any{"title": "Close politely", "active": true, "description": nil, "restriction": nil, "usage_30d": 17, "actions": []map[string]any{
		{"field": "status", "value": "solved"},
		{"field": "comment_value_html", "value": "<p>Dear {{ticket.requester.first_name}}, we are done.</p>"},
	}})
	f.add("webhooks", map[string]any{"name": "Warehouse", "status": "active", "endpoint": "https://warehouse.example/in", "http_method": "POST", "request_format": "json", "subscriptions": []string{"conditional_ticket_events"}})
	hook := f.docsOf("webhooks").order[0].id
	f.add("triggers", map[string]any{"title": "Tell the requester", "active": true, "position": 1, "conditions": map[string]any{
		"all": []map[string]any{{"field": "update_type", "operator": "is", "value": "Create"}, {"field": "status", "operator": "is_not", "value": "solved"}},
		"any": []map[string]any{{"field": "group_id", "operator": "is", "value": itoa(f.groups[0])}, {"field": "custom_fields_" + itoa(f.region), "operator": "is", "value": "region_emea"}},
	}, "actions": []map[string]any{
		{"field": "notification_user", "value": []string{"requester_id", "Request received", "Hello"}},
		{"field": "priority", "value": "high"},
		{"field": "notification_webhook", "value": []string{itoa(hook), "{}"}},
	}})
	f.add("automations", map[string]any{"title": "Close after four days", "active": true, "position": 1, "conditions": map[string]any{
		"all": []map[string]any{{"field": "status", "operator": "is", "value": "solved"}, {"field": "SOLVED", "operator": "greater_than", "value": "96"}}, "any": []any{},
	}, "actions": []map[string]any{{"field": "status", "value": "closed"}}})
	f.add("sla_policies", map[string]any{"title": "Gold", "description": "for VIPs", "position": 1, "filter": map[string]any{"all": []map[string]any{{"field": "priority", "operator": "is", "value": "urgent"}}, "any": []any{}}, "policy_metrics": []map[string]any{{"priority": "urgent", "metric": "first_reply_time", "target": 150, "business_hours": true}}})
	f.add("views", map[string]any{"title": "Open and mine", "active": true, "position": 1, "conditions": map[string]any{"all": []map[string]any{{"field": "status", "operator": "less_than", "value": "solved"}}, "any": []any{}}, "execution": map[string]any{"columns": []map[string]any{{"id": "status", "title": "Status"}, {"id": "subject", "title": "Subject"}}}})
	f.add("installations", map[string]any{"app_id": 7, "enabled": true, "settings": map[string]any{"name": "Time tracking", "api_key": "hidden-from-everybody"}})
	f.add("schedules", map[string]any{"name": "Office", "time_zone": "Berlin", "intervals": []map[string]any{{"start_time": 1980, "end_time": 2460}}})
}
