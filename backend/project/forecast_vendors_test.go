package project_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/front"
	frontfake "waybill/backend/connector/front/fake"
	"waybill/backend/connector/zendesk"
	zendeskfake "waybill/backend/connector/zendesk/fake"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/project"
	"waybill/backend/secret"
)

// inside carries requests to a desk without a network, so that a clock of its own can run.
type inside struct{ desk http.Handler }

func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	w := httptest.NewRecorder()
	i.desk.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// within makes a kind talk to a desk in this process, at its true limits.
func within(k connector.Kind, desk http.Handler) connector.Kind {
	open := k.Open
	k.Open = func(ctx context.Context, cfg map[string]string, vault secret.Vault, _ http.RoundTripper) (connector.Connector, error) {
		return open(ctx, cfg, vault, pace.Transport(inside{desk}, k.Limits, nil))
	}
	return k
}

// What the plan says beforehand is what the run takes, within a tenth: Zendesk to Front at the
// true limits of its plans, on a clock of its own.
func TestForecast_P71_zendeskToFrontTakesWhatThePlanSaid(t *testing.T) {
	for _, perMinute := range []int{50, 100, 200} {
		t.Run(fmt.Sprint(perMinute, " a minute"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { forecast(t, perMinute) })
		})
	}
}

func forecast(t *testing.T, perMinute int) {
	zd := zendeskfake.New(zendeskfake.Options{AccessToken: "secret", PerMinute: 400, IncrementalPerMinute: 10, Withheld: time.Minute})
	zd.Fill(120, 5)
	fr := frontfake.New(frontfake.Options{Token: "secret", PerMinute: perMinute, PerResource: 5, Delay: 2 * time.Second, SearchLag: 5 * time.Second})
	for i := range 12 {
		fr.AddTeammate(fmt.Sprintf("agent%d@desk.example", i), "Agent", strconv.Itoa(i))
	}
	for _, g := range []string{"Billing", "Technik", "Sales EMEA", "VIP ☎", "Returns"} {
		fr.AddInbox(g)
	}
	fr.AddKnowledgeBase("Help")
	from, to := within(zendesk.Kind(), zd), within(front.Kind(), fr)
	w := &world{t: t, ctx: context.Background()}
	var err error
	w.Project, err = project.Create(w.ctx, filepath.Join(t.TempDir(), "Forecast.waybill"), project.Info{Name: "Forecast"},
		project.Env{Kinds: []connector.Kind{from, to}, Vault: secret.Memory()})
	w.must(err)
	defer func() { w.must(w.Close()) }()
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Ann", Role: "migration lead"}))
	_, err = w.Connect(w.ctx, project.Source, "zendesk", map[string]string{"address": "https://desk.zendesk.example", "auth": "bearer", "access_token": "secret"})
	w.must(err)
	_, err = w.Connect(w.ctx, project.Target, "front", map[string]string{"address": "https://desk.front.example", "token": "secret"})
	w.must(err)
	time.Sleep(2 * time.Minute) // what is new is withheld for a minute
	_, err = w.Extract(w.ctx, nil, job.New("read"))
	w.must(err)
	v, err := w.Suggest(w.ctx)
	w.must(err)
	target, err := w.Schema(w.ctx, project.Target)
	w.must(err)
	decide(&v, target)
	_, err = w.Accept(w.ctx, v, "The first one.")
	w.must(err)
	w.settle()
	pl, sum := w.plan(load.Scope{Kind: model.RunFull})
	began := time.Now()
	before := fr.Calls()
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	took := time.Since(began)
	if s := w.run(run.ID).State; s != "done" {
		t.Fatalf("the run is %s: %+v", s, w.strange(run.ID))
	}
	requests := int64(0)
	for k, n := range fr.Calls() {
		requests += n - before[k]
	}
	off := took.Seconds()/float64(sum.LowS) - 1
	t.Logf("%d requests foreseen, %d made; %d to %d s foreseen, %.0f s taken: %+.1f %%", sum.Requests, requests, sum.LowS, sum.HighS, took.Seconds(), 100*off)
	if math.Abs(off) > 0.1 {
		t.Errorf("%d s were foreseen, it took %.0f: %v", sum.LowS, took.Seconds(), fr.Calls())
	}
	if fr.Refused() != 0 {
		t.Errorf("Front refused %d requests as too many", fr.Refused())
	}
}
