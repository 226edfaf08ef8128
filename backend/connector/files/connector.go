package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Limits of one page; variables so that tests can cut small files into many.
var (
	pageRecords = 1000
	pageBytes   = 4 << 20
)

// Kind describes files as a source. Its configuration holds the tables as a
// person confirmed them, as JSON, under "tables".
func Kind() connector.Kind {
	return connector.Kind{
		Name: "files", Title: "Export files", Source: true,
		Caps: connector.Caps{Files: true},
		Open: func(_ context.Context, cfg map[string]string, _ secret.Vault, _ http.RoundTripper) (connector.Connector, error) {
			var tables []Table
			if err := json.Unmarshal([]byte(cfg["tables"]), &tables); err != nil || len(tables) == 0 {
				return nil, problem.Wrap(err, codeChoice, "No files are chosen yet.",
					"The source of this project is export files, but none are named.", "Choose the files of your export.")
			}
			return New(tables), nil
		},
	}
}

// Source reads tables as a connector.
type Source struct {
	tables  []Table
	checked map[string]bool // files whose content was compared with what was inspected
}

var (
	_ connector.Connector = (*Source)(nil)
	_ connector.Filer     = (*Source)(nil)
)

// New makes a source of tables that were inspected and given outputs.
func New(tables []Table) *Source {
	return &Source{tables: tables, checked: map[string]bool{}}
}

// Check says which files will be read, and that they are still there.
func (s *Source) Check(context.Context) (connector.Account, error) {
	a := connector.Account{Rights: []string{}, Missing: []string{}}
	for i := range s.tables {
		t := &s.tables[i]
		if a.Name == "" {
			a.Name = filepath.Dir(t.File)
		}
		if len(t.Outputs) == 0 {
			continue
		}
		if _, err := statFile(t.File, t.Name); err != nil {
			return a, err
		}
		a.Rights = append(a.Rights, "read "+t.Name)
	}
	return a, nil
}

// Schema is the shape of the records that the tables yield.
func (s *Source) Schema(context.Context) (model.Schema, error) { return Schema(s.tables), nil }

// Close has nothing to end: files are open only while they are read.
func (s *Source) Close() error { return nil }

// step is one output of one table: what one walk over the file yields.
type step struct {
	table, output int
}

func (s *Source) steps(o model.Object) []step {
	var out []step
	for i := range s.tables {
		if s.tables[i].Refused != nil {
			continue
		}
		for j := range s.tables[i].Outputs {
			if s.tables[i].Outputs[j].Object == o {
				out = append(out, step{i, j})
			}
		}
	}
	return out
}

// Count adds up what the inspection counted. It is exact unless rows share a
// key that spans columns, or an output takes only some rows.
func (s *Source) Count(_ context.Context, o model.Object) (int64, bool, error) {
	var n int64
	exact := true
	steps := s.steps(o)
	for _, st := range steps {
		t := &s.tables[st.table]
		k, ok := t.expect(&t.Outputs[st.output])
		n += k
		exact = exact && ok
	}
	if len(steps) > 1 {
		for _, st := range steps { // two tables may name the same people
			exact = exact && s.tables[st.table].Outputs[st.output].Repeats == Count
		}
	}
	return n, exact, nil
}

// expect is how many records an output will give, and whether that is certain.
func (t *Table) expect(o *Output) (int64, bool) {
	exact := o.Where == nil
	if len(o.Key) == 0 {
		return t.Rows, exact
	}
	if len(o.Key) > 1 {
		return t.Rows, false
	}
	i := t.column(o.Key[0])
	if i < 0 {
		return 0, false
	}
	c := &t.Columns[i]
	nothing, spellings := int64(0), int64(0)
	for _, v := range c.Empty {
		if c.Nothing[v] > 0 {
			spellings++
			nothing += c.Nothing[v]
		}
	}
	if o.Repeats == Count {
		return c.Filled - nothing, exact
	}
	return c.Distinct - spellings, exact && c.DistinctExact
}

// cursor is where reading goes on, as text that survives restarts.
type cursor struct {
	V      int    `json:"v"`
	File   string `json:"f"` // SHA-256 of the file, so that a changed one is noticed
	Table  int    `json:"t"`
	Output int    `json:"u"`
	position
}

// Pages reads an object's records from all tables that yield it, in order.
func (s *Source) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	steps := s.steps(o)
	at := cursor{V: 1}
	first := 0
	if from != "" {
		if err := json.Unmarshal([]byte(from), &at); err != nil || at.V != 1 {
			return badCursor(err)
		}
		first = -1
		for i, st := range steps {
			if st.table == at.Table && st.output == at.Output {
				first = i
			}
		}
		if first < 0 {
			return badCursor(nil)
		}
	}
	var size, done, total int64
	for i, st := range steps {
		t := &s.tables[st.table]
		size += t.Bytes
		if i < first {
			done += t.Bytes
		}
		n, _ := t.expect(&t.Outputs[st.output])
		total += n
	}
	for _, st := range steps[first:] {
		t := &s.tables[st.table]
		if err := s.same(ctx, t); err != nil {
			return err
		}
		if at.File != "" && at.File != t.SHA256 && at.Table == st.table {
			return changedSince(t.File, t.Name)
		}
		w := walk{ctx: ctx, table: t, step: st, base: done, size: size, total: total, each: each}
		start := at.position
		if at.Table != st.table || at.Output != st.output {
			start = position{}
		}
		w.position = start
		if err := w.run(s.owner(st)); err != nil {
			return err
		}
		at = cursor{V: 1}
		at.Table = -1
		done += t.Bytes
	}
	return nil
}

// owner says whether this output also accounts for the table's broken rows:
// the first one does, so that each counts once.
func (s *Source) owner(st step) bool { return st.output == 0 }

func badCursor(err error) *problem.Problem {
	return problem.Wrap(err, codeCursor, "The place where reading stopped does not belong to these files.",
		"The choice of files or of what they yield was changed in the meantime.",
		"Read the files again from the beginning.")
}

// same makes sure that a file is the one that was inspected.
func (s *Source) same(ctx context.Context, t *Table) error {
	if s.checked[t.File] || t.SHA256 == "" {
		return nil
	}
	if t.Kind == KindEML && t.Part == mailFolderPart {
		s.checked[t.File] = true
		return t.sameFolder(ctx)
	}
	fi, err := statFile(t.File, t.Name)
	if err != nil {
		return err
	}
	if fi.Size() != t.Size {
		return changedSince(t.File, t.Name)
	}
	h, err := hashFile(ctx.Err, t.File, t.Name)
	if err != nil {
		return err
	}
	if h != t.SHA256 {
		return changedSince(t.File, t.Name)
	}
	s.checked[t.File] = true
	return nil
}

// walk reads one table for one output and cuts the records into pages.
type walk struct {
	ctx   context.Context
	table *Table
	step  step
	base  int64
	size  int64
	total int64
	each  func(connector.Page) error
	position

	maker maker
	page  connector.Page
	bytes int
}

func (w *walk) run(owner bool) error {
	var err error
	if w.maker, err = newMaker(w.table, w.step.output); err != nil {
		return err
	}
	r, err := openRows(w.ctx, w.table, w.position)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	pending := false
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		pending = true
		w.Row++
		w.Offset = x.end
		w.Line = lineAfter(r, x)
		w.take(x, owner)
		if len(w.page.Records)+len(w.page.Broken) >= pageRecords || w.bytes >= pageBytes {
			if err := w.flush(min(x.end, w.table.Bytes)); err != nil {
				return err
			}
			pending = false
		}
	}
	if !pending && w.page.Records == nil && w.page.Broken == nil && w.Row > 0 {
		return nil
	}
	return w.flush(w.table.Bytes)
}

// lineAfter is the line on which the next row begins.
func lineAfter(r rows, x *row) int64 {
	switch v := r.(type) {
	case *csvRows:
		return v.line
	case *ndjsonRows:
		return v.line
	}
	return x.line
}

func (w *walk) take(x *row, owner bool) {
	if x.why != nil {
		if owner {
			w.page.Broken = append(w.page.Broken, connector.Broken{Place: w.table.place(x.line), Raw: x.raw, Why: x.why})
			w.bytes += len(x.raw)
		}
		return
	}
	rec, why, ok := w.maker.record(x, w.Row)
	switch {
	case why != nil:
		raw := x.raw
		if raw == nil {
			raw = jsonObject(w.maker.all, pad(x.cells, len(w.maker.all)))
		}
		w.page.Broken = append(w.page.Broken, connector.Broken{Place: w.table.place(x.line), Raw: clip(raw), Why: why})
		w.bytes += len(raw)
	case ok:
		w.page.Records = append(w.page.Records, rec)
		w.bytes += len(rec.Raw)
	}
}

func (w *walk) flush(at int64) error {
	c := cursor{V: 1, File: w.table.SHA256, Table: w.step.table, Output: w.step.output, position: w.position}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	w.page.Next = connector.Cursor(b)
	w.page.Repeats = w.maker.repeats
	w.page.Total, w.page.Done, w.page.Size = w.total, w.base+at, w.size
	if err := w.ctx.Err(); err != nil {
		return err
	}
	err = w.each(w.page)
	w.page, w.bytes = connector.Page{}, 0
	return err
}

func pad(cells []string, n int) []string {
	for len(cells) < n {
		cells = append(cells, "")
	}
	return cells[:n]
}

// maker turns rows into records of one output.
type maker struct {
	table   *Table
	out     *Output
	repeats connector.Repeats
	all     []string // every column's name
	carried []int    // columns that are carried; nil: all
	names   []string // what the carried ones are called
	key     []int
	links   []linkColumn
	where   int
	wanted  map[string]bool
}

type linkColumn struct {
	at        int
	separator string
	spec      LinkSpec
	empty     map[string]bool
}

func newMaker(t *Table, output int) (maker, error) {
	m := maker{table: t, out: &t.Outputs[output], where: -1}
	switch m.out.Repeats {
	case Last:
		m.repeats = connector.RepeatsReplace
	case First:
		m.repeats = connector.RepeatsFirst
	default:
		m.repeats = connector.RepeatsCount
	}
	for _, c := range t.Columns {
		m.all = append(m.all, c.Name)
	}
	find := func(name string) (int, error) {
		if i := t.column(name); i >= 0 {
			return i, nil
		}
		return 0, noColumn(t, name)
	}
	for _, k := range m.out.Key {
		i, err := find(k)
		if err != nil {
			return m, err
		}
		m.key = append(m.key, i)
	}
	for _, k := range m.out.Columns {
		i, err := find(k)
		if err != nil {
			return m, err
		}
		m.carried = append(m.carried, i)
	}
	if len(m.out.Columns) == 0 && len(m.out.As) > 0 {
		for i := range t.Columns {
			m.carried = append(m.carried, i)
		}
	}
	for _, i := range m.carried {
		m.names = append(m.names, m.out.called(m.all[i]))
	}
	for _, l := range m.out.Links {
		i, err := find(l.Column)
		if err != nil {
			return m, err
		}
		m.links = append(m.links, linkColumn{at: i, spec: l, separator: t.Columns[i].Separator, empty: set(t.Columns[i].Empty)})
	}
	if w := m.out.Where; w != nil {
		i, err := find(w.Column)
		if err != nil {
			return m, err
		}
		m.where, m.wanted = i, map[string]bool{}
		for _, v := range w.Values {
			m.wanted[strings.ToLower(strings.TrimSpace(v))] = true
		}
	}
	return m, nil
}

// called is the name under which a record carries a column.
func (o *Output) called(column string) string {
	if n := o.As[column]; n != "" {
		return n
	}
	return column
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, v := range list {
		m[v] = true
	}
	return m
}

func cellAt(x *row, i int) string {
	if i < len(x.cells) {
		return x.cells[i]
	}
	return ""
}

// record makes the record of a row; false: the row does not yield one here.
func (m *maker) record(x *row, number int64) (model.Record, *problem.Problem, bool) {
	if m.where >= 0 && m.wanted[strings.ToLower(strings.TrimSpace(cellAt(x, m.where)))] == m.out.Where.Not {
		return model.Record{}, nil, false
	}
	id, ok := m.id(x, number)
	if !ok {
		if m.out.Repeats == First {
			return model.Record{}, nil, false // a ticket that names nobody is no broken person
		}
		return model.Record{}, m.noKey(x), false
	}
	rec := model.Record{Key: model.Key{Object: m.out.Object, ID: id}, Place: m.table.place(x.line)}
	switch {
	case x.raw != nil && m.carried == nil:
		rec.Raw = x.raw
	case x.raw != nil:
		rec.Raw = m.part(x)
	case m.carried == nil:
		rec.Raw = jsonObject(m.all, pad(x.cells, len(m.all)))
	default:
		cells := make([]string, len(m.carried))
		for i, c := range m.carried {
			cells[i] = cellAt(x, c)
		}
		rec.Raw = jsonObject(m.names, cells)
	}
	for i := range m.links {
		rec.Links = m.links[i].add(rec.Links, x)
	}
	return rec, nil, true
}

// part is a JSON element reduced to the carried columns.
func (m *maker) part(x *row) json.RawMessage {
	b := []byte{'{'}
	for i, c := range m.carried {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, m.names[i]), ':')
		if v := byPath(x.raw, m.all[c]); v.Exists() {
			b = append(b, v.Raw...)
		} else {
			b = append(b, `null`...)
		}
	}
	return append(b, '}')
}

// byPath finds the value of a dotted column. A name may itself hold dots.
func byPath(raw []byte, name string) gjson.Result {
	var find func(v gjson.Result, name string) gjson.Result
	find = func(v gjson.Result, name string) (out gjson.Result) {
		v.ForEach(func(k, sub gjson.Result) bool {
			if key := k.String(); key == name {
				out = sub
			} else if strings.HasPrefix(name, key+".") && sub.IsObject() {
				out = find(sub, name[len(key)+1:])
			}
			return !out.Exists()
		})
		return out
	}
	return find(gjson.ParseBytes(raw), name)
}

// id joins the cells of the key; false: there is nothing in them.
func (m *maker) id(x *row, number int64) (string, bool) {
	if len(m.key) == 0 {
		return fmt.Sprintf("%s#%d", m.table.Name, number), true
	}
	filled := false
	var b strings.Builder
	for i, k := range m.key {
		v := strings.TrimSpace(cellAt(x, k))
		if i > 0 {
			b.WriteByte('|')
		}
		for _, e := range m.table.Columns[k].Empty {
			if v == e {
				v = ""
			}
		}
		filled = filled || v != ""
		b.WriteString(v)
	}
	return b.String(), filled
}

func (m *maker) noKey(x *row) *problem.Problem {
	p := problem.New(codeKeyEmpty, fmt.Sprintf("%s has nothing in %s.", upper(m.table.place(x.line)), strings.Join(m.out.Key, ", ")),
		"That column tells the records apart, so this one could not be found again or linked to.",
		"Fill it in the file and read it again, choose another column as the key, or leave this row out.")
	at := m.table.where(x.line)
	at.Object, at.Field = string(m.out.Object), strings.Join(m.out.Key, ", ")
	return p.At(at)
}

// values are what a cell points to: one value, or several.
func (l *linkColumn) values(x *row) []string {
	values := []string{strings.TrimSpace(cellAt(x, l.at))}
	if list, ok := x.lists[l.at]; ok {
		values = list
	} else if l.separator != "" {
		values = splitCell(values[0], l.separator)
	} else if v := values[0]; strings.HasPrefix(v, "[") {
		if words, ok := jsonWords(v); ok {
			values = words
		}
	}
	out := make([]string, 0, len(values))
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && !l.empty[v] {
			out = append(out, v)
		}
	}
	return out
}

// add appends the links that a cell gives: one for each value in it.
func (l *linkColumn) add(links []model.Link, x *row) []model.Link {
	for _, v := range l.values(x) {
		link := model.Link{Role: l.spec.Column, To: make([]model.Ref, 0, len(l.spec.To))}
		for _, o := range l.spec.To {
			link.To = append(link.To, model.Ref{Object: o, By: l.spec.By, Value: v})
		}
		links = append(links, link)
	}
	return links
}

func noColumn(t *Table, name string) *problem.Problem {
	return problem.New(codeChoice, fmt.Sprintf("%s has no column called %s.", t.Name, name),
		"Something was chosen for a column that is not there, perhaps before the file was read with other settings.",
		"Choose the columns of this file again.").At(problem.Place{File: t.File, Field: name})
}
