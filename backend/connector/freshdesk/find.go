package freshdesk

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

func validText(s string) bool { return utf8.ValidString(s) }

// queryMost is the longest query of the search (freshdesk.md, Validation reads).
const queryMost = 512

// Find looks for marks: in the search for tickets and companies, which lags behind by up
// to Caps.FindLag; by external id for contacts; in the list of groups.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	found := make(map[model.Mark]connector.Found, len(marks))
	switch o {
	case model.Ticket, model.Organization:
		return found, c.search(ctx, o, marks, found)
	case model.Contact:
		for _, m := range marks {
			list, _, err := c.client.list(ctx, "contacts", url.Values{"unique_external_id": {string(m)}})
			if err != nil {
				return nil, err
			}
			for _, x := range list { // were the filter not known, others would come
				if x, err = c.entire(ctx, o, x); err != nil {
					return nil, err
				}
				if markOf(o, x) == m {
					add(found, o, m, x)
				}
			}
		}
	case model.Group:
		if len(marks) == 0 {
			return found, nil
		}
		list, err := c.ownFields(ctx, "groups")
		if err != nil {
			return nil, err
		}
		wanted := map[model.Mark]bool{}
		for _, m := range marks {
			wanted[m] = true
		}
		for _, x := range list {
			if m := markOf(o, x); wanted[m] {
				add(found, o, m, x)
			}
		}
	}
	return found, nil
}

func add(found map[model.Mark]connector.Found, o model.Object, m model.Mark, x gjson.Result) {
	f := found[m]
	if f.Copies++; f.Copies == 1 {
		f.Key, f.Version = model.Key{Object: o, ID: text(x.Get("id"))}, version(o, x)
	}
	found[m] = f
}

// search asks for several marks at once, as many as a query takes.
func (c *conn) search(ctx context.Context, o model.Object, marks []model.Mark, found map[model.Mark]connector.Found) error {
	name, err := c.knownMark(ctx, o)
	if err != nil || name == "" || len(marks) == 0 {
		return err // without the field nothing of ours is there
	}
	if !strings.HasPrefix(name, "cf_") {
		name = "cf_" + name // the search calls fields of companies so, too
	}
	wanted := map[model.Mark]bool{}
	var query strings.Builder
	ask := func() error {
		if query.Len() == 0 {
			return nil
		}
		text := `"` + query.String() + `"`
		query.Reset()
		return c.searchPages(ctx, o, text, wanted, found)
	}
	for _, m := range marks {
		if wanted[m] || strings.ContainsAny(string(m), `'"\`) {
			continue
		}
		wanted[m] = true
		term := name + ":'" + string(m) + "'"
		if query.Len()+len(" OR ")+len(term)+2 > queryMost {
			if err := ask(); err != nil {
				return err
			}
		}
		if query.Len() > 0 {
			query.WriteString(" OR ")
		}
		query.WriteString(term)
	}
	return ask()
}

func (c *conn) searchPages(ctx context.Context, o model.Object, query string, wanted map[model.Mark]bool, found map[model.Mark]connector.Found) error {
	for page, seen := 1, int64(0); page <= 10; page++ {
		x, err := c.client.one(ctx, "search/"+paths[o], url.Values{"query": {query}, "page": {strconv.Itoa(page)}})
		if err != nil {
			return err
		}
		results := x.Get("results").Array()
		for _, r := range results {
			if m := markOf(o, r); wanted[m] {
				add(found, o, m, r)
			}
		}
		if seen += int64(len(results)); seen >= x.Get("total").Int() || len(results) == 0 {
			return nil
		}
	}
	return nil
}

// FindParts looks for messages in a ticket, for files in a message, and for what lies in
// other records. A message is known by its words and whether it is private, a file by its
// name and size.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := make(map[model.Mark]connector.Found, len(parts))
	if len(parts) == 0 {
		return found, nil
	}
	if _, ok := below[parts[0].Object]; ok {
		return found, c.findBelow(ctx, owner, parts[0].Object, parts, found)
	}
	ticket, own := owner.ID, ""
	if owner.Object == model.Message {
		var ok bool
		if ticket, own, ok = split(owner.ID); !ok {
			return found, nil
		}
	}
	x, err := c.client.one(ctx, "tickets/"+ticket, nil)
	if errors.Is(err, errAbsent) || err == nil && x.Get("deleted").Bool() {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	var talk []gjson.Result
	if owner.Object == model.Ticket || own != "" {
		if talk, err = c.talkOf(ctx, ticket); err != nil {
			return nil, err
		}
	}
	if owner.Object == model.Ticket {
		list, err := messages(x, talk)
		if err != nil {
			return nil, err
		}
		// Many say the same ("Thanks!"), so the author tells them apart, where each draft has one.
		authored := !slices.ContainsFunc(parts, func(d model.Draft) bool { return targetOf(d, "user_id").ID == "" })
		known := func(private bool, author, body string) string {
			if !authored {
				author = ""
			}
			return fmt.Sprint(private, " ", author, " ", wordsOf(body))
		}
		return found, pair(parts, list, found, func(d model.Draft) string {
			body, _ := d.Fields["body"].(string)
			return known(private(d), targetOf(d, "user_id").ID, body)
		}, func(r model.Record) string {
			x := gjson.ParseBytes(r.Raw)
			return known(x.Get("private").Bool(), text(x.Get("user_id")), x.Get("body").String())
		})
	}
	attachments := x.Get("attachments")
	for _, m := range talk {
		if text(m.Get("id")) == own {
			attachments = m.Get("attachments")
		}
	}
	list, err := c.fileRecords(attachments, "", owner.ID)
	if err != nil {
		return nil, err
	}
	return found, pair(parts, list, found, func(d model.Draft) string {
		if d.File == nil {
			return ""
		}
		return fmt.Sprint(d.File.Size, " ", nameOf(d))
	}, func(r model.Record) string {
		return gjson.GetBytes(r.Raw, "size").Raw + " " + gjson.GetBytes(r.Raw, "name").String()
	})
}

// pair holds drafts against what is there, in the order of both. More of the same than was
// asked for cannot be told apart.
func pair(parts []model.Draft, there []model.Record, found map[model.Mark]connector.Found, of func(model.Draft) string, is func(model.Record) string) error {
	have := map[string][]model.Record{}
	for _, r := range there {
		have[is(r)] = append(have[is(r)], r)
	}
	want := map[string]int{}
	for _, d := range parts {
		want[of(d)]++
	}
	for _, d := range parts {
		k := of(d)
		if len(have[k]) > want[k] {
			return problem.New(connector.CodeNoAnswer, "A message or file is in the ticket more than once, and the copies cannot be told apart.",
				"Whether ours arrived cannot be known.", "Look at the ticket in Freshdesk: delete the copy that is too many, or mark the record as done.").
				At(problem.Place{Object: string(d.Object), Record: d.Source.ID})
		}
	}
	for _, d := range parts {
		k := of(d)
		if list := have[k]; len(list) > 0 {
			found[d.Mark] = connector.Found{Key: list[0].Key, Version: list[0].Version, Copies: 1}
			have[k] = list[1:]
		}
	}
	return nil
}

var anyTag = regexp.MustCompile(`(?s)<[^>]*>`)

// wordsOf is a text without its markup, which desks tidy up, and without blanks.
func wordsOf(body string) string {
	s := strings.Join(strings.Fields(html.UnescapeString(anyTag.ReplaceAllString(body, " "))), " ")
	if s == noText {
		return ""
	}
	return s
}
