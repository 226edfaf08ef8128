package freshdesk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// FileRef names a file's content by its address, and behind # the message and the number
// by which a new address can be had: those that Freshdesk gives expire.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	x := gjson.ParseBytes(r.Raw)
	ref = x.Get("attachment_url").String()
	if ref == "" {
		return "", "", ""
	}
	if u, err := url.Parse(ref); err == nil {
		for _, l := range r.Links {
			if l.Role == "message_id" && len(l.To) > 0 {
				u.Fragment = l.To[0].Value + "/" + r.Key.ID
			}
		}
		ref = u.String()
	}
	return ref, x.Get("name").String(), x.Get("content_type").String()
}

// Open reads a file's content. An answer that breaks off is an error of the reader, never
// an early end. An address that expired is replaced by a new one, once.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, fmt.Errorf("not a file's address: %w", err)
	}
	place := u.Fragment
	u.Fragment = ""
	body, status, err := c.fetch(ctx, u)
	if err != nil || body != nil {
		return body, err
	}
	if message, id, ok := strings.Cut(place, "/"); ok && status >= 400 && status < 500 {
		if u, err = c.newAddress(ctx, message, id); err != nil {
			return nil, err
		}
		if u != nil {
			if body, status, err = c.fetch(ctx, u); err != nil || body != nil {
				return body, err
			}
		}
	}
	return nil, c.client.verdict(answer{status: status})
}

// fetch asks for content; without a body the status tells why.
func (c *conn) fetch(ctx context.Context, u *url.URL) (io.ReadCloser, int, error) {
	if !c.client.ours(u) {
		return nil, 0, fmt.Errorf("a file lies at %q, which is not an address of Freshdesk", u.Host)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, 0, fmt.Errorf("prepare request: %w", err)
	}
	// The key is never sent: a file's address carries a right of its own.
	resp, err := c.files.Do(req)
	if err != nil {
		return nil, 0, c.client.explain(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, resp.StatusCode, nil
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, 0, c.client.explain(ctx, err)
	}
	return nil, resp.StatusCode, nil
}

// newAddress finds a file's present address through its message; nil: it is not there.
func (c *conn) newAddress(ctx context.Context, message, id string) (*url.URL, error) {
	list, err := c.filesAt(ctx, message)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.Key.ID == id {
			return url.Parse(gjson.GetBytes(r.Raw, "attachment_url").String())
		}
	}
	return nil, nil
}

// ours says whether an address in data may be asked: the account's own host, Freshdesk's
// hosts for files, and the storage that its documentation shows in attachment_url.
func (c *client) ours(u *url.URL) bool {
	if u.Host == c.base.Host {
		return u.Scheme == c.base.Scheme
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && (strings.HasSuffix(host, ".freshdesk.com") || strings.HasSuffix(host, ".freshworks.com") ||
		strings.HasSuffix(host, ".amazonaws.com") && (strings.Contains(host, "freshdesk.com") || strings.HasPrefix(u.Path, "/cdn.freshdesk.com/") || strings.Contains(u.Path, "cdn.freshdesk.com/")))
}

// followFile lets a file's address lead elsewhere over https, but into no network of our own.
func (c *client) followFile(req *http.Request, via []*http.Request) error {
	host := req.URL.Hostname()
	ip := net.ParseIP(host)
	inner := ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) || host == "localhost" || !strings.Contains(host, ".")
	switch {
	case len(via) >= 5:
		return errors.New("a file's address leads in circles")
	case req.URL.Host == c.base.Host && req.URL.Scheme == c.base.Scheme:
		return nil
	case req.URL.Scheme != "https" || inner:
		return errors.New("a file's address leads to a place that is not safe")
	}
	req.Header.Del("Authorization")
	return nil
}
