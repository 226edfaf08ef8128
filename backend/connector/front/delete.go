package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Delete deletes records, one after another. A conversation goes into the trash first and is
// then deleted for good, as Front demands; without the right to that (scope
// conversations:delete) it stays in the trash, which counts as deleted: nobody finds it in an
// inbox, and Plain says so.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, d := range what {
		out[i] = connector.Outcome{Key: d.Key, Version: d.Version, State: connector.Unsent}
	}
	var err error
	for i, d := range what {
		if err = ctx.Err(); err != nil {
			break
		}
		if err = c.erase(ctx, d, &out[i]); err != nil {
			break
		}
	}
	return wire.LeftUnsent(out, err, desk), err
}

func (c *conn) erase(ctx context.Context, d connector.Doomed, o *connector.Outcome) error {
	where := problem.Place{Object: string(d.Key.Object), Record: d.Key.ID}
	if Kind().Caps.Undeletable(d.Key.Object) {
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeRefused, "Front does not let this be deleted by itself.",
			"Messages and their files go with their conversation; people and inboxes were there before.", "Delete the conversation, or leave it.").At(where)
		return nil
	}
	w := &writer{conn: c}
	x, err := w.now(ctx, d.Key)
	trashed := errors.Is(err, errGone) && x.Get("status").String() == "deleted"
	if vanished(err) && !trashed {
		o.State = connector.Deleted
		return nil
	}
	if err != nil && !trashed {
		return err
	}
	touched := !trashed && d.Version != "" && versionOf(d.Key.Object, x) != d.Version
	if d.Key.Object == model.Ticket && !trashed && !touched {
		if touched, err = c.handled(ctx, d.Key.ID); err != nil {
			return err
		}
	}
	if touched {
		o.State, o.Version = connector.Touched, versionOf(d.Key.Object, x)
		o.Err = problem.New(connector.CodeChanged, "People changed this record in Front since it was moved, or answered in it.",
			"It was left as it is.", "Look at it in Front, and delete it there if nobody needs it.").At(where)
		return nil
	}
	at := path(resources[d.Key.Object], d.Key.ID)
	switch d.Key.Object {
	case model.Ticket:
		if !trashed {
			if done, stop := c.wipe(ctx, http.MethodPatch, at, map[string]any{"status": "deleted"}, o, where); !done {
				return stop
			}
		}
		if done, stop := c.wipe(ctx, http.MethodDelete, at, nil, o, where); !done && !problem.Is(stop, connector.CodeForbidden) {
			return stop
		}
		o.State, o.Err = connector.Deleted, nil // for good, or in the trash where that right is missing
		return nil
	case model.Category:
		at = path("knowledge_base_categories", d.Key.ID)
	case model.Article:
		at = path("knowledge_base_articles", d.Key.ID)
	}
	done, stop := c.wipe(ctx, http.MethodDelete, at, nil, o, where)
	if done {
		o.State = connector.Deleted
		if d.Key.Object == model.Tag {
			c.forget()
		}
	}
	return stop
}

// wipe makes one request of a deletion and notes what became of it. What is gone already is
// done.
func (c *conn) wipe(ctx context.Context, method, at string, what any, o *connector.Outcome, where problem.Place) (done bool, stop error) {
	r := c.client.write(ctx, method, at, what)
	switch {
	case r.State == connector.Created, r.State == connector.Refused && r.Status == http.StatusNotFound:
		return true, nil
	case r.State == connector.Refused:
		p := refusal(r.Answer)
		p.Why = "The record is still in Front."
		o.State, o.Err = connector.Refused, p.At(where)
		return false, nil
	}
	o.State, o.Err = r.State, r.Err
	return false, r.Stop
}

// handled tells whether a person did something in a conversation: Front's own list of events
// says who did what, also when no value is different in the end. Notes that were moved in
// the name of a teammate are told from later ones by their beginning, which says whose they
// were.
func (c *conn) handled(ctx context.Context, id string) (bool, error) {
	rows, err := c.rows(ctx, path("conversations", id, "events")+"?limit=15")
	if vanished(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("events of a conversation: %w", err)
	}
	for _, e := range rows {
		kind := e.Get("type").String()
		ours := kind == "comment" && moved(e.Get("target.data.body").String())
		if e.Get("source._meta.type").String() == "teammate" && !ours || kind == "out_reply" || kind == "forward" {
			return true, nil
		}
	}
	return false, nil
}

// moved tells a note that was moved: the engine writes its author and time before its text,
// because Front keeps neither (Caps.NotesLoseOrigin).
func moved(body string) bool {
	return strings.HasPrefix(body, "Originally by ") || strings.HasPrefix(body, "on ")
}
