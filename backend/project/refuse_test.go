package project_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	practicedesk "waybill/backend/connector/practice"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// told proves that an error is for people, with a code and what to do.
func told(t testing.TB, err error, code problem.Code) {
	t.Helper()
	var p *problem.Problem
	switch {
	case !errors.As(err, &p):
		t.Fatalf("got %v, want a problem with the code %s", err, code)
	case p.Code != code:
		t.Fatalf("got %s (%v), want %s", p.Code, err, code)
	case p.What == "" || p.Why == "" || p.Next == "":
		t.Fatalf("%s does not say what, why and what next: %+v", code, p)
	}
}

func TestOpen_foldersThatCannotBeAProject(t *testing.T) {
	ctx := context.Background()
	t.Run("opened twice", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "A.waybill")
		p, err := project.Create(ctx, dir, project.Info{Name: "A"}, env())
		if err != nil {
			t.Fatal(err)
		}
		_, err = project.Open(ctx, dir, env())
		told(t, err, store.CodeBusy)
		_, err = project.Create(ctx, dir, project.Info{Name: "A"}, env())
		told(t, err, "project.exists")
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if p, err = project.Open(ctx, dir, env()); err != nil {
			t.Fatalf("after the first one closed it: %v", err)
		}
		if p.Info().Name != "A" {
			t.Errorf("it is called %q", p.Info().Name)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("the folder is a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "A.waybill")
		if err := os.WriteFile(path, []byte("my notes"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := project.Create(ctx, path, project.Info{Name: "A"}, env())
		told(t, err, "project.folder")
		_, err = project.Open(ctx, path, env())
		told(t, err, store.CodeNoProject)
		if b, err := os.ReadFile(path); err != nil || string(b) != "my notes" {
			t.Errorf("the file is now %q (%v)", b, err)
		}
	})
	t.Run("an empty folder", func(t *testing.T) {
		_, err := project.Open(ctx, t.TempDir(), env())
		told(t, err, store.CodeNoProject)
	})
	t.Run("no name", func(t *testing.T) {
		_, err := project.Create(ctx, filepath.Join(t.TempDir(), "A"), project.Info{Name: " "}, env())
		told(t, err, "project.no_name")
	})
	t.Run("a read-only folder", func(t *testing.T) {
		dir := readOnly(t)
		_, err := project.Create(ctx, filepath.Join(dir, "A.waybill"), project.Info{Name: "A"}, env())
		told(t, err, store.CodeReadOnly)
	})
	t.Run("a project that became read-only", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("the superuser may write to every folder")
		}
		dir := filepath.Join(t.TempDir(), "A.waybill")
		p, err := project.Create(ctx, dir, project.Info{Name: "A"}, env())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // so that it can be removed
		_, err = project.Open(ctx, dir, env())
		told(t, err, store.CodeReadOnly)
	})
}

// readOnly is a folder that nobody may write to, not even the superuser where there is one.
func readOnly(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // so that it can be removed
		return dir
	}
	for _, dir := range []string{"/sys", "/proc/sys"} {
		err := os.Mkdir(filepath.Join(dir, "waybill-test"), 0o700)
		if errors.Is(err, fs.ErrPermission) || err != nil && strings.Contains(err.Error(), "read-only") {
			return dir
		}
	}
	t.Skip("the superuser may write to every folder here")
	return ""
}

// The disk is full while a plan is made: no plan, nothing half, and with room again it
// goes on as if nothing had been.
func TestPlan_fullDisk(t *testing.T) {
	ctx := context.Background()
	p, _ := small(t)
	full := func(limit int64) {
		err := p.DB().Write(ctx, func(tx *store.Tx) error {
			var pages int64
			if err := tx.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+limit))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := p.Manifest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	full(1)
	_, _, err = p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	told(t, err, store.CodeDiskFull)
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Plan(0)
		return err
	})
	told(t, err, "plan.none")
	after, err := p.Manifest(ctx)
	if err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("accounts before %v, after %v (%v)", before, after, err)
	}
	full(1_000_000)
	pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	accountsOf(t, p)
}

const token = "a-token-that-nobody-must-ever-read"

// small is a project with 400 tickets of 40 customers from two small files, mapped and
// ready to be planned, and the desk that it moves to.
func small(t testing.TB) (*project.Project, *practice.Server) {
	t.Helper()
	ctx := context.Background()
	export := t.TempDir()
	var contacts, tickets strings.Builder
	contacts.WriteString("id,name,email\n")
	tickets.WriteString("id,subject,status,requester_id,created_at\n")
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&contacts, "%d,Customer %d,c%d@x.example\n", i, i, i)
	}
	for i := 1; i <= 400; i++ {
		fmt.Fprintf(&tickets, "%d,\"Subject %d %s\",open,%d,2020-01-02 03:04:05\n", 1000+i, i, strings.Repeat("long ", 30), 1+i%40)
	}
	for name, text := range map[string]string{"contacts.csv": contacts.String(), "tickets.csv": tickets.String()} {
		if err := os.WriteFile(filepath.Join(export, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := practice.Serve(ctx, "127.0.0.1:0", practice.Options{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	p, err := project.Create(ctx, filepath.Join(t.TempDir(), "Small.waybill"), project.Info{Name: "Small"},
		project.Env{Kinds: []connector.Kind{files.Kind(), practicedesk.Kind()}, Vault: secret.Memory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.SetPerson(ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	tables, err := files.Inspect(ctx, []string{export}, func(string, int64, int64) {})
	must(err)
	tables, err = files.Propose(ctx, tables)
	must(err)
	must(p.SetTables(ctx, tables))
	_, err = p.Extract(ctx, nil, job.New("read"))
	must(err)
	_, err = p.Connect(ctx, project.Target, "practice", map[string]string{"address": server.Address, "token": token})
	must(err)
	v, err := p.Suggest(ctx)
	must(err)
	_, err = p.Accept(ctx, v, "as suggested")
	must(err)
	return p, server
}

// Invariant 15: the token is nowhere in the project's folder, whatever was done in it.
func TestProject_secretsAreNotInItsFolder(t *testing.T) {
	ctx := context.Background()
	p, server := small(t)
	pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check(ctx, job.New("check")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.WriteReport(ctx); err != nil {
		t.Fatal(err)
	}
	// A connection that fails does not write it down either.
	_, err = p.Connect(ctx, project.Target, "practice", map[string]string{"address": server.Address, "token": token + "-wrong"})
	told(t, err, connector.CodeUnauthorized)
	if strings.Contains(err.Error(), token) {
		t.Errorf("the message says the token: %v", err)
	}
	// And what was connected before still works.
	if _, err := p.Check(ctx, job.New("check")); err != nil {
		t.Errorf("after a failed try the old connection is broken: %v", err)
	}
	looked := 0
	err = filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		if bytes.Contains(b, []byte(token)) {
			t.Errorf("the token is in %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 3 {
		t.Errorf("only %d files were looked at", looked)
	}
}

func TestSign_onlyWhatBalancesAndNeverOnesOwnWork(t *testing.T) {
	ctx := context.Background()
	p, server := small(t)
	it, bea := model.Person{Name: "Tom", Role: "IT"}, model.Person{Name: "Bea", Role: "business owner"}
	// Nothing was moved yet.
	told(t, p.Sign(ctx, "technical", it, "All there.", ""), "approval.out_of_balance")
	// Invariant 14: who made the mapping may not approve it.
	told(t, p.Approve(ctx, 0, "It is right."), "approval.own_work")
	pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run")); err != nil {
		t.Fatal(err)
	}
	told(t, p.Sign(ctx, "technical", it, "Not read back yet.", ""), "approval.out_of_balance")
	// A person changes a ticket there: the check finds it.
	line := store.LedgerLine{}
	if err := p.DB().Read(ctx, func(tx *store.Tx) error {
		sent, err := tx.Sent(model.Ticket, 0, 1)
		if err == nil {
			line = sent[0]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	call(t, server, "PATCH", "/api/v1/tickets/"+line.ID, `{"subject":"Another one"}`)
	res, err := p.Check(ctx, job.New("check"))
	if err != nil {
		t.Fatal(err)
	}
	if res.Passed {
		t.Fatal("the check did not see the changed ticket")
	}
	told(t, p.Sign(ctx, "business", bea, "Fine.", ""), "approval.out_of_balance")
	told(t, p.Sign(ctx, "waiver", bea, " ", ""), "approval.no_waiver")
	told(t, p.Sign(ctx, "waiver", model.Person{Name: "Bea"}, "I know.", ""), "approval.no_name")
	if err := p.Sign(ctx, "waiver", bea, "We changed that subject ourselves.", ""); err != nil {
		t.Fatal(err)
	}
	told(t, p.Sign(ctx, "business", model.Person{Name: "ann", Role: "lead"}, "My own.", ""), "approval.own_work")
	told(t, p.Sign(ctx, "blood", bea, "x", ""), "approval.kind")
	if err := p.Sign(ctx, "technical", it, "All there but one.", ""); err != nil {
		t.Fatal(err)
	}
	if err := p.Sign(ctx, "business", bea, "Accepted.", ""); err != nil {
		t.Fatal(err)
	}
	told(t, p.Sign(ctx, "waiver", bea, "Once more.", ""), "approval.nothing_to_waive")
	f, err := p.Facts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Approvals) != 3 {
		t.Errorf("the report has %d signatures, want 3", len(f.Approvals))
	}
	// Another damage is not covered by the waiver of the first.
	call(t, server, "DELETE", "/api/v1/tickets/"+line.ID, "")
	if _, err := p.Check(ctx, job.New("check")); err != nil {
		t.Fatal(err)
	}
	told(t, p.Sign(ctx, "technical", it, "All there?", ""), "approval.out_of_balance")
	if err := p.DB().Read(ctx, func(tx *store.Tx) error { return tx.VerifyAudit() }); err != nil {
		t.Error(err)
	}
}

// Invariant 12: the same state gives the same PDF, byte for byte, also after the project
// was closed and opened again.
func TestWriteReport_theSameStateGivesTheSameBytes(t *testing.T) {
	ctx := context.Background()
	p, _ := small(t)
	first, err := p.WriteReport(ctx)
	if err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.WriteReport(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(again.Path)
	if err != nil {
		t.Fatal(err)
	}
	if first != again || !bytes.Equal(a, b) {
		t.Errorf("%+v and %+v", first, again)
	}
	if !bytes.HasPrefix(a, []byte("%PDF-")) {
		t.Error("it is not a PDF")
	}
	if err := p.SetPerson(ctx, model.Person{Name: "Tom", Role: "IT"}); err != nil {
		t.Fatal(err)
	}
	if err := p.Approve(ctx, 0, "Right."); err != nil {
		t.Fatal(err)
	}
	if third, err := p.WriteReport(ctx); err != nil || third.SHA256 == first.SHA256 {
		t.Errorf("after an approval the report is the same: %s (%v)", third.SHA256, err)
	}
}
