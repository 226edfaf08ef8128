package practice_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
	desk "waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// The examination of desks that take records together: the practice desk, made to look
// like one that takes all messages of a ticket with it, and like one that takes the first.
func TestConformanceOfWholes(t *testing.T) {
	for name, first := range map[string]bool{"all at once": false, "the first only": true} {
		t.Run(name, func(t *testing.T) { conform.Run(t, whollyRig(whollyKind(first, nil))) })
	}
}

// wholly makes a connector that takes parts, matches agents and cannot delete messages or
// files, out of one that can do everything.
type wholly struct {
	whole
	first bool
	// What is done wrong, before and after a draft is written with its parts, and when parts
	// are looked for; nil: nothing.
	spoilBefore func(d *model.Draft)
	spoilAfter  func(ctx context.Context, d model.Draft, o *connector.Outcome, w *wholly)
	spoilFound  func(parts []model.Draft, found map[model.Mark]connector.Found)
}

func whollyKind(first bool, spoil func(*wholly)) connector.Kind {
	k := practice.Kind()
	right := k.Open
	k.Caps.Batch = 1
	k.Caps.Wholes = []connector.Whole{{Owner: model.Ticket, Part: model.Message, First: first}, {Owner: model.Message, Part: model.Attachment}}
	k.Caps.Matches = []model.Object{model.Agent}
	k.Caps.Unmarked = []model.Object{model.Message, model.Attachment}
	k.Caps.NotDeleted = []model.Object{model.Attachment}
	if !first {
		k.Caps.NotDeleted = []model.Object{model.Message, model.Attachment}
	}
	k.Open = func(ctx context.Context, cfg map[string]string, v secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
		c, err := right(ctx, cfg, v, rt)
		if err != nil {
			return nil, err
		}
		w := &wholly{whole: c.(whole), first: first}
		if spoil != nil {
			spoil(w)
		}
		return w, nil
	}
	return k
}

func whollyRig(k connector.Kind) conform.Rig {
	r := rig(k)
	empty := r.Fake
	r.Fake = func(t testing.TB) http.Handler {
		h := empty(t)
		for i := range 3 {
			call(h, "POST", "agents", map[string]any{"name": fmt.Sprint("Agent ", i), "email": agentMail(i), "active": true, "role": "light"}, "X-Import", "true")
		}
		return h
	}
	r.Limited = fake(desk.Options{Missing: []string{"import"}})
	r.Loud = nil
	r.Prefilled = true
	r.Draft = whollyDraft
	r.Stranger = func(conform.Maker, model.Object) model.Draft {
		return model.Draft{Fields: map[string]any{"name": "Nobody", "email": "nobody@conform.example"}}
	}
	r.Bad = nil
	r.Field = model.Field{}
	return r
}

func agentMail(i int) string { return fmt.Sprintf("agent.%d@conform.example", i) }

func whollyDraft(m conform.Maker, o model.Object, i int) model.Draft {
	d := draft(m, o, i)
	switch o {
	case model.Agent:
		d.Fields["email"] = agentMail(i % 3)
	case model.Ticket:
		for j := range 3 {
			part := whollyDraft(m, model.Message, 1000+10*i+j)
			part.Fields["public"] = j != 1
			part.Links = slices.DeleteFunc(part.Links, func(l model.DraftLink) bool { return l.Field == "ticket" })
			d.Parts = append(d.Parts, part)
		}
		if m.First {
			d.Parts = d.Parts[:1]
		}
	case model.Message:
		d.Fields["body"] = fmt.Sprintf("<p>The message of %d</p>", i)
		for j := range i % 3 {
			part := draft(m, model.Attachment, 10*i+j)
			part.Links = nil
			d.Parts = append(d.Parts, part)
		}
	}
	return d
}

// Write writes a draft and then its parts, as one request would.
func (w *wholly) Write(ctx context.Context, batch []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(batch))
	for i, d := range batch {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent, Err: connector.NotSent(nil, "The desk")}
	}
	for i, d := range batch {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		o, err := w.one(ctx, d, files)
		if out[i] = o; err != nil {
			return out, err
		}
	}
	return out, nil
}

func (w *wholly) one(ctx context.Context, d model.Draft, files connector.Files) (connector.Outcome, error) {
	o := connector.Outcome{Mark: d.Mark, State: connector.Refused}
	switch {
	case d.Object == model.Agent:
		return w.agent(ctx, d)
	case d.Object == model.Attachment, d.Object == model.Message && !w.first:
		o.Err = problem.New(connector.CodeRefused, "It goes only with what it belongs to.", "It was not sent.", "Leave it out.").
			At(problem.Place{Object: string(d.Object), Record: d.Source.ID})
		return o, nil
	}
	return w.with(ctx, d, files)
}

// with writes a draft and its parts, and looks itself for one whose answer was lost.
func (w *wholly) with(ctx context.Context, d model.Draft, files connector.Files) (connector.Outcome, error) {
	if w.spoilBefore != nil {
		w.spoilBefore(&d)
	}
	plain, mark := d, d.Mark
	plain.Parts = nil
	if d.Object == model.Attachment || d.Object == model.Message {
		plain.Mark = ""
	}
	out, err := w.whole.Write(ctx, []model.Draft{plain}, files)
	o := out[0]
	o.Mark = mark
	key := o.Key
	if o.State == connector.Unknown && ctx.Err() == nil {
		time.Sleep(practice.Kind().Caps.FindLag) // in the bubble's time
		if d.Object == model.Message {
			at := slices.IndexFunc(d.Links, func(l model.DraftLink) bool { return l.Field == "ticket" })
			found, ferr := w.FindParts(ctx, d.Links[at].Target, []model.Draft{d})
			if ferr != nil {
				return o, ferr
			}
			key = found[mark].Key
		} else {
			found, ferr := w.Find(ctx, d.Object, []model.Mark{mark})
			if ferr != nil {
				return o, ferr
			}
			key = found[mark].Key
		}
	}
	if err != nil || key.ID == "" {
		return o, err
	}
	parents := map[model.Object]string{model.Ticket: "ticket", model.Message: "message"}
	for _, part := range d.Parts {
		part.Links = append(slices.Clone(part.Links), model.DraftLink{Field: parents[d.Object], Target: key})
		x, err := w.with(ctx, part, files)
		if err != nil {
			return o, err
		}
		if o.State == connector.Created {
			o.Parts = append(o.Parts, x)
		}
	}
	if w.spoilAfter != nil && o.State == connector.Created {
		w.spoilAfter(ctx, d, &o, w)
	}
	return o, nil
}

func (w *wholly) agent(ctx context.Context, d model.Draft) (connector.Outcome, error) {
	o := connector.Outcome{Mark: d.Mark, State: connector.Refused, Err: problem.New(connector.CodeNoRecord, "Nobody has that address.",
		"The person was not matched.", "Invite them, or choose a stand-in in the mapping.").At(problem.Place{Object: string(d.Object), Record: d.Source.ID})}
	err := w.Pages(ctx, model.Agent, "", func(p connector.Page) error {
		for _, r := range p.Records {
			if v, err := model.Values(r.Raw); err == nil && v["email"] == d.Fields["email"] {
				o = connector.Outcome{Mark: d.Mark, State: connector.Existed, Key: r.Key, Version: r.Version}
			}
		}
		return nil
	})
	return o, err
}

// FindParts compares the bodies of messages and the names of files.
func (w *wholly) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	for _, part := range parts {
		field := map[model.Object]string{model.Message: "body", model.Attachment: "name"}[part.Object]
		err := w.Pages(ctx, part.Object, "", func(p connector.Page) error {
			for _, r := range p.Records {
				v, err := model.Values(r.Raw)
				if err != nil {
					return err
				}
				if v[string(owner.Object)] == owner.ID && v[field] == part.Fields[field] {
					f := found[part.Mark]
					found[part.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: f.Copies + 1}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if w.spoilFound != nil {
		w.spoilFound(parts, found)
	}
	return found, nil
}

// Delete refuses what cannot be deleted by itself, and takes parts with their owners.
func (w *wholly) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, x := range what {
		if x.Key.Object == model.Attachment || x.Key.Object == model.Message && !w.first {
			out[i] = connector.Outcome{Key: x.Key, State: connector.Refused, Err: problem.New(connector.CodeRefused,
				"It cannot be deleted by itself.", "It stays as long as what it belongs to.", "Delete that.")}
			continue
		}
		if err := w.clear(ctx, x); err != nil {
			return out, err
		}
		one, err := w.whole.Delete(ctx, what[i:i+1])
		if out[i] = one[0]; err != nil {
			return out, err
		}
	}
	return out, nil
}

// clear deletes what hangs on a record, unless people changed the record.
func (w *wholly) clear(ctx context.Context, x connector.Doomed) error {
	child := map[model.Object]model.Object{model.Ticket: model.Message, model.Message: model.Attachment}[x.Key.Object]
	if child == "" {
		return nil
	}
	now, err := w.Read(ctx, x.Key.Object, []string{x.Key.ID})
	if err != nil || x.Version != "" && now[x.Key.ID].Version != x.Version {
		return err
	}
	var below []connector.Doomed
	err = w.Pages(ctx, child, "", func(p connector.Page) error {
		for _, r := range p.Records {
			var v map[string]any
			if err := json.Unmarshal(r.Raw, &v); err != nil {
				return err
			}
			if v[string(x.Key.Object)] == x.Key.ID {
				below = append(below, connector.Doomed{Key: r.Key})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, y := range below {
		if err := w.clear(ctx, y); err != nil {
			return err
		}
	}
	_, err = w.whole.Delete(ctx, below)
	return err
}
