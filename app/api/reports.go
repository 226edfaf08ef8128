package api

import (
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
			v.Approvals = append(v.Approvals, ApprovalView{Kind: a.Kind, Name: a.By.Name, Role: a.By.Role, At: a.At, Statement: a.Statement})
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

// Sign adds a signature to the state as it is.
func (r *Reports) Sign(kind, name, role, statement string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := p.Sign(r.s.ctx, kind, model.Person{Name: name, Role: role}, statement); err != nil {
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
