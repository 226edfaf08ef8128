package delta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

const changedTickets = 150

// BenchmarkDelta brings 150 changed tickets over, in projects of 20,000 and of 200,000
// tickets: reading the changes, planning and writing. The time must not grow with the
// tickets that stayed as they were: ratio is that of the large project to the small one.
func BenchmarkDelta(b *testing.B) {
	small, large := grown(b, 20_000), grown(b, 200_000)
	took := map[*grownTwo][]time.Duration{}
	round := 0
	for b.Loop() {
		for _, w := range []*grownTwo{small, large} { // in turn, so that both meet the same machine
			took[w] = append(took[w], w.delta150(b, round))
		}
		round++
	}
	median := func(w *grownTwo) float64 {
		slices.Sort(took[w])
		return float64(took[w][len(took[w])/2].Microseconds()) / 1000
	}
	b.ReportMetric(median(small), "ms_of_20k")
	b.ReportMetric(median(large), "ms_of_200k")
	b.ReportMetric(median(large)/median(small), "ratio")
	b.ReportMetric(float64(small.requests), "requests_of_20k")
	b.ReportMetric(float64(large.requests), "requests_of_200k")
}

type grownTwo struct {
	*two
	n        int
	ids      []string
	requests int64
}

// batch writes up to a hundred records with one request and gives their ids.
func batch(b *testing.B, s *practice.Server, path string, items []loadtest.Fields) []string {
	b.Helper()
	body, err := json.Marshal(loadtest.Fields{"items": items})
	if err != nil {
		b.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.Address+"/api/v1/"+path+"/batch", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Import", "true")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		b.Fatal(err)
	}
	var r struct {
		Results []struct {
			Status int    `json:"status"`
			ID     string `json:"id"`
		} `json:"results"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		b.Fatal(err)
	}
	if len(r.Results) != len(items) {
		b.Fatalf("%s: %s %s", path, resp.Status, raw)
	}
	out := make([]string, len(r.Results))
	for i, x := range r.Results {
		if x.Status >= 300 {
			b.Fatalf("%s: %s", path, raw)
		}
		out[i] = x.ID
	}
	return out
}

// grown is a small move to which n tickets were added in both desks, in the stage and
// in the ledger, as if they had been moved.
func grown(b *testing.B, n int) *grownTwo {
	b.Helper()
	w := &grownTwo{two: newTwo(b), n: n}
	w.Job.Target.Kind.Caps.Batch = 100
	pl, _ := w.Plan() // only for its number
	requester, there := w.id["c1"], w.there(model.Contact, "c1")
	for from := 0; from < n; from += 100 {
		items := make([]loadtest.Fields, 100)
		for i := range items {
			items[i] = loadtest.Fields{
				"subject": fmt.Sprint("Ticket ", from+i), "status": "open", "requester": requester, "created_at": "2019-03-01T08:00:00.000Z", "updated_at": "2019-03-01T08:00:00.000Z",
				"description": "The printer on the second floor prints every page twice since the last update, in two colours.",
			}
		}
		ids := batch(b, w.source, "tickets", items)
		w.ids = append(w.ids, ids...)
		for i := range items {
			items[i]["requester"], items[i]["external_id"] = there, string(load.MarkOf(loadtest.ProjectID, model.Key{Object: model.Ticket, ID: ids[i]}))
		}
		targets := batch(b, w.Server, "tickets", items)
		w.stageSent(b, pl.ID, items, ids, targets, requester)
	}
	w.read() // what was just made there is no news
	w.asked()
	w.isOpen()
	return w
}

func (w *grownTwo) stageSent(b *testing.B, run int64, items []loadtest.Fields, ids, targets []string, requester string) {
	b.Helper()
	p := store.Page{Object: model.Ticket, Pass: 1, Feed: true, Replace: true}
	for i, id := range ids {
		v := items[i]
		raw := fmt.Appendf(nil, `{"id":%q,"version":1,"subject":%q,"description":%q,"status":"open","priority":"normal","channel":"api","requester":%q,"created_at":%q,"updated_at":%q}`,
			id, v["subject"], v["description"], requester, v["created_at"], v["updated_at"])
		p.Records = append(p.Records, model.Record{
			Key: model.Key{Object: model.Ticket, ID: id}, Raw: raw, Version: "1",
			Links: []model.Link{{Role: "requester", To: []model.Ref{{Object: model.Contact, Value: requester}}}},
		})
	}
	w.Write(func(tx *store.Tx) error {
		at, err := tx.Reading(model.Ticket)
		if err != nil {
			return err
		}
		p.Pass, p.Next = at.Pass, at.Feed
		if _, err := tx.StagePage(p); err != nil {
			return err
		}
		intents, done := make([]store.Intent, len(ids)), make([]store.Settlement, len(ids))
		for i := range ids {
			row, err := tx.Record(p.Records[i].Key)
			if err != nil {
				return err
			}
			d, _, err := w.Job.Draft(tx, row)
			if err != nil {
				return err
			}
			hash, err := load.HashOf(d)
			if err != nil {
				return err
			}
			intents[i] = store.Intent{Seq: row.Seq, Mark: d.Mark, Draft: hash}
			done[i] = store.Settlement{Seq: row.Seq, State: store.LedgerCreated, ID: targets[i], Version: "1"}
		}
		if err := tx.Intend(run, model.Ticket, model.Ticket, intents); err != nil {
			return err
		}
		return tx.Settle(run, model.Ticket, done)
	})
}

// delta150 changes 150 tickets, spread over all, and measures what it takes to bring
// them over.
func (w *grownTwo) delta150(b *testing.B, round int) time.Duration {
	b.Helper()
	for i := range changedTickets {
		w.say("PATCH", "tickets/"+w.ids[i*(w.n/changedTickets)], loadtest.Fields{"subject": fmt.Sprint("Changed ", round)})
	}
	before := w.source.Desk.Stats().Requests + w.Server.Desk.Stats().Requests
	began := time.Now()
	run, sum := w.bring()
	took := time.Since(began)
	w.requests = w.source.Desk.Stats().Requests + w.Server.Desk.Stats().Requests - before
	if n := run.Counts[model.Ticket]["updated"]; n != changedTickets || sum.Conflicts != 0 {
		b.Fatalf("%d updated, %d conflicts", n, sum.Conflicts)
	}
	return took
}
