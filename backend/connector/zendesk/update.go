package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// changeable is how one record of an object is changed: its path and its name.
var changeable = map[model.Object][2]string{
	model.Organization: {"organizations", "organization"}, model.Group: {"groups", "group"},
	model.Contact: {"users", "user"}, model.Ticket: {"tickets", "ticket"},
	model.Category: {"help_center/categories", "category"}, model.Section: {"help_center/sections", "section"},
	model.Article: {"help_center/articles", "article"}, model.Translation: {"help_center/translations", "translation"},
}

// Update changes records one by one. Zendesk runs its triggers on each change of a ticket,
// so it is not silent (P-72).
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	byObject := map[model.Object][]string{}
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
		if _, ok := changeable[e.Key.Object]; ok {
			byObject[e.Key.Object] = append(byObject[e.Key.Object], e.Key.ID)
		}
	}
	now := map[model.Key]model.Record{}
	for o, ids := range byObject {
		there, err := c.Read(ctx, o, ids)
		if err != nil {
			return wire.LeftUnsent(out, err, desk), err
		}
		for id, r := range there {
			now[model.Key{Object: o, ID: id}] = r
		}
	}
	for i, e := range edits {
		goOn, err := c.change(ctx, e, now, &out[i])
		if err != nil || !goOn {
			return wire.LeftUnsent(out, err, desk), err
		}
	}
	return out, nil
}

func placeOf(k model.Key, d model.Draft) model.Draft {
	d.Object = k.Object
	if d.Source.ID == "" {
		d.Source.ID = k.ID
	}
	return d
}

// change changes one record. goOn is false when nothing more may be sent now.
func (c *conn) change(ctx context.Context, e connector.Edit, now map[model.Key]model.Record, o *connector.Outcome) (goOn bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	d := placeOf(e.Key, e.Draft)
	how, ok := changeable[e.Key.Object]
	if !ok {
		refused(o, d, problem.New(connector.CodeRefused, "Zendesk does not let this be changed once it is there.", "The record in Zendesk stays as it is.", "Change it by hand in Zendesk, if it matters."))
		return true, nil
	}
	have, ok := now[e.Key]
	if !ok {
		refused(o, d, problem.New(connector.CodeNoRecord, "The record that was to be changed is not in Zendesk any more.",
			"Somebody deleted it or merged it into another one, so the change has nowhere to go.",
			"Look in Zendesk what became of it. If it is to be there, move it again."))
		return true, nil
	}
	if e.Version != "" && have.Version != e.Version {
		touched(o, d, have.Version)
		return true, nil
	}
	shape, err := c.fieldsOf(ctx, e.Key.Object)
	if err != nil {
		return false, err
	}
	in, bad := encode(shape, d, true)
	for name, v := range d.Fields {
		if f, ok := shape.Field(name); ok && f.Required && strings.TrimSpace(model.Plain(v)) == "" {
			bad = required(f).At(at(d, name))
		}
	}
	if bad != nil {
		bad.Why = "The record in Zendesk stays as it is."
		refused(o, d, bad)
		return true, nil
	}
	if _, guide := worded[e.Key.Object]; guide {
		return c.guided(ctx, e.Key, d, in, have, o)
	}
	if e.Key.Object == model.Ticket {
		for _, name := range []string{"created_at", "updated_at", "solved_at"} {
			delete(in, name) // only an import takes them
		}
		in["safe_update"], in["updated_stamp"] = true, have.Version
	}
	if e.Key.Object == model.Contact {
		in["skip_verify_email"] = true
	}
	body, err := wire.JSON(map[string]any{how[1]: in})
	if err != nil {
		return false, err
	}
	v, err := c.send(ctx, http.MethodPut, how[0]+"/"+e.Key.ID, nil, body)
	var no *errRefused
	switch {
	case errors.As(err, &no) && no.status == http.StatusConflict:
		there, err := c.Read(ctx, e.Key.Object, []string{e.Key.ID})
		if err != nil {
			return false, err
		}
		touched(o, d, there[e.Key.ID].Version)
	case errors.As(err, &no):
		no.why.Why = "The record in Zendesk stays as it is."
		refused(o, d, no.why)
	case errors.Is(err, errUnknown):
		o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return false, ctx.Err()
	case err != nil:
		return false, err
	default:
		o.State, o.Version = connector.Updated, v.Get(how[1]+".updated_at").String()
		if o.Version == "" {
			o.State, o.Err = connector.Unknown, connector.NoAnswer(errors.New("the answer holds no record"), desk)
		}
	}
	return true, nil
}

func touched(o *connector.Outcome, d model.Draft, version string) {
	o.State, o.Version = connector.Touched, version
	o.Err = problem.New(connector.CodeChanged, "People changed this record in Zendesk since it was moved.",
		"It was left as it is.", "Decide which of the two is kept: Zendesk's or the source's.").At(at(d, ""))
}

// CreateField adds a custom field. A ticket's gets its number from Zendesk and is found by
// its title; those of people and organizations are named by their key.
func (c *conn) CreateField(ctx context.Context, o model.Object, f model.Field) error {
	defer c.shape.keep(nil)
	kind := ""
	for _, name := range []string{"text", "textarea", "checkbox", "date", "integer", "decimal", "multiselect", "tagger"} {
		if types[name] == f.Type {
			kind = name
			break
		}
	}
	if kind == "" {
		kind = "text"
	}
	if (o == model.Contact || o == model.Organization) && kind == "tagger" {
		kind = "dropdown"
	}
	in := map[string]any{"type": kind, "title": f.Title}
	if f.Title == "" {
		in["title"] = f.Name
	}
	var options []map[string]any
	for _, x := range f.Options {
		title := x.Title
		if title == "" {
			title = x.Value
		}
		options = append(options, map[string]any{"name": title, "value": x.Value})
	}
	if options != nil {
		in["custom_field_options"] = options
	}
	path, name, err := fieldPath(o, f.Name, in)
	if err != nil {
		return err
	}
	if o == model.Ticket {
		if err := c.sharedTag(ctx, f.Options); err != nil {
			return err
		}
	}
	body, err := wire.JSON(map[string]any{name: in})
	if err != nil {
		return err
	}
	return c.shapeCall(ctx, path, body)
}

// fieldPath says where fields of an object are, and gives the body its key.
func fieldPath(o model.Object, field string, in map[string]any) (path, name string, err error) {
	switch o {
	case model.Ticket:
		return "ticket_fields", "ticket_field", nil
	case model.Contact, model.Agent:
		in["key"] = keyOf(field)
		return "user_fields", "user_field", nil
	case model.Organization:
		in["key"] = keyOf(field)
		return "organization_fields", "organization_field", nil
	}
	return "", "", problem.New(connector.CodeRefused, "Zendesk has no fields of one's own on this kind of record.",
		"The field cannot be created.", "Leave it out in the mapping, or put it into another field.")
}

// sharedTag refuses options whose values another field has: each is a tag, and one tag
// cannot set two fields (P-57).
func (c *conn) sharedTag(ctx context.Context, options []model.Choice) error {
	fields, err := c.whole(ctx, "ticket_fields", "ticket_fields")
	if err != nil {
		return err
	}
	for _, x := range fields {
		for _, have := range x.Get("custom_field_options").Array() {
			for _, o := range options {
				if have.Get("value").String() == o.Value {
					return problem.New(connector.CodeTaken, fmt.Sprintf("The value %q is already a value of the field %q.", o.Value, x.Get("title").String()),
						"In Zendesk the values of all fields are tags, and one tag cannot belong to two fields.",
						"Give the value another name in the mapping, for instance with the field's name before it.").At(problem.Place{Field: "options", Value: o.Value})
				}
			}
		}
	}
	return nil
}

// CreateOption adds an option to a custom field.
func (c *conn) CreateOption(ctx context.Context, o model.Object, field string, choice model.Choice) error {
	defer c.shape.keep(nil)
	path, _, err := fieldPath(o, field, map[string]any{})
	if err != nil {
		return err
	}
	id := keyOf(field)
	if o != model.Ticket {
		fields, err := c.whole(ctx, path, path)
		if err != nil {
			return err
		}
		for _, x := range fields {
			if x.Get("key").String() == keyOf(field) {
				id = x.Get("id").String()
			}
		}
	} else if err := c.sharedTag(ctx, []model.Choice{choice}); err != nil {
		return err
	}
	title := choice.Title
	if title == "" {
		title = choice.Value
	}
	body, err := wire.JSON(map[string]any{"custom_field_option": map[string]any{"name": title, "value": choice.Value}})
	if err != nil {
		return err
	}
	return c.shapeCall(ctx, path+"/"+id+"/options", body)
}

func (c *conn) shapeCall(ctx context.Context, path string, body *wire.Body) error {
	_, err := c.send(ctx, http.MethodPost, path, nil, body)
	var no *errRefused
	switch {
	case errors.As(err, &no):
		return no.why
	case errors.Is(err, errUnknown):
		return connector.NoAnswer(err, desk)
	}
	return err
}
