package rt

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// said reads the words of a refusal: {"message": "..."}.
func said(body []byte) string { return gjson.GetBytes(body, "message").String() }

// answer is one page of a list.
type answer struct {
	items []gjson.Result
	total int64
	more  bool
	// at is the desk's own clock.
	at time.Time
}

// list reads a page. where is the query of the collection, in its own language.
func (c *conn) list(ctx context.Context, path, where, fields string, page, size int, more url.Values) (answer, error) {
	q := url.Values{"per_page": {strconv.Itoa(size)}, "page": {strconv.Itoa(page)}, "orderby": {"id"}, "order": {"ASC"}}
	if where != "" {
		q.Set("query", where)
	}
	if fields != "" {
		q.Set("fields", fields)
	}
	for k, v := range more {
		q[k] = v
	}
	a, err := c.client.Get(ctx, path, q)
	if err != nil {
		return answer{}, err
	}
	whole := gjson.ParseBytes(a.Body)
	items := whole.Get("items")
	if !items.IsArray() {
		return answer{}, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
	}
	at, err := time.Parse(time.RFC1123, a.Header.Get("Date"))
	if err != nil {
		at = time.Now()
	}
	out := answer{items: items.Array(), total: whole.Get("total").Int(), at: at}
	out.more = int64(page)*int64(size) < out.total && len(out.items) > 0
	return out, nil
}

// all reads every page of a list that is known to be short, or whose pages are needed together.
func (c *conn) all(ctx context.Context, path, where, fields string, more url.Values) ([]gjson.Result, error) {
	var out []gjson.Result
	for page := 1; ; page++ {
		a, err := c.list(ctx, path, where, fields, page, pageSize, more)
		if err != nil {
			return nil, err
		}
		out = append(out, a.items...)
		if !a.more {
			return out, nil
		}
	}
}

// condition of a JSON search.
type condition struct {
	Field    string `json:"field"`
	Operator string `json:"operator,omitempty"`
	Value    any    `json:"value"`
	// Joined by OR with what stands before it, else by AND.
	Aggregator string `json:"entry_aggregator,omitempty"`
}

func search(conditions ...condition) string {
	b, err := json.Marshal(conditions)
	if err != nil {
		return "[]" // texts and numbers: cannot happen
	}
	return string(b)
}

// anyOf looks for one of several values of a field.
func anyOf(field string, values []string) string {
	list := make([]condition, len(values))
	for i, v := range values {
		list[i] = condition{Field: field, Operator: "=", Value: v}
		if i > 0 {
			list[i].Aggregator = "OR"
		}
	}
	return search(list...)
}

// anyID is the TicketSQL of one of several ids.
func anyID(field string, ids []string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = field + "=" + id
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// quote writes a text of TicketSQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// isID tells whether a text can be a number of a record.
func isID(s string) bool { return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == "" }

func ids(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !isID(s) })
}

// cursor is what Cursor holds: the number of the last record that was read, and where
// reading by change goes on.
type cursor struct {
	Version int   `json:"v"`
	ID      int64 `json:"id,omitempty"`
	// Since is a moment of the desk's clock, Event the last transaction before it.
	Since string `json:"since,omitempty"`
	Event int64  `json:"event,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	if from == "" {
		return x, nil
	}
	if err := json.Unmarshal([]byte(from), &x); err != nil || x.Version != 1 {
		return x, problem.Wrap(err, connector.CodeCursor, "The place where reading stopped cannot be understood.",
			"It was written by another version of Waybill, or for another desk.", "Read this desk again from the beginning.")
	}
	return x, nil
}

func (x cursor) text() connector.Cursor {
	b, err := json.Marshal(x)
	if err != nil {
		return "" // plain fields: cannot happen
	}
	return connector.Cursor(b)
}
