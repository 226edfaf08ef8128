package versions

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"waybill/backend/problem"
)

// Commit is what one version became in the repository.
type Commit struct {
	Number int
	// ID of the commit.
	ID string
}

// Export writes the versions that the folder does not have yet, each as one commit with its
// author and time, the oldest first. all are the versions of the project, oldest first. taken
// says whether a content that people changed in the folder was taken over already; what was
// not is never overwritten. The folder where the text lies is given back.
func Export(dir string, id Identity, all []Version, taken func(hash string) bool) (folder string, made []Commit, bad *problem.Problem) {
	if len(all) == 0 {
		return "", nil, problem.New(CodeNoVersion, "There is no version to write.", "Only accepted versions go into the folder.", "Accept the mapping first.")
	}
	folder, bad = place(dir, id)
	if bad != nil {
		return "", nil, bad
	}
	r, bad := openRepo(folder)
	if bad != nil {
		return "", nil, bad
	}
	unlock, bad := r.lock()
	if bad != nil {
		return "", nil, bad
	}
	defer unlock()
	made, bad = r.export(id, all, taken)
	return folder, made, bad
}

// repo is a repository and our folder in it.
type repo struct {
	*git.Repository
	git    string // its .git folder
	folder string
	prefix string // of the folder in the tree, with slashes; empty: the top
}

func gitFailed(err error, folder string) *problem.Problem {
	return problem.Wrap(err, CodeGit, "The Git repository could not be used.", "Nothing in it was changed by Waybill, unless a commit is listed.", "Look at it with git status; a new, empty folder always works.").At(problem.Place{File: folder})
}

// openRepo opens the repository around a folder, or makes one in it.
func openRepo(folder string) (repo, *problem.Problem) {
	r := repo{folder: folder}
	from := folder
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		from = filepath.Dir(folder)
	}
	var err error
	r.Repository, err = git.PlainOpenWithOptions(from, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		r.Repository, err = git.PlainInitWithOptions(folder, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName("main")}})
	}
	if err != nil {
		return r, gitFailed(err, folder)
	}
	w, err := r.Worktree()
	if err != nil {
		return r, problem.Wrap(err, CodeGit, "This repository has no working folder.", "A bare repository holds no files that people could read.", "Choose a folder of a clone.").At(problem.Place{File: folder})
	}
	s, ok := r.Storer.(*filesystem.Storage)
	if !ok {
		return r, gitFailed(errors.New("not on a disk"), folder)
	}
	r.git = s.Filesystem().Root()
	top, err := filepath.EvalSymlinks(w.Filesystem.Root())
	if err != nil {
		return r, gitFailed(err, folder)
	}
	rel, err := filepath.Rel(top, folder)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) || slices.Contains(strings.Split(filepath.ToSlash(rel), "/"), ".git") {
		return r, gitFailed(fmt.Errorf("%s is not in %s", folder, top), folder)
	}
	if r.prefix = filepath.ToSlash(rel); rel == "." {
		r.prefix = ""
	}
	return r, nil
}

// lock keeps git itself away for a moment, as git does; it refuses while something is half done.
func (r repo) lock() (func(), *problem.Problem) {
	busy := func(what string) *problem.Problem {
		return problem.New(CodeBusy, "Something is half done in this repository: "+what+".", "A commit in between would mix the two.", "Finish or cancel it with git, then try again.").At(problem.Place{File: r.folder})
	}
	for name, what := range map[string]string{
		"MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert", "rebase-merge": "a rebase", "rebase-apply": "a rebase", "BISECT_LOG": "a bisect",
	} {
		if _, err := os.Lstat(filepath.Join(r.git, name)); err == nil {
			return nil, busy(what)
		}
	}
	name := filepath.Join(r.git, "index.lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, busy("another program is at work, or was stopped and left its lock behind")
	}
	if err != nil {
		return nil, gitFailed(err, r.folder)
	}
	return func() {
		_ = f.Close() // nothing was written into it
		_ = os.Remove(name)
	}, nil
}

func (r repo) export(id Identity, all []Version, taken func(string) bool) ([]Commit, *problem.Problem) {
	head, tree, err := r.head()
	if err != nil {
		return nil, gitFailed(err, r.folder)
	}
	there, err := r.committed(tree)
	if err != nil {
		return nil, gitFailed(err, r.folder)
	}
	last := 0
	if len(there) > 0 {
		if last, err = known(there, all, taken); err != nil {
			return nil, edited(err, r.folder)
		}
	}
	onDisk, bad := files(r.folder)
	if bad != nil {
		return nil, bad
	}
	if len(onDisk) > 0 && !sameText(onDisk, there) {
		if _, err := known(onDisk, all, taken); err != nil {
			return nil, edited(err, r.folder)
		}
	}
	var made []Commit
	var text map[string][]byte
	for _, v := range all {
		if v.Number <= last {
			continue
		}
		text = Text(v, id)
		root, err := r.putTree(tree, splitPath(r.prefix), text)
		if err != nil {
			return made, gitFailed(err, r.folder)
		}
		commit, err := r.commit(root, head, v, id)
		if err != nil {
			return made, gitFailed(err, r.folder)
		}
		if err := r.advance(head, commit); err != nil {
			return made, gitFailed(err, r.folder)
		}
		head = plumbing.NewHashReference(plumbing.HEAD, commit)
		if tree, err = object.GetTree(r.Storer, root); err != nil {
			return made, gitFailed(err, r.folder)
		}
		made = append(made, Commit{v.Number, commit.String()})
	}
	if text == nil { // nothing new; the files may have been removed from the disk
		text = there
	}
	if err := writeAll(r.folder, text); err != nil {
		return made, problem.Wrap(err, CodeNotWrite, "The files could not be written.", "The commits are there, but the folder does not show them.", "Check the disk, then run git checkout in the folder.").At(problem.Place{File: r.folder})
	}
	if err := r.stage(text); err != nil {
		return made, gitFailed(err, r.folder)
	}
	return made, nil
}

var errEdited = errors.New("the text is not what a version says")

// known gives the number of the version that a text is, or was made from and then taken over.
func known(text map[string][]byte, all []Version, taken func(string) bool) (int, error) {
	got, wrong := Parse(text)
	if len(wrong) > 0 {
		return 0, wrong[0]
	}
	for _, v := range all {
		if v.Number == got.Number && v.Hash == got.Version.Hash() {
			return v.Number, nil
		}
	}
	if taken(got.Version.Hash()) {
		return got.Number, nil
	}
	return 0, errEdited
}

func edited(err error, folder string) *problem.Problem {
	return problem.Wrap(err, CodeEdited, "Somebody changed the mapping in this folder.", "Writing the versions would undo that work without anybody having seen it.", "Take the changes of the folder over first, or put them back with git.").At(problem.Place{File: folder})
}

// head gives what is checked out: nil before the first commit.
func (r repo) head() (*plumbing.Reference, *object.Tree, error) {
	ref, err := r.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := r.CommitObject(ref.Hash())
	if err != nil {
		return nil, nil, err
	}
	t, err := c.Tree()
	return ref, t, err
}

// committed reads the text of our folder from a commit.
func (r repo) committed(tree *object.Tree) (map[string][]byte, error) {
	out := map[string][]byte{}
	if tree == nil {
		return out, nil
	}
	if r.prefix != "" {
		sub, err := tree.Tree(r.prefix)
		if errors.Is(err, object.ErrDirectoryNotFound) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		tree = sub
	}
	for _, e := range tree.Entries {
		if !isOurs(e.Name) {
			continue
		}
		f, err := tree.TreeEntryFile(&e)
		if err != nil {
			return nil, err
		}
		text, err := f.Contents()
		if err != nil {
			return nil, err
		}
		out[e.Name] = []byte(text)
	}
	return out, nil
}

func splitPath(p string) []string {
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

// putTree writes a tree that has our text at a path, and everything else as it was.
func (r repo) putTree(base *object.Tree, at []string, text map[string][]byte) (plumbing.Hash, error) {
	var entries []object.TreeEntry
	if base != nil {
		entries = slices.Clone(base.Entries)
	}
	if len(at) > 0 {
		var sub *object.Tree
		i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == at[0] })
		if i >= 0 {
			if entries[i].Mode != filemode.Dir {
				return plumbing.ZeroHash, fmt.Errorf("%s is not a folder in the repository", at[0])
			}
			var err error
			if sub, err = object.GetTree(r.Storer, entries[i].Hash); err != nil {
				return plumbing.ZeroHash, err
			}
			entries = slices.Delete(entries, i, i+1)
		}
		h, err := r.putTree(sub, at[1:], text)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		return r.writeTree(append(entries, object.TreeEntry{Name: at[0], Mode: filemode.Dir, Hash: h}))
	}
	entries = slices.DeleteFunc(entries, func(e object.TreeEntry) bool { return isOurs(e.Name) })
	for _, name := range slices.Sorted(maps.Keys(text)) {
		h, err := r.putBlob(text[name])
		if err != nil {
			return plumbing.ZeroHash, err
		}
		entries = append(entries, object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: h})
	}
	return r.writeTree(entries)
}

func (r repo) writeTree(entries []object.TreeEntry) (plumbing.Hash, error) {
	sort.Sort(object.TreeEntrySorter(entries))
	o := r.Storer.NewEncodedObject()
	if err := (&object.Tree{Entries: entries}).Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.Storer.SetEncodedObject(o)
}

func (r repo) putBlob(b []byte) (h plumbing.Hash, err error) {
	o := r.Storer.NewEncodedObject()
	o.SetType(plumbing.BlobObject)
	w, err := o.Writer()
	if err != nil {
		return h, err
	}
	if _, err = w.Write(b); err != nil {
		return h, errors.Join(err, w.Close())
	}
	if err = w.Close(); err != nil {
		return h, err
	}
	return r.Storer.SetEncodedObject(o)
}

// commit writes the commit of a version: its author and its time, not those of the export.
func (r repo) commit(tree plumbing.Hash, parent *plumbing.Reference, v Version, id Identity) (plumbing.Hash, error) {
	by := object.Signature{Name: personName(v.Author), When: v.At.UTC()}
	c := &object.Commit{Author: by, Committer: by, Message: message(v, id), TreeHash: tree}
	if parent != nil {
		c.ParentHashes = []plumbing.Hash{parent.Hash()}
	}
	o := r.Storer.NewEncodedObject()
	if err := c.Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.Storer.SetEncodedObject(o)
}

// personName is a name as a commit may hold it.
func personName(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == '<' || c == '>' || c < 32 {
			return ' '
		}
		return c
	}, s)
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "Waybill"
	}
	return s
}

// message says what the version is about; the last lines are for programs.
func message(v Version, id Identity) string {
	reason := strings.Join(strings.Fields(v.Reason), " ")
	subject := fmt.Sprintf("Mapping version %d", v.Number)
	if reason != "" {
		subject += ": " + reason
	}
	var b strings.Builder
	if r := []rune(subject); len(r) > 72 {
		b.WriteString(strings.TrimSpace(string(r[:71])) + "…\n\n" + reason + "\n\n")
	} else {
		b.WriteString(subject + "\n\n")
	}
	const most = 200
	for i, c := range v.Changes {
		if i == most {
			fmt.Fprintf(&b, "- and %d more changes\n", len(v.Changes)-most)
			break
		}
		b.WriteString("- " + strings.Join(strings.Fields(c), " ") + "\n")
	}
	if len(v.Changes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range v.Approved {
		b.WriteString("Approved-by: " + personName(n) + "\n")
	}
	fmt.Fprintf(&b, "Waybill-Project: %s\nWaybill-Version: %d\nWaybill-Hash: %s\n", id.ProjectID, v.Number, v.Hash)
	return b.String()
}

// advance moves what is checked out to a commit, unless somebody else moved it meanwhile.
func (r repo) advance(old *plumbing.Reference, to plumbing.Hash) error {
	at, err := r.Reference(plumbing.HEAD, false)
	if err != nil {
		return err
	}
	name := plumbing.HEAD // nothing is on a branch
	if at.Type() == plumbing.SymbolicReference {
		name = at.Target()
	}
	next := plumbing.NewHashReference(name, to)
	if old == nil {
		return r.Storer.SetReference(next)
	}
	return r.Storer.CheckAndSetReference(next, plumbing.NewHashReference(name, old.Hash()))
}

// stage tells Git that the files of our folder are those of the commit. All else that is
// staged stays as it is.
func (r repo) stage(text map[string][]byte) error {
	idx, err := r.Storer.Index()
	if err != nil {
		return err
	}
	idx.Entries = slices.DeleteFunc(idx.Entries, func(e *index.Entry) bool {
		dir, name := path.Split(e.Name)
		return strings.TrimSuffix(dir, "/") == r.prefix && isOurs(name)
	})
	for _, name := range slices.Sorted(maps.Keys(text)) {
		info, err := os.Stat(filepath.Join(r.folder, name))
		if err != nil {
			return err
		}
		h, err := r.putBlob(text[name])
		if err != nil {
			return err
		}
		idx.Entries = append(idx.Entries, &index.Entry{
			Name: path.Join(r.prefix, name), Hash: h, Mode: filemode.Regular, Size: uint32(info.Size()), ModifiedAt: info.ModTime(), CreatedAt: info.ModTime(), //nolint:gosec // bounded by mostBytes
		})
	}
	return r.Storer.SetIndex(idx)
}
