package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dom "golang.org/x/net/html"
	"pgregory.net/rapid"
)

func page(t interface {
	Helper()
	Fatal(...any)
}, f Facts, b Brand,
) string {
	t.Helper()
	var w bytes.Buffer
	if err := WriteHTML(&w, f, b); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// walk visits every element.
func walk(n *dom.Node, do func(*dom.Node)) {
	if n.Type == dom.ElementNode {
		do(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, do)
	}
}

func attr(n *dom.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// The page says what the paper says, and can be read without seeing it.
func TestPageSaysWhatThePaperSays(t *testing.T) {
	for name, f := range map[string]Facts{"balanced": balanced(), "troubled": troubled(), "waived": waived()} {
		got := page(t, f, Brand{Company: "Kestrelmoor"})
		if got != page(t, f, Brand{Company: "Kestrelmoor"}) {
			t.Errorf("%s: two different pages", name)
		}
		for _, s := range signOff(f) {
			if !strings.Contains(got, s.title) {
				t.Errorf("%s: no section %q", name, s.title)
			}
		}
		for _, r := range f.Reasons() {
			if !strings.Contains(got, r.Key) {
				t.Errorf("%s: no reason %q", name, r.Key)
			}
		}
		if dir := os.Getenv("REPORT_OUT"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		doc, err := dom.Parse(strings.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		level, ids := 0, map[string]bool{}
		walk(doc, func(n *dom.Node) {
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: id %s twice", name, id)
				}
				ids[id] = true
			}
			switch n.Data {
			case "h1", "h2", "h3":
				if l := int(n.Data[1] - '0'); l > level+1 {
					t.Errorf("%s: a heading of level %d under one of %d", name, l, level)
				} else {
					level = l
				}
			case "th":
				if _, ok := attr(n, "scope"); !ok {
					t.Errorf("%s: a head of a table that does not say of what", name)
				}
			case "table":
				if n.FirstChild == nil || n.FirstChild.Data != "caption" {
					t.Errorf("%s: a table without a name", name)
				}
			case "img":
				if alt, _ := attr(n, "alt"); alt == "" {
					t.Errorf("%s: a picture without words", name)
				}
			}
		})
		walk(doc, func(n *dom.Node) {
			if to, ok := attr(n, "href"); ok && (!strings.HasPrefix(to, "#") || !ids[to[1:]]) {
				t.Errorf("%s: a link to %q leads nowhere", name, to)
			}
		})
	}
}

// Nothing that a customer wrote becomes part of the page's code.
func TestPageIsSafe(t *testing.T) {
	known := map[string]bool{}
	plain, err := dom.Parse(strings.NewReader(page(t, troubled(), Brand{})))
	if err != nil {
		t.Fatal(err)
	}
	walk(plain, func(n *dom.Node) { known[n.Data] = true })
	rapid.Check(t, func(t *rapid.T) {
		evil := rapid.SampledFrom([]string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><base href=//evil>`, `' onmouseover='x`, "\u202e<b>", "javascript:alert(1)", "-->", "&lt;i&gt;"}).Draw(t, "evil") +
			rapid.String().Draw(t, "more")
		f := troubled()
		f.Project, f.Source, f.Stage = evil, evil, evil
		f.Held = append(f.Held, Difference{Object: evil, Code: evil, Message: evil, Count: 1, Examples: []string{evil}})
		f.Checks = append(f.Checks, Check{Title: evil, Object: evil, Threshold: evil, Examples: []string{evil}})
		f.Approvals = append(f.Approvals, Approval{Name: evil, Role: evil, Statement: evil, Waiver: evil, Waives: []string{evil}})
		doc, err := dom.Parse(strings.NewReader(page(t, f, Brand{Company: evil})))
		if err != nil {
			t.Fatal(err)
		}
		walk(doc, func(n *dom.Node) {
			if !known[n.Data] {
				t.Fatalf("an element %s came in with %q", n.Data, evil)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Fatalf("%s=%q came in with %q", a.Key, a.Val, evil)
				}
			}
		})
	})
}
