package transform

import (
	"strings"

	"waybill/backend/model"
)

// New makes a program without rules, which only reads source records.
func New(src model.Schema) *Program {
	p := &Program{}
	p.Know(src)
	return p
}

// Know lets the program read source records of objects that no rule moves: List and Source
// then part cells and know empty words as for those that are moved. Call it before the
// program is used.
func (p *Program) Know(src model.Schema) {
	for _, so := range src.Objects {
		if len(p.objects[so.Object]) > 0 || p.known[so.Object] != nil {
			continue
		}
		if p.known == nil {
			p.known = map[model.Object]*object{}
		}
		o := &object{source: so.Object, fields: map[string]*sourceField{}}
		for _, f := range so.Fields {
			o.fields[f.Name] = newSourceField(f)
		}
		p.known[so.Object] = o
	}
}

func (p *Program) rowOf(r model.Record) (*row, error) {
	o := p.known[r.Key.Object]
	if list := p.objects[r.Key.Object]; len(list) > 0 {
		o = list[0]
	}
	if o == nil {
		o = &object{source: r.Key.Object}
	}
	return o.read(r)
}

// Source gives the values of a source record after corrections, as text by their field.
func (p *Program) Source(r model.Record) (func(field string) string, error) {
	w, err := p.rowOf(r)
	if err != nil {
		return nil, err
	}
	return w.text, nil
}

// List gives the single values of a source field in one record after corrections: several
// where the field holds several, by the source's own rule (P-59). A link gives what it
// leads to, as the source wrote it.
func (p *Program) List(r model.Record, field string) []string {
	w, err := p.rowOf(r)
	if err != nil {
		return nil
	}
	f := w.object.fields[field]
	if f != nil && f.Type == model.LinkType {
		for _, l := range w.record.Links {
			if l.Role == field && len(l.To) > 0 {
				return []string{l.To[0].Value}
			}
		}
	}
	if w.filled(field).Kind == model.ListCell || f.several() {
		return w.list(field)
	}
	if t := strings.TrimSpace(w.text(field)); t != "" {
		return []string{t}
	}
	return nil
}
