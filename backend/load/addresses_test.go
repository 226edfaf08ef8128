package load_test

import (
	"strings"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// desk at a web address.
type addressed string

func (a addressed) KeyOf(address string) (model.Key, bool) {
	rest, ok := strings.CutPrefix(address, string(a)+"/tickets/")
	id, _, _ := strings.Cut(rest, "?")
	return model.Key{Object: model.Ticket, ID: id}, ok && id != ""
}

func (a addressed) AddressOf(k model.Key) string {
	if k.Object != model.Ticket {
		return ""
	}
	return string(a) + "/tickets/" + k.ID
}

const (
	oldDesk addressed = "https://old.example"
	newDesk addressed = "https://new.example"
)

// linked is a world in which messages link to tickets: back, forward, to one that stays
// behind, to nobody, and to strangers.
func linked(t *testing.T) *loadtest.World {
	t.Helper()
	w := loadtest.New(t, practice.Options{})
	w.People()
	w.Job.From, w.Job.To = oldDesk, newDesk
	note := func(id, body string) {
		w.Stage(model.Message, loadtest.Fields{"id": id, "ticket": "t2", "author": "c3", "public": true, "body": body, "created_at": "2019-03-02T10:00:00Z"})
	}
	note("back", `<p>See <a href="https://old.example/tickets/t1?a=1&amp;b=2">https://old.example/tickets/t1</a>, please.</p>`)
	note("forward", `<p>See https://old.example/tickets/t8.</p>`)
	note("stays", `<p>See https://old.example/tickets/t5.</p>`)
	note("nobody", `<p>See https://old.example/tickets/t99.</p>`)
	note("stranger", `<p>See https://elsewhere.example/tickets/t1 and https://old.example/about.</p>`)
	w.Write(func(tx *store.Tx) error {
		hits := []store.Hit{{Seq: w.At(model.Ticket, "t5")}}
		for _, m := range []string{"t5m1", "t5m2", "t5m3", "t5m4", "t5m5"} {
			hits = append(hits, store.Hit{Seq: w.At(model.Message, m)})
		}
		_, err := tx.Decide(store.Decision{By: w.Job.By, Does: "leave_out", Object: model.Ticket, Settings: map[string]string{}}, model.LeftOut, hits)
		return err
	})
	return w
}

func textsOf(w *loadtest.World) (out map[string]string, tickets map[string]string) {
	out, tickets = map[string]string{}, map[string]string{}
	for id, v := range w.Found(model.Ticket) {
		tickets[id], _ = v["id"].(string)
	}
	for id, v := range w.Found(model.Message) {
		out[id], _ = v["body"].(string)
	}
	return out, tickets
}

// Links in texts lead to the new desk, whatever came first; what can't is in the forecast.
func TestAddresses_linksInTextsLeadToTheNewDesk(t *testing.T) {
	for name, how := range map[string]*loadtest.Bundle{"one by one": nil, "tickets with all their messages": {All: true}} {
		t.Run(name, func(t *testing.T) {
			w := linked(t)
			if how != nil {
				bundle(w, *how)
			}
			_, sum := w.Plan()
			lost := int64(0)
			for _, l := range sum.Losses {
				if l.Code == load.LossTextLink {
					lost += l.Count
				}
			}
			if lost != 2 {
				t.Errorf("%d links are foreseen to lead nowhere, want 2: to one that stays and to nobody", lost)
			}
			w.Move()
			got, tickets := textsOf(w)
			for id, want := range map[string]string{
				"back":     "https://new.example/tickets/" + tickets["t1"],
				"forward":  "https://new.example/tickets/" + tickets["t8"] + ".",
				"stays":    "https://old.example/tickets/t5.",
				"nobody":   "https://old.example/tickets/t99.",
				"stranger": "https://elsewhere.example/tickets/t1 and https://old.example/about.",
			} {
				if !strings.Contains(got[id], want) {
					t.Errorf("%s: %s, want %s", id, got[id], want)
				}
			}
			if strings.Contains(got["back"], "old.example") {
				t.Error(got["back"])
			}
			checked(t, w)
		})
	}
}

// Where texts cannot be changed, what came later keeps its old link, and the check says so
// without crying wolf.
func TestAddresses_whatCannotBeChangedIsListed(t *testing.T) {
	w := linked(t)
	bundle(w, loadtest.Bundle{All: true})
	w.Job.Target.Kind.Caps.Updates = false
	w.Job.Target.Conn = unchanging{w.Job.Target.Conn.(*loadtest.BundledDesk)}
	w.Move()
	got, _ := textsOf(w)
	if !strings.Contains(got["forward"], "https://old.example/tickets/t8.") {
		t.Error(got["forward"])
	}
	checked(t, w)
}

// unchanging lets nothing be changed.
type unchanging struct{ readable }

type readable interface {
	connector.Connector
	connector.Filer
	connector.Writer
	connector.Finder
	connector.Marker
	connector.Reader
}
