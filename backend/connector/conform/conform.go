// Package conform is the examination that every connector must pass: whatever a
// vendor is like, a source misses no record and a target doubles none.
//
// A Rig is what an examination needs to know about one connector. A Fake is the
// vendor's test server; the examination puts itself between the connector and the
// fake, so that faults (a lost answer, a refusal, half a body) need no help of the
// fake. With a fake everything runs on a clock of its own (testing/synctest) over
// an in-memory network: long waits take no time, and a goroutine that is left over
// fails the test. Without a fake the connector is examined against the real server
// that Config names; what needs the clock is then skipped, and says so.
package conform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Rig is what the examination needs to know about one connector.
type Rig struct {
	// Kind of the connector.
	Kind connector.Kind
	// Config and Secrets are a working connection, by the names of Kind.Form. With a
	// Fake the address is filled in by the examination.
	Config  map[string]string
	Secrets map[string]secret.Text
	// Address is the name of the setting that holds the base address; empty: "address".
	Address string
	// Fake makes a fresh test server that accepts Secrets. nil: a real server.
	Fake func(testing.TB) http.Handler
	// Limited makes a fresh test server whose credentials lack a right that writing
	// (or, for a source, reading) needs.
	Limited func(testing.TB) http.Handler
	// Seed fills a fresh fake and says how many records of each object it then has.
	// nil: the examination writes Drafts. A source that cannot be written needs it; its
	// records should hold OddTexts, one each, in the field that Text names.
	Seed func(t testing.TB, fake http.Handler, files *Files) map[model.Object]int
	// Draft makes the i-th valid draft of an object, different for each i. For an object
	// that owns wholes (Caps.Wholes) it fills Parts: one part that may go along where Whole
	// is First, else several, some of them private. Parts need Object, Fields, Links (but for
	// the link to their owner) and File; objects that go only with others are never asked
	// for. For an object of Caps.Matches it makes somebody who is there, any one again.
	Draft func(m Maker, o model.Object, i int) model.Draft
	// Stranger makes a draft of an object of Caps.Matches that matches nobody; needed with them.
	Stranger func(m Maker, o model.Object) model.Draft
	// Prefilled: the fake has records of its own from the beginning, such as its staff. They
	// are read before each subtest and left out of what is counted.
	Prefilled bool
	// States keeps the present state of a real server under a name, or brings it back to that
	// state. With it each subtest finds the desk as it was when the examination began, and what
	// many of them need is written once.
	States func(t testing.TB, name string, keep bool)
	// Some is how many records of each object are written to a real server, where the number
	// matters little, in place of the thirteen that a fake gets: it needs time for each.
	Some int
	// Derived says that a record's raw text was put together by the connector, out of another
	// record's values, such as the text that the desk keeps in the ticket itself.
	Derived func(model.Record) bool
	// Fixed are objects whose records cannot be changed once they are written: an update of
	// one is Refused.
	Fixed []model.Object
	// Untold are objects of which the desk does not tell that one was deleted; Passing are
	// those of which it does not tell that one came and went between two readings.
	Untold, Passing []model.Object
	// Coarse is how far apart two changes must be for the desk's stamps to tell them from each
	// other, such as a second; 0: any two.
	Coarse time.Duration
	// Aside says that a request that is no reading creates nothing that people see by itself:
	// the upload of a file, the question for a job's progress. Lost answers are tried with
	// the others.
	Aside func(*http.Request) bool
	// Bad makes drafts that the desk refuses.
	Bad func(m Maker) []Bad
	// Text names a field of long text of each object that has one.
	Text map[model.Object]string
	// LongText is the longest text, in bytes, that those fields take; 0: ten megabytes.
	LongText int
	// Mails counts the mails that the fake would have sent to customers.
	Mails func(t testing.TB, fake http.Handler) int64
	// Touch changes a record as a person would.
	Touch func(t testing.TB, fake http.Handler, k model.Key)
	// Merge merges the first record into the second, as a person would; false: the desk
	// merges no records of that object. Redact takes the content out of a record.
	Merge  func(t testing.TB, fake http.Handler, from, into model.Key) bool
	Redact func(t testing.TB, fake http.Handler, k model.Key) bool
	// Stamped names fields that the desk itself sets when a record is changed.
	Stamped []string
	// Loud makes a fresh test server on which a record that is created sets something
	// off, whatever Waybill does.
	Loud func(testing.TB) http.Handler
	// Field is a custom field that can be created, with one option at least, on Object.
	Field  model.Field
	Object model.Object
	// Numbers: the desk names a new field itself, so that it is known by its title.
	Numbers bool
	// PageSizes are settings that make pages of different sizes.
	PageSizes []map[string]string
	// Skip names subtests ("manners/redirect") with the reason why they do not apply.
	Skip map[string]string

	kept map[string]*past // states of a real server
}

// Maker is what a rig may use to make a draft.
type Maker struct {
	// Have gives the records of an object that are in the desk by now.
	Have func(model.Object) []model.Key
	// Files keeps the content of drafts.
	Files *Files
	// First: the desk takes only the first part of a ticket with it.
	First bool
	// Salt makes marks and unique values of one desk different from those of the next.
	Salt string
}

// Bad is a draft that the desk must refuse.
type Bad struct {
	Name  string
	Draft model.Draft
	Code  problem.Code
	// Field that the problem must name; empty: none.
	Field string
}

// Files keeps content in memory, by hash.
type Files struct {
	mu      sync.Mutex
	content map[string][]byte
}

// Add keeps content and gives what a draft says about it.
func (f *Files) Add(name, kind string, content []byte) *model.File {
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.content == nil {
		f.content = map[string][]byte{}
	}
	f.content[hash] = content
	return &model.File{Name: name, Hash: hash, Size: int64(len(content)), Type: kind}
}

// take adds what others keep.
func (f *Files) take(others *Files) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.content == nil {
		f.content = map[string][]byte{}
	}
	maps.Copy(f.content, others.content)
}

// Open gives content by its hash.
func (f *Files) Open(hash string) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.content[hash]
	if !ok {
		return nil, fmt.Errorf("content %s: %w", hash, os.ErrNotExist)
	}
	return nopCloser{bytes.NewReader(b)}, nil
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// Run examines a connector.
func Run(t *testing.T, r Rig) {
	t.Helper()
	if r.Address == "" {
		r.Address = "address"
	}
	if r.LongText == 0 {
		r.LongText = 10 << 20
	}
	r.kept = map[string]*past{}
	if r.Fake == nil && r.States != nil {
		r.States(t, atStart, true)
	}
	t.Run("set-up", func(t *testing.T) { setUp(t, r) })
	t.Run("reading", func(t *testing.T) { reading(t, r) })
	t.Run("writing", func(t *testing.T) { writing(t, r) })
	t.Run("wholes", func(t *testing.T) { wholes(t, r) })
	t.Run("updating", func(t *testing.T) { updating(t, r) })
	t.Run("following", func(t *testing.T) { following(t, r) })
	t.Run("firing", func(t *testing.T) { firing(t, r) })
	t.Run("manners", func(t *testing.T) { manners(t, r) })
}

// need is what a subtest cannot do without.
type need uint16

const (
	needFake   need = 1 << iota // its own clock and network
	needWrites                  // a connector that writes, and drafts
	needFinds
	needDeletes
	needShapes
	needFiles
	needChanges
	needUpdates
	needReads
	needFires
	needWholes
	needMatches
	needSome // a desk with records in it
)

// missing says why a subtest does not apply, or is empty.
func (r Rig) missing(n need) string {
	caps := r.Kind.Caps
	for _, x := range []struct {
		need   need
		have   bool
		reason string
	}{
		{needFake, r.Fake != nil, "it needs a test server, and this is a real one"},
		{needWrites, caps.Writes && r.Draft != nil, "the connector does not write"},
		{needFinds, caps.Finds, "the connector does not find"},
		{needDeletes, caps.Deletes, "the connector does not delete"},
		{needShapes, caps.Shapes, "the connector does not create fields"},
		{needFiles, caps.Files, "the connector has no files"},
		{needChanges, caps.Changes, "the connector does not read changes"},
		{needUpdates, caps.Updates, "the connector does not change records"},
		{needReads, caps.Reads, "the connector does not read by id"},
		{needFires, caps.Fires, "the connector does not say what fires"},
		{needWholes, len(caps.Wholes) > 0, "every record is written by itself"},
		{needMatches, len(caps.Matches) > 0, "every record can be created"},
		{needSome, r.Seed != nil || caps.Writes && r.Draft != nil, "the rig has no records: it lacks Seed or Draft"},
	} {
		if n&x.need != 0 && !x.have {
			return x.reason
		}
	}
	return ""
}

// sub runs one named subtest on a bench of its own.
func (r Rig) sub(t *testing.T, name string, n need, f func(*bench)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		group := parent(t.Name())
		if reason, ok := r.Skip[group+"/"+name]; ok {
			t.Skip("does not apply: " + reason)
		}
		if reason := r.missing(n); reason != "" {
			t.Skip("does not apply: " + reason)
		}
		r.on(t, r.Fake, n&(needSome|needWrites) != 0, f)
	})
}

// OddTexts are texts that something on the way likes to spoil.
func OddTexts() []string {
	return []string{
		"plain",
		"  leading, trailing and\ttabbed \n lines \r\n of both kinds  ",
		"Grüße, naïve café, ŁÓDŹ, Ελλάδα, Привет, 東京, 서울",
		"emoji \U0001F600 family \U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 flag \U0001F1E9\U0001F1EA skin \U0001F44D\U0001F3FD",
		"right to left: שלום עולם، مرحبا \u202eoverride\u202c end",
		"NUL \x00 and bell \x07 and escape \x1b[31m and delete \x7f",
		"combining e\u0301 is not \u00e9; nbsp\u00a0, zero width\u200b, soft\u00adhyphen, separators \u2028 \u2029, BOM \ufeff",
		`<p>HTML &amp; "quotes" 'single' <img src="cid:a"> &lt;b&gt; </p><script>alert(1)</script>`,
		`back\slash \u0041 \n "json": {"a":1} %s %00 {{template}} ${var} =1+1`,
		"beyond the basic plane: 𝕿𝖊𝖘𝖙 𠜎 \U0010FFFD",
	}
}
