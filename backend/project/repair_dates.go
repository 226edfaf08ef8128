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
	"waybill/backend/store"
)

// The layouts of dates that people write. Months by name, and years first, can be read in one way only.
var (
	dayLayouts  = []string{"DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "MM.DD.YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "DD/MM/YY", "MM/DD/YY", "DD.MM.YY", "DD-MM-YY", "MM-DD-YY", "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "D MMM YYYY", "D. MMM YYYY", "D-MMM-YYYY", "D-MMM-YY", "MMM D, YYYY", "MMM D YYYY"}
	timeLayouts = []string{"", " HH:mm", " HH:mm:ss", " hh:mm AM/PM", " hh:mm:ss AM/PM", ", HH:mm", ", hh:mm AM/PM"}
	soleLayouts = []string{"", "X", "x"}
)

// layout is a way to read dates, with which of the values it reads.
type layout struct {
	format string
	reads  []bool
	count  int64
}

// unread is a value that could not be read, and how many records have it.
type unread struct {
	value string
	count int64
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
	for _, v := range values {
		all += v.count
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

// unread counts the distinct values of the source's field in the group, in their order.
func (o *offers) unread(ctx context.Context) ([]unread, error) {
	counts := map[string]int64{}
	f := store.Filter{Object: o.g.Object, Fates: []model.Fate{model.Held}, Op: "held", Code: o.g.Code, Field: o.g.Field}
	for after := int64(0); ; {
		n := 0
		err := o.p.db.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(f, after, 1000)
			for _, row := range rows {
				after = row.Seq
				if value, err := o.prog.Source(row.Record); err == nil {
					if s := strings.TrimSpace(value(o.source.Name)); s != "" {
						counts[s]++
					}
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
	}
	out := make([]unread, 0, len(counts))
	for v, n := range counts {
		out = append(out, unread{v, n})
	}
	slices.SortFunc(out, func(a, b unread) int { return cmp.Compare(a.value, b.value) })
	return out, nil
}

// layoutsTried is how many values decide which ways are counted at all; layoutsShown of
// these are counted over all values.
const (
	layoutsTried = 2000
	layoutsShown = 12
	layoutsPair  = 6
)

// layouts lists the ways that read any of the values, the best first.
func layouts(values []unread, zone string) []layout {
	formats := slices.Clone(soleLayouts)
	for _, d := range dayLayouts {
		for _, t := range timeLayouts {
			formats = append(formats, d+t)
		}
	}
	some := values
	if step := len(values) / layoutsTried; step > 1 {
		some = nil
		for i := 0; i < len(values); i += step {
			some = append(some, values[i])
		}
	}
	tried := []layout{}
	for _, format := range formats {
		if l := count(format, zone, some); l.count > 0 {
			tried = append(tried, l)
		}
	}
	best := func(a, b layout) int { return cmp.Compare(b.count, a.count) }
	slices.SortStableFunc(tried, best)
	tried = tried[:min(len(tried), layoutsShown)]
	if len(some) < len(values) {
		for i := range tried {
			tried[i] = count(tried[i].format, zone, values)
		}
		slices.SortStableFunc(tried, best)
	}
	return tried
}

func count(format, zone string, values []unread) layout {
	l := layout{format: format, reads: make([]bool, len(values))}
	d, err := formula.NewDateFormat(format, zone)
	if err != nil {
		return l // a zone that is not known: the mapping says so
	}
	for i, v := range values {
		if t, _, err := d.Parse(v.value); err == nil && t.Year() > 1900 && t.Year() < 2200 {
			l.reads[i] = true
			l.count += v.count
		}
	}
	return l
}

// pairs lists two ways after one another where together they read more than each alone:
// "412 dates in two orders".
func pairs(found []layout, values []unread, all int64) []RepairOption {
	out := []RepairOption{}
	found = found[:min(len(found), layoutsPair)]
	for i, a := range found {
		for k, b := range found {
			if i == k {
				continue
			}
			both, either := int64(0), int64(0)
			for n, v := range values {
				if a.reads[n] || b.reads[n] {
					either += v.count
				}
				if a.reads[n] && b.reads[n] {
					both += v.count
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
	return out[:min(len(out), layoutsShown)]
}
