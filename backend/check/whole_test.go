package check_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

func made(t testing.TB, w *loadtest.World, how check.How) check.Result {
	t.Helper()
	res, err := check.Make(context.Background(), w.Job, how, job.New("check"))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Ten thousand clean records with every kind of text raise nothing, although the desk
// writes them in another way: what was needed is named and counted.
func TestMake_P83_tenThousandCleanRecordsRaiseNoFalseDifference(t *testing.T) {
	n := 10_000
	if testing.Short() || raced {
		n = 1000
	}
	forms := []string{"a\r\nb", "  padded ", "e\u0301te\u0301", "plain", "<p>one</p><p>two &amp; three</p>", "שלום 你好 👩‍👩‍👧", "x\u00a0y", "=1+1"}
	fields := []model.Field{{Name: "t", Type: model.LongText}, {Name: "h", Type: model.HTML}}
	desk := map[string]func(string) string{
		"trimmed":  strings.TrimSpace,
		"lines":    func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") },
		"composed": func(s string) string { return strings.ReplaceAll(s, "e\u0301", "é") },
		"framed": func(s string) string {
			return `<div class="comment" dir="auto">` + strings.ReplaceAll(strings.ReplaceAll(s, "<p>two", "\n<p >two"), "\u00a0", "&nbsp;") + "</div>\n"
		},
		"same": func(s string) string { return s },
	}
	counted := map[load.Normal]int{}
	for i := range n {
		text := forms[i%len(forms)] + fmt.Sprint(" ", i)
		for name, change := range desk {
			f := fields[0]
			if name == "framed" {
				f = fields[1]
			}
			same, needed := load.Compare(f, text, change(text), load.AllNormals)
			if !same {
				t.Fatalf("%s: %q and %q are told to differ", name, text, change(text))
			}
			counted[needed]++
			if same, _ := load.Compare(f, text, change(text)+"!", load.AllNormals); same {
				t.Fatalf("%s: %q with a sign more is told to be the same", name, text)
			}
			if needed != 0 {
				if same, _ := load.Compare(f, text, change(text), load.AllNormals&^needed); same {
					t.Fatalf("%s: %q is equal although what it needs is switched off", name, text)
				}
			}
		}
	}
	for _, want := range []load.Normal{load.LineEnds, load.OuterBlanks, load.UnicodeForm, load.HTMLForm} {
		if counted[want] == 0 && want != load.OuterBlanks {
			t.Errorf("%b was never needed: %v", want, counted)
		}
	}
}

func TestMake_P83_normalisationsAreNamedCountedAndCanBeSwitchedOff(t *testing.T) {
	w := moved(t)
	w.Call(http.MethodPatch, place(w, model.Ticket, "t1"), `{"tags":["a","b"]}`)
	res := checked(w)
	if !res.Passed {
		t.Fatalf("the order of tags is a difference: %v", failed(res))
	}
	for _, e := range res.Equal {
		if e.Code == "tag_order" && e.Count != 1 {
			t.Errorf("%d values are equal after %s, want 1", e.Count, e.Title)
		}
	}
	strict := made(t, w, check.How{Off: []string{"tag_order"}})
	if got := failed(strict); len(got) == 0 || got[0] != "drift ticket" && got[0] != "tags ticket" {
		t.Errorf("switched off, it fails %v", got)
	}
}

// A check that is stopped goes on where it was, and says the same.
func TestMake_R047_aCheckGoesOnWhereItWasStopped(t *testing.T) {
	w := moved(t)
	w.Call(http.MethodDelete, place(w, model.Message, "t2m4"), "")
	asked := map[string]int{}
	down := true
	w.Wire.Before = func(r *http.Request) *http.Response {
		if r.Method == http.MethodGet && r.URL.Query().Get("limit") != "1" {
			asked[r.URL.Path]++
		}
		if down && strings.HasSuffix(r.URL.Path, "/attachments") && r.URL.Query().Get("limit") != "1" {
			return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody, Header: http.Header{}, Request: r}
		}
		return nil
	}
	if _, err := check.Make(context.Background(), w.Job, check.How{}, job.New("check")); err == nil {
		t.Fatal("the desk refused, and nothing was said")
	} else if errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := asked["/api/v1/tickets"]
	down = false
	res := made(t, w, check.How{})
	if got := failed(res); strings.Join(got, ",") != "arrived message,balance message" {
		t.Errorf("gone on, it fails %v", got)
	}
	if before == 0 || asked["/api/v1/tickets"] != before {
		t.Errorf("tickets were read %d times before and %d times in all: what was read is read again", before, asked["/api/v1/tickets"])
	}
	if whole := made(t, w, check.How{Fresh: true}); whole.Read != res.Read {
		t.Errorf("%d records were read, a whole check reads %d", res.Read, whole.Read)
	}
}

func TestMake_R044_aSampleSaysHowSureItIs(t *testing.T) {
	w := moved(t)
	res := made(t, w, check.How{Sample: 5})
	if !res.Passed || res.Mode != check.ModeSample {
		t.Fatalf("%v", failed(res))
	}
	for _, c := range res.Checks {
		if c.Code == check.Arrived && c.Object == model.Message {
			if c.LookedAt != 5 || c.Scope != "5 of 40: with 95 % confidence at most 45 % wrong" {
				t.Errorf("%+v", c)
			}
		}
		if c.Code == check.Stray || check.Totals(c.Code) {
			t.Errorf("a sample cannot show %s, and it is told as passed", c.Code)
		}
	}
	w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"subject":"Another"}`)
	if got := failed(made(t, w, check.How{Percent: 100})); strings.Join(got, ",") != "drift ticket,fields ticket" {
		t.Errorf("a sample of all fails %v", got)
	}
}

func TestAtMost_isTheRuleOfThreeWithNoneWrong(t *testing.T) {
	for _, c := range []struct {
		n, k int64
		want string
	}{{1200, 0, "0.25"}, {300, 0, "0.99"}, {60, 0, "4.87"}, {1, 0, "95.00"}, {100, 2, "6.16"}, {0, 0, "100.00"}, {10, 10, "100.00"}} {
		if got := fmt.Sprintf("%.2f", check.AtMost(c.n, c.k)); got != c.want {
			t.Errorf("%d wrong of %d: at most %s %%, want %s", c.k, c.n, got, c.want)
		}
	}
}

func TestMake_R047_aQuickCheckLooksCloserWhereListsDiffer(t *testing.T) {
	w := moved(t)
	quick := made(t, w, check.How{Quick: true})
	if !quick.Passed || quick.Read >= 63 {
		t.Fatalf("%d records were read; failed: %v", quick.Read, failed(quick))
	}
	for _, c := range quick.Checks {
		if c.Object == model.Message && c.Code == check.Fields && c.LookedAt > 0 {
			t.Error("messages were compared, although nothing differs")
		}
	}
	w.Read(func(tx *store.Tx) error {
		if _, ok, err := tx.LastChecking(); ok || err != nil {
			return errors.Join(err, errors.New("a quick check that passes counts as a whole one"))
		}
		return nil
	})
	w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"subject":"Another"}`)
	w.Call(http.MethodPatch, place(w, model.Message, "t3m2"), `{"body":"Another"}`)
	if got := failed(made(t, w, check.How{Quick: true})); strings.Join(got, ",") != "fields message,fields ticket" {
		t.Errorf("a quick check fails %v", got)
	}
}

func TestForecast_R047_saysWhatACheckAsks(t *testing.T) {
	w := moved(t)
	w.Job.PerMinute = 60
	w.Read(func(tx *store.Tx) error {
		full, err := check.Forecast(tx, w.Job, check.How{})
		if err != nil {
			return err
		}
		quick, err := check.Forecast(tx, w.Job, check.How{Quick: true})
		if full.Requests <= quick.Requests || full.LowS < full.Requests || full.HighS <= full.LowS {
			t.Errorf("full %+v, quick %+v", full, quick)
		}
		return err
	})
}

func TestMake_P85_driftIsToldAgainstTheLastCheck(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Move()
	checked(w)
	w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"priority":"low"}`)
	found := false
	for _, c := range checked(w).Checks {
		if c.Code == check.Drift && c.Object == model.Ticket && c.Failed == 1 {
			found = true
		}
	}
	if !found {
		t.Error("what changed since the last check is not told")
	}
}
