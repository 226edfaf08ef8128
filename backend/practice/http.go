package practice

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"waybill/backend/model"
)

const root = "/api/v1/"

// serve lets a request in: token, limit, faults; then it is routed.
func (d *Desk) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		fail(w, http.StatusNotFound, "not_found", "Nothing is at this address.")
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(d.o.Token)) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, http.StatusUnauthorized, "unauthorized", "The token is missing or wrong.")
		return
	}
	if path == "stats" || path == "_faults" { // for looking in from outside: free of limits and faults
		d.route(w, r)
		return
	}
	switch d.faults.state(d.now()) {
	case Down:
		panic(http.ErrAbortHandler)
	case Revoke:
		fail(w, http.StatusUnauthorized, "unauthorized", "The token was revoked.")
		return
	}
	d.requests.Add(1)
	if !d.limit.take(d.now(), w.Header()) {
		fail(w, http.StatusTooManyRequests, "too_many", "Too many requests.")
		return
	}
	if updates(r) && !d.slower.take(d.now(), w.Header()) {
		fail(w, http.StatusTooManyRequests, "too_many", "Too many changes.")
		return
	}
	if x := d.faults.strike(r, d.now()); x != nil {
		d.suffer(x, w, r)
		return
	}
	d.route(w, r)
}

// call is one request on its way through the desk.
type call struct {
	*Desk
	w http.ResponseWriter
	r *http.Request
}

// right names what a method needs.
func right(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead:
		return "read"
	case http.MethodDelete:
		return "delete"
	}
	return "write"
}

func (d *Desk) route(w http.ResponseWriter, r *http.Request) {
	c := call{d, w, r}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, root), "/")
	need := right(r.Method)
	if parts[len(parts)-1] == "batch_delete" {
		need = "delete"
	}
	if (parts[0] == "fields" || parts[0] == "triggers") && need != "read" {
		need = "shape"
	}
	free := parts[0] == "me" || parts[0] == "stats" || parts[0] == "_faults"
	if !free && !c.may(need) {
		return
	}
	if need != "read" && c.imports() && !c.may("import") {
		return
	}
	key := r.Method + " " + parts[0]
	if len(parts) > 1 {
		key += "/*"
	}
	switch key {
	case "GET me":
		c.me()
	case "GET stats":
		c.answer(http.StatusOK, d.Stats())
	case "GET _faults":
		c.answer(http.StatusOK, map[string]any{"hit": d.FaultsHit()})
	case "POST _faults":
		c.setFaults()
	case "GET fields":
		c.fields()
	case "POST fields":
		c.postField()
	case "POST fields/*":
		c.postOption(parts[1:])
	case "GET search":
		c.search()
	case "GET triggers":
		c.getTriggers()
	case "POST triggers":
		c.postTrigger()
	case "PATCH triggers/*":
		c.patchTrigger(parts[1:])
	default:
		c.object(parts)
	}
}

func (c call) object(parts []string) {
	i := slices.IndexFunc(c.shape, func(s *shape) bool { return s.path == parts[0] })
	if i < 0 {
		fail(c.w, http.StatusNotFound, "not_found", "Nothing is at this address.")
		return
	}
	s := c.shape[i]
	switch {
	case len(parts) == 1 && c.r.Method == http.MethodGet:
		c.list(s)
	case len(parts) == 1 && c.r.Method == http.MethodPost:
		c.post(s)
	case len(parts) == 2 && parts[1] == "batch" && c.r.Method == http.MethodPost:
		c.postBatch(s)
	case len(parts) == 2 && parts[1] == "batch_delete" && c.r.Method == http.MethodPost:
		c.deleteBatch(s)
	case len(parts) == 2 && parts[1] == "batch_update" && c.r.Method == http.MethodPost:
		c.updateBatch(s)
	case len(parts) == 2 && c.r.Method == http.MethodGet:
		c.get(s, parts[1])
	case len(parts) == 2 && c.r.Method == http.MethodPatch:
		c.patch(s, parts[1])
	case len(parts) == 2 && c.r.Method == http.MethodDelete:
		c.delete(s, parts[1])
	case len(parts) == 3 && parts[2] == "content" && s.Object == model.Attachment && c.r.Method == http.MethodGet:
		c.content(s, parts[1])
	case len(parts) == 3 && parts[2] == "merge" && slices.Contains(mergeable, s.Object) && c.r.Method == http.MethodPost:
		c.merge(s, parts[1])
	case len(parts) == 3 && parts[2] == "redact" && (s.Object == model.Message || s.Object == model.Attachment) && c.r.Method == http.MethodPost:
		c.redact(s, parts[1])
	case len(parts) <= 2:
		fail(c.w, http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take "+c.r.Method+".")
	default:
		fail(c.w, http.StatusNotFound, "not_found", "Nothing is at this address.")
	}
}

func (c call) may(right string) bool {
	if slices.Contains(c.o.Missing, right) {
		fail(c.w, http.StatusForbidden, "forbidden", "The token lacks the right: "+right+".")
		return false
	}
	return true
}

func (c call) imports() bool { return strings.EqualFold(c.r.Header.Get("X-Import"), "true") }

// Me is the answer to GET me.
type Me struct {
	Account       string   `json:"account"`
	User          string   `json:"user"`
	Plan          string   `json:"plan"`
	Zone          string   `json:"zone"`
	Rights        []string `json:"rights"`
	Missing       []string `json:"missing"`
	RatePerMinute int      `json:"rate_per_minute"`
	// UpdatesPerMinute is the limit of requests that change records; 0: none of its own.
	UpdatesPerMinute int   `json:"updates_per_minute"`
	MaxFile          int64 `json:"max_file"`
	SearchLagMS      int64 `json:"search_lag_ms"`
}

func (c call) me() {
	all := []string{"read", "write", "import", "delete", "shape"}
	missing := slices.Clone(c.o.Missing)
	if missing == nil {
		missing = []string{}
	}
	c.answer(http.StatusOK, Me{
		Account: c.o.Account, User: "Practice admin", Plan: "practice", Zone: "UTC",
		Rights:  slices.DeleteFunc(all, func(s string) bool { return slices.Contains(missing, s) }),
		Missing: missing, RatePerMinute: c.o.RatePerMinute, UpdatesPerMinute: c.o.UpdatesPerMinute, MaxFile: c.o.MaxFile,
		SearchLagMS: c.o.SearchLag.Milliseconds(),
	})
}

func (c call) setFaults() {
	var p FaultPlan
	if !c.read(&p) {
		return
	}
	if errs := p.check(); errs != nil {
		invalid(c.w, errs)
		return
	}
	c.SetFaults(p)
	c.answer(http.StatusOK, p)
}

func (c call) fields() {
	c.mu.RLock()
	out := model.Schema{}
	for _, s := range c.shape {
		out.Objects = append(out.Objects, s.ObjectSchema)
	}
	c.mu.RUnlock()
	c.answer(http.StatusOK, out)
}

func (c call) postField() {
	var n newField
	if !c.read(&n) {
		return
	}
	line, err := json.Marshal([]any{"field", n})
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.mu.Lock()
	f, errs := c.addField(n)
	if errs == nil {
		_, err = c.heap.append(append(line, '\n'))
	}
	c.mu.Unlock()
	c.shaped(f, errs, err)
}

func (c call) postOption(parts []string) {
	var o model.Choice
	if len(parts) != 3 || parts[2] != "options" {
		fail(c.w, http.StatusNotFound, "not_found", "Nothing is at this address.")
		return
	}
	if !c.read(&o) {
		return
	}
	object := model.Object(parts[0])
	line, err := json.Marshal([]any{"option", object, parts[1], o})
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.mu.Lock()
	f, errs := c.addOption(object, parts[1], o)
	if errs == nil {
		_, err = c.heap.append(append(line, '\n'))
	}
	c.mu.Unlock()
	c.shaped(f, errs, err)
}

func (c call) shaped(f model.Field, errs []FieldError, err error) {
	switch {
	case errs != nil:
		invalid(c.w, errs)
	case err != nil:
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
	default:
		c.answer(http.StatusCreated, f)
	}
}

// read decodes a JSON body; when it cannot, it has answered.
func (c call) read(v any) bool {
	b, ok := c.body()
	if !ok {
		return false
	}
	dec := json.NewDecoder(strings.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			invalid(c.w, []FieldError{{Field: strings.Trim(name, `"`), Code: "unknown", Reason: "there is no such field"}})
			return false
		}
		fail(c.w, http.StatusBadRequest, "bad_request", "The body is not the JSON that is expected here.")
		return false
	}
	return true
}

// rooms are buffers that requests are read through.
var rooms sync.Pool

func (c call) body() (string, bool) {
	const most = 8 << 20 // nobody gets more room than that for a mere announcement
	var b strings.Builder
	b.Grow(int(min(max(c.r.ContentLength, 0), most)))
	room, ok := rooms.Get().(*[32 << 10]byte)
	if !ok {
		room = new([32 << 10]byte)
	}
	_, err := io.CopyBuffer(&b, http.MaxBytesReader(c.w, c.r.Body, maxRequest), room[:])
	rooms.Put(room)
	return b.String(), c.readable(err)
}

// readable answers for a body that could not be read.
func (c call) readable(err error) bool {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &large) || errors.Is(err, errTooLarge):
		fail(c.w, http.StatusRequestEntityTooLarge, "too_large", "The request is larger than this desk allows.")
	default:
		fail(c.w, http.StatusBadRequest, "bad_request", "The body could not be read.")
	}
	return false
}

// upload is the content of one part.
type upload struct {
	hash     string
	size     int64
	tooLarge bool
}

// payload reads a JSON body, or the part "item" or "items" of a multipart one with
// its files. done must be called when the records were stored.
func (c call) payload(s *shape) (body string, files map[string]upload, done func(), ok bool) {
	done = func() {}
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || s.Object != model.Attachment {
		body, ok = c.body()
		return body, nil, done, ok
	}
	files = map[string]upload{}
	done = func() {
		for _, u := range files {
			if !u.tooLarge {
				c.blobs.drop(u.hash)
			}
		}
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxRequest)
	_ = params // the boundary is read by MultipartReader
	m, err := c.r.MultipartReader()
	for err == nil {
		part, next := m.NextPart()
		if errors.Is(next, io.EOF) {
			return body, files, done, true
		}
		if err = next; err != nil {
			break
		}
		name := part.FormName()
		if name == "item" || name == "items" {
			var b []byte
			b, err = io.ReadAll(part)
			body = string(b)
			continue
		}
		var u upload
		u.hash, u.size, err = c.blobs.put(part, c.o.MaxFile)
		if errors.Is(err, errTooLarge) {
			u.tooLarge = true
			_, err = io.Copy(io.Discard, part)
		}
		if err == nil {
			files[name] = u
		}
	}
	done()
	return "", nil, func() {}, c.readable(err)
}

// query reads the parameters; unknown ones are refused like unknown fields.
func (c call) query(known ...string) (url.Values, bool) {
	q := c.r.URL.Query()
	for name := range q {
		if !slices.Contains(known, name) {
			invalid(c.w, []FieldError{{Field: name, Code: "unknown", Reason: "there is no such parameter"}})
			return nil, false
		}
	}
	return q, true
}

func (c call) answer(status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	send(c.w, status, b.Bytes())
}

func send(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a reader that went away is not our problem
}

type failure struct {
	Error struct {
		Code    string       `json:"code"`
		Message string       `json:"message"`
		Fields  []FieldError `json:"fields,omitempty"`
	} `json:"error"`
}

func fail(w http.ResponseWriter, status int, code, message string) {
	failWith(w, status, code, message, nil)
}

func failWith(w http.ResponseWriter, status int, code, message string, fields []FieldError) {
	var f failure
	f.Error.Code, f.Error.Message, f.Error.Fields = code, message, fields
	b, err := json.Marshal(f)
	if err != nil {
		b = []byte(`{"error":{"code":"internal","message":"internal"}}`)
	}
	send(w, status, b)
}

func invalid(w http.ResponseWriter, errs []FieldError) {
	status := http.StatusUnprocessableEntity
	if slices.ContainsFunc(errs, func(e FieldError) bool { return e.Code == "too_large" }) {
		status = http.StatusRequestEntityTooLarge
	}
	failWith(w, status, "invalid", "Some fields cannot be accepted.", errs)
}

// A cursor is opaque to callers; inside it is the last id or change that was given.
func cursorText(kind string, n uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + ":" + strconv.FormatUint(n, 10)))
}

func cursorOf(kind, s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return 0, err
	}
	rest, ok := strings.CutPrefix(string(b), kind+":")
	if !ok {
		return 0, fmt.Errorf("not a cursor of this list: %q", s)
	}
	return strconv.ParseUint(rest, 10, 64)
}
