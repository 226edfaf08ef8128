package api

import (
	"context"
	"path/filepath"
	"strings"

	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// asidePrefix begins the ids of jobs that belong to no project.
const asidePrefix = "aside"

// RestoreForm is what must be said to get a project back from a backup.
type RestoreForm struct {
	Kinds []PlaceKind `json:"kinds"`
	// Folder where projects are proposed to be.
	Folder string `json:"folder"`
}

// PickedBackup is a file that was chosen.
type PickedBackup struct {
	Folder string `json:"folder"`
	Name   string `json:"name"`
}

// RestoreOrder says which backup becomes a project again, and where. Settings are those of
// the place that it lies in, with its secret, which is not kept.
type RestoreOrder struct {
	Kind       string            `json:"kind"`
	Settings   map[string]string `json:"settings"`
	Name       string            `json:"name"`
	Passphrase string            `json:"passphrase"`
	// Folder is where the project's folder is made, Project what it is called.
	Folder  string `json:"folder"`
	Project string `json:"project"`
}

// RestoredView is what came back, compared with what was backed up.
type RestoredView struct {
	// Path of the project, ready to be opened.
	Path   string `json:"path"`
	Backup string `json:"backup"`
	Passed bool   `json:"passed"`
	// Wrong says in words what is not as it was.
	Wrong   []string       `json:"wrong"`
	Objects []RestoredLine `json:"objects"`
	// Records whose content was compared; Files whose content was; Opened as what they are.
	Records    int64 `json:"records"`
	Files      int64 `json:"files"`
	Opened     int64 `json:"opened"`
	Unopenable int64 `json:"unopenable"`
	Audit      bool  `json:"audit"`
	// Manifest is its SHA-256; it covers every other.
	Manifest string  `json:"manifest"`
	Seconds  float64 `json:"seconds"`
}

// RestoredLine compares one kind of records.
type RestoredLine struct {
	Title    string `json:"title"`
	Backed   int64  `json:"backed"`
	Restored int64  `json:"restored"`
	Same     bool   `json:"same"`
}

func placeKinds() []PlaceKind {
	out := []PlaceKind{}
	for _, kind := range []string{backup.KindFolder, backup.KindS3, backup.KindAzure} {
		x := PlaceKind{Kind: kind, Settings: []PlaceSetting{}}
		for _, s := range backup.Settings(kind) {
			x.Settings = append(x.Settings, PlaceSetting(s))
		}
		out = append(out, x)
	}
	return out
}

// RestoreForm gives what must be said; no project needs to be open.
func (k *Keep) RestoreForm() (v RestoreForm, err error) {
	defer guard(&err)
	return RestoreForm{Kinds: placeKinds(), Folder: k.s.o.DocumentsDir}, nil
}

// PickBackup asks for a backup's file, or for the first of its parts; empty when the person
// thought better of it.
func (k *Keep) PickBackup() (v PickedBackup, err error) {
	defer guard(&err)
	list, err := k.s.o.Dialogs.OpenFiles(k.s.ctx, "Choose a backup", []FileFilter{{Title: "Backups of Waybill", Pattern: "*" + backup.Extension + ";*" + backup.Extension + ".001"}})
	if err != nil || len(list) == 0 {
		return v, err
	}
	return PickedBackup{Folder: filepath.Dir(list[0]), Name: wholeName(filepath.Base(list[0]))}, nil
}

// wholeName is the name of a backup of which a part was named.
func wholeName(name string) string {
	if i := strings.LastIndex(name, backup.Extension+"."); i >= 0 {
		return name[:i+len(backup.Extension)]
	}
	return name
}

// Restore makes a project of a backup, and compares all of it with what was backed up; it
// gives the job. What it showed is told by Restored.
func (k *Keep) Restore(o RestoreOrder) (id string, err error) {
	defer guard(&err)
	name := wholeName(strings.TrimSpace(o.Name))
	folder := strings.TrimSpace(o.Folder)
	if folder == "" || !filepath.IsAbs(folder) {
		return "", problem.New("project.no_folder", "Please choose a folder for the project.", "The project is kept in a folder of its own inside it.", "Choose a folder, such as Documents.")
	}
	called := fileName(strings.TrimSpace(o.Project))
	if called == "" {
		return "", problem.New("project.no_name", "The project has no name yet.", "The folder is named after it.", "Type a name, such as the company's.")
	}
	if name == "" {
		return "", problem.New(backup.CodeNone, "No backup was chosen yet.", "Waybill does not know what to restore.", "Choose its file, or type its name in the store.")
	}
	dir := filepath.Join(folder, called+project.Extension)
	vault := secret.Memory()
	settings := map[string]string{}
	for _, s := range backup.Settings(o.Kind) {
		if !s.Secret {
			settings[s.Name] = strings.TrimSpace(o.Settings[s.Name])
		} else if v := o.Settings[s.Name]; v != "" {
			if err := vault.Put(s.Name, secret.Text(v)); err != nil {
				return "", err
			}
		}
	}
	from, err := backup.Open(o.Kind, settings, vault)
	if err != nil {
		return "", err
	}
	return k.s.aside.Start("restore", "Restoring a backup", func(ctx context.Context, pr *job.Progress) (string, error) {
		k.s.keepRestored(nil)
		t, err := project.Restore(ctx, from, name, backup.Options{Passphrase: secret.Text(o.Passphrase)}, dir, pr)
		if err != nil {
			return "", err
		}
		v := RestoredView{
			Path: dir, Backup: name, Passed: t.Passed(), Wrong: nilless(t.Wrong), Objects: []RestoredLine{}, Records: t.Records, Files: t.Files, Opened: t.Opened, Unopenable: t.Unopenable,
			Audit: t.Audit, Manifest: t.ManifestSHA256, Seconds: t.Seconds,
		}
		for _, l := range t.Objects {
			v.Objects = append(v.Objects, RestoredLine{Title: title(model.Object(l.Object)), Backed: l.Backed, Restored: l.Restored, Same: l.Same})
		}
		k.s.keepRestored(&v)
		return dir, nil
	})
}

func (s *session) keepRestored(v *RestoredView) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restored = v
}

// Restored tells what the last restoring in this session showed; nothing when there was none.
func (k *Keep) Restored() (v *RestoredView, err error) {
	defer guard(&err)
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	return k.s.restored, nil
}

// nudgeAside tells the window to ask for the status of a job that belongs to no project.
func (s *session) nudgeAside(id string) {
	if st, ok := s.aside.Status(id); ok {
		s.o.Emitter.Emit("job", jobView(st))
	}
}
