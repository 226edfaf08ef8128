package main

import (
	"net/http"
	"strings"
)

// policy is what the pages may load: themselves and nothing else, from nowhere else.
//
// It is the second wall against text from customers. In WebKitGTK every frame, a
// sandboxed one with scripts included, can call Go; with this policy no script runs
// that is not ours, no frame and no picture is fetched, no form is sent. The style
// exception is what the component kit needs.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data: blob:",
	"font-src 'self' data:",
	"connect-src 'self'",
	"frame-src 'none'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
}, "; ")

// withPolicy sends the policy with every answer of the asset server. Wails leaves it
// out when Vite serves the pages, so live development works.
func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
