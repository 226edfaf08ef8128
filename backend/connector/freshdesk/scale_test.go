package freshdesk_test

import (
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/model"
)

// BenchmarkRead reads an account of two thousand tickets with all that belongs to them.
func BenchmarkRead(b *testing.B) {
	s := account(fake.Options{})
	s.Fill(2000, 1)
	c := dial(b, s)
	for _, o := range []model.Object{model.Contact, model.Ticket, model.Message, model.Attachment} {
		b.Run(string(o), func(b *testing.B) {
			for b.Loop() {
				if err := c.Pages(b.Context(), o, "", func(connector.Page) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
