//go:build unix

package transform_test

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/transform"
)

// deskTicket is one ticket of a made-up desk, as a program that was written for it reads it.
type deskTicket struct {
	ID          int64    `json:"id"`
	Subject     string   `json:"subject"`
	Description string   `json:"description"`
	Status      string   `json:"status"`
	Priority    string   `json:"priority"`
	Kind        string   `json:"kind"`
	Channel     string   `json:"channel"`
	Created     string   `json:"created"`
	Updated     string   `json:"updated"`
	Solved      string   `json:"solved"`
	Due         string   `json:"due"`
	Email       string   `json:"email"`
	First       string   `json:"first"`
	Last        string   `json:"last"`
	Phone       string   `json:"phone"`
	VIP         bool     `json:"vip"`
	Tags        []string `json:"tags"`
	Amount      string   `json:"amount"`
	Score       int64    `json:"score"`
	Country     string   `json:"country"`
	Product     string   `json:"product"`
	Team        string   `json:"team"`
	Street      string   `json:"street"`
	City        string   `json:"city"`
	Locale      string   `json:"locale"`
	URL         string   `json:"url"`
	Minutes     float64  `json:"minutes"`
}

var (
	benchStatus   = map[string]string{"New": "open", "Open": "open", "On hold": "pending", "Pending": "pending", "Resolved": "solved", "Closed": "closed"}
	benchPriority = map[string]string{"1 - Low": "low", "2 - Medium": "normal", "3 - High": "high", "4 - Urgent": "urgent"}
	benchKind     = map[string]string{"Incident": "incident", "Question": "question", "Request": "task", "Problem": "problem"}
	benchChannel  = map[string]string{"E-mail": "email", "Portal": "web", "Phone": "voice", "Chat": "chat", "API": "api"}
	benchLocale   = map[string]string{"German": "de", "English": "en-US", "French": "fr", "Spanish": "es"}
	benchTeam     = map[string]string{"Support 1": "tier1", "Support 2": "tier2", "Sales": "sales", "Billing": "billing", "IT": "it"}
	benchProduct  = func() map[string]string {
		m := map[string]string{}
		for i := range 105 {
			m[fmt.Sprintf("Product %03d", i)] = fmt.Sprintf("product_%d", i)
		}
		return m
	}()
)

func keysOf(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	// The order must be the same in each run.
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if out[j] < out[i] {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

// maker makes tickets, always the same ones.
type maker struct {
	r       *rand.Rand
	choices map[string][]string
}

func newMaker() *maker {
	return &maker{r: rand.New(rand.NewPCG(1, 2)), choices: map[string][]string{
		"status": keysOf(benchStatus), "priority": keysOf(benchPriority), "kind": keysOf(benchKind), "channel": keysOf(benchChannel),
		"locale": keysOf(benchLocale), "team": keysOf(benchTeam), "product": keysOf(benchProduct),
		"first": {"Ada", " Grace", "Alan ", "Edsger", "Barbara", "Donald"}, "last": {"Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth"},
		"country": {"Germany", "france", "Spain", "Italy"}, "city": {"Berlin", "Paris", "Madrid", "Rome"},
		"word": strings.Fields("the printer on floor three does not answer since Monday please help us with our invoice of last month it was wrong and nobody called back"),
	}}
}

func (m *maker) of(name string) string {
	c := m.choices[name]
	return c[m.r.IntN(len(c))]
}

func (m *maker) words(n int) string {
	w := make([]string, n)
	for i := range w {
		w[i] = m.of("word")
	}
	return strings.Join(w, " ")
}

func (m *maker) ticket(id int64) deskTicket {
	at := time.Unix(1_500_000_000+int64(m.r.IntN(200_000_000)), 0).UTC()
	t := deskTicket{
		ID: id, Subject: m.words(6), Description: m.words(45), Status: m.of("status"), Priority: m.of("priority"), Kind: m.of("kind"), Channel: m.of("channel"),
		Created: at.Format("02-01-2006 15:04"), Updated: at.Add(time.Hour).Format(time.RFC3339), Due: at.AddDate(0, 0, 7).Format("02.01.2006"),
		First: m.of("first"), Last: m.of("last"), Phone: fmt.Sprintf("+49 30 %07d", m.r.IntN(1e7)), VIP: m.r.IntN(10) == 0, Tags: []string{m.of("word"), m.of("team")},
		Amount: fmt.Sprintf("%d.%02d", m.r.IntN(10_000), m.r.IntN(100)), Score: int64(m.r.IntN(6)), Country: m.of("country"), Product: m.of("product"), Team: m.of("team"),
		Street: fmt.Sprintf("Main Street %d", m.r.IntN(200)), City: m.of("city"), Locale: m.of("locale"), URL: fmt.Sprintf("https://desk.example.com/t/%d", id), Minutes: float64(m.r.IntN(600)),
	}
	t.Email = fmt.Sprintf("%s.%d@example%d.org", strings.ToLower(t.Last), m.r.IntN(1_000_000), m.r.IntN(500))
	if m.r.IntN(3) > 0 {
		t.Solved = at.Add(50 * time.Hour).Format(time.RFC3339)
	}
	return t
}

// benchMapping is the mapping of 30 rules, with the shapes of both desks.
func benchMapping() (mapping.Version, model.Schema, model.Schema) {
	source := model.ObjectSchema{Object: model.Ticket}
	add := func(t model.Type, names ...string) {
		for _, n := range names {
			source.Fields = append(source.Fields, model.Field{Name: n, Type: t})
		}
	}
	add(model.Text, "subject", "status", "priority", "kind", "channel", "first", "last", "phone", "country", "product", "team", "street", "city", "locale")
	add(model.LongText, "description")
	add(model.Integer, "id", "score")
	add(model.Number, "amount", "minutes")
	add(model.Bool, "vip")
	add(model.Tags, "tags")
	add(model.Email, "email")
	add(model.URL, "url")
	add(model.DateTime, "updated", "solved")
	source.Fields = append(source.Fields,
		model.Field{Name: "created", Type: model.DateTime, Format: "DD-MM-YYYY HH:mm", Zone: "Europe/Berlin"},
		model.Field{Name: "due", Type: model.Date, Format: "DD.MM.YYYY"})

	target := model.ObjectSchema{Object: model.Ticket}
	om := mapping.ObjectMap{Source: model.Ticket, Target: model.Ticket}
	rule := func(t model.Field, f mapping.FieldMap) {
		f.Target, f.State = t.Name, mapping.Reviewed
		target.Fields, om.Fields = append(target.Fields, t), append(om.Fields, f)
	}
	from := func(kind mapping.RuleKind, s ...string) mapping.FieldMap {
		return mapping.FieldMap{Rule: kind, Sources: s}
	}
	list := func(source string, m map[string]string) (f mapping.FieldMap, options []model.Choice) {
		f = from(mapping.Values, source)
		seen := map[string]bool{}
		for _, k := range keysOf(m) {
			f.Values = append(f.Values, mapping.ValuePair{From: k, To: m[k], Decided: true})
			if !seen[m[k]] {
				seen[m[k]] = true
				options = append(options, model.Choice{Value: m[k]})
			}
		}
		return f, options
	}
	values := func(name, source string, m map[string]string) {
		f, options := list(source, m)
		rule(model.Field{Name: name, Type: model.Option, Options: options}, f)
	}
	text := func(name, formula string, max int) {
		rule(model.Field{Name: name, Type: model.Text, MaxLength: max}, mapping.FieldMap{Rule: mapping.Formula, Formula: formula})
	}
	rule(model.Field{Name: "subject", Type: model.Text, MaxLength: 200, Required: true}, from(mapping.Copy, "subject"))
	rule(model.Field{Name: "description", Type: model.LongText, MaxLength: 65000}, from(mapping.Copy, "description"))
	values("status", "status", benchStatus)
	values("priority", "priority", benchPriority)
	values("type", "kind", benchKind)
	values("channel", "channel", benchChannel)
	text("external_id", `"ACME-"&[id]`, 0)
	rule(model.Field{Name: "created_at", Type: model.DateTime}, from(mapping.Copy, "created"))
	rule(model.Field{Name: "updated_at", Type: model.DateTime}, from(mapping.Copy, "updated"))
	rule(model.Field{Name: "solved_at", Type: model.DateTime}, from(mapping.Copy, "solved"))
	rule(model.Field{Name: "due_on", Type: model.Date}, from(mapping.Copy, "due"))
	rule(model.Field{Name: "requester_email", Type: model.Email}, from(mapping.Copy, "email"))
	text("requester_name", `TRIM([first]&" "&[last])`, 100)
	rule(model.Field{Name: "phone", Type: model.Phone}, from(mapping.Copy, "phone"))
	rule(model.Field{Name: "vip", Type: model.Bool}, from(mapping.Copy, "vip"))
	rule(model.Field{Name: "tags", Type: model.Tags}, from(mapping.Copy, "tags"))
	rule(model.Field{Name: "amount", Type: model.Number}, from(mapping.Copy, "amount"))
	rule(model.Field{Name: "score", Type: model.Integer}, from(mapping.Copy, "score"))
	text("satisfaction", `IF([score]>=4,"good",IF([score]>=2,"fair","bad"))`, 0)
	text("region", `UPPER(LEFT([country],2))`, 2)
	values("product", "product", benchProduct)
	values("team", "team", benchTeam)
	text("first_line", `LEFT([description],60)`, 60)
	text("domain", `TEXTAFTER([email],"@")`, 0)
	text("quarter", `YEAR([created])&"-Q"&ROUNDUP(MONTH([created])/3,0)`, 0)
	rule(model.Field{Name: "address", Type: model.Text}, mapping.FieldMap{Rule: mapping.Join, Sources: []string{"street", "city", "country"}, Separator: ", "})
	rule(model.Field{Name: "origin", Type: model.Text}, mapping.FieldMap{Rule: mapping.Fixed, Fixed: "import"})
	values("locale", "locale", benchLocale)
	rule(model.Field{Name: "link", Type: model.URL}, from(mapping.Copy, "url"))
	rule(model.Field{Name: "hours", Type: model.Number}, mapping.FieldMap{Rule: mapping.Formula, Formula: `ROUND([minutes]/60,1)`})
	return mapping.Version{Objects: []mapping.ObjectMap{om}}, model.Schema{Objects: []model.ObjectSchema{source}}, model.Schema{Objects: []model.ObjectSchema{target}}
}

var berlin = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return loc
}()

// byHand is the same mapping as somebody writes it in Go for just these two desks: a struct
// that encoding/json fills, and the fields of the draft. What does not fit is an error.
func byHand(raw []byte) (map[string]any, error) {
	var t deskTicket
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	f := make(map[string]any, 30)
	text := func(name, s string) {
		if s = strings.TrimSpace(s); s != "" {
			f[name] = s
		}
	}
	if strings.TrimSpace(t.Subject) == "" || len([]rune(t.Subject)) > 200 {
		return nil, fmt.Errorf("subject of %d", t.ID)
	}
	f["subject"] = strings.NewReplacer("\r\n", " ", "\n", " ").Replace(t.Subject)
	if t.Description != "" {
		f["description"] = t.Description
	}
	for _, v := range []struct {
		name, value string
		list        map[string]string
	}{
		{"status", t.Status, benchStatus},
		{"priority", t.Priority, benchPriority},
		{"type", t.Kind, benchKind},
		{"channel", t.Channel, benchChannel},
		{"product", t.Product, benchProduct},
		{"team", t.Team, benchTeam},
		{"locale", t.Locale, benchLocale},
	} {
		if v.value == "" {
			continue
		}
		to, ok := v.list[v.value]
		if !ok {
			return nil, fmt.Errorf("%s of %d", v.name, t.ID)
		}
		f[v.name] = to
	}
	f["external_id"] = "ACME-" + strconv.FormatInt(t.ID, 10)
	created, err := time.ParseInLocation("02-01-2006 15:04", t.Created, berlin)
	if err != nil {
		return nil, err
	}
	created = created.UTC()
	f["created_at"] = created
	for _, v := range [][2]string{{"updated_at", t.Updated}, {"solved_at", t.Solved}} {
		if v[1] == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, v[1])
		if err != nil {
			return nil, err
		}
		f[v[0]] = at.UTC()
	}
	due, err := time.Parse("02.01.2006", t.Due)
	if err != nil {
		return nil, err
	}
	f["due_on"] = model.Day(due.Format(time.DateOnly))
	local, domain, ok := strings.Cut(t.Email, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(t.Email, " \t\r\n<>,;") {
		return nil, fmt.Errorf("e-mail of %d", t.ID)
	}
	f["requester_email"] = t.Email
	f["requester_name"] = strings.Join(strings.Fields(t.First+" "+t.Last), " ")
	text("phone", t.Phone)
	f["vip"] = t.VIP
	f["tags"] = t.Tags
	amount, err := strconv.ParseFloat(t.Amount, 64)
	if err != nil {
		return nil, err
	}
	if amount == float64(int64(amount)) {
		f["amount"] = int64(amount)
	} else {
		f["amount"] = amount
	}
	f["score"] = t.Score
	switch {
	case t.Score >= 4:
		f["satisfaction"] = "good"
	case t.Score >= 2:
		f["satisfaction"] = "fair"
	default:
		f["satisfaction"] = "bad"
	}
	f["region"] = strings.ToUpper(string([]rune(t.Country)[:2]))
	f["first_line"] = t.Description
	if r := []rune(t.Description); len(r) > 60 {
		f["first_line"] = string(r[:60])
	}
	f["domain"] = domain
	f["quarter"] = fmt.Sprintf("%d-Q%d", created.Year(), (int(created.Month())+2)/3)
	f["address"] = t.Street + ", " + t.City + ", " + t.Country
	f["origin"] = "import"
	text("link", t.URL)
	hours := float64(int64(t.Minutes/60*10+0.5)) / 10
	if hours == float64(int64(hours)) {
		f["hours"] = int64(hours)
	} else {
		f["hours"] = hours
	}
	return f, nil
}

func benchRecord(t deskTicket) model.Record {
	raw, err := json.Marshal(t)
	if err != nil {
		panic(err)
	}
	return model.Record{Key: model.Key{Object: model.Ticket, ID: strconv.FormatInt(t.ID, 10)}, Raw: raw}
}

// TestByHandGivesTheSame: what the benchmark compares with is the same mapping.
func TestByHandGivesTheSame(t *testing.T) {
	v, src, dst := benchMapping()
	p, found := transform.Compile(v, src, dst)
	if len(found) > 0 || len(v.Objects[0].Fields) != 30 {
		t.Fatal(found, len(v.Objects[0].Fields))
	}
	m := newMaker()
	for i := range int64(2000) {
		r := benchRecord(m.ticket(i + 1))
		d, problems := p.Apply(r)
		if len(problems) > 0 {
			t.Fatalf("%v of %s", problems, r.Raw)
		}
		hand, err := byHand(r.Raw)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range hand {
			if got := d.Fields[name]; fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
				t.Fatalf("%s is %T %v by us and %T %v by hand: %s", name, got, got, want, want, r.Raw)
			}
		}
		if len(hand) != len(d.Fields) {
			t.Fatalf("%d fields by us and %d by hand", len(d.Fields), len(hand))
		}
	}
}

//go:embed testdata/bench.py
var benchScript string

// BenchmarkThirtyRules transforms tickets with 30 rules: by Waybill, by a program that was
// written by hand, both on one core in turns, and by a pandas script: from the JSON of a
// ticket to the fields of its draft. WAYBILL_TICKETS says how many (1000000 as promised;
// fewer while working). Times are those of the processors, so that others on the machine do
// not count; pandas uses one of them, a Program all.
func BenchmarkThirtyRules(b *testing.B) {
	n := 100_000
	if s := os.Getenv("WAYBILL_TICKETS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	v, src, dst := benchMapping()
	p, _ := transform.Compile(v, src, dst)
	for b.Loop() {
		m := newMaker()
		file := filepath.Join(b.TempDir(), "tickets.jsonl")
		f, err := os.Create(file)
		if err != nil {
			b.Fatal(err)
		}
		buffered := bufio.NewWriterSize(f, 1<<20)
		var ours, hand time.Duration
		var allocated uint64
		const portion = 10_000
		for from := 0; from < n; from += portion {
			records := make([]model.Record, 0, portion)
			for i := from; i < min(n, from+portion); i++ {
				t := m.ticket(int64(i + 1))
				r := benchRecord(t)
				if _, err := buffered.Write(append(slices.Clone(r.Raw), '\n')); err != nil {
					b.Fatal(err)
				}
				records = append(records, r)
			}
			one := func(fn func(r model.Record) bool) time.Duration {
				runtime.GC()
				began := used(b)
				for _, r := range records {
					if !fn(r) {
						b.Fatal("a ticket was held")
					}
				}
				return used(b) - began
			}
			hand += one(func(r model.Record) bool {
				f, err := byHand(r.Raw)
				return err == nil && len(f) > 0
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ours += one(func(r model.Record) bool {
				d, problems := p.Apply(r)
				return len(problems) == 0 && len(d.Fields) > 0
			})
			runtime.ReadMemStats(&after)
			allocated += after.Mallocs - before.Mallocs
		}
		if err := buffered.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(ours.Seconds()*1e6/float64(n), "us/ticket")
		b.ReportMetric(hand.Seconds()*1e6/float64(n), "us/by-hand")
		b.ReportMetric(hand.Seconds()/ours.Seconds(), "of-by-hand")
		b.ReportMetric(float64(allocated)/float64(n), "allocs/ticket")
		if pandas, ok := runPandas(b, file); ok {
			b.ReportMetric(pandas.Seconds()*1e6/float64(n), "us/pandas")
			b.ReportMetric(pandas.Seconds()/ours.Seconds(), "times-pandas/core")
			b.ReportMetric(pandas.Seconds()/ours.Seconds()*float64(runtime.GOMAXPROCS(0)), "times-pandas")
		}
	}
}

// used is the time of the processors that this program has had, on all cores, so that
// others on the same machine do not count.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func runPandas(b *testing.B, file string) (time.Duration, bool) {
	b.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import pandas").Run(); err != nil {
		b.Log("pandas is not installed, so it is not compared")
		return 0, false
	}
	script := filepath.Join(b.TempDir(), "bench.py")
	if err := os.WriteFile(script, []byte(benchScript), 0o600); err != nil {
		b.Fatal(err)
	}
	out, err := exec.Command(python, script, file).CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatalf("%s", out)
	}
	return time.Duration(s * float64(time.Second)), true
}

// BenchmarkApply is what BenchmarkThirtyRules compares, alone, to be looked at with a profiler.
func BenchmarkApply(b *testing.B) {
	v, src, dst := benchMapping()
	p, _ := transform.Compile(v, src, dst)
	m := newMaker()
	records := make([]model.Record, 1000)
	for i := range records {
		records[i] = benchRecord(m.ticket(int64(i + 1)))
	}
	b.ReportAllocs()
	i := 0
	began := used(b)
	for b.Loop() {
		if _, problems := p.Apply(records[i%len(records)]); len(problems) > 0 {
			b.Fatal(problems)
		}
		i++
	}
	b.ReportMetric(float64((used(b)-began).Nanoseconds())/float64(i), "cpu-ns/op")
}
