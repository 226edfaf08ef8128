package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Notes about how a text file is written.
const (
	noteCR       = "text.carriage_returns"
	notePreamble = "text.preamble"
	noteNoHeader = "text.no_header"
	noteWide     = "text.extra_cells"
	noteBare     = "text.bare_quotes"
	noteNames    = "text.column_names"
)

const sampleRows = 2000

// sniff decides how a sample of decoded text writes its cells.
func sniff(sample []byte, whole bool) dialect {
	d := dialect{quote: '"', newline: '\n'}
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		d.newline = '\r'
	}
	if !whole {
		if i := bytes.LastIndexByte(sample, d.newline); i > 0 {
			sample = sample[:i+1]
		}
	}
	best := 0.0
	for _, quote := range quotesIn(sample) {
		for _, delimiter := range []byte{',', ';', '\t', '|'} {
			c := dialect{delimiter: delimiter, quote: quote, newline: d.newline}
			if score := c.score(sample); score > best {
				best, d = score, c
			}
		}
	}
	return d
}

// quotesIn lists the quotes worth trying: single ones only when they enclose cells.
func quotesIn(sample []byte) []byte {
	singles := 0
	for _, delimiter := range []byte{',', ';', '\t', '|', '\n'} {
		singles += bytes.Count(sample, []byte{delimiter, '\''}) + bytes.Count(sample, []byte{'\'', delimiter})
	}
	lines := bytes.Count(sample, []byte{'\n'}) + 1
	if singles > 2*lines && singles > 4*bytes.Count(sample, []byte{'"'}) {
		return []byte{'"', '\''}
	}
	return []byte{'"'}
}

// score is high when the rows of the sample have the same number of cells, more
// than one. A dialect that damages rows is worth less.
func (d dialect) score(sample []byte) float64 {
	widths, rows, damaged := map[int]int{}, 0, 0
	r := newCSVReader(bytes.NewReader(sample), d, &Table{})
	for rows < sampleRows {
		x, ok, err := r.next()
		if err != nil {
			break
		}
		if !ok {
			continue
		}
		rows++
		if x.why != nil {
			damaged++
			continue
		}
		widths[len(x.cells)]++
	}
	width, count := 0, 0
	for w, n := range widths {
		if n > count || n == count && w > width {
			width, count = w, n
		}
	}
	if rows == 0 || width < 2 {
		return 0
	}
	same := float64(count) / float64(rows)
	if same < 0.5 {
		return 0
	}
	return same*same*(1+0.15*math.Log2(float64(width))) - float64(damaged+int(r.bare))/float64(2*rows)
}

// sampled are the first rows of a text, as cells.
func (d dialect) sampled(sample []byte, whole bool, limit int) [][]string {
	if !whole {
		if i := bytes.LastIndexByte(sample, d.newline); i > 0 {
			sample = sample[:i+1]
		}
	}
	var out [][]string
	r := newCSVReader(bytes.NewReader(sample), d, &Table{})
	for len(out) < limit {
		x, ok, err := r.next()
		if errors.Is(err, io.EOF) || err != nil {
			break
		}
		if ok && x.why == nil {
			out = append(out, x.cells)
		} else if ok {
			out = append(out, nil) // it counts as a row above the header
		}
	}
	return out
}

// findHeader says which of the first rows names the columns, from 1; 0: none does.
// from is the first row of the table itself, from 0.
func findHeader(sample [][]string) (header, from int) {
	widths := map[int]int{}
	for _, cells := range sample {
		widths[len(cells)]++
	}
	usual, count := 1, 0
	for w, n := range widths {
		if w > 0 && (n > count || n == count && w > usual) {
			usual, count = w, n
		}
	}
	for i, cells := range sample {
		if i > 30 {
			break
		}
		if 3*len(cells) < 2*usual || 5*filled(cells) < 3*min(len(cells), usual) {
			continue
		}
		if i > 0 && len(cells) != usual && len(sample[0]) == usual {
			break
		}
		if looksLikeHeader(cells, sample[i+1:]) {
			return i + 1, i + 1
		}
		return 0, i
	}
	return 0, 0
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

func looksLikeHeader(cells []string, below [][]string) bool {
	data, seen, named := 0, 0, 0
	for i, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		named++
		if looksLikeData(c) {
			data++
		}
		for j, other := range below {
			if j > 200 {
				break
			}
			if i < len(other) && strings.TrimSpace(other[i]) == c {
				seen++
				break
			}
		}
	}
	if len(cells) == 1 {
		c := strings.TrimSpace(cells[0])
		if utf8.RuneCountInString(c) > 40 || strings.HasSuffix(c, ".") || strings.HasSuffix(c, "?") || strings.HasSuffix(c, "!") || strings.Count(c, " ") > 4 {
			return false
		}
	}
	return named > 0 && 3*data < named+1 && 2*seen < named+1
}

// looksLikeData says that a cell is a value rather than a column's name.
func looksLikeData(c string) bool {
	if utf8.RuneCountInString(c) > 100 {
		return true
	}
	if isInteger(c) || isDecimal(c) || isEmail(c) || isURL(c) {
		return true
	}
	_, ok := parseShape(c)
	return ok
}

// columnNames makes names unique and gives names to columns without one.
func columnNames(header []string, width int) (names []string, changed []string) {
	seen := map[string]int{}
	for i := range width {
		name := ""
		if i < len(header) {
			name = strings.TrimSpace(strings.TrimPrefix(header[i], "\uFEFF"))
		}
		original := name
		if name == "" {
			name = fmt.Sprintf("Column %d", i+1)
		}
		for seen[strings.ToLower(name)] > 0 {
			seen[strings.ToLower(name)]++
			name = fmt.Sprintf("%s (%d)", name, seen[strings.ToLower(name)])
		}
		seen[strings.ToLower(name)]++
		if original != "" && name != original {
			changed = append(changed, name)
		}
		names = append(names, name)
	}
	return names, changed
}
