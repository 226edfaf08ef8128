package practice

import (
	"context"
	"encoding/json"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// on says what sets a trigger off, by the desk's words.
var on = map[string]string{
	"": "is created or changed", "created": "is created", "updated": "is changed", "public": "is written to the customer",
	"email": "with an e-mail address is created", "time": "has waited as long as the rule says",
}

// oneOf is one record of an object, in a sentence.
var oneOf = map[model.Object]string{
	model.Organization: "A company", model.Contact: "A customer", model.Agent: "An agent", model.Group: "A group",
	model.Ticket: "A ticket", model.Message: "A message", model.Attachment: "An attachment",
}

// Rules lists what the desk does by itself, and its canned answers.
func (c *conn) Rules(ctx context.Context) ([]connector.Rule, []string, error) {
	var list []json.RawMessage
	if err := c.client.get(ctx, "triggers", nil, &list); err != nil {
		return nil, nil, err
	}
	out := make([]connector.Rule, 0, len(list))
	for i, raw := range list {
		var t struct {
			ID     string         `json:"id"`
			Kind   string         `json:"kind"`
			Name   string         `json:"name"`
			On     []model.Object `json:"on"`
			When   string         `json:"when"`
			Does   string         `json:"does"`
			Text   string         `json:"text"`
			Active bool           `json:"active"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, nil, c.client.Explain(ctx, err)
		}
		r := connector.Rule{ID: t.ID, Kind: t.Kind, Name: t.Name, Active: t.Active, Place: i + 1, Text: t.Text, Uses: -1, Raw: raw}
		if t.Does != "" {
			r.Does = []string{strings.ToUpper(t.Does[:1]) + t.Does[1:]}
		}
		switch t.Kind {
		case "mail": // a notification is a trigger that nobody may edit
			r.Kind = connector.RuleTrigger
		case "macro":
			r.Place = 0
			out = append(out, r)
			continue
		}
		for _, o := range t.On {
			r.AnyOf = append(r.AnyOf, oneOf[o]+" "+on[t.When])
		}
		if len(r.AnyOf) == 1 {
			r.When, r.AnyOf = r.AnyOf, nil
		}
		out = append(out, r)
	}
	return out, nil, nil
}
