package freshdesk

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// shapes are the calls for fields of an object: the list, what makes one, what changes one.
var shapes = map[model.Object]struct{ list, create, change string }{
	model.Ticket:       {"admin/ticket_fields", "admin/ticket_fields", "admin/ticket_fields/"},
	model.Contact:      {"contact_fields", "contact_fields", "contact_field/"},
	model.Organization: {"company_fields", "company_fields", "company_field/"},
}

// making is held while the field of our mark is made, so that it is made once.
type making struct{ sync.Mutex }

// knownMark names the field of our mark; empty: it does not exist.
func (c *conn) knownMark(ctx context.Context, o model.Object) (string, error) {
	if _, err := c.fieldsOf(ctx, o); err != nil {
		return "", err
	}
	c.shape.mu.Lock()
	defer c.shape.mu.Unlock()
	return c.shape.marks[o], nil
}

// markField names the field of our mark, and makes it where it does not exist.
func (c *conn) markField(ctx context.Context, o model.Object) (string, error) {
	if name, err := c.knownMark(ctx, o); err != nil || name != "" {
		return name, err
	}
	c.making.Lock()
	defer c.making.Unlock()
	c.forget() // somebody else may have made it since
	if name, err := c.knownMark(ctx, o); err != nil || name != "" {
		return name, err
	}
	x, err := c.makeField(ctx, o, model.Field{Title: markLabel, Type: model.Text})
	if err != nil {
		return "", err
	}
	name := x.Get("name").String()
	c.shape.mu.Lock()
	defer c.shape.mu.Unlock()
	c.shape.schema = nil
	if c.shape.marks != nil {
		c.shape.marks[o] = name
	}
	return name, nil
}

// kinds are Freshdesk's types of custom fields for ours.
var kinds = map[model.Type]string{
	model.Text: "custom_text", model.LongText: "custom_paragraph", model.HTML: "custom_paragraph", model.Bool: "custom_checkbox",
	model.Integer: "custom_number", model.Number: "custom_decimal", model.Date: "custom_date", model.Option: "custom_dropdown",
	model.Email: "custom_text", model.Phone: "custom_text", model.URL: "custom_text", model.DateTime: "custom_text",
}

// makeField makes a field and gives what Freshdesk says about it.
func (c *conn) makeField(ctx context.Context, o model.Object, f model.Field) (gjson.Result, error) {
	s, ok := shapes[o]
	kind := kinds[f.Type]
	if !ok || kind == "" {
		return gjson.Result{}, problem.New(connector.CodeRefused, "Freshdesk has no such custom field.",
			"Only tickets, contacts and companies have custom fields, and none of this type.", "Choose another field in the mapping, or a text field for it.").
			At(problem.Place{Object: string(o), Field: f.Name})
	}
	v := map[string]any{"label": f.Title, "type": kind, "required_for_agents": false, "position": 1}
	if o == model.Ticket {
		v["label_for_customers"], v["customers_can_edit"], v["displayed_to_customers"] = f.Title, false, false
		v["required_for_closure"], v["required_for_customers"] = false, false
	}
	if kind == "custom_dropdown" {
		list := []any{}
		for i, choice := range f.Options {
			list = append(list, map[string]any{"value": choice.Value, "position": i + 1})
		}
		v["choices"] = list
	}
	a, err := c.client.change(ctx, http.MethodPost, s.create, v)
	return a.JSON(), err
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// slug is the name that Freshdesk makes of a label (freshdesk.md, Ticket fields).
func slug(label string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(label), "_"), "_")
}

// CreateField adds a custom field. Freshdesk names fields after their labels, so the label
// is the title where that gives the name that is wanted, else the name itself.
func (c *conn) CreateField(ctx context.Context, o model.Object, f model.Field) error {
	c.forget()
	wanted := strings.TrimPrefix(f.Name, "custom_fields.")
	if slug(f.Title) != strings.TrimPrefix(wanted, "cf_") {
		f.Title = strings.ReplaceAll(strings.TrimPrefix(wanted, "cf_"), "_", " ")
	}
	x, err := c.makeField(ctx, o, f)
	if err != nil {
		return err
	}
	if name := x.Get("name").String(); name != wanted {
		return problem.New(connector.CodeInvalid, "Freshdesk made the field under another name: "+name+".",
			"It names fields itself, and another field may have had that name.", "Read the target's fields again and map the new field by its name.").
			At(problem.Place{Object: string(o), Field: f.Name})
	}
	return nil
}

// CreateOption adds a choice to a custom dropdown.
func (c *conn) CreateOption(ctx context.Context, o model.Object, field string, choice model.Choice) error {
	c.forget()
	s, ok := shapes[o]
	if !ok {
		return problem.New(connector.CodeRefused, "Only tickets, contacts and companies have custom fields in Freshdesk.",
			"The choice was not added.", "Map the value to one that is there.").At(problem.Place{Object: string(o), Field: field})
	}
	own, err := c.ownFields(ctx, s.list)
	if err != nil {
		return err
	}
	for _, f := range own {
		if "custom_fields."+f.Get("name").String() != field && f.Get("name").String() != field {
			continue
		}
		list := []any{}
		f.Get("choices").ForEach(func(_, v gjson.Result) bool {
			if v.IsObject() {
				list = append(list, map[string]any{"id": v.Get("id").Int(), "value": v.Get("value").String(), "position": len(list) + 1})
			} else {
				list = append(list, map[string]any{"value": v.String(), "position": len(list) + 1})
			}
			return true
		})
		list = append(list, map[string]any{"value": choice.Value, "position": len(list) + 1})
		_, err := c.client.change(ctx, http.MethodPut, s.change+text(f.Get("id")), map[string]any{"choices": list})
		return err
	}
	return problem.New(connector.CodeUnknownField, "Freshdesk has no field “"+field+"”.",
		"A choice can be added only to a field that is there.", "Create the field first, or map to another one.").At(problem.Place{Object: string(o), Field: field})
}
