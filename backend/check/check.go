// Package check reads the target back and compares it with what was meant to
// arrive. First it counts, then it compares one hash for each record, and only what
// differs is looked at field by field: values, links, the order of threads, authors,
// times, who may see what, and the content of attachments.
package check

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// How says how a check is to be made.
type How struct {
	// Sample looks at so many records of each object, chosen by chance; 0: all.
	Sample int64 `json:"sample,omitempty"`
	// Percent looks at such a share of each object; 0: all.
	Percent float64 `json:"percent,omitempty"`
	// Quick counts, reads what comes in whole lists, and looks closer only where that differs.
	Quick bool `json:"quick,omitempty"`
	// Off names normalisations that are not used.
	Off []string `json:"off,omitempty"`
	// Speed measures how quickly the target answers.
	Speed bool `json:"speed,omitempty"`
	// Fresh begins anew, although an earlier check did not end.
	Fresh bool `json:"-"`
}

// How a check was made.
const (
	ModeFull   = "full"
	ModeSample = "sample"
	ModeQuick  = "quick"
)

// Mode is full, sample or quick.
func (o How) Mode() string {
	switch {
	case o.Quick:
		return ModeQuick
	case o.Sample > 0 || o.Percent > 0:
		return ModeSample
	}
	return ModeFull
}

// Item is one check of one object.
type Item struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Title    string       `json:"title"`
	Why      string       `json:"why"`
	LookedAt int64        `json:"looked_at"`
	Failed   int64        `json:"failed"`
	// Threshold is the share that may fail, in percent.
	Threshold float64  `json:"threshold"`
	Passed    bool     `json:"passed"`
	Examples  []string `json:"examples"`
	// Good is how many of those that were looked at are as they were meant to be.
	Good int64 `json:"good"`
	// Stop: nobody may go live with this.
	Stop bool `json:"stop,omitempty"`
	// Waives says who may accept in writing that it did not pass; empty: nobody.
	Waives string `json:"waives"`
	// Scope says in words how much was looked at: "all 12,480", or a sample with its confidence.
	Scope string `json:"scope,omitempty"`
	// Parts are the sums or counts that a check compares, the ones that differ first.
	Parts []Part `json:"parts,omitempty"`
}

// Part is one figure of a check that compares figures.
type Part struct {
	// By says what was counted or added up: "month", "status"; Of which one: "2019-03".
	By string `json:"by"`
	Of string `json:"of"`
	// Expected and Found are figures as people read them.
	Expected string `json:"expected"`
	Found    string `json:"found"`
	Same     bool   `json:"same"`
}

// Equal counts the values that are equal only after a normalisation.
type Equal struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Why   string `json:"why"`
	Count int64  `json:"count"`
	// On: it is used. Who leads the move may switch it off.
	On bool `json:"on"`
}

// Missing is a check that was not possible, and why. It passed nothing.
type Missing struct {
	Code   string       `json:"code"`
	Object model.Object `json:"object,omitempty"`
	Title  string       `json:"title"`
	Why    string       `json:"why"`
}

// Result of a whole check.
type Result struct {
	Passed bool   `json:"passed"`
	Checks []Item `json:"checks"`
	// Read is how many records of the target were read back.
	Read int64 `json:"read"`
	// Mode: full, sample or quick.
	Mode string `json:"mode"`
	// Deep is how many records were looked at field by field; of the others one hash was the same.
	Deep int64 `json:"deep"`
	// Equal are the normalisations, with what they were needed for.
	Equal []Equal `json:"equal"`
	// NotPossible are the checks that could not be made here.
	NotPossible []Missing `json:"not_possible"`
	// Breached are open tickets that are overdue in the target and were not meant to be.
	Breached []string `json:"breached,omitempty"`
	// Digests of all contents, by object: what was meant, and what was found.
	Digests map[model.Object][2]string `json:"digests,omitempty"`
	Speeds  []Speed                    `json:"speeds,omitempty"`
}

const keepDifferences = 20_000

// checker collects what the comparison finds.
type checker struct {
	j   *load.Job
	p   *job.Progress
	How How
	may load.Normal
	// stamp is that of the state of the project, from which a sample is drawn.
	stamp string
	Items map[string]*Item
	Diffs []store.Difference
	// Totals are the figures by object; Equal counts what was equal after normalisations.
	Totals      map[model.Object]*totals
	Equal       map[string]int64
	Found       map[model.Object]int64
	Breached    []string
	Deep        int64
	NotPossible []Missing
	// objects of the source that were sent, in loading order, with their numbers; targets are
	// theirs, each once, and those of what belongs to them.
	objects []model.Object
	sent    map[model.Object]int64
	targets []model.Object
	// owner is an object of the source for each object of the target.
	owner map[model.Object]model.Object
	// goals are what records of an object became, or would become, and how many did.
	goals map[model.Object][]goal
	// before: some of what the ledger knows was in the target before us, without a mark.
	before bool
	now    time.Time
	// at is how far each object of the target was read.
	at map[model.Object]store.CheckAt
	// names of groups in the target, for people.
	names map[string]string
	// previous check, and its differences.
	previous *store.Checking
	shapes   map[model.Object]*fieldsOf
}

func (c *checker) item(code string, o model.Object) *Item {
	k := code + "/" + string(o)
	it, ok := c.Items[k]
	if !ok {
		d := catalogue[code]
		it = &Item{Code: code, Object: o, Title: d.title, Why: d.why, Stop: d.stop, Waives: d.waives, Examples: []string{}}
		c.Items[k] = it
	}
	return it
}

func (c *checker) look(code string, o model.Object, n int64) { c.item(code, o).LookedAt += n }

// fail counts a failure and keeps its evidence.
func (c *checker) fail(code string, o model.Object, d store.Difference, words string) {
	it := c.item(code, o)
	it.Failed++
	if len(it.Examples) < 5 {
		it.Examples = append(it.Examples, words)
	}
	if len(c.Diffs) < keepDifferences {
		d.Code, d.Object = code, o
		c.Diffs = append(c.Diffs, d)
	}
}

// cannot notes a check that is not possible here.
func (c *checker) cannot(code string, o model.Object, why string) {
	m := Missing{Code: code, Object: o, Title: catalogue[code].title, Why: why}
	if !slices.Contains(c.NotPossible, m) {
		c.NotPossible = append(c.NotPossible, m)
	}
}

// Run reads the target back and compares everything. The result and every difference are kept.
func Run(ctx context.Context, j *load.Job, p *job.Progress) (Result, error) {
	return Make(ctx, j, How{}, p)
}

// Make checks as it is ordered. A check that was interrupted goes on where it was, if the
// same one is ordered within a day and nothing was decided or moved since.
func Make(ctx context.Context, j *load.Job, order How, p *job.Progress) (Result, error) {
	marker, ok := j.Target.Conn.(connector.Marker)
	if !ok {
		return Result{}, problem.New("check.no_marks", j.Target.Kind.Title+" cannot show which records Waybill made.",
			"So they cannot be told from others.", "Compare by hand, with the list of what was moved.")
	}
	c := &checker{j: j, p: p, now: time.Now(), names: map[string]string{}, shapes: map[model.Object]*fieldsOf{}, owner: map[model.Object]model.Object{}, goals: map[model.Object][]goal{}, How: order, Items: map[string]*Item{}, Totals: map[model.Object]*totals{}, Equal: map[string]int64{}, Found: map[model.Object]int64{}}
	c.may = load.AllNormals &^ load.NormalsOf(order.Off)
	if err := c.begin(ctx, order); err != nil {
		return Result{}, err
	}
	if err := c.count(ctx); err != nil {
		return Result{}, err
	}
	var read int64
	var err error
	if order.Mode() == ModeSample {
		read, err = c.sample(ctx, marker)
	} else {
		read, err = c.whole(ctx, marker)
	}
	if err != nil {
		return Result{}, err
	}
	if err := c.oldNumbers(ctx); err != nil {
		return Result{}, err
	}
	speeds, err := c.measure(ctx)
	if err != nil {
		return Result{}, err
	}
	return c.conclude(ctx, read, speeds)
}

// whole expects, reads back, matches, and looks at what differs.
func (c *checker) whole(ctx context.Context, marker connector.Marker) (int64, error) {
	for _, o := range c.objects {
		if c.onlyQuickly(o) {
			continue
		}
		if err := c.expect(ctx, o); err != nil {
			return 0, fmt.Errorf("expect %s: %w", o, err)
		}
	}
	read, err := c.readBack(ctx, marker)
	if err != nil {
		return 0, err
	}
	err = c.j.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.IndexExpected(); err != nil {
			return err
		}
		_, err := tx.MatchCheck()
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, o := range c.objects {
		if err := c.judge(ctx, o); err != nil {
			return 0, fmt.Errorf("compare %s: %w", o, err)
		}
	}
	return read, c.repeated(ctx)
}

// begin finds out what was sent, and goes on with a check that was interrupted.
func (c *checker) begin(ctx context.Context, order How) error {
	c.sent = map[model.Object]int64{}
	return c.j.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range all {
			if _, ok := c.j.Program.Target(o); !ok {
				continue
			}
			c.objects = append(c.objects, o)
			if c.sent[o], err = tx.Count(store.Filter{Object: o, Fates: []model.Fate{model.Moved}}); err != nil {
				return err
			}
			if c.goals[o], err = goalsOf(tx, c.j, o, c.sent[o]); err != nil {
				return err
			}
		}
		c.own()
		extra, err := tx.ExtraTargets()
		if err != nil {
			return err
		}
		for _, t := range extra {
			if !slices.Contains(c.targets, t) {
				c.targets = append(c.targets, t)
			}
		}
		if c.before, err = tx.HasBefore(); err != nil {
			return err
		}
		if caps := c.j.Target.Kind.Caps; c.before || !caps.Finds || len(caps.Unmarked) > 0 {
			if err := tx.IndexTargets(); err != nil {
				return err
			}
		}
		if last, ok, err := tx.LastChecking(); err != nil {
			return err
		} else if ok {
			c.previous = &last
		}
		return c.resume(tx, order)
	})
}

// resume takes up what an interrupted check had counted, or begins anew.
func (c *checker) resume(tx *store.Tx, order How) error {
	head, err := tx.AuditBefore("report.")
	if err != nil {
		return err
	}
	ordered, err := json.Marshal(order)
	if err != nil {
		return err
	}
	c.stamp = fmt.Sprintf("%s/%d/%s/%d/%s", head.Hash, c.j.Mapping, c.j.Fingerprint, c.j.Target.Kind.Caps.Batch, ordered)
	var last begun
	ok, err := tx.CheckState(&last)
	if err != nil {
		return err
	}
	if err := tx.DropExpectedIndex(); err != nil {
		return err
	}
	c.at = map[model.Object]store.CheckAt{}
	if ok && !order.Fresh && last.Stamp == c.stamp && c.now.Sub(last.At) < mostOld && order.Mode() == ModeFull {
		if c.at, err = tx.CheckPlaces(); err != nil {
			return err
		}
		return tx.ForgetExpected()
	}
	if err := tx.BeginCheck(); err != nil {
		return err
	}
	return tx.SetCheckState(begun{c.stamp, c.now})
}

// begun says which check is under way. What it read is kept with it; what was meant to be
// is worked out anew, without asking anybody.
type begun struct {
	Stamp string
	At    time.Time
}

// mostOld: what was read longer ago says little of the target as it is.
const mostOld = 24 * time.Hour

// conclude judges and keeps everything in one transaction.
func (c *checker) conclude(ctx context.Context, read int64, speeds []Speed) (Result, error) {
	res := Result{Passed: true, Checks: []Item{}, Read: read, Mode: c.How.Mode(), Deep: c.Deep, Breached: c.Breached, NotPossible: []Missing{}, Digests: map[model.Object][2]string{}, Speeds: speeds}
	err := c.j.DB.Write(ctx, func(tx *store.Tx) error {
		if err := c.strays(tx); err != nil {
			return err
		}
		if res.Mode == ModeFull {
			if err := tx.Set("target_counts", c.Found); err != nil {
				return err
			}
		}
		manifest, err := tx.Manifest()
		if err != nil {
			return err
		}
		c.balance(manifest)
		c.sumUp(&res)
		if err := c.drift(tx, &res); err != nil {
			return err
		}
		for _, it := range c.Items {
			it.Passed = it.Failed == 0
			it.Good = max(it.LookedAt-it.Failed, 0)
			if it.Scope == "" {
				it.Scope = scopeOf(it, c.sent[it.Object], res.Mode)
			}
			res.Passed = res.Passed && it.Passed
			res.Checks = append(res.Checks, *it)
		}
		place := map[model.Object]int{}
		for i, m := range manifest {
			place[m.Object] = i
		}
		sort.Slice(res.Checks, func(i, j int) bool {
			a, b := res.Checks[i], res.Checks[j]
			if x, y := slices.Index(orderOf, a.Code), slices.Index(orderOf, b.Code); x != y {
				return x < y
			}
			if x, y := place[a.Object], place[b.Object]; x != y {
				return x < y
			}
			return a.Object < b.Object
		})
		for _, n := range load.Normals() {
			res.Equal = append(res.Equal, Equal{Code: n.Code, Title: n.Title, Why: n.Why, Count: c.Equal[n.Code], On: c.may&n.Normal != 0})
		}
		c.notPossible()
		res.NotPossible = append(res.NotPossible, c.NotPossible...)
		if err := tx.BeginCheck(); err != nil {
			return err
		}
		if res.Mode == ModeQuick && res.Passed {
			// It proves less than the check before it, which stays the one that counts.
			return tx.Audit(c.j.By, "check.quick", map[string]any{"passed": true, "read": read})
		}
		body, err := json.Marshal(res)
		if err != nil {
			return err
		}
		_, err = tx.SaveChecking(store.Checking{By: c.j.By, Passed: res.Passed, Body: string(body)}, c.Diffs)
		return err
	})
	return res, err
}

// strays are records with a mark of ours that the ledger does not know.
func (c *checker) strays(tx *store.Tx) error {
	if c.How.Mode() == ModeSample {
		c.cannot(Stray, "", "a sample shows only records that are known; a full check reads all of them")
		c.cannot(Doubled, "", "a sample shows only one of two; a full check reads all of them")
		return nil
	}
	found, err := tx.Strays(load.MarkPrefix(c.j.Project), 1000)
	if err != nil {
		return err
	}
	for o, n := range c.Found {
		c.look(Stray, o, n)
	}
	for _, s := range found {
		o := model.Object(strings.SplitN(strings.TrimPrefix(s.Mark, load.MarkPrefix(c.j.Project)), ":", 2)[0])
		c.fail(Stray, o, store.Difference{Target: s.ID, Expected: "not there", Found: s.Mark}, fmt.Sprintf("%s %s in the target is not in the ledger", o.Word(), s.ID))
	}
	return nil
}

func (c *checker) balance(manifest []model.Manifest) {
	for _, m := range manifest {
		c.look(Complete, m.Object, m.Source)
		if !m.Balances() {
			it := c.item(Complete, m.Object)
			it.Failed = max(m.Held+m.Pending, abs(m.Target-m.Moved), 1)
			it.Examples = append(it.Examples, imbalance(m))
		}
	}
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func imbalance(m model.Manifest) string {
	parts := []string{}
	if m.Held > 0 {
		parts = append(parts, fmt.Sprintf("%d held back", m.Held))
	}
	if m.Pending > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", m.Pending))
	}
	if m.Target != m.Moved {
		parts = append(parts, fmt.Sprintf("%d moved but %d found in the target", m.Moved, m.Target))
	}
	if !m.Adds() {
		parts = append(parts, "the account does not add up")
	}
	return strings.Join(parts, ", ")
}

// Last gives the newest check; ok is false when there was none.
func Last(tx *store.Tx) (res Result, at store.Checking, ok bool, err error) {
	at, ok, err = tx.LastChecking()
	if err != nil || !ok {
		return res, at, ok, err
	}
	return res, at, true, json.Unmarshal([]byte(at.Body), &res)
}
