package zendesk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// mostComments is how many comments an import takes with a ticket.
const mostComments = 5000

// noText stands where a message or a ticket has no text: Zendesk takes none without.
const noText = "<p>(no text)</p>"

// requestSize is about how much text one import carries.
const requestSize = 4 << 20

// tickets imports tickets with all their messages and files. An import runs no trigger and
// mails nobody; a ticket created otherwise does.
func (w *writing) tickets(ctx context.Context) (bool, error) {
	message, err := w.c.fieldsOf(ctx, model.Message)
	if err != nil {
		return false, err
	}
	w.uploads(ctx)
	var ready [2][]row // those for the archive apart
	for _, r := range w.send {
		d := w.drafts[r.at]
		if w.out[r.at].State == connector.Refused || w.out[r.at].Err != nil {
			continue
		}
		r.body["external_id"] = string(d.Mark)
		if p := w.messages(message, d, &r); p != nil {
			w.out[r.at].State, w.out[r.at].Err = connector.Refused, p
			continue
		}
		i := 0
		if d.Archive && d.Fields["status"] == "closed" {
			i = 1
		}
		ready[i] = append(ready[i], r)
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	for i, query := range []url.Values{nil, {"archive_immediately": {"true"}}} {
		for _, part := range bySize(ready[i]) {
			goOn, err := w.many(ctx, "imports/tickets/create_many", "tickets", query, part)
			if err != nil || !goOn {
				return goOn, err
			}
		}
	}
	return true, nil
}

// bySize parts rows into requests of a bearable size.
func bySize(list []row) (out [][]row) {
	size, from := 0, 0
	for i, r := range list {
		n := 0
		if comments, ok := r.body["comments"].([]map[string]any); ok {
			for _, c := range comments {
				text, _ := c["html_body"].(string)
				n += len(text) + 200
			}
		}
		if i > from && size+n > requestSize {
			out, from, size = append(out, list[from:i]), i, 0
		}
		size += n
	}
	if from < len(list) {
		out = append(out, list[from:])
	}
	return out
}

// messages puts a ticket's messages into its body, in the order in which Zendesk shows
// them: by time. Whether one is public is always said, as leaving it out means public.
func (w *writing) messages(shape model.ObjectSchema, d model.Draft, r *row) *problem.Problem {
	if len(d.Parts) > mostComments {
		return problem.New(connector.CodeTooLong, fmt.Sprintf("The ticket has %d messages, and Zendesk takes %d with one ticket.", len(d.Parts), mostComments),
			"It was not sent, because the rest could not be added later.", "Keep it in the archive, or split it into several tickets.").At(at(d, "comments"))
	}
	list := make([]map[string]any, len(d.Parts))
	r.order = make([]int, len(d.Parts))
	for i, part := range d.Parts {
		c, p := encode(shape, part, false)
		if p != nil {
			return p
		}
		text, _ := c["html_body"].(string)
		if c["html_body"] = plainly(text); strings.TrimSpace(text) == "" {
			c["html_body"] = noText
		} else if len(plainly(text)) > maxText {
			return problem.New(connector.CodeTooLong, "The text of a message takes more room than Zendesk has for it (64 KB; letters with accents and of other scripts count twice or more).",
				"Zendesk would cut it without a word, so the ticket was not sent.",
				"Shorten it with a formula in the mapping, or choose in the plan what becomes of long texts.").At(at(part, "html_body"))
		}
		public, said := c["public"].(bool)
		c["public"] = public || !said && part.Fields["public"] == nil
		if tokens := r.tokens[i]; len(tokens) > 0 {
			c["uploads"] = tokens
		}
		list[i], r.order[i] = c, i
	}
	when := func(c map[string]any) string { s, _ := c["created_at"].(string); return s }
	slices.SortStableFunc(r.order, func(a, b int) int { return strings.Compare(when(list[a]), when(list[b])) })
	sorted := make([]map[string]any, 0, len(list)+1)
	for _, i := range r.order {
		sorted = append(sorted, list[i])
	}
	if len(sorted) == 0 {
		c := map[string]any{"html_body": noText, "public": true, "author_id": r.body["requester_id"]}
		if at, ok := r.body["created_at"]; ok {
			c["created_at"] = at
		}
		sorted = append(sorted, c)
	}
	r.body["comments"] = sorted
	return nil
}

// braces begin what Zendesk puts values of the ticket in the place of, such as {{ticket.id}}.
// Written as numbers they mean the same letters in HTML, and nothing to it
// (shared/apis/zendesk.md, Import fidelity).
var braces = strings.NewReplacer("{{", "&#123;&#123;", "{%", "&#123;%")

// plainly is a text in which Zendesk fills in nothing.
func plainly(text string) string { return braces.Replace(text) }

// uploadTries is how often a file is sent whose answer is lost.
const uploadTries = 3

// uploading is how many files are uploaded at a time.
const uploading = 4

// uploads sends the files of all rows. A file that did not get through keeps its ticket
// back; what was uploaded of it falls away by itself after an hour.
func (w *writing) uploads(ctx context.Context) {
	var wg sync.WaitGroup
	places := make(chan struct{}, uploading)
	for i := range w.send {
		r := &w.send[i]
		d, o := w.drafts[r.at], &w.out[r.at]
		r.tokens, r.files = make([][]string, len(d.Parts)), make([][]string, len(d.Parts))
		if !slices.ContainsFunc(d.Parts, func(m model.Draft) bool { return len(m.Parts) > 0 }) {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			for i, m := range d.Parts {
				for _, f := range m.Parts {
					token, id, err := w.c.upload(ctx, f, w.files)
					if err != nil {
						w.keepBack(ctx, d, f, o, err)
						return
					}
					r.tokens[i], r.files[i] = append(r.tokens[i], token), append(r.files[i], id)
				}
			}
		})
	}
	wg.Wait()
}

// keepBack says why a ticket was not sent: one of its files did not get through.
func (w *writing) keepBack(ctx context.Context, d, f model.Draft, o *connector.Outcome, err error) {
	var no *errRefused
	name := ""
	if f.File != nil {
		name = f.File.Name
	}
	switch {
	case errors.As(err, &no):
		code := connector.CodeRefused
		if no.status == http.StatusRequestEntityTooLarge {
			code = connector.CodeTooLarge
		}
		p := problem.Wrap(no.why, code, fmt.Sprintf("Zendesk does not take the file %q.", name),
			"Its ticket was not sent, because files cannot be added later.", "Choose in the plan what becomes of such files, then retry this record.")
		refused(o, d, p.At(problem.Place{Field: "content"}))
	case ctx.Err() != nil:
		o.Err = connector.NotSent(ctx.Err(), desk)
	default:
		var p *problem.Problem
		if errors.As(err, &p) && p.Code == codeContent {
			refused(o, d, p)
			return
		}
		o.Err = connector.NotSent(err, desk) // and it stays Unsent
	}
}

const codeContent problem.Code = "zendesk.content"

// upload sends one file and gives its token and the number of the attachment that it will
// be. A lost answer does no harm: what belongs to no comment falls away.
func (c *conn) upload(ctx context.Context, d model.Draft, files connector.Files) (token, id string, err error) {
	if d.File == nil || files == nil {
		return "", "", problem.New(codeContent, "A file of this ticket has no content.", "Its ticket was not sent.", "Leave the file out, or extract the attachments again.").At(problem.Place{Field: "content"})
	}
	if err := wire.Readable(files, d.File.Hash); err != nil {
		return "", "", problem.Wrap(err, codeContent, fmt.Sprintf("The file %q could not be read from the project.", d.File.Name),
			"Its ticket was not sent.", "Extract the attachments again, then retry this record.").At(problem.Place{Field: "content"})
	}
	name, _ := d.Fields["file_name"].(string)
	if name == "" {
		name = d.File.Name
	}
	kind, _ := d.Fields["content_type"].(string)
	if kind == "" {
		kind = d.File.Type
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	body := &wire.Body{Kind: kind, Size: d.File.Size, Open: func() (io.ReadCloser, error) { return files.Open(d.File.Hash) }}
	for range uploadTries {
		v, sendErr := c.send(ctx, http.MethodPost, "uploads", url.Values{"filename": {name}}, body)
		if err = sendErr; err == nil {
			token, id = v.Get("upload.token").String(), v.Get("upload.attachment.id").String()
			if token != "" && id != "" {
				return token, id, nil
			}
			err = fmt.Errorf("%w: the answer names no upload", errUnknown)
		}
		if !errors.Is(err, errUnknown) || ctx.Err() != nil {
			return "", "", err
		}
	}
	return "", "", err
}

// stampTickets reads the stamps of imported tickets, and whether all comments arrived.
func (w *writing) stampTickets(ctx context.Context, made []row, ids []string) error {
	v, _, err := w.c.client.get(ctx, "tickets/show_many", url.Values{"ids": {joined(ids)}, "include": {"comment_count"}})
	if err != nil {
		unknown(w.out, indexes(made), err)
		return ctx.Err()
	}
	there := map[string]gjson.Result{}
	for _, x := range v.Get("tickets").Array() {
		there[x.Get("id").String()] = x
	}
	for _, r := range made {
		o, d := &w.out[r.at], w.drafts[r.at]
		x, ok := there[o.Key.ID]
		if !ok {
			unknown(w.out, []int{r.at}, errors.New("the ticket that was made cannot be read"))
			continue
		}
		o.State, o.Version = connector.Created, x.Get("updated_at").String()
		n := x.Get("comment_count")
		if n.Exists() && int(n.Int()) != max(len(d.Parts), 1) || !n.Exists() && len(d.Parts) > 0 || slices.ContainsFunc(d.Parts, customersNote) {
			if err := w.looked(ctx, d, o); err != nil {
				unknown(w.out, []int{r.at}, err)
			}
			continue
		}
		o.Parts = make([]connector.Outcome, len(d.Parts))
		for n, i := range r.order {
			part := d.Parts[i]
			p := connector.Outcome{Mark: part.Mark, State: connector.Created, Key: model.Key{Object: model.Message, ID: o.Key.ID + "-" + strconv.Itoa(n+1)}}
			for j, f := range part.Parts {
				p.Parts = append(p.Parts, connector.Outcome{Mark: f.Mark, State: connector.Created, Key: model.Key{Object: model.Attachment, ID: r.files[i][j]}})
			}
			o.Parts[i] = p
		}
	}
	return nil
}

// looked looks into a ticket for its messages, and for its stamp after that.
func (w *writing) looked(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if err := w.c.lookedUp(ctx, d, o); err != nil {
		return err
	}
	now, err := w.c.Read(ctx, model.Ticket, []string{o.Key.ID})
	if err == nil {
		o.Version = now[o.Key.ID].Version
	}
	return err
}

// customersNote tells a private note that a customer wrote. Zendesk does not say whether it
// lets one be private, so it is looked at once it is there.
func customersNote(d model.Draft) bool {
	public, said := d.Fields["public"].(bool)
	return said && !public && slices.ContainsFunc(d.Links, func(l model.DraftLink) bool {
		return l.Field == "author_id" && l.Target.Object == model.Contact
	})
}

// lookedUp fills the outcomes of parts by what is in the ticket: fewer comments arrived
// than were sent, or more.
func (c *conn) lookedUp(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	found, err := c.FindParts(ctx, o.Key, d.Parts)
	if err != nil {
		return err
	}
	o.Parts = make([]connector.Outcome, len(d.Parts))
	for i, part := range d.Parts {
		f, ok := found[part.Mark]
		o.Parts[i] = connector.Outcome{Mark: part.Mark, State: connector.Created, Key: f.Key}
		if !ok {
			refused(&o.Parts[i], part, problem.New(connector.CodeRefused, "Zendesk left this message out when it imported its ticket.",
				"The ticket is there without it.", "Write it into the ticket by hand as an internal note, or keep it in the archive."))
			continue
		}
		below, err := c.FindParts(ctx, f.Key, part.Parts)
		if err != nil {
			return err
		}
		for _, p := range part.Parts {
			x := connector.Outcome{Mark: p.Mark, State: connector.Created, Key: below[p.Mark].Key}
			if x.Key.ID == "" {
				refused(&x, p, alone(p))
			}
			o.Parts[i].Parts = append(o.Parts[i].Parts, x)
		}
	}
	return nil
}

// whenOf is a message's moment as Zendesk keeps it.
func whenOf(d model.Draft) string {
	at, ok := d.Fields["created_at"].(time.Time)
	if !ok {
		return ""
	}
	return at.UTC().Truncate(time.Second).Format(time.RFC3339)
}
