//go:build unix

package backup_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"waybill/backend/backup"
	"waybill/backend/blob"
	"waybill/backend/job"
	"waybill/backend/store"
)

// childEnv names, in a child, the folder of the project and that of the backup.
const childEnv = "WAYBILL_TEST_BACKUP_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		fmt.Println(child(dir))
		os.Exit(1) // it is killed before
	}
	os.Exit(m.Run())
}

// child backs a project up, says when half of it is written, and waits to be killed.
func child(dir string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(dir, "project", "project.db"))
	if err != nil {
		return err
	}
	blobs, err := blob.Open(filepath.Join(dir, "project", "files"))
	if err != nil {
		return err
	}
	w := world{dir: filepath.Join(dir, "project"), db: db, blobs: blobs}
	place := stuck{backup.Folder(filepath.Join(dir, "there"))}
	_, err = backup.Write(ctx, w.input(), place, name, backup.Options{PartSize: 500_000}, job.New("backup"))
	return err
}

// stuck stops for ever in the middle of the second part.
type stuck struct{ backup.Place }

func (s stuck) Put(ctx context.Context, name string, r io.Reader) error {
	if filepath.Ext(name) != ".002" {
		return s.Place.Put(ctx, name, r)
	}
	return s.Place.Put(ctx, name, io.MultiReader(io.LimitReader(r, 100_000), forever{}))
}

type forever struct{}

func (forever) Read([]byte) (int, error) { fmt.Println("now"); select {} }

func TestBackup_killedInTheMiddle(t *testing.T) {
	w := newWorld(t, 30, noise(21, 2_000_000))
	dir := t.TempDir()
	project, there := filepath.Join(dir, "project"), filepath.Join(dir, "there")
	if err := os.Mkdir(there, 0o700); err != nil {
		t.Fatal(err)
	}
	w.must(backup.Folder(dir), name, backup.Options{})
	if _, _, err := backup.Restore(context.Background(), backup.Folder(dir), name, backup.Options{}, project, job.New("restore")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed: that is its error
	if line != "now\n" || err != nil {
		t.Fatalf("the child said %q, %v", line, err)
	}
	_, _, err = backup.Restore(context.Background(), backup.Folder(there), name, backup.Options{}, filepath.Join(t.TempDir(), "x"), job.New("restore"))
	if code(err) != backup.CodeIncomplete {
		t.Errorf("the broken backup was taken: %v", err)
	}
	// The next one works, and takes away what the killed one left in the project.
	db, err := store.Open(context.Background(), filepath.Join(project, "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	left, err := filepath.Glob(filepath.Join(project, ".waybill-snapshot-*"))
	if err != nil || len(left) == 0 {
		t.Fatalf("the child had made no snapshot: %v %v", left, err)
	}
	again := world{t: t, dir: project, db: db, blobs: w.blobs}
	again.must(backup.Folder(there), "second"+backup.Extension, backup.Options{})
	if left, err = filepath.Glob(filepath.Join(project, ".waybill-snapshot-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
