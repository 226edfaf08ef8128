package rt

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// customField of RT, as the mapping knows it.
type customField struct {
	of    model.Object
	field model.Field
}

// lookups are the kinds of records that custom fields belong to.
var lookups = map[string][]model.Object{
	"RT::Queue-RT::Ticket":  {model.Ticket},
	"RT::User":              {model.Agent, model.Contact},
	"RT::Class-RT::Article": {model.Article},
	"RT::Catalog-RT::Asset": {Asset},
}

func typeOf(kind string, one bool) model.Type {
	switch kind {
	case "Select", "Combobox", "Autocomplete":
		if one {
			return model.Option
		}
		return model.Options
	case "Text", "Wikitext":
		return model.LongText
	case "HTML":
		return model.HTML
	case "Date":
		return model.Date
	case "DateTime":
		return model.DateTime
	}
	if one {
		return model.Text
	}
	return model.Tags
}

// customFields asks for all custom fields, once.
func (c *conn) customFields(ctx context.Context, again bool) ([]customField, error) {
	c.mu.Lock()
	known := c.fields
	c.mu.Unlock()
	if known != nil && !again {
		return known, nil
	}
	items, err := c.all(ctx, "customfields", search(condition{Field: "id", Operator: ">", Value: 0}), "Name,Type,MaxValues,LookupType,Description", nil)
	if err != nil {
		return nil, err
	}
	known = []customField{}
	for _, x := range items {
		objects := lookups[x.Get("LookupType").Str]
		if len(objects) == 0 || x.Get("Type").Str == "Image" || x.Get("Type").Str == "Binary" {
			continue
		}
		f := model.Field{
			Name: "cf_" + x.Get("id").String(), Title: x.Get("Name").Str, Custom: true, Help: x.Get("Description").Str,
			Type: typeOf(x.Get("Type").Str, x.Get("MaxValues").String() == "1"),
		}
		if f.Type == model.Option || f.Type == model.Options {
			a, err := c.client.Get(ctx, "customfield/"+x.Get("id").String(), nil)
			if err != nil {
				return nil, err
			}
			for _, v := range gjson.GetBytes(a.Body, "Values").Array() {
				f.Options = append(f.Options, model.Choice{Value: v.String(), Title: v.String()})
			}
			if len(f.Options) == 0 {
				f.Type = map[model.Type]model.Type{model.Option: model.Text, model.Options: model.Tags}[f.Type]
			}
		}
		for _, o := range objects {
			known = append(known, customField{o, f})
		}
	}
	slices.SortStableFunc(known, func(a, b customField) int { return strings.Compare(a.field.Title, b.field.Title) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fields = known
	return known, nil
}

func field(name, title string, t model.Type) model.Field {
	return model.Field{Name: name, Title: title, Type: t}
}

func read(f model.Field) model.Field { f.ReadOnly = true; return f }

func need(f model.Field) model.Field { f.Required = true; return f }

func to(name, title string, objects ...model.Object) model.Field {
	return model.Field{Name: name, Title: title, Type: model.LinkType, To: objects}
}

func parent(f model.Field) model.Field { f.Parent, f.Required = true, true; return f }

func choices(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: v}
	}
	return out
}

// lifecycle has the statuses of RT's own lifecycle. Those of others are not told over
// REST; the ones that tickets have are added.
var lifecycle = []string{"new", "open", "stalled", "resolved", "rejected", "deleted"}

var stamps = []model.Field{
	read(field("Created", "Created", model.DateTime)), read(field("LastUpdated", "Last updated", model.DateTime)),
}

// fixed is the shape of RT's objects, but for custom fields.
func fixed() model.Schema {
	id := read(field("id", "Number", model.Integer))
	user := []model.Field{
		id, field("Name", "User name", model.Text), field("RealName", "Real name", model.Text), field("EmailAddress", "E-mail", model.Email),
		field("Organization", "Organization", model.Text), field("NickName", "Nickname", model.Text), field("WorkPhone", "Work phone", model.Phone),
		field("HomePhone", "Home phone", model.Phone), field("MobilePhone", "Mobile phone", model.Phone), field("Address1", "Address", model.Text),
		field("Address2", "Address, second line", model.Text), field("City", "City", model.Text), field("State", "State", model.Text),
		field("Zip", "Postal code", model.Text), field("Country", "Country", model.Text), field("Lang", "Language", model.Text),
		field("Timezone", "Time zone", model.Text), field("Comments", "Comments about this person", model.LongText),
		read(field("FreeformContactInfo", "Extra info", model.LongText)), read(field("Disabled", "Disabled", model.Bool)),
	}
	for i := range user {
		if n := mostBytes[user[i].Name]; n > 0 {
			user[i].MaxLength = n
		}
		user[i].Unique = user[i].Name == "Name" || user[i].Name == "EmailAddress"
	}
	status := field("Status", "Status", model.Option)
	status.Options = choices(lifecycle...)
	subject := field("Subject", "Subject", model.Text)
	subject.MaxLength = 200
	private := field("Private", "Private comment", model.Bool)
	private.Private = true
	moment := read(field("Created", "Created", model.DateTime))
	moment.Ordering = true
	kind := need(field("Type", "Kind of link", model.Option))
	kind.Options = choices("DependsOn", "MemberOf", "RefersTo")
	plain := func(o model.Object, title string, more ...model.Field) model.ObjectSchema {
		return model.ObjectSchema{
			Object: o, Title: title, Name: "Name",
			Fields: slices.Concat([]model.Field{id, field("Name", "Name", model.Text), field("Description", "Description", model.Text)}, more, stamps),
		}
	}
	return model.Schema{Objects: []model.ObjectSchema{
		plain(model.Group, "Queues", field("Lifecycle", "Lifecycle", model.Text), field("CorrespondAddress", "Reply address", model.Email),
			field("CommentAddress", "Comment address", model.Email), field("SubjectTag", "Subject tag", model.Text), read(field("Disabled", "Disabled", model.Bool))),
		{Object: model.Agent, Title: "Staff (privileged users)", Name: "Name", Fields: slices.Concat(user, stamps)},
		{Object: model.Contact, Title: "Customers (unprivileged users)", Name: "Name", Fields: slices.Concat(user, stamps)},
		{Object: model.Ticket, Title: "Tickets", Name: "Subject", Fields: []model.Field{
			id, subject, need(to("Queue", "Queue", model.Group)), status, to("Owner", "Owner", model.Agent, model.Contact),
			to("Requestor", "Requestor", model.Contact, model.Agent), field("FurtherRequestors", "Further requestors", model.Tags),
			field("Cc", "Cc", model.Tags), field("AdminCc", "AdminCc", model.Tags), to("Creator", "Creator", model.Contact, model.Agent),
			field("Priority", "Priority", model.Integer), field("InitialPriority", "Initial priority", model.Integer),
			field("FinalPriority", "Final priority", model.Integer), field("TimeWorked", "Time worked (minutes)", model.Integer),
			field("TimeLeft", "Time left (minutes)", model.Integer), field("TimeEstimated", "Time estimated (minutes)", model.Integer),
			field("Created", "Created", model.DateTime), field("Starts", "Starts", model.DateTime), field("Started", "Started", model.DateTime),
			field("Due", "Due", model.DateTime), field("Resolved", "Resolved", model.DateTime), field("Told", "Last contact", model.DateTime),
			read(field("LastUpdated", "Last updated", model.DateTime)), read(field("LastUpdatedBy", "Last updated by", model.Text)),
			read(field("Mark", "Waybill's mark", model.Text)),
		}},
		{Object: model.Message, Title: "Messages (replies and comments)", Name: "Type", Fields: []model.Field{
			id, parent(to("Ticket", "Ticket", model.Ticket)), field("Content", "Text", model.HTML), private, moment,
			read(to("Creator", "Author", model.Agent, model.Contact)), field("TimeTaken", "Time taken (minutes)", model.Integer),
			read(field("Type", "Type", model.Text)), read(field("ContentText", "Text as it was sent", model.LongText)),
			read(field("ContentType", "Type of the text", model.Text)),
		}},
		{Object: model.Attachment, Title: "Attachments", Name: "Filename", Fields: []model.Field{
			id, parent(to("Message", "Message", model.Message)), read(field("Filename", "File name", model.Text)),
			read(field("ContentType", "File type", model.Text)), read(field("Size", "Size in bytes", model.Integer)),
			read(field("Inline", "Shown in the text", model.Bool)), read(field("ContentID", "Content-ID", model.Text)),
			{Name: "content", Title: "Content", Type: model.FileType},
		}},
		{Object: Relation, Title: "Links between tickets", Name: "id", Fields: []model.Field{
			read(field("id", "Link", model.Text)), kind, parent(to("Ticket", "From ticket", model.Ticket)), need(to("To", "To ticket", model.Ticket)),
		}},
		plain(UserGroup, "Groups of users", read(field("Disabled", "Disabled", model.Bool))),
		{Object: model.Article, Title: "Articles", Name: "Name", Fields: slices.Concat([]model.Field{
			id, field("Name", "Name", model.Text), field("Summary", "Summary", model.Text), field("Class", "Class", model.Text),
		}, stamps)},
		plain(Catalog, "Asset catalogs", field("Lifecycle", "Lifecycle", model.Text)),
		plain(Asset, "Assets", field("Status", "Status", model.Text), to("Catalog", "Catalog", Catalog), field("Owner", "Owner", model.Text),
			field("HeldBy", "Held by", model.Tags), field("Contact", "Contact", model.Tags)),
	}}
}

// Schema gives RT's objects with the custom fields of this desk.
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	if _, err := c.customFields(ctx, true); err != nil {
		return model.Schema{}, err
	}
	return c.schema(ctx)
}

func (c *conn) schema(ctx context.Context) (model.Schema, error) {
	custom, err := c.customFields(ctx, false)
	if err != nil {
		return model.Schema{}, err
	}
	s := fixed()
	for i := range s.Objects {
		for _, f := range custom {
			if f.of == s.Objects[i].Object {
				s.Objects[i].Fields = append(s.Objects[i].Fields, f.field)
			}
		}
	}
	return s, nil
}

func (c *conn) shape(ctx context.Context, o model.Object) (model.ObjectSchema, error) {
	s, err := c.schema(ctx)
	if err != nil {
		return model.ObjectSchema{}, err
	}
	x, _ := s.Object(o)
	return x, nil
}

// self is the name of the user whose token is used. The token holds its number.
func (c *conn) self(ctx context.Context) (string, error) {
	c.mu.Lock()
	me := c.me
	c.mu.Unlock()
	if me != "" {
		return me, nil
	}
	if c.owner == "" {
		return "", connector.Unauthorized(nil, desk)
	}
	a, err := c.client.Get(ctx, "user/"+c.owner, nil)
	if err != nil {
		return "", err
	}
	me = gjson.GetBytes(a.Body, "Name").Str
	c.mu.Lock()
	defer c.mu.Unlock()
	c.me = me
	return me, nil
}

// ownerOf reads the number of the user out of a token: "1-14-0123abc".
func ownerOf(token string) string {
	parts := strings.Split(token, "-")
	if len(parts) == 3 && isID(parts[1]) {
		return parts[1]
	}
	return ""
}

// Check asks for the version, who we are and what can be seen.
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	a, err := c.client.Get(ctx, "rt", nil)
	if err != nil {
		return connector.Account{}, err
	}
	version := gjson.GetBytes(a.Body, "Version").Str
	if version == "" {
		return connector.Account{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	me, err := c.self(ctx)
	if err != nil {
		return connector.Account{}, err
	}
	out := connector.Account{Name: c.root.Host, As: me, Plan: "Request Tracker " + version, Rights: []string{"read what the user may see"}}
	for _, x := range []struct{ path, where, missing string }{
		{"queues/all", "", "see any queue (SeeQueue)"},
		{"users", search(condition{Field: "id", Operator: ">", Value: 0}), "see other users (AdminUsers)"},
		{"groups", search(condition{Field: "Domain", Operator: "=", Value: "SystemInternal"}), "see who is of the staff (AdminGroup, SeeGroup)"},
		{"customfields", search(condition{Field: "id", Operator: ">", Value: 0}), "see custom fields (SeeCustomField)"},
	} {
		got, err := c.list(ctx, x.path, x.where, "", 1, 1, url.Values{})
		switch {
		case problem.From(err) != nil && err != nil && problem.From(err).Code == connector.CodeForbidden, err == nil && got.total == 0 && x.path != "customfields":
			out.Missing = append(out.Missing, x.missing)
		case err != nil:
			return connector.Account{}, err
		default:
			out.Rights = append(out.Rights, strings.SplitN(x.missing, " (", 2)[0])
		}
	}
	return out, nil
}

// Fires tells what RT does by itself. Its scrips are not told over REST; whatever they
// are, none of them runs for what Waybill writes about people: see the comment of the package.
func (c *conn) Fires(context.Context) ([]connector.Fire, error) {
	return []connector.Fire{{
		ID: "scrips", Kind: connector.FireMail, Name: "Scrips", Active: true, Silenced: true,
		On: []model.Object{model.Ticket, model.Message}, Does: "mail the requestors, the owner and the copied people when something is written",
	}}, nil
}

// Fired is not told by RT.
func (c *conn) Fired(context.Context) (int64, bool, error) { return 0, false, nil }

// KeyOf reads which ticket, user or article a page shows.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host != c.root.Host || !strings.HasPrefix(u.Path, c.root.Path) {
		return model.Key{}, false
	}
	path, id := strings.TrimPrefix(u.Path, c.root.Path), u.Query().Get("id")
	if !isID(id) {
		return model.Key{}, false
	}
	switch path {
	case "Ticket/Display.html", "SelfService/Display.html", "m/ticket/show", "Ticket/Update.html", "Ticket/History.html":
		return model.Key{Object: model.Ticket, ID: id}, true
	case "Articles/Article/Display.html":
		return model.Key{Object: model.Article, ID: id}, true
	case "Asset/Display.html":
		return model.Key{Object: Asset, ID: id}, true
	}
	return model.Key{}, false
}

// AddressOf gives the page of a record.
func (c *conn) AddressOf(k model.Key) string {
	page := map[model.Object]string{
		model.Ticket: "Ticket/Display.html", model.Article: "Articles/Article/Display.html", Asset: "Asset/Display.html",
		model.Group: "Admin/Queues/Modify.html",
	}[k.Object]
	if page == "" || !isID(k.ID) {
		return ""
	}
	return c.root.String() + page + "?id=" + k.ID
}
