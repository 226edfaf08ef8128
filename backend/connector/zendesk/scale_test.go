package zendesk_test

import (
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/zendesk/fake"
	"waybill/backend/model"
)

// An account of twenty thousand tickets with a hundred thousand comments is read whole.
func TestTwentyThousandConversations(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a hundred thousand comments")
	}
	h := newDesk(fake.Options{})
	h.Fill(conversations, 1)
	want := h.Count()
	c := connect(t, h)
	count := func(o model.Object) (n int) {
		if err := c.Pages(t.Context(), o, "", func(p connector.Page) error { n += len(p.Records); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if tickets, messages, files := count(model.Ticket), count(model.Message), count(model.Attachment); tickets != want.Tickets || messages != want.Comments || files != want.Attachments || messages < 4*conversations {
		t.Errorf("read %d tickets, %d messages, %d files of %+v", tickets, messages, files, want)
	}
}
