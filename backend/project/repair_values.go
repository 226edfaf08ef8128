package project

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// valuesListed is how many distinct values a person is asked about at once.
const valuesListed = 1000

func (o *offers) held(ctx context.Context) (out []store.HeldValue, err error) {
	err = o.p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.HeldValues(o.g, valuesListed)
		return err
	})
	return slices.DeleteFunc(out, func(v store.HeldValue) bool { return strings.TrimSpace(v.Value) == "" }), err
}

// values offers to say what each value becomes: lines of a value list.
func (o *offers) values(ctx context.Context) error {
	if o.rule.Rule != mapping.Values && (o.rule.Rule != mapping.Copy || len(o.rule.Sources) != 1) {
		return nil
	}
	found, err := o.held(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	r := Repair{
		ID: "value_list", Title: "Say what each value becomes", Asks: AskValues, Options: optionsOf(o.target), Again: true,
		Why: fmt.Sprintf("“%s” needs one of the target's own values. Waybill does not guess.", o.fieldTitle()),
	}
	for _, v := range found {
		r.Values = append(r.Values, RepairOption{Value: v.Value, Title: v.Value, Count: v.Count})
	}
	counts := map[string]int64{}
	for _, v := range found {
		counts[v.Value] = v.Count
	}
	asked := r
	r.make = func(ctx context.Context, value, _ string) (change, error) {
		answers, err := asked.answers(value)
		if err != nil {
			return change{}, err
		}
		base := []mapping.ValuePair{}
		if o.rule.Rule == mapping.Copy { // the list must also say what was copied so far
			if base, err = o.known(ctx); err != nil {
				return change{}, err
			}
		}
		return change{edit: o.editRule(func(f *mapping.FieldMap) error {
			if f.Rule == mapping.Copy {
				f.Rule, f.Values = mapping.Values, slices.Clone(base)
			}
			for _, from := range sorted(answers) {
				to := answers[from]
				if to == leaveEmpty {
					to = ""
				}
				setPair(f, mapping.ValuePair{From: from, To: to, Count: counts[from], Decided: true})
			}
			return nil
		})}, nil
	}
	o.list = append(o.list, r)
	return nil
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// setPair settles a line of a value list, also where the list writes it in another case.
func setPair(f *mapping.FieldMap, p mapping.ValuePair) {
	hit := false
	for i := range f.Values {
		if strings.EqualFold(strings.TrimSpace(f.Values[i].From), strings.TrimSpace(p.From)) && !f.Values[i].Decided {
			f.Values[i].To, f.Values[i].Decided, hit = p.To, true, true
		}
	}
	if i := slices.IndexFunc(f.Values, func(x mapping.ValuePair) bool { return x.From == p.From }); i >= 0 {
		f.Values[i].To, f.Values[i].Decided, hit = p.To, true, true
	}
	if !hit {
		f.Values = append(f.Values, p)
	}
}

// known lists the values of the source's field that are understood as they are.
func (o *offers) known(ctx context.Context) ([]mapping.ValuePair, error) {
	counts := map[string]int64{}
	field := o.rule.Sources[0]
	for after := int64(0); ; {
		n := 0
		err := o.p.db.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(store.Filter{Object: o.g.Object}, after, 1000)
			for _, row := range rows {
				after = row.Seq
				values, err := model.Values(row.Record.Raw)
				if err != nil {
					continue // a row that could not be read has no values
				}
				for _, v := range o.single(values[field]) {
					counts[v]++
				}
			}
			n = len(rows)
			return err
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if len(counts) > 20_000 {
			return nil, problem.New("held.too_many_values", "“"+field+"” has too many different values for a value list.", "It holds free text rather than choices.", "Choose another rule for it in Mapping.").At(problem.Place{Field: field})
		}
	}
	options := map[string]string{}
	for _, c := range o.target.Options {
		options[store.Fold(c.Title)] = c.Value
	}
	for _, c := range o.target.Options {
		options[store.Fold(c.Value)] = c.Value
	}
	delete(options, "")
	out := []mapping.ValuePair{}
	for v, n := range counts {
		to, ok := options[store.Fold(v)]
		if o.target.Type == model.Bool {
			b, is := mapping.Truth(v)
			to, ok = fmt.Sprint(b), is
		}
		if ok {
			out = append(out, mapping.ValuePair{From: v, To: to, Count: n, Decided: true})
		}
	}
	slices.SortFunc(out, func(a, b mapping.ValuePair) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From))
	})
	return out, nil
}

// single parts a value of the source as its field does.
func (o *offers) single(v any) []string {
	var all []string
	switch x := v.(type) {
	case []string:
		all = x
	default:
		all = []string{model.Plain(x)}
		if o.source.Separator != "" && (o.source.Type == model.Options || o.source.Type == model.Tags) {
			all = mapping.SplitCell(all[0], o.source.Separator)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// decimals offers to read numbers that are written with other signs.
func (o *offers) decimals() {
	if o.rule.Rule != mapping.Copy || len(o.rule.Sources) != 1 {
		return
	}
	ref := formula.FieldRef(o.rule.Sources[0])
	o.byRule(Repair{
		ID: "decimal_comma", Title: "Read numbers with a comma, such as 1.234,50", Asks: AskNothing, Why: "The comma parts the decimals, and points between digits are left out. Numbers that were read before stay as they are.",
	}, func(f *mapping.FieldMap, _ string) error {
		f.Rule, f.Sources = mapping.Formula, nil
		f.Formula = fmt.Sprintf(`IF(%[1]s="","",IF(IFERROR(FIND(",",%[1]s),0)>0,NUMBERVALUE(%[1]s,",","."),%[1]s))`, ref)
		return nil
	})
}

// The layouts of dates that people write. Months by name, and years first, can be read in one way only.
var (
	dayLayouts  = []string{"DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "MM.DD.YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "DD/MM/YY", "MM/DD/YY", "DD.MM.YY", "DD-MM-YY", "MM-DD-YY", "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "D MMM YYYY", "D. MMM YYYY", "D-MMM-YYYY", "D-MMM-YY", "MMM D, YYYY", "MMM D YYYY"}
	timeLayouts = []string{"", " HH:mm", " HH:mm:ss", " hh:mm AM/PM", " hh:mm:ss AM/PM", ", HH:mm", ", hh:mm AM/PM"}
	soleLayouts = []string{"", "X", "x"}
)

// layout is a way to read dates, with the values that it reads.
type layout struct {
	format string
	reads  map[string]bool
	count  int64
}

// dates offers the ways in which the held values can be read, with how many each one
// reads, and pairs of ways where no single one reads all (P-37).
func (o *offers) dates(ctx context.Context) error {
	if o.source.Name == "" || o.rule.Rule != mapping.Copy && o.rule.Rule != mapping.Formula {
		return nil
	}
	values, err := o.unread(ctx)
	if err != nil || len(values) == 0 {
		return err
	}
	all := int64(0)
	for _, n := range values {
		all += n
	}
	found := layouts(values, o.source.Zone)
	r := Repair{
		ID: "date_format", Title: "Choose how these dates are written", Asks: AskOption,
		Why: "Dates that were read before stay as they are. A date that fits both orders of day and month is read as you choose here.",
	}
	for _, l := range found {
		r.Options = append(r.Options, RepairOption{Value: l.format, Title: fmt.Sprintf("%s: reads %d of %d", formatWord(l.format), l.count, all), Count: l.count})
	}
	r.Options = append(r.Options, pairs(found, values, all)...)
	if len(r.Options) == 0 {
		return nil
	}
	slices.SortStableFunc(r.Options, func(a, b RepairOption) int { return cmp.Compare(b.Count, a.Count) })
	ref, zone := formula.FieldRef(o.source.Name), o.source.Zone
	read := func(format string) string {
		return fmt.Sprintf("DATEVALUE(%s,%s,%s)", ref, formula.Quote(format), formula.Quote(zone))
	}
	o.byRule(r, func(f *mapping.FieldMap, value string) error {
		before := read(o.source.Format)
		if f.Rule == mapping.Formula {
			before = f.Formula
		}
		for _, format := range strings.Split(value, "|") {
			before = "IFERROR(" + before + "," + read(format) + ")"
		}
		f.Rule, f.Sources, f.Formula = mapping.Formula, nil, fmt.Sprintf(`IF(%s="","",%s)`, ref, before)
		return nil
	})
	return nil
}

func formatWord(format string) string {
	switch format {
	case "":
		return "Year first, as 2026-12-31"
	case "X":
		return "Seconds since 1970"
	case "x":
		return "Milliseconds since 1970"
	}
	return format
}

// unread counts the distinct values of the source's field in the group.
func (o *offers) unread(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	f := store.Filter{Object: o.g.Object, Fates: []model.Fate{model.Held}, Op: "held", Code: o.g.Code, Field: o.g.Field}
	for after := int64(0); ; {
		n := 0
		err := o.p.db.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(f, after, 1000)
			for _, row := range rows {
				after = row.Seq
				if values, err := model.Values(row.Record.Raw); err == nil {
					if s := strings.TrimSpace(model.Plain(values[o.source.Name])); s != "" {
						out[s]++
					}
				}
			}
			n = len(rows)
			return err
		})
		if err != nil || n == 0 {
			return out, err
		}
	}
}

// layouts lists the ways that read any of the values, the best first; one that reads just
// what a better one reads is not listed, unless it turns day and month around.
func layouts(values map[string]int64, zone string) []layout {
	formats := slices.Clone(soleLayouts)
	for _, d := range dayLayouts {
		for _, t := range timeLayouts {
			formats = append(formats, d+t)
		}
	}
	out := []layout{}
	for _, format := range formats {
		d, err := formula.NewDateFormat(format, zone)
		if err != nil {
			continue // a zone that is not known: the mapping says so
		}
		l := layout{format: format, reads: map[string]bool{}}
		for v, n := range values {
			if t, _, err := d.Parse(v); err == nil && t.Year() > 1900 && t.Year() < 2200 {
				l.reads[v] = true
				l.count += n
			}
		}
		if l.count > 0 {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b layout) int { return cmp.Compare(b.count, a.count) })
	return out[:min(len(out), 12)]
}

// pairs lists two ways after one another where together they read more than each alone:
// "412 dates in two orders".
func pairs(found []layout, values map[string]int64, all int64) []RepairOption {
	out := []RepairOption{}
	for i, a := range found {
		for k, b := range found {
			if i == k {
				continue
			}
			both, either := int64(0), int64(0)
			for v, n := range values {
				if a.reads[v] || b.reads[v] {
					either += n
				}
				if a.reads[v] && b.reads[v] {
					both += n
				}
			}
			if either <= max(a.count, b.count) || both == 0 && k < i {
				continue // no better together, or the order of the two makes no difference
			}
			title := fmt.Sprintf("%s, else %s: reads %d of %d", formatWord(a.format), formatWord(b.format), either, all)
			if both > 0 {
				title += fmt.Sprintf("; %d fit both and are read as the first", both)
			}
			out = append(out, RepairOption{Value: a.format + "|" + b.format, Title: title, Count: either})
		}
	}
	slices.SortStableFunc(out, func(a, b RepairOption) int { return cmp.Compare(b.Count, a.Count) })
	return out[:min(len(out), 12)]
}
