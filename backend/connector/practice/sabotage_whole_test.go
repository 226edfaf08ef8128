package practice_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/practice"
	"waybill/backend/model"
)

// wrongWholes names what is done wrong with records that go together.
var wrongWholes = map[string]struct {
	notice string
	first  bool
	spoil  func(*wholly)
}{
	"a part is doubled": {notice: "wholes/parts_arrive", spoil: func(w *wholly) {
		w.spoilAfter = func(ctx context.Context, d model.Draft, o *connector.Outcome, w *wholly) {
			if d.Object == model.Ticket && len(d.Parts) > 0 {
				part := d.Parts[0]
				part.Mark, part.Parts = "", nil
				part.Links = append(slices.Clone(part.Links), model.DraftLink{Field: "ticket", Target: o.Key})
				_, _ = w.whole.Write(ctx, []model.Draft{part}, nil) // nobody hears of it
			}
		}
	}},
	"outcomes of parts are swapped": {notice: "wholes/parts_arrive", spoil: func(w *wholly) {
		w.spoilAfter = func(_ context.Context, _ model.Draft, o *connector.Outcome, _ *wholly) { slices.Reverse(o.Parts) }
	}},
	"keys of parts are swapped": {notice: "wholes/parts_arrive", spoil: func(w *wholly) {
		w.spoilAfter = func(_ context.Context, _ model.Draft, o *connector.Outcome, _ *wholly) {
			if n := len(o.Parts); n > 1 {
				o.Parts[0].Key, o.Parts[n-1].Key = o.Parts[n-1].Key, o.Parts[0].Key
			}
		}
	}},
	"a part is never sent": {notice: "wholes/parts_arrive", spoil: func(w *wholly) {
		w.spoilAfter = func(ctx context.Context, d model.Draft, o *connector.Outcome, w *wholly) {
			if n := len(o.Parts); d.Object == model.Message && n > 0 {
				_, _ = w.whole.Delete(ctx, []connector.Doomed{{Key: o.Parts[n-1].Key}}) // nobody hears of it
			}
		}
	}},
	"a private part becomes public":       {notice: "wholes/parts_arrive", spoil: public},
	"a private first part becomes public": {notice: "wholes/a_private_part_stays_private", first: true, spoil: public},
	"a part is found that never arrived": {notice: "wholes/parts_are_found", spoil: func(w *wholly) {
		w.spoilFound = func(parts []model.Draft, found map[model.Mark]connector.Found) {
			for _, p := range parts {
				if found[p.Mark].Copies == 0 {
					found[p.Mark] = connector.Found{Key: model.Key{Object: p.Object, ID: "1"}, Copies: 1}
				}
			}
		}
	}},
	"parts that arrived are not found": {notice: "wholes/a_lost_answer_to_a_whole", spoil: func(w *wholly) {
		w.spoilFound = func(_ []model.Draft, found map[model.Mark]connector.Found) { clear(found) }
	}},
}

func public(w *wholly) {
	w.spoilBefore = func(d *model.Draft) {
		if d.Object == model.Message {
			d.Fields = maps.Clone(d.Fields)
			d.Fields["public"] = true
		}
	}
}

// TestSabotagedWholes is the examination of a connector that does one thing wrong.
func TestSabotagedWholes(t *testing.T) {
	x, ok := wrongWholes[os.Getenv("WAYBILL_SABOTAGE")]
	if !ok {
		t.Skip("run by TestExaminationNoticesWholes, with a name of what is done wrong")
	}
	conform.Run(t, whollyRig(whollyKind(x.first, x.spoil)))
}

func TestExaminationNoticesWholes(t *testing.T) {
	if practice.Kind().Caps.Matched(model.Agent) {
		t.Fatal("the practice desk itself creates agents")
	}
	for name, x := range wrongWholes {
		t.Run(name, func(t *testing.T) {
			group, sub, _ := strings.Cut(x.notice, "/")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSabotagedWholes$/^"+group+"$/^"+sub)
			cmd.Env = append(os.Environ(), "WAYBILL_SABOTAGE="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "FAIL: TestSabotagedWholes/"+x.notice) {
				t.Errorf("%s did not notice:\n%s", x.notice, out)
			}
		})
	}
}
