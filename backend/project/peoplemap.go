package project

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/likeness"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// PeopleLine is one line of the people map, with what is known on both sides.
type PeopleLine struct {
	mapping.PersonPair
	// Title says who it is, for people.
	Title string `json:"title"`
	// Role at the source, and of who stands for it in the target.
	Role   string `json:"role"`
	ToRole string `json:"to_role"`
	// MayMore: in the target this person may do more than before.
	MayMore bool `json:"may_more"`
	// Missing: records point to somebody whom the source does not have.
	Missing bool `json:"missing"`
	// Gone: who stands for it is not in the target any more.
	Gone bool `json:"gone"`
}

// PeopleMap is everybody that records point to, and who stands for them.
type PeopleMap struct {
	Lines []PeopleLine `json:"lines"`
	// Targets are who can be chosen.
	Targets []store.TargetPerson `json:"targets"`
	// Open lines, and the records that would be held for them (P-24).
	Open        int   `json:"open"`
	OpenRecords int64 `json:"open_records"`
	// MayMore counts the lines of people who may do more in the target.
	MayMore int `json:"may_more"`
	// Used: the rules of the mapping ask the people map.
	Used bool `json:"used"`
}

// peopled says which objects people maps are about: those whose records are people of the
// staff, or groups of them, brands, or roles.
func peopled(o model.Object) bool {
	switch o.Kind() {
	case model.Agent, model.Group, "brand", "role":
		return true
	}
	return false
}

// ReadTargetPeople asks the target who and which groups, brands and roles are there.
func (p *Project) ReadTargetPeople(ctx context.Context, pr *job.Progress) ([]store.TargetPerson, error) {
	d, err := p.open(ctx, Target)
	if err != nil {
		return nil, err
	}
	schema, err := d.conn.Schema(ctx)
	if err != nil {
		return nil, err
	}
	all := []store.TargetPerson{}
	for _, shape := range schema.Objects {
		if !peopled(shape.Object) {
			continue
		}
		list := []store.TargetPerson{}
		f := mapping.PersonFieldsOf(shape)
		pr.Stage("read "+string(shape.Object), 0)
		err := d.conn.Pages(ctx, shape.Object, "", func(page connector.Page) error {
			if err := pr.Checkpoint(ctx); err != nil {
				return err
			}
			for _, r := range page.Records {
				values, err := model.Values(r.Raw)
				if err != nil {
					return err
				}
				list = append(list, store.TargetPerson{
					Object: shape.Object, ID: r.Key.ID, Name: model.Plain(values[f.Name]), Email: model.Plain(values[f.Email]),
					Role: model.Plain(values[f.Role]), Active: isActive(f, func(n string) string { return model.Plain(values[n]) }),
				})
			}
			pr.Add(int64(len(page.Records)), 0)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if err := p.db.Write(ctx, func(tx *store.Tx) error { return tx.PutTargetPeople(shape.Object, list) }); err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func isActive(f mapping.PersonFields, value func(string) string) bool {
	if f.Active != "" {
		if yes, ok := mapping.Truth(value(f.Active)); ok {
			return yes
		}
	}
	if f.Inactive != "" {
		if yes, ok := mapping.Truth(value(f.Inactive)); ok {
			return !yes
		}
	}
	return true
}

// TargetPeople lists who was in the target when it was asked last.
func (p *Project) TargetPeople(ctx context.Context) (out []store.TargetPerson, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.TargetPeople("")
		return err
	})
	return out, err
}

// sourcePerson is somebody of the source, or somebody that records only name.
type sourcePerson struct {
	mapping.PersonPair
	role    string
	missing bool
}

// sourcePeople lists everybody of the source with how many records point to them.
func (p *Project) sourcePeople(ctx context.Context) ([]sourcePerson, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	prog := transform.New(src)
	if err := p.Corrected(ctx, src, prog); err != nil {
		return nil, err
	}
	out := []sourcePerson{}
	for _, o := range p.peopleObjects(src) {
		shape, _ := src.Object(o)
		f := mapping.PersonFieldsOf(shape)
		at := map[string]int{}
		err := p.eachRow(ctx, store.Filter{Object: o}, func(rows []store.Row) error {
			for _, r := range rows {
				value, err := prog.Source(r.Record)
				if err != nil {
					continue // it is held by itself; who points to it is listed by id
				}
				at[r.Record.Key.ID] = len(out)
				out = append(out, sourcePerson{PersonPair: mapping.PersonPair{
					Object: o, From: r.Record.Key.ID, Name: value(f.Name), Email: value(f.Email), Inactive: !isActive(f, value),
				}, role: value(f.Role)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		var pointed []store.PointedAt
		err = p.db.Read(ctx, func(tx *store.Tx) error {
			pointed, err = tx.PointedAt(o)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, x := range pointed {
			if i, ok := at[x.ID]; ok && x.ID != "" {
				out[i].Count += x.Count
				continue
			}
			person := sourcePerson{PersonPair: mapping.PersonPair{Object: o, From: x.Value, Count: x.Count}, missing: true}
			if x.By != "" { // named by an address or a name
				person.Name = x.Value
				if strings.Contains(x.Value, "@") {
					person.Name, person.Email = "", x.Value
				}
			}
			out = append(out, person)
		}
	}
	return out, nil
}

// peopleObjects lists the objects of the source that people maps are about: those it has,
// and those that its links only name.
func (p *Project) peopleObjects(src model.Schema) []model.Object {
	var out []model.Object
	put := func(o model.Object) {
		if peopled(o) && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	for _, o := range src.Objects {
		put(o.Object)
	}
	for _, o := range src.Objects {
		for _, f := range o.Fields {
			for _, to := range f.To {
				put(to)
			}
		}
	}
	return out
}

// People is the people map of the working copy: everybody of the source, with who stands
// for them, and proposals for those about whom nobody decided.
func (p *Project) People(ctx context.Context) (PeopleMap, error) {
	out := PeopleMap{Lines: []PeopleLine{}}
	v, err := p.Working(ctx)
	if err != nil {
		return out, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	people, err := p.sourcePeople(ctx)
	if err != nil {
		return out, err
	}
	if out.Targets, err = p.TargetPeople(ctx); err != nil {
		return out, err
	}
	moves, err := p.createsPeople(ctx)
	if err != nil {
		return out, err
	}
	propose(people, out.Targets, moves)
	kept := map[[2]string]mapping.PersonPair{}
	for _, x := range v.People {
		kept[[2]string{string(x.Object), x.From}] = x
	}
	there := map[[2]string]store.TargetPerson{}
	for _, t := range out.Targets {
		there[[2]string{string(t.Object), t.ID}] = t
	}
	for _, x := range people {
		line := PeopleLine{PersonPair: x.PersonPair, Role: x.role, Missing: x.missing}
		if k, ok := kept[[2]string{string(x.Object), x.From}]; ok && (k.Decided || k.How != "") {
			line.How, line.To, line.ToName, line.Stands, line.Decided = k.How, k.To, k.ToName, k.Stands, k.Decided
			line.Confidence, line.Reason = k.Confidence, k.Reason
		}
		line.Title = cmp.Or(line.Name, line.Email, line.From)
		if line.How == mapping.PersonTarget && line.To != "" {
			t, ok := there[[2]string{string(line.Object.Kind()), line.To}]
			line.Gone = !ok && len(out.Targets) > 0
			line.ToRole, line.ToName = t.Role, cmp.Or(t.Name, t.Email, line.ToName)
			line.MayMore = !line.Stands && mapping.RoleRank(line.Role) > 0 && mapping.RoleRank(t.Role) > mapping.RoleRank(line.Role)
			if line.MayMore {
				out.MayMore++
			}
		}
		if !line.Decided && line.Count > 0 {
			out.Open++
			out.OpenRecords += line.Count
		}
		out.Lines = append(out.Lines, line)
	}
	slices.SortStableFunc(out.Lines, func(a, b PeopleLine) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(b.Count, a.Count), cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.From, b.From))
	})
	out.Used = len(v.AsksPeople(src)) > 0
	return out, nil
}

// createsPeople says which people of the target Waybill can create.
func (p *Project) createsPeople(ctx context.Context) (map[model.Object]bool, error) {
	out := map[model.Object]bool{}
	c, ok, err := p.Connection(ctx, Target)
	if err != nil || !ok {
		return out, err
	}
	k, err := p.env.Kind(c.Kind)
	if err != nil {
		return out, nil //nolint:nilerr // a kind that this version does not know creates nobody
	}
	for _, o := range k.Caps.Order {
		out[o] = !k.Caps.Matched(o)
	}
	return out, nil
}

// propose finds who in the target each person of the source is: by address, by name, then
// by likeness. Only the same address, or of groups the same name, leaves no doubt.
func propose(people []sourcePerson, targets []store.TargetPerson, moves map[model.Object]bool) {
	byEmail, byName := map[[2]string][]store.TargetPerson{}, map[[2]string][]store.TargetPerson{}
	for _, t := range targets {
		if k := store.Fold(t.Email); k != "" {
			byEmail[[2]string{string(t.Object), k}] = append(byEmail[[2]string{string(t.Object), k}], t)
		}
		if k := store.Fold(t.Name); k != "" {
			byName[[2]string{string(t.Object), k}] = append(byName[[2]string{string(t.Object), k}], t)
		}
	}
	alike := newAlike(people, targets)
	for i := range people {
		x := &people[i]
		o := string(x.Object.Kind())
		take := func(t store.TargetPerson, confidence int, reason string, sure bool) {
			x.How, x.To, x.ToName = mapping.PersonTarget, t.ID, cmp.Or(t.Name, t.Email, t.ID)
			x.Confidence, x.Reason, x.Decided = confidence, reason, sure
			if !t.Active {
				x.Reason += " But they are not active in the target."
				x.Decided, x.Confidence = false, min(confidence, 60)
			}
		}
		if same := byEmail[[2]string{o, store.Fold(x.Email)}]; x.Email != "" && len(same) == 1 {
			take(same[0], 99, "They have the same address.", true)
			continue
		}
		same := byName[[2]string{o, store.Fold(x.Name)}]
		switch {
		case x.Name != "" && len(same) == 1 && x.Object.Kind() != model.Agent:
			take(same[0], 97, "It has the same name.", true)
		case x.Name != "" && len(same) == 1:
			take(same[0], 85, "They have the same name, but another address.", false)
		case x.Inactive || x.missing:
			x.Reason = "They left; choose who stands in for them."
			if x.missing {
				x.Reason = "Records name them, but the source does not have them."
			}
		default:
			if t, confidence, why := alike.best(i); confidence > 0 {
				take(t, confidence, why, false)
			} else if moves[x.Object.Kind()] {
				x.How, x.Confidence, x.Reason = mapping.PersonMoves, 90, "The target does not have them yet, and Waybill can create them."
				x.Decided = true
			} else {
				x.Reason = "Nobody in the target is like them."
			}
		}
	}
}

// alike compares people of both sides by likeness.
type alike struct {
	people  []sourcePerson
	targets []store.TargetPerson
	finder  *likeness.Finder
}

// mostPairs bounds how many pairs are compared by likeness.
const mostPairs = 1_000_000

func newAlike(people []sourcePerson, targets []store.TargetPerson) *alike {
	a := &alike{people: people, targets: targets}
	if len(people)*len(targets) == 0 || len(people)*len(targets) > mostPairs {
		return a
	}
	a.finder = likeness.New([]likeness.Field{{Name: "name", Kind: likeness.Name}, {Name: "address", Kind: likeness.Email}}, likeness.Options{})
	for _, x := range people {
		a.finder.Add([]string{x.Name, x.Email})
	}
	for _, t := range targets {
		a.finder.Add([]string{t.Name, t.Email})
	}
	return a
}

// best is who in the target is most like a person, where that is clear.
func (a *alike) best(i int) (out store.TargetPerson, confidence int, why string) {
	if a.finder == nil {
		return out, 0, ""
	}
	first, second, at := -1e9, -1e9, -1
	for k, t := range a.targets {
		if t.Object != a.people[i].Object.Kind() {
			continue
		}
		score, _ := a.finder.Explain(i, len(a.people)+k)
		switch {
		case score > first:
			first, second, at = score, first, k
		case score > second:
			second = score
		}
	}
	if at < 0 || first < 0 || first-second < 1 {
		return out, 0, ""
	}
	return a.targets[at], min(50+int(first*4), 84), fmt.Sprintf("Their name and address are much alike (%d bits).", int(first))
}

// ProposePeople puts everybody of the source into the people map of the working copy, with
// who in the target they are. What people decided stays; counts are as they are now.
func (p *Project) ProposePeople(ctx context.Context) (PeopleMap, error) {
	all, err := p.People(ctx)
	if err != nil {
		return all, err
	}
	v, err := p.Working(ctx)
	if err != nil {
		return all, err
	}
	v.People = v.People[:0:0]
	for _, l := range all.Lines {
		v.People = append(v.People, l.PersonPair)
	}
	if err := p.SetWorking(ctx, v); err != nil {
		return all, err
	}
	return p.People(ctx)
}

// UsePeople lets the rules that copy a pointer to people of the map ask the map instead; on
// false they copy again. It gives how many rules changed.
func (p *Project) UsePeople(ctx context.Context, on bool) (int, error) {
	v, err := p.Working(ctx)
	if err != nil {
		return 0, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range v.Objects {
		so, _ := src.Object(v.Objects[i].Source)
		if peopled(so.Object) {
			continue // a group's own members and leaders move with it
		}
		v.Objects[i].Fields = slices.Clone(v.Objects[i].Fields)
		for k := range v.Objects[i].Fields {
			f := &v.Objects[i].Fields[k]
			if len(f.Sources) != 1 || f.Rule != mapping.Copy && f.Rule != mapping.People {
				continue
			}
			s, ok := so.Field(f.Sources[0])
			if !ok || s.Type != model.LinkType || !slices.ContainsFunc(s.To, peopled) || slices.ContainsFunc(s.To, func(o model.Object) bool { return o.Kind() == model.Contact }) {
				continue // who may be a customer goes where the record goes
			}
			want := mapping.Copy
			if on {
				want = mapping.People
			}
			if f.Rule != want {
				f.Rule = want
				n++
			}
		}
	}
	return n, p.SetWorking(ctx, v)
}

// DecidePeople settles lines of the people map: for each the object and From, and what is
// decided. Lines that the map does not have are added.
func (p *Project) DecidePeople(ctx context.Context, pairs []mapping.PersonPair) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	all, err := p.People(ctx)
	if err != nil {
		return err
	}
	v.People = slices.Clone(v.People)
	for _, x := range pairs {
		switch x.How {
		case "", mapping.PersonMoves, mapping.PersonTarget, mapping.PersonLeave:
		default:
			return problem.New("people.how", "This is not something that the people map can say.", "", "Choose moves, target or leave.").At(problem.Place{Value: x.How})
		}
		if x.How == mapping.PersonTarget {
			i := slices.IndexFunc(all.Targets, func(t store.TargetPerson) bool { return t.Object == x.Object.Kind() && t.ID == x.To })
			if i < 0 {
				return problem.New("people.nobody", "Nobody in the target has this number.", "The list of the target's people may be old.", "Read it again, then choose somebody of it.").
					At(problem.Place{Object: string(x.Object), Record: x.From, Value: x.To})
			}
			t := all.Targets[i]
			x.ToName = cmp.Or(t.Name, t.Email, t.ID)
		} else {
			x.To, x.ToName, x.Stands = "", "", false
		}
		x.Decided, x.Confidence, x.Reason = x.How != "", 0, ""
		known := slices.IndexFunc(all.Lines, func(l PeopleLine) bool { return l.Object == x.Object && l.From == x.From })
		if known >= 0 {
			l := all.Lines[known]
			x.Name, x.Email, x.Inactive, x.Count = l.Name, l.Email, l.Inactive, l.Count
		}
		i := slices.IndexFunc(v.People, func(y mapping.PersonPair) bool { return y.Object == x.Object && y.From == x.From })
		if i < 0 {
			v.People = append(v.People, x)
			continue
		}
		v.People[i] = x
	}
	return p.SetWorking(ctx, v)
}

// StandIn lets one of the target, such as a legacy agent, stand in for everybody of an
// object who is inactive, missing, or matched by nobody, and about whom nobody decided. It
// gives how many.
func (p *Project) StandIn(ctx context.Context, o model.Object, to string) (int, error) {
	all, err := p.People(ctx)
	if err != nil {
		return 0, err
	}
	var pairs []mapping.PersonPair
	for _, l := range all.Lines {
		if l.Object == o && !l.Decided && (l.How == "" || l.Inactive || l.Missing) {
			pairs = append(pairs, mapping.PersonPair{Object: o, From: l.From, How: mapping.PersonTarget, To: to, Stands: true})
		}
	}
	return len(pairs), p.DecidePeople(ctx, pairs)
}
