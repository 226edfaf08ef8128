package intercom_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/backend/blob"
	"waybill/backend/check"
	"waybill/backend/connector"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// breaking is a desk that breaks off in the middle of what takes several requests: each
// kind of request once before it did anything (the token is no longer good, so the run
// ends), and once after it did all of it (the line is cut).
type breaking struct {
	h      http.Handler
	mu     sync.Mutex
	struck map[string]int
	broken int
}

// steps are the requests of which a record consists, by what they are recognised by.
var steps = []struct{ method, has, ends string }{
	{"POST", "/contacts/", "/companies"},
	{"POST", "/conversations/", "/tags"},
	{"POST", "/conversations/", "/parts"},
	{"PUT", "/conversations/", ""},
	{"POST", "/conversations/", "/reply"},
	{"POST", "/conversations", "/conversations"},
}

func (b *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	step := ""
	for _, s := range steps {
		if r.Method == s.method && strings.HasPrefix(r.URL.Path, s.has) && strings.HasSuffix(r.URL.Path, s.ends) {
			step = s.method + " " + s.has + "…" + s.ends
		}
	}
	if step == "" {
		b.h.ServeHTTP(w, r)
		return
	}
	b.mu.Lock()
	b.struck[step]++
	n := b.struck[step]
	b.mu.Unlock()
	switch n {
	case 2:
		b.h.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case 4, 6:
		b.mu.Lock()
		b.broken++
		b.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"type":"error.list","errors":[{"code":"unauthorized","message":"Access Token Invalid"}]}`)) // nobody may be there to read it
		return
	}
	b.h.ServeHTTP(w, r)
}

// A whole move by the engine, which breaks off between the requests of contacts and
// conversations and goes on: nothing is there twice, nothing stays half made, and the
// check finds the same as after a move on a good day (P-66, P-71).
func TestJourney_P66_nothingStaysHalfMade(t *testing.T) {
	good, _ := journey(t, false)
	if good["mails"] != "0" || len(good) < 26 {
		t.Errorf("on a good day: %d facts, %s messages to customers", len(good), good["mails"])
	}
	bad, struck := journey(t, true)
	if struck.broken < 2*len(steps) {
		t.Errorf("the token was refused %d times: %v", struck.broken, struck.struck)
	}
	for name, want := range good {
		if got := bad[name]; got != want {
			t.Errorf("%s: %s, on a good day %s", name, got, want)
		}
	}
}

// journey moves one workspace into another, and tells what is there and what the check says.
func journey(t *testing.T, breaks bool) (map[string]string, *breaking) {
	ctx := t.Context()
	b := &breaking{struck: map[string]int{}}
	from := sit(t, fake.Options{}, nil, nil)
	from.fake.Fill(26, 3)
	to := sit(t, fake.Options{}, nil, func(h http.Handler) http.Handler {
		b.h = h
		if breaks {
			return b
		}
		return h
	})
	people, _ := from.all(model.Agent)
	for i := range people {
		mail, name := value(t, people[i], "email"), value(t, people[i], "name")
		to.fake.AddAdmin(name, mail)
	}
	groups, _ := from.all(model.Group)
	for _, g := range groups {
		to.fake.AddTeam(value(t, g, "name"))
	}
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	files, err := blob.Open(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := extract.Run(ctx, db, files, from.conn, nil, job.New("read")); err != nil {
		t.Fatal(err)
	}
	have, err := from.conn.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want, err := to.conn.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	program, _ := transform.Compile(mapping.Suggest(have, want, nil), have, want)
	kind := intercom.Kind()
	kind.Caps.Travel, kind.Caps.FindLag = 40*time.Millisecond, 0 // this workspace's search does not lag
	j := &load.Job{
		DB: db, Files: files, Target: load.Desk{Conn: to.conn, Kind: kind, Schema: want}, Project: "0123456789abcdef", Mapping: 1, Fingerprint: "first",
		Source: have, Patience: 30 * time.Second, By: model.Person{Name: "Ann", Role: "lead"}, Program: program,
		Accepted: map[string]bool{load.PreQuiet: true},
	}
	plan, _, err := load.Plan(ctx, j, load.Scope{Kind: model.RunFull}, job.New("plan"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := load.Start(ctx, j, load.Order{Plan: plan.ID, Yes: true, Beyond: true}, job.New("run"))
	for n := 0; n < 40 && (err != nil || run.State != "done"); n++ { // somebody connects again and presses Continue
		if err != nil && problem.From(err).Code != connector.CodeUnauthorized {
			t.Fatal(err)
		}
		run, err = load.Start(ctx, j, load.Order{Resume: run.ID, Yes: true, Beyond: true}, job.New("run"))
	}
	if err != nil || run.State != "done" {
		t.Fatalf("the run is %s, %v", run.State, err)
	}
	counts := to.fake.Counts()
	delete(counts, "parts") // openings and closings among them
	out := map[string]string{"mails": fmt.Sprint(to.fake.Mails()), "there": fmt.Sprint(counts)}
	if err := db.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Manifest()
		for _, m := range list {
			out["manifest of "+string(m.Object)] = fmt.Sprintf("%+v", m)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	res, err := check.Run(ctx, j, job.New("check"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Checks {
		out["check of "+c.Code+" "+string(c.Object)] = fmt.Sprint(c.Passed, " ", c.Failed, " ", c.Examples)
	}
	for _, id := range to.fake.Conversations() {
		c := to.fake.Conversation(id)
		out["conversation "+fmt.Sprint(c.Custom["Waybill"])] = fmt.Sprintf("%s %s %s %s %v %v %d %+v", c.Title, c.State, c.Admin, c.Team, c.Tags, c.Custom, len(c.Messages), words(c))
	}
	return out, b
}

// words are a thread's messages without what differs from one move to another: whether a
// customer's one opened a conversation that was closed already.
func words(c *fake.Thread) (out []string) {
	for _, m := range c.Messages {
		out = append(out, fmt.Sprint(m.Type == "note", m.AuthorType, m.At, m.Files, len(m.Body)))
	}
	return out
}

func value(t *testing.T, r model.Record, name string) string {
	t.Helper()
	v, err := model.Values(r.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return model.Plain(v[name])
}
