package front

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"

	"waybill/backend/connector"
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
func (w *writer) body(payload map[string]any, parts []model.Draft) (*content, error) {
	parts = fitting(parts)
	for _, p := range parts {
		if p.File == nil {
			return nil, errors.New("an attachment without content")
		}
		if err := readable(w.files, p.File.Hash); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return jsonContent(payload)
	}
	list, files := fields("", payload), w.files
	boundary := multipart.NewWriter(io.Discard).Boundary()
	return &content{
		kind: "multipart/form-data; boundary=" + boundary, size: -1,
		open: func() (io.ReadCloser, error) {
			r, to := io.Pipe()
			go func() { to.CloseWithError(writeForm(to, boundary, list, parts, files)) }()
			return r, nil
		},
	}, nil
}

func readable(files connector.Files, hash string) error {
	if files == nil {
		return errors.New("no files were given")
	}
	f, err := files.Open(hash)
	if err != nil {
		return err
	}
	return f.Close()
}

var quoted = strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "_", "\n", "_", "\x00", "_")

// writeForm writes a form; it ends early when the reader is closed.
func writeForm(to io.Writer, boundary string, list []field, parts []model.Draft, files connector.Files) error {
	m := multipart.NewWriter(to)
	if err := m.SetBoundary(boundary); err != nil {
		return err
	}
	for _, f := range list {
		if err := m.WriteField(f.name, f.value); err != nil {
			return err
		}
	}
	for i, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="attachments[%d]"; filename="%s"`, i, quoted.Replace(nameOf(p))))
		h.Set("Content-Type", strings.NewReplacer("\r", "", "\n", "").Replace(typeOf(p)))
		pw, err := m.CreatePart(h)
		if err != nil {
			return err
		}
		f, err := files.Open(p.File.Hash)
		if err != nil {
			return err
		}
		_, err = io.Copy(pw, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return m.Close()
}
