package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/model"
)

// Confidence below which a pair of fields is not proposed.
const leastScore = 45

// Suggest proposes a mapping from names, types and the values themselves. Every
// writable target field gets a rule with its confidence and reason; a required
// one for which nothing fits is left Open. Of two source fields that fit a
// target the better one is taken, and no source is used twice by name.
func Suggest(src, dst model.Schema, seen Stats) Version {
	v := Version{Objects: []ObjectMap{}}
	for _, so := range src.Objects {
		target, ok := targetObject(so, dst)
		if !ok {
			v.Objects = append(v.Objects, ObjectMap{
				Source: so.Object, Fields: []FieldMap{},
				Why: "The target has nothing like “" + objectTitle(src, so.Object) + "”.",
			})
			continue
		}
		s := suggester{src: so, dst: target, stats: seen[so.Object]}
		v.Objects = append(v.Objects, ObjectMap{Source: so.Object, Target: target.Object, Fields: s.fields()})
	}
	return v
}

func targetObject(so model.ObjectSchema, dst model.Schema) (model.ObjectSchema, bool) {
	if o, ok := dst.Object(so.Object.Kind()); ok {
		return o, true
	}
	want := objectWords[plain(string(so.Object.Kind()))]
	if want == "" {
		want = objectWords[plain(so.Title)]
	}
	for _, o := range dst.Objects {
		if want != "" && (string(o.Object) == want || objectWords[plain(string(o.Object))] == want || objectWords[plain(o.Title)] == want) {
			return o, true
		}
	}
	return model.ObjectSchema{}, false
}

type suggester struct {
	src, dst model.ObjectSchema
	stats    map[string]FieldStats
}

type pair struct {
	target, source int
	score          int
	reason         string
}

func (s suggester) fields() []FieldMap {
	visible, hasVisibility := Visibility(s.dst)
	var pairs []pair
	for ti, t := range s.dst.Fields {
		if t.ReadOnly || isMark(t) || hasVisibility && t.Name == visible.Field.Name && s.dst.Object == model.Message {
			continue
		}
		for si, f := range s.src.Fields {
			if score, reason := s.score(t, f); score >= leastScore {
				pairs = append(pairs, pair{ti, si, score, reason})
			}
		}
	}
	// The best pairs first; required targets choose before optional ones of the same score.
	slices.SortStableFunc(pairs, func(a, b pair) int {
		need := func(p pair) int {
			if s.dst.Fields[p.target].Required {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(need(b), need(a)), cmp.Compare(a.target, b.target), cmp.Compare(a.source, b.source))
	})
	taken, used := map[int]pair{}, map[int]bool{}
	for _, p := range pairs {
		if _, ok := taken[p.target]; ok || used[p.source] {
			continue
		}
		taken[p.target], used[p.source] = p, true
	}
	out := []FieldMap{}
	for ti, t := range s.dst.Fields {
		if t.ReadOnly {
			continue
		}
		var m FieldMap
		p, ok := taken[ti]
		switch {
		case isMark(t):
			m = FieldMap{Rule: LeaveOut, Confidence: 100, State: Proposed, Reason: "Waybill writes its own mark here, so that each record can be found again."}
		case hasVisibility && t.Name == visible.Field.Name && s.dst.Object == model.Message:
			m = s.visibility(visible)
		case ok:
			m = s.rule(t, s.src.Fields[p.source], p.score, p.reason)
		default:
			m = s.fallback(t)
		}
		m.Target, m.Meaning = t.Name, t.Help
		if m.Rule != LeaveOut && m.Rule != Fixed {
			if m.IfEmpty == "" {
				m.IfEmpty = otherwise(t.Required && t.Default == "")
			}
			if m.IfUnknown == "" {
				m.IfUnknown = otherwise(t.Type != model.LinkType || t.Required)
			}
		}
		out = append(out, m)
	}
	return out
}

func otherwise(hold bool) model.Otherwise {
	if hold {
		return model.OtherwiseHold
	}
	return model.OtherwiseLeave
}

// score tells in percent how well a source field fits a target field, and why.
func (s suggester) score(t, f model.Field) (int, string) {
	fit := typeFit(t, f)
	if fit == 0 {
		return 0, ""
	}
	score, reason := nameScore(t, f)
	share, known := s.share(t, f)
	if score < 90 && t.Name == s.dst.Name && concept(t) == "name" && typeFit(t, f) > 0.9 && objectWords[plain(f.Name)] == string(s.dst.Object) {
		score, reason = 90, "It names the record itself."
	} else if score < 60 && t.Name == s.dst.Name && f.Name == s.src.Name && plain(f.Name) != "id" && f.Type != model.Email && f.Type != model.LinkType {
		score, reason = 60, "It is what records are recognised by."
	}
	switch {
	case t.Type == model.LinkType && score < 70 && s.onlyLink(t, f):
		score, reason = 70, "It is the only field that points to the same kind of record."
	case known && share >= 0.9 && score < 60 && (t.Type == model.Option && len(t.Options) > 2 || t.Type == model.Email && s.onlyOfType(f, model.Email)):
		score, reason = 60, fmt.Sprintf("%d %% of its values fit.", int(share*100))
	case score == 0 && (!t.Ordering || !f.Ordering):
		return 0, ""
	case known && share < 0.5 && (t.Type == model.Option || t.Type == model.Options):
		// A list of other words is still a list: the value list translates it.
		fit = min(fit, 0.8)
	case known && share < 0.5:
		fit *= 0.4
		reason += " But most of its values do not fit."
	case known && share >= 0.9 && score < 95:
		score += 3
		reason += fmt.Sprintf(" %d %% of its values fit.", int(share*100))
	}
	if t.Ordering && f.Ordering && score < 96 {
		score, reason = 96, "It is the moment by which a conversation is read."
	}
	if concept(t) == "author" && s.besideOrdering(f) && score < 95 {
		score, reason = 95, "It names who acted at the message's moment."
	}
	if t.Parent && f.Parent && score < 97 && typeFit(t, f) > 0 {
		score, reason = 97, "It says what the record belongs to."
	}
	// Pointers are counted by themselves: a desk may give them beside the record's own fields.
	if st, ok := s.stats[f.Name]; ok && st.Rows > 0 && f.Type != model.LinkType {
		if st.Filled == 0 {
			return int(float64(score) * fit * 0.5), reason + " But it is always empty."
		}
		score -= int(6 * (1 - float64(st.Filled)/float64(st.Rows))) // of two that fit, the fuller one
	}
	return int(float64(score) * fit), reason
}

// besideOrdering: "updated_by" stands beside "updated_at", when that orders the conversation.
func (s suggester) besideOrdering(f model.Field) bool {
	stem, ok := strings.CutSuffix(plain(f.Name), " by")
	if !ok {
		return false
	}
	for _, x := range s.src.Fields {
		if !x.Ordering {
			continue
		}
		for _, end := range []string{" at", " on", " time", " date"} {
			if plain(x.Name) == stem+end {
				return true
			}
		}
	}
	return false
}

func nameScore(t, f model.Field) (int, string) {
	for i, a := range names(t) {
		for j, b := range names(f) {
			if a == b && a != "" {
				if i+j == 0 {
					return 97, "It has the same name."
				}
				return 94, "It has the same name."
			}
		}
	}
	ct, cf := concept(t), concept(f)
	if ct != "" && ct == cf {
		return 88, "Its name means the same."
	}
	if near := nearConcept[[2]string{ct, cf}]; near > 0 && ct != cf {
		return near, "Its name means nearly the same."
	}
	if ct != "" && cf != "" {
		return 0, ""
	}
	a, b := plain(t.Name), plain(f.Name)
	if x := plain(t.Title); x != "" && likeness(x, b) > likeness(a, b) {
		a = x
	}
	if l := likeness(a, b); l >= 0.92 && min(len(a), len(b)) >= 4 {
		return int(l * 78), "Its name is nearly the same."
	}
	if len(a) >= 4 && len(b) >= 4 && (containsWords(b, a) || containsWords(a, b)) {
		return 62, "Its name contains the other one."
	}
	return 0, ""
}

// nearConcept: target meaning, source meaning.
var nearConcept = map[[2]string]int{
	{"active", "inactive"}: 80, {"inactive", "active"}: 80, {"phone", "mobile"}: 60, {"mobile", "phone"}: 55, {"solved", "closed"}: 58, {"closed", "solved"}: 58,
	{"priority", "urgency"}: 62, {"priority", "impact"}: 50, {"body", "notes"}: 60, {"notes", "body"}: 55,
	{"content type", "type"}: 60, {"type", "category"}: 50, {"category", "type"}: 50, {"website", "domain"}: 60,
	{"author", "requester"}: 55, {"author", "assignee"}: 50, {"name", "subject"}: 60, {"subject", "name"}: 60,
	{"file name", "name"}: 70, {"name", "file name"}: 75, {"requester", "author"}: 60, {"name", "email"}: 46, {"name", "organization"}: 46,
}

func containsWords(long, short string) bool {
	return strings.Contains(" "+long+" ", " "+short+" ")
}

// typeFit says how well a type can become another, from 0 to 1.
func typeFit(t, f model.Field) float64 {
	if t.Type == model.FileType || f.Type == model.FileType {
		if t.Type == f.Type {
			return 1
		}
		return 0
	}
	if t.Type == model.LinkType {
		if f.Type != model.LinkType {
			return 0
		}
		for _, o := range f.To {
			if slices.Contains(t.To, o.Kind()) {
				return 1
			}
		}
		return 0
	}
	if t.Type == f.Type {
		return 1
	}
	texty := f.Type == model.Text || f.Type == model.LongText
	switch t.Type {
	case model.Text, model.LongText, model.HTML:
		switch f.Type {
		case model.Text, model.LongText, model.HTML:
			return 0.99
		case model.LinkType, model.JSONType:
			return 0.5
		default:
			return 0.9
		}
	case model.Option, model.Options:
		switch f.Type {
		case model.Option, model.Options, model.Text, model.Integer, model.Bool, model.Tags:
			return 0.99
		}
	case model.Tags:
		switch f.Type {
		case model.Options, model.Option, model.Text:
			return 0.95
		}
	case model.Bool:
		switch f.Type {
		case model.Option, model.Text, model.Integer:
			return 0.9
		}
	case model.DateTime, model.Date:
		if f.Type == model.Date || f.Type == model.DateTime {
			return 0.97
		}
		if f.Type == model.Text {
			return 0.7
		}
	case model.Number, model.Integer:
		if f.Type == model.Number || f.Type == model.Integer {
			return 0.98
		}
		if f.Type == model.Text {
			return 0.7
		}
	case model.Email, model.Phone, model.URL:
		if texty || t.Type == model.Phone && f.Type == model.Integer {
			return 0.95
		}
	case model.JSONType:
		return 0.6
	}
	return 0
}

// onlyLink tells whether f is the only link of the source, and t of the target, between those objects.
func (s suggester) onlyLink(t, f model.Field) bool {
	n := 0
	for _, x := range s.src.Fields {
		if typeFit(t, x) > 0 {
			n++
		}
	}
	for _, x := range s.dst.Fields {
		if x.Type == model.LinkType && !x.ReadOnly && typeFit(x, f) > 0 {
			n++
		}
	}
	return n == 2
}

func (s suggester) onlyOfType(f model.Field, t model.Type) bool {
	for _, x := range s.src.Fields {
		if x.Type == t && x.Name != f.Name {
			return false
		}
	}
	return true
}

// share says how large a part of the source's values fits the target field.
func (s suggester) share(t, f model.Field) (float64, bool) {
	st, ok := s.stats[f.Name]
	if !ok || len(st.Top) == 0 {
		return 0, false
	}
	var fit func(string) bool
	switch t.Type {
	case model.Option, model.Options:
		if len(t.Options) == 0 {
			return 0, false
		}
		c := newChooser(t.Options, concept(t))
		fit = func(v string) bool { m, ok := c.find(v); return ok && m.sure }
	case model.Bool:
		fit = func(v string) bool { _, ok := Truth(v); return ok }
	case model.Email:
		fit = looksLikeEmail
	case model.Number, model.Integer:
		fit = looksLikeNumber
	default:
		return 0, false
	}
	var good, all int64
	for _, v := range st.Top {
		if isEmptyWord(f, v.Value) {
			continue
		}
		all += v.Count
		if fit(v.Value) {
			good += v.Count
		}
	}
	if all == 0 || !st.Complete && all*2 < st.Filled { // the rest may be quite different
		return 0, false
	}
	return float64(good) / float64(all), true
}

func isEmptyWord(f model.Field, v string) bool {
	v = strings.TrimSpace(v)
	if v == "" {
		return true
	}
	for _, e := range f.Empty {
		if strings.EqualFold(strings.TrimSpace(e), v) {
			return true
		}
	}
	return false
}

func looksLikeEmail(v string) bool {
	local, domain, ok := strings.Cut(strings.TrimSpace(v), "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(v, " \t\n<>")
}

func looksLikeNumber(v string) bool {
	v = strings.TrimPrefix(strings.TrimSpace(v), "-")
	digits := strings.Trim(v, "0123456789")
	return v != "" && (digits == "" || digits == ".") && v != "."
}
