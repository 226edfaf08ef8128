package practice

import (
	"fmt"
	"sort"
	"time"

	"waybill/backend/model"
)

// How a record left the desk, or lost its content.
const (
	goneDeleted uint8 = iota
	goneMerged
	goneRedacted
)

var goneWords = [...]string{"deleted", "merged", "redacted"}

// tombstone stands in an object's changes for what is gone.
type tombstone struct {
	seq  uint64
	at   int64 // in ms of the desk's clock; 0: an older state did not say
	id   uint32
	into uint32
	how  uint8
}

// Gone is a tombstone as the desk answers it.
type Gone struct {
	ID string `json:"id"`
	// How is "deleted", "merged" or "redacted".
	How string `json:"how"`
	// Into is the record that it was merged into.
	Into string `json:"into,omitempty"`
	At   string `json:"at,omitempty"`
}

func (t tombstone) show() Gone {
	g := Gone{ID: idText(t.id), How: goneWords[t.how]}
	if t.into != 0 {
		g.Into = idText(t.into)
	}
	if t.at != 0 {
		g.At = model.Stamp(time.UnixMilli(t.at))
	}
	return g
}

// bury puts a tombstone at the end of the object's list of changes.
func (d *Desk) bury(s *shape, id uint32, how uint8, into uint32, at int64) {
	d.seq++
	s.buried = append(s.buried, tombstone{seq: d.seq, at: at, id: id, into: into, how: how})
}

// feed is one page of changes: a span of the desk's sequence.
type feed struct {
	ids  []uint32
	gone []Gone
	last uint64
	more bool
}

// changes gives up to limit records and tombstones after a place in the sequence;
// d.mu is held for reading.
func (d *Desk) changes(s *shape, from uint64, limit int) feed {
	f := feed{gone: []Gone{}, last: from}
	i := sort.Search(len(s.changed), func(i int) bool { return s.changed[i].seq > from })
	j := sort.Search(len(s.buried), func(j int) bool { return s.buried[j].seq > from })
	for n := 0; ; n++ {
		for i < len(s.changed) && !d.current(s.changed[i]) {
			i++
		}
		switch {
		case i == len(s.changed) && j == len(s.buried):
			f.last = max(f.last, d.seq)
			return f
		case n == limit:
			f.more = true
			return f
		case j < len(s.buried) && (i == len(s.changed) || s.buried[j].seq < s.changed[i].seq):
			f.gone, f.last = append(f.gone, s.buried[j].show()), s.buried[j].seq
			j++
		default:
			f.ids, f.last = append(f.ids, s.changed[i].id), s.changed[i].seq
			i++
		}
	}
}

// remove deletes a record, or ends one that was merged into another; d.mu is held.
func (d *Desk) remove(s *shape, id, into uint32) error {
	raw, err := d.raw(id)
	if err != nil {
		return err
	}
	at, how := d.now().UnixMilli(), goneDeleted
	line := fmt.Appendf(nil, `["delete",%q,"%d",%d]`+"\n", s.Object, id, at)
	if into != 0 {
		how = goneMerged
		line = fmt.Appendf(nil, `["delete",%q,"%d",%d,"%d"]`+"\n", s.Object, id, at, into)
	}
	if _, err := d.heap.append(line); err != nil {
		return err
	}
	d.unindex(s, id, raw)
	d.bury(s, id, how, into, at)
	return nil
}
