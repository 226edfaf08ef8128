package intercom

import (
	"net/url"
	"regexp"
	"strings"

	"waybill/backend/model"
)

var (
	inbox   = regexp.MustCompile(`/(?:conversations?|conversation)/(\d+)(?:/|$)`)
	contact = regexp.MustCompile(`/apps/[^/]+/(?:users|people)/([0-9a-f]{24})(?:/|$)`)
	help    = regexp.MustCompile(`/articles/(\d+)(?:-|/|$)`)
	shelves = regexp.MustCompile(`/collections/(\d+)(?:-|/|$)`)
)

// KeyOf says which record an address of the inbox or of the help centre leads to. Help
// centres lie at intercom.help, or under a name of the customer's own, which the API tells
// nobody: their paths are taken from any host that is named in no other way.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return model.Key{}, false
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case host == "app.intercom.com" || host == "app.intercom.io" || strings.HasPrefix(host, "app.") && strings.HasSuffix(host, ".intercom.com"):
		if m := inbox.FindStringSubmatch(u.Path); m != nil {
			return model.Key{Object: c.conversationObject(), ID: m[1]}, true
		}
		if m := contact.FindStringSubmatch(u.Path); m != nil {
			return model.Key{Object: model.Contact, ID: m[1]}, true
		}
	case host == "intercom.help" || strings.HasSuffix(host, ".intercom.help"):
		if m := help.FindStringSubmatch(u.Path); m != nil {
			return model.Key{Object: model.Article, ID: m[1]}, true
		}
		if m := shelves.FindStringSubmatch(u.Path); m != nil {
			return model.Key{Object: model.Category, ID: m[1]}, true
		}
	}
	return model.Key{}, false
}

// AddressOf gives the address in the inbox. Articles have theirs in their own field "url".
func (c *conn) AddressOf(k model.Key) string {
	c.mu.Lock()
	workspace := c.known.app
	c.mu.Unlock()
	if k.ID == "" || workspace == "" {
		return "" // the address names the workspace, which is known once anything was read or written
	}
	app := "https://app.intercom.com"
	switch {
	case strings.HasPrefix(c.wire.Base.Host, "api.eu."):
		app = "https://app.eu.intercom.com"
	case strings.HasPrefix(c.wire.Base.Host, "api.au."):
		app = "https://app.au.intercom.com"
	}
	switch k.Object {
	case c.conversationObject(), c.ticketObject():
		return app + "/a/inbox/" + workspace + "/inbox/conversation/" + url.PathEscape(k.ID)
	case model.Contact:
		return app + "/a/apps/" + workspace + "/users/" + url.PathEscape(k.ID)
	case model.Article:
		return app + "/a/apps/" + workspace + "/articles/articles/" + url.PathEscape(k.ID) + "/show"
	}
	return ""
}
