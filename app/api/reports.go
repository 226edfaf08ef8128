package api

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"waybill/backend/journey"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/report"
	"waybill/backend/store"
)

// Reports signs the result and puts it on paper.
type Reports struct{ s *session }

// View is the sign-off page.
func (r *Reports) View() (v ReportView, err error) {
	defer guard(&err)
	v = ReportView{Missing: []string{}, Approvals: []ApprovalView{}, Files: []ReportFile{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	f, err := p.Facts(r.s.ctx)
	if err != nil {
		return v, err
	}
	logo, err := p.Logo(r.s.ctx)
	if err != nil {
		return v, err
	}
	if len(logo) > 0 {
		v.Logo = "data:image/png;base64," + base64.StdEncoding.EncodeToString(logo)
	}
	verdict := f.Verdict()
	v.Words = verdict.Sentence
	switch verdict.Outcome {
	case report.Balances:
		v.Verdict, v.CanSign = journey.Balances, true
	case report.WaivedOpen:
		v.Verdict, v.CanSign = journey.Waived, true
	default:
		v.Verdict, v.CannotSign = journey.Fails, verdict.Sentence
	}
	for _, x := range verdict.Reasons {
		text := x.Text
		if x.WaivedBy != "" {
			text += " (waived by " + x.WaivedBy + ")"
		}
		v.Missing = append(v.Missing, text)
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		if v.AuditHash, v.AuditCount, err = tx.AuditHead(); err != nil {
			return err
		}
		approvals, err := tx.Approvals()
		if err != nil {
			return err
		}
		for _, a := range approvals {
			v.Approvals = append(v.Approvals, ApprovalView{Kind: a.Kind, Name: a.By.Name, Role: a.By.Role, At: a.At, Statement: a.Statement, Drawn: a.Drawn})
		}
		files, err := project.Reports(tx)
		if err != nil {
			return err
		}
		for _, x := range slices.Backward(files) {
			if path := reportsIn(p, x.Name); exists(path) {
				v.Files = append(v.Files, ReportFile{Name: x.Name, Path: path, At: x.At, SHA256: x.SHA256})
			}
		}
		return nil
	})
	return v, err
}

// Sign adds a signature to the state as it is; drawn holds one drawn by hand, or nothing.
func (r *Reports) Sign(kind, name, role, statement, drawn string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := p.Sign(r.s.ctx, kind, model.Person{Name: name, Role: role}, statement, drawn); err != nil {
		return err
	}
	r.s.changed("report")
	return nil
}

// Write puts the state on paper, in the project's reports folder.
func (r *Reports) Write() (v ReportFile, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	w, err := p.WriteReport(r.s.ctx)
	if err != nil {
		return v, err
	}
	v = ReportFile{Name: filepath.Base(w.Path), Path: w.Path, SHA256: w.SHA256}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		files, err := project.Reports(tx)
		for _, x := range files {
			if x.SHA256 == w.SHA256 {
				v.At = x.At
			}
		}
		return err
	})
	r.s.changed("report")
	return v, err
}

// OldNumbers asks where, and writes where every old ticket and help article is found now: a
// page to search in, or CSV. Empty when the person thought better of it.
func (r *Reports) OldNumbers() (path string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	suggested := filepath.Join(p.Dir, "workbooks", fileName("Old numbers of "+p.Info().Name)+".html")
	path, err = r.s.o.Dialogs.SaveFile(r.s.ctx, "Write the old numbers", suggested)
	if err != nil || path == "" {
		return "", err
	}
	if ext := filepath.Ext(path); !strings.EqualFold(ext, ".html") && !strings.EqualFold(ext, ".csv") {
		path += ".html"
	}
	_, err = p.WriteOldNumbers(r.s.ctx, path)
	return path, err
}

// VerifyView is what can be said of a report that somebody holds. Files is empty when the person
// chose none.
type VerifyView struct {
	Unchanged bool         `json:"unchanged"`
	Sentence  string       `json:"sentence"`
	Project   string       `json:"project"`
	Report    string       `json:"report"`
	Signed    []string     `json:"signed"`
	Files     []VerifyFile `json:"files"`
}

// VerifyFile is a file of the evidence. State: unchanged, changed, missing.
type VerifyFile struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	State string `json:"state"`
}

// Verify asks which report, and says whether it is what was sealed, and by whom.
func (r *Reports) Verify() (v VerifyView, err error) {
	defer guard(&err)
	v = VerifyView{Signed: []string{}, Files: []VerifyFile{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	files, err := r.s.o.Dialogs.OpenFiles(r.s.ctx, "Choose the report to check", []FileFilter{{Title: "Report", Pattern: "*.pdf"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	res, err := p.VerifyReport(r.s.ctx, files[0])
	if err != nil {
		return v, err
	}
	v.Unchanged, v.Sentence, v.Project, v.Report = res.Unchanged, res.Sentence, res.Project, res.Report
	for _, s := range res.Evidence.Signed {
		v.Signed = append(v.Signed, s.Name+", "+s.Role+", "+s.At.Format("2 January 2006 15:04 UTC"))
	}
	for _, f := range res.Files {
		v.Files = append(v.Files, VerifyFile{Name: f.Name, What: f.What, State: string(f.State)})
	}
	return v, nil
}

// ChooseLogo asks for the company's logo and puts it on the reports from now on.
func (r *Reports) ChooseLogo() (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	files, err := r.s.o.Dialogs.OpenFiles(r.s.ctx, "Choose the company's logo", []FileFilter{{Title: "PNG picture", Pattern: "*.png"}})
	if err != nil || len(files) == 0 {
		return err
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return problem.Wrap(err, "report.logo", "The logo could not be read.", "The reports stay as they are.", "Choose another file.").At(problem.Place{File: files[0]})
	}
	if err := p.SetLogo(r.s.ctx, b); err != nil {
		return err
	}
	r.s.changed("report")
	return nil
}

// RemoveLogo takes the logo away from the reports.
func (r *Reports) RemoveLogo() (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if err := p.SetLogo(r.s.ctx, nil); err != nil {
		return err
	}
	r.s.changed("report")
	return nil
}

// Open shows a report of this project in the system's own program.
func (r *Reports) Open(path string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	at := reportsIn(p, path)
	if !exists(at) {
		return problem.New("report.gone", "This report is not there any more.", "It was moved or deleted after Waybill wrote it.", "Write it again.").At(problem.Place{File: at})
	}
	return r.s.o.Opener.OpenPath(at)
}
