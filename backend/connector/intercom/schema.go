package intercom

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// unix is the format of Intercom's times: Unix seconds.
const unix = "X"

const customs = "custom_attributes."

// attribute is a custom attribute.
type attribute struct {
	id, name, kind string
	multiline      bool
	// options: what is written, and what people see.
	options []model.Choice
	// ids of the options of a ticket's attribute, by what people see.
	ids map[string]string
}

// known is what a connection asked once.
type known struct {
	contact, company, conversation []attribute
	types                          []ticketType
	states                         []model.Choice // of tickets
	admins, teams                  []person
	tags                           map[string]string // by the lower-case name, to the id
	me                             string            // id of the token's owner
	app                            string            // id of the workspace
	loaded                         map[string]bool
	mark                           bool             // the attribute for marks is there
	snoozed                        map[string]int64 // until when, by conversation
	fileless                       map[string]int64 // conversations without files, and their stamps
	clock                          int64            // Intercom's, when it was last asked
}

type person struct{ id, name, email string }

type ticketType struct {
	id, name, category string
	attrs              []attribute
}

// once runs load unless what it loads is known already.
func (c *conn) once(what string, load func() error) error {
	c.mu.Lock()
	done := c.known.loaded[what]
	c.mu.Unlock()
	if done {
		return nil
	}
	if err := load(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.loaded == nil {
		c.known.loaded = map[string]bool{}
	}
	c.known.loaded[what] = true
	return nil
}

func (c *conn) forget(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known.loaded, what)
}

func readAttribute(v gjson.Result) attribute {
	a := attribute{id: v.Get("id").String(), name: v.Get("name").Str, kind: v.Get("data_type").Str, multiline: v.Get("multiline").Bool()}
	options := v.Get("options")
	if list := v.Get("input_options.list_options"); list.IsArray() {
		options = list
	}
	options.ForEach(func(_, o gjson.Result) bool {
		if o.Type == gjson.String {
			a.options = append(a.options, model.Choice{Value: o.Str, Title: o.Str})
			return true
		}
		if o.Get("archived").Bool() {
			return true
		}
		label := o.Get("label").Str
		if label == "" {
			label = o.Get("name").Str
		}
		a.options = append(a.options, model.Choice{Value: label, Title: label})
		if a.ids == nil {
			a.ids = map[string]string{}
		}
		a.ids[label] = o.Get("id").String()
		return true
	})
	return a
}

// field is the attribute as a field of an object.
func (a attribute) field(prefix string) model.Field {
	f := model.Field{Name: prefix + a.name, Title: a.name, Type: model.Text, Custom: true}
	switch a.kind {
	case "integer":
		f.Type = model.Integer
	case "float", "decimal":
		f.Type = model.Number
	case "boolean":
		f.Type = model.Bool
	case "date", "datetime":
		f.Type, f.Format = model.DateTime, unix
	case "list", "options":
		f.Type = model.Option
	case "relationship", "files":
		f.Type, f.ReadOnly = model.JSONType, true
	}
	if len(a.options) > 0 {
		f.Type, f.Options = model.Option, a.options
	}
	if a.multiline {
		f.Type = model.LongText
	}
	return f
}

// attributes asks for the custom attributes of contacts, companies and conversations.
func (c *conn) attributes(ctx context.Context) error {
	return c.once("attributes", func() error {
		data, err := c.get(ctx, "data_attributes", nil)
		if err != nil {
			return err
		}
		own, err := c.get(ctx, "conversations/attributes", nil)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known.contact, c.known.company, c.known.conversation, c.known.mark = nil, nil, nil, false
		for _, v := range data.Get("data").Array() {
			if !v.Get("custom").Bool() || v.Get("archived").Bool() {
				continue
			}
			if v.Get("model").Str == "company" {
				c.known.company = append(c.known.company, readAttribute(v))
			} else {
				c.known.contact = append(c.known.contact, readAttribute(v))
			}
		}
		for _, v := range own.Get("data").Array() {
			if v.Get("archived").Bool() {
				continue
			}
			a := readAttribute(v)
			if a.name == markAttribute {
				c.known.mark = true
			}
			c.known.conversation = append(c.known.conversation, a)
		}
		return nil
	})
}

// ticketTypes asks for the types of Intercom tickets. A plan without tickets has none.
func (c *conn) ticketTypes(ctx context.Context) ([]ticketType, error) {
	err := c.once("types", func() error {
		list, err := c.get(ctx, "ticket_types", nil)
		if err != nil {
			return err
		}
		var types []ticketType
		var states []model.Choice
		for _, v := range list.Get("data").Array() {
			if v.Get("archived").Bool() {
				continue
			}
			t := ticketType{id: v.Get("id").String(), name: v.Get("name").Str, category: v.Get("category").Str}
			attrs := v.Get("ticket_type_attributes.data")
			if !attrs.IsArray() { // the description and its own examples differ
				attrs = v.Get("ticket_type_attributes.ticket_type_attributes")
			}
			for _, a := range attrs.Array() {
				if !a.Get("archived").Bool() {
					t.attrs = append(t.attrs, readAttribute(a))
				}
			}
			types = append(types, t)
			for _, x := range v.Get("ticket_states.data").Array() {
				state := model.Choice{Value: x.Get("id").String(), Title: x.Get("internal_label").Str}
				if !slices.Contains(states, state) && !x.Get("archived").Bool() {
					states = append(states, state)
				}
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known.types, c.known.states = types, states
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.types, err
}

func text(name, title string, kind model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: kind}
}

func at(name, title string) model.Field {
	return model.Field{Name: name, Title: title, Type: model.DateTime, Format: unix, ReadOnly: true}
}

func link(name, title string, to ...model.Object) model.Field {
	return model.Field{Name: name, Title: title, Type: model.LinkType, To: to}
}

// assignee is a link in which 0 means nobody (OpenAPI 2.16).
func assignee(name, title string, to model.Object) model.Field {
	f := link(name, title, to)
	f.Empty, f.Default = []string{"0"}, "0"
	return f
}

// only marks fields that cannot be written.
func only(fields ...model.Field) []model.Field {
	for i := range fields {
		fields[i].ReadOnly = true
	}
	return fields
}

func id() model.Field { return model.Field{Name: "id", Title: "Id", Type: model.Text, ReadOnly: true} }

func required(f model.Field) model.Field {
	f.Required = true
	return f
}

func parentField(f model.Field) model.Field {
	f.Parent, f.Required = true, true
	return f
}

func choices(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: strings.ToUpper(v[:1]) + strings.ReplaceAll(v[1:], "_", " ")}
	}
	return out
}

// Schema asks for the custom attributes; everything else is the same in every workspace.
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	c.forget("attributes")
	c.forget("types")
	if err := c.attributes(ctx); err != nil {
		return model.Schema{}, err
	}
	types, err := c.ticketTypes(ctx)
	if err != nil && !c.notOurs(err) {
		return model.Schema{}, err
	}
	c.mu.Lock()
	k := c.known
	c.mu.Unlock()
	s := model.Schema{Objects: slices.Concat(c.people(k), c.threadShapes(k, types), helpShapes())}
	return s, nil
}

func (c *conn) people(k known) []model.ObjectSchema {
	company := []model.Field{
		id(), text("name", "Name", model.Text), text("company_id", "Company id", model.Text), text("plan", "Plan", model.Text),
		text("plan.name", "Plan", model.Text), text("size", "Employees", model.Integer), text("website", "Website", model.Text),
		text("industry", "Industry", model.Text), text("monthly_spend", "Monthly spend", model.Integer),
		{Name: "remote_created_at", Title: "Customer since", Type: model.DateTime, Format: unix},
		at("created_at", "Created"), at("updated_at", "Updated"),
		text("user_count", "People", model.Integer), text("session_count", "Sessions", model.Integer),
	}
	company[2].ReadOnly, company[2].Help = true, "Waybill writes its mark here, to find the company again."
	company[4].ReadOnly, company[12].ReadOnly, company[13].ReadOnly = true, true, true
	for _, a := range k.company {
		company = append(company, a.field(customs))
	}
	contact := []model.Field{
		id(),
		{Name: "role", Title: "Role", Type: model.Option, Options: choices("user", "lead"), ReadOnly: true},
		{Name: "external_id", Title: "External id", Type: model.Text, ReadOnly: true, Help: "Waybill writes its mark here, to find the person again."},
		{Name: "email", Title: "E-mail", Type: model.Email, Unique: true},
		text("name", "Name", model.Text), text("phone", "Phone", model.Phone),
		{Name: "signed_up_at", Title: "Signed up", Type: model.DateTime, Format: unix},
		{Name: "last_seen_at", Title: "Last seen", Type: model.DateTime, Format: unix},
		text("unsubscribed_from_emails", "Unsubscribed from e-mails", model.Bool), link("owner_id", "Owner", model.Agent),
		link("company_id", "Company", model.Organization), text("company_ids", "All companies", model.Tags), text("tag_names", "Tags", model.Tags),
		at("created_at", "Created"), at("updated_at", "Updated"), text("archived", "Archived", model.Bool), text("deleted", "Deleted", model.Bool),
		text("language_override", "Language", model.Text), text("location.country", "Country", model.Text), text("location.city", "City", model.Text),
	}
	for _, i := range []int{11, 12, 15, 16, 17, 18, 19} {
		contact[i].ReadOnly = true
	}
	for _, a := range k.contact {
		contact = append(contact, a.field(customs))
	}
	return []model.ObjectSchema{
		{Object: model.Organization, Title: "Companies", Name: "name", Fields: company},
		{Object: model.Group, Title: "Teams", Name: "name", Fields: []model.Field{id(), required(text("name", "Name", model.Text)), only(text("admin_ids", "Teammates", model.Tags))[0]}},
		{Object: model.Agent, Title: "Teammates", Name: "name", Fields: []model.Field{
			id(), text("name", "Name", model.Text), text("email", "E-mail", model.Email), only(text("job_title", "Job title", model.Text))[0],
			only(text("has_inbox_seat", "Has a seat", model.Bool))[0], only(text("team_ids", "Teams", model.Tags))[0], only(text("removed", "Left", model.Bool))[0],
		}},
		{Object: model.Contact, Title: "People", Name: "name", Fields: contact},
		{Object: model.Tag, Title: "Tags", Name: "name", Fields: only(id(), text("name", "Name", model.Text))},
		{Object: Segment, Title: "Segments", Name: "name", Fields: only(id(), text("name", "Name", model.Text), text("person_type", "Of", model.Text), at("created_at", "Created"), at("updated_at", "Updated"))},
		{Object: ContactNote, Title: "Notes about people", Name: "id", Fields: only(
			id(), parentField(link("contact.id", "Person", model.Contact)), link("author.id", "Author", model.Agent), text("body", "Text", model.HTML), at("created_at", "Created"),
		)},
	}
}

func (c *conn) threadShapes(k known, types []ticketType) []model.ObjectSchema {
	conversation := []model.Field{
		id(), text("title", "Title", model.Text), only(text("subject", "Title or subject", model.Text))[0],
		{Name: "state", Title: "State", Type: model.Option, Options: choices("open", "closed", "snoozed"), Default: "open"},
		{Name: "snoozed_until", Title: "Snoozed until", Type: model.DateTime, Format: unix},
		{Name: "created_at", Title: "Created", Type: model.DateTime, Format: unix},
		at("updated_at", "Updated"), at("waiting_since", "Waiting since"),
		{Name: "priority", Title: "Priority", Type: model.Option, Options: choices("none", "low", "medium", "high", "urgent"), ReadOnly: true},
		required(link("contact_id", "Customer", model.Contact)), assignee("admin_assignee_id", "Assigned teammate", model.Agent),
		assignee("team_assignee_id", "Assigned team", model.Group), link("company_id", "Company", model.Organization),
		text("tag_names", "Tags", model.Tags), only(text("participant_ids", "Further people", model.Tags))[0], only(text("cc", "CC", model.Tags))[0],
		text("read", "Read", model.Bool), only(text("source.type", "Channel", model.Text))[0], only(text("source.delivered_as", "Began", model.Text))[0],
		only(text("source.subject", "Subject of the mail", model.Text))[0], only(text("source.url", "Page", model.Text))[0],
		only(text("conversation_rating.rating", "Rating", model.Integer))[0], only(text("sla_applied.sla_name", "SLA", model.Text))[0],
		only(text("sla_applied.sla_status", "SLA result", model.Text))[0],
	}
	for _, a := range k.conversation {
		if a.name == markAttribute {
			continue
		}
		conversation = append(conversation, a.field(customs))
	}
	conversation = append(conversation, model.Field{
		Name: customs + markAttribute, Title: markAttribute, Type: model.Text, ReadOnly: true, Custom: true, Help: "Waybill's mark, with the old number.",
	})
	ticket := []model.Field{
		id(), only(text("ticket_id", "Number", model.Text))[0], text("ticket_attributes._default_title_", "Title", model.Text),
		text("ticket_attributes._default_description_", "Description", model.LongText),
		{Name: "ticket_state.id", Title: "State", Type: model.Option},
		only(text("ticket_state.category", "Category of the state", model.Text))[0],
		only(text("category", "Category", model.Text))[0], only(text("ticket_type.name", "Type", model.Text))[0],
		text("open", "Open", model.Bool),
		{Name: "snoozed_until", Title: "Snoozed until", Type: model.DateTime, Format: unix, ReadOnly: true},
		{Name: "created_at", Title: "Created", Type: model.DateTime, Format: unix},
		at("updated_at", "Updated"),
		required(link("contact_id", "Customer", model.Contact)), assignee("admin_assignee_id", "Assigned teammate", model.Agent),
		assignee("team_assignee_id", "Assigned team", model.Group), only(text("is_shared", "Shown to the customer", model.Bool))[0],
		only(text("participant_ids", "Further people", model.Tags))[0],
	}
	for i := range ticket {
		if ticket[i].Name == "ticket_state.id" {
			ticket[i].Options = k.states
		}
	}
	seen := map[string]bool{"_default_title_": true, "_default_description_": true, markAttribute: true}
	for _, t := range types {
		for _, a := range t.attrs {
			if !seen[a.name] {
				seen[a.name] = true
				ticket = append(ticket, a.field("ticket_attributes."))
			}
		}
	}
	ticket = append(ticket, model.Field{
		Name: "ticket_attributes." + markAttribute, Title: markAttribute, Type: model.Text, ReadOnly: true, Custom: true, Help: "Waybill's mark, with the old number.",
	})
	threads := []model.Object{c.conversationObject(), c.ticketObject()}
	message := []model.Field{
		id(), parentField(link("conversation_id", "Conversation", threads...)), link("author_id", "Author", model.Contact, model.Agent),
		text("body", "Text", model.HTML),
		{Name: "created_at", Title: "Sent", Type: model.DateTime, Format: unix, Ordering: true},
		at("updated_at", "Updated"),
		{Name: "private", Title: "Internal note", Type: model.Bool, Private: true, Help: "Only the team reads it."},
		only(text("part_type", "Kind of part", model.Text))[0], only(text("author.name", "Author's name", model.Text))[0],
		only(text("author.email", "Author's e-mail", model.Text))[0], only(text("author.type", "Author is a", model.Text))[0],
		only(text("redacted", "Redacted", model.Bool))[0],
	}
	attachment := []model.Field{
		id(), parentField(link("message_id", "Message", model.Message)), text("name", "Name", model.Text), text("content_type", "Kind of file", model.Text),
		only(text("filesize", "Bytes", model.Integer))[0], only(text("inline", "In the text", model.Bool))[0],
		{Name: "content", Title: "Content", Type: model.FileType},
	}
	rating := only(
		id(), parentField(link("ticket_id", "Conversation", c.conversationObject())), text("rating", "Rating, 1 to 5", model.Integer), text("remark", "Remark", model.LongText),
		at("created_at", "Asked"), at("updated_at", "Given"), link("contact_id", "Customer", model.Contact), link("agent_id", "Teammate", model.Agent),
	)
	side := only(
		id(), parentField(link("ticket_id", "Conversation", c.conversationObject())), text("conversation_parts", "Messages", model.JSONType),
		text("body", "Text", model.HTML), at("created_at", "Began"),
	)
	first := model.ObjectSchema{Object: c.conversationObject(), Title: "Conversations", Name: "subject", Fields: conversation}
	second := model.ObjectSchema{Object: c.ticketObject(), Title: "Tickets", Name: "ticket_attributes._default_title_", Fields: ticket}
	if c.asTickets {
		first, second = second, first
	}
	return []model.ObjectSchema{
		first, second,
		{Object: model.Message, Title: "Messages", Name: "id", Fields: message},
		{Object: model.Attachment, Title: "Attachments", Name: "name", Fields: attachment},
		{Object: model.Rating, Title: "Ratings", Name: "id", Fields: rating},
		{Object: model.SideConversation, Title: "Side conversations", Name: "id", Fields: side},
	}
}

func helpShapes() []model.ObjectSchema {
	state := model.Field{Name: "state", Title: "State", Type: model.Option, Options: choices("published", "draft"), Default: "draft"}
	article := []model.Field{
		id(), required(text("title", "Title", model.Text)), text("description", "Description", model.Text), text("body", "Text", model.HTML), state,
		required(link("author_id", "Author", model.Agent)), link("parent_id", "Collection", model.Section, model.Category),
		at("created_at", "Created"), at("updated_at", "Updated"), only(text("url", "Address", model.URL))[0],
	}
	shelf := []model.Field{id(), required(text("name", "Name", model.Text)), text("description", "Description", model.Text), at("created_at", "Created"), at("updated_at", "Updated"), only(text("url", "Address", model.URL))[0]}
	section := append(slices.Clone(shelf), required(link("parent_id", "Inside", model.Section, model.Category)))
	return []model.ObjectSchema{
		{Object: model.Category, Title: "Collections", Name: "name", Fields: shelf},
		{Object: model.Section, Title: "Collections inside others", Name: "name", Fields: section},
		{Object: model.Article, Title: "Articles", Name: "title", Fields: article},
		{Object: model.Translation, Title: "Translations", Name: "title", Fields: only(
			id(), parentField(link("article_id", "Article", model.Article)), text("locale", "Language", model.Text), text("title", "Title", model.Text),
			text("description", "Description", model.Text), text("body", "Text", model.HTML), text("state", "State", model.Text), link("author_id", "Author", model.Agent),
			at("created_at", "Created"), at("updated_at", "Updated"),
		)},
		{Object: InternalArticle, Title: "Internal articles", Name: "title", Fields: only(
			id(), text("title", "Title", model.Text), text("body", "Text", model.HTML), link("author_id", "Author", model.Agent), link("owner_id", "Owner", model.Agent),
			at("created_at", "Created"), at("updated_at", "Updated"),
		)},
		{Object: model.Macro, Title: "Macros", Name: "name", Fields: only(
			id(), text("name", "Name", model.Text), text("body", "Text", model.HTML), text("body_text", "Plain text", model.LongText),
			model.Field{Name: "created_at", Title: "Created", Type: model.DateTime}, model.Field{Name: "updated_at", Title: "Updated", Type: model.DateTime},
		)},
	}
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0 // none
	}
	return n
}
