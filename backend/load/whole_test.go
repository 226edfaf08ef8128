package load_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/backend/check"
	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// bundle makes the world's desk one that takes records together.
func bundle(w *loadtest.World, how loadtest.Bundle) *loadtest.BundledDesk {
	d, kind := loadtest.Bundled(w.Job.Target.Conn, w.Job.Target.Kind, how)
	w.Job.Target.Conn, w.Job.Target.Kind = d, kind
	return d
}

func checked(t *testing.T, w *loadtest.World) {
	t.Helper()
	res, err := check.Run(context.Background(), w.Job, job.New("check"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Checks {
		if !c.Passed {
			t.Errorf("%s of %s: %v", c.Code, c.Object, c.Examples)
		}
	}
}

// P-70, invariants 1 and 4: what a desk takes together goes together, arrives once, is
// checked, and is taken back together, with marks and without.
func TestWhole_P70_P82_whatBelongsTogetherGoesAndComesBackTogether(t *testing.T) {
	for name, c := range map[string]struct {
		how  loadtest.Bundle
		lone int64 // messages that come by themselves
	}{
		"the first message with its ticket":    {loadtest.Bundle{}, 40 - 8},
		"all messages with their ticket":       {loadtest.Bundle{All: true}, 0},
		"all of it, nothing of it marked":      {loadtest.Bundle{All: true, Unmarked: true, Tied: true}, 0},
		"the first message, nothing marked":    {loadtest.Bundle{Unmarked: true, Tied: true}, 40 - 8},
		"nothing can be deleted by itself":     {loadtest.Bundle{Tied: true}, 40 - 8},
		"all messages, none marked, each free": {loadtest.Bundle{All: true, Unmarked: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := loadtest.New(t, practice.Options{Cascade: c.how.Tied})
			w.People()
			d := bundle(w, c.how)
			run := w.Move()
			w.Arrived(loadtest.All)
			if got := d.Lone.Load(); got != c.lone {
				t.Errorf("%d records came by themselves, want %d", got, c.lone)
			}
			checked(t, w)
			_, proof, err := load.Rollback(context.Background(), w.Job, run.ID, job.New("rollback"))
			if err != nil {
				t.Fatal(err)
			}
			if proof.Kept != 0 || proof.Absent != proof.Deleted || proof.Deleted != 63 {
				t.Errorf("%+v", proof)
			}
			w.Arrived(map[model.Object]int64{})
			w.Move()
			w.Arrived(loadtest.All)
			checked(t, w)
		})
	}
}

// Invariant 7: where a ticket is taken only whole, one file that cannot go holds it, says
// why, and once that is decided all of it goes.
func TestWhole_P68_onePartThatCannotGoHoldsTheWhole(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Attachment, loadtest.Fields{"id": "lost", "message": "t2m4", "name": "lost.pdf", "content_type": "application/pdf"})
	bundle(w, loadtest.Bundle{All: true})
	_, sum := w.Plan()
	for _, o := range sum.Objects {
		if o.Object == model.Ticket && (o.Create != 7 || o.Hold != 1) || o.Object == model.Message && (o.Create != 35 || o.Hold != 5) {
			t.Errorf("%s: %d created, %d held", o.Object, o.Create, o.Hold)
		}
	}
	w.Move()
	w.Read(func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		codes := []string{}
		for _, g := range groups {
			codes = append(codes, string(g.Object)+" "+g.Code)
		}
		slices.Sort(codes)
		want := []string{"attachment load.link_waits", "attachment load.no_content", "message load.link_waits", "message load.part_waits", "ticket load.part_waits"}
		if !slices.Equal(codes, want) {
			t.Errorf("held for %v, want %v", codes, want)
		}
		return err
	})
	w.Write(func(tx *store.Tx) error {
		_, err := tx.Decide(store.Decision{By: w.Job.By, Does: "leave_out", Object: model.Attachment, Settings: map[string]string{}}, model.LeftOut, []store.Hit{{Seq: w.At(model.Attachment, "lost")}})
		return err
	})
	w.Move()
	w.Arrived(loadtest.All)
	checked(t, w)
}

// matching is a desk whose staff cannot be created, only found.
type matching struct {
	*loadtest.BundledDesk
	staff map[string]string // e-mail -> id
}

func (m *matching) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	if len(drafts) == 0 || drafts[0].Object != model.Agent {
		return m.BundledDesk.Write(ctx, drafts, files)
	}
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Refused, Err: problem.New("test.nobody", "Nobody has that address.", "", "Invite them.")}
		email, _ := d.Fields["email"].(string)
		if id, ok := m.staff[email]; ok {
			out[i] = connector.Outcome{Mark: d.Mark, State: connector.Existed, Key: model.Key{Object: model.Agent, ID: id}, Version: "1"}
		}
	}
	return out, nil
}

// Invariant 8: who was there before us is used, never created, never taken back.
func TestMatch_P82_whoWasThereBeforeStaysWhenTheRunIsTakenBack(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	d := bundle(w, loadtest.Bundle{})
	m := &matching{BundledDesk: d, staff: map[string]string{}}
	for _, mail := range []string{"agnes@desk.example", "abel@desk.example"} {
		out, err := d.Write(context.Background(), []model.Draft{{Mark: model.Mark("other:" + mail), Object: model.Agent, Fields: map[string]any{"name": "Somebody", "email": mail}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		m.staff[mail] = out[0].Key.ID
	}
	w.Job.Target.Conn = m
	w.Job.Target.Kind.Caps.Matches = []model.Object{model.Agent}
	run := w.Move()
	w.Arrived(loadtest.All)
	checked(t, w)
	if _, proof, err := load.Rollback(context.Background(), w.Job, run.ID, job.New("rollback")); err != nil || proof.Deleted != 61 || proof.Kept != 0 {
		t.Errorf("%+v, %v", proof, err)
	}
	if n := w.Server.Desk.Stats().Objects[model.Agent]; n != 2 {
		t.Errorf("%d of the staff are left, want 2", n)
	}
	if m := w.Manifest(model.Agent); m.Pending != 2 {
		t.Errorf("%+v", m)
	}
	w.Move()
	w.Arrived(loadtest.All)
	checked(t, w)
}

// Where private notes lose their author and time, the text says both, and only there.
func TestWhole_P33_aNoteThatLosesItsOriginSaysIt(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	bundle(w, loadtest.Bundle{})
	w.Job.Target.Kind.Caps.NotesLoseOrigin = true
	w.Move()
	said := 0
	for id, v := range w.Found(model.Message) {
		body, _ := v["body"].(string)
		says := strings.Contains(body, "Originally by")
		if note := strings.HasSuffix(id, "m3"); says != note {
			t.Errorf("%s: %s", id, body)
		} else if note {
			said++
			if !strings.Contains(body, "on 2019-03-0") {
				t.Errorf("%s does not say when: %s", id, body)
			}
		}
	}
	if said != 8 {
		t.Errorf("%d notes say their origin, want 8", said)
	}
	checked(t, w)
}

// keeping is a desk that keeps less of a private note.
type keeping struct{ *loadtest.BundledDesk }

func (keeping) Kept(d model.Draft) model.Draft {
	if d.Object != model.Message || d.Fields["public"] != false {
		return d
	}
	d.Fields = maps.Clone(d.Fields)
	d.Fields["body"] = "kept otherwise"
	return d
}

func (k keeping) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	changed := slices.Clone(drafts)
	for i := range changed {
		changed[i] = k.Kept(changed[i])
	}
	return k.BundledDesk.Write(ctx, changed, files)
}

// P-83: what a desk is known to make of a record is no difference.
func TestWhole_P83_whatTheDeskIsKnownToKeepIsNoDifference(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Job.Target.Conn = keeping{bundle(w, loadtest.Bundle{})}
	w.Move()
	w.Arrived(loadtest.All)
	checked(t, w)
}

func TestSame_P31_timesAsNumbersAreTimes(t *testing.T) {
	at := time.Date(2014, 12, 16, 5, 40, 46, 0, time.UTC)
	f := model.Field{Name: "created_at", Type: model.DateTime}
	for _, c := range []struct {
		got  string
		same bool
	}{{"1418708446", true}, {"1418708446.25", true}, {"1418708446250", true}, {"2014-12-16T05:40:46Z", true}, {"1418708447", false}, {"-1418708446", false}, {"20141216", false}, {"567993600", false}, {"", false}} {
		if got := load.Same(f, at, c.got); got != c.same {
			t.Errorf("%s: %v", c.got, got)
		}
	}
}
