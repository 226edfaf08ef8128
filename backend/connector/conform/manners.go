package conform

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// absurd is a wait that nobody would want, and that is honoured all the same.
const absurd = 9 * 24 * time.Hour

func manners(t *testing.T, r Rig) {
	cancelling(t, r)
	waiting(t, r)
	faulty(t, r)
	r.sub(t, "redirect", needSome|needFake, func(b *bench) {
		b.seed(3)
		c := b.open()
		b.between.set(&fault{kind: elsewhere})
		_, err := b.readAll(c, firstObject(r))
		if b.hear(err) == nil {
			b.Error("a redirect to another host was taken for an answer")
		}
		b.net.mu.Lock()
		defer b.net.mu.Unlock()
		if len(b.net.other) > 0 {
			b.Errorf("the connector followed to %v", b.net.other)
		}
	})
	r.sub(t, "many readers at once", needSome, func(b *bench) {
		want := b.seed(b.rig.some())
		c := b.open()
		type found struct {
			o model.Object
			n int
		}
		results := make(chan found)
		readers := 0
		for range 3 {
			for o := range want {
				readers++
				go func() {
					list, _ := b.readAll(c, o) // an error shows as a wrong number
					results <- found{o, len(list)}
				}()
			}
		}
		for range readers {
			if f := <-results; f.n != want[f.o] {
				b.Errorf("%s: read %d of %d", f.o, f.n, want[f.o])
			}
		}
	})
	r.sub(t, "no secret in a fixture", 0, func(b *bench) {
		err := filepath.WalkDir("testdata", func(path string, d os.DirEntry, err error) error {
			if errors.Is(err, os.ErrNotExist) {
				return filepath.SkipAll
			}
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			for name, s := range r.Secrets {
				if s != "" && strings.Contains(string(content), s.Reveal()) {
					b.Errorf("the secret %q stands in %s", name, path)
				}
			}
			return err
		})
		if err != nil {
			b.Error(err)
		}
	})
}

// cancelling stops calls while the desk is silent, and while it makes us wait.
func cancelling(t *testing.T, r Rig) {
	calls := []struct {
		name string
		need need
		call func(b *bench, c connector.Connector, ctx context.Context) error
	}{
		{"check", 0, func(_ *bench, c connector.Connector, ctx context.Context) error {
			_, err := c.Check(ctx)
			return err
		}},
		{"reading", needSome, func(_ *bench, c connector.Connector, ctx context.Context) error {
			return c.Pages(ctx, firstObject(r), "", func(connector.Page) error { return nil })
		}},
		{"writing", needWrites, func(b *bench, c connector.Connector, ctx context.Context) error {
			out, err := b.writer(c).Write(ctx, b.drafts(firstObject(r), 50, 53), b.files)
			b.hearAll(out)
			return err
		}},
	}
	for _, x := range calls {
		r.sub(t, "cancel while the desk is silent: "+x.name, x.need, func(b *bench) {
			c := b.open()
			if _, err := c.Schema(b.Context()); b.hear(err) != nil {
				b.Fatal(err)
			}
			b.between.set(&fault{kind: stall})
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- x.call(b, c, ctx) }()
			<-b.between.arrived
			cancel()
			b.within(time.Second, "returning", func(context.Context) {
				if err := <-done; !errors.Is(b.hear(err), context.Canceled) {
					b.Errorf("got %v, want the context's error", err)
				}
			})
		})
		r.sub(t, "cancel while it makes us wait: "+x.name, x.need|needFake, func(b *bench) {
			c := b.open()
			if _, err := c.Schema(b.Context()); b.hear(err) != nil {
				b.Fatal(err)
			}
			b.between.set(&fault{kind: tooMany, retry: "3600"})
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- x.call(b, c, ctx) }()
			synctest.Wait() // everybody waits for the hour to pass
			cancel()
			b.within(time.Second, "returning", func(context.Context) {
				if err := <-done; !errors.Is(b.hear(err), context.Canceled) {
					b.Errorf("got %v, want the context's error", err)
				}
			})
		})
		r.sub(t, "a dead context touches nothing: "+x.name, x.need, func(b *bench) {
			c := b.open()
			before := len(b.between.requests())
			ctx, cancel := context.WithCancel(b.Context())
			cancel()
			if err := x.call(b, c, ctx); !errors.Is(b.hear(err), context.Canceled) {
				b.Errorf("got %v, want the context's error", err)
			}
			if n := len(b.between.requests()); n != before {
				b.Errorf("%d requests were sent", n-before)
			}
		})
	}
}

// waiting refuses one request and sees that nobody comes back too early.
func waiting(t *testing.T, r Rig) {
	for _, x := range []struct {
		name  string
		retry func(now time.Time) string
		wait  time.Duration
	}{
		{"429, seconds", func(time.Time) string { return "7" }, 7 * time.Second},
		{"429, a date", func(now time.Time) string {
			return now.Add(90 * time.Second).UTC().Format(http.TimeFormat)
		}, 89 * time.Second},
		{"429, absurdly long", func(time.Time) string { return "777600" }, absurd},
		{"429, no word of when", func(time.Time) string { return "" }, 500 * time.Millisecond},
	} {
		check := func(b *bench, from int) {
			var refusedAt time.Time
			struck := 0
			for _, q := range b.between.requests()[from:] {
				if q.struck {
					struck++
					refusedAt = q.at
					continue
				}
				if !refusedAt.IsZero() && q.at.Sub(refusedAt) < x.wait {
					b.Errorf("%s %s came %v after the refusal, asked for was %v", q.method, q.path, q.at.Sub(refusedAt), x.wait)
				}
			}
			if struck == 0 {
				b.Error("no request was refused")
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			told := false
			for _, e := range b.events {
				told = told || e.Refused && e.Why != ""
			}
			if !told {
				b.Error("the wait was not reported")
			}
		}
		r.sub(t, x.name+": reading", needSome|needFake, func(b *bench) {
			want := b.seed(b.rig.some())
			c := b.open()
			from := len(b.between.requests())
			b.between.set(&fault{kind: tooMany, times: 1, retry: x.retry(time.Now())})
			o := firstObject(r)
			if n := len(b.all(c, o)); n != want[o] {
				b.Errorf("read %d of %d: a refusal was taken for data", n, want[o])
			}
			check(b, from)
		})
		r.sub(t, x.name+": writing", needWrites|needFake, func(b *bench) {
			c := b.open()
			if _, err := c.Schema(b.Context()); b.hear(err) != nil {
				b.Fatal(err)
			}
			from := len(b.between.requests())
			b.between.set(&fault{kind: tooMany, times: 1, retry: x.retry(time.Now()), match: isWrite})
			o := firstObject(r)
			out, err := b.writer(c).Write(b.Context(), b.drafts(o, 0, 5), b.files)
			b.hearAll(out)
			if b.hear(err) != nil {
				b.wantProblem(err, connector.CodeBusy)
				b.states(out, 5, connector.Unsent)
			} else {
				b.states(out, 5, connector.Created)
			}
			check(b, from)
		})
	}
	r.sub(t, "429 for ever", needWrites|needFake, func(b *bench) {
		c := b.open()
		if _, err := c.Schema(b.Context()); b.hear(err) != nil {
			b.Fatal(err)
		}
		b.between.set(&fault{kind: tooMany, retry: "5"})
		out, err := b.writer(c).Write(b.Context(), b.drafts(firstObject(r), 0, 3), b.files)
		b.hearAll(out)
		if p := b.wantProblem(err, connector.CodeBusy); p.RetryAt.IsZero() {
			b.Error("the problem does not say when to try again")
		}
		b.states(out, 3, connector.Unsent)
	})
}

// faulty breaks answers while everything is read: the result is exact, or an error.
func faulty(t *testing.T, r Rig) {
	for _, x := range []struct {
		name string
		kind faultKind
		code problem.Code
	}{
		{"500", errorBefore, connector.CodeBroken},
		{"reset", resetAfter, ""},
		{"dropped", dropAfter, ""},
		{"half a body", halfBody, connector.CodeBroken},
		{"a page instead of data", page, connector.CodeOther},
	} {
		r.sub(t, x.name+", once", needSome, func(b *bench) {
			want := b.seed(b.rig.some())
			for skip := range 3 {
				b.between.set(&fault{kind: x.kind, times: 1, skip: skip})
				c := b.openWith(smallPages(r))
				for o, n := range want {
					list, err := b.readAll(c, o)
					if err == nil && len(list) != n {
						b.Errorf("%s: read %d of %d, and no error", o, len(list), n)
					}
					if err != nil {
						b.wantProblem(err, "")
					}
					if b.fake == nil && b.between.spent() {
						break // a real server needs its time for the rest, which nothing happens to
					}
				}
			}
		})
		r.sub(t, x.name+", for ever", needSome, func(b *bench) {
			b.seed(3)
			c := b.open()
			b.between.set(&fault{kind: x.kind})
			list, err := b.readAll(c, firstObject(r))
			b.wantProblem(err, x.code)
			if len(list) != 0 {
				b.Errorf("%d records out of nothing", len(list))
			}
		})
	}
}
