package project_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Whoever is erased is in no byte of the project any more: not in a free page, not in the
// log beside the file, not in an older copy, not in what was written for people.
func TestErase_leavesNoByteOfThePerson(t *testing.T) {
	long := strings.Repeat("zed.quill@person.example wrote much. ", 3000)
	w := newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":     "id,subject,status,requester_id\n1,Printer,open,c1\n2,From zed.quill@person.example,open,c2\n3,Again Zed Quill,open,c2\n4,Other,open,c1\n",
		"customers.csv":   "id,name,email\nc1,Ada Vale,ada@x.example\nc2,Zed Quill,Zed.Quill@Person.example\nc3,Z. Quill,zed2@person.example\n",
		"messages.csv":    "id,ticket_id,author_id,body,created_at,public\nm1,2,c2," + long + ",2020-01-01T10:00:00Z,yes\nm2,2,c1,Ask him,2020-01-02T10:00:00Z,yes\nm3,1,c2,I had that too,2020-01-03T10:00:00Z,yes\nm4,1,c1,Thanks,2020-01-04T10:00:00Z,yes\n",
		"attachments.csv": "id,message_id,file_name,content_type,size\na1,m1,zed.txt,text/plain,3\n",
	}, nil)
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		two, err := tx.Record(model.Key{Object: model.Contact, ID: "c2"})
		if err != nil {
			return err
		}
		three, err := tx.Record(model.Key{Object: model.Contact, ID: "c3"})
		if err != nil {
			return err
		}
		if _, err := tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Does: "merge", Object: model.Contact, Settings: map[string]string{}}, model.Merged, []store.Hit{{Seq: three.Seq, Survivor: two.Seq}}); err != nil {
			return err
		}
		m1, err := tx.Record(model.Key{Object: model.Message, ID: "m1"})
		if err != nil {
			return err
		}
		hash, size, err := w.Files().Put(strings.NewReader("a picture of Zed Quill"))
		if err != nil {
			return err
		}
		return tx.PutFile(m1.Seq, store.File{Name: "zed.txt", Type: "text/plain", Hash: hash, Size: size})
	}))
	w.move()
	w.must(os.WriteFile(w.DB().Path()+".before-3", []byte("an old copy with zed.quill@person.example"), 0o600))
	if _, err := w.WriteArchive(w.ctx, filepath.Join(w.Dir, "workbooks", "Archive.html"), []model.Fate{model.Moved}, 0, time.Now(), job.New("archive")); err != nil {
		t.Fatal(err)
	}
	w.must(os.WriteFile(filepath.Join(w.Dir, "reports", "other.txt"), []byte("about somebody else"), 0o600))
	_, err := w.Backup(w.ctx, backup.Folder(t.TempDir()), "before.waybill-backup", backup.Options{}, job.New("backup"))
	w.must(err)
	w.must(w.Words().Wait(w.ctx))
	finds := func(text string) bool {
		w.must(w.Words().Wait(w.ctx))
		a, _, err := w.Words().Search(w.ctx, text)
		w.must(err)
		seqs := []int64{}
		w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
			for _, o := range []model.Object{model.Ticket, model.Message, model.Contact} {
				got, err := tx.Seqs(store.Filter{Object: o})
				if err != nil {
					return err
				}
				seqs = append(seqs, got...)
			}
			return nil
		}))
		return slices.ContainsFunc(seqs, a.Has)
	}
	if !finds("quill") || !finds("thanks") || !anywhere(t, filepath.Join(w.Dir, "search"), "quil") {
		t.Fatal("the words of the person are not in the index, so this test cannot see them go")
	}
	if !anywhere(t, w.Dir, "zed.quill@person.example") || !anywhere(t, w.Dir, "zed2@person.example") {
		t.Fatal("the test looks in the wrong place")
	}

	who, err := w.FindPerson(w.ctx, " zed.quill@person.EXAMPLE ")
	w.must(err)
	if who.Records[model.Contact] != 2 || who.Records[model.Ticket] != 2 || who.Records[model.Message] != 3 || who.Records[model.Attachment] != 1 {
		t.Errorf("%+v", who)
	}
	before := w.account(model.Ticket)
	c, err := w.Erase(w.ctx, "zed.quill@person.example", "Request 17 of 20 November", job.New("erase"))
	w.must(err)
	if c.Records[model.Ticket] != 2 || c.Attachments != 1 || len(c.Files) != 1 || len(c.Backups) != 1 || len(c.Target) < 5 || len(c.Mentions) != 0 || c.By.Name != "Ann" || len(c.Digest) != 64 {
		t.Errorf("%+v", c)
	}
	// The source's own files lie elsewhere, and the practice desk of this test in memory.
	if _, err := os.Stat(filepath.Join(w.Dir, "search")); err == nil {
		t.Error("the index of words was kept over an erasure")
	}
	if finds("quill") || finds("zed2") || !finds("thanks") || anywhere(t, filepath.Join(w.Dir, "search"), "quil") {
		t.Error("the person is found by the index of words")
	}
	for _, text := range []string{"zed.quill", "Zed.Quill", "zed2@", "Zed Quill", "I had that too"} {
		if anywhere(t, filepath.Join(w.Dir), text) {
			t.Errorf("%q is still in the project", text)
		}
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "reports", "other.txt")); err != nil {
		t.Errorf("what says nothing of them was taken away: %v", err)
	}
	after := w.account(model.Ticket)
	if after.Source != before.Source-2 || after.Moved != before.Moved-2 || after.Erased != 2 || !after.Balances() {
		t.Errorf("%+v, before %+v", after, before)
	}
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		for _, m := range []model.Object{model.Ticket, model.Message, model.Contact} {
			again, err := tx.Recount(m)
			if err != nil {
				return err
			}
			if kept := w.account(m); again.Source != kept.Source || again.Moved != kept.Moved || again.Merged != kept.Merged {
				t.Errorf("the accounts of %s are kept wrong: %+v, counted %+v", m, kept, again)
			}
		}
		return tx.VerifyAudit()
	}))
	if w.audited("person.erased") != 1 {
		t.Error("the erasure is not in the audit trail")
	}

	// Reading the source again does not bring them back; others come.
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	if finds("quill") {
		t.Error("the index of words has them again")
	}
	if now := w.account(model.Ticket); now.Source != after.Source || anywhere(t, filepath.Join(w.Dir, "project.db"), "zed.quill") {
		t.Errorf("they came back: %+v", now)
	}
	list, err := w.Erasures(w.ctx)
	if err != nil || len(list) != 1 || list[0].Number != 1 || list[0].Why == "" {
		t.Errorf("%+v %v", list, err)
	}
}

// anywhere searches the bytes of a file, or of all files below a folder.
func anywhere(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestErase_listsWhatOthersSayOfThem(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"tickets.csv":   "id,subject,status,requester_id\n1,Please call zed@person.example,open,c1\n2,Mine,open,c2\n3,Ring 0731/55 01-99,open,c1\n4,Ring 0731/55 01-98 for Zed,open,c1\n",
		"customers.csv": "id,name,email,phone\nc1,Ada Vale,ada@x.example,+49 731 550111\nc2,Zed,zed@person.example,+49 (0)731 550199\n",
	}, nil)
	for who, code := range map[string]problem.Code{"nobody@x.example": "erase.nobody", "Zed": "erase.who", "contact/c9": store.CodeNotFound} {
		if _, err := w.Erase(w.ctx, who, "Request", job.New("erase")); !problem.Is(err, code) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if _, err := w.Erase(w.ctx, "zed@person.example", " ", job.New("erase")); !problem.Is(err, "erase.no_reason") {
		t.Errorf("%v", err)
	}
	c, err := w.Erase(w.ctx, "contact/c2", "Request", job.New("erase"))
	w.must(err)
	// The telephone number is found however it is written; a name of one word is not looked for, and that is said.
	if len(c.Mentions) != 2 || c.Mentions[0].Object != model.Ticket || c.Mentions[0].ID != "1" || c.Mentions[1].ID != "3" || c.OneWord != 1 || len(c.Target) != 0 || c.Records[model.Ticket] != 1 {
		t.Errorf("%+v", c)
	}
}

// A program that dies between the erasure and its cleaning up finishes it when it opens
// the project again.
func TestErase_isFinishedAfterACrash(t *testing.T) {
	w := keptWorld(t)
	left := filepath.Join(w.Dir, "workbooks", "old.csv")
	w.must(os.WriteFile(left, []byte("x"), 0o600))
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		return tx.Set("erasure_to_finish", map[string]any{"files": []string{"workbooks/old.csv", "../out.txt"}, "hashes": []string{}})
	}))
	out := filepath.Join(filepath.Dir(w.Dir), "out.txt")
	w.must(os.WriteFile(out, []byte("not ours"), 0o600))
	w.must(w.Close())
	p, err := project.Open(context.Background(), w.Dir, env())
	w.must(err)
	defer func() { w.must(p.Close()) }()
	if _, err := os.Stat(left); err == nil {
		t.Error("it was not finished")
	}
	if _, err := os.Stat(out); err != nil {
		t.Error("a file outside of the project was removed")
	}
	w.must(p.DB().Read(w.ctx, func(tx *store.Tx) error {
		if left, err := tx.Setting("erasure_to_finish", new(any)); left || err != nil {
			t.Errorf("there is still something to finish: %v", err)
		}
		return nil
	}))
}
