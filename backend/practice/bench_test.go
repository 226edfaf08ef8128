package practice_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/backend/practice"
)

// BenchmarkBatch is what the desk does for one batch of a hundred messages.
func BenchmarkBatch(b *testing.B) {
	d, err := practice.New(practice.Options{Token: "t"})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	h := d.Handler()
	send := func(path, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer t")
		r.Header.Set("X-Import", "true")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 300 {
			b.Fatal(w.Body)
		}
	}
	send("agents", `{"name":"Ada","email":"ada@x.example"}`)
	send("contacts", `{"name":"Bo","email":"bo@x.example"}`)
	send("tickets", `{"subject":"Printer","requester":"2"}`)
	text := strings.Repeat("<p>Thank you for your message, we will look into it.</p>", 8)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		b.StopTimer()
		if n%100_000 == 0 { // so that no thread grows without end
			send("tickets", `{"subject":"Printer","requester":"2"}`)
		}
		var body bytes.Buffer
		body.WriteString(`{"items":[`)
		for i := range 100 {
			if i > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"author":"1","body":"%s","created_at":"2012-02-29T23:59:59.123Z","external_id":"wb-0123456789-%d","public":true,"ticket":"3"}`, text, n)
			n++
		}
		body.WriteString("]}")
		r := httptest.NewRequest(http.MethodPost, "/api/v1/messages/batch", &body)
		r.Header.Set("Authorization", "Bearer t")
		r.Header.Set("X-Import", "true")
		w := httptest.NewRecorder()
		b.StartTimer()
		h.ServeHTTP(w, r)
		b.StopTimer()
		if w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte(`"errors"`)) {
			b.Fatal(w.Body)
		}
		b.StartTimer()
	}
}
