package practice

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// rec is what is kept in memory of a record; the record itself lies in the heap.
type rec struct {
	off     int64
	born    int64 // when it was created, in ms of the desk's clock: search lags behind
	seq     uint64
	len     uint32
	version uint32
	refs    uint32 // records that point to it
	obj     uint8
	live    bool
}

// live finds a record by its id; d.mu is held.
func (d *Desk) live(s *shape, id string) (uint32, bool) {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil || n == 0 || n > uint64(len(d.recs)) || id[0] == '0' {
		return 0, false
	}
	r := &d.recs[n-1]
	if !r.live || s != nil && int(r.obj) != s.index {
		return 0, false
	}
	return uint32(n), true
}

// raw reads a record; d.mu is held.
func (d *Desk) raw(id uint32) (json.RawMessage, error) {
	r := d.recs[id-1]
	return d.heap.read(r.off, int(r.len))
}

// create stores a new record; d.mu is held. The item was checked, its links and
// its unique value included.
func (d *Desk) create(it *item) (uint32, error) {
	id := uint32(len(d.recs) + 1)
	off, n, err := d.store("put", it.shape, id, 1, it.values, "")
	if err != nil {
		return 0, err
	}
	d.index(it.shape, id, 1, off, n, it.keys(it.shape), d.now().UnixMilli())
	return id, nil
}

// replace stores a record's next version; d.mu is held. old is what it was.
func (d *Desk) replace(s *shape, id uint32, old json.RawMessage, v values) error {
	version := d.recs[id-1].version + 1
	off, n, err := d.store("put", s, id, version, v, "")
	if err != nil {
		return err
	}
	d.reindex(s, id, version, off, n, decode(s, old).keys(s), v.keys(s))
	return nil
}

// store writes a line of a record's state: what happened, the record, and what else
// there is to say. It gives the place and the length of the record.
func (d *Desk) store(what string, s *shape, id, version uint32, v values, more string) (off int64, n int, err error) {
	line := append(append(append(d.scratch[:0], `["`...), what...), `","`...)
	line = append(append(line, s.Object...), `",`...)
	head := len(line)
	line = encode(line, id, version, v)
	n = len(line) - head
	line = append(append(line, more...), "]\n"...)
	if d.scratch = line; cap(line) > chunk {
		d.scratch = nil // a giant shall not stay in memory
	}
	off, err = d.heap.append(line)
	return off + int64(head), n, err
}

// countMail remembers mails that would have been sent; d.mu is held.
func (d *Desk) countMail(n int64) error {
	if _, err := d.heap.append(fmt.Appendf(nil, "[\"mail\",%d]\n", n)); err != nil {
		return err
	}
	d.mails += n
	return nil
}

func (d *Desk) index(s *shape, id, version uint32, off int64, n int, k keys, born int64) {
	for uint32(len(d.recs)) < id {
		d.recs = append(d.recs, rec{})
	}
	d.recs[id-1] = rec{off: off, born: born, len: uint32(n), version: version, obj: uint8(s.index), live: true}
	s.order = append(s.order, id)
	s.count++
	d.note(s, id)
	d.link(s, id, k)
}

func (d *Desk) reindex(s *shape, id, version uint32, off int64, n int, before, after keys) {
	if before.hash != "" { // or content that only this record uses would go with its old state
		d.blobs.keep(before.hash)
		defer d.blobs.drop(before.hash)
	}
	d.unlink(s, id, before)
	r := &d.recs[id-1]
	r.off, r.len, r.version = off, uint32(n), version
	d.note(s, id)
	d.link(s, id, after)
}

func (d *Desk) unindex(s *shape, id uint32, raw []byte) {
	d.unlink(s, id, decode(s, raw).keys(s))
	d.recs[id-1].live = false
	s.count--
	s.gone++
	if s.gone > 1000 && s.gone*2 > len(s.order) {
		s.order = slices.DeleteFunc(s.order, func(n uint32) bool { return !d.recs[n-1].live })
		s.gone = 0
	}
}

// note puts a change at the end of the object's list of changes.
func (d *Desk) note(s *shape, id uint32) {
	d.seq++
	d.recs[id-1].seq = d.seq
	s.changed = append(s.changed, change{d.seq, id})
	if len(s.changed) > 2*int(s.count)+1000 {
		s.changed = slices.DeleteFunc(s.changed, func(c change) bool { return !d.current(c) })
	}
}

// current tells whether a change is the record's last one.
func (d *Desk) current(c change) bool {
	r := d.recs[c.id-1]
	return r.live && r.seq == c.seq
}

func (d *Desk) link(s *shape, id uint32, k keys) {
	for _, to := range k.links {
		if to != 0 && int(to) <= len(d.recs) {
			d.recs[to-1].refs++
		}
	}
	if k.parent != 0 {
		kids := d.kids[k.parent] // ascending: lists continue after an id
		at := len(kids)
		if at > 0 && kids[at-1] > id {
			at, _ = slices.BinarySearch(kids, id)
		}
		d.kids[k.parent] = slices.Insert(kids, at, id)
	}
	if k.unique != "" {
		s.taken[k.unique] = id
	}
	if k.hash != "" {
		d.blobs.keep(k.hash)
	}
	if k.external == "" {
		return
	}
	if _, ok := s.external[k.external]; ok {
		s.copies[k.external] = append(s.copies[k.external], id)
	} else {
		s.external[k.external] = id
	}
}

func (d *Desk) unlink(s *shape, id uint32, k keys) {
	for _, to := range k.links {
		if to != 0 && int(to) <= len(d.recs) {
			d.recs[to-1].refs--
		}
	}
	if k.parent != 0 {
		left := slices.DeleteFunc(d.kids[k.parent], func(n uint32) bool { return n == id })
		if len(left) == 0 {
			delete(d.kids, k.parent)
		} else {
			d.kids[k.parent] = left
		}
	}
	if k.unique != "" && s.taken[k.unique] == id {
		delete(s.taken, k.unique)
	}
	if k.hash != "" {
		d.blobs.drop(k.hash)
	}
	if k.external == "" {
		return
	}
	more := s.copies[k.external]
	if s.external[k.external] == id {
		if len(more) == 0 {
			delete(s.external, k.external)
			return
		}
		s.external[k.external] = more[0]
		more = more[1:]
	} else {
		more = slices.DeleteFunc(more, func(n uint32) bool { return n == id })
	}
	if len(more) == 0 {
		delete(s.copies, k.external)
	} else {
		s.copies[k.external] = more
	}
}

// visible tells whether search sees a record yet.
func (d *Desk) visible(id uint32, now time.Time) bool {
	return now.UnixMilli() >= d.recs[id-1].born+d.o.SearchLag.Milliseconds()
}
