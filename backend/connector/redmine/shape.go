package redmine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// lists are what a Redmine is set up with. They are asked for once, and by Schema.
type lists struct {
	me         int64
	admin      bool
	as         string
	trackers   []named
	statuses   []named
	priorities []named
	activities []named
	fields     []gjson.Result
	mark       string // number of the custom field for marks; empty: there is none
}

type named struct{ id, name string }

func idOf(list []named, name string) string {
	for _, x := range list {
		if x.name == name {
			return x.id
		}
	}
	return ""
}

// every reads all records of a list, page by page; key is the member that holds them.
func (c *conn) every(ctx context.Context, path, key string, query url.Values) ([]gjson.Result, error) {
	var out []gjson.Result
	for {
		q := url.Values{"limit": {strconv.Itoa(c.size)}, "offset": {strconv.Itoa(len(out))}}
		for k, v := range query {
			q[k] = v
		}
		a, err := c.client.Get(ctx, path, q)
		if err != nil {
			return nil, err
		}
		whole := gjson.ParseBytes(a.Body)
		items := whole.Get(key)
		if !items.IsArray() {
			return nil, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
		}
		list := items.Array()
		out = append(out, list...)
		if total := whole.Get("total_count"); len(list) == 0 || !total.Exists() || int64(len(out)) >= total.Int() {
			return out, nil
		}
	}
}

func (c *conn) lists(ctx context.Context, again bool) (*lists, error) {
	c.mu.Lock()
	known := c.known
	c.mu.Unlock()
	if known != nil && !again {
		return known, nil
	}
	a, err := c.client.Get(ctx, "my/account.json", nil)
	if err != nil {
		return nil, err
	}
	me := gjson.GetBytes(a.Body, "user")
	if me.Get("id").Int() == 0 {
		return nil, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	known = &lists{me: me.Get("id").Int(), admin: me.Get("admin").Bool(), as: me.Get("login").Str}
	for _, x := range []struct {
		path, key string
		to        *[]named
	}{
		{"trackers.json", "trackers", &known.trackers},
		{"issue_statuses.json", "issue_statuses", &known.statuses},
		{"enumerations/issue_priorities.json", "issue_priorities", &known.priorities},
		{"enumerations/time_entry_activities.json", "time_entry_activities", &known.activities},
	} {
		items, err := c.every(ctx, x.path, x.key, nil)
		if err != nil {
			return nil, err
		}
		for _, y := range items {
			*x.to = append(*x.to, named{y.Get("id").String(), y.Get("name").Str})
		}
	}
	known.fields, err = c.every(ctx, "custom_fields.json", "custom_fields", nil)
	if p := problem.From(err); err != nil && (p == nil || p.Code != connector.CodeForbidden) {
		return nil, err
	}
	for _, f := range known.fields {
		if f.Get("name").Str == MarkField && f.Get("customized_type").Str == "issue" && f.Get("is_filter").Bool() {
			known.mark = f.Get("id").String()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = known
	return known, nil
}

// Check says who we are and what is missing.
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	l, err := c.lists(ctx, true)
	if err != nil {
		return connector.Account{}, err
	}
	out := connector.Account{Name: c.client.Base.Host, As: l.as, Rights: []string{"read what the user may see"}}
	if l.admin {
		out.Rights = append(out.Rights, "see all projects and users", "write in the name of others")
	} else {
		out.Missing = append(out.Missing, "see all projects and users, and write in the name of others (the user is no administrator)")
	}
	if l.mark == "" {
		out.Rights = append(out.Rights, "be found by the last line of descriptions: there is no custom field “"+MarkField+"” (see the guide)")
	}
	return out, nil
}

func field(name, title string, t model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: t}
}

func read(f model.Field) model.Field { f.ReadOnly = true; return f }

func need(f model.Field) model.Field { f.Required = true; return f }

func most(f model.Field, n int) model.Field { f.MaxLength = n; return f }

func to(name, title string, objects ...model.Object) model.Field {
	return model.Field{Name: name, Title: title, Type: model.LinkType, To: objects}
}

func belongs(f model.Field) model.Field { f.Parent = true; return f }

func parent(f model.Field) model.Field { f.Parent, f.Required = true, true; return f }

func oneOf(name, title string, list []named) model.Field {
	f := field(name, title, model.Option)
	for _, x := range list {
		f.Options = append(f.Options, model.Choice{Value: x.name, Title: x.name})
	}
	return f
}

var (
	number = read(field("id", "Number", model.Integer))
	stamps = []model.Field{read(field("created_on", "Created", model.DateTime)), read(field("updated_on", "Updated", model.DateTime))}
)

// relationTypes are those that are kept as they are sent; "parent" makes a subtask.
var relationTypes = []named{
	{"", "relates"}, {"", "duplicates"}, {"", "blocks"}, {"", "precedes"}, {"", "copied_to"}, {"", "parent"},
}

var types = map[string]model.Type{
	"string": model.Text, "text": model.LongText, "int": model.Integer, "float": model.Number, "date": model.Date, "bool": model.Bool,
	"link": model.URL, "list": model.Option, "enumeration": model.Option,
}

var customized = map[string][]model.Object{
	"issue": {model.Ticket}, "user": {model.Agent, model.Contact}, "project": {model.Group}, "version": {Version},
}

// customField makes the field of a custom field; false: it is none that is moved.
func customField(x gjson.Result) (f model.Field, of []model.Object, ok bool) {
	t, ok := types[x.Get("field_format").Str]
	of = customized[x.Get("customized_type").Str]
	if !ok || len(of) == 0 {
		return f, nil, false
	}
	f = model.Field{
		Name: "cf_" + x.Get("id").String(), Title: x.Get("name").Str, Type: t, Custom: true,
		Required: x.Get("is_required").Bool(), MaxLength: int(x.Get("max_length").Int()), Default: x.Get("default_value").String(),
	}
	if f.Title == MarkField {
		f.ReadOnly, f.Help = true, "Waybill writes its mark here, to find the record again."
	}
	if t == model.Option {
		if x.Get("multiple").Bool() {
			f.Type = model.Options
		}
		seen := map[string]bool{}
		for _, v := range x.Get("possible_values").Array() {
			if y := v.Get("value").String(); !seen[y] {
				seen[y] = true
				f.Options = append(f.Options, model.Choice{Value: y, Title: v.Get("label").String()})
			}
		}
	}
	return f, of, true
}

// Schema gives Redmine's objects with the lists and custom fields of this one.
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	l, err := c.lists(ctx, true)
	if err != nil {
		return model.Schema{}, err
	}
	return l.schema(), nil
}

func (l *lists) schema() model.Schema {
	user := slices.Concat([]model.Field{
		number, read(field("login", "Login", model.Text)), field("name", "Name", model.Text), most(field("firstname", "First name", model.Text), 30),
		most(field("lastname", "Last name", model.Text), 30), field("mail", "E-mail", model.Email), read(field("locked", "Locked", model.Bool)),
		read(field("admin", "Administrator", model.Bool)),
	}, stamps)
	for i := range user {
		user[i].Unique = user[i].Name == "mail"
	}
	private := field("private_notes", "Private note", model.Bool)
	private.Private = true
	moment := read(field("created_on", "Created", model.DateTime))
	moment.Ordering = true
	s := model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Group, Title: "Projects", Name: "name", Fields: slices.Concat([]model.Field{
			number, field("name", "Name", model.Text), field("identifier", "Identifier", model.Text), field("description", "Description", model.LongText),
			read(field("status", "Status", model.Integer)), read(field("is_public", "Public", model.Bool)),
		}, stamps)},
		{Object: model.Agent, Title: "Staff", Name: "name", Fields: user},
		{Object: model.Contact, Title: "Customers", Name: "name", Fields: slices.Clone(user)},
		{Object: model.Ticket, Title: "Issues", Name: "subject", Fields: slices.Concat([]model.Field{number}, stamps, []model.Field{
			need(to("project", "Project", model.Group)), oneOf("tracker", "Tracker", l.trackers), oneOf("status", "Status", l.statuses),
			oneOf("priority", "Priority", l.priorities), need(most(field("subject", "Subject", model.Text), 255)), to("author", "Author", model.Contact, model.Agent),
			to("assigned_to", "Assignee", model.Agent, model.Contact), field("start_date", "Start date", model.Date), field("due_date", "Due date", model.Date),
			field("done_ratio", "% done", model.Integer), field("estimated_hours", "Estimated hours", model.Number), field("is_private", "Private issue", model.Bool),
			read(field("category", "Category", model.Text)), read(field("fixed_version", "Target version", model.Text)),
			read(field("watchers", "Watchers", model.Tags)), read(field("closed_on", "Closed", model.DateTime)), read(field("mark", "Waybill's mark", model.Text)),
		})},
		{Object: model.Message, Title: "Descriptions and notes", Name: "id", Fields: []model.Field{
			read(field("id", "Number", model.Text)), parent(to("issue", "Issue", model.Ticket)), field("notes", "Text", model.LongText), private, moment,
			read(to("user", "Author", model.Agent, model.Contact)),
		}},
		{Object: model.Attachment, Title: "Files", Name: "filename", Fields: []model.Field{
			read(field("id", "Number", model.Text)), parent(to("message", "Message", model.Message)), read(field("filename", "File name", model.Text)), read(field("content_type", "File type", model.Text)),
			read(field("filesize", "Size in bytes", model.Integer)), field("description", "Description", model.Text),
			read(field("created_on", "Created", model.DateTime)),
			{Name: "content", Title: "Content", Type: model.FileType},
		}},
		{Object: Relation, Title: "Links between issues", Name: "id", Fields: []model.Field{
			read(field("id", "Number", model.Text)), need(oneOf("relation_type", "Kind of link", relationTypes)), parent(to("issue", "From issue", model.Ticket)),
			need(to("issue_to", "To issue", model.Ticket)), read(field("delay", "Days between", model.Integer)),
		}},
		{Object: model.TimeEntry, Title: "Time entries", Name: "comments", Fields: slices.Concat([]model.Field{
			number, belongs(to("issue", "Issue", model.Ticket)), to("project", "Project", model.Group), to("user", "Person", model.Agent, model.Contact),
			need(field("hours", "Hours", model.Number)), need(field("spent_on", "Day", model.Date)), need(oneOf("activity", "Activity", l.activities)),
			most(field("comments", "Comment", model.Text), 1024),
		}, stamps)},
		{Object: UserGroup, Title: "Groups of users", Name: "name", Fields: []model.Field{number, field("name", "Name", model.Text)}},
		{Object: Version, Title: "Versions", Name: "name", Fields: slices.Concat([]model.Field{
			number, field("name", "Name", model.Text), field("description", "Description", model.Text), field("status", "Status", model.Text),
			field("due_date", "Date", model.Date), to("project", "Project", model.Group),
		}, stamps)},
		{Object: model.Category, Title: "Issue categories", Name: "name", Fields: []model.Field{
			number, field("name", "Name", model.Text), to("project", "Project", model.Group),
		}},
		{Object: News, Title: "News", Name: "title", Fields: []model.Field{
			number, field("title", "Title", model.Text), field("summary", "Summary", model.Text), field("description", "Text", model.LongText),
			to("project", "Project", model.Group), to("author", "Author", model.Agent, model.Contact), read(field("created_on", "Created", model.DateTime)),
		}},
		{Object: model.Article, Title: "Wiki pages", Name: "title", Fields: slices.Concat([]model.Field{
			read(field("id", "Page", model.Text)), need(most(field("title", "Title", model.Text), 255)), need(field("text", "Text", model.LongText)), field("parent", "Parent page", model.Text),
			parent(to("project", "Project", model.Group)), read(to("author", "Author", model.Agent, model.Contact)), read(field("version", "Version", model.Integer)),
			read(field("comments", "What changed", model.Text)),
		}, stamps)},
	}}
	for _, x := range l.fields {
		f, of, ok := customField(x)
		if !ok {
			continue
		}
		for i := range s.Objects {
			if slices.Contains(of, s.Objects[i].Object) {
				s.Objects[i].Fields = append(s.Objects[i].Fields, f)
			}
		}
	}
	return s
}

// Fires tells that Redmine mails. Its settings are not told over REST.
func (c *conn) Fires(context.Context) ([]connector.Fire, error) {
	return []connector.Fire{{
		ID: "notifications", Kind: connector.FireMail, Name: "Email notifications (Administration, Settings: untick all events during the move)",
		On: []model.Object{model.Ticket, model.Message}, Does: "mails the assignee, the author and the watchers of an issue", Active: true,
	}}, nil
}

// Fired is not told by Redmine.
func (c *conn) Fired(context.Context) (int64, bool, error) { return 0, false, nil }

// KeyOf reads which record a page shows.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host != c.client.Base.Host || !strings.HasPrefix(u.Path, c.client.Base.Path) {
		return model.Key{}, false
	}
	parts := strings.Split(strings.TrimPrefix(u.Path, c.client.Base.Path), "/")
	if len(parts) < 2 {
		return model.Key{}, false
	}
	if o, ok := map[string]model.Object{"issues": model.Ticket, "news": News, "versions": Version}[parts[0]]; ok && isID(parts[1]) {
		return model.Key{Object: o, ID: parts[1]}, true
	}
	if len(parts) == 4 && parts[0] == "projects" && parts[2] == "wiki" {
		return model.Key{Object: model.Article, ID: parts[1] + "/" + parts[3]}, true
	}
	return model.Key{}, false
}

// AddressOf gives the page of a record.
func (c *conn) AddressOf(k model.Key) string {
	page, ok := map[model.Object]string{
		model.Ticket: "issues/", News: "news/", Version: "versions/", model.Group: "projects/",
		model.Agent: "users/", model.Contact: "users/",
	}[k.Object]
	if !ok || !isID(k.ID) {
		return ""
	}
	return c.client.Base.String() + page + k.ID
}

func isID(s string) bool { return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == "" }

var errNoObject = errors.New("redmine has no such object")

func noObject(o model.Object) error { return fmt.Errorf("%w: %q", errNoObject, o) }
