package zendesk

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Find asks for external ids: of people and organizations many at a time, of tickets one
// by one, as these need not be unique. No search is used, because it lags.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	found := make(map[model.Mark]connector.Found, len(marks))
	if len(marks) == 0 {
		return found, nil
	}
	add := func(m model.Mark, x gjson.Result) {
		f := found[m]
		if f.Copies++; f.Copies == 1 {
			f.Key, f.Version = model.Key{Object: o, ID: x.Get("id").String()}, x.Get("updated_at").String()
		}
		found[m] = f
	}
	want := map[model.Mark]bool{}
	for _, m := range marks {
		want[m] = true
	}
	switch o {
	case model.Organization, model.Contact:
		name := map[model.Object]string{model.Organization: "organizations", model.Contact: "users"}[o]
		for _, part := range byLength(marks) {
			v, _, err := c.client.get(ctx, name+"/show_many", url.Values{"external_ids": {part}})
			if err != nil {
				return nil, err
			}
			for _, x := range v.Get(name).Array() {
				if m := model.Mark(x.Get("external_id").String()); want[m] {
					add(m, x)
				}
			}
		}
	case model.Ticket:
		for m := range want {
			v, _, err := c.client.get(ctx, "tickets", url.Values{"external_id": {string(m)}})
			if err != nil {
				return nil, err
			}
			for _, x := range v.Get("tickets").Array() {
				if x.Get("external_id").String() == string(m) {
					add(m, x)
				}
			}
		}
	case model.Group, model.Article:
		if err := c.eachOf(ctx, o, func(items []gjson.Result) error {
			for _, x := range items {
				r := model.Record{Key: model.Key{Object: o}, Raw: []byte(x.Raw)}
				if m := c.MarkOf(r); want[m] && !x.Get("deleted").Bool() {
					add(m, x)
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// byLength joins marks with commas into texts that fit an address.
func byLength(marks []model.Mark) (out []string) {
	const most = 4000
	var b strings.Builder
	n := 0
	for _, m := range marks {
		if n > 0 && (n == batch || b.Len()+len(url.QueryEscape(string(m))) > most) {
			out, n = append(out, b.String()), 0
			b.Reset()
		}
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(m))
		n++
	}
	if n > 0 {
		out = append(out, b.String())
	}
	return out
}

// FindParts finds messages in their ticket by time, visibility and text, and files in their
// message by name and size. Equal ones are told apart by their order.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	if len(parts) == 0 {
		return found, nil
	}
	ticket, n, isMessage := place(owner.ID)
	if !isMessage {
		ticket = owner.ID
	}
	list, err := c.commentsOf(ctx, ticket)
	if err != nil {
		return nil, err
	}
	have := map[string][]model.Key{}
	if isMessage {
		if n > len(list) {
			return found, nil
		}
		for _, a := range list[n-1].Get("attachments").Array() {
			k := a.Get("file_name").String() + "\x00" + a.Get("size").String()
			have[k] = append(have[k], model.Key{Object: model.Attachment, ID: a.Get("id").String()})
		}
	} else {
		if list, err = c.hidden(ctx, ticket, list, parts); err != nil {
			return nil, err
		}
		records, err := comments(model.Message, ticket, list)
		if err != nil {
			return nil, c.client.Explain(ctx, err)
		}
		for i, x := range list {
			text := x.Get("html_body").String()
			for _, when := range []string{x.Get("created_at").String(), ""} {
				k := signature(when, x.Get("public").Bool(), text)
				have[k] = append(have[k], records[i].Key)
			}
		}
	}
	for _, d := range parts {
		k := ""
		switch {
		case d.Object == model.Attachment && isMessage && d.File != nil:
			name, _ := d.Fields["file_name"].(string)
			if name == "" {
				name = d.File.Name
			}
			k = name + "\x00" + model.Plain(d.File.Size)
		case d.Object == model.Message && !isMessage:
			k = signatureOf(d)
		}
		if keys := have[k]; len(keys) > 0 {
			found[d.Mark] = connector.Found{Key: keys[0], Copies: 1}
			have[k] = keys[1:]
		}
	}
	return found, nil
}

// signatureOf is what a draft of a message is known by.
func signatureOf(d model.Draft) string {
	public, said := d.Fields["public"].(bool)
	text, _ := d.Fields["html_body"].(string)
	if strings.TrimSpace(text) == "" {
		text = noText
	}
	return signature(whenOf(d), public || !said && d.Fields["public"] == nil, text)
}

// hidden makes private what was sent as a private note and is public: a private note never
// becomes public (invariant 10). It gives the comments as they are then.
func (c *conn) hidden(ctx context.Context, ticket string, list []gjson.Result, parts []model.Draft) ([]gjson.Result, error) {
	want := map[string]int{}
	for _, d := range parts {
		if d.Object == model.Message {
			want[signatureOf(d)]++
		}
	}
	sign := func(x gjson.Result, public bool) string {
		return signature(x.Get("created_at").String(), public, x.Get("html_body").String())
	}
	have := map[string]int{}
	for _, x := range list {
		have[sign(x, x.Get("public").Bool())]++
	}
	changed := false
	for _, x := range list {
		note, shown := sign(x, false), sign(x, true)
		if !x.Get("public").Bool() || have[note] >= want[note] || have[shown] <= want[shown] {
			continue
		}
		_, err := c.send(ctx, http.MethodPut, "tickets/"+ticket+"/comments/"+x.Get("id").String()+"/make_private", nil, nil)
		var no *errRefused
		switch {
		case errors.As(err, &no):
			return nil, problem.Wrap(no.why, connector.CodeRefused, "Zendesk shows a private note of the ticket "+ticket+" to its customer, and does not let it be made private.",
				"Nobody was told of it by mail, but the customer can see it in the help center.", "Delete this ticket in Zendesk now, and leave the note out before it is moved again.")
		case err != nil:
			return nil, err
		}
		have[note]++
		have[shown]--
		changed = true
	}
	if !changed {
		return list, nil
	}
	return c.commentsOf(ctx, ticket)
}

var tag = regexp.MustCompile(`<[^>]*>`)

// signature is what a message is known by. Zendesk cleans the HTML that it is given, so
// only letters and digits count of its text.
func signature(when string, public bool, text string) string {
	text = html.UnescapeString(tag.ReplaceAllString(text, ""))
	text = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	sign := "private"
	if public {
		sign = "public"
	}
	return when + "\x00" + sign + "\x00" + text
}
