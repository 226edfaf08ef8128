package files

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

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
