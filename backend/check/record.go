package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// once leaves out what the target gave twice: pages may overlap, one record is no double.
func once(list []store.Readback) []store.Readback {
	out := list[:0:0]
	for _, b := range list {
		if !slices.ContainsFunc(out, func(x store.Readback) bool { return x.ID == b.ID }) {
			out = append(out, b)
		}
	}
	return out
}

func label(o model.Object, x pair) string {
	s := o.Word() + " " + x.line.Source
	if x.name != "" && x.name != x.line.Source {
		s += " (" + load.Show(x.name) + ")"
	}
	return s
}

// record compares one record field by field.
func (c *checker) record(ctx context.Context, o model.Object, shape *fieldsOf, x pair, values map[string]any) error {
	got := x.got[0]
	differs := false
	for i, f := range shape.shape.Fields {
		codes := shape.codes[i]
		if len(codes) == 0 {
			continue
		}
		if f.Type == model.LinkType {
			differs = c.link(o, codes, f, x, values) || differs
			continue
		}
		want, ok := x.draft.Fields[f.Name]
		// Whatever was decided: a private note that is public is one too many (invariant 10).
		if !ok || x.keeps(f.Name) && !f.Private {
			continue
		}
		found := values[f.Name]
		same, needed := load.Compare(f, want, found, c.may)
		if same {
			c.equal(needed)
			continue
		}
		only, err := c.onlyLinks(ctx, f, x, want, found)
		switch {
		case err != nil:
			return err
		case only:
			c.oldLink(o, x)
		default:
			differs = true
			code, words := c.differs(codes, f, want, found)
			c.fail(code, o, store.Difference{Seq: x.line.Seq, Target: got.ID, Field: f.Name, Expected: load.Show(want), Found: load.Show(found)}, label(o, x)+": "+words)
			if code == Due {
				c.flips(o, x, want, found, values)
			}
		}
	}
	if differs {
		c.accept(o, x, values)
		c.Totals[o].differs(shape, c, x, values, got.Links)
	}
	return nil
}

// equal counts what was only equal after normalisations.
func (c *checker) equal(needed load.Normal) {
	if needed == 0 {
		return
	}
	for _, n := range load.Normals() {
		if needed&n.Normal != 0 {
			c.Equal[n.Code]++
		}
	}
}

// onlyLinks says whether a text differs only in links that still lead to the old desk: what
// they mean came later, and the target lets nobody change the text.
func (c *checker) onlyLinks(ctx context.Context, f model.Field, x pair, want, got any) (only bool, err error) {
	text, ok := got.(string)
	if !ok || c.j.From == nil || f.Type != model.HTML && f.Type != model.LongText {
		return false, nil
	}
	err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
		now, err := c.j.Redirected(tx, x.draft.Object, f, text)
		only = now != text && load.Same(f, want, now)
		return err
	})
	return only, err
}

// oldLink counts a record with a link that still leads to the old desk. It fails nothing.
func (c *checker) oldLink(o model.Object, x pair) {
	c.look(OldLinks, o, 1)
	if it := c.item(OldLinks, o); len(it.Examples) < 5 {
		it.Examples = append(it.Examples, label(o, x)+" still links to the old desk: "+c.j.Target.Kind.Title+" lets nobody change it")
	}
}

// keeps says whether a field stays as the target has it by a person's decision.
func (x pair) keeps(field string) bool {
	return x.kept != nil && slices.Contains(x.kept.Fields, field)
}

// left lists what a person decided to leave as the target has it. It fails nothing.
func (c *checker) left(o model.Object, x pair) {
	if x.kept == nil || !x.kept.Gone && len(x.kept.Fields) == 0 {
		return
	}
	c.look(Kept, o, 1)
	it := c.item(Kept, o)
	if len(it.Examples) >= 5 {
		return
	}
	what := "is gone at the source and was kept"
	if !x.kept.Gone {
		what = "keeps " + strings.Join(x.kept.Fields, ", ") + " as the target has it"
	}
	it.Examples = append(it.Examples, fmt.Sprintf("%s %s: decided by %s", label(o, x), what, x.kept.By.Name))
}

// parts compares what belongs to a record beside itself: each is there once, and says what was meant.
func (c *checker) parts(o model.Object, x pair) error {
	for i, d := range x.extras {
		got := once(x.gotExtras[string(d.Mark)])
		if x.alikeExtras[int64(i+1)] && len(got) == 0 {
			continue
		}
		if len(got) != 1 {
			c.fail(Arrived, o, store.Difference{Seq: x.line.Seq, Target: x.line.ID, Expected: "once", Found: fmt.Sprintf("%d times", len(got))},
				fmt.Sprintf("a further part of %s is there %d times", label(o, x), len(got)))
			continue
		}
		shape, _ := c.j.Target.Schema.Object(d.Object)
		values, err := model.Values(got[0].Raw)
		if err != nil {
			return err
		}
		for _, f := range shape.Fields {
			want, ok := d.Fields[f.Name]
			if !ok || f.ReadOnly || f.Type == model.FileType || f.Type == model.LinkType {
				continue
			}
			same, needed := load.Compare(f, want, values[f.Name], c.may)
			c.equal(needed)
			if !same {
				c.fail(Fields, o, store.Difference{Seq: x.line.Seq, Target: got[0].ID, Field: f.Name, Expected: load.Show(want), Found: load.Show(values[f.Name])},
					fmt.Sprintf("a further part of %s: %s is not as it was meant", label(o, x), f.Name))
			}
		}
	}
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// link compares where a record leads to.
func (c *checker) link(o model.Object, codes []string, f model.Field, x pair, values map[string]any) (differs bool) {
	if x.keeps(f.Name) {
		return false
	}
	v, _ := x.meant(f)
	want := model.Plain(v)
	got := linked(f, values, x.got[0].Links)
	if want == "" && (len(got) == 0 || f.Default != "") || slices.Contains(got, want) {
		return false // what the desk fills in by itself is no difference
	}
	code := codes[len(codes)-1]
	words := fmt.Sprintf("%s: %s should lead to %q and leads to %q", label(o, x), f.Name, want, strings.Join(got, ", "))
	if len(got) == 0 {
		words = fmt.Sprintf("%s: %s should lead to %q and leads nowhere", label(o, x), f.Name, want)
	}
	c.fail(code, o, store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: f.Name, Expected: want, Found: strings.Join(got, ", ")}, words)
	return true
}
