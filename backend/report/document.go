package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"

	"waybill/backend/problem"
)

// document is a PDF before its pages are drawn.
type document struct {
	// name is what people call it, in a message: "report", "mapping document".
	name                             string
	title, subject, author, keywords string
	// at is the only time that it knows; page is "A4" (also when empty) or "Letter".
	at   time.Time
	page string
}

// layOut draws the pages: the same drawing gives the same bytes (invariant 12).
func (d document) layOut(draw func(*paper) error) (doc []byte, err error) {
	defer func() { // gofpdf and the font reader panic on what they do not expect
		if r := recover(); r != nil {
			err = fmt.Errorf("lay out: %v", r)
		}
	}()
	size := "A4"
	if strings.EqualFold(d.page, "letter") {
		size = "Letter"
	}
	pdf := gofpdf.New("P", "pt", size, "")
	at := d.at.UTC()
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetCatalogSort(true)
	pdf.SetTitle(label(d.title), true)
	if d.subject != "" {
		pdf.SetSubject(label(d.subject), true)
	}
	pdf.SetAuthor(label(d.author), true)
	pdf.SetCreator("Waybill", true)
	pdf.SetProducer("Waybill", true)
	if d.keywords != "" {
		pdf.SetKeywords(label(d.keywords), true)
	}
	if err := draw(newPaper(pdf)); err != nil {
		return nil, err
	}
	if err := pdf.Error(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = pdf.Output(&out)
	return out.Bytes(), err
}

// deliver writes what layOut gave, or says why there is nothing.
func (d document) deliver(w io.Writer, doc []byte, err error) error {
	if err != nil {
		return problem.Wrap(err, "report.failed", "The "+d.name+" could not be made into a PDF.",
			"Nothing was written, and the project is unchanged.", "Try again; if it happens again, send the technical detail to whoever supports Waybill for you.")
	}
	if _, err := w.Write(doc); err != nil {
		return unwritten(d.name, err)
	}
	return nil
}

func unwritten(name string, err error) error {
	return problem.Wrap(err, "report.unwritten", "The "+name+" could not be saved.",
		"The file may be missing or incomplete; the project is unchanged.", "Check that the disk has room and that you may write there, then save it again.")
}
