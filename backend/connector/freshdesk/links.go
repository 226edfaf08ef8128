package freshdesk

import (
	"net/url"
	"regexp"
	"strings"

	"waybill/backend/model"
)

// pages are the web pages of records, as agents and customers see them. A part behind a
// dash is the title.
var pages = []struct {
	object model.Object
	path   *regexp.Regexp
}{
	{model.Ticket, regexp.MustCompile(`^/(?:a|support|helpdesk)/tickets/(\d+)(?:$|[/-])`)},
	{model.Contact, regexp.MustCompile(`^/a/contacts/(\d+)(?:$|/)`)},
	{model.Organization, regexp.MustCompile(`^/a/companies/(\d+)(?:$|/)`)},
	{model.Article, regexp.MustCompile(`^(?:/[a-z]{2}(?:-[A-Za-z]{2})?)?/(?:a/solutions|support/solutions|solution)/articles/(\d+)(?:$|[/-])`)},
	{model.Section, regexp.MustCompile(`^(?:/[a-z]{2}(?:-[A-Za-z]{2})?)?/support/solutions/folders/(\d+)(?:$|[/-])`)},
	{model.Category, regexp.MustCompile(`^(?:/[a-z]{2}(?:-[A-Za-z]{2})?)?/support/solutions/(\d+)(?:$|[/-])`)},
}

// KeyOf says which record a web address of this desk leads to.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || !strings.EqualFold(u.Host, c.client.Base.Host) {
		return model.Key{}, false
	}
	for _, p := range pages {
		if m := p.path.FindStringSubmatch(u.Path); m != nil {
			return model.Key{Object: p.object, ID: m[1]}, true
		}
	}
	return model.Key{}, false
}

// AddressOf gives the web address of a record: for articles the customers' page, else the agents'.
func (c *conn) AddressOf(k model.Key) string {
	path := ""
	switch k.Object {
	case model.Ticket:
		path = "/a/tickets/" + k.ID
	case model.Message:
		if ticket, _, ok := split(k.ID); ok {
			path = "/a/tickets/" + ticket
		}
	case model.Contact:
		path = "/a/contacts/" + k.ID
	case model.Organization:
		path = "/a/companies/" + k.ID
	case model.Article:
		path = "/support/solutions/articles/" + k.ID
	case model.Section:
		path = "/support/solutions/folders/" + k.ID
	case model.Category:
		path = "/support/solutions/" + k.ID
	}
	if path == "" {
		return ""
	}
	return (&url.URL{Scheme: c.client.Base.Scheme, Host: c.client.Base.Host, Path: path}).String()
}
