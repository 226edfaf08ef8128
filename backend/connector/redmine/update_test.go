package redmine_test

import (
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform/realdesk"
	"waybill/backend/connector/redmine"
	"waybill/backend/connector/redmine/fake"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// notesChange changes a description, and a note from public to private, and looks at them.
func notesChange(t *testing.T, c connector.Connector) {
	t.Helper()
	w, u := c.(connector.Writer), c.(connector.Updater)
	write := func(d model.Draft) connector.Outcome {
		out, err := w.Write(t.Context(), []model.Draft{d}, nil)
		if err != nil || out[0].State != connector.Created {
			t.Fatal(out, err)
		}
		return out[0]
	}
	issue := write(model.Draft{
		Mark: "wb:1:ticket:9", Object: model.Ticket, Source: model.Key{Object: model.Ticket, ID: "9"}, Fields: map[string]any{"subject": "S", "tracker": "Support"},
		Links: []model.DraftLink{link("project", model.Key{Object: model.Group, ID: "1"})},
		Parts: []model.Draft{{Mark: "wb:1:message:1", Object: model.Message, Source: model.Key{Object: model.Message, ID: "1"}, Fields: map[string]any{"notes": "first"}}},
	})
	note := write(model.Draft{
		Mark: "wb:1:message:2", Object: model.Message, Source: model.Key{Object: model.Message, ID: "2"}, Fields: map[string]any{"notes": "second"},
		Links: []model.DraftLink{link("issue", issue.Key)},
	})
	edit := func(o connector.Outcome, fields map[string]any) connector.Outcome {
		out, err := u.Update(t.Context(), []connector.Edit{{Key: o.Key, Version: o.Version, Draft: model.Draft{Object: o.Key.Object, Fields: fields}}}, nil)
		if err != nil || len(out) != 1 {
			t.Fatal(out, err)
		}
		return out[0]
	}
	for _, x := range []struct {
		of     connector.Outcome
		fields map[string]any
		want   connector.State
		code   problem.Code
	}{
		{issue.Parts[0], map[string]any{"notes": "first, changed"}, connector.Updated, ""},
		{issue.Parts[0], map[string]any{"notes": "first, again"}, connector.Touched, connector.CodeChanged},
		{connector.Outcome{Key: issue.Parts[0].Key}, map[string]any{"private_notes": true}, connector.Refused, connector.CodeRefused},
		{note, map[string]any{"notes": "second, changed", "private_notes": true}, connector.Updated, ""},
		{connector.Outcome{Key: model.Key{Object: model.Message, ID: issue.Key.ID + "-99999"}}, map[string]any{"notes": "x"}, connector.Refused, connector.CodeNoRecord},
		{issue, map[string]any{"author": "x"}, connector.Refused, connector.CodeRefused},
	} {
		o := edit(x.of, x.fields)
		if o.State != x.want || x.code != "" && (o.Err == nil || o.Err.Code != x.code) {
			t.Errorf("%v %v: state %d, %v; want %d %s", x.of.Key, x.fields, o.State, o.Err, x.want, x.code)
		}
	}
	got := map[string][2]any{}
	for _, r := range realdesk.All(t, c, model.Message) {
		v := realdesk.Fields(t, r)
		got[r.Key.ID] = [2]any{v["notes"], v["private_notes"]}
	}
	if got[issue.Parts[0].Key.ID] != [2]any{"first, changed", false} || got[note.Key.ID] != [2]any{"second, changed", true} {
		t.Errorf("read back: %v", got)
	}
	found, err := c.(connector.Finder).Find(t.Context(), model.Ticket, []model.Mark{"wb:1:ticket:9"})
	if err != nil || found["wb:1:ticket:9"].Key != issue.Key || found["wb:1:ticket:9"].Version != issue.Version {
		t.Errorf("a changed description lost the mark, or counts as another's change of the issue: %+v, %v", found, err)
	}
}

// TestUpdate_notes changes texts with the mark in a custom field, and in the description.
func TestUpdate_notes(t *testing.T) {
	for _, field := range []string{"", redmine.MarkField} {
		notesChange(t, open(t, fake.New(fake.Options{MarkField: field})))
	}
}

// TestRealServer_notesChange does the same before a real Redmine.
func TestRealServer_notesChange(t *testing.T) {
	realRedmine.State(t, "target")
	realRedmine.Run(t, "ready.sh")
	notesChange(t, openReal(t))
	if n := realRedmine.Mails(t); n != 0 {
		t.Errorf("%d mails would have been sent", n)
	}
}
