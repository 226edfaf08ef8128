// Package check reads the target back and compares it with what was meant to
// arrive: counts, every field of every record, links, the order of threads,
// authors, times and the content of attachments.
package check

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// The checks.
const (
	Arrived  = "arrived"       // every record that was sent is there
	Doubled  = "doubled"       // none is there twice
	Stray    = "stray"         // nothing of ours is there that the ledger does not know
	Fields   = "fields"        // every mapped field holds what was meant
	Times    = "times"         // to the second
	Links    = "links"         // every pointer leads to the right record
	Authors  = "authors"       // every message has its author
	Privacy  = "private_notes" // no private note became public
	Order    = "thread_order"  // messages read in their order
	Content  = "file_content"  // attachments are the same bytes
	Kept     = "kept"          // what a person decided to leave as the target has it
	OldLinks = "old_links"     // links in texts to what moved lead to the new desk
	Complete = "balance"       // the manifest adds up and nothing waits
)

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
}

// Result of a whole check.
type Result struct {
	Passed bool   `json:"passed"`
	Checks []Item `json:"checks"`
	// Read is how many records of the target were read back.
	Read int64 `json:"read"`
}

var titles = map[string][2]string{
	Arrived:  {"Everything that was sent is there", "A missing record is a lost record."},
	Doubled:  {"Nothing is there twice", "A double would be answered twice."},
	Stray:    {"Nothing is there that Waybill does not know of", "Leftovers of an earlier try would be counted as real."},
	Fields:   {"Every field holds what was meant to arrive", "People decide by these values."},
	Times:    {"Times are the original ones, to the second", "Reports and service levels are counted from them."},
	Links:    {"Every record points to the right one", "A ticket of the wrong customer is worse than none."},
	Authors:  {"Every message has its author", "The history must say who wrote what."},
	Privacy:  {"No private note became public", "Customers must never see what was meant for colleagues."},
	Order:    {"Conversations read in their order", "An answer before its question makes no sense."},
	Content:  {"Attachments are the same, byte for byte", "A file that is there but does not open is lost."},
	Kept:     {"Left as the target has it, because a person decided so", "Both desks changed it, or it is gone at the source; each is listed with its decision."},
	OldLinks: {"Links in texts lead to the new desk", "The old desk will be switched off. Where the new one lets no text be changed, the table of old numbers leads on."},
	Complete: {"The manifest balances", "Every source record must be accounted for."},
}

// orderOf lists the checks as the report shows them.
var orderOf = []string{Complete, Arrived, Doubled, Stray, Fields, Times, Links, Authors, Privacy, Order, Content, OldLinks, Kept}

const keepDifferences = 20_000

// checker collects what the comparison finds.
type checker struct {
	j     *load.Job
	items map[string]*Item
	diffs []store.Difference
	names map[string]int // examples per item, to stop at five
	// before: some of what the ledger knows was in the target before us, without a mark.
	before bool
}

func (c *checker) item(code string, o model.Object) *Item {
	k := code + "/" + string(o)
	it, ok := c.items[k]
	if !ok {
		it = &Item{Code: code, Object: o, Title: titles[code][0], Why: titles[code][1], Examples: []string{}}
		c.items[k] = it
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
	if len(c.diffs) < keepDifferences {
		d.Code, d.Object = code, o
		c.diffs = append(c.diffs, d)
	}
}

// Run reads the target back and compares. The result and every difference are kept.
func Run(ctx context.Context, j *load.Job, p *job.Progress) (Result, error) {
	marker, ok := j.Target.Conn.(connector.Marker)
	if !ok {
		return Result{}, problem.New("check.no_marks", j.Target.Kind.Title+" cannot show which records Waybill made.",
			"So they cannot be told from others.", "Compare by hand, with the list of what was moved.")
	}
	c := &checker{j: j, items: map[string]*Item{}, names: map[string]int{}}
	objects, sent, err := c.scope(ctx)
	if err != nil {
		return Result{}, err
	}
	read, err := c.readBack(ctx, marker, objects, p)
	if err != nil {
		return Result{}, err
	}
	found := map[model.Object]int64{}
	for _, o := range objects {
		p.Stage("compare "+string(o), sent[o])
		if found[o], err = c.compare(ctx, o, p); err != nil {
			return Result{}, fmt.Errorf("compare %s: %w", o, err)
		}
	}
	return c.conclude(ctx, read, found)
}

// scope lists the source objects that were sent, in loading order, with their numbers.
func (c *checker) scope(ctx context.Context) (objects []model.Object, sent map[model.Object]int64, err error) {
	sent = map[model.Object]int64{}
	err = c.j.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range all {
			if _, ok := c.j.Program.Target(o); !ok {
				continue
			}
			objects = append(objects, o)
			if sent[o], err = tx.Count(store.Filter{Object: o, Fates: []model.Fate{model.Moved}}); err != nil {
				return err
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
		return tx.ForgetReadback()
	})
	return objects, sent, err
}

// readBack keeps what the target gives of our records.
func (c *checker) readBack(ctx context.Context, marker connector.Marker, objects []model.Object, p *job.Progress) (int64, error) {
	prefix := load.MarkPrefix(c.j.Project)
	done := map[model.Object]bool{}
	total := int64(0)
	targets := []model.Object{}
	for _, o := range objects {
		target, _ := c.j.Program.Target(o)
		targets = append(targets, target)
	}
	err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
		extra, err := tx.ExtraTargets()
		targets = append(targets, extra...)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, target := range targets {
		if done[target] {
			continue
		}
		done[target] = true
		n, _, err := c.j.Target.Conn.Count(ctx, target)
		if err != nil {
			return 0, err
		}
		p.Stage("read back "+string(target), n)
		err = c.j.Target.Conn.Pages(ctx, target, "", func(page connector.Page) error {
			if err := p.Checkpoint(ctx); err != nil {
				return err
			}
			keep := make([]store.Readback, 0, len(page.Records))
			byID, err := c.marksByID(ctx, target, page)
			if err != nil {
				return err
			}
			for _, r := range page.Records {
				marks := byID[r.Key.ID]
				if m := string(marker.MarkOf(r)); strings.HasPrefix(m, prefix) && !slices.Contains(marks, m) {
					marks = append(marks, m)
				}
				if len(marks) == 0 {
					continue
				}
				links := map[string][]string{}
				for _, l := range r.Links {
					for _, to := range l.To {
						links[l.Role] = append(links[l.Role], to.Value)
					}
				}
				for _, mark := range marks {
					keep = append(keep, store.Readback{ID: r.Key.ID, Mark: mark, Raw: r.Raw, Links: links})
				}
			}
			total += int64(len(keep))
			p.Add(int64(len(page.Records)), 0)
			return c.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.PutReadback(target, keep) })
		})
		if err != nil {
			return 0, fmt.Errorf("read back %s: %w", target, err)
		}
	}
	return total, nil
}

// marksByID finds by their ids the records of a page that carry no mark of ours.
func (c *checker) marksByID(ctx context.Context, target model.Object, page connector.Page) (out map[string][]string, err error) {
	caps := c.j.Target.Kind.Caps
	if caps.Marked(target) && !c.before || len(page.Records) == 0 {
		return map[string][]string{}, nil
	}
	ids := make([]string, len(page.Records))
	for i, r := range page.Records {
		ids[i] = r.Key.ID
	}
	err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.MarksByID(target, ids)
		return err
	})
	return out, err
}

// pair is a record as it was meant to be, and as the target has it.
type pair struct {
	line  store.LedgerLine
	name  string
	draft model.Draft
	got   []store.Readback
	// kept is what a person decided to leave as the target has it; nil: nobody did.
	kept *store.Conflict
	// extras belong to it: the rest of a long text, a file that holds it.
	extras    []model.Draft
	gotExtras map[string][]store.Readback
}

func (c *checker) compare(ctx context.Context, o model.Object, p *job.Progress) (int64, error) {
	found, after := int64(0), int64(0)
	threads := &threads{}
	target, _ := c.j.Program.Target(o)
	shape, _ := c.j.Target.Schema.Object(target)
	for {
		if err := p.Checkpoint(ctx); err != nil {
			return 0, err
		}
		pairs, last, err := c.nextPairs(ctx, o, after)
		if err != nil {
			return 0, err
		}
		if len(pairs) == 0 {
			break
		}
		after = last
		for _, x := range pairs {
			c.look(Arrived, o, 1)
			c.look(Doubled, o, 1)
			if len(x.got) == 0 {
				c.fail(Arrived, o, store.Difference{Seq: x.line.Seq, Target: x.line.ID, Expected: "there", Found: "not there"},
					fmt.Sprintf("%s was sent as %s and is not there", label(o, x), x.line.ID))
				continue
			}
			found++
			if len(x.got) > 1 {
				c.fail(Doubled, o, store.Difference{Seq: x.line.Seq, Target: x.got[1].ID, Expected: "once", Found: fmt.Sprintf("%d times", len(x.got))},
					fmt.Sprintf("%s is there %d times: %s and %s", label(o, x), len(x.got), x.got[0].ID, x.got[1].ID))
			}
			values, err := model.Values(x.got[0].Raw)
			if err != nil {
				return 0, err
			}
			c.left(o, x)
			if x.line.Before { // it was looked up, not written: it is what it was
				continue
			}
			if err := c.record(ctx, o, shape, x, values); err != nil {
				return 0, err
			}
			threads.see(shape, x, values)
			if err := c.parts(o, x); err != nil {
				return 0, err
			}
			if x.draft.File != nil {
				if err := c.content(ctx, o, target, x); err != nil {
					return 0, err
				}
			}
		}
		p.Add(int64(len(pairs)), 0)
	}
	return found, threads.judge(ctx, c, o)
}

// nextPairs makes the drafts of what was sent once more, with their links resolved,
// and finds what the target gave for them.
func (c *checker) nextPairs(ctx context.Context, o model.Object, after int64) (out []pair, last int64, err error) {
	err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
		lines, err := tx.Sent(o, after, 400)
		if err != nil || len(lines) == 0 {
			return err
		}
		last = lines[len(lines)-1].Seq
		marks := make([]model.Mark, len(lines))
		for i, l := range lines {
			marks[i] = l.Mark
		}
		got, err := tx.ReadbackOf(marks)
		if err != nil {
			return err
		}
		drafts, extras, names, err := c.j.Expected(tx, o, lines)
		if err != nil {
			return err
		}
		var more []model.Mark
		for _, list := range extras {
			for _, x := range list {
				more = append(more, x.Mark)
			}
		}
		gotMore, err := tx.ReadbackOf(more)
		if err != nil {
			return err
		}
		seqs := make([]int64, len(lines))
		for i, l := range lines {
			seqs[i] = l.Seq
		}
		kept, err := tx.ConflictsAt(seqs)
		if err != nil {
			return err
		}
		for i, l := range lines {
			x := pair{line: l, name: names[i], draft: drafts[i], got: once(got[string(l.Mark)]), extras: extras[i], gotExtras: gotMore}
			if k, ok := kept[l.Seq]; ok {
				x.kept = &k
			}
			out = append(out, x)
		}
		return nil
	})
	return out, last, err
}

// conclude judges and keeps everything in one transaction.
func (c *checker) conclude(ctx context.Context, read int64, found map[model.Object]int64) (Result, error) {
	res := Result{Passed: true, Checks: []Item{}, Read: read}
	err := c.j.DB.Write(ctx, func(tx *store.Tx) error {
		strays, err := tx.Strays(load.MarkPrefix(c.j.Project), 1000)
		if err != nil {
			return err
		}
		for o, n := range found {
			c.look(Stray, o, n)
		}
		for _, s := range strays {
			o := model.Object(strings.SplitN(strings.TrimPrefix(s.Mark, load.MarkPrefix(c.j.Project)), ":", 2)[0])
			c.fail(Stray, o, store.Difference{Target: s.ID, Expected: "not there", Found: s.Mark}, fmt.Sprintf("%s %s in the target is not in the ledger", o.Word(), s.ID))
		}
		if err := tx.Set("target_counts", found); err != nil {
			return err
		}
		manifest, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range manifest {
			c.look(Complete, m.Object, m.Source)
			if !m.Balances() {
				it := c.item(Complete, m.Object)
				it.Failed = max(m.Held+m.Pending, abs(m.Target-m.Moved), 1)
				it.Examples = append(it.Examples, imbalance(m))
			}
		}
		for _, it := range c.items {
			it.Passed = it.Failed == 0
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
			return place[a.Object] < place[b.Object]
		})
		body, err := json.Marshal(res)
		if err != nil {
			return err
		}
		if _, err := tx.SaveChecking(store.Checking{By: c.j.By, Passed: res.Passed, Body: string(body)}, c.diffs); err != nil {
			return err
		}
		return tx.ForgetReadback()
	})
	return res, err
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
