package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// fileHosts are Intercom's own hosts for files (OpenAPI 2.16: examples of "url").
var fileHosts = regexp.MustCompile(`(^|\.)(intercom\.(io|com)|intercomcdn\.(com|eu)|intercomassets\.(com|eu)|intercom-attachments(-\d+)?\.(com|eu|io)|intercomusercontent\.com)$`)

// ours tells Intercom's hosts of files from others.
func ours(u *url.URL) bool { return fileHosts.MatchString(strings.ToLower(u.Hostname())) }

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
	at := strings.LastIndexByte(reference, ' ') // an address in a text may hold blanks
	if at < 0 {
		return nil, errors.New("not a file of Intercom")
	}
	address, id := reference[:at], reference[at+1:]
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
	if err != nil {
		return nil, 0, errors.New("a file's address is not one")
	}
	f, err := c.wire.Download(ctx, u, false)
	if err != nil || f.Content != nil {
		return f.Content, f.Answer.Status, err
	}
	err = c.wire.Verdict(f.Answer)
	if f.Answer.Status == http.StatusUnauthorized || f.Answer.Status == http.StatusForbidden {
		err = connector.Forbidden(fmt.Errorf("status %d", f.Answer.Status), desk, "read this file, whose address may have expired.")
	}
	return nil, f.Answer.Status, err
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
