package practice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// requestSize is how much attachment content one request carries.
const requestSize = 64 << 20

type result struct {
	Status  int          `json:"status"`
	ID      string       `json:"id"`
	Version int64        `json:"version"`
	Code    string       `json:"code"`
	Errors  []fieldError `json:"errors"`
}

// results reads the answer to a batch, which is valid JSON.
func results(body []byte) ([]result, error) {
	var list []result
	var err error
	gjson.GetBytes(body, "results").ForEach(func(_, v gjson.Result) bool {
		var r result
		v.ForEach(func(name, v gjson.Result) bool {
			switch name.Str {
			case "status":
				r.Status = int(v.Int())
			case "id":
				r.ID = v.String()
			case "version":
				r.Version = v.Int()
			case "code":
				r.Code = v.String()
			case "errors":
				err = json.Unmarshal([]byte(v.Raw), &r.Errors)
			}
			return err == nil
		})
		list = append(list, r)
		return err == nil
	})
	return list, err
}

// Write creates records, up to a hundred of one object with each request. After a
// request without an answer it sends nothing more, so that no thread loses its order.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	for from := 0; from < len(drafts); {
		to := slice(drafts, from)
		goOn, err := c.send(ctx, drafts[from:to], files, out[from:to])
		if err != nil || !goOn {
			return wire.LeftUnsent(out, err, "the practice desk"), err
		}
		from = to
	}
	return out, nil
}

// slice finds the end of the run that one request takes: one object, a hundred
// drafts, and not too much content.
func slice(drafts []model.Draft, from int) int {
	var size int64
	to := from
	for to < len(drafts) && to-from < batch && drafts[to].Object == drafts[from].Object {
		if f := drafts[to].File; f != nil {
			if size += f.Size; size > requestSize && to > from {
				break
			}
		}
		to++
	}
	return to
}

// send makes one request for drafts of one object and fills their outcomes. goOn
// is false when nothing more may be sent now.
func (c *conn) send(ctx context.Context, drafts []model.Draft, files connector.Files, out []connector.Outcome) (goOn bool, err error) {
	object := drafts[0].Object
	path, err := pathOf(object)
	if err != nil {
		return false, err
	}
	fields, err := c.fieldsOf(ctx, object)
	if err != nil {
		return false, err
	}
	e := newEncoder(fields, files, len(drafts))
	var sent []int // places in drafts of what is sent
	for i, d := range drafts {
		if out[i].Err = e.item(d); out[i].Err != nil {
			out[i].State = connector.Refused
			continue
		}
		e.buf = append(e.buf, ',')
		sent = append(sent, i)
	}
	if len(sent) == 0 {
		return true, nil
	}
	body, err := e.body(object)
	if err != nil {
		return false, err
	}
	a, results, err := c.batch(ctx, path+"/batch", body, out, sent)
	switch {
	case err != nil || results == nil && a.Status == http.StatusOK:
		return false, err
	case a.Status == http.StatusRequestEntityTooLarge && len(drafts) > 1:
		return c.halve(ctx, drafts, files, out)
	case a.Status != http.StatusOK:
		return c.refuseAll(a, drafts, sent, out)
	}
	for n, i := range sent {
		c.take(results[n], fields, drafts[i], &out[i])
	}
	return true, nil
}

// batch sends a batch. Without an answer what was sent is Unknown. There are results
// only with status 200, one for each of sent.
func (c *conn) batch(ctx context.Context, path string, body *wire.Body, out []connector.Outcome, sent []int) (wire.Answer, []result, error) {
	s := c.client.Write(ctx, http.MethodPost, path, body, nil)
	switch s.State {
	case connector.Unsent, connector.Refused:
		return s.Answer, nil, s.Stop
	case connector.Unknown:
		unknown(out, sent, s.Err)
		return wire.Answer{Status: http.StatusOK}, nil, s.Stop
	}
	list, err := results(s.Body)
	if err != nil || len(list) != len(sent) {
		if err == nil {
			err = fmt.Errorf("%d results for %d records", len(list), len(sent))
		}
		unknown(out, sent, connector.NoAnswer(err, desk))
		return s.Answer, nil, nil
	}
	return s.Answer, list, nil
}

// halve sends again what was too large as a whole: such a request is not processed.
func (c *conn) halve(ctx context.Context, drafts []model.Draft, files connector.Files, out []connector.Outcome) (bool, error) {
	mid := len(drafts) / 2
	goOn, err := c.send(ctx, drafts[:mid], files, out[:mid])
	if err != nil || !goOn {
		return goOn, err
	}
	return c.send(ctx, drafts[mid:], files, out[mid:])
}

func unknown(out []connector.Outcome, sent []int, why *problem.Problem) {
	for _, i := range sent {
		out[i].State, out[i].Err = connector.Unknown, why
	}
}

// refuseAll handles an answer that says no to all records of a request, which did nothing.
func (c *conn) refuseAll(a wire.Answer, drafts []model.Draft, sent []int, out []connector.Outcome) (bool, error) {
	err := c.client.Verdict(a)
	for _, i := range sent {
		out[i].State = connector.Refused
		out[i].Err = problem.From(err).At(problem.Place{Object: string(drafts[i].Object), Record: drafts[i].Source.ID})
	}
	return true, nil
}

// take turns one result into an outcome.
func (c *conn) take(r result, fields model.ObjectSchema, d model.Draft, o *connector.Outcome) {
	switch {
	case r.Status == http.StatusCreated:
		o.State = connector.Created
		o.Key = model.Key{Object: d.Object, ID: r.ID}
		o.Version = strconv.FormatInt(r.Version, 10)
	case r.Status >= 500:
		o.State, o.Err = connector.Unknown, connector.NoAnswer(fmt.Errorf("status %d", r.Status), desk)
	default:
		o.State = connector.Refused
		p := refusal(r.Errors, &fields)
		p.Where.Object, p.Where.Record = string(d.Object), d.Source.ID
		o.Err = p
		for _, e := range r.Errors {
			if e.Code == "unknown" {
				c.shape.forget() // somebody changed the fields
			}
		}
	}
}

// part is one file of a multipart request. Drafts with the same content share it.
type part struct{ name, hash string }

// newEncoder begins a request of so many items.
func newEncoder(s model.ObjectSchema, files connector.Files, items int) *encoder {
	return &encoder{buf: append(make([]byte, 0, 32+items*640), `{"items":[`...), shape: s, files: files}
}

// body ends the request's items, each of which was followed by a comma.
func (e *encoder) body(o model.Object) (*wire.Body, error) {
	head := append(e.buf[:len(e.buf)-1], "]}"...)
	if o != model.Attachment || len(e.parts) == 0 {
		return wire.Bytes(head), nil
	}
	f := wire.NewForm()
	f.Field("items", string(head))
	seen := map[string]bool{}
	for _, p := range e.parts {
		if !seen[p.name] {
			seen[p.name] = true
			f.File(p.name, p.name, "", -1, wire.Content(e.files, p.hash)) // the file's own name is data, in its item
		}
	}
	return f.Body()
}
