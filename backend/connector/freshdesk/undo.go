package freshdesk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// deletes are the calls that delete records. Tickets and contacts go to the trash.
var deletes = map[model.Object]string{
	model.Organization: "companies/", model.Group: "groups/", model.Contact: "contacts/", model.Ticket: "tickets/",
	model.Message: "conversations/", model.Attachment: "attachments/", model.TimeEntry: "time_entries/",
	model.Category: "solutions/categories/", model.Section: "solutions/folders/", model.Article: "solutions/articles/",
}

// Delete deletes records one by one, each after a look whether people changed it: the API
// has no conditional deletion. Deleting may be repeated, so a lost answer is Unknown.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
	}
	for i, w := range what {
		err := c.erase(ctx, w, &out[i])
		if err != nil || out[i].State == connector.Unknown {
			if err == nil {
				err = ctx.Err()
			}
			return wire.LeftUnsent(out, err, desk), err
		}
	}
	return out, nil
}

func (c *conn) erase(ctx context.Context, w connector.Doomed, o *connector.Outcome) error {
	where := problem.Place{Object: string(w.Key.Object), Record: w.Key.ID}
	path, ok := deletes[w.Key.Object]
	if !ok {
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeRefused, "Freshdesk lets no program delete this kind of record.", "It was left as it is.",
			"Delete it in Freshdesk by hand if nobody needs it.").At(where)
		return nil
	}
	id := w.Key.ID
	r, there, err := c.readOne(ctx, w.Key.Object, w.Key.ID)
	if err != nil {
		return err
	}
	if !there {
		o.State = connector.Deleted
		return nil
	}
	if w.Version != "" && r.Version != w.Version {
		o.State, o.Version = connector.Touched, r.Version
		o.Err = problem.New(connector.CodeChanged, "People changed this record in Freshdesk since it was moved.",
			"It was left as it is.", "Look at it in Freshdesk, and delete it there if nobody needs it.").At(where)
		return nil
	}
	used, err := c.inUse(ctx, w.Key)
	if err != nil {
		return err
	}
	if used {
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeInUse, "Other records in Freshdesk belong to this one, so it was not deleted.",
			"They were created by people since.", "Look at those records in Freshdesk first.").At(where)
		return nil
	}
	if w.Key.Object == model.Message {
		ticket, own, _ := split(id)
		if own == "" { // the ticket's own text goes with the ticket; until then it says nothing
			return c.unsay(ctx, ticket, o)
		}
		id = own
	}
	if w.Key.Object == model.Attachment || w.Key.Object == model.TimeEntry {
		id = id[strings.LastIndexByte(id, '-')+1:]
	}
	a, known, err := c.exchange(ctx, http.MethodDelete, path+id, nil, nil, o)
	if err != nil || !known {
		return err
	}
	if a.Status == http.StatusNotFound && w.Key.Object == model.Ticket {
		if a, known, err = c.exchange(ctx, http.MethodDelete, archived+id, nil, nil, o); err != nil || !known {
			return err
		}
	}
	switch {
	case a.Status < 300, a.Status == http.StatusNotFound, a.Status == http.StatusMethodNotAllowed: // the last: it lies in the trash
		o.State = connector.Deleted
	default:
		o.State, o.Err = connector.Refused, problem.From(c.client.Verdict(a)).At(where)
	}
	return nil
}

// unsay puts a neutral text in the place of a ticket's own.
func (c *conn) unsay(ctx context.Context, ticket string, o *connector.Outcome) error {
	a, known, err := c.exchange(ctx, http.MethodPut, "tickets/"+ticket, &payload{values: map[string]any{"description": noText}}, nil, o)
	if err != nil || !known {
		return err
	}
	if err := c.client.Verdict(a); err != nil && a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
		o.State, o.Err = connector.Refused, problem.From(err).At(problem.Place{Object: string(model.Message), Record: o.Key.ID})
		return nil
	}
	o.State = connector.Deleted
	return nil
}

// inUse says whether a record has others below it that are not ours any more: our own
// messages and tickets were deleted before.
func (c *conn) inUse(ctx context.Context, k model.Key) (bool, error) {
	var list []gjson.Result
	var err error
	switch k.Object {
	case model.Ticket:
		if list, _, err = c.client.list(ctx, "tickets/"+k.ID+"/conversations", pageQuery(1, 1)); errors.Is(err, errAbsent) {
			list, _, err = c.client.list(ctx, archived+k.ID+"/conversations", pageQuery(1, 1))
		}
	case model.Contact:
		list, _, err = c.client.list(ctx, "tickets", url.Values{"requester_id": {k.ID}, "updated_since": {beginning}, "per_page": {"1"}})
	case model.Category:
		list, _, err = c.client.list(ctx, "solutions/categories/"+k.ID+"/folders", pageQuery(1, 1))
	case model.Section:
		list, _, err = c.client.list(ctx, "solutions/folders/"+k.ID+"/articles", pageQuery(1, 1))
	case model.Organization:
		list, _, err = c.client.list(ctx, "contacts", url.Values{"company_id": {k.ID}, "per_page": {"1"}})
	}
	if errors.Is(err, errAbsent) {
		return false, nil
	}
	return len(list) > 0, err
}
