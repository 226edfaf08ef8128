package find

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sort"
	"strings"
)

// partial ends the names of files that are being written.
const partial = ".part"

// blockWords stand together in the list of words; the first of each is kept in memory.
const blockWords = 64

// magic begins a segment; another number is another way of writing it.
const magic = "WAYBILL WORDS 1\n"

var errDamaged = errors.New("the index of words is damaged")

// A segment is a file: magic; the lists of all words; blocks of words, each word with how
// many bytes it shares with the one before, its rest, how many records, and the lengths of
// its two lists; the first word of each block with its place; the records; and a tail of
// JSON with its length and checksum.

// doc is a record of a segment. A print of 0 is one that is gone.
type doc struct {
	seq, parent uint32
	print       uint64
}

type tail struct {
	Words, Docs int64
	// Where the first words of blocks, and the records, begin and end.
	Firsts, DocsAt, End int64
	DocsSum             uint32
}

// writeSegment makes a segment of what was collected. It is there whole or not at all.
func writeSegment(path string, v *inverter, docs []doc) (err error) {
	f, err := os.OpenFile(path+partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := &counter{w: bufio.NewWriterSize(f, 1<<18)}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(path+partial))
		}
	}()
	w.bytes([]byte(magic))
	var t tail
	var block, blocks, firsts []byte
	var last string
	inBlock := 0
	at := w.n // of the lists
	blockAt := at
	var blockStart []int64
	endBlock := func() {
		if inBlock == 0 {
			return
		}
		blockStart = append(blockStart, int64(len(blocks)))
		blocks = binary.AppendUvarint(blocks, uint64(blockAt)) //nolint:gosec // a place in a file
		blocks = append(blocks, block...)
		block, inBlock, last = block[:0], 0, ""
	}
	var firstWords []string
	err = v.each(func(key string, l *list) error {
		if inBlock == blockWords {
			endBlock()
		}
		if inBlock == 0 {
			blockAt = at
			firstWords = append(firstWords, key)
		}
		shared := 0
		for shared < len(last) && shared < len(key) && last[shared] == key[shared] {
			shared++
		}
		for _, n := range []int{shared, len(key) - shared} {
			block = binary.AppendUvarint(block, uint64(n)) //nolint:gosec // lengths
		}
		block = append(block, key[shared:]...)
		for _, n := range []int{int(l.n), len(l.docs), len(l.pos)} {
			block = binary.AppendUvarint(block, uint64(n)) //nolint:gosec // lengths
		}
		last = strings.Clone(key)
		inBlock++
		t.Words++
		w.bytes(l.docs)
		w.bytes(l.pos)
		at = w.n
		return w.err
	})
	if err != nil {
		return err
	}
	endBlock()
	base := w.n
	w.bytes(blocks)
	for i, word := range firstWords {
		firsts = binary.AppendUvarint(firsts, uint64(len(word)))
		firsts = append(firsts, word...)
		firsts = binary.AppendUvarint(firsts, uint64(base+blockStart[i])) //nolint:gosec // a place in a file
	}
	t.Firsts = w.n
	w.bytes(firsts)
	t.DocsAt, t.Docs = w.n, int64(len(docs))
	sum := crc32.NewIEEE()
	var line []byte
	before := uint32(0)
	for _, d := range docs {
		line = binary.AppendUvarint(line[:0], uint64(d.seq-before))
		line = binary.AppendUvarint(line, uint64(d.parent))
		line = binary.LittleEndian.AppendUint64(line, d.print)
		before = d.seq
		_, _ = sum.Write(line) // a sum takes everything
		w.bytes(line)
	}
	t.End, t.DocsSum = w.n, sum.Sum32()
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	w.bytes(b)
	w.bytes(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)))
	w.bytes(binary.LittleEndian.AppendUint32(nil, uint32(len(b)))) //nolint:gosec // a short tail
	if err := errors.Join(w.err, w.w.Flush(), f.Sync()); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+partial, path)
}

type counter struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (c *counter) bytes(b []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(b)
		c.n += int64(len(b))
	}
}

// segment is an open one.
type segment struct {
	f      *os.File
	tail   tail
	firsts []string
	at     []int64
	// has are the records that it speaks of, also of those that are gone.
	has bits
}

func openSegment(path string) (_ *segment, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &segment{f: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < int64(len(magic))+8 {
		return nil, errDamaged
	}
	ends, err := s.read(info.Size()-8, 8)
	if err != nil {
		return nil, err
	}
	sum, n := binary.LittleEndian.Uint32(ends), int64(binary.LittleEndian.Uint32(ends[4:]))
	if n > info.Size()-8-int64(len(magic)) {
		return nil, errDamaged
	}
	b, err := s.read(info.Size()-8-n, n)
	if err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(b) != sum || json.Unmarshal(b, &s.tail) != nil {
		return nil, errDamaged
	}
	if head, err := s.read(0, int64(len(magic))); err != nil || string(head) != magic {
		return nil, errors.Join(errDamaged, err)
	}
	if b, err = s.read(s.tail.Firsts, s.tail.DocsAt-s.tail.Firsts); err != nil {
		return nil, err
	}
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, errDamaged
		}
		s.firsts, b = append(s.firsts, string(b[k:k+int(n)])), b[k+int(n):] //nolint:gosec // no longer than b
		at, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errDamaged
		}
		s.at, b = append(s.at, int64(at)), b[k:] //nolint:gosec // a place in a file
	}
	s.at = append(s.at, s.tail.Firsts)
	return s, nil
}

// records gives what the segment speaks of, in ascending order.
func (s *segment) records() ([]doc, error) {
	b, err := s.read(s.tail.DocsAt, s.tail.End-s.tail.DocsAt)
	if err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(b) != s.tail.DocsSum {
		return nil, errDamaged
	}
	out := make([]doc, 0, max(0, min(s.tail.Docs, int64(len(b)))))
	seq := uint64(0)
	for len(b) > 0 {
		step, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errDamaged
		}
		parent, m := binary.Uvarint(b[k:])
		if m <= 0 || len(b) < k+m+8 {
			return nil, errDamaged
		}
		seq += step
		out = append(out, doc{seq: uint32(seq), parent: uint32(parent), print: binary.LittleEndian.Uint64(b[k+m:])}) //nolint:gosec // as they were written
		b = b[k+m+8:]
	}
	return out, nil
}

func (s *segment) read(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 {
		return nil, errDamaged
	}
	b := make([]byte, n)
	if _, err := s.f.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errDamaged
		}
		return nil, err
	}
	return b, nil
}

// entry is a word of a segment.
type entry struct {
	word             string
	n                int
	at               int64
	docsLen, posLens int64
}

// words gives the word itself, or all that begin with it.
func (s *segment) words(key string, begins bool, give func(entry) error) error {
	// The last block whose first word is not behind the key.
	i := max(0, sort.SearchStrings(s.firsts, key+"\x00")-1)
	for ; i < len(s.firsts); i++ {
		if s.firsts[i] > key && !strings.HasPrefix(s.firsts[i], key) {
			return nil
		}
		b, err := s.read(s.at[i], s.at[i+1]-s.at[i])
		if err != nil {
			return err
		}
		in := bytes.NewReader(b)
		at, err := binary.ReadUvarint(in)
		if err != nil {
			return errDamaged
		}
		word := []byte{}
		for in.Len() > 0 {
			var of [5]uint64
			for k := range of {
				if k == 2 { // behind the lengths stands the rest of the word
					if of[0] > uint64(len(word)) || of[1] > uint64(in.Len()) { //nolint:gosec // lengths
						return errDamaged
					}
					rest := make([]byte, of[1])
					if _, err := io.ReadFull(in, rest); err != nil {
						return errDamaged
					}
					word = append(word[:of[0]], rest...)
				}
				if of[k], err = binary.ReadUvarint(in); err != nil {
					return errDamaged
				}
			}
			e := entry{word: string(word), n: int(of[2]), at: int64(at), docsLen: int64(of[3]), posLens: int64(of[4])} //nolint:gosec // as they were written
			at += of[3] + of[4]
			switch {
			case e.word == key, begins && strings.HasPrefix(e.word, key):
				if err := give(e); err != nil {
					return err
				}
			case e.word > key:
				return nil
			}
		}
		if !begins && len(s.firsts) > i+1 && s.firsts[i+1] > key {
			return nil
		}
	}
	return nil
}

// mark sets the records of a word.
func (s *segment) mark(e entry, to bits) error {
	b, err := s.read(e.at, e.docsLen)
	if err != nil {
		return err
	}
	doc := uint64(0)
	for len(b) > 0 {
		step, k := uint64(b[0]), 1
		if step >= 0x80 {
			if step, k = binary.Uvarint(b); k <= 0 {
				return errDamaged
			}
		}
		b = b[k:]
		doc += step
		if doc>>6 >= uint64(len(to)) {
			return errDamaged
		}
		to[doc>>6] |= 1 << (doc & 63)
	}
	return nil
}

// spot is where a word stands: the record, and the place in it.
type spot struct{ doc, place uint32 }

// spots gives where a word stands, in those of some records.
func (s *segment) spots(e entry, in bits, out []spot) ([]spot, error) {
	b, err := s.read(e.at, e.docsLen+e.posLens)
	if err != nil {
		return nil, err
	}
	docs, pos := b[:e.docsLen], b[e.docsLen:]
	if out == nil {
		out = make([]spot, 0, max(0, e.posLens-int64(e.n)))
	}
	doc := uint64(0)
	for len(docs) > 0 {
		step, k := uint64(docs[0]), 1
		if step >= 0x80 {
			if step, k = binary.Uvarint(docs); k <= 0 {
				return nil, errDamaged
			}
		}
		docs = docs[k:]
		doc += step
		// Only the end of a record's places is a zero byte.
		end := bytes.IndexByte(pos, 0)
		if end < 0 {
			return nil, errDamaged
		}
		places := pos[:end]
		pos = pos[end+1:]
		if !in.has(uint32(doc)) { //nolint:gosec // a place in the stage
			continue
		}
		place := uint64(0)
		for len(places) > 0 {
			step, k := uint64(places[0]), 1
			if step >= 0x80 {
				if step, k = binary.Uvarint(places); k <= 0 {
					return nil, errDamaged
				}
			}
			places = places[k:]
			place += step
			out = append(out, spot{uint32(doc), uint32(place)}) //nolint:gosec // as they were written
		}
	}
	return out, nil
}

func (s *segment) close() error {
	if s == nil {
		return nil
	}
	if err := s.f.Close(); err != nil {
		return fmt.Errorf("close the index of words: %w", err)
	}
	return nil
}

// bits are a set of places in the stage.
type bits []uint64

func (b bits) has(n uint32) bool { return int(n>>6) < len(b) && b[n>>6]&(1<<(n&63)) != 0 }

func (b bits) set(n uint32) { b[n>>6] |= 1 << (n & 63) }

func (b bits) and(o bits) {
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bits) or(o bits) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bits) without(o bits) {
	for i := range b {
		b[i] &^= o[i]
	}
}
