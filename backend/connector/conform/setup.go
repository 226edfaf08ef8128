package conform

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/secret"
)

func setUp(t *testing.T, r Rig) {
	r.sub(t, "the kind is complete", 0, func(b *bench) {
		k := r.Kind
		if k.Name == "" || k.Title == "" || k.Open == nil || !k.Source && !k.Target {
			b.Errorf("name %q, title %q, source %v, target %v", k.Name, k.Title, k.Source, k.Target)
		}
		if k.Target != k.Caps.Writes {
			b.Error("a target writes, and only a target does")
		}
		if k.Target && (len(k.Caps.Order) == 0 || k.Caps.Batch < 1) {
			b.Error("a target says in which order, and how many at once")
		}
		for _, w := range k.Caps.Wholes {
			if i := slices.Index(k.Caps.Order, w.Owner); i < 0 || slices.Index(k.Caps.Order, w.Part) < i {
				b.Errorf("the order lacks %s or %s, or has the part first", w.Owner, w.Part)
			}
			if k.Caps.Matched(w.Owner) || k.Caps.Matched(w.Part) {
				b.Errorf("%s with %s: what is only looked up is no part of a whole", w.Owner, w.Part)
			}
		}
		for _, o := range slices.Concat(k.Caps.Matches, k.Caps.Unmarked, k.Caps.NotDeleted) {
			if !slices.Contains(k.Caps.Order, o) {
				b.Errorf("Caps says something of %s, which is not in the order", o)
			}
		}
		for _, f := range k.Form {
			if f.Name == "" || f.Title == "" {
				b.Errorf("a setting without name or title: %+v", f)
			}
		}
	})
	r.sub(t, "flags agree with the interfaces", 0, func(b *bench) {
		c := b.open()
		_, filer := c.(connector.Filer)
		_, changer := c.(connector.Changer)
		_, writer := c.(connector.Writer)
		_, finder := c.(connector.Finder)
		_, deleter := c.(connector.Deleter)
		_, shaper := c.(connector.Shaper)
		_, updater := c.(connector.Updater)
		_, reader := c.(connector.Reader)
		_, firer := c.(connector.Firer)
		_, marker := c.(connector.Marker)
		caps := r.Kind.Caps
		for _, x := range []struct {
			name        string
			flag, iface bool
		}{
			{"Files/Filer", caps.Files, filer},
			{"Changes/Changer", caps.Changes, changer},
			{"Writes/Writer", caps.Writes, writer},
			{"Finds/Finder", caps.Finds, finder},
			{"Deletes/Deleter", caps.Deletes, deleter},
			{"Shapes/Shaper", caps.Shapes, shaper},
			{"Updates/Updater", caps.Updates, updater},
			{"Reads/Reader", caps.Reads, reader},
			{"Fires/Firer", caps.Fires, firer},
		} {
			if x.flag != x.iface {
				b.Errorf("%s: the flag says %v, the interface %v", x.name, x.flag, x.iface)
			}
		}
		if (caps.QuietUpdates || caps.UpdatesPerMinute > 0) && !caps.Updates {
			b.Error("what is said of changes needs a desk whose records can be changed")
		}
		if caps.Finds && !marker {
			b.Error("what can be found by a mark must show it: Finder without Marker")
		}
	})
	r.sub(t, "a required setting left out is named", 0, func(b *bench) {
		for _, f := range r.Kind.Form {
			if !f.Required || !b.asked(f) {
				continue
			}
			changes, secrets := map[string]string{}, maps.Clone(r.Secrets)
			if f.Secret {
				delete(secrets, f.Name)
			} else {
				changes[f.Name] = ""
			}
			_, err := b.try(changes, secrets)
			p := b.wantProblem(err, connector.CodeSetting)
			if p.Where.Field != f.Name || !strings.Contains(p.What+p.Next, f.Title) {
				b.Errorf("the problem of %q does not name it: %+v", f.Name, p)
			}
		}
	})
	r.sub(t, "an address that is none is named", needFake, func(b *bench) {
		for _, address := range []string{"::", "desk", "ftp://desk.example"} {
			if r.Kind.Tidy != nil {
				if _, err := r.Kind.Tidy(address); err == nil {
					continue // a word may be enough (P-12)
				}
			}
			_, err := b.try(map[string]string{r.Address: address}, r.Secrets)
			b.wantProblem(err, connector.CodeAddress)
		}
	})
	r.sub(t, "the account is told", 0, func(b *bench) {
		a, err := b.open().Check(b.Context())
		if b.hear(err) != nil || a.Name == "" || len(a.Rights) == 0 {
			b.Errorf("account %+v, %v", a, err)
		}
	})
	r.sub(t, "a wrong token", 0, func(b *bench) {
		wrong := map[string]secret.Text{}
		for name := range r.Secrets {
			wrong[name] = "wrong-wrong-wrong"
		}
		c, err := b.try(nil, wrong)
		if err == nil {
			_, err = c.Check(b.Context())
		}
		b.wantProblem(err, connector.CodeUnauthorized)
	})
	missingRight(t, r)
	r.sub(t, "an unknown host", needFake, func(b *bench) {
		c, err := b.try(map[string]string{r.Address: "http://nobody.conform.test"}, r.Secrets)
		if err == nil {
			_, err = c.Check(b.Context())
		}
		b.wantProblem(err, connector.CodeUnreachable)
	})
	r.sub(t, "nobody listens", needFake, func(b *bench) {
		b.net.down.Store(true)
		_, err := b.open().Check(b.Context())
		b.wantProblem(err, connector.CodeUnreachable)
	})
	r.sub(t, "something else answers", 0, func(b *bench) {
		b.between.set(&fault{kind: page})
		_, err := b.open().Check(b.Context())
		b.wantProblem(err, connector.CodeOther)
	})
	r.sub(t, "the shape is whole", 0, func(b *bench) {
		s, err := b.open().Schema(b.Context())
		if b.hear(err) != nil {
			b.Fatal(err)
		}
		for _, o := range s.Objects {
			if o.Title == "" || len(o.Fields) == 0 {
				b.Errorf("%s has no title or no fields", o.Object)
			}
			if _, ok := o.Field(o.Name); !ok {
				b.Errorf("%s is recognised by %q, which is no field", o.Object, o.Name)
			}
			names := map[string]bool{}
			for _, f := range o.Fields {
				if names[f.Name] || f.Name == "" || f.Type == "" {
					b.Errorf("%s.%s comes twice, or has no name or type", o.Object, f.Name)
				}
				names[f.Name] = true
				if f.Type == model.LinkType && len(f.To) == 0 {
					b.Errorf("%s.%s points nowhere", o.Object, f.Name)
				}
				for _, to := range f.To {
					if _, ok := s.Object(to); !ok {
						b.Errorf("%s.%s points to %s, which the desk does not have", o.Object, f.Name, to)
					}
				}
			}
		}
		for _, o := range r.Kind.Caps.Order {
			if _, ok := s.Object(o); !ok {
				b.Errorf("the order names %s, which the shape does not have", o)
			}
		}
	})
}

// asked says whether a setting counts with the rig's own settings: FormField.When.
func (b *bench) asked(f connector.FormField) bool {
	name, value, ok := strings.Cut(f.When, "=")
	if !ok {
		return true
	}
	have := b.rig.Config[name]
	for _, x := range b.rig.Kind.Form {
		if x.Name == name && have == "" && len(x.Options) > 0 {
			have = x.Options[0].Value
		}
	}
	return have == value
}

func missingRight(t *testing.T, r Rig) {
	t.Run("a missing right", func(t *testing.T) {
		if reason, ok := r.Skip["set-up/a missing right"]; ok {
			t.Skip("does not apply: " + reason)
		}
		if r.Limited == nil {
			t.Skip("does not apply: the rig has no desk with limited rights")
		}
		r.on(t, r.Limited, true, func(b *bench) {
			c := b.open()
			a, err := c.Check(b.Context())
			if b.hear(err) == nil && len(a.Missing) == 0 {
				b.Error("Check tells of no missing right")
			} else if err != nil {
				b.wantProblem(err, connector.CodeForbidden)
			}
			if !r.Kind.Caps.Writes {
				return
			}
			drafts := b.drafts(firstObject(r), 0, 3)
			out, err := b.writer(c).Write(b.Context(), drafts, b.files)
			b.hearAll(out)
			b.wantProblem(err, connector.CodeForbidden)
			b.states(out, len(drafts), connector.Unsent)
		})
	})
}

// states fails unless there is one outcome for each draft, all of one of the states.
func (b *bench) states(out []connector.Outcome, n int, allowed ...connector.State) {
	b.Helper()
	if len(out) != n {
		b.Errorf("%d outcomes for %d drafts", len(out), n)
	}
	for i, o := range out {
		ok := false
		for _, s := range allowed {
			ok = ok || o.State == s
		}
		if !ok {
			b.Errorf("outcome %d is %d, want one of %d (%v)", i, o.State, allowed, o.Err)
		}
		done := o.State == connector.Created || o.State == connector.Existed || o.State == connector.Updated || o.State == connector.Deleted
		if !done && o.Err == nil {
			b.Errorf("outcome %d (%d) says not why", i, o.State)
		}
	}
}
