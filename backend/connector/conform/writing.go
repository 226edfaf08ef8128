package conform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

func writing(t *testing.T, r Rig) {
	r.sub(t, "what is written reads back", needWrites, readBack)
	r.sub(t, "one outcome for each draft, in order", needWrites, outcomes)
	r.sub(t, "bad drafts are refused one by one", needWrites, refused)
	r.sub(t, "marks are found", needWrites|needFinds, marks)
	r.sub(t, "nobody is mailed", needWrites|needFake, func(b *bench) {
		if !r.Kind.Caps.Quiet {
			b.Skip("does not apply: Caps says that the desk cannot be quiet")
		}
		if r.Mails == nil {
			b.Skip("does not apply: the rig cannot count mails")
		}
		b.seed(b.rig.some())
		if n := r.Mails(b, b.fake); n != 0 {
			b.Errorf("%d mails would have been sent to customers", n)
		}
	})
	lost(t, r)
	r.sub(t, "nobody listens: surely unsent", needWrites|needFake, func(b *bench) {
		o := firstObject(r)
		c := b.open()
		b.write(c, b.drafts(o, 0, 1)) // so that what a connector asks once is known
		b.net.down.Store(true)
		b.base.CloseIdleConnections()
		out, err := b.writer(c).Write(b.Context(), b.drafts(o, 1, 4), b.files)
		b.hearAll(out)
		b.wantProblem(err, connector.CodeUnreachable)
		b.states(out, 3, connector.Unsent)
	})
	r.sub(t, "many writers at once", needWrites, func(b *bench) {
		o := firstObject(r)
		c := b.open()
		drafts := b.drafts(o, 0, 3*r.some()+1)
		var wg sync.WaitGroup
		for part := range slices.Chunk(drafts, 5) {
			wg.Go(func() { b.write(c, part) })
		}
		wg.Wait()
		if n := len(b.all(c, o)); n != len(drafts) {
			b.Errorf("%d records, want %d", n, len(drafts))
		}
	})
	deleting(t, r)
	r.sub(t, "fields and options can be added", needWrites|needShapes, shaping)
}

// outcomes mixes objects and sizes.
func outcomes(b *bench) {
	c := b.open()
	if out, err := b.writer(c).Write(b.Context(), nil, b.files); err != nil || len(out) != 0 {
		b.Errorf("no drafts: %d outcomes, %v", len(out), err)
	}
	for _, o := range b.rig.alone() {
		drafts := b.drafts(o, 0, min(b.rig.Kind.Caps.Batch, 7))
		for i, x := range b.write(c, drafts) {
			if x.Mark != drafts[i].Mark || x.Key.Object != o {
				b.Errorf("outcome %d is of %s %v, want %s", i, x.Mark, x.Key, drafts[i].Mark)
			}
		}
	}
}

// readBack writes one of everything and compares every field.
func readBack(b *bench) {
	c := b.open()
	s, err := c.Schema(b.Context())
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	for _, o := range b.rig.alone() {
		shape, _ := s.Object(o)
		drafts := b.drafts(o, 0, 5)
		out := b.write(c, drafts)
		byID := map[string]model.Record{}
		for _, x := range b.all(c, o) {
			byID[x.Key.ID] = x
		}
		for i, d := range drafts {
			x, ok := byID[out[i].Key.ID]
			if !ok {
				b.Errorf("%s %d was created and cannot be read", o, i)
				continue
			}
			b.compare(c, shape, d, out[i], x)
		}
	}
}

func (b *bench) compare(c connector.Connector, shape model.ObjectSchema, d model.Draft, o connector.Outcome, x model.Record) {
	b.Helper()
	values, err := model.Values(x.Raw)
	if err != nil {
		b.Fatal(err)
	}
	caps := b.rig.Kind.Caps
	for name, want := range d.Fields {
		f, ok := shape.Field(name)
		if !ok {
			b.Errorf("%s: the shape has no field %q", x.Key.Object, name)
			continue
		}
		if f.Type == model.DateTime && !caps.Backdates && f.ReadOnly {
			continue
		}
		if !same(f, want, values[name]) {
			b.Errorf("%v: %s: wrote %#v, read %#v", x.Key, name, want, values[name])
		}
	}
	for _, l := range d.Links {
		if f, ok := shape.Field(l.Field); ok && slices.Contains(f.To, model.Agent) && len(f.To) > 1 && !caps.KeepsAuthor {
			continue
		}
		got := slices.ContainsFunc(x.Links, func(y model.Link) bool {
			return y.Role == l.Field && slices.Contains(y.To, model.Ref{Object: l.Target.Object, Value: l.Target.ID})
		})
		if l.Target.ID != "" && !got {
			b.Errorf("%v: %s: wrote %v, read %v", x.Key, l.Field, l.Target, x.Links)
		}
	}
	if d.File != nil {
		if f, ok := c.(connector.Filer); ok {
			if ref, _, _ := f.FileRef(x); ref == "" {
				b.Errorf("%v lost its content", x.Key)
			}
		}
	}
	m, ok := c.(connector.Marker)
	if !ok {
		return
	}
	if caps.Marked(d.Object) && m.MarkOf(x) != d.Mark {
		b.Errorf("%v: the mark is %q, want %q", x.Key, m.MarkOf(x), d.Mark)
	}
	if m.VersionOf(x) != o.Version {
		b.Errorf("%v: written as version %q, read as %q", x.Key, o.Version, m.VersionOf(x))
	}
}

// same tells whether a value that was read is the one that was written.
func same(f model.Field, want, got any) bool {
	text := model.Plain(got)
	switch w := want.(type) {
	case nil:
		return got == nil || text == ""
	case time.Time:
		if f.Format == "X" { // seconds since 1970, with or without a fraction
			s, err := strconv.ParseFloat(text, 64)
			return err == nil && (int64(s) == w.Unix() && s == math.Trunc(s) || int64(math.Round(s*1000)) == w.UnixMilli())
		}
		t, err := time.Parse(time.RFC3339Nano, text)
		return err == nil && t.Equal(w.Truncate(time.Millisecond))
	case model.Day:
		return text == string(w)
	case []string:
		list, ok := got.([]string)
		return ok && slices.Equal(list, w) || len(w) == 0 && text == ""
	case string:
		if f.Type == model.Number || f.Type == model.Integer {
			return number(w, text)
		}
		return text == w
	default:
		return text == fmt.Sprint(w) || number(fmt.Sprint(w), text)
	}
}

func number(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok && ok2 && x.Cmp(y) == 0
}

// refused writes each bad draft between two good ones.
func refused(b *bench) {
	if b.rig.Bad == nil {
		b.Skip("does not apply: the rig has no bad drafts")
	}
	c := b.open()
	for _, o := range b.rig.pick(func(o model.Object) bool { return !b.rig.partOnly(o) }) {
		b.write(c, b.drafts(o, 0, 1))
	}
	next := map[model.Object]int{}
	for _, bad := range b.rig.Bad(b.maker()) {
		d := bad.Draft
		from := 1 + 2*next[d.Object]
		next[d.Object]++
		if d.Mark == "" {
			d.Mark = model.Mark("conform:bad:" + bad.Name)
		}
		d.Source = model.Key{Object: d.Object, ID: "src-bad"}
		good := b.drafts(d.Object, from, from+2)
		out, err := b.writer(c).Write(b.Context(), []model.Draft{good[0], d, good[1]}, b.files)
		b.hearAll(out)
		if b.hear(err) != nil || len(out) != 3 {
			b.Errorf("%s: %d outcomes, %v", bad.Name, len(out), err)
			continue
		}
		if out[0].State != connector.Created || out[2].State != connector.Created {
			b.Errorf("%s: one bad draft spoiled its neighbours: %d, %d", bad.Name, out[0].State, out[2].State)
		}
		if out[1].State != connector.Refused {
			b.Errorf("%s: state %d, want Refused", bad.Name, out[1].State)
			continue
		}
		p := b.wantProblem(out[1].Err, bad.Code)
		if p.Where.Field != bad.Field || p.Where.Record != "src-bad" || p.Where.Object != string(d.Object) {
			b.Errorf("%s: the problem is placed at %+v, want field %q of src-bad", bad.Name, p.Where, bad.Field)
		}
	}
}

func (b *bench) finder(c connector.Connector) connector.Finder {
	b.Helper()
	f, ok := c.(connector.Finder)
	if !ok {
		b.Fatal("Caps promises Finds, but the connector is no Finder")
	}
	return f
}

// marks asks for marks that are there, that are not, and for very many.
func marks(b *bench) {
	c := b.open()
	f := b.finder(c)
	if found, err := f.Find(b.Context(), b.rig.marked()[0], nil); err != nil || len(found) != 0 {
		b.Errorf("no marks: %v, %v", found, err)
	}
	for _, o := range b.rig.alone() {
		drafts := b.drafts(o, 0, 5)
		out := b.write(c, drafts)
		if !b.rig.Kind.Caps.Marked(o) {
			continue // others may point to them
		}
		b.wait(b.rig.Kind.Caps.FindLag)
		var ask []model.Mark
		for _, d := range drafts {
			ask = append(ask, d.Mark)
		}
		for i := range 250 {
			ask = append(ask, model.Mark(fmt.Sprint("conform:nowhere & everywhere/", i)))
		}
		found, err := f.Find(b.Context(), o, ask)
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		if len(found) != len(drafts) {
			b.Errorf("%s: found %d marks, want %d", o, len(found), len(drafts))
		}
		for _, x := range out {
			if got := found[x.Mark]; got.Key != x.Key || got.Copies != 1 || got.Version != x.Version {
				b.Errorf("%s: found %+v, want %v once, version %s", x.Mark, got, x.Key, x.Version)
			}
		}
	}
}

// lost writes while answers get lost, asks for the marks, writes again what is not
// there: invariant 4, seen from the connector.
func lost(t *testing.T, r Rig) {
	write := r.sends
	for _, x := range []struct {
		name    string
		kind    faultKind
		done    bool // the work is done
		allowed []connector.State
	}{
		{"the answer is dropped", dropAfter, true, []connector.State{connector.Unknown}},
		{"the connection is reset", resetAfter, true, []connector.State{connector.Unknown}},
		{"half of the answer arrives", halfBody, true, []connector.State{connector.Unknown}},
		{"an error although the work is done", errorAfter, true, []connector.State{connector.Unknown}},
		{"a page instead of the answer", pageAfter, true, []connector.State{connector.Unknown}},
		{"the request is dropped", dropBefore, false, []connector.State{connector.Unknown, connector.Unsent}},
		{"an error before the work", errorBefore, false, []connector.State{connector.Unknown, connector.Unsent}},
	} {
		r.sub(t, "no double when "+x.name, needWrites|needFinds, func(b *bench) {
			c := b.open()
			_, looks := c.(connector.PartFinder)
			for _, o := range r.alone() {
				if _, part := r.Kind.Caps.Whole(o); !r.Kind.Caps.Marked(o) && (!looks || !part) {
					b.write(c, b.drafts(o, 0, 1)) // for others to point to
					continue                      // held: nobody can tell whether it arrived
				}
				drafts := b.drafts(o, 0, min(r.some(), r.Kind.Caps.Batch))
				_, err := c.Schema(b.Context()) // what a connector asks once is known
				if b.hear(err) != nil {
					b.Fatal(err)
				}
				b.between.set(&fault{kind: x.kind, times: 1, match: write})
				out, err := b.writer(c).Write(b.Context(), drafts, b.files)
				b.hearAll(out)
				_ = b.hear(err) // allowed: the outcomes count
				// One request may carry all drafts, or each has its own: those before it were
				// created, and none is sent after it.
				allowed := append([]connector.State{connector.Created, connector.Unsent}, x.allowed...)
				if r.Kind.Caps.Batch > 1 && len(out) > 0 {
					b.states(out[:1], 1, x.allowed...)
				}
				if len(out) == len(drafts) {
					b.answered(drafts, out)
				}
				b.states(out, len(drafts), allowed...)
				b.between.set()
				b.settle(c, o, drafts, out)
			}
		})
	}
	r.sub(t, "no double when the caller gives up", needWrites|needFinds, func(b *bench) {
		c := b.open()
		o := r.marked()[0]
		drafts := b.drafts(o, 0, min(r.some(), r.Kind.Caps.Batch))
		if _, err := c.Schema(b.Context()); b.hear(err) != nil {
			b.Fatal(err)
		}
		b.between.set(&fault{kind: stallAfter, times: 1, match: write})
		ctx, cancel := context.WithCancel(b.Context())
		stop := make(chan struct{})
		go func() { defer close(stop); <-b.between.arrived; cancel() }()
		out, err := b.writer(c).Write(ctx, drafts, b.files)
		<-stop
		b.hearAll(out)
		if !errors.Is(b.hear(err), context.Canceled) {
			b.Errorf("got %v, want the context's error", err)
		}
		b.states(out, len(drafts), connector.Unknown, connector.Unsent)
		if r.Kind.Caps.Batch > 1 && len(out) > 0 && out[0].State != connector.Unknown {
			b.Error("a request that arrived was called unsent")
		}
		b.between.set()
		b.settle(c, o, drafts, out)
	})
}

// settle does what a run does after a crash: ask first, then send what is not there.
func (b *bench) settle(c connector.Connector, o model.Object, drafts []model.Draft, out []connector.Outcome) {
	b.Helper()
	ask := make([]model.Draft, 0, len(drafts))
	for i := range drafts {
		if i < len(out) && out[i].State == connector.Unknown {
			ask = append(ask, drafts[i])
		}
	}
	b.wait(b.rig.Kind.Caps.FindLag)
	found, _ := b.look(c, ask)
	var again []model.Draft
	for i, d := range drafts {
		f, there := found[d.Mark]
		switch {
		case i < len(out) && out[i].State == connector.Created:
			b.keep(out[i : i+1])
			b.settleParts(c, out[i].Key, d)
		case there:
			b.keep([]connector.Outcome{{Key: f.Key, State: connector.Existed}})
			b.settleParts(c, f.Key, d)
		default:
			again = append(again, d)
		}
	}
	b.write(c, again)
	b.wait(b.rig.Kind.Caps.FindLag)
	found, _ = b.look(c, drafts)
	for _, d := range drafts {
		if found[d.Mark].Copies != 1 {
			b.Errorf("%s: %s is there %d times", o, d.Mark, found[d.Mark].Copies)
		}
	}
	for _, x := range append(b.rig.below(o), o) {
		if n := len(b.all(c, x)); n != len(b.made[x]) {
			b.Errorf("%s: %d records, want %d", x, n, len(b.made[x]))
		}
	}
}

func deleting(t *testing.T, r Rig) {
	doomed := func(out []connector.Outcome) (d []connector.Doomed) {
		for _, o := range out {
			d = append(d, connector.Doomed{Key: o.Key, Version: o.Version})
		}
		return d
	}
	deleter := func(b *bench, c connector.Connector) connector.Deleter {
		d, ok := c.(connector.Deleter)
		if !ok {
			b.Fatal("Caps promises Deletes, but the connector is no Deleter")
		}
		return d
	}
	r.sub(t, "everything can be taken back", needWrites|needDeletes, func(b *bench) {
		c := b.open()
		written := map[model.Object][]connector.Outcome{}
		for _, o := range r.pick(func(o model.Object) bool { return !r.partOnly(o) }) {
			written[o] = b.write(c, b.drafts(o, 0, r.some()))
		}
		for _, o := range slices.Backward(r.Kind.Caps.Order) { // children first
			switch {
			case r.Kind.Caps.Matched(o):
				continue // it was there before us
			case r.Kind.Caps.Undeletable(o):
				b.undeletable(deleter(b, c), o)
				continue
			case r.partOnly(o):
				written[o] = b.wholesOf(written, o)
			}
			for round := range 2 { // deleting twice is fine
				out, err := deleter(b, c).Delete(b.Context(), doomed(written[o]))
				b.hearAll(out)
				if b.hear(err) != nil {
					b.Fatalf("delete %s, round %d: %v", o, round, err)
				}
				b.states(out, len(written[o]), connector.Deleted)
			}
			b.nothingLeft(c, o, len(b.wholesOf(written, o)))
		}
	})
	r.sub(t, "a lost answer to a deletion does no harm", needWrites|needDeletes, func(b *bench) {
		c := b.open()
		o := r.deletable()[0]
		what := doomed(b.write(c, b.drafts(o, 0, 5)))
		b.between.set(&fault{kind: dropAfter, times: 1, match: isWrite})
		out, err := deleter(b, c).Delete(b.Context(), what)
		b.hearAll(out)
		_ = b.hear(err) // allowed: the outcomes count
		b.states(out, len(what), connector.Unknown, connector.Unsent, connector.Deleted)
		out, err = deleter(b, c).Delete(b.Context(), what)
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		b.states(out, len(what), connector.Deleted)
	})
	r.sub(t, "what people touched is left alone", needWrites|needDeletes|needFake, func(b *bench) {
		if r.Touch == nil {
			b.Skip("does not apply: the rig cannot touch a record")
		}
		c := b.open()
		for _, o := range r.deletable() {
			out := b.write(c, b.drafts(o, 0, 2))
			b.touch(out[0].Key)
			got, err := deleter(b, c).Delete(b.Context(), doomed(out))
			b.hearAll(got)
			if b.hear(err) != nil || len(got) != 2 {
				b.Fatalf("%d outcomes, %v", len(got), err)
			}
			if got[0].State != connector.Touched || got[1].State != connector.Deleted {
				b.Errorf("%s: touched %d, untouched %d", o, got[0].State, got[1].State)
			}
			if got[0].State == connector.Touched {
				b.wantProblem(got[0].Err, connector.CodeChanged)
			}
			b.forgetWhole(out[1]) // it is no longer there to be linked
		}
	})
}

// shaping adds a field and an option, and writes into it.
func shaping(b *bench) {
	if b.rig.Field.Name == "" {
		b.Skip("does not apply: the rig names no field")
	}
	c := b.open()
	sh, ok := c.(connector.Shaper)
	if !ok {
		b.Fatal("Caps promises Shapes, but the connector is no Shaper")
	}
	f, o := b.rig.Field, b.rig.Object
	if err := sh.CreateField(b.Context(), o, f); b.hear(err) != nil {
		b.Fatal(err)
	}
	made := func() (model.Field, bool) {
		s, err := c.Schema(b.Context())
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		shape, _ := s.Object(o)
		if !b.rig.Numbers {
			return shape.Field(f.Name)
		}
		n := slices.IndexFunc(shape.Fields, func(x model.Field) bool { return x.Custom && x.Title == f.Title })
		if n < 0 {
			return model.Field{}, false
		}
		return shape.Fields[n], true
	}
	name := f.Name
	if b.rig.Numbers {
		x, ok := made()
		if !ok {
			b.Fatal("the new field is not in the shape")
		}
		name = x.Name
	}
	more := model.Choice{Value: "conform_more", Title: "More"}
	if err := sh.CreateOption(b.Context(), o, name, more); b.hear(err) != nil {
		b.Fatal(err)
	}
	b.wantProblem(sh.CreateField(b.Context(), o, f), "")
	got, ok := made()
	if !ok || got.Type != f.Type || !got.Custom || len(got.Options) != len(f.Options)+1 {
		b.Fatalf("the new field is %+v", got)
	}
	for _, x := range b.rig.pick(func(o model.Object) bool { return !b.rig.partOnly(o) }) {
		d := b.drafts(x, 0, 1)
		if x == o {
			d[0].Fields[name] = more.Value
		}
		b.write(c, d)
	}
	found := false
	for _, x := range b.all(c, o) {
		values, err := model.Values(x.Raw)
		if err != nil {
			b.Fatal(err)
		}
		found = found || strings.EqualFold(model.Plain(values[name]), more.Value)
	}
	if !found {
		b.Error("a value written into the new field did not read back")
	}
}
