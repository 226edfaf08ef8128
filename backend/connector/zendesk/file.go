package zendesk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// place reads a message's id: its ticket and its place there, from 1.
func place(id string) (ticket string, n int, ok bool) {
	ticket, at, found := strings.Cut(id, "-")
	n, err := strconv.Atoi(at)
	_, err2 := strconv.ParseInt(ticket, 10, 64)
	return ticket, n, found && err == nil && err2 == nil && n > 0
}

func joined(ids []string) string { return strings.Join(ids, ",") }

// filesClient fetches content. It may follow redirects to where Zendesk keeps files, over
// https, or on the account's own host, and takes no credentials along.
func filesClient(rt http.RoundTripper, base *url.URL) *http.Client {
	return &http.Client{
		Transport: rt,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 5 {
				return errors.New("too many redirects")
			}
			if r.URL.Scheme != "https" && r.URL.Host != base.Host {
				return errors.New("a redirect to an address that is not secured")
			}
			r.Header.Del("Authorization")
			return nil
		},
	}
}

func (c *conn) fetch(ctx context.Context, u *url.URL, authorization string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("prepare request: %w", err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return c.files.Do(req)
}

// locked says that a file is shown only to who is signed in.
func locked(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden ||
		resp.Request != nil && strings.HasPrefix(resp.Request.URL.Path, "/access")
}

// Open reads an attachment's content from the account's own hosts: the token in its
// address is the right to see it, so no credentials are sent, but to the account's own host
// where it asks for them, and never after a redirect (P-16). An answer that breaks off is
// an error of the reader, never an early end.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("not an attachment's address: %q", ref)
	}
	own := u.Host == c.client.base.Host
	if !own && (u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".zendesk.com") && !strings.HasSuffix(u.Hostname(), ".zdusercontent.com")) {
		return nil, problem.New(connector.CodeRefused, "A file of this Zendesk lies at another place: "+u.Hostname()+".",
			"Waybill fetches files only from the account itself, so that nobody can make it visit other addresses.",
			"Open the address in a browser if you trust it, and attach the file by hand.")
	}
	resp, err := c.fetch(ctx, u, "")
	if err == nil && own && locked(resp) {
		// This account shows files only to who is signed in; the account's own host may know us.
		if err = resp.Body.Close(); err != nil {
			return nil, err
		}
		authorization, authErr := c.client.credentials(ctx, false)
		if authErr != nil {
			return nil, authErr
		}
		resp, err = c.fetch(ctx, u, authorization)
	}
	if err != nil {
		return nil, c.client.explain(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, c.client.explain(ctx, err)
	}
	err = c.client.verdict(answer{status: resp.StatusCode, body: b, header: resp.Header})
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		err = problem.Wrap(err, connector.CodeRefused, "The content of a file is not in Zendesk any more.",
			"Somebody redacted it, or it was removed as harmful. Its name is kept.", "Nothing: it cannot be moved.")
	}
	return nil, err
}
