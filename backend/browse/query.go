package browse

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/backend/model"
	"waybill/backend/store"
)

// Operators of a condition.
const (
	Is       = "is"
	IsNot    = "is_not"
	Contains = "contains"
	Starts   = "starts"
	Filled   = "filled"
	Empty    = "empty" // nothing, or only blanks
	More     = "more"  // behind the value in the order of the field: greater, later
	Less     = "less"
	Year     = "year"
)

// Condition is one thing that a record must fulfil. Texts are compared without regard to
// case, except by Is and IsNot.
type Condition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

// Order sorts a list by one column.
type Order struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc"`
}

// Query is what a list shows. Without an order it is the staging order.
type Query struct {
	Where []Condition
	Fates []model.Fate
	// Among restricts to these places in the stage, in any order, unless nil.
	Among []int64
	// In restricts to what it has, unless nil.
	In Set
	By []Order
}

// Set tells of places in the stage whether they are in it, such as those of records with
// certain words.
type Set interface{ Has(seq int64) bool }

// View is the answer to a query: the records in their order. It keeps four bytes a record.
type View struct {
	x    *Index
	rows []int32
}

// Total is how many records fit.
func (v *View) Total() int { return len(v.rows) }

// Page gives the places in the stage of n records from the one at offset.
func (v *View) Page(offset, n int) []int64 {
	offset = min(max(offset, 0), len(v.rows))
	n = min(max(n, 0), len(v.rows)-offset)
	out := make([]int64, n)
	for i, r := range v.rows[offset : offset+n] {
		out[i] = v.x.seqs[r]
	}
	return out
}

// Find tells where in the list a record is; -1 when it isn't there.
func (v *View) Find(seq int64) int {
	i, ok := slices.BinarySearch(v.x.seqs, seq)
	if !ok {
		return -1
	}
	return slices.Index(v.rows, int32(i)) //nolint:gosec // records fit
}

// Run answers a query.
func (x *Index) Run(ctx context.Context, db *store.DB, q Query) (*View, error) {
	rows := x.among(q.Among)
	if q.In != nil {
		rows = keep(rows, func(i int32) bool { return q.In.Has(x.seqs[i]) })
	}
	if len(q.Fates) > 0 {
		fates, err := x.fate(ctx, db)
		if err != nil {
			return nil, err
		}
		var want [256]bool
		for _, f := range q.Fates {
			want[uint8(f)] = true //nolint:gosec // a handful of fates
		}
		rows = keep(rows, func(i int32) bool { return want[fates[i]] })
	}
	for _, c := range q.Where {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if rows, err = x.narrow(rows, c); err != nil {
			return nil, err
		}
	}
	// The last column first: each sorting keeps what the one before made.
	for _, by := range slices.Backward(q.By) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if rows, err = x.sort(ctx, db, rows, by); err != nil {
			return nil, err
		}
	}
	return &View{x: x, rows: rows}, nil
}

// among gives the rows of places in the stage, in staging order; of nil all.
func (x *Index) among(seqs []int64) []int32 {
	if seqs == nil {
		rows := make([]int32, len(x.seqs))
		for i := range rows {
			rows[i] = int32(i) //nolint:gosec // records fit
		}
		return rows
	}
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	rows := make([]int32, 0, len(seqs))
	for _, seq := range slices.Compact(seqs) {
		if i, ok := slices.BinarySearch(x.seqs, seq); ok {
			rows = append(rows, int32(i)) //nolint:gosec // records fit
		}
	}
	return rows
}

func keep(rows []int32, fits func(int32) bool) []int32 {
	out := rows[:0]
	for _, i := range rows {
		if fits(i) {
			out = append(out, i)
		}
	}
	return out
}

func (x *Index) narrow(rows []int32, c Condition) ([]int32, error) {
	if !x.Can(c.Field) || c.Field == FateColumn {
		return nil, unknownField(c.Field)
	}
	col := x.cols[c.Field]
	if c.Op == Contains && c.Value == "" {
		return rows, nil
	}
	if c.Op == Contains && col.ends != nil {
		with := col.containing(c.Value)
		out, k := rows[:0], 0
		for _, i := range rows { // both are in staging order
			for k < len(with) && with[k] < i {
				k++
			}
			if k < len(with) && with[k] == i {
				out = append(out, i)
			}
		}
		return out, nil
	}
	if from, to, ok := col.bounds(c); ok {
		first, behind := col.span(from, to)
		return keep(rows, func(i int32) bool { r := col.rankOf(i); return r >= first && r < behind }), nil
	}
	fits, err := col.test(c)
	if err != nil {
		return nil, err
	}
	if col.ends == nil { // each word is judged once
		good := make([]bool, len(col.words))
		for i, w := range col.words {
			good[i] = fits(w)
		}
		return keep(rows, func(i int32) bool { return good[col.codes[i]] }), nil
	}
	return keep(rows, func(i int32) bool { return fits(col.at(int(i))) }), nil
}

// bounds gives the values between which a condition holds, where they stand together in the
// order of the column: moments of a year, what is more or less.
func (c *column) bounds(q Condition) (from, to key, ok bool) {
	dates := c.field.Type == model.DateTime || c.field.Type == model.Date
	switch q.Op {
	case Year:
		year, err := strconv.Atoi(q.Value)
		if err != nil || !dates {
			return from, to, false
		}
		begin := func(y int) key {
			return key{class: classNumber, number: float64(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())}
		}
		return begin(year), begin(year + 1), true
	case More, Less:
		limit := c.key(q.Value)
		if limit.class != classNumber {
			return from, to, false
		}
		if q.Op == Less {
			return key{class: classNumber, number: math.Inf(-1)}, limit, true
		}
		return key{class: classNumber, number: math.Nextafter(limit.number, math.Inf(1))}, key{class: classText}, true
	}
	return from, to, false
}

// test makes the test of a condition, for one value.
func (c *column) test(q Condition) (func(string) bool, error) {
	lower := strings.ToLower(q.Value)
	switch q.Op {
	case Is:
		return func(v string) bool { return v == q.Value }, nil
	case IsNot:
		return func(v string) bool { return v != q.Value }, nil
	case Contains:
		return func(v string) bool { return strings.Contains(strings.ToLower(v), lower) }, nil
	case Starts:
		return func(v string) bool { return strings.HasPrefix(strings.ToLower(v), lower) }, nil
	case Filled:
		return func(v string) bool { return !isBlank(v) }, nil
	case Empty:
		return isBlank, nil
	case More, Less:
		limit := c.key(q.Value)
		return func(v string) bool {
			k := c.key(v)
			if k.class != limit.class { // "later than 3 May" says nothing of what is no date
				return false
			}
			d := compareKeys(k, limit)
			return d > 0 && q.Op == More || d < 0 && q.Op == Less
		}, nil
	case Year:
		year, err := strconv.Atoi(q.Value)
		if err != nil {
			return func(string) bool { return false }, nil //nolint:nilerr // no year: nothing is in it
		}
		return func(v string) bool {
			t, ok := c.moment(v)
			return ok && t.UTC().Year() == year
		}, nil
	}
	return nil, fmt.Errorf("condition %q is not known", q.Op)
}

// staged says whether rows stand as they were staged.
func staged(rows []int32) bool {
	for i, r := range rows {
		if int(r) != i {
			return false
		}
	}
	return true
}

// sort orders rows by one column, by counting: equal ones keep their order.
func (x *Index) sort(ctx context.Context, db *store.DB, rows []int32, by Order) ([]int32, error) {
	var rank func(int32) uint32
	var top uint32
	hollow := false
	switch col := x.cols[by.Field]; {
	case by.Field == FateColumn:
		fates, err := x.fate(ctx, db)
		if err != nil {
			return nil, err
		}
		rank, top = func(i int32) uint32 { return uint32(fates[i]) }, math.MaxUint8
	case col == nil || col.long:
		return nil, unknownField(by.Field)
	default:
		col.rank()
		if col.ends != nil && len(rows) == len(x.seqs) && staged(rows) {
			return col.whole(by.Desc), nil
		}
		rank, top, hollow = col.rankOf, col.top, col.hollow
	}
	if by.Desc {
		up, peak := rank, top
		rank = func(i int32) uint32 {
			if r := up(i); r < peak || !hollow {
				return peak - r
			}
			return peak + 1 // nothing is last both ways
		}
		top++
	}
	if len(rows) < int(top)/4 { // a few of many: comparing them is less than counting all ranks
		slices.SortStableFunc(rows, func(a, b int32) int { return int(int64(rank(a)) - int64(rank(b))) })
		return rows, nil
	}
	starts := make([]int32, int(top)+2)
	for _, i := range rows {
		starts[rank(i)+1]++
	}
	for k := 1; k < len(starts); k++ {
		starts[k] += starts[k-1]
	}
	out := make([]int32, len(rows))
	for _, i := range rows {
		r := rank(i)
		out[starts[r]] = i
		starts[r]++
	}
	return out, nil
}
