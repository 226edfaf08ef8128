package fake

import (
	"fmt"
	"net/http"
	"slices"
)

type article struct {
	id, title, description, body, author, owner, state, parent string
	created, updated                                           int64
	translations                                               obj
}

// shelf is a collection of the help centre, or a section of one.
type shelf struct {
	id, name, description, parent string
	created, updated              int64
	translations                  obj
}

func (a *article) json() obj {
	parents := []any{}
	if a.parent != "" {
		parents = append(parents, integer(a.parent))
	}
	out := obj{
		"id": a.id, "type": "article", "workspace_id": "wb_test", "parent_ids": parents, "tags": obj{"type": "tag.list", "tags": []obj{}},
		"title": a.title, "description": a.description, "body": a.body, "author_id": integer(a.author), "state": a.state,
		"created_at": a.created, "updated_at": a.updated, "url": nil,
	}
	if a.state == "published" {
		out["url"] = "https://intercom.help/acme/en/articles/" + a.id + "-article"
	}
	if a.translations != nil {
		out["default_locale"], out["translated_content"] = "en", a.translations
	}
	return out
}

func (a *article) internalJSON() obj {
	return obj{
		"id": a.id, "type": "internal_article", "title": a.title, "body": a.body, "owner_id": integer(a.owner), "author_id": integer(a.author),
		"created_at": a.created, "updated_at": a.updated, "locale": "en",
	}
}

func (c *shelf) json() obj {
	out := obj{
		"id": c.id, "workspace_id": "wb_test", "name": c.name, "url": "https://intercom.help/acme/en/collections/" + c.id + "-collection", "order": 0,
		"created_at": c.created, "updated_at": c.updated, "description": c.description, "icon": "bookmark", "parent_id": orNull(c.parent),
		"help_center_id": 79,
	}
	if c.translations != nil {
		out["default_locale"], out["translated_content"] = "en", c.translations
	}
	return out
}

func (s *Server) takeArticle(a *article, body obj) *failure {
	for k, v := range body {
		switch k {
		case "title":
			a.title = text(v)
		case "description":
			a.description = text(v)
		case "body":
			a.body = text(v)
		case "author_id":
			a.author = text(v)
		case "owner_id":
			a.owner = text(v)
		case "state":
			if a.state = text(v); a.state != "draft" && a.state != "published" {
				return &failure{http.StatusBadRequest, "parameter_invalid", "state must be draft or published", "state"}
			}
		case "parent_id":
			if a.parent = text(v); a.parent != "" && s.shelves.by[a.parent] == nil {
				return &failure{http.StatusNotFound, "collection_not_found", "Collection Not Found", "parent_id"}
			}
		case "translated_content":
			if x, ok := v.(obj); ok {
				a.translations = x
			}
		}
	}
	if a.title == "" {
		return &failure{http.StatusBadRequest, "parameter_not_found", "title is required", "title"}
	}
	if x := s.admin(a.author); x == nil || x.gone {
		return &failure{http.StatusBadRequest, "parameter_invalid", "author_id must be in the main workspace Admins list", "author_id"}
	}
	return nil
}

func (s *Server) articleRoutes() {
	none := []string(nil)
	fields := []string{"title", "description", "body", "author_id", "state", "parent_id", "parent_type", "translated_content"}
	newest := func(t *table[*article], f func(*article) obj) []obj {
		var all []*article
		t.each(func(a *article) { all = append(all, a) })
		slices.SortStableFunc(all, func(a, b *article) int { return int(b.updated - a.updated) })
		list := []obj{}
		for _, a := range all {
			list = append(list, f(a))
		}
		return list
	}
	s.handle("GET /articles", "articles", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		return s.paged(r, newest(&s.articles, (*article).json), 25, 250)
	})
	s.handle("GET /internal_articles", "articles", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		return s.paged(r, newest(&s.internal, (*article).internalJSON), 25, 250)
	})
	kinds := []struct {
		path   string
		table  *table[*article]
		fields []string
		json   func(*article) obj
		object string
	}{
		{"/articles", &s.articles, fields, (*article).json, "article"},
		{"/internal_articles", &s.internal, []string{"title", "body", "author_id", "owner_id"}, (*article).internalJSON, "internal_article"},
	}
	for _, k := range kinds {
		s.handle("POST "+k.path, "articles", none, k.fields, func(r *request) (any, *failure) {
			a := &article{state: "draft", created: s.now(), updated: s.now()}
			if err := s.takeArticle(a, r.body); err != nil {
				return nil, err
			}
			a.id = fmt.Sprint(s.next())
			k.table.put(a.id, a)
			s.changed()
			return k.json(a), nil
		})
		s.handle("GET "+k.path+"/{id}", "articles", none, none, func(r *request) (any, *failure) {
			if a := k.table.by[r.id()]; a != nil {
				return k.json(a), nil
			}
			return nil, notFound("Resource")
		})
		s.handle("PUT "+k.path+"/{id}", "articles", none, k.fields, func(r *request) (any, *failure) {
			a := k.table.by[r.id()]
			if a == nil {
				return nil, notFound("Resource")
			}
			x := *a
			if err := s.takeArticle(&x, r.body); err != nil {
				return nil, err
			}
			x.updated = s.now()
			*a = x
			s.changed()
			return k.json(a), nil
		})
		s.handle("DELETE "+k.path+"/{id}", "articles", none, none, func(r *request) (any, *failure) {
			if k.table.by[r.id()] == nil {
				return nil, notFound("Resource")
			}
			k.table.drop(r.id())
			s.changed()
			return obj{"id": r.id(), "object": k.object, "deleted": true}, nil
		})
	}
	shelfFields := []string{"name", "description", "parent_id", "help_center_id", "translated_content"}
	s.handle("GET /help_center/collections", "articles", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		list := []obj{}
		s.shelves.each(func(c *shelf) { list = append(list, c.json()) })
		return s.paged(r, list, 20, 150)
	})
	take := func(c *shelf, body obj) *failure {
		for k, v := range body {
			switch k {
			case "name":
				c.name = text(v)
			case "description":
				c.description = text(v)
			case "parent_id":
				if c.parent = text(v); c.parent != "" && s.shelves.by[c.parent] == nil {
					return &failure{http.StatusNotFound, "collection_not_found", "Collection Not Found", "parent_id"}
				}
			case "translated_content":
				if x, ok := v.(obj); ok {
					c.translations = x
				}
			}
		}
		if c.name == "" {
			return &failure{http.StatusBadRequest, "parameter_not_found", "name is required", "name"}
		}
		return nil
	}
	s.handle("POST /help_center/collections", "articles", none, shelfFields, func(r *request) (any, *failure) {
		c := &shelf{created: s.now(), updated: s.now()}
		if err := take(c, r.body); err != nil {
			return nil, err
		}
		c.id = fmt.Sprint(s.next())
		s.shelves.put(c.id, c)
		s.changed()
		return c.json(), nil
	})
	s.handle("GET /help_center/collections/{id}", "articles", none, none, func(r *request) (any, *failure) {
		if c := s.shelves.by[r.id()]; c != nil {
			return c.json(), nil
		}
		return nil, notFound("Resource")
	})
	s.handle("PUT /help_center/collections/{id}", "articles", none, shelfFields, func(r *request) (any, *failure) {
		c := s.shelves.by[r.id()]
		if c == nil {
			return nil, notFound("Resource")
		}
		x := *c
		if err := take(&x, r.body); err != nil {
			return nil, err
		}
		x.updated = s.now()
		*c = x
		s.changed()
		return c.json(), nil
	})
	s.handle("DELETE /help_center/collections/{id}", "articles", none, none, func(r *request) (any, *failure) {
		if s.shelves.by[r.id()] == nil {
			return nil, notFound("Resource")
		}
		s.shelves.drop(r.id())
		s.articles.each(func(a *article) {
			if a.parent == r.id() {
				a.parent = ""
			}
		})
		s.changed()
		return obj{"id": r.id(), "object": "collection", "deleted": true}, nil
	})
	s.handle("GET /help_center/help_centers", "articles", none, none, func(*request) (any, *failure) {
		return obj{"type": "list", "data": []obj{}}, nil
	})
	s.handle("GET /macros", "conversations", []string{"per_page", "starting_after"}, none, func(*request) (any, *failure) {
		return obj{"type": "list", "data": append([]obj{}, s.macros...), "pages": obj{"type": "pages", "per_page": 50, "next": nil}}, nil
	})
}

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.peopleRoutes()
	s.threadRoutes()
	s.ticketRoutes()
	s.shapeRoutes()
	s.articleRoutes()
}
