package versions

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"waybill/backend/problem"
)

// subfolder is where the text goes when the chosen folder holds something else already.
const subfolder = "waybill-mapping"

// place finds the folder of the text: the chosen one when it is empty or ours, else one inside.
func place(dir string, id Identity) (string, *problem.Problem) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", problem.Wrap(err, CodeMissing, "The folder cannot be found.", "It was moved, renamed or deleted.", "Choose it again.").At(problem.Place{File: dir})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", problem.Wrap(err, CodeMissing, "The folder cannot be read.", "It may be a file, or belong to somebody else.", "Choose another one.").At(problem.Place{File: dir})
	}
	others := false
	for _, e := range entries {
		if e.Name() == versionFile {
			return dir, theirs(dir, id)
		}
		others = others || e.Name() != ".git"
	}
	if !others {
		return dir, nil
	}
	dir = filepath.Join(dir, subfolder)
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil || !info.IsDir():
		return "", problem.Wrap(err, CodeInTheWay, "Something else is called “"+subfolder+"” there.", "Waybill does not overwrite it.", "Choose another folder.").At(problem.Place{File: dir})
	}
	return dir, theirs(dir, id)
}

// theirs refuses a folder of another project.
func theirs(dir string, id Identity) *problem.Problem {
	files, bad := files(dir)
	if bad != nil || len(files) == 0 {
		return bad
	}
	got, found := Parse(map[string][]byte{versionFile: files[versionFile]})
	if len(found) > 0 {
		return found[0]
	}
	return belongs(got.Identity, id, dir)
}

func belongs(got, id Identity, dir string) *problem.Problem {
	if got.ProjectID != id.ProjectID {
		return problem.New(CodeOther, "This folder belongs to another project, “"+got.ProjectName+"”.", "Two projects in one folder would overwrite each other.", "Choose the folder of “"+id.ProjectName+"”, or an empty one.").At(problem.Place{File: dir})
	}
	return nil
}

// files reads the text of a folder. Links are not followed.
func files(dir string) (map[string][]byte, *problem.Problem) {
	out := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, CodeMissing, "The folder cannot be read.", "It may have been moved.", "Choose it again.").At(problem.Place{File: dir})
	}
	left := int64(mostBytes)
	for _, e := range entries {
		if !isOurs(e.Name()) {
			continue
		}
		at := problem.Place{File: filepath.Join(dir, e.Name())}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			return nil, problem.Wrap(err, CodeInTheWay, "“"+e.Name()+"” is not a plain file.", "Waybill does not follow links in a folder of text.", "Remove it.").At(at)
		}
		if left -= info.Size(); left < 0 || len(out) > mostFiles {
			return nil, problem.New(CodeTooLarge, "This folder is far larger than a mapping.", "Nothing was read from it.", "Choose the folder that Waybill wrote.").At(problem.Place{File: dir})
		}
		b, err := os.ReadFile(at.File)
		if err != nil {
			return nil, problem.Wrap(err, CodeMissing, "A file of the folder cannot be read.", "It may belong to somebody else, or be gone.", "Look at it, then try again.").At(at)
		}
		out[e.Name()] = b
	}
	return out, nil
}

// ReadFolder reads the text of a folder: the chosen one, or the one of Waybill inside of it.
func ReadFolder(dir string, id Identity) (Read, []*problem.Problem) {
	found := []string{dir, filepath.Join(dir, subfolder)}
	for _, d := range found {
		if _, err := os.Lstat(filepath.Join(d, versionFile)); err != nil {
			continue
		}
		list, bad := files(d)
		if bad != nil {
			return Read{}, []*problem.Problem{bad}
		}
		got, wrong := Parse(list)
		if len(wrong) > 0 {
			return Read{}, wrong
		}
		if bad := belongs(got.Identity, id, d); bad != nil {
			return Read{}, []*problem.Problem{bad}
		}
		return got, nil
	}
	return Read{}, []*problem.Problem{problem.New(CodeMissing, "This folder holds no mapping of Waybill.", "The file "+versionFile+" is missing, which says where it belongs.", "Choose the folder that Waybill wrote.").At(problem.Place{File: dir})}
}

// writeAll puts the text into the folder, and removes files of ours that it no longer has.
func writeAll(dir string, text map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a repository is meant to be read by others, too
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, keep := text[e.Name()]; !keep && isOurs(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	for name, b := range text {
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to+".part", b, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
		if err := os.Rename(to+".part", to); err != nil {
			return err
		}
	}
	return nil
}

// sameText compares two texts, whatever line ends a checkout gave them.
func sameText(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		y, ok := b[name]
		if !ok || strings.ReplaceAll(string(x), "\r\n", "\n") != strings.ReplaceAll(string(y), "\r\n", "\n") {
			return false
		}
	}
	return true
}
