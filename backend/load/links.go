package load

import (
	"slices"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// CodeLinkCycle says that a required link leads to a record that can only be created after this one.
const CodeLinkCycle problem.Code = "load.link_cycle"

// reach says how far a record that a link leads to is.
type reach uint8

const (
	nowhere reach = iota // it stays behind, or nobody knows
	there                // it exists in the target, or will before this record is sent
	coming               // it will exist, but only later: the link is set in a second pass
)

// linked is what became of one link of a draft.
type linked struct {
	at    store.Spot
	reach reach
	// swapped: the stated substitute stands in for whom the source named.
	swapped bool
}

// settleLink decides one link of a draft. Its reach is nowhere, without a problem, when
// the link is left empty; at then names what stays behind, if it is known at all.
func settleLink(l model.DraftLink, spots map[model.Ref]store.Spot, how func(store.Spot) reach, substitutes []model.Ref) (linked, *problem.Problem) {
	var stays, waits, later *store.Spot
	try := func(refs []model.Ref) (store.Spot, bool) {
		for _, ref := range refs {
			s, ok := spots[ref]
			if !ok {
				continue
			}
			switch how(s) {
			case there:
				return s, true
			case coming:
				if later == nil {
					later = &s
				}
				continue
			case nowhere:
			}
			if stays == nil {
				stays = &s
			}
			if waits == nil && (s.Fate == model.Held || s.Fate == model.Pending) {
				waits = &s
			}
		}
		return store.Spot{}, false
	}
	if s, ok := try(l.To); ok {
		return linked{at: s, reach: there}, nil
	}
	if later != nil && !l.Required {
		return linked{at: *later, reach: coming}, nil
	}
	if later != nil {
		word := later.Object.Word()
		return linked{}, problem.New(CodeLinkCycle, "Its "+word+" can only be created after it.",
			"The target wants to know the "+word+" at once, so neither of the two can be the first.",
			"Choose in the mapping another "+word+" for such records, or leave them out.").At(problem.Place{Field: l.Field, Value: l.To[0].Value})
	}
	if waits != nil {
		// A substitute is for what is unknown or stays behind: whoever may still move must
		// not lose what belongs to them to somebody else.
		word := waits.Object.Word()
		return linked{}, problem.New(CodeLinkWaits, "Its "+word+" is held back.",
			"Moved now, this record would belong to somebody else.",
			"Settle what holds the "+word+" back, or leave it out; then try these records again.").At(problem.Place{Field: l.Field, Value: l.To[0].Value})
	}
	switch l.IfUnknown {
	case model.OtherwiseUse:
		if s, ok := try(substitutes); ok {
			return linked{at: s, reach: there, swapped: true}, nil
		}
	case model.OtherwiseLeave:
		if !l.Required {
			if stays != nil {
				return linked{at: *stays}, nil
			}
			return linked{}, nil
		}
	}
	words, value := []string{}, ""
	for _, ref := range l.To {
		value = ref.Value
		if w := ref.Object.Word(); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	word := strings.Join(words, " or ")
	place := problem.Place{Field: l.Field, Value: value}
	if stays != nil {
		word = stays.Object.Word()
		return linked{}, problem.New("load.link_stays", "Its "+word+" does not move.",
			"That "+word+" is held back, archived or left out, so this record would point to nothing.",
			"Let the "+word+" move too, or choose another one in the mapping for such cases.").At(place)
	}
	return linked{}, problem.New("load.link_broken", "Its "+word+" does not exist in the source.",
		"The source names one that is not there, so this record would point to nothing.",
		"Choose in the mapping which "+word+" to use for such records, or leave them out.").At(place)
}

// Instead lists the stated substitute of a link, for each object that it may point to.
func Instead(l model.DraftLink) []model.Ref {
	if l.Instead == "" {
		return nil
	}
	out := []model.Ref{}
	for _, ref := range l.To {
		out = append(out, model.Ref{Object: ref.Object, Value: l.Instead})
	}
	for _, ref := range l.To { // one of the main source may stand in for all
		if o := ref.Object.Kind(); o != ref.Object {
			out = append(out, model.Ref{Object: o, Value: l.Instead})
		}
	}
	return out
}

// refsOf collects all references of drafts, so that they are looked up at once.
func refsOf(drafts []model.Draft) []model.Ref {
	out := []model.Ref{}
	for _, d := range drafts {
		for _, l := range d.Links {
			out = append(out, l.To...)
			out = append(out, Instead(l)...)
		}
	}
	return out
}
