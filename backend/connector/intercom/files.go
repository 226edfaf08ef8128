package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
)

// fileHosts are Intercom's own hosts for files (OpenAPI 2.16: examples of "url").
var fileHosts = regexp.MustCompile(`(^|\.)(intercom\.(io|com)|intercomcdn\.(com|eu)|intercomassets\.(com|eu)|intercom-attachments(-\d+)?\.(com|eu|io)|intercomusercontent\.com)$`)

// ours says whether an address is one of Intercom's, or of the host that we are connected to.
func (c *conn) ours(u *url.URL) bool {
	if u.Host == c.wire.Base.Host && u.Scheme == c.wire.Base.Scheme {
		return true
	}
	return u.Scheme == "https" && fileHosts.MatchString(strings.ToLower(u.Hostname()))
}

// onlyOverTLS lets downloads be redirected to other hosts over https, and never into a
// private network.
func (c *conn) onlyOverTLS(r *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return errors.New("too many redirects")
	}
	if c.ours(r.URL) {
		return nil
	}
	ip := net.ParseIP(r.URL.Hostname())
	if r.URL.Scheme != "https" || r.URL.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) {
		return fmt.Errorf("a file's address leads to %s, where no file of Intercom can be", r.URL.Host)
	}
	return nil
}

// FileRef names a file by its address, and by its place in its thread: addresses expire.
func (c *conn) FileRef(r model.Record) (reference, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	v := gjson.ParseBytes(r.Raw)
	name = v.Get("name").String()
	if name == "" {
		name = "file"
	}
	return v.Get("url").String() + " " + r.Key.ID, name, v.Get("content_type").String()
}

// Open reads a file. One whose address is too old is asked for again. An answer that breaks
// off is an error of the reader, never an early end.
func (c *conn) Open(ctx context.Context, reference string) (io.ReadCloser, error) {
	address, id, ok := strings.Cut(reference, " ")
	if !ok {
		return nil, fmt.Errorf("not a file of Intercom: %.40q", reference)
	}
	body, status, err := c.download(ctx, address)
	if err == nil || status != http.StatusForbidden && status != http.StatusNotFound && status != http.StatusGone && status != http.StatusBadRequest {
		return body, err
	}
	fresh, ferr := c.freshAddress(ctx, id)
	if ferr != nil || fresh == "" || fresh == address {
		return nil, err
	}
	body, _, err = c.download(ctx, fresh)
	return body, err
}

// download opens an address, without credentials: it is signed by itself (P-16).
func (c *conn) download(ctx context.Context, address string) (io.ReadCloser, int, error) {
	u, err := url.Parse(address)
	if err != nil || !c.ours(u) {
		return nil, 0, fmt.Errorf("a file's address is not one of Intercom: %.80q", hostOf(u))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("prepare request: %w", err)
	}
	resp, err := c.files.Do(req)
	if err != nil {
		return nil, 0, c.wire.Explain(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, resp.StatusCode, nil
	}
	if err := resp.Body.Close(); err != nil {
		return nil, resp.StatusCode, c.wire.Explain(ctx, err)
	}
	err = c.wire.Verdict(wire.Answer{Status: resp.StatusCode, Header: resp.Header})
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		err = connector.Forbidden(fmt.Errorf("status %d", resp.StatusCode), desk, "read this file, whose address may have expired.")
	}
	return nil, resp.StatusCode, err
}

func hostOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Host
}

// freshAddress reads a file's thread again and gives its address as it is now.
func (c *conn) freshAddress(ctx context.Context, id string) (string, error) {
	ticket, thread, _, ok := splitMessage(id)
	if !ok {
		return "", nil
	}
	t, found, err := c.thread(ctx, ticket, thread)
	if err != nil || !found {
		return "", err
	}
	list, _ := c.attachments(t)
	for _, r := range list {
		if r.Key.ID == id {
			return gjson.GetBytes(r.Raw, "url").String(), nil
		}
	}
	return "", nil
}

// splitMessage reads the id of a message, or of what hangs on it.
func splitMessage(id string) (ticket bool, thread, rest string, ok bool) {
	id, ticket = strings.CutPrefix(id, "t")
	thread, rest, ok = strings.Cut(id, "-")
	return ticket, thread, rest, ok && thread != "" && rest != ""
}

// thread reads one with its parts.
func (c *conn) thread(ctx context.Context, ticket bool, id string) (thread, bool, error) {
	v, found, err := c.fetch(ctx, threadPath(ticket, id))
	return thread{ticket, v}, found, err
}
