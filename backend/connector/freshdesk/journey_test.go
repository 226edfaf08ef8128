package freshdesk_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"waybill/backend/blob"
	"waybill/backend/connector/freshdesk"
	"waybill/backend/connector/freshdesk/fake"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// A whole move from one messy account into another one, by the engine: each record is
// moved, or held for a reason that a person can settle, and nobody is mailed.
func TestJourney_fromFreshdeskIntoFreshdesk(t *testing.T) {
	ctx := t.Context()
	src, dst := account(fake.Options{}), account(fake.Options{})
	src.Fill(60, 3)
	for i, n := range []string{"Bea Agent", "Çem Agent", "Dan Light"} {
		dst.AddAgent(n, fmt.Sprintf("agent%d@desk.example", i))
	}
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	files, err := blob.Open(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	from, to := dial(t, src), dial(t, dst)
	if _, err := extract.Run(ctx, db, files, from, nil, job.New("read")); err != nil {
		t.Fatal(err)
	}
	have, err := from.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want, err := to.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	program, found := transform.Compile(mapping.Suggest(have, want, nil), have, want)
	for _, p := range found {
		t.Errorf("the mapping that is proposed cannot be used: %v", p)
	}
	kind := freshdesk.Kind()
	kind.Caps.Travel, kind.Caps.FindLag = 40*time.Millisecond, 0 // this account's search does not lag
	j := &load.Job{
		DB: db, Files: files, Target: load.Desk{Conn: to, Kind: kind, Schema: want}, Project: "0123456789abcdef", Mapping: 1, Fingerprint: "first",
		Source: have, Patience: 30 * time.Second, By: model.Person{Name: "Ann", Role: "lead"}, Program: program,
	}
	plan, _, err := load.Plan(ctx, j, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := load.Start(ctx, j, load.Order{Plan: plan.ID, Yes: true}, job.New("run"))
	if err == nil {
		t.Error("the run begins although nobody said that the mails are switched off")
	}
	j.Accepted = map[string]bool{load.PreQuiet: true}
	for range 4 {
		if run, err = load.Start(ctx, j, load.Order{Resume: run.ID, Yes: true, Beyond: true}, job.New("run")); err != nil {
			t.Fatal(err)
		}
	}
	if run.State != "done" || dst.Mails() != 0 {
		t.Errorf("the run is %s, %d mails", run.State, dst.Mails())
	}
	moved := map[model.Object]int64{}
	if err := db.Read(ctx, func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			known := g.Object == model.Rating || g.Object == model.Ticket && g.Field == "source" || g.Code == "load.link_waits"
			if !known {
				t.Errorf("held: %+v", g)
			}
		}
		if err != nil {
			return err
		}
		list, err := tx.Manifest()
		for _, m := range list {
			moved[m.Object] = m.Moved
			if m.Moved != m.Target || m.Pending != 0 || m.Object != model.Rating && m.Moved < m.Source*3/4 {
				t.Errorf("%+v", m)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	messages, _ := read(t, to, model.Message)
	attachments, _ := read(t, to, model.Attachment)
	if n := dst.Counts(); int64(n["tickets"]) != moved[model.Ticket] || int64(len(messages)) != moved[model.Message] || int64(n["files"]) != moved[model.Attachment] || len(attachments) == 0 {
		t.Errorf("moved %v, there are %v, %d messages", moved, n, len(messages))
	}
}
