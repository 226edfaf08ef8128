package zendesk

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
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

// locked says that a file is shown only to who is signed in.
func locked(f wire.File) bool {
	return f.Answer.Status == http.StatusUnauthorized || f.Answer.Status == http.StatusForbidden || strings.HasPrefix(f.At.Path, "/access")
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
	f, err := c.client.Download(ctx, u, false)
	if err == nil && strings.EqualFold(u.Host, c.client.Base.Host) && locked(f) {
		// This account shows files only to who is signed in; the account's own host may know us.
		if f.Content != nil {
			if err := f.Content.Close(); err != nil {
				return nil, err
			}
		}
		f, err = c.client.Download(ctx, u, true)
	}
	if err != nil || f.Content != nil && !locked(f) {
		return f.Content, err
	}
	if f.Content != nil { // the page that asks who we are
		if err := f.Content.Close(); err != nil {
			return nil, err
		}
		return nil, connector.Forbidden(nil, desk, "The file is shown only to who is signed in, and not to the owner of this token.")
	}
	err = c.client.Verdict(f.Answer)
	if f.Answer.Status == http.StatusNotFound || f.Answer.Status == http.StatusGone {
		err = problem.Wrap(err, connector.CodeRefused, "The content of a file is not in Zendesk any more.",
			"Somebody redacted it, or it was removed as harmful. Its name is kept.", "Nothing: it cannot be moved.")
	}
	return nil, err
}

// fileForm is the upload of an article's file: a form whose file is streamed.
func fileForm(d model.Draft, inline bool, files connector.Files) (*wire.Body, error) {
	if d.File == nil || files == nil {
		return nil, problem.New(codeContent, "A file of an article has no content.", "It was not sent.", "Leave it out, or extract the attachments again.").At(problem.Place{Field: "content"})
	}
	if err := wire.Readable(files, d.File.Hash); err != nil {
		return nil, problem.Wrap(err, codeContent, fmt.Sprintf("The file %q could not be read from the project.", d.File.Name),
			"It was not sent.", "Extract the attachments again, then retry this record.").At(problem.Place{Field: "content"})
	}
	f := wire.NewForm()
	f.Field("inline", strconv.FormatBool(inline))
	f.File("file", d.File.Name, d.File.Type, d.File.Size, wire.Content(files, d.File.Hash))
	return f.Body()
}
