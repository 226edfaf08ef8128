package api

import (
	"context"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

const peopleWords = "The people map"

// People is the people map: everybody of the source, and who stands for them in the target.
func (m *Mapping) People() (v project.PeopleMap, err error) {
	defer guard(&err)
	v = project.PeopleMap{Lines: []project.PeopleLine{}, Targets: []store.TargetPerson{}}
	d, err := m.working()
	if err != nil {
		return v, err
	}
	got, err := d.p.People(m.s.ctx)
	if err != nil {
		return v, err
	}
	got.Lines, got.Targets = nilless(got.Lines), nilless(got.Targets)
	return got, nil
}

// ReadTargetPeople asks the target who and which groups are there.
func (m *Mapping) ReadTargetPeople() (id string, err error) {
	defer guard(&err)
	return m.s.work("people", "Asking the target who is there", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.ReadTargetPeople(ctx, pr)
		return "", err
	})
}

// ProposePeople looks for everybody of the source in the target; what people decided stays.
func (m *Mapping) ProposePeople() (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	return m.step(p, peopleWords, func() error {
		_, err := p.ProposePeople(m.s.ctx)
		return err
	})
}

// DecidePeople settles lines of the people map.
func (m *Mapping) DecidePeople(pairs []mapping.PersonPair) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	return m.step(p, peopleWords, func() error { return p.DecidePeople(m.s.ctx, pairs) })
}

// StandIn lets one of the target stand for everybody of an object who is inactive, missing
// or matched by nobody, and says for how many.
func (m *Mapping) StandIn(object, to string) (n int, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return 0, err
	}
	err = m.step(p, peopleWords, func() (err error) {
		n, err = p.StandIn(m.s.ctx, model.Object(object), to)
		return err
	})
	return n, err
}

// UsePeople lets the rules that point to people ask the people map, or not any more, and
// says how many rules that changed.
func (m *Mapping) UsePeople(on bool) (n int, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return 0, err
	}
	err = m.step(p, peopleWords, func() (err error) {
		n, err = p.UsePeople(m.s.ctx, on)
		return err
	})
	return n, err
}
