package check_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// Mutation test of the checker: a clean move, and then one damage at a time, each in a copy
// of the target. Each is found by the check that is there for it and named in words; the
// clean move raises nothing.

// oldDesk knows the web addresses of the source.
type oldDesk struct{ host string }

func (d oldDesk) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host != d.host || !strings.HasPrefix(u.Path, "/tickets/") {
		return model.Key{}, false
	}
	return model.Key{Object: model.Ticket, ID: strings.TrimPrefix(u.Path, "/tickets/")}, true
}

func (d oldDesk) AddressOf(k model.Key) string { return "https://" + d.host + "/tickets/" + k.ID }

// patient is the small move that is damaged.
type patient struct {
	*loadtest.World
	state string
	token string
	// desk is the copy that is damaged and checked now.
	desk *practice.Desk
	// edit changes what the desk answers: lists of an object, or the content of files.
	edit    func(path string, items []map[string]any) []map[string]any
	content func(path string, b []byte) (int, []byte)
}

func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	q := r.Clone(r.Context())
	q.RequestURI = ""
	p.desk.Handler().ServeHTTP(rec, q)
	out := rec.Result()
	out.Request = r
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	switch {
	case p.edit != nil && r.Method == http.MethodGet && !strings.Contains(path, "/") && path != "search":
		var page map[string]any
		dec := json.NewDecoder(bytes.NewReader(rec.Body.Bytes()))
		dec.UseNumber()
		if err := dec.Decode(&page); err != nil {
			return nil, err
		}
		list, ok := page["items"].([]any)
		if !ok {
			break
		}
		items := []map[string]any{}
		for _, x := range list {
			items = append(items, x.(map[string]any))
		}
		page["items"] = p.edit(path, items)
		b, err := json.Marshal(page)
		if err != nil {
			return nil, err
		}
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		out.Header.Del("Content-Length")
	case p.content != nil && strings.HasSuffix(path, "/content"):
		status, b := p.content(path, rec.Body.Bytes())
		out.StatusCode, out.Body, out.ContentLength = status, io.NopCloser(bytes.NewReader(b)), int64(len(b))
		out.Header.Del("Content-Length")
	}
	return out, nil
}

// say speaks to the copy as a person working there would.
func (p *patient) say(method, path string, body any) {
	p.TB.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		p.TB.Fatal(err)
	}
	r := httptest.NewRequest(method, "/api/v1/"+path, bytes.NewReader(b))
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("X-Import", "true")
	rec := httptest.NewRecorder()
	p.desk.Handler().ServeHTTP(rec, r)
	if rec.Code >= 300 {
		p.TB.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
}

func (p *patient) set(o model.Object, source, field string, v any) {
	p.TB.Helper()
	body := map[string]any{field: v}
	if custom, ok := strings.CutPrefix(field, "fields."); ok {
		body = map[string]any{"fields": map[string]any{custom: v}}
	}
	if o == ticket && body["updated_at"] == nil { // or the desk stamps the change, which is a damage of its own
		body["updated_at"] = "2020-01-01T00:00:00Z"
	}
	p.say(http.MethodPatch, place(p.World, o, source), body)
}

// fresh gives the next copy of the target as it was right after the move.
func (p *patient) fresh() {
	p.TB.Helper()
	dir := p.TB.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(p.state))); err != nil {
		p.TB.Fatal(err)
	}
	desk, err := practice.New(practice.Options{State: filepath.Join(dir, filepath.Base(p.state)), Cascade: true})
	if err != nil {
		p.TB.Fatal(err)
	}
	if p.desk != nil {
		if err := p.desk.Close(); err != nil {
			p.TB.Fatal(err)
		}
	}
	p.desk, p.edit, p.content = desk, nil, nil
}

func picture() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 {
		m.Set(i, i%30, color.RGBA{uint8(i * 6), 90, 200, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func archive() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range []string{"one.txt", "two.txt"} {
		w, err := z.Create(n)
		if err == nil {
			_, err = w.Write(bytes.Repeat([]byte(n), 50))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// paper is the smallest PDF of one empty page.
func paper() []byte {
	var b bytes.Buffer
	var at []int
	obj := func(s string) { at = append(at, b.Len()); fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s) }
	b.WriteString("%PDF-1.4\n")
	obj("<< /Type /Catalog /Pages 2 0 R >>")
	obj("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	obj("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> >>")
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

const text = "Grüße aus München, здравствуйте, שלום עולם, 你好 👩‍👩‍👧 & <b>fett</b>"

// newPatient moves a small desk in which every field has something to lose.
func newPatient(t *testing.T) *patient {
	t.Helper()
	dir := t.TempDir()
	state := filepath.Join(dir, "desk")
	w := loadtest.New(t, practice.Options{State: state, Cascade: true})
	p := &patient{World: w, state: state, token: w.Server.Token}
	for _, f := range []string{
		`{"object":"ticket","name":"amount","type":"number"}`, `{"object":"ticket","name":"cc","type":"longtext"}`, `{"object":"ticket","name":"parts","type":"options","options":[{"value":"a"},{"value":"b"},{"value":"Unknown"}]}`,
		`{"object":"ticket","name":"region","type":"option","options":[{"value":"north"},{"value":"south"},{"value":"Unknown"}]}`, `{"object":"contact","name":"birthday","type":"date"}`,
		`{"object":"contact","name":"vip","type":"bool"}`, `{"object":"contact","name":"score","type":"number"}`, `{"object":"organization","name":"renewal","type":"datetime"}`,
	} {
		w.Call(http.MethodPost, "fields", f)
	}
	schema, err := w.Job.Target.Conn.Schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.Job.Target.Schema, w.Source = schema, loadtest.Writable(schema)
	w.Job.Source = w.Source
	w.Compile(mapping.Suggest(w.Source, schema, nil))
	old := oldDesk{"old.example"}
	w.Job.From, w.Job.To = old, oldDesk{"new.example"}

	w.Stage(model.Organization, loadtest.Fields{"id": "o1", "name": "Acme", "domain": "acme.example", "notes": "first line\nsecond line", "created_at": "2015-01-01T00:00:00Z", "fields": loadtest.Fields{"renewal": "2024-05-06T07:08:09Z"}}, loadtest.Fields{"id": "o2", "name": "Blue"})
	w.Stage(model.Group, loadtest.Fields{"id": "g1", "name": "Support"}, loadtest.Fields{"id": "g2", "name": "Sales"})
	w.Stage(model.Agent, loadtest.Fields{"id": "a1", "name": "Agnes", "email": "agnes@desk.example", "role": "light", "active": true}, loadtest.Fields{"id": "a2", "name": "Abel", "email": "abel@desk.example", "role": "agent", "active": false})
	var contacts, tickets, messages []map[string]any
	for i := 1; i <= 4; i++ {
		contacts = append(contacts, loadtest.Fields{
			"id": fmt.Sprint("c", i), "name": fmt.Sprintf("Zoë Müller %d", i), "email": fmt.Sprintf("c%d@x.example", i), "phone": fmt.Sprintf("+49 30 123%d", i), "language": "de", "notes": "Café №" + fmt.Sprint(i),
			"organization": "o1", "created_at": "2018-01-02T03:04:05Z", "active": true, "fields": loadtest.Fields{"birthday": "1980-02-29", "vip": i == 1, "score": 1.25 * float64(i)},
		})
	}
	for i := 1; i <= 3; i++ {
		id := fmt.Sprint("t", i)
		tickets = append(tickets, loadtest.Fields{
			"id": id, "subject": "Bestellung für „Größe 42“ " + id, "description": text + " " + strings.Repeat("a long description ", 20), "status": "open", "priority": "high", "channel": "email", "requester": fmt.Sprint("c", i),
			"assignee": "a1", "group": "g1", "organization": "o1", "tags": []string{"vip", "refund"}, "created_at": fmt.Sprintf("2019-0%d-10T08:00:00Z", i), "updated_at": "2020-01-01T00:00:00Z", "due_at": "2099-06-01T12:00:00Z",
			"fields": loadtest.Fields{"amount": 12.5, "cc": "boss@x.example, second@x.example", "parts": []string{"a", "b"}, "region": "north"},
		})
		for k := 1; k <= 4; k++ {
			author := fmt.Sprint("c", i)
			if k%2 == 0 {
				author = "a1"
			}
			messages = append(messages, loadtest.Fields{
				"id": fmt.Sprintf("%sm%d", id, k), "ticket": id, "author": author, "public": k != 3,
				"body":       fmt.Sprintf(`<p>Message %d of %s: %s</p><p>see <a href="https://old.example/tickets/t1">the first</a> <img src="https://cdn.example/%d.png"></p>`, k, id, text, k),
				"created_at": fmt.Sprintf("2019-0%d-10T09:0%d:00Z", i, k),
			})
		}
	}
	tickets[1]["follows"] = "t1"
	w.Stage(model.Contact, contacts...)
	w.Stage(model.Ticket, tickets...)
	w.Stage(model.Message, messages...)
	for _, f := range []struct {
		id, name, kind string
		body           []byte
	}{{"f1", "note.txt", "text/plain", []byte("content of a note, nothing more")}, {"f2", "photo.png", "image/png", picture()}, {"f3", "paper.pdf", "application/pdf", paper()}, {"f4", "all.zip", "application/zip", archive()}} {
		w.Stage(model.Attachment, loadtest.Fields{"id": f.id, "message": "t1m1", "name": f.name, "content_type": f.kind, "inline": f.id == "f2", "content_id": "cid-" + f.id})
		w.Write(func(tx *store.Tx) error {
			hash, size, err := w.Job.Files.Put(bytes.NewReader(f.body))
			if err != nil {
				return err
			}
			return tx.PutFile(w.At(model.Attachment, f.id), store.File{Ref: f.id, Name: f.name, Type: f.kind, Hash: hash, Size: size})
		})
	}
	w.Move()
	w.Wire.Next(p)
	return p
}

// drop leaves a record out of the lists, as a desk does that lost it.
func (p *patient) drop(o model.Object, sources ...string) {
	ids := []string{}
	for _, s := range sources {
		ids = append(ids, id(p.World, o, s))
	}
	p.edit = func(path string, items []map[string]any) []map[string]any {
		if path != string(o)+"s" {
			return items
		}
		return slices.DeleteFunc(items, func(m map[string]any) bool { return slices.Contains(ids, fmt.Sprint(m["id"])) })
	}
}

// answer changes what the desk gives of a record.
func (p *patient) answer(o model.Object, source string, change func(map[string]any)) {
	at := id(p.World, o, source)
	p.edit = func(path string, items []map[string]any) []map[string]any {
		if path == string(o)+"s" {
			for _, m := range items {
				if fmt.Sprint(m["id"]) == at {
					change(m)
				}
			}
		}
		return items
	}
}

// bytesOf changes the content of a file.
func (p *patient) bytesOf(source string, change func([]byte) (int, []byte)) {
	at := "attachments/" + id(p.World, model.Attachment, source) + "/content"
	p.content = func(path string, b []byte) (int, []byte) {
		if path == at {
			return change(b)
		}
		return 200, b
	}
}

const (
	org, group, agent, contact  = model.Organization, model.Group, model.Agent, model.Contact
	ticket, message, attachment = model.Ticket, model.Message, model.Attachment
	moji                        = "GrÃ¼ÃŸe aus MÃ¼nchen"
	okay                        = http.StatusOK
)

// damages are done to a copy each: the check and the object that must find it, and a word of
// how it is told. also are further checks that may find it, beside figures over all records.
var damages = []struct {
	name string
	do   func(*patient)
	code string
	o    model.Object
	says string
	also string
}{
	{"one message missing", func(p *patient) { p.say("DELETE", place(p.World, message, "t2m4"), nil) }, check.Arrived, message, "is not there", "balance counts"},
	{"one customer missing", func(p *patient) { p.drop(contact, "c4") }, check.Arrived, contact, "is not there", "balance duplicates"},
	{"one file missing", func(p *patient) { p.say("DELETE", place(p.World, attachment, "f1"), nil) }, check.Arrived, attachment, "is not there", "balance counts"},
	{"one group missing", func(p *patient) { p.drop(group, "g2") }, check.Arrived, group, "is not there", "balance"},
	{"a whole conversation missing", func(p *patient) { p.say("DELETE", place(p.World, ticket, "t3"), nil) }, check.Arrived, message, "is not there", "balance counts arrived orphans old_numbers"},
	{"the counts of the target are smaller", func(p *patient) { p.say("DELETE", place(p.World, ticket, "t3"), nil) }, check.Counted, ticket, "the target counts 2", "balance counts arrived orphans old_numbers"},
	{"customers lost and their tickets left over", func(p *patient) { p.drop(contact, "c1") }, check.Orphans, ticket, "which is not there", "balance arrived orphans"},
	{"two messages swapped", func(p *patient) {
		p.set(message, "t1m1", "created_at", "2019-01-10T09:02:00Z")
		p.set(message, "t1m2", "created_at", "2019-01-10T09:01:00Z")
	}, check.Order, message, "stands in its conversation where", "times"},
	{"a message in another conversation", func(p *patient) { p.set(message, "t1m2", "ticket", id(p.World, ticket, "t2")) }, check.Links, message, "should lead to", ""},
	{"a note public", func(p *patient) { p.set(message, "t1m3", "public", true) }, check.Privacy, message, "meant to be private and is public", ""},
	{"a public message hidden", func(p *patient) { p.set(message, "t1m1", "public", false) }, check.Privacy, message, "the customer does not see it", ""},
	{"every note public", func(p *patient) {
		for _, m := range []string{"t1m3", "t2m3", "t3m3"} {
			p.set(message, m, "public", true)
		}
	}, check.Privacy, message, "customers may see it", ""},
	{"an author lost", func(p *patient) { p.answer(message, "t1m1", func(m map[string]any) { m["author"] = nil }) }, check.Authors, message, "leads nowhere", ""},
	{"another author", func(p *patient) { p.set(message, "t1m1", "author", id(p.World, contact, "c3")) }, check.Authors, message, "should lead to", ""},
	{"an agent's answer as the customer's", func(p *patient) { p.set(message, "t1m2", "author", id(p.World, contact, "c1")) }, check.Authors, message, "should lead to", ""},
	{"a time shifted by one hour", func(p *patient) { p.set(ticket, "t1", "created_at", "2019-01-10T09:00:00Z") }, check.Times, ticket, "+1 hours: a time zone", ""},
	{"a time shifted by a second", func(p *patient) { p.set(message, "t1m4", "created_at", "2019-01-10T09:04:01Z") }, check.Times, message, "(1s)", ""},
	{"a time shifted by a day", func(p *patient) { p.set(contact, "c1", "created_at", "2018-01-03T03:04:05Z") }, check.Times, contact, "(+1 days)", ""},
	{"the time of the import instead of the original", func(p *patient) { p.set(message, "t2m1", "created_at", "2026-11-22T00:00:00Z") }, check.Times, message, "2026-11-22", "thread_order"},
	{"the last change stamped anew", func(p *patient) { p.set(ticket, "t1", "updated_at", "2026-11-22T00:00:00Z") }, check.Times, ticket, "updated_at", ""},
	{"a time lost", func(p *patient) { p.set(org, "o1", "created_at", nil) }, check.Times, org, "created_at", ""},
	{"a time of a custom field shifted", func(p *patient) { p.set(org, "o1", "fields.renewal", "2024-05-06T05:08:09Z") }, check.Times, org, "-2 hours", ""},
	{"a truncated body", func(p *patient) { p.set(message, "t1m1", "body", "<p>Message 1 of t1: Grüße aus</p>") }, check.WholeText, message, "ends after", ""},
	{"a description cut at 255 characters", func(p *patient) {
		s := text + " " + strings.Repeat("a long description ", 20)
		p.set(ticket, "t1", "description", string([]rune(s)[:255]))
	}, check.WholeText, ticket, "ends after 255 of", ""},
	{"a subject cut with an ellipsis", func(p *patient) { p.set(ticket, "t1", "subject", "Bestellung für…") }, check.WholeText, ticket, "ends after", ""},
	{"a subject changed", func(p *patient) { p.set(ticket, "t1", "subject", "Something else") }, check.Fields, ticket, "Something else", ""},
	{"a subject cased otherwise", func(p *patient) { p.set(ticket, "t1", "subject", "bestellung für „Größe 42“ t1") }, check.Fields, ticket, "subject", ""},
	{"a word in the middle of a long text changed", func(p *patient) {
		s := text + " " + strings.Repeat("a long description ", 20)
		p.set(ticket, "t1", "description", strings.Replace(s, "description a long description a", "description a short description a", 1))
	}, check.Fields, ticket, "description", ""},
	{"bold lost", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) {
			m["body"] = strings.NewReplacer("<b>", "", "</b>", "").Replace(m["body"].(string))
		})
	}, check.Fields, message, "body", ""},
	{"paragraphs run together", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) { m["body"] = strings.Replace(m["body"].(string), "</p><p>", " ", 1) })
	}, check.Fields, message, "body", ""},
	{"a link in a text swapped", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) {
			m["body"] = strings.Replace(m["body"].(string), "new.example/tickets/", "new.example/tickets/9", 1)
		})
	}, check.Fields, message, "body", ""},
	{"a picture in a text lost", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) {
			m["body"] = strings.Replace(m["body"].(string), `<img src="https://cdn.example/1.png">`, "", 1)
		})
	}, check.Fields, message, "body", ""},
	{"letters read in the wrong encoding", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) {
			m["body"] = strings.Replace(m["body"].(string), "Grüße aus München", moji, 1)
		})
	}, check.Encoding, message, "wrong encoding", ""},
	{"a name in the wrong encoding", func(p *patient) { p.set(contact, "c1", "name", "ZoÃ« MÃ¼ller 1") }, check.Encoding, contact, "wrong encoding", ""},
	{"letters became question marks", func(p *patient) { p.set(contact, "c1", "name", "Zo? M?ller 1") }, check.Encoding, contact, "question marks", ""},
	{"accents lost", func(p *patient) { p.set(contact, "c1", "name", "Zoe Muller 1") }, check.Encoding, contact, "accents were lost", ""},
	{"an emoji lost", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) { m["body"] = strings.Replace(m["body"].(string), " 👩‍👩‍👧", " ", 1) })
	}, check.Encoding, message, "emoji are missing", ""},
	{"a family emoji taken apart", func(p *patient) {
		p.answer(message, "t1m1", func(m map[string]any) { m["body"] = strings.ReplaceAll(m["body"].(string), "\u200d", "") })
	}, check.Encoding, message, "body", ""},
	{"Hebrew lost", func(p *patient) {
		p.answer(ticket, "t1", func(m map[string]any) {
			m["description"] = strings.Replace(m["description"].(string), "שלום", "????", 1)
		})
	}, check.Encoding, ticket, "question marks", ""},
	{"a replacement sign", func(p *patient) { p.set(contact, "c1", "notes", "Caf\uFFFD №1") }, check.Encoding, contact, "�", ""},
	{"signs escaped twice", func(p *patient) {
		p.set(ticket, "t1", "description", strings.ReplaceAll(text+" "+strings.Repeat("a long description ", 20), "&", "&amp;"))
	}, check.Encoding, ticket, "codes", ""},
	{"a line end lost", func(p *patient) { p.set(org, "o1", "notes", "first line second line") }, check.Fields, org, "notes", ""},
	{"a file of zero bytes", func(p *patient) { p.bytesOf("f1", func([]byte) (int, []byte) { return okay, nil }) }, check.FileSize, attachment, "has 0 bytes", "file_content file_type"},
	{"one byte of a file changed", func(p *patient) { p.bytesOf("f1", func(b []byte) (int, []byte) { b[3]++; return okay, b }) }, check.Content, attachment, "not the same any more", ""},
	{"a picture that does not open", func(p *patient) { p.bytesOf("f2", func(b []byte) (int, []byte) { return okay, b[:len(b)/2] }) }, check.FileOpens, attachment, "does not open", "file_content file_size"},
	{"a PDF that does not open", func(p *patient) { p.bytesOf("f3", func(b []byte) (int, []byte) { return okay, b[:60] }) }, check.FileOpens, attachment, "does not open", "file_content file_size"},
	{"an archive that does not open", func(p *patient) { p.bytesOf("f4", func(b []byte) (int, []byte) { return okay, b[:len(b)-30] }) }, check.FileOpens, attachment, "does not open", "file_content file_size"},
	{"a page of text instead of a picture", func(p *patient) {
		p.bytesOf("f2", func([]byte) (int, []byte) { return okay, []byte("<html><body>Please log in</body></html>") })
	}, check.FileType, attachment, "is text/html by its content", "file_content file_size file_opens"},
	{"two files swapped", func(p *patient) { p.bytesOf("f2", func([]byte) (int, []byte) { return okay, paper() }) }, check.FileType, attachment, "is application/pdf", "file_content file_size"},
	{"a file that cannot be fetched", func(p *patient) { p.bytesOf("f1", func([]byte) (int, []byte) { return 404, []byte(`{}`) }) }, check.Present, attachment, "cannot be fetched", ""},
	{"a file with another name", func(p *patient) { p.set(attachment, "f1", "name", "other.txt") }, check.Fields, attachment, "other.txt", ""},
	{"a file at another message", func(p *patient) { p.set(attachment, "f1", "message", id(p.World, message, "t2m1")) }, check.Links, attachment, "should lead to", ""},
	{"an inline picture shown as an attachment", func(p *patient) { p.set(attachment, "f2", "inline", false) }, check.Fields, attachment, "inline", ""},
	{"a swapped link", func(p *patient) {
		p.set(ticket, "t1", "requester", id(p.World, contact, "c2"))
		p.set(ticket, "t2", "requester", id(p.World, contact, "c1"))
	}, check.Links, ticket, "requester should lead to", ""},
	{"no agent any more", func(p *patient) { p.set(ticket, "t1", "assignee", nil) }, check.Links, ticket, "leads nowhere", ""},
	{"another group", func(p *patient) { p.set(ticket, "t1", "group", id(p.World, group, "g2")) }, check.Buckets, ticket, "group Support: 3 were meant, 2 are there", "links"},
	{"a follow-up that follows nothing", func(p *patient) { p.set(ticket, "t2", "follows", nil) }, check.Links, ticket, "follows", ""},
	{"a customer without the company", func(p *patient) { p.set(contact, "c1", "organization", nil) }, check.Links, contact, "organization", ""},
	{"a doubled contact", func(p *patient) {
		p.say("POST", "contacts", map[string]any{"name": "Zoë Müller 2", "external_id": load.MarkOf(loadtest.ProjectID, model.Key{Object: contact, ID: "c2"})})
	}, check.Doubled, contact, "is there 2 times", ""},
	{"a doubled message", func(p *patient) {
		p.say("POST", "messages", map[string]any{"ticket": id(p.World, ticket, "t1"), "author": id(p.World, contact, "c1"), "body": "again", "external_id": load.MarkOf(loadtest.ProjectID, model.Key{Object: message, ID: "t1m1"})})
	}, check.Doubled, message, "is there 2 times", ""},
	{"a customer created a second time by the target", func(p *patient) {
		mark := id(p.World, contact, "c3")
		p.edit = func(path string, items []map[string]any) []map[string]any {
			if path != "contacts" {
				return items
			}
			for _, m := range items {
				if fmt.Sprint(m["id"]) == mark {
					twin := map[string]any{"id": "999999", "version": 1, "name": "c3", "email": strings.ToUpper(m["email"].(string))}
					return append(items, twin)
				}
			}
			return items
		}
	}, check.Repeated, contact, "the same email stands in", ""},
	{"something of ours that nobody knows", func(p *patient) {
		p.say("POST", "contacts", map[string]any{"name": "Left over", "external_id": load.MarkOf(loadtest.ProjectID, model.Key{Object: contact, ID: "c99"})})
	}, check.Stray, contact, "is not in the ledger", ""},
	{"a tag lost", func(p *patient) { p.set(ticket, "t1", "tags", []string{"vip"}) }, check.Tags, ticket, "refund is missing", ""},
	{"a tag added", func(p *patient) { p.set(ticket, "t1", "tags", []string{"vip", "refund", "imported"}) }, check.Tags, ticket, "imported was not meant to be there", ""},
	{"all tags lost", func(p *patient) { p.set(ticket, "t1", "tags", nil) }, check.Tags, ticket, "is missing", ""},
	{"somebody in copy lost", func(p *patient) { p.set(ticket, "t1", "fields.cc", "boss@x.example") }, check.Copies, ticket, "second@x.example is missing", ""},
	{"a state changed", func(p *patient) { p.set(ticket, "t1", "status", "closed") }, check.Options, ticket, "status should be", ""},
	{"a state changed, seen in the counts", func(p *patient) { p.set(ticket, "t1", "status", "closed") }, check.Buckets, ticket, "status open: 3 were meant, 2 are there", "options"},
	{"a priority lost", func(p *patient) { p.set(ticket, "t1", "priority", "normal") }, check.Options, ticket, "priority", ""},
	{"another channel", func(p *patient) { p.set(ticket, "t1", "channel", "web") }, check.Options, ticket, "channel", ""},
	{"a choice became Unknown", func(p *patient) { p.set(ticket, "t1", "fields.region", "Unknown") }, check.Options, ticket, "says nothing", ""},
	{"a choice that is not in the list", func(p *patient) { p.answer(ticket, "t1", func(m map[string]any) { m["status"] = "escalated" }) }, check.Options, ticket, "not one of the list", ""},
	{"one of several choices lost", func(p *patient) { p.set(ticket, "t1", "fields.parts", []string{"a"}) }, check.Options, ticket, "fields.parts", ""},
	{"a required field empty", func(p *patient) { p.answer(ticket, "t1", func(m map[string]any) { m["subject"] = "" }) }, check.Required, ticket, "must not be", ""},
	{"an optional field empty", func(p *patient) { p.set(contact, "c1", "language", nil) }, check.Fields, contact, "language", ""},
	{"a damaged address", func(p *patient) { p.answer(contact, "c1", func(m map[string]any) { m["email"] = "c1 at x.example" }) }, check.Formats, contact, "cannot be read as an e-mail address", ""},
	{"another address", func(p *patient) { p.set(contact, "c1", "email", "other@x.example") }, check.Fields, contact, "other@x.example", ""},
	{"a telephone number as a float", func(p *patient) { p.set(contact, "c1", "phone", "4.93012E+11") }, check.Fields, contact, "phone", ""},
	{"a number rounded", func(p *patient) { p.set(ticket, "t1", "fields.amount", 13) }, check.Fields, ticket, "fields.amount", "sums"},
	{"a number rounded, seen in the sum", func(p *patient) { p.set(ticket, "t1", "fields.amount", 13) }, check.Sums, ticket, "sum of fields.amount: 37.5 was meant, 38 is there", "fields"},
	{"a number with a decimal point lost", func(p *patient) { p.set(contact, "c1", "fields.score", 125) }, check.Fields, contact, "fields.score", "sums"},
	{"a day shifted by a zone", func(p *patient) { p.set(contact, "c1", "fields.birthday", "1980-02-28") }, check.Fields, contact, "fields.birthday", ""},
	{"yes became no", func(p *patient) { p.set(contact, "c1", "fields.vip", false) }, check.Fields, contact, "fields.vip", ""},
	{"an agent may more than was meant", func(p *patient) { p.set(agent, "a1", "role", "admin") }, check.Roles, agent, "role should be", ""},
	{"an agent who left can log in again", func(p *patient) { p.set(agent, "a2", "active", true) }, check.Roles, agent, "active", ""},
	{"a due date in the past", func(p *patient) { p.set(ticket, "t1", "due_at", "2019-06-01T12:00:00Z") }, check.Due, ticket, "due_at", "sums"},
	{"a due date lost", func(p *patient) { p.set(ticket, "t1", "due_at", nil) }, check.Due, ticket, "due_at", ""},
	{"a record without its old number", func(p *patient) { p.set(ticket, "t1", "external_id", "none") }, check.Numbers, ticket, "not found by its old number", "arrived balance orphans"},
	{"two records with each other's old number", func(p *patient) {
		a, b := load.MarkOf(loadtest.ProjectID, model.Key{Object: ticket, ID: "t1"}), load.MarkOf(loadtest.ProjectID, model.Key{Object: ticket, ID: "t2"})
		p.set(ticket, "t1", "external_id", b)
		p.set(ticket, "t2", "external_id", a)
	}, check.Numbers, ticket, "its old number leads to", "fields links times options tags due_dates"},
	{"a company renamed", func(p *patient) { p.set(org, "o1", "name", "ACME Inc.") }, check.Fields, org, "name", ""},
	{"a web domain lost", func(p *patient) { p.set(org, "o1", "domain", nil) }, check.Fields, org, "domain", ""},
	{"a group renamed", func(p *patient) { p.set(group, "g1", "name", "Support 2") }, check.Fields, group, "name", ""},
	// This one is last: it changes the source.
	{"a picture from the old desk", func(p *patient) {
		p.Stage(message, loadtest.Fields{"id": "t1m1", "ticket": "t1", "author": "c1", "public": true, "body": `<img src="https://old.example/files/1.png">`, "created_at": "2019-01-10T09:01:00Z"})
	}, check.Pictures, message, "shows a picture from old.example", "fields texts_whole encoding balance"},
}

func TestMutations_P31toP53_P83_everyPlantedDamageIsFoundAndNamed(t *testing.T) {
	if len(damages) < 60 {
		t.Fatalf("only %d kinds of damage", len(damages))
	}
	p := newPatient(t)
	p.fresh()
	t.Cleanup(func() {
		if err := p.desk.Close(); err != nil {
			t.Error(err)
		}
	})
	look := func(t *testing.T) check.Result {
		p.TB = t
		res, err := check.Make(context.Background(), p.Job, check.How{Fresh: true}, job.New("check"))
		if err != nil {
			t.Fatal(err)
		}
		// Each damage is told against the clean move, not against the damage before it.
		p.Write(func(tx *store.Tx) error { return tx.ForgetCheckings() })
		return res
	}
	clean := look(t)
	for _, c := range clean.Checks {
		if !c.Passed {
			t.Errorf("a clean move fails %s of %s: %v", c.Code, c.Object, c.Examples)
		}
	}
	if t.Failed() {
		return
	}
	if clean.Deep > clean.Read/2 {
		t.Errorf("%d of %d records of a clean move were looked at field by field", clean.Deep, clean.Read)
	}
	for _, d := range damages {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			p.TB = t
			p.fresh()
			d.do(p)
			res := look(t)
			if res.Passed {
				t.Fatal("nothing was found")
			}
			found := false
			for _, c := range res.Checks {
				if c.Passed {
					continue
				}
				if c.Code == d.code && c.Object == d.o {
					found = true
					if !strings.Contains(strings.Join(c.Examples, "\n"), d.says) {
						t.Errorf("it is told as %q, want %q", c.Examples, d.says)
					}
					continue
				}
				if !check.Totals(c.Code) && c.Code != d.code && !slices.Contains(strings.Fields(d.also), c.Code) {
					t.Errorf("%s of %s cries wolf: %v", c.Code, c.Object, c.Examples)
				}
			}
			if !found {
				all := []string{}
				for _, c := range res.Checks {
					if !c.Passed {
						all = append(all, fmt.Sprint(c.Code, " ", c.Object, ": ", c.Examples))
					}
				}
				t.Errorf("%s of %s did not find it, but\n%s", d.code, d.o, strings.Join(all, "\n"))
			}
		})
	}
	p.TB = t
}
