package rt_test

import (
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/rt"
	"waybill/backend/model"
	"waybill/backend/secret"
)

var realRT = realdesk.RequestTracker

func realToken(t *testing.T) secret.Text {
	t.Helper()
	realRT.Folder(t)
	return secret.Text(strings.TrimSpace(string(realRT.Read(t, "token"))))
}

func openReal(t *testing.T) connector.Connector {
	t.Helper()
	return realdesk.Open(t, rt.Kind(), map[string]string{rt.SettingAddress: realRT.Address}, map[string]secret.Text{rt.SettingToken: realToken(t)})
}

// TestRealServer_everythingIsRead holds what is read of a real, messy Request Tracker
// against what was put into it: every message with its text, every file by its hash.
func TestRealServer_everythingIsRead(t *testing.T) {
	realRT.State(t, "seeded")
	c := openReal(t)
	records := map[model.Object][]model.Record{}
	for _, o := range []model.Object{model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, rt.Relation, rt.UserGroup, rt.Catalog, rt.Asset, model.Article} {
		records[o] = realdesk.All(t, c, o)
		t.Logf("%s: %d", o, len(records[o]))
	}
	realdesk.Joined(t, records)
	arrived := realdesk.Tally{Texts: map[realdesk.Said]int{}, Hashes: realdesk.Hashes(t, c, records[model.Attachment])}
	for _, r := range records[model.Message] {
		v := realdesk.Fields(t, r)
		arrived.Texts[realdesk.Said{Private: v["Private"] == true, Text: strings.TrimSpace(model.Plain(v["ContentText"]))}]++
	}
	tickets := 0
	for _, x := range realRT.Truth(t) {
		if x.ID == 0 {
			continue
		}
		if x.Into == "" {
			tickets++
		}
		for i, m := range x.Messages {
			// What a ticket is created with is never a comment in Request Tracker.
			private := m.Kind == "internal" && !(i == 0 && m.At == x.Created)
			arrived.Want(t, x.Key, i, realdesk.Said{Private: private, Text: strings.TrimSpace(m.Body)}, m)
		}
	}
	arrived.Nothing(t)
	if n := len(records[model.Ticket]); n != tickets {
		t.Errorf("%d tickets were read, there are %d", n, tickets)
	}
}
