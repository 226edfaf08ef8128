package rt

import (
	"context"
	"fmt"
	"net/http"
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

// Write creates records one by one. After a request without an answer, or one that
// concerns everything, it sends nothing more.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	var stop error
	for i, d := range drafts {
		if stop = c.one(ctx, d, files, &out[i]); stop != nil || out[i].State == connector.Unknown {
			break
		}
	}
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = wire.Unsent(stop, desk)
		}
	}
	return out, stop
}

// one writes one draft into its outcome; the error is what stops everything.
func (c *conn) one(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) error {
	if err := c.checked(ctx, d); err != nil {
		return refuse(out, err)
	}
	switch d.Object {
	case model.Group:
		return c.matchQueue(ctx, d, out)
	case model.Agent:
		return c.matchAgent(ctx, d, out)
	case model.Contact:
		return c.writeUser(ctx, d, out)
	case model.Ticket:
		return c.writeTicket(ctx, d, files, out)
	case model.Message:
		return c.writeLate(ctx, d, files, out)
	case Relation:
		return c.writeRelation(ctx, d, out)
	}
	return refuse(out, problem.New(connector.CodeRefused, "A file goes into Request Tracker only with the message that it belongs to.",
		"The message is there already, so the file has nothing to go with.",
		"Attach it by hand in Request Tracker, or leave it out.").At(where(d, "")))
}

func where(d model.Draft, field string) problem.Place {
	return problem.Place{Object: string(d.Object), Record: d.Source.ID, Field: field}
}

// refuse makes an outcome Refused, or stops everything where err is no problem of one record.
func refuse(out *connector.Outcome, err error) error {
	p := problem.From(err)
	if p.Where.Record == "" {
		return err
	}
	out.State, out.Err = connector.Refused, p
	return nil
}

// mostBytes are the lengths that RT cuts texts at without a word, in bytes.
var mostBytes = map[string]int{
	"Subject": 200, "Name": 200, "EmailAddress": 120, "RealName": 120, "NickName": 16, "Organization": 200, "WorkPhone": 30,
	"HomePhone": 30, "MobilePhone": 30, "Address1": 200, "Address2": 200, "City": 100, "State": 100, "Zip": 16, "Country": 50,
	"Lang": 16, "Timezone": 50,
}

// checked finds what RT would drop or cut without a word.
func (c *conn) checked(ctx context.Context, d model.Draft) error {
	if c.client == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	s, err := c.shape(ctx, d.Object)
	if err != nil {
		return err
	}
	if err := c.fit(d, s); err != nil {
		return err
	}
	for _, f := range s.Fields {
		if !f.Required || f.ReadOnly || f.Type == model.LinkType || d.Object == model.Group || d.Object == model.Agent {
			continue
		}
		if v := d.Fields[f.Name]; v == nil || v == "" {
			return required(d, f)
		}
	}
	return nil
}

// fit finds fields that RT does not have, or values that do not fit them.
func (c *conn) fit(d model.Draft, s model.ObjectSchema) error {
	for name, v := range d.Fields {
		f, ok := s.Field(name)
		if !ok || f.ReadOnly {
			return problem.New(connector.CodeUnknownField, fmt.Sprintf("Request Tracker has no field %q that can be written.", name),
				"The record is not in the desk.", "Create the field in Request Tracker, or leave it out in the mapping.").At(where(d, name))
		}
		for _, text := range texts(v) {
			if !utf8.ValidString(text) || name != "Content" && strings.ContainsRune(text, 0) { // only messages keep a NUL
				return problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are not text.", title(f)),
					"Sending it would silently change it, so the record was not sent.",
					"Repair the characters in Clean, or choose the right encoding of the source.").At(where(d, name))
			}
			if most := mostBytes[name]; most > 0 && len(text) > most && d.Object != model.Group && d.Object != model.Agent {
				return problem.New(connector.CodeTooLong, fmt.Sprintf("%q is too long: %d bytes, and %d are kept.", title(f), len(text), most),
					"Request Tracker would cut it without a word, so the record was not sent.",
					"Shorten it with a formula in the mapping, or move the rest into another field.").At(where(d, name))
			}
		}
		if len(f.Options) > 0 {
			if err := option(d, f, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func required(d model.Draft, f model.Field) *problem.Problem {
	return problem.New(connector.CodeRequired, fmt.Sprintf("%q is empty, and Request Tracker requires it.", title(f)),
		"The record is not in the desk, and neither is what depends on it.",
		"Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping.").At(where(d, f.Name))
}

// option refuses a value that is not in the list: RT would take it, and show it nowhere.
func option(d model.Draft, f model.Field, v any) error {
	for _, text := range texts(v) {
		ok := text == ""
		for _, o := range f.Options {
			ok = ok || o.Value == text
		}
		if !ok {
			p := where(d, f.Name)
			p.Value = text
			return problem.New(connector.CodeInvalid, fmt.Sprintf("%q does not accept %q: it is not in the list.", title(f), text),
				"The record is not in the desk, and neither is what depends on it.",
				"Map it to a value that Request Tracker has, or add it there.").At(p)
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

func texts(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []string:
		return x
	}
	return nil
}

// value as RT takes it.
func value(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05")
	case model.Day:
		return string(x)
	case bool:
		if x {
			return 1
		}
		return 0
	}
	return v
}

// body makes the JSON of a draft's fields: custom fields by their numbers.
func body(d model.Draft) map[string]any {
	m, custom := map[string]any{}, map[string]any{}
	for name, v := range d.Fields {
		if v == nil {
			continue
		}
		if id, ok := strings.CutPrefix(name, "cf_"); ok {
			custom[id] = value(v)
			continue
		}
		m[name] = value(v)
	}
	if len(custom) > 0 {
		m["CustomFields"] = custom
	}
	return m
}

// refusals are the statuses by which RT says no to one record.
var refusals = []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}

// send makes one writing call, and puts what is not a success into the outcome.
func (c *conn) send(ctx context.Context, method, path string, m any, d model.Draft, out *connector.Outcome) (wire.Sent, error) {
	b, err := wire.JSON(m)
	if err != nil {
		return wire.Sent{}, err
	}
	return c.sendBody(ctx, method, path, b, d, out)
}

func (c *conn) sendBody(ctx context.Context, method, path string, b *wire.Body, d model.Draft, out *connector.Outcome) (wire.Sent, error) {
	s := c.client.Write(ctx, method, path, b, nil, refusals...)
	switch s.State {
	case connector.Created:
	case connector.Refused:
		out.State, out.Err = connector.Refused, refusal(said(s.Body), d)
	default:
		out.State, out.Err = s.State, s.Err
	}
	return s, s.Stop
}

// refusal says in words why RT did not take a record.
func refusal(words string, d model.Draft) *problem.Problem {
	low := strings.ToLower(words)
	code, field := connector.CodeRefused, ""
	next := "Correct the value in the source or in the mapping, then retry the record."
	switch {
	case strings.Contains(low, "email address in use"), strings.Contains(low, "name in use"):
		code, field = connector.CodeTaken, "EmailAddress"
		if strings.Contains(low, "name in use") {
			field = "Name"
		}
		next = "Merge the two records in Clean, or change one of the values."
	case strings.Contains(low, "email address"):
		code, field = connector.CodeInvalid, "EmailAddress"
	case strings.Contains(low, "status"):
		code, field = connector.CodeInvalid, "Status"
	case strings.Contains(low, "queue"):
		code, field = connector.CodeNoRecord, "Queue"
	}
	p := where(d, field)
	if s, ok := d.Fields[field].(string); ok {
		p.Value = s
	}
	return problem.Wrap(fmt.Errorf("%s", words), code, "Request Tracker did not take the record: "+strings.TrimSuffix(words, ".")+".",
		"The record is not in the desk, and neither is what depends on it.", next).At(p)
}

// writeUser creates a customer. RT takes no two of one address: who is there is found.
func (c *conn) writeUser(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	m := body(d)
	address, _ := m["EmailAddress"].(string)
	name, _ := m["Name"].(string)
	if name == "" {
		if name = address; name == "" {
			name = "waybill-" + d.Source.ID
		}
		m["Name"] = name
	}
	m["Privileged"] = 0
	m["FreeformContactInfo"], m["Gecos"] = linkOf(d.Mark), shortMark(d.Mark)
	s, stop := c.send(ctx, http.MethodPost, "user", m, d, out)
	switch s.State {
	case connector.Created:
		key := gjson.GetBytes(s.Body, "id").String()
		return c.readBack(ctx, model.Key{Object: model.Contact, ID: key}, out, connector.Created)
	case connector.Refused:
		// Somebody of that address is there already: that is who is meant.
		if out.Err.Code != connector.CodeTaken || out.Err.Where.Field != "EmailAddress" || address == "" {
			return nil
		}
		items, err := c.all(ctx, "users", anyOf("EmailAddress", []string{address}), "id,Name,EmailAddress", disabled)
		if err != nil {
			return err
		}
		for _, x := range items {
			if strings.EqualFold(x.Get("EmailAddress").Str, address) {
				return c.readBack(ctx, model.Key{Object: model.Contact, ID: x.Get("Name").Str}, out, connector.Existed)
			}
		}
		return nil
	}
	return stop
}

// readBack gives an outcome the version of a record that was just written. Where it cannot
// be read the outcome is told all the same, without one.
func (c *conn) readBack(ctx context.Context, k model.Key, out *connector.Outcome, state connector.State) error {
	out.State, out.Key, out.Err = state, k, nil
	objects := []model.Object{k.Object}
	if k.Object == model.Contact && state == connector.Existed {
		objects = append(objects, model.Agent)
	}
	for _, o := range objects {
		got, err := c.Read(ctx, o, []string{k.ID})
		if err != nil {
			return ctx.Err()
		}
		if r, ok := got[k.ID]; ok {
			out.Version, out.Key = r.Version, r.Key
			if state == connector.Existed {
				out.Key = k
			}
		}
	}
	return nil
}

// matchQueue finds a queue by its name.
func (c *conn) matchQueue(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	name, _ := d.Fields["Name"].(string)
	items, err := c.all(ctx, "queues", search(condition{Field: "id", Operator: ">", Value: 0}), collections[model.Group].fields, disabled)
	if err != nil {
		return err
	}
	for _, x := range items {
		if strings.EqualFold(strings.TrimSpace(x.Get("Name").Str), strings.TrimSpace(name)) && name != "" {
			r := plainRecord(x, model.Group)
			out.State, out.Key, out.Version = connector.Existed, r.Key, r.Version
			return nil
		}
	}
	return refuse(out, problem.New(connector.CodeNoRecord, fmt.Sprintf("Request Tracker has no queue called %q.", name),
		"Queues are not made by Waybill, because their rights and addresses are for you to decide.",
		"Make the queue under Admin, Queues, or choose another one in the mapping.").At(where(d, "Name")))
}

// matchAgent finds somebody of the staff by address, then by name.
func (c *conn) matchAgent(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	for _, by := range []string{"EmailAddress", "Name", "RealName"} {
		v, _ := d.Fields[by].(string)
		if v == "" {
			continue
		}
		items, err := c.all(ctx, "users", anyOf(by, []string{v}), "id,Name,EmailAddress,RealName", disabled)
		if err != nil {
			return err
		}
		for _, x := range items {
			if !strings.EqualFold(x.Get(by).Str, v) {
				continue
			}
			r, ok, err := c.user(ctx, model.Agent, x.Get("Name").Str)
			if err != nil {
				return err
			}
			if ok {
				out.State, out.Key, out.Version = connector.Existed, r.Key, r.Version
				return nil
			}
		}
	}
	who, _ := d.Fields["EmailAddress"].(string)
	return refuse(out, problem.New(connector.CodeNoRecord, fmt.Sprintf("Nobody of the staff of Request Tracker has the address %q.", who),
		"People of the staff are not made by Waybill: their passwords and rights are for you to decide.",
		"Add this person under Admin, Users, or choose a stand-in in the mapping.").At(where(d, "EmailAddress")))
}

// numbers gives the numbers of users by their names; names that are not there are left out.
func (c *conn) numbers(ctx context.Context, list []string) (map[string]string, error) {
	out := map[string]string{}
	if len(list) == 0 {
		return out, nil
	}
	items, err := c.all(ctx, "users", anyOf("Name", list), "id,Name", disabled)
	if err != nil {
		return nil, err
	}
	for _, x := range items {
		out[x.Get("Name").Str] = x.Get("id").String()
	}
	return out, nil
}

// writeRelation links two tickets.
func (c *conn) writeRelation(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	kind, _ := d.Fields["Type"].(string)
	from, to := target(d, "Ticket"), target(d, "To")
	for name, id := range map[string]string{"Ticket": from, "To": to} {
		if !isID(id) {
			return refuse(out, required(d, model.Field{Name: name}))
		}
	}
	s, stop := c.send(ctx, http.MethodPut, "ticket/"+from, map[string]any{"Add" + kind: []string{to}}, d, out)
	if s.State != connector.Created {
		if out.State == connector.Refused {
			out.Err.Code, out.Err.Where.Field = connector.CodeNoRecord, "Ticket"
		}
		return stop
	}
	id := from + "-" + kind + "-" + to
	got, err := c.Read(ctx, Relation, []string{id})
	if err != nil {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	if _, ok := got[id]; !ok {
		return refuse(out, problem.New(connector.CodeNoRecord, "Request Tracker did not link the tickets "+from+" and "+to+": "+firstWords(s.Body),
			"One of the two may not be there, or the link would close a circle.", "Look at the two tickets in Request Tracker.").At(where(d, "To")))
	}
	out.State, out.Key, out.Version = connector.Created, model.Key{Object: Relation, ID: id}, unchanging
	return nil
}

func firstWords(b []byte) string {
	for _, x := range gjson.ParseBytes(b).Array() {
		return strings.TrimSuffix(x.String(), ".") + "."
	}
	return "it did not say why."
}

func target(d model.Draft, field string) string {
	for _, l := range d.Links {
		if l.Field == field {
			return l.Target.ID
		}
	}
	return ""
}

func num(v any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(v), 10, 64) // anything else counts as nothing
	return n
}
