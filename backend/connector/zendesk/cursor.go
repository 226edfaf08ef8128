package zendesk

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/problem"
)

// cursor is what Cursor holds: where a walk stands, and where reading by change begins so
// that nothing since the walk's first page is missed.
type cursor struct {
	Version int `json:"v"`
	// After is the desk's own place in an incremental export or a list.
	After string `json:"a,omitempty"`
	// Start is where an export begins that has no place yet, in Unix seconds.
	Start int64 `json:"s,omitempty"`
	// Stamp is the generated stamp of the last ticket whose comments were read on the export's
	// page that follows After.
	Stamp int64 `json:"g,omitempty"`
	// Seen are records that were given already, of the second in which reading goes on, with
	// a sum of their text; or all that a list without a feed had.
	Seen map[string]uint32 `json:"n,omitempty"`
	// Since is from where the desk's own events of tickets tell what was merged or redacted,
	// in Unix seconds.
	Since int64 `json:"e,omitempty"`
	// Feed: After belongs to an incremental export.
	Feed bool `json:"f,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	if from == "" {
		return x, nil
	}
	if err := json.Unmarshal([]byte(from), &x); err != nil || x.Version != 1 {
		return x, badCursor(err)
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

func badCursor(cause error) error {
	return problem.Wrap(cause, connector.CodeCursor, "The place where reading stopped cannot be understood.",
		"It was written by another version of Waybill, or for another desk.", "Read this desk again from the beginning.")
}

// export is one page of an incremental export.
type export struct {
	items []gjson.Result
	after string
	end   bool
}

// export reads a page of tickets or users, from the beginning of time or from a place.
func (c *conn) export(ctx context.Context, what string, at cursor) (export, error) {
	q := url.Values{"per_page": {strconv.Itoa(c.exportSize)}}
	if at.After != "" {
		q.Set("cursor", at.After)
	} else {
		q.Set("start_time", strconv.FormatInt(at.Start, 10))
	}
	v, _, err := c.client.get(ctx, "incremental/"+what+"/cursor", q)
	if err != nil {
		return export{}, err
	}
	items := v.Get(what)
	if !items.IsArray() {
		return export{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	e := export{items: items.Array(), after: v.Get("after_cursor").String(), end: v.Get("end_of_stream").Bool()}
	if e.after == "" {
		e.after = at.After
	}
	return e, nil
}

// patience waits at the end of an export for what the desk still keeps back: whatever
// happened before the walk began is then in it (P-04). It says whether to ask again.
type patience struct {
	until time.Time
	done  bool
}

func (c *conn) patience() *patience { return &patience{until: time.Now().Add(c.withheld)} }

func (p *patience) again(ctx context.Context) (bool, error) {
	if p.done {
		return false, nil
	}
	p.done = true
	wait := time.Until(p.until)
	if wait <= 0 {
		return false, nil
	}
	err := wire.Pause(ctx, wait)
	return err == nil, err
}

// deskTime is the time by the desk's own clock, as its answers state it.
func deskTime(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Now()
	}
	return at
}

// overlap is how much earlier than now a reading of changes begins: the desk refuses a
// beginning within its last minute, and clocks differ.
const overlap = 2 * time.Minute

// now asks the desk what time it is, and gives where changes begin.
func (c *conn) now(ctx context.Context) (int64, error) {
	_, a, err := c.client.get(ctx, "users/me", nil)
	if err != nil {
		return 0, err
	}
	return max(deskTime(a.Header).Add(-overlap).Unix(), 0), nil
}

func sum(raw string) uint32 { return crc32.ChecksumIEEE([]byte(raw)) }

// stampOf reads an updated_at as Unix seconds.
func stampOf(x gjson.Result) int64 {
	at, err := time.Parse(time.RFC3339, x.Get("updated_at").String())
	if err != nil {
		return 0
	}
	return at.Unix()
}
