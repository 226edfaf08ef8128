package conform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// sends tells the requests that create or change what people see.
func (r Rig) sends(q *http.Request) bool {
	return isWrite(q) && (r.Aside == nil || !r.Aside(q))
}

func wholes(t *testing.T, r Rig) {
	r.sub(t, "who is there is matched, and nobody else", needWrites|needMatches, matched)
	r.sub(t, "parts arrive with what they belong to", needWrites|needWholes, partsArrive)
	r.sub(t, "what has no parts arrives", needWrites|needWholes, func(b *bench) {
		c := b.open()
		b.prepare(c)
		for _, o := range r.owners() {
			drafts := b.drafts(o, 2, 4)
			for i := range drafts {
				drafts[i].Parts = nil
			}
			b.write(c, drafts)
		}
	})
	r.sub(t, "a private part stays private", needWrites|needWholes, privateParts)
	r.sub(t, "parts are found where they are, and only there", needWrites|needWholes, partsFound)
	r.sub(t, "a part that comes too late is refused", needWrites|needWholes, tooLate)
	for _, x := range []struct {
		name string
		kind faultKind
	}{
		{"a lost answer to a whole", dropAfter},
		{"a whole that never arrived", dropBefore},
	} {
		r.sub(t, x.name, needWrites|needWholes|needFinds, func(b *bench) { lostWhole(b, x.kind) })
	}
	r.sub(t, "a lost answer aside does no harm", needWrites|needWholes|needFinds, func(b *bench) {
		if r.Aside == nil {
			b.Skip("does not apply: the rig names no such requests")
		}
		c := b.open()
		b.prepare(c)
		for _, o := range r.owners() {
			for skip := range 3 {
				from := b.used(o)
				drafts := b.drafts(o, from, from+2)
				b.use(o, 2)
				b.between.set(&fault{kind: dropAfter, times: 1, skip: skip, match: func(q *http.Request) bool { return isWrite(q) && r.Aside(q) }})
				out, err := b.writeAll(c, drafts)
				b.between.set()
				_ = b.hear(err) // allowed: the outcomes count
				b.settle(c, o, drafts, out)
			}
		}
	})
}

// owners gives the objects that are written by themselves and have parts.
func (r Rig) owners() []model.Object {
	return r.pick(func(o model.Object) bool {
		return !r.partOnly(o) && len(r.partsOf(o)) > 0
	})
}

// writeAll writes drafts in batches that Caps allows, whatever becomes of them.
func (b *bench) writeAll(c connector.Connector, drafts []model.Draft) ([]connector.Outcome, error) {
	b.Helper()
	var all []connector.Outcome
	var errs []error
	size := max(b.rig.Kind.Caps.Batch, 1)
	for from := 0; from < len(drafts); from += size {
		part := drafts[from:min(from+size, len(drafts))]
		out, err := b.writer(c).Write(b.Context(), part, b.files)
		b.hearAll(out)
		if len(out) != len(part) {
			b.Fatalf("%d outcomes for %d drafts", len(out), len(part))
		}
		b.answered(part, out)
		all = append(all, out...)
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}

// answered fails unless what is there tells of each of its parts.
func (b *bench) answered(drafts []model.Draft, out []connector.Outcome) {
	b.Helper()
	for i, o := range out {
		if o.State != connector.Created && o.State != connector.Existed {
			continue
		}
		if len(o.Parts) != len(drafts[i].Parts) {
			b.Errorf("%v: %d outcomes for %d parts", o.Key, len(o.Parts), len(drafts[i].Parts))
			continue
		}
		b.answered(drafts[i].Parts, o.Parts)
	}
}

// matched matches people who are there, and one who is not.
func matched(b *bench) {
	if b.rig.Stranger == nil {
		b.Fatal("Caps has Matches, and the rig has no Stranger")
	}
	c := b.open()
	for _, o := range b.rig.Kind.Caps.Matches {
		before := keysOf(b.all(c, o))
		drafts := b.drafts(o, 0, min(3, max(b.rig.Kind.Caps.Batch, 1)))
		for i, x := range b.write(c, drafts) {
			if !before[x.Key.ID] || x.Key.Object != o {
				b.Errorf("%s was matched with %v, who is not there", drafts[i].Mark, x.Key)
			}
		}
		d := b.rig.Stranger(b.maker(), o)
		d.Object = o
		b.name(&d, "stranger")
		out, err := b.writeAll(c, []model.Draft{d})
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		b.states(out, 1, connector.Refused)
		p := b.wantProblem(out[0].Err, "")
		if p.Where.Record != d.Source.ID || p.Where.Object != string(o) {
			b.Errorf("the problem of a stranger is placed at %+v", p.Where)
		}
		if after := len(b.all(c, o)); after != len(before) {
			b.Errorf("%d of %s became %d", len(before), o, after)
		}
	}
}

// partsArrive writes wholes and compares every part, in what can be read of it.
func partsArrive(b *bench) {
	c := b.open()
	others := b.prepare(c)
	for _, o := range b.rig.owners() {
		from := b.used(o)
		drafts := b.drafts(o, from, from+5)
		b.use(o, 5)
		before := map[model.Object]int{}
		for _, x := range b.rig.below(o) {
			before[x] = len(b.all(c, x))
		}
		out := b.write(c, drafts)
		count := map[model.Object]int{}
		created(out, count)
		for _, x := range b.rig.below(o) {
			shape, records := b.shapeOf(c, x), b.byID(c, x)
			if n := len(records) - before[x]; n != count[x] {
				b.Errorf("%d of %s are there, %d were told to be created", n, x, count[x])
			}
			if count[x] == 0 && others[x] == 0 {
				b.Errorf("the rig's drafts of %s have no %s among their parts", o, x)
			}
			b.compareParts(c, x, shape, records, drafts, out)
		}
	}
}

// prepare writes a record of each object, for others to link to, and counts them.
func (b *bench) prepare(c connector.Connector) map[model.Object]int {
	b.Helper()
	n := map[model.Object]int{}
	for _, o := range b.rig.pick(func(o model.Object) bool { return !b.rig.partOnly(o) }) {
		created(b.write(c, b.drafts(o, 0, 2)), n)
		b.use(o, 2)
	}
	return n
}

// compareParts holds all parts of one object, at any depth, against what was read.
func (b *bench) compareParts(c connector.Connector, x model.Object, shape model.ObjectSchema, records map[string]model.Record,
	drafts []model.Draft, out []connector.Outcome,
) {
	b.Helper()
	for i := range drafts {
		if len(out[i].Parts) != len(drafts[i].Parts) {
			continue // told already
		}
		for j, part := range drafts[i].Parts {
			got := out[i].Parts[j]
			if part.Object != x {
				continue
			}
			r, ok := records[got.Key.ID]
			if !ok {
				b.Errorf("%v was created with %v and cannot be read", got.Key, out[i].Key)
				continue
			}
			part = b.onto(c, part, out[i].Key)
			b.compare(c, shape, part, got, r)
			b.contentOf(c, part, r)
		}
		b.compareParts(c, x, shape, records, drafts[i].Parts, out[i].Parts)
	}
}

// contentOf holds a file against what was written.
func (b *bench) contentOf(c connector.Connector, d model.Draft, r model.Record) {
	b.Helper()
	f, ok := c.(connector.Filer)
	if d.File == nil || !ok {
		return
	}
	ref, name, _ := f.FileRef(r)
	if name == "" {
		b.Errorf("%v: content without a name", r.Key)
	}
	body, err := f.Open(b.Context(), ref)
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, body)
	if err = errors.Join(err, body.Close()); err != nil {
		b.Fatal(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != d.File.Hash {
		b.Errorf("%v: the content is not what was written", r.Key)
	}
}

// privateParts makes the first part private, and looks for its text among what is public.
func privateParts(b *bench) {
	c := b.open()
	tried := 0
	b.prepare(c)
	for _, o := range b.rig.owners() {
		from := b.used(o)
		d := b.drafts(o, from, from+1)[0]
		b.use(o, 1)
		if len(d.Parts) == 0 {
			continue
		}
		part := &d.Parts[0]
		shape := b.shapeOf(c, part.Object)
		field, text := privacy(shape), b.rig.Text[part.Object]
		if field.Name == "" || text == "" {
			continue
		}
		tried++
		const secret = "nobody outside may ever read this sentence"
		part.Fields = maps.Clone(part.Fields)
		part.Fields[text], part.Fields[field.Name] = secret, privateValue(field)
		out := b.write(c, []model.Draft{d})
		shown := 0
		for _, r := range b.all(c, part.Object) {
			if !strings.Contains(string(r.Raw), secret) {
				continue
			}
			shown++
			values, err := model.Values(r.Raw)
			if err != nil {
				b.Fatal(err)
			}
			if !same(field, privateValue(field), values[field.Name]) {
				b.Errorf("%v was to be private, and is public", r.Key)
			}
		}
		if shown != 1 {
			b.Errorf("the private %s of %v is there %d times", part.Object, out[0].Key, shown)
		}
		for _, r := range b.all(c, o) {
			if strings.Contains(string(r.Raw), secret) {
				b.Errorf("%v shows the text of a private %s", r.Key, part.Object)
			}
		}
	}
	if tried == 0 {
		b.Skip("does not apply: no part can be private")
	}
}

func privacy(s model.ObjectSchema) model.Field {
	for _, f := range s.Fields {
		if f.Private {
			return f
		}
	}
	return model.Field{}
}

func privateValue(f model.Field) any {
	if f.Type == model.Bool {
		return f.PrivateValue != "false"
	}
	return f.PrivateValue
}

// partsFound asks for parts that are there, and for such as never arrived.
func partsFound(b *bench) {
	c := b.open()
	b.prepare(c)
	tried := 0
	for _, o := range b.rig.owners() {
		from := b.used(o)
		drafts := b.drafts(o, from, from+4)
		b.use(o, 4)
		out := b.write(c, drafts[:3])
		b.wait(b.rig.Kind.Caps.FindLag)
		for i := range out {
			tried += b.foundIn(c, drafts[i], out[i])
			absent, ok := b.lookIn(c, out[i].Key, drafts[3].Parts)
			if ok && len(absent) != 0 {
				b.Errorf("parts of a %s that was never sent were found in %v: %v", o, out[i].Key, absent)
			}
		}
	}
	if tried == 0 {
		b.Skip("does not apply: the desk cannot tell which parts arrived")
	}
}

func (b *bench) foundIn(c connector.Connector, d model.Draft, o connector.Outcome) (tried int) {
	b.Helper()
	found, ok := b.lookIn(c, o.Key, d.Parts)
	if !ok {
		return 0
	}
	if len(o.Parts) != len(d.Parts) {
		return 0 // told already
	}
	for j, part := range d.Parts {
		f := found[part.Mark]
		if f.Key != o.Parts[j].Key || f.Copies != 1 {
			b.Errorf("part %s of %v: found %+v, want %v once", part.Mark, o.Key, f, o.Parts[j].Key)
		}
		tried += 1 + b.foundIn(c, part, o.Parts[j])
	}
	return tried
}

// tooLate writes parts that only go with their owner after it.
func tooLate(b *bench) {
	c := b.open()
	b.prepare(c)
	tried := 0
	for _, o := range b.rig.owners() {
		from := b.used(o)
		drafts := b.drafts(o, from, from+2)
		b.use(o, 2)
		out := b.write(c, drafts[:1])
		for _, part := range drafts[1].Parts {
			if !b.rig.partOnly(part.Object) {
				continue
			}
			tried++
			before := len(b.all(c, part.Object))
			late := b.onto(c, part, out[0].Key)
			got, err := b.writeAll(c, []model.Draft{late})
			if b.hear(err) != nil {
				b.Fatal(err)
			}
			b.states(got, 1, connector.Refused)
			p := b.wantProblem(got[0].Err, "")
			if p.Where.Record != late.Source.ID || p.Where.Object != string(late.Object) {
				b.Errorf("the problem of a late %s is placed at %+v", late.Object, p.Where)
			}
			if n := len(b.all(c, part.Object)); n != before {
				b.Errorf("a late %s was refused, and is there", part.Object)
			}
		}
	}
	if tried == 0 {
		b.Skip("does not apply: every part can be written by itself")
	}
}

// lostWhole loses one answer, or one request, and holds what Find and FindParts tell
// against what can be read.
func lostWhole(b *bench, kind faultKind) {
	c := b.open()
	b.prepare(c)
	_, looks := c.(connector.PartFinder)
	for _, o := range b.rig.owners() {
		if !b.rig.Kind.Caps.Marked(o) && !looks {
			continue
		}
		from := b.used(o)
		drafts := b.drafts(o, from, from+min(5, b.rig.Kind.Caps.Batch))
		b.use(o, len(drafts))
		b.between.set(&fault{kind: kind, times: 1, match: b.rig.sends})
		out, err := b.writeAll(c, drafts)
		b.between.set()
		if errors.Is(b.hear(err), context.Canceled) {
			b.Fatal(err)
		}
		b.wait(b.rig.Kind.Caps.FindLag)
		there := b.byID(c, o)
		found, _ := b.look(c, drafts)
		for i, d := range drafts {
			f, ok := found[d.Mark]
			if _, shown := there[f.Key.ID]; ok != shown || ok && f.Copies != 1 {
				b.Errorf("%s is told to be there: %v (%+v), and can be read: %v", d.Mark, ok, f, shown)
			}
			if ok && out[i].State != connector.Created && out[i].State != connector.Unknown || !ok && out[i].State == connector.Created {
				b.Errorf("%s is there: %v, and its state is %d", d.Mark, ok, out[i].State)
			}
		}
		b.settle(c, o, drafts, out)
	}
}

// undeletable asks to delete one record that cannot be, and wants to hear so.
func (b *bench) undeletable(d connector.Deleter, o model.Object) {
	b.Helper()
	b.mu.Lock()
	made := b.made[o]
	b.mu.Unlock()
	if len(made) == 0 {
		return
	}
	out, err := d.Delete(b.Context(), []connector.Doomed{{Key: made[0]}})
	b.hearAll(out)
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	b.states(out, 1, connector.Refused)
	b.wantProblem(out[0].Err, "")
}

// wholesOf gives the outcomes of one object among the parts of what was written.
func (b *bench) wholesOf(written map[model.Object][]connector.Outcome, o model.Object) []connector.Outcome {
	var out []connector.Outcome
	var walk func(list []connector.Outcome)
	walk = func(list []connector.Outcome) {
		for _, x := range list {
			if x.Key.Object == o {
				out = append(out, x)
			}
			walk(x.Parts)
		}
	}
	for _, list := range written {
		for _, x := range list {
			walk(x.Parts)
		}
	}
	return out
}

// nothingLeft fails when records of an object are left after all were deleted, or parts of
// them. The first ones that went along with others go when those go.
func (b *bench) nothingLeft(c connector.Connector, o model.Object, along int) {
	b.Helper()
	w, part := b.rig.Kind.Caps.Whole(o)
	if !part || !w.First {
		along = 0
		for _, x := range b.rig.below(o) {
			if n := len(b.all(c, x)); n != 0 {
				b.Errorf("%d of %s are left although their %s are deleted", n, x, o)
			}
		}
	}
	if n := len(b.all(c, o)); n != along {
		b.Errorf("%d of %s are left, want %d", n, o, along)
	}
}
