package front

import (
	"errors"
	"fmt"
	"slices"

	"waybill/backend/connector/wire"
	"waybill/backend/model"
)

// nameOf is what a file is called in Front.
func nameOf(d model.Draft) string {
	if n := words(d, "filename"); n != "" {
		return n
	}
	if d.File != nil && d.File.Name != "" {
		return d.File.Name
	}
	return "file"
}

func typeOf(d model.Draft) string {
	if t := words(d, "content_type"); t != "" {
		return t
	}
	if d.File != nil && d.File.Type != "" {
		return d.File.Type
	}
	return "application/octet-stream"
}

// field is one value of a form.
type field struct{ name, value string }

// fields flattens a request as Front wants it in forms: sender[handle], to[0],
// metadata[is_inbound].
func fields(prefix string, v any) (out []field) {
	in := func(name string) string {
		if prefix == "" {
			return name
		}
		return prefix + "[" + name + "]"
	}
	switch x := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(x))
		for n := range x {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			out = append(out, fields(in(n), x[n])...)
		}
	case []string:
		for i, s := range x {
			out = append(out, field{in(fmt.Sprint(i)), s})
		}
	default:
		out = append(out, field{prefix, fmt.Sprint(x)})
	}
	return out
}

// fitting gives the files that Front takes in one request: as many as have room together.
func fitting(parts []model.Draft) (kept []model.Draft) {
	var size int64
	for _, p := range parts {
		if p.File != nil && size+p.File.Size > mostFile {
			continue
		}
		if p.File != nil {
			size += p.File.Size
		}
		kept = append(kept, p)
	}
	return kept
}

// body makes a request: JSON, or a form whose files are streamed.
func (w *writer) body(payload map[string]any, parts []model.Draft) (*wire.Body, error) {
	parts = fitting(parts)
	for _, p := range parts {
		if p.File == nil {
			return nil, errors.New("an attachment without content")
		}
		if err := wire.Readable(w.files, p.File.Hash); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return wire.JSON(payload)
	}
	f := wire.NewForm()
	for _, x := range fields("", payload) {
		f.Field(x.name, x.value)
	}
	for i, p := range parts {
		f.File(fmt.Sprintf("attachments[%d]", i), nameOf(p), typeOf(p), p.File.Size, wire.Content(w.files, p.File.Hash))
	}
	return f.Body()
}
