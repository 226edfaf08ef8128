package intercom_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// P-12: whatever people paste.
func TestP12_Addresses(t *testing.T) {
	const us, eu, au = "https://api.intercom.io", "https://api.eu.intercom.io", "https://api.au.intercom.io"
	for in, want := range map[string]string{
		"us": us, " EU ": eu, "au": au, "api.intercom.io": us, "https://api.eu.intercom.io/": eu, "http://api.au.intercom.io/contacts?x=1": au,
		"https://app.intercom.com/a/apps/abc123/inbox/inbox/all": us, "app.eu.intercom.com": eu, "https://app.au.intercom.com/a/inbox/x/inbox/conversation/12": au,
		"https://developers.intercom.com/docs": us, "intercom.io": us, "HTTPS://APP.EU.INTERCOM.COM/": eu,
		"http://127.0.0.1:8080/": "http://127.0.0.1:8080", "https://proxy.example/intercom/?a=1#x": "https://proxy.example/intercom",
		"localhost:9": "https://localhost:9", "https://intercom.com.evil.example": "https://intercom.com.evil.example",
	} {
		if got, err := intercom.Kind().Tidy(in); err != nil || got != want {
			t.Errorf("%q became %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "::", "acme", "ftp://api.intercom.io", "two words.io", "https://"} {
		if got, err := intercom.Kind().Tidy(in); err == nil || problem.From(err).Code != connector.CodeAddress {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

func FuzzTidy(f *testing.F) {
	for _, s := range []string{"us", "https://app.eu.intercom.com/x", "::", "http://[::1]:80/x", "a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := intercom.Kind().Tidy(s)
		if err != nil {
			return
		}
		again, err := intercom.Kind().Tidy(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, and that %q, %v", s, got, again, err)
		}
	})
}

// The limit is told per ten seconds.
func TestLimitsAreReadFromHeaders(t *testing.T) {
	h := http.Header{}
	h.Set("X-RateLimit-Limit", "1667")
	h.Set("X-RateLimit-Remaining", "12")
	h.Set("X-RateLimit-Reset", "1700000000")
	l := intercom.Kind().Limits
	if n, ok := l.Allowed(h); !ok || n != 10002 {
		t.Errorf("%d a minute, %v", n, ok)
	}
	if n, at, ok := l.Left(h); !ok || n != 12 || !at.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("%d until %v, %v", n, at, ok)
	}
	if _, ok := l.Allowed(http.Header{}); ok {
		t.Error("a limit out of nothing")
	}
}

// Links of the inbox and of the help centre lead to records, and back.
func TestLinks(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(3, 1)
	x.all(model.Message)
	l := x.conn.(connector.Linker)
	for address, want := range map[string]model.Key{
		"https://app.intercom.com/a/inbox/wb_test/inbox/conversation/503":             {Object: model.Ticket, ID: "503"},
		"https://app.eu.intercom.com/a/apps/x1/conversations/77#part_id=comment-77-1": {Object: model.Ticket, ID: "77"},
		"https://app.intercom.com/a/apps/x1/users/6762f11b1bb69f9f2193bba3/all":       {Object: model.Contact, ID: "6762f11b1bb69f9f2193bba3"},
		"https://intercom.help/acme/en/articles/39-how-to":                            {Object: model.Article, ID: "39"},
		"https://acme.intercom.help/en/collections/12-all":                            {Object: model.Category, ID: "12"},
	} {
		if got, ok := l.KeyOf(address); !ok || got != want {
			t.Errorf("%s leads to %v, %v", address, got, ok)
		}
	}
	for _, address := range []string{"", "https://example.com/articles/39-x", "mailto:a@b.c", "https://app.intercom.com/a/apps/x"} {
		if got, ok := l.KeyOf(address); ok {
			t.Errorf("%q leads to %v", address, got)
		}
	}
	for _, o := range []model.Object{model.Ticket, model.Contact, model.Article} {
		k := model.Key{Object: o, ID: "6762f11b1bb69f9f2193bba3"}
		if a := l.AddressOf(k); !strings.Contains(a, "wb_test") || !strings.Contains(a, k.ID) {
			t.Errorf("%v lies at %q", k, a)
		}
	}
}

// What Intercom's API tells of its configuration, and what it does not.
func TestRules(t *testing.T) {
	x := sit(t, fake.Options{}, nil, nil)
	x.fake.Fill(20, 1)
	rules, missing, err := x.conn.(connector.Ruler).Rules(t.Context())
	if err != nil || len(missing) == 0 {
		t.Fatal(missing, err)
	}
	kinds := map[string]int{}
	for _, r := range rules {
		kinds[r.Kind]++
		if r.ID == "" || r.Name == "" || len(r.Does) == 0 {
			t.Errorf("%+v", r)
		}
	}
	if kinds[connector.RuleMacro] != 1 || kinds[connector.RuleForm] != 2 {
		t.Errorf("%v", kinds)
	}
}
