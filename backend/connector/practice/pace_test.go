package practice_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
	"waybill/backend/pace"
	desk "waybill/backend/practice"
	"waybill/backend/secret"
)

// handled carries requests to a handler without a network, so that a test can hold
// the clock.
type handled struct{ h http.Handler }

func (x handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	time.Sleep(20 * time.Millisecond)
	x.h.ServeHTTP(w, r)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return w.Result(), nil
}

// Twenty minutes of work inside both limits of the desk, in fixed windows and in a bucket:
// both are used, and the desk has to refuse nothing.
func TestP73_BothLimitsAreUsedAndNeverPassed(t *testing.T) {
	for _, bucket := range []bool{false, true} {
		t.Run(fmt.Sprint("bucket ", bucket), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := desk.New(desk.Options{RatePerMinute: 300, UpdatesPerMinute: 60, Bucket: bucket})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				v := secret.Memory()
				if err := v.Put(practice.SettingToken, secret.Text(d.Token())); err != nil {
					t.Fatal(err)
				}
				k := practice.Kind()
				rt := pace.Transport(handled{d.Handler()}, k.Limits, nil)
				opened, err := k.Open(t.Context(), map[string]string{practice.SettingAddress: "http://desk"}, v, rt)
				if err != nil {
					t.Fatal(err)
				}
				c := opened.(whole)
				defer c.Close()
				out, err := c.Write(t.Context(), []model.Draft{{Object: model.Group, Fields: map[string]any{"name": "a"}}}, nil)
				if err != nil || out[0].State != connector.Created {
					t.Fatal(out, err)
				}
				end := time.Now().Add(20 * time.Minute)
				var mu sync.Mutex
				reads, changes := 0, 0
				var wg sync.WaitGroup
				for worker := range 6 {
					wg.Go(func() {
						for n := 0; time.Now().Before(end); n++ {
							var err error
							if worker < 3 {
								_, err = c.Check(t.Context())
							} else {
								name := fmt.Sprint("w", worker, "n", n)
								_, err = c.Update(t.Context(), []connector.Edit{{Key: out[0].Key, Draft: model.Draft{Fields: map[string]any{"name": name}}}}, nil)
							}
							if err != nil {
								t.Error(err)
								return
							}
							mu.Lock()
							if worker < 3 {
								reads++
							} else {
								changes++
							}
							mu.Unlock()
						}
					})
				}
				wg.Wait()
				if s := d.Stats(); s.TooMany > 0 {
					t.Errorf("%d refusals", s.TooMany)
				}
				if s, _ := pace.StatsOf(rt); float64(s.Sent) < 0.98*300*20 || changes < 58*20 {
					t.Errorf("%d requests in twenty minutes, among them %d looks and %d changes", s.Sent, reads, changes)
				}
			})
		})
	}
}
