package files

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"sync"

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
	mu      sync.Mutex      // objects may be read side by side
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
	s.mu.Lock()
	defer s.mu.Unlock() // whoever comes second waits for the answer instead of reading it all again
	if s.checked[t.File] || t.SHA256 == "" {
		return nil
	}
	if t.Kind == KindEML && t.Part == mailFolderPart && t.Entry == "" {
		if err := t.sameFolder(ctx); err != nil {
			return err
		}
		s.checked[t.File] = true
		return nil
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
