// Package freshdesk connects Waybill to Freshdesk (API v2 and its knowledge base), as a
// source and as a target. Facts and where they come from: shared/apis/freshdesk.md.
//
// The API has no conditional changes, no batches and no word about idempotency, so each
// record is one request, and a lost answer is looked up by its mark: a text field
// "Waybill reference" of tickets and companies, the external id of contacts, the
// description of groups. Notes and files carry no mark and are found through their ticket.
//
// Nothing can be back-dated and the account's mails cannot be silenced from here: Fires
// and Caps.Plain say which switches a person must turn off.
package freshdesk

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
	SettingAddress = "address"
	SettingKey     = "api_key" // a secret, by this name in the vault
	// SettingTrash says which deleted records are read: TrashPeople, TrashNone or TrashAll.
	SettingTrash = "trash"
	// SettingSpam says whether tickets in spam are read: "no" or "yes".
	SettingSpam = "spam"
	// SettingArchive says whether archived tickets are looked for: "yes" or "no".
	SettingArchive = "archive"
	// SettingPageSize is how many records a page has, at most 100; it is not on the form.
	SettingPageSize = "page_size"
)

// The choices of SettingTrash.
const (
	TrashPeople = "people"
	TrashNone   = "none"
	TrashAll    = "all"
)

const (
	desk     = "Freshdesk"
	pageMost = 100 // records of a page (freshdesk.md, Pagination)
	pageLast = 300 // of the list of tickets (freshdesk.md, Ticket list cap)
	parallel = 6
	// findLag: the search is "minutes behind" (freshdesk.md, Delta).
	findLag = 5 * time.Minute
	// maxFile is what all files of a ticket may have together (freshdesk.md, Import fidelity).
	maxFile = 20 << 20
)

// Objects that only some desks have.
const companyTitle = "Companies"

var form = []connector.FormField{
	{
		Name: SettingAddress, Title: "Address", Required: true, Address: true, Placeholder: "acme.freshdesk.com",
		Help: "The address of your Freshdesk, as the browser shows it. A name of your own, such as support.acme.com, does not work: Freshdesk answers programs only at its freshdesk.com address.",
	},
	{
		Name: SettingKey, Title: "API key", Required: true, Secret: true,
		Help: "The key of an administrator. Its rights are those of the person it belongs to.",
	},
	{
		Name: SettingTrash, Title: "What lies in the trash", Expert: true,
		Help: "Tickets may name people who were deleted since, so these are read. Deleted tickets are usually left behind.",
		Options: []model.Choice{
			{Value: TrashPeople, Title: "Read deleted people only"},
			{Value: TrashNone, Title: "Read none of it"},
			{Value: TrashAll, Title: "Read deleted people and tickets"},
		},
	},
	{
		Name: SettingArchive, Title: "Archived tickets", Expert: true,
		Help:    "Freshdesk archives tickets that were closed and not touched for 120 days, and lists them nowhere. Waybill asks for each number that no list shows, one request each.",
		Options: []model.Choice{{Value: "yes", Title: "Look for them"}, {Value: "no", Title: "Leave them behind"}},
	},
	{
		Name: SettingSpam, Title: "Tickets in spam", Expert: true,
		Options: []model.Choice{{Value: "no", Title: "Leave out"}, {Value: "yes", Title: "Read"}},
	},
}

var guide = []string{
	"Sign in to Freshdesk as an administrator.",
	"Click your picture at the top right and choose “Profile settings”.",
	"Click “View API key” on the right, and prove that you are not a robot if it asks.",
	"Copy the key and paste it here. The free plan has no API: a trial or a paid plan is needed.",
}

// before is what people do in a target before anything is written.
var before = []string{
	"Open Admin > Email notifications and switch off everything under “Agent notifications”, “Requester notifications” and “CC notifications”, and switch off the rules under Admin > Automations. Switch them on again when the move is over.",
}

// Order in which objects are created: what others point to comes first.
var order = []model.Object{
	model.Organization, model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, model.TimeEntry,
	model.Category, model.Section, model.Article, model.Translation, model.Macro,
}

var plain = []string{
	"Times cannot be written: tickets and messages bear the day of the move, and the original time stands in the text.",
	"Answers become public notes: Freshdesk would mail an answer to the customer.",
	"Recipients and copies of single messages are not kept; those of the ticket are.",
	"A ticket's first message is written only with the requester's name. Where somebody else wrote it, it becomes the first note.",
	"A ticket takes files of 20 MB in all.",
	"A ticket's agent must be a member of its group: agents join groups that Waybill made; put them into other groups before the move.",
	"Freshdesk links a contact to a company by the domain of the address, also where the source does not.",
	"Mails to customers and staff can be silenced only by a person, in Admin > Email notifications.",
	"Agents are not created: each takes a seat. They are found by their address.",
	"Ratings, votes, hits and side conversations cannot be written. Articles bear the name of the key's owner.",
	"Canned responses go into a folder of their own, and only people can delete them again.",
	"Archived tickets stand in no list: they are found by trying each number that no list shows.",
	"A deleted note leaves no trace, so it is noticed only when everything is read again.",
}

// Kind describes Freshdesk.
func Kind() connector.Kind {
	return connector.Kind{
		Name: "freshdesk", Title: "Freshdesk", Source: true, Target: true, Form: form, Guide: guide, Before: before, Tidy: Tidy,
		Caps: connector.Caps{
			Files: true, Changes: true, Writes: true, Finds: true, Deletes: true, Shapes: true, Updates: true, Reads: true, Fires: true,
			KeepsAuthor: true,
			Wholes: []connector.Whole{
				{Owner: model.Ticket, Part: model.Message, First: true}, {Owner: model.Message, Part: model.Attachment},
			},
			Matches: []model.Object{model.Agent},
			Unmarked: []model.Object{
				model.Message, model.Attachment, model.TimeEntry, model.Category, model.Section, model.Article, model.Translation, model.Macro,
			},
			NotDeleted: []model.Object{model.Translation, model.Macro},
			// One call each for a ticket's conversations and for its own files, and its part of a
			// page of the list, which costs five credits.
			ReadCost:  map[model.Object]float64{model.Ticket: 2.1, model.Message: 0, model.Attachment: 1},
			WriteCost: map[model.Object]float64{model.Agent: 0, model.Attachment: 0},
			Plain:     plain, Batch: 1, Parallel: parallel, FindLag: findLag, MaxFile: maxFile, Order: order,
		},
		Limits: pace.Limits{
			Parallel: parallel, Allowed: total,
			Budgets: []pace.Budget{
				budget("lists of tickets", http.MethodGet, "tickets", lists), budget("lists of contacts", http.MethodGet, "contacts", lists),
				budget("new tickets", http.MethodPost, "tickets", changes), budget("changes of tickets", http.MethodPut, "tickets", changes),
			},
		},
		Open: open,
	}
}

// total reads the account's limit a minute, whatever its plan.
func total(h http.Header) (int, bool) {
	n, err := strconv.Atoi(h.Get("X-RateLimit-Total"))
	return n, err == nil && n > 0
}

// plans are the limits a minute of each plan: in all, of lists, of changes of tickets
// (freshdesk.md, Rate limits). No header tells the last two.
var plans = []struct{ total, lists, changes int }{
	{2000, 400, 800}, {1000, 300, 400}, {700, 200, 280}, {400, 100, 160}, {200, 20, 80},
}

func lists(total int) int {
	for _, p := range plans {
		if total >= p.total {
			return p.lists
		}
	}
	return max(total/10, 1)
}

func changes(total int) int {
	for _, p := range plans {
		if total >= p.total {
			return p.changes
		}
	}
	return max(total*2/5, 1)
}

// budget is a limit below the account's: of one kind of request.
func budget(what, method, object string, of func(total int) int) pace.Budget {
	return pace.Budget{
		What: what, Per: time.Minute,
		Allowed: func(h http.Header) (int, bool) {
			n, ok := total(h)
			return of(n), ok
		},
		Key: func(r *http.Request) (string, bool) {
			_, path, _ := strings.Cut(r.URL.Path, root)
			first, rest, one := strings.Cut(path, "/")
			if r.Method != method || first != object {
				return "", false
			}
			if method == http.MethodPut {
				return "", one && !strings.Contains(rest, "/")
			}
			return "", !one
		},
	}
}

func open(_ context.Context, cfg map[string]string, vault secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
	if cfg[SettingAddress] == "" {
		return nil, connector.NeedSetting(desk, form[0])
	}
	base, err := url.Parse(cfg[SettingAddress])
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, connector.BadAddress(err, desk, cfg[SettingAddress])
	}
	key, err := wire.Secret(vault, desk, form[1])
	if err != nil {
		return nil, err
	}
	size := pageMost
	if n, err := strconv.Atoi(cfg[SettingPageSize]); err == nil && n > 0 {
		size = min(n, pageMost)
	}
	c := &conn{pageSize: size, trash: cfg[SettingTrash], spam: cfg[SettingSpam] == "yes", archive: cfg[SettingArchive] != "no", bare: map[int64]int64{}, absent: map[int64]bool{}}
	c.client = newClient(base, key, rt)
	return c, nil
}

// conn is one connection.
type conn struct {
	client   client
	pageSize int
	trash    string
	spam     bool
	archive  bool
	shape    shape

	mu sync.Mutex
	// bare are tickets of which the reading of messages saw that their conversations hold no
	// file, by the second of their change then: their conversations need not be read again.
	bare  map[int64]int64
	staff []staffer
	// absent are numbers of tickets that the archive does not hold either.
	absent map[int64]bool
	making making
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
)

// Close lets go of the connections that wait for another request.
func (c *conn) Close() error {
	c.client.HTTP.CloseIdleConnections()
	return nil
}
