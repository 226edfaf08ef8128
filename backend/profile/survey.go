package profile

import (
	"context"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

const (
	// pageRows are read from the stage at once.
	pageRows = 2000
	// blockRows are handed to the meters together: few enough to stay in the processor's cache.
	blockRows = 500
	// blocks are filled and measured in turn.
	blocks = 3
	// pageBytes is how much a block takes in before it is measured: records with whole
	// threads in them must not fill the memory.
	pageBytes = 8 << 20
)

// hands measure columns at once. Each column is measured by one of them, in the order of its
// records, so that the figures are the same however many there are.
var hands = runtime.GOMAXPROCS(0)

// survey is one pass over an object.
type survey struct {
	shape model.ObjectSchema
	now   time.Time
	// when is the field by which ages are counted, whenAt its column or -1.
	when   model.Field
	whenAt int
	ages   map[string]int64
	// meters of the columns, in the order in which these came up, and by name.
	columns []*meter
	meters  map[string]*meter
	taker   *taker
	seen    int64
	// years holds the label of each year that was met, so that a record costs no text.
	years map[int]string
}

func newSurvey(shape model.ObjectSchema, now time.Time) *survey {
	s := &survey{shape: shape, now: now, when: AgeField(shape), ages: map[string]int64{}, meters: map[string]*meter{}, years: map[int]string{}}
	names := make([]string, len(shape.Fields))
	for i, f := range shape.Fields {
		names[i] = f.Name
	}
	s.taker = newTaker(names)
	s.whenAt = -1
	if s.when.Name != "" {
		s.whenAt = s.taker.column(s.when.Name)
	}
	s.name(s.taker.block) // meters of fields that no record has
	return s
}

// read measures every record of the stage, which is read meanwhile.
func (s *survey) read(ctx context.Context, db *store.DB, p *job.Progress) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pages := make(chan []store.Content, 1)
	var failed error // written before pages is closed, read after
	go func() {
		defer close(pages)
		after := int64(0)
		for {
			if failed = p.Checkpoint(ctx); failed != nil {
				return
			}
			var rows []store.Content
			failed = db.Read(ctx, func(tx *store.Tx) (err error) {
				rows, err = tx.Contents(s.shape.Object, after, pageRows)
				return err
			})
			if failed != nil || len(rows) == 0 {
				return
			}
			after = rows[len(rows)-1].Seq
			select {
			case pages <- rows:
			case <-ctx.Done():
				failed = ctx.Err()
				return
			}
		}
	}()
	s.run(func(t *taker, hand func(n int)) {
		n := 0
		for page := range pages {
			for _, row := range page {
				if !unread(row) { // a row that could not be read has no fields; it is counted as held
					t.add(row.Raw)
				}
				if n++; t.full(n) {
					hand(n)
					n = 0
				}
			}
		}
		hand(n)
	}, func(n int) { p.Add(int64(n), 0) })
	return failed
}

// unread tells a row that was staged as plain text because it could not be read.
func unread(row store.Content) bool {
	return (row.Fate == model.Held || row.Fate == model.LeftOut) && len(row.Raw) > 0 && row.Raw[0] == '"'
}

// run measures blocks: while one is measured the next is filled. fill takes records apart and
// hands each block over with how many they were; they are told to done when they have been
// measured.
func (s *survey) run(fill func(t *taker, hand func(n int)), done func(n int)) {
	type load struct {
		*block
		n int
	}
	empty, full := make(chan *block, blocks), make(chan load, blocks)
	for range blocks - 1 {
		empty <- &block{}
	}
	go func() {
		defer close(full)
		fill(s.taker, func(n int) {
			full <- load{s.taker.block, n}
			s.taker.into(<-empty)
		})
	}()
	for x := range full {
		s.measure(x.block)
		done(x.n)
		x.clear()
		empty <- x.block
	}
}

// name gives each column of a block its meter.
func (s *survey) name(b *block) {
	for _, c := range b.cols[len(s.columns):] {
		f, ok := s.shape.Field(c.name)
		if !ok {
			f = model.Field{Name: c.name, Type: model.Text}
		}
		m := newMeter(s.shape.Object, f, s.now)
		m.tests = c.name == s.shape.Name && s.shape.Object.Kind() == model.Ticket
		s.meters[c.name] = m
		s.columns = append(s.columns, m)
	}
}

// measure gives the block's columns to their meters, several at once.
func (s *survey) measure(b *block) {
	s.name(b)
	var next atomic.Int32
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(b.cols); i = int(next.Add(1)) - 1 {
				if i == s.whenAt {
					s.age(b, b.cols[i].cells)
				}
				s.columns[i].feed(b, &b.cols[i], s.seen)
			}
		})
	}
	all.Wait()
	s.seen += int64(b.rows)
}

// age counts the records of a block by year.
func (s *survey) age(b *block, cells []cell) {
	if missing := int64(b.rows - len(cells)); missing > 0 {
		s.ages[noDate] += missing
	}
	for _, x := range cells {
		v := b.arena[x.start:x.end]
		// The quick way where it surely says the same as Year: 2024-03-01, 2024-03-01T10:00:00Z.
		if s.when.Format == "" && (len(v) == 10 || len(v) >= 19 && v[10] == 'T') && v[4] == '-' && v[0] >= '0' && v[0] <= '9' {
			if d, ok := readDate(v); ok && d.order == orderYear && d.seconds >= 0 && d.seconds < 86400 && (d.zoned || !d.clock || s.when.Zone == "") && d.year > 0 {
				label, ok := s.years[d.year]
				if !ok {
					label = Year(string(v), s.when)
					s.years[d.year] = label
				}
				s.ages[label]++
				continue
			}
		}
		s.ages[Year(string(v), s.when)]++
	}
}

// result closes all meters.
func (s *survey) result() Object {
	out := Object{Object: s.shape.Object, Orphans: []Orphan{}, Fields: []Field{}, Ages: []Age{}, Findings: []Finding{}, Owners: []Owner{}, Cycles: []Cycle{}, At: model.Stamp(s.now)}
	for _, m := range s.columns {
		out.Fields = append(out.Fields, m.result(s.seen))
	}
	same(out.Fields, s.meters)
	for y, n := range s.ages {
		out.Ages = append(out.Ages, Age{Year: y, Count: n})
	}
	sort.Slice(out.Ages, func(i, j int) bool { return out.Ages[i].Year < out.Ages[j].Year })
	out.StateField = stateField(s.shape, out.Fields)
	return out
}
