package front

import (
	"context"

	"waybill/backend/model"
)

// unix is how Front writes times: seconds since 1970, with or without a fraction.
const unix = "X"

func at(name, title string) model.Field {
	return model.Field{Name: name, Title: title, Type: model.DateTime, Format: unix, ReadOnly: true}
}

func text(name, title string) model.Field {
	return model.Field{Name: name, Title: title, Type: model.Text}
}

func fixed(f model.Field) model.Field {
	f.ReadOnly = true
	return f
}

func typed(name, title string, t model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: t}
}

func pointer(name, title string, to ...model.Object) model.Field {
	return model.Field{Name: name, Title: title, Type: model.LinkType, To: to}
}

// once says that a link can only be written when its record is created.
func once(f model.Field) model.Field {
	f.Once = true
	return f
}

func choices(list ...string) (out []model.Choice) {
	for i := 0; i+1 < len(list); i += 2 {
		out = append(out, model.Choice{Value: list[i], Title: list[i+1]})
	}
	return out
}

// id of every object.
func id() model.Field { return fixed(text("id", "Id")) }

// Schema gives Front's objects, with the company's custom fields.
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	c.forget()
	s, err := c.prepared(ctx)
	if err != nil {
		return model.Schema{}, c.gone(err)
	}
	return model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Tag, Title: "Tags", Name: "name", Fields: []model.Field{
			id(),
			{Name: "name", Title: "Name", Type: model.Text, Required: true, MaxLength: 64, Unique: true},
			fixed(typed("description", "Description", model.LongText)),
			{Name: "highlight", Title: "Colour", Type: model.Option, Options: choices("grey", "Grey", "pink", "Pink", "red", "Red", "orange", "Orange",
				"yellow", "Yellow", "green", "Green", "light-blue", "Light blue", "blue", "Blue", "purple", "Purple")},
			fixed(pointer("parent_tag_id", "Inside", model.Tag)), fixed(typed("is_private", "Private", model.Bool)),
			at("created_at", "Created"), at("updated_at", "Changed"),
		}},
		{Object: model.Organization, Title: "Accounts", Name: "name", Fields: append([]model.Field{
			id(),
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			typed("description", "Description", model.LongText),
			typed("domains", "Domains", model.Tags),
			{Name: "external_id", Title: "External id", Type: model.Text, ReadOnly: true, Help: "Waybill writes its mark here, to find the record again."},
			at("created_at", "Created"), at("updated_at", "Changed"),
		}, c.custom(s, "accounts")...)},
		{Object: model.Group, Title: "Inboxes", Name: "name", Fields: []model.Field{
			id(),
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			fixed(typed("is_private", "Private", model.Bool)),
			fixed(typed("is_public", "Open to all", model.Bool)),
		}},
		{Object: objTeam, Title: "Teams", Name: "name", Fields: []model.Field{id(), fixed(text("name", "Name"))}},
		{Object: model.Agent, Title: "Teammates", Name: "name", Fields: []model.Field{
			id(), text("name", "Name"),
			{Name: "email", Title: "E-mail", Type: model.Email, Unique: true},
			fixed(text("username", "User name")),
			fixed(text("first_name", "First name")), fixed(text("last_name", "Last name")), fixed(typed("is_admin", "Admin", model.Bool)),
			fixed(typed("is_available", "Available", model.Bool)), fixed(typed("is_blocked", "Blocked", model.Bool)), fixed(text("type", "Kind")),
		}},
		{Object: model.Contact, Title: "Contacts", Name: "name", Fields: append([]model.Field{
			id(), text("name", "Name"),
			{Name: "email", Title: "E-mail", Type: model.Email, Unique: true},
			typed("phone", "Phone", model.Phone),
			{
				Name: "other_handles", Title: "Other handles", Type: model.Tags,
				Help: "Further addresses, each with its kind: email:b@c.example, phone:+49..., twitter:name, custom:number.",
			},
			typed("description", "Description", model.LongText), typed("links", "Web pages", model.Tags), typed("list_names", "Lists", model.Tags),
			pointer("account_id", "Account", model.Organization), fixed(typed("is_private", "Private", model.Bool)),
		}, c.custom(s, "contacts")...)},
		{Object: objList, Title: "Contact lists", Name: "name", Fields: []model.Field{id(), fixed(text("name", "Name"))}},
		{Object: objLink, Title: "Links", Name: "name", Fields: []model.Field{
			id(), fixed(text("name", "Name")), fixed(text("type", "Kind")), fixed(typed("external_url", "Address", model.URL)),
		}},
		{Object: model.Macro, Title: "Message templates", Name: "name", Fields: []model.Field{
			id(),
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			text("subject", "Subject"),
			{Name: "body", Title: "Text", Type: model.HTML, Required: true},
		}},
		{Object: objBase, Title: "Knowledge bases", Name: "id", Fields: []model.Field{id(), fixed(text("type", "Kind")), fixed(typed("locales", "Languages", model.Tags))}},
		{Object: model.Category, Title: "Categories of help articles", Name: "name", Fields: []model.Field{
			id(),
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			typed("description", "Description", model.LongText),
			fixed(text("knowledge_base_id", "Knowledge base")), once(pointer("parent_category_id", "Inside", model.Category)),
			fixed(text("locale", "Language")), fixed(typed("is_hidden", "Hidden", model.Bool)), at("created_at", "Created"), at("updated_at", "Changed"),
		}},
		{Object: model.Article, Title: "Help articles", Name: "name", Fields: append(articleFields(),
			fixed(text("knowledge_base_id", "Knowledge base")),
			model.Field{Name: "category_id", Title: "Category", Type: model.LinkType, To: []model.Object{model.Category}, Parent: true, Required: true},
		)},
		{Object: model.Translation, Title: "Translations of help articles", Name: "name", Fields: append(articleFields(),
			model.Field{Name: "article_id", Title: "Article", Type: model.LinkType, To: []model.Object{model.Article}, Parent: true, Required: true},
		)},
		c.ticketShape(s), messageShape(),
		{Object: model.Attachment, Title: "Attachments", Name: "filename", Fields: []model.Field{
			id(),
			{Name: "message_id", Title: "Message", Type: model.LinkType, To: []model.Object{model.Message}, Parent: true, Required: true},
			text("filename", "Name"), text("content_type", "Type"), fixed(typed("size", "Size", model.Integer)), fixed(typed("url", "Address", model.URL)),
			fixed(typed("metadata.is_inline", "Shown in the text", model.Bool)), fixed(text("metadata.cid", "Content id")),
			typed("content", "Content", model.FileType),
		}},
	}}, nil
}

func articleFields() []model.Field {
	return []model.Field{
		id(),
		{Name: "name", Title: "Title", Type: model.Text, Required: true},
		{Name: "content", Title: "Text", Type: model.HTML, Required: true},
		{Name: "status", Title: "Status", Type: model.Option, Options: choices("draft", "Draft", "published", "Published"), Default: "draft"},
		pointer("author_id", "Author", model.Agent),
		text("locale", "Language"), fixed(text("slug", "Page")), fixed(typed("keywords", "Keywords", model.Tags)),
		at("created_at", "Created"), at("updated_at", "Changed"), at("last_edited_at", "Edited"),
	}
}

func (c *conn) ticketShape(s *setup) model.ObjectSchema {
	f := []model.Field{
		id(), text("subject", "Subject"),
		{
			Name: "status", Title: "Status", Type: model.Option, Default: "archived",
			Options: choices("archived", "Archived", "unassigned", "Open", "assigned", "Open, with somebody", "deleted", "In the trash"),
			Help:    "Front tells open conversations with an assignee (assigned) from those without (unassigned).",
		},
		typed("tag_names", "Tags", model.Tags), typed("link_urls", "Links", model.Tags),
		pointer("requester_id", "Requester", model.Contact), pointer("assignee_id", "Assignee", model.Agent), byDefault(pointer("inbox_id", "Inbox", model.Group), "the inbox of the connection's settings"),
		fixed(text("type", "Kind")), at("created_at", "Created"), at("updated_at", "Changed"), at("waiting_since", "Waiting since"),
		fixed(typed("is_private", "Private", model.Bool)), fixed(text("recipient.handle", "Handle of the requester")), fixed(text("recipient.name", "Name of the requester")),
	}
	if len(s.statuses) > 0 {
		f = append(f, model.Field{Name: "status_id", Title: "Ticket status", Type: model.Option, Options: s.statuses}, fixed(text("status_category", "Kind of status")))
	}
	return model.ObjectSchema{Object: model.Ticket, Title: "Conversations", Name: "subject", Fields: append(f, c.custom(s, "conversations")...)}
}

// byDefault marks what Front fills in by itself.
func byDefault(f model.Field, what string) model.Field {
	f.Default = what
	return f
}

func messageShape() model.ObjectSchema {
	return model.ObjectSchema{Object: model.Message, Title: "Messages and comments", Name: "subject", Fields: []model.Field{
		id(),
		{Name: "conversation_id", Title: "Conversation", Type: model.LinkType, To: []model.Object{model.Ticket}, Parent: true, Required: true},
		{Name: "private", Title: "Private note", Type: model.Bool, Private: true, Help: "A private note is a comment in Front."},
		{Name: "created_at", Title: "Sent", Type: model.DateTime, Format: unix, Ordering: true, Required: true},
		{Name: "is_inbound", Title: "From the customer", Type: model.Bool, Help: "Empty: it follows from the author."},
		{
			Name: "type", Title: "Channel", Type: model.Option, Default: "email",
			Options: choices("email", "E-mail", "sms", "SMS", "intercom", "Intercom", "custom", "Other"),
		},
		text("subject", "Subject"),
		{Name: "body", Title: "Text", Type: model.HTML},
		pointer("author_id", "Author", model.Agent, model.Contact),
		text("from", "Sender's handle"), text("from_name", "Sender's name"), typed("to", "To", model.Tags), typed("cc", "Cc", model.Tags), typed("bcc", "Bcc", model.Tags),
		fixed(text("message_uid", "Unique id")), fixed(text("draft_mode", "Draft")), fixed(text("error_type", "Error")), fixed(typed("is_pinned", "Pinned", model.Bool)),
		fixed(typed("text", "Text without format", model.LongText)),
	}}
}

// types of custom fields. Those that name a teammate or an inbox hold an e-mail or a number.
var types = map[string]model.Type{
	"string": model.Text, "boolean": model.Bool, "datetime": model.DateTime, "number": model.Number, "enum": model.Option,
	"teammate": model.Text, "inbox": model.Text,
}

const customs = "custom_fields."

func (c *conn) custom(s *setup, resource string) []model.Field {
	var out []model.Field
	for _, x := range s.fields[resource] {
		f := model.Field{Name: customs + x.name, Title: x.name, Type: types[x.kind], Custom: true, Options: x.values}
		switch {
		case f.Type == "":
			f.Type = model.Text
		case f.Type == model.DateTime:
			f.Format = unix
		}
		if resource == "conversations" && x.name == c.markField {
			f.ReadOnly, f.Help = true, "Waybill writes its mark here, to find the conversation again."
		}
		out = append(out, f)
	}
	return out
}
