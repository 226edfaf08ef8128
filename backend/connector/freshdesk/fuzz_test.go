package freshdesk_test

import (
	"net/url"
	"strings"
	"testing"

	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
)

// Whatever is pasted, an address that is accepted is the root of a desk, and stays the same.
func FuzzTidy(f *testing.F) {
	for _, s := range []string{"acme", "https://acme.freshdesk.com/a/tickets/1", "support.acme.com", "http://127.0.0.1:80/x", "a@b", "%zz", "https://acme.freshdesk.com@evil.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := freshdesk.Tidy(s)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Path != "" || u.User != nil || u.Host == "" {
			t.Fatalf("%q became %q", s, got)
		}
		if again, err := freshdesk.Tidy(got); err != nil || again != got {
			t.Errorf("%q became %q, and then %q (%v)", s, got, again, err)
		}
		if local := u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127.") || u.Hostname() == "::1"; !local && !strings.HasSuffix(u.Host, ".freshdesk.com") && u.Scheme == "https" {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}

// Whatever stands in a link or an id, nothing but a number is ever asked for.
func FuzzIDs(f *testing.F) {
	for _, s := range []string{"12", "12-3", "description-5", "12-3-4", "description-5-6", "inline-12-3-1", "-", "../x", "12-3?x=1", "1-2/../3"} {
		f.Add(s)
	}
	s := account(fake.Options{})
	f.Fuzz(func(t *testing.T, id string) {
		seen := &paths{next: s}
		c := dial(t, seen)
		for _, o := range []model.Object{model.Message, model.Attachment, model.Ticket, model.TimeEntry, model.Translation} {
			if _, err := c.Read(t.Context(), o, []string{id}); err != nil {
				t.Errorf("%s %q: %v", o, id, err)
			}
		}
		for _, p := range seen.list {
			if strings.ContainsAny(p, "?#% ") || strings.Contains(p, "..") {
				t.Errorf("%q asked for %q", id, p)
			}
		}
	})
}
