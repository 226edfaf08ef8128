package practice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Find asks the desk's search for external ids, a hundred at a time. It lags
// behind by up to Caps.FindLag.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	if _, err := pathOf(o); err != nil {
		return nil, err
	}
	found := make(map[model.Mark]connector.Found, len(marks))
	for from := 0; from < len(marks); from += batch {
		q := url.Values{"object": {string(o)}}
		for _, m := range marks[from:min(from+batch, len(marks))] {
			q.Add("external_id", string(m))
		}
		var r struct {
			Items []struct {
				result
				ExternalID string `json:"external_id"`
			} `json:"items"`
		}
		if err := c.client.get(ctx, "search", q, &r); err != nil {
			return nil, err
		}
		for _, x := range r.Items {
			f := found[model.Mark(x.ExternalID)]
			if f.Copies++; f.Copies == 1 { // the oldest comes first
				f.Key = model.Key{Object: o, ID: x.ID}
				f.Version = strconv.FormatInt(x.Version, 10)
			}
			found[model.Mark(x.ExternalID)] = f
		}
	}
	return found, nil
}

// Delete deletes up to a hundred records of one object with each request. A
// deletion may be repeated, so one whose answer was lost is simply Unknown.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
	}
	for from := 0; from < len(what); {
		to := from
		for to < len(what) && to-from < batch && what[to].Key.Object == what[from].Key.Object {
			to++
		}
		if err := c.erase(ctx, what[from:to], out[from:to]); err != nil {
			return wire.LeftUnsent(out, err, "the practice desk"), err
		}
		from = to
	}
	return out, nil
}

func (c *conn) erase(ctx context.Context, what []connector.Doomed, out []connector.Outcome) error {
	path, err := pathOf(what[0].Key.Object)
	if err != nil {
		return err
	}
	type doomed struct {
		ID      string `json:"id"`
		Version string `json:"version,omitempty"`
	}
	items := make([]doomed, len(what))
	all := make([]int, len(what))
	for i, w := range what {
		items[i], all[i] = doomed{w.Key.ID, w.Version}, i
	}
	body, err := wire.JSON(map[string]any{"items": items})
	if err != nil {
		return err
	}
	sent := c.client.Write(ctx, http.MethodPost, path+"/batch_delete", body, nil)
	switch sent.State {
	case connector.Unsent:
		return sent.Stop
	case connector.Refused:
		return c.client.Verdict(sent.Answer)
	case connector.Unknown:
		unknown(out, all, sent.Err)
		return sent.Stop
	}
	var r struct {
		Results []result `json:"results"`
	}
	if err := json.Unmarshal(sent.Body, &r); err != nil || len(r.Results) != len(what) {
		unknown(out, all, connector.NoAnswer(err, desk))
		return nil
	}
	for i, x := range r.Results {
		where := problem.Place{Object: string(what[i].Key.Object), Record: what[i].Key.ID}
		switch {
		case x.Status == http.StatusNoContent || x.Status == http.StatusNotFound:
			out[i].State = connector.Deleted
		case x.Status == http.StatusPreconditionFailed:
			out[i].State = connector.Touched
			out[i].Version = strconv.FormatInt(x.Version, 10)
			out[i].Err = problem.New(connector.CodeChanged, "People changed this record in the desk since it was moved.",
				"It was left as it is.", "Look at it in the desk, and delete it there if nobody needs it.").At(where)
		case x.Status == http.StatusConflict:
			out[i].State = connector.Refused
			out[i].Err = problem.New(connector.CodeInUse, "Other records in the desk point to this one, so it was not deleted.",
				"They were created or changed by people since.", "Look at those records in the desk first.").At(where)
		default:
			out[i].State = connector.Unknown
			out[i].Err = connector.NoAnswer(fmt.Errorf("status %d", x.Status), desk).At(where)
		}
	}
	return nil
}

// CreateField adds a custom field. Its name may be given as in records
// ("fields.region") or without the prefix.
func (c *conn) CreateField(ctx context.Context, o model.Object, f model.Field) error {
	c.shape.forget()
	return c.shapeCall(ctx, "fields", map[string]any{
		"object": o, "name": strings.TrimPrefix(f.Name, "fields."), "title": f.Title, "type": f.Type, "options": f.Options,
	})
}

// CreateOption adds an option to a custom field.
func (c *conn) CreateOption(ctx context.Context, o model.Object, field string, choice model.Choice) error {
	c.shape.forget()
	name := strings.TrimPrefix(field, "fields.")
	return c.shapeCall(ctx, "fields/"+string(o)+"/"+name+"/options", choice)
}

func (c *conn) shapeCall(ctx context.Context, path string, v any) error {
	body, err := wire.JSON(v)
	if err != nil {
		return err
	}
	_, err = c.client.Do(ctx, http.MethodPost, path, body)
	return err
}
