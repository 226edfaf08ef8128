package zendesk

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// links of each object: the field, and what it may point to. A person is one of two
// objects, under the same number.
var links = map[model.Object][]struct {
	field string
	to    []model.Object
}{
	model.Organization: {{"group_id", []model.Object{model.Group}}},
	model.Agent:        {{"organization_id", []model.Object{model.Organization}}},
	model.Contact:      {{"organization_id", []model.Object{model.Organization}}},
	model.Ticket: {
		{"requester_id", people},
		{"submitter_id", people},
		{"assignee_id", []model.Object{model.Agent, model.Contact}},
		{"group_id", []model.Object{model.Group}},
		{"organization_id", []model.Object{model.Organization}},
		{"follower_ids", people},
		{"email_cc_ids", people},
		{"problem_id", []model.Object{model.Ticket}},
	},
	model.Message:     {{"author_id", people}},
	model.Rating:      {{"ticket_id", []model.Object{model.Ticket, DeletedTicket}}, {"requester_id", people}, {"assignee_id", people}},
	model.Section:     {{"category_id", []model.Object{model.Category}}, {"parent_section_id", []model.Object{model.Section}}},
	model.Article:     {{"section_id", []model.Object{model.Section}}, {"author_id", []model.Object{model.Agent, model.Contact}}},
	model.Translation: {{"source_id", []model.Object{model.Article}}},
	ArticleAttachment: {{"article_id", []model.Object{model.Article}}},
}

// record makes a record of the desk's JSON, with its text apart from the page.
func record(o model.Object, x gjson.Result) (model.Record, error) {
	r := model.Record{Key: model.Key{Object: o, ID: x.Get("id").String()}, Raw: json.RawMessage(x.Raw), Version: x.Get("updated_at").String()}
	if r.Key.ID == "" {
		return r, fmt.Errorf("a %s without an id: %w", o, io.ErrUnexpectedEOF)
	}
	for _, l := range links[o] {
		v := x.Get(l.field)
		if v.IsArray() {
			for _, one := range v.Array() {
				r.Links = pointTo(r.Links, l.field, one, l.to)
			}
			continue
		}
		r.Links = pointTo(r.Links, l.field, v, l.to)
	}
	return r, nil
}

func pointTo(list []model.Link, role string, v gjson.Result, to []model.Object) []model.Link {
	// System messages are written by nobody: Zendesk gives them the number -1.
	if v.Type != gjson.Number && v.Type != gjson.String || v.Int() <= 0 {
		return list
	}
	l := model.Link{Role: role}
	for _, o := range to {
		l.To = append(l.To, model.Ref{Object: o, Value: strings.Clone(v.String())})
	}
	return append(list, l)
}

// comments makes the messages of a ticket, or their files. Their ids are those of the
// ticket and the place: see the package comment.
func comments(o model.Object, ticket string, list []gjson.Result) ([]model.Record, error) {
	var out []model.Record
	for i, x := range list {
		id := ticket + "-" + strconv.Itoa(i+1)
		if o == model.Message {
			r, err := record(o, x)
			if err != nil {
				return nil, err
			}
			r.Key.ID, r.Version = id, ""
			r.Links = append(r.Links, model.Link{Role: "ticket_id", To: []model.Ref{{Object: model.Ticket, Value: ticket}}})
			out = append(out, r)
			continue
		}
		for _, a := range x.Get("attachments").Array() {
			r, err := record(o, a)
			if err != nil {
				return nil, err
			}
			r.Version = ""
			r.Links = append(r.Links, model.Link{Role: "message_id", To: []model.Ref{{Object: model.Message, Value: id}}})
			out = append(out, r)
		}
	}
	return out, nil
}

// MarkOf reads our mark: the external id, the end of a group's description, or a label.
func (c *conn) MarkOf(r model.Record) model.Mark {
	switch r.Key.Object {
	case model.Organization, model.Contact, model.Ticket:
		return model.Mark(gjson.GetBytes(r.Raw, "external_id").String())
	case model.Group:
		return model.Mark(gjson.GetBytes(r.Raw, "description").String())
	case model.Article:
		for _, l := range gjson.GetBytes(r.Raw, "label_names").Array() {
			if strings.Contains(l.String(), ":") {
				return model.Mark(l.String())
			}
		}
	}
	return ""
}

// VersionOf is the stamp of the last change.
func (c *conn) VersionOf(r model.Record) string { return r.Version }

// FileRef names an attachment's content by its address.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment && r.Key.Object != ArticleAttachment {
		return "", "", ""
	}
	v := gjson.ParseBytes(r.Raw)
	return v.Get("content_url").String(), v.Get("file_name").String(), v.Get("content_type").String()
}

var _ connector.Marker = (*conn)(nil)
