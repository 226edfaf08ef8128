package files

import (
	"fmt"
	"path"
	"strings"

	"waybill/backend/model"
)

// nouns says which object a word of a table's name stands for, in the singular.
var nouns = map[string]model.Object{
	"ticket": model.Ticket, "case": model.Ticket, "incident": model.Ticket, "request": model.Ticket, "issue": model.Ticket,
	"enquiry": model.Ticket, "inquiry": model.Ticket, "conversation": model.Ticket, "query": model.Ticket, "complaint": model.Ticket, "animal": "",
	"message": model.Message, "comment": model.Message, "note": model.Message, "reply": model.Message, "post": model.Message,
	"journal": model.Message, "correspondence": model.Message, "email": model.Message,
	"contact": model.Contact, "customer": model.Contact, "client": model.Contact, "user": model.Contact, "person": model.Contact,
	"people": model.Contact, "requester": model.Contact, "lead": model.Contact,
	"agent": model.Agent, "staff": model.Agent, "operator": model.Agent, "employee": model.Agent, "technician": model.Agent,
	"organization": model.Organization, "organisation": model.Organization, "company": model.Organization, "account": model.Organization, "firm": model.Organization,
	"group": model.Group, "team": model.Group, "department": model.Group, "queue": model.Group,
	"attachment": model.Attachment, "file": model.Attachment, "document": model.Attachment, "upload": model.Attachment,
	"article": model.Article, "faq": model.Article, "knowledge": model.Article,
}

// noise are words of a table's name that say nothing.
var noise = map[string]bool{
	"data": true, "export": true, "exported": true, "list": true, "all": true, "dump": true, "table": true, "csv": true, "full": true, "the": true, "of": true,
	"search": true, "show": true, "many": true, "updated": true, "results": true, "result": true, "items": true, "sheet": true, "sheet1": true, "train": true, "test": true,
	"backup": true, "new": true, "old": true, "my": true, "postgres": true, "short": true, "outbound": true, "item": true, "log": true, "event": true, "c": true,
}

// tableWords is a table's name as words in the singular, without noise: that of
// the list inside a document, when it has one, else that of the file.
func (t *Table) tableWords() []string {
	name := t.Part
	if i := strings.LastIndexByte(name, '.'); i >= 0 && t.Kind == KindJSON {
		name = name[i+1:]
	}
	words := meaningful(name)
	if len(words) > 0 && name != mailFolderPart {
		return words
	}
	file := t.Entry
	if file == "" {
		file = t.File
	}
	file = path.Base(slashed(file))
	for path.Ext(file) != "" && len(path.Ext(file)) <= 7 {
		file = strings.TrimSuffix(file, path.Ext(file))
	}
	return meaningful(file)
}

func meaningful(name string) []string {
	var out []string
	for _, w := range nameWords(name) {
		w = singular(strings.TrimRight(w, "0123456789"))
		if w != "" && !noise[w] && len(w) > 1 {
			out = append(out, w)
		}
	}
	return out
}

func singular(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), len(w) < 4:
		return w
	case strings.HasSuffix(w, "s"):
		return w[:len(w)-1]
	}
	return w
}

// clues are words of column names that speak for an object.
var clues = map[model.Object]map[string]int{
	model.Ticket: {
		"subject": 3, "status": 2, "state": 2, "priority": 2, "assignee": 2, "assigned": 2, "requester": 2, "caller": 2, "opened": 1, "closed": 1, "solved": 1,
		"resolved": 1, "resolution": 1, "impact": 1, "urgency": 1, "complaint": 4, "descriptor": 1, "category": 1, "sla": 1, "due": 1, "incident": 3, "query": 2, "channel": 1,
	},
	model.Message: {
		"body": 4, "author": 2, "sender": 2, "public": 2, "private": 2, "internal": 1, "html": 1, "comment": 1, "message": 1, "incoming": 2,
	},
	model.Contact: {
		"email": 2, "mail": 2, "phone": 2, "mobile": 1, "surname": 3, "first": 2, "last": 1, "firstname": 3, "lastname": 3, "gender": 2, "dob": 2, "birthday": 2, "birth": 2,
		"job": 1, "marital": 2, "education": 1, "age": 1, "occupation": 2, "customer": 3, "vip": 1, "tenure": 1, "language": 1, "senior": 1, "partner": 1, "salutation": 1,
	},
	model.Agent:        {"agent": 4, "role": 1, "email": 1, "signature": 1, "occasional": 3, "available": 2},
	model.Organization: {"domain": 4, "domains": 4, "website": 2, "industry": 2, "vat": 2, "agency": 1, "site": 2, "organization": 2, "company": 2, "billing": 2, "plan": 1, "address": 1},
	model.Group:        {"group": 2, "team": 2},
	model.Attachment:   {"path": 2, "filename": 3, "file": 2, "size": 1, "content": 1, "mime": 2, "attachment": 3},
	model.Article:      {"article": 3, "section": 1, "folder": 1, "seo": 2, "votes": 1, "thumbs": 2},
}

// object guesses what a table holds, and says why. An empty object: nothing fits.
func (t *Table) object() (model.Object, string) {
	words := t.tableWords()
	var named model.Object
	sure := false
	blocked := false
	for i, w := range words {
		o, ok := nouns[w]
		if i == len(words)-1 {
			if ok && o != "" {
				named, sure = o, true
			} else if named != "" && relations[w] {
				blocked = true
			}
		} else if ok && o != "" {
			named = o
		}
	}
	if blocked {
		return "", ""
	}
	scores := t.scores()
	refs := t.refersTo(model.Ticket)
	if len(words) > 1 && words[len(words)-1] == "article" && (words[0] == "solution" || words[0] == "kb" || words[0] == "help") {
		named, sure = model.Article, true
	}
	if w := last(words); w == "conversation" || w == "email" || w == "note" || w == "article" && scores[model.Message] > scores[model.Article] && refs {
		if refs || scores[model.Message] > scores[model.Ticket] {
			named, sure = model.Message, true
		}
	}
	if sure && t.filledColumns() < 2 || sure && named == model.Message && scores[model.Message] < 3 {
		named, sure = "", false
	}
	if sure && named == model.Contact && scores[model.Ticket] < 6 || sure && named != model.Contact {
		return named, fmt.Sprintf("Its name says %q.", last(words))
	}
	best, points := model.Object(""), 0
	for _, o := range model.Known() {
		p := scores[o]
		if o == named {
			p += 4
		}
		if p > points {
			best, points = o, p
		}
	}
	switch {
	case points >= 5:
		return best, "Its columns look like those of " + strings.ToLower(title(best)) + "."
	case t.questions():
		return model.Ticket, "Each row is a text that somebody wrote, with a category."
	}
	return "", ""
}

func last(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// relations are last words of names of tables that only say something about an object.
var relations = map[string]bool{
	"tag": true, "history": true, "schedule": true, "policy": true, "field": true, "membership": true, "form": true, "count": true, "chat": true, "audit": true,
	"setting": true, "metric": true, "label": true, "role": true, "type": true, "category": true, "folder": true, "option": true, "event": true, "related": true,
	"zone": true, "time": true, "entry": true, "name": true, "holiday": true, "template": true, "rule": true, "view": true, "link": true, "soft": true, "level": true, "part": true, "contract": true, "payment": true,
}

// scores weighs the column names.
func (t *Table) scores() map[model.Object]int {
	out := map[model.Object]int{}
	for o, words := range clues {
		seen := map[string]bool{}
		for i := range t.Columns {
			if t.Columns[i].Filled == 0 {
				continue
			}
			for _, w := range nameWords(t.Columns[i].Name) {
				if words[w] > 0 && !seen[w] {
					seen[w] = true
					out[o] += words[w]
				}
			}
		}
	}
	if t.refersTo(model.Ticket) {
		out[model.Message] += 2
		out[model.Contact] -= 3
	}
	if t.refersTo(model.Organization) {
		out[model.Organization] -= 4
	}
	if t.refersTo(model.Message) {
		out[model.Attachment] += 2
	}
	return out
}

// refersTo says that a column is named after another object's id.
func (t *Table) refersTo(o model.Object) bool {
	for i := range t.Columns {
		words := nameWords(t.Columns[i].Name)
		if c := &t.Columns[i]; t.Rows > 1 && c.values() >= t.Rows { // different in every row: its own name, not a reference
			continue
		}
		if len(words) == 1 && nouns[words[0]] == o && words[0] != "email" && words[0] != "note" {
			return true
		}
		if len(words) == 2 && nouns[words[0]] == o && idWords[words[1]] {
			return true
		}
	}
	return false
}

func (t *Table) filledColumns() int {
	n := 0
	for i := range t.Columns {
		if t.Columns[i].Filled > 0 {
			n++
		}
	}
	return n
}

// questions recognises a plain list of texts with a category each.
func (t *Table) questions() bool {
	text, category := false, false
	for i := range t.Columns {
		c := &t.Columns[i]
		name := strings.ToLower(c.Name)
		if c.Distinct*2 > c.Filled && c.Longest > 60 && (strings.Contains(name, "text") || strings.Contains(name, "question") || strings.Contains(name, "query") || strings.Contains(name, "message")) {
			text = true
		}
		if strings.Contains(name, "categor") || strings.Contains(name, "label") || strings.Contains(name, "intent") {
			category = true
		}
	}
	return text && category && len(t.Columns) <= 6
}

// keyColumn finds what identifies a record: a column whose name says so or, if
// none, one that differs in every row. repeats says that its values come again.
func (t *Table) keyColumn(o model.Object) (name string, repeats bool, why string) {
	best, points := -1, 0
	for i := range t.Columns {
		c := &t.Columns[i]
		if p := t.keyPoints(c, i, o); p > points {
			best, points = i, p
		}
	}
	if best < 0 {
		return "", false, "No column differs in every row, so a record is known by its place."
	}
	c := &t.Columns[best]
	n := c.values()
	if n < c.rowsWithValue() {
		return c.Name, true, fmt.Sprintf("%s has %d different values in %d rows.", c.Name, n, c.rowsWithValue())
	}
	return c.Name, false, fmt.Sprintf("%s is different in every row.", c.Name)
}

// values is how many different values a column has, those that mean nothing left out.
func (c *Column) values() int64 { return max(0, c.Distinct-int64(len(c.Nothing))) }

// rowsWithValue is how many rows have one.
func (c *Column) rowsWithValue() int64 {
	n := c.Filled
	for _, k := range c.Nothing {
		n -= k
	}
	return n
}

func (t *Table) keyPoints(c *Column, at int, o model.Object) int {
	rows := c.rowsWithValue()
	if rows == 0 || c.Type == model.LongText || c.Type == model.HTML || c.Type == model.Bool || c.Type == model.JSONType ||
		c.Type == model.Tags || c.Type == model.Options || c.Type == model.Number || c.Longest > 255 {
		return 0
	}
	unique := c.values() >= rows && rows > 0
	full := rows*100 >= t.Rows*95
	words := nameWords(c.Name)
	joined := strings.Join(words, "_")
	p := 0
	switch {
	case joined == "id", joined == "key", joined == "number", joined == "unique_key", joined == "unique_id", joined == "uid", joined == "guid", joined == "uuid", joined == "message_id" && o == model.Message:
		p = 100
	case len(words) == 2 && idWords[words[1]] && nouns[singular(words[0])] == o:
		p = 95
	case len(words) == 1 && strings.HasSuffix(words[0], "id") && nouns[strings.TrimSuffix(words[0], "id")] == o:
		p = 95
	case len(words) == 1 && nouns[singular(words[0])] == o && o == model.Group && unique:
		p = 80
	case len(words) == 2 && idWords[words[1]] && nouns[singular(words[0])] != "":
		p = 0 // another object's id
	case isIDName(c.Name) && unique && full && !isPhoneName(c.Name) && len(words) <= 3 && !t.foreign(words):
		p = 60
	case c.Type == model.Email && unique && full && (o == model.Contact || o == model.Agent):
		p = 50
	case joined == "name" && unique && full && (o == model.Group || o == model.Organization || o == model.Agent):
		p = 40
	case at == 0 && unique && full && c.Type != model.Date && c.Type != model.DateTime && c.Longest <= 64 && t.Rows > 1 && strings.IndexByte(strings.Join(c.Samples, ""), ' ') < 0:
		p = 30
	}
	if p == 0 || !full && p < 95 {
		return 0
	}
	if !unique {
		if p < 95 {
			return 0
		}
		p -= 45 // a key by its name that repeats yields to one that does not
	}
	return p
}

// foreign says that a name's words speak of another record.
func (t *Table) foreign(words []string) bool {
	for _, w := range words[:len(words)-1] {
		if roles[w] != nil {
			return true
		}
	}
	return false
}

// roles says what the person or thing is that a column of this name points to.
var roles = map[string][]model.Object{
	"requester": {model.Contact, model.Agent}, "caller": {model.Contact, model.Agent}, "customer": {model.Contact}, "contact": {model.Contact}, "client": {model.Contact},
	"reporter": {model.Contact, model.Agent}, "submitter": {model.Contact, model.Agent}, "user": {model.Contact, model.Agent},
	"author": {model.Contact, model.Agent}, "sender": {model.Contact, model.Agent}, "from": {model.Contact, model.Agent}, "actor": {model.Contact, model.Agent}, "responder": {model.Agent, model.Contact},
	"assignee": {model.Agent}, "assigned": {model.Agent}, "agent": {model.Agent}, "owner": {model.Agent}, "handler": {model.Agent}, "technician": {model.Agent},
	"organization": {model.Organization}, "organisation": {model.Organization}, "company": {model.Organization}, "account": {model.Organization},
	"group": {model.Group}, "team": {model.Group}, "queue": {model.Group}, "department": {model.Group},
	"ticket": {model.Ticket}, "case": {model.Ticket}, "incident": {model.Ticket}, "issue": {model.Ticket}, "conversation": {model.Ticket},
	"message": {model.Message}, "comment": {model.Message},
}

// byWords are the first words of columns such as "opened_by".
var byWords = map[string]bool{"opened": true, "created": true, "updated": true, "closed": true, "resolved": true, "solved": true, "modified": true, "handled": true, "answered": true}

// pointsTo says which objects a column's name speaks of, most likely first, and
// whether the name is plain enough to believe without values that agree.
func pointsTo(name string) ([]model.Object, bool) {
	words := nameWords(name)
	if len(words) == 0 {
		return nil, false
	}
	n := len(words)
	if words[n-1] == "by" && n >= 2 && byWords[words[n-2]] {
		return []model.Object{model.Agent, model.Contact}, n <= 3
	}
	if words[n-1] == "to" && n >= 2 && words[n-2] == "assigned" {
		return []model.Object{model.Agent}, true
	}
	id := idWords[words[n-1]] && words[n-1] != "phone" && words[n-1] != "zip"
	tail := words
	if id {
		tail = words[:n-1]
	}
	if len(tail) == 0 {
		return nil, false
	}
	// "assignment group" speaks of a group, "requester email" of the requester.
	at := len(tail) - 1
	for at > 0 && leaf[tail[at]] {
		at--
	}
	subject := tail[at]
	if !id && strings.HasSuffix(subject, "id") && roles[strings.TrimSuffix(subject, "id")] != nil {
		subject, id = strings.TrimSuffix(subject, "id"), true
	}
	to := roles[singular(subject)]
	if to == nil {
		return nil, false
	}
	return to, id || len(tail) == 1 || singular(subject) == "group" || isEmailWord(tail[len(tail)-1])
}

// leaf words name a property of the one that a column speaks of.
var leaf = map[string]bool{"email": true, "mail": true, "name": true, "e": true, "address": true, "login": true, "username": true}

func isEmailWord(w string) bool { return w == "email" || w == "mail" }
