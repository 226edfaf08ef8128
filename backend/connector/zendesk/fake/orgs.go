package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Org is an organization.
type Org struct {
	ID             int64          `json:"id"`
	URL            string         `json:"url"`
	Name           string         `json:"name"`
	ExternalID     *string        `json:"external_id"`
	DomainNames    []string       `json:"domain_names"`
	Details        string         `json:"details"`
	Notes          string         `json:"notes"`
	GroupID        *int64         `json:"group_id"`
	SharedTickets  bool           `json:"shared_tickets"`
	SharedComments bool           `json:"shared_comments"`
	Tags           []string       `json:"tags"`
	Fields         map[string]any `json:"organization_fields"`
	CreatedAt      string         `json:"created_at"`
	UpdatedAt      string         `json:"updated_at"`
	DeletedAt      *string        `json:"deleted_at,omitempty"`

	at int64
}

func (o *Org) key() int64     { return o.ID }
func (o *Org) changed() int64 { return o.at }

func (s *Server) org(id int64) *Org {
	if o := s.orgs.byID[id]; o != nil && o.DeletedAt == nil {
		return o
	}
	return nil
}

func (s *Server) liveOrgs() []*Org {
	out := []*Org{}
	for _, o := range s.orgs.order {
		if o.DeletedAt == nil {
			out = append(out, o)
		}
	}
	return out
}

type orgIn struct {
	ID             *int64         `json:"id"`
	Name           *string        `json:"name"`
	ExternalID     *string        `json:"external_id"`
	DomainNames    []string       `json:"domain_names"`
	Details        *string        `json:"details"`
	Notes          *string        `json:"notes"`
	GroupID        *int64         `json:"group_id"`
	SharedTickets  *bool          `json:"shared_tickets"`
	SharedComments *bool          `json:"shared_comments"`
	Tags           []string       `json:"tags"`
	Fields         map[string]any `json:"organization_fields"`
}

func (s *Server) saveOrg(o *Org, in orgIn, given map[string]bool) (*Org, map[string]string) {
	bad := map[string]string{}
	if o == nil && in.Name == nil || in.Name != nil && strings.TrimSpace(*in.Name) == "" {
		bad["name"] = "Name: cannot be blank"
	}
	if in.Name != nil && len([]rune(*in.Name)) > 255 {
		bad["name"] = "Name: is too long (maximum is 255 characters)"
	}
	for _, x := range s.orgs.order {
		if x == o || x.DeletedAt != nil {
			continue
		}
		if in.Name != nil && strings.EqualFold(x.Name, *in.Name) {
			bad["name"] = "Name: " + *in.Name + " has already been taken"
		}
		if in.ExternalID != nil && x.ExternalID != nil && strings.EqualFold(*x.ExternalID, *in.ExternalID) {
			bad["external_id"] = "External: has already been taken"
		}
	}
	for k := range in.Fields {
		if !s.hasField("organization_fields", k) {
			bad["base"] = "Organization fields: " + k + " is not a valid field"
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	if o == nil {
		o = &Org{ID: s.id(), CreatedAt: s.stamp(), Tags: []string{}, DomainNames: []string{}, Fields: map[string]any{}}
		o.URL = fmt.Sprintf("https://desk.zendesk.com/api/v2/organizations/%d.json", o.ID)
	}
	plain := func(name string, to *string, from *string) {
		if given[name] {
			*to = ""
			if from != nil {
				*to = *from
			}
		}
	}
	plain("name", &o.Name, in.Name)
	plain("details", &o.Details, in.Details)
	plain("notes", &o.Notes, in.Notes)
	if given["external_id"] {
		o.ExternalID = in.ExternalID
	}
	if given["group_id"] {
		o.GroupID = in.GroupID
	}
	if in.SharedTickets != nil {
		o.SharedTickets = *in.SharedTickets
	}
	if in.SharedComments != nil {
		o.SharedComments = *in.SharedComments
	}
	if given["domain_names"] {
		o.DomainNames = append([]string{}, in.DomainNames...)
	}
	if given["tags"] {
		o.Tags = append([]string{}, in.Tags...)
	}
	o.Fields = maps.Clone(o.Fields)
	maps.Copy(o.Fields, in.Fields)
	o.UpdatedAt, o.at = s.stamp(), s.now().Unix()
	s.orgs.put(o)
	return o, nil
}

// orgBody reads an organization and which of its names were given.
func orgBody(b []byte) (in orgIn, given map[string]bool, err error) {
	if err = strict(b, &in); err != nil {
		return in, nil, err
	}
	var names map[string]json.RawMessage
	err = json.Unmarshal(b, &names)
	given = map[string]bool{}
	for k := range names {
		given[k] = true
	}
	return in, given, err
}

func (s *Server) routeOrgs(w http.ResponseWriter, r *http.Request, path []string) {
	q := r.URL.Query()
	switch {
	case len(path) == 0 && r.Method == http.MethodGet:
		list(w, r, "organizations", s.liveOrgs(), 100)
	case len(path) > 0 && path[0] == "count":
		s.count(w, len(s.liveOrgs()))
	case len(path) > 0 && path[0] == "show_many":
		out := []*Org{}
		for _, id := range ids(q.Get("ids")) {
			if o := s.org(id); o != nil {
				out = append(out, o)
			}
		}
		want := map[string]bool{}
		for x := range strings.SplitSeq(q.Get("external_ids"), ",") {
			want[strings.ToLower(x)] = true
		}
		for _, o := range s.liveOrgs() {
			if o.ExternalID != nil && *o.ExternalID != "" && want[strings.ToLower(*o.ExternalID)] {
				out = append(out, o)
			}
		}
		answer(w, http.StatusOK, map[string]any{"organizations": out, "count": len(out), "next_page": nil, "previous_page": nil})
	case len(path) > 0 && path[0] == "create_many" && r.Method == http.MethodPost:
		var in struct {
			Organizations []json.RawMessage `json:"organizations"`
		}
		if !decode(w, r, &in) {
			return
		}
		for _, b := range in.Organizations {
			if _, _, err := orgBody(b); err != nil {
				badRequest(w, err.Error())
				return
			}
		}
		if len(in.Organizations) == 0 || len(in.Organizations) > 100 {
			badRequest(w, "between 1 and 100 organizations")
			return
		}
		s.start(w, &job{total: len(in.Organizations), work: func(i int) map[string]any {
			o, given, err := orgBody(in.Organizations[i])
			if err != nil {
				return map[string]any{"index": i, "error": err.Error()}
			}
			made, bad := s.saveOrg(nil, o, given)
			if bad != nil {
				return map[string]any{"index": i, "error": "OrganizationCreateError", "details": first(bad)}
			}
			return map[string]any{"id": made.ID, "status": "Created"}
		}})
	case len(path) > 0 && path[0] == "destroy_many" && r.Method == http.MethodDelete:
		s.start(w, destroyJob(s, ids(q.Get("ids")), s.deleteOrg))
	case len(path) == 1 && path[0] == "search":
		out := []*Org{}
		for _, o := range s.liveOrgs() {
			if strings.EqualFold(o.Name, q.Get("name")) {
				out = append(out, o)
			}
		}
		list(w, r, "organizations", out, 100, "name", "external_id")
	case len(path) == 2 && path[1] == "merges" && r.Method == http.MethodGet:
		answer(w, http.StatusOK, map[string]any{"organization_merges": s.mergesOf(number(path[0]))})
	case len(path) == 1:
		id, _ := strconv.ParseInt(path[0], 10, 64) // 0 is none
		o := s.org(id)
		if o == nil {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		if r.Method != http.MethodPut {
			answer(w, http.StatusOK, map[string]any{"organization": o})
			return
		}
		var in struct {
			Organization json.RawMessage `json:"organization"`
		}
		if !decode(w, r, &in) {
			return
		}
		body, given, err := orgBody(in.Organization)
		if err != nil {
			badRequest(w, err.Error())
			return
		}
		if _, bad := s.saveOrg(o, body, given); bad != nil {
			invalid(w, bad)
			return
		}
		answer(w, http.StatusOK, map[string]any{"organization": o})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) deleteOrg(id int64) string {
	o := s.org(id)
	if o == nil {
		return "RecordNotFound"
	}
	at := s.stamp()
	o.DeletedAt, o.UpdatedAt, o.at = &at, at, s.now().Unix()
	s.orgs.sorted = false
	for _, u := range s.users.order {
		if u.OrganizationID != nil && *u.OrganizationID == id {
			u.OrganizationID = nil
		}
	}
	for _, t := range s.tickets.order {
		if t.OrganizationID != nil && *t.OrganizationID == id {
			t.OrganizationID = nil
		}
	}
	return ""
}
