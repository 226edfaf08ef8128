package fake

import (
	"slices"
	"strings"
)

// base is a knowledge base.
type base struct {
	id, name, locale string
	categories       []*category
	articles         []*article
	created, updated float64
}

type category struct {
	id               string
	base             *base
	parent           *category
	texts            map[string]*catText
	created, updated float64
}

type catText struct{ name, description string }

type article struct {
	id               string
	base             *base
	category         *category
	author           *teammate
	texts            map[string]*artText
	files            []*file
	created, updated float64
}

type artText struct{ subject, content, status string }

// AddKnowledgeBase adds a knowledge base in English and gives its id.
func (s *Server) AddKnowledgeBase(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addBase(name).id
}

func (s *Server) addBase(name string) *base {
	b := &base{id: s.id("knb"), name: name, locale: "en", created: s.now(), updated: s.now()}
	s.bases = append(s.bases, b)
	s.byID[b.id] = b
	return b
}

func locales[T any](texts map[string]T, first string) []string {
	out := []string{}
	for l := range texts {
		out = append(out, l)
	}
	slices.Sort(out)
	if i := slices.Index(out, first); i > 0 {
		out = slices.Insert(slices.Delete(out, i, i+1), 0, first)
	}
	return out
}

func (s *Server) renderBase(b *base) obj {
	at := s.o.Base + "/knowledge_bases/" + b.id
	return obj{
		"_links": obj{"self": at, "related": obj{"articles": at + "/articles", "categories": at + "/categories"}}, "id": b.id,
		"type": "external", "locales": []string{"en", "fr"}, "created_at": b.created, "updated_at": b.updated,
	}
}

func (s *Server) baseContent(b *base) obj {
	o := s.renderBase(b)
	delete(o, "locales")
	o["name"], o["status"], o["locale"] = b.name, "published", b.locale
	return o
}

func (s *Server) catLinks(k *category) obj {
	at := s.o.Base + "/knowledge_base_categories/" + k.id
	related := obj{"knowledge_base": s.o.Base + "/knowledge_bases/" + k.base.id, "parent_category": nil, "articles": at + "/articles"}
	if k.parent != nil {
		related["parent_category"] = s.o.Base + "/knowledge_base_categories/" + k.parent.id
	}
	return obj{"self": at, "related": related}
}

func (s *Server) renderCategory(k *category) obj {
	return obj{
		"_links": s.catLinks(k), "id": k.id, "slug": "/categories/" + k.id, "is_hidden": false, "locales": locales(k.texts, k.base.locale),
		"created_at": k.created, "updated_at": k.updated,
	}
}

func (s *Server) categoryContent(k *category, locale string) obj {
	o := obj{"_links": s.catLinks(k), "id": k.id, "name": nil, "description": nil, "is_hidden": false, "locale": locale, "created_at": k.created, "updated_at": k.updated}
	if t := k.texts[locale]; t != nil {
		o["name"], o["description"] = t.name, t.description
	}
	return o
}

func (s *Server) artLinks(a *article) obj {
	at := s.o.Base + "/knowledge_base_articles/" + a.id
	related := obj{"knowledge_base": s.o.Base + "/knowledge_bases/" + a.base.id, "category": nil, "content": at + "/content"}
	if a.category != nil {
		related["category"] = s.o.Base + "/knowledge_base_categories/" + a.category.id
	}
	return obj{"self": at, "related": related}
}

func (s *Server) renderArticle(a *article) obj {
	return obj{
		"_links": s.artLinks(a), "id": a.id, "slug": "/articles/" + a.id, "locales": locales(a.texts, a.base.locale),
		"created_at": a.created, "updated_at": a.updated,
	}
}

func (s *Server) articleContent(a *article, locale string) obj {
	t := a.texts[locale]
	links := s.artLinks(a)
	related := links["related"].(obj)
	delete(related, "content")
	if related["category"] == nil {
		delete(related, "category")
	}
	if a.author != nil {
		related["last_editor"] = s.o.Base + "/teammates/" + a.author.id
	}
	files := []obj{}
	for _, f := range a.files {
		files = append(files, s.renderFile(f))
	}
	return obj{
		"_links": links, "id": a.id, "slug": "/articles/" + a.id, "name": t.subject, "status": t.status, "keywords": []string{},
		"content": t.content, "locale": locale, "attachments": files, "last_edited_at": a.updated, "created_at": a.created, "updated_at": a.updated,
	}
}

type categoryBody struct {
	Parent      *string `json:"parent_category_id"`
	Name        *string `json:"name"`
	Description *string `json:"description"`
}

type articleBody struct {
	Category *string `json:"category_id"`
	Author   *string `json:"author_id"`
	Subject  *string `json:"subject"`
	Content  *string `json:"content"`
	Status   *string `json:"status"`
}

func (s *Server) baseRoute(c *call) (reply, *failure) {
	if len(c.parts) == 1 && c.method == "GET" {
		return whole(s, c, s.bases, s.renderBase)
	}
	if len(c.parts) < 2 {
		return reply{}, notFound("Route")
	}
	b, _ := s.byID[c.parts[1]].(*base)
	if b == nil {
		return reply{}, notFound("Knowledge base")
	}
	rest, locale := c.parts[2:], b.locale
	if len(rest) == 3 && rest[0] == "locales" {
		locale, rest = rest[1], rest[2:]
	}
	if !slices.Contains([]string{"en", "fr"}, locale) {
		return reply{}, bad("locale: not enabled for this knowledge base")
	}
	switch c.method + " " + strings.Join(rest, "/") {
	case "GET ":
		return ok(s.renderBase(b)), nil
	case "GET content":
		return ok(s.baseContent(b)), nil
	case "GET categories":
		return page(s, c, b.categories, 50, s.renderCategory)
	case "GET articles":
		return page(s, c, b.articles, 50, s.renderArticle)
	case "POST categories":
		return s.createCategory(c, b, locale)
	case "POST articles":
		return s.createArticle(c, b, locale)
	}
	return reply{}, notFound("Route")
}

func (s *Server) createCategory(c *call, b *base, locale string) (reply, *failure) {
	if f := s.scope("knowledge_bases:write"); f != nil {
		return reply{}, f
	}
	var x categoryBody
	if f := decode(c, &x); f != nil {
		return reply{}, f
	}
	if deref(x.Name) == "" {
		return reply{}, bad("body.name: missing")
	}
	k := &category{id: s.id("kbc"), base: b, texts: map[string]*catText{locale: {*x.Name, deref(x.Description)}}, created: s.now(), updated: s.now()}
	if x.Parent != nil {
		if k.parent, _ = s.byID[*x.Parent].(*category); k.parent == nil {
			return reply{}, bad("body.parent_category_id: category not found")
		}
	}
	b.categories = append(b.categories, k)
	s.byID[k.id] = k
	return created(s.categoryContent(k, locale)), nil
}

func (s *Server) createArticle(c *call, b *base, locale string) (reply, *failure) {
	if f := s.scope("knowledge_bases:write"); f != nil {
		return reply{}, f
	}
	var x articleBody
	if f := decode(c, &x); f != nil {
		return reply{}, f
	}
	a := &article{id: s.id("kba"), base: b, texts: map[string]*artText{}, created: s.now(), updated: s.now()}
	if f := s.applyArticle(a, x, locale, true); f != nil {
		return reply{}, f
	}
	b.articles = append(b.articles, a)
	s.byID[a.id] = a
	return created(s.articleContent(a, locale)), nil
}

func (s *Server) applyArticle(a *article, x articleBody, locale string, fresh bool) *failure {
	for field, v := range map[string]*string{"author_id": x.Author, "subject": x.Subject, "content": x.Content} {
		if fresh && v == nil {
			return bad("body." + field + ": missing")
		}
	}
	if x.Author != nil {
		if a.author = s.findTeammate(*x.Author); a.author == nil {
			return bad("body.author_id: teammate not found")
		}
	}
	if x.Category != nil {
		if a.category, _ = s.byID[*x.Category].(*category); a.category == nil {
			return bad("body.category_id: category not found")
		}
	}
	if x.Status != nil && *x.Status != "draft" && *x.Status != "published" {
		return bad("body.status: invalid value")
	}
	t := a.texts[locale]
	if t == nil {
		t = &artText{status: "draft"}
		a.texts[locale] = t
	}
	for to, v := range map[*string]*string{&t.subject: x.Subject, &t.content: x.Content, &t.status: x.Status} {
		if v != nil {
			*to = *v
		}
	}
	a.updated = s.now()
	return nil
}

func (s *Server) articleRoute(c *call) (reply, *failure) {
	if len(c.parts) < 2 {
		return reply{}, notFound("Route")
	}
	a, _ := s.byID[c.parts[1]].(*article)
	if a == nil {
		return reply{}, notFound("Article")
	}
	rest, locale := c.parts[2:], a.base.locale
	if len(rest) == 3 && rest[0] == "locales" {
		locale, rest = rest[1], rest[2:]
	}
	switch c.method + " " + strings.Join(rest, "/") {
	case "GET ":
		return ok(s.renderArticle(a)), nil
	case "DELETE ":
		a.base.articles = remove(a.base.articles, a)
		delete(s.byID, a.id)
		return ok(s.renderArticle(a)), nil
	case "GET content":
		if a.texts[locale] == nil {
			return reply{}, notFound("Article content")
		}
		return ok(s.articleContent(a, locale)), nil
	case "PATCH content":
		var x articleBody
		if f := decode(c, &x); f != nil {
			return reply{}, f
		}
		if x.Category != nil {
			return reply{}, bad("body.category_id: unexpected")
		}
		if f := s.applyArticle(a, x, locale, false); f != nil {
			return reply{}, f
		}
		return ok(s.articleContent(a, locale)), nil
	}
	return reply{}, notFound("Route")
}

func (s *Server) categoryRoute(c *call) (reply, *failure) {
	if len(c.parts) < 2 {
		return reply{}, notFound("Route")
	}
	k, _ := s.byID[c.parts[1]].(*category)
	if k == nil {
		return reply{}, notFound("Category")
	}
	rest, locale := c.parts[2:], k.base.locale
	if len(rest) == 3 && rest[0] == "locales" {
		locale, rest = rest[1], rest[2:]
	}
	switch c.method + " " + strings.Join(rest, "/") {
	case "GET ":
		return ok(s.renderCategory(k)), nil
	case "DELETE ":
		k.base.categories = remove(k.base.categories, k)
		delete(s.byID, k.id)
		return none(), nil
	case "GET content":
		return ok(s.categoryContent(k, locale)), nil
	case "PATCH content":
		var x categoryBody
		if f := decode(c, &x); f != nil {
			return reply{}, f
		}
		t := k.texts[locale]
		if t == nil {
			t = &catText{}
			k.texts[locale] = t
		}
		if x.Name != nil {
			t.name = *x.Name
		}
		if x.Description != nil {
			t.description = *x.Description
		}
		k.updated = s.now()
		return ok(s.categoryContent(k, locale)), nil
	case "GET articles":
		list := []*article{}
		for _, a := range k.base.articles {
			if a.category == k {
				list = append(list, a)
			}
		}
		return page(s, c, list, 50, s.renderArticle)
	}
	return reply{}, notFound("Route")
}
