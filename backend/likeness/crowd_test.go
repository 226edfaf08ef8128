package likeness_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/likeness"
)

// crowd makes people as a desk has them: common and rare names, half of the fields often
// missing, one in four entered twice, with slips. The same seed gives the same people.
type crowd struct {
	r            *rand.Rand
	first, last  []string
	company, zip []string
}

var crowdFields = []likeness.Field{
	{"name", likeness.Name}, {"email", likeness.Email}, {"phone", likeness.Phone}, {"company", likeness.Place}, {"zip", likeness.Place}, {"city", likeness.Place},
}

func newCrowd(n int) *crowd {
	c := &crowd{r: rand.New(rand.NewPCG(7, 7))} //nolint:gosec // the same people each time
	syllables := []string{"ka", "mi", "lo", "ren", "tas", "vor", "bel", "nu", "shi", "an", "dro", "ges", "wil", "hart", "son", "mann", "ez", "ski", "ov", "berg", "ton", "ley"}
	word := func(parts int) string {
		var s strings.Builder
		for range parts {
			s.WriteString(syllables[c.r.IntN(len(syllables))])
		}
		return s.String()
	}
	list := func(n, parts int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = word(parts)
		}
		return out
	}
	c.first, c.last, c.company = list(1500, 2), list(20_000, 3), list(n/20+10, 4)
	c.zip = make([]string, 4000)
	for i := range c.zip {
		c.zip[i] = fmt.Sprintf("%05d", c.r.IntN(100_000))
	}
	return c
}

// one of a list, the first ones far more often.
func (c *crowd) one(list []string) string {
	u := c.r.Float64()
	return list[int(u*u*u*float64(len(list)))]
}

func (c *crowd) person(i int) []string {
	first, last := c.one(c.first), c.one(c.last)
	zip := c.r.IntN(len(c.zip))
	p := []string{
		first + " " + last, fmt.Sprintf("%s.%s%d@%s.com", first, last, c.r.IntN(50), c.company[c.r.IntN(len(c.company))]), fmt.Sprintf("+1 555 %07d", i*13%10_000_000),
		c.one(c.company), c.zip[zip], "city" + c.first[zip%len(c.first)],
	}
	for k, often := range []float64{0, 0.3, 0.5, 0.5, 0.4, 0.4} {
		if c.r.Float64() < often {
			p[k] = ""
		}
	}
	return p
}

// again is the same person entered once more, by somebody else.
func (c *crowd) again(p []string) []string {
	out := append([]string{}, p...)
	for k, often := range []float64{0, 0.25, 0.25, 0.3, 0.2, 0.2} {
		if c.r.Float64() < often {
			out[k] = ""
		}
	}
	switch c.r.IntN(5) {
	case 0:
		out[0] = c.slip(out[0])
	case 1:
		if first, last, ok := strings.Cut(out[0], " "); ok {
			out[0] = strings.ToUpper(last) + ", " + first
		}
	case 2:
		out[1] = c.slip(out[1])
	}
	return out
}

// slip swaps, drops or doubles a letter.
func (c *crowd) slip(s string) string {
	if len(s) < 4 {
		return s
	}
	i := 1 + c.r.IntN(len(s)-2)
	switch c.r.IntN(3) {
	case 0:
		return s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]
	case 1:
		return s[:i] + s[i+1:]
	}
	return s[:i] + s[i:i+1] + s[i:]
}

// gather adds n records, and tells who each one is.
func gather(f *likeness.Finder, n int) []string {
	c := newCrowd(n)
	who := make([]string, 0, n)
	for i := 0; f.Len() < n; i++ {
		p := c.person(i)
		f.Add(p)
		who = append(who, fmt.Sprint(i))
		if f.Len() < n && c.r.IntN(4) == 0 {
			f.Add(c.again(p))
			who = append(who, fmt.Sprint(i))
		}
	}
	return who
}

// peak is the most memory that the program used while work ran, in MiB.
func peak(work func()) float64 {
	var most atomic.Uint64
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse+m.StackInuse))
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	work()
	close(stop)
	<-done
	return float64(most.Load()) / (1 << 20)
}

// What looks fine among a thousand falls apart among half a million, so quality and cost
// are measured at both ends.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{50_000, 500_000} {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			var most float64
			var q, s quality
			for b.Loop() {
				runtime.GC()
				most = peak(func() {
					f := likeness.New(crowdFields, likeness.Options{})
					who := gather(f, n)
					res, err := f.Find(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					sure, both := bands(res)
					s, q = judgeAll(who, sure), judgeAll(who, both)
				})
			}
			b.ReportMetric(most, "MiB")
			b.ReportMetric(s.precision, "sure-precision")
			b.ReportMetric(s.recall, "sure-recall")
			b.ReportMetric(q.precision, "ask-precision")
			b.ReportMetric(q.recall, "ask-recall")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/person")
		})
	}
}

// judgeAll is judge without a table of all pairs.
func judgeAll(who []string, found [][]int) quality {
	same := map[string]int{}
	all, right, got := 0, 0, 0
	for _, w := range who {
		all += same[w]
		same[w]++
	}
	for _, g := range found {
		for i, a := range g {
			for _, b := range g[:i] {
				got++
				if who[a] == who[b] {
					right++
				}
			}
		}
	}
	return quality{float64(right) / float64(max(got, 1)), float64(right) / float64(max(all, 1))}
}
