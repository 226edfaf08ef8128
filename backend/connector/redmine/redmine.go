// Package redmine connects Waybill to Redmine 5 through its REST API, as a source and as
// a target.
//
// A record's raw text is made here: Redmine's own members sorted by name, custom fields
// under "cf_" and their number (as its own filters call them), and what has a number and a
// name by the one that is of use. The key of a user is never among them.
//
// Objects: a project is a "group", an issue a "ticket"; its description and each of its
// notes are messages. Whoever has a role to which issues can be assigned, or is an
// administrator, is an agent, all others are contacts. A wiki page is an article.
//
// As a target an issue is made in the name of its author where Redmine lets that person
// make it; notes are written by the user whose key is used, so that what people do later
// can be told from what was moved. A private note is sent as one, and read back.
package redmine

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

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
	desk     = "Redmine"
	pageSize = 100 // Redmine gives no more, whatever is asked for
	// MarkField is the custom field of issues in which our mark goes, where it is there.
	MarkField = "Waybill mark"
)

// Objects of Redmine that have no common name.
const (
	Relation  model.Object = "relation"
	UserGroup model.Object = "user_group"
	Version   model.Object = "version"
	News      model.Object = "news"
)

var form = []connector.FormField{
	{
		Name: SettingAddress, Title: "Address", Required: true, Address: true, Placeholder: "https://redmine.example.com",
		Help: "The address of Redmine, as your browser shows it.",
	},
	{
		Name: SettingToken, Title: "API access key", Required: true, Secret: true,
		Help: "The key of an administrator.",
	},
}

var guide = []string{
	"Sign in to Redmine as an administrator.",
	"Open “Administration”, “Settings”, “API” and tick “Enable REST web service”.",
	"Open “My account”. On the right, under “API access key”, choose “Show”, and copy the key.",
	"After the move, tick the events again, and reset the key under “My account”.",
}

// before is what people do in a target before anything is written.
var before = []string{
	"Under “Administration”, “Custom fields”, add a field for issues named “" + MarkField + "”: format Text, used as a filter, for all projects and all trackers. Without it, Waybill's mark stands in the last line of each description.",
	"Under “Administration”, “Settings”, “Email notifications”, untick all events for the time of the move. Redmine has no other way to write without mailing.",
}

var order = []model.Object{model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, Relation, model.TimeEntry, model.Article}

var plain = []string{
	"All times are those of the move; the original author and time of a message are written into its text.",
	"An issue is written in the name of its author where that person may make issues in the project; notes are written by the user whose key is used.",
	"Redmine mails assignees, authors and watchers about what is written: untick the events under “Email notifications” for the time of the move.",
	"HTML is text to Redmine: its tags are shown.",
	"A customer needs an address and a name; who has no address gets one that ends in @no-address.invalid.",
	"Projects, people of the staff and custom fields must be there before the move.",
	"Time is logged in the name of its person where that person may log time in the project; a wiki page is written by the user whose key is used, and keeps no files.",
	"The modules Time tracking and Wiki must be on in the projects that get such records.",
	"Custom fields cannot be made through the interface, and who made an issue cannot be changed. A customer whose address is changed is mailed about it.",
	"Workflows, permissions in detail, conditions of saved queries and mail settings are not shown by the interface, so they are not in the inventory of rules.",
	"A note cannot be taken back; it goes when its issue is deleted.",
	"The dates, priority and progress of an issue with subtasks follow from these.",
}

// Kind describes Redmine.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "redmine", Title: "Redmine", Source: true, Target: true, Form: form, Guide: guide, Before: before, Tidy: Tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Updates: true, Reads: true, Fires: true,
			Wholes: []connector.Whole{
				{Owner: model.Message, Part: model.Attachment},
				{Owner: model.Ticket, Part: model.Message, First: true},
			},
			Matches:    []model.Object{model.Group, model.Agent},
			Unmarked:   []model.Object{model.Message, model.Attachment, Relation, model.TimeEntry, model.Article},
			NotDeleted: []model.Object{model.Group, model.Agent, model.Message, model.Attachment},
			ReadCost:   map[model.Object]float64{model.Ticket: 1, model.Message: 0, model.Attachment: 1, Relation: 0.01},
			WriteCost:  map[model.Object]float64{model.Ticket: 2, model.Message: 2, model.Attachment: 1, model.Contact: 1, Relation: 1, model.TimeEntry: 1, model.Article: 3},
			Plain:      plain, Quiet: false,
			Batch: 1, Parallel: 4, Travel: 5 * time.Minute, MaxFile: 5 << 20, Order: order,
		},
		Limits: pace.Limits{Parallel: 4},
		Open:   open,
	}
}

// Tidy makes the root address of Redmine of whatever page of it was pasted.
func Tidy(s string) (string, error) {
	u, err := address(s)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// pages are where the paths of Redmine's own pages begin; before one of them stands the
// path under which it is installed.
var pages = []string{
	"/issues", "/projects", "/my/", "/login", "/users", "/groups", "/admin", "/settings", "/search", "/news", "/time_entries",
	"/custom_fields", "/attachments", "/activity", "/roles", "/trackers", "/versions", "/wiki", "/documents", "/boards",
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
		if i := strings.Index(path, strings.TrimSuffix(p, "/")); i >= 0 {
			if next := path[i+len(strings.TrimSuffix(p, "/"))]; next == '/' || next == '.' {
				path = path[:i+1]
			}
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
	return &conn{size: size, client: wire.New(desk, root, rt, func(r *http.Request) {
		r.Header.Set("X-Redmine-API-Key", token.Reveal())
	}, said)}, nil
}

// said reads the words of a refusal: {"errors": ["..."]}.
func said(body []byte) string {
	var out []string
	for _, x := range gjson.GetBytes(body, "errors").Array() {
		out = append(out, x.String())
	}
	return strings.Join(out, "; ")
}

// conn is one connection.
type conn struct {
	client *wire.Client
	size   int

	mu    sync.Mutex
	known *lists
	there map[model.Object][]model.Record // what drafts are matched with
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
	_ connector.Ruler      = (*conn)(nil)
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.client.HTTP.CloseIdleConnections()
	return nil
}
