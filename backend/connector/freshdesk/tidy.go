package freshdesk

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

var account = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// Tidy makes the right address of what people paste: the account's name, its address with
// or without https, a page deep inside it (P-12). An address on this computer stays as it is.
func Tidy(given string) (string, error) {
	text := strings.TrimSpace(given)
	if account.MatchString(strings.ToLower(text)) && strings.ToLower(text) != "localhost" {
		return "https://" + strings.ToLower(text) + ".freshdesk.com", nil
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", connector.BadAddress(err, desk, given)
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return u.Scheme + "://" + strings.ToLower(u.Host), nil
	}
	name, ok := strings.CutSuffix(host, ".freshdesk.com")
	if !ok || !account.MatchString(name) {
		return "", problem.New(connector.CodeAddress, "Freshdesk does not answer programs at "+host+".",
			"An address of your own, or that of your Freshworks organisation, shows the desk to people only.",
			"Give the address that ends in freshdesk.com. It stands in Admin > Account, and in the mails that Freshdesk sent when the account was made.").
			At(problem.Place{Field: SettingAddress, Value: given})
	}
	return "https://" + host, nil
}
