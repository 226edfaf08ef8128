package front

import (
	"strings"
	"testing"
	"unicode/utf8"

	"waybill/backend/connector"
)

func TestP47_PlainTextKeepsWhatIsSaid(t *testing.T) {
	for in, want := range map[string]string{
		"as it is: 1 > 0":                                 "as it is: 1 > 0",
		"<p>a</p><p>b<br>c</p>":                           "a\nb\nc",
		"<div>x &lt; y &amp;&amp; z</div>":                "x < y && z",
		`<a href="https://a.test">here</a>`:               "here (https://a.test)",
		`<a href="https://a.test">https://a.test</a>`:     "https://a.test",
		"<script>alert(1)</script><style>p{}</style>left": "left",
		"<ul><li>one</li><li>two</li></ul>":               "- one\n- two",
		`<img src="cid:x" alt="logo">`:                    "logo",
	} {
		if got := plainText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"", "<p>a", "<a href='x", "<script>", "&#x1F600;", "<br/><img alt=\"", "\x00<li>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plainText(s)
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q became %q, which is no text", s, got)
		}
		if !strings.ContainsAny(s, "<&") && got != s {
			t.Errorf("%q became %q, although it has no format", s, got)
		}
	})
}

func FuzzReadCursor(f *testing.F) {
	for _, s := range []string{"", "{}", `{"v":1}`, `{"v":1,"n":"https://elsewhere.test/x"}`, `{"v":1,"n":"/x","t":1e9}`, `{"v":99}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := readCursor(connector.Cursor(s))
		if err == nil && x.Next != "" && !strings.HasPrefix(x.Next, "/") {
			t.Errorf("%q leads to %q", s, x.Next)
		}
	})
}
