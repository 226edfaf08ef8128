package intercom

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// companyCeiling is how many companies a list gives (OpenAPI 2.16, listAllCompanies).
const companyCeiling = 10_000

// companies reads the list while it is short enough, and holds what came against the
// number that the list tells. Where that is not whole, or the list is too long, all are
// read by the scroll, which has no place to continue from.
func (c *conn) companies(ctx context.Context, at cursor, each func(connector.Page) error) error {
	if at.Stage == "scroll" {
		return c.scroll(ctx, at, each)
	}
	seen := map[string]bool{}
	whole := at.Page == 0 // every page was read here, so they can be counted
	if at.Page == 0 {
		at.Page = 1
	}
	for {
		v, err := c.ask(ctx, "companies/list", url.Values{"page": {strconv.Itoa(at.Page)}, "per_page": {strconv.Itoa(min(c.size, 60))}}, map[string]any{})
		if p := problem.From(err); err != nil && at.Page > 1 && p != nil && p.Code == connector.CodeRefused {
			return c.scroll(ctx, cursor{Version: 1, Stage: "scroll"}, each) // the list goes no further
		}
		if err != nil {
			return err
		}
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		total := v.Get("total_count").Int()
		if total > companyCeiling {
			return c.scroll(ctx, cursor{Version: 1, Stage: "scroll"}, each)
		}
		p := connector.Page{Total: total}
		for _, x := range items {
			p.Records = append(p.Records, company(x))
			seen[x.Get("id").String()] = true
		}
		more := int64(at.Page) < v.Get("pages.total_pages").Int()
		at.Page++
		if !more {
			at = cursor{Version: 1, Stage: "scroll"}
			if whole && int64(len(seen)) == total {
				at.Stage = end
			}
		}
		p.Next = at.text()
		if err := each(p); err != nil {
			return err
		}
		switch {
		case more:
		case at.Stage == end:
			return nil
		default:
			return c.scroll(ctx, at, each)
		}
	}
}

// scrollTries is how often a scroll that ended early, or that another one is in the way
// of, is begun: one may be open at a time, and one that nobody uses ends after a minute.
const (
	scrollTries = 6
	scrollPause = 20 * time.Second
)

var (
	errScroll = errors.New("the scroll ended before all companies were read")
	errOrder  = errors.New("the scroll has another order than before")
)

// scroll walks over all companies. A walk that goes on begins again, and leaves out the
// pages that were given, as long as the last of them ends as it did.
func (c *conn) scroll(ctx context.Context, at cursor, each func(connector.Page) error) error {
	for n := 1; ; n++ {
		err := c.scrollOnce(ctx, &at, each)
		switch {
		case errors.Is(err, errOrder):
			at.Page, at.Last = 0, "" // give everything again rather than miss one
		case !errors.Is(err, errScroll):
			return err
		}
		if n == scrollTries {
			return problem.Wrap(err, connector.CodeBusy, "Intercom does not let all companies be read now.",
				"Only one program at a time may walk over all companies, and another one does, or the walk breaks off again and again.",
				"Pause other integrations that read companies for a few minutes, then continue.").Retry(time.Now().Add(2 * time.Minute))
		}
		if err := wire.Pause(ctx, scrollPause); err != nil {
			return err
		}
	}
}

func (c *conn) scrollOnce(ctx context.Context, at *cursor, each func(connector.Page) error) error {
	param, skip := "", at.Page
	for n := 1; ; n++ {
		q := url.Values{}
		if param != "" {
			q.Set("scroll_param", param)
		}
		a, _, err := c.wire.Call(ctx, http.MethodGet, "companies/scroll", q, nil, nil)
		if err != nil {
			return c.wire.Explain(ctx, err)
		}
		if a.Status == http.StatusBadRequest || a.Status == http.StatusNotFound || a.Status >= http.StatusInternalServerError {
			return errScroll // another one is open, this one is too old, or broke off
		}
		if err := c.wire.Verdict(a); err != nil {
			return err
		}
		if !gjson.ValidBytes(a.Body) {
			return errScroll
		}
		v := gjson.ParseBytes(a.Body)
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return nil
		}
		param = v.Get("scroll_param").String()
		final := items[len(items)-1].Get("id").String()
		if n <= skip {
			if n == skip && final != at.Last {
				return errOrder
			}
			continue
		}
		at.Page, at.Last = n, strings.Clone(final)
		p := connector.Page{Next: at.text()}
		for _, x := range items {
			p.Records = append(p.Records, company(x))
		}
		if err := each(p); err != nil {
			return err
		}
	}
}

func company(v gjson.Result) model.Record {
	r := record(model.Organization, v)
	r.Version = stamp(v, "name", "plan", "size", "website", "industry", "monthly_spend", "remote_created_at", "custom_attributes")
	return r
}

// stamp tells whether people changed something of a record. Intercom's own updated_at moves
// with what a move itself adds afterwards: messages, people of a company.
func stamp(v gjson.Result, names ...string) string {
	h := fnv.New64a()
	for _, name := range names {
		_, _ = h.Write([]byte(v.Get(name).Raw)) // a hash takes everything
		_, _ = h.Write([]byte{0})
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// contactRecord adds the first company and all of them, by their ids, and tags: in
// Intercom's own text these are lists of objects.
func (c *conn) contactRecord(v gjson.Result) model.Record {
	var companies []string
	for _, x := range v.Get("companies.data").Array() {
		companies = append(companies, x.Get("id").String())
	}
	names := []string{"company_ids", quoteAll(companies)}
	if len(companies) > 0 {
		names = append(names, "company_id", quote(companies[0]))
	}
	var tags []string
	for _, x := range v.Get("tags.data").Array() {
		if name := c.tagName(x.Get("id").String()); name != "" {
			tags = append(tags, name)
		}
	}
	names = append(names, "tag_names", quoteAll(tags))
	r := record(model.Contact, v)
	r.Raw = compose(v.Raw, names...)
	r.Version = stamp(v, "role", "email", "phone", "name", "owner_id", "unsubscribed_from_emails", "signed_up_at", "custom_attributes", "archived")
	if len(companies) > 0 {
		r.Links = append(r.Links, ref("company_id", companies[0], model.Organization)...)
	}
	r.Links = append(r.Links, c.agentRef("owner_id", v.Get("owner_id").String())...)
	return r
}

// contacts reads the list, and then those whom only conversations still name: the list
// leaves out who was archived or deleted.
func (c *conn) contacts(ctx context.Context, at cursor, each func(connector.Page) error) error {
	if err := c.staff(ctx); err != nil {
		return err
	}
	if err := c.tagNames(ctx); err != nil {
		return err
	}
	listed := map[string]bool{}
	full := at.After == "" && at.Stage == ""
	for at.Stage == "" {
		v, err := c.contactPage(ctx, at.After)
		if err != nil {
			return err
		}
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		p := connector.Page{Total: v.Get("total_count").Int()}
		for _, x := range items {
			listed[x.Get("id").String()] = true
			p.Records = append(p.Records, c.contactRecord(x))
		}
		if at.After = v.Get("pages.next.starting_after").String(); at.After == "" {
			at.Stage = "left"
		}
		p.Next = at.text()
		if err := each(p); err != nil {
			return err
		}
	}
	if !full { // who is in the list was told by walks before this one
		for after := ""; ; {
			v, err := c.contactPage(ctx, after)
			if err != nil {
				return err
			}
			for _, x := range v.Get("data").Array() {
				listed[x.Get("id").String()] = true
			}
			if after = v.Get("pages.next.starting_after").String(); after == "" {
				break
			}
		}
	}
	return c.leftBehind(ctx, at, each, func(v gjson.Result) (named []gjson.Result) {
		named = v.Get("contacts.contacts").Array()
		if a := v.Get("source.author"); !staffType(a.Get("type").Str) {
			named = append([]gjson.Result{a}, named...)
		}
		return named
	}, listed, func(id string, v gjson.Result) (model.Record, error) {
		x, found, err := c.fetch(ctx, "contacts/"+url.PathEscape(id))
		if err != nil {
			return model.Record{}, err
		}
		if found {
			return c.contactRecord(x), nil
		}
		return gone(model.Contact, id, v, "deleted"), nil
	})
}

func (c *conn) contactPage(ctx context.Context, after string) (gjson.Result, error) {
	q := url.Values{"per_page": {strconv.Itoa(c.size)}}
	if after != "" {
		q.Set("starting_after", after)
	}
	return c.get(ctx, "contacts", q)
}

// gone is the record of somebody of whom Intercom has nothing but what conversations say.
func gone(o model.Object, id string, v gjson.Result, word string) model.Record {
	raw := v.Raw
	if raw == "" {
		raw = `{"id":` + quote(id) + `}`
	}
	return model.Record{Key: model.Key{Object: o, ID: strings.Clone(id)}, Raw: compose(raw, word, "true"), Version: "gone"}
}

func staffType(s string) bool { return s == "admin" || s == "bot" || s == "team" }

// leftBehind walks over all conversations for those whom they name and no list shows.
func (c *conn) leftBehind(ctx context.Context, at cursor, each func(connector.Page) error,
	named func(gjson.Result) []gjson.Result, listed map[string]bool, get func(string, gjson.Result) (model.Record, error),
) error {
	for {
		v, err := c.conversationPage(ctx, at.After)
		if err != nil {
			if c.notOurs(err) {
				return nil // then nothing names them
			}
			return err
		}
		items, err := array(v, "conversations")
		if err != nil {
			return err
		}
		p := connector.Page{}
		for _, x := range items {
			for _, n := range named(x) {
				id := n.Get("id").String()
				if id == "" || id == "0" || listed[id] {
					continue
				}
				listed[id] = true
				r, err := get(id, n)
				if err != nil {
					return err
				}
				p.Records = append(p.Records, r)
			}
		}
		if at.After = v.Get("pages.next.starting_after").String(); at.After == "" {
			at.Stage = end
		}
		p.Next = at.text()
		if len(p.Records) > 0 {
			if err := each(p); err != nil {
				return err
			}
		}
		if at.Stage == end {
			return nil
		}
	}
}

// agents reads the teammates, and then those who left, as far as conversations name them.
func (c *conn) agents(ctx context.Context, at cursor, each func(connector.Page) error) error {
	v, err := c.get(ctx, "admins", nil)
	if err != nil {
		return err
	}
	items, err := array(v, "admins")
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	p := connector.Page{Total: int64(len(items)), Next: cursor{Version: 1, Stage: "left"}.text()}
	for _, x := range items {
		listed[x.Get("id").String()] = true
		p.Records = append(p.Records, record(model.Agent, x))
	}
	if at.Stage == "" {
		if err := each(p); err != nil {
			return err
		}
	}
	return c.leftBehind(ctx, at, each, agentsNamed, listed, func(id string, v gjson.Result) (model.Record, error) {
		x, found, err := c.fetch(ctx, "admins/"+url.PathEscape(id))
		if err != nil {
			return model.Record{}, err
		}
		if found {
			return record(model.Agent, x), nil
		}
		return gone(model.Agent, id, v, "removed"), nil
	})
}

// agentsNamed are the teammates whom a conversation in a list names.
func agentsNamed(v gjson.Result) (named []gjson.Result) {
	if a := v.Get("source.author"); a.Get("type").Str == "admin" {
		named = append(named, a)
	}
	for _, list := range []string{"teammates.teammates", "teammates.admins"} {
		named = append(named, v.Get(list).Array()...)
	}
	if id := v.Get("admin_assignee_id").String(); id != "" && id != "0" {
		named = append(named, gjson.Parse(`{"type":"admin","id":`+quote(id)+`}`))
	}
	return named
}

// staff asks for teammates and teams, and who we are.
func (c *conn) staff(ctx context.Context) error {
	return c.once("staff", func() error {
		me, err := c.get(ctx, "me", nil)
		if err != nil {
			return err
		}
		people, err := c.get(ctx, "admins", nil)
		if err != nil {
			return err
		}
		teams, err := c.get(ctx, "teams", nil)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known.me, c.known.app = me.Get("id").String(), me.Get("app.id_code").String()
		c.known.admins, c.known.teams = nil, nil
		for _, x := range people.Get("admins").Array() {
			c.known.admins = append(c.known.admins, person{x.Get("id").String(), x.Get("name").Str, x.Get("email").Str})
		}
		for _, x := range teams.Get("teams").Array() {
			c.known.teams = append(c.known.teams, person{id: x.Get("id").String(), name: x.Get("name").Str})
		}
		return nil
	})
}

// agentRef links to a teammate. Whoever left is read, too: see agents.
func (c *conn) agentRef(role, id string) []model.Link { return ref(role, id, model.Agent) }

// tagNames asks for the names of tags.
func (c *conn) tagNames(ctx context.Context) error {
	return c.once("tags", func() error {
		v, err := c.get(ctx, "tags", nil)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known.tags = map[string]string{}
		for _, x := range v.Get("data").Array() {
			c.known.tags[strings.ToLower(x.Get("name").Str)] = x.Get("id").String()
			c.known.tags["#"+x.Get("id").String()] = x.Get("name").Str
		}
		return nil
	})
}

func (c *conn) tagName(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.tags["#"+id]
}

// contactNotes reads the notes of those people who have some.
func (c *conn) contactNotes(ctx context.Context, at cursor, each func(connector.Page) error) error {
	for {
		v, err := c.contactPage(ctx, at.After)
		if err != nil {
			return err
		}
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		p := connector.Page{}
		for _, x := range items {
			if x.Get("notes.total_count").Int() == 0 {
				continue
			}
			notes, err := c.notesOf(ctx, x.Get("id").String())
			if err != nil {
				return err
			}
			p.Records = append(p.Records, notes...)
		}
		if at.After = v.Get("pages.next.starting_after").String(); at.After == "" {
			at.Stage = end
		}
		p.Next = at.text()
		if len(p.Records) > 0 || at.Stage == end {
			if err := each(p); err != nil || at.Stage == end {
				return err
			}
		}
	}
}

func (c *conn) notesOf(ctx context.Context, contact string) ([]model.Record, error) {
	var out []model.Record
	for page := 1; ; page++ {
		v, err := c.get(ctx, "contacts/"+url.PathEscape(contact)+"/notes", url.Values{"page": {strconv.Itoa(page)}, "per_page": {"50"}})
		if err != nil {
			return nil, err
		}
		for _, x := range v.Get("data").Array() {
			r := record(ContactNote, x)
			r.Links = append(ref("contact.id", x.Get("contact.id").String(), model.Contact), c.agentRef("author.id", x.Get("author.id").String())...)
			out = append(out, r)
		}
		if int64(page) >= v.Get("pages.total_pages").Int() {
			return out, nil
		}
	}
}
