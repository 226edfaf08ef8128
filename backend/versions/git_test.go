package versions_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"waybill/backend/mapping"
	"waybill/backend/problem"
	"waybill/backend/versions"
)

func nothingTaken(string) bool { return false }

// changedRules is rules with another owner of a field.
func changedRules(owner string) mapping.Version {
	v := rules()
	v.Objects[2].Fields[0].Owner = owner
	return v
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func export(t *testing.T, dir string, all ...versions.Version) (string, []versions.Commit) {
	t.Helper()
	folder, made, bad := versions.Export(dir, id, all, nothingTaken)
	if bad != nil {
		t.Fatal(bad)
	}
	return folder, made
}

// log gives the commits of a repository, the newest first.
func log(t *testing.T, dir string) []*object.Commit {
	t.Helper()
	r, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true})
	if err != nil {
		t.Fatal(err)
	}
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	it, err := r.Log(&git.LogOptions{From: head.Hash()})
	if err != nil {
		t.Fatal(err)
	}
	var out []*object.Commit
	for {
		c, err := it.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
}

// itself runs git, where there is one, so that not only the library judges its own work.
func itself(t *testing.T, dir string, args ...string) (string, bool) {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Log("git is not installed, so only the library judges")
		return "", false
	}
	cmd := exec.Command(path, append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return string(out), true
}

// a commit for each version, with its author and time.
func TestExport_R031_oneCommitForEachVersion(t *testing.T) {
	dir := t.TempDir()
	one, two := number(1, rules()), number(2, changedRules("Zoe"))
	folder, made := export(t, dir, one)
	if len(made) != 1 || made[0].Number != 1 {
		t.Fatalf("made %+v in %s", made, folder)
	}
	if _, made = export(t, dir, one, two); len(made) != 1 || made[0].Number != 2 {
		t.Fatalf("made %+v", made)
	}
	if _, made = export(t, dir, one, two); len(made) != 0 {
		t.Errorf("nothing is new, and it made %+v", made)
	}
	list := log(t, dir)
	if len(list) != 2 || list[0].ID().String() != made0(list) {
		t.Fatalf("%d commits", len(list))
	}
	c := list[0]
	if c.Author.Name != "Ann Lead" || !c.Author.When.Equal(time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)) || !strings.HasPrefix(c.Message, "Mapping version 2: After call 2\n\n- ticket › subject") {
		t.Errorf("%+v %q", c.Author, c.Message)
	}
	for _, want := range []string{"Waybill-Version: 2\n", "Waybill-Hash: " + two.Hash, "Waybill-Project: p-1\n", "Approved-by: Bea Stein\n"} {
		if !strings.Contains(c.Message, want) {
			t.Errorf("the message lacks %q: %s", want, c.Message)
		}
	}
	if s, ok := itself(t, dir, "status", "--porcelain"); ok && s != "" {
		t.Errorf("git sees changes: %s", s)
	}
	if s, ok := itself(t, dir, "fsck", "--strict"); ok && strings.Contains(s, "error") {
		t.Errorf("git complains: %s", s)
	}
	if s, ok := itself(t, dir, "diff", "HEAD~1", "--stat"); ok && !strings.Contains(s, "ticket.mapping") {
		t.Errorf("what changed: %s", s)
	}
	got, found := versions.ReadFolder(dir, id)
	if len(found) > 0 || got.Version.Hash() != two.Hash || got.Number != 2 {
		t.Errorf("read back: %v %d", found, got.Number)
	}
	// The same versions give the same commits, whoever writes them and whenever.
	again := t.TempDir()
	export(t, again, one, two)
	if a := log(t, again); len(a) != 2 || a[0].Hash != list[0].Hash {
		t.Error("the same versions gave other commits")
	}
}

func made0(list []*object.Commit) string { return list[0].Hash.String() }

// An existing repository is respected: its files, its branch, what is staged and what is not.
func TestExport_R031_anExistingRepositoryIsRespected(t *testing.T) {
	top := t.TempDir()
	r, err := git.PlainInitWithOptions(top, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName("trunk")}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "app.go"), "package app\n")
	put(t, filepath.Join(top, "docs", "read.me"), "hello\n")
	for _, name := range []string{"app.go", "docs/read.me"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	who := &object.Signature{Name: "Dev", Email: "dev@example.org", When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if _, err := w.Commit("first", &git.CommitOptions{Author: who}); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "app.go"), "package app // staged\n")
	if _, err := w.Add("app.go"); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "app.go"), "package app // staged, then more\n")
	put(t, filepath.Join(top, "new.txt"), "staged, new\n")
	if _, err := w.Add("new.txt"); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "docs", "loose.txt"), "not staged\n")

	folder, made := export(t, filepath.Join(top, "docs"), number(1, rules()), number(2, changedRules("Zoe")))
	if len(made) != 2 || filepath.Base(folder) != "waybill-mapping" {
		t.Fatalf("%+v in %s", made, folder)
	}
	head, err := r.Head()
	if err != nil || head.Name().Short() != "trunk" {
		t.Errorf("on %v, %v", head, err)
	}
	list := log(t, top)
	if len(list) != 3 {
		t.Fatalf("%d commits", len(list))
	}
	for _, c := range list[:2] {
		stats, err := c.Stats()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stats {
			if !strings.HasPrefix(s.Name, "docs/waybill-mapping/") {
				t.Errorf("the commit touches %s", s.Name)
			}
		}
	}
	if get(t, filepath.Join(top, "app.go")) != "package app // staged, then more\n" || get(t, filepath.Join(top, "docs", "loose.txt")) != "not staged\n" {
		t.Error("a file of others was changed")
	}
	if s, ok := itself(t, top, "status", "--porcelain"); ok && s != "MM app.go\nA  new.txt\n?? docs/loose.txt\n" {
		t.Errorf("git sees %q", s)
	}
	if s, ok := itself(t, top, "diff", "--cached", "app.go"); ok && !strings.Contains(s, "+package app // staged\n") {
		t.Errorf("staged is %s", s)
	}
	if s, ok := itself(t, top, "fsck", "--strict"); ok && strings.Contains(s, "error") {
		t.Errorf("git complains: %s", s)
	}
	if _, err := os.Stat(filepath.Join(top, ".git", "index.lock")); err == nil {
		t.Error("the lock is left")
	}
}

func TestExport_neverOverwritesWhatPeopleChangedThere(t *testing.T) {
	one, two := number(1, rules()), number(2, changedRules("Zoe"))
	edit := func(t *testing.T, folder string) string {
		name := filepath.Join(folder, "ticket.mapping")
		text := strings.Replace(get(t, name), "owner: Mia Weber", "owner: Otto", 1)
		put(t, name, text)
		return text
	}
	dir := t.TempDir()
	folder, _ := export(t, dir, one)
	text := edit(t, folder)
	if _, _, bad := versions.Export(dir, id, []versions.Version{one, two}, nothingTaken); bad == nil || bad.Code != versions.CodeEdited {
		t.Fatalf("edited on the disk: %v", bad)
	}
	if get(t, filepath.Join(folder, "ticket.mapping")) != text || len(log(t, dir)) != 1 {
		t.Error("the edit is gone")
	}
	got, found := versions.ReadFolder(dir, id)
	if len(found) > 0 || got.Number != 1 || got.Version.Hash() == one.Hash {
		t.Fatalf("%v %+v", found, got.Number)
	}
	d := mapping.Diff(one.Version, got.Version)
	if len(d) != 1 || d[0].New != "Otto" {
		t.Errorf("the edit reads as %v", d)
	}
	// Once it was taken over, the next version may be written, and holds it.
	three := number(2, changedRules("Otto"))
	if _, made, bad := versions.Export(dir, id, []versions.Version{one, three}, func(h string) bool { return h == got.Version.Hash() }); bad != nil || len(made) != 1 {
		t.Fatalf("%v %v", made, bad)
	}
	// The same for what somebody committed.
	dir = t.TempDir()
	folder, _ = export(t, dir, one)
	edit(t, folder)
	r, err := git.PlainOpen(folder)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit("by hand", &git.CommitOptions{All: true, Author: &object.Signature{Name: "Dev", Email: "d@x.example", When: time.Unix(1, 0)}}); err != nil {
		t.Fatal(err)
	}
	if _, _, bad := versions.Export(dir, id, []versions.Version{one, two}, nothingTaken); bad == nil || bad.Code != versions.CodeEdited {
		t.Errorf("edited and committed: %v", bad)
	}
}

func TestExport_refusesWhatIsNotItsOwn(t *testing.T) {
	one := number(1, rules())
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		code problem.Code
	}{
		"another project": {func(t *testing.T, dir string) {
			if _, _, bad := versions.Export(dir, versions.Identity{ProjectID: "p-2", ProjectName: "Other"}, []versions.Version{one}, nothingTaken); bad != nil {
				t.Fatal(bad)
			}
		}, versions.CodeOther},
		"a merge under way": {func(t *testing.T, dir string) {
			export(t, dir, one)
			put(t, filepath.Join(dir, ".git", "MERGE_HEAD"), strings.Repeat("0", 40)+"\n")
		}, versions.CodeBusy},
		"another program": {func(t *testing.T, dir string) {
			export(t, dir, one)
			put(t, filepath.Join(dir, ".git", "index.lock"), "")
		}, versions.CodeBusy},
		"a file in the way": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "x"), "")
			put(t, filepath.Join(dir, "waybill-mapping"), "a file")
		}, versions.CodeInTheWay},
		"a link in the way": {func(t *testing.T, dir string) {
			export(t, dir, one)
			name := filepath.Join(dir, "lead.mapping")
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), name); err != nil {
				t.Skip("this system makes no links:", err)
			}
		}, versions.CodeInTheWay},
		"a broken repository": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, ".git", "HEAD"), "nonsense")
			put(t, filepath.Join(dir, ".git", "config"), "[core")
		}, versions.CodeGit},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(t, dir)
			_, made, bad := versions.Export(dir, id, []versions.Version{one, number(2, changedRules("Zoe"))}, nothingTaken)
			if bad == nil || bad.Code != c.code || len(made) > 0 || bad.Why == "" || bad.Next == "" {
				t.Errorf("made %v: %v", made, bad)
			}
		})
	}
	if _, _, bad := versions.Export(t.TempDir(), id, nil, nothingTaken); bad == nil || bad.Code != versions.CodeNoVersion {
		t.Errorf("no version: %v", bad)
	}
	if _, found := versions.ReadFolder(t.TempDir(), id); len(found) != 1 || found[0].Code != versions.CodeMissing {
		t.Errorf("nothing there: %v", codes(found))
	}
}
