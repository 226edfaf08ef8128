package practice

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Update changes records, up to a hundred of one object with each request, silently.
// After a request without an answer it sends nothing more.
func (c *conn) Update(ctx context.Context, edits []connector.Edit, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	drafts := make([]model.Draft, len(edits))
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
		drafts[i] = e.Draft
		drafts[i].Object, drafts[i].Mark = e.Key.Object, "" // a mark stays as it is
	}
	for from := 0; from < len(edits); {
		to := slice(drafts, from)
		goOn, err := c.change(ctx, edits[from:to], drafts[from:to], files, out[from:to])
		if err != nil || !goOn {
			return wire.LeftUnsent(out, err, "the practice desk"), err
		}
		from = to
	}
	return out, nil
}

// change makes one request for changes of one object and fills their outcomes. goOn
// is false when nothing more may be sent now.
func (c *conn) change(ctx context.Context, edits []connector.Edit, drafts []model.Draft, files connector.Files,
	out []connector.Outcome,
) (goOn bool, err error) {
	path, err := pathOf(drafts[0].Object)
	if err != nil {
		return false, err
	}
	fields, err := c.fieldsOf(ctx, drafts[0].Object)
	if err != nil {
		return false, err
	}
	e := newEncoder(fields, files, len(edits))
	e.nulls = true
	var sent []int // places in edits of what is sent
	for i, d := range drafts {
		start := len(e.buf)
		e.buf = append(appendText(append(e.buf, `{"id":`...), edits[i].Key.ID), ',')
		if v := edits[i].Version; v != "" {
			e.buf = append(appendText(append(e.buf, `"version":`...), v), ',')
		}
		e.buf = append(e.buf, `"set":`...)
		if out[i].Err = e.item(d); out[i].Err != nil {
			out[i].State = connector.Refused
			e.buf = e.buf[:start]
			continue
		}
		e.buf = append(e.buf, "},"...)
		sent = append(sent, i)
	}
	if len(sent) == 0 {
		return true, nil
	}
	body, err := e.body(drafts[0].Object)
	if err != nil {
		return false, err
	}
	a, results, err := c.batch(ctx, path+"/batch_update", body, out, sent)
	switch {
	case err != nil || results == nil && a.Status == http.StatusOK:
		return false, err
	case a.Status == http.StatusRequestEntityTooLarge && len(edits) > 1:
		return c.halveChange(ctx, edits, drafts, files, out)
	case a.Status != http.StatusOK:
		return c.refuseAll(a, drafts, sent, out)
	}
	for n, i := range sent {
		c.takeChange(results[n], fields, drafts[i], edits[i].Key, &out[i])
	}
	return true, nil
}

// halveChange sends again what was too large as a whole: such a request is not processed.
func (c *conn) halveChange(ctx context.Context, edits []connector.Edit, drafts []model.Draft, files connector.Files,
	out []connector.Outcome,
) (bool, error) {
	mid := len(edits) / 2
	goOn, err := c.change(ctx, edits[:mid], drafts[:mid], files, out[:mid])
	if err != nil || !goOn {
		return goOn, err
	}
	return c.change(ctx, edits[mid:], drafts[mid:], files, out[mid:])
}

// takeChange turns one result into an outcome.
func (c *conn) takeChange(r result, fields model.ObjectSchema, d model.Draft, k model.Key, o *connector.Outcome) {
	where := problem.Place{Object: string(k.Object), Record: k.ID}
	if d.Source.ID != "" {
		where.Record = d.Source.ID
	}
	version := strconv.FormatInt(r.Version, 10)
	switch {
	case r.Status == http.StatusOK:
		o.State, o.Version = connector.Updated, version
	case r.Status == http.StatusPreconditionFailed:
		o.State, o.Version = connector.Touched, version
		o.Err = problem.New(connector.CodeChanged, "People changed this record in the desk since it was moved.",
			"It was left as it is.", "Decide which of the two is kept: the desk's or the source's.").At(where)
	case r.Status == http.StatusNotFound:
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeNoRecord, "The record that was to be changed is not in the desk any more.",
			"Somebody deleted it or merged it into another one, so the change has nowhere to go.",
			"Look in the desk what became of it. If it is to be there, move it again.").At(where)
	default:
		c.take(r, fields, d, o)
		if o.Err != nil && o.State == connector.Refused {
			o.Err.Why = strings.Replace(o.Err.Why, notThere, "The record in the desk stays as it was.", 1)
			o.Err.Where.Object, o.Err.Where.Record = where.Object, where.Record
		}
	}
}

// Read reads records by their ids, a hundred at a time.
func (c *conn) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	out := make(map[string]model.Record, len(ids))
	// The ids of this desk are numbers: another one is surely not there.
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" || strings.Trim(id, "0123456789") != "" })
	for from := 0; from < len(ids); from += batch {
		l, err := c.list(ctx, o, url.Values{"ids": {strings.Join(ids[from:min(from+batch, len(ids))], ",")}})
		if err != nil {
			return nil, err
		}
		for _, r := range l.items {
			out[r.Key.ID] = r
		}
	}
	return out, nil
}

// Fires lists the desk's triggers. What Waybill writes is an import.
func (c *conn) Fires(ctx context.Context) ([]connector.Fire, error) {
	var list []struct {
		ID       string         `json:"id"`
		Kind     string         `json:"kind"`
		Name     string         `json:"name"`
		On       []model.Object `json:"on"`
		Does     string         `json:"does"`
		Active   bool           `json:"active"`
		Silenced bool           `json:"silenced_by_import"`
	}
	if err := c.client.get(ctx, "triggers", nil, &list); err != nil {
		return nil, err
	}
	out := make([]connector.Fire, 0, len(list))
	for _, t := range list {
		if t.Kind == "macro" { // people use it, it never goes off by itself
			continue
		}
		out = append(out, connector.Fire{
			ID: t.ID, Kind: t.Kind, Name: t.Name, On: t.On, Does: t.Does, Active: t.Active, Silenced: t.Silenced,
		})
	}
	return out, nil
}

// Fired is the desk's own count of messages to customers.
func (c *conn) Fired(ctx context.Context) (int64, bool, error) {
	var s struct {
		Sent *int64 `json:"messages_sent"`
	}
	if err := c.client.get(ctx, "stats", nil, &s); err != nil {
		return 0, false, err
	}
	if s.Sent == nil {
		return 0, false, nil
	}
	return *s.Sent, true, nil
}
