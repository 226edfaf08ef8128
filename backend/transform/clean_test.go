package transform

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// scraps of which hostile and ordinary messages are made.
var scraps = strings.Split(`<p>|</p>|<br>|<br/>|<br />|<br >|<P>|<a href="https://x.example/?a=1&amp;b=2">|<a href="javascript:alert(1)">|</a>|<a>|<a href='x'>|<a href=x>|<a href="x" href="y">|<a href="x"title="y">|`+
	`<img src="cid:1" alt="a b">|<img src="data:image/png;base64,iVBORw0KGgo=">|<img src="x" onerror="alert(1)">|<img src="x" onerror="alert(1)"/>|<img>|<img/>|<span>|<span style="color:red">|<span style="position:fixed">|</span>|`+
	`<font color="red">|<font>|</font>|<table border="1">|<td align="left" colspan="2">|<td align="up">|</td>|</table>|<script>|</script>|<style>|</style>|<iframe>|</iframe>|<textarea>|</textarea>|<title>|</title>|<plaintext>|<xmp>|<noscript>|<svg>|<math>|`+
	`<object>|</object>|<select>|</select>|<!--|-->|<!DOCTYPE html>|<?xml?>|<![CDATA[|]]>|</>|< |<|>|</|<1>|<p|<p x>|<p x="y">|<p title="<b>">|<p title="&lt;b&gt;">|<p title="a>b">|<p title="a'b">|<p/ >|<p/x>|</p >|</p x="1">|<pp>|<h1>|</h7>|<h7>|<hr/>|`+
	`&amp;|&lt;|&gt;|&quot;|&#39;|&#34;|&nbsp;|&nbsp|&amp|&lt|& |&|&x|&#x3c;|&#60;script|&euml;|&AMP;|'|"|é|😀|`+"\xff|\x00|\r|\r\n|\n|\t|\u00a0| |text|script|=|/|href|style", "|")

func sameClean(t *testing.T, s string) (quick bool) {
	t.Helper()
	want := policy.Sanitize(s)
	got, quick := quickSanitize(s)
	if quick && got != want {
		t.Errorf("%q\nquick  %q\npolicy %q", s, got, want)
	}
	if got = sanitize(s); got != want {
		t.Errorf("%q\ngot    %q\npolicy %q", s, got, want)
	}
	return quick
}

// What acts must never come through, so the quick way has to agree with the policy in
// every byte of everything that it takes.
func TestP40_QuickCleaningIsThePolicys(t *testing.T) {
	rng := rand.New(rand.NewPCG(40, 41))
	quick := 0
	const texts = 40_000
	for range texts {
		var s strings.Builder
		for range 1 + rng.IntN(9) {
			s.WriteString(scraps[rng.IntN(len(scraps))])
		}
		if sameClean(t, s.String()) {
			quick++
		}
		if t.Failed() {
			return
		}
	}
	if quick < texts/20 {
		t.Errorf("only %d of %d texts were cleaned quickly", quick, texts)
	}
}

func TestOrdinaryMessagesAreCleanedQuickly(t *testing.T) {
	for _, s := range []string{
		"plain text", "<p>It doesn't &amp; \"won't\" print.</p><br/>", `<div style="color:#333"><a href="https://x.example/a?b=1&amp;c=2">here</a><img src="cid:1" alt="logo"/></div>`,
		`<table border="1"><tr><td align="left">1&nbsp;000</td></tr></table>`,
	} {
		if !sameClean(t, s) {
			t.Errorf("cleaned slowly: %s", s)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range scraps {
		f.Add(s + "x" + s)
	}
	f.Fuzz(func(t *testing.T, s string) { sameClean(t, s) })
}

func BenchmarkClean(b *testing.B) {
	plain := strings.Repeat("<p>please find the printer of our office, it doesn't answer since the update</p>", 20)
	rich := strings.Repeat(`<div style="color:#333">please find <a href="https://x.example/a?b=1&amp;c=2">the printer</a> of our office, it doesn't answer since the update</div>`, 12)
	for _, x := range []struct {
		name, text string
		clean      func(string) string
	}{{"quick/plain", plain, sanitize}, {"policy/plain", plain, policy.Sanitize}, {"quick/rich", rich, sanitize}, {"policy/rich", rich, policy.Sanitize}} {
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(int64(len(x.text)))
			for b.Loop() {
				x.clean(x.text)
			}
		})
	}
}
