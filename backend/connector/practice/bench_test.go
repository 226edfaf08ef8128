package practice_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/model"
	desk "waybill/backend/practice"
)

// BenchmarkBatch is one batch of a hundred messages from drafts to outcomes, the
// desk's work included.
func BenchmarkBatch(b *testing.B) {
	s, err := desk.Serve(b.Context(), "127.0.0.1:0", desk.Options{Token: "t"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := dial(b, s)
	keys := map[model.Object][]model.Key{}
	m := conform.Maker{Have: func(o model.Object) []model.Key { return keys[o] }, Salt: "bench"}
	for _, o := range []model.Object{model.Organization, model.Group, model.Agent, model.Contact, model.Ticket} {
		drafts := make([]model.Draft, 100)
		for i := range drafts {
			drafts[i] = draft(m, o, i)
		}
		out, err := c.Write(b.Context(), drafts, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range out {
			keys[o] = append(keys[o], x.Key)
		}
	}
	body := strings.Repeat("<p>Thank you for your message, we will look into it.</p>", 8)
	for _, o := range []model.Object{model.Message, model.Ticket} {
		b.Run(string(o), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				b.StopTimer()
				drafts := make([]model.Draft, 100)
				for i := range drafts {
					drafts[i] = draft(m, o, n)
					drafts[i].Mark = model.Mark(fmt.Sprintf("wb-0123456789-%s-%d", o, n))
					if o == model.Message {
						drafts[i].Fields["body"] = body
					}
					n++
				}
				b.StartTimer()
				out, err := c.Write(b.Context(), drafts, nil)
				if err != nil || out[99].State != connector.Created {
					b.Fatal(err, out[99].Err)
				}
			}
		})
	}
}
