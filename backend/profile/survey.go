package profile

import (
	"context"
	"sort"
	"sync"
	"time"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

const (
	// pageRows are read from the stage at once, and handed to the meters together.
	pageRows = 2000
	// pageBytes is how much a block takes in before it is measured: records with whole
	// threads in them must not fill the memory.
	pageBytes = 8 << 20
	// hands measure columns at once; reading the stage keeps another one busy.
	hands = 2
)

// survey is one pass over an object.
type survey struct {
	shape  model.ObjectSchema
	now    time.Time
	when   model.Field
	ages   map[string]int64
	meters map[string]*meter
	block  *block
	seen   int64
	// years holds the label of each year that was met, so that a record costs no text.
	years map[int]string
}

func newSurvey(shape model.ObjectSchema, now time.Time) *survey {
	s := &survey{shape: shape, now: now, when: AgeField(shape), ages: map[string]int64{}, meters: map[string]*meter{}, years: map[int]string{}}
	names := make([]string, len(shape.Fields))
	for i, f := range shape.Fields {
		names[i] = f.Name
	}
	s.block = newBlock(names)
	return s
}

// read measures every record. One goroutine reads the stage while the other measures.
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
	for rows := range pages {
		for _, row := range rows {
			if unread(row) {
				continue // a row that could not be read has no fields; it is counted as held
			}
			s.block.add(row.Raw)
			if len(s.block.arena) > pageBytes {
				s.measure()
			}
		}
		s.measure()
		p.Add(int64(len(rows)), 0)
	}
	return failed
}

// unread tells a row that was staged as plain text because it could not be read.
func unread(row store.Content) bool {
	return (row.Fate == model.Held || row.Fate == model.LeftOut) && len(row.Raw) > 0 && row.Raw[0] == '"'
}

// measure gives the block's columns to their meters, several at once, and empties it.
func (s *survey) measure() {
	b := s.block
	todo := make(chan int, len(b.cols))
	for i := range b.cols {
		name := b.cols[i].name
		if s.meters[name] == nil {
			f, ok := s.shape.Field(name)
			if !ok {
				f = model.Field{Name: name, Type: model.Text}
			}
			s.meters[name] = newMeter(s.shape.Object, f, s.now)
			s.meters[name].tests = name == s.shape.Name && s.shape.Object.Kind() == model.Ticket
		}
		todo <- i
	}
	close(todo)
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for i := range todo {
				s.meters[b.cols[i].name].feed(b, &b.cols[i], s.seen)
			}
		})
	}
	s.age(b)
	all.Wait()
	s.seen += int64(b.rows)
	b.clear()
}

// age counts the records of a block by year.
func (s *survey) age(b *block) {
	if s.when.Name == "" {
		return
	}
	cells := b.cols[b.column(s.when.Name)].cells
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
	s.measure() // meters of fields that no record has
	for _, c := range s.block.cols {
		out.Fields = append(out.Fields, s.meters[c.name].result(s.seen))
	}
	same(out.Fields, s.meters)
	for y, n := range s.ages {
		out.Ages = append(out.Ages, Age{Year: y, Count: n})
	}
	sort.Slice(out.Ages, func(i, j int) bool { return out.Ages[i].Year < out.Ages[j].Year })
	out.StateField = stateField(s.shape, out.Fields)
	return out
}
