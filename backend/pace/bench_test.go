package pace_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"waybill/backend/pace"
)

// What a request costs on top of the network, as a ratio: "paced" beside "bare", to
// a desk without limits.
func BenchmarkUnlimited(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	bare := &http.Transport{MaxIdleConnsPerHost: 16}
	defer bare.CloseIdleConnections()
	for name, rt := range map[string]http.RoundTripper{
		"bare":  bare,
		"paced": pace.Transport(bare, pace.Limits{Parallel: 16}, nil),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL, nil)
					if err != nil {
						b.Error(err)
						return
					}
					resp, err := rt.RoundTrip(req)
					if err != nil {
						b.Error(err)
						return
					}
					_ = resp.Body.Close()
				}
			})
		})
	}
}
