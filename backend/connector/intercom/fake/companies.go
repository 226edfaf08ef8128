package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

type company struct {
	id, companyID, name, plan, website, industry string
	size, spend, remote, created, updated        int64
	custom                                       obj
	tags                                         []string
	users                                        map[string]bool
}

func (s *Server) companyJSON(c *company) obj {
	tags := []obj{}
	for _, id := range c.tags {
		if t := s.tag(id); t != nil {
			tags = append(tags, obj{"type": "tag", "id": t.id, "name": t.name})
		}
	}
	plan := obj{}
	if c.plan != "" {
		plan = obj{"type": "plan", "id": "1", "name": c.plan}
	}
	out := obj{
		"type": "company", "id": c.id, "company_id": c.companyID, "app_id": "wb_test", "name": c.name, "remote_created_at": c.remote,
		"created_at": c.created, "updated_at": c.updated, "monthly_spend": c.spend, "session_count": 0, "user_count": len(c.users),
		"tags": obj{"type": "tag.list", "tags": tags}, "segments": obj{"type": "segment.list", "segments": []obj{}}, "plan": plan,
		"custom_attributes": c.custom,
	}
	if c.size > 0 {
		out["size"] = c.size
	}
	if c.website != "" {
		out["website"] = c.website
	}
	if c.industry != "" {
		out["industry"] = c.industry
	}
	return out
}

var companyFields = []string{
	"name", "company_id", "plan", "size", "website", "industry", "custom_attributes", "remote_created_at", "monthly_spend",
	"update_last_request_at",
}

func (s *Server) takeCompany(c *company, body obj) *failure {
	for k, v := range body {
		n, isNumber := seconds(v)
		switch k {
		case "name":
			c.name = text(v)
		case "plan":
			c.plan = text(v)
		case "website":
			c.website = text(v)
		case "industry":
			c.industry = text(v)
		case "size", "monthly_spend", "remote_created_at":
			if !isNumber {
				return &failure{http.StatusBadRequest, "parameter_invalid", k + " must be an integer", k}
			}
			switch k {
			case "size":
				c.size = n
			case "monthly_spend":
				c.spend = n
			default:
				c.remote = n
			}
		case "custom_attributes":
			if err := s.takeCustom("company", c.custom, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Server) companyRoutes() {
	none := []string(nil)
	s.handle("POST /companies", "companies", none, companyFields, func(r *request) (any, *failure) {
		id := text(r.body["company_id"])
		if id == "" && text(r.body["name"]) == "" {
			return nil, bad("bad_request", "bad 'name' or 'company_id' parameter")
		}
		c := s.companies.by[s.firms[id]]
		fresh := c == nil
		if fresh {
			c = &company{id: s.hexID(), companyID: id, created: s.now(), remote: s.now(), custom: obj{}, users: map[string]bool{}}
		}
		if err := s.takeCompany(c, r.body); err != nil {
			return nil, err
		}
		c.updated = s.now()
		s.companies.put(c.id, c)
		if id != "" {
			s.firms[id] = c.id
		}
		s.changed()
		return s.companyJSON(c), nil
	})
	s.handle("GET /companies", "companies", []string{"company_id", "name", "page", "per_page"}, none, func(r *request) (any, *failure) {
		q := r.URL.Query()
		list := []obj{}
		one := s.companies.by[s.firms[q.Get("company_id")]]
		s.companies.each(func(c *company) {
			if n := q.Get("name"); n != "" && c.name == n {
				one = c
			}
			if s.listed(c) {
				list = append(list, s.companyJSON(c))
			}
		})
		if q.Get("company_id") != "" || q.Get("name") != "" {
			if one == nil {
				return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
			}
			return s.companyJSON(one), nil
		}
		return s.paged(r, list, 15, 60)
	})
	s.handle("GET /companies/{id}", "companies", none, none, func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		return s.companyJSON(c), nil
	})
	s.handle("PUT /companies/{id}", "companies", none, slices.Concat(companyFields[:1], companyFields[2:7], companyFields[8:9]), func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		if err := s.takeCompany(c, r.body); err != nil {
			return nil, err
		}
		c.updated = s.now()
		s.changed()
		return s.companyJSON(c), nil
	})
	s.handle("DELETE /companies/{id}", "companies", none, none, func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		for id := range c.users {
			if p := s.contacts.by[id]; p != nil {
				p.companies = slices.DeleteFunc(p.companies, func(x string) bool { return x == c.id })
			}
		}
		s.companies.drop(c.id)
		delete(s.firms, c.companyID)
		s.changed()
		return obj{"id": c.id, "object": "company", "deleted": true}, nil
	})
	s.handle("POST /companies/list", "companies", []string{"page", "per_page", "order"}, none, func(r *request) (any, *failure) {
		list := []obj{}
		s.companies.each(func(c *company) {
			if s.listed(c) {
				list = append(list, s.companyJSON(c))
			}
		})
		slices.Reverse(list) // the most recently requested first
		page, err := number(r.Request, "page", 1, 1<<30)
		if err != nil {
			return nil, err
		}
		per, err := number(r.Request, "per_page", 15, 60)
		if err != nil {
			return nil, err
		}
		if page*per > s.o.ListCeiling+per-1 {
			return nil, bad("page_threshold_exceeded", "You have exceeded the page threshold of %d companies, use the scroll", s.o.ListCeiling)
		}
		return s.paged(r, list, 15, 60)
	})
	s.handle("GET /companies/scroll", "companies", []string{"scroll_param"}, none, s.scrollCompanies)
}

func (s *Server) listed(c *company) bool { return s.o.EmptyCompanies || len(c.users) > 0 }

// scroll is an open walk over all companies.
type scroll struct {
	param string
	left  []string
	used  int64
}

func (s *Server) scrollCompanies(r *request) (any, *failure) {
	param := r.URL.Query().Get("scroll_param")
	open := s.scroll != nil && s.now()-s.scroll.used <= 60
	switch {
	case param == "" && open:
		return nil, bad("scroll_exists", "scroll already exists for this workspace")
	case param == "":
		s.scroll = &scroll{param: fmt.Sprintf("scroll-%d", s.next())}
		s.companies.each(func(c *company) {
			if s.listed(c) {
				s.scroll.left = append(s.scroll.left, c.id)
			}
		})
	case !open || s.scroll.param != param:
		return nil, notFound("scroll parameter")
	}
	x := s.scroll
	x.used = s.now()
	n := min(len(x.left), s.o.ScrollSize)
	list := []obj{}
	for _, id := range x.left[:n] {
		if c := s.companies.by[id]; c != nil {
			list = append(list, s.companyJSON(c))
		}
	}
	x.left = x.left[n:]
	if len(list) == 0 {
		s.scroll = nil
	}
	return obj{"type": "list", "data": list, "pages": nil, "total_count": nil, "scroll_param": x.param}, nil
}

// paged gives a page by its number.
func (s *Server) paged(r *request, list []obj, std, most int) (any, *failure) {
	page, err := number(r.Request, "page", 1, 1<<30)
	if err != nil {
		return nil, err
	}
	per, err := number(r.Request, "per_page", std, most)
	if err != nil {
		return nil, err
	}
	total := (len(list) + per - 1) / per
	from := min((page-1)*per, len(list))
	data := append([]obj{}, list[from:min(from+per, len(list))]...)
	pages := obj{"type": "pages", "page": page, "per_page": per, "total_pages": total, "next": nil}
	if page < total {
		u := url.URL{Path: r.URL.Path}
		u.RawQuery = url.Values{"page": {fmt.Sprint(page + 1)}, "per_page": {fmt.Sprint(per)}}.Encode()
		pages["next"] = r.host + u.String()
	}
	return obj{"type": "list", "data": data, "pages": pages, "total_count": len(list)}, nil
}
