package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Outcome is the verdict in one word.
type Outcome string

// The three outcomes.
const (
	Balances   Outcome = "balances"
	OutOfLine  Outcome = "does not balance"
	WaivedOpen Outcome = "waived"
)

// Verdict answers: did it pass?
type Verdict struct {
	Outcome  Outcome  `json:"outcome"`
	Title    string   `json:"title"`
	Sentence string   `json:"sentence"`
	Reasons  []Reason `json:"reasons"`
}

// Reason is one thing that keeps the manifest from balancing.
type Reason struct {
	Key      string `json:"key"` // what an approval names to waive it, such as "held:ticket"
	Text     string `json:"text"`
	WaivedBy string `json:"waivedBy"` // empty: not waived
}

// Reasons lists what keeps the manifest from balancing, in the order of the report.
func (f Facts) Reasons() []Reason {
	var out []Reason
	add := func(key, format string, a ...any) {
		out = append(out, Reason{Key: key, Text: fmt.Sprintf(format, a...)})
	}
	if len(f.Manifest) == 0 {
		add("manifest", "Nothing has been counted yet.")
	}
	for _, r := range f.Manifest {
		name := strings.ToLower(r.Title)
		if !r.Adds() {
			add("adds:"+r.Object, "The accounts of %s do not add up: %s in the source, %s accounted for.",
				name, count(r.Source), count(r.Moved+r.Decided()+r.Held+r.Pending))
		}
		if r.Held > 0 {
			add("held:"+r.Object, "%s: %s held, waiting for a person.", r.Title, count(r.Held))
		}
		if r.Pending > 0 {
			add("pending:"+r.Object, "%s: %s not reached yet.", r.Title, count(r.Pending))
		}
		switch {
		case r.Target == nil:
			add("target:"+r.Object, "The target has not been asked how many %s it holds.", name)
		case *r.Target != r.Moved:
			add("target:"+r.Object, "The target counts %s %s where %s were moved.", count(*r.Target), name, count(r.Moved))
		}
	}
	for _, t := range f.Thresholds {
		if !t.Passed {
			add("threshold:"+t.Code, "%s: agreed %s, measured %s.", t.Title, t.Limit, t.Measured)
		}
	}
	if len(f.Checks) == 0 {
		add("checks", "The content of the target has not been read back and compared.")
	}
	for _, c := range f.Checks {
		if !c.Passed {
			add("check:"+c.Code+":"+c.Object, "%s (%s): %s of %s differ.", c.Title, c.Object, count(c.Failed), count(c.Looked))
		}
	}
	wrong := int64(0)
	for _, r := range f.Spots.Rows {
		wrong += r.Wrong
	}
	if wrong > 0 {
		add("spots", "%s a person looked at %s found wrong.", plural(int(wrong), "record that", "records that"), wasWere(int(wrong)))
	}
	for i := range out {
		for _, a := range f.Approvals {
			if strings.TrimSpace(a.Waiver) != "" && strings.TrimSpace(a.Name) != "" && slices.Contains(a.Waives, out[i].Key) {
				out[i].WaivedBy = a.Name
				break
			}
		}
	}
	return out
}

// Verdict weighs the facts. Approvals cannot make a manifest balance; they can
// only waive what is named, and then the verdict says so.
func (f Facts) Verdict() Verdict {
	reasons := f.Reasons()
	var source, moved, decided, open int64
	for _, r := range f.Manifest {
		source, moved, decided, open = source+r.Source, moved+r.Moved, decided+r.Decided(), open+r.Held+r.Pending
	}
	v := Verdict{Outcome: Balances, Title: "The manifest balances", Reasons: reasons}
	waived := 0
	for _, r := range reasons {
		if r.WaivedBy != "" {
			waived++
		}
	}
	switch {
	case len(reasons) == 0:
		v.Sentence = fmt.Sprintf("Each of the %s source records is accounted for: %s moved, %s stayed behind by decision, none is open.",
			count(source), count(moved), count(decided))
		v.Sentence += " The target was read back and agrees."
	case waived == len(reasons):
		v.Outcome, v.Title = WaivedOpen, "Does not balance, waived in writing"
		v.Sentence = fmt.Sprintf("%s %s accepted by name; see who says so below, and section 9.", plural(len(reasons), "difference", "differences"), wasWere(len(reasons)))
	default:
		v.Outcome, v.Title = OutOfLine, "The manifest does not balance"
		v.Sentence = fmt.Sprintf("%s of %s source records %s open.", count(open), count(source), isAre(open))
		if open == 0 {
			v.Sentence = "Every source record has its place, but the evidence does not agree."
		}
		v.Sentence += fmt.Sprintf(" %s in the way; it should not be signed yet.", plural(len(reasons)-waived, "thing stands", "things stand"))
	}
	return v
}

// count writes a number with thousands apart.
func count(n int64) string {
	s, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		s, sign = s[1:], "-"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// percent never rounds up to 100 or down to 0: either would be a lie.
func percent(part, whole int64) string {
	if whole <= 0 {
		return "-"
	}
	tenths := part * 1000 / whole
	switch {
	case part == whole:
		return "100 %"
	case tenths == 0 && part > 0:
		return "under 0.1 %"
	}
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
