package backup

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"image"
	_ "image/gif"  // kinds of pictures that are opened
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"io"
	"path"
	"strings"
)

// opens says whether a file opens as what its name says it is: pictures, PDF, ZIP (Word,
// Excel and their like are ZIP), gzip. Others only have to be readable to their end.
func opens(name string, f io.ReadSeeker, size int64) (bool, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif":
		_, _, err := image.DecodeConfig(f)
		return err == nil, nil
	case ".pdf":
		head := make([]byte, 1024)
		n, err := io.ReadFull(f, head)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return false, err
		}
		return bytes.Contains(head[:n], []byte("%PDF-")), nil
	case ".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods":
		at, ok := f.(io.ReaderAt)
		if !ok {
			return false, errors.New("the content of an attachment cannot be read from its middle")
		}
		_, err := zip.NewReader(at, size)
		return err == nil, nil
	case ".gz":
		_, err := gzip.NewReader(f)
		return err == nil, nil
	}
	n, err := io.Copy(io.Discard, f)
	return n == size, err
}
