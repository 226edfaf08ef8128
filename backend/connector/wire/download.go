package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// hops is how often a file's address may lead on.
const hops = 5

// File is what lies at a file's address.
type File struct {
	// Content is a stream; one that breaks off ends in an error, never early. nil: the
	// answer says why there is none.
	Content io.ReadCloser
	Answer  Answer
	// At is where the address led in the end.
	At *url.URL
}

// Open streams the body of a GET, with credentials; its failures are explained.
func (c *Client) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	address, err := c.address(path, nil)
	if err != nil {
		return nil, err
	}
	f, err := c.fetch(ctx, c.HTTP, address, true)
	if err != nil || f.Content != nil {
		return f.Content, err
	}
	if err = c.Verdict(f.Answer); err == nil {
		err = connector.OtherThing(fmt.Errorf("status %d", f.Answer.Status), c.Desk, c.Base.Host)
	}
	return nil, err
}

// Download asks for a file at an address that stands in data. It goes to the desk's own
// hosts only (Base, Own), and where those lead over https, but into no network of ours
// (architecture.md, "Text from customers is hostile"). Credentials go along only where
// signed is set, to Base's own host, and never on: a signed address is a right of its own (P-16).
func (c *Client) Download(ctx context.Context, u *url.URL, signed bool) (File, error) {
	if !c.Ours(u) {
		return File{}, problem.New(connector.CodeRefused, fmt.Sprintf("A file of %s lies at another place: %.80q.", c.Desk, u.Hostname()),
			"Waybill fetches files only from the account itself, so that nobody can make it visit other addresses.",
			"Open the address in a browser if you trust it, and attach the file by hand.")
	}
	return c.fetch(ctx, c.files, u, signed && c.home(u))
}

// Ours says whether an address in data may be asked for a file.
func (c *Client) Ours(u *url.URL) bool {
	return c.home(u) || u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && u.User == nil && c.Own != nil && c.Own(u)
}

// home says whether an address is one of the desk that we are connected to.
func (c *Client) home(u *url.URL) bool {
	return strings.EqualFold(u.Host, c.Base.Host) && u.Scheme == c.Base.Scheme && u.User == nil
}

// follow lets a file's address lead elsewhere over https, but into no network of our own.
func (c *Client) follow(r *http.Request, via []*http.Request) error {
	clear(r.Header) // no credentials, whatever their header is called, and no Referer with a signed address
	switch {
	case len(via) > hops:
		return problem.New(connector.CodeRefused, "The address of a file leads in circles.", "Its content could not be read.", "Open the file in the desk itself, and attach it by hand.")
	case c.home(r.URL):
		return nil
	case r.URL.Scheme != "https" || inside(r.URL.Hostname()):
		return problem.New(connector.CodeRefused, fmt.Sprintf("The address of a file leads to %.80q, where no file of %s can be.", r.URL.Hostname(), c.Desk),
			"Waybill follows addresses only over https, and into no private network.", "Open the file in the desk itself, and attach it by hand.")
	}
	return nil
}

// inside tells names and numbers of this computer and of private networks, which no store
// of files has.
func inside(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case last == host, last == "localhost", last == "local", last == "internal", last == "lan":
		return true
	}
	// Some resolvers read 0x7f.1 and 127.1 as numbers.
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

// shared is the range between a provider and its customers (RFC 6598).
var shared = &net.IPNet{IP: net.IPv4(100, 64, 0, 0).To4(), Mask: net.CIDRMask(10, 32)}

func (c *Client) fetch(ctx context.Context, client *http.Client, address *url.URL, signed bool) (File, error) {
	var token string
	var err error
	if signed && c.Token != nil {
		if token, err = c.Token(ctx, false); err != nil {
			return File{}, c.Explain(ctx, err)
		}
	}
	req := request(ctx, http.MethodGet, address)
	if signed {
		c.sign(req, token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return File{}, c.Explain(ctx, bare(err))
	}
	f := File{Answer: Answer{Status: resp.StatusCode, Header: resp.Header}, At: req.URL}
	if resp.Request != nil {
		f.At = resp.Request.URL
	}
	if resp.StatusCode == http.StatusOK {
		f.Content = resp.Body
		return f, nil
	}
	f.Answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return f, c.Explain(ctx, errors.Join(err, resp.Body.Close()))
}
