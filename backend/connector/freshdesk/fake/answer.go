package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// body is what a call carries. Files come only in multipart.
type body struct {
	values map[string]any
	files  []upload
	bad    bool
}

type upload struct {
	name, kind string
	content    []byte
}

// read takes the call's body; nil: of a kind that the API does not take.
func (q *request) read() *body {
	if q.Method == http.MethodGet || q.Method == http.MethodDelete {
		return &body{}
	}
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		return q.readParts()
	}
	raw, err := io.ReadAll(q.Body)
	if err != nil {
		return &body{bad: true}
	}
	if len(raw) == 0 {
		return &body{values: map[string]any{}}
	}
	if kind != "application/json" {
		return nil
	}
	b := &body{values: map[string]any{}}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&b.values) != nil {
		b.bad = true
	}
	return b
}

// readParts takes a form: "tags[]" is a list, "custom_fields[cf_x]" a member. All values
// are texts there, so numbers and truth values are taken as texts.
func (q *request) readParts() *body {
	b := &body{values: map[string]any{}}
	r, err := q.MultipartReader()
	if err != nil {
		b.bad = true
		return b
	}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return b
		}
		if err != nil {
			b.bad = true
			return b
		}
		content, err := io.ReadAll(p)
		if err != nil {
			b.bad = true
			return b
		}
		name := p.FormName()
		if name == "attachments[]" {
			_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			b.files = append(b.files, upload{name: params["filename"], kind: p.Header.Get("Content-Type"), content: content})
			continue
		}
		switch outer, inner, nested := strings.Cut(strings.TrimSuffix(name, "]"), "["); {
		case nested && inner == "":
			list, _ := b.values[outer].([]any)
			b.values[outer] = append(list, any(form(content)))
		case nested:
			m, ok := b.values[outer].(map[string]any)
			if !ok {
				m = map[string]any{}
				b.values[outer] = m
			}
			m[inner] = form(content)
		default:
			b.values[name] = form(content)
		}
	}
}

// form is a text of a form, which may stand for a number or a truth value.
type form string

func (q *request) json(status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		http.Error(q.w, err.Error(), http.StatusInternalServerError)
		return
	}
	q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q.w.WriteHeader(status)
	_, _ = q.w.Write(bytes.TrimRight(b.Bytes(), "\n")) // a caller that left is its own matter
}

func (q *request) created(place string, v any) {
	q.w.Header().Set("Location", q.host+root+place)
	q.json(http.StatusCreated, v)
}

func (q *request) done() { q.w.WriteHeader(http.StatusNoContent) }

func (q *request) missing() { q.w.WriteHeader(http.StatusNotFound) }

// flat is a refusal that names no field.
func (q *request) flat(status int, code, message string) {
	q.json(status, map[string]any{"code": code, "message": message})
}

// fault is one field's part of a refusal.
type fault struct {
	Field   string         `json:"field"`
	Info    map[string]any `json:"additional_info,omitempty"`
	Message string         `json:"message"`
	Code    string         `json:"code"`
}

func (q *request) refuse(status int, list ...fault) {
	q.json(status, map[string]any{"description": "Validation failed", "errors": list})
}

// page reads page and per_page; false: it answered.
func (q *request) page() (page, size int, ok bool) {
	page, size = 1, 30
	for _, x := range []struct {
		name string
		to   *int
		most int
	}{{"page", &page, 1 << 30}, {"per_page", &size, 100}} {
		text := q.URL.Query().Get(x.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > x.most {
			q.refuse(http.StatusBadRequest, fault{
				Field: x.name, Code: "invalid_value",
				Message: fmt.Sprintf("It should be a Positive Integer less than or equal to %d", x.most),
			})
			return 0, 0, false
		}
		*x.to = n
	}
	return page, size, true
}

// list answers with one page of a list, and with the address of the next.
func list[T any](q *request, all []T, show func(T) any) {
	page, size, ok := q.page()
	if !ok {
		return
	}
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		next := *q.URL
		v := next.Query()
		v.Set("page", strconv.Itoa(page+1))
		v.Set("per_page", strconv.Itoa(size))
		q.w.Header().Set("Link", "<"+q.host+q.URL.Path+"?"+v.Encode()+`>; rel="next"`)
	}
	out := make([]any, 0, to-from)
	for _, x := range all[from:to] {
		out = append(out, show(x))
	}
	q.json(http.StatusOK, out)
}

// only refuses parameters that the call does not have.
func (q *request) only(names ...string) bool {
	for name := range q.URL.Query() {
		known := name == "page" || name == "per_page"
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			q.refuse(http.StatusBadRequest, fault{Field: name, Message: "Unexpected/invalid field in request", Code: "invalid_field"})
			return false
		}
	}
	return true
}
