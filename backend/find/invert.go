package find

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostHeld bounds, about, what is kept in memory while words are collected; beyond it they
// are written to a run, and all runs are made one in the end.
var mostHeld = 96 << 20

// inverter collects for each word in which records, in ascending order, and where in them it
// stands.
type inverter struct {
	dir   string
	lists map[string]*list
	held  int
	runs  []string
}

// list is where a word stands: docs are the distances of the records; pos for each record
// the distances of the places, ended by 0.
type list struct {
	first, last uint32 // records
	n           uint32 // how many
	place       uint32 // the last in the last record
	docs, pos   []byte
}

func newInverter(dir string) *inverter { return &inverter{dir: dir, lists: map[string]*list{}} }

// add notes a word of a record; places begin at 1 and ascend.
func (v *inverter) add(key []byte, doc, place uint32) {
	l := v.lists[string(key)]
	if l == nil {
		l = &list{}
		v.lists[string(key)] = l
		v.held += len(key) + 160
	}
	before := cap(l.docs) + cap(l.pos)
	if l.n == 0 || l.last != doc {
		if l.n > 0 {
			l.pos = append(l.pos, 0)
		} else {
			l.first = doc
		}
		l.docs = binary.AppendUvarint(l.docs, uint64(doc-l.last))
		l.last, l.place = doc, 0
		l.n++
	}
	l.pos = binary.AppendUvarint(l.pos, uint64(place-l.place))
	l.place = place
	v.held += cap(l.docs) + cap(l.pos) - before
}

// full says that it is time to write a run.
func (v *inverter) full() bool { return v.held > mostHeld }

func (v *inverter) sorted() []string {
	keys := make([]string, 0, len(v.lists))
	for k := range v.lists {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// spill writes what is held to a run.
func (v *inverter) spill() (err error) {
	if len(v.lists) == 0 {
		return nil
	}
	path := filepath.Join(v.dir, fmt.Sprintf("run-%d%s", len(v.runs), partial))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	v.runs = append(v.runs, path)
	w := bufio.NewWriterSize(f, 1<<18)
	var head []byte
	for _, k := range v.sorted() {
		l := v.lists[k]
		head = binary.AppendUvarint(head[:0], uint64(len(k)))
		head = append(head, k...)
		for _, n := range []uint64{uint64(l.first), uint64(l.last), uint64(l.n), uint64(len(l.docs)), uint64(len(l.pos)) + 1} {
			head = binary.AppendUvarint(head, n)
		}
		// bufio keeps the first error for Flush.
		_, _ = w.Write(head)
		_, _ = w.Write(l.docs)
		_, _ = w.Write(l.pos)
		_ = w.WriteByte(0)
	}
	v.lists, v.held = map[string]*list{}, 0
	return errors.Join(w.Flush(), f.Close())
}

// run is read word by word.
type run struct {
	f   *os.File
	r   *bufio.Reader
	key string
	list
	docsLen, posLen int
}

func openRun(path string) (*run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &run{f: f, r: bufio.NewReaderSize(f, 1<<18)}, nil
}

// next reads the next word's head; io.EOF at the end.
func (r *run) next() error {
	n, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	key := make([]byte, n)
	if _, err := io.ReadFull(r.r, key); err != nil {
		return err
	}
	r.key = string(key)
	var of [5]uint64
	for i := range of {
		if of[i], err = binary.ReadUvarint(r.r); err != nil {
			return err
		}
	}
	r.first, r.last, r.n, r.docsLen, r.posLen = uint32(of[0]), uint32(of[1]), uint32(of[2]), int(of[3]), int(of[4]) //nolint:gosec // as spill wrote them
	r.docs, r.pos = slices.Grow(r.docs[:0], r.docsLen)[:r.docsLen], slices.Grow(r.pos[:0], r.posLen)[:r.posLen]
	if _, err := io.ReadFull(r.r, r.docs); err != nil {
		return err
	}
	_, err = io.ReadFull(r.r, r.pos)
	return err
}

// each gives every word with its list, in order; what it gives is only good during the call.
// It ends the inverter.
func (v *inverter) each(give func(key string, l *list) error) (err error) {
	if len(v.runs) == 0 {
		for _, k := range v.sorted() {
			l := v.lists[k]
			l.pos = append(l.pos, 0)
			if err := give(k, l); err != nil {
				return err
			}
		}
		return nil
	}
	if err := v.spill(); err != nil {
		return err
	}
	open := []*run{}
	defer func() {
		for _, r := range open {
			err = errors.Join(err, r.f.Close())
		}
		for _, p := range v.runs {
			err = errors.Join(err, os.Remove(p))
		}
	}()
	for _, p := range v.runs {
		r, err := openRun(p)
		if err != nil {
			return err
		}
		open = append(open, r)
	}
	alive := []*run{}
	for _, r := range open {
		switch err := r.next(); {
		case err == nil:
			alive = append(alive, r)
		case !errors.Is(err, io.EOF):
			return err
		}
	}
	var whole list
	for len(alive) > 0 {
		key := alive[0].key
		for _, r := range alive[1:] {
			if strings.Compare(r.key, key) < 0 {
				key = r.key
			}
		}
		whole.docs, whole.pos, whole.n, whole.last = whole.docs[:0], whole.pos[:0], 0, 0
		rest := alive[:0]
		for _, r := range alive { // in the order of their records
			if r.key != key {
				rest = append(rest, r)
				continue
			}
			_, k := binary.Uvarint(r.docs)
			if k <= 0 {
				return errDamaged
			}
			whole.docs = binary.AppendUvarint(whole.docs, uint64(r.first-whole.last))
			whole.docs = append(whole.docs, r.docs[k:]...)
			whole.pos = append(whole.pos, r.pos...)
			whole.n, whole.last = whole.n+r.n, r.last
			switch err := r.next(); {
			case err == nil:
				rest = append(rest, r)
			case !errors.Is(err, io.EOF):
				return err
			}
		}
		alive = rest
		if err := give(key, &whole); err != nil {
			return err
		}
	}
	return nil
}
