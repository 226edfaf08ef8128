package practice_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
	"waybill/backend/secret"
)

// whole is everything that the practice desk's connector can do.
type whole interface {
	connector.Connector
	connector.Filer
	connector.Changer
	connector.Writer
	connector.Finder
	connector.Deleter
	connector.Shaper
	connector.Marker
	connector.Updater
	connector.Reader
	connector.Firer
}

// spoilt is the connector with one thing done wrong.
type spoilt struct {
	whole
	pages   func(context.Context, whole, model.Object, connector.Cursor, func(connector.Page) error) error
	write   func(context.Context, whole, []model.Draft, connector.Files) ([]connector.Outcome, error)
	del     func(context.Context, whole, []connector.Doomed) ([]connector.Outcome, error)
	check   func(context.Context, whole) (connector.Account, error)
	changes func(context.Context, whole, model.Object, connector.Cursor, func(connector.Page) error) error
	update  func(context.Context, whole, []connector.Edit, connector.Files) ([]connector.Outcome, error)
	read    func(context.Context, whole, model.Object, []string) (map[string]model.Record, error)
	now     func(context.Context, whole, model.Object) (connector.Cursor, error)
	fires   func(context.Context, whole) ([]connector.Fire, error)
	fired   func(context.Context, whole) (int64, bool, error)
}

func (s spoilt) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	if s.pages == nil {
		return s.whole.Pages(ctx, o, from, each)
	}
	return s.pages(ctx, s.whole, o, from, each)
}

func (s spoilt) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	if s.changes == nil {
		return s.whole.Changes(ctx, o, from, each)
	}
	return s.changes(ctx, s.whole, o, from, each)
}

func (s spoilt) Write(ctx context.Context, d []model.Draft, f connector.Files) ([]connector.Outcome, error) {
	if s.write == nil {
		return s.whole.Write(ctx, d, f)
	}
	return s.write(ctx, s.whole, d, f)
}

func (s spoilt) Delete(ctx context.Context, d []connector.Doomed) ([]connector.Outcome, error) {
	if s.del == nil {
		return s.whole.Delete(ctx, d)
	}
	return s.del(ctx, s.whole, d)
}

func (s spoilt) Check(ctx context.Context) (connector.Account, error) {
	if s.check == nil {
		return s.whole.Check(ctx)
	}
	return s.check(ctx, s.whole)
}

type headerless struct{ next http.RoundTripper }

func (h headerless) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("X-Import")
	return h.next.RoundTrip(r)
}

// wrong is one thing done wrong, and the subtest that must notice.
type wrong struct {
	notice string
	spoil  func(*spoilt)
	kind   func(*connector.Kind)
	rt     func(http.RoundTripper) http.RoundTripper
}

// sabotage names what is done wrong.
var sabotage = map[string]wrong{
	"a page loses its last record": {notice: "reading/counts_equal_what_paging_gives", spoil: func(s *spoilt) {
		s.pages = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
			return w.Pages(ctx, o, from, func(p connector.Page) error {
				if n := len(p.Records); n > 1 {
					p.Records = p.Records[:n-1]
				}
				return each(p)
			})
		}
	}},
	"the cursor is that of the next page": {notice: "reading/stop_after_every_page", spoil: func(s *spoilt) {
		s.pages = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
			return w.Pages(ctx, o, from, func(p connector.Page) error {
				if len(p.Records) == 0 {
					return each(p)
				}
				stop := errors.New("one only")
				err := w.Pages(ctx, o, p.Next, func(q connector.Page) error { p.Next = q.Next; return stop })
				if err != nil && !errors.Is(err, stop) {
					return err
				}
				return each(p)
			})
		}
	}},
	"raw is written anew": {notice: "reading/raw_is_the_desk", spoil: func(s *spoilt) {
		s.pages = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
			return w.Pages(ctx, o, from, func(p connector.Page) error {
				for i := range p.Records {
					p.Records[i].Raw = []byte(strings.Replace(string(p.Records[i].Raw), `{"id"`, `{ "id"`, 1))
				}
				return each(p)
			})
		}
	}},
	"an error of each is swallowed": {notice: "reading/an_error_from_each", spoil: func(s *spoilt) {
		s.pages = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
			_ = w.Pages(ctx, o, from, each)
			return nil
		}
	}},
	"changes start where they end": {notice: "reading/changes_miss_nothing", spoil: func(s *spoilt) {
		s.changes = func(context.Context, whole, model.Object, connector.Cursor, func(connector.Page) error) error {
			return nil
		}
	}},
	"a lost answer counts as unsent": {notice: "writing/no_double_when_the_answer_is_dropped", spoil: func(s *spoilt) {
		s.write = func(ctx context.Context, w whole, d []model.Draft, f connector.Files) ([]connector.Outcome, error) {
			out, err := w.Write(ctx, d, f)
			for i := range out {
				if out[i].State == connector.Unknown {
					out[i].State = connector.Unsent
				}
			}
			return out, err
		}
	}},
	"a lost answer is written again": {notice: "writing/no_double_when_the_connection_is_reset", spoil: func(s *spoilt) {
		s.write = func(ctx context.Context, w whole, d []model.Draft, f connector.Files) ([]connector.Outcome, error) {
			out, err := w.Write(ctx, d, f)
			if err == nil && len(out) > 0 && out[0].State == connector.Unknown {
				if out, err = w.Write(ctx, d, f); err == nil {
					out[0].State = connector.Unknown
				}
			}
			return out, err
		}
	}},
	"outcomes come in another order": {notice: "writing/one_outcome_for_each_draft", spoil: func(s *spoilt) {
		s.write = func(ctx context.Context, w whole, d []model.Draft, f connector.Files) ([]connector.Outcome, error) {
			out, err := w.Write(ctx, d, f)
			slices.Reverse(out)
			return out, err
		}
	}},
	"a private note becomes public": {notice: "writing/what_is_written_reads_back", spoil: func(s *spoilt) {
		s.write = func(ctx context.Context, w whole, d []model.Draft, f connector.Files) ([]connector.Outcome, error) {
			for i := range d {
				if d[i].Object == model.Message {
					fields := map[string]any{}
					for k, v := range d[i].Fields {
						fields[k] = v
					}
					delete(fields, "public")
					d = slices.Clone(d)
					d[i].Fields = fields
				}
			}
			return w.Write(ctx, d, f)
		}
	}},
	"what people touched is deleted": {notice: "writing/what_people_touched", spoil: func(s *spoilt) {
		s.del = func(ctx context.Context, w whole, d []connector.Doomed) ([]connector.Outcome, error) {
			d = slices.Clone(d)
			for i := range d {
				d[i].Version = ""
			}
			return w.Delete(ctx, d)
		}
	}},
	"cancelling is ignored": {notice: "manners/a_dead_context_touches_nothing", spoil: func(s *spoilt) {
		s.check = func(ctx context.Context, w whole) (connector.Account, error) {
			return w.Check(context.WithoutCancel(ctx))
		}
	}},
	"the token stands in an error": {notice: "set-up/a_wrong_token", spoil: func(s *spoilt) {
		s.check = func(ctx context.Context, w whole) (connector.Account, error) {
			a, err := w.Check(ctx)
			if err != nil {
				err = fmt.Errorf("with %s: %w", token, err)
			}
			return a, err
		}
	}},
	"a goroutine is left over": {notice: "set-up/the_account_is_told", spoil: func(s *spoilt) {
		s.check = func(ctx context.Context, w whole) (connector.Account, error) {
			go func() { <-make(chan struct{}) }()
			return w.Check(ctx)
		}
	}},
	"a flag is wrong": {notice: "set-up/flags_agree", kind: func(k *connector.Kind) { k.Caps.Deletes = false }},
	"customers are mailed": {notice: "writing/nobody_is_mailed", rt: func(rt http.RoundTripper) http.RoundTripper {
		return headerless{rt}
	}},
}

func sabotaged(name string) connector.Kind {
	x := sabotage[name]
	k := practice.Kind()
	right := k.Open
	k.Open = func(ctx context.Context, cfg map[string]string, v secret.Vault, rt http.RoundTripper) (connector.Connector, error) {
		if x.rt != nil {
			rt = x.rt(rt)
		}
		c, err := right(ctx, cfg, v, rt)
		if err != nil {
			return nil, err
		}
		s := &spoilt{whole: c.(whole)}
		if x.spoil != nil {
			x.spoil(s)
		}
		return s, nil
	}
	if x.kind != nil {
		x.kind(&k)
	}
	return k
}

// TestSabotaged is the examination of a connector that does one thing wrong.
func TestSabotaged(t *testing.T) {
	name := os.Getenv("WAYBILL_SABOTAGE")
	if name == "" {
		t.Skip("run by TestExaminationNotices, with a name of what is done wrong")
	}
	conform.Run(t, rig(sabotaged(name)))
}

// An examination is worth what it notices.
func TestExaminationNotices(t *testing.T) {
	for name, x := range sabotage {
		t.Run(name, func(t *testing.T) {
			group, sub, _ := strings.Cut(x.notice, "/")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSabotaged$/^"+group+"$/^"+sub)
			cmd.Env = append(os.Environ(), "WAYBILL_SABOTAGE="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("the examination passed: %s", out)
			}
			if !strings.Contains(string(out), "FAIL: TestSabotaged/"+x.notice) &&
				(name != "a goroutine is left over" || !strings.Contains(string(out), "blocked goroutines remain")) {
				t.Errorf("%s did not notice:\n%s", x.notice, out)
			}
		})
	}
}
