// Package practice connects Waybill to the practice desk (backend/practice), as a
// source and as a target. It is also the reference that the examination of all
// connectors (connector/conform) was written with.
//
// Its records are the desk's own JSON; custom fields lie under "fields", so their
// names are dotted ("fields.region"). The mark is the desk's external_id. Every
// write is an import: nobody is mailed and times of the past are kept.
package practice

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	// SettingPageSize is how many records a page has; it is not on the form.
	SettingPageSize = "page_size"
)

const (
	desk     = "The practice desk"
	batch    = 100
	pageSize = 200
	// findLag is the longest search lag of a practice desk as Waybill starts it.
	findLag = 2 * time.Second
)

var form = []connector.FormField{
	{
		Name: SettingAddress, Title: "Address", Required: true, Address: true, Placeholder: "http://127.0.0.1:8080",
		Help: "The address that the practice desk printed when it was started.",
	},
	{
		Name: SettingToken, Title: "Token", Required: true, Secret: true,
		Help: "The token that the practice desk printed beside its address.",
	},
}

var guide = []string{
	"Start a practice desk in a terminal: waybill practice",
	"Its first line names its address and its token. Leave it running.",
	"Copy both into this form. The desk listens on this computer only.",
}

// tidy makes the address of whatever is pasted: without http://, or with a path behind it.
func tidy(text string) (string, error) {
	s := strings.TrimSpace(text)
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(u.Host, " \t") {
		return "", connector.BadAddress(err, desk, text)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// Order in which the practice desk's objects are created: what others point to comes first.
var order = []model.Object{
	model.Organization, model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment,
}

// Kind describes the practice desk.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "practice", Title: "Practice desk", Source: true, Target: true, Form: form, Guide: guide, Tidy: tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Shapes: true,
			Updates: true, Archives: true, Reads: true, Fires: true, QuietUpdates: true,
			ExactCounts: true, Backdates: true, KeepsAuthor: true, Quiet: true,
			Batch: batch, Parallel: 8, FindLag: findLag, Travel: 3 * time.Second, MaxFile: 20 << 20, Order: order, Pretend: true,
		},
		Limits: pace.Limits{
			Parallel: 8, Left: left, Allowed: named("X-RateLimit-Limit"),
			Budgets: []pace.Budget{{What: "changes of records", Per: time.Minute, Key: changing, Allowed: named("X-UpdateLimit-Limit")}},
		},
		Open: open,
	}
}

// named reads a limit per minute from the desk's header of that name.
func named(header string) func(http.Header) (int, bool) {
	return func(h http.Header) (int, bool) {
		n, err := strconv.Atoi(h.Get(header))
		return n, err == nil
	}
}

// changing says whether a request falls under the desk's second limit: see the comment
// of package practice.
func changing(r *http.Request) (string, bool) {
	return "", r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/batch_update")
}

// left reads the desk's headers: X-RateLimit-Reset is in Unix seconds.
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
	if cfg[SettingAddress] == "" {
		return nil, connector.NeedSetting(desk, form[0])
	}
	base, err := url.Parse(cfg[SettingAddress])
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, connector.BadAddress(err, desk, cfg[SettingAddress])
	}
	token, err := wire.Secret(vault, desk, form[1])
	if err != nil {
		return nil, err
	}
	size := pageSize
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		size = n
	}
	return &conn{
		client:   newClient(&url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/api/v1/"}, token, rt),
		pageSize: size,
	}, nil
}

// conn is one connection.
type conn struct {
	client   client
	pageSize int
	shape    shape
}

// Its abilities, as Caps promises them.
var (
	_ connector.Connector = (*conn)(nil)
	_ connector.Filer     = (*conn)(nil)
	_ connector.Changer   = (*conn)(nil)
	_ connector.Writer    = (*conn)(nil)
	_ connector.Finder    = (*conn)(nil)
	_ connector.Deleter   = (*conn)(nil)
	_ connector.Shaper    = (*conn)(nil)
	_ connector.Marker    = (*conn)(nil)
	_ connector.Updater   = (*conn)(nil)
	_ connector.Reader    = (*conn)(nil)
	_ connector.Firer     = (*conn)(nil)
	_ connector.Ruler     = (*conn)(nil)
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.client.HTTP.CloseIdleConnections()
	return nil
}
