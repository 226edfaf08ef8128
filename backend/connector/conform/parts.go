package conform

import (
	"fmt"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// partOnly says that records of an object are written only with what they belong to.
func (r Rig) partOnly(o model.Object) bool {
	w, ok := r.Kind.Caps.Whole(o)
	return ok && !w.First
}

// takesFirst says that a record takes only its first part along.
func (r Rig) takesFirst() bool {
	return slices.ContainsFunc(r.Kind.Caps.Wholes, func(w connector.Whole) bool { return w.First })
}

// pick gives the objects of the order that a test is about.
func (r Rig) pick(keep func(o model.Object) bool) []model.Object {
	var out []model.Object
	for _, o := range r.Kind.Caps.Order {
		if keep(o) {
			out = append(out, o)
		}
	}
	return out
}

// alone gives the objects whose records are created by themselves.
func (r Rig) alone() []model.Object {
	return r.pick(func(o model.Object) bool { return !r.Kind.Caps.Matched(o) && !r.partOnly(o) })
}

// deletable gives those of alone that can be deleted, changeable those that can be changed.
func (r Rig) deletable() []model.Object {
	return slices.DeleteFunc(r.alone(), r.Kind.Caps.Undeletable)
}

func (r Rig) changeable() []model.Object {
	return slices.DeleteFunc(r.alone(), func(o model.Object) bool { return slices.Contains(r.Fixed, o) })
}

// marked gives those of alone that are found by their marks.
func (r Rig) marked() []model.Object {
	return slices.DeleteFunc(r.alone(), func(o model.Object) bool { return !r.Kind.Caps.Marked(o) })
}

// partsOf gives the objects that go together with records of another one.
func (r Rig) partsOf(owner model.Object) []model.Object {
	return r.pick(func(o model.Object) bool {
		w, ok := r.Kind.Caps.Whole(o)
		return ok && w.Owner == owner
	})
}

// below gives the objects that go along with an owner, and what goes along with those.
func (r Rig) below(owner model.Object) []model.Object {
	var out []model.Object
	for _, o := range r.partsOf(owner) {
		out = append(append(out, o), r.below(o)...)
	}
	return out
}

// parentOf names the field by which records of an object point to what they belong to.
func (b *bench) parentOf(c connector.Connector, o model.Object) string {
	b.Helper()
	for _, f := range b.shapeOf(c, o).Fields {
		if f.Parent {
			return f.Name
		}
	}
	b.Fatalf("%s goes along with others, and its shape has no field with Parent", o)
	return ""
}

// name gives a draft and its parts marks and numbers of their source.
func (b *bench) name(d *model.Draft, number string) {
	if d.Mark == "" {
		d.Mark = model.Mark(fmt.Sprintf("conform:%s:%s:%s", b.salt, d.Object, number))
	}
	if d.Source.ID == "" {
		d.Source = model.Key{Object: d.Object, ID: "src-" + number}
	}
	d.Parts = slices.Clone(d.Parts)
	for i := range d.Parts {
		b.name(&d.Parts[i], fmt.Sprintf("%s.%d", number, i))
	}
}

// onto gives the part as it is written by itself: it points to what it belongs to.
func (b *bench) onto(c connector.Connector, part model.Draft, owner model.Key) model.Draft {
	b.Helper()
	field := b.parentOf(c, part.Object)
	links := slices.DeleteFunc(slices.Clone(part.Links), func(l model.DraftLink) bool { return l.Field == field })
	part.Links = append(links, model.DraftLink{Field: field, Required: true, Target: owner})
	return part
}

// ownerIn finds what a draft that is written by itself belongs to.
func (b *bench) ownerIn(c connector.Connector, d model.Draft) (model.Key, bool) {
	field := b.parentOf(c, d.Object)
	for _, l := range d.Links {
		if l.Field == field && l.Target.ID != "" {
			return l.Target, true
		}
	}
	return model.Key{}, false
}

// partOutcomes fails unless each part of a draft that was created has its outcome, in
// order. Parts that could not go along are written by themselves, as a run does it.
func (b *bench) partOutcomes(c connector.Connector, d model.Draft, o *connector.Outcome) {
	b.Helper()
	if len(o.Parts) != len(d.Parts) {
		b.Errorf("%v: %d outcomes for %d parts", o.Key, len(o.Parts), len(d.Parts))
		return
	}
	for i := range d.Parts {
		part, got := d.Parts[i], &o.Parts[i]
		if got.Mark != part.Mark {
			b.Errorf("%v: part %d is answered as %s, want %s", o.Key, i, got.Mark, part.Mark)
		}
		w, _ := b.rig.Kind.Caps.Whole(part.Object)
		switch {
		case got.State == connector.Unsent && w.First:
			*got = b.write(c, []model.Draft{b.onto(c, part, o.Key)})[0]
		case got.State != connector.Created || got.Key.ID == "" || got.Key.Object != part.Object:
			b.Errorf("%v: part %d, a %s: state %d, key %v, %v", o.Key, i, part.Object, got.State, got.Key, got.Err)
		default:
			b.partOutcomes(c, part, got)
			b.keep([]connector.Outcome{{Key: got.Key, State: got.State}})
		}
	}
}

// created counts what outcomes tell was created, by object.
func created(out []connector.Outcome, n map[model.Object]int) {
	for _, o := range out {
		if o.State == connector.Created {
			n[o.Key.Object]++
		}
		created(o.Parts, n)
	}
}

// look asks the desk which of the drafts are there: by their marks, or through what they
// belong to. ok is false where the desk has no means to tell.
func (b *bench) look(c connector.Connector, drafts []model.Draft) (found map[model.Mark]connector.Found, ok bool) {
	b.Helper()
	found = map[model.Mark]connector.Found{}
	for i, d := range drafts {
		if b.rig.Kind.Caps.Marked(d.Object) {
			continue
		}
		if !slices.ContainsFunc(b.shapeOf(c, d.Object).Fields, func(f model.Field) bool { return f.Parent }) {
			b.Skipf("what came before is as it should be; the rest does not apply: a %s carries no mark and belongs to nothing, so a lost answer holds it", d.Object)
		}
		owner, ok := b.ownerIn(c, d)
		if !ok {
			b.Fatalf("draft %d of %s belongs to nothing", i, d.Object)
		}
		one, ok := b.lookIn(c, owner, drafts[i:i+1])
		if !ok {
			return nil, false
		}
		if f, there := one[d.Mark]; there {
			found[d.Mark] = f
		}
	}
	byObject := map[model.Object][]model.Mark{}
	for _, d := range drafts {
		if b.rig.Kind.Caps.Marked(d.Object) {
			byObject[d.Object] = append(byObject[d.Object], d.Mark)
		}
	}
	for o, marks := range byObject {
		some, err := b.finder(c).Find(b.Context(), o, marks)
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		for m, f := range some {
			found[m] = f
		}
	}
	return found, true
}

// lookIn asks which parts of a record that is there are there, too.
func (b *bench) lookIn(c connector.Connector, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, bool) {
	b.Helper()
	found := map[model.Mark]connector.Found{}
	var unmarked []model.Draft
	for _, d := range parts {
		if b.rig.Kind.Caps.Marked(d.Object) {
			one, _ := b.look(c, []model.Draft{d})
			for m, f := range one {
				found[m] = f
			}
		} else {
			unmarked = append(unmarked, d)
		}
	}
	if len(unmarked) == 0 {
		return found, true
	}
	pf, ok := c.(connector.PartFinder)
	if !ok {
		return nil, false
	}
	some, err := pf.FindParts(b.Context(), owner, unmarked)
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	for m, f := range some {
		found[m] = f
	}
	return found, true
}

// settleParts does for the parts of a record that is there what a run does after a lost
// answer: ask, and write what is not there, where it may go alone. A desk that takes all
// parts in one request has all of them, or none of the record.
func (b *bench) settleParts(c connector.Connector, owner model.Key, d model.Draft) {
	b.Helper()
	if len(d.Parts) == 0 {
		return
	}
	found, ok := b.lookIn(c, owner, d.Parts)
	if !ok {
		b.Skipf("does not apply: the desk cannot tell which parts of a %s arrived", d.Object)
	}
	for _, part := range d.Parts {
		f, there := found[part.Mark]
		w, _ := b.rig.Kind.Caps.Whole(part.Object)
		switch {
		case there && f.Copies == 1:
			b.keep([]connector.Outcome{{Key: f.Key, State: connector.Existed}})
			b.settleParts(c, f.Key, part)
		case there:
			b.Errorf("%s of %v is there %d times", part.Mark, owner, f.Copies)
		case w.First:
			b.write(c, []model.Draft{b.onto(c, part, owner)})
		default:
			b.Errorf("%v arrived without its %s, or it was not found", owner, part.Mark)
		}
	}
}
