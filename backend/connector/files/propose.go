package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"waybill/backend/model"
)

// Propose says what each table seems to hold, what identifies its records and
// what points where. Keys and links are judged by all the values, not by names alone.
func Propose(ctx context.Context, tables []Table) ([]Table, error) {
	out := make([]Table, len(tables))
	copy(out, tables)
	for i := range out {
		out[i].Outputs = []Output{}
		if out[i].Refused != nil || out[i].Rows == 0 {
			continue
		}
		if err := out[i].settleKeys(ctx); err != nil {
			return nil, err
		}
		out[i].proposeMain()
	}
	p := &proposal{ctx: ctx, tables: out, sets: map[place]*keyset{}}
	defer p.close()
	p.derive()
	if err := p.links(); err != nil {
		return nil, err
	}
	for i := range out {
		if len(out[i].Outputs) == 0 && out[i].Refused == nil {
			out[i].Notes = append(append([]Note{}, out[i].Notes...), Note{
				Code:    "table.not_moved",
				Message: "It is not clear what this table holds, so nothing of it is moved unless you choose.",
			})
		}
	}
	return out, nil
}

// settleKeys counts exactly what was only estimated, for columns that may be keys.
func (t *Table) settleKeys(ctx context.Context) error {
	var open []int
	for i := range t.Columns {
		c := &t.Columns[i]
		if !c.DistinctExact && (isIDName(c.Name) || c.Type == model.Email || i == 0) {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return nil
	}
	sets := make([]*keyset, len(open))
	defer func() {
		for _, k := range sets {
			_ = k.close() // temporary files
		}
	}()
	for i := range sets {
		sets[i] = &keyset{}
	}
	err := t.eachRow(ctx, func(x *row) error {
		for i, at := range open {
			if v := strings.TrimSpace(cellAt(x, at)); v != "" {
				if err := sets[i].add(v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.Columns = append([]Column{}, t.Columns...)
	for i, at := range open {
		n, err := sets[i].distinct()
		if err != nil {
			return err
		}
		t.Columns[at].Distinct, t.Columns[at].DistinctExact = n, true
	}
	return nil
}

// eachRow reads the rows that can be read.
func (t *Table) eachRow(ctx context.Context, do func(x *row) error) error {
	r, err := openRows(ctx, t, position{})
	if err != nil {
		return err
	}
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		if err == nil && x.why == nil {
			err = do(x)
		}
		if err != nil {
			return errors.Join(err, r.Close())
		}
	}
}

// proposeMain gives a table the output that its rows are.
func (t *Table) proposeMain() {
	if t.Kind == KindEML || t.Kind == KindMbox {
		t.proposeMail()
		return
	}
	o, why := t.object()
	if o == "" {
		return
	}
	key, repeats, keyWhy := t.keyColumn(o)
	out := newOutput(o, Count)
	out.Why = why + " " + keyWhy
	if key != "" {
		out.Key = []string{key}
	}
	c := t.column(key)
	often := repeats && t.Rows >= 10 && t.Columns[c].values()*10 < t.Columns[c].rowsWithValue()*9
	if often && o == model.Ticket {
		out.Repeats = Last
		out.Why = why + " " + keyWhy + " So the rows are events of a ticket: the last one is its state, and each becomes a message."
		events := newOutput(model.Message, Count)
		events.Why = "Each row is one event in the life of a ticket."
		events.Links = append(events.Links, LinkSpec{Column: key, To: []model.Object{model.Ticket}, Matched: t.Columns[c].rowsWithValue(), Why: "It is the ticket's own key."})
		t.Outputs = append(t.Outputs, out, events)
		return
	}
	if often {
		out.Key = []string{}
		out.Why = why + " " + keyWhy + " That is no key, so a record is known by its place."
	}
	if o == model.Attachment {
		out.FileColumn = t.fileColumn()
	}
	if o == model.Contact {
		if agents, ok := t.splitUsers(out); ok {
			t.Outputs = append(t.Outputs, agents...)
			return
		}
	}
	t.Outputs = append(t.Outputs, out)
}

// fileColumn names the column that says where an attachment's content lies.
func (t *Table) fileColumn() string {
	for _, want := range []string{"path", "file_path", "filepath", "stored_as", "local_path", "file", "filename", "file_name", "attachment", "location"} {
		for i := range t.Columns {
			if strings.Join(nameWords(t.Columns[i].Name), "_") == want && t.Columns[i].Filled > 0 {
				return t.Columns[i].Name
			}
		}
	}
	return ""
}

var staffRoles = map[string]bool{"agent": true, "admin": true, "administrator": true, "staff": true, "operator": true, "owner": true, "team member": true, "light agent": true, "supervisor": true}

// splitUsers parts a table of users into agents and customers by their role.
func (t *Table) splitUsers(out Output) ([]Output, bool) {
	for i := range t.Columns {
		c := &t.Columns[i]
		name := strings.Join(nameWords(c.Name), "_")
		if name != "role" && name != "user_role" && name != "user_type" && name != "usertype" {
			continue
		}
		values := c.Options
		if len(values) == 0 {
			values = c.Samples
		}
		var staff []string
		for _, v := range values {
			if staffRoles[strings.ToLower(strings.TrimSpace(v))] {
				staff = append(staff, v)
			}
		}
		if len(staff) == 0 || int64(len(c.Samples)) < min(c.Distinct, 5) {
			return nil, false
		}
		agents := out
		agents.Object = model.Agent
		agents.Where = &Where{Column: c.Name, Values: staff}
		agents.Why = fmt.Sprintf("%s says that they are agents.", c.Name)
		agents.Links, agents.Columns, agents.As = []LinkSpec{}, []string{}, map[string]string{}
		if len(staff) == len(values) && c.Blank == 0 {
			agents.Where = nil
			return []Output{agents}, true
		}
		out.Where = &Where{Column: c.Name, Values: staff, Not: true}
		return []Output{out, agents}, true
	}
	return nil, false
}

// place is a column of a table.
type place struct{ table, column int }

// proposal is what is known of all tables together.
type proposal struct {
	ctx    context.Context
	tables []Table
	sets   map[place]*keyset
}

func (p *proposal) close() {
	for _, k := range p.sets {
		_ = k.close() // temporary files
	}
}

// has says whether a table of its own holds such records.
func (p *proposal) has(o model.Object) bool {
	for i := range p.tables {
		for j := range p.tables[i].Outputs {
			if p.tables[i].Outputs[j].Object == o {
				return true
			}
		}
	}
	return false
}

// derive makes people, groups and companies of the columns that name them, where
// no table of their own holds them.
func (p *proposal) derive() {
	missing := map[model.Object]bool{}
	for _, o := range []model.Object{model.Contact, model.Agent, model.Group, model.Organization} {
		missing[o] = !p.has(o)
	}
	for i := range p.tables {
		t := &p.tables[i]
		if len(t.Outputs) == 0 || t.Kind == KindEML || t.Kind == KindMbox {
			continue
		}
		switch t.Outputs[0].Object {
		case model.Ticket, model.Message, model.Contact:
		default:
			continue
		}
		used := map[int]bool{}
		for j := range t.Columns {
			to, plain := pointsTo(t.Columns[j].Name)
			if len(to) == 0 || !plain || used[j] || !missing[to[0]] || to[0] == t.Outputs[0].Object || !t.Columns[j].names() {
				continue
			}
			if o, ok := t.derived(j, to[0], used); ok {
				t.Outputs = append(t.Outputs, o)
			}
		}
	}
}

// names says that a column's values can name somebody: numbers cannot.
func (c *Column) names() bool {
	if c.rowsWithValue() == 0 || c.Longest > 200 {
		return false
	}
	switch c.Type {
	case model.Text, model.Option, model.Email:
	default:
		return false
	}
	for _, s := range c.Samples {
		if !isInteger(strings.TrimSpace(s)) && !nothings[strings.ToLower(strings.TrimSpace(s))] {
			return true
		}
	}
	return false
}

// derived makes an output of a column and of its companions: "requester name"
// goes with "requester email".
func (t *Table) derived(at int, o model.Object, used map[int]bool) (Output, bool) {
	out := newOutput(o, First)
	base := stem(t.Columns[at].Name)
	key := at
	var group []int
	for j := range t.Columns {
		if !used[j] && stem(t.Columns[j].Name) == base && t.Columns[j].names() {
			group = append(group, j)
			if t.Columns[j].Type == model.Email {
				key = j
			}
		}
	}
	taken := map[string]bool{}
	for _, j := range group {
		used[j] = true
		field := "name"
		words := nameWords(t.Columns[j].Name)
		switch {
		case t.Columns[j].Type == model.Email:
			field = "email"
		case isPhoneName(t.Columns[j].Name):
			field = "phone"
		case len(group) > 1 && idWords[words[len(words)-1]]:
			field = "id"
		}
		if taken[field] {
			field = t.Columns[j].Name
		}
		taken[field] = true
		out.Columns = append(out.Columns, t.Columns[j].Name)
		out.As[t.Columns[j].Name] = field
	}
	out.Key = []string{t.Columns[key].Name}
	out.Why = fmt.Sprintf("%s names %s, and no table of their own lists them.", t.Columns[key].Name, strings.ToLower(title(o)))
	return out, len(group) > 0
}

// stem is a column's name without what it says of the one it names.
func stem(name string) string {
	words := nameWords(name)
	n := len(words)
	for n > 1 && (leaf[words[n-1]] || words[n-1] == "id" || phoneWords[words[n-1]]) {
		n--
	}
	return strings.Join(words[:n], " ")
}
