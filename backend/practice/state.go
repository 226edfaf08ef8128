package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
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
	if err != nil || n == 0 || n > uint64(len(d.recs)) || idText(uint32(n)) != id {
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
	raw := encode(it.shape, id, 1, it.set)
	off, err := d.store("put", it.shape, raw, "")
	if err != nil {
		return 0, err
	}
	d.index(it.shape, id, 1, off, raw, d.now().UnixMilli())
	return id, nil
}

// replace stores a record's next version; d.mu is held. old is what it was.
func (d *Desk) replace(s *shape, id uint32, old json.RawMessage, set map[string]json.RawMessage) error {
	version := d.recs[id-1].version + 1
	raw := encode(s, id, version, set)
	off, err := d.store("put", s, raw, "")
	if err != nil {
		return err
	}
	d.reindex(s, id, version, off, old, raw)
	return nil
}

// store writes a line of a record's state: what happened, the record, and what else
// there is to say. It gives the place of the record.
func (d *Desk) store(what string, s *shape, raw []byte, more string) (int64, error) {
	line := make([]byte, 0, len(what)+len(s.Object)+len(raw)+len(more)+12)
	line = append(append(append(append(append(line, `["`...), what...), `","`...), s.Object...), `",`...)
	head := len(line)
	line = append(append(append(line, raw...), more...), "]\n"...)
	off, err := d.heap.append(line)
	return off + int64(head), err
}

// countMail remembers mails that would have been sent; d.mu is held.
func (d *Desk) countMail(n int64) error {
	if _, err := d.heap.append(fmt.Appendf(nil, "[\"mail\",%d]\n", n)); err != nil {
		return err
	}
	d.mails += n
	return nil
}

// keys are the parts of a record that the indexes hold.
type keys struct {
	external, unique string
	links            []uint32
	parent           uint32
	hash             string
}

func (s *shape) keys(raw []byte) keys {
	var k keys
	gjson.ParseBytes(raw).ForEach(func(name, v gjson.Result) bool {
		switch n := name.String(); {
		case n == "external_id":
			k.external = strings.Clone(v.String()) // or the index would keep the whole record
		case n == "sha256":
			k.hash = v.String()
		case n == s.unique:
			k.unique = strings.Clone(fold(v.String()))
		case v.Type == gjson.String:
			f, ok := s.Field(n)
			if !ok || f.Type != model.LinkType {
				return true
			}
			if id, err := strconv.ParseUint(v.Str, 10, 32); err == nil {
				k.links = append(k.links, uint32(id))
				if f.Parent {
					k.parent = uint32(id)
				}
			}
		}
		return true
	})
	return k
}

// fold makes values that differ only in case equal.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (d *Desk) index(s *shape, id, version uint32, off int64, raw []byte, born int64) {
	for uint32(len(d.recs)) < id {
		d.recs = append(d.recs, rec{})
	}
	d.recs[id-1] = rec{off: off, born: born, len: uint32(len(raw)), version: version, obj: uint8(s.index), live: true}
	s.order = append(s.order, id)
	s.count++
	d.note(s, id)
	k := s.keys(raw)
	d.link(s, id, k)
}

func (d *Desk) reindex(s *shape, id, version uint32, off int64, old, raw []byte) {
	before := s.keys(old)
	if before.hash != "" { // or content that only this record uses would go with its old state
		d.blobs.keep(before.hash)
		defer d.blobs.drop(before.hash)
	}
	d.unlink(s, id, before)
	r := &d.recs[id-1]
	r.off, r.len, r.version = off, uint32(len(raw)), version
	d.note(s, id)
	d.link(s, id, s.keys(raw))
}

func (d *Desk) unindex(s *shape, id uint32, raw []byte) {
	d.unlink(s, id, s.keys(raw))
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
		if int(to) <= len(d.recs) {
			d.recs[to-1].refs++
		}
	}
	if k.parent != 0 {
		kids := d.kids[k.parent] // ascending: lists continue after an id
		at, _ := slices.BinarySearch(kids, id)
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
		if int(to) <= len(d.recs) {
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

// encode writes a record: id, version, the fields in the order of the shape, the
// custom ones together under "fields". Fields without a value are left out.
func encode(s *shape, id, version uint32, set map[string]json.RawMessage) []byte {
	n := 64
	for _, v := range set {
		n += len(v) + 24
	}
	b := bytes.NewBuffer(make([]byte, 0, n))
	fmt.Fprintf(b, `{"id":"%d","version":%d`, id, version)
	custom := false
	for _, f := range s.Fields {
		v := set[f.Name]
		if v == nil {
			continue
		}
		name, isCustom := strings.CutPrefix(f.Name, customPrefix)
		if isCustom && !custom {
			custom = true
			b.WriteString(`,"fields":{`)
		} else {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(name)
		b.WriteString(`":`)
		b.Write(v)
	}
	if custom {
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return b.Bytes()
}

// decode is encode's inverse, without id and version.
func decode(raw []byte) map[string]json.RawMessage {
	set := map[string]json.RawMessage{}
	gjson.ParseBytes(raw).ForEach(func(name, v gjson.Result) bool {
		switch n := name.String(); n {
		case "id", "version":
		case "fields":
			v.ForEach(func(name, v gjson.Result) bool {
				set[customPrefix+name.String()] = json.RawMessage(v.Raw)
				return true
			})
		default:
			set[n] = json.RawMessage(v.Raw)
		}
		return true
	})
	return set
}
