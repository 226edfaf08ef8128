// Package front connects Waybill to Front (Core API), as a source and as a target. Facts:
// shared/apis/front.md and shared/openapi/front.json.
//
// Front has no tickets: it has conversations, which come into being with their first
// message. Messages of the past are imported (POST /inboxes/{id}/imported_messages): with
// author, time and thread, without mailing anybody and without rules. The answer only says
// that the message was accepted; it exists a little later, under its message_uid.
//
// Marks: accounts keep ours as external_id, contacts as a handle of the source "custom",
// tags in their description, conversations in a custom field that a person makes once.
package front

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// The settings of a connection.
const (
	SettingAddress = "address"
	SettingToken   = "token" // a secret, by this name in the vault
	// SettingInbox names the inbox that conversations go to whose group is not mapped.
	SettingInbox = "inbox"
	// SettingMark names the custom field of conversations that holds our mark.
	SettingMark = "mark_field"
	// SettingBase names the knowledge base that articles go to.
	SettingBase = "knowledge_base"
	// SettingAgain is added to the numbers of imported messages.
	SettingAgain = "again"
	// SettingPageSize is how many records a page has; it is not on the form.
	SettingPageSize = "page_size"
)

const (
	desk     = "Front"
	home     = "https://api2.frontapp.com"
	batch    = 20
	pageSize = 100
	// mostFile is Front's limit for the files of one request (25 MB).
	mostFile = 25 << 20
	// defaultMark is the custom field that Guide tells people to make.
	defaultMark = "Waybill"
)

// Objects that only Front has.
const (
	objTeam model.Object = "team"
	objLink model.Object = "link"
	objList model.Object = "contact_list"
	objBase model.Object = "knowledge_base"
)

var form = []connector.FormField{
	{
		Name: SettingToken, Title: "API token", Required: true, Secret: true,
		Help: "Made in Front under Settings > Developers > API tokens.",
	},
	{
		Name: SettingInbox, Title: "Inbox for what is moved", Placeholder: "Support",
		Help: "Only when Front is the new desk: the inbox for conversations whose group is not mapped to one. Its name, or its number (inb_...). Empty: the first inbox.",
	},
	{
		Name: SettingMark, Title: "Field for the old number", Placeholder: defaultMark,
		Help: "Only when Front is the new desk: the text field of conversations in which the old number is kept. It must exist. Empty: " + defaultMark + ".",
	},
	{
		Name: SettingBase, Title: "Knowledge base", Expert: true,
		Help: "Only when Front is the new desk: the name or number (knb_...) of the knowledge base for help articles. Empty: the first one.",
	},
	{
		Name: SettingAgain, Title: "Added to message numbers", Expert: true,
		Help: "Front never imports the same number twice, not even after a deletion. When you move again after taking a move back, put something new here, such as r2.",
	},
	{
		Name: SettingAddress, Title: "Address of the API", Placeholder: home, Address: true, Expert: true,
		Help: "Leave it empty unless Front told you otherwise.",
	},
}

var guide = []string{
	"In Front, open Settings (the gear), then Developers under the company's settings, then API tokens. You must be a company admin.",
	"Create a token. Give it the scopes for all that is to be moved: conversations, messages, comments, contacts, accounts, tags, inboxes, teammates, custom fields, knowledge bases, templates, rules, attachments and events. To write, it needs the write and delete scopes as well.",
	"Choose Shared resources (or Global) as the token's reach: what lies outside is silently missing from every list.",
	"Copy the token and paste it here.",
}

// before is what people do in a target before anything is written.
var before = []string{
	"Open Settings > Company > Custom fields > Conversations and add a text field named Waybill. It keeps the old number of each conversation, and Waybill finds conversations by it.",
	"Invite all who are to appear as authors or assignees as teammates, and make the inboxes. Waybill matches them by e-mail and by name; it cannot create them.",
}

// order in which objects are created: what others point to comes first.
var order = []model.Object{
	model.Tag, model.Organization, model.Group, model.Agent, model.Contact, model.Macro, model.Category, model.Article,
	model.Translation, model.Ticket, model.Message, model.Attachment,
}

// Kind describes Front.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "front", Title: "Front", Source: true, Target: true, Form: form, Guide: guide, Before: before, Tidy: tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Updates: true, Reads: true, Fires: true,
			Wholes: []connector.Whole{
				{Owner: model.Ticket, Part: model.Message, First: true},
				{Owner: model.Message, Part: model.Attachment},
			},
			Matches:  []model.Object{model.Group, model.Agent},
			Unmarked: []model.Object{model.Message, model.Attachment, model.Macro, model.Category, model.Article, model.Translation},
			NotDeleted: []model.Object{
				model.Group, model.Agent, model.Message, model.Attachment, model.Translation,
			},
			// A contact gets its account with a request of its own.
			Steps:           []model.Object{model.Contact},
			NotesLoseOrigin: true,
			// A conversation is imported, looked up, changed (its mark) and read; of its other
			// messages up to a batch share one look-up.
			WriteCost: map[model.Object]float64{
				model.Ticket: 4, model.Message: 1.25, model.Attachment: 0, model.Contact: 1.1, model.Organization: 1, model.Tag: 1,
				model.Group: 0, model.Agent: 0, model.Macro: 1, model.Category: 1, model.Article: 1, model.Translation: 1,
			},
			// Messages and comments are listed conversation by conversation, once for the
			// messages and once for their files.
			ReadCost: map[model.Object]float64{
				model.Ticket: 4.05, model.Message: 0, model.Attachment: 0, model.Organization: 1.02, model.Category: 1.02,
				model.Article: 1.02, model.Translation: 1,
			},
			Plain: plain, Backdates: true, KeepsAuthor: true, Quiet: true,
			Batch: batch, Parallel: 8, FindLag: 15 * time.Second, Travel: time.Minute, MaxFile: mostFile, Order: order,
			PerMinute: 100,
		},
		Limits: limits(),
		Open:   open,
	}
}

// plain says what Front cannot keep.
var plain = []string{
	"Private notes become comments: Front dates them at the moment of the move, so their time and author stand in their text. Formatting becomes plain text.",
	"The time of a conversation follows from its messages; it cannot be set by itself.",
	"People of the staff and inboxes are matched, not created: make them in Front first.",
	"Messages cannot be deleted or changed once they are imported; they go with their conversation. A conversation that is taken back is deleted for good; without that right it stays in Front's trash.",
	"Fields and their options cannot be created from outside: make them in Front's settings.",
	"Pictures inside a text are attached to the message, not shown in it.",
	"The files of one message together may have 25 MB.",
	"Rules are listed by name and actions only: Front does not say when they apply. Imports skip them; private notes and changes of a conversation may set them off.",
	"Front does not tell which contacts were deleted, so a later reading does not notice it. Conversations in the trash are not read.",
	"A category of help articles, or an article, cannot be moved into another category once it is there.",
	"Satisfaction, time spent and service levels have no place of their own: use fields or tags.",
}

// limits of Front: for the company by plan (50, 100 or 200 a minute, told by the headers of
// every answer), 40 % of it for the search, 5 changes a second of one conversation, inbox or
// channel, and 60 links a minute (dev.frontapp.com/docs/rate-limiting).
func limits() pace.Limits {
	return pace.Limits{
		Parallel: 8, Left: left, Allowed: allowed,
		Budgets: []pace.Budget{
			{What: "changes of one conversation or inbox", Per: time.Second, Key: resource, Allowed: perResource},
			{What: "searches", Per: time.Minute, Key: searching, Allowed: func(h http.Header) (int, bool) {
				n, ok := allowed(h)
				return n * 4 / 10, ok
			}},
			{What: "links", Requests: 60, Per: time.Minute, Key: func(r *http.Request) (string, bool) {
				return "", r.Method == http.MethodPost && r.URL.Path == "/links"
			}},
		},
	}
}

// perResource is the limit for one conversation, inbox or channel. Requests leave evenly, so
// up to 300 a minute nobody reaches it; and no company is allowed as much as 6000 a minute:
// that is a test server, which has no such limit.
func perResource(h http.Header) (int, bool) {
	n, ok := allowed(h)
	return 5, ok && n > 300 && n < 6000
}

// allowed reads the company's requests per minute.
func allowed(h http.Header) (int, bool) {
	n, err := strconv.Atoi(h.Get("X-Ratelimit-Limit"))
	return n, err == nil && n > 0
}

// left reads what remains until the reset, which is in Unix seconds. A refusal by a narrower
// limit leaves it untouched.
func left(h http.Header) (int, time.Time, bool) {
	n, err := strconv.Atoi(h.Get("X-Ratelimit-Remaining"))
	if err != nil {
		return 0, time.Time{}, false
	}
	at, err := strconv.ParseFloat(h.Get("X-Ratelimit-Reset"), 64)
	if err != nil {
		return 0, time.Time{}, false
	}
	return n, time.UnixMilli(int64(at * 1000)), true
}

// resource names what a change is about, for the limit of each.
func resource(r *http.Request) (string, bool) {
	if r.Method == http.MethodGet {
		return "", false
	}
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
	if len(parts) < 2 || parts[0] != "conversations" && parts[0] != "inboxes" && parts[0] != "channels" {
		return "", false
	}
	return parts[0] + "/" + parts[1], true
}

func searching(r *http.Request) (string, bool) {
	return "", strings.HasPrefix(r.URL.Path, "/conversations/search/")
}

// tidy makes the API's address of whatever people paste; the app's own pages lead to the API.
func tidy(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return home, nil
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !strings.ContainsAny(u.Hostname(), ".:") && u.Hostname() != "localhost" {
		return "", connector.BadAddress(err, desk, s)
	}
	host := strings.ToLower(u.Host)
	switch {
	case host == "api2.frontapp.com", strings.HasSuffix(host, ".api.frontapp.com"):
		return "https://" + host, nil
	case host == "front.com", host == "frontapp.com", strings.HasSuffix(host, ".frontapp.com"), strings.HasSuffix(host, ".front.com"):
		return home, nil
	}
	return u.Scheme + "://" + host, nil
}

func open(_ context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
	address := cfg[SettingAddress]
	if address == "" {
		address = home
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, connector.BadAddress(err, desk, address)
	}
	token, err := vault.Get(SettingToken)
	if errors.Is(err, secret.ErrNotFound) || err == nil && token == "" {
		return nil, connector.NeedSetting(desk, form[0])
	}
	if err != nil {
		return nil, err
	}
	size := pageSize
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		size = min(n, pageSize)
	}
	mark := cfg[SettingMark]
	if mark == "" {
		mark = defaultMark
	}
	return &conn{
		tagging:  make(chan struct{}, 1),
		client:   newClient(base, token, rt),
		pageSize: size, inbox: cfg[SettingInbox], markField: mark, base: cfg[SettingBase], again: cfg[SettingAgain],
		handles: map[string]string{}, talks: map[string]talk{},
	}, nil
}

// conn is one connection.
type conn struct {
	client    client
	pageSize  int
	inbox     string
	markField string
	base      string
	again     string

	tagging chan struct{} // one tag is made at a time, so that none is made twice
	mu      sync.Mutex
	setup   *setup            // what a company changes rarely, asked once
	handles map[string]string // of contacts, by their ids
	talks   map[string]talk   // conversations that are being written
	members map[string]string // accounts of contacts
	since   time.Time         // when members was read
	lag     time.Duration     // how long imports take lately, so that looks are not wasted
}

// Its abilities, as Caps promises them.
var (
	_ connector.Connector  = (*conn)(nil)
	_ connector.Filer      = (*conn)(nil)
	_ connector.Changer    = (*conn)(nil)
	_ connector.Writer     = (*conn)(nil)
	_ connector.Finder     = (*conn)(nil)
	_ connector.PartFinder = (*conn)(nil)
	_ connector.Deleter    = (*conn)(nil)
	_ connector.Marker     = (*conn)(nil)
	_ connector.Updater    = (*conn)(nil)
	_ connector.Reader     = (*conn)(nil)
	_ connector.Firer      = (*conn)(nil)
	_ connector.Ruler      = (*conn)(nil)
	_ connector.Linker     = (*conn)(nil)
	_ connector.Keeper     = (*conn)(nil)
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.client.HTTP.CloseIdleConnections()
	return nil
}
