package profile

import (
	"fmt"
	"strings"

	"waybill/backend/model"
)

// Severities of a finding.
const (
	Info = "info" // good to know
	Warn = "warn" // will be noticed in the target
	Stop = "stop" // holds records until somebody decides
)

// States of a finding.
const (
	Open     = "open"
	Decided  = "decided"  // a decision in force answers it, or a person says so
	Accepted = "accepted" // a person takes it as it is
)

// OpNone is the filter of a finding that counts something else than records.
const OpNone = "none"

// Finding is something that the lead should know before the move.
type Finding struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Severity string       `json:"severity"`
	Count    int64        `json:"count"`
	What     string       `json:"what"`
	Means    string       `json:"means"`
	Fix      string       `json:"fix"`
	// Page of the window where it is put right.
	Page string `json:"page"`
	// Op and Value make the filter that opens its records, with Field.
	Op       string   `json:"op"`
	Value    string   `json:"value"`
	Examples []string `json:"examples"`
	// State is open, decided or accepted; By, When and Why say who said so.
	State string `json:"state"`
	By    string `json:"by"`
	When  string `json:"when"`
	Why   string `json:"why"`
}

// finder collects the findings of one object.
type finder struct {
	object Object
	things string
	out    []Finding
}

func (x *finder) add(f Finding) {
	if f.Count <= 0 {
		return
	}
	f.Object, f.State = x.object.Object, Open
	kept := []string{}
	for _, e := range f.Examples {
		if e != "" {
			kept = append(kept, e)
		}
	}
	f.Examples = kept
	x.out = append(x.out, f)
}

func find(o Object, shape model.ObjectSchema, held int64, meters map[string]*meter) []Finding {
	x := &finder{object: o, things: plural(o.Object), out: []Finding{}}
	x.add(Finding{
		Code: "rows.held", Severity: Stop, Count: held, What: fmt.Sprintf("%s that could not be read as they are", x.things),
		Means: "A broken row or a number used twice. They are held, so that nothing is lost.", Fix: "Repair the export and read it again, or leave them out.", Page: "clean",
	})
	x.add(Finding{
		Code: "keys.repeated", Severity: Warn, Count: o.DuplicateKeys, Op: "repeated_key", What: fmt.Sprintf("%s share their number with another one", x.things),
		Means: "Identical ones live on in the first. Different ones are held, because links could mean either.", Fix: "Choose another column as the number, or leave the repeated ones out.", Page: "source",
	})
	x.links()
	x.files()
	for _, f := range o.Fields {
		m := meters[f.Name]
		x.emptiness(f)
		x.dates(f, m)
		x.texts(f, m)
		x.lists(f, shape)
		if m.repeats > 0 {
			x.add(Finding{
				Code: "people.same_address", Field: f.Name, Severity: Warn, Count: m.repeats, Op: "filled", What: fmt.Sprintf("%s share their address in %q with another one", x.things, f.Name),
				Means: "The same person twice: the target would refuse the second, or split their history.", Fix: "Merge them under Clean.", Page: "clean",
			})
		}
		if n := m.sum.has(markTest); n > 0 {
			x.add(Finding{
				Code: "records.test", Field: f.Name, Severity: Warn, Count: n, Op: "filled", What: fmt.Sprintf("%s look like tests", x.things),
				Means: "They would count in the target's reports, and be found in searches.", Fix: "Leave them out under Clean.", Page: "clean", Examples: []string{m.sum.example(markTest)},
			})
		}
	}
	return x.out
}

// oneOf says objects as people do: "an agent or a customer".
func oneOf(objects string) string {
	words := strings.Split(objects, ", ")
	for i, o := range words {
		words[i] = model.Object(o).AWord()
	}
	return strings.Join(words, " or ")
}

func (x *finder) links() {
	for _, l := range x.object.Orphans {
		x.add(Finding{
			Code: "links.broken", Field: l.Field, Severity: Stop, Count: l.Count, Op: "broken_link",
			What:  fmt.Sprintf("%s point by %q to %s that is not there", x.things, l.Field, oneOf(l.To)),
			Means: "In the target they would hang on nothing, so they are held.", Fix: "Choose in the mapping what to use instead, or leave them out.", Page: "clean",
		})
	}
	for _, c := range x.object.Cycles {
		x.add(Finding{
			Code: codeCycle, Field: c.Field, Severity: Warn, Count: c.Count, Op: "found", Value: codeCycle, What: fmt.Sprintf("%s lead back to themselves by %q", x.things, c.Field),
			Means: "None of them can be first: one link of each circle is set after all of them are there.", Fix: "Nothing to do if the circle is meant; otherwise correct it in the source.", Page: "records",
		})
	}
	names, owned := map[string][]string{}, map[string]int64{}
	for _, w := range x.object.Owners {
		owned[w.Field] += w.Count
		names[w.Field] = append(names[w.Field], fmt.Sprintf("%s: %d", w.Name, w.Count))
	}
	for _, l := range x.object.Orphans {
		x.add(Finding{
			Code: codeOwners, Field: l.Field, Severity: Warn, Count: owned[l.Field], Op: "found", Value: codeOwners,
			What:  fmt.Sprintf("%s lead by %q to agents who left", x.things, l.Field),
			Means: "The target may have no seat for them: their records would be refused, or stand there without an owner.", Fix: "Choose under the mapping who takes over.", Page: "mapping",
			Examples: names[l.Field][:min(len(names[l.Field]), 5)],
		})
	}
}

func (x *finder) files() {
	f := x.object.Files
	if f == nil {
		return
	}
	for _, t := range []struct {
		what, severity, says, means, fix string
		n                                int64
	}{
		{"missing", Stop, "Attachments without their content", "The old desk lists them, but their content could not be had.", "Read the source again; if it is gone for good, leave them out under Clean.", f.Missing},
		{"empty", Info, "Attachments with nothing in them", "Some desks refuse files of no bytes.", "Leave them out, or let them be held.", f.Empty},
		{"large", Warn, "Attachments of more than 20 MB", "Most desks take no more in one message: they would be refused.", "Look at the target's limit, and decide under Losses.", f.Large},
		{"dangerous", Warn, "Attachments that run when they are opened", "Desks and their scanners refuse programs and scripts.", "Look at them; leave out what nobody needs.", f.Dangerous},
	} {
		x.add(Finding{Code: "files." + t.what, Severity: t.severity, Count: t.n, Op: "file", Value: t.what, What: t.says, Means: t.means, Fix: t.fix, Page: "clean"})
	}
	x.add(Finding{
		Code: codeRepeatedFile, Severity: Info, Count: f.Repeated, Op: "found", Value: codeRepeatedFile, What: "Attachments that stand in the same conversation before",
		Means: "Mostly pictures of signatures, quoted with every answer. They cost time and space.", Fix: "They move as they are; look at the biggest before you decide.", Page: "records",
	})
}

func (x *finder) emptiness(f Field) {
	rows := f.Filled + f.Blank + f.Empty
	switch {
	case rows > 0 && f.Filled == 0:
		x.add(Finding{
			Code: "field.empty", Field: f.Name, Severity: Info, Count: rows - f.Blank, Op: "empty", What: fmt.Sprintf("%q is empty everywhere", f.Name),
			Means: "It carries nothing.", Fix: "Leave it out of the mapping.", Page: "mapping",
		})
	case rows >= 200 && f.Filled*100 < rows:
		x.add(Finding{
			Code: "field.unused", Field: f.Name, Severity: Info, Count: f.Filled, Op: "filled", What: fmt.Sprintf("%q is filled in under 1 %% of the %s", f.Name, strings.ToLower(x.things)),
			Means: "Probably nobody uses it any more.", Fix: "Ask its owner whether it may stay behind.", Page: "mapping",
		})
	}
	x.add(Finding{
		Code: "field.blank", Field: f.Name, Severity: Info, Count: f.Blank, Op: "blank", What: fmt.Sprintf("%q holds nothing but blanks", f.Name),
		Means: "They look filled and are not. Waybill treats them as empty.", Fix: "Nothing to do, unless the blanks mean something.", Page: "profile",
	})
	if f.SameAs != "" {
		x.add(Finding{
			Code: "field.same", Field: f.Name, Severity: Info, Count: f.Filled, Op: "filled", What: fmt.Sprintf("%q holds the same as %q in every record", f.Name, f.SameAs),
			Means: "The same thing is kept twice.", Fix: "Map one of the two.", Page: "mapping",
		})
	}
}

func (x *finder) dates(f Field, m *meter) {
	s := &m.sum
	day, month, either := s.orders[orderDay], s.orders[orderMonth], s.orders[orderEither]
	if day > 0 && month > 0 {
		x.add(Finding{
			Code: "dates.two_orders", Field: f.Name, Severity: Stop, Count: day + month + either, Op: "filled",
			What:  fmt.Sprintf("%q holds dates in two orders: %d day first, %d month first, %d could be either", f.Name, day, month, either),
			Means: "Read as one order, some would become another day.", Fix: "Keep it as text, or decide the order record by record in the source.", Page: "mapping",
			Examples: []string{s.orderExamples[orderDay], s.orderExamples[orderMonth]},
		})
	}
	if either > 0 && day+month == 0 && m.field.Format == "" {
		x.add(Finding{
			Code: "dates.ambiguous", Field: f.Name, Severity: Warn, Count: either, Op: "filled", What: fmt.Sprintf("%q holds dates that could be day or month first, and no other value shows which", f.Name),
			Means: "3/4 is the third of April or the fourth of March.", Fix: "Ask somebody who knows the source, and state the format there.", Page: "source", Examples: []string{s.orderExamples[orderEither]},
		})
	}
	if s.orders[orderYear]+s.orders[orderWords]+day+month+either == 0 {
		return // one value that looks like an impossible date makes no field of dates
	}
	x.add(Finding{
		Code: "dates.impossible", Field: f.Name, Severity: Warn, Count: s.orders[orderImpossible], Op: "filled", What: fmt.Sprintf("%q holds dates that are in no calendar", f.Name),
		Means: "The target would refuse them; in a field of dates they are held.", Fix: "Say in the mapping what stands for no date.", Page: "mapping", Examples: []string{s.orderExamples[orderImpossible]},
	})
	if m.dates == nil && f.Dates != nil && f.Dates.Count*2 < f.Filled {
		return
	}
	x.add(Finding{
		Code: "dates.out_of_range", Field: f.Name, Severity: Warn, Count: s.has(markOddYear), Op: "filled", What: fmt.Sprintf("%q holds dates before 1900 or after 2100", f.Name),
		Means: "Mostly slips of the pen; many desks refuse them.", Fix: "Correct them in the source, or leave the field empty there.", Page: "mapping", Examples: []string{s.example(markOddYear)},
	})
	if created(f.Name) {
		x.add(Finding{
			Code: "dates.future", Field: f.Name, Severity: Warn, Count: s.has(markFuture), Op: "filled", What: fmt.Sprintf("%q holds moments that are still to come", f.Name),
			Means: "Something cannot have happened yet: a wrong clock, or a wrong order of day and month.", Fix: "Look at them in the source.", Page: "records", Examples: []string{s.example(markFuture)},
		})
	}
}

// created says whether a field tells when something happened: due dates lie ahead by right.
func created(name string) bool {
	name = strings.ToLower(name)
	for _, w := range []string{"created", "opened", "open_time", "closed", "resolved", "updated", "solved", "birth", "dob"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// textTroubles are the findings about how a text is written.
var textTroubles = []struct {
	code                             string
	mark                             marks
	severity, what, means, fix, page string
}{
	{"text.mojibake", markMojibake, Warn, "%q holds text that was garbled by an earlier move", "Letters such as é show as two odd ones.", "It moves as it is; correct it if people will see it.", "clean"},
	{"text.lost", markReplacement, Warn, "%q holds characters that were lost before", "A mark stands where a letter was.", "It moves as it is: the letter cannot be found again.", "records"},
	{"text.control", markControl, Warn, "%q holds invisible control characters", "Some desks refuse or drop them.", "Look at the examples.", "records"},
	{"text.bidi", markBidi, Warn, "%q holds marks that change the direction of text", "They can make a text read differently from what it says.", "Look at the examples.", "records"},
	{"text.lookalike", markLookalike, Warn, "%q holds words with letters of two scripts that look alike", "They read the same and are not: searches miss them, and frauds use them.", "Look at the examples.", "records"},
}

func (x *finder) texts(f Field, m *meter) {
	s := &m.sum
	for _, t := range textTroubles {
		examples := []string{s.example(t.mark)}
		if t.mark == markMojibake && len(s.repairs) > 0 {
			examples = nil
			for _, r := range s.repairs {
				examples = append(examples, fmt.Sprintf("%s → %s", r.From, r.To))
			}
		}
		page := t.page
		if t.code == "text.mojibake" {
			page = "records"
		}
		x.add(Finding{Code: t.code, Field: f.Name, Severity: t.severity, Count: s.has(t.mark), Op: "filled", What: fmt.Sprintf(t.what, f.Name), Means: t.means, Fix: t.fix, Page: page, Examples: examples})
	}
	if a, b := s.has(markDecomposed), s.has(markComposed); a > 0 && b > 0 {
		x.add(Finding{
			Code: "text.normal_forms", Field: f.Name, Severity: Info, Count: a, Op: "filled", What: fmt.Sprintf("%q writes accents in two ways", f.Name),
			Means: "They look the same and compare as different: duplicates and value lists miss them.", Fix: "Waybill compares them as the same; the target may not.", Page: "records", Examples: []string{s.example(markDecomposed)},
		})
	}
	if declared := m.field.Type; declared == model.Email || s.kinds[KindEmail]*2 > f.Filled {
		x.add(Finding{
			Code: "email.malformed", Field: f.Name, Severity: Warn, Count: f.Filled - s.kinds[KindEmail], Op: "filled", What: fmt.Sprintf("%q holds values that are no e-mail address", f.Name),
			Means: "Targets refuse customers with a broken address.", Fix: "Correct them in the source, or leave the field empty.", Page: "mapping", Examples: []string{s.example(markBadAddress)},
		})
	}
	n := s.has(markPlaceholder)
	if real := m.field.Empty; n > 0 && len(real) == 0 {
		x.add(Finding{
			Code: "values.placeholder", Field: f.Name, Severity: Info, Count: n, Op: "filled", What: fmt.Sprintf("%q holds words that mean nothing is known", f.Name),
			Means: "“?”, “n/a” or “unknown” would arrive as if they were values.", Fix: "Say under Source which of them mean empty.", Page: "source", Examples: []string{s.example(markPlaceholder)},
		})
	}
}

func (x *finder) lists(f Field, shape model.ObjectSchema) {
	if twins := nearTwins(f); len(twins) > 0 {
		n := int64(0)
		ex := []string{}
		for _, t := range twins {
			n += t.count
		}
		for _, t := range twins[:min(len(twins), 5)] {
			ex = append(ex, fmt.Sprintf("%q looks like %q", t.value, t.like))
		}
		x.add(Finding{
			Code: "values.near_twins", Field: f.Name, Severity: Warn, Count: n, Op: "filled", What: fmt.Sprintf("%q has values that look like the same word written differently", f.Name),
			Means: "Each would become an option of its own, or be unknown to the target.", Fix: "Bring them together in the value list of the mapping.", Page: "mapping", Examples: ex,
		})
	}
	if twins := tagTwins(f); len(twins) > 0 {
		ex := []string{}
		for _, t := range twins[:min(len(twins), 5)] {
			ex = append(ex, fmt.Sprintf("%q looks like %q", t.value, t.like))
		}
		x.add(Finding{
			Code: "tags.near_twins", Field: f.Name, Severity: Info, Count: int64(len(twins)), Op: OpNone, What: fmt.Sprintf("tags of %q look like a commoner one written differently", f.Name),
			Means: "Reports by tag count them apart.", Fix: "Bring them together in the value list of the mapping.", Page: "mapping", Examples: ex,
		})
	}
	if f.TagsUsed >= 20 {
		x.add(Finding{
			Code: "tags.once", Field: f.Name, Severity: Info, Count: f.TagsOnce, Op: OpNone, What: fmt.Sprintf("tags of %q are used only once", f.Name),
			Means: "Most of them are slips or long forgotten.", Fix: "Let only the tags come along that people use.", Page: "mapping",
		})
	}
	for _, v := range f.Top {
		switch strings.ToLower(strings.Trim(v.Value, Blanks)) {
		case "spam", "junk":
			if v.Count*2 < x.object.Rows && x.object.Object.Kind() == model.Ticket {
				x.add(Finding{
					Code: "records.spam", Field: f.Name, Severity: Warn, Count: v.Count, Op: "equals", Value: v.Value, What: fmt.Sprintf("%s whose %q is %q", x.things, f.Name, v.Value),
					Means: "Spam should not come along.", Fix: "Leave them out under Clean.", Page: "clean",
				})
			}
		}
	}
	if unused := neverUsed(f, shape); len(unused) > 0 {
		x.add(Finding{
			Code: "values.unused", Field: f.Name, Severity: Info, Count: int64(len(unused)), Op: OpNone, What: fmt.Sprintf("options of %q are chosen by no record", f.Name),
			Means: "They need no place in the target.", Fix: "Leave them out of the value list.", Page: "mapping", Examples: unused[:min(len(unused), 5)],
		})
	}
}

// neverUsed lists the options of a picklist that no record has. It says nothing when not
// all values of the field are known.
func neverUsed(f Field, shape model.ObjectSchema) []string {
	declared, ok := shape.Field(f.Name)
	if !ok || len(declared.Options) == 0 || declared.Type != model.Option || int64(len(f.Top)) != f.Distinct || !f.Exact {
		return nil
	}
	used := map[string]bool{}
	for _, v := range f.Top {
		used[v.Value] = true
	}
	out := []string{}
	for _, o := range declared.Options {
		if !used[o.Value] && !used[o.Title] {
			name := o.Title
			if name == "" {
				name = o.Value
			}
			out = append(out, name)
		}
	}
	return out
}

func plural(o model.Object) string {
	switch o {
	case model.Contact:
		return "Customers"
	case model.Organization:
		return "Companies"
	case model.Article:
		return "Help articles"
	}
	s := strings.ReplaceAll(string(o), "_", " ")
	return strings.ToUpper(s[:1]) + s[1:] + "s"
}
