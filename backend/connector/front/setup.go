package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// customField is one definition of a custom field.
type customField struct {
	name, kind string
	values     []model.Choice
}

// setup is what a company changes rarely; it is asked once for each connection.
type setup struct {
	teammates []gjson.Result
	inboxes   []gjson.Result
	channels  map[string]string // address by inbox
	statuses  []model.Choice    // of tickets; none: ticketing is off
	fields    map[string][]customField
	tags      map[string]string // id by folded name
	bases     []gjson.Result
}

// rows reads all of a list that is short.
func (c *conn) rows(ctx context.Context, at string) (out []gjson.Result, err error) {
	err = c.eachPage(ctx, at, func(rows []gjson.Result) error {
		out = append(out, rows...)
		return nil
	})
	return out, err
}

// eachPage reads a list page after page.
func (c *conn) eachPage(ctx context.Context, at string, each func([]gjson.Result) error) error {
	for at != "" {
		x, err := c.client.get(ctx, at)
		if err != nil {
			return err
		}
		list := x.Get("_results")
		if !list.IsArray() {
			return connector.OtherThing(wire.ErrNotJSON, desk, c.client.Base.Host)
		}
		if err := each(list.Array()); err != nil {
			return err
		}
		at = nextOf(x)
	}
	return nil
}

// nextOf gives the address of the next page, without its host: Front names the company's own
// host there, which is the same API, and the token is sent to the connected host only.
func nextOf(x gjson.Result) string {
	next := x.Get("_pagination.next").String()
	if _, rest, ok := strings.Cut(next, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return ""
}

// optional reads a list that the token may not see, or that the plan does not have.
func (c *conn) optional(ctx context.Context, at string) ([]gjson.Result, error) {
	list, err := c.rows(ctx, at)
	if errors.Is(err, errGone) || problem.Is(err, connector.CodeForbidden) {
		return nil, nil
	}
	return list, err
}

// prepared gives the setup, asking once.
func (c *conn) prepared(ctx context.Context) (*setup, error) {
	c.mu.Lock()
	known := c.setup
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	s := &setup{channels: map[string]string{}, fields: map[string][]customField{}, tags: map[string]string{}}
	var err error
	if s.teammates, err = c.rows(ctx, "/teammates"); err != nil {
		return nil, err
	}
	if s.inboxes, err = c.rows(ctx, "/inboxes"); err != nil {
		return nil, err
	}
	channels, err := c.optional(ctx, "/channels")
	if err != nil {
		return nil, err
	}
	for _, x := range channels {
		if id := lastPart(x.Get("_links.related.inbox").String(), "inboxes"); s.channels[id] == "" {
			s.channels[id] = x.Get("address").String()
		}
	}
	statuses, err := c.optional(ctx, "/company/statuses")
	if err != nil {
		return nil, err
	}
	for _, x := range statuses {
		s.statuses = append(s.statuses, model.Choice{Value: x.Get("id").String(), Title: x.Get("name").String()})
	}
	for _, r := range []string{"conversations", "contacts", "accounts"} {
		if s.fields[r], err = c.customFields(ctx, r); err != nil {
			return nil, err
		}
	}
	tags, err := c.rows(ctx, "/company/tags?limit=100")
	if err != nil {
		return nil, err
	}
	for _, x := range tags {
		s.tags[strings.ToLower(x.Get("name").String())] = x.Get("id").String()
	}
	if s.bases, err = c.optional(ctx, "/knowledge_bases"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setup = s
	return s, nil
}

func (c *conn) customFields(ctx context.Context, resource string) ([]customField, error) {
	list, err := c.optional(ctx, "/"+resource+"/custom_fields")
	if err != nil {
		return nil, err
	}
	out := make([]customField, 0, len(list))
	for _, x := range list {
		f := customField{name: x.Get("name").String(), kind: x.Get("type").String()}
		for _, v := range x.Get("values").Array() {
			title := v.Get("label").String()
			if title == "" {
				title = v.Get("value").String()
			}
			f.values = append(f.values, model.Choice{Value: v.Get("value").String(), Title: title})
		}
		out = append(out, f)
	}
	return out, nil
}

// forget lets what was asked once be asked again.
func (c *conn) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setup = nil
}

// probes are what a right is told by: what it is for, and a request that needs it.
var probes = []struct{ right, at string }{
	{"read conversations", "/conversations?limit=1"},
	{"read contacts", "/contacts?limit=1"},
	{"read accounts", "/accounts?limit=1"},
	{"read tags", "/company/tags?limit=1"},
	{"read teammates", "/teammates"},
	{"read inboxes", "/inboxes"},
	{"read events, to follow changes", "/events?limit=1"},
	{"read rules, for the inventory", "/company/rules"},
	{"read templates", "/message_templates"},
	{"read knowledge bases", "/knowledge_bases"},
}

// Check says who we are and probes each right to read (P-11). Rights to write show only when
// something is written.
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	a, err := c.client.Get(ctx, "/me", nil)
	if err != nil {
		return connector.Account{}, c.gone(err)
	}
	me := gjson.ParseBytes(a.Body)
	if !strings.HasPrefix(me.Get("id").String(), "cmp_") {
		return connector.Account{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	out := connector.Account{Name: me.Get("name").String(), As: "API token of " + me.Get("name").String()}
	out.PerMinute, _ = allowed(a.Header) // 0 where Front does not say
	out.Plan = map[int]string{50: "Starter", 100: "Professional", 200: "Enterprise"}[out.PerMinute]
	for _, p := range probes {
		_, err := c.client.get(ctx, p.at)
		switch {
		case err == nil:
			out.Rights = append(out.Rights, p.right)
		case errors.Is(err, errGone) || problem.Is(err, connector.CodeForbidden):
			out.Missing = append(out.Missing, p.right)
		default:
			return connector.Account{}, err
		}
	}
	fields, err := c.customFields(ctx, "conversations")
	if err != nil {
		return connector.Account{}, c.gone(err)
	}
	if !hasField(fields, c.markField) {
		out.Missing = append(out.Missing, fmt.Sprintf("a text field %q of conversations, which Front as the new desk needs for the old numbers (Settings > Custom fields)", c.markField))
	}
	return out, nil
}

func hasField(fields []customField, name string) bool {
	for _, f := range fields {
		if f.name == name && f.kind == "string" {
			return true
		}
	}
	return false
}

// gone explains that a whole resource is not there.
func (c *conn) gone(err error) error {
	if errors.Is(err, errGone) {
		return connector.OtherThing(err, desk, c.client.Base.Host)
	}
	return err
}

// target finds the inbox that conversations go to whose group is not mapped.
func (c *conn) defaultInbox(s *setup) (string, error) {
	if c.inbox == "" && len(s.inboxes) > 0 {
		return s.inboxes[0].Get("id").String(), nil
	}
	for _, x := range s.inboxes {
		if x.Get("id").String() == c.inbox || strings.EqualFold(x.Get("name").String(), strings.TrimSpace(c.inbox)) {
			return x.Get("id").String(), nil
		}
	}
	return "", problem.New(connector.CodeSetting, fmt.Sprintf("Front has no inbox %q that this token sees.", c.inbox),
		"Conversations need an inbox to be moved to.",
		"Choose one that exists in the connection's settings, or make it in Front; the token must reach it.").At(problem.Place{Field: SettingInbox})
}

// knowledgeBase finds the knowledge base that articles go to.
func (c *conn) knowledgeBase(s *setup) (string, error) {
	if c.base == "" && len(s.bases) > 0 {
		return s.bases[0].Get("id").String(), nil
	}
	for _, x := range s.bases {
		if x.Get("id").String() == c.base {
			return c.base, nil
		}
	}
	return "", problem.New(connector.CodeSetting, "Front has no knowledge base that this token sees.",
		"Help articles need one to be moved to.", "Make a knowledge base in Front, or leave the articles out of the mapping.").
		At(problem.Place{Field: SettingBase})
}

// needMark refuses to write conversations that nobody could find again.
func (c *conn) needMark(s *setup) error {
	if hasField(s.fields["conversations"], c.markField) {
		return nil
	}
	return problem.New(connector.CodeSetting, fmt.Sprintf("Front has no text field %q for conversations.", c.markField),
		"The old number of each conversation is kept there. Without it nothing that was moved could be found again.",
		fmt.Sprintf("In Front, add a text field named %q under Settings > Custom fields > Conversations, then continue.", c.markField)).
		At(problem.Place{Field: SettingMark})
}

// tagID finds a tag by its name and makes it when it is missing, quietly.
func (c *conn) tagID(ctx context.Context, s *setup, name string) (string, wire.Sent) {
	key := strings.ToLower(name)
	c.mu.Lock()
	id := s.tags[key]
	c.mu.Unlock()
	if id != "" {
		return id, wire.Sent{State: connector.Created}
	}
	select {
	case c.tagging <- struct{}{}:
		defer func() { <-c.tagging }()
	case <-ctx.Done():
		return "", wire.Sent{State: connector.Unsent, Stop: ctx.Err()}
	}
	c.mu.Lock()
	id = s.tags[key]
	c.mu.Unlock()
	if id != "" { // another worker made it meanwhile
		return id, wire.Sent{State: connector.Created}
	}
	r := c.client.write(ctx, http.MethodPost, "/company/tags", map[string]any{"name": name})
	if r.State == connector.Refused && r.Status == http.StatusConflict || r.State == connector.Unknown {
		// Somebody made it meanwhile, or we did and did not hear of it.
		if list, err := c.rows(ctx, "/company/tags?limit=100"); err == nil {
			for _, x := range list {
				if strings.EqualFold(x.Get("name").String(), name) {
					r = wire.Sent{State: connector.Created, Answer: wire.Answer{Body: []byte(x.Raw)}}
				}
			}
		}
	}
	if r.State != connector.Created {
		return "", r
	}
	id = gjson.GetBytes(r.Body, "id").String()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.tags[key] = id
	return id, r
}
