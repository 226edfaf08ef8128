package front

import (
	"maps"
	"slices"
	"strings"

	"waybill/backend/model"
)

// Kept says what Front makes of a draft. A private note becomes a comment: plain text, and
// of a teammate or of nobody; the time and everything else is in its text. Whether an open
// conversation is "assigned" follows from its assignee.
func (c *conn) Kept(d model.Draft) model.Draft {
	switch {
	case d.Object == model.Ticket:
		status := words(d, "status")
		if status != "assigned" && status != "unassigned" {
			return d
		}
		d.Fields = maps.Clone(d.Fields)
		if d.Fields["status"] = "unassigned"; target(d, "assignee_id").ID != "" {
			d.Fields["status"] = "assigned"
		}
	case d.Object == model.Message && private(d):
		text := plainText(words(d, "body"))
		if strings.TrimSpace(text) == "" {
			text = noText
		}
		d.Fields = map[string]any{"private": true, "body": text}
		d.Links = slices.DeleteFunc(slices.Clone(d.Links), func(l model.DraftLink) bool {
			return l.Field == "author_id" && l.Target.Object != model.Agent
		})
	}
	return d
}
