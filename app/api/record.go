package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/clean"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// clipField bounds a field of the record panel; the raw record has it in full.
const clipField = 20_000

// Get shows one record in full.
func (r *Records) Get(object, id string) (v RecordView, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	look, err := newLook(r.s.ctx, p)
	if err != nil {
		return v, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Object(object), ID: id})
		if err != nil {
			return err
		}
		v, err = look.record(tx, row)
		return err
	})
	return v, err
}

// look is what is needed to show records: both shapes, and the mapping.
type look struct {
	p        *project.Project
	src, dst model.Schema
	version  mapping.Version
	program  *transform.Program // nil without a mapping
}

// newLook takes the mapping in force, or the working copy before there is one.
func newLook(ctx context.Context, p *project.Project) (*look, error) {
	l := &look{p: p}
	var err error
	if l.src, err = p.Schema(ctx, project.Source); err != nil {
		return nil, err
	}
	if l.dst, err = p.Schema(ctx, project.Target); err != nil {
		return nil, err
	}
	l.version, _, err = p.Accepted(ctx, 0)
	if problem.Is(err, "mapping.none") {
		d, err := workingOn(ctx, p)
		if problem.Is(err, "mapping.too_early") {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
		l.version = d.v
	} else if err != nil {
		return nil, err
	}
	if len(l.dst.Objects) > 0 {
		// What is wrong with a rule shows at its field.
		if l.program, _, err = p.Program(ctx, l.version, l.src, l.dst); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *look) record(tx *store.Tx, row store.Row) (RecordView, error) {
	rec := row.Record
	v := RecordView{
		Object: string(rec.Key.Object), ID: rec.Key.ID, Name: row.Name, Place: rec.Place, Fate: row.Fate.String(), Raw: string(rec.Raw),
		Mark: string(load.MarkOf(l.p.Info().ID, rec.Key)), Problems: []*problem.Problem{}, Fields: fieldsInOrder(rec.Raw), Links: []LinkView{}, Draft: []NameValue{}, Thread: []MessageView{}, History: []Activity{},
	}
	var err error
	if v.Why, err = fateWhy(tx, row); err != nil {
		return v, err
	}
	held, err := tx.WhyHeld(row.Seq)
	if err != nil {
		return v, err
	}
	for _, h := range held {
		v.Problems = append(v.Problems, h.Problem)
	}
	if f, ok, err := tx.File(row.Seq); err != nil {
		return v, err
	} else if ok {
		v.Fields = append(v.Fields, NameValue{Name: "File", Value: fileWords(f)})
	}
	for _, link := range rec.Links {
		x, _, err := follow(tx, link)
		if err != nil {
			return v, err
		}
		v.Links = append(v.Links, x)
	}
	id, line, err := sentAs(tx, row.Seq)
	if err != nil {
		return v, err
	}
	v.TargetID = id
	if line.Mark != "" {
		v.Mark = string(line.Mark)
	}
	if l.program != nil {
		l.draft(&v, rec)
	}
	if rec.Key.Object.Kind() == model.Ticket {
		if v.Thread, err = l.thread(tx, rec.Key); err != nil {
			return v, err
		}
	}
	v.History, err = l.history(tx, row, line)
	return v, err
}

// fieldsInOrder lists a record's fields in the order in which the source wrote them.
func fieldsInOrder(raw []byte) []NameValue {
	values, err := model.Values(raw)
	if err != nil {
		return []NameValue{{Name: "value", Value: clipText(string(raw), clipField)}}
	}
	out, seen := []NameValue{}, map[string]bool{}
	put := func(name string) {
		if v, ok := values[name]; ok && !seen[name] {
			seen[name] = true
			out = append(out, NameValue{Name: name, Value: clipText(model.Plain(v), clipField)})
		}
	}
	var walk func(prefix string, x gjson.Result)
	walk = func(prefix string, x gjson.Result) {
		x.ForEach(func(key, value gjson.Result) bool {
			name := prefix + key.String()
			if _, ok := values[name]; !ok && value.IsObject() {
				walk(name+".", value)
				return true
			}
			put(name)
			return true
		})
	}
	if root := gjson.ParseBytes(raw); root.IsObject() {
		walk("", root)
	}
	for _, name := range model.Names(values) {
		put(name)
	}
	return out
}

func clipText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func fileWords(f store.File) string {
	if f.Problem != nil {
		return f.Name + ": " + f.Problem.What
	}
	return fmt.Sprintf("%s, %s bytes, %s", f.Name, num(f.Size), f.Type)
}

// follow finds out where a link leads.
func follow(tx *store.Tx, link model.Link) (LinkView, store.Spot, error) {
	v := LinkView{Role: link.Role}
	if len(link.To) > 0 {
		v.Object, v.ID = string(link.To[0].Object), link.To[0].Value
	}
	spots, err := tx.Resolve(link.To, 0)
	if err != nil {
		return v, store.Spot{}, err
	}
	for _, ref := range link.To {
		s, ok := spots[ref]
		if !ok {
			continue
		}
		row, err := tx.RecordAt(s.Seq)
		if err != nil {
			return v, s, err
		}
		v.Object, v.ID, v.Name, v.Found = string(row.Record.Key.Object), row.Record.Key.ID, row.Name, true
		return v, s, nil
	}
	return v, store.Spot{}, nil
}

// draft shows what the target should receive.
func (l *look) draft(v *RecordView, rec model.Record) {
	if _, ok := l.program.Target(rec.Key.Object); !ok {
		return
	}
	d, found := l.program.Apply(rec)
	shape, _ := l.dst.Object(d.Object) // what becomes of this one, where conditions decide
	for _, f := range shape.Fields {
		name := f.Title
		if name == "" {
			name = f.Name
		}
		if x, ok := d.Fields[f.Name]; ok {
			v.Draft = append(v.Draft, NameValue{Name: name, Value: clipText(transform.Show(x), clipField)})
		}
		for _, link := range d.Links {
			if link.Field != f.Name || len(link.To) == 0 {
				continue
			}
			value := link.To[0].Object.Word() + " " + link.To[0].Value
			for _, known := range v.Links {
				if known.Found && link.To[0].Value != "" && strings.EqualFold(known.ID, link.To[0].Value) && known.Name != "" {
					value = known.Name + " (" + value + ")"
					break
				}
			}
			v.Draft = append(v.Draft, NameValue{Name: name, Value: value})
		}
	}
	if len(v.Problems) == 0 && (v.Fate == "pending" || v.Fate == "held") {
		v.Problems = append(v.Problems, found...)
	}
}

// history tells what was decided about a record, and where it was sent.
func (l *look) history(tx *store.Tx, row store.Row, line store.LedgerLine) ([]Activity, error) {
	out := []Activity{}
	if line.Seq != 0 {
		r, err := tx.Run(line.Run)
		if err != nil {
			return out, err
		}
		words := map[int]string{
			store.LedgerIntended: "Was about to be sent", store.LedgerCreated: "Created in the target", store.LedgerExisted: "Found in the target again",
			store.LedgerRefused: "Not taken by the target", store.LedgerRolledBack: "Taken back out of the target",
			store.LedgerUnknown: "Nobody knows whether it arrived",
		}
		detail := project.ID("run", line.Run)
		if line.ID != "" {
			detail += ", number there " + line.ID
		}
		out = append(out, Activity{At: line.At, Person: r.By.Name, What: words[line.State], Detail: detail})
	}
	if row.Decision != 0 {
		d, err := tx.Decision(row.Decision)
		if err != nil {
			return out, err
		}
		out = append(out, Activity{At: d.At, Person: d.By.Name, What: d.Title, Detail: d.Why})
	}
	told, err := clean.Told(tx, l.src, row)
	if err != nil {
		return out, err
	}
	for _, c := range told {
		out = append(out, Activity{At: c.Decision.At, Person: c.Decision.By.Name, What: c.Decision.Title, Detail: clipText(c.Before, 200) + " → " + clipText(c.After, 200)})
	}
	return out, nil
}
