package project_test

import (
	"strings"
	"testing"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/store"
)

// A target that keeps four digits after the point is forecast by field, with its records,
// before anything is sent.
func TestP62_DigitsThatTheTargetCutsAreForecast(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"customers.csv": "id,name,email\nc1,Ada,ada@x.example\n",
		"tickets.csv":   "id,subject,requester_id,rate\n1,One,c1,1.23456\n2,Two,c1,1.2345\n3,Three,c1,2.50000\n",
	}, nil)
	s, err := w.Schema(w.ctx, project.Target)
	w.must(err)
	for i := range s.Objects {
		if s.Objects[i].Object == model.Ticket {
			s.Objects[i].Fields = append(s.Objects[i].Fields, model.Field{Name: "rate", Title: "Rate", Type: model.Number, Decimals: 4, Custom: true})
		}
	}
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error { return tx.Set(project.Target+"_schema", s) }))
	w.must(w.SetField(w.ctx, model.Ticket, mapping.FieldMap{Target: "rate", Rule: mapping.Copy, Sources: []string{"rate"}, IfUnknown: model.OtherwiseHold}))
	v, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if len(v.Losses) != 1 || v.Losses[0].Code != project.LossDigits || v.Losses[0].Field != "rate" || v.Losses[0].Count != 1 || v.Losses[0].Examples[0] != "1" || !strings.Contains(v.Losses[0].What, "4 digits") {
		t.Errorf("forecast: %+v", v.Losses)
	}
}
