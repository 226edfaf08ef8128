package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"waybill/backend/problem"
)

// Progress is told what is being read and how far, in bytes.
type Progress func(what string, done, size int64)

// Inspect finds the tables in files and folders and describes each from one pass
// over all of its rows. Among several files, one that cannot be read comes as a
// table with Refused set; when nothing at all can be read, that is the error.
func Inspect(ctx context.Context, paths []string, progress func(what string, done, size int64)) ([]Table, error) {
	in := newInspector(ctx, progress)
	for _, p := range paths {
		if err := in.path(p); err != nil {
			return nil, err
		}
	}
	readable := false
	for i := range in.tables {
		readable = readable || in.tables[i].Refused == nil
	}
	if !readable {
		for i := range in.tables {
			return nil, in.tables[i].Refused
		}
		return nil, problem.New(codeNoTables, "There is nothing here that Waybill can read.",
			"It reads CSV and other text tables, Excel workbooks (.xlsx), JSON, NDJSON, mail (.eml, .mbox), SQL dumps, and ZIP files of these.",
			"Choose the files of your export, or the folder that holds them.")
	}
	in.unique()
	return in.tables, nil
}

// Reinspect reads a table again with what a person corrected: encoding,
// delimiter, quote or header row. Outputs that still make sense are kept.
func Reinspect(ctx context.Context, t Table, progress func(what string, done, size int64)) (Table, error) {
	if p := t.checkDialect(); p != nil {
		return t, p
	}
	in := newInspector(ctx, progress)
	s, err := look(ctx, t.content(), func(done int64) { in.progress(t.Name, done, t.Size) })
	if err != nil {
		return t, err
	}
	fresh := blank(t.Name, t.File)
	fresh.Entry, fresh.Part, fresh.Kind, fresh.Compression = t.Entry, t.Part, t.Kind, t.Compression
	fresh.Encoding, fresh.EncodingSure = t.Encoding, t.EncodingSure
	fresh.Delimiter, fresh.Quote, fresh.HeaderRow = t.Delimiter, t.Quote, t.HeaderRow
	fresh.Bytes = s.size
	if err := in.stamp(&fresh, s); err != nil {
		return t, err
	}
	switch t.Kind {
	case KindCSV:
		sample, whole, err := textHead(s, fresh.Encoding)
		if err != nil {
			return t, badEncoding(err, &t)
		}
		d := fresh.dialect()
		if strings.IndexByte(string(sample), '\n') < 0 && strings.IndexByte(string(sample), '\r') >= 0 {
			d.newline = '\r'
			fresh.note(noteCR, "The lines end the way old Macs wrote them.")
		}
		if err := fresh.textColumns(d.sampled(sample, whole, sampleRows)); err != nil {
			return t, err
		}
	case KindXLSX:
		if err := in.sheetColumns(&fresh, false); err != nil {
			return t, err
		}
	}
	if err := in.count(&fresh); err != nil {
		return t, err
	}
	for _, o := range t.Outputs {
		if fresh.holds(o) {
			fresh.Outputs = append(fresh.Outputs, o)
		}
	}
	return fresh, nil
}

// checkDialect refuses delimiters and quotes that cannot be told from text.
func (t *Table) checkDialect() *problem.Problem {
	single := func(s string) bool { return s == "" || len(s) == 1 && s[0] < 0x80 && s != "\n" && s != "\r" }
	if single(t.Delimiter) && single(t.Quote) && (t.Delimiter == "" || t.Delimiter != t.Quote) {
		return nil
	}
	return problem.New(codeChoice, fmt.Sprintf("%s cannot be read with the delimiter %q and the quotation mark %q.", t.Name, t.Delimiter, t.Quote),
		"Each must be one plain character, and they must differ.", "Choose a comma, semicolon, tab or pipe, or type another character.").At(problem.Place{File: t.File})
}

// holds says that the table still has every column that an output names.
func (t *Table) holds(o Output) bool {
	names := append([]string{}, o.Key...)
	names = append(names, o.Columns...)
	for _, l := range o.Links {
		names = append(names, l.Column)
	}
	if o.FileColumn != "" {
		names = append(names, o.FileColumn)
	}
	if o.Where != nil {
		names = append(names, o.Where.Column)
	}
	for _, n := range names {
		if t.column(n) < 0 {
			return false
		}
	}
	return true
}

// inspector gathers the tables of one inspection.
type inspector struct {
	ctx      context.Context
	progress Progress
	tables   []Table
	hashes   map[string]string // of files on disk
	// attached are folders that tables name as holding attachments.
	attached map[string]bool
}

func newInspector(ctx context.Context, progress Progress) *inspector {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	return &inspector{ctx: ctx, progress: progress, hashes: map[string]string{}, attached: map[string]bool{}}
}

// refuse records a file that cannot be read, unless the fault is not the file's.
func (in *inspector) refuse(c content, err error) error {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return err
	}
	t := blank(c.name, c.file)
	t.Entry, t.Compression, t.Refused = c.entry, c.compression, p
	t.note(string(p.Code), p.What+" "+p.Next)
	in.tables = append(in.tables, t)
	return nil
}

// keep inspects a table to the end and keeps it.
func (in *inspector) keep(t Table) error {
	if err := in.count(&t); err != nil {
		return in.refuse(t.content(), err)
	}
	in.tables = append(in.tables, t)
	return nil
}

// unique makes the names of tables differ.
func (in *inspector) unique() {
	seen := map[string]int{}
	for i := range in.tables {
		n := in.tables[i].Name
		seen[n]++
		for seen[n] > 1 {
			n = fmt.Sprintf("%s (%d)", in.tables[i].Name, seen[in.tables[i].Name])
			seen[n]++
		}
		in.tables[i].Name = n
	}
}

const (
	previewRows    = 20
	previewCell    = 300
	brokenExamples = 10
)

// count is the pass over every row.
func (in *inspector) count(t *Table) error {
	r, err := openRows(in.ctx, t, position{})
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	var stats []*stat
	budget := max(1<<12, min(1<<20, exactBudget/max(1, len(t.Columns))))
	tick := 0
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if tick++; tick%1000 == 0 {
			in.progress(t.Name, min(x.end, t.Bytes), t.Bytes)
		}
		if x.why != nil {
			t.Broken++
			if len(t.BrokenExamples) < brokenExamples {
				t.BrokenExamples = append(t.BrokenExamples, x.why)
			}
			continue
		}
		t.Rows++
		for len(stats) < len(x.cells) {
			s := newStat(budget)
			s.paths = isFileName(r.names()[len(stats)])
			stats = append(stats, s)
		}
		for i, c := range x.cells {
			var list []string
			if x.lists != nil {
				list = x.lists[i]
			}
			stats[i].add(c, list)
		}
		if len(t.Preview) < previewRows {
			t.Preview = append(t.Preview, preview(x.cells))
		}
	}
	t.describe(r, stats)
	for _, s := range stats {
		for d := range s.dirs {
			in.attached[path.Join(t.folder(), d)] = true
		}
	}
	in.progress(t.Name, t.Bytes, t.Bytes)
	if t.Rows == 0 && t.Broken == 0 {
		t.note("table.no_rows", "There are column names, but no rows.")
	}
	return nil
}

// folder is where the table lies within what was chosen, or within its ZIP.
func (t *Table) folder() string {
	if t.Entry != "" {
		return path.Dir(slashed(t.Entry))
	}
	name, _, _ := strings.Cut(t.Name, " / ")
	return path.Dir(name)
}

func (t *Table) describe(r rows, stats []*stat) {
	names := r.names()
	for len(stats) < len(names) {
		stats = append(stats, newStat(1))
	}
	t.Columns = make([]Column, 0, len(names))
	for i, n := range names {
		t.Columns = append(t.Columns, stats[i].column(n, t.Rows))
	}
	for i := range t.Preview {
		for len(t.Preview[i]) < len(names) {
			t.Preview[i] = append(t.Preview[i], "")
		}
	}
	switch x := r.(type) {
	case *csvRows:
		t.BlankRows = x.blank
		if x.bare > 0 {
			t.note(noteBare, fmt.Sprintf("%d quotation marks stand inside cells without quotation marks around them. They were kept as text.", x.bare))
		}
	case *ndjsonRows:
		t.BlankRows = x.blank
	case *xlsxRows:
		t.BlankRows = x.blank
	case *mailRows:
		if i := t.column("attachments"); t.Columns[i].Filled > 0 {
			t.note("mail.attachments", fmt.Sprintf("%d messages carry files. They are listed by name; their content is not read from messages.", t.Columns[i].Filled))
		}
	}
	if t.BlankRows > 0 {
		t.note("table.blank_rows", fmt.Sprintf("%d empty rows were passed over.", t.BlankRows))
	}
}

func preview(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = clipText(c, previewCell)
	}
	return out
}
