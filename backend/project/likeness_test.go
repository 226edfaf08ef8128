package project_test

import (
	"strings"
	"testing"

	"waybill/backend/clean"
	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/store"
)

// P-28: whoever was merged is one in the new desk, with all tickets and all addresses.
func TestP28_MergedPeopleKeepTicketsAndAddresses(t *testing.T) {
	w := newWorld(t, practice.Options{}, map[string]string{
		"customers.csv": "id,name,email,phone\nc1,Xaver Quittenbaum,xaver@one.example,\nc2,QUITTENBAUM Xaver,x.quittenbaum@two.example,+49 89 5550199\nc3,X. Quittenbaum,Xaver@one.example,089 5550199\nc4,  Otto   Orlow ,otto@three.example,030 901820\n",
		"tickets.csv":   "id,subject,status,requester_id\n1,Printer,open,c1\n2,Paper,open,c2\n3,Ink,open,c3\n4,Other,open,c4\n",
	}, nil)
	_, err := w.Seek(w.ctx, model.Contact, false, job.New("seek"))
	w.must(err)
	all, err := w.Twins(w.ctx, store.AlikeFilter{Object: model.Contact, State: store.AlikeOpen}, 0, 10)
	w.must(err)
	if len(all) != 1 || len(all[0].Members) != 3 {
		t.Fatalf("one person is there three times: %+v", all)
	}
	before, _ := w.plan(load.Scope{Kind: model.RunFull})
	d, err := w.MergeTwins(w.ctx, all[0].ID, "One customer.")
	w.must(err)
	if _, err := w.Run(w.ctx, load.Order{Plan: before.ID, Yes: true}, job.New("run")); err == nil {
		t.Error("a plan from before the decision is carried out")
	}
	_, err = w.MakeRule(w.ctx, clean.Spec{Object: model.Contact, Does: store.Correct, Field: "name", How: clean.HowTrim}, "")
	w.must(err)
	w.move()
	if a := w.account(model.Contact); a.Merged != 2 || a.Moved != 2 || d.Count != 2 {
		t.Errorf("two live on in a third: %+v", a)
	}
	if a := w.account(model.Ticket); a.Moved != 4 {
		t.Errorf("all tickets came along: %+v", a)
	}
	people, tickets := w.there(model.Contact), w.there(model.Ticket)
	var one map[string]any
	for _, p := range people {
		if strings.Contains(model.Plain(p["name"]), "Orlow") && p["name"] != "Otto Orlow" {
			t.Errorf("the name was to be trimmed: %q", p["name"])
		}
		if strings.Contains(strings.ToLower(model.Plain(p["name"])), "quittenbaum") {
			one = p
		}
	}
	mails := strings.ToLower(model.Plain(one["email"]) + " " + model.Plain(one["notes"]))
	if !strings.Contains(mails, "xaver@one.example") || !strings.Contains(mails, "x.quittenbaum@two.example") {
		t.Errorf("an address is lost: %v", one)
	}
	n := 0
	for _, x := range tickets {
		if x["link:requester"] == one["id"] {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d of 3 tickets belong to the one who was merged: %v", n, tickets)
	}
	res, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	if !res.Passed {
		t.Errorf("the check does not know what was decided: %+v", res)
	}
}

// there reads all records of an object from the new desk, with where their links lead.
func (w *world) there(o model.Object) (out []map[string]any) {
	w.t.Helper()
	desk, err := w.Desk(w.ctx, project.Target)
	w.must(err)
	w.must(desk.Conn.Pages(w.ctx, o, "", func(page connector.Page) error {
		for _, r := range page.Records {
			v, err := model.Values(r.Raw)
			if err != nil {
				return err
			}
			v["id"] = r.Key.ID
			for _, l := range r.Links {
				v["link:"+l.Role] = l.To[0].Value
			}
			out = append(out, v)
		}
		return nil
	}))
	return out
}
