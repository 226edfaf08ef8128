package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// fullName of a teammate.
func fullName(x gjson.Result) string {
	return strings.TrimSpace(x.Get("first_name").String() + " " + x.Get("last_name").String())
}

// match finds a teammate by e-mail, then by name, or an inbox by name. Nobody is created.
func (w *writer) match(d model.Draft, o *connector.Outcome) error {
	rows, email, name := w.setup.teammates, words(d, "email"), words(d, "name")
	if d.Object == model.Group {
		rows, email = w.setup.inboxes, ""
	}
	pick := func(good func(x gjson.Result) bool) bool {
		for _, x := range rows {
			if good(x) {
				o.State = connector.Existed
				o.Key, o.Version = model.Key{Object: d.Object, ID: x.Get("id").String()}, versionOf(d.Object, x)
				return true
			}
		}
		return false
	}
	nameOf := fullName
	if d.Object == model.Group {
		nameOf = func(x gjson.Result) string { return x.Get("name").String() }
	}
	if email != "" && pick(func(x gjson.Result) bool { return strings.EqualFold(x.Get("email").String(), email) }) ||
		name != "" && pick(func(x gjson.Result) bool { return strings.EqualFold(nameOf(x), name) }) {
		return nil
	}
	if d.Object == model.Group {
		return refuse(d, o, problem.New(connector.CodeNoRecord, fmt.Sprintf("Front has no inbox named %q that this token sees.", name),
			"Inboxes are matched by their names; what belongs to this group has no place of its own.",
			"Make the inbox in Front, or leave groups out of the mapping: then everything goes to the inbox in the connection's settings.").
			At(problem.Place{Field: "name", Value: name}))
	}
	return refuse(d, o, problem.New(connector.CodeNoRecord, "Nobody in Front has this e-mail or name.",
		"People of the staff are matched, not created: somebody must be invited before others can be their messages' authors.",
		"Invite this person in Front as a teammate, or choose a stand-in in the mapping.").At(problem.Place{Field: "email", Value: email}))
}

// handlesOf lists the handles of a draft: e-mail, phone and the others, each once.
func handlesOf(d model.Draft) (out []map[string]string, refused *problem.Problem) {
	add := func(source, handle string) {
		handle = strings.TrimSpace(handle)
		same := func(h map[string]string) bool { return h["source"] == source && strings.EqualFold(h["handle"], handle) }
		if handle != "" && !slices.ContainsFunc(out, same) {
			out = append(out, map[string]string{"source": source, "handle": handle})
		}
	}
	add("email", words(d, "email"))
	add("phone", words(d, "phone"))
	for _, s := range list(d, "other_handles") {
		source, handle, ok := strings.Cut(s, ":")
		if !ok && strings.Contains(s, "@") {
			source, handle, ok = "email", s, true
		}
		if !ok || !slices.Contains([]string{"twitter", "email", "phone", "facebook", "intercom", "front_chat", "custom"}, source) {
			return nil, problem.New(connector.CodeInvalid, fmt.Sprintf("“%s” does not say what kind of address it is.", s), notThere,
				"Write each with its kind: email:b@c.example, phone:+49..., twitter:name, custom:number.").At(problem.Place{Field: "other_handles", Value: s})
		}
		add(source, handle)
	}
	return out, nil
}

// contact creates a contact with our mark as one of its handles. One whose address somebody
// has already is that somebody: no two contacts of Front share an address.
func (w *writer) contact(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	handles, p := handlesOf(d)
	if p != nil {
		return refuse(d, o, p)
	}
	custom, p := customOf(d, w.shape(model.Contact))
	if p != nil {
		return refuse(d, o, p)
	}
	mark := markHandle + string(d.Mark)
	payload := map[string]any{"handles": append(slices.Clone(handles), map[string]string{"source": "custom", "handle": mark})}
	for _, f := range []string{"name", "description"} {
		if s := words(d, f); s != "" {
			payload[f] = s
		}
	}
	for _, f := range []string{"links", "list_names"} {
		if l := list(d, f); len(l) > 0 {
			payload[f] = l
		}
	}
	if len(custom) > 0 {
		payload["custom_fields"] = custom
	}
	r := w.client.write(ctx, http.MethodPost, "/contacts", payload)
	var x gjson.Result
	var ok bool
	var stop error
	if r.State == connector.Refused && (r.Status == http.StatusConflict || strings.Contains(string(r.Body), "already")) {
		if x, stop = w.holder(ctx, mark, handles); stop != nil {
			return stop
		}
		if ok = x.Exists(); ok {
			o.State = connector.Existed
			if w.markIn(model.Contact, x) == d.Mark {
				o.State = connector.Created // it is ours, from a request whose answer was lost
			}
			o.Key, o.Version = model.Key{Object: model.Contact, ID: x.Get("id").String()}, versionOf(model.Contact, x)
		}
	}
	account := target(d, "account_id").ID
	if r.State == connector.Unknown && account != "" {
		// The answer was lost. If it is there it is still to get its account, which whoever
		// finds it later could not know.
		if there, err := w.client.get(ctx, path("contacts", "alt:custom:"+mark)); err == nil && w.markIn(model.Contact, there) == d.Mark {
			w.belongs(there.Get("id").String(), account)
		}
	}
	if !ok {
		if x, ok, stop = w.take(d, o, r); !ok {
			return stop
		}
	}
	w.learn(o.Key.ID, handleIn(x))
	if account != "" && o.State == connector.Created {
		w.belongs(o.Key.ID, account)
	}
	return nil
}

// belongs notes that a contact is to be added to an account at the end of the batch.
func (w *writer) belongs(contact, account string) {
	if w.joins == nil {
		w.joins = map[string][]string{}
	}
	w.joins[account] = append(w.joins[account], contact)
}

// holder finds who has one of the addresses; our own mark comes first.
func (w *writer) holder(ctx context.Context, mark string, handles []map[string]string) (gjson.Result, error) {
	for _, h := range append([]map[string]string{{"source": "custom", "handle": mark}}, handles...) {
		x, err := w.client.get(ctx, path("contacts", "alt:"+h["source"]+":"+h["handle"]))
		if err == nil {
			return x, nil
		}
		if !errors.Is(err, errGone) {
			return gjson.Result{}, err
		}
	}
	return gjson.Result{}, nil
}

// join adds the contacts of a batch to their accounts, those of one account together. Doing
// it again does no harm, so a lost answer makes the contacts unknown: whoever writes them
// again is told that they exist and joins them again.
func (w *writer) join(ctx context.Context) error {
	if len(w.joins) == 0 {
		return nil
	}
	w.mu.Lock()
	w.members = nil
	w.mu.Unlock()
	accounts := make([]string, 0, len(w.joins))
	for a := range w.joins {
		accounts = append(accounts, a)
	}
	slices.Sort(accounts)
	var stop error
	for _, a := range accounts {
		r := w.joined(ctx, a)
		if r.State == connector.Created {
			continue
		}
		for i := range w.out {
			if !slices.Contains(w.joins[a], w.out[i].Key.ID) {
				continue
			}
			w.out[i].State, w.out[i].Err = connector.Unknown, connector.NoAnswer(r.Err, desk)
			if r.State == connector.Refused { // the contact is there; its account is not
				w.out[i].State, w.out[i].Err = connector.Created, nil
			}
		}
		if stop == nil {
			stop = r.Stop
		}
	}
	return stop
}

// tries is how often a request is made again that does no harm when it is done twice.
const tries = 5

// joined adds contacts to one account: a contact that is found later would otherwise stay
// without its account.
func (w *writer) joined(ctx context.Context, account string) wire.Sent {
	return w.insist(ctx, http.MethodPost, path("accounts", account, "contacts"), map[string]any{"contact_ids": w.joins[account]})
}

// insist makes a request that, done twice, is done once, again where nobody knows whether it
// was done.
func (w *writer) insist(ctx context.Context, method, at string, what any) (r wire.Sent) {
	for try := range tries {
		r = w.client.write(ctx, method, at, what)
		if r.State == connector.Created || r.State == connector.Refused || r.Stop != nil {
			return r
		}
		if err := wire.Pause(ctx, firstLook<<try); err != nil {
			return r
		}
	}
	return r
}

// account creates an account. One with the same domain is the same account: Front keeps a
// domain only once.
func (w *writer) account(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if p := named(d); p != nil {
		return refuse(d, o, p)
	}
	custom, p := customOf(d, w.shape(model.Organization))
	if p != nil {
		return refuse(d, o, p)
	}
	payload := map[string]any{"name": words(d, "name"), "external_id": string(d.Mark)}
	if s := words(d, "description"); s != "" {
		payload["description"] = s
	}
	if l := list(d, "domains"); len(l) > 0 {
		payload["domains"] = l
	}
	if len(custom) > 0 {
		payload["custom_fields"] = custom
	}
	r := w.client.write(ctx, http.MethodPost, "/accounts", payload)
	if r.State == connector.Refused && (r.Status == http.StatusConflict || strings.Contains(string(r.Body), "already")) {
		ask := []string{"alt:ext_id:" + string(d.Mark)}
		for _, domain := range list(d, "domains") {
			ask = append(ask, "alt:domain:"+domain)
		}
		for _, alias := range ask {
			x, err := w.client.get(ctx, path("accounts", alias))
			if errors.Is(err, errGone) {
				continue
			}
			if err != nil {
				return err
			}
			o.State = connector.Existed
			if w.markIn(model.Organization, x) == d.Mark {
				o.State = connector.Created
			}
			o.Key, o.Version = model.Key{Object: model.Organization, ID: x.Get("id").String()}, versionOf(model.Organization, x)
			return nil
		}
	}
	_, _, stop := w.take(d, o, r)
	return stop
}

// named refuses a draft whose name is empty, or too long for a tag.
func named(d model.Draft) *problem.Problem {
	if n := words(d, "name"); d.Object == model.Tag && utf8.RuneCountInString(n) > mostTag {
		return problem.New(connector.CodeTooLong, "The tag's name is longer than the 64 characters that Front takes.", notThere,
			"Shorten it with a formula in the mapping.").At(problem.Place{Field: "name", Value: n})
	}
	return required(d, "name")
}

// mostTag is how many characters a tag's name may have.
const mostTag = 64

// tag creates a tag with our mark in its description; one of that name is the same tag.
func (w *writer) tag(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if p := named(d); p != nil {
		return refuse(d, o, p)
	}
	payload := map[string]any{"name": words(d, "name"), "description": "Moved by Waybill [" + string(d.Mark) + "]"}
	if s := words(d, "highlight"); s != "" {
		payload["highlight"] = s
	}
	select {
	case w.tagging <- struct{}{}:
		defer func() { <-w.tagging }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	there := w.setup.tags[strings.ToLower(words(d, "name"))] != ""
	w.mu.Unlock()
	var r wire.Sent
	if !there {
		r = w.client.write(ctx, http.MethodPost, "/company/tags", payload)
	}
	if there || r.State == connector.Refused && r.Status == http.StatusConflict {
		rows, err := w.rows(ctx, "/company/tags?limit=100")
		if err != nil {
			return w.gone(err)
		}
		for _, x := range rows {
			if strings.EqualFold(x.Get("name").String(), words(d, "name")) {
				o.State = connector.Existed
				if tagMark(x.Get("description").String()) == d.Mark {
					o.State = connector.Created
				}
				o.Key, o.Version = model.Key{Object: model.Tag, ID: x.Get("id").String()}, versionOf(model.Tag, x)
				return nil
			}
		}
	}
	if there { // somebody deleted it meanwhile
		r = w.client.write(ctx, http.MethodPost, "/company/tags", payload)
	}
	x, ok, stop := w.take(d, o, r)
	if ok {
		w.mu.Lock()
		w.setup.tags[strings.ToLower(x.Get("name").String())] = o.Key.ID
		w.mu.Unlock()
	}
	return stop
}

// text creates a template, a category, an article or its translation.
func (w *writer) text(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if p := named(d); p != nil {
		return refuse(d, o, p)
	}
	payload := map[string]any{}
	put := func(as, field string) {
		if _, given := d.Fields[field]; given {
			payload[as] = words(d, field)
		}
	}
	if d.Object == model.Macro {
		put("name", "name")
		put("subject", "subject")
		payload["body"] = words(d, "body")
		_, _, stop := w.take(d, o, w.client.write(ctx, http.MethodPost, "/message_templates", payload))
		return stop
	}
	base, err := w.knowledgeBase(w.setup)
	if err != nil {
		return err
	}
	if d.Object == model.Category {
		put("name", "name")
		put("description", "description")
		if k := target(d, "parent_category_id"); k.ID != "" {
			payload["parent_category_id"] = k.ID
		}
		_, _, stop := w.take(d, o, w.client.write(ctx, http.MethodPost, path("knowledge_bases", base, "categories"), payload))
		return stop
	}
	payload["subject"], payload["content"] = words(d, "name"), words(d, "content")
	put("status", "status")
	if payload["author_id"] = w.authorOf(d); payload["author_id"] == "" {
		return refuse(d, o, required(d, "author_id"))
	}
	locale := words(d, "locale")
	if d.Object == model.Translation {
		article := target(d, "article_id").ID
		if article == "" || locale == "" {
			return refuse(d, o, problem.New(connector.CodeRequired, "A translation needs its article and its language.", notThere,
				"See why the article did not arrive, or map the language.").At(problem.Place{Field: "locale", Value: locale}))
		}
		// Written twice it is written once, and it could not be found again for certain.
		x, ok, stop := w.take(d, o, w.insist(ctx, http.MethodPatch, path("knowledge_base_articles", article, "locales", locale, "content"), payload))
		if ok {
			o.Key.ID, o.Version = article+":"+locale, versionOf(model.Translation, x)
		}
		return stop
	}
	if k := target(d, "category_id"); k.ID != "" {
		payload["category_id"] = k.ID
	}
	at := path("knowledge_bases", base, "articles")
	if locale != "" {
		at = path("knowledge_bases", base, "locales", locale, "articles")
	}
	_, _, stop := w.take(d, o, w.client.write(ctx, http.MethodPost, at, payload))
	return stop
}

// authorOf gives an article's author: Front wants one, so the first teammate stands in.
func (w *writer) authorOf(d model.Draft) string {
	if k := target(d, "author_id"); k.ID != "" {
		return k.ID
	}
	for _, x := range w.setup.teammates {
		if !x.Get("is_blocked").Bool() && x.Get("type").String() == "user" {
			return x.Get("id").String()
		}
	}
	return ""
}
