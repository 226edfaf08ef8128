package zendesk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// keyOf is the name of a custom field without the group that it lies in.
func keyOf(field string) string {
	_, key, ok := strings.Cut(field, ".")
	if !ok {
		return field
	}
	return key
}

// destroyed are the objects that are deleted by the hundred.
var destroyed = map[model.Object]string{model.Ticket: "tickets", model.Contact: "users", model.Organization: "organizations"}

// removed are the objects that are deleted one by one.
var removed = map[model.Object]string{
	model.Group: "groups", model.Category: "help_center/categories", model.Section: "help_center/sections", model.Article: "help_center/articles",
	model.Translation: "help_center/translations", ArticleAttachment: "help_center/articles/attachments",
}

// Delete deletes what nobody changed. Tickets stay thirty days among the deleted ones;
// people are deleted for good, because who was only deleted would be listed for ever.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
	}
	for from := 0; from < len(what); {
		to := from
		for to < len(what) && to-from < batch && what[to].Key.Object == what[from].Key.Object {
			to++
		}
		goOn, err := c.erase(ctx, what[from:to], out[from:to])
		if err != nil || !goOn {
			return wire.LeftUnsent(out, err, desk), err
		}
		from = to
	}
	return out, nil
}

func (c *conn) erase(ctx context.Context, what []connector.Doomed, out []connector.Outcome) (goOn bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	o := what[0].Key.Object
	if destroyed[o] == "" && removed[o] == "" {
		for i, w := range what {
			refused(&out[i], placeOf(w.Key, model.Draft{}), problem.New(connector.CodeRefused, "Zendesk does not let this be deleted by itself.",
				"It stays as long as the record that it belongs to.", "Delete the ticket that it belongs to, or leave it."))
		}
		return true, nil
	}
	ids := make([]string, len(what))
	for i, w := range what {
		ids[i] = w.Key.ID
	}
	there, err := c.Read(ctx, o, ids)
	if err != nil {
		return false, err
	}
	var doomed []int
	for i, w := range what {
		r, ok := there[w.Key.ID]
		switch {
		case !ok && o != model.Contact:
			out[i].State = connector.Deleted
		case ok && w.Version != "" && r.Version != w.Version && !strings.Contains(string(r.Raw), takenBack):
			touched(&out[i], placeOf(w.Key, model.Draft{}), r.Version)
			out[i].Err.Next = "Look at it in Zendesk, and delete it there if nobody needs it."
		default:
			doomed = append(doomed, i)
		}
	}
	if removed[o] != "" {
		return c.removeEach(ctx, what, out, doomed)
	}
	var now []int
	for _, i := range doomed {
		if _, ok := there[what[i].Key.ID]; ok {
			now = append(now, i)
		}
	}
	if len(now) > 0 {
		if goOn, err := c.destroy(ctx, what, out, now); err != nil || !goOn {
			return goOn, err
		}
	}
	if o != model.Contact {
		return true, nil
	}
	return c.forGood(ctx, what, out, doomed)
}

// destroy deletes with one job.
func (c *conn) destroy(ctx context.Context, what []connector.Doomed, out []connector.Outcome, which []int) (bool, error) {
	ids := make([]string, len(which))
	for n, i := range which {
		ids[n] = what[i].Key.ID
	}
	results, err := c.job(ctx, http.MethodDelete, destroyed[what[0].Key.Object]+"/destroy_many", url.Values{"ids": {joined(ids)}}, nil, len(which))
	var no *errRefused
	switch {
	case errors.As(err, &no):
		return false, no.why
	case errors.Is(err, errUnknown):
		unknown(out, which, err)
		return false, ctx.Err()
	case err != nil:
		return false, err
	}
	for n, i := range which {
		x := results[n]
		switch why := x.Get("error").String(); {
		case !x.Exists():
			unknown(out, []int{i}, errors.New("the job says nothing of this row"))
		case why == "" || strings.Contains(why, "NotFound"):
			out[i].State = connector.Deleted
		default:
			refused(&out[i], placeOf(what[i].Key, model.Draft{}), problem.Wrap(errors.New(x.Get("details").String()), connector.CodeInUse,
				"Zendesk did not delete this record, because others need it.", wire.Sentence("It says: "+x.Get("details").String()), "Look at those records in Zendesk first."))
		}
	}
	return true, nil
}

// forGood deletes people who were deleted, so that nothing is left of them.
func (c *conn) forGood(ctx context.Context, what []connector.Doomed, out []connector.Outcome, which []int) (bool, error) {
	for _, i := range which {
		if out[i].State == connector.Refused || out[i].State == connector.Unknown && out[i].Err != nil {
			continue
		}
		out[i].State = connector.Unsent
		goOn, err := c.remove(ctx, "deleted_users/"+what[i].Key.ID, &out[i], what[i].Key)
		if err != nil || !goOn {
			return goOn, err
		}
	}
	return true, nil
}

func (c *conn) removeEach(ctx context.Context, what []connector.Doomed, out []connector.Outcome, which []int) (bool, error) {
	for _, i := range which {
		k := what[i].Key
		if k.Object == model.Group {
			// Deleted groups stay in the list; this one is told from those that were used.
			body, err := wire.JSON(map[string]any{"group": map[string]any{"description": takenBack}})
			if err != nil {
				return false, err
			}
			if _, err := c.send(ctx, http.MethodPut, "groups/"+k.ID, nil, body); err != nil && !errors.As(err, new(*errRefused)) {
				if errors.Is(err, errUnknown) {
					unknown(out, []int{i}, err)
					return false, ctx.Err()
				}
				return false, err
			}
		}
		goOn, err := c.remove(ctx, removed[k.Object]+"/"+k.ID, &out[i], k)
		if err != nil || !goOn {
			return goOn, err
		}
	}
	return true, nil
}

// remove makes one request that deletes.
func (c *conn) remove(ctx context.Context, path string, o *connector.Outcome, k model.Key) (bool, error) {
	_, err := c.send(ctx, http.MethodDelete, path, nil, nil)
	var no *errRefused
	switch {
	case err == nil, errors.As(err, &no) && no.status == http.StatusNotFound:
		o.State, o.Err = connector.Deleted, nil
	case errors.As(err, &no):
		refused(o, placeOf(k, model.Draft{}), problem.Wrap(no.why, connector.CodeInUse, "Zendesk did not delete this record.", no.why.What, "Look at it in Zendesk, and delete it there if nobody needs it."))
	case errors.Is(err, errUnknown):
		o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return false, ctx.Err()
	default:
		return false, err
	}
	return true, nil
}
