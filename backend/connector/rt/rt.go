// Package rt connects Waybill to Request Tracker 5 and 6 through REST 2.0, as a source
// and as a target.
//
// Request Tracker writes the members of a record in another order each time, and custom
// fields as a list. So a record's raw text is made here: its members sorted by name,
// unset times (1970) and addresses of the API left out, people by their user names, and
// each custom field under "cf_" and its number.
//
// Objects: a queue is a "group", privileged users are agents and all others contacts. The
// messages of a ticket are its transactions Create, Correspond (public) and Comment
// (private); a link between tickets is a "relation".
//
// Nothing that is written mails anybody. Request Tracker mails the people of a ticket when
// something is said in it, and its owner when the ticket is given to him; it has no
// switch for a single request. So the ticket is made with everything about it, but
// without an entry in its history (nothing is mailed then), the messages are written into
// a second ticket that has no people, and that one is merged into the first.
package rt

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
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// The settings of a connection.
const (
	SettingAddress = "address"
	SettingToken   = "token" // a secret, by this name in the vault
	// SettingPageSize is how many records a page has, 100 at most; it is not on the form.
	SettingPageSize = "page_size"
)

const (
	desk     = "Request Tracker"
	pageSize = 100 // RT gives no more, whatever is asked for
)

// Relation is a link between two tickets.
const Relation model.Object = "relation"

// Objects that are only read.
const (
	UserGroup model.Object = "user_group"
	Asset     model.Object = "asset"
	Catalog   model.Object = "catalog"
)

var form = []connector.FormField{
	{
		Name: SettingAddress, Title: "Address", Required: true, Address: true, Placeholder: "https://rt.example.com",
		Help: "The address of Request Tracker, as your browser shows it.",
	},
	{
		Name: SettingToken, Title: "Auth token", Required: true, Secret: true,
		Help: "A token of a user who may see everything that is to be moved.",
	},
}

var guide = []string{
	"Sign in to Request Tracker as a user who sees all queues; for a target, as an administrator (with the right SuperUser).",
	"Open “Logged in as …”, then “Settings”, then “Auth Tokens”. If the entry is missing, an administrator grants the right ManageAuthTokens under “Admin”, “Global”, “Group Rights”.",
	"Choose “Create”, give the token a name such as “Waybill”, confirm with your password, and copy the token: it is shown only once.",
	"Paste the token here, and as the address what your browser shows.",
	"After the move, delete the token on the same page.",
}

var order = []model.Object{model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, Relation}

var plain = []string{
	"The time of a message is the time of the move; its original author and time are written into its text.",
	"Who wrote a message is the user whose token is used; the ticket itself keeps its creator and its time.",
	"Each ticket's messages come through a second ticket that is merged into it, so that nobody is mailed: ticket numbers are used up twice as fast.",
	"When a ticket was last updated is the time of the move.",
	"Queues, people of the staff and custom fields must be there before the move: make them under “Admin”, and apply the custom fields to the queues.",
	"A user cannot be deleted, only disabled: what a rollback leaves of the customers is listed.",
	"A change of a ticket's owner, or of its status to resolved, mails people: the interface has no switch for it. Messages cannot be changed at all, nor can who created a record and when.",
	"Scrips, templates and lifecycles are not shown by the interface, so they are not in the inventory of rules.",
	"An empty file cannot be stored; it arrives as a file that holds one line feed.",
	"Subjects beyond 200 bytes are not accepted (a letter such as “é” counts as two).",
}

// Kind describes Request Tracker.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "rt", Title: "Request Tracker", Source: true, Target: true, Form: form, Guide: guide, Tidy: Tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Shapes: true, Updates: true, Reads: true, Fires: true,
			Wholes: []connector.Whole{
				{Owner: model.Message, Part: model.Attachment},
				{Owner: model.Ticket, Part: model.Message},
			},
			Matches:    []model.Object{model.Group, model.Agent},
			Unmarked:   []model.Object{model.Message, model.Attachment, Relation},
			NotDeleted: []model.Object{model.Group, model.Agent, model.Contact, model.Message, model.Attachment},
			ReadCost:   map[model.Object]float64{model.Ticket: 0.01, model.Message: 0.04, model.Attachment: 1.03},
			WriteCost:  map[model.Object]float64{model.Ticket: 4, model.Message: 1, model.Attachment: 0, model.Contact: 2, Relation: 2},
			Plain:      plain, NotesLoseOrigin: false,
			ExactCounts: false, Backdates: false, KeepsAuthor: false, Quiet: true,
			Batch: 1, Parallel: 4, Travel: 5 * time.Minute, MaxFile: 10 << 20, Order: order,
		},
		Limits: pace.Limits{Parallel: 4},
		Open:   open,
	}
}

// Tidy makes the root address of Request Tracker of whatever page of it was pasted.
func Tidy(s string) (string, error) {
	u, err := address(s)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// pages are where the paths of Request Tracker's own pages begin; before one of them
// stands the path under which it is installed.
var pages = []string{
	"/REST/", "/Ticket/", "/Search/", "/Admin/", "/User/", "/Prefs/", "/Dashboards/", "/Articles/", "/Asset/", "/SelfService",
	"/NoAuth/", "/m/", "/Tools/", "/Reports/", "/Approvals/", "/Helpers/", "/index.html",
}

func address(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") && strings.Contains(strings.SplitN(s, "/", 2)[0], ".") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, connector.BadAddress(err, desk, s)
	}
	path := u.Path + "/"
	for _, p := range pages {
		if i := strings.Index(path, p); i >= 0 {
			path = path[:i+1]
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(path, "/") + "/"}, nil
}

func open(_ context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
	if cfg[SettingAddress] == "" {
		return nil, connector.NeedSetting(desk, form[0])
	}
	root, err := address(cfg[SettingAddress])
	if err != nil {
		return nil, err
	}
	token, err := vault.Get(SettingToken)
	if errors.Is(err, secret.ErrNotFound) || err == nil && token == "" {
		return nil, connector.NeedSetting(desk, form[1])
	}
	if err != nil {
		return nil, err
	}
	size := pageSize
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		size = min(n, pageSize)
	}
	base := *root
	base.Path += "REST/2.0/"
	return &conn{
		root: root, size: size, owner: ownerOf(token.Reveal()),
		client: wire.New(desk, &base, rt, func(r *http.Request) {
			r.Header.Set("Authorization", "token "+token.Reveal())
		}, said),
	}, nil
}

// conn is one connection.
type conn struct {
	client *wire.Client
	root   *url.URL
	owner  string // number of the user whose token is used
	size   int

	mu sync.Mutex
	// privileged are the names of the staff, by the number of the user; nil: not asked yet.
	privileged map[string]bool
	fields     []customField
	me         string
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
	_ connector.Reader     = (*conn)(nil)
	_ connector.Firer      = (*conn)(nil)
	_ connector.Linker     = (*conn)(nil)
	_ connector.Updater    = (*conn)(nil)
	_ connector.Shaper     = (*conn)(nil)
	_ connector.Ruler      = (*conn)(nil)
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.client.HTTP.CloseIdleConnections()
	return nil
}
