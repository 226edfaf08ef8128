package freshdesk

import (
	"net/url"
	"strconv"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
)

// cursor is what Cursor holds. Which of its parts are used depends on the object.
type cursor struct {
	Version int `json:"v"`
	// Phase of a reading in several lists: contacts, then those who are blocked, deleted.
	Phase int `json:"f,omitempty"`
	// Page of a list; 0: the first. Of a list of tickets: pages within one second.
	Page int `json:"n,omitempty"`
	// Since is where a list by time goes on, in Unix seconds.
	Since int64 `json:"s,omitempty"`
	// Spots are where a reading of changes stands in each of several lists.
	Spots []spot `json:"l,omitempty"`
	// Last is the last record of the page before.
	Last string `json:"e,omitempty"`
	// Round counts readings of a list that had to be read again.
	Round int `json:"r,omitempty"`
	// Parent is the folder that is being read.
	Parent string `json:"p,omitempty"`
	// Seen are records that were given and that the list gives again: id and version.
	Seen []string `json:"x,omitempty"`
	// Known are all records of a list that tells no changes: id and version.
	Known map[string]string `json:"k,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	err := wire.ReadCursor(from, &x)
	return x, err
}

func (x cursor) text() connector.Cursor { return wire.CursorOf(x) }

func pageQuery(page, size int) url.Values {
	return url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(size)}}
}

func moment(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02T15:04:05Z") }
