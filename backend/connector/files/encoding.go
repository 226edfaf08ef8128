package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encodings that are known by name here; every other is looked up.
const (
	utf8Name    = "UTF-8"
	utf16LE     = "UTF-16LE"
	utf16BE     = "UTF-16BE"
	windows1252 = "windows-1252"
)

// survey is what one look at all the bytes of a content tells.
type survey struct {
	size      int64
	sha256    string // of the unpacked bytes
	bom       string
	ascii     bool
	utf8Good  int64 // characters of two bytes and more
	utf8Bad   int64 // bytes that are not UTF-8
	zeros     int64
	zeroEven  int64
	controls  int64
	newlines  int64
	head      []byte
	nonASCII  []byte // some of the places where bytes above 127 stand
	firstLine int64  // length of the first line, or of everything
	carry     []byte
}

// look reads everything once: its hash, its length, and what its bytes say of the encoding.
func look(ctx context.Context, c content, progress func(done int64)) (*survey, error) {
	r, err := c.open(ctx, 0)
	if err != nil {
		return nil, err
	}
	s := &survey{ascii: true, firstLine: -1}
	h := sha256.New()
	buf := make([]byte, 1<<18)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			h.Write(buf[:n])
			s.add(buf[:n])
			progress(s.size)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	s.flush()
	s.sha256 = hex.EncodeToString(h.Sum(nil))
	return s, r.Close()
}

func (s *survey) add(b []byte) {
	if len(s.head) < sampleSize {
		s.head = append(s.head, b[:min(len(b), sampleSize-len(s.head))]...)
	}
	for i, x := range b {
		switch {
		case x == '\n':
			s.newlines++
			if s.firstLine < 0 {
				s.firstLine = s.size + int64(i)
			}
		case x == 0:
			s.zeros++
			if (s.size+int64(i))%2 == 0 {
				s.zeroEven++
			}
		case x < 32 && x != '\t' && x != '\r' && x != '\f' && x != 0x1b:
			s.controls++
		}
	}
	s.size += int64(len(b))
	s.utf8(b)
}

// utf8 counts good and bad sequences, across the seams of the chunks.
func (s *survey) utf8(b []byte) {
	if len(s.carry) > 0 {
		b = append(s.carry, b...)
		s.carry = nil
	}
	until := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if i >= until && len(s.nonASCII) < 1<<17 {
			line := around(b, i)
			s.nonASCII = append(s.nonASCII, line...)
			until = i + len(line)
		}
		s.ascii = false
		if !utf8.FullRune(b[i:]) {
			s.carry = append([]byte(nil), b[i:]...)
			return
		}
		_, n := utf8.DecodeRune(b[i:])
		if n == 1 {
			s.utf8Bad++
		} else {
			s.utf8Good++
		}
		i += n
	}
}

func (s *survey) flush() {
	s.utf8Bad += int64(len(s.carry))
	if s.firstLine < 0 {
		s.firstLine = s.size
	}
	switch {
	case bytes.HasPrefix(s.head, []byte{0xEF, 0xBB, 0xBF}):
		s.bom = utf8Name
	case bytes.HasPrefix(s.head, []byte{0xFF, 0xFE}):
		s.bom = utf16LE
	case bytes.HasPrefix(s.head, []byte{0xFE, 0xFF}):
		s.bom = utf16BE
	}
}

// around gives the line that a byte stands in, as far as this chunk has it.
func around(b []byte, i int) []byte {
	from := bytes.LastIndexByte(b[max(0, i-200):i], '\n') + max(0, i-200) + 1
	to := bytes.IndexByte(b[i:], '\n')
	if to < 0 || to > 400 {
		to = min(len(b)-i, 400) - 1
	}
	return b[min(from, i) : i+to+1]
}

// binary says that these bytes are not text in any encoding.
func (s *survey) binary() bool {
	if s.bom == utf16LE || s.bom == utf16BE {
		return false
	}
	if s.zeros*100 >= s.size && s.guessUTF16() == "" {
		return true // a few zero bytes are damage, and cost only their own rows
	}
	return s.guessUTF16() == "" && (s.controls+s.zeros)*50 > s.size
}

// guessUTF16 recognises UTF-16 without a mark: every other byte of plain text is zero.
func (s *survey) guessUTF16() string {
	if s.zeros*5 < s.size*2 || s.size%2 != 0 {
		return ""
	}
	switch {
	case s.zeroEven*20 < s.zeros:
		return utf16LE
	case s.zeroEven*20 > s.zeros*19:
		return utf16BE
	}
	return ""
}

// encoding decides, and says how sure it is in percent.
func (s *survey) encoding() (string, int) {
	switch {
	case s.bom != "":
		return s.bom, 100
	case s.zeros > 0 && s.guessUTF16() != "":
		return s.guessUTF16(), 95
	case s.ascii, s.utf8Bad == 0:
		return utf8Name, 100
	case s.utf8Good > 20 && s.utf8Good > 50*s.utf8Bad:
		return utf8Name, 90 // damaged in a few places; those rows are held
	}
	best, sure := windows1252, 30
	found, err := chardet.NewTextDetector().DetectAll(s.nonASCII)
	if err != nil {
		return best, sure
	}
	sort.Slice(found, func(i, j int) bool { // the detector gives equals in any order
		a, b := found[i], found[j]
		switch {
		case a.Confidence != b.Confidence:
			return a.Confidence > b.Confidence
		case (a.Charset == "ISO-8859-1") != (b.Charset == "ISO-8859-1"):
			return a.Charset == "ISO-8859-1"
		}
		return a.Charset < b.Charset
	})
	for _, f := range found {
		name := canonical(f.Charset)
		if name == "" || name == utf8Name || strings.HasPrefix(name, "UTF-16") {
			continue
		}
		if e, err := lookup(name); err != nil || !decodes(e, s.nonASCII) {
			continue
		}
		sure := min(99, max(30, f.Confidence))
		if name == windows1252 {
			sure = max(sure, westernLetters(s.nonASCII))
		}
		return name, sure
	}
	return best, sure
}

// westernLetters is how sure it is that bytes above 127 are Windows-1252: almost
// all of them are letters or typographic marks there, and stand beside letters.
func westernLetters(b []byte) int {
	high, fits := 0, 0
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		high++
		lone := (i == 0 || b[i-1] < 0x80) || (i+1 == len(b) || b[i+1] < 0x80)
		switch {
		case c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D:
			return 0
		case c >= 0xC0 && lone, c >= 0x80 && c <= 0x9F, c == 0xA0 || c == 0xA7 || c == 0xAB || c == 0xBB || c == 0xB0 || c == 0xA3 || c == 0xA9 || c == 0xAE || c == 0xB4:
			fits++
		}
	}
	if high == 0 {
		return 0
	}
	return min(90, fits*90/high)
}

// canonical gives the name that people know, "" for what cannot be decoded.
func canonical(name string) string {
	switch strings.ToUpper(name) {
	case "ISO-8859-1", "WINDOWS-1252", "LATIN1", "US-ASCII":
		return windows1252
	case "SHIFT_JIS", "SHIFT-JIS", "SJIS":
		return "Shift_JIS"
	case "GB-18030":
		return "GB18030"
	case "ISO-8859-8-I":
		return "ISO-8859-8"
	}
	if e, err := lookup(name); err != nil || e == nil {
		return ""
	}
	return name
}

// decodes says whether text in that encoding could be these bytes.
func decodes(e encoding.Encoding, b []byte) bool {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return false
	}
	// The sample is cut out of lines, so a cut character now and then proves nothing.
	return bytes.Count(out, []byte("\uFFFD"))*50 <= len(out)
}

// lookup finds an encoding by the name that a table stores.
func lookup(name string) (encoding.Encoding, error) {
	switch strings.ToUpper(name) {
	case "", "UTF-8", "UTF8", "US-ASCII", "ASCII":
		return unicode.UTF8, nil
	case "UTF-16LE":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "UTF-16BE", "UTF-16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case "LATIN-1", "LATIN1", "ISO-8859-1":
		return htmlindex.Get(windows1252)
	case "GB-18030":
		return htmlindex.Get("gb18030")
	}
	return htmlindex.Get(name)
}

func isUTF8(name string) bool {
	switch strings.ToUpper(name) {
	case "", "UTF-8", "UTF8", "US-ASCII", "ASCII":
		return true
	}
	return false
}

// decoded turns bytes in an encoding into UTF-8 without a mark. UTF-8 itself
// passes unchanged, so that damage in it can be found row by row.
func decoded(r io.Reader, name string) (io.Reader, error) {
	if isUTF8(name) {
		return r, nil
	}
	e, err := lookup(name)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.ToUpper(name), "UTF-16") {
		endian := unicode.LittleEndian
		if !strings.EqualFold(name, utf16LE) {
			endian = unicode.BigEndian
		}
		return transform.NewReader(r, unicode.UTF16(endian, unicode.UseBOM).NewDecoder()), nil
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}
