package fake

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// record is what a table holds.
type record interface {
	key() int64
	// changed is when the feed of changes has it, in Unix seconds.
	changed() int64
}

// table keeps records by id and in the order of their changes.
type table[T record] struct {
	byID   map[int64]T
	order  []T // by id, which is by creation
	feed   []T // by change, when sorted
	sorted bool
}

func newTable[T record]() *table[T] { return &table[T]{byID: map[int64]T{}} }

func (t *table[T]) put(x T) {
	if _, ok := t.byID[x.key()]; !ok {
		t.order = append(t.order, x)
		t.feed = append(t.feed, x)
	}
	t.byID[x.key()] = x
	t.sorted = false
}

func (t *table[T]) remove(id int64) {
	delete(t.byID, id)
	gone := func(x T) bool { return x.key() == id }
	t.order, t.feed = slices.DeleteFunc(t.order, gone), slices.DeleteFunc(t.feed, gone)
}

func (t *table[T]) changes() []T {
	if !t.sorted {
		slices.SortFunc(t.feed, func(a, b T) int {
			return cmp.Or(cmp.Compare(a.changed(), b.changed()), cmp.Compare(a.key(), b.key()))
		})
		t.sorted = true
	}
	return t.feed
}

// place in a feed: after the record of that change and id.
type place struct{ at, id int64 }

func (p place) text() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d||%d", p.at, p.id))
}

func readPlace(s string) (p place, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return p, false
	}
	n, err := fmt.Sscanf(string(b), "%d||%d", &p.at, &p.id)
	return p, err == nil && n == 2
}

// export answers an incremental export by cursor.
func export[T record](s *Server, w http.ResponseWriter, r *http.Request, name string, t *table[T], show func(T) ([]byte, bool)) {
	q := r.URL.Query()
	for k := range q {
		if !slices.Contains([]string{"start_time", "cursor", "per_page", "include", "exclude_deleted"}, k) {
			badRequest(w, "unknown parameter "+k)
			return
		}
	}
	size := 1000
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 1000)
	}
	from, ok := readPlace(q.Get("cursor"))
	if !ok {
		start, err := strconv.ParseInt(q.Get("start_time"), 10, 64)
		if err != nil || q.Get("cursor") != "" {
			badRequest(w, "start_time or cursor is invalid")
			return
		}
		if start > s.o.Now().Add(-time.Minute).Unix() {
			answer(w, http.StatusUnprocessableEntity, map[string]string{"error": "StartTimeTooRecent", "description": "Too recent start_time. Use a start_time older than 1 minute"})
			return
		}
		from = place{start - 1, 1 << 62}
	}
	until := s.o.Now().Add(-s.o.Withheld).Unix()
	feed := t.changes()
	i, _ := slices.BinarySearchFunc(feed, from, func(x T, p place) int {
		return cmp.Or(cmp.Compare(x.changed(), p.at), cmp.Compare(x.key(), p.id+1))
	})
	if s.o.Duplicates && i > 0 && q.Get("cursor") != "" && i < len(feed) && (s.o.Withheld == 0 || feed[i].changed() <= until) {
		i, size = i-1, size+1
	}
	out := append(make([]byte, 0, 64<<10), `{"`+name+`":[`...)
	n := 0
	last := from
	for ; i < len(feed) && n < size; i++ {
		x := feed[i]
		if s.o.Withheld > 0 && x.changed() > until {
			break
		}
		last = place{x.changed(), x.key()}
		b, shown := show(x)
		if !shown {
			continue
		}
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, b...)
		n++
	}
	end := i >= len(feed) || s.o.Withheld > 0 && feed[i].changed() > until
	out = fmt.Appendf(out, `],"after_cursor":%q,"after_url":%q,"before_cursor":null,"before_url":null,"end_of_stream":%t}`,
		last.text(), "http://"+r.Host+r.URL.Path+"?cursor="+last.text(), end)
	send(w, http.StatusOK, out)
}

// exportByTime answers a time-based incremental export: pages overlap by what changed in
// the second at which one ends.
func exportByTime[T record](s *Server, w http.ResponseWriter, r *http.Request, name string, t *table[T]) {
	q := r.URL.Query()
	start, err := strconv.ParseInt(q.Get("start_time"), 10, 64)
	if err != nil {
		badRequest(w, "start_time is invalid")
		return
	}
	if start > s.o.Now().Add(-time.Minute).Unix() {
		answer(w, http.StatusUnprocessableEntity, map[string]string{"error": "StartTimeTooRecent", "description": "Too recent start_time. Use a start_time older than 1 minute"})
		return
	}
	size := 1000
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 1000)
	}
	until := s.o.Now().Add(-s.o.Withheld).Unix()
	list := []T{}
	more := false
	for _, x := range t.changes() {
		if x.changed() < start || s.o.Withheld > 0 && x.changed() > until {
			continue
		}
		if len(list) >= size { // even inside a second: who asks again gets the same page
			more = true
			break
		}
		list = append(list, x)
	}
	end := start
	if len(list) > 0 {
		end = list[len(list)-1].changed()
	}
	answer(w, http.StatusOK, map[string]any{
		name: list, "count": len(list), "end_of_stream": !more, "end_time": end,
		"next_page": "http://" + r.Host + r.URL.Path + "?start_time=" + strconv.FormatInt(end, 10),
	})
}

// list answers a list, by cursor when page[size] is there and else by pages of at most a
// hundred, of which there are no more than a hundred.
func list[T any](w http.ResponseWriter, r *http.Request, name string, items []T, usual int, allowed ...string) {
	q := r.URL.Query()
	for k := range q {
		if !slices.Contains(append(allowed, "page[size]", "page[after]", "page[before]", "page", "per_page", "sort", "sort_by", "sort_order", "include"), k) {
			badRequest(w, "unknown parameter "+k)
			return
		}
	}
	self := "http://" + r.Host + r.URL.Path
	if q.Has("page[size]") || q.Has("page[after]") {
		size, err := strconv.Atoi(q.Get("page[size]"))
		if err != nil || size < 1 {
			size = 100
		}
		size = min(size, 100)
		from := 0
		if after := q.Get("page[after]"); after != "" {
			b, bad := base64.RawURLEncoding.DecodeString(after)
			if from, err = strconv.Atoi(strings.TrimPrefix(string(b), "o")); err != nil || bad != nil {
				answer(w, http.StatusBadRequest, map[string]any{"errors": []map[string]string{{"code": "InvalidPaginationParameter", "title": "page[after] is not valid", "detail": "page[after] is not valid"}}})
				return
			}
		}
		from = min(from, len(items))
		to := min(from+size, len(items))
		cursor := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "o%d", to))
		answer(w, http.StatusOK, map[string]any{
			name: items[from:to], "meta": map[string]any{"has_more": to < len(items), "after_cursor": cursor, "before_cursor": "x"},
			"links": map[string]any{"next": self + "?page%5Bafter%5D=" + cursor, "prev": nil},
		})
		return
	}
	page, size := 1, usual
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		page = n
	}
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if page*size > 10000 && page > 100 {
		answer(w, http.StatusBadRequest, map[string]any{"errors": []map[string]string{{"code": "InvalidPaginationDepth", "title": "Invalid pagination depth", "detail": "Offset pagination requests are limited to 100 pages"}}})
		return
	}
	from := min((page-1)*size, len(items))
	to := min(from+size, len(items))
	var next any
	if to < len(items) {
		next = self + "?page=" + strconv.Itoa(page+1)
	}
	answer(w, http.StatusOK, map[string]any{name: items[from:to], "count": len(items), "next_page": next, "previous_page": nil})
}

func badRequest(w http.ResponseWriter, message string) {
	answer(w, http.StatusBadRequest, map[string]any{"error": map[string]string{"title": "Invalid attribute", "message": message}})
}

// ids reads a list of numbers: "1,2,3".
func ids(s string) (out []int64) {
	for part := range strings.SplitSeq(s, ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// doc is a record of a list that needs no code of its own.
type doc struct {
	id     int64
	at     int64
	values map[string]any
}

func (d *doc) key() int64     { return d.id }
func (d *doc) changed() int64 { return d.at }

// MarshalJSON writes the values.
func (d *doc) MarshalJSON() ([]byte, error) { return json.Marshal(d.values) }

func (s *Server) docsOf(name string) *table[*doc] {
	t := s.docs[name]
	if t == nil {
		t = newTable[*doc]()
		s.docs[name] = t
	}
	return t
}

// add makes a record of a list and gives its id.
func (s *Server) add(name string, values map[string]any) int64 {
	d := &doc{id: s.id(), at: s.now().Unix(), values: values}
	values["id"] = d.id
	for _, k := range []string{"created_at", "updated_at"} {
		if values[k] == nil {
			values[k] = s.stamp()
		}
	}
	s.docsOf(name).put(d)
	return d.id
}

// Add makes a record of a list, such as "macros" or "triggers", and gives its id.
func (s *Server) Add(name string, values map[string]any) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(name, values)
}

func (s *Server) change(name string, d *doc, values map[string]any) {
	for k, v := range values {
		d.values[k] = v
	}
	d.values["updated_at"], d.at = s.stamp(), s.now().Unix()
	s.docsOf(name).sorted = false
}
