package intercom

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// What is put before Intercom's own text leaves it valid and whole.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{`{}`, `{"id":"1"}`, ` { "a" : {"id":2}, "body":"x" } `, `{"body":null,"id":1}`, `{"author":{"id":"9"},"id":"4","body":"<p>\"body\":</p>"}`, `{"a":[]}`} {
		f.Add(s, "name")
	}
	f.Fuzz(func(t *testing.T, raw, value string) {
		if !json.Valid([]byte(raw)) || !gjson.Parse(raw).IsObject() {
			return
		}
		got := compose(raw, "waybill_name", quote(value))
		if !json.Valid(got) {
			t.Fatalf("%q became %q", raw, got)
		}
		rest := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(raw, " \t\r\n"), "{"), " \t\r\n")
		if !strings.HasSuffix(string(got), rest) {
			t.Errorf("%q does not end in %q", got, rest)
		}
	})
}

// Taking a name out of an object leaves the others.
func FuzzWithout(f *testing.F) {
	for _, s := range []string{`{"id":"1"}`, `{"a":1,"id":"1"}`, `{"id":"1","a":{"id":2}}`, `{"a":{"id":2},"id":"x","b":[1]}`, `{"body":"\"id\":3","id":4}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var before map[string]json.RawMessage
		if json.Unmarshal([]byte(raw), &before) != nil || strings.ContainsAny(raw, `\`) || strings.Count(raw, `"id"`) != 1 {
			return // Intercom writes plain names, each once
		}
		got := without(raw, "id")
		var after map[string]json.RawMessage
		if err := json.Unmarshal([]byte(got), &after); err != nil {
			t.Fatalf("%q became %q: %v", raw, got, err)
		}
		delete(before, "id")
		if len(after) != len(before) {
			t.Errorf("%q became %q", raw, got)
		}
	})
}

// The word comes off as it was put on, in whatever paragraphs Intercom makes of it.
func TestTheWordComesOff(t *testing.T) {
	m := model.Mark("wb:abcd1234:ticket:35436")
	w := word(m)
	if len(w) != 18 || strings.ToLower(w) != w || w == word(m+"1") {
		t.Errorf("the word is %q", w)
	}
	for in, want := range map[string]string{
		"<p>Hello<br>\n<br>\n[" + w + "]</p>": "<p>Hello</p>", "<p>Hello</p>\n<p>[" + w + "]</p>": "<p>Hello</p>", "Hello\n\n[" + w + "]": "Hello",
	} {
		if got, ours := withoutWord(in); got != want || !ours {
			t.Errorf("%q became %q, %v", in, got, ours)
		}
	}
	if got, ours := withoutWord("<p>[wb] is no word</p>"); ours || got != "<p>[wb] is no word</p>" {
		t.Errorf("%q, %v", got, ours)
	}
	if !containsWord("<p>x ["+w+"]</p>", w) || containsWord("<p>x ["+word("other")+"]</p>", w) {
		t.Error("the word is not told from others")
	}
}

// Rich text of customers becomes plain text without losing words (P-47).
func TestP47_PlainText(t *testing.T) {
	for in, want := range map[string]string{
		"a < b ~ # % ; c":                     "a < b ~ # % ; c",
		"<p>Hello &amp; bye</p>":              "Hello & bye",
		"<p>one</p><p>two</p>":                "one two",
		"x &lt;tag&gt; y":                     "x <tag> y",
		"<ul><li>one</li><li>two</li></ul>":   "one two",
		"":                                    "",
		"<a href=\"https://x.example\">x</a>": "x ( https://x.example )",
	} {
		if got := strings.Join(strings.Fields(strings.ReplaceAll(plainText(in), "*", " ")), " "); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
