package check

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// ParseSample reads "1200" as a number of records and "5%" as a share.
func ParseSample(s string) (n int64, percent float64, err error) {
	text := strings.TrimSpace(s)
	if p, ok := strings.CutSuffix(text, "%"); ok {
		percent, err = strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err == nil && percent > 0 && percent <= 100 {
			return 0, percent, nil
		}
	} else if n, err = strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		return n, 0, nil
	}
	return 0, 0, problem.New("check.sample", fmt.Sprintf("%q says neither how many records nor what share of them.", s),
		"A sample is a number of records of each kind, or a share.", "Write a number such as 1200, or a share such as 5%.").At(problem.Place{Value: s})
}

// sample looks at some records of each object, chosen by chance, field by field.
func (c *checker) sample(ctx context.Context, marker connector.Marker) (int64, error) {
	reader, ok := c.j.Target.Conn.(connector.Reader)
	if !ok {
		return 0, problem.New("check.no_sample", c.j.Target.Kind.Title+" does not give single records.",
			"A sample would have to read everything all the same.", "Check everything.")
	}
	read := int64(0)
	for _, o := range c.objects {
		c.Totals[o] = newTotals()
		c.p.Stage("choose "+string(o), c.sent[o])
		lines, err := c.choose(ctx, o)
		if err != nil {
			return 0, err
		}
		c.p.Stage("compare "+string(o), int64(len(lines)))
		if err := c.closely(ctx, reader, marker, o, lines); err != nil {
			return 0, fmt.Errorf("compare %s: %w", o, err)
		}
		read += int64(len(lines))
	}
	c.cannot(Order, "", "a sample shows single messages; a full check reads whole conversations")
	return read, nil
}

// choose takes records by chance: those whose number, mixed with that of this check, is
// smallest. Each is as likely as any other, and only the chosen ones are held.
func (c *checker) choose(ctx context.Context, o model.Object) ([]store.LedgerLine, error) {
	size := c.How.Sample
	if c.How.Percent > 0 {
		size = max(1, int64(math.Ceil(float64(c.sent[o])*c.How.Percent/100)))
	}
	seed := c.stamp
	type lot struct {
		by   uint64
		line store.LedgerLine
	}
	var lots []lot
	shrink := func() {
		slices.SortFunc(lots, func(a, b lot) int { return cmp.Compare(a.by, b.by) })
		lots = lots[:min(int64(len(lots)), size)]
	}
	for after := int64(0); ; {
		var lines []store.LedgerLine
		err := c.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
			lines, err = tx.Sent(o, after, 5000)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(lines) == 0 {
			break
		}
		after = lines[len(lines)-1].Seq
		for _, l := range lines {
			lots = append(lots, lot{xxhash.Sum64String(seed + strconv.FormatInt(l.Seq, 10)), l})
		}
		if int64(len(lots)) > 2*size+5000 {
			shrink()
		}
	}
	shrink()
	out := make([]store.LedgerLine, len(lots))
	for i, l := range lots {
		out[i] = l.line
	}
	slices.SortFunc(out, func(a, b store.LedgerLine) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

// AtMost is the share of wrong records, in percent, that a sample of n with k wrong ones
// leaves possible with 95 % confidence: the exact binomial bound (Clopper and Pearson). With
// none wrong it is about 3/n, the rule of three.
func AtMost(n, k int64) float64 {
	if n <= 0 || k >= n {
		return 100
	}
	low, high := 0.0, 1.0
	for range 60 {
		p := (low + high) / 2
		if cumulative(n, k, p) > 0.05 {
			low = p
		} else {
			high = p
		}
	}
	return 100 * high
}

// cumulative is how likely it is to find at most k wrong ones among n, when a share p is wrong.
func cumulative(n, k int64, p float64) float64 {
	if p <= 0 {
		return 1
	}
	sum := 0.0
	lg := func(x int64) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	for i := int64(0); i <= k; i++ {
		sum += math.Exp(lg(n) - lg(i) - lg(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

// scopeOf says in words how much a check looked at.
func scopeOf(it *Item, sent int64, mode string) string {
	if mode != ModeSample || it.Code == Complete || it.Code == Counted || sent == 0 {
		return "all " + count(it.LookedAt)
	}
	if it.LookedAt >= sent {
		return "all " + count(it.LookedAt)
	}
	return fmt.Sprintf("%s of %s: with 95 %% confidence at most %s %% wrong", count(it.LookedAt), count(sent), share(AtMost(it.LookedAt, it.Failed)))
}

// share writes a percentage with two digits that count.
func share(p float64) string {
	switch {
	case p >= 10:
		return strconv.FormatFloat(p, 'f', 0, 64)
	case p >= 1:
		return strconv.FormatFloat(p, 'f', 1, 64)
	case p >= 0.01:
		return strconv.FormatFloat(p, 'f', 2, 64)
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

// Cost is what a check would ask of the target, before it begins.
type Cost struct {
	Mode string `json:"mode"`
	// Requests, and how long they take at the vendor's limit, in seconds.
	Requests int64 `json:"requests"`
	LowS     int64 `json:"low_s"`
	HighS    int64 `json:"high_s"`
	// Records that are read of the target; Going: the check goes on with one that was interrupted.
	Records int64      `json:"records"`
	Objects []CostLine `json:"objects"`
}

// CostLine is the part of one object.
type CostLine struct {
	Object   model.Object `json:"object"`
	Records  int64        `json:"records"`
	Requests int64        `json:"requests"`
}

// pageSize is how many records most desks give at once.
const pageSize = 100

// Forecast says what a check would cost. It asks no desk.
func Forecast(tx *store.Tx, j *load.Job, how How) (Cost, error) {
	out := Cost{Mode: how.Mode(), Objects: []CostLine{}}
	objects, err := tx.Objects()
	if err != nil {
		return out, err
	}
	caps := j.Target.Kind.Caps
	c := &checker{j: j, How: how, shapes: map[model.Object]*fieldsOf{}, goals: map[model.Object][]goal{}}
	for _, o := range objects {
		if _, ok := j.Program.Target(o); !ok {
			continue
		}
		sent, err := tx.Count(store.Filter{Object: o, Fates: []model.Fate{model.Moved}})
		if err != nil {
			return out, err
		}
		if sent == 0 {
			continue
		}
		if c.goals[o], err = goalsOf(tx, j, o, sent); err != nil {
			return out, err
		}
		all := 0.0 // requests for all records
		for _, g := range c.goals[o] {
			cost, named := caps.ReadCost[g.target]
			if !named {
				cost = 1.0 / pageSize
			}
			all += float64(g.sent) * cost
		}
		line := CostLine{Object: o, Records: sent}
		switch {
		case c.onlyQuickly(o):
			line.Records, line.Requests = 0, 1
		case how.Mode() == ModeSample:
			line.Records = min(sent, how.Sample)
			if how.Percent > 0 {
				line.Records = int64(math.Ceil(float64(sent) * how.Percent / 100))
			}
			line.Requests = 1 + int64(math.Ceil(float64(line.Records)*max(all/float64(sent), 1.0/pageSize)))
		default:
			line.Requests = int64(len(c.goals[o])) + int64(math.Ceil(all))
		}
		if !how.Quick && caps.Files && c.any(o, func(f *fieldsOf) bool { return f.file }) {
			line.Requests += line.Records // each is downloaded
		}
		out.Records, out.Requests = out.Records+line.Records, out.Requests+line.Requests
		out.Objects = append(out.Objects, line)
	}
	perMinute := float64(caps.PerMinute)
	if j.PerMinute > 0 {
		perMinute = j.PerMinute
	}
	// Without a limit the answer time decides: 20 to 300 ms a request, by experience. Comparing
	// itself takes 20 to 100 microseconds a record.
	parallel := 1.0
	low, high := float64(out.Requests)*0.02/parallel, float64(out.Requests)*0.3/parallel
	if perMinute > 0 {
		limited := float64(out.Requests) * 60 / perMinute
		low, high = math.Max(low, limited), math.Max(high, limited*1.25)
	}
	low, high = low+float64(out.Records)*20e-6, high+float64(out.Records)*100e-6
	out.LowS, out.HighS = int64(math.Ceil(low)), int64(math.Ceil(high))
	return out, nil
}
