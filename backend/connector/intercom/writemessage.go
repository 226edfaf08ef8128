package intercom

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// mostFiles is how many files a reply takes (OpenAPI 2.16, attachment_files).
const mostFiles = 10

// createMessage adds a reply or a note, with its files, at its own time, silently.
func (c *conn) createMessage(ctx context.Context, d model.Draft, files connector.Files) written {
	owner, ok := target(d, "conversation_id")
	if !ok {
		return refuse(d, problem.New(connector.CodeRequired, "The message belongs to no conversation.", "It is not in Intercom.",
			"See why its ticket did not arrive, then retry this message.").At(place(string(d.Object), d.Source.ID, "conversation_id", "")))
	}
	author, ok := target(d, "author_id")
	switch {
	case !ok:
		return refuse(d, problem.New(connector.CodeRequired, "The message has no author, and Intercom requires one.", "It is not in Intercom.",
			"Choose a stand-in for missing authors in the mapping.").At(place(string(d.Object), d.Source.ID, "author_id", "")))
	case isPrivate(d) && author.Object != model.Agent:
		return refuse(d, problem.New(connector.CodeInvalid, "An internal note was written by a customer, and in Intercom only teammates write notes.",
			"It was not sent, because a customer's message would be public.", "Choose a teammate as the stand-in for authors of such notes in the mapping.").
			At(place(string(d.Object), d.Source.ID, "author_id", "")))
	}
	if err := c.staff(ctx); err != nil {
		return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
	}
	inTicket := c.asTickets
	body := map[string]any{"message_type": "comment"}
	staff := author.Object == model.Agent
	if staff {
		body["type"], body["admin_id"], body["skip_notifications"] = "admin", author.ID, true
		if isPrivate(d) {
			body["message_type"] = "note"
		}
	} else {
		body["type"], body["intercom_user_id"] = "user", author.ID
		if inTicket {
			body["skip_notifications"] = true // replies to conversations know no such thing from customers
		}
	}
	body["body"] = bodyOf(d, staff)
	if at, ok := seconds(d.Fields["created_at"]); ok {
		body["created_at"] = at
	}
	attached, later := d.Parts, d.Parts[:0:0]
	if inTicket && !staff {
		attached, later = nil, d.Parts // OpenAPI 2.16: customers' replies to tickets take no files
	} else if len(attached) > mostFiles {
		attached, later = d.Parts[:mostFiles], d.Parts[mostFiles:]
	}
	content, refused := replyBody(body, attached, files)
	if refused != nil {
		if refused.Where.Record == "" {
			refused = refused.At(place(string(d.Object), d.Source.ID, "content", ""))
		}
		return refuse(d, refused)
	}
	s := c.sendBody(ctx, http.MethodPost, threadPath(inTicket, owner.ID)+"/reply", content, false)
	if s.State != connector.Created {
		return failed(d, s)
	}
	return c.arrived(ctx, d, owner, author, s, len(attached), later)
}

// arrived reads what an answer to a reply says of the new part.
func (c *conn) arrived(ctx context.Context, d model.Draft, owner, author model.Key, s wire.Sent, files int, later []model.Draft) written {
	v := gjson.ParseBytes(s.Body)
	part := v
	if !c.asTickets {
		part = newest(v, d, author)
	}
	if part.Get("id").String() == "" {
		return written{Outcome: connector.Outcome{State: connector.Unknown, Err: connector.NoAnswer(errNoID, desk)}}
	}
	id := messageID(c.asTickets, owner.ID, part.Get("id").String())
	w := written{Outcome: connector.Outcome{
		State: connector.Created, Key: model.Key{Object: model.Message, ID: id}, Version: part.Get("updated_at").String() + ".f",
	}}
	for i, f := range d.Parts {
		o := connector.Outcome{Mark: f.Mark, State: connector.Created, Version: "1", Key: model.Key{Object: model.Attachment, ID: fmt.Sprintf("%s-%d", id, i)}}
		if i >= files {
			o = connector.Outcome{Mark: f.Mark, State: connector.Refused, Err: tooManyFiles(f, c.asTickets && author.Object != model.Agent)}
		}
		w.Parts = append(w.Parts, o)
	}
	if !c.asTickets && part.Get("part_type").Str == "open" {
		if closed := c.closeAgain(ctx, owner.ID, v, part.Get("id").String()); closed.State == connector.Unknown || closed.State == connector.Unsent {
			// The message is there, and whoever looks for it closes the conversation: see FindParts.
			return written{Outcome: connector.Outcome{State: connector.Unknown, Err: connector.NoAnswer(closed.Err, desk)}, stop: closed.Stop}
		}
	}
	return w
}

func tooManyFiles(f model.Draft, ofCustomer bool) *problem.Problem {
	what := fmt.Sprintf("Intercom takes %d files with a message, and this message has more.", mostFiles)
	if ofCustomer {
		what = "Intercom takes no files with what a customer writes to a ticket."
	}
	return problem.New(connector.CodeTooLarge, what, "The message is in Intercom without this file.",
		"Keep the file in the archive, or add it to a note by hand.").At(place(string(f.Object), f.Source.ID, "content", ""))
}

// newest finds the part that a reply added among the parts of its answer: the latest
// number among those of the same time and author.
func newest(v gjson.Result, d model.Draft, author model.Key) (best gjson.Result) {
	at, timed := seconds(d.Fields["created_at"])
	top := int64(-1)
	for _, p := range v.Get("conversation_parts.conversation_parts").Array() {
		if p.Get("author.id").String() != author.ID || timed && p.Get("created_at").Int() != at {
			continue
		}
		if n := number(p.Get("id").String()); n > top {
			best, top = p, n
		}
	}
	return best
}

// closeAgain gives a conversation the state back that a customer's imported reply took:
// each reply of a customer opens a closed or snoozed one.
func (c *conn) closeAgain(ctx context.Context, id string, v gjson.Result, part string) wire.Sent {
	state, at := "closed", int64(-1)
	for _, p := range v.Get("conversation_parts.conversation_parts").Array() {
		n := number(p.Get("id").String())
		if typ := p.Get("part_type").Str; n > at && p.Get("id").String() != part && (typ == "close" || typ == "snoozed") {
			at = n
			if state = "closed"; typ == "snoozed" {
				state = "snoozed"
			}
		}
	}
	c.mu.Lock()
	until := c.known.snoozed[id]
	c.mu.Unlock()
	return c.setState(ctx, id, state, until)
}

// replyBody makes the body of a reply. Files are read, and written as base64, while the
// request is sent: they are never whole in memory.
func replyBody(fields map[string]any, parts []model.Draft, files connector.Files) (*wire.Body, *problem.Problem) {
	if len(parts) == 0 {
		b, err := wire.JSON(fields)
		if err != nil {
			return nil, problem.From(err)
		}
		return b, nil
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, problem.From(err)
	}
	pieces := []wire.Piece{{Text: append(raw[:len(raw)-1], `,"attachment_files":[`...)}}
	for i, p := range parts {
		if p.File == nil {
			return nil, problem.New(connector.CodeRequired, "An attachment has no content.", "The message was not sent.",
				"Extract the attachments again, or leave this one out.").At(place(string(p.Object), p.Source.ID, "content", ""))
		}
		if p.File.Size > maxFile {
			return nil, problem.New(connector.CodeTooLarge, fmt.Sprintf("The file %q is larger than the %d MB that Intercom takes.", p.File.Name, maxFile>>20),
				"The message was not sent.", "Leave the file out, or keep it elsewhere and put a link into the message.").At(place(string(p.Object), p.Source.ID, "content", ""))
		}
		if err := wire.Readable(files, p.File.Hash); err != nil {
			return nil, problem.Wrap(err, connector.CodeRefused, fmt.Sprintf("The file %q could not be read from the project.", p.File.Name),
				"The message was not sent.", "Extract the attachments again, then retry this message.").At(place(string(p.Object), p.Source.ID, "content", ""))
		}
		head, err := fileHead(p, i > 0)
		if err != nil {
			return nil, problem.From(err)
		}
		content := wire.Content(files, p.File.Hash)
		pieces = append(pieces, wire.Piece{Text: head}, wire.Piece{
			Size: int64(base64.StdEncoding.EncodedLen(int(p.File.Size))),
			Pour: func(w io.Writer) error {
				e := base64.NewEncoder(base64.StdEncoding, w)
				return errors.Join(content(e), e.Close())
			},
		}, wire.Piece{Text: []byte(`"}`)})
	}
	return wire.Stream("application/json", append(pieces, wire.Piece{Text: []byte("]}")})), nil
}

func fileHead(p model.Draft, next bool) ([]byte, error) {
	name := model.Plain(p.Fields["name"])
	if name == "" {
		name = p.File.Name
	}
	if name == "" {
		name = "file"
	}
	kind := p.File.Type
	if kind == "" {
		kind = "application/octet-stream"
	}
	b, err := json.Marshal(map[string]string{"name": strings.ToValidUTF8(name, "_"), "content_type": kind})
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"data":"`...)
	if next {
		b = append([]byte(","), b...)
	}
	return b, nil
}

// FindParts looks for messages in a thread, by author, time, privacy and text, and for
// files of a message, by name and size in their order.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	out := map[model.Mark]connector.Found{}
	if len(parts) == 0 {
		return out, nil
	}
	if err := c.staff(ctx); err != nil {
		return nil, err
	}
	ticket, id := c.asTickets, owner.ID
	rest := ""
	if owner.Object == model.Message {
		var ok bool
		if ticket, id, rest, ok = splitMessage(owner.ID); !ok {
			return out, nil
		}
	}
	t, found, err := c.thread(ctx, ticket, id)
	if err != nil || !found {
		return out, err
	}
	pieces := t.pieces()
	if owner.Object == model.Message {
		for _, p := range pieces {
			if p.part == rest {
				findFiles(owner.ID, p, parts, out)
			}
		}
		return out, nil
	}
	taken := map[int]bool{}
	for _, d := range parts {
		if d.Object != model.Message {
			continue
		}
		var hits []int
		for i, p := range pieces {
			if !taken[i] && sameMessage(p, d) {
				hits = append(hits, i)
			}
		}
		if len(hits) == 0 {
			continue
		}
		taken[hits[0]] = true
		r := c.message(t, pieces[hits[0]])
		copies := 1
		if twins := countTwins(parts, d); len(hits) > twins {
			copies = len(hits)
		}
		out[d.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: copies}
		if err := c.reopened(ctx, t, pieces[hits[0]].part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// changesState are the parts that give a conversation another state.
var changesState = []string{"open", "close", "snoozed", "assign_and_reopen"}

// reopened closes a conversation again that our own message of a customer opened, where
// nobody did anything about its state since: the request that was to do so was lost.
func (c *conn) reopened(ctx context.Context, t thread, message string) error {
	if t.ticket || t.v.Get("state").Str != "open" {
		return nil
	}
	last := gjson.Result{}
	for _, p := range t.parts().Get("conversation_parts").Array() {
		if slices.Contains(changesState, p.Get("part_type").Str) && (!last.Exists() || older(last.Get("id").String(), p.Get("id").String())) {
			last = p
		}
	}
	if last.Get("id").String() != message || last.Get("part_type").Str != "open" || last.Get("app_package_code").String() == "" {
		return nil
	}
	if s := c.closeAgain(ctx, t.id(), t.v, message); s.State == connector.Unknown || s.State == connector.Unsent {
		return c.wire.Explain(ctx, s.Err)
	}
	return nil
}

// countTwins counts the drafts that look the same.
func countTwins(parts []model.Draft, d model.Draft) (n int) {
	a, _ := target(d, "author_id")
	for _, x := range parts {
		b, _ := target(x, "author_id")
		if a == b && isPrivate(x) == isPrivate(d) && x.Fields["created_at"] == d.Fields["created_at"] && model.Plain(x.Fields["body"]) == model.Plain(d.Fields["body"]) {
			n++
		}
	}
	return n
}

func sameMessage(p piece, d model.Draft) bool {
	author, _ := target(d, "author_id")
	if p.author.Get("id").String() != author.ID || p.private != isPrivate(d) {
		return false
	}
	if at, ok := seconds(d.Fields["created_at"]); ok && p.at != at {
		return false
	}
	rich := author.Object == model.Agent
	return plain(p.body) == plainOf(bodyOf(d, rich), rich)
}

// plainOf is a text that we sent, as it reads there.
func plainOf(s string, rich bool) string {
	if rich {
		return plain(s)
	}
	return strings.TrimSpace(space.ReplaceAllString(s, " "))
}

func findFiles(message string, p piece, parts []model.Draft, out map[model.Mark]connector.Found) {
	taken := map[int]bool{}
	for _, d := range parts {
		if d.File == nil {
			continue
		}
		name := model.Plain(d.Fields["name"])
		if name == "" {
			name = d.File.Name
		}
		for i, f := range p.files {
			if !taken[i] && f.Get("name").String() == strings.ToValidUTF8(name, "_") && f.Get("filesize").String() == strconv.FormatInt(d.File.Size, 10) {
				taken[i] = true
				out[d.Mark] = connector.Found{Key: model.Key{Object: model.Attachment, ID: fmt.Sprintf("%s-%d", message, i)}, Version: "1", Copies: 1}
				break
			}
		}
	}
}
