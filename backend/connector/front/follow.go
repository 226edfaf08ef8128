package front

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

const (
	// firstLook is how long after an import its message is looked for again, and longestLook
	// the longest pause between two looks.
	firstLook, longestLook = 150 * time.Millisecond, 5 * time.Second
	// patience is how long an accepted import may take.
	patience = 2 * time.Minute
	// doubtful is the number of looks after which an import may be one that Front has already:
	// it does not import the same number twice, but accepts it.
	doubtful = 3
)

// followUp waits until the accepted imports exist, and finishes them.
func (w *writer) followUp(ctx context.Context) error {
	pending, wait, began := w.accepted, firstLook, time.Now()
	var stop error
	if n := len(pending); n > 0 { // each look is a request: none before it is likely to find something
		stop = wire.Pause(ctx, w.due(pending[n-1].sentAt))
	}
	for round := 0; len(pending) > 0 && stop == nil; round++ {
		if round > 0 {
			if time.Since(began) > patience {
				break
			}
			if stop = wire.Pause(ctx, wait); stop != nil {
				break
			}
			wait = min(2*wait, longestLook)
		}
		before := pending
		if pending, stop = w.look(ctx, pending, round); len(pending) < len(before) && !w.adopted {
			w.learnt(before[len(before)-1].sentAt, round)
		}
	}
	for _, a := range pending {
		a.o.State, a.o.Err = connector.Unknown, connector.NoAnswer(errors.New("accepted, but not there yet"), desk)
		a.o.Parts = nil
	}
	return stop
}

// mostLag is the longest pause before the first look.
const mostLag = 5 * time.Second

// due is how long to wait before the first look for an import of that moment.
func (c *conn) due(sent time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lag - time.Since(sent)
}

// learnt takes in how long imports took that were found in this round of looks.
func (c *conn) learnt(sent time.Time, round int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if round == 0 {
		c.lag -= c.lag / 20 // perhaps it takes less by now
		return
	}
	c.lag = min(max(c.lag, time.Since(sent)), mostLag)
}

// stale tells an import that should be there by now: Front accepts, and does not import,
// a number that it has already.
func (c *conn) stale(sent time.Time, round int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return round >= doubtful && time.Since(sent) > 2*c.lag
}

// look looks for imports once, and gives those that are not there yet.
func (w *writer) look(ctx context.Context, list []accepted, round int) (rest []accepted, err error) {
	talks := map[string][]gjson.Result{}
	claimed := map[string]bool{}
	for i, a := range list {
		var found bool
		if a.conversation == "" {
			found, err = w.lookTicket(ctx, a, round)
		} else {
			if _, listed := talks[a.conversation]; !listed {
				talks[a.conversation], err = w.rows(ctx, path("conversations", a.conversation, "messages")+"?limit=100&sort_by=created_at&sort_order=desc")
				if vanished(err) {
					err = nil // its people merged or deleted it; patience ends this
				}
			}
			found = err == nil && w.lookMessage(a, talks[a.conversation], claimed, round)
		}
		if err != nil {
			return append(rest, list[i:]...), err
		}
		if !found {
			rest = append(rest, a)
		}
	}
	return rest, nil
}

// lookMessage looks for a message in what a conversation holds: by its unique id, or, where
// the number was imported before, by what it is.
func (w *writer) lookMessage(a accepted, talk []gjson.Result, claimed map[string]bool, round int) bool {
	for _, x := range talk {
		if x.Get("message_uid").String() == a.uid {
			claimed[x.Get("id").String()] = true
			w.arrived(a, x)
			return true
		}
	}
	if !w.stale(a.sentAt, round) {
		return false
	}
	for _, x := range talk {
		if id := x.Get("id").String(); !claimed[id] && a.is(x) {
			claimed[id], w.adopted = true, true
			w.arrived(a, x)
			return true
		}
	}
	return false
}

// is tells whether a message of Front is what was imported: sender, time to the second,
// direction and text.
func (a accepted) is(x gjson.Result) bool {
	if x.Get("created_at").Int() != a.at || x.Get("is_inbound").Bool() != a.inbound {
		return false
	}
	for _, r := range x.Get("recipients").Array() {
		if r.Get("role").String() == "from" && !strings.EqualFold(r.Get("handle").String(), a.handle) {
			return false
		}
	}
	return squeezed(x.Get("body").String()) == squeezed(a.body)
}

// squeezed is a text without blanks and tags, in which desks differ.
func squeezed(s string) string { return strings.Join(strings.Fields(plainText(s)), " ") }

// arrived notes a message that exists.
func (w *writer) arrived(a accepted, x gjson.Result) {
	a.o.State, a.o.Err = connector.Created, nil
	a.o.Key = model.Key{Object: model.Message, ID: x.Get("id").String()}
	a.o.Version = versionOf(model.Message, x)
	filesOf(a.draft, x, a.o)
}

// lookTicket looks for a conversation through its first message, and finishes it.
func (w *writer) lookTicket(ctx context.Context, a accepted, round int) (bool, error) {
	x, err := w.client.get(ctx, path("messages", "alt:uid:"+a.uid))
	adopted := errors.Is(err, errGone)
	if adopted {
		if !w.stale(a.sentAt, round) {
			return false, nil
		}
		if x, err = w.seek(ctx, a); err != nil || !x.Exists() {
			return false, err
		}
		w.adopted = true
	}
	if err != nil {
		return false, err
	}
	id := lastPart(x.Get("_links.related.conversation").String(), "conversations")
	if id == "" {
		return false, nil
	}
	return true, w.finish(ctx, a, id, x, adopted)
}

// seek looks for the first message of a conversation that was imported before, when nobody
// heard of it: by inbox, time and sender.
func (w *writer) seek(ctx context.Context, a accepted) (gjson.Result, error) {
	query := "inbox:" + a.talk.inbox + " after:" + seconds(a.at-1) + " before:" + seconds(a.at+1)
	if !strings.ContainsAny(a.handle, "\" ") {
		query += ` from:"` + a.handle + `"`
	}
	list, err := w.rows(ctx, "/conversations/search/"+url.PathEscape(query)+"?limit=100")
	if err != nil {
		return gjson.Result{}, w.gone(err)
	}
	for _, x := range list {
		if m := w.markIn(model.Ticket, x); m != "" && m != a.draft.Mark {
			continue // another one of ours
		}
		talk, err := w.rows(ctx, path("conversations", x.Get("id").String(), "messages")+"?limit=100&sort_by=created_at&sort_order=asc")
		if vanished(err) {
			continue
		}
		if err != nil {
			return gjson.Result{}, err
		}
		for _, m := range talk {
			if a.is(m) {
				return m, nil
			}
		}
	}
	return gjson.Result{}, nil
}

// finish gives a conversation its mark and what an import cannot set, and answers for it.
func (w *writer) finish(ctx context.Context, a accepted, id string, first gjson.Result, adopted bool) error {
	at := path("conversations", id)
	patch := map[string]any{"custom_fields": a.custom}
	if adopted { // nobody knows how far it was brought the last time
		if patch["status"] = "open"; a.talk.archived {
			patch["status"] = "archived"
		}
	}
	if s := words(a.draft, "status_id"); s != "" { // only one of the two may be given
		delete(patch, "status")
		patch["status_id"] = s
	} else if words(a.draft, "status") == "deleted" {
		patch["status"] = "deleted"
	}
	// The mark comes last: what can be found by it is whole.
	steps := []step{}
	for urls := range slices.Chunk(list(a.draft, "link_urls"), 10) { // ten with each request
		steps = append(steps, step{http.MethodPost, at + "/links", map[string]any{"link_external_urls": urls}})
	}
	steps = append(steps, step{http.MethodPatch, at, patch})
	for _, s := range steps {
		r := w.client.write(ctx, s.method, s.at, s.what)
		if r.State == connector.Refused {
			return w.undo(ctx, a, id, refusal(r.Answer))
		}
		if r.State != connector.Created {
			// The conversation is there, without all of its values: whoever asks again finishes it.
			a.o.State, a.o.Err, a.o.Parts = connector.Unknown, connector.NoAnswer(r.Err, desk), nil
			return r.Stop
		}
	}
	x, err := w.client.get(ctx, at)
	if err != nil {
		a.o.State, a.o.Err, a.o.Parts = connector.Unknown, connector.NoAnswer(err, desk), nil
		return w.gone(err)
	}
	a.o.State, a.o.Err = connector.Created, nil
	a.o.Key = model.Key{Object: model.Ticket, ID: id}
	a.o.Version = versionOf(model.Ticket, x)
	if a.first != nil {
		part := accepted{draft: *a.first, o: &a.o.Parts[0]}
		w.arrived(part, first)
	}
	w.remember(id, a.talk)
	return nil
}

// undo puts a conversation into the trash whose values Front refused: half of it helps nobody.
func (w *writer) undo(ctx context.Context, a accepted, id string, why *problem.Problem) error {
	r := w.client.write(ctx, http.MethodPatch, path("conversations", id), map[string]any{"status": "deleted"})
	a.o.Parts = nil
	if r.State != connector.Created {
		a.o.State, a.o.Err = connector.Unknown, connector.NoAnswer(r.Err, desk)
		return r.Stop
	}
	return refuse(a.draft, a.o, why)
}
