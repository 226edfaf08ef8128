package fake

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var locale = regexp.MustCompile(`^[a-z]{2}(-[a-z0-9]+)?$`)

// guideIn names what may be written of each object of the help center.
var guideIn = map[string][]string{
	"categories":   {"name", "description", "locale", "position"},
	"sections":     {"name", "description", "locale", "position", "parent_section_id"},
	"articles":     {"title", "body", "locale", "permission_group_id", "user_segment_id", "author_id", "draft", "promoted", "position", "comments_disabled", "label_names", "content_tag_ids"},
	"translations": {"locale", "title", "body", "draft", "outdated"},
}

var guideOne = map[string]string{"categories": "category", "sections": "section", "articles": "article"}

// routeGuide answers what is under help_center; a locale before it is taken and not
// looked at.
func (s *Server) routeGuide(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) > 0 && locale.MatchString(path[0]) {
		path = path[1:]
	}
	switch {
	case len(path) == 1 && r.Method == http.MethodGet && guideOne[path[0]] != "":
		s.listGuide(w, r, path[0])
	case len(path) == 1 && path[0] == "categories" && r.Method == http.MethodPost:
		s.createGuide(w, r, "categories", nil)
	case len(path) == 3 && path[0] == "categories" && path[2] == "sections" && r.Method == http.MethodPost:
		s.createGuide(w, r, "sections", map[string]any{"category_id": number(path[1])})
	case len(path) == 3 && path[0] == "sections" && path[2] == "articles" && r.Method == http.MethodPost:
		s.createGuide(w, r, "articles", map[string]any{"section_id": number(path[1])})
	case len(path) == 3 && path[0] == "articles" && path[2] == "translations" && r.Method == http.MethodPost:
		s.createTranslation(w, r, number(path[1]))
	case len(path) == 3 && path[0] == "articles" && path[2] == "attachments" && r.Method == http.MethodPost:
		s.attachToArticle(w, r, number(path[1]))
	case len(path) == 4 && path[2] == "translations" && guideOne[path[0]] != "" && r.Method == http.MethodPut:
		s.updateTranslation(w, r, path[0], number(path[1]), path[3])
	case len(path) == 2 && path[0] == "translations" && r.Method == http.MethodDelete:
		s.dropGuide(w, "hc_translations", number(path[1]))
	case len(path) == 3 && path[0] == "articles" && path[1] == "attachments" && r.Method == http.MethodDelete:
		s.dropGuide(w, "hc_article_attachments", number(path[2]))
	case len(path) == 3 && path[0] == "articles" && path[2] == "translations" && r.Method == http.MethodGet:
		list(w, r, "translations", s.hanging("translations", "source_id", number(path[1])), 30)
	case len(path) == 3 && path[0] == "articles" && path[2] == "attachments" && r.Method == http.MethodGet:
		list(w, r, "article_attachments", s.hanging("article_attachments", "article_id", number(path[1])), 30)
	case len(path) == 2 && path[1] == "count":
		s.count(w, len(s.docsOf("hc_"+path[0]).order))
	case len(path) == 2 && guideOne[path[0]] != "":
		t := s.docsOf("hc_" + path[0])
		d := t.byID[number(path[1])]
		if d == nil {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		if r.Method == http.MethodDelete {
			s.removeGuide(path[0], d.id)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Method == http.MethodPut {
			s.updateGuide(w, r, path[0], d)
			return
		}
		answer(w, http.StatusOK, map[string]any{guideOne[path[0]]: d})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) listGuide(w http.ResponseWriter, r *http.Request, what string) {
	q := r.URL.Query()
	out := append([]*doc{}, s.docsOf("hc_"+what).order...)
	if labels := q.Get("label_names"); labels != "" {
		out = slices.DeleteFunc(out, func(d *doc) bool {
			have, _ := d.values["label_names"].([]any)
			return !slices.ContainsFunc(have, func(x any) bool { return slices.Contains(strings.Split(labels, ","), x.(string)) })
		})
	}
	if strings.Contains(q.Get("include"), "translations") {
		shown := make([]map[string]any, 0, len(out))
		for _, d := range out {
			x := map[string]any{"translations": s.hanging("translations", "source_id", d.id)}
			for k, v := range d.values {
				x[k] = v
			}
			shown = append(shown, x)
		}
		list(w, r, what, shown, 30, "label_names")
		return
	}
	list(w, r, what, out, 30, "label_names")
}

func (s *Server) hanging(name, field string, id int64) []*doc {
	out := []*doc{}
	for _, d := range s.docsOf("hc_" + name).order {
		if d.values[field] == id {
			out = append(out, d)
		}
	}
	return out
}

func (s *Server) createGuide(w http.ResponseWriter, r *http.Request, what string, values map[string]any) {
	one := guideOne[what]
	var body map[string]any
	if !decode(w, r, &body) {
		return
	}
	in, ok := body[one].(map[string]any)
	if !ok {
		badRequest(w, one+" is missing")
		return
	}
	for k := range in {
		if !slices.Contains(guideIn[what], k) {
			badRequest(w, "unknown attribute "+k)
			return
		}
	}
	name := "name"
	if what == "articles" {
		name = "title"
	}
	errs := map[string]any{}
	if x, _ := in[name].(string); strings.TrimSpace(x) == "" {
		errs[name] = []string{"can't be blank"}
	}
	for field, parents := range map[string]string{"category_id": "categories", "section_id": "sections"} {
		if id, has := values[field]; has && s.docsOf("hc_" + parents).byID[id.(int64)] == nil {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
	}
	if what == "articles" && in["permission_group_id"] == nil {
		errs["permission_group_id"] = []string{"can't be blank"}
	}
	if len(errs) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"errors": errs})
		return
	}
	if values == nil {
		values = map[string]any{}
	}
	for k, v := range in {
		values[k] = v
	}
	if values["locale"] == nil {
		values["locale"] = "en-us"
	}
	if what == "articles" {
		if body["notify_subscribers"] != false {
			s.mails++
		}
		if values["label_names"] == nil {
			values["label_names"] = []any{}
		}
	}
	if values["author_id"] == nil && what == "articles" {
		values["author_id"] = s.users.order[0].ID
	}
	id := s.add("hc_"+what, values)
	values["html_url"] = "https://desk.zendesk.com/hc/en-us/" + what + "/" + itoa(id)
	if what == "articles" {
		s.add("hc_translations", map[string]any{
			"source_id": id, "source_type": "Article", "locale": values["locale"], "title": values["title"], "body": values["body"], "draft": values["draft"] == true,
		})
	}
	answer(w, http.StatusCreated, map[string]any{one: s.docsOf("hc_" + what).byID[id]})
}

// removeGuide takes what is below with it.
func (s *Server) removeGuide(what string, id int64) {
	s.docsOf("hc_" + what).remove(id)
	switch what {
	case "categories":
		for _, d := range s.hanging("sections", "category_id", id) {
			s.removeGuide("sections", d.id)
		}
	case "sections":
		for _, d := range s.hanging("articles", "section_id", id) {
			s.removeGuide("articles", d.id)
		}
	case "articles":
		for _, name := range []string{"translations", "article_attachments"} {
			for _, d := range s.hanging(name, map[string]string{"translations": "source_id", "article_attachments": "article_id"}[name], id) {
				s.docsOf("hc_" + name).remove(d.id)
			}
		}
	}
}

func (s *Server) createTranslation(w http.ResponseWriter, r *http.Request, article int64) {
	var in struct {
		Translation map[string]any `json:"translation"`
	}
	if !decode(w, r, &in) {
		return
	}
	for k := range in.Translation {
		if !slices.Contains(guideIn["translations"], k) {
			badRequest(w, "unknown attribute "+k)
			return
		}
	}
	if s.docsOf("hc_articles").byID[article] == nil {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	language, _ := in.Translation["locale"].(string)
	if !locale.MatchString(language) {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"errors": map[string]any{"locale": []string{"is invalid"}}})
		return
	}
	for _, d := range s.hanging("translations", "source_id", article) {
		if d.values["locale"] == language {
			answer(w, http.StatusBadRequest, map[string]any{"errors": map[string]any{"locale": []string{"has already been taken"}}})
			return
		}
	}
	in.Translation["source_id"], in.Translation["source_type"] = article, "Article"
	answer(w, http.StatusCreated, map[string]any{"translation": s.docsOf("hc_translations").byID[s.add("hc_translations", in.Translation)]})
}

func (s *Server) attachToArticle(w http.ResponseWriter, r *http.Request, article int64) {
	if s.docsOf("hc_articles").byID[article] == nil {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		badRequest(w, "file is missing")
		return
	}
	body, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		badRequest(w, err.Error())
		return
	}
	if int64(len(body)) > s.o.MaxFile {
		answer(w, http.StatusRequestEntityTooLarge, map[string]any{"error": "AttachmentTooLarge", "description": "The file is too large"})
		return
	}
	a := s.keep(head.Filename, head.Header.Get("Content-Type"), body)
	id := s.add("hc_article_attachments", map[string]any{
		"article_id": article, "file_name": a.FileName, "content_type": a.ContentType, "size": a.Size, "inline": r.FormValue("inline") == "true", "content_url": a.ContentURL,
	})
	answer(w, http.StatusCreated, map[string]any{"article_attachment": s.docsOf("hc_article_attachments").byID[id]})
}

func (s *Server) dropGuide(w http.ResponseWriter, list string, id int64) {
	if s.docsOf(list).byID[id] == nil {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	s.docsOf(list).remove(id)
	w.WriteHeader(http.StatusNoContent)
}

// guideSet names what an update of the record itself may set; its text lies in translations.
var guideSet = map[string][]string{
	"categories": {"position"},
	"sections":   {"position", "category_id", "parent_section_id"},
	"articles":   {"promoted", "position", "comments_disabled", "label_names", "section_id", "author_id", "permission_group_id", "user_segment_id", "content_tag_ids"},
}

// updateGuide changes what is no text; texts are taken and left as they are, as the real one
// does: "these endpoints do not update translation properties".
func (s *Server) updateGuide(w http.ResponseWriter, r *http.Request, what string, d *doc) {
	one := guideOne[what]
	var body map[string]map[string]any
	if !decode(w, r, &body) {
		return
	}
	set := map[string]any{}
	for k, v := range body[one] {
		switch {
		case slices.Contains(guideSet[what], k):
			set[k] = v
		case !slices.Contains(guideIn[what], k):
			badRequest(w, "unknown attribute "+k)
			return
		}
	}
	for field, parents := range map[string]string{"category_id": "categories", "section_id": "sections", "parent_section_id": "sections"} {
		n, ok := set[field].(json.Number)
		if !ok {
			continue
		}
		id := number(n.String())
		if s.docsOf("hc_" + parents).byID[id] == nil {
			answer(w, http.StatusUnprocessableEntity, map[string]any{"errors": map[string]any{field: []string{"is invalid"}}})
			return
		}
		set[field] = id
	}
	if n, ok := set["author_id"].(json.Number); ok {
		if u := s.users.byID[number(n.String())]; u == nil || u.Role == "end-user" {
			answer(w, http.StatusUnprocessableEntity, map[string]any{"errors": map[string]any{"author_id": []string{"is invalid"}}})
			return
		}
	}
	s.change("hc_"+what, d, set)
	answer(w, http.StatusOK, map[string]any{one: d})
}

// updateTranslation changes a text; the record shows that of its own language.
func (s *Server) updateTranslation(w http.ResponseWriter, r *http.Request, what string, id int64, language string) {
	var in struct {
		Translation map[string]any `json:"translation"`
	}
	if !decode(w, r, &in) {
		return
	}
	for k := range in.Translation {
		if !slices.Contains([]string{"title", "body", "draft", "outdated"}, k) {
			badRequest(w, "unknown attribute "+k)
			return
		}
	}
	d := s.docsOf("hc_" + what).byID[id]
	if d == nil {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	if title, given := in.Translation["title"]; given {
		if x, _ := title.(string); strings.TrimSpace(x) == "" {
			answer(w, http.StatusUnprocessableEntity, map[string]any{"errors": map[string]any{"title": []string{"can't be blank"}}})
			return
		}
	}
	var text *doc
	for _, t := range s.hanging("translations", "source_id", id) {
		if t.values["locale"] == language {
			text = t
		}
	}
	if text == nil && d.values["locale"] != language {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	own := map[string]any{}
	if d.values["locale"] == language {
		for from, to := range map[string]string{"title": "name", "body": "description"} {
			if what == "articles" {
				to = from
			}
			if v, given := in.Translation[from]; given {
				own[to] = v
			}
		}
		if v, given := in.Translation["draft"]; given && what == "articles" {
			own["draft"] = v
		}
	}
	s.change("hc_"+what, d, own)
	if text == nil { // of categories and sections this fake keeps no others
		text = &doc{values: map[string]any{"source_id": id, "locale": language, "updated_at": s.stamp()}}
	} else {
		s.change("hc_translations", text, in.Translation)
	}
	answer(w, http.StatusOK, map[string]any{"translation": text})
}
