package freshdesk

import (
	"context"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// describes begins the id of a message that is a ticket's own text.
const describes = "description-"

// noText stands where a ticket needs a text of its own and has none, or its first message
// cannot be public. It is never read as a message.
const noText = "(no text)"

// webChat tickets repeat their first message in the description (freshdesk.md, Conversation).
const webChat = 15

// talkOf reads all conversations of a ticket, oldest first; nothing where the ticket went
// meanwhile.
func (c *conn) talkOf(ctx context.Context, ticket string) ([]gjson.Result, error) {
	return c.talkAt(ctx, "tickets/"+ticket)
}

func (c *conn) talkAt(ctx context.Context, path string) ([]gjson.Result, error) {
	var all []gjson.Result
	for page := 1; ; page++ {
		items, more, err := c.client.list(ctx, path+"/conversations", pageQuery(page, pageMost))
		if errors.Is(err, errAbsent) {
			return nil, nil // it is told as gone by the next reading of changes (P-02)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if !more {
			return all, nil
		}
	}
}

// together runs a call for each ticket, a few at a time, and gives the results in order.
func together[A, T any](ctx context.Context, tickets []A, do func(context.Context, A) (T, error)) ([]T, error) {
	out := make([]T, len(tickets))
	errs := make([]error, len(tickets))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	places := make(chan int)
	for range min(parallel, len(tickets)) {
		wg.Go(func() {
			for i := range places {
				if out[i], errs[i] = do(ctx, tickets[i]); errs[i] != nil {
					stop()
				}
			}
		})
	}
	for i := range tickets {
		places <- i
	}
	close(places)
	wg.Wait()
	var first error
	for _, err := range errs {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err // who was stopped because of another is not the reason
		}
	}
	return out, first
}

// talkPage makes pages of messages: a ticket's own text, then its conversations.
func (c *conn) talkPage(each func(connector.Page) error) func(context.Context, tally) error {
	return func(ctx context.Context, t tally) error {
		talks, err := together(ctx, t.tickets, func(ctx context.Context, x gjson.Result) ([]gjson.Result, error) {
			return c.talkAt(ctx, t.path(x))
		})
		if err != nil {
			return err
		}
		page := connector.Page{Next: t.next.text(), Broken: t.broken}
		for i, x := range t.tickets {
			list, err := messages(x, talks[i])
			if err != nil {
				return err
			}
			page.Records = append(page.Records, list...)
			c.noteBare(x, talks[i])
		}
		return each(page)
	}
}

// messages makes records of a ticket's own text and its conversations.
func messages(ticket gjson.Result, talk []gjson.Result) ([]model.Record, error) {
	var out []model.Record
	if r, ok := description(ticket, talk); ok {
		out = append(out, r)
	}
	for _, m := range talk {
		r, err := said(m)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// said makes a record of one conversation. Freshdesk has no call that reads it by its own
// number, so its id names its ticket, too.
func said(m gjson.Result) (model.Record, error) {
	r, err := record(model.Message, m)
	r.Key.ID = messageID(m)
	return r, err
}

func messageID(m gjson.Result) string { return text(m.Get("ticket_id")) + "-" + text(m.Get("id")) }

// split reads a message's id: its ticket, and its own number, which is empty for the
// ticket's own text.
func split(id string) (ticket, own string, ok bool) {
	if ticket, ok = strings.CutPrefix(id, describes); !ok {
		if ticket, own, ok = strings.Cut(id, "-"); !ok || own == "" {
			return "", "", false
		}
	}
	return ticket, own, ticket != "" && strings.Trim(ticket+own, "0123456789") == ""
}

// description makes a message of the text that Freshdesk keeps in the ticket itself: that
// of whoever asked, except that a mail sent by the desk began with the agent.
func description(ticket gjson.Result, talk []gjson.Result) (model.Record, bool) {
	body, plain := ticket.Get("description"), strings.TrimSpace(ticket.Get("description_text").String())
	if body.Type != gjson.String || plain == noText {
		return model.Record{}, false
	}
	source := ticket.Get("source").Int()
	if source == webChat && len(talk) > 0 && strings.TrimSpace(talk[0].Get("body_text").String()) == plain {
		return model.Record{}, false // P-42
	}
	author, incoming := "requester_id", "true"
	if source == 10 && ticket.Get("responder_id").Type == gjson.Number {
		author, incoming = "responder_id", "false"
	}
	id := text(ticket.Get("id"))
	r := rawRecord(model.Message, describes+id, "ticket_id", id, "user_id", ticket.Get(author).Raw, "body", body.Raw,
		"body_text", ticket.Get("description_text").Raw, "incoming", incoming, "private", "false", "to_emails", ticket.Get("to_emails").Raw,
		"cc_emails", ticket.Get("cc_emails").Raw, "created_at", ticket.Get("created_at").Raw, "updated_at", ticket.Get("created_at").Raw)
	r.Links = []model.Link{pointer("ticket_id", id, model.Ticket)}
	if who := text(ticket.Get(author)); who != "" {
		to := []model.Object{model.Contact, model.Agent}
		if incoming == "false" {
			to = []model.Object{model.Agent, model.Contact}
		}
		r.Links = append(r.Links, pointer("user_id", who, to...))
	}
	return r, true
}

// bareMost bounds what is remembered of tickets without files: some forty megabytes.
const bareMost = 1 << 20

// settledFor is how many seconds old a change must be to be remembered: a file that came
// within the same second would not show, and clocks differ.
const settledFor = 3600

// noteBare remembers that a ticket's conversations hold no files.
func (c *conn) noteBare(ticket gjson.Result, talk []gjson.Result) {
	if unix(ticket.Get("updated_at")) > time.Now().Unix()-settledFor {
		return
	}
	for _, m := range talk {
		if len(m.Get("attachments").Array()) > 0 || len(c.pictures(m.Get("body").String())) > 0 {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.bare) < bareMost {
		c.bare[ticket.Get("id").Int()] = unix(ticket.Get("updated_at"))
	}
}

func (c *conn) isBare(ticket gjson.Result) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.bare[ticket.Get("id").Int()]
	return ok && at == unix(ticket.Get("updated_at"))
}

// filePage makes pages of attachments: those of the ticket's own text, which only the
// ticket itself lists, and those of its conversations.
func (c *conn) filePage(each func(connector.Page) error) func(context.Context, tally) error {
	return func(ctx context.Context, t tally) error {
		lists, err := together(ctx, t.tickets, func(ctx context.Context, x gjson.Result) ([]model.Record, error) {
			return c.filesOf(ctx, x, t.path(x))
		})
		if err != nil {
			return err
		}
		page := connector.Page{Next: t.next.text(), Broken: t.broken}
		for _, l := range lists {
			page.Records = append(page.Records, l...)
		}
		return each(page)
	}
}

// filesOf reads the files of one ticket, pictures that stand in texts included.
func (c *conn) filesOf(ctx context.Context, x gjson.Result, path string) ([]model.Record, error) {
	id := text(x.Get("id"))
	whole, err := x, error(nil)
	if !x.Get("attachments").Exists() { // from the archive it came whole
		whole, err = c.client.one(ctx, path, nil)
	}
	if errors.Is(err, errAbsent) {
		return nil, nil // it went meanwhile
	}
	if err != nil {
		return nil, err
	}
	var talk []gjson.Result
	if !c.isBare(x) {
		if talk, err = c.talkAt(ctx, path); err != nil {
			return nil, err
		}
	}
	out, err := c.fileRecords(whole.Get("attachments"), whole.Get("description").String(), describes+id)
	if err != nil {
		return nil, err
	}
	if len(out) > 0 {
		// They hang on the ticket's own text, which must then exist as a message.
		if _, ok := description(whole, talk); !ok {
			for i := range out {
				out[i].Links = nil
				if len(talk) > 0 {
					out[i].Links = []model.Link{pointer("message_id", messageID(talk[0]), model.Message)}
				}
			}
		}
	}
	for _, m := range talk {
		more, err := c.fileRecords(m.Get("attachments"), m.Get("body").String(), messageID(m))
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// fileRecords makes records of what hangs on one message and stands in its text.
func (c *conn) fileRecords(list gjson.Result, body, message string) ([]model.Record, error) {
	var out []model.Record
	links := []model.Link{pointer("message_id", message, model.Message)}
	for _, x := range list.Array() {
		r, err := record(model.Attachment, x)
		if err != nil {
			return nil, err
		}
		r.Key.ID = message + "-" + r.Key.ID // no call reads a file by its own number
		r.Links = links
		out = append(out, r)
	}
	for i, src := range c.pictures(body) {
		n := strconv.Itoa(i + 1)
		r := rawRecord(model.Attachment, "inline-"+message+"-"+n, "name", strconv.Quote("picture "+n), "attachment_url", quote(src), "inline", "true")
		r.Links = links
		out = append(out, r)
	}
	return out, nil
}

func quote(s string) string { return string(connector.Raw(s)) }

// picture finds the pictures that Freshdesk keeps for texts: they are in no list of files
// (freshdesk.md, Conversation). Pictures elsewhere stay where they are.
var picture = regexp.MustCompile(`(?i)<img\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)`)

func (c *conn) pictures(body string) []string {
	if !strings.Contains(body, "<") {
		return nil
	}
	var out []string
	for _, m := range picture.FindAllStringSubmatch(body, -1) {
		src := html.UnescapeString(m[1])
		u, err := url.Parse(src)
		if err == nil && (strings.HasSuffix(u.Path, "/inline/attachment") || strings.Contains(u.Path, "/helpdesk/attachments/")) && c.client.Ours(u) {
			out = append(out, src)
		}
	}
	return out
}

// readMessage reads one message through its ticket.
func (c *conn) readMessage(ctx context.Context, id string) (model.Record, bool, error) {
	ticket, own, ok := split(id)
	if !ok {
		return model.Record{}, false, nil
	}
	x, err := c.client.one(ctx, "tickets/"+ticket, nil)
	if errors.Is(err, errAbsent) || err == nil && x.Get("deleted").Bool() {
		return model.Record{}, false, nil
	}
	if err != nil {
		return model.Record{}, false, err
	}
	if own == "" {
		r, ok := description(x, nil)
		return r, ok, nil
	}
	talk, err := c.talkOf(ctx, ticket)
	if err != nil {
		return model.Record{}, false, err
	}
	for _, m := range talk {
		if text(m.Get("id")) == own {
			r, err := said(m)
			return r, err == nil, err
		}
	}
	return model.Record{}, false, nil
}

// messageOf gives the message of a file by the file's id, and the file's own number.
func messageOf(id string) (message, own string, ok bool) {
	rest, _ := strings.CutPrefix(id, "inline-")
	at := strings.LastIndexByte(rest, '-')
	if at < 0 {
		return "", "", false
	}
	message, own = rest[:at], rest[at+1:]
	_, _, ok = split(message)
	return message, own, ok && own != "" && strings.Trim(own, "0123456789") == ""
}

// readFile reads one file through its message.
func (c *conn) readFile(ctx context.Context, id string) (model.Record, bool, error) {
	message, _, ok := messageOf(id)
	if !ok {
		return model.Record{}, false, nil
	}
	list, err := c.filesAt(ctx, message)
	for _, r := range list {
		if r.Key.ID == id {
			return r, true, err
		}
	}
	return model.Record{}, false, err
}

// filesAt reads the files of one message as they are now; none where it is gone.
func (c *conn) filesAt(ctx context.Context, message string) ([]model.Record, error) {
	ticket, own, ok := split(message)
	if !ok {
		return nil, nil
	}
	path := "tickets/" + ticket
	x, err := c.client.one(ctx, path, nil)
	if errors.Is(err, errAbsent) {
		path = archived + ticket
		x, err = c.client.one(ctx, path, nil)
	}
	if errors.Is(err, errAbsent) || err == nil && x.Get("deleted").Bool() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if own == "" {
		return c.fileRecords(x.Get("attachments"), x.Get("description").String(), message)
	}
	talk, err := c.talkAt(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, m := range talk {
		if text(m.Get("id")) == own {
			return c.fileRecords(m.Get("attachments"), m.Get("body").String(), message)
		}
	}
	return nil, nil
}
