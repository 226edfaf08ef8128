package conform

import (
	"maps"
	"slices"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
)

func updating(t *testing.T, r Rig) {
	all := needWrites | needUpdates
	r.sub(t, "only what is named changes", all, onlyWhatIsNamed)
	r.sub(t, "a value and a link can be emptied", all, emptied)
	r.sub(t, "one outcome for each change, in order", all, changeOutcomes)
	r.sub(t, "what people changed is left alone", all|needFake, touchedUpdates)
	lostUpdates(t, r)
	r.sub(t, "nobody listens: surely unsent", all|needFake, func(b *bench) {
		c := b.open()
		list := b.changesOf(c, b.changeable()[0], 3)
		b.net.down.Store(true)
		b.base.CloseIdleConnections()
		out, err := b.updater(c).Update(b.Context(), edits(list), b.files)
		b.hearAll(out)
		b.wantProblem(err, connector.CodeUnreachable)
		b.states(out, 3, connector.Unsent)
	})
	r.sub(t, "nobody is mailed", all|needFake, func(b *bench) {
		if !r.Kind.Caps.QuietUpdates {
			b.Skip("does not apply: Caps says that changes are not quiet")
		}
		if r.Mails == nil {
			b.Skip("does not apply: the rig cannot count mails")
		}
		c := b.open()
		for _, o := range b.changeable() {
			list := b.changesOf(c, o, 5)
			before := r.Mails(b, b.fake)
			b.update(c, list)
			if n := r.Mails(b, b.fake) - before; n != 0 {
				b.Errorf("%s: %d mails would have been sent to customers", o, n)
			}
		}
	})
}

// changeable gives the objects whose records can be changed.
func (b *bench) changeable() []model.Object {
	b.Helper()
	list := b.rig.changeable()
	if len(list) == 0 {
		b.Skip("does not apply: no record can be changed once it is written")
	}
	return list
}

// touch changes a record as a person would, at another moment than it was written.
func (b *bench) touch(k model.Key) {
	b.Helper()
	b.wait(b.rig.Coarse)
	b.rig.Touch(b, b.fake, k)
}

func (b *bench) updater(c connector.Connector) connector.Updater {
	b.Helper()
	u, ok := c.(connector.Updater)
	if !ok {
		b.Fatal("Caps promises Updates, but the connector is no Updater")
	}
	return u
}

// alteration is a record that was written, the edit that changes one field of it,
// and the draft that it must equal afterwards.
type alteration struct {
	edit  connector.Edit
	was   model.Draft
	is    model.Draft
	field string
}

func edits(list []alteration) []connector.Edit {
	out := make([]connector.Edit, len(list))
	for i, x := range list {
		out[i] = x.edit
	}
	return out
}

// changesOf writes n records of an object and thinks of a change for each.
func (b *bench) changesOf(c connector.Connector, o model.Object, n int) []alteration {
	b.Helper()
	shape := b.shapeOf(c, o)
	from := b.used(o)
	drafts, others := b.drafts(o, from, from+n), b.drafts(o, from+n, from+2*n)
	b.use(o, 2*n)
	out := b.write(c, drafts)
	list := make([]alteration, n)
	for i, d := range drafts {
		field := b.differs(shape, d, others[i])
		is := d
		is.Fields = maps.Clone(d.Fields)
		b.stamped(is)
		is.Fields[field] = others[i].Fields[field]
		list[i] = alteration{
			was: d, is: is, field: field,
			edit: connector.Edit{Key: out[i].Key, Version: out[i].Version, Draft: model.Draft{
				Mark: d.Mark, Object: o, Source: d.Source, Fields: map[string]any{field: others[i].Fields[field]},
			}},
		}
	}
	return list
}

// stamped takes out of an expectation what the desk sets by itself.
func (b *bench) stamped(d model.Draft) {
	for _, name := range b.rig.Stamped {
		delete(d.Fields, name)
	}
}

// used and use number an object's drafts through a subtest.
func (b *bench) used(o model.Object) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next[o]
}

func (b *bench) use(o model.Object, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = map[model.Object]int{}
	}
	b.next[o] += n
}

// shapeOf asks for the shape of an object; a real server, which needs its time for that, once
// in each subtest.
func (b *bench) shapeOf(c connector.Connector, o model.Object) model.ObjectSchema {
	b.Helper()
	b.mu.Lock()
	s := b.shape
	b.mu.Unlock()
	if s == nil || b.fake != nil {
		now, err := c.Schema(b.Context())
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		s = &now
		b.mu.Lock()
		b.shape = s
		b.mu.Unlock()
	}
	shape, _ := s.Object(o)
	return shape
}

// differs finds a field that can be written and in which two drafts differ.
func (b *bench) differs(shape model.ObjectSchema, d, other model.Draft) string {
	b.Helper()
	names := append([]string{b.rig.Text[d.Object], shape.Name}, slices.Sorted(maps.Keys(d.Fields))...)
	for _, name := range names {
		f, ok := shape.Field(name)
		if !ok || f.ReadOnly || slices.Contains(b.rig.Stamped, name) || f.Type == model.LinkType || other.Fields[name] == nil || d.Fields[name] == nil {
			continue
		}
		if model.Plain(d.Fields[name]) != model.Plain(other.Fields[name]) {
			return name
		}
	}
	b.Fatalf("two drafts of %s differ in no field: the rig's Draft must use its number", d.Object)
	return ""
}

// update makes changes of which each must succeed, and gives their outcomes.
func (b *bench) update(c connector.Connector, list []alteration) []connector.Outcome {
	b.Helper()
	var all []connector.Outcome
	b.wait(b.rig.Coarse)
	for part := range slices.Chunk(list, max(b.rig.Kind.Caps.Batch, 1)) {
		out, err := b.updater(c).Update(b.Context(), edits(part), b.files)
		b.hearAll(out)
		if b.hear(err) != nil {
			b.Fatalf("update %s: %v", part[0].edit.Key.Object, err)
		}
		b.states(out, len(part), connector.Updated)
		all = append(all, out...)
	}
	return all
}

// byID reads an object as it is now.
func (b *bench) byID(c connector.Connector, o model.Object) map[string]model.Record {
	b.Helper()
	out := map[string]model.Record{}
	for _, x := range b.all(c, o) {
		out[x.Key.ID] = x
	}
	return out
}

// onlyWhatIsNamed changes one field of every record, and reads all of it back.
func onlyWhatIsNamed(b *bench) {
	c := b.open()
	if out, err := b.updater(c).Update(b.Context(), nil, b.files); err != nil || len(out) != 0 {
		b.Errorf("no changes: %d outcomes, %v", len(out), err)
	}
	for _, o := range b.changeable() {
		shape := b.shapeOf(c, o)
		list := b.changesOf(c, o, 5)
		before := len(b.all(c, o))
		out := b.update(c, list[:4])
		now := b.byID(c, o)
		if len(now) != before {
			b.Errorf("%s: changes made %d records of %d", o, len(now), before)
		}
		for i, x := range list {
			want, outcome := x.is, connector.Outcome{Version: x.edit.Version}
			if i == 4 {
				want = x.was // nobody asked for that one
			} else {
				outcome = out[i]
				if outcome.Key != x.edit.Key || outcome.Version == x.edit.Version {
					b.Errorf("%v was changed at version %s: the outcome is %v at %s", x.edit.Key, x.edit.Version, outcome.Key, outcome.Version)
				}
			}
			b.compare(c, shape, want, outcome, now[x.edit.Key.ID])
		}
	}
}

// emptied takes out texts and links that are not required.
func emptied(b *bench) {
	c := b.open()
	tried := 0
	for _, o := range b.changeable() {
		shape := b.shapeOf(c, o)
		d := b.drafts(o, 0, 1)[0]
		text, ok := shape.Field(b.rig.Text[o])
		ok = ok && !text.Required
		if ok {
			d.Fields[text.Name] = "will be taken out"
		}
		written := b.write(c, []model.Draft{d})[0]
		edit := connector.Edit{Key: written.Key, Version: written.Version, Draft: model.Draft{Object: o, Source: d.Source, Fields: map[string]any{}}}
		is := d
		is.Fields, is.Links = maps.Clone(d.Fields), slices.Clone(d.Links)
		b.stamped(is)
		if ok {
			edit.Draft.Fields[text.Name], is.Fields[text.Name] = nil, nil
			tried++
		}
		gone := map[string]bool{}
		for i, l := range d.Links {
			if f, ok := shape.Field(l.Field); ok && !f.Required && l.Target.ID != "" {
				edit.Draft.Links = append(edit.Draft.Links, model.DraftLink{Field: l.Field})
				is.Links[i].Target = model.Key{}
				gone[l.Field] = true
				tried++
				break
			}
		}
		if len(edit.Draft.Fields)+len(edit.Draft.Links) == 0 {
			continue
		}
		out := b.update(c, []alteration{{edit: edit}})
		now := b.byID(c, o)[written.Key.ID]
		b.compare(c, shape, is, out[0], now)
		for _, l := range now.Links {
			if gone[l.Role] {
				b.Errorf("%v: the link %s is still there: %v", now.Key, l.Role, l.To)
			}
		}
	}
	if tried == 0 {
		b.Skip("does not apply: everything is required")
	}
}

// changeOutcomes mixes good changes with such as cannot be made.
func changeOutcomes(b *bench) {
	c := b.open()
	for _, o := range b.changeable() {
		b.write(c, b.drafts(o, 0, 1)) // what a bad draft may collide with
		b.use(o, 1)
	}
	try := func(name string, bad connector.Edit) connector.Outcome {
		list := b.changesOf(c, bad.Key.Object, 2)
		out, err := b.updater(c).Update(b.Context(), []connector.Edit{list[0].edit, bad, list[1].edit}, b.files)
		b.hearAll(out)
		if b.hear(err) != nil || len(out) != 3 {
			b.Fatalf("%s: %d outcomes, %v", name, len(out), err)
		}
		if out[0].State != connector.Updated || out[2].State != connector.Updated {
			b.Errorf("%s: one bad change spoiled its neighbours: %d, %d", name, out[0].State, out[2].State)
		}
		for i, k := range []model.Key{list[0].edit.Key, bad.Key, list[1].edit.Key} {
			if out[i].Key != k {
				b.Errorf("%s: outcome %d is of %v, want %v", name, i, out[i].Key, k)
			}
		}
		if out[1].State != connector.Refused {
			b.Errorf("%s: state %d, want Refused", name, out[1].State)
		}
		return out[1]
	}
	if del, ok := c.(connector.Deleter); ok {
		x := b.changesOf(c, b.rig.deletable()[0], 1)[0]
		b.forgetMade(x.edit.Key)
		if _, err := del.Delete(b.Context(), []connector.Doomed{{Key: x.edit.Key}}); b.hear(err) != nil {
			b.Fatal(err)
		}
		for _, version := range []string{"", x.edit.Version} {
			x.edit.Version = version
			b.wantProblem(try("a record that is gone", x.edit).Err, connector.CodeNoRecord)
		}
	}
	if b.rig.Bad == nil {
		return
	}
	for _, bad := range b.rig.Bad(b.maker()) {
		v, ok := bad.Draft.Fields[bad.Field]
		if !ok || bad.Draft.File != nil || !slices.Contains(b.changeable(), bad.Draft.Object) {
			continue // it is bad for what it lacks
		}
		x := b.changesOf(c, bad.Draft.Object, 1)[0]
		x.edit.Draft.Fields = map[string]any{bad.Field: v}
		p := b.wantProblem(try(bad.Name, x.edit).Err, bad.Code)
		if p.Where.Field != bad.Field || p.Where.Object != string(bad.Draft.Object) {
			b.Errorf("%s: the problem is placed at %+v, want field %q", bad.Name, p.Where, bad.Field)
		}
		b.compare(c, b.shapeOf(c, x.was.Object), x.was, connector.Outcome{Version: x.edit.Version}, b.byID(c, x.was.Object)[x.edit.Key.ID])
	}
}

// forgetMade takes a record out of those that drafts may link to.
func (b *bench) forgetMade(k model.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made[k.Object] = slices.DeleteFunc(slices.Clone(b.made[k.Object]), func(x model.Key) bool { return x == k })
}

// touchedUpdates changes records of which people changed every other one.
func touchedUpdates(b *bench) {
	if b.rig.Touch == nil {
		b.Skip("does not apply: the rig cannot touch a record")
	}
	c := b.open()
	for _, o := range b.changeable() {
		shape := b.shapeOf(c, o)
		list := b.changesOf(c, o, 2)
		b.touch(list[0].edit.Key)
		b.wait(b.rig.Coarse)
		out, err := b.updater(c).Update(b.Context(), edits(list), b.files)
		b.hearAll(out)
		if b.hear(err) != nil || len(out) != 2 {
			b.Fatalf("%d outcomes, %v", len(out), err)
		}
		if out[0].State != connector.Touched || out[1].State != connector.Updated {
			b.Errorf("%s: touched %d, untouched %d", o, out[0].State, out[1].State)
			continue
		}
		b.wantProblem(out[0].Err, connector.CodeChanged)
		now := b.byID(c, o)[list[0].edit.Key.ID]
		values, err := model.Values(now.Raw)
		if err != nil {
			b.Fatal(err)
		}
		f, _ := shape.Field(list[0].field)
		if !same(f, list[0].was.Fields[f.Name], values[f.Name]) {
			b.Errorf("%v: %s was overwritten although people had changed the record", now.Key, f.Name)
		}
		if m, ok := c.(connector.Marker); ok && m.VersionOf(now) != out[0].Version {
			b.Errorf("%v is at version %s, the outcome says %s", now.Key, m.VersionOf(now), out[0].Version)
		}
		list[0].edit.Version = out[0].Version // a person decided: the source counts
		out = b.update(c, list[:1])
		list[0].edit.Version, list[0].edit.Draft.Fields = "", map[string]any{f.Name: list[0].was.Fields[f.Name]}
		if again := b.update(c, list[:1]); again[0].Version == out[0].Version {
			b.Errorf("%v: two changes left version %s", now.Key, out[0].Version)
		}
	}
}

// lostUpdates changes records while answers get lost, asks, and changes again.
func lostUpdates(t *testing.T, r Rig) {
	for _, x := range []struct {
		name string
		kind faultKind
		done bool
	}{
		{"the answer is dropped", dropAfter, true},
		{"the connection is reset", resetAfter, true},
		{"half of the answer arrives", halfBody, true},
		{"an error although the work is done", errorAfter, true},
		{"a page instead of the answer", pageAfter, true},
		{"the request is dropped", dropBefore, false},
		{"an error before the work", errorBefore, false},
	} {
		r.sub(t, "nothing is claimed when "+x.name, needWrites|needUpdates, func(b *bench) {
			c := b.open()
			for _, o := range b.changeable() {
				shape := b.shapeOf(c, o)
				list := b.changesOf(c, o, min(r.some(), r.Kind.Caps.Batch))
				b.between.set(&fault{kind: x.kind, times: 1, match: isWrite})
				out, err := b.updater(c).Update(b.Context(), edits(list), b.files)
				b.hearAll(out)
				_ = b.hear(err)             // allowed: the outcomes count
				if len(out) > 0 && x.done { // none is sent after one whose outcome nobody knows
					b.states(out[:1], 1, connector.Unknown)
				}
				b.states(out, len(list), connector.Unknown, connector.Unsent)
				b.between.set()
				now := b.byID(c, o)
				for i := range list { // a run looks first, and then changes what is not changed
					list[i].edit.Version = now[list[i].edit.Key.ID].Version
				}
				out = b.update(c, list)
				now = b.byID(c, o)
				for i, y := range list {
					b.compare(c, shape, y.is, out[i], now[y.edit.Key.ID])
				}
			}
		})
	}
}
