package load_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// choose compiles the world's program anew with choices about losses.
func choose(w *loadtest.World, choices map[string]string) {
	w.Job.Choices = choices
	w.Compile(mapping.Suggest(w.Source, w.Job.Target.Schema, nil))
	w.Job.Ease()
}

func longMessage(w *loadtest.World, id, body string) {
	w.Stage(model.Message, loadtest.Fields{"id": id, "ticket": "t1", "author": "a1", "public": true, "body": body, "created_at": "2019-03-01T10:00:00Z"})
}

func loss(s load.Summary, code string) (load.Loss, bool) {
	for _, l := range s.Losses {
		if l.Code == code {
			return l, true
		}
	}
	return load.Loss{}, false
}

func objectOf(s load.Summary, o model.Object) load.Object {
	for _, x := range s.Objects {
		if x.Object == o {
			return x
		}
	}
	return load.Object{}
}

func TestPlan_P26_longTextsAreForeseenWithTheirChoices(t *testing.T) {
	body := strings.Repeat("<p>Ein <b>langer</b> Text &amp; mehr, grüße.</p>", 60)
	for _, choice := range []string{"", load.ChooseSplit, load.ChooseAttach, load.ChooseShorten} {
		t.Run("choice "+choice, func(t *testing.T) {
			w := loadtest.New(t, practice.Options{MaxText: 500})
			w.People()
			longMessage(w, "long", body)
			choose(w, map[string]string{load.LossKey(load.LossText, model.Message, "body"): choice})
			pl, sum := w.Plan()
			l, ok := loss(sum, load.LossText)
			if !ok || l.Count != 1 || l.Limit != 500 || !slices.Equal(l.Choices, []string{load.ChooseHold, load.ChooseSplit, load.ChooseAttach, load.ChooseShorten}) || !slices.Equal(l.Examples, []string{"long"}) {
				t.Fatalf("the forecast: %+v", sum.Losses)
			}
			w.Read(func(tx *store.Tx) error {
				rows, err := tx.Records(store.Filter{Object: model.Message, Plan: pl.ID, Loss: load.LossText, Field: "body"}, 0, 10)
				if len(rows) != 1 || rows[0].Record.Key.ID != "long" {
					t.Errorf("the line opens %d records", len(rows))
				}
				return err
			})
			if _, err := w.Start(pl.ID, 0); err != nil {
				t.Fatal(err)
			}
			m := w.Manifest(model.Message)
			if choice == "" {
				if m.Held != 1 || m.Moved != 40 {
					t.Errorf("without a choice: %+v", m)
				}
				return
			}
			if m.Moved != 41 || m.Held != 0 {
				t.Fatalf("%s: %+v", choice, m)
			}
			texts := bodies(t, w, "long")
			switch choice {
			case load.ChooseSplit:
				if len(texts) < 4 {
					t.Errorf("split into %d", len(texts))
				}
				if got := plainText(strings.Join(texts, "")); got != plainText(body) {
					t.Errorf("the parts do not make the whole:\n%s\n%s", got, plainText(body))
				}
			case load.ChooseAttach:
				if len(texts) != 1 || !strings.Contains(texts[0], "whole text is attached as body.html") {
					t.Errorf("%q", texts)
				}
				if n := w.Server.Desk.Stats().Objects[model.Attachment]; n != 5 {
					t.Errorf("%d attachments, want 4 and the text", n)
				}
			case load.ChooseShorten:
				if len(texts) != 1 || !strings.Contains(texts[0], "…") {
					t.Errorf("%q", texts)
				}
			}
			if s := w.Server.Desk.Stats(); s.Doubles != 0 || s.MessagesSent != 0 {
				t.Errorf("%+v", s)
			}
			takeBackAll(t, w)
		})
	}
}

// takeBackAll rolls every run back; nothing of ours may be left.
func takeBackAll(t *testing.T, w *loadtest.World) {
	t.Helper()
	var runs []store.Run
	w.Read(func(tx *store.Tx) (err error) { runs, err = tx.Runs(); return err })
	for _, r := range runs {
		if r.Kind == model.RunRollback {
			continue
		}
		_, proof, err := load.Rollback(context.Background(), w.Job, r.ID, job.New("rollback"))
		if err != nil {
			t.Fatal(err)
		}
		if proof.Kept != 0 || proof.Absent != proof.Deleted {
			t.Errorf("%+v", proof)
		}
	}
	for o, n := range w.Server.Desk.Stats().Objects {
		if n != 0 {
			t.Errorf("%d of %s are left after the rollback", n, o)
		}
	}
}

// bodies are the texts of a message and its further parts, in their order.
func bodies(t *testing.T, w *loadtest.World, id string) []string {
	t.Helper()
	type text struct{ mark, body string }
	var all []text
	err := w.Job.Target.Conn.Pages(context.Background(), model.Message, "", func(p connector.Page) error {
		for _, r := range p.Records {
			v, err := model.Values(r.Raw)
			if err != nil {
				return err
			}
			if mark := model.Plain(v["external_id"]); strings.Contains(mark+":", ":message:"+id+":") {
				all = append(all, text{mark, model.Plain(v["body"])})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b text) int {
		if len(a.mark) != len(b.mark) {
			return len(a.mark) - len(b.mark)
		}
		return strings.Compare(a.mark, b.mark)
	})
	out := []string{}
	for _, x := range all {
		out = append(out, x.body)
	}
	return out
}

// plainText is rich text without tags, numbering lines and blanks.
func plainText(s string) string {
	var b strings.Builder
	in := false
	for _, r := range s {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
		case !in && r != ' ' && r != '\n':
			b.WriteRune(r)
		}
	}
	return partLine.ReplaceAllString(b.String(), "")
}

var partLine = regexp.MustCompile(`\(Part\d+of\d+\)`)

// P-67, P-70: whatever happens between a message and its further parts, each is there once.
func TestRun_P67_P70_partsOfALongTextSurviveLostAnswers(t *testing.T) {
	for _, kind := range []practice.FaultKind{practice.DropAfter, practice.ErrorAfter, practice.DropBefore, practice.HalfBody, practice.Reset} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := loadtest.New(t, practice.Options{MaxText: 500, Seed: 5, Faults: practice.FaultPlan{Faults: []practice.Fault{{Kind: kind, Chance: 0.4, Method: "POST", Path: "/messages/batch", Times: 25}}}})
			w.People()
			body := strings.Repeat("<p>A <b>long</b> text.</p>", 100)
			for i := range 5 {
				longMessage(w, fmt.Sprint("long", i), body)
			}
			choose(w, map[string]string{load.LossKey(load.LossText, model.Message, "body"): load.ChooseSplit})
			w.Move()
			if m := w.Manifest(model.Message); m.Moved != 45 {
				t.Errorf("%+v", m)
			}
			for i := range 5 {
				if got := plainText(strings.Join(bodies(t, w, fmt.Sprint("long", i)), "")); got != plainText(body) {
					t.Errorf("message %d: its parts are not the whole", i)
				}
			}
			if s := w.Server.Desk.Stats(); s.Doubles != 0 || s.MessagesSent != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestPlan_P42_largeFilesAreForeseenWithTheirChoices(t *testing.T) {
	for _, choice := range []string{load.ChooseHold, load.ChooseNote, load.ChooseArchive} {
		t.Run(choice, func(t *testing.T) {
			w := loadtest.New(t, practice.Options{MaxFile: 64})
			w.Job.Target.Kind.Caps.MaxFile = 400
			w.People()
			hash, size, err := w.Job.Files.Put(strings.NewReader(strings.Repeat("x", 1000)))
			if err != nil {
				t.Fatal(err)
			}
			w.Write(func(tx *store.Tx) error {
				return tx.PutFile(w.At(model.Attachment, "f1"), store.File{Ref: "f1", Name: "big.bin", Hash: hash, Size: size})
			})
			choose(w, map[string]string{load.LossKey(load.LossFile, model.Attachment, "content"): choice})
			w.Server.Desk.SetFaults(practice.FaultPlan{})
			pl, sum := w.Plan()
			if l, ok := loss(sum, load.LossFile); !ok || l.Count != 1 || l.Choice != choice {
				t.Fatalf("%+v", sum.Losses)
			}
			if choice == load.ChooseNote {
				return // the practice desk's own limit is smaller than the note: planning is what counts here
			}
			if _, err := w.Start(pl.ID, 0); err != nil {
				t.Fatal(err)
			}
			m := w.Manifest(model.Attachment)
			want := model.Manifest{Object: model.Attachment, Source: 4, Moved: 3, Target: 3}
			if choice == load.ChooseHold {
				want.Held = 1
			} else {
				want.Archived = 1
			}
			if m != want {
				t.Errorf("%+v, want %+v", m, want)
			}
		})
	}
}

// Links to records that come later are set in a second pass, also around a circle, and
// all of it can be taken back.
func TestRun_linksInACircleAreSetInASecondPass(t *testing.T) {
	w := loadtest.New(t, practice.Options{Faults: practice.FaultPlan{Faults: []practice.Fault{{Kind: practice.DropAfter, Times: 2, Path: "batch_update"}}}})
	w.People()
	ticket := func(id, follows string) loadtest.Fields {
		return loadtest.Fields{"id": id, "subject": "Again " + id, "requester": "c1", "follows": follows, "created_at": "2019-04-01T08:00:00Z"}
	}
	w.Stage(model.Ticket, ticket("x1", "x3"), ticket("x2", "x1"), ticket("x3", "x2"), ticket("x4", "x1"))
	pl, sum := w.Plan()
	if o := objectOf(sum, model.Ticket); o.Create != 12 || o.Hold != 0 {
		t.Fatalf("%+v", o)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	found := w.Found(model.Ticket)
	for id, follows := range map[string]string{"x1": "x3", "x2": "x1", "x3": "x2", "x4": "x1"} {
		if found[id]["follows"] != found[follows]["id"] {
			t.Errorf("%s follows %v, want %v", id, found[id]["follows"], found[follows]["id"])
		}
	}
	if s := w.Server.Desk.Stats(); s.MessagesSent != 0 {
		t.Errorf("%d mails", s.MessagesSent)
	}
	takeBackAll(t, w)
}

func TestPlan_whatPointsToAHeldRecordOfItsKindIsHeldToo(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Ticket,
		loadtest.Fields{"id": "x1", "subject": "First", "requester": "c1", "follows": "x2"},
		loadtest.Fields{"id": "x2", "requester": "c1"}) // without a subject
	_, sum := w.Plan()
	if o := objectOf(sum, model.Ticket); o.Create != 8 || o.Hold != 2 {
		t.Errorf("%+v, want both held", o)
	}
}

// A link to what stayed behind is set when that comes after all; what people did to the
// record meanwhile stays, and a rollback still sees it (invariant 8).
func TestRun_P82_theSecondPassLeavesWhatPeopleDid(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	for _, id := range []string{"x1", "x2"} {
		w.Stage(model.Ticket, loadtest.Fields{"id": id, "subject": "Again " + id, "requester": "c1", "follows": "x3"})
	}
	w.Stage(model.Ticket, loadtest.Fields{"id": "x3", "subject": "First", "requester": "c1"})
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	for i := range v.Objects {
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; f.Target == "follows" {
				f.IfUnknown = model.OtherwiseLeave
			}
		}
	}
	w.Compile(v)
	var left store.Decision
	w.Write(func(tx *store.Tx) (err error) {
		left, err = tx.Decide(store.Decision{By: w.Job.By, Does: "leave_out", Object: model.Ticket, Settings: map[string]string{}}, model.LeftOut, []store.Hit{{Seq: w.At(model.Ticket, "x3")}})
		return err
	})
	first := w.Move()
	found := w.Found(model.Ticket)
	if found["x1"]["follows"] != nil || found["x2"]["follows"] != nil {
		t.Fatalf("%v", found["x1"])
	}
	w.Call(http.MethodPatch, "tickets/"+model.Plain(found["x2"]["id"]), fmt.Sprintf(`{"subject":"Edited","follows":%q}`, model.Plain(found["t1"]["id"])))
	w.Write(func(tx *store.Tx) error { return tx.Undo(left.ID, w.Job.By) })
	w.Move()
	found = w.Found(model.Ticket)
	if found["x1"]["follows"] != found["x3"]["id"] {
		t.Errorf("x1 follows %v, want the one that came after all, %v", found["x1"]["follows"], found["x3"]["id"])
	}
	if found["x2"]["follows"] != found["t1"]["id"] || found["x2"]["subject"] != "Edited" {
		t.Errorf("what people did was written over: %v", found["x2"])
	}
	if _, _, err := load.Rollback(context.Background(), w.Job, first.ID, job.New("rollback")); err != nil {
		t.Fatal(err)
	}
	if left := w.Found(model.Ticket); left["x2"] == nil {
		t.Error("a ticket that people edited was deleted")
	}
}

// Where the target cannot keep author and time, the text says them (P-33, P-34).
func TestRun_originalAuthorAndTimeAreKeptInTheText(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.Job.Target.Kind.Caps.KeepsAuthor, w.Job.Target.Kind.Caps.Backdates = false, false
	w.People()
	pl, sum := w.Plan()
	if l, ok := loss(sum, load.LossAuthor); !ok || l.Count != 40 {
		t.Errorf("%+v", sum.Losses)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	body := model.Plain(w.Found(model.Message)["t1m1"]["body"])
	if !strings.HasPrefix(body, "<p><em>Originally by Customer 2 on 2019-03-01 09:01 UTC</em></p>") {
		t.Errorf("%q", body)
	}
}

func TestPlan_requestsAndDurationAreARange(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Job.PerMinute = 60
	_, sum := w.Plan()
	// 2 companies, 1 group, 2 agents, 6 customers, 8 tickets, 40 messages by threes; 4 files one by
	// one; ten to look around first, five before each of seven objects.
	if sum.Requests != 1+1+1+2+3+14+4+10+5*7 || sum.LowS < sum.Requests || sum.HighS <= sum.LowS {
		t.Errorf("%d requests, %d to %d seconds", sum.Requests, sum.LowS, sum.HighS)
	}
	for want, hours := range map[string]float64{"": 0, "yes": 10, "no": 0.001} {
		if got := load.Fits(sum.LowS, sum.HighS, hours); got != want {
			t.Errorf("%v hours: %q, want %q", hours, got, want)
		}
	}
}

// P-66: an older copy of the project is opened, and run again: nothing is there twice.
func TestRun_P66_aForgottenRunIsFoundInTheTarget(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Move()
	// The copy knows nothing of that run.
	w.Write(func(tx *store.Tx) error {
		for _, q := range []string{`DELETE FROM ledger`, `DELETE FROM run_count`, `UPDATE rec SET fate = 0`} {
			if _, err := tx.ExecContext(context.Background(), q); err != nil {
				return err
			}
		}
		return nil
	})
	w.Move()
	w.Arrived(loadtest.All)
}

func TestStart_P71_aDeskThatWouldMailCustomersIsNotWrittenTo(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Call(http.MethodPost, "triggers", `{"kind":"trigger","name":"Tell the customer","on":["ticket"],"does":"sends a mail to the customer","active":true,"silenced_by_import":false}`)
	pl, _ := w.Plan()
	_, err := w.Start(pl.ID, 0)
	wantCode(t, err, load.CodeNotQuiet)
	if s := w.Server.Desk.Stats(); s.Objects[model.Organization] != 0 || s.MessagesSent != 0 {
		t.Errorf("something was written: %+v", s)
	}
	// Somebody accepts it by name: the canary shows the mail that went out, and stops there.
	w.Job.Accepted = map[string]bool{load.PreQuiet: true}
	run, err := w.Start(pl.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Run(run.ID); r.State != load.StateCanary {
		t.Errorf("the run is %s, want that it waits", r.State)
	}
	w.Read(func(tx *store.Tx) error {
		list, err := load.Canaries(tx, run.ID)
		if len(list) == 0 || !list[0].Silent.Known || list[0].Silent.Sent != 1 {
			t.Errorf("%+v", list)
		}
		return err
	})
	if s := w.Server.Desk.Stats(); s.Objects[model.Ticket] != 1 {
		t.Errorf("%d tickets went out before somebody looked", s.Objects[model.Ticket])
	}
}

func TestStart_theCanaryComesFirstAndWaits(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, _ := w.Plan()
	run, err := load.Start(context.Background(), w.Job, load.Order{Plan: pl.ID}, job.New("run"))
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Run(run.ID); r.State != load.StateCanary {
		t.Fatalf("the run is %s", r.State)
	}
	for o, n := range w.Server.Desk.Stats().Objects {
		if n > 2 || n == 0 && o != model.Article {
			t.Errorf("%d of %s were sent first", n, o)
		}
	}
	var list []load.Canary
	w.Read(func(tx *store.Tx) (err error) { list, err = load.Canaries(tx, run.ID); return err })
	if len(list) != 7 {
		t.Errorf("%d canaries, want one of each object", len(list))
	}
	for _, c := range list {
		if !c.OK || c.Target == "" || len(c.Fields) == 0 && c.Object != model.Attachment || !c.Silent.Known || c.Silent.Sent != 0 {
			t.Errorf("%+v", c)
		}
	}
	if _, err := w.Start(0, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Arrived(loadtest.All)
	// Proven once: what comes later needs no look.
	longMessage(w, "later", "<p>one more</p>")
	pl, _ = w.Plan()
	if run, err = load.Start(context.Background(), w.Job, load.Order{Plan: pl.ID}, job.New("run")); err != nil || w.Run(run.ID).State != "done" {
		t.Errorf("%v, the run is %s", err, w.Run(run.ID).State)
	}
}

func TestStart_aChangedTargetStopsTheRun(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	pl, sum := w.Plan()
	changed := w.Job.Target.Schema
	changed.Objects = slices.Clone(changed.Objects)
	for i, o := range changed.Objects {
		if o.Object == model.Ticket {
			o.Fields = slices.DeleteFunc(slices.Clone(o.Fields), func(f model.Field) bool { return f.Name == "priority" })
			changed.Objects[i] = o
		}
	}
	if got := load.Drift(sum.Shape, changed); !slices.Equal(got, []string{"Tickets: the field priority is gone"}) {
		t.Errorf("%q", got)
	}
	w.Job.Target.Conn = reshaped{w.Job.Target.Conn.(whole), changed}
	_, err := w.Start(pl.ID, 0)
	wantCode(t, err, load.CodeDrift)
	if n := w.Server.Desk.Stats().Objects[model.Organization]; n != 0 {
		t.Errorf("%d records were written", n)
	}
}

type whole interface {
	connector.Connector
	connector.Writer
	connector.Finder
	connector.Reader
	connector.Updater
	connector.Firer
	connector.Changer
}

type reshaped struct {
	whole
	schema model.Schema
}

func (r reshaped) Schema(context.Context) (model.Schema, error) { return r.schema, nil }

func wantCode(t *testing.T, err error, code any) {
	t.Helper()
	if err == nil || !strings.Contains(fmt.Sprintf("%v", problemCode(err)), fmt.Sprint(code)) {
		t.Fatalf("got %v, want %v", err, code)
	}
}

// P-74: closed tickets go straight into the target's archive, when somebody chose so, with
// the consequence that they cannot be changed there.
func TestRun_P74_closedTicketsGoIntoTheArchiveAsChosen(t *testing.T) {
	for _, choice := range []string{"", load.ChooseArchive} {
		t.Run("choice "+choice, func(t *testing.T) {
			w := loadtest.New(t, practice.Options{})
			w.People()
			w.Stage(model.Ticket, loadtest.Fields{"id": "old", "subject": "Long ago", "status": "closed", "requester": "c1", "created_at": "2012-01-01T00:00:00Z"})
			w.Stage(model.Message, loadtest.Fields{"id": "oldm", "ticket": "old", "author": "c1", "public": true, "body": "<p>Hi</p>", "created_at": "2012-01-01T00:00:00Z"})
			choose(w, map[string]string{load.LossKey(load.LossArchive, model.Ticket, "status"): choice})
			pl, sum := w.Plan()
			l, ok := loss(sum, load.LossArchive)
			if !ok || l.Count != 1 || !slices.Equal(l.Choices, []string{load.ChooseNormal, load.ChooseArchive}) {
				t.Fatalf("%+v", sum.Losses)
			}
			if _, err := w.Start(pl.ID, 0); err != nil {
				t.Fatal(err)
			}
			if m := w.Manifest(model.Ticket); m.Moved != 9 {
				t.Errorf("%+v", m)
			}
			if n := len(w.Found(model.Message)); n != 41 {
				t.Errorf("%d messages", n)
			}
			tickets := w.Found(model.Ticket)
			if got := model.Plain(tickets["old"]["archived"]) == "true"; got != (choice == load.ChooseArchive) {
				t.Errorf("archived: %v", tickets["old"]["archived"])
			}
			if model.Plain(tickets["t1"]["archived"]) == "true" {
				t.Error("an open ticket is in the archive")
			}
			updater, ok := w.Job.Target.Conn.(connector.Updater)
			if !ok {
				t.Fatal("nothing can be changed there")
			}
			out, err := updater.Update(context.Background(), []connector.Edit{{
				Key: model.Key{Object: model.Ticket, ID: model.Plain(tickets["old"]["id"])}, Draft: model.Draft{Object: model.Ticket, Fields: map[string]any{"subject": "New"}},
			}}, nil)
			if err != nil || (out[0].State == connector.Refused) != (choice == load.ChooseArchive) {
				t.Errorf("%+v, %v", out, err)
			}
			if choice == load.ChooseArchive { // the other one was edited: a rollback leaves it
				takeBackAll(t, w)
			}
		})
	}
}
