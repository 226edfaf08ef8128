package practice

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// customs is how the names of custom fields begin; in JSON they lie together.
const customs = "fields."

// encoder writes drafts as the desk's JSON, one after another into one buffer: a run
// of a million records spends its time here.
type encoder struct {
	buf   []byte
	shape model.ObjectSchema
	files connector.Files
	// nulls: what has no value empties its field.
	nulls bool
	parts []part
}

// item appends a draft. A refused one leaves the buffer as it was.
func (e *encoder) item(d model.Draft) *problem.Problem {
	start := len(e.buf)
	refused := e.object(d)
	if refused != nil {
		e.buf = e.buf[:start]
	}
	return refused
}

func (e *encoder) object(d model.Draft) *problem.Problem {
	e.buf = append(e.buf, '{')
	standard, err := e.fields(d, false)
	if err != nil {
		return err
	}
	nested := len(e.buf)
	e.buf = append(e.buf, `"fields":{`...)
	custom, err := e.fields(d, true)
	if err != nil {
		return err
	}
	if e.buf[len(e.buf)-1] == '{' {
		e.buf = e.buf[:nested] // there is none
	} else {
		e.buf[len(e.buf)-1] = '}'
		e.buf = append(e.buf, ',')
	}
	if standard+custom < len(d.Fields) {
		if err := e.unknown(d); err != nil {
			return err
		}
	}
	for _, l := range d.Links {
		switch {
		case l.Target.ID != "":
			e.name(l.Field)
			e.buf = append(appendText(e.buf, l.Target.ID), ',')
		case e.nulls:
			e.name(l.Field)
			e.buf = append(e.buf, "null,"...)
		}
	}
	if d.Mark != "" {
		e.name("external_id")
		e.buf = append(appendText(e.buf, string(d.Mark)), ',')
	}
	if d.Archive && !e.nulls { // only a creation can say so
		e.name("archive")
		e.buf = append(e.buf, "true,"...)
	}
	if d.File != nil {
		if err := e.file(d); err != nil {
			return err
		}
	}
	if last := len(e.buf) - 1; e.buf[last] == ',' {
		e.buf[last] = '}'
	} else {
		e.buf = append(e.buf, '}')
	}
	return nil
}

// fields appends the custom or the standard ones of the values, and counts them.
func (e *encoder) fields(d model.Draft, custom bool) (n int, refused *problem.Problem) {
	for i := range e.shape.Fields {
		f := &e.shape.Fields[i]
		short, isCustom := strings.CutPrefix(f.Name, customs)
		if isCustom != custom {
			continue
		}
		v, ok := d.Fields[f.Name]
		if !ok {
			continue
		}
		n++
		if refused = e.field(d, short, f, v); refused != nil {
			return n, refused
		}
	}
	return n, nil
}

// unknown appends values of fields that the shape does not have: the desk says no to
// them, and that is what its answer is for.
func (e *encoder) unknown(d model.Draft) *problem.Problem {
	names := make([]string, 0, len(d.Fields))
	for name := range d.Fields {
		if _, ok := e.shape.Field(name); !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if err := e.field(d, name, &model.Field{Name: name}, d.Fields[name]); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) name(s string) {
	e.buf = append(appendText(e.buf, s), ':')
}

// field appends one value under a name; nil is no value.
func (e *encoder) field(d model.Draft, name string, f *model.Field, v any) *problem.Problem {
	if v == nil && !e.nulls {
		return nil
	}
	place := problem.Place{Object: string(d.Object), Record: d.Source.ID, Field: f.Name}
	if !valid(v) {
		return problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are not text.", f.Name),
			"Sending it would silently change it, so the record was not sent.",
			"Repair the characters in Clean, or choose the right encoding of the source.").At(place)
	}
	e.name(name)
	switch x := v.(type) {
	case nil:
		e.buf = append(e.buf, "null"...)
	case string:
		// Numbers beyond float64 come as decimal text, and keep all their digits.
		if (f.Type == model.Number || f.Type == model.Integer) && isNumber(x) {
			e.buf = append(e.buf, x...)
		} else {
			e.buf = appendText(e.buf, x)
		}
	case bool:
		e.buf = strconv.AppendBool(e.buf, x)
	case int64:
		e.buf = strconv.AppendInt(e.buf, x, 10)
	case time.Time:
		e.buf = append(x.UTC().AppendFormat(append(e.buf, '"'), "2006-01-02T15:04:05.000Z"), '"')
	case model.Day:
		e.buf = appendText(e.buf, string(x))
	case []string:
		e.buf = append(e.buf, '[')
		for i, s := range x {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.buf = appendText(e.buf, s)
		}
		e.buf = append(e.buf, ']')
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return problem.Wrap(err, connector.CodeInvalid, "A value of this record cannot be written.",
				"The record was not sent.", "Change the rule that makes this value, then retry the record.").At(place)
		}
		e.buf = append(e.buf, b...)
	}
	e.buf = append(e.buf, ',')
	return nil
}

// file names a draft's content as a part of the request.
func (e *encoder) file(d model.Draft) *problem.Problem {
	if err := wire.Readable(e.files, d.File.Hash); err != nil {
		return problem.Wrap(err, connector.CodeRefused, fmt.Sprintf("The file %q could not be read from the project.", d.File.Name),
			"It was not sent, so its attachment is missing in the desk.", "Extract the attachments again, then retry this record.").
			At(problem.Place{Object: string(d.Object), Record: d.Source.ID, Field: "content"})
	}
	p := part{name: "file_" + d.File.Hash, hash: d.File.Hash}
	e.parts = append(e.parts, p)
	e.name("content")
	e.buf = append(appendText(e.buf, p.name), ',')
	for _, x := range [][2]string{{"name", d.File.Name}, {"content_type", d.File.Type}} {
		if d.Fields[x[0]] == nil && x[1] != "" {
			e.name(x[0])
			e.buf = append(appendText(e.buf, x[1]), ',')
		}
	}
	return nil
}

// isNumber tells whether a text is a number as JSON writes it.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}

// valid tells whether a value survives JSON, which replaces bytes that are no text.
func valid(v any) bool {
	switch x := v.(type) {
	case string:
		return utf8.ValidString(x)
	case []string:
		return !slices.ContainsFunc(x, func(s string) bool { return !utf8.ValidString(s) })
	}
	return true
}

// escaped are the bytes that JSON does not take as they are.
var escaped = func() (out [256]bool) {
	for c := range ' ' {
		out[c] = true
	}
	out['"'], out['\\'] = true, true
	return out
}()

// appendText appends a text, which is valid UTF-8, as JSON.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(slices.Grow(b, len(s)+2), '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if !escaped[c] {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
