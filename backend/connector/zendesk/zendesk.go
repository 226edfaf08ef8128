// Package zendesk connects Waybill to Zendesk Support and Guide, as a source and as a
// target. Facts about the API are from developer.zendesk.com and Zendesk's OpenAPI file,
// as collected in shared/apis/zendesk.md.
//
// Tickets come from the incremental export by cursor, which holds archived tickets too
// (P-01); their comments ticket by ticket. A comment has no address of its own, and none
// can be removed or inserted, so its id here is its ticket's and its place: "35436-2".
// In the target tickets are imported whole, with all comments and their files: an import
// sets off no trigger and mails nobody.
package zendesk

import (
	"context"
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

// The settings of a connection. Token, access token and client secret are secrets, by
// these names in the vault.
const (
	SettingAddress      = "address"
	SettingAuth         = "auth"
	SettingClientID     = "client_id"
	SettingClientSecret = "client_secret"
	SettingAccessToken  = "access_token"
	SettingEmail        = "email"
	SettingToken        = "token"
	// SettingPageSize and SettingWithheld (seconds) are not on the form.
	SettingPageSize = "page_size"
	SettingWithheld = "withheld_seconds"
)

// The ways to sign in.
const (
	AuthClient = "client" // an OAuth client with its secret; the token is renewed by itself
	AuthBearer = "bearer" // an OAuth access token
	AuthToken  = "token"  // an API token with its owner's address
)

const (
	desk  = "Zendesk"
	batch = 100
	// exportSize and listSize are the most that Zendesk gives on one page.
	exportSize = 1000
	listSize   = 100
	// withheld is how long the newest records are kept back from incremental exports: a
	// minute, and a little for clocks.
	withheld = 63 * time.Second
	maxFile  = 50 << 20
	maxText  = 65535
)

// Objects that only Zendesk has.
const (
	DeletedTicket     model.Object = "deleted_ticket"
	SuspendedTicket   model.Object = "suspended_ticket"
	ArticleAttachment model.Object = "article_attachment"
)

var form = []connector.FormField{
	{
		Name: SettingAddress, Title: "Address", Required: true, Address: true, Placeholder: "acme.zendesk.com",
		Help: "The address of your Zendesk, as the browser shows it. The part before .zendesk.com is enough.",
	},
	{
		Name: SettingAuth, Title: "How to sign in", Help: "Zendesk is replacing API tokens by OAuth clients; both work here.",
		Options: []model.Choice{
			{Value: AuthClient, Title: "OAuth client"},
			{Value: AuthToken, Title: "API token"},
			{Value: AuthBearer, Title: "OAuth access token"},
		},
	},
	{Name: SettingClientID, Title: "Client identifier", Required: true, When: SettingAuth + "=" + AuthClient, Help: "The unique identifier of the OAuth client."},
	{
		Name: SettingClientSecret, Title: "Client secret", Required: true, Secret: true, When: SettingAuth + "=" + AuthClient,
		Help: "It is shown once, when the client is saved.",
	},
	{
		Name: SettingEmail, Title: "E-mail address", Required: true, When: SettingAuth + "=" + AuthToken, Placeholder: "admin@acme.example",
		Help: "Of the administrator in whose name Waybill works.",
	},
	{Name: SettingToken, Title: "API token", Required: true, Secret: true, When: SettingAuth + "=" + AuthToken},
	{Name: SettingAccessToken, Title: "Access token", Required: true, Secret: true, When: SettingAuth + "=" + AuthBearer},
}

var guide = []string{
	"Sign in to Zendesk as an administrator and open the Admin Center (the grid of four squares, then Admin Center).",
	"Go to Apps and integrations, then APIs, then OAuth clients, and choose Add OAuth client. Name it Waybill and choose the client kind Confidential.",
	"Save it. Copy the identifier and the secret into the fields here: the secret is shown only this once.",
	"If your Zendesk still allows API tokens: Apps and integrations, APIs, API tokens, Add API token. Copy the token, and give the e-mail address of an administrator beside it.",
	"When the move is over, delete the client or the token there.",
}

// before is what people do in a target before anything is written.
var before = []string{
	"To import people by the hundred, ask Zendesk's support to enable bulk user imports. Without it each person is one request.",
}

// order in which a Zendesk's objects are created: what others point to comes first.
var order = []model.Object{
	model.Organization, model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment,
	model.Category, model.Section, model.Article, model.Translation, ArticleAttachment,
}

// Kind describes Zendesk.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "zendesk", Title: "Zendesk", Source: true, Target: true, Form: form, Guide: guide, Before: before, Tidy: Tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Shapes: true, Updates: true, Archives: true,
			Reads: true, Fires: true, UpdatesPerMinute: 100,
			Backdates: true, KeepsAuthor: true, Quiet: true,
			Wholes: []connector.Whole{
				{Owner: model.Ticket, Part: model.Message},
				{Owner: model.Message, Part: model.Attachment},
			},
			Matches:    []model.Object{model.Agent},
			Unmarked:   []model.Object{model.Agent, model.Message, model.Attachment, model.Category, model.Section, model.Translation, ArticleAttachment},
			NotDeleted: []model.Object{model.Agent, model.Message, model.Attachment},
			ReadCost: map[model.Object]float64{
				// One for its comments; a ticket with files is asked again when these are read.
				model.Ticket: 1.25, model.Message: 0, model.Attachment: 0, model.Contact: 1.0 / exportSize,
			},
			// An import is a job for a hundred: the request, some questions for its progress and
			// one to read what it made. Files are uploaded one by one.
			WriteCost: map[model.Object]float64{
				model.Organization: 0.05, model.Contact: 0.05, model.Ticket: 0.06, model.Message: 0, model.Attachment: 1, model.Agent: 0.02,
				model.Group: 1, model.Category: 1, model.Section: 1, model.Article: 1, model.Translation: 1, ArticleAttachment: 1,
			},
			Plain: []string{
				"Staff are not created, because each would cost a seat: they are matched by e-mail address.",
				"Messages go into Zendesk only together with their ticket; none can be added to it later without telling people.",
				"A tag is one word: blanks in it become underscores.",
				"Closed tickets cannot be changed any more once they are there.",
				"The language of a help text and the article of a translation stay as they were written.",
				"Zendesk does not say whom a deleted person was merged into: for a later reading that person is deleted.",
				"The channel of imported tickets becomes \"api\"; their times to first answer and their SLA are not calculated.",
				"Times before 1970 or in the future are not taken.",
				"Texts of more than 64 KB are not taken: 65,535 plain letters, half as many with accents or of other scripts.",
				"When help articles were written is not kept, and neither are their votes and comments.",
				"Satisfaction ratings, side conversations and deleted or suspended tickets can be read, and cannot be written.",
			},
			Batch: batch, Parallel: 4, FindLag: time.Minute, Travel: 5 * time.Minute, MaxFile: maxFile, Order: order, PerMinute: 400,
		},
		Limits: limits(),
		Open:   open,
	}
}

func limits() pace.Limits {
	return pace.Limits{
		Parallel: 8, Left: left, Allowed: allowed,
		Budgets: []pace.Budget{
			{What: "incremental exports", Per: time.Minute, Requests: 10, Allowed: exports, Key: counts(func(r *http.Request) bool {
				return strings.HasPrefix(r.URL.Path, "/api/v2/incremental/")
			})},
			{What: "changes of tickets", Per: time.Minute, Requests: 100, Key: counts(changing)},
			{What: "changes of one ticket", Per: 10 * time.Minute, Requests: 30, Key: func(r *http.Request) (string, bool) { return r.URL.Path, changing(r) }},
			{What: "people deleted for good", Per: 10 * time.Minute, Requests: 700, Key: counts(func(r *http.Request) bool {
				return strings.HasPrefix(r.URL.Path, "/api/v2/deleted_users/")
			})},
		},
	}
}

func changing(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/api/v2/tickets/")
}

func counts(which func(*http.Request) bool) func(*http.Request) (string, bool) {
	return func(r *http.Request) (string, bool) { return "", which(r) }
}

// left reads what remains; both spellings of the headers are in use.
func left(h http.Header) (int, time.Time, bool) {
	for _, prefix := range []string{"ratelimit-", "rate-limit-"} {
		n, err := strconv.Atoi(h.Get(prefix + "remaining"))
		seconds, err2 := strconv.Atoi(h.Get(prefix + "reset"))
		if err == nil && err2 == nil {
			return n, time.Now().Add(time.Duration(seconds) * time.Second), true
		}
	}
	return 0, time.Time{}, false
}

func allowed(h http.Header) (int, bool) {
	for _, name := range []string{"X-Rate-Limit", "ratelimit-limit"} {
		if n, err := strconv.Atoi(h.Get(name)); err == nil && n > 0 {
			return n, true
		}
	}
	return 0, false
}

// exports reads "total=10; remaining=9; resets=41".
func exports(h http.Header) (int, bool) {
	for part := range strings.SplitSeq(h.Get("zendesk-ratelimit-incremental-exports"), ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(part), "total="); ok {
			n, err := strconv.Atoi(v)
			return n, err == nil && n > 0
		}
	}
	return 0, false
}

func open(_ context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
	cfg, secrets, err := settings(cfg, vault)
	if err != nil {
		return nil, err
	}
	address, err := Tidy(cfg[SettingAddress])
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, connector.BadAddress(err, desk, cfg[SettingAddress])
	}
	c := &conn{
		client:     newClient(base, cfg, secrets, rt),
		exportSize: exportSize, listSize: listSize, chunk: 50, withheld: withheld, bare: map[int64]int64{},
	}
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		c.exportSize, c.listSize, c.chunk = min(n, exportSize), min(n, listSize), min(n, c.chunk)
	}
	if n, err := strconv.Atoi(cfg[SettingWithheld]); err == nil && n >= 0 {
		c.withheld = time.Duration(n) * time.Second
	}
	return c, nil
}

// settings looks whether what the chosen way to sign in needs is there.
func settings(cfg map[string]string, vault secret.Vault) (map[string]string, map[string]secret.Text, error) {
	full := map[string]string{}
	for k, v := range cfg {
		full[k] = strings.TrimSpace(v)
	}
	if full[SettingAuth] == "" {
		full[SettingAuth] = AuthClient
	}
	secrets := map[string]secret.Text{}
	for _, f := range form {
		if _, value, ok := strings.Cut(f.When, "="); ok && value != full[SettingAuth] || !f.Required {
			continue
		}
		if !f.Secret {
			if full[f.Name] == "" {
				return nil, nil, connector.NeedSetting(desk, f)
			}
			continue
		}
		s, err := secretOf(vault, f)
		if err != nil {
			return nil, nil, err
		}
		secrets[f.Name] = s
	}
	return full, secrets, nil
}

// conn is one connection.
type conn struct {
	client     client
	exportSize int
	listSize   int
	chunk      int
	withheld   time.Duration
	shape      shape

	mu sync.Mutex
	// bare are tickets whose comments were read and have no files, with the stamp that they
	// had: the walk for files need not ask for them again.
	bare map[int64]int64
	// single: people are created one by one, because bulk imports of users are not enabled.
	single bool
	made   string // the permission group for new articles
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
