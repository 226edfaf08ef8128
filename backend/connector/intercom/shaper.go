package intercom

import (
	"context"
	"net/http"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// CreateField adds a custom attribute. Its name may be given as in records
// ("custom_attributes.Region") or without the prefix.
func (c *conn) CreateField(ctx context.Context, o model.Object, f model.Field) error {
	name := shortName(f.Name)
	if f.Title != "" && f.Name == "" {
		name = f.Title
	}
	labels := make([]string, 0, len(f.Options))
	for _, x := range f.Options {
		labels = append(labels, x.Value)
	}
	kind := map[model.Type]string{
		model.Integer: "integer", model.Number: "decimal", model.Bool: "boolean", model.DateTime: "datetime", model.Date: "datetime", model.Option: "list",
	}[f.Type]
	if kind == "" {
		kind = "string"
	}
	help := f.Help
	if help == "" {
		help = "Created by Waybill for the move."
	}
	body := map[string]any{"name": name, "description": help}
	var path string
	switch {
	case o == model.Organization || o == model.Contact:
		body["model"] = "contact"
		if o == model.Organization {
			body["model"] = "company"
		}
		if kind == "decimal" {
			kind = "float"
		}
		if kind == "list" {
			kind = "options"
			list := make([]any, 0, len(labels))
			for _, l := range labels {
				list = append(list, map[string]any{"value": l})
			}
			body["options"] = list
		}
		path = "data_attributes"
	case o == model.Ticket && c.asTickets:
		t, err := c.typeForNew(ctx)
		if err != nil {
			return err
		}
		if kind == "list" {
			body["list_items"] = strings.Join(labels, ",")
		}
		body["multiline"] = f.Type == model.LongText
		path = "ticket_types/" + t.id + "/attributes"
	case o == model.Ticket:
		if kind == "list" {
			list := make([]any, 0, len(labels))
			for _, l := range labels {
				list = append(list, map[string]any{"label": l})
			}
			body["options"] = list
		}
		if f.Type == model.LongText {
			body["multiline"] = true
		}
		path = "conversations/attributes"
	default:
		return problem.New(connector.CodeRefused, "Intercom has no custom attributes for this.", "The field was not created.",
			"Map the field to one that is there, or leave it out.").At(problem.Place{Object: string(o), Field: f.Name})
	}
	body["data_type"] = kind
	return c.shapeCall(ctx, http.MethodPost, path, body, o, f.Name)
}

func shortName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, customs), "ticket_attributes.")
}

// CreateOption adds an option to a custom attribute of a list.
func (c *conn) CreateOption(ctx context.Context, o model.Object, field string, choice model.Choice) error {
	c.forget("attributes")
	c.forget("types")
	name := shortName(field)
	if err := c.attributes(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	list := c.known.conversation
	switch o {
	case model.Contact:
		list = c.known.contact
	case model.Organization:
		list = c.known.company
	}
	c.mu.Unlock()
	typeID := ""
	if o == model.Ticket && c.asTickets {
		t, err := c.typeForNew(ctx)
		if err != nil {
			return err
		}
		list, typeID = t.attrs, t.id
	}
	for _, a := range list {
		if a.name != name {
			continue
		}
		switch {
		case typeID != "":
			items := make([]string, 0, len(a.options)+1)
			for _, x := range a.options {
				items = append(items, x.Value)
			}
			return c.shapeCall(ctx, http.MethodPut, "ticket_types/"+typeID+"/attributes/"+a.id,
				map[string]any{"list_items": strings.Join(append(items, choice.Value), ",")}, o, field)
		case o == model.Ticket:
			return c.shapeCall(ctx, http.MethodPost, "conversations/attributes/"+a.id+"/options", map[string]any{"label": choice.Value}, o, field)
		}
		var options []any
		for _, x := range a.options {
			options = append(options, map[string]any{"value": x.Value})
		}
		return c.shapeCall(ctx, http.MethodPut, "data_attributes/"+a.id,
			map[string]any{"options": append(options, map[string]any{"value": choice.Value})}, o, field)
	}
	return problem.New(connector.CodeUnknownField, "Intercom has no attribute \""+name+"\".", "The option was not added.",
		"Create the attribute first.").At(problem.Place{Object: string(o), Field: field})
}

func (c *conn) shapeCall(ctx context.Context, method, path string, body any, o model.Object, field string) error {
	s := c.send(ctx, method, path, body, false)
	c.forget("attributes")
	c.forget("types")
	switch s.State {
	case connector.Created:
		return nil
	case connector.Refused:
		return c.shapeRefusal(s).At(problem.Place{Object: string(o), Field: field})
	}
	if s.Stop != nil {
		return s.Stop
	}
	return s.Err
}

func (c *conn) shapeRefusal(s wire.Sent) *problem.Problem {
	return problem.New(connector.CodeRefused, "Intercom did not change its attributes: "+strings.TrimSuffix(said(s.Body), ".")+".",
		"The attribute is as it was.", "Correct its name, kind or options, or create it in Intercom by hand.")
}
