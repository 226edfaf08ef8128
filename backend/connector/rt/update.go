package rt

import (
	"context"
	"fmt"
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

// Update changes tickets and customers one by one, each after a look whether people changed
// it: REST has no conditional changes. It cannot be silent: RT mails a ticket's new owner,
// and its requestors when it is resolved (Caps.QuietUpdates).
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
	}
	for i, e := range edits {
		if stop := c.change(ctx, e, &out[i]); stop != nil || out[i].State == connector.Unknown {
			return wire.LeftUnsent(out, stop, desk), stop
		}
	}
	return out, nil
}

// settled are fields that RT takes when a record is created, and never again.
var settled = []string{"Created", "Creator", "Name"}

func (c *conn) change(ctx context.Context, e connector.Edit, out *connector.Outcome) error {
	d := e.Draft
	d.Object = e.Key.Object
	if d.Source.ID == "" {
		d.Source = e.Key
	}
	if e.Key.Object != model.Ticket && e.Key.Object != model.Contact || d.File != nil {
		return refuse(out, problem.New(connector.CodeRefused, "Request Tracker lets no program change this kind of record.",
			"It stays as it is.", "Change it in Request Tracker by hand.").At(where(d, "")))
	}
	if err := c.changed(ctx, d); err != nil {
		return refuse(out, err)
	}
	got, err := c.Read(ctx, e.Key.Object, []string{e.Key.ID})
	if err != nil {
		return err
	}
	r, ok := got[e.Key.ID]
	if !ok {
		return refuse(out, problem.New(connector.CodeNoRecord, "The record that was to be changed is not in Request Tracker any more.",
			"Somebody deleted it or merged it into another one, so the change has nowhere to go.",
			"Look in Request Tracker what became of it. If it is to be there, move it again.").At(where(d, "")))
	}
	if e.Version != "" && r.Version != e.Version {
		out.State, out.Version = connector.Touched, r.Version
		out.Err = problem.New(connector.CodeChanged, "People changed this record in Request Tracker since it was moved.",
			"It was left as it is.", "Decide which of the two is kept: Request Tracker's or the source's.").At(where(d, ""))
		return nil
	}
	m := c.edit(d)
	if err := c.editPeople(ctx, d, r, m); err != nil {
		return refuse(out, err)
	}
	path := "ticket/" + e.Key.ID
	if e.Key.Object == model.Contact {
		path = "user/" + e.Key.ID
	}
	s, stop := c.send(ctx, http.MethodPut, path, m, d, out)
	if s.State != connector.Created {
		return stop
	}
	got, err = c.Read(ctx, e.Key.Object, []string{e.Key.ID})
	now, there := got[e.Key.ID]
	if err != nil || !there {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	out.State, out.Version, out.Err = connector.Updated, now.Version, nil
	if name := untaken(d, now); name != "" {
		out.State, out.Version, out.Err = connector.Refused, e.Version, refusal(words(s.Body), d)
		if out.Err.Where.Field == "" {
			out.Err = problem.New(connector.CodeRefused, fmt.Sprintf("Request Tracker did not change %q: %s", name, words(s.Body)),
				"", "Look at the rights of the token's user, and whether the value is allowed in this queue.").At(where(d, name))
		}
		out.Err.Why = "It answers that all is well, but the record has not the new value."
	}
	return nil
}

// changed finds what RT would not change, or change into something else, without a word.
func (c *conn) changed(ctx context.Context, d model.Draft) error {
	s, err := c.shape(ctx, d.Object)
	if err != nil {
		return err
	}
	for _, name := range settled {
		_, field := d.Fields[name]
		linked := slices.ContainsFunc(d.Links, func(l model.DraftLink) bool { return l.Field == name })
		if field || linked {
			return problem.New(connector.CodeRefused, fmt.Sprintf("Request Tracker sets %q once, when a record is created.", name),
				"The record stays as it is.", "Leave this field out of the changes.").At(where(d, name))
		}
	}
	for _, name := range []string{"Status", "Subject"} {
		if v, ok := d.Fields[name]; ok && (v == nil || v == "") && name == "Status" {
			f, _ := s.Field(name)
			return required(d, f)
		}
	}
	if slices.ContainsFunc(d.Links, func(l model.DraftLink) bool { return l.Field == "Queue" && !isID(l.Target.ID) }) {
		return required(d, model.Field{Name: "Queue"})
	}
	return c.fit(d, s)
}

// edit makes the JSON of a change; nothing empties a field.
func (c *conn) edit(d model.Draft) map[string]any {
	m := body(d)
	s := fixed()
	shape, _ := s.Object(d.Object)
	for name, v := range d.Fields {
		if v != nil {
			continue
		}
		f, _ := shape.Field(name)
		switch {
		case strings.HasPrefix(name, "cf_"):
			custom, _ := m["CustomFields"].(map[string]any)
			if custom == nil {
				custom = map[string]any{}
				m["CustomFields"] = custom
			}
			custom[strings.TrimPrefix(name, "cf_")] = []string{}
		case f.Type == model.Integer:
			m[name] = 0
		case f.Type == model.DateTime:
			m[name] = "1970-01-01 00:00:00" // how RT keeps a time that is not set
		case f.Type == model.Tags:
			m[name] = []string{}
		default:
			m[name] = ""
		}
	}
	return m
}

// editPeople adds the links that change. All requestors are one list, so those who stay
// are sent along.
func (c *conn) editPeople(ctx context.Context, d model.Draft, now model.Record, m map[string]any) error {
	var ask []string
	for _, l := range d.Links {
		if l.Field != "Queue" && l.Target.ID != "" && !slices.Contains(ask, l.Target.ID) {
			ask = append(ask, l.Target.ID)
		}
	}
	number, err := c.numbers(ctx, ask)
	if err != nil {
		return err
	}
	x := gjson.ParseBytes(now.Raw)
	first, list := x.Get("Requestor").Str, m["Requestor"] != nil
	for _, l := range d.Links {
		id, ok := number[l.Target.ID]
		if !ok && l.Target.ID != "" && l.Field != "Queue" {
			return problem.New(connector.CodeNoRecord, fmt.Sprintf("%q points to somebody who is not in Request Tracker.", l.Field),
				"The record stays as it is.", "See why that person did not arrive, then retry this one.").At(where(d, l.Field))
		}
		switch l.Field {
		case "Queue":
			m["Queue"] = l.Target.ID
		case "Owner":
			m["Owner"] = nobody
			if l.Target.ID != "" {
				m["Owner"] = l.Target.ID
			}
		case "Requestor":
			first, list = id, true
		}
	}
	further, also := m["FurtherRequestors"].([]string)
	delete(m, "FurtherRequestors")
	if !list && !also {
		return nil
	}
	if !also {
		for _, y := range x.Get("FurtherRequestors").Array() {
			further = append(further, y.Str)
		}
	}
	all := []string{}
	if first != "" {
		all = append(all, first)
	}
	m["Requestor"] = append(all, further...)
	return nil
}

// untaken names a field that has not the value that was asked for; empty: all have.
func untaken(d model.Draft, r model.Record) string {
	x := gjson.ParseBytes(r.Raw)
	for _, name := range model.Names(d.Fields) {
		if !sameValue(d.Fields[name], x.Get(gjson.Escape(name))) {
			return name
		}
	}
	for _, l := range d.Links {
		have := ""
		for _, y := range r.Links {
			if y.Role == l.Field && len(y.To) > 0 {
				have = y.To[0].Value
			}
		}
		if !strings.EqualFold(have, l.Target.ID) {
			return l.Field
		}
	}
	return ""
}

// sameValue compares what was asked for with what a record has. RT trims texts and ends
// lines in its own way.
func sameValue(want any, have gjson.Result) bool {
	switch w := want.(type) {
	case nil:
		return have.String() == "" || have.String() == "0" || have.IsArray() && len(have.Array()) == 0
	case time.Time:
		return have.Str == w.UTC().Format("2006-01-02T15:04:05Z")
	case []string:
		var list []string
		for _, y := range have.Array() {
			list = append(list, y.String())
		}
		return slices.Equal(slices.Compact(slices.Sorted(slices.Values(lower(w)))), slices.Compact(slices.Sorted(slices.Values(lower(list)))))
	case bool:
		return have.Bool() == w || have.String() == fmt.Sprint(value(w))
	}
	a, b := strings.Fields(fmt.Sprint(value(want))), strings.Fields(have.String())
	return slices.Equal(a, b) || len(a) == 1 && a[0] == "0" && len(b) == 0
}

// words are what RT says of each thing that it was asked to change.
func words(b []byte) string {
	var out []string
	for _, x := range gjson.ParseBytes(b).Array() {
		out = append(out, strings.TrimSuffix(x.String(), ".")+".")
	}
	if len(out) == 0 {
		return "it did not say why."
	}
	return strings.Join(out, " ")
}

// fieldKinds are RT's types of custom fields for ours, with how many values each holds (0: any number).
var fieldKinds = map[model.Type]struct {
	kind string
	most int
}{
	model.Text: {"Freeform", 1}, model.LongText: {"Text", 1}, model.HTML: {"HTML", 1}, model.Option: {"Select", 1}, model.Options: {"Select", 0},
	model.Tags: {"Freeform", 0}, model.Date: {"Date", 1}, model.DateTime: {"DateTime", 1}, model.Integer: {"Freeform", 1}, model.Number: {"Freeform", 1},
	model.Bool: {"Freeform", 1}, model.Email: {"Freeform", 1}, model.Phone: {"Freeform", 1}, model.URL: {"Freeform", 1},
}

// CreateField adds a custom field to the tickets of all queues. RT numbers its fields, so the
// new one is known by its title, and its name is read with the next Schema.
func (c *conn) CreateField(ctx context.Context, o model.Object, f model.Field) error {
	at := problem.Place{Object: string(o), Field: f.Name}
	kind, ok := fieldKinds[f.Type]
	if o != model.Ticket || !ok {
		return problem.New(connector.CodeRefused, "Through its interface, Request Tracker makes custom fields for tickets only, and none of every type.",
			"A field of users or articles has to be applied by hand before it counts.", "Make it under “Admin”, “Custom Fields”, or map to a field that is there.").At(at)
	}
	known, err := c.customFields(ctx, true)
	if err != nil {
		return err
	}
	name := f.Title
	if name == "" {
		name = f.Name
	}
	for _, x := range known {
		if x.of == o && strings.EqualFold(x.field.Title, name) {
			return problem.New(connector.CodeTaken, fmt.Sprintf("Request Tracker has a custom field “%s” already.", name),
				"A second one of that name could not be told from it.", "Map to the field that is there.").At(at)
		}
	}
	// A queue of the number 0 stands for all of them (RT::CustomField, Create).
	id, err := c.make(ctx, "customfield", map[string]any{"Name": name, "Type": kind.kind, "MaxValues": kind.most, "Queue": 0, "Description": f.Help})
	if err != nil {
		return err
	}
	for _, o := range f.Options {
		if _, err := c.make(ctx, "customfield/"+id+"/value", map[string]any{"Name": o.Value}); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fields = nil
	return nil
}

// make creates a piece of configuration and gives its number.
func (c *conn) make(ctx context.Context, path string, m map[string]any) (string, error) {
	b, err := wire.JSON(m)
	if err != nil {
		return "", err
	}
	a, err := c.client.Do(ctx, http.MethodPost, path, b)
	return gjson.GetBytes(a.Body, "id").String(), err
}

// CreateOption adds a value to a custom field of the kind “Select”.
func (c *conn) CreateOption(ctx context.Context, o model.Object, field string, x model.Choice) error {
	s, err := c.shape(ctx, o)
	if err != nil {
		return err
	}
	f, ok := s.Field(field)
	id := strings.TrimPrefix(field, "cf_")
	if !ok || !f.Custom || !isID(id) || f.Type != model.Option && f.Type != model.Options {
		return problem.New(connector.CodeUnknownField, "Request Tracker has no custom field “"+field+"” with a list of values.",
			"The value was not added. The values of fields that are its own are part of its configuration.",
			"Add it there by hand, or map to a value that is there.").At(problem.Place{Object: string(o), Field: field})
	}
	if slices.ContainsFunc(f.Options, func(y model.Choice) bool { return y.Value == x.Value }) {
		return nil
	}
	_, err = c.make(ctx, "customfield/"+url.PathEscape(id)+"/value", map[string]any{"Name": x.Value})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fields = nil
	return err
}
