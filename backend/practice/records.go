package practice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// result is what became of one item of a batch.
type result struct {
	Status     int          `json:"status"`
	ID         string       `json:"id,omitempty"`
	Version    uint32       `json:"version,omitempty"`
	ExternalID string       `json:"external_id,omitempty"`
	Code       string       `json:"code,omitempty"`
	Errors     []FieldError `json:"errors,omitempty"`
}

func (c call) list(s *shape) {
	parent := ""
	for _, f := range s.Fields {
		if f.Parent {
			parent = f.Name
		}
	}
	q, ok := c.query("limit", "cursor", "changed_after", "ids", parent)
	if !ok {
		return
	}
	if q.Has("ids") {
		c.byIDs(s, q.Get("ids"))
		return
	}
	limit := DefaultPage
	if t := q.Get("limit"); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 || n > MaxPage {
			invalid(c.w, []FieldError{{Field: "limit", Code: "invalid", Reason: fmt.Sprintf("a page has 1 to %d records", MaxPage), Value: t}})
			return
		}
		limit = n
	}
	byChange := q.Has("changed_after")
	from, err := cursorOf("id", q.Get("cursor"))
	if byChange {
		from, err = cursorOf("change", q.Get("changed_after"))
	}
	if err != nil {
		invalid(c.w, []FieldError{{Field: "cursor", Code: "invalid", Reason: "this cursor is not one of this list"}})
		return
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	switch {
	case byChange && from > c.seq:
		invalid(c.w, []FieldError{{Field: "cursor", Code: "invalid", Reason: "this cursor is one of another desk"}})
	case byChange:
		c.page(s, c.changes(s, from, limit), "change", s.count)
	case parent != "" && q.Has(parent):
		id, ok := c.live(nil, q.Get(parent))
		if !ok {
			invalid(c.w, []FieldError{{Field: parent, Code: "no_such_record", Reason: "there is no such record", Value: q.Get(parent)}})
			return
		}
		kids := c.kids[id]
		c.page(s, c.after(kids, from, limit), "id", int64(len(kids)))
	default:
		c.page(s, c.after(s.order, from, limit), "id", s.count)
	}
}

// after gives the next live ids of an ascending list.
func (d *Desk) after(list []uint32, from uint64, limit int) feed {
	f := feed{last: from}
	i := sort.Search(len(list), func(i int) bool { return uint64(list[i]) > from })
	for ; i < len(list); i++ {
		if !d.recs[list[i]-1].live {
			continue
		}
		if len(f.ids) == limit {
			f.more = true
			return f
		}
		f.ids = append(f.ids, list[i])
		f.last = uint64(list[i])
	}
	return f
}

// page answers with records, and with what is gone when it is a page of changes;
// c.mu is held for reading. "next" continues the list and is null at its end;
// "position" continues in any case, once there is more; "changes" is where reading
// by changed_after can begin to see what happens from now on.
func (c call) page(s *shape, f feed, kind string, total int64) {
	size := 256
	for _, id := range f.ids {
		size += int(c.recs[id-1].len) + 1
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	b.WriteString(`{"items":[`)
	for i, id := range f.ids {
		if i > 0 {
			b.WriteByte(',')
		}
		raw, err := c.show(s, id)
		if err != nil {
			fail(c.w, http.StatusInternalServerError, "internal", err.Error())
			return
		}
		b.Write(raw)
	}
	changes := c.seq
	b.WriteByte(']')
	if kind == "change" {
		changes = f.last
		gone, err := json.Marshal(f.gone)
		if err != nil {
			fail(c.w, http.StatusInternalServerError, "internal", err.Error())
			return
		}
		b.WriteString(`,"gone":`)
		b.Write(gone)
	}
	b.WriteString(`,"next":`)
	if f.more {
		b.WriteString(quote(cursorText(kind, f.last)))
	} else {
		b.WriteString("null")
	}
	b.WriteString(`,"position":`)
	b.WriteString(quote(cursorText(kind, f.last)))
	fmt.Fprintf(b, `,"total":%d,"changes":%s}`, total, quote(cursorText("change", changes)))
	send(c.w, http.StatusOK, b.Bytes())
}

// show gives a record as the desk answers it: an attachment's content as its address.
func (d *Desk) show(s *shape, id uint32) (json.RawMessage, error) {
	raw, err := d.raw(id)
	if err != nil || s.Object != model.Attachment {
		return raw, err
	}
	v := decode(s, raw)
	v.put("content", quote(root+s.path+"/"+idText(id)+"/content"))
	return encode(nil, id, d.recs[id-1].version, v), nil
}

func (c call) get(s *shape, text string) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	id, ok := c.live(s, text)
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such record.")
		return
	}
	c.record(http.StatusOK, s, id)
}

func (c call) record(status int, s *shape, id uint32) {
	raw, err := c.show(s, id)
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.w.Header().Set("ETag", strconv.Quote(fmt.Sprint(c.recs[id-1].version)))
	send(c.w, status, raw)
}

func (c call) content(s *shape, text string) {
	c.mu.RLock()
	id, ok := c.live(s, text)
	var v values
	if ok {
		raw, err := c.raw(id)
		ok = err == nil
		v = decode(s, raw)
	}
	c.mu.RUnlock()
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such record.")
		return
	}
	f, err := c.blobs.open(v.text("sha256"))
	if err != nil {
		fail(c.w, http.StatusNotFound, "not_found", "The content is gone.")
		return
	}
	defer f.Close()
	kind := v.text("content_type")
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("X-Content-Type-Options", "nosniff")
	c.w.Header().Set("Content-Disposition", "attachment")
	http.ServeContent(c.w, c.r, "", c.now(), f)
}

func (c call) search() {
	q, ok := c.query("object", "external_id")
	if !ok {
		return
	}
	s := c.shapeOf(model.Object(q.Get("object")))
	if s == nil {
		invalid(c.w, []FieldError{{Field: "object", Code: "unknown", Reason: "there is no such object", Value: q.Get("object")}})
		return
	}
	if n := len(q["external_id"]); n < 1 || n > MaxBatch {
		invalid(c.w, []FieldError{{Field: "external_id", Code: "invalid", Reason: "give 1 to 100 of them"}})
		return
	}
	items := []result{}
	c.mu.RLock()
	now := c.now()
	for _, e := range q["external_id"] {
		id, ok := s.external[e]
		if !ok {
			continue
		}
		for _, id := range append([]uint32{id}, s.copies[e]...) {
			if c.visible(id, now) {
				items = append(items, result{Status: http.StatusOK, ID: idText(id), Version: c.recs[id-1].version, ExternalID: e})
			}
		}
	}
	c.mu.RUnlock()
	c.answer(http.StatusOK, map[string]any{"items": items})
}

func (c call) fieldsOf(s *shape) []model.Field {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return s.Fields // replaced whole, never edited
}

func (c call) post(s *shape) {
	body, files, done, ok := c.payload(s)
	if !ok {
		return
	}
	defer done()
	if !c.valid(body) {
		return
	}
	it := newItem(s, c.fieldsOf(s), c.imports())
	it.read(body, true, files)
	if it.imp && !c.may("import") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	res, err := c.add(it)
	switch {
	case err != nil:
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
	case res.Errors != nil:
		invalid(c.w, res.Errors)
	default:
		id, _ := c.live(s, res.ID)
		c.record(http.StatusCreated, s, id)
	}
}

func (c call) postBatch(s *shape) {
	body, files, done, ok := c.payload(s)
	if !ok {
		return
	}
	defer done()
	items, ok := c.items(body)
	if !ok {
		return
	}
	fields := c.fieldsOf(s)
	checked := make([]*item, len(items))
	for i, raw := range items {
		checked[i] = newItem(s, fields, c.imports())
		checked[i].read(raw, true, files)
		if checked[i].imp && !c.may("import") {
			return
		}
	}
	results := make([]result, len(items))
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, it := range checked {
		if isHalf(c.r.Context()) && i >= len(checked)/2 {
			return // the connection ends here
		}
		var err error
		if results[i], err = c.add(it); err != nil {
			results[i] = result{Status: http.StatusInternalServerError, Code: "internal"}
		}
	}
	c.answerResults(results)
}

func (c call) items(body string) ([]string, bool) {
	if !c.valid(body) {
		return nil, false
	}
	items := make([]string, 0, MaxBatch+1)
	list := gjson.Get(body, "items")
	if list.IsArray() {
		list.ForEach(func(_, v gjson.Result) bool {
			items = append(items, v.Raw)
			return len(items) <= MaxBatch
		})
	}
	if n := len(items); n < 1 || n > MaxBatch {
		invalid(c.w, []FieldError{{Field: "items", Code: "invalid", Reason: "a batch has 1 to 100 items"}})
		return nil, false
	}
	return items, true
}

// valid answers for a body that is not JSON.
func (c call) valid(body string) bool {
	if gjson.Valid(body) {
		return true
	}
	fail(c.w, http.StatusBadRequest, "bad_request", "The body is not the JSON that is expected here.")
	return false
}

// answerResults answers to a batch.
func (c call) answerResults(results []result) {
	b := append(make([]byte, 0, 32+96*len(results)), `{"results":[`...)
	for i, r := range results {
		if i > 0 {
			b = append(b, ',')
		}
		if r.Errors != nil {
			one, err := json.Marshal(r)
			if err != nil {
				fail(c.w, http.StatusInternalServerError, "internal", err.Error())
				return
			}
			b = append(b, one...)
			continue
		}
		b = strconv.AppendInt(append(b, `{"status":`...), int64(r.Status), 10)
		for _, x := range [][2]string{{"id", r.ID}, {"external_id", r.ExternalID}, {"code", r.Code}} {
			if x[1] != "" {
				b = append(append(append(append(b, `,"`...), x[0]...), `":`...), quote(x[1])...)
			}
		}
		if r.Version != 0 {
			b = strconv.AppendUint(append(b, `,"version":`...), uint64(r.Version), 10)
		}
		b = append(b, '}')
	}
	send(c.w, http.StatusOK, append(b, "]}"...))
}

// refused is the result of an item that cannot be accepted.
func refused(it *item) result {
	status := http.StatusUnprocessableEntity
	if slices.ContainsFunc(it.errs, func(e FieldError) bool { return e.Code == "too_large" }) {
		status = http.StatusRequestEntityTooLarge
	}
	return result{Status: status, Code: "invalid", Errors: it.errs}
}

// add creates one record; d.mu is held.
func (d *Desk) add(it *item) (result, error) {
	if len(it.errs) == 0 {
		d.settle(it, 0)
	}
	if len(it.errs) > 0 {
		return refused(it), nil
	}
	id, err := d.create(it)
	if err != nil {
		return result{}, err
	}
	if err := d.react(it); err != nil {
		return result{}, err
	}
	if err := d.fire(it, whenCreated); err != nil {
		return result{}, err
	}
	return result{Status: http.StatusCreated, ID: idText(id), Version: 1, ExternalID: it.text("external_id")}, nil
}

// matches holds If-Match against the record's version; when it does not, it has answered.
func (c call) matches(id uint32) bool {
	want := c.r.Header.Get("If-Match")
	if want == "" || want == "*" {
		return true
	}
	if unquoted, err := strconv.Unquote(want); err == nil {
		want = unquoted
	}
	if want == fmt.Sprint(c.recs[id-1].version) {
		return true
	}
	fail(c.w, http.StatusPreconditionFailed, "changed", "The record was changed since.")
	return false
}

func (c call) delete(s *shape, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.live(s, text)
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such record.")
		return
	}
	if !c.matches(id) {
		return
	}
	switch err := c.erase(s, id); {
	case errors.Is(err, errInUse):
		fail(c.w, http.StatusConflict, "in_use", fmt.Sprintf("%d other records point to this one.", c.recs[id-1].refs))
	case err != nil:
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
	default:
		c.w.WriteHeader(http.StatusNoContent)
	}
}

var errInUse = errors.New("in use")

func (d *Desk) erase(s *shape, id uint32) error {
	if d.o.Cascade && d.recs[id-1].refs > 0 {
		if err := d.eraseInside(s, id); err != nil {
			return err
		}
	}
	if d.recs[id-1].refs > 0 {
		return errInUse
	}
	return d.remove(s, id, 0)
}

// eraseInside deletes what lies in a record, unless something else points to it; d.mu is held.
func (d *Desk) eraseInside(s *shape, id uint32) error {
	own := strconv.FormatUint(uint64(id), 10)
	type part struct {
		s  *shape
		id uint32
	}
	var inside []part
	for _, below := range d.shape {
		for _, f := range below.Fields {
			if !f.Parent || !slices.Contains(f.To, s.Object) {
				continue
			}
			for _, x := range below.order {
				if !d.recs[x-1].live {
					continue
				}
				raw, err := d.raw(x)
				if err != nil {
					return err
				}
				if gjson.GetBytes(raw, f.Name).String() == own {
					inside = append(inside, part{below, x})
				}
			}
		}
	}
	if int(d.recs[id-1].refs) > len(inside) {
		return errInUse
	}
	for _, x := range inside {
		if err := d.erase(x.s, x.id); err != nil {
			return err
		}
	}
	return nil
}

func (c call) deleteBatch(s *shape) {
	body, ok := c.body()
	if !ok {
		return
	}
	items, ok := c.items(body)
	if !ok {
		return
	}
	results := make([]result, len(items))
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, raw := range items {
		if isHalf(c.r.Context()) && i >= len(items)/2 {
			return // the connection ends here
		}
		var in struct {
			ID      string `json:"id"`
			Version string `json:"version"`
		}
		if json.Unmarshal([]byte(raw), &in) != nil {
			results[i] = result{Status: http.StatusUnprocessableEntity, Code: "invalid"}
			continue
		}
		results[i] = result{Status: http.StatusNoContent, ID: in.ID}
		id, ok := c.live(s, in.ID)
		switch {
		case !ok:
			results[i].Status, results[i].Code = http.StatusNotFound, "not_found"
			continue
		case in.Version != "" && in.Version != fmt.Sprint(c.recs[id-1].version):
			results[i].Status, results[i].Code, results[i].Version = http.StatusPreconditionFailed, "changed", c.recs[id-1].version
			continue
		}
		switch err := c.erase(s, id); {
		case errors.Is(err, errInUse):
			results[i].Status, results[i].Code = http.StatusConflict, "in_use"
		case err != nil:
			results[i].Status, results[i].Code = http.StatusInternalServerError, "internal"
		}
	}
	c.answerResults(results)
}
