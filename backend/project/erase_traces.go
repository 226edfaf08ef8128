package project

import (
	"encoding/json"
	"slices"

	"waybill/backend/problem"
	"waybill/backend/store"
)

// names says whether a text names the person.
func (of traces) names(text string) bool { return of.in([]byte(text)) }

// forgetTraces takes the person out of what the project keeps beside the records: rows of
// imported tables, who is in the target, and what validations showed. It says how many
// entries that were, and who of them is still in the target.
func forgetTraces(tx *store.Tx, of traces) (entries int64, left []store.InTarget, err error) {
	if entries, err = tx.ForgetLookupRows(of.names); err != nil {
		return 0, nil, err
	}
	gone, err := tx.ForgetTargetPeople(of.names)
	if err != nil {
		return 0, nil, err
	}
	err = tx.ChangeDries(func(body string) (string, error) { return withoutValues(body, of) })
	return entries + int64(len(gone)), store.ToErase(gone, of.names), err
}

// withoutValues leaves the figures of a validation: its groups show values of records, also
// of those that are erased. It is made anew with one press.
func withoutValues(body string, of traces) (string, error) {
	var v Validation
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return "", err
	}
	v.Groups = []ValidationGroup{}
	for i := range v.Losses {
		v.Losses[i].Examples = []string{}
	}
	var failed error
	v.Lint = slices.DeleteFunc(v.Lint, func(p *problem.Problem) bool {
		b, err := json.Marshal(p)
		if err != nil {
			failed = err
		}
		return of.in(b)
	})
	if failed != nil {
		return "", failed
	}
	b, err := json.Marshal(v)
	return string(b), err
}
