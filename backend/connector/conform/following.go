package conform

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// quiet is long enough that no desk's overlap of changes reaches back over it.
const quiet = 48 * time.Hour

func following(t *testing.T, r Rig) {
	r.sub(t, "from now on nothing is missed", needSome|needChanges|needWrites, fromNow)
	r.sub(t, "stop after every page and go on", needSome|needChanges|needWrites, followByPages)
	r.sub(t, "what is merged says where it went", needChanges|needWrites|needFake, mergedSources)
	r.sub(t, "what is redacted comes in both lists", needChanges|needWrites|needFake, redactedSources)
	r.sub(t, "a foreign cursor is refused", needChanges, func(b *bench) {
		err := b.changer(b.open()).Changes(b.Context(), firstObject(r), `{"v":99}`, func(connector.Page) error { return nil })
		b.wantProblem(err, connector.CodeCursor)
	})
}

func (b *bench) changer(c connector.Connector) connector.Changer {
	b.Helper()
	ch, ok := c.(connector.Changer)
	if !ok {
		b.Fatal("Caps promises Changes, but the connector is no Changer")
	}
	return ch
}

// news is what a reading of changes told.
type news struct {
	records map[string]model.Record
	gone    map[string]connector.Gone
	next    connector.Cursor
}

func (b *bench) news(c connector.Connector, o model.Object, from connector.Cursor) news {
	b.Helper()
	n := news{records: map[string]model.Record{}, gone: map[string]connector.Gone{}, next: from}
	err := b.changer(c).Changes(b.Context(), o, from, func(p connector.Page) error {
		n.take(p)
		return nil
	})
	if b.hear(err) != nil {
		b.Fatalf("changes of %s: %v", o, err)
	}
	return n
}

func (n *news) take(p connector.Page) {
	for _, x := range p.Records {
		n.records[x.Key.ID] = x
	}
	for _, g := range p.Gone {
		n.gone[g.ID] = g
	}
	n.next = p.Next
}

func (b *bench) now(c connector.Connector, o model.Object) connector.Cursor {
	b.Helper()
	at, err := b.changer(c).Now(b.Context(), o)
	if b.hear(err) != nil {
		b.Fatalf("now of %s: %v", o, err)
	}
	return at
}

// loner writes a record that no later draft will link to.
func (b *bench) loner(c connector.Connector, o model.Object) connector.Outcome {
	b.Helper()
	n := b.used(o)
	d := b.drafts(o, n, n+1)
	b.use(o, 1)
	out := b.write(c, d)[0]
	b.forgetWhole(out)
	return out
}

func (b *bench) delete(c connector.Connector, k model.Key) {
	b.Helper()
	out, err := c.(connector.Deleter).Delete(b.Context(), []connector.Doomed{{Key: k}})
	b.hearAll(out)
	if b.hear(err) != nil || len(out) != 1 || out[0].State != connector.Deleted {
		b.Fatalf("delete %v: %v, %v", k, out, err)
	}
}

// fromNow does one of everything after Now, and wants to hear of each of it.
func fromNow(b *bench) {
	b.seedFor(5)
	c := b.openWith(smallPages(b.rig))
	for _, o := range b.rig.alone() {
		deletes := slices.Contains(b.rig.deletable(), o) && b.rig.Kind.Caps.Deletes
		var victim connector.Outcome
		if deletes {
			victim = b.loner(c, o)
		}
		kept := b.loner(c, o)
		if b.fake != nil {
			b.wait(quiet)
		}
		from := b.now(c, o)
		if n := b.news(c, o, from); b.fake != nil && len(n.records)+len(n.gone) > 0 {
			b.Errorf("%s: nothing happened, and %d records and %d deletions are told", o, len(n.records), len(n.gone))
		}
		want, parts := map[string]string{}, map[model.Object]connector.Cursor{}
		for _, x := range b.rig.below(o) {
			parts[x] = b.now(c, x)
		}
		came := map[model.Key]bool{}
		for range 2 {
			out := b.loner(c, o)
			want[out.Key.ID] = "was created"
			along(out.Parts, came)
		}
		if b.rig.Touch != nil && b.fake != nil && slices.Contains(b.rig.changeable(), o) {
			b.touch(kept.Key)
			want[kept.Key.ID] = "was changed"
		}
		gone := map[string]string{}
		if deletes {
			brief := b.loner(c, o)
			b.delete(c, victim.Key)
			b.delete(c, brief.Key)
			if !slices.Contains(b.rig.Untold, o) {
				gone[victim.Key.ID] = "was deleted"
				if !slices.Contains(b.rig.Passing, o) {
					gone[brief.Key.ID] = "was created and deleted"
				}
			}
		}
		n := b.news(c, o, from)
		for id, why := range want {
			if _, ok := n.records[id]; !ok {
				b.Errorf("%s %s %s after Now and was missed", o, id, why)
			}
		}
		for id, why := range gone {
			if g, ok := n.gone[id]; !ok || g.How != connector.GoneDeleted {
				b.Errorf("%s %s %s after Now and was told as %+v", o, id, why, g)
			}
			if _, ok := n.records[id]; ok {
				b.Errorf("%s %s %s and came as a record", o, id, why)
			}
		}
		for x, at := range parts {
			told := b.news(c, x, at)
			for k := range came {
				if _, ok := told.records[k.ID]; k.Object == x && !ok {
					b.Errorf("%v came along with a new %s after Now and was missed", k, o)
				}
			}
		}
		if b.fake == nil {
			continue
		}
		b.wait(quiet)
		if again := b.news(c, o, b.now(c, o)); len(again.records)+len(again.gone) > 0 {
			b.Errorf("%s: %d records and %d deletions are told again for ever", o, len(again.records), len(again.gone))
		}
	}
}

// along collects what came along.
func along(out []connector.Outcome, keys map[model.Key]bool) {
	for _, o := range out {
		keys[o.Key] = true
		along(o.Parts, keys)
	}
}

// forgetWhole takes a record and its parts out of those that drafts may link to.
func (b *bench) forgetWhole(o connector.Outcome) {
	b.forgetMade(o.Key)
	for _, part := range o.Parts {
		b.forgetWhole(part)
	}
}

// seedFor seeds, and numbers later drafts after what was seeded.
func (b *bench) seedFor(n int) {
	b.Helper()
	for o := range b.seed(n) {
		b.use(o, n)
	}
}

// followByPages reads each page of changes with a connection of its own, while more
// happens: the union must be exact.
func followByPages(b *bench) {
	b.seedFor(3)
	c := b.open()
	o := firstObject(b.rig)
	deletes := slices.Contains(b.rig.deletable(), o) && b.rig.Kind.Caps.Deletes
	at := b.now(c, o)
	want, gone := map[string]bool{}, map[string]bool{}
	deletes = deletes && !slices.Contains(slices.Concat(b.rig.Untold, b.rig.Passing), o)
	act := func() {
		want[b.loner(c, o).Key.ID] = true
		if deletes {
			x := b.loner(c, o)
			b.delete(c, x.Key)
			gone[x.Key.ID] = true
		}
	}
	for range 4 {
		act()
	}
	got := news{records: map[string]model.Record{}, gone: map[string]connector.Gone{}}
	for page := 0; ; page++ {
		if page > 200 {
			b.Fatal("no end after 200 pages")
		}
		fresh, stopped := b.openWith(smallPages(b.rig)), false
		err := b.changer(fresh).Changes(b.Context(), o, at, func(p connector.Page) error {
			if stopped {
				b.Error("another page although the first gave an error")
			}
			stopped = true
			if len(p.Records)+len(p.Gone) == 0 {
				return nil // the end
			}
			got.take(p)
			at = p.Next
			return errStop
		})
		if err == nil {
			break
		}
		if !errors.Is(err, errStop) {
			b.Fatal(b.hear(err))
		}
		if page < 3 {
			act()
		}
	}
	for id := range want {
		if _, ok := got.records[id]; !ok {
			b.Errorf("%s %s was created and missed", o, id)
		}
	}
	for id := range gone {
		if _, ok := got.gone[id]; !ok {
			b.Errorf("%s %s was deleted and missed", o, id)
		}
	}
}

// mergedSources merges two records of each object, where the desk can.
func mergedSources(b *bench) {
	if b.rig.Merge == nil {
		b.Skip("does not apply: the rig merges no records")
	}
	b.seedFor(5)
	c := b.openWith(smallPages(b.rig))
	merged := 0
	for _, o := range b.rig.Kind.Caps.Order {
		if len(b.made[o]) < 2 {
			continue
		}
		from := map[model.Object]connector.Cursor{}
		before := map[model.Object][]model.Record{}
		for _, x := range b.rig.Kind.Caps.Order {
			from[x], before[x] = b.now(c, x), b.all(c, x)
		}
		one, two := b.made[o][0], b.made[o][1]
		if !b.rig.Merge(b, b.fake, one, two) {
			continue // the desk merges no records of that object
		}
		merged++
		b.forgetMade(one)
		n := b.news(c, o, from[o])
		if g := n.gone[one.ID]; g.How != connector.GoneMerged || g.Into != two.ID {
			b.Errorf("%v was merged into %s and is told as %+v", one, two.ID, g)
		}
		if _, ok := n.records[one.ID]; ok {
			b.Errorf("%v was merged and came as a record", one)
		}
		for x, list := range before {
			after, told := b.byID(c, x), b.news(c, x, from[x])
			for _, r := range list {
				now, there := after[r.Key.ID]
				if _, ok := told.records[r.Key.ID]; there && !ok && fmt.Sprint(now.Links) != fmt.Sprint(r.Links) {
					b.Errorf("%v points elsewhere since %v was merged, and was missed", r.Key, one)
				}
			}
		}
	}
	if merged == 0 {
		b.Error("the rig has Merge, and merges nothing")
	}
}

// redactedSources takes content out of records, where the desk can.
func redactedSources(b *bench) {
	if b.rig.Redact == nil {
		b.Skip("does not apply: the rig redacts no records")
	}
	b.seedFor(3)
	c := b.openWith(smallPages(b.rig))
	n := 0
	for _, o := range b.rig.Kind.Caps.Order {
		if len(b.made[o]) == 0 {
			continue
		}
		from, k := b.now(c, o), b.made[o][0]
		if !b.rig.Redact(b, b.fake, k) {
			continue
		}
		n++
		told := b.news(c, o, from)
		if g := told.gone[k.ID]; g.How != connector.GoneRedacted {
			b.Errorf("%v was redacted and is told as %+v", k, g)
		}
		if _, ok := told.records[k.ID]; !ok {
			b.Errorf("%v was redacted, is still there and was not read again", k)
		}
	}
	if n == 0 {
		b.Error("the rig has Redact, and redacts nothing")
	}
}

// readByID reads what is there and what is not.
func readByID(b *bench) {
	want := b.seed(b.rig.some())
	c := b.open()
	r, ok := c.(connector.Reader)
	if !ok {
		b.Fatal("Caps promises Reads, but the connector is no Reader")
	}
	requests := len(b.between.requests())
	if got, err := r.Read(b.Context(), firstObject(b.rig), nil); err != nil || len(got) != 0 || len(b.between.requests()) != requests {
		b.Errorf("no ids: %d records, %v", len(got), err)
	}
	for o := range want {
		if b.rig.partOnly(o) {
			continue // it is read with what it belongs to
		}
		there := b.byID(c, o)
		var ids []string
		for id := range there {
			ids = append(ids, id)
		}
		absent := []string{"987654321", "987654322"}
		if _, deletes := c.(connector.Deleter); deletes && b.rig.Draft != nil && slices.Contains(b.rig.deletable(), o) {
			b.use(o, want[o])
			x := b.loner(c, o)
			b.delete(c, x.Key)
			absent = append(absent, x.Key.ID)
		}
		for len(ids) < 250 { // more than one request takes, some of them twice
			ids = append(ids, fmt.Sprint(987650000+len(ids)))
		}
		ids = slices.Concat(ids[100:], absent, ids[:100], ids[:1])
		got, err := r.Read(b.Context(), o, ids)
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		for id, x := range there {
			y, ok := got[id]
			if !ok || y.Key != x.Key || y.Version != x.Version || len(y.Raw) == 0 || fmt.Sprint(y.Links) != fmt.Sprint(x.Links) {
				b.Errorf("%v read by its id is %v at version %q, want %q", x.Key, y.Key, y.Version, x.Version)
			}
		}
		for id := range got {
			if _, ok := there[id]; !ok {
				b.Errorf("%s %s is not there, and was read", o, id)
			}
		}
	}
}

func firing(t *testing.T, r Rig) {
	r.sub(t, "what could go off is told", needFires, func(b *bench) {
		c := b.open()
		seen := map[string]bool{}
		for _, f := range b.fires(c) {
			kinds := []string{connector.FireTrigger, connector.FireAutomation, connector.FireWebhook, connector.FireMail}
			if f.ID == "" || seen[f.ID] || f.Name == "" || f.Does == "" || len(f.On) == 0 || !slices.Contains(kinds, f.Kind) {
				b.Errorf("incomplete, or twice: %+v", f)
			}
			seen[f.ID] = true
			if b.fake != nil && r.Kind.Caps.Quiet && f.Active && !f.Silenced {
				b.Errorf("Caps says that the desk can be quiet, but this would go off: %+v", f)
			}
		}
		if !r.Kind.Caps.Quiet || b.fake == nil || !r.Kind.Caps.Writes || r.Draft == nil {
			return
		}
		before, known := b.fired(c)
		b.seed(3)
		if after, _ := b.fired(c); known && after != before {
			b.Errorf("writing set off %d messages", after-before)
		}
	})
	t.Run("a loud desk is told", func(t *testing.T) {
		if reason := r.missing(needFires | needWrites | needFake); reason != "" {
			t.Skip("does not apply: " + reason)
		}
		if r.Loud == nil {
			t.Skip("does not apply: the rig has no desk that is loud")
		}
		r.on(t, r.Loud, true, func(b *bench) {
			c := b.open()
			loud := map[model.Object]bool{}
			for _, f := range b.fires(c) {
				for _, o := range f.On {
					loud[o] = loud[o] || f.Active && !f.Silenced
				}
			}
			if len(loud) == 0 {
				b.Error("nothing is told that could go off")
			}
			for _, o := range r.alone() {
				before, known := b.fired(c)
				if !known {
					b.Skip("does not apply: the desk does not count what it sent")
				}
				b.write(c, b.drafts(o, 0, 3))
				if after, _ := b.fired(c); (after != before) != loud[o] {
					b.Errorf("%s: %d messages were counted, and it is told to be loud: %v", o, after-before, loud[o])
				}
			}
		})
	})
}

func (b *bench) firer(c connector.Connector) connector.Firer {
	b.Helper()
	f, ok := c.(connector.Firer)
	if !ok {
		b.Fatal("Caps promises Fires, but the connector is no Firer")
	}
	return f
}

func (b *bench) fires(c connector.Connector) []connector.Fire {
	b.Helper()
	list, err := b.firer(c).Fires(b.Context())
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	return list
}

func (b *bench) fired(c connector.Connector) (int64, bool) {
	b.Helper()
	n, known, err := b.firer(c).Fired(b.Context())
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	return n, known
}
