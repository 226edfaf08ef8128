package zendesk

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strconv"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// fileForm is the upload of an article's file: a form whose file is streamed.
func fileForm(d model.Draft, inline bool, files connector.Files) (*content, error) {
	if d.File == nil || files == nil {
		return nil, problem.New(codeContent, "A file of an article has no content.", "It was not sent.", "Leave it out, or extract the attachments again.").At(problem.Place{Field: "content"})
	}
	f, err := files.Open(d.File.Hash)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, problem.Wrap(err, codeContent, fmt.Sprintf("The file %q could not be read from the project.", d.File.Name),
			"It was not sent.", "Extract the attachments again, then retry this record.").At(problem.Place{Field: "content"})
	}
	boundary := multipart.NewWriter(io.Discard).Boundary()
	return &content{
		kind: "multipart/form-data; boundary=" + boundary, size: -1,
		open: func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { w.CloseWithError(writeForm(w, boundary, d.File, inline, files)) }()
			return r, nil
		},
	}, nil
}

var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A")

// writeForm ends early when the reader is closed.
func writeForm(w io.Writer, boundary string, file *model.File, inline bool, files connector.Files) error {
	m := multipart.NewWriter(w)
	if err := m.SetBoundary(boundary); err != nil {
		return err
	}
	if err := m.WriteField("inline", strconv.FormatBool(inline)); err != nil {
		return err
	}
	kind := file.Type
	if kind == "" {
		kind = "application/octet-stream"
	}
	part, err := m.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + quoted.Replace(file.Name) + `"`}, "Content-Type": {kind},
	})
	if err != nil {
		return err
	}
	f, err := files.Open(file.Hash)
	if err != nil {
		return err
	}
	_, err = io.Copy(part, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return m.Close()
}
