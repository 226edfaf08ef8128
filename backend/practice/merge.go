package practice

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"waybill/backend/model"
)

// mergeable are the objects of which two records can become one.
var mergeable = []model.Object{model.Organization, model.Contact, model.Ticket}

// redacted is what stands in the place of content that was taken out.
const redacted = "[redacted]"

// merge makes one record of two: what hangs on the first moves to the second.
func (c call) merge(s *shape, text string) {
	var in struct {
		Into string `json:"into"`
	}
	if !c.read(&in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.live(s, text)
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such record.")
		return
	}
	into, ok := c.live(s, in.Into)
	if !ok || into == id {
		invalid(c.w, []FieldError{{Field: "into", Code: "no_such_record", Reason: "name another record to merge into", Value: in.Into}})
		return
	}
	if err := c.move(s, id, into); err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.record(http.StatusOK, s, into)
}

// move lets everything that points to one record point to another, and then ends
// the first. A desk that is killed in between has moved a part, and both records.
func (d *Desk) move(s *shape, from, into uint32) error {
	for _, parents := range []bool{true, false} { // parents know their children, the rest is searched for
		for _, other := range d.shape {
			for _, f := range other.Fields {
				if f.Type != model.LinkType || f.Parent != parents || !slices.Contains(f.To, s.Object) {
					continue
				}
				list := other.order
				if f.Parent {
					list = slices.Clone(d.kids[from]) // it shrinks meanwhile
				}
				if err := d.repoint(other, f.Name, list, from, into); err != nil {
					return err
				}
			}
		}
	}
	return d.remove(s, from, into)
}

// repoint changes a link in those records of a list that have it. A record that would
// point to itself loses the link.
func (d *Desk) repoint(s *shape, field string, list []uint32, from, into uint32) error {
	was, is := []byte(fmt.Sprintf(`"%s":"%d"`, field, from)), quote(idText(into))
	for _, id := range list {
		if d.recs[from-1].refs == 0 {
			return nil // that was the last
		}
		if !d.recs[id-1].live {
			continue
		}
		old, err := d.raw(id)
		if err != nil {
			return err
		}
		if !bytes.Contains(old, was) {
			continue
		}
		v := decode(s, old)
		if v.text(field) != idText(from) {
			continue
		}
		if v.put(field, is); id == into {
			v.put(field, null)
		}
		d.touch(v)
		if err := d.replace(s, id, old, v); err != nil {
			return err
		}
	}
	return nil
}

// touch sets the time of a record's last change, where it has one.
func (d *Desk) touch(v values) { v.put("updated_at", quote(d.stamp())) }

// redact takes the content out of a message or an attachment for good.
func (c call) redact(s *shape, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.live(s, text)
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such record.")
		return
	}
	if err := c.blank(s, id); err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.record(http.StatusOK, s, id)
}

// blank replaces a record's content; one that is blank already stays as it is.
func (d *Desk) blank(s *shape, id uint32) error {
	old, err := d.raw(id)
	if err != nil {
		return err
	}
	v := decode(s, old)
	if s.Object == model.Message {
		if v.text("body") == redacted {
			return nil
		}
		v.put("body", quote(redacted))
	} else {
		hash, size, err := d.blobs.put(strings.NewReader(""), 0)
		if err != nil {
			return err
		}
		defer d.blobs.drop(hash) // the record keeps it from now on
		if v.text("sha256") == hash && v.text("name") == "redacted.txt" {
			return nil
		}
		v.put("name", quote("redacted.txt"))
		v.put("content_type", quote("text/plain"))
		v.put("sha256", quote(hash))
		v.put("size", fmt.Sprint(size))
	}
	version, at := d.recs[id-1].version+1, d.now().UnixMilli()
	off, n, err := d.store("redact", s, id, version, v, fmt.Sprintf(",%d", at))
	if err != nil {
		return err
	}
	d.reindex(s, id, version, off, n, decode(s, old).keys(s), v.keys(s))
	d.bury(s, id, goneRedacted, 0, at)
	return nil
}
