package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User is a person: an end user, an agent or an admin.
type User struct {
	ID             int64          `json:"id"`
	URL            string         `json:"url"`
	Name           string         `json:"name"`
	Email          *string        `json:"email"`
	ExternalID     *string        `json:"external_id"`
	Role           string         `json:"role"`
	OrganizationID *int64         `json:"organization_id"`
	Phone          *string        `json:"phone"`
	SharedPhone    *bool          `json:"shared_phone_number"`
	Alias          string         `json:"alias"`
	Active         bool           `json:"active"`
	Suspended      bool           `json:"suspended"`
	Verified       bool           `json:"verified"`
	Notes          string         `json:"notes"`
	Details        string         `json:"details"`
	Signature      string         `json:"signature"`
	Tags           []string       `json:"tags"`
	Locale         string         `json:"locale"`
	LocaleID       int64          `json:"locale_id"`
	Photo          map[string]any `json:"photo"`
	TimeZone       string         `json:"time_zone"`
	UserFields     map[string]any `json:"user_fields"`
	CreatedAt      string         `json:"created_at"`
	UpdatedAt      string         `json:"updated_at"`

	at      int64
	forGood bool
}

func (u *User) key() int64     { return u.ID }
func (u *User) changed() int64 { return u.at }

func (s *Server) addUser(u *User) *User {
	u.ID, u.Active = s.id(), true
	u.URL = fmt.Sprintf("https://desk.zendesk.com/api/v2/users/%d.json", u.ID)
	if u.CreatedAt == "" {
		u.CreatedAt = s.stamp()
	}
	if u.UpdatedAt == "" {
		u.UpdatedAt = s.stamp()
	}
	if u.Locale == "" {
		u.Locale = "en-US"
	}
	u.LocaleID = 1
	if u.Tags == nil {
		u.Tags = []string{}
	}
	if u.UserFields == nil {
		u.UserFields = map[string]any{}
	}
	u.at = s.now().Unix()
	s.users.put(u)
	return u
}

func (s *Server) touchUser(u *User) {
	u.UpdatedAt, u.at = s.stamp(), s.now().Unix()
	s.users.sorted = false
}

// AddAgent invites somebody to the staff, as people do it by hand.
func (s *Server) AddAgent(name, email string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addUser(&User{Name: name, Email: &email, Role: "agent", Verified: true}).ID
}

type userIn struct {
	ID              *int64         `json:"id"`
	Name            *string        `json:"name"`
	Email           *string        `json:"email"`
	ExternalID      *string        `json:"external_id"`
	Role            *string        `json:"role"`
	OrganizationID  *int64         `json:"organization_id"`
	Phone           *string        `json:"phone"`
	Alias           *string        `json:"alias"`
	Suspended       *bool          `json:"suspended"`
	Verified        *bool          `json:"verified"`
	Notes           *string        `json:"notes"`
	Details         *string        `json:"details"`
	Signature       *string        `json:"signature"`
	Tags            []string       `json:"tags"`
	Locale          *string        `json:"locale"`
	TimeZone        *string        `json:"time_zone"`
	UserFields      map[string]any `json:"user_fields"`
	SkipVerifyEmail bool           `json:"skip_verify_email"`

	given map[string]bool
}

// UnmarshalJSON remembers which names were given, so that null empties a value.
func (u *userIn) UnmarshalJSON(b []byte) error {
	type plain userIn
	if err := strict(b, (*plain)(u)); err != nil {
		return err
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	u.given = map[string]bool{}
	for k := range names {
		u.given[k] = true
	}
	return nil
}

func strict(b []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	d.UseNumber()
	return d.Decode(v)
}

// saveUser creates (u is nil) or changes a user; problems come by field.
func (s *Server) saveUser(u *User, in userIn) (*User, map[string]string) {
	bad := map[string]string{}
	if u == nil && (in.Name == nil || strings.TrimSpace(*in.Name) == "") {
		bad["name"] = "Name: is too short (minimum is 1 characters)"
	}
	if in.Name != nil && len([]rune(*in.Name)) > 255 {
		bad["name"] = "Name: is too long (maximum is 255 characters)"
	}
	if in.Email != nil && *in.Email != "" {
		if !strings.Contains(*in.Email, "@") || strings.ContainsAny(*in.Email, " \n") {
			bad["email"] = "Email: " + *in.Email + " is not properly formatted"
		}
		for _, x := range s.users.order {
			if x.Active && x != u && x.Email != nil && strings.EqualFold(*x.Email, *in.Email) {
				bad["email"] = "Email: " + *in.Email + " is already being used by another user"
			}
		}
	}
	if in.ExternalID != nil && *in.ExternalID != "" {
		for _, x := range s.users.order {
			if x.Active && x != u && x.ExternalID != nil && strings.EqualFold(*x.ExternalID, *in.ExternalID) {
				bad["external_id"] = "External: " + *in.ExternalID + " has already been taken"
			}
		}
	}
	if in.OrganizationID != nil && s.org(*in.OrganizationID) == nil {
		bad["organization_id"] = "Organization: is invalid"
	}
	for k := range in.UserFields {
		if !s.hasField("user_fields", k) {
			bad["base"] = "User fields: " + k + " is not a valid field"
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	if u == nil {
		u = s.addUser(&User{Role: "end-user"})
		if in.Email != nil && !in.SkipVerifyEmail {
			s.mails++ // the welcome mail
		}
	}
	text := func(name string, to **string, from *string) {
		if in.given[name] {
			*to = from
		}
	}
	plain := func(name string, to *string, from *string) {
		if in.given[name] {
			*to = ""
			if from != nil {
				*to = *from
			}
		}
	}
	plain("name", &u.Name, in.Name)
	text("email", &u.Email, in.Email)
	text("external_id", &u.ExternalID, in.ExternalID)
	text("phone", &u.Phone, in.Phone)
	plain("alias", &u.Alias, in.Alias)
	plain("notes", &u.Notes, in.Notes)
	plain("details", &u.Details, in.Details)
	plain("signature", &u.Signature, in.Signature)
	plain("locale", &u.Locale, in.Locale)
	plain("time_zone", &u.TimeZone, in.TimeZone)
	if in.given["organization_id"] {
		u.OrganizationID = in.OrganizationID
	}
	if in.Role != nil {
		u.Role = *in.Role
	}
	if in.Suspended != nil {
		u.Suspended = *in.Suspended
	}
	if in.Verified != nil {
		u.Verified = *in.Verified
	}
	if in.given["tags"] {
		u.Tags = append([]string{}, in.Tags...)
	}
	u.UserFields = maps.Clone(u.UserFields)
	maps.Copy(u.UserFields, in.UserFields)
	s.touchUser(u)
	return u, nil
}

func (s *Server) hasField(list, key string) bool {
	return slices.ContainsFunc(s.docsOf(list).order, func(d *doc) bool { return d.values["key"] == key })
}

func (s *Server) activeUsers(q url.Values) []*User {
	roles := append(q["role[]"], q["role"]...)
	out := []*User{}
	for _, u := range s.users.order {
		if u.Active && (len(roles) == 0 || slices.Contains(roles, u.Role)) {
			out = append(out, u)
		}
	}
	return out
}

func (s *Server) routeUsers(w http.ResponseWriter, r *http.Request, path []string) {
	q := r.URL.Query()
	switch {
	case len(path) == 0 && r.Method == http.MethodGet:
		list(w, r, "users", s.activeUsers(q), 100, "role[]", "role")
	case len(path) == 0 && r.Method == http.MethodPost:
		var in struct {
			User userIn `json:"user"`
		}
		if !decode(w, r, &in) {
			return
		}
		u, bad := s.saveUser(nil, in.User)
		if bad != nil {
			invalid(w, bad)
			return
		}
		answer(w, http.StatusCreated, map[string]any{"user": u})
	case path[0] == "me":
		answer(w, http.StatusOK, map[string]any{"user": s.users.order[0]})
	case path[0] == "count":
		s.count(w, len(s.activeUsers(q)))
	case path[0] == "show_many":
		answer(w, http.StatusOK, map[string]any{"users": s.showUsers(q), "count": 0, "next_page": nil, "previous_page": nil})
	case path[0] == "search":
		s.searchUsers(w, r, q)
	case path[0] == "create_many" && r.Method == http.MethodPost:
		s.createUsers(w, r)
	case path[0] == "destroy_many" && r.Method == http.MethodDelete:
		s.start(w, destroyJob(s, ids(q.Get("ids")), func(id int64) string { return s.deleteUser(id, false) }))
	default:
		s.oneUser(w, r, path)
	}
}

func (s *Server) showUsers(q url.Values) []*User {
	out := []*User{}
	for _, id := range ids(q.Get("ids")) {
		if u := s.users.byID[id]; u != nil && u.Active {
			out = append(out, u)
		}
	}
	if q.Get("external_ids") != "" {
		want := map[string]bool{}
		for x := range strings.SplitSeq(q.Get("external_ids"), ",") {
			want[strings.ToLower(x)] = true
		}
		for _, u := range s.users.order {
			if u.Active && u.ExternalID != nil && want[strings.ToLower(*u.ExternalID)] {
				out = append(out, u)
			}
		}
	}
	return out
}

func (s *Server) searchUsers(w http.ResponseWriter, r *http.Request, q url.Values) {
	word := strings.ToLower(strings.Trim(strings.TrimPrefix(q.Get("query"), "email:"), `"`))
	out := []*User{}
	for _, u := range s.users.order {
		mail := u.Email != nil && strings.ToLower(*u.Email) == word
		if u.Active && (mail || !strings.HasPrefix(q.Get("query"), "email:") && strings.Contains(strings.ToLower(u.Name), word)) {
			out = append(out, u)
		}
	}
	list(w, r, "users", out, 100, "query", "external_id")
}

func (s *Server) createUsers(w http.ResponseWriter, r *http.Request) {
	if s.o.NoBulkUsers {
		answer(w, http.StatusForbidden, map[string]any{"error": map[string]string{"title": "Forbidden", "message": "You do not have access to this page. Bulk user imports must be enabled for the account."}})
		return
	}
	var in struct {
		Users []userIn `json:"users"`
	}
	if !decode(w, r, &in) {
		return
	}
	if len(in.Users) == 0 || len(in.Users) > 100 {
		badRequest(w, "between 1 and 100 users")
		return
	}
	s.start(w, &job{total: len(in.Users), work: func(i int) map[string]any {
		u, bad := s.saveUser(nil, in.Users[i])
		if bad != nil {
			return map[string]any{"index": i, "error": "UserCreateError", "details": first(bad), "success": false}
		}
		return map[string]any{"id": u.ID, "index": i, "status": "Created", "success": true}
	}})
}

func first(bad map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(bad)) {
		return bad[k]
	}
	return ""
}

func (s *Server) oneUser(w http.ResponseWriter, r *http.Request, path []string) {
	id, _ := strconv.ParseInt(path[0], 10, 64) // 0 is nobody
	u := s.users.byID[id]
	if u == nil || len(path) > 1 {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	switch r.Method {
	case http.MethodGet:
		answer(w, http.StatusOK, map[string]any{"user": u})
	case http.MethodPut:
		var in struct {
			User userIn `json:"user"`
		}
		if !decode(w, r, &in) {
			return
		}
		if !u.Active {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		if _, bad := s.saveUser(u, in.User); bad != nil {
			invalid(w, bad)
			return
		}
		answer(w, http.StatusOK, map[string]any{"user": u})
	case http.MethodDelete:
		if why := s.deleteUser(id, false); why != "" {
			invalid(w, map[string]string{"base": why})
			return
		}
		answer(w, http.StatusOK, map[string]any{"user": u})
	default:
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "")
	}
}

// deleteUser deletes, and for good when it was deleted before.
func (s *Server) deleteUser(id int64, forGood bool) string {
	u := s.users.byID[id]
	if u == nil || !forGood && !u.Active {
		return "RecordNotFound"
	}
	for _, t := range s.tickets.order {
		if t.RequesterID == id && t.Status != "closed" && t.Status != "deleted" && !forGood {
			return "User cannot be deleted: requester of tickets that are not closed"
		}
	}
	u.Active = false
	if forGood {
		u.Name, u.Email, u.ExternalID, u.Phone, u.forGood = "Permanently Deleted User", nil, nil, nil, true
		u.Alias, u.Notes, u.Details, u.OrganizationID = "", "", "", nil
	}
	s.touchUser(u)
	return ""
}

func (s *Server) routeDeletedUsers(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) != 1 || r.Method != http.MethodDelete {
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
		return
	}
	id, _ := strconv.ParseInt(path[0], 10, 64) // 0 is nobody
	u := s.users.byID[id]
	if u == nil || u.Active || u.forGood {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	s.deleteUser(id, true)
	answer(w, http.StatusOK, map[string]any{"deleted_user": u})
}

func (s *Server) count(w http.ResponseWriter, n int) {
	answer(w, http.StatusOK, map[string]any{"count": map[string]any{"value": n, "refreshed_at": s.o.Now().UTC().Format(time.RFC3339)}})
}
