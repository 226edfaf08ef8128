package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// call is one request.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	me   *user
	body map[string]any
	// files of a form, besides those in body["Attachments"].
	files []*attachment
}

func say(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": words}) // the caller went away
}

func (c *call) say(status int, words string) { say(c.w, status, words) }

func (c *call) answer(status int, v any) {
	b, err := json.MarshalIndent(v, "", "   ")
	if err != nil {
		c.say(http.StatusInternalServerError, err.Error())
		return
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.Header().Set("Date", c.s.now().UTC().Format(http.TimeFormat))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b) // the caller went away
}

// readBody takes JSON, or a form with a field JSON and files.
func (c *call) readBody() bool {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete {
		return true
	}
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	var raw []byte
	var err error
	switch kind {
	case "application/json":
		raw, err = io.ReadAll(c.r.Body)
	case "multipart/form-data":
		m := multipart.NewReader(c.r.Body, params["boundary"])
		for err == nil {
			var p *multipart.Part
			if p, err = m.NextRawPart(); err != nil {
				break
			}
			var b []byte
			if b, err = io.ReadAll(p); err != nil {
				break
			}
			if p.FormName() == "JSON" {
				raw = b
				continue
			}
			_, d, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			if len(b) == 0 {
				c.say(http.StatusBadRequest, "FileContent is a required field for each attachment in Attachments")
				return false
			}
			c.files = append(c.files, &attachment{name: path.Base(d["filename"]), kind: p.Header.Get("Content-Type"), content: b})
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
	default:
		c.say(http.StatusUnsupportedMediaType, "Unsupported Media Type")
		return false
	}
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err = dec.Decode(&c.body)
	}
	if err != nil {
		c.say(http.StatusBadRequest, "Malformed request: "+err.Error())
		return false
	}
	return true
}

var routes = []struct {
	method string
	path   *regexp.Regexp
	do     func(c *call, m []string)
}{
	{"GET", regexp.MustCompile(`^rt$`), func(c *call, _ []string) {
		c.answer(200, map[string]any{"Version": "5.0.3+dfsg-3~deb12u6", "Plugins": []any{}})
	}},
	{"GET", regexp.MustCompile(`^tickets$`), (*call).listTickets},
	{"GET", regexp.MustCompile(`^transactions$`), (*call).listTransactions},
	{"GET", regexp.MustCompile(`^ticket/(\d+)/history$`), (*call).history},
	{"GET", regexp.MustCompile(`^attachments$`), (*call).listAttachments},
	{"GET", regexp.MustCompile(`^attachment/(\d+)$`), (*call).oneAttachment},
	{"GET", regexp.MustCompile(`^users$`), (*call).listUsers},
	{"GET", regexp.MustCompile(`^(queues)(?:/all)?$`), (*call).listQueues},
	{"GET", regexp.MustCompile(`^groups$`), (*call).listGroups},
	{"GET", regexp.MustCompile(`^group/(\d+)/members$`), (*call).members},
	{"GET", regexp.MustCompile(`^customfields$`), (*call).listFields},
	{"GET", regexp.MustCompile(`^customfield/(\d+)$`), (*call).oneField},
	{"GET", regexp.MustCompile(`^(articles|assets|catalogs)(?:/all)?$`), func(c *call, _ []string) { c.list(0, nil, nil) }},
	{"GET", regexp.MustCompile(`^ticket/(\d+)$`), (*call).oneTicket},
	{"POST", regexp.MustCompile(`^ticket$`), (*call).createTicket},
	{"PUT", regexp.MustCompile(`^ticket/(\d+)$`), (*call).changeTicket},
	{"DELETE", regexp.MustCompile(`^ticket/(\d+)$`), (*call).deleteTicket},
	{"POST", regexp.MustCompile(`^ticket/(\d+)/(correspond|comment)$`), (*call).message},
	{"GET", regexp.MustCompile(`^user/(.+)$`), (*call).oneUser},
	{"PUT", regexp.MustCompile(`^user/(.+)$`), (*call).changeUser},
	{"POST", regexp.MustCompile(`^user$`), (*call).createUser},
	{"POST", regexp.MustCompile(`^customfield$`), (*call).createField},
	{"POST", regexp.MustCompile(`^customfield/(\d+)/value$`), (*call).createValue},
	{"GET", regexp.MustCompile(`^queue/(\d+)$`), (*call).oneQueue},
	{"GET", regexp.MustCompile(`^searches$`), (*call).listSearches},
}

func (c *call) route() {
	p, ok := strings.CutPrefix(c.r.URL.Path, "/REST/2.0/")
	if !ok {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	known := false
	for _, x := range routes {
		if m := x.path.FindStringSubmatch(p); m != nil {
			known = true
			if x.method == c.r.Method {
				x.do(c, m)
				return
			}
		}
	}
	if known {
		c.say(http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	c.say(http.StatusNotFound, "Not Found")
}

// list answers with a page of n records. get gives the values of a record that a search
// may name; show makes its members.
func (c *call) list(n int, get func(i int, field string) []string, show func(i int, field string) any) {
	c.listOf(nil, n, get, show)
}

// listOf considers only some records, if only is not nil.
func (c *call) listOf(only []int, n int, get func(i int, field string) []string, show func(i int, field string) any) {
	q := c.r.URL.Query()
	var search query
	text := q.Get("query")
	var err error
	switch {
	case text == "":
	case strings.HasPrefix(strings.TrimSpace(text), "["):
		search, err = parseJSON(text)
	default:
		search, err = parseSQL(text)
	}
	if c.r.URL.Path == "/REST/2.0/users" {
		search = c.public(search)
	}
	if err != nil {
		c.say(http.StatusBadRequest, err.Error())
		return
	}
	size, page := 20, 1
	if x, err := strconv.Atoi(q.Get("per_page")); err == nil && x > 0 {
		size = min(x, 100)
	}
	if x, err := strconv.Atoi(q.Get("page")); err == nil && x > 0 {
		page = x
	}
	var hits []int
	consider := func(i int) {
		if search == nil || search.holds(func(f string) []string { return get(i, f) }) {
			hits = append(hits, i)
		}
	}
	if c.me.name() == "weak" {
		n, only = 0, []int{} // who may see nothing gets empty lists
	}
	if only != nil {
		slices.Sort(only)
		for _, i := range slices.Compact(only) {
			consider(i)
		}
	} else {
		for i := range n {
			consider(i)
		}
	}
	if strings.EqualFold(q.Get("order"), "DESC") {
		slices.Reverse(hits)
	}
	items := []any{}
	from := min((page-1)*size, len(hits))
	for _, i := range hits[from:min(from+size, len(hits))] {
		m := map[string]any{"id": show(i, "key"), "type": "record", "_url": "https://rt.example/REST/2.0/record"}
		for _, f := range strings.Split(q.Get("fields"), ",") {
			if f == "" {
				continue
			}
			if v := show(i, f); v != nil {
				m[f] = v
			} else {
				m[f] = ""
			}
		}
		items = append(items, m)
	}
	c.answer(200, map[string]any{
		"count": len(items), "total": len(hits), "page": page, "per_page": size, "pages": (len(hits) + size - 1) / size, "items": items,
	})
}

// searchable are the members by which users can be searched; a condition on another one is
// left out without a word.
var searchable = []string{
	"Name", "EmailAddress", "Organization", "RealName", "NickName", "Lang", "Gecos", "SMIMECertificate", "City", "Country", "Timezone",
}

type anybody struct{}

func (anybody) holds(get func(string) []string) bool { return len(get("Name")) > 0 }
func (anybody) equals(string) ([]string, bool)       { return nil, false }

func (c *call) public(q query) query {
	switch x := q.(type) {
	case test:
		if !slices.Contains(searchable, x.field) {
			return anybody{}
		}
	case both:
		return both{c.public(x.a), c.public(x.b)}
	case either:
		return either{c.public(x.a), c.public(x.b)}
	}
	return q
}

// only gives the records whom a search for equal values of a field can find.
func (c *call) only(field string, find func(value string) []int) []int {
	text := c.r.URL.Query().Get("query")
	search, err := parseSQL(text)
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		search, err = parseJSON(text)
	}
	if text == "" || err != nil || search == nil {
		return nil
	}
	values, ok := search.equals(field)
	if !ok {
		return nil
	}
	out := []int{}
	for _, v := range values {
		out = append(out, find(v)...)
	}
	return out
}

func at(n int) func(string) []int {
	return func(v string) []int {
		if i, err := strconv.Atoi(v); err == nil && i >= 1 && i <= n {
			return []int{i - 1}
		}
		return nil
	}
}
