package api

import (
	"context"
	"strings"
	"time"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// Jobs watches and steers long work.
type Jobs struct{ s *session }

// work starts long work in the open project and gives the job's id.
func (s *session) work(kind, title string, fn func(context.Context, *project.Project, *job.Progress) (string, error)) (string, error) {
	p, err := s.project()
	if err != nil {
		return "", err
	}
	id, err := p.Jobs.Start(kind, title, func(ctx context.Context, pr *job.Progress) (string, error) { return fn(ctx, p, pr) })
	if err == nil {
		s.nudge(p, id)
	}
	return id, err
}

// Status of a job, complete at any moment.
func (j *Jobs) Status(id string) (v JobView, err error) {
	defer guard(&err)
	r, err := j.s.runner(id)
	if err != nil {
		return v, err
	}
	st, ok := r.Status(id)
	if !ok {
		return v, problem.New("job.none", "This work is not known any more.", "It belonged to an earlier session; what it did is kept.", "Look at the overview to see where things stand.").At(problem.Place{Value: id})
	}
	return jobView(st), nil
}

// Current is the job that runs now, or nothing.
func (j *Jobs) Current() (v *JobView, err error) {
	defer guard(&err)
	if p := j.s.current(); p != nil {
		if v := currentJob(p); v != nil {
			return v, nil
		}
	}
	if st, ok := j.s.aside.Current(); ok {
		x := jobView(st)
		return &x, nil
	}
	return nil, nil
}

// runner is where a job runs: in the open project, or aside of all projects.
func (s *session) runner(id string) (*job.Runner, error) {
	if strings.HasPrefix(id, asidePrefix+"-") {
		return &s.aside, nil
	}
	p, err := s.project()
	if err != nil {
		return nil, err
	}
	return &p.Jobs, nil
}

func currentJob(p *project.Project) *JobView {
	st, ok := p.Jobs.Current()
	if !ok {
		return nil
	}
	v := jobView(st)
	return &v
}

// Pause asks a job to wait at its next safe place.
func (j *Jobs) Pause(id string) (err error) {
	defer guard(&err)
	return j.steer(id, (*job.Runner).Pause)
}

// Resume lets a paused job go on.
func (j *Jobs) Resume(id string) (err error) {
	defer guard(&err)
	return j.steer(id, (*job.Runner).Resume)
}

// Cancel stops a job at its next safe place; what it did stays.
func (j *Jobs) Cancel(id string) (err error) {
	defer guard(&err)
	return j.steer(id, (*job.Runner).Cancel)
}

func (j *Jobs) steer(id string, do func(*job.Runner, string)) error {
	r, err := j.s.runner(id)
	if err != nil {
		return err
	}
	do(r, id)
	if p := j.s.current(); p != nil && r == &p.Jobs {
		j.s.nudge(p, id)
	}
	return nil
}

func jobView(st job.Status) JobView {
	v := JobView{
		ID: st.ID, Kind: st.Kind, Title: st.Title, State: st.State, Stage: stageTitle(st.Stage), Done: st.Done, Total: st.Total, Failed: st.Failed,
		Rate: st.Rate, SecondsLeft: -1, LeftLow: -1, LeftHigh: -1, Started: stamp(st.Started), Finished: stamp(st.Finished), Waiting: st.Waiting, Error: st.Error, Result: st.Result,
		CanStop: st.State == job.Running || st.State == job.Paused, Stages: []StageView{}, Rates: nilless(st.Rates), Requests: nilless(st.Requests), LimitPerMinute: st.LimitPerMinute,
		Problems: []JobProblem{}, Question: st.Question, Seq: st.Seq,
	}
	if st.Kind == "inspect" {
		v.Stage = st.Stage // stages are files there, and have names of their own
	}
	if st.Left >= 0 {
		v.SecondsLeft = int64(st.Left / time.Second)
	}
	if st.LeftLow >= 0 {
		v.LeftLow = int64(st.LeftLow / time.Second)
	}
	if st.LeftHigh >= 0 {
		v.LeftHigh = int64(st.LeftHigh / time.Second)
	}
	for _, x := range st.Problems {
		v.Problems = append(v.Problems, JobProblem{Code: string(x.Code), What: x.What, Count: x.Count, Example: exampleWords(x.Example)})
	}
	for _, x := range st.Stages {
		name := stageTitle(x.Name)
		if st.Kind == "inspect" {
			name = x.Name
		}
		v.Stages = append(v.Stages, StageView{Name: x.Name, Title: name, Done: x.Done, Total: x.Total, Failed: x.Failed})
	}
	return v
}

// exampleWords name the record that a problem was first met at, and its value.
func exampleWords(p *problem.Problem) string {
	if p == nil {
		return ""
	}
	parts := []string{}
	if p.Where.Record != "" {
		parts = append(parts, model.Object(p.Where.Object).Word()+" "+p.Where.Record)
	}
	if p.Where.Field != "" {
		parts = append(parts, p.Where.Field)
	}
	if p.Where.Value != "" {
		parts = append(parts, "“"+clip(p.Where.Value, 60)+"”")
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return model.Stamp(t)
}

// keepStages are stages that are about no kind of record.
var keepStages = map[string]string{
	"backup copy": "Copy the project", "backup project": "Write the project", "backup files": "Write the attachments",
	"restore": "Restore", "open files": "Open attachments", "erase": "Erase",
}

// stageTitle says a stage's name for people: "measure ticket" is "Measure tickets".
func stageTitle(name string) string {
	if name == "" || strings.Contains(name, ".") {
		return name
	}
	if t, ok := keepStages[name]; ok {
		return t
	}
	verb, object := "", name
	for _, known := range []string{"measure ", "read back ", "compare ", "fetch files of ", "files of ", "files ", "count ", "archive "} {
		if rest, ok := strings.CutPrefix(name, known); ok {
			verb, object = known, rest
			break
		}
	}
	if verb == "" {
		return project.Title(model.Object(object))
	}
	return strings.ToUpper(verb[:1]) + verb[1:] + strings.ToLower(project.Title(model.Object(object)))
}
