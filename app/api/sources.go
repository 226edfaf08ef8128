package api

import (
	"context"
	"slices"
	"strings"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/truth"
)

// Sources brings further sources into a project, and says which of them is right.
type Sources struct{ s *session }

// SourcesView lists the sources, and what of them is to be decided.
type SourcesView struct {
	Sources []project.SourceView `json:"sources"`
	// Kinds are the objects that several sources have, with their titles.
	Kinds []ObjectName `json:"kinds"`
}

// ObjectName is an object with its title.
type ObjectName struct {
	Object string `json:"object"`
	Title  string `json:"title"`
}

// TruthView is what the page about one object shows.
type TruthView struct {
	Object    string           `json:"object"`
	Title     string           `json:"title"`
	Proposals []truth.Proposal `json:"proposals"`
	// Found: there is a rule, in force or to begin with; else the sources share nothing.
	Found bool       `json:"found"`
	View  truth.View `json:"view"`
}

// List gives the sources of the project.
func (x *Sources) List() (v SourcesView, err error) {
	defer guard(&err)
	v = SourcesView{Sources: []project.SourceView{}, Kinds: []ObjectName{}}
	p, err := x.s.project()
	if err != nil {
		return v, err
	}
	if v.Sources, err = p.Sources(x.s.ctx); err != nil {
		return v, err
	}
	kinds, err := p.TruthKinds(x.s.ctx)
	for _, k := range kinds {
		v.Kinds = append(v.Kinds, ObjectName{string(k), title(k)})
	}
	return v, err
}

// AddFiles adds export files as a further source and reads them.
func (x *Sources) AddFiles(name string, paths []string) (id string, err error) {
	defer guard(&err)
	key, err := x.fresh(name)
	if err != nil {
		return "", err
	}
	if len(paths) == 0 {
		return "", problem.New("source.no_files", "No file was chosen.", "There is nothing to look into.", "Choose the files of the export, or the folder that holds them.")
	}
	return x.s.work("read", "Reading "+model.SourceTitle(key), func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		tables, err := files.Inspect(ctx, paths, progress(pr))
		if err != nil {
			return "", err
		}
		if tables, err = files.Propose(ctx, tables); err != nil {
			return "", err
		}
		if wrong := files.Validate(tables); len(wrong) > 0 {
			return "", wrong[0]
		}
		if !slices.ContainsFunc(tables, func(t files.Table) bool { return len(t.Outputs) > 0 }) {
			return "", problem.New("source.nothing_chosen", "It cannot be told what these tables hold.", "So nothing of them would be read.", "Give their columns names that say it, such as e-mail and name, or add them from a terminal: waybill connect --name --tables.")
		}
		if err := p.SetTablesOf(ctx, project.SideOf(key), tables); err != nil {
			return "", err
		}
		_, err = p.ExtractFrom(ctx, key, nil, pr)
		return "", err
	})
}

// AddDesk connects a help desk or CRM as a further source, and reads it.
func (x *Sources) AddDesk(name, kind string, settings map[string]string) (id string, err error) {
	defer guard(&err)
	key, err := x.fresh(name)
	if err != nil {
		return "", err
	}
	clean := map[string]string{}
	for n, v := range settings {
		if n != project.BuiltIn {
			clean[n] = strings.TrimSpace(v)
		}
	}
	return x.s.work("read", "Reading "+model.SourceTitle(key), func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		if _, err := p.Connect(ctx, project.SideOf(key), kind, clean); err != nil {
			return "", err
		}
		_, err := p.ExtractFrom(ctx, key, nil, pr)
		return "", err
	})
}

// fresh makes the key of a new source's name.
func (x *Sources) fresh(name string) (string, error) {
	p, err := x.s.project()
	if err != nil {
		return "", err
	}
	key, err := project.SourceKey(name)
	if err != nil {
		return "", err
	}
	all, err := p.Sources(x.s.ctx)
	if err == nil && slices.ContainsFunc(all, func(s project.SourceView) bool { return s.Name == key }) {
		err = problem.New("source.taken", "There is a source of this name already.", "", "Choose another name, or read that one again.").At(problem.Place{Field: "name", Value: name})
	}
	return key, err
}

// Read reads one source again, or goes on where it stopped.
func (x *Sources) Read(name string) (id string, err error) {
	defer guard(&err)
	return x.s.work("read", "Reading "+model.SourceTitle(name), func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.ExtractFrom(ctx, name, nil, pr)
		return "", err
	})
}

// Remove takes a further source out, while nothing of it has moved.
func (x *Sources) Remove(name string) (err error) {
	defer guard(&err)
	return x.change(func(p *project.Project) error { return p.RemoveSource(x.s.ctx, name) })
}

func (x *Sources) change(fn func(*project.Project) error) error {
	p, err := x.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := fn(p); err != nil {
		return err
	}
	x.s.changed("source")
	return nil
}

// Truth says how records of an object are the same in several sources, and what the rule in
// force, or the proposed one, comes to.
func (x *Sources) Truth(object string) (v TruthView, err error) {
	defer guard(&err)
	o := model.Object(object)
	v = TruthView{Object: object, Title: title(o), Proposals: []truth.Proposal{}, View: noTruth()}
	p, err := x.s.project()
	if err != nil {
		return v, err
	}
	if v.Proposals, err = p.ProposeTruth(x.s.ctx, o); err != nil {
		return v, err
	}
	r, ok, err := p.TruthRule(x.s.ctx, o)
	if err != nil || !ok {
		return v, err
	}
	v.Found = true
	v.View, err = p.LookTruth(x.s.ctx, r)
	return v, err
}

func noTruth() truth.View {
	return truth.View{Rule: truth.Rule{By: map[model.Object]string{}, Rank: []string{}, Pairs: []truth.Pair{}}, Sources: []truth.Share{}, Facts: []truth.Fact{}, Brought: []truth.Came{}}
}

// Begin makes the rule that goes with a key, and says what it comes to.
func (x *Sources) Begin(object string, by map[string]string) (v truth.View, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return noTruth(), err
	}
	keys := map[model.Object]string{}
	for o, f := range by {
		keys[model.Object(o)] = f
	}
	r, err := p.BeginTruth(x.s.ctx, model.Object(object), keys)
	if err != nil {
		return noTruth(), err
	}
	return p.LookTruth(x.s.ctx, r)
}

// Look says what a rule comes to; it decides nothing.
func (x *Sources) Look(r truth.Rule) (v truth.View, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return noTruth(), err
	}
	return p.LookTruth(x.s.ctx, r)
}

// Decide puts a rule in force.
func (x *Sources) Decide(r truth.Rule, why string) (err error) {
	defer guard(&err)
	return x.change(func(p *project.Project) error {
		_, err := p.DecideTruth(x.s.ctx, r, why)
		return err
	})
}

// Undo takes the rule about an object back.
func (x *Sources) Undo(object string) (err error) {
	defer guard(&err)
	return x.change(func(p *project.Project) error { return p.UndoTruth(x.s.ctx, model.Object(object)) })
}

// Collisions lists the numbers that two sources gave to different records.
func (x *Sources) Collisions() (out []project.Collision, err error) {
	defer guard(&err)
	p, err := x.s.project()
	if err != nil {
		return []project.Collision{}, err
	}
	return p.Collisions(x.s.ctx)
}

// Prefix puts a word before the numbers of one source; an empty one takes that back.
func (x *Sources) Prefix(object, prefix string) (err error) {
	defer guard(&err)
	return x.change(func(p *project.Project) error {
		_, err := p.PrefixNumbers(x.s.ctx, model.Object(object), prefix, "")
		return err
	})
}

// Keep writes the numbers of one source into a field of the target.
func (x *Sources) Keep(object, field string) (err error) {
	defer guard(&err)
	return x.change(func(p *project.Project) error { return p.KeepNumbers(x.s.ctx, model.Object(object), field) })
}
