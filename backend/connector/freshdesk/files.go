package freshdesk

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
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

// Open reads a file's content, without the key: its address carries a right of its own.
// An address that expired is replaced by a new one, once.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, fmt.Errorf("not a file's address: %w", err)
	}
	place := u.Fragment
	u.Fragment = ""
	f, err := c.client.Download(ctx, u, false)
	if err != nil || f.Content != nil {
		return f.Content, err
	}
	if message, id, ok := strings.Cut(place, "/"); ok && f.Answer.Status >= 400 && f.Answer.Status < 500 {
		if u, err = c.newAddress(ctx, message, id); err != nil {
			return nil, err
		}
		if u != nil {
			if f, err = c.client.Download(ctx, u, false); err != nil || f.Content != nil {
				return f.Content, err
			}
		}
	}
	return nil, c.client.Verdict(f.Answer)
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

// ours tells the hosts on which Freshdesk keeps files besides the account's own, and the
// storage that its documentation shows in attachment_url. Other accounts and other buckets
// are nobody that we know.
func ours(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return fileHost.MatchString(host) || storeHost.MatchString(host) && storePath.MatchString(u.Path)
}

var (
	fileHost  = regexp.MustCompile(`^(?:(?:euc|ind|aus|au|uae)?attachment|(?:(?:euc|ind|aus|au|uae)-)?cdn)\.freshdesk\.com$|^(?:(?:euc|ind|aus|au|uae)-)?cdn\.freshdesk\.com\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$`)
	storeHost = regexp.MustCompile(`^s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$`)
	storePath = regexp.MustCompile(`^/(?:(?:euc|ind|aus|au|uae)-)?cdn\.freshdesk\.com/`)
)
