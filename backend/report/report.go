package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"github.com/jung-kurt/gofpdf"

	"waybill/backend/problem"
)

// Brand is whose paper it is.
type Brand struct {
	Company string
	Logo    []byte // PNG; may be empty
	Page    string // "A4" (also when empty) or "Letter"
}

var imageOptions = gofpdf.ImageOptions{ImageType: "PNG"}

// Write writes the sign-off PDF. It asks no clock and no chance: the same facts
// and brand give the same bytes (invariant 12). Nothing is written to w unless
// the whole document could be made.
func Write(w io.Writer, f Facts, b Brand) error {
	if f.GeneratedAt.IsZero() {
		return errNoTime()
	}
	logo, err := readLogo(b.Logo)
	if err != nil {
		return err
	}
	d := document{name: "report", title: f.Project + ": migration sign-off", subject: f.Source + " to " + f.Target, author: b.Company, keywords: "facts " + f.Hash(), at: f.GeneratedAt, page: b.Page}
	// It is laid out twice: the table of contents needs to know where everything came to stand.
	var contents []entry
	for _, s := range signOff(f) {
		contents = append(contents, entry{title: s.title})
	}
	var doc []byte
	for range 2 {
		doc, err = d.layOut(func(p *paper) error {
			if err := p.signOff(f, b, logo, contents); err != nil {
				return err
			}
			contents = p.contents
			return nil
		})
		if err != nil {
			break
		}
	}
	return d.deliver(w, doc, err)
}

func (p *paper) signOff(f Facts, b Brand, logo []byte, contents []entry) error {
	name := ""
	if logo != nil {
		name = "logo"
		p.pdf.RegisterImageOptionsReader(name, imageOptions, bytes.NewReader(logo))
		if err := p.pdf.Error(); err != nil {
			return err
		}
	}
	p.front(f, b, name)
	p.page()
	p.tableOfContents(contents)
	p.print(signOff(f))
	p.running(f, b)
	return nil
}

func errNoTime() error {
	return problem.New("report.no-time", "The report has no date.",
		"Its facts were not frozen, so two people could print two different reports.", "Freeze the project's state, then print again.")
}

// running writes heads and feet once the number of pages is known.
func (p *paper) running(f Facts, b Brand) {
	small := style{size: 7.5, lead: 10, voice: regular, colour: faint}
	pages, half := p.pdf.PageCount(), p.inner()/2-8
	for n := 1; n <= pages; n++ {
		p.pdf.SetPage(n)
		if n > 1 {
			p.single(f.Project+": "+f.Source+" → "+f.Target, marginSide, 40, half+60, small)
			p.right(b.Company, p.w-marginSide, 40, half-60, small)
			p.rule(marginSide, p.w-marginSide, 46, 0.4, rule)
		}
		y := p.h - 36
		p.rule(marginSide, p.w-marginSide, y-10, 0.4, rule)
		p.single("Made by Waybill from facts "+f.Hash()[:12]+", "+moment(f.GeneratedAt), marginSide, y, half+60, small)
		p.right(fmt.Sprintf("Page %d of %d", n, pages), p.w-marginSide, y, half-60, small.with(soft))
	}
}

const (
	logoSide  = 4000    // pixels
	logoBytes = 2 << 20 // as a file
)

// CheckLogo says why a picture cannot be a logo.
func CheckLogo(png []byte) error {
	_, err := readLogo(png)
	return err
}

// readLogo decodes a logo and writes it plainly on white: gofpdf understands only
// some kinds of PNG.
func readLogo(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	bad := func(err error) error {
		return problem.Wrap(err, "report.logo", "The logo could not be read.",
			"The report was not made, so that it does not go out without it.", "Choose a PNG picture of at most 4,000 by 4,000 pixels and 2 MB, or remove the logo.")
	}
	if len(b) > logoBytes {
		return nil, bad(fmt.Errorf("%d bytes", len(b)))
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, bad(err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > logoSide || c.Height > logoSide {
		return nil, bad(fmt.Errorf("%d x %d pixels", c.Width, c.Height))
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, bad(err)
	}
	flat := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, flat); err != nil { // opaque, so 8-bit RGB
		return nil, bad(err)
	}
	return out.Bytes(), nil
}
