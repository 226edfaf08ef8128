package zendesk

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// byMerge is the tag of a ticket that was merged into another one.
const byMerge = "closed_by_merge"

// mergedInto is what Zendesk writes into a ticket that was merged, unless the person who
// merged it wrote something else.
var mergedInto = regexp.MustCompile(`(?i)\bmerged into request #(\d+)`)

// merged says into which ticket one was merged since a moment; nil: it was not. It stays in
// Zendesk as a closed ticket with a tag; its audits (via.source.rel "merge") say where it went.
func (c *conn) merged(ctx context.Context, ticket gjson.Result, since int64) (*connector.Gone, error) {
	tags := ticket.Get("tags").Array()
	if ticket.Get("status").String() != "closed" || stampOf(ticket) < since ||
		!slices.ContainsFunc(tags, func(t gjson.Result) bool { return t.String() == byMerge }) {
		return nil, nil
	}
	id := ticket.Get("id").String()
	audits, err := c.audits(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Backward(audits) {
		into := intoOf(a)
		if into == "" || into == id {
			continue
		}
		at := a.Get("created_at").String()
		if when, err := time.Parse(time.RFC3339, at); err == nil && when.Unix() < since {
			return nil, nil // it was merged before, and read as it is
		}
		return &connector.Gone{ID: id, How: connector.GoneMerged, Into: into, At: at}, nil
	}
	return nil, nil // nobody says into which: it is told as the closed ticket that it is
}

// intoOf reads from an audit of a ticket which one it was merged into.
func intoOf(audit gjson.Result) string {
	for _, via := range append(audit.Get("events.#.via").Array(), audit.Get("via")) {
		if to := via.Get("source.to.ticket_id"); via.Get("source.rel").String() == "merge" && to.Int() > 0 {
			return to.String()
		}
	}
	for _, e := range audit.Get("events").Array() {
		if m := mergedInto.FindStringSubmatch(e.Get("body").String()); m != nil && e.Get("type").String() == "Comment" {
			return m[1]
		}
	}
	return ""
}

// audits reads all audits of a ticket, the oldest first; none when it is gone.
func (c *conn) audits(ctx context.Context, ticket string) ([]gjson.Result, error) {
	var out []gjson.Result
	q := url.Values{"page[size]": {strconv.Itoa(c.listSize)}}
	for {
		v, a, err := c.client.get(ctx, "tickets/"+ticket+"/audits", q)
		if a.Status == 404 {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v.Get("audits").Array()...)
		if !v.Get("meta.has_more").Bool() { // of archived tickets all come at once
			return out, nil
		}
		q.Set("page[after]", v.Get("meta.after_cursor").String())
	}
}

// redacted walks the events of tickets for what was taken out of comments and files. Who is
// told of is read again, so that it comes in both lists.
func (c *conn) redacted(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	for {
		v, _, err := c.client.get(ctx, "incremental/ticket_events", url.Values{
			"start_time": {strconv.FormatInt(at.Since, 10)}, "per_page": {strconv.Itoa(c.exportSize)},
		})
		if err != nil {
			return err
		}
		if !v.Get("ticket_events").IsArray() {
			return connector.OtherThing(nil, desk, c.client.Base.Host)
		}
		var tickets []string
		told := map[string]map[string]string{} // when, by the number of a comment or file, by ticket
		for _, e := range v.Get("ticket_events").Array() {
			for _, child := range e.Get("child_events").Array() {
				id := redactedID(o, child)
				if id == "" {
					continue
				}
				ticket := strings.Clone(e.Get("ticket_id").String())
				if told[ticket] == nil {
					told[ticket] = map[string]string{}
					tickets = append(tickets, ticket)
				}
				told[ticket][strings.Clone(id)] = eventTime(e)
			}
		}
		var p connector.Page
		for _, ticket := range tickets {
			if err := c.withoutContent(ctx, o, ticket, told[ticket], &p); err != nil {
				return err
			}
		}
		end := v.Get("end_time").Int()
		more := v.Get("end_of_stream").Type == gjson.False
		if more && end <= at.Since {
			// More events than a page holds share this second; what they did to the texts was
			// told with the tickets themselves.
			end = at.Since + 1
		}
		at.Since = max(end, at.Since)
		p.Next = at.text()
		if len(p.Records)+len(p.Gone) > 0 || !more {
			if err := each(p); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil || !more {
			return err
		}
	}
}

// redactedID reads from an event which comment or file lost its content.
func redactedID(o model.Object, child gjson.Result) string {
	kind := child.Get("event_type").String()
	switch {
	case o == model.Message && kind == "CommentRedactionEvent":
		return child.Get("comment_id").String()
	case o == model.Attachment && kind == "AttachmentRedactionEvent":
		return child.Get("attachment_id").String()
	}
	return ""
}

func eventTime(e gjson.Result) string {
	if s := e.Get("created_at").String(); s != "" {
		return strings.Clone(s)
	}
	return time.Unix(e.Get("timestamp").Int(), 0).UTC().Format(time.RFC3339)
}

// withoutContent reads a ticket's comments, or their files, again and tells which were
// redacted. A file that is not there any more was replaced by an empty one.
func (c *conn) withoutContent(ctx context.Context, o model.Object, ticket string, when map[string]string, p *connector.Page) error {
	list, err := c.commentsOf(ctx, ticket)
	if err != nil || list == nil {
		return err
	}
	records, err := comments(o, ticket, list)
	if err != nil {
		return c.client.Explain(ctx, err)
	}
	for _, r := range records {
		id := gjson.GetBytes(r.Raw, "id").String()
		at, lost := when[id]
		if lost {
			p.Gone = append(p.Gone, connector.Gone{ID: r.Key.ID, How: connector.GoneRedacted, At: at})
			delete(when, id)
		}
		if lost || o == model.Attachment {
			p.Records = append(p.Records, r)
		}
	}
	if o != model.Attachment {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(when)) {
		p.Gone = append(p.Gone, connector.Gone{ID: id, How: connector.GoneDeleted, At: when[id]})
	}
	return nil
}

// dissolved tells how an organization left: it was merged into another one, or deleted.
func (c *conn) dissolved(ctx context.Context, x gjson.Result) (connector.Gone, error) {
	gone := connector.Gone{ID: x.Get("id").String(), How: connector.GoneDeleted, At: x.Get("deleted_at").String()}
	v, a, err := c.client.get(ctx, "organizations/"+gone.ID+"/merges", nil)
	if a.Status == 404 || err != nil && unavailable(err) {
		return gone, nil // who may not see it, or asks too late, only learns that it is gone
	}
	if err != nil {
		return gone, err
	}
	for _, m := range v.Get("organization_merges").Array() {
		if m.Get("loser_id").String() == gone.ID && m.Get("status").String() == "complete" {
			gone.How, gone.Into = connector.GoneMerged, m.Get("winner_id").String()
		}
	}
	return gone, nil
}
