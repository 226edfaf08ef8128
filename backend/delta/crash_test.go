package delta_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/delta"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// busyDay changes the source in every way, and some of it in the target too.
func (w *two) busyDay() {
	w.make("c9", "contacts", loadtest.Fields{"name": "Newcomer", "email": "new@x.example"})
	for i := 1; i <= 4; i++ {
		w.edit("tickets", fmt.Sprint("t", i), loadtest.Fields{"status": "solved", "subject": fmt.Sprint("Now ", i), "requester": w.id["c9"]})
	}
	for i := 1; i <= 3; i++ {
		w.edit("contacts", fmt.Sprint("c", i), loadtest.Fields{"phone": nil, "name": fmt.Sprint("Now ", i)})
	}
	w.make("t2m4", "messages", loadtest.Fields{"ticket": w.id["t2"], "author": w.id["a1"], "public": true, "body": "<p>New</p>", "created_at": "2019-03-02T09:00:00Z"})
	w.say("POST", "messages/"+w.id["t3m1"]+"/redact", nil)
	w.say("DELETE", "messages/"+w.id["t3m2"], nil)
	w.touch("tickets", model.Ticket, "t4", `{"priority":"low"}`) // taken
	w.touch("contacts", model.Contact, "c3", `{"name":"Ours"}`)  // kept
	w.edit("messages", "t1m2", loadtest.Fields{"body": "<p>Theirs</p>"})
	w.touch("messages", model.Message, "t1m2", `{"body":"<p>Ours</p>"}`) // noted
}

// decide plans the busy day and chooses.
func (w *two) decide() store.Plan {
	w.TB.Helper()
	w.read()
	pl, sum := w.plan()
	if sum.Conflicts != 3 || sum.Gone != 1 {
		w.TB.Fatalf("%d conflicts, %d gone", sum.Conflicts, sum.Gone)
	}
	w.Write(func(tx *store.Tx) error {
		ben := model.Person{Name: "Ben"}
		_, err := delta.Choose(tx, pl.ID, delta.Pick{Kind: delta.KindConflict, Object: model.Ticket}, delta.Take, ben, "")
		_, gerr := delta.Choose(tx, pl.ID, delta.Pick{Kind: delta.KindGone}, delta.Delete, ben, "")
		_, nerr := delta.Choose(tx, pl.ID, delta.Pick{Kind: delta.KindConflict, Object: model.Message}, delta.Note, ben, "")
		return errors.Join(err, gerr, nerr)
	})
	return pl
}

// asAfterAQuietDay proves that the target is as an undisturbed delta leaves it.
func (w *two) asAfterAQuietDay() {
	w.TB.Helper()
	w.Server.Desk.SetFaults(practice.FaultPlan{})
	w.same(model.Ticket, "t1", "t2", "t3")
	w.same(model.Contact, "c1", "c2", "c9")
	w.same(model.Message, "t1m1", "t2m4", "t3m1")
	if got := w.target(model.Ticket, "t4"); got["status"] != "solved" || got["subject"] != "Now 4" || got["priority"] != "low" || got["requester"] != w.there(model.Contact, "c9") {
		w.TB.Errorf("t4: %v", got)
	}
	if got := w.target(model.Contact, "c3"); got["name"] != "Ours" || got["phone"] == nil {
		w.TB.Errorf("c3: %v", got)
	}
	if w.target(model.Message, "t3m2") != nil {
		w.TB.Error("t3m2 is still there")
	}
	if got := w.target(model.Message, "t1m2"); got["body"] != "<p>Ours</p>" {
		w.TB.Errorf("t1m2: %v", got)
	}
	notes := 0
	for mark := range w.Found(model.Message) {
		if strings.HasPrefix(mark, "+note") {
			notes++
		}
	}
	if n := w.Server.Desk.Stats().Objects[model.Message]; notes != 1 || n != 13 { // 12, one new, one deleted, one note
		w.TB.Errorf("%d notes, %d messages", notes, n)
	}
	w.isOpen("c3 changed, settled", "t1m2 changed, settled")
	w.silent()
	// Every version that the ledger knows is the one that the target has, but where people
	// edited: else the next delta would find conflicts that are none.
	w.edit("tickets", "t1", loadtest.Fields{"subject": "Once more"})
	if _, sum := w.bring(); sum.Conflicts != 0 {
		w.TB.Errorf("%d conflicts after it", sum.Conflicts)
	}
	w.same(model.Ticket, "t1")
}

func TestP70_ADeltaWithLostAnswersEndsAsAQuietOne(t *testing.T) {
	for _, kind := range []practice.FaultKind{practice.DropAfter, practice.DropBefore, practice.ErrorAfter, practice.ErrorBefore, practice.HalfBatch, practice.Reset, practice.HalfBody, practice.Unavailable} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newTwo(t)
			w.busyDay()
			pl := w.decide()
			f := []practice.Fault{}
			for _, path := range []string{"contacts/batch_update", "tickets/batch_update", "messages/batch_update", "messages/batch_delete", "messages/batch"} {
				f = append(f, practice.Fault{Kind: kind, Times: 1, Path: path, DelayMS: 10})
			}
			w.Server.Desk.SetFaults(practice.FaultPlan{Faults: f})
			run, err := w.Start(pl.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			counts(t, w.Run(run.ID), model.Ticket, map[string]int64{"updated": 4})
			counts(t, w.Run(run.ID), model.Contact, map[string]int64{"created": 1, "updated": 2, "kept": 1})
			w.asAfterAQuietDay()
		})
	}
}

// killed carries out a plan until the nth request that writes and then takes the project
// as it lies on the disk at that moment, as after kill -9: with the request done or not.
func (w *two) killed(pl store.Plan, resume int64, n int, done bool) (over bool) {
	w.TB.Helper()
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	var copied *store.DB
	seen, file := 0, ""
	w.Read(func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file)
	})
	w.Wire.Before = func(r *http.Request) *http.Response {
		if copied != nil {
			return gone(r)
		}
		if r.Method == http.MethodGet {
			return nil
		}
		if seen++; seen <= n {
			return nil
		}
		if done {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				err = resp.Body.Close()
			}
			if err != nil {
				w.TB.Error(err)
			}
		}
		dir := w.TB.TempDir()
		for _, end := range []string{"", "-wal"} {
			b, err := os.ReadFile(file + end)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "project.db"+end), b, 0o600)
			}
			if err != nil {
				w.TB.Error(err)
			}
		}
		var err error
		if copied, err = store.Open(context.Background(), filepath.Join(dir, "project.db")); err != nil {
			w.TB.Error(err)
		}
		kill()
		return gone(r)
	}
	_, err := w.startIn(ctx, pl.ID, resume)
	w.Wire.Before = nil
	if copied == nil {
		if err != nil {
			w.TB.Fatal(err)
		}
		return true
	}
	if err := w.DB.Close(); err != nil {
		w.TB.Error(err)
	}
	w.DB, w.Job.DB = copied, copied
	return false
}

// gone is the answer of a desk that a dead program no longer hears.
func gone(r *http.Request) *http.Response {
	return &http.Response{StatusCode: http.StatusUnauthorized, Status: "401", Header: http.Header{}, Body: io.NopCloser(&noBody{}), Request: r, ProtoMajor: 1, ProtoMinor: 1}
}

type noBody struct{}

func (*noBody) Read([]byte) (int, error) { return 0, io.EOF }

// The program is killed before or after each request that writes, in turn: what the
// disk has at that moment is all that the next start knows.
func TestP67_ADeltaThatIsKilledAtAnyWriteEndsAsAQuietOne(t *testing.T) {
	for _, done := range []bool{true, false} {
		if testing.Short() && !done {
			break
		}
		for at := 0; ; at++ {
			over := false
			t.Run(fmt.Sprintf("write %d done %v", at, done), func(t *testing.T) {
				w := newTwo(t)
				w.Job.Target.Kind.Caps.Parallel = 1
				w.busyDay()
				pl := w.decide()
				if over = w.killed(pl, 0, at, done); !over {
					w.Write(func(tx *store.Tx) error { return tx.Interrupt() })
					var runs []store.Run
					w.Read(func(tx *store.Tx) (err error) { runs, err = tx.Runs(); return err })
					if _, err := w.Start(0, runs[0].ID); err != nil {
						t.Fatal(err)
					}
				}
				w.asAfterAQuietDay()
			})
			if t.Failed() || over {
				break
			}
		}
	}
}

// Random days with random faults, on the later of which people edit tickets in the
// target too: what they touched stays as they left it, all else agrees, and the accounts
// add up.
func TestP80_RandomDaysWithFaultsAndPeople(t *testing.T) {
	days := 6
	if testing.Short() {
		days = 2
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 7))
	w := newTwo(t)
	touched := map[string]bool{}
	kinds := []practice.FaultKind{practice.DropAfter, practice.DropBefore, practice.ErrorAfter, practice.ErrorBefore, practice.HalfBatch, practice.HalfBody}
	for day := range days {
		for range 12 {
			ticket, contact := fmt.Sprint("t", 1+chance.IntN(4)), fmt.Sprint("c", 1+chance.IntN(3))
			switch chance.IntN(6) {
			case 0:
				w.edit("tickets", ticket, loadtest.Fields{"subject": fmt.Sprint("Subject ", chance.IntN(3)), "requester": w.id[contact]})
			case 1:
				w.edit("tickets", ticket, loadtest.Fields{"description": nil})
			case 2:
				w.edit("tickets", ticket, loadtest.Fields{"description": fmt.Sprint("About ", chance.IntN(3)), "status": []string{"open", "solved"}[chance.IntN(2)]})
			case 3:
				w.edit("contacts", contact, loadtest.Fields{"name": fmt.Sprint("Name ", chance.IntN(3))})
			case 4:
				w.edit("messages", ticket+"m1", loadtest.Fields{"body": fmt.Sprint("<p>", chance.IntN(3), "</p>")})
			case 5:
				w.make(fmt.Sprint("new", day, "-", len(w.id)), "messages", loadtest.Fields{"ticket": w.id[ticket], "author": w.id["c1"], "public": true, "body": "<p>x</p>", "created_at": "2019-03-02T09:00:00Z"})
			}
		}
		if day >= days/2 {
			ticket := fmt.Sprint("t", 1+chance.IntN(3)) // t4 stays theirs
			touched[ticket] = true
			w.touch("tickets", model.Ticket, ticket, fmt.Sprintf(`{"priority":"urgent","subject":"Ours of day %d"}`, day))
		}
		edited := map[string]string{}
		for ticket := range touched {
			edited[ticket] = fmt.Sprint(w.target(model.Ticket, ticket))
		}
		f := []practice.Fault{}
		for range 3 {
			f = append(f, practice.Fault{Kind: kinds[chance.IntN(len(kinds))], Chance: 0.3, Times: 3, Method: "POST", Path: "batch"})
		}
		w.Server.Desk.SetFaults(practice.FaultPlan{Faults: f})
		_, sum := w.bring()
		w.Server.Desk.SetFaults(practice.FaultPlan{})
		if len(touched) == 0 {
			if sum.Conflicts != 0 {
				t.Errorf("day %d: %d conflicts, and nobody touched the target", day, sum.Conflicts)
			}
			w.isOpen()
		}
		for ticket, was := range edited {
			if is := fmt.Sprint(w.target(model.Ticket, ticket)); is != was {
				t.Errorf("day %d: %s was edited by people and is now %s, it was %s", day, ticket, is, was)
			}
		}
		names := map[model.Object][]string{}
		for name := range w.id {
			switch name[0] {
			case 't':
				if touched[name] {
					continue
				}
				if len(name) == 2 {
					names[model.Ticket] = append(names[model.Ticket], name)
				} else {
					names[model.Message] = append(names[model.Message], name)
				}
			case 'c':
				names[model.Contact] = append(names[model.Contact], name)
			case 'n':
				names[model.Message] = append(names[model.Message], name)
			}
		}
		for o, list := range names {
			w.same(o, list...)
		}
		w.silent()
	}
}

// An update was sent, its answer never heard, and then the source took its change back:
// the target must not keep what nobody has any more without a word.
func TestP67_AnUpdateWhoseAnswerWasLostIsNotForgottenWhenTheSourceGoesBack(t *testing.T) {
	w := newTwo(t)
	w.Job.Target.Kind.Caps.Parallel = 1
	before := w.say("GET", "tickets/"+w.id["t1"], nil)
	w.edit("tickets", "t1", loadtest.Fields{"subject": "For a moment"})
	w.read()
	pl, _ := w.plan()
	if over := w.killed(pl, 0, 0, true); over {
		t.Fatal("nothing was killed")
	}
	w.edit("tickets", "t1", loadtest.Fields{"subject": before["subject"], "updated_at": before["updated_at"]})
	pl = w.choose(delta.KindConflict, delta.Take)
	got := w.items(pl.ID, model.Ticket, store.ActConflict)
	if len(got) != 1 || !slices.Contains(got[0].Fields, "subject") {
		t.Fatalf("%+v", got)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.target(model.Ticket, "t1")["subject"]; got != before["subject"] {
		t.Errorf("the target says %v", got)
	}
	w.isOpen()
}
