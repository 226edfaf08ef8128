package zendesk

import (
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/secret"
)

var name = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// Tidy makes the address of a Zendesk of whatever people paste: "acme", "acme.zendesk.com",
// "https://acme.zendesk.com/agent/tickets/5" (P-12). Other addresses than Zendesk's own are
// taken as they are: of a test desk, or a brand's own name.
func Tidy(address string) (string, error) {
	s := strings.TrimSpace(strings.ToLower(address))
	if name.MatchString(s) {
		return "https://" + s + ".zendesk.com", nil
	}
	if s != "" && !strings.Contains(s, "://") && strings.Contains(s, ".") && !strings.ContainsAny(s, " @") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(u.Host, " @") {
		return "", connector.BadAddress(err, desk, address)
	}
	scheme := u.Scheme
	if strings.HasSuffix(u.Hostname(), ".zendesk.com") {
		scheme = "https"
	}
	return scheme + "://" + u.Host, nil
}

func secretOf(vault secret.Vault, f connector.FormField) (secret.Text, error) {
	s, err := vault.Get(f.Name)
	if errors.Is(err, secret.ErrNotFound) || err == nil && s == "" {
		return "", connector.NeedSetting(desk, f)
	}
	return s, err
}

// places are the parts of addresses at which records are opened.
var places = []struct {
	path string
	o    model.Object
}{
	{"/agent/tickets/", model.Ticket},
	{"/tickets/", model.Ticket},
	{"/requests/", model.Ticket},
	{"/hc/requests/", model.Ticket},
	{"/agent/users/", model.Contact},
	{"/users/", model.Contact},
	{"/agent/organizations/", model.Organization},
	{"/organizations/", model.Organization},
}

var guidePlace = regexp.MustCompile(`^/hc(?:/[a-z]{2}(?:-[a-z0-9]+)?)?/(articles|sections|categories|requests)/(\d+)`)

var guideObjects = map[string]model.Object{
	"articles": model.Article, "sections": model.Section, "categories": model.Category, "requests": model.Ticket,
}

// KeyOf reads an address as people paste it into a ticket.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || !strings.EqualFold(u.Host, c.client.Base.Host) {
		return model.Key{}, false
	}
	if m := guidePlace.FindStringSubmatch(u.Path); m != nil {
		return model.Key{Object: guideObjects[m[1]], ID: m[2]}, true
	}
	path := u.Path
	if path == "/agent" || path == "/agent/" { // the address of old: /agent/#/tickets/5
		path = "/agent/" + strings.TrimPrefix(u.Fragment, "/")
	}
	for _, p := range places {
		rest, ok := strings.CutPrefix(path, p.path)
		if !ok {
			continue
		}
		id, _, _ := strings.Cut(rest, "/")
		if _, err := strconv.ParseInt(id, 10, 64); err == nil {
			return model.Key{Object: p.o, ID: id}, true
		}
	}
	return model.Key{}, false
}

// AddressOf gives the address at which an agent opens a record.
func (c *conn) AddressOf(k model.Key) string {
	base := c.client.Base.Scheme + "://" + c.client.Base.Host
	switch k.Object {
	case model.Ticket:
		return base + "/agent/tickets/" + k.ID
	case model.Message:
		ticket, _, _ := strings.Cut(k.ID, "-")
		return base + "/agent/tickets/" + ticket
	case model.Contact, model.Agent:
		return base + "/agent/users/" + k.ID
	case model.Organization:
		return base + "/agent/organizations/" + k.ID
	case model.Article:
		return base + "/hc/articles/" + k.ID
	case model.Section:
		return base + "/hc/sections/" + k.ID
	case model.Category:
		return base + "/hc/categories/" + k.ID
	}
	return ""
}
