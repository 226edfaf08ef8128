package front

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Write creates records, one after another: Front takes one with each request. What was
// imported exists a little later, so the look-ups come last, once for the whole batch.
// After a request without an answer nothing more is sent.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	if len(drafts) == 0 {
		return out, nil
	}
	w := &writer{conn: c, files: files, out: out}
	var err error
	if w.setup, err = c.prepared(ctx); err == nil {
		err = w.all(ctx, drafts)
	} else {
		err = c.gone(err)
	}
	return wire.LeftUnsent(out, err, desk), err
}

// writer is one batch on its way.
type writer struct {
	*conn
	setup *setup
	files connector.Files
	out   []connector.Outcome
	// accepted are imports whose message does not exist yet.
	accepted []accepted
	// joins are contacts that are to be added to accounts, when all are there.
	joins map[string][]string
	// adopted: an import was found that had been made before, which says nothing of how long
	// one takes.
	adopted bool
	// doubt: a request had no answer, so nothing more is sent.
	doubt bool
}

func (w *writer) all(ctx context.Context, drafts []model.Draft) error {
	var stop error
	for i, d := range drafts {
		if stop = ctx.Err(); stop != nil || w.doubt {
			break
		}
		if stop = w.one(ctx, d, &w.out[i]); stop != nil {
			break
		}
	}
	// What was accepted is followed up, whatever stopped the rest.
	if err := w.followUp(ctx); stop == nil {
		stop = err
	}
	if err := w.join(ctx); stop == nil {
		stop = err
	}
	return stop
}

// one writes one draft. The error stops the batch.
func (w *writer) one(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if p := unknownFields(d, w.shape(d.Object)); p != nil {
		return refuse(d, o, p)
	}
	switch d.Object {
	case model.Ticket:
		return w.ticket(ctx, d, o)
	case model.Message:
		return w.message(ctx, d, o)
	case model.Contact:
		return w.contact(ctx, d, o)
	case model.Agent, model.Group:
		return w.match(d, o)
	case model.Organization:
		return w.account(ctx, d, o)
	case model.Tag:
		return w.tag(ctx, d, o)
	case model.Macro, model.Category, model.Article, model.Translation:
		return w.text(ctx, d, o)
	case model.Attachment:
		return refuse(d, o, problem.New(connector.CodeRefused, "Front takes a file only together with the message that it belongs to.",
			"That message is in Front already, so the file cannot be added any more.", "Take the conversation back and move it again, or keep the file in the archive."))
	}
	return refuse(d, o, problem.New(connector.CodeRefused, fmt.Sprintf("Front has no place for a %s.", d.Object),
		notThere, "Leave this object out of the mapping."))
}

// notThere is what a refused record means.
const notThere = "The record is not in Front, and neither is what depends on it."

// refuse notes that a draft was not taken, with its place.
func refuse(d model.Draft, o *connector.Outcome, p *problem.Problem) error {
	w := p.Where
	w.Object, w.Record = string(d.Object), d.Source.ID
	o.State, o.Err = connector.Refused, p.At(w)
	return nil
}

// take notes what became of a request that creates; x is Front's answer.
func (w *writer) take(d model.Draft, o *connector.Outcome, r wire.Sent) (x gjson.Result, ok bool, stop error) {
	switch r.State {
	case connector.Created:
		x = gjson.ParseBytes(r.Body)
		o.State, o.Err = connector.Created, nil
		o.Key = model.Key{Object: d.Object, ID: x.Get("id").String()}
		o.Version = versionOf(d.Object, x)
		return x, true, nil
	case connector.Refused:
		return x, false, refuse(d, o, refusal(r.Answer))
	case connector.Unknown:
		w.doubt = true
	}
	o.State, o.Err = r.State, r.Err
	return x, false, r.Stop
}

// refusal says in words why Front did not take a draft. Front names the field in its
// details: "body.to: missing".
func refusal(a wire.Answer) *problem.Problem {
	message, details := said(a.Body)
	words := message
	field := ""
	if len(details) > 0 {
		words = strings.Join(details, "; ")
		field, _, _ = strings.Cut(strings.TrimPrefix(details[0], "body."), ":")
	}
	cause := fmt.Errorf("status %d: %s", a.Status, words)
	if name, ok := fieldNames[field]; ok {
		field = name
	}
	place := problem.Place{Field: field}
	switch {
	case survivor(a) != "":
		return noConversation(cause)
	case a.Status == http.StatusRequestEntityTooLarge:
		return tooLarge(cause)
	case a.Status == http.StatusConflict:
		return problem.Wrap(cause, connector.CodeTaken, "Something like it is in Front already: "+words+".", notThere,
			"Look at the record in Front. Merge the two, or change one of the values.").At(place)
	case strings.Contains(words, "not found") || a.Status == http.StatusNotFound:
		return problem.Wrap(cause, connector.CodeNoRecord, "It points to something that is not in Front: "+words+".", notThere,
			"See why that record did not arrive, then retry this one.").At(place)
	case strings.Contains(words, "missing"):
		return problem.Wrap(cause, connector.CodeRequired, fmt.Sprintf("%q is empty, and Front requires it.", field), notThere,
			"Fill it in the source, or give the field a fixed value in the mapping.").At(place)
	case strings.Contains(words, "unexpected") || strings.Contains(words, "unknown custom field"):
		return problem.Wrap(cause, connector.CodeUnknownField, fmt.Sprintf("Front has no field %q.", field), notThere,
			"Make the field in Front's settings, or leave it out in the mapping.").At(place)
	}
	if words == "" {
		words = "without saying why"
	}
	return problem.Wrap(cause, connector.CodeInvalid, "Front refused the record: "+strings.TrimSuffix(words, ".")+".", notThere,
		"Correct the value in the source, or map it to one that Front accepts.").At(place)
}

// fieldNames turns Front's words for what is sent into the fields of the shape.
var fieldNames = map[string]string{
	"sender.handle": "from", "sender.author_id": "author_id", "sender.name": "from_name", "metadata.is_inbound": "is_inbound",
	"subject": "subject", "handles": "email", "parent_tag_id": "parent_tag_id",
}

func tooLarge(cause error) *problem.Problem {
	return problem.Wrap(cause, connector.CodeTooLarge, "The files of this message together are larger than the 25 MB that Front takes.",
		"This file is not in Front; the message and the files before it are.",
		"Keep the file in the archive, or put it elsewhere and a link into the message.").At(problem.Place{Field: "content"})
}

// shape gives the fields of an object that decide how a value is written.
func (w *writer) shape(o model.Object) []model.Field {
	switch o {
	case model.Ticket:
		return w.ticketShape(w.setup).Fields
	case model.Contact:
		return w.custom(w.setup, "contacts")
	case model.Organization:
		return w.custom(w.setup, "accounts")
	}
	return nil
}

// known are the fields that each object takes, beside custom ones.
var known = map[model.Object][]string{
	model.Ticket:       {"subject", "status", "status_id", "tag_names", "link_urls", "created_at", "updated_at"},
	model.Message:      {"private", "created_at", "is_inbound", "type", "subject", "body", "from", "from_name", "to", "cc", "bcc"},
	model.Attachment:   {"filename", "content_type", "content"},
	model.Contact:      {"name", "email", "phone", "other_handles", "description", "links", "list_names"},
	model.Organization: {"name", "description", "domains"},
	model.Agent:        {"name", "email"},
	model.Group:        {"name"},
	model.Tag:          {"name", "highlight"},
	model.Macro:        {"name", "subject", "body"},
	model.Category:     {"name", "description"},
	model.Article:      {"name", "content", "status", "locale"},
	model.Translation:  {"name", "content", "status", "locale"},
}

// unknownFields refuses values of fields that Front does not have, and texts that are none:
// Front would drop the first and spoil the others.
func unknownFields(d model.Draft, shape []model.Field) *problem.Problem {
	names := make([]string, 0, len(d.Fields))
	for name := range d.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.IndexFunc(shape, func(f model.Field) bool { return f.Name == name })
		if i < 0 && !slices.Contains(known[d.Object], name) {
			return problem.New(connector.CodeUnknownField, fmt.Sprintf("Front has no field %q.", name), notThere,
				"Make the field in Front's settings, or leave it out in the mapping.").At(problem.Place{Field: name})
		}
		v := d.Fields[name]
		if s, ok := v.(string); ok && !utf8.ValidString(s) {
			return problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are no text.", name), notThere,
				"Correct the value in the source, or say in which encoding it is.").At(problem.Place{Field: name})
		}
		if i >= 0 && shape[i].Type == model.Option {
			if s := model.Plain(v); s != "" && !slices.ContainsFunc(shape[i].Options, func(c model.Choice) bool { return c.Value == s }) {
				return problem.New(connector.CodeInvalid, fmt.Sprintf("%q does not accept %q: it is none of its options.", title(shape[i]), s), notThere,
					"Add the option in Front's settings, or map the value to one that is there.").At(problem.Place{Field: name, Value: s})
			}
		}
	}
	return nil
}

func title(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// required refuses a draft whose field is empty.
func required(d model.Draft, name string) *problem.Problem {
	if model.Plain(d.Fields[name]) != "" {
		return nil
	}
	return problem.New(connector.CodeRequired, fmt.Sprintf("%q is empty, and Front requires it.", name), notThere,
		"Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping.").At(problem.Place{Field: name})
}

// words reads a text of a draft.
func words(d model.Draft, name string) string { return model.Plain(d.Fields[name]) }

// list reads a list of a draft; a single text is a list of one.
func list(d model.Draft, name string) []string {
	switch v := d.Fields[name].(type) {
	case []string:
		return v
	case string:
		if v != "" {
			return []string{v}
		}
	}
	return []string{}
}

// target is what a draft's link leads to.
func target(d model.Draft, name string) model.Key {
	for _, l := range d.Links {
		if l.Field == name {
			return l.Target
		}
	}
	return model.Key{}
}

// customOf gives the values of a draft's custom fields, as Front wants each type.
func customOf(d model.Draft, fields []model.Field) (map[string]any, *problem.Problem) {
	out := map[string]any{}
	for _, f := range fields {
		v, given := d.Fields[f.Name]
		name, ok := strings.CutPrefix(f.Name, customs)
		if !given || !ok || f.ReadOnly {
			continue
		}
		x, err := valueOf(f, v)
		if err != nil {
			return nil, problem.Wrap(err, connector.CodeInvalid, fmt.Sprintf("%q does not accept %q.", title(f), model.Plain(v)), notThere,
				"Correct the value in the source, or map it to one that Front accepts.").At(problem.Place{Field: f.Name, Value: model.Plain(v)})
		}
		out[name] = x
	}
	return out, nil
}

func valueOf(f model.Field, v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // nothing empties the field
	}
	switch f.Type {
	case model.DateTime:
		switch t := v.(type) {
		case time.Time:
			return float64(t.UnixMilli()) / 1000, nil
		case model.Day:
			at, err := time.Parse(time.DateOnly, string(t))
			return at.Unix(), err
		}
		return nil, fmt.Errorf("not a moment: %v", v)
	case model.Number:
		return strconv.ParseFloat(model.Plain(v), 64)
	case model.Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return strconv.ParseBool(model.Plain(v))
	}
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format(time.RFC3339), nil
	}
	return model.Plain(v), nil
}
