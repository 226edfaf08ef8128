package wire_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

func parsed(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestP16_CredentialsStayAtHome: a file's address leads elsewhere, and nothing of ours goes
// along: neither credentials under any name, nor the signed address as Referer.
func TestP16_CredentialsStayAtHome(t *testing.T) {
	d := &desk{}
	d.answer = func(n int, r *http.Request) (*http.Response, error) {
		switch n {
		case 0:
			if r.Header.Get("X-Desk-Key") != secretKey {
				t.Error("the desk's own host was asked without the credentials that were wanted")
			}
			return answer(302, "", "Location", "https://deeper.acme.desk.example/x?sig=1"), nil
		case 1:
			return answer(307, "", "Location", "https://store.example/y?sig=2"), nil
		}
		return answer(200, "the content", "Content-Type", "text/plain"), nil
	}
	f, err := dial(t, d).Download(t.Context(), parsed(t, "https://acme.desk.example/file/1?token=t"), true)
	if err != nil || f.Content == nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f.Content)
	if err != nil || string(b) != "the content" || f.At.Host != "store.example" {
		t.Errorf("%q from %v, %v", b, f.At, err)
	}
	if err := f.Content.Close(); err != nil {
		t.Error(err)
	}
	if len(d.got) != 3 {
		t.Fatalf("%d requests", len(d.got))
	}
	for _, r := range d.got[1:] {
		if len(r.Header) != 0 {
			t.Errorf("%s was told %v", r.URL.Host, r.Header)
		}
	}
}

// TestP16_OnlyOwnHosts: an address in a customer's text makes nobody visit another place.
func TestP16_OnlyOwnHosts(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://acme.desk.example/x":       true,
		"https://ACME.desk.example/x":       true,
		"https://files.desk.example/x":      true,
		"https://files.desk.example:443/x":  true,
		"http://acme.desk.example/x":        false,
		"http://files.desk.example/x":       false,
		"https://files.desk.example:8443/x": false,
		"https://u:p@files.desk.example/x":  false,
		"https://u@acme.desk.example/x":     false,
		"https://evil.example/x":            false,
		"https://127.0.0.1/x":               false,
		"file:///etc/passwd":                false,
		"//acme.desk.example/x":             false,
		"":                                  false,
	} {
		d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(200, "x"), nil }}
		f, err := dial(t, d).Download(t.Context(), parsed(t, address), false)
		if ok != (err == nil && f.Content != nil) || !ok && len(d.got) > 0 {
			t.Errorf("%q: %v, asked %d times", address, err, len(d.got))
		}
		if ok && len(d.got) == 1 && d.got[0].Header.Get("Authorization") != "" {
			t.Errorf("%q was given the key without being asked to", address)
		}
		if !ok && (problem.From(err) == nil || problem.From(err).Code != connector.CodeRefused) {
			t.Errorf("%q: not explained: %v", address, err)
		}
	}
	d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(200, "x"), nil }}
	if _, err := dial(t, d).Download(t.Context(), parsed(t, "https://files.desk.example/x"), true); err != nil || d.got[0].Header.Get("X-Desk-Key") != "" {
		t.Errorf("another host of the desk was given the key, %v", err)
	}
}

// TestP16_NoWayInside: redirects lead into no network of ours.
func TestP16_NoWayInside(t *testing.T) {
	for to, ok := range map[string]bool{
		"https://store.example/x":          true,
		"https://8.8.8.8/x":                true,
		"https://acme.desk.example/y":      true,
		"http://acme.desk.example/y":       false,
		"http://store.example/x":           false,
		"https://127.0.0.1/x":              false,
		"https://127.1/x":                  false,
		"https://0x7f.1/x":                 false,
		"https://2130706433/x":             false,
		"https://0.0.0.0/x":                false,
		"https://10.1.2.3/x":               false,
		"https://100.64.0.9/x":             false,
		"https://169.254.169.254/x":        false,
		"https://[::1]/x":                  false,
		"https://[::ffff:127.0.0.1]/x":     false,
		"https://[fd00::1]/x":              false,
		"https://[fe80::1]/x":              false,
		"https://localhost/x":              false,
		"https://a.localhost./x":           false,
		"https://printer.local/x":          false,
		"https://metadata.google.internal": false,
		"https://router/x":                 false,
		"ftp://store.example/x":            false,
	} {
		d := &desk{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 0 {
				return answer(302, "", "Location", to), nil
			}
			return answer(200, "x"), nil
		}}
		f, err := dial(t, d).Download(t.Context(), parsed(t, "https://files.desk.example/x"), false)
		if ok != (err == nil && f.Content != nil) || !ok && (len(d.got) != 1 || problem.From(err).Code != connector.CodeRefused) {
			t.Errorf("%s: %v, %d requests", to, err, len(d.got))
		}
	}
	d := &desk{answer: func(_ int, r *http.Request) (*http.Response, error) {
		return answer(302, "", "Location", r.URL.String()+"x"), nil
	}}
	_, err := dial(t, d).Download(t.Context(), parsed(t, "https://files.desk.example/"+secretKey), false)
	if err == nil || !strings.Contains(err.Error(), "circles") || strings.Contains(err.Error(), secretKey) {
		t.Errorf("round in circles: %v", err)
	}
	d.answer = func(int, *http.Request) (*http.Response, error) { return nil, io.ErrClosedPipe }
	if _, err = dial(t, d).Download(t.Context(), parsed(t, "https://files.desk.example/"+secretKey), false); !errors.Is(err, io.ErrClosedPipe) || strings.Contains(err.Error(), secretKey) {
		t.Errorf("an address of a file is in an error: %v", err)
	}
}

func TestWithoutContentTheAnswerSaysWhy(t *testing.T) {
	d := &desk{answer: func(int, *http.Request) (*http.Response, error) { return answer(403, `{"error":"expired"}`), nil }}
	c := dial(t, d)
	f, err := c.Download(t.Context(), parsed(t, "https://files.desk.example/x"), false)
	if err != nil || f.Content != nil || f.Answer.Status != 403 || string(f.Answer.Body) != `{"error":"expired"}` {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err = c.Open(t.Context(), "file/1"); problem.From(err).Code != connector.CodeForbidden {
		t.Error(err)
	}
	d.answer = func(int, *http.Request) (*http.Response, error) {
		return answer(302, "", "Location", "https://evil.example"), nil
	}
	if _, err = c.Open(t.Context(), "file/1"); problem.From(err).Code != connector.CodeOther {
		t.Error(err)
	}
}
