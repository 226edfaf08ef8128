package intercom

import (
	"maps"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

var _ connector.Keeper = (*conn)(nil)

// Kept says what Intercom makes of a draft: customers' messages are plain text in one
// paragraph, a message needs a text, a plan is a record of its own, tags are known by their
// first spelling, and what was snoozed until a time that has passed is open.
func (c *conn) Kept(d model.Draft) model.Draft {
	d.Fields = maps.Clone(d.Fields)
	switch d.Object {
	case model.Message:
		if d.Fields == nil {
			d.Fields = map[string]any{}
		}
		if ofStaff(d) {
			d.Fields["body"] = bodyOf(d, true)
		} else {
			d.Fields["body"] = paragraph(bodyOf(d, false))
		}
	case model.Organization:
		if v, ok := d.Fields["plan"]; ok {
			delete(d.Fields, "plan")
			d.Fields["plan.name"] = v
		}
	case model.Ticket:
		if until, ok := d.Fields["snoozed_until"].(time.Time); ok && (d.Fields["state"] != "snoozed" || !until.After(time.Now())) {
			d.Fields["snoozed_until"] = nil
			if d.Fields["state"] == "snoozed" {
				d.Fields["state"] = "open"
			}
		}
		c.spelt(d)
	case model.Contact:
		c.spelt(d)
	}
	return d
}

// ofStaff says whether a message was written by a teammate.
func ofStaff(d model.Draft) bool {
	for _, l := range d.Links {
		switch {
		case l.Field != "author_id":
		case l.Target.ID != "":
			return l.Target.Object == model.Agent
		case len(l.To) > 0:
			return l.To[0].Object == model.Agent
		}
	}
	return false
}

// spelt gives tags the spelling under which Intercom knows them.
func (c *conn) spelt(d model.Draft) {
	tags, ok := d.Fields["tag_names"].([]string)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]string, len(tags))
	for i, name := range tags {
		out[i] = name
		if known := c.known.tags["#"+c.known.tags[strings.ToLower(name)]]; known != "" {
			out[i] = known
		}
	}
	d.Fields["tag_names"] = out
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br>\n", "\n", "<br>\n")

// paragraph is what Intercom makes of a customer's plain text (examples of parts, OpenAPI 2.16).
func paragraph(s string) string { return "<p>" + escaper.Replace(s) + "</p>" }
