package front

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Update changes records, one after another. Front has no guard against changes of others,
// so each is looked at right before.
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
	}
	if len(edits) == 0 {
		return out, nil
	}
	s, err := c.prepared(ctx)
	if err != nil {
		err = c.gone(err)
	} else {
		w := &writer{conn: c, setup: s}
		for i, e := range edits {
			if err = ctx.Err(); err != nil || w.doubt {
				break
			}
			if err = w.change(ctx, e, &out[i]); err != nil {
				break
			}
		}
	}
	return wire.LeftUnsent(out, err, desk), err
}

// refuseEdit notes that a change was not made.
func refuseEdit(e connector.Edit, o *connector.Outcome, p *problem.Problem) error {
	w := p.Where
	w.Object, w.Record = string(e.Key.Object), e.Key.ID
	if e.Draft.Source.ID != "" {
		w.Record = e.Draft.Source.ID
	}
	p = p.At(w)
	p.Why = strings.Replace(p.Why, notThere, "The record in Front stays as it was.", 1)
	o.State, o.Err = connector.Refused, p
	return nil
}

func (w *writer) change(ctx context.Context, e connector.Edit, o *connector.Outcome) error {
	d := e.Draft
	d.Object = e.Key.Object
	if p := unknownFields(d, w.shape(d.Object)); p != nil {
		return refuseEdit(e, o, p)
	}
	if _, given := d.Fields["name"]; given && d.Object != model.Contact {
		if p := named(d); p != nil {
			return refuseEdit(e, o, p)
		}
	}
	now, err := w.now(ctx, e.Key)
	if vanished(err) {
		return refuseEdit(e, o, problem.New(connector.CodeNoRecord, "The record that was to be changed is not in Front any more.",
			"Somebody deleted it or merged it into another one, so the change has nowhere to go.",
			"Look in Front what became of it. If it is to be there, move it again."))
	}
	if err != nil {
		return err
	}
	if v := versionOf(e.Key.Object, now); e.Version != "" && v != e.Version {
		o.State, o.Version = connector.Touched, v
		o.Err = problem.New(connector.CodeChanged, "People changed this record in Front since it was moved.",
			"It was left as it is.", "Decide which of the two is kept: Front's or the source's.").
			At(problem.Place{Object: string(e.Key.Object), Record: e.Key.ID})
		return nil
	}
	steps, p, err := w.steps(ctx, e.Key, d, now)
	if err != nil {
		return err
	}
	if p != nil {
		return refuseEdit(e, o, p)
	}
	for _, s := range steps {
		r := w.client.write(ctx, s.method, s.at, s.what)
		switch r.State {
		case connector.Created:
		case connector.Refused:
			return refuseEdit(e, o, refusal(r.Answer))
		case connector.Unknown:
			w.doubt = true
			fallthrough
		default:
			o.State, o.Err = r.State, r.Err
			return r.Stop
		}
	}
	if now, err = w.now(ctx, e.Key); err != nil {
		o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return w.gone(err)
	}
	o.State, o.Version = connector.Updated, versionOf(e.Key.Object, now)
	return nil
}

// now reads a record as it is.
func (w *writer) now(ctx context.Context, k model.Key) (gjson.Result, error) {
	switch {
	case k.Object == model.Message && strings.HasPrefix(k.ID, "com_"):
		return w.client.get(ctx, path("comments", k.ID))
	case k.Object == model.Message:
		return w.client.get(ctx, path("messages", k.ID))
	case k.Object == model.Category:
		return w.client.get(ctx, path("knowledge_base_categories", k.ID, "content"))
	case k.Object == model.Article:
		return w.client.get(ctx, path("knowledge_base_articles", k.ID, "content"))
	case k.Object == model.Translation:
		article, locale, _ := strings.Cut(k.ID, ":")
		return w.client.get(ctx, path("knowledge_base_articles", article, "locales", locale, "content"))
	case resources[k.Object] != "":
		x, err := w.client.get(ctx, path(resources[k.Object], k.ID))
		if k.Object == model.Ticket && err == nil && x.Get("status").String() == "deleted" {
			return x, errGone // in the trash
		}
		return x, err
	}
	return gjson.Result{}, errGone
}

// step is one request of a change.
type step struct {
	method, at string
	what       any
}

// movable are the links of each object that a change may hold.
var movable = map[model.Object][]string{
	model.Ticket:      {"requester_id", "assignee_id", "inbox_id"},
	model.Contact:     {"account_id"},
	model.Article:     {"category_id", "author_id"},
	model.Translation: {"author_id"},
}

// steps are the requests that a change needs.
func (w *writer) steps(ctx context.Context, k model.Key, d model.Draft, now gjson.Result) ([]step, *problem.Problem, error) {
	patch := map[string]any{}
	plain := func(names ...string) {
		for _, n := range names {
			if _, given := d.Fields[n]; given {
				patch[n] = words(d, n)
			}
		}
	}
	lists := func(names ...string) {
		for _, n := range names {
			if _, given := d.Fields[n]; given {
				patch[n] = list(d, n)
			}
		}
	}
	for _, l := range d.Links {
		if !slices.Contains(movable[k.Object], l.Field) {
			return nil, problem.New(connector.CodeRefused, fmt.Sprintf("Front does not let %q be changed from outside.", l.Field), notThere,
				"Change it in Front by hand, or leave it as it is.").At(problem.Place{Field: l.Field}), nil
		}
	}
	at := path(resources[k.Object], k.ID)
	var after []step
	switch k.Object {
	case model.Ticket:
		return w.ticketSteps(ctx, at, d, now)
	case model.Message:
		body, given := d.Fields["body"]
		if !strings.HasPrefix(k.ID, "com_") || len(d.Fields) > 1 || !given {
			return nil, problem.New(connector.CodeRefused, "Front does not let a message be changed once it is there.",
				notThere, "Leave it as it is, or add a private note that says what changed."), nil
		}
		return []step{{http.MethodPatch, path("comments", k.ID) + "/", map[string]any{"body": plainText(model.Plain(body))}}}, nil, nil
	case model.Organization:
		plain("name", "description")
		lists("domains")
		if p := w.mergeCustom("accounts", patch, d, now); p != nil {
			return nil, p, nil
		}
	case model.Contact:
		plain("name", "description")
		lists("links", "list_names")
		if p := w.mergeCustom("contacts", patch, d, now); p != nil {
			return nil, p, nil
		}
		var p *problem.Problem
		if after, p = handleSteps(at, d, now); p != nil {
			return nil, p, nil
		}
		joined, err := w.joinSteps(ctx, k, d)
		if err != nil {
			return nil, nil, err
		}
		after = append(after, joined...)
	case model.Tag:
		plain("name", "highlight")
	case model.Macro:
		plain("name", "subject", "body")
	case model.Category:
		at = path("knowledge_base_categories", k.ID, "content")
		plain("name", "description")
	case model.Article, model.Translation:
		at = path("knowledge_base_articles", k.ID, "content")
		if article, locale, ok := strings.Cut(k.ID, ":"); ok {
			at = path("knowledge_base_articles", article, "locales", locale, "content")
		}
		plain("content", "status")
		if _, given := d.Fields["name"]; given {
			patch["subject"] = words(d, "name")
		}
		if patch["content"] == nil {
			patch["content"] = now.Get("content").String()
		}
		for _, l := range d.Links {
			if l.Field == "category_id" && l.Target.ID != lastPart(now.Get("_links.related.category").String(), "knowledge_base_categories") {
				return nil, problem.New(connector.CodeRefused, "Front does not let an article be moved to another category from outside.", notThere,
					"Move it in Front by hand.").At(problem.Place{Field: "category_id"}), nil
			}
		}
		// Front wants an author with each change: who it is now, unless somebody else is named.
		if patch["author_id"] = target(d, "author_id").ID; patch["author_id"] == "" {
			if patch["author_id"] = lastPart(now.Get("_links.related.last_editor").String(), "teammates"); patch["author_id"] == "" {
				patch["author_id"] = w.authorOf(d)
			}
		}
	default:
		return nil, problem.New(connector.CodeRefused, fmt.Sprintf("Front does not let a %s be changed.", k.Object), notThere,
			"Change it in Front by hand."), nil
	}
	if len(patch) == 0 {
		return after, nil, nil
	}
	return append([]step{{http.MethodPatch, at, patch}}, after...), nil, nil
}

// mergeCustom puts all custom fields into a change: Front clears those that are not sent.
func (w *writer) mergeCustom(resource string, patch map[string]any, d model.Draft, now gjson.Result) *problem.Problem {
	custom, p := customOf(d, w.custom(w.setup, resource))
	if p != nil || len(custom) == 0 {
		return p
	}
	now.Get("custom_fields").ForEach(func(k, v gjson.Result) bool {
		if _, given := custom[k.String()]; !given {
			custom[k.String()] = v.Value()
		}
		return true
	})
	for k, v := range custom {
		if v == nil {
			delete(custom, k) // what is not sent is cleared
		}
	}
	patch["custom_fields"] = custom
	return nil
}

func (w *writer) ticketSteps(ctx context.Context, at string, d model.Draft, now gjson.Result) ([]step, *problem.Problem, error) {
	patch := map[string]any{}
	if s, given := d.Fields["subject"]; given && model.Plain(s) != now.Get("subject").String() {
		return nil, problem.New(connector.CodeRefused, "Front does not let the subject of a conversation be changed.", notThere,
			"Change it in Front by hand, or leave it as it is.").At(problem.Place{Field: "subject"}), nil
	}
	if _, given := d.Fields["status_id"]; given {
		patch["status_id"] = words(d, "status_id")
	} else if _, given := d.Fields["status"]; given {
		switch s := words(d, "status"); s {
		case "assigned", "unassigned", "":
			patch["status"] = "open"
		default:
			patch["status"] = s
		}
	}
	if _, given := d.Fields["tag_names"]; given {
		ids := []string{}
		for _, name := range list(d, "tag_names") {
			id, r := w.tagID(ctx, w.setup, name)
			switch r.State {
			case connector.Created:
				ids = append(ids, id)
			case connector.Refused:
				return nil, refusal(r.Answer).At(problem.Place{Field: "tag_names", Value: name}), nil
			default:
				if r.Stop != nil || r.Err == nil {
					return nil, nil, r.Stop
				}
				return nil, nil, r.Err
			}
		}
		patch["tag_ids"] = ids
	}
	for _, l := range d.Links {
		switch {
		case l.Field == "assignee_id" && l.Target.ID == "":
			patch["assignee_id"] = nil
		case l.Field == "assignee_id":
			patch["assignee_id"] = l.Target.ID
		case l.Field == "inbox_id" && l.Target.ID != "":
			patch["inbox_id"] = l.Target.ID
		case l.Field == "requester_id" && l.Target.ID == lastPart(now.Get("recipient._links.related.contact").String(), "contacts"):
		default:
			return nil, problem.New(connector.CodeRefused, "Front takes the requester of a conversation from its messages.", notThere,
				"Leave it as it is.").At(problem.Place{Field: l.Field}), nil
		}
	}
	if p := w.mergeCustom("conversations", patch, d, now); p != nil {
		return nil, p, nil
	}
	var out []step
	if len(patch) > 0 {
		out = append(out, step{http.MethodPatch, at, patch})
	}
	for urls := range slices.Chunk(list(d, "link_urls"), 10) {
		out = append(out, step{http.MethodPost, at + "/links", map[string]any{"link_external_urls": urls}})
	}
	return out, nil, nil
}

// handleSteps adds the handles that are new and takes away those that are gone; our mark stays.
func handleSteps(at string, d model.Draft, now gjson.Result) (out []step, refused *problem.Problem) {
	was := contactDraft(now)
	changed := false
	for _, f := range []string{"email", "phone", "other_handles"} {
		if v, given := d.Fields[f]; given {
			was.Fields[f], changed = v, true
		}
	}
	if !changed {
		return nil, nil
	}
	want, p := handlesOf(was)
	if p != nil {
		return nil, p
	}
	has := func(source, handle string) bool {
		for _, h := range now.Get("handles").Array() {
			if h.Get("source").String() == source && strings.EqualFold(h.Get("handle").String(), handle) {
				return true
			}
		}
		return false
	}
	for _, h := range want {
		if !has(h["source"], h["handle"]) {
			out = append(out, step{http.MethodPost, at + "/handles", h})
		}
	}
	for _, h := range now.Get("handles").Array() {
		source, handle := h.Get("source").String(), h.Get("handle").String()
		keep := source == "custom" && strings.HasPrefix(handle, markHandle) || slices.ContainsFunc(want, func(x map[string]string) bool {
			return x["source"] == source && strings.EqualFold(x["handle"], handle)
		})
		if !keep {
			out = append(out, step{http.MethodDelete, at + "/handles", map[string]string{"source": source, "handle": handle}})
		}
	}
	return out, nil
}

// contactDraft reads the handles of a contact as a draft would have them.
func contactDraft(x gjson.Result) model.Draft {
	d := &derived{}
	contactValues(d, x)
	values, err := model.Values(raw(d.buf, "{}"))
	if err != nil {
		values = map[string]any{} // made right here: cannot happen
	}
	return model.Draft{Object: model.Contact, Fields: values}
}

// joinSteps moves a contact to another account, or out of it.
func (w *writer) joinSteps(ctx context.Context, k model.Key, d model.Draft) ([]step, error) {
	for _, l := range d.Links {
		if l.Field != "account_id" {
			continue
		}
		w.mu.Lock()
		known := w.members
		w.members = nil
		w.mu.Unlock()
		ids := map[string]any{"contact_ids": []string{k.ID}}
		if l.Target.ID != "" {
			return []step{{http.MethodPost, path("accounts", l.Target.ID, "contacts"), ids}}, nil
		}
		if known == nil {
			var err error
			if known, err = w.accountOf(ctx, 0); err != nil {
				return nil, err
			}
			w.mu.Lock()
			w.members = nil
			w.mu.Unlock()
		}
		if account := known[k.ID]; account != "" {
			return []step{{http.MethodDelete, path("accounts", account, "contacts"), ids}}, nil
		}
	}
	return nil, nil
}
