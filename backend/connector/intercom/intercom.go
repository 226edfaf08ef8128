// Package intercom connects Waybill to Intercom, as a source and as a target, through the
// REST API 2.16 (OpenAPI file of Intercom, shared/apis/intercom.md).
//
// A ticket of Waybill is a conversation of Intercom, or, by a setting, an Intercom ticket.
// The first message of a conversation is the conversation's own "source"; everything else
// are its parts. Records that are put together of several answers (a message knows its
// conversation, a conversation the names of its tags) are Intercom's own text, unchanged,
// behind a few further names: see compose.
//
// Intercom searches conversations by no custom attribute and takes none when one is
// created. So the mark is there twice: as one word at the end of the first message, which
// the search finds and which is there from the first moment, and in full in the custom
// attribute "Waybill".
package intercom

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// The settings of a connection.
const (
	SettingRegion  = "region"
	SettingAddress = "address"
	SettingToken   = "token" // a secret, by this name in the vault
	// SettingTickets says what a ticket of Waybill becomes.
	SettingTickets = "tickets"
	// SettingTicketType names the type of new Intercom tickets.
	SettingTicketType = "ticket_type"
	// SettingPageSize is how many records a page has; it is not on the form.
	SettingPageSize = "page_size"
)

// What a ticket becomes.
const (
	AsConversation = "conversation"
	AsTicket       = "ticket"
)

// Objects that only Intercom has.
const (
	// IntercomTicket is an Intercom ticket where a ticket is a conversation.
	IntercomTicket model.Object = "intercom_ticket"
	// Conversation is a conversation where a ticket is an Intercom ticket.
	Conversation model.Object = "conversation"
	// Segment of contacts or companies, ContactNote a note about a contact.
	Segment         model.Object = "segment"
	ContactNote     model.Object = "contact_note"
	InternalArticle model.Object = "internal_article"
)

const (
	desk     = "Intercom"
	version  = "2.16"
	pageSize = 150 // the most that lists and searches of conversations give
	// PartCeiling is how many parts of a thread the API gives (OpenAPI 2.16, retrieveConversation).
	PartCeiling = 500
	// maxFile is what the messenger takes (intercom.com/help); the API's documentation names no size.
	maxFile = 40 << 20
	// findLag: new contacts take "a few minutes" until a search shows them (OpenAPI 2.16, SearchContacts).
	findLag  = 5 * time.Minute
	parallel = 8
)

// hosts of the regions (OpenAPI 2.16, servers).
var hosts = map[string]string{"us": "api.intercom.io", "eu": "api.eu.intercom.io", "au": "api.au.intercom.io"}

var form = []connector.FormField{
	{
		Name: SettingRegion, Title: "Region", Help: "Where Intercom keeps your data: Settings > Workspace > General. Most workspaces are in the United States.",
		Options: []model.Choice{{Value: "us", Title: "United States"}, {Value: "eu", Title: "Europe"}, {Value: "au", Title: "Australia"}},
	},
	{
		Name: SettingToken, Title: "Access token", Required: true, Secret: true,
		Help: "The token of a private app in Intercom's Developer Hub.",
	},
	{
		Name: SettingTickets, Title: "A ticket becomes", Help: "Only matters where Intercom is the new desk.",
		Options: []model.Choice{{Value: AsConversation, Title: "a conversation"}, {Value: AsTicket, Title: "an Intercom ticket"}},
	},
	{
		Name: SettingTicketType, Title: "Ticket type", When: SettingTickets + "=" + AsTicket, Placeholder: "Request",
		Help: "The name of the type that new tickets get. Empty: the first type of the category Customer.",
	},
	{
		Name: SettingAddress, Title: "Address of the API", Address: true, Expert: true, Placeholder: "https://api.intercom.io",
		Help: "Only for a sandbox or a proxy, or instead of the region. Any address of your workspace will do.",
	},
}

var guide = []string{
	"Sign in to Intercom as an administrator and open app.intercom.com/a/apps/_/developer-hub (Settings > Integrations > Developer Hub).",
	"Choose \"New app\", give it a name such as \"Waybill\" and pick your workspace.",
	"Under \"Authentication\" allow the app to read and write people, companies, conversations, tickets and articles.",
	"Copy the access token from the same page and paste it here.",
}

// before is what people do in a target before anything is written.
var before = []string{
	"Pause all workflows, Fin and inbox rules and switch SLAs off. Replies of your team are imported silently, but Intercom has no such switch for what customers write, and an active workflow would answer them.",
}

// Order in which Intercom's objects are created: what others point to comes first.
var order = []model.Object{
	model.Organization, model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment,
	model.Category, model.Section, model.Article,
}

// Kind describes Intercom.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "intercom", Title: "Intercom", Source: true, Target: true, Form: form, Guide: guide, Before: before, Tidy: tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Shapes: true, Updates: true, Reads: true,
			Backdates: true, KeepsAuthor: true,
			Wholes: []connector.Whole{
				{Owner: model.Ticket, Part: model.Message, First: true},
				{Owner: model.Message, Part: model.Attachment},
			},
			Steps:      []model.Object{model.Contact, model.Ticket},
			Matches:    []model.Object{model.Group, model.Agent},
			Unmarked:   []model.Object{model.Group, model.Agent, model.Message, model.Attachment, model.Category, model.Section, model.Article},
			NotDeleted: []model.Object{model.Group, model.Agent, model.Message, model.Attachment},
			ReadCost: map[model.Object]float64{
				model.Ticket: 2.2, model.Message: 0, model.Attachment: 0, model.Rating: 0, model.SideConversation: 0, model.Translation: 0,
			},
			WriteCost: map[model.Object]float64{model.Contact: 1.7, model.Ticket: 5, model.Message: 1.3, model.Attachment: 0},
			Plain: []string{
				"Workflows, Fin, inbox rules and SLAs must be paused before a move: Intercom has no silent way to write what a customer said.",
				"A conversation can only be opened by its customer. One that your team began opens with the line \"(no text)\", and the true first message follows with its own author and time.",
				"The first message of a conversation, and every message of a customer, is plain text: bold, lists and links' labels are lost. Files of a first message are kept by sending it as the second.",
				"Each moved conversation's first message ends in one short word in square brackets, by which Waybill finds it again. The full mark with the old number is in the conversation attribute \"Waybill\".",
				"The times of closing, assigning and tagging are those of the move; only conversations, tickets and messages keep their own.",
				"Teammates and teams cannot be created. People who left write through somebody whom you choose.",
				"Ratings, SLA results, time spent, CCs and side conversations cannot be written.",
				"Priorities and tags of people cannot be written.",
				"Intercom gives the 500 newest parts of a conversation. What is older cannot be read, and each such conversation is listed.",
				"Only deleted conversations are told: what else was deleted since is noticed when everything is read again.",
				"Companies without a person are not in Intercom's lists, so they cannot be read, and moved ones show once somebody belongs to them.",
			},
			Batch: 1, Parallel: parallel, FindLag: findLag, Travel: 2 * time.Minute, MaxFile: maxFile, Order: order, PerMinute: 10_000,
		},
		Limits: pace.Limits{PerMinute: 10_000, Parallel: parallel, Left: left, Allowed: allowed},
		Open:   open,
	}
}

// allowed reads X-RateLimit-Limit, which counts ten seconds (rate limiting page).
func allowed(h http.Header) (int, bool) {
	n, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	return n * 6, err == nil && n > 0
}

// left reads what remains of the ten seconds; X-RateLimit-Reset is in Unix seconds.
func left(h http.Header) (int, time.Time, bool) {
	n, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		return 0, time.Time{}, false
	}
	at, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return 0, time.Time{}, false
	}
	return n, time.Unix(at, 0), true
}

func open(_ context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
	base, err := baseOf(cfg)
	if err != nil {
		return nil, err
	}
	token, err := wire.Secret(vault, desk, form[1])
	if err != nil {
		return nil, err
	}
	size := pageSize
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		size = min(n, pageSize)
	}
	c := &conn{size: size, asTickets: cfg[SettingTickets] == AsTicket, typeName: cfg[SettingTicketType], region: cfg[SettingRegion]}
	c.wire = wire.New(desk, base, rt, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token.Reveal())
		r.Header.Set("Intercom-Version", version)
	}, said)
	c.wire.Own, c.wire.Refuses = ours, refuses
	return c, nil
}

// baseOf finds the root of the API.
func baseOf(cfg map[string]string) (*url.URL, error) {
	address := cfg[SettingAddress]
	if address == "" {
		host := hosts[strings.ToLower(cfg[SettingRegion])]
		if host == "" {
			host = hosts["us"]
		}
		address = "https://" + host
	}
	tidied, err := tidy(address)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(tidied)
	if err != nil || base.Host == "" {
		return nil, connector.BadAddress(err, desk, address)
	}
	base.Path = strings.TrimSuffix(base.Path, "/") + "/"
	return base, nil
}

// conn is one connection.
type conn struct {
	wire      *wire.Client
	size      int
	asTickets bool
	typeName  string
	region    string

	mu     sync.Mutex
	known  known
	making sync.Mutex // one attribute for marks, not two
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
	_ connector.Shaper     = (*conn)(nil)
	_ connector.Marker     = (*conn)(nil)
	_ connector.Updater    = (*conn)(nil)
	_ connector.Reader     = (*conn)(nil)
	_ connector.Ruler      = (*conn)(nil)
	_ connector.Linker     = (*conn)(nil)
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.wire.HTTP.CloseIdleConnections()
	return nil
}

// conversationObject and ticketObject name what conversations and Intercom tickets are
// under the setting.
func (c *conn) conversationObject() model.Object {
	if c.asTickets {
		return Conversation
	}
	return model.Ticket
}

func (c *conn) ticketObject() model.Object {
	if c.asTickets {
		return model.Ticket
	}
	return IntercomTicket
}
