package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/backend/archive"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Long after the move the archive has what stayed behind, says why, and leads from the
// number of what moved to where that is now.
func TestArchive_holdsWhatStaysBehindAndLeadsToTheRest(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n4711,Printer,open,c1\n13,</script><b>Spam</b>,open,c1\n",
		"customers.csv": "id,name,email\nc1,Ada,ada@x.example\n",
	}, nil)
	path := filepath.Join(t.TempDir(), "Archive.html")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if _, err := w.WriteArchive(w.ctx, path, nil, 0, now, job.New("archive")); !problem.Is(err, archive.CodeEmpty) {
		t.Errorf("%v", err)
	}
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		spam, err := tx.Record(model.Key{Object: model.Ticket, ID: "13"})
		if err != nil {
			return err
		}
		_, err = tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Does: "leave_out", Object: model.Ticket, Title: "Leave out spam", Why: "Nobody reads it", Settings: map[string]string{}}, model.LeftOut, []store.Hit{{Seq: spam.Seq}})
		return err
	}))
	w.move()
	res, err := w.WriteArchive(w.ctx, path, nil, 0, now, job.New("archive"))
	w.must(err)
	if res.Documents != 1 || res.Numbers != 2 || len(res.Files) != 1 {
		t.Errorf("%+v", res)
	}
	b, err := os.ReadFile(path)
	w.must(err)
	text := string(b)
	for _, want := range []string{`"old":"4711"`, `"state":"moved"`, `Leave out spam: Nobody reads it (Ann, 2`, `"title":"\u003c/script\u003e\u003cb\u003eSpam\u003c/b\u003e"`, "1 records of Export files that did not move, as they were on 21 November 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("the archive does not hold %s", want)
		}
	}
	if strings.Contains(text, `"title":"Printer"`) {
		t.Error("what moved is in the archive, too")
	}
	if w.audited("archive.written") != 1 {
		t.Error("the archive is not in the audit trail")
	}
}
