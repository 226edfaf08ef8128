package files

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// keyset holds the hashes of a column's values, as many as there are rows, in
// bounded memory: what does not fit goes into a temporary file in sorted runs.
type keyset struct {
	buf  []uint64
	file *os.File
	runs []int64 // where each run ends in the file, in bytes
}

var keysetBuffer = 1 << 18

func (k *keyset) add(v string) error {
	k.buf = append(k.buf, xxhash.Sum64String(v))
	if len(k.buf) >= keysetBuffer {
		return k.spill()
	}
	return nil
}

func (k *keyset) spill() error {
	if k.file == nil {
		f, err := os.CreateTemp("", "waybill-keys-*")
		if err != nil {
			return err
		}
		k.file = f
	}
	slices.Sort(k.buf)
	b := make([]byte, 0, 8*len(k.buf))
	for _, h := range k.buf {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	end := int64(len(b))
	if n := len(k.runs); n > 0 {
		end += k.runs[n-1]
	}
	if _, err := k.file.Write(b); err != nil {
		return err
	}
	k.runs = append(k.runs, end)
	k.buf = k.buf[:0]
	return nil
}

// close removes what was spilled.
func (k *keyset) close() error {
	if k.file == nil {
		return nil
	}
	err := k.file.Close()
	return errors.Join(err, os.Remove(k.file.Name()))
}

// sorted walks over all hashes in order, equal ones one after another.
func (k *keyset) sorted() (*merge64, error) {
	slices.Sort(k.buf)
	m := &merge64{memory: k.buf}
	start := int64(0)
	for _, end := range k.runs {
		r := &run64{r: bufio.NewReaderSize(io.NewSectionReader(k.file, start, end-start), 1<<15)}
		start = end
		ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if ok {
			m.runs = append(m.runs, r)
		}
	}
	heap.Init(&m.runs)
	return m, nil
}

type run64 struct {
	r    *bufio.Reader
	head uint64
}

func (r *run64) next() (bool, error) {
	var b [8]byte
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	r.head = binary.LittleEndian.Uint64(b[:])
	return true, nil
}

type runHeap []*run64

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return h[i].head < h[j].head }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push belongs to heap.Interface; runs are all there before the heap is made.
func (h *runHeap) Push(x any) {
	if r, ok := x.(*run64); ok {
		*h = append(*h, r)
	}
}

// Pop belongs to heap.Interface.
func (h *runHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// merge64 is one walk over a keyset.
type merge64 struct {
	memory []uint64
	runs   runHeap
	head   uint64
	ok     bool
}

// next steps on; false at the end.
func (m *merge64) next() (bool, error) {
	switch {
	case len(m.memory) > 0 && (len(m.runs) == 0 || m.memory[0] <= m.runs[0].head):
		m.head, m.memory = m.memory[0], m.memory[1:]
	case len(m.runs) > 0:
		r := m.runs[0]
		m.head = r.head
		ok, err := r.next()
		if err != nil {
			return false, err
		}
		if ok {
			heap.Fix(&m.runs, 0)
		} else {
			heap.Pop(&m.runs)
		}
	default:
		m.ok = false
		return false, nil
	}
	m.ok = true
	return true, nil
}

// distinct counts the different hashes.
func (k *keyset) distinct() (int64, error) {
	m, err := k.sorted()
	if err != nil {
		return 0, err
	}
	var n int64
	var last uint64
	for {
		ok, err := m.next()
		if err != nil || !ok {
			return n, err
		}
		if n == 0 || m.head != last {
			n++
			last = m.head
		}
	}
}

// contained counts the values of child that are in any of the parents, and for
// each parent how many are in it.
func contained(child *keyset, parents []*keyset) (matched, total int64, each []int64, err error) {
	c, err := child.sorted()
	if err != nil {
		return 0, 0, nil, err
	}
	each = make([]int64, len(parents))
	walks := make([]*merge64, len(parents))
	for i, p := range parents {
		if walks[i], err = p.sorted(); err != nil {
			return 0, 0, nil, err
		}
		if _, err = walks[i].next(); err != nil {
			return 0, 0, nil, err
		}
	}
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return matched, total, each, err
		}
		total++
		found := false
		for i, w := range walks {
			for w.ok && w.head < c.head {
				if _, err := w.next(); err != nil {
					return 0, 0, nil, err
				}
			}
			if w.ok && w.head == c.head {
				found = true
				each[i]++
			}
		}
		if found {
			matched++
		}
	}
}
