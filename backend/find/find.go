// Package find looks for words in everything that was read: an index of words beside the
// project's file, from which the records that have all words of a query are found at once,
// also by the words of their messages.
//
// The index is a cache in a folder of its own. It is made from the stage, brought up to date
// when the stage changed, thrown away when somebody is erased, and never the truth: where it
// is missing or old, records are read through instead.
//
// A segment is a file of the index; a print is what tells whether a record changed; a piece
// is the text of one field; a clause is what must be found; a spot is where a word stands.
package find

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

const (
	// version of how words are told apart and kept; another one makes the index anew.
	version = 1
	// mostSegments are read; then all are made one.
	mostSegments = 6
	// atOnce records are compared and read together.
	atOnce = 1000
	// keptAnswers are not asked again.
	keptAnswers = 4
)

// Finder is the index of one project. It is safe for use by several at once. In memory it keeps
// four bytes a record, one word of each sixty-four, and three bits a record for each answer;
// making the index takes about a hundred MiB for the words that are not written yet.
type Finder struct {
	dir string
	db  *store.DB
	// owners gives the roles of the links by which records of an object belong to others.
	owners func(context.Context) (map[model.Object][]string, error)

	mu      sync.Mutex
	closed  bool
	x       *index
	users   sync.WaitGroup // of x
	work    *work
	answers []*Answer
	// failed is why the index of a stage could not be made; it is tried again for another.
	failed struct {
		stamp string
		err   error
	}
}

// work is an index being made.
type work struct {
	cancel context.CancelFunc
	over   chan struct{}
	mu     sync.Mutex
	done   int64
	total  int64
	err    error
}

func (w *work) percent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.total <= 0 {
		return 0
	}
	return int(min(99, w.done*100/w.total))
}

// New makes the finder of a project; nothing is read before it is asked. Owners gives, by
// object, the roles of the links by which its records belong to others.
func New(dir string, db *store.DB, owners func(context.Context) (map[model.Object][]string, error)) *Finder {
	return &Finder{dir: dir, db: db, owners: owners}
}

// State says how far the index is.
type State struct {
	Ready bool
	// Percent that is read, while it is not ready.
	Percent int
	// Failed is why it cannot be made.
	Failed error
}

// content of the file that says which segments there are.
type contents struct {
	Version  int      `json:"version"`
	Stamp    string   `json:"stamp"`
	Segments []string `json:"segments"`
	Next     int      `json:"next"`
}

const contentsFile = "words.json"

// Prepare begins to bring the index up to date, if it is not, without waiting.
func (f *Finder) Prepare(ctx context.Context) (State, error) {
	stamp, rows, err := f.now(ctx)
	if err != nil {
		return State{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return State{}, nil
	}
	if f.work != nil {
		return State{Percent: f.work.percent()}, nil
	}
	if f.x != nil && f.x.stamp == stamp {
		return State{Ready: true}, nil
	}
	if f.failed.err != nil && f.failed.stamp == stamp {
		return State{Failed: f.failed.err}, nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &work{cancel: cancel, over: make(chan struct{}), total: rows}
	f.work = w
	go func() {
		defer close(w.over)
		defer cancel()
		err := f.refresh(ctx, w)
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
		f.mu.Lock()
		f.work = nil
		if err != nil && ctx.Err() == nil {
			f.failed.stamp, f.failed.err = stamp, err
		}
		f.mu.Unlock()
	}()
	return State{Percent: w.percent()}, nil
}

// Begin is Prepare where there is something to be searched; it tells nobody how far it is.
func (f *Finder) Begin(ctx context.Context) error {
	_, rows, err := f.now(ctx)
	if err != nil || rows == 0 {
		return err
	}
	_, err = f.Prepare(ctx)
	return err
}

func (f *Finder) now(ctx context.Context) (stamp string, rows int64, err error) {
	err = f.db.Read(ctx, func(tx *store.Tx) error {
		stamp, rows, err = tx.Stamps()
		return err
	})
	return fmt.Sprint(version, " ", stamp), rows, err
}

// Wait brings the index up to date.
func (f *Finder) Wait(ctx context.Context) error {
	for {
		s, err := f.Prepare(ctx)
		if err = errors.Join(err, s.Failed); err != nil || s.Ready {
			return err
		}
		f.mu.Lock()
		w, closed := f.work, f.closed
		f.mu.Unlock()
		if closed {
			return problem.New("find.closed", "The project was closed.", "", "Open it again.")
		}
		if w == nil {
			continue // it ended in between
		}
		select {
		case <-w.over:
		case <-ctx.Done():
			return ctx.Err()
		}
		w.mu.Lock()
		err = w.err
		w.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// Search answers a query from the index; nil when it is not up to date, or when there is no
// word to look for. The answer is good until the index changes.
func (f *Finder) Search(ctx context.Context, text string) (*Answer, State, error) {
	q := Parse(text)
	s, err := f.Prepare(ctx)
	if err != nil || !s.Ready || q.Empty() {
		return nil, s, err
	}
	f.mu.Lock()
	x := f.x
	if x == nil {
		f.mu.Unlock()
		return nil, State{}, nil
	}
	for _, a := range f.answers {
		if a.Query.text == text && a.x == x {
			f.mu.Unlock()
			return a, s, nil
		}
	}
	f.users.Add(1)
	f.mu.Unlock()
	defer f.users.Done()
	a, err := x.answer(q)
	if errors.Is(err, errDamaged) {
		// It is only a cache: the next one who asks has it made anew.
		return nil, State{}, f.forget(x)
	}
	if err != nil {
		return nil, s, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.answers) >= keptAnswers {
		f.answers = f.answers[1:]
	}
	f.answers = append(f.answers, a)
	return a, s, nil
}

// forget throws a damaged index away.
func (f *Finder) forget(x *index) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.x == x {
		f.x, f.answers = nil, nil
	}
	return f.remove()
}

// remove takes away all files of the index.
func (f *Finder) remove() error {
	if err := os.RemoveAll(f.dir); err != nil {
		return problem.Wrap(err, "find.folder", "The index of words could not be removed.", "Some of its files are in use, or may not be deleted.", "Close what uses them and try again.").At(problem.Place{File: f.dir})
	}
	return nil
}

// stop ends what is being made.
func (f *Finder) stop() {
	f.mu.Lock()
	w := f.work
	f.mu.Unlock()
	if w != nil {
		w.cancel()
		<-w.over
	}
}

// Drop throws the index away, with all words in it: somebody was erased.
func (f *Finder) Drop() error {
	f.stop()
	f.replace(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed.err = nil
	return f.remove()
}

// replace puts another index in the place of the one that is used.
func (f *Finder) replace(x *index) {
	f.mu.Lock()
	old := f.x
	f.x, f.answers = x, nil
	f.mu.Unlock()
	f.users.Wait()
	if old != nil {
		old.close()
	}
}

// Close ends all work.
func (f *Finder) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	f.replace(nil)
}

// refresh makes the index say what the stage says now.
func (f *Finder) refresh(ctx context.Context, w *work) error {
	stamp, rows, err := f.now(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.total = rows
	w.mu.Unlock()
	c, x := f.load()
	if x != nil && c.Stamp == stamp {
		x.stamp = stamp
		f.replace(x)
		return nil
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return noFolder(err, f.dir)
	}
	var known []uint64
	if x != nil {
		if len(c.Segments) < mostSegments {
			known, err = x.prints()
		}
		x.close()
		if err != nil {
			known = nil // it could not be read: all of it anew
		}
	}
	docs, seen, err := f.changes(ctx, known, w)
	if err != nil {
		return err
	}
	if known == nil || len(docs)*4 > seen { // much of it is new: one whole index is smaller and quicker
		if known != nil {
			if docs, _, err = f.changes(ctx, nil, w); err != nil {
				return err
			}
		}
		c.Segments = nil
	}
	c.Version, c.Stamp = version, stamp
	if len(docs) > 0 || len(c.Segments) == 0 {
		c.Next++
		name := fmt.Sprintf("words-%d.seg", c.Next)
		if err := f.write(ctx, filepath.Join(f.dir, name), docs, w); err != nil {
			return noFolder(err, f.dir)
		}
		c.Segments = append(c.Segments, name)
	}
	if err := f.keep(c); err != nil {
		return noFolder(err, f.dir)
	}
	if x, err = openIndex(f.paths(c)); err != nil {
		return noFolder(err, f.dir)
	}
	x.stamp = stamp
	f.replace(x)
	return f.sweep(c)
}

func noFolder(err error, dir string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var p *problem.Problem
	if errors.As(err, &p) {
		return err
	}
	return problem.Wrap(err, "find.folder", "The words could not be made ready for searching.", "Waybill may not write to the project's folder, or the disk is full. Searching reads all records through instead, which takes longer.",
		"Free some space, or ask for the right to write there.").At(problem.Place{File: dir})
}

func (f *Finder) paths(c contents) []string {
	out := make([]string, len(c.Segments))
	for i, s := range c.Segments {
		out[i] = filepath.Join(f.dir, s)
	}
	return out
}

// load opens the index that is there; nil when there is none that can be read.
func (f *Finder) load() (contents, *index) {
	var c contents
	b, err := os.ReadFile(filepath.Join(f.dir, contentsFile))
	if err != nil || json.Unmarshal(b, &c) != nil || c.Version != version || slices.ContainsFunc(c.Segments, func(s string) bool { return s != filepath.Base(s) }) {
		return contents{Next: c.Next}, nil
	}
	x, err := openIndex(f.paths(c))
	if err != nil {
		return contents{Next: c.Next}, nil
	}
	return c, x
}

func (f *Finder) keep(c contents) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, contentsFile)
	if err := os.WriteFile(path+partial, b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+partial, path)
}

// sweep removes what earlier indexes and crashes left.
func (f *Finder) sweep(c contents) error {
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Name() == contentsFile || slices.Contains(c.Segments, e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// changes lists the records that are not as they are known, in staging order, also those that
// are gone; seen is how many records there are.
func (f *Finder) changes(ctx context.Context, known []uint64, w *work) (out []doc, seen int, err error) {
	owners, err := f.owners(ctx)
	if err != nil {
		return nil, 0, err
	}
	next := 0 // of known
	gone := func(to int) {
		for ; next < min(to, len(known)); next++ {
			if known[next] != 0 {
				out = append(out, doc{seq: uint32(next)}) //nolint:gosec // a place that was known
			}
		}
	}
	for after := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		var page []store.Print
		parents := map[int64]int64{}
		err := f.db.Read(ctx, func(tx *store.Tx) error {
			if page, err = tx.Prints(after, atOnce); err != nil {
				return err
			}
			of := map[model.Object][]int64{}
			for _, p := range page {
				if len(owners[p.Object]) > 0 {
					of[p.Object] = append(of[p.Object], p.Seq)
				}
			}
			for o, seqs := range of {
				got, err := tx.Parents(seqs, owners[o])
				if err != nil {
					return err
				}
				for seq, parent := range got {
					parents[seq] = parent
				}
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Seq
		if after > math.MaxInt32 {
			return nil, 0, problem.New("find.too_many", "There are too many records to be searched by words.", "", "Use the conditions of the list instead.")
		}
		for _, p := range page {
			seen++
			at := int(p.Seq)
			gone(at)
			next = max(next, at+1)
			d := doc{seq: uint32(at), parent: uint32(parents[p.Seq]), print: printOf(p.Hash, parents[p.Seq])} //nolint:gosec // below MaxInt32, as was looked
			if at >= len(known) || known[at] != d.print {
				out = append(out, d)
			}
		}
	}
	gone(len(known))
	w.mu.Lock()
	w.total = int64(len(out))
	w.done = 0
	w.mu.Unlock()
	return out, seen, nil
}

func printOf(hash []byte, parent int64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(hash) // a hash takes everything
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(parent)))
	return h.Sum64() | 1
}

// write makes a segment of some records.
func (f *Finder) write(ctx context.Context, path string, docs []doc, w *work) error {
	v := newInverter(f.dir)
	for list := range slices.Chunk(docs, atOnce) {
		if err := ctx.Err(); err != nil {
			return err
		}
		seqs := make([]int64, 0, len(list))
		for _, d := range list {
			if d.print != 0 {
				seqs = append(seqs, int64(d.seq))
			}
		}
		var page []store.Text
		err := f.db.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.Texts(seqs)
			return err
		})
		if err != nil {
			return err
		}
		for _, t := range page {
			place := uint32(0)
			eachPiece(t, func(_, text string) {
				place++ // words of two fields are not one behind another
				eachWord(text, func(key []byte, _, _ int) {
					place++
					v.add(key, uint32(t.Seq), place) //nolint:gosec // below MaxInt32
				})
			})
			if v.full() {
				if err := v.spill(); err != nil {
					return err
				}
			}
		}
		w.mu.Lock()
		w.done += int64(len(list))
		w.mu.Unlock()
	}
	return writeSegment(path, v, docs)
}

// Size of the index on the disk, in bytes.
func (f *Finder) Size() (n int64) {
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return 0 // there is none
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil && !strings.HasSuffix(e.Name(), partial) {
			n += info.Size()
		}
	}
	return n
}
