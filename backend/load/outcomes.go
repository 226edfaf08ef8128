package load

import (
	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// sorted are the outcomes of one request, by what is to be done about them.
type sorted struct {
	done []settled
	// unknown may have arrived, or not, with all that went along.
	unknown []parcel
	// lost are parts that may have arrived, or not, with a record that did.
	lost []parcel
	// again did not arrive and is sent again; alone are parts that did not go along and
	// are sent by themselves, when their turn comes.
	again, alone []parcel
}

// clear says that nothing is left to be done about any of them.
func (s *sorted) clear() bool { return len(s.unknown)+len(s.lost)+len(s.again)+len(s.alone) == 0 }

// take sorts the outcome of a parcel and, when it is there, of all that went along.
func (s *sorted) take(x parcel, out connector.Outcome) {
	switch out.State {
	case connector.Created, connector.Updated, connector.Existed:
		done := settled{parcel: x, state: store.LedgerCreated, id: out.Key.ID, version: out.Version}
		if out.State == connector.Existed {
			done.state, done.before = store.LedgerExisted, true
		}
		s.done = append(s.done, done)
		for i, p := range x.parts {
			p.owner = model.Key{Object: x.draft.Object, ID: out.Key.ID}
			switch {
			case i >= len(out.Parts) || out.Parts[i].State == connector.Unknown:
				s.lost = append(s.lost, p)
			case out.Parts[i].State == connector.Unsent:
				s.alone = append(s.alone, p)
			default:
				s.take(p, out.Parts[i])
			}
		}
	case connector.Refused:
		why := out.Err
		if why == nil {
			why = problem.New("load.refused", "The target refused this record without saying why.", "It was not created.", "Look at the record, then try again.")
		}
		w := why.Where
		w.Object, w.Record = string(x.draft.Source.Object), x.draft.Source.ID
		s.done = append(s.done, settled{parcel: x, state: store.LedgerRefused, problems: []*problem.Problem{why.At(w)}})
		s.alone = append(s.alone, x.parts...)
	case connector.Unsent:
		s.again = append(s.again, x)
	default:
		s.unknown = append(s.unknown, x)
	}
}
