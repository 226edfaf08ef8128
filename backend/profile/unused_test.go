package profile_test

import (
	"context"
	"testing"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// A tag, a group and an agent that nothing refers to are found and opened; a link, another
// name, or a word in a list is a reference, a link to oneself is none.
func TestUnused_tagsGroupsAndAgentsThatNothingRefersTo(t *testing.T) {
	db := open(t)
	to := func(role string, o model.Object, by, value string) model.Link {
		return model.Link{Role: role, To: []model.Ref{{Object: o, By: by, Value: value}}}
	}
	name := []model.Field{{Name: "name", Type: model.Text}}
	tag := model.ObjectSchema{Object: model.Tag, Name: "name", Fields: name}
	group := model.ObjectSchema{Object: model.Group, Name: "name", Fields: append(name, model.Field{Name: "admin_ids", Type: model.Tags})}
	agent := model.ObjectSchema{Object: model.Agent, Name: "name", Fields: append(name, model.Field{Name: "email", Type: model.Email})}
	ticket := model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{{Name: "tags", Type: model.Tags}}}
	stage(t, db, store.Page{Object: model.Tag, Names: []string{"VIP", "Refund", "Nobody's", "Berlin"}, Records: []model.Record{
		row(model.Tag, "t1", map[string]any{"name": "VIP"}),
		row(model.Tag, "t2", map[string]any{"name": "Refund"}, to("self", model.Tag, "", "t2")),
		row(model.Tag, "t3", map[string]any{"name": "Nobody's"}, to("parent", model.Tag, "", "t4")),
		row(model.Tag, "t4", map[string]any{"name": "Berlin"}),
	}})
	stage(t, db, store.Page{Object: model.Group, Names: []string{"Berlin", "Old"}, Records: []model.Record{
		row(model.Group, "g1", map[string]any{"name": "Berlin", "admin_ids": []string{"a2"}}),
		row(model.Group, "g2", map[string]any{"name": "Old"}),
	}})
	stage(t, db, store.Page{Object: model.Agent, Aliases: []map[string]string{{"email": "A1@x.example"}, {"email": "a2@x.example"}, {"email": "a3@x.example"}}, Records: []model.Record{
		row(model.Agent, "a1", map[string]any{"name": "Ada", "email": "a1@x.example"}),
		row(model.Agent, "a2", map[string]any{"name": "Bo", "email": "a2@x.example"}),
		row(model.Agent, "a3", map[string]any{"name": "Cy", "email": "a3@x.example"}),
	}})
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{
		row(model.Ticket, "1", map[string]any{"tags": []string{"vip", "old"}}, to("group_id", model.Group, "", "g1"), to("owner", model.Agent, "email", "a1@X.example")),
		row(model.Ticket, "2", map[string]any{"tags": "none"}),
	}})
	schema := model.Schema{Objects: []model.ObjectSchema{tag, group, agent, ticket}}
	for range 2 { // a second time changes nothing
		for _, s := range schema.Objects {
			measure(t, db, s)
		}
		if err := profile.Unused(context.Background(), db, schema, job.New("test")); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Read(context.Background(), func(tx *store.Tx) error {
		all, err := profile.Load(tx)
		if err != nil {
			return err
		}
		for o, want := range map[model.Object][]string{model.Tag: {"t2", "t3"}, model.Group: {"g2"}, model.Agent: {"a3"}} {
			f, ok := profile.FindingOf(all, o, profile.CodeUnused, "")
			if !ok || f.Count != int64(len(want)) {
				t.Errorf("%s: %+v", o, f)
			}
			rows, err := tx.Records(store.Filter{Object: o, Op: f.Op, Field: f.Field, Value: f.Value}, 0, 10)
			if err != nil {
				return err
			}
			got := []string{}
			for _, r := range rows {
				got = append(got, r.Record.Key.ID)
			}
			if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
				t.Errorf("%s opens %v, not %v", o, got, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
