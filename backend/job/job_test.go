package job_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/job"
	"waybill/backend/problem"
)

func TestRunner_pauseResumeCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &job.Runner{}
		id, err := r.Start("work", "Working", func(ctx context.Context, p *job.Progress) (string, error) {
			p.Stage("things", 1000)
			for range 1000 {
				if err := p.Checkpoint(ctx); err != nil {
					return "", err
				}
				p.Add(1, 0)
				time.Sleep(100 * time.Millisecond)
			}
			return "all", nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Start("other", "Other", nil); !errors.Is(err, job.ErrBusy) || !problem.Is(err, "job.busy") {
			t.Errorf("a second job started: %v", err)
		}
		time.Sleep(10 * time.Second)
		r.Pause(id)
		time.Sleep(10 * time.Second)
		s, _ := r.Status(id)
		if s.State != job.Paused || s.Done < 95 || s.Done > 105 {
			t.Errorf("paused: %+v", s)
		}
		if s.Rate < 9 || s.Rate > 11 || s.Left < 80*time.Second || s.Left > 100*time.Second {
			t.Errorf("rate %v, left %v", s.Rate, s.Left)
		}
		r.Resume(id)
		time.Sleep(10 * time.Second)
		r.Cancel(id)
		s, err = r.Wait(t.Context(), id)
		if err != nil || s.State != job.Cancelled || s.Done < 190 {
			t.Errorf("cancelled: %+v %v", s, err)
		}
		r.Close()
	})
}

func TestRunner_panicIsAProblem(t *testing.T) {
	r := &job.Runner{}
	id, err := r.Start("work", "Working", func(context.Context, *job.Progress) (string, error) { panic("boom") })
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Wait(t.Context(), id)
	if err != nil || s.State != job.Failed || s.Error.Code != problem.Internal {
		t.Errorf("%+v %v", s, err)
	}
}

func TestProgress_aTotalThatWasTooSmallGrows(t *testing.T) {
	p := job.New("work")
	p.Stage("rows", 10)
	p.Stage("files", 5)
	p.Enter("rows")
	p.Add(12, 0)
	if s := p.Status(); s.Done != 12 || s.Total != 17 || s.Stages[0].Total != 12 {
		t.Errorf("%d of %d, the stage %+v", s.Done, s.Total, s.Stages[0])
	}
}
