package freshdesk

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// shape remembers the account's fields, which decide how a value is written.
type shape struct {
	mu     sync.Mutex
	schema *model.Schema
	marks  map[model.Object]string // the field of our mark: its name in custom_fields
}

func (c *conn) forget() {
	c.shape.mu.Lock()
	defer c.shape.mu.Unlock()
	c.shape.schema = nil
}

// optional are objects that some plans lack, and the list that tells.
var optional = []struct {
	path    string
	objects []model.Object
}{
	{"time_entries", []model.Object{model.TimeEntry}},
	{"surveys/satisfaction_ratings", []model.Object{model.Rating}},
	{"canned_response_folders", []model.Object{model.Macro}},
	{"solutions/categories", []model.Object{model.Category, model.Section, model.Article, model.Translation}},
}

// Schema asks for the fields of tickets, contacts and companies, and which objects the
// account's plan has; what it has not is left out (P-10).
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	s := model.Schema{}
	ticket, err := c.ownFields(ctx, "ticket_fields")
	if err != nil {
		return s, err
	}
	contact, err := c.ownFields(ctx, "contact_fields")
	if err != nil {
		return s, err
	}
	company, err := c.ownFields(ctx, "company_fields")
	if err != nil {
		return s, err
	}
	marks := map[model.Object]string{}
	s.Objects = []model.ObjectSchema{
		{Object: model.Organization, Title: companyTitle, Name: "name", Fields: append(slices.Clone(companyFields), customFields(company, marks, model.Organization)...)},
		{Object: model.Group, Title: "Groups", Name: "name", Fields: groupFields},
		{Object: model.Agent, Title: "Agents", Name: "contact.name", Fields: agentFields},
		{Object: model.Contact, Title: "Contacts", Name: "name", Fields: append(slices.Clone(contactFields), customFields(contact, marks, model.Contact)...)},
		{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: append(standard(ticketFields, ticket), customFields(ticket, marks, model.Ticket)...)},
		{Object: model.Message, Title: "Messages", Name: "id", Fields: messageFields},
		{Object: model.Attachment, Title: "Files", Name: "name", Fields: attachmentFields},
	}
	for _, o := range optional {
		_, _, err := c.client.list(ctx, o.path, url.Values{"per_page": {"1"}})
		if lacking(err) {
			continue
		}
		if err != nil {
			return model.Schema{}, err
		}
		for _, name := range o.objects {
			s.Objects = append(s.Objects, optionalShapes[name])
		}
	}
	c.shape.mu.Lock()
	c.shape.schema, c.shape.marks = &s, marks
	c.shape.mu.Unlock()
	return s, nil
}

// lacking says that an error means: this account does not have it, or we may not see it.
func lacking(err error) bool {
	if errors.Is(err, errFeature) || errors.Is(err, errAbsent) {
		return true
	}
	return codeOf(err) == connector.CodeForbidden
}

func (c *conn) ownFields(ctx context.Context, path string) ([]gjson.Result, error) {
	var all []gjson.Result
	for page := 1; ; page++ {
		list, more, err := c.client.list(ctx, path, pageQuery(page, pageMost))
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if !more {
			return all, nil
		}
	}
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

func field(name, title string, t model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: t}
}

func ro(name, title string, t model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: t, ReadOnly: true}
}

func link(name, title string, to ...model.Object) model.Field {
	return model.Field{Name: name, Title: title, Type: model.LinkType, To: to}
}

// byDefault marks what Freshdesk fills in by itself.
func byDefault(f model.Field, what string) model.Field { f.Default = what; return f }

func limited(f model.Field, n int) model.Field { f.MaxLength = n; return f }

func unique(f model.Field) model.Field { f.Unique = true; return f }

func fixed(f model.Field) model.Field { f.ReadOnly = true; return f }

func required(f model.Field) model.Field { f.Required = true; return f }

func with(f model.Field, options ...string) model.Field {
	for i := 0; i+1 < len(options); i += 2 {
		f.Options = append(f.Options, model.Choice{Value: options[i], Title: options[i+1]})
	}
	return f
}

const markHelp = "Waybill writes its mark here, to find the record again."

var (
	companyFields = []model.Field{
		ro("id", "Number", model.Integer), required(unique(limited(field("name", "Name", model.Text), 255))),
		field("description", "Description", model.LongText), field("note", "Notes", model.LongText), field("domains", "Domains", model.Tags),
		field("health_score", "Health score", model.Text), field("account_tier", "Account tier", model.Text),
		field("renewal_date", "Renewal date", model.Date), field("industry", "Industry", model.Text),
		ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
	}
	groupFields = []model.Field{
		ro("id", "Number", model.Integer), required(unique(limited(field("name", "Name", model.Text), 255))),
		{Name: "description", Title: "Description", Type: model.Text, ReadOnly: true, Help: markHelp},
		ro("agent_ids", "Members", model.JSONType), ro("escalate_to", "Escalated to", model.Integer), ro("unassigned_for", "Unassigned for", model.Text),
		ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
	}
	agentFields = []model.Field{
		ro("id", "Number", model.Integer), field("contact.name", "Name", model.Text), unique(field("contact.email", "E-mail", model.Email)),
		ro("contact.active", "Active", model.Bool), ro("contact.phone", "Phone", model.Phone), ro("contact.mobile", "Mobile", model.Phone),
		ro("contact.job_title", "Job title", model.Text), ro("contact.language", "Language", model.Text), ro("contact.time_zone", "Time zone", model.Text),
		ro("occasional", "Occasional agent", model.Bool), ro("deactivated", "Deactivated", model.Bool), with(ro("ticket_scope", "Sees", model.Option), "1", "All tickets", "2", "Tickets of their groups", "3", "Their own tickets"),
		ro("type", "Kind", model.Text), ro("signature", "Signature", model.HTML), ro("group_ids", "Groups", model.JSONType), ro("role_ids", "Roles", model.JSONType),
		ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
	}
	contactFields = []model.Field{
		ro("id", "Number", model.Integer), required(limited(field("name", "Name", model.Text), 255)),
		unique(field("email", "E-mail", model.Email)), field("other_emails", "Further e-mail addresses", model.Tags),
		field("phone", "Phone", model.Phone), field("mobile", "Mobile", model.Phone), field("twitter_id", "X (Twitter)", model.Text),
		field("address", "Address", model.LongText), field("description", "About", model.LongText), field("job_title", "Job title", model.Text),
		field("language", "Language", model.Text), field("time_zone", "Time zone", model.Text), field("tags", "Tags", model.Tags),
		field("view_all_tickets", "Sees all tickets of the company", model.Bool), byDefault(link("company_id", "Company", model.Organization), "the company of the address's domain"),
		{Name: "unique_external_id", Title: "External id", Type: model.Text, ReadOnly: true, Help: markHelp},
		ro("other_companies", "Further companies", model.JSONType), ro("active", "Verified", model.Bool), ro("deleted", "Deleted", model.Bool),
		ro("facebook_id", "Facebook", model.Text), ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
	}
	ticketFields = []model.Field{
		ro("id", "Number", model.Integer), required(limited(field("subject", "Subject", model.Text), 255)),
		field("status", "Status", model.Option), with(field("priority", "Priority", model.Option), "1", "Low", "2", "Medium", "3", "High", "4", "Urgent"),
		with(field("source", "Source", model.Option), "1", "E-mail", "2", "Portal", "3", "Phone", "7", "Chat", "9", "Feedback widget", "10", "Outbound e-mail"),
		field("type", "Type", model.Option), field("tags", "Tags", model.Tags), field("cc_emails", "Copies to", model.Tags),
		required(link("requester_id", "Requester", model.Contact, model.Agent)), link("responder_id", "Agent", model.Agent),
		link("group_id", "Group", model.Group), byDefault(link("company_id", "Company", model.Organization), "the company of the address's domain"),
		field("due_by", "Due", model.DateTime), field("fr_due_by", "First answer due", model.DateTime),
		ro("product_id", "Product", model.Integer), ro("email_config_id", "Mailbox", model.Integer), ro("to_emails", "Sent to", model.Tags),
		ro("fwd_emails", "Forwarded to", model.Tags), ro("reply_cc_emails", "Copies of answers to", model.Tags), ro("ticket_cc_emails", "Copies of the ticket to", model.Tags),
		ro("spam", "Spam", model.Bool), ro("deleted", "Deleted", model.Bool), ro("is_escalated", "Escalated", model.Bool), ro("fr_escalated", "First answer late", model.Bool),
		with(ro("association_type", "Belongs to others as", model.Option), "1", "Parent", "2", "Child", "3", "Tracker", "4", "Related"),
		ro("associated_tickets_list", "Tickets it belongs to", model.JSONType), ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		ro("stats.resolved_at", "Solved", model.DateTime), ro("stats.closed_at", "Closed", model.DateTime), ro("stats.first_responded_at", "First answered", model.DateTime),
		ro("stats.agent_responded_at", "Last answered", model.DateTime), ro("stats.requester_responded_at", "Customer wrote last", model.DateTime),
	}
	messageFields = []model.Field{
		ro("id", "Number", model.Text),
		{Name: "ticket_id", Title: "Ticket", Type: model.LinkType, To: []model.Object{model.Ticket}, Parent: true, Required: true},
		link("user_id", "Author", model.Agent, model.Contact), field("body", "Text", model.HTML),
		{Name: "private", Title: "Private note", Type: model.Bool, Private: true},
		field("incoming", "From the customer", model.Bool),
		with(ro("source", "Kind", model.Option), "0", "Reply", "2", "Note", "5", "Tweet", "6", "Answer to a survey", "7", "Facebook", "8", "Forwarded e-mail", "9", "Phone", "11", "Shop"),
		ro("from_email", "From", model.Text), ro("to_emails", "To", model.Tags), ro("cc_emails", "Copies to", model.Tags), ro("bcc_emails", "Blind copies to", model.Tags),
		ro("support_email", "Mailbox", model.Text),
		{Name: "created_at", Title: "Created", Type: model.DateTime, ReadOnly: true, Ordering: true},
		ro("updated_at", "Changed", model.DateTime), ro("last_edited_at", "Edited", model.DateTime),
	}
	attachmentFields = []model.Field{
		ro("id", "Number", model.Text), field("name", "Name", model.Text), field("content_type", "Kind", model.Text), ro("size", "Size", model.Integer),
		{Name: "message_id", Title: "Message", Type: model.LinkType, To: []model.Object{model.Message}, Parent: true, Required: true},
		ro("inline", "Stands in the text", model.Bool),
		{Name: "content", Title: "Content", Type: model.FileType},
		ro("created_at", "Created", model.DateTime),
	}
	optionalShapes = map[model.Object]model.ObjectSchema{
		model.TimeEntry: {Object: model.TimeEntry, Title: "Time entries", Name: "note", Fields: []model.Field{
			ro("id", "Number", model.Integer),
			{Name: "ticket_id", Title: "Ticket", Type: model.LinkType, To: []model.Object{model.Ticket}, Parent: true, Required: true},
			required(link("agent_id", "Agent", model.Agent, model.Contact)), field("billable", "Billable", model.Bool), field("note", "Note", model.LongText),
			required(field("time_spent", "Time spent (hours:minutes)", model.Text)), field("executed_at", "Done at", model.DateTime), ro("timer_running", "Timer runs", model.Bool),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		// Read only: a rating that is written bears the day of the move, and cannot be taken back.
		model.Rating: {Object: model.Rating, Title: "Ratings", Name: "feedback", Fields: []model.Field{
			ro("id", "Number", model.Integer),
			{Name: "ticket_id", Title: "Ticket", Type: model.LinkType, To: []model.Object{model.Ticket}, Parent: true, ReadOnly: true},
			fixed(link("user_id", "Customer", model.Contact, model.Agent)), fixed(link("agent_id", "Agent", model.Agent, model.Contact)), fixed(link("group_id", "Group", model.Group)),
			with(ro("ratings.default_question", "Rating", model.Option), "103", "Extremely happy", "102", "Very happy", "101", "Happy", "100", "Neutral", "-101", "Unhappy", "-102", "Very unhappy", "-103", "Extremely unhappy", "1", "Happy", "2", "Neutral", "3", "Unhappy"),
			ro("ratings", "Answers", model.JSONType), ro("feedback", "What they said", model.LongText), ro("survey_id", "Survey", model.Integer),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		model.Macro: {Object: model.Macro, Title: "Canned responses", Name: "title", Fields: []model.Field{
			ro("id", "Number", model.Integer), required(field("title", "Title", model.Text)), required(field("content_html", "Text", model.HTML)),
			with(field("visibility", "Seen by", model.Option), "0", "All agents", "1", "Its owner", "2", "Groups"), ro("folder_id", "Folder", model.Integer),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		model.Category: {Object: model.Category, Title: "Categories of articles", Name: "name", Fields: []model.Field{
			ro("id", "Number", model.Integer), required(field("name", "Name", model.Text)), field("description", "Description", model.LongText),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		model.Section: {Object: model.Section, Title: "Folders of articles", Name: "name", Fields: []model.Field{
			ro("id", "Number", model.Integer), required(field("name", "Name", model.Text)), field("description", "Description", model.LongText),
			{Name: "category_id", Title: "Category", Type: model.LinkType, To: []model.Object{model.Category}, Parent: true, Required: true},
			link("parent_folder_id", "Within", model.Section),
			with(field("visibility", "Seen by", model.Option), "1", "Everybody", "2", "Signed-in customers", "3", "Agents", "4", "Some companies", "5", "Bots", "6", "Segments of contacts", "7", "Segments of companies"),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		model.Article: {Object: model.Article, Title: "Articles", Name: "title", Fields: []model.Field{
			ro("id", "Number", model.Integer), required(field("title", "Title", model.Text)), field("description", "Text", model.HTML),
			{Name: "folder_id", Title: "Folder", Type: model.LinkType, To: []model.Object{model.Section}, Parent: true, Required: true},
			{Name: "agent_id", Title: "Author", Type: model.LinkType, To: []model.Object{model.Agent, model.Contact}, ReadOnly: true},
			with(field("status", "Status", model.Option), "1", "Draft", "2", "Published"), with(field("type", "Kind", model.Option), "1", "Permanent", "2", "Workaround"),
			field("tags", "Tags", model.Tags), field("seo_data.meta_title", "Title for search engines", model.Text), field("seo_data.meta_description", "Description for search engines", model.Text),
			ro("hits", "Views", model.Integer), ro("thumbs_up", "Helpful", model.Integer), ro("thumbs_down", "Not helpful", model.Integer),
			ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
		model.Translation: {Object: model.Translation, Title: "Translations of articles", Name: "title", Fields: []model.Field{
			ro("id", "Number", model.Integer),
			{Name: "article_id", Title: "Article", Type: model.LinkType, To: []model.Object{model.Article}, Parent: true, Required: true},
			required(field("language", "Language", model.Text)), required(field("title", "Title", model.Text)), field("description", "Text", model.HTML),
			with(field("status", "Status", model.Option), "1", "Draft", "2", "Published"), ro("created_at", "Created", model.DateTime), ro("updated_at", "Changed", model.DateTime),
		}},
	}
)

// standard fills in the choices that the account itself names.
func standard(fields []model.Field, own []gjson.Result) []model.Field {
	out := slices.Clone(fields)
	for _, f := range own {
		at := slices.IndexFunc(out, func(x model.Field) bool {
			return f.Get("name").Str == x.Name || f.Get("name").Str == "ticket_type" && x.Name == "type"
		})
		if at < 0 || !f.Get("default").Bool() {
			continue
		}
		switch out[at].Name {
		case "status":
			out[at].Options = nil
			f.Get("choices").ForEach(func(code, name gjson.Result) bool {
				out[at].Options = append(out[at].Options, model.Choice{Value: code.String(), Title: first(name)})
				return true
			})
			slices.SortFunc(out[at].Options, func(a, b model.Choice) int {
				return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), strings.Compare(a.Value, b.Value)) // codes are numbers
			})
		case "type":
			out[at].Options = choices(f)
		case "source": // a name for each code; accounts may have sources of their own
			f.Get("choices").ForEach(func(name, code gjson.Result) bool {
				if !slices.ContainsFunc(out[at].Options, func(c model.Choice) bool { return c.Value == code.String() }) {
					out[at].Options = append(slices.Clone(out[at].Options), model.Choice{Value: code.String(), Title: name.String()})
				}
				return true
			})
		}
		if f.Get("required_for_agents").Bool() && out[at].Name != "status" {
			out[at].Required = true
		}
	}
	return out
}

func first(x gjson.Result) string {
	if x.IsArray() {
		return x.Get("0").String()
	}
	return x.String()
}
