package pilot_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/pilot"
	"waybill/backend/practice"
	"waybill/backend/store"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// source is a hundred ordinary tickets and a few hard ones.
func source(t *testing.T) *loadtest.World {
	t.Helper()
	w := loadtest.New(t, practice.Options{})
	w.People()
	var tickets []map[string]any
	for i := range 100 {
		tickets = append(tickets, loadtest.Fields{"id": fmt.Sprint("x", i), "subject": "Ordinary", "status": "closed", "priority": "normal", "requester": "c1", "created_at": "2021-05-05T10:00:00Z"})
	}
	tickets = append(tickets,
		loadtest.Fields{"id": "old", "subject": "Oldest", "status": "closed", "requester": "c2", "created_at": "2001-01-01T00:00:00Z"},
		loadtest.Fields{"id": "arabic", "subject": "مرحبا", "status": "open", "requester": "c2", "created_at": "2021-05-05T10:00:00Z"},
		loadtest.Fields{"id": "clock", "subject": "Clock", "status": "closed", "requester": "c2", "created_at": "2021-03-28T01:30:00Z"},
		loadtest.Fields{"id": "due", "subject": "Due", "status": "open", "requester": "c2", "created_at": "2026-11-20T10:00:00Z", "due_at": "2026-11-23T10:00:00Z"},
		loadtest.Fields{"id": "urgent", "subject": "Urgent", "status": "pending", "priority": "urgent", "requester": "c2", "created_at": "2021-05-05T10:00:00Z"})
	w.Stage(model.Ticket, tickets...)
	var messages []map[string]any
	for i := range 12 {
		messages = append(messages, loadtest.Fields{"id": fmt.Sprint("xm", i), "ticket": "x50", "author": "c1", "public": true, "body": "again", "created_at": fmt.Sprintf("2021-05-05T11:%02d:00Z", i)})
	}
	w.Stage(model.Message, messages...)
	return w
}

func choose(t *testing.T, w *loadtest.World, percent float64) (pilot.Result, []store.PilotPick) {
	t.Helper()
	res, err := pilot.Choose(context.Background(), w.DB, w.Source, pilot.Order{Percent: percent, Now: now}, job.New("pilot"))
	if err != nil {
		t.Fatal(err)
	}
	var list []store.PilotPick
	w.Read(func(tx *store.Tx) (err error) { list, err = tx.Pilot(false, 0, 1000); return err })
	return res, list
}

func TestChoose_R030_everythingThatIsHardIsCoveredAndSaysWhy(t *testing.T) {
	w := source(t)
	res, list := choose(t, w, 0)
	if res.Percent != 100 || len(res.Missing) > 0 || res.Features < 40 || res.Covered != res.Features {
		t.Fatalf("%+v", res)
	}
	if res.Records < 12 || res.Records > 40 || int64(len(list)) != res.Records {
		t.Errorf("%d records, %d are kept", res.Records, len(list))
	}
	why := map[int64]string{}
	for _, p := range list {
		if len(p.Why) == 0 {
			t.Errorf("%d does not say why", p.Seq)
		}
		why[p.Seq] = strings.Join(p.Why, "; ")
	}
	for id, words := range map[string]string{
		"old": "oldest: created_at", "arabic": "letters: Arabic", "clock": "change of the clock: Europe/Berlin", "due": "nearly due", "x50": "longest conversation, 12 messages", "urgent": "status by option: pending with priority urgent",
	} {
		if got := why[w.At(model.Ticket, id)]; !strings.Contains(got, words) {
			t.Errorf("%s is in the pilot because of %q, want %q", id, got, words)
		}
	}
	if !strings.Contains(fmt.Sprint(why), "largest file") {
		t.Error("the largest file is not in it")
	}
	again, same := choose(t, w, 0)
	if !reflect.DeepEqual(again, res) || !reflect.DeepEqual(same, list) {
		t.Error("the same source has another pilot the second time")
	}
}

func TestChoose_R030_aSmallPilotSaysWhatItDoesNotCover(t *testing.T) {
	w := source(t)
	res, list := choose(t, w, 2)
	if len(list) < 3 || res.Needed != 3 || res.Percent >= 100 || len(res.Missing) == 0 {
		t.Fatalf("%d records: %+v", len(list), res)
	}
	if large, _ := choose(t, w, 50); large.Percent != 100 || large.Objects[model.Ticket] < 50 {
		t.Errorf("half of all: %+v", large)
	}
}

func TestChoose_R030_whatPeopleAddedOrTookOutStays(t *testing.T) {
	w := source(t)
	w.Write(func(tx *store.Tx) error {
		if err := tx.PutPilot(store.PilotPick{Seq: w.At(model.Ticket, "x77"), Object: model.Ticket, Hand: store.PilotAdded, Why: []string{"the CEO's ticket"}}); err != nil {
			return err
		}
		return tx.PutPilot(store.PilotPick{Seq: w.At(model.Ticket, "old"), Object: model.Ticket, Hand: store.PilotRefused, Why: []string{"secret"}})
	})
	res, list := choose(t, w, 0)
	has := map[int64]store.PilotPick{}
	for _, p := range list {
		has[p.Seq] = p
	}
	if p := has[w.At(model.Ticket, "x77")]; p.Hand != store.PilotAdded || p.Why[0] != "the CEO's ticket" {
		t.Errorf("added: %+v", p)
	}
	if _, in := has[w.At(model.Ticket, "old")]; in {
		t.Error("what was taken out is in it")
	}
	if res.Percent == 100 {
		t.Error("the oldest is taken out, and nothing is missing")
	}
}

// A plan of the pilot is closed: what the records need and what hangs on them comes along.
func TestPlan_R030_thePilotIsClosedUnderWhatItNeeds(t *testing.T) {
	w := source(t)
	_, list := choose(t, w, 0)
	pl, sum, err := load.Plan(context.Background(), w.Job, load.Scope{Kind: model.RunPilot}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	create, hold := map[model.Object]int64{}, int64(0)
	for _, o := range sum.Objects {
		create[o.Object] = o.Create
		hold += o.Hold
	}
	if hold != 0 || create[model.Ticket] == 0 || create[model.Ticket] > 60 || create[model.Message] < 12 || create[model.Contact] == 0 || create[model.Attachment] == 0 {
		t.Errorf("the plan creates %v and holds %d, for %d picks", create, hold, len(list))
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if s := w.Server.Desk.Stats(); s.Objects[model.Ticket] != create[model.Ticket] {
		t.Errorf("%d tickets arrived, %d were planned", s.Objects[model.Ticket], create[model.Ticket])
	}
}
