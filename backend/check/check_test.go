package check_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"testing"
	"time"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// checked reads the target back and compares.
func checked(w *loadtest.World) check.Result {
	w.TB.Helper()
	res, err := check.Run(context.Background(), w.Job, job.New("check"))
	if err != nil {
		w.TB.Fatal(err)
	}
	return res
}

// failed lists the checks that did not pass: "code object". Figures over all records differ
// whenever a record does; mutation_test.go looks at them.
func failed(r check.Result) []string {
	out := []string{}
	for _, c := range r.Checks {
		if !c.Passed && !check.Totals(c.Code) && c.Code != check.Counted {
			out = append(out, c.Code+" "+string(c.Object))
		}
	}
	sort.Strings(out)
	return out
}

func moved(t testing.TB) *loadtest.World {
	t.Helper()
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Move()
	return w
}

func TestRun_aCleanMoveRaisesNothing(t *testing.T) {
	w := moved(t)
	res := checked(w)
	if !res.Passed || len(failed(res)) != 0 {
		t.Fatalf("a clean move fails %v", res.Checks)
	}
	looked := map[string]int64{}
	for _, c := range res.Checks {
		looked[c.Code] += c.LookedAt
		if c.Title == "" || c.Why == "" {
			t.Errorf("%s does not say what it is", c.Code)
		}
	}
	for code, least := range map[string]int64{
		check.Arrived: 63, check.Doubled: 63, check.Stray: 63, check.Complete: 63, check.Fields: 75, check.Options: 16, check.Tags: 8, check.Encoding: 60, check.Digest: 63, check.Buckets: 4, check.Times: 48,
		check.Links: 60, check.Authors: 40, check.Privacy: 40, check.Order: 8, check.Content: 4,
	} {
		if looked[code] < least {
			t.Errorf("%s looked at %d, want at least %d", code, looked[code], least)
		}
	}
	if res.Read != 63 {
		t.Errorf("%d records were read back, want 63", res.Read)
	}
	w.Read(func(tx *store.Tx) error {
		kept, at, ok, err := check.Last(tx)
		if err == nil && (!ok || !at.Passed || !reflect.DeepEqual(kept, res)) {
			err = fmt.Errorf("what was kept is %+v", kept)
		}
		return err
	})
	// And again, after nothing happened.
	again := checked(w)
	if !again.Passed || again.Read != res.Read || !reflect.DeepEqual(again.Digests, res.Digests) {
		t.Errorf("the second check says otherwise: %v", failed(again))
	}
}

// Each damage is found by the check that is there for it, at the record that it was done to.
func TestRun_plantedDamageIsFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(*loadtest.World)
		want   []string
		code   string
		object model.Object
		source string // the record at which it is found
	}{
		{
			"a message is deleted", func(w *loadtest.World) { w.Call(http.MethodDelete, place(w, model.Message, "t2m4"), "") },
			[]string{"arrived message", "balance message"},
			check.Arrived, model.Message, "t2m4",
		},
		{
			"an attachment is deleted", func(w *loadtest.World) { w.Call(http.MethodDelete, place(w, model.Attachment, "f2"), "") },
			[]string{"arrived attachment", "balance attachment"},
			check.Arrived, model.Attachment, "f2",
		},
		{"a subject is changed", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"subject":"Subject t3!"}`)
		}, []string{"fields ticket"}, check.Fields, model.Ticket, "t3"},
		{"a subject is only cased otherwise", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Ticket, "t3"), `{"subject":"subject t3"}`)
		}, []string{"fields ticket"}, check.Fields, model.Ticket, "t3"},
		{"a body loses its end", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t1m1"), `{"body":"<p>Message 1 of</p>"}`)
		}, []string{"texts_whole message"}, check.WholeText, model.Message, "t1m1"},
		{
			"a tag is lost", func(w *loadtest.World) { w.Call(http.MethodPatch, place(w, model.Ticket, "t5"), `{"tags":["a"]}`) },
			[]string{"tags ticket"},
			check.Tags, model.Ticket, "t5",
		},
		{
			"a state is changed", func(w *loadtest.World) { w.Call(http.MethodPatch, place(w, model.Ticket, "t5"), `{"status":"closed"}`) },
			[]string{"options ticket"},
			check.Options, model.Ticket, "t5",
		},
		{"a time is an hour off", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Ticket, "t6"), `{"created_at":"2019-03-06T09:00:00Z"}`)
		}, []string{"times ticket"}, check.Times, model.Ticket, "t6"},
		{"a time is a second off", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t6m5"), `{"created_at":"2019-03-06T09:05:01Z"}`)
		}, []string{"times message"}, check.Times, model.Message, "t6m5"},
		{"a message stands at another place", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t7m5"), `{"created_at":"2019-03-07T08:59:00Z"}`)
		}, []string{"thread_order message", "times message"}, check.Order, model.Message, "t7m1"},
		{"a private note is public", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t4m3"), `{"public":true}`)
		}, []string{"private_notes message"}, check.Privacy, model.Message, "t4m3"},
		{"a public message is hidden", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t4m1"), `{"public":false}`)
		}, []string{"private_notes message"}, check.Privacy, model.Message, "t4m1"},
		{"another author", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Message, "t1m1"), fmt.Sprintf(`{"author":%q}`, id(w, model.Contact, "c5")))
		}, []string{"authors message"}, check.Authors, model.Message, "t1m1"},
		{"another customer", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Ticket, "t1"), fmt.Sprintf(`{"requester":%q}`, id(w, model.Contact, "c5")))
		}, []string{"links ticket"}, check.Links, model.Ticket, "t1"},
		{
			"no agent any more", func(w *loadtest.World) { w.Call(http.MethodPatch, place(w, model.Ticket, "t1"), `{"assignee":null}`) },
			[]string{"links ticket"},
			check.Links, model.Ticket, "t1",
		},
		{"a company where none was", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Ticket, "t1"), fmt.Sprintf(`{"organization":%q}`, id(w, model.Organization, "o1")))
		}, []string{"links ticket"}, check.Links, model.Ticket, "t1"},
		{"a customer is there twice", func(w *loadtest.World) {
			w.Call(http.MethodPost, "contacts", fmt.Sprintf(`{"name":"Customer 2","external_id":%q}`, load.MarkOf(loadtest.ProjectID, model.Key{Object: model.Contact, ID: "c2"})))
		}, []string{"doubled contact"}, check.Doubled, model.Contact, "c2"},
		{"something of ours that we do not know", func(w *loadtest.World) {
			w.Call(http.MethodPost, "contacts", fmt.Sprintf(`{"name":"Left over","external_id":%q}`, load.MarkOf(loadtest.ProjectID, model.Key{Object: model.Contact, ID: "c99"})))
		}, []string{"stray contact"}, check.Stray, model.Contact, ""},
		{"an attachment has another name", func(w *loadtest.World) {
			w.Call(http.MethodPatch, place(w, model.Attachment, "f1"), `{"name":"g1.txt"}`)
		}, []string{"fields attachment"}, check.Fields, model.Attachment, "f1"},
		{"somebody else works there too", func(w *loadtest.World) {
			w.Call(http.MethodPost, "contacts", `{"name":"A new customer","email":"new@x.example"}`)
			w.Call(http.MethodPost, "contacts", `{"name":"Another project's","external_id":"wb:fedcba98:contact:c1"}`)
		}, []string{}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := moved(t)
			c.damage(w)
			res := checked(w)
			if got := failed(res); !reflect.DeepEqual(got, c.want) {
				t.Fatalf("failed: %v, want %v", got, c.want)
			}
			if res.Passed != (len(c.want) == 0) {
				t.Errorf("passed: %v", res.Passed)
			}
			if c.code == "" {
				return
			}
			w.Read(func(tx *store.Tx) error {
				_, at, _, err := check.Last(tx)
				if err != nil {
					return err
				}
				found, err := tx.Differences(at.ID, c.code, c.object, 0, 10)
				if err != nil {
					return err
				}
				if len(found) != 1 {
					t.Fatalf("%d differences are kept: %+v", len(found), found)
				}
				if c.source != "" && found[0].Seq != w.At(c.object, c.source) {
					t.Errorf("found at %d, want %s", found[0].Seq, c.source)
				}
				if found[0].Expected == found[0].Found {
					t.Errorf("expected and found are the same: %+v", found[0])
				}
				if c.source == "" {
					return nil
				}
				// The number opens its records.
				n, err := tx.Count(store.Filter{Object: c.object, Check: c.code})
				if err == nil && n != 1 {
					err = fmt.Errorf("the check opens %d records", n)
				}
				return err
			})
			for _, i := range res.Checks {
				if i.Code == c.code && i.Object == c.object && (i.Failed != 1 || len(i.Examples) != 1) {
					t.Errorf("%+v, want one failure with an example", i)
				}
			}
		})
	}
}

// id is a record's number in the desk.
func id(w *loadtest.World, o model.Object, source string) (id string) {
	w.TB.Helper()
	w.Read(func(tx *store.Tx) error {
		l, ok, err := tx.LedgerOf(w.At(o, source))
		if err == nil && !ok {
			err = fmt.Errorf("%s %s was never sent", o, source)
		}
		id = l.ID
		return err
	})
	return id
}

func place(w *loadtest.World, o model.Object, source string) string {
	return string(o) + "s/" + id(w, o, source)
}

func TestRun_whatIsHeldOrWaitsDoesNotBalance(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Stage(model.Ticket, loadtest.Fields{"id": "t9", "subject": "Of nobody", "requester": "c99"})
	w.Move()
	res := checked(w)
	if got := failed(res); !slices.Equal(got, []string{"balance ticket"}) {
		t.Errorf("failed: %v, want that the tickets do not balance", got)
	}
	w.Stage(model.Contact, loadtest.Fields{"id": "c8", "name": "New"})
	if got := failed(checked(w)); !slices.Equal(got, []string{"balance contact", "balance ticket"}) {
		t.Errorf("failed: %v", got)
	}
}

// P-83: what means the same is no difference, and what does not is one.
func TestSame_P83(t *testing.T) {
	text, long := model.Field{Type: model.Text}, model.Field{Type: model.LongText}
	number, email, tags := model.Field{Type: model.Number}, model.Field{Type: model.Email}, model.Field{Type: model.Tags}
	when, day, yes := model.Field{Type: model.DateTime}, model.Field{Type: model.Date}, model.Field{Type: model.Bool}
	at := time.Date(2024, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		name      string
		f         model.Field
		want, got any
		same      bool
	}{
		{"equal", text, "a", "a", true},
		{"other", text, "a", "b", false},
		{"case", text, "a", "A", false},
		{"inner blanks", text, "a  b", "a b", false},
		{"outer blanks", text, " a\n", "a", true},
		{"line ends", long, "a\r\nb\rc", "a\nb\nc", true},
		{"a line end more", long, "a\n\nb", "a\nb", false},
		{"NFC and NFD", text, "é", "e\u0301", true},
		{"Hangul NFC and NFD", text, "한", "\u1112\u1161\u11ab", true},
		{"an accent lost", text, "é", "e", false},
		{"emoji", text, "👩‍👩‍👧", "👩‍👩‍👧", true},
		{"emoji lost", text, "ok 👍", "ok ?", false},
		{"both empty", text, "", nil, true},
		{"empty and blank", text, nil, "  ", true},
		{"empty and something", text, "", "a", false},
		{"something and empty", text, "a", nil, false},
		{"zero is not empty", number, "", "0", false},
		{"number precision", number, "1.50", "1.5", true},
		{"number as number", number, 1.5, "1.500", true},
		{"whole number", number, int64(10), "10.0", true},
		{"exponent", number, 1e6, "1000000", true},
		{"long decimal", number, "12345678901234567890.10", "12345678901234567890.1", true},
		{"long decimal, last digit", number, "12345678901234567890.1", "12345678901234567891.1", false},
		{"number rounded", number, "1.25", "1.3", false},
		{"a huge exponent", number, "1", "1e999999999", false},
		{"text is no number", text, "1.50", "1.5", false},
		{"leading zeros of a text", text, "007", "7", false},
		{"address case", email, "A@X.example", "a@x.example", true},
		{"address", email, "a@x.example", "b@x.example", false},
		{"tags order", tags, []string{"b", "a"}, []string{"a", "b"}, true},
		{"tags twice", tags, []string{"a", "a"}, []string{"a"}, true},
		{"tags NFD", tags, []string{"é"}, []string{"e\u0301"}, true},
		{"a tag lost", tags, []string{"a", "b"}, []string{"a"}, false},
		{"a tag more", tags, []string{"a"}, []string{"a", "b"}, false},
		{"no tags", tags, []string{}, nil, true},
		{"no tags but some", tags, []string(nil), []string{"a"}, false},
		{"one tag as text", tags, []string{"a"}, "a", true},
		{"time", when, at, "2024-03-04T05:06:07Z", true},
		{"time with parts of a second", when, at.Add(300 * time.Millisecond), "2024-03-04T05:06:07Z", true},
		{"time in another zone", when, at, "2024-03-04T07:06:07+02:00", true},
		{"time a second off", when, at, "2024-03-04T05:06:08Z", false},
		{"time an hour off", when, at, "2024-03-04T06:06:07Z", false},
		{"time missing", when, at, nil, false},
		{"no time", when, time.Time{}, nil, true},
		{"not a time", when, at, "soon", false},
		{"day", day, model.Day("2024-03-04"), "2024-03-04", true},
		{"day with a time", day, model.Day("2024-03-04"), "2024-03-04T00:00:00Z", true},
		{"another day", day, model.Day("2024-03-04"), "2024-03-05", false},
		{"yes", yes, true, true, true},
		{"yes and no", yes, true, false, false},
		{"no and nothing", yes, false, nil, false},
		{"yes as text", yes, true, "true", true},
		{"no as text", yes, false, "False", true},
	} {
		if got := load.Same(c.f, c.want, c.got); got != c.same {
			t.Errorf("%s: %v and %v are the same: %v, want %v", c.name, c.want, c.got, got, c.same)
		}
	}
}

// What comes back as the desk stores it is never a difference: whatever a text holds.
func TestRun_P83_hostileTextRaisesNoFalseDifference(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	texts := []string{"e\u0301 and é", "a\r\nb\rc\n", "  outer  ", "𝒳 👩‍👩‍👧 عربى\u202e", "=1+1", "<b>not html</b> & \"quotes\"", "tab\tand nbsp\u00a0", "line\u2028separator", "zero\u200bwidth"}
	for i, s := range texts {
		w.Stage(model.Ticket, loadtest.Fields{"id": fmt.Sprint("x", i), "subject": "S" + s, "description": s, "requester": "c1", "tags": []string{s, "b"}, "created_at": "2020-02-29T23:59:59.900+01:00"})
		w.Stage(model.Message, loadtest.Fields{"id": fmt.Sprint("xm", i), "ticket": fmt.Sprint("x", i), "author": "c1", "public": true, "body": "<p>" + s + "</p>", "created_at": "2020-03-01 00:00:00"})
	}
	w.Move()
	res := checked(w)
	for _, c := range res.Checks {
		if !c.Passed {
			t.Errorf("%s of %s: %v", c.Code, c.Object, c.Examples)
		}
	}
}
