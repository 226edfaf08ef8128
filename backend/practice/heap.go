package practice

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// heap is an append-only run of lines: what was ever written, in order. Records
// are read back by their place in it.
type heap interface {
	// append adds whole lines, all or nothing, and gives the place of the first byte.
	append(lines []byte) (int64, error)
	read(off int64, n int) ([]byte, error)
	close() error
}

// chunk keeps a growing heap from being copied.
const chunk = 1 << 20

type memoryHeap struct {
	chunks [][]byte
	base   []int64
	end    int64
}

func (h *memoryHeap) append(b []byte) (int64, error) {
	last := len(h.chunks) - 1
	if last < 0 || cap(h.chunks[last])-len(h.chunks[last]) < len(b) {
		h.chunks = append(h.chunks, make([]byte, 0, max(chunk, len(b))))
		h.base = append(h.base, h.end)
		last++
	}
	off := h.end
	h.chunks[last] = append(h.chunks[last], b...)
	h.end += int64(len(b))
	return off, nil
}

func (h *memoryHeap) read(off int64, n int) ([]byte, error) {
	lo, hi := 0, len(h.base)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; h.base[mid] <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	at := off - h.base[lo]
	return h.chunks[lo][at : at+int64(n)], nil
}

func (h *memoryHeap) close() error { return nil }

// fileHeap is the state file: JSON lines, each an array whose first element says
// what happened. A killed desk loses at most the line that it was writing, whose
// request was never answered.
type fileHeap struct {
	f   *os.File
	end int64
}

func (h *fileHeap) append(b []byte) (int64, error) {
	if _, err := h.f.WriteAt(b, h.end); err != nil {
		return 0, errors.Join(fmt.Errorf("write desk state: %w", err), h.f.Truncate(h.end))
	}
	off := h.end
	h.end += int64(len(b))
	return off, nil
}

func (h *fileHeap) read(off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := h.f.ReadAt(b, off); err != nil {
		return nil, fmt.Errorf("read desk state: %w", err)
	}
	return b, nil
}

func (h *fileHeap) close() error { return errors.Join(h.f.Sync(), h.f.Close()) }

// open continues the desk kept in a file, or begins one there.
func (d *Desk) open(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open desk state: %w", err)
	}
	h := &fileHeap{f: f}
	blobs := &fileBlobs{dir: path + ".files", refs: map[string]int{}, opening: true}
	d.heap, d.blobs = h, blobs
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // a line without its end was never answered for
		}
		if err == nil {
			err = d.replay(line, h.end)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("read desk state %s at byte %d: %w", path, h.end, err), f.Close())
		}
		h.end += int64(len(line))
	}
	if err := f.Truncate(h.end); err != nil {
		return errors.Join(fmt.Errorf("open desk state: %w", err), f.Close())
	}
	blobs.opened()
	return nil
}

// replay does what a line says.
func (d *Desk) replay(line []byte, at int64) error {
	line = bytes.TrimSuffix(line, []byte("\n"))
	if rest, ok := bytes.CutPrefix(line, []byte(`["put","`)); ok && len(rest) > 0 {
		object, _, _ := strings.Cut(string(rest[:min(len(rest), 64)]), `"`)
		s := d.shapeOf(model.Object(object))
		if s == nil {
			return fmt.Errorf("unknown object %q", object)
		}
		head := len(`["put","`) + len(object) + len(`",`)
		if head+1 > len(line) || !gjson.ValidBytes(line) {
			return errors.New("damaged record")
		}
		return d.replayPut(s, line[head:len(line)-1], at+int64(head))
	}
	if bytes.HasPrefix(line, []byte(`["redact",`)) {
		return d.replayRedaction(line, at)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return err
	}
	for len(parts) < 5 { // a line that lacks parts has empty ones
		parts = append(parts, json.RawMessage(`null`))
	}
	word := func(i int) string {
		var s string
		if json.Unmarshal(parts[i], &s) != nil {
			return ""
		}
		return s
	}
	switch word(0) {
	case "delete":
		return d.replayDeletion(d.shapeOf(model.Object(word(1))), word(2), string(parts[3]), word(4))
	case "field":
		var n newField
		if err := json.Unmarshal(parts[1], &n); err != nil {
			return err
		}
		if _, errs := d.addField(n); errs != nil {
			return errors.New(errs[0].Reason)
		}
	case "option":
		var c model.Choice
		if err := json.Unmarshal(parts[3], &c); err != nil {
			return err
		}
		if _, errs := d.addOption(model.Object(word(1)), word(2), c); errs != nil {
			return errors.New(errs[0].Reason)
		}
	case "mail":
		n, err := strconv.ParseInt(string(parts[1]), 10, 64)
		if err != nil {
			return err
		}
		d.mails += n
	case "trigger":
		var t Trigger
		if err := json.Unmarshal(parts[1], &t); err != nil {
			return err
		}
		if errs := t.check(); errs != nil {
			return errors.New(errs[0].Reason)
		}
		d.keepTrigger(t)
	case "token":
		if d.o.Token == "" {
			d.o.Token = word(1)
		}
	default:
		return fmt.Errorf("unknown line %q", word(0))
	}
	return nil
}

// replayDeletion ends a record again. Older states do not say when it happened.
func (d *Desk) replayDeletion(s *shape, text, when, into string) error {
	id, ok := d.live(s, text)
	if s == nil || !ok || d.recs[id-1].refs > 0 {
		return errors.New("deletion of an unknown record")
	}
	at, err := millis(when)
	if err != nil {
		return err
	}
	how, other := goneDeleted, uint32(0)
	if into != "" {
		how = goneMerged
		if other, ok = d.live(s, into); !ok || other == id {
			return errors.New("a record was merged into an unknown one")
		}
	}
	raw, err := d.raw(id)
	if err != nil {
		return err
	}
	d.unindex(s, id, raw)
	d.bury(s, id, how, other, at)
	return nil
}

// millis reads a time of the state; null is none.
func millis(s string) (int64, error) {
	if s == "null" || s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("not a time: %w", err)
	}
	return n, nil
}

// replayRedaction takes out content again: ["redact",OBJECT,RECORD,TIME].
func (d *Desk) replayRedaction(line []byte, at int64) error {
	if !gjson.ValidBytes(line) {
		return errors.New("damaged record")
	}
	s := d.shapeOf(model.Object(gjson.GetBytes(line, "1").String()))
	raw := gjson.GetBytes(line, "2")
	id, ok := d.live(s, raw.Get("id").String())
	if s == nil || !ok || !raw.IsObject() || raw.Index == 0 {
		return errors.New("redaction of an unknown record")
	}
	when, err := millis(gjson.GetBytes(line, "3").Raw)
	if err != nil {
		return err
	}
	if err := d.replayPut(s, []byte(raw.Raw), at+int64(raw.Index)); err != nil {
		return err
	}
	d.bury(s, id, goneRedacted, 0, when)
	return nil
}

func (d *Desk) replayPut(s *shape, raw []byte, off int64) error {
	text := gjson.GetBytes(raw, "id").String()
	version := uint32(gjson.GetBytes(raw, "version").Uint())
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 || n > uint64(len(d.recs))+1 || version == 0 {
		return fmt.Errorf("unexpected id %q", text)
	}
	id := uint32(n)
	k := decode(s, raw).keys(s)
	for _, to := range k.links {
		if to == 0 {
			continue
		}
		if _, ok := d.live(nil, idText(to)); !ok {
			return fmt.Errorf("record %d points to %d, which is not there", id, to)
		}
	}
	if n == uint64(len(d.recs))+1 {
		// Searchable at once: a restart gives the index time to catch up.
		d.index(s, id, version, off, len(raw), k, 0)
		return nil
	}
	if _, ok := d.live(s, text); !ok {
		return fmt.Errorf("record %d changed although it is not there", id)
	}
	old, err := d.raw(id)
	if err != nil {
		return err
	}
	d.reindex(s, id, version, off, len(raw), decode(s, old).keys(s), k)
	return nil
}

// keepToken writes down the token that was made, so that it survives a restart.
func (d *Desk) keepToken() error {
	_, err := d.heap.append(fmt.Appendf(nil, "[\"token\",%q]\n", d.o.Token))
	return err
}

// errTooLarge says that content exceeds the limit.
var errTooLarge = errors.New("content too large")

// blobs keeps the content of attachments by its SHA-256. put counts as one use,
// so that content is not swept while its record is still being checked.
type blobs interface {
	put(r io.Reader, limit int64) (hash string, size int64, err error)
	open(hash string) (io.ReadSeekCloser, error)
	keep(hash string)
	drop(hash string)
}

type memoryBlobs struct {
	mu   sync.Mutex
	data map[string][]byte
	refs map[string]int
}

func (m *memoryBlobs) put(r io.Reader, limit int64) (string, int64, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", 0, err
	}
	if int64(len(b)) > limit {
		return "", 0, errTooLarge
	}
	sum := sha256.Sum256(b)
	hash := hex.EncodeToString(sum[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		m.data, m.refs = map[string][]byte{}, map[string]int{}
	}
	m.data[hash] = b
	m.refs[hash]++
	return hash, int64(len(b)), nil
}

func (m *memoryBlobs) open(hash string) (io.ReadSeekCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.data[hash]
	if !ok {
		return nil, os.ErrNotExist
	}
	return nopCloser{bytes.NewReader(b)}, nil
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

func (m *memoryBlobs) keep(hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refs[hash]++
}

func (m *memoryBlobs) drop(hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refs[hash]--; m.refs[hash] <= 0 {
		delete(m.refs, hash)
		delete(m.data, hash)
	}
}

type fileBlobs struct {
	dir  string
	mu   sync.Mutex
	refs map[string]int
	// opening: the state is being read, and a later line may need content again that
	// an earlier one dropped.
	opening bool
}

// opened lets go of content that no record uses.
func (b *fileBlobs) opened() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opening = false
	for hash, n := range b.refs {
		if n <= 0 {
			b.forget(hash)
		}
	}
}

func (b *fileBlobs) forget(hash string) {
	delete(b.refs, hash)
	_ = os.Remove(filepath.Join(b.dir, filepath.Base(hash))) // content that nobody uses may also stay
}

func (b *fileBlobs) put(r io.Reader, limit int64) (hash string, size int64, err error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return "", 0, err
	}
	f, err := os.CreateTemp(b.dir, "new-*")
	if err != nil {
		return "", 0, err
	}
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = errTooLarge
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	b.mu.Lock()
	defer b.mu.Unlock()
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(b.dir, hash))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error above says more
		return "", 0, err
	}
	b.refs[hash]++
	return hash, size, nil
}

func (b *fileBlobs) open(hash string) (io.ReadSeekCloser, error) {
	return os.Open(filepath.Join(b.dir, filepath.Base(hash)))
}

func (b *fileBlobs) keep(hash string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refs[hash]++
}

func (b *fileBlobs) drop(hash string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refs[hash]--; b.refs[hash] <= 0 && !b.opening {
		b.forget(hash)
	}
}
