package practice

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// updates tells whether a request changes records, which has a limit of its own.
func updates(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, root)
	switch r.Method {
	case http.MethodPatch:
		return !strings.HasPrefix(path, "triggers/")
	case http.MethodPost:
		return strings.HasSuffix(path, "/batch_update")
	}
	return false
}

// change sets the fields that differ, and does nothing when none does; d.mu is
// held. What is wrong with the item is in its errs.
func (d *Desk) change(id uint32, it *item) error {
	if len(it.errs) == 0 {
		d.settle(it, id)
	}
	if len(it.errs) > 0 {
		return nil
	}
	old, err := d.raw(id)
	if err != nil {
		return err
	}
	v, differs := decode(it.shape, old), false
	if i := v.at("archived"); i >= 0 && v.json[i] == "true" {
		it.bad("archived", "archived", "this ticket is in the archive and cannot be changed", "")
		return nil
	}
	for i, x := range it.json {
		if x != "" && v.fields[i].Name != "content" && !sameValue(v.json[i], x) {
			differs = true
		}
	}
	if !differs {
		return nil
	}
	d.touch(v)
	for i, x := range it.json {
		if x != "" {
			v.json[i] = x
		}
	}
	if err := d.replace(it.shape, id, old, v); err != nil {
		return err
	}
	return d.fire(it, whenUpdated)
}

// sameValue tells whether two JSON values mean the same; "" and null are no value.
func sameValue(a, b string) bool {
	none := func(s string) bool { return s == "" || s == null }
	if a == b || none(a) || none(b) {
		return a == b || none(a) && none(b)
	}
	x, y := gjson.Parse(a), gjson.Parse(b)
	switch {
	case x.Type != y.Type:
		return false
	case x.Type == gjson.String:
		return x.Str == y.Str
	case x.Type == gjson.Number:
		m, ok := new(big.Rat).SetString(x.Raw)
		n, also := new(big.Rat).SetString(y.Raw)
		return ok && also && m.Cmp(n) == 0
	case x.IsArray() && y.IsArray():
		return slices.EqualFunc(x.Array(), y.Array(), func(p, q gjson.Result) bool { return sameValue(p.Raw, q.Raw) })
	}
	return false
}

func (c call) patch(s *shape, text string) {
	body, ok := c.body()
	if !ok || !c.valid(body) {
		return
	}
	it := newItem(s, c.fieldsOf(s), c.imports())
	it.read(body, false, nil)
	if it.imp && !c.may("import") {
		return
	}
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
	switch err := c.change(id, it); {
	case err != nil:
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
	case len(it.errs) > 0:
		invalid(c.w, it.errs)
	default:
		c.record(http.StatusOK, s, id)
	}
}

// edit is one item of a batch of changes.
type edit struct {
	id, version string
	*item
}

// edits reads the items of a batch of changes; when it cannot, it has answered.
func (c call) edits(s *shape, items []string, files map[string]upload) ([]edit, bool) {
	fields := c.fieldsOf(s)
	out := make([]edit, len(items))
	for i, raw := range items {
		e := edit{}
		set := gjson.Result{Raw: "{}"}
		var unknown []string
		gjson.Parse(raw).ForEach(func(name, v gjson.Result) bool {
			switch n := name.String(); n {
			case "id":
				e.id = v.String()
			case "version":
				e.version = v.String()
			case "set":
				set = v
			default:
				unknown = append(unknown, n)
			}
			return true
		})
		e.item = newItem(s, fields, c.imports())
		e.read(set.Raw, false, files)
		for _, n := range unknown {
			e.bad(n, "unknown", "a change has id, version and set", "")
		}
		if e.imp && !c.may("import") {
			return nil, false
		}
		out[i] = e
	}
	return out, true
}

func (c call) updateBatch(s *shape) {
	body, files, done, ok := c.payload(s)
	if !ok {
		return
	}
	defer done()
	items, ok := c.items(body)
	if !ok {
		return
	}
	list, ok := c.edits(s, items, files)
	if !ok {
		return
	}
	results := make([]result, len(list))
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range list {
		if isHalf(c.r.Context()) && i >= len(list)/2 {
			return // the connection ends here
		}
		results[i] = c.update(s, e)
	}
	c.answerResults(results)
}

// update changes one record of a batch; d.mu is held.
func (d *Desk) update(s *shape, e edit) result {
	id, ok := d.live(s, e.id)
	if !ok {
		return result{Status: http.StatusNotFound, ID: e.id, Code: "not_found"}
	}
	if now := d.recs[id-1].version; e.version != "" && e.version != strconv.FormatUint(uint64(now), 10) {
		return result{Status: http.StatusPreconditionFailed, ID: e.id, Code: "changed", Version: now}
	}
	if err := d.change(id, e.item); err != nil {
		return result{Status: http.StatusInternalServerError, ID: e.id, Code: "internal"}
	}
	if len(e.errs) > 0 {
		r := refused(e.item)
		r.ID = e.id
		return r
	}
	return result{Status: http.StatusOK, ID: e.id, Version: d.recs[id-1].version}
}

// byIDs answers with the records of those ids that are there.
func (c call) byIDs(s *shape, list string) {
	texts := strings.Split(list, ",")
	if len(texts) > MaxBatch {
		invalid(c.w, []FieldError{{Field: "ids", Code: "invalid", Reason: fmt.Sprintf("give 1 to %d of them", MaxBatch)}})
		return
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var ids []uint32
	for _, text := range texts {
		if id, ok := c.live(s, text); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	c.page(s, feed{ids: ids}, "id", int64(len(ids)))
}

// react is what follows when somebody works in the desk, and what an import must
// not set off: a message touches its ticket.
func (d *Desk) react(it *item) error {
	if it.imp || it.shape.Object != model.Message {
		return nil
	}
	tickets := d.shapeOf(model.Ticket)
	id, _ := d.live(tickets, it.text("ticket"))
	old, err := d.raw(id)
	if err != nil {
		return err
	}
	v := decode(tickets, old)
	d.touch(v)
	return d.replace(tickets, id, old, v)
}
