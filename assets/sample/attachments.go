package sample

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"path"
	"strconv"
	"strings"
)

const attachmentCount = 120

type attachment struct {
	message                   int
	name, kind, path, cid     string
	size                      int // as the export claims
	body                      []byte
	missing, outside, escapes bool
}

var oddNames = []string{
	"Größentabelle.pdf", "Rücksendeschein Zürich.pdf", "発送ラベル.png", "收据.pdf", "חשבונית.pdf", "فاتورة.txt", "Фото палатки.png", "🎒 packing list.txt",
}

var media = map[string]string{
	".png": "image/png", ".pdf": "application/pdf", ".txt": "text/plain", ".zip": "application/zip", ".csv": "text/csv", ".eml": "message/rfc822",
}

// planAttachments decides all attachments before anything is written, because
// messages show some of them inline.
func (w *world) planAttachments() {
	logo := drawPNG(w.random("logo", 0), 48, 16)
	for k := range attachmentCount {
		r := w.random("attachment", k)
		i := k*(w.Tickets/attachmentCount) + 11
		for q := w.quirks[i]; q != none; q = w.quirks[i] {
			i++
		}
		a := attachment{message: w.firstMessage(i)}
		ext := pick(r, []string{".png", ".png", ".pdf", ".txt", ".zip", ".csv", ".eml"})
		name := pick(r, []string{"photo", "receipt", "label", "IMG_2041", "scan 3", "details"})
		inline := false
		switch {
		case k < 3:
			ext = []string{".txt", ".png", ".pdf"}[k]
		case k == 3:
			a.missing = true
		case k == 4:
			a.missing, a.outside, ext = true, true, ".txt"
		case k == 5:
			a.escapes, ext = true, ".txt"
		case k < 14:
			ext = path.Ext(oddNames[k-6])
		case k == 15:
			ext = ".png"
		case k == 17:
			name, ext = strings.Repeat("long name ", 17)+"end", ".pdf"
		case k == 18, k == 19:
			name, ext = "photo", ".png"
		case k >= 20 && k < 30:
			name, ext = "logo", ".png"
		case k >= 30 && k < 54:
			name, ext, inline = "image001", ".png", true
		}
		a.name, a.kind, a.path = name+ext, media[ext], fmt.Sprintf("files/%04d%s", k+1, ext)
		a.body = makeFile(ext, k, r)
		if k >= 20 && k < 30 {
			a.body = logo
		}
		if k < 3 {
			a.body = nil
		}
		a.size = len(a.body)
		switch {
		case k == 4:
			a.path = "../outside.txt"
		case k == 5:
			a.name = "../../../tmp/owned.txt"
		case k >= 6 && k < 14:
			a.name = oddNames[k-6]
		case k == 14:
			a.size += 1000
		case k == 15:
			a.name, a.kind = "photo.jpg", "image/jpeg"
		case k == 16:
			a.name = "CON" + ext
		}
		if k == 6 || k == 8 { // two names that the file system must bear as well
			a.path = "files/" + a.name
		}
		if inline {
			a.cid = fmt.Sprintf("image%03d.%04d@%s", k, r.below(10000), domain)
			w.inline[a.message] = append(w.inline[a.message], a.cid)
		}
		w.attachments = append(w.attachments, a)
	}
}

func (w *world) writeAttachments(b *bufio.Writer) error {
	truth := &w.truth.Attachments
	rows := [][]string{{"Attachment ID", "Message ID", "File name", "Type", "Size", "Path", "Content ID", "Inline"}}
	bodies := map[[32]byte]bool{}
	for k, a := range w.attachments {
		inline := "no"
		if a.cid != "" {
			inline = "yes"
			truth.Inline++
		}
		rows = append(rows, []string{fmt.Sprintf("F%04d", k+1), messageID(a.message), a.name, a.kind, strconv.Itoa(a.size), a.path, a.cid, inline})
		truth.Rows++
		if !isASCII(a.name) {
			truth.NonASCIINames++
		}
		if a.escapes {
			truth.NameEscapes++
		}
		if a.outside {
			truth.Outside++
			continue
		}
		if a.missing {
			truth.Missing++
			continue
		}
		truth.Files++
		bodies[sha256.Sum256(a.body)] = true
		if len(a.body) == 0 {
			truth.Empty++
		}
		if a.size != len(a.body) {
			truth.WrongSize++
		}
		if len(a.body) > 0 && a.kind == "image/jpeg" {
			truth.WrongType++
		}
	}
	truth.DistinctBodies = len(bodies)
	return csv.NewWriter(b).WriteAll(rows)
}

func makeFile(ext string, k int, r *random) []byte {
	line := fmt.Sprintf("Kestrelmoor Outdoor, paper no. %d: %s\n", k+1, pick(r, sentences))
	switch ext {
	case ".png":
		return drawPNG(r, 24+r.below(24), 24+r.below(12))
	case ".pdf":
		return drawPDF(fmt.Sprintf("Paper no. %d", k+1))
	case ".zip":
		return packZIP(fmt.Sprintf("paper-%d.txt", k+1), []byte(line))
	case ".csv":
		return fmt.Appendf(nil, "item;count\npole %d;2\npeg;12\n", k)
	case ".eml":
		return fmt.Appendf(nil, "From: shop@example.com\r\nTo: orders@%s\r\nSubject: Forwarded %d\r\n\r\n%s", domain, k, line)
	default:
		return []byte(line)
	}
}

// drawPNG writes a picture without compression, so that its bytes do not hang
// on the compressor of a Go release.
func drawPNG(r *random, width, height int) []byte {
	a, b := byte(r.next()), byte(r.next())
	var raw []byte
	for y := range height {
		raw = append(raw, 0)
		for x := range width {
			raw = append(raw, a+byte(x*3), b+byte(y*5), byte((x^y)*4))
		}
	}
	z := []byte{0x78, 0x01, 0x01}
	z = binary.LittleEndian.AppendUint16(z, uint16(len(raw)))
	z = binary.LittleEndian.AppendUint16(z, ^uint16(len(raw)))
	z = binary.BigEndian.AppendUint32(append(z, raw...), adler32.Checksum(raw))
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body := append([]byte(name), data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(width))
	head = append(binary.BigEndian.AppendUint32(head, uint32(height)), 8, 2, 0, 0, 0)
	chunk("IHDR", head)
	chunk("IDAT", z)
	chunk("IEND", nil)
	return out
}

func drawPDF(text string) []byte {
	content := fmt.Sprintf("BT /F1 18 Tf 40 90 Td (%s) Tj ET", text)
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 240 160]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func packZIP(name string, body []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	size := uint64(len(body))
	f, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(body), CompressedSize64: size, UncompressedSize64: size})
	if err == nil {
		_, err = f.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}
