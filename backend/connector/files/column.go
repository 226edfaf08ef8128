package files

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
	"github.com/kamstrup/intmap"

	"waybill/backend/model"
)

// exactBudget is how many distinct values a table's columns remember together;
// beyond its share a column's count becomes an estimate, and says so.
const exactBudget = 4 << 20

// fewValues is the most values that make a list of options; keptValues how many
// are counted by name while reading.
const (
	fewValues  = 60
	keptValues = 600
)

// stat gathers what all rows say about one column.
type stat struct {
	filled, rows  int64
	longest       int
	samples       []string
	set           *intmap.Set[uint64]
	limit         int
	sketch        *hyperloglog.Sketch
	values        map[string]int64 // nil once there are too many
	nothing       map[string]int64
	integers      int64
	decimals      int64
	grouped       int64 // numbers with commas ...
	commas        int64 // ... that can only be decimal ones
	zeros         int64 // numbers with leading zeros
	longNumbers   int64
	bools         int64
	zeroOne       int64
	emails        int64
	urls          int64
	phones        int64
	html          int64
	lines         int64 // cells with line ends
	lists         int64 // JSON lists
	listWords     map[string]int64
	objects       int64 // JSON objects
	dates         map[string]*dateCount
	compact       map[string]*dateCount
	parts         map[string]*partCount
	longestNumber int
	paths         bool            // the column names files ...
	dirs          map[string]bool // ... in these folders
}

// partCount follows one possible separator of multi-value cells.
type partCount struct {
	cells, words int64
	seen         map[string]int64
	longest      int
}

var separators = []string{";", "|", ","}

func newStat(limit int) *stat {
	s := &stat{
		limit: limit, set: intmap.NewSet[uint64](64), values: map[string]int64{}, nothing: map[string]int64{},
		dates: map[string]*dateCount{}, compact: map[string]*dateCount{}, listWords: map[string]int64{},
		parts: map[string]*partCount{},
	}
	for _, sep := range separators {
		s.parts[sep] = &partCount{seen: map[string]int64{}}
	}
	return s
}

// nothings are spellings of "no value", lower case.
var nothings = map[string]bool{
	"?": true, "??": true, "-": true, "--": true, "---": true, "n/a": true, "na": true, "n.a.": true, "#n/a": true,
	"unknown": true, "null": true, "(null)": true, "none": true, "nil": true, "nan": true, "undefined": true,
	"unspecified": true, "not specified": true, "not available": true, "(blank)": true, "(empty)": true,
	"(none)": true, "[null]": true, `\n`: true, "tbd": true, "0000-00-00": true, "0000-00-00 00:00:00": true,
	"0000-00-00t00:00:00": true, "00.00.0000": true, "#value!": true, "#ref!": true, "-none-": true, "--none--": true,
}

// add looks at one cell.
func (s *stat) add(cell string, list []string) {
	s.rows++
	v := strings.TrimSpace(cell)
	if v == "" {
		return
	}
	s.filled++
	if n := len(v); n > s.longest { // bytes bound characters
		s.longest = max(s.longest, utf8.RuneCountInString(v))
	}
	first := s.count(v)
	if len(s.samples) < 5 && first {
		s.samples = append(s.samples, clipText(v, 200))
	}
	if s.paths && len(s.dirs) < 1000 {
		s.folder(v)
	}
	if len(v) <= 20 && nothings[strings.ToLower(v)] {
		s.nothing[v]++
		return
	}
	if list != nil {
		s.lists++
		for _, w := range list {
			if len(s.listWords) < keptValues || s.listWords[w] > 0 {
				s.listWords[w]++
			}
		}
		return
	}
	s.kind(v)
	if len(v) <= 400 {
		s.split(v)
	}
}

// folder remembers where attached files lie, so that they are not taken for tables.
func (s *stat) folder(v string) {
	v = strings.ReplaceAll(v, `\\`, "/")
	if i := strings.LastIndexByte(v, '/'); i > 0 && !strings.Contains(v, "://") && !strings.Contains(v, "..") {
		if s.dirs == nil {
			s.dirs = map[string]bool{}
		}
		s.dirs[strings.Trim(v[:i], "./")] = true
	}
}

// count remembers a value among the distinct ones; true: it may be new.
func (s *stat) count(v string) bool {
	h := xxhash.Sum64String(v)
	fresh := true
	if s.set != nil {
		fresh = s.set.Add(h)
		if s.set.Len() > s.limit {
			s.sketch = hyperloglog.New14()
			s.set.ForEach(func(x uint64) bool { s.sketch.InsertHash(x); return true })
			s.set = nil
		}
	} else {
		s.sketch.InsertHash(h)
	}
	if s.values != nil {
		s.values[v]++
		if len(s.values) > keptValues || len(v) > 400 {
			s.values = nil
		}
	}
	return fresh
}

func (s *stat) kind(v string) {
	c := v[0]
	switch {
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == '(':
		s.numberKind(v)
	case c == '[' || c == '{':
		if json.Valid([]byte(v)) {
			if c == '{' {
				s.objects++
			} else if words, ok := jsonWords(v); ok {
				s.lists++
				for _, w := range words {
					if len(s.listWords) < keptValues || s.listWords[w] > 0 {
						s.listWords[w]++
					}
				}
			} else {
				s.objects++
			}
		}
	}
	if len(v) <= 5 && isBool(v) {
		s.bools++
	}
	if strings.IndexByte(v, '@') > 0 && isEmail(v) {
		s.emails++
	}
	if c|0x20 == 'h' && isURL(v) {
		s.urls++
	}
	if strings.IndexByte(v, '\n') >= 0 {
		s.lines++
	}
	if strings.IndexByte(v, '<') >= 0 && tag.MatchString(v) {
		s.html++
	}
	if len(v) <= 40 && (c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
		if d, ok := parseShape(v); ok {
			addDate(s.dates, d)
		}
	}
}

func addDate(m map[string]*dateCount, d shape) {
	n := m[d.pattern]
	if n == nil {
		if len(m) >= 64 {
			return
		}
		n = &dateCount{}
		m[d.pattern] = n
	}
	n.add(d)
}

func (s *stat) numberKind(v string) {
	if isInteger(v) {
		s.integers++
		digits := strings.TrimLeft(v, "+-")
		s.longestNumber = max(s.longestNumber, len(digits))
		if len(digits) > 1 && digits[0] == '0' {
			s.zeros++
		}
		if len(digits) > 15 {
			s.longNumbers++
		}
		if v == "0" || v == "1" {
			s.zeroOne++
		}
		if d, ok := compactDate(v); ok {
			addDate(s.compact, d)
		}
	} else if isDecimal(v) {
		s.decimals++
	} else if isGrouped(v) {
		s.grouped++
		if at := strings.IndexByte(v, ','); strings.IndexByte(v, '.') < 0 && at == strings.LastIndexByte(v, ',') && len(v)-at-1 <= 2 && at > 0 {
			s.commas++
		}
	}
	if isPhone(v) {
		s.phones++
	}
}

// split follows the separators of multi-value cells.
func (s *stat) split(v string) {
	for _, sep := range separators {
		p := s.parts[sep]
		if p.seen == nil {
			continue
		}
		if strings.Contains(v, sep) {
			p.cells++
		}
		for _, w := range splitCell(v, sep) {
			p.words++
			p.longest = max(p.longest, len(w))
			p.seen[w]++
		}
		if len(p.seen) > keptValues/2 {
			p.seen = nil
		}
	}
}

// splitCell parts a multi-value cell. A word that holds the separator may stand
// in quotation marks, doubled inside, as in CSV (P-59).
func splitCell(v, sep string) []string {
	var out []string
	if strings.IndexByte(v, '"') < 0 {
		for _, w := range strings.Split(v, sep) {
			if w = strings.TrimSpace(w); w != "" {
				out = append(out, w)
			}
		}
		return out
	}
	var word strings.Builder
	quoted := false
	flush := func() {
		if w := strings.TrimSpace(word.String()); w != "" {
			out = append(out, w)
		}
		word.Reset()
	}
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '"' && quoted && i+1 < len(v) && v[i+1] == '"':
			word.WriteByte('"')
			i++
		case v[i] == '"' && (quoted || strings.TrimSpace(word.String()) == ""):
			quoted = !quoted
		case !quoted && strings.HasPrefix(v[i:], sep):
			flush()
			i += len(sep) - 1
		default:
			word.WriteByte(v[i])
		}
	}
	flush()
	return out
}

// jsonWords reads a cell that is a JSON list of plain values.
func jsonWords(v string) ([]string, bool) {
	values, err := model.Values(json.RawMessage(v))
	if err != nil {
		return nil, false
	}
	words, ok := values["value"].([]string)
	return words, ok
}

var tag = regexp.MustCompile(`(?i)</?(p|div|br|span|a|b|i|strong|em|ul|ol|li|table|tr|td|img|html|body|h[1-6]|blockquote|pre|font)\b[^<>]*>`)

func isInteger(v string) bool {
	v = strings.TrimPrefix(v, "-")
	if v == "" {
		return false
	}
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return true
}

func isDecimal(v string) bool {
	v = strings.TrimPrefix(v, "-")
	whole, rest, ok := strings.Cut(v, ".")
	if e := strings.IndexAny(rest, "eE"); ok && e > 0 {
		exponent := strings.TrimLeft(rest[e+1:], "+-")
		if !isInteger(exponent) || len(exponent) > 3 {
			return false
		}
		rest = rest[:e]
	}
	return ok && (whole == "" || isInteger(whole) && whole[0] != '-') && isInteger(rest) && rest[0] != '-'
}

func isGrouped(v string) bool {
	if strings.IndexByte(v, ',') < 0 {
		return false
	}
	for i := range len(v) {
		if c := v[i]; (c < '0' || c > '9') && c != ',' && c != '.' && (c != '-' || i > 0) {
			return false
		}
	}
	return true
}

func isBool(v string) bool {
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "y", "n", "t", "f":
		return true
	}
	return false
}

// isEmail is a quick look; the real check of addresses is cleaning's.
func isEmail(v string) bool {
	at := strings.LastIndexByte(v, '@')
	if at < 1 || at == len(v)-1 || len(v) > 254 || strings.ContainsAny(v, " \t\n,;<>()") {
		return false
	}
	domain := v[at+1:]
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && dot < len(domain)-1 && strings.IndexByte(v[:at], '@') < 0
}

func isURL(v string) bool {
	return (strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "https://")) && !strings.ContainsAny(v, " \n\t")
}

func isPhone(v string) bool {
	digits := 0
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case strings.IndexByte(" -+()./|", c) < 0:
			return false
		}
	}
	return digits >= 6 && digits <= 17
}

func clipText(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
