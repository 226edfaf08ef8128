package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"waybill/backend/connector"
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
func (c *checker) record(ctx context.Context, o model.Object, shape model.ObjectSchema, x pair, values map[string]any) error {
	for _, f := range shape.Fields {
		switch {
		case f.Type == model.FileType, f.ReadOnly:
			continue
		case f.Type == model.LinkType:
			c.link(o, f, x, values)
			continue
		}
		want, ok := x.draft.Fields[f.Name]
		if !ok {
			continue
		}
		code := Fields
		switch {
		case f.Private:
			code = Privacy
		case f.Type == model.DateTime:
			code = Times
		}
		c.look(code, o, 1)
		// Whatever was decided: a private note that is public is one too many (invariant 10).
		if x.keeps(f.Name) && code != Privacy {
			continue
		}
		got := values[f.Name]
		if load.Same(f, want, got) {
			continue
		}
		only, err := c.onlyLinks(ctx, f, x, want, got)
		switch {
		case err != nil:
			return err
		case only:
			c.oldLink(o, x)
		default:
			c.fail(code, o, store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: f.Name, Expected: load.Show(want), Found: load.Show(got)},
				fmt.Sprintf("%s: %s should be %q and is %q", label(o, x), f.Name, clip(load.Show(want)), clip(load.Show(got))))
		}
	}
	return nil
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
	for _, d := range x.extras {
		got := once(x.gotExtras[string(d.Mark)])
		c.look(Arrived, o, 1)
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
			c.look(Fields, o, 1)
			if !load.Same(f, want, values[f.Name]) {
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

func (c *checker) link(o model.Object, f model.Field, x pair, values map[string]any) {
	code := Links
	if strings.Contains(f.Name, "author") {
		code = Authors
	}
	c.look(code, o, 1)
	if x.keeps(f.Name) {
		return
	}
	want := ""
	for _, l := range x.draft.Links {
		if l.Field == f.Name {
			want = l.Target.ID
		}
	}
	got := x.got[0].Links[f.Name]
	if got == nil {
		if s := model.Plain(values[f.Name]); s != "" {
			got = []string{s}
		}
	}
	if want == "" && (len(got) == 0 || f.Default != "") || slices.Contains(got, want) {
		return // what the desk fills in by itself is no difference
	}
	c.fail(code, o, store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: f.Name, Expected: want, Found: strings.Join(got, ", ")},
		fmt.Sprintf("%s: %s should lead to %q and leads to %q", label(o, x), f.Name, want, strings.Join(got, ", ")))
}

// content downloads an attachment again and compares its hash.
func (c *checker) content(ctx context.Context, o, target model.Object, x pair) error {
	filer, ok := c.j.Target.Conn.(connector.Filer)
	if !ok {
		return nil
	}
	c.look(Content, o, 1)
	ref, _, _ := filer.FileRef(model.Record{Key: model.Key{Object: target, ID: x.got[0].ID}, Raw: x.got[0].Raw})
	hash, err := hashOf(ctx, filer, ref)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		hash = "could not be opened"
	}
	if hash != x.draft.File.Hash {
		c.fail(Content, o, store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: "content", Expected: x.draft.File.Hash, Found: hash},
			fmt.Sprintf("%s: the file %q is not the same any more", label(o, x), clip(x.draft.File.Name)))
	}
	return nil
}

func hashOf(ctx context.Context, filer connector.Filer, ref string) (string, error) {
	r, err := filer.Open(ctx, ref)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }() // only read from
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
