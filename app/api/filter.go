package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// figure is a number with the filter that opens its records.
func figure(n int64, f Filter) Figure { return Figure{Value: n, Exact: true, Filter: &f} }

// bare is a number that stands for nothing that could be opened, such as none.
func bare(n int64) Figure { return Figure{Value: n, Exact: true} }

func itoa(n int) string { return strconv.Itoa(n) }

// num writes a number with thousands apart.
func num(n int64) string {
	s, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		s, sign = s[1:], "-"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

func title(o model.Object) string { return project.Title(o) }

// fateWords say a fate behind the name of an object: "Tickets held back".
var fateWords = map[string]string{
	"moved": "moved", "merged": "merged", "archived": "archived", "left_out": "left out", "held": "held back", "pending": "waiting", "open": "still open",
}

func fateFilter(o model.Object, fate string) Filter {
	return Filter{Object: string(o), Fate: fate, Words: title(o) + " " + fateWords[fate]}
}

// stored turns the window's filter into the store's. What the window sends is
// checked here: unknown words are refused rather than ignored.
func stored(f Filter) (store.Filter, error) {
	wrong := func(part, value string) error {
		return problem.New("records.filter", "This list cannot be opened.", fmt.Sprintf("Waybill does not know the %s %q.", part, value), "Go back and open it again.").At(problem.Place{Field: part, Value: value})
	}
	out := store.Filter{
		Object: model.Object(f.Object), Code: f.Code, Field: f.Field, Op: f.Op, Value: f.Value, Text: strings.TrimSpace(f.Text), Decision: f.Decision, Action: f.Action, Check: f.Check,
	}
	if f.Thread != "" {
		out.Parent = &model.Key{Object: model.Ticket.From(out.Object.Source()), ID: f.Thread}
		if out.Object == "" {
			out.Object = model.Message
		}
	}
	if out.Object == "" {
		return out, wrong("object", "")
	}
	switch f.Fate {
	case "":
	case "open":
		out.Fates = []model.Fate{model.Held, model.Pending}
	default:
		fate, ok := model.ParseFate(f.Fate)
		if !ok {
			return out, wrong("fate", f.Fate)
		}
		out.Fates = []model.Fate{fate}
	}
	switch f.Op {
	case "", "held", "equals", "filled", "empty", "blank", "linked", "broken_link", "repeated_key", "links_to", "found", "file":
	case "year", "finding":
		out.Op = "" // sorted out in Go, as the profile counted
	default:
		return out, wrong("question", f.Op)
	}
	if f.Plan != "" {
		n, err := project.Number("plan", f.Plan)
		if err != nil {
			return out, err
		}
		out.Plan = n
		switch f.Action {
		case store.ActCreate, store.ActSkip, store.ActHold, store.ActUpdate, store.ActConflict, store.ActGone:
		case "":
			if out.Loss = f.Loss; f.Loss == "" {
				return out, wrong("action", f.Action)
			}
		default:
			return out, wrong("action", f.Action)
		}
	}
	switch f.Change {
	case "", store.HowChanged, store.HowDeleted, store.HowMerged, store.HowRedacted, "settled", "problem":
		out.Change = f.Change
	default:
		return out, wrong("change", f.Change)
	}
	if f.Run != "" {
		n, err := project.Number("run", f.Run)
		if err != nil {
			return out, err
		}
		out.Run = n
	}
	return out, nil
}

// filterKey names a filter, for remembering its total.
func filterKey(f Filter) string {
	f.Words = ""
	b, err := json.Marshal(f)
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	return string(b)
}

// nilless gives an empty list in the place of none: JSON would say null.
func nilless[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
