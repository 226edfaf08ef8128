package check

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// numbersLooked is how many old numbers are looked up of each object.
const numbersLooked = 50

// oldNumbers looks records up as people will: by their old number, through the target's own search.
func (c *checker) oldNumbers(ctx context.Context) error {
	finder, ok := c.j.Target.Conn.(connector.Finder)
	for _, o := range c.objects {
		if o.Kind() != model.Ticket && o.Kind() != model.Contact && o.Kind() != model.Organization || c.sent[o] == 0 {
			continue
		}
		caps := c.j.Target.Kind.Caps
		findable := map[model.Object]bool{}
		for _, g := range c.goals[o] {
			findable[g.target] = ok && caps.Marked(g.target) && !caps.Matched(g.target)
			if what := load.Words(o); !findable[g.target] && (g.sent > 0 || len(c.goals[o]) == 1) {
				if g.target != c.goals[o][0].target {
					what += " that became " + load.Words(g.target)
				}
				c.cannot(Numbers, o, c.j.Target.Kind.Title+" cannot be searched by the old number of "+what+"; the table of old numbers leads on")
			}
		}
		lines, err := c.chance(ctx, o)
		if err != nil {
			return err
		}
		for _, part := range load.ByTarget(lines) {
			if !findable[part[0].Target] {
				continue
			}
			if err := c.lookUp(ctx, finder, o, part[0].Target, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// chance takes the records of an object whose old numbers are looked up.
func (c *checker) chance(ctx context.Context, o model.Object) ([]store.LedgerLine, error) {
	how := c.How
	c.How.Sample, c.How.Percent = numbersLooked, 0
	lines, err := c.choose(ctx, o)
	c.How = how
	return slices.DeleteFunc(lines, func(l store.LedgerLine) bool { return l.Before }), err
}

func (c *checker) lookUp(ctx context.Context, finder connector.Finder, o, target model.Object, lines []store.LedgerLine) (err error) {
	var found map[model.Mark]connector.Found
	missing := func() (marks []model.Mark) {
		for _, l := range lines {
			if _, ok := found[l.Mark]; !ok {
				marks = append(marks, l.Mark)
			}
		}
		return marks
	}
	if found, err = finder.Find(ctx, target, missing()); err != nil {
		return err
	}
	if lag := c.j.Target.Kind.Caps.FindLag; lag > 0 && len(missing()) > 0 {
		// A search that lags behind does not know the newest yet.
		wait := time.NewTimer(lag)
		defer wait.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait.C:
		}
		more, err := finder.Find(ctx, target, missing())
		if err != nil {
			return err
		}
		for m, f := range more {
			found[m] = f
		}
	}
	c.look(Numbers, o, int64(len(lines)))
	it := c.item(Numbers, o)
	it.Scope = fmt.Sprintf("%s of %s, by chance", count(it.LookedAt), count(c.sent[o]))
	for _, l := range lines {
		f, ok := found[l.Mark]
		switch {
		case !ok:
			c.fail(Numbers, o, store.Difference{Seq: l.Seq, Target: l.ID, Field: "old number", Expected: l.ID, Found: "nothing"},
				fmt.Sprintf("%s %s is not found by its old number", o.Word(), l.Source))
		case f.Key.ID != l.ID && f.Copies < 2:
			c.fail(Numbers, o, store.Difference{Seq: l.Seq, Target: f.Key.ID, Field: "old number", Expected: l.ID, Found: f.Key.ID},
				fmt.Sprintf("%s %s: its old number leads to %s instead of %s", o.Word(), l.Source, f.Key.ID, l.ID))
		}
	}
	return nil
}

var sources = regexp.MustCompile(`(?i)\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))`)

// pictures looks whether a text shows pictures that lie in the old desk (P-40).
func (c *checker) pictures(o model.Object, x pair, f model.Field, text string) {
	if c.j.From == nil || !strings.Contains(text, "src") {
		return
	}
	host := c.oldHost()
	if host == "" {
		return
	}
	for _, m := range sources.FindAllStringSubmatch(text, -1) {
		c.look(Pictures, o, 1)
		src := html.UnescapeString(m[1] + m[2] + m[3])
		u, err := url.Parse(src)
		if err != nil || !strings.EqualFold(u.Hostname(), host) {
			continue // broken addresses show nothing in either desk (P-41)
		}
		c.fail(Pictures, o, store.Difference{Seq: x.line.Seq, Target: x.line.ID, Field: f.Name, Expected: "a picture of the new desk", Found: clip(src)},
			fmt.Sprintf("%s: %s shows a picture from %s", label(o, x), f.Name, host))
	}
}

// oldHost is the name of the old desk in web addresses; empty: it has none.
func (c *checker) oldHost() string {
	for _, o := range []model.Object{model.Ticket, model.Contact, model.Article} {
		if u, err := url.Parse(c.j.From.AddressOf(model.Key{Object: o, ID: "1"})); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return ""
}

// Speed is how quickly the target answers.
type Speed struct {
	// What was asked for: "a list", "one record", "a search".
	What string `json:"what"`
	// Now and Before are medians in milliseconds; Before is that of the first measurement.
	Now    float64 `json:"now_ms"`
	Before float64 `json:"before_ms,omitempty"`
}

// baseline is the setting that keeps the first measurement.
const baseline = "check_speed"

// slower is by how much an answer may take longer: 20 %, and what a person notices.
const (
	slower  = 1.2
	notable = 30.0 // milliseconds
)

// measure asks a few questions and compares how long the answers take with the first time.
func (c *checker) measure(ctx context.Context) ([]Speed, error) {
	if !c.How.Speed {
		c.cannot(Swiftness, "", "it was not ordered; it takes some further questions to the target")
		return nil, nil
	}
	if c.j.Target.Kind.Caps.Pretend {
		c.cannot(Swiftness, "", "the practice desk runs on this computer, so its answers say nothing of a vendor's")
		return nil, nil
	}
	return c.swift(ctx)
}

func (c *checker) swift(ctx context.Context) ([]Speed, error) {
	var out []Speed
	ask := func(what string, question func() error) error {
		var took []time.Duration
		for range 5 {
			began := time.Now()
			if err := question(); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		out = append(out, Speed{What: what, Now: float64(took[2].Microseconds()) / 1000})
		return nil
	}
	for _, o := range c.objects {
		if o.Kind() != model.Ticket || c.sent[o] == 0 {
			continue
		}
		var line store.LedgerLine
		err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
			lines, err := tx.Sent(o, 0, 1)
			if err == nil && len(lines) > 0 {
				line = lines[0]
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		target := line.Target
		if err := ask("a list of tickets", func() error {
			err := c.j.Target.Conn.Pages(ctx, target, "", func(connector.Page) error { return errEnough })
			if err == errEnough { //nolint:errorlint // Pages gives it back unchanged
				return nil
			}
			return err
		}); err != nil {
			return nil, err
		}
		if reader, ok := c.j.Target.Conn.(connector.Reader); ok {
			if err := ask("one ticket", func() error { _, err := reader.Read(ctx, target, []string{line.ID}); return err }); err != nil {
				return nil, err
			}
		}
		if finder, ok := c.j.Target.Conn.(connector.Finder); ok && c.j.Target.Kind.Caps.Marked(target) {
			if err := ask("a search", func() error { _, err := finder.Find(ctx, target, []model.Mark{line.Mark}); return err }); err != nil {
				return nil, err
			}
		}
		break
	}
	return out, c.compareSpeeds(ctx, out)
}

// compareSpeeds compares with the first measurement, or keeps this one as the first.
func (c *checker) compareSpeeds(ctx context.Context, now []Speed) error {
	var first []Speed
	err := c.j.DB.Write(ctx, func(tx *store.Tx) error {
		ok, err := tx.Setting(baseline, &first)
		if err == nil && !ok {
			err = tx.Set(baseline, now)
		}
		return err
	})
	if err != nil {
		return err
	}
	if first == nil {
		c.cannot(Swiftness, "", "this was the first measurement; later ones are compared with it")
		return nil
	}
	it := c.item(Swiftness, model.Ticket)
	it.Scope = "five questions of each kind"
	for i := range now {
		for _, f := range first {
			if f.What != now[i].What {
				continue
			}
			now[i].Before = f.Now
			it.LookedAt++
			same := !tooSlow(f.Now, now[i].Now)
			it.Parts = append(it.Parts, Part{By: "answer", Of: f.What, Expected: fmt.Sprintf("%.0f ms", f.Now), Found: fmt.Sprintf("%.0f ms", now[i].Now), Same: same})
			if !same {
				it.Failed++
				it.Examples = append(it.Examples, fmt.Sprintf("%s takes %.0f ms, before it took %.0f ms", f.What, now[i].Now, f.Now))
			}
		}
	}
	return nil
}

func tooSlow(before, now float64) bool { return now > before*slower && now-before > notable }

type enough struct{}

func (enough) Error() string { return "enough was read" }

var errEnough = enough{}

// drift names what differs now and did not at the last check, although nothing was moved since.
func (c *checker) drift(tx *store.Tx, res *Result) error {
	if c.previous == nil {
		c.cannot(Drift, "", "this is the first check; later ones are compared with it")
		return nil
	}
	var before Result
	if err := json.Unmarshal([]byte(c.previous.Body), &before); err != nil {
		return err
	}
	runs, err := tx.Runs()
	if err != nil {
		return err
	}
	if len(runs) > 0 && runs[0].Finished > c.previous.At {
		c.cannot(Drift, "", "something was moved since the last check, so it must differ")
		return nil
	}
	type spot struct {
		o   model.Object
		seq int64
	}
	known := map[spot]bool{}
	for _, it := range before.Checks {
		for after := int64(0); it.Failed > 0; {
			page, err := tx.Differences(c.previous.ID, it.Code, it.Object, after, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, d := range page {
				known[spot{d.Object, d.Seq}] = true
			}
			after = page[len(page)-1].N
		}
	}
	fresh := map[spot]store.Difference{}
	for _, d := range c.Diffs {
		s := spot{d.Object, d.Seq}
		if _, twice := fresh[s]; !twice && !known[s] && d.Seq != 0 && !Totals(d.Code) {
			fresh[s] = d
		}
	}
	for _, o := range c.objects {
		if t := c.Totals[o]; t != nil && t.N > 0 {
			c.look(Drift, o, t.N)
			c.item(Drift, o).Scope = "all " + count(t.N) + ", against the check of " + c.previous.At[:10]
		}
	}
	for _, d := range c.Diffs {
		s := spot{d.Object, d.Seq}
		if f, ok := fresh[s]; ok && f == d {
			delete(fresh, s)
			row, err := tx.RecordAt(d.Seq)
			if err != nil {
				return err
			}
			c.fail(Drift, d.Object, d, fmt.Sprintf("%s %s was as it was meant to be at the last check, and is not any more", d.Object.Word(), row.Record.Key.ID))
		}
	}
	return nil
}

// notPossible notes what this target or source cannot show, so that nobody takes it for passed.
func (c *checker) notPossible() {
	has := func(code string) bool {
		return slices.ContainsFunc(c.NotPossible, func(m Missing) bool { return m.Code == code })
	}
	looked := func(code string) bool {
		for _, it := range c.Items {
			if it.Code == code && it.LookedAt > 0 {
				return true
			}
		}
		return false
	}
	desk := c.j.Target.Kind.Title
	say := func(code, why string) {
		if !looked(code) && !has(code) {
			c.cannot(code, "", why)
		}
	}
	say(Copies, desk+" has no field for people in copy or followers, or none is mapped")
	say(Due, desk+" has no field for due dates, or none is mapped")
	say(Roles, desk+" shows no rights of the staff, or none are mapped")
	if c.j.From == nil {
		say(Pictures, "the web address of the old desk is not known, so its pictures cannot be told from others")
		say(OldLinks, "the web addresses of the old desk are not known")
	} else {
		say(Pictures, "no text that was moved shows a picture")
	}
	say(Tags, "no tags were moved")
	say(Numbers, desk+" cannot be searched by old numbers")
	say(Content, "no attachments were moved")
	say(Order, "no conversations were moved")
	say(Privacy, "no messages were moved")
}
