package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// Desks connects the two sides of a move, and tries what was connected.
type Desks struct{ s *session }

// Kinds lists the desks that can be connected, each with its form, its guide and what it can do.
func (d *Desks) Kinds() (out []KindView, err error) {
	defer guard(&err)
	out = []KindView{}
	for _, k := range d.s.o.Kinds {
		v := KindView{
			Name: k.Name, Title: k.Title, Source: k.Source, Target: k.Target, Practice: k.Caps.Pretend, Files: k.Source && len(k.Form) == 0,
			Form: []FormView{}, Guide: nilless(k.Guide), Before: nilless(k.Before), Plain: nilless(k.Caps.Plain), AsSource: []Ability{}, AsTarget: []Ability{}, PerMinute: k.Caps.PerMinute,
		}
		for _, f := range k.Form {
			v.Form = append(v.Form, FormView{
				Name: f.Name, Title: f.Title, Help: f.Help, Placeholder: f.Placeholder, Required: f.Required, Secret: f.Secret,
				Options: nilless(f.Options), When: f.When, Address: f.Address && k.Tidy != nil, Expert: f.Expert,
			})
		}
		if k.Source {
			v.AsSource = asSource(k.Caps)
		}
		if k.Target {
			v.AsTarget = asTarget(k.Caps)
		}
		out = append(out, v)
	}
	return out, nil
}

func asSource(c connector.Caps) []Ability {
	return []Ability{
		{"Its counts are exact", c.ExactCounts},
		{"Attachments come along", c.Files},
		{"What changed later can be read by itself", c.Changes},
	}
}

func asTarget(c connector.Caps) []Ability {
	return []Ability{
		{"Original times are kept", c.Backdates},
		{"Messages keep their author", c.KeepsAuthor},
		{"Nobody gets a mail while records arrive", c.Quiet},
		{"Records are found again, so nothing is doubled", c.Finds},
		{"What was moved can be taken back", c.Deletes},
		{"Later changes can be brought over", c.Updates},
		{"Missing fields can be created from here", c.Shapes},
	}
}

// Tidy says what a kind of desk makes of an address as it was typed, and why it cannot.
func (d *Desks) Tidy(kind, text string) (v TidyView, err error) {
	defer guard(&err)
	for _, k := range d.s.o.Kinds {
		if k.Name != kind || k.Tidy == nil || strings.TrimSpace(text) == "" {
			continue
		}
		address, err := k.Tidy(strings.TrimSpace(text))
		if err != nil {
			return TidyView{Problem: problem.From(err)}, nil
		}
		return TidyView{Address: address}, nil
	}
	return v, nil
}

// Side says what a side is connected to, as it was last seen. It asks no desk.
func (d *Desks) Side(side string) (v SideView, err error) {
	defer guard(&err)
	p, err := d.s.project()
	if err != nil {
		return noSide(side), err
	}
	return d.side(p, side)
}

func noSide(side string) SideView {
	return SideView{Side: side, Settings: map[string]string{}, Rights: []string{}, Missing: []string{}, Objects: []CountView{}, Unreckoned: []string{}}
}

func (d *Desks) side(p *project.Project, side string) (SideView, error) {
	v := noSide(side)
	if err := aSide(side); err != nil {
		return v, err
	}
	c, ok, err := p.Connection(d.s.ctx, side)
	if err != nil || !ok {
		return v, err
	}
	v.Connected, v.Kind, v.Title, v.Address = true, c.Kind, c.Kind, c.Settings["address"]
	for _, k := range d.s.o.Kinds {
		if k.Name != c.Kind {
			continue
		}
		v.Title, v.Files = k.Title, k.Source && len(k.Form) == 0
		for _, f := range k.Form {
			if x, ok := c.Settings[f.Name]; ok && !f.Secret {
				v.Settings[f.Name] = x
			}
			if f.Address {
				v.Address = c.Settings[f.Name]
			}
		}
	}
	if c.Settings[project.BuiltIn] != "" {
		v.BuiltIn, v.Address = true, "On this computer, inside the project"
	}
	a, err := p.Account(d.s.ctx, side)
	if err != nil {
		return v, err
	}
	v.Account, v.As, v.Plan, v.Zone, v.Rights, v.Missing = a.Name, a.As, a.Plan, a.Zone, nilless(a.Rights), nilless(a.Missing)
	v.PerMinute, v.UpdatesPerMinute = a.PerMinute, a.UpdatesPerMinute
	s, err := p.LastSurvey(d.s.ctx, side)
	if err != nil {
		return v, err
	}
	v.Counted, v.RequestsLow, v.RequestsHigh, v.LowS, v.HighS = s.At, s.RequestsLow, s.RequestsHigh, s.LowS, s.HighS
	v.Unreckoned = nilless(s.Unreckoned)
	if v.PerMinute == 0 {
		v.PerMinute = s.PerMinute
	}
	for _, o := range s.Objects {
		v.Objects = append(v.Objects, CountView{Object: string(o.Object), Title: o.Title, Count: Figure{Value: o.Count, Exact: o.Exact}, Unknown: o.Unknown, Problem: o.Problem})
	}
	return v, nil
}

func aSide(side string) error {
	if side != project.Source && side != project.Target {
		return problem.New("desk.side", "There is no such side of a move.", "A move has a source and a target.", "Choose one of the two.").At(problem.Place{Value: side})
	}
	return nil
}

// Connect connects a side with the settings of a form, after it was tried.
func (d *Desks) Connect(side, kind string, settings map[string]string) (v SideView, err error) {
	defer guard(&err)
	v = noSide(side)
	p, err := d.s.project()
	if err != nil {
		return v, err
	}
	if err := aSide(side); err != nil {
		return v, err
	}
	if st, ok := p.Jobs.Current(); ok {
		return v, busy(st.Title)
	}
	clean := map[string]string{}
	for name, value := range settings {
		if name != project.BuiltIn { // only StartPractice may say this
			clean[name] = strings.TrimSpace(value)
		}
	}
	to := project.Connection{Kind: kind, Settings: clean}
	i := slices.IndexFunc(d.s.o.Kinds, func(k connector.Kind) bool { return k.Name == kind })
	if i >= 0 {
		if to.Settings, err = project.Tidied(d.s.o.Kinds[i], clean); err != nil {
			return v, err
		}
	}
	if err := leavable(d.s.ctx, p, side, to); err != nil {
		return v, err
	}
	ctx, done := d.s.quick()
	defer done()
	if _, err := p.Connect(ctx, side, kind, to.Settings); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return v, silent(err, to.Settings["address"])
		}
		return v, err
	}
	d.s.changed(side)
	return d.side(p, side)
}

// silent says that a desk did not answer in time.
func silent(err error, address string) error {
	return problem.Wrap(err, "desk.silent", "The desk did not answer within half a minute.",
		"Either the address leads to something else, or a firewall or proxy keeps this computer from it. Nothing was changed.",
		"Open the address in your browser. If it opens there, ask your network's administrator to let Waybill through.").At(problem.Place{Field: "address", Value: address})
}

// Survey counts what a side's desk holds, and says how long reading it takes.
func (d *Desks) Survey(side string) (id string, err error) {
	defer guard(&err)
	if err := aSide(side); err != nil {
		return "", err
	}
	title := map[string]string{project.Source: "Counting what the source holds", project.Target: "Counting what the target holds"}[side]
	return d.s.work("survey", title, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Survey(ctx, side, pr)
		return side, err
	})
}

// leavable refuses another desk while records of this project have moved: the ledger
// would not be true any more.
func leavable(ctx context.Context, p *project.Project, side string, to project.Connection) error {
	now, ok, err := p.Connection(ctx, side)
	if err != nil || !ok {
		return err
	}
	if now.Kind == to.Kind && now.Settings["address"] == to.Settings["address"] && now.Settings[project.BuiltIn] == to.Settings[project.BuiltIn] {
		return nil
	}
	all, err := p.Manifest(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(m model.Manifest) bool { return m.Moved > 0 }) {
		return nil
	}
	if side == project.Source {
		return problem.New("source.in_use", "Records of the source that is connected now have moved already.",
			"With another source the manifest would say something untrue about them.", "Take the runs back first, or make a new project for the other source.")
	}
	return problem.New("target.in_use", "Records of this project are in the target that is connected now.",
		"In another one they would not be there, and the manifest would say something untrue.", "Take the runs back first, or make a new project for the other target.")
}
