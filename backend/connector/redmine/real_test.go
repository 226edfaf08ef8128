package redmine_test

import (
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/redmine"
	"waybill/backend/model"
	"waybill/backend/secret"
)

var realRedmine = realdesk.Redmine

const realKey = secret.Text("1111111111aaaaaaaaaa2222222222bbbbbbbbbb")

func openReal(t *testing.T) connector.Connector {
	t.Helper()
	return realdesk.Open(t, redmine.Kind(), map[string]string{redmine.SettingAddress: realRedmine.Address}, map[string]secret.Text{redmine.SettingToken: realKey})
}

// unixLines is a text without what Redmine does to the ends of its lines, and to its own.
func unixLines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// TestRealServer_everythingIsRead holds what is read of a real, messy Redmine
// against what was put into it: every message with its text, every file by its hash.
func TestRealServer_everythingIsRead(t *testing.T) {
	realRedmine.State(t, "seeded")
	c := openReal(t)
	records := map[model.Object][]model.Record{}
	for _, o := range []model.Object{model.Group, model.Agent, model.Contact, model.Ticket, model.Message, model.Attachment, redmine.Relation, redmine.UserGroup, redmine.Version, redmine.News, model.Article, model.Category, model.TimeEntry} {
		records[o] = realdesk.All(t, c, o)
		t.Logf("%s: %d", o, len(records[o]))
	}
	realdesk.Joined(t, records)
	arrived := realdesk.Tally{Texts: map[realdesk.Said]int{}, Hashes: realdesk.Hashes(t, c, records[model.Attachment])}
	for _, r := range records[model.Message] {
		v := realdesk.Fields(t, r)
		arrived.Texts[realdesk.Said{Private: v["private_notes"] == true, Text: unixLines(model.Plain(v["notes"]))}]++
	}
	tickets := 0
	for _, x := range realRedmine.Truth(t) {
		if x.ID == 0 {
			continue
		}
		tickets++
		if merged := (realdesk.Said{Text: "merged"}); x.Into != "" && arrived.Texts[merged] > 0 {
			arrived.Texts[merged]-- // who merged it said so
		}
		for i, m := range x.Messages {
			k := realdesk.Said{Private: m.Kind == "internal", Text: unixLines(m.Body)}
			if strings.TrimSpace(m.Body) == "" && len(m.Attachments) == 0 {
				if i == 0 && arrived.Texts[k] > 0 { // the issue itself
					arrived.Texts[k]--
				}
				continue // Redmine keeps no blank note
			}
			arrived.Want(t, x.Key, i, k, m)
		}
	}
	arrived.Nothing(t)
	if n := len(records[model.Ticket]); n != tickets {
		t.Errorf("%d tickets were read, there are %d", n, tickets)
	}
}
