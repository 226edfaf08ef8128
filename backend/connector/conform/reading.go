package conform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// some is how many records of each object a desk has, where it matters little.
func (r Rig) some() int {
	if r.Fake == nil && r.Some > 0 {
		return r.Some
	}
	return 13
}

func reading(t *testing.T, r Rig) {
	r.sub(t, "counts equal what paging gives", needSome, func(b *bench) {
		want := b.seed(b.rig.some())
		c := b.open()
		for o, n := range want {
			got, exact, err := c.Count(b.Context(), o)
			if b.hear(err) != nil {
				b.Fatal(err)
			}
			if exact != r.Kind.Caps.ExactCounts {
				b.Errorf("count of %s is exact: %v, Caps says %v", o, exact, r.Kind.Caps.ExactCounts)
			}
			if read := len(b.all(c, o)); read != n || exact && got != int64(n+len(b.before[o])) {
				b.Errorf("%s: counted %d, read %d, there are %d", o, got, read, n)
			}
		}
	})
	r.sub(t, "any page size gives every record", needSome, func(b *bench) {
		want := b.seed(b.rig.some())
		for _, size := range append([]map[string]string{nil}, r.PageSizes...) {
			c := b.openWith(size)
			for o, n := range want {
				if got := len(b.all(c, o)); got != n {
					b.Errorf("%v: %s: read %d of %d", size, o, got, n)
				}
			}
		}
	})
	r.sub(t, "stop after every page and go on", needSome, func(b *bench) { stopAndGoOn(b, b.seed(b.rig.some())) })
	r.sub(t, "records added meanwhile disturb nothing", needSome|needWrites, func(b *bench) {
		b.seed(b.rig.some())
		c := b.openWith(smallPages(r))
		o := firstObject(r)
		before := keysOf(b.all(c, o))
		seen, added := map[string]bool{}, b.rig.some()
		err := c.Pages(b.Context(), o, "", func(p connector.Page) error {
			for _, x := range p.Records {
				seen[x.Key.ID] = true
			}
			if added < b.rig.some()+3 {
				b.write(c, b.drafts(o, added, added+1))
				added++
			}
			return nil
		})
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		for id := range before {
			if !seen[id] {
				b.Errorf("%s %s was missed", o, id)
			}
		}
	})
	r.sub(t, "an error from each comes back", needSome, func(b *bench) {
		b.seed(3)
		stop := errors.New("stop here")
		calls := 0
		err := b.open().Pages(b.Context(), firstObject(r), "", func(connector.Page) error { calls++; return stop })
		if !errors.Is(err, stop) || calls != 1 {
			b.Errorf("%d calls, got %v", calls, err)
		}
	})
	r.sub(t, "raw is the desk's own text", needSome, func(b *bench) {
		want := b.seed(3)
		c := b.open()
		b.between.record()
		for o := range want {
			for _, x := range b.all(c, o) {
				if !json.Valid(x.Raw) {
					b.Errorf("%s %s: the raw record is not JSON", o, x.Key.ID)
				}
				if r.Derived != nil && r.Derived(x) {
					continue
				}
				if !anyHolds(b.between.answers(), x.Raw) {
					b.Errorf("%s %s: no answer of the desk holds this text: %.200s", o, x.Key.ID, x.Raw)
				}
			}
		}
	})
	r.sub(t, "keys, fields and links hold", needSome, func(b *bench) { hold(b, b.seed(b.rig.some())) })
	r.sub(t, "odd text arrives unharmed", needSome, func(b *bench) { oddText(b) })
	r.sub(t, "content of files arrives whole", needSome|needFiles, func(b *bench) { content(b, b.seed(3)) })
	r.sub(t, "changes miss nothing", needSome|needChanges|needWrites, func(b *bench) { changes(b) })
	r.sub(t, "records are read by their ids", needSome|needReads, readByID)
	r.sub(t, "a foreign cursor is refused", 0, func(b *bench) {
		err := b.open().Pages(b.Context(), firstObject(r), `{"v":99}`, func(connector.Page) error { return nil })
		b.wantProblem(err, connector.CodeCursor)
	})
}

// firstObject is the first whose records are written by themselves.
func firstObject(r Rig) model.Object {
	if alone := r.alone(); len(alone) > 0 {
		return alone[0]
	}
	return model.Ticket
}

func smallPages(r Rig) map[string]string {
	if len(r.PageSizes) > 0 {
		return r.PageSizes[0]
	}
	return nil
}

func anyHolds(bodies [][]byte, raw []byte) bool {
	for _, b := range bodies {
		if bytes.Contains(b, raw) {
			return true
		}
	}
	return false
}

var errStop = errors.New("stopped on purpose")

// stopAndGoOn reads one page with each connection: the union must be exact.
func stopAndGoOn(b *bench, want map[model.Object]int) {
	for o, n := range want {
		seen := map[string]int{}
		var cursor connector.Cursor
		for walk := 0; ; walk++ {
			if walk > 4*(n+len(b.before[o]))+10 {
				b.Fatalf("%s: no end after %d pages", o, walk)
			}
			c, stopped := b.openWith(smallPages(b.rig)), false
			err := c.Pages(b.Context(), o, cursor, func(p connector.Page) error {
				if stopped {
					b.Errorf("%s: another page although the first gave an error", o)
				}
				stopped = true
				if len(p.Records) == 0 {
					return nil // the end
				}
				for _, x := range p.Records {
					if !b.before[o][x.Key.ID] {
						seen[x.Key.ID]++
					}
				}
				if p.Next == cursor {
					b.Fatalf("%s: the cursor does not move", o)
				}
				cursor = p.Next
				return errStop
			})
			if err == nil {
				break
			}
			if !errors.Is(err, errStop) {
				b.Fatal(b.hear(err))
			}
		}
		if len(seen) != n {
			b.Errorf("%s: read %d of %d", o, len(seen), n)
		}
	}
}

// hold checks that records have ids, that values carry names of the shape, and that
// links point to records that can be read.
func hold(b *bench, want map[model.Object]int) {
	c := b.open()
	s, err := c.Schema(b.Context())
	if b.hear(err) != nil {
		b.Fatal(err)
	}
	records := map[model.Object][]model.Record{}
	there := map[model.Key]bool{}
	for o := range want {
		records[o] = b.all(c, o)
		for _, x := range records[o] {
			if x.Key.ID == "" || x.Key.Object != o {
				b.Errorf("%s: a key %v", o, x.Key)
			}
			if there[x.Key] {
				b.Errorf("%v comes twice", x.Key)
			}
			there[x.Key] = true
		}
		for id := range b.before[o] {
			there[model.Key{Object: o, ID: id}] = true
		}
	}
	for o, list := range records {
		shape, ok := s.Object(o)
		if !ok {
			b.Errorf("%s is not in the shape", o)
		}
		for _, x := range list {
			values, err := model.Values(x.Raw)
			if err != nil {
				b.Fatal(err)
			}
			for _, f := range shape.Fields {
				linked := slices.ContainsFunc(x.Links, func(l model.Link) bool { return l.Role == f.Name })
				if f.Required && !f.ReadOnly && values[f.Name] == nil && !linked {
					b.Errorf("%v has no %s, which is required", x.Key, f.Name)
				}
			}
			for _, l := range x.Links {
				ok := false
				for _, to := range l.To {
					ok = ok || there[model.Key{Object: to.Object, ID: to.Value}]
				}
				if _, inShape := shape.Field(l.Role); !inShape {
					b.Errorf("%v: the link %q is no field of the shape", x.Key, l.Role)
				}
				if !ok {
					b.Errorf("%v: %s points to %v, which is not there", x.Key, l.Role, l.To)
				}
			}
		}
	}
}

// longest is the object that gets the longest text: the last that has one.
func longest(r Rig) (o model.Object) {
	for _, x := range r.Kind.Caps.Order {
		if _, ok := r.Text[x]; ok {
			o = x
		}
	}
	return o
}

// oddText writes odd texts, or expects Seed to have done it, and reads them back.
func oddText(b *bench) {
	texts := append(OddTexts(), "")
	last := len(texts) - 1
	// One object with the longest text will do; the others get one of 100,000 bytes.
	long := func(o model.Object) string {
		n := min(b.rig.LongText, 100_000)
		if o == longest(b.rig) {
			n = b.rig.LongText
		}
		return strings.Repeat("0123456789abcdef", n/16)
	}
	if len(b.rig.Text) == 0 {
		b.Skip("does not apply: the rig names no field of long text")
	}
	if b.rig.Seed != nil {
		b.seed(b.rig.some())
	}
	c := b.open()
	for _, o := range b.rig.alone() {
		if b.rig.Seed == nil {
			drafts := b.drafts(o, 0, len(texts))
			for i := range drafts {
				texts[last] = long(o)
				if field, ok := b.rig.Text[o]; ok {
					drafts[i].Fields[field] = texts[i]
				}
				for j := range min(len(drafts[i].Parts), 1) {
					part := drafts[i].Parts[j]
					texts[last] = long(part.Object)
					if field, ok := b.rig.Text[part.Object]; ok {
						part.Fields[field] = texts[i]
					}
				}
			}
			for i := range drafts { // one by one: together they may exceed a request
				b.write(c, drafts[i:i+1])
			}
		}
	}
	for o, field := range b.rig.Text {
		got := map[string]bool{}
		for _, x := range b.all(c, o) {
			values, err := model.Values(x.Raw)
			if err != nil {
				b.Fatal(err)
			}
			got[model.Plain(values[field])] = true
		}
		texts[last] = long(o)
		for _, want := range texts {
			if !got[want] {
				b.Errorf("%s.%s: %.80q (%d bytes) did not arrive unharmed", o, field, want, len(want))
			}
		}
	}
}

// content opens every file and holds it against what was written.
func content(b *bench, want map[model.Object]int) {
	c := b.open()
	f, ok := c.(connector.Filer)
	if !ok {
		b.Fatal("Caps promises Files, but the connector is no Filer")
	}
	found := 0
	for o := range want {
		for _, x := range b.all(c, o) {
			ref, name, _ := f.FileRef(x)
			if ref == "" {
				continue
			}
			found++
			if name == "" {
				b.Errorf("%v: content without a name", x.Key)
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
			if _, err := b.files.Open(hex.EncodeToString(sum.Sum(nil))); err != nil {
				b.Errorf("%v: the content is not what was written: %v", x.Key, err)
			}
		}
	}
	if found == 0 {
		b.Error("no record has content")
	}
	b.between.set(&fault{kind: halfBody, match: isRead})
	for o := range want {
		b.between.set()
		for _, x := range b.all(c, o) {
			ref, _, _ := f.FileRef(x)
			if ref == "" {
				continue
			}
			b.between.set(&fault{kind: halfBody})
			body, err := f.Open(b.Context(), ref)
			if err == nil {
				_, err = io.Copy(io.Discard, body)
				err = errors.Join(err, body.Close())
			}
			if b.hear(err) == nil {
				b.Errorf("%v: half of a file was taken for the whole", x.Key)
			}
			return
		}
	}
}

// changes reads everything, changes something, and reads what changed.
func changes(b *bench) {
	want := b.seed(b.rig.some())
	c := b.openWith(smallPages(b.rig))
	ch, ok := c.(connector.Changer)
	if !ok {
		b.Fatal("Caps promises Changes, but the connector is no Changer")
	}
	o := firstObject(b.rig)
	var cursor connector.Cursor
	n := want[o]
	if err := c.Pages(b.Context(), o, "", func(p connector.Page) error {
		cursor = p.Next
		if n == want[o] { // after the first page, while the walk goes on
			b.write(c, b.drafts(o, n, n+1))
			n++
		}
		return nil
	}); b.hear(err) != nil {
		b.Fatal(err)
	}
	expect := map[string]string{b.made[o][n-1].ID: "was created during the walk"}
	b.write(c, b.drafts(o, n, n+2))
	for _, k := range b.made[o][n:] {
		expect[k.ID] = "was created after the walk"
	}
	if b.rig.Touch != nil && b.fake != nil {
		b.touch(b.made[o][0])
		expect[b.made[o][0].ID] = "was changed after the walk"
	}
	got := map[string]bool{}
	read := func() {
		if err := ch.Changes(b.Context(), o, cursor, func(p connector.Page) error {
			for _, x := range p.Records {
				got[x.Key.ID] = true
			}
			cursor = p.Next
			return nil
		}); b.hear(err) != nil {
			b.Fatal(err)
		}
	}
	read()
	for id, why := range expect {
		if !got[id] {
			b.Errorf("%s %s %s and was missed", o, id, why)
		}
	}
	b.write(c, b.drafts(o, n+2, n+3))
	clear(got)
	read()
	if last := b.made[o][n+2].ID; !got[last] {
		b.Errorf("%s %s was created after the changes were read, and missed by the next reading", o, last)
	}
	if len(got) > b.rig.some() {
		b.Error(fmt.Sprint("the cursor of changes does not move: ", len(got), " records again"))
	}
}
