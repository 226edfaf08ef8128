// Package practice is the practice desk: a pretend help desk over HTTP on
// loopback, to rehearse a move without an account and to be examined against. It
// behaves like a vendor on an ordinary day (paging, limits, validation, a search
// that lags behind) and, when asked to, on a bad one.
//
// An object is a kind of record (organization, contact, ticket ...). A record has
// an id that is unique in the whole desk, a version that every change raises, and
// an external_id that the desk does not insist to be unique. A fault is one of the
// ways in which an answer goes wrong; a fault plan says which, how often and where.
// An import is a write that mails nobody and may set times of the past.
//
// # The interface
//
// Everything lies under /api/v1 and needs "Authorization: Bearer TOKEN".
//
//	GET    me                         who the token belongs to, and its rights
//	GET    stats                      exact counts, and how many mails would have been sent
//	GET    fields                     objects with fields, options and limits
//	POST   fields                     {"object","name","title","type","options":[{"value","title"}]}
//	POST   fields/OBJECT/NAME/options {"value","title"}
//	GET    search?object=ticket&external_id=A&external_id=B   up to 100; lags by Options.SearchLag
//	GET    OBJECTS?limit=&cursor=     records by id; "next" continues, stable while records are
//	                                  added; "position" continues even after the last page
//	GET    OBJECTS?changed_after=     by change, oldest first: records, and "gone", what was deleted, merged
//	                                  or redacted: [{"id","how":"deleted|merged|redacted","into","at"}]
//	GET    OBJECTS?ids=1,2,3          up to 100; those that are not there are left out
//	GET    messages?ticket=ID         one thread (attachments?message=ID likewise)
//	GET    OBJECTS/ID                 one record, at once after it was written
//	POST   OBJECTS                    create one
//	POST   OBJECTS/batch              {"items":[...]} up to 100; one result per item, in order
//	PATCH  OBJECTS/ID                 change the given fields; null empties one; a change that changes
//	                                  nothing leaves the version as it is
//	POST   OBJECTS/batch_update       {"items":[{"id","version","set":{...}}]} up to 100; each 200 with the
//	                                  new version, 412 with the present one, 404 or 422
//	DELETE OBJECTS/ID                 with If-Match: VERSION refused (412) when changed since
//	POST   OBJECTS/batch_delete       {"items":[{"id","version"}]} up to 100
//	POST   OBJECTS/ID/merge           {"into":ID} for organizations, contacts and tickets: what hangs on
//	                                  the first moves to the second, the first is gone
//	POST   messages/ID/redact         takes the text (of attachments: the content) out for good
//	GET    triggers                   what the desk does by itself
//	POST   triggers                   {"kind","name","on","when","does","text","active","silenced_by_import"}; a
//	                                  "macro" is a canned answer, which never goes off by itself
//	PATCH  triggers/ID                {"active","silenced_by_import"}
//	GET    attachments/ID/content     the bytes; attachments are created as multipart/form-data
//	GET    _faults, POST _faults      the fault plan
//
// OBJECTS is organizations, groups, agents, contacts, tickets, messages or
// attachments. An imported ticket with "archive": true goes into the archive: it can be
// read, found and deleted, and never be changed. A header "X-Import: true", or a field "import": true in an item,
// makes a write an import. Without it a message raises its ticket's version, and
// times of the past are refused. A write sets off the active triggers that are on
// its object, an import just those that imports do not silence; each counts as a
// message sent. A new desk mails new contacts with an e-mail address, public
// messages and changes of tickets, and stays silent for imports.
//
// Requests that change records (PATCH, batch_update) may have a limit of their own
// (Options.UpdatesPerMinute), told by X-UpdateLimit headers and in me.
package practice

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"waybill/backend/model"
)

// Limits of the desk that Options do not change.
const (
	MaxBatch    = 100       // items of one batch
	MaxPage     = 500       // records of one page
	DefaultPage = 100       // records of a page when nobody says
	MaxText     = 65_000    // characters of a body or a long text
	MaxLine     = 255       // characters of a line of text
	MaxFile     = 20 << 20  // bytes of one attachment
	maxRequest  = 128 << 20 // bytes of one request
)

// Options of a desk. The zero value is a working desk in memory, without a limit,
// without a lag and without faults.
type Options struct {
	// Account is the name that the desk shows; empty: "practice.example".
	Account string
	// Token that every request must carry; empty: a new one is made (and kept in State).
	Token string
	// Missing takes rights away from the token: "read", "write", "import", "delete", "shape".
	Missing []string
	// Seed of the fault plan, so that a bad day can be repeated.
	Seed uint64
	// RatePerMinute is the number of requests allowed; 0: unlimited.
	RatePerMinute int
	// Bucket makes the limit a refilling bucket instead of a fixed window of a minute.
	Bucket bool
	// UpdatesPerMinute is the number of requests that may change records; 0: unlimited.
	UpdatesPerMinute int
	// RetryDate writes Retry-After as a date instead of seconds.
	RetryDate bool
	// SearchLag is how long a new record stays invisible to search.
	SearchLag time.Duration
	// Faults to begin with.
	Faults FaultPlan
	// MaxFile in bytes; 0: the constant MaxFile. MaxText in characters; 0: the constant MaxText.
	MaxFile int64
	MaxText int
	// Cascade: who deletes a ticket or a message deletes what is in it too, as in many real
	// desks; else that is refused as long as something is in it.
	Cascade bool
	// State is the file that keeps the desk; "" keeps it in memory. The content of
	// attachments lies beside it, in a folder of the same name with ".files".
	State string
	// Now is the desk's clock; nil: time.Now.
	Now func() time.Time
}

// Desk is a practice desk. Its methods may be called at once from many goroutines.
type Desk struct {
	o      Options
	now    func() time.Time
	limit  *limiter
	slower *limiter // of changes
	faults *faults

	mu    sync.RWMutex
	shape []*shape // one per object, in the order of model.Known
	recs  []rec    // record n has the id n+1
	seq   uint64   // of the last change
	kids  map[uint32][]uint32
	heap  heap
	blobs blobs
	mails int64
	// scratch is where the line that is written next is put together.
	scratch []byte

	triggers []Trigger

	requests atomic.Int64
}

// New makes a desk, or continues the one that Options.State keeps.
func New(o Options) (*Desk, error) {
	if o.Account == "" {
		o.Account = "practice.example"
	}
	if o.MaxFile == 0 {
		o.MaxFile = MaxFile
	}
	if o.MaxText == 0 {
		o.MaxText = MaxText
	}
	d := &Desk{o: o, now: o.Now, kids: map[uint32][]uint32{}, shape: shapes(o.MaxText), triggers: triggers()}
	if d.now == nil {
		d.now = time.Now
	}
	d.limit = newLimiter(o, o.RatePerMinute, "X-RateLimit-")
	d.slower = newLimiter(o, o.UpdatesPerMinute, "X-UpdateLimit-")
	d.faults = newFaults(o.Seed, o.Faults)
	if o.State == "" {
		d.heap, d.blobs = &memoryHeap{}, &memoryBlobs{}
	} else if err := d.open(o.State); err != nil {
		return nil, err
	}
	if d.o.Token == "" {
		b := make([]byte, 16)
		_, _ = rand.Read(b) // never fails: see its documentation
		d.o.Token = hex.EncodeToString(b)
		if err := d.keepToken(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Token is what requests must carry.
func (d *Desk) Token() string { return d.o.Token }

// Close ends the desk. What it holds stays in Options.State.
func (d *Desk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heap.close()
}

// Handler serves the desk.
func (d *Desk) Handler() http.Handler { return http.HandlerFunc(d.serve) }

// Stats is what anybody may see from outside.
type Stats struct {
	Objects map[model.Object]int64 `json:"objects"`
	// MessagesSent counts the mails that customers would have received.
	MessagesSent int64 `json:"messages_sent"`
	// Requests that were answered, and those of them that were refused as too many.
	Requests int64 `json:"requests"`
	TooMany  int64 `json:"too_many"`
	// Doubles counts records that share their external id with another of the same object.
	Doubles int64 `json:"doubles"`
}

// Stats counts, exactly.
func (d *Desk) Stats() Stats {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := Stats{
		Objects: map[model.Object]int64{}, MessagesSent: d.mails,
		Requests: d.requests.Load(), TooMany: d.limit.refused.Load() + d.slower.refused.Load(),
	}
	for _, sh := range d.shape {
		s.Objects[sh.Object] = sh.count
		for _, more := range sh.copies {
			s.Doubles += int64(len(more))
		}
	}
	return s
}

// SetFaults replaces the fault plan.
func (d *Desk) SetFaults(p FaultPlan) { d.faults.set(p) }

// FaultsHit counts how often each kind of fault struck since the plan was set.
func (d *Desk) FaultsHit() map[FaultKind]int { return d.faults.counts() }

func (d *Desk) stamp() string { return model.Stamp(d.now()) }

func (d *Desk) shapeOf(o model.Object) *shape {
	for _, s := range d.shape {
		if s.Object == o {
			return s
		}
	}
	return nil
}

func idText(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
