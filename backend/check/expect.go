package check

import (
	"context"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// pairPage is how many records are made, read or compared at once.
const pairPage = 400

// fieldsOf is what the checks need to know of one object of the target.
type fieldsOf struct {
	shape model.ObjectSchema
	// codes are the checks of each field, the one of a plain difference first; none: it is not compared.
	codes [][]string
	// ordering is the place of the moment by which a thread is read; -1: none.
	ordering int
	file     bool
	// once are the places of fields whose values stand only once.
	once []int
	dims []dimension
}

// shapeOf prepares an object of the target.
func (c *checker) shapeOf(target model.Object) *fieldsOf {
	if f, ok := c.shapes[target]; ok {
		return f
	}
	shape, _ := c.j.Target.Schema.Object(target)
	out := &fieldsOf{shape: shape, codes: make([][]string, len(shape.Fields)), ordering: -1}
	for i, f := range shape.Fields {
		if f.Type == model.FileType {
			out.file = true
		}
		if f.ReadOnly || f.Type == model.FileType {
			continue
		}
		out.codes[i] = codesOf(target, f)
		if f.Ordering && out.ordering < 0 {
			out.ordering = i
		}
		if f.Unique || f.Type == model.Email && (target == model.Contact || target == model.Agent) {
			out.once = append(out.once, i)
		}
	}
	out.dims = dimensionsOf(shape)
	c.shapes[target] = out
	return out
}

// number of a mark, by which what was meant and what was given are joined.
func number(mark string) int64 { return int64(xxhash.Sum64String(mark)) }

// expect makes what was sent of an object once more and keeps one hash for each record.
func (c *checker) expect(ctx context.Context, o model.Object) error {
	c.p.Stage("expect "+string(o), c.sent[o])
	c.Totals[o] = newTotals()
	var wants []store.CheckWant
	var values []store.CheckValue
	flush := func() error {
		if len(wants) == 0 {
			return nil
		}
		err := c.j.DB.Write(ctx, func(tx *store.Tx) error {
			if err := tx.PutExpected(o, wants); err != nil {
				return err
			}
			return tx.CountValues(values)
		})
		wants, values = wants[:0], values[:0]
		return err
	}
	for after := int64(0); ; {
		if err := c.p.Checkpoint(ctx); err != nil {
			return err
		}
		var pairs []pair
		err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
			lines, err := tx.Sent(o, after, pairPage)
			if err != nil || len(lines) == 0 {
				return err
			}
			after = lines[len(lines)-1].Seq
			pairs, err = c.expected(tx, o, lines)
			return err
		})
		if err != nil {
			return err
		}
		if len(pairs) == 0 {
			break
		}
		for _, x := range pairs {
			shape := c.shapeOf(x.line.Target)
			w := c.want(shape, x)
			wants = append(wants, w)
			for i, d := range x.extras {
				wants = append(wants, c.wantPart(x.line.Seq, int64(i+1), d))
			}
			values = append(values, c.valuesOf(shape, x)...)
			c.account(o, shape, x, w.Hash, 1)
			c.left(o, x)
		}
		c.p.Add(int64(len(pairs)), 0)
		if len(wants) >= 10*pairPage {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// expected makes pairs of what was sent, without what the target has.
func (c *checker) expected(tx *store.Tx, o model.Object, lines []store.LedgerLine) ([]pair, error) {
	drafts, extras, names, err := c.j.Expected(tx, o, lines)
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, len(lines))
	for i, l := range lines {
		seqs[i] = l.Seq
	}
	kept, err := tx.ConflictsAt(seqs)
	if err != nil {
		return nil, err
	}
	out := make([]pair, len(lines))
	for i, l := range lines {
		out[i] = pair{line: l, name: names[i], draft: drafts[i], extras: extras[i]}
		if k, ok := kept[l.Seq]; ok {
			out[i].kept = &k
		}
		c.changedWay(o, &out[i])
		if o.Kind() == model.Group {
			c.names[l.ID] = names[i]
		}
	}
	return out, nil
}

// want is the number and the hash of a record as it was meant to be.
func (c *checker) want(shape *fieldsOf, x pair) store.CheckWant {
	w := store.CheckWant{Key: number(string(x.line.Mark)), Seq: x.line.Seq}
	var h hasher
	mask := make([]byte, (len(shape.shape.Fields)+7)/8)
	if !x.line.Before {
		for i, f := range shape.shape.Fields {
			if len(shape.codes[i]) == 0 || x.keeps(f.Name) && !f.Private {
				continue
			}
			v, ok := x.meant(f)
			if !ok || f.Type == model.LinkType && v == "" && f.Default != "" {
				continue
			}
			mask[i/8] |= 1 << (i % 8)
			h.add(i, v)
		}
		w.Thread, w.At = c.threadOf(shape, x)
	}
	w.Mask, w.Hash = mask, h.sum()
	return w
}

func (c *checker) wantPart(seq, n int64, d model.Draft) store.CheckWant {
	shape := c.shapeOf(d.Object)
	var h hasher
	mask := make([]byte, (len(shape.shape.Fields)+7)/8)
	for i, f := range shape.shape.Fields {
		v, ok := d.Fields[f.Name]
		if !ok || f.ReadOnly || f.Type == model.FileType || f.Type == model.LinkType {
			continue
		}
		mask[i/8] |= 1 << (i % 8)
		h.add(i, v)
	}
	return store.CheckWant{Key: number(string(d.Mark)), Seq: seq, Part: n, Mask: mask, Hash: h.sum()}
}

// meant is what a field was meant to hold; a link without a goal was meant to be empty.
func (x pair) meant(f model.Field) (any, bool) {
	if f.Type != model.LinkType {
		v, ok := x.draft.Fields[f.Name]
		return v, ok
	}
	for _, l := range x.draft.Links {
		if l.Field == f.Name {
			return l.Target.ID, true
		}
	}
	return "", true
}

// threadOf is the number of the conversation of a message, and its moment.
func (c *checker) threadOf(shape *fieldsOf, x pair) (thread, at int64) {
	if x.draft.Thread == "" || shape.ordering < 0 {
		return 0, 0
	}
	t, ok := x.draft.Fields[shape.shape.Fields[shape.ordering].Name].(time.Time)
	if !ok {
		return 0, 0
	}
	return int64(xxhash.Sum64String(x.draft.Thread)), t.UnixMilli()
}

// valuesOf are the values of a record that may stand only once.
func (c *checker) valuesOf(shape *fieldsOf, x pair) (out []store.CheckValue) {
	if x.line.Before {
		return nil
	}
	for _, i := range shape.once {
		f := shape.shape.Fields[i]
		if s := store.Fold(model.Plain(x.draft.Fields[f.Name])); s != "" {
			out = append(out, store.CheckValue{Key: valueKey(shape.shape.Object, f, s), Want: 1, Seq: x.line.Seq, Field: f.Name})
		}
	}
	return out
}

func valueKey(o model.Object, f model.Field, folded string) int64 {
	return int64(xxhash.Sum64String(string(o) + "\x00" + f.Name + "\x00" + folded))
}

// got is the hash of a record as the target gave it, over the fields that count.
func (f *fieldsOf) got(mask []byte, values map[string]any, links map[string][]string) int64 {
	var h hasher
	for at, b := range mask {
		for ; b != 0; b &= b - 1 {
			i := at*8 + bits.TrailingZeros8(b)
			if i >= len(f.shape.Fields) {
				break
			}
			field := f.shape.Fields[i]
			if field.Type == model.LinkType {
				h.add(i, strings.Join(linked(field, values, links), "\x00"))
				continue
			}
			v := values[field.Name]
			if s, ok := v.(string); ok && field.Type == model.DateTime {
				if t, ok := load.Moment(s); ok {
					v = t
				}
			}
			h.add(i, v)
		}
	}
	return h.sum()
}

// linked is where a link of the target leads to.
func linked(f model.Field, values map[string]any, links map[string][]string) []string {
	if got := links[f.Name]; got != nil {
		return got
	}
	if s := model.Plain(values[f.Name]); s != "" {
		return []string{s}
	}
	return nil
}

// hasher makes one number of values. Two values are only taken for the same if they are
// the same to the letter: what is merely written in another way is looked at.
type hasher struct{ b []byte }

func (h *hasher) add(i int, v any) {
	h.b = binary.AppendUvarint(h.b, uint64(i))
	text := func(kind byte, s string) {
		h.b = append(h.b, kind)
		h.b = binary.AppendUvarint(h.b, uint64(len(s)))
		h.b = append(h.b, s...)
	}
	switch x := v.(type) {
	case nil:
		h.b = append(h.b, 0)
	case string:
		if x == "" {
			h.b = append(h.b, 0)
			return
		}
		text('s', x)
	case bool:
		if x {
			h.b = append(h.b, 'y')
		} else {
			h.b = append(h.b, 'n')
		}
	case time.Time:
		if x.IsZero() {
			h.b = append(h.b, 0)
			return
		}
		h.b = binary.AppendVarint(append(h.b, 't'), x.UnixMilli())
	case []string:
		if len(x) == 0 {
			h.b = append(h.b, 0)
			return
		}
		h.b = binary.AppendUvarint(append(h.b, 'l'), uint64(len(x)))
		for _, s := range x {
			text('s', s)
		}
	default:
		if s := model.Plain(x); s != "" {
			text('s', s)
		} else {
			h.b = append(h.b, 0)
		}
	}
}

func (h *hasher) sum() int64 { return int64(xxhash.Sum64(h.b)) }

// account counts what is looked at of one record, and adds it to the figures; n is -1 when
// it turns out that it is not there.
func (c *checker) account(o model.Object, shape *fieldsOf, x pair, hash int64, n int64) {
	t := c.Totals[o]
	t.meant(shape, c, x, hash, n)
	if x.line.Before {
		return
	}
	c.asked(o, x, n)
	for i, f := range shape.shape.Fields {
		codes := shape.codes[i]
		if len(codes) == 0 {
			continue
		}
		v, ok := x.meant(f)
		if !ok {
			continue
		}
		for _, code := range codes {
			c.look(code, o, n)
		}
		if s, isText := v.(string); isText && n > 0 && f.Type == model.HTML {
			c.pictures(o, x, f, s)
		}
	}
	for range x.extras {
		c.look(Arrived, o, n)
		c.look(Fields, o, n)
	}
}

// codesOf says which checks look at a field; the last is that of a plain difference.
func codesOf(o model.Object, f model.Field) []string {
	name := lastName(f.Name)
	var out []string
	if f.Required {
		out = append(out, Required)
	}
	switch {
	case f.Private:
		return append(out, Privacy)
	case f.Type == model.LinkType && strings.Contains(name, "author"):
		return append(out, Orphans, Authors)
	case f.Type == model.LinkType:
		return append(out, Orphans, Links)
	case isCopy(name):
		return append(out, Copies)
	case f.Type == model.Tags:
		return append(out, Tags)
	case f.Type == model.DateTime && isDue(name):
		return append(out, Due)
	case f.Type == model.DateTime:
		return append(out, Times)
	case o.Kind() == model.Agent && (name == "role" || name == "active" || name == "admin" || strings.Contains(name, "permission")):
		return append(out, Roles)
	case f.Type == model.Option || f.Type == model.Options:
		return append(out, Options)
	case f.Type == model.Text || f.Type == model.LongText || f.Type == model.HTML:
		return append(out, WholeText, Encoding, Fields)
	case slices.Contains([]model.Type{model.Email, model.Phone, model.URL, model.Number, model.Integer, model.Date}, f.Type):
		return append(out, Formats, Fields)
	}
	return append(out, Fields)
}

// lastName is the name of a field without the group that it lies in: "custom.cc" is "cc".
func lastName(s string) string { return strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]) }

func isCopy(name string) bool {
	return name == "cc" || name == "bcc" || strings.HasPrefix(name, "cc_") || strings.HasSuffix(name, "_cc") || strings.Contains(name, "follower") || strings.Contains(name, "collaborator") || strings.Contains(name, "watcher") || name == "email_ccs" || name == "cc_emails"
}

func isDue(name string) bool {
	return name == "due" || strings.HasPrefix(name, "due_") || strings.Contains(name, "_due") || strings.Contains(name, "sla") || strings.HasSuffix(name, "due_at")
}
