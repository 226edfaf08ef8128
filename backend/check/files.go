package check

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"  // decoded to see whether they open
	_ "image/jpeg" // decoded to see whether they open
	_ "image/png"  // decoded to see whether they open
	"io"
	"strings"
	"sync"

	"github.com/gabriel-vasile/mimetype"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	pdf "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/store"
)

// Bounds of what is opened: a file that would fill the memory is only compared.
const (
	mostOpened = 24 << 20
	mostPixels = 40 << 20
	// manyFiles are so many that what was found of each is kept, should the check be stopped.
	manyFiles = 500
)

// fetched is what the target gave of a file.
type fetched struct {
	Hash string `json:"hash"`
	Size int64  `json:"size"`
	// Type by its content.
	Type string `json:"type"`
	// Opens: yes, no, or nothing when it is no picture, PDF or archive, or too large.
	Opens string `json:"opens"`
	// Failed says why it could not be fetched.
	Failed string `json:"failed"`
}

// file downloads an attachment again and looks whether it is the same, and opens.
func (c *checker) file(ctx context.Context, o, target model.Object, x pair, values map[string]any) error {
	filer, ok := c.j.Target.Conn.(connector.Filer)
	if !ok {
		c.cannot(Content, o, c.j.Target.Kind.Title+" gives nobody the content of attachments")
		return nil
	}
	var f fetched
	known := false
	err := c.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.CheckedFile(x.line.Seq, &f)
		return err
	})
	if err != nil {
		return err
	}
	if !known {
		if f, err = c.fetch(ctx, filer, target, x); err != nil {
			return err
		}
		if c.sent[o] > manyFiles { // or fetching all of them again costs nothing
			if err := c.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetCheckedFile(x.line.Seq, f) }); err != nil {
				return err
			}
		}
	}
	want := x.draft.File
	name := clip(want.Name)
	d := store.Difference{Seq: x.line.Seq, Target: x.got[0].ID, Field: "content"}
	tell := func(code, expected, found, words string) {
		d.Expected, d.Found = expected, found
		c.fail(code, o, d, label(o, x)+": "+words)
	}
	for _, code := range []string{Present, Content, FileSize, FileType} {
		c.look(code, o, 1)
	}
	if f.Failed != "" {
		tell(Present, "can be fetched", f.Failed, fmt.Sprintf("the file %q cannot be fetched", name))
		return nil
	}
	if f.Hash != want.Hash {
		tell(Content, want.Hash, f.Hash, fmt.Sprintf("the file %q is not the same any more", name))
	}
	if f.Size != want.Size {
		tell(FileSize, bytesOf(want.Size), bytesOf(f.Size), fmt.Sprintf("the file %q has %s instead of %s", name, bytesOf(f.Size), bytesOf(want.Size)))
	}
	if f.Hash == want.Hash {
		if f.Opens != "" {
			c.look(FileOpens, o, 1)
			if f.Opens == "no" { // it came so: the move did nothing to it
				if it := c.item(FileOpens, o); len(it.Examples) < 5 {
					it.Examples = append(it.Examples, fmt.Sprintf("%s: the file %q opens neither here nor in the old desk", label(o, x), name))
				}
			}
		}
		return nil
	}
	was, opened, err := c.meantFile(want)
	if err != nil {
		return err
	}
	if was != f.Type {
		tell(FileType, was, f.Type, fmt.Sprintf("the file %q was %s and is %s by its content", name, was, f.Type))
	}
	if opened != "" {
		c.look(FileOpens, o, 1)
		if opened == "yes" && f.Opens != "yes" {
			tell(FileOpens, "opens", "does not open", fmt.Sprintf("the file %q does not open", name))
		}
	}
	return nil
}

// fetch reads a file once: its hash, and whether it opens.
func (c *checker) fetch(ctx context.Context, filer connector.Filer, target model.Object, x pair) (fetched, error) {
	ref, _, _ := filer.FileRef(model.Record{Key: model.Key{Object: target, ID: x.got[0].ID}, Raw: x.got[0].Raw})
	r, err := filer.Open(ctx, ref)
	if err == nil {
		defer func() { _ = r.Close() }() // only read from
		var f fetched
		if f, err = looked(r); err == nil {
			return f, nil
		}
	}
	if ctx.Err() != nil {
		return fetched{}, ctx.Err()
	}
	return fetched{Failed: "cannot be fetched"}, nil
}

// looked reads a content: of a large one only the beginning is held.
func looked(r io.Reader) (f fetched, err error) {
	h := sha256.New()
	var head bytes.Buffer
	n, err := io.Copy(io.MultiWriter(h, &limited{&head, mostOpened + 1}), r)
	if err != nil {
		return f, err
	}
	f.Hash, f.Size = hex.EncodeToString(h.Sum(nil)), n
	f.Type, f.Opens = opens(head.Bytes(), n > mostOpened)
	return f, nil
}

// limited takes what fits and lets the rest go by.
type limited struct {
	b    *bytes.Buffer
	room int
}

func (l *limited) Write(p []byte) (int, error) {
	if n := min(len(p), l.room); n > 0 {
		l.b.Write(p[:n])
		l.room -= n
	}
	return len(p), nil
}

// meantFile says of a file as it was sent what it is and whether it opens.
func (c *checker) meantFile(f *model.File) (kind, opened string, err error) {
	r, err := c.j.Files.Open(f.Hash)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = r.Close() }() // only read from
	x, err := looked(r)
	return x.Type, x.Opens, err
}

// opens says what a content is, and whether it opens, if that can be told.
func opens(b []byte, large bool) (kind, opened string) {
	kind, _, _ = strings.Cut(mimetype.Detect(b).String(), ";")
	if large || len(b) == 0 {
		return kind, ""
	}
	var good bool
	switch {
	case kind == "image/png" || kind == "image/jpeg" || kind == "image/gif":
		cfg, _, err := image.DecodeConfig(bytes.NewReader(b))
		if good = err == nil; good && cfg.Width*cfg.Height <= mostPixels {
			_, _, err = image.Decode(bytes.NewReader(b))
			good = err == nil
		}
	case kind == "application/pdf":
		good = opensPDF(b)
	case kind == "application/zip" || strings.Contains(kind, "openxmlformats") || strings.Contains(kind, "opendocument"):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		good = err == nil
		for i := 0; good && i < len(z.File) && i < 10_000; i++ {
			_, err := z.File[i].DataOffset()
			good = err == nil
		}
	default:
		return kind, ""
	}
	if good {
		return kind, "yes"
	}
	return kind, "no"
}

// opensPDF reads a PDF as a viewer would. What a hostile one does to the reader is an answer too.
func opensPDF(b []byte) (good bool) {
	defer func() {
		if recover() != nil {
			good = false
		}
	}()
	noConfig.Do(api.DisableConfigDir) // or it would write a folder of its own
	conf := pdf.NewDefaultConfiguration()
	conf.ValidationMode = pdf.ValidationRelaxed
	ctx, err := api.ReadContext(bytes.NewReader(b), conf)
	if err == nil {
		err = ctx.EnsurePageCount()
	}
	return err == nil && ctx.PageCount > 0
}

var noConfig sync.Once

func bytesOf(n int64) string { return words(n, "byte", "bytes") }
