package fake

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

var (
	firstNames = []string{"Mara", "Jürgen", "Łucja", "Ελένη", "Сергей", "美咲", "Noor", "O'Neil", "José", "שרה"}
	lastNames  = []string{"Lind", "Öztürk", "van den Berg", "D’Angelo", "Nguyễn", "Åkesson", "Smith-Jones", "李"}
	subjects   = []string{
		"Invoice shows the wrong VAT", "Rücksendung", "Re: Re: Fwd: password", "Где мой заказ?", "注文について", "=1+1", "", "מתי זה מגיע?",
		"A very long subject " + strings.Repeat("that goes on ", 12), "🙂 thanks",
	}
	bodies = []string{
		"<p>Hello,</p><p>the invoice shows <b>the wrong VAT</b>. &amp; more</p>", "<div>Grüße &ndash; naïve café</div>", "plain text without any mark-up",
		"<p>שלום עולם \u202eoverride\u202c</p>", "<p>emoji \U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F1E9\U0001F1EA</p>", "<p>東京の注文</p><br><br>",
		`<p>See <img src="cid:logo@1"> and <a href="https://acme.test/help?a=1&amp;b=2">this page</a></p>`, "",
		"<blockquote>old text</blockquote><p>" + strings.Repeat("long text ", 200) + "</p>",
	}
	fileNames = []string{"invoice.pdf", "../../etc/passwd", "päth name.txt", "data.json", "日本.png", "a\"b.csv", "no extension"}
	tagNames  = []string{"vip", "billing", "zd-import", "Größe", "bug, urgent", "öffentlich"}
)

// Fill makes n conversations with all that belongs to them, the same for the same seed:
// people with and without e-mail, accounts, private notes, files with odd names, texts in
// many scripts, merged conversations, such in the trash, drafts that were never sent.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, 7)) // #nosec G404 -- a repeatable data set, not a secret
	s.fillSetup()
	people := max(3, n/3)
	for i := range max(1, n/20) {
		x := &account{
			id: s.id("acc"), name: fmt.Sprintf("Kite %d GmbH", i), domains: []string{fmt.Sprintf("kite%d.test", i)}, custom: map[string]any{"Region": "EU"},
			created: s.now(), updated: s.now(),
		}
		s.accounts = append(s.accounts, x)
		s.byID[x.id], s.domains[x.domains[0]] = x, x
	}
	for i := range people {
		name := firstNames[r.IntN(len(firstNames))] + " " + lastNames[r.IntN(len(lastNames))]
		handles := []handle{{fmt.Sprintf("person%d@kite%d.test", i, i%max(1, n/20)), "email"}}
		switch i % 11 {
		case 3:
			handles = append(handles, handle{fmt.Sprintf("second%d@home.test", i), "email"}, handle{fmt.Sprintf("+4930%06d", i), "phone"})
		case 7:
			handles = []handle{{fmt.Sprintf("+1555%06d", i), "phone"}}
		case 9:
			handles = []handle{{fmt.Sprintf("visitor-%d", i), "custom"}}
		}
		x := s.addContact(name, "", handles)
		if i%5 == 0 {
			x.lists = append(x.lists, s.listNamed("Newsletter"))
		}
		if a := s.accounts[i%len(s.accounts)]; i%2 == 0 {
			a.members = append(a.members, x)
		}
	}
	start := time.Date(2013, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		s.fillConv(r, i, start.Add(time.Duration(i)*time.Duration(12*365*24)*time.Hour/time.Duration(max(n, 1))))
	}
	s.fired, s.sent, s.hooked = 0, 0, 0
}

func (s *Server) fillSetup() {
	t := s.addTeam("Billing team")
	s.addInbox("Billing", t)
	s.addTeammate("mo@acme.test", "Mo", "Berg", false)
	gone := s.addTeammate("gone@acme.test", "Gone", "Long-ago", false)
	gone.blocked = true
	s.fields["accounts"] = append(s.fields["accounts"], &customField{id: s.id("fld"), name: "Region", kind: "enum", values: []string{"EU", "US"}})
	s.fields["conversations"] = append(s.fields["conversations"], &customField{id: s.id("fld"), name: "Priority", kind: "enum", values: []string{"low", "normal", "high"}})
	s.fields["conversations"] = append(s.fields["conversations"], &customField{id: s.id("fld"), name: "Due", kind: "datetime"})
	for i, name := range tagNames {
		tag := s.addTag(name, "", highlights[i], true)
		if i == 5 {
			tag.parent = s.tags[0]
		}
	}
	b := s.addBase("Help")
	for i := range 3 {
		k := &category{id: s.id("kbc"), base: b, texts: map[string]*catText{"en": {fmt.Sprintf("Topic %d", i), "About it"}}, created: s.now(), updated: s.now()}
		b.categories = append(b.categories, k)
		s.byID[k.id] = k
		if i == 2 {
			k.parent = b.categories[0]
		}
		a := &article{id: s.id("kba"), base: b, category: k, author: s.teammates[0], created: s.now(), updated: s.now(), texts: map[string]*artText{
			"en": {fmt.Sprintf("How to do %d", i), "<p>Like this</p>", "published"},
		}}
		if i == 1 {
			a.texts["fr"] = &artText{"Comment faire", "<p>Comme ça</p>", "draft"}
		}
		b.articles = append(b.articles, a)
		s.byID[a.id] = a
	}
	tpl := &template{id: s.id("rsp"), name: "Thanks", subject: "Thank you", body: "<p>Hello {{recipient.first_name}}, thank you.</p>"}
	s.templates = append(s.templates, tpl)
	s.byID[tpl.id] = tpl
	s.rules = append(s.rules, &rule{id: s.id("rul"), name: "Sort billing", actions: []string{"Move to Billing", "Tag with billing"}, on: "inbound"})
	id := s.id("lns")
	s.views = append(s.views, obj{
		"_links": obj{"self": s.o.Base + "/views/" + id, "related": obj{"owner": s.o.Base + "/teams/" + t.id}}, "id": id, "name": "Urgent", "highlight": "red",
		"inbox_ids": []string{s.inboxes[0].id}, "tag_ids": []string{s.tags[0].id}, "not_tag_ids": []string{}, "no_tags": false,
		"assignee_ids": []string{}, "not_assignee_ids": []string{},
	})
	id = s.id("shf")
	day := obj{"start": "09:00", "end": "17:00"}
	s.shifts = append(s.shifts, obj{
		"_links": obj{"self": s.o.Base + "/shifts/" + id, "related": obj{"teammates": s.o.Base + "/shifts/" + id + "/teammates", "owner": s.o.Base + "/teams/" + t.id}},
		"id":     id, "name": "Office", "color": "green", "timezone": "Europe/Berlin", "times": obj{"mon": day, "tue": day}, "created_at": s.now(), "updated_at": s.now(),
	})
}

func (s *Server) fillConv(r *rand.Rand, i int, at time.Time) {
	c := s.contacts[r.IntN(len(s.contacts))]
	x := &conv{
		id: s.id("cnv"), kind: "conversation", subject: subjects[r.IntN(len(subjects))], custom: map[string]any{}, inbox: s.inboxes[i%len(s.inboxes)],
		status: "archived",
	}
	if i%9 == 0 {
		x.custom["Priority"], x.custom["Due"] = "high", seconds(at.AddDate(0, 1, 0))
	}
	if i%4 == 0 {
		x.tags = append(x.tags, s.tags[r.IntN(6)])
	}
	if i%3 == 0 {
		x.assignee = s.teammates[i%len(s.teammates)]
	}
	if i%7 == 0 {
		x.status = open(x)
	}
	if i%13 == 0 {
		x.links = append(x.links, s.linkTo(fmt.Sprintf("https://tracker.test/issue/%d", i%50), ""))
	}
	if len(s.statuses) > 0 {
		x.statusID = s.statuses[0]["id"].(string) //nolint:forcetypeassert // New made it
	}
	s.convs = append(s.convs, x)
	s.byID[x.id] = x
	for k := range 2 + r.IntN(5) {
		at = at.Add(time.Duration(1+r.IntN(72000)) * time.Second)
		m := &message{id: s.id("msg"), uid: s.id("uid"), kind: "email", subject: x.subject, body: bodies[r.IntN(len(bodies))], inbound: k%2 == 0, created: seconds(at), conv: x}
		customer := s.recipientOf(c.handles[0].Handle, c.name, "from")
		team := s.recipientOf("support@acme.test", "", "to")
		if !m.inbound {
			m.author = s.teammates[r.IntN(len(s.teammates))]
			customer.role, team.role = "to", "from"
		}
		m.recipients = []*recipient{customer, team}
		if k == 2 {
			m.recipients = append(m.recipients, s.recipientOf("cc@elsewhere.test", "", "cc"))
		}
		if r.IntN(5) == 0 {
			m.files = s.keepFiles([]*file{{name: fileNames[r.IntN(len(fileNames))], kind: "application/octet-stream", content: fmt.Appendf(nil, "content %d of %d \x00\xff", k, i), inline: k == 0, cid: "logo@1"}})
		}
		s.addMessage(x, m)
	}
	if i%6 == 0 {
		s.addComment(x, s.teammates[i%len(s.teammates)], "Private: "+blurb(bodies[i%len(bodies)])+" @lee", seconds(at), nil)
	}
	if i%40 == 39 {
		s.addMessage(x, &message{id: s.id("msg"), uid: s.id("uid"), kind: "email", body: "<p>unfinished</p>", draft: true, created: seconds(at), conv: x, author: s.teammates[0]})
	}
	if i%50 == 49 {
		x.status = "deleted"
	}
}
