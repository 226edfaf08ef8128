package practice

import (
	"regexp"
	"slices"
	"strings"

	"waybill/backend/model"
)

// shape is an object: its fields and its indexes.
type shape struct {
	model.ObjectSchema
	path   string // in addresses: "tickets"
	index  int
	unique string // the field whose values may not repeat

	order    []uint32            // ids, ascending; deleted ones stay until tidied
	count    int64               // records that live
	gone     int                 // deleted ids in order
	changed  []change            // by sequence; only the last change of a record counts
	buried   []tombstone         // by sequence: what is gone
	external map[string]uint32   // first record of an external id
	copies   map[string][]uint32 // further records of it
	taken    map[string]uint32   // values of the unique field, folded
}

type change struct {
	seq uint64
	id  uint32
}

func choices(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: strings.ToUpper(v[:1]) + v[1:]}
	}
	return out
}

// shapes gives the standard objects, with empty indexes.
func shapes(maxText int) []*shape {
	line := func(name, title string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.Text, MaxLength: MaxLine}
	}
	need := func(f model.Field) model.Field { f.Required = true; return f }
	only := func(f model.Field) model.Field { f.Unique = true; return f }
	long := func(name, title string, t model.Type) model.Field {
		return model.Field{Name: name, Title: title, Type: t, MaxLength: maxText}
	}
	when := func(name, title string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.DateTime}
	}
	yes := func(name, title, def string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.Bool, Default: def}
	}
	link := func(name, title string, to ...model.Object) model.Field {
		return model.Field{Name: name, Title: title, Type: model.LinkType, To: to}
	}
	option := func(name, title, def string, values ...string) model.Field {
		return model.Field{Name: name, Title: title, Type: model.Option, Default: def, Options: choices(values...)}
	}
	read := func(f model.Field) model.Field { f.ReadOnly = true; return f }
	mail := model.Field{Name: "email", Title: "E-mail", Type: model.Email, MaxLength: 254, Unique: true}

	ticketLink := link("ticket", "Ticket", model.Ticket)
	ticketLink.Required, ticketLink.Parent = true, true
	messageLink := link("message", "Message", model.Message)
	messageLink.Required, messageLink.Parent = true, true
	sent := when("created_at", "Created")
	sent.Ordering = true
	public := yes("public", "Public", "true")
	public.Private, public.PrivateValue = true, "false"
	public.Help = "Customers see public messages. Others are private notes."

	objects := []model.ObjectSchema{
		{Object: model.Organization, Title: "Companies", Name: "name", Fields: []model.Field{
			need(only(line("name", "Name"))), line("domain", "Domain"), long("notes", "Notes", model.LongText),
			when("created_at", "Created"),
		}},
		{Object: model.Group, Title: "Groups", Name: "name", Fields: []model.Field{need(only(line("name", "Name")))}},
		{Object: model.Agent, Title: "Agents", Name: "name", Fields: []model.Field{
			need(line("name", "Name")), need(mail), yes("active", "Active", "true"),
			option("role", "Role", "agent", "admin", "agent", "light"),
		}},
		{Object: model.Contact, Title: "Customers", Name: "name", Fields: []model.Field{
			need(line("name", "Name")), mail,
			{Name: "phone", Title: "Phone", Type: model.Phone, MaxLength: MaxLine},
			link("organization", "Company", model.Organization), line("language", "Language"),
			long("notes", "Notes", model.LongText), yes("active", "Active", "true"), when("created_at", "Created"),
		}},
		{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
			need(line("subject", "Subject")), long("description", "Description", model.LongText),
			option("status", "Status", "new", "new", "open", "pending", "solved", "closed"),
			option("priority", "Priority", "normal", "low", "normal", "high", "urgent"),
			option("channel", "Channel", "api", "email", "web", "phone", "chat", "api"),
			need(link("requester", "Customer", model.Contact)), link("assignee", "Agent", model.Agent),
			link("group", "Group", model.Group), link("organization", "Company", model.Organization),
			link("follows", "Follow-up of", model.Ticket),
			{Name: "tags", Title: "Tags", Type: model.Tags},
			when("created_at", "Created"), when("updated_at", "Updated"), when("solved_at", "Solved"), when("due_at", "Due"),
			read(model.Field{Name: "archived", Title: "In the archive", Type: model.Bool, Help: "An archived ticket can be read and found, and never be changed."}),
		}},
		{Object: model.Message, Title: "Messages", Name: "created_at", Fields: []model.Field{
			ticketLink, need(link("author", "Author", model.Contact, model.Agent)),
			read(line("author_type", "Kind of author")), public,
			need(long("body", "Text", model.HTML)), sent,
		}},
		{Object: model.Attachment, Title: "Attachments", Name: "name", Fields: []model.Field{
			messageLink, line("name", "File name"), need(model.Field{Name: "content", Title: "Content", Type: model.FileType}),
			line("content_type", "Kind of file"), yes("inline", "Shown in the text", "false"),
			line("content_id", "Content id"),
			read(model.Field{Name: "size", Title: "Size", Type: model.Integer}),
			read(line("sha256", "Fingerprint (SHA-256)")),
		}},
	}
	paths := []string{"organizations", "groups", "agents", "contacts", "tickets", "messages", "attachments"}
	out := make([]*shape, len(objects))
	for i, o := range objects {
		external := line("external_id", "External id")
		external.Help = "An id of another system. Records can be found by it."
		o.Fields = append([]model.Field{
			{Name: "id", Title: "Id", Type: model.Text, ReadOnly: true},
			{Name: "version", Title: "Version", Type: model.Integer, ReadOnly: true},
		}, append(o.Fields, external)...)
		s := &shape{
			ObjectSchema: o, path: paths[i], index: i,
			external: map[string]uint32{}, copies: map[string][]uint32{}, taken: map[string]uint32{},
		}
		for _, f := range o.Fields {
			if f.Unique {
				s.unique = f.Name
			}
		}
		out[i] = s
	}
	return out
}

const customPrefix = "fields."

var customName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

var customTypes = []model.Type{
	model.Text, model.LongText, model.Number, model.Date, model.DateTime, model.Bool, model.Option, model.Options,
}

// newField is the body of POST fields.
type newField struct {
	Object  model.Object   `json:"object"`
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Type    model.Type     `json:"type"`
	Options []model.Choice `json:"options"`
}

// addField defines a custom field; d.mu is held.
func (d *Desk) addField(n newField) (model.Field, []FieldError) {
	s := d.shapeOf(n.Object)
	if s == nil {
		return model.Field{}, []FieldError{{Field: "object", Code: "unknown", Reason: "there is no such object", Value: string(n.Object)}}
	}
	f := model.Field{Name: customPrefix + n.Name, Title: n.Title, Type: n.Type, Custom: true}
	if f.Title == "" {
		f.Title = n.Name
	}
	if !customName.MatchString(n.Name) {
		return f, []FieldError{{
			Field: "name", Code: "invalid", Value: n.Name,
			Reason: "use up to 60 small letters, digits and underscores, a letter first",
		}}
	}
	if !slices.Contains(customTypes, n.Type) {
		return f, []FieldError{{Field: "type", Code: "invalid", Reason: "there is no such type of field", Value: string(n.Type)}}
	}
	if _, ok := s.Field(f.Name); ok {
		return f, []FieldError{{Field: "name", Code: "taken", Reason: "there is a field of this name", Value: n.Name}}
	}
	switch n.Type {
	case model.Text:
		f.MaxLength = MaxLine
	case model.LongText:
		f.MaxLength = d.o.MaxText
	case model.Option, model.Options:
		for _, c := range n.Options {
			if errs := addChoice(&f, c); errs != nil {
				return f, errs
			}
		}
	}
	s.Fields = append(s.Fields[:len(s.Fields):len(s.Fields)], f)
	return f, nil
}

// addOption adds a choice to a field; d.mu is held.
func (d *Desk) addOption(o model.Object, name string, c model.Choice) (model.Field, []FieldError) {
	s := d.shapeOf(o)
	if s == nil {
		return model.Field{}, []FieldError{{Field: "object", Code: "unknown", Reason: "there is no such object", Value: string(o)}}
	}
	for i, f := range s.Fields {
		if f.Name != name && f.Name != customPrefix+name {
			continue
		}
		if f.Type != model.Option && f.Type != model.Options {
			return f, []FieldError{{Field: name, Code: "invalid", Reason: "this field has no list of options"}}
		}
		if !f.Custom {
			return f, []FieldError{{Field: name, Code: "invalid", Reason: "the options of a standard field are fixed"}}
		}
		f.Options = slices.Clone(f.Options) // readers may hold the old list
		if errs := addChoice(&f, c); errs != nil {
			return f, errs
		}
		fields := slices.Clone(s.Fields)
		fields[i] = f
		s.Fields = fields
		return f, nil
	}
	return model.Field{}, []FieldError{{Field: name, Code: "unknown", Reason: "there is no such field"}}
}

func addChoice(f *model.Field, c model.Choice) []FieldError {
	if c.Value == "" || len(c.Value) > MaxLine {
		return []FieldError{{Field: "options", Code: "invalid", Reason: "an option needs a value of at most 255 characters", Value: c.Value}}
	}
	for _, have := range f.Options {
		if have.Value == c.Value {
			return []FieldError{{Field: "options", Code: "taken", Reason: "there is an option of this value", Value: c.Value}}
		}
	}
	f.Options = append(f.Options, c)
	return nil
}
