package intercom

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"waybill/backend/connector"
)

// tidy makes the API's address of whatever people paste (P-12): a page of the app or of
// the developer's pages tells the region, as does a region's own name. Addresses of other
// hosts (a sandbox, a test) stay as they are.
func tidy(s string) (string, error) {
	s = strings.TrimSpace(s)
	if host, ok := hosts[strings.ToLower(s)]; ok {
		return "https://" + host, nil
	}
	if s == "" || strings.ContainsAny(s, " \t\n") {
		return "", connector.BadAddress(nil, desk, s)
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(u.Host, "..") {
		return "", connector.BadAddress(err, desk, s)
	}
	host := strings.ToLower(u.Hostname())
	if host == "intercom.com" || host == "intercom.io" || strings.HasSuffix(host, ".intercom.com") || strings.HasSuffix(host, ".intercom.io") {
		for region, api := range hosts {
			if strings.Contains("."+host, "."+region+".") {
				return "https://" + api, nil
			}
		}
		return "https://" + hosts["us"], nil
	}
	if !strings.Contains(host, ".") && host != "localhost" && net.ParseIP(host) == nil {
		return "", connector.BadAddress(errors.New("not the name of a host"), desk, s)
	}
	root := url.URL{Scheme: strings.ToLower(u.Scheme), Host: strings.TrimSuffix(u.Host, ":"), Path: strings.TrimRight(u.Path, "/")}
	return root.String(), nil
}
