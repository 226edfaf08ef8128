package zendesk_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/zendesk"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
)

// since reads the changes of an object since a place, and gives the next one.
func since(t *testing.T, c whole, o model.Object, from connector.Cursor) (records map[string]model.Record, gone map[string]connector.Gone, next connector.Cursor) {
	t.Helper()
	records, gone, next = map[string]model.Record{}, map[string]connector.Gone{}, from
	if err := c.Changes(t.Context(), o, from, func(p connector.Page) error {
		for _, r := range p.Records {
			records[r.Key.ID] = r
		}
		for _, g := range p.Gone {
			gone[g.ID] = g
		}
		next = p.Next
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return records, gone, next
}

func now(t *testing.T, c whole, o model.Object) connector.Cursor {
	t.Helper()
	at, err := c.Now(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A ticket that was merged says where it went, as long as it is told of; one that was
// merged before it was read is the closed ticket that it was read as. Where the audits name
// no ticket, Zendesk's own words in the closing note do; where nobody does, it is a ticket.
func TestP79_MergedTicketsAreToldWithTheirSurvivor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newDesk(fake.Options{Withheld: time.Minute})
		mode := "" // what the audits do not say
		c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if mode == "" || !strings.HasSuffix(r.URL.Path, "/audits") {
				h.ServeHTTP(w, r)
				return
			}
			in := httptest.NewRecorder()
			h.ServeHTTP(in, r)
			said := strings.ReplaceAll(in.Body.String(), `"rel":"merge"`, `"rel":null`)
			if mode == "nothing" {
				said = strings.ReplaceAll(said, "merged into request", "merged")
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(said)) // the recorder takes all
		}))
		who := made(t, c, nil, contact("c1", "a@b.example"))[0].Key
		var keys []model.Key
		for _, mark := range []string{"t0", "t1", "t2", "t3", "t4"} {
			keys = append(keys, made(t, c, nil, ticket(mark, who, say("m"+mark, "text", true)))[0].Key)
		}
		h.Merge(id(t, keys[0]), id(t, keys[4]))
		time.Sleep(time.Hour)
		from := now(t, c, model.Ticket)
		time.Sleep(time.Hour)
		h.Merge(id(t, keys[1]), id(t, keys[4]))
		h.Touch("tickets", id(t, keys[0]))
		time.Sleep(time.Hour)
		records, gone, next := since(t, c, model.Ticket, from)
		if g := gone[keys[1].ID]; len(gone) != 1 || g.How != connector.GoneMerged || g.Into != keys[4].ID || g.At == "" {
			t.Errorf("told %v", gone)
		}
		if _, ok := records[keys[0].ID]; !ok || len(records) != 2 {
			t.Errorf("%d tickets are told, the one merged long ago: %v", len(records), ok)
		}
		mode = "rel"
		h.Merge(id(t, keys[2]), id(t, keys[4]))
		time.Sleep(time.Hour)
		_, gone, next = since(t, c, model.Ticket, next)
		if g := gone[keys[2].ID]; g.How != connector.GoneMerged || g.Into != keys[4].ID {
			t.Errorf("by the note: %+v", gone)
		}
		mode = "nothing"
		h.Merge(id(t, keys[3]), id(t, keys[4]))
		time.Sleep(time.Hour)
		records, gone, _ = since(t, c, model.Ticket, next)
		if _, ok := records[keys[3].ID]; !ok || len(gone) != 0 {
			t.Errorf("without a word where it went: told %v, gone %v", ok, gone)
		}
		// The messages of the survivor hold what came with the merges, and theirs stay.
		if got := len(read(t, c, model.Message)); got != 5+2*4 {
			t.Errorf("%d messages", got)
		}
		if n := h.Mails(); n != 0 {
			t.Errorf("%d mails", n)
		}
	})
}

// What was redacted is told as such, once, with what is left of it; a file that was
// replaced by another one is gone.
func TestP79_RedactedCommentsAndFilesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newDesk(fake.Options{Withheld: time.Minute})
		files := &conform.Files{}
		c := connect(t, h, zendesk.SettingPageSize, "2")
		who := made(t, c, files, contact("c1", "a@b.example"))[0].Key
		m := say("m1", "card 4111", true)
		for _, name := range []string{"a.txt", "b.txt"} {
			m.Parts = append(m.Parts, model.Draft{Object: model.Attachment, Mark: model.Mark(name), File: files.Add(name, "text/plain", []byte(name)), Fields: map[string]any{}})
		}
		out := made(t, c, files, ticket("t1", who, m, say("m2", "other", true)))[0]
		first := out.Parts[0]
		time.Sleep(time.Hour)
		said, held := now(t, c, model.Message), now(t, c, model.Attachment)
		time.Sleep(time.Hour)
		if !h.RedactComment(id(t, out.Key), 1) || !h.RedactFile(id(t, first.Parts[0].Key)) {
			t.Fatal("nothing was redacted")
		}
		time.Sleep(time.Hour)
		records, gone, next := since(t, c, model.Message, said)
		if g := gone[first.Key.ID]; len(gone) != 1 || g.How != connector.GoneRedacted || strings.Contains(string(records[first.Key.ID].Raw), "4111") {
			t.Errorf("messages: %v", gone)
		}
		records, gone, _ = since(t, c, model.Attachment, held)
		file := first.Parts[0].Key.ID
		if g := gone[file]; len(gone) != 1 || g.How != connector.GoneRedacted || !strings.Contains(string(records[file].Raw), "redacted.txt") {
			t.Errorf("files: %v", gone)
		}
		time.Sleep(time.Hour)
		h.RedactComment(id(t, out.Key), 2)
		time.Sleep(time.Hour)
		_, gone, _ = since(t, c, model.Message, next)
		if g := gone[out.Parts[1].Key.ID]; g.How != connector.GoneRedacted {
			t.Errorf("later: %v", gone)
		}
		if n := h.Mails(); n != 0 {
			t.Errorf("%d mails", n)
		}
	})
}
