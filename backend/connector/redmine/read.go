package redmine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// cursor is what Cursor holds: the number (or, of what is read as a whole, the place) of
// the last record that was read, and when the reading began.
type cursor struct {
	Version int    `json:"v"`
	ID      int64  `json:"id,omitempty"`
	Since   string `json:"since,omitempty"`
	// Began is when the walk through changes that is under way began; Seen are the records
	// of the overlap that were given already, with their versions.
	Began string            `json:"began,omitempty"`
	Seen  map[string]string `json:"seen,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	if from == "" {
		return x, nil
	}
	if err := json.Unmarshal([]byte(from), &x); err != nil || x.Version != 1 {
		return x, problem.Wrap(err, connector.CodeCursor, "The place where reading stopped cannot be understood.",
			"It was written by another version of Waybill, or for another desk.", "Read this desk again from the beginning.")
	}
	return x, nil
}

func (x cursor) text() connector.Cursor { return connector.Cursor(connector.Raw(x)) }

// fromIssues are the objects that are read issue by issue. Links are not: an issue is not
// updated when it is linked, so they are read as a whole.
var fromIssues = []model.Object{model.Ticket, model.Message, model.Attachment}

// Count asks for the length of a list; of messages and files there is none.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	switch {
	case slices.Contains(fromIssues, o):
		a, err := c.client.Get(ctx, "issues.json", url.Values{"status_id": {"*"}, "limit": {"1"}})
		return gjson.GetBytes(a.Body, "total_count").Int(), false, err
	default:
		list, err := c.whole(ctx, o)
		return int64(len(list)), false, err
	}
}

// Pages walks through issues by their numbers, which new ones cannot disturb. What Redmine
// lists by name is read as a whole and given by number.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if at.Began != "" {
		at = cursor{Version: 1}
	}
	w := &walker{c: c, o: o}
	for more := true; more; {
		var page connector.Page
		if page, more, err = w.page(ctx, &at, ""); err != nil {
			return err
		}
		if len(page.Records) == 0 && more {
			continue // of these issues nothing was asked for
		}
		page.Next = at.text()
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// walker reads one object page by page.
type walker struct {
	c    *conn
	o    model.Object
	list []model.Record // of what is read as a whole
	read bool
}

// page reads the records behind the cursor, which it moves on; since limits it to issues
// that changed.
func (w *walker) page(ctx context.Context, at *cursor, since string) (p connector.Page, more bool, err error) {
	if !slices.Contains(fromIssues, w.o) {
		return w.part(ctx, at)
	}
	size := w.c.size
	if w.c.size == pageSize {
		size = 25 // each of them is one more request: a page is stored often enough
	}
	q := url.Values{"status_id": {"*"}, "sort": {"id"}, "limit": {strconv.Itoa(size)}, "issue_id": {">=" + strconv.FormatInt(at.ID+1, 10)}}
	if since != "" {
		q.Set("updated_on", ">="+since)
	}
	a, err := w.c.client.Get(ctx, "issues.json", q)
	if err != nil {
		return p, false, err
	}
	if at.Since == "" {
		at.Since = clock(a.Header)
	}
	if since != "" && at.Began == "" {
		at.Began = clock(a.Header)
	}
	list := gjson.GetBytes(a.Body, "issues")
	if !list.IsArray() {
		return p, false, connector.OtherThing(io.ErrUnexpectedEOF, desk, w.c.client.Base.Host)
	}
	l, err := w.c.lists(ctx, false)
	if err != nil {
		return p, false, err
	}
	items := list.Array()
	for _, x := range items {
		issue, err := w.c.issue(ctx, x.Get("id").String())
		if err != nil {
			return p, false, err
		}
		if issue.Exists() { // else it was deleted since it was listed
			p.Records = append(p.Records, recordsOf(issue, w.o, l)...)
		}
		at.ID = x.Get("id").Int()
	}
	return p, int64(len(items)) < gjson.GetBytes(a.Body, "total_count").Int() && len(items) > 0, nil
}

// part gives the next records of what was read as a whole.
func (w *walker) part(ctx context.Context, at *cursor) (p connector.Page, more bool, err error) {
	if !w.read {
		if w.list, err = w.c.whole(ctx, w.o); err != nil {
			return p, false, err
		}
		w.read = true
	}
	if at.Since == "" {
		at.Since = moment(time.Now().Add(-time.Hour)) // the desk's clock may differ from ours
	}
	for _, r := range w.list {
		if n := place(r); n > at.ID {
			if len(p.Records) == w.c.size {
				return p, true, nil
			}
			p.Records = append(p.Records, r)
			at.ID = n
		}
	}
	return p, false, nil
}

// place of a record in a walk: its number, or a sum over its name.
func place(r model.Record) int64 {
	if n, err := strconv.ParseInt(r.Key.ID, 10, 64); err == nil {
		return n
	}
	sum := sha256.Sum256([]byte(r.Key.ID))
	n, err := strconv.ParseInt(hex.EncodeToString(sum[:7]), 16, 64)
	if err != nil {
		return 0 // fourteen digits: cannot happen
	}
	return n
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// clock is the desk's own clock.
func clock(h http.Header) string {
	t, err := time.Parse(time.RFC1123, h.Get("Date"))
	if err != nil {
		t = time.Now()
	}
	return moment(t)
}

// issue reads one issue with all that belongs to it; nothing where it is not there.
func (c *conn) issue(ctx context.Context, id string) (gjson.Result, error) {
	a, err := c.client.Get(ctx, "issues/"+id+".json", url.Values{"include": {"journals,attachments,relations,watchers"}})
	if a.Status == http.StatusNotFound {
		return gjson.Result{}, nil
	}
	if err != nil {
		return gjson.Result{}, err
	}
	return gjson.GetBytes(a.Body, "issue"), nil
}

// whole reads all records of an object that is not read issue by issue.
func (c *conn) whole(ctx context.Context, o model.Object) (out []model.Record, err error) {
	switch o {
	case model.Group:
		out, err = c.projects(ctx)
	case model.Agent, model.Contact:
		out, err = c.users(ctx, o)
	case Relation:
		out, err = c.relations(ctx)
	case UserGroup:
		out, err = c.simple(ctx, o, "groups.json", "groups", nil)
	case model.TimeEntry:
		out, err = c.simple(ctx, o, "time_entries.json", "time_entries", nil)
	case News:
		out, err = c.simple(ctx, o, "news.json", "news", nil)
	case Version:
		out, err = c.perProject(ctx, o, "versions.json", "versions")
	case model.Category:
		out, err = c.perProject(ctx, o, "issue_categories.json", "issue_categories")
	case model.Article:
		out, err = c.wiki(ctx)
	default:
		return nil, noObject(o)
	}
	slices.SortFunc(out, func(a, b model.Record) int { return int(min(max(place(a)-place(b), -1), 1)) })
	return out, err
}

// relations reads the links of all issues, by the numbers of these, which new ones cannot disturb.
func (c *conn) relations(ctx context.Context) ([]model.Record, error) {
	var out []model.Record
	for above := int64(0); ; {
		a, err := c.client.Get(ctx, "issues.json", url.Values{
			"status_id": {"*"}, "sort": {"id"}, "limit": {strconv.Itoa(c.size)}, "issue_id": {">=" + strconv.FormatInt(above+1, 10)}, "include": {"relations"},
		})
		if err != nil {
			return nil, err
		}
		items := gjson.GetBytes(a.Body, "issues")
		if !items.IsArray() {
			return nil, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
		}
		list := items.Array()
		for _, x := range list {
			out = append(out, relationsOf(x)...)
			above = x.Get("id").Int()
		}
		if len(list) == 0 || int64(len(list)) >= gjson.GetBytes(a.Body, "total_count").Int() {
			return out, nil
		}
	}
}

func (c *conn) projects(ctx context.Context) ([]model.Record, error) {
	var out []model.Record
	for _, status := range []string{"1", "5"} { // open, closed; an archived one shows nothing
		list, err := c.simple(ctx, model.Group, "projects.json", "projects", url.Values{"status": {status}})
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (c *conn) simple(ctx context.Context, o model.Object, path, key string, q url.Values) ([]model.Record, error) {
	items, err := c.every(ctx, path, key, q)
	if err != nil {
		return nil, err
	}
	var out []model.Record
	seen := map[string]bool{}
	for _, x := range items {
		if id := x.Get("id").String(); !seen[id] { // a list that moves gives some of them twice
			seen[id] = true
			out = append(out, simpleRecord(x, o, x.Get("id").String()))
		}
	}
	return out, nil
}

func (c *conn) perProject(ctx context.Context, o model.Object, path, key string) ([]model.Record, error) {
	projects, err := c.projects(ctx)
	if err != nil {
		return nil, err
	}
	var out []model.Record
	seen := map[string]bool{}
	for _, p := range projects {
		items, err := c.every(ctx, "projects/"+p.Key.ID+"/"+path, key, nil)
		if absent(err) {
			continue // the module is off in this project
		}
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			if id := x.Get("id").String(); !seen[id] { // a version may be shared
				seen[id] = true
				out = append(out, simpleRecord(x, o, id))
			}
		}
	}
	return out, nil
}

// absent tells an answer that something is not there, or not for this project.
func absent(err error) bool {
	p := problem.From(err)
	return err != nil && p != nil && (p.Code == connector.CodeForbidden || p.Code == connector.CodeOther)
}

// wiki reads the pages of all projects.
func (c *conn) wiki(ctx context.Context) ([]model.Record, error) {
	projects, err := c.projects(ctx)
	if err != nil {
		return nil, err
	}
	var out []model.Record
	for _, p := range projects {
		list, err := c.every(ctx, "projects/"+p.Key.ID+"/wiki/index.json", "wiki_pages", nil)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			a, err := c.client.Get(ctx, "projects/"+p.Key.ID+"/wiki/"+x.Get("title").Str+".json", nil)
			if err != nil {
				return nil, err
			}
			out = append(out, pageRecord(gjson.GetBytes(a.Body, "wiki_page"), p.Key.ID))
		}
	}
	return out, nil
}

// users reads all users, locked ones too, and keeps those of the staff, or the others. The
// staff are administrators and whoever has a role to which issues can be assigned.
func (c *conn) users(ctx context.Context, o model.Object) ([]model.Record, error) {
	staff, err := c.staff(ctx)
	if err != nil {
		return nil, err
	}
	var out []model.Record
	seen := map[string]bool{}
	for _, status := range []string{"1", "2", "3"} { // active, registered, locked
		items, err := c.every(ctx, "users.json", "users", url.Values{"status": {status}})
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			id := x.Get("id").String()
			if (staff[id] || x.Get("admin").Bool()) == (o == model.Agent) && !seen[id] {
				seen[id] = true
				out = append(out, userRecord(x, o, status != "1"))
			}
		}
	}
	return out, nil
}

func (c *conn) staff(ctx context.Context) (map[string]bool, error) {
	roles, err := c.every(ctx, "roles.json", "roles", nil)
	if err != nil {
		return nil, err
	}
	assignable := map[string]bool{}
	for _, r := range roles {
		a, err := c.client.Get(ctx, "roles/"+r.Get("id").String()+".json", nil)
		if err != nil {
			return nil, err
		}
		assignable[r.Get("id").String()] = gjson.GetBytes(a.Body, "role.assignable").Bool()
	}
	projects, err := c.projects(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range projects {
		members, err := c.every(ctx, "projects/"+p.Key.ID+"/memberships.json", "memberships", nil)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			for _, r := range m.Get("roles").Array() {
				if assignable[r.Get("id").String()] && m.Get("user.id").Exists() {
					out[m.Get("user.id").String()] = true
				}
			}
		}
	}
	return out, nil
}

// Read reads records by their ids.
func (c *conn) Read(ctx context.Context, o model.Object, wanted []string) (map[string]model.Record, error) {
	out := map[string]model.Record{}
	if len(wanted) == 0 {
		return out, nil
	}
	want := map[string]bool{}
	for _, id := range wanted {
		want[id] = true
	}
	switch o {
	case model.Ticket:
		l, err := c.lists(ctx, false)
		if err != nil {
			return nil, err
		}
		var ask []string
		for id := range want {
			if isID(id) {
				ask = append(ask, id)
			}
		}
		slices.Sort(ask)
		for some := range slices.Chunk(ask, pageSize) { // one question tells which are there
			found, err := c.every(ctx, "issues.json", "issues", url.Values{"status_id": {"*"}, "sort": {"id"}, "issue_id": {strings.Join(some, ",")}})
			if err != nil {
				return nil, err
			}
			for _, x := range found {
				issue, err := c.issue(ctx, x.Get("id").String())
				if err != nil {
					return nil, err
				}
				if issue.Exists() {
					for _, r := range recordsOf(issue, o, l) {
						out[r.Key.ID] = r
					}
				}
			}
		}
	case model.Message, model.Attachment, Relation:
		return c.search(ctx, o, want)
	case model.TimeEntry, model.Article:
		for id := range want {
			one := c.timeOf
			if o == model.Article {
				one = c.page
			}
			r, there, err := one(ctx, id)
			if err != nil {
				return nil, err
			}
			if there {
				out[r.Key.ID] = r
			}
		}
	default:
		list, err := c.whole(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if want[r.Key.ID] {
				out[r.Key.ID] = r
			}
		}
	}
	return out, nil
}

// search reads parts of issues, whose ids say of which.
func (c *conn) search(ctx context.Context, o model.Object, want map[string]bool) (map[string]model.Record, error) {
	out := map[string]model.Record{}
	l, err := c.lists(ctx, false)
	if err != nil {
		return nil, err
	}
	if o == Relation {
		for id := range want {
			issue := strings.TrimPrefix(id, subtask)
			if issue == id && isID(id) {
				a, err := c.client.Get(ctx, "relations/"+id+".json", nil)
				if a.Status == http.StatusNotFound {
					continue
				}
				if err != nil {
					return nil, err
				}
				r := relationRecord(gjson.GetBytes(a.Body, "relation"))
				out[r.Key.ID] = r
				continue
			}
			if !isID(issue) {
				continue
			}
			x, err := c.issue(ctx, issue)
			if err != nil {
				return nil, err
			}
			if x.Exists() {
				for _, r := range recordsOf(x, o, l) {
					if want[r.Key.ID] {
						out[r.Key.ID] = r
					}
				}
			}
		}
		return out, nil
	}
	issues := map[string]bool{}
	for id := range want {
		if issue, _, ok := strings.Cut(id, "-"); ok && isID(issue) {
			issues[issue] = true
		}
	}
	for issue := range issues {
		x, err := c.issue(ctx, issue)
		if err != nil {
			return nil, err
		}
		for _, r := range recordsOf(x, o, l) {
			if want[r.Key.ID] {
				out[r.Key.ID] = r
			}
		}
	}
	return out, nil
}

// FileRef names a file's content by its place in Redmine.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	x := gjson.ParseBytes(r.Raw)
	return r.Key.ID[strings.LastIndex(r.Key.ID, "-")+1:], x.Get("filename").Str, x.Get("content_type").Str
}

// Open reads a file's content as it comes, from this Redmine only.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	if !isID(ref) {
		return nil, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
	}
	a, err := c.client.Get(ctx, "attachments/"+ref+".json", nil)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(gjson.GetBytes(a.Body, "attachment.content_url").Str)
	if err != nil {
		return nil, connector.OtherThing(err, desk, c.client.Base.Host)
	}
	// Only the path counts: what is behind a proxy may call itself by another name.
	_, file, ok := strings.Cut(u.Path, "/attachments/download/")
	if !ok || strings.Contains(file, "..") {
		return nil, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
	}
	return c.client.Open(ctx, "attachments/download/"+file)
}
