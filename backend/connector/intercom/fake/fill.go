package fake

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// odd texts are what customers really write.
var odd = []string{
	"<p>Hello, the March invoice shows the wrong VAT. Can you correct it?</p>",
	"<p>Grüße aus Köln – Ελλάδα, Привет, 東京</p>",
	"<p>Family \U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 and flag \U0001F1E9\U0001F1EA \U0001F44D\U0001F3FD</p>",
	"<p>שלום עולם، مرحبا \u202eoverride\u202c</p>",
	"<p>a &lt; b &amp;&amp; c &gt; d; <b>bold</b> <i>it</i><br>second line</p><ul><li>one</li><li>two</li></ul>",
	"<p>=1+1 and {{template}} and ${var} %s %00</p>",
	"<p>Order #A-1001, 10 € ~ # % &amp; ;</p>",
	"<p>" + "long ",
}

var oddNames = []string{"scan 1.pdf", "../päth.txt", "Rechnung März.pdf", "=cmd|' /C calc'!A0.csv", "empty.bin", "\u202egpj.exe", "screenshot.png", "資料.json"}

// Fill adds n conversations and what belongs to them, n/10 tickets among others, the same
// for the same seed: people with and without e-mail, merged and archived ones, teammates who
// left, notes, files with odd names, replies that opened a conversation again, ratings, tags.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, 8)) //nolint:gosec // a test's data, the same each time
	f := &filler{Server: s, r: r, at: time.Date(2014, 3, 1, 8, 0, 0, 0, time.UTC).Unix()}
	f.step = max((time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC).Unix()-f.at)/int64(n+1), 60)
	f.people(n)
	for i := range n {
		f.conversation(i)
	}
	for i := range n / 10 {
		f.ticket(i)
	}
	f.help(min(n/5+2, 60))
	s.changed()
}

type filler struct {
	*Server
	r        *rand.Rand
	at, step int64
	staff    []*admin
	users    []*contact
}

func (f *filler) pick(list []string) string { return list[f.r.IntN(len(list))] }

func (f *filler) people(n int) {
	for i := range min(3+n/500, 20) {
		f.staff = append(f.staff, f.addAdmin(fmt.Sprintf("Teammate %d", i+1), fmt.Sprintf("mate%d@acme.test", i+1)))
	}
	f.staff[0].gone = true // left years ago
	for i, name := range []string{"Support", "Sales", "Zweite Linie"} {
		t := &team{id: fmt.Sprint(5017000 + f.next()), name: name, admins: []int64{integer(f.staff[1+i%2].id)}}
		f.teams = append(f.teams, t)
		f.staff[1+i%2].teams = append(f.staff[1+i%2].teams, integer(t.id))
	}
	for _, name := range []string{"billing", "Bug", "urgent, now", "ünï"} {
		f.tagNamed(name)
	}
	for i, name := range []string{"Active", "Paying"} {
		f.segments = append(f.segments, obj{"type": "segment", "id": fmt.Sprintf("6762f25c1bb69f9f2193b%03d", i), "name": name, "created_at": f.at, "updated_at": f.at, "person_type": "user"})
	}
	f.attrs = append(f.attrs,
		&attribute{id: f.next(), model: "contact", name: "Plan type", typ: "string", options: []option{{"1", "Free"}, {"2", "Pro, yearly"}}},
		&attribute{id: f.next(), model: "contact", name: "Seats", typ: "integer"},
		&attribute{id: f.next(), model: "company", name: "Contract until", typ: "date"})
	f.convAttrs = append(f.convAttrs,
		&attribute{id: f.next(), name: "Reason", typ: "list", options: []option{{"r1", "Invoice"}, {"r2", "Crash, always"}}},
		&attribute{id: f.next(), name: "Order number", typ: "string"})
	var firms []*company
	for i := range n/20 + 2 {
		c := &company{
			id: f.hexID(), companyID: fmt.Sprintf("org-%d", i), name: fmt.Sprintf("Fírma %d & Söhne", i), plan: "Pro", website: fmt.Sprintf("firma%d.test", i),
			size: int64(i), created: f.at, updated: f.at + int64(i), remote: f.at, custom: obj{}, users: map[string]bool{},
		}
		f.companies.put(c.id, c)
		f.firms[c.companyID] = c.id
		firms = append(firms, c)
	}
	for i := range n/3 + 3 {
		c := &contact{
			id: f.hexID(), role: "user", external: fmt.Sprintf("zd-u-%d", i), name: fmt.Sprintf("Mára %d Lind", i), email: fmt.Sprintf("person%d@firma%d.test", i, i%(n/20+2)),
			created: f.at + int64(i), updated: f.at + int64(i)*7, custom: obj{},
		}
		switch i % 11 {
		case 3: // a lead that nobody knows
			c.role, c.external, c.email, c.name = "lead", "", "", ""
		case 5:
			c.custom["Plan type"], c.custom["Seats"] = "Pro, yearly", 12
		case 7:
			c.archived = true
		case 9:
			c.unsubscribed, c.phone = true, "+49 30 123456"
		}
		if i%4 != 1 {
			o := firms[i%len(firms)]
			c.companies = append(c.companies, o.id)
			o.users[c.id] = true
		}
		f.contacts.put(c.id, c)
		f.index(c)
		f.users = append(f.users, c)
		if i%9 == 0 {
			f.note(c, f.me, "VIP, be kind")
		}
	}
	if len(f.users) > 4 { // one was merged into another
		f.unindex(f.users[2])
		f.users[2].merged = f.users[4].id
		f.users = append(f.users[:2], f.users[3:]...)
	}
}

func (f *filler) body() string {
	b := f.pick(odd)
	if strings.HasSuffix(b, "long ") {
		b += strings.Repeat("long ", 20+f.r.IntN(300)) + "</p>"
	}
	return b
}

func (f *filler) file() *file {
	name := f.pick(oddNames)
	content := fmt.Appendf(nil, "{\"file\":%d}\x00\xff", f.next())
	if name == "empty.bin" {
		content = nil
	}
	typ := "application/pdf"
	if strings.HasSuffix(name, ".png") {
		typ = "image/png"
	}
	return f.newFile(name, typ, content)
}

func (f *filler) conversation(i int) {
	c := f.users[f.r.IntN(len(f.users))]
	at := f.at + int64(i)*f.step
	t := f.newConversation(c.id, f.body(), at)
	t.updated = at
	if i%3 == 0 {
		t.sourceType, t.subject = "email", fmt.Sprintf("Invoice %d", i)
		t.recipients = []obj{{"type": "to", "email": "support@acme.test"}, {"type": "cc", "email": fmt.Sprintf("cc%d@kite.test", i%7)}}
	}
	if i%17 == 0 {
		t.delivered, t.source.authorType, t.source.author = "admin_initiated", "admin", f.staff[1].id
	}
	if i%8 == 0 {
		t.source.attachments = append(t.source.attachments, f.file())
	}
	t.title = fmt.Sprintf("Conversation %d", i)
	if i%5 == 0 {
		t.title = ""
	}
	t.admin = f.staff[f.r.IntN(len(f.staff)-1)+1].id
	if i%2 == 0 {
		t.team = f.teams[i%len(f.teams)].id
	}
	for range f.r.IntN(3) {
		if id := f.tags[f.r.IntN(len(f.tags))].id; len(t.tags) == 0 || t.tags[0] != id {
			t.tags = append(t.tags, id)
		}
	}
	if i%3 == 1 {
		t.custom["Reason"], t.custom["Order number"] = "Crash, always", fmt.Sprintf("00%d", i)
	}
	for k := range 1 + f.r.IntN(7) {
		at += 60 + f.r.Int64N(86400)
		p := &part{id: fmt.Sprint(f.next()), typ: "comment", body: f.body(), created: at, updated: at, authorType: c.role, author: c.id, state: "open"}
		switch {
		case k%3 == 0:
			p.authorType, p.author = "admin", f.staff[f.r.IntN(len(f.staff))].id
		case k%3 == 1 && i%2 == 0:
			p.authorType, p.author, p.typ = "admin", f.staff[1].id, f.pick([]string{"note", "note", "note_and_reopen"})
		case i%6 == 0:
			p.typ = "open"
		case i%13 == 0:
			p.authorType, p.author = "bot", "990000001"
		}
		if f.r.IntN(10) == 0 {
			p.attachments = append(p.attachments, f.file())
		}
		t.parts = append(t.parts, p)
		if f.r.IntN(4) == 0 { // an event without a text
			t.parts = append(t.parts, &part{
				id: fmt.Sprint(f.next()), typ: "assignment", created: at, updated: at, authorType: "admin", author: f.staff[1].id,
				assigned: obj{"type": "admin", "id": f.staff[1].id}, state: "open",
			})
		}
	}
	t.updated = at
	if i%4 != 0 {
		t.state = "closed"
		t.parts = append(t.parts, &part{id: fmt.Sprint(f.next()), typ: "close", created: at, updated: at, authorType: "admin", author: f.staff[1].id, state: "closed"})
	}
	if i%10 == 1 {
		t.rating = obj{
			"rating": 1 + i%5, "remark": "fine", "created_at": at, "updated_at": at, "contact": obj{"type": "contact", "id": c.id},
			"teammate": obj{"type": "admin", "id": f.staff[1].id},
		}
	}
	if i%40 == 2 {
		f.side[t.id] = append(f.side[t.id], obj{
			"side_conversation_id": fmt.Sprint(f.next()), "total_count": 1,
			"conversation_parts": []obj{f.partJSON(t, &part{
				id: fmt.Sprint(f.next()), typ: "comment", body: "<p>Could the bank look?</p>", created: at, updated: at, authorType: "admin", author: f.staff[1].id, state: "open",
			}, "")},
		})
	}
	f.seen(t)
}

func (f *filler) ticket(i int) {
	if len(f.types) == 1 {
		f.addTicketType("Bug", "Back-office")
		f.types[0].attrs = append(f.types[0].attrs, &attribute{id: f.next(), name: "Severity", typ: "list", options: []option{{"s1", "High"}, {"s2", "Low"}}})
	}
	n, at := f.next(), f.at+int64(i)*f.step*10
	t := &thread{
		kind: tickets, number: n, id: fmt.Sprint(n), state: "open", created: at, updated: at + 500, custom: obj{"_default_title_": fmt.Sprintf("Ticket %d", i)},
		typ: f.types[i%2], ticketState: fmt.Sprint(8001 + i%4), admin: f.staff[1].id, contacts: []string{f.users[f.r.IntN(len(f.users))].id},
	}
	if i%3 != 0 {
		t.custom["_default_description_"] = "It crashes.\nAlways."
	}
	if i%2 == 0 {
		t.custom["Severity"] = "High"
	}
	for k := range 1 + f.r.IntN(3) {
		p := &part{id: fmt.Sprint(f.next()), typ: "note", body: f.body(), created: at + int64(k), updated: at + int64(k), authorType: "admin", author: f.staff[1].id}
		if k == 1 {
			p.typ, p.attachments = "comment", []*file{f.file()}
		}
		t.parts = append(t.parts, p)
	}
	f.threads[tickets].put(t.id, t)
	f.valued(t)
}

func (f *filler) help(n int) {
	var last string
	for i := range n / 5 {
		c := &shelf{id: fmt.Sprint(f.next()), name: fmt.Sprintf("Collection %d", i), created: f.at, updated: f.at + int64(i)}
		if i%2 == 1 {
			c.parent = last
		}
		last = c.id
		f.shelves.put(c.id, c)
	}
	for i := range n {
		a := &article{
			id: fmt.Sprint(f.next()), title: fmt.Sprintf("How to %d", i), body: f.body(), author: f.staff[1].id, owner: f.staff[1].id,
			state: []string{"published", "draft"}[i%2], parent: last, created: f.at + int64(i), updated: f.at + int64(i),
		}
		if i%4 == 0 {
			a.translations = obj{"type": "article_translated_content", "fr": obj{
				"type": "article_content", "title": "Comment", "description": "", "body": "<p>Ça marche</p>", "author_id": integer(a.author), "state": "published",
				"created_at": a.created, "updated_at": a.updated,
			}}
		}
		f.articles.put(a.id, a)
	}
	for i := range 3 {
		a := &article{id: fmt.Sprint(f.next()), title: fmt.Sprintf("Internal %d", i), body: f.body(), author: f.staff[1].id, owner: f.staff[1].id, created: f.at, updated: f.at + int64(i)}
		f.internal.put(a.id, a)
	}
	f.macros = append(f.macros, obj{
		"type": "macro", "id": fmt.Sprint(f.next()), "name": "Greeting", "body": "<p>Hi <attribute key=\"user.name\" default=\"there\"/>!</p>",
		"body_text": "Hi {{user.name|fallback:\"there\"}}!", "created_at": "2025-07-17T11:18:08.000Z", "updated_at": "2025-07-17T15:30:24.000Z",
		"visible_to": "everyone", "visible_to_team_ids": []string{}, "available_on": []string{"inbox"},
	})
}
