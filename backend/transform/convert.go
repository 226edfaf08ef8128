package transform

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// converter turns values into one target field's type.
type converter struct {
	field   model.Field
	several bool
	// options by value, and without case by value and title.
	options, folded map[string]any
	date            *formula.DateFormat
	ease            Ease
}

func newConverter(t model.Field) *converter {
	c := &converter{field: t, several: t.Type == model.Options || t.Type == model.Tags}
	if len(t.Options) > 0 {
		c.options, c.folded = map[string]any{}, map[string]any{}
		for _, o := range t.Options {
			if k := loose(o.Title); k != "" {
				c.folded[k] = o.Value
			}
		}
		for _, o := range t.Options {
			c.options[o.Value], c.folded[loose(o.Value)] = o.Value, o.Value
		}
	}
	c.date, _ = formula.NewDateFormat("", "") // the empty format is always good
	return c
}

// convert gives a value of the target's type, nil for nothing, or the problem.
func (c *converter) convert(in input) (any, *problem.Problem) {
	if in.many && !c.several {
		switch {
		case c.field.Type == model.Option && len(in.list) > 1 && c.ease.FirstOfSeveral:
			in.list = in.list[:1]
		case c.field.Type == model.Option && len(in.list) > 1:
			return nil, problem.New(CodeSeveralValues, "“"+name(c.field)+"” takes one value, but the record has several.",
				"Waybill does not choose one of them by itself.", "Choose one in the source, or use a formula such as INDEX(TEXTSPLIT([Field],\", \"),1).").
				At(problem.Place{Value: strings.Join(in.list, ", ")})
		case len(in.list) == 0:
			return nil, nil
		}
		in.text, in.many = strings.Join(in.list, ", "), false
	}
	switch c.field.Type {
	case model.Text:
		return orNothing(oneLine(c.plain(in))), nil
	case model.LongText, model.JSONType:
		return orNothing(c.plain(in)), nil
	case model.HTML:
		return orNothing(c.rich(in)), nil
	case model.Integer, model.Number:
		return c.number(in)
	case model.Bool:
		return c.bool(in)
	case model.Date, model.DateTime:
		return c.moment(in)
	case model.Email:
		return c.email(in)
	case model.Phone, model.URL:
		return orNothing(strings.TrimSpace(in.text)), nil
	case model.Option:
		return c.option(in.text)
	case model.Options, model.Tags:
		return c.list(in)
	}
	return orNothing(in.text), nil
}

func orNothing(s string) any {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return s
}

func (c *converter) plain(in input) string {
	if in.html {
		return htmlText(in.text)
	}
	return in.text
}

func (c *converter) rich(in input) string {
	if in.html {
		return cleanHTML(in.text)
	}
	return textHTML(in.text)
}

// oneLine makes line breaks blanks.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s))
}

func (c *converter) tooLong(out any) *problem.Problem {
	s, ok := out.(string)
	if !ok || c.ease.AnyLength || c.field.MaxLength <= 0 || len(s) <= c.field.MaxLength || utf8.RuneCountInString(s) <= c.field.MaxLength {
		return nil
	}
	return problem.New(CodeTooLong, fmt.Sprintf("“%s” is longer than the %d characters that the target takes.", name(c.field), c.field.MaxLength),
		"Waybill never cuts a text silently.", "Shorten it in the source, or use a formula such as LEFT([Field],"+strconv.Itoa(c.field.MaxLength)+").").
		At(problem.Place{Value: s})
}

func (c *converter) number(in input) (any, *problem.Problem) {
	if in.hasCell {
		if b, ok := in.cell.Logical(); ok {
			if b {
				return int64(1), nil
			}
			return int64(0), nil
		}
		if _, ok := in.cell.Number(); ok {
			in.text = in.cell.Plain()
		}
	}
	text := strings.TrimSpace(in.text)
	if n, ok := plainNumber(text, c.field.Type == model.Integer); ok {
		return n, nil
	}
	d, ok := parseDecimal(text)
	if !ok {
		return nil, problem.New(CodeNumber, "“"+name(c.field)+"” is a number, but the value is not one.",
			"The target would refuse it.", "Correct it in the source, or read it with a formula such as NUMBERVALUE([Field],\",\",\".\").").
			At(problem.Place{Value: text})
	}
	if d.IsInteger() {
		if i := d.BigInt(); i.IsInt64() {
			return i.Int64(), nil
		}
		return d.String(), nil
	}
	if c.field.Type == model.Integer {
		return nil, problem.New(CodeNumber, "“"+name(c.field)+"” is a whole number, but the value has digits after the point.",
			"Waybill does not round by itself.", "Correct it in the source, or use a formula such as ROUND([Field],0).").
			At(problem.Place{Value: text})
	}
	if d.NumDigits() <= 15 {
		if f, _ := d.Float64(); !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f, nil
		}
	}
	return d.String(), nil
}

// plainNumber reads what most numbers are: up to 15 digits, perhaps with a point among them.
func plainNumber(s string, whole bool) (any, bool) {
	t := strings.TrimPrefix(s, "-")
	if t == "" || len(t) > 15 {
		return nil, false
	}
	n, point, zeros := int64(0), -1, true
	for i := range len(t) {
		switch d := t[i]; {
		case d >= '0' && d <= '9':
			if point < 0 {
				n = n*10 + int64(d-'0')
			}
			zeros = zeros && (point < 0 || d == '0')
		case d == '.' && point < 0 && i > 0:
			point = i
		default:
			return nil, false
		}
	}
	switch {
	case zeros && len(t) < len(s):
		return -n, true
	case zeros:
		return n, true
	case whole:
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// parseDecimal reads digits with a point, nothing else: "1,5" is for the formula to decide.
func parseDecimal(s string) (decimal.Decimal, bool) {
	if s == "" || len(s) > 100 || strings.Trim(s, "+-.0123456789eE") != "" {
		return decimal.Decimal{}, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if e, err := strconv.Atoi(s[i+1:]); err != nil || e > 100 || e < -100 {
			return decimal.Decimal{}, false
		}
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}

func (c *converter) bool(in input) (any, *problem.Problem) {
	if in.flag != nil {
		return *in.flag, nil
	}
	if b, ok := mapping.Truth(in.text); ok {
		return b, nil
	}
	return nil, problem.New(CodeBool, "“"+name(c.field)+"” is yes or no, but the value is neither.",
		"Waybill does not guess which one is meant.", "Use a value list that says which words mean yes.").
		At(problem.Place{Value: in.text})
}

func (c *converter) moment(in input) (any, *problem.Problem) {
	var t time.Time
	var day bool
	loc := time.UTC
	if in.hasCell {
		t, day, _, in.hasCell = in.cell.Time()
	}
	if !in.hasCell {
		d := c.date
		if in.date != nil && !in.stated {
			d, loc = in.date, in.date.Zone()
		}
		var err error
		if t, day, err = d.Parse(in.text); err != nil {
			return nil, problem.New(CodeDate, "“"+name(c.field)+"” is a date, but the value does not fit the format of its field.",
				"Waybill does not guess which day is meant.", "Correct it in the source, or correct the field's date format.").
				At(problem.Place{Value: in.text})
		}
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, problem.New(CodeDate, "“"+name(c.field)+"” is a date, but its year cannot be right.",
			"The target would refuse it.", "Correct it in the source.").At(problem.Place{Value: in.text})
	}
	switch {
	case c.field.Type == model.Date && day:
		return model.Day(t.Format(time.DateOnly)), nil
	case c.field.Type == model.Date: // the day on which it happened there
		return model.Day(t.In(loc).Format(time.DateOnly)), nil
	case day && loc != time.UTC:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc).UTC(), nil
	}
	return t.UTC(), nil
}

func (c *converter) email(in input) (any, *problem.Problem) {
	s := strings.TrimSpace(in.text)
	local, domain, ok := strings.Cut(s, "@")
	if s == "" {
		return nil, nil
	}
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsAny(s, " \t\r\n<>,;") {
		return nil, problem.New(CodeEmail, "“"+name(c.field)+"” is an e-mail address, but the value is not one.",
			"The target would refuse it.", "Correct it in the source, or state in the mapping to leave it empty when it does not fit.").
			At(problem.Place{Value: s})
	}
	return s, nil
}

func (c *converter) option(text string) (any, *problem.Problem) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if c.options == nil {
		return text, nil
	}
	if v, ok := c.options[text]; ok {
		return v, nil
	}
	if v, ok := c.folded[loose(text)]; ok {
		return v, nil
	}
	next := "Use a value list that says what it becomes."
	if o, ok := mapping.NearestOption(text, c.field); ok {
		next = "Use a value list that says what it becomes; the nearest choice is “" + o.Value + "”."
	}
	return nil, problem.New(CodeUnknown, "“"+name(c.field)+"” has no option for this value.",
		"The target would refuse it.", next).At(problem.Place{Value: text})
}

func (c *converter) list(in input) (any, *problem.Problem) {
	list := in.list
	if !in.many {
		list = []string{in.text}
		if in.stated || in.hasCell {
			list = mapping.SplitCell(in.text, ",")
		}
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		v := any(strings.TrimSpace(s))
		if c.field.Type == model.Options {
			var p *problem.Problem
			if v, p = c.option(s); p != nil {
				return nil, p
			}
		}
		if one, _ := v.(string); one != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}
