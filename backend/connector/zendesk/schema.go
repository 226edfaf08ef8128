package zendesk

import (
	"context"
	"net/url"
	"strconv"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// shape remembers the fields, which decide how a value is written.
type shape struct {
	mu     sync.Mutex
	schema *model.Schema
}

func (s *shape) keep(x *model.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schema = x
}

// fieldsOf gives an object's fields, asking once.
func (c *conn) fieldsOf(ctx context.Context, o model.Object) (model.ObjectSchema, error) {
	c.shape.mu.Lock()
	known := c.shape.schema
	c.shape.mu.Unlock()
	if known == nil {
		s, err := c.Schema(ctx)
		if err != nil {
			return model.ObjectSchema{}, err
		}
		known = &s
	}
	x, _ := known.Object(o)
	return x, nil
}

// Schema gives the standard fields and those that the customer added. What the plan or our
// rights do not show is left out; reading the records is not hindered by it (P-10).
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	s := model.Schema{Objects: standard()}
	add := func(o model.Object, f model.Field) {
		for i := range s.Objects {
			if s.Objects[i].Object == o {
				s.Objects[i].Fields = append(s.Objects[i].Fields, f)
			}
		}
	}
	fields, err := c.whole(ctx, "ticket_fields", "ticket_fields")
	if err != nil {
		return model.Schema{}, err
	}
	for _, x := range fields {
		if f, ok := customField("custom_fields."+x.Get("id").String(), x); ok {
			add(model.Ticket, f)
		} else if title := x.Get("title").String(); title != "" {
			c.retitle(&s, x)
		}
	}
	for _, l := range []struct {
		o          model.Object
		list, name string
	}{{model.Contact, "user_fields", "user_fields."}, {model.Agent, "user_fields", "user_fields."}, {model.Organization, "organization_fields", "organization_fields."}} {
		fields, err := c.whole(ctx, l.list, l.list)
		if err != nil && !unavailable(err) {
			return model.Schema{}, err
		}
		for _, x := range fields {
			if f, ok := customField(l.name+x.Get("key").String(), x); ok {
				add(l.o, f)
			}
		}
	}
	for _, l := range []struct{ list, field, title string }{{"brands", "brand_id", "Brand"}, {"ticket_forms", "ticket_form_id", "Form"}} {
		items, err := c.whole(ctx, l.list, l.list)
		if err != nil && !unavailable(err) {
			return model.Schema{}, err
		}
		f := model.Field{Name: l.field, Title: l.title, Type: model.Option}
		for _, x := range items {
			f.Options = append(f.Options, model.Choice{Value: x.Get("id").String(), Title: x.Get("name").String()})
		}
		add(model.Ticket, f)
	}
	c.shape.keep(&s)
	return s, nil
}

// retitle gives a system field the title that the customer sees.
func (c *conn) retitle(s *model.Schema, x gjson.Result) {
	at := map[string]string{"subject": "subject", "status": "status", "tickettype": "type", "priority": "priority", "group": "group_id", "assignee": "assignee_id"}
	for i := range s.Objects {
		if s.Objects[i].Object != model.Ticket {
			continue
		}
		for j := range s.Objects[i].Fields {
			if f := &s.Objects[i].Fields[j]; f.Name == at[x.Get("type").String()] {
				f.Title = x.Get("title").String()
			}
		}
	}
}

// types of custom fields, as Zendesk calls them.
var types = map[string]model.Type{
	"text": model.Text, "textarea": model.LongText, "checkbox": model.Bool, "date": model.Date, "integer": model.Integer, "decimal": model.Number,
	"regexp": model.Text, "partialcreditcard": model.Text, "multiselect": model.Options, "tagger": model.Option, "dropdown": model.Option, "lookup": model.Text,
}

func customField(name string, x gjson.Result) (model.Field, bool) {
	kind, ok := types[x.Get("type").String()]
	if !ok || x.Get("system").Bool() {
		return model.Field{}, false
	}
	f := model.Field{Name: name, Title: x.Get("title").String(), Type: kind, Custom: true, Help: x.Get("agent_description").String()}
	if f.Help == "" {
		f.Help = x.Get("description").String()
	}
	if x.Get("active").Type == gjson.False {
		f.Help = "This field is switched off. " + f.Help // P-55: still readable
	}
	x.Get("custom_field_options").ForEach(func(_, o gjson.Result) bool {
		f.Options = append(f.Options, model.Choice{Value: o.Get("value").String(), Title: o.Get("name").String()})
		return true
	})
	return f, true
}

// whole reads a list to its end.
func (c *conn) whole(ctx context.Context, path, name string) ([]gjson.Result, error) {
	return c.wholeOf(ctx, path, name, nil)
}

func (c *conn) wholeOf(ctx context.Context, path, name string, query url.Values) (out []gjson.Result, err error) {
	err = c.pagesOf(ctx, path, name, query, func(items []gjson.Result) error {
		out = append(out, items...)
		return nil
	})
	return out, err
}

// pagesOf reads a list page by page.
func (c *conn) pagesOf(ctx context.Context, path, name string, query url.Values, each func([]gjson.Result) error) error {
	q := url.Values{"page[size]": {strconv.Itoa(c.listSize)}}
	for k, v := range query {
		q[k] = v
	}
	for {
		v, _, err := c.client.get(ctx, path, q)
		if err != nil {
			return err
		}
		items := v.Get(name)
		if !items.IsArray() {
			return connector.OtherThing(nil, desk, c.client.Base.Host)
		}
		if err := each(items.Array()); err != nil || !v.Get("meta.has_more").Bool() {
			return err
		}
		q.Set("page[after]", v.Get("meta.after_cursor").String())
	}
}

func choices(values ...string) []model.Choice {
	out := make([]model.Choice, len(values)/2)
	for i := range out {
		out[i] = model.Choice{Value: values[2*i], Title: values[2*i+1]}
	}
	return out
}

var people = []model.Object{model.Contact, model.Agent}

// standard gives the fields that every Zendesk has.
func standard() []model.ObjectSchema {
	id := model.Field{Name: "id", Title: "Number", Type: model.Integer, ReadOnly: true}
	external := model.Field{Name: "external_id", Title: "External id", Type: model.Text, ReadOnly: true, Help: "Waybill writes its mark here, to find the record again."}
	when := func(name, title string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.DateTime, ReadOnly: true}
	}
	text := func(name, title string, most int) model.Field {
		return model.Field{Name: name, Title: title, Type: model.Text, MaxLength: most}
	}
	long := func(name, title string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.LongText}
	}
	link := func(name, title string, to ...model.Object) model.Field {
		return model.Field{Name: name, Title: title, Type: model.LinkType, To: to}
	}
	tags := model.Field{Name: "tags", Title: "Tags", Type: model.Tags}
	required := func(f model.Field) model.Field { f.Required = true; return f }
	readOnly := func(f model.Field) model.Field { f.ReadOnly = true; return f }
	person := []model.Field{
		id, required(text("name", "Name", 255)),
		{Name: "email", Title: "E-mail", Type: model.Email, Unique: true, MaxLength: 255},
		{Name: "phone", Title: "Phone", Type: model.Phone},
		text("alias", "Alias", 255), long("details", "Details"), long("notes", "Notes"), text("locale", "Language", 0), text("time_zone", "Time zone", 0),
		tags,
		{Name: "suspended", Title: "Suspended", Type: model.Bool},
		{Name: "active", Title: "Active", Type: model.Bool, ReadOnly: true, Help: "False: the person was deleted."},
		{Name: "verified", Title: "Verified", Type: model.Bool},
		{Name: "role", Title: "Role", Type: model.Option, ReadOnly: true, Options: choices("end-user", "End user", "agent", "Agent", "admin", "Administrator")},
		link("organization_id", "Organization", model.Organization), external, when("created_at", "Created"), when("updated_at", "Changed"),
	}
	message := model.Field{Name: "message_id", Title: "Message", Type: model.LinkType, Required: true, Parent: true, To: []model.Object{model.Message}}
	return []model.ObjectSchema{
		{Object: model.Organization, Title: "Organizations", Name: "name", Fields: []model.Field{
			id,
			{Name: "name", Title: "Name", Type: model.Text, Required: true, Unique: true, MaxLength: 255},
			{Name: "domain_names", Title: "Domains", Type: model.Tags},
			long("details", "Details"), long("notes", "Notes"), tags, link("group_id", "Group", model.Group),
			{Name: "shared_tickets", Title: "Members see each other's tickets", Type: model.Bool},
			{Name: "shared_comments", Title: "Members may comment on each other's tickets", Type: model.Bool},
			external, when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Group, Title: "Groups", Name: "name", Fields: []model.Field{
			id, required(text("name", "Name", 255)),
			{Name: "description", Title: "Description", Type: model.LongText, ReadOnly: true, Help: "Waybill writes its mark here, to find the group again."},
			{Name: "is_public", Title: "Public", Type: model.Bool},
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Agent, Title: "Staff", Name: "name", Fields: append([]model.Field(nil), person...)},
		{Object: model.Contact, Title: "Customers", Name: "name", Fields: append([]model.Field(nil), person...)},
		{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
			id, text("subject", "Subject", 0),
			readOnly(long("description", "First message")),
			{Name: "status", Title: "Status", Type: model.Option, Default: "open", Options: choices("new", "New", "open", "Open", "pending", "Pending", "hold", "On hold", "solved", "Solved", "closed", "Closed")},
			{Name: "type", Title: "Type", Type: model.Option, Options: choices("problem", "Problem", "incident", "Incident", "question", "Question", "task", "Task")},
			{Name: "priority", Title: "Priority", Type: model.Option, Options: choices("low", "Low", "normal", "Normal", "high", "High", "urgent", "Urgent")},
			required(link("requester_id", "Requester", people...)),
			link("submitter_id", "Submitter", people...), link("assignee_id", "Assignee", model.Agent, model.Contact), link("group_id", "Group", model.Group),
			link("organization_id", "Organization", model.Organization), link("follower_ids", "Followers", people...), link("email_cc_ids", "CCs", people...),
			link("problem_id", "Problem", model.Ticket), tags,
			{Name: "due_at", Title: "Due", Type: model.DateTime},
			{Name: "created_at", Title: "Created", Type: model.DateTime},
			{Name: "updated_at", Title: "Changed", Type: model.DateTime},
			{Name: "solved_at", Title: "Solved", Type: model.DateTime, Help: "Zendesk takes it, and does not show it again."},
			{Name: "via.channel", Title: "Channel", Type: model.Text, ReadOnly: true},
			{Name: "satisfaction_rating.score", Title: "Satisfaction", Type: model.Text, ReadOnly: true},
			{Name: "satisfaction_rating.comment", Title: "Satisfaction comment", Type: model.LongText, ReadOnly: true},
			external,
		}},
		{Object: model.Message, Title: "Messages", Name: "created_at", Fields: []model.Field{
			id,
			{Name: "ticket_id", Title: "Ticket", Type: model.LinkType, Required: true, Parent: true, To: []model.Object{model.Ticket}},
			link("author_id", "Author", model.Contact, model.Agent),
			{Name: "html_body", Title: "Text", Type: model.HTML, MaxLength: maxText},
			readOnly(long("plain_body", "Text without formatting")),
			{Name: "public", Title: "Public", Type: model.Bool, Private: true, PrivateValue: "false"},
			{Name: "created_at", Title: "Written", Type: model.DateTime, Ordering: true},
			readOnly(text("type", "Kind", 0)), readOnly(text("via.channel", "Channel", 0)),
		}},
		{Object: model.Attachment, Title: "Files", Name: "file_name", Fields: []model.Field{
			id, message, text("file_name", "Name", 255), text("content_type", "Kind", 255),
			{Name: "size", Title: "Size", Type: model.Integer, ReadOnly: true},
			{Name: "inline", Title: "In the text", Type: model.Bool, ReadOnly: true},
			{Name: "content_url", Title: "Content", Type: model.FileType},
		}},
		{Object: model.Rating, Title: "Satisfaction ratings", Name: "score", Fields: []model.Field{
			id, readOnly(text("score", "Score", 0)), readOnly(long("comment", "Comment")), readOnly(text("reason", "Reason", 0)),
			readOnly(link("ticket_id", "Ticket", model.Ticket, DeletedTicket)), readOnly(link("requester_id", "Requester", people...)), readOnly(link("assignee_id", "Assignee", people...)),
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.SideConversation, Title: "Side conversations", Name: "subject", Fields: []model.Field{
			id, readOnly(text("subject", "Subject", 0)), readOnly(long("preview_text", "Beginning")), readOnly(text("state", "State", 0)),
			{Name: "participants", Title: "Participants", Type: model.JSONType, ReadOnly: true},
			readOnly(link("ticket_id", "Ticket", model.Ticket)), when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: SuspendedTicket, Title: "Suspended tickets", Name: "subject", Fields: []model.Field{
			id, readOnly(text("subject", "Subject", 0)), readOnly(long("content", "Text")), readOnly(text("cause", "Why it was suspended", 0)),
			readOnly(text("author.name", "Sender", 0)), readOnly(text("author.email", "Sender's address", 0)), when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: DeletedTicket, Title: "Deleted tickets", Name: "subject", Fields: []model.Field{
			id, readOnly(text("subject", "Subject", 0)), readOnly(long("description", "First message")), readOnly(text("previous_state", "Status before", 0)),
			readOnly(text("actor.name", "Deleted by", 0)), when("deleted_at", "Deleted"),
		}},
		{Object: model.Macro, Title: "Macros", Name: "title", Fields: []model.Field{
			id, readOnly(text("title", "Title", 0)), readOnly(long("description", "Description")),
			{Name: "active", Title: "Active", Type: model.Bool, ReadOnly: true},
			{Name: "actions", Title: "Actions", Type: model.JSONType, ReadOnly: true},
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Category, Title: "Help categories", Name: "name", Fields: []model.Field{
			id, required(text("name", "Name", 0)), long("description", "Description"), text("locale", "Language", 0),
			{Name: "position", Title: "Place", Type: model.Integer},
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Section, Title: "Help sections", Name: "name", Fields: []model.Field{
			id, required(text("name", "Name", 0)), long("description", "Description"), text("locale", "Language", 0),
			{Name: "position", Title: "Place", Type: model.Integer},
			required(link("category_id", "Category", model.Category)), link("parent_section_id", "Section above", model.Section),
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Article, Title: "Help articles", Name: "title", Fields: []model.Field{
			id, required(text("title", "Title", 255)),
			{Name: "body", Title: "Text", Type: model.HTML},
			text("locale", "Language", 0),
			{Name: "draft", Title: "Draft", Type: model.Bool},
			{Name: "promoted", Title: "Promoted", Type: model.Bool},
			{Name: "position", Title: "Place", Type: model.Integer},
			{Name: "comments_disabled", Title: "No comments", Type: model.Bool},
			{Name: "label_names", Title: "Labels", Type: model.Tags, ReadOnly: true, Help: "Waybill writes its mark here, to find the article again."},
			required(link("section_id", "Section", model.Section)), link("author_id", "Author", model.Agent, model.Contact),
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: model.Translation, Title: "Translations", Name: "title", Fields: []model.Field{
			id, required(text("title", "Title", 255)),
			{Name: "body", Title: "Text", Type: model.HTML},
			required(text("locale", "Language", 0)),
			{Name: "draft", Title: "Draft", Type: model.Bool},
			required(link("source_id", "Article", model.Article)),
			when("created_at", "Created"), when("updated_at", "Changed"),
		}},
		{Object: ArticleAttachment, Title: "Files of articles", Name: "file_name", Fields: []model.Field{
			id, readOnly(text("file_name", "Name", 0)), readOnly(text("content_type", "Kind", 0)),
			{Name: "size", Title: "Size", Type: model.Integer, ReadOnly: true},
			{Name: "inline", Title: "In the text", Type: model.Bool},
			{Name: "article_id", Title: "Article", Type: model.LinkType, Required: true, Parent: true, To: []model.Object{model.Article}},
			{Name: "content_url", Title: "Content", Type: model.FileType},
		}},
	}
}
