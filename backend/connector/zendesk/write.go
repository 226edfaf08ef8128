package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Write creates up to a hundred records of one object with each job. After a request
// without an answer it sends nothing more.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	for from := 0; from < len(drafts); {
		to := from
		for to < len(drafts) && to-from < batch && drafts[to].Object == drafts[from].Object {
			to++
		}
		goOn, err := c.write(ctx, drafts[from:to], files, out[from:to])
		if err != nil || !goOn {
			return wire.LeftUnsent(out, err, desk), err
		}
		from = to
	}
	return out, nil
}

// write creates records of one object. goOn is false when nothing more may be sent now.
func (c *conn) write(ctx context.Context, drafts []model.Draft, files connector.Files, out []connector.Outcome) (goOn bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	o := drafts[0].Object
	switch o {
	case model.Agent:
		return true, c.match(ctx, drafts, out)
	case model.Message, model.Attachment:
		for i, d := range drafts {
			refused(&out[i], d, alone(d))
		}
		return true, nil
	}
	shape, err := c.fieldsOf(ctx, o)
	if err != nil {
		return false, err
	}
	w := writing{c: c, shape: shape, files: files, drafts: drafts, out: out}
	for i, d := range drafts {
		p := missing(shape, d)
		var body map[string]any
		if p == nil {
			body, p = encode(shape, d, false)
		}
		if p != nil {
			refused(&out[i], d, p)
			continue
		}
		w.send = append(w.send, row{at: i, body: body})
	}
	if len(w.send) == 0 {
		return true, nil
	}
	switch o {
	case model.Organization:
		for _, r := range w.send {
			r.body["external_id"] = string(drafts[r.at].Mark)
		}
		return w.many(ctx, "organizations/create_many", "organizations", nil, w.send)
	case model.Contact:
		for _, r := range w.send {
			// Without this each new person gets a mail that asks to verify the address.
			r.body["external_id"], r.body["skip_verify_email"], r.body["role"] = string(drafts[r.at].Mark), true, "end-user"
		}
		return w.contacts(ctx)
	case model.Ticket:
		return w.tickets(ctx)
	}
	return w.each(ctx)
}

// row is a draft that is ready to be sent.
type row struct {
	at   int // its place among the drafts
	body map[string]any
	// tokens of uploads and numbers of files, by message.
	tokens, files [][]string
	// order in which the messages are sent.
	order []int
}

// writing is one call's work.
type writing struct {
	c      *conn
	shape  model.ObjectSchema
	files  connector.Files
	drafts []model.Draft
	out    []connector.Outcome
	send   []row
}

func indexes(rows []row) []int {
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = r.at
	}
	return out
}

// many creates rows with one job. One that is refused as a whole did nothing, and is tried
// in halves, down to the row that is at fault.
func (w *writing) many(ctx context.Context, path, name string, query url.Values, list []row) (goOn bool, err error) {
	bodies := make([]map[string]any, len(list))
	for i, r := range list {
		bodies[i] = r.body
	}
	body, err := wire.JSON(map[string]any{name: bodies})
	if err != nil {
		return false, err
	}
	results, err := w.c.job(ctx, http.MethodPost, path, query, body, len(list))
	var no *errRefused
	switch {
	case errors.As(err, &no) && len(list) > 1:
		mid := len(list) / 2
		if goOn, err = w.many(ctx, path, name, query, list[:mid]); err != nil || !goOn {
			return goOn, err
		}
		return w.many(ctx, path, name, query, list[mid:])
	case errors.As(err, &no):
		refused(&w.out[list[0].at], w.drafts[list[0].at], no.why)
		return true, nil
	case errors.Is(err, errUnknown):
		unknown(w.out, indexes(list), err)
		return false, ctx.Err()
	case err != nil:
		return false, err
	}
	if err := w.take(ctx, list, results); err != nil {
		return false, err
	}
	return true, nil
}

// take turns a job's results into outcomes, and asks what was made for its stamps.
func (w *writing) take(ctx context.Context, list []row, results []gjson.Result) error {
	var made []row
	var ids []string
	for n, r := range list {
		x := results[n]
		o, d := &w.out[r.at], w.drafts[r.at]
		id := x.Get("id").Int()
		switch {
		case id > 0 && !x.Get("error").Exists():
			o.Key = model.Key{Object: d.Object, ID: fmt.Sprint(id)}
			made, ids = append(made, r), append(ids, o.Key.ID)
		case x.Get("error").Exists() || x.Get("errors").Exists() || x.Get("details").Exists():
			refused(o, d, rowRefusal(x))
			if o.Err.Code == connector.CodeTaken {
				if err := w.existing(ctx, d, o); err != nil {
					return err
				}
			}
		default:
			unknown(w.out, []int{r.at}, errors.New("the job says nothing of this row"))
		}
	}
	if len(made) == 0 {
		return nil
	}
	return w.stamp(ctx, made, ids)
}

// stamp reads what was made. What cannot be read is Unknown: the run looks for it again.
func (w *writing) stamp(ctx context.Context, made []row, ids []string) error {
	o := w.drafts[made[0].at].Object
	if o == model.Ticket {
		return w.stampTickets(ctx, made, ids)
	}
	there, err := w.c.Read(ctx, o, ids)
	if err != nil {
		unknown(w.out, indexes(made), err)
		return ctx.Err()
	}
	for _, r := range made {
		x, ok := there[w.out[r.at].Key.ID]
		if !ok {
			unknown(w.out, []int{r.at}, errors.New("the record that was made cannot be read"))
			continue
		}
		w.out[r.at].State, w.out[r.at].Version = connector.Created, x.Version
	}
	return nil
}

// existing finds the person who has the address of one that was refused for it: the same
// person cannot be created twice.
func (w *writing) existing(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if d.Object == model.Translation && o.Err.Code == connector.CodeTaken {
		return w.translated(ctx, d, o)
	}
	email := model.Plain(d.Fields["email"])
	if d.Object != model.Contact || email == "" || o.Err.Where.Field != "email" || o.Err.Code != connector.CodeTaken {
		return nil
	}
	v, _, err := w.c.client.get(ctx, "users/search", url.Values{"query": {`email:"` + email + `"`}})
	if err != nil {
		return err
	}
	for _, x := range v.Get("users").Array() {
		if strings.EqualFold(x.Get("email").String(), email) {
			o.State, o.Err = connector.Existed, nil
			o.Key, o.Version = model.Key{Object: model.Contact, ID: x.Get("id").String()}, x.Get("updated_at").String()
		}
	}
	return nil
}

// translated finds the translation of an article into a language that it has already: there
// is only one of each.
func (w *writing) translated(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	for _, l := range d.Links {
		if l.Field != "source_id" || l.Target.ID == "" {
			continue
		}
		list, err := w.c.whole(ctx, "help_center/articles/"+l.Target.ID+"/translations", "translations")
		if err != nil {
			return onPlan(d.Object, err)
		}
		for _, x := range list {
			if strings.EqualFold(x.Get("locale").String(), model.Plain(d.Fields["locale"])) {
				lost := o.State == connector.Unknown
				if o.State, o.Err = connector.Existed, nil; lost && x.Get("title").String() == model.Plain(d.Fields["title"]) {
					o.State = connector.Created // it is ours, and only its answer was lost
				}
				o.Key, o.Version = model.Key{Object: model.Translation, ID: x.Get("id").String()}, x.Get("updated_at").String()
				return nil
			}
		}
	}
	return nil
}

// contacts creates people: by the hundred, or one by one where bulk imports of users are
// not enabled.
func (w *writing) contacts(ctx context.Context) (bool, error) {
	w.c.mu.Lock()
	single := w.c.single
	w.c.mu.Unlock()
	if !single {
		goOn, err := w.many(ctx, "users/create_many", "users", nil, w.send)
		p := problem.From(err)
		if err == nil || p == nil || p.Code != connector.CodeForbidden {
			return goOn, err
		}
		w.c.mu.Lock()
		w.c.single = true
		w.c.mu.Unlock()
	}
	return w.each(ctx)
}

// each creates rows one by one.
func (w *writing) each(ctx context.Context) (bool, error) {
	for _, r := range w.send {
		d, o := w.drafts[r.at], &w.out[r.at]
		path, name, body, err := w.c.request(ctx, d, r.body, w.files)
		if p := problem.From(err); p != nil && p.Code == codeContent {
			refused(o, d, p)
			continue
		}
		if err != nil {
			return false, err
		}
		v, err := w.c.send(ctx, http.MethodPost, path, nil, body)
		var no *errRefused
		switch {
		case errors.As(err, &no):
			refused(o, d, no.why)
			if err := w.existing(ctx, d, o); err != nil {
				return false, err
			}
			continue
		case errors.Is(err, errUnknown):
			unknown(w.out, []int{r.at}, err)
			if d.Object == model.Translation && ctx.Err() == nil {
				// There is one of each language: if it is there, it arrived.
				if err := w.translated(ctx, d, o); err != nil {
					return false, err
				}
				if o.State != connector.Unknown {
					continue
				}
			}
			return false, ctx.Err()
		case err != nil:
			return false, err
		}
		x := v.Get(name)
		if x.Get("id").Int() <= 0 {
			unknown(w.out, []int{r.at}, errors.New("the answer names no record"))
			return false, nil
		}
		o.State, o.Key, o.Version = connector.Created, model.Key{Object: d.Object, ID: x.Get("id").String()}, x.Get("updated_at").String()
	}
	return true, nil
}

// request says how one record is created: the path, its name in the answer and the body.
func (c *conn) request(ctx context.Context, d model.Draft, in map[string]any, files connector.Files) (path, name string, body *wire.Body, err error) {
	whole := map[string]any{}
	switch d.Object {
	case ArticleAttachment:
		article := ""
		for _, l := range d.Links {
			if l.Field == "article_id" {
				article = l.Target.ID
			}
		}
		body, err = fileForm(d, in["inline"] == true, files)
		return "help_center/articles/" + article + "/attachments", "article_attachment", body, err
	case model.Contact:
		path, name = "users", "user"
	case model.Group:
		path, name = "groups", "group"
		in["description"] = string(d.Mark)
	case model.Category:
		path, name = "help_center/categories", "category"
	case model.Section:
		path, name = "help_center/categories/"+fmt.Sprint(in["category_id"])+"/sections", "section"
		delete(in, "category_id")
	case model.Translation:
		path, name = "help_center/articles/"+fmt.Sprint(in["source_id"])+"/translations", "translation"
		delete(in, "source_id")
	case model.Article:
		path, name = "help_center/sections/"+fmt.Sprint(in["section_id"])+"/articles", "article"
		delete(in, "section_id")
		in["label_names"], in["user_segment_id"] = []string{string(d.Mark)}, nil // for everybody, once it is no draft
		whole["notify_subscribers"] = false                                      // else everybody who follows the section gets a mail
		if in["permission_group_id"], err = c.permissionGroup(ctx); err != nil {
			return "", "", nil, err
		}
	default:
		return "", "", nil, fmt.Errorf("Zendesk takes no %s", d.Object)
	}
	if strings.HasPrefix(path, "help_center/") && in["locale"] == nil {
		in["locale"] = "en-us"
	}
	whole[name] = in
	body, err = wire.JSON(whole)
	return path, name, body, err
}

// permissionGroup is who may edit new articles: the first group there is.
func (c *conn) permissionGroup(ctx context.Context) (any, error) {
	c.mu.Lock()
	known := c.made
	c.mu.Unlock()
	if known == "" {
		list, err := c.whole(ctx, "guide/permission_groups", "permission_groups")
		if err != nil {
			return nil, onPlan(model.Article, err)
		}
		if len(list) == 0 {
			return nil, problem.New(connector.CodeForbidden, "The help center has no group of people who may edit articles.",
				"Each article needs one.", "Create a management permission in Guide, then continue.")
		}
		known = list[0].Get("id").String()
		c.mu.Lock()
		c.made = known
		c.mu.Unlock()
	}
	return number(known), nil
}

// match looks people of the staff up, by address and then by name. Nobody is invited.
func (c *conn) match(ctx context.Context, drafts []model.Draft, out []connector.Outcome) error {
	list, err := c.allOf(ctx, model.Agent)
	if err != nil {
		return err
	}
	byMail, byName := map[string]gjson.Result{}, map[string]gjson.Result{}
	for _, x := range list {
		if mail := strings.ToLower(x.Get("email").String()); mail != "" {
			byMail[mail] = x
		}
		if _, twice := byName[x.Get("name").String()]; twice {
			byName[x.Get("name").String()] = gjson.Result{} // two of one name: neither
			continue
		}
		byName[x.Get("name").String()] = x
	}
	for i, d := range drafts {
		x, ok := byMail[strings.ToLower(strings.TrimSpace(model.Plain(d.Fields["email"])))]
		if !ok {
			x = byName[model.Plain(d.Fields["name"])]
		}
		if x.Get("id").Int() <= 0 {
			refused(&out[i], d, problem.New(connector.CodeNoRecord, fmt.Sprintf("Nobody on the staff of this Zendesk has the address %q.", model.Plain(d.Fields["email"])),
				"Waybill invites nobody, because each person of the staff costs a seat.",
				"Invite them in Zendesk and retry this record, or choose a stand-in for them in the mapping.").At(problem.Place{Field: "email"}))
			continue
		}
		out[i].State, out[i].Key, out[i].Version = connector.Existed, model.Key{Object: model.Agent, ID: x.Get("id").String()}, x.Get("updated_at").String()
	}
	return nil
}
